//! The containers of a file: names, attributes and defaults that are bound to a fresh container.

use ruff_python_ast::{Expr, ExprContext, Stmt, StmtClassDef, StmtFunctionDef};
use rustc_hash::FxHashMap;

use super::exports;
use super::fresh::Fresh;
use super::{Bound, Container, Escape, Growing, Lifetime, Place, Removal, Shrink, Way};
use crate::catalog::classes::Family;
use crate::catalog::growth::{LONG_LIVED, constructed};
use crate::facts::Facts;
use crate::facts::classes::attributes::{Receiver, is_initial};
use crate::facts::classes::table::{BaseClass, ClassKind};
use crate::facts::nodes::{Node, NodeId};
use crate::facts::repetition::{Repetition, Why};
use crate::facts::scopes::{BindingId, DefinitionKind, Resolution, ScopeId, ScopeKind};

/// The containers and how they are found by name.
#[derive(Default)]
pub(super) struct Found<'a> {
    pub(super) all: Vec<Growing<'a>>,
    pub(super) bindings: FxHashMap<BindingId, u32>,
    /// By hierarchy of classes and attribute.
    pub(super) attributes: FxHashMap<(u32, &'a str), u32>,
    /// Every container of an attribute, and whether some name is one.
    pub(super) names: FxHashMap<&'a str, Named>,
    lifetimes: FxHashMap<NodeId, Lifetime>,
}

/// What a name may mean.
#[derive(Default)]
pub(super) struct Named {
    pub(super) attributes: Vec<u32>,
    pub(super) binding: bool,
    /// Where the attribute of some other object is bound anew, first.
    pub(super) rebound: Option<NodeId>,
}

impl<'a> Found<'a> {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Those that grow.
    pub(super) fn grown(self) -> Vec<Growing<'a>> {
        self.all.into_iter().filter(|it| !it.growths.is_empty()).collect()
    }

    pub(super) fn bind(&mut self, binding: BindingId, name: &'a str, index: u32) {
        self.bindings.insert(binding, index);
        self.names.entry(name).or_default().binding = true;
    }

    fn add(&mut self, growing: Growing<'a>) -> u32 {
        self.all.push(growing);
        self.all.len() as u32 - 1
    }

    fn attribute(&mut self, hierarchy: u32, name: &'a str, index: u32) {
        self.attributes.insert((hierarchy, name), index);
        self.names.entry(name).or_default().attributes.push(index);
    }
}

/// Longer chains of methods that `__init__` calls are not followed.
pub(super) const DEPTH: u32 = 4;

pub(super) fn find<'a>(facts: &Facts<'a>) -> Found<'a> {
    let mut found = Found::default();
    names(facts, &mut found);
    instance_attributes(facts, &mut found);
    if !found.is_empty() {
        exports::hide(facts, &mut found);
    }
    found
}

fn growing<'a>(name: &'a str, place: Place<'a>, fresh: Fresh, definition: NodeId) -> Growing<'a> {
    let bounds = fresh.bound.map(|kind| Bound { node: definition, kind });
    Growing {
        name,
        place,
        container: fresh.container,
        definition,
        growths: Vec::new(),
        shrinks: Vec::new(),
        bounds: bounds.into_iter().collect(),
        escapes: Vec::new(),
        reads: 0,
        lifetime: Lifetime::Program,
        nested: fresh.nested,
    }
}

/// Stands for the attribute of a name of objects that are not known.
pub(super) fn stranger(name: &str, container: Container, node: NodeId) -> Growing<'_> {
    growing(name, Place::Global, Fresh { container, bound: None, nested: false }, node)
}

