//! Inlay hints: how many bytes large objects take, where the text says so.

use ruff_text_size::TextRange;
use serde_json::{Value, json};

use super::protocol::AtRange;
use super::snapshot::Snapshot;

/// The hints of a range.
pub(super) fn of_range(snapshot: &Snapshot, params: &AtRange) -> Value {
    let Some(part) = snapshot.part_of(&params.text_document.uri) else { return json!([]) };
    if !snapshot.by.editor.inlay_hints || snapshot.is_silent() {
        return json!([]);
    }
    let span = snapshot.offsets(part, params.range);
    let hints = crate::sizes(&snapshot.source, snapshot.settings())
        .into_iter()
        .filter(|size| {
            let end = TextRange::empty(size.range.end());
            span.contains_range(end) && Snapshot::span(part).contains_range(size.range)
        })
        .map(|size| {
            json!({
                "position": snapshot.range(part, size.range).end,
                "label": size.bytes,
                "tooltip": size.words,
                "paddingLeft": true,
            })
        });
    Value::Array(hints.collect())
}
