//! MEM119: a workbook is held as cells although its rows only pass through.

use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::{Ranged, TextRange};

use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::usage::Usage;
use crate::facts::workbooks::{Asked, ReadBook};
use crate::fix::{Edit, Fix, Safety};
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/workbook-not-streamed.md")),
    on: &[
        On::CallTo(&["openpyxl.load_workbook", "openpyxl.reader.excel.load_workbook"], check_load),
        On::CallTo(
            &[
                "openpyxl.Workbook",
                "openpyxl.workbook.Workbook",
                "openpyxl.workbook.workbook.Workbook",
            ],
            check_made,
        ),
    ],
    over: &[],
};

fn check_load<'a>(cx: &mut Cx<'_, 'a>, load: &'a ExprCall) {
    let facts = cx.facts;
    let arguments = &load.arguments;
    // Whoever says `read_only=False`, or keeps macros, has thought about it.
    let plain = arguments.args.len() <= 1
        && arguments.keywords.iter().all(|keyword| {
            keyword
                .arg
                .as_ref()
                .is_some_and(|it| matches!(it.as_str(), "filename" | "data_only" | "keep_links"))
        });
    let Some(source) = arguments.find_argument_value("filename", 0) else { return };
    if !plain || facts.source.is_test() || facts.is_path_of_small(source) {
        return;
    }
    let Some(book) = facts.read_book(load) else { return };
    let label = match book.asked {
        Asked::Rows => {
            "`load_workbook` makes an object of every cell, and the rows are walked once"
        }
        Asked::FirstRows => {
            "`load_workbook` makes an object of every cell, and only the first rows are asked for"
        }
        Asked::Names => {
            "`load_workbook` makes an object of every cell, and only the sheets are asked for"
        }
    };
    let help = if book.closed || book.from_open {
        "pass `read_only=True`"
    } else {
        "pass `read_only=True`, and `close` the workbook, which then keeps the file open"
    };
    let walk = book.walk.and_then(|walk| facts.nodes().get(walk)).map(|node| node.range());
    let fix = fix_load(cx, load, &book);
    let diagnostic = cx.report(load.range(), label);
    diagnostic.help(help).fix(fix);
    if let Some(walk) = walk.filter(|walk| !load.range().contains_range(*walk)) {
        let words = match book.asked {
            Asked::Rows => "walked here",
            Asked::FirstRows | Asked::Names => "asked for here",
        };
        diagnostic.related(walk, words);
    }
}

fn fix_load<'a>(cx: &Cx<'_, 'a>, load: &'a ExprCall, book: &ReadBook) -> Option<Fix> {
    let mut edits = vec![edits::add_argument(cx.facts, load, "read_only=True")?];
    if !book.closed && !book.from_open {
        edits.push(close_behind(cx, load, book.last)?);
    }
    Fix::new("Read row by row", Safety::Unsafe, edits)
}

/// The edit that closes a workbook behind its last use, where every path from the load that ends
/// well comes by.
fn close_behind<'a>(cx: &Cx<'_, 'a>, load: &'a ExprCall, last: NodeId) -> Option<Edit> {
    let facts = cx.facts;
    let nodes = facts.nodes();
    let made = nodes.id(load);
    let used = facts.usage(made);
    // `book = load_workbook(path) if path else None` may hold nothing to close.
    let Usage::Assigned(Expr::Name(name)) = used.usage else { return None };
    used.through.is_direct().then_some(())?;
    let (assignment, first) = nodes.statement(made)?;
    let block = nodes.parent(assignment);
    let mut at = nodes.statement(last)?.0;
    while nodes.parent(at) != block {
        at = nodes.statement(nodes.parent(at))?.0;
    }
    let stmt = nodes.get(at)?.as_stmt()?;
    // The same branch of the same statement.
    if !std::ptr::eq(first, stmt) && !facts.is_dominated(assignment, at)
        || leaves(facts, assignment, at)
        || !edits::begins_line(facts, stmt.start())
    {
        return None;
    }
    let text = facts.source.text();
    let lines = facts.source.lines();
    let line = lines.line_range(lines.line_index(stmt.start()), text);
    let indent = cx.text(TextRange::new(line.start(), stmt.start()));
    let end = lines.line_range(lines.line_index(stmt.end()), text).end();
    let rest = text[stmt.end().to_usize()..end.to_usize()].trim();
    if !rest.is_empty() && !rest.starts_with('#') {
        return None;
    }
    let newline = facts.source.line_break();
    let content = if text[..end.to_usize()].ends_with('\n') {
        format!("{indent}{}.close(){newline}", name.id)
    } else {
        format!("{newline}{indent}{}.close()", name.id)
    };
    Some(Edit::insert(end, content))
}

/// Whether something between two statements of a block, or in the second, leaves the block.
fn leaves(facts: &Facts<'_>, from: NodeId, to: NodeId) -> bool {
    let nodes = facts.nodes();
    let end = facts.end_of(to);
    let inside = |id: NodeId| from <= id && id <= end;
    nodes.descendants(nodes.parent(from)).filter(|id| inside(*id)).any(|id| match nodes.get(id) {
        Some(Node::Stmt(Stmt::Return(_))) => true,
        Some(Node::Stmt(Stmt::Break(_) | Stmt::Continue(_))) => !nodes
            .ancestors(id)
            .take_while(|(around, _)| inside(*around))
            .any(|(_, node)| matches!(node, Node::Stmt(Stmt::For(_) | Stmt::While(_)))),
        _ => false,
    })
}

fn check_made<'a>(cx: &mut Cx<'_, 'a>, made: &'a ExprCall) {
    let facts = cx.facts;
    let arguments = &made.arguments;
    let plain = arguments.args.is_empty()
        && arguments
            .keywords
            .iter()
            .all(|keyword| keyword.arg.as_ref().is_some_and(|it| it.as_str() == "iso_dates"));
    if !plain || facts.source.is_test() {
        return;
    }
    let Some(book) = facts.written_book(made) else { return };
    let fix = book.active.and_then(|active| {
        let created = Edit::replace(active.attr.range(), "create_sheet()");
        let write_only = edits::add_argument(facts, made, "write_only=True")?;
        Fix::new("Write row by row", Safety::Unsafe, vec![write_only, created])
    });
    let range = |node| facts.nodes().get(node).map(|node| node.range());
    let (append, save) = (range(book.append), range(book.save));
    let label =
        "`Workbook` keeps an object of every cell until it is saved, and rows are only appended";
    let diagnostic = cx.report(made.range(), label);
    diagnostic.help("pass `write_only=True`, and make each sheet with `create_sheet`").fix(fix);
    if let Some(append) = append {
        diagnostic.related(append, "appended here");
    }
    if let Some(save) = save {
        diagnostic.related(save, "saved here");
    }
}
