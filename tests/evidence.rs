//! The evidence on the rule pages runs and holds, as does that on the page of what was refuted: each
//! side in a fresh isolated interpreter.
//!
//! `HEAPLINT_PYTHON` names another interpreter than `python3`. `HEAPLINT_UPDATE=1` records the
//! numbers in `snapshots/evidence.tsv`; a block without a recorded number fails the test.

#![allow(unreachable_pub, reason = "a test target has no outside")]

mod support;

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::Command;

use support::{Page, pages, refuted_page, root, skipped, update};

/// Runs `bad` or `good` of the block on standard input and prints one number.
///
/// `peak` is tracemalloc's peak in bytes during the call, `kept` the bytes that the returned value
/// still holds after a collection, `time` the best of three calls in nanoseconds.
const RUNNER: &str = r#"
import gc, sys, time
side, metric, block = sys.argv[1], sys.argv[2], sys.stdin.read()
space = {"__name__": "__evidence__"}
exec(compile(block, "evidence", "exec"), space)
run = space[side]
if metric == "time":
    best = None
    for _ in range(3):
        start = time.perf_counter_ns()
        run()
        spent = time.perf_counter_ns() - start
        best = spent if best is None else min(best, spent)
    print(best)
else:
    import tracemalloc
    gc.collect()
    tracemalloc.start()
    kept = run()
    if metric == "kept":
        gc.collect()
    print(tracemalloc.get_traced_memory()[1 if metric == "peak" else 0])
"#;

/// What is asserted of a ratio.
#[derive(Clone, Copy)]
enum Bound {
    /// The advice of a rule helps.
    AtLeast(f64),
    /// Popular advice does not.
    AtMost(f64),
}

impl Bound {
    /// Reads `peak>=2` or `peak<=1.1`: the metric and its bound.
    fn read(claim: &str) -> Option<(&str, Bound)> {
        let read = |operator, bound: fn(f64) -> Bound| {
            let (metric, number) = claim.split_once(operator)?;
            Some((metric, bound(number.parse().ok()?)))
        };
        read(">=", Bound::AtLeast).or_else(|| read("<=", Bound::AtMost))
    }

    fn holds(self, ratio: f64) -> bool {
        match self {
            Bound::AtLeast(bound) => ratio >= bound,
            Bound::AtMost(bound) => ratio <= bound,
        }
    }
}

impl std::fmt::Display for Bound {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Bound::AtLeast(bound) => write!(f, "{bound}"),
            Bound::AtMost(bound) => write!(f, "<={bound}"),
        }
    }
}

struct Claim {
    key: String,
    metric: String,
    bound: Bound,
    needs: Option<String>,
    block: String,
    place: String,
}

fn claims(page: &Page) -> Vec<Claim> {
    let mut claims = Vec::new();
    let evidence = page
        .blocks
        .iter()
        .filter_map(|block| block.info.strip_prefix("python evidence ").map(|role| (block, role)));
    for (index, (block, role)) in evidence.enumerate() {
        let place = page.place(block);
        let mut words = role.split_whitespace();
        let (metric, bound) = words
            .next()
            .and_then(Bound::read)
            .unwrap_or_else(|| panic!("{place}: no claim in `{role}`"));
        assert!(matches!(metric, "peak" | "kept" | "time"), "{place}: unknown metric `{metric}`");
        let needs = words.next().map(|word| {
            let module = word.strip_prefix("needs=");
            module.unwrap_or_else(|| panic!("{place}: unknown word `{word}`")).to_owned()
        });
        claims.push(Claim {
            key: format!("{} {}", page.name, index + 1),
            metric: metric.to_owned(),
            bound,
            needs,
            block: block.text.clone(),
            place,
        });
    }
    claims
}

fn python() -> Option<String> {
    let python = std::env::var("HEAPLINT_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let works = Command::new(&python).arg("--version").output();
    works.is_ok_and(|output| output.status.success()).then_some(python)
}

fn measure(python: &str, claim: &Claim, side: &str) -> Result<f64, String> {
    use std::process::Stdio;
    let mut child = Command::new(python)
        .args(["-I", "-c", RUNNER, side, &claim.metric])
        .env("PYTHONHASHSEED", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| error.to_string())?;
    child.stdin.take().unwrap().write_all(claim.block.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    text.trim().parse().map_err(|_| {
        format!("{}: {side}() failed:\n{}", claim.place, String::from_utf8_lossy(&output.stderr))
    })
}

#[test]
fn the_evidence_holds() {
    let Some(python) = python() else {
        assert!(std::env::var_os("CI").is_none(), "CI needs python3 for the evidence");
        return skipped("the evidence: there is no python3");
    };
    let print = "import platform; print(platform.python_version())";
    let version = Command::new(&python).args(["-I", "-c", print]).output().unwrap();
    let version = String::from_utf8_lossy(&version.stdout).trim().to_owned();

    let path = root().join("snapshots/evidence.tsv");
    let recorded = std::fs::read_to_string(&path).unwrap_or_default();
    let mut failures = Vec::new();
    let mut table = String::from("# Recorded by HEAPLINT_UPDATE=1 cargo test --test evidence\n");
    table.push_str("page block\tmetric\tat least\tmeasured\tbad\tgood\tpython\n");
    let mut ran = 0;
    for claim in pages().iter().chain([&refuted_page()]).flat_map(claims) {
        let row = format!("{}\t{}\t{}\t", claim.key, claim.metric, claim.bound);
        if let Some(module) = &claim.needs {
            let import =
                Command::new(&python).args(["-I", "-c", &format!("import {module}")]).output();
            if !import.is_ok_and(|output| output.status.success()) {
                skipped(&format!("{}: there is no {module}", claim.place));
                let kept = recorded.lines().find(|line| line.starts_with(&row));
                let _ = writeln!(table, "{}", kept.unwrap_or(&row));
                continue;
            }
        }
        match (measure(&python, &claim, "bad"), measure(&python, &claim, "good")) {
            (Ok(bad), Ok(good)) => {
                ran += 1;
                let ratio = bad / good.max(1.0);
                if !claim.bound.holds(ratio) {
                    failures.push(format!(
                        "{}: {} is {ratio:.2}x ({bad} to {good}), which breaks its bound of {}",
                        claim.place, claim.metric, claim.bound
                    ));
                }
                let _ = writeln!(table, "{row}{ratio:.1}\t{bad}\t{good}\t{version}");
            }
            (bad, good) => failures.extend(bad.err().into_iter().chain(good.err())),
        }
        if !update() && !recorded.lines().any(|line| line.starts_with(&row)) {
            failures.push(format!("{}: not recorded in snapshots/evidence.tsv", claim.place));
        }
    }
    if update() {
        support::rewrite(&path, table);
    }
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
    assert!(ran > 0, "no evidence ran");
}
