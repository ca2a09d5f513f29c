//! Growth facts in words.
//!
//! `growth` stands where the container is made: `_cache: dict of the module, grow-only, score 3`.
//! The others stand where the container grows, shrinks, is bounded or gets out of sight.

use super::Teller;
use crate::facts::Facts;
use crate::facts::growth::{
    BoundKind, Container, Exempt, How, Lifetime, Place, Removal, Verdict, Way, When,
};
use crate::facts::nodes::NodeId;

pub(super) fn tell_verdict(facts: &Facts<'_>, teller: &mut Teller) {
    for it in facts.growing() {
        let container = match it.container {
            Container::List => "list",
            Container::Dict => "dict",
            Container::DefaultDict => "defaultdict",
            Container::Counter => "counter",
            Container::Set => "set",
            Container::Deque => "deque",
            Container::Queue => "queue",
            Container::Weak => "weak",
            Container::Cache => "cache",
        };
        let place = match it.place {
            Place::Global => "the module",
            Place::Class(_) => "the class",
            Place::Instance(_) => "instances",
            Place::Default(_) => "a default",
        };
        let verdict = match it.verdict() {
            Verdict::GrowOnly => format!("grow-only, score {}", it.score()),
            Verdict::Bounded => "bounded".to_owned(),
            Verdict::Shrinks => "shrinks".to_owned(),
            Verdict::Escapes => "escapes".to_owned(),
            Verdict::Registry => "registry".to_owned(),
        };
        let lifetime = match it.lifetime {
            Lifetime::Singleton(_) => ", singleton",
            Lifetime::Role => ", role",
            Lifetime::Program | Lifetime::Unknown => "",
        };
        let write_only = if it.is_write_only() { ", write-only" } else { "" };
        let text = format!("{}: {container} of {place}{lifetime}, {verdict}{write_only}", it.name);
        tell(facts, teller, it.definition, text);
    }
}

fn tell(facts: &Facts<'_>, teller: &mut Teller, node: NodeId, text: String) {
    if let Some(node) = facts.nodes().get(node) {
        teller.tell(&node, text);
    }
}

pub(super) fn tell_growths(facts: &Facts<'_>, teller: &mut Teller) {
    for it in facts.growing() {
        for growth in &it.growths {
            let how = match growth.how {
                How::Append => "append",
                How::Key => "key",
                How::Extend => "extend",
                How::Read => "read",
                How::Nested => "nested",
            };
            let why = match (growth.when, growth.exempt) {
                (When::Import, _) => "at import".to_owned(),
                (When::Once, _) => "once".to_owned(),
                (_, Some(Exempt::Register)) => "registered".to_owned(),
                (_, Some(Exempt::Decorator)) => "by a decorator".to_owned(),
                (_, Some(Exempt::ClassCreation)) => "by class creation".to_owned(),
                (_, Some(Exempt::Definition)) => "of definitions".to_owned(),
                (_, Some(Exempt::Constant)) => "of constants".to_owned(),
                (_, None) => format!("score {}", growth.score),
            };
            tell(facts, teller, growth.node, format!("{}: {how} {why}", it.name));
        }
    }
}

pub(super) fn tell_shrinks(facts: &Facts<'_>, teller: &mut Teller) {
    for it in facts.growing() {
        for shrink in &it.shrinks {
            let how = match shrink.how {
                Removal::Method => "method",
                Removal::Delete => "delete",
                Removal::Rebound => "rebound",
                Removal::Operator => "operator",
                Removal::Slice => "slice",
                Removal::Nested => "nested",
            };
            tell(facts, teller, shrink.node, format!("{}: {how}", it.name));
        }
    }
}

pub(super) fn tell_bounds(facts: &Facts<'_>, teller: &mut Teller) {
    for it in facts.growing() {
        for bound in &it.bounds {
            let kind = match bound.kind {
                BoundKind::Size => "size",
                BoundKind::Weak => "weak",
                BoundKind::Length => "length",
                BoundKind::Modulo => "modulo",
                BoundKind::Membership => "membership",
            };
            tell(facts, teller, bound.node, format!("{}: {kind}", it.name));
        }
    }
}

pub(super) fn tell_escapes(facts: &Facts<'_>, teller: &mut Teller) {
    for it in facts.growing() {
        for escape in &it.escapes {
            let how = match escape.how {
                Way::Returned => "returned",
                Way::Passed => "passed",
                Way::Aliased => "aliased",
                Way::Stored => "stored",
                Way::Exported => "exported",
                Way::Reflection => "reflection",
                Way::Given => "given",
                Way::Element => "element",
            };
            tell(facts, teller, escape.node, format!("{}: {how}", it.name));
        }
    }
}
