//! Calls whose result is new: nobody else holds it, or even a part of it.

/// The qualified names of those whose result is new all the way down, and whether that holds for
/// certain. `pickle` runs what classes say, and constructors can be registered with `yaml`.
const FRESH: &[(&str, bool)] = &[
    ("ast.literal_eval", true),
    ("json.load", true),
    ("json.loads", true),
    ("marshal.load", true),
    ("marshal.loads", true),
    ("pickle.load", false),
    ("pickle.loads", false),
    ("plistlib.load", true),
    ("plistlib.loads", true),
    ("tomllib.load", true),
    ("tomllib.loads", true),
    ("yaml.safe_load", false),
];

/// Whether a call of the name without keywords gives a fresh value: for certain or most likely.
pub fn is_certain(name: &str) -> Option<bool> {
    FRESH.iter().find(|(known, _)| *known == name).map(|(_, certain)| *certain)
}

/// Whether a call of the name gives a new object, whatever that refers to.
pub fn is_new(name: &str) -> bool {
    matches!(
        name,
        "open"
            | "io.open"
            | "io.StringIO"
            | "io.BytesIO"
            | "gzip.open"
            | "bz2.open"
            | "lzma.open"
            | "collections.Counter"
            | "collections.OrderedDict"
            | "collections.defaultdict"
            | "collections.deque"
            | "copy.copy"
            | "copy.deepcopy"
            | "glob.glob"
            | "os.listdir"
            | "re.findall"
            | "re.split"
            | "shlex.split"
            | "sorted"
            | "list"
            | "dict"
            | "set"
            | "bytearray"
            | "numpy.zeros"
            | "numpy.ones"
            | "numpy.empty"
            | "numpy.arange"
            | "numpy.full"
            | "numpy.linspace"
            | "pandas.read_csv"
            | "pandas.read_parquet"
            | "hashlib.md5"
            | "hashlib.sha1"
            | "hashlib.sha256"
            | "hashlib.sha512"
    )
}
