//! Escapes, changes, invariance and purity in words.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use super::Teller;
use super::usage::assigned;
use crate::facts::Facts;
use crate::facts::comprehensions::Built;
use crate::facts::deferral::{Deferral, Taken};
use crate::facts::escapes::{Escape, Way};
use crate::facts::invariant::Invariance;
use crate::facts::mutation::Change;
use crate::facts::nodes::Node;
use crate::facts::purity::Purity;
use crate::facts::usage::Usage;

/// `rows: returned`, `rows: elements returned`, `rows: no`: of names that a statement gives a
/// value, where they are first defined.
pub(super) fn tell_escapes(facts: &Facts<'_>, teller: &mut Teller) {
    for (binding, definition) in assigned(facts) {
        let text = match (facts.escape(binding), facts.elements_escape(binding)) {
            (Some(escape), _) => format!("{}: {}", definition.name, way(escape)),
            (None, Some(escape)) => format!("{}: elements {}", definition.name, way(escape)),
            (None, None) => format!("{}: no", definition.name),
        };
        teller.tell(&definition.range, text);
    }
}

/// `list comprehension`, `set comprehension filtered`, `tuple of an iterable`: of what is built of
/// one iterable.
pub(super) fn tell_built(facts: &Facts<'_>, teller: &mut Teller) {
    for entry in &facts.nodes().entries {
        let Node::Expr(expr) = entry.node else { continue };
        let Some(built) = facts.built(expr) else { continue };
        let how = match built {
            Built::Comprehension(..) if built.is_filtered() => "comprehension filtered",
            Built::Comprehension(..) => "comprehension",
            Built::Collected(_) => "of an iterable",
        };
        teller.tell(expr, format!("{} {how}", facts.built_word(expr)));
    }
}

/// `drop(..)`: of each call of a function of the file that is there to do something.
pub(super) fn tell_acts(facts: &Facts<'_>, teller: &mut Teller) {
    for call in facts.call_sites().iter().filter(|call| facts.runs_an_act(call)) {
        teller.tell(*call, format!("{}(..)", facts.source.slice(call.func.range())));
    }
}

fn way(escape: Escape) -> &'static str {
    match escape.way {
        Way::Returned => "returned",
        Way::Yielded => "yielded",
        Way::Raised => "raised",
        Way::Stored => "stored",
        Way::Contained => "contained",
        Way::Passed => "passed",
        Way::Captured => "captured",
        Way::Aliased => "aliased",
        Way::Shared => "shared",
        Way::Poisoned => "poisoned",
    }
}

/// `xs: append`: of each place that may change what an assigned name holds.
pub(super) fn tell_changes(facts: &Facts<'_>, teller: &mut Teller) {
    for (binding, definition) in assigned(facts) {
        for mutation in facts.mutations(binding) {
            let change = match mutation.change {
                Change::Method(method) => method,
                Change::Item => "item",
                Change::Attribute => "attribute",
                Change::Augmented => "augmented",
                Change::Passed => "passed",
                Change::Advanced => "advanced",
            };
            if let Some(node) = facts.nodes().get(mutation.node) {
                teller.tell(&node, format!("{}: {change}", definition.name));
            }
        }
    }
}

/// `xs: line 7`, `xs: no`: whether what a name holds may change between its only definition and
/// its last read; told at the definition.
pub(super) fn tell_mutated(facts: &Facts<'_>, teller: &mut Teller) {
    for (binding, definition) in assigned(facts) {
        if facts.names().only_definition(binding).is_none() {
            continue;
        }
        let Some(last) = facts.reads_of(binding).next_back() else { continue };
        let Some(place) = facts.nodes().get(last).and_then(Node::as_expr) else { continue };
        let text = match facts.mutated_between(place, definition.node, last) {
            Some(at) => match facts.nodes().get(at) {
                Some(node) => {
                    format!("{}: line {}", definition.name, facts.source.position(node.start()).row)
                }
                None => format!("{}: unknown", definition.name),
            },
            None => format!("{}: no", definition.name),
        };
        teller.tell(&definition.range, text);
    }
}

