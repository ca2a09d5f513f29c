//! MEM102: a list is built only to be put into another container.

use ruff_python_ast::{Arguments, Expr, ExprAttribute, ExprCall};
use ruff_text_size::Ranged;

use super::list_in_reduction;
use crate::catalog::collectors::{self, Collector, Takes};
use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::comprehensions::Built;
use crate::facts::cost::{Cost, SMALL, human_bytes, human_count, list_bytes};
use crate::facts::purity::Purity;
use crate::facts::types::Kind;
use crate::fix::{Edit, Fix, Safety};
use crate::rule::{Level, On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/list-in-constructor.md")),
    on: &[On::CallTo(collectors::NAMES, check_call), On::Method(collectors::METHODS, check_method)],
    over: &[],
};

fn check_call<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let facts = cx.facts;
    let Some(name) = facts.qualified(&call.func) else { return };
    let Some(collector) = collectors::find(name) else { return };
    let Some(argument) = collected(facts, collector, &call.arguments) else { return };
    let Some(built) = facts.built(argument).filter(|_| !argument.is_set_comp_expr()) else {
        return;
    };
    let fits = match (built, collector.takes) {
        (Built::Comprehension(_, clauses), Takes::Anything | Takes::Iterators) => {
            !facts.would_be_asynchronous(argument, clauses)
        }
        // `set(list(x))` and `sorted(list(x))` are copies of copies.
        (Built::Collected(_), Takes::Anything | Takes::Copies) if argument.is_call_expr() => false,
        (Built::Collected(_), Takes::Anything) => true,
        (Built::Collected(inner), Takes::Iterators) => {
            inner.is_generator_expr() || facts.kind_of(inner) == Kind::Iterator
        }
        // `tuple(tuple(x))` is `tuple(x)` without a copy.
        (Built::Collected(_), Takes::Copies) => {
            collector.name != "tuple" || facts.built_word(argument) != "tuple"
        }
        (Built::Comprehension(..), Takes::Copies) => false,
    };
    if !fits {
        return;
    }
    let safety = safety(facts, collector, call, argument, built);
    let short = collector.name.rsplit('.').next().unwrap_or(collector.name);
    let what = facts.built_word(argument);
    let label = match (facts.length_of(argument), collector.takes) {
        (_, Takes::Copies) => {
            format!("`{short}` copies what it gets; this {what} is one copy more")
        }
        (Some(length), _) => sized(facts, argument, short, built, length),
        (None, _) => {
            format!("`{short}` takes one item at a time; this {what} holds all of them at once")
        }
    };
    let level = if collector.certain { Level::Warn } else { Level::Info };
    let edits = safety.and_then(|_| edits::unlist(facts, call, argument));
    let safety = safety.unwrap_or(Safety::Unsafe);
    report(cx, argument, &label, &help(facts, argument, built), level, edits, safety);
}

fn check_method<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall, method: &'a ExprAttribute) {
    let facts = cx.facts;
    let name = method.attr.as_str();
    let [argument] = &call.arguments.args[..] else { return };
    if !call.arguments.keywords.is_empty() || !argument.is_list_comp_expr() {
        return;
    }
    let Some(changes) = collectors::method(facts.kind_of(&method.value), name) else { return };
    let Some(built @ Built::Comprehension(element, clauses)) = facts.built(argument) else {
        return;
    };
    if facts.would_be_asynchronous(argument, clauses)
        || changes && mentions(facts, argument, &method.value)
    {
        return;
    }
    // What is changed item by item stays half changed when an item fails.
    let need = if changes { Purity::Skipped } else { Purity::Deferred };
    let pure = facts.is_pure(element, need) && facts.are_clauses_pure(clauses, need);
    let safety = if pure { Safety::Safe } else { Safety::Unsafe };
    let label = match facts.length_of(argument) {
        Some(length) => sized(facts, argument, name, built, length),
        None => format!("`{name}` takes one item at a time; this list holds all of them at once"),
    };
    let level = if name == "update" { Level::Info } else { Level::Warn };
    let edits = (!facts.differs_as_generator(argument, clauses))
        .then(|| edits::unlist(facts, call, argument))
        .flatten();
    report(cx, argument, &label, &help(facts, argument, built), level, edits, safety);
}

