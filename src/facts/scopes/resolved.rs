//! What every name expression of a file means, in one pass over them: a dense table by node, and
//! the uses of each binding in source order.
//!
//! The pass goes down the tree of scopes with one current meaning for each name that the file
//! binds. `Bindings::lookup` is its slow twin.

use std::ops::Range;

use ruff_python_ast::{Expr, ExprContext, Stmt};

use super::bindings::{Bindings, Lists};
use super::symbols::Symbol;
use super::{BindingId, Declared, DefinitionId, Resolution, ScopeId, ScopeKind, Scopes};
use crate::facts::nodes::{Node, NodeId, Nodes};

/// What a name expression is: a name of nothing in this file, of something that cannot be known or
/// of a binding, or a definition; in 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Meaning(u32);

/// What a meaning says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::facts) enum Means {
    Builtin,
    Unknown,
    Binding(BindingId),
    Definition(DefinitionId),
}

impl Meaning {
    const BUILTIN: Meaning = Meaning(u32::MAX);
    const UNKNOWN: Meaning = Meaning(u32::MAX - 1);
    /// The rest is a definition. A file of 4 GiB has fewer than 2^31 of them, as names are parted.
    const DEFINITION: u32 = 1 << 31;

    fn binding(id: BindingId) -> Meaning {
        Meaning(id.0)
    }

    fn definition(id: DefinitionId) -> Meaning {
        Meaning(id.0 | Meaning::DEFINITION)
    }

    #[inline]
    fn says(self) -> Means {
        match self {
            Meaning::BUILTIN => Means::Builtin,
            Meaning::UNKNOWN => Means::Unknown,
            Meaning(it) if it & Meaning::DEFINITION != 0 => {
                Means::Definition(DefinitionId(it & !Meaning::DEFINITION))
            }
            Meaning(binding) => Means::Binding(BindingId(binding)),
        }
    }
}

/// The table.
#[derive(Debug, Default)]
pub(in crate::facts) struct Resolved {
    /// By node: what a name expression means; for a statement or a lambda, the first definition
    /// that it makes without a name expression.
    meanings: Vec<Meaning>,
    uses: Lists<NodeId>,
    captured: Vec<bool>,
}

impl Resolved {
    pub(in crate::facts) fn build(
        scopes: &Scopes<'_>,
        bindings: &Bindings<'_>,
        nodes: &Nodes<'_>,
    ) -> Resolved {
        let unbound = if scopes.star_import { Meaning::UNKNOWN } else { Meaning::BUILTIN };
        let mut it = Resolved {
            meanings: vec![unbound; nodes.len()],
            uses: Lists::default(),
            captured: vec![false; bindings.len()],
        };
        Descent::new(scopes, bindings, nodes, unbound, &mut it).run();
        // What means no binding has a key that is out of range.
        let key = |id: &NodeId| match it.resolve(bindings, *id) {
            Resolution::Binding(binding) => binding.index(),
            Resolution::Builtin | Resolution::Unknown => usize::MAX,
        };
        it.uses = Lists::group(bindings.len(), scopes.names.iter().map(|id| (key(id), *id)));
        it
    }

    /// What a name expression is.
    #[inline]
    pub(in crate::facts) fn means(&self, node: NodeId) -> Means {
        self.meanings.get(node.index()).map_or(Means::Unknown, |it| it.says())
    }

    /// What a name expression means.
    #[inline]
    pub(super) fn resolve(&self, bindings: &Bindings<'_>, node: NodeId) -> Resolution {
        match self.means(node) {
            Means::Builtin => Resolution::Builtin,
            Means::Unknown => Resolution::Unknown,
            Means::Binding(binding) => Resolution::Binding(binding),
            Means::Definition(id) => {
                bindings.of_definition(id).map_or(Resolution::Unknown, Resolution::Binding)
            }
        }
    }

    /// The definition that a name expression is; the first that a statement or a lambda makes
    /// without one.
    #[inline]
    pub(in crate::facts) fn definition(&self, node: NodeId) -> Option<DefinitionId> {
        match self.means(node) {
            Means::Definition(id) => Some(id),
            _ => None,
        }
    }

    /// The name expressions that mean a binding, in the order of the nodes.
    #[inline]
    pub(super) fn uses(&self, binding: BindingId) -> &[NodeId] {
        self.uses.of(binding.index())
    }

    /// Whether code that runs at another time than the binding's own scope uses it.
    pub(super) fn is_captured(&self, binding: BindingId) -> bool {
        self.captured.get(binding.index()).copied().unwrap_or(true)
    }
}

/// The scope that each scope runs together with.
fn frames(scopes: &Scopes<'_>) -> Vec<ScopeId> {
    let mut frames = Vec::with_capacity(scopes.scopes.len());
    for (id, scope) in scopes.all() {
        let inlined = match scope.kind {
            ScopeKind::Comprehension(node) => !node.is_generator_expr(),
            ScopeKind::TypeParams => true,
            _ => false,
        };
        let around = frames.get(scope.parent.index()).copied();
        frames.push(around.filter(|_| inlined).unwrap_or(id));
    }
    frames
}

/// A step of the way down and up the tree of scopes.
enum Step {
    Enter(ScopeId),
    /// Take back what has changed since there were this many changes.
    Leave(usize),
}

