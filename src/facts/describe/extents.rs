//! How many items values have, and what commands print, in words.

use ruff_python_ast::{Expr, ExprContext};

use super::Teller;
use crate::catalog::commands::is_large;
use crate::facts::Facts;
use crate::facts::cost::human_count;
use crate::facts::extent::Extent;
use crate::facts::spread::{Bulk, Source};

/// `few`, `many`: of names and attributes called `probe`, where they are read.
pub(super) fn tell(facts: &Facts<'_>, teller: &mut Teller) {
    for expr in facts.nodes().exprs() {
        let probe = match expr {
            Expr::Name(it) => it.id.as_str() == "probe" && it.ctx == ExprContext::Load,
            Expr::Attribute(it) => it.attr.as_str() == "probe" && it.ctx == ExprContext::Load,
            _ => false,
        };
        if probe {
            let words = match facts.extent(expr) {
                Extent::Few => "few",
                Extent::Unknown => "unknown",
                Extent::Many => "many",
                Extent::Data => "data",
            };
            teller.tell(expr, words);
        }
    }
}

/// `short`, `brief`: of what `for` statements and comprehensions walk, where it surely has few items
/// or has few by convention.
pub(super) fn tell_iterables(facts: &Facts<'_>, teller: &mut Teller) {
    for iter in facts.loops().loops.iter().filter_map(|it| it.iter) {
        if facts.is_short(iter) {
            teller.tell(iter, "short");
        } else if facts.is_brief(iter) {
            teller.tell(iter, "brief");
        }
    }
}

/// `streamed containers of records`, `built`, `5,000 items`: of what a starred argument or the rest
/// of a target makes exist at once, where that is likely to be much.
pub(super) fn tell_spreads(facts: &Facts<'_>, teller: &mut Teller) {
    let arguments = facts.spreads().iter().map(|(_, starred)| &*starred.value);
    let rests = facts.rests().iter().filter_map(|starred| match facts.rest(starred)?.source {
        Source::Value(value) => Some(value),
        Source::Group => None,
    });
    for iterable in arguments.chain(rests) {
        let mut words = match facts.bulk(iterable) {
            None => continue,
            Some(Bulk::Streamed) if facts.makes_containers(iterable) => {
                "streamed containers".to_owned()
            }
            Some(Bulk::Streamed) => "streamed".to_owned(),
            Some(Bulk::Built) => "built".to_owned(),
            Some(Bulk::Known(items)) => format!("{} items", human_count(items)),
        };
        if facts.streams_records(iterable) {
            words.push_str(" of records");
        }
        teller.tell(iterable, words);
    }
}

/// `unread`: of the rest of a target that nothing reads.
pub(super) fn tell_rests(facts: &Facts<'_>, teller: &mut Teller) {
    for starred in facts.rests() {
        if facts.is_rest_unread(starred) {
            teller.tell(*starred, "unread");
        }
    }
}

/// `git log, large, by splitlines`: of calls that run a command.
pub(super) fn tell_commands(facts: &Facts<'_>, teller: &mut Teller) {
    for call in facts.call_sites() {
        let Some(name) = facts.qualified(&call.func) else { continue };
        if !name.starts_with("subprocess.") && name != "os.popen" {
            continue;
        }
        let Some(words) = facts.command_words(call) else { continue };
        let mut text: String =
            words.iter().map(|word| word.unwrap_or("?")).collect::<Vec<_>>().join(" ");
        text.push_str(if is_large(&words) { ", large" } else { ", small" });
        if let Some(walked) = facts.output_walked(call) {
            text.push_str(", by ");
            text.push_str(walked.by);
        }
        teller.tell(*call, text);
    }
}
