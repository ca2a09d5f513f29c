//! A language client over real pipes that holds the server to the protocol: frames, response ids,
//! versions and edits are checked on every message.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::text::{Encoding, Text};

/// How long anything may take on a machine under load before it counts as missing.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// What went wrong, in words.
pub type Failure = String;

/// A document as the editor holds it.
#[derive(Debug)]
pub struct Document {
    pub version: i64,
    pub text: Text,
}

/// A server process and the editor's half of the conversation.
pub struct Client {
    pub pid: u32,
    stdin: Option<ChildStdin>,
    incoming: Receiver<Result<Value, Failure>>,
    stderr: Receiver<String>,
    status: Receiver<Option<i32>>,
    /// Every message of the server, in order.
    pub log: Vec<Value>,
    /// Those that somebody has waited for.
    taken: BTreeSet<usize>,
    asked: BTreeSet<String>,
    answered: BTreeSet<String>,
    next: i64,
    pub encoding: Encoding,
    pub documents: BTreeMap<String, Document>,
    /// What to answer to requests of the server, by method; `null` without an entry.
    pub answers: BTreeMap<String, Value>,
    pub capabilities: Value,
}

fn frame<R: Read>(reader: &mut BufReader<R>) -> Result<Option<Value>, Failure> {
    let mut length = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).map_err(|error| error.to_string())? == 0 {
            return match length {
                None => Ok(None),
                Some(_) => Err("the output ends inside a header".to_owned()),
            };
        }
        if line == "\r\n" {
            break;
        }
        match line.trim_end().split_once(": ") {
            Some(("Content-Length", value)) => length = value.parse().ok(),
            Some(("Content-Type", _)) => {}
            _ => return Err(format!("not a frame on standard output: {line:?}")),
        }
    }
    let mut body = vec![0; length.ok_or("a frame without Content-Length")?];
    reader.read_exact(&mut body).map_err(|error| format!("a frame is cut short: {error}"))?;
    let value: Value = serde_json::from_slice(&body).map_err(|error| error.to_string())?;
    if value["jsonrpc"] != "2.0" {
        return Err(format!("not JSON-RPC 2.0: {value}"));
    }
    Ok(Some(value))
}

