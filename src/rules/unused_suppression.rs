//! MEM001: a suppression that suppresses nothing.

use crate::rule::{Rule, Spec};

/// The rule. The analysis reports it after all others have run.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/unused-suppression.md")),
    on: &[],
    over: &[],
};
