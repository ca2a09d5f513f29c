//! One line for each finding: `path:line:column: CODE [*] message`. `[*]` marks a safe fix.

use std::fmt::Write as _;

use crate::diagnostic::Diagnostic;
use crate::source::Source;

use super::{cell, code, has_safe_fix, printable, shown_path};

pub(super) fn render(source: &Source, diagnostics: &[Diagnostic], color: bool) -> String {
    let path = shown_path(source.path());
    let mut output = String::new();
    for found in diagnostics {
        let at = source.position(found.range.start());
        let mark = if has_safe_fix(found) { " [*]" } else { "" };
        let code = code(found, color);
        // Writing to a string cannot fail.
        let _ = writeln!(
            output,
            "{path}:{}{}:{}: {code}{mark} {}",
            cell(at),
            at.row,
            at.column,
            printable(&found.message().replace('\n', " ")),
        );
    }
    output
}
