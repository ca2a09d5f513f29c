//! What runs between two items of a walk.

use ruff_python_ast::{Comprehension, Expr, ExprCall, Stmt};

use crate::facts::Facts;
use crate::facts::effects::Effect;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::purity::Purity;
use crate::facts::walked::{By, Walked};

/// What runs between two items of a walk.
pub(super) struct Meanwhile<'a> {
    /// Runs of nodes: from the first up to, but without, the second.
    pub(super) regions: [(NodeId, NodeId); 3],
    /// Whether any of it may change what is not private to a name, or is seen from outside.
    pub(super) acts: bool,
    /// Whether some of it is not written here: whoever reads a generator.
    pub(super) unseen: bool,
    /// What items have to be like to be made in between without a difference.
    pub(super) need: Purity,
    /// The comprehension that makes the items.
    pub(super) producer: Option<&'a Expr>,
}

impl<'a> Facts<'a> {
    /// Whether code that is not private to the walk runs between two items of an iterable.
    pub fn acts_between(&self, iterable: &'a Expr, walked: &Walked<'a>) -> bool {
        self.meanwhile(iterable, walked).is_none_or(|meanwhile| meanwhile.acts)
    }

    /// The calls that run between two items of an iterable, by what they are called.
    pub fn calls_between(&self, iterable: &'a Expr, walked: &Walked<'a>) -> Vec<&'a ExprCall> {
        let Some(meanwhile) = self.meanwhile(iterable, walked) else { return Vec::new() };
        let nodes = meanwhile.regions.iter().flat_map(|(from, to)| from.until(*to));
        nodes.filter_map(|node| self.expr_at(node)?.as_call_expr()).collect()
    }

    /// What runs between two items of a list that is the iterable of a walk, or an argument of it.
    pub(super) fn meanwhile(&self, list: &'a Expr, walked: &Walked<'a>) -> Option<Meanwhile<'a>> {
        let nodes = self.nodes();
        let at = nodes.id(list);
        let after = |node: NodeId| self.after(node);
        let parent = nodes.parent(nodes.id(walked.iterable));
        let none = (at, at);
        let mut need = Purity::Skipped;
        let mut runs_unknown = false;
        let regions = match (walked.by, nodes.get(parent)?) {
            (By::For, Node::Stmt(Stmt::For(it))) => {
                let last = it.body.last().map(|last| after(nodes.id(last)))?;
                runs_unknown |= it.is_async;
                [(parent.following(), at), (after(at), last), none]
            }
            (By::Comprehension, Node::Expr(expr)) => {
                let clauses = clauses(expr)?;
                let index = clauses.iter().position(|clause| {
                    nodes.contains(nodes.id(&clause.iter), at)
                        && !nodes.contains(nodes.id(&clause.target), at)
                })?;
                let (first, own) = (clauses.first()?, clauses.get(index)?);
                runs_unknown |= clauses.iter().any(|clause| clause.is_async)
                    || clauses.iter().skip(index + 1).any(|it| !self.walks_plainly(&it.iter))
                    || expr.is_generator_expr() && !self.is_walked_at_once(parent);
                let elements = (parent.following(), nodes.id(&first.target));
                let within = (nodes.id(&own.target), at);
                let rest = (after(at), after(parent));
                if self.is_pure_inside(expr, clauses) {
                    need = Purity::Deferred;
                }
                [elements, within, rest]
            }
            // Whoever reads the generator runs between two items.
            (By::YieldFrom, Node::Expr(Expr::YieldFrom(_))) => {
                runs_unknown = true;
                [(parent, at), (after(at), after(parent)), none]
            }
            (By::Membership, Node::Expr(Expr::Compare(_))) => [none, none, none],
            _ => return None,
        };
        let scope = nodes.scope(parent);
        let acts = runs_unknown
            || regions.iter().any(|region| {
                let matters = |_, effect: Effect<'a>| match effect {
                    Effect::None => false,
                    Effect::Anything => true,
                    Effect::Changes(it) => !self.is_private_name(it),
                };
                self.effect_within(scope, *region, matters).is_some()
            });
        Some(Meanwhile { regions, acts, unseen: runs_unknown, need, producer: None })
    }

    /// Whether everything in the comprehension but its first iterable is pure, so that nobody can
    /// tell how much of it ran before an item failed.
    fn is_pure_inside(&self, expr: &'a Expr, clauses: &'a [Comprehension]) -> bool {
        let elements = match expr {
            Expr::ListComp(it) => [Some(&*it.elt), None],
            Expr::SetComp(it) => [Some(&*it.elt), None],
            Expr::Generator(it) => [Some(&*it.elt), None],
            Expr::DictComp(it) => [it.key.as_deref(), Some(&*it.value)],
            _ => return false,
        };
        elements.into_iter().flatten().all(|element| self.is_pure(element, Purity::Deferred))
            && self.are_clauses_pure(clauses, Purity::Deferred)
    }
}

/// The clauses of a comprehension.
fn clauses(expr: &Expr) -> Option<&[Comprehension]> {
    match expr {
        Expr::ListComp(it) => Some(&it.generators),
        Expr::SetComp(it) => Some(&it.generators),
        Expr::DictComp(it) => Some(&it.generators),
        Expr::Generator(it) => Some(&it.generators),
        _ => None,
    }
}
