//! The configuration that counts for a directory: files found, layered, resolved, and kept.

use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use rustc_hash::FxHashMap;

use super::file::{self, ConfigError, Layer};
use super::globs::{Globs, absolute};
use super::{Options, Settings};

/// Directories that hold other people's code, caches or build results. Not `build`: projects have
/// code of their own in directories of that name.
const EXCLUDED: &[&str] = &[
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

/// The files that are Python's.
const INCLUDED: &[&str] = &["*.py", "*.pyi", "*.pyw", "*.ipynb"];

/// What a configuration says, resolved.
#[derive(Debug)]
pub struct Project {
    /// The directory that paths are relative to: that of the configuration file, else the current
    /// one.
    pub root: PathBuf,
    /// The configuration file.
    pub file: Option<PathBuf>,
    /// All options of all layers, merged, as they can be shown.
    pub options: Options,
    /// What an analysis goes by.
    pub settings: Settings,
    /// The baseline file.
    pub baseline: Option<PathBuf>,
    /// What is odd but no reason to stop.
    pub warnings: Vec<String>,
    include: Globs,
    exclude: Globs,
}

impl Project {
    /// Resolves layers, the most general first. `stated`: where the project may state which Pythons
    /// it supports.
    pub fn new(
        layers: &[Layer],
        root: PathBuf,
        stated: Option<&Path>,
    ) -> Result<Project, ConfigError> {
        let mut warnings = Vec::new();
        let options = merge(layers);
        if let Some((layer, wanted)) = layers
            .iter()
            .filter_map(|layer| Some((layer, layer.options.required_version.as_ref()?)))
            .find(|(_, wanted)| !admits(wanted))
        {
            let message = format!(
                "required version `{wanted}` does not match the running version {}",
                env!("CARGO_PKG_VERSION")
            );
            return Err(layer.error(message, wanted));
        }
        let include =
            globs(layers, INCLUDED, |it| it.include.as_deref(), |it| it.extend_include.as_slice())?;
        let exclude =
            globs(layers, EXCLUDED, |it| it.exclude.as_deref(), |it| it.extend_exclude.as_slice())?;
        let settings = Settings::resolve(layers, stated, &mut warnings)?;
        let baseline = layers.iter().rev().find_map(|layer| {
            layer.options.baseline.as_ref().map(|path| absolute(&layer.root.join(path)))
        });
        let file = layers.iter().rev().find_map(|layer| layer.path.clone());
        Ok(Project { root, file, options, settings, baseline, warnings, include, exclude })
    }

    /// Whether a file found in a directory is one to check.
    pub fn includes(&self, path: &Path) -> bool {
        self.include.matches(path)
    }

    /// Whether a file or directory found in a directory is left out.
    pub fn excludes(&self, path: &Path) -> bool {
        self.exclude.matches(path)
    }

    /// Whether a path that was given is left out, by itself or by a directory around it.
    pub fn excludes_given(&self, path: &Path) -> bool {
        self.exclude.match_below(path, &self.root)
    }

    /// Whether what is excluded is left out even when its path is given.
    pub fn forces_exclude(&self) -> bool {
        self.options.force_exclude.unwrap_or(false)
    }
}

fn admits(wanted: &str) -> bool {
    let text = if wanted.starts_with(|first: char| first.is_ascii_digit()) {
        format!("=={wanted}")
    } else {
        wanted.to_owned()
    };
    let running: Option<pep440_rs::Version> = env!("CARGO_PKG_VERSION").parse().ok();
    let specifiers: Option<pep440_rs::VersionSpecifiers> = text.parse().ok();
    matches!((running, specifiers), (Some(running), Some(wanted)) if wanted.contains(&running))
}

fn globs<'l>(
    layers: &'l [Layer],
    default: &[&'l str],
    base: impl Fn(&'l Options) -> Option<&'l [String]>,
    more: impl Fn(&'l Options) -> &'l [String],
) -> Result<Globs, ConfigError> {
    let replaced = layers.iter().rposition(|layer| base(&layer.options).is_some());
    let mut all: Vec<(&str, &Layer)> = Vec::new();
    let nowhere = Layer::default();
    match replaced {
        Some(at) => {
            let layer = &layers[at];
            let stated = base(&layer.options).unwrap_or_default();
            all.extend(stated.iter().map(|glob| (glob.as_str(), layer)));
        }
        None => all.extend(default.iter().map(|glob| (*glob, &nowhere))),
    }
    for layer in layers {
        all.extend(more(&layer.options).iter().map(|glob| (glob.as_str(), layer)));
    }
    Globs::new(all.iter().map(|(glob, layer)| (*glob, layer.root.as_path()))).map_err(|error| {
        let stated = all.iter().find(|(glob, _)| *glob == error.glob);
        stated.map_or_else(
            || ConfigError(error.to_string()),
            |(_, layer)| layer.error(error.to_string(), &error.glob),
        )
    })
}

/// The options of all layers as one, for showing and for what needs no place.
fn merge(layers: &[Layer]) -> Options {
    let mut merged = Options::default();
    for Layer { options, .. } in layers {
        let it = options.clone();
        macro_rules! later {
            ($($field:ident)*) => { $(if it.$field.is_some() { merged.$field = it.$field; })* };
        }
        later!(extend required_version target_version per_file_ignores include exclude
            force_exclude respect_gitignore fix unsafe_fixes fixable output_format fail_level
            baseline require_reason);
        if it.select.is_some() {
            merged.select = it.select;
            merged.extend_select.clear();
            merged.ignore.clear();
        }
        merged.extend_select.extend(it.extend_select);
        merged.ignore.extend(it.ignore);
        merged.levels.extend(it.levels);
        merged.extend_per_file_ignores.extend(it.extend_per_file_ignores);
        merged.extend_include.extend(it.extend_include);
        merged.extend_exclude.extend(it.extend_exclude);
        merged.unfixable.extend(it.unfixable);
    }
    merged
}

/// Where configuration is looked for.
#[derive(Debug, Clone, Default)]
pub enum Lookup {
    /// In the directory of each file and those around it.
    #[default]
    Nearest,
    /// In one file only.
    File(PathBuf),
    /// Nowhere.
    Isolated,
}

type Found = Result<Arc<Project>, ConfigError>;

/// The configurations of a run, by directory.
#[derive(Debug)]
pub struct Projects {
    lookup: Lookup,
    /// What files win over.
    below: Vec<Layer>,
    /// What wins over files.
    above: Vec<Layer>,
    directory: PathBuf,
    known: RwLock<FxHashMap<PathBuf, Found>>,
}

impl Projects {
    /// Looks configurations up below the options of the command line, the more general layer
    /// first. `directory` is the current one.
    pub fn new(lookup: Lookup, command_line: Vec<Options>, directory: PathBuf) -> Projects {
        let layer = |options| Layer::command_line(options, directory.clone());
        let above = command_line.into_iter().map(layer).collect();
        Projects::between(lookup, Vec::new(), above, directory)
    }

    /// Looks configurations up between layers that files win over and layers that win over files,
    /// each the more general first.
    pub fn between(
        lookup: Lookup,
        below: Vec<Layer>,
        above: Vec<Layer>,
        directory: PathBuf,
    ) -> Projects {
        Projects { lookup, below, above, directory, known: RwLock::default() }
    }

    /// Nothing but the defaults, wherever the files are.
    pub fn isolated() -> Projects {
        Projects::new(Lookup::Isolated, Vec::new(), PathBuf::new())
    }

    /// The configuration for the files of a directory, which is absolute.
    pub fn of(&self, directory: &Path) -> Found {
        let directory = match self.lookup {
            Lookup::Nearest => directory,
            Lookup::File(_) | Lookup::Isolated => Path::new(""),
        };
        if let Some(found) = self.read().get(directory) {
            return found.clone();
        }
        let found = self.find(directory);
        let mut known = self.known.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Another thread may have been first: all must hold the same project.
        known.entry(directory.to_path_buf()).or_insert(found).clone()
    }

    /// What was odd in the configurations that were used, each once.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings: Vec<String> = self
            .read()
            .values()
            .filter_map(|found| found.as_ref().ok())
            .flat_map(|project| project.warnings.iter().cloned())
            .collect();
        warnings.sort();
        warnings.dedup();
        warnings
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, FxHashMap<PathBuf, Found>> {
        self.known.read().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn find(&self, directory: &Path) -> Found {
        match &self.lookup {
            Lookup::Isolated => self.resolve(Vec::new(), &self.directory),
            // What a file that is named says is relative to where the command runs.
            Lookup::File(path) => self.resolve(file::layers(path)?, &self.directory),
            Lookup::Nearest => match file::in_directory(directory)? {
                Some(path) => self.resolve(file::layers(&path)?, directory),
                None => match directory.parent() {
                    Some(parent) => self.of(parent),
                    None => match file::of_user() {
                        Some(path) => self.resolve(file::layers(&path)?, &self.directory),
                        None => self.resolve(Vec::new(), &self.directory),
                    },
                },
            },
        }
    }

    fn resolve(&self, files: Vec<Layer>, root: &Path) -> Found {
        let layers: Vec<Layer> =
            self.below.iter().cloned().chain(files).chain(self.above.iter().cloned()).collect();
        let stated = (!matches!(self.lookup, Lookup::Isolated)).then_some(root);
        Project::new(&layers, root.to_path_buf(), stated).map(Arc::new)
    }
}
