//! The state of a session, and what holds for every message: who may be answered, and that each
//! request is answered exactly once.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::Sender;
use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

use super::analysis::Ask;
use super::client::Client;
use super::documents::Documents;
use super::lanes::{Done, Failure, Lanes};
use super::protocol::Uri;
use super::pull::Files;
use super::settings::LogLevel;
use super::workspace::Workspace;
use super::{End, Outgoing};
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

/// A session with a client.
pub(super) struct Session {
    pub(super) phase: Phase,
    pub(super) client: Arc<Client>,
    pub(super) documents: Documents,
    pub(super) workspace: Workspace,
    pub(super) lanes: Lanes,
    pub(super) done: Sender<Done>,
    outgoing: Outgoing,
    /// How many states of documents there were.
    pub(super) generation: u64,
    /// How many analyses were started.
    pub(super) job: u64,
    /// The requests that are not answered.
    pending: HashSet<RequestId>,
    /// The requests that wait for an analysis.
    pub(super) parked: Vec<Ask>,
    /// Flags that stop long jobs, by the requests that they answer.
    pub(super) stops: HashMap<RequestId, Arc<AtomicBool>>,
    pub(super) sent: HashMap<RequestId, Sent>,
    sent_count: i32,
    /// The files of other names or places that the client watches.
    pub(super) watched: HashSet<PathBuf>,
    /// The pages that were shown.
    pub(super) pages: Option<tempfile::TempDir>,
    /// What is known about files that are not open.
    pub(super) files: Arc<Files>,
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
            job: 0,
            pending: HashSet::new(),
            parked: Vec::new(),
            stops: HashMap::new(),
            sent: HashMap::new(),
            sent_count: 0,
            watched: HashSet::new(),
            pages: None,
            files: Arc::default(),
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
                    self.fail(&id, ErrorCode::InternalError, panic);
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
                self.fail(&id, ErrorCode::ServerNotInitialized, "`initialize` comes first");
            }
            (Phase::ShutDown, _) => {
                self.fail(&id, ErrorCode::InvalidRequest, "the server was shut down");
            }
            (Phase::Running, "initialize") => {
                self.fail(&id, ErrorCode::InvalidRequest, "the server is initialized");
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
            Done::Analyzed { unit, job, generation } => self.analyzed(&unit, job, generation),
            Done::Answered { id, result, of } => match of {
                Some((unit, generation)) if !self.is_newest(&unit, generation) => {
                    self.fail(&id, ErrorCode::ContentModified, "the document changed");
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

    /// Answers that a request fails, unless it is answered.
    pub(super) fn fail(&mut self, id: &RequestId, code: ErrorCode, message: impl Into<String>) {
        self.answer(id, Err(Failure { code, message: message.into() }));
    }

    /// Answers that a request is cancelled, unless it is answered.
    pub(super) fn cancel(&mut self, id: &RequestId) {
        if let Some(stop) = self.stops.get(id) {
            stop.store(true, Ordering::Relaxed);
        }
        self.parked.retain(|ask| ask.id != *id);
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
        let text =
            format!("heaplint failed: {panic}. This is a bug in heaplint; please report it.");
        self.log(LogLevel::Error, &text);
        if !std::mem::replace(&mut self.panicked, true) {
            self.show(1, &text);
        }
    }
}
