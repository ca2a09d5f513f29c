//! MEM108: the lines of a file are listed to be walked once.

use ruff_python_ast::{Expr, ExprAttribute, ExprCall};
use ruff_text_size::{Ranged, TextRange};

use crate::catalog::files;
use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::comprehensions::Built;
use crate::facts::consumed::Consumed;
use crate::facts::handles::Opened;
use crate::facts::nodes::Node;
use crate::facts::types::Kind;
use crate::facts::usage::Usage;
use crate::fix::{Edit, Fix, Safety};
use crate::imports;
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/lines-listed.md")),
    on: &[
        On::Method(&["readlines"], readlines),
        On::Method(&["splitlines", "split"], split),
        On::CallTo(&["list", "tuple"], listed),
    ],
    over: &["MEM103", "MEM104", "MEM105"],
};

/// How the lines are listed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum How {
    /// `f.readlines()`
    Readlines,
    /// `list(f)`
    Listed,
    /// `f.read().splitlines()` and the like. The lines have lost their ends.
    Split,
}

/// A list of the lines of a file.
struct Lines<'a> {
    call: &'a ExprCall,
    how: How,
    /// The file, or the path whose text is read.
    source: &'a Expr,
    opened: Option<Opened<'a>>,
}

fn readlines<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall, method: &'a ExprAttribute) {
    if call.arguments.is_empty()
        && let Some(walk) = walk_of(cx.facts, call)
        && cx.facts.is_handle(&method.value)
    {
        let opened = cx.facts.opened(&method.value);
        check(cx, &Lines { call, how: How::Readlines, source: &method.value, opened }, &walk);
    }
}

fn listed<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let [source] = &call.arguments.args[..] else { return };
    if call.arguments.keywords.is_empty()
        && let Some(walk) = walk_of(cx.facts, call)
        && cx.facts.is_handle(source)
    {
        let opened = cx.facts.opened(source);
        check(cx, &Lines { call, how: How::Listed, source, opened }, &walk);
    }
}

fn split<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall, method: &'a ExprAttribute) {
    let by_line = match (method.attr.as_str(), &call.arguments.args[..]) {
        ("splitlines", []) => call.arguments.keywords.is_empty(),
        ("split", [Expr::StringLiteral(it)]) => {
            call.arguments.keywords.is_empty() && it.value == *"\n"
        }
        ("split", [Expr::BytesLiteral(it)]) => {
            call.arguments.keywords.is_empty() && it.value.bytes().eq([b'\n'])
        }
        _ => false,
    };
    if by_line
        && let Some(walk) = walk_of(cx.facts, call)
        && let Some(lines) = whole_text(cx.facts, &method.value, call, 4)
    {
        check(cx, &lines, &walk);
    }
}

/// The file whose whole text an expression is: read on the spot, or carried here by one name.
fn whole_text<'a>(
    facts: &Facts<'a>,
    text: &'a Expr,
    call: &'a ExprCall,
    depth: u32,
) -> Option<Lines<'a>> {
    let depth = depth.checked_sub(1)?;
    match text {
        Expr::Name(name) => {
            let (value, _) = facts.carried_to(name)?;
            whole_text(facts, value, call, depth)
        }
        Expr::Call(read) => {
            let Expr::Attribute(method) = &*read.func else { return None };
            let source = &*method.value;
            match method.attr.as_str() {
                "read" if read.arguments.is_empty() && facts.is_handle(source) => {
                    Some(Lines { call, how: How::Split, source, opened: facts.opened(source) })
                }
                "read_text" | "read_bytes" if facts.kind_of(source) == Kind::Path => {
                    Some(Lines { call, how: How::Split, source, opened: facts.opened(text) })
                }
                "decode" | "strip" | "rstrip" => whole_text(facts, source, call, depth),
                _ => None,
            }
        }
        _ => None,
    }
}

/// How a list is walked, if that is all that becomes of it; that costs less to tell than what it is
/// made of. What tests read is small.
fn walk_of<'f, 'a>(facts: &'f Facts<'a>, call: &'a ExprCall) -> Option<Consumed<'f, 'a>> {
    if facts.source.is_test() {
        return None;
    }
    facts.consumed(facts.expression(call)?)
}

fn check<'a>(cx: &mut Cx<'_, 'a>, lines: &Lines<'a>, walk: &Consumed<'_, 'a>) {
    if is_quiet(cx.facts, lines, walk) {
        return;
    }
    let fix = fix(cx, lines, walk);
    let short = cx.quoted(lines.source, 30, "the file");
    let help = help(cx, lines, walk, &short);
    let label = match (lines.how, &walk.named) {
        (How::Split, _) => "the whole text and a list of its lines exist at once".to_owned(),
        (_, Some((once, _))) => {
            format!("`{}` holds every line of {short} to be walked once", once.definition.name)
        }
        (How::Readlines, _) => format!("`readlines` holds every line of {short} at once"),
        (How::Listed, _) => format!("this list holds every line of {short} at once"),
    };
    let diagnostic = cx.report(lines.call.range(), label);
    diagnostic.help(help).fix(fix);
    if let Some((_, read)) = &walk.named {
        diagnostic.related(read.range(), "walked here, and not used again");
    }
}

