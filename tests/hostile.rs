//! Hostile inputs. A row is a directory, a command line, and what must come out; each row runs in every text format
//! and in JSON. Whatever it expects, a row also fails on a crash, a hang, panic text, a control character on the
//! terminal, or more than 64 KiB of output: see `Case::check`.
//!
//! In a file's content `HIT` stands for an expression with one MEM101, four columns after where it starts.
//! Rows without `args` check the current directory; rows without `finds` expect silence and exit code 0.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

const HIT: &[u8] = b"sum([x for x in xs])";
const LINE: &str = "def f(xs): return HIT\n";
const MEBIBYTE: usize = 1 << 20;

#[test]
#[rustfmt::skip]
fn the_contract() {
    check_all([
        case("one finding").py("def f(xs):\n    return HIT\n").finds(["a.py:2:16 MEM101"]),
        case("a clean file").py("x = 1\n"),
        case("info alone does not fail").py("import copy\ndef f(x):\n    return copy.deepcopy(x)\n")
            .finds(["a.py MEM303"]).exit(0),
        case("info beside a warning").py("import copy\ndef f(x):\n    return copy.deepcopy(x)\ndef g(xs): return HIT\n")
            .finds(["a.py MEM303", "a.py:4:23 MEM101"]),
        case("several files, in the order of their paths").file("b.py", LINE).file("a/z.py", LINE).file("c.py", LINE)
            .finds(["a/z.py:1:23 MEM101", "b.py:1:23 MEM101", "c.py:1:23 MEM101"]),
        case("--exit-zero").py(LINE).args(&["--exit-zero"]).finds(["a.py:1:23 MEM101"]).exit(0),
        case("-q still reports").py(LINE).args(&["-q"]).finds(["a.py:1:23 MEM101"]),
        case("--ignore").py(LINE).args(&["--ignore", "MEM101"]),
        case("--select something else").py(LINE).args(&["--select", "MEM303"]),
        case("--select ALL on nothing").py("x = 1\n").args(&["--select", "ALL"]),
        case("a syntax error").py("x = 1\nx = (\n").finds(["a.py MEM000"]),
        case("only the first syntax error").py("def f(:\n  x = = 1\n ) (\nclass class:\n").finds(["a.py MEM000"]),
        case("a syntax error beside a good file").py("x = (\n").file("b.py", LINE)
            .finds(["a.py MEM000", "b.py:1:23 MEM101"]),
        case("too new for the target").py("match x:\n    case 1: pass\n").args(&["--target-version", "3.9"])
            .finds(["a.py MEM000"]),
        case("new enough for the target").py("match x:\n    case 1: pass\n").args(&["--target-version", "3.10"]),
        case("a missing file beside a good one").py(LINE).args(&["a.py", "missing.py"])
            .finds(["a.py:1:23 MEM101", "missing.py MEM003"]).exit(2),
        case("nothing but a missing file").args(&["missing.py"]).finds(["missing.py MEM003"]).exit(2),
        case("an unknown flag").py(LINE).args(&["--no-such-flag"]).says("--no-such-flag").exit(2),
        case("an unknown format").py(LINE).args(&["--output-format", "runes"]).says("runes").exit(2),
        case("an unknown colour").py(LINE).args(&["--color", "sometimes"]).says("sometimes").exit(2),
        case("an unknown number of threads").py(LINE).args(&["--threads", "many"]).says("many").exit(2),
        case("an unknown version").py(LINE).args(&["--target-version", "2.7"]).says("2.7").exit(2),
        case("an unknown rule").py(LINE).args(&["--select", "MEM101,ZZZ9"]).says("ZZZ9").exit(2),
        case("an unknown rule, and where it came from").py(LINE).args(&["--select", "ZZZ9"]).says("from the CLI").exit(2),
    ]);
}

