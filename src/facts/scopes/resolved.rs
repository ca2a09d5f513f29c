//! What every name expression of a file means, in one pass over them: a dense table by node, and
//! the uses of each binding in source order.
//!
//! The pass goes down the tree of scopes with one current meaning for each name that the file
//! binds. `Bindings::lookup` is its slow twin.

use ruff_python_ast::{Expr, ExprContext, Stmt};

use super::bindings::{Bindings, Lists, Symbol};
use super::{BindingId, Declared, DefinitionId, Resolution, ScopeId, ScopeKind, Scopes};
use crate::facts::nodes::{Node, NodeId, Nodes};

/// What a node means: nothing in this file, the cell of `__class__`, a binding, or that of a
/// definition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Meaning(u32);

impl Meaning {
    const UNBOUND: Meaning = Meaning(u32::MAX);
    const CLASS_CELL: Meaning = Meaning(u32::MAX - 1);
    const DEFINITION: u32 = 1 << 31;

    fn binding(id: BindingId) -> Meaning {
        Meaning(id.0)
    }

    fn definition(id: DefinitionId) -> Meaning {
        Meaning(id.0 | Meaning::DEFINITION)
    }

    fn as_definition(self) -> Option<DefinitionId> {
        let special = self == Meaning::UNBOUND || self == Meaning::CLASS_CELL;
        (!special && self.0 & Meaning::DEFINITION != 0)
            .then_some(DefinitionId(self.0 & !Meaning::DEFINITION))
    }
}

/// The table.
#[derive(Debug, Default)]
pub(in crate::facts) struct Resolved {
    /// By node. Unbound for what is no name.
    meanings: Vec<Meaning>,
    uses: Lists<NodeId>,
    captured: Vec<bool>,
    star_import: bool,
}

impl Resolved {
    pub(in crate::facts) fn build(
        scopes: &Scopes<'_>,
        bindings: &Bindings<'_>,
        nodes: &Nodes<'_>,
    ) -> Resolved {
        let mut meanings = vec![Meaning::UNBOUND; nodes.len()];
        for (index, definition) in scopes.definitions.iter().enumerate() {
            if let Some(meaning) = meanings.get_mut(definition.target.index()) {
                *meaning = Meaning::definition(DefinitionId(index as u32));
            }
        }
        let mut descent = Descent::new(scopes, bindings, nodes, &mut meanings);
        descent.run();
        let mut it = Resolved {
            meanings,
            uses: Lists::default(),
            captured: vec![false; bindings.len()],
            star_import: scopes.star_import,
        };
        it.uses = Lists::group(
            bindings.len(),
            scopes.names.iter().filter_map(|id| Some((it.binding(bindings, *id)?.index(), *id))),
        );
        it.mark_captured(scopes, bindings, nodes);
        it
    }

    /// The binding that a name expression means.
    pub(in crate::facts) fn binding(
        &self,
        bindings: &Bindings<'_>,
        node: NodeId,
    ) -> Option<BindingId> {
        match self.resolve(bindings, node)? {
            Resolution::Binding(binding) => Some(binding),
            _ => None,
        }
    }

    /// What a name expression means. `None` for no node of this file.
    pub(super) fn resolve(&self, bindings: &Bindings<'_>, node: NodeId) -> Option<Resolution> {
        let meaning = *self.meanings.get(node.index())?;
        if let Some(definition) = meaning.as_definition() {
            return bindings.of_definition(definition).map(Resolution::Binding);
        }
        Some(match meaning {
            Meaning::CLASS_CELL => Resolution::Unknown,
            Meaning::UNBOUND if self.star_import => Resolution::Unknown,
            Meaning::UNBOUND => Resolution::Builtin,
            Meaning(binding) => Resolution::Binding(BindingId(binding)),
        })
    }

    /// The definition that a name expression is.
    pub(super) fn definition(&self, node: NodeId) -> Option<DefinitionId> {
        self.meanings.get(node.index())?.as_definition()
    }

    /// The name expressions that mean a binding, in the order of the nodes.
    pub(super) fn uses(&self, binding: BindingId) -> &[NodeId] {
        self.uses.of(binding.index())
    }

    /// Whether code that runs at another time than the binding's own scope uses it.
    pub(super) fn is_captured(&self, binding: BindingId) -> bool {
        self.captured.get(binding.index()).copied().unwrap_or(true)
    }

