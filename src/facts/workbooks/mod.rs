//! Workbooks of `openpyxl`: what becomes of one, of its sheets, their rows and cells.
//!
//! A workbook is followed by the names of one function, from the call that makes it to every use.
//! Whatever is not understood, and whatever leaves the function, makes all of it unknown.

mod read;
mod written;

pub use read::{Asked, ReadBook};
pub use written::WrittenBook;

use ruff_python_ast::{Expr, Stmt};

use super::Facts;
use super::nodes::{Node, NodeId};
use super::scopes::{DefinitionId, Resolution, ScopeId};
use super::usage::{Usage, Use};

/// The names that carry parts of a workbook, as they are followed.
struct Follower<'f, 'a> {
    facts: &'f Facts<'a>,
    /// The call that makes the workbook.
    made: NodeId,
    /// The definitions whose uses were looked at.
    followed: Vec<DefinitionId>,
    /// The reads of their names.
    reads: Vec<NodeId>,
    /// The last use so far.
    last: NodeId,
}

impl<'f, 'a> Follower<'f, 'a> {
    fn new(facts: &'f Facts<'a>, made: NodeId) -> Follower<'f, 'a> {
        Follower { facts, made, followed: Vec::new(), reads: Vec::new(), last: made }
    }

    /// The uses of a value: where it stands, or by the name that it is given.
    fn uses(&mut self, value: NodeId) -> Option<Vec<Use<'a>>> {
        let used = self.facts.usage(value);
        if used.through.tested || used.through.named.is_some() {
            return None;
        }
        self.last = self.last.max(value);
        match used.usage {
            Usage::Assigned(target) => self.uses_by(target),
            _ => Some(vec![used]),
        }
    }

    /// The uses of what a name is given, where the name is the target.
    fn uses_by(&mut self, target: &'a Expr) -> Option<Vec<Use<'a>>> {
        let facts = self.facts;
        let Expr::Name(name) = target else { return None };
        let Resolution::Binding(binding) = facts.names().resolve(name) else { return None };
        let scope = facts.names().scope(binding);
        if facts.is_captured(binding)
            || facts.is_reflected(scope)
            || scope == ScopeId::MODULE && facts.used_only(binding).is_none()
        {
            return None;
        }
        let definition = facts.names().definition_at(facts.nodes().id(name))?;
        if !self.followed.contains(&definition) {
            self.followed.push(definition);
        }
        let reads = if let Some(reads) = facts.reached_uses(definition) {
            reads
        } else {
            facts.names().only_definition(binding)?;
            facts.reads_of(binding).collect()
        };
        let is_load = |id: &NodeId| matches!(facts.nodes().get(*id), Some(Node::Expr(Expr::Name(it))) if it.ctx.is_load());
        let reads: Vec<NodeId> = reads.into_iter().filter(is_load).collect();
        self.reads.extend(&reads);
        if let Some(last) = reads.iter().max() {
            self.last = self.last.max(*last);
        }
        Some(reads.into_iter().map(|id| facts.usage(id)).collect())
    }

    /// Whether every name that was followed holds nothing else where it is read.
    fn is_complete(&self) -> bool {
        self.reads.iter().all(|id| {
            let Some(Node::Expr(Expr::Name(name))) = self.facts.nodes().get(*id) else {
                return false;
            };
            match self.facts.reaching(name) {
                Some(reaching) => reaching.ids().iter().all(|id| self.followed.contains(id)),
                // The only definition, by the way that the uses were found.
                None => true,
            }
        })
    }

    /// The target of a loop or of the clause of a comprehension.
    fn target(&self, usage: Usage<'a>) -> Option<&'a Expr> {
        match usage {
            Usage::For(node) => match self.facts.nodes().get(node)? {
                Node::Stmt(Stmt::For(it)) => Some(&it.target),
                _ => None,
            },
            Usage::Clause(node, at) => {
                let clauses = match self.facts.nodes().get(node)?.as_expr()? {
                    Expr::ListComp(it) => &it.generators,
                    Expr::SetComp(it) => &it.generators,
                    Expr::DictComp(it) => &it.generators,
                    Expr::Generator(it) => {
                        // What walks later is not known.
                        if !self.is_walked_here(node) {
                            return None;
                        }
                        &it.generators
                    }
                    _ => return None,
                };
                clauses.get(at).map(|clause| &clause.target)
            }
            _ => None,
        }
    }

    /// Whether a generator expression is taken by a call where it stands.
    fn is_walked_here(&self, generator: NodeId) -> bool {
        let Usage::Argument(call, 0) = self.facts.usage(generator).usage else { return false };
        match &*call.func {
            Expr::Attribute(it) => {
                matches!(it.attr.as_str(), "join" | "writerows" | "extend" | "update")
            }
            Expr::Name(it) => {
                self.facts.names().resolve(it) == Resolution::Builtin
                    && !matches!(it.id.as_str(), "enumerate" | "filter" | "iter" | "map" | "zip")
            }
            _ => false,
        }
    }

    /// The uses of what stands at a position of the pairs that `enumerate` and `zip` give.
    fn uses_in_pairs(&mut self, pairs: NodeId, at: usize) -> Option<Vec<Use<'a>>> {
        let used = self.facts.usage(pairs);
        if !used.through.is_direct() {
            return None;
        }
        let Expr::Tuple(pair) = self.target(used.usage)? else { return None };
        self.uses_by(pair.elts.get(at)?)
    }
}
