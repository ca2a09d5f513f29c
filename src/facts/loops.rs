//! The loops of a file and how often they may run.
//!
//! A loop is a `for`, a `while` or a comprehension. What a node's loop is stops at the function
//! that holds the node: a function defined in a loop is not run by that loop.

use ruff_python_ast::Expr;

use super::nodes::NodeId;
use super::scopes::ScopeId;

/// A loop of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LoopId(u32);

impl LoopId {
    /// Not in a loop.
    pub const NONE: LoopId = LoopId(u32::MAX);

    pub(super) fn new(index: usize) -> LoopId {
        LoopId(index as u32)
    }

    /// The loop that opens next after this one.
    pub(super) fn next(self) -> LoopId {
        LoopId(self.0 + 1)
    }

    /// Whether this is a loop at all.
    #[inline]
    pub fn exists(self) -> bool {
        self != LoopId::NONE
    }
}

/// What kind of loop it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoopKind {
    /// `for` or `async for`.
    For,
    /// `while`.
    While,
    /// One `for` clause of a comprehension or generator expression.
    Comprehension,
}

/// A loop.
#[derive(Debug, Clone, Copy)]
pub struct Loop<'a> {
    /// What kind of loop it is.
    pub kind: LoopKind,
    /// The `for` or `while` statement, or the comprehension.
    pub node: NodeId,
    /// The loop around it in the same function.
    pub parent: LoopId,
    /// What a `for` walks over.
    pub iter: Option<&'a Expr>,
    /// What a `for` binds.
    pub target: Option<&'a Expr>,
    /// The scope in which the body runs.
    pub scope: ScopeId,
}

/// The loops of a file.
#[derive(Debug, Default)]
pub struct Loops<'a> {
    pub(super) loops: Vec<Loop<'a>>,
}

impl<'a> Loops<'a> {
    /// The loop of an id.
    #[inline]
    pub fn get(&self, id: LoopId) -> Option<&Loop<'a>> {
        self.loops.get(id.0 as usize)
    }

    /// The loop and those around it in the same function, from the inside to the outside.
    pub fn enclosing(&self, id: LoopId) -> impl Iterator<Item = &Loop<'a>> {
        std::iter::successors(self.get(id), |inner| self.get(inner.parent))
    }

    /// Whether a loop is another one or lies in it.
    pub fn is_within(&self, inner: LoopId, outer: LoopId) -> bool {
        let mut at = inner;
        while let Some(of) = self.get(at) {
            if at == outer {
                return true;
            }
            at = of.parent;
        }
        false
    }
}
