//! Whether a function has a base case that fits what goes down its stack.

use ruff_python_ast::{CmpOp, Expr, Stmt, StmtFunctionDef, UnaryOp};

use super::is_link;
use crate::facts::Facts;
use crate::facts::nodes::Node;

/// What a base case has to look at.
#[derive(Clone, Copy)]
pub(super) enum Place<'p, 'a> {
    Down(&'p str),
    Up(&'p str),
    Sequence(&'p str),
    Node(&'p str),
    Own(&'a Expr),
}

/// Whether a test in the function may end the recursion.
pub(super) fn ends<'a>(
    facts: &Facts<'a>,
    function: &'a StmtFunctionDef,
    place: Place<'_, 'a>,
) -> bool {
    let nodes = facts.nodes();
    nodes.descendants(nodes.id(function)).any(|id| match nodes.get(id) {
        Some(Node::Stmt(Stmt::If(it))) => {
            tests(facts, &it.test, place)
                || it
                    .elif_else_clauses
                    .iter()
                    .filter_map(|clause| clause.test.as_ref())
                    .any(|test| tests(facts, test, place))
        }
        Some(Node::Expr(Expr::If(it))) => tests(facts, &it.test, place),
        Some(Node::Expr(Expr::BoolOp(it))) => {
            it.values.iter().any(|value| tests(facts, value, place))
        }
        _ => false,
    })
}

fn tests<'a>(facts: &Facts<'a>, test: &'a Expr, place: Place<'_, 'a>) -> bool {
    match test {
        Expr::BoolOp(it) => it.values.iter().any(|value| tests(facts, value, place)),
        Expr::UnaryOp(it) if it.op == UnaryOp::Not => tests(facts, &it.operand, place),
        Expr::Named(it) => tests(facts, &it.value, place),
        Expr::Compare(it) => {
            let sides = std::iter::once(&*it.left).chain(&it.comparators);
            let mut sides = sides.collect::<Vec<_>>();
            let at = sides.iter().position(|side| reads(facts, side, place));
            let Some(at) = at else { return false };
            sides.remove(at);
            match place {
                Place::Up(_) => sides.iter().any(|side| is_variable(facts, side)),
                Place::Node(_) | Place::Own(_) => {
                    sides.iter().any(|side| side.is_none_literal_expr())
                }
                _ => !it
                    .ops
                    .iter()
                    .any(|op| matches!(op, CmpOp::In | CmpOp::NotIn | CmpOp::Is | CmpOp::IsNot)),
            }
        }
        other => !matches!(place, Place::Up(_)) && reads(facts, other, place),
    }
}

fn reads<'a>(facts: &Facts<'a>, expr: &'a Expr, place: Place<'_, 'a>) -> bool {
    let is_name =
        |expr: &Expr, name: &str| matches!(expr, Expr::Name(it) if it.id.as_str() == name);
    match place {
        Place::Down(name) => is_name(expr, name),
        Place::Up(name) => match expr {
            Expr::BinOp(it) => is_name(&it.left, name) || is_name(&it.right, name),
            expr => is_name(expr, name),
        },
        Place::Sequence(name) => match expr {
            Expr::Call(call) => {
                facts.is_qualified(&call.func, "len")
                    && call.arguments.args.iter().any(|argument| is_name(argument, name))
            }
            expr => is_name(expr, name),
        },
        Place::Node(name) => match expr {
            Expr::Attribute(it) => is_name(&it.value, name) && is_link(it.attr.as_str()),
            expr => is_name(expr, name),
        },
        Place::Own(owner) => crate::facts::flow::same_place(owner, expr),
    }
}

/// Whether a bound is not a literal: a length, a name or an attribute.
fn is_variable<'a>(facts: &Facts<'a>, bound: &'a Expr) -> bool {
    match bound {
        Expr::Name(_) | Expr::Attribute(_) => true,
        Expr::Call(call) => facts.is_qualified(&call.func, "len"),
        Expr::BinOp(it) => is_variable(facts, &it.left) || is_variable(facts, &it.right),
        _ => false,
    }
}
