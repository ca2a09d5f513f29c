//! Slots: what a class says of them, what that makes of its instances, and what contradicts it.

use ruff_python_ast::{Expr, ExprContext, Stmt, StmtClassDef};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

use super::attributes::StoredAttribute;
use super::mangling::AttrName;
use super::members::{Member, MemberKind};
use super::table::{BaseClass, Class, ClassKind, Has, Metaclass};
use crate::catalog::classes::Family;
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};

/// What a class body says of slots.
#[derive(Debug)]
pub enum Slots<'a> {
    /// Nothing.
    None,
    /// The names, in order.
    Literal {
        /// How they are written.
        form: SlotForm,
        /// The names.
        names: Vec<Slot<'a>>,
        /// The statement.
        node: NodeId,
    },
    /// Something that is computed, conditional or changed. The node is the statement.
    Computed(NodeId),
}

/// How slots are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SlotForm {
    /// `("x", "y")`.
    Tuple,
    /// `["x", "y"]`.
    List,
    /// `{"x", "y"}`.
    Set,
    /// `"x"`: one slot.
    Str,
    /// `{"x": "what it is"}`.
    Dict,
    /// `"x y".split()`.
    Split,
}

/// A slot.
#[derive(Debug, Clone, Copy)]
pub struct Slot<'a> {
    /// The name as it is written.
    pub name: &'a str,
    /// Where it is written.
    pub range: TextRange,
}

/// Why slots save nothing.
#[derive(Debug, Clone, Copy)]
pub enum Ineffective<'a> {
    /// `"__dict__"` is one of them.
    DictSlot(TextRange),
    /// The base has a `__dict__`.
    Base(&'a Expr),
}

/// What a class body says of slots, by its members.
pub(super) fn stated<'a>(facts: &Facts<'a>, class: &Class<'a>) -> Slots<'a> {
    let mut said = class.members.iter().filter(|member| member.name == "__slots__");
    let Some(first) = said.next() else { return Slots::None };
    let MemberKind::Value(value) = first.kind else {
        // An annotation alone declares nothing.
        return match first.kind {
            MemberKind::Annotation if said.next().is_none() => Slots::None,
            _ => Slots::Computed(first.node),
        };
    };
    let conditional = facts.nodes().parent(first.node) != class.node;
    if said.next().is_some() || conditional || is_changed(facts, class, value) {
        return Slots::Computed(first.node);
    }
    match names(value) {
        Some((form, names)) => Slots::Literal { form, names, node: first.node },
        None => Slots::Computed(first.node),
    }
}

/// Whether the class body does something else with its slots: `__slots__.append(..)`.
fn is_changed<'a>(facts: &Facts<'a>, class: &Class<'a>, value: &Expr) -> bool {
    let mutable = matches!(value, Expr::List(_) | Expr::Dict(_) | Expr::Set(_));
    mutable
        && facts.nodes().descendants(class.node).any(|id| {
            matches!(facts.nodes().get(id), Some(Node::Expr(Expr::Name(name)))
                if name.id.as_str() == "__slots__" && name.ctx == ExprContext::Load)
        })
}

fn names(value: &Expr) -> Option<(SlotForm, Vec<Slot<'_>>)> {
    let (form, elements): (SlotForm, Vec<&Expr>) = match value {
        Expr::Tuple(it) => (SlotForm::Tuple, it.elts.iter().collect()),
        Expr::List(it) => (SlotForm::List, it.elts.iter().collect()),
        Expr::Set(it) => (SlotForm::Set, it.elts.iter().collect()),
        Expr::StringLiteral(_) => (SlotForm::Str, vec![value]),
        Expr::Dict(it) => {
            (SlotForm::Dict, it.items.iter().map(|item| item.key.as_ref()).collect::<Option<_>>()?)
        }
        Expr::Call(call) => {
            let Expr::Attribute(func) = &*call.func else { return None };
            let Expr::StringLiteral(text) = &*func.value else { return None };
            if func.attr.as_str() != "split" || !call.arguments.is_empty() {
                return None;
            }
            let range = text.range();
            let names = text.value.to_str().split_whitespace();
            return Some((SlotForm::Split, names.map(|name| Slot { name, range }).collect()));
        }
        _ => return None,
    };
    if !elements.iter().all(|element| element.is_string_literal_expr()) {
        return None;
    }
    let names = elements.into_iter().filter_map(|element| match element {
        Expr::StringLiteral(it) => Some(Slot { name: it.value.to_str(), range: it.range() }),
        _ => None,
    });
    Some((form, names.collect()))
}

