//! The command line: one file for each command.

mod check;
mod color;
mod debug;
mod explain;
mod generate;
mod merge;
mod paths;
mod pool;
mod rules;
mod server;
mod settings;
mod version;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{CommandFactory, Parser, Subcommand};

pub use pool::{STACK, contained};
pub use settings::schema;

/// The gate itself is broken: the arguments, the environment or heaplint.
const BROKEN: u8 = 2;

/// Finds what makes Python programs use too much memory.
#[derive(Debug, Parser)]
#[command(name = "heaplint", version, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check Python files.
    Check(Box<check::Check>),
    /// Put the reports of shards together.
    Merge(merge::Merge),
    /// Explain a rule.
    Explain(explain::Explain),
    /// List the rules.
    Rules(rules::Rules),
    /// Serve an editor over the language server protocol.
    Server(server::Server),
    /// List the options of configuration files.
    Config(settings::Config),
    /// Print the version.
    Version(version::Version),
    /// Print a script that completes arguments in a shell.
    #[command(hide = true)]
    GenerateShellCompletion(generate::Completion),
    /// Print the manual in the format of `man`.
    #[command(hide = true)]
    GenerateMan,
    /// Show what heaplint sees in a file.
    #[command(hide = true)]
    Debug(debug::Debug),
}

/// Parses the arguments, runs the command, returns the exit code.
pub fn main() -> ExitCode {
    let arguments = match expanded(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            return BROKEN.into();
        }
    };
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no errors; clap prints each on its own stream.
            let _ = error.print();
            return if error.use_stderr() { BROKEN.into() } else { ExitCode::SUCCESS };
        }
    };
    let result = match arguments.command {
        Some(Command::Check(check)) => check::run(&check),
        Some(Command::Merge(merge)) => merge::run(&merge),
        Some(Command::Explain(explain)) => explain::run(&explain),
        Some(Command::Rules(rules)) => rules::run(&rules),
        Some(Command::Server(server)) => server::run(&server),
        Some(Command::Config(config)) => settings::run(&config),
        Some(Command::Version(version)) => version::run(&version),
        Some(Command::GenerateShellCompletion(shell)) => generate::completion(&shell),
        Some(Command::GenerateMan) => generate::man(),
        Some(Command::Debug(debug)) => debug::run(&debug),
        None => {
            let help = Arguments::command().render_help();
            let _ = write!(std::io::stderr(), "{help}");
            Ok(BROKEN)
        }
    };
    match result {
        Ok(code) => code.into(),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error:#}");
            BROKEN.into()
        }
    }
}

/// The arguments with each `@file` replaced by the lines of the file: command lines are limited.
fn expanded(arguments: impl Iterator<Item = OsString>) -> anyhow::Result<Vec<OsString>> {
    let mut all = Vec::new();
    for argument in arguments {
        match argument.to_str().and_then(|text| text.strip_prefix('@')) {
            Some(path) if !path.is_empty() => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("cannot read the arguments in `{path}`"))?;
                all.extend(text.lines().filter(|line| !line.is_empty()).map(OsString::from));
            }
            _ => all.push(argument),
        }
    }
    Ok(all)
}

/// Writes to standard output. A reader that went away has what it wanted.
fn print(text: &[&str]) -> anyhow::Result<()> {
    let mut stdout = std::io::stdout().lock();
    let result = text
        .iter()
        .try_for_each(|part| stdout.write_all(part.as_bytes()))
        .and_then(|()| stdout.flush());
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => Ok(other?),
    }
}
