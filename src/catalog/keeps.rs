//! What well-known calls keep of their arguments and of the object they are called on, and what
//! they change of them. The one table of functions that leave a container as it is; how those that
//! do not change its size is in `growth`.

use super::growth;
use super::index::Index;
use crate::facts::types::Kind;

/// What a call keeps of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeps {
    /// Nothing outlives the call.
    Nothing,
    /// The result, or the object called on, holds the elements, but not the container.
    Elements,
    /// The result refers to the value, or is it.
    Value,
    /// The result is one of the elements.
    Element,
    /// The object called on holds the value.
    Stored,
}

use Keeps::{Element, Elements, Nothing, Stored, Value};

/// What a call of the qualified name keeps of its arguments. None of these changes an argument,
/// unless it is an iterator.
pub fn argument(name: &str) -> Option<Keeps> {
    static INDEX: Index<512> = Index::of(ARGUMENTS);
    INDEX.find(ARGUMENTS, name).or_else(|| name.starts_with("math.").then_some(Nothing))
}

/// Each name stands once.
#[rustfmt::skip]
const ARGUMENTS: &[(&str, Keeps)] = &[
    ("abs", Nothing), ("all", Nothing), ("any", Nothing), ("ascii", Nothing), ("bin", Nothing),
    ("bool", Nothing), ("bytearray", Nothing), ("callable", Nothing), ("chr", Nothing),
    ("complex", Nothing), ("delattr", Nothing), ("dir", Nothing), ("divmod", Nothing),
    ("float", Nothing), ("format", Nothing), ("hasattr", Nothing), ("hash", Nothing),
    ("hex", Nothing), ("id", Nothing), ("int", Nothing), ("isinstance", Nothing),
    ("issubclass", Nothing), ("len", Nothing), ("oct", Nothing), ("ord", Nothing), ("pow", Nothing),
    ("print", Nothing), ("range", Nothing), ("repr", Nothing), ("round", Nothing), ("sum", Nothing),
    ("type", Nothing),
    ("bisect.bisect", Nothing), ("bisect.bisect_left", Nothing), ("bisect.bisect_right", Nothing),
    ("list", Elements), ("set", Elements), ("sorted", Elements), ("dict", Elements),
    ("collections.Counter", Elements), ("collections.deque", Elements),
    ("collections.OrderedDict", Elements), ("copy.copy", Elements), ("heapq.nlargest", Elements),
    ("heapq.nsmallest", Elements), ("random.sample", Elements),
    // These return an argument of their own type as it is.
    ("tuple", Value), ("frozenset", Value), ("str", Value), ("bytes", Value),
    ("enumerate", Value), ("filter", Value), ("iter", Value), ("map", Value), ("reversed", Value),
    ("zip", Value), ("memoryview", Value), ("itertools.accumulate", Value),
    ("itertools.batched", Value), ("itertools.chain", Value),
    ("itertools.chain.from_iterable", Value), ("itertools.combinations", Value),
    ("itertools.combinations_with_replacement", Value), ("itertools.compress", Value),
    ("itertools.cycle", Value), ("itertools.dropwhile", Value), ("itertools.filterfalse", Value),
    ("itertools.groupby", Value), ("itertools.islice", Value), ("itertools.pairwise", Value),
    ("itertools.permutations", Value), ("itertools.product", Value), ("itertools.starmap", Value),
    ("itertools.takewhile", Value), ("itertools.zip_longest", Value),
    ("max", Element), ("min", Element), ("next", Element), ("random.choice", Element),
    ("operator.itemgetter", Element),
    ("copy.deepcopy", Nothing),
    ("json.dumps", Nothing), ("json.dump", Nothing), ("json.loads", Nothing),
    ("pickle.dumps", Nothing), ("pickle.dump", Nothing), ("pickle.loads", Nothing),
    ("marshal.dumps", Nothing), ("marshal.loads", Nothing),
    ("base64.b64decode", Nothing), ("base64.b64encode", Nothing), ("binascii.crc32", Nothing),
    ("binascii.hexlify", Nothing), ("gzip.compress", Nothing), ("gzip.decompress", Nothing),
    ("hashlib.md5", Nothing), ("hashlib.sha1", Nothing), ("hashlib.sha256", Nothing),
    ("hashlib.sha512", Nothing), ("hashlib.blake2b", Nothing), ("hashlib.blake2s", Nothing),
    ("hashlib.new", Nothing), ("struct.pack", Nothing), ("struct.unpack", Nothing),
    ("zlib.adler32", Nothing), ("zlib.compress", Nothing), ("zlib.crc32", Nothing),
    ("zlib.decompress", Nothing),
    ("os.path.basename", Nothing), ("os.path.dirname", Nothing), ("os.path.exists", Nothing),
    ("os.path.isdir", Nothing), ("os.path.isfile", Nothing), ("os.path.getsize", Nothing),
    ("os.path.join", Nothing), ("os.path.splitext", Nothing), ("os.listdir", Nothing),
    ("os.stat", Nothing), ("os.fspath", Nothing),
    ("statistics.fmean", Nothing), ("statistics.mean", Nothing), ("statistics.median", Nothing),
    ("statistics.stdev", Nothing),
    ("random.shuffle", Nothing), ("heapq.heapify", Nothing),
    ("pprint.pformat", Nothing), ("pprint.pprint", Nothing),
    ("shutil.copyfileobj", Nothing), ("sys.getsizeof", Nothing), ("textwrap.dedent", Nothing),
    ("textwrap.indent", Nothing),
    ("re.findall", Nothing), ("re.sub", Nothing), ("re.split", Nothing),
];

