//! MEM406: a dict for each row, all with the same keys.

use ruff_python_ast::{Expr, ExprAttribute, ExprCall, ExprDict, Stmt};
use ruff_text_size::Ranged;

use crate::catalog::objects::GC_HEADER;
use crate::cx::Cx;
use crate::facts::Facts;
use crate::facts::cost::instance_bytes;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::{Definition, DefinitionKind, Resolution, ScopeKind};
use crate::facts::types::Kind;
use crate::facts::usage::Usage;
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/dict-per-row.md")),
    on: &[On::Method(&["append"], appended), On::Assigned(collected)],
    over: &[],
};

/// `rows.append({"a": .., "b": ..})`
fn appended<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall, func: &'a ExprAttribute) {
    let facts = cx.facts;
    let ([Expr::Dict(row)], []) = (&*call.arguments.args, &*call.arguments.keywords) else {
        return;
    };
    let Expr::Name(rows) = &*func.value else { return };
    let id = facts.nodes().id(call);
    if !is_record(row) || facts.loop_repetition(id).is_none() || is_exceptional(facts, id) {
        return;
    }
    if facts.kind_of(&func.value) == Kind::List
        && let Resolution::Binding(binding) = facts.names().resolve(rows)
        && let Some(definition) = facts.names().only_definition(binding)
    {
        report(cx, definition, row);
    }
}

/// `rows = [{"a": .., "b": ..} for ..]`
fn collected<'f, 'a>(cx: &mut Cx<'f, 'a>, definition: &'f Definition<'a>, value: &'a Expr) {
    let Expr::ListComp(it) = value else { return };
    let Expr::Dict(row) = &*it.elt else { return };
    if is_record(row) && cx.facts.loop_repetition(cx.facts.nodes().id(row)).is_some() {
        report(cx, definition, row);
    }
}

fn report<'a>(cx: &mut Cx<'_, 'a>, definition: &Definition<'a>, row: &'a ExprDict) {
    let facts = cx.facts;
    if facts.source.is_test() || !stays_rows(facts, definition) {
        return;
    }
    let count = row.items.len() as u64;
    let minor = cx.settings.target_version.minor;
    let Some(dict) = facts.nodes().get(facts.nodes().id(row)).and_then(Node::as_expr) else {
        return;
    };
    let Some(bytes) = facts.size_of(dict).and_then(|size| size.own.high) else { return };
    let label = format!(
        "a row in `{}` takes {} bytes as a dict of {count} keys; as an object with slots {}",
        definition.name,
        bytes.saturating_add(GC_HEADER),
        instance_bytes(count, minor).slotted,
    );
    let help = if minor >= 10 {
        "make each row a `@dataclass(slots=True)`, or a tuple"
    } else {
        "make each row an object of a class with `__slots__`, or a tuple"
    };
    cx.report(row.range(), label).help(help);
}

/// Whether a place only runs when something has failed: that makes few rows.
fn is_exceptional(facts: &Facts<'_>, place: NodeId) -> bool {
    let Some(at) = facts.nodes().get(place).map(|node| node.start()) else { return false };
    facts.nodes().ancestors(place).any(|(_, above)| match above {
        Node::Stmt(Stmt::Try(it)) => it.handlers.iter().any(|handler| handler.range().contains(at)),
        _ => false,
    })
}

/// Whether all keys are different strings that are written out, and at least two.
fn is_record(row: &ExprDict) -> bool {
    let mut seen: Vec<&str> = Vec::with_capacity(row.items.len());
    row.items.len() >= 2
        && row.items.iter().all(|item| match &item.key {
            Some(Expr::StringLiteral(key)) => {
                let known = seen.contains(&key.value.to_str());
                seen.push(key.value.to_str());
                !known
            }
            _ => false,
        })
}

/// Whether the rows of a local list are read by their keys here, and none of them gets to where a
/// dict may be asked for.
fn stays_rows<'a>(facts: &Facts<'a>, definition: &Definition<'a>) -> bool {
    let local = matches!(facts.scopes().get(definition.scope).kind, ScopeKind::Function(_));
    let Some(binding) = facts.names().bound_by(definition) else {
        return false;
    };
    let Some(uses) = facts.used_only(binding).filter(|_| local) else { return false };
    let nodes = facts.nodes();
    // The items of each loop over the rows are read by key, and by nothing else.
    let mut read = false;
    for used in uses {
        match used.usage {
            Usage::Indexed(row) => match facts.usage(nodes.id(row)).usage {
                Usage::Indexed(_) | Usage::ItemStored(_) => read = true,
                _ => return false,
            },
            Usage::Argument(call, 0) => {
                let name = facts.qualified(&call.func);
                let id = nodes.id(call);
                match (name, facts.usage(id).usage) {
                    (Some("len"), _) => {}
                    (Some("sorted" | "reversed"), Usage::For(_) | Usage::Clause(..))
                        if read_by_key(facts, id) =>
                    {
                        read = true;
                    }
                    _ => return false,
                }
            }
            Usage::For(_) | Usage::Clause(..) if read_by_key(facts, used.node) => read = true,
            Usage::Receiver(_, "append" | "sort" | "reverse") | Usage::Tested(_) => {}
            _ => return false,
        }
    }
    read
}

/// Whether a loop over that gives its items one name, each use of which is `item["key"]`.
fn read_by_key(facts: &Facts<'_>, iter: NodeId) -> bool {
    let nodes = facts.nodes();
    let mut targets = facts.scopes().all_definitions().iter().filter(|definition| {
        matches!(definition.kind,
            DefinitionKind::Loop(over) if nodes.id(over) == iter)
    });
    let Some(target) = targets.next() else { return false };
    let Some(binding) = facts.names().bound_by(target) else { return false };
    let mut reads = facts.reads_of(binding).peekable();
    reads.peek().is_some()
        && reads.all(|read| match facts.usage(read).usage {
            Usage::Indexed(it) | Usage::ItemStored(it) => it.slice.is_string_literal_expr(),
            _ => false,
        })
}
