//! The language server as editors meet it: the built binary over pipes, against a checklist of what
//! the protocol and its users expect.
//!
//! A page under `tests/server/` has a section for each item: `## B04 M what is checked`, where M is a
//! must and S a should. A fence `file NAME` is a file of the item's workspace, a fence `editor` the
//! conversation (see `server/script.rs`). What text cannot say is a function of `server/races.rs`.
//!
//! The outcome of every item stands in `snapshots/lsp-checklist.txt`, which
//! `HEAPLINT_UPDATE=1 cargo test --test server` rewrites; a must that fails is a failure whatever
//! stands there. `ITEM=B04` runs one item.

#![cfg(unix)]
#![allow(unreachable_pub, reason = "a test target has no outside")]

#[path = "server/client.rs"]
mod client;
#[path = "server/races.rs"]
mod races;
#[path = "server/script.rs"]
mod script;
mod support;
#[path = "server/text.rs"]
mod text;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use client::{Failure, directory};
use script::Script;
use support::{Block, root, server_pages, update};

/// How an item is checked.
enum Check {
    Conversation(Vec<Block>),
    Code(fn(&Path) -> Result<(), Failure>),
}

/// An item of the checklist.
struct Item {
    id: String,
    must: bool,
    title: String,
    check: Check,
}

impl Item {
    /// From a heading: `B04 M what is checked`.
    fn new(heading: &str, check: Check) -> Item {
        let mut words = heading.splitn(3, ' ');
        let mut word =
            || words.next().unwrap_or_else(|| panic!("not an item: {heading}")).to_owned();
        let (id, level, title) = (word(), word(), word());
        assert!(level == "M" || level == "S", "neither must nor should: {heading}");
        Item { id, must: level == "M", title, check }
    }

    fn run(&self) -> Result<(), Failure> {
        let (_keep, directory) = directory();
        match &self.check {
            Check::Code(check) => check(&directory),
            Check::Conversation(blocks) => {
                let mut conversation = String::new();
                for block in blocks {
                    if let Some(name) = block.info.strip_prefix("file ") {
                        let path = directory.join(name);
                        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                        std::fs::write(path, &block.text).unwrap();
                    } else {
                        assert_eq!(block.info, "editor", "line {} of the page", block.line);
                        conversation.push_str(&block.text);
                    }
                }
                Script::new(&directory).run(&conversation)
            }
        }
    }
}

fn items() -> Vec<Item> {
    let mut sections: BTreeMap<String, Vec<Block>> = BTreeMap::new();
    for page in server_pages() {
        for block in page.blocks {
            sections.entry(block.section.clone()).or_default().push(block);
        }
    }
    let pages =
        sections.into_iter().map(|(heading, it)| Item::new(&heading, Check::Conversation(it)));
    let code = races::CHECKS.iter().map(|(heading, it)| Item::new(heading, Check::Code(*it)));
    let mut items: Vec<Item> = pages.chain(code).collect();
    items.sort_by(|a, b| a.id.cmp(&b.id));
    for pair in items.windows(2) {
        assert_ne!(pair[0].id, pair[1].id, "two items have one id");
    }
    items
}

/// Runs items side by side, and gives the failure of each.
fn run(items: &[&Item], threads: usize) -> Vec<Option<Failure>> {
    let next = AtomicUsize::new(0);
    let outcomes: Mutex<Vec<Option<Failure>>> = Mutex::new(vec![None; items.len()]);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((index, item)) = {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    items.get(index).map(|item| (index, item))
                } {
                    let failure = item.run().err();
                    outcomes.lock().unwrap()[index] = failure;
                }
            });
        }
    });
    outcomes.into_inner().unwrap()
}

#[test]
fn the_server_does_what_the_checklist_says() {
    let only = std::env::var("ITEM").ok();
    let items = items();
    let items: Vec<&Item> =
        items.iter().filter(|item| only.as_ref().is_none_or(|only| *only == item.id)).collect();
    assert!(!items.is_empty(), "no item ran");
    // What measures time is not disturbed by the others.
    let (timed, others): (Vec<&Item>, Vec<&Item>) =
        items.iter().partition(|item| races::TIMED.contains(&item.id.as_str()));
    let mut outcomes: BTreeMap<&str, (&Item, Option<Failure>)> = BTreeMap::new();
    for (items, threads) in [(others, 4), (timed, 1)] {
        for (item, failure) in items.iter().zip(run(&items, threads)) {
            outcomes.insert(&item.id, (item, failure));
        }
    }

    let (mut list, mut failures, mut musts) = (String::new(), String::new(), String::new());
    for (id, (item, failure)) in &outcomes {
        let level = if item.must { "M" } else { "S" };
        let outcome = if failure.is_none() { "pass" } else { "FAIL" };
        writeln!(list, "{id:<4} {level} {outcome} {}", item.title).unwrap();
        if let Some(failure) = failure {
            writeln!(failures, "== {id} {level} {}\n{failure}\n", item.title).unwrap();
            if item.must {
                write!(musts, " {id}").unwrap();
            }
        }
    }
    eprint!("{failures}");
    if only.is_none() {
        let path = root().join("snapshots/lsp-checklist.txt");
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        if update() {
            support::rewrite(&path, &list);
        }
        assert_eq!(list, expected, "the checklist's outcomes changed");
    }
    assert!(musts.is_empty(), "musts that fail:{musts}");
}
