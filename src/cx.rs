//! What a rule may touch: the facts of the file, the settings, and the report of a finding.

use ruff_python_ast::Expr;
use ruff_text_size::{Ranged, TextRange};

use crate::config::Settings;
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;
use crate::rule::Rule;

/// The context of a hook.
pub struct Cx<'f, 'a> {
    /// The facts of the file.
    pub facts: &'f Facts<'a>,
    /// The settings of the file.
    pub settings: &'f Settings,
    pub(crate) rule: &'static Rule,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl<'a> Cx<'_, 'a> {
    /// Reports a finding of the running rule at the offending expression. The label says what is
    /// held or copied, by whom and how much.
    pub fn report(&mut self, range: TextRange, label: impl Into<String>) -> &mut Diagnostic {
        let mut diagnostic = Diagnostic::new(self.rule, range, label);
        diagnostic.level = self.settings.level(self.rule);
        let at = self.diagnostics.len();
        self.diagnostics.push(diagnostic);
        &mut self.diagnostics[at]
    }

    /// The text of a range.
    pub fn text(&self, range: TextRange) -> &'a str {
        self.facts.source.slice(range)
    }

    /// An expression as it is written, where it fits into a message: so many bytes at most, one
    /// line, no backtick.
    pub fn short(&self, expr: &Expr, most: usize) -> Option<&'a str> {
        let text = self.text(expr.range());
        (text.len() <= most && !text.contains(['\n', '`'])).then_some(text)
    }

    /// The same in backticks, or else other words for it.
    pub fn quoted(&self, expr: &Expr, most: usize, otherwise: &str) -> String {
        self.short(expr, most).map_or_else(|| otherwise.to_owned(), |text| format!("`{text}`"))
    }

    /// Whether a range holds a comment.
    pub fn has_comment(&self, range: TextRange) -> bool {
        self.facts
            .tokens
            .in_range(range)
            .iter()
            .any(|token| token.kind() == ruff_python_ast::token::TokenKind::Comment)
    }
}
