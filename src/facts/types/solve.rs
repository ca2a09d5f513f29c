//! The fixpoint under all types: each definition, function, attribute and container's contents is
//! an unknown of a system of equations that is solved as far as a question needs it.
//!
//! Unknowns are visited depth first. Those of a cycle start from `Never` and are evaluated again
//! until none of them changes; a value is final only when its whole cycle is. A value only grows,
//! so the result covers every evaluation.

use std::cell::RefCell;

use super::lattice::Type;

/// Cycles that do not settle in so many rounds are not known.
const ROUNDS: u32 = 10;

/// No unknown on the stack was read.
const NONE: u32 = u32::MAX;

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
struct Slot {
    value: Type,
    state: State,
}

/// The unknowns and where their evaluation stands.
#[derive(Debug)]
pub(super) struct Solver {
    slots: Vec<Slot>,
    /// Evaluated, but in an unfinished cycle, or being evaluated.
    open: Vec<u32>,
    low: u32,
    round: u32,
    rounds: u32,
    changed: bool,
}

impl Default for Solver {
    fn default() -> Solver {
        Solver {
            slots: Vec::new(),
            open: Vec::new(),
            low: NONE,
            round: 0,
            rounds: 0,
            changed: false,
        }
    }
}

impl Solver {
    /// Begins to watch whether an unknown is read whose value may still change. Gives what
    /// `unwatch` needs.
    pub(super) fn watch(&mut self) -> u32 {
        std::mem::replace(&mut self.low, NONE)
    }

    /// Whether nothing was read since `watch` whose value may still change.
    pub(super) fn unwatch(&mut self, outer: u32) -> bool {
        let inner = std::mem::replace(&mut self.low, outer);
        self.low = outer.min(inner);
        inner == NONE
    }

    fn slot(&mut self, index: u32) -> &mut Slot {
        let index = index as usize;
        if index >= self.slots.len() {
            let more = (index + 1).max(self.slots.len() * 2);
            self.slots.resize(more, Slot { value: Type::NEVER, state: State::Fresh });
        }
        &mut self.slots[index]
    }
}

/// The value of an unknown; `eval` evaluates its equation once.
pub(super) fn solve(cell: &RefCell<Solver>, index: u32, eval: impl Fn() -> Type) -> Type {
    let (outer_low, outer_changed, outer_round, own, mut floor);
    {
        let mut solver = cell.borrow_mut();
        let round = solver.round;
        let slot = *solver.slot(index);
        match slot.state {
            State::Done => return slot.value,
            State::Active(at) => {
                solver.low = solver.low.min(at);
                return slot.value;
            }
            State::Pending { round: seen, low, .. } if seen == round => {
                solver.low = solver.low.min(low);
                return slot.value;
            }
            // What once was part of a cycle stays a part of it.
            State::Pending { at, low, .. } => (own, floor) = (at, low),
            State::Fresh => {
                (own, floor) = (solver.open.len() as u32, NONE);
                solver.open.push(index);
            }
        }
        solver.slot(index).state = State::Active(own);
        outer_low = std::mem::replace(&mut solver.low, NONE);
        outer_changed = std::mem::replace(&mut solver.changed, false);
        outer_round = round;
    }
    let mut tries = 0;
    loop {
        let evaluated = eval();
        let mut solver = cell.borrow_mut();
        let slot = solver.slot(index);
        let joined = slot.value.join(evaluated);
        let changed = joined != slot.value;
        slot.value = joined;
        solver.changed |= changed;
        floor = floor.min(solver.low);
        let low = floor;
        if low < own {
            solver.slot(index).state = State::Pending { round: outer_round, at: own, low };
            solver.low = outer_low.min(low);
            solver.changed |= outer_changed;
            solver.round = outer_round;
            return joined;
        }
        tries += 1;
        let settled = low == NONE || !solver.changed;
        if !settled && tries < ROUNDS {
            solver.rounds += 1;
            solver.round = solver.rounds;
            solver.low = NONE;
            solver.changed = false;
            continue;
        }
        while solver.open.len() > own as usize {
            let Some(member) = solver.open.pop() else { break };
            let slot = solver.slot(member);
            slot.state = State::Done;
            if !settled {
                slot.value = Type::UNKNOWN;
            }
        }
        solver.low = outer_low;
        solver.changed = outer_changed;
        solver.round = outer_round;
        return solver.slot(index).value;
    }
}
