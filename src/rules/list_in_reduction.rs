//! MEM101: a list is built only to be reduced.

use ruff_python_ast::{Arguments, Expr, ExprCall, PythonVersion};
use ruff_text_size::Ranged;

use crate::catalog::consumers::{self, Consumer, Walk};
use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::comprehensions::Built;
use crate::facts::cost::{Cost, SMALL, human_bytes, human_count, list_bytes};
use crate::facts::purity::Purity;
use crate::facts::types::Kind;
use crate::fix::{Fix, Safety};
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/list-in-reduction.md")),
    on: &[On::CallTo(consumers::NAMES, check)],
    over: &[],
};

fn check<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let facts = cx.facts;
    let Some(consumer) = facts.qualified(&call.func).and_then(|name| consumers::find(name)) else {
        return;
    };
    // `statistics.mean` lists its input before Python 3.11.
    if consumer.name == "statistics.mean" && cx.settings.target_version < PythonVersion::PY311 {
        return;
    }
    let Some(argument) = walked(facts, consumer, &call.arguments) else { return };
    let Some(built) = facts.built(argument) else { return };
    if is_quiet(facts, consumer, argument, built) {
        return;
    }
    let length = facts.length_of(argument);
    let cost = length.and_then(|_| facts.cost_of(argument));
    if length.is_some_and(|length| length <= SMALL) {
        return;
    }
    let fix = safety(facts, consumer, call, argument, built).and_then(|safety| {
        Fix::new("Pass the items one at a time", safety, edits::unlist(facts, call, argument)?)
    });
    let what = facts.built_word(argument);
    let short = consumer.name.rsplit('.').next().unwrap_or(consumer.name);
    let label = match length {
        Some(length) => format!(
            "`{short}` takes one item at a time; a {what} of {}{} pointers, {}, exists at once",
            if built.is_filtered() { "up to " } else { "" },
            human_count(length),
            human_bytes(cost.map_or(list_bytes(length), |cost| cost.bytes)),
        ),
        None => {
            format!("`{short}` takes one item at a time; this {what} holds all of them at once")
        }
    };
    let help = match (built, argument) {
        (Built::Comprehension(..), Expr::SetComp(_)) => "drop the braces",
        (Built::Comprehension(..), _) => "drop the brackets",
        (_, Expr::Call(_)) if what == "tuple" => "drop `tuple(..)`",
        (_, Expr::Call(_)) => "drop `list(..)`",
        _ => "pass the iterable itself",
    };
    let diagnostic = cx.report(argument.range(), label);
    diagnostic.help(help).fix(fix);
    diagnostic.cost(cost.or(length.map(list_bytes).map(Cost::exactly)));
}

/// The argument that the consumer walks, if it is alone and positional.
pub(super) fn walked<'a>(
    facts: &Facts<'a>,
    consumer: &Consumer,
    arguments: &'a Arguments,
) -> Option<&'a Expr> {
    let args = &arguments.args;
    if args.len() > consumer.most || args.iter().any(Expr::is_starred_expr) {
        return None;
    }
    let known = arguments.keywords.iter().all(|keyword| {
        keyword.arg.as_ref().is_some_and(|name| consumer.keywords.contains(&name.as_str()))
    });
    // `sum` onto a list or a tuple makes a list anyway.
    let onto_sequence = consumer.name == "sum"
        && arguments
            .find_argument_value("start", 1)
            .is_some_and(|start| matches!(facts.kind_of(start), Kind::List | Kind::Tuple));
    if known && !onto_sequence { args.get(consumer.position) } else { None }
}

fn is_quiet<'a>(
    facts: &Facts<'a>,
    consumer: &Consumer,
    argument: &'a Expr,
    built: Built<'a>,
) -> bool {
    let Built::Comprehension(element, generators) = built else { return false };
    if argument.is_set_comp_expr()
        && (!consumer.ignores_duplicates
            || consumer.walk == Walk::ShortCircuiting && is_truth(facts, element))
    {
        return true;
    }
    facts.would_be_asynchronous(argument, generators)
        || consumer.walk == Walk::ShortCircuiting && facts.acts(argument)
}

/// A set of truth values has two items at most.
fn is_truth<'a>(facts: &Facts<'a>, element: &'a Expr) -> bool {
    element.is_compare_expr() || facts.kind_of(element) == Kind::Bool
}

/// How safe it is to do without the list. `None` where the two forms are known to differ.
pub(super) fn safety<'a>(
    facts: &Facts<'a>,
    consumer: &Consumer,
    call: &'a ExprCall,
    argument: &'a Expr,
    built: Built<'a>,
) -> Option<Safety> {
    let need = match consumer.walk {
        Walk::ShortCircuiting => Purity::Skipped,
        Walk::Exhausting | Walk::BySize => Purity::Deferred,
    };
    let pure = match built {
        Built::Comprehension(element, generators) => {
            if facts.differs_as_generator(argument, generators) {
                return None;
            }
            facts.is_pure(element, need) && facts.are_clauses_pure(generators, need)
        }
        Built::Collected(inner) => is_plain_source(facts, inner, need),
    };
    let others = &call.arguments;
    let pure =
        pure && others.args.iter().enumerate().all(|(index, other)| {
            match index.cmp(&consumer.position) {
                std::cmp::Ordering::Less if consumer.name == "functools.reduce" => {
                    facts.is_pure_function(other, need)
                }
                std::cmp::Ordering::Greater => facts.is_pure(other, Purity::Deferred),
                _ => true,
            }
        }) && others.keywords.iter().all(|keyword| match keyword.arg.as_deref() {
            Some("key") => facts.is_pure_function(&keyword.value, need),
            _ => facts.is_pure(&keyword.value, Purity::Deferred),
        });
    let ordered = consumer.walk != Walk::BySize && !argument.is_set_comp_expr();
    Some(if pure && ordered { Safety::Safe } else { Safety::Unsafe })
}

/// Whether walking the iterable itself gives what a list of it would give, whoever else runs
/// meanwhile.
pub(super) fn is_plain_source<'a>(facts: &Facts<'a>, source: &'a Expr, need: Purity) -> bool {
    match source {
        Expr::Generator(it) => {
            !it.generators.iter().any(|generator| generator.is_async)
                && facts.is_pure(&it.elt, need)
                && facts.are_clauses_pure(&it.generators, need)
        }
        Expr::ListComp(_) | Expr::SetComp(_) => true,
        Expr::Name(_) => match facts.kind_of(source) {
            Kind::Iterator => need == Purity::Deferred,
            _ => facts.is_local(source) && facts.is_sized_walk(source),
        },
        Expr::Call(it) => {
            if let Expr::Attribute(func) = &*it.func {
                return matches!(func.attr.as_str(), "keys" | "values" | "items")
                    && facts.is_local(&func.value)
                    && facts.kind_of(source) == Kind::DictView;
            }
            let Some(name) = facts.qualified(&it.func) else { return false };
            let arguments = &it.arguments.args;
            let plain = match name {
                "range" => true,
                "zip" | "enumerate" | "reversed" | "iter" => true,
                "map" | "filter" => {
                    arguments.first().is_some_and(|function| facts.is_pure_function(function, need))
                }
                _ => false,
            };
            let skipped = need == Purity::Skipped && name != "range";
            plain
                && arguments.iter().all(|argument| {
                    facts.is_pure(argument, Purity::Deferred) || argument.is_lambda_expr()
                })
                && (!skipped
                    || arguments
                        .iter()
                        .skip(usize::from(matches!(name, "map" | "filter")))
                        .all(|argument| facts.is_sized_walk(argument)))
        }
        _ => false,
    }
}
