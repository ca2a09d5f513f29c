//! Positions by the hashes of what stands there: a hash table that holds no keys.

/// The slot of nothing.
const EMPTY: u32 = u32::MAX;

/// 2^64 divided by the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// The table. At least half of its slots are empty: a search ends, and soon.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// A power of two of them, or none.
    slots: Vec<u32>,
    /// What is left of a hash when it is shifted by this much is a slot.
    shift: u32,
}

impl Index {
    /// A table for at most so many positions.
    pub(super) fn of(count: usize) -> Index {
        let size = (count * 2 + 1).next_power_of_two().max(2);
        Index { slots: vec![EMPTY; size], shift: u64::BITS - size.trailing_zeros() }
    }

    /// The slot in which something of a hash stands, if no other does.
    #[inline]
    fn first(&self, hash: u64) -> usize {
        (hash.wrapping_mul(SPREAD) >> self.shift) as usize
    }

    /// The slot in which something stands that found another in a slot.
    #[inline]
    fn after(&self, slot: usize) -> usize {
        slot.wrapping_add(1) & self.slots.len().wrapping_sub(1)
    }

    /// The position that `is` knows among those of a hash.
    #[inline]
    pub(super) fn find(&self, hash: u64, is: impl Fn(u32) -> bool) -> Option<u32> {
        let mut slot = self.first(hash);
        loop {
            let at = *self.slots.get(slot)?;
            if at == EMPTY {
                return None;
            }
            if is(at) {
                return Some(at);
            }
            slot = self.after(slot);
        }
    }

    /// The position that `is` knows among those of a hash; `next` where there is none, which is
    /// from now on.
    #[inline]
    pub(super) fn find_or_put(&mut self, hash: u64, next: u32, is: impl Fn(u32) -> bool) -> u32 {
        let mut slot = self.first(hash);
        loop {
            let after = self.after(slot);
            let Some(at) = self.slots.get_mut(slot) else { return next };
            if *at == EMPTY {
                *at = next;
                return next;
            }
            if is(*at) {
                return *at;
            }
            slot = after;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Index;

    #[test]
    fn what_was_put_is_found() {
        let keys: Vec<u64> = (0..500).map(|key| key * 3 % 256).collect();
        let mut index = Index::of(256);
        let mut known: Vec<u64> = Vec::new();
        for key in keys {
            let next = known.len() as u32;
            let at = index.find_or_put(key, next, |at| known[at as usize] == key);
            if at == next {
                known.push(key);
            }
            assert_eq!(known[at as usize], key);
        }
        for (at, key) in known.iter().enumerate() {
            assert_eq!(index.find(*key, |at| known[at as usize] == *key), Some(at as u32));
        }
        assert_eq!(index.find(1000, |at| known[at as usize] == 1000), None);
    }

    #[test]
    fn nothing_is_found_where_nothing_is() {
        assert_eq!(Index::of(0).find(7, |_| true), None);
        assert_eq!(Index::default().find(7, |_| true), None);
        assert_eq!(Index::default().find_or_put(7, 3, |_| true), 3);
    }
}
