//! Findings as the diagnostics of the protocol.

use std::hash::{Hash as _, Hasher as _};

use ruff_text_size::{Ranged as _, TextRange, TextSize};
use serde_json::{Value, json};

use super::snapshot::{Part, Snapshot};
use crate::diagnostic::Diagnostic;
use crate::rule::Level;
use crate::rules::unused_suppression;

/// The name under which diagnostics are shown.
pub(super) const SOURCE: &str = "heaplint";

/// The diagnostics of each part of a document.
pub(super) fn of_parts(snapshot: &Snapshot) -> Vec<(&Part, Vec<Value>)> {
    let mut parts: Vec<(&Part, Vec<Value>)> =
        snapshot.parts.iter().map(|part| (part, Vec::new())).collect();
    for found in snapshot.found() {
        let Some(part) = snapshot.part(found.range.start()) else { continue };
        if let Some((_, items)) = parts.iter_mut().find(|(it, _)| std::ptr::eq(*it, part)) {
            items.push(one(snapshot, part, found));
        }
    }
    parts
}

/// One diagnostic.
pub(super) fn one(snapshot: &Snapshot, part: &Part, found: &Diagnostic) -> Value {
    let client = &snapshot.client;
    let mut item = json!({
        "range": snapshot.range(part, visible(snapshot.source.text(), found.range)),
        "severity": match found.level {
            Level::Warn => 2,
            Level::Info | Level::Off => 3,
        },
        "code": found.rule.spec.code,
        "source": SOURCE,
        "message": found.message(),
    });
    if client.code_description
        && let Some(address) = crate::rule::address(found.rule)
    {
        item["codeDescription"] = json!({ "href": address });
    }
    if client.unnecessary && std::ptr::eq(found.rule, &unused_suppression::RULE) {
        item["tags"] = json!([1]);
    }
    if client.related && !found.related.is_empty() {
        let places = found.related.iter().filter_map(|label| {
            let part = snapshot.part(label.range.start())?;
            let range = snapshot.range(part, label.range);
            let location = json!({ "uri": *part.uri, "range": range });
            Some(json!({ "location": location, "message": label.message }))
        });
        item["relatedInformation"] = places.collect();
    }
    if client.diagnostic_data {
        item["data"] = json!({
            "v": 1,
            "uri": *part.uri,
            "version": part.version,
            "fingerprint": fingerprint(found),
        });
    }
    item
}

/// What names a finding while code around it moves.
pub(super) fn fingerprint(found: &Diagnostic) -> String {
    format!("{}:{:016x}", found.rule.spec.code, found.place.hash)
}

/// A range that covers something: editors do not show an empty one.
fn visible(text: &str, range: TextRange) -> TextRange {
    if !range.is_empty() {
        return range;
    }
    let at = range.start().to_usize().min(text.len());
    let is_break = |character: char| matches!(character, '\n' | '\r');
    let after = text[at..].chars().next().filter(|it| !is_break(*it));
    let before = text[..at].chars().next_back().filter(|it| !is_break(*it));
    let width = |character: Option<char>| {
        TextSize::new(character.map_or(0, char::len_utf8) as u32)
    };
    let start = range.start().min(TextSize::of(text));
    match after {
        Some(_) => TextRange::new(start, start + width(after)),
        None => TextRange::new(start - width(before), start),
    }
}

/// The identity of a report: the same text under the same settings gives the same.
pub(super) fn result_id(items: &[Value]) -> String {
    let mut hasher = rustc_hash::FxHasher::default();
    for item in items {
        // The version is no part of what is reported.
        for field in ["range", "severity", "code", "message", "relatedInformation"] {
            item.get(field).map(Value::to_string).hash(&mut hasher);
        }
    }
    format!("{:016x}", hasher.finish())
}

/// The report for a part, or that it is what the client has.
pub(super) fn report(items: Vec<Value>, previous: Option<&str>) -> Value {
    let id = result_id(&items);
    if previous == Some(id.as_str()) {
        return json!({ "kind": "unchanged", "resultId": id });
    }
    json!({ "kind": "full", "resultId": id, "items": items })
}

/// The answer to a pull for a document.
pub(super) fn pulled(snapshot: &Snapshot, uri: &str, previous: Option<&str>) -> Value {
    let wanted = snapshot.part_of(uri);
    let items = of_parts(snapshot)
        .into_iter()
        .find(|(part, _)| wanted.is_some_and(|it| std::ptr::eq(it, *part)))
        .map(|(_, items)| items)
        .unwrap_or_default();
    report(items, previous)
}

/// Whether a finding's range and another one touch.
pub(super) fn touches(found: &Diagnostic, range: TextRange) -> bool {
    found.range().intersect(range).is_some()
}
