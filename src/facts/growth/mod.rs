//! Growth: the containers that outlive a call, and what makes them longer and shorter.
//!
//! Answers for module globals, class attributes, attributes of instances and mutable defaults that
//! are bound to a fresh container: every operation of the module that makes it grow or shrink, what
//! bounds it, where it escapes to, whether it is read, and how many different keys it may get.
//! Attributes of one name in classes that derive from one another are one container; an operation
//! on the attribute of that name of an unknown object counts as a removal or an escape of each.
//!
//! Does not know other modules: a public container may be cleared by whoever imports it. Does not
//! follow an alias further than one local name, nor a container that is given to a function.

mod containers;
mod exports;
mod fresh;
mod keys;
mod registry;
mod uses;

use ruff_python_ast::{Expr, StmtClassDef, StmtFunctionDef};

use super::Facts;
use super::nodes::NodeId;
pub use crate::catalog::growth::Container;

/// Where a container is held.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// In a name of the module.
    Global,
    /// In a class: all instances share it.
    Class(&'a StmtClassDef),
    /// In each instance of a class.
    Instance(&'a StmtClassDef),
    /// In the default of a parameter of a function.
    Default(&'a StmtFunctionDef),
}

/// A container that outlives a call, and what happens to it.
#[derive(Debug)]
pub struct Growing<'a> {
    /// The name or attribute.
    pub name: &'a str,
    /// Where it is held.
    pub place: Place<'a>,
    /// What it is.
    pub container: Container,
    /// The expression that first makes it.
    pub definition: NodeId,
    /// What makes it grow, in source order.
    pub growths: Vec<Growth<'a>>,
    /// What makes it shrink.
    pub shrinks: Vec<Shrink>,
    /// What bounds it.
    pub bounds: Vec<Bound>,
    /// Where it gets out of sight.
    pub escapes: Vec<Escape>,
    /// How often it, or an element of it, is read.
    pub reads: u32,
    /// How long what holds it lives.
    pub lifetime: Lifetime,
    /// Whether its elements are containers that the module makes.
    nested: bool,
}

/// A place where a container grows.
#[derive(Debug, Clone, Copy)]
pub struct Growth<'a> {
    /// The call, or the statement that stores.
    pub node: NodeId,
    /// How.
    pub how: How,
    /// The key, where it is written.
    pub key: Option<&'a Expr>,
    /// The element or value, where it is written.
    pub element: Option<&'a Expr>,
    /// When it runs.
    pub when: When,
    /// Why it is no growth over time: what the entries are is fixed by the program.
    pub exempt: Option<Exempt>,
    /// How likely it is that the keys, or the calls, have no end; 2 and more is likely.
    pub score: i32,
}

/// How a container grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// One element: `append`, `put`, `heappush`.
    Append,
    /// An entry for a key or value: `add`, `setdefault`, `C[k] = v`.
    Key,
    /// Many: `extend`, `update`, `+=`, `|=`.
    Extend,
    /// A `defaultdict` is read.
    Read,
    /// An element that is itself a container grows: `C[k].append(v)`.
    Nested,
}

/// When an operation runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// While the module or a class body is executed.
    Import,
    /// In a function that runs once in a process, or while an instance is made.
    Once,
    /// Whenever a function is called.
    Call,
}

/// Why a growth is bounded by the program's own text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exempt {
    /// In a function called `register..`, in one that refuses to have a key twice, or in one called
    /// `subscribe`, `add_handler` and the like that puts the function or class into it that it gets.
    Register,
    /// In a decorator.
    Decorator,
    /// In a hook of class creation, or a metaclass.
    ClassCreation,
    /// The key is a type, class or function.
    Definition,
    /// The key is a literal or constant, of an enumeration, or one of a stated few.
    Constant,
}

/// A place where a container shrinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shrink {
    /// The node.
    pub node: NodeId,
    /// How.
    pub how: Removal,
}

