//! Suppressions: comments that say which findings are meant to be there.
//!
//! Reads comment tokens, never text. A suppression that suppresses nothing, names no rule or is
//! malformed is a finding of its own.

mod add;
mod lines;
mod pragma;

use ruff_text_size::{TextRange, TextSize};

use crate::config::{RuleSet, Selector, Settings, position, suggest};
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;
use crate::fix::{Edit, Fix, Safety};
use crate::rules::{RULES, invalid_suppression, unused_suppression};
pub use add::{Added, Writer, add, is_suppressible, named_at};
use lines::Lines;
use pragma::{Pragma, Verb};

/// A name in a pragma, and what it stands for.
struct Entry {
    /// Its place.
    range: TextRange,
    /// The rules that it names; `None` for a name of no rule.
    rules: Option<RuleSet>,
    /// Whether a finding was suppressed by it.
    used: bool,
    /// Whether an earlier name of the pragma says the same.
    duplicate: bool,
}

/// A pragma with the part of the file that it covers.
struct Suppression<'a> {
    pragma: Pragma<'a>,
    entries: Vec<Entry>,
    covers: TextRange,
    /// `ignore-file` below the first statement.
    misplaced: bool,
}

/// Takes out the diagnostics that are suppressed, and adds those about the suppressions.
pub(crate) fn apply(
    facts: &Facts<'_>,
    settings: &Settings,
    ignored: RuleSet,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut suppressions = find(facts);
    diagnostics.retain(|diagnostic| !suppressed(diagnostic, &mut suppressions));
    let enabled = |index: usize| {
        RULES.get(index).is_some_and(|rule| settings.enabled(rule)) && !ignored.contains(index)
    };
    for suppression in &suppressions {
        if let Some(found) = invalid(suppression, settings) {
            diagnostics.push(found);
        }
        if let Some(found) = unused(suppression, settings, facts, &enabled) {
            diagnostics.push(found);
        }
    }
}

/// Whether a text may hold a suppression.
pub(crate) fn may_stand_in(text: &str) -> bool {
    let text = text.as_bytes();
    memchr::memmem::find(text, b"heaplint:").is_some() || has_noqa(text)
}

/// Whether `noqa` may begin a comment, in any case. Its rarest letter is looked for.
fn has_noqa(text: &[u8]) -> bool {
    memchr::memchr2_iter(b'q', b'Q', text).any(|at| {
        matches!(&text[..at], [before @ .., b'n' | b'N', b'o' | b'O']
            if matches!(text[at + 1..], [b'a' | b'A', ..]) && before.trim_ascii_end().ends_with(b"#"))
    })
}

fn entries(pragma: &Pragma<'_>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for (name, range) in &pragma.names {
        let rules = match (pragma.verb, Selector::parse(name)) {
            // A blanket one has a form of its own.
            (_, Err(_) | Ok(Selector::All)) => None,
            (_, Ok(selector)) => Some(RuleSet::of(&selector)),
        };
        let duplicate = rules.is_some() && entries.iter().any(|entry| entry.rules == rules);
        entries.push(Entry { range: *range, rules, used: false, duplicate });
    }
    if entries.is_empty() && pragma.malformed.is_none() {
        entries.push(Entry {
            range: pragma.range,
            rules: Some(RuleSet::all()),
            used: false,
            duplicate: false,
        });
    }
    entries
}

fn find<'a>(facts: &Facts<'a>) -> Vec<Suppression<'a>> {
    let lines = Lines::new(facts);
    let mut found: Vec<Suppression<'a>> = Vec::new();
    for comment in lines.comments() {
        for pragma in pragma::parse(facts.source.slice(comment.range), comment.range.start()) {
            let covers = match pragma.verb {
                Verb::IgnoreFile => TextRange::up_to(TextSize::of(facts.source.text())),
                Verb::Disable => TextRange::new(comment.range.start(), comment.block_end),
                Verb::Enable => {
                    close(&mut found, &pragma);
                    continue;
                }
                Verb::Noqa => comment.line,
                Verb::Ignore => comment.covers,
            };
            found.push(Suppression {
                entries: entries(&pragma),
                misplaced: pragma.verb == Verb::IgnoreFile && !comment.at_top,
                pragma,
                covers,
            });
        }
    }
    found
}

