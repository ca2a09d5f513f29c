//! Reaching definitions: which bindings of a name a read of it may see.
//!
//! `facts.reaching(name)` answers for reads in the body that owns the name (module, class or
//! function; list, set and dict comprehensions run inside it). `None`: not known. That is so for
//! names read in nested functions, lambdas, generators and classes, names that another body
//! rebinds, names of `except` clauses, names of bodies with `exec`, `locals` and the like, the
//! module's names after a star import, and reads that nothing reaches. Every definition that may
//! reach is named; some that are named cannot reach (`with` may swallow, calls may return).

use std::cell::{OnceCell, RefCell};

use ruff_python_ast::ExprName;
use ruff_text_size::{Ranged, TextSize};

use super::Facts;
use super::cfg::{self, Cfg, ENTRY, Event};
use super::nodes::NodeId;
pub use super::scopes::DefinitionId;
use super::scopes::{BindingId, Definition, DefinitionKind, ScopeId, ScopeKind};

/// The definitions that reach a read.
#[derive(Clone, Copy)]
pub struct Reaching<'f, 'a> {
    all: &'f [Definition<'a>],
    ids: &'f [DefinitionId],
    unbound: bool,
}

impl<'f, 'a> Reaching<'f, 'a> {
    /// The ids, in source order. Deletions are not among them.
    pub fn ids(self) -> &'f [DefinitionId] {
        self.ids
    }

    /// The definitions, in source order.
    pub fn definitions(self) -> impl Iterator<Item = &'f Definition<'a>> {
        self.ids.iter().filter_map(move |id| self.all.get(id.0 as usize))
    }

    /// Whether the name may have no value.
    pub fn may_be_unbound(self) -> bool {
        self.unbound
    }

    /// The definition that certainly reaches: no other does, and the name is bound.
    pub fn only(self) -> Option<&'f Definition<'a>> {
        let [id] = self.ids else { return None };
        if self.unbound { None } else { self.all.get(id.0 as usize) }
    }
}

/// What happens to a binding at a point of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Use(NodeId),
    Store(DefinitionId),
    Delete(DefinitionId),
}

/// Something that happens to a binding, and where.
#[derive(Debug, Clone, Copy)]
pub(super) struct Acted {
    pub(super) binding: BindingId,
    pub(super) at: Point,
    pub(super) act: Act,
}

/// A point of a body: a block and the position of an event in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Point {
    pub(super) block: u32,
    pub(super) event: u32,
}

/// The control flow of a body with what it does to the names that it owns alone.
#[derive(Debug, Default)]
pub(super) struct Flow {
    pub(super) cfg: Cfg,
    /// Where each statement begins, sorted by statement; one in a `finally` stands twice.
    pub(super) begins: Vec<(NodeId, Point)>,
    /// Sorted by binding, then by place. Only bindings that are tracked.
    pub(super) acts: Vec<Acted>,
    /// The answers for the reads.
    reached: Vec<Reached>,
    /// The definitions that some read sees, sorted.
    read: Vec<DefinitionId>,
    /// The definitions that are tracked, sorted, each with its binding.
    stores: Vec<(DefinitionId, BindingId)>,
    ids: Vec<DefinitionId>,
}

#[derive(Debug, Clone, Copy)]
struct Reached {
    start: u32,
    end: u32,
    unbound: bool,
}

impl Flow {
    /// What happens to a binding, in the order of the blocks.
    pub(super) fn acts_of(&self, binding: BindingId) -> &[Acted] {
        let start = self.acts.partition_point(|it| it.binding < binding);
        let count = self.acts[start..].partition_point(|it| it.binding == binding);
        &self.acts[start..start + count]
    }

    /// Where a statement begins.
    pub(super) fn points_of(&self, statement: NodeId) -> impl Iterator<Item = Point> {
        let start = self.begins.partition_point(|(id, _)| *id < statement);
        self.begins[start..]
            .iter()
            .take_while(move |(id, _)| *id == statement)
            .map(|(_, point)| *point)
    }
}

