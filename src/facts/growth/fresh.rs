//! What makes a fresh container, and what is stored in an attribute.

use ruff_python_ast::{Expr, ExprCall, Stmt};

use super::{BoundKind, Container};
use crate::catalog::growth::constructed;
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};

/// A fresh container.
#[derive(Clone, Copy)]
pub(super) struct Fresh {
    pub(super) container: Container,
    pub(super) bound: Option<BoundKind>,
    /// Its elements are containers.
    pub(super) nested: bool,
}

impl<'a> Facts<'a> {
    /// The fresh container that an expression makes.
    pub(super) fn fresh_container(&self, value: &'a Expr) -> Option<Fresh> {
        let of = |container| Some(Fresh { container, bound: None, nested: false });
        match value {
            Expr::List(_) | Expr::ListComp(_) => of(Container::List),
            Expr::Set(_) | Expr::SetComp(_) => of(Container::Set),
            Expr::DictComp(_) => of(Container::Dict),
            Expr::Dict(it) => {
                let nested = !it.is_empty()
                    && it.iter_values().all(|value| {
                        matches!(value, Expr::List(_) | Expr::Dict(_) | Expr::Set(_))
                            || matches!(value, Expr::Call(_))
                                && self.fresh_container(value).is_some()
                    });
                Some(Fresh { container: Container::Dict, bound: None, nested })
            }
            // `[None] * 10`.
            Expr::BinOp(it)
                if it.op == ruff_python_ast::Operator::Mult && it.left.is_list_expr() =>
            {
                of(Container::List)
            }
            Expr::Call(call) => self.constructed(call),
            _ => None,
        }
    }

    fn constructed(&self, call: &'a ExprCall) -> Option<Fresh> {
        let callee = if let Expr::Subscript(it) = &*call.func { &it.value } else { &call.func };
        if !matches!(&**callee, Expr::Name(_) | Expr::Attribute(_)) {
            return None;
        }
        let container = constructed(self.qualified(callee)?)?;
        let arguments = &call.arguments;
        let limit = match container {
            Container::Deque => arguments.find_argument_value("maxlen", 1),
            Container::Queue => arguments.find_argument_value("maxsize", 0),
            _ => None,
        };
        let unlimited = match limit {
            None | Some(Expr::NoneLiteral(_)) => true,
            Some(limit) => crate::facts::cost::integer(limit).is_some_and(|size| size <= 0),
        };
        let bound = match container {
            Container::Weak => Some(BoundKind::Weak),
            Container::Cache => Some(BoundKind::Size),
            _ if !unlimited => Some(BoundKind::Size),
            _ => None,
        };
        let nested = container == Container::DefaultDict
            && match arguments.args.first() {
                Some(Expr::Lambda(lambda)) => self.fresh_container(&lambda.body).is_some(),
                Some(factory) => {
                    self.qualified(factory).is_some_and(|name| constructed(name).is_some())
                }
                None => false,
            };
        Some(Fresh { container, bound, nested })
    }

    /// What is stored in an attribute: whether by an operator, and the value where one target takes
    /// the whole of it. `None` for loop targets and other unpackings.
    pub(super) fn value_of_store(
        &self,
        store: &'a ruff_python_ast::ExprAttribute,
    ) -> Option<(bool, Option<&'a Expr>)> {
        let id = self.nodes().id(store);
        let parent = self.nodes().parent(id);
        match self.nodes().get(parent)? {
            Node::Stmt(Stmt::Assign(it)) => Some((false, Some(&it.value))),
            Node::Stmt(Stmt::AnnAssign(it)) => match &it.value {
                Some(value) => Some((false, Some(value))),
                // An annotation stores nothing.
                None => Some((true, None)),
            },
            Node::Stmt(Stmt::AugAssign(_)) => Some((true, None)),
            Node::Expr(Expr::Tuple(targets)) => {
                let Node::Stmt(Stmt::Assign(it)) = self.nodes().get(self.nodes().parent(parent))?
                else {
                    return None;
                };
                let Expr::Tuple(values) = &*it.value else { return None };
                let at = targets.elts.iter().position(|elt| self.nodes().id(elt) == id)?;
                let spread = |elts: &[Expr]| elts.iter().any(Expr::is_starred_expr);
                if targets.elts.len() != values.elts.len()
                    || spread(&targets.elts)
                    || spread(&values.elts)
                {
                    return None;
                }
                Some((false, values.elts.get(at)))
            }
            _ => None,
        }
    }

    /// Whether a statement gives one value several names: `a = self.b = []`.
    pub(super) fn is_chained(&self, node: NodeId) -> bool {
        matches!(self.nodes().get(node), Some(Node::Stmt(Stmt::Assign(it))) if it.targets.len() > 1)
    }
}
