//! The state of a session, and what holds for every message: who may be answered, and that each
//! request is answered exactly once.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Sender;
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

use super::client::Client;
use super::documents::{Content, Documents, Unit};
use super::lanes::{Done, Failure, Lane, Lanes};
use super::protocol::Uri;
use super::settings::LogLevel;
use super::snapshot::Snapshot;
use super::workspace::Workspace;
use super::{End, Outgoing, diagnostics};
use crate::cli::contained;

/// How far the session is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Before `initialize`.
    New,
    /// After it.
    Running,
    /// After `shutdown`.
    ShutDown,
}

/// What the server asked the client for.
#[derive(Debug)]
pub(super) enum Sent {
    /// The settings: those of the workspace, then those of these folders.
    Settings(Vec<Uri>),
    /// Something whose answer changes nothing.
    Nothing,
}

/// The work of an answer about a document whose findings are known.
pub(super) type Work = Box<dyn FnOnce(&Snapshot) -> Result<Value, Failure> + Send>;

/// A request that waits for the findings of a document.
pub(super) struct Ask {
    id: RequestId,
    snapshot: Arc<Snapshot>,
    /// Whether the answer may be about a later text than that of the request.
    renews: bool,
    work: Work,
}

/// A session with a client.
pub(super) struct Session {
    pub(super) phase: Phase,
    pub(super) client: Arc<Client>,
    pub(super) documents: Documents,
    pub(super) workspace: Workspace,
    pub(super) lanes: Lanes,
    pub(super) done: Sender<Done>,
    outgoing: Outgoing,
    generation: u64,
    /// The requests that are not answered.
    pending: HashSet<RequestId>,
    parked: Vec<Ask>,
    /// Flags that stop long jobs, by the requests that they answer.
    pub(super) stops: HashMap<RequestId, Arc<AtomicBool>>,
    pub(super) sent: HashMap<RequestId, Sent>,
    sent_count: i32,
    /// The baselines that the client watches.
    pub(super) watched: HashSet<PathBuf>,
    /// The pages that were shown.
    pub(super) pages: Option<tempfile::TempDir>,
    panicked: bool,
}

impl Session {
    /// A session that has not begun.
    pub(super) fn new(outgoing: Outgoing, lanes: Lanes, done: Sender<Done>) -> Session {
        Session {
            phase: Phase::New,
            client: Arc::new(Client::read(&Value::Null)),
            documents: Documents::default(),
            workspace: Workspace::default(),
            lanes,
            done,
            outgoing,
            generation: 0,
            pending: HashSet::new(),
            parked: Vec::new(),
            stops: HashMap::new(),
            sent: HashMap::new(),
            sent_count: 0,
            watched: HashSet::new(),
            pages: None,
            panicked: false,
        }
    }

    /// Takes a message.
    pub(super) fn receive(&mut self, message: Message) -> Option<End> {
        match message {
            Message::Request(request) => {
                let id = request.id.clone();
                self.pending.insert(id.clone());
                if let Err(panic) = contained(|| self.request(request)) {
                    self.panicked(&panic);
                    self.fail(id, ErrorCode::InternalError, panic);
                }
            }
            Message::Notification(it) if it.method == "exit" => {
                return Some(End::Exit { after_shutdown: self.phase == Phase::ShutDown });
            }
            Message::Notification(notification) => {
                if let Err(panic) = contained(|| self.notification(notification)) {
                    self.panicked(&panic);
                }
            }
            Message::Response(response) => {
                if let Err(panic) = contained(|| self.response(response)) {
                    self.panicked(&panic);
                }
            }
        }
        None
    }

