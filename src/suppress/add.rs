//! Writing suppressions: the comments under which a file's findings become accepted.
//!
//! A comment goes to the end of the line where the finding begins, into a comment of ours that is
//! there already. Where the line ends in a continuation or inside a string, it goes alone above
//! the statement. The code itself is never touched.

use std::collections::BTreeMap;

use ruff_python_ast::token::TokenKind;
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::pragma::{self, Verb};
use crate::config::Settings;
use crate::fix::Edit;
use crate::source::Source;

/// A source with suppressions added.
#[derive(Debug)]
pub struct Added {
    /// The source.
    pub source: Source,
    /// How many findings are suppressed that were not.
    pub count: usize,
}

/// Adds suppressions for every finding of a source, with the reason where there is one.
pub fn add(source: &Source, settings: &Settings, reason: &str) -> Added {
    let analysis = crate::analyze(source, settings);
    let Some(tokens) = crate::tokens(source, settings) else {
        return Added { source: source.clone(), count: 0 };
    };
    let text = source.text();
    let mut by_line: BTreeMap<TextSize, Vec<&str>> = BTreeMap::new();
    let mut count = 0;
    for diagnostic in &analysis.diagnostics {
        // What is wrong with the file or with a comment is not accepted but mended.
        if diagnostic.rule.spec.code.starts_with("MEM0") {
            continue;
        }
        count += 1;
        let codes = by_line.entry(source.line_start(diagnostic.range.start())).or_default();
        if !codes.contains(&diagnostic.rule.spec.code) {
            codes.push(diagnostic.rule.spec.code);
        }
    }
    let mut above: BTreeMap<TextSize, Vec<&str>> = BTreeMap::new();
    let mut edits = Vec::new();
    for (start, codes) in by_line {
        let end = source.line_end(start);
        let in_string = tokens.iter().any(|token| {
            token.range().contains(end)
                && token.end() > end
                && !matches!(token.kind(), TokenKind::NonLogicalNewline | TokenKind::Newline)
        });
        let continued = text[start.to_usize()..end.to_usize()].ends_with('\\');
        if in_string || continued {
            let statement = tokens
                .iter()
                .rev()
                .skip_while(|token| token.start() > start)
                .find(|token| matches!(token.kind(), TokenKind::Newline))
                .map_or(TextSize::default(), Ranged::end);
            let first = tokens
                .iter()
                .find(|token| {
                    token.start() >= statement
                        && !matches!(
                            token.kind(),
                            TokenKind::NonLogicalNewline
                                | TokenKind::Comment
                                | TokenKind::Indent
                                | TokenKind::Dedent
                        )
                })
                .map_or(start, Ranged::start);
            above.entry(source.line_start(first)).or_default().extend(codes);
        } else {
            let comment = tokens.iter().find(|token| {
                token.kind() == TokenKind::Comment && (start..=end).contains(&token.start())
            });
            edits.push(at_end(text, end, comment.map(Ranged::range), &codes, reason));
        }
    }
    let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
    for (start, mut codes) in above {
        codes.dedup();
        let line = &text[start.to_usize()..];
        let indent = &line[..line.len() - line.trim_start_matches([' ', '\t', '\x0c']).len()];
        edits.push(Edit::insert(start, format!("{indent}{}{newline}", written(&codes, reason))));
    }
    edits.sort_by_key(|edit| (edit.start(), edit.end()));
    let source = source.edited(&edits);
    Added { source, count }
}

fn written(codes: &[&str], reason: &str) -> String {
    let gap = if reason.is_empty() { "" } else { " " };
    format!("# heaplint: ignore[{}]{gap}{reason}", codes.join(", "))
}

/// The edit at the end of a line: into the comment of ours that is there, or a new one.
fn at_end(
    text: &str,
    end: TextSize,
    comment: Option<TextRange>,
    codes: &[&str],
    reason: &str,
) -> Edit {
    if let Some(comment) = comment {
        let own = pragma::parse(&text[comment], comment.start())
            .into_iter()
            .find(|it| it.verb == Verb::Ignore && it.malformed.is_none());
        if let Some(last) = own.and_then(|it| it.names.last().map(|(_, range)| *range)) {
            return Edit::insert(last.end(), format!(", {}", codes.join(", ")));
        }
    }
    let line = &text[..end.to_usize()];
    let trimmed = line.trim_end_matches([' ', '\t']);
    let from = TextSize::new(trimmed.len() as u32);
    Edit::replace(TextRange::new(from, end), format!("  {}", written(codes, reason)))
}
