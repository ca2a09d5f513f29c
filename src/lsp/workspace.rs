//! The folders of a workspace: the settings of the editor for each, the configuration that counts
//! for a file, and what to tell when one is broken.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::Value;

use super::documents::path;
use super::protocol::Uri;
use super::settings::Editor;
use super::snapshot::Configured;
use crate::baseline::Baseline;
use crate::config::{Lookup, Project, Projects};

/// A folder of the workspace.
#[derive(Debug)]
pub(super) struct Folder {
    /// Its address.
    pub(super) uri: Uri,
    /// Its path.
    pub(super) root: PathBuf,
    /// The settings of the editor for it.
    pub(super) editor: Arc<Editor>,
    projects: Arc<Projects>,
}

impl Folder {
    /// The configurations of its files.
    pub(super) fn projects(&self) -> Arc<Projects> {
        Arc::clone(&self.projects)
    }
}

/// The folders and what counts in them.
#[derive(Debug, Default)]
pub(super) struct Workspace {
    folders: Vec<Folder>,
    /// The settings for what is in no folder, and for folders without settings of their own.
    editor: Arc<Editor>,
    /// The configurations of files outside of the folders, by their directory.
    outside: HashMap<PathBuf, Arc<Projects>>,
    /// The last configuration of a directory that was not broken.
    good: HashMap<PathBuf, Arc<Project>>,
    baselines: BTreeMap<PathBuf, Option<Arc<Baseline>>>,
    /// What is broken now.
    broken: BTreeSet<String>,
    /// What was broken before the configuration was read again: it is not told of twice.
    told: BTreeSet<String>,
    /// What is to be told.
    news: Vec<String>,
    /// What is to be logged.
    odd: Vec<String>,
    /// The files that were looked for, and in which state they were.
    stamps: BTreeMap<PathBuf, Option<Stamp>>,
}

/// What changes when a file is written.
type Stamp = (SystemTime, u64);

const NAMES: [&str; 3] = [".heaplint.toml", "heaplint.toml", "pyproject.toml"];