    fn request(&mut self, request: Request) {
        let Request { id, method, params } = request;
        match (self.phase, method.as_str()) {
            (Phase::New, "initialize") => {
                let result = self.initialize(&params);
                self.answer(&id, Ok(result));
            }
            (Phase::New, _) => {
                self.fail(id, ErrorCode::ServerNotInitialized, "`initialize` comes first");
            }
            (Phase::ShutDown, _) => {
                self.fail(id, ErrorCode::InvalidRequest, "the server was shut down");
            }
            (Phase::Running, "initialize") => {
                self.fail(id, ErrorCode::InvalidRequest, "the server is initialized");
            }
            (Phase::Running, "shutdown") => {
                self.phase = Phase::ShutDown;
                for stop in self.stops.values() {
                    stop.store(true, Ordering::Relaxed);
                }
                for open in std::mem::take(&mut self.pending) {
                    if open != id {
                        let message = "the server was shut down".to_owned();
                        let code = ErrorCode::RequestCanceled as i32;
                        self.send(Response::new_err(open, code, message));
                    }
                }
                self.pending.insert(id.clone());
                self.answer(&id, Ok(Value::Null));
            }
            (Phase::Running, _) => {
                if let Err(failure) = self.dispatch(&id, &method, params) {
                    self.answer(&id, Err(failure));
                }
            }
        }
    }

    fn notification(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        if self.phase != Phase::Running {
            return;
        }
        if let Err(error) = self.notify(&method, params) {
            self.log(LogLevel::Warning, &format!("`{method}` was passed over: {error}"));
        }
    }

    fn response(&mut self, response: Response) {
        let sent = self.sent.remove(&response.id);
        if let (Some(Sent::Settings(folders)), Ok(Value::Array(settings))) =
            (sent, response.response_result)
        {
            self.configure(&folders, &settings);
        }
    }

    /// Takes what a job gives.
    pub(super) fn finish(&mut self, done: Done) -> Option<End> {
        match done {
            Done::Analyzed { unit, generation } => self.analyzed(&unit, generation),
            Done::Answered { id, result, of } => match of {
                Some((unit, generation)) if !self.is_newest(&unit, generation) => {
                    self.fail(id, ErrorCode::ContentModified, "the document changed");
                }
                _ => self.answer(&id, result),
            },
            Done::Edited { id, unit, generation, edit } => {
                self.edited(&id, &unit, generation, edit);
            }
            Done::Partly(id, params) => {
                if self.pending.contains(&id) {
                    self.tell("$/progress", params);
                }
            }
            Done::Panicked(panic) => self.panicked(&panic),
            Done::Orphaned => return Some(End::Gone),
        }
        None
    }

    /// Whether a state of a document is its newest.
    pub(super) fn is_newest(&self, unit: &str, generation: u64) -> bool {
        let newest = self.documents.get(unit).and_then(|unit| unit.snapshot.as_ref());
        newest.is_some_and(|snapshot| snapshot.generation == generation)
    }

    /// Answers a request, unless it is answered.
    pub(super) fn answer(&mut self, id: &RequestId, result: Result<Value, Failure>) {
        if !self.pending.remove(id) {
            return;
        }
        self.stops.remove(id);
        self.send(match result {
            Ok(result) => Response::new_ok(id.clone(), result),
            Err(Failure { code, message }) => Response::new_err(id.clone(), code as i32, message),
        });
    }

    fn fail(&mut self, id: RequestId, code: ErrorCode, message: impl Into<String>) {
        self.answer(&id, Err(Failure { code, message: message.into() }));
    }

    /// Answers that a request is cancelled, unless it is answered.
    pub(super) fn cancel(&mut self, id: RequestId) {
        if let Some(stop) = self.stops.get(&id) {
            stop.store(true, Ordering::Relaxed);
        }
        self.parked.retain(|ask| ask.id != id);
        self.fail(id, ErrorCode::RequestCanceled, "cancelled");
    }

    fn send(&self, message: impl Into<Message>) {
        // A client that went away is noticed when it is read from.
        let _ = self.outgoing.send(message.into());
    }

    /// Sends a notification.
    pub(super) fn tell(&self, method: &str, params: Value) {
        self.send(Notification::new(method.to_owned(), params));
    }

    /// Sends a request.
    pub(super) fn ask_client(&mut self, method: &str, params: Value, sent: Sent) {
        self.sent_count += 1;
        let id = RequestId::from(format!("heaplint-{}", self.sent_count));
        self.sent.insert(id.clone(), sent);
        self.send(Request::new(id, method.to_owned(), params));
    }

    /// Logs a message.
    pub(super) fn log(&self, level: LogLevel, message: &str) {
        if level <= self.workspace.editor().log_level {
            self.tell("window/logMessage", json!({ "type": level as i32, "message": message }));
        }
    }

