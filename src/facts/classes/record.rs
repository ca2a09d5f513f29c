//! What the instances of a class hold, and whether slots could hold it.

use ruff_python_ast::{AnyParameterRef, Expr, ExprContext, Stmt, StmtClassDef, StmtFunctionDef};
use ruff_text_size::{Ranged, TextRange};

use super::dynamic::DynamicKind;
use super::members::{Member, MemberKind};
use super::table::{BaseClass, Class, ClassKind, Metaclass, called};
use crate::catalog::classes::{Family, Hook};
use crate::facts::Facts;
use crate::facts::nodes::Node;
use crate::facts::scopes::{DefinitionKind, Resolution};

/// What the instances of a class hold.
#[derive(Debug)]
pub struct Record<'a> {
    /// The class.
    pub class: &'a StmtClassDef,
    /// The functions of the class body.
    pub methods: Vec<&'a StmtFunctionDef>,
    /// The attributes: the fields of a dataclass first, then those that every instance gets when
    /// it is made, then the others, each in the order of their first assignment.
    pub attributes: Vec<Attribute<'a>>,
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
    /// Whether it is a field of a dataclass.
    pub field: bool,
}

impl<'a> Record<'a> {
    /// Whether instances have an attribute of the name.
    pub fn holds(&self, name: &str) -> bool {
        self.attributes.iter().any(|attribute| attribute.name == name)
    }

    /// The method of the name.
    pub fn method(&self, name: &str) -> Option<&'a StmtFunctionDef> {
        self.methods.iter().copied().find(|method| method.name.as_str() == name)
    }
}

impl<'a> Facts<'a> {
    /// What the instances of a class hold.
    pub fn record(&self, class: &Class<'a>) -> Record<'a> {
        let mut record = Record { class: class.def, methods: Vec::new(), attributes: Vec::new() };
        let is_dataclass = matches!(class.kind, ClassKind::Dataclass(_));
        for stmt in &class.def.body {
            match stmt {
                Stmt::FunctionDef(def) => record.methods.push(def),
                Stmt::AnnAssign(it) if is_dataclass && is_field(&it.annotation) => {
                    let Expr::Name(name) = &*it.target else { continue };
                    let (name, range) = (name.id.as_str(), name.range);
                    record.attributes.push(Attribute { name, range, initial: true, field: true });
                }
                _ => {}
            }
        }
        let initial = self.initial_methods(&record.methods);
        for stored in self.classes().attributes(class) {
            if !(stored.initial || stored.later) || record.holds(stored.name) {
                continue;
            }
            let Some(first) = self.nodes().get(stored.first) else { continue };
            let in_helper = || {
                initial
                    .iter()
                    .any(|method| self.nodes().contains(self.nodes().id(*method), stored.first))
            };
            record.attributes.push(Attribute {
                name: stored.name,
                range: first.range(),
                initial: stored.initial || in_helper(),
                field: false,
            });
        }
        record.attributes.sort_by_key(|attribute| !attribute.initial);
        record
    }

    /// Whether a class derives from `object` alone, or from `typing.Generic`, which is slotted,
    /// and nothing replaces it or decides how it is made.
    pub fn is_plain_record(&self, class: &Class<'a>) -> bool {
        let plain_bases = class.bases.iter().all(|base| match base {
            BaseClass::Library(base) => base.name == "object" || base.family == Family::Generic,
            _ => false,
        });
        plain_bases
            && !class.replaced
            && class.def.keywords().is_empty()
            && matches!(class.metaclass, Metaclass::Type)
            && matches!(class.kind, ClassKind::Plain | ClassKind::Dataclass(_))
    }

    /// Whether something in the class or the module keeps the set of the attributes open, or needs
    /// what slots take away.
    pub fn is_open(&self, class: &Class<'a>, record: &Record<'a>) -> bool {
        self.needs_dict(class, record)
            || self.dynamic_evidence(class).iter().any(|it| matches!(it.kind, DynamicKind::Hook(_)))
    }

    /// Whether something in the class or the module uses the `__dict__` of instances or refers to
    /// them weakly, or may do so. Without what special methods may need.
    pub fn needs_dict(&self, class: &Class<'a>, record: &Record<'a>) -> bool {
        let uses = self.class_uses();
        if uses.reflective
            || uses.patched.contains(&class.node)
            || class.def.body.iter().any(|stmt| self.runs_code(stmt))
            || self.classes().attributes(class).iter().any(|it| {
                // A name of the class body would conflict with a slot.
                let special = it.name.starts_with("__") && it.name.ends_with("__");
                special || it.deleted || record.method(it.name).is_some()
            })
            || self
                .dynamic_evidence(class)
                .iter()
                .any(|it| !matches!(it.kind, DynamicKind::Hook(hook) if hook != Hook::Attributes))
        {
            return true;
        }
        let decorators = record.methods.iter().flat_map(|method| &method.decorator_list);
        if !decorators.into_iter().all(|it| self.is_known_decorator(called(&it.expression))) {
            return true;
        }
        uses.foreign_stores.iter().any(|store| {
            let name = store.attr.as_str();
            // A default of the class body that instances get their own value for.
            let is_default = |member: &Member<'_>| {
                matches!(member.kind, MemberKind::Value(_)) && member.name == name
            };
            if !record.holds(name) && class.members.iter().any(is_default) {
                return true;
            }
            !record.holds(name)
                && record.method(name).is_none()
                && self.may_hold(&store.value, record)
        })
    }

