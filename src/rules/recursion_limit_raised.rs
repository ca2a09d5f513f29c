//! MEM705: the limit that ends deep recursion is raised.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::cx::Cx;
use crate::facts::Facts;
use crate::facts::cost::{human_bytes, human_count};
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/recursion-limit-raised.md")),
    on: &[On::CallTo(&["sys.setrecursionlimit"], check)],
    over: &[],
};

/// Below this many levels no process was measured to crash, and the frames take 2 to 4 MB.
const NOTABLE: u64 = 8_000;

fn check<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let facts = cx.facts;
    let [limit] = &call.arguments.args[..] else { return };
    if facts.source.is_test() || !call.arguments.keywords.is_empty() {
        return;
    }
    let Some(limit) = raised(facts, limit) else { return };
    if limit < NOTABLE || has_own_stack(facts) {
        return;
    }
    let minor = cx.settings.target_version.minor;
    let level = if minor >= 11 { 200 } else { 500 };
    let bytes = human_bytes(limit.saturating_mul(level));
    let frames = human_count(limit);
    let label = format!("{frames} frames may wait: up to {bytes}");
    let note = match minor {
        ..=9 => "a stack of 8 MB ends in a segmentation fault: measured from 22,000 levels in 3.9",
        10 => "a stack of 8 MB ends in a segmentation fault: measured from 18,000 levels in 3.10",
        11 => {
            "through C code, as `__call__`, it is a segmentation fault: from 10,000 levels in 3.11"
        }
        _ => "calls through C code, as `__call__`, keep a limit of their own",
    };
    cx.report(call.range(), label)
        .help("walk with a loop and a list of what is left: it has no limit and no frames")
        .note(note);
}

/// Whether the file makes threads with a stack of its own size: then that is provided for.
fn has_own_stack(facts: &Facts<'_>) -> bool {
    facts.call_sites().iter().any(|call| facts.is_qualified(&call.func, "threading.stack_size"))
}

/// The limit that is set, where it is known: a number, or the greater of a number and something.
fn raised<'a>(facts: &Facts<'a>, limit: &'a Expr) -> Option<u64> {
    if let Some(value) = facts.integer_of(limit) {
        return u64::try_from(value).ok();
    }
    let Expr::Call(call) = limit else { return None };
    if !facts.is_qualified(&call.func, "max") || !call.arguments.keywords.is_empty() {
        return None;
    }
    let known = call.arguments.args.iter().filter_map(|it| facts.integer_of(it)).max()?;
    u64::try_from(known).ok()
}
