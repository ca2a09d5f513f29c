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
