//! One line for each finding as tools expect it that read pylint: `path:line: [CODE] message`.

use std::fmt::Write as _;

use crate::diagnostic::Diagnostic;
use crate::source::Source;

use super::place::{file, message, one_line, span};

pub(super) fn render(source: &Source, diagnostics: &[Diagnostic]) -> String {
    let path = one_line(&file(source.path()));
    let mut output = String::new();
    for found in diagnostics {
        let (start, _) = span(source, found.range);
        let code = found.rule.spec.code;
        let _ = writeln!(output, "{path}:{}: [{code}] {}", start.row, message(source, found));
    }
    output
}
