//! One line for each finding, for a program that reads text: what is wrong, where, and the
//! arguments that fix it, or the help where there is no fix.

use std::fmt::Write as _;

use crate::diagnostic::Diagnostic;
use crate::fix::{Fix, Safety};
use crate::source::Source;

use super::cell;
use super::place::{file, one_line};

pub(super) fn render(source: &Source, diagnostics: &[Diagnostic]) -> String {
    let path = one_line(&file(source.path()));
    let mut output = String::new();
    for found in diagnostics {
        let at = source.position(found.range.start());
        let code = found.rule.spec.code;
        let message = one_line(&found.message());
        let _ = write!(output, "{path}:{}{}:{}: {code} {message}", cell(at), at.row, at.column);
        match (found.fix.as_ref().map(Fix::safety), &found.help) {
            (Some(Safety::Safe), _) => output.push_str(" [fix: --fix]"),
            (Some(Safety::Unsafe), _) => output.push_str(" [fix: --fix --unsafe-fixes]"),
            (None, Some(help)) => {
                let _ = write!(output, "; help: {} [no fix]", one_line(help));
            }
            (None, None) => output.push_str(" [no fix]"),
        }
        output.push('\n');
    }
    output
}
