//! What the facts offer of the scopes: names, bindings, definitions and uses.

use ruff_python_ast::{Expr, ExprContext, ExprName, Stmt};
use ruff_text_size::TextRange;

use super::resolved::is_before;
use super::{
    BindingId, Bindings, Definition, DefinitionId, DefinitionKind, Resolution, Resolved, ScopeId,
    Scopes,
};
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId, Nodes};

/// One in so many names is looked up by itself before the table of all is built.
const LOOKED_UP: usize = 2;

/// How a name expression uses its binding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UseKind {
    /// It is read.
    Load,
    /// It is bound.
    Store,
    /// It is deleted.
    Delete,
    /// `name op= value`: read, then bound.
    Augmented,
    /// `name: T` without a value: nothing happens to it.
    Declared,
}

impl UseKind {
    /// Whether it reads the value.
    pub fn reads(self) -> bool {
        matches!(self, UseKind::Load | UseKind::Augmented)
    }

    /// Whether it gives a value.
    pub fn writes(self) -> bool {
        matches!(self, UseKind::Store | UseKind::Augmented)
    }
}

/// A view of the scopes with their index: what the facts offer to rules.
#[derive(Clone, Copy)]
pub struct Names<'f, 'a>(pub(in crate::facts) &'f Facts<'a>);

impl<'f, 'a> Names<'f, 'a> {
    #[inline]
    fn scopes(self) -> &'f Scopes<'a> {
        self.0.scopes()
    }

    #[inline]
    fn nodes(self) -> &'f Nodes<'a> {
        self.0.nodes()
    }

    #[inline]
    fn bindings(self) -> &'f Bindings<'a> {
        self.0.bindings.get().unwrap_or_else(|| self.bindings_first())
    }

    #[cold]
    fn bindings_first(self) -> &'f Bindings<'a> {
        self.0.bindings.get_or_init(|| Bindings::build(self.scopes(), self.0.arena))
    }

