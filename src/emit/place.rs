//! Where a finding is, as formats need it that know files, lines and columns but no notebooks.

use std::path::{Component, Path, PathBuf};

use ruff_text_size::{Ranged, TextRange};

use crate::diagnostic::Diagnostic;
use crate::source::{Position, Source};

use super::{cell, printable};

/// The path below the current directory where it is there, else as it is.
pub(super) fn relative(path: &Path) -> PathBuf {
    // What stands before `..` may be a link.
    if path.components().any(|part| part == Component::ParentDir) {
        return path.to_path_buf();
    }
    let below = std::env::current_dir()
        .ok()
        .zip(std::path::absolute(path).ok())
        .and_then(|(here, path)| path.strip_prefix(here).ok().map(Path::to_path_buf))
        .filter(|path| !path.as_os_str().is_empty());
    below.unwrap_or_else(|| path.to_path_buf())
}

/// That path as text, with `/` between its parts.
pub(super) fn file(path: &Path) -> String {
    let text = relative(path).to_string_lossy().into_owned();
    if cfg!(windows) { text.replace('\\', "/") } else { text }
}

/// Where a range begins and ends in its file. Which line of a notebook's file a line of a cell is,
/// is not known: everything in it is at its beginning.
pub(super) fn span(source: &Source, range: TextRange) -> (Position, Position) {
    if source.is_notebook() {
        let first = Position { cell: None, row: 1, column: 1 };
        return (first, first);
    }
    (source.position(range.start()), source.position(range.end()))
}

/// A text in one line.
pub(super) fn one_line(text: &str) -> String {
    let text = text.replace("\r\n", " ").replace(['\n', '\r'], " ");
    printable(&text).into_owned()
}

/// The message in one line. In a notebook, the place stands before it.
pub(super) fn message(source: &Source, found: &Diagnostic) -> String {
    let message = one_line(&found.message());
    let at = source.position(found.range().start());
    match at.cell {
        Some(_) => format!("{}{}:{}: {message}", cell(at), at.row, at.column),
        None => message,
    }
}
