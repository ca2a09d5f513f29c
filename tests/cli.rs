//! The commands beside `check`, and what all of them share.

use std::process::{Command, Output};

use heaplint::rules::RULES;

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_heaplint")).args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn explain_prints_the_page_by_code_and_by_name() {
    for rule in RULES {
        let by_code = run(&["explain", &rule.spec.code.to_lowercase()]);
        let by_name = run(&["explain", rule.spec.name]);
        assert_eq!(by_code.status.code(), Some(0));
        assert_eq!(by_code.stdout, by_name.stdout);
        let text = stdout(&by_code);
        assert!(text.starts_with(&format!("{} {}: ", rule.spec.code, rule.spec.name)), "{text}");
        assert!(text.ends_with(rule.spec.page), "the whole page of {}", rule.spec.name);
    }
}

#[test]
fn explain_knows_what_was_meant() {
    let output = run(&["explain", "sintax-error"]);
    assert_eq!(output.status.code(), Some(2));
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(
        stderr,
        "error: unknown rule selector `sintax-error`; did you mean `syntax-error`?\n"
    );
}

#[test]
fn rules_are_listed_as_text_and_json() {
    let text = stdout(&run(&["rules"]));
    assert_eq!(text.lines().count(), RULES.len());
    let json: serde_json::Value =
        serde_json::from_slice(&run(&["rules", "--output-format", "json"]).stdout).unwrap();
    for (index, rule) in RULES.iter().enumerate() {
        assert!(text.lines().nth(index).unwrap().starts_with(rule.spec.code));
        assert_eq!(json[index]["code"], rule.spec.code);
        assert_eq!(json[index]["summary"], rule.spec.summary);
    }
}

#[test]
fn explain_shows_what_was_refuted() {
    assert!(stdout(&run(&["explain", "--refuted"])).starts_with("# Refuted\n"));
    assert!(!run(&["explain"]).status.success());
    assert!(!run(&["explain", "MEM101", "--refuted"]).status.success());
}

#[test]
fn help_fits_a_terminal() {
    for arguments in [&["--help"][..], &["check", "--help"], &["explain", "-h"], &["rules", "-h"]] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(0));
        let text = stdout(&output);
        assert!(text.contains("Usage: heaplint"), "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
    }
}

#[test]
fn version_is_the_package_version() {
    let text = stdout(&run(&["--version"]));
    assert_eq!(text, format!("heaplint {}\n", env!("CARGO_PKG_VERSION")));
}
