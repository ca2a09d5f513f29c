//! Where a value comes from: the expression that made what a name or an attribute of `self` holds.
//!
//! Follows names that one definition reaches, attributes of `self` that a class gives one value,
//! `await`, walruses and `contextlib.closing`. Answers with the last expression that it can follow.

use ruff_python_ast::{Expr, ExprName};

use super::Facts;
use super::scopes::{Definition, DefinitionKind, Resolution};
use super::types::AttributeDefinition;

/// More steps than any honest chain of names has.
const STEPS: u32 = 8;

impl<'a> Facts<'a> {
    /// The expression that made a value: itself, unless it is a name or the like.
    pub fn origin(&self, expr: &'a Expr) -> &'a Expr {
        let mut at = expr;
        for _ in 0..STEPS {
            at = match at {
                Expr::Await(it) => &it.value,
                Expr::Named(it) => &it.value,
                Expr::Call(call) => match &call.arguments.args[..] {
                    [only] if self.is_closing(&call.func) => only,
                    _ => return at,
                },
                Expr::Name(name) => match self.definition_read(name).map(|found| found.kind) {
                    Some(DefinitionKind::Assign { value, .. } | DefinitionKind::With(value)) => {
                        value
                    }
                    _ => return at,
                },
                Expr::Attribute(it) => {
                    let Expr::Name(owner) = &*it.value else { return at };
                    let Some(class) = self.class_of_self(owner) else { return at };
                    let found = self.attribute_definitions(class, it.attr.as_str());
                    let mut values = found.iter().filter(|definition| {
                        !matches!(definition, AttributeDefinition::Value(Expr::NoneLiteral(_)))
                    });
                    match (values.next(), values.next()) {
                        (Some(AttributeDefinition::Value(value)), None) => value,
                        _ => return at,
                    }
                }
                _ => return at,
            };
        }
        at
    }

    /// The one definition that a read of a name sees.
    pub fn definition_read(&self, name: &'a ExprName) -> Option<&Definition<'a>> {
        if let Some(reaching) = self.reaching(name) {
            return reaching.only();
        }
        let Resolution::Binding(binding) = self.names().resolve(name) else { return None };
        self.names().only_definition(binding)
    }

    fn is_closing(&self, function: &'a Expr) -> bool {
        self.qualified(function)
            .is_some_and(|name| matches!(name, "contextlib.closing" | "contextlib.aclosing"))
    }
}
