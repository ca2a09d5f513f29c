//! How an argument of a call gets out: by what the catalogue says that the call keeps of it, or by
//! the parameter of a function of the file.

use ruff_python_ast::{Expr, ExprCall};

use super::{Escape, Holder, UNKNOWN, Way, What, out};
use crate::catalog::keeps::{self, Keeps};
use crate::facts::Facts;
use crate::facts::scopes::{BindingId, DefinitionKind, Resolution};
use crate::facts::types::Kind;
use crate::facts::usage::{Usage, Use};

impl<'a> Facts<'a> {
    pub(super) fn argument_escape(
        &self,
        used: Use<'a>,
        what: What,
        holder: Holder,
        steps: u32,
    ) -> Option<Escape> {
        let call = used.usage.taken_by()?;
        let at = self.nodes().id(call);
        let elements = what == What::Elements;
        if let Expr::Attribute(func) = &*call.func
            && let Some(keeps) =
                keeps::method_argument(self.kind_of(&func.value), func.attr.as_str())
        {
            return match keeps {
                Keeps::Nothing | Keeps::Element => None,
                Keeps::Elements if !elements => None,
                Keeps::Elements | Keeps::Stored => out(Way::Stored, at),
                Keeps::Value => self.value_escape(at, what, holder, steps),
            };
        }
        let known = self.keeps_of(call);
        if let Some(keeps) = known {
            let positional = matches!(used.usage, Usage::Argument(..));
            let callback = matches!(used.usage, Usage::Keyword(_, "key"));
            let several = call.arguments.args.len() > 1;
            return match keeps {
                Keeps::Nothing => None,
                _ if callback => None,
                Keeps::Elements if positional && !elements => None,
                Keeps::Elements if positional => {
                    self.value_escape(at, what, Holder::Of(Kind::List), steps)
                }
                Keeps::Element if positional && !several && !elements => None,
                Keeps::Element if positional && !several => {
                    self.value_escape(at, What::Object, UNKNOWN, steps)
                }
                // `tuple(rows)` of a list is another object.
                Keeps::Value if self.is_converter(call) && self.kind_held(holder) == Kind::List => {
                    let tuple = Holder::Of(Kind::Tuple);
                    elements.then(|| self.value_escape(at, what, tuple, steps))?
                }
                _ => self.value_escape(at, what, Holder::Of(self.kind_of_node(at)), steps),
            };
        }
        if let Usage::Argument(_, index) = used.usage
            && let Some(parameter) = self.parameter_of(call, index)
        {
            return match self.escape_of(parameter, what, steps) {
                Some(Escape { way: Way::Returned, .. }) => {
                    self.value_escape(at, what, UNKNOWN, steps)
                }
                Some(_) => out(Way::Passed, at),
                None => None,
            };
        }
        out(Way::Passed, at)
    }

    fn is_converter(&self, call: &'a ExprCall) -> bool {
        self.qualified(&call.func)
            .is_some_and(|name| matches!(name, "tuple" | "frozenset" | "bytes" | "str"))
    }

    fn keeps_of(&self, call: &'a ExprCall) -> Option<Keeps> {
        if let Some(name) = self.qualified(&call.func) {
            return keeps::argument(name);
        }
        // `digest.update(data)` after `digest = hashlib.sha256()`.
        let Expr::Attribute(func) = &*call.func else { return None };
        let made = self.constructor(&func.value)?;
        (made.starts_with("hashlib.") || made == "csv.writer").then_some(Keeps::Nothing)
    }

    /// The qualified name of the call that made an object, where a local name is bound to it once.
    pub(in crate::facts) fn constructor(&self, expr: &'a Expr) -> Option<&'a str> {
        let value = match expr {
            Expr::Name(name) => {
                let Resolution::Binding(of) = self.names().resolve(name) else { return None };
                match self.names().only_definition(of)?.kind {
                    DefinitionKind::Assign { value, .. } => value,
                    _ => return None,
                }
            }
            other => other,
        };
        let Expr::Call(call) = value else { return None };
        self.qualified(&call.func)
    }

    /// The parameter of an undecorated plain function of the file that a positional argument of a
    /// call by name goes to.
    pub(in crate::facts) fn parameter_of(
        &self,
        call: &'a ExprCall,
        index: usize,
    ) -> Option<BindingId> {
        let names = self.names();
        let Expr::Name(func) = &*call.func else { return None };
        let Resolution::Binding(binding) = names.resolve(func) else { return None };
        let DefinitionKind::Function(def) = names.only_definition(binding)?.kind else {
            return None;
        };
        let before = call.arguments.args.get(..index)?;
        if def.is_async
            || !def.decorator_list.is_empty()
            || before.iter().any(Expr::is_starred_expr)
        {
            return None;
        }
        let parameters = &def.parameters;
        let parameter = parameters.posonlyargs.iter().chain(&parameters.args).nth(index)?;
        // A generator function keeps its arguments in its frame.
        let scope = self.nodes().scope_of(&def.body)?;
        if self.yields(scope) {
            None
        } else {
            names.binding(scope, parameter.parameter.name.as_str())
        }
    }
}