/// The argument that is collected.
fn collected<'a>(
    facts: &Facts<'a>,
    collector: &Collector,
    arguments: &'a Arguments,
) -> Option<&'a Expr> {
    let args = &arguments.args;
    let known = arguments.keywords.iter().all(|keyword| {
        keyword.arg.as_ref().is_some_and(|name| collector.keywords.contains(&name.as_str()))
    });
    if !known || args.len() > collector.most || args.iter().any(Expr::is_starred_expr) {
        return None;
    }
    // Without a bound a deque is as long as the list.
    let bounded = collector.name != "collections.deque"
        || arguments
            .find_argument_value("maxlen", 1)
            .is_some_and(|bound| facts.kind_of(bound) != Kind::None);
    let argument = args.get(collector.position)?;
    // Only these make a list; the length of anything else is not asked for.
    let makes = matches!(
        argument,
        Expr::ListComp(_) | Expr::SetComp(_) | Expr::Call(_) | Expr::List(_) | Expr::Tuple(_)
    );
    if !makes || facts.built(argument).is_none() {
        return None;
    }
    let small = facts.length_of(argument).is_some_and(|length| length <= SMALL);
    (bounded && !small).then_some(argument)
}

fn safety<'a>(
    facts: &Facts<'a>,
    collector: &Collector,
    call: &'a ExprCall,
    argument: &'a Expr,
    built: Built<'a>,
) -> Option<Safety> {
    let others = call.arguments.args.iter().skip(collector.position + 1);
    let keywords = call.arguments.keywords.iter().map(|keyword| &keyword.value);
    let plain = others.chain(keywords).all(|other| facts.is_pure(other, Purity::Deferred));
    let pure = match built {
        Built::Comprehension(element, clauses) => {
            if facts.differs_as_generator(argument, clauses) {
                return None;
            }
            facts.is_pure(element, Purity::Deferred)
                && facts.are_clauses_pure(clauses, Purity::Deferred)
        }
        Built::Collected(inner) => {
            collector.takes == Takes::Copies
                || list_in_reduction::is_plain_source(facts, inner, Purity::Deferred)
        }
    };
    Some(if plain && pure { Safety::Safe } else { Safety::Unsafe })
}

/// Whether the comprehension reads the object that the method changes, or what it is an attribute
/// of.
fn mentions<'a>(facts: &Facts<'a>, comprehension: &'a Expr, receiver: &'a Expr) -> bool {
    let mut root = receiver;
    while let Expr::Attribute(it) = root {
        root = &it.value;
    }
    let Expr::Name(name) = root else { return true };
    facts.any_below(
        facts.nodes().id(comprehension),
        |expr| matches!(expr, Expr::Name(other) if other.id == name.id),
    )
}

fn sized<'a>(
    facts: &Facts<'a>,
    argument: &'a Expr,
    short: &str,
    built: Built<'a>,
    length: u64,
) -> String {
    format!(
        "`{short}` takes one item at a time; a {} of {}{} pointers, {}, exists at once",
        facts.built_word(argument),
        if built.is_filtered() { "up to " } else { "" },
        human_count(length),
        human_bytes(facts.cost_of(argument).map_or(list_bytes(length), |cost| cost.bytes)),
    )
}

fn help<'a>(facts: &Facts<'a>, argument: &'a Expr, built: Built<'a>) -> String {
    match (built, argument) {
        (Built::Comprehension(..), _) => "drop the brackets".to_owned(),
        (_, Expr::Call(_)) => format!("drop `{}(..)`", facts.built_word(argument)),
        _ => "pass the iterable itself".to_owned(),
    }
}

fn report<'a>(
    cx: &mut Cx<'_, 'a>,
    argument: &'a Expr,
    label: &str,
    help: &str,
    level: Level,
    edits: Option<Vec<Edit>>,
    safety: Safety,
) {
    let facts = cx.facts;
    let length = facts.length_of(argument);
    if length.is_some_and(|length| length <= SMALL) {
        return;
    }
    let cost = length.and_then(|_| facts.cost_of(argument));
    let fix = edits.and_then(|edits| Fix::new("Do without the list", safety, edits));
    let diagnostic = cx.report(argument.range(), label);
    if diagnostic.level > level {
        diagnostic.level(level);
    }
    diagnostic.help(help).fix(fix);
    diagnostic.cost(cost.or(length.map(list_bytes).map(Cost::exactly)));
}
