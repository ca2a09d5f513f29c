//! What instances of classes take.

use ruff_python_ast::{ExprCall, StmtClassDef};

use super::{Bytes, Size, What, once};
use crate::catalog::objects::{GC_HEADER, OBJECT, POINTER};
use crate::facts::Facts;
use crate::facts::classes::slots::Slots;
use crate::facts::classes::table::{Class, ClassKind};

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

/// The bytes that a `__dict__` with so many attributes adds to an instance with so many slots:
/// measured like the others.
pub fn dict_bytes(slots: u64, attributes: u64, minor: u8) -> u64 {
    match (minor, slots, attributes) {
        // The dict is made with its first attribute. From 3.13 on the values of an instance with
        // slots are not kept inline.
        (..=10, _, 0) | (13.., 1.., 0) => 16,
        (13.., 1.., ..=29) => 360,
        _ => instance_bytes(attributes, minor).open - GC_HEADER - OBJECT,
    }
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
        once(&self.costs.sizes, self.nodes().id(class), || self.size_of_instance_of(class))
    }

    fn size_of_instance_of(&self, class: &'a StmtClassDef) -> Option<Size> {
        let class = self.class(class)?;
        let replaced = class.members.iter().any(|member| member.name == "__new__");
        let plain = matches!(class.kind, ClassKind::Plain) && self.is_plain_record(class);
        if !plain || replaced {
            return None;
        }
        let own = if let Slots::None = class.slots {
            let record = self.record(class);
            if self.is_open(class, &record) {
                return None;
            }
            let initial = record.attributes.iter().filter(|attribute| attribute.initial).count();
            Bytes::from(instance_bytes(initial as u64, self.minor).open)
        } else {
            Bytes::exactly(instance_bytes(slots(class)?, self.minor).slotted)
        };
        let what = What::Instance;
        Some(Size { what, own, held: Bytes::UNKNOWN, length: None, per_element: 0 })
    }
}

/// How many slots a class without bases declares.
fn slots(class: &Class<'_>) -> Option<u64> {
    let Slots::Literal { names, .. } = &class.slots else { return None };
    let plain = names.iter().all(|slot| !matches!(slot.name, "__dict__" | "__weakref__"));
    plain.then_some(names.len() as u64)
}
