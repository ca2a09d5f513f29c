//! The lattice: kinds of values, types made of them, and what operators make of types.

use ruff_python_ast::Operator;

use super::classes::OwnClass;

/// What kind of value an expression has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Nothing reaches here yet: the identity of the join.
    Never,
    /// Not known.
    Unknown,
    /// `None`.
    None,
    /// `bool`.
    Bool,
    /// `int`.
    Int,
    /// `float`. Where an annotation says so it may be an `int`.
    Float,
    /// `complex`.
    Complex,
    /// `str`.
    Str,
    /// `bytes`.
    Bytes,
    /// `bytearray`.
    ByteArray,
    /// `memoryview`.
    MemoryView,
    /// `list`.
    List,
    /// `tuple`.
    Tuple,
    /// `set`.
    Set,
    /// `frozenset`.
    FrozenSet,
    /// `dict` and its subclasses of the standard library.
    Dict,
    /// A view of a `dict`: keys, values or items.
    DictView,
    /// `collections.deque`.
    Deque,
    /// `range`.
    Range,
    /// A lazy one-pass iterator: `map`, `filter`, `zip`, `enumerate`, `reversed`, a generator.
    Iterator,
    /// An open file. Its elements are `str` in text mode and `bytes` in binary mode.
    File,
    /// `io.StringIO` or `io.BytesIO`: a file in memory.
    Buffer,
    /// `pathlib.Path` or a pure path.
    Path,
    /// `csv.reader` or `csv.DictReader`.
    CsvReader,
    /// `zipfile.ZipFile`.
    ZipFile,
    /// `tarfile.TarFile`.
    TarFile,
    /// A response of `requests` or `httpx`.
    Response,
    /// A session or client of `requests` or `httpx`.
    Session,
    /// What `urllib.request.urlopen` returns.
    UrlResponse,
    /// A database connection.
    Connection,
    /// A database cursor.
    Cursor,
    /// A Django query set.
    QuerySet,
    /// `subprocess.CompletedProcess`.
    CompletedProcess,
    /// `subprocess.Popen`.
    Process,
    /// A `hashlib` object.
    Hash,
    /// `re.Pattern`.
    Pattern,
    /// `re.Match`.
    Match,
    /// `array.array`.
    Array,
    /// A NumPy array.
    NdArray,
    /// A pandas or polars frame.
    DataFrame,
    /// A pandas or polars series.
    Series,
    /// A polars lazy frame.
    LazyFrame,
    /// A PyTorch tensor.
    Tensor,
    /// A function of the file, or a lambda.
    Function,
    /// A class of the file.
    Class,
    /// A module.
    Module,
    /// An instance of this class of the file, or of a subclass.
    Instance(OwnClass),
}

impl Kind {
    /// Whether the elements of such a container may change after it was made.
    #[inline]
    pub(in crate::facts) fn is_mutable_container(self) -> bool {
        matches!(self, Kind::List | Kind::Set | Kind::Dict | Kind::Deque)
    }

    /// Whether comparing two such values gives a `bool`.
    pub(super) fn compares_to_bool(self) -> bool {
        use Kind::{
            Bool, ByteArray, Bytes, Dict, Float, FrozenSet, Int, List, None, Path, Range, Set, Str,
            Tuple,
        };
        matches!(
            self,
            None | Bool
                | Int
                | Float
                | Str
                | Bytes
                | ByteArray
                | List
                | Tuple
                | Set
                | FrozenSet
                | Dict
                | Range
                | Path
        )
    }

    fn is_number(self) -> bool {
        matches!(self, Kind::Bool | Kind::Int | Kind::Float)
    }

    /// The kind that covers both.
    #[must_use]
    pub fn join(self, other: Kind) -> Kind {
        match (self, other) {
            (Kind::Never, kind) | (kind, Kind::Never) => kind,
            (a, b) if a == b => a,
            _ => Kind::Unknown,
        }
    }
}

/// The kinds at the positions of a short tuple; empty where they are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    len: u8,
    kinds: [Kind; 3],
}

