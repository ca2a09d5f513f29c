//! MEM203: a bytes object is copied whole on every pass of a loop, in every form and place.

use ruff_text_size::Ranged;

use crate::cx::Cx;
use crate::facts::carried::range;
use crate::facts::flow::{Accumulation, Shape};
use crate::facts::types::Kind;
use crate::rule::{Level, On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/bytes-append-in-loop.md")),
    on: &[On::Accumulation(check)],
};

fn check<'a>(cx: &mut Cx<'_, 'a>, step: &Accumulation<'a>) {
    let facts = cx.facts;
    let Some(carried) = facts.carried_by(step) else { return };
    if carried.kind != Kind::Bytes {
        return;
    }
    let target = cx.text(step.target.range());
    let copied = carried.copied_in_words("chunks");
    let label =
        format!("each pass copies all of {target} again: bytes are never grown in place; {copied}");
    let prepends = carried.steps.iter().any(|step| matches!(step.shape, Shape::Prepended));
    let help = if prepends {
        "collect the chunks in a list, reverse it, and join it once after the loop".to_owned()
    } else {
        format!(
            "make {target} a bytearray() where it is created, and take bytes({target}) where a \
             value leaves"
        )
    };
    let others: Vec<_> = carried
        .steps
        .iter()
        .filter(|other| other.node != step.node)
        .map(|other| range(facts, other))
        .collect();
    let diagnostic = cx.report(range(facts, step), label);
    diagnostic.help(help);
    diagnostic.cost = carried.copied_bytes();
    if carried.keyed {
        diagnostic.level = diagnostic.level.min(Level::Info);
    }
    for other in others {
        diagnostic.related(other, "and here");
    }
}
