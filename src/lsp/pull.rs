//! Diagnostics that the client pulls: of files that are not open, and of the whole workspace.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Sender;
use lsp_server::{ErrorCode, RequestId};
use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::{Value, json};

use super::client::Client;
use super::documents::{key, path};
use super::lanes::{Done, Failure, Lane};
use super::positions::Text;
use super::protocol::{PullParams, Uri, WorkspacePullParams};
use super::session::Session;
use super::settings::Editor;
use super::snapshot::{Configured, Snapshot};
use super::diagnostics;
use crate::baseline::Baseline;
use crate::config::{Project, Projects};
use crate::discover::{Walk, discover};
use crate::source::Source;

/// As many reports go to the client at once where it takes parts.
const PART: usize = 50;

fn failed(id: RequestId) -> impl FnOnce() -> Option<Done> + Send {
    move || {
        let message = "heaplint failed".to_owned();
        let failure = Failure { code: ErrorCode::InternalError, message };
        Some(Done::Answered { id, result: Err(failure), of: None })
    }
}

impl Session {
    /// Answers a pull for a file that is not open.
    pub(super) fn pull_file(&mut self, id: &RequestId, params: PullParams) {
        let PullParams { text_document, previous_result_id: previous } = params;
        let Some(path) = path(&text_document.uri).filter(|path| is_text(path)) else {
            let nothing = diagnostics::report(Vec::new(), previous.as_deref());
            return self.answer(id, Ok(nothing));
        };
        let path = crate::config::absolute(&path);
        let by = self.workspace.configured(&path);
        let client = Arc::clone(&self.client);
        let (done, uri) = (id.clone(), text_document.uri);
        self.lanes.run(
            Lane::Workspace,
            move |_| {
                let items = items_of_file(&path, &uri, by, client);
                let result = Ok(diagnostics::report(items, previous.as_deref()));
                Some(Done::Answered { id: done, result, of: None })
            },
            failed(id.clone()),
        );
    }

    /// Answers a pull for the workspace: open documents as they are, other files from the disk.
    pub(super) fn pull_workspace(&mut self, id: &RequestId, params: WorkspacePullParams) {
        let open: Vec<Arc<Snapshot>> =
            self.documents.keys().iter().filter_map(|key| self.snapshot(key)).collect();
        let stop = Arc::new(AtomicBool::new(false));
        self.stops.insert(id.clone(), Arc::clone(&stop));
        let previous =
            params.previous_result_ids.into_iter().map(|it| (key(&it.uri), it)).collect();
        let pull = WorkspacePull {
            id: id.clone(),
            token: params.partial_result_token,
            previous,
            folders: self
                .workspace
                .folders()
                .iter()
                .map(|folder| (folder.root.clone(), folder.projects(), Arc::clone(&folder.editor)))
                .collect(),
            client: Arc::clone(&self.client),
            stop,
        };
        self.lanes.run(Lane::Workspace, move |done| Some(pull.run(&open, done)), failed(id.clone()));
    }
}

/// Whether a file is text; a notebook's cells have no addresses while it is closed.
fn is_text(path: &Path) -> bool {
    !path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("ipynb"))
}

fn items_of_file(path: &Path, uri: &Uri, by: Configured, client: Arc<Client>) -> Vec<Value> {
    let Ok(bytes) = std::fs::read(path) else { return Vec::new() };
    let source = Source::from_bytes(path, bytes);
    if source.trouble().is_some() {
        return Vec::new();
    }
    // An editor shows the mark as a character.
    let mark = if source.has_bom() { "\u{feff}" } else { "" };
    let text = Arc::new(Text::new(format!("{mark}{}", source.text())));
    let of = (Arc::clone(uri), None, text);
    let snapshot = Snapshot::of_text(key(uri), of, path, by, client);
    diagnostics::of_parts(&snapshot).into_iter().flat_map(|(_, items)| items).collect()
}

/// A pull for the workspace.
struct WorkspacePull {
    id: RequestId,
    token: Option<Value>,
    /// What the client has, by the keys of the documents.
    previous: FxHashMap<String, super::protocol::PreviousResult>,
    folders: Vec<(PathBuf, Arc<Projects>, Arc<Editor>)>,
    client: Arc<Client>,
    stop: Arc<AtomicBool>,
}

impl WorkspacePull {
    fn run(mut self, open: &[Arc<Snapshot>], done: &Sender<Done>) -> Done {
        let mut seen: FxHashSet<String> = FxHashSet::default();
        let mut reports = Vec::new();
        for snapshot in open {
            for (part, items) in diagnostics::of_parts(snapshot) {
                seen.insert(key(&part.uri));
                seen.insert(snapshot.unit.clone());
                reports.push(self.report(&part.uri, part.version, items));
            }
        }
        let mut baselines: FxHashMap<PathBuf, Option<Arc<Baseline>>> = FxHashMap::default();
        for (root, projects, editor) in std::mem::take(&mut self.folders) {
            let walk = Walk {
                threads: 1,
                respect_gitignore: respects_gitignore(&projects, &root),
            };
            for job in discover(&[root], &projects, walk).jobs {
                if self.stop.load(Ordering::Relaxed) {
                    let message = "cancelled".to_owned();
                    let failure = Failure { code: ErrorCode::RequestCanceled, message };
                    return Done::Answered { id: self.id, result: Err(failure), of: None };
                }
                let uri = Uri::from(crate::emit::uri_of_file(&job.path));
                if !is_text(&job.path) || !seen.insert(key(&uri)) {
                    continue;
                }
                let baseline = baseline(&job.project, &mut baselines);
                let by = Configured { project: job.project, baseline, editor: Arc::clone(&editor) };
                let items = items_of_file(&job.path, &uri, by, Arc::clone(&self.client));
                reports.push(self.report(&uri, None, items));
                if let Some(token) = self.token.as_ref().filter(|_| reports.len() >= PART) {
                    let part = json!({ "items": std::mem::take(&mut reports) });
                    let params = json!({ "token": token, "value": part });
                    let _ = done.send(Done::Partly(self.id.clone(), params));
                }
            }
        }
        // What is gone has no diagnostics any more.
        let gone: Vec<String> = self
            .previous
            .iter()
            .filter(|(key, _)| !seen.contains(*key))
            .map(|(_, before)| before.uri.clone())
            .collect();
        for uri in gone {
            reports.push(self.report(&Uri::from(uri), None, Vec::new()));
        }
        if let Some(token) = self.token.as_ref() {
            let params = json!({ "token": token, "value": { "items": reports } });
            let _ = done.send(Done::Partly(self.id.clone(), params));
            reports = Vec::new();
        }
        Done::Answered { id: self.id, result: Ok(json!({ "items": reports })), of: None }
    }

    fn report(&self, uri: &Uri, version: Option<i32>, items: Vec<Value>) -> Value {
        let before = self.previous.get(&key(uri));
        let mut report = diagnostics::report(items, before.map(|it| it.value.as_str()));
        // The client knows the document by the address that it used.
        report["uri"] = before.map_or(&**uri, |it| &it.uri).into();
        report["version"] = version.into();
        report
    }
}

fn respects_gitignore(projects: &Projects, root: &Path) -> bool {
    projects.of(root).ok().and_then(|it| it.options.respect_gitignore).unwrap_or(true)
}

fn baseline(
    project: &Project,
    known: &mut FxHashMap<PathBuf, Option<Arc<Baseline>>>,
) -> Option<Arc<Baseline>> {
    let path = project.baseline.as_ref()?;
    let read = || Baseline::read(path).ok().map(Arc::new);
    known.entry(path.clone()).or_insert_with(read).clone()
}
