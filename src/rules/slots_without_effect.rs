//! MEM402: a class with slots whose instances have a dict all the same.

use ruff_python_ast::{Expr, PySourceType, StmtClassDef};
use ruff_text_size::Ranged;

use crate::catalog::classes::Family;
use crate::cx::Cx;
use crate::facts::Facts;
use crate::facts::classes::members::MemberKind;
use crate::facts::classes::slots::{Ineffective, Slots};
use crate::facts::classes::table::{BaseClass, Class, ClassKind, Has};
use crate::facts::cost::{dict_bytes, human_count, instance_bytes};
use crate::rule::{Level, On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/slots-without-effect.md")),
    on: &[On::Class(check)],
    over: &[],
};

/// So many bytes an instance are worth a warning.
const NOTABLE: u64 = 32;

fn check<'a>(cx: &mut Cx<'_, 'a>, def: &'a StmtClassDef) {
    let facts = cx.facts;
    if facts.source.kind() == PySourceType::Stub || facts.source.is_test() {
        return;
    }
    let Some(class) = facts.class(def) else { return };
    // The dict of an exception is made when something is stored in it: slots do save it. `attrs`
    // makes slots unasked.
    if class.replaced
        || class.is(Family::Exception)
        || class.is(Family::Enum)
        || matches!(class.kind, ClassKind::Attrs(_))
    {
        return;
    }
    match facts.ineffective_slots(class) {
        Some(Ineffective::Base(base)) => under_base(cx, class, base),
        Some(Ineffective::DictSlot(range)) => {
            let record = facts.record(class);
            let caches = |at: &Class<'a>| {
                at.members.iter().any(|it| matches!(it.kind, MemberKind::CachedProperty))
            };
            // What anyone can name may get attributes from anyone.
            if !class.def.name.starts_with('_')
                || caches(class)
                || facts.is_open(class, &record)
                || !class.subclasses.is_empty()
            {
                return;
            }
            let label = "this slot gives every instance the `__dict__` that slots save";
            let help = "leave it out, unless something outside sets other attributes";
            cx.report(range, label).level(Level::Info).help(help);
        }
        None => {}
    }
}

fn under_base<'a>(cx: &mut Cx<'_, 'a>, class: &Class<'a>, base: &'a Expr) {
    let facts = cx.facts;
    // Reported once in a line of classes: at the first that has slots.
    let slotted = facts.class_named(base).and_then(|base| facts.class(base));
    if slotted.is_some_and(|base| !matches!(base.slots, Slots::None)) {
        return;
    }
    let source = source(facts, class);
    let minor = cx.settings.target_version.minor;
    let mut level = Level::Warn;
    let mut bytes = String::new();
    if let Some(source) = source
        && let Some(slots) = facts.slot_count(class).filter(|_| is_plain_line(facts, class))
    {
        let held = facts.record(source).attributes.len() as u64;
        let open = instance_bytes(slots, minor).slotted + dict_bytes(slots, held, minor);
        let slotted = instance_bytes(slots + held, minor).slotted;
        if open < slotted + NOTABLE {
            level = Level::Info;
        }
        let (open, slotted) = (human_count(open), human_count(slotted));
        let name = &source.def.name;
        bytes = format!(": {open} bytes an instance; with slots in `{name}` too {slotted}");
    }
    let name = cx.text(base.range()).lines().next().unwrap_or_default();
    let label = format!("`{name}` gives every instance a `__dict__`{bytes}");
    let range = match &class.slots {
        Slots::Literal { node, .. } => facts.nodes().get(*node).map(|node| node.range()),
        _ => None,
    };
    let range = range.unwrap_or(class.def.name.range());
    let help = match source {
        Some(source) => {
            format!("give `{}` slots as well, `()` if it has no attributes", source.def.name)
        }
        None => "leave the slots out, or derive from a class that has some".to_owned(),
    };
    let diagnostic = cx.report(range, label).level(level).help(help);
    if let Some(source) = source {
        diagnostic.related(source.def.name.range(), "no `__slots__` here");
    }
}

/// The class of the module that brings the `__dict__`.
fn source<'f, 'a>(facts: &'f Facts<'a>, class: &Class<'a>) -> Option<&'f Class<'a>> {
    let line = facts.classes().ancestors(class);
    line.into_iter().find(|at| {
        matches!(at.slots, Slots::None)
            && at.has_dict() == Has::Yes
            && at.bases.iter().all(|base| match base {
                BaseClass::Module(id) => {
                    facts.classes().get(*id).is_some_and(|base| base.has_dict() == Has::No)
                }
                BaseClass::Library(base) => base.dict == Some(false),
                BaseClass::Unknown => false,
            })
    })
}

/// Whether the instances hold nothing besides attributes.
fn is_plain_line<'a>(facts: &Facts<'a>, class: &Class<'a>) -> bool {
    let mut line = facts.classes().ancestors(class);
    line.push(class);
    line.iter().flat_map(|at| &at.bases).all(|base| match base {
        BaseClass::Library(base) => base.dict == Some(false) && base.family != Family::Builtin,
        BaseClass::Module(_) => true,
        BaseClass::Unknown => false,
    })
}
