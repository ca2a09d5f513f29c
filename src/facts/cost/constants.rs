//! Names that stand for a value which is as long as when it was made.
//!
//! Answers once for each binding; only where several definitions give values that cannot change
//! does it depend on the read which of them is meant.

use std::cell::Cell;

use ruff_python_ast::{Comprehension, Expr, ExprContext, ExprName, Operator, Stmt};

use super::DEPTH;
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::{BindingId, DefinitionKind, Resolution};

/// What the names of a binding stand for.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Constant<'a> {
    #[default]
    Unasked,
    /// Nothing that keeps its length for certain.
    Not,
    /// The value, wherever the name is read.
    Value(&'a Expr),
    /// The value of the only definition that reaches the read, if that cannot change its length.
    ByRead,
}

impl<'a> Facts<'a> {
    /// The value of a name that is as long as when it was made.
    #[inline]
    pub(super) fn unchanged_value(&self, name: &'a ExprName) -> Option<&'a Expr> {
        let Resolution::Binding(binding) = self.names().resolve(name) else { return None };
        let unasked = || vec![Cell::new(Constant::Unasked); self.names().count()];
        let constants = self.costs.constants.get_or_init(unasked);
        let known = constants.get(binding.index())?;
        match known.get() {
            Constant::Not => None,
            Constant::Value(value) => Some(value),
            Constant::Unasked | Constant::ByRead => self.constant_read(name, binding, known),
        }
    }

    #[cold]
    fn constant_read(
        &self,
        name: &'a ExprName,
        binding: BindingId,
        known: &Cell<Constant<'a>>,
    ) -> Option<&'a Expr> {
        if let Constant::Unasked = known.get() {
            known.set(self.constant(binding));
        }
        match known.get() {
            Constant::Value(value) => Some(value),
            Constant::ByRead => self.value_of(name).filter(|it| self.is_immutable(it, DEPTH)),
            Constant::Unasked | Constant::Not => None,
        }
    }

    fn constant(&self, binding: BindingId) -> Constant<'a> {
        let names = self.names();
        let Some(only) = names.only_definition(binding) else {
            let any = names.definitions(binding).any(|definition| match definition.kind {
                DefinitionKind::Assign { value, .. } => self.is_immutable(value, DEPTH),
                _ => false,
            });
            return if any { Constant::ByRead } else { Constant::Not };
        };
        let DefinitionKind::Assign { value, .. } = only.kind else { return Constant::Not };
        let unchanged = self.is_immutable(value, DEPTH)
            || self.is_container(value) && self.reads_of(binding).all(|id| self.only_reads(id));
        if unchanged { Constant::Value(value) } else { Constant::Not }
    }

    /// Whether an expression makes a container that others may change.
    fn is_container(&self, value: &'a Expr) -> bool {
        match value {
            Expr::List(_)
            | Expr::Set(_)
            | Expr::Dict(_)
            | Expr::ListComp(_)
            | Expr::SetComp(_)
            | Expr::DictComp(_) => true,
            Expr::BinOp(_) => self.is_sequence(value, DEPTH),
            Expr::Call(it) => {
                it.func.is_name_expr()
                    && matches!(
                        self.qualified(&it.func),
                        Some("list" | "sorted" | "set" | "dict" | "bytearray")
                    )
            }
            _ => false,
        }
    }

    /// Whether a value cannot change its length.
    fn is_immutable(&self, value: &'a Expr, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        match value {
            Expr::Tuple(_) | Expr::StringLiteral(_) | Expr::BytesLiteral(_) => true,
            Expr::BinOp(it) => {
                matches!(it.op, Operator::Add | Operator::Mult)
                    && (self.is_immutable(&it.left, depth) || self.is_immutable(&it.right, depth))
            }
            Expr::Subscript(it) => it.slice.is_slice_expr() && self.is_immutable(&it.value, depth),
            Expr::Call(it) => {
                it.func.is_name_expr()
                    && matches!(
                        self.qualified(&it.func),
                        Some("tuple" | "frozenset" | "range" | "bytes")
                    )
            }
            _ => false,
        }
    }

    /// Whether a use of a container leaves it as it is and gives it to nobody.
    fn only_reads(&self, id: NodeId) -> bool {
        let nodes = self.nodes();
        let is_iterable = |generators: &'a [Comprehension]| {
            generators.iter().any(|generator| nodes.id(&generator.iter) == id)
        };
        match nodes.get(nodes.parent(id)) {
            Some(Node::Expr(Expr::Attribute(it))) => {
                matches!(it.attr.as_str(), "items" | "keys" | "values" | "get" | "index" | "count")
            }
            Some(Node::Expr(Expr::Subscript(it))) => it.ctx == ExprContext::Load,
            Some(Node::Expr(Expr::Compare(_) | Expr::Starred(_))) => true,
            Some(Node::Expr(Expr::Call(call))) => self.qualified(&call.func).is_some_and(|name| {
                matches!(
                    name,
                    "len"
                        | "list"
                        | "tuple"
                        | "set"
                        | "frozenset"
                        | "sum"
                        | "min"
                        | "max"
                        | "sorted"
                        | "any"
                        | "all"
                        | "enumerate"
                        | "zip"
                        | "reversed"
                )
            }),
            Some(Node::Expr(Expr::ListComp(it))) => is_iterable(&it.generators),
            Some(Node::Expr(Expr::SetComp(it))) => is_iterable(&it.generators),
            Some(Node::Expr(Expr::DictComp(it))) => is_iterable(&it.generators),
            Some(Node::Expr(Expr::Generator(it))) => is_iterable(&it.generators),
            Some(Node::Stmt(Stmt::For(_))) => true,
            _ => false,
        }
    }
}