    fn mark_captured(&mut self, scopes: &Scopes<'_>, bindings: &Bindings<'_>, nodes: &Nodes<'_>) {
        // The scope that each scope runs together with.
        let mut frames: Vec<u32> = Vec::with_capacity(scopes.scopes.len());
        for (index, scope) in scopes.scopes.iter().enumerate() {
            let inlined = match scope.kind {
                ScopeKind::Comprehension(node) => !node.is_generator_expr(),
                ScopeKind::TypeParams => true,
                _ => false,
            };
            let around = frames.get(scope.parent.index()).copied();
            frames.push(around.filter(|_| inlined).unwrap_or(index as u32));
        }
        let frame = |scope: ScopeId| frames.get(scope.index());
        for (index, (owner, _)) in bindings.owners().iter().enumerate() {
            let binding = BindingId::new(index);
            let home = frame(*owner);
            let captured = self.uses.of(index).iter().any(|id| frame(nodes.scope(*id)) != home)
                || bindings.definitions(binding).iter().any(|id| {
                    scopes.definitions.get(id.index()).is_some_and(|it| frame(it.from) != home)
                });
            if let Some(mark) = self.captured.get_mut(index) {
                *mark = captured;
            }
        }
    }
}

/// A step of the way down and up the tree of scopes.
enum Step {
    Enter(ScopeId),
    /// Take back what has changed since there were this many changes.
    Leave(usize),
}

struct Descent<'t, 'a> {
    scopes: &'t Scopes<'a>,
    bindings: &'t Bindings<'a>,
    nodes: &'t Nodes<'a>,
    meanings: &'t mut [Meaning],
    /// The names of each scope.
    names: Lists<NodeId>,
    /// The bindings of each scope.
    owned: Lists<BindingId>,
    /// What each scope declares global.
    globals: Lists<Symbol>,
    children: Lists<ScopeId>,
    /// What each symbol means in the module.
    module: Vec<Meaning>,
    /// What each symbol means here.
    current: Vec<Meaning>,
    changes: Vec<(Symbol, Meaning)>,
    class_cell: Option<Symbol>,
    in_class: bool,
}

impl<'t, 'a> Descent<'t, 'a> {
    fn new(
        scopes: &'t Scopes<'a>,
        bindings: &'t Bindings<'a>,
        nodes: &'t Nodes<'a>,
        meanings: &'t mut [Meaning],
    ) -> Descent<'t, 'a> {
        let count = scopes.scopes.len();
        let owners = bindings.owners();
        // What is a definition has its meaning.
        let open = |id: &NodeId| meanings.get(id.index()) == Some(&Meaning::UNBOUND);
        let names = Lists::group(
            count,
            scopes.names.iter().filter(|id| open(id)).map(|id| (nodes.scope(*id).index(), *id)),
        );
        let owned = owners.iter().enumerate();
        let globals = bindings.declarations().filter(|it| it.2 == Declared::Global);
        let children = scopes.all().skip(1).map(|(id, scope)| (scope.parent.index(), id));
        let mut module = vec![Meaning::UNBOUND; bindings.symbols()];
        for (index, (scope, symbol)) in owners.iter().enumerate() {
            if *scope == ScopeId::MODULE {
                module[symbol.index()] = Meaning::binding(BindingId::new(index));
            }
        }
        Descent {
            scopes,
            bindings,
            nodes,
            names,
            owned: Lists::group(
                count,
                owned.map(|(index, (scope, _))| (scope.index(), BindingId::new(index))),
            ),
            globals: Lists::group(count, globals.map(|(scope, it, _)| (scope.index(), it))),
            children: Lists::group(count, children),
            current: module.clone(),
            module,
            meanings,
            changes: Vec::new(),
            class_cell: bindings.symbol(scopes, "__class__", ScopeId::MODULE),
            in_class: false,
        }
    }

    fn run(&mut self) {
        let mut steps = vec![Step::Enter(ScopeId::MODULE)];
        while let Some(step) = steps.pop() {
            match step {
                Step::Enter(scope) => {
                    let before = self.changes.len();
                    steps.push(Step::Leave(before));
                    self.enter(scope);
                    steps.extend(self.children.of(scope.index()).iter().map(|it| Step::Enter(*it)));
                }
                Step::Leave(before) => self.leave(before),
            }
        }
    }

    fn set(&mut self, symbol: Symbol, meaning: Meaning) {
        if let Some(current) = self.current.get_mut(symbol.index()) {
            self.changes.push((symbol, std::mem::replace(current, meaning)));
        }
    }

    fn leave(&mut self, before: usize) {
        while self.changes.len() > before {
            let Some((symbol, meaning)) = self.changes.pop() else { break };
            if let Some(current) = self.current.get_mut(symbol.index()) {
                *current = meaning;
            }
        }
    }

