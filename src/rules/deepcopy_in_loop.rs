//! MEM302: everything that can be reached from a value is duplicated again and again.

use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::{Ranged, TextRange};

use super::deepcopy;
use crate::cx::Cx;
use crate::facts::Facts;
use crate::facts::invariant::Invariance;
use crate::facts::loops::{Loop, LoopId};
use crate::facts::nodes::{Node, NodeId};
use crate::facts::repetition::{Reason, Repetition, Why};
use crate::facts::scopes::{Resolution, ScopeId};
use crate::facts::usage::Usage;
use crate::rule::{Level, On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/deepcopy-in-loop.md")),
    on: &[On::CallTo(&["copy.deepcopy"], check)],
    over: &["MEM303"],
};

/// What runs a copy again and again.
struct Again {
    /// In words: "in each pass of the loop in line 3".
    words: String,
    /// Where it stands, and what is to be seen there.
    seen: (TextRange, &'static str),
    /// Whether it is a request, message or event that a framework hands in.
    handled: bool,
}

fn check<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let facts = cx.facts;
    let Some(argument) = deepcopy::copied(facts, call) else { return };
    let id = facts.nodes().id(call);
    let Repetition::Repeat(reason) = facts.repetition(id) else { return };
    // For those a shallow copy or the object's own method is the better advice.
    if deepcopy::has_other_copy(cx, argument) {
        return;
    }
    let around = loop_of(facts, id, reason.node);
    // One copy of each item is one copy of all of them.
    if around.is_some_and(|(of, _)| facts.differs_by_pass(argument, of)) {
        return;
    }
    let shared = is_shared(facts, argument);
    let Some(Again { words, seen, handled }) = again(cx, reason, around, shared) else { return };
    let shown = deepcopy::shown(cx, argument);
    let invariant = around.is_some_and(|(of, _)| facts.invariance(argument, of) != Invariance::No);
    // Equal copies that are kept or changed have to be as many.
    if invariant && !is_only_read(facts, id) {
        return;
    }
    let label = if invariant {
        format!("{shown} is the same each time: it is duplicated {words}")
    } else {
        format!("everything reachable from {shown} is duplicated {words}")
    };
    let help = if invariant {
        "the copy is only read: share the original, or copy it once before the loop"
    } else {
        "share what is only read, and copy only what is going to be changed"
    };
    let diagnostic = cx.report(call.range(), label);
    diagnostic.help(help).related(seen.0, seen.1);
    if invariant || handled && shared {
        diagnostic.level(Level::Warn);
    }
}

/// Whether each name in the expression is one of the module: each call sees the same. What a
/// function gives may be another object each time.
fn is_shared<'a>(facts: &Facts<'a>, value: &'a Expr) -> bool {
    let at = facts.nodes().id(value);
    let made = |expr: &Expr| matches!(expr, Expr::Call(_) | Expr::Await(_));
    !facts.any_below(at, made)
        && std::iter::once(at)
            .chain(facts.nodes().descendants(at))
            .filter_map(|part| facts.binding_at(part))
            .all(|binding| facts.names().scope(binding) == ScopeId::MODULE)
}

/// The loop that a node stands for, from a place inside it.
fn loop_of<'f, 'a>(
    facts: &'f Facts<'a>,
    place: NodeId,
    node: NodeId,
) -> Option<(LoopId, &'f Loop<'a>)> {
    let mut id = facts.nodes().innermost_loop(place);
    while let Some(of) = facts.loops().get(id) {
        if of.node == node {
            return Some((id, of));
        }
        id = of.parent;
    }
    None
}

/// What repeats a place; `None` for what is no more than a guess of how often.
fn again<'a>(
    cx: &Cx<'_, 'a>,
    reason: Reason,
    around: Option<(LoopId, &Loop<'a>)>,
    shared: bool,
) -> Option<Again> {
    let facts = cx.facts;
    let place = facts.nodes().get(reason.node)?;
    let line = |range: TextRange| facts.source.position(range.start()).row;
    match reason.kind {
        Why::Loop(_) => {
            let (_, of) = around?;
            let at = of.iter.map_or(place.range(), Ranged::range);
            let (at, word) = match place {
                Node::Stmt(Stmt::While(it)) => (it.test.range(), "loop"),
                Node::Stmt(_) => (at, "loop"),
                Node::Expr(_) => (at, "comprehension"),
            };
            Some(Again {
                words: format!("in each pass of the {word} in line {}", line(place.range())),
                seen: (at, "repeated by this"),
                handled: false,
            })
        }
        Why::HandlerDecorator | Why::HandlerMethod => Some(Again {
            words: format!("each time the handler runs (line {})", line(place.range())),
            seen: (place.range(), "called by the framework"),
            handled: true,
        }),
        Why::EventHandler => {
            let Node::Stmt(Stmt::FunctionDef(def)) = place else { return None };
            Some(Again {
                words: format!("for each event (line {})", line(def.name.range())),
                seen: (def.name.range(), "called by the platform"),
                handled: true,
            })
        }
        // What else it copies may be another object in each call.
        Why::CalledInLoop if shared => {
            let site = facts.loop_repetition(reason.node)?;
            let line = line(facts.nodes().get(site.node)?.range());
            Some(Again {
                words: format!(
                    "in each pass of the loop in line {line}, which calls this function"
                ),
                seen: (place.range(), "called here"),
                handled: false,
            })
        }
        _ => None,
    }
}

/// Whether a copy is bound to a name, by which nothing is changed, and neither it nor anything in
/// it gets out.
fn is_only_read(facts: &Facts<'_>, copy: NodeId) -> bool {
    let Usage::Assigned(Expr::Name(name)) = facts.usage(copy).usage else { return false };
    let Resolution::Binding(binding) = facts.names().resolve(name) else { return false };
    facts.mutations(binding).is_empty()
        && facts.elements_escape(binding).is_none()
        && !facts.changes_below_top(copy, name.id.as_str())
}
