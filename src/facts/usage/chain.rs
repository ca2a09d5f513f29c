//! Chains of names that each carry a value to one place: `squared` is used once by the
//! comprehension that makes `filtered`, and that once by `sum`.

use ruff_python_ast::Expr;

use super::{Usage, Use, UsedOnce};
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::{BindingId, Resolution};

/// One name of a chain.
#[derive(Debug, Clone, Copy)]
pub struct Link<'f, 'a> {
    /// The name, with the use that hands its value on.
    pub once: UsedOnce<'f, 'a>,
}

/// A chain of names, in the order in which the values flow.
#[derive(Debug, Clone)]
pub struct Chain<'f, 'a> {
    /// The names. Never empty.
    pub links: Vec<Link<'f, 'a>>,
    /// How the last value is consumed.
    pub end: Use<'a>,
}

/// Calls that hand the items of their argument on.
const RELAYS: &[(&str, usize)] = &[
    ("enumerate", 0),
    ("filter", 1),
    ("iter", 0),
    ("list", 0),
    ("map", 1),
    ("reversed", 0),
    ("set", 0),
    ("sorted", 0),
    ("tuple", 0),
    ("zip", 0),
];

impl<'a> Facts<'a> {
    /// The chain that begins with a name. A name that only hands on what an earlier one carried
    /// has a chain of its own: `fed_by` tells.
    pub fn chain_of(&self, binding: BindingId) -> Option<Chain<'_, 'a>> {
        let mut once = self.used_once(binding)?;
        let mut links = vec![Link { once }];
        let mut end = once.used;
        // Each step goes to a later definition, so the chain ends.
        while let Some(relay) = self.relay(end) {
            end = self.usage(relay);
            let Usage::Assigned(Expr::Name(name)) = end.usage else { continue };
            let Resolution::Binding(next) = self.names().resolve(name) else { break };
            let Some(next) = self.used_once(next).filter(|_| end.through.is_direct()) else {
                break;
            };
            if next.definition.node <= once.definition.node {
                break;
            }
            once = next;
            links.push(Link { once });
            end = once.used;
        }
        Some(Chain { links, end })
    }

    /// The name whose only use is to feed the value of this one.
    pub fn fed_by(&self, binding: BindingId) -> Option<UsedOnce<'_, 'a>> {
        let value = self.used_once(binding)?.value?;
        let mut source = value;
        loop {
            source = match source {
                Expr::Name(name) => {
                    let Resolution::Binding(of) = self.names().resolve(name) else { return None };
                    return self.used_once(of).filter(|once| once.value.is_some());
                }
                Expr::ListComp(it) => &it.generators.first()?.iter,
                Expr::SetComp(it) => &it.generators.first()?.iter,
                Expr::DictComp(it) => &it.generators.first()?.iter,
                Expr::Generator(it) => &it.generators.first()?.iter,
                Expr::Call(call) => {
                    let name = self.qualified(&call.func)?;
                    let (_, at) = RELAYS.iter().find(|(known, _)| *known == name)?;
                    call.arguments.args.get(*at)?
                }
                _ => return None,
            };
        }
    }

    /// The expression that hands on the items of what is used so.
    fn relay(&self, used: Use<'a>) -> Option<NodeId> {
        if !used.through.is_direct() {
            return None;
        }
        match used.usage {
            Usage::Clause(comprehension, 0) => Some(comprehension),
            Usage::Argument(call, at) => {
                let name = self.qualified(&call.func)?;
                RELAYS
                    .iter()
                    .any(|(known, least)| *known == name && (at == *least || name == "zip"))
                    .then(|| self.nodes().id(call))
            }
            _ => None,
        }
    }

    /// The expression of a node.
    pub(in crate::facts) fn expr_at(&self, node: NodeId) -> Option<&'a Expr> {
        self.nodes().get(node).and_then(Node::as_expr)
    }
}
