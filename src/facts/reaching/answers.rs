//! What is known of the reads and definitions of the bodies that were asked about, as dense tables
//! of the file.

use super::env::Env;
use super::homes::Homes;
use super::values::{Says, Value};
use crate::facts::nodes::NodeId;
use crate::facts::scopes::{DefinitionId, ScopeId};
use crate::facts::{Arena, Facts};

/// What is known of a definition, as bits.
const STORED: u8 = 1;
const READ: u8 = 1 << 1;

/// Definitions that may reach a read, in source order, and whether it may find no value.
pub(super) type Reached<'a> = (&'a [DefinitionId], bool);

/// The tables.
#[derive(Debug)]
pub(in crate::facts) struct Answers<'a> {
    arena: &'a Arena,
    /// By scope, whether the body that it is evaluated in was walked.
    solved: Vec<bool>,
    /// By node, what a read of it may see. While its body is walked, several are a choice;
    /// afterwards a set.
    reads: Vec<Value>,
    /// By definition.
    definitions: Vec<u8>,
    /// Every definition: a set of one is a part of it.
    each: &'a [DefinitionId],
    sets: Vec<Reached<'a>>,
    /// The reads of the body at hand that see a choice.
    pending: Vec<NodeId>,
    pub(super) env: Env,
}

impl<'a> Answers<'a> {
    pub(super) fn new(facts: &Facts<'a>) -> Answers<'a> {
        let count = facts.scopes().all_definitions().len();
        Answers {
            arena: facts.arena,
            solved: vec![false; facts.scopes().count()],
            reads: vec![Value::UNKNOWN; facts.nodes().len()],
            definitions: vec![0; count],
            each: facts.arena.alloc_slice_fill_with(count, |index| DefinitionId(index as u32)),
            sets: Vec::new(),
            pending: Vec::new(),
            env: Env::new(facts.names().count()),
        }
    }

    /// Whether the body of a scope was walked.
    pub(super) fn is_solved(&self, scope: ScopeId) -> bool {
        self.solved.get(scope.index()) == Some(&true)
    }

    /// The body of a scope is walked now. Whether it was not before.
    pub(super) fn begin(&mut self, scope: ScopeId, body: ScopeId) -> bool {
        let before = self.solved.get_mut(body.index()).map(|it| std::mem::replace(it, true));
        if let Some(it) = self.solved.get_mut(scope.index()) {
            *it = true;
        }
        before == Some(false)
    }

    /// What reaches a read.
    pub(super) fn reached(&self, read: NodeId) -> Option<Reached<'a>> {
        match self.reads.get(read.index())?.says() {
            Says::Nothing => None,
            Says::Unbound => Some((&[], true)),
            Says::Defined(id) => Some((self.each.get(id.index()..=id.index())?, false)),
            Says::Several(set) => self.sets.get(set as usize).copied(),
        }
    }

    /// Whether a definition binds a name that can be followed.
    pub(super) fn is_stored(&self, definition: DefinitionId) -> bool {
        self.definitions.get(definition.index()).is_some_and(|it| it & STORED != 0)
    }

    /// Whether some read may see what a definition binds.
    pub(super) fn is_read(&self, definition: DefinitionId) -> bool {
        self.definitions.get(definition.index()).is_some_and(|it| it & READ != 0)
    }

    /// A definition binds a name that can be followed.
    pub(super) fn store(&mut self, definition: DefinitionId) {
        self.mark(definition, STORED);
    }

    fn mark(&mut self, definition: DefinitionId, what: u8) {
        if let Some(it) = self.definitions.get_mut(definition.index()) {
            *it |= what;
        }
    }

    /// Notes what a read sees. One in a `finally` is noted twice: it sees both.
    pub(super) fn note(&mut self, read: NodeId, value: Value) {
        let Some(place) = self.reads.get_mut(read.index()) else { return };
        if !value.is_known() || *place == value {
            return;
        }
        let before = *place;
        if before.is_known() {
            let first = self.env.choices.len();
            *place = self.env.choices.either(before, value, first);
        } else {
            *place = value;
        }
        match place.says() {
            Says::Several(_) if matches!(before.says(), Says::Several(_)) => {}
            Says::Several(_) => self.pending.push(read),
            Says::Defined(id) => self.mark(id, READ),
            Says::Unbound | Says::Nothing => {}
        }
    }

    /// Makes sets of the choices, once a body has been walked.
    pub(super) fn settle(&mut self) {
        let mut settled = vec![Value::UNKNOWN; self.env.choices.len() as usize];
        let mut found = Vec::new();
        let pending = std::mem::take(&mut self.pending);
        for read in &pending {
            if self.env.is_spent() {
                break;
            }
            let Some(Says::Several(choice)) = self.reads.get(read.index()).map(|it| it.says())
            else {
                continue;
            };
            let Some(slot) = settled.get_mut(choice as usize) else { continue };
            if !slot.is_known() {
                let (unbound, looked) = self.env.choices.members(choice, &mut found);
                self.env.spend(looked);
                *slot = self.set(&found, unbound);
            }
            self.reads[read.index()] = settled[choice as usize];
        }
        self.pending = pending;
        self.pending.clear();
    }

    fn set(&mut self, found: &[DefinitionId], unbound: bool) -> Value {
        for id in found {
            self.mark(*id, READ);
        }
        let ids = match found {
            [] => return if unbound { Value::UNBOUND } else { Value::UNKNOWN },
            [only] if !unbound => return Value::defined(*only),
            [only] => self.each.get(only.index()..=only.index()).unwrap_or_default(),
            several => self.arena.alloc_slice_copy(several),
        };
        self.sets.push((ids, unbound));
        Value::several(self.sets.len() as u32 - 1)
    }

    /// Takes everything back that was noted of a body.
    pub(super) fn forget(&mut self, facts: &Facts<'_>, homes: &Homes, body: ScopeId) {
        for (read, entry) in self.reads.iter_mut().zip(&facts.nodes().entries) {
            if homes.body(entry.scope) == Some(body) {
                *read = Value::UNKNOWN;
            }
        }
        for (index, state) in self.definitions.iter_mut().enumerate() {
            let binding = facts.names().binding_of(index);
            if binding.is_some_and(|it| homes.is_followed(it, body)) {
                *state = 0;
            }
        }
    }
}
