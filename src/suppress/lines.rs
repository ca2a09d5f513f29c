//! Where comments stand: on which logical line, above which statement, in which block.

use ruff_python_ast::Stmt;
use ruff_python_ast::token::TokenKind;
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::facts::Facts;

/// A comment and what a suppression in it covers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Comment {
    /// The comment.
    pub(super) range: TextRange,
    /// What a comment of other linters covers there: its line, and behind the last line of a
    /// statement the whole of it.
    pub(super) line: TextRange,
    /// The same; above a statement, the logical line below with its decorators.
    pub(super) covers: TextRange,
    /// Where the block around ends.
    pub(super) block_end: TextSize,
    /// Whether it stands before the first statement, docstring and imports of `__future__` aside.
    pub(super) at_top: bool,
}

/// The comments and logical lines of a file.
pub(super) struct Lines {
    comments: Vec<Comment>,
}

/// A logical line: from its first token to its end.
#[derive(Debug, Clone, Copy)]
struct Logical {
    range: TextRange,
    decorator: bool,
}

impl Lines {
    pub(super) fn new(facts: &Facts<'_>) -> Lines {
        let mut logical: Vec<Logical> = Vec::new();
        let mut comments: Vec<TextRange> = Vec::new();
        let mut open: Option<(TextSize, bool)> = None;
        let mut last_end = TextSize::default();
        for token in facts.tokens {
            match token.kind() {
                TokenKind::Comment => comments.push(token.range()),
                TokenKind::Newline | TokenKind::EndOfFile => {
                    if let Some((start, decorator)) = open.take() {
                        let range = TextRange::new(start, last_end);
                        logical.push(Logical { range, decorator });
                    }
                }
                TokenKind::NonLogicalNewline | TokenKind::Indent | TokenKind::Dedent => {}
                kind => {
                    open.get_or_insert((token.start(), kind == TokenKind::At));
                    last_end = token.end();
                }
            }
        }
        let first = first_statement(&facts.module.body);
        let comments =
            comments.into_iter().map(|range| place(range, &logical, facts, first)).collect();
        Lines { comments }
    }

    pub(super) fn comments(&self) -> &[Comment] {
        &self.comments
    }
}

/// Where the first statement begins that is neither a docstring nor an import of `__future__`.
fn first_statement(body: &[Stmt]) -> TextSize {
    body.iter()
        .find(|stmt| match stmt {
            Stmt::Expr(it) => !it.value.is_string_literal_expr(),
            Stmt::ImportFrom(it) => it.module.as_ref().is_none_or(|name| name != "__future__"),
            _ => true,
        })
        .map_or(TextSize::new(u32::MAX), Ranged::start)
}

fn place(range: TextRange, logical: &[Logical], facts: &Facts<'_>, first: TextSize) -> Comment {
    let text = facts.source.text();
    let line_start = facts.source.line_start(range.start());
    let physical = TextRange::new(line_start, range.end());
    let alone = text[physical.start().to_usize()..range.start().to_usize()].trim().is_empty();
    let after = logical.partition_point(|it| it.range.end() <= range.start());
    // The logical line that ends before the comment, on the same physical line.
    let ended = after
        .checked_sub(1)
        .and_then(|index| logical.get(index))
        .filter(|it| it.range.end() > line_start);
    let line =
        ended.map_or(physical, |it| TextRange::new(it.range.start().min(line_start), range.end()));
    let below = logical.get(after).filter(|it| alone && it.range.start() > range.start());
    let covers = below.map_or(line, |first| {
        let mut end = first.range.end();
        // Decorators and what they decorate are one statement.
        let mut at = after;
        while logical.get(at).is_some_and(|it| it.decorator) {
            at += 1;
            end = logical.get(at).map_or(end, |it| it.range.end());
        }
        TextRange::new(first.range.start(), end)
    });
    let column = range.start() - line_start;
    let block_end = logical[after..]
        .iter()
        .find(|it| it.range.start() - facts.source.line_start(it.range.start()) < column)
        .map_or(TextSize::of(text), |it| facts.source.line_start(it.range.start()));
    Comment { range, line, covers, block_end, at_top: range.start() < first }
}
