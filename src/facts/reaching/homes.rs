//! In which body each name can be followed: the one that alone binds it, in ways that its blocks
//! show.

use crate::facts::Facts;
use crate::facts::scopes::{BindingId, DefinitionId, DefinitionKind, ScopeId, ScopeKind};

/// The body of what runs in none that is followed.
const NOWHERE: ScopeId = ScopeId(u32::MAX);

/// The bodies of a file's scopes and names.
#[derive(Debug)]
pub(in crate::facts) struct Homes {
    /// By scope, the module, class or function in which it is evaluated; a generator expression
    /// belongs to the body around it.
    bodies: Vec<ScopeId>,
    /// By binding, where it can be followed.
    of_bindings: Vec<ScopeId>,
    /// By scope, whether it is the home of some name.
    owns: Vec<bool>,
    /// The definitions that delete their name, in source order.
    deletes: Vec<DefinitionId>,
}

impl Homes {
    pub(super) fn build(facts: &Facts<'_>) -> Homes {
        let scopes = facts.scopes();
        let names = facts.names();
        let mut bodies: Vec<ScopeId> = Vec::with_capacity(scopes.count());
        // The body in which what a scope binds is bound. What a generator binds, it binds when it
        // is asked for items.
        let mut runs: Vec<ScopeId> = Vec::with_capacity(scopes.count());
        for (id, scope) in scopes.all() {
            let parent = scope.parent.index();
            let (body, run) = match scope.kind {
                ScopeKind::Module | ScopeKind::Class(_) | ScopeKind::Function(_) => {
                    (id, if is_poisoned(facts, id) { NOWHERE } else { id })
                }
                ScopeKind::Comprehension(node) if node.is_generator_expr() => {
                    (bodies[parent], NOWHERE)
                }
                ScopeKind::Comprehension(_) => (bodies[parent], runs[parent]),
                ScopeKind::Lambda(_) | ScopeKind::TypeParams => (NOWHERE, NOWHERE),
            };
            bodies.push(body);
            runs.push(run);
        }
        let mut homes: Vec<ScopeId> =
            names.all().map(|binding| runs[names.scope(binding).index()]).collect();
        let mut deletes = Vec::new();
        for (index, definition) in scopes.all_definitions().iter().enumerate() {
            if matches!(definition.kind, DefinitionKind::Delete) {
                deletes.push(DefinitionId(index as u32));
            }
            let Some(binding) = names.binding_of(index) else { continue };
            let home = &mut homes[binding.index()];
            // Python deletes the name at the end of the handler.
            if matches!(definition.kind, DefinitionKind::Except)
                || *home != runs[definition.from.index()]
            {
                *home = NOWHERE;
            }
        }
        let mut owns = vec![false; scopes.count()];
        for home in &homes {
            if let Some(mark) = owns.get_mut(home.index()) {
                *mark = true;
            }
        }
        Homes { bodies, of_bindings: homes, owns, deletes }
    }

    /// The body in which a scope is evaluated. `None` for what lambdas and type parameters hold.
    pub(in crate::facts) fn body(&self, scope: ScopeId) -> Option<ScopeId> {
        self.bodies.get(scope.index()).copied().filter(|body| *body != NOWHERE)
    }

    /// Whether a name can be followed in a body.
    pub(in crate::facts) fn is_followed(&self, binding: BindingId, body: ScopeId) -> bool {
        self.of_bindings.get(binding.index()) == Some(&body)
    }

    /// Whether any name can be followed in a body.
    pub(super) fn owns(&self, body: ScopeId) -> bool {
        self.owns.get(body.index()) == Some(&true)
    }

    /// Whether a definition deletes its name.
    pub(super) fn deletes(&self, definition: DefinitionId) -> bool {
        self.deletes.binary_search(&definition).is_ok()
    }
}

/// Whether something in the body may bind names in ways that cannot be seen.
fn is_poisoned(facts: &Facts<'_>, scope: ScopeId) -> bool {
    let reflections = facts.reflections();
    if scope == ScopeId::MODULE {
        return !reflections.is_empty() || facts.scopes().star_import;
    }
    if reflections.is_empty() {
        return false;
    }
    let node = facts.scopes().get(scope).node;
    let first = reflections.partition_point(|id| *id < node);
    reflections.get(first).is_some_and(|id| facts.nodes().contains(node, *id))
}