/// Whether the class itself adds a `__dict__` and a place for weak references; `Unknown` where it
/// depends on what is not known.
fn own_layout(class: &Class<'_>) -> (Has, Has) {
    match class.kind {
        ClassKind::Dataclass(options) | ClassKind::Attrs(options) => match options.slots {
            Some(true) => {
                let stated = matches!(class.slots, Slots::None);
                return if stated {
                    (Has::No, options.weakref_slot.into())
                } else {
                    stated_layout(class)
                };
            }
            None => return (Has::Unknown, Has::Unknown),
            Some(false) => {}
        },
        ClassKind::Of(Family::TypedDict) => return (Has::No, Has::No),
        // The class statement itself is the tuple type; what derives from it is a class.
        ClassKind::Of(Family::NamedTuple)
            if class.bases.iter().any(|base| {
                matches!(base, BaseClass::Library(base)
                if base.family == Family::NamedTuple && base.meta)
            }) =>
        {
            return (Has::No, Has::No);
        }
        ClassKind::Of(Family::Struct) => return (Has::Unknown, Has::Unknown),
        _ => {}
    }
    stated_layout(class)
}

fn stated_layout(class: &Class<'_>) -> (Has, Has) {
    let has = |names: &[Slot<'_>], wanted: &str| {
        if names.iter().any(|slot| slot.name == wanted) { Has::Yes } else { Has::No }
    };
    match &class.slots {
        Slots::None => (Has::Yes, Has::Yes),
        Slots::Literal { names, .. } => (has(names, "__dict__"), has(names, "__weakref__")),
        Slots::Computed(_) => (Has::Unknown, Has::Unknown),
    }
}

/// Whether instances have a `__dict__`, and whether they can be referred to weakly.
pub(super) fn layout(class: &Class<'_>, above: &[Class<'_>]) -> (Has, Has) {
    let mut found = own_layout(class);
    let mut variable = false;
    for base in &class.bases {
        let (dict, weakref) = match base {
            BaseClass::Module(id) => above
                .get(id.index())
                .map_or((Has::Unknown, Has::Unknown), |base| (base.dict, base.weakref)),
            BaseClass::Library(base) => {
                // Metaclasses vary in size too, but `type` has a place for weak references.
                variable |= base.variable && base.weakref != Some(true);
                (base.dict.into(), base.weakref.into())
            }
            BaseClass::Unknown => (Has::Unknown, Has::Unknown),
        };
        found = (join(found.0, dict), join(found.1, weakref));
    }
    // A subclass of `int` or `tuple` gets a `__dict__` but no place for weak references.
    if variable && found.1 == Has::Yes {
        found.1 = Has::No;
    }
    if derives_from_variable(class, above) && found.1 == Has::Yes {
        found.1 = Has::Unknown;
    }
    // What stands above the class or makes it may add slots or a namespace.
    let open = !class.bases_known
        || class.replaced
        || matches!(class.metaclass, Metaclass::Unknown | Metaclass::Stated(_));
    if open { (Has::Unknown, Has::Unknown) } else { found }
}

fn derives_from_variable(class: &Class<'_>, above: &[Class<'_>]) -> bool {
    class.bases.iter().any(|base| match base {
        BaseClass::Module(id) => above
            .get(id.index())
            .is_some_and(|base| base.is(Family::Builtin) || base.is(Family::NamedTuple)),
        _ => false,
    })
}

fn join(a: Has, b: Has) -> Has {
    match (a, b) {
        (Has::Yes, _) | (_, Has::Yes) => Has::Yes,
        (Has::No, Has::No) => Has::No,
        _ => Has::Unknown,
    }
}

impl<'a> Slots<'a> {
    /// The names; none where they are not literal.
    pub fn names(&self) -> &[Slot<'a>] {
        match self {
            Slots::Literal { names, .. } => names,
            Slots::None | Slots::Computed(_) => &[],
        }
    }
}

