//! Loop-carried values: statements in a loop that make the new value of their target from its old
//! one, and in which shape.
//!
//! Answers only the shape. Whether the values are strings, and whether the loop really carries
//! them from pass to pass, are other questions.

use ruff_python_ast::{Expr, ExprName, FStringPart, InterpolatedStringElement, Operator};

use super::loops::LoopId;
use super::nodes::NodeId;

/// `target = f(target, ..)` in a loop.
#[derive(Debug, Clone, Copy)]
pub struct Accumulation<'a> {
    /// The statement, or the walrus.
    pub node: NodeId,
    /// The innermost loop around it.
    pub innermost: LoopId,
    /// What is assigned: a name, an attribute or a subscript.
    pub target: &'a Expr,
    /// The right side.
    pub value: &'a Expr,
    /// How the new value is made.
    pub shape: Shape<'a>,
    /// `(target := value)`: the value is on the stack as well.
    pub walrus: bool,
}

impl Accumulation<'_> {
    /// Whether it is `target += piece` or `target = target + piece`, as a statement.
    pub fn is_append(&self) -> bool {
        !self.walrus
            && matches!(self.shape, Shape::Augmented { .. } | Shape::Added { additions: 1, .. })
    }
}

/// How the new value is made from the old one.
#[derive(Debug, Clone, Copy)]
pub enum Shape<'a> {
    /// `target += piece`.
    Augmented {
        /// What is added.
        piece: &'a Expr,
    },
    /// `target = target + piece`, with one addition or more: the old value stands first.
    Added {
        /// The outermost right operand.
        piece: &'a Expr,
        /// How many additions follow the old value.
        additions: u32,
    },
    /// `target = piece + target`: the old value stands behind something.
    Prepended,
    /// `target = f"..{target}.."`.
    FString,
    /// `target = "..%s.." % (.., target, ..)`.
    Percent,
    /// `target = "..{}..".format(.., target, ..)`.
    Format,
    /// `target = "".join([.., target, ..])`.
    Join,
}

/// The accumulation that an assignment is.
pub(super) fn accumulation<'a>(
    node: NodeId,
    innermost: LoopId,
    target: &'a Expr,
    value: &'a Expr,
    form: Form,
) -> Option<Accumulation<'a>> {
    if !matches!(target, Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_)) {
        return None;
    }
    let shape = match form {
        Form::Augmented => Shape::Augmented { piece: value },
        Form::Assigned | Form::Walrus => shape(target, value)?,
    };
    Some(Accumulation { node, innermost, target, value, shape, walrus: form == Form::Walrus })
}

/// How a value gets to its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `target = value`
    Assigned,
    /// `target += value`
    Augmented,
    /// `(target := value)`
    Walrus,
}

/// The shape of `target = value`, if the value is made from the target's own.
pub(super) fn shape<'a>(target: &'a Expr, value: &'a Expr) -> Option<Shape<'a>> {
    let is_target = |expr: &Expr| same_place(target, expr);
    match value {
        Expr::BinOp(it) if it.op == Operator::Add => {
            let mut additions = 1;
            let mut left = &*it.left;
            while let Expr::BinOp(inner) = left
                && inner.op == Operator::Add
            {
                if is_target(&inner.right) {
                    return Some(Shape::Prepended);
                }
                additions += 1;
                left = &inner.left;
            }
            if is_target(left) {
                Some(Shape::Added { piece: &it.right, additions })
            } else {
                is_target(&it.right).then_some(Shape::Prepended)
            }
        }
        Expr::BinOp(it) if it.op == Operator::Mod => match &*it.right {
            Expr::Tuple(tuple) => tuple.elts.iter().any(is_target),
            Expr::Dict(dict) => dict.iter_values().any(is_target),
            right => is_target(right),
        }
        .then_some(Shape::Percent),
        Expr::FString(it) => it
            .value
            .iter()
            .filter_map(|part| match part {
                FStringPart::FString(part) => Some(part.elements.iter()),
                FStringPart::Literal(_) => None,
            })
            .flatten()
            .any(|element| match element {
                InterpolatedStringElement::Interpolation(it) => is_target(&it.expression),
                InterpolatedStringElement::Literal(_) => false,
            })
            .then_some(Shape::FString),
        Expr::Call(call) => {
            let Expr::Attribute(func) = &*call.func else { return None };
            match func.attr.as_str() {
                "format" => call
                    .arguments
                    .iter_source_order()
                    .any(|argument| is_target(argument.value()))
                    .then_some(Shape::Format),
                "join" => {
                    let [argument] = &call.arguments.args[..] else { return None };
                    let parts = match argument {
                        Expr::List(list) => &list.elts,
                        Expr::Tuple(tuple) => &tuple.elts,
                        _ => return None,
                    };
                    parts.iter().any(is_target).then_some(Shape::Join)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// Whether two expressions name the same place: the same name, the same attribute of the same
/// place, or the same constant or named subscript of it.
pub fn same_place(a: &Expr, b: &Expr) -> bool {
    match (a, b) {
        (Expr::Name(ExprName { id: a, .. }), Expr::Name(ExprName { id: b, .. })) => a == b,
        (Expr::Attribute(a), Expr::Attribute(b)) => {
            a.attr.id == b.attr.id && same_place(&a.value, &b.value)
        }
        (Expr::Subscript(a), Expr::Subscript(b)) => {
            same_place(&a.value, &b.value) && same_place(&a.slice, &b.slice)
        }
        (Expr::StringLiteral(a), Expr::StringLiteral(b)) => a.value == b.value,
        (Expr::NumberLiteral(a), Expr::NumberLiteral(b)) => a.value == b.value,
        (Expr::UnaryOp(a), Expr::UnaryOp(b)) => a.op == b.op && same_place(&a.operand, &b.operand),
        _ => false,
    }
}
