//! What else is made with a container and kept by it: its elements.

use ruff_python_ast::{Comprehension, Expr, ExprName, Number, Operator, UnaryOp};

use super::growth::{self, Text, Width, allocated};
use super::integers::range_length;
use super::{Bytes, Size, Span, What};
use crate::catalog::objects::{COMPLEX, FLOAT, INT_DIGIT, SMALL_INTS};
use crate::facts::Facts;
use crate::facts::scopes::{DefinitionKind, Resolution, ScopeKind};
use crate::facts::types::Kind;

/// Parts of larger expressions are not looked at: arithmetic that is that deep has no interval.
const MAX_PARTS: usize = 256;

/// Whether the compiler makes a constant of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Const {
    Yes,
    No,
    /// It may be folded into one.
    Maybe,
}

impl Const {
    pub(super) fn of(expr: &Expr) -> Const {
        match expr {
            Expr::NumberLiteral(_)
            | Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_) => Const::Yes,
            Expr::UnaryOp(it) if it.op == UnaryOp::USub && it.operand.is_number_literal_expr() => {
                Const::Yes
            }
            Expr::Tuple(it) if it.elts.iter().any(Expr::is_starred_expr) => Const::No,
            Expr::Tuple(it) => Const::of_all(&it.elts),
            Expr::Name(it) if it.id.as_str() != "__debug__" => Const::No,
            Expr::Attribute(_)
            | Expr::Call(_)
            | Expr::List(_)
            | Expr::Dict(_)
            | Expr::Set(_)
            | Expr::ListComp(_)
            | Expr::DictComp(_)
            | Expr::SetComp(_)
            | Expr::Generator(_)
            | Expr::Lambda(_)
            | Expr::Await(_)
            | Expr::Starred(_) => Const::No,
            _ => Const::Maybe,
        }
    }

    pub(super) fn of_all(elts: &[Expr]) -> Const {
        let mut all = Const::Yes;
        for elt in elts {
            match Const::of(elt) {
                Const::Yes => {}
                Const::No => return Const::No,
                Const::Maybe => all = Const::Maybe,
            }
        }
        all
    }
}

/// The objects that an evaluation makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// The same ones each time.
    Shared(Bytes),
    /// New ones each time.
    Each(Bytes),
}

impl Made {
    /// The bytes of one evaluation.
    #[inline]
    pub(super) fn once(self) -> Bytes {
        match self {
            Made::Shared(bytes) | Made::Each(bytes) => bytes,
        }
    }

    fn times(self, span: Span) -> Bytes {
        match self {
            Made::Shared(bytes) => bytes.perhaps(),
            Made::Each(bytes) => bytes.times(span),
        }
    }
}

impl<'a> Facts<'a> {
    /// What the elements of a display make.
    pub(super) fn held_by(&self, elts: &'a [Expr], depth: u32) -> Bytes {
        let mut held = Bytes::NONE;
        for elt in elts {
            let more = match elt {
                Expr::Starred(it) => match self.span_at(&it.value, depth) {
                    Some(length) => self.held_by_source(&it.value, length, depth),
                    None => Bytes::UNKNOWN,
                },
                elt => self.made_by(elt, depth).once(),
            };
            held = held.plus(more);
        }
        held
    }

    /// What the elements of a comprehension make, of which there are so many.
    pub(super) fn held_by_clauses(
        &self,
        comprehension: &'a Expr,
        element: &'a Expr,
        generators: &'a [Comprehension],
        length: Span,
        depth: u32,
    ) -> Bytes {
        if self.any_inside(comprehension, generators, |expr| {
            matches!(expr, Expr::Named(_) | Expr::Await(_))
        }) {
            return Bytes::UNKNOWN;
        }
        if let ([only], Expr::Name(name)) = (generators, element)
            && only.target.as_name_expr().is_some_and(|target| target.id == name.id)
            && let Some(range) = self.range_of(&only.iter, depth)
        {
            return integers_of(range, length);
        }
        let filled = length.high > 0;
        let made = self.made_by(element, depth);
        // A set drops what is equal to what it has.
        let each = match comprehension {
            Expr::SetComp(_) | Expr::DictComp(_) if length.low < length.high => {
                // The values of a dict are replaced by later ones, so at most the length of both.
                made.times(length).perhaps()
            }
            _ => made.times(length),
        };
        if filled { each } else { Bytes::NONE }
    }

