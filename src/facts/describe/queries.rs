//! Origins of values, database queries, HTTP requests and parsed elements in words.

use ruff_python_ast::{Expr, Stmt, StmtFor};
use ruff_text_size::Ranged;

use super::Teller;
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::Resolution;

/// What made the values of names and attributes called `probe`, where they are read.
pub(super) fn tell_origins(facts: &Facts<'_>, teller: &mut Teller) {
    for expr in probes(facts) {
        teller.tell(expr, facts.source.slice(facts.origin(expr).range()));
    }
}

/// `Requests, streams`: of responses called `probe`, where they are read.
pub(super) fn tell_requests(facts: &Facts<'_>, teller: &mut Teller) {
    for expr in probes(facts) {
        let Some(request) = facts.request_of(expr) else { continue };
        let streams = match request.streams {
            Some(true) => "streams",
            Some(false) => "is held",
            None => "may stream",
        };
        let only = if facts.is_read_only_here(expr) { ", read only here" } else { "" };
        teller.tell(expr, format!("{:?}, {streams}{only}", request.client));
    }
}

/// The names and attributes called `probe`, where they are read.
fn probes<'a>(facts: &Facts<'a>) -> impl Iterator<Item = &'a Expr> {
    (0..facts.nodes().len()).filter_map(|index| match facts.nodes().get(NodeId::new(index)) {
        Some(Node::Expr(expr)) => {
            let is_probe = match expr {
                Expr::Name(it) => it.id.as_str() == "probe" && it.ctx.is_load(),
                Expr::Attribute(it) => it.attr.as_str() == "probe" && it.ctx.is_load(),
                _ => false,
            };
            is_probe.then_some(expr)
        }
        _ => None,
    })
}

/// `sqlite3.connect, Streamed, small`: of calls of `fetchall`.
pub(super) fn tell(facts: &Facts<'_>, teller: &mut Teller) {
    for call in facts.call_sites() {
        let Expr::Attribute(method) = &*call.func else { continue };
        if method.attr.as_str() != "fetchall" {
            continue;
        }
        let Some(query) = facts.query_of(&method.value, call) else { continue };
        let mut words = vec![query.driver.map_or("unknown", |driver| driver.connect).to_owned()];
        words.extend(query.rows.map(|rows| format!("{rows:?}")));
        words.extend(query.sql.is_none().then(|| "no text".to_owned()));
        words.extend(query.may_be_small().then(|| "small".to_owned()));
        teller.tell(&*call.func, words.join(", "));
    }
}

/// `Order, values, few; Kept`: of querysets that `for` statements walk, with what becomes of the
/// rows.
pub(super) fn tell_querysets(facts: &Facts<'_>, teller: &mut Teller) {
    for (id, it) in loops(facts) {
        let Some(set) = facts.queryset_of(&it.iter) else { continue };
        let mut words = vec![facts.source.slice(set.model.range())];
        let flags = [
            (set.values, "values"),
            (set.few, "few"),
            (set.prefetches, "prefetches"),
            (set.locks, "locks"),
        ];
        words.extend(flags.iter().filter(|(so, _)| *so).map(|(_, word)| *word));
        let fate = facts.fate_of_rows(id, &it.iter, Some(set.model), !set.values);
        teller.tell(it, format!("{}, {fate:?}", words.join(", ")));
    }
}

/// `Order, listed, few`: of what `for` statements walk that SQLAlchemy gives.
pub(super) fn tell_sessions(facts: &Facts<'_>, teller: &mut Teller) {
    for (_, it) in loops(facts) {
        let Some(rows) = facts.session_rows(&it.iter) else { continue };
        let entity = rows.entity.map_or("?", |entity| facts.source.slice(entity.range()));
        let mut words = vec![entity];
        words.extend(rows.listed.map(|_| "listed"));
        words.extend(rows.few.then_some("few"));
        teller.tell(it, words.join(", "));
    }
}

/// `Command`: of functions that belong to a batch.
pub(super) fn tell_batches(facts: &Facts<'_>, teller: &mut Teller) {
    for def in facts.function_statements() {
        let first = def.body.first().map(|first| facts.nodes().id(first));
        if let Some(batch) = first.and_then(|first| facts.batch_of(first)) {
            teller.tell(*def, format!("{batch:?}"));
        }
    }
}

fn loops<'f, 'a>(facts: &'f Facts<'a>) -> impl Iterator<Item = (NodeId, &'a StmtFor)> + 'f {
    (0..facts.nodes().len()).map(NodeId::new).filter_map(|id| match facts.nodes().get(id) {
        Some(Node::Stmt(Stmt::For(it))) => Some((id, it)),
        _ => None,
    })
}

/// `Stays`: what loops over `.., probe` do with the elements.
pub(super) fn tell_elements(facts: &Facts<'_>, teller: &mut Teller) {
    for index in 0..facts.nodes().len() {
        let id = NodeId::new(index);
        let Some(Node::Stmt(Stmt::For(it))) = facts.nodes().get(id) else { continue };
        if let Expr::Tuple(pair) = &*it.target
            && let [_, Expr::Name(name)] = &pair.elts[..]
            && name.id.as_str() == "probe"
            && let Resolution::Binding(binding) = facts.names().resolve(name)
        {
            teller.tell(it, format!("{:?}", facts.fate_of_elements(id, Some(binding))));
        }
    }
}
