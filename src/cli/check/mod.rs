//! `heaplint check`: find the files, analyze them in parallel, report.

mod agent;
mod arguments;
mod changed;
mod one;
mod stdin;
mod watch;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::prelude::*;

use super::{color, pool};
use crate::baseline::Baseline;
use crate::config::{Project, Projects};
use crate::discover::{Discovered, Walk, discover};
use crate::emit::{Format, printable};
use crate::fix::{Fix, Safety};
use crate::report::{FileReport, Totals, plural};
pub(super) use arguments::Check;
use changed::Changed;

/// Fewer files are done before a bar could be read.
const FILES_WORTH_A_BAR: usize = 200;

/// What is done with the findings of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Mode {
    /// They are reported.
    Report,
    /// They are fixed where they can be, and the rest is reported.
    Fix,
    /// What fixing would do is printed.
    Diff,
    /// They are suppressed by comments with this reason.
    AddIgnore(String),
}

/// What holds for all files of a run.
struct Run {
    mode: Mode,
    /// The least safe fixes to apply.
    up_to: Safety,
    format: Format,
    color: bool,
    baseline: Option<Baseline>,
    changed: Option<Changed>,
    ignore_suppressions: bool,
}

/// Runs the command and returns its exit code.
pub(super) fn run(check: &Check) -> anyhow::Result<u8> {
    if check.watch {
        return watch::run(check);
    }
    once(check)
}

fn once(check: &Check) -> anyhow::Result<u8> {
    let directory = std::env::current_dir().context("cannot tell the current directory")?;
    let projects = Arc::new(Projects::new(check.lookup()?, check.options()?, directory.clone()));
    // What is asked once a run is asked of the directory in which it runs.
    let here = projects.of(&directory)?;
    let run = Run::new(check, &here)?;
    if check.config.show_settings {
        return show_settings(check, &projects);
    }
    if check.paths.iter().any(|path| path.as_os_str() == "-") {
        anyhow::ensure!(check.paths.len() == 1, "`-` has to be the only path");
        return stdin::run(check, &projects, &run);
    }
    let pool = pool::build(check.threads)?;
    let walk = Walk {
        threads: pool.current_num_threads(),
        respect_gitignore: here.options.respect_gitignore.unwrap_or(true),
    };
    let mut found = discover(&check.paths, &projects, walk);
    if let Some(changed) = &run.changed {
        found.jobs.retain(|job| changed.has(&job.path));
    }
    for warning in projects.warnings().iter().chain(&found.errors) {
        warn(warning);
    }
    if found.jobs.is_empty() && found.broken.is_empty() {
        warn(if run.changed.is_some() {
            "no Python file among the given paths has changed"
        } else {
            "no Python files found under the given paths"
        });
        if check.files.error_on_no_files {
            return Ok(super::BROKEN);
        }
    }
    if let Some(shard) = check.files.shard {
        found.jobs = crate::shard::share(std::mem::take(&mut found.jobs), shard, &directory);
    }
    if check.files.show_files {
        return show_files(&found);
    }
    let bar = progress(check, run.format, found.jobs.len());
    let reports: Vec<FileReport> = pool.install(|| {
        found
            .jobs
            .par_iter()
            // A large file at the end of a batch must not wait for its neighbours.
            .with_max_len(4)
            .map(|job| {
                let report = one::file(job, &run);
                bar.inc(1);
                report
            })
            .collect()
    });
    bar.finish_and_clear();
    for error in &found.broken {
        let _ = writeln!(std::io::stderr(), "error: {error}");
    }
    let stale = match baseline_path(check, &here) {
        Some(path) => update_baseline(check, &path, &run, &found, &reports)?,
        None => false,
    };
    let code = report(check, &run, &reports, found.broken.is_empty())?;
    Ok(if stale && code == 0 { 1 } else { code })
}

