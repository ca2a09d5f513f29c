//! Sizes for people: numbers with units, and what a size is made of in one phrase.

use ruff_python_ast::Expr;

use super::{Cost, Precision, What};
use crate::facts::Facts;

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

/// What something costs, in words: `80 MB`, `up to 80 MB`.
pub fn cost_in_words(cost: &Cost) -> String {
    let bytes = human_bytes(cost.bytes);
    let bytes = match cost.precision {
        Precision::Exact => bytes,
        Precision::AtLeast => format!("at least {bytes}"),
        Precision::AtMost => format!("up to {bytes}"),
        Precision::PerElement(each) => format!("{} for each element", human_bytes(each)),
    };
    match cost.held {
        Some(held) => format!("{bytes}, plus its {}, up to {}", cost.holds, human_bytes(held)),
        None => bytes,
    }
}

impl<'a> Facts<'a> {
    /// What an expression's object is and takes:
    /// `a list of 10,000,000 pointers, 80 MB, plus its integers, up to 320 MB`.
    pub fn size_in_words(&self, expr: &'a Expr) -> Option<String> {
        let size = self.size_of(expr)?;
        let length = size.length?;
        let cost = self.cost_of(expr)?;
        let (noun, unit) = match size.what {
            What::List => ("a list", "pointers"),
            What::Tuple => ("a tuple", "pointers"),
            What::Set => ("a set", "elements"),
            What::FrozenSet => ("a frozenset", "elements"),
            What::Dict => ("a dict", "entries"),
            What::Deque => ("a deque", "pointers"),
            What::Str(_) => ("a string", "characters"),
            What::Bytes => ("bytes", "bytes"),
            What::ByteArray => ("a bytearray", "bytes"),
            What::Array(_) | What::NdArray => ("an array", "elements"),
            What::Tensor => ("a tensor", "elements"),
            What::Scalar | What::Iterator | What::Instance => return None,
        };
        let bound = if length.low == length.high { "" } else { "up to " };
        let count = human_count(length.high);
        Some(format!("{noun} of {bound}{count} {unit}, {}", cost_in_words(&cost)))
    }
}
