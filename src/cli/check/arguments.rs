//! The arguments of `heaplint check`, and the options that they stand for.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{ArgAction, Args, builder::NonEmptyStringValueParser};

use crate::cli::color::Color;
use crate::config::{Lookup, Options};
use crate::emit::Format;
use crate::rule::Level;
use crate::shard::Shard;

/// The arguments of `heaplint check`.
#[derive(Debug, Clone, Args)]
pub(crate) struct Check {
    /// Files and directories, `-` for standard input. A file that is named is checked whatever
    /// its extension.
    #[arg(default_value = ".")]
    pub(super) paths: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) rules: Rules,
    #[command(flatten)]
    pub(super) files: Files,
    #[command(flatten)]
    pub(super) fixing: Fixing,
    #[command(flatten)]
    pub(super) output: Output,
    #[command(flatten)]
    pub(super) accepted: Accepted,
    #[command(flatten)]
    pub(super) config: Config,

    /// Threads; 0 is one a core.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(super) threads: usize,
    /// Check again whenever a file changes.
    #[arg(short, long, conflicts_with_all = ["fix", "fix_only", "diff", "add_ignore"])]
    pub(super) watch: bool,
}

/// Which rules run.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Rules")]
pub(super) struct Rules {
    /// Rules to run instead of the default ones: codes, prefixes, families, names, or ALL.
    #[arg(long, value_delimiter = ',', value_name = "RULES")]
    select: Option<Vec<String>>,
    /// Rules to run besides those that are selected.
    #[arg(long, value_delimiter = ',', value_name = "RULES")]
    extend_select: Vec<String>,
    /// Rules not to run.
    #[arg(long, value_delimiter = ',', value_name = "RULES")]
    ignore: Vec<String>,
    /// Rules not to report in files that match a glob, instead of the configured ones.
    #[arg(long, value_name = "GLOB:RULE", value_delimiter = ',')]
    per_file_ignores: Option<Vec<String>>,
    /// More of the same.
    #[arg(long, value_name = "GLOB:RULE", value_delimiter = ',')]
    extend_per_file_ignores: Vec<String>,
    /// The oldest Python that the code has to run on, as in 3.9.
    #[arg(long, value_name = "VERSION")]
    target_version: Option<String>,
    /// The lowest level that fails the gate.
    #[arg(long, value_enum, value_name = "LEVEL")]
    fail_level: Option<Level>,
}

/// Which files are checked.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Files")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[expect(clippy::struct_field_names, reason = "the fields are named as the flags are")]
pub(super) struct Files {
    /// Globs of files and directories to leave out, instead of the configured ones.
    #[arg(long, value_delimiter = ',', value_name = "GLOBS")]
    exclude: Option<Vec<String>>,
    /// More of the same.
    #[arg(long, value_delimiter = ',', value_name = "GLOBS")]
    extend_exclude: Vec<String>,
    /// Leave out what is excluded even when its path is given.
    #[arg(long, overrides_with = "no_force_exclude")]
    force_exclude: bool,
    #[arg(long, hide = true, overrides_with = "force_exclude")]
    no_force_exclude: bool,
    /// Leave out what ignore files of version control name (the default).
    #[arg(long, overrides_with = "no_respect_gitignore")]
    respect_gitignore: bool,
    #[arg(long, hide = true, overrides_with = "respect_gitignore")]
    no_respect_gitignore: bool,
    /// The path that standard input stands for.
    #[arg(long, value_name = "PATH")]
    pub(super) stdin_filename: Option<PathBuf>,
    /// Report only findings on lines that differ from the last commit.
    #[arg(long)]
    pub(super) changed: bool,
    /// Report only findings on lines that differ from a revision of git.
    #[arg(long, value_name = "REV", value_parser = NonEmptyStringValueParser::new())]
    pub(super) since: Option<String>,
    /// Check one of N parts of the files, as in 1/4; `heaplint merge` puts the reports together.
    #[arg(long, value_name = "I/N", conflicts_with = "prune_baseline")]
    pub(super) shard: Option<Shard>,
    /// Exit with 2 when there is no file to check.
    #[arg(long)]
    pub(super) error_on_no_files: bool,
    /// Print the files that would be checked.
    #[arg(long)]
    pub(super) show_files: bool,
}

/// What is fixed.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Fixes")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct Fixing {
    /// Apply safe fixes.
    #[arg(long, overrides_with = "no_fix")]
    fix: bool,
    #[arg(long, hide = true, overrides_with = "fix")]
    no_fix: bool,
    /// Apply fixes that may change behaviour as well.
    #[arg(long, overrides_with = "no_unsafe_fixes")]
    unsafe_fixes: bool,
    #[arg(long, hide = true, overrides_with = "unsafe_fixes")]
    no_unsafe_fixes: bool,
    /// Apply fixes and report nothing.
    #[arg(long)]
    pub(super) fix_only: bool,
    /// Print what fixing would change, as a diff, and change nothing.
    #[arg(long)]
    pub(super) diff: bool,
    /// List the fixes that were applied.
    #[arg(long)]
    pub(super) show_fixes: bool,
    /// Exit with 1 when something was fixed, even when nothing is left.
    #[arg(long)]
    pub(super) exit_non_zero_on_fix: bool,
    /// Rules whose fixes may be applied.
    #[arg(long, value_delimiter = ',', value_name = "RULES")]
    fixable: Option<Vec<String>>,
    /// Rules whose fixes are not applied.
    #[arg(long, value_delimiter = ',', value_name = "RULES")]
    unfixable: Vec<String>,
}

