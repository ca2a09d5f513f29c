//! The findings of a file below its path, places aligned. `[*]` marks a safe fix.

use std::fmt::Write as _;

use crate::diagnostic::Diagnostic;
use crate::source::Source;

use super::place::one_line;
use super::{cell, code, has_safe_fix, shown_path};

pub(super) fn render(source: &Source, diagnostics: &[Diagnostic], color: bool) -> String {
    let places: Vec<String> = diagnostics
        .iter()
        .map(|found| {
            let at = source.position(found.range.start());
            format!("{}{}:{}", cell(at), at.row, at.column)
        })
        .collect();
    let width = places.iter().map(String::len).max().unwrap_or(0);
    let path = shown_path(source.path());
    let mut output = if color { format!("\x1b[1m{path}:\x1b[0m\n") } else { format!("{path}:\n") };
    for (found, place) in diagnostics.iter().zip(places) {
        let code = code(found, color);
        let mark = if has_safe_fix(found) { " [*]" } else { "" };
        let message = one_line(&found.message());
        let _ = writeln!(output, "  {place:width$}  {code}{mark} {message}");
    }
    output.push('\n');
    output
}
