//! Exact counts of the work done on pinned inputs: nodes, hook calls, allocations, peak bytes.
//! A change that makes heaplint do more work shows here as a diff.
//!
//! `HEAPLINT_UPDATE=1 cargo test --test counters` rewrites `snapshots/counters.txt`.

#![allow(unreachable_pub, reason = "a test target has no outside")]

mod support;

use std::fmt::Write as _;

use heaplint::rules::RULES;
use heaplint::{Settings, Source, analyze};
use support::{root, update};

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

/// A service module in miniature: imports, classes, methods, loops, comprehensions, annotations.
const PLAIN: &str = r#"
class Order{n}(Base):
    """An order."""

    limit: int = {n}

    def __init__(self, name: str, lines: list[str], *, owner=None, **extra):
        super().__init__(**extra)
        self.name = name
        self.lines = lines
        self.owner = owner or default_owner({n})

    def total(self, rates: dict[str, float]) -> float:
        result = 0.0
        for line in self.lines:
            kind, _, amount = line.partition(":")
            if kind in rates and amount.isdigit():
                result += rates[kind] * int(amount)
        return round(result, 2)

    async def send(self, client):
        try:
            async with client.session() as session:
                reply = await session.post(f"/orders/{n}/{{self.name}}", json=self.lines)
        except (OSError, ValueError) as error:
            log.warning("order %s: %s", self.name, error)
            return None
        return {{key: value for key, value in reply.items() if value is not None}}
"#;

/// What the rules look for, again and again.
const FINDINGS: &str = r#"
def job{n}(rows, config):
    total = sum([row.price for row in rows])
    count = len([row for row in rows if row.ok])
    state = copy.deepcopy(config)
    text = ""
    data = b""
    for row in rows:
        text = f"{{text}}{{row}}"
        data += row.payload
        state.changed += 1
    return total, count, state, text, data
"#;

fn inputs() -> Vec<(&'static str, String)> {
    let repeat = |template: &str, head: &str, times: usize| {
        let mut text = head.to_owned();
        for n in 0..times {
            let body = template.replace("{{", "\u{1}").replace("}}", "\u{2}");
            let body = body.replace("{n}", &n.to_string());
            text.push_str(&body.replace('\u{1}', "{").replace('\u{2}', "}"));
        }
        text
    };
    vec![
        ("empty", String::new()),
        (
            "plain",
            repeat(
                PLAIN,
                "import logging\nfrom base import Base\nlog = logging.getLogger(__name__)\n",
                50,
            ),
        ),
        ("findings", repeat(FINDINGS, "import copy\n", 50)),
        ("one long expression", format!("x = {}1\n", "1 + ".repeat(2000))),
    ]
}

#[test]
fn the_work_is_what_the_snapshot_says() {
    let settings = Settings::default();
    let mut text = String::from(
        "# Rewritten by HEAPLINT_UPDATE=1 cargo test --test counters\n\
         # Allocations and peak bytes are those of one analysis on a 64-bit machine.\n",
    );
    for (name, input) in inputs() {
        let source = Source::new("input.py", input);
        // The first analysis pays for what is built once.
        let counters = analyze(&source, &settings).counters;
        let profiler = dhat::Profiler::builder().testing().build();
        let before = dhat::HeapStats::get();
        let findings = analyze(&source, &settings).diagnostics.len();
        let after = dhat::HeapStats::get();
        drop(profiler);
        writeln!(text, "\n[{name}]").unwrap();
        writeln!(text, "source bytes = {}", source.text().len()).unwrap();
        writeln!(text, "nodes = {}", counters.nodes).unwrap();
        writeln!(text, "findings = {findings}").unwrap();
        writeln!(text, "allocations = {}", after.total_blocks - before.total_blocks).unwrap();
        writeln!(text, "peak bytes = {}", after.max_bytes - before.curr_bytes).unwrap();
        for (rule, calls) in RULES.iter().zip(&counters.hook_calls) {
            if *calls > 0 {
                writeln!(text, "hook calls of {} = {calls}", rule.spec.code).unwrap();
            }
        }
    }
    let path = root().join("snapshots/counters.txt");
    if update() {
        support::rewrite(&path, &text);
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "snapshots/counters.txt is stale; the counts are now\n{text}");
}
