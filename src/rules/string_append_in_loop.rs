//! MEM202: a local string grows in a loop. Information, unless an alias makes each pass a copy.

use ruff_text_size::Ranged;

use crate::cx::Cx;
use crate::facts::carried::range;
use crate::facts::flow::Accumulation;
use crate::facts::types::Kind;
use crate::rule::{Level, On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/string-append-in-loop.md")),
    on: &[On::Accumulation(check)],
    over: &[],
};

fn check<'a>(cx: &mut Cx<'_, 'a>, step: &Accumulation<'a>) {
    let facts = cx.facts;
    let Some(carried) = facts.carried_by(step) else { return };
    if carried.kind != Kind::Str || !carried.in_place() {
        return;
    }
    let target = cx.text(step.target.range());
    let at = range(facts, step);
    let Some(alias) = facts.alias_of(carried) else {
        cx.report(
            at,
            format!(
                "`{target}` grows by a piece on each pass; CPython usually extends a plain local \
                 string in place, the language does not promise it"
            ),
        )
        .help(
            "nothing to do for CPython; where the text is only written out, write each piece; \
             where other interpreters matter, use io.StringIO",
        );
        return;
    };
    let holder = cx.text(alias.range());
    let copied = carried.copied_in_words("pieces");
    let label =
        format!("`{holder}` holds the old string, so each pass copies all of `{target}`: {copied}");
    cx.report(at, label)
        .level(Level::Warn)
        .help(format!(
            "keep what is needed of the old `{target}`, such as its length, not `{target}` itself"
        ))
        .related(alias.range(), format!("holds the old `{target}` on each pass"));
}
