//! Shortcuts have slow twins: every fact of a file, told with the shortcuts and without them, is the
//! same, over the pages of this repository and over a part of Python's standard library.

#![allow(unreachable_pub, reason = "a test target has no outside")]

#[path = "support/library.rs"]
mod library;
mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use heaplint::facts::describe::{Told, describe};
use heaplint::facts::{Arena, Facts};
use heaplint::{Settings, Source};
use library::{deep, sample, stdlib};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};
use support::{root, skipped};

/// The sample of the library ends after so long.
const BOUND: Duration = Duration::from_mins(1);

/// What is told of a file, with or without shortcuts. `None` where it does not parse.
fn told(source: &Source, plain: bool) -> Option<Vec<Told>> {
    if !heaplint::parses(source, &Settings::default()) {
        return None;
    }
    let parsed = parse_unchecked(source.text(), ParseOptions::from(Mode::Module));
    let parsed = parsed.try_into_module()?;
    let arena = Arena::new();
    let facts = Facts::new(source, parsed.tokens(), parsed.syntax(), &arena);
    Some(describe(&if plain { facts.plainly() } else { facts }))
}

/// How many facts are the same, if all are.
fn agree(name: &str, source: &Source) -> usize {
    let (Some(fast), Some(slow)) = (told(source, false), told(source, true)) else { return 0 };
    let only = |these: &[Told], others: &[Told]| -> Vec<String> {
        let only = these.iter().filter(|it| others.binary_search(it).is_err());
        only.map(|it| format!("{}: {}: {}", source.position(it.offset).row, it.topic, it.text))
            .take(8)
            .collect()
    };
    assert!(
        fast == slow,
        "{name}\nonly with shortcuts: {:#?}\nonly without: {:#?}",
        only(&fast, &slow),
        only(&slow, &fast)
    );
    fast.len()
}

/// The Python blocks of a page.
fn blocks(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut open: Option<String> = None;
    for line in page.lines() {
        match &mut open {
            Some(_) if line.starts_with("```") => found.extend(open.take()),
            Some(text) => {
                text.push_str(line);
                text.push('\n');
            }
            None if line.starts_with("```python") => open = Some(String::new()),
            None => {}
        }
    }
    found
}

#[test]
fn the_pages_have_the_same_facts_without_shortcuts() {
    deep(|| {
        let (mut facts, mut files) = (0, 0);
        for directory in ["rules", "tests/facts"] {
            for entry in std::fs::read_dir(root().join(directory)).unwrap().flatten() {
                let name = entry.path().display().to_string();
                let page = std::fs::read_to_string(entry.path()).unwrap_or_default();
                for block in blocks(&page) {
                    facts +=
                        agree(&name, &Source::from_bytes(Path::new("a.py"), block.into_bytes()));
                    files += 1;
                }
            }
        }
        println!("{files} files, {facts} facts");
        assert!(facts > 20_000, "{facts}");
    });
}

/// Texts that shortcuts were made for, or that they could be wrong about: names with as many uses as
/// make an index, aliases before and behind, rings, names that collide in a filter.
#[test]
fn awkward_files_have_the_same_facts_without_shortcuts() {
    deep(|| {
        let reads = |count: usize| "    print(xs)\n".repeat(count);
        let step = |at: usize| format!("def f{at}(n):\n    return f{}(n - 1)\n", (at + 1) % 40);
        let ring = (0..40).map(step).collect::<Vec<_>>().concat();
        let files = [
            format!(
                "def f(a):\n    xs = [1]\n    before = xs\n{}    ys = [x for x in xs]\n    before.append(2)\n\
                 {}    for y in ys: print(y)\n    behind = xs\n    behind.append(3)\n    return xs\n",
                reads(80),
                reads(80)
            ),
            format!(
                "def f(a):\n    ys = [x for x in a]\n    a.append(1)\n    for y in ys: print(y)\n{}",
                "    zs = list(a)\n    for z in zs: print(z)\n".repeat(80)
            ),
            ring,
            "class Aab:\n    def acb(self): return self.adb()\n    def adb(self): return self.acb()\n    \
             def aeb(self): return self.next.aeb()\nclass Acb(Aab):\n    def afb(self): return super().acb()\n\
             g = Acb.afb\nAab().adb()\nh = getattr(Aab(), 'a' + 'cb')\n"
                .to_owned(),
            "xs = [y for y in [z for z in [(w := v) for v in range(9)] if (u := z)] if y]\n\
             ys = [await a for b in [await c for c in d]]\nzs = list(locals() for a in [locals() for b in c])\n"
                .to_owned(),
            format!("def f(x):\n    t = ''\n    for y in x:\n{}    return t\n", "        t = t + y\n".repeat(90)),
        ];
        for (at, text) in files.into_iter().enumerate() {
            let source = Source::from_bytes(Path::new("a.py"), text.into_bytes());
            assert!(agree(&format!("text {at}"), &source) > 5, "text {at}");
        }
    });
}

#[test]
fn the_library_has_the_same_facts_without_shortcuts() {
    deep(|| {
        let Some(files) = stdlib() else {
            skipped("no python3 on the path");
            return;
        };
        let begun = Instant::now();
        let (mut facts, mut read) = (0, 0);
        for path in sample(files, 11) {
            if begun.elapsed() > BOUND && std::env::var_os("HEAPLINT_ALL").is_none() {
                break;
            }
            let Ok(bytes) = std::fs::read(&path) else { continue };
            facts += agree(&path.display().to_string(), &Source::from_bytes(&path, bytes));
            read += 1;
        }
        println!("{read} files, {facts} facts");
        assert!(facts > 1_000, "{facts}");
    });
}
