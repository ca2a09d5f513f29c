//! The fixpoint under all types: each definition, function, attribute and container's contents is
//! an unknown of a system of equations that is solved as far as a question needs it.
//!
//! Unknowns are visited depth first. Those of a cycle start from `Never` and are evaluated again
//! until none of them changes; a value is final only when its whole cycle is. A value only grows,
//! so the result covers every evaluation.

use std::cell::{Cell, RefCell};

use super::lattice::Type;
use super::store;
use crate::facts::Arena;

/// Cycles that do not settle in so many rounds are not known.
const ROUNDS: u32 = 10;

/// No unknown on the stack was read.
const NONE: u32 = u32::MAX;

/// An unknown of the system.
#[derive(Debug, Clone, Copy)]
pub(super) struct SlotId(u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Fresh,
    /// Being evaluated, at this place among the open.
    Active(u32),
    /// Evaluated in a round, in a cycle that is not finished: its place among the open, and the
    /// lowest place that it depends on, which is lower.
    Pending {
        round: u32,
        at: u32,
        low: u32,
    },
    Done,
}

#[derive(Debug, Clone, Copy)]
struct Slot<'a> {
    value: &'a Type,
    state: State,
}

const FRESH: Slot<'static> = Slot { value: &store::NEVER, state: State::Fresh };

/// The unknowns and where their evaluation stands.
#[derive(Debug)]
pub(super) struct Solver<'a> {
    system: RefCell<System<'a>>,
    low: Cell<u32>,
    round: Cell<u32>,
    rounds: Cell<u32>,
    changed: Cell<bool>,
}

#[derive(Debug, Default)]
struct System<'a> {
    slots: Vec<Slot<'a>>,
    /// Evaluated, but in an unfinished cycle, or being evaluated.
    open: Vec<SlotId>,
}

/// What asking for an unknown comes to.
enum Asked<'a> {
    Known(&'a Type),
    /// Its value may still change, as that at a place among the open.
    Open(&'a Type, u32),
    /// It is evaluated from here on.
    Begun {
        value: &'a Type,
        own: u32,
        floor: u32,
    },
}

impl<'a> System<'a> {
    fn ask(&mut self, id: SlotId, this_round: u32) -> Asked<'a> {
        let Some(slot) = self.slots.get_mut(id.0 as usize) else {
            return Asked::Known(&store::UNKNOWN);
        };
        let value = slot.value;
        let (own, floor) = match slot.state {
            State::Done => return Asked::Known(value),
            State::Active(at) => return Asked::Open(value, at),
            State::Pending { round, low, .. } if round == this_round => {
                return Asked::Open(value, low);
            }
            // What once was part of a cycle stays a part of it.
            State::Pending { at, low, .. } => (at, low),
            State::Fresh => {
                self.open.push(id);
                (self.open.len() as u32 - 1, NONE)
            }
        };
        slot.state = State::Active(own);
        Asked::Begun { value, own, floor }
    }

    fn set(&mut self, id: SlotId, value: &'a Type, state: State) {
        if let Some(slot) = self.slots.get_mut(id.0 as usize) {
            *slot = Slot { value, state };
        }
    }

    /// All that is open from a place on is done.
    fn close(&mut self, from: u32, settled: bool) {
        while self.open.len() > from as usize {
            let Some(member) = self.open.pop() else { return };
            let Some(slot) = self.slots.get_mut(member.0 as usize) else { continue };
            slot.state = State::Done;
            if !settled {
                slot.value = &store::UNKNOWN;
            }
        }
    }
}

impl Default for Solver<'_> {
    fn default() -> Self {
        Solver {
            system: RefCell::default(),
            low: Cell::new(NONE),
            round: Cell::new(0),
            rounds: Cell::new(0),
            changed: Cell::new(false),
        }
    }
}

impl<'a> Solver<'a> {
    /// Begins to watch whether an unknown is read whose value may still change. Gives what
    /// `unwatch` needs.
    #[inline]
    pub(super) fn watch(&self) -> u32 {
        self.low.replace(NONE)
    }

    /// Whether nothing was read since `watch` whose value may still change.
    #[inline]
    pub(super) fn unwatch(&self, outer: u32) -> bool {
        let inner = self.low.get();
        self.low.set(outer.min(inner));
        inner == NONE
    }

    /// One more unknown.
    pub(super) fn unknown(&self) -> SlotId {
        let slots = &mut self.system.borrow_mut().slots;
        slots.push(FRESH);
        SlotId(slots.len() as u32 - 1)
    }

    /// The value of an unknown; `eval` evaluates its equation once.
    pub(super) fn solve(
        &self,
        arena: &'a Arena,
        id: SlotId,
        eval: impl Fn() -> &'a Type,
    ) -> &'a Type {
        let outer_round = self.round.get();
        let asked = self.system.borrow_mut().ask(id, outer_round);
        let (mut value, own, mut floor) = match asked {
            Asked::Known(value) => return value,
            Asked::Open(value, at) => {
                self.low.set(self.low.get().min(at));
                return value;
            }
            Asked::Begun { value, own, floor } => (value, own, floor),
        };
        let outer_low = self.low.replace(NONE);
        let outer_changed = self.changed.replace(false);
        let mut tries = 0;
        loop {
            let joined = store::join(arena, value, eval());
            let changed = !std::ptr::eq(joined, value) && joined != value;
            value = joined;
            self.changed.set(self.changed.get() || changed);
            floor = floor.min(self.low.get());
            if floor < own {
                let state = State::Pending { round: outer_round, at: own, low: floor };
                self.system.borrow_mut().set(id, value, state);
                self.low.set(outer_low.min(floor));
                self.changed.set(self.changed.get() || outer_changed);
                self.round.set(outer_round);
                return value;
            }
            tries += 1;
            let settled = floor == NONE || !self.changed.get();
            if !settled && tries < ROUNDS {
                self.system.borrow_mut().set(id, value, State::Active(own));
                self.rounds.set(self.rounds.get() + 1);
                self.round.set(self.rounds.get());
                self.low.set(NONE);
                self.changed.set(false);
                continue;
            }
            {
                let mut system = self.system.borrow_mut();
                system.set(id, value, State::Done);
                system.close(own, settled);
            }
            self.low.set(outer_low);
            self.changed.set(outer_changed);
            self.round.set(outer_round);
            return if settled { value } else { &store::UNKNOWN };
        }
    }
}
