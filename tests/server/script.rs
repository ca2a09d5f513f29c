//! Conversations as text: commands of an editor behind `> `, and below each what has to come of it.
//!
//! A line of what has to come may contain `...` for anything; alone on its line it stands for any
//! lines. JSON is compact and has its keys in order. `$DIR` is the workspace, and `$(/a/0)` the value
//! at a pointer into the last result.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::client::{Client, Failure, uri};

/// A conversation on its way.
pub struct Script<'a> {
    directory: &'a Path,
    client: Option<Client>,
    /// The result that `show` and `apply` are about.
    last: Value,
    /// The diagnostics that were shown last, for the context of a request.
    shown: Vec<Value>,
}

/// Whether a text is what a pattern says.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split("...");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

fn all_match(patterns: &[&str], lines: &[&str]) -> bool {
    match (patterns.split_first(), lines.split_first()) {
        (None, None) => true,
        (Some((&"...", patterns)), _) => {
            (0..=lines.len()).any(|skip| all_match(patterns, &lines[skip..]))
        }
        (Some((pattern, patterns)), Some((line, lines))) => {
            matches(pattern, line) && all_match(patterns, lines)
        }
        _ => false,
    }
}

/// The capabilities of a client that has these abilities.
fn capabilities(abilities: &[&str]) -> Value {
    let mut all = Value::Null;
    for ability in abilities {
        merge(
            &mut all,
            match *ability {
                "bare" => json!({}),
                "pull" => json!({"textDocument": {"diagnostic": {"dynamicRegistration": false}}}),
                "refresh" => json!({"workspace": {"diagnostics": {"refreshSupport": true}}}),
                "resolve" => json!({"textDocument": {"codeAction": {
                    "dataSupport": true, "resolveSupport": {"properties": ["edit"]},
                }}}),
                "documentChanges" => {
                    json!({"workspace": {"workspaceEdit": {"documentChanges": true}}})
                }
                "watch" => json!({"workspace": {"didChangeWatchedFiles": {
                    "dynamicRegistration": true,
                }}}),
                "relative" => json!({"workspace": {"didChangeWatchedFiles": {
                    "relativePatternSupport": true,
                }}}),
                "configuration" => json!({"workspace": {"configuration": true}}),
                "folders" => json!({"workspace": {"workspaceFolders": true}}),
                "tags" => json!({"textDocument": {"publishDiagnostics": {
                    "tagSupport": {"valueSet": [1, 2]},
                }}}),
                "related" => json!({"textDocument": {"publishDiagnostics": {
                    "relatedInformation": true,
                }}}),
                "notebooks" => json!({"notebookDocument": {"synchronization": {}}}),
                "showDocument" => json!({"window": {"showDocument": {"support": true}}}),
                "progress" => json!({"window": {"workDoneProgress": true}}),
                encodings if encodings.contains("utf") => json!({"general": {
                    "positionEncodings": encodings.split(',').collect::<Vec<_>>(),
                }}),
                other => panic!("no ability `{other}`"),
            },
        );
    }
    if !abilities.contains(&"bare") {
        merge(
            &mut all,
            json!({
                "textDocument": {
                    "publishDiagnostics": {"codeDescriptionSupport": true, "dataSupport": true},
                    "hover": {"contentFormat": ["markdown", "plaintext"]},
                    "codeAction": {
                        "codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix", "source"]}},
                        "isPreferredSupport": true, "dataSupport": true,
                    },
                },
                "workspace": {"applyEdit": true},
            }),
        );
    }
    all
}

fn merge(into: &mut Value, more: Value) {
    match more {
        Value::Object(more) => {
            if !into.is_object() {
                *into = Value::Object(Map::new());
            }
            for (key, value) in more {
                merge(&mut into[key], value);
            }
        }
        more => *into = more,
    }
}

/// `1:2-3:4` as a range; `1:2` is empty.
fn range(text: &str) -> Value {
    let position = |text: &str| {
        let (line, character) =
            text.split_once(':').unwrap_or_else(|| panic!("not a range: {text}"));
        json!({"line": line.parse::<u32>().unwrap(), "character": character.parse::<u32>().unwrap()})
    };
    let (start, end) = text.split_once('-').unwrap_or((text, text));
    json!({"start": position(start), "end": position(end)})
}

