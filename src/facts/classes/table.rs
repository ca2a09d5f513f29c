//! Every class of a file with its bases, kind, metaclass, slots and the names of its body.
//!
//! A base is a class of the module that stands above its subclass, a class of the catalogue, or
//! unknown. What is inherited is decided in source order, so no cycle of bases can be followed.
//! Does not see what other modules define: what derives from their classes is unknown.

use ruff_python_ast::{Decorator, Expr, StmtClassDef};

use super::attributes::{self, StoredAttribute};
use super::members::{self, Member};
use super::slots::{self, Slots};
use crate::catalog::classes::{Base, Family};
use crate::facts::Facts;
use crate::facts::nodes::NodeId;

/// The position of a class among the class statements of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassId(u32);

impl ClassId {
    pub(super) fn new(index: usize) -> ClassId {
        ClassId(index as u32)
    }

    /// The position.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What is known without a doubt, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Has {
    /// It has.
    Yes,
    /// It has not.
    No,
    /// Not known.
    Unknown,
}

impl From<Option<bool>> for Has {
    fn from(known: Option<bool>) -> Has {
        match known {
            Some(true) => Has::Yes,
            Some(false) => Has::No,
            None => Has::Unknown,
        }
    }
}

/// A base class.
#[derive(Debug, Clone, Copy)]
pub enum BaseClass {
    /// A class of the module.
    Module(ClassId),
    /// A class of the catalogue.
    Library(&'static Base),
    /// Anything else.
    Unknown,
}

/// What a class is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClassKind {
    /// A class as it is written.
    Plain,
    /// By its own decorator a `dataclasses.dataclass`.
    Dataclass(Options),
    /// By its own decorator a class of `attrs`.
    Attrs(Options),
    /// By its bases.
    Of(Family),
    /// By a base, a metaclass or a decorator that is not known.
    Unknown,
}

/// The options of a dataclass or of `attrs`; `None` where they are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The class is replaced by one with slots.
    pub slots: Option<bool>,
    /// Fields cannot be assigned.
    pub frozen: Option<bool>,
    /// It compares by its fields.
    pub eq: Option<bool>,
    /// It is ordered by its fields.
    pub order: Option<bool>,
    /// `__init__` is made.
    pub init: Option<bool>,
    /// All fields are keywords.
    pub kw_only: Option<bool>,
    /// With slots there is one for weak references.
    pub weakref_slot: Option<bool>,
}

/// The metaclass of a class.
#[derive(Debug, Clone, Copy)]
pub enum Metaclass<'a> {
    /// `type`.
    Type,
    /// `abc.ABCMeta`.
    Abc,
    /// The one of a library's base.
    Library,
    /// The class or a base of it in the module names one.
    Stated(&'a Expr),
    /// Not known.
    Unknown,
}

/// A class of the file.
#[derive(Debug)]
pub struct Class<'a> {
    /// The statement.
    pub def: &'a StmtClassDef,
    /// Its node.
    pub node: NodeId,
    /// Its bases in order.
    pub bases: Vec<BaseClass>,
    /// Whether every base is known, and their bases.
    pub bases_known: bool,
    /// What it is.
    pub kind: ClassKind,
    /// Its metaclass.
    pub metaclass: Metaclass<'a>,
    /// What it says of slots itself.
    pub slots: Slots<'a>,
    /// The names that its body binds, in source order. A name may come more than once.
    pub members: Vec<Member<'a>>,
    /// The classes of the module that derive from it directly.
    pub subclasses: Vec<ClassId>,
    /// Decorators stand above it that are not known to give the class back as it is.
    pub replaced: bool,
    /// The kinds of it and of all its bases, as bits.
    families: u32,
    pub(super) dict: Has,
    pub(super) weakref: Has,
    /// The hierarchy that it belongs to: classes of the module that share a base or a subclass.
    pub(super) hierarchy: u32,
}

impl Class<'_> {
    /// Whether it or a base of it is of the family.
    pub fn is(&self, family: Family) -> bool {
        self.families & bit(family) != 0
    }

    /// Whether its instances have a `__dict__`.
    pub fn has_dict(&self) -> Has {
        self.dict
    }

    /// Whether its instances can be referred to weakly.
    pub fn has_weakref(&self) -> Has {
        self.weakref
    }
}

/// Every class of the file in source order.
#[derive(Debug, Default)]
pub struct ClassTable<'a> {
    classes: Vec<Class<'a>>,
    attributes: Vec<Vec<StoredAttribute<'a>>>,
}

const fn bit(family: Family) -> u32 {
    1 << family as u32
}