    /// What collecting an iterable keeps that did not exist before.
    pub(super) fn held_by_source(&self, source: &'a Expr, length: Span, depth: u32) -> Bytes {
        let Some(depth) = depth.checked_sub(1) else { return Bytes::UNKNOWN };
        if let Some(range) = self.range_of(source, depth) {
            return integers_of(range, length);
        }
        match source {
            Expr::Generator(it) => {
                self.held_by_clauses(source, &it.elt, &it.generators, length, depth)
            }
            Expr::List(_)
            | Expr::Tuple(_)
            | Expr::Set(_)
            | Expr::ListComp(_)
            | Expr::SetComp(_) => {
                self.size_at(source, depth).map_or(Bytes::UNKNOWN, |size| size.held)
            }
            Expr::BinOp(_) => match self.size_at(source, depth) {
                Some(Size { what: What::List | What::Tuple, held, .. }) => held,
                _ => Bytes::UNKNOWN,
            },
            Expr::Call(call) if call.func.is_name_expr() => {
                let name = self.qualified(&call.func);
                match (name, &call.arguments.args[..]) {
                    (Some("list" | "tuple" | "sorted" | "reversed" | "set" | "iter"), [inner]) => {
                        self.held_by_source(inner, length, depth)
                    }
                    (Some("map"), [function, numbers]) => {
                        let Some(range) = self.range_of(numbers, depth) else {
                            return Bytes::UNKNOWN;
                        };
                        match self.qualified(function) {
                            Some("float") => Bytes::up_to(allocated(FLOAT)).times(length),
                            Some("int") => integers_of(range, length).perhaps(),
                            Some("str") => {
                                let (start, stop, _) = range;
                                self.digits((start.into(), stop.into())).times(length)
                            }
                            _ => Bytes::UNKNOWN,
                        }
                    }
                    _ => Bytes::UNKNOWN,
                }
            }
            // What a name holds exists already, and a byte is a small integer.
            Expr::Name(_) => match self.kind_of(source) {
                Kind::List | Kind::Tuple | Kind::Set | Kind::FrozenSet | Kind::Bytes => Bytes::NONE,
                _ => Bytes::UNKNOWN,
            },
            _ => Bytes::UNKNOWN,
        }
    }

    /// What evaluating an element makes.
    pub(super) fn made_by(&self, expr: &'a Expr, depth: u32) -> Made {
        let Some(depth) = depth.checked_sub(1) else { return Made::Each(Bytes::UNKNOWN) };
        match expr {
            Expr::Name(name) => match self.made_by_name(name) {
                Some(made) => made,
                None => self.made_by_evaluation(expr, depth),
            },
            Expr::NumberLiteral(it) => Made::Shared(match &it.value {
                Number::Int(int) => int
                    .as_i64()
                    .map_or(Bytes::UNKNOWN, |value| integer_between(value.into(), value.into())),
                Number::Float(_) => Bytes::up_to(FLOAT),
                Number::Complex { .. } => Bytes::up_to(COMPLEX),
            }),
            Expr::BooleanLiteral(_) | Expr::NoneLiteral(_) | Expr::EllipsisLiteral(_) => {
                Made::Shared(Bytes::NONE)
            }
            Expr::StringLiteral(it) => {
                Made::Shared(self.text_bytes(&Text::of(&it.value)).perhaps())
            }
            _ => self.made_by_evaluation(expr, depth),
        }
    }

