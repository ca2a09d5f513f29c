//! MEM205: lists are added up one after another.

use ruff_python_ast::{Expr, ExprCall, Operator};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::cost::{SMALL, human_bytes, human_count};
use crate::facts::types::Kind;
use crate::fix::{Edit, Fix, Safety};
use crate::imports::reach;
use crate::rule::{Level, On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/sum-of-lists.md")),
    on: &[On::CallTo(&["sum", "functools.reduce"], check)],
    over: &["MEM101"],
};

/// Sequences that are added up.
struct Added<'a> {
    /// `sum`, `reduce`.
    by: &'static str,
    /// The sequences.
    parts: &'a Expr,
    /// What they are added to.
    start: Option<&'a Expr>,
    /// What comes out: a list or a tuple.
    kind: Kind,
}

fn check<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let facts = cx.facts;
    let Some(added) = added(facts, call) else { return };
    let count = facts.length_of(added.parts);
    if count.is_some_and(|count| count <= SMALL) || is_of_classes(facts, added.parts) {
        return;
    }
    let (one, builder) =
        if added.kind == Kind::Tuple { ("tuple", "tuple") } else { ("list", "list") };
    let copied = match count {
        Some(count) => match copied_bytes(facts, &added, count) {
            Some(bytes) => {
                format!("{} {one}s copy about {}", human_count(count), human_bytes(bytes))
            }
            None => format!(
                "{} {one}s copy the result about {} times",
                human_count(count),
                human_count(count / 2)
            ),
        },
        None => format!("N {one}s copy the result about N/2 times"),
    };
    let label = format!("`{}` copies the {one} made so far at each addition: {copied}", added.by);
    let help =
        format!("use `{builder}(itertools.chain.from_iterable(..))`, which copies each item once");
    let fix = fix(cx, call, &added, builder);
    // Tuples that are added up are mostly shapes or arguments: few and short.
    let is_minor = added.kind == Kind::Tuple || facts.source.is_test();
    let diagnostic = cx.report(call.range(), label);
    diagnostic.help(help).fix(fix);
    if is_minor {
        diagnostic.level = diagnostic.level.min(Level::Info);
    }
}

/// What the call adds up, if that is known to be lists or tuples.
fn added<'a>(facts: &Facts<'a>, call: &'a ExprCall) -> Option<Added<'a>> {
    let arguments = &call.arguments;
    if arguments.args.iter().any(Expr::is_starred_expr)
        || arguments.keywords.iter().any(|keyword| keyword.arg.is_none())
    {
        return None;
    }
    let of_start = |start: &'a Expr| {
        Some(facts.kind_of(start)).filter(|kind| matches!(kind, Kind::List | Kind::Tuple))
    };
    if facts.is_qualified(&call.func, "sum") {
        let parts = arguments.args.first()?;
        let start = arguments.find_argument_value("start", 1)?;
        return Some(Added { by: "sum", parts, start: Some(start), kind: of_start(start)? });
    }
    let [function, parts, ..] = &arguments.args[..] else { return None };
    if !is_addition(facts, function) {
        return None;
    }
    let start = arguments.find_argument_value("initial", 2);
    let kind = match start {
        Some(start) => of_start(start)?,
        None => match facts.type_of(parts).iterated().kind {
            kind @ (Kind::List | Kind::Tuple) => kind,
            _ => return None,
        },
    };
    Some(Added { by: "reduce", parts, start, kind })
}

/// `operator.add`, `operator.concat`, `lambda a, b: a + b`.
fn is_addition<'a>(facts: &Facts<'a>, function: &'a Expr) -> bool {
    let Expr::Lambda(lambda) = function else {
        return facts.qualified(function).is_some_and(|name| {
            matches!(
                name,
                "operator.add" | "operator.concat" | "operator.__add__" | "operator.__concat__"
            )
        });
    };
    let Some(parameters) = lambda.parameters.as_deref() else { return false };
    if parameters.iter().any(|it| it.is_variadic() || it.default().is_some()) {
        return false;
    }
    let names: Vec<&str> = parameters.iter().map(|it| it.name().as_str()).collect();
    match (&names[..], &*lambda.body) {
        ([first, second], Expr::BinOp(sum)) if sum.op == Operator::Add => {
            let is = |expr: &Expr, name: &str| matches!(expr, Expr::Name(it) if it.id == name);
            is(&sum.left, first) && is(&sum.right, second)
        }
        _ => false,
    }
}

/// What is collected over the bases of a class is as short as they are few.
fn is_of_classes<'a>(facts: &Facts<'a>, parts: &'a Expr) -> bool {
    facts.any_below(facts.nodes().id(parts), |part| {
        matches!(part, Expr::Attribute(it)
            if matches!(it.attr.as_str(), "__mro__" | "__bases__" | "mro" | "__subclasses__"))
    })
}

/// The bytes that the additions copy, where the parts are known to be equally long.
fn copied_bytes<'a>(facts: &Facts<'a>, added: &Added<'a>, count: u64) -> Option<u64> {
    let element = match added.parts {
        Expr::ListComp(it) => &*it.elt,
        Expr::Generator(it) => &*it.elt,
        _ => return None,
    };
    let length = facts.length_of(element)?;
    count.checked_mul(count.saturating_sub(1))?.checked_mul(length)?.checked_mul(4)
}

/// `list(chain.from_iterable(parts))` where nothing but an empty sequence is left out.
fn fix<'a>(
    cx: &Cx<'_, 'a>,
    call: &'a ExprCall,
    added: &Added<'a>,
    builder: &'static str,
) -> Option<Fix> {
    let facts = cx.facts;
    let at = facts.nodes().id(call);
    if !added.start.is_none_or(|start| is_empty(facts, start)) || !facts.is_builtin_at(builder, at)
    {
        return None;
    }
    let mut kept = edits::parenthesized(facts, added.parts);
    if let Expr::Generator(generator) = added.parts
        && generator.parenthesized
        && kept == generator.range
    {
        let one = TextSize::new(1);
        kept = TextRange::new(kept.start() + one, kept.end() - one);
    }
    let before = TextRange::new(call.start(), kept.start());
    let after = TextRange::new(kept.end(), call.end());
    if cx.has_comment(before) || cx.has_comment(after) {
        return None;
    }
    let chain = reach(facts, "itertools", Some("chain"), at)?;
    let mut edits = vec![
        Edit::replace(before, format!("{builder}({}.from_iterable(", chain.name)),
        Edit::replace(after, "))"),
    ];
    edits.extend(chain.edit);
    Fix::new("Chain the items", Safety::Unsafe, edits)
}

/// `[]`, `()`, `list()`, `tuple()`.
fn is_empty<'a>(facts: &Facts<'a>, start: &'a Expr) -> bool {
    match start {
        Expr::List(it) => it.elts.is_empty(),
        Expr::Tuple(it) => it.elts.is_empty(),
        Expr::Call(it) => {
            it.arguments.is_empty()
                && facts.qualified(&it.func).is_some_and(|name| matches!(name, "list" | "tuple"))
        }
        _ => false,
    }
}
