//! Flow facts in words.

use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;

use super::Teller;
use crate::facts::Facts;
use crate::facts::carried::range;
use crate::facts::cost::human_bytes;
use crate::facts::drained::Drained;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::reaching::DefinitionId;
use crate::facts::scopes::DefinitionKind;
use crate::facts::types::Kind;

/// The name expressions of the file.
fn names<'f, 'a>(
    facts: &'f Facts<'a>,
) -> impl Iterator<Item = (NodeId, &'a ruff_python_ast::ExprName)> + 'f {
    facts.nodes().entries.iter().enumerate().filter_map(|(index, entry)| match entry.node {
        Node::Expr(Expr::Name(name)) => Some((NodeId::new(index), name)),
        _ => None,
    })
}

/// The statements that call a function of the name and do nothing else.
fn calls<'f>(facts: &'f Facts<'_>, wanted: &'static str) -> impl Iterator<Item = NodeId> + 'f {
    facts.nodes().entries.iter().enumerate().filter_map(move |(index, entry)| {
        let Node::Stmt(Stmt::Expr(it)) = entry.node else { return None };
        let Expr::Call(call) = &*it.value else { return None };
        let name = call.func.as_name_expr()?;
        (name.id.as_str() == wanted).then_some(NodeId::new(index))
    })
}

/// `x <- line 3 or unbound`: the definitions that reach each read.
pub(super) fn reaching(facts: &Facts<'_>, teller: &mut Teller) {
    for (_, name) in names(facts) {
        let Some(reaching) = facts.reaching(name) else { continue };
        let mut ends: Vec<String> = reaching
            .definitions()
            .map(|it| format!("line {}", facts.source.position(it.range.start()).row))
            .collect();
        ends.dedup();
        if reaching.may_be_unbound() {
            ends.push("unbound".to_owned());
        }
        teller.tell(name, format!("{} <- {}", name.id, ends.join(" or ")));
    }
}

/// `x`: each read after which nothing reads the value.
pub(super) fn last_use(facts: &Facts<'_>, teller: &mut Teller) {
    for (id, name) in names(facts) {
        if facts.is_last_use(id) == Some(true) {
            teller.tell(name, name.id.as_str());
        }
    }
}

/// `x`: each definition, parameters aside, that nothing reads; and in a loop each whose value is
/// still held while the next one is computed.
pub(super) fn stores(facts: &Facts<'_>, teller: &mut Teller, previous: bool) {
    for (index, definition) in facts.scopes().all_definitions().iter().enumerate() {
        if matches!(
            definition.kind,
            DefinitionKind::Parameter { .. } | DefinitionKind::Variadic(_) | DefinitionKind::Delete
        ) {
            continue;
        }
        let id = DefinitionId(index as u32);
        let told = if previous { facts.holds_previous(id) } else { facts.is_dead_store(id) };
        if told == Some(true) {
            teller.tell(&definition.range, definition.name);
        }
    }
}

pub(super) fn dead_store(facts: &Facts<'_>, teller: &mut Teller) {
    stores(facts, teller, false);
}

pub(super) fn previous(facts: &Facts<'_>, teller: &mut Teller) {
    stores(facts, teller, true);
}

/// `x needed`, `x done` or `x needed, 80 MB`: what the body's names hold where it calls `checkpoint()`.
pub(super) fn held(facts: &Facts<'_>, teller: &mut Teller) {
    for statement in calls(facts, "checkpoint") {
        let Some(node) = facts.nodes().get(statement) else { continue };
        for held in facts.held_at(statement) {
            let name = held
                .definitions
                .first()
                .and_then(|id| facts.scopes().all_definitions().get(id.0 as usize))
                .map_or("", |it| it.name);
            let state = if held.needed { "needed" } else { "done" };
            let size = facts.held_cost(&held).map(|cost| format!(", {}", human_bytes(cost.bytes)));
            teller.tell(&node, format!("{name} {state}{}", size.unwrap_or_default()));
        }
    }
}

