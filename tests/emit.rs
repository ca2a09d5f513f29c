//! What each format prints for one report, in `snapshots/emit/`.
//!
//! `HEAPLINT_UPDATE=1 cargo test --test emit` rewrites the snapshots.

#![allow(unreachable_pub, reason = "a test target has no outside")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use clap::ValueEnum as _;
use heaplint::emit::Format;
use heaplint::fix::{Edit, Fix};
use heaplint::report::Totals;
use heaplint::rules::RULES;
use heaplint::{Diagnostic, Safety, Settings, Source, analyze};
use ruff_text_size::{TextRange, TextSize};
use serde_json::Value;
use support::{root, skipped, update};

/// Findings with and without a fix, on awkward lines: wide characters, tabs, CRLF, control
/// characters, a very long line, two places in one finding.
fn sources() -> Vec<Source> {
    let long = format!("pad = \"{}\"; total = sum([x for x in xs])", "é".repeat(400));
    let awkward = [
        "# wide: 日本 😀, then tabs and an escape: \x1b[31m",
        "def f(xs):",
        "\tname = '日本 😀'; \ttotal = sum([x for x in xs])",
        "\ttext = ''",
        "\tfor x in xs:",
        "\t\ttext = f'{text}{x}'",
        "\t\ttext = '\u{202e}%s%s' % (text, x)",
        "\treturn total, text, name",
        &long,
        "",
    ];
    vec![
        Source::new("src/awkward.py", awkward.join("\r\n")),
        Source::new("src/broken, with: odd #name.py", "def f(:\n    pass\n"),
        Source::from_bytes("src/latin.py", b"# caf\xe9\nx = 1\n".to_vec()),
        Source::new("src/clean.py", "x = 1\n"),
    ]
}

fn report(format: Format, sources: &[Source], color: bool) -> String {
    let settings = Settings::default();
    let mut totals = Totals::default();
    let mut parts = Vec::new();
    for source in sources {
        let diagnostics = analyze(source, &settings).diagnostics;
        totals.add(Totals::of(&diagnostics, &settings));
        let part = format.file(source, &diagnostics, color);
        if !part.is_empty() {
            parts.push(part);
        }
    }
    let (head, tail) = (format.head(&totals), format.tail(&totals, Safety::Safe));
    format!("{head}{}{tail}", parts.join(format.separator()))
}

fn check(name: &str, actual: &str) {
    let path = root().join("snapshots/emit").join(name);
    if update() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        support::rewrite(&path, actual);
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(actual == expected, "{} is stale; it is now\n{actual}", path.display());
}

#[test]
fn full() {
    check("full.txt", &report(Format::Full, &sources(), false));
}

#[test]
fn full_in_colour() {
    check("full-colour.txt", &report(Format::Full, &sources(), true));
}

#[test]
fn concise() {
    check("concise.txt", &report(Format::Concise, &sources(), false));
}

#[test]
fn json() {
    let text = report(Format::Json, &sources(), true);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    for finding in value.as_array().unwrap() {
        let filename = finding["filename"].as_str().unwrap();
        assert!(std::path::Path::new(filename).is_absolute(), "{filename}");
    }
    // The absolute part of a path is the machine's.
    let here = serde_json::to_string(&std::env::current_dir().unwrap()).unwrap();
    check("report.json", &text.replace(here.trim_matches('"'), "/here"));
}

