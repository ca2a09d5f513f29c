//! Output formats. Each renders the part of one file, so that workers render in parallel and the
//! report is written once.

mod concise;
mod full;
mod json;
mod sanitize;
mod snippet;

use std::path::Path;

use crate::diagnostic::Diagnostic;
use crate::fix::Safety;
use crate::report::Totals;
use crate::source::{Position, Source};

pub use sanitize::printable;

/// An output format.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    clap::ValueEnum,
    schemars::JsonSchema,
    serde::Deserialize,
    serde::Serialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// A code frame with help, cost and fix for each finding.
    #[default]
    Full,
    /// One line for each finding.
    Concise,
    /// A JSON array.
    Json,
}

/// Whether a format is for people, who get colours, a summary and a progress bar.
impl Format {
    /// Whether people read it.
    pub fn is_human(self) -> bool {
        matches!(self, Format::Full | Format::Concise)
    }

    /// What stands before the first file.
    pub fn head(self) -> &'static str {
        if self == Format::Json { "[" } else { "" }
    }

    /// What stands between two files that both have findings.
    pub fn separator(self) -> &'static str {
        if self == Format::Json { "," } else { "" }
    }

    /// What stands after the last file. Fixes as safe as `up_to` count as offered.
    pub fn tail(self, totals: &Totals, up_to: Safety) -> String {
        match self {
            Format::Json if totals.warnings + totals.infos > 0 => "\n]\n".to_owned(),
            Format::Json => "]\n".to_owned(),
            Format::Full | Format::Concise => format!("{}\n", totals.summary(up_to)),
        }
    }

    /// The part of a file.
    pub fn file(self, source: &Source, diagnostics: &[Diagnostic], color: bool) -> String {
        if diagnostics.is_empty() {
            return String::new();
        }
        match self {
            Format::Full => full::render(source, diagnostics, color),
            Format::Concise => concise::render(source, diagnostics, color),
            Format::Json => json::render(source, diagnostics),
        }
    }
}

/// The cell of a place in a notebook, as it stands before the line: `cell 2:`.
fn cell(at: Position) -> String {
    at.cell.map_or_else(String::new, |cell| format!("cell {cell}:"))
}

/// A path for people: without line breaks and control characters.
fn shown_path(path: &Path) -> String {
    printable(&path.to_string_lossy()).into_owned()
}
