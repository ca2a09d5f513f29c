//! Liveness: until when a value is needed, and until when its name holds it.
//!
//! CPython lets go of the value of a local name when the name is bound anew, deleted, or its
//! function returns; not at its last read. Answers for the names that `reaching` tracks and that
//! no nested function, lambda, generator or class sees: those may be read at any time.

use super::Facts;
use super::cfg::acts::{Act, Acted, Flow, Marks, Point, held_from, of_block};
use super::cost::Cost;
use super::nodes::NodeId;
use super::scopes::{BindingId, DefinitionId, DefinitionKind, ScopeKind};

/// A name that holds a value at a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The name.
    pub binding: BindingId,
    /// The definitions whose value it may hold, in source order.
    pub definitions: Vec<DefinitionId>,
    /// Whether some path reads it from here on, this statement included, before it is bound anew.
    pub needed: bool,
}

impl Facts<'_> {
    /// Whether nothing reads the value of a name after this read of it, on any path: before the
    /// name is bound anew. `None`: not known.
    pub fn is_last_use(&self, read: NodeId) -> Option<bool> {
        let (flow, binding) = self.private_read(read)?;
        let acts = flow.acts_of(binding);
        // One in a `finally` stands twice: it has to be the last in both.
        Some(
            acts.iter()
                .filter(|acted| acted.act == Act::Use(read))
                .all(|acted| !is_read_from(flow, acts, after(acted.at))),
        )
    }

    /// Whether nothing reads what a definition binds. `None`: not known.
    pub fn is_dead_store(&self, definition: DefinitionId) -> Option<bool> {
        let found = self.scopes().all_definitions().get(definition.index())?;
        // The names of modules and classes are there for others.
        let body = self.scopes().get(self.homes().body(found.from)?);
        let binding = self.names().binding_of(definition.index())?;
        if !matches!(body.kind, ScopeKind::Function(_)) || self.is_captured(binding) {
            return None;
        }
        self.is_unread(definition)
    }

    /// The names of the statement's own body that hold a value where it begins.
    pub fn held_at(&self, statement: NodeId) -> Vec<Held> {
        let scope = self.scopes().body_scope(self.nodes().scope(statement));
        let Some(flow) = self.flow_of(scope) else { return Vec::new() };
        let mut held = Vec::new();
        let mut start = 0;
        while let Some(first) = flow.acts.get(start) {
            let count = flow.acts[start..].partition_point(|it| it.binding == first.binding);
            let acts = &flow.acts[start..start + count];
            start += count;
            if self.is_captured(first.binding) {
                continue;
            }
            let mut definitions: Vec<DefinitionId> = Vec::new();
            let mut needed = false;
            for point in flow.points_of(statement) {
                definitions.extend(held_from(flow, acts, point).0);
                needed |= is_read_from(flow, acts, point);
            }
            definitions.sort_unstable();
            definitions.dedup();
            if !definitions.is_empty() {
                held.push(Held { binding: first.binding, definitions, needed });
            }
        }
        held
    }

    /// What the value takes that a held name holds, where one assignment gave it and that says how
    /// large it is.
    pub fn held_cost(&self, held: &Held) -> Option<Cost> {
        let [only] = held.definitions[..] else { return None };
        match self.scopes().all_definitions().get(only.0 as usize)?.kind {
            DefinitionKind::Assign { value, .. } => {
                self.cost_of(value).filter(|cost| cost.bytes > 0)
            }
            _ => None,
        }
    }

    /// Whether the value that a definition in a loop bound in the pass before is still held while
    /// the statement computes the next one. `None`: not known, or not in a loop.
    pub fn holds_previous(&self, definition: DefinitionId) -> Option<bool> {
        let found = self.scopes().all_definitions().get(definition.0 as usize)?;
        let flow = self.flow_of(self.scopes().body_scope(found.from))?;
        let binding = self.names().binding_of(definition.index())?;
        let (statement, _) = self.nodes().statement(found.node)?;
        self.loops().get(self.nodes().innermost_loop(found.node))?;
        let acts = flow.acts_of(binding);
        // The target of a `for` is bound anew at the head: the items were taken before.
        let point = match flow.cfg.heads.iter().find(|(node, _)| *node == statement) {
            Some((_, head)) => Point { block: *head, event: u32::MAX },
            None => flow.points_of(statement).next()?,
        };
        Some(held_from(flow, acts, point).0.contains(&definition))
    }

    /// Whether a read in a loop may see a value that an earlier pass of the loop has bound.
    /// `None`: not known.
    pub fn is_carried(&self, read: NodeId, of: NodeId) -> Option<bool> {
        let (flow, binding) = self.read_of(read)?;
        let (_, head) = flow.cfg.heads.iter().find(|(node, _)| *node == of)?;
        let acts = flow.acts_of(binding);
        let start = Point { block: *head, event: 0 };
        let all = self.scopes().all_definitions();
        let (held, _) = held_from(flow, acts, start);
        let inside = held
            .into_iter()
            .any(|id| all.get(id.0 as usize).is_some_and(|it| self.nodes().contains(of, it.node)));
        Some(inside && reads_from(flow, acts, start).contains(&read))
    }

    fn private_read(&self, read: NodeId) -> Option<(&Flow, BindingId)> {
        let (flow, binding) = self.read_of(read)?;
        (!self.is_captured(binding)).then_some((flow, binding))
    }

    /// The flow that a read stands in, and what it reads.
    fn read_of(&self, read: NodeId) -> Option<(&Flow, BindingId)> {
        let flow = self.flow_of(self.scopes().body_scope(self.nodes().scope(read)))?;
        let name = self.nodes().get(read)?.as_expr()?.as_name_expr()?;
        let super::scopes::Resolution::Binding(binding) = self.names().resolve(name) else {
            return None;
        };
        let found = flow.acts_of(binding).iter().any(|acted| acted.act == Act::Use(read));
        found.then_some((flow, binding))
    }
}

fn after(at: Point) -> Point {
    Point { event: at.event + 1, ..at }
}

/// Whether some path from a point reads the binding before it binds it anew.
fn is_read_from(flow: &Flow, acts: &[Acted], from: Point) -> bool {
    let mut found = false;
    forward(flow, acts, from, &mut |_| {
        found = true;
        false
    });
    found
}

/// The reads that paths from a point come to before the binding is bound anew.
fn reads_from(flow: &Flow, acts: &[Acted], from: Point) -> Vec<NodeId> {
    let mut found = Vec::new();
    forward(flow, acts, from, &mut |read| {
        found.push(read);
        true
    });
    found
}

/// Walks forward from a point to the next stores. `read` says whether to go on.
fn forward(flow: &Flow, acts: &[Acted], from: Point, read: &mut dyn FnMut(NodeId) -> bool) {
    let mut seen = Marks::new(flow.cfg.blocks.len());
    let mut work = vec![from];
    while let Some(at) = work.pop() {
        let mut bound = false;
        for acted in of_block(acts, at.block).iter().filter(|it| it.at.event >= at.event) {
            match acted.act {
                Act::Use(id) => {
                    if !read(id) {
                        return;
                    }
                }
                Act::Store(_) | Act::Delete(_) => {
                    bound = true;
                    break;
                }
            }
        }
        if !bound {
            for &next in flow.cfg.blocks.get(at.block as usize).map_or(&[][..], |it| &it.after) {
                if seen.insert(next) {
                    work.push(Point { block: next, event: 0 });
                }
            }
        }
    }
}