/// Calls that change an argument: its position.
pub fn changed_argument(name: &str) -> Option<usize> {
    match name {
        "next" | "setattr" | "delattr" => Some(0),
        "json.dump" | "pickle.dump" | "shutil.copyfileobj" => Some(1),
        name => growth::function_effect(name).map(|_| 0),
    }
}

/// Calls that run what they get, or act outside of the program, and yet neither change a container
/// that they get nor hand it on to who could.
fn only_reads_and_acts(name: &str) -> bool {
    matches!(
        name,
        "csv.writer"
            | "functools.reduce"
            | "numpy.array"
            | "numpy.mean"
            | "reveal_type"
            | "subprocess.Popen"
            | "subprocess.call"
            | "subprocess.check_call"
            | "subprocess.check_output"
            | "subprocess.run"
            | "typing.reveal_type"
            | "typing_extensions.reveal_type"
    )
}

/// Whether a call of the qualified name puts nothing into a container that it gets, takes nothing
/// out, and keeps it in no way by which others could. Iterators over it do not count as such.
pub fn leaves_container(name: &str) -> bool {
    growth::function_effect(name).is_none()
        && (argument(name).is_some() || only_reads_and_acts(name))
}

/// Whether what a container that a call of the qualified name gets may hold is what it held.
pub fn leaves_contents(name: &str) -> bool {
    use growth::Effect;
    leaves_container(name)
        || matches!(growth::function_effect(name), Some(Effect::Shrinks | Effect::Reads))
}

/// Whether a call of the qualified name runs no code of the program but what its arguments say of
/// themselves, and changes nothing but what `changed_argument` says.
pub fn is_harmless(name: &str) -> bool {
    argument(name).is_some()
        || name.ends_with("Error") && !name.contains('.')
        || matches!(
            name,
            "Exception"
                | "ValueError"
                | "StopIteration"
                | "object"
                | "super"
                | "open"
                | "io.open"
                | "io.StringIO"
                | "io.BytesIO"
                | "time.time"
                | "time.perf_counter"
                | "time.monotonic"
                | "collections.defaultdict"
        )
}

