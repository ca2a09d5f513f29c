//! MEM103: a list is built only to be walked once.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::comprehensions::Built;
use crate::facts::cost::{Cost, SMALL, human_bytes, human_count, list_bytes};
use crate::facts::deferral::{Deferral, Taken};
use crate::facts::walked::{By, Walked};
use crate::fix::{Edit, Fix, Safety};
use crate::rule::{Level, On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/list-iterated-once.md")),
    on: &[On::Walked(check)],
    over: &["MEM102"],
};

fn check<'a>(cx: &mut Cx<'_, 'a>, walked: &Walked<'a>) {
    match lazy_call(cx.facts, walked) {
        None => check_list(cx, walked, walked.iterable, None),
        Some(call) => {
            for argument in &call.arguments.args {
                check_list(cx, walked, argument, Some(call));
            }
        }
    }
}

/// The lazy call that is walked, and walks its arguments.
pub(super) fn lazy_call<'a>(facts: &Facts<'a>, walked: &Walked<'a>) -> Option<&'a ExprCall> {
    let Expr::Call(call) = walked.iterable else { return None };
    let lazy = walked.by != By::Membership
        && facts.qualified(&call.func).is_some_and(|name| {
            matches!(name, "enumerate" | "zip" | "map" | "filter" | "itertools.chain")
        });
    lazy.then_some(call)
}

fn check_list<'a>(
    cx: &mut Cx<'_, 'a>,
    walked: &Walked<'a>,
    list: &'a Expr,
    call: Option<&'a ExprCall>,
) {
    let facts = cx.facts;
    if list.is_set_comp_expr() {
        return;
    }
    let Some(built) = facts.built(list) else { return };
    let length = facts.length_of(list);
    if length.is_some_and(|length| length <= SMALL) {
        return;
    }
    let safety = match facts.deferral(list, built, Taken::Here(walked)) {
        Deferral::Same => Safety::Safe,
        Deferral::Unknown => Safety::Unsafe,
        Deferral::Differs(_) => return,
    };
    let fix = edits(facts, list, call)
        .and_then(|edits| Fix::new("Take the items one at a time", safety, edits));
    let cost = length.and_then(|_| facts.cost_of(list));
    let what = facts.built_word(list);
    let who = match walked.by {
        By::For => "the loop takes",
        By::Comprehension => "the comprehension takes",
        By::YieldFrom => "`yield from` hands out",
        By::Membership => "`in` looks at",
    };
    let label = match length {
        Some(length) => format!(
            "{who} one item at a time; a {what} of {}{} pointers, {}, exists at once",
            if built.is_filtered() { "up to " } else { "" },
            human_count(length),
            human_bytes(cost.map_or(list_bytes(length), |cost| cost.bytes)),
        ),
        None => format!("{who} one item at a time; this {what} holds all of them at once"),
    };
    let help = match (built, list) {
        (Built::Comprehension(..), _) => "write parentheses in place of the brackets",
        (_, Expr::Call(_)) if what == "tuple" => "drop `tuple(..)`",
        (_, Expr::Call(_)) => "drop `list(..)`",
        _ => "walk the iterable itself",
    };
    let few = facts.has_few_parts(built);
    let diagnostic = cx.report(list.range(), label);
    if few {
        diagnostic.level = diagnostic.level.min(Level::Info);
    }
    diagnostic.help(help).fix(fix);
    diagnostic.cost(cost.or(length.map(list_bytes).map(Cost::exactly)));
}

fn edits<'a>(facts: &Facts<'a>, list: &'a Expr, call: Option<&'a ExprCall>) -> Option<Vec<Edit>> {
    match call {
        Some(call) => edits::unlist(facts, call, list),
        None => edits::iterate(facts, list),
    }
}