#[test]
#[rustfmt::skip]
fn encodings() {
    check_all([
        case("no cookie, not UTF-8").py(b"# caf\xe9\ndef f(xs): return HIT\n").finds(["a.py MEM003"]),
        case("a bad file beside a good one").py(b"# \xe9\n").file("b.py", LINE).finds(["a.py MEM003", "b.py:1:23 MEM101"]),
        case("latin-1 before a finding").py(b"# -*- coding: latin-1 -*-\n# \xe9\ndef f(xs): return HIT # \xe9\n")
            .finds(["a.py:3:23 MEM101"]),
        case("latin-1 on the line of a finding").py(b"# coding: latin-1\ndef f(xs): return '\xe9', HIT\n")
            .finds(["a.py:2:28 MEM101"]),
        case("latin-1 in another spelling").py(b"# vim: set fileencoding=ISO_8859-1 :\ndef f(xs): return '\xe9', HIT\n")
            .finds(["a.py:2:28 MEM101"]),
        case("latin-1 as Emacs says it").py(b"# -*- coding: iso-latin-1-unix -*-\ndef f(xs): return '\xe9', HIT\n")
            .finds(["a.py:2:28 MEM101"]),
        case("UTF-8 as Emacs says it").py("# -*- coding: utf-8-unix -*-\ndef f(xs): return 'é', HIT\n")
            .finds(["a.py:2:28 MEM101"]),
        case("latin-1 and CRLF").py(b"# coding: latin-1\r\ndef f(xs): return '\xe9', HIT\r\n").finds(["a.py:2:28 MEM101"]),
        case("cp1252").py(b"# coding: cp1252\ndef f(xs): return '\x80\x93', HIT\n").finds(["a.py:2:29 MEM101"]),
        case("shift_jis, where half a character is a backslash")
            .py(b"# coding: shift_jis\ndef f(xs): return '\x95\x5c', HIT\n").finds(["a.py:2:28 MEM101"]),
        case("utf-8-sig with a BOM").py("\u{feff}# coding: utf-8-sig\ndef f(xs): return 'é', HIT\n")
            .finds(["a.py:2:28 MEM101"]),
        case("utf-8-sig without one").py("# coding: utf-8-sig\ndef f(xs): return 'é', HIT\n").finds(["a.py:2:28 MEM101"]),
        case("a BOM and a finding on line 1").py("\u{feff}def f(xs): return HIT\n").finds(["a.py:1:23 MEM101"]),
        case("a BOM and an agreeing cookie").py("\u{feff}# coding: utf-8\ndef f(xs): return 'é', HIT\n")
            .finds(["a.py:2:28 MEM101"]),
        // Python refuses this file.
        case("a BOM and a contradicting cookie").py("\u{feff}# coding: latin-1\ndef f(xs): return HIT\n")
            .finds(["a.py MEM003"]).or(["a.py MEM000"]),
        case("nothing but a BOM").py("\u{feff}"),
        case("a cookie that the bytes contradict").py(b"# coding: utf-8\n# \xe9\ndef f(xs): return HIT\n")
            .finds(["a.py MEM003"]),
        case("an unknown codec").py("# coding: klingon\ndef f(xs): return HIT\n").finds(["a.py MEM003"]),
        case("a codec that is not text").py("# coding: rot13\ndef f(xs): return HIT\n").finds(["a.py MEM003"]),
        case("a cookie below a shebang").py(b"#!/usr/bin/env python3\n# coding: latin-1\ndef f(xs): return '\xe9', HIT\n")
            .finds(["a.py:3:28 MEM101"]),
        case("a cookie below an empty line").py(b"\n# coding: latin-1\ndef f(xs): return '\xe9', HIT\n")
            .finds(["a.py:3:28 MEM101"]),
        case("a cookie on line 3 is a comment").py("#!/usr/bin/env python3\n#\n# coding: klingon\ndef f(xs): return HIT\n")
            .finds(["a.py:4:23 MEM101"]),
        case("a cookie below code is a comment").py("x = 1\n# coding: klingon\ndef f(xs): return HIT\n")
            .finds(["a.py:3:23 MEM101"]),
        case("UTF-16, little end first").py(utf16(u16::to_le_bytes)).finds(["a.py MEM003"]).or(["a.py MEM000"]),
        case("UTF-16, big end first").py(utf16(u16::to_be_bytes)).finds(["a.py MEM003"]).or(["a.py MEM000"]),
        case("a NUL in a string").py("x = '\0'\ndef f(xs): return HIT\n").finds(["a.py MEM000"]),
        case("a NUL in a comment").py("# \0\ndef f(xs): return HIT\n").finds(["a.py MEM000"]),
        case("nothing but NULs").py([0; 4096]).finds(["a.py MEM000"]),
        case("a compiled file by the wrong name").py([0xa7, 0x0d, 0x0d, 0x0a, 0, 0, 0, 0, 0xe3, 0xff, 0xfe])
            .finds(["a.py MEM003"]).or(["a.py MEM000"]),
    ]);
}