    /// Makes a scope's own names visible.
    fn show(&mut self, scope: ScopeId) {
        if scope == ScopeId::MODULE {
            return;
        }
        for index in 0..self.owned.of(scope.index()).len() {
            let Some(&binding) = self.owned.of(scope.index()).get(index) else { break };
            if let Some((_, symbol)) = self.bindings.owners().get(binding.index()) {
                self.set(*symbol, Meaning::binding(binding));
            }
        }
        for index in 0..self.globals.of(scope.index()).len() {
            let Some(&symbol) = self.globals.of(scope.index()).get(index) else { break };
            let meaning = self.module.get(symbol.index()).copied();
            self.set(symbol, meaning.unwrap_or(Meaning::UNBOUND));
        }
    }

    fn enter(&mut self, scope: ScopeId) {
        let opened = self.scopes.get(scope);
        if !matches!(opened.kind, ScopeKind::Class(_)) {
            let seen_by_class = scope != ScopeId::MODULE
                && matches!(opened.kind, ScopeKind::TypeParams)
                && matches!(self.scopes.get(opened.parent).kind, ScopeKind::Class(_));
            self.show(scope);
            if !seen_by_class {
                self.resolve_names(scope);
            }
            return;
        }
        let before = self.changes.len();
        let around = std::mem::replace(&mut self.in_class, true);
        self.show(scope);
        self.resolve_names(scope);
        // Type parameters right in the class see its names; what stands in them does not.
        for index in 0..self.children.of(scope.index()).len() {
            let Some(&child) = self.children.of(scope.index()).get(index) else { break };
            if matches!(self.scopes.get(child).kind, ScopeKind::TypeParams) {
                let inner = self.changes.len();
                self.show(child);
                self.resolve_names(child);
                self.leave(inner);
            }
        }
        self.leave(before);
        self.in_class = around;
        if let Some(symbol) = self.class_cell {
            self.set(symbol, Meaning::CLASS_CELL);
        }
    }

    fn resolve_names(&mut self, scope: ScopeId) {
        for &id in self.names.of(scope.index()) {
            let Some(Node::Expr(Expr::Name(name))) = self.nodes.get(id) else { continue };
            let text = name.id.as_str();
            let meaning = match self.bindings.symbol(self.scopes, text, scope) {
                Some(symbol) => {
                    let module = self.module.get(symbol.index()).copied();
                    let current = self.current.get(symbol.index()).copied();
                    match current.unwrap_or(Meaning::UNBOUND) {
                        Meaning(binding)
                            if self.in_class
                                && name.ctx == ExprContext::Load
                                && is_before(
                                    self.scopes,
                                    self.bindings,
                                    self.nodes,
                                    BindingId(binding),
                                    id,
                                ) =>
                        {
                            module.unwrap_or(Meaning::UNBOUND)
                        }
                        meaning => meaning,
                    }
                }
                None if text == "__class__" && self.is_in_method(scope) => Meaning::CLASS_CELL,
                None => continue,
            };
            if let Some(slot) = self.meanings.get_mut(id.index()) {
                *slot = meaning;
            }
        }
    }

    /// Whether a scope stands in a function of a class.
    fn is_in_method(&self, scope: ScopeId) -> bool {
        let mut around = self.scopes.enclosing(scope).peekable();
        let first = around.next();
        let only_params = first.is_some_and(|it| matches!(it.1.kind, ScopeKind::TypeParams))
            && around.peek().is_some_and(|it| matches!(it.1.kind, ScopeKind::Class(_)));
        if only_params {
            around.next();
        }
        around.any(|(_, scope)| matches!(scope.kind, ScopeKind::Class(_)))
    }
}

/// Whether a read in a class body comes before all that binds the name there: then it means the
/// module's name, or a builtin.
pub(super) fn is_before(
    scopes: &Scopes<'_>,
    bindings: &Bindings<'_>,
    nodes: &Nodes<'_>,
    binding: BindingId,
    read: NodeId,
) -> bool {
    let owner = bindings.owners().get(binding.index()).map(|(scope, _)| *scope);
    if owner != Some(nodes.scope(read))
        || !owner.is_some_and(|it| matches!(scopes.get(it).kind, ScopeKind::Class(_)))
    {
        return false;
    }
    let first = bindings.definitions(binding).first();
    let Some(first) = first.and_then(|id| scopes.definitions.get(id.index())) else { return false };
    let Some((statement, stmt)) = nodes.statement(first.node) else { return false };
    if nodes.innermost_loop(statement).exists() {
        return false;
    }
    if !nodes.contains(statement, read) {
        return read < statement;
    }
    // In the statement itself only where it binds last of all.
    first.node == statement
        && match stmt {
            Stmt::Assign(it) => nodes.contains(nodes.id(&*it.value), read),
            Stmt::AnnAssign(it) => {
                it.value.as_ref().is_some_and(|value| nodes.contains(nodes.id(&**value), read))
            }
            Stmt::AugAssign(it) => nodes.contains(nodes.id(&*it.value), read),
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => true,
            _ => false,
        }
}