/// Findings whose texts hold what formats give a meaning to, on several lines and at a path that
/// does the same. No rule says such things; a rule of tomorrow might.
fn hostile() -> (Source, Vec<Diagnostic>) {
    let path = "src/a b,c:d;e]#%25é/[x](y)|<z>&'\"`@me.py";
    let source = Source::new(path, "one = 1\r\n日本 = '😀'; two = 2\r\nthree = 3\r\n");
    let texts = [
        "100% of `a::b`, ##vso[x]; ::error::<b>&\"it's\"</b> | `c|d` [e](1) {0}",
        "two\r\nlines\rand\nmore\ttab\u{1b}[31m\0\u{8}\u{85}\u{2028}\u{2029}\u{202e}\u{fffe}\u{ffff}",
        "``]]> --> `odd @everyone #1 \\ $x$ ~y~ *z* _w_",
    ];
    let at = |text: &str| TextSize::new(u32::try_from(source.text().find(text).unwrap()).unwrap());
    let mut found = Vec::new();
    for (index, text) in texts.iter().enumerate() {
        let range = TextRange::new(at("two"), if index == 1 { at("three") } else { at(" = 2") });
        let rule = RULES[if index == 2 { 7 } else { 4 }];
        let mut one = Diagnostic::new(rule, range, *text);
        one.help(*text).note(*text).related(TextRange::at(at("one"), 3.into()), *text);
        let safety = if index == 0 { Safety::Safe } else { Safety::Unsafe };
        let edits = vec![Edit::insert(at("日本"), "é"), Edit::replace(range, "\u{2028}%\r\n<")];
        one.fix(Fix::new(*text, safety, edits));
        found.push(one);
    }
    (source, found)
}

fn hostile_report(format: Format) -> String {
    let (source, found) = hostile();
    let totals = Totals::of(&found, &Settings::default());
    let part = format.file(&source, &found, false);
    format!("{}{part}{}", format.head(&totals), format.tail(&totals, Safety::Safe))
}

/// The three reports that every format has to print well: nothing, awkward files, hostile texts.
fn reports(format: Format) -> [String; 3] {
    let clean = [Source::new("clean.py", "x = 1\n")];
    [report(format, &clean, true), report(format, &sources(), false), hostile_report(format)]
}

/// What the descriptions of the rules say changes with their pages, not with the format.
fn without_rules(text: &str) -> String {
    let mut value: Value = serde_json::from_str(text).unwrap();
    let driver = &mut value["runs"][0]["tool"]["driver"];
    assert_eq!(driver["rules"].as_array().unwrap().len(), RULES.len());
    driver["rules"].as_array_mut().unwrap().clear();
    driver["version"] = Value::from("");
    driver["semanticVersion"] = Value::from("");
    serde_json::to_string_pretty(&value).unwrap() + "\n"
}

#[test]
fn other_formats() {
    for format in Format::value_variants() {
        let name = format.to_possible_value().unwrap().get_name().to_owned();
        if matches!(format, Format::Full | Format::Concise | Format::Json) {
            continue;
        }
        let [_, awkward, hostile] = reports(*format);
        let here = serde_json::to_string(&std::env::current_dir().unwrap()).unwrap();
        for (file, text) in [(name.clone(), awkward), (format!("{name}-hostile"), hostile)] {
            let text = if *format == Format::Sarif { without_rules(&text) } else { text };
            check(&format!("{file}.txt"), &text.replace(here.trim_matches('"'), "/here"));
        }
    }
    check("grouped-colour.txt", &report(Format::Grouped, &sources(), true));
}

#[test]
fn formats_of_lines_have_a_line_for_each_finding() {
    for (format, more) in [
        (Format::Concise, 1),
        (Format::Agent, 1),
        (Format::Github, 0),
        (Format::Azure, 0),
        (Format::Pylint, 0),
        (Format::JsonLines, 0),
        (Format::Grouped, 3),
        (Format::Markdown, 6),
    ] {
        let text = hostile_report(format);
        assert_eq!(text.lines().count(), 3 + more, "{format:?}\n{text}");
        // What other programs take for the end of a line, or a terminal for a command.
        let odd = |c: char| {
            c != '\n' && c != '\t' && (c.is_control() || "\u{2028}\u{2029}\u{202e}".contains(c))
        };
        let shown = if format == Format::JsonLines { text.replace('\u{202e}', "") } else { text };
        assert!(!shown.contains(odd), "{format:?}\n{shown}");
    }
}

