//! Shortcuts have slow twins: every fact of a file, told with the shortcuts and without them, is the
//! same, over the pages of this repository and over a part of Python's standard library.

#![allow(unreachable_pub, reason = "a test target has no outside")]

#[path = "support/library.rs"]
mod library;
mod support;

use std::fmt::Write as _;
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

/// Bodies of statements that part, meet and lead back in random ways.
struct Bodies(u64);

impl Bodies {
    fn below(&mut self, limit: u64) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % limit).unwrap()
    }

    fn name(&mut self) -> &'static str {
        ["a", "b", "c", "d"][self.below(4)]
    }

    /// An expression. `binds`: a walrus may stand in it.
    fn expr(&mut self, depth: u64, binds: bool) -> String {
        if depth == 0 {
            return ["a", "b", "c", "d", "1", "True", "0", "f(a)"][self.below(8)].to_owned();
        }
        let mut part = |binds| self.expr(depth - 1, binds);
        let (one, other, third) = (part(binds), part(binds), part(false));
        let (name, item) = (self.name(), self.name());
        match self.below(if binds { 14 } else { 12 }) {
            0 => format!("({one} and {other})"),
            1 => format!("({one} or {name} or {other})"),
            2 => format!("(not {one})"),
            3 => format!("({name} if {one} else {other})"),
            4 => format!("({name} < {one} < {other} < {item})"),
            5 => format!("[{name} for {item} in {third} if {one}]"),
            6 => format!("{{{name}: {one} for {item} in {third} for {name} in {item}}}"),
            7 => format!("({name} for {item} in {third} if {other})"),
            8 => format!("(lambda {name}={one}: {name} + {item})"),
            9 => format!("f({one}, {name}, *{other}, k={item})"),
            10 => format!("[{name}, {one}][{other}]"),
            11 => format!("f'{{{name}}} {{{item}:{{{name}}}}}'"),
            _ => format!("({name} := {one})"),
        }
    }

    fn block(&mut self, depth: u64, indent: usize, within: (bool, bool), text: &mut String) {
        for _ in 0..=self.below(3) {
            self.stmt(depth, indent, within, text);
        }
    }

    /// `within`: whether it stands in a loop, and in a function.
    fn stmt(&mut self, depth: u64, indent: usize, within: (bool, bool), text: &mut String) {
        let (pad, (in_loop, in_function)) = ("    ".repeat(indent), within);
        let (size, name, item) = (self.below(3) as u64, self.name(), self.name());
        let (one, other) = (self.expr(size, true), self.expr(size, true));
        let simple = match self.below(if depth == 0 { 16 } else { 30 }) {
            0..3 => format!("{name} = {one}"),
            3 => format!("{name}, [{item}, *c[{name}]] = {one}"),
            4 => format!("{name} += {one}"),
            5 => format!("{name}: {item} = {one}"),
            6 => format!("{name}: {one}"),
            7 => format!("del {name}"),
            8 => format!("import x as {name}, {item}.y"),
            9 => format!("assert {one}, {other}"),
            10 if in_loop => ["break", "continue"][self.below(2)].to_owned(),
            11 if in_function => format!("return {one}"),
            12 if self.below(3) == 0 => format!("raise {name} from {one}"),
            13 if self.below(4) == 0 => "exit()".to_owned(),
            choice @ 16.. => {
                let parts: Vec<(String, bool)> = match choice {
                    16..20 => vec![
                        (format!("if {one}:"), in_loop),
                        (format!("elif {other}:"), in_loop),
                        ("else:".to_owned(), in_loop),
                    ],
                    20 => vec![(format!("while {one}:"), true), ("else:".to_owned(), in_loop)],
                    21 | 22 => {
                        vec![(format!("for {name} in {one}:"), true), ("else:".to_owned(), in_loop)]
                    }
                    23 => {
                        vec![(format!("with open({one}) as {name}, {other} as {item}:"), in_loop)]
                    }
                    24 => vec![(format!("with open({one}) as {name}:"), in_loop)],
                    25 => {
                        writeln!(text, "{pad}match {one}:").unwrap();
                        let cases = [
                            format!("case [{name}, {item}, *_] if {other}:"),
                            format!("case f(1 as {name}, k={item}):"),
                            format!("case [1, {name}] | [{name}, 2]:"),
                            format!("case {{'k': {name}, **rest}}:"),
                        ];
                        for case in cases.iter().skip(self.below(4)) {
                            writeln!(text, "{pad}    {case}").unwrap();
                            self.block(depth - 1, indent + 2, within, text);
                        }
                        return;
                    }
                    26 if self.below(2) == 0 => {
                        vec![(format!("def {name}({item}={one}, *a: {other}):"), false)]
                    }
                    26 => vec![(format!("class {name}({item}, k={one}):"), false)],
                    _ => {
                        let (handled, done) = (self.below(3) > 0, self.below(3) > 0);
                        let mut parts = vec![("try:".to_owned(), in_loop)];
                        if handled {
                            parts.push((format!("except {item}:"), in_loop));
                            parts.push((format!("except f({other}) as e:"), in_loop));
                            parts.push(("else:".to_owned(), in_loop));
                        }
                        if done || !handled {
                            parts.push(("finally:".to_owned(), in_loop));
                        }
                        parts
                    }
                };
                // An `else` may be left out.
                let keep = if self.below(2) == 0 { parts.len() } else { 1 };
                let is_try = parts[0].0 == "try:";
                for (index, (head, in_loop)) in parts.into_iter().enumerate() {
                    if index < keep || is_try {
                        let function = head.starts_with("def ") || in_function;
                        let class = head.starts_with("class ");
                        writeln!(text, "{pad}{head}").unwrap();
                        let within = (in_loop, function && !class);
                        self.block(depth - 1, indent + 1, within, text);
                    }
                }
                return;
            }
            _ => format!("f({name}, {one})"),
        };
        writeln!(text, "{pad}{simple}").unwrap();
    }
}

#[test]
fn random_bodies_have_the_same_facts_without_shortcuts() {
    deep(|| {
        let mut bodies = Bodies(11);
        let (mut facts, mut files) = (0, 0);
        for number in 0..400 {
            let mut text = String::new();
            let is_module = number % 6 == 0;
            if !is_module {
                text.push_str("def g(a, b, c):\n");
            }
            bodies.block(4, usize::from(!is_module), (false, !is_module), &mut text);
            let source = Source::from_bytes(Path::new("a.py"), text.clone().into_bytes());
            let same = agree(&text, &source);
            facts += same;
            files += usize::from(same > 0);
        }
        println!("{files} files, {facts} facts");
        assert!(files > 300, "{files}");
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
