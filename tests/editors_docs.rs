//! What `docs/editors.md` and the extension for VS Code tell of the server's settings, against what
//! the server reads.

#![allow(unreachable_pub, reason = "a test target has no outside")]

mod support;

use std::collections::BTreeSet;

use lsp_server::{Connection, Message, Notification, Request, RequestId};
use serde_json::{Map, Value, json};

use support::{Page, editors_page, root};

/// The settings that only the extension reads.
const OF_THE_EXTENSION: [&str; 3] = ["path", "importStrategy", "trace.server"];

/// The settings that the extension declares, with what is said of each.
fn declared() -> Vec<(String, Value)> {
    let text = std::fs::read_to_string(root().join("editors/vscode/package.json")).unwrap();
    let manifest: Value = serde_json::from_str(&text).unwrap();
    let properties = manifest["contributes"]["configuration"]["properties"].as_object().unwrap();
    properties
        .iter()
        .map(|(key, property)| {
            (key.strip_prefix("heaplint.").unwrap().to_owned(), property.clone())
        })
        .filter(|(key, _)| !OF_THE_EXTENSION.contains(&key.as_str()))
        .collect()
}

/// Settings as an editor sends them: a dot stands for nesting.
fn nested(settings: impl IntoIterator<Item = (String, Value)>) -> Value {
    let mut tree = Value::Object(Map::new());
    for (key, value) in settings {
        let path = key.split('.').fold(&mut tree, |tree, name| &mut tree[name]);
        *path = value;
    }
    tree
}

/// What the server says of settings that it begins with.
fn told(settings: &Value) -> Vec<String> {
    let (client, server) = Connection::memory();
    let serving = std::thread::spawn(move || heaplint::lsp::serve(&server).unwrap());
    let ask = |id: i32, method: &str, params: Value| {
        let request = Request { id: RequestId::from(id), method: method.to_owned(), params };
        client.sender.send(Message::Request(request)).unwrap();
    };
    let tell = |method: &str, params: Value| {
        let told = Notification { method: method.to_owned(), params };
        client.sender.send(Message::Notification(told)).unwrap();
    };
    ask(1, "initialize", json!({ "capabilities": {}, "initializationOptions": settings }));
    tell("initialized", json!({}));
    // What is wrong is told before the first document is analyzed.
    let document =
        json!({ "uri": "untitled:a", "languageId": "python", "version": 1, "text": "a = 1\n" });
    tell("textDocument/didOpen", json!({ "textDocument": document }));
    let mut messages = Vec::new();
    for message in &client.receiver {
        match message {
            Message::Notification(told) if told.method == "window/showMessage" => {
                messages.push(told.params["message"].as_str().unwrap().to_owned());
            }
            Message::Notification(told) if told.method == "textDocument/publishDiagnostics" => {
                break;
            }
            _ => {}
        }
    }
    ask(2, "shutdown", Value::Null);
    tell("exit", json!({}));
    serving.join().unwrap();
    messages
}

/// Those of some settings that the server does not read: it complains of what it reads and is of
/// the wrong type, and 7 is wrong for all of them.
fn unread(keys: &BTreeSet<String>) -> Vec<&String> {
    let messages = told(&nested(keys.iter().map(|key| (key.clone(), json!(7)))));
    keys.iter()
        .filter(|key| !messages.iter().any(|message| message.contains(&format!("`{key}`"))))
        .collect()
}

#[test]
fn the_server_reads_what_the_extension_declares() {
    let keys: BTreeSet<String> = declared().into_iter().map(|(key, _)| key).collect();
    assert!(keys.len() > 10, "{keys:?}");
    assert_eq!(unread(&keys), Vec::<&String>::new());
    let strange = BTreeSet::from(["lint.slect".to_owned()]);
    assert_eq!(unread(&strange).len(), 1, "a key that nobody reads would not be noticed");
}

#[test]
fn the_server_takes_every_value_that_the_extension_offers() {
    let defaults = declared().into_iter().map(|(key, property)| (key, property["default"].clone()));
    assert_eq!(told(&nested(defaults)), Vec::<String>::new());
    for (key, property) in declared() {
        for word in property["enum"].as_array().into_iter().flatten() {
            let setting = nested([(key.clone(), word.clone())]);
            assert_eq!(told(&setting), Vec::<String>::new(), "{key}");
        }
    }
}

/// The settings in the table of the page.
fn in_table(page: &Page) -> BTreeSet<String> {
    page.text
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once("` |"))
        .map(|(key, _)| key.to_owned())
        .collect()
}

/// Whether a snippet's language is one that is read here, and what it says.
fn parse(language: &str, text: &str) -> Option<Result<Value, String>> {
    match language {
        "json" => Some(serde_json::from_str(text).map_err(|error| error.to_string())),
        "toml" => Some(toml::from_str(text).map_err(|error| error.to_string())),
        _ => None,
    }
}

/// The paths of the leaves of a snippet: `a.b.c`. A list is a leaf unless it holds objects.
fn leaves(value: &Value, path: &str, found: &mut Vec<String>) {
    let below = |name: &str| format!("{path}{}{name}", if path.is_empty() { "" } else { "." });
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                leaves(value, &below(name), found);
            }
        }
        Value::Array(items) if items.iter().any(Value::is_object) => {
            for item in items {
                leaves(item, path, found);
            }
        }
        _ => found.push(path.to_owned()),
    }
}

/// The setting that a path of a snippet states: what stands below `heaplint` at the top, or in what
/// an editor hands over.
fn setting(path: &str) -> Option<&str> {
    let handed = ["settings.heaplint.", "config.heaplint.", "initializationOptions."];
    handed
        .iter()
        .find_map(|prefix| path.split_once(prefix).map(|(_, key)| key))
        .or_else(|| path.strip_prefix("heaplint."))
}

#[test]
fn snippets_parse_and_state_settings_that_the_server_reads() {
    let page = editors_page();
    let mut stated = BTreeSet::new();
    let mut editors = BTreeSet::new();
    for block in &page.blocks {
        let Some(parsed) = parse(&block.info, &block.text) else { continue };
        let value =
            parsed.unwrap_or_else(|error| panic!("docs/editors.md:{}: {error}", block.line));
        let mut paths = Vec::new();
        leaves(&value, "", &mut paths);
        let keys: Vec<&str> = paths.iter().filter_map(|path| setting(path)).collect();
        if !keys.is_empty() {
            editors.insert(block.section.as_str());
        }
        stated.extend(keys.into_iter().map(str::to_owned));
    }
    let expected =
        ["Helix", "Kate", "PyCharm and other JetBrains IDEs", "Sublime Text", "VS Code", "Zed"];
    assert_eq!(editors, BTreeSet::from(expected));
    assert_eq!(unread(&stated), Vec::<&String>::new());
    assert!(stated.is_subset(&in_table(&page)), "{stated:?}");
}

#[test]
fn the_table_has_what_the_server_reads() {
    let table = in_table(&editors_page());
    assert_eq!(unread(&table), Vec::<&String>::new());
    assert_eq!(table, declared().into_iter().map(|(key, _)| key).collect());
}