impl Parts {
    /// Positions that are not known.
    pub const UNKNOWN: Parts = Parts { len: 0, kinds: [Kind::Never; 3] };

    /// Two positions.
    pub const fn pair(first: Kind, second: Kind) -> Parts {
        Parts { len: 2, kinds: [first, second, Kind::Never] }
    }

    /// The positions of a tuple; not known for a longer one than is kept.
    pub fn new(kinds: &[Kind]) -> Parts {
        let mut parts = Parts::UNKNOWN;
        if kinds.len() <= parts.kinds.len() {
            parts.len = kinds.len() as u8;
            for (slot, kind) in parts.kinds.iter_mut().zip(kinds) {
                *slot = *kind;
            }
        }
        parts
    }

    /// The kinds; empty where they are not known.
    pub fn kinds(&self) -> &[Kind] {
        self.kinds.get(..usize::from(self.len)).unwrap_or_default()
    }

    fn join(self, other: Parts) -> Parts {
        if self.len != other.len {
            return Parts::UNKNOWN;
        }
        let mut joined = self;
        for (slot, kind) in joined.kinds.iter_mut().zip(other.kinds) {
            *slot = slot.join(kind);
        }
        joined
    }
}

/// A type: a kind, and for containers the kinds of what is in them, one level deep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type {
    /// The kind of the value. `Unknown` where the value may be `None` or something else.
    pub kind: Kind,
    /// The kind of the elements, or of a dict's values.
    pub element: Kind,
    /// The kind of a dict's keys.
    pub key: Kind,
    /// The positions of a tuple, or of the tuples that a container holds.
    pub parts: Parts,
    /// Where the value may be `None` or one other kind, that other kind; else `Never`. The
    /// elements, keys and positions are then those of the other kind.
    pub or_none: Kind,
}

impl Type {
    /// A type that is not known.
    pub const UNKNOWN: Type = Type::of(Kind::Unknown);
    /// The identity of the join.
    pub const NEVER: Type = Type {
        kind: Kind::Never,
        element: Kind::Never,
        key: Kind::Never,
        parts: Parts::UNKNOWN,
        or_none: Kind::Never,
    };
    /// `str`.
    pub const STR: Type = Type::holding(Kind::Str, Kind::Str);
    /// `bytes`.
    pub const BYTES: Type = Type::holding(Kind::Bytes, Kind::Int);

    /// A type whose elements, if any, are not known.
    pub const fn of(kind: Kind) -> Type {
        match kind {
            Kind::Str => Type::STR,
            Kind::Bytes => Type::BYTES,
            Kind::ByteArray | Kind::Range => Type::holding(kind, Kind::Int),
            _ => Type::holding(kind, Kind::Unknown),
        }
    }

    /// A container of elements of a kind.
    pub const fn holding(kind: Kind, element: Kind) -> Type {
        let key = Kind::Unknown;
        Type { kind, element, key, parts: Parts::UNKNOWN, or_none: Kind::Never }
    }

    /// A dict of keys to values.
    pub const fn dict(key: Kind, value: Kind) -> Type {
        let parts = Parts::UNKNOWN;
        Type { kind: Kind::Dict, element: value, key, parts, or_none: Kind::Never }
    }

    /// A container of tuples.
    pub const fn of_tuples(kind: Kind, parts: Parts) -> Type {
        Type { kind, element: Kind::Tuple, key: Kind::Unknown, parts, or_none: Kind::Never }
    }

    /// A tuple of these positions.
    pub fn tuple(kinds: &[Kind]) -> Type {
        let element = kinds.iter().fold(Kind::Never, |joined, kind| joined.join(*kind));
        Type { parts: Parts::new(kinds), ..Type::holding(Kind::Tuple, element) }
    }

    /// This type or `None`.
    #[must_use]
    pub const fn optional(self) -> Type {
        match self.kind {
            Kind::Never => Type::of(Kind::None),
            Kind::None | Kind::Unknown => self,
            kind => Type { kind: Kind::Unknown, or_none: kind, ..self },
        }
    }