/// What a method of a known kind keeps of the object it is called on: `None` for methods that are
/// not known.
pub fn receiver(owner: Kind, method: &str) -> Option<Keeps> {
    let text = || super::methods::returned(owner, method).map(|result| result.kind == owner);
    Some(match (owner, method) {
        (
            Kind::List,
            "append" | "extend" | "insert" | "remove" | "clear" | "sort" | "reverse" | "index"
            | "count",
        ) => Nothing,
        (
            Kind::Set,
            "add"
            | "discard"
            | "remove"
            | "clear"
            | "update"
            | "intersection_update"
            | "difference_update"
            | "symmetric_difference_update",
        ) => Nothing,
        (Kind::Set | Kind::FrozenSet, "isdisjoint" | "issubset" | "issuperset") => Nothing,
        (Kind::Dict, "clear" | "update") => Nothing,
        (Kind::List | Kind::Set, "pop")
        | (Kind::Dict, "get" | "pop" | "setdefault" | "popitem") => Element,
        (Kind::List | Kind::Set | Kind::Dict, "copy")
        | (
            Kind::Set | Kind::FrozenSet,
            "union" | "intersection" | "difference" | "symmetric_difference",
        ) => Elements,
        (Kind::Dict, "keys" | "values" | "items") => Value,
        (Kind::Tuple, "index" | "count") => Nothing,
        (
            Kind::File,
            "close" | "fileno" | "flush" | "isatty" | "read" | "readable" | "readline"
            | "readlines" | "readinto" | "seek" | "seekable" | "tell" | "truncate" | "writable"
            | "write" | "writelines",
        ) => Nothing,
        (
            Kind::Str | Kind::Bytes,
            "endswith" | "startswith" | "isdigit" | "isalpha" | "isalnum" | "isspace" | "islower"
            | "isupper" | "isidentifier" | "isnumeric" | "istitle" | "isascii" | "isdecimal",
        ) => Nothing,
        (Kind::ByteArray, "append" | "extend" | "clear" | "pop" | "decode") => Nothing,
        // A string may return itself.
        (Kind::Str | Kind::Bytes, _) => {
            if text()? {
                Value
            } else {
                Nothing
            }
        }
        (Kind::Int | Kind::Float | Kind::Bool, _) => Nothing,
        _ => return None,
    })
}

/// What an object of a known kind keeps of an argument of a method.
pub fn method_argument(owner: Kind, method: &str) -> Option<Keeps> {
    Some(match (owner, method) {
        (Kind::List | Kind::ByteArray, "append" | "insert")
        | (Kind::Set, "add")
        | (Kind::Dict, "setdefault") => Stored,
        (Kind::List | Kind::ByteArray, "extend") | (Kind::Set | Kind::Dict, "update") => Elements,
        (Kind::Set | Kind::FrozenSet, "union" | "symmetric_difference" | "intersection") => {
            Elements
        }
        (Kind::Dict, "get" | "pop") => Value,
        _ if receiver(owner, method).is_some() => Nothing,
        _ => return None,
    })
}

/// Methods that change the object they are called on, whatever builtin container, array or file
/// it is.
pub fn changes_receiver(method: &str) -> bool {
    growth::changes_size(method)
        || matches!(
            method,
            "close"
                | "fill"
                | "flush"
                | "move_to_end"
                | "read"
                | "read1"
                | "readinto"
                | "readline"
                | "readlines"
                | "resize"
                | "reverse"
                | "rotate"
                | "seek"
                | "send"
                | "sort"
                | "throw"
                | "truncate"
                | "write"
                | "writelines"
                | "writerow"
                | "writerows"
        )
}

/// Whether values of the kind never change.
pub fn is_immutable(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::None
            | Kind::Bool
            | Kind::Int
            | Kind::Float
            | Kind::Complex
            | Kind::Str
            | Kind::Bytes
            | Kind::Tuple
            | Kind::FrozenSet
            | Kind::Range
    )
}

#[cfg(test)]
mod tests {
    use super::ARGUMENTS;

    #[test]
    fn each_name_stands_once() {
        let mut names: Vec<&str> = ARGUMENTS.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
