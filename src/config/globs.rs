//! Globs over the files of a project.
//!
//! A glob without a slash matches the name of a file or directory anywhere below the project's
//! root; one with a slash matches the path below the directory of the file that states it.

use std::path::{Path, PathBuf};

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// A glob that is none.
#[derive(Debug, thiserror::Error)]
#[error("invalid glob `{glob}`: {message}")]
pub struct InvalidGlob {
    /// The glob as written.
    pub glob: String,
    message: String,
}

/// A set of globs.
#[derive(Debug, Clone, Default)]
pub struct Globs {
    names: GlobSet,
    paths: GlobSet,
}

impl Globs {
    /// Compiles globs, each with the directory that it is relative to.
    pub fn new<'g>(
        globs: impl IntoIterator<Item = (&'g str, &'g Path)>,
    ) -> Result<Globs, InvalidGlob> {
        let (mut names, mut paths) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        for (text, root) in globs {
            let trimmed = text.trim_end_matches('/');
            if !trimmed.contains('/') {
                names.add(compile(text, trimmed)?);
            }
            let below = trimmed.strip_prefix("./").unwrap_or(trimmed);
            let whole = root.join("x").to_string_lossy().into_owned();
            let prefix = globset::escape(whole.trim_end_matches('x'));
            let absolute = if Path::new(below).is_absolute() {
                below.to_owned()
            } else {
                format!("{prefix}{below}")
            };
            paths.add(compile(text, &absolute)?);
        }
        let invalid = |error: globset::Error| InvalidGlob {
            glob: error.glob().unwrap_or_default().to_owned(),
            message: error.kind().to_string(),
        };
        Ok(Globs { names: names.build().map_err(invalid)?, paths: paths.build().map_err(invalid)? })
    }

    /// Whether a glob matches the file or directory itself.
    pub fn matches(&self, path: &Path) -> bool {
        path.file_name().is_some_and(|name| self.names.is_match(name)) || self.paths.is_match(path)
    }

    /// Whether a glob matches the file or one of its directories below the root.
    pub fn match_below(&self, path: &Path, root: &Path) -> bool {
        path.ancestors().take_while(|at| *at != root).any(|at| self.matches(at))
    }

    /// Whether there is no glob.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty() && self.paths.is_empty()
    }
}

fn compile(text: &str, glob: &str) -> Result<Glob, InvalidGlob> {
    // `*` stays inside one directory in a path, as in a shell; `**` crosses them.
    GlobBuilder::new(glob)
        .literal_separator(glob.contains('/'))
        .build()
        .map_err(|error| InvalidGlob { glob: text.to_owned(), message: error.kind().to_string() })
}

/// The absolute form of a path, links and all, without `.` and `..`.
pub fn absolute(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}
