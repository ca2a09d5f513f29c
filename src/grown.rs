//! The report of a value that a loop makes anew and longer on each pass: one finding at the first
//! step, with the others beside it.

use ruff_text_size::Ranged;

use crate::cx::Cx;
use crate::diagnostic::Diagnostic;
use crate::facts::carried::{Carried, range};
use crate::facts::flow::Accumulation;
use crate::rule::Level;

/// Reports a step and shows the others of its value. The finding is an info where it is `minor`,
/// or where which of several values grows depends on the pass.
pub fn report<'d, 'a>(
    cx: &'d mut Cx<'_, 'a>,
    carried: &Carried<'a>,
    step: &Accumulation<'a>,
    label: String,
    minor: bool,
) -> &'d mut Diagnostic {
    let facts = cx.facts;
    let target = cx.text(step.target.range());
    let diagnostic = cx.report(range(facts, step), label);
    if minor || carried.keyed {
        diagnostic.level = diagnostic.level.min(Level::Info);
    }
    for other in facts.other_steps(carried) {
        diagnostic.related(other, format!("also makes `{target}` longer"));
    }
    diagnostic
}
