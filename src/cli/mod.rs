//! The command line: one file for each command.

mod check;
mod color;
mod debug;
mod explain;
mod paths;
mod pool;
mod rules;

use std::io::Write as _;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

pub use pool::{STACK, contained};

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
    /// Explain a rule.
    Explain(explain::Explain),
    /// List the rules.
    Rules(rules::Rules),
    /// Show what heaplint sees in a file.
    #[command(hide = true)]
    Debug(debug::Debug),
}

/// Parses the arguments, runs the command, returns the exit code.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are no errors; clap prints each on its own stream.
            let _ = error.print();
            return if error.use_stderr() { BROKEN.into() } else { ExitCode::SUCCESS };
        }
    };
    let result = match arguments.command {
        Some(Command::Check(check)) => check::run(&check),
        Some(Command::Explain(explain)) => explain::run(&explain),
        Some(Command::Rules(rules)) => rules::run(&rules),
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
