//! The objects of the JSON array, one a line.

use std::fmt::Write as _;

use crate::diagnostic::Diagnostic;
use crate::source::Source;

use super::json;

pub(super) fn render(source: &Source, diagnostics: &[Diagnostic]) -> String {
    let mut output = String::new();
    for object in json::objects(source, diagnostics) {
        // Some readers end a line at these as well. They can only stand in strings.
        for c in object.chars() {
            match c {
                '\u{85}' | '\u{2028}' | '\u{2029}' => {
                    let _ = write!(output, "\\u{:04x}", u32::from(c));
                }
                _ => output.push(c),
            }
        }
        output.push('\n');
    }
    output
}
