//! The baseline: findings of today that are accepted, so that only new ones fail.
//!
//! A finding is known by its file, its code and its place (see `fingerprint`), with how often it
//! occurs there; lines do not count, so code may move. One finding is one line of the file, sorted,
//! so that two branches merge.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::config::absolute;
use crate::diagnostic::Diagnostic;

/// The form of the file that this version writes.
const VERSION: u32 = 1;

/// What names a finding in a baseline.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    path: String,
    code: String,
    hash: String,
}

/// A line of the file.
#[derive(Debug, Serialize, Deserialize)]
struct Line {
    path: String,
    code: String,
    hash: String,
    count: u32,
    /// The function or class that holds it: for people, not compared.
    #[serde(default, rename = "in", skip_serializing_if = "String::is_empty")]
    within: String,
}

#[derive(Debug, Deserialize)]
struct File {
    version: u32,
    findings: Vec<Line>,
}

/// Accepted findings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    /// What paths are relative to: the directory of the file.
    root: PathBuf,
    counts: BTreeMap<Key, (u32, String)>,
}

/// Why a baseline cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The file cannot be read.
    #[error("cannot read the baseline `{0}`: {1}")]
    Read(PathBuf, std::io::Error),
    /// The file is not a baseline.
    #[error("`{0}` is not a baseline: {1}")]
    Parse(PathBuf, serde_json::Error),
    /// The file is that of a newer version.
    #[error("the baseline `{0}` has version {1}; this heaplint reads version {VERSION}")]
    Version(PathBuf, u32),
}

/// What a baseline leaves of a file's findings.
#[derive(Debug, Default)]
pub struct Compared {
    /// The findings that it held.
    pub known: Vec<Diagnostic>,
    /// How many of its findings are no longer there.
    pub stale: usize,
}

impl Baseline {
    /// An empty baseline at a path.
    pub fn empty(path: &Path) -> Baseline {
        Baseline { root: root(path), counts: BTreeMap::new() }
    }

    /// Reads a baseline.
    pub fn read(path: &Path) -> Result<Baseline, BaselineError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| BaselineError::Read(path.to_path_buf(), error))?;
        Baseline::parse(path, &text)
    }

    /// Reads a baseline from the text of the file at a path.
    pub fn parse(path: &Path, text: &str) -> Result<Baseline, BaselineError> {
        let file: File = serde_json::from_str(text)
            .map_err(|error| BaselineError::Parse(path.to_path_buf(), error))?;
        if file.version != VERSION {
            return Err(BaselineError::Version(path.to_path_buf(), file.version));
        }
        let mut baseline = Baseline::empty(path);
        for line in file.findings {
            let key = Key { path: line.path, code: line.code, hash: line.hash };
            let entry = baseline.counts.entry(key).or_insert((0, line.within));
            entry.0 = entry.0.saturating_add(line.count);
        }
        Ok(baseline)
    }

    /// The file's text.
    pub fn to_text(&self) -> String {
        let mut text = format!("{{\"version\": {VERSION}, \"findings\": [");
        for (index, (key, (count, within))) in self.counts.iter().enumerate() {
            let line = Line {
                path: key.path.clone(),
                code: key.code.clone(),
                hash: key.hash.clone(),
                count: *count,
                within: within.clone(),
            };
            let comma = if index == 0 { "" } else { "," };
            let line = serde_json::to_string(&line).unwrap_or_default();
            let _ = write!(text, "{comma}\n{line}");
        }
        text.push_str(if self.counts.is_empty() { "]}\n" } else { "\n]}\n" });
        text
    }

    /// How many findings it holds.
    pub fn len(&self) -> usize {
        self.counts.values().map(|(count, _)| *count as usize).sum()
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// Whether it holds a finding of a file, however often it occurs.
    pub fn holds(&self, path: &Path, diagnostic: &Diagnostic) -> bool {
        self.counts.contains_key(&self.key(path, diagnostic))
    }

    /// Adds the findings of a file.
    pub fn add(&mut self, path: &Path, diagnostics: &[Diagnostic]) {
        for diagnostic in diagnostics {
            let within = diagnostic.place.qualname.clone();
            self.counts.entry(self.key(path, diagnostic)).or_insert((0, within)).0 += 1;
        }
    }

    /// Takes the findings that it holds out of those of a file.
    pub fn compare(&self, path: &Path, diagnostics: &mut Vec<Diagnostic>) -> Compared {
        let shown = self.relative(path);
        let mut left: BTreeMap<&Key, u32> = self
            .counts
            .range(Key { path: shown.clone(), code: String::new(), hash: String::new() }..)
            .take_while(|(key, _)| key.path == shown)
            .map(|(key, (count, _))| (key, *count))
            .collect();
        let is_known = |found: &mut Diagnostic| match left.get_mut(&self.key(path, found)) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        };
        let known = diagnostics.extract_if(.., is_known).collect();
        Compared { known, stale: left.values().map(|count| *count as usize).sum() }
    }

    /// Keeps of each finding no more than another baseline, made from today's findings, has.
    /// What lies in files outside of those that were checked stays, unless the file is gone.
    pub fn prune(&mut self, today: &Baseline, checked: &dyn Fn(&str) -> bool) {
        let root = self.root.clone();
        self.counts.retain(|key, (count, _)| {
            if checked(&key.path) || !root.join(&key.path).exists() {
                *count = (*count).min(today.counts.get(key).map_or(0, |(count, _)| *count));
            }
            *count > 0
        });
    }

    /// The findings of files that were not checked, which writing a baseline must not lose.
    pub fn keep_unchecked(&mut self, before: &Baseline, checked: &dyn Fn(&str) -> bool) {
        for (key, entry) in before.counts.iter().filter(|(key, _)| !checked(&key.path)) {
            self.counts.insert(key.clone(), entry.clone());
        }
    }

    /// Takes in what another baseline holds, of each finding no less than either has.
    pub fn unite(&mut self, other: Baseline) {
        for (key, (count, within)) in other.counts {
            let entry = self.counts.entry(key).or_insert((0, within));
            entry.0 = entry.0.max(count);
        }
    }

    /// The findings of files that are gone.
    pub fn stale_outside(&self, known: &dyn Fn(&str) -> bool) -> usize {
        let gone = |path: &str| !known(path) && !self.root.join(path).exists();
        self.counts
            .iter()
            .filter(|(key, _)| gone(&key.path))
            .map(|(_, (count, _))| *count as usize)
            .sum()
    }

    /// A path as the file states it: relative to the file, with slashes.
    pub fn relative(&self, path: &Path) -> String {
        let path = absolute(path);
        let below = path.strip_prefix(&self.root).unwrap_or(&path);
        below.to_string_lossy().replace('\\', "/")
    }

    fn key(&self, path: &Path, diagnostic: &Diagnostic) -> Key {
        Key {
            path: self.relative(path),
            code: diagnostic.rule.spec.code.to_owned(),
            hash: format!("{:016x}", diagnostic.place.hash),
        }
    }
}

fn root(path: &Path) -> PathBuf {
    absolute(path).parent().map(Path::to_path_buf).unwrap_or_default()
}
