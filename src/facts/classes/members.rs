//! The names that class bodies bind.

use ruff_python_ast::Expr;

use super::table::called;
use crate::facts::Facts;
use crate::facts::nodes::NodeId;
use crate::facts::scopes::{Definition, DefinitionKind, ScopeId, ScopeKind};

/// What a class body binds a name to.
#[derive(Debug, Clone, Copy)]
pub enum MemberKind<'a> {
    /// A function, called on instances.
    Method,
    /// A `staticmethod` or `classmethod`.
    ClassFunction,
    /// A `property`, or a function that a decorator made something else.
    Property,
    /// A `functools.cached_property`.
    CachedProperty,
    /// A value.
    Value(&'a Expr),
    /// An annotation without a value.
    Annotation,
    /// A class.
    Class,
    /// Something else: an import, an unpacking.
    Other,
}

/// A name of a class body.
#[derive(Debug, Clone, Copy)]
pub struct Member<'a> {
    /// The name as it is written.
    pub name: &'a str,
    /// What it is bound to.
    pub kind: MemberKind<'a>,
    /// The statement.
    pub node: NodeId,
}

/// The names that each class body binds, in source order.
pub(super) fn members<'a>(facts: &Facts<'a>) -> Vec<Vec<Member<'a>>> {
    let classes = facts.class_statements();
    let mut found: Vec<Vec<Member<'a>>> = classes.iter().map(|_| Vec::new()).collect();
    if classes.is_empty() {
        return found;
    }
    // Definitions of one body stand together: remember the last scope's class.
    let mut last: Option<(ScopeId, usize)> = None;
    for definition in facts.scopes().all_definitions() {
        let index = match last {
            Some((scope, index)) if scope == definition.scope => index,
            _ => {
                let ScopeKind::Class(def) = facts.scopes().get(definition.scope).kind else {
                    continue;
                };
                let node = facts.nodes().id(def);
                let at = classes.binary_search_by_key(&node, |other| facts.nodes().id(*other));
                let Ok(index) = at else { continue };
                last = Some((definition.scope, index));
                index
            }
        };
        if let Some(kind) = member_kind(facts, definition) {
            found[index].push(Member { name: definition.name, kind, node: definition.node });
        }
    }
    found
}

fn member_kind<'a>(facts: &Facts<'a>, definition: &Definition<'a>) -> Option<MemberKind<'a>> {
    Some(match definition.kind {
        DefinitionKind::Function(def) => {
            let mut kind = MemberKind::Method;
            for decorator in &def.decorator_list {
                let callee = called(&decorator.expression);
                match facts.qualified(callee) {
                    Some(
                        "functools.cached_property" | "django.utils.functional.cached_property",
                    ) => {
                        kind = MemberKind::CachedProperty;
                    }
                    Some("staticmethod" | "classmethod") => kind = MemberKind::ClassFunction,
                    Some(
                        "abc.abstractmethod"
                        | "typing.override"
                        | "typing.final"
                        | "typing.overload"
                        | "typing_extensions.override"
                        | "functools.lru_cache"
                        | "functools.cache"
                        | "functools.wraps"
                        | "contextlib.contextmanager",
                    ) => {}
                    _ => {
                        if matches!(kind, MemberKind::Method) {
                            kind = MemberKind::Property;
                        }
                    }
                }
            }
            kind
        }
        DefinitionKind::Class(_) => MemberKind::Class,
        DefinitionKind::Assign { value, .. } => MemberKind::Value(value),
        DefinitionKind::Annotation(_) => MemberKind::Annotation,
        DefinitionKind::Delete | DefinitionKind::TypeName => return None,
        _ => MemberKind::Other,
    })
}
