//! What a client can do, read leniently: what is absent or of another shape it cannot.

use serde_json::Value;

use super::positions::Encoding;

/// What a client can do.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a capability of the protocol")]
pub(super) struct Client {
    /// What its columns count.
    pub(super) encoding: Encoding,
    /// Whether diagnostics are pulled by it; else they are pushed. A client that pulls but cannot
    /// be told to pull again would keep what was true before a change of the configuration.
    pub(super) pulls: bool,
    /// Whether inlay hints can be asked for again.
    pub(super) refreshes_hints: bool,
    /// Whether it can be asked for its settings.
    pub(super) configuration: bool,
    /// Whether files can be watched by it.
    pub(super) watches: bool,
    /// Whether what is watched can be said relative to a folder.
    pub(super) relative_patterns: bool,
    /// Whether diagnostics may point at other places.
    pub(super) related: bool,
    /// Whether diagnostics may be tagged as unnecessary.
    pub(super) unnecessary: bool,
    /// Whether diagnostics come back with their data.
    pub(super) diagnostic_data: bool,
    /// Whether diagnostics may carry the address of a page.
    pub(super) code_description: bool,
    /// Whether an edit may state the version that it is for.
    pub(super) document_changes: bool,
    /// Whether the edit of a code action may be asked for later.
    pub(super) resolves_edits: bool,
    /// Whether it applies edits that the server sends.
    pub(super) applies_edits: bool,
    /// Whether it can open a document.
    pub(super) shows_documents: bool,
    /// Whether hovers may be Markdown.
    pub(super) markdown: bool,
}

impl Client {
    /// Reads the capabilities of `initialize`.
    pub(super) fn read(capabilities: &Value) -> Client {
        let is = |path: &str| capabilities.pointer(path) == Some(&Value::Bool(true));
        let has = |path: &str| capabilities.pointer(path).is_some_and(Value::is_object);
        let lists = |path: &str, wanted: &Value| {
            capabilities
                .pointer(path)
                .and_then(Value::as_array)
                .is_some_and(|list| list.contains(wanted))
        };
        // Either model of diagnostics may say what a diagnostic may hold.
        let diagnostics = |field: &str| {
            is(&format!("/textDocument/publishDiagnostics/{field}"))
                || is(&format!("/textDocument/diagnostic/{field}"))
        };
        let encodings = capabilities.pointer("/general/positionEncodings").and_then(Value::as_array);
        let action = "/textDocument/codeAction";
        Client {
            encoding: Encoding::choose(encodings.into_iter().flatten().filter_map(Value::as_str)),
            pulls: has("/textDocument/diagnostic")
                && is("/workspace/diagnostics/refreshSupport"),
            refreshes_hints: is("/workspace/inlayHint/refreshSupport"),
            configuration: is("/workspace/configuration"),
            watches: is("/workspace/didChangeWatchedFiles/dynamicRegistration"),
            relative_patterns: is("/workspace/didChangeWatchedFiles/relativePatternSupport"),
            related: diagnostics("relatedInformation"),
            unnecessary: ["publishDiagnostics", "diagnostic"].iter().any(|model| {
                lists(&format!("/textDocument/{model}/tagSupport/valueSet"), &1.into())
            }),
            diagnostic_data: diagnostics("dataSupport"),
            code_description: diagnostics("codeDescriptionSupport"),
            document_changes: is("/workspace/workspaceEdit/documentChanges"),
            resolves_edits: is(&format!("{action}/dataSupport"))
                && lists(&format!("{action}/resolveSupport/properties"), &"edit".into()),
            applies_edits: is("/workspace/applyEdit"),
            shows_documents: is("/window/showDocument/support"),
            markdown: lists("/textDocument/hover/contentFormat", &"markdown".into()),
        }
    }
}
