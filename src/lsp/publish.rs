//! Diagnostics that the client gets unasked, and when it has to ask again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::diagnostics;
use super::documents::{Content, Unit};
use super::protocol::Uri;
use super::session::{Sent, Session};
use super::snapshot::Snapshot;

impl Session {
    /// Has the client pull again where an edit of one cell changed what is found in others: it
    /// pulls only for the cell that it changed.
    pub(super) fn pull_other_cells(&mut self, key: &str, snapshot: &Snapshot) {
        let Some(unit) = self.documents.get_mut(key) else { return };
        if !matches!(unit.content, Content::Notebook { .. }) {
            return;
        }
        let now: BTreeMap<Uri, (Option<i32>, String)> = diagnostics::of_parts(snapshot)
            .into_iter()
            .map(|(part, items)| {
                (Arc::clone(&part.uri), (part.version, diagnostics::result_id(&items)))
            })
            .collect();
        let others = now.iter().any(|(uri, (version, id))| {
            unit.results.get(uri).is_some_and(|before| before.0 == *version && before.1 != *id)
        });
        unit.results = now;
        if others {
            self.ask_client("workspace/diagnostic/refresh", Value::Null, Sent::Nothing);
        }
    }

    /// Publishes the diagnostics of a document, and takes back those of cells that are gone.
    pub(super) fn publish(&mut self, key: &str, snapshot: &Snapshot) {
        let parts = diagnostics::of_parts(snapshot);
        let mut gone = match self.documents.get_mut(key) {
            Some(unit) => std::mem::take(&mut unit.published),
            None => return,
        };
        let mut published = BTreeSet::new();
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
            unit.newest.set(None);
            self.withdraw(unit.published);
        }
    }
}
