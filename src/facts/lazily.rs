//! Whether the items of a list that is walked where it stands could be made one at a time: what
//! else runs during the walk, and whether it may change what making the items reads.
//!
//! A list is also a snapshot. Where code that runs between two items may change what the list was
//! made of, the list is taken to be wanted.

use ruff_python_ast::{CmpOp, Comprehension, Expr, ExprCall, Stmt};

use super::Facts;
use super::comprehensions::Built;
use super::effects::Effect;
use super::mutation;
use super::nodes::{Node, NodeId};
use super::purity::Purity;
use super::scopes::{BindingId, DefinitionKind, Resolution, ScopeId, ScopeKind};
use super::types::Kind;
use super::walked::{By, Walked};
use crate::catalog::keeps;

/// How sure it is that making the items one at a time gives what the list gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lazily {
    /// Something in the walk may change what the list is made of.
    No,
    /// Nothing in the walk is seen to change it, but unknown code runs, or an item may fail or
    /// have an effect of its own.
    Likely,
    /// Nothing can tell the difference.
    Certain,
}

/// Expressions nested deeper are not looked into.
const DEPTH: u32 = 16;

/// What runs between two items of a walk.
struct Meanwhile<'a> {
    /// Runs of nodes: from the first up to, but without, the second.
    regions: [(NodeId, NodeId); 3],
    /// Whether any of it may change what is not private to a name, or is seen from outside.
    acts: bool,
    /// Whether some of it is not written here: whoever reads a generator.
    unseen: bool,
    /// What items have to be like to be made in between without a difference.
    need: Purity,
    /// The comprehension that makes the items.
    producer: Option<&'a Expr>,
}

impl<'a> Facts<'a> {
    /// Whether the items of a list could be made one at a time by what walks it: the list is the
    /// iterable of the walk, or an argument of a lazy call that is.
    pub fn lazily(&self, list: &'a Expr, built: Built<'a>, walked: &Walked<'a>) -> Lazily {
        let Some(mut meanwhile) = self.meanwhile(list, walked) else { return Lazily::No };
        match built {
            Built::Comprehension(element, clauses) => {
                meanwhile.producer = Some(list);
                self.items_lazily(list, &[element], clauses, &meanwhile, DEPTH)
            }
            Built::Collected(inner) => {
                let grade = self.source_lazily(inner, &meanwhile, DEPTH);
                let known = matches!(inner, Expr::Generator(_) | Expr::ListComp(_))
                    || self.kind_of(inner) == Kind::Iterator
                    || self.is_sized_walk(inner);
                match self.container(inner) {
                    _ if !known => Lazily::No,
                    // A copy of what stays is a snapshot, unless that stays as it is for certain.
                    Some(it) if grade < Lazily::Certain || !self.is_local_name(it) => Lazily::No,
                    _ => grade,
                }
            }
        }
    }

    /// Whether code that is not private to the walk runs between two items of an iterable.
    pub fn acts_between(&self, iterable: &'a Expr, walked: &Walked<'a>) -> bool {
        self.meanwhile(iterable, walked).is_none_or(|meanwhile| meanwhile.acts)
    }

    /// The calls that run between two items of an iterable, by what they are called.
    pub fn calls_between(&self, iterable: &'a Expr, walked: &Walked<'a>) -> Vec<&'a ExprCall> {
        let Some(meanwhile) = self.meanwhile(iterable, walked) else { return Vec::new() };
        let nodes = meanwhile.regions.iter().flat_map(|(from, to)| from.until(*to));
        nodes.filter_map(|node| self.expr_at(node)?.as_call_expr()).collect()
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

    fn is_local_name(&self, expr: &'a Expr) -> bool {
        let Expr::Name(name) = expr else { return false };
        matches!(self.names().resolve(name), Resolution::Binding(binding)
            if self.names().scope(binding) != ScopeId::MODULE)
    }

