//! Real editors with the snippets of `docs/editors.md`, driven without a screen: what a person sees
//! step by step is compared with the transcripts in `tests/editors`.
//!
//! `HEAPLINT_UPDATE=1 cargo test --test editors` rewrites them. An editor that is not there is
//! skipped, and said to be.

#![cfg(unix)]
#![allow(unreachable_pub, reason = "a test target has no outside")]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use support::{editors_page, root, skipped, update};

/// What an editor opens first. The first finding is there because the editor's settings select it.
const ORDERS: &str = r#"_SIZES = ["S", "M", "L"]


def total(orders):
    assert all(order.size in _SIZES for order in orders)
    return "日本😀", sum([order.price for order in orders])
"#;

/// The first snippet of a language that has a text in it.
fn snippet(language: &str, needle: &str) -> String {
    let page = editors_page();
    let block =
        page.blocks.iter().find(|it| it.info == language && it.text.contains(needle)).unwrap();
    block.text.clone()
}

/// The Neovims on the path, each minor version once, with that version: `(0, 11)`.
fn neovims() -> Vec<(PathBuf, (u32, u32))> {
    let mut found: Vec<(PathBuf, (u32, u32))> = Vec::new();
    for directory in std::env::split_paths(&std::env::var_os("PATH").unwrap()) {
        let program = directory.join("nvim");
        let Ok(output) = Command::new(&program).arg("--version").output() else { continue };
        let text = String::from_utf8(output.stdout).unwrap();
        let version = text.strip_prefix("NVIM v").expect("Neovim says its version first");
        let mut parts = version.split('.').map(|part| part.parse().unwrap_or_default());
        let version = (parts.next().unwrap(), parts.next().unwrap());
        if found.iter().all(|(_, other)| *other != version) {
            found.push((program, version));
        }
    }
    found
}

/// The snippet that the documentation has for a version.
fn neovim_snippet(version: (u32, u32)) -> String {
    snippet(
        "lua",
        match version {
            (0, ..=7) => "vim.lsp.start_client(",
            (0, ..=10) => "vim.lsp.start(",
            _ => "vim.lsp.enable(",
        },
    )
}

/// Runs an editor to its end, or ends it.
fn run(command: &mut Command) {
    let mut child = command.stdin(Stdio::null()).spawn().unwrap();
    let patience = Instant::now() + Duration::from_mins(5);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() > patience {
            child.kill().unwrap();
            panic!("the editor does not end");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A path that finds the heaplint under test first.
fn path_of_heaplint() -> std::ffi::OsString {
    let bin = Path::new(env!("CARGO_BIN_EXE_heaplint")).parent().unwrap();
    let rest = std::env::var_os("PATH").unwrap();
    let parts = std::iter::once(bin.to_owned()).chain(std::env::split_paths(&rest));
    std::env::join_paths(parts).unwrap()
}

/// Compares what an editor showed with the transcript of a name.
fn settle(name: &str, actual: &str) {
    let path = root().join("tests/editors").join(name);
    if update() {
        support::rewrite(&path, actual);
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), actual, "{name}");
}

#[test]
fn neovim_shows_and_does_what_its_transcript_says() {
    let neovims = neovims();
    for wanted in [(0, 7), (0, 11)] {
        if neovims.iter().all(|(_, version)| *version != wanted) {
            skipped(&format!("there is no Neovim {}.{}", wanted.0, wanted.1));
        }
    }
    for (program, version) in neovims {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("init.lua"), neovim_snippet(version)).unwrap();
        std::fs::write(home.path().join("orders.py"), ORDERS).unwrap();
        let driver = root().join("tests/editors/neovim.lua");
        run(Command::new(&program)
            .args(["--headless", "-n", "-u", "init.lua", "-c"])
            .arg(format!("luafile {}", driver.display()))
            .current_dir(home.path())
            .env("PATH", path_of_heaplint())
            .env("HOME", home.path())
            .envs(
                ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"]
                    .map(|name| (name, home.path().join(name))),
            )
            .stdout(Stdio::null())
            .stderr(Stdio::null()));
        let told = std::fs::read_to_string(home.path().join("transcript.txt")).unwrap();
        settle(&format!("neovim-{}.{}.txt", version.0, version.1), &told);
    }
}
