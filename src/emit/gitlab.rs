//! GitLab's code quality report: a JSON array. Entries are told apart by their fingerprints, so
//! each has one of its own, and the same one after the code has moved.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::diagnostic::Diagnostic;
use crate::fingerprint::digest;
use crate::rule::Level;
use crate::source::{Position, Source};

use super::place::{file, message, span};

#[derive(Serialize)]
struct Issue<'a> {
    description: String,
    check_name: &'a str,
    fingerprint: String,
    severity: &'a str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    positions: Positions,
}

#[derive(Serialize)]
struct Positions {
    begin: Place,
    end: Place,
}

#[derive(Serialize)]
struct Place {
    line: usize,
    column: usize,
}

impl From<Position> for Place {
    fn from(at: Position) -> Place {
        Place { line: at.row, column: at.column }
    }
}

pub(super) fn render(source: &Source, diagnostics: &[Diagnostic]) -> String {
    let path = file(source.path());
    let mut seen: BTreeMap<(&str, u64), usize> = BTreeMap::new();
    let mut issues = Vec::new();
    for found in diagnostics {
        let code = found.rule.spec.code;
        let occurrence = seen.entry((code, found.place.hash)).or_default();
        let salt = digest(&[&path, code, &occurrence.to_string()]);
        *occurrence += 1;
        let (begin, end) = span(source, found.range);
        let issue = Issue {
            description: message(source, found),
            check_name: code,
            fingerprint: format!("{:016x}{salt:016x}", found.place.hash),
            severity: match found.level {
                Level::Warn => "major",
                Level::Info | Level::Off => "info",
            },
            location: Location {
                path: &path,
                positions: Positions { begin: begin.into(), end: end.into() },
            },
        };
        issues.push(format!("\n  {}", serde_json::to_string(&issue).unwrap_or_default()));
    }
    issues.join(",")
}
