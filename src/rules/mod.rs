//! The registry of rules. Generated from `rules/*.md` by `cargo test --test registry`.

pub mod linear_recursion;
pub mod missing_slots;
pub mod syntax_error;
pub mod unreadable_file;

use crate::rule::Rule;

/// Every rule in the order of its code.
pub static RULES: &[&Rule] = &[
    &syntax_error::RULE,
    &unreadable_file::RULE,
    &missing_slots::RULE,
    &linear_recursion::RULE,
];
