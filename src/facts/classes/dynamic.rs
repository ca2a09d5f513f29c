//! What keeps the set of a class's attributes open, or needs what slots take away: with places.

use ruff_python_ast::{Expr, ExprAttribute, ExprContext, Stmt};

use super::members::MemberKind;
use super::table::Class;
use crate::catalog::classes::{HOOKS, Hook};
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};

/// A place that keeps a class open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dynamic {
    /// What it does.
    pub kind: DynamicKind,
    /// Where.
    pub node: NodeId,
}

/// What keeps a class open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DynamicKind {
    /// `setattr(self, ..)`, `object.__setattr__(self, ..)` with a name that is not a literal.
    SetAttr,
    /// The same with a name that is a literal: an attribute that no store shows.
    SetNamed,
    /// `delattr(self, ..)` or `del self.x`.
    DelAttr,
    /// `self.__dict__`.
    Dict,
    /// `vars(self)`.
    Vars,
    /// A special method of this kind.
    Hook(Hook),
    /// A weak reference to `self`, or a `__weakref__`.
    Weakref,
    /// A `functools.cached_property`.
    CachedProperty,
    /// A statement in the body that runs code: a loop, an `if`, a call.
    Body,
    /// An attribute is stored on the class from outside its methods.
    Patched,
    /// `parse_args(namespace=self)`.
    Namespace,
}

impl<'a> Facts<'a> {
    /// The places that keep the attributes of a class open, in source order. Looks into the class
    /// itself, and at stores on it from outside.
    pub fn dynamic_evidence(&self, class: &Class<'a>) -> Vec<Dynamic> {
        let mut found = Vec::new();
        let mut push = |kind, node| found.push(Dynamic { kind, node });
        for stmt in &class.def.body {
            if let Stmt::For(_)
            | Stmt::While(_)
            | Stmt::If(_)
            | Stmt::With(_)
            | Stmt::Try(_)
            | Stmt::Delete(_)
            | Stmt::Match(_) = stmt
            {
                push(DynamicKind::Body, self.nodes().id(stmt));
            }
            if let Stmt::Expr(it) = stmt
                && it.value.is_call_expr()
            {
                push(DynamicKind::Body, self.nodes().id(stmt));
            }
        }
        for member in &class.members {
            if let MemberKind::CachedProperty = member.kind {
                push(DynamicKind::CachedProperty, member.node);
            } else if let Some((_, hook)) = HOOKS.iter().find(|(name, _)| *name == member.name) {
                push(DynamicKind::Hook(*hook), member.node);
            }
        }
        for id in self.nodes().descendants(class.node) {
            let Some(Node::Expr(expr)) = self.nodes().get(id) else { continue };
            match expr {
                Expr::Attribute(it) => {
                    if let Some(kind) = self.dynamic_attribute(it, class) {
                        push(kind, id);
                    }
                }
                Expr::Call(call) => {
                    let namespace = call.arguments.find_keyword("namespace");
                    if namespace.is_some_and(|it| self.is_own_self(&it.value, class)) {
                        push(DynamicKind::Namespace, id);
                    }
                    let Some(first) = call.arguments.args.first() else { continue };
                    if !self.is_own_self(first, class) {
                        continue;
                    }
                    let literal =
                        call.arguments.args.get(1).is_some_and(Expr::is_string_literal_expr);
                    match self.qualified(&call.func) {
                        Some("setattr" | "object.__setattr__") => {
                            let named = DynamicKind::SetNamed;
                            push(if literal { named } else { DynamicKind::SetAttr }, id);
                        }
                        Some("delattr") => push(DynamicKind::DelAttr, id),
                        // It copies the attributes of a function.
                        Some("functools.update_wrapper") => push(DynamicKind::Dict, id),
                        Some("vars") => push(DynamicKind::Vars, id),
                        Some("weakref.ref" | "weakref.proxy" | "weakref.finalize") => {
                            push(DynamicKind::Weakref, id);
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        for attribute in self.classes().attributes(class) {
            if attribute.on_class && !self.nodes().contains(class.node, attribute.first) {
                push(DynamicKind::Patched, attribute.first);
            }
        }
        found.sort_by_key(|it| it.node);
        found
    }

    fn dynamic_attribute(&self, it: &'a ExprAttribute, class: &Class<'a>) -> Option<DynamicKind> {
        let kind = match it.attr.as_str() {
            "__dict__" => DynamicKind::Dict,
            "__weakref__" => DynamicKind::Weakref,
            _ if it.ctx == ExprContext::Del => DynamicKind::DelAttr,
            _ => return None,
        };
        self.is_own_self(&it.value, class).then_some(kind)
    }

    fn is_own_self(&self, expr: &'a Expr, class: &Class<'a>) -> bool {
        matches!(expr, Expr::Name(name)
            if self.class_of_self(name).is_some_and(|of| std::ptr::eq(of, class.def)))
    }
}
