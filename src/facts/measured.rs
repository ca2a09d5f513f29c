//! Tests of length: whether the program has made sure that a collection has one item where it is
//! used: `if len(x) == 1:` around, `assert len(x) == 1` or `if len(x) != 1: return` before.
//!
//! Answers by the text of the tests: what changes the collection in between is not looked for.

use ruff_python_ast::comparable::ComparableExpr;
use ruff_python_ast::{BoolOp, CmpOp, Expr, Stmt, UnaryOp};

use super::Facts;
use super::cost::integer;
use super::nodes::{Node, NodeId};
use super::types::returns::always_leaves;

/// Statements that lie further back in a block are not looked at.
const MAX_BEFORE: usize = 32;

impl<'a> Facts<'a> {
    /// Whether a test says that the collection has at most one item at a place.
    pub fn is_single_at(&self, collection: &'a Expr, place: NodeId) -> bool {
        let nodes = self.nodes();
        let of = whole(collection);
        let says = |test: &'a Expr, truth| self.says_single(of, test, truth);
        let holds = |expr: &'a Expr| nodes.contains(nodes.id(expr), place);
        let in_block =
            |block: &'a [Stmt]| block.iter().any(|stmt| nodes.contains(nodes.id(stmt), place));
        nodes.ancestors(place).any(|(id, above)| match above {
            Node::Expr(Expr::If(it)) => {
                holds(&it.body) && says(&it.test, true)
                    || holds(&it.orelse) && says(&it.test, false)
            }
            Node::Expr(Expr::BoolOp(it)) => it
                .values
                .iter()
                .take_while(|value| !holds(value))
                .any(|value| says(value, it.op == BoolOp::And)),
            Node::Stmt(stmt) => {
                let around = match stmt {
                    Stmt::If(it) => {
                        let clauses = it.elif_else_clauses.iter();
                        let tests = std::iter::once(&*it.test)
                            .chain(clauses.clone().filter_map(|clause| clause.test.as_ref()));
                        in_block(&it.body) && says(&it.test, true)
                            || clauses.enumerate().any(|(index, clause)| {
                                in_block(&clause.body)
                                    && (clause.test.as_ref().is_some_and(|test| says(test, true))
                                        || tests.clone().take(index + 1).any(|it| says(it, false)))
                            })
                    }
                    _ => false,
                };
                around || self.is_single_before(of, id)
            }
            Node::Expr(_) => false,
        })
    }

    /// Whether a statement before this one in its block lets nothing else pass.
    fn is_single_before(&self, of: &'a Expr, statement: NodeId) -> bool {
        let Some(block) = self.nodes().block(statement) else { return false };
        let at = block.partition_point(|stmt| self.nodes().id(stmt) < statement);
        block.iter().take(at).rev().take(MAX_BEFORE).any(|before| match before {
            Stmt::Assert(it) => self.says_single(of, &it.test, true),
            Stmt::If(it) => always_leaves(&it.body) && self.says_single(of, &it.test, false),
            _ => false,
        })
    }

    /// Whether a test says so, where it is true, or where it is false.
    fn says_single(&self, of: &'a Expr, test: &'a Expr, truth: bool) -> bool {
        match test {
            Expr::BoolOp(it) => {
                (it.op == BoolOp::And) == truth
                    && it.values.iter().any(|value| self.says_single(of, value, truth))
            }
            Expr::UnaryOp(it) if it.op == UnaryOp::Not => self.says_single(of, &it.operand, !truth),
            Expr::Compare(it) => {
                let ([op], [limit]) = (&*it.ops, &*it.comparators) else { return false };
                let few = match (op, truth) {
                    (CmpOp::Eq | CmpOp::LtE, true) | (CmpOp::NotEq | CmpOp::Gt, false) => 1,
                    (CmpOp::Lt, true) | (CmpOp::GtE, false) => 2,
                    _ => return false,
                };
                if integer(limit) != Some(few) {
                    return false;
                }
                // `count = len(x)` before.
                let Expr::Call(call) = self.origin(&it.left) else { return false };
                let [measured] = &*call.arguments.args else { return false };
                self.is_qualified(&call.func, "len")
                    && ComparableExpr::from(whole(measured)) == ComparableExpr::from(of)
            }
            _ => false,
        }
    }
}

/// The dict of `x.keys()`, `x.values()` and `x.items()`, else the expression: as many items.
fn whole(expr: &Expr) -> &Expr {
    match expr {
        Expr::Call(call) if call.arguments.is_empty() => match &*call.func {
            Expr::Attribute(func) if matches!(func.attr.as_str(), "keys" | "values" | "items") => {
                &func.value
            }
            _ => expr,
        },
        _ => expr,
    }
}