#[test]
#[rustfmt::skip]
fn lines_and_columns() {
    check_all([
        case("an empty file").py(""),
        case("only comments").py("# one\n# two"),
        case("only blanks").py(" \t\n\x0c\n\r\n   "),
        case("no final newline").py("x = 1\ndef f(xs): return HIT").finds(["a.py:2:23 MEM101"]),
        case("CRLF").py("x = 1\r\n\r\ndef f(xs): return HIT\r\n").finds(["a.py:3:23 MEM101"]),
        case("lone CR").py("x = 1\r\rdef f(xs): return HIT\r").finds(["a.py:3:23 MEM101"]),
        case("CR, CRLF and LF").py("x = 1\ry = 2\r\nz = 3\n\r\rdef f(xs): return HIT\r\n").finds(["a.py:6:23 MEM101"]),
        case("CRLF and CR in a string").py("x = '''\r\n\r\n\r'''\ndef f(xs): return HIT\n").finds(["a.py:5:23 MEM101"]),
        case("a continued line and CRLF").py("x = 1 + \\\r\n    2\r\ndef f(xs): return \\\r\n    HIT\r\n")
            .finds(["a.py:4:9 MEM101"]),
        case("a form feed before the finding").py("x = 1\n\x0cdef f(xs): return HIT\n").finds(["a.py:2:24 MEM101"]),
        case("no line breaks, though `str.splitlines` says so")
            .py("# \x0b \x0c \x1c \x1d \x1e \u{85} \u{2028} \u{2029}\ndef f(xs): return HIT\n").finds(["a.py:2:23 MEM101"]),
        case("no line breaks in a string either")
            .py("def f(xs): return '\x0b\x0c\x1c\x1d\x1e\u{85}\u{2028}\u{2029}', HIT\n").finds(["a.py:1:35 MEM101"]),
        case("tabs").py("def f(xs):\n\treturn\tHIT\n").finds(["a.py:2:13 MEM101"]),
        case("an emoji").py("def f(xs): return '😀', HIT\n").finds(["a.py:1:28 MEM101"]),
        case("an emoji of five characters").py("def f(xs): return '👨\u{200d}👩\u{200d}👧', HIT\n").finds(["a.py:1:32 MEM101"]),
        case("a combining character").py("def f(xs): return 'e\u{301}', HIT\n").finds(["a.py:1:29 MEM101"]),
        case("wide characters").py("def f(xs): return '漢字', HIT\n").finds(["a.py:1:29 MEM101"]),
        case("names beyond ASCII").py("def große(xs): return HIT\n").finds(["a.py:1:27 MEM101"]),
        case("text from right to left")
            .py("def f(xs): return '\u{202e}\u{5e9}\u{5dc}\u{5d5}\u{5dd}\u{202c}', HIT\n").finds(["a.py:1:33 MEM101"]),
        case("ANSI escapes in a string").py("def f(xs): return '\x1b[31m', HIT\n").finds(["a.py:1:32 MEM101"]),
        case("ANSI escapes where they do not parse").py("x = \x1b[31m1\n").finds(["a.py MEM000"]),
        case("every control character").py("def f(xs): return '\x01\x02\x07\x08\x0e\x1b\x7f\u{9b}', HIT\n")
            .finds(["a.py:1:35 MEM101"]),
        case("a vertical tab in code").py("x = 1 \x0b\n").finds(["a.py MEM000"]),
        case("the end-of-file character of DOS").py("x = 1\n\x1a").finds(["a.py MEM000"]),
        case("a very long comment behind the finding").py(format!("def f(xs): return HIT  # {}\n", "é".repeat(MEBIBYTE)))
            .finds(["a.py:1:23 MEM101"]),
        case("a finding far to the right").py(format!("def f(xs): return '{}', HIT\n", "a".repeat(MEBIBYTE)))
            .finds([format!("a.py:1:{} MEM101", MEBIBYTE + 27)]),
        case("a finding amid wide characters")
            .py(format!("def f(xs): return '{0}', HIT, '{0}'\n", "😀".repeat(100_000))).finds(["a.py:1:100027 MEM101"]),
        case("a long line that does not parse").py(format!("x = '{}' = = 1\n", "é".repeat(MEBIBYTE)))
            .finds(["a.py MEM000"]),
    ]);
}