/// Names of the module and of class bodies, and parameters with a mutable default.
fn names<'a>(facts: &Facts<'a>, found: &mut Found<'a>) {
    for definition in facts.scopes().all_definitions() {
        let (place, value) = match definition.kind {
            DefinitionKind::Assign { value, annotation } => {
                match facts.scopes().get(definition.scope).kind {
                    ScopeKind::Module => (Place::Global, value),
                    ScopeKind::Class(class)
                        if !is_declarative(facts, class, annotation.is_some()) =>
                    {
                        (Place::Class(class), value)
                    }
                    ScopeKind::Class(class) if annotation.is_some() => {
                        field(facts, found, class, definition.name, value);
                        continue;
                    }
                    _ => continue,
                }
            }
            DefinitionKind::Parameter { default: Some(default), .. } => {
                let ScopeKind::Function(def) = facts.scopes().get(definition.scope).kind else {
                    continue;
                };
                (Place::Default(def), default)
            }
            _ => continue,
        };
        // Dunder names are read by Python itself.
        if definition.name.starts_with("__") && definition.name.ends_with("__") {
            continue;
        }
        let Some(fresh) = facts.fresh_container(value) else { continue };
        let Some(binding) = facts.names().bound_by(definition) else {
            continue;
        };
        if found.bindings.contains_key(&binding) {
            continue;
        }
        let node = facts.nodes().id(value);
        let index = found.add(growing(definition.name, place, fresh, node));
        found.bind(binding, definition.name, index);
        if let Place::Class(class) = place {
            let table = facts.classes();
            let hierarchy =
                table.id(facts, class).map_or(u32::MAX, |id| table.owner(id, definition.name));
            if let Some(&known) = found.attributes.get(&(hierarchy, definition.name)) {
                // A class of the same hierarchy has it as well: they are one.
                found.bindings.insert(binding, known);
            } else {
                found.attribute(hierarchy, definition.name, index);
            }
        }
        definitions(facts, binding, &mut found.all[index as usize]);
    }
}

/// Everything else that a name is bound to.
fn definitions<'a>(facts: &Facts<'a>, binding: BindingId, growing: &mut Growing<'a>) {
    if facts.names().may_be_starred(binding) {
        growing.escapes.push(Escape { node: growing.definition, how: Way::Given });
    }
    for definition in facts.names().definitions(binding) {
        let node = definition.node;
        let in_function = facts.is_in_function(definition.from);
        let way = match definition.kind {
            DefinitionKind::Assign { value, .. } => {
                let fresh = facts.fresh_container(value).is_some();
                let default = matches!(growing.place, Place::Default(_));
                if facts.is_chained(node) {
                    growing.escapes.push(Escape { node, how: Way::Aliased });
                }
                if in_function && !default {
                    if !(fresh && facts.is_under_none_test(node, growing.name)) {
                        growing.shrinks.push(Shrink { node, how: Removal::Rebound });
                    }
                    continue;
                }
                if fresh && !default || value.is_none_literal_expr() {
                    continue;
                }
                Way::Given
            }
            DefinitionKind::Annotation(_)
            | DefinitionKind::Augmented(_)
            | DefinitionKind::Parameter { .. } => continue,
            DefinitionKind::Delete => {
                growing.shrinks.push(Shrink { node, how: Removal::Delete });
                continue;
            }
            DefinitionKind::Unpack(_) if in_function => {
                growing.shrinks.push(Shrink { node, how: Removal::Rebound });
                continue;
            }
            _ => Way::Given,
        };
        growing.escapes.push(Escape { node, how: way });
    }
}

/// Whether what the class body binds is a statement about instances, not a value of the class.
fn is_declarative<'a>(facts: &Facts<'a>, class: &'a StmtClassDef, annotated: bool) -> bool {
    let Some(known) = facts.class(class) else { return true };
    match known.kind {
        ClassKind::Plain => false,
        ClassKind::Dataclass(_) | ClassKind::Attrs(_) => annotated,
        ClassKind::Of(
            Family::Enum
            | Family::NamedTuple
            | Family::TypedDict
            | Family::Struct
            | Family::Pydantic
            | Family::Orm
            | Family::Structure,
        ) => true,
        ClassKind::Of(_) => false,
        // An annotated value may be a field of a model.
        ClassKind::Unknown => annotated,
    }
}

/// `name: T = field(default_factory=list)` of a dataclass: each instance has its own.
fn field<'a>(
    facts: &Facts<'a>,
    found: &mut Found<'a>,
    class: &'a StmtClassDef,
    name: &'a str,
    value: &'a Expr,
) {
    let Expr::Call(call) = value else { return };
    let factory = match facts.qualified(&call.func) {
        Some("dataclasses.field") => call.arguments.find_keyword("default_factory"),
        Some("attr.ib" | "attr.field" | "attrs.field" | "attr.attrib") => {
            call.arguments.find_keyword("factory")
        }
        _ => None,
    };
    let Some(factory) = factory.map(|keyword| &keyword.value) else { return };
    let fresh = match factory {
        Expr::Lambda(lambda) => facts.fresh_container(&lambda.body),
        factory => facts.qualified(factory).and_then(constructed).map(|container| Fresh {
            container,
            bound: None,
            nested: false,
        }),
    };
    let Some(fresh) = fresh else { return };
    instance(facts, found, class, name, fresh, facts.nodes().id(value));
}

