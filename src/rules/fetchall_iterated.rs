//! MEM113: all rows of a query are fetched for a loop that takes one at a time.

use ruff_python_ast::{Comprehension, Expr, ExprAttribute, ExprCall, Stmt};
use ruff_text_size::{Ranged, TextRange};

use crate::catalog::drivers::Rows;
use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::queries::{Query, Walk};
use crate::fix::{Edit, Fix, Safety};
use crate::rule::{Level, On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/fetchall-iterated.md")),
    on: &[On::Method(&["fetchall"], check)],
    over: &["MEM103"],
};

fn check<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall, method: &'a ExprAttribute) {
    let facts = cx.facts;
    if !call.arguments.is_empty() || facts.source.is_test() {
        return;
    }
    let Some(query) = facts.query_of(&method.value, call) else { return };
    // Two unknowns prove nothing: neither where the rows are nor how many.
    let known = query.rows == Some(Rows::Streamed);
    if matches!(query.rows, Some(Rows::Buffered | Rows::NotIterable))
        || query.may_be_small()
        || !known && query.sql.is_none()
    {
        return;
    }
    let awaited = matches!(
        facts.nodes().get(facts.nodes().parent(facts.nodes().id(call))),
        Some(Node::Expr(Expr::Await(_)))
    );
    if awaited && !query.driver.is_some_and(|driver| driver.asynchronous) {
        return;
    }
    let Some(walk) = facts.walk_of_rows(call, awaited) else { return };
    if is_touched(facts, &method.value, &query, &walk) {
        return;
    }
    let cursor = cx.text(edits::parenthesized(facts, &method.value));
    let shown = if cursor.len() <= 30 && !cursor.contains('\n') {
        format!("`{cursor}`")
    } else {
        "the cursor".to_owned()
    };
    let help = match (awaited, query.rows) {
        (true, _) => format!("walk {shown} itself, with `async for`"),
        (false, Some(Rows::Client)) => {
            format!("walk {shown} itself; only a named cursor leaves the rows in the server")
        }
        _ => format!("walk {shown} itself"),
    };
    let fix = fix(cx, call, method, &walk, awaited);
    let label = format!("`fetchall` makes a list of all rows, and {} takes one at a time", walk.by);
    let diagnostic = cx.report(call.range(), label);
    diagnostic.help(help).fix(fix);
    if !known {
        diagnostic.level = diagnostic.level.min(Level::Info);
    }
}

/// Whether the cursor or its connection is used for something else before the last row is taken.
fn is_touched<'a>(facts: &Facts<'a>, cursor: &'a Expr, query: &Query<'a>, walk: &Walk) -> bool {
    let used = |within: NodeId, without: Option<NodeId>| {
        facts.runs_queries(within, without)
            || facts.may_use(cursor, within, without)
            || query.connection.is_some_and(|it| facts.may_use(it, within, without))
    };
    let iterable = match facts.nodes().get(walk.node) {
        Some(Node::Stmt(Stmt::For(it))) => Some(&*it.iter),
        Some(Node::Expr(expr)) => clauses(expr).first().map(|first| &first.iter),
        _ => None,
    };
    let iterable = iterable.map(|iter| facts.nodes().id(iter));
    let between = walk.name.into_iter().flat_map(|from| {
        let statement = facts.nodes().statement(walk.node).map_or(walk.node, |(id, _)| id);
        facts.between(from, statement)
    });
    iterable.is_some_and(|iter| used(walk.node, Some(iter)))
        || between.into_iter().any(|statement| used(statement, None))
}

fn clauses(expr: &Expr) -> &[Comprehension] {
    match expr {
        Expr::ListComp(it) => &it.generators,
        Expr::SetComp(it) => &it.generators,
        Expr::DictComp(it) => &it.generators,
        Expr::Generator(it) => &it.generators,
        _ => &[],
    }
}

fn fix<'a>(
    cx: &Cx<'_, 'a>,
    call: &'a ExprCall,
    method: &'a ExprAttribute,
    walk: &Walk,
    awaited: bool,
) -> Option<Fix> {
    let facts = cx.facts;
    let gone = TextRange::new(edits::parenthesized(facts, &method.value).end(), call.end());
    if cx.has_comment(gone) {
        return None;
    }
    let mut edits = vec![Edit::delete(gone)];
    if awaited {
        let nodes = facts.nodes();
        let node = nodes.get(nodes.parent(nodes.id(call)))?;
        // A generator expression would become an asynchronous one, which nobody expects here.
        let keyword = match nodes.get(walk.node)? {
            Node::Stmt(Stmt::For(it)) => it.start(),
            Node::Expr(Expr::Generator(_)) => return None,
            Node::Expr(expr) => clauses(expr).first()?.start(),
            Node::Stmt(_) => return None,
        };
        let start = edits::parenthesized(facts, &method.value).start();
        let before = TextRange::new(node.start(), start);
        if cx.has_comment(before) {
            return None;
        }
        edits.extend([Edit::delete(before), Edit::insert(keyword, "async ")]);
    }
    Fix::new("Walk the cursor", Safety::Unsafe, edits)
}
