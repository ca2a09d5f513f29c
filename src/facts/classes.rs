//! Classes: what their instances hold, and what keeps the set of attributes open.
//!
//! Answers which attributes `self` gets and where, what the class derives from, how it is
//! decorated, and where the module creates it. Whether that is worth a change is a rule's business.

pub mod attributes;
mod bases;
pub mod dynamic;
pub mod mangling;
pub mod members;
pub mod slots;
pub mod table;
mod uses;

use ruff_python_ast::{
    AnyParameterRef, Decorator, Expr, ExprAttribute, ExprCall, ExprContext, Stmt, StmtClassDef,
    StmtFunctionDef,
};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

use super::Facts;
use super::nodes::{Node, NodeId};
use super::scopes::{DefinitionKind, Resolution};

/// How the module uses its classes. Built once, when first asked for.
#[derive(Debug, Default)]
pub struct ClassUses<'a> {
    /// The calls that create instances, by class.
    created: FxHashMap<NodeId, Vec<&'a ExprCall>>,
    /// The `map(Class, ..)` that creates instances, by class.
    mapped: FxHashMap<NodeId, &'a ExprCall>,
    /// Classes that another class of the module derives from.
    derived_from: FxHashSet<NodeId>,
    /// Classes that get an attribute from outside, `Class.name = ..`, or are given to a call that
    /// may change them.
    patched: FxHashSet<NodeId>,
    /// Attributes stored on values other than `self`.
    foreign_stores: Vec<&'a ExprAttribute>,
    /// Something in the module reads the namespace of some instance or refers to it weakly.
    reflective: bool,
}

/// What is known of a class.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each asked for by itself")]
pub struct ClassInfo<'a> {
    /// The class.
    pub class: &'a StmtClassDef,
    /// Whether it derives from `object` alone, or from `typing.Generic`, which is slotted.
    pub plain_bases: bool,
    /// Whether the statement has keywords such as a metaclass.
    pub has_keywords: bool,
    /// What its decorators make of it.
    pub decoration: Decoration<'a>,
    /// Whether the body states `__slots__`.
    pub has_slots: bool,
    /// Names that the class body binds, other than methods.
    pub class_names: Vec<&'a str>,
    /// The functions of the class body.
    pub methods: Vec<&'a StmtFunctionDef>,
    /// The attributes of instances in the order of their first assignment; for a dataclass its
    /// fields first.
    pub attributes: Vec<Attribute<'a>>,
    /// Whether something keeps the set of attributes open, or needs what slots take away.
    pub dynamic: bool,
    /// Whether an attribute holds, or may hold, another instance of the class.
    pub self_referential: bool,
}

impl ClassInfo<'_> {
    /// Whether instances have an attribute of the name.
    pub fn holds(&self, name: &str) -> bool {
        self.attributes.iter().any(|attribute| attribute.name == name)
    }
}

/// An attribute of the instances.
#[derive(Debug, Clone, Copy)]
pub struct Attribute<'a> {
    /// The name.
    pub name: &'a str,
    /// Where it first gets its value.
    pub range: TextRange,
    /// Whether every instance gets it when it is made: a field, or set in `__init__` or in a
    /// method that `__init__` calls.
    pub initial: bool,
}

/// What the decorators of a class make of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Decoration<'a> {
    /// A class as it is written.
    Plain,
    /// A `dataclasses.dataclass`, by its decorator.
    Dataclass(&'a Decorator),
    /// Something else.
    Other,
}

/// Special methods and names of a class body that need an open namespace or depend on the layout.
const OPEN: &[&str] = &[
    "__class__",
    "__copy__",
    "__deepcopy__",
    "__delattr__",
    "__aenter__",
    "__del__",
    "__dict__",
    "__enter__",
    "__getattr__",
    "__getattribute__",
    "__getnewargs__",
    "__getnewargs_ex__",
    "__getstate__",
    "__init_subclass__",
    "__new__",
    "__reduce__",
    "__reduce_ex__",
    "__set_name__",
    "__setattr__",
    "__setstate__",
    "__weakref__",
];

