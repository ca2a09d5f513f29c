//! The report of a run: what each file gave, and the totals.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::config::Settings;
use crate::diagnostic::Diagnostic;
use crate::emit::Format;
use crate::fix::{Fix, Safety};
use crate::rule::{Level, Rule};

/// What a file gave.
#[derive(Debug, Default)]
pub struct FileReport {
    /// The file's path as it is shown.
    pub path: String,
    /// The file's part of the report, rendered where it was found.
    pub rendered: String,
    /// What to count.
    pub totals: Totals,
    /// The findings.
    pub diagnostics: Vec<Diagnostic>,
    /// The rules whose fixes were applied, an entry for each fix.
    pub fixed: Vec<&'static Rule>,
    /// How many findings of the baseline are no longer there.
    pub stale: usize,
    /// What goes to standard error.
    pub trouble: Option<String>,
}

/// Counts over files.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Files checked.
    pub files: usize,
    /// Findings of level `warn`.
    pub warnings: usize,
    /// Findings of level `info`.
    pub infos: usize,
    /// Findings that fail the gate.
    pub failing: usize,
    /// Findings with a safe fix.
    pub safe_fixes: usize,
    /// Findings with an unsafe fix.
    pub unsafe_fixes: usize,
    /// Fixes that were applied.
    pub fixed: usize,
    /// Findings that got a suppression.
    pub suppressed: usize,
    /// Whether the gate itself broke: a given file is missing, or the analysis panicked.
    pub broken: bool,
}

impl Totals {
    /// The counts of one file.
    pub fn of(diagnostics: &[Diagnostic], settings: &Settings) -> Totals {
        let mut totals = Totals { files: 1, ..Totals::default() };
        for diagnostic in diagnostics {
            match diagnostic.level {
                Level::Warn => totals.warnings += 1,
                Level::Info | Level::Off => totals.infos += 1,
            }
            if settings.fail_level != Level::Off && diagnostic.level >= settings.fail_level {
                totals.failing += 1;
            }
            match diagnostic.fix.as_ref().map(Fix::safety) {
                Some(Safety::Safe) => totals.safe_fixes += 1,
                Some(Safety::Unsafe) => totals.unsafe_fixes += 1,
                None => {}
            }
        }
        totals
    }

    /// Adds the counts of another file.
    pub fn add(&mut self, other: Totals) {
        self.files += other.files;
        self.warnings += other.warnings;
        self.infos += other.infos;
        self.failing += other.failing;
        self.safe_fixes += other.safe_fixes;
        self.unsafe_fixes += other.unsafe_fixes;
        self.fixed += other.fixed;
        self.suppressed += other.suppressed;
        self.broken |= other.broken;
    }

    /// The last line of a report for people. Fixes that are at least as safe as `up_to` can be
    /// applied.
    pub fn summary(&self, up_to: Safety) -> String {
        let files = plural(self.files, "file");
        let found = self.warnings + self.infos;
        let fixed = if self.fixed == 0 {
            String::new()
        } else {
            format!("Fixed {}. ", plural(self.fixed, "finding"))
        };
        if found == 0 {
            return format!("{fixed}All checks passed! ({files})");
        }
        let mut parts = Vec::new();
        if self.warnings > 0 {
            parts.push(plural(self.warnings, "warning"));
        }
        if self.infos > 0 {
            parts.push(format!("{} info", self.infos));
        }
        let mut text = format!("{fixed}Found {} in {files}", parts.join(" and "));
        match (self.safe_fixes, self.unsafe_fixes, up_to) {
            (0, 0, _) => {}
            (safe, 0, _) => {
                let _ = write!(text, "; {safe} fixable with `--fix`");
            }
            (0, more, Safety::Safe) => {
                let _ = write!(text, "; {more} fixable with `--fix --unsafe-fixes`");
            }
            (safe, more, Safety::Safe) => {
                let _ = write!(
                    text,
                    "; {safe} fixable with `--fix`, {more} more with `--unsafe-fixes`"
                );
            }
            (safe, more, Safety::Unsafe) => {
                let _ = write!(text, "; {} fixable with `--fix --unsafe-fixes`", safe + more);
            }
        }
        text.push('.');
        text
    }
}

/// A count with its word: `2 files`.
pub fn plural(count: usize, word: &str) -> String {
    format!("{count} {word}{}", if count == 1 { "" } else { "s" })
}

/// How often each rule was found, the most frequent first.
pub fn statistics(found: &[(&'static Rule, Option<Safety>)], format: Format) -> String {
    #[derive(serde::Serialize)]
    struct Row {
        code: &'static str,
        name: &'static str,
        count: usize,
        fixable: usize,
    }
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    for (rule, safety) in found {
        let row = rows.entry(rule.spec.code).or_insert(Row {
            code: rule.spec.code,
            name: rule.spec.name,
            count: 0,
            fixable: 0,
        });
        row.count += 1;
        row.fixable += usize::from(*safety == Some(Safety::Safe));
    }
    let mut rows: Vec<Row> = rows.into_values().collect();
    rows.sort_by_key(|row| (std::cmp::Reverse(row.count), row.code));
    if !format.is_prose() {
        return serde_json::to_string_pretty(&rows).unwrap_or_default() + "\n";
    }
    let width = rows.iter().map(|row| row.count.to_string().len()).max().unwrap_or(0);
    let mut text = String::new();
    for row in rows {
        let mark = match row.fixable {
            0 => "[ ]",
            fixable if fixable == row.count => "[*]",
            _ => "[-]",
        };
        let _ = writeln!(text, "{:>width$}  {}  {mark}  {}", row.count, row.code, row.name);
    }
    text
}

/// The fixes that were applied, by file and rule.
pub fn fixes(applied: &[(&str, &'static Rule)]) -> String {
    let mut files: BTreeMap<&str, BTreeMap<(&str, &str), usize>> = BTreeMap::new();
    for (path, rule) in applied {
        *files.entry(path).or_default().entry((rule.spec.code, rule.spec.name)).or_default() += 1;
    }
    let mut text = String::new();
    if !files.is_empty() {
        let _ = writeln!(text, "Fixed {}:", plural(applied.len(), "finding"));
    }
    for (path, rules) in files {
        let _ = writeln!(text, "- {path}:");
        for ((code, name), count) in rules {
            let _ = writeln!(text, "    {count} x {code} ({name})");
        }
    }
    text
}
