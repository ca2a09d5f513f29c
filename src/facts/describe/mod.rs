//! The facts of a file in words, line by line: what `heaplint debug facts` prints and what the
//! pages under `tests/facts/` assert. Knows nothing itself: each topic asks its facts.

mod classes;
mod cost;
mod effects;
mod extents;
mod flow;
mod growth;
mod handles;
mod names;
mod queries;
mod repetition;
mod scopes;
mod types;
mod usage;
mod whole;

use ruff_text_size::{Ranged, TextSize};

use super::Facts;

/// A fact in words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Told {
    /// What it is about: where its node begins.
    pub offset: TextSize,
    /// The kind of fact.
    pub topic: &'static str,
    /// What is so: `total: int`.
    pub text: String,
}

/// A kind of fact with the function that tells all of that kind.
type Topic = (&'static str, fn(&Facts<'_>, &mut Teller));

/// Every topic.
const TOPICS: &[Topic] = &[
    ("class", classes::tell_kind),
    ("layout", classes::tell_layout),
    ("slots", classes::tell_slots),
    ("attributes", classes::tell_attributes),
    ("dynamic", classes::tell_dynamic),
    ("kept", classes::tell_kept),
    ("created", classes::tell_created),
    ("size", cost::size),
    ("bytes", cost::bytes),
    ("cost", cost::phrase),
    ("reaching", flow::reaching),
    ("last-use", flow::last_use),
    ("dead-store", flow::dead_store),
    ("previous", flow::previous),
    ("held", flow::held),
    ("carried", flow::carried),
    ("accumulated", flow::accumulated),
    ("drained", flow::drained),
    ("folded", flow::folded),
    ("unreachable", flow::unreachable),
    ("paths", flow::paths),
    ("file", handles::tell_files),
    ("walk", handles::tell_walks),
    ("extent", extents::tell),
    ("iterable", extents::tell_iterables),
    ("spread", extents::tell_spreads),
    ("rest", extents::tell_rests),
    ("command", extents::tell_commands),
    ("limit", whole::tell_limits),
    ("book", whole::tell_books),
    ("growth", growth::tell_verdict),
    ("grows", growth::tell_growths),
    ("shrinks", growth::tell_shrinks),
    ("bounds", growth::tell_bounds),
    ("leaves", growth::tell_escapes),
    ("qualified", names::tell),
    ("candidates", names::tell_candidates),
    ("origin", queries::tell_origins),
    ("elements", queries::tell_elements),
    ("query", queries::tell),
    ("queryset", queries::tell_querysets),
    ("session", queries::tell_sessions),
    ("batch", queries::tell_batches),
    ("request", queries::tell_requests),
    ("repeat", repetition::tell_repeat),
    ("once", repetition::tell_once),
    ("calls", repetition::tell_calls),
    ("recursion", repetition::tell_recursion),
    ("scope", scopes::tell),
    ("binds", scopes::tell_bindings),
    ("reads", scopes::tell_uses),
    ("poison", scopes::tell_poison),
    ("annotation", scopes::tell_annotations),
    ("exports", scopes::tell_exports),
    ("type-checking", scopes::tell_type_checking),
    ("type", types::tell),
    ("used-once", usage::tell),
    ("chain", usage::tell_chains),
    ("usage", usage::tell_uses),
    ("escapes", effects::tell_escapes),
    ("changes", effects::tell_changes),
    ("mutated", effects::tell_mutated),
    ("deferral", effects::tell_deferral),
    ("invariant", effects::tell_invariant),
    ("by-pass", effects::tell_by_pass),
    ("single", effects::tell_single),
    ("built", effects::tell_built),
    ("pure", effects::tell_purity),
    ("acts", effects::tell_acts),
];

/// Gathers what a topic tells.
pub struct Teller {
    topic: &'static str,
    told: Vec<Told>,
}

impl Teller {
    /// Tells a fact about a node.
    pub fn tell(&mut self, of: &impl Ranged, text: impl Into<String>) {
        self.told.push(Told { offset: of.start(), topic: self.topic, text: text.into() });
    }
}

/// The names of all topics.
pub fn topics() -> impl Iterator<Item = &'static str> {
    TOPICS.iter().map(|(name, _)| *name)
}

/// The facts of the file in the order of their places.
pub fn describe(facts: &Facts<'_>) -> Vec<Told> {
    let mut teller = Teller { topic: "", told: Vec::new() };
    for (topic, tell) in TOPICS {
        teller.topic = topic;
        tell(facts, &mut teller);
    }
    teller.told.sort();
    teller.told.dedup();
    teller.told
}
