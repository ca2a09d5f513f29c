//! The text of a document as an editor counts it: lines, and characters in a negotiated unit.

use serde_json::Value;

/// The unit of `character` in a position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    Utf16,
    Utf32,
}

/// A text with edits by position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text(pub String);

impl Text {
    pub fn new(text: &str) -> Text {
        Text(text.to_owned())
    }

    /// The start of each line. CR LF, LF and CR end one, and nothing else does.
    fn starts(&self) -> Vec<usize> {
        let bytes = self.0.as_bytes();
        let ends = (0..bytes.len()).filter(|&at| {
            bytes[at] == b'\n' || (bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
        });
        std::iter::once(0).chain(ends.map(|at| at + 1)).collect()
    }

    /// The offset of a position, and whether it is one of this text. One past the end of its line, or
    /// of the document, means its end.
    fn offset(&self, position: &Value, encoding: Encoding) -> Result<(usize, bool), String> {
        let number = |name: &str| {
            let number = position[name].as_u64().ok_or(format!("not a position: {position}"))?;
            usize::try_from(number).map_err(|error| error.to_string())
        };
        let (line, character) = (number("line")?, number("character")?);
        let starts = self.starts();
        let Some(&start) = starts.get(line) else { return Ok((self.0.len(), false)) };
        let end = starts.get(line + 1).copied().unwrap_or(self.0.len());
        let content = self.0[start..end].trim_end_matches(['\r', '\n']);
        let mut units = 0;
        for (at, found) in content.char_indices() {
            if units >= character {
                return if units == character {
                    Ok((start + at, true))
                } else {
                    Err(format!("{position} is inside a character"))
                };
            }
            units += match encoding {
                Encoding::Utf8 => found.len_utf8(),
                Encoding::Utf16 => found.len_utf16(),
                Encoding::Utf32 => 1,
            };
        }
        Ok((start + content.len(), units == character))
    }

    /// The offsets of a range that the server made: all of it is in the text.
    fn span(&self, range: &Value, encoding: Encoding) -> Result<(usize, usize), String> {
        let (start, begins) = self.offset(&range["start"], encoding)?;
        let (end, ends) = self.offset(&range["end"], encoding)?;
        if begins && ends { Ok((start, end)) } else { Err(format!("not in the text: {range}")) }
    }

    /// The text that a range covers.
    pub fn covered(&self, range: &Value, encoding: Encoding) -> Result<&str, String> {
        let (start, end) = self.span(range, encoding)?;
        self.0.get(start..end).ok_or(format!("an inverted range: {range}"))
    }

    /// Replaces a range, which may reach beyond the text. The ends of an inverted one are exchanged.
    pub fn replace(&mut self, range: &Value, text: &str, encoding: Encoding) -> Result<(), String> {
        let (start, _) = self.offset(&range["start"], encoding)?;
        let (end, _) = self.offset(&range["end"], encoding)?;
        self.0.replace_range(start.min(end)..start.max(end), text);
        Ok(())
    }

    /// The text after edits that all mean this one. Fails when they overlap or are out of order.
    pub fn edited(&self, edits: &[Value], encoding: Encoding) -> Result<String, String> {
        let mut result = String::new();
        let mut done = 0;
        for edit in edits {
            let (start, end) = self.span(&edit["range"], encoding)?;
            if start < done || end < start {
                return Err(format!("edits overlap, or are out of order: {edits:?}"));
            }
            let new = edit["newText"].as_str().ok_or(format!("no newText: {edit}"))?;
            result.push_str(&self.0[done..start]);
            result.push_str(new);
            done = end;
        }
        result.push_str(&self.0[done..]);
        Ok(result)
    }
}
