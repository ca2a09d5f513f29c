//! Text from files made fit for a terminal: nothing in it can move the cursor or hide text.

use std::borrow::Cow;

/// The text with each control character and each change of writing direction replaced by one
/// visible character. Tabs stay.
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().all(|c| visible(c) == c) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(visible).collect())
}

/// The character, or one that stands for it.
pub(super) fn visible(c: char) -> char {
    match c {
        '\t' => c,
        // The control pictures of Unicode stand in the order of the characters they picture.
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\x7f' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{2069}'
        | '\u{feff}' => '\u{fffd}',
        _ => c,
    }
}
