//! What CPython's objects take in bytes, on 64-bit machines, by version.
//!
//! Every number was measured with `python3 benches/object_sizes.py`, on 3.11.7, 3.12.1 and 3.13.0:
//! `sys.getsizeof` counts the garbage collector's header of containers and what they hold of
//! their own (the array of a list, the table of a dict), not their elements.
//! `snapshots/object_sizes.tsv` lists these numbers and what `facts::cost::growth` makes of them;
//! the script measures each again with `--check`. Older versions are taken for 3.11 and newer ones
//! for 3.13, the oldest and the newest that were measured.

/// A pointer in a list, tuple or attribute slot.
pub const POINTER: u64 = 8;
/// What the allocator rounds small blocks up to.
pub const ALIGNMENT: u64 = 16;
/// A garbage collector's header before each container: two pointers.
pub const GC_HEADER: u64 = 16;
/// An object's reference count and type.
pub const OBJECT: u64 = 16;
/// An empty list.
pub const LIST: u64 = 56;
/// An empty tuple.
pub const TUPLE: u64 = 40;
/// An empty set or frozenset, with room for `SET_INLINE` elements in the object itself.
pub const SET: u64 = 216;
/// Slots of the table that a set begins with.
pub const SET_INLINE: u64 = 8;
/// A slot of a set's table: the element and its hash.
pub const SET_ENTRY: u64 = 16;
/// An empty dict: its table is shared.
pub const DICT: u64 = 64;
/// The head of a dict's table.
pub const DICT_KEYS: u64 = 32;
/// An entry of a dict: hash, key, value.
pub const DICT_ENTRY: u64 = 24;
/// An entry of a dict whose keys are all strings: key, value.
pub const DICT_STR_ENTRY: u64 = 16;
/// `collections.deque()`, with its first block.
pub const DEQUE: u64 = 760;
/// A further block of a deque.
pub const DEQUE_BLOCK: u64 = 528;
/// Elements of a deque's block.
pub const DEQUE_BLOCK_LENGTH: u64 = 64;
/// `bytes()`: each byte is one more.
pub const BYTES: u64 = 33;
/// An empty `bytearray()`.
pub const BYTEARRAY: u64 = 56;
/// The final zero of a `bytearray` that is not empty.
pub const BYTEARRAY_END: u64 = 1;
/// `array.array(code)`, without items.
pub const ARRAY: u64 = 80;
/// The head of an `int`.
pub const INT: u64 = 24;
/// A digit of an `int`.
pub const INT_DIGIT: u64 = 4;
/// Bits of a digit of an `int`.
pub const INT_DIGIT_BITS: u32 = 30;
/// The integers that exist once, from the first to the last.
pub const SMALL_INTS: (i128, i128) = (-5, 256);
/// A `float`.
pub const FLOAT: u64 = 24;
/// A `complex`.
pub const COMPLEX: u64 = 32;
/// `range(n)`, whatever its length.
pub const RANGE: u64 = 48;

/// A number that differs between versions: 3.11, 3.12, 3.13.
pub type ByVersion = [u64; 3];

/// The head of an ASCII `str`, without the final zero: each character is one byte more.
pub const STR_ASCII: ByVersion = [48, 40, 40];
/// The head of another `str`, without the final zero, which is as wide as a character.
pub const STR: ByVersion = [72, 56, 56];
/// A generator expression, or a generator of a small function, that has not begun.
pub const GENERATOR: ByVersion = [200, 192, 192];

/// The lazy iterators of the builtins.
pub const ITERATORS: &[(&str, u64)] =
    &[("map", 48), ("filter", 48), ("zip", 64), ("enumerate", 72), ("reversed", 48), ("iter", 48)];

/// The versions that were measured: the last part of `3.x`.
pub const MEASURED: [u8; 3] = [11, 12, 13];

