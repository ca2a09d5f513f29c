//! MEM002: a suppression that names no rule, repeats itself or is malformed.

use crate::rule::{Rule, Spec};

/// The rule. The analysis reports it after all others have run.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/invalid-suppression.md")),
    on: &[],
    over: &[],
};
