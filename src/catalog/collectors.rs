//! Functions and methods that put the items of an iterable into a container of their own.
//!
//! Each was measured with a list of 1,000,000 against none; the figures are on the page of
//! `list-in-constructor`. Absent on purpose: `tuple([..])`, `sorted([..])` and `extend([..])` of a
//! comprehension, which gain a fifth at most, and consumers that list what they get.

use crate::facts::types::Kind;

/// What may stand in place of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// A comprehension, or a copy of anything.
    Anything,
    /// A comprehension, or a copy of an iterator: a mapping, a number or a string would be taken
    /// for something else.
    Iterators,
    /// A copy only: the result is as long as the list. It is copied first in any case, so nothing
    /// changes.
    Copies,
}

/// A function that collects the items of an iterable.
#[derive(Debug, Clone, Copy)]
pub struct Collector {
    /// The qualified name.
    pub name: &'static str,
    /// The position of the iterable.
    pub position: usize,
    /// The most positional arguments.
    pub most: usize,
    /// The keywords it takes.
    pub keywords: &'static [&'static str],
    /// What may stand in place of the list.
    pub takes: Takes,
    /// Whether the gain does not depend on duplicates.
    pub certain: bool,
}

use Takes::{Anything, Copies, Iterators};

const fn collector(
    name: &'static str,
    (position, most): (usize, usize),
    keywords: &'static [&'static str],
    takes: Takes,
    certain: bool,
) -> Collector {
    Collector { name, position, most, keywords, takes, certain }
}

/// Every collector.
pub const COLLECTORS: &[Collector] = &[
    collector("set", (0, 1), &[], Anything, false),
    collector("frozenset", (0, 1), &[], Anything, false),
    collector("dict", (0, 1), &[], Iterators, true),
    collector("collections.OrderedDict", (0, 1), &[], Iterators, true),
    collector("collections.Counter", (0, 1), &[], Iterators, true),
    collector("collections.deque", (0, 2), &["maxlen"], Iterators, true),
    collector("array.array", (1, 2), &[], Iterators, true),
    collector("bytes", (0, 1), &[], Iterators, true),
    collector("bytearray", (0, 1), &[], Iterators, true),
    collector("sorted", (0, 1), &["key", "reverse"], Copies, true),
    collector("list", (0, 1), &[], Copies, true),
    collector("tuple", (0, 1), &[], Copies, true),
];

/// The names of all collectors.
pub const NAMES: &[&str] = &{
    let mut names = [""; COLLECTORS.len()];
    let mut i = 0;
    while i < names.len() {
        names[i] = COLLECTORS[i].name;
        i += 1;
    }
    names
};

/// The collector of a qualified name.
pub fn find(name: &str) -> Option<&'static Collector> {
    COLLECTORS.iter().find(|collector| collector.name == name)
}

/// Methods that take the items of one iterable.
pub const METHODS: &[&str] =
    &["difference", "difference_update", "intersection", "union", "update", "writelines"];

/// How a method of a kind takes the items: `Some(true)` if it changes its object with each of
/// them.
pub fn method(owner: Kind, name: &str) -> Option<bool> {
    Some(match (owner, name) {
        (Kind::Set | Kind::FrozenSet, "difference" | "intersection" | "union") => false,
        (Kind::Set, "difference_update" | "update")
        | (Kind::Dict, "update")
        | (Kind::File, "writelines") => true,
        _ => return None,
    })
}
