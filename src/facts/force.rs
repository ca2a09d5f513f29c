//! Every fact of a file at once: what the cost of all of them is measured with, and what shows that
//! none of them panics on real code.

use ruff_python_ast::Expr;

use super::Facts;
use super::nodes::{Node, NodeId};
use super::reaching::DefinitionId;

impl Facts<'_> {
    /// Asks for every table, and of every node, name and class what can be asked of it. Gives the
    /// number of answers that say something.
    pub fn force(&self) -> usize {
        let mut known = self.calls().recursions.len() + self.graph().edges().len();
        known += self.carried().len();
        for (index, entry) in self.nodes().entries.iter().enumerate() {
            let id = NodeId::new(index);
            match entry.node {
                Node::Expr(expr) => {
                    known += usize::from(self.kind_of(expr) != super::types::Kind::Unknown);
                    if let Expr::Name(name) = expr {
                        known += self.reaching(name).map_or(0, |it| it.ids().len());
                    }
                    if expr.is_call_expr() {
                        known += usize::from(
                            self.repetition(id) != super::repetition::Repetition::Unknown,
                        );
                        known += usize::from(self.length_of(expr).is_some());
                    }
                    known += usize::from(self.size_of(expr).is_some());
                }
                Node::Stmt(_) => {}
            }
        }
        for binding in self.names().all() {
            known += usize::from(self.used_once(binding).is_some());
            known += usize::from(self.escape(binding).is_some());
        }
        for index in 0..self.scopes().all_definitions().len() {
            known += usize::from(self.is_dead_store(DefinitionId(index as u32)) == Some(true));
        }
        for class in self.classes().iter() {
            known += self.record(class).attributes.len();
        }
        known
    }
}
