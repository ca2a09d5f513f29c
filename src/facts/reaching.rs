//! Reaching definitions: which bindings of a name a read of it may see.
//!
//! `facts.reaching(name)` answers for reads in the body that owns the name (module, class or
//! function; list, set and dict comprehensions run inside it). `None`: not known. That is so for
//! names read in nested functions, lambdas, generators and classes, names that another body
//! rebinds, names of `except` clauses, names of bodies with `exec`, `locals` and the like, the
//! module's names after a star import, and reads that nothing reaches. Every definition that may
//! reach is named; some that are named cannot reach (`with` may swallow, calls may return).

use std::cell::OnceCell;

use ruff_python_ast::ExprName;
use ruff_text_size::{Ranged, TextSize};
use rustc_hash::{FxHashMap, FxHashSet};

use super::Facts;
use super::cfg::{Block, Builder, Event};
use super::nodes::NodeId;
use super::scopes::{BindingId, Definition, DefinitionKind, Resolution, ScopeId, ScopeKind};

/// A definition: its position in `Scopes::all_definitions`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DefinitionId(pub u32);

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

#[derive(Debug, Default)]
struct Reached {
    ids: Vec<DefinitionId>,
    unbound: bool,
}

#[derive(Debug, Default)]
struct Body {
    uses: FxHashMap<NodeId, Reached>,
}

/// The reaching definitions of each body that was asked about.
#[derive(Debug, Default)]
pub(super) struct Flows {
    bodies: OnceCell<Vec<OnceCell<Body>>>,
    /// Each definition by the place of its name.
    places: OnceCell<FxHashMap<TextSize, (u32, BindingId)>>,
}

/// Steps from block to block that one body may cost before the rest stays unknown.
const MAX_STEPS: usize = 2_000_000;

#[derive(Clone, Copy)]
enum Act {
    Use(NodeId),
    Store(u32),
    Delete,
}

impl<'a> Facts<'a> {
    /// The definitions that may reach a read. `None`: not known.
    pub fn reaching(&self, name: &'a ExprName) -> Option<Reaching<'_, 'a>> {
        let id = self.nodes().id(name);
        let scope = self.scopes().body_scope(self.nodes().scope(id));
        let bodies = self.flows.bodies.get_or_init(|| {
            std::iter::repeat_with(OnceCell::new).take(self.scopes().scopes.len()).collect()
        });
        let body = bodies.get(scope.0 as usize)?.get_or_init(|| build(self, scope));
        let reached = body.uses.get(&id)?;
        let all = self.scopes().all_definitions();
        Some(Reaching { all, ids: &reached.ids, unbound: reached.unbound })
    }
}

fn places(facts: &Facts<'_>) -> FxHashMap<TextSize, (u32, BindingId)> {
    let names = facts.names();
    let mut places = FxHashMap::default();
    for (binding, definitions) in names.bindings.definitions.iter().enumerate() {
        for &index in definitions {
            if let Some(definition) = facts.scopes().definitions.get(index as usize) {
                places.insert(definition.range.start(), (index, BindingId::new(binding)));
            }
        }
    }
    places
}

/// Whether only the body itself binds the name, in ways that the blocks show.
fn is_tracked(facts: &Facts<'_>, binding: BindingId, body: ScopeId) -> bool {
    let names = facts.names();
    let scopes = facts.scopes();
    let owner = names.scope(binding);
    scopes.body_scope(owner) == body
        && scopes.enclosing(owner).take_while(|(id, _)| *id != body).all(|(_, scope)| {
            !matches!(scope.kind, ScopeKind::Comprehension(node) if node.is_generator_expr())
        })
        && names.definitions(binding).all(|definition| {
            !matches!(definition.kind, DefinitionKind::Except)
                && scopes.body_scope(definition.from) == body
                && scopes.enclosing(definition.from).take_while(|(id, _)| *id != body).all(
                    |(_, scope)| {
                        !matches!(scope.kind,
                            ScopeKind::Comprehension(node) if node.is_generator_expr())
                    },
                )
        })
}

