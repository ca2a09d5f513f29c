//! A diagnostic: one finding of one rule at one place, with all that a reader needs to act on it.

use ruff_text_size::{Ranged, TextRange};

use crate::facts::cost::Cost;
use crate::fingerprint::Place;
use crate::fix::Fix;
use crate::rule::{Level, Rule};

/// A finding.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    /// The rule that found it.
    pub rule: &'static Rule,
    /// The level of this finding, which may differ from the rule's.
    pub level: Level,
    /// The offending expression or statement.
    pub range: TextRange,
    /// The expression that allocates, where it is narrower than `range`.
    pub allocation: Option<TextRange>,
    /// What is held or copied, by whom, and how much.
    pub label: String,
    /// The smallest change that helps.
    pub help: Option<String>,
    /// What the code costs, in words.
    pub note: Option<String>,
    /// The bytes that the finding stands for, where literals allow to know them, and how well they
    /// are known.
    pub cost: Option<Cost>,
    /// Other places that matter, each with its message.
    pub related: Vec<Label>,
    /// The edit that resolves the finding.
    pub fix: Option<Fix>,
    /// What stays the same when code around it moves.
    pub place: Place,
}

/// A place with a message.
#[derive(Debug, Clone)]
pub struct Label {
    /// The place.
    pub range: TextRange,
    /// What is to be seen there.
    pub message: String,
}

impl Diagnostic {
    /// A diagnostic at the rule's own level and without help, cost or fix.
    pub fn new(rule: &'static Rule, range: TextRange, label: impl Into<String>) -> Diagnostic {
        Diagnostic {
            rule,
            level: rule.spec.level,
            range,
            allocation: None,
            label: label.into(),
            help: None,
            note: None,
            cost: None,
            related: Vec::new(),
            fix: None,
            place: Place::default(),
        }
    }

    /// The whole message in one line: the rule's summary and what is special here.
    pub fn message(&self) -> String {
        format!("{}: {}", self.rule.spec.summary, self.label)
    }

    /// Sets the level of this finding.
    pub fn level(&mut self, level: Level) -> &mut Self {
        self.level = level;
        self
    }

    /// Sets the help: the smallest change that helps.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// Sets the note: what the code costs, in words.
    pub fn note(&mut self, note: impl Into<String>) -> &mut Self {
        self.note = Some(note.into());
        self
    }

    /// Sets the cost. `None` leaves the diagnostic without one.
    pub fn cost(&mut self, cost: impl Into<Option<Cost>>) -> &mut Self {
        self.cost = cost.into();
        self
    }

    /// Adds a place that matters.
    pub fn related(&mut self, range: TextRange, message: impl Into<String>) -> &mut Self {
        self.related.push(Label { range, message: message.into() });
        self
    }

    /// Sets the fix. `None` leaves the diagnostic without one.
    pub fn fix(&mut self, fix: impl Into<Option<Fix>>) -> &mut Self {
        self.fix = fix.into();
        self
    }
}

impl Ranged for Diagnostic {
    fn range(&self) -> TextRange {
        self.range
    }
}
