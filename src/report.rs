//! The report of a run: what each file gave, the totals, and the exit code.

use crate::diagnostic::Diagnostic;
use crate::fix::Safety;
use crate::rule::Level;

/// What a file gave.
#[derive(Debug, Default)]
pub struct FileReport {
    /// The file's part of the report, rendered where it was found.
    pub rendered: String,
    /// What to count.
    pub totals: Totals,
    /// What goes to standard error.
    pub trouble: Option<String>,
}

/// Counts over files.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Files checked.
    pub files: usize,
    /// Findings that fail the gate.
    pub warnings: usize,
    /// Findings that do not.
    pub infos: usize,
    /// Findings with a safe fix.
    pub safe_fixes: usize,
    /// Whether the gate itself broke: a given file is missing, or the analysis panicked.
    pub broken: bool,
}

impl Totals {
    /// The counts of one file.
    pub fn of(diagnostics: &[Diagnostic]) -> Totals {
        let mut totals = Totals { files: 1, ..Totals::default() };
        for diagnostic in diagnostics {
            match diagnostic.level {
                Level::Warn => totals.warnings += 1,
                Level::Info | Level::Off => totals.infos += 1,
            }
            if diagnostic.fix.as_ref().is_some_and(|fix| fix.safety() == Safety::Safe) {
                totals.safe_fixes += 1;
            }
        }
        totals
    }

    /// Adds the counts of another file.
    pub fn add(&mut self, other: Totals) {
        self.files += other.files;
        self.warnings += other.warnings;
        self.infos += other.infos;
        self.safe_fixes += other.safe_fixes;
        self.broken |= other.broken;
    }

    /// The last line of a report for people.
    pub fn summary(&self) -> String {
        let plural = |count: usize, word: &str| {
            format!("{count} {word}{}", if count == 1 { "" } else { "s" })
        };
        let files = plural(self.files, "file");
        if self.warnings + self.infos == 0 {
            return format!("All checks passed! ({files})");
        }
        let mut parts = Vec::new();
        if self.warnings > 0 {
            parts.push(plural(self.warnings, "warning"));
        }
        if self.infos > 0 {
            parts.push(format!("{} info", self.infos));
        }
        let text = format!("Found {} in {files}", parts.join(" and "));
        if self.safe_fixes > 0 {
            return format!("{text}; {} with a safe fix [*].", self.safe_fixes);
        }
        format!("{text}.")
    }

    /// The exit code of the run.
    pub fn exit_code(&self, exit_zero: bool) -> u8 {
        match (self.broken, self.warnings) {
            (true, _) => 2,
            (false, 0) => 0,
            (false, _) => u8::from(!exit_zero),
        }
    }
}
