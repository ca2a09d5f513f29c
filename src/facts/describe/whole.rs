//! Limits that are looked at late, and workbooks that only pass through, in words.

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

/// `Rows, closed`: of calls of `load_workbook`. `written`: of those of `Workbook`.
pub(super) fn tell_books(facts: &Facts<'_>, teller: &mut Teller) {
    for call in facts.call_sites() {
        match facts.qualified(&call.func) {
            Some("openpyxl.load_workbook") => {
                let Some(book) = facts.read_book(call) else { continue };
                let closed = if book.closed { ", closed" } else { "" };
                let open = if book.from_open { ", from an open file" } else { "" };
                teller.tell(call, format!("{:?}{closed}{open}", book.asked));
            }
            Some("openpyxl.Workbook") => {
                let Some(book) = facts.written_book(call) else { continue };
                let active = if book.active.is_some() { ", active" } else { "" };
                teller.tell(call, format!("written{active}"));
            }
            _ => {}
        }
    }
}
