//! Class facts in words. All but `dynamic` and `kept` stand where the class statement begins, or at
//! the slot or attribute that they are about.

use ruff_text_size::{Ranged, TextRange};

use super::Teller;
use crate::catalog::classes::{Family, Hook};
use crate::facts::Facts;
use crate::facts::classes::dynamic::DynamicKind;
use crate::facts::classes::kept::Kept;
use crate::facts::classes::slots::{Ineffective, SlotForm, Slots};
use crate::facts::classes::table::{ClassKind, Has, Metaclass, Options};
use crate::facts::repetition::Repetition;

fn family(family: Family) -> &'static str {
    match family {
        Family::Plain => "plain",
        Family::Generic => "generic",
        Family::Abc => "abc",
        Family::Builtin => "builtin",
        Family::Thread => "thread",
        Family::TestCase => "test case",
        Family::Protocol => "protocol",
        Family::Exception => "exception",
        Family::NeuralModule => "neural module",
        Family::Structure => "structure",
        Family::Orm => "orm",
        Family::Pydantic => "pydantic",
        Family::Struct => "struct",
        Family::TypedDict => "typed dict",
        Family::NamedTuple => "named tuple",
        Family::Enum => "enum",
    }
}

fn options(head: &str, it: Options) -> String {
    let mut text = head.to_owned();
    // Only what differs from the plain decorator.
    let mut say = |name: &str, value: Option<bool>, usual: bool| match value {
        None => {
            text.push(' ');
            text.push_str(name);
            text.push('?');
        }
        Some(value) if value != usual => {
            text.push_str(if value { " " } else { " no-" });
            text.push_str(name);
        }
        Some(_) => {}
    };
    say("slots", it.slots, false);
    say("frozen", it.frozen, false);
    say("eq", it.eq, true);
    say("order", it.order, false);
    say("init", it.init, true);
    say("kw-only", it.kw_only, false);
    text
}

pub(super) fn tell_kind(facts: &Facts<'_>, teller: &mut Teller) {
    for class in facts.classes().iter() {
        let mut text = format!("{}: ", class.def.name);
        text.push_str(&match class.kind {
            ClassKind::Plain => "plain".to_owned(),
            ClassKind::Dataclass(it) => options("dataclass", it),
            ClassKind::Attrs(it) => options("attrs", it),
            ClassKind::Of(it) => family(it).to_owned(),
            ClassKind::Unknown => "unknown".to_owned(),
        });
        match class.metaclass {
            Metaclass::Stated(meta) => {
                text.push_str(", metaclass ");
                text.push_str(facts.source.slice(meta.range()));
            }
            Metaclass::Unknown if class.bases_known => text.push_str(", metaclass unknown"),
            _ => {}
        }
        teller.tell(&class.def.name, text);
    }
}

pub(super) fn tell_layout(facts: &Facts<'_>, teller: &mut Teller) {
    for class in facts.classes().iter() {
        let say = |has: Has, what: &str| match has {
            Has::Yes => what.to_owned(),
            Has::No => format!("no {what}"),
            Has::Unknown => format!("{what}?"),
        };
        let (dict, weakref) = (say(class.has_dict(), "dict"), say(class.has_weakref(), "weakref"));
        teller.tell(&class.def.name, format!("{}: {dict}, {weakref}", class.def.name));
    }
}

fn at(teller: &mut Teller, range: TextRange, text: String) {
    teller.tell(&range, text);
}

