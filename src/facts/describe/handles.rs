//! Files and what walks a value, in words.

use ruff_python_ast::Expr;

use super::Teller;
use crate::facts::Facts;
use crate::facts::types::Kind;

/// `small`, `large`: of calls that open a file.
pub(super) fn tell_files(facts: &Facts<'_>, teller: &mut Teller) {
    for call in facts.call_sites() {
        let Some(expr) = facts.expression(call) else { continue };
        if facts.type_of(expr).kind_or_none() == Kind::File {
            teller.tell(*call, if facts.opens_small(call) { "small" } else { "any size" });
        }
    }
}

/// `for`, `any, stops early`: of calls of `probe`, what walks the value.
pub(super) fn tell_walks(facts: &Facts<'_>, teller: &mut Teller) {
    for call in facts.call_sites() {
        let Some(expr) = facts.expression(call) else { continue };
        if !matches!(&*call.func, Expr::Name(name) if name.id.as_str() == "probe") {
            continue;
        }
        let Some(walk) = facts.consumed(expr) else {
            teller.tell(*call, "no");
            continue;
        };
        let walker = facts.nodes().get(walk.walker);
        let mut text = match walker.and_then(crate::facts::nodes::Node::as_expr) {
            None => "for".to_owned(),
            Some(Expr::Call(it)) => {
                facts.source.slice(ruff_text_size::Ranged::range(&*it.func)).to_owned()
            }
            Some(Expr::YieldFrom(_)) => "yield from".to_owned(),
            Some(_) => "comprehension".to_owned(),
        };
        if let Some((once, _)) = &walk.named {
            text.push_str(", by ");
            text.push_str(once.definition.name);
        }
        let manner = walk.manner;
        for (is, word) in [
            (walk.skipped.is_some(), ", without the first"),
            (walk.relayed, ", relayed"),
            (manner.stops_early, ", stops early"),
            (manner.suspends, ", rests"),
            (manner.calls, ", calls"),
            (walk.counted, ", counted"),
        ] {
            if is {
                text.push_str(word);
            }
        }
        teller.tell(*call, text);
    }
}
