//! Calls that are made to do something: of functions of this file that do more than tell something.
//!
//! `any([drop(row) for row in rows])` drops every row; without the brackets it would stop at the
//! first. Told only of functions and methods of `self` that the file itself shows; what others do
//! is not known, and `purity` is the fact to ask before a fix.

use ruff_python_ast::{Expr, ExprCall, Stmt, StmtFunctionDef};

use super::Facts;
use super::nodes::Node;
use super::scopes::{DefinitionKind, Resolution};

impl<'a> Facts<'a> {
    /// Whether an expression calls a function of this file that is there to do something.
    pub fn acts(&self, expr: &'a Expr) -> bool {
        self.any_below(
            self.nodes().id(expr),
            |part| matches!(part, Expr::Call(call) if self.runs_an_act(call)),
        )
    }

    /// Whether a call is one of a function of this file that is there to do something.
    pub(super) fn runs_an_act(&self, call: &'a ExprCall) -> bool {
        let function = self.function_called(call).or_else(|| self.own_method_called(call));
        function.is_some_and(|function| self.is_act(function))
    }

    /// The method of the instance's own class that `self.f(x)` runs, if there is but one of the name.
    fn own_method_called(&self, call: &'a ExprCall) -> Option<&'a StmtFunctionDef> {
        let func = call.func.as_attribute_expr()?;
        self.only_method(self.class_of_self(func.value.as_name_expr()?)?, &func.attr)
    }

    /// Whether a function calls something for nothing but what that does, or stores into an object
    /// that it did not make.
    fn is_act(&self, function: &'a StmtFunctionDef) -> bool {
        let nodes = self.nodes();
        nodes.descendants(nodes.id(function)).any(|id| match nodes.get(id) {
            Some(Node::Stmt(Stmt::Expr(it))) => match &*it.value {
                Expr::Call(call) => match &*call.func {
                    Expr::Attribute(method) => !self.is_own_container(&method.value),
                    _ => true,
                },
                Expr::Await(_) => true,
                _ => false,
            },
            Some(Node::Expr(Expr::Attribute(it))) => {
                !it.ctx.is_load() && !self.is_own_container(&it.value)
            }
            Some(Node::Expr(Expr::Subscript(it))) => {
                !it.ctx.is_load() && !self.is_own_container(&it.value)
            }
            _ => false,
        })
    }

    /// Whether an expression is a container that the function around it has made.
    fn is_own_container(&self, expr: &'a Expr) -> bool {
        let Expr::Name(name) = expr else { return false };
        let Resolution::Binding(binding) = self.names().resolve(name) else { return false };
        self.kind_of(expr).is_mutable_container()
            && self.names().definitions(binding).all(|definition| {
                matches!(definition.kind, DefinitionKind::Assign { value, .. }
                    if !matches!(value, Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_)))
            })
    }
}
