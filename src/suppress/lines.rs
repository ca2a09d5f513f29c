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
    /// How far its first token is from the start of that token's line.
    column: TextSize,
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
                        let column = start - facts.source.line_start(start);
                        logical.push(Logical { range, column, decorator });
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
        let mut comments: Vec<Comment> =
            comments.into_iter().map(|range| place(range, &logical, facts, first)).collect();
        end_blocks(&mut comments, &logical, facts);
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
    let block_end = TextSize::of(text);
    Comment { range, line, covers, block_end, at_top: range.start() < first }
}

/// Ends the block of each comment at the next logical line that is less far to the right. The one
/// that a comment stands in does not count.
fn end_blocks(comments: &mut [Comment], logical: &[Logical], facts: &Facts<'_>) {
    let mut lines = logical.iter().rev().peekable();
    // Of the lines below, from the last to the first, those that are less far to the right than
    // all that stand before them.
    let mut below: Vec<&Logical> = Vec::new();
    for comment in comments.iter_mut().rev() {
        let start = comment.range.start();
        while let Some(line) = lines.next_if(|it| it.range.start() > start) {
            while below.pop_if(|it| it.column >= line.column).is_some() {}
            below.push(line);
        }
        let column = start - facts.source.line_start(start);
        let outside = below.partition_point(|it| it.column < column);
        if let Some(line) = outside.checked_sub(1).and_then(|at| below.get(at)) {
            comment.block_end = line.range.start() - line.column;
        }
    }
}

#[cfg(test)]
mod tests {
    use ruff_python_parser::parse_module;
    use ruff_text_size::{Ranged, TextRange, TextSize};

    use super::Lines;
    use crate::facts::{Arena, Facts};
    use crate::source::Source;

    #[test]
    fn a_block_ends_where_a_line_is_less_far_to_the_right() {
        let text = "\
# top
if x:
    # if
    if y:
        a  # a
        # if y
        call(
            # argument
            b,
        )
    c = [
  # less
    ]
  # odd
d
# last
";
        let expected = [
            ("# top", ""),
            ("# if", "d"),
            ("# a", "        call("),
            ("# if y", "    c = ["),
            ("# argument", "    c = ["),
            ("# less", "d"),
            ("# odd", "d"),
            ("# last", ""),
        ];
        let source = Source::from_bytes("a.py", text.as_bytes().to_vec());
        let parsed = parse_module(text).expect("the text parses");
        let arena = Arena::new();
        let facts = Facts::new(&source, parsed.tokens(), parsed.syntax(), &arena);
        let lines = Lines::new(&facts);
        let found = lines.comments().iter().map(|comment| {
            let rest = TextRange::new(comment.block_end, TextSize::of(text));
            (source.slice(comment.range.range()), source.slice(rest).lines().next().unwrap_or(""))
        });
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }
}
