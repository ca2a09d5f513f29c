//! Python's standard library as a corpus: found through the `python3` on the path.

#![allow(dead_code, reason = "each test target uses its own part of this module")]

use std::path::{Path, PathBuf};
use std::process::Command;

use heaplint::facts::{Arena, Facts};
use heaplint::{Settings, Source};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};

/// Runs a test with a stack that deep syntax needs.
pub fn deep(test: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(heaplint::cli::STACK).spawn(test);
    if let Err(panic) = thread.unwrap().join() {
        std::panic::resume_unwind(panic);
    }
}

fn python(arguments: &[&str]) -> Option<String> {
    let output = Command::new("python3").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The Python files of the standard library, or of the directories that `HEAPLINT_CORPUS` lists as
/// `PATH` does, all of them.
pub fn stdlib() -> Option<Vec<PathBuf>> {
    if let Some(corpus) = std::env::var_os("HEAPLINT_CORPUS") {
        return files(std::env::split_paths(&corpus).collect(), None);
    }
    let path = python(&["-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"])?;
    files(vec![PathBuf::from(path.trim())], Some("site-packages"))
}

/// The Python files below directories, those by a name left out.
fn files(mut open: Vec<PathBuf>, left_out: Option<&str>) -> Option<Vec<PathBuf>> {
    let mut found = Vec::new();
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).ok()?.flatten() {
            let path = entry.path();
            if path.is_dir() && !path.is_symlink() {
                if path.file_name().and_then(|name| name.to_str()) != left_out || left_out.is_none()
                {
                    open.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "py") {
                found.push(path);
            }
        }
    }
    found.sort();
    Some(found)
}

/// Every file, or one in so many.
pub fn sample(files: Vec<PathBuf>, stride: usize) -> Vec<PathBuf> {
    let stride = if std::env::var_os("HEAPLINT_ALL").is_some() { 1 } else { stride };
    files.into_iter().step_by(stride).collect()
}

pub fn with_facts<T>(path: &Path, ask: impl FnOnce(&Facts<'_>) -> T) -> Option<T> {
    let source = Source::from_bytes(path, std::fs::read(path).ok()?);
    if !heaplint::parses(&source, &Settings::default()) {
        return None;
    }
    let parsed = parse_unchecked(source.text(), ParseOptions::from(Mode::Module));
    let parsed = parsed.try_into_module()?;
    let arena = Arena::new();
    Some(ask(&Facts::new(&source, parsed.tokens(), parsed.syntax(), &arena)))
}
