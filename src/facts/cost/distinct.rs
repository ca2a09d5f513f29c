//! Which elements certainly differ from each other: then a set or a dict has as many.

use ruff_python_ast::{Comprehension, Expr, Number};
use rustc_hash::FxHashSet;

use crate::facts::Facts;
use crate::facts::types::Kind;

/// Longer displays are not compared.
const MAX_COMPARED: usize = 1 << 16;

impl<'a> Facts<'a> {
    /// Whether iterating gives no value twice.
    pub(super) fn is_distinct(&self, expr: &'a Expr, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        match expr {
            Expr::Set(_) | Expr::SetComp(_) | Expr::Dict(_) | Expr::DictComp(_) => true,
            Expr::List(it) => are_distinct(it.elts.iter()),
            Expr::Tuple(it) => are_distinct(it.elts.iter()),
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

/// Whether all expressions are strings, or all integers, and no two are equal.
pub(super) fn are_distinct<'a>(
    mut elements: impl ExactSizeIterator<Item = &'a Expr> + Clone,
) -> bool {
    if elements.len() > MAX_COMPARED {
        return false;
    }
    let mut strings = FxHashSet::default();
    if elements
        .clone()
        .all(|expr| matches!(expr, Expr::StringLiteral(it) if strings.insert(it.value.to_str())))
    {
        return true;
    }
    let mut numbers = FxHashSet::default();
    elements.all(|expr| {
        matches!(expr, Expr::NumberLiteral(it)
            if matches!(&it.value, Number::Int(int)
                if int.as_i64().is_some_and(|value| numbers.insert(value))))
    })
}
