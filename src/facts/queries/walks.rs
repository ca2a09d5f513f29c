//! What takes rows one at a time: a loop, a comprehension and the like, directly or by one name.

use ruff_python_ast::{Expr, ExprCall};

use crate::catalog::consumers;
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::Resolution;
use crate::facts::usage::{Usage, Use, UsedOnce};

/// What takes rows.
#[derive(Debug, Clone, Copy)]
pub struct Walk {
    /// The statement or expression that does.
    pub node: NodeId,
    /// In words.
    pub by: &'static str,
    /// The statement that gives the rows to the name which carries them there.
    pub name: Option<NodeId>,
}

impl<'a> Facts<'a> {
    /// What walks the rows once that a call gives and keeps none of them, directly or by one name.
    pub fn walk_of_rows(&self, call: &'a ExprCall, awaited: bool) -> Option<Walk> {
        let id = self.nodes().id(call);
        let used = match self.usage(id) {
            Use { usage: Usage::Awaited(node), through, .. } if awaited && through.is_direct() => {
                self.usage(node)
            }
            used => used,
        };
        if !used.through.is_direct() {
            return None;
        }
        if let Usage::Assigned(Expr::Name(name)) = used.usage {
            let Resolution::Binding(binding) = self.names().resolve(name) else { return None };
            let once = self.used_once(binding).filter(UsedOnce::is_direct)?;
            let (node, by) = self.taken_by(once.used)?;
            let statement = once.definition.node;
            return self.is_dominated(statement, once.used.node).then_some(Walk {
                node,
                by,
                name: Some(statement),
            });
        }
        let (node, by) = self.taken_by(used)?;
        Some(Walk { node, by, name: None })
    }

    /// What takes a value item by item.
    pub fn taken_by(&self, used: Use<'a>) -> Option<(NodeId, &'static str)> {
        match used.usage {
            Usage::For(node) => Some((node, "the loop")),
            Usage::Clause(node, 0) => match self.nodes().get(node) {
                Some(Node::Expr(Expr::Generator(_))) => {
                    self.is_taken_at_once(node).then_some((node, "the generator"))
                }
                _ => Some((node, "the comprehension")),
            },
            Usage::YieldedFrom(node) => Some((node, "`yield from`")),
            Usage::Argument(call, at) => {
                let node = self.nodes().id(call);
                if let Expr::Attribute(method) = &*call.func
                    && method.attr.as_str() == "writerows"
                {
                    return self.is_csv_writer(&method.value).then_some((node, "`writerows`"));
                }
                match (self.qualified(&call.func)?, at) {
                    ("dict", 0) => Some((node, "`dict`")),
                    ("enumerate", 0) | ("map" | "filter", 1) | ("zip", _) => {
                        let used = self.usage(node);
                        self.taken_by(used).filter(|_| used.through.is_direct())
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Whether what a generator expression gives is taken where it stands. Elsewhere the cursor
    /// may be gone by then.
    fn is_taken_at_once(&self, generator: NodeId) -> bool {
        let Usage::Argument(call, at) = self.usage(generator).usage else { return false };
        if matches!(&*call.func, Expr::Attribute(it) if it.value.is_string_literal_expr()) {
            return true;
        }
        self.qualified(&call.func).is_some_and(|name| {
            consumers::find(name).is_some_and(|consumer| consumer.position == at)
                || matches!(name, "list" | "tuple" | "set" | "frozenset" | "dict" | "sorted")
        })
    }
}