impl<'a> ClassTable<'a> {
    pub(in crate::facts) fn build(facts: &Facts<'a>) -> ClassTable<'a> {
        let mut members = members::members(facts);
        let mut classes: Vec<Class<'a>> = Vec::with_capacity(facts.class_statements().len());
        for (index, def) in facts.class_statements().iter().enumerate() {
            let mut class = Class {
                def,
                node: facts.nodes().id(*def),
                bases: Vec::new(),
                bases_known: true,
                kind: ClassKind::Plain,
                metaclass: Metaclass::Type,
                slots: Slots::None,
                members: members.get_mut(index).map(std::mem::take).unwrap_or_default(),
                subclasses: Vec::new(),
                replaced: false,
                families: 0,
                dict: Has::Unknown,
                weakref: Has::Unknown,
                hierarchy: index as u32,
            };
            class.bases =
                def.bases().iter().map(|base| facts.base_class(base, index, DEPTH)).collect();
            inherit(facts, &mut class, &classes);
            decide_kind(facts, &mut class);
            class.slots = slots::stated(facts, &class);
            let (dict, weakref) = slots::layout(&class, &classes);
            (class.dict, class.weakref) = (dict, weakref);
            for base in &class.bases {
                if let BaseClass::Module(id) = base
                    && let Some(base) = classes.get_mut(id.index())
                {
                    base.subclasses.push(ClassId(index as u32));
                }
            }
            classes.push(class);
        }
        connect(&mut classes);
        let attributes = attributes::stored(facts, &classes);
        ClassTable { classes, attributes }
    }

    /// The classes in source order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Class<'a>> {
        self.classes.iter()
    }

    /// The class of an id.
    pub fn get(&self, id: ClassId) -> Option<&Class<'a>> {
        self.classes.get(id.index())
    }

    /// The id of a class statement of the file.
    pub fn id(&self, facts: &Facts<'a>, def: &StmtClassDef) -> Option<ClassId> {
        let node = facts.nodes().id(def);
        let index = self.classes.binary_search_by_key(&node, |class| class.node).ok()?;
        Some(ClassId(index as u32))
    }

    /// The classes of the module that a class derives from, nearest first; without itself.
    pub fn ancestors(&self, class: &Class<'a>) -> Vec<&Class<'a>> {
        let mut found: Vec<ClassId> = Vec::new();
        let mut seen = rustc_hash::FxHashSet::default();
        let mut stack: Vec<ClassId> = bases_in_module(class).collect();
        stack.reverse();
        while let Some(id) = stack.pop() {
            if !seen.insert(id) {
                continue;
            }
            found.push(id);
            if let Some(base) = self.get(id) {
                let from = stack.len();
                stack.extend(bases_in_module(base));
                stack[from..].reverse();
            }
        }
        found.into_iter().filter_map(|id| self.get(id)).collect()
    }

    /// The attributes that the module stores on a class or on its instances, in source order of
    /// the first store. Without what other receivers than `self` and the class get.
    pub fn attributes(&self, class: &Class<'a>) -> &[StoredAttribute<'a>] {
        self.classes
            .binary_search_by_key(&class.node, |class| class.node)
            .ok()
            .and_then(|index| self.attributes.get(index))
            .map_or(&[], Vec::as_slice)
    }

    /// Whose attribute a name is: that of the whole hierarchy of the class; a private name is its
    /// own class's alone.
    pub(in crate::facts) fn owner(&self, id: ClassId, name: &str) -> u32 {
        if name.starts_with("__") && !name.ends_with("__") {
            return u32::MAX - id.0;
        }
        self.get(id).map_or(u32::MAX, |class| class.hierarchy)
    }
}

fn bases_in_module<'f>(class: &'f Class<'_>) -> impl Iterator<Item = ClassId> + 'f {
    class.bases.iter().filter_map(|base| match base {
        BaseClass::Module(id) => Some(*id),
        _ => None,
    })
}

/// A longer chain of names for one base is not followed.
const DEPTH: u32 = 8;

/// The callee of a decorator with arguments, else the decorator.
pub(super) fn called(expr: &Expr) -> &Expr {
    match expr {
        Expr::Call(call) => &call.func,
        other => other,
    }
}

