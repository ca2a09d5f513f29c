//! MEM107: a slice is copied only to be walked once.

use ruff_python_ast::{Expr, ExprCall, ExprSlice, ExprSubscript, PythonVersion, UnaryOp};
use ruff_text_size::{Ranged, TextRange};

use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::consumed::Consumed;
use crate::facts::cost::{Cost, SMALL, human_bytes, human_count, integer, list_bytes};
use crate::facts::flow::same_place;
use crate::facts::nodes::NodeId;
use crate::facts::scopes::{Resolution, ScopeId};
use crate::facts::types::Kind;
use crate::facts::walked::{By, Walked};
use crate::fix::{Edit, Fix, Safety};
use crate::imports;
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/slice-iterated.md")),
    on: &[On::Walked(check_walked), On::CallTo(WALKERS, check_call)],
    over: &[],
};

/// Functions that take the items of an argument one after the other.
const WALKERS: &[&str] = &[
    "all",
    "any",
    "enumerate",
    "filter",
    "functools.reduce",
    "map",
    "math.fsum",
    "max",
    "min",
    "sum",
    "zip",
];

/// `islice` takes the items before its start one by one.
const NEAR: i64 = 16;

/// The version that has `itertools.pairwise`.
const PAIRWISE: PythonVersion = PythonVersion::PY310;

/// What part of a sequence a slice is.
#[derive(Clone, Copy)]
enum Part<'a> {
    /// `[n:]`
    From(i64),
    /// `[:stop]`
    Until(&'a Expr),
    /// `[n:stop]`
    Between(i64, &'a Expr),
}

fn check_walked<'a>(cx: &mut Cx<'_, 'a>, walked: &Walked<'a>) {
    // `in` looks for a part of a text, and stops where it finds an item.
    if walked.by != By::Membership
        && let Expr::Subscript(slice) = walked.iterable
    {
        check_slice(cx, slice, walked.iterable);
    }
}

fn check_call<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    if check_pairs(cx, call) {
        return;
    }
    for argument in &call.arguments.args {
        if let Expr::Subscript(slice) = argument {
            check_slice(cx, slice, argument);
        }
    }
}

fn check_slice<'a>(cx: &mut Cx<'_, 'a>, subscript: &'a ExprSubscript, slice: &'a Expr) {
    let facts = cx.facts;
    let Expr::Slice(bounds) = &*subscript.slice else { return };
    let sequence = &*subscript.value;
    let Some(kind) = copied(facts, sequence) else { return };
    let Some(part) = part(facts, bounds) else { return };
    if facts.length_of(slice).is_some_and(|it| it <= SMALL) {
        return;
    }
    let Some(walk) = facts.items_consumed(slice) else { return };
    if walk.named.is_some() || walk.counted || !stays(facts, sequence, kind, &walk) {
        return;
    }
    let arguments = match part {
        Part::From(start) => format!("{start}, None"),
        Part::Until(stop) => cx.text(edits::parenthesized(facts, stop)).to_owned(),
        Part::Between(start, stop) => {
            format!("{start}, {}", cx.text(edits::parenthesized(facts, stop)))
        }
    };
    let fix = imports::reach(facts, "itertools", Some("islice"), walk.walker).and_then(|islice| {
        let mut edits = sliced(cx, subscript, &islice.name, &arguments)?;
        edits.extend(islice.edit);
        Fix::new("Walk the sequence itself", Safety::Unsafe, edits)
    });
    let short = cx.quoted(sequence, 30, "the sequence");
    let length = facts.length_of(slice);
    let label = label(&words(part, &short), kind, length);
    let help = format!("walk `itertools.islice(.., {})`", arguments.replace('\n', " "));
    let cost = length.and_then(|length| bytes(kind, length)).map(Cost::exactly);
    cx.report(subscript.range(), label).help(help).fix(fix).cost(cost);
}

