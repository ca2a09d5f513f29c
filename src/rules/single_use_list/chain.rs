//! Names that each carry a list to one place, and where the last of them is walked.

use ruff_python_ast::{Expr, ExprCall};

use crate::catalog::consumers::{self, Consumer, Walk};
use crate::facts::Facts;
use crate::facts::comprehensions::Built;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::{BindingId, DefinitionKind, Resolution};
use crate::facts::usage::{Usage, Use, UsedOnce};
use crate::rules::list_in_reduction;

/// A name whose value is used once.
#[derive(Clone, Copy)]
pub(super) struct Link<'f, 'a> {
    /// The name and its use.
    pub once: UsedOnce<'f, 'a>,
    /// The value.
    pub value: &'a Expr,
    /// What list it is. `None`: it is lazy already.
    pub built: Option<Built<'a>>,
}

/// What walks a value.
#[derive(Clone, Copy)]
pub(super) enum By<'a> {
    /// A `for` statement.
    Loop,
    /// A function that takes one item after another.
    Consumer(&'static Consumer, &'a ExprCall),
    /// The right side of `in`.
    Membership,
    /// `yield from`.
    YieldFrom,
    /// A list, set or dict that is made of the items.
    Collection,
}

/// Where a value is walked.
#[derive(Clone, Copy)]
pub(super) struct End<'a> {
    /// The statement or expression that runs until the last item is taken.
    pub node: NodeId,
    /// What walks.
    pub by: By<'a>,
    /// Whether something stands between the name and what walks it: `enumerate(rows)`.
    pub relayed: bool,
}

/// Longer chains are left alone.
const MOST: usize = 16;

/// What becomes of a value.
enum Next<'f, 'a> {
    Link(Link<'f, 'a>),
    End(End<'a>),
}

/// Whether a value is of a form that the value of a link has.
pub(super) fn may_link(facts: &Facts<'_>, value: &Expr) -> bool {
    const MAKERS: [&str; 6] = ["enumerate", "filter", "list", "map", "tuple", "zip"];
    match value {
        Expr::ListComp(_) | Expr::Generator(_) | Expr::List(_) | Expr::Tuple(_) => true,
        Expr::Call(call) => facts.may_mean(&call.func, &MAKERS),
        _ => false,
    }
}

/// The link that a name is.
pub(super) fn link<'f, 'a>(facts: &'f Facts<'a>, binding: BindingId) -> Option<Link<'f, 'a>> {
    let value = facts.names().only_definition(binding).and_then(|definition| {
        let DefinitionKind::Assign { value, .. } = definition.kind else { return None };
        Some(value)
    })?;
    let built = match value {
        Expr::SetComp(_) => return None,
        Expr::Generator(_) => None,
        Expr::Call(call) if relayed(facts, call, 0) || relayed(facts, call, 1) => None,
        Expr::Tuple(it) if !it.parenthesized => return None,
        _ => Some(facts.built(value)?),
    };
    let once = facts.used_once(binding).filter(UsedOnce::is_direct)?;
    Some(Link { once, value, built })
}

/// The links from this one on, and where the last is walked. `None` for a link that another one
/// hands its items to.
pub(super) fn from<'f, 'a>(
    facts: &'f Facts<'a>,
    first: Link<'f, 'a>,
) -> Option<(Vec<Link<'f, 'a>>, End<'a>)> {
    let fed = facts.fed_by(first.once.binding).and_then(|once| link(facts, once.binding));
    if fed.is_some_and(|before| {
        matches!(next(facts, before.once.used), Some(Next::Link(it))
            if it.once.binding == first.once.binding)
    }) {
        return None;
    }
    let mut links = vec![first];
    while let Some(last) = links.last().filter(|_| links.len() <= MOST) {
        match next(facts, last.once.used) {
            Some(Next::End(end)) => return Some((links, end)),
            // A chain flows downwards.
            Some(Next::Link(link)) if link.once.definition.node > last.once.definition.node => {
                links.push(link);
            }
            _ => break,
        }
    }
    // The last list of the chain stays one: it collects the items of those before it.
    let kept = links.iter().rposition(|link| link.built.is_some()).filter(|at| *at > 0)?;
    let end = collected(facts, links.get(kept)?);
    links.truncate(kept);
    Some((links, end))
}

/// The end that a link is for those before it when it stays as it is.
pub(super) fn collected<'a>(facts: &Facts<'a>, link: &Link<'_, 'a>) -> End<'a> {
    End { node: facts.nodes().id(link.value), by: By::Collection, relayed: false }
}