#[test]
#[rustfmt::skip]
fn depth_and_size() {
    let deep = |before: &str, count: usize, core: &str, after: &str| {
        format!("x = {}{core}{}\ndef f(xs): return HIT\n", before.repeat(count), after.repeat(count))
    };
    let blocks = |head: &str| {
        let lines = (0..90).map(|depth| " ".repeat(depth) + head + "\n");
        lines.chain([" ".repeat(90) + "pass\n" + LINE]).collect::<String>()
    };
    // A line that is too deep, above a good one, beside a good file.
    let refused = |name, deep: String| {
        case(name).py(deep).file("b.py", LINE).finds(["a.py MEM000", "b.py:1:23 MEM101"])
    };
    let many = |before: &str, count: usize, each: &dyn Fn(usize) -> String, after: &str| {
        let lines: String = (0..count).map(each).collect();
        format!("{LINE}{before}{lines}{after}\n")
    };
    let nested = |head: &dyn Fn(usize) -> String| {
        let lines: String = (0..1_000).map(|at| " ".repeat(at) + &head(at) + "\n").collect();
        format!("{LINE}{lines}{}pass\n", " ".repeat(1_000))
    };
    let filler = "def g(a, b):\n    return a.method(b, 'a line of code like any other: nothing to be found in it')\n";
    let copies = 10 * MEBIBYTE / filler.len() + 1;
    check_all([
        case("a sum of 20,000 terms").py(deep("1+", 20_000, "1", "")).finds(["a.py:2:23 MEM101"]),
        case("3,000 parentheses").py(deep("(", 3_000, "1", ")")).finds(["a.py:2:23 MEM101"]),
        case("3,000 brackets").py(deep("[", 3_000, "", "]")).finds(["a.py:2:23 MEM101"]),
        case("3,000 parentheses that stay open").py(deep("(", 3_000, "1", "")).finds(["a.py MEM000"]),
        // Here a parser may give up with a syntax error; nothing may crash.
        case("a list literal 5,000 deep").py(deep("[", 5_000, "1", "]")).finds(["a.py:2:23 MEM101"]).or(["a.py MEM000"]),
        case("2,000 times not").py(deep("not ", 2_000, "1", "")).finds(["a.py:2:23 MEM101"]),
        case("2,000 times minus").py(deep("-", 2_000, "1", "")).finds(["a.py:2:23 MEM101"]),
        case("2,000 lambdas").py(deep("lambda: ", 2_000, "1", "")).finds(["a.py:2:23 MEM101"]),
        case("2,000 conditional expressions").py(deep("1 if a else ", 2_000, "1", "")).finds(["a.py:2:23 MEM101"]),
        case("a dict literal 2,000 deep").py(deep("{1:", 2_000, "1", "}")).finds(["a.py:2:23 MEM101"]),
        case("a chain of 1,000 attributes").py(deep("", 1_000, "a", ".b")).finds(["a.py:2:23 MEM101"]),
        case("a chain of 10,000 calls").py(deep("", 10_000, "a", ".b()")).finds(["a.py:2:23 MEM101"]),
        case("3,000 subscripts").py(deep("", 3_000, "a", "[0]")).finds(["a.py:2:23 MEM101"]),
        case("90 functions, one in the other").py(blocks("def g():")).finds(["a.py:92:23 MEM101"]),
        case("90 conditions, one in the other").py(blocks("if a:")).finds(["a.py:92:23 MEM101"]),
        case("5,000 branches").py(format!("if a: pass\n{}{LINE}", "elif a: pass\n".repeat(5_000)))
            .finds(["a.py:5002:23 MEM101"]),
        refused("200,000 times not", deep("not ", 200_000, "a", "")),
        refused("200,000 parentheses", deep("(", 200_000, "a", ")")),
        refused("200,000 parentheses that stay open", deep("(", 200_000, "a", "")),
        refused("200,000 lambdas", deep("lambda a, b: ", 200_000, "a", "")),
        refused("200,000 conditional expressions", deep("1 if a else ", 200_000, "a", "")),
        refused("100,000 subscripts", deep("", 100_000, "a", "[0]")),
        refused("100,000 attributes", deep("", 100_000, "a", ".b")),
        refused("100,000 calls", deep("", 100_000, "a", ".b(1)")),
        refused("a sum of 50,000 terms", deep("a + ", 50_000, "a", "")),
        refused("30,000 comprehensions, one in the other", deep("[a for b in ", 30_000, "c", "]")),
        refused("30,000 dicts, one in the other", deep("{1: ", 30_000, "c", "}")),
        refused("30,000 patterns, one in the other",
            format!("match a:\n case {}b{}: pass\n", "[".repeat(30_000), "]".repeat(30_000))),
        case("15,000 subscripts").py(deep("", 15_000, "a", "[0]")).finds(["a.py:2:23 MEM101"]),
        case("15,000 attributes").py(deep("", 15_000, "a", ".b")).finds(["a.py:2:23 MEM101"]),
        case("2,000 generators, one in the other").py(deep("(a for b in ", 2_000, "c", ")"))
            .finds(["a.py:2:23 MEM101"]),
        case("10,000 branches with tests")
            .py(many("def g(a):\n    if a: b = 0\n", 10_000, &|at| format!("    elif a == {at}: b = {at}\n"), ""))
            .finds(["a.py:1:23 MEM101"]),
        case("20,000 statements in one function")
            .py(many("def g(a):\n", 20_000, &|at| format!("    b{} = a.c({at})\n", at % 100), "    return b1"))
            .finds(["a.py:1:23 MEM101"]),
        case("20,000 assignments to one name in a loop")
            .py(many("def g(a):\n    for b in a:\n", 20_000, &|at| format!("        c = h(c, {at})\n"), "    return c"))
            .finds(["a.py:1:23 MEM101"]),
        case("20,000 sums of a name and more").py(many("c = 0\n", 20_000, &|_| "c = c + 1\n".to_owned(), ""))
            .finds(["a.py:1:23 MEM101"]),
        case("5,000 functions that call each other in a ring")
            .py(many("", 5_000, &|at| format!("def g{at}(a):\n    return g{}(a)\n", (at + 1) % 5_000), ""))
            .finds(["a.py:1:23 MEM101"]),
        case("5,000 methods that call each other in a ring")
            .py(many("class A:\n", 5_000,
                &|at| format!("    def g{at}(self, a):\n        return self.g{}(a)\n", (at + 1) % 5_000), ""))
            .finds(["a.py:1:23 MEM101"]),
        case("5,000 names, each used everywhere")
            .py(many("def g():\n", 5_000, &|at| format!("    a{at} = {at}\n"),
                &many("", 5_000, &|at| format!("    h(a{at}, a{}, a{})\n", at * 7 % 5_000, at * 13 % 5_000), "").replace(LINE, "")))
            .finds(["a.py:1:23 MEM101"]),
        case("a dict literal of 2 MB").py(many("A = {\n", 50_000, &|at| format!("    'key{at}': [{at}, ('b', None)],\n"), "}"))
            .finds(["a.py:1:23 MEM101"]),
        case("10,000 decorators").py(many("", 10_000, &|_| "@a\n".to_owned(), "def g(): pass"))
            .finds(["a.py:1:23 MEM101"]),
        case("1,000 functions, one in the other").py(nested(&|at| format!("def g{at}(a):"))).finds(["a.py:1:23 MEM101"]),
        case("1,000 classes, one in the other").py(nested(&|at| format!("class A{at}:"))).finds(["a.py:1:23 MEM101"]),
        case("1,000 loops, one in the other").py(nested(&|at| format!("for a{at} in b:"))).finds(["a.py:1:23 MEM101"]),
        case("f-strings 5 deep").py(r#"def f(xs): return f"{f'{f"{f'{f"{HIT}"}'}"}'}""#).args(&["--target-version", "3.12"])
            .finds(["a.py:1:38 MEM101"]),
        case("a huge string").py(deep("", 1, &format!("'{}'", "a".repeat(5 * MEBIBYTE)), "")).finds(["a.py:2:23 MEM101"]),
        case("a huge string over many lines").py(deep("", 1, &format!("'''{}'''", "a\n".repeat(MEBIBYTE)), ""))
            .finds([format!("a.py:{}:23 MEM101", MEBIBYTE + 2)]),
        case("a string that never ends").py(format!("x = '''{}", "a\n".repeat(MEBIBYTE))).finds(["a.py MEM000"]),
        case("10 MiB of code and a finding").py(filler.repeat(copies) + LINE)
            .finds([format!("a.py:{}:23 MEM101", 2 * copies + 1)]),
    ]);
}

#[test]
#[rustfmt::skip]
fn discovery() {
    let ignoring = |name| case(name).file(".git/HEAD", "ref: refs/heads/main\n").file(".gitignore", "skipped.py\nout/\n")
        .py(LINE).file("skipped.py", LINE).file("out/b.py", LINE);
    let vendored = |name| case(name).file(".venv/lib/b.py", LINE).file("node_modules/b.py", LINE)
        .file("__pycache__/b.py", LINE).file("lib/site-packages/b.py", LINE).file(".git/hooks/b.py", LINE);
    check_all([
        case("nothing at all").says("warning: no Python files found"),
        case("no Python file").file("README.md", "x").file("a.txt", LINE).says("warning: no Python files found"),
        case(".pyi and .pyw").file("a.pyi", "x = (\n").file("b.pyw", LINE).finds(["a.pyi MEM000", "b.pyw:1:23 MEM101"]),
        case("an odd extension, if asked for").file("a.py.txt", LINE).args(&["a.py.txt"]).finds(["a.py.txt:1:23 MEM101"]),
        case("a script without extension, if asked for").file("tool", "#!/usr/bin/env python3\ndef f(xs): return HIT\n")
            .args(&["tool"]).finds(["tool:2:23 MEM101"]),
        case("a directory by the name of a file").file("pkg.py/a.py", LINE).finds(["pkg.py/a.py:1:23 MEM101"]),
        case("a name that starts with a dash").file("-v.py", LINE).args(&["--", "-v.py"]).finds(["-v.py:1:23 MEM101"]),
        case("a name with a space").file("a b.py", LINE).finds(["a b.py:1:23 MEM101"]),
        case("a name with signs").file("#%s{}'&.py", LINE).finds(["#%s{}'&.py:1:23 MEM101"]),
        case("a name beyond ASCII").file("größe 漢字 😀.py", LINE).finds(["größe 漢字 😀.py:1:23 MEM101"]),
        ignoring("ignored by git").finds(["a.py:1:23 MEM101"]),
        ignoring("ignored by git, but asked for").args(&["skipped.py"]).finds(["skipped.py:1:23 MEM101"]),
        vendored("other people's code").py(LINE).finds(["a.py:1:23 MEM101"]),
        vendored("nothing but other people's code").says("warning: no Python files found"),
        vendored("other people's code, asked for").args(&["node_modules/b.py"]).finds(["node_modules/b.py:1:23 MEM101"]),
    ]);
}

#[cfg(unix)]
#[test]
#[rustfmt::skip]
fn unix_files() {
    use std::os::unix::ffi::OsStrExt as _;
    use std::os::unix::{fs::symlink, net::UnixListener};

    fn fifo(path: PathBuf) {
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    }
    let not_unicode = PathBuf::from(std::ffi::OsStr::from_bytes(b"caf\xe9.py"));
    check_all([
        case("a name with a newline").file("a\nb.py", LINE).finds(["a\nb.py:1:23 MEM101"]),
        case("a name with an ANSI escape").file("\x1b[31ma.py", LINE).finds(["\x1b[31ma.py:1:23 MEM101"]),
        case("a name with `:1:2:`").file("a.py:1:2: b.py", LINE).finds(["a.py:1:2: b.py:1:23 MEM101"]),
        case("a directory that contains itself").py(LINE)
            .prepare(|root| symlink(".", root.join("loop")).unwrap()).finds(["a.py:1:23 MEM101"]),
        case("directories that contain each other").py(LINE).file("x/x.txt", "").file("y/y.txt", "").prepare(|root| {
            symlink("../y", root.join("x/y")).unwrap();
            symlink("../x", root.join("y/x")).unwrap();
        }).finds(["a.py:1:23 MEM101"]),
        case("a link to itself").py(LINE)
            .prepare(|root| symlink("b.py", root.join("b.py")).unwrap()).finds(["a.py:1:23 MEM101"]),
        case("a link to nothing").py(LINE).prepare(|root| symlink("nothing", root.join("b.py")).unwrap())
            .finds(["a.py:1:23 MEM101"]).or(["a.py:1:23 MEM101", "b.py MEM003"]),
        case("a link to nothing, asked for").prepare(|root| symlink("nothing", root.join("b.py")).unwrap())
            .args(&["b.py"]).finds(["b.py MEM003"]).exit(2),
        case("a link to a file").file("there/a.txt", LINE).file("here/c.py", "")
            .prepare(|root| symlink("../there/a.txt", root.join("here/b.py")).unwrap())
            .args(&["here"]).finds(["here/b.py:1:23 MEM101"]),
        case("a pipe, a link to it, a socket and a device").py(LINE).prepare(|root| {
            fifo(root.join("b.py"));
            symlink("b.py", root.join("c.py")).unwrap();
            UnixListener::bind(root.join("d.py")).unwrap();
            symlink("/dev/null", root.join("e.py")).unwrap();
        }).finds(["a.py:1:23 MEM101"]),
        case("nothing but a pipe").prepare(|root| fifo(root.join("b.py"))).says("warning: no Python files found"),
        case("a pipe, asked for").py(LINE).prepare(|root| fifo(root.join("b.py"))).args(&["a.py", "b.py"])
            .finds(["a.py:1:23 MEM101", "b.py MEM003"]),
    ]);
    if cfg!(target_os = "linux") {
        check_all([case("a name that is not Unicode").file(not_unicode, LINE).finds(["?:1:23 MEM101"])]);
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_may_not_be_read() {
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;

    let lock = |root: &Path| {
        fs::set_permissions(root.join("b.py"), fs::Permissions::from_mode(0o000)).unwrap();
    };
    let probe = directory();
    fs::write(probe.path().join("b.py"), "").unwrap();
    lock(probe.path());
    if fs::read(probe.path().join("b.py")).is_ok() {
        // Not `eprintln!`: the harness would swallow it.
        let why = "SKIPPED a_file_that_may_not_be_read: this user (root?) reads files of mode 000";
        writeln!(std::io::stderr(), "{why}").unwrap();
        return;
    }
    let locked = case("mode 000").py(LINE).file("b.py", LINE).prepare(lock);
    check_all([locked.finds(["a.py:1:23 MEM101", "b.py MEM003"])]);
}

#[test]
fn a_finding_in_every_format() {
    let root = directory();
    fs::write(root.path().join("a.py"), "def f(xs):\n    return sum([x for x in xs])\n").unwrap();

    let concise = check(root.path(), "concise", &[]).unwrap();
    let line = text(&concise.stdout);
    assert!(line.starts_with("a.py:2:16: MEM101 [*] "), "{line}");

    let json = check(root.path(), "json", &[]).unwrap();
    let document: Value = serde_json::from_slice(&json.stdout).unwrap();
    let finding = document[0].as_object().unwrap();
    for key in
        "code name family severity message filename cell location end_location fix url cost related"
            .split(' ')
    {
        assert!(finding.contains_key(key), "no {key} in {document:#}");
    }
    assert_eq!(finding["name"], "list-in-reduction");
    assert_eq!(finding["severity"], "warning");
    assert_eq!(finding["cell"], Value::Null);
    assert_eq!(finding["fix"]["applicability"], "safe");

    fs::write(root.path().join("a.py"), "x = 1\n").unwrap();
    let json = check(root.path(), "json", &[]).unwrap();
    assert_eq!(text(&json.stdout).trim(), "[]");
}

#[test]
fn no_command_is_a_request_for_help() {
    let root = directory();
    let output = run(&mut heaplint(root.path())).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(text(&output.stdout), "");
    assert!(text(&output.stderr).contains("Usage"), "{}", text(&output.stderr));
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    type Row = (&'static [&'static str], &'static [(&'static str, &'static str)], bool);
    const MATRIX: &[Row] = &[
        (&[], &[], false),
        (&["--color", "auto"], &[], false),
        (&["--color", "never"], &[], false),
        (&["--color", "always"], &[], true),
        (&[], &[("FORCE_COLOR", "1")], true),
        (&[], &[("FORCE_COLOR", "0")], false),
        (&[], &[("FORCE_COLOR", "")], false),
        (&[], &[("NO_COLOR", "1")], false),
        (&[], &[("NO_COLOR", "1"), ("FORCE_COLOR", "1")], false),
        (&[], &[("NO_COLOR", ""), ("FORCE_COLOR", "1")], true),
        (&["--color", "never"], &[("FORCE_COLOR", "1")], false),
        (&["--color", "always"], &[("NO_COLOR", "1")], true),
        (&["--color", "always", "--output-format", "json"], &[], false),
        (&["--output-format", "json"], &[("FORCE_COLOR", "1")], false),
        (&["--color", "always", "--output-format", "agent"], &[], false),
        (&["--color", "always", "--output-format", "markdown"], &[], false),
        (&["--color", "always", "--output-format", "grouped"], &[], true),
    ];
    let root = directory();
    fs::write(root.path().join("a.py"), expand(LINE.as_bytes())).unwrap();
    for (args, variables, coloured) in MATRIX {
        let output =
            run(heaplint(root.path()).arg("check").args(*args).envs(variables.iter().copied()))
                .unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?} {variables:?}");
        assert_eq!(
            output.stdout.contains(&0x1b),
            *coloured,
            "{args:?} {variables:?}:\n{}",
            text(&output.stdout)
        );
    }
}

#[test]
fn a_reader_that_leaves_early_hears_no_complaint() {
    let root = directory();
    fs::write(root.path().join("a.py"), expand(LINE.repeat(5_000).as_bytes())).unwrap();
    for format in FORMATS {
        let mut command = heaplint(root.path());
        command.args(["check", "--output-format", format]);
        let mut child = spawn(&mut command);
        let mut stdout = child.stdout.take().unwrap();
        let reader = thread::spawn(move || stdout.read_exact(&mut [0; 16])); // and drops its end
        let stderr = drain(child.stderr.take().unwrap());
        let status = wait(&mut child).unwrap();
        reader.join().unwrap().unwrap();
        assert!(matches!(exit_code(status), Some(0 | 1 | 141)), "{format}: {status}");
        assert_eq!(text(&stderr.join().unwrap()), "", "{format}");
    }
}

#[test]
fn output_does_not_depend_on_threads() {
    const CONTENTS: [&str; 5] = [
        "def f(xs): return HIT\ndef g(xs): return HIT, HIT\n",
        "import copy\ndef f(x): return copy.deepcopy(x)\n",
        "x = (\n",
        "# coding: klingon\n",
        "x = 1\n",
    ];
    let root = directory();
    for number in 0..300 {
        let folder = root.path().join(format!("d{}/e{}", number % 7, number % 3));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("f{number:03}.py")), expand(CONTENTS[number % 5].as_bytes()))
            .unwrap();
    }
    for format in FORMATS {
        let alone = check(root.path(), format, &["--threads", "1"]).unwrap();
        assert_eq!(alone.status.code(), Some(1), "{format}");
        for threads in ["8", "8", "2", "1"] {
            let output = check(root.path(), format, &["--threads", threads]).unwrap();
            assert!(output == alone, "{format} with {threads} threads differs from one thread");
        }
        if format == "json" {
            let found = findings(&alone.stdout, root.path()).unwrap();
            let places: Vec<_> =
                found.iter().map(|f| (&f.path, f.row, f.column, &f.code)).collect();
            assert_eq!(places.len(), 60 * (3 + 1 + 1 + 1));
            assert!(places.is_sorted(), "not in the order of path, line, column, code");
        }
    }
}

