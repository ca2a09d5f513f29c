//! MEM003: the file cannot be read or decoded.

use crate::diagnostic::Diagnostic;
use crate::rule::{Rule, Spec};
use crate::source::Trouble;

/// The rule. The analysis reports it for sources with trouble.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/unreadable-file.md")),
    on: &[],
    over: &[],
};

/// The finding for a file's trouble.
pub(crate) fn diagnostic(trouble: &Trouble) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(&RULE, trouble.range, trouble.message.clone());
    diagnostic.help("no other rule has looked at this file");
    diagnostic
}
