//! Qualified names: what an expression is called where it was defined.
//!
//! `np.append` after `import numpy as np` is `numpy.append`; a builtin that nothing shadows goes
//! by its bare name. Followed are imports, names that are assigned once (`dump = json.dump`),
//! attributes of `self` that are assigned once (`self.np = np`), and `import_module("numpy")`.
//!
//! `qualified` answers only where every definition in the file agrees; `qualified_candidates`
//! names all where they do not. Neither sees what other files do to a module, nor `setattr`. What
//! only type checkers see counts where nothing else binds the name.

mod attributes;
pub(super) mod known;

use std::cell::Cell;

use ruff_python_ast::{Expr, ExprCall, ExprName};

use super::nodes::{Node, NodeId};
use super::scopes::{BindingId, Definition, DefinitionKind, Resolution, ScopeId, ScopeKind};
use super::{Arena, Facts};
use crate::catalog::builtins::is_builtin;
pub(super) use attributes::AttributeStores;

/// Names with more definitions have no answer.
const MAX_DEFINITIONS: usize = 16;

/// Assignments that one answer may follow.
const MAX_ALIASES: u32 = 16;

/// What an expression may be called where it was defined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidates<'a> {
    /// The qualified names, each once, in the order of the definitions.
    pub names: Vec<&'a str>,
    /// Whether it can be nothing else.
    pub complete: bool,
}

/// What a definition makes of a name.
enum Made<'a> {
    Named(&'a str),
    /// `None`: what has to be called or has attributes is not this.
    Absent,
    /// Nothing is bound.
    Nothing,
    Other,
}

impl<'a> Facts<'a> {
    /// The qualified name of a name or a chain of attributes. `None` for what the file defines
    /// itself and for whatever is not known. A relative import keeps its leading dots.
    ///
    /// A name that an `except ImportError` sets to `None` is what the import gives wherever it is
    /// called or an attribute of it is read.
    pub fn qualified(&self, expr: &'a Expr) -> Option<&'a str> {
        let known = match expr {
            Expr::Name(name) => match self.names().resolve_known(name) {
                Some(Resolution::Binding(binding)) => self.qualified.binding(binding, true),
                Some(Resolution::Builtin) => Some(Some(name.id.as_str())),
                _ => None,
            },
            Expr::Attribute(attribute) => self.qualified.node(self.nodes().id(attribute)),
            Expr::Call(_) => None,
            _ => Some(None),
        };
        known.unwrap_or_else(|| self.qualified_first(expr))
    }

    /// The qualified name of what was not asked for yet.
    #[inline(never)]
    fn qualified_first(&self, expr: &'a Expr) -> Option<&'a str> {
        let name = self.qualified_within(expr, &Cell::new(MAX_ALIASES));
        if let Expr::Attribute(it) = expr {
            self.qualified.put_node(self.nodes().id(it), self.nodes().len(), name);
        }
        name
    }

    fn qualified_within(&self, expr: &'a Expr, fuel: &Cell<u32>) -> Option<&'a str> {
        match expr {
            Expr::Name(name) => self.qualified_name(name, fuel),
            Expr::Attribute(attribute) => {
                if let Some(owner) = self.qualified_within(&attribute.value, fuel) {
                    return Some(self.member_of(owner, attribute.attr.as_str()));
                }
                self.qualified_attribute(attribute, fuel)
            }
            Expr::Call(call) => self.imported_module(call, fuel),
            _ => None,
        }
    }

    fn qualified_name(&self, name: &'a ExprName, fuel: &Cell<u32>) -> Option<&'a str> {
        match self.names().resolve(name) {
            Resolution::Builtin => Some(name.id.as_str()),
            Resolution::Unknown => None,
            Resolution::Binding(binding) => self.qualified_binding(binding, fuel, Some(name)),
        }
    }

    /// The qualified name of a name that is read in a scope, by its text.
    pub(super) fn qualified_text(&self, name: &str, scope: ScopeId) -> Option<&'a str> {
        match self.names().lookup(name, scope) {
            Resolution::Builtin => Some(self.arena.alloc_str(name)),
            Resolution::Unknown => None,
            Resolution::Binding(binding) => {
                self.qualified_binding(binding, &Cell::new(MAX_ALIASES), None)
            }
        }
    }

    #[inline]
    fn qualified_binding(
        &self,
        binding: BindingId,
        fuel: &Cell<u32>,
        read: Option<&'a ExprName>,
    ) -> Option<&'a str> {
        match self.qualified.binding(binding, fuel.get() == MAX_ALIASES) {
            Some(answer) => answer,
            None => self.qualified_binding_anew(binding, fuel, read),
        }
    }

    fn qualified_binding_anew(
        &self,
        binding: BindingId,
        fuel: &Cell<u32>,
        read: Option<&'a ExprName>,
    ) -> Option<&'a str> {
        let before = fuel.get();
        let full = before == MAX_ALIASES;
        let name = self.name_of(binding, fuel, read);
        let took_fuel = fuel.get() < before;
        if (full || !took_fuel) && !self.depends_on_read(binding) {
            self.qualified.put_binding(binding, self.names().count(), name, took_fuel);
        }
        name
    }

    /// Whether what a binding is called may depend on where it is read: see `needs_value` and
    /// `is_kept`.
    fn depends_on_read(&self, binding: BindingId) -> bool {
        let names = self.names();
        names
            .definitions(binding)
            .any(|it| matches!(it.kind, DefinitionKind::Assign { value: Expr::NoneLiteral(_), .. }))
            || self.falls_through(binding) && is_builtin(names.name(binding))
    }

    fn name_of(
        &self,
        binding: BindingId,
        fuel: &Cell<u32>,
        read: Option<&'a ExprName>,
    ) -> Option<&'a str> {
        let names = self.names();
        let ids = names.definition_ids(binding);
        if ids.len() > MAX_DEFINITIONS {
            return None;
        }
        if let Some(only) = names.only_definition(binding) {
            let Made::Named(path) = self.made(only, fuel) else { return None };
            return self.is_kept(binding, read).then_some(path);
        }
        let mut found: Option<&'a str> = None;
        let mut checked: Option<&'a str> = None;
        for definition in names.definitions(binding) {
            match self.made(definition, fuel) {
                Made::Named(path) => {
                    let slot = if self.is_type_checking_only(definition.node) {
                        &mut checked
                    } else {
                        &mut found
                    };
                    if slot.is_some_and(|found| found != path) {
                        return None;
                    }
                    *slot = Some(path);
                }
                Made::Absent if read.is_some_and(|name| self.needs_value(name)) => {}
                Made::Nothing => {}
                Made::Absent | Made::Other => return None,
            }
        }
        let path = found.or(checked)?;
        self.is_kept(binding, read).then_some(path)
    }

