//! The model of a size: bytes and lengths with bounds.

use super::growth::Width;

/// A number of bytes that is at least `low`, and at most `high` where that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bytes {
    /// At least so many.
    pub low: u64,
    /// At most so many. `None`: not known.
    pub high: Option<u64>,
}

impl Bytes {
    /// None.
    pub const NONE: Bytes = Bytes::exactly(0);
    /// Any number.
    pub const UNKNOWN: Bytes = Bytes { low: 0, high: None };

    /// So many.
    #[inline]
    pub const fn exactly(bytes: u64) -> Bytes {
        Bytes { low: bytes, high: Some(bytes) }
    }

    /// At most so many.
    #[inline]
    pub const fn up_to(bytes: u64) -> Bytes {
        Bytes { low: 0, high: Some(bytes) }
    }

    /// At least so many.
    #[inline]
    pub const fn from(bytes: u64) -> Bytes {
        Bytes { low: bytes, high: None }
    }

    /// Both together.
    #[must_use]
    #[inline]
    pub fn plus(self, other: Bytes) -> Bytes {
        let high = self.high.zip(other.high).map(|(a, b)| a.saturating_add(b));
        Bytes { low: self.low.saturating_add(other.low), high }
    }

    /// As often as the span says.
    #[must_use]
    pub fn times(self, span: Span) -> Bytes {
        Bytes {
            low: self.low.saturating_mul(span.low),
            high: self.high.map(|high| high.saturating_mul(span.high)),
        }
    }

    /// One or the other.
    #[must_use]
    pub fn or(self, other: Bytes) -> Bytes {
        let high = self.high.zip(other.high).map(|(a, b)| a.max(b));
        Bytes { low: self.low.min(other.low), high }
    }

    /// The same at most, but perhaps nothing.
    #[must_use]
    #[inline]
    pub fn perhaps(self) -> Bytes {
        Bytes { low: 0, ..self }
    }
}

/// A number of elements, at least and at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// At least so many.
    pub low: u64,
    /// At most so many.
    pub high: u64,
}

impl Span {
    /// So many.
    #[inline]
    pub const fn exactly(length: u64) -> Span {
        Span { low: length, high: length }
    }

    /// Both together.
    #[inline]
    pub fn plus(self, other: Span) -> Option<Span> {
        Some(Span {
            low: self.low.checked_add(other.low)?,
            high: self.high.checked_add(other.high)?,
        })
    }

    /// Each with each.
    pub fn times(self, other: Span) -> Option<Span> {
        Some(Span {
            low: self.low.checked_mul(other.low)?,
            high: self.high.checked_mul(other.high)?,
        })
    }

    /// One or the other.
    #[must_use]
    pub fn or(self, other: Span) -> Span {
        Span { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// What is left when equal elements become one.
    #[must_use]
    pub fn with_duplicates(self) -> Span {
        Span { low: self.low.min(1), ..self }
    }

    /// The bytes of a function that is monotone in the length.
    #[inline]
    pub(super) fn bytes(self, of: impl Fn(u64) -> u64) -> Bytes {
        let low = of(self.low);
        Bytes { low, high: Some(if self.low == self.high { low } else { of(self.high) }) }
    }
}

/// What kind of object a size is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// An object of known size that has no elements.
    Scalar,
    /// `str`, of characters of this width.
    Str(Width),
    /// `bytes`.
    Bytes,
    /// `bytearray`.
    ByteArray,
    /// `list`.
    List,
    /// `tuple`.
    Tuple,
    /// `set`.
    Set,
    /// `frozenset`.
    FrozenSet,
    /// `dict`.
    Dict,
    /// `collections.deque`.
    Deque,
    /// `array.array` with items of so many bytes.
    Array(u64),
    /// A NumPy array: what its elements take, without some 100 bytes for itself.
    NdArray,
    /// A PyTorch tensor: what its elements take.
    Tensor,
    /// A lazy iterator.
    Iterator,
    /// An instance of a class of the file.
    Instance,
}

/// How well a size is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// It is exactly that.
    Exact,
    /// It may be more.
    AtLeast,
    /// It may be less.
    AtMost,
    /// It is so much for each element, and how many elements there are is not known.
    PerElement(u64),
}

/// What an object takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// What it is.
    pub what: What,
    /// The bytes of the object itself: `sys.getsizeof`, `nbytes` of arrays.
    pub own: Bytes,
    /// The bytes of other objects that are made with it and that it keeps.
    pub held: Bytes,
    /// How many elements it has.
    pub length: Option<Span>,
    /// The bytes of its own that each element takes, where the number of elements is not known.
    pub per_element: u64,
}

impl Size {
    #[inline]
    pub(super) fn scalar(bytes: Bytes) -> Size {
        Size { what: What::Scalar, own: bytes, held: Bytes::NONE, length: None, per_element: 0 }
    }

    #[inline]
    pub(super) fn of(what: What, length: Span, own: Bytes, held: Bytes) -> Size {
        Size { what, own, held, length: Some(length), per_element: 0 }
    }

    /// How well its own bytes are known.
    pub fn precision(&self) -> Precision {
        match self.own {
            _ if self.per_element > 0 => Precision::PerElement(self.per_element),
            Bytes { low, high: Some(high) } if low == high => Precision::Exact,
            Bytes { high: Some(_), .. } => Precision::AtMost,
            Bytes { high: None, .. } => Precision::AtLeast,
        }
    }

    /// All that is kept while the object is.
    #[inline]
    pub fn total(&self) -> Bytes {
        self.own.plus(self.held)
    }
}

/// What a finding costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    /// The bytes.
    pub bytes: u64,
    /// How well they are known.
    pub precision: Precision,
    /// What is kept besides at most, where that is known.
    pub held: Option<u64>,
    /// What that is: `integers`.
    pub holds: &'static str,
}

impl Cost {
    /// So many bytes.
    pub fn exactly(bytes: u64) -> Cost {
        Cost { bytes, precision: Precision::Exact, held: None, holds: "" }
    }
}
