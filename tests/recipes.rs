//! The files that the README shows for CI, each read by the program it is for, and its commands
//! run: they pass where nothing is found, and fail where something is.
//!
//! Needs `pre-commit`, `check-jsonschema`, `zizmor`, `make` and PyYAML; what cannot be found is
//! skipped, and says so.

#![cfg(unix)]
#![allow(unreachable_pub, reason = "a test target has no outside")]

mod support;

use std::path::Path;

use support::shell::{expect, has, sh, told};
use support::{blocks, root, skipped};

/// The files of the section, by the names that their first lines give them.
fn recipes() -> Vec<(String, String)> {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let found: Vec<_> = blocks(&readme)
        .into_iter()
        .filter(|block| block.section == "In CI")
        .map(|block| {
            let head = block.text.lines().find(|line| !line.starts_with("#!")).unwrap_or_default();
            let name = head.strip_prefix("# ").unwrap_or_else(|| {
                panic!("README.md:{}: the first line does not name the file", block.line)
            });
            (name.to_owned(), block.text)
        })
        .collect();
    assert!(found.len() > 8);
    found
}

/// The scripts of a file, as one of `sh` that stops where one fails. Python, of which each part
/// gets the file as its first argument.
fn reader(name: &str) -> &'static str {
    match name {
        "tox.ini" => TOX,
        "noxfile.py" => NOX,
        "BUILD.bazel" => BAZEL,
        "heaplint.sh" => "print('sh heaplint.sh \"$WASTE\"')",
        "Makefile" => "print('make heaplint')",
        ".pre-commit-config.yaml" => "",
        ".gitlab-ci.yml" => GITLAB,
        _ => GITHUB,
    }
}

const TOX: &str = r#"
import configparser, sys
ini = configparser.ConfigParser()
ini.read(sys.argv[1])
[section] = [it for it in ini.sections() if it.startswith("testenv:")]
assert ini[section]["deps"] == "heaplint"
print(ini[section]["commands"])
"#;

/// `nox` is a module of which the file uses two names.
const NOX: &str = r#"
import shlex, sys, types
nox = sys.modules["nox"] = types.ModuleType("nox")
sessions = []
nox.session = sessions.append
exec(compile(open(sys.argv[1]).read(), sys.argv[1], "exec"), {})
class Session:
    def install(self, *names):
        print("pip install", shlex.join(names))
    def run(self, *words):
        print(shlex.join(words))
for session in sessions:
    session(Session())
"#;

/// The language of such files is a part of Python. Each rule is called with names of its own.
const BAZEL: &str = r#"
import ast, sys
rules = {}
for statement in ast.parse(open(sys.argv[1]).read()).body:
    call = statement.value
    names = {it.arg: it.value for it in call.keywords}
    if call.func.id == "load":
        assert [it.value for it in call.args] == ["@rules_shell//shell:sh_test.bzl", "sh_test"]
    else:
        rules[call.func.id] = names
assert set(rules) == {"filegroup", "sh_test"}, rules
assert ast.literal_eval(rules["sh_test"]["srcs"]) == ["heaplint.sh"]
assert ast.literal_eval(rules["sh_test"]["data"]) == [":" + rules["filegroup"]["name"].value]
"#;

const GITLAB: &str = r#"
import sys, yaml
for job in yaml.safe_load(open(sys.argv[1])).values():
    print(*job["script"], sep="\n")
"#;

/// Each job in the order of the file, for each value of its matrix.
const GITHUB: &str = r#"
import shlex, sys, yaml
for job in yaml.safe_load(open(sys.argv[1]))["jobs"].values():
    [(key, values)] = job.get("strategy", {}).get("matrix", {"": [""]}).items()
    for value in values:
        for step in job["steps"]:
            for name, given in step.get("env", {}).items():
                text = given.replace("${{ matrix.%s }}" % key, str(value))
                assert "$" not in text, text
                print("export", f"{name}={shlex.quote(text)}")
            if "run" in step:
                print(step["run"])
            if step.get("uses", "").startswith("OWNER/heaplint@"):
                inputs = yaml.safe_load(open(sys.argv[2]))["inputs"]
                assert set(step["with"]) <= set(inputs), inputs
                print("heaplint check", step["with"]["src"])
"#;