pub(super) fn tell_slots(facts: &Facts<'_>, teller: &mut Teller) {
    for class in facts.classes().iter() {
        let name = class.def.name.as_str();
        match &class.slots {
            Slots::None => {}
            Slots::Literal { form, names, node } => {
                let form = match form {
                    SlotForm::Tuple => "tuple",
                    SlotForm::List => "list",
                    SlotForm::Set => "set",
                    SlotForm::Str => "str",
                    SlotForm::Dict => "dict",
                    SlotForm::Split => "split",
                };
                let names: Vec<&str> = names.iter().map(|slot| slot.name).collect();
                if let Some(node) = facts.nodes().get(*node) {
                    let names = names.join(", ");
                    let gap = if names.is_empty() { "" } else { " " };
                    teller.tell(&node, format!("{name}: {form}{gap}{names}"));
                }
            }
            Slots::Computed(node) => {
                if let Some(node) = facts.nodes().get(*node) {
                    teller.tell(&node, format!("{name}: computed"));
                }
            }
        }
        for (slot, _) in facts.repeated_slots(class) {
            at(teller, slot.range, format!("{} repeated", slot.name));
        }
        for (slot, base) in facts.overlapping_slots(class) {
            at(teller, slot.range, format!("{} overlaps {}", slot.name, base.name));
        }
        for (slot, _) in facts.shadowed_slots(class) {
            at(teller, slot.range, format!("{} shadowed", slot.name));
        }
        for stored in facts.unslotted_attributes(class) {
            if let Some(node) = facts.nodes().get(stored.first) {
                teller.tell(&node, format!("{} has no slot", stored.name));
            }
        }
        match facts.ineffective_slots(class) {
            Some(Ineffective::DictSlot(range)) => at(teller, range, "no effect".to_owned()),
            Some(Ineffective::Base(base)) => {
                let base = facts.source.slice(base.range());
                teller.tell(&class.def.name, format!("{name}: no effect under {base}"));
            }
            None => {}
        }
        if let Some(base) = facts.slots_lost(class) {
            let base = facts.source.slice(base.range());
            teller.tell(&class.def.name, format!("{name}: lost under {base}"));
        }
        for member in facts.uncacheable_properties(class) {
            if let Some(node) = facts.nodes().get(member.node) {
                teller.tell(&node, format!("{} cannot cache", member.name));
            }
        }
    }
}

pub(super) fn tell_attributes(facts: &Facts<'_>, teller: &mut Teller) {
    for class in facts.classes().iter() {
        let mut text = String::new();
        for it in facts.classes().attributes(class) {
            text.push_str(if text.is_empty() { "" } else { ", " });
            text.push_str(it.name);
            match (it.initial, it.later, it.on_class) {
                (false, true, _) => text.push_str(" later"),
                (false, false, true) => text.push_str(" on the class"),
                _ => {}
            }
            if it.deleted {
                text.push_str(" deleted");
            }
        }
        if !text.is_empty() {
            teller.tell(&class.def.name, format!("{}: {text}", class.def.name));
        }
    }
}

pub(super) fn tell_dynamic(facts: &Facts<'_>, teller: &mut Teller) {
    for class in facts.classes().iter() {
        for it in facts.dynamic_evidence(class) {
            let kind = match it.kind {
                DynamicKind::SetAttr => "setattr",
                DynamicKind::SetNamed => "setattr by a literal",
                DynamicKind::DelAttr => "delattr",
                DynamicKind::Dict => "dict",
                DynamicKind::Vars => "vars",
                DynamicKind::Hook(Hook::Attributes) => "attribute hook",
                DynamicKind::Hook(Hook::Pickling) => "pickling hook",
                DynamicKind::Hook(Hook::Copying) => "copying hook",
                DynamicKind::Hook(Hook::Creation) => "creation hook",
                DynamicKind::Hook(Hook::Finalizing) => "finalizer",
                DynamicKind::Weakref => "weakref",
                DynamicKind::CachedProperty => "cached property",
                DynamicKind::Body => "body",
                DynamicKind::Patched => "patched",
                DynamicKind::Namespace => "namespace",
            };
            if let Some(node) = facts.nodes().get(it.node) {
                teller.tell(&node, format!("{}: {kind}", class.def.name));
            }
        }
    }
}

pub(super) fn tell_kept(facts: &Facts<'_>, teller: &mut Teller) {
    for class in facts.classes().iter() {
        let record = facts.record(class);
        for call in facts.creations(class.def) {
            if let Some(kept) = facts.kept_as(&record, call) {
                let how = if kept == Kept::Yielded { " yielded" } else { "" };
                teller.tell(*call, format!("{}{how}", class.def.name));
            }
        }
    }
}

/// `Row: for loop line 7`, `Row: module level`, `Row: unknown`: where the module makes an instance, and
/// how often that is done.
pub(super) fn tell_created(facts: &Facts<'_>, teller: &mut Teller) {
    for class in facts.classes().iter() {
        for call in facts.creations(class.def) {
            let often = match facts.repetition(facts.nodes().id(*call)) {
                Repetition::Once(reason) | Repetition::Repeat(reason) => {
                    super::repetition::words(facts, reason)
                }
                Repetition::Unknown => "unknown".to_owned(),
            };
            teller.tell(*call, format!("{}: {often}", class.def.name));
        }
    }
}
