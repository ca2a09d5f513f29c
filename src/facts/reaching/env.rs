//! What the names of a body hold while a walk goes through it, path by path.
//!
//! Every change is logged, so that a path can be taken back to where it parted from another. A join
//! keeps what has changed on each path that leads to it since it was opened; where it is entered,
//! a name that paths leave with different values becomes a choice of them. What may change in a
//! loop is a choice from its head on.

use super::values::{Choices, Value};
use crate::facts::scopes::BindingId;

/// Steps that the joins of one body may cost before the whole of it stays unknown.
const MAX_STEPS: usize = 4_000_000;

/// Where paths come together: an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct JoinId(usize);

/// Where a walk has come to: a place to go back to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    /// How many changes there were.
    changes: usize,
    /// Whether some path leads there.
    pub(super) alive: bool,
}

#[derive(Debug, Default)]
struct Join {
    /// How many changes there were when it was opened: what they left is the same on every path.
    base: usize,
    arrivals: u32,
    /// What held where it was opened arrives as well, and each entry on a path of its own.
    catches: bool,
    /// What has changed, one path after the other.
    entries: Vec<(BindingId, Value)>,
}

/// What a name holds, and the number of changes after the last of its own.
#[derive(Debug, Clone, Copy)]
struct Slot {
    value: Value,
    since: usize,
}

#[derive(Debug, Clone, Copy)]
struct Change {
    binding: BindingId,
    before: Slot,
}

/// The state of a walk.
#[derive(Debug, Default)]
pub(super) struct Env {
    /// By binding. A binding belongs to one body, which is walked once.
    slots: Vec<Slot>,
    log: Vec<Change>,
    /// Whether no path leads here.
    dead: bool,
    /// Where none does, what was bound since there were this many changes is known none the less:
    /// it stands in the same block.
    fresh: usize,
    joins: Vec<Join>,
    free: Vec<JoinId>,
    /// Where an exception goes. `None`: out of the body.
    pub(super) catch: Option<JoinId>,
    pub(super) choices: Choices,
    /// By binding, the paths on which it has changed; valid for what the join at hand has changed.
    times: Vec<u32>,
    steps: usize,
}

impl Env {
    pub(super) fn new(bindings: usize) -> Env {
        Env {
            slots: vec![Slot { value: Value::UNBOUND, since: 0 }; bindings],
            times: vec![0; bindings],
            ..Env::default()
        }
    }

    /// Begins with another body.
    pub(super) fn clear(&mut self) {
        self.log.clear();
        self.choices.clear();
        // A walk that gave up has left some open.
        if self.free.len() < self.joins.len() {
            self.joins.clear();
            self.free.clear();
        }
        (self.dead, self.fresh, self.steps, self.catch) = (false, 0, 0, None);
    }

    /// Whether the body costs more than its answers are worth.
    pub(super) fn is_spent(&self) -> bool {
        self.steps > MAX_STEPS
    }

    pub(super) fn spend(&mut self, steps: usize) {
        self.steps += steps;
    }

    pub(super) fn is_alive(&self) -> bool {
        !self.dead
    }

    /// What a name holds here.
    pub(super) fn read(&self, binding: BindingId) -> Value {
        match self.slots.get(binding.index()) {
            Some(slot) if !self.dead || slot.since > self.fresh => slot.value,
            _ => Value::UNKNOWN,
        }
    }

    fn assign(&mut self, binding: BindingId, value: Value) {
        let Some(slot) = self.slots.get_mut(binding.index()) else { return };
        self.log.push(Change { binding, before: *slot });
        *slot = Slot { value, since: self.log.len() };
    }

    /// Lets an exception find what a name holds.
    fn expose(&mut self, binding: BindingId, value: Value) {
        if let Some(catch) = self.catch
            && !self.dead
        {
            self.joins[catch.0].entries.push((binding, value));
        }
    }

    /// Binds a name.
    pub(super) fn store(&mut self, binding: BindingId, value: Value) {
        self.assign(binding, value);
        self.expose(binding, value);
        self.stored();
    }

    /// Something was bound, which may be no name of the body's own. Where an exception can be
    /// caught it stands alone in its block.
    pub(super) fn stored(&mut self) {
        if self.catch.is_some() {
            self.follow();
        }
    }

    /// Goes on in a new block.
    pub(super) fn follow(&mut self) {
        self.fresh = self.log.len();
    }

    /// Goes on where nothing leads to.
    pub(super) fn end(&mut self) {
        self.dead = true;
        self.follow();
    }

    /// Where the walk stands, to come back to.
    pub(super) fn mark(&self) -> Mark {
        Mark { changes: self.log.len(), alive: !self.dead }
    }

