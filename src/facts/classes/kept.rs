//! Whether an instance outlives the place that creates it.

use ruff_python_ast::{Expr, ExprCall, Stmt};

use super::record::Record;
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::Resolution;

/// How an instance outlives the place that creates it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// It goes into a container or another instance.
    Stored,
    /// It is yielded: whoever gets it may keep it.
    Yielded,
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
    ("put_nowait", 0),
    ("setdefault", 1),
];

impl<'a> Facts<'a> {
    /// How the instance that a call creates is kept, if it is: directly, inside a tuple, or through
    /// a local name of the same loop.
    pub fn kept_as(&self, record: &Record<'a>, call: &'a ExprCall) -> Option<Kept> {
        let nodes = self.nodes();
        let id = nodes.id(call);
        if let Some(kept) = self.kept_at(record, id) {
            return Some(kept);
        }
        let target = match nodes.get(nodes.parent(id))? {
            Node::Stmt(Stmt::Assign(it)) => match &it.targets[..] {
                [Expr::Name(target)] => target,
                _ => return None,
            },
            Node::Stmt(Stmt::AnnAssign(it)) => match &*it.target {
                Expr::Name(target) => target,
                _ => return None,
            },
            _ => return None,
        };
        let names = self.names();
        let Resolution::Binding(binding) = names.resolve(target) else { return None };
        let innermost = nodes.innermost_loop(id);
        names
            .reads(binding)
            .filter(|(read, _)| nodes.innermost_loop(*read) == innermost)
            .find_map(|(read, _)| self.kept_at(record, read))
    }

    /// Whether a value is the element of a comprehension, the argument of `append` and its like, is
    /// yielded, or is stored under a subscript or in an attribute of the class.
    fn kept_at(&self, record: &Record<'a>, id: NodeId) -> Option<Kept> {
        let nodes = self.nodes();
        let (mut at, mut inner) = (nodes.parent(id), id);
        // `append((key, Item(..)))` and `[Item(..)]` keep the instance as well.
        while let Some(Node::Expr(Expr::Tuple(_) | Expr::List(_) | Expr::If(_))) = nodes.get(at) {
            (at, inner) = (nodes.parent(at), at);
        }
        let is_inner = |expr: &Expr| nodes.id(expr) == inner;
        let stored = match nodes.get(at)? {
            Node::Expr(Expr::ListComp(it)) => is_inner(&it.elt),
            Node::Expr(Expr::SetComp(it)) => is_inner(&it.elt),
            Node::Expr(Expr::DictComp(it)) => is_inner(&it.value),
            Node::Expr(Expr::Yield(_)) => return Some(Kept::Yielded),
            Node::Expr(Expr::Call(outer)) => {
                let name = Facts::tail_of_callee(outer)?;
                let arguments = &outer.arguments;
                KEEPING.iter().any(|(method, index)| {
                    *method == name
                        && arguments.len() == index + 1
                        && arguments.args.get(*index).is_some_and(is_inner)
                })
            }
            Node::Stmt(Stmt::Assign(it)) => {
                is_inner(&it.value)
                    && it.targets.iter().any(|target| match target {
                        Expr::Subscript(it) => !it.slice.is_string_literal_expr(),
                        Expr::Attribute(target) => record.holds(target.attr.as_str()),
                        _ => false,
                    })
            }
            _ => false,
        };
        stored.then_some(Kept::Stored)
    }
}