fn inherit<'a>(facts: &Facts<'a>, class: &mut Class<'a>, above: &[Class<'a>]) {
    let arguments = class.def.arguments.as_deref();
    let stated = arguments.and_then(|arguments| arguments.find_keyword("metaclass"));
    let spread = arguments.is_some_and(|arguments| {
        arguments.keywords.iter().any(|keyword| keyword.arg.is_none())
            || arguments.args.iter().any(Expr::is_starred_expr)
    });
    let mut metaclass = match stated.map(|keyword| &keyword.value) {
        _ if spread => Metaclass::Unknown,
        None => Metaclass::Type,
        Some(value) => match facts.qualified(value) {
            Some("abc.ABCMeta") => {
                class.families |= bit(Family::Abc);
                Metaclass::Abc
            }
            Some("enum.EnumMeta" | "enum.EnumType") => {
                class.families |= bit(Family::Enum);
                Metaclass::Library
            }
            Some("type") => Metaclass::Type,
            _ => Metaclass::Stated(value),
        },
    };
    class.bases_known = !spread;
    for base in &class.bases {
        let inherited = match base {
            BaseClass::Module(id) => {
                let Some(base) = above.get(id.index()) else { continue };
                class.families |= base.families;
                class.bases_known &= base.bases_known && !base.replaced;
                base.metaclass
            }
            BaseClass::Library(base) => {
                class.families |= bit(base.family);
                match base.family {
                    Family::Abc | Family::Protocol => Metaclass::Abc,
                    _ if base.meta => Metaclass::Library,
                    _ => Metaclass::Type,
                }
            }
            BaseClass::Unknown => {
                class.bases_known = false;
                Metaclass::Unknown
            }
        };
        // The most derived metaclass wins; a stated one must derive from all others.
        metaclass = match (metaclass, inherited) {
            (Metaclass::Stated(it), _) => Metaclass::Stated(it),
            (Metaclass::Type, other) => other,
            (own, Metaclass::Type) => own,
            (Metaclass::Unknown, other) | (other, Metaclass::Unknown) => match other {
                Metaclass::Stated(it) => Metaclass::Stated(it),
                _ => Metaclass::Unknown,
            },
            (Metaclass::Abc, other) => other,
            (own, _) => own,
        };
    }
    class.metaclass = metaclass;
}

/// What the class's own decorators and bases make of it.
fn decide_kind<'a>(facts: &Facts<'a>, class: &mut Class<'a>) {
    let mut decorated = None;
    for decorator in &class.def.decorator_list {
        match facts.record_decorator(decorator) {
            Some(kind) => decorated = Some(kind),
            None => class.replaced |= !is_neutral(facts, decorator),
        }
    }
    let strongest = STRONGEST.iter().copied().find(|family| class.families & bit(*family) != 0);
    class.kind = match (decorated, strongest) {
        (Some(kind), _) => kind,
        // These decide whatever else is mixed in.
        (None, Some(family)) if family >= Family::Thread => ClassKind::Of(family),
        (None, _) if !class.bases_known || class.replaced => ClassKind::Unknown,
        (None, Some(family)) => ClassKind::Of(family),
        (None, None) => match class.metaclass {
            Metaclass::Type => ClassKind::Plain,
            _ => ClassKind::Unknown,
        },
    };
}

fn is_neutral<'a>(facts: &Facts<'a>, decorator: &'a Decorator) -> bool {
    facts.qualified(called(&decorator.expression)).is_some_and(|name| {
        super::NEUTRAL.contains(&name)
            || matches!(name, "enum.unique" | "typing.runtime_checkable" | "enum.verify")
    })
}

/// Families from the one that decides most to the least.
const STRONGEST: &[Family] = &[
    Family::Enum,
    Family::NamedTuple,
    Family::TypedDict,
    Family::Struct,
    Family::Pydantic,
    Family::Orm,
    Family::Structure,
    Family::NeuralModule,
    Family::Exception,
    Family::Protocol,
    Family::TestCase,
    Family::Thread,
    Family::Builtin,
    Family::Abc,
];

/// The representative of a position's set; paths are halved on the way.
fn root(parent: &mut [u32], mut at: u32) -> u32 {
    while parent[at as usize] != at {
        parent[at as usize] = parent[parent[at as usize] as usize];
        at = parent[at as usize];
    }
    at
}

/// Joins the classes of the module that derive from one another: by the least of their positions.
fn connect(classes: &mut [Class<'_>]) {
    let mut parent: Vec<u32> = (0..classes.len() as u32).collect();
    for (index, class) in classes.iter().enumerate() {
        for id in bases_in_module(class) {
            let (a, b) = (root(&mut parent, index as u32), root(&mut parent, id.0));
            parent[a.max(b) as usize] = a.min(b);
        }
    }
    for (index, class) in classes.iter_mut().enumerate() {
        class.hierarchy = root(&mut parent, index as u32);
    }
}

impl<'a> Facts<'a> {
    /// Every class of the file.
    pub fn classes(&self) -> &ClassTable<'a> {
        self.class_table.get_or_init(|| ClassTable::build(self))
    }

    /// What is known of a class statement of the file.
    pub fn class(&self, def: &StmtClassDef) -> Option<&Class<'a>> {
        let table = self.classes();
        table.get(table.id(self, def)?)
    }
}
