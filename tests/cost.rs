//! Sizes against reality: what is claimed of the values on the pages of sizes is compared with
//! what Python says of them, and every number of the table of object sizes is measured again.
//!
//! Needs a `python3`, and NumPy for the blocks that import it; says loudly what it skips.
//! `PYTHON=python3.13 cargo test --test cost` asks another one.

#![allow(unreachable_pub, reason = "a test target has no outside")]

mod support;

use std::fmt::Write as _;
use std::process::Command;

use heaplint::catalog::objects::SAMPLES;
use heaplint::facts::cost::growth::{self, Filled};
use heaplint::facts::cost::instance_bytes;
use heaplint::{Settings, Source, describe};
use ruff_python_ast::PythonVersion;
use serde_json::{Value, json};
use support::{fact_pages, root, skipped, update};

const VERSIONS: [u8; 3] = [11, 12, 13];

fn python() -> String {
    std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// The version of the Python at hand.
fn version() -> Option<PythonVersion> {
    let print = "import sys; print(*sys.version_info[:2])";
    let output = Command::new(python()).args(["-c", print]).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let (major, minor) = text.trim().split_once(' ')?;
    let version = PythonVersion { major: major.parse().ok()?, minor: minor.parse().ok()? };
    if version < PythonVersion::PY311 || version > PythonVersion::PY313 {
        skipped(&format!("sizes are known of Python 3.11 to 3.13, this is {version}"));
        return None;
    }
    Some(version)
}

fn run(arguments: &[&str]) {
    let output = Command::new(python())
        .arg("benches/object_sizes.py")
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    println!("{said}");
    let trouble = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "\n{said}{trouble}");
}

/// `low..high`, or `low..` where nothing is known of the upper end.
fn bounds(text: &str) -> Value {
    match text.split_once("..") {
        Some((low, high)) => json!([low.parse::<u64>().unwrap(), high.parse::<u64>().ok()]),
        None => Value::Null,
    }
}

#[test]
fn what_is_claimed_of_values_holds() {
    let Some(version) = version() else {
        skipped("no Python of which sizes are known; nothing was compared");
        return;
    };
    let mut blocks = Vec::new();
    let mut settings = Settings::default();
    settings.target_version = version;
    for page in fact_pages().iter().filter(|page| page.name.starts_with("cost")) {
        for block in &page.blocks {
            if !block.info.split_whitespace().any(|word| word == "run") {
                continue;
            }
            let source = Source::new("example.py", block.text.clone());
            let told = describe(&source, &settings).unwrap();
            let claims: Vec<Value> = told
                .iter()
                .filter(|fact| fact.topic == "bytes")
                .filter(|fact| {
                    // The value of an assignment, not an argument inside it.
                    let start = usize::from(fact.offset);
                    let line = block.text[..start].rfind('\n').map_or(0, |at| at + 1);
                    let before = &block.text[line..start];
                    before.ends_with("= ") && !before.contains('(')
                })
                .map(|fact| {
                    let words: Vec<&str> = fact.text.split(' ').collect();
                    let [_, own, _, held, _, length] = words[..] else { panic!("{}", fact.text) };
                    json!({
                        "line": source.position(fact.offset).row,
                        "own": bounds(own), "held": bounds(held), "length": bounds(length),
                    })
                })
                .collect();
            blocks.push(json!({
                "place": format!("{}:{}", page.path.display(), block.line),
                "code": block.text, "claims": claims,
            }));
        }
    }
    assert!(!blocks.is_empty());
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), serde_json::to_string(&blocks).unwrap()).unwrap();
    run(&["--claims", file.path().to_str().unwrap()]);
}

/// Lengths at which the growth of containers is stated: all short ones, and around the steps.
fn lengths() -> Vec<u64> {
    let mut lengths: Vec<u64> = (0..70).collect();
    for step in [85, 170, 341, 682, 1365, 2730, 5461, 10922, 21845, 30000, 43690, 60000, 100_000] {
        lengths.extend([step, step + 1]);
    }
    lengths
}