impl<'a> Facts<'a> {
    /// Slots that a class states twice: the later one with the earlier.
    pub fn repeated_slots(&self, class: &Class<'a>) -> Vec<(Slot<'a>, Slot<'a>)> {
        let mut seen: FxHashMap<&str, Slot<'a>> = FxHashMap::default();
        let mut found = Vec::new();
        for slot in class.slots.names() {
            match seen.get(slot.name) {
                Some(first) => found.push((*slot, *first)),
                None => {
                    seen.insert(slot.name, *slot);
                }
            }
        }
        found
    }

    /// Slots that a base in the module states as well. Private names of two classes differ.
    pub fn overlapping_slots(&self, class: &Class<'a>) -> Vec<(Slot<'a>, &'a StmtClassDef)> {
        if class.slots.names().is_empty() {
            return Vec::new();
        }
        let mut above: FxHashMap<AttrName<'a>, &'a StmtClassDef> = FxHashMap::default();
        for base in self.classes().ancestors(class) {
            for slot in base.slots.names() {
                above.entry(AttrName::new(base.def, slot.name)).or_insert(base.def);
            }
        }
        let names = class.slots.names().iter();
        names
            .filter(|slot| !matches!(slot.name, "__dict__" | "__weakref__"))
            .filter_map(|slot| Some((*slot, *above.get(&AttrName::new(class.def, slot.name))?)))
            .collect()
    }

    /// Slots whose name the class body binds to something: Python refuses such a class.
    pub fn shadowed_slots(&self, class: &Class<'a>) -> Vec<(Slot<'a>, Member<'a>)> {
        let deletes = class.def.body.iter().any(|stmt| matches!(stmt, Stmt::Delete(_)));
        // A metaclass may take the names out of the body.
        let plain = matches!(class.metaclass, Metaclass::Type | Metaclass::Abc);
        if class.slots.names().is_empty() || deletes || !plain {
            return Vec::new();
        }
        let bound: FxHashMap<&str, Member<'a>> = class
            .members
            .iter()
            .filter(|member| {
                // What stands under an `if` may not be bound at all.
                self.nodes().parent(member.node) == class.node
                    && !matches!(member.kind, MemberKind::Annotation)
            })
            .map(|member| (member.name, *member))
            .collect();
        let names = class.slots.names().iter();
        names
            // These two make no descriptor of their name: the class may have its own.
            .filter(|slot| !matches!(slot.name, "__dict__" | "__weakref__"))
            .filter_map(|slot| Some((*slot, *bound.get(slot.name)?)))
            .collect()
    }

