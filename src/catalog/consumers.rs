//! Functions that take one item of an iterable after another and keep none of them.
//!
//! Each was measured with a list of 1,000,000 against a generator; the figures are on the page of
//! `list-in-reduction`. `str.join` and `sorted` are absent on purpose: they list their input.

/// How a function walks its argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walk {
    /// To the end.
    Exhausting,
    /// Until the answer is known.
    ShortCircuiting,
    /// To the end, but by another algorithm for a sized argument: equal items may change places.
    BySize,
}

/// A function that walks an iterable once.
#[derive(Debug, Clone, Copy)]
pub struct Consumer {
    /// The qualified name.
    pub name: &'static str,
    /// The position of the iterable.
    pub position: usize,
    /// How it is walked.
    pub walk: Walk,
    /// The most positional arguments with which the iterable is still what is walked.
    pub most: usize,
    /// The keywords it takes.
    pub keywords: &'static [&'static str],
    /// Whether a set serves as well as a list: removing duplicates does not change the answer.
    pub ignores_duplicates: bool,
}

use Walk::{BySize, Exhausting, ShortCircuiting};

const fn consumer(
    name: &'static str,
    (position, most): (usize, usize),
    walk: Walk,
    keywords: &'static [&'static str],
    ignores_duplicates: bool,
) -> Consumer {
    Consumer { name, position, walk, most, keywords, ignores_duplicates }
}

/// Every consumer.
pub const CONSUMERS: &[Consumer] = &[
    consumer("sum", (0, 2), Exhausting, &["start"], false),
    consumer("min", (0, 1), Exhausting, &["key", "default"], true),
    consumer("max", (0, 1), Exhausting, &["key", "default"], true),
    consumer("any", (0, 1), ShortCircuiting, &[], true),
    consumer("all", (0, 1), ShortCircuiting, &[], true),
    consumer("math.fsum", (0, 1), Exhausting, &[], false),
    consumer("math.prod", (0, 1), Exhausting, &["start"], false),
    consumer("statistics.fmean", (0, 2), Exhausting, &["weights"], false),
    consumer("statistics.mean", (0, 1), Exhausting, &[], false),
    consumer("heapq.nsmallest", (1, 3), BySize, &["key"], false),
    consumer("heapq.nlargest", (1, 3), BySize, &["key"], false),
    consumer("functools.reduce", (1, 3), Exhausting, &["initial"], false),
];

/// The names of all consumers.
pub const NAMES: &[&str] = &{
    let mut names = [""; CONSUMERS.len()];
    let mut i = 0;
    while i < names.len() {
        names[i] = CONSUMERS[i].name;
        i += 1;
    }
    names
};

/// The consumer of a qualified name.
pub fn find(name: &str) -> Option<&'static Consumer> {
    CONSUMERS.iter().find(|consumer| consumer.name == name)
}
