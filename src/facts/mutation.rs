//! Changes: whether a name or a chain of attributes may mean another object, or an object in
//! another state, at one point than at another.
//!
//! Shallow: a change inside an element is no change of the container. Iterating over a value is a
//! change only where it is known to be an iterator or a file. Source order and loops stand in for
//! the order in which statements run; branches that exclude each other are not told apart.

use std::borrow::Cow;

use ruff_python_ast::{Expr, Stmt};

use super::Facts;
use super::effects::Effect;
use super::nodes::{Node, NodeId};
use super::scopes::{BindingId, DefinitionKind, Resolution, ScopeKind};
use super::types::Kind;
use super::usage::Usage;
use crate::catalog::keeps;

/// How an object is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'a> {
    /// By a method: its name.
    Method(&'a str),
    /// An item is stored or deleted.
    Item,
    /// An attribute is stored or deleted.
    Attribute,
    /// `op=` on a value that may change in place.
    Augmented,
    /// A call that gets it may change it.
    Passed,
    /// It is an iterator or a file, and something is read from it.
    Advanced,
}

/// A place that may change an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mutation<'a> {
    /// The name expression.
    pub node: NodeId,
    /// How.
    pub change: Change<'a>,
}

/// A run of nodes: from the first up to, but without, the second.
pub(super) type Region = (NodeId, NodeId);

/// Longer chains of aliases and calls are taken to change what they get.
pub(super) const STEPS: u32 = 4;

/// An alias with more uses is taken to be changed: looking through it for each name that it stands
/// for would be quadratic.
const MAX_USES: usize = 64;

/// Methods that read, by their name alone.
pub(super) fn is_reader(method: &str) -> bool {
    matches!(
        method,
        "copy"
            | "count"
            | "decode"
            | "encode"
            | "endswith"
            | "format"
            | "get"
            | "index"
            | "isdigit"
            | "items"
            | "join"
            | "keys"
            | "lower"
            | "rstrip"
            | "lstrip"
            | "split"
            | "splitlines"
            | "startswith"
            | "strip"
            | "tolist"
            | "upper"
            | "values"
    )
}