fn help<'a>(cx: &Cx<'_, 'a>, lines: &Lines<'a>, walk: &Consumed<'_, 'a>, short: &str) -> String {
    if walk.counted {
        return format!("count with `sum(1 for _ in ..)` over {short}");
    }
    if let Some(skipped) = walk.skipped {
        let Expr::Slice(slice) = &*skipped.slice else { return String::new() };
        let from = slice.lower.as_deref().map_or("1", |lower| cx.text(lower.range()));
        return format!("walk `itertools.islice(.., {from}, None)` of {short}");
    }
    match (lines.how, &walk.named) {
        (How::Split, _) if cx.facts.kind_of(lines.source) == Kind::Path => {
            "open the file and walk it: each line keeps its end".to_owned()
        }
        (How::Split, _) => format!("walk {short} itself: each line keeps its end"),
        (_, Some(_)) => format!("walk {short} itself while it is open"),
        _ => format!("walk {short} itself"),
    }
}

fn is_quiet<'a>(facts: &Facts<'a>, lines: &Lines<'a>, walk: &Consumed<'_, 'a>) -> bool {
    let (nodes, source) = (facts.nodes(), lines.source);
    if walk.counted && lines.how == How::Split {
        return true;
    }
    let reading = nodes.id(lines.call);
    let end = facts.end_of(walk.walker);
    if let Some(opened) = &lines.opened {
        if facts.opens_small(opened.call)
            || opened.path.is_some_and(|path| facts.replaces_file(path, reading, end))
        {
            return true;
        }
        let written = facts.handle_uses(opened, nodes.id(source)).is_some_and(|uses| {
            uses.iter().any(|(at, usage)| {
                *at > reading
                    && matches!(usage, Usage::Receiver(_, "write" | "writelines" | "truncate"))
            })
        });
        if written {
            return true;
        }
    }
    let is_touched = |part| match source {
        _ if facts.is_standard_input(source) => false,
        Expr::Attribute(_) => facts.mutated_in(source, part).is_some(),
        Expr::Name(_) => facts.has_place(part, source),
        _ => false,
    };
    walk.parts.iter().any(|part| is_touched(*part))
}

fn fix<'a>(cx: &Cx<'_, 'a>, lines: &Lines<'a>, walk: &Consumed<'_, 'a>) -> Option<Fix> {
    let facts = cx.facts;
    let mut safety = if is_proven(facts, lines, walk) { Safety::Safe } else { Safety::Unsafe };
    let edits = match (lines.how, &walk.named, walk.skipped) {
        (How::Split, None, None) => {
            safety = Safety::Unsafe;
            stripped(cx, lines)?
        }
        (How::Split, ..) => return None,
        (_, Some(_), None) => {
            let (edits, at_once) = moved(cx, lines, walk)?;
            if !at_once {
                safety = Safety::Unsafe;
            }
            edits
        }
        (How::Readlines, None, Some(skipped)) => {
            let Expr::Slice(slice) = &*skipped.slice else { return None };
            let from = cx.text(slice.lower.as_deref()?.range());
            let at = facts.nodes().id(lines.call);
            let islice = imports::reach(facts, "itertools", Some("islice"), at)?;
            let file = edits::parenthesized(facts, lines.source);
            let rest = TextRange::new(file.end(), skipped.end());
            let mut edits = vec![
                Edit::insert(file.start(), format!("{}(", islice.name)),
                Edit::replace(rest, format!(", {from}, None)")),
            ];
            edits.extend(islice.edit);
            if cx.has_comment(rest) {
                return None;
            }
            edits
        }
        (_, _, Some(_)) => return None,
        (_, None, None) if walk.counted => counted(cx, lines, walk)?,
        (How::Readlines, None, None) => vec![Edit::delete(method_call(cx, lines)?)],
        (How::Listed, None, None) => edits::without_call(facts, lines.call, lines.source),
    };
    let title = if walk.counted { "Count the lines one at a time" } else { "Walk the file" };
    Fix::new(title, safety, edits)
}

