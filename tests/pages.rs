//! Every rule page is a test: its examples give exactly the marked diagnostics, its outputs are
//! what the program prints, its fixed blocks are what fixing gives.
//!
//! `HEAPLINT_UPDATE=1 cargo test --test pages` rewrites the `text output` blocks.

#![allow(unreachable_pub, reason = "a test target has no outside")]

mod support;

use std::collections::BTreeMap;

use heaplint::config::{Options, Settings};
use heaplint::emit::Format;
use heaplint::fix::Outcome;
use heaplint::rule::FixAvailability;
use heaplint::rules::RULES;
use heaplint::{Safety, Source, analyze, fix};
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::Ranged;
use support::{Block, Page, pages, rewrite, update};

/// The file name that rendered examples carry.
const EXAMPLE: &str = "example.py";

fn source(block: &Block) -> Source {
    Source::from_bytes(EXAMPLE, block.text.clone().into_bytes())
}

/// The settings that a section's `toml` block gives to the blocks after it.
struct Walk {
    section: String,
    settings: Settings,
}

impl Walk {
    fn new() -> Walk {
        Walk { section: String::new(), settings: all_rules(None) }
    }

    fn at(&mut self, page: &Page, block: &Block) -> &Settings {
        if self.section != block.section {
            self.section.clone_from(&block.section);
            self.settings = all_rules(None);
        }
        if block.info == "toml" {
            self.settings = all_rules(Some((page, block)));
        }
        &self.settings
    }
}

fn all_rules(toml: Option<(&Page, &Block)>) -> Settings {
    let mut options = match toml {
        None => Options::default(),
        Some((page, block)) => toml::from_str::<Options>(&block.text)
            .unwrap_or_else(|error| panic!("{}: {error}", page.place(block))),
    };
    if options.select.is_none() {
        options.select = Some(vec!["ALL".to_owned()]);
    }
    Settings::new(&options).unwrap()
}

/// The codes that a block's comments expect, by line.
fn expected(page: &Page, block: &Block) -> BTreeMap<usize, Vec<String>> {
    let mut lines: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let source = source(block);
    let text = source.text();
    let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module));
    for token in parsed.tokens().iter().filter(|token| token.kind() == TokenKind::Comment) {
        let comment = &text[token.range()];
        // A marker may stand behind another comment, which then is part of the same token.
        let Some(at) = comment.rfind("# error") else { continue };
        let marker = comment[at + "# error".len()..].trim();
        let codes = if marker.is_empty() {
            vec![page.field("code").to_owned()]
        } else {
            let list = marker
                .strip_prefix(": [")
                .and_then(|list| list.strip_suffix(']'))
                .unwrap_or_else(|| panic!("{}: marker `{comment}`", page.place(block)));
            list.split(',').map(|code| code.trim().to_owned()).collect()
        };
        lines.insert(source.position(token.start()).row, codes);
    }
    lines
}

fn found(block: &Block, settings: &Settings) -> BTreeMap<usize, Vec<String>> {
    let source = source(block);
    let mut lines: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for diagnostic in analyze(&source, settings).diagnostics {
        let row = source.position(diagnostic.range.start()).row;
        lines.entry(row).or_default().push(diagnostic.rule.spec.code.to_owned());
    }
    lines
}

/// All failures at once: a page is fixed in one go.
fn report(failures: &[String]) {
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}

fn only() -> Option<String> {
    std::env::var("PAGE").ok()
}

fn tested_pages() -> Vec<Page> {
    let only = only();
    pages().into_iter().filter(|page| only.as_ref().is_none_or(|name| *name == page.name)).collect()
}

#[test]
fn examples_have_exactly_the_marked_diagnostics() {
    let mut failures = Vec::new();
    for page in tested_pages() {
        let mut walk = Walk::new();
        for block in &page.blocks {
            let settings = walk.at(&page, block);
            if block.info != "python" {
                continue;
            }
            let (mut expected, mut found) = (expected(&page, block), found(block, settings));
            for codes in expected.values_mut().chain(found.values_mut()) {
                codes.sort();
            }
            let rows: std::collections::BTreeSet<usize> =
                expected.keys().chain(found.keys()).copied().collect();
            for row in rows {
                let (wanted, got) = (expected.get(&row), found.get(&row));
                if wanted != got {
                    failures.push(format!(
                        "rules/{}.md:{}: expected {:?}, found {:?}: {}",
                        page.name,
                        block.line + row,
                        wanted.unwrap_or(&Vec::new()),
                        got.unwrap_or(&Vec::new()),
                        block.text.lines().nth(row - 1).unwrap_or_default(),
                    ));
                }
            }
        }
    }
    report(&failures);
}

#[test]
fn outputs_are_what_is_printed() {
    let mut failures = Vec::new();
    for page in tested_pages() {
        let mut walk = Walk::new();
        let mut text = page.text.clone();
        let mut example: Option<&Block> = None;
        let mut edits = Vec::new();
        for block in &page.blocks {
            let settings = walk.at(&page, block);
            match block.info.as_str() {
                "python" => example = Some(block),
                "text output" => {
                    let Some(example) = example else {
                        failures.push(format!("{}: no example before it", page.place(block)));
                        continue;
                    };
                    let source = source(example);
                    let diagnostics = analyze(&source, settings).diagnostics;
                    let rendered = Format::Full.file(&source, &diagnostics, false);
                    let rendered: String = rendered
                        .trim_end()
                        .lines()
                        .flat_map(|line| [line.trim_end(), "\n"])
                        .collect();
                    if rendered != block.text {
                        failures.push(format!("{}: stale output", page.place(block)));
                        edits.push((block.range.clone(), rendered));
                    }
                }
                _ => {}
            }
        }
        if update() {
            for (range, rendered) in edits.into_iter().rev() {
                text.replace_range(range, &rendered);
            }
            if text != page.text {
                rewrite(&page.path, text);
            }
        }
    }
    report(&failures);
}