impl<'a> Facts<'a> {
    /// The places that may change an object that the name holds, by this name or a plain alias,
    /// in source order for each of them. Giving the name another object is none of them.
    pub fn mutations(&self, binding: BindingId) -> Vec<Mutation<'a>> {
        let mut found = Vec::new();
        self.mutations_in(binding, (NodeId::new(0), NodeId::ROOT), STEPS, &mut |mutation| {
            found.push(mutation);
            true
        });
        found
    }

    /// Whether the object that a name or a chain of attributes means may be another one, or
    /// changed, between two points: after the first, before the second. The place, if so.
    pub fn mutated_between(&self, place: &'a Expr, from: NodeId, to: NodeId) -> Option<NodeId> {
        self.changed(place, self.region(from, to))
    }

    /// Whether it may be so anywhere in a statement or expression: in any pass of a loop.
    pub fn mutated_in(&self, place: &'a Expr, within: NodeId) -> Option<NodeId> {
        self.changed(place, (within, self.after(within)))
    }

    /// Whether the statement or expression changes the place by its own name, or stores to an
    /// attribute of that name.
    pub fn mutated_by_name(&self, place: &'a Expr, within: NodeId) -> bool {
        let region = (within, self.after(within));
        match place {
            Expr::Name(name) => {
                let Resolution::Binding(binding) = self.names().resolve(name) else { return true };
                self.rebound(binding, region).is_some()
                    || !self.mutations_in(binding, region, STEPS, &mut |_| false)
            }
            Expr::Attribute(_) => {
                let mut root = place;
                while let Expr::Attribute(it) = root {
                    root = &it.value;
                }
                let Expr::Name(name) = root else { return true };
                let Resolution::Binding(binding) = self.names().resolve(name) else { return true };
                let scope = self.nodes().scope(self.nodes().id(place));
                self.rebound(binding, region).is_some()
                    || self
                        .effect_within(scope, region, |at, effect| {
                            self.stores_link(at, place)
                                || matches!(effect, Effect::Changes(other)
                                    if super::flow::same_place(other, place))
                                || self.calls_method_of(at, place)
                        })
                        .is_some()
            }
            _ => true,
        }
    }

    /// Whether a run of nodes gives the name another object, or changes the object by this name.
    pub(super) fn named_changes(&self, binding: BindingId, region: Region) -> bool {
        self.rebound(binding, region).is_some()
            || !self.mutations_in(binding, region, STEPS, &mut |_| false)
    }

    /// Whether a call is of a method of the place that does not merely read.
    fn calls_method_of(&self, at: NodeId, place: &'a Expr) -> bool {
        let Some(Expr::Call(call)) = self.expr_at(at) else { return false };
        let Expr::Attribute(func) = &*call.func else { return false };
        super::flow::same_place(&func.value, place) && !is_reader(func.attr.as_str())
    }

    /// One past the last node of a subtree.
    pub(super) fn after(&self, node: NodeId) -> NodeId {
        self.nodes().entries.get(node.index()).map_or(node, |entry| NodeId::new(entry.end as usize))
    }

    /// The nodes that may run after one point and before another.
    pub(super) fn region(&self, from: NodeId, to: NodeId) -> Region {
        let (nodes, loops) = (self.nodes(), self.loops());
        let (mut first, mut last) = (self.after(from), to);
        // Evaluation leaves source order: `a if test else b`, comprehensions, assignments.
        let mut below = to;
        for (at, node) in nodes.ancestors(to) {
            match node {
                Node::Expr(
                    Expr::If(_)
                    | Expr::ListComp(_)
                    | Expr::SetComp(_)
                    | Expr::DictComp(_)
                    | Expr::Generator(_),
                ) => last = last.max(self.after(at)),
                Node::Expr(_) => {}
                Node::Stmt(Stmt::Assign(it)) => {
                    if nodes.id(&*it.value) != below {
                        last = last.max(self.after(at));
                    }
                    break;
                }
                Node::Stmt(_) => break,
            }
            below = at;
        }
        for (one, other) in [(from, to), (to, from)] {
            for of in loops.enclosing(nodes.innermost_loop(one)) {
                // Once around a loop that holds both: unless every pass begins with the first.
                let both = nodes.contains(of.node, other);
                if both && to > from && self.is_dominated_by(from, to) {
                    break;
                }
                first = first.min(of.node);
                last = last.max(self.after(of.node));
            }
        }
        (first, last)
    }

    fn is_dominated_by(&self, from: NodeId, to: NodeId) -> bool {
        let nodes = self.nodes();
        let Some((statement, _)) = nodes.statement(from) else { return false };
        nodes.contains(statement, to) || self.is_dominated(statement, to)
    }

    /// The first change of a place in a run of nodes.
    pub(super) fn changed(&self, place: &'a Expr, region: Region) -> Option<NodeId> {
        match place {
            Expr::Name(name) => match self.names().resolve(name) {
                Resolution::Binding(binding) => {
                    self.name_changed(binding, self.kind_of(place), place, region)
                }
                Resolution::Builtin => None,
                Resolution::Unknown => Some(region.0),
            },
            Expr::Attribute(it) => {
                if let Some(changed) = self.root_rebound(&it.value, region) {
                    return Some(changed);
                }
                let kind = self.kind_of(place);
                let scope = self.nodes().scope(self.nodes().id(place));
                self.effect_within(scope, region, |at, effect| {
                    self.stores_link(at, place) || self.may_concern(at, effect, kind)
                })
            }
            // Numbers, strings and the like.
            _ if place.is_literal_expr() => None,
            _ => Some(region.0),
        }
    }

    /// Whether the name that a chain of attributes begins with gets another object.
    fn root_rebound(&self, owner: &'a Expr, region: Region) -> Option<NodeId> {
        match owner {
            Expr::Attribute(it) => self.root_rebound(&it.value, region),
            Expr::Name(name) => match self.names().resolve(name) {
                Resolution::Binding(binding) => self.rebound(binding, region).or_else(|| {
                    // Another function may give it another object while an unknown call runs.
                    let scope = self.nodes().scope(self.nodes().id(owner));
                    self.is_moved_elsewhere(binding, scope).then_some(())?;
                    self.effect_within(scope, region, |_, effect| {
                        matches!(effect, Effect::Anything)
                    })
                }),
                Resolution::Builtin => None,
                Resolution::Unknown => Some(region.0),
            },
            _ => Some(region.0),
        }
    }

    /// Whether a store is to one of the attributes of the chain, of whatever object.
    fn stores_link(&self, at: NodeId, place: &'a Expr) -> bool {
        let Some(Expr::Attribute(store)) = self.expr_at(at) else { return false };
        let mut link = place;
        while let Expr::Attribute(it) = link {
            if it.attr.id == store.attr.id {
                return true;
            }
            link = &it.value;
        }
        false
    }

    /// Whether an effect may change an object of a kind that is not private to a name.
    fn may_concern(&self, at: NodeId, effect: Effect<'a>, kind: Kind) -> bool {
        match effect {
            Effect::None => false,
            Effect::Anything => true,
            Effect::Changes(other) => {
                let of = self.kind_of(other);
                let distinct = keeps::is_immutable(kind)
                    || (kind != Kind::Unknown && of != Kind::Unknown && kind != of);
                // The plain containers have no attributes that can be stored to.
                let attribute = matches!(kind, Kind::List | Kind::Set | Kind::Dict)
                    && matches!(self.expr_at(at), Some(Expr::Attribute(_)));
                !distinct && !attribute && !self.is_private_name(other)
            }
        }
    }

    /// Whether an expression is a name of a container that nobody else can reach.
    pub(super) fn is_private_name(&self, expr: &'a Expr) -> bool {
        let Expr::Name(name) = expr else { return false };
        match self.names().resolve(name) {
            Resolution::Binding(binding) => {
                let kind = self.type_of_binding(binding).kind;
                matches!(kind, Kind::List | Kind::Set | Kind::Dict) && self.is_private(binding)
            }
            _ => false,
        }
    }

    fn name_changed(
        &self,
        binding: BindingId,
        kind: Kind,
        place: &'a Expr,
        region: Region,
    ) -> Option<NodeId> {
        if let Some(at) = self.rebound(binding, region) {
            return Some(at);
        }
        let scope = self.nodes().scope(self.nodes().id(place));
        let elsewhere = self.is_moved_elsewhere(binding, scope);
        let immutable = keeps::is_immutable(kind);
        if immutable && !elsewhere {
            return None;
        }
        if !immutable {
            let mut first = None;
            self.mutations_in(binding, region, STEPS, &mut |mutation| {
                first = Some(mutation.node);
                false
            });
            if first.is_some() {
                return first;
            }
        }
        // Nobody else holds a private object; the plain containers have no views that write.
        if matches!(kind, Kind::List | Kind::Set | Kind::Dict) && self.is_private(binding) {
            return None;
        }
        self.effect_within(scope, region, |at, effect| self.may_concern(at, effect, kind))
    }

    /// Whether code outside the function may give the name another object.
    fn is_moved_elsewhere(&self, binding: BindingId, from: super::scopes::ScopeId) -> bool {
        let (names, scopes) = (self.names(), self.scopes());
        let owner = names.scope(binding);
        if self.is_reflected(owner) {
            return true;
        }
        match scopes.get(owner).kind {
            ScopeKind::Module | ScopeKind::Class(_) => !self.is_code(binding),
            _ => {
                let here = scopes.body_scope(from);
                names.definitions(binding).any(|it| scopes.body_scope(it.from) != here)
            }
        }
    }

    /// Functions, classes and imports stay what they are by convention.
    pub(super) fn is_code(&self, binding: BindingId) -> bool {
        self.names().definitions(binding).all(|definition| definition.kind.is_code())
    }

    /// Whether the name gets another object in a run of nodes.
    pub(super) fn rebound(&self, binding: BindingId, region: Region) -> Option<NodeId> {
        let stored = self.uses_between(binding, region).iter().copied().find(
            |node| !matches!(self.expr_at(*node), Some(Expr::Name(name)) if name.ctx.is_load()),
        );
        stored.or_else(|| {
            self.names()
                .definitions(binding)
                .filter(|definition| {
                    definition.kind.is_code()
                        || matches!(
                            definition.kind,
                            DefinitionKind::Except | DefinitionKind::Capture
                        )
                })
                .map(|definition| definition.node)
                .find(|node| {
                    // A handler's or pattern's name belongs to the whole statement.
                    (region.0..region.1).contains(node)
                        || matches!(
                            self.nodes().get(*node),
                            Some(Node::Stmt(Stmt::Try(_) | Stmt::Match(_)))
                        ) && *node < region.1
                            && self.after(*node) > region.0
                })
        })
    }

    /// Hands each change in a run of nodes to `found` until that returns `false`.
    pub(super) fn mutations_in(
        &self,
        binding: BindingId,
        region: Region,
        steps: u32,
        found: &mut dyn FnMut(Mutation<'a>) -> bool,
    ) -> bool {
        let kind = self.type_of_binding(binding).kind;
        if keeps::is_immutable(kind) {
            return true;
        }
        for &node in &*self.uses_that_matter(binding, region) {
            let used = self.usage(node).usage;
            if let Usage::Assigned(Expr::Name(alias)) = used {
                let Resolution::Binding(alias) = self.names().resolve(alias) else { continue };
                let few = self.uses_of(alias).len() <= MAX_USES;
                let Some(steps) = steps.checked_sub(1).filter(|_| few) else {
                    if !found(Mutation { node, change: Change::Passed }) {
                        return false;
                    }
                    continue;
                };
                if alias != binding && !self.mutations_in(alias, region, steps, found) {
                    return false;
                }
                continue;
            }
            if !(region.0..region.1).contains(&node) {
                continue;
            }
            if let Some(change) = self.change_by(node, used, kind, steps)
                && !found(Mutation { node, change })
            {
                return false;
            }
        }
        true
    }

    /// The uses in a run of nodes, and those anywhere that give another name the object, in source
    /// order; of few uses, all of them.
    fn uses_that_matter(&self, binding: BindingId, region: Region) -> Cow<'_, [NodeId]> {
        let uses = self.uses_of(binding);
        if self.plain || uses.len() <= MAX_USES {
            return Cow::Borrowed(uses);
        }
        let mut shared = self.shared_uses.borrow_mut();
        let shared = shared.entry(binding).or_insert_with(|| {
            let names =
                |node: &NodeId| matches!(self.usage(*node).usage, Usage::Assigned(Expr::Name(_)));
            uses.iter().copied().filter(names).collect()
        });
        let (before, behind) = (
            shared.partition_point(|node| *node < region.0),
            shared.partition_point(|node| *node < region.1),
        );
        let inside = self.uses_between(binding, region);
        if before == 0 && behind == shared.len() {
            return Cow::Borrowed(inside);
        }
        Cow::Owned([&shared[..before], inside, &shared[behind..]].concat())
    }

    /// How one use changes an object of the kind.
    fn change_by(
        &self,
        node: NodeId,
        used: Usage<'a>,
        kind: Kind,
        steps: u32,
    ) -> Option<Change<'a>> {
        let moves = matches!(kind, Kind::Iterator | Kind::File);
        match used {
            Usage::Receiver(call, method) => {
                if keeps::changes_receiver(method) {
                    return Some(Change::Method(method));
                }
                let inplace = call.arguments.find_keyword("inplace").is_some();
                let reads = keeps::receiver(kind, method).is_some() || is_reader(method);
                (inplace || !reads).then_some(Change::Method(method))
            }
            Usage::Attribute(it) => keeps::changes_receiver(it.attr.as_str())
                .then_some(Change::Method(it.attr.as_str())),
            Usage::ItemStored(_) | Usage::ItemDeleted(_) => Some(Change::Item),
            Usage::AttributeStored(_) | Usage::AttributeDeleted(_) => Some(Change::Attribute),
            Usage::Augmented(_) => Some(Change::Augmented),
            Usage::For(_)
            | Usage::Clause(..)
            | Usage::YieldedFrom(_)
            | Usage::Unpacked(_)
            | Usage::SpreadInto(_)
            | Usage::Contains(_)
                if moves =>
            {
                Some(Change::Advanced)
            }
            Usage::Argument(call, index) => {
                if let Expr::Attribute(func) = &*call.func
                    && keeps::method_argument(self.kind_of(&func.value), func.attr.as_str())
                        .is_some()
                {
                    return moves.then_some(Change::Advanced);
                }
                if let Some(name) = self.qualified(&call.func) {
                    if keeps::changed_argument(name).is_some() {
                        let changes = keeps::changed_argument(name) == Some(index);
                        return changes.then_some(Change::Passed);
                    }
                    if keeps::argument(name).is_some() {
                        return moves.then_some(Change::Advanced);
                    }
                }
                if let (Some(parameter), Some(steps)) =
                    (self.parameter_of(call, index), steps.checked_sub(1))
                    && self.elements_escape(parameter).is_none()
                {
                    let all = (NodeId::new(0), NodeId::ROOT);
                    let untouched = self.mutations_in(parameter, all, steps, &mut |_| false);
                    return (!untouched).then_some(Change::Passed);
                }
                Some(Change::Passed)
            }
            Usage::Keyword(call, _) | Usage::Spread(call) => {
                let known =
                    self.qualified(&call.func).is_some_and(|it| keeps::argument(it).is_some());
                (!known || moves).then_some(Change::Passed)
            }
            // The binding's object is used through the value of the `with`.
            Usage::Context(_) if kind == Kind::File => Some(Change::Advanced),
            Usage::Context(_) | Usage::Awaited(_) => Some(Change::Passed),
            Usage::Called(_) => {
                (kind == Kind::Unknown && !self.is_function(node)).then_some(Change::Passed)
            }
            _ => None,
        }
    }

    /// Whether a name means a function or class of the file or of a module.
    fn is_function(&self, node: NodeId) -> bool {
        let Some(Expr::Name(name)) = self.expr_at(node) else { return false };
        let Resolution::Binding(binding) = self.names().resolve(name) else { return true };
        self.names().definitions(binding).all(|definition| match definition.kind {
            DefinitionKind::Assign { value, .. } => value.is_lambda_expr(),
            kind => kind.is_code(),
        })
    }
}
