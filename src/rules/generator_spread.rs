//! MEM121: all items of an iterable are made at once where some of them would do.

use ruff_python_ast::{Expr, ExprCall, ExprStarred};
use ruff_text_size::Ranged;

use crate::cx::Cx;
use crate::facts::Facts;
use crate::facts::cost::{Cost, human_bytes, human_count, list_bytes};
use crate::facts::spread::{Bulk, Rest, Source};
use crate::facts::types::Kind;
use crate::facts::usage::Usage;
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/generator-spread.md")),
    on: &[On::Rest(check_rest), On::Spread(NAMES, check_spread)],
    over: &[],
};

/// What has a twin that takes the iterable itself, by the last part of its name.
const NAMES: &[&str] = &[
    "chain",
    "difference",
    "difference_update",
    "max",
    "min",
    "print",
    "union",
    "update",
    "zip",
    "zip_longest",
];

/// How a function is used whose arguments are spread.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Twin {
    /// `max`, `min`.
    Extreme,
    /// `itertools.chain`.
    Chain,
    /// `zip`, `itertools.zip_longest`: rows become columns.
    Transpose,
    /// `set().union` and its like, which could take all items from one iterable.
    Union,
    /// `print`.
    Print,
}

fn check_rest<'a>(cx: &mut Cx<'_, 'a>, starred: &'a ExprStarred) {
    let facts = cx.facts;
    if facts.source.is_test() || !facts.is_rest_unread(starred) {
        return;
    }
    let Some(rest) = facts.rest(starred) else { return };
    let (what, known) = match rest.source {
        Source::Group => ("this group".to_owned(), None),
        Source::Value(value) => {
            let Some(bulk) = facts.bulk(value) else { return };
            let (what, known) = described(facts, value, bulk);
            (what, known.map(|length| (value, length)))
        }
    };
    let name = cx.text(starred.range());
    let but = match rest {
        Rest { before: 0, after: 0, .. } => String::new(),
        Rest { before: 1, after: 0, .. } => " but the first".to_owned(),
        Rest { before: 0, after: 1, .. } => " but the last".to_owned(),
        Rest { before, after: 0, .. } => format!(" but the first {before}"),
        Rest { before: 0, after, .. } => format!(" but the last {after}"),
        Rest { .. } => " but the first and the last".to_owned(),
    };
    let label = match known {
        Some((_, length)) => format!(
            "`{name}` lists {} of {what}, {}, and nothing reads them",
            human_count(length),
            human_bytes(list_bytes(length)),
        ),
        None => format!("`{name}` lists all items of {what}{but}, and nothing reads them"),
    };
    let help = help_for_rest(facts, &rest);
    let cost = known.map(|(_, length)| Cost::exactly(list_bytes(length)));
    cx.report(starred.range(), label).help(help).cost(cost);
}

/// Whether `next` takes an item of the value itself.
fn is_iterator<'a>(facts: &Facts<'a>, value: &'a Expr) -> bool {
    matches!(facts.kind_of(value), Kind::Iterator | Kind::File | Kind::CsvReader | Kind::Cursor)
}

/// What to write instead.
fn help_for_rest<'a>(facts: &Facts<'a>, rest: &Rest<'a>) -> String {
    let kept = match rest.source {
        Source::Value(value) => {
            matches!(facts.kind_of(value), Kind::List | Kind::Tuple | Kind::Range)
        }
        Source::Group => false,
    };
    let sorted = matches!(rest.source, Source::Value(Expr::Call(call))
        if facts.is_qualified(&call.func, "sorted"));
    match (rest.before, rest.after) {
        (0, 0) => {
            "drop the statement, or empty it with `collections.deque(.., maxlen=0)`".to_owned()
        }
        (1, 0) if sorted => "use `min(..)`".to_owned(),
        (0, 1) if sorted => "use `max(..)`".to_owned(),
        (few, 0) if sorted => format!("use `heapq.nsmallest({few}, ..)`"),
        (0, few) if sorted => format!("use `heapq.nlargest({few}, ..)`"),
        (1, 0) => match rest.source {
            Source::Value(Expr::ListComp(_) | Expr::SetComp(_)) => {
                "write a generator expression, and take the first item with `next(..)`".to_owned()
            }
            Source::Value(Expr::Name(_)) if kept => "take it with `[0]`".to_owned(),
            Source::Value(value) if !is_iterator(facts, value) => {
                "take it with `next(iter(..))`".to_owned()
            }
            _ => "take it with `next(..)`".to_owned(),
        },
        (before, 0) => format!("unpack `itertools.islice(.., {before})`"),
        (0, after) => format!("unpack `collections.deque(.., maxlen={after})`"),
        (_, after) => {
            format!("take the first with `next(..)`, then `collections.deque(.., maxlen={after})`")
        }
    }
}

