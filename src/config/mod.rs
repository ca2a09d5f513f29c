//! Options, as people write them, and the settings that they resolve to.

mod select;

use std::sync::Arc;

use ruff_python_ast::PythonVersion;
use serde::Deserialize;

use crate::dispatch::Dispatch;
use crate::rule::{Level, Rule};
use crate::rules::RULES;
pub use select::{Selector, UnknownSelector};

/// Options as written in TOML or given on the command line. What is absent keeps its default.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Options {
    /// The oldest Python that the code has to run on, as in `"3.9"`.
    pub target_version: Option<String>,
    /// The rules to run, by code, prefix, family, name or `ALL`.
    pub select: Option<Vec<String>>,
    /// The rules not to run.
    #[serde(default)]
    pub ignore: Vec<String>,
}

/// Why options do not make settings.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A selector that names no rule.
    #[error(transparent)]
    Selector(#[from] UnknownSelector),
    /// A target version that is none.
    #[error("unknown target version `{0}`: expected one of {choices}", choices = versions())]
    TargetVersion(String),
}

/// Options resolved: what an analysis goes by. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The oldest Python that the code has to run on.
    pub target_version: PythonVersion,
    levels: Arc<[Level]>,
    dispatch: Arc<Dispatch>,
}

impl Default for Settings {
    /// Every rule at its own level, for the newest Python.
    fn default() -> Self {
        Settings::with_levels(
            PythonVersion::latest(),
            RULES.iter().map(|rule| rule.spec.level).collect(),
        )
    }
}

impl Settings {
    /// Resolves options.
    pub fn new(options: &Options) -> Result<Settings, ConfigError> {
        let target_version = match &options.target_version {
            None => PythonVersion::latest(),
            Some(text) => PythonVersion::iter()
                .chain([PythonVersion::PY315])
                .find(|version| version.to_string() == *text)
                .ok_or_else(|| ConfigError::TargetVersion(text.clone()))?,
        };
        let select = options.select.as_deref().map(select::parse).transpose()?;
        let ignore = select::parse(&options.ignore)?;
        let levels = RULES
            .iter()
            .map(|rule| {
                let ignored = ignore.iter().any(|selector| selector.matches(rule));
                let selected = match &select {
                    None => rule.spec.level != Level::Off,
                    Some(selectors) => selectors.iter().any(|selector| selector.matches(rule)),
                };
                match rule.spec.level {
                    _ if ignored || !selected => Level::Off,
                    // An off rule that is selected reports without failing the gate.
                    Level::Off => Level::Info,
                    level => level,
                }
            })
            .collect();
        Ok(Settings::with_levels(target_version, levels))
    }

    fn with_levels(target_version: PythonVersion, levels: Vec<Level>) -> Settings {
        let dispatch = Dispatch::new(|index, _| levels[index] != Level::Off);
        Settings { target_version, levels: levels.into(), dispatch: Arc::new(dispatch) }
    }

    /// The level at which a rule reports.
    pub fn level(&self, rule: &'static Rule) -> Level {
        RULES
            .iter()
            .position(|known| std::ptr::eq(*known, rule))
            .map_or(Level::Off, |index| self.levels[index])
    }

    /// Whether a rule runs.
    pub fn enabled(&self, rule: &'static Rule) -> bool {
        self.level(rule) != Level::Off
    }

    /// The hooks of the enabled rules.
    pub fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }
}

fn versions() -> String {
    let known: Vec<String> = PythonVersion::iter().map(|version| version.to_string()).collect();
    known.join(", ")
}
