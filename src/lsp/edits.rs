//! Edits as the protocol states them: as few characters as needed, in the documents they belong to.

use ruff_text_size::{Ranged as _, TextRange, TextSize};
use serde_json::{Value, json};
use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::snapshot::{Part, Snapshot};
use crate::Source;
use crate::fix::Edit;

/// The edits that make one source of another, line by line. A notebook's cells stay apart.
pub(super) fn difference(before: &Source, after: &Source) -> Vec<Edit> {
    if before.text() == after.text() {
        return Vec::new();
    }
    if !before.is_notebook() {
        return lines(before.text(), after.text(), TextSize::default());
    }
    before
        .cells()
        .zip(after.cells())
        .flat_map(|((_, old), (_, new))| lines(before.slice(old), after.slice(new), old.start()))
        .collect()
}

/// The edits that make one text, which begins at an offset, of another.
fn lines(before: &str, after: &str, start: TextSize) -> Vec<Edit> {
    let (old, new) = (split(before), split(after));
    let ends = |lines: &[&str]| -> Vec<usize> {
        let mut at = 0;
        let ends = lines.iter().map(|line| {
            at += line.len();
            at
        });
        std::iter::once(0).chain(ends).collect()
    };
    let (old_ends, new_ends) = (ends(&old), ends(&new));
    capture_diff_slices(Algorithm::Myers, &old, &new)
        .into_iter()
        .filter(|op| !matches!(op, DiffOp::Equal { .. }))
        .map(|op| {
            let (from, to) = (op.old_range(), op.new_range());
            let at = |line: usize| start + TextSize::new(old_ends[line] as u32);
            let content = &after[new_ends[to.start]..new_ends[to.end]];
            Edit::replace(TextRange::new(at(from.start), at(from.end)), content)
        })
        .collect()
}

fn split(text: &str) -> Vec<&str> {
    text.split_inclusive('\n').collect()
}

/// Edits of a source as a workspace edit, for the versions that the source is made of.
pub(super) fn workspace_edit(snapshot: &Snapshot, edits: &[Edit]) -> Value {
    let mut by_part: Vec<(&Part, Vec<Value>)> = Vec::new();
    for edit in edits {
        let Some(part) = snapshot.part(edit.start()) else { continue };
        let change = json!({
            "range": snapshot.range(part, edit.range()),
            "newText": edit.content(),
        });
        match by_part.iter_mut().find(|(it, _)| std::ptr::eq(*it, part)) {
            Some((_, changes)) => changes.push(change),
            None => by_part.push((part, vec![change])),
        }
    }
    if snapshot.client.document_changes {
        let changes = by_part.into_iter().map(|(part, edits)| {
            let document = json!({ "uri": *part.uri, "version": part.version });
            json!({ "textDocument": document, "edits": edits })
        });
        return json!({ "documentChanges": changes.collect::<Vec<_>>() });
    }
    let changes: serde_json::Map<String, Value> =
        by_part.into_iter().map(|(part, edits)| (part.uri.to_string(), edits.into())).collect();
    json!({ "changes": changes })
}

#[cfg(test)]
mod tests {
    use super::lines;
    use crate::fix::apply;
    use ruff_text_size::TextSize;

    #[test]
    fn differences_are_small_and_make_the_other_text() {
        let before = "a\r\nb\r\nc\r\nd";
        for (after, count) in [("a\r\nB\r\nc\r\nd", 1), ("b\r\nc\r\n", 2), ("", 1), ("x\na\r\nb\r\nc\r\nd\n", 2)] {
            let edits = lines(before, after, TextSize::default());
            assert_eq!(apply(before, &edits), after);
            assert_eq!(edits.len(), count, "{after:?}");
        }
        assert!(lines(before, before, TextSize::default()).is_empty());
    }
}