    /// Shows a message to the user: 1 is an error, 2 a warning, 3 information.
    pub(super) fn show(&self, level: i32, message: &str) {
        self.tell("window/showMessage", json!({ "type": level, "message": message }));
    }

    /// Tells of a failure of heaplint itself: in the log each time, to the user once.
    fn panicked(&mut self, panic: &str) {
        let text = format!("heaplint failed: {panic}. This is a bug in heaplint; please report it.");
        self.log(LogLevel::Error, &text);
        if !std::mem::replace(&mut self.panicked, true) {
            self.show(1, &text);
        }
    }

    /// Starts an analysis of each document that changed.
    pub(super) fn start_jobs(&mut self) {
        if self.phase != Phase::Running {
            return;
        }
        for unit in self.documents.keys() {
            self.snapshot(&unit);
        }
        self.renew_parked();
        for error in self.workspace.take_news() {
            self.show(1, &error);
        }
        for warning in self.workspace.take_odd() {
            self.log(LogLevel::Warning, &warning);
        }
        self.watch_baselines();
    }

    /// The newest state of a document. `None` where it is not open or no Python.
    pub(super) fn snapshot(&mut self, key: &str) -> Option<Arc<Snapshot>> {
        let unit = self.documents.get(key)?;
        if let Some(snapshot) = &unit.snapshot {
            return Some(Arc::clone(snapshot));
        }
        if !unit.is_python() {
            return None;
        }
        self.generation += 1;
        let path = self.place(key)?;
        let by = self.workspace.configured(&path);
        let unit = self.documents.get_mut(key)?;
        let client = Arc::clone(&self.client);
        let snapshot = match &unit.content {
            Content::Text(document) => {
                let of = (Arc::clone(&document.uri), Some(document.version), Arc::clone(&document.text));
                Snapshot::of_text(key.to_owned(), of, &path, by, client)
            }
            Content::Notebook { .. } => {
                Snapshot::of_cells(key.to_owned(), &unit.python_cells(), &path, by, client)
            }
        };
        let snapshot = Arc::new(snapshot.numbered(self.generation));
        unit.snapshot = Some(Arc::clone(&snapshot));
        unit.newest.store(self.generation, Ordering::Relaxed);
        let (newest, job) = (Arc::clone(&unit.newest), Arc::clone(&snapshot));
        let done = Done::Analyzed { unit: key.to_owned(), generation: self.generation };
        let failed = Done::Analyzed { unit: key.to_owned(), generation: self.generation };
        self.lanes.run(
            Lane::Documents,
            move |_| {
                if newest.load(Ordering::Relaxed) != job.generation {
                    return None;
                }
                job.found();
                Some(done)
            },
            || Some(failed),
        );
        Some(snapshot)
    }

    /// The path that a document has or would have.
    fn place(&self, key: &str) -> Option<PathBuf> {
        let unit = self.documents.get(key)?;
        Some(match &unit.path {
            Some(path) => crate::config::absolute(path),
            None => {
                let name = Path::new(&**unit.uri()).file_name()?.to_string_lossy().replace(':', "-");
                let notebook = matches!(unit.content, Content::Notebook { .. });
                let plain = !name.to_ascii_lowercase().ends_with(".ipynb");
                let extension = if notebook && plain { ".ipynb" } else { "" };
                self.workspace.nowhere(&format!("{name}{extension}"))
            }
        })
    }

    /// Takes the end of an analysis.
    fn analyzed(&mut self, key: &str, generation: u64) {
        if !self.is_newest(key, generation) {
            return;
        }
        let Some(snapshot) = self.snapshot(key) else { return };
        let (ready, parked): (Vec<Ask>, Vec<Ask>) = std::mem::take(&mut self.parked)
            .into_iter()
            .partition(|ask| ask.snapshot.generation == generation);
        self.parked = parked;
        let failed = !snapshot.is_analyzed();
        for ask in ready {
            if failed {
                self.fail(ask.id, ErrorCode::InternalError, "heaplint failed on the document");
            } else {
                self.work(ask);
            }
        }
        if !failed && !self.client.pulls {
            self.publish(key, &snapshot);
        }
    }