/// `zip(x, x[1:])` and `zip(x[:-1], x[1:])`: pairs of neighbours. Whether it is one of these.
fn check_pairs<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) -> bool {
    let facts = cx.facts;
    let [first, slice @ Expr::Subscript(second)] = &call.arguments.args[..] else { return false };
    let Expr::Slice(rest) = &*second.slice else { return false };
    let head = match first {
        Expr::Subscript(it) => match &*it.slice {
            Expr::Slice(bounds) if is_all_but_last(bounds) => Some(it),
            _ => None,
        },
        _ => None,
    };
    let sequence = head.map_or(first, |it| &*it.value);
    let all_but_first = rest.lower.as_deref().and_then(integer) == Some(1)
        && rest.upper.is_none()
        && is_without_step(rest);
    if !call.arguments.keywords.is_empty()
        || !facts.is_qualified(&call.func, "zip")
        || !all_but_first
        || !same_place(sequence, &second.value)
    {
        return false;
    }
    let Some(kind) = copied(facts, sequence) else { return true };
    let Some(walk) = facts.items_consumed(slice) else { return true };
    if walk.named.is_some() || !stays(facts, sequence, kind, &walk) {
        return true;
    }
    let has_pairwise = cx.settings.target_version >= PAIRWISE;
    let help = if has_pairwise {
        "use `itertools.pairwise(..)`"
    } else {
        "pair it with `itertools.islice(.., 1, None)`"
    };
    let edits = paired(cx, call, head, second, (has_pairwise, walk.walker));
    let fix = edits.and_then(|edits| Fix::new("Walk the sequence itself", Safety::Unsafe, edits));
    let short = cx.quoted(sequence, 30, "the sequence");
    let (what, range) = match head {
        Some(_) => (format!("these slices copy all items of {short} twice"), call.range()),
        None => (format!("this slice copies all items of {short} but the first"), second.range()),
    };
    let length = facts.length_of(slice);
    let times = if head.is_some() { 2 } else { 1 };
    let cost = length.and_then(|length| bytes(kind, length * times)).map(Cost::exactly);
    let label = label(&what, kind, length.map(|length| length * times));
    cx.report(range, label).help(help).fix(fix).cost(cost);
    true
}

/// The kind of a sequence whose slices are copies, if it may have many items.
fn copied<'a>(facts: &Facts<'a>, sequence: &'a Expr) -> Option<Kind> {
    if facts.source.is_test() || !matches!(sequence, Expr::Name(_) | Expr::Attribute(_)) {
        return None;
    }
    let kind = facts.kind_of(sequence);
    let copied = matches!(kind, Kind::List | Kind::Tuple | Kind::Str | Kind::Bytes);
    (copied && !facts.is_brief(sequence)).then_some(kind)
}

/// The part that a slice takes, where `islice` takes the same without walking over many others.
fn part<'a>(facts: &Facts<'a>, slice: &'a ExprSlice) -> Option<Part<'a>> {
    if !is_without_step(slice) {
        return None;
    }
    let start = match slice.lower.as_deref() {
        None => 0,
        Some(lower) => integer(lower).filter(|start| (0..=NEAR).contains(start))?,
    };
    match slice.upper.as_deref() {
        // `x[:]` is a copy on purpose.
        None => (start > 0).then_some(Part::From(start)),
        Some(stop) => {
            let many = i64::try_from(SMALL).ok()?;
            let far = integer(stop).map_or_else(|| is_positive(facts, stop), |it| it > many);
            let part = if start == 0 { Part::Until(stop) } else { Part::Between(start, stop) };
            far.then_some(part)
        }
    }
}

/// Whether an expression is a number that is known not to be negative: `len(x)`, `len(x) // 2`.
fn is_positive<'a>(facts: &Facts<'a>, expr: &'a Expr) -> bool {
    match expr {
        Expr::Call(call) => facts.is_qualified(&call.func, "len"),
        Expr::BinOp(it) => {
            it.op == ruff_python_ast::Operator::FloorDiv
                && is_positive(facts, &it.left)
                && integer(&it.right).is_some_and(|by| by > 0)
        }
        _ => false,
    }
}

/// `[:-1]`
fn is_all_but_last(slice: &ExprSlice) -> bool {
    let last = matches!(slice.upper.as_deref(), Some(Expr::UnaryOp(it))
        if it.op == UnaryOp::USub && integer(&it.operand) == Some(1));
    let first = slice.lower.as_deref().is_none_or(|lower| integer(lower) == Some(0));
    last && first && is_without_step(slice)
}

fn is_without_step(slice: &ExprSlice) -> bool {
    slice.step.as_deref().is_none_or(Expr::is_none_literal_expr)
}

