//! Sizes of lists, tuples, sets, dicts and deques, by how they are made.

use ruff_python_ast::{Comprehension, Expr, ExprCall};

use super::growth::{self, Filled};
use super::items::Const;
use super::sizes::tuple;
use super::{Bytes, Size, Span, What};
use crate::catalog::objects::{DEQUE, DEQUE_BLOCK, DEQUE_BLOCK_LENGTH, DICT, LIST, SET};
use crate::facts::Facts;
use crate::facts::types::Kind;

/// Displays of more elements that are not all constants are built by appending.
const STACKED: u64 = 30;

impl<'a> Facts<'a> {
    /// The size of a display or a comprehension.
    #[inline(never)]
    pub(super) fn size_of_container(&self, expr: &'a Expr, depth: u32) -> Option<Size> {
        let Some(length) = self.span_at(expr, depth) else {
            return size_of_unbounded(expr);
        };
        let comprehension = |element: &'a Expr, generators: &'a [Comprehension]| {
            self.held_by_clauses(expr, element, generators, length, depth)
        };
        Some(match expr {
            Expr::List(it) => Size::of(
                What::List,
                length,
                self.listed(&it.elts, length, depth),
                self.held_by(&it.elts, depth),
            ),
            Expr::Tuple(it) => {
                Size::of(What::Tuple, length, length.bytes(tuple), self.held_by(&it.elts, depth))
            }
            Expr::Set(it) => {
                let own = match Const::of_all(&it.elts) {
                    Const::Yes => length.bytes(growth::set_merged),
                    Const::No => length.bytes(growth::set_added),
                    Const::Maybe => either_set(length),
                };
                Size::of(What::Set, length, own, self.held_by(&it.elts, depth))
            }
            Expr::Dict(it) => {
                let keys = || it.items.iter().filter_map(|item| item.key.as_ref());
                let strings = match () {
                    () if keys().all(Expr::is_string_literal_expr) => Some(true),
                    () if keys().any(|key| key.is_number_literal_expr() || key.is_tuple_expr()) => {
                        Some(false)
                    }
                    () => None,
                };
                let held = it.items.iter().fold(Bytes::NONE, |held, item| {
                    let key = item
                        .key
                        .as_ref()
                        .map_or(Bytes::UNKNOWN, |key| self.made_by(key, depth).once());
                    held.plus(key).plus(self.made_by(&item.value, depth).once())
                });
                // An equal key drops what comes later.
                let held = if length.low == length.high { held } else { held.perhaps() };
                Size::of(What::Dict, length, dict(length, strings), held)
            }
            Expr::ListComp(it) => {
                let own = length.bytes(|length| growth::list(length, Filled::Appended, self.minor));
                Size::of(What::List, length, own, comprehension(&it.elt, &it.generators))
            }
            Expr::SetComp(it) => Size::of(
                What::Set,
                length,
                length.bytes(growth::set_added),
                comprehension(&it.elt, &it.generators),
            ),
            Expr::DictComp(it) => {
                let key = it.key.as_ref()?;
                let value = comprehension(&it.value, &it.generators);
                // A name may stand for the very object that is the key.
                let value = if it.value.is_name_expr() { value.perhaps() } else { value };
                let held = comprehension(key, &it.generators).plus(value);
                Size::of(What::Dict, length, dict(length, self.are_strings(key)), held)
            }
            _ => return None,
        })
    }

    /// A list display's own bytes.
    fn listed(&self, elts: &'a [Expr], length: Span, depth: u32) -> Bytes {
        if let [Expr::Starred(only)] = elts {
            return self.filled(&only.value, length, depth);
        }
        if elts.iter().any(Expr::is_starred_expr) {
            return loosely(length);
        }
        let constant = if length.high <= 2 { Filled::Exactly } else { Filled::Sized };
        let other = if length.high <= STACKED { Filled::Exactly } else { Filled::Appended };
        let bytes = |filled| length.bytes(|length| growth::list(length, filled, self.minor));
        match Const::of_all(elts) {
            Const::Yes => bytes(constant),
            Const::No => bytes(other),
            Const::Maybe => bytes(constant).or(bytes(other)),
        }
    }

