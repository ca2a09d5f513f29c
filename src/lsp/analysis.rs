//! From documents that changed to findings, and from findings to the requests that wait for them.
//!
//! Of each document one analysis runs at a time, of its newest state; a request is answered about
//! the state that it saw, or not at all.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lsp_server::{ErrorCode, RequestId};
use serde_json::Value;

use super::documents::Content;
use super::lanes::{Done, Failure, Lane};
use super::session::{Phase, Sent, Session};
use super::settings::LogLevel;
use super::snapshot::Snapshot;

/// The work of an answer about a document whose findings are known.
pub(super) type Work = Box<dyn FnOnce(&Snapshot) -> Result<Value, Failure> + Send>;

/// A request that waits for the findings of a document.
pub(super) struct Ask {
    pub(super) id: RequestId,
    snapshot: Arc<Snapshot>,
    plan: Plan,
}

/// How a request about a document is answered.
pub(super) struct Plan {
    /// The work, once the document's findings are known.
    pub(super) work: Work,
    /// Where it runs: what may take as long as an analysis is no quick answer.
    pub(super) lane: Lane,
    /// Whether the answer may be about a later text than that of the request.
    pub(super) renews: bool,
    /// The answer about a document that is not open.
    pub(super) nothing: Value,
}

impl Plan {
    /// A quick answer about the text that the client sees.
    pub(super) fn new(
        nothing: Value,
        work: impl FnOnce(&Snapshot) -> Result<Value, Failure> + Send + 'static,
    ) -> Plan {
        Plan { work: Box::new(work), lane: Lane::Answers, renews: false, nothing }
    }

    /// The same on another lane.
    pub(super) fn on(self, lane: Lane) -> Plan {
        Plan { lane, ..self }
    }
}

impl Session {
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
        self.watch_elsewhere();
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
                let of =
                    (Arc::clone(&document.uri), Some(document.version), Arc::clone(&document.text));
                Snapshot::of_text(key.to_owned(), of, &path, by, client)
            }
            Content::Notebook { .. } => {
                Snapshot::of_cells(key.to_owned(), &unit.python_cells(), &path, by, client)
            }
        };
        let snapshot = Arc::new(snapshot.numbered(self.generation));
        unit.snapshot = Some(Arc::clone(&snapshot));
        unit.newest.set(Some(Arc::clone(&snapshot)));
        self.analyze(key);
        Some(snapshot)
    }

    /// Starts an analysis of a document, unless one runs: a document never takes more than one
    /// thread, and what is found in an older state of it is of no use.
    fn analyze(&mut self, key: &str) {
        let Some(unit) = self.documents.get_mut(key).filter(|unit| unit.job.is_none()) else {
            return;
        };
        self.job += 1;
        unit.job = Some(self.job);
        let (job, key) = (self.job, key.to_owned());
        let (newest, failed) = (Arc::clone(&unit.newest), Arc::clone(&unit.newest));
        let done = move |snapshot: Option<Arc<Snapshot>>| {
            let generation = snapshot.map_or(0, |it| it.generation);
            Some(Done::Analyzed { unit: key, job, generation })
        };
        let after = done.clone();
        self.lanes.run(
            Lane::Documents,
            move |_| {
                let snapshot = newest.get();
                if let Some(snapshot) = &snapshot {
                    snapshot.found();
                }
                done(snapshot)
            },
            move || {
                // Which of them failed is not known, and a later one is likely to fail as well.
                let snapshot = failed.get();
                if let Some(snapshot) = &snapshot {
                    snapshot.give_up();
                }
                after(snapshot)
            },
        );
    }

    /// The path that a document has or would have.
    fn place(&self, key: &str) -> Option<PathBuf> {
        let unit = self.documents.get(key)?;
        if let Some(path) = &unit.path {
            return Some(crate::config::absolute(path));
        }
        let name = Path::new(&**unit.uri()).file_name()?.to_string_lossy().replace(':', "-");
        let notebook = matches!(unit.content, Content::Notebook { .. });
        let plain = !name.to_ascii_lowercase().ends_with(".ipynb");
        let extension = if notebook && plain { ".ipynb" } else { "" };
        Some(self.workspace.nowhere(&format!("{name}{extension}")))
    }

    /// Takes the end of an analysis.
    pub(super) fn analyzed(&mut self, key: &str, job: u64, generation: u64) {
        let Some(unit) = self.documents.get_mut(key) else { return };
        if unit.job == Some(job) {
            unit.job = None;
        }
        let Some(snapshot) = unit.snapshot.clone() else { return };
        if !snapshot.is_analyzed() {
            self.analyze(key);
        }
        if snapshot.generation != generation {
            return;
        }
        let (ready, parked): (Vec<Ask>, Vec<Ask>) = std::mem::take(&mut self.parked)
            .into_iter()
            .partition(|ask| ask.snapshot.generation == generation);
        self.parked = parked;
        for ask in ready {
            self.work(ask);
        }
        if self.client.pulls {
            self.pull_other_cells(key, &snapshot);
        } else {
            self.publish(key, &snapshot);
        }
    }

    /// Answers a request about a document once its findings are known. Nothing is known about one
    /// that is not open.
    pub(super) fn ask(&mut self, id: &RequestId, uri: &str, plan: Plan) {
        let snapshot = self.documents.unit_of(uri).and_then(|key| self.snapshot(&key));
        let Some(snapshot) = snapshot else {
            self.answer(id, Ok(plan.nothing));
            return;
        };
        let ask = Ask { id: id.clone(), snapshot, plan };
        if ask.snapshot.is_analyzed() {
            self.work(ask);
        } else {
            self.parked.push(ask);
        }
    }

    fn work(&self, ask: Ask) {
        let Ask { id, snapshot, plan: Plan { work, lane, renews, .. } } = ask;
        let failed = id.clone();
        let of = (!renews).then(|| (snapshot.unit.clone(), snapshot.generation));
        self.lanes.run(
            lane,
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
                Some(newest) if ask.plan.renews || same_text(&newest, &ask.snapshot) => {
                    ask.snapshot = newest;
                    if ask.snapshot.is_analyzed() {
                        self.work(ask);
                    } else {
                        self.parked.push(ask);
                    }
                }
                _ => self.fail(&ask.id, ErrorCode::ContentModified, "the document changed"),
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
