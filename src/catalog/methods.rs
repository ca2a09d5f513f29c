//! What the methods and attributes of well-known types give.

use crate::facts::types::{Kind, Parts, Type};

/// What a method returns.
#[derive(Debug, Clone, Copy)]
pub enum Gives {
    /// A value of this type.
    Of(Type),
    /// A value of the owner's own type.
    Same,
    /// The owner's own type, unless one of these keywords is given.
    SameUnless(&'static [&'static str]),
    /// An element or value of the owner.
    Item,
    /// `get`: a value, or the default, or `None`.
    ItemOr,
    /// `pop` of a dict: a value, or the default.
    PoppedItem,
    /// The keys of a dict.
    Keys,
    /// The values of a dict.
    Values,
    /// The pairs of a dict.
    Items,
    /// Text or bytes, as the file's mode is.
    Element,
    /// A container of text or bytes, as the file's mode is.
    Elements(Kind),
    /// A match, or `None`.
    OptionalMatch,
    /// The owner's kind with the elements of the arguments too.
    United,
    /// An open file by the mode argument.
    Opened,
}

const INT: Gives = Gives::Of(Type::of(Kind::Int));
const BOOL: Gives = Gives::Of(Type::of(Kind::Bool));
const FLOAT: Gives = Gives::Of(Type::of(Kind::Float));
const STR: Gives = Gives::Of(Type::STR);
const BYTES: Gives = Gives::Of(Type::BYTES);
const NOTHING: Gives = Gives::Of(Type::of(Kind::None));

/// The type that a method of a builtin type returns, whatever its arguments are.
pub fn returned(owner: Kind, method: &str) -> Option<Type> {
    match gives(owner, method)? {
        Gives::Of(found) => Some(found),
        Gives::Same => Some(Type::of(owner)),
        Gives::Keys | Gives::Values | Gives::Items => Some(Type::of(Kind::DictView)),
        Gives::United => Some(Type::of(owner)),
        _ => None,
    }
}