/// Decorators that change neither the layout nor the namespace of instances.
const NEUTRAL: &[&str] = &[
    "functools.total_ordering",
    "typing.final",
    "typing_extensions.final",
    "warnings.deprecated",
    "typing_extensions.deprecated",
];

impl<'a> Facts<'a> {
    /// How the module uses its classes.
    pub fn class_uses(&self) -> &ClassUses<'a> {
        self.class_uses.get_or_init(|| ClassUses::build(self))
    }

    /// The class of this module that an expression names: `Class`, `Outer.Class`, `Class[int]`.
    pub fn class_named(&self, expr: &'a Expr) -> Option<&'a StmtClassDef> {
        match expr {
            Expr::Name(name) => {
                let names = self.names();
                let Resolution::Binding(binding) = names.resolve(name) else { return None };
                match names.only_definition(binding)?.kind {
                    DefinitionKind::Class(class) => Some(class),
                    _ => None,
                }
            }
            Expr::Attribute(it) => {
                self.class_named(&it.value)?.body.iter().find_map(|stmt| match stmt {
                    Stmt::ClassDef(class) if class.name.as_str() == it.attr.as_str() => Some(class),
                    _ => None,
                })
            }
            Expr::Subscript(it) => self.class_named(&it.value),
            _ => None,
        }
    }

    /// The calls in the module that create instances of a class.
    pub fn creations(&self, class: &'a StmtClassDef) -> &[&'a ExprCall] {
        self.class_uses().created.get(&self.nodes().id(class)).map_or(&[], Vec::as_slice)
    }

    /// The `map(Class, ..)` or `starmap` in the module that creates instances of a class.
    pub fn mapped_creation(&self, class: &'a StmtClassDef) -> Option<&'a ExprCall> {
        self.class_uses().mapped.get(&self.nodes().id(class)).copied()
    }

    /// Whether another class of the module derives from a class.
    pub fn is_derived_from(&self, class: &'a StmtClassDef) -> bool {
        self.class_uses().derived_from.contains(&self.nodes().id(class))
    }

    /// What is known of a class.
    pub fn class_info(&self, class: &'a StmtClassDef) -> ClassInfo<'a> {
        let arguments = class.arguments.as_deref();
        let mut info = ClassInfo {
            class,
            plain_bases: class.bases().iter().all(|base| self.is_plain_base(base)),
            has_keywords: arguments.is_some_and(|arguments| !arguments.keywords.is_empty()),
            decoration: self.decoration(class),
            has_slots: false,
            class_names: Vec::new(),
            methods: Vec::new(),
            attributes: Vec::new(),
            dynamic: false,
            self_referential: false,
        };
        self.class_body(&mut info);
        if info.plain_bases && info.decoration != Decoration::Other {
            self.instance_attributes(&mut info);
            info.dynamic = info.dynamic || self.is_open(&info);
            info.self_referential = self.is_self_referential(&info);
        }
        info
    }

    fn is_plain_base(&self, base: &'a Expr) -> bool {
        let base = match base {
            Expr::Subscript(it) => &it.value,
            base => base,
        };
        self.qualified(base).is_some_and(|name| matches!(name, "object" | "typing.Generic"))
    }

    fn decoration(&self, class: &'a StmtClassDef) -> Decoration<'a> {
        let mut found = Decoration::Plain;
        for decorator in &class.decorator_list {
            let callee = match &decorator.expression {
                Expr::Call(call) => &*call.func,
                callee => callee,
            };
            match self.qualified(callee) {
                Some("dataclasses.dataclass") if found == Decoration::Plain => {
                    found = Decoration::Dataclass(decorator);
                }
                Some(name) if NEUTRAL.contains(&name) => {}
                _ => return Decoration::Other,
            }
        }
        found
    }

    fn class_body(&self, info: &mut ClassInfo<'a>) {
        let is_dataclass = matches!(info.decoration, Decoration::Dataclass(_));
        for stmt in &info.class.body {
            match stmt {
                Stmt::FunctionDef(def) => info.methods.push(def),
                Stmt::AnnAssign(it) => {
                    let Expr::Name(name) = &*it.target else { continue };
                    info.dynamic |= it.value.as_deref().is_some_and(|value| !self.is_inert(value));
                    if is_dataclass && Self::is_field(&it.annotation) {
                        info.attributes.push(Attribute {
                            name: name.id.as_str(),
                            range: name.range,
                            initial: true,
                        });
                    } else if it.value.is_some() {
                        info.class_names.push(name.id.as_str());
                    }
                }
                Stmt::Assign(it) => {
                    info.dynamic |= !self.is_inert(&it.value);
                    for target in &it.targets {
                        match target {
                            Expr::Name(name) => info.class_names.push(name.id.as_str()),
                            _ => info.dynamic = true,
                        }
                    }
                }
                Stmt::ClassDef(def) => info.class_names.push(def.name.as_str()),
                Stmt::Expr(it) => {
                    info.dynamic |=
                        !matches!(&*it.value, Expr::StringLiteral(_) | Expr::EllipsisLiteral(_));
                }
                Stmt::Pass(_) => {}
                // A body that runs code may bind anything.
                _ => info.dynamic = true,
            }
        }
        info.has_slots = info.class_names.contains(&"__slots__");
    }

    /// Whether a value of a class body is no descriptor: anything but the result of a call that is
    /// not known.
    fn is_inert(&self, value: &'a Expr) -> bool {
        let Expr::Call(call) = value else { return true };
        self.qualified(&call.func).is_some_and(|name| {
            matches!(
                name,
                "dataclasses.field"
                    | "re.compile"
                    | "bool"
                    | "bytes"
                    | "dict"
                    | "float"
                    | "frozenset"
                    | "int"
                    | "list"
                    | "object"
                    | "range"
                    | "set"
                    | "str"
                    | "tuple"
            )
        })
    }

    /// Whether a dataclass annotation makes a field that instances hold.
    fn is_field(annotation: &Expr) -> bool {
        let inner = match annotation {
            Expr::Subscript(it) => &it.value,
            Expr::StringLiteral(it) => {
                let text = it.value.to_str();
                return !["ClassVar", "InitVar", "KW_ONLY"].iter().any(|word| text.contains(word));
            }
            other => other,
        };
        let last = match inner {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(it) => it.attr.as_str(),
            _ => return true,
        };
        !matches!(last, "ClassVar" | "InitVar" | "KW_ONLY")
    }

    /// The name of a method's own instance: its first parameter.
    fn instance_parameter(&self, method: &'a StmtFunctionDef) -> Option<&'a str> {
        let bound = method.decorator_list.iter().any(|decorator| {
            matches!(self.qualified(&decorator.expression), Some("staticmethod" | "classmethod"))
        });
        let first = method.parameters.iter_non_variadic_params().next()?;
        (!bound).then(|| first.parameter.name.as_str())
    }

    fn instance_attributes(&self, info: &mut ClassInfo<'a>) {
        let initial = self.initial_methods(info);
        let stores = self.attribute_stores();
        let first = stores.partition_point(|store| store.start() < info.class.start());
        for store in &stores[first..] {
            if store.start() >= info.class.end() {
                break;
            }
            let id = self.nodes().id(*store);
            let name = store.attr.as_str();
            let method = self.method_around(id, info);
            let of_self = matches!(&*store.value, Expr::Name(owner)
                if method.and_then(|method| self.instance_parameter(method))
                    == Some(owner.id.as_str()));
            if !of_self {
                continue;
            }
            // A name that the class body binds to a method or property would conflict with a slot.
            if store.ctx == ExprContext::Del
                || name.starts_with("__") && name.ends_with("__")
                || info.methods.iter().any(|method| method.name.as_str() == name)
            {
                info.dynamic = true;
            }
            let in_init = method.is_some_and(|method| initial.contains(&method.name.as_str()));
            match info.attributes.iter_mut().find(|attribute| attribute.name == name) {
                Some(known) => known.initial |= in_init,
                None => {
                    info.attributes.push(Attribute {
                        name,
                        range: store.range(),
                        initial: in_init,
                    });
                }
            }
        }
        info.attributes.sort_by_key(|attribute| !attribute.initial);
    }

    /// The methods that run when an instance is made: `__init__` and what it calls on `self`.
    fn initial_methods(&self, info: &ClassInfo<'a>) -> Vec<&'a str> {
        let mut found = vec!["__init__", "__post_init__"];
        let mut at = 0;
        while at < found.len() {
            let name = found[at];
            at += 1;
            for method in info.methods.iter().filter(|method| method.name.as_str() == name) {
                let Some(own) = self.instance_parameter(method) else { continue };
                for id in self.nodes().descendants(self.nodes().id(*method)) {
                    let Some(Node::Expr(Expr::Attribute(it))) = self.nodes().get(id) else {
                        continue;
                    };
                    let of_self =
                        matches!(&*it.value, Expr::Name(owner) if owner.id.as_str() == own);
                    let attr = it.attr.as_str();
                    if of_self
                        && !found.contains(&attr)
                        && info.methods.iter().any(|method| method.name.as_str() == attr)
                    {
                        found.push(attr);
                    }
                }
            }
        }
        found
    }

    /// The method of the class that a node lies in.
    fn method_around(&self, id: NodeId, info: &ClassInfo<'a>) -> Option<&'a StmtFunctionDef> {
        let class = self.nodes().id(info.class);
        let method = self
            .nodes()
            .ancestors(id)
            .take_while(|(at, _)| *at != class)
            .filter_map(|(_, node)| match node {
                Node::Stmt(Stmt::FunctionDef(def)) => Some(def),
                _ => None,
            })
            .last()?;
        info.methods.iter().any(|known| std::ptr::eq(*known, method)).then_some(method)
    }

    /// Whether something in the class or the module needs an open namespace.
    fn is_open(&self, info: &ClassInfo<'a>) -> bool {
        let uses = self.class_uses();
        let id = self.nodes().id(info.class);
        if uses.reflective || uses.patched.contains(&id) {
            return true;
        }
        if info.methods.iter().any(|method| OPEN.contains(&method.name.as_str())) {
            return true;
        }
        let is_dataclass = matches!(info.decoration, Decoration::Dataclass(_));
        for id in self.nodes().descendants(id) {
            let Some(Node::Expr(expr)) = self.nodes().get(id) else { continue };
            let open = match expr {
                Expr::Attribute(it) => matches!(
                    it.attr.as_str(),
                    "__dict__"
                        | "__setattr__"
                        | "__setstate__"
                        | "__weakref__"
                        | "cached_property"
                        | "update_wrapper"
                ),
                // `parse_args(namespace=self)` sets whatever it finds.
                Expr::Call(it) => it
                    .arguments
                    .keywords
                    .iter()
                    .any(|keyword| keyword.arg.as_ref().is_some_and(|arg| arg == "namespace")),
                // `dataclass(slots=True)` makes a second class: `super()` in it finds the first.
                Expr::Name(it) => match it.id.as_str() {
                    "vars" | "setattr" | "delattr" | "cached_property" | "update_wrapper" => true,
                    "super" | "__class__" => is_dataclass,
                    _ => false,
                },
                _ => false,
            };
            if open {
                return true;
            }
        }
        if info.methods.iter().flat_map(|method| &method.decorator_list).any(|decorator| {
            let callee = match &decorator.expression {
                Expr::Call(call) => &*call.func,
                callee => callee,
            };
            !self.is_known_decorator(callee)
        }) {
            return true;
        }
        uses.foreign_stores.iter().any(|store| {
            !info.attributes.iter().any(|known| known.name == store.attr.as_str())
                && !info.methods.iter().any(|method| method.name.as_str() == store.attr.as_str())
                && self.may_hold(&store.value, info)
        })
    }

    /// Whether a decorator of a method leaves the instance's namespace alone.
    fn is_known_decorator(&self, callee: &'a Expr) -> bool {
        if let Expr::Attribute(it) = callee
            && matches!(it.attr.as_str(), "setter" | "deleter" | "getter")
        {
            return true;
        }
        self.qualified(callee).is_some_and(|name| {
            matches!(
                name,
                "property"
                    | "staticmethod"
                    | "classmethod"
                    | "functools.wraps"
                    | "typing.overload"
                    | "typing.override"
                    | "typing.final"
                    | "typing.no_type_check"
                    | "abc.abstractmethod"
                    | "typing_extensions.override"
                    | "contextlib.contextmanager"
            )
        })
    }

    /// Whether a receiver may be an instance of the class: its definitions do not say otherwise,
    /// and whatever else is asked of it the class has.
    fn may_hold(&self, receiver: &'a Expr, info: &ClassInfo<'a>) -> bool {
        let Expr::Name(name) = receiver else { return false };
        let names = self.names();
        let Resolution::Binding(binding) = names.resolve(name) else { return false };
        let possible = names.definitions(binding).any(|definition| match definition.kind {
            DefinitionKind::Assign { value: Expr::Call(call), .. } => {
                match self.class_named(&call.func) {
                    Some(class) => std::ptr::eq(class, info.class),
                    None => self.qualified(&call.func).is_none(),
                }
            }
            DefinitionKind::Import(_)
            | DefinitionKind::ImportFrom { .. }
            | DefinitionKind::Class(_)
            | DefinitionKind::Function(_) => false,
            DefinitionKind::Parameter { parameter, .. } => {
                // `self` of another class is not an instance of this one.
                self.class_of_self(name).is_none()
                    && parameter
                        .annotation()
                        .is_none_or(|annotation| self.mentions(annotation, info.class))
            }
            _ => true,
        });
        possible
            && names.reads(binding).all(|(id, _)| match self.nodes().get(self.nodes().parent(id)) {
                Some(Node::Expr(Expr::Attribute(it))) if it.ctx == ExprContext::Load => {
                    info.attributes.iter().any(|known| known.name == it.attr.as_str())
                        || info
                            .methods
                            .iter()
                            .any(|method| method.name.as_str() == it.attr.as_str())
                }
                _ => true,
            })
    }

    /// Whether an annotation mentions the class, as a name or in a string.
    fn mentions(&self, annotation: &'a Expr, class: &'a StmtClassDef) -> bool {
        let wanted = class.name.as_str();
        let root = self.nodes().id(annotation);
        std::iter::once(root).chain(self.nodes().descendants(root)).any(|id| {
            match self.nodes().get(id) {
                Some(Node::Expr(Expr::Name(name))) => name.id.as_str() == wanted,
                Some(Node::Expr(Expr::StringLiteral(it))) => it
                    .value
                    .to_str()
                    .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                    .any(|word| word == wanted),
                _ => false,
            }
        })
    }

    /// Whether a receiver is the instance of another class.
    fn is_self_of_another(&self, receiver: &'a Expr, class: &'a StmtClassDef) -> bool {
        matches!(receiver, Expr::Name(name)
            if self.class_of_self(name).is_some_and(|of| !std::ptr::eq(of, class)))
    }

    fn is_self_referential(&self, info: &ClassInfo<'a>) -> bool {
        let annotations = info.class.body.iter().filter_map(|stmt| match stmt {
            Stmt::AnnAssign(it) => Some(&*it.annotation),
            _ => None,
        });
        if annotations.into_iter().any(|annotation| self.mentions(annotation, info.class)) {
            return true;
        }
        let linked = self.creations(info.class).iter().any(|call| {
            match self.nodes().get(self.nodes().parent(self.nodes().id(*call))) {
                Some(Node::Stmt(Stmt::Assign(it))) => it.targets.iter().any(|target| {
                    matches!(target, Expr::Attribute(target) if info.holds(target.attr.as_str())
                        && !self.is_self_of_another(&target.value, info.class))
                }),
                _ => false,
            }
        });
        if linked {
            return true;
        }
        info.methods.iter().filter(|method| method.name.as_str() == "__init__").any(|method| {
            method
                .parameters
                .iter()
                .filter_map(AnyParameterRef::annotation)
                .any(|annotation| self.mentions(annotation, info.class))
                || self.nodes().descendants(self.nodes().id(*method)).any(|id| {
                    matches!(self.nodes().get(id), Some(Node::Stmt(Stmt::AnnAssign(it)))
                        if self.mentions(&it.annotation, info.class))
                })
        })
    }
}
