//! Offsets as the protocol counts them: lines, and columns in the code units that were agreed on.
//!
//! A line ends with a line feed, a carriage return or both, and with nothing else: form feeds and
//! Unicode's separators are characters of a line. A byte order mark is a character too.

use ruff_source_file::{LineIndex, OneIndexed};
use ruff_text_size::{TextRange, TextSize};
use serde::{Deserialize, Deserializer, Serialize};

/// What a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Bytes of UTF-8.
    Utf8,
    /// Code units of UTF-16, which every client counts.
    Utf16,
    /// Unicode scalar values.
    Utf32,
}

impl Encoding {
    /// The best of those that a client offers: bytes cost nothing, and UTF-16 is what clients
    /// count in themselves.
    pub fn choose<'a>(offered: impl IntoIterator<Item = &'a str>) -> Encoding {
        let offered: Vec<&str> = offered.into_iter().collect();
        [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32]
            .into_iter()
            .find(|encoding| offered.contains(&encoding.as_str()))
            .unwrap_or(Encoding::Utf16)
    }

    /// The protocol's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16 => "utf-16",
            Encoding::Utf32 => "utf-32",
        }
    }

    fn width(self, character: char) -> usize {
        match self {
            Encoding::Utf8 => character.len_utf8(),
            Encoding::Utf16 => character.len_utf16(),
            Encoding::Utf32 => 1,
        }
    }
}

/// A place in a text document; both numbers are 0-based.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct Position {
    /// The line.
    #[serde(deserialize_with = "number")]
    pub line: u32,
    /// The column in code units.
    #[serde(deserialize_with = "number")]
    pub character: u32,
}

/// A number of any kind. One that no place has stands for the nearest that a place has.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    #[expect(clippy::cast_sign_loss, reason = "a cast from a float saturates")]
    f64::deserialize(deserializer).map(|number| number as u32)
}

/// From one place up to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
pub struct Range {
    /// The first place.
    pub start: Position,
    /// The place behind the last one.
    pub end: Position,
}

/// A text with its lines.
#[derive(Debug, Clone)]
pub struct Text {
    text: String,
    lines: LineIndex,
}

impl Text {
    /// A text as a client holds it.
    pub fn new(text: String) -> Text {
        let lines = LineIndex::from_source_text(&text);
        Text { text, lines }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The offset of a place. A place behind the end of a line or of the text stands for that end,
    /// one inside of a character for its start.
    pub fn offset(&self, position: Position, encoding: Encoding) -> TextSize {
        let line = position.line as usize;
        if line >= self.lines.line_count() {
            return TextSize::of(&self.text);
        }
        let start = self.lines.line_start(OneIndexed::from_zero_indexed(line), &self.text);
        let rest = &self.text[start.to_usize()..];
        let wanted = position.character as usize;
        let (mut at, mut units) = (0, 0);
        for character in rest.chars() {
            units += encoding.width(character);
            if units > wanted || matches!(character, '\n' | '\r') {
                break;
            }
            at += character.len_utf8();
        }
        start + TextSize::new(at as u32)
    }

    /// The place of an offset; one inside of a character stands for its start.
    pub fn position(&self, offset: TextSize, encoding: Encoding) -> Position {
        let offset = self.text.floor_char_boundary(offset.to_usize());
        let line = self.lines.line_index(TextSize::new(offset as u32));
        let start = self.lines.line_start(line, &self.text).to_usize();
        let before = &self.text[start.min(offset)..offset];
        let character: usize = match encoding {
            Encoding::Utf8 => before.len(),
            _ => before.chars().map(|character| encoding.width(character)).sum(),
        };
        Position { line: line.to_zero_indexed() as u32, character: character as u32 }
    }

    /// The range of a pair of places, in either order.
    pub fn offsets(&self, range: Range, encoding: Encoding) -> TextRange {
        let (a, b) = (self.offset(range.start, encoding), self.offset(range.end, encoding));
        TextRange::new(a.min(b), a.max(b))
    }

    /// The places of a range.
    pub fn range(&self, range: TextRange, encoding: Encoding) -> Range {
        let place = |offset| self.position(offset, encoding);
        Range { start: place(range.start()), end: place(range.end()) }
    }

    /// The text with a range replaced.
    #[must_use]
    pub fn replaced(mut self, range: TextRange, content: &str) -> Text {
        self.text.replace_range(range.start().to_usize()..range.end().to_usize(), content);
        Text::new(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::{Encoding, Position, Text};
    use ruff_text_size::TextSize;

    const ALL: [Encoding; 3] = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];

    fn place(line: u32, character: u32) -> Position {
        Position { line, character }
    }

    #[test]
    fn places_and_offsets_are_inverse() {
        let text = Text::new("\u{feff}é😀e\u{301}漢\u{2028}\x0c\tx\r\ny\rz\n\n😀".to_owned());
        for encoding in ALL {
            let boundaries = (0..=text.as_str().len()).filter(|at| {
                // Between the two characters of a line break there is no place.
                let (before, after) = text.as_str().split_at_checked(*at).unwrap_or(("\r", "\n"));
                !(before.ends_with('\r') && after.starts_with('\n'))
            });
            for at in boundaries {
                let at = TextSize::new(u32::try_from(at).unwrap());
                let place = text.position(at, encoding);
                assert_eq!(text.offset(place, encoding), at, "{encoding:?} {place:?}");
            }
        }
    }

    #[test]
    fn columns_count_what_was_agreed_on() {
        let text = Text::new("a = \"漢😀\"; b\nc".to_owned());
        let at = TextSize::new(u32::try_from(text.as_str().find('b').unwrap()).unwrap());
        let columns = ALL.map(|encoding| text.position(at, encoding).character);
        assert_eq!(columns, [15, 11, 10]);
    }

    #[test]
    fn places_outside_are_clamped() {
        let text = Text::new("ab\r\n😀\n".to_owned());
        let offset = |line, character| text.offset(place(line, character), Encoding::Utf16);
        assert_eq!(offset(0, 99), TextSize::new(2));
        assert_eq!(offset(1, 1), TextSize::new(4));
        assert_eq!(offset(1, 2), TextSize::new(8));
        assert_eq!(offset(2, 5), TextSize::new(9));
        assert_eq!(offset(u32::MAX, u32::MAX), TextSize::new(9));
    }

    #[test]
    fn the_best_encoding_is_chosen() {
        assert_eq!(Encoding::choose(["utf-16", "utf-8"]), Encoding::Utf8);
        assert_eq!(Encoding::choose(["utf-32"]), Encoding::Utf32);
        assert_eq!(Encoding::choose(["utf-7"]), Encoding::Utf16);
        assert_eq!(Encoding::choose([]), Encoding::Utf16);
    }
}
