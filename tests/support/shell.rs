//! Programs that tests run beside heaplint, with `sh`.

use std::path::Path;
use std::process::{Command, Output};

use super::skipped;

/// Whether a tool is there. Says loudly when it is not.
pub fn has(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok_and(|it| it.status.success());
    if !found {
        skipped(&format!("`{tool}` is not installed; what it checks is not checked"));
    }
    found
}

/// Runs a script of `sh`.
pub fn sh(script: &str, directory: &Path, environment: &[(&str, &str)]) -> Output {
    Command::new("sh")
        .args(["-euc", script])
        .current_dir(directory)
        .envs(environment.iter().copied())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        // What tests build is run once or twice: building it unoptimised takes a quarter.
        .env("CARGO_PROFILE_DEV_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_DEV_DEBUG", "0")
        .output()
        .unwrap()
}

/// What a program printed.
pub fn told(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

/// Runs a script, which has to end with a code, and gives what it printed.
pub fn expect(code: i32, script: &str, directory: &Path, environment: &[(&str, &str)]) -> String {
    let output = sh(script, directory, environment);
    let told = told(&output);
    assert_eq!(output.status.code(), Some(code), "{script}\n{told}");
    told
}
