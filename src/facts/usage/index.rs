//! The uses of a binding by where they stand, and the scopes whose names cannot be followed.

use ruff_python_ast::Expr;

use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::{BindingId, Resolution, ScopeId, ScopeKind};

impl Facts<'_> {
    /// Every name expression that means the binding, in source order: reads, stores, deletions.
    #[inline]
    pub fn uses_of(&self, binding: BindingId) -> &[NodeId] {
        self.names().use_ids(binding)
    }

    /// The binding that a name expression of the file means, if it is one of the file's.
    pub fn binding_at(&self, name: NodeId) -> Option<BindingId> {
        match self.nodes().get(name) {
            Some(Node::Expr(Expr::Name(expr))) => match self.names().resolve(expr) {
                Resolution::Binding(binding) => Some(binding),
                Resolution::Builtin | Resolution::Unknown => None,
            },
            _ => None,
        }
    }

    /// The uses within a run of nodes.
    pub(in crate::facts) fn uses_between(
        &self,
        binding: BindingId,
        (from, to): (NodeId, NodeId),
    ) -> &[NodeId] {
        let uses = self.uses_of(binding);
        let first = uses.partition_point(|node| *node < from);
        let last = uses.partition_point(|node| *node < to);
        uses.get(first..last).unwrap_or_default()
    }

    /// The reads of a binding in source order.
    #[inline]
    pub fn reads_of(&self, binding: BindingId) -> impl DoubleEndedIterator<Item = NodeId> + '_ {
        self.uses_of(binding).iter().copied().filter(|node| self.is_read(*node))
    }

    /// Whether a use reads: it is no definition's. `(name): T`, which does nothing, counts as one.
    #[inline]
    pub(super) fn is_read(&self, used: NodeId) -> bool {
        self.names().definition_at(used).is_none()
    }

    /// Whether `locals()`, `exec` and their like may read or write the names of a scope.
    pub fn is_reflected(&self, scope: ScopeId) -> bool {
        self.is_read_unseen(scope)
    }

    /// The innermost scope between a use and the scope that owns the name that runs at another
    /// time: a function, a lambda, a class body or a generator expression. Its node.
    pub(in crate::facts) fn captor(&self, read: NodeId, owner: ScopeId) -> Option<NodeId> {
        let mut found = None;
        for (at, scope) in self.scopes().enclosing(self.nodes().scope(read)) {
            if at == owner {
                return found;
            }
            let captures = match scope.kind {
                ScopeKind::Comprehension(node) => node.is_generator_expr(),
                ScopeKind::TypeParams => false,
                _ => true,
            };
            if captures {
                found = Some(scope.node);
            }
        }
        found
    }

    /// Whether an expression is a name of a function, which no other thread can bind anew.
    pub fn is_local(&self, expr: &Expr) -> bool {
        let Expr::Name(name) = expr else { return false };
        match self.names().resolve(name) {
            Resolution::Binding(binding) => self.names().scope(binding) != ScopeId::MODULE,
            Resolution::Builtin | Resolution::Unknown => false,
        }
    }

    /// Whether a function, lambda, class body or generator expression in the binding's own scope
    /// reads or writes it.
    pub fn is_captured(&self, binding: BindingId) -> bool {
        self.names().is_captured(binding)
    }
}
