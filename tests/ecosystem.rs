//! Fixing real code: the standard library of the python3 that is here.
//!
//! Every fix converges, gives what parses and compiles, and is idempotent; a safe fix keeps every
//! comment. `HEAPLINT_TREE=path cargo test --test ecosystem` takes another tree.

#![allow(unreachable_pub, reason = "a test target has no outside")]

mod support;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use heaplint::cli::STACK;
use heaplint::config::{Options, Projects, Settings};
use heaplint::discover::{Walk, discover};
use heaplint::fix::Outcome;
use heaplint::{Safety, Source, fix};
use rayon::prelude::*;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use ruff_text_size::Ranged;
use support::skipped;

fn tree() -> Option<PathBuf> {
    if let Some(tree) = std::env::var_os("HEAPLINT_TREE") {
        return Some(tree.into());
    }
    let print = "import sysconfig; print(sysconfig.get_paths()['stdlib'])";
    let output = Command::new("python3").args(["-c", print]).output().ok()?;
    Some(String::from_utf8(output.stdout).ok()?.trim().into())
}

/// The comments of a text, whatever the layout.
fn comments(text: &str) -> Vec<String> {
    let parsed = parse_unchecked(text, ParseOptions::from(Mode::Module));
    let tokens = parsed.tokens().iter().filter(|token| token.kind() == TokenKind::Comment);
    tokens.map(|token| text[token.range()].to_owned()).collect()
}

/// A path and a text.
type Text = (String, String);

/// What is wrong with fixing a source, and the fixed text where it differs.
fn check(source: &Source, settings: &Settings, up_to: Safety) -> (Vec<String>, Option<String>) {
    let mut wrong = Vec::new();
    let fixed = fix(source, settings, up_to);
    let mut report = |problem: &str| {
        wrong.push(format!("{}: {up_to:?}: {problem}", source.path().display()));
    };
    match &fixed.outcome {
        Outcome::Converged => {}
        Outcome::OutOfRounds => report("does not converge"),
        Outcome::Refused(rules) => report(&format!("refused: {rules:?}")),
    }
    if fixed.source.text() == source.text() {
        return (wrong, None);
    }
    if !fix(&fixed.source, settings, up_to).applied.is_empty() {
        report("is not idempotent");
    }
    if up_to == Safety::Safe && comments(source.text()) != comments(fixed.source.text()) {
        report("changes comments");
    }
    (wrong, Some(fixed.source.text().to_owned()))
}

#[test]
fn fixing_real_code_is_sound() {
    let Some(tree) = tree().filter(|tree| tree.is_dir()) else {
        skipped("there is no python3 here, and so no real code");
        return;
    };
    let projects = Projects::isolated();
    let found =
        discover(&[tree], &Arc::new(projects), Walk { threads: 2, respect_gitignore: true });
    let options = Options { select: Some(vec!["ALL".to_owned()]), ..Options::default() };
    let settings = Settings::new(&options).unwrap();
    let pool = rayon::ThreadPoolBuilder::new().stack_size(STACK).build().unwrap();
    let outcomes: Vec<(Vec<String>, Vec<Text>)> = pool.install(|| {
        found
            .jobs
            .par_iter()
            .map(|job| {
                let bytes = std::fs::read(&job.path).unwrap_or_default();
                let source = Source::from_bytes(&job.path, bytes);
                let (mut wrong, mut texts) = (Vec::new(), Vec::new());
                for up_to in [Safety::Safe, Safety::Unsafe] {
                    let (more, text) = check(&source, &settings, up_to);
                    wrong.extend(more);
                    texts.extend(text.map(|text| (job.path.display().to_string(), text)));
                }
                (wrong, texts)
            })
            .collect()
    });
    let wrong: Vec<String> = outcomes.iter().flat_map(|(wrong, _)| wrong.clone()).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let texts: Vec<&Text> = outcomes.iter().flat_map(|(_, texts)| texts).collect();
    let files: BTreeSet<&str> = texts.iter().map(|(path, _)| path.as_str()).collect();
    assert!(found.jobs.len() > 100, "only {} files", found.jobs.len());
    eprintln!("{} files, {} of them changed by some fix", found.jobs.len(), files.len());
    compiles(&texts);
}

/// Python compiles every text, warnings aside.
fn compiles(texts: &[&Text]) {
    let program = "import json, sys, warnings\n\
                   warnings.simplefilter('ignore')\n\
                   for path, text in json.load(sys.stdin):\n    \
                   compile(text, path, 'exec', dont_inherit=True)\n";
    let input = serde_json::to_vec(texts).unwrap();
    let mut child = Command::new("python3")
        .args(["-c", program])
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), &input).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
