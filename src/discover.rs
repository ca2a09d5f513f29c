//! From paths to jobs: which files to check and by which configuration, in one order whatever the
//! threads.
//!
//! A path that is given is a job unless its configuration forces excludes. Directories are walked
//! in parallel; ignore files are respected, links to directories are not followed (so a loop
//! cannot trap the walk), and links to files are.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use ignore::{DirEntry, WalkBuilder, WalkState};

use crate::config::{ConfigError, Project, Projects, absolute};

/// A file to check.
#[derive(Debug, Clone)]
pub struct Job {
    /// The path as it was given or found below a given directory.
    pub path: PathBuf,
    /// Whether the path itself was given.
    pub explicit: bool,
    /// The configuration of the file.
    pub project: Arc<Project>,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Discovered {
    /// The files, sorted by path, each once.
    pub jobs: Vec<Job>,
    /// Directories that could not be read.
    pub errors: Vec<String>,
    /// Configurations that do not count; the files below them are not checked.
    pub broken: Vec<ConfigError>,
}

/// How to walk.
#[derive(Debug, Clone, Copy)]
pub struct Walk {
    /// How many threads.
    pub threads: usize,
    /// Whether to leave out what ignore files of version control name.
    pub respect_gitignore: bool,
}

/// Finds the files to check.
pub fn discover(paths: &[PathBuf], projects: &Arc<Projects>, walk: Walk) -> Discovered {
    let found = Arc::new(Mutex::new(Discovered::default()));
    let here = Arc::new(std::env::current_dir().unwrap_or_default());
    let (directories, files): (Vec<&PathBuf>, Vec<&PathBuf>) =
        paths.iter().partition(|path| path.is_dir());
    for path in files {
        let whole = absolute(&here.join(path));
        if let Some(project) = project_of(&whole, projects, &found) {
            let left_out = project.forces_exclude() && project.excludes_given(&whole);
            if !left_out {
                lock(&found).jobs.push(Job { path: path.clone(), explicit: true, project });
            }
        }
    }
    if let [first, rest @ ..] = &directories[..] {
        let mut builder = WalkBuilder::new(first);
        for path in rest {
            builder.add(path);
        }
        let (filter_projects, filter_found) = (Arc::clone(projects), Arc::clone(&found));
        let filter_here = Arc::clone(&here);
        builder
            .hidden(false)
            .require_git(false)
            .ignore(walk.respect_gitignore)
            .git_ignore(walk.respect_gitignore)
            .git_global(walk.respect_gitignore)
            .git_exclude(walk.respect_gitignore)
            .parents(walk.respect_gitignore)
            .threads(walk.threads)
            .filter_entry(move |entry| keeps(entry, &filter_here, &filter_projects, &filter_found));
        builder.build_parallel().run(|| {
            Box::new(|entry| {
                match entry {
                    Ok(entry) if is_file(&entry) => add(entry, &here, projects, &found),
                    Ok(_) => {}
                    Err(error) => lock(&found).errors.push(error.to_string()),
                }
                WalkState::Continue
            })
        });
    }
    let mut found = std::mem::take(&mut *lock(&found));
    let mut jobs: Vec<_> = std::mem::take(&mut found.jobs)
        .into_iter()
        .map(|job| (order(&absolute(&here.join(&job.path)), &here), job))
        .collect();
    // A file that was both given and found counts as given.
    jobs.sort_by(|(a, first), (b, second)| {
        a.cmp(b).then_with(|| second.explicit.cmp(&first.explicit))
    });
    jobs.dedup_by(|(later, _), (first, _)| later == first);
    found.jobs = jobs.into_iter().map(|(_, job)| job).collect();
    found.errors.sort();
    found.broken.sort_by_key(ToString::to_string);
    found.broken.dedup();
    found
}

/// What files are sorted by, in reports and where reports are merged: first those below the current
/// directory.
pub(crate) fn order(path: &Path, here: &Path) -> (bool, PathBuf) {
    path.strip_prefix(here)
        .map_or_else(|_| (true, path.to_path_buf()), |it| (false, it.to_path_buf()))
}

fn lock(found: &Mutex<Discovered>) -> std::sync::MutexGuard<'_, Discovered> {
    found.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// The configuration for an absolute path, by the directory that holds it. What is wrong is noted.
fn project_of(path: &Path, projects: &Projects, found: &Mutex<Discovered>) -> Option<Arc<Project>> {
    match projects.of(path.parent().unwrap_or(path)) {
        Ok(project) => Some(project),
        Err(error) => {
            let mut found = lock(found);
            if !found.broken.contains(&error) {
                found.broken.push(error);
            }
            None
        }
    }
}

/// Whether the walk goes on with an entry.
fn keeps(entry: &DirEntry, here: &Path, projects: &Projects, found: &Mutex<Discovered>) -> bool {
    let path = absolute(&here.join(entry.path()));
    let Some(project) = project_of(&path, projects, found) else {
        // Below a given directory another file may still be configured.
        return entry.depth() == 0;
    };
    if entry.depth() == 0 {
        return !(project.forces_exclude() && project.excludes_given(&path));
    }
    !project.excludes(&path)
}

fn add(entry: DirEntry, here: &Path, projects: &Projects, found: &Mutex<Discovered>) {
    let path = absolute(&here.join(entry.path()));
    let Some(project) = project_of(&path, projects, found) else { return };
    if project.includes(&path) {
        let path = clean(entry.into_path());
        lock(found).jobs.push(Job { path, explicit: false, project });
    }
}

fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| {
        // A link is followed; what dangles, loops or leads to a pipe is not a file.
        kind.is_file() || kind.is_symlink() && entry.path().is_file()
    })
}

/// `./a.py` is shown as `a.py`.
fn clean(path: PathBuf) -> PathBuf {
    path.strip_prefix(".").map(Path::to_path_buf).unwrap_or(path)
}
