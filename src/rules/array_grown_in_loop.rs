//! MEM207: an array or tensor is copied whole on every pass of a loop.

use ruff_text_size::Ranged;

use crate::cx::Cx;
use crate::facts::carried::Carried;
use crate::facts::flow::{Accumulation, Shape};
use crate::facts::types::Kind;
use crate::grown;
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/array-grown-in-loop.md")),
    on: &[On::Accumulation(check)],
    over: &[],
};

fn check<'a>(cx: &mut Cx<'_, 'a>, step: &Accumulation<'a>) {
    let facts = cx.facts;
    let Shape::Taken { by } = step.shape else { return };
    let Some(carried) = facts.carried_by(step) else { return };
    let word = match carried.kind {
        Kind::NdArray => "array",
        Kind::Tensor => "tensor",
        _ => return,
    };
    if facts.read_whole_in_loop(carried).is_some() {
        return;
    }
    let target = cx.text(step.target.range());
    let function = facts.qualified(by).and_then(|name| name.rsplit('.').next());
    let by = cx.text(by.range());
    let copied = carried.copied_in_words("pieces");
    let label = format!("each pass makes a new {word}: `{by}` copies all of `{target}`; {copied}");
    let help = help(carried, by, function);
    grown::report(cx, carried, step, label, facts.source.is_test()).help(help);
}

/// A function that takes the pieces of a list is called once; `append` and `insert` take two.
fn help(carried: &Carried<'_>, by: &str, function: Option<&str>) -> String {
    let once = match (function, by.rsplit_once('.')) {
        (Some("append" | "insert" | "r_" | "c_"), Some((module, _))) => {
            format!("{module}.concatenate(pieces)")
        }
        (Some("append" | "insert" | "r_" | "c_"), None) => "concatenate(pieces)".to_owned(),
        _ => format!("{by}(pieces)"),
    };
    let count = match carried.passes {
        Some(_) => "the length is known: ",
        None => "if the length is known, ",
    };
    format!(
        "append the pieces to a list and call `{once}` once after the loop; {count}allocate the \
         whole once and fill it"
    )
}