/// The flow of each body that was asked about.
#[derive(Debug, Default)]
pub(super) struct Flows {
    bodies: OnceCell<Vec<OnceCell<Flow>>>,
    /// Each definition by the place of its name, sorted.
    places: OnceCell<Vec<(TextSize, DefinitionId)>>,
    /// The body in which each binding is tracked; `NOWHERE` for those that are not.
    homes: OnceCell<Vec<ScopeId>>,
    /// By node, one more than the position of its answer in the flow of its body; 0 for none.
    answers: RefCell<Vec<u32>>,
}

/// The body of a binding that is not tracked.
const NOWHERE: ScopeId = ScopeId(u32::MAX);

/// Steps from block to block that the bindings of one body may cost before the rest stays unknown.
const MAX_STEPS: usize = 1_000_000;

impl<'a> Facts<'a> {
    /// The definitions that may reach a read. `None`: not known.
    pub fn reaching(&self, name: &'a ExprName) -> Option<Reaching<'_, 'a>> {
        let id = self.nodes().id(name);
        let flow = self.flow_of(self.scopes().body_scope(self.nodes().scope(id)))?;
        let reached = self.reached(flow, id)?;
        let ids = flow.ids.get(reached.start as usize..reached.end as usize)?;
        let all = self.scopes().all_definitions();
        Some(Reaching { all, ids, unbound: reached.unbound })
    }

    /// The reads that a definition may reach, in source order. `None`: not known.
    pub fn reached_uses(&self, definition: DefinitionId) -> Option<Vec<NodeId>> {
        let (flow, binding) = self.tracked(definition)?;
        let mut uses: Vec<NodeId> = flow
            .acts_of(binding)
            .iter()
            .filter_map(|acted| match acted.act {
                Act::Use(id) => Some(id),
                _ => None,
            })
            .filter(|id| {
                self.reached(flow, *id).is_some_and(|it| {
                    flow.ids[it.start as usize..it.end as usize].contains(&definition)
                })
            })
            .collect();
        uses.sort_unstable();
        uses.dedup();
        Some(uses)
    }

    /// The answer for a read in the body of a flow.
    fn reached<'f>(&self, flow: &'f Flow, read: NodeId) -> Option<&'f Reached> {
        let answer = self.flows.answers.borrow().get(read.index()).copied()?;
        flow.reached.get((answer as usize).checked_sub(1)?)
    }

    /// The flow of the body that a definition runs in, and its binding, where that body alone
    /// binds and reads it.
    pub(super) fn tracked(&self, definition: DefinitionId) -> Option<(&Flow, BindingId)> {
        let found = self.scopes().all_definitions().get(definition.0 as usize)?;
        let flow = self.flow_of(self.scopes().body_scope(found.from))?;
        let at = flow.stores.binary_search_by_key(&definition, |(id, _)| *id).ok()?;
        flow.stores.get(at).map(|(_, binding)| (flow, *binding))
    }

    /// Whether no read sees what a definition binds; for one that is tracked.
    pub(super) fn is_unread(flow: &Flow, definition: DefinitionId) -> bool {
        flow.read.binary_search(&definition).is_err()
    }

    /// The flow of a body. `None` for a scope that is none.
    pub(super) fn flow_of(&self, scope: ScopeId) -> Option<&Flow> {
        let bodies = self.flows.bodies.get_or_init(|| {
            std::iter::repeat_with(OnceCell::new).take(self.scopes().scopes.len()).collect()
        });
        Some(bodies.get(scope.0 as usize)?.get_or_init(|| build(self, scope)))
    }
}

fn places(facts: &Facts<'_>) -> Vec<(TextSize, DefinitionId)> {
    let all = facts.scopes().all_definitions().iter().enumerate();
    let mut places: Vec<(TextSize, DefinitionId)> =
        all.map(|(index, it)| (it.range.start(), DefinitionId(index as u32))).collect();
    places.sort_unstable();
    places
}

/// Whether only the body itself binds the name, in ways that the blocks show.
fn is_tracked(facts: &Facts<'_>, binding: BindingId, body: ScopeId) -> bool {
    let names = facts.names();
    let scopes = facts.scopes();
    // What a generator binds, it binds when it is asked for items.
    let runs_in_body = |scope: ScopeId| {
        scopes.body_scope(scope) == body
            && scopes.enclosing(scope).take_while(|(id, _)| *id != body).all(|(_, scope)| {
                !matches!(scope.kind, ScopeKind::Comprehension(node) if node.is_generator_expr())
            })
    };
    runs_in_body(names.scope(binding))
        && names.definitions(binding).all(|definition| {
            // Python deletes the name at the end of the handler.
            !matches!(definition.kind, DefinitionKind::Except) && runs_in_body(definition.from)
        })
}

