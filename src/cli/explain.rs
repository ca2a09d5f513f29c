//! `heaplint explain`: the page of a rule.

use anyhow::bail;

use crate::config::{Selector, named};

/// The arguments of `heaplint explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// The rule's code or name.
    rule: String,
}

/// Prints the page.
pub(super) fn run(explain: &Explain) -> anyhow::Result<u8> {
    let wanted = explain.rule.trim();
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
