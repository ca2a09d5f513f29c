//! The registry of rules. Generated from `rules/*.md` by `cargo test --test registry`.

pub mod bytes_append_in_loop;
pub mod copy_of_copy;
pub mod deepcopy;
pub mod deepcopy_of_fresh;
pub mod invalid_suppression;
pub mod linear_recursion;
pub mod list_for_length;
pub mod list_in_reduction;
pub mod missing_slots;
pub mod string_append_in_loop;
pub mod string_rebuilt_in_loop;
pub mod sum_of_lists;
pub mod syntax_error;
pub mod unreadable_file;
pub mod unused_suppression;

use crate::rule::Rule;

/// Every rule in the order of its code.
pub static RULES: &[&Rule] = &[
    &syntax_error::RULE,
    &unused_suppression::RULE,
    &invalid_suppression::RULE,
    &unreadable_file::RULE,
    &list_in_reduction::RULE,
    &list_for_length::RULE,
    &string_rebuilt_in_loop::RULE,
    &string_append_in_loop::RULE,
    &bytes_append_in_loop::RULE,
    &sum_of_lists::RULE,
    &deepcopy_of_fresh::RULE,
    &deepcopy::RULE,
    &copy_of_copy::RULE,
    &missing_slots::RULE,
    &linear_recursion::RULE,
];