/// What else was measured: an expression and its size on each measured version.
pub const SAMPLES: &[(&str, ByVersion)] = &[
    ("[]", [56, 56, 56]),
    ("()", [40, 40, 40]),
    ("{}", [64, 64, 64]),
    ("set()", [216, 216, 216]),
    ("frozenset()", [216, 216, 216]),
    ("''", [49, 41, 41]),
    ("'a' * 10", [59, 51, 51]),
    ("'\\xe9' * 10", [83, 67, 67]),
    ("'\\u0394' * 10", [94, 78, 78]),
    ("'\\U0001f600' * 10", [116, 100, 100]),
    ("b''", [33, 33, 33]),
    ("bytes(1000)", [1033, 1033, 1033]),
    ("bytearray()", [56, 56, 56]),
    ("bytearray(1000)", [1057, 1057, 1057]),
    ("0", [28, 28, 28]),
    ("2**30 - 1", [28, 28, 28]),
    ("2**30", [32, 32, 32]),
    ("2**60", [36, 36, 36]),
    ("1.5", [24, 24, 24]),
    ("1j", [32, 32, 32]),
    ("True", [28, 28, 28]),
    ("None", [16, 16, 16]),
    ("range(10**9)", [48, 48, 48]),
    ("(x for x in ())", [200, 192, 192]),
    ("map(abs, ())", [48, 48, 48]),
    ("zip()", [64, 64, 64]),
    ("enumerate(())", [72, 72, 72]),
    ("__import__('array').array('d')", [80, 80, 80]),
    ("__import__('array').array('d', [0]) * 1000", [8080, 8080, 8080]),
    ("__import__('collections').deque()", [760, 760, 760]),
];

/// The bytes of an element by the name of its dtype, without byte order. Names of NumPy, of
/// PyTorch, and the short codes of both.
pub const DTYPES: &[(&str, u64)] = &[
    ("bool", 1),
    ("bool_", 1),
    ("?", 1),
    ("int8", 1),
    ("uint8", 1),
    ("byte", 1),
    ("ubyte", 1),
    ("i1", 1),
    ("u1", 1),
    ("int16", 2),
    ("uint16", 2),
    ("short", 2),
    ("i2", 2),
    ("u2", 2),
    ("float16", 2),
    ("half", 2),
    ("bfloat16", 2),
    ("f2", 2),
    ("int32", 4),
    ("uint32", 4),
    ("intc", 4),
    ("i4", 4),
    ("u4", 4),
    ("float32", 4),
    ("single", 4),
    ("f4", 4),
    ("f", 4),
    ("int64", 8),
    ("uint64", 8),
    ("i8", 8),
    ("u8", 8),
    ("float64", 8),
    ("double", 8),
    ("f8", 8),
    ("d", 8),
    ("complex64", 8),
    ("c8", 8),
    ("complex128", 16),
    ("c16", 16),
];

/// The items of `array.array` by type code. `l`, `L` and `u` differ between platforms.
pub const TYPECODES: &[(&str, u64)] = &[
    ("b", 1),
    ("B", 1),
    ("h", 2),
    ("H", 2),
    ("i", 4),
    ("I", 4),
    ("q", 8),
    ("Q", 8),
    ("f", 4),
    ("d", 8),
];

/// How a function that makes an array takes its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// A shape at this position, or by this keyword.
    Shape(usize, &'static str),
    /// A dimension in each positional argument, or one shape.
    Dimensions,
    /// `start, stop, step`, as `range` does.
    Range,
    /// Rows, and columns that are as many unless they are given.
    Square,
    /// `start, stop, num=50`.
    Spaced,
}

/// The type of the elements where no `dtype` is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Default {
    /// So many bytes.
    Bytes(u64),
    /// That of the value at this position.
    OfValue(usize),
}

