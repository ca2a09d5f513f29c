//! MEM208: what is left of a sequence is copied or moved for each part that a loop takes from its
//! front.

use ruff_python_ast::{Expr, ExprAttribute, ExprCall};
use ruff_text_size::{Ranged, TextRange};

use crate::cx::Cx;
use crate::facts::carried::range;
use crate::facts::cost::integer;
use crate::facts::drained::Why;
use crate::facts::flow::{Accumulation, Shape};
use crate::facts::scopes::{DefinitionKind, Resolution};
use crate::facts::types::Kind;
use crate::facts::usage::Usage;
use crate::fix::{Edit, Fix, Safety};
use crate::imports::reach;
use crate::rule::{Level, On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/buffer-resliced-in-loop.md")),
    on: &[On::Accumulation(check_step), On::Method(&["pop"], check_pop)],
    over: &[],
};

fn check_step<'a>(cx: &mut Cx<'_, 'a>, step: &Accumulation<'a>) {
    match step.shape {
        Shape::Rest { .. } => check_rest(cx, step),
        Shape::Dropped { .. } => check_deletion(cx, step),
        _ => {}
    }
}

fn check_rest<'a>(cx: &mut Cx<'_, 'a>, step: &Accumulation<'a>) {
    let Some(drained) = cx.facts.drained_by_slice(step) else { return };
    let target = cx.text(step.target.range());
    let label =
        format!("each pass copies all that is left of `{target}`: N parts copy about N*N/2 parts");
    let help = match drained.kind {
        Kind::Bytes | Kind::ByteArray => format!(
            "take a memoryview of `{target}` once before the loop, whose slices copy nothing, or \
             keep an index"
        ),
        _ => format!("keep an index into `{target}` instead of cutting it off"),
    };
    let minor = drained.why != Why::Large || cx.facts.source.is_test();
    let diagnostic = cx.report(range(cx.facts, step), label);
    diagnostic.help(help);
    if minor {
        diagnostic.level = diagnostic.level.min(Level::Info);
    }
}

fn check_deletion<'a>(cx: &mut Cx<'_, 'a>, step: &Accumulation<'a>) {
    let Some(drained) = cx.facts.drained_by_deletion(step) else { return };
    let target = cx.text(step.target.range());
    let label =
        format!("`del` moves all that is left of `{target}`: N items are moved about N*N/2 times");
    let help =
        format!("make `{target}` a collections.deque and use popleft(), which moves nothing");
    let minor = drained.why == Why::Emptied || cx.facts.source.is_test();
    let diagnostic = cx.report(step.value.range(), label);
    diagnostic.help(help);
    if minor {
        diagnostic.level = diagnostic.level.min(Level::Info);
    }
}

fn check_pop<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall, method: &'a ExprAttribute) {
    if call.arguments.is_empty() {
        return;
    }
    let Some(drained) = cx.facts.drained_by_pop(call, method) else { return };
    let target = cx.text(method.value.range());
    let label = format!(
        "pop(0) moves all that is left of `{target}` by one: N items are moved about N*N/2 times"
    );
    let help =
        format!("make `{target}` a collections.deque and use popleft(), which moves nothing");
    let minor = drained.why == Why::Emptied || cx.facts.source.is_test();
    let fix = fix(cx, method);
    let diagnostic = cx.report(call.range(), label);
    if fix.is_none() {
        diagnostic.help(help);
    }
    diagnostic.fix = fix;
    if minor {
        diagnostic.level = diagnostic.level.min(Level::Info);
    }
}

/// A `deque` from the initialiser on, and `popleft()`, where all that is done with the name is
/// what lists and deques do alike.
fn fix<'a>(cx: &Cx<'_, 'a>, method: &'a ExprAttribute) -> Option<Fix> {
    let facts = cx.facts;
    let Expr::Name(name) = &*method.value else { return None };
    let Resolution::Binding(binding) = facts.names().resolve(name) else { return None };
    let definition = facts.names().only_definition(binding)?;
    let DefinitionKind::Assign { value, annotation: None } = definition.kind else { return None };
    if !facts.is_local(&method.value) || facts.is_captured(binding) || !made_here(cx, value) {
        return None;
    }
    let mut edits = Vec::new();
    for read in facts.reads_of(binding) {
        match facts.usage(read).usage {
            Usage::Receiver(call, "pop") => match &call.arguments.args[..] {
                [] => {}
                [zero] if integer(zero) == Some(0) && call.arguments.keywords.is_empty() => {
                    edits.push(popleft(cx, call)?);
                }
                _ => return None,
            },
            Usage::Receiver(_, "append" | "extend" | "clear" | "count" | "remove")
            | Usage::Tested(_)
            | Usage::Contains(_) => {}
            Usage::Argument(call, 0) if facts.is_qualified(&call.func, "len") => {}
            _ => return None,
        }
    }
    let deque = reach(facts, "collections", Some("deque"), definition.node)?;
    match value {
        Expr::List(it) if it.elts.is_empty() && !cx.has_comment(it.range()) => {
            edits.push(Edit::replace(it.range(), format!("{}()", deque.name)));
        }
        Expr::Call(it) => edits.push(Edit::replace(it.func.range(), deque.name)),
        _ => {
            edits.push(Edit::insert(value.start(), format!("{}(", deque.name)));
            edits.push(Edit::insert(value.end(), ")"));
        }
    }
    edits.extend(deque.edit);
    Fix::new(format!("Make `{}` a deque", name.id), Safety::Unsafe, edits)
}

/// A display, a comprehension or `list(..)`: a plain list that nobody else holds.
fn made_here<'a>(cx: &Cx<'_, 'a>, value: &'a Expr) -> bool {
    match value {
        Expr::List(_) | Expr::ListComp(_) => true,
        Expr::Call(call) => cx.facts.is_qualified(&call.func, "list"),
        _ => false,
    }
}

/// `pop(0)` as `popleft()`.
fn popleft(cx: &Cx<'_, '_>, call: &ExprCall) -> Option<Edit> {
    let Expr::Attribute(func) = &*call.func else { return None };
    let range = TextRange::new(func.attr.start(), call.end());
    (!cx.has_comment(range)).then(|| Edit::replace(range, "popleft()"))
}