impl Run {
    fn new(check: &Check, here: &Project) -> anyhow::Result<Run> {
        let fixing = &check.fixing;
        let fixes = here.options.fix.unwrap_or(false) || fixing.fix_only;
        let mode = match &check.accepted.add_ignore {
            Some(reason) => Mode::AddIgnore(reason.trim().to_owned()),
            None if fixing.diff => Mode::Diff,
            None if fixes => Mode::Fix,
            None => Mode::Report,
        };
        let unsafe_fixes = here.options.unsafe_fixes.unwrap_or(false);
        let format = here.options.output_format.unwrap_or_else(agent::default_format);
        let writes_file = check.output.output_file.is_some();
        let changed = match (&check.files.since, check.files.changed) {
            (Some(revision), _) => Some(Changed::since(revision)?),
            (None, true) => Some(Changed::since("HEAD")?),
            (None, false) => None,
        };
        // Writing a baseline compares nothing: it takes everything in.
        let used = !check.accepted.write_baseline && !check.accepted.prune_baseline;
        let baseline = match baseline_path(check, here) {
            Some(path) if used => Some(Baseline::read(&path)?),
            _ => None,
        };
        Ok(Run {
            mode,
            up_to: if unsafe_fixes { Safety::Unsafe } else { Safety::Safe },
            format,
            color: format.is_human() && !writes_file && color::wanted(check.output.color),
            baseline,
            changed,
            ignore_suppressions: check.accepted.ignore_suppressions,
        })
    }
}

fn baseline_path(check: &Check, here: &Project) -> Option<PathBuf> {
    let accepted = &check.accepted;
    if accepted.no_baseline {
        return None;
    }
    let given = accepted.baseline.clone().or_else(|| here.baseline.clone());
    let needed = accepted.write_baseline || accepted.prune_baseline || accepted.baseline_strict;
    given.or_else(|| needed.then(|| here.root.join("heaplint-baseline.json")))
}

/// Writes, prunes or judges the baseline, as was asked. Whether the run fails for what is stale.
fn update_baseline(
    check: &Check,
    path: &Path,
    run: &Run,
    found: &Discovered,
    reports: &[FileReport],
) -> anyhow::Result<bool> {
    let accepted = &check.accepted;
    let empty = Baseline::empty(path);
    let checked: std::collections::BTreeSet<String> =
        found.jobs.iter().map(|job| empty.relative(&job.path)).collect();
    let is_checked = |path: &str| checked.contains(path);
    if !accepted.write_baseline && !accepted.prune_baseline {
        let Some(baseline) = &run.baseline else { return Ok(false) };
        let stale = reports.iter().map(|report| report.stale).sum::<usize>()
            + baseline.stale_outside(&is_checked);
        if stale > 0 && accepted.baseline_strict {
            let _ = writeln!(
                std::io::stderr(),
                "error: the baseline is stale: {} gone; `heaplint check --prune-baseline` takes \
                 out what is gone",
                plural(stale, "finding")
            );
            return Ok(true);
        }
        return Ok(false);
    }
    let before = if path.exists() { Baseline::read(path)? } else { empty.clone() };
    let mut today = empty;
    for (job, report) in found.jobs.iter().zip(reports) {
        today.add(&job.path, &report.diagnostics);
    }
    let after = if accepted.prune_baseline {
        let mut pruned = before.clone();
        pruned.prune(&today, &is_checked);
        pruned
    } else {
        today.keep_unchecked(&before, &is_checked);
        today
    };
    let text = after.to_text();
    std::fs::write(path, text)
        .with_context(|| format!("cannot write the baseline `{}`", path.display()))?;
    let (was, is) = (before.len(), after.len());
    let _ = writeln!(
        std::io::stderr(),
        "The baseline `{}` holds {} (before: {was}).",
        path.display(),
        plural(is, "finding")
    );
    Ok(false)
}

