//! A small editor for the pages of `tests/lsp/`: it speaks to a server in this process, keeps its
//! own copies of the documents, and counts positions in its own way.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::thread::JoinHandle;
use std::time::Duration;

use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

/// What a column counts.
#[derive(Debug, Clone, Copy)]
pub enum Encoding {
    Utf8,
    Utf16,
    Utf32,
}

impl Encoding {
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16 => "utf-16",
            Encoding::Utf32 => "utf-32",
        }
    }

    fn units(self, text: &str) -> usize {
        match self {
            Encoding::Utf8 => text.len(),
            Encoding::Utf16 => text.encode_utf16().count(),
            Encoding::Utf32 => text.chars().count(),
        }
    }
}

/// Where each line begins.
fn starts(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let ends = (0..bytes.len()).filter(|&at| {
        bytes[at] == b'\n' || bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n')
    });
    std::iter::once(0).chain(ends.map(|at| at + 1)).collect()
}

/// An open document.
struct Document {
    uri: String,
    text: String,
    version: i32,
    notebook: Option<String>,
}

/// The editor.
pub struct Editor {
    connection: Connection,
    server: Option<JoinHandle<()>>,
    directory: tempfile::TempDir,
    encoding: Encoding,
    settings: Value,
    watches: bool,
    documents: BTreeMap<String, Document>,
    results: BTreeMap<String, String>,
    sent: i32,
    /// What it pushed last for each document, not shown yet.
    pushed: BTreeMap<String, String>,
    /// What the server said at the start.
    started: String,
    /// What the server said that is not shown yet.
    said: String,
}

const PATIENCE: Duration = Duration::from_mins(1);

/// Lays one JSON over another.
fn merge(under: &mut Value, over: &Value) {
    match (under, over) {
        (Value::Object(under), Value::Object(over)) => {
            for (key, value) in over {
                merge(under.entry(key).or_insert(Value::Null), value);
            }
        }
        (_, Value::Null) => {}
        (under, over) => *under = over.clone(),
    }
}

/// The parts of a text between « and ».
fn quoted(text: &str) -> Vec<String> {
    text.split('«').skip(1).map(|part| unescaped(part.split('»').next().unwrap())).collect()
}