/// How a container is made, and what it takes by version.
type Way = (&'static str, fn(u64, u8) -> u64);

const WAYS: &[Way] = &[
    ("[None] * {n}", |n, v| growth::list(n, Filled::Exactly, v)),
    ("list(range({n}))", |n, v| growth::list(n, Filled::Sized, v)),
    ("sorted(range({n}))", |n, v| growth::list(n, Filled::Sized, v)),
    ("list(set(range({n})))", |n, v| growth::list(n, Filled::Hashed, v)),
    ("sorted(set(range({n})))", |n, v| growth::list(n, Filled::Hashed, v)),
    ("list(dict.fromkeys(range({n})))", |n, v| growth::list(n, Filled::Hashed, v)),
    ("list(dict.fromkeys(range({n})).items())", |n, v| growth::list(n, Filled::Hashed, v)),
    ("list(map(abs, range({n})))", |n, v| growth::list(n, Filled::Unsized, v)),
    ("sorted(x for x in range({n}))", |n, v| growth::list(n, Filled::Unsized, v)),
    ("[x for x in range({n})]", |n, v| growth::list(n, Filled::Appended, v)),
    ("tuple(range({n}))", |n, _| 40 + 8 * n),
    ("set(range({n}))", |n, _| growth::set_added(n)),
    ("{x for x in range({n})}", |n, _| growth::set_added(n)),
    ("set(set(range({n})))", |n, _| growth::set_merged(n)),
    ("set(dict.fromkeys(range({n})))", |n, _| growth::set_merged(n)),
    ("frozenset(range({n}))", |n, _| growth::set_added(n)),
    ("{x: 0 for x in range({n})}", |n, _| growth::dict(n, false)),
    ("{str(x): 0 for x in range({n})}", |n, _| growth::dict(n, true)),
    ("dict(zip(range({n}), range({n})))", |n, _| growth::dict(n, false)),
    ("__import__('collections').deque(range({n}))", |n, _| growth::deque(n)),
    ("bytes({n})", |n, _| 33 + n),
    ("bytearray({n})", |n, _| growth::bytearray(n)),
    ("'a' * {n}", |n, v| growth::string(n, growth::Width::Ascii, v)),
];

fn snapshot() -> String {
    let mut text = "expression\t3.11\t3.12\t3.13\n".to_owned();
    for (expression, [a, b, c]) in SAMPLES {
        writeln!(text, "{expression}\t{a}\t{b}\t{c}").unwrap();
    }
    for (way, size) in WAYS {
        for length in lengths() {
            let expression = way.replace("{n}", &length.to_string());
            let [a, b, c] = VERSIONS.map(|minor| size(length, minor));
            writeln!(text, "{expression}\t{a}\t{b}\t{c}").unwrap();
        }
    }
    for attributes in [0, 1, 2, 4, 7, 12, 20] {
        for slotted in [false, true] {
            let [a, b, c] = VERSIONS.map(|minor| {
                let bytes = instance_bytes(attributes, minor);
                if slotted { bytes.slotted } else { bytes.open }
            });
            let python = if slotted { "True" } else { "False" };
            writeln!(text, "instance_bytes({attributes}, {python})\t{a}\t{b}\t{c}").unwrap();
        }
    }
    text
}

#[test]
fn the_snapshot_of_the_table_is_fresh() {
    let path = root().join("snapshots/object_sizes.tsv");
    let fresh = snapshot();
    if std::fs::read_to_string(&path).is_ok_and(|known| known == fresh) {
        return;
    }
    assert!(update(), "{} is stale: run with HEAPLINT_UPDATE=1", path.display());
    support::rewrite(&path, fresh);
}

#[test]
fn the_table_is_what_is_measured() {
    if version().is_none() {
        skipped("no Python of which sizes are known; nothing was measured");
        return;
    }
    run(&["--check"]);
}
