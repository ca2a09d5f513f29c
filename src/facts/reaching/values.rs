//! What a name may hold at a place: nothing known, no value, what one definition gave it, or one of
//! several, which are kept as choices until a body is done.

use crate::facts::scopes::DefinitionId;

/// What a name may hold, in 32 bits.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Value(u32);

/// What a value says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Says {
    /// Nothing: no path leads to the place, or it is not known.
    Nothing,
    /// The name has no value.
    Unbound,
    /// It has what this definition gave it.
    Defined(DefinitionId),
    /// One of several; an index.
    Several(u32),
}

impl Value {
    pub(super) const UNKNOWN: Value = Value(0);
    pub(super) const UNBOUND: Value = Value(1);
    const FIRST: u32 = 2;
    const SEVERAL: u32 = 1 << 31;

    /// What a definition gives. A file of 4 GiB has fewer than 2^31 of them, as names are parted.
    pub(super) fn defined(id: DefinitionId) -> Value {
        Value(id.0 + Value::FIRST)
    }

    pub(super) fn several(index: u32) -> Value {
        Value(index | Value::SEVERAL)
    }

    pub(super) fn is_known(self) -> bool {
        self != Value::UNKNOWN
    }

    pub(super) fn says(self) -> Says {
        match self {
            Value::UNKNOWN => Says::Nothing,
            Value::UNBOUND => Says::Unbound,
            Value(it) if it & Value::SEVERAL != 0 => Says::Several(it & !Value::SEVERAL),
            Value(it) => Says::Defined(DefinitionId(it - Value::FIRST)),
        }
    }
}

/// A part of a choice.
#[derive(Debug, Clone, Copy)]
struct Part {
    value: Value,
    /// One more than the position of the part before it of the same choice; 0 for none.
    before: u32,
}

/// The choices of a body: values that are one of some others, which may be choices again, in rings
/// where loops lead back.
#[derive(Debug, Default)]
pub(super) struct Choices {
    parts: Vec<Part>,
    /// By choice, one more than the position of its last part; 0 for none.
    last: Vec<u32>,
    /// By choice, when a search came to it.
    marks: Vec<u32>,
    searches: u32,
    work: Vec<u32>,
}

impl Choices {
    pub(super) fn clear(&mut self) {
        self.parts.clear();
        self.last.clear();
        self.marks.clear();
    }

    pub(super) fn len(&self) -> u32 {
        self.last.len() as u32
    }

    /// A new choice of one value.
    pub(super) fn open(&mut self, value: Value) -> Value {
        let choice = self.len();
        self.last.push(0);
        self.put(choice, value);
        Value::several(choice)
    }

    fn put(&mut self, choice: u32, value: Value) {
        let Some(last) = self.last.get_mut(choice as usize) else { return };
        self.parts.push(Part { value, before: *last });
        *last = self.parts.len() as u32;
    }

    /// Adds a value to what is a choice.
    pub(super) fn add(&mut self, to: Value, value: Value) {
        if let Says::Several(choice) = to.says()
            && to != value
        {
            self.put(choice, value);
        }
    }

    /// One of two values. Choices from `first` on are open for more parts.
    pub(super) fn either(&mut self, one: Value, other: Value, first: u32) -> Value {
        if one == other {
            return one;
        }
        let open = match one.says() {
            Says::Several(choice) if choice >= first => one,
            _ => self.open(one),
        };
        self.add(open, other);
        open
    }

    /// The definitions of a choice, in source order, and whether it may be no value. Gives the
    /// number of parts that it has looked at.
    pub(super) fn members(&mut self, choice: u32, found: &mut Vec<DefinitionId>) -> (bool, usize) {
        self.marks.resize(self.last.len(), 0);
        self.searches += 1;
        found.clear();
        let mut unbound = false;
        let mut looked = 0;
        self.work.push(choice);
        while let Some(choice) = self.work.pop() {
            let mark = &mut self.marks[choice as usize];
            if std::mem::replace(mark, self.searches) == self.searches {
                continue;
            }
            let mut at = self.last[choice as usize];
            while let Some(part) = at.checked_sub(1).and_then(|at| self.parts.get(at as usize)) {
                looked += 1;
                match part.value.says() {
                    Says::Nothing => {}
                    Says::Unbound => unbound = true,
                    Says::Defined(id) => found.push(id),
                    Says::Several(inner) => self.work.push(inner),
                }
                at = part.before;
            }
        }
        found.sort_unstable();
        found.dedup();
        (unbound, looked)
    }
}
