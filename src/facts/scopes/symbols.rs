//! The texts of names, each with a number of its own.

use super::index::Index;

/// The text of a name that some scope binds or declares; an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::facts) struct Symbol(pub(super) u32);

impl Symbol {
    #[inline]
    pub(in crate::facts) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A text with what tells it from others at a glance.
#[derive(Debug, Clone, Copy)]
struct Text<'t> {
    /// Its first bytes.
    head: u64,
    /// Its last bytes; of a long text all the bytes, mixed.
    tail: u64,
    whole: &'t str,
}

impl<'t> Text<'t> {
    /// What is no longer than this is told by its head, its tail and its length.
    const SHORT: usize = 16;

    #[inline]
    fn new(text: &'t str) -> Text<'t> {
        let bytes = text.as_bytes();
        let (head, tail) = if let (Some(head), Some(tail)) =
            (bytes.first_chunk::<8>(), bytes.last_chunk::<8>())
        {
            (u64::from_le_bytes(*head), u64::from_le_bytes(*tail))
        } else if let (Some(head), Some(tail)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>())
        {
            (u32::from_le_bytes(*head).into(), u32::from_le_bytes(*tail).into())
        } else {
            let byte = |index: usize| u64::from(bytes.get(index).copied().unwrap_or_default());
            (byte(0) | byte(1) << 8 | byte(2) << 16, 0)
        };
        let tail = if bytes.len() > Text::SHORT { mixed(bytes, tail) } else { tail };
        Text { head, tail, whole: text }
    }

    #[inline]
    fn hash(self) -> u64 {
        let around = self.head.wrapping_mul(0xd1b5_4a32_d192_ed03).rotate_left(29);
        around ^ self.tail ^ self.whole.len() as u64
    }
}

impl PartialEq for Text<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.head == other.head
            && self.tail == other.tail
            && self.whole.len() == other.whole.len()
            && (self.whole.len() <= Text::SHORT || self.whole == other.whole)
    }
}

/// The bytes of a long text in one number.
fn mixed(bytes: &[u8], last: u64) -> u64 {
    let (chunks, _) = bytes.as_chunks::<8>();
    chunks.iter().fold(last, |mixed, chunk| {
        (mixed.rotate_left(23) ^ u64::from_le_bytes(*chunk)).wrapping_mul(0xa076_1d64_78bd_642f)
    })
}

/// The symbols of a file.
#[derive(Debug, Default)]
pub(in crate::facts) struct Symbols<'a> {
    /// By symbol.
    texts: Vec<Text<'a>>,
    index: Index,
}

impl<'a> Symbols<'a> {
    /// For at most so many symbols.
    pub(in crate::facts) fn of(count: usize) -> Symbols<'a> {
        Symbols { texts: Vec::with_capacity(count), index: Index::of(count) }
    }

    /// The symbol of a text.
    #[inline]
    pub(in crate::facts) fn find(&self, text: &str) -> Option<Symbol> {
        let text = Text::new(text);
        let is = |at: u32| self.texts.get(at as usize).is_some_and(|it| *it == text);
        self.index.find(text.hash(), is).map(Symbol)
    }

    /// The symbol of a text, which it gets where it has none.
    #[inline]
    pub(in crate::facts) fn intern(&mut self, text: &'a str) -> Symbol {
        let text = Text::new(text);
        let (texts, next) = (&self.texts, self.texts.len() as u32);
        let is = |at: u32| texts.get(at as usize).is_some_and(|it| *it == text);
        let at = self.index.find_or_put(text.hash(), next, is);
        if at == next {
            self.texts.push(text);
        }
        Symbol(at)
    }

    /// How many there are.
    pub(in crate::facts) fn len(&self) -> usize {
        self.texts.len()
    }
}

#[cfg(test)]
mod tests {
    use super::Symbols;

    #[test]
    fn each_text_has_one_symbol() {
        let texts: Vec<String> = (0..40)
            .flat_map(|len| {
                let text: String = "abcdefghij".chars().cycle().take(len).collect();
                let other = format!("{}z{}", &text[..len / 2], &text[len / 2..]);
                let repeated = "a".repeat(len + 41);
                [text, other, repeated]
            })
            .collect();
        let mut symbols = Symbols::of(texts.len());
        for (index, text) in texts.iter().enumerate() {
            assert_eq!(symbols.find(text), None, "{text}");
            assert_eq!(symbols.intern(text).index(), index, "{text}");
        }
        for (index, text) in texts.iter().enumerate() {
            assert_eq!(symbols.intern(text).index(), index, "{text}");
            assert_eq!(symbols.find(text).map(super::Symbol::index), Some(index), "{text}");
        }
        assert_eq!(symbols.len(), texts.len());
    }
}