// ---- how a row is run ----

const FORMATS: [&str; 3] = ["full", "concise", "json"];
const TIMEOUT: Duration = Duration::from_mins(2);
const MOST_OUTPUT: usize = 64 << 10;

struct Case {
    name: &'static str,
    files: Vec<(PathBuf, Vec<u8>)>,
    prepare: fn(&Path),
    args: &'static [&'static str],
    /// What may be found: one list, or one of several. See `Finding::fits`.
    accepted: Vec<Vec<String>>,
    stderr: &'static str,
    /// Without it: 1 if a finding is a warning, else 0.
    exit: Option<i32>,
}

fn case(name: &'static str) -> Case {
    Case {
        name,
        files: vec![],
        prepare: |_| {},
        args: &[],
        accepted: vec![],
        stderr: "",
        exit: None,
    }
}

impl Case {
    fn py(self, content: impl AsRef<[u8]>) -> Self {
        self.file("a.py", content)
    }

    fn file(mut self, path: impl Into<PathBuf>, content: impl AsRef<[u8]>) -> Self {
        self.files.push((path.into(), expand(content.as_ref())));
        self
    }

    /// What files alone cannot say: links, pipes, permissions.
    fn prepare(self, prepare: fn(&Path)) -> Self {
        Self { prepare, ..self }
    }

