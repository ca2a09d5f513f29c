//! Repetition and call facts in words.
//!
//! `repeat` and `once` tell about every call of a name `probe`: `for loop line 7`, `-` for neither.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use super::Teller;
use crate::facts::Facts;
use crate::facts::calls::argument::Change;
use crate::facts::calls::graph::EdgeKind;
use crate::facts::loops::LoopKind;
use crate::facts::nodes::NodeId;
use crate::facts::repetition::{Reason, Repetition, Why};
use crate::facts::scopes::{ScopeId, ScopeKind};

fn probes<'f, 'a>(facts: &'f Facts<'a>) -> impl Iterator<Item = &'a ExprCall> + 'f {
    facts
        .call_sites()
        .iter()
        .copied()
        .filter(|call| matches!(&*call.func, Expr::Name(name) if name.id.as_str() == "probe"))
}

pub(super) fn tell_repeat(facts: &Facts<'_>, teller: &mut Teller) {
    for call in probes(facts) {
        if let Repetition::Repeat(reason) = facts.repetition(facts.nodes().id(call)) {
            teller.tell(call, words(facts, reason));
        }
    }
}

pub(super) fn tell_once(facts: &Facts<'_>, teller: &mut Teller) {
    for call in probes(facts) {
        if let Repetition::Once(reason) = facts.repetition(facts.nodes().id(call)) {
            teller.tell(call, words(facts, reason));
        }
    }
}

pub(super) fn words(facts: &Facts<'_>, reason: Reason) -> String {
    let node = facts.nodes().get(reason.node);
    let line = node.map_or(0, |node| facts.source.position(node.start()).row);
    let text = || {
        let expr = node.and_then(|node| match node.as_expr() {
            Some(Expr::Call(call)) => Some(&*call.func),
            other => other,
        });
        expr.map_or("", |expr| facts.source.slice(expr.range()))
    };
    match reason.kind {
        Why::Loop(LoopKind::For) => format!("for loop line {line}"),
        Why::Loop(LoopKind::While) => format!("while loop line {line}"),
        Why::Loop(LoopKind::Comprehension) => format!("comprehension line {line}"),
        Why::HandlerDecorator => format!("handler decorator {}", text()),
        Why::HandlerMethod => format!("handler method of {}", text()),
        Why::EventHandler => "event handler".to_owned(),
        Why::SpecialMethod => "special method".to_owned(),
        Why::Property => "property".to_owned(),
        Why::CalledInLoop => format!("called in a loop, line {line}"),
        Why::CalledAgain => format!("called again and again, line {line}"),
        Why::PerItem => format!("called for each item, line {line}"),
        Why::Recursive => "recursion".to_owned(),
        Why::ModuleLevel => "module level".to_owned(),
        Why::MainGuard => "main guard".to_owned(),
        Why::EntryPoint => "entry point".to_owned(),
        Why::Test => "test".to_owned(),
        Why::Cached => format!("cached by {}", text()),
        Why::LazyInit => format!("lazy init line {line}"),
        Why::Startup => "startup".to_owned(),
        Why::OnlyCalledOnce => format!("only called once, line {line}"),
    }
}

fn name_of<'a>(facts: &Facts<'a>, scope: ScopeId) -> &'a str {
    match facts.scopes().get(scope).kind {
        ScopeKind::Function(def) => def.name.as_str(),
        ScopeKind::Class(def) => def.name.as_str(),
        ScopeKind::Lambda(_) => "lambda",
        _ => "module",
    }
}

pub(super) fn tell_calls(facts: &Facts<'_>, teller: &mut Teller) {
    for edge in facts.graph().edges() {
        let (caller, callee) = (name_of(facts, edge.caller), name_of(facts, edge.callee));
        let how = match edge.kind {
            EdgeKind::Called => "",
            EdgeKind::Read => " read",
            EdgeKind::Created => " created",
            EdgeKind::Passed => " passed",
        };
        if let Some(node) = of(facts, edge.site) {
            teller.tell(&node, format!("{caller} -> {callee}{how}"));
        }
    }
}

fn of<'a>(facts: &Facts<'a>, node: NodeId) -> Option<crate::facts::nodes::Node<'a>> {
    facts.nodes().get(node)
}

pub(super) fn tell_recursion(facts: &Facts<'_>, teller: &mut Teller) {
    for recursion in &facts.calls().recursions {
        let function = recursion.function;
        for call in &recursion.calls {
            for parameter in function.parameters.iter_non_variadic_params() {
                let name = parameter.parameter.name.as_str();
                if matches!(name, "self" | "cls") {
                    continue;
                }
                let what = match facts.change(function, call, name) {
                    Change::Same => "same".to_owned(),
                    Change::SmallerBy(by) => format!("smaller by {by}"),
                    Change::WithoutFirst(by) => format!("without the first {by}"),
                    Change::WithoutLast(by) => format!("without the last {by}"),
                    Change::Attribute(name) => format!("attribute {name}"),
                    Change::Halved => "halved".to_owned(),
                    Change::Element => "element".to_owned(),
                    Change::Grown(by) => format!("grown by {by}"),
                    Change::Constant => "constant".to_owned(),
                    Change::Unknown => "unknown".to_owned(),
                };
                teller.tell(call.call, format!("{}: {name} {what}", function.name));
            }
        }
    }
}