fn stamp(path: &Path) -> Option<Stamp> {
    let metadata = std::fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

impl Workspace {
    /// Sets the settings of the editor that count where a folder has none of its own.
    pub(super) fn set_editor(&mut self, settings: &Value) {
        let mut problems = Vec::new();
        self.editor = Arc::new(Editor::read(settings, &mut problems));
        self.report_settings(problems);
        for folder in &mut self.folders {
            folder.editor = Arc::clone(&self.editor);
        }
        self.renew();
    }

    /// Sets the settings of the editor for a folder.
    pub(super) fn set_folder_editor(&mut self, uri: &str, settings: &Value) {
        let mut problems = Vec::new();
        let editor = Arc::new(Editor::read(settings, &mut problems));
        self.report_settings(problems);
        if let Some(folder) = self.folders.iter_mut().find(|folder| *folder.uri == *uri) {
            folder.editor = editor;
        }
        self.renew();
    }

    fn report_settings(&mut self, problems: Vec<String>) {
        for problem in problems {
            let text = format!("a setting of the editor does not count: {problem}");
            if self.told.insert(text.clone()) {
                self.news.push(text);
            }
        }
    }

    /// Adds a folder.
    pub(super) fn add(&mut self, uri: &Uri) {
        let Some(root) = path(uri) else { return };
        if self.folders.iter().any(|folder| folder.uri == *uri) {
            return;
        }
        let root = crate::config::absolute(&root);
        let editor = Arc::clone(&self.editor);
        let projects = Arc::new(editor.projects(&root));
        self.folders.push(Folder { uri: Arc::clone(uri), root, editor, projects });
        // The innermost folder is found first.
        self.folders.sort_by_key(|folder| std::cmp::Reverse(folder.root.components().count()));
        self.outside.clear();
    }

    /// Removes a folder.
    pub(super) fn remove(&mut self, uri: &str) {
        let key = super::documents::key(uri);
        self.folders.retain(|folder| super::documents::key(&folder.uri) != key);
        self.outside.clear();
    }

    /// The folders.
    pub(super) fn folders(&self) -> &[Folder] {
        &self.folders
    }

    /// The settings of the editor that count where a folder has none of its own.
    pub(super) fn editor(&self) -> &Arc<Editor> {
        &self.editor
    }

    /// Reads configuration files and baselines again when they are next needed.
    pub(super) fn renew(&mut self) {
        for folder in &mut self.folders {
            folder.projects = Arc::new(folder.editor.projects(&folder.root));
        }
        self.outside.clear();
        self.baselines.clear();
        self.stamps.clear();
        self.told.append(&mut self.broken);
    }

    /// Whether a file that was looked for is no longer what it was.
    pub(super) fn is_stale(&self) -> bool {
        self.stamps.iter().any(|(path, before)| stamp(path) != *before)
    }

    /// Whether a file is a configuration file or a baseline in use.
    pub(super) fn is_watched(&self, path: &Path) -> bool {
        path.file_name().is_some_and(|name| NAMES.iter().any(|known| name == *known))
            || self.baselines.contains_key(path)
            || self.stamps.contains_key(path)
    }

    /// The baselines that are in use.
    pub(super) fn baselines(&self) -> impl Iterator<Item = &Path> {
        self.baselines.keys().map(PathBuf::as_path)
    }

    /// What is to be told to the user.
    pub(super) fn take_news(&mut self) -> Vec<String> {
        std::mem::take(&mut self.news)
    }

    /// What is to be logged.
    pub(super) fn take_odd(&mut self) -> Vec<String> {
        std::mem::take(&mut self.odd)
    }

    /// The path that stands for a document without a file.
    pub(super) fn nowhere(&self, name: &str) -> PathBuf {
        let root = self.folders.last().map(|folder| folder.root.clone());
        root.or_else(|| std::env::current_dir().ok()).unwrap_or_default().join(name)
    }

    /// What a file goes by. A broken configuration does not count: the last good one does, else
    /// the defaults.
    pub(super) fn configured(&mut self, file: &Path) -> Configured {
        let directory = file.parent().unwrap_or(file).to_path_buf();
        let (editor, projects) = match self.folders.iter().find(|it| file.starts_with(&it.root)) {
            Some(folder) => (Arc::clone(&folder.editor), Arc::clone(&folder.projects)),
            None => {
                let editor = Arc::clone(&self.editor);
                let projects = self
                    .outside
                    .entry(directory.clone())
                    .or_insert_with(|| Arc::new(editor.projects(&directory)));
                (Arc::clone(&self.editor), Arc::clone(projects))
            }
        };
        for ancestor in directory.ancestors() {
            for name in NAMES {
                let path = ancestor.join(name);
                self.stamps.entry(path).or_insert_with_key(|path| stamp(path));
            }
        }
        let project = match projects.of(&directory) {
            Ok(project) => {
                self.good.insert(directory, Arc::clone(&project));
                project
            }
            Err(error) => {
                self.report(error.to_string());
                match self.good.get(&directory) {
                    Some(good) => Arc::clone(good),
                    None => defaults(&directory),
                }
            }
        };
        for warning in &project.warnings {
            if self.told.insert(warning.clone()) {
                self.odd.push(warning.clone());
            }
        }
        let baseline = project.baseline.clone().and_then(|path| self.baseline(path));
        Configured { project, baseline, editor }
    }

    /// Tells of an error unless it is known.
    fn report(&mut self, error: String) {
        if self.broken.insert(error.clone()) && !self.told.remove(&error) {
            self.news.push(error);
        }
    }

    fn baseline(&mut self, path: PathBuf) -> Option<Arc<Baseline>> {
        if let Some(known) = self.baselines.get(&path) {
            return known.clone();
        }
        self.stamps.insert(path.clone(), stamp(&path));
        let baseline = match Baseline::read(&path) {
            Ok(baseline) => Some(Arc::new(baseline)),
            Err(error) => {
                self.report(error.to_string());
                None
            }
        };
        self.baselines.insert(path, baseline.clone());
        baseline
    }
}

/// The defaults, for a directory whose configuration was broken from the start.
fn defaults(directory: &Path) -> Arc<Project> {
    let isolated = Projects::new(Lookup::Isolated, Vec::new(), directory.to_path_buf());
    // Without files and options nothing can be wrong.
    isolated.of(directory).unwrap_or_else(|_| unreachable!("the defaults are no error"))
}
