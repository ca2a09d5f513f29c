//! Types in words, as annotations write them: `dict[str, list] | None`.

use super::{Kind, Type};
use crate::facts::Facts;

impl Facts<'_> {
    /// A type as an annotation would write it; `unknown` for what is not known.
    pub fn words_of(&self, found: Type) -> String {
        shown(self, found)
    }
}

fn shown(facts: &Facts<'_>, found: Type) -> String {
    let kind = found.kind_or_none();
    let mut text = kind_name(facts, kind);
    let parts = found.parts.kinds();
    let listed = |kinds: &[Kind]| {
        kinds.iter().map(|kind| kind_name(facts, *kind)).collect::<Vec<_>>().join(", ")
    };
    match kind {
        Kind::Tuple if !parts.is_empty() => text = format!("tuple[{}]", listed(parts)),
        Kind::Tuple if found.element == Kind::Never => text.push_str("[()]"),
        Kind::Tuple if found.element != Kind::Unknown => {
            text = format!("tuple[{}, ...]", kind_name(facts, found.element));
        }
        Kind::Dict if found.element != Kind::Unknown || found.key != Kind::Unknown => {
            text =
                format!("dict[{}, {}]", kind_name(facts, found.key), held(facts, found, &listed));
        }
        Kind::Str | Kind::Bytes | Kind::ByteArray | Kind::Range => {}
        _ if found.element != Kind::Unknown => {
            text = format!("{text}[{}]", held(facts, found, &listed));
        }
        _ => {}
    }
    if found.is_optional() && kind != Kind::None { format!("{text} | None") } else { text }
}

fn held(facts: &Facts<'_>, found: Type, listed: &dyn Fn(&[Kind]) -> String) -> String {
    match (found.element, found.parts.kinds()) {
        (Kind::Tuple, parts @ [_, ..]) => format!("tuple[{}]", listed(parts)),
        (element, _) => kind_name(facts, element),
    }
}

fn kind_name(facts: &Facts<'_>, kind: Kind) -> String {
    let name = match kind {
        Kind::Never => "never",
        Kind::Unknown => "unknown",
        Kind::None => "None",
        Kind::Bool => "bool",
        Kind::Int => "int",
        Kind::Float => "float",
        Kind::Complex => "complex",
        Kind::Str => "str",
        Kind::Bytes => "bytes",
        Kind::ByteArray => "bytearray",
        Kind::MemoryView => "memoryview",
        Kind::List => "list",
        Kind::Tuple => "tuple",
        Kind::Set => "set",
        Kind::FrozenSet => "frozenset",
        Kind::Dict => "dict",
        Kind::Deque => "deque",
        Kind::Range => "range",
        Kind::Function => "function",
        Kind::Class => "class",
        Kind::Module => "module",
        Kind::Instance(class) => {
            facts.class_of_type(class).map_or("instance", |class| class.name.as_str())
        }
        other => return format!("{other:?}"),
    };
    name.to_owned()
}
