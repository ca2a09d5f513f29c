//! Commands of GitHub's workflows: annotations on the lines of a change.

use std::fmt::Write as _;

use crate::diagnostic::Diagnostic;
use crate::report::{Totals, plural};
use crate::rule::Level;
use crate::source::Source;

use super::place::{file, message, one_line, span};

/// A step shows so many annotations of each kind.
const SHOWN: usize = 10;

/// A notice about what is not going to be shown. It stands first: behind others it might itself be
/// one too many.
pub(super) fn head(totals: &Totals) -> String {
    if totals.warnings.max(totals.infos) <= SHOWN {
        return String::new();
    }
    // The notice is one of those that are shown.
    let hidden = totals.warnings.saturating_sub(SHOWN) + totals.infos.saturating_sub(SHOWN - 1);
    let more = plural(hidden, "finding");
    format!("::notice title=heaplint::{more} more than are shown as annotations; see the log\n")
}

pub(super) fn render(source: &Source, diagnostics: &[Diagnostic]) -> String {
    let path = file(source.path());
    let mut output = String::new();
    for found in diagnostics {
        let command = match found.level {
            Level::Warn => "warning",
            Level::Info | Level::Off => "notice",
        };
        let (start, end) = span(source, found.range);
        let code = found.rule.spec.code;
        let _ = write!(
            output,
            "::{command} title=heaplint ({code}),file={},line={}",
            property(&path),
            start.row
        );
        // Columns are understood only within one line.
        if start.row == end.row {
            let _ = write!(
                output,
                ",col={},endLine={},endColumn={}",
                start.column, end.row, end.column
            );
        } else {
            let _ = write!(output, ",endLine={}", end.row);
        }
        let (shown, told) = (one_line(&path), message(source, found));
        let _ = write!(
            output,
            "::{}",
            data(&format!("{shown}:{}:{}: {code} {told}", start.row, start.column))
        );
        if let Some(help) = &found.help {
            output.push_str(&data(&format!("\nhelp: {}", one_line(help))));
        }
        output.push('\n');
    }
    output
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
