//! The attributes that a module stores on its classes and on their instances.

use ruff_python_ast::{Expr, ExprAttribute, ExprContext, Stmt, StmtFunctionDef};
use rustc_hash::FxHashMap;

use super::mangling::AttrName;
use super::table::Class;
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};

/// An attribute that is stored by `self.name = ..`, `cls.name = ..` or `Class.name = ..`.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each asked for by itself")]
pub struct StoredAttribute<'a> {
    /// The name as it is written first.
    pub name: &'a str,
    /// The first store.
    pub first: NodeId,
    /// How many stores there are.
    pub stores: u32,
    /// `__init__`, `__new__` or `__post_init__` stores it on the instance.
    pub initial: bool,
    /// Another method stores it on the instance.
    pub later: bool,
    /// It is stored on the class.
    pub on_class: bool,
    /// It is deleted somewhere.
    pub deleted: bool,
}

/// Methods in which an instance gets its first attributes.
pub(in crate::facts) fn is_initial(method: &StmtFunctionDef) -> bool {
    matches!(
        method.name.as_str(),
        "__init__" | "__new__" | "__post_init__" | "__attrs_post_init__" | "__setstate__"
    )
}

/// What stands before the dot.
pub(in crate::facts) enum Receiver<'a> {
    /// The instance of a class, in this method.
    Instance(&'a ruff_python_ast::StmtClassDef, &'a StmtFunctionDef),
    /// A class.
    Class(&'a ruff_python_ast::StmtClassDef),
    /// Something else.
    Other,
}

impl<'a> Facts<'a> {
    /// What the receiver of an attribute is: `self`, `cls`, a class of the module.
    pub(in crate::facts) fn receiver(&self, owner: &'a Expr) -> Receiver<'a> {
        match owner {
            Expr::Name(name) => {
                let Some((class, method)) = self.method_of_self(name) else {
                    return self.class_named(owner).map_or(Receiver::Other, Receiver::Class);
                };
                let of_class =
                    matches!(method.name.as_str(), "__init_subclass__" | "__class_getitem__")
                        || method.decorator_list.iter().any(|decorator| {
                            self.is_qualified(&decorator.expression, "classmethod")
                        });
                // `__new__` gets the class; what it makes goes by another name.
                if of_class || method.name.as_str() == "__new__" {
                    Receiver::Class(class)
                } else {
                    Receiver::Instance(class, method)
                }
            }
            // `type(self)` and `self.__class__`, but not `type(cls)`: that is the metaclass.
            Expr::Call(call) => match (&*call.func, &call.arguments.args[..]) {
                (Expr::Name(func), [of]) if func.id.as_str() == "type" => self.class_of(of),
                _ => Receiver::Other,
            },
            Expr::Attribute(it) if it.attr.as_str() == "__class__" => self.class_of(&it.value),
            Expr::Attribute(_) => self.class_named(owner).map_or(Receiver::Other, Receiver::Class),
            _ => Receiver::Other,
        }
    }

    fn class_of(&self, of: &'a Expr) -> Receiver<'a> {
        match self.receiver(of) {
            Receiver::Instance(class, _) => Receiver::Class(class),
            Receiver::Class(_) | Receiver::Other => Receiver::Other,
        }
    }

    /// The class and method whose first parameter the name is.
    fn method_of_self(
        &self,
        name: &'a ruff_python_ast::ExprName,
    ) -> Option<(&'a ruff_python_ast::StmtClassDef, &'a StmtFunctionDef)> {
        let class = self.class_of_self(name)?;
        let names = self.names();
        let crate::facts::scopes::Resolution::Binding(binding) = names.resolve(name) else {
            return None;
        };
        Some((class, self.scopes().function(names.scope(binding))?))
    }
}

/// The stored attributes of each class.
pub(super) fn stored<'a>(
    facts: &Facts<'a>,
    classes: &[Class<'a>],
) -> Vec<Vec<StoredAttribute<'a>>> {
    let mut found: Vec<Vec<StoredAttribute<'a>>> = classes.iter().map(|_| Vec::new()).collect();
    let mut known: FxHashMap<(u32, AttrName<'a>), u32> = FxHashMap::default();
    for store in facts.attribute_stores() {
        let (class, initial, on_class) = match facts.receiver(&store.value) {
            Receiver::Instance(class, method) => (class, is_initial(method), false),
            Receiver::Class(class) => (class, false, true),
            Receiver::Other => continue,
        };
        // `self.x: int` stores nothing.
        let parent = facts.nodes().parent(facts.nodes().id(*store));
        if let Some(Node::Stmt(Stmt::AnnAssign(it))) = facts.nodes().get(parent)
            && it.value.is_none()
        {
            continue;
        }
        let node = facts.nodes().id(class);
        let Ok(index) = classes.binary_search_by_key(&node, |class| class.node) else { continue };
        let attributes = &mut found[index];
        let key = (index as u32, attr_name(facts, store));
        let at = *known.entry(key).or_insert_with(|| {
            attributes.push(StoredAttribute {
                name: store.attr.as_str(),
                first: facts.nodes().id(*store),
                stores: 0,
                initial: false,
                later: false,
                on_class: false,
                deleted: false,
            });
            attributes.len() as u32 - 1
        });
        if let Some(attribute) = attributes.get_mut(at as usize) {
            attribute.stores += 1;
            attribute.initial |= initial;
            attribute.later |= !initial && !on_class;
            attribute.on_class |= on_class;
            attribute.deleted |= store.ctx == ExprContext::Del;
        }
    }
    found
}

/// The name of an attribute as the class around it makes it.
fn attr_name<'a>(facts: &Facts<'a>, store: &'a ExprAttribute) -> AttrName<'a> {
    let written = store.attr.as_str();
    if !written.starts_with("__") {
        return AttrName::outside(written);
    }
    let scope = facts.nodes().scope(facts.nodes().id(store));
    let class = facts.scopes().enclosing(scope).find_map(|(_, scope)| match scope.kind {
        crate::facts::scopes::ScopeKind::Class(def) => Some(def),
        _ => None,
    });
    class.map_or(AttrName::outside(written), |class| AttrName::new(class, written))
}
