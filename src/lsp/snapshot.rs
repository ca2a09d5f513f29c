//! One state of a document with all that an answer about it needs. Immutable, so that threads
//! share it; what is found in it is computed once.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use ruff_text_size::{TextRange, TextSize};

use super::client::Client;
use super::positions::{Position, Range, Text};
use super::protocol::Uri;
use super::settings::Editor;
use crate::Source;
use crate::baseline::Baseline;
use crate::config::{Project, Settings};
use crate::diagnostic::Diagnostic;
use crate::facts::cost::Sized;
use crate::rules::syntax_error;

/// A text document that a source is made of: a file, or a cell of a notebook.
#[derive(Debug)]
pub(super) struct Part {
    /// Its address.
    pub(super) uri: Uri,
    /// Its version, where it is open.
    pub(super) version: Option<i32>,
    /// Its text as the client holds it.
    pub(super) text: Arc<Text>,
    /// Where the text is in the source.
    range: TextRange,
    /// The width of the byte order mark that the text begins with and the source does not have.
    mark: TextSize,
}

/// What a document goes by.
#[derive(Debug, Clone)]
pub(super) struct Configured {
    /// The configuration.
    pub(super) project: Arc<Project>,
    /// The findings that are accepted.
    pub(super) baseline: Option<Arc<Baseline>>,
    /// The settings of the editor.
    pub(super) editor: Arc<Editor>,
}

/// A state of a document.
#[derive(Debug)]
pub(super) struct Snapshot {
    /// The document's key.
    pub(super) unit: String,
    /// Which state: a later one has a greater number.
    pub(super) generation: u64,
    /// The text to analyze.
    pub(super) source: Source,
    /// The documents that it is made of, in the order of their texts.
    pub(super) parts: Vec<Part>,
    /// What it goes by.
    pub(super) by: Configured,
    /// What the client can do.
    pub(super) client: Arc<Client>,
    found: OnceLock<Found>,
    sizes: OnceLock<Vec<Sized>>,
}

/// What is found in a document.
#[derive(Debug, Default)]
struct Found {
    /// What is to be looked at.
    new: Vec<Diagnostic>,
    /// What the baseline accepts, where that is shown.
    accepted: Vec<Diagnostic>,
}

const MARK: char = '\u{feff}';

impl Snapshot {
    fn new(
        unit: String,
        source: Source,
        parts: Vec<Part>,
        by: Configured,
        client: Arc<Client>,
    ) -> Snapshot {
        let (found, sizes) = (OnceLock::new(), OnceLock::new());
        Snapshot { unit, generation: 0, source, parts, by, client, found, sizes }
    }

    /// A state of a text document.
    pub(super) fn of_text(
        unit: String,
        (uri, version, text): (Uri, Option<i32>, Arc<Text>),
        path: &Path,
        by: Configured,
        client: Arc<Client>,
    ) -> Snapshot {
        let body = text.as_str().strip_prefix(MARK);
        let mark = TextSize::new(if body.is_some() { MARK.len_utf8() as u32 } else { 0 });
        let source = Source::new(path, body.unwrap_or(text.as_str())).below(&by.project.root);
        let range = TextRange::up_to(TextSize::of(source.text()));
        let parts = vec![Part { uri, version, text, range, mark }];
        Snapshot::new(unit, source, parts, by, client)
    }

    /// A state of a notebook, of its code cells in their order.
    pub(super) fn of_cells(
        unit: String,
        cells: &[(Uri, i32, Arc<Text>)],
        path: &Path,
        by: Configured,
        client: Arc<Client>,
    ) -> Snapshot {
        let texts = cells.iter().enumerate().map(|(index, (_, _, text))| (index, text.as_str()));
        let source = Source::of_cells(path, texts).below(&by.project.root);
        let parts = source
            .cells()
            .filter_map(|(index, range)| {
                let (uri, version, text) = cells.get(index)?.clone();
                Some(Part { uri, version: Some(version), text, range, mark: TextSize::default() })
            })
            .collect();
        Snapshot::new(unit, source, parts, by, client)
    }

