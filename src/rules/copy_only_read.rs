//! MEM304: a copy is only read, and what was copied stays as it is meanwhile.

use ruff_python_ast::Expr;
use ruff_text_size::{Ranged, TextRange};

use crate::catalog::keeps;
use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::cost::SMALL;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::{BindingId, Definition, Resolution, ScopeKind};
use crate::facts::types::Kind;
use crate::facts::usage::{Usage, Use};
use crate::fix::{Edit, Fix, Safety};
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/copy-only-read.md")),
    on: &[On::Assigned(check)],
    over: &["MEM104"],
};

fn check<'f, 'a>(cx: &mut Cx<'f, 'a>, definition: &'f Definition<'a>, value: &'a Expr) {
    let facts = cx.facts;
    let Some(original) = copied(facts, value) else { return };
    let Expr::Name(source) = original else { return };
    // What tests copy is small, or the copy is what they test.
    if facts.source.is_test()
        || source.id.as_str() == definition.name
        || !is_in_function(facts, definition)
    {
        return;
    }
    let Some(binding) = facts.names().bound_by(definition) else { return };
    let Resolution::Binding(of) = facts.names().resolve(source) else { return };
    // Names of the module are changed by others, and closures run at any time.
    let local =
        |it: BindingId| facts.names().scope(it) == definition.scope && !facts.is_captured(it);
    if !local(of) || !local(binding) || facts.length_of(value).is_some_and(|it| it <= SMALL) {
        return;
    }
    let Some(uses) = facts.used_only(binding) else { return };
    let uses: Vec<Use<'a>> = uses.collect();
    if uses.is_empty() || !uses.iter().all(|it| is_read(facts, *it)) {
        return;
    }
    if !facts.mutations(binding).is_empty() || facts.escape(binding).is_some() {
        return;
    }
    let Some(last) = last_reader(facts, definition.node, &uses) else { return };
    let before = facts.mutated_between(original, facts.nodes().id(value), last);
    if before.or_else(|| facts.mutated_in(original, last)).is_some() {
        return;
    }
    let kept = definition.name;
    let label = format!("`{kept}` is only read, and `{}` does not change meanwhile", source.id);
    let edits = match value {
        Expr::Call(call) if !call.arguments.args.is_empty() => {
            edits::without_call(facts, call, original)
        }
        _ => vec![Edit::delete(TextRange::new(
            edits::parenthesized(facts, original).end(),
            value.end(),
        ))],
    };
    let fix = edits.iter().all(|edit| !cx.has_comment(edit.range()));
    let fix = fix.then(|| Fix::new("Use the original", Safety::Unsafe, edits)).flatten();
    let cost = facts.cost_of(value);
    cx.report(value.range(), label)
        .help(format!("read `{}` itself", source.id))
        .cost(cost)
        .fix(fix);
}

/// The last names of what copies.
const COPIES: &[&str] = &["bytearray", "copy", "dict", "list", "set"];

/// What is copied whole into an object of the same kind.
fn copied<'a>(facts: &Facts<'a>, value: &'a Expr) -> Option<&'a Expr> {
    let kind = |expr: &'a Expr| facts.kind_of(expr);
    match value {
        Expr::Subscript(it) => {
            let Expr::Slice(slice) = &*it.slice else { return None };
            let whole = slice.lower.is_none() && slice.upper.is_none() && slice.step.is_none();
            (whole && matches!(kind(&it.value), Kind::List | Kind::ByteArray)).then_some(&*it.value)
        }
        Expr::Call(call) if call.arguments.keywords.is_empty() => {
            match (&*call.func, &call.arguments.args[..]) {
                (Expr::Attribute(func), []) if func.attr.as_str() == "copy" => {
                    is_container(kind(&func.value)).then_some(&*func.value)
                }
                (callee, [only]) if facts.may_mean(callee, COPIES) => {
                    let same = match facts.qualified(callee)? {
                        "list" => Kind::List,
                        "dict" => Kind::Dict,
                        "set" => Kind::Set,
                        "bytearray" => Kind::ByteArray,
                        "copy.copy" => kind(only),
                        _ => return None,
                    };
                    (is_container(same) && kind(only) == same).then_some(only)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

fn is_container(kind: Kind) -> bool {
    matches!(kind, Kind::List | Kind::Dict | Kind::Set | Kind::ByteArray | Kind::Deque)
}

fn is_in_function(facts: &Facts<'_>, definition: &Definition<'_>) -> bool {
    matches!(facts.scopes().get(definition.scope).kind, ScopeKind::Function(_))
        && !facts.is_reflected(definition.scope)
}

/// Whether a use reads the copy at once, and hands on neither it nor a view of it.
fn is_read<'a>(facts: &Facts<'a>, used: Use<'a>) -> bool {
    if !used.through.is_direct() {
        return false;
    }
    let passing = |call: &'a ruff_python_ast::ExprCall| {
        let used = facts.usage(facts.nodes().id(call));
        used.through.is_direct() && matches!(used.usage, Usage::For(_) | Usage::Clause(_, 0))
    };
    match used.usage {
        Usage::Indexed(_)
        | Usage::Sliced(_)
        | Usage::Contains(_)
        | Usage::Compared(_)
        | Usage::Tested(_)
        | Usage::Formatted(_)
        | Usage::For(_) => true,
        Usage::Clause(at, _) => {
            !matches!(facts.nodes().get(at), Some(Node::Expr(Expr::Generator(_))))
        }
        Usage::Argument(call, _) => facts.qualified(&call.func).is_some_and(|name| match name {
            "len" | "sum" | "min" | "max" | "any" | "all" | "sorted" | "list" | "tuple" | "set"
            | "frozenset" => true,
            "enumerate" | "zip" | "reversed" => passing(call),
            _ => false,
        }),
        Usage::Receiver(call, method) => match method {
            "items" | "keys" | "values" => passing(call),
            "get" | "count" | "index" | "isdisjoint" | "issubset" | "issuperset" => true,
            _ => !keeps::changes_receiver(method) && method == "copy",
        },
        _ => false,
    }
}

/// The last statement beside the definition that reads the copy.
fn last_reader(facts: &Facts<'_>, definition: NodeId, uses: &[Use<'_>]) -> Option<NodeId> {
    let nodes = facts.nodes();
    let block = nodes.parent(definition);
    let mut last = None;
    for used in uses {
        let statement = nodes.ancestors(used.node).find_map(|(id, node)| {
            (nodes.parent(id) == block && node.as_stmt().is_some()).then_some(id)
        })?;
        last = last.max(Some(statement));
    }
    last
}
