//! Qualified names in words: of what is called, `np.append = numpy.append`.

use ruff_text_size::Ranged;

use super::Teller;
use crate::facts::Facts;

pub(super) fn tell(facts: &Facts<'_>, teller: &mut Teller) {
    for call in facts.call_sites() {
        if let Some(name) = facts.qualified(&call.func) {
            let text = facts.source.slice(call.func.range());
            teller.tell(&*call.func, format!("{text} = {name}"));
        }
    }
}

/// `json.loads = ujson.loads or json.loads`, and `or else` where it may be something that has no
/// name: of what is called under no certain name.
pub(super) fn tell_candidates(facts: &Facts<'_>, teller: &mut Teller) {
    for call in facts.call_sites() {
        let found = facts.qualified_candidates(&call.func);
        if facts.qualified(&call.func).is_none() && !found.names.is_empty() {
            let text = facts.source.slice(call.func.range());
            let rest = if found.complete { "" } else { " or else" };
            teller.tell(&*call.func, format!("{text} = {}{rest}", found.names.join(" or ")));
        }
    }
}
