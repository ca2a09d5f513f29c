//! MEM201: a string is copied whole on every pass of a loop.
//!
//! Asks where the string is kept and in which form it is made longer; that a loop carries it at
//! all is a fact.

use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;

use crate::cx::Cx;
use crate::facts::carried::{Carried, Place};
use crate::facts::flow::{Accumulation, Shape, same_place};
use crate::facts::scopes::ScopeKind;
use crate::facts::types::Kind;
use crate::fix::{Fix, Safety};
use crate::grown;
use crate::rewrite;
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/string-rebuilt-in-loop.md")),
    on: &[On::Accumulation(check)],
    over: &[],
};

fn check<'a>(cx: &mut Cx<'_, 'a>, step: &Accumulation<'a>) {
    let facts = cx.facts;
    let Some(carried) = facts.carried_by(step) else { return };
    if carried.kind != Kind::Str || carried.in_place() {
        return;
    }
    let target = cx.text(step.target.range());
    let why = why(cx, carried, step, target);
    let copied = carried.copied_in_words("pieces");
    let label = format!("each pass copies all of `{target}` again: {why}; {copied}");
    let help = help(carried, step, target);
    let fix = fix(cx, carried);
    let diagnostic = grown::report(cx, carried, step, label, false);
    if fix.is_none() {
        diagnostic.help(help);
    }
    diagnostic.fix = fix;
}

/// `target += ..` for all copying steps of a plain local name, or no fix.
fn fix<'a>(cx: &Cx<'_, 'a>, carried: &Carried<'a>) -> Option<Fix> {
    let facts = cx.facts;
    let Place::Local(binding) = carried.place else { return None };
    let target = carried.target();
    let known =
        facts.target_kind(target) == Kind::Str && facts.type_of_binding(binding).kind == Kind::Str;
    if !known || is_held(cx, carried) {
        return None;
    }
    let mut edits = Vec::new();
    for step in carried.steps.iter().filter(|step| !step.is_append()) {
        edits.extend(rewrite::as_append(cx, step)?);
    }
    Fix::new(format!("Append to `{}` in place", cx.text(target.range())), Safety::Unsafe, edits)
}

/// Whether another name holds the string in the loop.
fn is_held<'a>(cx: &Cx<'_, 'a>, carried: &Carried<'a>) -> bool {
    let Some(outermost) = cx.facts.loops().get(carried.outermost) else { return true };
    cx.facts.statements_below(outermost.node).any(|stmt| {
        let value = match stmt {
            Stmt::Assign(it) => Some(&*it.value),
            Stmt::AnnAssign(it) => it.value.as_deref(),
            _ => None,
        };
        value.is_some_and(|value| same_place(value, carried.target()))
    })
}

/// Why the string is not grown in place.
fn why<'a>(
    cx: &Cx<'_, 'a>,
    carried: &Carried<'a>,
    step: &Accumulation<'a>,
    target: &str,
) -> String {
    match carried.place {
        Place::Captured(by) => return format!("`{target}` is captured by {}", captor(by)),
        Place::Module => return "module code has no plain locals (since CPython 3.11)".to_owned(),
        Place::Class => return "class code has no plain locals (since CPython 3.11)".to_owned(),
        Place::Attribute | Place::Item | Place::Global if is_addition(step.shape) => {
            return "only a plain local name is grown in place".to_owned();
        }
        _ => {}
    }
    match step.shape {
        Shape::Prepended => "the old text comes second".to_owned(),
        Shape::FString => "the f-string builds a new string".to_owned(),
        Shape::Percent => "% builds a new string".to_owned(),
        Shape::Format => "format() builds a new string".to_owned(),
        Shape::Join => "join() builds a new string".to_owned(),
        Shape::Added { additions: 2.., .. } => {
            let first = first_sum(step.value).map_or(target, |sum| cx.text(sum.range()));
            // A long sum is told by its first words.
            let first =
                if first.len() <= 40 && !first.contains('\n') { first } else { "the first sum" };
            format!("`{first}` is a copy of its own")
        }
        _ => "the value of := is held while it is stored".to_owned(),
    }
}

fn is_addition(shape: Shape<'_>) -> bool {
    matches!(shape, Shape::Augmented { .. } | Shape::Added { .. })
}

/// The innermost left sum of `target + a + b`: `target + a`.
fn first_sum(value: &Expr) -> Option<&Expr> {
    let Expr::BinOp(sum) = value else { return None };
    if sum.left.is_bin_op_expr() { first_sum(&sum.left) } else { Some(value) }
}

fn captor(by: ScopeKind<'_>) -> String {
    match by {
        ScopeKind::Function(def) => format!("{}()", def.name),
        ScopeKind::Class(def) => format!("class {}", def.name),
        ScopeKind::Lambda(_) => "a lambda".to_owned(),
        ScopeKind::Comprehension(_) => "a generator expression".to_owned(),
        ScopeKind::Module | ScopeKind::TypeParams => "another scope".to_owned(),
    }
}

fn help(carried: &Carried<'_>, step: &Accumulation<'_>, target: &str) -> String {
    if matches!(step.shape, Shape::Prepended) {
        return "append the pieces to a list, reverse it, and \"\".join it once after the loop"
            .to_owned();
    }
    match carried.place {
        Place::Local(_) => format!("write `{target} += ...`, which CPython extends in place"),
        Place::Module | Place::Class => {
            "move the loop into a function, where the name is a plain local".to_owned()
        }
        Place::Item if carried.keyed => {
            "collect the pieces in a list for each key, and \"\".join each once after the loop"
                .to_owned()
        }
        _ => format!(
            "grow a plain local name in the loop, and assign it to `{target}` once after the loop"
        ),
    }
}