/// Ends the ranges that an `enable` names.
fn close(found: &mut [Suppression<'_>], enable: &Pragma<'_>) {
    let named = entries(enable);
    for open in found.iter_mut().filter(|it| it.pragma.verb == Verb::Disable) {
        let same = open.entries.iter().any(|entry| named.iter().any(|it| it.rules == entry.rules));
        if same && open.covers.contains(enable.range.start()) {
            open.covers = TextRange::new(open.covers.start(), enable.range.start());
        }
    }
}

fn suppressed(diagnostic: &Diagnostic, suppressions: &mut [Suppression<'_>]) -> bool {
    let Some(rule) = position(diagnostic.rule) else { return false };
    let mut found = false;
    for suppression in suppressions.iter_mut().filter(|it| !it.misplaced) {
        if !suppression.covers.contains_inclusive(diagnostic.range.start()) {
            continue;
        }
        for entry in &mut suppression.entries {
            if entry.rules.is_some_and(|rules| rules.contains(rule)) {
                entry.used = true;
                found = true;
            }
        }
    }
    found
}

/// The edit that takes a pragma, or names of its list, out of the file.
fn removal(suppression: &Suppression<'_>, gone: &[TextRange], facts: &Facts<'_>) -> Vec<Edit> {
    let text = facts.source.text();
    let pragma = &suppression.pragma;
    let listed = pragma.listed && gone.len() < pragma.names.len();
    if listed {
        return gone
            .iter()
            .map(|range| {
                let after = &text[range.end().to_usize()..];
                let rest = after.trim_start_matches([' ', '\t']);
                if let Some(rest) = rest.strip_prefix(',') {
                    let rest = rest.trim_start_matches([' ', '\t']);
                    let end = TextSize::new((text.len() - rest.len()) as u32);
                    return Edit::delete(TextRange::new(range.start(), end));
                }
                // The last name takes the comma before it along.
                let before = text[..range.start().to_usize()].trim_end();
                let before = before.strip_suffix(',').unwrap_or(before).trim_end();
                Edit::delete(TextRange::new(TextSize::new(before.len() as u32), range.end()))
            })
            .collect();
    }
    let range = pragma.range;
    let before = &text[..range.start().to_usize()];
    let line_start = facts.source.line_start(range.start());
    let after = &text[range.end().to_usize()..];
    let ends = after.trim_start_matches([' ', '\t']);
    let alone = before[line_start.to_usize()..].trim().is_empty();
    let last = ends.is_empty() || ends.starts_with(['\n', '\r']);
    let range = if alone && last {
        // The whole line goes.
        TextRange::new(line_start, facts.source.next_line(range.end()))
    } else if last {
        let start = before.trim_end_matches([' ', '\t']).len();
        TextRange::new(TextSize::new(start as u32), range.end())
    } else {
        // Another comment follows, with its own `#`.
        let end = text.len() - ends.len();
        TextRange::new(range.start(), TextSize::new(end as u32))
    };
    vec![Edit::delete(range)]
}

fn unused(
    suppression: &Suppression<'_>,
    settings: &Settings,
    facts: &Facts<'_>,
    enabled: &dyn Fn(usize) -> bool,
) -> Option<Diagnostic> {
    let pragma = &suppression.pragma;
    // Other linters may need a blanket `noqa`.
    let blanket_noqa = pragma.verb == Verb::Noqa && !pragma.listed;
    if !settings.enabled(&unused_suppression::RULE) || blanket_noqa || suppression.misplaced {
        return None;
    }
    // A rule that does not run cannot say that it would have been quiet.
    let judged =
        |rules: RuleSet| (0..RULES.len()).all(|index| !rules.contains(index) || enabled(index));
    let gone: Vec<TextRange> = suppression
        .entries
        .iter()
        .filter(|entry| !entry.used && !entry.duplicate && entry.rules.is_some_and(judged))
        .map(|entry| entry.range)
        .collect();
    let first = *gone.first()?;
    let whole = gone.len() >= suppression.entries.len();
    let range = if whole { pragma.range } else { first };
    let names: Vec<String> =
        gone.iter().map(|range| format!("`{}`", facts.source.slice(*range).trim())).collect();
    let label = if pragma.listed {
        format!("{} suppresses nothing here", names.join(", "))
    } else {
        "the file has no finding to suppress".to_owned()
    };
    // The list of other linters stays theirs.
    let edits = if pragma.verb == Verb::Noqa && !whole_noqa(pragma, &gone, facts) {
        noqa_removal(pragma, &gone, facts)
    } else {
        removal(suppression, &gone, facts)
    };
    let mut found = Diagnostic::new(&unused_suppression::RULE, range, label);
    found.level = settings.level(&unused_suppression::RULE);
    found.help("delete it");
    found.fix(Fix::new("Delete the unused suppression", Safety::Safe, edits));
    Some(found)
}

/// Whether a `noqa` names nothing but what is gone.
fn whole_noqa(pragma: &Pragma<'_>, gone: &[TextRange], facts: &Facts<'_>) -> bool {
    let text = facts.source.slice(pragma.range);
    let list = text.split_once(':').map_or("", |(_, list)| list);
    let words = list.split([',', ' ', '\t']).filter(|word| !word.is_empty()).count();
    words == gone.len()
}

/// The codes that are gone out of a `noqa` that also names others.
fn noqa_removal(pragma: &Pragma<'_>, gone: &[TextRange], facts: &Facts<'_>) -> Vec<Edit> {
    let text = facts.source.text();
    gone.iter()
        .map(|range| {
            let after = &text[range.end().to_usize()..pragma.range.end().to_usize()];
            let rest = after.trim_start_matches([' ', '\t', ',']);
            if rest.is_empty() {
                let before = text[..range.start().to_usize()].trim_end_matches([' ', '\t', ',']);
                Edit::delete(TextRange::new(TextSize::new(before.len() as u32), range.end()))
            } else {
                let end = range.end() + TextSize::new((after.len() - rest.len()) as u32);
                Edit::delete(TextRange::new(range.start(), end))
            }
        })
        .collect()
}

fn invalid(suppression: &Suppression<'_>, settings: &Settings) -> Option<Diagnostic> {
    if !settings.enabled(&invalid_suppression::RULE) {
        return None;
    }
    let pragma = &suppression.pragma;
    let rule = &invalid_suppression::RULE;
    let report = |range: TextRange, label: String| {
        let mut found = Diagnostic::new(rule, range, label);
        found.level = settings.level(rule);
        found
    };
    if let Some(problem) = pragma.malformed {
        return Some(report(pragma.range, problem.to_owned()));
    }
    if suppression.misplaced {
        let mut found = report(
            pragma.range,
            "it stands below the first statement, so it covers nothing".to_owned(),
        );
        found.help("move it to the top of the file");
        return Some(found);
    }
    let unknown = suppression
        .entries
        .iter()
        .zip(&pragma.names)
        .find(|(entry, _)| entry.rules.is_none() && pragma.verb != Verb::Noqa);
    if let Some((entry, (name, _))) = unknown {
        let mut found = report(entry.range, format!("no rule is called `{name}`"));
        if let Some(meant) = suggest(name) {
            found.help(format!("did you mean `{meant}`?"));
            found.fix(Fix::new(
                format!("Replace by `{meant}`"),
                Safety::Unsafe,
                vec![Edit::replace(entry.range, meant)],
            ));
        }
        return Some(found);
    }
    if let Some(entry) = suppression.entries.iter().find(|entry| entry.duplicate) {
        let mut found = report(entry.range, "the same rule is named twice".to_owned());
        found.help("delete one");
        return Some(found);
    }
    if settings.require_reason && pragma.reason.is_empty() && pragma.verb != Verb::Noqa {
        let mut found = report(pragma.range, "it states no reason".to_owned());
        found.help("write the reason behind the list");
        return Some(found);
    }
    None
}
