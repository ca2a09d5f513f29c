//! Batches: code that runs away from requests, over as many rows as there are.
//!
//! A batch starts in a management command of Django, in a function that a migration runs, in a
//! task of a queue, in an entry point, or anywhere in a file that sets Django up. What it calls
//! in the same module belongs to it.

use ruff_python_ast::{Expr, StmtClassDef, StmtFunctionDef};

use super::Facts;
use super::calls::graph::EdgeKind;
use super::nodes::NodeId;
use super::repetition::{Reason, Repetition, Why};
use super::scopes::{DefinitionKind, Resolution, ScopeId, ScopeKind};
use crate::catalog::orm;

/// Longer chains of base classes are not followed.
const MAX_BASES: u32 = 8;

/// What a batch starts from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Batch {
    /// A management command of Django.
    Command,
    /// A migration of Django or Alembic.
    Migration,
    /// A task of a queue.
    Task,
    /// An entry point, or a file that sets Django up.
    Script,
}

/// The batch that each body of the module belongs to, by scope.
#[derive(Debug, Default)]
pub struct Batches {
    of: Vec<Option<Batch>>,
}

impl<'a> Facts<'a> {
    /// The batch that a place belongs to.
    pub fn batch_of(&self, node: NodeId) -> Option<Batch> {
        let batches = self.batches.get_or_init(|| Batches::build(self));
        let scope = self.scopes().body_scope(self.nodes().scope(node));
        batches.of.get(scope.index()).copied().flatten()
    }

    /// Whether the file imports a package, by its first name, or something of it.
    pub fn imports_package(&self, package: &str) -> bool {
        let packages = self.packages.get_or_init(|| {
            let definitions = self.scopes().all_definitions().iter();
            let paths = definitions.filter_map(|definition| match definition.kind {
                DefinitionKind::Import(path) => Some(path),
                DefinitionKind::ImportFrom { module, level: 0, .. } => Some(module),
                _ => None,
            });
            paths.filter_map(|path| path.split('.').next()).collect()
        });
        packages.contains(package)
    }

    fn starts_batch(&self, scope: ScopeId, def: &'a StmtFunctionDef) -> Option<Batch> {
        let name = def.name.as_str();
        if let Some(class) = self.scopes().class_around(scope) {
            let is_setup = matches!(name, "__init__" | "add_arguments" | "create_parser");
            if !is_setup && self.is_command(class, MAX_BASES) {
                return Some(Batch::Command);
            }
            let is_task =
                |base| self.qualified(base).is_some_and(|it| orm::TASK_BASES.contains(&it));
            if name == "run" && class.bases().iter().any(is_task) {
                return Some(Batch::Task);
            }
        }
        if def.decorator_list.iter().any(|decorator| self.is_task_decorator(&decorator.expression))
        {
            return Some(Batch::Task);
        }
        let first = def.parameters.iter_non_variadic_params().next();
        let takes_apps = first.is_some_and(|first| first.parameter.name.as_str() == "apps");
        let is_top = self.scopes().get(scope).parent == ScopeId::MODULE;
        if takes_apps && self.imports_package("django")
            || is_top && matches!(name, "upgrade" | "downgrade") && self.imports_package("alembic")
        {
            return Some(Batch::Migration);
        }
        match self.context(scope) {
            Repetition::Once(Reason { kind: Why::EntryPoint, .. }) => Some(Batch::Script),
            _ => None,
        }
    }

    fn is_command(&self, class: &'a StmtClassDef, depth: u32) -> bool {
        let path = self.source.path();
        let directory = path.parent().is_some_and(|it| it.ends_with("management/commands"));
        if directory && class.name.as_str() == "Command" {
            return true;
        }
        class.bases().iter().any(|base| {
            if let Some(base) = self.class_named(base) {
                return depth > 0 && self.is_command(base, depth - 1);
            }
            let (suffix, package) = orm::COMMAND;
            self.qualified(base)
                .is_some_and(|it| it.ends_with(suffix) && it.split('.').any(|part| part == package))
        })
    }

    fn is_task_decorator(&self, decorator: &'a Expr) -> bool {
        let callee = match decorator {
            Expr::Call(call) => &*call.func,
            callee => callee,
        };
        if self.qualified(callee).is_some_and(|name| orm::TASKS.contains(&name)) {
            return true;
        }
        let Expr::Attribute(it) = callee else { return false };
        let (owners, attributes) = orm::TASK_SHAPES;
        let owner = match &*it.value {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(inner) => inner.attr.as_str(),
            _ => return false,
        };
        attributes.contains(&it.attr.as_str()) && owners.contains(&owner)
    }

    /// The functions that `RunPython` is given by name.
    fn run_by_migrations(&self) -> Vec<ScopeId> {
        let mut found = Vec::new();
        for call in self.call_sites() {
            if Facts::tail_of_callee(call) != Some("RunPython") {
                continue;
            }
            let values = call.arguments.keywords.iter().map(|keyword| &keyword.value);
            for argument in call.arguments.args.iter().chain(values) {
                if let Expr::Name(name) = argument
                    && let Resolution::Binding(binding) = self.names().resolve(name)
                    && let Some(definition) = self.names().only_definition(binding)
                    && let DefinitionKind::Function(def) = definition.kind
                {
                    found.extend(self.graph().body(self.nodes().id(def)));
                }
            }
        }
        found
    }
}

impl Batches {
    fn build(facts: &Facts<'_>) -> Batches {
        let scopes = &facts.scopes().scopes;
        let mut of: Vec<Option<Batch>> = vec![None; scopes.len()];
        let sets_up =
            facts.call_sites().iter().any(|call| facts.is_qualified(&call.func, "django.setup"));
        for (index, scope) in scopes.iter().enumerate() {
            of[index] = match scope.kind {
                ScopeKind::Function(def) => facts.starts_batch(ScopeId(index as u32), def),
                _ => None,
            };
            if sets_up {
                of[index] = of[index].or(Some(Batch::Script));
            }
        }
        for scope in facts.run_by_migrations() {
            of[scope.index()] = Some(Batch::Migration);
        }
        // Who runs whom: calls, and what is defined in a function.
        let mut runs: Vec<Vec<u32>> = vec![Vec::new(); scopes.len()];
        for edge in facts.graph().edges() {
            let called = matches!(edge.kind, EdgeKind::Called | EdgeKind::Created);
            if called && edge.caller != ScopeId::MODULE {
                runs[edge.caller.index()].push(edge.callee.0);
            }
        }
        for (index, scope) in scopes.iter().enumerate() {
            let around = facts.scopes().body_scope(scope.parent);
            if around != ScopeId::MODULE {
                runs[around.index()].push(index as u32);
            }
        }
        let mut ready: Vec<usize> =
            (1..scopes.len()).filter(|index| of[*index].is_some()).collect();
        while let Some(from) = ready.pop() {
            for callee in std::mem::take(&mut runs[from]) {
                let callee = callee as usize;
                if of[callee].is_none() {
                    of[callee] = of[from];
                    ready.push(callee);
                }
            }
        }
        Batches { of }
    }
}