/// What a method of a well-known type returns.
pub fn gives(owner: Kind, method: &str) -> Option<Gives> {
    use Gives::{Element, Elements, Item, ItemOr, Of, Opened, Same, SameUnless};
    Some(match owner {
        Kind::Str | Kind::Bytes | Kind::ByteArray => return text(owner, method),
        Kind::Int | Kind::Bool => match method {
            "to_bytes" => BYTES,
            "bit_length" | "bit_count" | "conjugate" => INT,
            "as_integer_ratio" => Of(Type {
                parts: Parts::pair(Kind::Int, Kind::Int),
                ..Type::holding(Kind::Tuple, Kind::Int)
            }),
            _ => return None,
        },
        Kind::Float => match method {
            "is_integer" => BOOL,
            "hex" => STR,
            "conjugate" => FLOAT,
            _ => return None,
        },
        Kind::List | Kind::Tuple | Kind::Range | Kind::Deque => match method {
            "count" | "index" => INT,
            "copy" if matches!(owner, Kind::List | Kind::Deque) => Same,
            "pop" | "popleft" if matches!(owner, Kind::List | Kind::Deque) => Item,
            "append" | "appendleft" | "extend" | "extendleft" | "insert" | "remove" | "reverse"
            | "sort" | "clear" | "rotate"
                if matches!(owner, Kind::List | Kind::Deque) =>
            {
                NOTHING
            }
            _ => return None,
        },
        Kind::Set | Kind::FrozenSet => match method {
            "copy" | "difference" | "intersection" => Same,
            "union" | "symmetric_difference" => Gives::United,
            "issubset" | "issuperset" | "isdisjoint" => BOOL,
            "pop" if owner == Kind::Set => Item,
            "add"
            | "discard"
            | "remove"
            | "clear"
            | "update"
            | "difference_update"
            | "intersection_update"
            | "symmetric_difference_update"
                if owner == Kind::Set =>
            {
                NOTHING
            }
            _ => return None,
        },
        Kind::Dict => match method {
            "keys" => Gives::Keys,
            "values" => Gives::Values,
            "items" => Gives::Items,
            "get" | "setdefault" => ItemOr,
            "pop" => Gives::PoppedItem,
            "copy" => Same,
            "clear" | "update" => NOTHING,
            _ => return None,
        },
        Kind::File | Kind::Buffer => match method {
            "read" | "readline" | "getvalue" => Element,
            "readlines" => Elements(Kind::List),
            "write" | "tell" | "seek" | "fileno" => INT,
            "close" | "flush" | "writelines" => NOTHING,
            "readable" | "writable" | "seekable" | "isatty" => BOOL,
            _ => return None,
        },
        Kind::Path => match method {
            "read_text" | "as_posix" | "as_uri" => STR,
            "read_bytes" => BYTES,
            "write_text" | "write_bytes" => INT,
            "exists" | "is_dir" | "is_file" | "is_absolute" | "is_symlink" | "match"
            | "is_relative_to" => BOOL,
            "open" => Opened,
            "iterdir" | "glob" | "rglob" => Of(Type::holding(Kind::Iterator, Kind::Path)),
            "joinpath" | "resolve" | "absolute" | "with_suffix" | "with_name" | "with_stem"
            | "relative_to" | "expanduser" => Same,
            "mkdir" | "unlink" | "rmdir" | "touch" => NOTHING,
            _ => return None,
        },
        Kind::ZipFile => match method {
            "read" => BYTES,
            "open" => Of(Type::holding(Kind::File, Kind::Bytes)),
            "namelist" => Of(Type::holding(Kind::List, Kind::Str)),
            _ => return None,
        },
        Kind::TarFile => match method {
            "getnames" => Of(Type::holding(Kind::List, Kind::Str)),
            "extractfile" => Of(Type::holding(Kind::File, Kind::Bytes).optional()),
            _ => return None,
        },
        Kind::Response => match method {
            "iter_lines" | "iter_content" => Of(Type::of(Kind::Iterator)),
            _ => return None,
        },
        Kind::Session => match method {
            "get" | "post" | "put" | "patch" | "delete" | "head" | "options" | "request" => {
                Of(Type::of(Kind::Response))
            }
            _ => return None,
        },
        Kind::UrlResponse => match method {
            "read" | "readline" => BYTES,
            _ => return None,
        },
        Kind::Connection => match method {
            "cursor" => Of(Type::of(Kind::Cursor)),
            "execute" | "executemany" | "executescript" => Of(Type::of(Kind::Cursor)),
            _ => return None,
        },
        Kind::QuerySet => match method {
            "count" => INT,
            "exists" => BOOL,
            "iterator" => Of(Type::of(Kind::Iterator)),
            method if makes_query_set(method) => Same,
            _ => return None,
        },
        Kind::Hash => match method {
            "digest" => BYTES,
            "hexdigest" => STR,
            "copy" => Same,
            "update" => NOTHING,
            _ => return None,
        },
        Kind::Pattern => match method {
            "match" | "search" | "fullmatch" => Gives::OptionalMatch,
            "finditer" => Of(Type::holding(Kind::Iterator, Kind::Match)),
            "findall" => Of(Type::of(Kind::List)),
            "sub" => Element,
            _ => return None,
        },
        Kind::Match => match method {
            "start" | "end" => INT,
            "span" => Of(Type {
                parts: Parts::pair(Kind::Int, Kind::Int),
                ..Type::holding(Kind::Tuple, Kind::Int)
            }),
            "groups" => Of(Type::of(Kind::Tuple)),
            "groupdict" => Of(Type::dict(Kind::Str, Kind::Unknown)),
            _ => return None,
        },
        Kind::Array => match method {
            "tobytes" => BYTES,
            "tolist" => Of(Type::of(Kind::List)),
            _ => return None,
        },
        Kind::MemoryView => match method {
            "tobytes" => BYTES,
            "hex" => STR,
            _ => return None,
        },
        Kind::NdArray => match method {
            "astype" | "copy" | "flatten" | "ravel" | "reshape" | "transpose" | "squeeze" => Same,
            "tobytes" => BYTES,
            _ => return None,
        },
        Kind::DataFrame => match method {
            "head" | "tail" | "copy" | "astype" => Same,
            "drop" | "drop_duplicates" | "dropna" | "fillna" | "rename" | "reset_index"
            | "set_index" | "sort_index" | "sort_values" | "merge" | "assign" => {
                SameUnless(&["inplace"])
            }
            "lazy" => Of(Type::of(Kind::LazyFrame)),
            "iterrows" | "itertuples" => Of(Type::of(Kind::Iterator)),
            _ => return None,
        },
        Kind::Series => match method {
            "head" | "tail" | "copy" | "astype" => Same,
            _ => return None,
        },
        Kind::LazyFrame => match method {
            "filter" | "select" | "with_columns" | "sort" | "head" | "tail" | "limit" | "join"
            | "drop" | "rename" | "unique" | "drop_nulls" => Same,
            "collect" => Of(Type::of(Kind::DataFrame)),
            _ => return None,
        },
        Kind::Tensor => match method {
            "detach" | "clone" | "cpu" | "cuda" | "to" | "float" | "half" | "long" | "reshape"
            | "view" | "contiguous" | "squeeze" | "unsqueeze" | "transpose" | "permute" => Same,
            "numpy" => Of(Type::of(Kind::NdArray)),
            _ => return None,
        },
        _ => return None,
    })
}

