//! What the functions of this file return: by their annotation, or joined over their `return`s.

use ruff_python_ast::{Expr, ExprAttribute, ExprCall, Stmt, StmtClassDef, StmtFunctionDef};

use super::classes::MAX_BASES;
use super::store::{NEVER, NONE, UNKNOWN};
use super::{Kind, Type, Unknown};
use crate::facts::Facts;
use crate::facts::nodes::Node;
use crate::facts::scopes::{DefinitionKind, Resolution};

impl<'a> Facts<'a> {
    /// The function that a name always means, undecorated or with a decorator that keeps it.
    pub(in crate::facts) fn function_named(&self, callee: &'a Expr) -> Option<&'a StmtFunctionDef> {
        let Expr::Name(name) = callee else { return None };
        let names = self.names();
        let Resolution::Binding(binding) = names.resolve(name) else { return None };
        let DefinitionKind::Function(def) = names.only_definition(binding)?.kind else {
            return None;
        };
        let kept = def.decorator_list.iter().all(|decorator| {
            let callee = match &decorator.expression {
                Expr::Call(call) => &call.func,
                expr => expr,
            };
            self.qualified(callee).is_some_and(|name| {
                matches!(name, "functools.lru_cache" | "functools.cache" | "typing.final")
            })
        });
        kept.then_some(def)
    }

    /// What a call of a function, class or own method of this file returns.
    pub(super) fn local_call(&self, call: &'a ExprCall, depth: u32) -> &'a Type {
        if let Some(def) = self.function_named(&call.func) {
            return if def.is_async { &UNKNOWN } else { self.returned_type(def, depth) };
        }
        match &*call.func {
            Expr::Name(name) => match self.own_class_named(name) {
                Some(class) if self.has_plain_new(class, MAX_BASES) => self.instance_type(class),
                _ => &UNKNOWN,
            },
            Expr::Attribute(func) => match self.promising_method(func, depth) {
                Some((def, returns)) if !def.is_async => self.keep(self.annotated(returns)),
                _ => &UNKNOWN,
            },
            _ => &UNKNOWN,
        }
    }

    /// What awaiting a call of an `async def` of this file gives.
    pub(super) fn awaited_type(&self, call: &'a ExprCall, depth: u32) -> &'a Type {
        if let Some(def) = self.function_named(&call.func) {
            let is_plain = def.is_async && !self.generates(def);
            return if is_plain { self.returned_type(def, depth) } else { &UNKNOWN };
        }
        let Expr::Attribute(func) = &*call.func else { return &UNKNOWN };
        match self.promising_method(func, depth) {
            Some((def, returns)) if def.is_async && !self.generates(def) => {
                self.keep(self.annotated(returns))
            }
            _ => &UNKNOWN,
        }
    }

    /// The class of this file whose instance an expression is.
    pub(super) fn class_of_instance(&self, expr: &'a Expr, depth: u32) -> Option<&'a StmtClassDef> {
        let Kind::Instance(class) = self.infer(expr, depth).kind else { return None };
        self.class_of_type(class)
    }

    /// The method that an attribute of an instance is, if an annotation says what it returns: the
    /// class has it, or else its only base in this file.
    fn promising_method(
        &self,
        func: &'a ExprAttribute,
        depth: u32,
    ) -> Option<(&'a StmtFunctionDef, &'a Expr)> {
        let name = func.attr.as_str();
        let mut at = self.class_of_instance(&func.value, depth)?;
        for _ in 0..MAX_BASES {
            if let Some(def) = self.only_method(at, name) {
                let returns = def.returns.as_deref()?;
                let kept = def.decorator_list.iter().all(|decorator| {
                    self.qualified(&decorator.expression).is_some_and(|name| {
                        matches!(
                            name,
                            "staticmethod"
                                | "classmethod"
                                | "abc.abstractmethod"
                                | "typing.override"
                                | "typing_extensions.override"
                                | "typing.final"
                        )
                    })
                });
                return kept.then_some((def, returns));
            }
            let base = self.only_base(at)?;
            if self.defines_attribute(at, name) {
                return None;
            }
            at = base;
        }
        None
    }

    /// Whether neither the class nor a base of it makes something else in `__new__` or by a
    /// metaclass. Of bases in other files only those of the standard library are known.
    fn has_plain_new(&self, class: &'a StmtClassDef, levels: u32) -> bool {
        let Some(levels) = levels.checked_sub(1) else { return false };
        let plain = class.arguments.as_ref().is_none_or(|arguments| arguments.keywords.is_empty());
        let own = class
            .body
            .iter()
            .any(|stmt| matches!(stmt, Stmt::FunctionDef(def) if def.name.as_str() == "__new__"));
        plain
            && !own
            && class.bases().iter().all(|base| {
                let base = match base {
                    Expr::Subscript(it) => &it.value,
                    base => base,
                };
                if let Expr::Name(name) = base
                    && let Some(class) = self.own_class_named(name)
                {
                    return self.has_plain_new(class, levels);
                }
                self.qualified(base).is_some_and(is_plain_base)
            })
    }

    /// Whether a function yields.
    pub(super) fn generates(&self, def: &'a StmtFunctionDef) -> bool {
        self.nodes().scope_of(&def.body).is_some_and(|scope| self.yields(scope))
    }

    fn is_own(&self, def: &'a StmtFunctionDef, inner: crate::facts::nodes::NodeId) -> bool {
        let scope = self.nodes().scope(inner);
        self.scopes().function(scope).is_some_and(|of| std::ptr::eq(of, def))
    }

    fn returned_type(&self, def: &'a StmtFunctionDef, depth: u32) -> &'a Type {
        let Some(depth) = depth.checked_sub(1) else { return &UNKNOWN };
        let id = self.unknown(Unknown::Returned(self.nodes().id(def)));
        self.solve(id, || self.returned_once(def, depth))
    }

    fn returned_once(&self, def: &'a StmtFunctionDef, depth: u32) -> &'a Type {
        if let Some(returns) = &def.returns {
            let promised = self.annotated(returns);
            if promised != Type::UNKNOWN {
                return self.keep(promised);
            }
        }
        let id = self.nodes().id(def);
        let mut joined = &NEVER;
        for inner in self.nodes().descendants(id) {
            match self.nodes().get(inner) {
                Some(Node::Expr(Expr::Yield(_) | Expr::YieldFrom(_)))
                    if self.is_own(def, inner) =>
                {
                    return if def.is_async {
                        &UNKNOWN
                    } else {
                        self.keep(Type::of(Kind::Iterator))
                    };
                }
                Some(Node::Stmt(Stmt::Return(it))) if self.is_own(def, inner) => {
                    let found = match &it.value {
                        Some(value) => self.infer(value, depth),
                        None => &NONE,
                    };
                    joined = self.join(joined, found);
                }
                _ => {}
            }
        }
        if def.returns.is_some() {
            // The annotation is one that says more than can be understood.
            return &UNKNOWN;
        }
        // The container may be held and changed by others.
        if always_leaves(&def.body) { joined } else { self.join(joined, &NONE) }
    }
}

/// Whether a class of this qualified name makes its own instances: a builtin or one of the standard
/// library.
fn is_plain_base(name: &str) -> bool {
    let Some((root, _)) = name.split_once('.') else { return true };
    matches!(
        root,
        "abc"
            | "argparse"
            | "ast"
            | "collections"
            | "contextlib"
            | "html"
            | "http"
            | "io"
            | "json"
            | "logging"
            | "string"
            | "threading"
            | "typing"
            | "unittest"
    )
}

/// Whether control never comes out at the end of a block.
pub(in crate::facts) fn always_leaves(block: &[Stmt]) -> bool {
    match block.last() {
        Some(Stmt::Return(_) | Stmt::Raise(_) | Stmt::Continue(_) | Stmt::Break(_)) => true,
        Some(Stmt::If(it)) => {
            always_leaves(&it.body)
                && it.elif_else_clauses.last().is_some_and(|last| last.test.is_none())
                && it.elif_else_clauses.iter().all(|clause| always_leaves(&clause.body))
        }
        Some(Stmt::Try(it)) => {
            always_leaves(&it.finalbody)
                || ((always_leaves(&it.body) || always_leaves(&it.orelse))
                    && it.handlers.iter().all(|handler| {
                        let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
                        always_leaves(&handler.body)
                    }))
        }
        _ => false,
    }
}