    /// What evaluating an element makes that is neither a literal nor a name from outside.
    #[inline(never)]
    fn made_by_evaluation(&self, expr: &'a Expr, depth: u32) -> Made {
        let constant = Const::of(expr);
        if constant == Const::Yes {
            let size = self.size_at(expr, depth);
            return Made::Shared(size.map_or(Bytes::UNKNOWN, |size| size.total()).perhaps());
        }
        let may_be_integer =
            matches!(expr, Expr::Name(_) | Expr::BinOp(_) | Expr::UnaryOp(_) | Expr::Call(_));
        if may_be_integer && let Some((low, high)) = self.interval(expr, depth) {
            let each = integer_between(low, high).perhaps();
            let each = if each.high == Some(0) || expr.is_name_expr() {
                each
            } else {
                self.calculated(expr, depth)
            };
            return if low == high { Made::Shared(each) } else { Made::Each(each) };
        }
        let fresh = |size: Size| {
            let total = size.total();
            let total = if matches!(size.what, What::NdArray | What::Tensor) {
                Bytes { high: None, ..total }
            } else {
                total
            };
            // The allocator rounds up; small objects alone are rounded much.
            Bytes { high: total.high.map(|high| high.saturating_add(16)), ..total }
        };
        match expr {
            Expr::List(_)
            | Expr::ListComp(_)
            | Expr::Set(_)
            | Expr::SetComp(_)
            | Expr::Dict(_)
            | Expr::DictComp(_) => {
                Made::Each(self.size_at(expr, depth).map_or(Bytes::UNKNOWN, fresh))
            }
            Expr::Tuple(_) => {
                let made = self.size_at(expr, depth).map_or(Bytes::UNKNOWN, fresh);
                Made::Each(if constant == Const::No { made } else { made.perhaps() })
            }
            Expr::BinOp(it) if self.is_float(it.op, &it.left, &it.right, expr) => {
                Made::Each(Bytes::up_to(allocated(FLOAT)))
            }
            Expr::BinOp(_) => match self.size_at(expr, depth) {
                Some(size @ Size { what: What::List, per_element: 0, .. }) => {
                    Made::Each(fresh(size))
                }
                Some(
                    size @ Size {
                        what: What::Tuple | What::Str(_) | What::Bytes,
                        per_element: 0,
                        ..
                    },
                ) => Made::Each(fresh(size).perhaps()),
                _ => Made::Each(Bytes::UNKNOWN),
            },
            Expr::Compare(_) if self.kind_of(expr) == Kind::Bool => Made::Shared(Bytes::NONE),
            Expr::UnaryOp(it) if it.op == UnaryOp::Not => Made::Shared(Bytes::NONE),
            Expr::Call(call) => {
                let Some(name) = self.qualified(&call.func) else {
                    let own = self.size_of_instance(call).map_or(Bytes::UNKNOWN, |it| it.own);
                    return Made::Each(Bytes { high: None, ..own });
                };
                match (name, &call.arguments.args[..]) {
                    ("str" | "repr", [only]) if call.arguments.keywords.is_empty() => Made::Each(
                        self.interval(only, depth)
                            .map_or(Bytes::UNKNOWN, |interval| self.digits(interval)),
                    ),
                    (
                        "float" | "random.random" | "random.uniform" | "math.sqrt" | "time.time",
                        _,
                    ) => Made::Each(Bytes::up_to(allocated(FLOAT))),
                    ("list" | "set" | "dict" | "bytearray" | "sorted" | "collections.deque", _) => {
                        Made::Each(self.size_at(expr, depth).map_or(Bytes::UNKNOWN, fresh))
                    }
                    ("bool" | "isinstance" | "callable" | "hasattr", _) => {
                        Made::Shared(Bytes::NONE)
                    }
                    _ => match self.size_at(expr, depth) {
                        Some(size) => Made::Each(fresh(size).perhaps()),
                        None => Made::Each(Bytes::UNKNOWN),
                    },
                }
            }
            _ => Made::Each(Bytes::UNKNOWN),
        }
    }