#[test]
fn json_formats_parse() {
    for format in [Format::Json, Format::Gitlab, Format::Sarif, Format::Rdjson] {
        for text in reports(format) {
            assert!(serde_json::from_str::<Value>(&text).is_ok(), "{format:?}\n{text}");
        }
    }
    let [empty, awkward, _] = reports(Format::JsonLines);
    assert_eq!(empty, "");
    let lines: Vec<Value> = awkward.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let array: Value = serde_json::from_str(&report(Format::Json, &sources(), false)).unwrap();
    assert_eq!(Value::from(lines), array);
}

/// What GitLab asks of an entry.
#[test]
fn gitlab_entries_are_complete_and_told_apart() {
    let twice = "def f(xs):\n    return sum([x for x in xs]), sum([x for x in xs])\n";
    let mut all = vec![Source::new("twin.py", twice), Source::new("a/twin.py", twice)];
    all.extend(sources());
    let value: Value = serde_json::from_str(&report(Format::Gitlab, &all, false)).unwrap();
    let issues = value.as_array().unwrap();
    let mut fingerprints = BTreeSet::new();
    for issue in issues {
        for key in ["description", "check_name", "fingerprint", "severity"] {
            assert!(issue[key].as_str().is_some_and(|it| !it.is_empty()), "{key}: {issue}");
        }
        let severity = issue["severity"].as_str().unwrap();
        assert!(["info", "minor", "major", "critical", "blocker"].contains(&severity));
        let path = issue["location"]["path"].as_str().unwrap();
        assert!(!path.starts_with(['.', '/']), "{path}");
        assert!(issue["location"]["positions"]["begin"]["line"].as_u64().unwrap() > 0);
        assert!(fingerprints.insert(issue["fingerprint"].to_string()), "{issue}");
    }
    assert_eq!(issues.len(), 4 + 5);
    // The same after the code has moved.
    let moved = Source::new("twin.py", format!("import os\n\n\n{twice}"));
    let moved: Value = serde_json::from_str(&report(Format::Gitlab, &[moved], false)).unwrap();
    assert_eq!(moved[1]["fingerprint"], issues[1]["fingerprint"]);
}

/// What code scanning asks of a report beyond its schema.
#[test]
fn sarif_is_what_code_scanning_takes() {
    let [empty, awkward, hostile] = reports(Format::Sarif);
    for text in [&empty, &awkward, &hostile] {
        let value: Value = serde_json::from_str(text).unwrap();
        let run = &value["runs"][0];
        assert_eq!(value["version"], "2.1.0");
        assert_eq!(run["columnKind"], "unicodeCodePoints");
        assert_eq!(run["invocations"][0]["executionSuccessful"], true);
        assert_eq!(run["tool"]["driver"]["version"], env!("CARGO_PKG_VERSION"));
        for (rule, known) in run["tool"]["driver"]["rules"].as_array().unwrap().iter().zip(RULES) {
            assert_eq!(rule["id"], known.spec.code);
            assert_eq!(rule["help"]["markdown"], known.spec.page);
            for key in ["shortDescription", "fullDescription", "help"] {
                let text = rule[key]["text"].as_str().unwrap();
                assert!(!text.is_empty() && text.chars().count() < 1500, "{key}: {text}");
            }
        }
        for result in run["results"].as_array().unwrap() {
            let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(result["ruleId"], RULES[index].spec.code);
            assert!(result["partialFingerprints"]["heaplint/v1"].is_string());
            let place = &result["locations"][0]["physicalLocation"];
            let uri = place["artifactLocation"]["uri"].as_str().unwrap();
            let odd = |c: char| !c.is_ascii_alphanumeric() && !"-._~/%".contains(c);
            assert!(!uri.starts_with(['.', '/']) && !uri.contains(odd), "{uri}");
            assert!(place["region"]["startLine"].as_u64().unwrap() > 0);
        }
    }
    assert!(!hostile.contains("helpUri") && !hostile.contains("informationUri"));
    let value: Value = serde_json::from_str(&empty).unwrap();
    assert_eq!(value["runs"][0]["results"].as_array().map(Vec::len), Some(0));
}