fn check_spread<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall, starred: &'a ExprStarred) {
    let facts = cx.facts;
    if facts.source.is_test() {
        return;
    }
    let arguments = &call.arguments;
    if arguments.args.len() != 1 || arguments.keywords.iter().any(|it| it.arg.is_none()) {
        return;
    }
    let Some((name, twin)) = twin(facts, call) else { return };
    let value = &*starred.value;
    let Some(bulk) = facts.bulk(value) else { return };
    let many = matches!(bulk, Bulk::Known(_)) || facts.streams_records(value);
    let pays = match twin {
        // Of one number too many: the star goes, and that is all.
        Twin::Extreme => bulk != Bulk::Built,
        Twin::Chain => bulk != Bulk::Built && (many || facts.makes_containers(value)),
        // Columns of some pairs are wanted as they are; a line is printed of some words; the sets
        // that are united at once are mostly few.
        Twin::Transpose | Twin::Print | Twin::Union => many,
    };
    let again = facts
        .expression(call)
        .is_some_and(|it| matches!(facts.usage(facts.nodes().id(it)).usage, Usage::Spread(_)));
    if !pays || again || facts.is_asynchronous(value) {
        return;
    }
    let (what, known) = described(facts, value, bulk);
    let cost = known.map(|length| Cost::exactly(list_bytes(length)));
    let items = match known {
        Some(length) => format!(
            "{} items of {what} become arguments, {},",
            human_count(length),
            human_bytes(list_bytes(length))
        ),
        None => format!("each item of {what} becomes an argument, all of them exist"),
    };
    let label = match twin {
        Twin::Extreme => format!("{items} before `{name}` looks at the first"),
        Twin::Chain => format!("{items} before `chain` gives the first item"),
        Twin::Transpose => format!("{items} and `{name}` makes an iterator for each"),
        Twin::Union => format!("{items} before `{name}` takes the first"),
        Twin::Print => format!("{items} before `print` writes the first"),
    };
    let help = match twin {
        Twin::Extreme => format!("`{name}` takes the iterable itself: drop the `*`"),
        Twin::Chain => "use `itertools.chain.from_iterable(..)`".to_owned(),
        Twin::Transpose => "append to one list for each column, row by row".to_owned(),
        Twin::Union => {
            format!("give `{name}` one iterable: `itertools.chain.from_iterable(..)`")
        }
        Twin::Print => "print in a loop, or use `sys.stdout.writelines(..)`".to_owned(),
    };
    cx.report(starred.range(), label).help(help).cost(cost);
}

/// The name and the use of what is called, if it is known to have a twin.
fn twin<'a>(facts: &Facts<'a>, call: &'a ExprCall) -> Option<(&'a str, Twin)> {
    if let Some(name) = facts.qualified(&call.func) {
        return Some(match name {
            "max" | "min" => (name, Twin::Extreme),
            "print" => (name, Twin::Print),
            "zip" => (name, Twin::Transpose),
            "itertools.zip_longest" => ("zip_longest", Twin::Transpose),
            "itertools.chain" => ("chain", Twin::Chain),
            "set.union" | "frozenset.union" => ("union", Twin::Union),
            _ => return None,
        });
    }
    let Expr::Attribute(func) = &*call.func else { return None };
    if !matches!(facts.kind_of(&func.value), Kind::Set | Kind::FrozenSet) {
        return None;
    }
    let name = func.attr.as_str();
    Some((name, Twin::Union))
}

/// An iterable in words, and how many items it is known to have.
fn described<'a>(facts: &Facts<'a>, value: &'a Expr, bulk: Bulk) -> (String, Option<u64>) {
    let words = match facts.kind_of(value) {
        _ if value.is_generator_expr() => "this generator",
        Kind::File => "this file",
        Kind::CsvReader => "this reader",
        Kind::Cursor => "this cursor",
        Kind::Iterator => "this iterator",
        Kind::Range => "this range",
        Kind::Set => "this set",
        Kind::Tuple => "this tuple",
        Kind::List => "this list",
        _ => "this iterable",
    };
    let known = match bulk {
        Bulk::Known(length) => Some(length),
        Bulk::Streamed | Bulk::Built => None,
    };
    (words.to_owned(), known)
}
