//! Scopes, bindings and uses: which name means what, by Python's rules of visibility.
//!
//! Answers where a name is bound, by what, where it is read, written and deleted, which scopes may
//! be read or changed by what cannot be seen, which annotations are evaluated, and what `__all__`
//! lists. Does not answer in which order things happen: that is `flow`. Nor does it see what other
//! modules, `setattr` on a module, or frames do to names. The index of definitions is built when
//! the first question is asked, the table of all uses when many are.

pub mod annotations;
mod bindings;
pub mod exports;
mod index;
pub mod poison;
mod resolved;
mod symbols;
mod view;

use ruff_python_ast::{Expr, ExprLambda, Parameter, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::TextRange;
use rustc_hash::{FxHashMap, FxHashSet};

use super::likely;
use super::nodes::NodeId;
pub(super) use bindings::{Bindings, Lists};
pub(super) use resolved::{Means, Resolved};
pub(super) use symbols::Symbols;
pub use view::{Names, UseKind};

/// A scope of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(pub(super) u32);

impl ScopeId {
    /// The module's scope.
    pub const MODULE: ScopeId = ScopeId(0);

    #[inline]
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
    /// The innermost scope that is no comprehension: this one, or one around it.
    body: ScopeId,
    /// The innermost scope around it that is none of type parameters; the module's own for the
    /// module.
    outside: ScopeId,
    /// Whether it has a `global` or `nonlocal` statement.
    declares: bool,
}

/// What `global` and `nonlocal` statements say of a name in a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Declared {
    /// `global name`.
    Global,
    /// `nonlocal name`.
    Nonlocal,
}

/// A definition: its position in `Scopes::all_definitions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DefinitionId(pub u32);

impl DefinitionId {
    /// Of what is no definition.
    const NONE: DefinitionId = DefinitionId(u32::MAX);

    #[inline]
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
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
    /// The name expression that is stored or deleted. The root where the name is no expression:
    /// in imports, functions, classes, parameters, handlers, captures and type parameters.
    pub target: NodeId,
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

impl DefinitionKind<'_> {
    /// Whether it gives a module, function or class, or what may be one: these stay what they are
    /// by convention.
    pub fn is_code(&self) -> bool {
        matches!(
            self,
            DefinitionKind::Import(_)
                | DefinitionKind::ImportFrom { .. }
                | DefinitionKind::Function(_)
                | DefinitionKind::Class(_)
        )
    }
}

/// A name of a scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BindingId(u32);

impl BindingId {
    #[inline]
    fn new(index: usize) -> BindingId {
        BindingId(index as u32)
    }

    #[inline]
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
    /// Names that may stand for something of another name: bound by `import module as name`, by
    /// `from module import member as name`, by `name = other.member` and the like.
    pub(super) aliases: likely::Names<'a>,
    /// `member` by the `name` of `from module import member as name` and `name = other.member`.
    pub(super) members: FxHashMap<&'a str, &'a str>,
    /// Every name expression in the order of the nodes.
    pub(super) names: Vec<NodeId>,
    /// The scopes of the names: from which position on they stand in which.
    runs: Vec<(ScopeId, usize)>,
    /// The outermost expressions of annotations, in the order of the nodes.
    pub(super) annotations: Vec<(NodeId, annotations::Evaluated)>,
    /// `from __future__ import annotations`.
    pub(super) future_annotations: bool,
    /// The functions and lambdas that yield.
    pub(super) yielding: FxHashSet<ScopeId>,
    /// The statements `from module import *`.
    pub(super) star_imports: Vec<NodeId>,
    declared: FxHashMap<(ScopeId, &'a str), Declared>,
}

impl<'a> Scopes<'a> {
    pub(super) fn open(&mut self, kind: ScopeKind<'a>, parent: ScopeId, node: NodeId) -> ScopeId {
        let id = ScopeId(self.scopes.len() as u32);
        let around = self.scopes.get(parent.index());
        let body = match kind {
            ScopeKind::Comprehension(_) => around.map_or(id, |it| it.body),
            _ => id,
        };
        let outside = match around {
            Some(Scope { kind: ScopeKind::TypeParams, outside, .. }) => *outside,
            _ => parent,
        };
        self.scopes.push(Scope { kind, parent, node, body, outside, declares: false });
        id
    }