/// Whether the walk leaves the sequence as it is: the copy is no snapshot that is wanted.
fn stays<'a>(facts: &Facts<'a>, sequence: &'a Expr, kind: Kind, walk: &Consumed<'_, 'a>) -> bool {
    if kind != Kind::List {
        return true;
    }
    let untouched = walk.parts.iter().all(|part| !facts.mutated_by_name(sequence, *part));
    let known = || walk.parts.iter().all(|part| facts.mutated_in(sequence, *part).is_none());
    untouched && (is_local(facts, sequence) && !walk.manner.suspends || known_alone(walk, known))
}

/// What others hold may be changed by whatever runs in between.
fn known_alone(walk: &Consumed<'_, '_>, known: impl Fn() -> bool) -> bool {
    !walk.manner.suspends && !walk.manner.calls && known()
}

/// Whether a sequence goes by a name of the function around.
fn is_local<'a>(facts: &Facts<'a>, sequence: &'a Expr) -> bool {
    let Expr::Name(name) = sequence else { return false };
    let Resolution::Binding(binding) = facts.names().resolve(name) else { return false };
    facts.names().scope(binding) != ScopeId::MODULE && !facts.is_captured(binding)
}

/// `x[1:]` becomes `islice(x, 1, None)`.
fn sliced(
    cx: &Cx<'_, '_>,
    subscript: &ExprSubscript,
    islice: &str,
    arguments: &str,
) -> Option<Vec<Edit>> {
    let bounds =
        TextRange::new(edits::parenthesized(cx.facts, &subscript.value).end(), subscript.end());
    (!cx.has_comment(bounds)).then(|| {
        vec![
            Edit::insert(subscript.start(), format!("{islice}(")),
            Edit::replace(bounds, format!(", {arguments})")),
        ]
    })
}

/// `zip(x, x[1:])` becomes `pairwise(x)`, or `zip(x, islice(x, 1, None))` before Python 3.10.
fn paired(
    cx: &Cx<'_, '_>,
    call: &ExprCall,
    head: Option<&ExprSubscript>,
    second: &ExprSubscript,
    (has_pairwise, at): (bool, NodeId),
) -> Option<Vec<Edit>> {
    let facts = cx.facts;
    let mut edits = Vec::new();
    if let Some(head) = head {
        let kept = edits::parenthesized(facts, &head.value).end();
        let bounds = TextRange::new(kept, head.end());
        if cx.has_comment(bounds) {
            return None;
        }
        edits.push(Edit::delete(bounds));
    }
    if has_pairwise {
        let pairwise = imports::reach(facts, "itertools", Some("pairwise"), at)?;
        let first = call.arguments.args.first()?;
        let rest = TextRange::new(
            edits::parenthesized(facts, first).end(),
            edits::parenthesized(facts, call.arguments.args.get(1)?).end(),
        );
        if cx.has_comment(rest) {
            return None;
        }
        edits.push(Edit::replace(call.func.range(), pairwise.name));
        edits.push(Edit::delete(rest));
        edits.extend(pairwise.edit);
    } else {
        let islice = imports::reach(facts, "itertools", Some("islice"), at)?;
        edits.extend(sliced(cx, second, &islice.name, "1, None")?);
        edits.extend(islice.edit);
    }
    Some(edits)
}

/// What the slice copies, in words.
fn words(part: Part<'_>, of: &str) -> String {
    match part {
        Part::From(1) => format!("this slice copies all items of {of} but the first"),
        Part::From(start) => format!("this slice copies all items of {of} but the first {start}"),
        Part::Until(_) => format!("this slice copies the first items of {of}"),
        Part::Between(..) => format!("this slice copies a part of {of}"),
    }
}

fn label(what: &str, kind: Kind, length: Option<u64>) -> String {
    match (kind, length) {
        (Kind::Str | Kind::Bytes, _) => format!("{what} to be walked once"),
        (_, Some(length)) => format!(
            "{what} to be walked once: {} pointers, {}",
            human_count(length),
            human_bytes(list_bytes(length))
        ),
        (..) => format!("{what} to be walked once: 8 bytes for each"),
    }
}

/// The bytes of a copy, where an item of it takes the same whatever it is.
fn bytes(kind: Kind, length: u64) -> Option<u64> {
    matches!(kind, Kind::List | Kind::Tuple).then(|| list_bytes(length))
}
