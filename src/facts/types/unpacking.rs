//! The types of the names in a target that takes a value apart.

use ruff_python_ast::Expr;
use ruff_text_size::{Ranged, TextRange};

use super::store::UNKNOWN;
use super::{Kind, Type};
use crate::facts::Facts;

/// Longer targets are not taken apart.
const MAX_TARGETS: usize = 32;

impl<'a> Facts<'a> {
    /// The type of the name at a place in a target, of which the whole takes a value.
    pub(super) fn unpacked(
        &self,
        target: &'a Expr,
        at: TextRange,
        value: &'a Expr,
        depth: u32,
    ) -> &'a Type {
        let targets = match target {
            Expr::Tuple(it) => &it.elts[..],
            Expr::List(it) => &it.elts[..],
            Expr::Name(_) => return self.infer(value, depth),
            _ => return &UNKNOWN,
        };
        let values = match value {
            Expr::Tuple(it) => &it.elts[..],
            Expr::List(it) => &it.elts[..],
            _ => return self.keep(taken_apart(target, at, self.infer(value, depth))),
        };
        let starred = |parts: &[Expr]| parts.iter().any(Expr::is_starred_expr);
        if targets.len() != values.len()
            || targets.len() > MAX_TARGETS
            || starred(targets)
            || starred(values)
        {
            return self.keep(taken_apart(target, at, self.infer(value, depth)));
        }
        targets
            .iter()
            .zip(values)
            .find(|(target, _)| target.range().contains_range(at))
            .map_or(&UNKNOWN, |(target, value)| self.unpacked(target, at, value, depth))
    }
}

/// The type of the name at a place in a target that takes a value of a type apart.
pub(super) fn taken_apart(target: &Expr, at: TextRange, value: &Type) -> Type {
    let targets = match target {
        Expr::Tuple(it) => &it.elts[..],
        Expr::List(it) => &it.elts[..],
        Expr::Name(_) => return *value,
        _ => return Type::UNKNOWN,
    };
    let Some(index) = targets.iter().position(|part| part.range().contains_range(at)) else {
        return Type::UNKNOWN;
    };
    let Some(part) = targets.get(index) else { return Type::UNKNOWN };
    let starred = targets.iter().any(Expr::is_starred_expr);
    if let Expr::Starred(it) = part {
        let element = value.iterated();
        return match (&*it.value, element.kind) {
            (Expr::Name(_), Kind::Never) => Type::NEVER,
            (Expr::Name(_), kind) => Type::holding(Kind::List, kind),
            _ => Type::UNKNOWN,
        };
    }
    let kinds = value.parts.kinds();
    let item = if value.kind == Kind::Tuple && !starred && !kinds.is_empty() {
        match kinds.get(index) {
            Some(kind) if kinds.len() == targets.len() => Type::of(*kind),
            _ => Type::UNKNOWN,
        }
    } else {
        value.iterated()
    };
    taken_apart(part, at, &item)
}