/// `x`: each read in a loop that may see what an earlier pass has bound.
pub(super) fn carried(facts: &Facts<'_>, teller: &mut Teller) {
    for (id, name) in names(facts) {
        let Some(of) = facts.loops().get(facts.nodes().innermost_loop(id)) else { continue };
        if facts.is_carried(id, of.node) == Some(true) {
            teller.tell(name, name.id.as_str());
        }
    }
}

/// `here`: each statement that no path leads to, the first of its block.
pub(super) fn unreachable(facts: &Facts<'_>, teller: &mut Teller) {
    for (index, entry) in facts.nodes().entries.iter().enumerate() {
        if let Node::Stmt(stmt) = entry.node
            && facts.is_unreachable(NodeId::new(index))
        {
            teller.tell(stmt, "here");
        }
    }
}

/// At each `opened()`: `closed` where every path from it to the end of the body calls `closed()`;
/// at each `closed()`: `after opened` where every path to it has called `opened()`.
pub(super) fn paths(facts: &Facts<'_>, teller: &mut Teller) {
    let closed: Vec<NodeId> = calls(facts, "closed").collect();
    let opened: Vec<NodeId> = calls(facts, "opened").collect();
    for statement in &opened {
        let Some(node) = facts.nodes().get(*statement) else { continue };
        if facts.on_every_path(*statement, &closed) {
            teller.tell(&node, "closed");
        }
    }
    for statement in &closed {
        let Some(node) = facts.nodes().get(*statement) else { continue };
        if opened.iter().any(|first| facts.dominates(*first, *statement)) {
            teller.tell(&node, "after opened");
        }
        if opened.iter().any(|first| facts.can_follow(*statement, *first)) {
            teller.tell(&node, "before opened");
        }
    }
}

/// `acc: list, kept`: each value that a loop makes anew from its old one, and what else the loop
/// does with it.
pub(super) fn accumulated(facts: &Facts<'_>, teller: &mut Teller) {
    for carried in facts.carried() {
        let mut text = format!(
            "{}: {}",
            facts.source.slice(carried.target().range()),
            format!("{:?}", carried.kind).to_lowercase()
        );
        if matches!(carried.kind, Kind::NdArray | Kind::Tensor | Kind::DataFrame) {
            if facts.read_whole_in_loop(carried).is_some() {
                text.push_str(", read whole");
            }
        } else {
            if facts.kept_in_loop(carried).is_some() {
                text.push_str(", kept");
            }
            if facts.is_emptied_in_loop(carried) {
                text.push_str(", emptied");
            }
        }
        teller.tell(&range(facts, carried.lead()), text);
    }
}

/// `acc: list`: each value that `functools.reduce` makes anew from its old one.
pub(super) fn folded(facts: &Facts<'_>, teller: &mut Teller) {
    for call in facts.call_sites() {
        if !facts.is_qualified(&call.func, "functools.reduce") {
            continue;
        }
        if let Some(folded) = facts.folded(call) {
            let kind = format!("{:?}", folded.kind).to_lowercase();
            teller.tell(*call, format!("{}: {kind}", folded.accumulator));
        }
    }
}

/// `queue: list, queue`: each sequence that a loop consumes from the front, and what says that it
/// takes many parts.
pub(super) fn drained(facts: &Facts<'_>, teller: &mut Teller) {
    let text = |target: &Expr, drained: Drained| {
        format!("{}: {:?}, {:?}", facts.source.slice(target.range()), drained.kind, drained.why)
            .to_lowercase()
    };
    for step in facts.accumulations() {
        let drained = facts.drained_by_slice(step).or_else(|| facts.drained_by_deletion(step));
        if let Some(drained) = drained {
            teller.tell(step.target, text(step.target, drained));
        }
    }
    for call in facts.call_sites() {
        if let Expr::Attribute(method) = &*call.func
            && method.attr.as_str() == "pop"
            && let Some(drained) = facts.drained_by_pop(call, method)
        {
            teller.tell(*call, text(&method.value, drained));
        }
    }
}
