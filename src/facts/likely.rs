//! A set of names that answers at a glance: no, or perhaps.
//!
//! Most names in a file are none of those that a question is about. Four bytes of a name tell so
//! before the whole of it is hashed: a Bloom filter with one hash.

use rustc_hash::FxHashSet;

/// What a set tells a name by: one of 1024 places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Glance(u16);

impl Glance {
    pub(crate) fn of(name: &str) -> Glance {
        let bytes = name.as_bytes();
        let at = |index: usize| u32::from(bytes.get(index).copied().unwrap_or_default());
        let last = bytes.len().wrapping_sub(1);
        let mixed =
            at(0) | at(last) << 8 | at(bytes.len() / 2) << 16 | (bytes.len() as u32 & 0xff) << 24;
        Glance((mixed.wrapping_mul(0x9e37_79b1) >> 22) as u16)
    }
}

/// Which names may be in a set.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Likely([u64; 16]);

impl Likely {
    /// Puts a name in.
    pub(crate) fn insert(&mut self, name: &str) {
        let Glance(at) = Glance::of(name);
        if let Some(word) = self.0.get_mut(usize::from(at >> 6)) {
            *word |= 1 << (at & 63);
        }
    }

    /// The names of both.
    pub(crate) fn or(self, other: Likely) -> Likely {
        Likely(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }

    /// Whether a name may be in the set. What was put in always may.
    pub(crate) fn may_hold(&self, name: &str) -> bool {
        self.may_hold_at(Glance::of(name))
    }

    /// Whether some name at a place may be in the set.
    #[inline]
    pub(crate) fn may_hold_at(&self, Glance(at): Glance) -> bool {
        self.0.get(usize::from(at >> 6)).is_some_and(|word| word >> (at & 63) & 1 != 0)
    }
}

/// A set of names that is mostly asked for names that it does not hold.
#[derive(Debug, Default)]
pub(crate) struct Names<'a> {
    likely: Likely,
    all: FxHashSet<&'a str>,
}

impl<'a> Names<'a> {
    /// Puts a name in.
    pub(crate) fn insert(&mut self, name: &'a str) {
        self.likely.insert(name);
        self.all.insert(name);
    }

    /// What may be in it.
    pub(crate) fn likely(&self) -> Likely {
        self.likely
    }

    /// Whether it holds a name.
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.likely.may_hold(name) && self.all.contains(name)
    }
}

impl<'n> FromIterator<&'n str> for Likely {
    fn from_iter<I: IntoIterator<Item = &'n str>>(names: I) -> Likely {
        let mut likely = Likely::default();
        names.into_iter().for_each(|name| likely.insert(name));
        likely
    }
}

#[cfg(test)]
mod tests {
    use super::Likely;

    #[test]
    fn what_was_put_in_is_never_denied() {
        let names: Vec<String> = (0..300).map(|index| format!("name_{index}")).collect();
        let likely: Likely = names.iter().map(String::as_str).chain(["", "x"]).collect();
        assert!(names.iter().all(|name| likely.may_hold(name)));
        assert!(likely.may_hold("") && likely.may_hold("x"));
    }

    #[test]
    fn what_was_not_put_in_is_mostly_denied() {
        let likely: Likely = ["append", "join", "read", "readlines"].into_iter().collect();
        let others = ["assertEqual", "get", "format", "items", "self", "len", "isinstance"];
        assert!(others.iter().filter(|name| likely.may_hold(name)).count() <= 1);
    }
}
