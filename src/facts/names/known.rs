//! What names and attributes were found to be called, so that each is looked up once.
//!
//! An answer that took no fuel holds wherever its binding is read. One that took some holds only
//! for a question that begins with all of it: otherwise the answer would depend on what was asked
//! before.

use std::cell::{Cell, OnceCell, RefCell};

use crate::facts::nodes::NodeId;
use crate::facts::scopes::BindingId;

/// The answer to a question, when it was asked.
pub(super) type Answer<'a> = Option<Option<&'a str>>;

/// An answer in 32 bits: unasked, no name, or an index of the texts; and whether it took fuel.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Packed(u32);

impl Packed {
    const UNASKED: u32 = 0;
    const NAMELESS: u32 = 1;
    const FIRST: u32 = 2;
    const TOOK_FUEL: u32 = 1 << 31;
}

/// Answers by the positions of what they are about.
type Table = OnceCell<Box<[Cell<Packed>]>>;

/// The answers of a file.
#[derive(Debug, Default)]
pub(in crate::facts) struct Known<'a> {
    texts: RefCell<Vec<&'a str>>,
    /// By node.
    nodes: Table,
    /// By binding.
    bindings: Table,
}

impl<'a> Known<'a> {
    #[inline]
    fn unpack(&self, packed: u32) -> Answer<'a> {
        match packed {
            Packed::UNASKED => None,
            Packed::NAMELESS => Some(None),
            text => Some(self.texts.borrow().get((text - Packed::FIRST) as usize).copied()),
        }
    }

    fn pack(&self, name: Option<&'a str>) -> u32 {
        let Some(name) = name else { return Packed::NAMELESS };
        let mut texts = self.texts.borrow_mut();
        texts.push(name);
        texts.len() as u32 - 1 + Packed::FIRST
    }

    /// What an expression is called.
    #[inline]
    pub(super) fn node(&self, node: NodeId) -> Answer<'a> {
        self.unpack(of(&self.nodes, node.index()).0)
    }

    /// Keeps what an expression is called. `count` is the number of nodes.
    pub(super) fn put_node(&self, node: NodeId, count: usize, name: Option<&'a str>) {
        put(&self.nodes, node.index(), count, Packed(self.pack(name)));
    }

    /// What a binding is called wherever it is read. `full`: no fuel was used so far.
    #[inline]
    pub(super) fn binding(&self, binding: BindingId, full: bool) -> Answer<'a> {
        let Packed(packed) = of(&self.bindings, binding.index());
        let took_fuel = packed & Packed::TOOK_FUEL != 0;
        if took_fuel && !full { None } else { self.unpack(packed & !Packed::TOOK_FUEL) }
    }

    /// Keeps what a binding is called. `count` is the number of bindings.
    pub(super) fn put_binding(
        &self,
        binding: BindingId,
        count: usize,
        name: Option<&'a str>,
        took_fuel: bool,
    ) {
        let fuel = if took_fuel { Packed::TOOK_FUEL } else { 0 };
        put(&self.bindings, binding.index(), count, Packed(self.pack(name) | fuel));
    }
}

#[inline]
fn of(table: &Table, index: usize) -> Packed {
    table.get().and_then(|table| table.get(index)).map(Cell::get).unwrap_or_default()
}

fn put(table: &Table, index: usize, count: usize, packed: Packed) {
    let table = table.get_or_init(|| vec![Cell::default(); count].into_boxed_slice());
    if let Some(slot) = table.get(index) {
        slot.set(packed);
    }
}
