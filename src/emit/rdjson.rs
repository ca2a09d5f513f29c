//! The diagnostic format of reviewdog, as one JSON document. Its columns count bytes of UTF-8.

use ruff_text_size::{Ranged, TextRange, TextSize};
use serde::Serialize;

use crate::diagnostic::Diagnostic;
use crate::fix::{Edit, Fix, apply};
use crate::rule::Level;
use crate::source::Source;

use super::place::{file, message};

#[derive(Serialize)]
struct Finding<'a> {
    message: String,
    location: Location<'a>,
    severity: &'a str,
    code: Code<'a>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suggestions: Vec<Suggestion>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    range: Range,
}

#[derive(Serialize)]
struct Code<'a> {
    value: &'a str,
}

#[derive(Serialize)]
struct Suggestion {
    range: Range,
    text: String,
}

#[derive(Serialize)]
struct Range {
    start: Place,
    end: Place,
}

#[derive(Serialize)]
struct Place {
    line: usize,
    column: usize,
}

pub(super) const HEAD: &str =
    "{\"source\": {\"name\": \"heaplint\"}, \"severity\": \"WARNING\", \"diagnostics\": [";

pub(super) fn render(source: &Source, diagnostics: &[Diagnostic]) -> String {
    let path = file(source.path());
    let finding = |found: &Diagnostic| {
        let finding = Finding {
            message: message(source, found),
            location: Location { path: &path, range: range(source, found.range) },
            severity: match found.level {
                Level::Warn => "WARNING",
                Level::Info | Level::Off => "INFO",
            },
            code: Code { value: found.rule.spec.code },
            suggestions: suggestions(source, found),
        };
        format!("\n  {}", serde_json::to_string(&finding).unwrap_or_default())
    };
    diagnostics.iter().map(finding).collect::<Vec<_>>().join(",")
}

fn range(source: &Source, range: TextRange) -> Range {
    let place = |offset: TextSize| {
        if source.is_notebook() {
            return Place { line: 1, column: 1 };
        }
        let line = source.lines().line_index(offset);
        let start = source.lines().line_start(line, source.text());
        Place { line: line.get(), column: (offset - start).to_usize() + 1 }
    };
    Range { start: place(range.start()), end: place(range.end()) }
}

/// The fix as one replacement: suggestions are alternatives, and the edits of a fix belong together.
fn suggestions(source: &Source, found: &Diagnostic) -> Vec<Suggestion> {
    let suggestion = |fix: &Fix| {
        let region = fix.range();
        let edits: Vec<Edit> = fix
            .edits()
            .iter()
            .map(|edit| Edit::replace(edit.range() - region.start(), edit.content()))
            .collect();
        Suggestion { range: range(source, region), text: apply(source.slice(region), &edits) }
    };
    found.fix.iter().filter(|_| !source.is_notebook()).map(suggestion).collect()
}
