//! `heaplint config`: the options that a configuration file may hold.

use std::fmt::Write as _;

use anyhow::bail;

use crate::config::{Options, nearest};

/// The arguments of `heaplint config`.
#[derive(Debug, clap::Args)]
pub(super) struct Config {
    /// One option.
    option: Option<String>,
    /// Print the JSON schema of configuration files.
    #[arg(long, conflicts_with = "option")]
    schema: bool,
}

/// The JSON schema of configuration files.
pub fn schema() -> String {
    let schema = schemars::schema_for!(Options);
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}

/// Prints the options.
pub(super) fn run(config: &Config) -> anyhow::Result<u8> {
    if config.schema {
        super::print(&[&schema()])?;
        return Ok(0);
    }
    let schema = serde_json::to_value(schemars::schema_for!(Options))?;
    let properties = schema["properties"].as_object().cloned().unwrap_or_default();
    if let Some(wanted) = &config.option
        && !properties.contains_key(wanted)
    {
        let hint = nearest(wanted, properties.keys().map(String::as_str))
            .map_or_else(String::new, |meant| format!("; did you mean `{meant}`?"));
        bail!("no option is called `{wanted}`{hint}");
    }
    let mut text = String::new();
    for (name, property) in &properties {
        if config.option.as_ref().is_none_or(|wanted| wanted == name) {
            let about = property["description"].as_str().unwrap_or_default().replace('\n', " ");
            writeln!(text, "{name}: {about}")?;
        }
    }
    super::print(&[&text])?;
    Ok(0)
}
