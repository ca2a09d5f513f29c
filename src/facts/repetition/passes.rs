//! Loops that never come to a second pass after a place in them.

use ruff_python_ast::Stmt;

use crate::facts::Facts;
use crate::facts::loops::Loop;
use crate::facts::nodes::{Node, NodeId, blocks};

/// Loops of more nodes are taken to come to a second pass: the work is linear for each place.
const MAX_LOOP: usize = 10_000;

impl<'a> Facts<'a> {
    /// Whether every way on from a place leaves the loop, so that the place runs once at most.
    /// Exceptions that a handler inside the loop may catch are ways on too.
    pub(super) fn leaves_after(&self, of: &Loop<'a>, node: NodeId) -> bool {
        let nodes = self.nodes();
        let body = match nodes.get(of.node) {
            Some(Node::Stmt(Stmt::For(it))) => &it.body,
            Some(Node::Stmt(Stmt::While(it))) => &it.body,
            _ => return false,
        };
        if body.first().is_none_or(|first| node < nodes.id(first)) {
            // In the head of the loop: what follows is the body.
            return self.leaves(body, of.node);
        }
        let Some((mut at, _)) = nodes.statement(node) else { return false };
        if nodes.descendants(of.node).size_hint().0 > MAX_LOOP {
            return false;
        }
        let guarded = nodes
            .ancestors(node)
            .take_while(|(id, _)| *id != of.node)
            .any(|(_, above)| matches!(above, Node::Stmt(Stmt::Try(_))));
        if guarded {
            return false;
        }
        loop {
            let parent = nodes.parent(at);
            let Some(Node::Stmt(above)) = nodes.get(parent) else { return false };
            let Some(rest) = blocks(above).find_map(|block| {
                let index = block.binary_search_by_key(&at, |stmt| nodes.id(stmt)).ok()?;
                block.get(index..)
            }) else {
                return false;
            };
            if self.leaves(rest, of.node) {
                return true;
            }
            let transparent = matches!(above, Stmt::If(_) | Stmt::With(_) | Stmt::Match(_));
            if parent == of.node || !transparent || self.continues(rest, of.node) {
                return false;
            }
            at = parent;
        }
    }

    /// Whether a run of statements leaves the loop on every path, before any `continue`.
    fn leaves(&self, block: &'a [Stmt], of: NodeId) -> bool {
        if !block.last().is_some_and(|last| self.leaves_at(last, of)) {
            return false;
        }
        for stmt in block {
            if self.leaves_at(stmt, of) {
                return true;
            }
            if self.continues(std::slice::from_ref(stmt), of) {
                return false;
            }
        }
        false
    }

    fn leaves_at(&self, stmt: &'a Stmt, of: NodeId) -> bool {
        match stmt {
            Stmt::Return(_) | Stmt::Raise(_) => true,
            Stmt::Break(_) => {
                self.is_loop_of(self.nodes().innermost_loop(self.nodes().id(stmt)), of)
            }
            Stmt::If(it) => {
                it.elif_else_clauses.last().is_some_and(|last| last.test.is_none())
                    && self.leaves(&it.body, of)
                    && it.elif_else_clauses.iter().all(|clause| self.leaves(&clause.body, of))
            }
            _ => false,
        }
    }

    /// Whether a `continue` of the loop stands among the statements.
    fn continues(&self, block: &'a [Stmt], of: NodeId) -> bool {
        block.iter().any(|stmt| {
            let id = self.nodes().id(stmt);
            std::iter::once(id).chain(self.nodes().descendants(id)).any(|inner| {
                matches!(self.nodes().get(inner), Some(Node::Stmt(Stmt::Continue(_))))
                    && self.is_loop_of(self.nodes().innermost_loop(inner), of)
            })
        })
    }
}
