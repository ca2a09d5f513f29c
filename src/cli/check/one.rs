//! One file of a run: read, analyze, fix, render. Panics stay inside.

use std::path::Path;

use similar::TextDiff;

use super::{Changed, Mode, Run};
use crate::baseline::Baseline;
use crate::cli::{paths, pool};
use crate::config::Settings;
use crate::diagnostic::Diagnostic;
use crate::discover::Job;
use crate::emit::printable;
use crate::fix::{Fixed, Outcome, fix_where};
use crate::report::{FileReport, Totals};
use crate::source::Source;
use crate::suppress;

/// Reads, treats and renders one file.
pub(super) fn file(job: &Job, run: &Run) -> FileReport {
    let mut settings = job.project.settings.clone();
    settings.suppressions &= !run.ignore_suppressions;
    let mut report = pool::contained(|| match paths::read(&job.path) {
        Ok(bytes) => {
            // What is to be written over must still be what was read.
            let writes = matches!(run.mode, Mode::Fix | Mode::AddIgnore(_));
            let before = if writes { bytes.clone() } else { Vec::new() };
            let source = Source::from_bytes(&job.path, bytes).below(&job.project.root);
            let (mut report, changed) = treat(&source, &settings, run);
            if let Some(after) = changed {
                match paths::write(&after, &before) {
                    Ok(()) => {}
                    Err(error) => {
                        // Nothing was fixed, so what was to be fixed is still there.
                        report = unfixed(&source, &settings, run);
                        let path = job.path.to_string_lossy();
                        report.trouble = Some(format!("{}: {error}", printable(&path)));
                        report.totals.broken = true;
                    }
                }
            }
            report
        }
        Err(paths::Unread { source, missing }) => {
            let mut report = unfixed(&source, &settings, run);
            report.totals.broken = missing && job.explicit;
            report
        }
    })
    .unwrap_or_else(|panic| failed(&job.path, &panic));
    report.path = printable(&job.path.to_string_lossy()).into_owned();
    report
}

/// The report about a file on which heaplint itself failed.
pub(super) fn failed(path: &Path, panic: &str) -> FileReport {
    FileReport {
        totals: Totals { files: 1, broken: true, ..Totals::default() },
        trouble: Some(format!(
            "heaplint failed on `{}`: {}\nThis is a bug in heaplint; please report it with \
             the file that causes it. The other files were checked.",
            printable(&path.to_string_lossy()),
            printable(panic),
        )),
        ..FileReport::default()
    }
}

/// What fixing did before the rest is reported.
#[derive(Default)]
struct Fixes {
    applied: Vec<&'static crate::rule::Rule>,
    /// The findings on lines that did not change: which lines did is known only of the file as it
    /// was.
    untouched: Option<Baseline>,
    trouble: Option<String>,
}

/// Does with a source what the mode says. Gives the source to write, if it is to be.
pub(super) fn treat(
    source: &Source,
    settings: &Settings,
    run: &Run,
) -> (FileReport, Option<Source>) {
    match &run.mode {
        Mode::Report => (unfixed(source, settings, run), None),
        Mode::Fix => {
            let (fixed, mut fixes) = fixed(source, settings, run);
            fixes.untouched =
                run.changed.as_ref().map(|changed| untouched(source, settings, changed));
            let Fixed { source: after, left, .. } = fixed;
            let report = reported(&after, left, settings, run, &fixes);
            let changed = after.text() != source.text();
            (report, changed.then_some(after))
        }
        Mode::Diff => {
            let (fixed, fixes) = fixed(source, settings, run);
            let mut report = FileReport {
                totals: Totals { files: 1, fixed: fixes.applied.len(), ..Totals::default() },
                trouble: fixes.trouble,
                fixed: fixes.applied,
                ..FileReport::default()
            };
            report.rendered = diff(source, &fixed.source);
            (report, None)
        }
        Mode::AddIgnore(reason) => {
            let added = suppress::add(source, settings, reason);
            let totals = Totals { files: 1, suppressed: added.count, ..Totals::default() };
            let changed = added.source.text() != source.text();
            (FileReport { totals, ..FileReport::default() }, changed.then_some(added.source))
        }
    }
}

