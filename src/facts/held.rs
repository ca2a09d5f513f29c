//! Whether a loop that makes a value anew on each pass does more with it than that: hands the old
//! value to somebody who keeps it, or reads all of it.

use ruff_python_ast::{Expr, ExprContext};

use super::Facts;
use super::carried::Carried;
use super::escapes::Way;
use super::flow::same_place;
use super::nodes::{Node, NodeId};
use super::types::Kind;
use super::usage::{Usage, Use};

impl<'a> Facts<'a> {
    /// A read in the loop by which the value of a pass outlives the pass: another name, an
    /// attribute or a container takes it, a consumer of `yield`, a call that may keep it, or a
    /// loop that walks it while it is made anew.
    pub fn kept_in_loop(&self, carried: &Carried<'a>) -> Option<NodeId> {
        let of = self.loops().get(carried.outermost)?.node;
        self.loads_below(of, carried.target()).find(|id| {
            let Use { usage, through, .. } = self.usage(*id);
            match usage {
                _ if through.named.is_some() => true,
                Usage::Assigned(_) | Usage::Shared(_) => true,
                Usage::For(at) => carried.has_step_in(at, self.after(at)),
                // `acc += (acc,)`
                Usage::Displayed(_) => true,
                _ => self.outlives_pass(*id, carried.kind),
            }
        })
    }

    /// Whether the loop takes items out of the container as well: a stack or a queue, which need
    /// not become longer.
    pub fn is_emptied_in_loop(&self, carried: &Carried<'a>) -> bool {
        const TAKING: &[&str] =
            &["clear", "discard", "intersection_update", "pop", "popitem", "remove"];
        let Some(of) = self.loops().get(carried.outermost) else { return false };
        self.loads_below(of.node, carried.target()).any(|id| match self.usage(id).usage {
            Usage::Receiver(_, method) => TAKING.contains(&method),
            Usage::ItemDeleted(_) => true,
            _ => false,
        })
    }

    /// Whether what consumes a value of the kind may keep it. Who gets it by `return` or `raise`
    /// gets it when the function is done.
    pub fn outlives_pass(&self, read: NodeId, kind: Kind) -> bool {
        self.escape_by(read, kind)
            .is_some_and(|escape| !matches!(escape.way, Way::Returned | Way::Raised))
    }

    /// A read in the loop, other than by the steps, that needs all of an array or frame: then each
    /// pass costs as much as the copy does. Its shape, its length and single items are not that.
    pub fn read_whole_in_loop(&self, carried: &Carried<'a>) -> Option<NodeId> {
        let of = self.loops().get(carried.outermost)?.node;
        self.loads_below(of, carried.target())
            .find(|id| !carried.is_in_step(self.nodes(), *id) && !self.is_glance(*id))
    }

    /// Whether a read looks at no more than a part of an array or frame.
    fn is_glance(&self, id: NodeId) -> bool {
        const OUTLINE: &[&str] =
            &["columns", "device", "dtype", "dtypes", "empty", "index", "ndim", "shape", "size"];
        const ACCESS: &[&str] = &["at", "iat", "iloc", "loc"];
        match self.usage(id).usage {
            Usage::Attribute(it) => {
                let name = it.attr.as_str();
                OUTLINE.contains(&name) || ACCESS.contains(&name)
            }
            Usage::Receiver(_, method) => matches!(method, "dim" | "numel" | "size"),
            Usage::Argument(call, 0) => self
                .qualified(&call.func)
                .is_some_and(|name| matches!(name, "isinstance" | "len" | "type")),
            Usage::Compared(at) => match self.nodes().get(at) {
                Some(Node::Expr(Expr::Compare(it))) => it.ops.iter().all(|op| {
                    matches!(op, ruff_python_ast::CmpOp::Is | ruff_python_ast::CmpOp::IsNot)
                }),
                _ => false,
            },
            Usage::Indexed(_)
            | Usage::ItemStored(_)
            | Usage::Tested(_)
            | Usage::Returned(_)
            | Usage::Deleted(_) => true,
            _ => false,
        }
    }

    /// The loads of a place below a node, in source order.
    pub fn loads_below(&self, below: NodeId, place: &'a Expr) -> impl Iterator<Item = NodeId> {
        self.nodes().descendants(below).filter(move |id| {
            let Some(expr) = self.nodes().get(*id).and_then(Node::as_expr) else { return false };
            let ctx = match expr {
                Expr::Name(it) => it.ctx,
                Expr::Attribute(it) => it.ctx,
                Expr::Subscript(it) => it.ctx,
                _ => return false,
            };
            ctx == ExprContext::Load && same_place(expr, place)
        })
    }
}
