//! What is known of awkward Python, as data: pages under `tests/facts/` whose code says in
//! comments what `heaplint debug facts` tells about each line.
//!
//! `# topic: text` asserts that the topic tells exactly this text about the line; several stand
//! side by side with `;`. `# topic: -` asserts that it tells nothing. A block whose fence says
//! `python all=topic,topic` marks every line of which these topics tell something. A block may
//! hold other comments: only those that begin with a topic are markers.
//!
//! `PAGE=name cargo test --test facts` runs one page.

#![allow(unreachable_pub, reason = "a test target has no outside")]

mod support;

use std::collections::{BTreeMap, BTreeSet};

use heaplint::facts::describe::topics;
use heaplint::{Settings, Source, describe};
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::Ranged;
use support::{Block, Page, fact_pages};

/// What a topic says of a line.
type Lines = BTreeMap<(usize, String), BTreeSet<String>>;

fn marked(block: &Block) -> Lines {
    let known: BTreeSet<&str> = topics().collect();
    let source = Source::new("example.py", block.text.clone());
    let parsed = parse_unchecked(source.text(), ParseOptions::from(Mode::Module));
    let mut lines = Lines::new();
    for token in parsed.tokens().iter().filter(|token| token.kind() == TokenKind::Comment) {
        let line = source.position(token.start()).row;
        let comment = source.slice(token.range()).trim_start_matches('#').trim();
        for marker in comment.split("; ") {
            let Some((topic, text)) = marker.split_once(": ") else { continue };
            if known.contains(topic) {
                lines.entry((line, topic.to_owned())).or_default().insert(text.trim().to_owned());
            }
        }
    }
    lines
}

fn told(page: &Page, block: &Block) -> Lines {
    let source = Source::new("example.py", block.text.clone());
    let told = describe(&source, &Settings::default())
        .unwrap_or_else(|error| panic!("{}: {}", page.place(block), error.message));
    let mut lines = Lines::new();
    for fact in told {
        let line = source.position(fact.offset).row;
        lines.entry((line, fact.topic.to_owned())).or_default().insert(fact.text);
    }
    lines
}

/// What is wrong in a block, and how many assertions it makes.
fn check(page: &Page, block: &Block) -> (Vec<String>, usize) {
    let (marked, told) = (marked(block), told(page, block));
    let exhaustive: BTreeSet<&str> = block
        .info
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("all="))
        .flat_map(|list| list.split(','))
        .collect();
    let mut wrong = Vec::new();
    let mut asserted = 0;
    let empty = BTreeSet::new();
    for ((line, topic), texts) in &marked {
        let heard = told.get(&(*line, topic.clone())).unwrap_or(&empty);
        let none = texts.len() == 1 && texts.contains("-");
        asserted += texts.len();
        let holds = if none {
            heard.is_empty()
        } else if exhaustive.contains(topic.as_str()) {
            heard == texts
        } else {
            texts.is_subset(heard)
        };
        if !holds {
            let place = format!("{}:{}", page.path.display(), block.line + line);
            wrong.push(format!("{place}: {topic}: expected {texts:?}, told {heard:?}"));
        }
    }
    for ((line, topic), texts) in &told {
        if exhaustive.contains(topic.as_str()) && !marked.contains_key(&(*line, topic.clone())) {
            let place = format!("{}:{}", page.path.display(), block.line + line);
            wrong.push(format!("{place}: {topic}: not marked: {texts:?}"));
        }
    }
    (wrong, asserted)
}

#[test]
fn the_facts_are_as_the_pages_say() {
    let only = std::env::var("PAGE").ok();
    let mut wrong = Vec::new();
    let mut asserted = 0;
    for page in fact_pages() {
        if only.as_ref().is_some_and(|only| *only != page.name) {
            continue;
        }
        let before = asserted;
        for block in page.blocks.iter().filter(|block| block.info.starts_with("python")) {
            let (more, count) = check(&page, block);
            wrong.extend(more);
            asserted += count;
        }
        assert!(asserted > before, "{}: a page without an assertion", page.path.display());
    }
    assert!(asserted > 0, "no page of that name");
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}