/// Whether walking the file instead is known to be the same: nobody else uses the file, nothing
/// that is not known runs between two lines, and nothing catches what reading may raise.
fn is_proven<'a>(facts: &Facts<'a>, lines: &Lines<'a>, walk: &Consumed<'_, 'a>) -> bool {
    let nodes = facts.nodes();
    let Some(opened) = &lines.opened else { return false };
    let known = match facts.qualified(&opened.call.func) {
        Some(name) => files::walks_as_it_lists(name),
        None => matches!(&*opened.call.func, Expr::Attribute(func)
            if matches!(facts.kind_of(&func.value), Kind::Path | Kind::ZipFile)),
    };
    let reading = nodes.id(lines.call);
    let past = facts.end_of(walk.walker);
    let Some(uses) = facts.handle_uses(opened, nodes.id(lines.source)) else { return false };
    let alone = uses.iter().all(|(at, usage)| match usage {
        Usage::Argument(call, 0) => *at < reading && facts.is_qualified(&call.func, "next"),
        Usage::Receiver(_, "close") => *at < reading || *at > past,
        Usage::Receiver(..) => *at < reading || *at > past && !walk.manner.stops_early,
        Usage::Context(_) => true,
        _ => false,
    });
    // In a loop that does not open it, the file is read again after a `break`.
    let once = opened.holder.is_none()
        || nodes.innermost_loop(nodes.id(opened.call)) == nodes.innermost_loop(reading)
        || matches!(nodes.get(walk.walker), Some(Node::Expr(_)));
    known
        && alone
        && (once || !walk.manner.stops_early)
        && !walk.manner.suspends
        && !walk.manner.calls
        && walk.parts.iter().all(|part| facts.changes_only_locals(*part))
        && !facts.may_be_caught(reading)
}

/// The range of `.readlines()`. `None` where a comment stands in it.
fn method_call(cx: &Cx<'_, '_>, lines: &Lines<'_>) -> Option<TextRange> {
    let file = edits::parenthesized(cx.facts, lines.source);
    let range = TextRange::new(file.end(), lines.call.end());
    (!cx.has_comment(range)).then_some(range)
}

/// `len(f.readlines())` becomes `sum(1 for _ in f)`.
fn counted<'a>(cx: &Cx<'_, 'a>, lines: &Lines<'a>, walk: &Consumed<'_, 'a>) -> Option<Vec<Edit>> {
    let facts = cx.facts;
    let Some(Node::Expr(Expr::Call(len))) = facts.nodes().get(walk.walker) else { return None };
    if !facts.is_builtin_at("sum", walk.walker) {
        return None;
    }
    if lines.how == How::Listed {
        let argument = len.arguments.args.first()?;
        return edits::count(facts, len, argument, Built::Collected(lines.source));
    }
    let after = TextRange::new(lines.call.end(), len.end());
    if cx.text(after).trim() != ")" || !len.func.is_name_expr() {
        return None;
    }
    let file = edits::parenthesized(facts, lines.source);
    Some(vec![
        Edit::replace(len.func.range(), "sum"),
        Edit::insert(file.start(), "1 for _ in "),
        Edit::delete(method_call(cx, lines)?),
    ])
}

/// `f.read().splitlines()` becomes the lines of the file without their ends.
fn stripped<'a>(cx: &Cx<'_, 'a>, lines: &Lines<'a>) -> Option<Vec<Edit>> {
    let Expr::Attribute(method) = &*lines.call.func else { return None };
    let Expr::Call(read) = &*method.value else { return None };
    let Expr::Attribute(reading) = &*read.func else { return None };
    let direct = reading.attr.as_str() == "read" && method.attr.as_str() == "splitlines";
    let file = lines.opened.and_then(|it| cx.facts.expression(it.call)).unwrap_or(lines.source);
    let end = match cx.facts.type_of(file).element {
        Kind::Str => "\"\\n\"",
        Kind::Bytes => "b\"\\r\\n\"",
        _ => return None,
    };
    let range = lines.call.range();
    let text = cx.text(lines.source.range());
    if !direct || cx.has_comment(range) || text.contains('\n') || has_quotes_around(cx, range) {
        return None;
    }
    Some(vec![Edit::replace(range, format!("(line.rstrip({end}) for line in {text})"))])
}

/// Whether the range stands in an f-string, where quotes may not be written before Python 3.12.
fn has_quotes_around(cx: &Cx<'_, '_>, range: TextRange) -> bool {
    let line = cx.facts.source.lines();
    let row = line.line_index(range.start());
    let text = cx.facts.source.text();
    let before = TextRange::new(line.line_start(row, text), range.start());
    cx.text(before).contains(['"', '\''])
}

/// `lines = f.readlines()` goes, and the name in the statement after it becomes the file. Whether
/// nothing runs in between.
fn moved<'a>(
    cx: &Cx<'_, 'a>,
    lines: &Lines<'a>,
    walk: &Consumed<'_, 'a>,
) -> Option<(Vec<Edit>, bool)> {
    let (once, read) = walk.named.as_ref()?;
    let Expr::Name(file) = lines.source else { return None };
    if walk.counted || walk.relayed || once.value.is_none_or(|it| it.range() != lines.call.range())
    {
        return None;
    }
    let (deletion, statement) = edits::without_assignment(cx.facts, once, read)?;
    let edits = vec![deletion, Edit::replace(read.range(), file.id.as_str())];
    Some((edits, statement.is_for_stmt()))
}
