//! `heaplint rules`: every rule, a line each.

use std::fmt::Write as _;

use serde::Serialize;

use crate::rules::RULES;

/// The arguments of `heaplint rules`.
#[derive(Debug, clap::Args)]
pub(super) struct Rules {
    /// How to print the list.
    #[arg(long, value_enum, default_value_t)]
    output_format: ListFormat,
}

/// How something short is printed.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
pub(super) enum ListFormat {
    /// A table.
    #[default]
    Text,
    /// A JSON array.
    Json,
}

#[derive(Serialize)]
struct Listed {
    code: &'static str,
    name: &'static str,
    family: &'static str,
    level: &'static str,
    fix: &'static str,
    since: &'static str,
    summary: &'static str,
}

/// Prints the list.
pub(super) fn run(rules: &Rules) -> anyhow::Result<u8> {
    let listed: Vec<Listed> = RULES
        .iter()
        .map(|rule| Listed {
            code: rule.spec.code,
            name: rule.spec.name,
            family: rule.spec.family.slug(),
            level: rule.spec.level.as_str(),
            fix: rule.spec.fix.as_str(),
            since: rule.spec.since,
            summary: rule.spec.summary,
        })
        .collect();
    let text = match rules.output_format {
        ListFormat::Json => format!("{}\n", serde_json::to_string_pretty(&listed)?),
        ListFormat::Text => {
            let width = listed.iter().map(|rule| rule.name.len()).max().unwrap_or(0);
            let mut text = String::new();
            for rule in &listed {
                writeln!(
                    text,
                    "{} {:width$} {:4} {:6} {}",
                    rule.code, rule.name, rule.level, rule.fix, rule.summary
                )?;
            }
            text
        }
    };
    super::print(&[&text])?;
    Ok(0)
}
