//! `heaplint check`: find the files, analyze them in parallel, report.

use std::fs::File;
use std::io::{IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::prelude::*;

use super::color::{self, Color};
use super::pool;
use crate::config::{Options, Settings};
use crate::discover::{Job, discover};
use crate::emit::{Format, printable};
use crate::report::{FileReport, Totals};
use crate::source::Source;

/// The arguments of `heaplint check`.
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// Files and directories. A file that is named is checked whatever its extension.
    #[arg(default_value = ".")]
    paths: Vec<PathBuf>,

    /// Rules to run: codes, prefixes, families, names, or ALL.
    #[arg(long, value_delimiter = ',', value_name = "RULES")]
    select: Option<Vec<String>>,

    /// Rules not to run.
    #[arg(long, value_delimiter = ',', value_name = "RULES")]
    ignore: Vec<String>,

    /// The oldest Python that the code has to run on, as in 3.9.
    #[arg(long, value_name = "VERSION")]
    target_version: Option<String>,

    /// How to print findings.
    #[arg(long, value_enum, default_value_t)]
    output_format: Format,

    /// When to colour.
    #[arg(long, value_enum, default_value_t)]
    color: Color,

    /// Threads; 0 is one a core.
    #[arg(long, default_value_t = 0, value_name = "N")]
    threads: usize,

    /// Print findings but no summary and no progress.
    #[arg(short, long)]
    quiet: bool,

    /// Exit with 0 even when there are findings.
    #[arg(long)]
    exit_zero: bool,
}

/// Fewer files are done before a bar could be read.
const FILES_WORTH_A_BAR: usize = 200;

/// Runs the command and returns its exit code.
pub(super) fn run(check: &Check) -> anyhow::Result<u8> {
    let options = Options {
        target_version: check.target_version.clone(),
        select: check.select.clone(),
        ignore: check.ignore.clone(),
    };
    let settings =
        Settings::new(&options).map_err(|error| anyhow::anyhow!("{error} (from the CLI)"))?;
    let format = check.output_format;
    let color = format.is_human() && color::wanted(check.color);
    let pool = pool::build(check.threads)?;
    let found = discover(&check.paths, pool.current_num_threads());
    for error in &found.errors {
        warn(error);
    }
    if found.jobs.is_empty() {
        warn("no Python files found under the given paths");
    }

    let bar = progress(check, found.jobs.len());
    let reports: Vec<FileReport> = pool.install(|| {
        found
            .jobs
            .par_iter()
            // A large file at the end of a batch must not wait for its neighbours.
            .with_max_len(4)
            .map(|job| {
                let report = file(job, &settings, format, color);
                bar.inc(1);
                report
            })
            .collect()
    });
    bar.finish_and_clear();

    let mut totals = Totals::default();
    let mut parts: Vec<&str> = vec![format.head()];
    for report in &reports {
        totals.add(report.totals);
        if !report.rendered.is_empty() {
            if parts.len() > 1 {
                parts.push(format.separator());
            }
            parts.push(&report.rendered);
        }
    }
    let tail = if check.quiet && format.is_human() { String::new() } else { format.tail(&totals) };
    parts.push(&tail);
    super::print(&parts)?;
    for trouble in reports.iter().filter_map(|report| report.trouble.as_ref()) {
        let _ = writeln!(std::io::stderr(), "error: {trouble}");
    }
    Ok(totals.exit_code(check.exit_zero))
}

fn warn(message: &str) {
    let _ = writeln!(std::io::stderr(), "warning: {}", printable(message));
}

fn progress(check: &Check, files: usize) -> ProgressBar {
    let shown = check.output_format.is_human()
        && !check.quiet
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

/// Reads, analyzes and renders one file.
fn file(job: &Job, settings: &Settings, format: Format, color: bool) -> FileReport {
    let checked = pool::contained(|| {
        let (source, missing) = read(job);
        let analysis = crate::analyze(&source, settings);
        let mut totals = Totals::of(&analysis.diagnostics);
        totals.broken = missing;
        let rendered = format.file(&source, &analysis.diagnostics, color);
        FileReport { rendered, totals, trouble: None }
    });
    checked.unwrap_or_else(|panic| {
        let path = job.path.to_string_lossy();
        FileReport {
            rendered: String::new(),
            totals: Totals { files: 1, broken: true, ..Totals::default() },
            trouble: Some(format!(
                "heaplint failed on `{}`: {}\nThis is a bug in heaplint; please report it with \
                 the file that causes it. The other files were checked.",
                printable(&path),
                printable(&panic),
            )),
        }
    })
}

/// The source of a job, and whether a path that was given is missing.
fn read(job: &Job) -> (Source, bool) {
    match read_bytes(&job.path) {
        Ok(bytes) => (Source::from_bytes(&job.path, bytes), false),
        Err(error) => {
            let missing = job.explicit && error.kind() == std::io::ErrorKind::NotFound;
            (Source::unreadable(&job.path, message(&error)), missing)
        }
    }
}

fn message(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

fn read_bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    // Opening a pipe would wait for its writer.
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(std::io::Error::other("not a regular file"));
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize + 1);
    File::open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}
