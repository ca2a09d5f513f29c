//! Writing suppressions: the comments under which a file's findings become accepted.
//!
//! A comment goes to the end of the line where the finding begins, into a comment of ours that is
//! there already. Where the line ends in a continuation or inside a string, it goes alone above
//! the statement. The code itself is never touched.

use std::collections::BTreeMap;

use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::pragma::{self, Verb};
use crate::config::{RuleSet, Selector, Settings};
use crate::diagnostic::Diagnostic;
use crate::fix::Edit;
use crate::rule::{Family, Rule};
use crate::rules::RULES;
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
    let found: Vec<&Diagnostic> =
        analysis.diagnostics.iter().filter(|it| is_suppressible(it.rule)).collect();
    match Writer::new(source, settings) {
        Some(writer) => {
            let source = source.edited(&writer.on_lines(&found, reason));
            Added { source, count: found.len() }
        }
        None => Added { source: source.clone(), count: 0 },
    }
}

/// Whether findings of a rule can be accepted. What is wrong with the file or with a comment is
/// not accepted but mended.
pub fn is_suppressible(rule: &Rule) -> bool {
    rule.spec.family != Family::Heaplint
}

/// Writes suppressions into a source that parses.
pub struct Writer<'s> {
    source: &'s Source,
    tokens: Tokens,
}

impl Writer<'_> {
    /// A writer for a source. `None` where it does not parse.
    pub fn new<'s>(source: &'s Source, settings: &Settings) -> Option<Writer<'s>> {
        Some(Writer { source, tokens: crate::tokens(source, settings)? })
    }

    /// The edits that suppress findings where they stand, sorted and disjoint.
    pub fn on_lines(&self, found: &[&Diagnostic], reason: &str) -> Vec<Edit> {
        let Writer { source, tokens } = self;
        let text = source.text();
        let mut by_line: BTreeMap<TextSize, Vec<&str>> = BTreeMap::new();
        for diagnostic in found {
            let codes = by_line.entry(source.line_start(diagnostic.range.start())).or_default();
            if !codes.contains(&diagnostic.rule.spec.code) {
                codes.push(diagnostic.rule.spec.code);
            }
        }
        let mut above: BTreeMap<TextSize, Vec<&str>> = BTreeMap::new();
        let mut edits = Vec::new();
        for (start, codes) in by_line {
            let end = source.line_end(start);
            let over_end = tokens.get(tokens.partition_point(|token| token.end() <= end));
            let in_string = over_end.is_some_and(|token| {
                token.start() <= end
                    && !matches!(token.kind(), TokenKind::NonLogicalNewline | TokenKind::Newline)
            });
            let continued = text[start.to_usize()..end.to_usize()].ends_with('\\');
            if in_string || continued {
                let before = &tokens[..tokens.partition_point(|token| token.start() <= start)];
                let statement = before.iter().rposition(|it| it.kind() == TokenKind::Newline);
                let first = tokens[statement.map_or(0, |newline| newline + 1)..]
                    .iter()
                    .find(|token| {
                        !matches!(
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
                let from = tokens.partition_point(|token| token.start() < start);
                let comment = tokens[from..]
                    .iter()
                    .take_while(|token| token.start() <= end)
                    .find(|token| token.kind() == TokenKind::Comment);
                edits.push(at_end(text, end, comment.map(Ranged::range), &codes, reason));
            }
        }
        let newline = source.line_break();
        for (start, mut codes) in above {
            codes.dedup();
            let line = &text[start.to_usize()..];
            let indent = &line[..line.len() - line.trim_start_matches([' ', '\t', '\x0c']).len()];
            edits
                .push(Edit::insert(start, format!("{indent}{}{newline}", written(&codes, reason))));
        }
        edits.sort_by_key(|edit| (edit.start(), edit.end()));
        edits
    }

    /// The edit that suppresses a rule in the whole file.
    pub fn in_file(&self, code: &str) -> Edit {
        let Writer { source, tokens } = self;
        // A comment that names rules of the file already takes one more.
        let known = tokens
            .iter()
            .take_while(|token| {
                matches!(
                    token.kind(),
                    TokenKind::Comment
                        | TokenKind::NonLogicalNewline
                        | TokenKind::Newline
                        | TokenKind::String
                )
            })
            .filter(|token| token.kind() == TokenKind::Comment)
            .flat_map(|token| pragma::parse(source.slice(token.range()), token.start()))
            .find(|it| it.verb == Verb::IgnoreFile && it.malformed.is_none() && it.listed);
        if let Some((_, last)) = known.and_then(|it| it.names.last().copied()) {
            return Edit::insert(last.end(), format!(", {code}"));
        }
        let mut at = TextSize::default();
        for _ in 0..2 {
            let line = source.slice(TextRange::new(at, source.line_end(at)));
            // The interpreter reads a shebang and an encoding in the first lines, IPython a magic.
            let stays = at == TextSize::default()
                && (line.starts_with("#!") || line.starts_with("%%"))
                || crate::source::declares_encoding(line);
            if !stays || source.next_line(at) == source.line_end(at) {
                break;
            }
            at = source.next_line(at);
        }
        Edit::insert(at, format!("# heaplint: ignore-file[{code}]{}", source.line_break()))
    }
}

/// The rules that the name of a suppression at an offset stands for, and where the name is.
pub fn named_at(
    source: &Source,
    settings: &Settings,
    offset: TextSize,
) -> Option<(Vec<&'static Rule>, TextRange)> {
    let line = source.slice(TextRange::new(source.line_start(offset), source.line_end(offset)));
    if !line.contains('#') {
        return None;
    }
    let tokens = crate::tokens(source, settings)?;
    let comment = tokens.iter().find(|token| {
        token.kind() == TokenKind::Comment && token.range().contains_inclusive(offset)
    })?;
    let pragmas = pragma::parse(source.slice(comment.range()), comment.start());
    let (name, range) = pragmas
        .iter()
        .flat_map(|pragma| &pragma.names)
        .find(|(_, range)| range.contains_inclusive(offset))?;
    let rules = RuleSet::of(&Selector::parse(name).ok()?);
    let named = RULES.iter().enumerate().filter(|(index, _)| rules.contains(*index));
    Some((named.map(|(_, rule)| *rule).collect(), *range))
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