    /// What an analysis goes by.
    pub(super) fn settings(&self) -> &Settings {
        &self.by.project.settings
    }

    /// Whether nothing is to be found in it: it is excluded, or heaplint is turned off.
    pub(super) fn is_silent(&self) -> bool {
        !self.by.editor.enable || self.by.project.excludes_given(self.source.path())
    }

    /// What is found in it. Takes as long as an analysis when it is asked for first.
    pub(super) fn found(&self) -> &[Diagnostic] {
        &self.findings().new
    }

    /// What the baseline accepts, where that is shown.
    pub(super) fn accepted(&self) -> &[Diagnostic] {
        &self.findings().accepted
    }

    fn findings(&self) -> &Found {
        self.found.get_or_init(|| {
            if self.is_silent() {
                return Found::default();
            }
            let mut new = crate::analyze(&self.source, self.settings()).diagnostics;
            let baseline = self.by.baseline.as_ref();
            let compared = baseline.map(|it| it.compare(self.source.path(), &mut new));
            let accepted = compared.filter(|_| self.by.editor.accepted).map(|it| it.known);
            if !self.by.editor.syntax_errors {
                new.retain(|it| !it.rule.is(&syntax_error::RULE));
            }
            Found { new, accepted: accepted.unwrap_or_default() }
        })
    }

    /// The large objects that it makes. Takes as long as an analysis when it is asked for first.
    pub(super) fn sizes(&self) -> &[Sized] {
        self.sizes.get_or_init(|| crate::sizes(&self.source, self.settings()))
    }

    /// Gives the analysis up, which failed: nothing is known to be in it.
    pub(super) fn give_up(&self) {
        let _ = self.found.set(Found::default());
    }

    /// Whether the analysis is done.
    pub(super) fn is_analyzed(&self) -> bool {
        self.found.get().is_some()
    }

    /// Whether a finding is accepted by the baseline.
    pub(super) fn is_accepted(&self, diagnostic: &Diagnostic) -> bool {
        let baseline = self.by.baseline.as_ref();
        baseline.is_some_and(|baseline| baseline.holds(self.source.path(), diagnostic))
    }

    /// The part that holds an offset of the source.
    pub(super) fn part(&self, offset: TextSize) -> Option<&Part> {
        let after = self.parts.partition_point(|part| part.range.start() <= offset);
        self.parts.get(after.checked_sub(1)?)
    }

    /// The part of an address, which the client may spell in more than one way.
    pub(super) fn part_of(&self, uri: &str) -> Option<&Part> {
        let key = super::documents::key(uri);
        self.parts.iter().find(|part| super::documents::key(&part.uri) == key)
    }

    /// A range of the source as the client counts it in a part. What reaches beyond the part ends
    /// with it.
    pub(super) fn range(&self, part: &Part, range: TextRange) -> Range {
        let local = |offset: TextSize| {
            offset.clamp(part.range.start(), part.range.end()) - part.range.start() + part.mark
        };
        part.text
            .range(TextRange::new(local(range.start()), local(range.end())), self.client.encoding)
    }

    /// The range of the source that the client means in a part.
    pub(super) fn offsets(&self, part: &Part, range: Range) -> TextRange {
        let local = part.text.offsets(range, self.client.encoding);
        let outer = |offset: TextSize| {
            let offset = offset.checked_sub(part.mark).unwrap_or_default() + part.range.start();
            offset.min(part.range.end())
        };
        TextRange::new(outer(local.start()), outer(local.end()))
    }

    /// The offset of the source that the client means in a part.
    pub(super) fn offset(&self, part: &Part, position: Position) -> TextSize {
        self.offsets(part, Range { start: position, end: position }).start()
    }

    /// A state with its number.
    #[must_use]
    pub(super) fn numbered(self, generation: u64) -> Snapshot {
        Snapshot { generation, ..self }
    }

    /// Where a part's text is in the source.
    pub(super) fn span(part: &Part) -> TextRange {
        part.range
    }
}
