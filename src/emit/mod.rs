//! Output formats. Each renders the part of one file, so that workers render in parallel and the
//! report is written once.

mod agent;
mod azure;
mod concise;
mod full;
mod github;
mod gitlab;
mod grouped;
mod json;
mod json_lines;
mod junit;
mod markdown;
mod place;
mod pylint;
mod rdjson;
mod sanitize;
mod sarif;
mod snippet;
mod uri;

use std::borrow::Cow;
use std::path::Path;

use crate::diagnostic::Diagnostic;
use crate::fix::Safety;
use crate::report::Totals;
use crate::rule::Level;
use crate::source::{Position, Source};

pub use sanitize::printable;
pub(crate) use uri::{of_file as uri_of_file, path as path_of_uri};

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
    /// The findings of each file below its path.
    Grouped,
    /// One line for each finding and what fixes it, for AI agents.
    Agent,
    /// A table in Markdown.
    Markdown,
    /// A JSON array.
    Json,
    /// A JSON object on each line.
    JsonLines,
    /// SARIF 2.1.0.
    Sarif,
    /// Annotations of GitHub's workflows.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// Logging commands of Azure Pipelines.
    Azure,
    /// JUnit's XML.
    Junit,
    /// One line for each finding, as pylint prints it.
    Pylint,
    /// The JSON of reviewdog.
    Rdjson,
}

impl Format {
    /// Whether people read it, who get colours and a progress bar.
    pub fn is_human(self) -> bool {
        matches!(self, Format::Full | Format::Concise | Format::Grouped)
    }

    /// Whether it is text that ends in a summary, and no document of its own.
    pub fn is_prose(self) -> bool {
        self.is_human() || self == Format::Agent
    }

    /// What stands before the first file.
    pub fn head(self, totals: &Totals) -> Cow<'static, str> {
        match self {
            Format::Json | Format::Gitlab => "[".into(),
            Format::Rdjson => rdjson::HEAD.into(),
            Format::Markdown => markdown::head(totals).into(),
            Format::Sarif => sarif::head(totals).into(),
            Format::Github => github::head(totals).into(),
            Format::Junit => junit::head(totals).into(),
            Format::Full
            | Format::Concise
            | Format::Grouped
            | Format::Agent
            | Format::JsonLines
            | Format::Azure
            | Format::Pylint => "".into(),
        }
    }

    /// What stands between two files that both have findings.
    pub fn separator(self) -> &'static str {
        match self {
            Format::Json | Format::Gitlab | Format::Rdjson | Format::Sarif => ",",
            _ => "",
        }
    }

    /// What stands after the last file. Fixes as safe as `up_to` count as offered.
    pub fn tail(self, totals: &Totals, up_to: Safety) -> String {
        let line = if totals.warnings + totals.infos > 0 { "\n" } else { "" };
        match self {
            Format::Full | Format::Concise | Format::Grouped | Format::Agent => {
                format!("{}\n", totals.summary(up_to))
            }
            Format::Markdown => format!("{line}{}\n", totals.summary(up_to)),
            Format::Json | Format::Gitlab => format!("{line}]\n"),
            Format::Rdjson => format!("{line}]}}\n"),
            Format::Sarif => format!("{line}{}", sarif::TAIL),
            Format::Junit => junit::TAIL.to_owned(),
            Format::JsonLines | Format::Github | Format::Azure | Format::Pylint => String::new(),
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
            Format::Grouped => grouped::render(source, diagnostics, color),
            Format::Agent => agent::render(source, diagnostics),
            Format::Markdown => markdown::render(source, diagnostics),
            Format::Json => json::render(source, diagnostics),
            Format::JsonLines => json_lines::render(source, diagnostics),
            Format::Sarif => sarif::render(source, diagnostics),
            Format::Github => github::render(source, diagnostics),
            Format::Gitlab => gitlab::render(source, diagnostics),
            Format::Azure => azure::render(source, diagnostics),
            Format::Junit => junit::render(source, diagnostics),
            Format::Pylint => pylint::render(source, diagnostics),
            Format::Rdjson => rdjson::render(source, diagnostics),
        }
    }
}

/// Whether a finding has a safe fix.
fn has_safe_fix(found: &Diagnostic) -> bool {
    found.fix.as_ref().is_some_and(|fix| fix.safety() == Safety::Safe)
}

/// The code of a finding, coloured by its level.
fn code(found: &Diagnostic, color: bool) -> String {
    let code = found.rule.spec.code;
    match (color, found.level) {
        (false, _) => code.to_owned(),
        (true, Level::Warn) => format!("\x1b[1;33m{code}\x1b[0m"),
        (true, _) => format!("\x1b[1;36m{code}\x1b[0m"),
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
