//! Sizes in bytes, where literals and ranges allow to know them.
//!
//! The object sizes are those of CPython 3.11 and later on 64-bit machines, as
//! `python3 -c "import sys; print(sys.getsizeof(..))"` prints them.

use ruff_python_ast::{Expr, ExprCall, ExprContext, ExprName, Int, Number, Stmt, UnaryOp};

use super::Facts;
use super::nodes::{Node, NodeId};
use super::scopes::{DefinitionKind, Resolution};
use super::types::Kind;

/// A pointer in a list, tuple or attribute slot.
pub const POINTER: u64 = 8;
/// An empty list: `sys.getsizeof([])`.
pub const LIST: u64 = 56;
/// A garbage collector's header before each container: two pointers.
pub const GC_HEADER: u64 = 16;
/// An object's reference count and type.
pub const OBJECT: u64 = 16;
/// A loop or collection of at most this many elements is not worth a finding: measured, 1,000
/// integers in a list are 37 KB.
pub const SMALL: u64 = 1000;

impl<'a> Facts<'a> {
    /// How many elements iterating over the expression gives at most, where it is known.
    pub fn length_of(&self, expr: &'a Expr) -> Option<u64> {
        match expr {
            Expr::List(it) => self.count(&it.elts),
            Expr::Tuple(it) => self.count(&it.elts),
            Expr::Set(it) => self.count(&it.elts),
            Expr::Dict(it) if it.items.iter().all(|item| item.key.is_some()) => {
                Some(it.items.len() as u64)
            }
            Expr::StringLiteral(it) => Some(it.value.chars().count() as u64),
            Expr::BytesLiteral(it) => Some(it.value.bytes().count() as u64),
            Expr::ListComp(it) => self.product(&it.generators),
            Expr::SetComp(it) => self.product(&it.generators),
            Expr::DictComp(it) => self.product(&it.generators),
            Expr::Generator(it) => self.product(&it.generators),
            Expr::BinOp(it) => {
                let ((list @ (Expr::List(_) | Expr::Tuple(_)), times)
                | (times, list @ (Expr::List(_) | Expr::Tuple(_)))) = (&*it.left, &*it.right)
                else {
                    return None;
                };
                (it.op == ruff_python_ast::Operator::Mult).then_some(())?;
                self.length_of(list)?.checked_mul(u64::try_from(integer(times)?).ok()?)
            }
            Expr::Call(call) => self.length_of_call(call),
            Expr::Name(name) => self.length_of_constant(name),
            _ => None,
        }
    }

    fn length_of_call(&self, call: &'a ExprCall) -> Option<u64> {
        let arguments = &call.arguments;
        if let Expr::Attribute(func) = &*call.func
            && matches!(func.attr.as_str(), "items" | "keys" | "values")
            && matches!(&*func.value, Expr::Dict(_) | Expr::Name(_))
            && self.kind_of(&func.value) == Kind::Dict
        {
            return self.length_of(&func.value);
        }
        let Expr::Name(func) = &*call.func else { return None };
        let name = func.id.as_str();
        if !matches!(
            name,
            "range"
                | "enumerate"
                | "reversed"
                | "sorted"
                | "list"
                | "tuple"
                | "set"
                | "zip"
                | "map"
        ) || !self.is_qualified(&call.func, name)
        {
            return None;
        }
        match (name, &arguments.args[..]) {
            ("range", [stop]) => u64::try_from(self.integer_of(stop)?.max(0)).ok(),
            ("range", [start, stop]) => {
                u64::try_from(self.integer_of(stop)?.checked_sub(self.integer_of(start)?)?.max(0))
                    .ok()
            }
            ("range", [start, stop, step]) => {
                let (start, stop, step) =
                    (self.integer_of(start)?, self.integer_of(stop)?, self.integer_of(step)?);
                let (span, step) = if step < 0 {
                    (start.checked_sub(stop)?, -step)
                } else {
                    (stop.checked_sub(start)?, step)
                };
                (step != 0).then_some(())?;
                u64::try_from(span.max(0)).ok().map(|span| span.div_ceil(step.unsigned_abs()))
            }
            ("zip", iterables) => iterables.iter().filter_map(|it| self.length_of(it)).min(),
            ("map", [_, iterables @ ..]) => {
                iterables.iter().filter_map(|it| self.length_of(it)).min()
            }
            ("enumerate" | "reversed" | "sorted" | "list" | "tuple" | "set", [first, ..]) => {
                self.length_of(first)
            }
            _ => None,
        }
    }

    /// The length of a container that a name is bound to once and that nothing changes.
    fn length_of_constant(&self, name: &'a ExprName) -> Option<u64> {
        let names = self.names();
        let Resolution::Binding(binding) = names.resolve(name) else { return None };
        let DefinitionKind::Assign { value, .. } = names.only_definition(binding)?.kind else {
            return None;
        };
        let fixed = match value {
            Expr::Tuple(_) | Expr::StringLiteral(_) | Expr::BytesLiteral(_) => true,
            Expr::List(_) | Expr::Set(_) | Expr::Dict(_) => {
                names.reads(binding).all(|(id, _)| self.only_reads(id))
            }
            _ => false,
        };
        if fixed { self.length_of(value) } else { None }
    }