fn build(facts: &Facts<'_>, scope: ScopeId) -> Flow {
    let opened = facts.scopes().get(scope);
    let cfg = match opened.kind {
        ScopeKind::Module => cfg::build(facts, std::iter::empty(), &facts.module.body),
        ScopeKind::Class(def) => cfg::build(facts, std::iter::empty(), &def.body),
        ScopeKind::Function(def) => {
            let parameters = def.parameters.iter().map(|it| it.name().start());
            cfg::build(facts, parameters, &def.body)
        }
        _ => return Flow::default(),
    };
    let mut flow = Flow { cfg, ..Flow::default() };
    collect(facts, scope, &mut flow);
    let mut answers = facts.flows.answers.borrow_mut();
    if answers.is_empty() {
        answers.resize(facts.nodes().len(), 0);
    }
    solve(&mut flow, &mut answers);
    flow
}

/// The body in which each binding is tracked.
fn homes(facts: &Facts<'_>) -> Vec<ScopeId> {
    let names = facts.names();
    let home = |binding: BindingId| {
        let body = facts.scopes().body_scope(names.scope(binding));
        if is_tracked(facts, binding, body) { body } else { NOWHERE }
    };
    names.all().map(home).collect()
}

/// Whether something in the body may bind names in ways that cannot be seen.
fn is_poisoned(facts: &Facts<'_>, scope: ScopeId) -> bool {
    if scope == ScopeId::MODULE {
        return !facts.reflections().is_empty() || facts.scopes().star_import;
    }
    let node = facts.scopes().get(scope).node;
    let first = facts.reflections().partition_point(|id| *id < node);
    facts.reflections().get(first).is_some_and(|id| facts.nodes().contains(node, *id))
}

/// Fills in where statements begin and what happens to the bindings that are tracked.
fn collect(facts: &Facts<'_>, scope: ScopeId, flow: &mut Flow) {
    let names = facts.names();
    let places = facts.flows.places.get_or_init(|| places(facts));
    let definitions = facts.scopes().all_definitions();
    let poisoned = is_poisoned(facts, scope);
    let homes = facts.flows.homes.get_or_init(|| homes(facts));
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
            if !poisoned && homes.get(binding.index()) == Some(&scope) {
                flow.acts.push(Acted { binding, at, act });
            }
        }
    }
    flow.begins.sort_unstable();
    // They are in the order of their places.
    flow.acts.sort_by_key(|acted| acted.binding);
}

/// Marks of blocks that are cleared by counting up.
pub(super) struct Marks {
    marks: Vec<u32>,
    current: u32,
}

impl Marks {
    pub(super) fn new(blocks: usize) -> Marks {
        Marks { marks: vec![0; blocks], current: 0 }
    }

    /// Forgets every mark.
    pub(super) fn clear(&mut self) {
        self.current += 1;
    }

    /// Whether a block is marked.
    pub(super) fn holds(&self, block: u32) -> bool {
        self.marks.get(block as usize) == Some(&self.current)
    }

    /// Marks a block. Whether it was not marked.
    pub(super) fn insert(&mut self, block: u32) -> bool {
        match self.marks.get_mut(block as usize) {
            Some(mark) if *mark != self.current => {
                *mark = self.current;
                true
            }
            _ => false,
        }
    }
}

