//! MEM703: a function that calls itself with a copy of what is left of its input.

use ruff_text_size::Ranged;

use super::linear_recursion::{Kind, found, level_bytes};
use crate::cx::Cx;
use crate::facts::calls::Recursion;
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/slice-recursion.md")),
    on: &[On::Recursion(check)],
    over: &["MEM701", "MEM702"],
};

/// Types whose slices share the memory of the whole.
const VIEWS: &[&str] = &["memoryview", "numpy.ndarray", "torch.Tensor", "range"];

fn check<'a>(cx: &mut Cx<'_, 'a>, recursion: &Recursion<'a>) {
    let facts = cx.facts;
    let Some((ring, line)) = found(facts, recursion) else { return };
    if line.kind != Kind::Slice {
        return;
    }
    let is_view = ring.iter().any(|it| {
        it.function.parameters.iter_non_variadic_params().any(|known| {
            known.parameter.name.as_str() == line.driver
                && known.parameter.annotation().is_some_and(|annotation| {
                    facts.qualified(annotation).is_some_and(|name| VIEWS.contains(&name))
                })
        })
    });
    if is_view {
        return;
    }
    let shown = cx.text(line.call.range()).lines().next().unwrap_or_default();
    let driver = &line.driver;
    let label = format!("every level of `{shown}` keeps its own copy of the rest of `{driver}`");
    let note = format!(
        "{} a level and a copy of what is left: 36 MB for a list of 3,000 items; CPython stops at a \
         depth of 1,000",
        level_bytes(cx)
    );
    cx.report(line.call.range(), label)
        .help(format!("walk `{driver}` in a loop, or pass it whole with an index"))
        .note(note);
}
