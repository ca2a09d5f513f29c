//! Scopes in words: what each name means, what each place binds, which scopes are poisoned, which
//! annotations are deferred, what `__all__` lists, and what only type checkers see.

use ruff_python_ast::{Expr, Stmt};

use super::Teller;
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::exports::Exports;
use crate::facts::scopes::{
    BindingId, DefinitionId, DefinitionKind, Resolution, ScopeId, ScopeKind, UseKind,
};

/// What a scope is called.
fn scope_name<'a>(facts: &Facts<'a>, scope: ScopeId) -> &'a str {
    match facts.scopes().get(scope).kind {
        ScopeKind::Module => "module",
        ScopeKind::Class(def) => def.name.as_str(),
        ScopeKind::Function(def) => def.name.as_str(),
        ScopeKind::Lambda(_) => "lambda",
        ScopeKind::Comprehension(_) => "comprehension",
        ScopeKind::TypeParams => "type parameters",
    }
}

fn owner<'a>(facts: &Facts<'a>, binding: BindingId) -> &'a str {
    scope_name(facts, facts.names().scope(binding))
}

/// `load x of module`, `augmented x of f`, `load len builtin`, `load thing unknown`.
pub(super) fn tell(facts: &Facts<'_>, teller: &mut Teller) {
    for entry in &facts.nodes().entries {
        let Node::Expr(expr @ Expr::Name(name)) = entry.node else { continue };
        let kind = match facts.names().use_kind(facts.nodes().id(expr)) {
            Some(UseKind::Load) => "load",
            Some(UseKind::Store) => "store",
            Some(UseKind::Delete) => "delete",
            Some(UseKind::Augmented) => "augmented",
            Some(UseKind::Declared) => "declared",
            None => continue,
        };
        let text = name.id.as_str();
        let meaning = match facts.names().resolve(name) {
            Resolution::Binding(binding) => format!("of {}", owner(facts, binding)),
            Resolution::Builtin => "builtin".to_owned(),
            Resolution::Unknown => "unknown".to_owned(),
        };
        teller.tell(name, format!("{kind} {text} {meaning}"));
    }
}

fn kind_of(kind: DefinitionKind<'_>) -> &'static str {
    match kind {
        DefinitionKind::Assign { .. } => "assignment",
        DefinitionKind::Annotation(_) => "annotation",
        DefinitionKind::Augmented(_) => "augmented assignment",
        DefinitionKind::Unpack(_) => "unpacking",
        DefinitionKind::Loop(_) | DefinitionKind::LoopUnpack(_) => "loop",
        DefinitionKind::With(_) => "with",
        DefinitionKind::Parameter { .. } | DefinitionKind::Variadic(_) => "parameter",
        DefinitionKind::Import(_) | DefinitionKind::ImportFrom { .. } => "import",
        DefinitionKind::Function(_) => "function",
        DefinitionKind::Class(_) => "class",
        DefinitionKind::Except => "handler",
        DefinitionKind::Capture => "capture",
        DefinitionKind::Delete => "deletion",
        DefinitionKind::TypeName => "type",
    }
}

/// `x of f by assignment, captured`: each place that binds a name.
pub(super) fn tell_bindings(facts: &Facts<'_>, teller: &mut Teller) {
    let names = facts.names();
    for (index, definition) in facts.scopes().all_definitions().iter().enumerate() {
        let Some(binding) = names.binding_of(index) else { continue };
        let captured = if names.is_captured(binding) { ", captured" } else { "" };
        let (name, kind) = (definition.name, kind_of(definition.kind));
        let text = format!("{name} of {} by {kind}{captured}", owner(facts, binding));
        teller.tell(&definition.range, text);
        // The way from the name expression leads to the same definition.
        let id = names.definition_at(definition.target);
        debug_assert!(definition.target == NodeId::ROOT || id == Some(DefinitionId(index as u32)));
    }
}

/// `total: 3 7`: at the first place that binds a name, the lines that read it.
pub(super) fn tell_uses(facts: &Facts<'_>, teller: &mut Teller) {
    let names = facts.names();
    for binding in names.all() {
        let Some(first) = names.definitions(binding).next() else { continue };
        let rows: Vec<String> = names
            .uses(binding)
            .filter(|(id, _)| names.use_kind(*id).is_some_and(UseKind::reads))
            .map(|(_, name)| facts.source.position(name.range.start()).row.to_string())
            .collect();
        let rows = if rows.is_empty() { "never".to_owned() } else { rows.join(" ") };
        teller.tell(&first.range, format!("{}: {rows}", first.name));
    }
}

/// `f read`, `module bound`, at the statement that opens the scope; the module's at the top.
pub(super) fn tell_poison(facts: &Facts<'_>, teller: &mut Teller) {
    for (id, scope) in facts.scopes().all() {
        let name = scope_name(facts, id);
        let mut words = Vec::new();
        if facts.is_read_unseen(id) {
            words.push("read");
        }
        if facts.is_poisoned(id) {
            words.push("bound");
        }
        if words.is_empty() {
            continue;
        }
        let text = format!("{name} {}", words.join(" and "));
        match facts.nodes().get(scope.node) {
            Some(node) => teller.tell(&node, text),
            None => teller.tell(&facts.module.range, text),
        }
    }
}

/// `x deferred`, `x evaluated`: of each name in an annotation.
pub(super) fn tell_annotations(facts: &Facts<'_>, teller: &mut Teller) {
    for entry in &facts.nodes().entries {
        let Node::Expr(expr @ Expr::Name(name)) = entry.node else { continue };
        let id = facts.nodes().id(expr);
        if facts.is_annotation(id) {
            let deferred = facts.is_deferred_annotation(id);
            let when = if deferred { "deferred" } else { "evaluated" };
            teller.tell(name, format!("{} {when}", name.id));
        }
    }
}

/// `a b`, `unknown`, at the first place that binds `__all__`.
pub(super) fn tell_exports(facts: &Facts<'_>, teller: &mut Teller) {
    let names = facts.names();
    let Some(binding) = names.binding(ScopeId::MODULE, "__all__") else { return };
    let Some(first) = names.definitions(binding).next() else { return };
    let text = match facts.exports() {
        Exports::Absent => "absent".to_owned(),
        Exports::Names(names) => names.join(" "),
        Exports::Unknown => "unknown".to_owned(),
    };
    teller.tell(&first.range, text);
}

/// `yes`: of each statement that only type checkers see.
pub(super) fn tell_type_checking(facts: &Facts<'_>, teller: &mut Teller) {
    for entry in &facts.nodes().entries {
        if let Node::Stmt(stmt) = entry.node
            && !matches!(stmt, Stmt::If(_))
            && facts.is_type_checking_only(facts.nodes().id(stmt))
        {
            teller.tell(stmt, "yes");
        }
    }
}
