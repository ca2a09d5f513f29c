//! Qualified names of what instances hold: `self.np` after `self.np = np` in `__init__`.
//!
//! Answers where the file stores an attribute of that name once, on `self` of the same class; and
//! for private attributes that one class body of the file binds. Other attributes of class bodies
//! are there for subclasses to replace. `setattr` and stores of other files are not seen.

use std::cell::Cell;

use ruff_python_ast::{Expr, ExprAttribute, Stmt};
use rustc_hash::FxHashMap;

use super::{Facts, imported};
use crate::facts::nodes::Node;
use crate::facts::scopes::{BindingId, DefinitionKind, Resolution, ScopeKind};

/// Where attributes get their values, by their names.
#[derive(Debug, Default)]
pub(in crate::facts) struct AttributeStores<'a> {
    /// The only store of an attribute; `None` where there are more.
    stores: FxHashMap<&'a str, Option<&'a ExprAttribute>>,
    /// The only binding of a private name in a class body; `None` where there are more.
    in_classes: FxHashMap<&'a str, Option<BindingId>>,
}

impl<'a> AttributeStores<'a> {
    fn build(facts: &Facts<'a>) -> AttributeStores<'a> {
        let mut it = AttributeStores::default();
        for store in facts.attribute_stores() {
            let known = it.stores.entry(store.attr.as_str()).or_insert(Some(store));
            *known = known.filter(|first| std::ptr::eq(*first, *store));
        }
        let names = facts.names();
        for binding in names.all() {
            if let ScopeKind::Class(_) = facts.scopes().get(names.scope(binding)).kind
                && let name = names.name(binding)
                && is_private(name)
            {
                let known = it.in_classes.entry(name).or_insert(Some(binding));
                *known = known.filter(|first| *first == binding);
            }
        }
        it
    }
}

fn is_private(name: &str) -> bool {
    name.starts_with('_')
}

impl<'a> Facts<'a> {
    /// What `self.name` is called where it was defined.
    pub(super) fn qualified_attribute(
        &self,
        attribute: &'a ExprAttribute,
        fuel: &Cell<u32>,
    ) -> Option<&'a str> {
        let class = self.class_of_own(&attribute.value)?;
        let attr = attribute.attr.as_str();
        let index = self.attribute_stores.get_or_init(|| AttributeStores::build(self));
        let store = index.stores.get(attr).copied();
        if store == Some(None) || store.is_none() && !is_private(attr) {
            return None;
        }
        let scope = self.nodes().scope_of(&class.body);
        let in_body = scope.and_then(|scope| self.names().binding(scope, attr));
        match (store, in_body) {
            (Some(Some(store)), in_body) => {
                let absent = in_body.is_none_or(|binding| {
                    self.names().definitions(binding).all(|definition| {
                        matches!(
                            definition.kind,
                            DefinitionKind::Annotation(_)
                                | DefinitionKind::Assign { value: Expr::NoneLiteral(_), .. }
                        )
                    })
                });
                let same = self.class_of_own(&store.value)?;
                let value = self.stored_value(store)?;
                let left = fuel.get().checked_sub(1)?;
                fuel.set(left);
                (absent && std::ptr::eq(same, class))
                    .then(|| self.qualified_within(value, fuel))
                    .flatten()
            }
            (None, Some(binding)) if index.in_classes.get(attr) == Some(&in_body) => {
                let only = self.names().only_definition(binding)?;
                match only.kind {
                    // A function would get `self` as its first argument; a module does not.
                    DefinitionKind::Import(_) => imported(self.arena, only),
                    DefinitionKind::Assign { value: value @ Expr::Name(name), .. } => {
                        let Resolution::Binding(of) = self.names().resolve(name) else {
                            return None;
                        };
                        let is_module = self
                            .names()
                            .definitions(of)
                            .all(|it| matches!(it.kind, DefinitionKind::Import(_)));
                        is_module.then(|| self.qualified_within(value, fuel)).flatten()
                    }
                    DefinitionKind::Assign { value: Expr::Call(call), .. } => {
                        let [argument] = &call.arguments.args[..] else { return None };
                        let left = fuel.get().checked_sub(1)?;
                        fuel.set(left);
                        (call.arguments.keywords.is_empty()
                            && self.qualified_within(&call.func, fuel)? == "staticmethod")
                            .then(|| self.qualified_within(argument, fuel))
                            .flatten()
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The value of an assignment to an attribute and to nothing that takes it apart.
    fn stored_value(&self, store: &'a ExprAttribute) -> Option<&'a Expr> {
        let parent = self.nodes().parent(self.nodes().id(store));
        match self.nodes().get(parent)? {
            Node::Stmt(Stmt::Assign(it)) => Some(&it.value),
            Node::Stmt(Stmt::AnnAssign(it)) => it.value.as_deref(),
            _ => None,
        }
    }
}