/// A function that makes an array.
#[derive(Debug, Clone, Copy)]
pub struct Maker {
    /// The qualified name.
    pub name: &'static str,
    /// How it takes its shape.
    pub takes: Takes,
    /// Its type of elements.
    pub default: Default,
    /// The position of `dtype`; none where only the keyword is taken, or no dtype at all.
    pub dtype: Option<usize>,
    /// Keywords that do not change the size.
    pub keywords: &'static [&'static str],
}

const fn maker(
    name: &'static str,
    takes: Takes,
    default: Default,
    dtype: Option<usize>,
    keywords: &'static [&'static str],
) -> Maker {
    Maker { name, takes, default, dtype, keywords }
}

const AT_FIRST: Takes = Takes::Shape(0, "shape");
const SIZE_FIRST: Takes = Takes::Shape(0, "size");
const DOUBLE: Default = Default::Bytes(8);
const SINGLE: Default = Default::Bytes(4);
const LONG: Default = Default::Bytes(8);

/// The functions that make arrays of a known shape.
pub const MAKERS: &[Maker] = &[
    maker("numpy.zeros", AT_FIRST, DOUBLE, Some(1), &["dtype", "order"]),
    maker("numpy.ones", AT_FIRST, DOUBLE, Some(1), &["dtype", "order"]),
    maker("numpy.empty", AT_FIRST, DOUBLE, Some(1), &["dtype", "order"]),
    maker("numpy.full", AT_FIRST, Default::OfValue(1), Some(2), &["dtype", "order"]),
    maker("numpy.arange", Takes::Range, LONG, Some(3), &["dtype"]),
    maker("numpy.linspace", Takes::Spaced, DOUBLE, Some(5), &["dtype", "endpoint"]),
    maker("numpy.eye", Takes::Square, DOUBLE, Some(3), &["dtype", "k", "order"]),
    maker("numpy.identity", Takes::Square, DOUBLE, Some(1), &["dtype"]),
    maker("numpy.random.rand", Takes::Dimensions, DOUBLE, None, &[]),
    maker("numpy.random.randn", Takes::Dimensions, DOUBLE, None, &[]),
    maker("numpy.random.random", SIZE_FIRST, DOUBLE, None, &[]),
    maker("numpy.random.random_sample", SIZE_FIRST, DOUBLE, None, &[]),
    maker("numpy.random.standard_normal", SIZE_FIRST, DOUBLE, None, &[]),
    maker("numpy.random.uniform", Takes::Shape(2, "size"), DOUBLE, None, &["low", "high"]),
    maker("numpy.random.normal", Takes::Shape(2, "size"), DOUBLE, None, &["loc", "scale"]),
    maker(
        "numpy.random.randint",
        Takes::Shape(2, "size"),
        LONG,
        Some(3),
        &["low", "high", "dtype"],
    ),
    maker("torch.zeros", Takes::Dimensions, SINGLE, None, &["dtype", "requires_grad"]),
    maker("torch.ones", Takes::Dimensions, SINGLE, None, &["dtype", "requires_grad"]),
    maker("torch.empty", Takes::Dimensions, SINGLE, None, &["dtype", "requires_grad"]),
    maker("torch.rand", Takes::Dimensions, SINGLE, None, &["dtype", "requires_grad"]),
    maker("torch.randn", Takes::Dimensions, SINGLE, None, &["dtype", "requires_grad"]),
    maker("torch.arange", Takes::Range, LONG, None, &["dtype"]),
    maker("torch.eye", Takes::Square, SINGLE, None, &["dtype", "requires_grad"]),
];

/// The bytes of a dtype by its name or code.
pub fn dtype(name: &str) -> Option<u64> {
    let plain = name.trim_start_matches(['<', '>', '=', '|']);
    if let Some((_, bytes)) = DTYPES.iter().find(|(known, _)| *known == plain) {
        return Some(*bytes);
    }
    let (each, count) = match plain.split_at_checked(1)? {
        ("U", count) => (4, count),
        ("S", count) => (1, count),
        _ => return None,
    };
    count.parse::<u32>().ok().map(|count| each * u64::from(count))
}
