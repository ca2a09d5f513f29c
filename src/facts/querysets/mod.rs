//! Querysets of Django: which expressions are queries of a model that have not run yet, and what
//! their chains of methods say of the rows.
//!
//! A queryset starts at a manager of something that is known to be a model. Names are followed to
//! all definitions that reach them. A method that is not Django's own ends what is known.

mod models;
mod rows;

use std::cell::Cell;

use ruff_python_ast::{Expr, ExprCall, Operator, UnaryOp};

use super::Facts;
use super::scopes::DefinitionKind;
use crate::catalog::orm::{self, Gives};
pub use rows::Fate;

/// Links of chains and names that one answer may follow.
const STEPS: u32 = 64;

/// A queryset.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of one chain")]
pub struct Queryset<'a> {
    /// The model whose manager it starts from.
    pub model: &'a Expr,
    /// Whether the chain says that the rows are few.
    pub few: bool,
    /// Whether the rows are dictionaries or tuples instead of instances of the model.
    pub values: bool,
    /// Whether further queries fetch related objects.
    pub prefetches: bool,
    /// Whether the rows are locked.
    pub locks: bool,
    distinct: bool,
}

impl<'a> Facts<'a> {
    /// The queryset that an expression is.
    pub fn queryset_of(&self, expr: &'a Expr) -> Option<Queryset<'a>> {
        self.queryset_within(expr, &Cell::new(STEPS))
    }

    fn queryset_within(&self, expr: &'a Expr, steps: &Cell<u32>) -> Option<Queryset<'a>> {
        steps.set(steps.get().checked_sub(1)?);
        match expr {
            Expr::Call(call) => {
                let Expr::Attribute(func) = &*call.func else { return None };
                let gives = orm::gives(func.attr.as_str())?;
                let set = match self.manager_of(&func.value) {
                    Some(model) => Queryset {
                        model,
                        few: self.model_name(model).is_some_and(orm::is_small),
                        values: false,
                        prefetches: false,
                        locks: false,
                        distinct: false,
                    },
                    None => self.queryset_within(&func.value, steps)?,
                };
                Some(self.linked(set, call, gives))
            }
            Expr::Name(name) => {
                let mut found: Option<Queryset<'a>> = None;
                for definition in self.reaching(name)?.definitions() {
                    let DefinitionKind::Assign { value, .. } = definition.kind else { return None };
                    let set = self.queryset_within(value, steps)?;
                    found = Some(match found {
                        None => set,
                        Some(other) => Queryset {
                            model: self
                                .is_same_model(set.model, other.model)
                                .then_some(set.model)?,
                            few: set.few && other.few,
                            values: set.values || other.values,
                            prefetches: set.prefetches || other.prefetches,
                            locks: set.locks || other.locks,
                            distinct: set.distinct && other.distinct,
                        },
                    });
                }
                found
            }
            _ => None,
        }
    }

    fn linked(&self, set: Queryset<'a>, call: &'a ExprCall, gives: Gives) -> Queryset<'a> {
        match gives {
            Gives::Rows => set,
            Gives::Filtered => Queryset { few: set.few || self.finds_few(call), ..set },
            Gives::Annotated => Queryset { few: set.few || set.values, ..set },
            Gives::Values => Queryset { values: true, few: set.few || set.distinct, ..set },
            Gives::Distinct => Queryset { distinct: true, few: set.few || set.values, ..set },
            Gives::Prefetched => Queryset { prefetches: true, ..set },
            Gives::Locked => Queryset { locks: true, ..set },
            Gives::Few => Queryset { few: true, ..set },
        }
    }

    /// Whether the conditions of `filter(..)` or `Q(..)` find what belongs to one thing, or what is
    /// in a list.
    fn finds_few(&self, call: &'a ExprCall) -> bool {
        let keyed = |argument: &'a ruff_python_ast::Keyword| match &argument.arg {
            // `**options`
            None => true,
            Some(name) => self.condition_finds_few(name.as_str(), &argument.value),
        };
        call.arguments.keywords.iter().any(keyed)
            || call.arguments.args.iter().any(|argument| self.q_finds_few(argument))
    }

    fn q_finds_few(&self, condition: &'a Expr) -> bool {
        match condition {
            Expr::Call(call) => Facts::tail_of_callee(call) == Some("Q") && self.finds_few(call),
            Expr::BinOp(it) if it.op == Operator::BitOr => {
                self.q_finds_few(&it.left) && self.q_finds_few(&it.right)
            }
            Expr::BinOp(it) => self.q_finds_few(&it.left) || self.q_finds_few(&it.right),
            Expr::If(it) => self.q_finds_few(&it.body) && self.q_finds_few(&it.orelse),
            Expr::UnaryOp(it) if it.op == UnaryOp::Invert => false,
            // Conditions that are made elsewhere.
            Expr::Name(_) | Expr::Starred(_) => true,
            _ => false,
        }
    }

    fn condition_finds_few(&self, name: &str, value: &'a Expr) -> bool {
        let (path, last) = name.rsplit_once("__").unwrap_or(("", name));
        let field = |path: &str| orm::KEYS.contains(&path.rsplit("__").next().unwrap_or(path));
        let level = |path: &str| orm::LEVELS.contains(&path);
        let equals = |path: &str| field(path) || level(path) || !is_constant(value);
        match last {
            "in" => self.queryset_of(value).is_none(),
            _ if path.is_empty() => equals(last),
            _ if orm::EQUALS.contains(&last) => equals(path),
            // Part after part, by the key.
            "gt" | "gte" | "lt" | "lte" | "range" => field(path),
            _ if orm::LOOKUPS.contains(&last) => false,
            _ => equals(last),
        }
    }
}

/// Whether a value is written down: a literal, or a constant by its name.
pub(super) fn is_constant(value: &Expr) -> bool {
    let is_upper =
        |name: &str| name.chars().any(char::is_alphabetic) && !name.chars().any(char::is_lowercase);
    match value {
        Expr::Name(it) => is_upper(&it.id),
        Expr::Attribute(it) => {
            is_upper(it.attr.as_str())
                // `Status.OPEN.value`
                || it.attr.as_str() == "value" && is_constant(&it.value)
        }
        Expr::UnaryOp(it) => is_constant(&it.operand),
        _ => value.is_literal_expr(),
    }
}
