//! `heaplint debug`: what heaplint sees in a file, for whoever wants to know why a rule did or did
//! not fire. Hidden, and its output may change with any version.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, bail};

use crate::Source;
use crate::config::{Options, Settings};

/// The arguments of `heaplint debug`.
#[derive(Debug, clap::Args)]
pub(super) struct Debug {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Print the facts of a file, a line each: line, column, topic, fact.
    Facts {
        /// The Python file.
        file: PathBuf,
        /// Only facts of this topic. May be given more than once.
        #[arg(long)]
        topic: Vec<String>,
    },
}

/// Prints what was asked for.
pub(super) fn run(debug: &Debug) -> anyhow::Result<u8> {
    let What::Facts { file, topic } = &debug.what;
    for asked in topic {
        if !crate::facts::describe::topics().any(|known| known == asked) {
            let known: Vec<&str> = crate::facts::describe::topics().collect();
            bail!("no topic `{asked}`; the topics are {}", known.join(", "));
        }
    }
    let bytes = std::fs::read(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let source = Source::from_bytes(file.clone(), bytes);
    let settings = Settings::new(&Options::default())?;
    let described = super::pool::build(1)?
        .install(|| super::contained(|| crate::describe(&source, &settings)))
        .map_err(anyhow::Error::msg)?;
    let told = match described {
        Ok(told) => told,
        Err(error) => {
            let at = source.position(error.range.start());
            bail!("{}:{}:{}: {}", file.display(), at.row, at.column, error.message)
        }
    };
    let mut text = String::new();
    for fact in
        told.iter().filter(|fact| topic.is_empty() || topic.iter().any(|it| it == fact.topic))
    {
        let at = source.position(fact.offset);
        writeln!(text, "{}:{}: {}: {}", at.row, at.column, fact.topic, fact.text)?;
    }
    super::print(&[&text])?;
    Ok(0)
}
