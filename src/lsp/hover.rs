//! Hovers: the rule's page in short, with what this finding costs and what was measured.

use std::fmt::Write as _;

use ruff_text_size::{TextRange, TextSize};
use serde_json::{Value, json};

use super::protocol::AtPosition;
use super::snapshot::Snapshot;
use crate::diagnostic::Diagnostic;
use crate::facts::cost::cost_in_words;
use crate::rule::Rule;
use crate::suppress;

/// The hover of a place: on a finding, or on the name of a rule in a suppression.
pub(super) fn at(snapshot: &Snapshot, params: &AtPosition) -> Value {
    let Some(part) = snapshot.part_of(&params.text_document.uri) else { return Value::Null };
    let offset = snapshot.offset(part, params.position);
    let found: Vec<&Diagnostic> =
        snapshot.found().iter().filter(|it| it.range.contains_inclusive(offset)).collect();
    let (text, range) = match &found[..] {
        [] => match named(snapshot, offset) {
            Some((rules, range)) => {
                let pages: Vec<String> = rules.into_iter().map(about).collect();
                (pages.join("\n\n---\n\n"), range)
            }
            None => return Value::Null,
        },
        [first, ..] => {
            let pages: Vec<String> = found.iter().map(|it| explained(it)).collect();
            (pages.join("\n\n---\n\n"), first.range)
        }
    };
    let kind = if snapshot.client.markdown { "markdown" } else { "plaintext" };
    let range = snapshot.range(part, range);
    json!({ "contents": { "kind": kind, "value": text }, "range": range })
}

/// More rules than these are not one that somebody wants to read about.
const MOST: usize = 3;

/// The rules of a name in a suppression.
fn named(snapshot: &Snapshot, offset: TextSize) -> Option<(Vec<&'static Rule>, TextRange)> {
    if snapshot.is_silent() {
        return None;
    }
    let (rules, range) = suppress::named_at(&snapshot.source, snapshot.settings(), offset)?;
    (!rules.is_empty() && rules.len() <= MOST).then_some((rules, range))
}

/// A finding and its rule.
fn explained(found: &Diagnostic) -> String {
    let spec = &found.rule.spec;
    let mut text = format!("**{} {}**: {}\n\n{}", spec.code, spec.name, spec.summary, found.label);
    if let Some(cost) = &found.cost {
        let _ = write!(text, "\n\nCost: {}", cost_in_words(cost));
    }
    if let Some(note) = &found.note {
        let _ = write!(text, "\n\n{note}");
    }
    if let Some(help) = &found.help {
        let _ = write!(text, "\n\nHelp: {help}");
    }
    let _ = write!(text, "\n\n---\n\n{}", page(found.rule));
    text
}

/// A rule without a finding.
fn about(rule: &'static Rule) -> String {
    let spec = &rule.spec;
    format!("**{} {}**: {}\n\n{}", spec.code, spec.name, spec.summary, page(rule))
}

/// The page in short: what stands before its first example, what was measured, and where the rest
/// is.
fn page(rule: &'static Rule) -> String {
    let spec = &rule.spec;
    let body = spec.page.split_once('\n').map_or("", |(_, body)| body);
    let end = [body.find("\n```"), body.find("\n## ")].into_iter().flatten().min();
    let mut text = body[..end.unwrap_or(body.len())].trim().to_owned();
    let measured: Vec<String> = measurements(spec.page).collect();
    if !measured.is_empty() {
        let _ = write!(text, "\n\nMeasured: {}.", measured.join("; "));
    }
    match crate::rule::address(rule) {
        Some(address) => {
            let _ = write!(text, "\n\n[The whole page]({address})");
        }
        None => {
            let _ = write!(text, "\n\nThe whole page: `heaplint explain {}`", spec.code);
        }
    }
    text
}

/// What the evidence of a page asserts, in words.
fn measurements(page: &str) -> impl Iterator<Item = String> {
    let blocks = page.lines().filter_map(|line| line.strip_prefix("```python evidence "));
    blocks.flat_map(str::split_whitespace).filter_map(|claim| {
        let (what, ratio) = claim.split_once(">=")?;
        let what = match what {
            "peak" => "the peak of memory",
            "kept" => "the memory that is kept",
            "time" => "the time",
            _ => return None,
        };
        Some(format!("{what} is at least {ratio} times that of the better form"))
    })
}

#[cfg(test)]
mod tests {
    use super::{about, page};
    use crate::rules::RULES;

    #[test]
    fn every_page_is_short_and_has_no_example() {
        for rule in RULES {
            let text = page(rule);
            assert!(!text.contains("```"), "{}", rule.spec.name);
            assert!(text.lines().count() > 1 && text.len() < 4000, "{}: {text}", rule.spec.name);
            assert!(about(rule).starts_with("**MEM"), "{}", rule.spec.name);
        }
    }
}
