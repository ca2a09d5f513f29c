//! Queries: whose rows a database cursor gives, and what is known of their number.
//!
//! What counts as a cursor: what `cursor(..)` or `execute(..)` of something returns, what the
//! file's types say is one, and a place whose `execute` was called before. The driver is known
//! where the connection comes from a known connecting function or class.

mod sql;
mod walks;

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

pub use walks::Walk;

use super::Facts;
use super::flow::same_place;
use super::nodes::{Node, NodeId};
use super::scopes::DefinitionKind;
use super::usage::Usage;
use crate::catalog::drivers::{self, Driver, Rows};

/// A query whose rows a cursor gives.
#[derive(Debug)]
pub struct Query<'a> {
    /// The driver, if it is known.
    pub driver: Option<&'static Driver>,
    /// Where the rows are before they are fetched.
    pub rows: Option<Rows>,
    /// What the cursor was made from.
    pub connection: Option<&'a Expr>,
    /// Its text, with the code of the parts that are not literal. `None`: not known.
    pub sql: Option<String>,
    /// Whether it is run with parameters.
    pub parameters: bool,
}

/// How many calls before a fetch are looked at for the one that ran the query.
const CALLS: usize = 200;

/// How deep values are followed.
const DEPTH: u32 = 6;

impl<'a> Facts<'a> {
    /// The query whose rows a cursor gives at a call of one of its methods.
    pub fn query_of(&self, cursor: &'a Expr, at: &'a ExprCall) -> Option<Query<'a>> {
        let origin = self.origin(cursor);
        let (connection, made) = match origin {
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(func) if is_execute(func.attr.as_str()) => {
                    (Some(&*func.value), Some(call))
                }
                Expr::Attribute(func) if func.attr.as_str() == "cursor" => {
                    (Some(&*func.value), Some(call))
                }
                _ => (None, None),
            },
            _ => (None, None),
        };
        let chained = made.filter(|call| method(call).is_some_and(is_execute));
        let executed = chained.or_else(|| self.executed_before(cursor, at));
        let driver = self.driver_of(cursor, DEPTH);
        if made.is_none() && executed.is_none() && driver.is_none() {
            return None;
        }
        let special = made.filter(|call| method(call) == Some("cursor")).is_some_and(|call| {
            !call.arguments.args.is_empty() || !call.arguments.keywords.is_empty()
        });
        let rows = match driver.map(|driver| driver.rows) {
            // `cursor("name")` lives in the server, another class may do as it likes.
            Some(Rows::Client | Rows::Buffered) if special => None,
            rows => rows,
        };
        let sql = executed.and_then(|call| self.sql_text(call.arguments.args.first()?, DEPTH));
        let parameters = executed.is_some_and(|call| call.arguments.len() > 1);
        Some(Query { driver, rows, connection, sql, parameters })
    }

    /// The driver of a connection or of one of its cursors.
    fn driver_of(&self, expr: &'a Expr, depth: u32) -> Option<&'static Driver> {
        if depth == 0 {
            return None;
        }
        match self.origin(expr) {
            Expr::Call(call) => {
                if let Some(name) = self.qualified(&call.func)
                    && let Some(driver) = drivers::connecting(name)
                {
                    return Some(driver);
                }
                let Expr::Attribute(func) = &*call.func else { return None };
                (func.attr.as_str() == "cursor" || is_execute(func.attr.as_str()))
                    .then(|| self.driver_of(&func.value, depth - 1))?
            }
            Expr::Name(name) => {
                let annotation = match self.definition_read(name)?.kind {
                    DefinitionKind::Parameter { parameter, .. } => parameter.annotation()?,
                    _ => return None,
                };
                drivers::of_class(self.qualified(annotation)?)
            }
            _ => None,
        }
    }

    /// The last call before another one that runs a query with a cursor.
    fn executed_before(&self, cursor: &'a Expr, at: &'a ExprCall) -> Option<&'a ExprCall> {
        let nodes = self.nodes();
        let body = |id| self.scopes().body_scope(nodes.scope(id));
        let id = nodes.id(at);
        let calls = self.call_sites();
        let end = calls.partition_point(|call| nodes.id(*call) < id);
        calls[..end]
            .iter()
            .rev()
            .take(CALLS)
            .take_while(|call| body(nodes.id(**call)) == body(id))
            .find(|call| match &*call.func {
                Expr::Attribute(func) => {
                    is_execute(func.attr.as_str()) && same_place(&func.value, cursor)
                }
                _ => false,
            })
            .copied()
    }

    /// The text of a query.
    fn sql_text(&self, expr: &'a Expr, depth: u32) -> Option<String> {
        if depth == 0 {
            return None;
        }
        match expr {
            Expr::StringLiteral(it) => Some(it.value.to_str().to_owned()),
            Expr::FString(_) => Some(self.source.slice(expr.range()).to_owned()),
            Expr::BinOp(it) => {
                let text = self.sql_text(&it.left, depth - 1);
                let rest = self.sql_text(&it.right, depth - 1);
                (text.is_some() || rest.is_some()).then(|| {
                    let code = |part: &Expr| self.source.slice(part.range()).to_owned();
                    let text = text.unwrap_or_else(|| code(&it.left));
                    format!("{text} {}", rest.unwrap_or_else(|| code(&it.right)))
                })
            }
            Expr::Call(call) => match (&*call.func, &call.arguments.args[..]) {
                (Expr::Attribute(func), _) if func.value.is_string_literal_expr() => {
                    let text = self.sql_text(&func.value, depth - 1)?;
                    Some(format!("{text} {}", self.source.slice(call.arguments.range())))
                }
                (_, [first, ..]) => self.sql_text(first, depth - 1),
                _ => None,
            },
            Expr::Name(name) => match self.definition_read(name)?.kind {
                DefinitionKind::Assign { value, .. } => self.sql_text(value, depth - 1),
                _ => None,
            },
            _ => None,
        }
    }

    /// Whether a statement or expression, a part of it left out, may use what a place holds: names
    /// it, calls a method of the object that has it, or hands that object on.
    pub fn may_use(&self, place: &'a Expr, within: NodeId, without: Option<NodeId>) -> bool {
        let mut root = place;
        while let Expr::Attribute(it) = root {
            root = &it.value;
        }
        let Expr::Name(root) = root else { return false };
        self.any_node(within, without, |id, expr| {
            if same_place(expr, place) {
                return true;
            }
            let is_root = matches!(expr, Expr::Name(name) if name.id == root.id);
            is_root
                && !matches!(
                    self.usage(id).usage,
                    Usage::Attribute(_) | Usage::AttributeStored(_) | Usage::Target(_)
                )
        })
    }

    /// Whether a statement or expression, a part of it left out, runs queries or ends their
    /// transaction.
    pub fn runs_queries(&self, within: NodeId, without: Option<NodeId>) -> bool {
        self.any_node(within, without, |_, expr| match expr {
            Expr::Call(call) => method(call)
                .is_some_and(|name| is_execute(name) || matches!(name, "commit" | "rollback")),
            _ => false,
        })
    }

    /// Whether a predicate holds of an expression within a node, a part of it left out.
    pub(in crate::facts) fn any_node(
        &self,
        within: NodeId,
        without: Option<NodeId>,
        predicate: impl Fn(NodeId, &'a Expr) -> bool,
    ) -> bool {
        let nodes = self.nodes();
        nodes
            .descendants(within)
            .filter(|id| !without.is_some_and(|outside| nodes.contains(outside, *id)))
            .any(|id| match nodes.get(id) {
                Some(Node::Expr(expr)) => predicate(id, expr),
                _ => false,
            })
    }

    /// Whether what a place holds is a writer of `csv`.
    pub fn is_csv_writer(&self, expr: &'a Expr) -> bool {
        let Expr::Call(call) = self.origin(expr) else { return false };
        self.qualified(&call.func)
            .is_some_and(|name| matches!(name, "csv.writer" | "csv.DictWriter"))
    }
}

impl Query<'_> {
    /// Whether the rows are few: the text of the query says so, or it is not known and takes
    /// parameters, which most often find what belongs to one thing.
    pub fn may_be_small(&self) -> bool {
        self.sql.as_deref().map_or(self.parameters, sql::is_small)
    }
}

fn method(call: &ExprCall) -> Option<&str> {
    match &*call.func {
        Expr::Attribute(func) => Some(func.attr.as_str()),
        _ => None,
    }
}

fn is_execute(method: &str) -> bool {
    matches!(method, "execute" | "executemany" | "executescript" | "callproc")
}