    /// The table of what names mean.
    #[inline]
    pub(in crate::facts) fn resolved(self) -> &'f Resolved {
        self.0.resolved.get().unwrap_or_else(|| self.resolved_first())
    }

    #[cold]
    fn resolved_first(self) -> &'f Resolved {
        let build = || Resolved::build(self.scopes(), self.bindings(), self.nodes());
        self.0.resolved.get_or_init(build)
    }

    /// What a name means where it stands.
    #[inline]
    pub fn resolve(self, name: &ExprName) -> Resolution {
        match self.resolve_known(name) {
            Some(resolution) => resolution,
            None => self.resolve_first(self.nodes().id(name), name),
        }
    }

    /// What a name means where it stands, if there is the table of all already.
    #[inline]
    pub(in crate::facts) fn resolve_known(self, name: &ExprName) -> Option<Resolution> {
        Some(self.0.resolved.get()?.resolve(self.bindings(), self.nodes().id(name)))
    }

    /// A few names are looked up one by one; for many the table is cheaper.
    #[cold]
    fn resolve_first(self, id: NodeId, name: &ExprName) -> Resolution {
        let asked = self.0.asked.get();
        if (asked as usize) < self.scopes().names.len() / LOOKED_UP {
            self.0.asked.set(asked + 1);
            return self.resolve_slowly(id, name);
        }
        self.resolved().resolve(self.bindings(), id)
    }

    /// What a name means, without the table.
    fn resolve_slowly(self, id: NodeId, name: &ExprName) -> Resolution {
        if self.nodes().get(id).is_none() {
            return Resolution::Unknown;
        }
        let found = self.lookup(name.id.as_str(), self.nodes().scope(id));
        match found {
            Resolution::Binding(binding)
                if name.ctx == ExprContext::Load
                    && is_before(self.scopes(), self.bindings(), self.nodes(), binding, id) =>
            {
                self.lookup(name.id.as_str(), ScopeId::MODULE)
            }
            found => found,
        }
    }

    /// What a name means when read in a scope. In a class body: once the body has bound it.
    pub fn lookup(self, name: &str, from: ScopeId) -> Resolution {
        self.bindings().lookup(self.scopes(), name, from)
    }

    /// The binding of a name of a scope.
    pub fn binding(self, scope: ScopeId, name: &str) -> Option<BindingId> {
        self.bindings().find(scope, self.bindings().symbol(self.scopes(), name, scope)?)
    }

    /// The name that a definition of this file gives a value.
    pub fn bound_by(self, definition: &Definition<'a>) -> Option<BindingId> {
        self.bindings().of_definition(self.scopes().id_of(definition)?)
    }

    /// The binding of a definition, by its position among all definitions.
    #[inline]
    pub fn binding_of(self, definition: usize) -> Option<BindingId> {
        self.bindings().of_definition(DefinitionId(definition as u32))
    }

    /// Every binding, in the order of their first definitions; names that `nonlocal` alone binds
    /// come last.
    pub fn all(self) -> impl Iterator<Item = BindingId> {
        (0..self.bindings().len()).map(BindingId::new)
    }

    /// How many bindings there are.
    pub(in crate::facts) fn count(self) -> usize {
        self.bindings().len()
    }

    /// The scope that owns a binding.
    #[inline]
    pub fn scope(self, binding: BindingId) -> ScopeId {
        self.bindings().owners().get(binding.index()).map_or(ScopeId::MODULE, |(scope, _)| *scope)
    }

    /// The text of a binding's name.
    pub fn name(self, binding: BindingId) -> &'a str {
        self.definitions(binding).next().map_or("", |definition| definition.name)
    }

    /// A definition.
    #[inline]
    pub fn definition(self, id: DefinitionId) -> Option<&'f Definition<'a>> {
        self.scopes().definitions.get(id.index())
    }

    /// The definition that a name expression is, which is stored or deleted.
    #[inline]
    pub fn definition_at(self, node: NodeId) -> Option<DefinitionId> {
        self.resolved().definition(node)
    }

    /// The places that bind it, by their ids, in source order.
    #[inline]
    pub fn definition_ids(self, binding: BindingId) -> &'f [DefinitionId] {
        self.bindings().definitions(binding)
    }

    /// The places that bind it, in source order.
    #[inline]
    pub fn definitions(
        self,
        binding: BindingId,
    ) -> impl ExactSizeIterator<Item = &'f Definition<'a>> + Clone + use<'f, 'a> {
        let scopes = self.scopes();
        self.bindings().definitions(binding).iter().map(move |id| &scopes.definitions[id.index()])
    }

    /// The only place that binds it.
    #[inline]
    pub fn only_definition(self, binding: BindingId) -> Option<&'f Definition<'a>> {
        let only = self.definition(self.bindings().only(binding)?)?;
        (!self.may_be_starred(binding)).then_some(only)
    }

    /// Whether `from module import *` may bind the name after its definitions: `import random`
    /// above `from numpy import *`, or a default above `from .local_settings import *`. Whoever
    /// imports may have put any name into `__all__`. A definition that certainly runs after the
    /// last star import settles it.
    #[inline]
    pub fn may_be_starred(self, binding: BindingId) -> bool {
        self.scopes().star_imports.last().is_some_and(|last| self.is_starred_by(*last, binding))
    }

    #[cold]
    fn is_starred_by(self, last: NodeId, binding: BindingId) -> bool {
        self.scope(binding) == ScopeId::MODULE
            && !self.definitions(binding).any(|it| it.node > last && self.is_unconditional(it))
    }

    /// Whether a definition runs whenever its scope's body does: it stands under no condition, and
    /// no other scope makes it.
    pub(in crate::facts) fn is_unconditional(self, definition: &Definition<'a>) -> bool {
        !matches!(definition.kind, DefinitionKind::Delete | DefinitionKind::Annotation(_))
            && definition.from == definition.scope
            && match self.nodes().get(definition.node) {
                Some(Node::Stmt(Stmt::Try(_) | Stmt::For(_) | Stmt::Match(_))) => false,
                Some(Node::Stmt(_)) => {
                    self.nodes().parent(definition.node) == self.scopes().get(definition.from).node
                }
                _ => false,
            }
    }

    /// Every name expression that means the binding, in source order.
    #[inline]
    pub fn use_ids(self, binding: BindingId) -> &'f [NodeId] {
        self.resolved().uses(binding)
    }

    /// Every name expression that means the binding, in source order: reads, writes and
    /// deletions. An augmented assignment's target is one name that is both read and written.
    pub fn uses(self, binding: BindingId) -> impl Iterator<Item = (NodeId, &'a ExprName)> + 'f {
        let nodes = self.nodes();
        self.use_ids(binding).iter().filter_map(move |id| match nodes.get(*id)? {
            Node::Expr(Expr::Name(name)) => Some((*id, name)),
            _ => None,
        })
    }

    /// The uses that read the binding.
    pub fn reads(self, binding: BindingId) -> impl Iterator<Item = (NodeId, &'a ExprName)> + 'f {
        self.uses(binding).filter(|(_, name)| name.ctx == ExprContext::Load)
    }

    /// How a name expression uses its binding. `None` for what is no name.
    pub fn use_kind(self, node: NodeId) -> Option<UseKind> {
        let Node::Expr(expr @ Expr::Name(name)) = self.nodes().get(node)? else { return None };
        Some(match name.ctx {
            ExprContext::Load | ExprContext::Invalid => UseKind::Load,
            ExprContext::Del => UseKind::Delete,
            ExprContext::Store => match self.nodes().get(self.nodes().parent(node)) {
                Some(Node::Stmt(Stmt::AugAssign(_))) => UseKind::Augmented,
                Some(Node::Stmt(Stmt::AnnAssign(it)))
                    if it.value.is_none() && std::ptr::eq(&raw const *it.target, expr) =>
                {
                    UseKind::Declared
                }
                _ => UseKind::Store,
            },
        })
    }

    /// Whether a function, lambda, class body or generator expression inside the binding's own
    /// scope reads, binds or deletes it. CPython keeps such names of functions in cells.
    pub fn is_captured(self, binding: BindingId) -> bool {
        self.resolved().is_captured(binding)
    }

    /// Whether `from module import *` may have bound names.
    pub fn has_star_import(self) -> bool {
        self.scopes().star_import
    }

    /// The text range of a definition's name.
    pub fn range(self, definition: &Definition<'a>) -> TextRange {
        definition.range
    }

    /// Whether the table of all uses and the look-up scope by scope agree on every name of the
    /// file.
    #[doc(hidden)]
    pub fn twins_disagree(self) -> Option<&'a ExprName> {
        self.scopes().names.iter().find_map(|id| {
            let Some(Node::Expr(Expr::Name(name))) = self.nodes().get(*id) else { return None };
            let fast = self.resolved().resolve(self.bindings(), *id);
            (fast != self.resolve_slowly(*id, name)).then_some(name)
        })
    }
}
