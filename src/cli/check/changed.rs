//! Which lines differ from a revision, by asking git.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, bail};
use rustc_hash::FxHashMap;

use crate::config::absolute;
use crate::diagnostic::Diagnostic;
use crate::source::Source;

/// The changed lines of the files of a repository.
pub(super) struct Changed {
    /// 1-based lines by absolute path; `None` for a file that is new as a whole.
    lines: FxHashMap<PathBuf, Option<Vec<Range<usize>>>>,
}

impl Changed {
    /// What differs from a revision in the working tree, with files that git does not know yet.
    pub(super) fn since(revision: &str) -> anyhow::Result<Changed> {
        let top = git(&["rev-parse", "--show-toplevel"])?;
        let top = PathBuf::from(top.trim_end_matches(['\n', '\r']));
        // A name such as `--output=x` must not be an option.
        let commit = git(&[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &format!("{revision}^{{commit}}"),
        ])
        .map_err(|_| anyhow::anyhow!("git knows no revision `{revision}`"))?;
        let diff = git(&[
            "-c",
            "core.quotePath=false",
            "diff",
            "--unified=0",
            "--no-color",
            "--no-ext-diff",
            "--no-renames",
            "--no-prefix",
            "--diff-filter=d",
            commit.trim(),
            "--",
        ])?;
        let mut changed = Changed { lines: FxHashMap::default() };
        let mut file: Option<PathBuf> = None;
        for line in diff.lines() {
            if let Some(path) = line.strip_prefix("+++ ") {
                file = Some(absolute(&top.join(unquoted(path))));
            } else if let (Some(hunk), Some(file)) = (line.strip_prefix("@@ "), &file) {
                let lines = changed.lines.entry(file.clone()).or_insert_with(|| Some(Vec::new()));
                if let (Some(lines), Some(range)) = (lines, new_lines(hunk)) {
                    lines.push(range);
                }
            }
        }
        let untracked = git(&[
            "-C",
            &top.to_string_lossy(),
            "ls-files",
            "--others",
            "--exclude-standard",
            "-z",
        ])?;
        for path in untracked.split('\0').filter(|path| !path.is_empty()) {
            changed.lines.insert(absolute(&top.join(path)), None);
        }
        Ok(changed)
    }

    /// Whether a file has a change.
    pub(super) fn has(&self, path: &Path) -> bool {
        self.lines.contains_key(&real(path))
    }

    /// Whether a finding touches a changed line.
    pub(super) fn holds(&self, source: &Source, diagnostic: &Diagnostic) -> bool {
        // The lines of a notebook's file are not those of its cells.
        if source.is_notebook() {
            return self.has(source.path());
        }
        let first = source.position(diagnostic.range.start()).row;
        let last = source.position(diagnostic.range.end()).row;
        match self.lines.get(&real(source.path())) {
            None => false,
            Some(None) => true,
            Some(Some(ranges)) => {
                ranges.iter().any(|range| range.start <= last && first < range.end)
            }
        }
    }
}

/// The path as git states it: git follows links on the way to the repository.
fn real(path: &Path) -> PathBuf {
    let path = absolute(path);
    match (path.parent().map(std::fs::canonicalize), path.file_name()) {
        (Some(Ok(directory)), Some(name)) => directory.join(name),
        _ => path,
    }
}

/// `"a\tb"` with quotes for names with control characters or quotes, plain otherwise.
fn unquoted(path: &str) -> String {
    let path = path.trim_end_matches('\t');
    let Some(inner) = path.strip_prefix('"').and_then(|path| path.strip_suffix('"')) else {
        return path.to_owned();
    };
    let mut text = String::new();
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some(other) => text.push(other),
                None => {}
            },
            other => text.push(other),
        }
    }
    text
}

/// The lines on the new side of `-12,3 +14,2 @@`.
fn new_lines(hunk: &str) -> Option<Range<usize>> {
    let new = hunk.split(' ').find_map(|part| part.strip_prefix('+'))?;
    let (start, count) = new.split_once(',').unwrap_or((new, "1"));
    let (start, count): (usize, usize) = (start.parse().ok()?, count.parse().ok()?);
    Some(start..start + count)
}

fn git(arguments: &[&str]) -> anyhow::Result<String> {
    let output = Command::new("git")
        .args(arguments)
        .output()
        .context("git cannot be run, and `--changed` and `--since` ask it")?;
    if !output.status.success() {
        bail!("git {}: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::{new_lines, unquoted};

    #[test]
    fn hunks_name_the_new_lines() {
        assert_eq!(new_lines("-12,3 +14,2 @@ def f():"), Some(14..16));
        assert_eq!(new_lines("-1 +1 @@"), Some(1..2));
        assert_eq!(new_lines("-5,2 +4,0 @@"), Some(4..4));
        assert_eq!(new_lines("garbage"), None);
    }

    #[test]
    fn names_are_unquoted() {
        assert_eq!(unquoted("a b.py"), "a b.py");
        assert_eq!(unquoted(r#""a\"b\\c\td.py""#), "a\"b\\c\td.py");
    }
}
