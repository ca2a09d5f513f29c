//! How a module uses its classes: one pass over its calls, imports and attribute stores.

use ruff_python_ast::{
    ArgOrKeyword, Expr, ExprAttribute, ExprCall, Stmt, StmtClassDef, StmtFunctionDef,
};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::Facts;
use crate::facts::likely::Likely;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::{DefinitionKind, Resolution};

/// How the module uses its classes. Built once, when first asked for.
#[derive(Debug, Default)]
pub struct ClassUses<'a> {
    /// The calls that create instances, by class.
    created: FxHashMap<NodeId, Vec<&'a ExprCall>>,
    /// The `map(Class, ..)` that creates instances, by class.
    mapped: FxHashMap<NodeId, &'a ExprCall>,
    /// Classes that get an attribute from outside, `Class.name = ..`, or are given to a call that
    /// may change them.
    pub(super) patched: FxHashSet<NodeId>,
    /// Attributes stored on values other than `self`.
    pub(super) foreign_stores: Vec<&'a ExprAttribute>,
    /// Something in the module reads the namespace of some instance or refers to it weakly.
    pub(super) reflective: bool,
}

impl<'a> ClassUses<'a> {
    pub(super) fn build(facts: &Facts<'a>) -> ClassUses<'a> {
        let mut uses = ClassUses::default();
        let known: FxHashSet<&str> =
            facts.class_statements().iter().map(|class| class.name.as_str()).collect();
        let likely: Likely = known.iter().copied().collect();
        let is_class = |name: &str| (facts.plain || likely.may_hold(name)) && known.contains(name);
        for call in facts.call_sites() {
            uses.call(facts, call, &is_class);
        }
        uses.reflective |= facts.scopes().definitions.iter().any(|it| match it.kind {
            DefinitionKind::Import(path) => matches!(path, "weakref" | "copyreg" | "mock"),
            DefinitionKind::ImportFrom { module, member, .. } => {
                matches!(module, "weakref" | "unittest.mock" | "mock" | "copyreg")
                    || (module, member) == ("unittest", "mock")
            }
            _ => false,
        });
        for store in facts.attribute_stores() {
            if let Some(class) = facts.class_named(&store.value) {
                uses.patched.insert(facts.nodes().id(class));
                continue;
            }
            let of_self = matches!(&*store.value, Expr::Name(owner)
                if facts.class_of_self(owner).is_some());
            if !of_self {
                uses.foreign_stores.push(store);
            }
        }
        if facts.plain || facts.source.text().contains("__dict__") {
            uses.reflective |= facts.nodes().entries.iter().any(|entry| {
                matches!(entry.node, Node::Expr(Expr::Attribute(it))
                    if it.attr.as_str() == "__dict__" && is_open_receiver(facts, &it.value))
            });
        }
        uses
    }

    fn call(&mut self, facts: &Facts<'a>, call: &'a ExprCall, is_class: &dyn Fn(&str) -> bool) {
        let is_known = |expr: &Expr| match expr {
            Expr::Name(name) => is_class(name.id.as_str()),
            Expr::Attribute(it) => is_class(it.attr.as_str()),
            _ => false,
        };
        let mut create = |class: &'a StmtClassDef| {
            self.created.entry(facts.nodes().id(class)).or_default().push(call);
        };
        let callee = if let Expr::Subscript(it) = &*call.func { &it.value } else { &call.func };
        match &**callee {
            callee if is_known(callee) => {
                if let Some(class) = facts.class_named(callee) {
                    create(class);
                }
            }
            Expr::Name(name) if name.id.as_str() == "cls" => {
                // `cls(..)` in a class method creates the class around it.
                if let Some(class) = facts.class_of_self(name) {
                    create(class);
                }
            }
            Expr::Name(name) if matches!(name.id.as_str(), "vars" | "setattr" | "delattr") => {
                let first = call.arguments.args.first();
                self.reflective |= first.is_some_and(|first| is_open_receiver(facts, first));
                return;
            }
            // A class method that returns `cls(..)` creates as well.
            Expr::Attribute(it) if is_known(&it.value) => {
                if let Some(class) = facts.class_named(&it.value)
                    && class.body.iter().any(|stmt| {
                        matches!(stmt, Stmt::FunctionDef(def)
                        if def.name.as_str() == it.attr.as_str() && returns_cls(def))
                    })
                {
                    create(class);
                }
            }
            _ => {}
        }
        for argument in call.arguments.iter_source_order().map(ArgOrKeyword::value) {
            if !is_known(argument) {
                continue;
            }
            let Some(class) = facts.class_named(argument) else { continue };
            match facts.qualified(&call.func) {
                Some("map" | "itertools.starmap") => {
                    self.mapped.entry(facts.nodes().id(class)).or_insert(call);
                }
                Some(
                    "isinstance"
                    | "issubclass"
                    | "typing.cast"
                    | "dataclasses.field"
                    | "collections.defaultdict"
                    | "super"
                    | "print"
                    | "repr"
                    | "id"
                    | "hash"
                    | "typing.TypeVar",
                ) => {}
                _ => {
                    self.patched.insert(facts.nodes().id(class));
                }
            }
        }
    }
}

impl<'a> Facts<'a> {
    /// How the module uses its classes.
    pub fn class_uses(&self) -> &ClassUses<'a> {
        self.class_uses.get_or_init(|| ClassUses::build(self))
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
        self.derived_from.get_or_init(|| derived_from(self)).contains(&self.nodes().id(class))
    }
}

/// The classes that another class of the module derives from.
fn derived_from(facts: &Facts<'_>) -> FxHashSet<NodeId> {
    let bases = facts.class_statements().iter().flat_map(|class| class.bases());
    let named = bases.filter_map(|base| match base {
        Expr::Subscript(it) => facts.class_named(&it.value),
        base => facts.class_named(base),
    });
    named.map(|base| facts.nodes().id(base)).collect()
}

/// Whether a method is a class method that ends in `return cls(..)`.
fn returns_cls(def: &StmtFunctionDef) -> bool {
    matches!(def.body.last(), Some(Stmt::Return(it)) if matches!(it.value.as_deref(),
        Some(Expr::Call(call)) if matches!(&*call.func,
            Expr::Name(name) if name.id.as_str() == "cls")))
}

/// Whether the namespace that is looked into may be that of an instance of any class: not that of
/// a method's own instance, which its class answers for, nor that of a module, class or function.
fn is_open_receiver<'a>(facts: &Facts<'a>, receiver: &'a Expr) -> bool {
    let Expr::Name(name) = receiver else {
        return !receiver.is_string_literal_expr() && facts.qualified(receiver).is_none();
    };
    if facts.class_of_self(name).is_some() {
        return false;
    }
    let names = facts.names();
    let Resolution::Binding(binding) = names.resolve(name) else { return false };
    names.definitions(binding).any(|definition| !definition.kind.is_code())
}
