//! Selectors: how people name rules.

use crate::rule::{Family, Rule};
use crate::rules::RULES;

/// A way to name one rule or many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// `ALL`.
    All,
    /// A code or the beginning of one: `MEM101`, `MEM1`, `MEM`.
    Code(String),
    /// A rule's name: `list-in-reduction`.
    Name(String),
    /// A family: `materialised`.
    Family(Family),
}

/// A selector that names no rule.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("unknown rule selector `{text}`{}", hint(.suggestion.as_deref()))]
pub struct UnknownSelector {
    /// The selector as written.
    pub text: String,
    /// The name or code that was probably meant.
    pub suggestion: Option<String>,
}

impl UnknownSelector {
    /// The message with the key under which the selector stands.
    pub(super) fn under(&self, key: &str) -> String {
        let hint = hint(self.suggestion.as_deref());
        format!("unknown rule selector `{}` in `{key}`{hint}", self.text)
    }
}

fn hint(suggestion: Option<&str>) -> String {
    suggestion.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

impl Selector {
    /// Reads a selector.
    pub fn parse(text: &str) -> Result<Selector, UnknownSelector> {
        let text = text.trim();
        if text == "ALL" {
            return Ok(Selector::All);
        }
        if let Some(family) = Family::ALL.iter().find(|family| family.slug() == text) {
            return Ok(Selector::Family(*family));
        }
        if RULES.iter().any(|rule| rule.spec.name == text) {
            return Ok(Selector::Name(text.to_owned()));
        }
        let code = text.to_ascii_uppercase();
        // A prefix of the family is a selector even while the family has no rule yet.
        let family = code.strip_prefix("MEM").and_then(|digits| match digits.as_bytes() {
            [digit] => Family::ALL.iter().find(|family| family.digit() == *digit),
            _ => None,
        });
        if code == "MEM"
            || family.is_some()
            || code.len() > 3 && RULES.iter().any(|rule| rule.spec.code.starts_with(&code))
        {
            return Ok(Selector::Code(code));
        }
        Err(UnknownSelector { text: text.to_owned(), suggestion: suggest(text) })
    }

    /// How narrow the selector is: the narrower one wins over the wider.
    pub fn specificity(&self) -> usize {
        match self {
            Selector::All => 0,
            Selector::Code(prefix) => prefix.len(),
            // A family is what a prefix of four characters names.
            Selector::Family(_) => 4,
            Selector::Name(_) => 6,
        }
    }

    /// Whether the selector names the rule.
    pub fn matches(&self, rule: &Rule) -> bool {
        match self {
            Selector::All => true,
            Selector::Code(prefix) => rule.spec.code.starts_with(prefix.as_str()),
            Selector::Name(name) => rule.spec.name == name,
            Selector::Family(family) => rule.spec.family == *family,
        }
    }
}

/// The rule's name or code nearest to the text, if any is near.
pub fn suggest(text: &str) -> Option<String> {
    nearest(text, RULES.iter().flat_map(|rule| [rule.spec.name, rule.spec.code]))
}

/// The candidate nearest to a text, if any is near.
pub fn nearest<'c>(text: &str, candidates: impl Iterator<Item = &'c str>) -> Option<String> {
    let wanted = text.to_ascii_lowercase();
    candidates
        .map(|name| (distance(&wanted, &name.to_ascii_lowercase()), name))
        .min()
        .filter(|(distance, name)| distance * 3 <= name.len())
        .map(|(_, name)| name.to_owned())
}

/// The edit distance between two words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.iter().enumerate() {
            let substituted = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