/// Names that stand in one scope, and in the order of all names one after the other.
struct Run {
    names: Range<usize>,
    /// The run of the same scope that was found before this one.
    before: Option<u32>,
}

/// The runs of names, and the last run of each scope.
fn runs(scopes: &Scopes<'_>) -> (Vec<Run>, Vec<Option<u32>>) {
    let mut runs: Vec<Run> = Vec::with_capacity(scopes.runs.len());
    let mut last: Vec<Option<u32>> = vec![None; scopes.count()];
    let ends = scopes.runs.iter().skip(1).map(|(_, from)| *from).chain([scopes.names.len()]);
    for (&(scope, from), to) in scopes.runs.iter().zip(ends) {
        if let Some(last) = last.get_mut(scope.index()) {
            let before = last.replace(runs.len() as u32);
            runs.push(Run { names: from..to, before });
        }
    }
    (runs, last)
}

struct Descent<'t, 'a> {
    scopes: &'t Scopes<'a>,
    bindings: &'t Bindings<'a>,
    nodes: &'t Nodes<'a>,
    /// What a name means that nothing binds.
    unbound: Meaning,
    meanings: &'t mut [Meaning],
    captured: &'t mut [bool],
    frames: Vec<ScopeId>,
    runs: Vec<Run>,
    /// The last run of names of each scope.
    last_run: Vec<Option<u32>>,
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
        unbound: Meaning,
        it: &'t mut Resolved,
    ) -> Descent<'t, 'a> {
        let count = scopes.count();
        let owners = bindings.owners();
        let owned = owners.iter().enumerate();
        let globals = bindings.declarations().filter(|it| it.2 == Declared::Global);
        let children = scopes.all().skip(1).map(|(id, scope)| (scope.parent.index(), id));
        let mut module = vec![unbound; bindings.symbols()];
        for (index, (scope, symbol)) in owners.iter().enumerate() {
            if *scope == ScopeId::MODULE {
                module[symbol.index()] = Meaning::binding(BindingId::new(index));
            }
        }
        let (runs, last_run) = runs(scopes);
        Descent {
            scopes,
            bindings,
            nodes,
            unbound,
            meanings: &mut it.meanings,
            captured: &mut it.captured,
            frames: frames(scopes),
            runs,
            last_run,
            owned: Lists::group(
                count,
                owned.map(|(index, (scope, _))| (scope.index(), BindingId::new(index))),
            ),
            globals: Lists::group(count, globals.map(|(scope, it, _)| (scope.index(), it))),
            children: Lists::group(count, children),
            current: module.clone(),
            module,
            changes: Vec::new(),
            class_cell: bindings.symbol(scopes, "__class__", ScopeId::MODULE),
            in_class: false,
        }
    }

    fn run(&mut self) {
        for (index, definition) in self.scopes.definitions.iter().enumerate() {
            let id = DefinitionId(index as u32);
            if let Some(slot) = self.meanings.get_mut(definition.target.index()) {
                *slot = Meaning::definition(id);
            } else if let Some(slot) = self.meanings.get_mut(definition.node.index())
                && *slot == self.unbound
            {
                *slot = Meaning::definition(id);
            }
            if let Some(binding) = self.bindings.of_definition(id) {
                self.note_use(binding, definition.from);
            }
        }
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

    /// Marks a binding that is used in a scope as captured where it is.
    #[inline]
    fn note_use(&mut self, binding: BindingId, scope: ScopeId) {
        let Some((owner, _)) = self.bindings.owners().get(binding.index()) else { return };
        if *owner != scope
            && self.frames.get(owner.index()) != self.frames.get(scope.index())
            && let Some(captured) = self.captured.get_mut(binding.index())
        {
            *captured = true;
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
            self.set(symbol, meaning.unwrap_or(self.unbound));
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
            self.set(symbol, Meaning::UNKNOWN);
        }
    }

    fn resolve_names(&mut self, scope: ScopeId) {
        let mut next = self.last_run.get(scope.index()).copied().flatten();
        while let Some(run) = next.and_then(|run| self.runs.get(run as usize)) {
            next = run.before;
            let names = self.scopes.names.get(run.names.clone()).unwrap_or_default();
            for id in names {
                // What is a definition has its meaning.
                if self.meanings.get(id.index()) == Some(&self.unbound) {
                    self.resolve_name(*id, scope);
                }
            }
        }
    }

    #[inline]
    fn resolve_name(&mut self, id: NodeId, scope: ScopeId) {
        let Some(Node::Expr(Expr::Name(name))) = self.nodes.get(id) else { return };
        let text = name.id.as_str();
        let meaning = match self.bindings.symbol(self.scopes, text, scope) {
            Some(symbol) => {
                let here = self.current.get(symbol.index()).copied().unwrap_or(self.unbound);
                match here.says() {
                    Means::Binding(binding)
                        if self.in_class
                            && name.ctx == ExprContext::Load
                            && is_before(self.scopes, self.bindings, self.nodes, binding, id) =>
                    {
                        self.module.get(symbol.index()).copied().unwrap_or(self.unbound)
                    }
                    _ => here,
                }
            }
            None if text == "__class__" && self.is_in_method(scope) => Meaning::UNKNOWN,
            None => return,
        };
        if let Means::Binding(binding) = meaning.says() {
            self.note_use(binding, scope);
        }
        if let Some(slot) = self.meanings.get_mut(id.index()) {
            *slot = meaning;
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
