//! `heaplint merge`: the reports of shards as one.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use crate::merge::{Part, merge};
use crate::rule::Level;

/// The arguments of `heaplint merge`.
#[derive(Debug, Args)]
pub(super) struct Merge {
    /// Reports in the format json, json-lines or sarif, or baselines; all of one kind.
    #[arg(required = true, value_name = "REPORT")]
    reports: Vec<PathBuf>,
    /// Write to a file instead of standard output.
    #[arg(short, long, value_name = "PATH")]
    output_file: Option<PathBuf>,
    /// The lowest level that fails the gate.
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "warn")]
    fail_level: Level,
    /// Exit with 0 whatever the reports say, unless heaplint itself failed.
    #[arg(short, long)]
    exit_zero: bool,
}

/// Runs the command and returns its exit code.
pub(super) fn run(arguments: &Merge) -> anyhow::Result<u8> {
    let here = std::env::current_dir().context("cannot tell the current directory")?;
    let mut parts = Vec::with_capacity(arguments.reports.len());
    for path in &arguments.reports {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the report `{}`", path.display()))?;
        parts.push(Part { path: path.clone(), text });
    }
    let merged = merge(&parts, &here)?;
    match &arguments.output_file {
        None => super::print(&[&merged.text])?,
        Some(path) => std::fs::write(path, &merged.text)
            .with_context(|| format!("cannot write `{}`", path.display()))?,
    }
    let totals = merged.totals;
    let failing = match arguments.fail_level {
        Level::Off => 0,
        Level::Warn => totals.warnings,
        Level::Info => totals.warnings + totals.infos,
    };
    Ok(match (totals.broken, failing) {
        (true, _) => super::BROKEN,
        (false, 0) => 0,
        (false, _) => u8::from(!arguments.exit_zero),
    })
}
