//! Edits and fixes, and applying them to a fixed point.

use std::collections::BTreeMap;

use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::config::Settings;
use crate::diagnostic::Diagnostic;
use crate::rule::Rule;
use crate::source::Source;

/// Whether a fix may change what the program does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Safety {
    /// May change behaviour, or loses a comment.
    Unsafe,
    /// Proven not to change behaviour.
    Safe,
}

impl Safety {
    /// The word used in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Safety::Safe => "safe",
            Safety::Unsafe => "unsafe",
        }
    }
}

/// The replacement of a range by a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    range: TextRange,
    content: String,
}

impl Edit {
    /// Replaces the range.
    pub fn replace(range: TextRange, content: impl Into<String>) -> Edit {
        Edit { range, content: content.into() }
    }

    /// Deletes the range.
    pub fn delete(range: TextRange) -> Edit {
        Edit::replace(range, "")
    }

    /// Inserts before the offset.
    pub fn insert(at: TextSize, content: impl Into<String>) -> Edit {
        Edit::replace(TextRange::empty(at), content)
    }

    /// The text that takes the place of the range.
    pub fn content(&self) -> &str {
        &self.content
    }
}

impl Ranged for Edit {
    fn range(&self) -> TextRange {
        self.range
    }
}

/// A change that resolves a diagnostic: edits that are applied all or not at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    title: String,
    safety: Safety,
    edits: Vec<Edit>,
}

impl Fix {
    /// A fix of sorted edits. `None` where there is no edit, or two of them overlap: such a fix
    /// has no single meaning.
    pub fn new(title: impl Into<String>, safety: Safety, mut edits: Vec<Edit>) -> Option<Fix> {
        edits.sort_by_key(|edit| (edit.range.start(), edit.range.end()));
        let disjoint = edits.windows(2).all(|pair| pair[0].range.end() <= pair[1].range.start());
        (disjoint && !edits.is_empty()).then(|| Fix { title: title.into(), safety, edits })
    }

    /// What the fix does, as a code action's title.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Whether the fix may change behaviour.
    pub fn safety(&self) -> Safety {
        self.safety
    }

    /// The edits, sorted and disjoint.
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }
}

impl Ranged for Fix {
    /// From the first edit's start to the last edit's end.
    fn range(&self) -> TextRange {
        match (self.edits.first(), self.edits.last()) {
            (Some(first), Some(last)) => TextRange::new(first.range.start(), last.range.end()),
            _ => TextRange::default(),
        }
    }
}

/// The text with the edits, which are sorted and disjoint, applied.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut output = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        output.push_str(&text[at..edit.range.start().to_usize()]);
        output.push_str(&edit.content);
        at = edit.range.end().to_usize();
    }
    output.push_str(&text[at..]);
    output
}

/// A source after fixing.
#[derive(Debug)]
pub struct Fixed {
    /// The resulting source: the original one when nothing was applied or the result was refused.
    pub source: Source,
    /// The rules whose fixes were applied, one entry for each fix.
    pub applied: Vec<&'static Rule>,
    /// What is found in the resulting source.
    pub left: Vec<Diagnostic>,
    /// Why fixing stopped.
    pub outcome: Outcome,
}

