//! MEM204: a list, set, dict or tuple is copied whole on every pass of a loop, or for every item
//! that `reduce` adds.
//!
//! That a loop carries the value, and that nobody keeps the old ones, are facts.

mod fix;

use ruff_python_ast::ExprCall;
use ruff_text_size::Ranged;

use crate::cx::Cx;
use crate::facts::carried::{Carried, Place};
use crate::facts::cost::SMALL;
use crate::facts::flow::{Accumulation, Shape};
use crate::facts::types::Kind;
use crate::grown;
use crate::rule::{Level, On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/list-rebuilt-in-loop.md")),
    on: &[On::Accumulation(check), On::CallTo(&["functools.reduce"], check_reduce)],
    over: &[],
};

fn check<'a>(cx: &mut Cx<'_, 'a>, step: &Accumulation<'a>) {
    let facts = cx.facts;
    let Some(carried) = facts.carried_by(step) else { return };
    let Some(word) = word(carried.kind) else { return };
    let may_be_short =
        matches!(carried.kind, Kind::Tuple | Kind::FrozenSet) && !is_long(cx, carried);
    if may_be_short || facts.is_emptied_in_loop(carried) || facts.kept_in_loop(carried).is_some() {
        return;
    }
    let target = cx.text(step.target.range());
    let copied = carried.copied_in_words("items");
    let label = format!("each pass makes a new {word} and copies all of `{target}`; {copied}");
    let owner = fix::owner(cx, carried);
    let fix = owner.and_then(|certain| fix::fix(cx, carried, certain));
    let help = help(carried, step.shape, target, owner.is_some());
    let minor = facts.source.is_test() || is_minor(carried);
    let diagnostic = grown::report(cx, carried, step, label, minor);
    if fix.is_none() {
        diagnostic.help(help);
    }
    diagnostic.fix = fix;
}

/// What cannot grow in place is often kept so on purpose, and so is what others may hold.
fn is_minor(carried: &Carried<'_>) -> bool {
    matches!(carried.kind, Kind::Tuple | Kind::FrozenSet)
        || matches!(carried.place, Place::Attribute | Place::Item | Place::Global)
}

/// Whether the passes are known to be many: by a constant, or because the loop reads a file, a
/// response or a result set. Tuples are mostly shapes, options or layers: few.
fn is_long(cx: &Cx<'_, '_>, carried: &Carried<'_>) -> bool {
    let facts = cx.facts;
    carried.passes.is_some()
        || facts
            .loops()
            .enclosing(carried.lead().innermost)
            .any(|around| facts.is_long_walk(around))
}

fn word(kind: Kind) -> Option<&'static str> {
    Some(match kind {
        Kind::List => "list",
        Kind::Tuple => "tuple",
        Kind::Set => "set",
        Kind::FrozenSet => "frozenset",
        Kind::Dict => "dict",
        _ => return None,
    })
}

/// The smallest change. What others hold is not changed in place, but copied once.
fn help(carried: &Carried<'_>, shape: Shape<'_>, target: &str, owned: bool) -> String {
    let behind = matches!(shape, Shape::Prepended | Shape::Unpacked { first: false });
    let grown = match carried.kind {
        Kind::Tuple => {
            return "collect the items in a list, and make the tuple once after the loop"
                .to_owned();
        }
        Kind::FrozenSet => {
            return "collect the items in a set, and make the frozenset once after the loop"
                .to_owned();
        }
        Kind::List if behind => {
            return format!(
                "append to `{target}` and reverse it once after the loop, or make it a \
                 collections.deque and use appendleft()"
            );
        }
        Kind::List => "append(..)` or `extend(..)",
        Kind::Set => "add(..)` or `update(..)",
        _ => "update(..)",
    };
    if owned {
        format!("use `{grown}`, which grows `{target}` in place")
    } else {
        format!("grow a container of the loop's own with `{grown}`, and make it `{target}` once")
    }
}

/// `reduce(lambda acc, x: acc + [x], items, [])`.
fn check_reduce<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let facts = cx.facts;
    let Some(folded) = facts.folded(call) else { return };
    let Some(word) = word(folded.kind) else { return };
    if facts.length_of(folded.items).is_some_and(|count| count <= SMALL) {
        return;
    }
    let accumulator = folded.accumulator;
    let label = format!(
        "the lambda makes a new {word} and copies all of `{accumulator}` for each item: N items \
         copy about N*N/2 items"
    );
    let help = match folded.kind {
        Kind::Tuple | Kind::FrozenSet => {
            format!("collect the items in a loop, and make the {word} once")
        }
        _ => format!("grow one {word} in a loop or a comprehension"),
    };
    let minor = facts.source.is_test() || matches!(folded.kind, Kind::Tuple | Kind::FrozenSet);
    let diagnostic = cx.report(folded.value.range(), label);
    diagnostic.help(help);
    if minor {
        diagnostic.level = diagnostic.level.min(Level::Info);
    }
}