fn untouched(source: &Source, settings: &Settings, changed: &Changed) -> Baseline {
    let mut outside = crate::analyze(source, settings).diagnostics;
    outside.retain(|diagnostic| !changed.holds(source, diagnostic));
    let mut untouched = Baseline::empty(source.path());
    untouched.add(source.path(), &outside);
    untouched
}

fn fixed(source: &Source, settings: &Settings, run: &Run) -> (Fixed, Fixes) {
    let wanted = |current: &Source, diagnostic: &Diagnostic| {
        let known = run.baseline.as_ref().is_some_and(|it| it.holds(source.path(), diagnostic));
        // Lines are those of the file as it was read.
        let touched = run.changed.as_ref().is_none_or(|changed| {
            current.text() == source.text() && changed.holds(source, diagnostic)
        });
        !known && touched
    };
    let fixed = fix_where(source, settings, run.up_to, &wanted);
    let trouble = match &fixed.outcome {
        Outcome::Converged => None,
        Outcome::OutOfRounds => Some(format!(
            "{}: fixes were still offered after the last round; please report the file",
            printable(&source.path().to_string_lossy())
        )),
        Outcome::Refused(rules) => {
            let names: Vec<&str> = rules.iter().map(|rule| rule.spec.code).collect();
            Some(format!(
                "{}: fixing would have broken the file, so it was left as it is. The fixes were \
                 those of {}. This is a bug in heaplint; please report it with the file.",
                printable(&source.path().to_string_lossy()),
                names.join(", ")
            ))
        }
    };
    let fixes = Fixes { applied: fixed.applied.clone(), trouble, untouched: None };
    (fixed, fixes)
}

/// The report of a source's findings as it is.
fn unfixed(source: &Source, settings: &Settings, run: &Run) -> FileReport {
    let found = crate::analyze(source, settings).diagnostics;
    reported(source, found, settings, run, &Fixes::default())
}

/// The report of the findings that are left in a source.
fn reported(
    source: &Source,
    mut diagnostics: Vec<Diagnostic>,
    settings: &Settings,
    run: &Run,
    fixes: &Fixes,
) -> FileReport {
    let mut stale = 0;
    if let Some(baseline) = &run.baseline {
        stale = baseline.compare(source.path(), &mut diagnostics).stale;
    }
    if let Some(untouched) = &fixes.untouched {
        untouched.compare(source.path(), &mut diagnostics);
    } else if let Some(changed) = &run.changed {
        diagnostics.retain(|diagnostic| changed.holds(source, diagnostic));
    }
    let mut totals = Totals::of(&diagnostics, settings);
    totals.fixed = fixes.applied.len();
    FileReport {
        rendered: run.format.file(source, &diagnostics, run.color),
        totals,
        trouble: fixes.trouble.clone(),
        fixed: fixes.applied.clone(),
        diagnostics,
        stale,
        path: String::new(),
    }
}

/// What `patch -p0` understands.
fn diff(before: &Source, after: &Source) -> String {
    if before.text() == after.text() {
        return String::new();
    }
    let path = before.path().to_string_lossy().replace('\\', "/");
    // Of a notebook the file is compared, not the text of its cells.
    let whole = |source: &Source| {
        let file = source.is_notebook().then(|| source.to_bytes()).flatten();
        file.map_or_else(
            || source.text().to_owned(),
            |bytes| String::from_utf8_lossy(&bytes).into_owned(),
        )
    };
    let (before, after) = (whole(before), whole(after));
    let changes = TextDiff::from_lines(&before, &after);
    let mut unified = changes.unified_diff();
    if path == "-" {
        return unified.to_string();
    }
    unified.header(&path, &path).to_string()
}
