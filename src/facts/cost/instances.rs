//! What instances of classes take.

use ruff_python_ast::{Expr, ExprCall, Stmt, StmtClassDef};

use super::{Bytes, Size, What};
use crate::catalog::objects::{GC_HEADER, OBJECT, POINTER};
use crate::facts::Facts;
use crate::facts::classes::Decoration;

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

impl<'a> Facts<'a> {
    /// The size of an instance that a call of a class of the file makes, its attributes' values
    /// aside, as `tracemalloc` counts it.
    pub(super) fn size_of_instance(&self, call: &'a ExprCall) -> Option<Size> {
        let class = self.class_named(&call.func)?;
        let info = self.class_info(class);
        let plain = info.plain_bases && !info.has_keywords && info.decoration == Decoration::Plain;
        let replaced = info.methods.iter().any(|method| method.name.as_str() == "__new__");
        if !plain || replaced {
            return None;
        }
        let own = if info.has_slots {
            Bytes::exactly(instance_bytes(slots(class)?, self.minor).slotted)
        } else if info.dynamic {
            return None;
        } else {
            let initial = info.attributes.iter().filter(|attribute| attribute.initial).count();
            Bytes::from(instance_bytes(initial as u64, self.minor).open)
        };
        let what = What::Instance;
        Some(Size { what, own, held: Bytes::UNKNOWN, length: None, per_element: 0 })
    }
}

/// How many slots a class without bases declares.
fn slots(class: &StmtClassDef) -> Option<u64> {
    let value = class.body.iter().find_map(|stmt| match stmt {
        Stmt::Assign(it) => match &it.targets[..] {
            [Expr::Name(name)] if name.id.as_str() == "__slots__" => Some(&*it.value),
            _ => None,
        },
        _ => None,
    })?;
    let names = match value {
        Expr::Tuple(it) => &it.elts[..],
        Expr::List(it) => &it.elts[..],
        name @ Expr::StringLiteral(_) => std::slice::from_ref(name),
        _ => return None,
    };
    let plain = names.iter().all(|name| {
        matches!(name, Expr::StringLiteral(it)
            if !matches!(it.value.to_str(), "__dict__" | "__weakref__"))
    });
    plain.then_some(names.len() as u64)
}
