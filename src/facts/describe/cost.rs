//! Sizes in words.

use ruff_python_ast::{Expr, Stmt};

use super::Teller;
use crate::facts::Facts;
use crate::facts::cost::{Bytes, Precision, Size, Span, human_bytes, human_count};

/// Smaller objects are not told of.
const WORTH: u64 = 1000;

/// Of every assigned value and every argument of 1 KB and more: what it takes, what else it keeps,
/// and how many elements it has.
pub(super) fn size(facts: &Facts<'_>, teller: &mut Teller) {
    each(facts, |expr, size| {
        let own = match (size.precision(), size.own) {
            (Precision::PerElement(1), _) => "1 byte per element".to_owned(),
            (Precision::PerElement(bytes), _) => format!("{bytes} bytes per element"),
            (Precision::Exact, own) => human_bytes(own.low),
            (_, Bytes { low, high: Some(high) }) if human_bytes(low) == human_bytes(high) => {
                human_bytes(high)
            }
            (_, Bytes { low: 0, high: Some(high) }) => format!("up to {}", human_bytes(high)),
            (_, Bytes { low, high: Some(high) }) => {
                format!("{} to {}", human_bytes(low), human_bytes(high))
            }
            (_, Bytes { low, high: None }) => format!("at least {}", human_bytes(low)),
        };
        let held = match size.held {
            Bytes { high: Some(..WORTH), .. } => String::new(),
            Bytes { high: Some(high), .. } => format!(" + up to {}", human_bytes(high)),
            Bytes { low: 0, high: None } => " + elements".to_owned(),
            Bytes { low, high: None } => format!(" + at least {}", human_bytes(low)),
        };
        let length = match size.length {
            None => String::new(),
            Some(Span { low, high }) if low == high => format!(", length {}", human_count(high)),
            Some(Span { high, .. }) => format!(", length up to {}", human_count(high)),
        };
        teller.tell(expr, format!("{own}{held}{length}"));
    });
}

/// The same in numbers.
pub(super) fn bytes(facts: &Facts<'_>, teller: &mut Teller) {
    each(facts, |expr, size| {
        let bound = |Bytes { low, high }: Bytes| match high {
            Some(high) => format!("{low}..{high}"),
            None => format!("{low}.."),
        };
        let length = size.length.map_or("?".to_owned(), |it| format!("{}..{}", it.low, it.high));
        let (own, held) = (bound(size.own), bound(size.held));
        teller.tell(expr, format!("own {own} held {held} length {length}"));
    });
}

/// The same as a phrase.
pub(super) fn phrase(facts: &Facts<'_>, teller: &mut Teller) {
    each(facts, |expr, _| {
        if let Some(words) = facts.size_in_words(expr) {
            teller.tell(expr, words);
        }
    });
}

fn each<'a>(facts: &Facts<'a>, mut tell: impl FnMut(&'a Expr, &Size)) {
    let mut ask = |expr: &'a Expr| {
        if let Some(size) = facts.size_of(expr)
            && (size.total().low.max(size.own.high.unwrap_or(0)) >= WORTH
                || size.total().high.is_some_and(|high| high >= WORTH)
                || size.per_element > 0)
        {
            tell(expr, &size);
        }
    };
    for index in 0..facts.nodes().len() {
        match facts.nodes().nth(index).and_then(crate::facts::nodes::Node::as_stmt) {
            Some(Stmt::Assign(it)) => ask(&it.value),
            Some(Stmt::AnnAssign(it)) => {
                if let Some(value) = &it.value {
                    ask(value);
                }
            }
            _ => {}
        }
    }
    for call in facts.call_sites() {
        for argument in &call.arguments.args {
            ask(argument);
        }
        for keyword in &call.arguments.keywords {
            ask(&keyword.value);
        }
    }
}
