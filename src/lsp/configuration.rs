//! Configuration files that are open in the editor: what is wrong with one is shown in it.

use std::sync::Arc;

use ruff_text_size::{TextRange, TextSize};
use serde_json::{Value, json};

use super::diagnostics::{ERROR, SOURCE, visible};
use super::documents::{Content, Unit};
use super::positions::Encoding;
use super::session::Session;
use super::workspace::is_configuration;

/// The diagnostics of an open configuration file. `None` for any other document.
fn problems(unit: &Unit, encoding: Encoding) -> Option<Vec<Value>> {
    let (Content::Text(document), Some(path)) = (&unit.content, &unit.path) else { return None };
    if !is_configuration(path) {
        return None;
    }
    let text = document.text.as_str();
    let Err(error) = crate::config::check(path, text) else { return Some(Vec::new()) };
    let place = error.place.unwrap_or_default();
    let end = TextSize::of(text);
    let at = |offset: usize| TextSize::new(offset as u32).min(end);
    let range = visible(text, TextRange::new(at(place.start), at(place.end)));
    Some(vec![json!({
        "range": document.text.range(range, encoding),
        "severity": ERROR,
        "source": SOURCE,
        "message": error.message,
    })])
}

impl Session {
    /// The diagnostics of a document that configures heaplint. `None` for any other.
    pub(super) fn configuration_problems(&self, uri: &str) -> Option<Vec<Value>> {
        let unit = self.documents.get(&self.documents.unit_of(uri)?)?;
        problems(unit, self.client.encoding)
    }

    /// Publishes what is wrong with a document that changed, if it configures heaplint.
    pub(super) fn publish_configuration(&mut self, key: &str) {
        let Some(unit) = self.documents.get_mut(key) else { return };
        if self.client.pulls {
            return;
        }
        let Some(items) = problems(unit, self.client.encoding) else { return };
        let Content::Text(document) = &unit.content else { return };
        let (uri, version) = (Arc::clone(&document.uri), document.version);
        unit.published.insert(Arc::clone(&uri));
        let params = json!({ "uri": *uri, "version": version, "diagnostics": items });
        self.tell("textDocument/publishDiagnostics", params);
    }
}