    /// The type of the value where it is not `None`.
    #[must_use]
    pub fn not_none(self) -> Type {
        match self.split() {
            (Kind::Never, _) => Type::NEVER,
            (kind, _) => Type { kind, or_none: Kind::Never, ..self },
        }
    }

    /// The kind of the value where it is not `None`: that of `str | None` is `Str`.
    pub fn kind_or_none(self) -> Kind {
        match self.split() {
            (Kind::Never, _) => self.kind,
            (kind, _) => kind,
        }
    }

    /// The kind apart from `None`, and whether `None` is possible.
    fn split(self) -> (Kind, bool) {
        match (self.kind, self.or_none) {
            (Kind::None, _) => (Kind::Never, true),
            (kind, Kind::Never) => (kind, false),
            (_, kind) => (kind, true),
        }
    }

    /// Whether `None` is among the values that are known to be possible.
    pub fn is_optional(self) -> bool {
        self.split().1
    }

    /// The type that covers both.
    #[must_use]
    pub fn join(self, other: Type) -> Type {
        let ((a, a_none), (b, b_none)) = (self.split(), other.split());
        let joined = match (a, b) {
            (Kind::Never, Kind::Never) => Type::NEVER,
            (Kind::Never, _) => other.not_none(),
            (_, Kind::Never) => self.not_none(),
            (a, b) if a == b => Type {
                kind: a,
                element: self.element.join(other.element),
                key: self.key.join(other.key),
                parts: self.join_parts(other),
                or_none: Kind::Never,
            },
            _ => Type::UNKNOWN,
        };
        if a_none || b_none { joined.optional() } else { joined }
    }

    /// Containers without elements say nothing about the positions of their tuples.
    fn join_parts(self, other: Type) -> Parts {
        match (self.element, other.element) {
            (Kind::Never, _) if self.kind_or_none() != Kind::Tuple => other.parts,
            (_, Kind::Never) if other.kind_or_none() != Kind::Tuple => self.parts,
            _ => self.parts.join(other.parts),
        }
    }

    /// The type of an element, or of a dict's value.
    #[must_use]
    pub fn item(self) -> Type {
        match self.element {
            Kind::Never => Type::NEVER,
            Kind::Tuple => match self.parts.kinds() {
                _ if self.kind == Kind::Tuple => Type::of(Kind::Tuple),
                [] => Type::of(Kind::Tuple),
                kinds => Type::tuple(kinds),
            },
            kind => Type::of(kind),
        }
    }

    /// The type of what a loop over the value gives.
    #[must_use]
    pub fn iterated(self) -> Type {
        match self.kind {
            Kind::Never => Type::NEVER,
            Kind::Str => Type::STR,
            Kind::Bytes | Kind::ByteArray | Kind::Range => Type::of(Kind::Int),
            Kind::Dict => match self.key {
                Kind::Never => Type::NEVER,
                key => Type::of(key),
            },
            Kind::Tuple => match self.element {
                Kind::Never => Type::NEVER,
                kind => Type::of(kind),
            },
            Kind::List
            | Kind::Set
            | Kind::FrozenSet
            | Kind::DictView
            | Kind::Deque
            | Kind::Iterator
            | Kind::File
            | Kind::Buffer
            | Kind::CsvReader => self.item(),
            _ => Type::UNKNOWN,
        }
    }

    /// The same container with elements that are not known.
    #[must_use]
    pub(super) fn emptied(self) -> Type {
        Type { element: Kind::Unknown, key: Kind::Unknown, parts: Parts::UNKNOWN, ..self }
    }
}

