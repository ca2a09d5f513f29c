//! Origins of values and database queries in words.

use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

use super::Teller;
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};

/// What made the values of names and attributes called `probe`, where they are read.
pub(super) fn tell_origins(facts: &Facts<'_>, teller: &mut Teller) {
    for index in 0..facts.nodes().len() {
        let Some(Node::Expr(expr)) = facts.nodes().get(NodeId::new(index)) else { continue };
        let is_probe = match expr {
            Expr::Name(it) => it.id.as_str() == "probe" && it.ctx.is_load(),
            Expr::Attribute(it) => it.attr.as_str() == "probe" && it.ctx.is_load(),
            _ => false,
        };
        if is_probe {
            teller.tell(expr, facts.source.slice(facts.origin(expr).range()));
        }
    }
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
