//! Limits that are looked at late in words.

use ruff_text_size::Ranged;

use super::Teller;
use crate::facts::Facts;

/// `Upload(Starlette) read by file.read(), MAX`: of calls of `len`.
pub(super) fn tell_limits(facts: &Facts<'_>, teller: &mut Teller) {
    for call in facts.call_sites() {
        if !facts.is_qualified(&call.func, "len") {
            continue;
        }
        let Some(late) = facts.late_limit(call) else { continue };
        let text = |range| facts.source.slice(range);
        let read = text(late.held.read.range());
        let limit = text(late.limit.range());
        let scaled = if late.scaled { ", scaled" } else { "" };
        teller.tell(call, format!("{:?} by {read}, {limit}{scaled}", late.held.origin));
    }
}
