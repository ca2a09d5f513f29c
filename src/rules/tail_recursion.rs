//! MEM702: a function whose last act is to call itself, once for every step of its input.

use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::Ranged;

use super::linear_recursion::{Kind, fix, found, level_bytes};
use crate::cx::Cx;
use crate::facts::Facts;
use crate::facts::calls::Recursion;
use crate::facts::nodes::Node;
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/tail-recursion.md")),
    on: &[On::Recursion(check)],
    over: &["MEM701"],
};

fn check<'a>(cx: &mut Cx<'_, 'a>, recursion: &Recursion<'a>) {
    let facts = cx.facts;
    if !recursion.calls.iter().all(|call| is_last(facts, call.call)) {
        return;
    }
    let Some((ring, line)) = found(facts, recursion) else { return };
    let [only] = &ring[..] else { return };
    let shown = cx.text(line.call.range()).lines().next().unwrap_or_default();
    let label =
        format!("depth grows with `{}`: nothing is left to do after `{shown}`", line.driver);
    let note = format!("{} a level; CPython stops at a depth of 1,000", level_bytes(cx));
    let fix = match line.kind {
        Kind::Slice => None,
        kind => fix::fix(cx, only, &line.driver, kind == Kind::Count),
    };
    cx.report(line.call.range(), label)
        .help("assign the parameters and start again in a loop")
        .note(note)
        .fix(fix);
}

/// Whether a call is all that is left of its function: returned as it is, or by a branch of a
/// conditional expression, and not from inside `with` or `try`, which still have to end.
fn is_last<'a>(facts: &Facts<'a>, call: &'a ExprCall) -> bool {
    let nodes = facts.nodes();
    let mut child = nodes.id(call);
    let mut returned = false;
    for (id, node) in nodes.ancestors(nodes.id(call)) {
        match node {
            Node::Expr(Expr::If(it)) if !returned && nodes.id(&*it.test) != child => {}
            Node::Stmt(Stmt::Return(_)) => returned = true,
            Node::Stmt(Stmt::FunctionDef(_)) => return returned,
            Node::Stmt(Stmt::If(_) | Stmt::Match(_)) if returned => {}
            _ => return false,
        }
        child = id;
    }
    false
}
