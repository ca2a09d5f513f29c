//! Configuration files: which one counts for a directory, what it says, and what is wrong with it.
//!
//! In one directory `.heaplint.toml` comes before `heaplint.toml` before `pyproject.toml`; a
//! `pyproject.toml` without `[tool.heaplint]` is passed over. The nearest file counts whole;
//! nothing is merged but what `extend` names.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::globs::absolute;
use super::options::Options;
use super::select::nearest;

/// The names of configuration files in the order in which they are looked for.
pub(super) const NAMES: [&str; 3] = [".heaplint.toml", "heaplint.toml", "pyproject.toml"];

/// What one place says: a file, the command line, or an editor.
#[derive(Debug, Clone, Default)]
pub struct Layer {
    /// The file. `None` for options that stand in no file.
    pub path: Option<PathBuf>,
    /// Who states options that stand in no file, for messages.
    origin: &'static str,
    /// What its globs and paths are relative to.
    pub root: PathBuf,
    /// What it says.
    pub options: Options,
    /// The file's text, to point at what is wrong in it.
    text: String,
}

impl Options {
    /// Reads options from TOML that stands in a place of the name.
    pub fn parse(name: &str, text: &str) -> Result<Options, ConfigError> {
        toml::from_str(text).map_err(|error| ConfigError::toml(Path::new(name), text, &error))
    }
}

impl Layer {
    /// The layer of the command line.
    pub fn command_line(options: Options, directory: PathBuf) -> Layer {
        Layer { origin: "the CLI", root: directory, options, ..Layer::default() }
    }

    /// The layer of an editor's settings.
    pub fn editor(options: Options, directory: PathBuf) -> Layer {
        Layer { origin: "the editor", root: directory, options, ..Layer::default() }
    }

    /// Where the layer comes from, for messages.
    pub fn name(&self) -> String {
        match &self.path {
            Some(path) => path.display().to_string(),
            None => self.origin.to_owned(),
        }
    }

    /// An error about a value that the layer states, with the place where it stands.
    pub fn error(&self, message: impl Into<String>, value: &str) -> ConfigError {
        let quoted = [format!("\"{value}\""), format!("'{value}'")];
        let at = quoted
            .iter()
            .find_map(|text| self.text.find(text.as_str()).map(|at| at..at + text.len()));
        let message = message.into();
        match &self.path {
            Some(path) => ConfigError::in_text(path, &self.text, at, &message),
            None => ConfigError(format!("{message} (from {})", self.origin)),
        }
    }
}

/// Why a configuration does not count: where, what, and what was probably meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub(super) String);

impl ConfigError {
    /// An error with a caret under the place in a file's text.
    fn in_text(
        path: &Path,
        text: &str,
        at: Option<std::ops::Range<usize>>,
        message: &str,
    ) -> ConfigError {
        let path = path.display();
        let Some(at) = at.filter(|at| text.is_char_boundary(at.start)) else {
            return ConfigError(format!("{path}: {message}"));
        };
        let start = text[..at.start].rfind('\n').map_or(0, |end| end + 1);
        let row = text[..start].matches('\n').count() + 1;
        let column = text[start..at.start].chars().count() + 1;
        let line = text[start..].lines().next().unwrap_or_default();
        let rest = line.len().saturating_sub(at.start - start);
        let width = text
            .get(at.start..at.start + at.len().min(rest))
            .map_or(1, |marked| marked.chars().count().max(1));
        let margin = row.to_string().len();
        let mut shown = format!("{path}:{row}:{column}: {message}\n");
        let _ = writeln!(shown, "{:margin$} |\n{row} | {line}", "");
        let _ = write!(shown, "{:margin$} | {:>column$}", "", "^");
        shown.extend(std::iter::repeat_n('^', width - 1));
        ConfigError(shown)
    }