#[test]
fn fixed_blocks_are_what_fixing_gives() {
    let mut failures = Vec::new();
    for page in tested_pages() {
        let mut walk = Walk::new();
        let mut example: Option<&Block> = None;
        for block in &page.blocks {
            let settings = walk.at(&page, block);
            let up_to = match block.info.as_str() {
                "python" => {
                    example = Some(block);
                    continue;
                }
                "python fixed" => Safety::Unsafe,
                "python fixed safe" => Safety::Safe,
                _ => continue,
            };
            let Some(example) = example else {
                failures.push(format!("{}: no example before it", page.place(block)));
                continue;
            };
            let fixed = fix(&source(example), settings, up_to);
            if fixed.source.text() != block.text {
                failures.push(format!(
                    "{}: fixing gives\n{}",
                    page.place(block),
                    fixed.source.text()
                ));
            }
        }
    }
    report(&failures);
}

/// Fixing converges, gives what parses, is idempotent, and a safe fix keeps every comment but the
/// suppressions that it is there to delete.
#[test]
fn fixing_any_example_is_sound() {
    let mut failures = Vec::new();
    for page in tested_pages() {
        let mut walk = Walk::new();
        for block in &page.blocks {
            let settings = walk.at(&page, block).clone();
            if block.info != "python" {
                continue;
            }
            for up_to in [Safety::Safe, Safety::Unsafe] {
                let before = source(block);
                let fixed = fix(&before, &settings, up_to);
                let place = page.place(block);
                if !matches!(fixed.outcome, Outcome::Converged) {
                    failures.push(format!("{place}: {up_to:?}: {:?}", fixed.outcome));
                }
                if !fix(&fixed.source, &settings, up_to).applied.is_empty() {
                    failures.push(format!("{place}: {up_to:?}: not idempotent"));
                }
                if heaplint::parses(&before, &settings)
                    && !heaplint::parses(&fixed.source, &settings)
                {
                    failures.push(format!("{place}: {up_to:?}: does not parse"));
                }
                if up_to == Safety::Safe && comments(before.text()) != comments(fixed.source.text())
                {
                    failures.push(format!("{place}: a safe fix changed the comments"));
                }
            }
        }
    }
    report(&failures);
}

/// The comments of a text without suppressions.
fn comments(text: &str) -> Vec<String> {
    let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module));
    let comments = parsed.tokens().iter().filter(|token| token.kind() == TokenKind::Comment);
    let is_suppression = |part: &&str| part.starts_with("heaplint:") || part.starts_with("noqa");
    comments
        .flat_map(|token| text[token.range()].split('#').map(str::trim))
        .filter(|part| !part.is_empty() && !is_suppression(part))
        .map(str::to_owned)
        .collect()
}

/// A rule offers no fix that is safer than its page says, and one that is as safe somewhere.
#[test]
fn fixes_are_as_safe_as_the_front_matter_says() {
    let mut failures = Vec::new();
    for page in tested_pages() {
        let rule = RULES.iter().find(|rule| rule.spec.name == page.name).unwrap();
        let mut walk = Walk::new();
        let mut safest = FixAvailability::None;
        for block in &page.blocks {
            let settings = walk.at(&page, block);
            if block.info != "python" {
                continue;
            }
            for diagnostic in analyze(&source(block), settings).diagnostics {
                if diagnostic.rule.spec.code != rule.spec.code {
                    continue;
                }
                match diagnostic.fix.as_ref().map(heaplint::fix::Fix::safety) {
                    Some(Safety::Safe) => safest = FixAvailability::Safe,
                    Some(Safety::Unsafe) if safest == FixAvailability::None => {
                        safest = FixAvailability::Unsafe;
                    }
                    _ => {}
                }
            }
        }
        if safest != rule.spec.fix {
            failures.push(format!(
                "rules/{}.md: says `fix: {}`, offers {}",
                page.name,
                rule.spec.fix.as_str(),
                safest.as_str()
            ));
        }
    }
    report(&failures);
}

/// What every page must have, so that a reader knows where to look.
#[test]
fn pages_have_their_parts() {
    let mut failures = Vec::new();
    for page in tested_pages() {
        let mut need = |ok: bool, what: &str| {
            if !ok {
                failures.push(format!("rules/{}.md: no {what}", page.name));
            }
        };
        let python = |block: &&Block| block.info == "python";
        need(
            page.blocks.iter().filter(python).any(|block| !expected(&page, block).is_empty()),
            "offending example",
        );
        need(
            page.blocks
                .iter()
                .filter(python)
                .any(|block| block.section == "Quiet" && expected(&page, block).is_empty()),
            "quiet example under `## Quiet`",
        );
        let evidence = page.blocks.iter().any(|block| block.info.starts_with("python evidence"));
        need(evidence || page.text.contains("\n## No evidence\n"), "evidence");
        need(page.text.contains("\n## Sources\n"), "`## Sources`");
        let summary = page.field("summary");
        need(
            !summary.ends_with('.') && summary.starts_with(|c: char| !c.is_uppercase()),
            "summary in lower case without a final period",
        );
        for block in &page.blocks {
            let known = matches!(
                block.info.as_str(),
                "python" | "python fixed" | "python fixed safe" | "text output" | "toml"
            ) || block.info.starts_with("python evidence ")
                || matches!(block.info.as_str(), "console" | "text");
            need(known, &format!("known role for `{}` in line {}", block.info, block.line));
        }
    }
    report(&failures);
}
