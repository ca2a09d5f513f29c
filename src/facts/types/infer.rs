//! The types of expressions.

use ruff_python_ast::{
    BoolOp, CmpOp, Expr, ExprAttribute, ExprName, ExprSubscript, Number, Operator, StmtClassDef,
    UnaryOp,
};

use super::annotations::tuple_parts;
use super::classes::MAX_BASES;
use super::lattice::binary;
use super::store::{self, BOOL, NEVER, NONE, UNKNOWN};
use super::{DEPTH, Kind, Parts, Type};
use crate::catalog;
use crate::facts::Facts;
use crate::facts::scopes::Resolution;

/// The elements of longer displays are not looked at.
const MAX_ELEMENTS: usize = 256;

impl<'a> Facts<'a> {
    /// The type of an expression; `Never` where no value reaches it.
    #[inline]
    pub(super) fn infer(&self, expr: &'a Expr, depth: u32) -> &'a Type {
        if let Some(found) = by_form(expr) {
            return found;
        }
        if let Expr::Name(name) = expr
            && let Some(found) = self.type_everywhere(name)
        {
            return found;
        }
        match self.types.nodes.get().and_then(|it| it.get(self.nodes().id(expr).index())?.get()) {
            Some(known) => known,
            None => self.infer_first(expr, depth),
        }
    }

    /// The type of an expression that was not asked for yet, or that its place could not keep.
    #[inline(never)]
    fn infer_first(&self, expr: &'a Expr, depth: u32) -> &'a Type {
        let outer = self.types.solver.watch();
        let found = self.infer_anew(expr, depth);
        let settled = self.types.solver.unwatch(outer);
        // Near the end of its depth an answer may be cut short.
        if (depth > DEPTH / 2 || found.kind != Kind::Unknown) && settled {
            let places = self.types.nodes.get_or_init(|| store::empty(self.nodes().len()));
            if let Some(place) = places.get(self.nodes().id(expr).index()) {
                place.set(Some(found));
            }
        }
        found
    }

    fn infer_anew(&self, expr: &'a Expr, depth: u32) -> &'a Type {
        let Some(depth) = depth.checked_sub(1) else { return &UNKNOWN };
        match expr {
            Expr::Name(name) => self.name_type(name, depth),
            Expr::Attribute(it) => self.attribute(it, depth),
            Expr::Call(call) => self.call_type(call, depth),
            Expr::Named(it) => self.infer(&it.value, depth),
            Expr::If(it) => {
                let body = self.infer(&it.body, depth);
                self.join(body, self.infer(&it.orelse, depth))
            }
            Expr::BoolOp(it) => {
                let last = it.values.len().saturating_sub(1);
                it.values.iter().enumerate().fold(&NEVER, |joined, (index, value)| {
                    let found = self.infer(value, depth);
                    // What `or` hands on is true, so it is not `None`.
                    let dropped = it.op == BoolOp::Or && index < last && found.is_optional();
                    self.join(joined, if dropped { self.keep(found.not_none()) } else { found })
                })
            }
            Expr::Await(it) => match &*it.value {
                Expr::Call(call) => self.awaited_type(call, depth),
                _ => &UNKNOWN,
            },
            Expr::Compare(it) => {
                let plain = |expr: &'a Expr| self.kind(expr, depth).compares_to_bool();
                let mut left = &*it.left;
                for (op, right) in it.ops.iter().zip(&it.comparators) {
                    if !(is_test(*op) || plain(left) && plain(right)) {
                        return &UNKNOWN;
                    }
                    left = right;
                }
                &BOOL
            }
            expr => self.keep(self.composed(expr, depth)),
        }
    }

    /// The type of an expression that makes a value of what it is written with.
    fn composed(&self, expr: &'a Expr, depth: u32) -> Type {
        match expr {
            Expr::List(it) => self.display(Kind::List, &it.elts, depth),
            Expr::Set(it) => self.display(Kind::Set, &it.elts, depth),
            Expr::Tuple(it) => {
                if it.elts.len() <= 3 && !it.elts.iter().any(Expr::is_starred_expr) {
                    let mut kinds = [Kind::Never; 3];
                    for (kind, elt) in kinds.iter_mut().zip(&it.elts) {
                        *kind = self.kind(elt, depth);
                    }
                    return Type::tuple(&kinds[..it.elts.len()]);
                }
                Type { parts: Parts::UNKNOWN, ..self.display(Kind::Tuple, &it.elts, depth) }
            }
            Expr::Dict(it) => {
                if it.items.len() > MAX_ELEMENTS {
                    return Type::of(Kind::Dict);
                }
                it.items.iter().fold(Type::dict(Kind::Never, Kind::Never), |joined, item| {
                    if joined.key == Kind::Unknown && joined.element == Kind::Unknown {
                        return joined;
                    }
                    let more = match &item.key {
                        Some(key) => {
                            let (value, parts) = self.held(&item.value, depth);
                            Type { parts, ..Type::dict(self.kind(key, depth), value) }
                        }
                        None => match self.infer(&item.value, depth) {
                            spread @ Type { kind: Kind::Dict | Kind::Never, .. } => *spread,
                            _ => Type::of(Kind::Dict),
                        },
                    };
                    joined.join(more)
                })
            }
            Expr::ListComp(it) => self.built_of(Kind::List, &it.elt, depth),
            Expr::SetComp(it) => self.built_of(Kind::Set, &it.elt, depth),
            Expr::Generator(it) => {
                let is_async = it.generators.iter().any(|generator| generator.is_async);
                if is_async || self.awaits(&it.elt) {
                    return Type::UNKNOWN;
                }
                self.built_of(Kind::Iterator, &it.elt, depth)
            }
            Expr::DictComp(it) => {
                let (value, parts) = self.held(&it.value, depth);
                let key = it.key.as_ref().map_or(Kind::Unknown, |key| self.kind(key, depth));
                Type { parts, ..Type::dict(key, value) }
            }
            Expr::UnaryOp(it) => match (it.op, self.kind(&it.operand, depth)) {
                (_, Kind::Never) => Type::NEVER,
                (_, Kind::Int | Kind::Bool) => Type::of(Kind::Int),
                (UnaryOp::USub | UnaryOp::UAdd, Kind::Float) => Type::of(Kind::Float),
                (UnaryOp::USub, Kind::Tensor) => Type::of(Kind::Tensor),
                _ => Type::UNKNOWN,
            },
            Expr::BinOp(it) => {
                let left = self.infer(&it.left, depth);
                let right = self.infer(&it.right, depth);
                if it.op == Operator::Pow {
                    return power(left.kind, right.kind, &it.right);
                }
                binary(left, it.op, right)
            }
            Expr::Subscript(it) => self.subscript(it, depth),
            _ => Type::UNKNOWN,
        }
    }

    fn built_of(&self, kind: Kind, element: &'a Expr, depth: u32) -> Type {
        let (element, parts) = self.held(element, depth);
        Type { parts, ..Type::holding(kind, element) }
    }

    /// The kind of an expression; `Never` where no value reaches it.
    #[inline]
    pub(super) fn kind(&self, expr: &'a Expr, depth: u32) -> Kind {
        kind_by_form(expr).unwrap_or_else(|| self.infer(expr, depth).kind)
    }

    /// The kind of what a container is to hold, and the positions if it is a tuple.
    fn held(&self, expr: &'a Expr, depth: u32) -> (Kind, Parts) {
        match kind_by_form(expr) {
            Some(kind) if kind != Kind::Tuple => (kind, Parts::UNKNOWN),
            _ => {
                let found = self.infer(expr, depth);
                (found.kind, tuple_parts(found))
            }
        }
    }

    fn awaits(&self, element: &'a Expr) -> bool {
        self.any_below(self.nodes().id(element), Expr::is_await_expr)
    }

    fn display(&self, kind: Kind, elts: &'a [Expr], depth: u32) -> Type {
        if elts.len() > MAX_ELEMENTS {
            return Type::holding(kind, Kind::Unknown);
        }
        let mut joined = Type::holding(kind, Kind::Never);
        for elt in elts {
            let (element, parts) = match elt {
                Expr::Starred(it) => {
                    let found = self.infer(&it.value, depth).iterated();
                    (found.kind, tuple_parts(&found))
                }
                elt => self.held(elt, depth),
            };
            if element == joined.element && element != Kind::Tuple {
                continue;
            }
            let parts = if kind == Kind::Tuple { Parts::UNKNOWN } else { parts };
            joined = joined.join(Type { parts, ..Type::holding(kind, element) });
            if joined.element == Kind::Unknown {
                break;
            }
        }
        joined
    }

    fn attribute(&self, it: &'a ExprAttribute, depth: u32) -> &'a Type {
        if let Expr::Name(owner) = &*it.value
            && let Some(class) = self.class_of_first(owner)
        {
            return self.attribute_of(class, it.attr.as_str(), depth, MAX_BASES);
        }
        match self.infer(&it.value, depth).kind {
            Kind::Never => &NEVER,
            Kind::Unknown => &UNKNOWN,
            Kind::Instance(class) => self.class_of_type(class).map_or(&UNKNOWN, |class| {
                self.attribute_of(class, it.attr.as_str(), depth, MAX_BASES)
            }),
            kind => catalog::methods::attribute(kind, it.attr.as_str())
                .map_or(&UNKNOWN, |found| self.keep(found)),
        }
    }

    /// The class whose method's first parameter a name is.
    pub(super) fn class_of_first(&self, name: &'a ExprName) -> Option<&'a StmtClassDef> {
        let Resolution::Binding(binding) = self.names().resolve(name) else { return None };
        let Some(of) = self.of_name(binding) else { return self.class_of_self(name) };
        *of.class.get_or_init(|| self.class_of_self(name))
    }

    fn subscript(&self, it: &'a ExprSubscript, depth: u32) -> Type {
        let owner = self.infer(&it.value, depth);
        if owner.kind == Kind::Never {
            return Type::NEVER;
        }
        if it.slice.is_slice_expr() {
            return match owner.kind {
                Kind::Str
                | Kind::Bytes
                | Kind::ByteArray
                | Kind::List
                | Kind::NdArray
                | Kind::Range => *owner,
                Kind::Tuple => Type { parts: Parts::UNKNOWN, ..*owner },
                Kind::MemoryView | Kind::Array => *owner,
                _ => Type::UNKNOWN,
            };
        }
        let by_number = || matches!(self.kind(&it.slice, depth), Kind::Int | Kind::Bool);
        match owner.kind {
            Kind::Str => Type::STR,
            Kind::Dict => owner.item(),
            Kind::Tuple => match (owner.parts.kinds(), literal_index(&it.slice)) {
                (kinds @ [_, ..], Some((index, negative))) => {
                    let index = if negative { kinds.len().wrapping_sub(index) } else { index };
                    kinds.get(index).map_or(Type::UNKNOWN, |kind| Type::of(*kind))
                }
                _ if by_number() => owner.item(),
                _ => Type::UNKNOWN,
            },
            Kind::Bytes | Kind::ByteArray | Kind::Range if by_number() => Type::of(Kind::Int),
            Kind::List | Kind::Deque if by_number() => owner.item(),
            _ => Type::UNKNOWN,
        }
    }
}

/// The type of what is told by its form alone.
#[inline]
pub(super) fn by_form(expr: &Expr) -> Option<&'static Type> {
    Some(match expr {
        Expr::StringLiteral(_) | Expr::FString(_) => &Type::STR,
        Expr::BytesLiteral(_) => &Type::BYTES,
        Expr::BooleanLiteral(_) => &BOOL,
        Expr::UnaryOp(it) if it.op == UnaryOp::Not => &BOOL,
        Expr::Compare(it) if it.ops.iter().all(|op| is_test(*op)) => &BOOL,
        Expr::NoneLiteral(_) => &NONE,
        Expr::NumberLiteral(it) => match it.value {
            Number::Int(_) => &const { Type::of(Kind::Int) },
            Number::Float(_) => &const { Type::of(Kind::Float) },
            Number::Complex { .. } => &const { Type::of(Kind::Complex) },
        },
        Expr::Lambda(_) => &const { Type::of(Kind::Function) },
        Expr::Yield(_)
        | Expr::YieldFrom(_)
        | Expr::TString(_)
        | Expr::EllipsisLiteral(_)
        | Expr::Starred(_)
        | Expr::Slice(_)
        | Expr::IpyEscapeCommand(_) => &UNKNOWN,
        _ => return None,
    })
}

/// The kind of what is made on the spot, whatever is in it.
#[inline]
fn kind_by_form(expr: &Expr) -> Option<Kind> {
    Some(match expr {
        Expr::List(_) | Expr::ListComp(_) => Kind::List,
        Expr::Set(_) | Expr::SetComp(_) => Kind::Set,
        Expr::Dict(_) | Expr::DictComp(_) => Kind::Dict,
        Expr::Tuple(_) => Kind::Tuple,
        _ => return None,
    })
}

/// Whether a comparison gives a `bool` whatever it compares.
#[inline]
fn is_test(op: CmpOp) -> bool {
    matches!(op, CmpOp::Is | CmpOp::IsNot | CmpOp::In | CmpOp::NotIn)
}

/// A literal number and whether it is negative.
fn literal_index(slice: &Expr) -> Option<(usize, bool)> {
    let (number, negative) = match slice {
        Expr::UnaryOp(it) if it.op == UnaryOp::USub => (&*it.operand, true),
        other => (other, false),
    };
    let Expr::NumberLiteral(number) = number else { return None };
    let Number::Int(int) = &number.value else { return None };
    Some((int.as_usize()?, negative))
}

/// A negative exponent makes a fraction of an `int`, a negative base a complex number.
fn power(left: Kind, right: Kind, exponent: &Expr) -> Type {
    let counted = literal_index(exponent).is_some_and(|(_, negative)| !negative);
    match (left, right) {
        (Kind::Never, _) | (_, Kind::Never) => Type::NEVER,
        (Kind::Int | Kind::Bool, Kind::Int) if counted => Type::of(Kind::Int),
        (Kind::Float, Kind::Int | Kind::Bool) => Type::of(Kind::Float),
        _ => Type::UNKNOWN,
    }
}