    fn meanwhile(&self, list: &'a Expr, walked: &Walked<'a>) -> Option<Meanwhile<'a>> {
        let nodes = self.nodes();
        let at = nodes.id(list);
        let after = |node: NodeId| self.after(node);
        let parent = nodes.parent(nodes.id(walked.iterable));
        let none = (at, at);
        let mut need = Purity::Skipped;
        let mut runs_unknown = false;
        let regions = match (walked.by, nodes.get(parent)?) {
            (By::For, Node::Stmt(Stmt::For(it))) => {
                let last = it.body.last().map(|last| after(nodes.id(last)))?;
                runs_unknown |= it.is_async;
                [(parent.following(), at), (after(at), last), none]
            }
            (By::Comprehension, Node::Expr(expr)) => {
                let clauses = clauses(expr)?;
                let index = clauses.iter().position(|clause| {
                    nodes.contains(nodes.id(&clause.iter), at)
                        && !nodes.contains(nodes.id(&clause.target), at)
                })?;
                let (first, own) = (clauses.first()?, clauses.get(index)?);
                runs_unknown |= clauses.iter().any(|clause| clause.is_async)
                    || clauses.iter().skip(index + 1).any(|it| !self.walks_plainly(&it.iter))
                    || expr.is_generator_expr() && !self.is_walked_at_once(parent);
                let elements = (parent.following(), nodes.id(&first.target));
                let within = (nodes.id(&own.target), at);
                let rest = (after(at), after(parent));
                if self.is_pure_inside(expr, clauses) {
                    need = Purity::Deferred;
                }
                [elements, within, rest]
            }
            // Whoever reads the generator runs between two items.
            (By::YieldFrom, Node::Expr(Expr::YieldFrom(_))) => {
                runs_unknown = true;
                [(parent, at), (after(at), after(parent)), none]
            }
            (By::Membership, Node::Expr(Expr::Compare(_))) => [none, none, none],
            _ => return None,
        };
        let scope = nodes.scope(parent);
        let acts = runs_unknown
            || regions.iter().any(|region| {
                let matters = |_, effect: Effect<'a>| match effect {
                    Effect::None => false,
                    Effect::Anything => true,
                    Effect::Changes(it) => !self.is_private_name(it),
                };
                self.effect_within(scope, *region, matters).is_some()
            });
        Some(Meanwhile { regions, acts, unseen: runs_unknown, need, producer: None })
    }

    /// Whether everything in the comprehension but its first iterable is pure, so that nobody can
    /// tell how much of it ran before an item failed.
    fn is_pure_inside(&self, expr: &'a Expr, clauses: &'a [Comprehension]) -> bool {
        let elements = match expr {
            Expr::ListComp(it) => [Some(&*it.elt), None],
            Expr::SetComp(it) => [Some(&*it.elt), None],
            Expr::Generator(it) => [Some(&*it.elt), None],
            Expr::DictComp(it) => [it.key.as_deref(), Some(&*it.value)],
            _ => return false,
        };
        elements.into_iter().flatten().all(|element| self.is_pure(element, Purity::Deferred))
            && self.are_clauses_pure(clauses, Purity::Deferred)
    }

    /// Whether a generator expression is the argument of a call that walks it there and then.
    fn is_walked_at_once(&self, generator: NodeId) -> bool {
        use super::usage::Usage;
        match self.usage(generator).usage {
            Usage::Argument(call, _) => match &*call.func {
                Expr::Attribute(it) if it.attr.as_str() == "join" => {
                    matches!(self.kind_of(&it.value), Kind::Str | Kind::Bytes)
                }
                func => self.qualified(func).is_some_and(|name| {
                    matches!(
                        name,
                        "all"
                            | "any"
                            | "dict"
                            | "frozenset"
                            | "list"
                            | "max"
                            | "min"
                            | "set"
                            | "sorted"
                            | "sum"
                            | "tuple"
                    )
                }),
            },
            _ => false,
        }
    }

    /// Whether the items of a comprehension can be made later.
    fn items_lazily(
        &self,
        comprehension: &'a Expr,
        elements: &[&'a Expr],
        clauses: &'a [Comprehension],
        meanwhile: &Meanwhile<'a>,
        depth: u32,
    ) -> Lazily {
        let Some(depth) = depth.checked_sub(1) else { return Lazily::No };
        let own = Meanwhile { producer: Some(comprehension), ..*meanwhile };
        let mut grade = Lazily::Certain;
        for (index, clause) in clauses.iter().enumerate() {
            grade = grade.min(self.source_lazily(&clause.iter, &own, depth));
            if index > 0 {
                grade = grade.min(self.part_lazily(&clause.iter, &own, &clause.iter));
            }
            for test in &clause.ifs {
                grade = grade.min(self.part_lazily(test, &own, test));
            }
            if grade == Lazily::No {
                return grade;
            }
        }
        elements.iter().fold(grade, |grade, part| grade.min(self.part_lazily(part, &own, part)))
    }

    /// Whether an expression that makes an item, or chooses it, can be evaluated later.
    fn part_lazily(&self, part: &'a Expr, meanwhile: &Meanwhile<'a>, whole: &'a Expr) -> Lazily {
        let nodes = self.nodes();
        let mut grade = match meanwhile.need {
            need if self.is_pure(part, need) => Lazily::Certain,
            _ if self.is_pure(part, Purity::Deferred) => Lazily::Likely,
            _ if meanwhile.acts && !self.seems_to_read(part) => return Lazily::No,
            _ => Lazily::Likely,
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
            grade = grade.min(self.place_lazily(place, meanwhile));
            if grade == Lazily::No {
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
    fn place_lazily(&self, place: &'a Expr, meanwhile: &Meanwhile<'a>) -> Lazily {
        let Some(root) = root(place) else {
            let fixed = place.is_literal_expr() || keeps::is_immutable(self.kind_of(place));
            return if fixed || !meanwhile.acts { Lazily::Certain } else { Lazily::Likely };
        };
        let binding = match self.names().resolve(root) {
            Resolution::Binding(binding) => binding,
            Resolution::Builtin => return Lazily::Certain,
            Resolution::Unknown => return Lazily::No,
        };
        if self.is_item(place, meanwhile) || self.is_inside(binding, meanwhile) {
            let fixed = place.is_name_expr() && keeps::is_immutable(self.kind_of(place));
            return if fixed || !meanwhile.acts { Lazily::Certain } else { Lazily::Likely };
        }
        if self.is_code(binding) {
            return Lazily::Certain;
        }
        let touched = meanwhile.unseen && !self.is_out_of_reach(place, binding)
            || meanwhile.regions.iter().any(|region| self.changed(place, *region).is_some());
        match touched {
            false => Lazily::Certain,
            true if self.touches(place, binding, meanwhile) => Lazily::No,
            true => Lazily::Likely,
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

    /// Functions, classes and imports stay what they are by convention.
    pub(super) fn is_code(&self, binding: BindingId) -> bool {
        self.names().definitions(binding).all(|definition| {
            matches!(
                definition.kind,
                DefinitionKind::Import(_)
                    | DefinitionKind::ImportFrom { .. }
                    | DefinitionKind::Function(_)
                    | DefinitionKind::Class(_)
            )
        })
    }

    /// Whether walking an iterable later gives the same items.
    fn source_lazily(&self, source: &'a Expr, meanwhile: &Meanwhile<'a>, depth: u32) -> Lazily {
        let Some(depth) = depth.checked_sub(1) else { return Lazily::No };
        match source {
            Expr::Name(_) | Expr::Attribute(_) => self.container_lazily(source, meanwhile),
            Expr::Call(call) => self.call_lazily(source, call, meanwhile, depth),
            Expr::Generator(it) if it.generators.iter().any(|clause| clause.is_async) => Lazily::No,
            Expr::Generator(it) => {
                self.items_lazily(source, &[&it.elt], &it.generators, meanwhile, depth)
            }
            Expr::If(it) => self
                .source_lazily(&it.body, meanwhile, depth)
                .min(self.source_lazily(&it.orelse, meanwhile, depth)),
            Expr::BoolOp(it) => it.values.iter().fold(Lazily::Certain, |grade, value| {
                grade.min(self.source_lazily(value, meanwhile, depth))
            }),
            _ if self.is_new(source) => Lazily::Certain,
            Expr::Subscript(it) if it.slice.is_slice_expr() && self.is_sized_walk(source) => {
                Lazily::Certain
            }
            _ if meanwhile.acts => Lazily::No,
            _ => Lazily::Likely,
        }
    }

    fn container_lazily(&self, source: &'a Expr, meanwhile: &Meanwhile<'a>) -> Lazily {
        let kind = self.kind_of(source);
        if matches!(kind, Kind::File | Kind::CsvReader | Kind::Cursor | Kind::QuerySet) {
            return Lazily::No;
        }
        let item = self.is_item(source, meanwhile);
        // The iterable is evaluated before the walk in both forms: only its own state counts.
        if keeps::is_immutable(kind) && !item {
            return Lazily::Certain;
        }
        let grade = self.place_lazily(source, meanwhile);
        // What is left half read may be an iterator, which somebody reads on.
        let whole = meanwhile.need == Purity::Deferred || self.is_sized_walk(source);
        if grade == Lazily::Certain && kind != Kind::Iterator {
            return if whole { grade } else { Lazily::Likely };
        }
        let known = kind == Kind::Iterator || source.is_name_expr() && !item;
        let known = known && self.is_parameter_or_own(source);
        match grade {
            Lazily::No => Lazily::No,
            _ if meanwhile.acts && !known => Lazily::No,
            // A generator that unknown code may run between, or that nobody reads to its end.
            _ if meanwhile.acts && kind == Kind::Iterator => Lazily::No,
            _ => Lazily::Likely,
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

    fn call_lazily(
        &self,
        source: &'a Expr,
        call: &'a ExprCall,
        meanwhile: &Meanwhile<'a>,
        depth: u32,
    ) -> Lazily {
        let arguments = &call.arguments;
        let quiet = if meanwhile.acts { Lazily::No } else { Lazily::Likely };
        let kind = self.kind_of(source);
        if let Expr::Attribute(func) = &*call.func
            && kind == Kind::DictView
        {
            return self.source_lazily(&func.value, meanwhile, depth);
        }
        let all = |skip: usize| {
            arguments.args.iter().skip(skip).fold(Lazily::Certain, |grade, argument| {
                if argument.is_starred_expr() {
                    return grade.min(quiet);
                }
                grade.min(self.source_lazily(argument, meanwhile, depth))
            })
        };
        match self.qualified(&call.func) {
            Some("range") => return Lazily::Certain,
            // Each group is gone when the next one is asked for.
            Some("itertools.groupby") => return Lazily::No,
            Some("zip" | "reversed" | "itertools.chain" | "itertools.zip_longest") => {
                return all(0);
            }
            Some("enumerate" | "itertools.islice" | "itertools.pairwise") => {
                let walked = arguments.args.first();
                return walked.map_or(quiet, |it| self.source_lazily(it, meanwhile, depth));
            }
            // These list their arguments themselves.
            Some(
                "itertools.product"
                | "itertools.permutations"
                | "itertools.combinations"
                | "itertools.combinations_with_replacement",
            ) => return Lazily::Certain,
            Some("map" | "filter" | "itertools.starmap") => {
                let Some(function) = arguments.args.first() else { return quiet };
                let applied = match meanwhile.need {
                    need if self.is_pure_function(function, need) => Lazily::Certain,
                    _ if self.is_pure_function(function, Purity::Deferred) => Lazily::Likely,
                    _ if meanwhile.acts => Lazily::No,
                    _ => Lazily::Likely,
                };
                return applied.min(all(1));
            }
            _ => {}
        }
        if self.is_new(source) || keeps::is_immutable(kind) {
            return Lazily::Certain;
        }
        match kind {
            // The generator's own code runs between two passes.
            Kind::Iterator => {
                let reads =
                    arguments.args.iter().chain(arguments.keywords.iter().map(|it| &it.value));
                let grade = reads.fold(Lazily::Likely, |grade, argument| {
                    let constant = argument.is_literal_expr();
                    if constant { grade } else { grade.min(self.place_lazily(argument, meanwhile)) }
                });
                grade.min(if meanwhile.acts { Lazily::No } else { Lazily::Likely })
            }
            Kind::File | Kind::CsvReader | Kind::Cursor | Kind::QuerySet => Lazily::No,
            _ if meanwhile.acts => Lazily::No,
            _ if meanwhile.need == Purity::Deferred || self.is_sized_walk(source) => {
                Lazily::Certain
            }
            _ => Lazily::Likely,
        }
    }
}

/// The clauses of a comprehension.
fn clauses(expr: &Expr) -> Option<&[Comprehension]> {
    match expr {
        Expr::ListComp(it) => Some(&it.generators),
        Expr::SetComp(it) => Some(&it.generators),
        Expr::DictComp(it) => Some(&it.generators),
        Expr::Generator(it) => Some(&it.generators),
        _ => None,
    }
}

/// The name that a chain of attributes begins with.
fn root(mut place: &Expr) -> Option<&ruff_python_ast::ExprName> {
    loop {
        match place {
            Expr::Name(name) => return Some(name),
            Expr::Attribute(it) => place = &it.value,
            _ => return None,
        }
    }
}
