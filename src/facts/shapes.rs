//! Loop-carried values: statements in a loop that make the new value of their target from its old
//! one, and in which shape. How containers, arrays and frames are made anew is in `regrown`.
//!
//! Answers only the shape. Whether the values are strings, and whether the loop really carries
//! them from pass to pass, are other questions.

use ruff_python_ast::{
    Expr, ExprCall, ExprName, ExprSubscript, FStringPart, InterpolatedStringElement, Operator,
};

use super::loops::LoopId;
use super::nodes::NodeId;
use super::regrown;
use super::scopes::Scopes;

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
    /// `target = "(" + target + ")"`: the old value stands between other parts, in any form. What
    /// is nested grows from the inside; no append says the same.
    Wrapped,
    /// `target = f"..{target}.."`.
    FString,
    /// `target = "..%s.." % (.., target, ..)`.
    Percent,
    /// `target = "..{}..".format(.., target, ..)`.
    Format,
    /// `target = "".join([.., target, ..])`.
    Join,
    /// `target = [*target, ..]`, `{**target, ..}`: the old value is unpacked into a display.
    Unpacked {
        /// Whether the old value comes first.
        first: bool,
    },
    /// `target = target | other`.
    United,
    /// `target |= other`.
    AugmentedUnion,
    /// `target = target.union(other)`: a method of the old value gives a new one.
    Method {
        /// The call of the method.
        call: &'a ExprCall,
    },
    /// `target = join(target, other)`, `join([target, other])`, `join[target, other]`.
    Taken {
        /// `join`.
        by: &'a Expr,
    },
    /// `target.loc[len(target)] = row`: the store makes the target anew.
    Placed,
    /// `target = target[n:]`: the rest of the old value.
    Rest {
        /// The slice.
        slice: &'a ExprSubscript,
    },
    /// `del target[0]`, `del target[:n]`: what is left moves to the front.
    Dropped {
        /// What is deleted.
        part: &'a ExprSubscript,
    },
}

impl Shape<'_> {
    /// Whether the new value is the old one and more. The rest of a value is less.
    pub fn grows(self) -> bool {
        !matches!(self, Shape::Rest { .. } | Shape::Dropped { .. })
    }

    /// Whether the old value's own type decides what it makes, and makes the same type.
    pub fn keeps_type(self) -> bool {
        !matches!(self, Shape::Unpacked { .. } | Shape::Taken { .. })
    }
}

/// The accumulation that an assignment is.
pub(super) fn accumulation<'a>(
    node: NodeId,
    innermost: LoopId,
    target: &'a Expr,
    value: &'a Expr,
    form: Form,
    scopes: &Scopes<'a>,
) -> Option<Accumulation<'a>> {
    if !matches!(target, Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_)) {
        return None;
    }
    if form == Form::Assigned
        && let Some(target) = regrown::placed(target)
    {
        return Some(Accumulation {
            node,
            innermost,
            target,
            value,
            shape: Shape::Placed,
            walrus: false,
        });
    }
    let shape = match form {
        Form::Augmented => Shape::Augmented { piece: value },
        Form::United => Shape::AugmentedUnion,
        Form::Assigned | Form::Walrus => {
            shape(target, value, scopes).or_else(|| regrown::rest(target, value))?
        }
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
    /// `target |= value`
    United,
    /// `(target := value)`
    Walrus,
}

/// `del target[0]`, `del target[:n]` in a loop.
pub(super) fn dropped(node: NodeId, innermost: LoopId, deleted: &Expr) -> Option<Accumulation<'_>> {
    let part = regrown::front(deleted)?;
    let target = &*part.value;
    matches!(target, Expr::Name(_) | Expr::Attribute(_)).then_some(Accumulation {
        node,
        innermost,
        target,
        value: deleted,
        shape: Shape::Dropped { part },
        walrus: false,
    })
}

/// The shape of `target = value`, if the value is made from the target's own and is longer.
pub(super) fn shape<'a>(target: &Expr, value: &'a Expr, scopes: &Scopes<'a>) -> Option<Shape<'a>> {
    text_shape(target, value).or_else(|| regrown::shape(target, value, scopes))
}

