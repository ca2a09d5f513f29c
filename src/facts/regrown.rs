//! How containers, arrays and frames are made anew from their own old value: `[*acc, x]`,
//! `acc | other`, `np.append(arr, x)`, `df.loc[len(df)] = row`; and how a buffer is consumed:
//! `data = data[n:]`, `del items[0]`.
//!
//! Goes by the syntax and by the last part of a name. What a call really is, and what the target
//! holds, are other questions.

use ruff_python_ast::{Expr, ExprCall, ExprSubscript, Operator};

use super::cost::integer;
use super::flow::{Shape, same_place};
use super::scopes::Scopes;
use crate::catalog::joins;

/// Methods that give their object with more in it.
const ADDING: &[&str] = &["append", "extend", "hstack", "union", "vstack"];

/// Methods that give a frame or an array as long as their object is.
const KEEPING: &[&str] = &[
    "astype",
    "contiguous",
    "copy",
    "detach",
    "fillna",
    "rechunk",
    "reset_index",
    "sort",
    "sort_index",
    "sort_values",
    "tocsr",
];

/// The shape of `target = value`, if the value is a longer container, array or frame.
pub(super) fn shape<'a>(target: &Expr, value: &'a Expr, scopes: &Scopes<'a>) -> Option<Shape<'a>> {
    let is_target = |expr: &Expr| same_place(target, expr);
    let spread = |elts: &'a [Expr]| {
        let at = elts.iter().position(|elt| match elt {
            Expr::Starred(it) => is_target(&it.value),
            _ => false,
        })?;
        (elts.len() > 1).then_some(Shape::Unpacked { first: at == 0 })
    };
    match value {
        Expr::List(it) => spread(&it.elts),
        Expr::Tuple(it) => spread(&it.elts),
        Expr::Set(it) => spread(&it.elts),
        Expr::Dict(it) => {
            let at = it.items.iter().position(|it| it.key.is_none() && is_target(&it.value))?;
            (it.items.len() > 1).then_some(Shape::Unpacked { first: at == 0 })
        }
        Expr::BinOp(it) if it.op == Operator::BitOr => {
            is_target(leftmost_union(value)).then_some(Shape::United)
        }
        // `np.r_[arr, x]`
        Expr::Subscript(it) => match (&*it.value, &*it.slice) {
            (Expr::Attribute(by), Expr::Tuple(parts))
                if matches!(by.attr.as_str(), "r_" | "c_") && parts.elts.iter().any(is_target) =>
            {
                Some(Shape::Taken { by: &it.value })
            }
            _ => None,
        },
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(func) => {
                let name = func.attr.as_str();
                if is_target(&func.value) {
                    let adds = ADDING.contains(&name) && !call.arguments.is_empty();
                    return adds.then_some(Shape::Method { call });
                }
                if KEEPING.contains(&name) {
                    return joined(target, &func.value, scopes);
                }
                joined(target, value, scopes)
            }
            _ => joined(target, value, scopes),
        },
        _ => None,
    }
}

/// `a` of `a | b | c`.
fn leftmost_union(expr: &Expr) -> &Expr {
    match expr {
        Expr::BinOp(it) if it.op == Operator::BitOr => leftmost_union(&it.left),
        other => other,
    }
}

/// A call that joins the target with something else, and what keeps its result as long.
fn joined<'a>(target: &Expr, value: &'a Expr, scopes: &Scopes<'a>) -> Option<Shape<'a>> {
    let Expr::Call(call) = value else { return None };
    let name = match &*call.func {
        // `from numpy import vstack as pile`
        Expr::Name(func) => scopes.member_of_alias(&func.id).unwrap_or(func.id.as_str()),
        Expr::Attribute(func) => func.attr.as_str(),
        _ => return None,
    };
    if KEEPING.contains(&name)
        && let Expr::Attribute(func) = &*call.func
    {
        return joined(target, &func.value, scopes);
    }
    (joins::may_join(name) && takes(call, target)).then_some(Shape::Taken { by: &call.func })
}

/// Whether a call takes the target: as one of the first two arguments, or in a display there.
fn takes(call: &ExprCall, target: &Expr) -> bool {
    let is_target = |expr: &Expr| same_place(target, expr);
    let given = |argument: &Expr| match argument {
        Expr::List(it) => it.elts.len() > 1 && it.elts.iter().any(is_target),
        Expr::Tuple(it) => it.elts.len() > 1 && it.elts.iter().any(is_target),
        other => is_target(other),
    };
    let arguments = &call.arguments;
    arguments.args.iter().take(2).any(given)
        || arguments.keywords.iter().any(|keyword| given(&keyword.value))
}

/// `frame` of the target `frame.loc[len(frame)]`.
pub(super) fn placed(target: &Expr) -> Option<&Expr> {
    let Expr::Subscript(item) = target else { return None };
    let Expr::Attribute(loc) = &*item.value else { return None };
    if !matches!(loc.attr.as_str(), "loc" | "at") {
        return None;
    }
    let row = match &*item.slice {
        Expr::Tuple(it) => it.elts.first()?,
        other => other,
    };
    // `len(frame) + 1`
    let row = match row {
        Expr::BinOp(it) if it.op == Operator::Add => &*it.left,
        other => other,
    };
    is_length(row, &loc.value).then_some(&*loc.value)
}

/// `len(frame)`, `len(frame.index)`, `frame.shape[0]`.
fn is_length(expr: &Expr, frame: &Expr) -> bool {
    match expr {
        Expr::Call(call) => match (&*call.func, &call.arguments.args[..]) {
            (Expr::Name(func), [only]) if func.id.as_str() == "len" => match only {
                Expr::Attribute(it) if it.attr.as_str() == "index" => same_place(&it.value, frame),
                other => same_place(other, frame),
            },
            _ => false,
        },
        Expr::Subscript(it) => match &*it.value {
            Expr::Attribute(shape) => {
                shape.attr.as_str() == "shape" && same_place(&shape.value, frame)
            }
            _ => false,
        },
        _ => false,
    }
}

/// `target = target[n:]`.
pub(super) fn rest<'a>(target: &Expr, value: &'a Expr) -> Option<Shape<'a>> {
    let Expr::Subscript(it) = value else { return None };
    let Expr::Slice(slice) = &*it.slice else { return None };
    let rest = slice.lower.is_some() && slice.upper.is_none() && slice.step.is_none();
    (rest && same_place(target, &it.value)).then_some(Shape::Rest { slice: it })
}

/// `target[0]`, `target[:n]`, `target[0:n]` where it is deleted: a part at the front.
pub(super) fn front(deleted: &Expr) -> Option<&ExprSubscript> {
    let Expr::Subscript(it) = deleted else { return None };
    let at_front = match &*it.slice {
        Expr::Slice(slice) => {
            let from_start = slice.lower.as_deref().is_none_or(|lower| integer(lower) == Some(0));
            let upper = slice.upper.as_deref().is_some_and(|upper| !upper.is_unary_op_expr());
            from_start && upper && slice.step.is_none()
        }
        index => integer(index) == Some(0),
    };
    at_front.then_some(it)
}