    /// Whether a use of a container leaves it as it is and gives it to nobody.
    fn only_reads(&self, id: NodeId) -> bool {
        let nodes = self.nodes();
        match nodes.get(nodes.parent(id)) {
            Some(Node::Expr(Expr::Attribute(it))) => {
                matches!(it.attr.as_str(), "items" | "keys" | "values" | "get" | "index" | "count")
            }
            Some(Node::Expr(Expr::Subscript(it))) => it.ctx == ExprContext::Load,
            Some(Node::Expr(Expr::Compare(_) | Expr::Starred(_))) => true,
            Some(Node::Expr(Expr::Call(call))) => self.qualified(&call.func).is_some_and(|name| {
                matches!(
                    &*name,
                    "len"
                        | "list"
                        | "tuple"
                        | "set"
                        | "sum"
                        | "min"
                        | "max"
                        | "sorted"
                        | "any"
                        | "all"
                        | "enumerate"
                        | "zip"
                        | "reversed"
                )
            }),
            Some(
                Node::Expr(
                    Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_),
                )
                | Node::Stmt(Stmt::For(_)),
            ) => true,
            _ => false,
        }
    }

    /// The value of an integer literal, of arithmetic on two, or of a name bound once to one.
    pub fn integer_of(&self, expr: &'a Expr) -> Option<i64> {
        if let Expr::Name(name) = expr {
            let names = self.names();
            let Resolution::Binding(binding) = names.resolve(name) else { return None };
            return match names.only_definition(binding)?.kind {
                DefinitionKind::Assign { value, .. } => integer(value),
                _ => None,
            };
        }
        integer(expr)
    }

    fn count(&self, elts: &'a [Expr]) -> Option<u64> {
        elts.iter().try_fold(0u64, |total, elt| match elt {
            Expr::Starred(it) => total.checked_add(self.length_of(&it.value)?),
            _ => total.checked_add(1),
        })
    }

    fn product(&self, generators: &'a [ruff_python_ast::Comprehension]) -> Option<u64> {
        generators
            .iter()
            .try_fold(1u64, |total, generator| total.checked_mul(self.length_of(&generator.iter)?))
    }

    /// Whether a comprehension with these clauses has a condition, so that its length is a bound.
    pub fn is_filtered(generators: &[ruff_python_ast::Comprehension]) -> bool {
        generators.iter().any(|generator| !generator.ifs.is_empty())
    }
}

/// The value of an integer literal, or of a power or product of two of them.
pub fn integer(expr: &Expr) -> Option<i64> {
    match expr {
        Expr::NumberLiteral(it) => match &it.value {
            Number::Int(int) => Int::as_i64(int),
            _ => None,
        },
        Expr::UnaryOp(it) if it.op == UnaryOp::USub => integer(&it.operand)?.checked_neg(),
        Expr::BinOp(it) => {
            let (left, right) = (integer(&it.left)?, integer(&it.right)?);
            match it.op {
                ruff_python_ast::Operator::Pow => left.checked_pow(u32::try_from(right).ok()?),
                ruff_python_ast::Operator::Mult => left.checked_mul(right),
                ruff_python_ast::Operator::Add => left.checked_add(right),
                ruff_python_ast::Operator::Sub => left.checked_sub(right),
                ruff_python_ast::Operator::LShift => {
                    left.checked_mul(1i64.checked_shl(u32::try_from(right).ok()?)?)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// The bytes of a list of so many elements, without the elements.
pub fn list_bytes(length: u64) -> u64 {
    LIST.saturating_add(length.saturating_mul(POINTER))
}

/// A number of bytes for people, in decimal units: `80 MB`.
pub fn human_bytes(bytes: u64) -> String {
    const UNITS: [(&str, u64); 4] =
        [("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000)];
    for (unit, size) in UNITS {
        if bytes >= size {
            let tenths = bytes.saturating_mul(10) / size;
            return if tenths.is_multiple_of(10) || tenths >= 100 {
                format!("{} {unit}", tenths / 10)
            } else {
                format!("{}.{} {unit}", tenths / 10, tenths % 10)
            };
        }
    }
    format!("{bytes} bytes")
}

/// A number for people: `10,000,000`.
pub fn human_count(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The bytes of an instance with so many attributes, with and without `__slots__`, as tracemalloc
/// counts them on a 64-bit CPython: the garbage collector's header included, the values not.
pub fn instance_bytes(attributes: u64, minor: u8) -> InstanceBytes {
    let slotted = GC_HEADER + OBJECT + attributes * POINTER;
    // From 30 attributes on instances of 3.11 and later stop sharing the keys of their dicts.
    let open = match (minor, attributes) {
        (..=10, 0..=5) => 152,
        (..=10, 6..=10) => 192,
        (..=10, 11..=21) => 280,
        (..=10, 22..=42) => 448,
        (..=10, _) => 792,
        (13.., 30..) => 1904,
        (11.., 30..) => 1640,
        (_, 29) => 320,
        (11 | 12, 0..=5) => 72 + attributes * POINTER,
        (11 | 12, 6..=13) => 80 + attributes * POINTER,
        (11 | 12, 14..=21) => 88 + attributes * POINTER,
        (11 | 12, _) => 96 + attributes * POINTER,
        (_, 0..=7) => 72 + attributes * POINTER,
        (_, 8..=15) => 80 + attributes * POINTER,
        (_, 16..=23) => 88 + attributes * POINTER,
        (..) => 96 + attributes * POINTER,
    };
    InstanceBytes { open: open - if minor == 12 { POINTER } else { 0 }, slotted }
}

/// The size of an instance in two layouts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InstanceBytes {
    /// Without `__slots__`.
    pub open: u64,
    /// With `__slots__`.
    pub slotted: u64,
}