    /// What a definition makes of its name.
    fn made(&self, definition: &Definition<'a>, fuel: &Cell<u32>) -> Made<'a> {
        let found = match definition.kind {
            DefinitionKind::Assign { value: Expr::NoneLiteral(_), .. } => return Made::Absent,
            DefinitionKind::Assign {
                value: value @ (Expr::Name(_) | Expr::Attribute(_) | Expr::Call(_)),
                ..
            } => {
                let Some(left) = fuel.get().checked_sub(1) else { return Made::Other };
                fuel.set(left);
                self.qualified_within(value, fuel)
            }
            DefinitionKind::Annotation(_) | DefinitionKind::Delete => return Made::Nothing,
            _ => imported(self.arena, definition),
        };
        found.map_or(Made::Other, Made::Named)
    }

    /// Whether an expression is used in ways that `None` does not allow.
    fn needs_value(&self, name: &ExprName) -> bool {
        let id = self.nodes().id(name);
        match self.nodes().get(self.nodes().parent(id)) {
            Some(Node::Expr(Expr::Attribute(_))) => true,
            Some(Node::Expr(Expr::Call(call))) => self.nodes().id(&*call.func) == id,
            _ => false,
        }
    }

    /// Whether nothing but its definitions gives the name a meaning where it is read: no star
    /// import that runs later, and no builtin of the name where no definition has run for certain.
    fn is_kept(&self, binding: BindingId, read: Option<&ExprName>) -> bool {
        let names = self.names();
        if names.may_be_starred(binding) {
            return false;
        }
        let certain = |before: NodeId| {
            names.definitions(binding).any(|it| it.node < before && names.is_unconditional(it))
        };
        !self.falls_through(binding)
            || !is_builtin(names.name(binding))
            || read.is_some_and(|read| certain(self.nodes().id(read)))
    }

    /// Whether a read of the name before it is bound finds a builtin of that name.
    fn falls_through(&self, binding: BindingId) -> bool {
        let scope = self.names().scope(binding);
        matches!(self.scopes().get(scope).kind, ScopeKind::Module | ScopeKind::Class(_))
    }

    /// The module that `import_module("a.b")`, `__import__("a")` or `importorskip("a.b")` gives.
    fn imported_module(&self, call: &'a ExprCall, fuel: &Cell<u32>) -> Option<&'a str> {
        let [Expr::StringLiteral(module)] = &call.arguments.args[..] else { return None };
        let tail = match &*call.func {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => return None,
        };
        let module = module.value.to_str();
        // A name that stands for one of these by another name is not looked for.
        if !matches!(tail, "import_module" | "__import__" | "importorskip")
            || module.is_empty()
            || module.starts_with('.')
        {
            return None;
        }
        let bare = call.arguments.keywords.is_empty();
        match self.qualified_within(&call.func, fuel)? {
            "importlib.import_module" if bare => Some(module),
            "pytest.importorskip" => Some(module),
            "__import__" if bare => module.split('.').next(),
            _ => None,
        }
    }

    /// Every qualified name that an expression may go by: after `try: import ujson as json` and
    /// `except ImportError: import json` both.
    pub fn qualified_candidates(&self, expr: &'a Expr) -> Candidates<'a> {
        if let Some(name) = self.qualified(expr) {
            return Candidates { names: vec![name], complete: true };
        }
        match expr {
            Expr::Attribute(attribute) => {
                let mut found = self.qualified_candidates(&attribute.value);
                for name in &mut found.names {
                    *name = self.member_of(name, attribute.attr.as_str());
                }
                found
            }
            Expr::Name(name) => self.candidates_of(name),
            _ => Candidates { names: Vec::new(), complete: false },
        }
    }

    fn candidates_of(&self, name: &'a ExprName) -> Candidates<'a> {
        let mut found = Candidates { names: Vec::new(), complete: false };
        let names = self.names();
        let Resolution::Binding(binding) = names.resolve(name) else { return found };
        if names.definition_ids(binding).len() > MAX_DEFINITIONS {
            return found;
        }
        found.complete = true;
        let fuel = Cell::new(MAX_ALIASES);
        for definition in names.definitions(binding) {
            match self.made(definition, &fuel) {
                Made::Named(path) if !found.names.contains(&path) => found.names.push(path),
                Made::Named(_) | Made::Nothing => {}
                Made::Absent => found.complete &= self.needs_value(name),
                Made::Other => found.complete = false,
            }
        }
        found.complete &= self.is_kept(binding, Some(name));
        found
    }

    /// The qualified name of an attribute of something.
    pub(super) fn member_of(&self, owner: &str, attr: &str) -> &'a str {
        match owner {
            "builtins" => self.arena.alloc_str(attr),
            owner => text(self.arena, &[owner, ".", attr]),
        }
    }

    /// Whether an expression may mean something whose last name is one of the given ones: told by
    /// its own last name alone, before anything is looked up. Attributes of instances that stand
    /// for something of another name are not seen.
    pub fn may_mean(&self, expr: &Expr, last: &[&str]) -> bool {
        match expr {
            Expr::Name(name) => {
                last.contains(&name.id.as_str()) || self.scopes().is_alias(&name.id)
            }
            Expr::Attribute(it) => last.contains(&it.attr.as_str()),
            _ => false,
        }
    }

    /// Whether an expression is exactly the qualified name.
    pub fn is_qualified(&self, expr: &'a Expr, name: &str) -> bool {
        let ends_in = |last: &str| name.rsplit('.').next() == Some(last);
        let may_be = match expr {
            // A name that is no alias keeps the last part of what it means.
            Expr::Name(it) => ends_in(&it.id) || self.scopes().is_alias(&it.id),
            // So does an attribute, but for those of `self`.
            Expr::Attribute(it) => ends_in(&it.attr) || it.value.is_name_expr(),
            _ => true,
        };
        may_be && self.qualified(expr) == Some(name)
    }

    /// Whether a name that is written at a node means the builtin of that name.
    pub fn is_builtin_at(&self, name: &str, node: NodeId) -> bool {
        self.names().lookup(name, self.nodes().scope(node)) == Resolution::Builtin
    }
}

/// The parts as one text.
fn text<'a>(arena: &'a Arena, parts: &[&str]) -> &'a str {
    let mut text = bumpalo::collections::String::with_capacity_in(
        parts.iter().map(|part| part.len()).sum(),
        arena,
    );
    for part in parts {
        text.push_str(part);
    }
    text.into_bump_str()
}

/// What an import binds a name to.
fn imported<'a>(arena: &'a Arena, definition: &Definition<'a>) -> Option<&'a str> {
    match definition.kind {
        DefinitionKind::Import(path) => Some(path),
        DefinitionKind::ImportFrom { module: "builtins", member, level: 0 } => Some(member),
        DefinitionKind::ImportFrom { module: "", member, level } => {
            Some(text(arena, &[&".".repeat(level as usize), member]))
        }
        DefinitionKind::ImportFrom { module, member, level: 0 } => {
            Some(text(arena, &[module, ".", member]))
        }
        DefinitionKind::ImportFrom { module, member, level } => {
            Some(text(arena, &[&".".repeat(level as usize), module, ".", member]))
        }
        _ => None,
    }
}
