//! The command line as its users meet it: pages under `tests/cli/` with files and what a shell says
//! when heaplint is run over them.
//!
//! A fence `file NAME` is a file of the section's directory. A fence `console` is a transcript:
//! `$ command` runs in that directory, by `sh`; then stand the lines of standard output, the lines
//! of standard error behind `! `, and `? code` where the exit code is not 0. The directory is shown
//! as `[DIR]`. A section begins with an empty directory.
//!
//! `HEAPLINT_UPDATE=1 cargo test --test transcripts` rewrites the transcripts; `PAGE=name` runs one
//! page.

#![cfg(unix)]
#![allow(unreachable_pub, reason = "a test target has no outside")]

mod support;

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use support::{Page, Stale, cli_pages, settle, skipped};

/// Commands that a page may need beside a shell, and whether they are there.
fn has(command: &str) -> bool {
    Command::new("sh")
        .args(["-c", &format!("command -v {command}")])
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn run(command: &str, directory: &Path) -> String {
    let binary = Path::new(env!("CARGO_BIN_EXE_heaplint")).parent().unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let output = Command::new("sh")
        .args(["-c", command])
        .current_dir(directory)
        .env_clear()
        .env("PATH", format!("{}:{path}", binary.display()))
        .env("HOME", directory.join("home"))
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", "a")
        .env("GIT_AUTHOR_EMAIL", "a@example.org")
        .env("GIT_COMMITTER_NAME", "a")
        .env("GIT_COMMITTER_EMAIL", "a@example.org")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let real = std::fs::canonicalize(directory).unwrap();
    let clean = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes)
            .replace(real.to_str().unwrap(), "[DIR]")
            .replace(directory.to_str().unwrap(), "[DIR]")
            .replace(env!("CARGO_PKG_VERSION"), "[VERSION]")
    };
    let mut text = format!("$ {command}\n");
    for line in clean(&output.stdout).lines() {
        writeln!(text, "{}", line.trim_end()).unwrap();
    }
    for line in clean(&output.stderr).lines() {
        writeln!(text, "{}", format!("! {line}").trim_end()).unwrap();
    }
    match output.status.code() {
        Some(0) => {}
        Some(code) => writeln!(text, "? {code}").unwrap(),
        None => writeln!(text, "? {}", output.status).unwrap(),
    }
    text
}

/// Runs a page. Gives its stale transcripts as edits, and how many commands ran.
fn play(page: &Page) -> (Vec<Stale>, usize) {
    let mut stale = Vec::new();
    let mut commands = 0;
    let mut section: Option<(String, tempfile::TempDir)> = None;
    for block in &page.blocks {
        if section.as_ref().is_none_or(|(name, _)| *name != block.section) {
            let directory = tempfile::tempdir().unwrap();
            std::fs::create_dir(directory.path().join("home")).unwrap();
            section = Some((block.section.clone(), directory));
        }
        let directory = section.as_ref().unwrap().1.path();
        if let Some(name) = block.info.strip_prefix("file ") {
            let path = directory.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, &block.text).unwrap();
        } else if block.info == "console" {
            let mut text = String::new();
            for line in block.text.lines() {
                if let Some(command) = line.strip_prefix("$ ") {
                    commands += 1;
                    text.push_str(&run(command, directory));
                }
            }
            if text != block.text {
                stale.push((block.range.clone(), text, block.line));
            }
        } else {
            panic!("{}: a fence `{}` has no meaning here", page.path.display(), block.info);
        }
    }
    (stale, commands)
}

#[test]
fn the_command_line_behaves_as_the_pages_say() {
    let only = std::env::var("PAGE").ok();
    let mut failures = String::new();
    let mut commands = 0;
    for page in cli_pages() {
        if only.as_ref().is_some_and(|only| *only != page.name) {
            continue;
        }
        // Two pages are about another program and have its name.
        if matches!(&*page.name, "git" | "ruff") && !has(&page.name) {
            skipped(&format!("tests/cli/{0}.md: there is no {0} here", page.name));
            continue;
        }
        let (stale, count) = play(&page);
        commands += count;
        settle(&page, &stale, &mut failures);
    }
    assert!(commands > 0, "no command ran");
    assert!(failures.is_empty(), "\n{failures}");
}