fn text_shape<'a>(target: &Expr, value: &'a Expr) -> Option<Shape<'a>> {
    let is_target = |expr: &Expr| same_place(target, expr);
    match value {
        Expr::BinOp(it) if it.op == Operator::Add => {
            let mut additions = 1;
            let mut left = &*it.left;
            while let Expr::BinOp(inner) = left
                && inner.op == Operator::Add
            {
                if is_target(&inner.right) {
                    return Some(Shape::Wrapped);
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
        Expr::BinOp(it) if it.op == Operator::Mod => {
            let at = match &*it.right {
                Expr::Tuple(tuple) => Position::among(tuple.elts.iter(), is_target)?,
                Expr::Dict(dict) => dict.iter_values().any(is_target).then_some(Position::ANY)?,
                right => is_target(right).then_some(Position::ANY)?,
            };
            let template = template(&it.left);
            let ends = |text: &str| {
                text.rfind('%').is_some_and(|last| !text[last..].contains(char::is_whitespace))
                    && text.ends_with(|last: char| last.is_ascii_alphabetic())
            };
            Some(at.shape(Shape::Percent, template.map(|it| (it.starts_with('%'), ends(&it)))))
        }
        Expr::FString(it) => {
            let mut elements = it.value.iter().flat_map(|part| match part {
                FStringPart::FString(part) => part.elements.iter().map(Some).collect::<Vec<_>>(),
                FStringPart::Literal(_) => vec![None],
            });
            let is_field = |element: Option<&'a InterpolatedStringElement>| match element {
                Some(InterpolatedStringElement::Interpolation(it)) => is_target(&it.expression),
                _ => false,
            };
            let elements: Vec<_> = elements.by_ref().collect();
            let at = Position::find(elements.iter().map(|element| is_field(*element)))?;
            Some(at.shape(Shape::FString, Some((true, true))))
        }
        Expr::Call(call) => {
            let Expr::Attribute(func) = &*call.func else { return None };
            match func.attr.as_str() {
                "format" => {
                    let arguments = &call.arguments;
                    let named = arguments.keywords.iter().any(|it| is_target(&it.value));
                    let at = if named {
                        Position::ANY
                    } else {
                        Position::among(arguments.args.iter(), is_target)?
                    };
                    let template = template(&func.value);
                    let sides = template.map(|it| (it.starts_with('{'), it.ends_with('}')));
                    Some(at.shape(Shape::Format, sides))
                }
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

/// The text of a literal that is filled in.
fn template(expr: &Expr) -> Option<std::borrow::Cow<'_, str>> {
    match expr {
        Expr::StringLiteral(it) => Some(it.value.to_str().into()),
        Expr::BytesLiteral(it) => {
            let bytes: Vec<u8> = it.value.bytes().collect();
            Some(String::from_utf8_lossy(&bytes).into_owned().into())
        }
        _ => None,
    }
}

/// Whether the old value is the first or the last of what is filled in.
#[derive(Clone, Copy)]
struct Position {
    first: bool,
    last: bool,
}

impl Position {
    /// By name: it may stand at either end.
    const ANY: Position = Position { first: true, last: true };

    fn among<'a>(
        parts: impl Iterator<Item = &'a Expr>,
        is_target: impl Fn(&Expr) -> bool,
    ) -> Option<Position> {
        Position::find(parts.map(is_target))
    }

    fn find(parts: impl Iterator<Item = bool>) -> Option<Position> {
        let parts: Vec<bool> = parts.collect();
        parts.contains(&true).then(|| Position {
            first: parts.first() == Some(&true),
            last: parts.last() == Some(&true),
        })
    }

    /// The shape by whether the template begins and ends with what is filled in.
    fn shape(self, shape: Shape<'_>, sides: Option<(bool, bool)>) -> Shape<'_> {
        let outside =
            sides.is_some_and(|(starts, ends)| (self.first && starts) || (self.last && ends));
        if outside { shape } else { Shape::Wrapped }
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
