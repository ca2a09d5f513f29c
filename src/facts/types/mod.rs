//! A small lattice of types, inferred from literals, constructors, known return types and
//! annotations, joined over the definitions of a name that may reach the place where it is read.
//!
//! Where one of them is not known the answer is `Unknown`; it is never guessed. What is promised
//! by an annotation is taken at its word. Not followed: what other files assign to the names and
//! attributes of this one, `exec`, and instances of subclasses that other files define.

mod annotations;
mod attributes;
mod calls;
mod contents;
mod definitions;
mod infer;
mod lattice;
mod narrowing;
pub(super) mod returns;
mod solve;
mod words;

use std::cell::{OnceCell, RefCell};

use ruff_python_ast::Expr;
use rustc_hash::FxHashMap;

pub use attributes::AttributeDefinition;
pub use lattice::{Kind, Parts, Type};

use ruff_python_ast::ExprAttribute;

use super::Facts;
use super::nodes::NodeId;
use super::scopes::{BindingId, Definition};

/// What is computed about types once.
#[derive(Debug, Default)]
pub(super) struct TypeCache<'a> {
    solver: RefCell<solve::Solver>,
    /// By node.
    known: RefCell<Known>,
    /// The joined types of names, by binding.
    joined: RefCell<Known>,
    /// The unknowns that are no definitions; these come first.
    unknowns: RefCell<FxHashMap<Unknown<'a>, u32>>,
    /// Every attribute that is stored, by name.
    stores: OnceCell<Vec<&'a ExprAttribute>>,
    /// By body.
    guards: OnceCell<Vec<OnceCell<narrowing::Guards<'a>>>>,
    declared: OnceCell<FxHashMap<BindingId, &'a Expr>>,
    dynamic: OnceCell<attributes::Dynamic>,
}

/// Types that were asked for, by what has them: each kind of type is kept once where that is
/// cheap.
#[derive(Debug, Default)]
struct Known {
    /// By position, one more than the place of the type; 0 for none yet.
    places: Vec<u32>,
    types: Vec<Type>,
}

impl Known {
    /// The place of the type that most expressions have: none that is known.
    const UNKNOWN: u32 = u32::MAX;

    fn get(&self, index: usize) -> Option<Type> {
        match self.places.get(index) {
            None | Some(0) => None,
            Some(&Known::UNKNOWN) => Some(Type::UNKNOWN),
            Some(&place) => self.types.get(place as usize - 1).copied(),
        }
    }

    /// Keeps the type of one of so many.
    fn put(&mut self, index: usize, of: usize, found: Type) {
        if self.places.len() < of {
            self.places.resize(of, 0);
        }
        let Some(place) = self.places.get_mut(index) else { return };
        if found == Type::UNKNOWN {
            *place = Known::UNKNOWN;
            return;
        }
        // Neighbours often have the same type.
        if self.types.last() != Some(&found) {
            self.types.push(found);
        }
        *place = self.types.len() as u32;
    }
}

/// What has a type besides definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Unknown<'a> {
    /// An attribute of the instances of a class.
    Attribute(NodeId, &'a str),
    /// What a function returns.
    Returned(NodeId),
    /// What is put into a container after it was made.
    Contents(BindingId),
}

/// Deeper chains of expressions and definitions have no type: the recursion is bounded whatever
/// the input.
const DEPTH: u32 = 256;

impl<'a> Facts<'a> {
    /// The type of an expression.
    pub fn type_of(&self, expr: &'a Expr) -> Type {
        settled(self.infer(expr, DEPTH))
    }

    fn unknown(&self, of: Unknown<'a>) -> u32 {
        let first = self.scopes().all_definitions().len();
        let mut unknowns = self.types.unknowns.borrow_mut();
        let next = (first + unknowns.len()) as u32;
        *unknowns.entry(of).or_insert(next)
    }

    /// The kind of an expression's value. `Unknown` for what may be `None`, unless a test around
    /// it rules `None` out.
    pub fn kind_of(&self, expr: &'a Expr) -> Kind {
        self.type_of(expr).kind
    }

    /// The kind of an expression's value if it is not `None`: `Str` for `str | None`.
    pub fn kind_or_none(&self, expr: &'a Expr) -> Kind {
        self.type_of(expr).kind_or_none()
    }

    /// The type of a name, joined over all its definitions.
    pub fn type_of_binding(&self, binding: BindingId) -> Type {
        settled(self.binding_type(binding, DEPTH))
    }

    /// The type that one definition alone gives.
    pub fn type_of_definition(&self, definition: &Definition<'a>) -> Type {
        settled(self.definition_type(definition, DEPTH))
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
fn settled(found: Type) -> Type {
    if found.kind == Kind::Never { Type::UNKNOWN } else { found }
}
