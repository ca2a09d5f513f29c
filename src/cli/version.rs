//! `heaplint version`: which heaplint this is.

use serde::Serialize;

use super::rules::ListFormat;

/// The arguments of `heaplint version`.
#[derive(Debug, clap::Args)]
pub(super) struct Version {
    /// How to print it.
    #[arg(long, value_enum, default_value_t)]
    output_format: ListFormat,
}

#[derive(Serialize)]
struct Printed {
    name: &'static str,
    version: &'static str,
}

/// Prints the version.
pub(super) fn run(version: &Version) -> anyhow::Result<u8> {
    let printed = Printed { name: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION") };
    let text = match version.output_format {
        ListFormat::Json => format!("{}\n", serde_json::to_string(&printed)?),
        ListFormat::Text => format!("{} {}\n", printed.name, printed.version),
    };
    super::print(&[&text])?;
    Ok(0)
}