/// A notebook's file has other lines than its cells: services get its beginning, people the cell.
#[test]
fn notebooks_are_files_without_lines() {
    let cell = |code: &str| {
        format!(
            r#"{{"cell_type": "code", "metadata": {{}}, "outputs": [], "execution_count": null, "source": "{code}"}}"#
        )
    };
    let cells = [cell("x = 1"), cell("xs = input()\\nsum([x for x in xs])")].join(",");
    let file =
        format!(r#"{{"cells": [{cells}], "metadata": {{}}, "nbformat": 4, "nbformat_minor": 5}}"#);
    let book = [Source::from_bytes("a.ipynb", file.into_bytes())];
    for (format, expected) in [
        (Format::Agent, "a.ipynb:cell 2:2:5: MEM101 "),
        (Format::Grouped, "  cell 2:2:5  MEM101 "),
        (Format::Markdown, "| a.ipynb:cell 2:2:5 |"),
        (
            Format::Github,
            ",file=a.ipynb,line=1,col=1,endLine=1,endColumn=1::a.ipynb:1:1: MEM101 cell 2:2:5: ",
        ),
        (Format::Azure, "linenumber=1;columnnumber=1;code=MEM101;]cell 2:2:5: "),
        (Format::Pylint, "a.ipynb:1: [MEM101] cell 2:2:5: "),
        (Format::Gitlab, r#""begin":{"line":1,"column":1}"#),
        (Format::Sarif, r#""startLine":1"#),
        (Format::Rdjson, r#"{"start":{"line":1,"column":1},"end":{"line":1,"column":1}}"#),
        (Format::Junit, "line 1, column 1: cell 2:2:5: "),
    ] {
        let text = report(format, &book, false);
        assert!(text.contains(expected), "{format:?}\n{text}");
        assert!(!text.contains("\"fixes\"") && !text.contains("\"suggestions\""), "{text}");
    }
}

/// The replacement that reviewdog is told is that of all edits of the fix, in bytes.
#[test]
fn rdjson_counts_bytes_and_joins_edits() {
    let value: Value = serde_json::from_str(&hostile_report(Format::Rdjson)).unwrap();
    let found = &value["diagnostics"][0];
    let two = 1 + "日本 = '😀'; ".len();
    assert_eq!(found["location"]["range"]["start"]["column"], two);
    assert_eq!(found["suggestions"][0]["range"]["start"]["column"], 1);
    assert_eq!(found["suggestions"][0]["range"]["end"]["column"], two + 3);
    assert_eq!(found["suggestions"][0]["text"], "é日本 = '😀'; \u{2028}%\r\n<");
}

/// A step shows ten annotations of each kind: the rest is announced.
#[test]
fn github_says_what_it_hides() {
    let lines = "import copy\ndef f(xs):\n    sum([x for x in xs])\n    copy.deepcopy(xs)\n";
    let many = |count: usize| {
        let body: String = lines.lines().skip(2).flat_map(|line| [line, "\n"]).collect();
        let text = format!("import copy\ndef f(xs):\n{}", body.repeat(count));
        report(Format::Github, &[Source::new("a.py", text)], false)
    };
    assert_eq!(many(10).lines().count(), 20);
    let text = many(13);
    assert_eq!(text.lines().count(), 27);
    assert!(text.starts_with("::notice title=heaplint::7 findings more than are shown"), "{text}");
}

/// Readers that others wrote agree. They come from PyPI and npm; `.ci/run` installs them.
#[test]
fn other_readers_agree() {
    let directory = tempfile::tempdir().unwrap();
    let tools = root().join("target/ci-tools");
    let modules = tools.join("node_modules");
    for format in [Format::Junit, Format::Sarif, Format::Rdjson, Format::Azure, Format::Github] {
        for (index, text) in reports(format).iter().enumerate() {
            let path = directory.path().join(format!("{format:?}{index}"));
            std::fs::write(&path, text).unwrap();
            let mut commands = Vec::new();
            match format {
                Format::Junit => {
                    commands.push(python(JUNIT, &[&path]));
                    commands.push(python(XSD, &[&tools.join("junit-10.xsd"), &path]));
                }
                Format::Sarif => {
                    // Microsoft's matchers for jest ship the official schema under MIT.
                    let schema =
                        modules.join("@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json");
                    commands.push(python(SARIF, &[&schema, &path]));
                    let multitool =
                        modules.join("@microsoft/sarif-multitool-linux/Sarif.Multitool");
                    commands.push(python(GITHUB, &[&multitool, &path]));
                }
                Format::Rdjson => {
                    let cli =
                        modules.join("@umbrelladocs/rdformat-validator/bin/rdformat-validator.js");
                    commands.push(node(&cli, None, &path));
                }
                Format::Azure => {
                    let library = modules.join("azure-pipelines-task-lib/taskcommand.js");
                    commands.push(node(&library, Some(AZURE), &path));
                }
                _ => {
                    let library = modules.join("@actions/core/lib/command.js");
                    commands.push(node(&library, Some(ACTIONS), &path));
                }
            }
            for mut command in commands {
                let Ok(output) = command.output() else {
                    skipped(&format!(
                        "{format:?}: {} is not here",
                        command.get_program().display()
                    ));
                    continue;
                };
                let said = [output.stdout, output.stderr].concat();
                let said = String::from_utf8_lossy(&said);
                match output.status.code() {
                    Some(0) => {}
                    Some(77) => skipped(&format!("{format:?}: its validator is not here: {said}")),
                    code => panic!("{format:?}: {code:?}\n{said}\n{text}"),
                }
            }
        }
    }
}

fn python(script: &str, arguments: &[&Path]) -> Command {
    let mut command = Command::new("python3");
    command.args(["-c", script]).args(arguments);
    command.env("PYTHONPATH", root().join("target/ci-tools/lib"));
    command
}

/// A program of node, or a script of it that reads a library.
fn node(library: &Path, script: Option<&str>, report: &Path) -> Command {
    if !library.exists() {
        return python(ABSENT, &[library]);
    }
    let mut command = Command::new("node");
    if let Some(script) = script {
        command.args(["--input-type=module", "-e", script]);
    }
    command.arg(library).arg(report);
    command
}

const ABSENT: &str = "import sys; print(sys.argv[1]); raise SystemExit(77)";

/// What the library of the agents reads in a line it writes again just so.
const AZURE: &str = r#"
import assert from "node:assert";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
const [, library, report] = process.argv;
const { commandFromString } = createRequire(library)(library);
for (const line of readFileSync(report, "utf8").split("\n").slice(0, -1)) {
  const command = commandFromString(line);
  assert.equal(command.command, "task.logissue");
  assert.equal(command.toString(), line);
  assert.deepEqual(Object.keys(command.properties), ["type", "sourcepath", "linenumber", "columnnumber", "code"]);
  assert.match(command.properties.sourcepath, /^src\/.*\.py$/);
  assert.ok(command.message);
}
"#;

/// The runner cuts a line as here; the toolkit writes the same line from what was cut.
const ACTIONS: &str = r#"
import assert from "node:assert";
import { readFileSync } from "node:fs";
const [, library, report] = process.argv;
const { issueCommand } = await import(library);
const unescape = (text) =>
  text.replace(/%2C/g, ",").replace(/%3A/g, ":").replace(/%0A/g, "\n").replace(/%0D/g, "\r").replace(/%25/g, "%");
const unescapeData = (text) => text.replace(/%0A/g, "\n").replace(/%0D/g, "\r").replace(/%25/g, "%");
for (const line of readFileSync(report, "utf8").split("\n").slice(0, -1)) {
  const [, name, listed, message] = /^::(\w+) (.*?)::(.*)$/su.exec(line);
  assert.match(name, /^(error|warning|notice)$/);
  const properties = {};
  for (const one of listed.split(",")) {
    const at = one.indexOf("=");
    properties[one.slice(0, at)] = unescape(one.slice(at + 1));
  }
  let written = "";
  const write = process.stdout.write;
  process.stdout.write = (text) => { written += text; return true; };
  issueCommand(name, properties, unescapeData(message));
  process.stdout.write = write;
  assert.equal(written, line + "\n");
}
"#;

/// The schema that Jenkins and GitLab go by; pytest ships it.
const XSD: &str = r#"
import os, sys
try:
    import xmlschema
except ImportError as error:
    print(error)
    raise SystemExit(77)
if not os.path.exists(sys.argv[1]):
    print(sys.argv[1], "is not here")
    raise SystemExit(77)
xmlschema.XMLSchema(sys.argv[1]).validate(sys.argv[2])
"#;

/// The rules of SARIF's committee and of GitHub's code scanning. The program ends with 0 whatever
/// it finds; what it finds is in a report of its own. A tool without an address is all that it may
/// find: there is none to name.
const GITHUB: &str = r#"
import json, os, subprocess, sys
tool, path = sys.argv[1:]
if not os.access(tool, os.X_OK):
    print(tool, "is not here")
    raise SystemExit(77)
out = path + ".validated"
done = subprocess.run(
    [tool, "validate", path, "--rule-kind", "Sarif;Ghas", "--level", "Error;Warning", "--kind", "Fail",
     "--output", out, "--log", "ForceOverwrite"], capture_output=True, text=True)
assert done.returncode == 0, done.stdout + done.stderr
run = json.load(open(out, encoding="utf-8-sig"))["runs"][0]
assert run["invocations"][0]["executionSuccessful"], done.stdout
found = {result["ruleId"] for result in run.get("results", [])}
assert found <= {"SARIF2005"}, done.stdout
"#;

const JUNIT: &str = r#"
import sys
import xml.etree.ElementTree as ET
root = ET.parse(sys.argv[1]).getroot()
assert root.tag == "testsuites", root.tag
suites = list(root)
cases = [case for suite in suites for case in suite]
failures = [failure for case in cases for failure in case]
assert cases, "no test"
assert int(root.get("tests")) == len(cases) == sum(int(suite.get("tests")) for suite in suites)
assert int(root.get("failures")) == len(failures)
assert all(suite.tag == "testsuite" and suite.get("name") for suite in suites)
assert all(case.tag == "testcase" and case.get("name") and case.get("classname") for case in cases)
assert all(it.tag == "failure" and it.get("message") and it.get("type") for it in failures)
"#;

const SARIF: &str = r#"
import json, os, sys
try:
    import jsonschema
except ImportError as error:
    print(error)
    raise SystemExit(77)
if not os.path.exists(sys.argv[1]):
    print("no schema")
    raise SystemExit(77)
schema, log = (json.load(open(path, encoding="utf-8")) for path in sys.argv[1:])
errors = list(jsonschema.validators.validator_for(schema)(schema).iter_errors(log))
for error in errors:
    print(list(error.absolute_path), error.message[:300])
raise SystemExit(1 if errors else 0)
"#;

#[test]
fn nothing_to_report() {
    let clean = [Source::new("clean.py", "x = 1\n")];
    let all = "All checks passed! (1 file)\n";
    for (format, expected) in [
        (Format::Full, all),
        (Format::Concise, all),
        (Format::Grouped, all),
        (Format::Agent, all),
        (Format::Markdown, "### heaplint\n\nAll checks passed! (1 file)\n"),
        (Format::Json, "[]\n"),
        (Format::Gitlab, "[]\n"),
        (Format::JsonLines, ""),
        (Format::Github, ""),
        (Format::Azure, ""),
        (Format::Pylint, ""),
    ] {
        assert_eq!(report(format, &clean, false), expected, "{format:?}");
    }
}
