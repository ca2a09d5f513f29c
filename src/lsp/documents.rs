//! The documents that are open: text documents, and notebooks with their cells.

use std::collections::{BTreeSet, HashMap};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::positions::{Encoding, Text};
use super::protocol::{
    CellsChange, Change, DidOpenNotebook, Item, NotebookCell, StructureChange, Uri,
};
use super::snapshot::Snapshot;
use crate::emit::path_of_uri;

/// What two spellings of one address have in common.
pub(super) fn key(uri: &str) -> String {
    match path(uri) {
        Some(path) => {
            let path = path.to_string_lossy();
            let bytes = path.as_bytes();
            // `file:///c%3A/x` and `file:///C:/x`.
            match bytes {
                [b'/', drive, b':', ..] if drive.is_ascii_alphabetic() => {
                    format!("/{}{}", drive.to_ascii_lowercase() as char, &path[2..])
                }
                _ => path.into_owned(),
            }
        }
        None => uri.to_owned(),
    }
}

/// The path of an address of a file.
pub(super) fn path(uri: &str) -> Option<PathBuf> {
    uri.strip_prefix("file://")?;
    let path = path_of_uri(uri);
    match path.to_str() {
        Some(text) if cfg!(windows) && text.starts_with('/') => Some(PathBuf::from(&text[1..])),
        _ => Some(path),
    }
}

/// Something to analyze: a text document or a notebook.
#[derive(Debug)]
pub(super) struct Unit {
    /// The path, where it is a file.
    pub(super) path: Option<PathBuf>,
    /// The newest state, unless it changed since.
    pub(super) snapshot: Option<Arc<Snapshot>>,
    /// The number of the newest state, for threads that work on older ones.
    pub(super) newest: Arc<AtomicU64>,
    /// The documents whose diagnostics the client holds.
    pub(super) published: BTreeSet<Uri>,
    /// What it holds.
    pub(super) content: Content,
}

/// What a unit holds.
#[derive(Debug)]
pub(super) enum Content {
    /// A text document.
    Text(Document),
    /// A notebook.
    Notebook {
        /// Its address.
        uri: Uri,
        /// The order of its cells.
        cells: Vec<NotebookCell>,
        /// The texts of the cells by their keys.
        texts: HashMap<String, Document>,
    },
}

/// A text document.
#[derive(Debug)]
pub(super) struct Document {
    /// Its address.
    pub(super) uri: Uri,
    /// Its version.
    pub(super) version: i32,
    /// Its text.
    pub(super) text: Arc<Text>,
    language: String,
}

const CODE: u32 = 2;

impl Document {
    fn new(item: Item) -> Document {
        let Item { uri, language_id, version, text } = item;
        Document { uri, version, text: Arc::new(Text::new(text)), language: language_id }
    }

    /// Whether the document is Python. A client that names no language is believed about the file.
    fn is_python(&self) -> bool {
        if self.language.is_empty() {
            let extension = self.uri.rsplit('.').next().unwrap_or_default();
            return matches!(extension, "py" | "pyi" | "pyw");
        }
        self.language.eq_ignore_ascii_case("python")
    }

    fn change(&mut self, version: Option<i32>, changes: Vec<Change>, encoding: Encoding) {
        for change in changes {
            let text = match change.range {
                // Each is against the result of the one before.
                Some(range) => {
                    let range = self.text.offsets(range, encoding);
                    Arc::unwrap_or_clone(Arc::clone(&self.text)).replaced(range, &change.text)
                }
                None => Text::new(change.text),
            };
            self.text = Arc::new(text);
        }
        self.version = version.unwrap_or(self.version.saturating_add(1));
    }
}

impl Unit {
    fn new(path: Option<PathBuf>, content: Content) -> Unit {
        Unit {
            path,
            snapshot: None,
            newest: Arc::default(),
            published: BTreeSet::new(),
            content,
        }
    }

    /// Whether there is Python in it.
    pub(super) fn is_python(&self) -> bool {
        match &self.content {
            Content::Text(document) => document.is_python(),
            Content::Notebook { .. } => true,
        }
    }

    /// Its address.
    pub(super) fn uri(&self) -> &Uri {
        match &self.content {
            Content::Text(document) => &document.uri,
            Content::Notebook { uri, .. } => uri,
        }
    }

    /// The code cells of a notebook that are Python, in their order.
    pub(super) fn python_cells(&self) -> Vec<(Uri, i32, Arc<Text>)> {
        let Content::Notebook { cells, texts, .. } = &self.content else { return Vec::new() };
        cells
            .iter()
            .filter(|cell| cell.kind == CODE)
            .filter_map(|cell| texts.get(&key(&cell.document)))
            .filter(|document| document.is_python())
            .map(|it| (Arc::clone(&it.uri), it.version, Arc::clone(&it.text)))
            .collect()
    }
}

/// The open documents.
#[derive(Debug, Default)]
pub(super) struct Documents {
    units: HashMap<String, Unit>,
    /// The notebook of each cell, by their keys.
    cells: HashMap<String, String>,
}

