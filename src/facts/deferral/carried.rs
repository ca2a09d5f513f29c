//! Lists that a name carries to their only walk: what changes between the place that makes them and
//! the end of the walk what making them reads.

use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::Ranged;

use super::Deferral;
use super::read::Read;
use crate::catalog::keeps;
use crate::facts::Facts;
use crate::facts::effects::Effect;
use crate::facts::escapes::Way;
use crate::facts::mutation::{Change, STEPS, is_reader};
use crate::facts::nodes::{Node, NodeId, blocks};
use crate::facts::scopes::{BindingId, DefinitionKind, Resolution, ScopeKind};
use crate::facts::usage::Usage;

impl<'a> Facts<'a> {
    /// Whether `value`, which the statement `made` evaluates, would be the same if each item were
    /// made when the statement or expression `walked` comes to it.
    pub(super) fn deferral_carried(
        &self,
        value: &'a Expr,
        made: NodeId,
        walked: NodeId,
    ) -> Deferral {
        let guarded = match self.tried_apart(made, walked) {
            Err(outer) => return Deferral::Differs(outer),
            Ok(guarded) => guarded,
        };
        let Some(read) = self.read_by(value) else { return Deferral::Unknown };
        let (first, last) = self.region(made, walked);
        let region = (first, last.max(self.after(walked)));
        for &binding in read.names.iter().chain(&read.fixed) {
            if let Some(at) = self.rebound(binding, region) {
                return Deferral::Differs(at);
            }
        }
        for &binding in &read.names {
            if let Some(at) = self.changed_by_name(binding, region, &read) {
                return Deferral::Differs(at);
            }
        }
        let items = self.walked_names(walked);
        let scope = self.nodes().scope(made);
        let mut unknown = guarded;
        let differs = self.effect_within(scope, region, |at, effect| match effect {
            Effect::None => false,
            Effect::Changes(other) => {
                if self.is_local_object(other, region.1) {
                    return false;
                }
                unknown = true;
                match self.expr_at(at) {
                    Some(store @ Expr::Attribute(it)) => {
                        self.holds(store, &read) || read.attributes.contains(it.attr.as_str())
                    }
                    Some(Expr::Subscript(it)) => {
                        read.subscripts || self.holds(other, &read) || is_one_of(&it.slice, &items)
                    }
                    _ => self.holds(other, &read),
                }
            }
            Effect::Anything => {
                unknown = true;
                read.global
                    || match self.expr_at(at) {
                        Some(Expr::Call(call)) => {
                            self.is_call_on(call, &items) || self.may_change(call, &read)
                        }
                        Some(Expr::Await(_) | Expr::Yield(_) | Expr::YieldFrom(_)) => read.shared,
                        _ => false,
                    }
            }
        });
        match differs {
            Some(at) => Deferral::Differs(at),
            None if unknown => Deferral::Unknown,
            None => Deferral::Same,
        }
    }

    /// Whether both stand in the same blocks of `try` and `with` statements. `Ok(true)`: the second
    /// alone stands in another `try`. `Err`: the first stands in one that ends before the second.
    fn tried_apart(&self, made: NodeId, walked: NodeId) -> Result<bool, NodeId> {
        let nodes = self.nodes();
        let holds = |block: &[Stmt], of: NodeId| {
            let Some(node) = nodes.get(of) else { return false };
            block.first().is_some_and(|first| first.start() <= node.start())
                && block.last().is_some_and(|last| node.end() <= last.end())
        };
        for (outer, node) in nodes.ancestors(made) {
            if let Node::Stmt(stmt @ (Stmt::Try(_) | Stmt::With(_))) = node
                && !blocks(stmt).any(|block| holds(block, made) && holds(block, walked))
            {
                return Err(outer);
            }
            if matches!(node, Node::Stmt(Stmt::FunctionDef(_) | Stmt::ClassDef(_))) {
                break;
            }
        }
        Ok(nodes.ancestors(walked).any(|(outer, node)| {
            matches!(node, Node::Stmt(Stmt::Try(_))) && !nodes.contains(outer, made)
        }))
    }

    /// Where the object of a name is changed by its own name or a plain alias.
    fn changed_by_name(
        &self,
        binding: BindingId,
        region: (NodeId, NodeId),
        read: &Read<'a>,
    ) -> Option<NodeId> {
        let mut found = None;
        self.mutations_in(binding, region, STEPS, &mut |mutation| {
            let matters = match mutation.change {
                // `self.count += 1` leaves `self.rows` as it is.
                Change::Attribute => match self.usage(mutation.node).usage {
                    Usage::AttributeStored(it) | Usage::AttributeDeleted(it) => {
                        read.attributes.contains(it.attr.as_str())
                    }
                    _ => true,
                },
                _ => true,
            };
            if matters {
                found = Some(mutation.node);
            }
            !matters
        });
        found
    }

    /// The names that a `for` statement gives the items.
    fn walked_names(&self, walked: NodeId) -> Vec<&'a str> {
        let Some(Node::Stmt(Stmt::For(it))) = self.nodes().get(walked) else { return Vec::new() };
        let target = self.nodes().id(&*it.target);
        std::iter::once(target)
            .chain(self.nodes().descendants(target))
            .filter_map(|node| match self.expr_at(node)? {
                Expr::Name(name) => Some(name.id.as_str()),
                _ => None,
            })
            .collect()
    }

    /// Whether a call is of a method of one of the names that does not merely read, or of a method
    /// that takes one of them out of somewhere or puts it there.
    fn is_call_on(&self, call: &'a ExprCall, names: &[&'a str]) -> bool {
        let Expr::Attribute(func) = &*call.func else { return false };
        let method = func.attr.as_str();
        if matches!(method, "pop" | "remove" | "discard" | "delete" | "unregister")
            && call.arguments.args.first().is_some_and(|first| is_one_of(first, names))
        {
            return true;
        }
        let mut root = &*func.value;
        while let Expr::Attribute(inner) = root {
            root = &inner.value;
        }
        let Expr::Name(name) = root else { return false };
        names.contains(&name.id.as_str())
            && !is_reader(method)
            && !keeps::is_immutable(self.kind_of(root))
    }

    /// Whether an object is one that the function made and that nobody else gets to see before a
    /// place: a list that is returned in the end, a number that grows.
    fn is_local_object(&self, place: &'a Expr, end: NodeId) -> bool {
        let Expr::Name(name) = place else { return false };
        let Resolution::Binding(binding) = self.names().resolve(name) else { return false };
        let local = matches!(
            self.scopes().get(self.names().scope(binding)).kind,
            ScopeKind::Function(_) | ScopeKind::Lambda(_)
        );
        local
            && self.names().definitions(binding).all(|definition| match definition.kind {
                DefinitionKind::Assign { value, .. } => {
                    value.is_literal_expr() || self.is_new(value)
                }
                DefinitionKind::Augmented(_) | DefinitionKind::Delete => true,
                _ => false,
            })
            && self
                .escape(binding)
                .is_none_or(|escape| escape.way == Way::Returned && escape.node >= end)
    }
}

fn is_one_of(expr: &Expr, names: &[&str]) -> bool {
    matches!(expr, Expr::Name(name) if names.contains(&name.id.as_str()))
}
