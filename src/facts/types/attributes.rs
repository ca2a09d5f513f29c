//! The types of the attributes of instances of classes of this file.

use std::ptr;

use ruff_python_ast::{Expr, ExprAttribute, ExprContext, Operator, Stmt, StmtClassDef};
use rustc_hash::{FxHashMap, FxHashSet};
use smallvec::SmallVec;

use super::classes::MAX_BASES;
use super::lattice::augmented;
use super::store::{NEVER, UNKNOWN};
use super::{Kind, Type, Unknown};
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::{Definition, DefinitionKind, Resolution};

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

/// Every attribute that is stored, by name.
pub(super) type Stores<'a> = FxHashMap<&'a str, SmallVec<[&'a ExprAttribute; 2]>>;

/// Classes whose instances get attributes by names that are not written out.
#[derive(Debug, Default)]
pub(super) struct Dynamic {
    classes: FxHashSet<NodeId>,
}

impl<'a> Facts<'a> {
    /// The type of an attribute of the instances of a class: joined over the class body and every
    /// `self.attribute = ..` of its methods.
    pub fn attribute_type(&self, class: &'a StmtClassDef, attr: &'a str) -> Type {
        *super::settled(self.attribute_of(class, attr, super::DEPTH, MAX_BASES))
    }

    pub(super) fn attribute_of(
        &self,
        class: &'a StmtClassDef,
        attr: &'a str,
        depth: u32,
        bases: u32,
    ) -> &'a Type {
        let Some(depth) = depth.checked_sub(1) else { return &UNKNOWN };
        let id = self.unknown(Unknown::Attribute(self.nodes().id(class), attr));
        let found = self.solve(id, || self.stored_attribute(class, attr, depth, bases));
        // A placeholder: subclasses and other files give it its value.
        if found.kind == Kind::None { &UNKNOWN } else { found }
    }

    fn stored_attribute(
        &self,
        class: &'a StmtClassDef,
        attr: &'a str,
        depth: u32,
        bases: u32,
    ) -> &'a Type {
        let mut declared = None;
        let mut joined = &NEVER;
        let mut any = false;
        for stored in self.attribute_definitions(class, attr) {
            any = true;
            let found = match stored {
                AttributeDefinition::Value(value) => {
                    let found = self.infer(value, depth);
                    let open = found.kind_or_none().is_mutable_container();
                    if open && !self.is_promised(value) {
                        self.keep(found.emptied())
                    } else {
                        found
                    }
                }
                AttributeDefinition::Annotated(annotation) => {
                    let promised = self.annotated(annotation);
                    declared.get_or_insert(promised);
                    self.keep(promised)
                }
                AttributeDefinition::Augmented(op, value) => {
                    let own = self.attribute_of(class, attr, depth, bases);
                    self.keep(augmented(own, op, self.infer(value, depth)))
                }
                AttributeDefinition::Deleted => &NEVER,
                AttributeDefinition::Other => self.keep(self.property(class, attr)),
            };
            joined = self.join(joined, found);
        }
        // What an annotation promises holds for every value.
        if let Some(declared) = declared.filter(|declared| *declared != Type::UNKNOWN) {
            return self.keep(declared);
        }
        if !any {
            let Some(bases) = bases.checked_sub(1) else { return &UNKNOWN };
            return self
                .only_base(class)
                .map_or(&UNKNOWN, |base| self.attribute_of(base, attr, depth, bases));
        }
        let code = matches!(joined.kind_or_none(), Kind::Function | Kind::Class | Kind::Module);
        if code || self.is_changed_elsewhere(class, attr) { &UNKNOWN } else { joined }
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

    /// What an annotated property gives.
    fn property(&self, class: &'a StmtClassDef, attr: &str) -> Type {
        let Some(method) = self.only_method(class, attr) else { return Type::UNKNOWN };
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
        self.stores_of(attr).iter().any(|store| {
            let owner = match &*store.value {
                Expr::Name(owner) => self.class_of_first(owner),
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
    fn stores_of(&self, attr: &str) -> &[&'a ExprAttribute] {
        let stores = self.types.stores.get_or_init(|| {
            let mut stores = Stores::default();
            for store in self.attribute_stores() {
                stores.entry(store.attr.as_str()).or_default().push(*store);
            }
            stores
        });
        stores.get(attr).map_or(&[], |stores| stores.as_slice())
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
                if let Some(class) = self.class_of_first(owner) {
                    dynamic.classes.insert(self.nodes().id(class));
                }
            }
            for store in self.attribute_stores() {
                if store.attr.as_str() == "__dict__"
                    && let Expr::Name(owner) = &*store.value
                    && let Some(class) = self.class_of_first(owner)
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
        let body = self.places_in_body(class, attr).map(|(stmt, definition)| match stmt {
            Stmt::Assign(it) => {
                let descriptor = matches!(
                    &*it.value,
                    Expr::Call(_) | Expr::Lambda(_) | Expr::Name(_) | Expr::Attribute(_)
                ) && !self.is_plain_value(&it.value);
                if descriptor || !self.is_plain_class(class) {
                    AttributeDefinition::Other
                } else {
                    AttributeDefinition::Value(&it.value)
                }
            }
            Stmt::AnnAssign(it) => AttributeDefinition::Annotated(&it.annotation),
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => AttributeDefinition::Other,
            _ => self.bound_below(definition),
        });
        let stores = self.own_stores(class, attr).map(|store| self.attribute_definition(store));
        body.chain(stores).collect()
    }

    /// Whether a class gives an attribute of its instances a value anywhere.
    pub(super) fn defines_attribute(&self, class: &'a StmtClassDef, attr: &str) -> bool {
        self.places_in_body(class, attr).next().is_some()
            || self.own_stores(class, attr).next().is_some()
    }

    /// The statements right in a class body that bind a name there, each with one of their
    /// definitions: compound statements with each that they have.
    fn places_in_body(
        &self,
        class: &'a StmtClassDef,
        attr: &str,
    ) -> impl Iterator<Item = (&'a Stmt, &Definition<'a>)> {
        let class_id = self.nodes().id(class);
        let mut before = None;
        self.bound_in_class(class, attr).filter_map(move |definition| {
            let (id, stmt) = self.statement_below(class_id, definition.node)?;
            let again = before.replace(id) == Some(id);
            let binds = match stmt {
                Stmt::If(_)
                | Stmt::For(_)
                | Stmt::While(_)
                | Stmt::Try(_)
                | Stmt::With(_)
                | Stmt::Match(_)
                | Stmt::Import(_)
                | Stmt::ImportFrom(_)
                | Stmt::AugAssign(_) => true,
                _ if again => false,
                Stmt::Assign(it) => it.targets.iter().any(|target| is_name(target, attr)),
                Stmt::AnnAssign(it) => is_name(&it.target, attr),
                Stmt::FunctionDef(def) => def.name.as_str() == attr,
                Stmt::ClassDef(def) => def.name.as_str() == attr,
                _ => false,
            };
            binds.then_some((stmt, definition))
        })
    }

    /// The stores to an attribute of `self` in the methods of a class.
    fn own_stores(
        &self,
        class: &'a StmtClassDef,
        attr: &str,
    ) -> impl Iterator<Item = &'a ExprAttribute> {
        let nodes = self.nodes();
        let class_id = nodes.id(class);
        self.stores_of(attr).iter().copied().filter(move |store| {
            nodes.contains(class_id, nodes.id(*store))
                && matches!(&*store.value, Expr::Name(owner)
                    if self.class_of_first(owner).is_some_and(|of| ptr::eq(of, class)))
        })
    }

    /// The statement right in the body of a class that a node belongs to.
    fn statement_below(&self, class: NodeId, node: NodeId) -> Option<(NodeId, &'a Stmt)> {
        let nodes = self.nodes();
        let mut at = node;
        while nodes.parent(at) != class {
            at = nodes.parent(at);
            nodes.get(at)?;
        }
        Some((at, nodes.get(at)?.as_stmt()?))
    }

    /// What a definition deeper in a class body gives the attribute of its name.
    fn bound_below(&self, definition: &Definition<'a>) -> AttributeDefinition<'a> {
        match definition.kind {
            DefinitionKind::Augmented(Stmt::AugAssign(it)) => {
                AttributeDefinition::Augmented(it.op, &it.value)
            }
            DefinitionKind::Assign { value, annotation: None } if self.is_plain_value(value) => {
                AttributeDefinition::Value(value)
            }
            DefinitionKind::Assign { annotation: Some(annotation), .. } => {
                AttributeDefinition::Annotated(annotation)
            }
            DefinitionKind::Delete => AttributeDefinition::Deleted,
            _ => AttributeDefinition::Other,
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

fn is_name(expr: &Expr, name: &str) -> bool {
    matches!(expr, Expr::Name(it) if it.id.as_str() == name)
}
