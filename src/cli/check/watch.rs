//! `heaplint check --watch`: check, wait until a file changes, check again.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use anyhow::Context as _;
use notify::{EventKind, RecursiveMode, Watcher as _};

use super::{Check, once};

/// Editors write a file in several steps: a change counts when nothing has happened for so long.
const SETTLED: Duration = Duration::from_millis(120);

/// The endings of the names whose change may change what is found.
const WATCHED: &[&str] = &["py", "pyi", "pyw", "ipynb", "toml", "json"];

pub(super) fn run(check: &Check) -> anyhow::Result<u8> {
    let (sender, receiver) = channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let _ = sender.send(event);
    })
    .context("cannot watch files")?;
    for path in &check.paths {
        watcher
            .watch(path, RecursiveMode::Recursive)
            .with_context(|| format!("cannot watch `{}`", path.display()))?;
    }
    loop {
        clear();
        // What is wrong with the configuration may be mended while we watch.
        if let Err(error) = once(check) {
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
        }
        let _ = writeln!(std::io::stderr(), "Watching for changes; end with Ctrl-C.");
        loop {
            let event = receiver.recv().context("the watcher stopped")?;
            if event.is_ok_and(|event| matters(&event)) {
                break;
            }
        }
        while !matches!(receiver.recv_timeout(SETTLED), Err(RecvTimeoutError::Timeout)) {}
    }
}

fn matters(event: &notify::Event) -> bool {
    let changes =
        matches!(event.kind, EventKind::Create(_) | EventKind::Modify(_) | EventKind::Remove(_));
    changes && event.paths.iter().any(|path| is_watched(path))
}

fn is_watched(path: &Path) -> bool {
    path.extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| WATCHED.contains(&extension))
}

/// An empty screen, where there is one.
fn clear() {
    let mut stdout = std::io::stdout().lock();
    if stdout.is_terminal() {
        let _ = stdout.write_all(b"\x1b[2J\x1b[3J\x1b[H");
    }
}
