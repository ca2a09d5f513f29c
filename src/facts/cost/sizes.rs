//! What an expression's object takes.

use ruff_python_ast::{
    BytesLiteralValue, Expr, ExprBinOp, ExprCall, ExprIf, ExprName, Number, Operator,
    StringLiteralValue,
};

use super::growth::{self, Filled, Text, Width};
use super::{Bytes, Cost, DEPTH, Precision, Size, Span, What, once};
use crate::catalog::objects::{
    ARRAY, BYTES, COMPLEX, FLOAT, GENERATOR, ITERATORS, POINTER, RANGE, TUPLE,
};
use crate::facts::Facts;
use crate::facts::types::Kind;

/// What is kept besides is not mentioned if it is less.
const WORTH_A_WORD: u64 = 1000;

impl<'a> Facts<'a> {
    /// What the object takes that an expression makes or stands for.
    pub fn size_of(&self, expr: &'a Expr) -> Option<Size> {
        self.size_at(expr, DEPTH)
    }

    /// What it costs to have the object. `None` where only the bytes of an element are known.
    pub fn cost_of(&self, expr: &'a Expr) -> Option<Cost> {
        let size = self.size_of(expr)?;
        let precision = size.precision();
        let bytes = match precision {
            Precision::PerElement(_) => return None,
            Precision::AtLeast => size.own.low,
            Precision::Exact | Precision::AtMost => size.own.high?,
        };
        let held = size.held.high.filter(|held| *held >= WORTH_A_WORD);
        let holds = match self.type_of(expr).element {
            Kind::Int => "integers",
            Kind::Float => "floats",
            Kind::Str => "strings",
            Kind::List => "lists",
            Kind::Tuple => "tuples",
            Kind::Dict => "dicts",
            _ => "elements",
        };
        Some(Cost { bytes, precision, held, holds })
    }

    /// Each kind of expression has a function of its own: most have no size, and every level of a
    /// nested expression has a frame of this one.
    pub(super) fn size_at(&self, expr: &'a Expr, depth: u32) -> Option<Size> {
        let depth = depth.checked_sub(1)?;
        match expr {
            Expr::Name(name) => self.size_of_name(name, depth),
            Expr::Call(call) => self.size_of_call(call, expr, depth),
            Expr::StringLiteral(it) => Some(self.size_of_text(&it.value)),
            Expr::NumberLiteral(it) => size_of_number(&it.value),
            Expr::BooleanLiteral(_) | Expr::NoneLiteral(_) | Expr::EllipsisLiteral(_) => {
                Some(Size::scalar(Bytes::NONE))
            }
            Expr::BytesLiteral(it) => Some(bytes(Span::exactly(byte_count(&it.value)))),
            Expr::List(_)
            | Expr::Tuple(_)
            | Expr::Set(_)
            | Expr::Dict(_)
            | Expr::ListComp(_)
            | Expr::SetComp(_)
            | Expr::DictComp(_) => self.size_of_container(expr, depth),
            Expr::Generator(_) => Some(iterator(growth::column(GENERATOR, self.minor))),
            Expr::BinOp(it) => self.size_of_operation(it, depth),
            Expr::If(it) => self.size_of_either(it, depth),
            Expr::Named(it) => self.size_at(&it.value, depth),
            Expr::Subscript(it) if it.slice.is_slice_expr() => {
                self.size_of_slice(&it.value, expr, depth)
            }
            _ => None,
        }
    }

    #[inline(never)]
    fn size_of_name(&self, name: &'a ExprName, depth: u32) -> Option<Size> {
        self.size_of_constant(self.unchanged_value(name)?, depth)
    }

    #[inline(never)]
    fn size_of_constant(&self, value: &'a Expr, depth: u32) -> Option<Size> {
        let key = self.nodes().id(value);
        let size = once(&self.costs.sizes, key, || self.size_at(value, depth))?;
        // What an element of the container holds may have changed since.
        let fixed = size.held.high == Some(0) || self.has_plain_elements(value);
        Some(if fixed { size } else { Size { held: Bytes::UNKNOWN, ..size } })
    }

    #[inline(never)]
    fn size_of_text(&self, value: &StringLiteralValue) -> Size {
        let text = Text::of(value);
        let own = self.text_bytes(&text);
        Size::of(What::Str(text.width), Span::exactly(text.characters), own, Bytes::NONE)
    }

    /// What a constant text takes.
    pub(super) fn text_bytes(&self, text: &Text) -> Bytes {
        let own = growth::string(text.characters, text.width, self.minor);
        match text.width {
            Width::Ascii => Bytes::exactly(own),
            // It may keep its UTF-8 form beside it.
            _ => Bytes { low: own, high: Some(own + text.encoded + 1) },
        }
    }

    #[inline(never)]
    fn size_of_operation(&self, it: &'a ExprBinOp, depth: u32) -> Option<Size> {
        match it.op {
            Operator::Mult => {
                let (sequence, times) = self.repeated(&it.left, &it.right, depth)?;
                self.size_repeated(sequence, times, depth)
            }
            Operator::Add => {
                let left = self.size_at(&it.left, depth)?;
                self.added(left, self.size_at(&it.right, depth)?)
            }
            _ => None,
        }
    }