    fn args(self, args: &'static [&'static str]) -> Self {
        Self { args, ..self }
    }

    fn finds<const N: usize>(mut self, findings: [impl Into<String>; N]) -> Self {
        self.accepted.push(findings.map(Into::into).into());
        self
    }

    fn or<const N: usize>(self, findings: [impl Into<String>; N]) -> Self {
        self.finds(findings)
    }

    fn says(self, stderr: &'static str) -> Self {
        Self { stderr, ..self }
    }

    fn exit(self, code: i32) -> Self {
        Self { exit: Some(code), ..self }
    }

    fn check(&self) -> Result<(), String> {
        let home = directory();
        let root = home.path();
        for (path, content) in &self.files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        (self.prepare)(root);

        let output = |format| check(root, format, self.args);
        let (full, concise, json) = (output("full")?, output("concise")?, output("json")?);
        let found = match json.stdout.as_slice() {
            [] if self.exit == Some(2) => vec![], // the command line was refused
            document => findings(document, root)?,
        };
        let fits = |wanted: &Vec<String>| {
            wanted.len() == found.len()
                && wanted.iter().zip(&found).all(|(wanted, finding)| finding.fits(wanted))
        };
        if !(self.accepted.iter().any(fits) || self.accepted.is_empty() && found.is_empty()) {
            return Err(format!("found {found:#?}\ninstead of one of {:?}", self.accepted));
        }

        let lines = text(&concise.stdout);
        let mut lines = lines.lines().filter(|line| line.contains(": MEM"));
        for finding in &found {
            let line = lines.next().unwrap_or_default();
            if !finding.is_told_by(line) {
                return Err(format!("the concise line is {line:?} for {finding:?}"));
            }
            if !text(&full.stdout).contains(&finding.code) {
                return Err(format!("the full format does not mention {finding:?}"));
            }
        }
        if let Some(line) = lines.next() {
            return Err(format!("the concise format has a finding more: {line:?}"));
        }

        let warns = found.iter().any(|finding| finding.severity != "info");
        let exit = self.exit.unwrap_or(i32::from(warns));
        for (format, output) in FORMATS.iter().zip([full, concise, json]) {
            let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
            if output.status.code() != Some(exit) {
                return Err(format!("{format}: {} instead of {exit}\n{stderr}", output.status));
            }
            if !stderr.contains(self.stderr) {
                return Err(format!("{format}: no {:?} in {stderr:?}", self.stderr));
            }
            let both = stdout + &stderr;
            if both.contains("panicked") {
                return Err(format!("{format}: {both}"));
            }
            if let Some(bad) = both.chars().find(|&c| c.is_control() && c != '\n' && c != '\t') {
                return Err(format!("{format}: {bad:?} gets through to the terminal"));
            }
            if both.len() > MOST_OUTPUT {
                return Err(format!("{format}: {} bytes of output", both.len()));
            }
        }
        Ok(())
    }
}

