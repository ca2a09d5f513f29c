//! Which scopes may be read or changed by what cannot be seen: `exec`, `eval`, `globals()`,
//! `locals()`, `vars()` and star imports.
//!
//! A function's own names cannot be bound from outside: what `exec` and `locals()` change there is
//! a copy. Does not see `setattr` on the module, `sys.modules`, or frames.

use ruff_python_ast::{Expr, ExprCall, ExprContext};

use super::{DefinitionKind, Resolution, ScopeId, ScopeKind};
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};

/// What may happen to the names of each scope unseen.
#[derive(Debug, Default)]
pub(in crate::facts) struct Poison {
    read: Vec<bool>,
    bound: Vec<bool>,
}

/// Methods of a namespace that only read it.
const READING: &[&str] = &["__contains__", "copy", "get", "items", "keys", "values"];

impl Poison {
    fn build(facts: &Facts<'_>) -> Poison {
        let scopes = facts.scopes();
        let mut it =
            Poison { read: vec![false; scopes.count()], bound: vec![false; scopes.count()] };
        if scopes.star_import {
            it.bind(ScopeId::MODULE);
        }
        for &read in facts.reflections() {
            it.reflect(facts, read);
        }
        it
    }

    fn bind(&mut self, scope: ScopeId) {
        if let Some(bound) = self.bound.get_mut(scope.index()) {
            *bound = true;
        }
    }

    fn reflect(&mut self, facts: &Facts<'_>, read: NodeId) {
        let Some(Node::Expr(Expr::Name(name))) = facts.nodes().get(read) else { return };
        if !means_builtin(facts, name) {
            return;
        }
        let text = name.id.as_str();
        let call = match facts.nodes().get(facts.nodes().parent(read)) {
            Some(Node::Expr(Expr::Call(call))) if facts.nodes().id(&*call.func) == read => {
                Some(call)
            }
            _ => None,
        };
        let runs_code = matches!(text, "exec" | "eval");
        if text == "vars" && call.is_some_and(|call| !call.arguments.is_empty())
            || runs_code && call.is_some_and(|call| has_own_namespace(facts, call))
        {
            return;
        }
        if let Some(read) = self.read.get_mut(0) {
            *read = true;
        }
        let scope = facts.nodes().scope(read);
        if text != "globals" {
            for (scope, _) in facts.scopes().enclosing(scope) {
                if let Some(read) = self.read.get_mut(scope.index()) {
                    *read = true;
                }
            }
        }
        if !runs_code && call.is_some_and(|call| is_only_read(facts, call)) {
            return;
        }
        if runs_code || text == "globals" {
            self.bind(ScopeId::MODULE);
        }
        let body = facts.scopes().body_scope(scope);
        if text != "globals"
            && matches!(facts.scopes().get(body).kind, ScopeKind::Module | ScopeKind::Class(_))
        {
            self.bind(body);
        }
    }
}

fn means_builtin(facts: &Facts<'_>, name: &ruff_python_ast::ExprName) -> bool {
    match facts.names().resolve(name) {
        // A star import may have bound it, and may not.
        Resolution::Builtin | Resolution::Unknown => true,
        Resolution::Binding(binding) => facts.names().definitions(binding).any(|definition| {
            matches!(definition.kind, DefinitionKind::ImportFrom { module: "builtins", .. })
        }),
    }
}

/// Whether the code runs in a namespace made for it: `exec(code, {})`.
fn has_own_namespace(facts: &Facts<'_>, call: &ExprCall) -> bool {
    let is_made = |expr: &Expr| matches!(expr, Expr::Dict(_) | Expr::DictComp(_) | Expr::Call(_));
    let plain = call.arguments.args.iter().all(|argument| !argument.is_starred_expr());
    plain
        && call.arguments.find_argument_value("globals", 1).is_some_and(|namespace| {
            let Expr::Name(name) = namespace else { return is_made(namespace) };
            let Resolution::Binding(binding) = facts.names().resolve(name) else { return false };
            facts.names().only_definition(binding).is_some_and(|definition| {
                matches!(definition.kind, DefinitionKind::Assign { value, .. } if is_made(value))
            })
        })
}

/// Whether the namespace that a call gives is only read where it is given.
fn is_only_read(facts: &Facts<'_>, call: &ExprCall) -> bool {
    let id = facts.nodes().id(call);
    let parent = facts.nodes().parent(id);
    match facts.nodes().get(parent) {
        Some(Node::Expr(Expr::Subscript(it))) => {
            it.ctx == ExprContext::Load && facts.nodes().id(&*it.value) == id
        }
        Some(Node::Expr(Expr::Compare(_))) => true,
        Some(Node::Expr(Expr::Attribute(it))) => READING.contains(&it.attr.as_str()),
        _ => false,
    }
}

impl Facts<'_> {
    fn poison(&self) -> &Poison {
        self.poison.get_or_init(|| Poison::build(self))
    }

    /// Whether names of a scope may be bound, rebound or deleted by what cannot be seen: in the
    /// module by a star import, `exec`, `eval` and `globals()`, in a class body by `exec` and
    /// `locals()` right in it.
    pub fn is_poisoned(&self, scope: ScopeId) -> bool {
        self.poison().bound.get(scope.index()).copied().unwrap_or(true)
    }

    /// Whether `locals()`, `exec` and their like may read the names of a scope.
    pub fn is_read_unseen(&self, scope: ScopeId) -> bool {
        self.poison().read.get(scope.index()).copied().unwrap_or(true)
    }
}
