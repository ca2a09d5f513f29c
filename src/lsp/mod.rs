//! The language server: one loop that takes an event, drains what else has arrived, starts one
//! job for the newest state of each document that changed, and drops answers about older ones.
//!
//! ```text
//! framing ── messages ──> loop: session (documents, workspace) ── jobs ──> lanes (64 MB stacks)
//!                          ^                                                 │
//!                          └───────────────── done: findings, answers ───────┘
//! ```
//!
//! All findings and fixes come through [`crate::analyze`] and [`crate::fix`]. There are no timers:
//! what arrives while a job runs is the next thing to do.

mod actions;
mod client;
mod diagnostics;
mod documents;
mod edits;
mod framing;
mod hints;
mod hover;
mod initialize;
mod lanes;
mod notifications;
mod positions;
mod protocol;
mod pull;
mod requests;
mod session;
mod settings;
mod snapshot;
mod workspace;

use crossbeam_channel::{select, unbounded};
use lsp_server::{Connection, Message};

pub use framing::stdio;
use lanes::Lanes;
pub use positions::{Encoding, Position, Range, Text};
use session::Session;

/// How a server ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// As the client asked.
    Exit {
        /// Whether it asked to shut down before.
        after_shutdown: bool,
    },
    /// The client is gone.
    Gone,
}

/// Serves a client until it ends.
///
/// # Errors
///
/// Where no thread can be started.
pub fn serve(connection: &Connection) -> std::io::Result<End> {
    let (sender, done) = unbounded();
    let lanes = Lanes::start(sender.clone())?;
    let mut session = Session::new(connection.sender.clone(), lanes, sender);
    loop {
        select! {
            recv(connection.receiver) -> message => match message {
                Ok(message) => if let Some(end) = session.receive(message) {
                    return Ok(end);
                },
                Err(_) => return Ok(End::Gone),
            },
            recv(done) -> it => if let Ok(it) = it && let Some(end) = session.finish(it) {
                return Ok(end);
            },
        }
        // What has arrived by now comes before work on what it makes obsolete.
        while let Ok(message) = connection.receiver.try_recv() {
            if let Some(end) = session.receive(message) {
                return Ok(end);
            }
        }
        session.start_jobs();
    }
}

/// Messages as the session sends them.
type Outgoing = crossbeam_channel::Sender<Message>;
