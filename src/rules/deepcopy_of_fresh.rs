//! MEM301: a copy is made of what nobody else holds.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::freshness::{Depth, Fresh};
use crate::fix::{Fix, Safety};
use crate::rule::{Level, On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/deepcopy-of-fresh.md")),
    on: &[On::CallTo(&["copy.deepcopy", "copy.copy"], check)],
    over: &[],
};

/// Whether a call of `copy.deepcopy` or `copy.copy` copies a fresh value.
pub(super) fn copied_fresh<'a>(facts: &Facts<'a>, call: &'a ExprCall) -> Option<(&'a Expr, Fresh)> {
    let [argument] = &call.arguments.args[..] else { return None };
    if !call.arguments.keywords.is_empty() || argument.is_starred_expr() {
        return None;
    }
    let depth =
        if facts.is_qualified(&call.func, "copy.copy") { Depth::Outermost } else { Depth::Whole };
    Some((argument, facts.fresh(argument, depth)?))
}

fn check<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let facts = cx.facts;
    let Some((argument, fresh)) = copied_fresh(facts, call) else { return };
    // A test of copying copies what is at hand.
    if facts.source.is_test() {
        return;
    }
    let label = match argument {
        Expr::Name(_) if !fresh.small => {
            format!("nobody else holds `{}`: it is used only here", cx.text(argument.range()))
        }
        Expr::Call(it) if !fresh.small => format!(
            "nobody else holds the result of `{}`: both exist until the copy is done",
            cx.text(it.func.range())
        ),
        Expr::List(_) | Expr::ListComp(_) => "nobody else holds this list".to_owned(),
        Expr::Dict(_) | Expr::DictComp(_) => "nobody else holds this dict".to_owned(),
        Expr::Set(_) | Expr::SetComp(_) => "nobody else holds this set".to_owned(),
        _ if fresh.small => "an immutable value needs no copy".to_owned(),
        _ => "nobody else holds this value".to_owned(),
    };
    let text = cx.text(argument.range());
    let help = if text.len() <= 40 && !text.contains('\n') {
        format!("use `{text}`")
    } else {
        "use the value itself".to_owned()
    };
    let safety = if fresh.certain { Safety::Safe } else { Safety::Unsafe };
    let fix = Fix::new("Use the value itself", safety, edits::without_call(facts, call, argument));
    let diagnostic = cx.report(call.range(), label);
    diagnostic.help(help).fix(fix);
    if fresh.small {
        diagnostic.level = diagnostic.level.min(Level::Info);
    }
}
