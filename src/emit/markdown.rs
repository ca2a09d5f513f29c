//! A table in GitHub's Markdown, for the summary of a job or a comment.

use std::fmt::Write as _;

use crate::diagnostic::Diagnostic;
use crate::fix::{Fix, Safety};
use crate::report::Totals;
use crate::source::Source;

use super::cell;
use super::place::{file, one_line};

pub(super) fn head(totals: &Totals) -> String {
    let mut text = "### heaplint\n\n".to_owned();
    if totals.warnings + totals.infos > 0 {
        text.push_str("| place | level | rule | finding | fix |\n|---|---|---|---|---|\n");
    }
    text
}

pub(super) fn render(source: &Source, diagnostics: &[Diagnostic]) -> String {
    let path = escaped(&one_line(&file(source.path())));
    let mut output = String::new();
    for found in diagnostics {
        let at = source.position(found.range.start());
        let spec = &found.rule.spec;
        let _ = writeln!(
            output,
            "| {path}:{}{}:{} | {} | {} {} | {} | {} |",
            cell(at),
            at.row,
            at.column,
            found.level.severity(),
            spec.code,
            spec.name,
            text(&one_line(&found.message())),
            found.fix.as_ref().map(Fix::safety).map_or("", Safety::as_str),
        );
    }
    output
}

/// A message, whose code stands between backticks.
fn text(message: &str) -> String {
    let spans = message.matches('`').count();
    if spans % 2 == 1 || message.contains("``") {
        return escaped(message);
    }
    let mut output = String::new();
    for (index, part) in message.split('`').enumerate() {
        if index > 0 {
            output.push('`');
        }
        // In code only what ends a cell has a meaning.
        if index % 2 == 1 {
            output.push_str(&part.replace('|', "\\|"));
        } else {
            output.push_str(&escaped(part));
        }
    }
    output
}

/// Text in which nothing has a meaning to Markdown or HTML.
fn escaped(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => output.push_str("&amp;"),
            '<' => output.push_str("&lt;"),
            '>' => output.push_str("&gt;"),
            // A mention or a reference would notify somebody.
            '@' => output.push_str("&#64;"),
            '#' => output.push_str("&#35;"),
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '~' | '$' => output.extend(['\\', c]),
            _ => output.push(c),
        }
    }
    output
}