fn check_all(cases: impl IntoIterator<Item = Case>) {
    let verdict = |case: Case| Some(format!("{}: {}", case.name, case.check().err()?));
    let failures: Vec<String> = cases.into_iter().filter_map(verdict).collect();
    assert!(failures.is_empty(), "{} rows failed\n\n{}\n", failures.len(), failures.join("\n\n"));
}

#[derive(Debug)]
struct Finding {
    path: String,
    row: u64,
    column: u64,
    code: String,
    severity: String,
}

impl Finding {
    /// `a.py:2:16 MEM101`, `a.py MEM000` where the place does not matter, `?:2:16 MEM101` where the path cannot be told.
    fn fits(&self, wanted: &str) -> bool {
        let Self { path, row, column, code, .. } = self;
        wanted == format!("{path}:{row}:{column} {code}")
            || wanted == format!("{path} {code}") && *row > 0 && *column > 0
            || wanted == format!("?:{row}:{column} {code}")
    }

    fn is_told_by(&self, line: &str) -> bool {
        let place = format!(":{}:{}: {} ", self.row, self.column, self.code);
        // How such a path is shown is the format's own business.
        let odd = |c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER;
        if self.path.contains(odd) {
            line.contains(&place)
        } else {
            line.starts_with(&format!("{}{place}", self.path))
        }
    }
}

