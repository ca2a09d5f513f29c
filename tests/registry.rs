//! The generated parts of the repository follow from the pages: the registry of rules and the
//! README's table. A stale one is rewritten and the test fails once; with `CI` set it only fails.

#![allow(unreachable_pub, reason = "a test target has no outside")]

mod support;

use std::fmt::Write as _;
use std::path::Path;

use heaplint::emit::Format;
use heaplint::report::Totals;
use heaplint::rules::RULES;
use heaplint::{Safety, Settings, Source, analyze};
use support::{Page, pages, root};

fn check(path: &Path, expected: &str) {
    let actual = std::fs::read_to_string(path).unwrap_or_default();
    if actual == expected {
        return;
    }
    if std::env::var_os("CI").is_none() {
        support::rewrite(path, expected);
        panic!("{} was stale and has been rewritten; run the tests again", path.display());
    }
    panic!("{} is stale; run `cargo test --test registry` and commit the result", path.display());
}

fn module(page: &Page) -> String {
    page.name.replace('-', "_")
}

#[test]
fn the_registry_lists_every_page() {
    let pages = pages();
    let mut text = String::from(
        "//! The registry of rules. Generated from `rules/*.md` by `cargo test --test registry`.\n\n",
    );
    let mut modules: Vec<String> = pages.iter().map(module).collect();
    modules.sort();
    for module in &modules {
        writeln!(text, "pub mod {module};").unwrap();
    }
    text.push_str("\nuse crate::rule::Rule;\n\n/// Every rule in the order of its code.\n");
    text.push_str("pub static RULES: &[&Rule] = &[\n");
    for page in &pages {
        writeln!(text, "    &{}::RULE,", module(page)).unwrap();
    }
    text.push_str("];\n");
    check(&root().join("src/rules/mod.rs"), &text);
}

#[test]
fn the_schema_is_that_of_the_options() {
    check(&root().join("heaplint.schema.json"), &heaplint::cli::schema());
}

#[test]
fn rules_and_pages_agree() {
    let pages = pages();
    assert_eq!(RULES.len(), pages.len());
    let mut codes = std::collections::BTreeSet::new();
    for (rule, page) in RULES.iter().zip(&pages) {
        assert_eq!(rule.spec.name, page.name, "the heading is the file name");
        assert_eq!(rule.spec.code, page.field("code"));
        assert!(codes.insert(rule.spec.code), "{} is used twice", rule.spec.code);
        let source = root().join(format!("src/rules/{}.rs", module(page)));
        assert!(source.is_file(), "{} is missing", source.display());
    }
}

/// The README with the part between the markers of the name replaced.
fn with_part(readme: &str, name: &str, part: &str) -> String {
    let (begin, end) = (format!("<!-- {name}: begin -->\n"), format!("<!-- {name}: end -->\n"));
    let start = readme.find(&begin).expect("README.md has the begin marker") + begin.len();
    let stop = readme.find(&end).expect("README.md has the end marker");
    format!("{}{part}{}", &readme[..start], &readme[stop..])
}

/// What `heaplint check` prints for the example.
fn example() -> String {
    let code = std::fs::read_to_string(root().join("tests/inputs/orders.py")).unwrap();
    let source = Source::new("orders.py", code.clone());
    let diagnostics = analyze(&source, &Settings::default()).diagnostics;
    let rendered = Format::Full.file(&source, &diagnostics, false);
    let tail = Format::Full.tail(&Totals::of(&diagnostics, &Settings::default()), Safety::Safe);
    let lines: String =
        rendered.lines().chain(tail.lines()).flat_map(|line| [line.trim_end(), "\n"]).collect();
    format!("```python\n{code}```\n\n```console\n$ heaplint check orders.py\n{lines}```\n")
}

/// The table of the rules and the example's output.
#[test]
fn the_readme_shows_what_is() {
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let mut table = String::from("| code | name | level | fix | finds |\n|---|---|---|---|---|\n");
    for rule in RULES {
        let spec = &rule.spec;
        writeln!(
            table,
            "| {} | [{}](rules/{}.md) | {} | {} | {} |",
            spec.code,
            spec.name,
            spec.name,
            spec.level.as_str(),
            spec.fix.as_str(),
            spec.summary
        )
        .unwrap();
    }
    let readme = with_part(&with_part(&readme, "rules", &table), "example", &example());
    check(&path, &readme);
}