/// What `target op= value` leaves in the target.
pub(super) fn augmented(target: &Type, op: Operator, value: &Type) -> Type {
    match (target.kind, op) {
        (Kind::List, Operator::Add) => {
            let added = value.iterated();
            let parts = if added.kind == Kind::Tuple { added.parts } else { Parts::UNKNOWN };
            target.join(Type { parts, ..Type::holding(Kind::List, added.kind) })
        }
        // These grow in place or are replaced by their own kind, whatever is added.
        (Kind::Str | Kind::Bytes | Kind::ByteArray, Operator::Add)
        | (Kind::Str | Kind::Bytes, Operator::Mult | Operator::Mod) => *target,
        (Kind::List | Kind::ByteArray, Operator::Mult) => *target,
        (Kind::Set, Operator::BitOr) if matches!(value.kind, Kind::Set | Kind::FrozenSet) => {
            target.join(Type { kind: Kind::Set, ..*value })
        }
        (Kind::Set, Operator::BitAnd | Operator::Sub | Operator::BitXor)
            if matches!(value.kind, Kind::Set | Kind::FrozenSet) =>
        {
            target.join(Type { kind: Kind::Set, ..*value })
        }
        (Kind::Dict, Operator::BitOr) if value.kind == Kind::Dict => target.join(*value),
        _ => binary(target, op, value),
    }
}

/// What `left op right` gives.
pub(super) fn binary(left: &Type, op: Operator, right: &Type) -> Type {
    use Kind::{
        Bool, Bytes, DataFrame, Float, FrozenSet, Int, List, Never, Path, Set, Str, Tensor, Tuple,
        Unknown,
    };
    use Operator::{Add, BitAnd, BitOr, BitXor, Div, FloorDiv, LShift, Mod, Mult, RShift, Sub};
    match (left.kind, op, right.kind) {
        (Never, _, _) | (_, _, Never) => Type::NEVER,
        // Another operand that takes the operation over from a string exists only in theory.
        (Str | Bytes, Add, kind) if kind == left.kind || kind == Unknown => Type::of(left.kind),
        (Str | Bytes, Mod, kind) if kind != Kind::NdArray => Type::of(left.kind),
        (Tuple, Add, Tuple) => match (left.parts.kinds(), right.parts.kinds()) {
            (a @ [_, ..], b @ [_, ..]) => {
                Type { element: left.element.join(right.element), ..Type::tuple(&[a, b].concat()) }
            }
            _ => Type::holding(Tuple, left.element.join(right.element)),
        },
        (List, Add, List) => left.join(*right),
        (List, Mult, Int | Bool) => *left,
        (Int | Bool, Mult, List) => *right,
        (Str | Bytes, Mult, Int | Bool) => Type::of(left.kind),
        (Int | Bool, Mult, Str | Bytes) => Type::of(right.kind),
        (Tuple, Mult, Int | Bool) => Type::holding(Tuple, left.element),
        (Int | Bool, Mult, Tuple) => Type::holding(Tuple, right.element),
        (a, Div, b) if a.is_number() && b.is_number() => Type::of(Float),
        (a, Add | Sub | Mult | FloorDiv | Mod, b) if a.is_number() && b.is_number() => {
            Type::of(if a == Float || b == Float { Float } else { Int })
        }
        (Int, BitAnd | BitOr | BitXor, Int | Bool) | (Bool, BitAnd | BitOr | BitXor, Int) => {
            Type::of(Int)
        }
        (Bool, BitAnd | BitOr | BitXor, Bool) => Type::of(Bool),
        (Int | Bool, LShift | RShift, Int | Bool) => Type::of(Int),
        (Set, BitOr | BitXor, Set | FrozenSet) | (FrozenSet, BitOr | BitXor, FrozenSet) => {
            left.join(Type { kind: left.kind, ..*right })
        }
        (Set | FrozenSet, Sub | BitAnd, Set | FrozenSet) => *left,
        (Kind::Dict, BitOr, Kind::Dict) => left.join(*right),
        (Path, Div, Str | Path | Unknown) | (Str, Div, Path) => Type::of(Path),
        (Tensor, Add | Sub | Mult | Div, Tensor | Int | Float)
        | (Int | Float, Add | Sub | Mult | Div, Tensor) => Type::of(Tensor),
        (DataFrame, Add | Sub | Mult | Div, Int | Float) => Type::of(DataFrame),
        _ => Type::UNKNOWN,
    }
}
