//! Configuration: from files and the command line to the settings that an analysis goes by.

mod file;
mod globs;
mod options;
mod project;
mod select;
mod selection;
mod version;

use std::path::Path;
use std::sync::Arc;

use ruff_python_ast::PythonVersion;

use crate::dispatch::Dispatch;
use crate::rule::{Level, Rule};
use crate::rules::RULES;
pub use file::{ConfigError, Layer};
pub use globs::{Globs, InvalidGlob, absolute};
pub use options::Options;
pub use project::{Lookup, Project, Projects};
pub use select::{Selector, UnknownSelector, nearest, suggest};
pub use selection::RuleSet;

/// Rules that are not reported in some files.
#[derive(Debug)]
struct PerFile {
    globs: Globs,
    /// The rules are ignored in the files that do not match.
    negated: bool,
    rules: RuleSet,
}

/// Options resolved: what an analysis goes by. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The oldest Python that the code has to run on.
    pub target_version: PythonVersion,
    /// The lowest level that fails the gate; `Off` for none.
    pub fail_level: Level,
    /// Whether a suppression has to state its reason.
    pub require_reason: bool,
    /// Whether comments suppress findings.
    pub suppressions: bool,
    levels: Arc<[Level]>,
    fixable: RuleSet,
    per_file: Arc<[PerFile]>,
    dispatch: Arc<Dispatch>,
}

impl Default for Settings {
    /// Every rule at its own level, for the newest Python.
    fn default() -> Self {
        Settings::with_levels(RULES.iter().map(|rule| rule.spec.level).collect())
    }
}

impl Settings {
    /// Resolves options that need no file.
    pub fn new(options: &Options) -> Result<Settings, ConfigError> {
        let layer = Layer::command_line(options.clone(), Path::new("").to_path_buf());
        Settings::resolve(&[layer], None, &mut Vec::new())
    }

    fn resolve(
        layers: &[Layer],
        stated: Option<&Path>,
        warnings: &mut Vec<String>,
    ) -> Result<Settings, ConfigError> {
        let mut settings = Settings::with_levels(selection::levels(layers, warnings)?);
        settings.fixable = selection::fixable(layers, warnings);
        settings.per_file = per_file(layers, warnings)?.into();
        let chosen = layers
            .iter()
            .rev()
            .find_map(|layer| Some((layer, layer.options.target_version.as_ref()?)));
        if let Some((layer, text)) = chosen {
            settings.target_version = version::parse(text).ok_or_else(|| {
                let choices = version::choices();
                let message = format!("unknown target version `{text}`: expected one of {choices}");
                layer.error(message, text)
            })?;
        } else if let Some(oldest) =
            stated.and_then(file::requires_python).and_then(|it| version::oldest(&it))
        {
            settings.target_version = oldest;
        }
        for Layer { options, .. } in layers {
            settings.fail_level = options.fail_level.unwrap_or(settings.fail_level);
            settings.require_reason = options.require_reason.unwrap_or(settings.require_reason);
        }
        Ok(settings)
    }

    fn with_levels(levels: Vec<Level>) -> Settings {
        let dispatch = Dispatch::new(|index, _| levels[index] != Level::Off);
        Settings {
            target_version: PythonVersion::latest(),
            fail_level: Level::Warn,
            require_reason: false,
            suppressions: true,
            levels: levels.into(),
            fixable: RuleSet::all(),
            per_file: Arc::default(),
            dispatch: Arc::new(dispatch),
        }
    }

    /// The level at which a rule reports.
    pub fn level(&self, rule: &'static Rule) -> Level {
        position(rule).map_or(Level::Off, |index| self.levels[index])
    }

    /// Whether a rule runs.
    pub fn enabled(&self, rule: &'static Rule) -> bool {
        self.level(rule) != Level::Off
    }

    /// Whether the fixes of a rule may be applied.
    pub fn fixes(&self, rule: &'static Rule) -> bool {
        position(rule).is_some_and(|index| self.fixable.contains(index))
    }

    /// The rules that are not reported in a file.
    pub fn ignored_in(&self, path: &Path) -> RuleSet {
        let mut ignored = RuleSet::default();
        if !self.per_file.is_empty() {
            let path = absolute(path);
            for entry in self.per_file.iter() {
                if entry.globs.matches(&path) != entry.negated {
                    ignored.extend(entry.rules);
                }
            }
        }
        ignored
    }

    /// The hooks of the enabled rules.
    pub fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }
}

/// The position of a rule in the registry.
pub fn position(rule: &'static Rule) -> Option<usize> {
    RULES.iter().position(|known| std::ptr::eq(*known, rule))
}

/// The rule of a code or a name.
pub fn named(text: &str) -> Option<&'static Rule> {
    RULES
        .iter()
        .find(|rule| rule.spec.name == text || rule.spec.code.eq_ignore_ascii_case(text))
        .copied()
}

fn per_file(layers: &[Layer], warnings: &mut Vec<String>) -> Result<Vec<PerFile>, ConfigError> {
    let base = layers.iter().rposition(|layer| layer.options.per_file_ignores.is_some());
    let mut entries = Vec::new();
    for (index, layer) in layers.iter().enumerate() {
        let replaced =
            if base == Some(index) { layer.options.per_file_ignores.as_ref() } else { None };
        for (glob, names) in
            replaced.into_iter().flatten().chain(&layer.options.extend_per_file_ignores)
        {
            let negated = glob.starts_with('!');
            let pattern = glob.trim_start_matches('!');
            let globs = Globs::new([(pattern, layer.root.as_path())])
                .map_err(|error| layer.error(error.to_string(), glob))?;
            let mut rules = RuleSet::default();
            for name in names {
                if let Some(selector) =
                    selection::lenient(layer, "per-file-ignores", name, warnings)
                {
                    rules.extend(RuleSet::of(&selector));
                }
            }
            entries.push(PerFile { globs, negated, rules });
        }
    }
    Ok(entries)
}
