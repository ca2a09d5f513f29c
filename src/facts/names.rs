//! Qualified names: what an expression is called where it was defined.
//!
//! `np.append` after `import numpy as np` is `numpy.append`; a builtin that nothing shadows goes
//! by its bare name. Only names whose every definition in the file agrees have an answer.

use std::borrow::Cow;

use ruff_python_ast::{Expr, ExprName};

use super::Facts;
use super::scopes::{BindingId, Definition, DefinitionKind, Resolution, ScopeId};

impl<'a> Facts<'a> {
    /// The qualified name of a name or a chain of attributes. `None` for what the file defines
    /// itself and for whatever is not known. A relative import keeps its leading dots.
    pub fn qualified(&self, expr: &'a Expr) -> Option<Cow<'a, str>> {
        match expr {
            Expr::Name(name) => self.qualified_name(name),
            Expr::Attribute(attribute) => {
                let owner = self.qualified(&attribute.value)?;
                let attr = attribute.attr.as_str();
                Some(match &*owner {
                    "builtins" => Cow::Borrowed(attr),
                    owner => Cow::Owned(format!("{owner}.{attr}")),
                })
            }
            _ => None,
        }
    }

    fn qualified_name(&self, name: &'a ExprName) -> Option<Cow<'a, str>> {
        match self.names().resolve(name) {
            Resolution::Builtin => Some(Cow::Borrowed(name.id.as_str())),
            Resolution::Unknown => None,
            Resolution::Binding(binding) => self.qualified_binding(binding),
        }
    }

    /// The qualified name of a name that is read in a scope, by its text.
    pub(super) fn qualified_text(&self, name: &str, scope: ScopeId) -> Option<Cow<'a, str>> {
        match self.names().lookup(name, scope) {
            Resolution::Builtin => Some(Cow::Owned(name.to_owned())),
            Resolution::Unknown => None,
            Resolution::Binding(binding) => self.qualified_binding(binding),
        }
    }

    fn qualified_binding(&self, binding: BindingId) -> Option<Cow<'a, str>> {
        let mut paths = self.names().definitions(binding).map(imported);
        let first = paths.next()??;
        paths.all(|path| path.as_ref() == Some(&first)).then_some(first)
    }

    /// Whether an expression is exactly the qualified name.
    pub fn is_qualified(&self, expr: &'a Expr, name: &str) -> bool {
        self.qualified(expr).is_some_and(|found| found == name)
    }

    /// Whether a name that is written at a node means the builtin of that name.
    pub fn is_builtin_at(&self, name: &str, node: super::nodes::NodeId) -> bool {
        self.names().lookup(name, self.nodes().scope(node)) == Resolution::Builtin
    }
}

fn imported<'a>(definition: &Definition<'a>) -> Option<Cow<'a, str>> {
    match definition.kind {
        DefinitionKind::Import(path) => Some(Cow::Borrowed(path)),
        DefinitionKind::ImportFrom { module: "builtins", member, level: 0 } => {
            Some(Cow::Borrowed(member))
        }
        DefinitionKind::ImportFrom { module, member, level } => {
            let dots = ".".repeat(level as usize);
            let point = if module.is_empty() { "" } else { "." };
            Some(Cow::Owned(format!("{dots}{module}{point}{member}")))
        }
        _ => None,
    }
}