fn findings(document: &[u8], root: &Path) -> Result<Vec<Finding>, String> {
    let invalid = |why: String| format!("{why} in the JSON {:.2000}", text(document));
    let document: Vec<Value> =
        serde_json::from_slice(document).map_err(|error| invalid(error.to_string()))?;
    let finding = |value: &Value| {
        let path = Path::new(value["filename"].as_str()?);
        let path = path
            .strip_prefix(root)
            .unwrap_or(path)
            .to_str()?
            .replace(std::path::MAIN_SEPARATOR, "/");
        let (row, column) =
            (value["location"]["row"].as_u64()?, value["location"]["column"].as_u64()?);
        let (code, severity) =
            (value["code"].as_str()?.to_owned(), value["severity"].as_str()?.to_owned());
        Some(Finding { path, row, column, code, severity })
    };
    document
        .iter()
        .map(|value| finding(value).ok_or_else(|| invalid(format!("not a finding: {value}"))))
        .collect()
}

fn expand(content: &[u8]) -> Vec<u8> {
    let mut expanded = Vec::with_capacity(content.len() + HIT.len());
    let mut rest = content;
    while let Some(at) = rest.windows(3).position(|bytes| bytes == b"HIT") {
        expanded.extend_from_slice(&rest[..at]);
        expanded.extend_from_slice(HIT);
        rest = &rest[at + 3..];
    }
    expanded.extend_from_slice(rest);
    expanded
}

fn utf16(bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    "\u{feff}def f(xs): return sum([x for x in xs])\n".encode_utf16().flat_map(bytes).collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A fresh directory whose name is neither hidden nor a link, so that paths below it compare.
fn directory() -> TempDir {
    let parent = std::env::temp_dir().canonicalize().unwrap();
    tempfile::Builder::new().prefix("hostile").tempdir_in(parent).unwrap()
}

/// The program in `root`, out of reach of the user's own settings.
fn heaplint(root: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_heaplint"));
    command.current_dir(root).env("HOME", root).env("XDG_CONFIG_HOME", root);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        let ours = name.starts_with("HEAPLINT_") || name.starts_with("RUST_");
        // Where an agent runs the tests, the program would otherwise answer to the agent.
        let agent = ["AGENT", "CLAUDE", "CLINE", "CODEX", "COPILOT", "GEMINI", "JUNIE", "OPENCODE"]
            .iter()
            .any(|word| name.contains(word));
        if ours || agent || name.contains("COLOR") {
            command.env_remove(name);
        }
    }
    command
}

fn check(root: &Path, format: &str, args: &[&str]) -> Result<Output, String> {
    let mut command = heaplint(root);
    command.arg("check");
    if !args.contains(&"--output-format") {
        command.args(["--output-format", format]);
    }
    run(command.args(args))
}

fn run(command: &mut Command) -> Result<Output, String> {
    let mut child = spawn(command);
    let (stdout, stderr) =
        (drain(child.stdout.take().unwrap()), drain(child.stderr.take().unwrap()));
    let status = wait(&mut child)?;
    Ok(Output { status, stdout: stdout.join().unwrap(), stderr: stderr.join().unwrap() })
}

fn spawn(command: &mut Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn drain(mut pipe: impl Read + Send + 'static) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).unwrap();
        bytes
    })
}

/// Waits for the program to end, but not for ever: a pipe without a writer hangs who opens it.
fn wait(child: &mut Child) -> Result<ExitStatus, String> {
    let deadline = Instant::now() + TIMEOUT;
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return Ok(status);
        }
        if Instant::now() > deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            return Err(format!("still running after {} s", TIMEOUT.as_secs()));
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// The exit code, as a shell would tell it: 141 for a program that the closed pipe ended.
fn exit_code(status: ExitStatus) -> Option<i32> {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return Some(128 + signal);
    }
    status.code()
}
