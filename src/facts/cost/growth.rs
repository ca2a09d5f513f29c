//! How CPython's containers grow: the bytes of a container by how many elements it has and how
//! they came into it, as `sys.getsizeof` counts them.
//!
//! The rules were read off CPython and checked against 3.11, 3.12 and 3.13 for each length up to
//! some thousands (`benches/object_sizes.py`). All are monotone in the length.

use ruff_python_ast::StringLiteralValue;

use crate::catalog::objects::{
    ALIGNMENT, BYTEARRAY, BYTEARRAY_END, ByVersion, DEQUE, DEQUE_BLOCK, DEQUE_BLOCK_LENGTH, DICT,
    DICT_ENTRY, DICT_KEYS, DICT_STR_ENTRY, INT, INT_DIGIT, INT_DIGIT_BITS, LIST, POINTER, SET,
    SET_ENTRY, SET_INLINE, STR, STR_ASCII,
};

/// Longer containers do not exist. Every function here is free of overflow up to this length.
pub const LONGEST: u64 = 1 << 48;

/// How the elements of a list came into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filled {
    /// All at once, from a known number: `[0] * n`, `a + b`, slices, displays of up to 30.
    Exactly,
    /// From something that says its length: `list(range(n))`, `[*xs]`, a constant display.
    Sized,
    /// From a set, a dict or a view: other growth since 3.13.
    Hashed,
    /// From an iterator that does not: `list(map(..))`.
    Unsized,
    /// One after another: comprehensions and displays of more than 30.
    Appended,
}

/// A version's column in the tables.
pub fn column(numbers: ByVersion, minor: u8) -> u64 {
    let [first, second, third] = numbers;
    match minor {
        ..=11 => first,
        12 => second,
        _ => third,
    }
}

/// A list.
pub fn list(length: u64, filled: Filled, minor: u8) -> u64 {
    let capacity = match filled {
        Filled::Exactly => length,
        Filled::Hashed if minor >= 13 => resized(length),
        Filled::Sized | Filled::Hashed => length.next_multiple_of(2),
        Filled::Unsized => unsized_list(length),
        Filled::Appended => appended(length, 0),
    };
    LIST + capacity * POINTER
}

/// A list that was made in a way that is not known: at most this, however it grew.
pub fn list_at_most(length: u64) -> u64 {
    LIST + overallocated(length.max(1)) * POINTER
}

/// Where `list_resize` goes for so many elements.
fn overallocated(length: u64) -> u64 {
    (length + (length >> 3) + 6) & !3
}

fn resized(length: u64) -> u64 {
    let room = overallocated(length);
    match length {
        0 => 0,
        _ if length > room - length => length.next_multiple_of(4),
        _ => room,
    }
}

fn appended(length: u64, from: u64) -> u64 {
    let mut capacity = from;
    while capacity < length {
        capacity = overallocated(capacity + 1);
    }
    capacity
}

/// A list begins with room for 8 and is cut if less than half of it was needed.
fn unsized_list(length: u64) -> u64 {
    match length {
        0 => 0,
        1..4 => overallocated(length),
        _ => appended(length, 8),
    }
}

/// A set to which elements were added one after another.
pub fn set_added(length: u64) -> u64 {
    let mut slots = SET_INLINE;
    loop {
        let full = ((slots - 1) * 3).div_ceil(5);
        if full > length {
            return set_bytes(slots);
        }
        slots = above(if full > 50_000 { full * 2 } else { full * 4 });
    }
}

/// A set that another set or a dict was merged into at once; also a display of constants.
pub fn set_merged(length: u64) -> u64 {
    let fits = length * 5 < (SET_INLINE - 1) * 3;
    set_bytes(if fits { SET_INLINE } else { above(length * 2) })
}

/// The smallest table with more slots.
fn above(slots: u64) -> u64 {
    (slots + 1).next_power_of_two().max(SET_INLINE)
}

fn set_bytes(slots: u64) -> u64 {
    if slots == SET_INLINE { SET } else { SET + slots * SET_ENTRY }
}

/// A dict whose keys were inserted one after another.
pub fn dict(length: u64, only_strings: bool) -> u64 {
    if length == 0 {
        return DICT;
    }
    let mut slots: u64 = 8;
    loop {
        let usable = slots * 2 / 3;
        if length <= usable {
            let index = match slots {
                0..=0x80 => 1,
                0x81..=0x8000 => 2,
                0x8001..=0x8000_0000 => 4,
                _ => 8,
            };
            let entry = if only_strings { DICT_STR_ENTRY } else { DICT_ENTRY };
            return DICT + DICT_KEYS + slots * index + usable * entry;
        }
        slots = (usable * 3).next_power_of_two();
    }
}

/// A `collections.deque` that was made of an iterable.
pub fn deque(length: u64) -> u64 {
    DEQUE + length / DEQUE_BLOCK_LENGTH * DEQUE_BLOCK
}

/// A `bytearray` that was made at once.
pub fn bytearray(length: u64) -> u64 {
    BYTEARRAY + if length == 0 { 0 } else { length + BYTEARRAY_END }
}

/// The width of a string's characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Width {
    /// Up to U+007F.
    Ascii,
    /// Up to U+00FF.
    Latin,
    /// Up to U+FFFF.
    Two,
    /// Beyond.
    Four,
}

impl Width {
    /// The width that a text needs.
    pub fn of(text: &str) -> Width {
        if text.is_ascii() {
            return Width::Ascii;
        }
        match text.chars().max().map_or(0, u32::from) {
            0..=0x7f => Width::Ascii,
            0x80..=0xff => Width::Latin,
            0x100..=0xffff => Width::Two,
            _ => Width::Four,
        }
    }

    fn bytes(self) -> u64 {
        match self {
            Width::Ascii | Width::Latin => 1,
            Width::Two => 2,
            Width::Four => 4,
        }
    }
}

/// What the size of a string literal depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// How many characters it has.
    pub characters: u64,
    /// The width that they need.
    pub width: Width,
    /// The bytes of its UTF-8 form.
    pub encoded: u64,
}

impl Text {
    /// The text of a literal, all its parts together.
    pub fn of(value: &StringLiteralValue) -> Text {
        let (first, rest) = value
            .as_slice()
            .split_first()
            .map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
        rest.iter().fold(Text::of_part(first), |all, part| {
            let part = Text::of_part(part.as_str());
            Text {
                characters: all.characters + part.characters,
                width: all.width.max(part.width),
                encoded: all.encoded + part.encoded,
            }
        })
    }

    fn of_part(text: &str) -> Text {
        let (width, encoded) = (Width::of(text), text.len() as u64);
        let characters = match width {
            Width::Ascii => encoded,
            _ => text.chars().count() as u64,
        };
        Text { characters, width, encoded }
    }
}

/// A string of so many characters.
pub fn string(length: u64, width: Width, minor: u8) -> u64 {
    let head = if width == Width::Ascii || length == 0 { STR_ASCII } else { STR };
    let each = if length == 0 { 1 } else { width.bytes() };
    column(head, minor) + (length + 1) * each
}

/// An integer.
pub fn int(value: i128) -> u64 {
    let bits = u128::BITS - value.unsigned_abs().leading_zeros();
    INT + u64::from(bits.div_ceil(INT_DIGIT_BITS).max(1)) * INT_DIGIT
}

/// What the allocator takes for a small object.
pub fn allocated(bytes: u64) -> u64 {
    bytes.next_multiple_of(ALIGNMENT)
}
