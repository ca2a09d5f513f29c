//! Effects: places where something may change that the place itself does not name.
//!
//! Per function: unknown calls, awaits and yields, which may run anything; and stores and methods
//! that change an object which some other name may hold. Iterating over what is not known to be a
//! plain container runs unknown code as well. Operators, attribute reads, formatting and
//! comparison are taken to change nothing. Candidates are gathered once and judged when asked for.

use std::cell::RefCell;

use ruff_python_ast::{Comprehension, Expr, ExprCall, Stmt};

use super::Facts;
use super::nodes::{Node, NodeId, Shape};
use super::purity::Purity;
use super::scopes::ScopeId;
use super::types::Kind;
use crate::catalog::keeps;

/// What a place may change.
#[derive(Debug, Clone, Copy)]
pub enum Effect<'a> {
    /// Nothing.
    None,
    /// The object of the expression alone.
    Changes(&'a Expr),
    /// Anything that is not private to a name.
    Anything,
}

/// Every candidate by the function that runs it, in source order, with what was judged before.
#[derive(Debug, Default)]
pub(super) struct Effects {
    offsets: Vec<u32>,
    nodes: Vec<NodeId>,
    /// Candidates that are known to change nothing.
    none: RefCell<Vec<bool>>,
}

impl Effects {
    fn build(facts: &Facts<'_>) -> Effects {
        let scopes = facts.scopes();
        let count = scopes.count();
        let bodies: Vec<usize> =
            (0..count).map(|index| scopes.body_scope(ScopeId(index as u32)).index()).collect();
        let mut offsets = vec![0_u32; count + 1];
        let mut found: Vec<(usize, NodeId)> = Vec::new();
        for (node, entry) in facts.nodes().shaped(Shape::EFFECT) {
            let Some(&body) = bodies.get(entry.scope.index()) else { continue };
            offsets[body + 1] += 1;
            found.push((body, node));
        }
        for index in 1..offsets.len() {
            offsets[index] += offsets[index - 1];
        }
        let mut next = offsets.clone();
        let mut nodes = vec![NodeId::ROOT; found.len()];
        for (body, node) in found {
            nodes[next[body] as usize] = node;
            next[body] += 1;
        }
        let none = RefCell::new(vec![false; nodes.len()]);
        Effects { offsets, nodes, none }
    }
}

impl<'a> Facts<'a> {
    fn effects(&self) -> &Effects {
        self.effects.get_or_init(|| Effects::build(self))
    }

    /// Whether the body of the function that a scope is of yields.
    pub fn yields(&self, scope: ScopeId) -> bool {
        self.scopes().yields(scope)
    }

