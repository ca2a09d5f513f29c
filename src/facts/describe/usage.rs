//! Usage facts in words.

use std::borrow::Cow;

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use super::Teller;
use crate::facts::Facts;
use crate::facts::nodes::Node;
use crate::facts::scopes::{BindingId, Definition, DefinitionKind, ScopeKind};
use crate::facts::usage::{Usage, Use};

/// `rows: for`: of names that carry their value to one place, where they are defined.
pub(super) fn tell(facts: &Facts<'_>, teller: &mut Teller) {
    for (binding, definition) in assigned(facts) {
        if let Some(once) = facts.used_once(binding) {
            let text = format!("{}: {}", definition.name, words(facts, once.used));
            teller.tell(&definition.range, text);
        }
    }
}

/// `squared -> filtered -> argument 0 of sum`: of chains of two names or more, where they begin.
pub(super) fn tell_chains(facts: &Facts<'_>, teller: &mut Teller) {
    for (binding, definition) in assigned(facts) {
        if facts.fed_by(binding).is_some() {
            continue;
        }
        let Some(chain) = facts.chain_of(binding).filter(|chain| chain.links.len() > 1) else {
            continue;
        };
        let mut text = String::new();
        for link in &chain.links {
            text.push_str(link.once.definition.name);
            text.push_str(" -> ");
        }
        text.push_str(&words(facts, chain.end));
        teller.tell(&definition.range, text);
    }
}

/// How the values of names called `probe` are consumed.
pub(super) fn tell_uses(facts: &Facts<'_>, teller: &mut Teller) {
    for index in 0..facts.nodes().len() {
        let id = crate::facts::nodes::NodeId::new(index);
        if let Some(Node::Expr(Expr::Name(name))) = facts.nodes().get(id)
            && name.id.as_str() == "probe"
        {
            teller.tell(name, words(facts, facts.usage(id)));
        }
    }
}

/// The names that a statement gives a value, with their first definitions.
pub(super) fn assigned<'f, 'a>(
    facts: &'f Facts<'a>,
) -> impl Iterator<Item = (BindingId, &'f Definition<'a>)> {
    let names = facts.names();
    names.all().filter_map(move |binding| {
        let definition = names.definitions(binding).next()?;
        let scope = facts.scopes().get(definition.scope).kind;
        let told = matches!(
            definition.kind,
            DefinitionKind::Assign { .. } | DefinitionKind::Unpack(_) | DefinitionKind::With(_)
        ) && !matches!(scope, ScopeKind::Class(_));
        told.then_some((binding, definition))
    })
}

fn callee<'a>(facts: &Facts<'a>, call: &'a ExprCall) -> Cow<'a, str> {
    facts.qualified(&call.func).map_or_else(
        || match &*call.func {
            Expr::Name(name) => Cow::Borrowed(name.id.as_str()),
            Expr::Attribute(it) => Cow::Owned(format!(".{}", it.attr)),
            _ => Cow::Borrowed("?"),
        },
        Cow::Borrowed,
    )
}

/// A use in words.
pub(super) fn words<'a>(facts: &Facts<'a>, used: Use<'a>) -> String {
    let slice = |expr: &Expr| facts.source.slice(expr.range()).to_owned();
    let mut text = match used.usage {
        Usage::For(_) => "for".to_owned(),
        Usage::Clause(_, 0) => "comprehension".to_owned(),
        Usage::Clause(_, at) => format!("clause {at}"),
        Usage::Argument(call, at) => format!("argument {at} of {}", callee(facts, call)),
        Usage::Keyword(call, name) => format!("keyword {name} of {}", callee(facts, call)),
        Usage::Spread(call) => format!("spread to {}", callee(facts, call)),
        Usage::Called(_) => "called".to_owned(),
        Usage::Receiver(_, method) => format!("receiver of {method}"),
        Usage::Contains(_) => "in".to_owned(),
        Usage::Compared(_) => "compared".to_owned(),
        Usage::Operand(_) => "operand".to_owned(),
        Usage::Tested(_) => "tested".to_owned(),
        Usage::Indexed(_) => "indexed".to_owned(),
        Usage::Sliced(_) => "sliced".to_owned(),
        Usage::ItemStored(_) => "item stored".to_owned(),
        Usage::ItemDeleted(_) => "item deleted".to_owned(),
        Usage::Key(_) => "key".to_owned(),
        Usage::Bound(_) => "bound".to_owned(),
        Usage::Attribute(it) => format!("attribute {}", it.attr),
        Usage::AttributeStored(it) => format!("attribute {} stored", it.attr),
        Usage::AttributeDeleted(it) => format!("attribute {} deleted", it.attr),
        Usage::Unpacked(_) => "unpacked".to_owned(),
        Usage::Returned(_) => "returned".to_owned(),
        Usage::Yielded(_) => "yielded".to_owned(),
        Usage::YieldedFrom(_) => "yield from".to_owned(),
        Usage::Awaited(_) => "awaited".to_owned(),
        Usage::Stored(target) => format!("stored to {}", slice(target)),
        Usage::Shared(_) => "several targets".to_owned(),
        Usage::Assigned(target) => format!("assigned to {}", slice(target)),
        Usage::Displayed(_) => "displayed".to_owned(),
        Usage::SpreadInto(_) => "spread into a display".to_owned(),
        Usage::Collected(_) => "collected".to_owned(),
        Usage::Formatted(_) => "formatted".to_owned(),
        Usage::Deleted(_) => "deleted".to_owned(),
        Usage::Augmented(_) => "augmented".to_owned(),
        Usage::Augments(_) => "augments".to_owned(),
        Usage::Discarded(_) => "discarded".to_owned(),
        Usage::Context(_) => "with".to_owned(),
        Usage::Matched(_) => "matched".to_owned(),
        Usage::Raised(_) => "raised".to_owned(),
        Usage::Default(_) => "default".to_owned(),
        Usage::Decorator(_) => "decorator".to_owned(),
        Usage::Base(_) => "base".to_owned(),
        Usage::Annotation(_) => "annotation".to_owned(),
        Usage::Target(_) => "target".to_owned(),
        Usage::Unknown => "unknown".to_owned(),
    };
    if used.through.conditional {
        text.push_str(", conditionally");
    }
    if used.through.tested {
        text.push_str(", tested");
    }
    if let Some(target) = used.through.named {
        text.push_str(", named ");
        text.push_str(&slice(target));
    }
    text
}
