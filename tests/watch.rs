//! `heaplint check --watch` checks again when a file changes, and ends when it is interrupted.

#![cfg(unix)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// A machine under load takes its time.
const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until each text has stood on a line. Two streams have no order.
fn wait_for(lines: &Receiver<String>, texts: &[&str]) {
    let end = Instant::now() + PATIENCE;
    let mut missing = texts.to_vec();
    while !missing.is_empty() {
        let left = end.saturating_duration_since(Instant::now());
        let Ok(line) = lines.recv_timeout(left) else { panic!("not printed: {missing:?}") };
        missing.retain(|text| !line.contains(text));
    }
}

fn lines(child: &mut Child) -> Receiver<String> {
    let (sender, receiver) = channel();
    let stdout = child.stdout.take().unwrap();
    let stderr = child.stderr.take().unwrap();
    let other = sender.clone();
    std::thread::spawn(move || {
        BufReader::new(stdout).lines().map_while(Result::ok).for_each(|it| drop(sender.send(it)));
    });
    std::thread::spawn(move || {
        BufReader::new(stderr).lines().map_while(Result::ok).for_each(|it| drop(other.send(it)));
    });
    receiver
}

#[test]
fn a_change_is_checked_and_an_interrupt_ends_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a.py");
    std::fs::write(&file, "x = 1\n").unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_heaplint"))
        .args(["check", "--watch", "--output-format", "concise"])
        .current_dir(directory.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let printed = lines(&mut child);
    wait_for(&printed, &["All checks passed!", "Watching for changes"]);
    std::fs::write(&file, "print(sum([y for y in x]))\n").unwrap();
    wait_for(&printed, &["a.py:1:11: MEM101", "Watching"]);
    // A configuration that is broken is reported, and mended while we watch.
    let configuration = directory.path().join("heaplint.toml");
    std::fs::write(&configuration, "ignroe = []\n").unwrap();
    wait_for(&printed, &["did you mean `ignore`?", "Watching"]);
    std::fs::write(&configuration, "ignore = [\"MEM101\"]\n").unwrap();
    wait_for(&printed, &["All checks passed!", "Watching"]);
    let interrupted = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupted.unwrap().success());
    let status = child.wait().unwrap();
    // A shell shows 130 for a process that SIGINT ended.
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(2));
}
