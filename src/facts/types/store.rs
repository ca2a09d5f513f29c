//! Where the types are that were found: in the arena of the facts, and pointed to by what has them.

use std::cell::{Cell, OnceCell};

use ruff_python_ast::StmtClassDef;

use super::lattice::{Kind, Type};
use super::solve::SlotId;
use crate::facts::{Arena, Facts};

/// The type that most expressions have: none that is known. Whatever is kept and is not known
/// points here.
pub(super) static UNKNOWN: Type = Type::UNKNOWN;

/// The type of what no value reaches.
pub(super) static NEVER: Type = Type::NEVER;

/// The type of `None`.
pub(super) static NONE: Type = Type::of(Kind::None);

/// The type of what is true or false.
pub(super) static BOOL: Type = Type::of(Kind::Bool);

/// A place for a type that is to be found.
pub(super) type Place<'a> = Cell<Option<&'a Type>>;

/// What is known of a name's type.
#[derive(Debug, Clone, Default)]
pub(super) struct OfName<'a> {
    /// Joined over all definitions.
    pub(super) whole: Place<'a>,
    /// The type of every read, where it does not depend on the place of the read.
    pub(super) everywhere: Place<'a>,
    /// The class whose method's first parameter it is.
    pub(super) class: OnceCell<Option<&'a StmtClassDef>>,
    /// The positions of the guards that are about it.
    pub(super) guards: Cell<(u32, u32)>,
    /// What is put into the container that it holds.
    pub(super) contents: Cell<Option<SlotId>>,
}

/// So many empty places.
pub(super) fn empty<T: Clone + Default>(count: usize) -> Box<[T]> {
    vec![T::default(); count].into_boxed_slice()
}

/// Puts a type into the arena.
pub(super) fn keep(arena: &Arena, found: Type) -> &Type {
    if found == Type::UNKNOWN { &UNKNOWN } else { arena.alloc(found) }
}

/// Whether a type that is kept says nothing.
#[inline]
pub(super) fn is_unknown(found: &Type) -> bool {
    std::ptr::eq(found, &raw const UNKNOWN)
}

/// The type that covers both.
#[inline]
pub(super) fn join<'a>(arena: &'a Arena, a: &'a Type, b: &'a Type) -> &'a Type {
    // What is not known covers everything, and nothing is covered by what never is.
    if std::ptr::eq(a, b) || is_unknown(a) || adds_nothing(b, a) {
        return a;
    }
    if is_unknown(b) || adds_nothing(a, b) {
        return b;
    }
    joined(arena, a, b)
}

fn joined<'a>(arena: &'a Arena, a: &'a Type, b: &'a Type) -> &'a Type {
    let joined = a.join(*b);
    if joined == *a { a } else { keep(arena, joined) }
}

/// Whether a type joined to another leaves that as it is.
#[inline]
fn adds_nothing(it: &Type, other: &Type) -> bool {
    it.kind == Kind::Never
        && it.or_none == Kind::Never
        && !matches!(other.kind, Kind::Never | Kind::None)
}

impl<'a> Facts<'a> {
    pub(super) fn keep(&self, found: Type) -> &'a Type {
        keep(self.arena, found)
    }

    #[inline]
    pub(super) fn join(&self, a: &'a Type, b: &'a Type) -> &'a Type {
        join(self.arena, a, b)
    }
}
