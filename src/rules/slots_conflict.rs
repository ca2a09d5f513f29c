//! MEM404: slots that contradict each other, a base, or the rest of the class.

use ruff_python_ast::{PySourceType, Stmt, StmtClassDef};
use ruff_text_size::{Ranged, TextRange};

use crate::cx::Cx;
use crate::facts::classes::members::MemberKind;
use crate::facts::classes::slots::{Slot, SlotForm, Slots};
use crate::facts::classes::table::Class;
use crate::fix::{Edit, Fix, Safety};
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/slots-conflict.md")),
    on: &[On::Class(check)],
    over: &[],
};

fn check<'a>(cx: &mut Cx<'_, 'a>, def: &'a StmtClassDef) {
    let facts = cx.facts;
    if facts.source.kind() == PySourceType::Stub || facts.source.is_test() {
        return;
    }
    let Some(class) = facts.class(def) else { return };
    for (slot, first) in facts.repeated_slots(class) {
        let label = format!("`{}` is a slot twice: 8 more bytes in every instance", slot.name);
        let fix = without(cx, class, slot);
        cx.report(slot.range, label)
            .help("leave the second one out")
            .related(first.range, "the first one")
            .fix(fix);
    }
    for (slot, base) in facts.overlapping_slots(class) {
        let label = format!(
            "`{}` is a slot of `{}` already: 8 more bytes in every instance",
            slot.name, base.name
        );
        let fix = without(cx, class, slot);
        cx.report(slot.range, label)
            .help("leave it out here")
            .related(base.name.range(), "its slot is used no more")
            .fix(fix);
    }
    for (slot, member) in facts.shadowed_slots(class) {
        let what = match member.kind {
            MemberKind::Method
            | MemberKind::ClassFunction
            | MemberKind::Property
            | MemberKind::CachedProperty => "a method",
            _ => "a value",
        };
        let label = format!(
            "the class has {what} `{}` too: `ValueError` when the class is made",
            slot.name
        );
        cx.report(slot.range, label).help("rename one of them, or set the value in `__init__`");
    }
    // The slots of a class that others derive from may be theirs to state.
    let abstract_slots = class.slots.names().is_empty() && !matches!(class.slots, Slots::None);
    if abstract_slots || facts.is_derived_from(def) {
        return;
    }
    for attribute in facts.unslotted_attributes(class) {
        let Some(node) = facts.nodes().get(attribute.first) else { continue };
        let label = format!("`{}` has no slot: `AttributeError` when it is set", attribute.name);
        let slots = match &class.slots {
            Slots::Literal { node, .. } => facts.nodes().get(*node),
            _ => None,
        };
        let diagnostic = cx.report(node.range(), label).help("give it a slot");
        if let Some(slots) = slots {
            diagnostic.related(slots.range(), "the slots");
        }
    }
    for member in facts.uncacheable_properties(class) {
        let name = facts.nodes().statement(member.node).and_then(|(_, stmt)| match stmt {
            Stmt::FunctionDef(def) => Some(def.name.range()),
            _ => None,
        });
        let Some(range) = name else { continue };
        let label =
            format!("`{}` has no `__dict__` to cache in: `TypeError` when it is read", member.name);
        cx.report(range, label).help("use a `property`, or a slot that it fills itself");
    }
}

/// The fix that takes a slot out of a display. The value of a display that would be left with less
/// than two elements is written anew.
fn without<'a>(cx: &Cx<'_, 'a>, class: &Class<'a>, slot: Slot<'a>) -> Option<Fix> {
    let Slots::Literal { form, names, .. } = &class.slots else { return None };
    if !matches!(form, SlotForm::Tuple | SlotForm::List | SlotForm::Set) {
        return None;
    }
    let at = names.iter().position(|known| known.range == slot.range)?;
    let (previous, next) = (at.checked_sub(1).and_then(|at| names.get(at)), names.get(at + 1));
    let edit = if let (true, SlotForm::Tuple) = (names.len() <= 2, form) {
        let stated = class.members.iter().find(|member| member.name == "__slots__")?;
        let MemberKind::Value(value) = stated.kind else { return None };
        let left = previous.or(next).map_or(String::new(), |it| format!("{},", cx.text(it.range)));
        Edit::replace(value.range(), format!("({left})"))
    } else if let Some(next) = next {
        Edit::delete(TextRange::new(slot.range.start(), next.range.start()))
    } else {
        Edit::delete(TextRange::new(previous?.range.end(), slot.range.end()))
    };
    let clean = !cx.has_comment(edit.range());
    clean.then(|| Fix::new("Leave the slot out", Safety::Unsafe, vec![edit])).flatten()
}
