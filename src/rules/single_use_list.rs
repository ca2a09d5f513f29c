//! MEM104: a list has a name, and is walked once.

mod chain;

use ruff_python_ast::{Comprehension, Expr, PythonVersion, Stmt};
use ruff_text_size::Ranged;

use super::list_in_reduction;
use crate::catalog::consumers::Walk;
use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::comprehensions::Built;
use crate::facts::cost::{Cost, SMALL, human_bytes, human_count, list_bytes};
use crate::facts::deferral::{Deferral, Taken};
use crate::facts::nodes::{Node, NodeId};
use crate::facts::purity::Purity;
use crate::facts::scopes::Definition;
use crate::fix::{Fix, Safety};
use crate::rule::{Level, On, Rule, Spec};
use chain::{By, End, Link};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/single-use-list.md")),
    on: &[On::Assigned(check)],
    over: &["MEM407"],
};

fn check<'f, 'a>(cx: &mut Cx<'f, 'a>, definition: &'f Definition<'a>, value: &'a Expr) {
    let facts = cx.facts;
    // What tests list is small.
    if !chain::may_link(facts, value) || facts.source.is_test() {
        return;
    }
    let Some(binding) = facts.names().bound_by(definition) else { return };
    let Some(first) = chain::link(facts, binding) else { return };
    let Some((links, mut end)) = chain::from(facts, first) else { return };
    // From the end: a list that has to stay one ends the chain for those before it.
    let mut found: Vec<(Link<'f, 'a>, Deferral)> = Vec::new();
    for link in links.iter().rev() {
        match link.built {
            None if found.is_empty() && !end.is_streaming() => return,
            None => {}
            Some(built) => {
                if let Some(deferral) = deferral(cx, link, built, &end) {
                    found.push((*link, deferral));
                } else {
                    report(cx, &mut found, &end);
                    end = chain::collected(facts, link);
                }
            }
        }
    }
    report(cx, &mut found, &end);
}

/// Whether the items of a link could be made one at a time up to the end. `None`: they are few, or
/// have to be made where they are, or may have to.
fn deferral<'a>(
    cx: &Cx<'_, 'a>,
    link: &Link<'_, 'a>,
    built: Built<'a>,
    end: &End<'a>,
) -> Option<Deferral> {
    let facts = cx.facts;
    let value = link.value;
    if facts.length_of(value).is_some_and(|length| length <= SMALL) {
        return None;
    }
    if let By::Consumer(consumer, _) = end.by
        && consumer.name == "statistics.mean"
        && cx.settings.target_version < PythonVersion::PY311
    {
        return None;
    }
    let taken = Taken::Carried { made: link.once.definition.node, walked: end.node };
    Some(facts.deferral(value, built, taken)).filter(|answer| !answer.differs())
}

/// Reports the links, last first, that are walked at one end.
fn report<'a>(cx: &mut Cx<'_, 'a>, found: &mut Vec<(Link<'_, 'a>, Deferral)>, end: &End<'a>) {
    let mut links = std::mem::take(found);
    links.reverse();
    let Some((first, _)) = links.first() else { return };
    let facts = cx.facts;
    let value = first.value;
    let length = facts.length_of(value);
    let cost = length.and_then(|_| facts.cost_of(value));
    let walker = walker(cx, end);
    let names: Vec<String> =
        links.iter().map(|(link, _)| format!("`{}`", link.once.definition.name)).collect();
    let label = match (&names[..], length) {
        ([name], Some(length)) => format!(
            "{name} is a {} of {}{} pointers, {}, that {walker} walks once",
            facts.built_word(value),
            if first.built.is_some_and(Built::is_filtered) { "up to " } else { "" },
            human_count(length),
            human_bytes(cost.map_or(list_bytes(length), |cost| cost.bytes)),
        ),
        ([name], None) => format!("{name} holds all its items at once, and {walker} walks it once"),
        ([before @ .., last], _) => format!(
            "{} and {last} hold all their items at once, on the way to {walker}",
            before.join(", ")
        ),
        ([], _) => return,
    };
    let help = match (&links[..], first.built) {
        ([_, _, ..], _) => "make generators of them".to_owned(),
        (_, Some(Built::Comprehension(..))) => {
            "use parentheses: a generator makes one item at a time".to_owned()
        }
        _ => match value {
            Expr::Call(_) => {
                format!("drop `{}(..)`", facts.built_word(value))
            }
            _ => "use the iterable itself".to_owned(),
        },
    };
    let fix = fix(cx, &links, end);
    let node = end.node;
    let at = match facts.nodes().get(node) {
        Some(Node::Stmt(Stmt::For(it))) => it.iter.range(),
        Some(node) => node.range(),
        None => value.range(),
    };
    let more: Vec<_> = links[1..]
        .iter()
        .map(|(link, _)| {
            (link.value.range(), format!("`{}` is walked once, too", link.once.definition.name))
        })
        .collect();
    let few = first.built.is_some_and(|built| facts.has_few_parts(built));
    let diagnostic = cx.report(value.range(), label);
    if (few || !end.is_streaming()) && diagnostic.level > Level::Info {
        diagnostic.level(Level::Info);
    }
    diagnostic.help(help).fix(fix);
    for (range, message) in more {
        diagnostic.related(range, message);
    }
    diagnostic.related(at, "walked here, and nowhere else");
    diagnostic.cost(cost.or(length.map(list_bytes).map(Cost::exactly)));
}