fn text(owner: Kind, method: &str) -> Option<Gives> {
    let is_str = owner == Kind::Str;
    Some(match method {
        "capitalize" | "center" | "expandtabs" | "ljust" | "lower" | "lstrip" | "removeprefix"
        | "removesuffix" | "replace" | "rjust" | "rstrip" | "strip" | "swapcase" | "title"
        | "translate" | "upper" | "zfill" | "join" => Gives::Of(Type::of(owner)),
        "casefold" | "format" | "format_map" if is_str => STR,
        "encode" if is_str => BYTES,
        "decode" | "hex" if !is_str => STR,
        "split" | "rsplit" | "splitlines" => Gives::Of(Type::holding(Kind::List, owner)),
        "partition" | "rpartition" => Gives::Of(Type::holding(Kind::Tuple, owner)),
        "count" | "find" | "index" | "rfind" | "rindex" => INT,
        "startswith" | "endswith" | "isalnum" | "isalpha" | "isascii" | "isdigit" | "islower"
        | "isspace" | "istitle" | "isupper" => BOOL,
        "isdecimal" | "isidentifier" | "isnumeric" | "isprintable" if is_str => BOOL,
        "append" | "extend" | "insert" | "clear" if owner == Kind::ByteArray => NOTHING,
        "pop" if owner == Kind::ByteArray => INT,
        "copy" if owner == Kind::ByteArray => Gives::Same,
        _ => return None,
    })
}

/// The type of an attribute that is no method.
pub fn attribute(owner: Kind, name: &str) -> Option<Type> {
    Some(match (owner, name) {
        (Kind::Path, "name" | "stem" | "suffix" | "anchor" | "drive" | "root") => Type::STR,
        (Kind::Path, "parent") => Type::of(Kind::Path),
        (Kind::Path, "parts") => Type::holding(Kind::Tuple, Kind::Str),
        (Kind::Path, "suffixes") => Type::holding(Kind::List, Kind::Str),
        (Kind::Int | Kind::Bool, "real" | "imag" | "numerator" | "denominator") => {
            Type::of(Kind::Int)
        }
        (Kind::Float | Kind::Complex, "real" | "imag") => Type::of(Kind::Float),
        (Kind::Response, "text") => Type::STR,
        (Kind::Response, "content") => Type::BYTES,
        (Kind::Response, "status_code") => Type::of(Kind::Int),
        (Kind::NdArray, "T") => Type::of(Kind::NdArray),
        (Kind::NdArray, "ndim" | "size" | "nbytes") => Type::of(Kind::Int),
        (Kind::NdArray, "shape") => Type::holding(Kind::Tuple, Kind::Int),
        (Kind::Match, "re") => Type::of(Kind::Pattern),
        (Kind::Module, "__name__") => Type::STR,
        _ => return None,
    })
}

/// Whether a method of the builtin containers puts nothing into them.
pub fn keeps_contents(method: &str) -> bool {
    matches!(
        method,
        "pop"
            | "popleft"
            | "popitem"
            | "remove"
            | "discard"
            | "clear"
            | "sort"
            | "reverse"
            | "rotate"
            | "index"
            | "count"
            | "copy"
            | "get"
            | "keys"
            | "values"
            | "items"
            | "union"
            | "difference"
            | "intersection"
            | "symmetric_difference"
            | "issubset"
            | "issuperset"
            | "isdisjoint"
            | "difference_update"
            | "intersection_update"
            | "most_common"
    )
}

/// Whether a method of a Django manager or query set gives a query set.
pub fn makes_query_set(method: &str) -> bool {
    matches!(
        method,
        "all"
            | "annotate"
            | "defer"
            | "distinct"
            | "exclude"
            | "filter"
            | "none"
            | "only"
            | "order_by"
            | "prefetch_related"
            | "reverse"
            | "select_for_update"
            | "select_related"
            | "using"
            | "values"
            | "values_list"
    )
}
