//! The uses of every binding in source order, resolved once, and the scopes whose names cannot be
//! followed.

use ruff_python_ast::{Expr, ExprContext};

use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::{BindingId, Resolution, ScopeId, ScopeKind};

/// The index.
#[derive(Debug, Default)]
pub(in crate::facts) struct Uses {
    /// Where the uses of each binding begin; one more than there are bindings.
    offsets: Vec<u32>,
    /// Name expressions, grouped by binding, in source order within each.
    nodes: Vec<NodeId>,
    /// The binding of each name expression, by node; `NONE` for what is none of the file's.
    bindings: Vec<u32>,
    /// Scopes whose names may be read or written by reflection.
    reflected: Vec<bool>,
}

/// No binding.
const NONE: u32 = u32::MAX;

impl Uses {
    pub(in crate::facts) fn build(facts: &Facts<'_>) -> Uses {
        let (names, nodes) = (facts.names(), facts.nodes());
        let count = names.count();
        let mut found: Vec<(u32, NodeId)> = Vec::with_capacity(nodes.len() / 3);
        let mut offsets = vec![0_u32; count + 1];
        let mut bindings = vec![NONE; nodes.len()];
        for (index, entry) in nodes.entries.iter().enumerate() {
            let Node::Expr(Expr::Name(name)) = entry.node else { continue };
            if let Resolution::Binding(binding) = names.lookup(name.id.as_str(), entry.scope) {
                let binding = binding.index();
                if let Some(offset) = offsets.get_mut(binding + 1) {
                    *offset += 1;
                    found.push((binding as u32, NodeId::new(index)));
                    bindings[index] = binding as u32;
                }
            }
        }
        for index in 1..offsets.len() {
            offsets[index] += offsets[index - 1];
        }
        let mut next = offsets.clone();
        let mut grouped = vec![NodeId::ROOT; found.len()];
        for (binding, node) in found {
            let at = &mut next[binding as usize];
            grouped[*at as usize] = node;
            *at += 1;
        }
        Uses { offsets, nodes: grouped, bindings, reflected: reflected(facts) }
    }

    /// The binding of a name expression.
    pub(in crate::facts) fn binding_at(&self, name: NodeId) -> Option<BindingId> {
        let binding = *self.bindings.get(name.index())?;
        (binding != NONE).then(|| BindingId::new(binding as usize))
    }

    fn of(&self, binding: BindingId) -> &[NodeId] {
        let index = binding.index();
        match (self.offsets.get(index), self.offsets.get(index + 1)) {
            (Some(&from), Some(&to)) => {
                self.nodes.get(from as usize..to as usize).unwrap_or_default()
            }
            _ => &[],
        }
    }
}

/// `locals()`, `vars()`, `exec(..)` and `eval(..)` see the names of every scope around them;
/// `globals()` those of the module. `vars(x)` asks another object.
fn reflected(facts: &Facts<'_>) -> Vec<bool> {
    let mut reflected = vec![false; facts.scopes().count()];
    for &read in facts.reflections() {
        let Some(Node::Expr(expr @ Expr::Name(name))) = facts.nodes().get(read) else { continue };
        if facts.qualified(expr).is_none_or(|of| of != name.id.as_str()) {
            continue;
        }
        let call = match facts.nodes().get(facts.nodes().parent(read)) {
            Some(Node::Expr(Expr::Call(call))) if facts.nodes().id(&*call.func) == read => {
                Some(call)
            }
            _ => None,
        };
        if name.id.as_str() == "vars" && call.is_some_and(|call| !call.arguments.is_empty()) {
            continue;
        }
        reflected[0] = true;
        if name.id.as_str() != "globals" {
            for (scope, _) in facts.scopes().enclosing(facts.nodes().scope(read)) {
                if let Some(reflected) = reflected.get_mut(scope.index()) {
                    *reflected = true;
                }
            }
        }
    }
    reflected
}

impl Facts<'_> {
    pub(in crate::facts) fn uses(&self) -> &Uses {
        self.uses.get_or_init(|| Uses::build(self))
    }

    /// Every name expression that means the binding, in source order: reads, stores, deletions.
    pub fn uses_of(&self, binding: BindingId) -> &[NodeId] {
        self.uses().of(binding)
    }

    /// The binding that a name expression of the file means, if it is one of the file's.
    pub fn binding_at(&self, name: NodeId) -> Option<BindingId> {
        self.uses().binding_at(name)
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
    pub fn reads_of(&self, binding: BindingId) -> impl DoubleEndedIterator<Item = NodeId> + '_ {
        self.uses_of(binding).iter().copied().filter(|node| self.is_read(*node))
    }

    fn is_read(&self, node: NodeId) -> bool {
        matches!(self.nodes().get(node), Some(Node::Expr(Expr::Name(name))) if name.ctx == ExprContext::Load)
    }

    /// Whether `locals()`, `exec` and their like may read or write the names of a scope.
    pub fn is_reflected(&self, scope: ScopeId) -> bool {
        self.uses().reflected.get(scope.index()).copied().unwrap_or(true)
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

    /// Whether a function, lambda, class body or generator expression in the binding's own scope
    /// reads or writes it.
    pub fn is_captured(&self, binding: BindingId) -> bool {
        let owner = self.names().scope(binding);
        self.uses_of(binding).iter().any(|read| self.captor(*read, owner).is_some())
    }
}
