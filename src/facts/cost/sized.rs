//! The large objects that a file makes where their size is known, for who reads the code.

use ruff_python_ast::Expr;
use ruff_text_size::{Ranged, TextRange};

use super::{Bytes, cost_in_words, human_bytes};
use crate::facts::Facts;

/// Smaller objects are not worth a reader's attention.
const LARGE: u64 = 100_000;

/// A large object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sized {
    /// The expression that makes it.
    pub range: TextRange,
    /// Its bytes in short: `≤ 89 MB`.
    pub bytes: String,
    /// What it is and takes, in words.
    pub words: String,
}

/// The large objects that displays, comprehensions, repetitions and calls make, the outermost of
/// those that are in each other, in the order of the text.
pub fn sized(facts: &Facts<'_>) -> Vec<Sized> {
    let mut found: Vec<Sized> = facts.nodes().exprs().filter_map(|expr| one(facts, expr)).collect();
    found.sort_by_key(|it| (it.range.start(), std::cmp::Reverse(it.range.end())));
    found.dedup_by(|inner, outer| outer.range.contains_range(inner.range));
    found
}

fn one<'a>(facts: &Facts<'a>, expr: &'a Expr) -> Option<Sized> {
    let makes = matches!(
        expr,
        Expr::List(_)
            | Expr::Tuple(_)
            | Expr::Set(_)
            | Expr::Dict(_)
            | Expr::ListComp(_)
            | Expr::SetComp(_)
            | Expr::DictComp(_)
            | Expr::BinOp(_)
            | Expr::Call(_)
            | Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
    );
    if !makes {
        return None;
    }
    let size = facts.size_of(expr)?;
    let cost = facts.cost_of(expr)?;
    let most = |bytes: Bytes| bytes.high.unwrap_or(bytes.low);
    // What is large in a display is one of the elements that stand in it.
    let display = matches!(expr, Expr::List(_) | Expr::Tuple(_) | Expr::Set(_) | Expr::Dict(_));
    if most(if display { size.own } else { size.total() }) < LARGE {
        return None;
    }
    let most = most(size.total());
    let bound = match (size.total().low == most, size.total().high) {
        (true, _) => "",
        (false, Some(_)) => "≤ ",
        (false, None) => "≥ ",
    };
    let words = facts.size_in_words(expr).unwrap_or_else(|| cost_in_words(&cost));
    Some(Sized { range: expr.range(), bytes: format!("{bound}{}", human_bytes(most)), words })
}