fn shown(range: &Value) -> String {
    let position = |at: &Value| format!("{}:{}", at["line"], at["character"]);
    format!("{}-{}", position(&range["start"]), position(&range["end"]))
}

fn severity(diagnostic: &Value) -> &'static str {
    match diagnostic["severity"].as_u64() {
        Some(1) => "error",
        Some(2) => "warning",
        Some(3) => "information",
        Some(4) => "hint",
        _ => "no severity",
    }
}

/// A JSON value at the beginning of a text, and what follows it.
fn value(text: &str) -> (Value, &str) {
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    let value = values.next().unwrap_or_else(|| panic!("JSON is missing")).unwrap();
    (value, text[values.byte_offset()..].trim_start())
}

fn word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    (word, rest.trim_start())
}

impl<'a> Script<'a> {
    pub fn new(directory: &'a Path) -> Script<'a> {
        Script { directory, client: None, last: Value::Null, shown: Vec::new() }
    }

    /// Holds the conversation. The failure names the command.
    pub fn run(&mut self, text: &str) -> Result<(), Failure> {
        let mut lines = text.lines().peekable();
        while let Some(line) = lines.next() {
            let Some(command) = line.strip_prefix("> ") else { panic!("not a command: {line}") };
            let mut patterns = Vec::new();
            while let Some(pattern) = lines.next_if(|line| !line.starts_with("> ")) {
                patterns.push(self.here(pattern));
            }
            let patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
            let actual = self
                .step(&self.here(command))
                .map_err(|failure| format!("> {command}\n{failure}"))?;
            if !all_match(&patterns, &actual.lines().collect::<Vec<_>>()) {
                return Err(format!(
                    "> {command}\n--- expected\n{}\n--- actual\n{actual}",
                    patterns.join("\n")
                ));
            }
        }
        match self.client.take() {
            Some(client) => client.finish(),
            None => Ok(()),
        }
    }

    /// Puts in the workspace, and values of the last result by their pointers.
    fn here(&self, text: &str) -> String {
        let mut text = text.replace("$DIR", &self.directory.display().to_string());
        while let Some((before, rest)) = text.split_once("$(") {
            let Some((pointer, after)) = rest.split_once(')') else { break };
            let value = self.last.pointer(pointer).cloned().unwrap_or_default();
            text = format!("{before}{value}{after}");
        }
        text
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    fn uri(&self, name: &str) -> String {
        if name.contains(':') { name.to_owned() } else { uri(&self.path(name)) }
    }

    /// One command. Gives what came of it, in lines.
    fn step(&mut self, command: &str) -> Result<String, Failure> {
        let (verb, rest) = word(command);
        match verb {
            "start" => return self.start(rest),
            "end" => {
                let Some(client) = self.client.take() else { return Err("not started".to_owned()) };
                return client.finish().map(|()| String::new());
            }
            "write" => {
                let (name, text) = word(rest);
                let path = self.path(name);
                std::fs::create_dir_all(path.parent().unwrap_or(self.directory)).unwrap();
                std::fs::write(path, value(text).0.as_str().unwrap_or_default()).unwrap();
                return Ok(String::new());
            }
            "remove" => {
                std::fs::remove_file(self.path(rest)).unwrap();
                return Ok(String::new());
            }
            "shell" => {
                let binary = Path::new(env!("CARGO_BIN_EXE_heaplint"));
                let output = Command::new("sh")
                    .args(["-c", rest])
                    .current_dir(self.directory)
                    .env("HEAPLINT", binary)
                    .output()
                    .unwrap();
                return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
            }
            _ => {}
        }
        let (name, more) = word(rest);
        let uri = self.uri(name);
        let directory = self.directory;
        let client = self.client.as_mut().ok_or("not started")?;
        match verb {
            // Bytes as they are; before them the ids of the requests in them.
            "raw" => {
                let (ids, more) = value(rest);
                ids.as_array().into_iter().flatten().for_each(|id| client.expect(id));
                let (text, _) = value(more);
                client.write(text.as_str().unwrap_or_default().as_bytes());
                Ok(String::new())
            }
            "message" => {
                let (message, _) = value(rest);
                client.send(&message);
                Ok(String::new())
            }
            "response" => {
                let response = client.response(&value(rest).0)?;
                Ok(self.answer(response))
            }
            "request" => {
                let parameters = if more.is_empty() { Value::Null } else { value(more).0 };
                let id = client.ask(name, &parameters);
                let response = client.response(&id)?;
                Ok(self.answer(response))
            }
            "notify" => {
                client.notify(name, &if more.is_empty() { Value::Null } else { value(more).0 });
                Ok(String::new())
            }
            "answer" => {
                client.answers.insert(name.to_owned(), value(more).0);
                Ok(String::new())
            }
            "exit" => {
                client.notify("exit", &Value::Null);
                let (code, _) = client.end()?;
                self.client = None;
                Ok(format!("{code:?}"))
            }
            "hang-up" => {
                client.hang_up();
                let start = Instant::now();
                let (code, _) = client.end()?;
                self.client = None;
                let late = start.elapsed() > Duration::from_secs(2);
                Ok(if late { "late".to_owned() } else { format!("{code:?}") })
            }
            "open" => {
                let (language, more) = match more.strip_prefix("as ") {
                    Some(more) => word(more),
                    None => ("python", more),
                };
                let text = if more.is_empty() {
                    std::fs::read_to_string(directory.join(name)).unwrap()
                } else {
                    value(more).0.as_str().unwrap_or_default().to_owned()
                };
                client.open(&uri, language, &text);
                Ok(String::new())
            }
            "close" => {
                client.documents.remove(&uri);
                client.notify("textDocument/didClose", &json!({"textDocument": {"uri": uri}}));
                Ok(String::new())
            }
            "save" => {
                client.notify("textDocument/didSave", &json!({"textDocument": {"uri": uri}}));
                Ok(String::new())
            }
            "changed" => {
                let change = json!({"uri": uri, "type": 2});
                client.notify("workspace/didChangeWatchedFiles", &json!({"changes": [change]}));
                Ok(String::new())
            }
            // Each change is a range and a text; a text alone replaces everything.
            "edit" => {
                let mut changes = Vec::new();
                let mut more = more;
                while !more.is_empty() {
                    let mut change = json!({});
                    if more.starts_with(|first: char| first.is_ascii_digit()) {
                        let (place, rest) = word(more);
                        change["range"] = range(place);
                        more = rest;
                    }
                    let (text, rest) = value(more);
                    change["text"] = text;
                    changes.push(change);
                    more = rest;
                }
                client.change(&uri, &changes)?;
                Ok(String::new())
            }
            "text" => {
                let document = client.documents.get(&uri).ok_or(format!("{uri} is not open"))?;
                Ok(json!(document.text.0).to_string())
            }
            "diagnostics" => {
                self.shown = client.diagnostics(&uri)?;
                self.last = json!(self.shown);
                let text = client.documents.get(&uri).map(|document| &document.text);
                let mut lines = String::new();
                for it in &self.shown {
                    let covered = match text {
                        Some(text) => text.covered(&it["range"], client.encoding)?,
                        None => "",
                    };
                    let code = it["code"].as_str().unwrap_or_default();
                    let place = shown(&it["range"]);
                    let line =
                        format!("{place} {} {code} {}", severity(it), covered.replace('\n', "\\n"));
                    writeln!(lines, "{}", line.trim_end()).unwrap();
                }
                Ok(if lines.is_empty() { "none".to_owned() } else { lines })
            }
            "actions" => {
                let (place, more) = word(more);
                let mut context = json!({"diagnostics": self.shown});
                if !more.is_empty() {
                    merge(&mut context, value(more).0);
                }
                self.last = client.result(
                    "textDocument/codeAction",
                    &json!({
                        "textDocument": {"uri": uri}, "range": range(place), "context": context,
                    }),
                )?;
                let mut lines = String::new();
                for it in self.last.as_array().into_iter().flatten() {
                    let preferred = if it["isPreferred"] == true { " preferred" } else { "" };
                    let kind = it["kind"].as_str().unwrap_or("command");
                    let title = it["title"].as_str().unwrap_or_default();
                    writeln!(lines, "{kind}{preferred}: {title}").unwrap();
                }
                Ok(if lines.is_empty() { "none".to_owned() } else { lines })
            }
            // Applies the action of the last list whose kind and title are matched.
            "apply" => {
                let actions = self.last.as_array().cloned().unwrap_or_default();
                let action = actions.into_iter().find(|it| {
                    let kind = it["kind"].as_str().unwrap_or_default();
                    let title = it["title"].as_str().unwrap_or_default();
                    matches(rest, &format!("{kind}: {title}"))
                });
                let mut action = action.ok_or("no such action")?;
                if action.get("edit").is_none() {
                    action = client.result("codeAction/resolve", &action)?;
                }
                client.apply(&action["edit"])?;
                Ok(String::new())
            }
            "hover" => {
                let at = range(more);
                self.last = client.result(
                    "textDocument/hover",
                    &json!({
                        "textDocument": {"uri": uri}, "position": at["start"],
                    }),
                )?;
                if self.last.is_null() {
                    return Ok("null".to_owned());
                }
                let (kind, text) =
                    (&self.last["contents"]["kind"], &self.last["contents"]["value"]);
                let place = shown(&self.last["range"]);
                Ok(format!("{place} {kind}\n{}", text.as_str().unwrap_or_default()))
            }
            "expect" => {
                let message = client.wait(name, |it| it["method"] == *name)?;
                self.last = message["params"].clone();
                Ok(self.last.to_string())
            }
            "encoding" => Ok(format!("{:?}", client.encoding)),
            // Whatever came for a document by now, nobody saw a finding in it.
            "silent" => {
                client.settle()?;
                if client.pulls() {
                    let found = client.diagnostics(&uri)?;
                    return Ok(if found.is_empty() {
                        "none".to_owned()
                    } else {
                        json!(found).to_string()
                    });
                }
                let seen = client.rest("textDocument/publishDiagnostics");
                let found = seen.into_iter().find(|it| {
                    it["params"]["uri"] == uri && it["params"]["diagnostics"] != json!([])
                });
                Ok(found.map_or("none".to_owned(), |it| it.to_string()))
            }
            "settle" => client.settle().map(|()| String::new()),
            "rest" => {
                client.settle()?;
                let rest = client.rest(name);
                let lines: Vec<String> = rest.iter().map(|it| it["params"].to_string()).collect();
                Ok(if lines.is_empty() { "none".to_owned() } else { lines.join("\n") })
            }
            "show" => Ok(match name {
                "capabilities" => client.capabilities.pointer(more),
                pointer => self.last.pointer(pointer),
            }
            .map_or("absent".to_owned(), Value::to_string)),
            other => panic!("no command `{other}`"),
        }
    }

    fn answer(&mut self, mut response: Value) -> String {
        if let Some(error) = response.get("error") {
            return format!("error {}: {}", error["code"], error["message"]);
        }
        self.last = response["result"].take();
        self.last.to_string()
    }

    /// `start ABILITY.. [KEY=VALUE..] [with JSON]`: the keys are `root`, `folders`, `argument`; the
    /// JSON is `initializationOptions`. `start nothing` sends no message.
    fn start(&mut self, rest: &str) -> Result<String, Failure> {
        let (words, options) = rest.split_once("with ").unwrap_or((rest, "null"));
        let words: Vec<&str> = words.split_whitespace().collect();
        let key = |name: &str| words.iter().find_map(|word| word.strip_prefix(name));
        let arguments: Vec<&str> = key("argument=").into_iter().collect();
        let mut client = Client::start(self.directory, &arguments);
        if !words.contains(&"nothing") {
            let abilities: Vec<&str> =
                words.iter().copied().filter(|word| !word.contains('=')).collect();
            let folders: Option<Vec<Value>> = key("folders=").map(|names| {
                names.split(',').map(|name| json!({"uri": self.uri(name), "name": name})).collect()
            });
            let root = match key("root=") {
                Some("null") => Value::Null,
                Some(name) => json!(self.uri(name)),
                None => json!(uri(self.directory)),
            };
            self.last = client.initialize(&json!({
                "processId": std::process::id(), "rootUri": root, "workspaceFolders": folders,
                "capabilities": capabilities(&abilities), "initializationOptions": value(options).0,
            }))?;
        }
        self.client = Some(client);
        Ok(String::new())
    }
}
