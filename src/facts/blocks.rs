//! Whether control can come back: statements after which a loop does not run on.

use ruff_python_ast::Stmt;
use ruff_text_size::Ranged;

use super::Facts;
use super::loops::{LoopId, LoopKind};
use super::nodes::NodeId;

impl Facts<'_> {
    /// Whether a node runs at most once in one run of the loop: an unconditional `break`,
    /// `return` or `raise` follows it in its block or in a block around it inside the loop.
    pub fn runs_once_per_loop(&self, node: NodeId, of: LoopId) -> bool {
        let nodes = self.nodes();
        let Some(outer) = self.loops().get(of) else { return true };
        // No statement leaves a comprehension.
        if outer.kind == LoopKind::Comprehension {
            return false;
        }
        let Some((mut at, mut stmt)) = nodes.statement(node) else { return false };
        while at != outer.node {
            // `break` leaves the loop that it stands in only.
            let own = nodes.innermost_loop(at) == of;
            // What follows a statement that leaves is dead, so the last one decides.
            let leaves = nodes.block(at).and_then(<[Stmt]>::last).is_some_and(|last| {
                last.start() >= stmt.end()
                    && (matches!(last, Stmt::Return(_) | Stmt::Raise(_))
                        || (own && matches!(last, Stmt::Break(_))))
            });
            if leaves {
                return true;
            }
            at = nodes.parent(at);
            match nodes.get(at).and_then(super::nodes::Node::as_stmt) {
                Some(parent) => stmt = parent,
                None => return false,
            }
        }
        false
    }
}
