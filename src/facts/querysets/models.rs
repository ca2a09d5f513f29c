//! Models of Django: classes of the module that derive from one, names out of `models` modules,
//! and what `get_model` and `get_user_model` give.

use ruff_python_ast::{Expr, StmtClassDef};

use crate::catalog::orm;
use crate::facts::Facts;
use crate::facts::flow::same_place;

/// Longer chains of base classes are not followed.
const MAX_BASES: u32 = 8;

impl<'a> Facts<'a> {
    /// The model whose manager an expression is.
    pub(super) fn manager_of(&self, expr: &'a Expr) -> Option<&'a Expr> {
        let manager = match expr {
            Expr::Name(_) => self.origin(expr),
            _ => expr,
        };
        let Expr::Attribute(it) = manager else { return None };
        let attr = it.attr.as_str();
        let is_manager = orm::OWN_MANAGERS.contains(&attr)
            || orm::MANAGERS.contains(&attr) && self.model_name(&it.value).is_some();
        is_manager.then_some(&*it.value)
    }

    /// The name of the model that an expression is; empty where it is not written. `None`: not
    /// known to be a model.
    pub fn model_name(&self, expr: &'a Expr) -> Option<&'a str> {
        if let Some(path) = self.qualified(expr) {
            let (module, name) = path.rsplit_once('.')?;
            return is_models(module, name).then_some(name);
        }
        if let Some(class) = self.class_named(expr) {
            return self.is_model_class(class, MAX_BASES).then_some(class.name.as_str());
        }
        let Expr::Call(call) = self.origin(expr) else { return None };
        let arguments = &call.arguments;
        match Facts::tail_of_callee(call)? {
            "get_user_model" if arguments.is_empty() => Some("User"),
            "get_model" | "load_model" if (1..=2).contains(&arguments.len()) => {
                let last = arguments.find_keyword("model_name").map(|keyword| &keyword.value);
                match last.or(arguments.args.last()) {
                    Some(Expr::StringLiteral(text)) => text.value.to_str().rsplit('.').next(),
                    _ => Some(""),
                }
            }
            _ => None,
        }
    }

    /// Whether both expressions are the same model, as far as their code tells.
    pub(super) fn is_same_model(&self, a: &'a Expr, b: &'a Expr) -> bool {
        same_place(a, b)
            || match (self.model_name(a), self.model_name(b)) {
                (Some(a), Some(b)) => !a.is_empty() && a == b,
                _ => false,
            }
    }

    fn is_model_class(&self, class: &'a StmtClassDef, depth: u32) -> bool {
        class.bases().iter().any(|base| match self.qualified(base) {
            Some(path) => {
                path.rsplit_once('.').is_some_and(|(module, name)| is_models(module, name))
            }
            None => {
                depth > 0
                    && self
                        .class_named(base)
                        .is_some_and(|base| self.is_model_class(base, depth - 1))
            }
        })
    }
}

/// Whether a module is one of models, and the name one of a class.
fn is_models(module: &str, name: &str) -> bool {
    module.split('.').any(|part| part == "models")
        && name.starts_with(|first: char| first.is_uppercase())
}
