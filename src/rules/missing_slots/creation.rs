//! Whether instances are created in bulk: in a loop over many elements, outliving the pass.

use ruff_python_ast::{Expr, ExprCall, Stmt};

use super::{initial_values, is_record};
use crate::facts::Facts;
use crate::facts::classes::{ClassInfo, Decoration};
use crate::facts::cost::SMALL;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::{DefinitionKind, Resolution};

/// Whether a call runs in a loop over many elements and what it makes outlives the pass.
pub(super) fn is_repeated<'a>(facts: &Facts<'a>, info: &ClassInfo<'a>, call: &'a ExprCall) -> bool {
    let id = facts.nodes().id(call);
    let innermost = facts.nodes().innermost_loop(id);
    if !innermost.exists() || facts.runs_once_per_loop(id, innermost) || in_test(facts, id) {
        return false;
    }
    let many = facts.loops().enclosing(innermost).any(|of| match of.iter {
        Some(iter) => !is_short(facts, iter),
        None => true,
    });
    many && is_kept(facts, info, call)
}

fn in_test(facts: &Facts<'_>, id: NodeId) -> bool {
    facts
        .scopes()
        .function(facts.nodes().scope(id))
        .is_some_and(|function| function.name.starts_with("test"))
}

pub(super) fn is_short_map<'a>(facts: &Facts<'a>, call: &'a ExprCall) -> bool {
    in_test(facts, facts.nodes().id(call))
        || call.arguments.args.get(1).is_none_or(|iter| is_short(facts, iter))
}

fn is_short<'a>(facts: &Facts<'a>, iter: &'a Expr) -> bool {
    length(facts, iter).is_some_and(|length| length <= SMALL)
}

fn length<'a>(facts: &Facts<'a>, iter: &'a Expr) -> Option<u64> {
    facts.length_of(iter).or_else(|| {
        let Expr::Name(name) = iter else { return None };
        let names = facts.names();
        let Resolution::Binding(binding) = names.resolve(name) else { return None };
        match names.only_definition(binding)?.kind {
            DefinitionKind::Assign { value, .. } => match value {
                Expr::List(_) | Expr::Tuple(_) | Expr::Set(_) | Expr::Dict(_) => {
                    facts.length_of(value)
                }
                _ => None,
            },
            _ => None,
        }
    })
}

/// Methods of containers that keep an argument, and which one.
const KEEPING: &[(&str, usize)] = &[
    ("add", 0),
    ("append", 0),
    ("appendleft", 0),
    ("heappush", 1),
    ("insert", 1),
    ("push", 0),
    ("put", 0),
    ("setdefault", 1),
];

/// Whether the instance outlives the pass: it goes into a container or another instance, directly
/// or through a local name.
fn is_kept<'a>(facts: &Facts<'a>, info: &ClassInfo<'a>, call: &'a ExprCall) -> bool {
    let nodes = facts.nodes();
    let id = nodes.id(call);
    if goes_into_container(facts, info, id) {
        return true;
    }
    let target = match nodes.get(nodes.parent(id)) {
        Some(Node::Stmt(Stmt::Assign(it))) => match &it.targets[..] {
            [Expr::Name(target)] => target,
            _ => return false,
        },
        Some(Node::Stmt(Stmt::AnnAssign(it))) => match &*it.target {
            Expr::Name(target) => target,
            _ => return false,
        },
        _ => return false,
    };
    let names = facts.names();
    let Resolution::Binding(binding) = names.resolve(target) else { return false };
    let innermost = nodes.innermost_loop(id);
    names.reads(binding).any(|(read, _)| {
        nodes.innermost_loop(read) == innermost && goes_into_container(facts, info, read)
    })
}

/// Whether a value is the element of a comprehension, the argument of `append` and its like, is
/// yielded, or is stored under a subscript or in an attribute of the class.
fn goes_into_container<'a>(facts: &Facts<'a>, info: &ClassInfo<'a>, id: NodeId) -> bool {
    let nodes = facts.nodes();
    let (mut at, mut inner) = (nodes.parent(id), id);
    // `append((key, Item(..)))` and `[Item(..)]` keep the instance as well.
    while let Some(Node::Expr(Expr::Tuple(_) | Expr::List(_) | Expr::If(_))) = nodes.get(at) {
        (at, inner) = (nodes.parent(at), at);
    }
    let is_inner = |expr: &Expr| nodes.id(expr) == inner;
    match nodes.get(at) {
        Some(Node::Expr(Expr::ListComp(it))) => is_inner(&it.elt),
        Some(Node::Expr(Expr::SetComp(it))) => is_inner(&it.elt),
        Some(Node::Expr(Expr::DictComp(it))) => is_inner(&it.value),
        // What is yielded is not kept for sure; a record is likely to be.
        Some(Node::Expr(Expr::Yield(_))) => {
            matches!(info.decoration, Decoration::Dataclass(_))
                || is_record(facts, info, &initial_values(facts, info))
        }
        Some(Node::Expr(Expr::Call(outer))) => {
            let name = match &*outer.func {
                Expr::Attribute(it) => it.attr.as_str(),
                Expr::Name(it) => it.id.as_str(),
                _ => return false,
            };
            let arguments = &outer.arguments;
            KEEPING.iter().any(|(method, index)| {
                *method == name
                    && arguments.len() == index + 1
                    && arguments.args.get(*index).is_some_and(is_inner)
            })
        }
        Some(Node::Stmt(Stmt::Assign(it))) => {
            is_inner(&it.value)
                && it.targets.iter().any(|target| match target {
                    Expr::Subscript(_) => true,
                    Expr::Attribute(target) => info.holds(target.attr.as_str()),
                    _ => false,
                })
        }
        _ => false,
    }
}
