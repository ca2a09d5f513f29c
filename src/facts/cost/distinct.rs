//! Which elements certainly differ from each other: then a set or a dict has as many.

use std::hash::Hash;

use ruff_python_ast::{Comprehension, Expr, Number};
use rustc_hash::FxHashSet;

use crate::facts::Facts;
use crate::facts::types::Kind;

/// Longer displays are not compared.
const MAX_COMPARED: usize = 1 << 16;

/// So many values are compared each with each.
const FEW: usize = 8;

impl<'a> Facts<'a> {
    /// Whether iterating gives no value twice.
    pub(super) fn is_distinct(&self, expr: &'a Expr, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        match expr {
            Expr::Set(_) | Expr::SetComp(_) | Expr::Dict(_) | Expr::DictComp(_) => true,
            Expr::List(it) => are_distinct(it.elts.len(), it.elts.iter()),
            Expr::Tuple(it) => are_distinct(it.elts.len(), it.elts.iter()),
            Expr::ListComp(it) => self.is_distinct_element(&it.elt, &it.generators, depth),
            Expr::Generator(it) => self.is_distinct_element(&it.elt, &it.generators, depth),
            Expr::Call(call) if call.func.is_name_expr() => {
                match (self.qualified(&call.func), &call.arguments.args[..]) {
                    (Some("range" | "set" | "frozenset" | "enumerate"), _) => true,
                    (Some("list" | "tuple" | "sorted" | "reversed" | "iter"), [only]) => {
                        self.is_distinct(only, depth)
                    }
                    _ => false,
                }
            }
            Expr::Name(name) => {
                self.unchanged_value(name).is_some_and(|value| self.is_distinct(value, depth))
            }
            _ => false,
        }
    }

    /// Whether a comprehension's element differs on each pass: it is the target of its only
    /// clause, or one part of it is.
    pub(super) fn is_distinct_element(
        &self,
        element: &'a Expr,
        generators: &'a [Comprehension],
        depth: u32,
    ) -> bool {
        let [only] = generators else { return false };
        let Expr::Name(target) = &only.target else { return false };
        let is_target = |expr: &Expr| matches!(expr, Expr::Name(it) if it.id == target.id);
        let holds_target = match element {
            Expr::Tuple(it) => it.elts.iter().any(is_target),
            // `str` and `repr` of integers differ where the integers do.
            Expr::Call(call) => match &call.arguments.args[..] {
                [only] => {
                    is_target(only)
                        && self.kind_of(only) == Kind::Int
                        && call.arguments.keywords.is_empty()
                        && call.func.is_name_expr()
                        && matches!(
                            self.qualified(&call.func),
                            Some("str" | "repr" | "int" | "hex" | "bin" | "oct")
                        )
                }
                _ => false,
            },
            other => is_target(other),
        };
        // A walrus may bind the target's name anew.
        let rebinds = self.any_below(self.nodes().id(element), Expr::is_named_expr)
            || only
                .ifs
                .iter()
                .any(|test| self.any_below(self.nodes().id(test), Expr::is_named_expr));
        holds_target && !rebinds && self.is_distinct(&only.iter, depth)
    }
}

/// Whether all of so many expressions are strings, or all integers, and no two are equal.
pub(super) fn are_distinct<'a>(
    count: usize,
    elements: impl Iterator<Item = &'a Expr> + Clone,
) -> bool {
    let strings = elements.clone().map(|expr| match expr {
        Expr::StringLiteral(it) => Some(it.value.to_str()),
        _ => None,
    });
    let numbers = elements.map(|expr| match expr {
        Expr::NumberLiteral(it) => match &it.value {
            Number::Int(int) => int.as_i64(),
            _ => None,
        },
        _ => None,
    });
    count <= MAX_COMPARED && (all_differ(count, strings) || all_differ(count, numbers))
}

/// Whether there are all of so many values, and no two are equal.
fn all_differ<T: Copy + Eq + Hash>(
    count: usize,
    mut values: impl Iterator<Item = Option<T>> + Clone,
) -> bool {
    if count <= FEW {
        while let Some(value) = values.next() {
            if value.is_none() || values.clone().any(|other| other == value) {
                return false;
            }
        }
        return true;
    }
    let mut seen = FxHashSet::default();
    values.all(|value| value.is_some_and(|value| seen.insert(value)))
}
