//! `heaplint explain`: the page of a rule, or that of advice which measures as false.

use anyhow::bail;

use crate::config::{Selector, named};

/// The arguments of `heaplint explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// The rule's code or name.
    #[arg(required_unless_present = "refuted")]
    rule: Option<String>,
    /// Popular advice that measures as false, with the code that shows it.
    #[arg(long, conflicts_with = "rule")]
    refuted: bool,
}

/// Advice that no rule gives.
const REFUTED: &str = include_str!("../../rules/refuted.md");

/// Prints the page.
pub(super) fn run(explain: &Explain) -> anyhow::Result<u8> {
    let Some(wanted) = explain.rule.as_deref().map(str::trim) else {
        super::print(&[REFUTED])?;
        return Ok(0);
    };
    let Some(rule) = named(wanted) else {
        Selector::parse(wanted)?;
        bail!("`{wanted}` names more than one rule; `heaplint rules` lists them");
    };
    let spec = &rule.spec;
    let head = format!(
        "{} {}: {}\nfamily: {} ({})   level: {}   fix: {}   since: {}\n\n",
        spec.code,
        spec.name,
        spec.summary,
        spec.family.slug(),
        spec.family.title(),
        spec.level.as_str(),
        spec.fix.as_str(),
        spec.since,
    );
    super::print(&[&head, spec.page])?;
    Ok(0)
}
