//! How many items values have, and what commands print, in words.

use ruff_python_ast::{Expr, ExprContext};

use super::Teller;
use crate::catalog::commands::is_large;
use crate::facts::Facts;
use crate::facts::extent::Extent;

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