/// Walks back from the reads of each binding to its stores. Notes the answer for each read by its
/// node.
fn solve(flow: &mut Flow, answers: &mut [u32]) {
    let blocks = flow.cfg.blocks.len();
    let mut seen = Marks::new(blocks);
    let mut lasts = Marks::new(blocks);
    let mut last: Vec<Act> = vec![Act::Use(NodeId::ROOT); blocks];
    let mut work: Vec<u32> = Vec::new();
    let mut found: Vec<Option<DefinitionId>> = Vec::new();
    let mut steps = 0;
    let mut start = 0;
    'bindings: while let Some(first) = flow.acts.get(start) {
        let count = flow.acts[start..].partition_point(|it| it.binding == first.binding);
        let acts = start..start + count;
        start += count;
        if steps > MAX_STEPS {
            break;
        }
        lasts.clear();
        for acted in flow.acts[acts.clone()].iter().filter(|it| !matches!(it.act, Act::Use(_))) {
            lasts.insert(acted.at.block);
            last[acted.at.block as usize] = acted.act;
        }
        let complete = flow.reached.len();
        let mut current: Option<(u32, Act)> = None;
        let mut exposed: Option<(u32, Reached)> = None;
        for at in acts.clone() {
            let acted = flow.acts[at];
            let block = acted.at.block;
            let Act::Use(id) = acted.act else {
                current = Some((block, acted.act));
                continue;
            };
            found.clear();
            if let Some((_, act)) = current.filter(|(at, _)| *at == block) {
                found.push(reached_by(act));
            } else if let Some((_, same)) = exposed.filter(|(at, _)| *at == block) {
                // Reads of one block that no store of it precedes have one answer.
                note(flow, answers, id, same);
                continue;
            } else {
                seen.clear();
                work.push(block);
                while let Some(block) = work.pop() {
                    steps += 1;
                    if block == ENTRY {
                        found.push(None);
                    }
                    for &before in &flow.cfg.blocks[block as usize].before {
                        if seen.insert(before) {
                            // The marks tell which blocks have a last act of this binding.
                            if lasts.holds(before) {
                                found.push(reached_by(last[before as usize]));
                            } else {
                                work.push(before);
                            }
                        }
                    }
                }
                if steps > MAX_STEPS {
                    // What was noted of this binding is not the whole.
                    for acted in &flow.acts[acts] {
                        if let Act::Use(id) = acted.act
                            && let Some(answer) = answers.get_mut(id.index())
                        {
                            *answer = 0;
                        }
                    }
                    flow.reached.truncate(complete);
                    break 'bindings;
                }
            }
            if found.is_empty() {
                continue;
            }
            let answer = keep(flow, &mut found);
            if current.is_none_or(|(at, _)| at != block) {
                exposed = Some((block, answer));
            }
            note(flow, answers, id, answer);
        }
    }
    flow.read.clone_from(&flow.ids);
    flow.read.sort_unstable();
    flow.read.dedup();
    flow.stores = flow
        .acts
        .iter()
        .filter_map(|acted| match acted.act {
            Act::Store(id) | Act::Delete(id) => Some((id, acted.binding)),
            Act::Use(_) => None,
        })
        .collect();
    flow.stores.sort_unstable();
    flow.stores.dedup();
}

/// Keeps what reaches, `None` for no value, as an answer.
fn keep(flow: &mut Flow, found: &mut Vec<Option<DefinitionId>>) -> Reached {
    found.sort_unstable();
    found.dedup();
    let start = flow.ids.len() as u32;
    flow.ids.extend(found.iter().flatten());
    let unbound = found.first().is_some_and(Option::is_none);
    Reached { start, end: flow.ids.len() as u32, unbound }
}

/// Notes the answer for a read. One in a `finally` stands twice: then both answers are one.
fn note(flow: &mut Flow, answers: &mut [u32], read: NodeId, answer: Reached) {
    let Some(place) = answers.get_mut(read.index()) else { return };
    let before = (*place as usize).checked_sub(1).and_then(|at| flow.reached.get(at)).copied();
    let answer = match before {
        None => answer,
        Some(before) => {
            let ids = |it: Reached| it.start as usize..it.end as usize;
            let mut both: Vec<Option<DefinitionId>> = flow.ids[ids(before)]
                .iter()
                .chain(&flow.ids[ids(answer)])
                .map(|it| Some(*it))
                .collect();
            if before.unbound || answer.unbound {
                both.push(None);
            }
            keep(flow, &mut both)
        }
    };
    flow.reached.push(answer);
    *place = flow.reached.len() as u32;
}

/// The definition that an act leaves behind.
fn reached_by(act: Act) -> Option<DefinitionId> {
    match act {
        Act::Store(id) => Some(id),
        Act::Delete(_) | Act::Use(_) => None,
    }
}