impl Documents {
    /// The key of the unit that holds a document.
    pub(super) fn unit_of(&self, uri: &str) -> Option<String> {
        let key = key(uri);
        match self.cells.get(&key) {
            Some(notebook) => Some(notebook.clone()),
            None => self.units.contains_key(&key).then_some(key),
        }
    }

    /// A unit by its key.
    pub(super) fn get(&self, key: &str) -> Option<&Unit> {
        self.units.get(key)
    }

    /// The same to change it.
    pub(super) fn get_mut(&mut self, key: &str) -> Option<&mut Unit> {
        self.units.get_mut(key)
    }

    /// The keys of all units.
    pub(super) fn keys(&self) -> Vec<String> {
        let mut keys: Vec<String> = self.units.keys().cloned().collect();
        keys.sort();
        keys
    }

    /// Opens a document. Gives its key.
    pub(super) fn open(&mut self, item: Item) -> String {
        let key = key(&item.uri);
        let path = path(&item.uri);
        let mut unit = Unit::new(path, Content::Text(Document::new(item)));
        // One that was open already is as if closed, but for what the client holds.
        if let Some(before) = self.units.remove(&key) {
            (unit.published, unit.newest) = (before.published, before.newest);
        }
        self.units.insert(key.clone(), unit);
        key
    }

    /// Opens a notebook. Gives its key.
    pub(super) fn open_notebook(&mut self, opened: DidOpenNotebook) -> String {
        let DidOpenNotebook { notebook_document: notebook, cell_text_documents } = opened;
        let unit_key = key(&notebook.uri);
        let _ = self.close(&unit_key);
        let mut texts = HashMap::new();
        for item in cell_text_documents {
            self.cells.insert(key(&item.uri), unit_key.clone());
            texts.insert(key(&item.uri), Document::new(item));
        }
        let path = path(&notebook.uri);
        let content = Content::Notebook { uri: notebook.uri, cells: notebook.cells, texts };
        self.units.insert(unit_key.clone(), Unit::new(path, content));
        unit_key
    }

    /// Edits a document. Gives its key; `None` where it is not open.
    pub(super) fn change(
        &mut self,
        uri: &str,
        version: Option<i32>,
        changes: Vec<Change>,
        encoding: Encoding,
    ) -> Option<String> {
        let unit_key = self.unit_of(uri)?;
        let unit = self.units.get_mut(&unit_key)?;
        let document = match &mut unit.content {
            Content::Text(document) => document,
            Content::Notebook { texts, .. } => texts.get_mut(&key(uri))?,
        };
        document.change(version, changes, encoding);
        unit.snapshot = None;
        Some(unit_key)
    }

    /// Changes the cells of a notebook. Gives its key; `None` where it is not open.
    pub(super) fn change_cells(
        &mut self,
        uri: &str,
        change: CellsChange,
        encoding: Encoding,
    ) -> Option<String> {
        let unit_key = key(uri);
        let unit = self.units.get_mut(&unit_key)?;
        unit.snapshot = None;
        let Content::Notebook { cells, texts, .. } = &mut unit.content else { return None };
        if let Some(StructureChange { array, did_open, did_close }) = change.structure {
            let start = array.start.min(cells.len());
            let end = start.saturating_add(array.delete_count).min(cells.len());
            cells.splice(start..end, array.cells.unwrap_or_default());
            for closed in did_close.unwrap_or_default() {
                self.cells.remove(&key(&closed.uri));
                texts.remove(&key(&closed.uri));
            }
            for item in did_open.unwrap_or_default() {
                self.cells.insert(key(&item.uri), unit_key.clone());
                texts.insert(key(&item.uri), Document::new(item));
            }
        }
        for changed in change.data.unwrap_or_default() {
            let known = cells.iter_mut().find(|cell| key(&cell.document) == key(&changed.document));
            if let Some(cell) = known {
                *cell = changed;
            }
        }
        for changed in change.text_content.unwrap_or_default() {
            if let Some(document) = texts.get_mut(&key(&changed.document.uri)) {
                document.change(changed.document.version, changed.changes, encoding);
            }
        }
        Some(unit_key)
    }

    /// Closes a document or a notebook, and gives it.
    pub(super) fn close(&mut self, uri: &str) -> Option<Unit> {
        let unit_key = key(uri);
        let unit = self.units.remove(&unit_key)?;
        self.cells.retain(|_, notebook| *notebook != unit_key);
        Some(unit)
    }
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn spellings_of_one_address_have_one_key() {
        assert_eq!(key("file:///c%3A/x.py"), key("file:///C:/x.py"));
        assert_eq!(key("file:///a%20b/%C3%A9.py"), key("file:///a b/é.py"));
        assert_ne!(key("file:///a%2520b.py"), key("file:///a%20b.py"));
        assert_ne!(key("untitled:a"), key("untitled:b"));
    }
}
