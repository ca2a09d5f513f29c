//! Putting the reports of shards together: the result is what one run over all files would have
//! written, byte for byte.
//!
//! Findings are kept as their texts. They are sorted by file as `discover` sorts files, and keep
//! their order within a file; a finding that two parts state is stated once.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::baseline::{Baseline, BaselineError};
use crate::discover::order;
use crate::emit::Format;
use crate::fix::Safety;
use crate::report::Totals;
use crate::rule::Level;

/// The report of a part: where it is from, and its text.
#[derive(Debug, Clone)]
pub struct Part {
    /// Where it was read from.
    pub path: PathBuf,
    /// What was read.
    pub text: String,
}

/// What the parts are together.
#[derive(Debug)]
pub struct Merged {
    /// The report.
    pub text: String,
    /// Its counts: `warnings`, `infos`, and whether a part is that of a broken run.
    pub totals: Totals,
}

/// Why parts cannot be put together.
#[derive(Debug, thiserror::Error)]
pub enum MergeError {
    /// A part is none of the formats.
    #[error("`{}` is no report of heaplint that can be merged (json, json-lines, sarif, a baseline): {reason}", path.display())]
    Unknown {
        /// The part.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Two parts have different formats.
    #[error("`{}` is {first_kind}, but `{}` is {kind}", first.display(), path.display())]
    Mixed {
        /// A part.
        first: PathBuf,
        /// Its format.
        first_kind: &'static str,
        /// Another part.
        path: PathBuf,
        /// Its format.
        kind: &'static str,
    },
    /// A part is the report of another version, whose rules may be others.
    #[error("`{}` is a report of heaplint {found}; this is {}", path.display(), env!("CARGO_PKG_VERSION"))]
    Version {
        /// The part.
        path: PathBuf,
        /// The version that wrote it.
        found: String,
    },
    /// A part is a baseline that cannot be read.
    #[error(transparent)]
    Baseline(#[from] BaselineError),
}

/// A part that was understood.
enum Report {
    Json(Vec<Box<RawValue>>),
    JsonLines(Vec<Box<RawValue>>),
    Sarif(Run),
    Baseline(Baseline),
}

impl Report {
    fn kind(&self) -> &'static str {
        match self {
            Report::Json(_) => "json",
            Report::JsonLines(_) => "json-lines",
            Report::Sarif(_) => "sarif",
            Report::Baseline(_) => "a baseline",
        }
    }
}

#[derive(Deserialize)]
struct Sarif {
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    tool: Tool,
    invocations: Vec<Invocation>,
    results: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct Tool {
    driver: Driver,
}

#[derive(Deserialize)]
struct Driver {
    name: String,
    version: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
}

/// What of a finding is needed to sort and count it.
struct Finding {
    file: PathBuf,
    warns: bool,
    text: Box<RawValue>,
}

/// Puts parts together. `here` is the directory in which heaplint runs.
///
/// # Errors
///
/// When a part is no report, or not one of the same format and version as the others.
pub fn merge(parts: &[Part], here: &Path) -> Result<Merged, MergeError> {
    let mut reports = Vec::with_capacity(parts.len());
    for part in parts {
        let report = read(part)?;
        if let Some((first, of)) = reports.first()
            && Report::kind(of) != report.kind()
        {
            let first: &&Part = first;
            return Err(MergeError::Mixed {
                first: first.path.clone(),
                first_kind: of.kind(),
                path: part.path.clone(),
                kind: report.kind(),
            });
        }
        reports.push((part, report));
    }
    let mut totals = Totals { files: parts.len(), ..Totals::default() };
    let mut format = Format::Json;
    let mut findings = Vec::new();
    let mut baseline: Option<Baseline> = None;
    for (part, report) in reports {
        let read = |of: fn(&str) -> Result<(PathBuf, bool), serde_json::Error>, texts: Vec<_>| {
            let finding = |text: Box<RawValue>| {
                let (file, warns) = of(text.get()).map_err(|error| unknown(part, &error))?;
                Ok(Finding { file, warns, text })
            };
            texts.into_iter().map(finding).collect::<Result<Vec<_>, MergeError>>()
        };
        match report {
            Report::Json(texts) => findings.extend(read(json, texts)?),
            Report::JsonLines(texts) => {
                format = Format::JsonLines;
                findings.extend(read(json, texts)?);
            }
            Report::Sarif(run) => {
                format = Format::Sarif;
                totals.broken |= run.invocations.iter().any(|it| !it.execution_successful);
                findings.extend(read(sarif, run.results)?);
            }
            Report::Baseline(other) => match &mut baseline {
                Some(baseline) => baseline.unite(other),
                None => baseline = Some(other),
            },
        }
    }
    if let Some(baseline) = baseline {
        return Ok(Merged { text: baseline.to_text(), totals });
    }
    findings.sort_by_cached_key(|finding| order(&finding.file, here));
    let mut stated = HashSet::new();
    findings.retain(|finding| stated.insert(finding.text.get().to_owned()));
    totals.warnings = findings.iter().filter(|finding| finding.warns).count();
    totals.infos = findings.len() - totals.warnings;
    Ok(Merged { text: written(format, &findings, &totals), totals })
}

fn written(format: Format, findings: &[Finding], totals: &Totals) -> String {
    let mut text = format.head(totals).into_owned();
    for (index, finding) in findings.iter().enumerate() {
        let finding = finding.text.get();
        match format {
            Format::JsonLines => {
                text.push_str(finding);
                text.push('\n');
                continue;
            }
            Format::Sarif => text.push_str(if index == 0 { "\n" } else { ",\n" }),
            _ => text.push_str(if index == 0 { "\n  " } else { ",\n  " }),
        }
        text.push_str(finding);
    }
    text.push_str(&format.tail(totals, Safety::Safe));
    text
}

fn unknown(part: &Part, reason: &dyn std::fmt::Display) -> MergeError {
    MergeError::Unknown { path: part.path.clone(), reason: reason.to_string() }
}

fn read(part: &Part) -> Result<Report, MergeError> {
    let text = part.text.trim_start_matches('\u{feff}').trim();
    if text.starts_with('[') {
        return Ok(Report::Json(
            serde_json::from_str(text).map_err(|error| unknown(part, &error))?,
        ));
    }
    // An object of its own on each line, or none: the report of a clean run.
    let first = text.lines().next().unwrap_or_default();
    if text.is_empty() || json(first).is_ok() {
        let lines: Result<Vec<Box<RawValue>>, _> = text.lines().map(serde_json::from_str).collect();
        return Ok(Report::JsonLines(lines.map_err(|error| unknown(part, &error))?));
    }
    if first.contains("\"findings\"") {
        return Ok(Report::Baseline(Baseline::parse(&part.path, text)?));
    }
    let sarif: Sarif = serde_json::from_str(text).map_err(|error| unknown(part, &error))?;
    let mut runs = sarif.runs.into_iter();
    let (Some(run), None) = (runs.next(), runs.next()) else {
        return Err(unknown(part, &"it is SARIF of more runs than one, or of none"));
    };
    let driver = &run.tool.driver;
    if driver.name != "heaplint" {
        return Err(unknown(part, &format!("it is SARIF of `{}`", driver.name)));
    }
    if driver.version != env!("CARGO_PKG_VERSION") {
        let found = driver.version.clone();
        return Err(MergeError::Version { path: part.path.clone(), found });
    }
    Ok(Report::Sarif(run))
}

/// The file and whether it is a warning, of an object of the format `json`.
fn json(text: &str) -> Result<(PathBuf, bool), serde_json::Error> {
    #[derive(Deserialize)]
    struct Json {
        filename: PathBuf,
        severity: String,
    }
    let found: Json = serde_json::from_str(text)?;
    Ok((found.filename, found.severity == Level::Warn.severity()))
}

/// The same of a SARIF result. A relative URI is taken as a path below the current directory.
fn sarif(text: &str) -> Result<(PathBuf, bool), serde_json::Error> {
    #[derive(Deserialize)]
    struct Found {
        level: String,
        locations: Vec<Location>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Location {
        physical_location: Physical,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Physical {
        artifact_location: Artifact,
    }
    #[derive(Deserialize)]
    struct Artifact {
        uri: String,
    }
    let found: Found = serde_json::from_str(text)?;
    let uri = found.locations.first().map(|it| it.physical_location.artifact_location.uri.as_str());
    Ok((crate::emit::path_of_uri(uri.unwrap_or_default()), found.level == "warning"))
}
