//! A JSON array with the field names that ruff's has, and ours beside them.
//!
//! Rows and columns are 1-based; columns count characters.

use std::path::PathBuf;

use ruff_text_size::{Ranged, TextSize};
use serde::Serialize;

use crate::diagnostic::Diagnostic;
use crate::source::{Position, Source};

#[derive(Serialize)]
struct Finding<'a> {
    code: &'a str,
    name: &'a str,
    family: &'a str,
    severity: &'a str,
    message: String,
    help: Option<&'a str>,
    filename: PathBuf,
    cell: Option<usize>,
    location: Location,
    end_location: Location,
    fix: Option<FixOut<'a>>,
    url: Option<&'a str>,
    cost: Option<u64>,
    related: Vec<Related<'a>>,
}

#[derive(Serialize)]
struct Location {
    row: usize,
    column: usize,
}

#[derive(Serialize)]
struct FixOut<'a> {
    applicability: &'a str,
    message: &'a str,
    edits: Vec<EditOut<'a>>,
}

#[derive(Serialize)]
struct EditOut<'a> {
    content: &'a str,
    location: Location,
    end_location: Location,
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'a str,
    location: Location,
    end_location: Location,
}

pub(super) fn render(source: &Source, diagnostics: &[Diagnostic]) -> String {
    objects(source, diagnostics)
        .into_iter()
        .map(|object| format!("\n  {object}"))
        .collect::<Vec<_>>()
        .join(",")
}

/// The object of each finding, in one line.
pub(super) fn objects(source: &Source, diagnostics: &[Diagnostic]) -> Vec<String> {
    let place = |offset: TextSize| {
        let Position { row, column, .. } = source.position(offset);
        Location { row, column }
    };
    let filename = std::path::absolute(source.path()).unwrap_or_else(|_| source.path().into());
    // A path need not be UTF-8; JSON has to be.
    let filename = PathBuf::from(filename.to_string_lossy().into_owned());
    let object = |found: &Diagnostic| {
        let spec = &found.rule.spec;
        let finding = Finding {
            code: spec.code,
            name: spec.name,
            family: spec.family.slug(),
            severity: found.level.severity(),
            message: found.message(),
            help: found.help.as_deref(),
            filename: filename.clone(),
            cell: source.position(found.range.start()).cell,
            location: place(found.range.start()),
            end_location: place(found.range.end()),
            fix: found.fix.as_ref().map(|fix| FixOut {
                applicability: fix.safety().as_str(),
                message: fix.title(),
                edits: fix
                    .edits()
                    .iter()
                    .map(|edit| EditOut {
                        content: edit.content(),
                        location: place(edit.start()),
                        end_location: place(edit.end()),
                    })
                    .collect(),
            }),
            url: None,
            cost: found.cost.map(|cost| cost.bytes),
            related: found
                .related
                .iter()
                .map(|label| Related {
                    message: &label.message,
                    location: place(label.range.start()),
                    end_location: place(label.range.end()),
                })
                .collect(),
        };
        // Plain structs of strings and numbers always serialize.
        serde_json::to_string(&finding).unwrap_or_default()
    };
    diagnostics.iter().map(object).collect()
}