/// A message with its header.
pub fn framed(message: &Value) -> Vec<u8> {
    let body = message.to_string();
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

impl Client {
    /// Starts `heaplint server` in a directory. Nothing is sent.
    pub fn start(directory: &Path, arguments: &[&str]) -> Client {
        let mut child = Command::new(env!("CARGO_BIN_EXE_heaplint"))
            .arg("server")
            .args(arguments)
            .current_dir(directory)
            .env("HOME", directory)
            .env_remove("XDG_CONFIG_HOME")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (pid, stdin) = (child.id(), child.stdin.take());
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut errors = child.stderr.take().unwrap();
        let (sender, incoming) = channel();
        std::thread::spawn(move || {
            loop {
                let message = match frame(&mut stdout) {
                    Ok(Some(message)) => Ok(message),
                    Ok(None) => break,
                    Err(failure) => Err(failure),
                };
                let failed = message.is_err();
                if sender.send(message).is_err() || failed {
                    break;
                }
            }
        });
        let (sender, stderr) = channel();
        std::thread::spawn(move || {
            let mut text = Vec::new();
            errors.read_to_end(&mut text).ok();
            sender.send(String::from_utf8_lossy(&text).into_owned()).ok();
        });
        let (sender, status) = channel();
        std::thread::spawn(move || sender.send(child.wait().unwrap().code()));
        Client {
            pid,
            stdin,
            incoming,
            stderr,
            status,
            log: Vec::new(),
            taken: BTreeSet::new(),
            asked: BTreeSet::new(),
            answered: BTreeSet::new(),
            next: 0,
            encoding: Encoding::Utf16,
            documents: BTreeMap::new(),
            answers: BTreeMap::new(),
            capabilities: Value::Null,
        }
    }

    /// Starts a server and shakes hands with it.
    pub fn initialized(directory: &Path, capabilities: &Value) -> Result<Client, Failure> {
        let mut client = Client::start(directory, &[]);
        client.initialize(&json!({
            "processId": null, "rootUri": uri(directory), "capabilities": capabilities,
        }))?;
        Ok(client)
    }

    pub fn initialize(&mut self, parameters: &Value) -> Result<Value, Failure> {
        let result = self.result("initialize", parameters)?;
        self.capabilities = result["capabilities"].clone();
        self.encoding = match self.capabilities["positionEncoding"].as_str() {
            Some("utf-8") => Encoding::Utf8,
            Some("utf-32") => Encoding::Utf32,
            Some("utf-16") | None => Encoding::Utf16,
            Some(other) => return Err(format!("an encoding that nobody knows: {other}")),
        };
        self.notify("initialized", &json!({}));
        Ok(result)
    }

    /// Writes bytes as they are. A server that is gone shows in what does not come back.
    pub fn write(&mut self, bytes: &[u8]) {
        if let Some(stdin) = &mut self.stdin {
            stdin.write_all(bytes).and_then(|()| stdin.flush()).ok();
        }
    }

    pub fn send(&mut self, message: &Value) {
        if let (Some(_), Some(id)) = (message.get("method"), message.get("id")) {
            self.asked.insert(id.to_string());
        }
        self.write(&framed(message));
    }

    /// Announces that a request with this id is written as bytes.
    pub fn expect(&mut self, id: &Value) {
        self.asked.insert(id.to_string());
    }

    /// Forgets the messages so far.
    pub fn forget(&mut self) {
        self.log.clear();
        self.taken.clear();
    }

    pub fn notify(&mut self, method: &str, parameters: &Value) {
        self.send(&json!({"jsonrpc": "2.0", "method": method, "params": parameters}));
    }

    /// Sends a request and gives its id.
    pub fn ask(&mut self, method: &str, parameters: &Value) -> Value {
        self.next += 1;
        let id = json!(self.next);
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": method, "params": parameters}));
        id
    }

    /// The whole response to a request.
    pub fn response(&mut self, id: &Value) -> Result<Value, Failure> {
        self.wait(&format!("response {id}"), |it| it.get("method").is_none() && it["id"] == *id)
    }

    /// The result of a request that must not fail.
    pub fn result(&mut self, method: &str, parameters: &Value) -> Result<Value, Failure> {
        let id = self.ask(method, parameters);
        let mut response = self.response(&id)?;
        match response.get("error") {
            None => Ok(response["result"].take()),
            Some(error) => Err(format!("{method}: {error}")),
        }
    }

    /// The first message of that kind that nobody has waited for yet.
    pub fn wait(&mut self, what: &str, is: impl Fn(&Value) -> bool) -> Result<Value, Failure> {
        let end = Instant::now() + PATIENCE;
        let mut next = 0;
        loop {
            for index in next..self.log.len() {
                if !self.taken.contains(&index) && is(&self.log[index]) {
                    self.taken.insert(index);
                    return Ok(self.log[index].clone());
                }
            }
            next = self.log.len();
            self.receive(end).map_err(|failure| format!("{what}: {failure}"))?;
        }
    }

    fn receive(&mut self, end: Instant) -> Result<(), Failure> {
        let left = end.saturating_duration_since(Instant::now());
        let message = self.incoming.recv_timeout(left).map_err(|error| match error {
            std::sync::mpsc::RecvTimeoutError::Timeout => "nothing came".to_owned(),
            std::sync::mpsc::RecvTimeoutError::Disconnected => "the server is gone".to_owned(),
        })??;
        match (message["method"].as_str(), message.get("id")) {
            (Some(method), Some(id)) => self.reply(method, id, &message),
            (None, Some(id)) if !id.is_null() => {
                let id = id.to_string();
                if !self.asked.contains(&id) {
                    return Err(format!("a response that nobody asked for: {message}"));
                }
                if !self.answered.insert(id) {
                    return Err(format!("a second response: {message}"));
                }
            }
            _ => {}
        }
        self.log.push(message);
        Ok(())
    }

    fn reply(&mut self, method: &str, id: &Value, message: &Value) {
        let answer = self.answers.get(method).cloned().unwrap_or_default();
        let response = match (method, answer) {
            (_, Value::Object(error)) if error.contains_key("error") => {
                json!({"jsonrpc": "2.0", "id": id, "error": error["error"]})
            }
            ("workspace/configuration", answer) => {
                let items = message["params"]["items"].as_array().map_or(0, Vec::len);
                json!({"jsonrpc": "2.0", "id": id, "result": vec![answer; items]})
            }
            ("workspace/applyEdit", Value::Null) => {
                let applied = self.apply(&message["params"]["edit"]).is_ok();
                json!({"jsonrpc": "2.0", "id": id, "result": {"applied": applied}})
            }
            (_, answer) => json!({"jsonrpc": "2.0", "id": id, "result": answer}),
        };
        self.send(&response);
    }

    /// The messages of a method that nobody has waited for.
    pub fn rest(&mut self, method: &str) -> Vec<Value> {
        let rest: Vec<usize> = (0..self.log.len())
            .filter(|index| !self.taken.contains(index) && self.log[*index]["method"] == *method)
            .collect();
        self.taken.extend(&rest);
        rest.into_iter().map(|index| self.log[index].clone()).collect()
    }

    pub fn open(&mut self, uri: &str, language: &str, text: &str) {
        let document = Document { version: 1, text: Text::new(text) };
        self.documents.insert(uri.to_owned(), document);
        self.notify(
            "textDocument/didOpen",
            &json!({"textDocument": {"uri": uri, "languageId": language, "version": 1, "text": text}}),
        );
    }

    /// Sends one notification with these changes, each on the result of the one before it, and makes
    /// them here too.
    pub fn change(&mut self, uri: &str, changes: &[Value]) -> Result<(), Failure> {
        let encoding = self.encoding;
        let document = self.documents.get_mut(uri).ok_or(format!("{uri} is not open"))?;
        document.version += 1;
        for change in changes {
            let text = change["text"].as_str().unwrap_or_default();
            match change.get("range") {
                Some(range) => document.text.replace(range, text, encoding)?,
                None => document.text = Text::new(text),
            }
        }
        let version = document.version;
        self.notify(
            "textDocument/didChange",
            &json!({"textDocument": {"uri": uri, "version": version}, "contentChanges": changes}),
        );
        Ok(())
    }

    /// Applies a workspace edit as an editor does: refuses one for another version, and edits that
    /// overlap.
    pub fn apply(&mut self, edit: &Value) -> Result<(), Failure> {
        let mut by_document: Vec<(String, Vec<Value>)> = Vec::new();
        if let Some(changes) = edit["changes"].as_object() {
            for (uri, edits) in changes {
                by_document.push((uri.clone(), edits.as_array().cloned().unwrap_or_default()));
            }
        }
        for change in edit["documentChanges"].as_array().into_iter().flatten() {
            let uri = change["textDocument"]["uri"].as_str().unwrap_or_default();
            let open = self.documents.get(uri).map(|document| document.version);
            let meant = change["textDocument"]["version"].as_i64();
            if meant.is_some() && meant != open {
                return Err(format!("an edit of version {meant:?}, the document has {open:?}"));
            }
            by_document
                .push((uri.to_owned(), change["edits"].as_array().cloned().unwrap_or_default()));
        }
        for (uri, edits) in by_document {
            let encoding = self.encoding;
            let document = self.documents.get(&uri).ok_or(format!("{uri} is not open"))?;
            let text = document.text.edited(&edits, encoding)?;
            self.change(&uri, &[json!({"text": text})])?;
        }
        Ok(())
    }

    /// Whether diagnostics are asked for, not sent.
    pub fn pulls(&self) -> bool {
        self.capabilities.get("diagnosticProvider").is_some()
    }

    /// The diagnostics that the server sends for the version of now, or without one to a document
    /// that is closed.
    pub fn published(&mut self, uri: &str) -> Result<Vec<Value>, Failure> {
        let version = self.documents.get(uri).map(|document| document.version);
        let message = self.wait(&format!("diagnostics of {uri}, version {version:?}"), |it| {
            it["method"] == "textDocument/publishDiagnostics"
                && it["params"]["uri"] == *uri
                && (version.is_none() || it["params"]["version"].as_i64() == version)
        })?;
        list(&message["params"]["diagnostics"])
    }

    /// The diagnostics of a document, by whichever way this client gets them.
    pub fn diagnostics(&mut self, uri: &str) -> Result<Vec<Value>, Failure> {
        if !self.pulls() {
            return self.published(uri);
        }
        let report =
            self.result("textDocument/diagnostic", &json!({"textDocument": {"uri": uri}}))?;
        list(&report["items"])
    }

    /// Waits until everything sent so far has been worked off: a new document has its diagnostics.
    pub fn settle(&mut self) -> Result<(), Failure> {
        self.next += 1;
        let uri = format!("untitled:settle-{}.py", self.next);
        self.open(&uri, "python", "def total(xs):\n    return sum([x * x for x in xs])\n");
        self.diagnostics(&uri)?;
        self.result(
            "textDocument/hover",
            &json!({
                "textDocument": {"uri": uri}, "position": {"line": 0, "character": 0},
            }),
        )?;
        self.documents.remove(&uri);
        self.notify("textDocument/didClose", &json!({"textDocument": {"uri": uri}}));
        if !self.pulls() {
            self.wait("the clearing of a closed document", |it| {
                it["params"]["uri"] == *uri && it["params"]["diagnostics"] == json!([])
            })?;
        }
        Ok(())
    }

    /// Waits for the end of the process and gives its exit code and what it wrote to standard error.
    pub fn end(&mut self) -> Result<(Option<i32>, String), Failure> {
        let code = self.status.recv_timeout(PATIENCE).map_err(|_| "the server does not end")?;
        let stderr = self.stderr.recv_timeout(PATIENCE).unwrap_or_default();
        Ok((code, stderr))
    }

    /// Closes standard input.
    pub fn hang_up(&mut self) {
        self.stdin = None;
    }

    /// Ends the session in order. Fails on output that is not a message of the protocol, on an exit
    /// code other than 0 and on a panic that was reported.
    pub fn finish(mut self) -> Result<(), Failure> {
        self.result("shutdown", &Value::Null)?;
        self.notify("exit", &Value::Null);
        let (code, stderr) = self.end()?;
        while let Ok(message) = self.incoming.recv_timeout(PATIENCE) {
            message?;
        }
        match code {
            Some(0) if !stderr.contains("panicked") => Ok(()),
            _ => Err(format!("exit code {code:?}; standard error: {stderr}")),
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.stdin = None;
        if self.status.recv_timeout(Duration::from_secs(3)) == Err(timeout()) {
            Command::new("kill").args(["-KILL", &self.pid.to_string()]).status().ok();
        }
    }
}

fn timeout() -> std::sync::mpsc::RecvTimeoutError {
    std::sync::mpsc::RecvTimeoutError::Timeout
}

fn list(value: &Value) -> Result<Vec<Value>, Failure> {
    value.as_array().cloned().ok_or_else(|| format!("not a list of diagnostics: {value}"))
}

/// The URI of a path without special characters.
pub fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

/// A directory with short and plain name.
pub fn directory() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = std::fs::canonicalize(directory.path()).unwrap();
    (directory, path)
}
