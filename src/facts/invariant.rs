//! Loop-invariant expressions: whether each pass of a loop would get an equal value.
//!
//! Answers by names, what they hold, and purity; a new but equal object counts as the same value.

use ruff_python_ast::Expr;

use super::Facts;
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