fn instance<'a>(
    facts: &Facts<'a>,
    found: &mut Found<'a>,
    class: &'a StmtClassDef,
    name: &'a str,
    fresh: Fresh,
    node: NodeId,
) {
    let table = facts.classes();
    let Some(id) = table.id(facts, class) else { return };
    let hierarchy = table.owner(id, name);
    let of = facts.nodes().id(class);
    let lifetime = *found.lifetimes.entry(of).or_insert_with(|| facts.lifetime(class));
    if let Some(&index) = found.attributes.get(&(hierarchy, name)) {
        // A default of the class that `__init__` replaces is an attribute of instances.
        let known = &mut found.all[index as usize];
        if let Place::Class(_) = known.place {
            known.place = Place::Instance(class);
            known.definition = node;
            known.lifetime = lifetime;
        }
        return;
    }
    let mut new = growing(name, Place::Instance(class), fresh, node);
    new.lifetime = lifetime;
    let index = found.add(new);
    found.attribute(hierarchy, name, index);
}

/// Attributes that methods bind to a fresh container, and everything else that they bind.
fn instance_attributes<'a>(facts: &Facts<'a>, found: &mut Found<'a>) {
    for store in facts.attribute_stores() {
        let Some((_, Some(value))) = facts.value_of_store(store) else { continue };
        let Some(fresh) = facts.fresh_container(value) else { continue };
        if let Receiver::Instance(class, _) = facts.receiver(&store.value) {
            instance(facts, found, class, store.attr.as_str(), fresh, facts.nodes().id(value));
        }
    }
    if found.attributes.is_empty() {
        return;
    }
    for store in facts.attribute_stores() {
        let name = store.attr.as_str();
        let Some(named) = found.names.get_mut(name) else { continue };
        let node = facts.nodes().id(store);
        let stored = facts.value_of_store(store);
        let receiver = facts.receiver(&store.value);
        let (class, initial) = match receiver {
            Receiver::Instance(class, method) => (class, facts.makes_instance(method, DEPTH)),
            Receiver::Class(class) => (class, !facts.is_in_function(facts.nodes().scope(node))),
            Receiver::Other => {
                if stored.is_none_or(|(augmented, _)| !augmented) {
                    named.rebound.get_or_insert(node);
                }
                continue;
            }
        };
        let table = facts.classes();
        let Some(id) = table.id(facts, class) else { continue };
        let Some(&index) = found.attributes.get(&(table.owner(id, name), name)) else { continue };
        let growing = &mut found.all[index as usize];
        if store.ctx == ExprContext::Del {
            growing.shrinks.push(Shrink { node, how: Removal::Delete });
            continue;
        }
        match stored {
            Some((true, _)) => {}
            Some((false, Some(value))) => {
                if facts.is_chained(facts.nodes().parent(node)) {
                    growing.escapes.push(Escape { node, how: Way::Aliased });
                }
                let fresh = facts.fresh_container(value).is_some();
                if initial {
                    if !fresh && !value.is_none_literal_expr() {
                        growing.escapes.push(Escape { node, how: Way::Given });
                    }
                } else if !(fresh && facts.is_under_none_test(node, name)) {
                    growing.shrinks.push(Shrink { node, how: Removal::Rebound });
                }
            }
            _ if initial => growing.escapes.push(Escape { node, how: Way::Given }),
            _ => growing.shrinks.push(Shrink { node, how: Removal::Rebound }),
        }
    }
}

impl<'a> Facts<'a> {
    /// Whether a method runs only while an instance is made: `__init__`, and private methods that
    /// nothing else calls.
    pub(super) fn makes_instance(&self, method: &'a StmtFunctionDef, depth: u32) -> bool {
        if is_initial(method) {
            return true;
        }
        let Some(depth) = depth.checked_sub(1) else { return false };
        if !self.is_private_to_module(method) {
            return false;
        }
        let mut callers = self.callers(method).peekable();
        callers.peek().is_some()
            && callers.all(|edge| {
                self.scopes()
                    .function(edge.caller)
                    .is_some_and(|caller| self.makes_instance(caller, depth))
            })
    }

