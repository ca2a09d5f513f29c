//! One module's call graph: functions that call themselves, directly or through others.

use ruff_python_ast::{ExprCall, StmtFunctionDef};

use super::Facts;

/// A function that calls itself.
#[derive(Debug)]
pub struct Recursion<'a> {
    /// The function.
    pub function: &'a StmtFunctionDef,
    /// The calls in it that lead back to it, in source order.
    pub calls: Vec<&'a ExprCall>,
}

/// The call graph.
#[derive(Debug, Default)]
pub struct Calls<'a> {
    /// The recursive functions in source order.
    pub recursions: Vec<Recursion<'a>>,
}

impl<'a> Calls<'a> {
    pub(super) fn build(_facts: &Facts<'a>) -> Calls<'a> {
        Calls::default()
    }
}
