//! Classes: what their instances hold, and what keeps the set of attributes open.
//!
//! Answers which attributes `self` gets and where, what the class derives from, how it is
//! decorated, and where the module creates it. Whether that is worth a change is a rule's business.

pub mod attributes;
mod bases;
pub mod dynamic;
pub mod kept;
pub mod mangling;
pub mod members;
pub mod record;
pub mod slots;
pub mod table;
mod uses;

use ruff_python_ast::{Expr, Stmt, StmtClassDef};

pub use uses::ClassUses;

use super::Facts;
use super::scopes::{DefinitionKind, Resolution};

/// Decorators that change neither the layout nor the namespace of instances.
const NEUTRAL: &[&str] = &[
    "functools.total_ordering",
    "typing.final",
    "typing_extensions.final",
    "warnings.deprecated",
    "typing_extensions.deprecated",
];

impl<'a> Facts<'a> {
    /// The class of this module that an expression names: `Class`, `Outer.Class`, `Class[int]`.
    pub fn class_named(&self, expr: &'a Expr) -> Option<&'a StmtClassDef> {
        match expr {
            Expr::Name(name) => {
                if !self.may_name_class(&name.id) {
                    return None;
                }
                let names = self.names();
                let Resolution::Binding(binding) = names.resolve(name) else { return None };
                match names.only_definition(binding)?.kind {
                    DefinitionKind::Class(class) => Some(class),
                    _ => None,
                }
            }
            Expr::Attribute(it) => {
                if !self.may_name_class(&it.attr) {
                    return None;
                }
                self.class_named(&it.value)?.body.iter().find_map(|stmt| match stmt {
                    Stmt::ClassDef(class) if class.name.as_str() == it.attr.as_str() => Some(class),
                    _ => None,
                })
            }
            Expr::Subscript(it) => self.class_named(&it.value),
            _ => None,
        }
    }

    /// Whether a class statement of the file may have the name.
    fn may_name_class(&self, name: &str) -> bool {
        let classes = || self.class_statements().iter().map(|class| class.name.as_str()).collect();
        self.plain || self.class_names.get_or_init(classes).may_hold(name)
    }
}
