//! Notifications: documents that open, change and close, and changes around them.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::documents::path;
use super::initialize::request_id;
use super::protocol::{
    DidChange, DidChangeNotebook, DidClose, DidOpen, DidOpenNotebook, FoldersChange,
    NotebookParams, WatchedFiles,
};
use super::session::Session;

fn read<T: DeserializeOwned>(params: Value) -> Result<T, serde_json::Error> {
    serde_json::from_value(params)
}

impl Session {
    /// Takes a notification. What nobody knows is passed over.
    pub(super) fn notify(&mut self, method: &str, params: Value) -> Result<(), serde_json::Error> {
        match method {
            "initialized" => self.initialized(),
            "$/cancelRequest" => {
                if let Some(id) = request_id(&params) {
                    self.cancel(id);
                }
            }
            "textDocument/didOpen" => {
                let DidOpen { text_document } = read(params)?;
                self.documents.open(text_document);
            }
            "textDocument/didChange" => {
                let DidChange { text_document: it, content_changes } = read(params)?;
                let encoding = self.client.encoding;
                self.documents.change(&it.uri, it.version, content_changes, encoding);
            }
            "textDocument/didClose" => {
                let DidClose { text_document } = read(params)?;
                let closed = self.documents.close(&text_document.uri);
                self.closed(closed);
            }
            // A client that watches no files may have written one of ours.
            "textDocument/didSave" | "notebookDocument/didSave" => {
                if self.workspace.is_stale() {
                    self.reconfigure();
                }
            }
            "notebookDocument/didOpen" => {
                let opened: DidOpenNotebook = read(params)?;
                self.documents.open_notebook(opened);
            }
            "notebookDocument/didChange" => {
                let DidChangeNotebook { notebook_document: it, change } = read(params)?;
                if let Some(cells) = change.cells {
                    self.documents.change_cells(&it.uri, cells, self.client.encoding);
                }
            }
            "notebookDocument/didClose" => {
                let NotebookParams { notebook_document } = read(params)?;
                let closed = self.documents.close(&notebook_document.uri);
                self.closed(closed);
            }
            "workspace/didChangeWatchedFiles" => {
                let WatchedFiles { changes } = read(params)?;
                let ours = changes.iter().filter_map(|change| path(&change.uri));
                if ours.into_iter().any(|path| self.workspace.is_watched(&path)) {
                    self.reconfigure();
                }
            }
            "workspace/didChangeWorkspaceFolders" => {
                let FoldersChange { event } = read(params)?;
                for folder in &event.removed {
                    self.workspace.remove(&folder.uri);
                }
                for folder in &event.added {
                    self.workspace.add(&folder.uri);
                }
                self.register_watch_again();
                self.reconfigure();
                self.request_settings();
            }
            "workspace/didChangeConfiguration" => {
                let settings = params.get("settings").filter(|it| it.is_object());
                if let Some(settings) = settings
                    && !self.client.configuration
                {
                    self.workspace.set_editor(settings);
                    self.reanalyze();
                }
                self.request_settings();
            }
            _ => {}
        }
        Ok(())
    }
}
