//! What the methods of the builtin types return.

use crate::facts::types::{Kind, Type};

const STR: Type = Type { kind: Kind::Str, element: Kind::Str };
const BYTES: Type = Type { kind: Kind::Bytes, element: Kind::Int };

/// The type that a method of a builtin type returns.
pub fn returned(owner: Kind, method: &str) -> Option<Type> {
    Some(match (owner, method) {
        (
            Kind::Str,
            "capitalize" | "casefold" | "center" | "expandtabs" | "format" | "format_map" | "join"
            | "ljust" | "lower" | "lstrip" | "removeprefix" | "removesuffix" | "replace" | "rjust"
            | "rstrip" | "strip" | "swapcase" | "title" | "translate" | "upper" | "zfill",
        ) => STR,
        (Kind::Str, "encode") => BYTES,
        (Kind::Str, "split" | "rsplit" | "splitlines") => {
            Type { kind: Kind::List, element: Kind::Str }
        }
        (Kind::Str, "partition" | "rpartition") => Type { kind: Kind::Tuple, element: Kind::Str },
        (
            Kind::Str | Kind::Bytes | Kind::ByteArray | Kind::List | Kind::Tuple,
            "count" | "find" | "index" | "rfind" | "rindex",
        ) => Type::of(Kind::Int),
        (Kind::Bytes | Kind::ByteArray, "decode" | "hex") => STR,
        (
            Kind::Bytes,
            "capitalize" | "center" | "expandtabs" | "join" | "ljust" | "lower" | "lstrip"
            | "removeprefix" | "removesuffix" | "replace" | "rjust" | "rstrip" | "strip"
            | "swapcase" | "title" | "translate" | "upper" | "zfill",
        ) => BYTES,
        (Kind::Bytes, "split" | "rsplit" | "splitlines") => {
            Type { kind: Kind::List, element: Kind::Bytes }
        }
        (Kind::Int, "to_bytes") => BYTES,
        (Kind::Int, "bit_length" | "bit_count") => Type::of(Kind::Int),
        (Kind::Dict, "keys" | "values" | "items") => Type::of(Kind::DictView),
        (Kind::Dict | Kind::List | Kind::Set | Kind::FrozenSet, "copy") => Type::of(owner),
        (Kind::Set | Kind::FrozenSet, "union" | "intersection" | "difference") => Type::of(owner),
        _ => return None,
    })
}
