//! MEM305: what was copied just now is copied again.

use ruff_python_ast::{Expr, ExprAttribute, ExprCall, ExprSubscript};
use ruff_text_size::{Ranged, TextRange};

use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::cost::SMALL;
use crate::facts::freshness::Depth;
use crate::facts::purity::Purity;
use crate::facts::types::Kind;
use crate::fix::{Edit, Fix, Safety};
use crate::rule::{Level, On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/copy-of-copy.md")),
    on: &[
        On::CallTo(&["list", "tuple", "sorted", "set", "frozenset", "dict", "numpy.array"], nested),
        On::Method(&["copy"], method),
        On::Subscript(slice),
    ],
    over: &["MEM102", "MEM103"],
};

/// The one of two copies that goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Needless {
    /// The argument: the outer call copies by itself.
    Inner,
    /// The outer call: its argument is a copy already.
    Outer,
}

/// How well the result without it is known to be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// Both put the same items, in the same order, into the same kind of object.
    Same,
    /// The outer one hashes between two items now: something may run that changes the source.
    IfPlain,
    /// The order of a set, or comparisons that no longer happen.
    None,
}

/// Which of two nested calls is needless.
fn needless(outer: &str, inner: &str) -> Option<(Needless, Proof)> {
    use Needless::{Inner, Outer};
    Some(match (outer, inner) {
        ("list" | "sorted", "list" | "tuple") | ("tuple", "list") => (Inner, Proof::Same),
        ("list", "sorted") | ("dict", "dict") => (Outer, Proof::Same),
        ("set" | "frozenset" | "dict", "list" | "tuple") => (Inner, Proof::IfPlain),
        ("sorted" | "set" | "frozenset", "sorted")
        | ("set", "set" | "frozenset")
        | ("frozenset", "set") => (Inner, Proof::None),
        _ => return None,
    })
}

fn nested<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let facts = cx.facts;
    let arguments = &call.arguments;
    let [argument] = &arguments.args[..] else { return };
    let Some(outer) = facts.qualified(&call.func) else { return };
    if outer != "sorted" && !arguments.keywords.is_empty() || argument.is_starred_expr() {
        return;
    }
    let is_new = match outer {
        "numpy.array" => is_new_array(facts, argument),
        "dict" => matches!(argument, Expr::Dict(_) | Expr::DictComp(_)),
        _ => false,
    };
    if is_new && !is_small(facts, argument) {
        return report_outer(cx, call, argument, Safety::Safe);
    }
    let Expr::Call(made) = argument else { return };
    let Some(inner) = facts.qualified(&made.func) else { return };
    let Some((which, proof)) = needless(outer, inner) else { return };
    // The length comes last: it may take the control flow of the whole function.
    if is_small(facts, argument) {
        return;
    }
    if which == Needless::Outer {
        return report_outer(cx, call, argument, Safety::Safe);
    }
    let [source] = &made.arguments.args[..] else { return };
    // `sorted(sorted(x, key=a), key=b)` sorts by two keys.
    let keyed =
        !made.arguments.keywords.is_empty() || inner == "sorted" && !arguments.keywords.is_empty();
    if source.is_starred_expr() || keyed {
        return;
    }
    // The keywords are evaluated before the items are taken now.
    let early = arguments.keywords.iter().all(|keyword| {
        keyword.value.is_lambda_expr() || facts.is_pure(&keyword.value, Purity::Deferred)
    });
    let safety = match proof {
        _ if !early => Safety::Unsafe,
        Proof::Same => Safety::Safe,
        Proof::IfPlain if is_plain(facts, source) => Safety::Safe,
        Proof::IfPlain | Proof::None => Safety::Unsafe,
    };
    let label = match inner {
        "sorted" if outer == "sorted" => "sorted twice: the first list is thrown away".to_owned(),
        "sorted" => format!("`{outer}` keeps no order: the sorted list is thrown away"),
        _ => format!("`{outer}` copies the {inner} and throws it away"),
    };
    let edits = edits::unlist(facts, call, argument);
    let fix = edits.and_then(|edits| Fix::new("Copy once", safety, edits));
    let cost = facts.cost_of(argument);
    let level = level(cx);
    let diagnostic = cx.report(call.range(), label);
    diagnostic.help(format!("drop `{inner}(..)`")).fix(fix).cost(cost);
    diagnostic.level = diagnostic.level.min(level);
}

/// The argument is a copy, or new, already.
fn report_outer<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall, argument: &'a Expr, safety: Safety) {
    let facts = cx.facts;
    let outer = cx.text(call.func.range());
    let label = format!("{} is new already; `{outer}` copies it", words(cx, argument));
    let fix = Fix::new("Copy once", safety, edits::without_call(facts, call, argument));
    let (cost, level) = (facts.cost_of(argument), level(cx));
    let diagnostic = cx.report(call.range(), label);
    diagnostic.help(format!("drop `{outer}(..)`")).fix(fix).cost(cost);
    diagnostic.level = diagnostic.level.min(level);
}

