//! From paths to jobs: which files to check, in one order whatever the threads.
//!
//! A path that is given is always a job. Directories are walked in parallel; ignore files are
//! respected, links to directories are not followed (so a loop cannot trap the walk), and links
//! to files are.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ignore::{DirEntry, WalkBuilder, WalkState};

/// Directories that hold other people's code, caches or build results.
const SKIPPED: &[&str] = &[
    ".bzr",
    ".direnv",
    ".eggs",
    ".git",
    ".git-rewrite",
    ".hg",
    ".ipynb_checkpoints",
    ".mypy_cache",
    ".nox",
    ".pants.d",
    ".pyenv",
    ".pytest_cache",
    ".pytype",
    ".ruff_cache",
    ".svn",
    ".tox",
    ".venv",
    ".vscode",
    "__pycache__",
    "__pypackages__",
    "buck-out",
    "dist",
    "node_modules",
    "site-packages",
    "venv",
];

/// The extensions of Python files.
const EXTENSIONS: &[&str] = &["py", "pyi", "pyw"];

/// A file to check.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Job {
    /// The path as it was given or found below a given directory.
    pub path: PathBuf,
    /// Whether the path itself was given.
    pub explicit: bool,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Discovered {
    /// The files, sorted by path, each once.
    pub jobs: Vec<Job>,
    /// Directories that could not be read.
    pub errors: Vec<String>,
}

/// Finds the files to check.
pub fn discover(paths: &[PathBuf], threads: usize) -> Discovered {
    let mut found = Discovered::default();
    let (directories, files): (Vec<&PathBuf>, Vec<&PathBuf>) =
        paths.iter().partition(|path| path.is_dir());
    found.jobs.extend(files.into_iter().map(|path| Job { path: path.clone(), explicit: true }));
    if let [first, rest @ ..] = &directories[..] {
        let mut builder = WalkBuilder::new(first);
        for path in rest {
            builder.add(path);
        }
        builder
            .hidden(false)
            .require_git(false)
            .threads(threads)
            .filter_entry(|entry| entry.depth() == 0 || !is_skipped(entry));
        let results = Mutex::new((&mut found.jobs, &mut found.errors));
        builder.build_parallel().run(|| {
            Box::new(|entry| {
                let mut results = results.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                match entry {
                    Ok(entry) if is_python(&entry) => {
                        let path = clean(entry.into_path());
                        results.0.push(Job { path, explicit: false });
                    }
                    Ok(_) => {}
                    Err(error) => results.1.push(error.to_string()),
                }
                WalkState::Continue
            })
        });
    }
    // A file that was both given and found counts as given.
    found.jobs.sort_by(|a, b| a.path.cmp(&b.path).then(b.explicit.cmp(&a.explicit)));
    found.jobs.dedup_by(|later, first| later.path == first.path);
    found.errors.sort();
    found
}

fn is_skipped(entry: &DirEntry) -> bool {
    let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
    is_dir && entry.file_name().to_str().is_some_and(|name| SKIPPED.binary_search(&name).is_ok())
}

fn is_python(entry: &DirEntry) -> bool {
    let python = entry
        .path()
        .extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| EXTENSIONS.contains(&extension));
    python
        && entry.file_type().is_some_and(|kind| {
            // A link is followed; what dangles, loops or leads to a pipe is not a file.
            kind.is_file() || kind.is_symlink() && entry.path().is_file()
        })
}

/// `./a.py` is shown as `a.py`.
fn clean(path: PathBuf) -> PathBuf {
    path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    #[test]
    fn skipped_directories_are_sorted_for_the_search() {
        assert!(super::SKIPPED.is_sorted());
    }
}
