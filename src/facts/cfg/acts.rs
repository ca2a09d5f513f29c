//! What a body does to its own names, by name, and where: what questions about places are answered
//! with. Built for each body that such a question is asked about.

use std::cell::OnceCell;

use ruff_text_size::{Ranged, TextSize};

use super::{Cfg, ENTRY, Event, build};
use crate::facts::Facts;
use crate::facts::nodes::NodeId;
use crate::facts::scopes::{BindingId, DefinitionId, DefinitionKind, ScopeId, ScopeKind};

/// What happens to a binding at a point of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::facts) enum Act {
    Use(NodeId),
    Store(DefinitionId),
    Delete(DefinitionId),
}

/// Something that happens to a binding, and where.
#[derive(Debug, Clone, Copy)]
pub(in crate::facts) struct Acted {
    pub(in crate::facts) binding: BindingId,
    pub(in crate::facts) at: Point,
    pub(in crate::facts) act: Act,
}

/// A point of a body: a block and the position of an event in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::facts) struct Point {
    pub(in crate::facts) block: u32,
    pub(in crate::facts) event: u32,
}

/// The control flow of a body with what it does to the names that it owns alone.
#[derive(Debug, Default)]
pub(in crate::facts) struct Flow {
    pub(in crate::facts) cfg: Cfg,
    /// Where each statement begins, sorted by statement; one in a `finally` stands twice.
    pub(in crate::facts) begins: Vec<(NodeId, Point)>,
    /// Sorted by binding, then by place. Only bindings that are tracked.
    pub(in crate::facts) acts: Vec<Acted>,
}

impl Flow {
    /// What happens to a binding, in the order of the blocks.
    pub(in crate::facts) fn acts_of(&self, binding: BindingId) -> &[Acted] {
        let start = self.acts.partition_point(|it| it.binding < binding);
        let count = self.acts[start..].partition_point(|it| it.binding == binding);
        &self.acts[start..start + count]
    }

    /// Where a statement begins.
    pub(in crate::facts) fn points_of(&self, statement: NodeId) -> impl Iterator<Item = Point> {
        let start = self.begins.partition_point(|(id, _)| *id < statement);
        self.begins[start..]
            .iter()
            .take_while(move |(id, _)| *id == statement)
            .map(|(_, point)| *point)
    }
}

/// The flow of each body that was asked about.
#[derive(Debug, Default)]
pub(in crate::facts) struct Flows {
    bodies: OnceCell<Vec<OnceCell<Flow>>>,
    /// Each definition by the place of its name, sorted.
    places: OnceCell<Vec<(TextSize, DefinitionId)>>,
}

impl Facts<'_> {
    /// The flow of a body. `None` for a scope that is none.
    pub(in crate::facts) fn flow_of(&self, scope: ScopeId) -> Option<&Flow> {
        let bodies = self.flows.bodies.get_or_init(|| {
            std::iter::repeat_with(OnceCell::new).take(self.scopes().scopes.len()).collect()
        });
        Some(bodies.get(scope.0 as usize)?.get_or_init(|| flow(self, scope)))
    }
}

fn places(facts: &Facts<'_>) -> Vec<(TextSize, DefinitionId)> {
    let all = facts.scopes().all_definitions().iter().enumerate();
    let mut places: Vec<(TextSize, DefinitionId)> =
        all.map(|(index, it)| (it.range.start(), DefinitionId(index as u32))).collect();
    places.sort_unstable();
    places
}

fn flow(facts: &Facts<'_>, scope: ScopeId) -> Flow {
    let opened = facts.scopes().get(scope);
    let cfg = match opened.kind {
        ScopeKind::Module => build(facts, std::iter::empty(), &facts.module.body),
        ScopeKind::Class(def) => build(facts, std::iter::empty(), &def.body),
        ScopeKind::Function(def) => {
            let parameters = def.parameters.iter().map(|it| it.name().start());
            build(facts, parameters, &def.body)
        }
        _ => return Flow::default(),
    };
    let mut flow = Flow { cfg, ..Flow::default() };
    collect(facts, scope, &mut flow);
    flow
}

/// Fills in where statements begin and what happens to the bindings that are tracked.
fn collect(facts: &Facts<'_>, scope: ScopeId, flow: &mut Flow) {
    let names = facts.names();
    let places = facts.flows.places.get_or_init(|| places(facts));
    let definitions = facts.scopes().all_definitions();
    let homes = facts.homes();
    for (block, found) in flow.cfg.blocks.iter().enumerate() {
        for (event, what) in found.events.iter().enumerate() {
            let at = Point { block: block as u32, event: event as u32 };
            let (binding, act) = match *what {
                Event::Begin(id) => {
                    flow.begins.push((id, at));
                    continue;
                }
                Event::Use(id) => {
                    let Some(binding) = facts.binding_at(id) else { continue };
                    (binding, Act::Use(id))
                }
                Event::Store(place) => {
                    let found = places.binary_search_by_key(&place, |(at, _)| *at).ok();
                    let Some(&(_, id)) = found.and_then(|at| places.get(at)) else { continue };
                    let Some(binding) = names.binding_of(id.0 as usize) else { continue };
                    let deletes = definitions
                        .get(id.0 as usize)
                        .is_some_and(|it| matches!(it.kind, DefinitionKind::Delete));
                    (binding, if deletes { Act::Delete(id) } else { Act::Store(id) })
                }
            };
            if homes.is_followed(binding, scope) {
                flow.acts.push(Acted { binding, at, act });
            }
        }
    }
    flow.begins.sort_unstable();
    // They are in the order of their places.
    flow.acts.sort_by_key(|acted| acted.binding);
}

/// The definitions whose value a binding may hold at a point, and whether it may have none. Neither
/// where nothing leads to.
pub(in crate::facts) fn held_from(
    flow: &Flow,
    acts: &[Acted],
    at: Point,
) -> (Vec<DefinitionId>, bool) {
    let mut seen = Marks::new(flow.cfg.blocks.len());
    let mut found = Vec::new();
    let mut unbound = false;
    let mut work = vec![at];
    while let Some(at) = work.pop() {
        let last = of_block(acts, at.block)
            .iter()
            .rev()
            .find(|it| it.at.event < at.event && !matches!(it.act, Act::Use(_)));
        match last.map(|it| it.act) {
            Some(Act::Store(id)) => found.push(id),
            Some(_) => unbound = true,
            None if at.block == ENTRY => unbound = true,
            None => {
                for &before in &flow.cfg.blocks[at.block as usize].before {
                    if seen.insert(before) {
                        work.push(Point { block: before, event: u32::MAX });
                    }
                }
            }
        }
    }
    (found, unbound)
}

/// The acts of a block.
pub(in crate::facts) fn of_block(acts: &[Acted], block: u32) -> &[Acted] {
    let start = acts.partition_point(|it| it.at.block < block);
    let count = acts[start..].partition_point(|it| it.at.block == block);
    &acts[start..start + count]
}

/// Marks of blocks.
pub(in crate::facts) struct Marks(Vec<bool>);

impl Marks {
    pub(in crate::facts) fn new(blocks: usize) -> Marks {
        Marks(vec![false; blocks])
    }

    /// Marks a block. Whether it was not marked.
    pub(in crate::facts) fn insert(&mut self, block: u32) -> bool {
        self.0.get_mut(block as usize).is_some_and(|mark| !std::mem::replace(mark, true))
    }
}
