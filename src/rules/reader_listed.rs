//! MEM115: the records of a reader are listed to be walked once.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::comprehensions::Built;
use crate::facts::consumed::Consumed;
use crate::facts::nodes::Node;
use crate::facts::types::Kind;
use crate::facts::usage::Usage;
use crate::fix::{Edit, Fix, Safety};
use crate::imports;
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/reader-listed.md")),
    on: &[On::CallTo(&["list", "tuple"], check)],
    over: &["MEM103", "MEM104", "MEM105"],
};

/// What is listed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reader {
    /// `csv.reader`, `csv.DictReader`
    Csv,
    /// `ijson.items` and the like
    Json,
    /// A database cursor.
    Cursor,
}

fn check<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let facts = cx.facts;
    let [source] = &call.arguments.args[..] else { return };
    if !call.arguments.keywords.is_empty() || facts.source.is_test() {
        return;
    }
    let Some(reader) = reader(facts, source) else { return };
    let Some(walk) = facts.expression(call).and_then(|value| facts.consumed(value)) else { return };
    if is_quiet(facts, call, source, reader, &walk) {
        return;
    }
    let fix = fix(cx, call, source, reader, &walk);
    let text = cx.text(source.range());
    let short = if text.len() <= 30 && !text.contains('\n') {
        format!("`{text}`")
    } else {
        "the reader".to_owned()
    };
    let records = if reader == Reader::Json { "item" } else { "row" };
    let label = match &walk.named {
        Some((once, _)) => {
            format!("`{}` holds every {records} of {short} to be walked once", once.definition.name)
        }
        None => format!("this list holds every {records} of {short} at once"),
    };
    let help = match (walk.counted, &walk.named) {
        (true, _) => format!("count with `sum(1 for _ in ..)` over {short}"),
        (_, Some(_)) => format!("walk {short} itself while its source is open"),
        _ => format!("walk {short} itself"),
    };
    let diagnostic = cx.report(call.range(), label);
    diagnostic.help(help).fix(fix);
    if let Some((_, read)) = &walk.named {
        diagnostic.related(read.range(), "walked here, and not used again");
    }
}

fn reader<'a>(facts: &Facts<'a>, source: &'a Expr) -> Option<Reader> {
    match facts.kind_of(source) {
        Kind::CsvReader => return Some(Reader::Csv),
        Kind::Cursor => return Some(Reader::Cursor),
        _ => {}
    }
    let name = facts.qualified(&source.as_call_expr()?.func)?;
    matches!(name, "ijson.items" | "ijson.kvitems" | "ijson.parse" | "ijson.basic_parse")
        .then_some(Reader::Json)
}

/// What the reader reads from: the first argument of the call that made it.
fn input<'a>(facts: &Facts<'a>, source: &'a Expr) -> Option<&'a Expr> {
    facts.opened(source)?.call.arguments.args.first()
}

fn is_quiet<'a>(
    facts: &Facts<'a>,
    call: &'a ExprCall,
    source: &'a Expr,
    reader: Reader,
    walk: &Consumed<'_, 'a>,
) -> bool {
    // Other statements on the same connection may need the rows to be fetched before.
    if reader == Reader::Cursor {
        let between = walk.named.is_some() || walk.manner.suspends;
        return between || !walk.parts.iter().all(|part| facts.changes_only_locals(*part));
    }
    let input = input(facts, source);
    let touched = |place: &'a Expr| {
        matches!(place, Expr::Name(_) | Expr::Attribute(_))
            && walk.parts.iter().any(|part| facts.has_place(*part, place))
    };
    if touched(source) || input.is_some_and(touched) {
        return true;
    }
    let Some(file) = input.and_then(|input| facts.opened(input)) else { return false };
    let end = facts.end_of(walk.walker);
    facts.opens_small(file.call)
        || file.path.is_some_and(|path| facts.replaces_file(path, facts.nodes().id(call), end))
}

fn fix<'a>(
    cx: &Cx<'_, 'a>,
    call: &'a ExprCall,
    source: &'a Expr,
    reader: Reader,
    walk: &Consumed<'_, 'a>,
) -> Option<Fix> {
    let facts = cx.facts;
    let mut safe = reader == Reader::Csv && is_proven(facts, call, source, walk);
    let text = cx.text(source.range());
    let edits = match (&walk.named, walk.skipped) {
        (Some((once, read)), None) => {
            let whole = once.value.is_some_and(|it| it.range() == call.range());
            if walk.counted || walk.relayed || !whole || text.contains('\n') {
                return None;
            }
            let (deletion, statement) = edits::without_assignment(facts, once, read)?;
            safe &= statement.is_for_stmt();
            vec![deletion, Edit::replace(read.range(), text)]
        }
        (None, Some(skipped)) => {
            let Expr::Slice(slice) = &*skipped.slice else { return None };
            let from = cx.text(slice.lower.as_deref()?.range());
            let id = facts.nodes().id(call);
            let islice = imports::reach(facts, "itertools", Some("islice"), id)?;
            if cx.has_comment(skipped.range()) {
                return None;
            }
            let written = format!("{}({text}, {from}, None)", islice.name);
            let mut edits = vec![Edit::replace(skipped.range(), written)];
            edits.extend(islice.edit);
            edits
        }
        (None, None) if walk.counted => {
            let Some(Node::Expr(Expr::Call(len))) = facts.nodes().get(walk.walker) else {
                return None;
            };
            if !facts.is_builtin_at("sum", walk.walker) {
                return None;
            }
            let argument = len.arguments.args.first()?;
            edits::count(facts, len, argument, Built::Collected(source))?
        }
        (None, None) => edits::without_call(facts, call, source),
        (Some(_), Some(_)) => return None,
    };
    let title = if walk.counted { "Count one at a time" } else { "Walk the reader" };
    Fix::new(title, if safe { Safety::Safe } else { Safety::Unsafe }, edits)
}

/// Whether walking the reader instead is known to be the same: it reads a file or a list that
/// nobody else uses, nothing that is not known runs between two rows, and nothing catches what
/// reading may raise.
fn is_proven<'a>(
    facts: &Facts<'a>,
    call: &'a ExprCall,
    source: &'a Expr,
    walk: &Consumed<'_, 'a>,
) -> bool {
    let nodes = facts.nodes();
    let (Some(made), Some(input)) = (facts.opened(source), input(facts, source)) else {
        return false;
    };
    let reading = nodes.id(call);
    let past = facts.end_of(walk.walker);
    // A header that was taken before is no harm.
    let before = |at, usage: &Usage<'a>| match usage {
        Usage::Argument(call, 0) => at < reading && facts.is_qualified(&call.func, "next"),
        Usage::Attribute(_) => at < reading,
        _ => false,
    };
    let alone = facts
        .handle_uses(&made, nodes.id(source))
        .is_some_and(|uses| uses.iter().all(|(at, usage)| before(*at, usage)));
    let quiet_input = match facts.opened(input) {
        Some(file) if facts.kind_of(input) == Kind::File => {
            facts.handle_uses(&file, nodes.id(input)).is_some_and(|uses| {
                uses.iter().all(|(at, usage)| {
                    before(*at, usage)
                        || matches!(usage, Usage::Receiver(..)) && (*at < reading || *at > past)
                })
            })
        }
        _ => false,
    };
    alone
        && quiet_input
        && !walk.manner.stops_early
        && !walk.manner.suspends
        && !walk.manner.calls
        && walk.parts.iter().all(|part| facts.changes_only_locals(*part))
        && !facts.may_be_caught(reading)
}