    /// The first place in a run of nodes, among those that the function of the scope runs itself,
    /// whose effect satisfies the predicate.
    pub(super) fn effect_within(
        &self,
        scope: ScopeId,
        (from, to): (NodeId, NodeId),
        mut matters: impl FnMut(NodeId, Effect<'a>) -> bool,
    ) -> Option<NodeId> {
        let effects = self.effects();
        let body = self.scopes().body_scope(scope).index();
        let start = *effects.offsets.get(body)? as usize;
        let end = *effects.offsets.get(body + 1)? as usize;
        let own = effects.nodes.get(start..end)?;
        let first = start + own.partition_point(|node| *node < from);
        for index in first..end {
            let node = *effects.nodes.get(index)?;
            if node >= to {
                return None;
            }
            if effects.none.borrow().get(index).copied().unwrap_or(false) {
                continue;
            }
            match self.effect(node) {
                Effect::None => {
                    if let Some(none) = effects.none.borrow_mut().get_mut(index) {
                        *none = true;
                    }
                }
                effect if matters(node, effect) => return Some(node),
                _ => {}
            }
        }
        None
    }

    /// What one statement or expression may change, its parts aside.
    pub fn effect(&self, node: NodeId) -> Effect<'a> {
        let walk = |iter: &'a Expr| {
            if self.walks_plainly(iter) { Effect::None } else { Effect::Anything }
        };
        let clauses = |clauses: &'a [Comprehension]| {
            let plain = clauses.iter().all(|it| !it.is_async && self.walks_plainly(&it.iter));
            if plain { Effect::None } else { Effect::Anything }
        };
        match self.nodes().get(node) {
            None => Effect::None,
            Some(Node::Stmt(stmt)) => match stmt {
                Stmt::With(it) => {
                    let files =
                        it.items.iter().all(|item| self.kind_of(&item.context_expr) == Kind::File);
                    if files && !it.is_async { Effect::None } else { Effect::Anything }
                }
                Stmt::For(it) if it.is_async => Effect::Anything,
                Stmt::For(it) => walk(&it.iter),
                Stmt::AugAssign(it) => {
                    if keeps::is_immutable(self.kind_of(&it.target)) {
                        Effect::None
                    } else {
                        Effect::Changes(&it.target)
                    }
                }
                _ => Effect::Anything,
            },
            Some(Node::Expr(expr)) => match expr {
                Expr::Call(call) => self.call_effect(call),
                Expr::ListComp(it) => clauses(&it.generators),
                Expr::SetComp(it) => clauses(&it.generators),
                Expr::DictComp(it) => clauses(&it.generators),
                Expr::Generator(it) => clauses(&it.generators),
                Expr::Attribute(it) if !it.ctx.is_load() => Effect::Changes(&it.value),
                Expr::Subscript(it) if !it.ctx.is_load() => Effect::Changes(&it.value),
                _ => Effect::Anything,
            },
        }
    }

    /// Whether iterating runs no code of the program beyond what is written in the expression.
    pub(super) fn walks_plainly(&self, iter: &'a Expr) -> bool {
        self.is_sized_walk(iter)
            || matches!(
                iter,
                Expr::List(_) | Expr::Tuple(_) | Expr::Set(_) | Expr::Dict(_) | Expr::Generator(_)
            )
    }

    fn call_effect(&self, call: &'a ExprCall) -> Effect<'a> {
        let arguments = &call.arguments;
        // A function that is handed over is run.
        let callback = |expr: &'a Expr| {
            expr.is_lambda_expr() && !self.is_pure_function(expr, Purity::Deferred)
        };
        let key = arguments.keywords.iter().any(|keyword| {
            keyword.arg.as_ref().is_some_and(|name| name.as_str() == "key")
                && !self.is_pure_function(&keyword.value, Purity::Deferred)
        });
        if key || arguments.args.iter().any(callback) {
            return Effect::Anything;
        }
        if let Expr::Attribute(func) = &*call.func {
            let kind = self.kind_of(&func.value);
            let method = func.attr.as_str();
            let known = keeps::receiver(kind, method).is_some();
            let walks = arguments.args.iter().any(|it| self.kind_of(it) == Kind::Iterator);
            if known && !walks {
                return if keeps::changes_receiver(method) && !keeps::is_immutable(kind) {
                    Effect::Changes(&func.value)
                } else {
                    Effect::None
                };
            }
        }
        let Some(name) = self.qualified(&call.func) else { return Effect::Anything };
        if let Some(position) = keeps::changed_argument(name) {
            return match arguments.args.get(position) {
                Some(argument) if name != "next" => Effect::Changes(argument),
                _ => Effect::Anything,
            };
        }
        if !keeps::is_harmless(name) {
            return Effect::Anything;
        }
        let applied = match name {
            "map" | "filter" => arguments.args.first(),
            _ => None,
        };
        if applied.is_some_and(|function| !self.is_pure_function(function, Purity::Deferred)) {
            return Effect::Anything;
        }
        let walks = super::purity::is_walking(name) && arguments.args.len() == 1;
        match arguments.args.first() {
            Some(only) if walks && !self.walks_plainly(only) => Effect::Anything,
            _ => Effect::None,
        }
    }
}