fn walker<'a>(cx: &Cx<'_, 'a>, end: &End<'a>) -> String {
    match end.by {
        By::Loop => "one loop".to_owned(),
        By::Consumer(_, call) => format!("`{}`", cx.text(call.func.range())),
        By::Membership => "one `in`".to_owned(),
        By::YieldFrom => "`yield from`".to_owned(),
        By::Collection => match cx.facts.nodes().get(end.node) {
            Some(Node::Expr(Expr::ListComp(_))) => "one comprehension",
            Some(Node::Expr(Expr::SetComp(_))) => "one set comprehension",
            Some(Node::Expr(Expr::DictComp(_))) => "one dict comprehension",
            _ => "one list",
        }
        .to_owned(),
    }
}

/// All links become lazy, or none.
fn fix<'a>(cx: &Cx<'_, 'a>, links: &[(Link<'_, 'a>, Deferral)], end: &End<'a>) -> Option<Fix> {
    let facts = cx.facts;
    let mut edits = Vec::new();
    let mut safe = true;
    let need = need(facts, links, end);
    for (link, deferral) in links {
        let built = link.built?;
        edits.extend(edits::lazy(facts, link.value)?);
        let (more, plain) = edits::without_annotation(facts, link.once.definition)?;
        edits.extend(more);
        let pure = match (built, need) {
            (Built::Comprehension(element, clauses), Need::Pure(need)) => {
                facts.is_pure(element, need) && facts.are_clauses_pure(clauses, need)
            }
            (Built::Comprehension(element, clauses), Need::Total) => {
                facts.is_pure(element, Purity::Skipped) && are_total(facts, clauses)
            }
            (Built::Collected(inner), Need::Pure(need)) => {
                list_in_reduction::is_plain_source(facts, inner, need)
            }
            (Built::Collected(inner), Need::Total) => {
                list_in_reduction::is_plain_source(facts, inner, Purity::Skipped)
            }
        };
        let consumed = match end.by {
            By::Consumer(consumer, call) if !end.relayed && links.len() == 1 => {
                list_in_reduction::safety(facts, consumer, call, link.value, built)? == Safety::Safe
            }
            By::Consumer(consumer, _) => consumer.walk != Walk::BySize,
            _ => true,
        };
        safe &= plain && pure && consumed && *deferral == Deferral::Same;
    }
    let title = if links.len() > 1 {
        "Make generators of the lists"
    } else {
        "Make the items one at a time"
    };
    Fix::new(title, if safe { Safety::Safe } else { Safety::Unsafe }, edits)
}

/// What the items have to be for the fix to be safe.
#[derive(Clone, Copy)]
enum Need {
    /// This pure, with the iterables.
    Pure(Purity),
    /// Not able to fail. The first iterable may: it does so before anything else happens.
    Total,
}

fn need<'a>(facts: &Facts<'a>, links: &[(Link<'_, 'a>, Deferral)], end: &End<'a>) -> Need {
    let made: Vec<NodeId> = links.iter().map(|(link, _)| link.once.definition.node).collect();
    if !end.is_exhausting() || !is_in_a_row(facts, &made, end.node) {
        return Need::Pure(Purity::Skipped);
    }
    match (links, end.by) {
        ([_], By::Consumer(..)) => Need::Pure(Purity::Deferred),
        _ => Need::Total,
    }
}

fn are_total<'a>(facts: &Facts<'a>, clauses: &'a [Comprehension]) -> bool {
    let total = |expr: &'a Expr| facts.is_pure(expr, Purity::Skipped);
    clauses.iter().enumerate().all(|(index, clause)| {
        clause.ifs.iter().all(total)
            && (index == 0 || total(&clause.iter) && facts.is_sized_walk(&clause.iter))
    })
}

/// Whether the statements follow each other, and a call or comprehension is all that the next one
/// evaluates.
fn is_in_a_row(facts: &Facts<'_>, made: &[NodeId], walked: NodeId) -> bool {
    let nodes = facts.nodes();
    let Some((last, stmt)) = nodes.statement(walked) else { return false };
    let value = match stmt {
        Stmt::Return(it) => it.value.as_deref(),
        Stmt::Expr(it) => Some(&*it.value),
        Stmt::Assign(it) => Some(&*it.value),
        Stmt::AnnAssign(it) => it.value.as_deref(),
        _ => None,
    };
    if value.is_none_or(|value| nodes.id(value) != walked) {
        return false;
    }
    let Some(first) = made.first() else { return false };
    let block = nodes.block(last).unwrap_or(&facts.module.body);
    block
        .iter()
        .map(|stmt| nodes.id(stmt))
        .skip_while(|id| id != first)
        .take(made.len() + 1)
        .eq(made.iter().copied().chain([last]))
}
