//! A small lattice of types, inferred from literals, constructors, known return types and
//! annotations, joined over the definitions of a name that may reach the place where it is read.
//!
//! Where one of them is not known the answer is `Unknown`; it is never guessed. What is promised
//! by an annotation is taken at its word. Not followed: what other files assign to the names and
//! attributes of this one, `exec`, and instances of subclasses that other files define.

mod annotations;
mod attributes;
mod calls;
mod classes;
mod contents;
mod definitions;
mod infer;
mod lattice;
mod narrowing;
pub(super) mod returns;
mod solve;
mod store;
mod unpacking;
mod words;

use std::cell::{Cell, OnceCell, RefCell};

use ruff_python_ast::Expr;
use rustc_hash::FxHashMap;

pub use attributes::AttributeDefinition;
pub use classes::OwnClass;
pub use lattice::{Kind, Parts, Type};

use classes::OfClass;
use narrowing::Guards;
use solve::{SlotId, Solver};
use store::{OfName, Place};

use super::Facts;
use super::nodes::NodeId;
use super::scopes::{BindingId, Definition};

/// What is computed about types once.
#[derive(Debug, Default)]
pub(super) struct TypeCache<'a> {
    solver: Solver<'a>,
    /// By node.
    nodes: OnceCell<Box<[Place<'a>]>>,
    /// By binding.
    names: OnceCell<Box<[OfName<'a>]>>,
    /// The unknowns that are definitions.
    definitions: OnceCell<Box<[Cell<Option<SlotId>>]>>,
    /// Those that are not.
    unknowns: RefCell<FxHashMap<Unknown<'a>, SlotId>>,
    /// By class.
    classes: OnceCell<Box<[OfClass<'a>]>>,
    stores: OnceCell<attributes::Stores<'a>>,
    guards: OnceCell<Guards<'a>>,
    declared: OnceCell<FxHashMap<BindingId, &'a Expr>>,
    dynamic: OnceCell<attributes::Dynamic>,
}

/// What has a type besides names and definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Unknown<'a> {
    /// An attribute of the instances of a class.
    Attribute(NodeId, &'a str),
    /// What a function returns.
    Returned(NodeId),
}

/// Deeper chains of expressions and definitions have no type: the recursion is bounded whatever
/// the input.
const DEPTH: u32 = 256;

impl<'a> Facts<'a> {
    /// The type of an expression.
    pub fn type_of(&self, expr: &'a Expr) -> Type {
        *settled(self.infer(expr, DEPTH))
    }

    fn unknown(&self, of: Unknown<'a>) -> SlotId {
        let mut unknowns = self.types.unknowns.borrow_mut();
        if let Some(known) = unknowns.get(&of) {
            return *known;
        }
        let id = self.types.solver.unknown();
        unknowns.insert(of, id);
        id
    }

    /// The value of an unknown; `eval` evaluates its equation once.
    fn solve(&self, id: SlotId, eval: impl Fn() -> &'a Type) -> &'a Type {
        self.types.solver.solve(self.arena, id, eval)
    }

    /// The kind of an expression's value. `Unknown` for what may be `None`, unless a test around
    /// it rules `None` out.
    pub fn kind_of(&self, expr: &'a Expr) -> Kind {
        match self.kind(expr, DEPTH) {
            Kind::Never => Kind::Unknown,
            kind => kind,
        }
    }

    /// The kind of an expression's value if it is not `None`: `Str` for `str | None`.
    pub fn kind_or_none(&self, expr: &'a Expr) -> Kind {
        settled(self.infer(expr, DEPTH)).kind_or_none()
    }

    /// The type of a name, joined over all its definitions.
    pub fn type_of_binding(&self, binding: BindingId) -> Type {
        *settled(self.whole_type(binding, DEPTH))
    }

    /// The type that one definition alone gives.
    pub fn type_of_definition(&self, definition: &Definition<'a>) -> Type {
        let id = self.scopes().id_of(definition);
        id.map_or(Type::UNKNOWN, |id| *settled(self.definition_type(id, DEPTH)))
    }

    /// The type of a parameter's default. It says nothing about what callers pass.
    pub fn default_type(&self, definition: &Definition<'a>) -> Option<Type> {
        match definition.kind {
            super::scopes::DefinitionKind::Parameter { default: Some(default), .. } => {
                Some(self.type_of(default))
            }
            _ => None,
        }
    }
}

/// What nothing reaches is not known.
#[inline]
fn settled(found: &Type) -> &Type {
    if found.kind == Kind::Never { &store::UNKNOWN } else { found }
}
