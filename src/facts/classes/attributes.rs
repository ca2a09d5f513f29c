//! The attributes that a module stores on its classes and on their instances.

use ruff_python_ast::{
    Expr, ExprAttribute, ExprContext, ExprName, Stmt, StmtClassDef, StmtFunctionDef,
};
use rustc_hash::FxHashMap;

use super::mangling::AttrName;
use super::table::Class;
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::{DefinitionKind, Resolution, ScopeKind};

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
    Instance(&'a StmtClassDef, &'a StmtFunctionDef),
    /// A class.
    Class(&'a StmtClassDef),
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
                if gets_class(method) {
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

    /// The class whose method's first parameter the name is: `self`, or `cls`.
    pub fn class_of_self(&self, name: &'a ExprName) -> Option<&'a StmtClassDef> {
        self.method_of_self(name).map(|(class, _)| class)
    }

    /// The class of which an expression is the instance that a method is called on: `self`.
    pub(in crate::facts) fn class_of_own(&self, expr: &'a Expr) -> Option<&'a StmtClassDef> {
        let (class, method) = self.method_of_self(expr.as_name_expr()?)?;
        (!gets_class(method)).then_some(class)
    }

    /// The class and method whose first parameter the name is. Does not ask what decorators are
    /// called elsewhere: what a name of `self` means may be asked on the way to that.
    fn method_of_self(
        &self,
        name: &'a ExprName,
    ) -> Option<(&'a StmtClassDef, &'a StmtFunctionDef)> {
        let names = self.names();
        let Resolution::Binding(binding) = names.resolve(name) else { return None };
        let definition = names.only_definition(binding)?;
        let DefinitionKind::Parameter { parameter, .. } = definition.kind else { return None };
        let method = self.scopes().function(definition.scope)?;
        let parameters = &method.parameters;
        let first = parameters.posonlyargs.first().or(parameters.args.first())?;
        if !std::ptr::eq(&raw const first.parameter, parameter)
            || is_decorated(method, &["staticmethod", "abstractstaticmethod"])
        {
            return None;
        }
        Some((self.scopes().class_around(definition.scope)?, method))
    }
}

/// Whether the first parameter of a method is the class. `__new__` gets it too; what it makes goes
/// by another name.
pub(in crate::facts) fn gets_class(method: &StmtFunctionDef) -> bool {
    matches!(method.name.as_str(), "__new__" | "__init_subclass__" | "__class_getitem__")
        || is_decorated(method, &["classmethod", "abstractclassmethod"])
}

/// Whether a decorator goes by one of some names, whatever module it is an attribute of.
fn is_decorated(method: &StmtFunctionDef, names: &[&str]) -> bool {
    method.decorator_list.iter().any(|decorator| match &decorator.expression {
        Expr::Name(name) => names.contains(&name.id.as_str()),
        Expr::Attribute(it) => names.contains(&it.attr.as_str()),
        _ => false,
    })
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
        ScopeKind::Class(def) => Some(def),
        _ => None,
    });
    class.map_or(AttrName::outside(written), |class| AttrName::new(class, written))
}
