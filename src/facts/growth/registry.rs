//! Who fills a registry: decorators, functions that register, and the creation of classes.

use ruff_python_ast::{Expr, Stmt, StmtFunctionDef};
use rustc_hash::FxHashSet;

use super::Exempt;
use crate::catalog::growth::{enrolls, is_handed_over, registers};
use crate::facts::Facts;
use crate::facts::nodes::NodeId;
use crate::facts::scopes::{DefinitionKind, Resolution, ScopeId, ScopeKind};

impl<'a> Facts<'a> {
    /// Why a growth at a place is one of a registry, by the function around it.
    pub(super) fn registering(&self, node: NodeId) -> Option<Exempt> {
        let scope = self.nodes().scope(node);
        let mut innermost = true;
        for (id, scope) in self.scopes().enclosing(scope) {
            let ScopeKind::Function(def) = scope.kind else { continue };
            let name = def.name.as_str();
            if registers(name) {
                return Some(Exempt::Register);
            }
            if matches!(name, "__init_subclass__" | "__set_name__" | "__class_getitem__")
                || self.is_metaclass_method(id, def)
            {
                return Some(Exempt::ClassCreation);
            }
            if innermost && self.is_decorator(def, scope.parent) {
                return Some(Exempt::Decorator);
            }
            innermost = false;
        }
        None
    }

    /// Whether what grows at a place is filled by what a function is there to get: `add_handler`
    /// puts its own parameter `handler` into it.
    pub(super) fn enrolling(&self, node: NodeId, element: &'a Expr) -> bool {
        let element = match element {
            // `(callback, priority)`: what is handed over with it comes along.
            Expr::Tuple(it) => it.elts.iter().find(|elt| self.is_enrolled(node, elt)),
            element => Some(element).filter(|it| self.is_enrolled(node, it)),
        };
        element.is_some()
    }

    fn is_enrolled(&self, node: NodeId, element: &'a Expr) -> bool {
        let Expr::Name(name) = element else { return false };
        let Resolution::Binding(binding) = self.names().resolve(name) else { return false };
        let scope = self.names().scope(binding);
        self.nodes().scope(node) == scope
            && matches!(self.scopes().get(scope).kind, ScopeKind::Function(def)
                if enrolls(def.name.as_str()))
            && is_handed_over(name.id.as_str())
            && self
                .names()
                .only_definition(binding)
                .is_some_and(|it| matches!(it.kind, DefinitionKind::Parameter { .. }))
    }

    /// Whether a function is a decorator: it is used as one, or gives back what it was given.
    fn is_decorator(&self, def: &StmtFunctionDef, around: ScopeId) -> bool {
        if !gives_back(def) {
            return false;
        }
        // `def register(name): def add(cls): R[name] = cls; return cls; return add`
        let made = self.scopes().function(around).is_some_and(|outer| {
            matches!(outer.body.last(), Some(Stmt::Return(it)) if matches!(it.value.as_deref(),
                Some(Expr::Name(name)) if name.id == def.name.id))
        });
        let single = def.parameters.len() == 1;
        if made && single || takes_definition(def) {
            return true;
        }
        self.decorator_names().contains(def.name.as_str())
    }

    /// The names that stand as decorators without arguments.
    fn decorator_names(&self) -> &FxHashSet<&'a str> {
        self.decorator_names.get_or_init(|| {
            let functions = self.function_statements().iter().map(|def| &def.decorator_list);
            let classes = self.class_statements().iter().map(|def| &def.decorator_list);
            let decorators = functions.chain(classes).flatten();
            decorators
                .filter_map(|decorator| match &decorator.expression {
                    Expr::Name(name) => Some(name.id.as_str()),
                    _ => None,
                })
                .collect()
        })
    }

    /// Whether a function is `__new__` or `__init__` of a class of classes.
    fn is_metaclass_method(&self, scope: ScopeId, def: &StmtFunctionDef) -> bool {
        matches!(def.name.as_str(), "__new__" | "__init__" | "__prepare__")
            && self.scopes().class_around(scope).is_some_and(|class| {
                class.name.ends_with("Meta")
                    || class.bases().iter().any(|base| {
                        self.qualified(base).is_some_and(|name| {
                            matches!(
                                name,
                                "type" | "abc.ABCMeta" | "enum.EnumMeta" | "enum.EnumType"
                            )
                        })
                    })
            })
    }
}

/// Whether a function ends by giving back a parameter, `return func`, or a function that it
/// defines.
fn gives_back(def: &StmtFunctionDef) -> bool {
    let Some(Stmt::Return(it)) = def.body.last() else { return false };
    let Some(Expr::Name(name)) = it.value.as_deref() else { return false };
    let name = name.id.as_str();
    let mut parameters = def.parameters.iter_non_variadic_params();
    name != "self" && parameters.any(|it| it.parameter.name.as_str() == name)
        || def
            .body
            .iter()
            .any(|stmt| matches!(stmt, Stmt::FunctionDef(inner) if inner.name.as_str() == name))
}

/// Whether the first parameter of a function is called what decorators get.
fn takes_definition(def: &StmtFunctionDef) -> bool {
    let mut parameters = def.parameters.iter_non_variadic_params();
    parameters.next().is_some_and(|first| is_handed_over(first.parameter.name.as_str()))
}
