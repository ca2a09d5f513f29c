//! What each format prints for one report, in `snapshots/emit/`.
//!
//! `HEAPLINT_UPDATE=1 cargo test --test emit` rewrites the snapshots.

#![allow(unreachable_pub, reason = "a test target has no outside")]

mod support;

use heaplint::emit::Format;
use heaplint::report::Totals;
use heaplint::{Safety, Settings, Source, analyze};
use support::{root, update};

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
    let mut text = format.head().to_owned();
    let mut first = true;
    for source in sources {
        let diagnostics = analyze(source, &settings).diagnostics;
        totals.add(Totals::of(&diagnostics, &settings));
        let part = format.file(source, &diagnostics, color);
        if !part.is_empty() {
            text.push_str(if first { "" } else { format.separator() });
            first = false;
            text.push_str(&part);
        }
    }
    text.push_str(&format.tail(&totals, Safety::Safe));
    text
}

fn check(name: &str, actual: &str) {
    let path = root().join("snapshots/emit").join(name);
    if update() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, actual).unwrap();
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

#[test]
fn nothing_to_report() {
    let clean = [Source::new("clean.py", "x = 1\n")];
    assert_eq!(report(Format::Full, &clean, false), "All checks passed! (1 file)\n");
    assert_eq!(report(Format::Concise, &clean, false), "All checks passed! (1 file)\n");
    assert_eq!(report(Format::Json, &clean, false), "[]\n");
}