/// A project with or without a finding, and what recipes take for installed.
fn project(directory: &Path, waste: bool) {
    let text =
        if waste { "def total(xs):\n    return sum([x * x for x in xs])\n" } else { "x = 1\n" };
    for (name, text) in [
        ("src/app.py", text),
        ("tests/test_app.py", "y = 1\n"),
        (".bin/pip", "#!/bin/sh\n[ \"$1\" = install ]\n"),
        (".bin/uvx", "#!/bin/sh\nexec \"$@\"\n"),
    ] {
        let path = directory.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    expect(0, "chmod +x .bin/*", directory, &[]);
}

#[test]
fn each_is_read_and_its_commands_are_the_gate() {
    let yaml = told(&sh("python3 -c 'import yaml'", root(), &[])).is_empty();
    let make = has("make");
    let binary = Path::new(env!("CARGO_BIN_EXE_heaplint")).parent().unwrap().to_str().unwrap();
    let path = format!(".bin:{binary}:{}", std::env::var("PATH").unwrap());
    for (name, text) in recipes() {
        if !yaml && name.ends_with("yml") {
            skipped(&format!("README's {name}: PyYAML is not installed"));
            continue;
        }
        if !make && name == "Makefile" {
            continue;
        }
        for waste in [false, true] {
            let place = tempfile::tempdir().unwrap();
            let directory = place.path();
            project(directory, waste);
            let base = name.rsplit('/').next().unwrap();
            std::fs::write(directory.join(base), &text).unwrap();
            let action = root().join("action.yml");
            let environment = [
                ("PATH", &*path),
                ("FILE", base),
                ("ACTION", action.to_str().unwrap()),
                ("READER", reader(&name)),
                ("WASTE", "src/app.py"),
            ];
            let script =
                expect(0, "python3 -c \"$READER\" \"$FILE\" \"$ACTION\"", directory, &environment);
            let runs = script.contains("heaplint");
            assert!(runs || matches!(base, ".pre-commit-config.yaml" | "BUILD.bazel"), "{name}");
            let done = sh(&script, directory, &environment);
            // `make` has a code of its own for what failed.
            let failed = if base == "Makefile" { 2 } else { 1 };
            let code = if waste && runs { failed } else { 0 };
            assert_eq!(done.status.code(), Some(code), "{name}\n{script}\n{}", told(&done));
            for (_, rest) in script
                .match_indices("--output-file ")
                .map(|(at, it)| script.split_at(at + it.len()))
            {
                let file = rest.split_whitespace().next().unwrap();
                assert!(file.contains('$') || directory.join(file).exists(), "{name}: {file}");
            }
        }
    }
}

#[test]
fn the_services_take_each() {
    let place = tempfile::tempdir().unwrap();
    let directory = place.path();
    let (schemas, audits, hooks) = (has("check-jsonschema"), has("zizmor"), has("pre-commit"));
    let manifest = std::fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    // The versions of recipes are tags, which are shorter than what nobody can move.
    let policy = "rules:\n  unpinned-uses:\n    config:\n      policies:\n        \"*\": ref-pin\n";
    std::fs::write(directory.join("zizmor.yml"), policy).unwrap();
    for (name, text) in recipes() {
        let path = directory.join(&name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
        let environment = [("FILE", &*name)];
        match &*name {
            ".github/workflows/heaplint.yml" => {
                if schemas {
                    let check =
                        "check-jsonschema --builtin-schema vendor.github-workflows \"$FILE\"";
                    expect(0, check, directory, &environment);
                }
                if audits {
                    let check = "zizmor --offline --no-progress --color never --config zizmor.yml \"$FILE\"";
                    expect(0, check, directory, &environment);
                }
            }
            ".gitlab-ci.yml" => {
                if schemas {
                    let check = "check-jsonschema --builtin-schema vendor.gitlab-ci \"$FILE\"";
                    expect(0, check, directory, &environment);
                }
                let template =
                    std::fs::read_to_string(root().join("templates/gitlab-ci.yml")).unwrap();
                assert!(template.ends_with(text.split_once('\n').unwrap().1), "{template}");
            }
            ".pre-commit-config.yaml" => {
                if hooks {
                    expect(0, "pre-commit validate-config \"$FILE\"", directory, &environment);
                }
                for hook in text.lines().filter_map(|line| line.split_once("- id: ")) {
                    let id = hook.1.split_whitespace().next().unwrap();
                    assert!(manifest.contains(&format!("- id: {id}\n")), "{id}");
                }
            }
            "heaplint.sh" => drop(expect(0, "sh -n \"$FILE\"", directory, &environment)),
            "tox.ini" | "noxfile.py" | "Makefile" | "BUILD.bazel" => {}
            other => panic!("nothing reads {other}"),
        }
    }
}
