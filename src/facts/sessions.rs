//! Rows of SQLAlchemy: which expressions give what a query or a `select` finds, all at once.
//!
//! A query starts at `query(..)` of something called a session, at `Model.query`, or at a
//! `select(..)` of SQLAlchemy that a session executes. Methods that limit, group or load in another
//! way end what is known.

use ruff_python_ast::{Arguments, CmpOp, Expr, ExprCall};

use super::Facts;
use super::nodes::NodeId;
use super::querysets::is_constant;
use super::scopes::DefinitionKind;
use crate::catalog::orm;

/// Links of chains and names that one answer may follow.
const STEPS: u32 = 32;

/// What a query of SQLAlchemy finds.
#[derive(Debug, Clone, Copy)]
pub struct SessionRows<'a> {
    /// The call that makes a list of the rows. `None`: the query or result itself is walked, which
    /// makes one too.
    pub listed: Option<&'a ExprCall>,
    /// The session; the class for `Model.query`.
    pub session: &'a Expr,
    /// The first thing that is selected.
    pub entity: Option<&'a Expr>,
    /// Whether the conditions find what belongs to one thing, or what is in a list.
    pub few: bool,
}

impl<'a> Facts<'a> {
    /// The rows that an expression gives.
    pub fn session_rows(&self, expr: &'a Expr) -> Option<SessionRows<'a>> {
        if let Expr::Call(call) = expr
            && let Expr::Attribute(func) = &*call.func
            && matches!(func.attr.as_str(), "all" | "fetchall")
            && call.arguments.is_empty()
        {
            let rows = self.rows_within(&func.value, STEPS)?;
            return Some(SessionRows { listed: Some(call), ..rows });
        }
        self.rows_within(expr, STEPS)
    }

    fn rows_within(&self, expr: &'a Expr, steps: u32) -> Option<SessionRows<'a>> {
        let steps = steps.checked_sub(1)?;
        match expr {
            Expr::Call(call) => {
                let Expr::Attribute(func) = &*call.func else { return None };
                let arguments = &call.arguments;
                match func.attr.as_str() {
                    "query" if !arguments.args.is_empty() && is_session(&func.value) => {
                        let plain = |it: &Expr| matches!(it, Expr::Name(_) | Expr::Attribute(_));
                        arguments.args.iter().all(plain).then_some(SessionRows {
                            listed: None,
                            session: &func.value,
                            entity: arguments.args.first(),
                            few: false,
                        })
                    }
                    "scalars" | "mappings" | "tuples" if arguments.is_empty() => {
                        self.rows_within(&func.value, steps)
                    }
                    "execute" | "scalars" | "exec" if is_session(&func.value) => {
                        let [statement] = &arguments.args[..] else { return None };
                        if !arguments.keywords.is_empty() {
                            return None;
                        }
                        let (entity, few) = self.selected(statement, steps)?;
                        Some(SessionRows { listed: None, session: &func.value, entity, few })
                    }
                    method => {
                        let rows = self.rows_within(&func.value, steps)?;
                        let few = rows.few || self.link_finds_few(method, arguments)?;
                        Some(SessionRows { few, ..rows })
                    }
                }
            }
            Expr::Attribute(it) if it.attr.as_str() == "query" => {
                self.model_name(&it.value)?;
                Some(SessionRows {
                    listed: None,
                    session: &it.value,
                    entity: Some(&it.value),
                    few: false,
                })
            }
            Expr::Name(_) => self.rows_within(self.assigned_to(expr)?, steps),
            _ => None,
        }
    }

    /// What a `select(..)` selects first, and whether its conditions find little.
    fn selected(&self, statement: &'a Expr, steps: u32) -> Option<(Option<&'a Expr>, bool)> {
        let steps = steps.checked_sub(1)?;
        match statement {
            Expr::Call(call) => {
                if let Some(name) = self.qualified(&call.func) {
                    let plain = |it: &Expr| matches!(it, Expr::Name(_) | Expr::Attribute(_));
                    let is_select = orm::SELECTS.contains(&name)
                        && call.arguments.args.iter().all(plain)
                        && !call.arguments.args.is_empty();
                    return is_select.then_some((call.arguments.args.first(), false));
                }
                let Expr::Attribute(func) = &*call.func else { return None };
                let (entity, few) = self.selected(&func.value, steps)?;
                let method = func.attr.as_str();
                Some((entity, few || self.link_finds_few(method, &call.arguments)?))
            }
            Expr::Name(_) => self.selected(self.assigned_to(statement)?, steps),
            _ => None,
        }
    }

    fn assigned_to(&self, name: &'a Expr) -> Option<&'a Expr> {
        let Expr::Name(name) = name else { return None };
        match self.reaching(name)?.only()?.kind {
            DefinitionKind::Assign { value, .. } => Some(value),
            _ => None,
        }
    }

    /// Whether a method of a query finds little. `None`: not known.
    fn link_finds_few(&self, method: &str, arguments: &'a Arguments) -> Option<bool> {
        match method {
            "filter" | "where" => Some(arguments.args.iter().any(|it| self.clause_finds_few(it))),
            "filter_by" => Some(arguments.keywords.iter().any(|keyword| {
                let name = keyword.arg.as_ref().map(ruff_python_ast::Identifier::as_str);
                name.is_none_or(|name| orm::KEYS.contains(&name)) || !is_constant(&keyword.value)
            })),
            "order_by" | "join" | "outerjoin" | "select_from" | "with_entities" => Some(false),
            _ => None,
        }
    }

    fn clause_finds_few(&self, clause: &'a Expr) -> bool {
        if matches!(clause, Expr::Name(_) | Expr::Starred(_)) {
            // Conditions that are made elsewhere.
            return true;
        }
        self.any_below(self.nodes().id(clause), |expr| match expr {
            Expr::Compare(it) => {
                let key = matches!(&*it.left, Expr::Attribute(column)
                    if orm::KEYS.contains(&column.attr.as_str()));
                it.ops.iter().any(|op| matches!(op, CmpOp::Eq))
                    && (key || !it.comparators.iter().all(is_constant))
            }
            Expr::Call(call) => Facts::tail_of_callee(call) == Some("in_"),
            _ => false,
        })
    }

    /// Whether a statement or expression, a part of it left out, uses any session or runs a query.
    pub fn uses_session(&self, within: NodeId, without: Option<NodeId>) -> bool {
        self.runs_queries(within, without)
            || self.any_node(within, without, |_, expr| match expr {
                Expr::Name(name) => is_session_name(&name.id),
                Expr::Attribute(it) => {
                    is_session_name(it.attr.as_str()) || it.attr.as_str() == "query"
                }
                _ => false,
            })
    }
}

fn is_session_name(name: &str) -> bool {
    name.to_ascii_lowercase().contains("session")
}

/// Whether an expression is called a session.
fn is_session(expr: &Expr) -> bool {
    match expr {
        Expr::Name(name) => is_session_name(&name.id),
        Expr::Attribute(it) => is_session_name(it.attr.as_str()),
        Expr::Call(call) => Facts::tail_of_callee(call).is_some_and(is_session_name),
        _ => false,
    }
}