    fn toml(path: &Path, text: &str, error: &toml::de::Error) -> ConfigError {
        let span = error.span();
        let message = error.message().to_owned();
        let marked = span.clone().and_then(|span| text.get(span)).unwrap_or_default();
        let word = marked.trim_matches(|c| c == '"' || c == '\'');
        let hint = if message.starts_with("unknown field") {
            let keys = Options::keys();
            nearest(word, keys.iter().map(String::as_str))
        } else if message.starts_with("unknown variant") {
            let choices = message.split('`').skip(3).step_by(2).collect::<Vec<_>>();
            nearest(word, choices.into_iter())
        } else {
            None
        };
        let message = match (hint, message.split_once(", expected")) {
            (Some(name), Some((what, choices))) => {
                format!("{what}; did you mean `{name}`? Expected{choices}")
            }
            _ => message,
        };
        ConfigError::in_text(path, text, span, &message)
    }
}

/// The part of `pyproject.toml` that matters.
#[derive(Debug, Default, Deserialize)]
struct Pyproject {
    project: Option<Project>,
    tool: Option<Tool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Project {
    requires_python: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Tool {
    heaplint: Option<Options>,
}

fn read(path: &Path) -> Result<String, ConfigError> {
    std::fs::read_to_string(path)
        .map_err(|error| ConfigError(format!("{}: cannot be read: {error}", path.display())))
}

fn pyproject(path: &Path, text: &str) -> Result<Pyproject, ConfigError> {
    toml::from_str(text).map_err(|error| ConfigError::toml(path, text, &error))
}

/// Reads one file. `None` for a `pyproject.toml` without the table.
fn layer(path: &Path) -> Result<Option<Layer>, ConfigError> {
    let text = read(path)?;
    let options = if path.file_name().is_some_and(|name| name == "pyproject.toml") {
        pyproject(path, &text)?.tool.and_then(|tool| tool.heaplint)
    } else {
        Some(toml::from_str(&text).map_err(|error| ConfigError::toml(path, &text, &error))?)
    };
    let root = path.parent().map(Path::to_path_buf).unwrap_or_default();
    let path = Some(path.to_path_buf());
    Ok(options.map(|options| Layer { path, origin: "", root, options, text }))
}

/// The layers of a configuration file, the one that extends nothing first.
pub(super) fn layers(path: &Path) -> Result<Vec<Layer>, ConfigError> {
    let mut seen: Vec<PathBuf> = Vec::new();
    let mut layers: Vec<Layer> = Vec::new();
    let mut next = Some(absolute(path));
    while let Some(path) = next {
        if seen.contains(&path) {
            seen.push(path);
            let chain: Vec<String> = seen.iter().map(|path| path.display().to_string()).collect();
            return Err(ConfigError(format!(
                "configuration files extend each other in a circle: {}",
                chain.join(" -> ")
            )));
        }
        let Some(layer) = layer(&path)? else {
            return Err(ConfigError(format!(
                "{}: there is no `[tool.heaplint]` table in it",
                path.display()
            )));
        };
        next =
            layer.options.extend.as_ref().map(|extend| absolute(&layer.root.join(expand(extend))));
        seen.push(path);
        layers.push(layer);
    }
    layers.reverse();
    Ok(layers)
}

/// `~` at the start of a path is the home directory.
fn expand(path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path.to_path_buf(),
    }
}

/// The configuration file of a directory itself.
pub(super) fn in_directory(directory: &Path) -> Result<Option<PathBuf>, ConfigError> {
    for name in NAMES {
        let path = directory.join(name);
        if !path.is_file() {
            continue;
        }
        if name != "pyproject.toml" || layer(&path)?.is_some() {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// The configuration file of the user, for what no project configures.
pub(super) fn of_user() -> Option<PathBuf> {
    let base = match std::env::var_os("XDG_CONFIG_HOME").filter(|value| !value.is_empty()) {
        Some(path) => PathBuf::from(path),
        None if cfg!(windows) => PathBuf::from(std::env::var_os("APPDATA")?),
        None => std::env::home_dir()?.join(".config"),
    };
    NAMES[..2].iter().map(|name| base.join("heaplint").join(name)).find(|path| path.is_file())
}

/// `requires-python` of the `pyproject.toml` of a directory or of the nearest one around it.
pub(super) fn requires_python(directory: &Path) -> Option<String> {
    directory.ancestors().find_map(|directory| {
        let path = directory.join("pyproject.toml");
        let text = std::fs::read_to_string(&path).ok()?;
        pyproject(&path, &text).ok()?.project?.requires_python
    })
}
