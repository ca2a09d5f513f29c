//! What names and attributes were found to be called, so that each is looked up once.
//!
//! An answer that took no fuel holds wherever its binding is read. One that took some holds only
//! for a question that begins with all of it: otherwise the answer would depend on what was asked
//! before.

use std::cell::{Cell, RefCell};

use crate::facts::nodes::NodeId;
use crate::facts::scopes::BindingId;

/// The answer to a question, when it was asked.
pub(super) type Answer<'a> = Option<Option<&'a str>>;

/// An answer in 32 bits: unasked, no name, or an index of the texts.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Packed(u32);

const UNASKED: u32 = 0;
const NAMELESS: u32 = 1;
const FIRST: u32 = 2;

/// The answers of a file.
#[derive(Debug, Default)]
pub(in crate::facts) struct Known<'a> {
    texts: RefCell<Vec<&'a str>>,
    /// By node.
    nodes: RefCell<Vec<Packed>>,
    /// By binding: the answer, and whether it took fuel.
    bindings: RefCell<Vec<Cell<(Packed, bool)>>>,
}

impl<'a> Known<'a> {
    fn unpack(&self, Packed(packed): Packed) -> Answer<'a> {
        match packed {
            UNASKED => None,
            NAMELESS => Some(None),
            text => Some(self.texts.borrow().get((text - FIRST) as usize).copied()),
        }
    }

    fn pack(&self, name: Option<&'a str>) -> Packed {
        let Some(name) = name else { return Packed(NAMELESS) };
        let mut texts = self.texts.borrow_mut();
        texts.push(name);
        Packed(texts.len() as u32 - 1 + FIRST)
    }

    /// What an expression is called.
    pub(super) fn node(&self, node: NodeId) -> Answer<'a> {
        self.unpack(self.nodes.borrow().get(node.index()).copied().unwrap_or_default())
    }

    /// Keeps what an expression is called. `count` is the number of nodes.
    pub(super) fn put_node(&self, node: NodeId, count: usize, name: Option<&'a str>) {
        let packed = self.pack(name);
        let mut nodes = self.nodes.borrow_mut();
        if nodes.is_empty() {
            nodes.resize(count, Packed::default());
        }
        if let Some(slot) = nodes.get_mut(node.index()) {
            *slot = packed;
        }
    }

    /// What a binding is called wherever it is read. `full`: no fuel was used so far.
    pub(super) fn binding(&self, binding: BindingId, full: bool) -> Answer<'a> {
        let bindings = self.bindings.borrow();
        let (packed, took_fuel) = bindings.get(binding.index()).map(Cell::get).unwrap_or_default();
        if took_fuel && !full { None } else { self.unpack(packed) }
    }

    /// Keeps what a binding is called. `count` is the number of bindings.
    pub(super) fn put_binding(
        &self,
        binding: BindingId,
        count: usize,
        name: Option<&'a str>,
        took_fuel: bool,
    ) {
        let packed = self.pack(name);
        let mut bindings = self.bindings.borrow_mut();
        if bindings.is_empty() {
            bindings.resize(count, Cell::default());
        }
        if let Some(slot) = bindings.get_mut(binding.index()) {
            slot.set((packed, took_fuel));
        }
    }
}