/// `list(x).copy()`
fn method<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall, func: &'a ExprAttribute) {
    if call.arguments.is_empty() {
        trailing(cx, &func.value, call.range(), ".copy()");
    }
}

/// `list(x)[:]`
fn slice<'a>(cx: &mut Cx<'_, 'a>, subscript: &'a ExprSubscript) {
    let Expr::Slice(it) = &*subscript.slice else { return };
    let whole = it.lower.is_none() && it.upper.is_none() && it.step.is_none();
    if whole && subscript.ctx.is_load() && cx.facts.kind_of(&subscript.value) == Kind::List {
        trailing(cx, &subscript.value, subscript.range(), "[:]");
    }
}

fn trailing<'a>(cx: &mut Cx<'_, 'a>, value: &'a Expr, whole: TextRange, what: &str) {
    let facts = cx.facts;
    let safety = match facts.kind_of(value) {
        Kind::List | Kind::Dict => Safety::Safe,
        // A copied set may give its items in another order.
        Kind::Set => Safety::Unsafe,
        _ => return,
    };
    let fresh = facts.fresh(value, Depth::Outermost);
    if !fresh.is_some_and(|fresh| fresh.certain && !fresh.small) || is_small(facts, value) {
        return;
    }
    let kept = edits::parenthesized(facts, value);
    let tail = TextRange::new(kept.end(), whole.end());
    let fix = (!cx.has_comment(tail))
        .then(|| Fix::new("Copy once", safety, vec![Edit::delete(tail)]))
        .flatten();
    let label = format!("{} is new already; `{what}` copies it", words(cx, value));
    let (cost, level) = (facts.cost_of(value), level(cx));
    let diagnostic = cx.report(whole, label);
    diagnostic.help(format!("drop `{what}`")).fix(fix).cost(cost);
    diagnostic.level = diagnostic.level.min(level);
}

fn level(cx: &Cx<'_, '_>) -> Level {
    if cx.facts.source.is_test() { Level::Info } else { Level::Warn }
}

/// How the label names what is new.
fn words(cx: &Cx<'_, '_>, value: &Expr) -> String {
    match value {
        Expr::Call(it) => format!("the result of `{}`", cx.text(it.func.range())),
        Expr::Name(_) => format!("`{}`", cx.text(value.range())),
        Expr::Dict(_) | Expr::DictComp(_) => "this dict".to_owned(),
        Expr::Set(_) | Expr::SetComp(_) => "this set".to_owned(),
        _ => "this list".to_owned(),
    }
}

/// At most 1,000 items, or written out.
fn is_small<'a>(facts: &Facts<'a>, value: &'a Expr) -> bool {
    let written = match value {
        Expr::List(it) => !it.elts.iter().any(Expr::is_starred_expr),
        Expr::Set(it) => !it.elts.iter().any(Expr::is_starred_expr),
        Expr::Dict(it) => it.items.iter().all(|item| item.key.is_some()),
        _ => false,
    };
    written || facts.length_of(value).is_some_and(|length| length <= SMALL)
}

/// A call of NumPy that makes an array nobody else holds.
fn is_new_array<'a>(facts: &Facts<'a>, value: &'a Expr) -> bool {
    const MAKERS: &[&str] = &[
        "arange", "array", "copy", "empty", "eye", "full", "identity", "linspace", "logspace",
        "ones", "zeros",
    ];
    let Expr::Call(call) = value else { return false };
    facts
        .qualified(&call.func)
        .and_then(|name| name.strip_prefix("numpy."))
        .is_some_and(|name| MAKERS.contains(&name))
        && call.arguments.args.len() <= 3
        && !call.arguments.keywords.iter().any(|keyword| {
            keyword.arg.as_ref().is_none_or(|name| {
                matches!(name.as_str(), "copy" | "subok" | "ndmin" | "like" | "retstep")
            })
        })
}

/// Whether nothing can change the source while it is walked, and no set decides the order.
fn is_plain<'a>(facts: &Facts<'a>, source: &'a Expr) -> bool {
    let ordered = |expr: &'a Expr| {
        matches!(
            facts.kind_of(expr),
            Kind::List | Kind::Tuple | Kind::Str | Kind::Bytes | Kind::Range | Kind::DictView
        )
    };
    match source {
        Expr::Name(_) => ordered(source) && facts.is_local(source),
        Expr::ListComp(_) => true,
        Expr::Call(it) => match &*it.func {
            Expr::Attribute(func) => {
                facts.kind_of(source) == Kind::DictView && facts.is_local(&func.value)
                    || matches!(func.attr.as_str(), "split" | "rsplit" | "splitlines")
                        && facts.kind_of(&func.value) == Kind::Str
            }
            _ => facts.qualified(&it.func).is_some_and(|name| {
                name == "range"
                    || matches!(name, "zip" | "enumerate" | "reversed")
                        && it.arguments.args.iter().all(|part| is_plain(facts, part))
            }),
        },
        _ => false,
    }
}