    /// Whether an attribute of the class holds, or may hold, another instance of it.
    pub fn is_self_referential(&self, class: &Class<'a>, record: &Record<'a>) -> bool {
        let annotations = class.def.body.iter().filter_map(|stmt| match stmt {
            Stmt::AnnAssign(it) => Some(&*it.annotation),
            _ => None,
        });
        if annotations.into_iter().any(|annotation| self.mentions(annotation, class.def)) {
            return true;
        }
        let linked = self.creations(class.def).iter().any(|call| {
            match self.nodes().get(self.nodes().parent(self.nodes().id(*call))) {
                Some(Node::Stmt(Stmt::Assign(it))) => it.targets.iter().any(|target| {
                    matches!(target, Expr::Attribute(target) if record.holds(target.attr.as_str())
                        && !self.is_self_of_another(&target.value, class.def))
                }),
                _ => false,
            }
        });
        if linked {
            return true;
        }
        record.method("__init__").is_some_and(|method| {
            method
                .parameters
                .iter()
                .filter_map(AnyParameterRef::annotation)
                .any(|annotation| self.mentions(annotation, class.def))
                || self.nodes().descendants(self.nodes().id(method)).any(|id| {
                    matches!(self.nodes().get(id), Some(Node::Stmt(Stmt::AnnAssign(it)))
                        if self.mentions(&it.annotation, class.def))
                })
        })
    }

    /// The methods that run when an instance is made: `__init__` and what it calls on `self`.
    fn initial_methods(&self, methods: &[&'a StmtFunctionDef]) -> Vec<&'a StmtFunctionDef> {
        let starts =
            |def: &&StmtFunctionDef| matches!(def.name.as_str(), "__init__" | "__post_init__");
        let mut found: Vec<&'a StmtFunctionDef> = methods.iter().copied().filter(starts).collect();
        let mut at = 0;
        while let Some(method) = found.get(at) {
            at += 1;
            for id in self.nodes().descendants(self.nodes().id(*method)) {
                let Some(Node::Expr(Expr::Attribute(it))) = self.nodes().get(id) else { continue };
                let named = |def: &&&StmtFunctionDef| def.name.as_str() == it.attr.as_str();
                let Some(helper) = methods.iter().find(named) else { continue };
                let of_self = matches!(&*it.value, Expr::Name(owner)
                    if self.class_of_self(owner).is_some());
                if of_self && !found.iter().any(|known| std::ptr::eq(*known, *helper)) {
                    found.push(helper);
                }
            }
        }
        found
    }

    /// Whether a statement of a class body may bind anything, or bind a descriptor.
    fn runs_code(&self, stmt: &'a Stmt) -> bool {
        match stmt {
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) | Stmt::Pass(_) => false,
            Stmt::AnnAssign(it) => it.value.as_deref().is_some_and(|value| !self.is_inert(value)),
            Stmt::Assign(it) => {
                !self.is_inert(&it.value) || !it.targets.iter().all(Expr::is_name_expr)
            }
            Stmt::Expr(it) => {
                !matches!(&*it.value, Expr::StringLiteral(_) | Expr::EllipsisLiteral(_))
            }
            _ => true,
        }
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
    fn may_hold(&self, receiver: &'a Expr, record: &Record<'a>) -> bool {
        let Expr::Name(name) = receiver else { return false };
        let names = self.names();
        let Resolution::Binding(binding) = names.resolve(name) else { return false };
        // What `__new__` of the base makes is an instance of the class whose `__new__` asks for it.
        let made = names.definitions(binding).any(|definition| {
            matches!(definition.kind, DefinitionKind::Assign { value: Expr::Call(call), .. }
                if matches!(&*call.func, Expr::Attribute(it) if it.attr.as_str() == "__new__")
                    && self.nodes().contains(self.nodes().id(record.class), definition.node))
        });
        if made {
            return true;
        }
        let possible = names.definitions(binding).any(|definition| match definition.kind {
            DefinitionKind::Assign { value: Expr::Call(call), .. } => {
                match self.class_named(&call.func) {
                    Some(class) => std::ptr::eq(class, record.class),
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
                        .is_none_or(|annotation| self.mentions(annotation, record.class))
            }
            _ => true,
        });
        possible
            && names.reads(binding).all(|(id, _)| match self.nodes().get(self.nodes().parent(id)) {
                Some(Node::Expr(Expr::Attribute(it))) if it.ctx == ExprContext::Load => {
                    let name = it.attr.as_str();
                    record.holds(name) || record.method(name).is_some()
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
                // `Tree.Node` is another class than `Tree`.
                Some(Node::Expr(Expr::Name(name))) => {
                    let of = self.nodes().get(self.nodes().parent(id));
                    name.id.as_str() == wanted
                        && !matches!(of, Some(Node::Expr(Expr::Attribute(_))))
                }
                Some(Node::Expr(Expr::StringLiteral(it))) => it
                    .value
                    .to_str()
                    .split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.')))
                    .any(|word| word.rsplit('.').next() == Some(wanted)),
                _ => false,
            }
        })
    }

    /// Whether a receiver is the instance of another class.
    fn is_self_of_another(&self, receiver: &'a Expr, class: &'a StmtClassDef) -> bool {
        matches!(receiver, Expr::Name(name)
            if self.class_of_self(name).is_some_and(|of| !std::ptr::eq(of, class)))
    }
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
