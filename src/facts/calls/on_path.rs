//! How many of some calls one run of a block makes: whether a function that calls itself does so
//! once, or branches.
//!
//! Counts along the branches of `if`, `match` and `try`. Does not answer for calls in loops,
//! comprehensions and functions that are made there: those may run any number of times.

use ruff_python_ast::{Expr, Stmt};

use super::RecursiveCall;
use crate::facts::Facts;
use crate::facts::nodes::{Node, blocks};

/// Larger expressions with several calls are not taken apart: the work is quadratic in their depth.
const MAX_EXPRESSION: usize = 1000;

/// How many of some calls one run makes.
#[derive(Debug, Clone, Copy)]
pub struct PathCount {
    /// The most on any path.
    pub most: u32,
    /// The most on a path that runs on to the end; `None` where every path leaves.
    pub through: Option<u32>,
}

impl PathCount {
    fn after(self, before: u32) -> PathCount {
        PathCount {
            most: self.most + before,
            through: self.through.map(|through| through + before),
        }
    }

    fn or(self, other: PathCount) -> PathCount {
        PathCount { most: self.most.max(other.most), through: self.through.max(other.through) }
    }
}

impl<'a> Facts<'a> {
    /// The largest number of the calls that one run of a block makes, and of those that run on to
    /// its end. `None` where a call stands in a loop, a comprehension, a lambda or a nested
    /// function, or is awaited or delegated to.
    pub fn calls_on_a_path(
        &self,
        body: &'a [Stmt],
        calls: &[RecursiveCall<'a>],
    ) -> Option<PathCount> {
        let mut through = Some(0);
        let mut most = 0;
        for stmt in body {
            let Some(before) = through else { break };
            let count = self.statement_calls(stmt, calls)?;
            most = most.max(before + count.most);
            through = count.through.map(|count| before + count);
        }
        Some(PathCount { most, through })
    }

    fn statement_calls(&self, stmt: &'a Stmt, calls: &[RecursiveCall<'a>]) -> Option<PathCount> {
        let id = self.nodes().id(stmt);
        let inside = |expr: &'a Expr| self.expression_calls(expr, calls);
        if !calls.iter().any(|known| self.nodes().contains(id, self.nodes().id(known.call)))
            && !matches!(stmt, Stmt::If(_) | Stmt::With(_) | Stmt::Match(_) | Stmt::Try(_))
        {
            let leaves = matches!(stmt, Stmt::Return(_) | Stmt::Raise(_));
            return Some(PathCount { most: 0, through: (!leaves).then_some(0) });
        }
        match stmt {
            Stmt::Return(it) => {
                let most = it.value.as_deref().map_or(Some(0), inside)?;
                Some(PathCount { most, through: None })
            }
            Stmt::If(it) => {
                let mut tested = inside(&it.test)?;
                let body = self.calls_on_a_path(&it.body, calls)?;
                let mut total = body.after(tested);
                let mut otherwise = false;
                for clause in &it.elif_else_clauses {
                    match &clause.test {
                        Some(test) => tested += inside(test)?,
                        None => otherwise = true,
                    }
                    total = total.or(self.calls_on_a_path(&clause.body, calls)?.after(tested));
                }
                if !otherwise {
                    total = total.or(PathCount { most: tested, through: Some(tested) });
                }
                Some(total)
            }
            Stmt::With(it) => self.calls_on_a_path(&it.body, calls),
            Stmt::Match(it) => {
                let tested = inside(&it.subject)?;
                let mut total = PathCount { most: tested, through: Some(tested) };
                for case in &it.cases {
                    total = total.or(self.calls_on_a_path(&case.body, calls)?.after(tested));
                }
                Some(total)
            }
            Stmt::Try(_) => {
                // Any part may follow any other.
                let mut most = 0;
                for block in blocks(stmt) {
                    most += self.calls_on_a_path(block, calls)?.most;
                }
                Some(PathCount { most, through: Some(most) })
            }
            Stmt::For(_) | Stmt::While(_) | Stmt::FunctionDef(_) | Stmt::ClassDef(_) => None,
            _ => {
                let mut most = 0;
                let own = self.nodes().id(stmt);
                for child in self.nodes().descendants(own) {
                    if self.nodes().parent(child) == own
                        && let Some(Node::Expr(expr)) = self.nodes().get(child)
                    {
                        most += inside(expr)?;
                    }
                }
                Some(PathCount { most, through: Some(most) })
            }
        }
    }

    fn expression_calls(&self, expr: &'a Expr, calls: &[RecursiveCall<'a>]) -> Option<u32> {
        let id = self.nodes().id(expr);
        let inside: Vec<&RecursiveCall<'a>> = calls
            .iter()
            .filter(|known| self.nodes().contains(id, self.nodes().id(known.call)))
            .collect();
        if inside.is_empty() {
            return Some(0);
        }
        if let Expr::If(it) = expr {
            let test = self.expression_calls(&it.test, calls)?;
            let body = self.expression_calls(&it.body, calls)?;
            return Some(test + body.max(self.expression_calls(&it.orelse, calls)?));
        }
        for known in &inside {
            let at = self.nodes().id(known.call);
            if self.nodes().innermost_loop(at) != self.nodes().innermost_loop(id) {
                return None;
            }
            let outer = self.nodes().ancestors(at).take_while(|(above, _)| *above >= id);
            for (_, node) in outer {
                let Node::Expr(above) = node else { continue };
                if matches!(
                    above,
                    Expr::Lambda(_) | Expr::Await(_) | Expr::YieldFrom(_) | Expr::Yield(_)
                ) {
                    return None;
                }
            }
        }
        if inside.len() == 1 {
            return Some(1);
        }
        if self.nodes().descendants(id).count() > MAX_EXPRESSION {
            return None;
        }
        let mut total = 0;
        for child in self.nodes().descendants(id) {
            if self.nodes().parent(child) == id
                && let Some(Node::Expr(child)) = self.nodes().get(child)
            {
                total += self.expression_calls(child, calls)?;
            }
        }
        Some(
            total
                + u32::from(
                    matches!(expr, Expr::Call(it) if calls.iter().any(|known| std::ptr::eq(known.call, it))),
                ),
        )
    }
}