fn next<'f, 'a>(facts: &'f Facts<'a>, used: Use<'a>) -> Option<Next<'f, 'a>> {
    let mut used = used;
    let mut relays = false;
    // Each step goes to an enclosing expression.
    loop {
        if !used.through.is_direct() {
            return None;
        }
        let end = |node, by| Some(Next::End(End { node, by, relayed: relays }));
        match used.usage {
            Usage::For(node) => return end(node, By::Loop),
            Usage::Contains(node) => return end(node, By::Membership),
            Usage::YieldedFrom(node) => return end(node, By::YieldFrom),
            Usage::Clause(node, 0) => {
                let Some(Node::Expr(comprehension)) = facts.nodes().get(node) else { return None };
                let link = assigned(facts, node);
                if link.is_some() {
                    return link.map(Next::Link);
                }
                if !comprehension.is_generator_expr() {
                    return end(node, By::Collection);
                }
                used = facts.usage(node);
                relays = true;
            }
            Usage::Argument(call, at) => {
                let node = facts.nodes().id(call);
                if relayed(facts, call, at) {
                    if let Some(link) = assigned(facts, node) {
                        return Some(Next::Link(link));
                    }
                    used = facts.usage(node);
                    relays = true;
                    continue;
                }
                let name = facts.qualified(&call.func)?;
                if let Some(consumer) = consumers::find(name) {
                    let argument = list_in_reduction::walked(facts, consumer, &call.arguments)?;
                    let walked = facts.nodes().id(argument) == used.node;
                    return walked.then(|| end(node, By::Consumer(consumer, call))).flatten();
                }
                let collects = matches!(name, "list" | "tuple")
                    && call.arguments.args.len() == 1
                    && call.arguments.keywords.is_empty();
                if !collects {
                    return None;
                }
                // A copy saves the pointers at most, and takes longer without the list.
                return assigned(facts, node).map(Next::Link);
            }
            _ => return None,
        }
    }
}

/// The link whose value an expression is.
fn assigned<'f, 'a>(facts: &'f Facts<'a>, node: NodeId) -> Option<Link<'f, 'a>> {
    let used = facts.usage(node);
    let Usage::Assigned(Expr::Name(name)) = used.usage else { return None };
    let Resolution::Binding(binding) = facts.names().resolve(name) else { return None };
    link(facts, binding).filter(|link| facts.nodes().id(link.value) == node)
}

/// Whether a call takes one item of the argument after the other as it is itself walked.
fn relayed<'a>(facts: &Facts<'a>, call: &'a ExprCall, at: usize) -> bool {
    if !facts.may_mean(&call.func, &["enumerate", "filter", "map", "zip"])
        || call.arguments.args.iter().any(Expr::is_starred_expr)
    {
        return false;
    }
    facts.qualified(&call.func).is_some_and(|name| match name {
        "enumerate" => at == 0,
        "filter" => at == 1,
        "map" => at >= 1,
        "zip" => true,
        _ => false,
    })
}

impl End<'_> {
    /// Whether the items are let go one after another.
    pub(super) fn is_streaming(&self) -> bool {
        !matches!(self.by, By::Collection)
    }

    /// Whether every item is taken unless something fails.
    pub(super) fn is_exhausting(&self) -> bool {
        !self.relayed
            && match self.by {
                By::Consumer(consumer, _) => consumer.walk == Walk::Exhausting,
                By::Collection => true,
                By::Loop | By::Membership | By::YieldFrom => false,
            }
    }
}
