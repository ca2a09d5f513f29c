//! What users install: the wheel, the source distribution, the hooks of pre-commit, the files of
//! CI services. Each is built and used as its users do, in empty environments.
//!
//! Needs `maturin`, `pre-commit`, `check-jsonschema` and `zizmor`; what cannot be found is skipped,
//! and says so.

#![cfg(unix)]
#![allow(unreachable_pub, reason = "a test target has no outside")]

mod support;

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use support::shell::{expect, has, sh, told};
use support::{blocks, root, skipped};

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A finding with a safe fix.
const WASTE: &str = "def total(xs):\n    return sum([x * x for x in xs])\n";

/// The directory of build artifacts that this test shares with the others.
fn target() -> PathBuf {
    let binary = Path::new(env!("CARGO_BIN_EXE_heaplint"));
    binary.ancestors().nth(2).unwrap().to_path_buf()
}

/// The directory that holds the wheel. Built once, in the profile of the tests.
fn wheels() -> &'static Path {
    static WHEELS: OnceLock<tempfile::TempDir> = OnceLock::new();
    let directory = WHEELS.get_or_init(|| {
        let directory = tempfile::tempdir().unwrap();
        let out = directory.path().to_str().unwrap();
        let target = target();
        let build = "maturin build --profile dev --locked --out \"$OUT\"";
        let environment = [("OUT", out), ("CARGO_TARGET_DIR", target.to_str().unwrap())];
        expect(0, build, root(), &environment);
        directory
    });
    directory.path()
}

