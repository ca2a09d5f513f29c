//! Conventions that a reviewer would repeat, as tests.

use std::path::{Path, PathBuf};

/// Longer files have more than one reason to exist.
const MAX_LINES: usize = 600;

fn files(root: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in std::fs::read_dir(&directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty());
    found
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn check(extension: &str, directories: &[&str], rule: impl Fn(&Path, &str) -> Option<String>) {
    let failures: Vec<String> = directories
        .iter()
        .flat_map(|directory| files(&root().join(directory), extension))
        .filter_map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let shown = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
            rule(&path, &text).map(|problem| format!("{shown}: {problem}"))
        })
        .collect();
    assert!(failures.is_empty(), "\n{}\n", failures.join("\n"));
}

#[test]
fn every_module_says_why_it_exists() {
    check("rs", &["src", "tests", "benches", "examples"], |_, text| {
        (!text.starts_with("//! ")).then(|| "no module head".to_owned())
    });
}

#[test]
fn source_files_have_one_reason_to_exist() {
    check("rs", &["src"], |_, text| {
        let lines = text.lines().count();
        (lines > MAX_LINES).then(|| format!("{lines} lines, more than {MAX_LINES}"))
    });
}

/// `ruff_*` types stay out of what a reader of reports needs.
#[test]
fn emitters_and_commands_know_no_syntax_tree() {
    check("rs", &["src/emit", "src/cli"], |_, text| {
        text.contains("ruff_python_").then(|| "names the syntax tree".to_owned())
    });
}

/// A rule names the code of its page in its head, so that a search for the code finds both.
#[test]
fn rule_modules_name_their_code() {
    for rule in heaplint::rules::RULES {
        let spec = &rule.spec;
        let path = root().join(format!("src/rules/{}.rs", spec.name.replace('-', "_")));
        let text = std::fs::read_to_string(&path).unwrap();
        let head = format!("//! {}: ", spec.code);
        assert!(text.starts_with(&head), "{} does not begin with `{head}`", path.display());
    }
}