    /// Attributes that methods store on instances that have neither a slot nor a `__dict__` for
    /// them. Empty where a descriptor or hook may take them.
    pub fn unslotted_attributes(&self, class: &Class<'a>) -> Vec<StoredAttribute<'a>> {
        let generated = matches!(class.kind, ClassKind::Dataclass(_) | ClassKind::Attrs(_));
        let stated = matches!(class.slots, Slots::Literal { .. });
        if class.has_dict() != Has::No || !(stated || generated) {
            return Vec::new();
        }
        let table = self.classes();
        let mut known: FxHashSet<AttrName<'a>> = FxHashSet::default();
        let mut line = table.ancestors(class);
        line.push(class);
        for at in line {
            if matches!(at.slots, Slots::Computed(_)) {
                return Vec::new();
            }
            if matches!(at.slots, Slots::None) && at.has_dict() == Has::No {
                // Slots that a decorator made: the annotations.
                known.extend(at.members.iter().map(|it| AttrName::new(at.def, it.name)));
            }
            for member in &at.members {
                if member.name == "__setattr__" {
                    return Vec::new();
                }
                // Only a plain value is no descriptor; a method cannot be assigned either.
                if !matches!(member.kind, MemberKind::Annotation) {
                    known.insert(AttrName::new(at.def, member.name));
                }
            }
            let names = at.slots.names().iter();
            known.extend(names.map(|slot| AttrName::new(at.def, slot.name)));
        }
        table
            .attributes(class)
            .iter()
            .filter(|it| {
                (it.initial || it.later)
                    && !(it.name.starts_with("__") && it.name.ends_with("__"))
                    && !known.contains(&AttrName::new(class.def, it.name))
            })
            .copied()
            .collect()
    }

    /// Why the slots of a class save nothing, if they do not.
    pub fn ineffective_slots(&self, class: &Class<'a>) -> Option<Ineffective<'a>> {
        let generated = matches!(class.kind,
            ClassKind::Dataclass(it) | ClassKind::Attrs(it) if it.slots == Some(true));
        if !generated && !matches!(class.slots, Slots::Literal { .. }) {
            return None;
        }
        if let Some(slot) = class.slots.names().iter().find(|slot| slot.name == "__dict__") {
            return Some(Ineffective::DictSlot(slot.range));
        }
        let table = self.classes();
        let at = class.bases.iter().position(|base| match base {
            BaseClass::Module(id) => table.get(*id).is_some_and(|it| it.has_dict() == Has::Yes),
            BaseClass::Library(base) => base.dict == Some(true),
            BaseClass::Unknown => false,
        })?;
        class.def.bases().get(at).map(Ineffective::Base)
    }

    /// How many slots the instances of a class have, with those of its bases in the module. `None`
    /// where that is not known.
    pub fn slot_count(&self, class: &Class<'a>) -> Option<u64> {
        let mut line = self.classes().ancestors(class);
        line.push(class);
        let mut count = 0;
        for at in line {
            count += match (&at.slots, at.kind) {
                (Slots::Literal { names, .. }, _) => {
                    let special =
                        |slot: &&Slot<'_>| matches!(slot.name, "__dict__" | "__weakref__");
                    names.len() - names.iter().filter(special).count()
                }
                (Slots::None, ClassKind::Dataclass(it)) if it.slots == Some(true) => {
                    self.record(at).attributes.iter().filter(|attribute| attribute.field).count()
                }
                (Slots::None, ClassKind::Of(Family::Abc | Family::Protocol)) => 0,
                (Slots::None, ClassKind::Attrs(_) | ClassKind::Of(_) | ClassKind::Unknown)
                | (Slots::Computed(_), _) => return None,
                (Slots::None, _) => 0,
            };
        }
        Some(count as u64)
    }

    /// Whether a class derives from one whose instances differ in size, as those of `int` and
    /// `tuple` do: Python refuses it slots of its own.
    pub fn is_variable(&self, class: &Class<'a>) -> bool {
        let table = self.classes();
        let mut line = table.ancestors(class);
        line.push(class);
        line.iter().flat_map(|at| &at.bases).any(|base| match base {
            BaseClass::Library(base) => base.variable || base.family == Family::NamedTuple,
            BaseClass::Module(_) | BaseClass::Unknown => false,
        })
    }

    /// The base whose instances have no `__dict__` while those of the class, which says nothing of
    /// slots, have one again. Not for bases that only mark: `object`, `Generic`, `ABC`, and classes
    /// of the module that state no slot themselves, nor any of their bases.
    pub fn slots_lost(&self, class: &Class<'a>) -> Option<&'a Expr> {
        if !matches!(class.slots, Slots::None) || class.has_dict() != Has::Yes {
            return None;
        }
        let table = self.classes();
        let mut lost = None;
        for (base, expr) in class.bases.iter().zip(class.def.bases()) {
            let slotted = match base {
                BaseClass::Module(id) => {
                    let base = table.get(*id)?;
                    match base.has_dict() {
                        Has::No => self.slot_count(base) != Some(0) && !base.is(Family::TypedDict),
                        Has::Yes | Has::Unknown => return None,
                    }
                }
                BaseClass::Library(base) => match base.dict {
                    Some(false) => matches!(base.family, Family::Builtin | Family::NamedTuple),
                    _ => return None,
                },
                BaseClass::Unknown => return None,
            };
            if slotted && lost.is_none() {
                lost = Some(expr);
            }
        }
        lost
    }

    /// The `cached_property` members of a class whose instances have no `__dict__`: each fails when
    /// it is read.
    pub fn uncacheable_properties(&self, class: &Class<'a>) -> Vec<Member<'a>> {
        // `attrs` makes slots for them.
        if class.has_dict() != Has::No || matches!(class.kind, ClassKind::Attrs(_)) {
            return Vec::new();
        }
        let members = class.members.iter();
        members.filter(|it| matches!(it.kind, MemberKind::CachedProperty)).copied().collect()
    }
}
