//! Types in words.

use ruff_python_ast::Expr;

use super::Teller;
use crate::facts::Facts;
use crate::facts::types::{Kind, Type};
use ruff_text_size::{Ranged, TextRange};

struct At(TextRange);

impl Ranged for At {
    fn range(&self) -> TextRange {
        self.0
    }
}

/// Of every definition whose type is known, the name and the type; of every `reveal_type(..)` the
/// type.
pub(super) fn tell(facts: &Facts<'_>, teller: &mut Teller) {
    for definition in facts.scopes().all_definitions() {
        let found = facts.type_of_definition(definition);
        if found != Type::UNKNOWN
            && !matches!(found.kind, Kind::Function | Kind::Class | Kind::Module)
        {
            teller.tell(
                &At(definition.range),
                format!("{}: {}", definition.name, facts.words_of(found)),
            );
        }
    }
    for call in facts.call_sites() {
        if let [argument] = &call.arguments.args[..]
            && matches!(&*call.func, Expr::Name(func) if func.id.as_str() == "reveal_type")
        {
            teller.tell(*call, facts.words_of(facts.type_of(argument)));
        }
    }
}