    /// `list(source)`.
    fn filled(&self, source: &'a Expr, length: Span, depth: u32) -> Bytes {
        match self.filling(source, depth) {
            Some(filled) => length.bytes(|length| growth::list(length, filled, self.minor)),
            None => loosely(length),
        }
    }

    fn filling(&self, source: &'a Expr, depth: u32) -> Option<Filled> {
        let depth = depth.checked_sub(1)?;
        match source {
            Expr::Generator(_) => return Some(Filled::Unsized),
            Expr::Call(call) if call.func.is_name_expr() => {
                let name = self.qualified(&call.func);
                match (name, &call.arguments.args[..]) {
                    (Some("map" | "filter" | "zip" | "enumerate"), _) => {
                        return Some(Filled::Unsized);
                    }
                    // Only sequences have an iterator backwards that says its length.
                    (Some("reversed"), [only]) => {
                        let inner = self.filling(only, depth);
                        return inner.filter(|filled| *filled == Filled::Sized);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        match self.kind_of(source) {
            Kind::List | Kind::Tuple | Kind::Range | Kind::Str | Kind::Bytes | Kind::ByteArray => {
                Some(Filled::Sized)
            }
            Kind::Set | Kind::FrozenSet | Kind::DictView => Some(Filled::Hashed),
            Kind::Dict if matches!(source, Expr::Dict(_) | Expr::DictComp(_) | Expr::Name(_)) => {
                Some(Filled::Hashed)
            }
            _ => None,
        }
    }

    fn are_strings(&self, key: &'a Expr) -> Option<bool> {
        match self.kind_of(key) {
            Kind::Str => Some(true),
            Kind::Int | Kind::Float | Kind::Bytes | Kind::Tuple | Kind::Bool => Some(false),
            _ => None,
        }
    }

    /// `list(x)`, `sorted(x)`, `tuple(x)`, `set(x)`, `frozenset(x)`, `dict(x)`, `deque(x)`.
    pub(super) fn size_of_collected(
        &self,
        name: &str,
        call: &'a ExprCall,
        depth: u32,
    ) -> Option<Size> {
        let arguments = &call.arguments;
        let empty = Span::exactly(0);
        let source = match &arguments.args[..] {
            [] => None,
            [only] => Some(only),
            [only, _] if name == "collections.deque" => Some(only),
            _ => return None,
        };
        if name == "dict" {
            return self.size_of_dict_call(call, source, depth);
        }
        let known = arguments.keywords.iter().all(|keyword| {
            matches!(
                (name, keyword.arg.as_deref()),
                ("sorted", Some("key" | "reverse")) | ("collections.deque", Some("maxlen"))
            )
        });
        if !known || (name == "sorted" && source.is_none()) {
            return None;
        }
        let length = match source {
            None => empty,
            Some(source) => self.span_at(source, depth)?,
        };
        let held = source.map_or(Bytes::NONE, |source| self.held_by_source(source, length, depth));
        Some(match (name, source) {
            ("list" | "sorted", None) => Size::of(What::List, empty, Bytes::exactly(LIST), held),
            ("list" | "sorted", Some(source)) => {
                Size::of(What::List, length, self.filled(source, length, depth), held)
            }
            ("tuple", _) => Size::of(What::Tuple, length, length.bytes(tuple), held),
            ("set" | "frozenset", _) => {
                let what = if name == "set" { What::Set } else { What::FrozenSet };
                let Some(source) = source else {
                    return Some(Size::of(what, empty, Bytes::exactly(SET), held));
                };
                let distinct = self.is_distinct(source, depth);
                let length = if distinct { length } else { length.with_duplicates() };
                let held = if distinct { held } else { held.perhaps() };
                let own = match self.kind_of(source) {
                    // A frozenset of a frozenset is the same object.
                    Kind::Set => length.bytes(growth::set_merged),
                    Kind::FrozenSet => either_set(length),
                    Kind::Dict if matches!(source, Expr::Dict(_) | Expr::DictComp(_)) => {
                        length.bytes(growth::set_merged)
                    }
                    Kind::List | Kind::Tuple | Kind::Range | Kind::Str | Kind::Bytes => {
                        length.bytes(growth::set_added)
                    }
                    _ => either_set(length),
                };
                Size::of(what, length, own, held)
            }
            ("collections.deque", _) => {
                let Some(limit) = arguments.find_argument_value("maxlen", 1) else {
                    return Some(Size::of(What::Deque, length, length.bytes(growth::deque), held));
                };
                if limit.is_none_literal_expr() {
                    return Some(Size::of(What::Deque, length, length.bytes(growth::deque), held));
                }
                let limit = u64::try_from(self.integer_at(limit, depth)?).ok()?;
                let length = Span { low: length.low.min(limit), high: length.high.min(limit) };
                // The blocks begin and end anywhere.
                let blocks = (length.high + 2 * DEQUE_BLOCK_LENGTH) / DEQUE_BLOCK_LENGTH;
                let own = Bytes { low: DEQUE, high: Some(DEQUE + blocks * DEQUE_BLOCK) };
                let held =
                    source.map_or(Bytes::NONE, |source| self.held_by_source(source, length, depth));
                Size::of(What::Deque, length, own, held.perhaps())
            }
            _ => return None,
        })
    }

    fn size_of_dict_call(
        &self,
        call: &'a ExprCall,
        source: Option<&'a Expr>,
        depth: u32,
    ) -> Option<Size> {
        let keywords = &call.arguments.keywords;
        let Some(source) = source else {
            if keywords.iter().any(|keyword| keyword.arg.is_none()) {
                return None;
            }
            let length = Span::exactly(keywords.len() as u64);
            let held = keywords.iter().fold(Bytes::NONE, |held, keyword| {
                held.plus(self.made_by(&keyword.value, depth).once())
            });
            // The names of keywords are constants.
            let held = Bytes { high: None, ..held };
            return Some(Size::of(What::Dict, length, dict(length, Some(true)), held));
        };
        if !keywords.is_empty() {
            return None;
        }
        let length = self.span_at(source, depth)?;
        match source {
            Expr::DictComp(_) => self.size_at(source, depth),
            Expr::Call(inner) if inner.func.is_name_expr() => {
                let name = self.qualified(&inner.func);
                let (distinct, strings) = match (name, &inner.arguments.args[..]) {
                    (Some("zip"), [keys, _]) => {
                        let strings = match self.type_of(keys).element {
                            Kind::Str => Some(true),
                            Kind::Int | Kind::Float => Some(false),
                            _ if matches!(self.kind_of(keys), Kind::Range) => Some(false),
                            _ => None,
                        };
                        (self.is_distinct(keys, depth), strings)
                    }
                    (Some("enumerate"), [_, ..]) => (true, Some(false)),
                    _ => return None,
                };
                let length = if distinct { length } else { length.with_duplicates() };
                Some(Size::of(What::Dict, length, dict(length, strings), Bytes::UNKNOWN))
            }
            _ => None,
        }
    }
}

fn dict(length: Span, strings: Option<bool>) -> Bytes {
    match strings {
        Some(strings) => length.bytes(|length| growth::dict(length, strings)),
        None => Bytes {
            low: growth::dict(length.low, true),
            high: Some(growth::dict(length.high, false)),
        },
    }
}

/// A set that was made in one of two ways.
fn either_set(length: Span) -> Bytes {
    length.bytes(growth::set_added).or(length.bytes(growth::set_merged))
}

fn loosely(length: Span) -> Bytes {
    Bytes {
        low: growth::list(length.low, Filled::Exactly, 13),
        high: Some(growth::list_at_most(length.high)),
    }
}

/// A container of a number of elements that is not known.
fn size_of_unbounded(expr: &Expr) -> Option<Size> {
    let (what, own) = match expr {
        Expr::List(_) | Expr::ListComp(_) => (What::List, LIST),
        Expr::Tuple(_) => (What::Tuple, tuple(0)),
        Expr::Set(_) | Expr::SetComp(_) => (What::Set, SET),
        Expr::Dict(_) | Expr::DictComp(_) => (What::Dict, DICT),
        _ => return None,
    };
    let own = Bytes::from(own);
    Some(Size { what, own, held: Bytes::UNKNOWN, length: None, per_element: 0 })
}