    #[inline(never)]
    fn size_of_either(&self, it: &'a ExprIf, depth: u32) -> Option<Size> {
        let (a, b) = (self.size_at(&it.body, depth)?, self.size_at(&it.orelse, depth)?);
        Some(Size {
            what: if a.what == b.what { a.what } else { What::Scalar },
            own: a.own.or(b.own),
            held: a.held.or(b.held),
            length: a.length.zip(b.length).map(|(a, b)| a.or(b)),
            per_element: a.per_element.min(b.per_element),
        })
    }

    #[inline(never)]
    fn size_of_slice(&self, of: &'a Expr, slice: &'a Expr, depth: u32) -> Option<Size> {
        let of = self.size_at(of, depth)?;
        let length = self.span_at(slice, depth)?;
        let made = self.rebuilt(of.what, length)?;
        // A part of a string may need less width.
        let own = match of.what {
            What::Str(Width::Latin | Width::Two | Width::Four) => {
                Bytes { low: growth::string(length.low, Width::Ascii, self.minor), ..made.own }
            }
            _ => made.own,
        };
        // The elements exist in what was sliced.
        Some(Size { own, held: of.held.perhaps(), ..made })
    }

    #[inline(never)]
    fn size_of_call(&self, call: &'a ExprCall, expr: &'a Expr, depth: u32) -> Option<Size> {
        if let Expr::Attribute(func) = &*call.func
            && func.attr.as_str() == "read"
        {
            return self.size_of_read(call, depth);
        }
        match self.qualified(&call.func) {
            Some(name) => self.size_of_named_call(name, call, expr, depth),
            None => self.size_of_instance(call),
        }
    }

    #[inline(never)]
    fn size_of_named_call(
        &self,
        name: &str,
        call: &'a ExprCall,
        expr: &'a Expr,
        depth: u32,
    ) -> Option<Size> {
        let arguments = &call.arguments;
        if arguments.args.iter().any(Expr::is_starred_expr) {
            return None;
        }
        let plain = arguments.keywords.is_empty();
        match (name, &arguments.args[..]) {
            ("range", [_] | [_, _] | [_, _, _]) => Some(Size {
                length: self.span_at(expr, depth),
                ..Size::scalar(Bytes::exactly(RANGE))
            }),
            ("bytes", [length]) if plain => Some(bytes(self.byte_length(length, depth)?)),
            ("os.urandom" | "random.randbytes" | "secrets.token_bytes", [length]) => {
                let length = u64::try_from(self.integer_at(length, depth)?).ok()?;
                Some(bytes(Span::exactly(length)))
            }
            ("bytearray", [length]) if plain => {
                let length = self.byte_length(length, depth)?;
                Some(Size::of(
                    What::ByteArray,
                    length,
                    length.bytes(growth::bytearray),
                    Bytes::NONE,
                ))
            }
            ("bytearray", []) if plain => {
                let empty = Span::exactly(0);
                Some(Size::of(What::ByteArray, empty, empty.bytes(growth::bytearray), Bytes::NONE))
            }
            ("array.array", [code, rest @ ..]) => {
                let item = typecode(code)?;
                let length = match rest {
                    [] => Span::exactly(0),
                    [items @ (Expr::List(_) | Expr::Tuple(_))] => self.span_at(items, depth)?,
                    _ => return None,
                };
                let own = length.bytes(|length| ARRAY + length * item);
                Some(Size::of(What::Array(item), length, own, Bytes::NONE))
            }
            (
                "list" | "tuple" | "set" | "frozenset" | "sorted" | "dict" | "collections.deque",
                _,
            ) => self.size_of_collected(name, call, depth),
            _ => match ITERATORS.iter().find(|(known, _)| *known == name) {
                Some((_, own)) => Some(iterator(*own)),
                None => self.size_of_array(name, call, depth),
            },
        }
    }

    /// Whether the elements are numbers or strings.
    fn has_plain_elements(&self, value: &'a Expr) -> bool {
        let found = self.type_of(value);
        let plain =
            |kind| matches!(kind, Kind::Int | Kind::Float | Kind::Str | Kind::Bytes | Kind::Bool);
        plain(found.element) && (found.kind != Kind::Dict || plain(found.key))
    }

    /// The length of `bytes(x)`.
    fn byte_length(&self, of: &'a Expr, depth: u32) -> Option<Span> {
        let length = match self.integer_at(of, depth) {
            Some(length) => Span::exactly(u64::try_from(length).ok()?),
            None => match self.size_at(of, depth)?.what {
                What::Bytes | What::ByteArray => self.span_at(of, depth)?,
                _ => return None,
            },
        };
        (length.high <= growth::LONGEST).then_some(length)
    }