    /// What reading a name makes. `None` for the target of a comprehension's clause.
    fn made_by_name(&self, name: &'a ExprName) -> Option<Made> {
        let names = self.names();
        let bound_outside = match names.resolve(name) {
            Resolution::Builtin => true,
            Resolution::Unknown => false,
            Resolution::Binding(binding) => {
                let only = names.only_definition(binding).map(|it| it.kind);
                let scope = self.scopes().get(names.scope(binding)).kind;
                match (scope, only) {
                    (ScopeKind::Comprehension(_), Some(DefinitionKind::Loop(_))) => return None,
                    (ScopeKind::Comprehension(_), _) => false,
                    (_, Some(DefinitionKind::Loop(_) | DefinitionKind::LoopUnpack(_)) | None) => {
                        false
                    }
                    _ => true,
                }
            }
        };
        Some(if bound_outside { Made::Shared(Bytes::NONE) } else { Made::Each(Bytes::UNKNOWN) })
    }

    /// What an integer takes that arithmetic makes. A sum is made with room for one more digit
    /// than its operands, and keeps that room when it turns out smaller.
    fn calculated(&self, expr: &'a Expr, depth: u32) -> Bytes {
        let nodes = self.nodes();
        if nodes.descendants(nodes.id(expr)).nth(MAX_PARTS).is_some() {
            return Bytes::UNKNOWN;
        }
        let largest = |largest: u64, part| match self.interval(part, depth) {
            Some((low, high)) => largest.max(growth::int(low)).max(growth::int(high)),
            None => largest,
        };
        let operands = self.expressions_below(expr).fold(0, largest);
        // Operands of one digit have a way of their own.
        let spare = if operands > growth::int(1) { INT_DIGIT } else { 0 };
        let largest = largest(operands, expr);
        Bytes::up_to(allocated(largest + spare))
    }

    fn expressions_below(&self, expr: &'a Expr) -> impl Iterator<Item = &'a Expr> {
        let nodes = self.nodes();
        nodes.descendants(nodes.id(expr)).take(MAX_PARTS).filter_map(|id| nodes.get(id)?.as_expr())
    }

    /// Whether an operation on numbers gives a `float` even where an annotation that says `float`
    /// stands for an `int`.
    fn is_float(&self, op: Operator, left: &'a Expr, right: &'a Expr, whole: &'a Expr) -> bool {
        let literal = |expr: &Expr| {
            matches!(expr, Expr::NumberLiteral(it)
                if matches!(it.value, Number::Float(_)))
        };
        (op == Operator::Div || literal(left) || literal(right))
            && self.kind_of(whole) == Kind::Float
    }

    /// The decimal digits of an integer as a string.
    fn digits(&self, (low, high): (i128, i128)) -> Bytes {
        let length = |value: i128| {
            u64::from(value.unsigned_abs().checked_ilog10().unwrap_or(0)) + 1 + u64::from(value < 0)
        };
        let longest = length(low).max(length(high));
        Bytes::up_to(allocated(growth::string(longest, Width::Ascii, self.minor)))
    }
}

/// The integers of a `range`, of which so many are kept: each of its own, the small ones aside.
fn integers_of((start, stop, step): (i64, i64, i64), length: Span) -> Bytes {
    let Some(count) = range_length(start, stop, step).filter(|count| *count > 0) else {
        return Bytes::NONE;
    };
    let (start, step) = (i128::from(start), i128::from(step));
    let last = start + step * (i128::from(count) - 1);
    let each = integer_between(start.min(last), start.max(last));
    let small = (SMALL_INTS.1 - SMALL_INTS.0 + 1).unsigned_abs() as u64;
    let certainly = length.low.saturating_sub(small);
    Bytes {
        low: certainly.saturating_mul(growth::int(0)),
        high: each.high.map(|each| each.saturating_mul(length.high)),
    }
}

/// An integer between two others.
fn integer_between(low: i128, high: i128) -> Bytes {
    if low >= SMALL_INTS.0 && high <= SMALL_INTS.1 {
        return Bytes::NONE;
    }
    Bytes::up_to(allocated(growth::int(low).max(growth::int(high))))
}
