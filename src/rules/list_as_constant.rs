//! MEM410: a list of the module that nothing changes.

use ruff_python_ast::{Expr, ExprList};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::scopes::{BindingId, Definition, DefinitionKind, ScopeId};
use crate::facts::types::Kind;
use crate::facts::usage::{Usage, Use};
use crate::fix::{Edit, Fix, Safety};
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/list-as-constant.md")),
    on: &[On::Assigned(check)],
    over: &[],
};

fn check<'f, 'a>(cx: &mut Cx<'f, 'a>, definition: &'f Definition<'a>, value: &'a Expr) {
    let facts = cx.facts;
    let Expr::List(list) = value else { return };
    let name = definition.name;
    let private = name.starts_with('_') && !name.starts_with("__");
    if !private || definition.scope != ScopeId::MODULE || list.elts.is_empty() {
        return;
    }
    let Some(binding) = constant(facts, definition) else { return };
    let mut reads = facts.reads_of(binding).map(|read| facts.usage(read)).peekable();
    if reads.peek().is_none() || !reads.all(|used| serves(facts, used)) {
        return;
    }
    let label = format!("nothing changes `{name}`; a tuple takes at least 16 bytes less");
    let fix = as_tuple(facts, definition, list);
    cx.report(list.range, label).help("write a tuple").fix(fix);
}

/// The binding of a name of the module that has one value, and that only this file sees.
fn constant<'a>(facts: &Facts<'a>, definition: &Definition<'a>) -> Option<BindingId> {
    let binding = facts.names().bound_by(definition)?;
    let seen = facts.source.is_test()
        || facts.is_reflected(ScopeId::MODULE)
        || facts.exports().may_list(definition.name);
    let single = match facts.nodes().get(definition.node)?.as_stmt()? {
        ruff_python_ast::Stmt::Assign(it) => it.targets.len() == 1,
        ruff_python_ast::Stmt::AnnAssign(_) => true,
        _ => false,
    };
    (!seen && single && facts.names().only_definition(binding).is_some()).then_some(binding)
}

/// Whether a tuple serves a use as well as a list.
fn serves<'a>(facts: &Facts<'a>, used: Use<'a>) -> bool {
    if used.through.named.is_some() {
        return false;
    }
    match used.usage {
        Usage::For(_)
        | Usage::Clause(..)
        | Usage::YieldedFrom(_)
        | Usage::Contains(_)
        | Usage::Indexed(_)
        | Usage::Unpacked(_)
        | Usage::Spread(_)
        | Usage::SpreadInto(_)
        | Usage::Tested(_) => true,
        Usage::Receiver(_, method) => matches!(method, "index" | "count"),
        Usage::Argument(call, at) => {
            if let Expr::Attribute(func) = &*call.func
                && func.attr.as_str() == "join"
                && matches!(facts.kind_of(&func.value), Kind::Str | Kind::Bytes)
            {
                return true;
            }
            facts.qualified(&call.func).is_some_and(|name| match name {
                "len" | "sum" | "min" | "max" | "any" | "all" | "sorted" | "set" | "frozenset"
                | "list" | "tuple" | "enumerate" | "reversed" | "iter" | "random.choice" => at == 0,
                "zip" | "itertools.chain" | "itertools.product" => true,
                "map" | "filter" => at > 0,
                _ => false,
            })
        }
        _ => false,
    }
}

/// The brackets become parentheses; a single item gets the comma that makes a tuple of it.
fn as_tuple<'a>(facts: &Facts<'a>, definition: &Definition<'a>, list: &'a ExprList) -> Option<Fix> {
    let DefinitionKind::Assign { annotation, .. } = definition.kind else { return None };
    if annotation.is_some_and(|it| !facts.is_qualified(it, "typing.Final")) {
        return None;
    }
    let bracket = TextSize::new(1);
    let mut edits = vec![Edit::replace(TextRange::at(list.start(), bracket), "(")];
    if let [only] = &list.elts[..] {
        let end = edits::parenthesized(facts, only).end();
        let rest = TextRange::new(end, list.end());
        let comma = facts
            .tokens
            .in_range(rest)
            .iter()
            .any(|token| token.kind() == ruff_python_ast::token::TokenKind::Comma);
        if !comma {
            edits.push(Edit::insert(end, ","));
        }
    }
    edits.push(Edit::replace(TextRange::at(list.end() - bracket, bracket), ")"));
    Fix::new("Write a tuple", Safety::Safe, edits)
}
