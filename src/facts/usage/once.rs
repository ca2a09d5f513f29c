//! Names that carry a value to exactly one place.
//!
//! A name counts if only one statement gives it a value, and that value is read once at most:
//! the read is not repeated by a loop that does not repeat the definition, and no function,
//! class, generator expression or reflection sees the name. Names of a class body are attributes
//! and never count; names of a module count only if nobody else can import them in good faith:
//! with a leading underscore and not in `__all__`, or under `if __name__ == "__main__"`.

use ruff_python_ast::{Expr, Stmt};

use super::{Usage, Use};
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId, blocks};
use crate::facts::repetition::guards::is_main_guard;
use crate::facts::scopes::{BindingId, Definition, DefinitionKind, ScopeKind};
use ruff_text_size::Ranged;

/// The one use of a value that a name carries.
#[derive(Debug, Clone, Copy)]
pub struct UsedOnce<'f, 'a> {
    /// The name.
    pub binding: BindingId,
    /// What gives it its value.
    pub definition: &'f Definition<'a>,
    /// The value, where the name gets the whole of it.
    pub value: Option<&'a Expr>,
    /// The use.
    pub used: Use<'a>,
}

impl<'a> Facts<'a> {
    /// The only use of a name that is given a value once and read once.
    pub fn used_once(&self, binding: BindingId) -> Option<UsedOnce<'_, 'a>> {
        let uses = self.uses_of(binding);
        // More than the name that is bound and the one that is read.
        if uses.is_empty() || uses.len() > 2 && !self.plain {
            return None;
        }
        let mut reads = uses.iter().copied().filter(|node| self.is_read(*node));
        let (Some(read), None) = (reads.next(), reads.next()) else { return None };
        let definition = self.followed(binding)?;
        if !self.is_after(definition, read) {
            return None;
        }
        let value = match definition.kind {
            DefinitionKind::Assign { value, .. } => Some(value),
            _ => None,
        };
        Some(UsedOnce { binding, definition, value, used: self.usage(read) })
    }

    /// The uses of a name that is given a value once and that nothing but its own scope sees: all
    /// that becomes of that value by this name. A loop may repeat each of them.
    pub fn used_only(&self, binding: BindingId) -> Option<impl Iterator<Item = Use<'a>> + '_> {
        self.followed(binding)?;
        Some(self.reads_of(binding).map(|read| self.usage(read)))
    }

    /// The only definition of a name whose every use is known.
    fn followed(&self, binding: BindingId) -> Option<&Definition<'a>> {
        let names = self.names();
        let definition = names.only_definition(binding)?;
        match definition.kind {
            DefinitionKind::Assign { .. } => {
                // A walrus hands the value on, a second target shares it.
                let single = match self.nodes().get(definition.node)? {
                    Node::Stmt(Stmt::Assign(it)) => it.targets.len() == 1,
                    Node::Stmt(Stmt::AnnAssign(_)) => true,
                    _ => false,
                };
                single.then_some(())?;
            }
            DefinitionKind::Unpack(_)
            | DefinitionKind::Loop(_)
            | DefinitionKind::LoopUnpack(_)
            | DefinitionKind::With(_)
            | DefinitionKind::Parameter { .. } => {}
            _ => return None,
        }
        let scope = definition.scope;
        let owned = match self.scopes().get(scope).kind {
            ScopeKind::Module => self.is_module_private(definition),
            ScopeKind::Class(_) | ScopeKind::TypeParams => false,
            _ => true,
        };
        let followed = owned
            && definition.from == scope
            && names.scope(binding) == scope
            && !self.is_reflected(scope)
            && !self.is_captured(binding);
        followed.then_some(definition)
    }

    fn is_module_private(&self, definition: &Definition<'a>) -> bool {
        if self.names().has_star_import() {
            return false;
        }
        if definition.name.starts_with('_') && !definition.name.starts_with("__") {
            return !self.exports().may_list(definition.name);
        }
        self.nodes()
            .ancestors(definition.node)
            .any(|(_, node)| matches!(node, Node::Stmt(Stmt::If(it)) if is_main_guard(&it.test)))
    }

    /// Whether the read sees what the definition gave, and sees it once: it stands behind, no
    /// loop repeats it alone, and in a loop that repeats both every pass defines before it reads.
    fn is_after(&self, definition: &Definition<'a>, read: NodeId) -> bool {
        let (nodes, loops) = (self.nodes(), self.loops());
        if matches!(definition.kind, DefinitionKind::Parameter { .. }) {
            return !nodes.innermost_loop(read).exists();
        }
        let is_target =
            matches!(definition.kind, DefinitionKind::Loop(_) | DefinitionKind::LoopUnpack(_));
        let is_with = matches!(nodes.get(definition.node), Some(Node::Stmt(Stmt::With(_))));
        let inside = nodes.contains(definition.node, read);
        if !is_target && (read < definition.node || inside && !is_with) {
            return false;
        }
        let mut shared = None;
        for of in loops.enclosing(nodes.innermost_loop(read)) {
            if is_target && of.node == definition.node {
                // The target of the clause of this very loop, or of another clause outside of it.
                let binds =
                    of.target.is_some_and(|target| target.range().contains_range(definition.range));
                return binds && self.is_in_body(of.node, read);
            }
            if !nodes.contains(of.node, definition.node) {
                return false;
            }
            shared = shared.or(Some(of.node));
        }
        if is_target {
            // After the loop, the last item is left.
            return nodes.get(definition.node).is_some_and(|node| node.as_stmt().is_some())
                && !nodes.contains(definition.node, read);
        }
        shared.is_none() || inside || self.is_dominated(definition.node, read)
    }

    /// Whether a read stands in the loop proper and not in its `else`.
    fn is_in_body(&self, of: NodeId, read: NodeId) -> bool {
        match self.nodes().get(of) {
            Some(Node::Stmt(Stmt::For(it))) => {
                it.body.first().zip(it.body.last()).is_some_and(|(first, last)| {
                    let start = self.nodes().get(read).map(|node| node.start());
                    start.is_some_and(|at| first.start() <= at && at < last.end())
                })
            }
            _ => true,
        }
    }

    /// Whether the read stands in the block of the statement, behind it.
    pub fn is_dominated(&self, statement: NodeId, read: NodeId) -> bool {
        let nodes = self.nodes();
        let (Some(stmt), Some(read)) = (nodes.get(statement), nodes.get(read)) else {
            return false;
        };
        let parent = match nodes.get(nodes.parent(statement)) {
            Some(Node::Stmt(parent)) => parent,
            None => return stmt.end() <= read.start(),
            Some(Node::Expr(_)) => return false,
        };
        let holds = |block: &[Stmt], node: Node<'a>| {
            block.first().is_some_and(|first| first.start() <= node.start())
                && block.last().is_some_and(|last| node.end() <= last.end())
        };
        stmt.end() <= read.start()
            && blocks(parent).any(|block| holds(block, stmt) && holds(block, read))
    }
}

impl UsedOnce<'_, '_> {
    /// Whether the value only goes to its use: no condition, test or second name in between.
    pub fn is_direct(&self) -> bool {
        self.used.through.is_direct()
    }

    /// Whether it is iterated over, by a statement or the first clause of a comprehension.
    pub fn is_iterated(&self) -> bool {
        self.is_direct() && matches!(self.used.usage, Usage::For(_) | Usage::Clause(_, 0))
    }
}
