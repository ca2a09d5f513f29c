//! Sizes in bytes, where literals, ranges and shapes allow to know them.
//!
//! `size_of` answers for an expression what the object that it makes takes of its own (what
//! `sys.getsizeof` says), what else is made and kept with it (its integers, its inner lists), and
//! how many elements it has: exactly, at least, at most, or for each element. `length_of` and
//! `integer_of` answer the parts. The numbers are those of CPython on 64-bit machines for the
//! file's target version (`catalog::objects`).
//!
//! Not answered: what a name stands for after something changed it, what depends on input, what
//! other files define, memory of processes and devices, fragmentation. The type of array elements
//! that nothing states is the one the library ships with.

mod arrays;
mod constants;
mod containers;
mod distinct;
pub mod growth;
mod instances;
mod integers;
mod items;
mod lengths;
mod model;
mod sized;
mod sizes;
mod words;

use std::cell::{Cell, OnceCell, RefCell};

use rustc_hash::FxHashMap;

pub use instances::{InstanceBytes, dict_bytes, instance_bytes};
pub use integers::integer;
pub use model::{Bytes, Cost, Precision, Size, Span, What};
pub use sized::{Sized, sized};
pub use words::{cost_in_words, human_bytes, human_count};

use constants::Constant;

use super::nodes::NodeId;
use crate::catalog::objects::{LIST, POINTER};

/// A loop or collection of at most this many elements is not worth a finding: measured, 1,000
/// integers in a list are 37 KB.
pub const SMALL: u64 = 1000;

/// Deeper chains of names and expressions have no size.
const DEPTH: u32 = 64;

/// What was computed about the values of names, by value. A value that is being computed is not
/// known: a chain of names that ends in itself has no answer.
#[derive(Debug, Default)]
pub(super) struct CostCache<'a> {
    /// By binding.
    constants: OnceCell<Vec<Cell<Constant<'a>>>>,
    integers: RefCell<FxHashMap<NodeId, Option<i64>>>,
    lengths: RefCell<FxHashMap<NodeId, Option<Span>>>,
    /// By value, and of the instances by class.
    sizes: RefCell<FxHashMap<NodeId, Option<Size>>>,
}

/// The bytes of a list of so many elements, without the elements.
pub fn list_bytes(length: u64) -> u64 {
    LIST.saturating_add(length.saturating_mul(POINTER))
}

/// Looks up what is known, or computes it once.
fn once<T: Copy>(
    cache: &RefCell<FxHashMap<NodeId, Option<T>>>,
    key: NodeId,
    compute: impl FnOnce() -> Option<T>,
) -> Option<T> {
    if let Some(known) = cache.borrow().get(&key) {
        return *known;
    }
    cache.borrow_mut().insert(key, None);
    let found = compute();
    cache.borrow_mut().insert(key, found);
    found
}