    /// `f.read(n)` of a file: `n` bytes, or characters, at most.
    fn size_of_read(&self, call: &'a ExprCall, depth: u32) -> Option<Size> {
        let Expr::Attribute(func) = &*call.func else { return None };
        let [limit] = &call.arguments.args[..] else { return None };
        let limit = u64::try_from(self.integer_at(limit, depth)?).ok()?;
        let length = Span { low: 0, high: limit };
        let found = self.type_of(&func.value);
        let is_file = matches!(found.kind, Kind::File | Kind::Buffer);
        match found.element {
            _ if !is_file || limit > growth::LONGEST => None,
            Kind::Bytes => Some(bytes(length)),
            Kind::Str => {
                let low = growth::string(0, Width::Ascii, self.minor);
                let high = growth::string(limit, Width::Four, self.minor);
                let own = Bytes { low, high: Some(high) };
                Some(Size::of(What::Str(Width::Four), length, own, Bytes::NONE))
            }
            _ => None,
        }
    }

    fn size_repeated(&self, sequence: &'a Expr, times: &'a Expr, depth: u32) -> Option<Size> {
        let one = self.size_at(sequence, depth)?;
        let Some(times) = self.integer_at(times, depth) else {
            let each = match one.what {
                What::List | What::Tuple => POINTER,
                What::Array(item) => item,
                What::Bytes | What::ByteArray | What::Str(Width::Ascii | Width::Latin) => 1,
                What::Str(Width::Two) => 2,
                What::Str(Width::Four) => 4,
                _ => return None,
            };
            let per_element = each.checked_mul(one.length?.high)?;
            let own = Bytes::from(self.rebuilt(one.what, Span::exactly(0))?.own.low);
            return Some(Size { own, length: None, per_element, held: one.held.perhaps(), ..one });
        };
        let length = one.length?.times(Span::exactly(u64::try_from(times.max(0)).ok()?))?;
        let made = self.rebuilt(one.what, length)?;
        Some(Size { held: if times > 0 { one.held } else { Bytes::NONE }, ..made })
    }

    /// What `+` makes of two sequences of one kind.
    fn added(&self, left: Size, right: Size) -> Option<Size> {
        let what = match (left.what, right.what) {
            (What::Str(a), What::Str(b)) => What::Str(a.max(b)),
            (What::List, What::List) => What::List,
            (What::Tuple, What::Tuple) => What::Tuple,
            (What::Bytes, What::Bytes) => What::Bytes,
            _ => return None,
        };
        let made = self.rebuilt(what, left.length?.plus(right.length?)?)?;
        Some(Size { held: left.held.plus(right.held), ..made })
    }

    /// A sequence that an operator makes at once.
    fn rebuilt(&self, what: What, length: Span) -> Option<Size> {
        if length.high > growth::LONGEST {
            return None;
        }
        let own = match what {
            What::Str(width) => {
                let size = self.string(length, width);
                // One character is shared, and may keep its UTF-8 form beside it.
                let shared = width != Width::Ascii && length.low <= 1;
                let cached = Bytes::up_to(if shared { 5 } else { 0 });
                return Some(Size { own: size.own.plus(cached), ..size });
            }
            What::Bytes => return Some(bytes(length)),
            What::ByteArray => length.bytes(growth::bytearray),
            What::List => length.bytes(|length| growth::list(length, Filled::Exactly, self.minor)),
            What::Tuple => length.bytes(tuple),
            What::Array(item) => length.bytes(|length| ARRAY + length * item),
            _ => return None,
        };
        Some(Size::of(what, length, own, Bytes::NONE))
    }

    fn string(&self, length: Span, width: Width) -> Size {
        let own = length.bytes(|length| growth::string(length, width, self.minor));
        Size::of(What::Str(width), length, own, Bytes::NONE)
    }
}

pub(super) fn byte_count(value: &BytesLiteralValue) -> u64 {
    value.iter().map(|part| part.as_slice().len() as u64).sum()
}

#[inline(never)]
fn size_of_number(value: &Number) -> Option<Size> {
    let own = match value {
        Number::Int(int) => growth::int(int.as_i64()?.into()),
        Number::Float(_) => FLOAT,
        Number::Complex { .. } => COMPLEX,
    };
    Some(Size::scalar(Bytes::exactly(own)))
}

/// What a lazy iterator walks may be its own.
fn iterator(own: u64) -> Size {
    Size { what: What::Iterator, held: Bytes::UNKNOWN, ..Size::scalar(Bytes::from(own)) }
}

pub(super) fn tuple(length: u64) -> u64 {
    TUPLE + length * POINTER
}

fn bytes(length: Span) -> Size {
    Size::of(What::Bytes, length, length.bytes(|length| BYTES + length), Bytes::NONE)
}

fn typecode(code: &Expr) -> Option<u64> {
    let Expr::StringLiteral(code) = code else { return None };
    let code = code.value.to_str();
    crate::catalog::objects::TYPECODES
        .iter()
        .find(|(known, _)| *known == code)
        .map(|(_, bytes)| *bytes)
}
