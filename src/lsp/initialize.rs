//! The start of a session: what the server offers, and what it asks the client for.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lsp_server::RequestId;
use serde_json::{Value, json};

use super::client::Client;
use super::lanes::Done;
use super::protocol::Uri;
use super::session::{Phase, Sent, Session};
use super::{actions, documents, requests};

/// The files that say how heaplint works.
const WATCHED: [&str; 4] =
    ["**/pyproject.toml", "**/heaplint.toml", "**/.heaplint.toml", "**/heaplint-baseline.json"];

/// The registration of what is watched.
const WATCH: &str = "heaplint-watch";

impl Session {
    /// Begins the session. Gives the result of `initialize`.
    pub(super) fn initialize(&mut self, params: &Value) -> Value {
        self.client = Arc::new(Client::read(params.get("capabilities").unwrap_or(&Value::Null)));
        self.phase = Phase::Running;
        let options = params.get("initializationOptions").unwrap_or(&Value::Null);
        let global = options.get("globalSettings").unwrap_or(options);
        self.workspace.set_editor(global);
        let folders = params.get("workspaceFolders").and_then(Value::as_array);
        let uris = folders.into_iter().flatten().filter_map(|folder| folder["uri"].as_str());
        for uri in uris {
            self.workspace.add(&Uri::from(uri));
        }
        if folders.is_none()
            && let Some(root) = root(params)
        {
            self.workspace.add(&root);
        }
        // `{ "settings": [{ "workspace": uri, .. }] }` states settings by folder.
        for settings in options["settings"].as_array().into_iter().flatten() {
            if let Some(uri) = settings["workspace"].as_str().or(settings["workspaceUri"].as_str()) {
                self.workspace.set_folder_editor(uri, settings);
            }
        }
        if let Some(parent) = params["processId"].as_u64() {
            self.watch_parent(parent);
        }
        self.capabilities()
    }

    fn capabilities(&self) -> Value {
        let mut offered = json!({
            "positionEncoding": self.client.encoding.as_str(),
            "textDocumentSync": { "openClose": true, "change": 2, "save": { "includeText": false } },
            "notebookDocumentSync": {
                "notebookSelector": [{
                    "notebook": { "notebookType": "jupyter-notebook" },
                    "cells": [{ "language": "python" }],
                }],
                "save": false,
            },
            "hoverProvider": true,
            "inlayHintProvider": true,
            "codeActionProvider": {
                "codeActionKinds": actions::KINDS,
                "resolveProvider": true,
            },
            "executeCommandProvider": { "commands": requests::COMMANDS },
            "workspace": {
                "workspaceFolders": { "supported": true, "changeNotifications": true },
            },
        });
        if self.client.pulls {
            offered["diagnosticProvider"] = json!({
                "identifier": "heaplint",
                "interFileDependencies": false,
                "workspaceDiagnostics": self.workspace.editor().whole_workspace,
            });
        }
        json!({
            "capabilities": offered,
            "serverInfo": { "name": "heaplint", "version": env!("CARGO_PKG_VERSION") },
        })
    }

    /// Ends the server when the process that started it ends without closing the connection.
    #[cfg(unix)]
    fn watch_parent(&self, parent: u64) {
        let pid = i32::try_from(parent).ok().and_then(rustix::process::Pid::from_raw);
        let Some(pid) = pid else { return };
        let done = self.done.clone();
        let watch = move || {
            while rustix::process::test_kill_process(pid) != Err(rustix::io::Errno::SRCH) {
                std::thread::sleep(Duration::from_secs(1));
            }
            let _ = done.send(Done::Orphaned);
        };
        // Without the thread the end of the input still ends the server.
        let _ = std::thread::Builder::new().name("heaplint-parent".to_owned()).spawn(watch);
    }

    #[cfg(not(unix))]
    fn watch_parent(&self, _parent: u64) {}

    /// Asks for what the client can give, once it is ready.
    pub(super) fn initialized(&mut self) {
        self.register_watch();
        self.request_settings();
    }

