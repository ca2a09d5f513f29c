//! The language server as editors meet it: pages under `tests/lsp/` with files and sessions.
//!
//! A fence `file NAME` is a file of the section's directory, `escaped NAME` one whose text is
//! written with escapes and without the last line break; `notebook NAME` is a notebook whose
//! cells begin with lines `# %% LANGUAGE`; `client` holds capabilities that are merged over those
//! of a client that can everything but pull, and `settings` what the client answers when it is
//! asked for its settings. A fence `session` is a transcript with a new server: `> command`, then
//! what the server says. Ranges are shown as the line and the text that they cover, as a client
//! cuts it out of its own copy, so one transcript holds for every encoding: each session runs in
//! all three.
//!
//! ```text
//! > started                       (what the server said at the start)
//! > open NAME [LANGUAGE]          > edit NAME «old» -> «new»[, «old» -> «new»..]
//! > close NAME                    > write NAME TEXT        (the file; told where files are watched)
//! > save NAME                     > remove NAME
//! > hover NAME «text»             > actions NAME «text» [KIND..]
//! > pull NAME [again]             > apply NAME «text» TITLE
//! > hints NAME                    > send METHOD JSON       (a notification)
//! > workspace                     > request METHOD JSON
//! > notebook NAME                 > delete NAME            (a cell: `n.ipynb#2`)
//! ```
//!
//! `HEAPLINT_UPDATE=1 cargo test --test lsp` rewrites the transcripts; `PAGE=name` runs one page.

#![cfg(unix)]
#![allow(unreachable_pub, reason = "a test target has no outside")]

#[path = "support/editor.rs"]
mod editor;
mod support;

use std::fmt::Write as _;

use editor::{Editor, Encoding};
use serde_json::{Value, json};
use support::{Page, Stale, lsp_pages, settle};

/// What a section states before its sessions.
#[derive(Default)]
struct Section {
    name: String,
    files: Vec<(String, String)>,
    client: Value,
    settings: Value,
}

/// Plays a transcript in one encoding. Gives it as it went.
fn play(section: &Section, transcript: &str, encoding: Encoding) -> String {
    let mut editor = Editor::start(&section.files, &section.client, &section.settings, encoding);
    let mut text = String::new();
    for line in transcript.lines() {
        let Some(command) = line.strip_prefix("> ") else { continue };
        writeln!(text, "> {command}").unwrap();
        text.push_str(&editor.run(command));
    }
    editor.stop();
    text
}

/// Plays the sessions of a page. Gives the stale ones as edits, and how many there are.
fn play_all(page: &Page) -> (Vec<Stale>, usize) {
    let mut stale = Vec::new();
    let mut sessions = 0;
    let mut section = Section::default();
    for block in &page.blocks {
        if section.name != block.section {
            section = Section { name: block.section.clone(), ..Section::default() };
        }
        let info = block.info.as_str();
        if let Some(name) = info.strip_prefix("file ").or_else(|| info.strip_prefix("notebook ")) {
            section.files.push((name.to_owned(), block.text.clone()));
        } else if let Some(name) = info.strip_prefix("escaped ") {
            let text = editor::unescaped(block.text.trim_end_matches('\n'));
            section.files.push((name.to_owned(), text));
        } else if info == "client" {
            section.client = serde_json::from_str(&block.text).unwrap();
        } else if info == "settings" {
            section.settings = serde_json::from_str(&block.text).unwrap();
        } else if info == "session" {
            sessions += 1;
            for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
                let text = play(&section, &block.text, encoding);
                if text != block.text {
                    stale.push((block.range.clone(), text, block.line));
                    break;
                }
            }
        } else {
            panic!("{}: a fence `{info}` has no meaning here", page.path.display());
        }
    }
    (stale, sessions)
}

#[test]
fn the_server_behaves_as_the_pages_say() {
    let only = std::env::var("PAGE").ok();
    let mut failures = String::new();
    let mut sessions = 0;
    for page in lsp_pages() {
        if only.as_ref().is_some_and(|only| *only != page.name) {
            continue;
        }
        let (stale, count) = play_all(&page);
        sessions += count;
        settle(&page, &stale, &mut failures);
    }
    assert!(sessions > 0, "no session ran");
    assert!(failures.is_empty(), "\n{failures}");
}

/// Edits in quick succession leave the server with the text that the editor has, and leave no
/// request without its one answer.
#[test]
fn a_burst_of_edits_and_requests() {
    let text = "漢 = \"\"\"«😀\n»\"\"\"; total = sum([row.size for row in rows])\n";
    let files = [("a.py".to_owned(), text.to_owned())];
    for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
        for seed in 0..8 {
            let mut editor = Editor::start(&files, &Value::Null, &Value::Null, encoding);
            editor.run("open a.py");
            let answers = editor.burst("a.py", 200, seed);
            assert!(answers.values().all(|count| *count == 1), "{answers:?}");
            let last = editor.run("save a.py");
            let shown = "«[row.size for row in rows]»: a list is built only to be reduced";
            let pulled = editor.run("pull a.py");
            assert!(pulled.contains(shown), "{encoding:?} {seed}: {last}{pulled}");
            editor.stop();
        }
    }
}

/// The capabilities that the pages' client has unless they say otherwise.
fn capabilities(encoding: Encoding) -> Value {
    json!({
        "general": { "positionEncodings": [encoding.name()] },
        "textDocument": {
            "publishDiagnostics": {
                "relatedInformation": true,
                "dataSupport": true,
                "codeDescriptionSupport": true,
                "tagSupport": { "valueSet": [1, 2] },
            },
            "codeAction": {
                "dataSupport": true,
                "resolveSupport": { "properties": ["edit"] },
                "codeActionLiteralSupport": { "codeActionKind": { "valueSet": [] } },
            },
            "hover": { "contentFormat": ["markdown", "plaintext"] },
        },
        "workspace": {
            "applyEdit": true,
            "workspaceEdit": { "documentChanges": true },
            "didChangeWatchedFiles": { "dynamicRegistration": true },
        },
        "window": { "showDocument": { "support": true } },
    })
}