#[test]
fn the_wheel_runs_in_an_empty_environment() {
    if !has("maturin") {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let directory = place.path();
    std::fs::write(directory.join("waste.py"), WASTE).unwrap();
    std::fs::write(directory.join("clean.py"), "x = 1\n").unwrap();
    let links = [("WHEELS", wheels().to_str().unwrap())];
    expect(
        0,
        "python3 -m venv venv
         venv/bin/pip install --quiet --disable-pip-version-check --no-index --find-links \"$WHEELS\" heaplint
         venv/bin/pip install --quiet --disable-pip-version-check --no-index --find-links \"$WHEELS\" --target apart heaplint",
        directory,
        &links,
    );
    let said = expect(0, "venv/bin/heaplint --version", directory, &[]);
    assert_eq!(said.trim(), format!("heaplint {VERSION}"));
    // The exit code of the binary is that of the module.
    expect(0, "venv/bin/python -m heaplint check clean.py", directory, &[]);
    let found = expect(
        1,
        "venv/bin/python -m heaplint check --output-format concise waste.py",
        directory,
        &[],
    );
    assert!(found.starts_with("waste.py:2:16: MEM101 [*] "), "{found}");
    expect(2, "venv/bin/python -m heaplint check --no-such-option", directory, &[]);
    let found =
        expect(1, "python3 -m heaplint check -q waste.py", directory, &[("PYTHONPATH", "apart")]);
    assert!(found.contains("MEM101"), "{found}");
    let lost =
        expect(1, "rm venv/bin/heaplint; venv/bin/python -m heaplint --version", directory, &[]);
    assert!(lost.contains("the heaplint binary is in none of: "), "{lost}");
    if has("uvx") {
        let run = "uvx --no-index --find-links \"$WHEELS\" heaplint --version";
        assert!(expect(0, run, directory, &links).contains(VERSION));
    }
}

#[test]
fn the_source_distribution_builds() {
    if !has("maturin") {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let directory = place.path();
    let (from, to) = (root(), directory.to_str().unwrap());
    expect(0, "maturin sdist --out \"$OUT\"", from, &[("OUT", to)]);
    let listed = expect(0, "tar tzf heaplint-*.tar.gz", directory, &[]);
    for needed in ["Cargo.lock", ".cargo/config.toml", "LICENSE", "rules/list-in-reduction.md"] {
        assert!(listed.lines().any(|line| line.ends_with(needed)), "{needed}\n{listed}");
    }
    assert!(!listed.contains("/tests/") && !listed.contains("/snapshots/"), "{listed}");
    let target = target();
    expect(
        0,
        "tar xzf heaplint-*.tar.gz
         cd heaplint-*/
         maturin build --profile dev --locked --offline --out wheels
         python3 -m venv venv
         venv/bin/pip install --quiet --disable-pip-version-check --no-index wheels/*.whl
         venv/bin/heaplint explain MEM101",
        directory,
        &[("CARGO_TARGET_DIR", target.to_str().unwrap())],
    );
}

/// The crate holds all that its build reads: cargo builds what it packed, and that is compared with
/// what is here.
#[test]
fn the_crate_builds_from_its_own_files() {
    let target = target();
    let environment = [("CARGO_TARGET_DIR", target.to_str().unwrap())];
    expect(0, "cargo package --quiet --offline --locked --allow-dirty", root(), &environment);
    let place = tempfile::tempdir().unwrap();
    let directory = place.path();
    let packed = target.join(format!("package/heaplint-{VERSION}.crate"));
    let environment = [("PACKED", packed.to_str().unwrap())];
    let listed =
        expect(0, "tar xzf \"$PACKED\"; cd heaplint-*/; find . -type f", directory, &environment);
    for needed in ["./Cargo.lock", "./LICENSE", "./README.md", "./benches/throughput.rs"] {
        assert!(listed.lines().any(|line| line == needed), "{needed}\n{listed}");
    }
    for odd in ["./tests/", "./snapshots/", "./target/", ".py\n", "./.github/"] {
        assert!(!listed.contains(odd), "{odd}\n{listed}");
    }
}

#[test]
fn cargo_installs_it() {
    let place = tempfile::tempdir().unwrap();
    let directory = place.path();
    let target = target();
    let environment = [
        ("CARGO_TARGET_DIR", target.to_str().unwrap()),
        ("CARGO_INSTALL_ROOT", directory.to_str().unwrap()),
    ];
    expect(0, "cargo install --quiet --path . --debug --offline --locked", root(), &environment);
    let said = expect(0, "bin/heaplint --version", directory, &[]);
    assert_eq!(said.trim(), format!("heaplint {VERSION}"));
}

/// A repository of hooks that installs the wheel, as a mirror of releases does.
fn mirror(directory: &Path) {
    std::fs::create_dir(directory).unwrap();
    let manifest = std::fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    std::fs::write(directory.join(".pre-commit-hooks.yaml"), manifest).unwrap();
    let project = format!(
        "[project]\nname = \"heaplint-pre-commit\"\nversion = \"0.0.0\"\n\
         dependencies = [\"heaplint=={VERSION}\"]\n[tool.setuptools]\npy-modules = []\n"
    );
    std::fs::write(directory.join("pyproject.toml"), project).unwrap();
    expect(0, COMMIT, directory, &GIT);
}

/// A repository of hooks that is this one: the hooks build heaplint.
fn source(directory: &Path) {
    std::fs::create_dir(directory).unwrap();
    let to = [("TO", directory.to_str().unwrap())];
    let listed = "git ls-files -z --cached --others --exclude-standard";
    let copy = format!(
        "{listed} ':!tests' ':!snapshots' | xargs -0 cp --parents --target-directory \"$TO\""
    );
    expect(0, &copy, root(), &to);
    expect(0, COMMIT, directory, &GIT);
}

const COMMIT: &str = "git init -q . 2>/dev/null; git add -A && git commit -qm files";

const GIT: [(&str, &str); 5] = [
    ("GIT_AUTHOR_NAME", "a"),
    ("GIT_AUTHOR_EMAIL", "a@b.c"),
    ("GIT_COMMITTER_NAME", "a"),
    ("GIT_COMMITTER_EMAIL", "a@b.c"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
];

const NOTEBOOK: &str = r#"{"cells": [{"cell_type": "code", "id": "a", "metadata": {}, "source": ["sum([x * x for x in xs])\n"], "outputs": [], "execution_count": null}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
"#;

#[test]
fn pre_commit_finds_fixes_and_passes() {
    if !(has("maturin") && has("pre-commit")) {
        return;
    }
    expect(0, "pre-commit validate-manifest .pre-commit-hooks.yaml", root(), &[]);
    let links = wheels().to_str().unwrap();
    finds_fixes_and_passes(mirror, &[("PIP_FIND_LINKS", links)]);
}

/// As users have it who name this repository. The wheel of maturin has to be there or to come.
#[test]
fn pre_commit_builds_this_repository() {
    if !has("pre-commit") {
        return;
    }
    let (wheels, target) = (root().join("target/ci-tools/wheels"), target());
    if !wheels.is_dir() {
        skipped("no wheel of maturin is here; the hooks are not built");
        return;
    }
    // maturin asks for the metadata of every platform's crates; cargo has only this one's.
    if !sh("cargo fetch --quiet --locked", root(), &[]).status.success() {
        skipped("the crates of other platforms cannot be had; the hooks are not built");
        return;
    }
    let environment = [
        ("PIP_NO_INDEX", "1"),
        ("PIP_FIND_LINKS", wheels.to_str().unwrap()),
        ("CARGO_TARGET_DIR", target.to_str().unwrap()),
        ("CARGO_NET_OFFLINE", "true"),
        // An optimised build takes minutes.
        ("MATURIN_PEP517_ARGS", "--profile dev"),
    ];
    finds_fixes_and_passes(source, &environment);
}

/// The transcript of somebody who has hooks: a finding fails, the hook that fixes fixes, both pass.
fn finds_fixes_and_passes(make: fn(&Path), installs: &[(&str, &str)]) {
    let place = tempfile::tempdir().unwrap();
    let (hooks, consumer) = (place.path().join("hooks"), place.path().join("consumer"));
    make(&hooks);
    std::fs::create_dir_all(consumer.join("vendored")).unwrap();
    for (name, text) in [
        ("app.py", WASTE.to_owned()),
        ("sp ace é,1%.py", WASTE.to_owned()),
        ("script", format!("#!/usr/bin/env python3\n{WASTE}")),
        ("stub.pyi", "def total(xs: list[int]) -> int: ...\n".to_owned()),
        ("book.ipynb", NOTEBOOK.to_owned()),
        ("notpython.txt", WASTE.to_owned()),
        ("vendored/theirs.py", WASTE.to_owned()),
        ("pyproject.toml", "[tool.heaplint]\nextend-exclude = [\"vendored\"]\n".to_owned()),
    ] {
        std::fs::write(consumer.join(name), text).unwrap();
    }
    expect(0, &format!("chmod +x script; {COMMIT}"), &consumer, &GIT);
    let home = place.path().join("cache");
    let mut environment = GIT.to_vec();
    environment.push(("PRE_COMMIT_HOME", home.to_str().unwrap()));
    environment.extend(installs);
    environment.push(("HEAPLINT_OUTPUT_FORMAT", "concise"));
    let run = |hook: &str| {
        let script = format!("pre-commit try-repo ../hooks {hook} --all-files --verbose 2>&1");
        sh(&script, &consumer, &environment)
    };

    let found = run("heaplint");
    let text = told(&found);
    assert_eq!(found.status.code(), Some(1), "{text}");
    for name in ["app.py:2:16", "sp ace é,1%.py:2:16", "script:3:16", "book.ipynb:cell 1:1:5"] {
        assert!(text.contains(&format!("{name}: MEM101 [*] ")), "{name}\n{text}");
    }
    // One process saw every file, and none that is excluded or no Python.
    assert!(text.contains("Found 4 warnings in 5 files"), "{text}");

    let fixed = run("heaplint-fix");
    let text = told(&fixed);
    assert_eq!(fixed.status.code(), Some(1), "{text}");
    assert!(text.contains("files were modified by this hook"), "{text}");
    assert!(text.contains("Fixed 4 findings. All checks passed!"), "{text}");
    let theirs = std::fs::read_to_string(consumer.join("vendored/theirs.py")).unwrap();
    assert_eq!(theirs, WASTE);

    expect(0, COMMIT, &consumer, &GIT);
    for hook in ["heaplint", "heaplint-fix"] {
        let passed = run(hook);
        assert_eq!(passed.status.code(), Some(0), "{}", told(&passed));
    }
}

/// The recipe of the README that names no repository.
#[test]
fn pre_commit_installs_the_wheel() {
    if !(has("maturin") && has("pre-commit")) {
        return;
    }
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let local = blocks(&readme).into_iter().find(|it| it.text.contains("repo: local")).unwrap();
    assert!(local.text.contains(&format!("heaplint=={VERSION}")), "{}", local.text);
    let place = tempfile::tempdir().unwrap();
    let directory = place.path();
    std::fs::write(directory.join(".pre-commit-config.yaml"), local.text).unwrap();
    std::fs::write(directory.join("app.py"), WASTE).unwrap();
    expect(0, COMMIT, directory, &GIT);
    let home = directory.join(".cache");
    let mut environment = GIT.to_vec();
    environment.push(("PRE_COMMIT_HOME", home.to_str().unwrap()));
    environment.push(("PIP_FIND_LINKS", wheels().to_str().unwrap()));
    let found = expect(1, "pre-commit run --all-files 2>&1", directory, &environment);
    assert!(found.contains("Found 1 warning"), "{found}");
    std::fs::write(directory.join("app.py"), "x = 1\n").unwrap();
    expect(0, "pre-commit run --all-files 2>&1", directory, &environment);
}

#[test]
fn the_action_annotates_and_fails() {
    if !has("maturin") {
        return;
    }
    let place = tempfile::tempdir().unwrap();
    let directory = place.path();
    std::fs::write(directory.join("waste.py"), WASTE).unwrap();
    std::fs::write(directory.join("clean.py"), "x = 1\n").unwrap();
    let here = directory.to_str().unwrap();
    let script = root().join("templates/github-action.sh");
    let run = |sources: &str, arguments: &str| {
        let environment = [
            ("RUNNER_TEMP", here),
            ("GITHUB_OUTPUT", "output"),
            ("GITHUB_STEP_SUMMARY", "summary"),
            ("HEAPLINT_VERSION", VERSION),
            ("HEAPLINT_SRC", sources),
            ("HEAPLINT_ARGS", arguments),
            ("PIP_NO_INDEX", "1"),
            ("PIP_FIND_LINKS", wheels().to_str().unwrap()),
        ];
        sh(script.to_str().unwrap(), directory, &environment)
    };
    let found = run("clean.py\n waste.py\n", "");
    assert_eq!(found.status.code(), Some(1), "{}", told(&found));
    let text = told(&found);
    assert!(text.contains("::warning title=heaplint (MEM101),file=waste.py,line=2,"), "{text}");
    // A name that looks like code stays a name.
    let odd = run("clean.py $(touch${IFS}owned)", "--select MEM105");
    assert_eq!(odd.status.code(), Some(2), "{}", told(&odd));
    assert!(!directory.join("owned").exists());
    assert_eq!(run("clean.py", "").status.code(), Some(0));
    let outputs = std::fs::read_to_string(directory.join("output")).unwrap();
    assert_eq!(outputs, "exit-code=1\nexit-code=2\nexit-code=0\n");
    let summary = std::fs::read_to_string(directory.join("summary")).unwrap();
    assert!(summary.contains("MEM101"), "{summary}");
}

#[test]
fn the_files_of_services_are_valid() {
    if has("check-jsonschema") {
        for (schema, file) in [
            ("github-actions", "action.yml"),
            ("github-workflows", ".github/workflows/release.yml"),
            ("gitlab-ci", "templates/gitlab-ci.yml"),
        ] {
            let check = format!("check-jsonschema --builtin-schema vendor.{schema} {file}");
            expect(0, &check, root(), &[]);
        }
    }
    if has("zizmor") {
        // It has to be silent: an input that reaches a script is code that others choose.
        let check = "zizmor --offline --no-progress --color never action.yml .github/workflows";
        expect(0, check, root(), &[]);
    }
}