/// `same`, `unknown`, `differs`, `line 7`: of lists that are walked where they stand, and with their
/// names of those that a name carries to one walk, whether the items could be made when they are
/// taken.
pub(super) fn tell_deferral(facts: &Facts<'_>, teller: &mut Teller) {
    for walked in facts.walked() {
        let Some(built) = facts.built(walked.iterable) else { continue };
        let answer = facts.deferral(walked.iterable, built, Taken::Here(walked));
        teller.tell(walked.iterable, deferral(facts, walked.iterable, answer));
    }
    for (binding, definition) in assigned(facts) {
        let Some(once) = facts.used_once(binding) else { continue };
        let walked = match once.used.usage {
            Usage::For(node) | Usage::Clause(node, 0) => node,
            Usage::Argument(call, _) => facts.nodes().id(call),
            _ => continue,
        };
        let Some(value) = once.value else { continue };
        let Some(built) = facts.built(value) else { continue };
        let answer = facts.deferral(value, built, Taken::Carried { made: definition.node, walked });
        let text = deferral(facts, value, answer);
        teller.tell(&definition.range, format!("{}: {text}", definition.name));
    }
}

fn deferral<'a>(facts: &Facts<'a>, list: &'a Expr, answer: Deferral) -> String {
    let row = |of: &dyn Ranged| facts.source.position(of.start()).row;
    match answer {
        Deferral::Same => "same".to_owned(),
        Deferral::Unknown => "unknown".to_owned(),
        Deferral::Differs(at) => {
            let line = facts.nodes().get(at).map(|node| row(&node));
            match line.filter(|line| *line != row(list)) {
                Some(line) => format!("line {line}"),
                None => "differs".to_owned(),
            }
        }
    }
}

fn probes<'f, 'a>(
    facts: &'f Facts<'a>,
    name: &'f str,
) -> impl Iterator<Item = (&'a ExprCall, &'a Expr)> + 'f {
    facts.call_sites().iter().filter_map(move |call| {
        match (&*call.func, &call.arguments.args[..]) {
            (Expr::Name(func), [only]) if func.id.as_str() == name => Some((*call, only)),
            _ => None,
        }
    })
}

/// `certain`, `likely`, `no`: whether the argument of a call of `id` is the same in each pass
/// of the innermost loop around.
pub(super) fn tell_invariant(facts: &Facts<'_>, teller: &mut Teller) {
    for (call, argument) in probes(facts, "id") {
        let of = facts.nodes().innermost_loop(facts.nodes().id(call));
        if of.exists() {
            let text = match facts.invariance(argument, of) {
                Invariance::No => "no",
                Invariance::Likely => "likely",
                Invariance::Certain => "certain",
            };
            teller.tell(call, text);
        }
    }
}

/// `differs`, `same`: whether the argument of a call of `probe_pass` is about another object in
/// each pass of the innermost loop around.
pub(super) fn tell_by_pass(facts: &Facts<'_>, teller: &mut Teller) {
    for (call, argument) in probes(facts, "probe_pass") {
        let of = facts.nodes().innermost_loop(facts.nodes().id(call));
        if of.exists() {
            let differs = facts.differs_by_pass(argument, of);
            teller.tell(call, if differs { "differs" } else { "same" });
        }
    }
}

/// `yes`, `no`: whether a test says that the argument of a call of `probe_single` has one item.
pub(super) fn tell_single(facts: &Facts<'_>, teller: &mut Teller) {
    for (call, argument) in probes(facts, "probe_single") {
        let single = facts.is_single_at(argument, facts.nodes().id(call));
        teller.tell(call, if single { "yes" } else { "no" });
    }
}

/// `skipped`, `deferred`, `no`: how pure the argument of a call of `probe_pure` is.
pub(super) fn tell_purity(facts: &Facts<'_>, teller: &mut Teller) {
    for (call, argument) in probes(facts, "probe_pure") {
        let text = if facts.is_pure(argument, Purity::Skipped) {
            "skipped"
        } else if facts.is_pure(argument, Purity::Deferred) {
            "deferred"
        } else {
            "no"
        };
        teller.tell(call, text);
    }
}