/// Puts the parts of the report together, writes it, and gives the exit code.
fn report(
    check: &Check,
    run: &Run,
    reports: &[FileReport],
    configured: bool,
) -> anyhow::Result<u8> {
    let mut totals = Totals { broken: !configured, ..Totals::default() };
    for report in reports {
        totals.add(report.totals);
    }
    let mut by_rule = Vec::new();
    let mut fixed = Vec::new();
    let format = run.format;
    let silent = check.fixing.fix_only
        || check.output.statistics
        || check.accepted.write_baseline
        || check.accepted.prune_baseline
        || matches!(run.mode, Mode::Diff | Mode::AddIgnore(_));
    let head = if silent { Cow::Borrowed("") } else { format.head(&totals) };
    let mut parts: Vec<&str> = vec![&head];
    let mut first = true;
    for report in reports {
        by_rule.extend(
            report.diagnostics.iter().map(|it| (it.rule, it.fix.as_ref().map(Fix::safety))),
        );
        fixed.extend(report.fixed.iter().map(|rule| (report.path.as_str(), *rule)));
        if report.rendered.is_empty() || silent && run.mode != Mode::Diff {
            continue;
        }
        if !first && !silent {
            parts.push(format.separator());
        }
        first = false;
        parts.push(&report.rendered);
    }
    let mut tail = String::new();
    if check.output.statistics {
        tail.push_str(&crate::report::statistics(&by_rule, format));
    } else if !(silent || check.output.quiet && format.is_prose()) {
        tail.push_str(&format.tail(&totals, run.up_to));
    }
    if check.fixing.show_fixes && !check.output.quiet && format.is_prose() {
        tail.push_str(&crate::report::fixes(&fixed));
    }
    parts.push(&tail);
    match &check.output.output_file {
        None => super::print(&parts)?,
        Some(path) => std::fs::write(path, parts.concat())
            .with_context(|| format!("cannot write `{}`", path.display()))?,
    }
    let mut notes = String::new();
    for trouble in reports.iter().filter_map(|report| report.trouble.as_ref()) {
        let _ = writeln!(notes, "error: {trouble}");
    }
    match run.mode {
        Mode::AddIgnore(_) => {
            let _ =
                writeln!(notes, "Added suppressions for {}.", plural(totals.suppressed, "finding"));
        }
        Mode::Diff if !check.output.quiet => {
            let _ = writeln!(notes, "Would fix {}.", plural(totals.fixed, "finding"));
        }
        _ => {}
    }
    let _ = write!(std::io::stderr(), "{notes}");
    Ok(exit_code(check, run, &totals))
}

fn exit_code(check: &Check, run: &Run, totals: &Totals) -> u8 {
    if totals.broken {
        return super::BROKEN;
    }
    let accepts = check.accepted.write_baseline || check.accepted.prune_baseline;
    match run.mode {
        Mode::AddIgnore(_) => 0,
        _ if accepts => 0,
        Mode::Diff => u8::from(totals.fixed > 0),
        Mode::Fix if totals.fixed > 0 && check.fixing.exit_non_zero_on_fix => 1,
        _ if check.fixing.fix_only || check.output.exit_zero => 0,
        _ => u8::from(totals.failing > 0),
    }
}

fn show_files(found: &Discovered) -> anyhow::Result<u8> {
    let mut text = String::new();
    for job in &found.jobs {
        let path = crate::config::absolute(&job.path);
        writeln!(text, "{}", printable(&path.to_string_lossy()))?;
    }
    super::print(&[&text])?;
    Ok(0)
}

fn show_settings(check: &Check, projects: &Projects) -> anyhow::Result<u8> {
    let first = check.paths.first().map_or(Path::new("."), PathBuf::as_path);
    let path = crate::config::absolute(first);
    let directory = if path.is_dir() { path.as_path() } else { path.parent().unwrap_or(&path) };
    let project = projects.of(directory)?;
    let file =
        project.file.as_ref().map_or_else(|| "none".to_owned(), |path| path.display().to_string());
    let mut text = format!(
        "# configuration file: {file}\n# root: {}\n# target version: {}\n",
        project.root.display(),
        project.settings.target_version,
    );
    text.push_str(&toml::to_string_pretty(&project.options)?);
    text.push_str("\n# rules\n");
    for rule in crate::rules::RULES {
        let level = project.settings.level(rule).as_str();
        writeln!(text, "# {} {}: {level}", rule.spec.code, rule.spec.name)?;
    }
    super::print(&[&text])?;
    Ok(0)
}

fn warn(message: &str) {
    let _ = writeln!(std::io::stderr(), "warning: {message}");
}

fn progress(check: &Check, format: Format, files: usize) -> ProgressBar {
    let shown = format.is_human()
        && !check.output.quiet
        && files >= FILES_WORTH_A_BAR
        && std::io::stderr().is_terminal();
    if !shown {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:32} {pos}/{len} files, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::with_draw_target(Some(files as u64), ProgressDrawTarget::stderr());
    bar.set_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