/// Why fixing stopped.
#[derive(Debug)]
pub enum Outcome {
    /// No fix is left.
    Converged,
    /// Fixes were still offered after the last round.
    OutOfRounds,
    /// A round would have broken the file, so the file was left as it was. The rules to blame.
    Refused(Vec<&'static Rule>),
}

/// The edits of one round, by where they begin.
#[derive(Default)]
struct Round {
    edits: BTreeMap<(TextSize, TextSize), Edit>,
}

impl Round {
    /// Takes all edits of a fix in, or none. A fix that touches another waits for the next round,
    /// where it is computed from the text that the first one left; an import that two fixes need
    /// is inserted once.
    fn add(&mut self, fix: &Fix) -> bool {
        let key = |edit: &Edit| (edit.start(), edit.end());
        let fits = fix.edits.iter().all(|edit| {
            let same = |it: &Edit| it == edit && edit.range.is_empty();
            let before = self.edits.range(..=key(edit)).next_back();
            let after = self.edits.range(key(edit)..).next();
            before.is_none_or(|(_, it)| same(it) || it.end() < edit.start())
                && after.is_none_or(|(_, it)| same(it) || edit.end() < it.start())
        });
        if fits {
            self.edits.extend(fix.edits.iter().map(|edit| (key(edit), edit.clone())));
        }
        fits
    }
}

/// More rounds than any chain of fixes needs; a cycle of two rules would spend them all.
const MAX_ROUNDS: usize = 10;

/// Applies the fixes that are at least as safe as `up_to`, again and again until none is left.
///
/// Never fails: a round after which the file no longer parses returns the original source.
pub fn fix(source: &Source, settings: &Settings, up_to: Safety) -> Fixed {
    fix_where(source, settings, up_to, &|_, _| true)
}

/// The same for the diagnostics that `wanted` accepts, given the source as it is in that round.
pub fn fix_where(
    source: &Source,
    settings: &Settings,
    up_to: Safety,
    wanted: &dyn Fn(&Source, &Diagnostic) -> bool,
) -> Fixed {
    let mut current = source.clone();
    let mut applied = Vec::new();
    for _ in 0..MAX_ROUNDS {
        let found = crate::analyze(&current, settings).diagnostics;
        let mut fixes: Vec<(&Fix, &'static Rule)> = found
            .iter()
            .filter(|diagnostic| settings.fixes(diagnostic.rule) && wanted(&current, diagnostic))
            .filter_map(|diagnostic| Some((diagnostic.fix.as_ref()?, diagnostic.rule)))
            .filter(|(fix, _)| fix.safety >= up_to)
            .filter(|(fix, _)| fix.edits.iter().all(|edit| current.is_editable(edit.range)))
            .collect();
        fixes.sort_by_key(|(fix, _)| (fix.start(), fix.end()));

        let mut round = Round::default();
        let mut rules: Vec<&'static Rule> = Vec::new();
        for (fix, rule) in fixes {
            if round.add(fix) {
                rules.push(rule);
            }
        }
        let edits: Vec<Edit> = round.edits.into_values().collect();
        if edits.is_empty() {
            return Fixed { source: current, applied, left: found, outcome: Outcome::Converged };
        }
        let next = current.edited(&edits);
        let grown = next.text().len() > 2 * source.text().len() + 4096;
        if grown || !crate::parses(&next, settings) {
            rules.sort_by_key(|rule| rule.spec.code);
            rules.dedup_by_key(|rule| rule.spec.code);
            let (source, outcome) = (source.clone(), Outcome::Refused(rules));
            let left = crate::analyze(&source, settings).diagnostics;
            return Fixed { source, applied: Vec::new(), left, outcome };
        }
        applied.extend(rules);
        current = next;
    }
    let left = crate::analyze(&current, settings).diagnostics;
    Fixed { source: current, applied, left, outcome: Outcome::OutOfRounds }
}

#[cfg(test)]
mod tests {
    use super::{Edit, Fix, Safety, apply};
    use ruff_text_size::{TextRange, TextSize};

    fn replace(start: u32, end: u32, content: &str) -> Edit {
        Edit::replace(TextRange::new(TextSize::new(start), TextSize::new(end)), content)
    }

    #[test]
    fn edits_are_sorted_and_applied_in_order() {
        let edits = vec![replace(4, 5, "two"), replace(0, 1, "one"), replace(1, 1, "!")];
        let fix = Fix::new("count", Safety::Safe, edits).unwrap();
        assert_eq!(apply("1 + 2", fix.edits()), "one! + two");
    }

    #[test]
    fn overlapping_edits_are_no_fix() {
        assert_eq!(Fix::new("", Safety::Safe, vec![replace(0, 3, ""), replace(2, 4, "")]), None);
        assert_eq!(Fix::new("", Safety::Safe, Vec::new()), None);
    }
}
