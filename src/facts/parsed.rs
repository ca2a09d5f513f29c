//! Parts of a document that a streaming parser hands to a loop: whether the loop drops each, or
//! some of it goes on to where that cannot be seen.

use ruff_python_ast::{Expr, ExprCall, Stmt, StmtFunctionDef};

use super::Facts;
use super::nodes::{Node, NodeId};
use super::scopes::{BindingId, DefinitionKind, Resolution};
use super::usage::Usage;

/// What a loop does with the elements of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Something is cleared, removed or deleted.
    Dropped,
    /// An element is kept, or given to code that may drop it.
    Leaves,
    /// They are only read.
    Stays,
}

impl<'a> Facts<'a> {
    /// What a loop does with the elements that a name of its target holds. `None` for the name:
    /// the loop does not bind it.
    pub fn fate_of_elements(&self, of: NodeId, element: Option<BindingId>) -> Fate {
        if self.drops_something(of) {
            return Fate::Dropped;
        }
        let nodes = self.nodes();
        let Some(element) = element else { return Fate::Stays };
        let leaves = self
            .reads_of(element)
            .filter(|read| nodes.contains(of, *read))
            .any(|read| !self.is_only_read(self.usage(read).usage));
        if leaves || self.is_captured(element) { Fate::Leaves } else { Fate::Stays }
    }

    /// Whether a node clears, removes or deletes anything.
    fn drops_something(&self, within: NodeId) -> bool {
        let nodes = self.nodes();
        nodes.descendants(within).any(|id| match nodes.get(id) {
            Some(Node::Expr(Expr::Call(call))) => match &*call.func {
                Expr::Attribute(func) => {
                    matches!(func.attr.as_str(), "clear" | "remove" | "pop" | "popleft")
                }
                _ => false,
            },
            Some(Node::Stmt(Stmt::Delete(it))) => it.targets.iter().any(Expr::is_subscript_expr),
            Some(Node::Expr(Expr::Subscript(it))) => it.ctx.is_store() && it.slice.is_slice_expr(),
            _ => false,
        })
    }

    /// Whether an element is only looked at by a use.
    fn is_only_read(&self, usage: Usage<'a>) -> bool {
        match usage {
            Usage::Attribute(it) => {
                matches!(
                    it.attr.as_str(),
                    "tag" | "text" | "tail" | "attrib" | "sourceline" | "nsmap"
                )
            }
            Usage::Receiver(_, method) => matches!(
                method,
                "get"
                    | "find"
                    | "findall"
                    | "findtext"
                    | "iter"
                    | "iterfind"
                    | "itertext"
                    | "items"
                    | "keys"
                    | "xpath"
                    | "iterchildren"
            ),
            Usage::For(_)
            | Usage::Clause(..)
            | Usage::Indexed(_)
            | Usage::Compared(_)
            | Usage::Tested(_)
            | Usage::Formatted(_)
            | Usage::Deleted(_)
            | Usage::Target(_) => true,
            Usage::Argument(call, at) => self.reads_argument(call, at),
            _ => false,
        }
    }

    /// Whether a call only reads its argument: a known function, or one of the file that hands it
    /// to nobody and drops nothing.
    fn reads_argument(&self, call: &'a ExprCall, at: usize) -> bool {
        if let Some(function) = self.function_called(call) {
            return self.function_only_reads(function, at);
        }
        self.qualified(&call.func).is_some_and(|name| {
            matches!(
                name,
                "len"
                    | "print"
                    | "str"
                    | "repr"
                    | "enumerate"
                    | "iter"
                    | "list"
                    | "reversed"
                    | "xml.etree.ElementTree.tostring"
                    | "lxml.etree.tostring"
            )
        })
    }

    /// The function of this file that a call by name runs, if the name can mean no other.
    pub(super) fn function_called(&self, call: &'a ExprCall) -> Option<&'a StmtFunctionDef> {
        let Expr::Name(name) = &*call.func else { return None };
        let Resolution::Binding(binding) = self.names().resolve(name) else { return None };
        match self.names().only_definition(binding)?.kind {
            DefinitionKind::Function(def) => Some(def),
            _ => None,
        }
    }

    /// Whether a function only looks at a parameter. Does not follow it into other functions.
    fn function_only_reads(&self, function: &'a StmtFunctionDef, at: usize) -> bool {
        let nodes = self.nodes();
        let id = nodes.id(function);
        let Some(parameter) = function.parameters.iter_non_variadic_params().nth(at) else {
            return false;
        };
        let definition = self.scopes().all_definitions().iter().position(|definition| {
            definition.range == parameter.parameter.name.range
                && matches!(definition.kind, DefinitionKind::Parameter { .. })
        });
        let Some(binding) = definition.and_then(|at| self.names().binding_of(at)) else {
            return false;
        };
        !self.drops_something(id)
            && !self.is_captured(binding)
            && self.reads_of(binding).all(|read| match self.usage(read).usage {
                Usage::Argument(..) => false,
                usage => self.is_only_read(usage),
            })
    }
}
