//! Scopes, bindings and uses: which name means what, by Python's rules of visibility.
//!
//! Answers where a name is bound, by what, and where it is read. Does not answer in which order:
//! that is `flow`. The index is built when the first question is asked.

use ruff_python_ast::{
    Expr, ExprContext, ExprLambda, ExprName, Parameter, Stmt, StmtClassDef, StmtFunctionDef,
};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashMap;

use super::nodes::{Node, NodeId, Nodes};
use super::usage::Uses;

/// A scope of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(pub(super) u32);

impl ScopeId {
    /// The module's scope.
    pub const MODULE: ScopeId = ScopeId(0);

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What opens a scope.
#[derive(Debug, Clone, Copy)]
pub enum ScopeKind<'a> {
    /// The module.
    Module,
    /// A class body. Its names are not visible from the functions in it.
    Class(&'a StmtClassDef),
    /// A function body.
    Function(&'a StmtFunctionDef),
    /// A lambda.
    Lambda(&'a ExprLambda),
    /// A comprehension or generator expression, all but its first iterable.
    Comprehension(&'a Expr),
    /// Type parameters (PEP 695) around a function, a class or a type alias.
    TypeParams,
}

/// A scope.
#[derive(Debug)]
pub struct Scope<'a> {
    /// What opens it.
    pub kind: ScopeKind<'a>,
    /// The scope around it; the module's own for the module.
    pub parent: ScopeId,
    /// The statement or expression that opens it; the root for the module.
    pub node: NodeId,
    /// Names declared `global` and `nonlocal` here.
    declared: Vec<(&'a str, Declared)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Declared {
    Global,
    Nonlocal,
}

/// One place that binds a name.
#[derive(Debug, Clone, Copy)]
pub struct Definition<'a> {
    /// The name.
    pub name: &'a str,
    /// The scope whose name it is.
    pub scope: ScopeId,
    /// The scope in which the binding statement runs.
    pub from: ScopeId,
    /// The statement or expression that binds.
    pub node: NodeId,
    /// Where the name stands.
    pub range: TextRange,
    /// How it is bound.
    pub kind: DefinitionKind<'a>,
}

/// How a name is bound.
#[derive(Debug, Clone, Copy)]
pub enum DefinitionKind<'a> {
    /// `name = value`, `name: T = value`, or a walrus.
    Assign {
        /// The value.
        value: &'a Expr,
        /// The annotation.
        annotation: Option<&'a Expr>,
    },
    /// `name: T` without a value.
    Annotation(&'a Expr),
    /// `name op= value`.
    Augmented(&'a Stmt),
    /// Part of an unpacked value: `name, other = value`.
    Unpack(&'a Expr),
    /// The target of a loop or comprehension clause over the iterable.
    Loop(&'a Expr),
    /// Part of the target of a loop or comprehension clause.
    LoopUnpack(&'a Expr),
    /// `with context as name`.
    With(&'a Expr),
    /// A parameter.
    Parameter {
        /// The parameter.
        parameter: &'a Parameter,
        /// Its default.
        default: Option<&'a Expr>,
    },
    /// `*args` or `**kwargs`.
    Variadic(&'a Parameter),
    /// `import module` or `import module as name`: the qualified name.
    Import(&'a str),
    /// `from module import member`.
    ImportFrom {
        /// The module; empty in `from . import member`.
        module: &'a str,
        /// The member.
        member: &'a str,
        /// The number of leading dots.
        level: u32,
    },
    /// `def name`.
    Function(&'a StmtFunctionDef),
    /// `class name`.
    Class(&'a StmtClassDef),
    /// `except .. as name`: deleted at the end of the handler.
    Except,
    /// A capture of a `match` pattern.
    Capture,
    /// `del name`.
    Delete,
    /// A type parameter or a type alias.
    TypeName,
}

/// A name of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BindingId(u32);

impl BindingId {
    pub(super) fn new(index: usize) -> BindingId {
        BindingId(index as u32)
    }

    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

/// What a name that is read means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolution {
    /// A binding of this file.
    Binding(BindingId),
    /// No binding of this file: a builtin, if there is one of that name.
    Builtin,
    /// Something that cannot be known: a star import may have bound it.
    Unknown,
}

/// The scopes of a file and every definition in source order.
#[expect(clippy::struct_field_names, reason = "the scopes are its main part, not a prefix")]
#[derive(Debug, Default)]
pub struct Scopes<'a> {
    pub(super) scopes: Vec<Scope<'a>>,
    pub(super) definitions: Vec<Definition<'a>>,
    /// `from module import *` somewhere: a name without a binding may come from there.
    pub(super) star_import: bool,
    /// Names bound by `from module import member as name`.
    pub(super) import_aliases: Vec<&'a str>,
}

impl<'a> Scopes<'a> {
    pub(super) fn open(&mut self, kind: ScopeKind<'a>, parent: ScopeId, node: NodeId) -> ScopeId {
        self.scopes.push(Scope { kind, parent, node, declared: Vec::new() });
        ScopeId(self.scopes.len() as u32 - 1)
    }

    pub(super) fn declare(&mut self, scope: ScopeId, name: &'a str, global: bool) {
        let declared = if global { Declared::Global } else { Declared::Nonlocal };
        self.scopes[scope.0 as usize].declared.push((name, declared));
    }

    /// Names bound by `from module import member as name`.
    pub fn import_aliases(&self) -> &[&'a str] {
        &self.import_aliases
    }

    /// Every definition in source order.
    pub fn all_definitions(&self) -> &[Definition<'a>] {
        &self.definitions
    }

    /// How many scopes there are.
    pub(super) fn count(&self) -> usize {
        self.scopes.len()
    }

    /// The scope of an id.
    pub fn get(&self, id: ScopeId) -> &Scope<'a> {
        &self.scopes[id.0 as usize]
    }

    /// The scope and those around it, from the inside to the outside, ending with the module.
    pub fn enclosing(&self, id: ScopeId) -> impl Iterator<Item = (ScopeId, &Scope<'a>)> {
        let mut next = Some(id);
        std::iter::from_fn(move || {
            let id = next?;
            let scope = self.get(id);
            next = (id != ScopeId::MODULE).then_some(scope.parent);
            Some((id, scope))
        })
    }

    /// The innermost function, lambda, class or module around a scope: what a comprehension is
    /// inlined into.
    pub fn body_scope(&self, id: ScopeId) -> ScopeId {
        self.enclosing(id)
            .find(|(_, scope)| !matches!(scope.kind, ScopeKind::Comprehension(_)))
            .map_or(ScopeId::MODULE, |(id, _)| id)
    }

    /// The function whose body a scope belongs to, if any.
    pub fn function(&self, id: ScopeId) -> Option<&'a StmtFunctionDef> {
        match self.get(self.body_scope(id)).kind {
            ScopeKind::Function(def) => Some(def),
            _ => None,
        }
    }

    /// The class that the body of a scope stands directly in.
    pub fn class_around(&self, id: ScopeId) -> Option<&'a StmtClassDef> {
        let body = self.body_scope(id);
        if body == ScopeId::MODULE {
            return None;
        }
        self.enclosing(self.get(body).parent)
            .find(|(_, scope)| !matches!(scope.kind, ScopeKind::TypeParams))
            .and_then(|(_, scope)| match scope.kind {
                ScopeKind::Class(def) => Some(def),
                _ => None,
            })
    }

    /// Where a store of the name in the scope goes by its declarations.
    fn target(&self, scope: ScopeId, name: &str) -> (ScopeId, Option<Declared>) {
        let declared = &self.get(scope).declared;
        let found = declared.iter().find(|(declared, _)| *declared == name);
        match found.map(|(_, declared)| *declared) {
            Some(Declared::Global) => (ScopeId::MODULE, Some(Declared::Global)),
            other => (scope, other),
        }
    }

    pub(super) fn define(&mut self, mut definition: Definition<'a>) {
        if !self.get(definition.scope).declared.is_empty() {
            definition.scope = self.target(definition.scope, definition.name).0;
        }
        self.definitions.push(definition);
    }
}

/// The definitions of each name of each scope, and the uses that resolve to it.
#[derive(Debug, Default)]
pub struct Bindings<'a> {
    by_name: FxHashMap<(u32, &'a str), BindingId>,
    /// The scope of each binding.
    scopes: Vec<ScopeId>,
    /// Indices into the definitions, grouped by binding.
    definitions: Vec<Vec<u32>>,
    /// The binding of each definition.
    of_definition: Vec<Option<BindingId>>,
}

impl<'a> Bindings<'a> {
    pub(super) fn build(scopes: &Scopes<'a>) -> Bindings<'a> {
        let mut bindings =
            Bindings { of_definition: vec![None; scopes.definitions.len()], ..Bindings::default() };
        let mut nonlocal = Vec::new();
        for (index, definition) in scopes.definitions.iter().enumerate() {
            let declared = &scopes.get(definition.from).declared;
            if declared.contains(&(definition.name, Declared::Nonlocal))
                && definition.scope == definition.from
            {
                nonlocal.push(index);
            } else {
                bindings.add(definition.scope, definition.name, index);
            }
        }
        for index in nonlocal {
            let definition = &scopes.definitions[index];
            let owner = scopes
                .enclosing(definition.from)
                .skip(1)
                .filter(|(_, scope)| {
                    matches!(scope.kind, ScopeKind::Function(_) | ScopeKind::Lambda(_))
                })
                .map(|(id, _)| id)
                .find(|id| bindings.find(*id, definition.name).is_some())
                .unwrap_or(definition.from);
            bindings.add(owner, definition.name, index);
        }
        bindings
    }

    fn add(&mut self, scope: ScopeId, name: &'a str, definition: usize) {
        let next = BindingId(self.definitions.len() as u32);
        let id = *self.by_name.entry((scope.0, name)).or_insert(next);
        if id == next {
            self.definitions.push(Vec::with_capacity(1));
            self.scopes.push(scope);
        }
        self.definitions[id.0 as usize].push(definition as u32);
        self.of_definition[definition] = Some(id);
    }

    fn find(&self, scope: ScopeId, name: &str) -> Option<BindingId> {
        self.by_name.get(&(scope.0, name)).copied()
    }
}

/// A view of the scopes with their index: what the facts offer to rules.
#[derive(Clone, Copy)]
pub struct Names<'f, 'a> {
    pub(super) scopes: &'f Scopes<'a>,
    pub(super) bindings: &'f Bindings<'a>,
    pub(super) nodes: &'f Nodes<'a>,
    /// The binding of each name, once all have been resolved.
    pub(super) resolved: Option<&'f Uses>,
}

impl<'f, 'a> Names<'f, 'a> {
    /// How many bindings there are: their indices are dense.
    pub(super) fn count(self) -> usize {
        self.bindings.scopes.len()
    }

    /// What a name means where it stands.
    pub fn resolve(self, name: &ExprName) -> Resolution {
        let id = self.nodes.id(name);
        match self.resolved {
            Some(resolved) => match resolved.binding_at(id) {
                Some(binding) => Resolution::Binding(binding),
                None if self.scopes.star_import => Resolution::Unknown,
                None => Resolution::Builtin,
            },
            None => self.lookup(name.id.as_str(), self.nodes.scope(id)),
        }
    }

    /// What a name means when read in a scope.
    pub fn lookup(self, name: &str, from: ScopeId) -> Resolution {
        let (start, declared) = self.scopes.target(from, name);
        for (id, scope) in self.scopes.enclosing(start) {
            // A class body's names are seen from the body itself only.
            if matches!(scope.kind, ScopeKind::Class(_)) && id != start {
                continue;
            }
            if id == start && declared == Some(Declared::Nonlocal) {
                continue;
            }
            if let Some(binding) = self.bindings.find(id, name) {
                return Resolution::Binding(binding);
            }
        }
        if self.scopes.star_import { Resolution::Unknown } else { Resolution::Builtin }
    }

    /// The binding of a name of a scope.
    pub fn binding(self, scope: ScopeId, name: &str) -> Option<BindingId> {
        self.bindings.find(scope, name)
    }

    /// The binding of a definition, by its position among all definitions.
    pub fn binding_of(self, definition: usize) -> Option<BindingId> {
        self.bindings.of_definition.get(definition).copied().flatten()
    }

    /// Every binding, in the order of their first definitions.
    pub fn all(self) -> impl Iterator<Item = BindingId> {
        (0..self.bindings.scopes.len() as u32).map(BindingId)
    }

    /// The scope that owns a binding.
    pub fn scope(self, binding: BindingId) -> ScopeId {
        self.bindings.scopes[binding.0 as usize]
    }

    /// The places that bind it, in source order.
    pub fn definitions(
        self,
        binding: BindingId,
    ) -> impl ExactSizeIterator<Item = &'f Definition<'a>> + Clone + use<'f, 'a> {
        let scopes = self.scopes;
        self.bindings.definitions[binding.0 as usize]
            .iter()
            .map(move |&index| &scopes.definitions[index as usize])
    }

    /// The only place that binds it.
    pub fn only_definition(self, binding: BindingId) -> Option<&'f Definition<'a>> {
        let mut definitions = self.definitions(binding);
        let only = definitions.next()?;
        definitions.next().is_none().then_some(only)
    }

    /// Every name expression that resolves to the binding, in source order: reads, writes and
    /// deletions. An augmented assignment's target is one name that is both read and written.
    pub fn uses(self, binding: BindingId) -> impl Iterator<Item = (NodeId, &'a ExprName)> + 'f {
        let scope = self.scope(binding);
        let name = self.definitions(binding).next().map_or("", |definition| definition.name);
        let nodes = self.nodes;
        let owner = self.scopes.get(scope).node;
        let range = match nodes.get(owner) {
            Some(_) => owner.index()..nodes.entries[owner.index()].end as usize,
            None => 0..nodes.len(),
        };
        range.filter_map(move |index| {
            let Node::Expr(Expr::Name(candidate)) = nodes.entries[index].node else { return None };
            (candidate.id.as_str() == name
                && self.resolve(candidate) == Resolution::Binding(binding))
            .then_some((NodeId::new(index), candidate))
        })
    }

    /// The uses that read the binding.
    pub fn reads(self, binding: BindingId) -> impl Iterator<Item = (NodeId, &'a ExprName)> + 'f {
        self.uses(binding).filter(|(_, name)| name.ctx == ExprContext::Load)
    }

    /// Whether a function, lambda, class body or generator expression inside the binding's own
    /// scope reads or writes it: then CPython keeps it in a cell.
    pub fn is_captured(self, binding: BindingId) -> bool {
        let scope = self.scope(binding);
        self.uses(binding).any(|(id, _)| {
            self.scopes.enclosing(self.nodes.scope(id)).take_while(|(at, _)| *at != scope).any(
                |(_, inner)| match inner.kind {
                    ScopeKind::Comprehension(node) => node.is_generator_expr(),
                    ScopeKind::TypeParams => false,
                    _ => true,
                },
            )
        })
    }

    /// The names, in any scope, that star imports or unknown constructs may bind.
    pub fn has_star_import(self) -> bool {
        self.scopes.star_import
    }

    /// The text range of a definition's name.
    pub fn range(self, definition: &Definition<'a>) -> TextRange {
        definition.range.range()
    }
}
