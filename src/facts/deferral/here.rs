//! Lists that are walked where they stand: what making the items reads, judged against what runs
//! between two of them.

use ruff_python_ast::{CmpOp, Comprehension, Expr, ExprCall};

use super::meanwhile::Meanwhile;
use super::{Deferral, root};
use crate::catalog::keeps;
use crate::facts::Facts;
use crate::facts::comprehensions::Built;
use crate::facts::mutation;
use crate::facts::nodes::Node;
use crate::facts::purity::Purity;
use crate::facts::scopes::{BindingId, DefinitionKind, Resolution, ScopeId, ScopeKind};
use crate::facts::types::Kind;
use crate::facts::walked::Walked;

/// Expressions nested deeper are not looked into.
const DEPTH: u32 = 16;

impl<'a> Facts<'a> {
    /// Whether the items of a list could be made one at a time by what walks it: the list is the
    /// iterable of the walk, or an argument of a lazy call that is.
    pub(super) fn deferral_here(
        &self,
        list: &'a Expr,
        built: Built<'a>,
        walked: &Walked<'a>,
    ) -> Deferral {
        let differs = Deferral::Differs(self.nodes().id(list));
        let Some(mut meanwhile) = self.meanwhile(list, walked) else { return differs };
        match built {
            Built::Comprehension(element, clauses) => {
                meanwhile.producer = Some(list);
                self.items_later(list, &[element], clauses, &meanwhile, DEPTH)
            }
            Built::Collected(inner) => {
                let grade = self.source_later(inner, &meanwhile, DEPTH);
                let known = matches!(inner, Expr::Generator(_) | Expr::ListComp(_))
                    || self.kind_of(inner) == Kind::Iterator
                    || self.is_sized_walk(inner);
                match self.container(inner) {
                    _ if !known => differs,
                    // A copy of what stays is a snapshot, unless that stays as it is for certain.
                    Some(it) if grade != Deferral::Same || !self.is_local_name(it) => differs,
                    _ => grade,
                }
            }
        }
    }

