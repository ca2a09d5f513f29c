//! MEM206: a frame is copied whole on every pass of a loop.

use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

use crate::cx::Cx;
use crate::facts::cost::integer;
use crate::facts::flow::{Accumulation, Shape};
use crate::facts::types::Kind;
use crate::grown;
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/frame-grown-in-loop.md")),
    on: &[On::Accumulation(check)],
    over: &[],
};

fn check<'a>(cx: &mut Cx<'_, 'a>, step: &Accumulation<'a>) {
    let facts = cx.facts;
    if !matches!(step.shape, Shape::Taken { .. } | Shape::Method { .. } | Shape::Placed) {
        return;
    }
    let Some(carried) = facts.carried_by(step) else { return };
    if carried.kind != Kind::DataFrame || facts.read_whole_in_loop(carried).is_some() {
        return;
    }
    let target = cx.text(step.target.range());
    let by = match step.shape {
        Shape::Taken { by } => cx.text(by.range()).to_owned(),
        Shape::Method { call } => cx.text(call.func.range()).to_owned(),
        _ => format!("{target}.loc"),
    };
    let copied = carried.copied_in_words(if is_beside(step.value) { "columns" } else { "rows" });
    let label = format!("each pass makes a new frame: `{by}` copies all of `{target}`; {copied}");
    let help = match step.shape {
        Shape::Taken { .. } => {
            format!("append the pieces to a list and call `{by}(pieces)` once after the loop")
        }
        Shape::Method { .. } => {
            "append the pieces to a list and concatenate them once after the loop".to_owned()
        }
        _ => "append the rows to a list and make the frame of it once after the loop".to_owned(),
    };
    grown::report(cx, carried, step, label, facts.source.is_test()).help(help);
}

/// `concat(.., axis=1)`: the pieces stand side by side.
fn is_beside(value: &Expr) -> bool {
    let Expr::Call(call) = value else { return false };
    call.arguments.find_keyword("axis").is_some_and(|keyword| match &keyword.value {
        Expr::StringLiteral(it) => it.value.to_str() == "columns",
        axis => integer(axis) == Some(1),
    })
}
