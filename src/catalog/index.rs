//! Tables by name: where a name stands in one is told by a few of its bytes.

/// The positions of a table's names, by a hash of each. The table has at most half as many names
/// as there are slots, whose number is a power of two: what is not in it soon meets an empty one.
pub(super) struct Index<const SLOTS: usize>([u16; SLOTS]);

/// The slot in which a name stands unless another does.
const fn slot(name: &str, slots: usize) -> usize {
    const fn at(name: &[u8], index: usize) -> u32 {
        if index < name.len() { name[index] as u32 } else { 0 }
    }
    let name = name.as_bytes();
    let length = name.len();
    let mixed = at(name, 0)
        | at(name, length.wrapping_sub(1)) << 8
        | at(name, length / 2) << 16
        | at(name, length.wrapping_sub(4)) << 24;
    let hash = (mixed ^ length as u32).wrapping_mul(0x9e37_79b1) >> 16;
    hash as usize & (slots - 1)
}

impl<const SLOTS: usize> Index<SLOTS> {
    /// The index of a table.
    pub(super) const fn of<T>(table: &[(&str, T)]) -> Index<SLOTS> {
        assert!(SLOTS.is_power_of_two() && table.len() * 2 <= SLOTS && SLOTS <= 1 << 16);
        let mut slots = [0; SLOTS];
        let mut position = 0;
        while position < table.len() {
            let mut at = slot(table[position].0, SLOTS);
            while slots[at] != 0 {
                at = (at + 1) & (SLOTS - 1);
            }
            position += 1;
            slots[at] = position as u16;
        }
        Index(slots)
    }

    /// What the table has for a name.
    pub(super) fn find<T: Copy>(&self, table: &[(&str, T)], name: &str) -> Option<T> {
        let mut at = slot(name, SLOTS);
        loop {
            let position = usize::from(*self.0.get(at)?).checked_sub(1)?;
            let (known, found) = table.get(position)?;
            if *known == name {
                return Some(*found);
            }
            at = (at + 1) & (SLOTS - 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Index;

    const TABLE: &[(&str, u32)] = &[("", 0), ("a", 1), ("b.c", 2), ("b.d", 3), ("b.d.e.f", 4)];
    static INDEX: Index<16> = Index::of(TABLE);

    #[test]
    fn what_is_in_a_table_is_found() {
        assert!(TABLE.iter().all(|(name, found)| INDEX.find(TABLE, name) == Some(*found)));
    }

    #[test]
    fn what_is_not_is_not() {
        for name in ["b", "b.e", "b.d.e.g", "été", "b.c "] {
            assert_eq!(INDEX.find(TABLE, name), None, "{name}");
        }
    }
}
