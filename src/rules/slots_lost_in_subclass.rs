//! MEM403: a subclass that says nothing of slots, so its instances have the dict that the base saves.

use ruff_python_ast::{Expr, PySourceType, PythonVersion, StmtClassDef};
use ruff_text_size::Ranged;

use crate::catalog::classes::Family;
use crate::class_edits::{dataclass_slots, slots};
use crate::cx::Cx;
use crate::facts::Facts;
use crate::facts::classes::members::MemberKind;
use crate::facts::classes::record::Record;
use crate::facts::classes::slots::Slots;
use crate::facts::classes::table::{BaseClass, Class, ClassKind, Has};
use crate::facts::cost::{dict_bytes, human_count, instance_bytes};
use crate::rule::{Level, On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/slots-lost-in-subclass.md")),
    on: &[On::Class(check)],
    over: &[],
};

/// Builtin values of which programs keep many, and what a `__dict__` adds to an instance of a
/// subclass, in bytes: up to 3.10, in 3.11, later.
const VALUES: &[(&str, [u64; 3])] = &[
    ("bytes", [8, 8, 16]),
    ("complex", [16, 24, 16]),
    ("float", [16, 24, 16]),
    ("frozenset", [8, 16, 16]),
    ("int", [8, 8, 16]),
    ("str", [16, 24, 16]),
    ("tuple", [8, 8, 16]),
];

/// So many bytes an instance are worth a warning.
const NOTABLE: u64 = 32;

/// Special methods of things of which a program has few: callables, descriptors, contexts.
const FEW: &[&str] = &["__aenter__", "__call__", "__enter__", "__get__", "__next__"];

fn check<'a>(cx: &mut Cx<'_, 'a>, def: &'a StmtClassDef) {
    let facts = cx.facts;
    if facts.source.kind() == PySourceType::Stub || facts.source.is_test() {
        return;
    }
    let Some(class) = facts.class(def) else { return };
    let Some(base) = facts.slots_lost(class) else { return };
    let record = facts.record(class);
    if matches!(class.kind, ClassKind::Attrs(_)) || facts.needs_dict(class, &record) {
        return;
    }
    if makes_others(facts, &record) || is_namespace(facts, class) {
        return;
    }
    let Some(own) = unslotted(facts, class, &record) else { return };
    if !own.is_empty() && facts.is_variable(class) {
        return;
    }
    let minor = cx.settings.target_version.minor;
    let (level, bytes) = match (builtin(facts, class), facts.slot_count(class)) {
        (Some(name), _) => {
            // Beside a value of its own a dict that is empty weighs little.
            if !own.is_empty() {
                return;
            }
            let Some((_, more)) = VALUES.iter().find(|(known, _)| *known == name) else { return };
            let more = more[usize::from(minor.clamp(10, 12) - 10)];
            (Level::Info, format!("{more} more bytes an instance"))
        }
        (None, Some(count)) => {
            let held = own.len() as u64;
            let open = instance_bytes(count, minor).slotted + dict_bytes(count, held, minor);
            let slotted = instance_bytes(count + held, minor).slotted;
            let few = record.methods.iter().any(|it| FEW.contains(&it.name.as_str()));
            let level = if few || open < slotted + NOTABLE { Level::Info } else { Level::Warn };
            let (open, slotted) = (human_count(open), human_count(slotted));
            (level, format!("{open} bytes an instance; with slots {slotted}"))
        }
        (None, None) => return,
    };
    let base = cx.text(base.range()).lines().next().unwrap_or_default();
    let label = format!("`{base}` has no `__dict__`, `{}` has one again: {bytes}", def.name);
    let (fix, help) = match facts.dataclass_decorator(def) {
        Some(_) if cx.settings.target_version < PythonVersion::PY310 => return,
        Some(decorator) => {
            let possible = facts.takes_slots(class, decorator);
            let fix = possible.then(|| dataclass_slots(cx, decorator)).flatten();
            (fix, "add `slots=True` to the decorator".to_owned())
        }
        None => (slots(cx, def, &own), format!("add `__slots__ = {}`", tuple(&own))),
    };
    let help = format!("{help}, unless something outside sets other attributes");
    cx.report(def.name.range(), label).level(level).help(help).fix(fix);
}

/// Whether `__new__` makes no instance of the class, as where it gives plain values in its place.
fn makes_others<'a>(facts: &Facts<'a>, record: &Record<'a>) -> bool {
    let Some(new) = record.method("__new__") else { return false };
    !facts.any_below(facts.nodes().id(new), |expr| match expr {
        Expr::Attribute(it) => it.attr.as_str() == "__new__",
        Expr::Name(name) => matches!(name.id.as_str(), "super" | "cls"),
        _ => false,
    })
}

/// Whether a class of a builtin value does nothing but give names to constants, and nothing makes
/// an instance of it.
fn is_namespace<'a>(facts: &Facts<'a>, class: &Class<'a>) -> bool {
    builtin(facts, class).is_some()
        && !class.members.is_empty()
        && class.members.iter().all(
            |member| matches!(member.kind, MemberKind::Value(value) if value.is_literal_expr()),
        )
        && facts.creations(class.def).is_empty()
}

fn tuple(names: &[&str]) -> String {
    match names {
        [only] => format!("(\"{only}\",)"),
        [] => "()".to_owned(),
        several => format!("(\"{}\")", several.join("\", \"")),
    }
}

/// The builtin value that a class derives from, directly or through classes of the module.
fn builtin<'a>(facts: &Facts<'a>, class: &Class<'a>) -> Option<&'static str> {
    let mut line = facts.classes().ancestors(class);
    line.push(class);
    line.iter().flat_map(|at| &at.bases).find_map(|base| match base {
        BaseClass::Library(base) => match base.family {
            Family::NamedTuple => Some("tuple"),
            Family::Builtin => Some(base.name),
            _ => None,
        },
        BaseClass::Module(_) | BaseClass::Unknown => None,
    })
}

/// The attributes that the class adds to those that have slots. `None` where one has the name of
/// something in a class body, which no slot may have.
fn unslotted<'a>(
    facts: &Facts<'a>,
    class: &Class<'a>,
    record: &Record<'a>,
) -> Option<Vec<&'a str>> {
    let mut line = facts.classes().ancestors(class);
    line.push(class);
    let mut found = Vec::new();
    for attribute in &record.attributes {
        let mut known = false;
        for at in &line {
            known |= at.slots.names().iter().any(|slot| slot.name == attribute.name);
            let generated = matches!(at.slots, Slots::None) && at.has_dict() == Has::No;
            for member in at.members.iter().filter(|member| member.name == attribute.name) {
                match member.kind {
                    MemberKind::Property => known = true,
                    MemberKind::Annotation => known |= generated,
                    MemberKind::Value(_) if generated || attribute.field => known |= generated,
                    _ => return None,
                }
            }
        }
        if !known {
            found.push(attribute.name);
        }
    }
    Some(found)
}
