//! How often a place runs: once in a process, again and again, or unknown; and why.
//!
//! Answers for one module. A place runs as often as the innermost thing around it says: a loop, a
//! guard that lets it run once (`if x is None: x = ..`), else its function. So a loop in `main` or
//! at module level repeats what is in it, although they run once. Tests run once, loops and all.
//!
//! A function's context is decided in this order: what its decorators, class and name say for
//! once; what they say for repetition; a call from a loop or from a repeating function of the
//! module; recursion; an entry point's name; and, if all of its callers are known, that they all
//! run once. Loops over at most a thousand items, and loops that never come to a second pass, are
//! no repetition. Does not know other modules: a public function that nothing here repeats is
//! unknown.

mod context;
pub(super) mod guards;
mod hooks;
mod passes;

use ruff_python_ast::{CmpOp, Expr, Stmt};

pub use context::Contexts;
use guards::Guard;

use super::Facts;
use super::loops::{Loop, LoopId, LoopKind};
use super::nodes::{Node, NodeId};
use super::scopes::{Resolution, ScopeId, ScopeKind};

/// How often a place runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Repetition {
    /// Once in a process, or a few times.
    Once(Reason),
    /// Again and again.
    Repeat(Reason),
    /// Nobody knows.
    Unknown,
}

/// Why a place runs once or again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// What is so.
    pub kind: Why,
    /// The place that makes it so; the root for the module.
    pub node: NodeId,
}

/// What makes a place run once or again and again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// In a loop: the node is the loop or comprehension.
    Loop(LoopKind),
    /// The function's decorator registers a handler or task: the node is the decorator.
    HandlerDecorator,
    /// A method that a framework calls: the node is the base class in the class statement.
    HandlerMethod,
    /// A function that a platform calls for each event: the node is the function.
    EventHandler,
    /// A special method: the node is the function.
    SpecialMethod,
    /// A property: the node is the decorator.
    Property,
    /// Called in a loop: the node is the call.
    CalledInLoop,
    /// Called by a function that runs again and again: the node is the call.
    CalledAgain,
    /// Given to a function that calls it for each item: the node is the call.
    PerItem,
    /// It calls itself, directly or through others: the node is the function.
    Recursive,
    /// At module level.
    ModuleLevel,
    /// Under `if __name__ == "__main__"`: the node is the `if`.
    MainGuard,
    /// Where a program starts: the node is the function, a decorator, or a call.
    EntryPoint,
    /// In a test or a fixture: the node is the function, or the root for a file of tests.
    Test,
    /// The result is kept: the node is the decorator.
    Cached,
    /// Under a test that what it makes is still missing: the node is the `if`.
    LazyInit,
    /// A hook that runs as a program starts: the node is the decorator, base or function.
    Startup,
    /// Only called where things run once: the node is the first call.
    OnlyCalledOnce,
}

impl<'a> Facts<'a> {
    /// How often a place runs.
    pub fn repetition(&self, node: NodeId) -> Repetition {
        if self.source.is_test() {
            return Repetition::Once(Reason { kind: Why::Test, node: NodeId::ROOT });
        }
        match self.local_repetition(node) {
            Ok(reason) => reason,
            Err(scope) => self.context(scope),
        }
    }

    /// The innermost loop of the same function that repeats a place.
    pub fn loop_repetition(&self, node: NodeId) -> Option<Reason> {
        match self.local_repetition(node) {
            Ok(Repetition::Repeat(reason)) => Some(reason),
            _ => None,
        }
    }

    /// How often the function runs that a place belongs to, whatever loops are in it.
    pub fn context_of(&self, node: NodeId) -> Repetition {
        let mut scope = self.scopes().body_scope(self.nodes().scope(node));
        while let ScopeKind::Class(_) | ScopeKind::TypeParams = self.scopes().get(scope).kind {
            scope = self.scopes().body_scope(self.scopes().get(scope).parent);
        }
        self.context(scope)
    }

    /// What is decided between a place and the body of its function, else that body.
    fn local_repetition(&self, node: NodeId) -> Result<Repetition, ScopeId> {
        let (nodes, scopes) = (self.nodes(), self.scopes());
        let guard = self.guard_around(node);
        let mut at = node;
        loop {
            for of in self.loops().enclosing(nodes.innermost_loop(at)) {
                if guard.is_some_and(|guard| guard.node > of.node) {
                    break;
                }
                if self.repeats(of, node) {
                    let kind = Why::Loop(of.kind);
                    return Ok(Repetition::Repeat(Reason { kind, node: of.node }));
                }
            }
            let scope = scopes.body_scope(nodes.scope(at));
            let opened = scopes.get(scope);
            if let Some(&Guard { node, kind, .. }) = guard
                && (scope == ScopeId::MODULE || node > opened.node)
            {
                return Ok(Repetition::Once(Reason { kind, node }));
            }
            // A class body runs where its statement stands.
            match opened.kind {
                ScopeKind::Class(_) | ScopeKind::TypeParams => at = opened.node,
                _ => return Err(scope),
            }
        }
    }

    /// Whether a loop runs a place many times.
    fn repeats(&self, of: &Loop<'a>, node: NodeId) -> bool {
        let is_short = match (of.kind, of.iter) {
            (LoopKind::For | LoopKind::Comprehension, Some(iter)) => {
                self.length_of(iter).is_some_and(|length| length <= super::cost::SMALL)
            }
            _ => self.is_counted(of),
        };
        !is_short && !self.leaves_after(of, node)
    }

    /// `while n < 3`, where `n` is counted up on every pass and never set back.
    fn is_counted(&self, of: &Loop<'a>) -> bool {
        let Some(Node::Stmt(Stmt::While(it))) = self.nodes().get(of.node) else { return false };
        let Expr::Compare(test) = &*it.test else { return false };
        let ([CmpOp::Lt | CmpOp::LtE], [limit], Expr::Name(counter)) =
            (&*test.ops, &*test.comparators, &*test.left)
        else {
            return false;
        };
        super::cost::integer(limit).is_some_and(|limit| limit <= super::cost::SMALL.cast_signed())
            && self.is_bound_once_in(counter, of.node)
            && it.body.iter().any(|stmt| {
                matches!(stmt, Stmt::AugAssign(step)
                    if step.op == ruff_python_ast::Operator::Add
                        && matches!(&*step.target, Expr::Name(name) if name.id == counter.id)
                        && super::cost::integer(&step.value).is_some_and(|by| by > 0))
            })
    }

    fn is_bound_once_in(&self, name: &'a ruff_python_ast::ExprName, of: NodeId) -> bool {
        let Resolution::Binding(binding) = self.names().resolve(name) else { return false };
        let inside = self
            .names()
            .definitions(binding)
            .filter(|definition| self.nodes().contains(of, definition.node));
        inside.count() == 1
    }

    /// The loop of an id, for those who have its node only.
    pub(super) fn is_loop_of(&self, inner: LoopId, node: NodeId) -> bool {
        self.loops().get(inner).is_some_and(|it| it.node == node)
    }
}