/// How a container shrinks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removal {
    /// A method: `pop`, `clear`, `remove`, a queue's `get`.
    Method,
    /// `del C[k]`, `del C`.
    Delete,
    /// It is bound anew in a function.
    Rebound,
    /// `C -= ..`, `C &= ..`.
    Operator,
    /// A slice of it is assigned.
    Slice,
    /// An element that is a container shrinks.
    Nested,
}

/// What bounds a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// The place.
    pub node: NodeId,
    /// What it is.
    pub kind: BoundKind,
}

/// What bounds a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoundKind {
    /// `maxlen` or `maxsize`, or a cache of a bounded kind.
    Size,
    /// Entries go with their objects.
    Weak,
    /// Its length is compared with a limit.
    Length,
    /// A key is taken modulo something.
    Modulo,
    /// A key is one of another container.
    Membership,
}

/// A place where a container gets out of sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Escape {
    /// The node.
    pub node: NodeId,
    /// How.
    pub how: Way,
}

/// How a container gets out of sight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It is returned or yielded.
    Returned,
    /// It is an argument of a call.
    Passed,
    /// It gets another name.
    Aliased,
    /// It is stored in something else.
    Stored,
    /// `__all__` names it.
    Exported,
    /// `globals()`, `exec`, `__dict__`, `getattr` with its name or any name.
    Reflection,
    /// Another value than a fresh container is bound to the name.
    Given,
    /// An element that is a container gets out of sight.
    Element,
}

/// How long what holds a container lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifetime {
    /// As long as the program: a module, a class, a default.
    Program,
    /// The module creates an instance for itself, here.
    Singleton(NodeId),
    /// By its name the class is one of which a program has few.
    Role,
    /// Not known.
    Unknown,
}

/// What is to be thought of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It grows and nothing in the module makes it shrink or bounds it.
    GrowOnly,
    /// Something bounds it.
    Bounded,
    /// Something makes it shrink.
    Shrinks,
    /// It gets out of sight.
    Escapes,
    /// It grows only at import, in code that registers, or by keys that the program states.
    Registry,
}

impl<'a> Growing<'a> {
    /// What is to be thought of it.
    pub fn verdict(&self) -> Verdict {
        let mut grown = self.grown().peekable();
        let nested_only = grown.peek().is_some() && grown.all(|growth| growth.how == How::Nested);
        let hidden = |escape: &Escape| nested_only || escape.how != Way::Element;
        if self.shrinks.iter().any(|shrink| nested_only || shrink.how != Removal::Nested) {
            Verdict::Shrinks
        } else if !self.bounds.is_empty() {
            Verdict::Bounded
        } else if self.escapes.iter().any(hidden) {
            Verdict::Escapes
        } else if self.grown().next().is_none() {
            Verdict::Registry
        } else {
            Verdict::GrowOnly
        }
    }

    /// The growths that count: those in functions that may run often, and whose entries the
    /// program's own text does not limit.
    pub fn grown(&self) -> impl Iterator<Item = &Growth<'a>> {
        self.growths.iter().filter(|it| it.when == When::Call && it.exempt.is_none())
    }

    /// How likely it is that it grows without end: the most of the growths that count. 2 and more
    /// is likely.
    pub fn score(&self) -> i32 {
        let drained = self.shrinks.iter().any(|shrink| shrink.how == Removal::Nested);
        let counted = self.grown().filter(|growth| !(drained && growth.how == How::Nested));
        counted.map(|growth| growth.score).max().unwrap_or(0)
    }

    /// Whether it is filled in functions and nothing in the module ever looks into it.
    pub fn is_write_only(&self) -> bool {
        self.reads == 0
            && self.escapes.is_empty()
            && self.growths.iter().any(|growth| growth.when != When::Import)
    }
}

impl<'a> Facts<'a> {
    /// The containers of the file that outlive a call and grow somewhere, in source order.
    pub fn growing(&self) -> &[Growing<'a>] {
        self.growing.get_or_init(|| {
            let mut found = containers::find(self);
            if !found.is_empty() {
                uses::follow(self, &mut found);
            }
            let mut grown = found.grown();
            grown.sort_by_key(|it| it.definition);
            grown
        })
    }
}
