//! Loop-invariant expressions: whether each pass of a loop would get an equal value.
//!
//! Answers by names, what they hold, and purity; a new but equal object counts as the same value.

use ruff_python_ast::{Expr, ExprAttribute, Stmt};

use super::Facts;
use super::flow::same_place;
use super::loops::{LoopId, LoopKind};
use super::nodes::{Node, NodeId};
use super::purity::Purity;
use super::scopes::{BindingId, Resolution};
use crate::catalog::keeps;

/// How sure it is that an expression has the same value in each pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariance {
    /// It may differ.
    No,
    /// The loop neither gives a name in it another object nor changes one of them itself, but
    /// calls something that might.
    Likely,
    /// Nothing in the loop can change it.
    Certain,
}

/// Methods by which a container gets or loses items.
const CHANGING: &[&str] = &[
    "add",
    "append",
    "appendleft",
    "clear",
    "discard",
    "extend",
    "insert",
    "pop",
    "popitem",
    "popleft",
    "remove",
    "update",
];

impl<'a> Facts<'a> {
    /// Whether an expression in a loop has the same value in each pass.
    pub fn invariance(&self, expr: &'a Expr, of: LoopId) -> Invariance {
        let nodes = self.nodes();
        let Some(outer) = self.loops().get(of) else { return Invariance::No };
        let at = nodes.id(expr);
        if !nodes.contains(outer.node, at) || !self.is_pure(expr, Purity::Deferred) {
            return Invariance::No;
        }
        let mut grade = Invariance::Certain;
        for part in std::iter::once(at).chain(nodes.descendants(at)) {
            let Some(place) = self.expr_at(part) else { continue };
            match place {
                Expr::Name(name) if name.ctx.is_load() => {
                    let binding = match self.names().resolve(name) {
                        Resolution::Binding(binding) => binding,
                        Resolution::Builtin => continue,
                        Resolution::Unknown => return Invariance::No,
                    };
                    // Names of a comprehension or lambda in the expression are its own.
                    let owner = self.scopes().get(self.names().scope(binding)).node;
                    if owner != NodeId::ROOT && nodes.contains(at, owner) {
                        continue;
                    }
                    if self.is_bound_in(binding, of) {
                        return Invariance::No;
                    }
                    // The target of a clause around this one.
                    if owner == outer.node {
                        if !keeps::is_immutable(self.kind_of(place)) {
                            grade = grade.min(Invariance::Likely);
                        }
                        continue;
                    }
                }
                Expr::Attribute(it) if it.ctx.is_load() => {}
                _ => continue,
            }
            // `self` in `self.limit`, `os` in `os.sep`: the attribute answers.
            if matches!(nodes.get(nodes.parent(part)), Some(Node::Expr(Expr::Attribute(_)))) {
                continue;
            }
            if matches!(nodes.get(nodes.parent(part)), Some(Node::Expr(Expr::Call(call))) if nodes.id(&*call.func) == part)
            {
                continue;
            }
            if self.mutated_in(place, outer.node).is_some() {
                grade = grade.min(self.by_hearsay(place, outer.node));
            }
            if let Expr::Attribute(it) = place
                && self.may_be_derived(it, outer.node)
            {
                return Invariance::No;
            }
        }
        grade
    }

    /// Whether a name in an expression is given another object in the loop: the expression is not
    /// about the same object in each pass.
    pub fn differs_by_pass(&self, expr: &'a Expr, of: LoopId) -> bool {
        let at = self.nodes().id(expr);
        std::iter::once(at)
            .chain(self.nodes().descendants(at))
            .filter_map(|part| self.binding_at(part))
            .any(|binding| self.is_bound_in(binding, of))
    }

    /// Whether only unknown code may change the place in the loop.
    fn by_hearsay(&self, place: &'a Expr, within: NodeId) -> Invariance {
        if self.mutated_by_name(place, within) { Invariance::No } else { Invariance::Likely }
    }

    /// Whether an attribute may be a property of what the loop changes in its object:
    /// `queue.groups` after `queue.messages.remove(message)`. The class of `self` is asked.
    fn may_be_derived(&self, attribute: &'a ExprAttribute, within: NodeId) -> bool {
        let Expr::Name(owner) = &*attribute.value else { return false };
        let computed = match self.class_of_self(owner) {
            Some(class) => class.body.iter().any(|stmt| match stmt {
                Stmt::FunctionDef(def) => def.name.id == attribute.attr.id,
                _ => false,
            }),
            None => true,
        };
        computed
            && self.any_below(within, |expr| match expr {
                Expr::Call(call) => match &*call.func {
                    Expr::Attribute(method) if CHANGING.contains(&method.attr.as_str()) => {
                        matches!(&*method.value, Expr::Attribute(part)
                            if part.attr.id != attribute.attr.id
                                && same_place(&part.value, &attribute.value))
                    }
                    _ => false,
                },
                _ => false,
            })
    }

    /// Whether a loop gives a name another object: by its target or in its body.
    fn is_bound_in(&self, binding: BindingId, of: LoopId) -> bool {
        let nodes = self.nodes();
        let Some(outer) = self.loops().get(of) else { return true };
        if outer.kind != LoopKind::Comprehension {
            return self.names().definitions(binding).any(|it| nodes.contains(outer.node, it.node));
        }
        self.uses_of(binding).iter().any(|node| {
            let load = matches!(self.expr_at(*node), Some(Expr::Name(name)) if name.ctx.is_load());
            !load
                && nodes.contains(outer.node, *node)
                && self.loops().is_within(nodes.innermost_loop(*node), of)
        })
    }
}
