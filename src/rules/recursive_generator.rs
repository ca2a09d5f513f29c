//! MEM704: a generator that hands on what a call of itself yields, once for every step.

use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::Ranged;

use super::linear_recursion::{BOUNDED, is_bounded, is_link, may_be_another, parameters};
use crate::cx::Cx;
use crate::facts::Facts;
use crate::facts::calls::argument::Change;
use crate::facts::calls::{Recursion, Via};
use crate::facts::loops::LoopKind;
use crate::facts::nodes::Node;
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/recursive-generator.md")),
    on: &[On::Recursion(check)],
    over: &[],
};

fn check<'a>(cx: &mut Cx<'_, 'a>, recursion: &Recursion<'a>) {
    let facts = cx.facts;
    // Two calls are a tree: its depth is that of the data.
    let [only] = &recursion.calls[..] else { return };
    let function = recursion.function;
    let direct = std::ptr::eq(only.callee, function);
    if !direct || function.is_async || facts.source.is_test() || may_be_another(facts, recursion) {
        return;
    }
    if !is_handed_on(facts, only.call) {
        return;
    }
    let driver = if let Via::Attribute(owner) = only.via {
        match owner {
            Expr::Attribute(it) if is_link(it.attr.as_str()) => cx.text(owner.range()),
            _ => return,
        }
    } else {
        let moving = parameters(function).into_iter().find(|parameter| {
            match facts.change(function, only, parameter) {
                Change::SmallerBy(_) | Change::WithoutFirst(_) | Change::WithoutLast(_) => true,
                Change::Attribute(name) => is_link(name),
                _ => false,
            }
        });
        let Some(driver) = moving else { return };
        let lower = driver.to_lowercase();
        let bounded = BOUNDED.iter().any(|part| lower.contains(part));
        if bounded || is_bounded(facts, function, driver) {
            return;
        }
        driver
    };
    let shown = cx.text(only.call.range()).lines().next().unwrap_or_default();
    let label = format!(
        "what `{shown}` yields passes every level above it: as many as `{driver}` has steps"
    );
    cx.report(only.call.range(), label)
        .help("walk in a loop and yield there")
        .note("240 to 280 bytes a level that waits; time grows with the square of the depth");
}

/// Whether the call stands in no loop and all that it yields is yielded on, by `yield from` or by
/// a loop that does nothing else.
fn is_handed_on<'a>(facts: &Facts<'a>, call: &'a ExprCall) -> bool {
    let nodes = facts.nodes();
    let id = nodes.id(call);
    let repeated = facts
        .loops()
        .enclosing(nodes.innermost_loop(id))
        .any(|of| matches!(of.kind, LoopKind::For | LoopKind::While | LoopKind::Comprehension));
    if repeated {
        return false;
    }
    match nodes.get(nodes.parent(id)) {
        Some(Node::Expr(Expr::YieldFrom(it))) => {
            // What the call returns is not asked for.
            let above = nodes.parent(nodes.id(it));
            matches!(nodes.get(above), Some(Node::Stmt(Stmt::Expr(_) | Stmt::Return(_))))
        }
        Some(Node::Stmt(Stmt::For(it))) => {
            let Expr::Name(target) = &*it.target else { return false };
            let [Stmt::Expr(body)] = &it.body[..] else { return false };
            let Expr::Yield(yielded) = &*body.value else { return false };
            it.orelse.is_empty()
                && matches!(yielded.value.as_deref(),
                    Some(Expr::Name(name)) if name.id == target.id)
        }
        _ => false,
    }
}
