//! What clients send, as far as it is read.
//!
//! Addresses stay the strings that the client sent: it must get them back as it spells them, also
//! where they are no well-formed URI. Fields that nothing reads are not named, so that a client
//! that fills them oddly is still understood.

use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::positions::{Position, Range};

/// An address as the client spells it.
pub(super) type Uri = Arc<str>;

pub(super) fn uri<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uri, D::Error> {
    String::deserialize(deserializer).map(Uri::from)
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Identifier {
    #[serde(deserialize_with = "uri")]
    pub(super) uri: Uri,
}

#[derive(Debug, Deserialize)]
pub(super) struct Versioned {
    #[serde(deserialize_with = "uri")]
    pub(super) uri: Uri,
    #[serde(default)]
    pub(super) version: Option<i32>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Item {
    #[serde(deserialize_with = "uri")]
    pub(super) uri: Uri,
    #[serde(default)]
    pub(super) language_id: String,
    #[serde(default)]
    pub(super) version: i32,
    pub(super) text: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DidOpen {
    pub(super) text_document: Item,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DidChange {
    pub(super) text_document: Versioned,
    pub(super) content_changes: Vec<Change>,
}

/// A replacement of a range; without one, of the whole text.
#[derive(Debug, Deserialize)]
pub(super) struct Change {
    #[serde(default)]
    pub(super) range: Option<Range>,
    pub(super) text: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DidClose {
    pub(super) text_document: Identifier,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NotebookCell {
    /// 1 is markup, 2 is code.
    pub(super) kind: u32,
    #[serde(deserialize_with = "uri")]
    pub(super) document: Uri,
}

#[derive(Debug, Deserialize)]
pub(super) struct NotebookItem {
    #[serde(deserialize_with = "uri")]
    pub(super) uri: Uri,
    pub(super) cells: Vec<NotebookCell>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DidOpenNotebook {
    pub(super) notebook_document: NotebookItem,
    pub(super) cell_text_documents: Vec<Item>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct DidChangeNotebook {
    pub(super) notebook_document: Versioned,
    pub(super) change: NotebookChange,
}

#[derive(Debug, Deserialize)]
pub(super) struct NotebookChange {
    #[serde(default)]
    pub(super) cells: Option<CellsChange>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CellsChange {
    #[serde(default)]
    pub(super) structure: Option<StructureChange>,
    #[serde(default)]
    pub(super) data: Option<Vec<NotebookCell>>,
    #[serde(default)]
    pub(super) text_content: Option<Vec<CellTextChange>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StructureChange {
    pub(super) array: CellArrayChange,
    #[serde(default)]
    pub(super) did_open: Option<Vec<Item>>,
    #[serde(default)]
    pub(super) did_close: Option<Vec<Identifier>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CellArrayChange {
    pub(super) start: usize,
    pub(super) delete_count: usize,
    #[serde(default)]
    pub(super) cells: Option<Vec<NotebookCell>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CellTextChange {
    pub(super) document: Versioned,
    pub(super) changes: Vec<Change>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct NotebookParams {
    pub(super) notebook_document: Identifier,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AtPosition {
    pub(super) text_document: Identifier,
    pub(super) position: Position,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AtRange {
    pub(super) text_document: Identifier,
    pub(super) range: Range,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PullParams {
    pub(super) text_document: Identifier,
    #[serde(default)]
    pub(super) previous_result_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WorkspacePullParams {
    #[serde(default)]
    pub(super) previous_result_ids: Vec<PreviousResult>,
    #[serde(default)]
    pub(super) partial_result_token: Option<Value>,
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct PreviousResult {
    pub(super) uri: String,
    pub(super) value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CodeActionParams {
    pub(super) text_document: Identifier,
    pub(super) range: Range,
    #[serde(default)]
    pub(super) context: CodeActionContext,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CodeActionContext {
    /// Anybody's diagnostics, so of any shape.
    #[serde(default)]
    pub(super) diagnostics: Vec<Value>,
    #[serde(default)]
    pub(super) only: Option<Vec<String>>,
    /// 2 where the client asks by itself, as on every move of the cursor.
    #[serde(default)]
    pub(super) trigger_kind: Option<u32>,
}

#[derive(Debug, Deserialize)]
pub(super) struct CommandParams {
    pub(super) command: String,
    #[serde(default)]
    pub(super) arguments: Vec<Value>,
}

#[derive(Debug, Deserialize)]
pub(super) struct FoldersChange {
    pub(super) event: FoldersEvent,
}

#[derive(Debug, Deserialize)]
pub(super) struct FoldersEvent {
    #[serde(default)]
    pub(super) added: Vec<Identifier>,
    #[serde(default)]
    pub(super) removed: Vec<Identifier>,
}

#[derive(Debug, Deserialize)]
pub(super) struct WatchedFiles {
    pub(super) changes: Vec<Identifier>,
}
