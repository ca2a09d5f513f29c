//! The registry of rules. Generated from `rules/*.md` by `cargo test --test registry`.

pub mod array_grown_in_loop;
pub mod boxed_numbers;
pub mod buffer_exported;
pub mod buffer_resliced_in_loop;
pub mod bytes_append_in_loop;
pub mod copy_of_copy;
pub mod copy_only_read;
pub mod deepcopy;
pub mod deepcopy_in_loop;
pub mod deepcopy_of_fresh;
pub mod dict_per_row;
pub mod eager_twin;
pub mod fetchall_iterated;
pub mod frame_grown_in_loop;
pub mod generator_spread;
pub mod invalid_suppression;
pub mod linear_recursion;
pub mod lines_listed;
pub mod list_as_constant;
pub mod list_for_length;
pub mod list_for_one;
pub mod list_in_constructor;
pub mod list_in_reduction;
pub mod list_iterated_once;
pub mod list_rebuilt_in_loop;
pub mod missing_slots;
pub mod output_buffered;
pub mod parser_not_cleared;
pub mod queryset_not_streamed;
pub mod read_whole_to_copy;
pub mod read_whole_to_hash;
pub mod reader_listed;
pub mod recursion_limit_raised;
pub mod recursive_generator;
pub mod response_not_streamed;
pub mod round_trip_copy;
pub mod serialize_then_write;
pub mod single_use_list;
pub mod size_checked_after_read;
pub mod slice_iterated;
pub mod slice_recursion;
pub mod slots_conflict;
pub mod slots_lost_in_subclass;
pub mod slots_without_effect;
pub mod string_append_in_loop;
pub mod string_rebuilt_in_loop;
pub mod sum_of_lists;
pub mod syntax_error;
pub mod tail_recursion;
pub mod unreadable_file;
pub mod unused_suppression;
pub mod workbook_not_streamed;

use crate::rule::Rule;

/// Every rule in the order of its code.
pub static RULES: &[&Rule] = &[
    &syntax_error::RULE,
    &unused_suppression::RULE,
    &invalid_suppression::RULE,
    &unreadable_file::RULE,
    &list_in_reduction::RULE,
    &list_in_constructor::RULE,
    &list_iterated_once::RULE,
    &single_use_list::RULE,
    &list_for_length::RULE,
    &list_for_one::RULE,
    &slice_iterated::RULE,
    &lines_listed::RULE,
    &read_whole_to_copy::RULE,
    &read_whole_to_hash::RULE,
    &response_not_streamed::RULE,
    &size_checked_after_read::RULE,
    &fetchall_iterated::RULE,
    &queryset_not_streamed::RULE,
    &reader_listed::RULE,
    &eager_twin::RULE,
    &serialize_then_write::RULE,
    &parser_not_cleared::RULE,
    &workbook_not_streamed::RULE,
    &output_buffered::RULE,
    &generator_spread::RULE,
    &string_rebuilt_in_loop::RULE,
    &string_append_in_loop::RULE,
    &bytes_append_in_loop::RULE,
    &list_rebuilt_in_loop::RULE,
    &sum_of_lists::RULE,
    &frame_grown_in_loop::RULE,
    &array_grown_in_loop::RULE,
    &buffer_resliced_in_loop::RULE,
    &deepcopy_of_fresh::RULE,
    &deepcopy_in_loop::RULE,
    &deepcopy::RULE,
    &copy_only_read::RULE,
    &copy_of_copy::RULE,
    &round_trip_copy::RULE,
    &buffer_exported::RULE,
    &missing_slots::RULE,
    &slots_without_effect::RULE,
    &slots_lost_in_subclass::RULE,
    &slots_conflict::RULE,
    &dict_per_row::RULE,
    &boxed_numbers::RULE,
    &list_as_constant::RULE,
    &linear_recursion::RULE,
    &tail_recursion::RULE,
    &slice_recursion::RULE,
    &recursive_generator::RULE,
    &recursion_limit_raised::RULE,
];
