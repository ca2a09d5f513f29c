//! What well-known calls keep of their arguments and of the object they are called on, and what
//! they change of them. The one table of functions that leave a container as it is; how those that
//! do not change its size is in `growth`.

use super::growth;
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
    Some(match name {
        "abs" | "all" | "any" | "ascii" | "bin" | "bool" | "bytearray" | "callable" | "chr"
        | "complex" | "delattr" | "dir" | "divmod" | "float" | "format" | "hasattr" | "hash"
        | "hex" | "id" | "int" | "isinstance" | "issubclass" | "len" | "oct" | "ord" | "pow"
        | "print" | "range" | "repr" | "round" | "sum" | "type" => Nothing,
        "bisect.bisect" | "bisect.bisect_left" | "bisect.bisect_right" => Nothing,
        "list"
        | "set"
        | "sorted"
        | "dict"
        | "collections.Counter"
        | "collections.deque"
        | "collections.OrderedDict"
        | "copy.copy"
        | "heapq.nlargest"
        | "heapq.nsmallest"
        | "random.sample" => Elements,
        // These return an argument of their own type as it is.
        "tuple" | "frozenset" | "str" | "bytes" => Value,
        "enumerate"
        | "filter"
        | "iter"
        | "map"
        | "reversed"
        | "zip"
        | "memoryview"
        | "itertools.accumulate"
        | "itertools.batched"
        | "itertools.chain"
        | "itertools.chain.from_iterable"
        | "itertools.combinations"
        | "itertools.combinations_with_replacement"
        | "itertools.compress"
        | "itertools.cycle"
        | "itertools.dropwhile"
        | "itertools.filterfalse"
        | "itertools.groupby"
        | "itertools.islice"
        | "itertools.pairwise"
        | "itertools.permutations"
        | "itertools.product"
        | "itertools.starmap"
        | "itertools.takewhile"
        | "itertools.zip_longest" => Value,
        "max" | "min" | "next" | "random.choice" | "operator.itemgetter" => Element,
        "copy.deepcopy" => Nothing,
        "json.dumps" | "json.dump" | "json.loads" | "pickle.dumps" | "pickle.dump"
        | "pickle.loads" | "marshal.dumps" | "marshal.loads" => Nothing,
        "base64.b64decode" | "base64.b64encode" | "binascii.crc32" | "binascii.hexlify"
        | "gzip.compress" | "gzip.decompress" | "hashlib.md5" | "hashlib.sha1"
        | "hashlib.sha256" | "hashlib.sha512" | "hashlib.blake2b" | "hashlib.blake2s"
        | "hashlib.new" | "struct.pack" | "struct.unpack" | "zlib.adler32" | "zlib.compress"
        | "zlib.crc32" | "zlib.decompress" => Nothing,
        "os.path.basename" | "os.path.dirname" | "os.path.exists" | "os.path.isdir"
        | "os.path.isfile" | "os.path.getsize" | "os.path.join" | "os.path.splitext"
        | "os.listdir" | "os.stat" | "os.fspath" => Nothing,
        "statistics.fmean" | "statistics.mean" | "statistics.median" | "statistics.stdev" => {
            Nothing
        }
        "random.shuffle" | "heapq.heapify" => Nothing,
        "pprint.pformat" | "pprint.pprint" => Nothing,
        "shutil.copyfileobj" | "sys.getsizeof" | "textwrap.dedent" | "textwrap.indent" => Nothing,
        "re.findall" | "re.sub" | "re.split" => Nothing,
        _ if name.starts_with("math.") => Nothing,
        _ => return None,
    })
}

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