fn build(facts: &Facts<'_>, scope: ScopeId) -> Body {
    let scopes = facts.scopes();
    let opened = scopes.get(scope);
    let poisoned = facts
        .reflections()
        .iter()
        .any(|id| scope == ScopeId::MODULE || facts.nodes().contains(opened.node, *id));
    if poisoned || (scope == ScopeId::MODULE && scopes.star_import) {
        return Body::default();
    }
    let mut builder = Builder::new(facts);
    match opened.kind {
        ScopeKind::Module => builder.body(&facts.module.body),
        ScopeKind::Class(def) => builder.body(&def.body),
        ScopeKind::Function(def) => {
            for parameter in &*def.parameters {
                builder.store(parameter.name().start());
            }
            builder.body(&def.body);
        }
        _ => return Body::default(),
    }
    let blocks = builder.blocks;
    solve(facts, scope, &blocks)
}

fn solve(facts: &Facts<'_>, scope: ScopeId, blocks: &[Block]) -> Body {
    let names = facts.names();
    let places = facts.flows.places.get_or_init(|| places(facts));
    let mut acts: FxHashMap<BindingId, Vec<(u32, Act)>> = FxHashMap::default();
    for (at, block) in blocks.iter().enumerate() {
        for event in &block.events {
            let (binding, act) = match *event {
                Event::Use(id) => {
                    let name = match facts.nodes().get(id).and_then(|node| node.as_expr()) {
                        Some(ruff_python_ast::Expr::Name(name)) => name,
                        _ => continue,
                    };
                    let Resolution::Binding(binding) = names.resolve(name) else { continue };
                    (binding, Act::Use(id))
                }
                Event::Store(place) => {
                    let Some(&(index, binding)) = places.get(&place) else { continue };
                    let deletes = scopes_delete(facts, index);
                    (binding, if deletes { Act::Delete } else { Act::Store(index) })
                }
            };
            acts.entry(binding).or_default().push((at as u32, act));
        }
    }
    let mut body = Body::default();
    let mut steps = 0;
    for (binding, acts) in acts {
        if is_tracked(facts, binding, scope) {
            trace(blocks, &acts, &mut body, &mut steps);
        }
        if steps > MAX_STEPS {
            break;
        }
    }
    for reached in body.uses.values_mut() {
        reached.ids.sort_unstable();
        reached.ids.dedup();
    }
    body.uses.retain(|_, reached| reached.unbound || !reached.ids.is_empty());
    body
}

fn scopes_delete(facts: &Facts<'_>, index: u32) -> bool {
    let definition = facts.scopes().definitions.get(index as usize);
    definition.is_some_and(|it| matches!(it.kind, DefinitionKind::Delete))
}

/// Walks back from the reads of one binding to its stores.
fn trace(blocks: &[Block], acts: &[(u32, Act)], body: &mut Body, steps: &mut usize) {
    let mut last: FxHashMap<u32, Act> = FxHashMap::default();
    let mut exposed: Vec<(u32, NodeId)> = Vec::new();
    let mut current: Option<(u32, Act)> = None;
    for &(block, act) in acts {
        if current.is_some_and(|(at, _)| at != block) {
            current = None;
        }
        match (act, current) {
            (Act::Use(id), Some((_, store))) => add(body, id, store),
            (Act::Use(id), None) => exposed.push((block, id)),
            _ => {
                current = Some((block, act));
                last.insert(block, act);
            }
        }
    }
    let mut at = 0;
    while let Some(&(block, _)) = exposed.get(at) {
        let mut ends = Vec::new();
        let mut seen: FxHashSet<u32> = FxHashSet::default();
        let mut work = vec![block];
        while let Some(block) = work.pop() {
            *steps += 1;
            if block == 0 {
                ends.push(Act::Delete);
            }
            for &before in blocks.get(block as usize).map_or(&[][..], |it| &it.before) {
                match last.get(&before) {
                    Some(act) if seen.insert(before) => ends.push(*act),
                    Some(_) => {}
                    None if seen.insert(before) => work.push(before),
                    None => {}
                }
            }
        }
        // Reads of one block that no store of it precedes stand side by side.
        while let Some(&(_, id)) = exposed.get(at).filter(|(other, _)| *other == block) {
            ends.iter().for_each(|act| add(body, id, *act));
            at += 1;
        }
        if *steps > MAX_STEPS {
            // What stands twice may have half an answer: none is better.
            for (_, id) in acts.iter().filter_map(|(at, act)| match act {
                Act::Use(id) => Some((at, id)),
                _ => None,
            }) {
                body.uses.remove(id);
            }
            return;
        }
    }
}

fn add(body: &mut Body, id: NodeId, act: Act) {
    let reached = body.uses.entry(id).or_default();
    match act {
        Act::Store(index) => reached.ids.push(DefinitionId(index)),
        _ => reached.unbound = true,
    }
}