pub fn unescaped(text: &str) -> String {
    let (mut output, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('\\') {
        output.push_str(before);
        let (kind, mut tail) = after.split_at(1);
        match kind {
            "n" => output.push('\n'),
            "r" => output.push('\r'),
            "u" => {
                let (digits, after) = tail.split_at(4);
                let number = u32::from_str_radix(digits, 16).unwrap();
                output.push(char::from_u32(number).unwrap());
                tail = after;
            }
            _ => output.push_str(kind),
        }
        rest = tail;
    }
    output + rest
}

fn escaped(text: &str) -> String {
    let mut output = String::new();
    for character in text.chars() {
        match character {
            '\n' => output.push_str("\\n"),
            '\r' => output.push_str("\\r"),
            '\u{feff}' | '\u{2028}' | '\u{85}' | '\x0b' | '\x0c' => {
                write!(output, "\\u{:04x}", u32::from(character)).unwrap();
            }
            _ => output.push(character),
        }
    }
    output
}

impl Editor {
    pub fn start(
        files: &[(String, String)],
        client: &Value,
        settings: &Value,
        encoding: Encoding,
    ) -> Editor {
        let directory = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = directory.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let (connection, other) = Connection::memory();
        let server = std::thread::spawn(move || {
            heaplint::lsp::serve(&other).unwrap();
        });
        let mut capabilities = super::capabilities(encoding);
        merge(&mut capabilities, &client["capabilities"]);
        let watches = "/workspace/didChangeWatchedFiles/dynamicRegistration";
        let mut editor = Editor {
            watches: capabilities.pointer(watches) == Some(&Value::Bool(true)),
            connection,
            server: Some(server),
            directory,
            encoding,
            settings: settings.clone(),
            documents: BTreeMap::new(),
            results: BTreeMap::new(),
            sent: 0,
            pushed: BTreeMap::new(),
            started: String::new(),
            said: String::new(),
        };
        let folders: Vec<Value> = match client["folders"].as_array() {
            Some(names) => names
                .iter()
                .map(|name| json!({ "uri": editor.uri(name.as_str().unwrap()), "name": name }))
                .collect(),
            None => vec![json!({ "uri": editor.uri(""), "name": "root" })],
        };
        let options = client.get("initializationOptions").cloned().unwrap_or(Value::Null);
        let text = options.to_string().replace("[DIR]", &editor.uri(""));
        let result = editor.ask(
            "initialize",
            json!({
                "processId": null,
                "workspaceFolders": folders,
                "capabilities": capabilities,
                "initializationOptions": serde_json::from_str::<Value>(&text).unwrap(),
            }),
        );
        assert_eq!(result["result"]["capabilities"]["positionEncoding"], encoding.name());
        editor.tell("initialized", json!({}));
        editor.started = editor.settle();
        editor
    }

    pub fn stop(mut self) {
        let id = self.request("shutdown", Value::Null);
        self.answer_to(&id);
        self.tell("exit", Value::Null);
        self.server.take().unwrap().join().unwrap();
    }

    fn uri(&self, name: &str) -> String {
        let directory = self.directory.path().display();
        match name {
            "" => format!("file://{directory}"),
            name if name.contains(':') => name.to_owned(),
            name => format!("file://{directory}/{name}"),
        }
    }

    fn name(&self, uri: &str) -> String {
        let root = format!("{}/", self.uri(""));
        uri.strip_prefix(&root).unwrap_or(uri).to_owned()
    }

    fn tell(&self, method: &str, params: Value) {
        let message = Notification::new(method.to_owned(), params);
        self.connection.sender.send(message.into()).unwrap();
    }

    fn request(&mut self, method: &str, params: Value) -> RequestId {
        self.sent += 1;
        let id = RequestId::from(self.sent);
        let request = Request::new(id.clone(), method.to_owned(), params);
        self.connection.sender.send(request.into()).unwrap();
        id
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.request(method, params);
        self.answer_to(&id)
    }

    /// Waits for the answer to a request; what else comes is written down.
    fn answer_to(&mut self, id: &RequestId) -> Value {
        loop {
            match self.connection.receiver.recv_timeout(PATIENCE).expect("the server is silent") {
                Message::Response(response) => {
                    assert_eq!(response.id, *id, "an answer that nobody waits for");
                    return match response.response_result {
                        Ok(result) => json!({ "result": result }),
                        Err(error) => json!({ "error": [error.code, error.message] }),
                    };
                }
                Message::Notification(notification) => self.hear(&notification),
                Message::Request(request) => self.obey(request),
            }
        }
    }

    fn hear(&mut self, notification: &Notification) {
        let params = &notification.params;
        match notification.method.as_str() {
            "textDocument/publishDiagnostics" => {
                let name = self.name(params["uri"].as_str().unwrap());
                let version = params["version"].as_i64();
                let ours = self.documents.get(&name).map(|it| i64::from(it.version));
                // About a state that an edit made obsolete before it was heard of.
                if version.is_some() && version != ours {
                    return;
                }
                let version = version.map_or(String::new(), |it| format!(" v{it}"));
                let head = format!("push {name}{version}");
                let shown = self.diagnostics(&head, &name, &params["diagnostics"]);
                self.pushed.insert(name, shown);
            }
            "window/showMessage" => {
                let text = params["message"].as_str().unwrap();
                let text = text.replace(&self.directory.path().display().to_string(), "[DIR]");
                writeln!(self.said, "show {}: {}", params["type"], text.trim_end()).unwrap();
            }
            "window/logMessage" => {
                let text = params["message"].as_str().unwrap();
                writeln!(self.said, "log {}: {text}", params["type"]).unwrap();
            }
            other => writeln!(self.said, "{other} {params}").unwrap(),
        }
    }

    /// Does what the server asks for.
    fn obey(&mut self, request: Request) {
        let params = &request.params;
        let result = match request.method.as_str() {
            "workspace/configuration" => {
                let items = params["items"].as_array().unwrap();
                let answers = items.iter().map(|item| {
                    let scope = item["scopeUri"].as_str().map(|uri| self.name(uri));
                    let key = scope.unwrap_or_default();
                    self.settings.get(&key).cloned().unwrap_or(Value::Null)
                });
                answers.collect()
            }
            "client/registerCapability" => {
                let registration = &params["registrations"][0];
                let watchers = registration["registerOptions"]["watchers"].as_array().unwrap();
                let shown: Vec<String> = watchers
                    .iter()
                    .map(|it| it["globPattern"].to_string().replace(&self.uri(""), "[DIR]"))
                    .map(|it| it.replace(&self.directory.path().display().to_string(), "[DIR]"))
                    .collect();
                let id = registration["id"].as_str().unwrap();
                writeln!(self.said, "watch {id}: {}", shown.join(" ")).unwrap();
                Value::Null
            }
            "workspace/applyEdit" => {
                self.said.push_str("edit\n");
                let shown = self.apply(&params["edit"]);
                self.said.push_str(&shown);
                json!({ "applied": true })
            }
            "window/showDocument" => {
                let path = params["uri"].as_str().unwrap().strip_prefix("file://").unwrap();
                let text = std::fs::read_to_string(path).unwrap();
                let first = text.lines().find(|line| line.starts_with('#')).unwrap();
                writeln!(self.said, "document {first}").unwrap();
                json!({ "success": true })
            }
            other => {
                writeln!(self.said, "ask {other}").unwrap();
                Value::Null
            }
        };
        let response = Response::new_ok(request.id, result);
        self.connection.sender.send(response.into()).unwrap();
    }

    /// Waits until the server has said all about the open documents. It answers a pull, also where
    /// it offers none, when a document is analyzed.
    fn settle(&mut self) -> String {
        let uris: Vec<String> = self.documents.values().map(|it| it.uri.clone()).collect();
        for uri in uris {
            let params = json!({ "textDocument": { "uri": uri } });
            let answer = self.ask("textDocument/diagnostic", params);
            assert!(answer.get("result").is_some(), "{answer}");
        }
        self.ask("heaplint/none", Value::Null);
        let pushed = std::mem::take(&mut self.pushed);
        std::mem::take(&mut self.said) + &pushed.into_values().collect::<String>()
    }

    fn offset(&self, text: &str, position: &Value) -> usize {
        let line = usize::try_from(position["line"].as_u64().unwrap()).unwrap();
        let column = usize::try_from(position["character"].as_u64().unwrap()).unwrap();
        let start = starts(text)[line];
        let at = (start..=text.len())
            .filter(|at| text.is_char_boundary(*at))
            .find(|at| self.encoding.units(&text[start..*at]) == column);
        at.unwrap_or_else(|| panic!("{position} is no place in {text:?}"))
    }

    fn position(&self, text: &str, offset: usize) -> Value {
        let starts = starts(text);
        let line = starts.partition_point(|start| *start <= offset) - 1;
        let column = self.encoding.units(&text[starts[line]..offset]);
        json!({ "line": line, "character": column })
    }

    fn range_of(&self, name: &str, wanted: &str) -> Value {
        let text = &self.documents[name].text;
        let at = text.find(wanted).unwrap_or_else(|| panic!("no {wanted:?} in {text:?}"));
        let end = at + wanted.len();
        json!({ "start": self.position(text, at), "end": self.position(text, end) })
    }

    /// A range as the line and the text that it covers.
    fn shown(&self, name: &str, range: &Value) -> String {
        let line = range["start"]["line"].as_u64().unwrap() + 1;
        let text = match self.documents.get(name) {
            Some(document) => document.text.clone(),
            None => std::fs::read_to_string(self.directory.path().join(name)).unwrap(),
        };
        let (start, end) = (self.offset(&text, &range["start"]), self.offset(&text, &range["end"]));
        format!("{line} «{}»", escaped(&text[start..end]))
    }

    fn diagnostics(&self, head: &str, name: &str, items: &Value) -> String {
        let items = items.as_array().unwrap();
        if items.is_empty() {
            return format!("{head}: nothing\n");
        }
        let mut text = format!("{head}\n");
        for item in items {
            assert_eq!(item["source"], "heaplint");
            let severity = ["error", "warning", "information", "hint"]
                [usize::try_from(item["severity"].as_u64().unwrap()).unwrap() - 1];
            let range = self.shown(name, &item["range"]);
            let tags = item.get("tags").map_or(String::new(), |tags| format!(" {tags}"));
            let message = item["message"].as_str().unwrap();
            let code = item["code"].as_str().unwrap_or("-");
            writeln!(text, "  {code} {severity}{tags} {range}: {message}").unwrap();
            for place in item["relatedInformation"].as_array().into_iter().flatten() {
                let name = self.name(place["location"]["uri"].as_str().unwrap());
                let range = self.shown(&name, &place["location"]["range"]);
                writeln!(text, "    see {name} {range}: {}", place["message"].as_str().unwrap())
                    .unwrap();
            }
        }
        text
    }

    /// Applies a workspace edit and tells the server. Shows what the documents are then.
    fn apply(&mut self, edit: &Value) -> String {
        let mut by_document: Vec<(String, Vec<Value>)> = Vec::new();
        for change in edit["documentChanges"].as_array().into_iter().flatten() {
            let name = self.name(change["textDocument"]["uri"].as_str().unwrap());
            let version = change["textDocument"]["version"].as_i64().unwrap();
            assert_eq!(version, i64::from(self.documents[&name].version));
            by_document.push((name, change["edits"].as_array().unwrap().clone()));
        }
        for (uri, edits) in edit["changes"].as_object().into_iter().flatten() {
            by_document.push((self.name(uri), edits.as_array().unwrap().clone()));
        }
        let mut shown = String::new();
        for (name, edits) in by_document {
            let mut text = self.documents[&name].text.clone();
            let mut ranges: Vec<(usize, usize, &str)> = edits
                .iter()
                .map(|edit| {
                    let range = &edit["range"];
                    let start = self.offset(&text, &range["start"]);
                    let end = self.offset(&text, &range["end"]);
                    (start, end, edit["newText"].as_str().unwrap())
                })
                .collect();
            ranges.sort_unstable();
            assert!(ranges.windows(2).all(|pair| pair[0].1 <= pair[1].0), "edits overlap");
            for (start, end, new) in ranges.into_iter().rev() {
                text.replace_range(start..end, new);
            }
            for line in text.split_inclusive('\n') {
                writeln!(shown, "  {name}| {}", escaped(line.trim_end_matches('\n'))).unwrap();
            }
            self.replace(&name, text);
        }
        shown
    }

    fn replace(&mut self, name: &str, text: String) {
        let changes = json!([{ "text": text }]);
        self.documents.get_mut(name).unwrap().text = text;
        self.changed(name, &changes);
    }

    fn changed(&mut self, name: &str, changes: &Value) {
        let document = self.documents.get_mut(name).unwrap();
        document.version += 1;
        let identifier = json!({ "uri": document.uri, "version": document.version });
        match document.notebook.clone() {
            None => self.tell(
                "textDocument/didChange",
                json!({ "textDocument": identifier, "contentChanges": changes }),
            ),
            Some(notebook) => self.tell(
                "notebookDocument/didChange",
                json!({
                    "notebookDocument": { "uri": notebook, "version": 2 },
                    "change": { "cells": { "textContent": [
                        { "document": identifier, "changes": changes },
                    ] } },
                }),
            ),
        }
    }

    /// Edits what stands between the first « and the last » of a document at random, with requests
    /// and cancellations between the edits, and waits for nothing before the end. Gives how often
    /// each request was answered.
    pub fn burst(&mut self, name: &str, edits: u32, seed: u64) -> BTreeMap<RequestId, usize> {
        const PIECES: [&str; 9] =
            ["😀", "漢é", "x", "\n", "\r\n", "\r", "\u{2028}", "", "e\u{301}"];
        let mut state = seed;
        let mut random = |below: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            usize::try_from(state >> 33).unwrap() % below
        };
        let mut answers: BTreeMap<RequestId, usize> = BTreeMap::new();
        for _ in 0..edits {
            let text = self.documents[name].text.clone();
            let (first, last) = (text.find('«').unwrap(), text.rfind('»').unwrap());
            let places: Vec<usize> = (first + '«'.len_utf8()..=last)
                .filter(|at| text.is_char_boundary(*at))
                // Between the two characters of a line break there is no place.
                .filter(|at| !(text[..*at].ends_with('\r') && text[*at..].starts_with('\n')))
                .collect();
            let start = random(places.len());
            let end = places[(start + random(4)).min(places.len() - 1)];
            let (start, piece) = (places[start], PIECES[random(PIECES.len())]);
            let range =
                json!({ "start": self.position(&text, start), "end": self.position(&text, end) });
            let document = self.documents.get_mut(name).unwrap();
            document.text.replace_range(start..end, piece);
            self.changed(name, &json!([{ "range": range, "text": piece }]));
            let at = json!({ "textDocument": { "uri": self.uri(name) }, "position": range["start"],
                "range": range, "context": { "diagnostics": [] } });
            let methods = ["hover", "codeAction", "diagnostic", "inlayHint", "nothing"];
            let method = format!("textDocument/{}", methods[random(methods.len())]);
            let id = self.request(&method, at);
            if random(4) == 0 {
                self.tell("$/cancelRequest", json!({ "id": id }));
            }
            answers.insert(id, 0);
        }
        while answers.values().any(|count| *count == 0) {
            match self.connection.receiver.recv_timeout(PATIENCE).expect("the server is silent") {
                Message::Response(response) => *answers.get_mut(&response.id).unwrap() += 1,
                Message::Notification(notification) => self.hear(&notification),
                Message::Request(request) => self.obey(request),
            }
        }
        answers
    }

    /// Runs a command of a transcript. Gives what the server said.
    pub fn run(&mut self, command: &str) -> String {
        let (verb, rest) = command.split_once(' ').unwrap_or((command, ""));
        let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let shown = match verb {
            "started" => self.started.clone(),
            "open" => self.open(name, rest),
            "notebook" => self.open_notebook(name),
            "edit" => self.edit(name, rest),
            "close" => self.close(name),
            "delete" => self.delete(name),
            "save" => {
                self.tell(
                    "textDocument/didSave",
                    json!({ "textDocument": { "uri": self.uri(name) } }),
                );
                String::new()
            }
            "write" => {
                std::fs::write(self.directory.path().join(name), unescaped(rest)).unwrap();
                self.watched(name)
            }
            "remove" => {
                std::fs::remove_file(self.directory.path().join(name)).unwrap();
                self.watched(name)
            }
            "hover" => self.hover(name, rest),
            "actions" => self.actions(name, rest),
            "apply" => self.choose(name, rest),
            "pull" => self.pull(name, rest == "again"),
            "hints" => self.hints(name),
            "workspace" => self.workspace(),
            "send" => {
                self.tell(name, self.json(rest));
                String::new()
            }
            "request" => {
                let params = self.json(rest);
                let answer = self.ask(name, params);
                format!("{}\n", answer.to_string().replace(&self.uri(""), "[DIR]"))
            }
            _ => panic!("`{command}` is no command"),
        };
        let said = std::mem::take(&mut self.said);
        format!("{said}{shown}{}", self.settle())
    }

    /// JSON of a transcript, in which `[DIR]` stands for the address of the directory.
    fn json(&self, text: &str) -> Value {
        serde_json::from_str(&text.replace("[DIR]", &self.uri(""))).unwrap()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.directory.path().join(name)).unwrap_or_default()
    }

    fn open(&mut self, name: &str, language: &str) -> String {
        let language = if language.is_empty() { "python" } else { language };
        let (uri, text) = (self.uri(name), self.read(name));
        let item = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": item }));
        let document = Document { uri, text, version: 1, notebook: None };
        self.documents.insert(name.to_owned(), document);
        String::new()
    }

    fn open_notebook(&mut self, name: &str) -> String {
        let uri = self.uri(name);
        let (mut cells, mut items) = (Vec::new(), Vec::new());
        for (index, part) in self.read(name).split("# %%").skip(1).enumerate() {
            let (language, text) = part.split_once('\n').unwrap();
            let language = if language.is_empty() { "python" } else { language.trim() };
            let text = text.strip_suffix('\n').unwrap_or(text).to_owned();
            let cell = format!("{uri}#{}", index + 1);
            cells.push(json!({ "kind": 2, "document": cell }));
            items.push(json!({ "uri": cell, "languageId": language, "version": 1, "text": text }));
            let document =
                Document { uri: cell.clone(), text, version: 1, notebook: Some(uri.clone()) };
            self.documents.insert(self.name(&cell), document);
        }
        let document = json!({
            "uri": uri, "notebookType": "jupyter-notebook", "version": 1, "cells": cells,
        });
        let params = json!({ "notebookDocument": document, "cellTextDocuments": items });
        self.tell("notebookDocument/didOpen", params);
        String::new()
    }

    /// Deletes a cell.
    fn delete(&mut self, name: &str) -> String {
        let cell = self.documents.remove(name).unwrap();
        let notebook = cell.notebook.unwrap();
        let before = self
            .documents
            .iter()
            .filter(|(other, it)| it.notebook.is_some() && other.as_str() < name);
        let array = json!({ "start": before.count(), "deleteCount": 1 });
        let structure = json!({ "array": array, "didClose": [{ "uri": cell.uri }] });
        let params = json!({
            "notebookDocument": { "uri": notebook, "version": 2 },
            "change": { "cells": { "structure": structure } },
        });
        self.tell("notebookDocument/didChange", params);
        String::new()
    }

    fn edit(&mut self, name: &str, rest: &str) -> String {
        let texts = quoted(rest);
        let mut changes = Vec::new();
        for pair in texts.chunks(2) {
            let range = self.range_of(name, &pair[0]);
            let document = self.documents.get_mut(name).unwrap();
            document.text = document.text.replacen(&pair[0], &pair[1], 1);
            changes.push(json!({ "range": range, "text": pair[1] }));
        }
        self.changed(name, &Value::Array(changes));
        String::new()
    }

    fn close(&mut self, name: &str) -> String {
        let uri = self.uri(name);
        if self.documents.remove(name).is_some() {
            self.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
        } else {
            self.documents.retain(|_, it| it.notebook.as_ref() != Some(&uri));
            let params = json!({ "notebookDocument": { "uri": uri }, "cellTextDocuments": [] });
            self.tell("notebookDocument/didClose", params);
        }
        String::new()
    }

    fn watched(&self, name: &str) -> String {
        if self.watches {
            let changes = json!([{ "uri": self.uri(name), "type": 2 }]);
            self.tell("workspace/didChangeWatchedFiles", json!({ "changes": changes }));
        }
        String::new()
    }

    fn hover(&mut self, name: &str, rest: &str) -> String {
        let range = self.range_of(name, &quoted(rest)[0]);
        let params = json!({
            "textDocument": { "uri": self.uri(name) }, "position": range["start"],
        });
        let answer = self.ask("textDocument/hover", params);
        let result = &answer["result"];
        if result.is_null() {
            return "hover nothing\n".to_owned();
        }
        let value = result["contents"]["value"].as_str().unwrap();
        let mut text = format!("hover {}\n", self.shown(name, &result["range"]));
        for line in value.lines().filter(|line| !line.is_empty()) {
            writeln!(text, "  {line}").unwrap();
        }
        text
    }

    fn code_actions(&mut self, name: &str, rest: &str) -> Vec<Value> {
        let range = self.range_of(name, &quoted(rest)[0]);
        let after = rest.split_once('»').unwrap().1;
        let only: Vec<&str> = after.split_whitespace().collect();
        let mut context = json!({ "diagnostics": [] });
        if !only.is_empty() {
            context["only"] = json!(only);
        }
        let params = json!({
            "textDocument": { "uri": self.uri(name) }, "range": range, "context": context,
        });
        let answer = self.ask("textDocument/codeAction", params);
        answer["result"].as_array().unwrap_or_else(|| panic!("{answer}")).clone()
    }

    fn actions(&mut self, name: &str, rest: &str) -> String {
        let mut text = String::new();
        for action in self.code_actions(name, rest) {
            let preferred = if action["isPreferred"] == true { " (preferred)" } else { "" };
            let how = match (action.get("edit"), action.get("command")) {
                (Some(_), _) => "edit",
                (None, Some(_)) => "command",
                (None, None) => "later",
            };
            let (kind, title) = (&action["kind"], action["title"].as_str().unwrap());
            writeln!(text, "{} {how}: {title}{preferred}", kind.as_str().unwrap()).unwrap();
        }
        if text.is_empty() { "no action\n".to_owned() } else { text }
    }

    fn choose(&mut self, name: &str, rest: &str) -> String {
        let (of, title) = rest.split_once("» ").unwrap();
        // Some are there only for who asks by their kind.
        let mut actions = self.code_actions(name, &format!("{of}»"));
        actions.extend(self.code_actions(name, &format!("{of}» source notebook")));
        let action = actions.into_iter().find(|it| it["title"] == title);
        let mut action = action.unwrap_or_else(|| panic!("no action `{title}`"));
        if action.get("command").is_some() {
            let params = json!({
                "command": action["command"]["command"],
                "arguments": action["command"]["arguments"],
            });
            let answer = self.ask("workspace/executeCommand", params);
            assert_eq!(answer["result"], Value::Null);
            return String::new();
        }
        if action.get("edit").is_none() {
            let answer = self.ask("codeAction/resolve", action);
            action = answer["result"].clone();
        }
        self.apply(&action["edit"])
    }

    fn pull(&mut self, name: &str, again: bool) -> String {
        let mut params = json!({ "textDocument": { "uri": self.uri(name) } });
        if again {
            params["previousResultId"] = json!(self.results[name]);
        }
        let answer = self.ask("textDocument/diagnostic", params);
        let report = &answer["result"];
        let id = report["resultId"].as_str().unwrap().to_owned();
        self.results.insert(name.to_owned(), id);
        self.report(&format!("pull {name}"), name, report)
    }

    fn report(&self, head: &str, name: &str, report: &Value) -> String {
        match report["kind"].as_str().unwrap() {
            "full" => self.diagnostics(head, name, &report["items"]),
            kind => format!("{head}: {kind}\n"),
        }
    }

    fn workspace(&mut self) -> String {
        let previous: Vec<Value> = self
            .results
            .iter()
            .map(|(name, id)| json!({ "uri": self.uri(name), "value": id }))
            .collect();
        let answer = self.ask("workspace/diagnostic", json!({ "previousResultIds": previous }));
        let mut text = String::new();
        for report in answer["result"]["items"].as_array().unwrap() {
            let name = self.name(report["uri"].as_str().unwrap());
            text.push_str(&self.report(&format!("workspace {name}"), &name, report));
            self.results.insert(name, report["resultId"].as_str().unwrap().to_owned());
        }
        text
    }

    fn hints(&mut self, name: &str) -> String {
        let text = self.documents[name].text.clone();
        let range =
            json!({ "start": self.position(&text, 0), "end": self.position(&text, text.len()) });
        let params = json!({ "textDocument": { "uri": self.uri(name) }, "range": range });
        let answer = self.ask("textDocument/inlayHint", params);
        let hints = answer["result"].as_array().unwrap();
        let shown: Vec<String> = hints
            .iter()
            .map(|hint| {
                let at = self.offset(&text, &hint["position"]);
                let line = hint["position"]["line"].as_u64().unwrap() + 1;
                let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
                let (label, tip) = (hint["label"].as_str().unwrap(), &hint["tooltip"]);
                format!(
                    "hint {line} after «{}»: {label} ({})\n",
                    &text[start..at],
                    tip.as_str().unwrap()
                )
            })
            .collect();
        if shown.is_empty() { "no hint\n".to_owned() } else { shown.concat() }
    }
}
