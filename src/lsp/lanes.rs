//! Threads beside the main loop, so that nothing quick waits for something slow: one lane for
//! answers, one for open documents, one for files of the workspace.
//!
//! Each thread has a big stack, and a panic stays in its job.

use std::thread;

use crossbeam_channel::{Sender, unbounded};
use lsp_server::RequestId;
use serde_json::Value;

use crate::cli::{STACK, contained};

/// What a job gives.
#[derive(Debug)]
pub(super) enum Done {
    /// A document is analyzed.
    Analyzed {
        /// The document.
        unit: String,
        /// Which state of it.
        generation: u64,
    },
    /// A request is answered.
    Answered {
        /// The request.
        id: RequestId,
        /// The answer.
        result: Result<Value, Failure>,
        /// The state of the document that it holds for alone.
        of: Option<(String, u64)>,
    },
    /// An edit that a command asked for is computed.
    Edited {
        /// The request.
        id: RequestId,
        /// The document.
        unit: String,
        /// Which state of it.
        generation: u64,
        /// The edit, where there is anything to change.
        edit: Option<Value>,
    },
    /// A part of an answer that goes on.
    Partly(RequestId, Value),
    /// heaplint itself failed.
    Panicked(String),
    /// The process that started the server is gone.
    Orphaned,
}

/// Why a request has no result.
#[derive(Debug, Clone)]
pub(super) struct Failure {
    /// The protocol's code.
    pub(super) code: lsp_server::ErrorCode,
    /// The reason.
    pub(super) message: String,
}

/// A lane, by what runs on it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Lane {
    /// Answers that need no analysis, or one that is done.
    Answers,
    /// Open documents.
    Documents,
    /// Files of the workspace.
    Workspace,
}

type Job = Box<dyn FnOnce() + Send>;

/// The lanes.
pub(super) struct Lanes {
    answers: Sender<Job>,
    documents: Sender<Job>,
    workspace: Sender<Job>,
    done: Sender<Done>,
}

impl Lanes {
    /// Starts the threads. What jobs give goes to `done`.
    pub(super) fn start(done: Sender<Done>) -> std::io::Result<Lanes> {
        Ok(Lanes {
            answers: lane("answers", 1)?,
            // A small document does not wait for a big one.
            documents: lane("documents", 2)?,
            workspace: lane("workspace", 1)?,
            done,
        })
    }

    /// Runs a job on a lane. Where it panics, `failed` says what that gives besides the report of
    /// the panic.
    pub(super) fn run(
        &self,
        lane: Lane,
        work: impl FnOnce(&Sender<Done>) -> Option<Done> + Send + 'static,
        failed: impl FnOnce() -> Option<Done> + Send + 'static,
    ) {
        let done = self.done.clone();
        let job: Job = Box::new(move || {
            let result = contained(|| work(&done)).unwrap_or_else(|panic| {
                let _ = done.send(Done::Panicked(panic));
                failed()
            });
            if let Some(result) = result {
                let _ = done.send(result);
            }
        });
        let queue = match lane {
            Lane::Answers => &self.answers,
            Lane::Documents => &self.documents,
            Lane::Workspace => &self.workspace,
        };
        // The threads live as long as the queue does.
        let _ = queue.send(job);
    }
}

fn lane(name: &str, threads: usize) -> std::io::Result<Sender<Job>> {
    let (sender, jobs) = unbounded::<Job>();
    for _ in 0..threads {
        let jobs = jobs.clone();
        thread::Builder::new()
            .name(format!("heaplint-{name}"))
            .stack_size(STACK)
            .spawn(move || jobs.iter().for_each(|job| job()))?;
    }
    Ok(sender)
}
