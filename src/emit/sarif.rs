//! SARIF 2.1.0, as code scanning services read it. The rules are described from their pages.

use ruff_text_size::{Ranged, TextRange};
use serde_json::{Value, json};

use crate::config::position;
use crate::diagnostic::Diagnostic;
use crate::fix::Fix;
use crate::report::Totals;
use crate::rule::{Level, Spec};
use crate::rules::RULES;
use crate::source::Source;

use super::place::{message, one_line, span};
use super::uri;

const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/\
                      sarif-schema-2.1.0.json";

/// The name of the directory in which heaplint runs: paths are relative to it.
const BASE: &str = "%SRCROOT%";

/// A service cuts longer descriptions off.
const MAX_DESCRIPTION: usize = 1000;

pub(super) fn head(totals: &Totals) -> String {
    let tool = json!({"driver": {
        "name": "heaplint",
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": RULES.iter().map(|rule| described(&rule.spec)).collect::<Vec<_>>(),
    }});
    let bases = json!({BASE: {
        "description": {"text": "The directory in which heaplint ran."},
    }});
    let invocation = json!([{"executionSuccessful": !totals.broken}]);
    format!(
        "{{\"$schema\": \"{SCHEMA}\", \"version\": \"2.1.0\", \"runs\": [{{\n\
         \"tool\": {tool},\n\
         \"automationDetails\": {{\"id\": \"heaplint/\"}},\n\
         \"columnKind\": \"unicodeCodePoints\",\n\
         \"originalUriBaseIds\": {bases},\n\
         \"invocations\": {invocation},\n\
         \"results\": ["
    )
}

pub(super) const TAIL: &str = "]\n}]}\n";

fn described(spec: &Spec) -> Value {
    let explain = format!("`heaplint explain {}` prints the whole page.", spec.code);
    let intro = clipped(intro(spec.page));
    let (level, severity) = match spec.level {
        Level::Warn => ("warning", "warning"),
        Level::Info | Level::Off => ("note", "recommendation"),
    };
    json!({
        "id": spec.code,
        "name": spec.name,
        "shortDescription": {"text": format!("{}.", spec.summary)},
        "fullDescription": {"text": intro},
        "help": {"text": format!("{intro}\n\n{explain}"), "markdown": spec.page},
        "defaultConfiguration": {"enabled": spec.level != Level::Off, "level": level},
        "properties": {"tags": [spec.family.slug()], "problem.severity": severity},
    })
}

/// The first paragraph of a page.
fn intro(page: &str) -> &str {
    let after_heading = page.split_once("\n\n").map_or(page, |(_, rest)| rest);
    after_heading.split("\n\n").next().unwrap_or_default().trim()
}

fn clipped(text: &str) -> String {
    match text.char_indices().nth(MAX_DESCRIPTION) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

pub(super) fn render(source: &Source, diagnostics: &[Diagnostic]) -> String {
    let file = artifact(source);
    let result = |found: &Diagnostic| format!("\n{}", result(source, &file, found));
    diagnostics.iter().map(result).collect::<Vec<_>>().join(",")
}

fn result(source: &Source, file: &Value, found: &Diagnostic) -> Value {
    let code = found.rule.spec.code;
    let mut text = message(source, found);
    if let Some(help) = &found.help {
        text.push_str("\nhelp: ");
        text.push_str(&one_line(help));
    }
    let mut result = json!({
        "ruleId": code,
        "level": match found.level {
            Level::Warn => "warning",
            Level::Info | Level::Off => "note",
        },
        "message": {"text": plain(&text)},
        "locations": [{"physicalLocation": location(source, file, found.range)}],
        "partialFingerprints": {"heaplint/v1": format!("{code}:{:016x}", found.place.hash)},
    });
    if let Some(index) = position(found.rule) {
        result["ruleIndex"] = index.into();
    }
    if !found.related.is_empty() {
        let related = |(index, label): (usize, &crate::diagnostic::Label)| {
            json!({
                "id": index + 1,
                "message": {"text": plain(&one_line(&label.message))},
                "physicalLocation": location(source, file, label.range),
            })
        };
        result["relatedLocations"] = found.related.iter().enumerate().map(related).collect();
    }
    // The edits of a notebook are those of its cells' text, not of its file.
    if let Some(fix) = found.fix.as_ref().filter(|_| !source.is_notebook()) {
        result["fixes"] = json!([fixed(source, file, fix)]);
    }
    result
}

fn fixed(source: &Source, file: &Value, fix: &Fix) -> Value {
    let replacement = |edit: &crate::fix::Edit| {
        json!({
            "deletedRegion": region(source, edit.range()),
            "insertedContent": {"text": edit.content()},
        })
    };
    json!({
        "description": {"text": plain(&one_line(fix.title()))},
        "artifactChanges": [{
            "artifactLocation": file,
            "replacements": fix.edits().iter().map(replacement).collect::<Vec<_>>(),
        }],
        "properties": {"applicability": fix.safety().as_str()},
    })
}

fn location(source: &Source, file: &Value, range: TextRange) -> Value {
    json!({"artifactLocation": file, "region": region(source, range)})
}

fn region(source: &Source, range: TextRange) -> Value {
    let (start, end) = span(source, range);
    json!({
        "startLine": start.row,
        "startColumn": start.column,
        "endLine": end.row,
        "endColumn": end.column,
    })
}

fn artifact(source: &Source) -> Value {
    match uri::of(source.path()) {
        uri::Uri::Relative(uri) => json!({"uri": uri, "uriBaseId": BASE}),
        uri::Uri::Absolute(uri) => json!({"uri": uri}),
    }
}

/// A text in which nothing is a link.
fn plain(text: &str) -> String {
    if text.contains("](") { text.replace('[', "\\[").replace(']', "\\]") } else { text.to_owned() }
}