    /// Publishes the diagnostics of a document, and takes back those of cells that are gone.
    fn publish(&mut self, key: &str, snapshot: &Snapshot) {
        let parts = diagnostics::of_parts(snapshot);
        let mut gone = match self.documents.get_mut(key) {
            Some(unit) => std::mem::take(&mut unit.published),
            None => return,
        };
        let mut published = std::collections::BTreeSet::new();
        for (part, items) in parts {
            gone.remove(&part.uri);
            published.insert(Arc::clone(&part.uri));
            let mut params = json!({ "uri": *part.uri, "diagnostics": items });
            if let Some(version) = part.version {
                params["version"] = version.into();
            }
            self.tell("textDocument/publishDiagnostics", params);
        }
        self.withdraw(gone);
        if let Some(unit) = self.documents.get_mut(key) {
            unit.published = published;
        }
    }

    /// Takes the diagnostics of documents back.
    pub(super) fn withdraw(&self, uris: impl IntoIterator<Item = Uri>) {
        for uri in uris {
            let params = json!({ "uri": *uri, "diagnostics": [] });
            self.tell("textDocument/publishDiagnostics", params);
        }
    }

    /// Forgets a document that was closed.
    pub(super) fn closed(&mut self, unit: Option<Unit>) {
        if let Some(unit) = unit {
            // Threads that work on it need not go on.
            unit.newest.store(u64::MAX, Ordering::Relaxed);
            self.withdraw(unit.published);
        }
    }

    /// Answers a request about a document once its findings are known. Nothing is known about one
    /// that is not open.
    pub(super) fn ask(&mut self, id: &RequestId, uri: &str, renews: bool, nothing: Value, work: Work) {
        let snapshot = self.documents.unit_of(uri).and_then(|key| self.snapshot(&key));
        let Some(snapshot) = snapshot else {
            self.answer(id, Ok(nothing));
            return;
        };
        let ask = Ask { id: id.clone(), snapshot, renews, work };
        if ask.snapshot.is_analyzed() {
            self.work(ask);
        } else {
            self.parked.push(ask);
        }
    }

    fn work(&self, ask: Ask) {
        let Ask { id, snapshot, renews, work } = ask;
        let failed = id.clone();
        let of = (!renews).then(|| (snapshot.unit.clone(), snapshot.generation));
        self.lanes.run(
            Lane::Answers,
            move |_| Some(Done::Answered { id, result: work(&snapshot), of }),
            move || {
                let message = "heaplint failed".to_owned();
                let failure = Failure { code: ErrorCode::InternalError, message };
                Some(Done::Answered { id: failed, result: Err(failure), of: None })
            },
        );
    }

    /// Moves requests whose document changed to its newest state where that answers them too.
    fn renew_parked(&mut self) {
        for mut ask in std::mem::take(&mut self.parked) {
            let unit = ask.snapshot.unit.clone();
            match self.snapshot(&unit) {
                Some(newest) if newest.generation == ask.snapshot.generation => {
                    self.parked.push(ask);
                }
                Some(newest) if ask.renews || same_text(&newest, &ask.snapshot) => {
                    ask.snapshot = newest;
                    if ask.snapshot.is_analyzed() {
                        self.work(ask);
                    } else {
                        self.parked.push(ask);
                    }
                }
                _ => self.fail(ask.id, ErrorCode::ContentModified, "the document changed"),
            }
        }
    }

    /// Reads the configuration again for every document.
    pub(super) fn reconfigure(&mut self) {
        self.workspace.renew();
        self.reanalyze();
    }

    /// Analyzes every document again.
    pub(super) fn reanalyze(&mut self) {
        for key in self.documents.keys() {
            if let Some(unit) = self.documents.get_mut(&key) {
                unit.snapshot = None;
            }
        }
        if self.client.pulls {
            self.ask_client("workspace/diagnostic/refresh", Value::Null, Sent::Nothing);
        }
        if self.client.refreshes_hints {
            self.ask_client("workspace/inlayHint/refresh", Value::Null, Sent::Nothing);
        }
    }
}

/// Whether two states of a document differ in what they go by only.
fn same_text(a: &Snapshot, b: &Snapshot) -> bool {
    a.parts.len() == b.parts.len()
        && a.parts.iter().zip(&b.parts).all(|(a, b)| Arc::ptr_eq(&a.text, &b.text))
}
