//! The slow twin of the walk: goes back from each read through the blocks of its body.

use super::answers::Answers;
use super::values::Value;
use crate::facts::Facts;
use crate::facts::cfg::acts::{Act, held_from};
use crate::facts::scopes::ScopeId;

/// Finds what reaches the reads of a body.
pub(super) fn solve(facts: &Facts<'_>, body: ScopeId, answers: &mut Answers<'_>) {
    let Some(flow) = facts.flow_of(body) else { return };
    answers.env.clear();
    for acted in &flow.acts {
        let read = match acted.act {
            Act::Use(read) => read,
            Act::Store(id) | Act::Delete(id) => {
                answers.store(id);
                continue;
            }
        };
        let (found, unbound) = held_from(flow, flow.acts_of(acted.binding), acted.at);
        let choices = &mut answers.env.choices;
        let first = choices.len();
        let values = unbound.then_some(Value::UNBOUND).into_iter();
        let value = values
            .chain(found.into_iter().map(Value::defined))
            .reduce(|one, other| choices.either(one, other, first));
        answers.note(read, value.unwrap_or_default());
    }
    answers.settle();
}
