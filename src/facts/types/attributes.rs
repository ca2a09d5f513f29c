//! The types of the attributes of instances of classes of this file.

use std::ptr;

use ruff_python_ast::{
    Expr, ExprAttribute, ExprContext, ExprName, Operator, Stmt, StmtClassDef, StmtFunctionDef,
};
use rustc_hash::FxHashSet;

use super::lattice::augmented;
use super::{Kind, Type, Unknown, solve};
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::{DefinitionKind, Resolution};

/// Longer chains of base classes are not followed.
const MAX_BASES: u32 = 8;

/// A place that gives an attribute its value.
#[derive(Debug, Clone, Copy)]
pub enum AttributeDefinition<'a> {
    /// The value is assigned.
    Value(&'a Expr),
    /// The annotation is stated, with or without a value.
    Annotated(&'a Expr),
    /// `self.attribute op= value`.
    Augmented(Operator, &'a Expr),
    /// `del self.attribute`.
    Deleted,
    /// A loop target, an unpacking, a method of the name.
    Other,
}

/// Classes whose instances get attributes by names that are not written out.
#[derive(Debug, Default)]
pub(super) struct Dynamic {
    classes: FxHashSet<NodeId>,
}

impl<'a> Facts<'a> {
    /// The type of an attribute of the instances of a class: joined over the class body and every
    /// `self.attribute = ..` of its methods.
    pub fn attribute_type(&self, class: &'a StmtClassDef, attr: &'a str) -> Type {
        super::settled(self.attribute_of(class, attr, super::DEPTH, MAX_BASES))
    }

    pub(super) fn attribute_of(
        &self,
        class: &'a StmtClassDef,
        attr: &'a str,
        depth: u32,
        bases: u32,
    ) -> Type {
        let Some(depth) = depth.checked_sub(1) else { return Type::UNKNOWN };
        let index = self.unknown(Unknown::Attribute(self.nodes().id(class), attr));
        let mut found = solve::solve(&self.types.solver, index, || {
            self.stored_attribute(class, attr, depth, bases)
        });
        if found.kind == Kind::None {
            // A placeholder: subclasses and other files give it its value.
            found = Type::UNKNOWN;
        }
        found
    }

    fn stored_attribute(
        &self,
        class: &'a StmtClassDef,
        attr: &'a str,
        depth: u32,
        bases: u32,
    ) -> Type {
        let mut declared = None;
        let mut joined = Type::NEVER;
        let mut any = false;
        for stored in self.attribute_definitions(class, attr) {
            any = true;
            let found = match stored {
                AttributeDefinition::Value(value) => {
                    let found = self.infer(value, depth);
                    let open = found.kind_or_none().is_mutable_container();
                    if open && !self.is_promised(value) { found.emptied() } else { found }
                }
                AttributeDefinition::Annotated(annotation) => {
                    let promised = self.annotated(annotation);
                    declared.get_or_insert(promised);
                    promised
                }
                AttributeDefinition::Augmented(op, value) => {
                    let own = self.attribute_of(class, attr, depth, bases);
                    augmented(own, op, self.infer(value, depth))
                }
                AttributeDefinition::Deleted => Type::NEVER,
                AttributeDefinition::Other => self.property(class, attr),
            };
            joined = joined.join(found);
        }
        // What an annotation promises holds for every value.
        if let Some(declared) = declared.filter(|declared| *declared != Type::UNKNOWN) {
            return declared;
        }
        if !any {
            let Some(bases) = bases.checked_sub(1) else { return Type::UNKNOWN };
            return self
                .only_base(class)
                .map_or(Type::UNKNOWN, |base| self.attribute_of(base, attr, depth, bases));
        }
        if matches!(joined.kind_or_none(), Kind::Function | Kind::Class | Kind::Module) {
            return Type::UNKNOWN;
        }
        if self.is_changed_elsewhere(class, attr) { Type::UNKNOWN } else { joined }
    }

    /// Whether a value is an annotated parameter: what it holds is promised.
    fn is_promised(&self, value: &'a Expr) -> bool {
        let Expr::Name(name) = value else { return false };
        let names = self.names();
        let Resolution::Binding(binding) = names.resolve(name) else { return false };
        names.only_definition(binding).is_some_and(|it| {
            matches!(it.kind, DefinitionKind::Parameter { parameter, .. }
                if parameter.annotation().is_some())
        })
    }

    /// The only base of a class, if it is a class of this file.
    pub(super) fn only_base(&self, class: &'a StmtClassDef) -> Option<&'a StmtClassDef> {
        let [Expr::Name(base)] = class.bases() else { return None };
        self.own_class_named(base).filter(|base| !ptr::eq(*base, class))
    }

    /// The class of this file that a name always means.
    pub(super) fn own_class_named(&self, name: &'a ExprName) -> Option<&'a StmtClassDef> {
        let names = self.names();
        let Resolution::Binding(binding) = names.resolve(name) else { return None };
        match names.only_definition(binding)?.kind {
            DefinitionKind::Class(class) => Some(class),
            _ => None,
        }
    }

    /// What an annotated property gives.
    fn property(&self, class: &'a StmtClassDef, attr: &str) -> Type {
        let Some(method) = only_method(class, attr) else { return Type::UNKNOWN };
        let [decorator] = &method.decorator_list[..] else { return Type::UNKNOWN };
        let is_property = self
            .qualified(&decorator.expression)
            .is_some_and(|name| matches!(name, "property" | "functools.cached_property"));
        match &method.returns {
            Some(returns) if is_property && !method.is_async => self.annotated(returns),
            _ => Type::UNKNOWN,
        }
    }

    /// Whether the file stores an attribute of this name into something that may be an instance,
    /// or a class between them changes what instances hold.
    fn is_changed_elsewhere(&self, class: &'a StmtClassDef, attr: &str) -> bool {
        if self.dynamic().classes.contains(&self.nodes().id(class)) {
            return true;
        }
        self.stores_of(attr).any(|store| {
            let owner = match &*store.value {
                Expr::Name(owner) => self.class_of_self(owner),
                _ => None,
            };
            match owner {
                Some(owner) if ptr::eq(owner, class) => false,
                Some(owner) => {
                    self.derives(owner, class, MAX_BASES) || self.derives(class, owner, MAX_BASES)
                }
                None => true,
            }
        })
    }

    /// Every attribute of this name that is stored or deleted, in source order.
    fn stores_of(&self, attr: &str) -> impl Iterator<Item = &'a ExprAttribute> {
        let stores = self.attribute_stores();
        let order = self.types.stores.get_or_init(|| {
            let mut order: Vec<&'a ExprAttribute> = stores.to_vec();
            order.sort_by(|a, b| a.attr.as_str().cmp(b.attr.as_str()));
            order
        });
        let start = order.partition_point(|store| store.attr.as_str() < attr);
        let end = order.partition_point(|store| store.attr.as_str() <= attr);
        order.get(start..end).unwrap_or_default().iter().copied()
    }

    /// Whether a class derives from another of this file, or may.
    fn derives(&self, class: &'a StmtClassDef, from: &'a StmtClassDef, levels: u32) -> bool {
        let Some(levels) = levels.checked_sub(1) else { return true };
        class.bases().iter().any(|base| {
            let base = match base {
                Expr::Subscript(it) => &it.value,
                base => base,
            };
            match base {
                Expr::Name(name) => match self.own_class_named(name) {
                    Some(base) => ptr::eq(base, from) || self.derives(base, from, levels),
                    None => self.qualified(base).is_none(),
                },
                base => self.qualified(base).is_none(),
            }
        })
    }

    /// Whether an annotation with the class means its instances: no protocol, typed dict,
    /// metaclass or class that a decorator may have replaced.
    pub(super) fn makes_instances(&self, class: &'a StmtClassDef) -> bool {
        let decorated = class.decorator_list.iter().any(|decorator| {
            let callee = match &decorator.expression {
                Expr::Call(call) => &call.func,
                expr => expr,
            };
            !self.qualified(callee).is_some_and(|name| {
                matches!(
                    name,
                    "dataclasses.dataclass"
                        | "functools.total_ordering"
                        | "typing.final"
                        | "attr.s"
                        | "attr.attrs"
                        | "attr.define"
                        | "attr.frozen"
                        | "attrs.define"
                        | "attrs.frozen"
                        | "enum.unique"
                )
            })
        });
        !decorated
            && self.all_bases(class, MAX_BASES, &|name| {
                let last = name.rsplit('.').next().unwrap_or(name);
                !matches!(last, "Protocol" | "TypedDict" | "type" | "NamedTuple")
                    && !last.ends_with("Meta")
                    && !last.ends_with("Type")
            })
    }

    /// Whether what is assigned in the class body is what instances have: no enumeration and no
    /// other metaclass.
    fn is_plain_class(&self, class: &'a StmtClassDef, levels: u32) -> bool {
        let metaclass = class.arguments.as_ref().is_some_and(|arguments| {
            arguments.keywords.iter().any(|keyword| {
                keyword.arg.as_ref().is_none_or(|arg| arg.as_str() == "metaclass")
                    && !self.is_qualified(&keyword.value, "abc.ABCMeta")
            })
        });
        !metaclass
            && self.all_bases(class, levels, &|name| {
                let last = name.rsplit('.').next().unwrap_or(name);
                ![
                    "Enum",
                    "Flag",
                    "Choices",
                    "Structure",
                    "Union",
                    "NamedTuple",
                    "TypedDict",
                    "Meta",
                ]
                .iter()
                .any(|magic| last.ends_with(magic))
            })
    }

    /// Whether every base, of the bases in this file too, has a qualified name that passes.
    fn all_bases(
        &self,
        class: &'a StmtClassDef,
        levels: u32,
        passes: &dyn Fn(&str) -> bool,
    ) -> bool {
        let Some(levels) = levels.checked_sub(1) else { return false };
        class.bases().iter().all(|base| {
            let base = match base {
                Expr::Subscript(it) => &it.value,
                base => base,
            };
            if let Expr::Name(name) = base
                && let Some(class) = self.own_class_named(name)
            {
                return self.all_bases(class, levels, passes);
            }
            self.qualified(base).is_some_and(passes)
        })
    }

    fn dynamic(&self) -> &Dynamic {
        self.types.dynamic.get_or_init(|| {
            let mut dynamic = Dynamic::default();
            for call in self.call_sites() {
                let owner = match (&*call.func, &call.arguments.args[..]) {
                    // `setattr(self, name, value)` and `vars(self)`
                    (Expr::Name(func), [Expr::Name(owner), ..])
                        if matches!(func.id.as_str(), "setattr" | "vars") =>
                    {
                        owner
                    }
                    // `self.__dict__.update(..)`
                    (Expr::Attribute(func), _) => match &*func.value {
                        Expr::Attribute(it) if it.attr.as_str() == "__dict__" => match &*it.value {
                            Expr::Name(owner) => owner,
                            _ => continue,
                        },
                        _ => continue,
                    },
                    _ => continue,
                };
                if let Some(class) = self.class_of_self(owner) {
                    dynamic.classes.insert(self.nodes().id(class));
                }
            }
            for store in self.attribute_stores() {
                if store.attr.as_str() == "__dict__"
                    && let Expr::Name(owner) = &*store.value
                    && let Some(class) = self.class_of_self(owner)
                {
                    dynamic.classes.insert(self.nodes().id(class));
                }
            }
            dynamic
        })
    }

    /// Every place in a class that gives an attribute of its instances a value.
    pub fn attribute_definitions(
        &self,
        class: &'a StmtClassDef,
        attr: &str,
    ) -> Vec<AttributeDefinition<'a>> {
        let class_id = self.nodes().id(class);
        let mut found = Vec::new();
        let magic = !self.is_plain_class(class, MAX_BASES);
        for stmt in &class.body {
            match stmt {
                Stmt::Assign(it) if it.targets.iter().any(|target| is_name(target, attr)) => {
                    let descriptor = matches!(
                        &*it.value,
                        Expr::Call(_) | Expr::Lambda(_) | Expr::Name(_) | Expr::Attribute(_)
                    ) && !self.is_plain_value(&it.value);
                    found.push(if magic || descriptor {
                        AttributeDefinition::Other
                    } else {
                        AttributeDefinition::Value(&it.value)
                    });
                }
                Stmt::AnnAssign(it) if is_name(&it.target, attr) => {
                    found.push(AttributeDefinition::Annotated(&it.annotation));
                }
                Stmt::FunctionDef(def) if def.name.as_str() == attr => {
                    found.push(AttributeDefinition::Other);
                }
                Stmt::ClassDef(def) if def.name.as_str() == attr => {
                    found.push(AttributeDefinition::Other);
                }
                // A name that is bound deeper in the body.
                Stmt::If(_)
                | Stmt::For(_)
                | Stmt::While(_)
                | Stmt::Try(_)
                | Stmt::With(_)
                | Stmt::Match(_)
                | Stmt::Import(_)
                | Stmt::ImportFrom(_)
                | Stmt::AugAssign(_) => {
                    self.bound_in_body(stmt, attr, &mut found);
                }
                _ => {}
            }
        }
        for store in self.stores_of(attr) {
            if !self.nodes().contains(class_id, self.nodes().id(store)) {
                continue;
            }
            let Expr::Name(owner) = &*store.value else { continue };
            if !self.class_of_self(owner).is_some_and(|of| ptr::eq(of, class)) {
                continue;
            }
            found.push(self.attribute_definition(store));
        }
        found
    }

    /// What a statement deeper in a class body binds the name to, in that body.
    fn bound_in_body(&self, stmt: &'a Stmt, attr: &str, found: &mut Vec<AttributeDefinition<'a>>) {
        let id = self.nodes().id(stmt);
        let names = self.names();
        let Some(binding) = names.binding(self.nodes().scope(id), attr) else { return };
        for definition in names.definitions(binding) {
            if self.nodes().contains(id, definition.node) {
                found.push(match definition.kind {
                    DefinitionKind::Augmented(Stmt::AugAssign(it)) => {
                        AttributeDefinition::Augmented(it.op, &it.value)
                    }
                    DefinitionKind::Assign { value, annotation: None }
                        if self.is_plain_value(value) =>
                    {
                        AttributeDefinition::Value(value)
                    }
                    DefinitionKind::Assign { annotation: Some(annotation), .. } => {
                        AttributeDefinition::Annotated(annotation)
                    }
                    DefinitionKind::Delete => AttributeDefinition::Deleted,
                    _ => AttributeDefinition::Other,
                });
            }
        }
    }

    /// Whether a value assigned in a class body is what an instance gives: no descriptor.
    fn is_plain_value(&self, value: &'a Expr) -> bool {
        !matches!(
            self.type_of(value).kind_or_none(),
            Kind::Unknown | Kind::Instance(_) | Kind::Function | Kind::Class
        )
    }

    fn attribute_definition(&self, store: &'a ExprAttribute) -> AttributeDefinition<'a> {
        if store.ctx == ExprContext::Del {
            return AttributeDefinition::Deleted;
        }
        let is_store = |target: &Expr| matches!(target, Expr::Attribute(it) if ptr::eq(it, store));
        match self.nodes().get(self.nodes().parent(self.nodes().id(store))) {
            Some(Node::Stmt(Stmt::Assign(it))) if it.targets.iter().any(is_store) => {
                AttributeDefinition::Value(&it.value)
            }
            Some(Node::Stmt(Stmt::AnnAssign(it))) => AttributeDefinition::Annotated(&it.annotation),
            Some(Node::Stmt(Stmt::AugAssign(it))) => {
                AttributeDefinition::Augmented(it.op, &it.value)
            }
            _ => AttributeDefinition::Other,
        }
    }
}

/// The only function of a name in a class body, if nothing else in the body is bound to it by a
/// statement of its own.
pub(super) fn only_method<'a>(class: &'a StmtClassDef, name: &str) -> Option<&'a StmtFunctionDef> {
    let mut methods = class.body.iter().filter_map(|stmt| match stmt {
        Stmt::FunctionDef(def) if def.name.as_str() == name => Some(def),
        _ => None,
    });
    let only = methods.next()?;
    methods.next().is_none().then_some(only)
}

fn is_name(expr: &Expr, name: &str) -> bool {
    matches!(expr, Expr::Name(it) if it.id.as_str() == name)
}