    /// What holds the items of an iterable that is a container or a view of one.
    fn container(&self, iterable: &'a Expr) -> Option<&'a Expr> {
        match iterable {
            _ if self.kind_of(iterable) == Kind::Iterator => None,
            Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_) => Some(iterable),
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(func) if self.kind_of(iterable) == Kind::DictView => {
                    Some(&func.value)
                }
                _ => None,
            },
            _ => None,
        }
    }

    pub(super) fn is_local_name(&self, expr: &'a Expr) -> bool {
        let Expr::Name(name) = expr else { return false };
        matches!(self.names().resolve(name), Resolution::Binding(binding)
            if self.names().scope(binding) != ScopeId::MODULE)
    }

    /// Whether the items of a comprehension can be made later.
    fn items_later(
        &self,
        comprehension: &'a Expr,
        elements: &[&'a Expr],
        clauses: &'a [Comprehension],
        meanwhile: &Meanwhile<'a>,
        depth: u32,
    ) -> Deferral {
        let Some(depth) = depth.checked_sub(1) else {
            return Deferral::Differs(self.nodes().id(comprehension));
        };
        let own = Meanwhile { producer: Some(comprehension), ..*meanwhile };
        let mut grade = Deferral::Same;
        for (index, clause) in clauses.iter().enumerate() {
            grade = grade.and(self.source_later(&clause.iter, &own, depth));
            if index > 0 {
                grade = grade.and(self.part_later(&clause.iter, &own, &clause.iter));
            }
            for test in &clause.ifs {
                grade = grade.and(self.part_later(test, &own, test));
            }
            if grade.differs() {
                return grade;
            }
        }
        elements.iter().fold(grade, |grade, part| grade.and(self.part_later(part, &own, part)))
    }

    /// Whether an expression that makes an item, or chooses it, can be evaluated later.
    fn part_later(&self, part: &'a Expr, meanwhile: &Meanwhile<'a>, whole: &'a Expr) -> Deferral {
        let nodes = self.nodes();
        let mut grade = match meanwhile.need {
            need if self.is_pure(part, need) => Deferral::Same,
            _ if self.is_pure(part, Purity::Deferred) => Deferral::Unknown,
            _ if meanwhile.acts && !self.seems_to_read(part) => {
                return Deferral::Differs(nodes.id(part));
            }
            _ => Deferral::Unknown,
        };
        let at = nodes.id(part);
        for node in std::iter::once(at).chain(nodes.descendants(at)) {
            let Some(place) = self.expr_at(node) else { continue };
            let parent = nodes.get(nodes.parent(node));
            // `x` in `x.y`, and `f` in `f(x)`: the attribute or the call answers.
            let answered = match parent {
                Some(Node::Expr(Expr::Attribute(_))) => true,
                Some(Node::Expr(Expr::Call(call))) => nodes.id(&*call.func) == node,
                _ => false,
            };
            let read = match place {
                Expr::Name(name) => name.ctx.is_load(),
                Expr::Attribute(it) => it.ctx.is_load(),
                _ => false,
            };
            if !read {
                continue;
            }
            let method = match (parent, place) {
                (Some(Node::Expr(Expr::Call(call))), Expr::Attribute(it))
                    if nodes.id(&*call.func) == node =>
                {
                    Some(&*it.value)
                }
                _ => None,
            };
            if answered && method.is_none() {
                continue;
            }
            let place = method.unwrap_or(place);
            // What an item is does not change by being handed on.
            if place.is_name_expr()
                && self.is_item(place, meanwhile)
                && (std::ptr::eq(place, whole) || self.is_identified(place, parent))
            {
                continue;
            }
            grade = grade.and(self.place_later(place, meanwhile));
            if grade.differs() {
                return grade;
            }
        }
        grade
    }

    /// Whether an expression is not known to do more than to read: it takes items and calls what
    /// reads by its name alone.
    fn seems_to_read(&self, part: &'a Expr) -> bool {
        !self.any_below(self.nodes().id(part), |expr| match expr {
            Expr::Call(call) => {
                let reads = match &*call.func {
                    Expr::Attribute(func) => mutation::is_reader(func.attr.as_str()),
                    _ => false,
                };
                !reads
                    && !self.qualified(&call.func).is_some_and(|name| {
                        matches!(name, "getattr" | "hasattr")
                            || keeps::argument(name).is_some() && name != "next"
                    })
            }
            Expr::Await(_) | Expr::Yield(_) | Expr::YieldFrom(_) | Expr::Named(_) => true,
            Expr::Lambda(_) => true,
            _ => false,
        })
    }

    /// Whether only the identity or the class of a value is asked for.
    fn is_identified(&self, place: &'a Expr, parent: Option<Node<'a>>) -> bool {
        match parent {
            Some(Node::Expr(Expr::Compare(it))) => {
                it.ops.iter().all(|op| matches!(op, CmpOp::Is | CmpOp::IsNot))
            }
            Some(Node::Expr(Expr::Call(it))) => {
                it.arguments.args.first().is_some_and(|first| std::ptr::eq(first, place))
                    && self.qualified(&it.func).is_some_and(|name| {
                        matches!(name, "callable" | "id" | "isinstance" | "issubclass" | "type")
                    })
            }
            _ => false,
        }
    }

    /// Whether a name or a chain of attributes gives the same later.
    fn place_later(&self, place: &'a Expr, meanwhile: &Meanwhile<'a>) -> Deferral {
        let differs = Deferral::Differs(self.nodes().id(place));
        let Some(root) = root(place) else {
            let fixed = place.is_literal_expr() || keeps::is_immutable(self.kind_of(place));
            return if fixed || !meanwhile.acts { Deferral::Same } else { Deferral::Unknown };
        };
        let binding = match self.names().resolve(root) {
            Resolution::Binding(binding) => binding,
            Resolution::Builtin => return Deferral::Same,
            Resolution::Unknown => return differs,
        };
        if self.is_item(place, meanwhile) || self.is_inside(binding, meanwhile) {
            let fixed = place.is_name_expr() && keeps::is_immutable(self.kind_of(place));
            return if fixed || !meanwhile.acts { Deferral::Same } else { Deferral::Unknown };
        }
        if self.is_code(binding) {
            return Deferral::Same;
        }
        let touched = meanwhile.unseen && !self.is_out_of_reach(place, binding)
            || meanwhile.regions.iter().any(|region| self.changed(place, *region).is_some());
        match touched {
            false => Deferral::Same,
            true if self.touches(place, binding, meanwhile) => differs,
            true => Deferral::Unknown,
        }
    }

    /// Whether no code outside the function can change what a name means.
    fn is_out_of_reach(&self, place: &'a Expr, binding: BindingId) -> bool {
        let owner = self.names().scope(binding);
        let local =
            !matches!(self.scopes().get(owner).kind, ScopeKind::Module | ScopeKind::Class(_));
        let fixed = keeps::is_immutable(self.kind_of(place)) || self.is_private(binding);
        place.is_name_expr() && local && fixed && !self.names().is_captured(binding)
    }

    /// Whether the walk changes the place by name, or does anything at all with the object that an
    /// attribute is of.
    fn touches(&self, place: &'a Expr, binding: BindingId, meanwhile: &Meanwhile<'a>) -> bool {
        meanwhile.regions.iter().any(|region| match place {
            Expr::Name(_) => self.named_changes(binding, *region),
            _ => !self.uses_between(binding, *region).is_empty(),
        })
    }

    /// Whether the place is the target of one of the producer's own clauses, or a part of it.
    fn is_item(&self, place: &'a Expr, meanwhile: &Meanwhile<'a>) -> bool {
        let Some(root) = root(place) else { return false };
        match self.names().resolve(root) {
            Resolution::Binding(binding) => self.is_inside(binding, meanwhile),
            _ => false,
        }
    }

    /// Whether a name belongs to the comprehension that makes the items, or to one in it.
    fn is_inside(&self, binding: BindingId, meanwhile: &Meanwhile<'a>) -> bool {
        let Some(producer) = meanwhile.producer else { return false };
        let owner = self.names().scope(binding);
        let node = self.scopes().get(owner).node;
        owner != ScopeId::MODULE && self.nodes().contains(self.nodes().id(producer), node)
    }

    /// Whether walking an iterable later gives the same items.
    fn source_later(&self, source: &'a Expr, meanwhile: &Meanwhile<'a>, depth: u32) -> Deferral {
        let differs = Deferral::Differs(self.nodes().id(source));
        let Some(depth) = depth.checked_sub(1) else { return differs };
        match source {
            Expr::Name(_) | Expr::Attribute(_) => self.container_later(source, meanwhile),
            Expr::Call(call) => self.call_later(source, call, meanwhile, depth),
            Expr::Generator(it) if it.generators.iter().any(|clause| clause.is_async) => differs,
            Expr::Generator(it) => {
                self.items_later(source, &[&it.elt], &it.generators, meanwhile, depth)
            }
            Expr::If(it) => self
                .source_later(&it.body, meanwhile, depth)
                .and(self.source_later(&it.orelse, meanwhile, depth)),
            Expr::BoolOp(it) => it.values.iter().fold(Deferral::Same, |grade, value| {
                grade.and(self.source_later(value, meanwhile, depth))
            }),
            _ if self.is_new(source) => Deferral::Same,
            Expr::Subscript(it) if it.slice.is_slice_expr() && self.is_sized_walk(source) => {
                Deferral::Same
            }
            _ if meanwhile.acts => differs,
            _ => Deferral::Unknown,
        }
    }

    fn container_later(&self, source: &'a Expr, meanwhile: &Meanwhile<'a>) -> Deferral {
        let kind = self.kind_of(source);
        let differs = Deferral::Differs(self.nodes().id(source));
        if matches!(kind, Kind::File | Kind::CsvReader | Kind::Cursor | Kind::QuerySet) {
            return differs;
        }
        let item = self.is_item(source, meanwhile);
        // The iterable is evaluated before the walk in both forms: only its own state counts.
        if keeps::is_immutable(kind) && !item {
            return Deferral::Same;
        }
        let grade = self.place_later(source, meanwhile);
        // What is left half read may be an iterator, which somebody reads on.
        let whole = meanwhile.need == Purity::Deferred || self.is_sized_walk(source);
        if grade == Deferral::Same && kind != Kind::Iterator {
            return if whole { grade } else { Deferral::Unknown };
        }
        let known = kind == Kind::Iterator || source.is_name_expr() && !item;
        let known = known && self.is_parameter_or_own(source);
        match grade {
            Deferral::Differs(_) => grade,
            _ if meanwhile.acts && !known => differs,
            // A generator that unknown code may run between, or that nobody reads to its end.
            _ if meanwhile.acts && kind == Kind::Iterator => differs,
            _ => Deferral::Unknown,
        }
    }

    /// Whether a name is a parameter, or was given a new object: nothing else is known to hold it.
    fn is_parameter_or_own(&self, source: &'a Expr) -> bool {
        let Expr::Name(name) = source else { return false };
        let Resolution::Binding(binding) = self.names().resolve(name) else { return false };
        if self.names().scope(binding) == ScopeId::MODULE {
            return false;
        }
        self.names().definitions(binding).all(|definition| match definition.kind {
            DefinitionKind::Parameter { .. } => true,
            DefinitionKind::Assign { value, .. } => self.is_new(value),
            _ => false,
        })
    }

    fn call_later(
        &self,
        source: &'a Expr,
        call: &'a ExprCall,
        meanwhile: &Meanwhile<'a>,
        depth: u32,
    ) -> Deferral {
        let arguments = &call.arguments;
        let differs = Deferral::Differs(self.nodes().id(source));
        let quiet = if meanwhile.acts { differs } else { Deferral::Unknown };
        let kind = self.kind_of(source);
        if let Expr::Attribute(func) = &*call.func
            && kind == Kind::DictView
        {
            return self.source_later(&func.value, meanwhile, depth);
        }
        let all = |skip: usize| {
            arguments.args.iter().skip(skip).fold(Deferral::Same, |grade, argument| {
                if argument.is_starred_expr() {
                    return grade.and(quiet);
                }
                grade.and(self.source_later(argument, meanwhile, depth))
            })
        };
        match self.qualified(&call.func) {
            Some("range") => return Deferral::Same,
            // Each group is gone when the next one is asked for.
            Some("itertools.groupby") => return differs,
            Some("zip" | "reversed" | "itertools.chain" | "itertools.zip_longest") => {
                return all(0);
            }
            Some("enumerate" | "itertools.islice" | "itertools.pairwise") => {
                let walked = arguments.args.first();
                return walked.map_or(quiet, |it| self.source_later(it, meanwhile, depth));
            }
            // These list their arguments themselves.
            Some(
                "itertools.product"
                | "itertools.permutations"
                | "itertools.combinations"
                | "itertools.combinations_with_replacement",
            ) => return Deferral::Same,
            Some("map" | "filter" | "itertools.starmap") => {
                let Some(function) = arguments.args.first() else { return quiet };
                let applied = match meanwhile.need {
                    need if self.is_pure_function(function, need) => Deferral::Same,
                    _ if self.is_pure_function(function, Purity::Deferred) => Deferral::Unknown,
                    _ if meanwhile.acts => differs,
                    _ => Deferral::Unknown,
                };
                return applied.and(all(1));
            }
            _ => {}
        }
        if self.is_new(source) || keeps::is_immutable(kind) {
            return Deferral::Same;
        }
        match kind {
            // The generator's own code runs between two passes.
            Kind::Iterator => {
                let reads =
                    arguments.args.iter().chain(arguments.keywords.iter().map(|it| &it.value));
                let grade = reads.fold(Deferral::Unknown, |grade, argument| {
                    let constant = argument.is_literal_expr();
                    if constant { grade } else { grade.and(self.place_later(argument, meanwhile)) }
                });
                grade.and(quiet)
            }
            Kind::File | Kind::CsvReader | Kind::Cursor | Kind::QuerySet => differs,
            _ if meanwhile.acts => differs,
            _ if meanwhile.need == Purity::Deferred || self.is_sized_walk(source) => Deferral::Same,
            _ => Deferral::Unknown,
        }
    }
}