    /// Whether a scope lies in a function or lambda.
    pub(super) fn is_in_function(&self, scope: ScopeId) -> bool {
        self.scopes()
            .enclosing(scope)
            .any(|(_, scope)| matches!(scope.kind, ScopeKind::Function(_) | ScopeKind::Lambda(_)))
    }

    /// Whether a place runs only if a name or attribute of this name is `None` or missing.
    fn is_under_none_test(&self, node: NodeId, name: &str) -> bool {
        let mut child = node;
        for (id, above) in self.nodes().ancestors(node) {
            match above {
                Node::Stmt(Stmt::If(it)) => {
                    let in_body = self.is_within(&it.body, child);
                    if in_body && tests_none(&it.test, name) {
                        return true;
                    }
                }
                Node::Stmt(Stmt::FunctionDef(_) | Stmt::ClassDef(_)) => return false,
                _ => {}
            }
            child = id;
        }
        false
    }

    /// How long the instances of a class live.
    fn lifetime(&self, class: &'a StmtClassDef) -> Lifetime {
        for call in self.creations(class) {
            let id = self.nodes().id(*call);
            let kept = match self.nodes().get(self.nodes().parent(id)) {
                Some(Node::Stmt(Stmt::Assign(it))) => it.targets.iter().any(Expr::is_name_expr),
                Some(Node::Stmt(Stmt::AnnAssign(_))) => true,
                _ => false,
            };
            if !kept {
                continue;
            }
            let main = |repetition| matches!(repetition, Repetition::Once(reason) if reason.kind == Why::ModuleLevel);
            let scope = self.nodes().scope(id);
            let global = if self.is_in_function(scope) {
                self.is_stored_globally(id)
            } else {
                main(self.repetition(id))
            };
            if global {
                return Lifetime::Singleton(id);
            }
        }
        let name = class.name.as_str();
        if LONG_LIVED.iter().any(|end| name.ends_with(end)) {
            return Lifetime::Role;
        }
        let table = self.classes();
        let known = self.class(class);
        let role = known.is_some_and(|known| {
            table
                .ancestors(known)
                .iter()
                .any(|base| LONG_LIVED.iter().any(|end| base.def.name.as_str().ends_with(end)))
                || known.bases.iter().any(|base| {
                    matches!(base, BaseClass::Library(base)
                if matches!(base.name, "socketserver.TCPServer" | "asyncio.Protocol"))
                })
        });
        if role { Lifetime::Role } else { Lifetime::Unknown }
    }

    /// Whether the statement around a node assigns to a name declared `global`.
    fn is_stored_globally(&self, node: NodeId) -> bool {
        let Some(Node::Stmt(Stmt::Assign(it))) = self.nodes().get(self.nodes().parent(node)) else {
            return false;
        };
        it.targets.iter().any(|target| {
            let Expr::Name(name) = target else { return false };
            let names = self.names();
            matches!(names.resolve(name), Resolution::Binding(binding)
                if names.scope(binding) == ScopeId::MODULE)
        })
    }
}

/// Whether a test asks if something of the name is `None` or empty.
fn tests_none(test: &Expr, name: &str) -> bool {
    let is = |expr: &Expr| match expr {
        Expr::Name(it) => it.id.as_str() == name,
        Expr::Attribute(it) => it.attr.as_str() == name,
        _ => false,
    };
    match test {
        Expr::Compare(it) => {
            matches!(&*it.ops, [ruff_python_ast::CmpOp::Is])
                && matches!(&*it.comparators, [Expr::NoneLiteral(_)])
                && is(&it.left)
        }
        Expr::UnaryOp(it) => match (it.op, &*it.operand) {
            (ruff_python_ast::UnaryOp::Not, Expr::Call(call)) => {
                matches!(&*call.func, Expr::Name(func) if func.id.as_str() == "hasattr")
                    && matches!(call.arguments.args.get(1), Some(Expr::StringLiteral(text))
                        if text.value.to_str() == name)
            }
            (ruff_python_ast::UnaryOp::Not, operand) => is(operand),
            _ => false,
        },
        Expr::BoolOp(it) => it.values.first().is_some_and(|first| tests_none(first, name)),
        _ => false,
    }
}