    /// A name expression stands in a scope.
    #[inline]
    pub(super) fn mention(&mut self, id: NodeId, scope: ScopeId) {
        if self.runs.last().is_none_or(|(last, _)| *last != scope) {
            self.runs.push((scope, self.names.len()));
        }
        self.names.push(id);
    }

    pub(super) fn declare(&mut self, scope: ScopeId, name: &'a str, global: bool) {
        let declared = if global { Declared::Global } else { Declared::Nonlocal };
        if let Some(scope) = self.scopes.get_mut(scope.index()) {
            scope.declares = true;
        }
        self.declared.insert((scope, name), declared);
    }

    /// Whether some scope binds the name to what goes by another one elsewhere: by
    /// `import module as name`, `from module import member as name` or `name = other.member`.
    pub fn is_alias(&self, name: &str) -> bool {
        self.aliases.contains(name)
    }

    /// The names that `is_alias` may accept.
    pub(crate) fn likely_aliases(&self) -> likely::Likely {
        self.aliases.likely()
    }

    /// `member` of `from module import member as name` and `name = other.member`, whatever the
    /// scope: a guess that has to be resolved before it says anything.
    pub fn member_of_alias(&self, name: &str) -> Option<&'a str> {
        self.members.get(name).copied()
    }

    /// Whether the file imports `annotations` from `__future__`.
    pub fn has_future_annotations(&self) -> bool {
        self.future_annotations
    }

    /// The position of a definition of this file among all. `None` for one of another file.
    pub(super) fn id_of(&self, definition: &Definition<'a>) -> Option<DefinitionId> {
        let all = &self.definitions;
        let offset = std::ptr::from_ref(definition).addr().checked_sub(all.as_ptr().addr())?;
        let index = offset / size_of::<Definition<'_>>();
        std::ptr::eq(all.get(index)?, definition).then_some(DefinitionId(index as u32))
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
    #[inline]
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
    #[inline]
    pub fn body_scope(&self, id: ScopeId) -> ScopeId {
        self.get(id).body
    }

    /// The function whose body a scope belongs to, if any.
    #[inline]
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
        match self.get(self.get(body).outside).kind {
            ScopeKind::Class(def) => Some(def),
            _ => None,
        }
    }

    /// Whether the body of a function or lambda yields.
    pub(super) fn yields(&self, scope: ScopeId) -> bool {
        self.yielding.contains(&scope)
    }

    /// What a `global` or `nonlocal` statement of the scope itself says of a name.
    pub fn declared(&self, scope: ScopeId, name: &str) -> Option<Declared> {
        if !self.get(scope).declares {
            return None;
        }
        self.declared.get(&(scope, name)).copied()
    }

    /// Every name that `global` and `nonlocal` statements declare, in no order.
    pub fn declarations(&self) -> impl Iterator<Item = (ScopeId, &'a str, Declared)> + '_ {
        self.declared.iter().map(|(&(scope, name), &declared)| (scope, name, declared))
    }

    /// Every scope in the order in which they open; a scope comes after the one around it.
    pub fn all(&self) -> impl Iterator<Item = (ScopeId, &Scope<'a>)> + Clone {
        self.scopes.iter().enumerate().map(|(index, scope)| (ScopeId(index as u32), scope))
    }

    pub(super) fn define(&mut self, mut definition: Definition<'a>) {
        if self.declared(definition.scope, definition.name) == Some(Declared::Global) {
            definition.scope = ScopeId::MODULE;
        }
        match definition.kind {
            DefinitionKind::Assign { value: Expr::Attribute(it), .. } => {
                self.aliases.insert(definition.name);
                self.members.insert(definition.name, it.attr.as_str());
            }
            DefinitionKind::Assign { value: Expr::Name(_), .. } => {
                self.aliases.insert(definition.name);
            }
            // `np = import_module("numpy")`
            DefinitionKind::Assign { value: Expr::Call(call), .. }
                if matches!(&call.arguments.args[..], [Expr::StringLiteral(_)]) =>
            {
                self.aliases.insert(definition.name);
            }
            DefinitionKind::Import(path) if path != definition.name => {
                self.aliases.insert(definition.name);
            }
            _ => {}
        }
        self.definitions.push(definition);
    }
}
