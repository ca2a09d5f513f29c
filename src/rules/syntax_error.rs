//! MEM000: the file does not parse.

use ruff_text_size::{TextLen, TextRange};

use crate::SyntaxError;
use crate::diagnostic::Diagnostic;
use crate::rule::{Rule, Spec};
use crate::source::Source;

/// The rule. The analysis reports it where the parser fails.
pub static RULE: Rule =
    Rule { spec: Spec::from_page(include_str!("../../rules/syntax-error.md")), on: &[], over: &[] };

/// The finding for a parse error.
pub(crate) fn diagnostic(source: &Source, error: &SyntaxError) -> Diagnostic {
    let end = source.text().text_len();
    let range = TextRange::new(error.range.start().min(end), error.range.end().min(end));
    let mut diagnostic = Diagnostic::new(&RULE, range, error.message.clone());
    diagnostic.help("no other rule has looked at this file");
    diagnostic
}