    /// Asks the client to tell of changes of configuration files.
    pub(super) fn register_watch(&mut self) {
        if !self.client.watches {
            return;
        }
        let folders = self.workspace.folders();
        let watchers: Vec<Value> = if self.client.relative_patterns && !folders.is_empty() {
            folders
                .iter()
                .flat_map(|folder| {
                    WATCHED.map(|glob| {
                        json!({ "globPattern": { "baseUri": *folder.uri, "pattern": glob } })
                    })
                })
                .collect()
        } else {
            WATCHED.iter().map(|glob| json!({ "globPattern": glob })).collect()
        };
        self.register(WATCH.to_owned(), &watchers);
    }

    /// Watches what counts for the folders as they are now.
    pub(super) fn register_watch_again(&mut self) {
        if self.client.watches && self.client.relative_patterns {
            let method = "workspace/didChangeWatchedFiles";
            let params = json!({ "unregisterations": [{ "id": WATCH, "method": method }] });
            self.ask_client("client/unregisterCapability", params, Sent::Nothing);
            self.register_watch();
        }
    }

    fn register(&mut self, id: String, watchers: &[Value]) {
        let registration = json!({
            "id": id,
            "method": "workspace/didChangeWatchedFiles",
            "registerOptions": { "watchers": watchers },
        });
        let params = json!({ "registrations": [registration] });
        self.ask_client("client/registerCapability", params, Sent::Nothing);
    }

    /// Asks the client to tell of changes of baselines that have a name of their own.
    pub(super) fn watch_baselines(&mut self) {
        if !self.client.watches {
            return;
        }
        let new: Vec<PathBuf> = self
            .workspace
            .baselines()
            .filter(|path| !path.ends_with("heaplint-baseline.json"))
            .filter(|path| !self.watched.contains(*path))
            .map(PathBuf::from)
            .collect();
        for path in new {
            let pattern = json!([{ "globPattern": path.to_string_lossy().replace('\\', "/") }]);
            let watchers = pattern.as_array().cloned().unwrap_or_default();
            self.register(format!("heaplint-baseline-{}", self.watched.len()), &watchers);
            self.watched.insert(path);
        }
    }

    /// Asks for the settings of the workspace and of each folder.
    pub(super) fn request_settings(&mut self) {
        if !self.client.configuration {
            return;
        }
        let folders: Vec<Uri> =
            self.workspace.folders().iter().map(|folder| Arc::clone(&folder.uri)).collect();
        let mut items = vec![json!({ "section": "heaplint" })];
        items.extend(folders.iter().map(|uri| json!({ "scopeUri": **uri, "section": "heaplint" })));
        self.ask_client(
            "workspace/configuration",
            json!({ "items": items }),
            Sent::Settings(folders),
        );
    }

    /// Takes the settings that the client was asked for. Null keeps what is known.
    pub(super) fn configure(&mut self, folders: &[Uri], settings: &[Value]) {
        let before: Vec<_> =
            self.workspace.folders().iter().map(|folder| Arc::clone(&folder.editor)).collect();
        let global = Arc::clone(self.workspace.editor());
        if let Some(first) = settings.first().filter(|it| it.is_object()) {
            self.workspace.set_editor(first);
        }
        for (uri, settings) in folders.iter().zip(settings.iter().skip(1)) {
            if settings.is_object() {
                self.workspace.set_folder_editor(uri, settings);
            }
        }
        let same = *global == **self.workspace.editor()
            && before.len() == self.workspace.folders().len()
            && before.iter().zip(self.workspace.folders()).all(|(a, b)| **a == *b.editor);
        if !same {
            self.reanalyze();
        }
    }
}

/// The only folder of a client that knows of one.
fn root(params: &Value) -> Option<Uri> {
    if let Some(uri) = params["rootUri"].as_str() {
        return Some(Uri::from(uri));
    }
    let path = params["rootPath"].as_str().filter(|path| !path.is_empty())?;
    let uri = crate::emit::uri_of_file(&crate::config::absolute(path.as_ref()));
    documents::path(&uri).map(|_| Uri::from(uri))
}

/// The id of a request that a client wants cancelled.
pub(super) fn request_id(params: &Value) -> Option<RequestId> {
    serde_json::from_value(params.get("id")?.clone()).ok()
}
