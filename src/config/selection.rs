//! Which rules run at which level: the selectors of all layers, resolved.

use super::file::{ConfigError, Layer};
use super::select::{Selector, UnknownSelector};
use crate::rule::Level;
use crate::rules::RULES;

/// A set of rules by their position in the registry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RuleSet([u64; RuleSet::WORDS]);

impl RuleSet {
    const WORDS: usize = RULES.len().div_ceil(64);

    /// Every rule.
    pub fn all() -> RuleSet {
        let mut set = RuleSet::default();
        (0..RULES.len()).for_each(|index| set.set(index, true));
        set
    }

    /// Whether the set holds the rule at a position.
    pub fn contains(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }

    /// Puts the rule at a position into the set or takes it out.
    pub fn set(&mut self, index: usize, member: bool) {
        let Some(word) = self.0.get_mut(index / 64) else { return };
        let bit = 1 << (index % 64);
        *word = if member { *word | bit } else { *word & !bit };
    }

    /// Adds the rules of another set.
    pub fn extend(&mut self, other: RuleSet) {
        self.0.iter_mut().zip(other.0).for_each(|(word, more)| *word |= more);
    }

    /// The rules that a selector names.
    pub fn of(selector: &Selector) -> RuleSet {
        let mut set = RuleSet::default();
        for (index, rule) in RULES.iter().enumerate() {
            set.set(index, selector.matches(rule));
        }
        set
    }
}

/// A selector and whether it selects or ignores.
type Choice = (Selector, bool);

fn parse(layer: &Layer, key: &str, text: &str) -> Result<Selector, ConfigError> {
    Selector::parse(text).map_err(|error| layer.error(error.under(key), text))
}

/// A selector that may name a rule of another version: a warning, not an error.
pub(super) fn lenient(
    layer: &Layer,
    key: &str,
    text: &str,
    warnings: &mut Vec<String>,
) -> Option<Selector> {
    match Selector::parse(text) {
        Ok(selector) => Some(selector),
        Err(error) => {
            warnings.push(layer.error(error.under(key), text).to_string());
            None
        }
    }
}

/// The rules that say that a file was not checked: selecting others does not silence them.
fn always() -> RuleSet {
    let mut always = RuleSet::default();
    for (index, rule) in RULES.iter().enumerate() {
        always.set(index, matches!(rule.spec.code, "MEM000" | "MEM003"));
    }
    always
}

/// The level of each rule. In one layer the more specific selector wins; a later layer with
/// `select` begins anew, one without goes on from the layer before.
pub(super) fn levels(
    layers: &[Layer],
    warnings: &mut Vec<String>,
) -> Result<Vec<Level>, ConfigError> {
    let mut selected = RuleSet::default();
    // Rules that are off by default run only when something names them, `ALL` included.
    for (index, rule) in RULES.iter().enumerate() {
        selected.set(index, rule.spec.level != Level::Off);
    }
    for layer in layers {
        let options = &layer.options;
        let mut choices: Vec<Choice> = Vec::new();
        if let Some(select) = &options.select {
            selected = always();
            for text in select {
                choices.push((parse(layer, "select", text)?, true));
            }
        }
        for text in &options.extend_select {
            choices.push((parse(layer, "extend-select", text)?, true));
        }
        for text in &options.ignore {
            match layer.path {
                // What is typed now is checked now; a file may be read by another version.
                None => choices.push((parse(layer, "ignore", text)?, false)),
                Some(_) => {
                    choices.extend(
                        lenient(layer, "ignore", text, warnings).map(|selector| (selector, false)),
                    );
                }
            }
        }
        // At the same specificity ignoring comes last.
        choices.sort_by_key(|(selector, chosen)| (selector.specificity(), !chosen));
        for (selector, chosen) in choices {
            for (index, rule) in RULES.iter().enumerate() {
                if selector.matches(rule) {
                    selected.set(index, chosen);
                }
            }
        }
    }
    let mut levels: Vec<Level> = RULES
        .iter()
        .enumerate()
        .map(|(index, rule)| match rule.spec.level {
            _ if !selected.contains(index) => Level::Off,
            // An off rule that is selected reports without failing the gate.
            Level::Off => Level::Info,
            level => level,
        })
        .collect();
    for layer in layers {
        let mut stated: Vec<(Selector, Level)> = layer
            .options
            .levels
            .iter()
            .filter_map(|(text, level)| Some((lenient(layer, "levels", text, warnings)?, *level)))
            .collect();
        stated.sort_by_key(|(selector, _)| selector.specificity());
        for (selector, level) in stated {
            for (index, rule) in RULES.iter().enumerate() {
                // A level turns a rule on that is off by default; it does not undo `ignore`.
                let runs = selected.contains(index) || rule.spec.level == Level::Off;
                if runs && selector.matches(rule) {
                    levels[index] = level;
                }
            }
        }
    }
    Ok(levels)
}

/// The rules whose fixes may be applied.
pub(super) fn fixable(layers: &[Layer], warnings: &mut Vec<String>) -> RuleSet {
    let mut fixable = RuleSet::all();
    for layer in layers {
        if let Some(names) = &layer.options.fixable {
            fixable = RuleSet::default();
            for text in names {
                if let Some(selector) = lenient(layer, "fixable", text, warnings) {
                    fixable.extend(RuleSet::of(&selector));
                }
            }
        }
        for text in &layer.options.unfixable {
            if let Some(selector) = lenient(layer, "unfixable", text, warnings) {
                for (index, rule) in RULES.iter().enumerate() {
                    if selector.matches(rule) {
                        fixable.set(index, false);
                    }
                }
            }
        }
    }
    fixable
}

impl From<UnknownSelector> for ConfigError {
    fn from(error: UnknownSelector) -> ConfigError {
        error.to_string().into()
    }
}
