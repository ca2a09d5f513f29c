//! Requests: which there are, and what answers them.

use std::sync::Arc;

use lsp_server::{ErrorCode, RequestId};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::actions::{self, Sweep};
use super::lanes::{Done, Failure, Lane};
use super::protocol::{AtPosition, AtRange, CodeActionParams, CommandParams, PullParams};
use super::session::{Sent, Session};
use super::{diagnostics, hints, hover};
use crate::rule::Rule;

const FIX_ALL: &str = "heaplint.fixAll";
/// Shows the page of a rule.
pub(super) const EXPLAIN: &str = "heaplint.explain";

/// The commands that there are.
pub(super) const COMMANDS: [&str; 2] = [FIX_ALL, EXPLAIN];

/// Reads parameters.
pub(super) fn read<T: DeserializeOwned>(params: Value) -> Result<T, Failure> {
    serde_json::from_value(params)
        .map_err(|error| Failure { code: ErrorCode::InvalidParams, message: error.to_string() })
}

fn failure(code: ErrorCode, message: impl Into<String>) -> Failure {
    Failure { code, message: message.into() }
}

impl Session {
    /// Answers a request, now or later.
    pub(super) fn dispatch(
        &mut self,
        id: &RequestId,
        method: &str,
        params: Value,
    ) -> Result<(), Failure> {
        match method {
            "textDocument/diagnostic" => {
                let params: PullParams = read(params)?;
                self.pull(id, params);
            }
            "workspace/diagnostic" => {
                let params = read(params)?;
                self.pull_workspace(id, params);
            }
            "textDocument/hover" => {
                let params: AtPosition = read(params)?;
                let uri = Arc::clone(&params.text_document.uri);
                let work = move |snapshot: &_| Ok(hover::at(snapshot, &params));
                self.ask(id, &uri, false, Value::Null, Box::new(work));
            }
            "textDocument/inlayHint" => {
                let params: AtRange = read(params)?;
                let uri = Arc::clone(&params.text_document.uri);
                let work = move |snapshot: &_| Ok(hints::of_range(snapshot, &params));
                self.ask(id, &uri, false, json!([]), Box::new(work));
            }
            "textDocument/codeAction" => {
                let params: CodeActionParams = read(params)?;
                let uri = Arc::clone(&params.text_document.uri);
                let work = move |snapshot: &_| Ok(actions::of_range(snapshot, params));
                self.ask(id, &uri, false, json!([]), Box::new(work));
            }
            "codeAction/resolve" => match actions::unresolved(&params) {
                Some(of) => {
                    let (uri, nothing) = (of.0.clone(), params.clone());
                    let work = move |snapshot: &_| Ok(actions::resolve(snapshot, params, &of));
                    self.ask(id, &uri, false, nothing, Box::new(work));
                }
                None => self.answer(id, Ok(params)),
            },
            "workspace/executeCommand" => {
                let CommandParams { command, arguments } = read(params)?;
                let first = arguments.into_iter().next().unwrap_or_default();
                match command.as_str() {
                    FIX_ALL => self.fix_all(id, &first)?,
                    EXPLAIN => self.explain(id, &first)?,
                    _ => {
                        let message = format!("there is no command `{command}`");
                        return Err(failure(ErrorCode::InvalidParams, message));
                    }
                }
            }
            _ => {
                let message = format!("there is no method `{method}`");
                return Err(failure(ErrorCode::MethodNotFound, message));
            }
        }
        Ok(())
    }

    /// Answers a pull for a document.
    fn pull(&mut self, id: &RequestId, params: PullParams) {
        let uri = Arc::clone(&params.text_document.uri);
        if self.documents.unit_of(&uri).is_none() {
            return self.pull_file(id, params);
        }
        let previous = params.previous_result_id;
        let nothing = diagnostics::report(Vec::new(), previous.as_deref());
        let of = Arc::clone(&uri);
        let work =
            move |snapshot: &_| Ok(diagnostics::pulled(snapshot, &of, previous.as_deref()));
        self.ask(id, &uri, true, nothing, Box::new(work));
    }

    /// Has the client apply every safe fix of a document: `{ uri, version }`.
    fn fix_all(&mut self, id: &RequestId, argument: &Value) -> Result<(), Failure> {
        let uri = argument["uri"].as_str().or_else(|| argument.as_str());
        let uri =
            uri.ok_or_else(|| failure(ErrorCode::InvalidParams, "the first argument has no `uri`"))?;
        if !self.client.applies_edits {
            return Err(failure(ErrorCode::RequestFailed, "the client applies no edits"));
        }
        let version = argument["version"].as_i64();
        let snapshot = self.documents.unit_of(uri).and_then(|key| self.snapshot(&key));
        let Some(snapshot) = snapshot else {
            self.answer(id, Ok(Value::Null));
            return Ok(());
        };
        let current = snapshot.part_of(uri).and_then(|part| part.version).map(i64::from);
        if version.is_some() && version != current {
            return Err(failure(ErrorCode::ContentModified, "the document changed"));
        }
        let (id, failed) = (id.clone(), id.clone());
        self.lanes.run(
            Lane::Documents,
            move |_| {
                let edit = Sweep::Safe.edit(&snapshot);
                let (unit, generation) = (snapshot.unit.clone(), snapshot.generation);
                Some(Done::Edited { id, unit, generation, edit })
            },
            move || {
                let failure = failure(ErrorCode::InternalError, "heaplint failed");
                Some(Done::Answered { id: failed, result: Err(failure), of: None })
            },
        );
        Ok(())
    }

    /// Has the client apply an edit, unless the document changed meanwhile.
    pub(super) fn edited(
        &mut self,
        id: &RequestId,
        unit: &str,
        generation: u64,
        edit: Option<Value>,
    ) {
        if !self.is_newest(unit, generation) {
            let failure = failure(ErrorCode::ContentModified, "the document changed");
            return self.answer(id, Err(failure));
        }
        if let Some(edit) = edit {
            let params = json!({ "label": "heaplint: fix all", "edit": edit });
            self.ask_client("workspace/applyEdit", params, Sent::Nothing);
        }
        self.answer(id, Ok(Value::Null));
    }

    /// Shows the page of a rule: `{ code }`.
    fn explain(&mut self, id: &RequestId, argument: &Value) -> Result<(), Failure> {
        let name = argument["code"].as_str().or_else(|| argument.as_str()).unwrap_or_default();
        let rule: &'static Rule = crate::config::named(name).ok_or_else(|| {
            failure(ErrorCode::InvalidParams, format!("there is no rule `{name}`"))
        })?;
        let address = match crate::rule::address(rule) {
            Some(address) => Ok(address),
            None => self.page(rule),
        };
        match address {
            Ok(uri) if self.client.shows_documents => {
                let external = uri.starts_with("https:");
                let params = json!({ "uri": uri, "external": external, "takeFocus": true });
                self.ask_client("window/showDocument", params, Sent::Nothing);
            }
            _ => {
                let spec = &rule.spec;
                self.show(3, &format!("{} {}: {}", spec.code, spec.name, spec.summary));
            }
        }
        self.answer(id, Ok(Value::Null));
        Ok(())
    }

    /// The address of a file with the page of a rule. The files go when the session does.
    fn page(&mut self, rule: &'static Rule) -> std::io::Result<String> {
        let directory = match &self.pages {
            Some(directory) => directory,
            None => self.pages.insert(tempfile::Builder::new().prefix("heaplint-").tempdir()?),
        };
        let path = directory.path().join(format!("{}.md", rule.spec.name));
        std::fs::write(&path, rule.spec.page)?;
        Ok(crate::emit::uri_of_file(&path))
    }
}