/// How findings are printed.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Output")]
#[expect(clippy::struct_field_names, reason = "the fields are named as the flags are")]
pub(super) struct Output {
    /// How to print findings. Without this option, `agent` where an AI agent runs the command and
    /// `full` elsewhere.
    #[arg(long, value_enum, env = "HEAPLINT_OUTPUT_FORMAT")]
    output_format: Option<Format>,
    /// Write findings to a file instead of standard output.
    #[arg(short, long, value_name = "FILE", env = "HEAPLINT_OUTPUT_FILE")]
    pub(super) output_file: Option<PathBuf>,
    /// Print how often each rule was found instead of the findings.
    #[arg(long)]
    pub(super) statistics: bool,
    /// When to colour.
    #[arg(long, value_enum, default_value_t)]
    pub(super) color: Color,
    /// Print findings but no summary and no progress.
    #[arg(short, long)]
    pub(super) quiet: bool,
    /// Exit with 0 even when there are findings.
    #[arg(long)]
    pub(super) exit_zero: bool,
}

/// Findings that are accepted.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Accepted findings")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct Accepted {
    /// Write a suppression for each finding into the files.
    #[arg(long, value_name = "REASON", num_args = 0..=1, default_missing_value = "",
        require_equals = true)]
    pub(super) add_ignore: Option<String>,
    /// Report what comments suppress as well.
    #[arg(long)]
    pub(super) ignore_suppressions: bool,
    /// The baseline: findings that it holds are not reported.
    #[arg(long, value_name = "FILE", conflicts_with = "no_baseline")]
    pub(super) baseline: Option<PathBuf>,
    /// Use no baseline.
    #[arg(long)]
    pub(super) no_baseline: bool,
    /// Write today's findings into the baseline.
    #[arg(long, conflicts_with_all = ["no_baseline", "prune_baseline"])]
    pub(super) write_baseline: bool,
    /// Take what is no longer found out of the baseline.
    #[arg(long, conflicts_with = "no_baseline")]
    pub(super) prune_baseline: bool,
    /// Exit with 1 when the baseline holds what is no longer found.
    #[arg(long, conflicts_with = "no_baseline")]
    pub(super) baseline_strict: bool,
}

/// Where configuration comes from.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Configuration")]
#[expect(clippy::struct_field_names, reason = "the fields are named as the flags are")]
pub(super) struct Config {
    /// A configuration file to use instead of those that are found, or an option as in
    /// `target-version = "3.9"`.
    #[arg(long, value_name = "FILE|KEY=VALUE", action = ArgAction::Append)]
    config: Vec<String>,
    /// Use no configuration file.
    #[arg(long)]
    isolated: bool,
    /// Print the configuration of the first path.
    #[arg(long)]
    pub(super) show_settings: bool,
}

/// A pair of flags that turn an option on and off.
fn switch(on: bool, off: bool) -> Option<bool> {
    (on || off).then_some(on)
}

/// `GLOB:RULE` pairs as a table.
fn ignores(pairs: &[String]) -> anyhow::Result<BTreeMap<String, Vec<String>>> {
    let mut table: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for pair in pairs {
        let Some((glob, rule)) = pair.rsplit_once(':') else {
            anyhow::bail!("`{pair}` is not of the form GLOB:RULE (from the CLI)");
        };
        table.entry(glob.to_owned()).or_default().push(rule.to_owned());
    }
    Ok(table)
}

impl Check {
    /// The options of the flags, behind those that `--config KEY=VALUE` states.
    pub(super) fn options(&self) -> anyhow::Result<Vec<Options>> {
        let mut layers = Vec::new();
        for text in self.config.config.iter().filter(|text| is_option(text)) {
            layers.push(Options::parse("--config", text).with_context(|| {
                format!(
                    "`--config {text}` is neither a file nor an option; a file has to exist, and an \
                     option is written as TOML, as in `--config 'fail-level = \"info\"'`"
                )
            })?);
        }
        let (rules, files, fixing) = (&self.rules, &self.files, &self.fixing);
        let per_file_ignores = rules.per_file_ignores.as_deref().map(ignores).transpose()?;
        layers.push(Options {
            target_version: rules.target_version.clone(),
            select: rules.select.clone(),
            extend_select: rules.extend_select.clone(),
            ignore: rules.ignore.clone(),
            per_file_ignores,
            extend_per_file_ignores: ignores(&rules.extend_per_file_ignores)?,
            fail_level: rules.fail_level,
            exclude: files.exclude.clone(),
            extend_exclude: files.extend_exclude.clone(),
            force_exclude: switch(files.force_exclude, files.no_force_exclude),
            respect_gitignore: switch(files.respect_gitignore, files.no_respect_gitignore),
            fix: switch(fixing.fix, fixing.no_fix),
            unsafe_fixes: switch(fixing.unsafe_fixes, fixing.no_unsafe_fixes),
            fixable: fixing.fixable.clone(),
            unfixable: fixing.unfixable.clone(),
            output_format: self.output.output_format,
            ..Options::default()
        });
        Ok(layers)
    }

    /// Where configuration is looked for.
    pub(super) fn lookup(&self) -> anyhow::Result<Lookup> {
        let mut files = self.config.config.iter().filter(|text| !is_option(text));
        match (files.next(), files.next(), self.config.isolated) {
            (None, _, false) => Ok(Lookup::Nearest),
            (None, _, true) => Ok(Lookup::Isolated),
            (Some(_), _, true) => {
                anyhow::bail!("`--config FILE` and `--isolated` exclude each other")
            }
            (Some(file), None, false) => Ok(Lookup::File(PathBuf::from(file))),
            (Some(_), Some(_), false) => anyhow::bail!("`--config FILE` can be given only once"),
        }
    }
}

/// Whether a `--config` is an option and no path: a file of the name would be one.
fn is_option(text: &str) -> bool {
    text.contains('=') && !std::path::Path::new(text).exists()
}