    /// Goes back to a mark, in a new block: alive or not.
    pub(super) fn back(&mut self, to: Mark, alive: bool) {
        self.undo(to.changes);
        self.dead = !alive;
        self.follow();
    }

    fn undo(&mut self, len: usize) {
        while self.log.len() > len {
            let Some(Change { binding, before }) = self.log.pop() else { break };
            self.slots[binding.index()] = before;
        }
    }

    /// A join of paths that part here.
    pub(super) fn open(&mut self) -> JoinId {
        self.open_at(self.mark())
    }

    /// A join of paths that part at a mark.
    pub(super) fn open_at(&mut self, start: Mark) -> JoinId {
        let id = self.free.pop().unwrap_or(JoinId(self.joins.len()));
        if id.0 == self.joins.len() {
            self.joins.push(Join::default());
        }
        let join = &mut self.joins[id.0];
        (join.base, join.arrivals, join.catches) = (start.changes, 0, false);
        id
    }

    /// A join to which an exception leads from anywhere from here on.
    pub(super) fn open_catch(&mut self) -> JoinId {
        let id = self.open();
        let join = &mut self.joins[id.0];
        (join.arrivals, join.catches) = (u32::from(!self.dead), true);
        id
    }

    /// What held where a join was opened comes to it without a change.
    pub(super) fn arrive_unchanged(&mut self, at: JoinId) {
        if !self.dead {
            self.joins[at.0].arrivals += 1;
        }
    }

    /// The path comes to a join; it may go on elsewhere.
    pub(super) fn arrive(&mut self, at: JoinId) {
        if self.dead || self.is_spent() {
            return;
        }
        let join = &mut self.joins[at.0];
        join.arrivals += 1;
        let changed = self.log.get(join.base..).unwrap_or_default();
        self.steps += changed.len();
        for (index, change) in changed.iter().enumerate() {
            let slot = self.slots[change.binding.index()];
            // The last change of each name.
            if slot.since == join.base + index + 1 {
                join.entries.push((change.binding, slot.value));
            }
        }
    }

    fn take(&mut self, id: JoinId) -> Join {
        let join = std::mem::take(&mut self.joins[id.0]);
        self.undo(join.base);
        self.steps += join.entries.len();
        join
    }

    /// A join is over: its space is free for another one.
    fn give_back(&mut self, id: JoinId, mut join: Join) {
        join.entries.clear();
        self.joins[id.0] = join;
        self.free.push(id);
    }

    /// Goes on where the paths of a join come together.
    pub(super) fn enter(&mut self, id: JoinId) {
        let join = self.take(id);
        self.dead = join.arrivals == 0;
        self.follow();
        if join.arrivals == 1 && !join.catches {
            for &(binding, value) in &join.entries {
                self.assign(binding, value);
                self.expose(binding, value);
            }
        } else if !self.dead {
            self.merge(&join);
        }
        self.give_back(id, join);
    }

    fn merge(&mut self, join: &Join) {
        let first = self.choices.len();
        for &(binding, value) in &join.entries {
            let index = binding.index();
            if self.slots[index].since <= join.base {
                self.assign(binding, value);
                self.times[index] = 1;
            } else {
                self.slots[index].value =
                    self.choices.either(self.slots[index].value, value, first);
                self.times[index] += 1;
            }
        }
        for at in join.base..self.log.len() {
            let Change { binding, before } = self.log[at];
            let slot = &mut self.slots[binding.index()];
            if join.catches || self.times[binding.index()] < join.arrivals {
                slot.value = self.choices.either(slot.value, before.value, first);
            }
            let value = slot.value;
            self.expose(binding, value);
        }
    }

    /// A name may change in the loop whose head is here, and was before the first was told of.
    pub(super) fn may_change(&mut self, binding: BindingId, head: Mark) {
        let slot = self.slots[binding.index()];
        if !self.dead && slot.since <= head.changes {
            let choice = self.choices.open(slot.value);
            self.assign(binding, choice);
            self.expose(binding, choice);
        }
    }

    /// Lets the paths that have come to a join lead back to the head where it was opened, and goes
    /// back there.
    pub(super) fn close_loop(&mut self, id: JoinId, head: Mark) {
        let join = self.take(id);
        for &(binding, value) in &join.entries {
            let choice = self.slots[binding.index()].value;
            self.choices.add(choice, value);
        }
        self.give_back(id, join);
        self.back(head, head.alive);
    }

    /// Lets an exception find everything that has changed since a mark: it goes elsewhere now.
    pub(super) fn expose_since(&mut self, start: Mark) {
        if self.catch.is_none() || self.dead {
            return;
        }
        for at in start.changes..self.log.len() {
            self.steps += 1;
            let binding = self.log[at].binding;
            let slot = self.slots[binding.index()];
            if slot.since == at + 1 {
                self.expose(binding, slot.value);
            }
        }
    }
}
