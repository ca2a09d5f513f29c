//! A code frame for each finding, with its help, cost and the fix as a diff.

use codespan_reporting::diagnostic::{Diagnostic as Frame, Label as FrameLabel, Severity};
use codespan_reporting::term::termcolor::{Ansi, NoColor, WriteColor};
use codespan_reporting::term::{self, Styles, StylesWriter};
use ruff_text_size::{Ranged, TextRange};
use similar::{ChangeTag, TextDiff};

use crate::diagnostic::Diagnostic;
use crate::facts::cost::cost_in_words;
use crate::fix::{Fix, Safety, apply};
use crate::rule::Level;
use crate::source::Source;

use super::snippet::Snippet;
use super::{printable, shown_path};

pub(super) fn render(source: &Source, diagnostics: &[Diagnostic], color: bool) -> String {
    let bytes = if color {
        let mut writer = Ansi::new(Vec::new());
        emit(&mut writer, source, diagnostics);
        writer.into_inner()
    } else {
        let mut writer = NoColor::new(Vec::new());
        emit(&mut writer, source, diagnostics);
        writer.into_inner()
    };
    String::from_utf8_lossy(&bytes).into_owned()
}

fn emit(writer: &mut impl WriteColor, source: &Source, diagnostics: &[Diagnostic]) {
    let config = term::Config::default();
    let styles = Styles::default();
    let path = shown_path(source.path());
    for found in diagnostics {
        let related: Vec<TextRange> = found.related.iter().map(|label| label.range).collect();
        let ranges: Vec<TextRange> = std::iter::once(found.range).chain(related).collect();
        let at = source.position(found.range.start());
        let name = at.cell.map_or_else(|| path.clone(), |cell| format!("{path}:cell {cell}"));
        let snippet = Snippet::new(source, name, &ranges);
        let frame = frame(source, &snippet, found);
        // Writing to memory cannot fail, and the snippet answers for every range given to it.
        let _ = term::emit_to_write_style(
            &mut StylesWriter::new(&mut *writer, &styles),
            &config,
            &snippet,
            &frame,
        );
    }
}

fn frame(source: &Source, snippet: &Snippet, found: &Diagnostic) -> Frame<()> {
    let spec = &found.rule.spec;
    let severity = match found.level {
        Level::Warn => Severity::Warning,
        Level::Info | Level::Off => Severity::Note,
    };
    let label = |message: &str| printable(&message.replace('\n', " ")).into_owned();
    let mut labels = vec![
        FrameLabel::primary((), snippet.range(source, found.range))
            .with_message(label(&found.label)),
    ];
    labels.extend(found.related.iter().map(|related| {
        FrameLabel::secondary((), snippet.range(source, related.range))
            .with_message(label(&related.message))
    }));
    let mut notes = Vec::new();
    if let Some(help) = &found.help {
        notes.push(format!("help: {}", printable(help)));
    }
    if let Some(note) = &found.note {
        notes.push(format!("cost: {}", printable(note)));
    } else if let Some(cost) = &found.cost {
        notes.push(format!("cost: {}", cost_in_words(cost)));
    }
    if let Some(fix) = &found.fix {
        notes.push(diff(source, fix));
    }
    Frame::new(severity)
        .with_code(format!("{} {}", spec.code, spec.name))
        .with_message(spec.summary)
        .with_labels(labels)
        .with_notes(notes)
}

/// The lines that the fix changes, before and after.
fn diff(source: &Source, fix: &Fix) -> String {
    let lines = source.lines();
    let line = |offset| lines.line_range(lines.line_index(offset), source.text());
    let region = TextRange::new(line(fix.start()).start(), line(fix.end()).end());
    let edits: Vec<_> = fix
        .edits()
        .iter()
        .map(|edit| crate::fix::Edit::replace(edit.range() - region.start(), edit.content()))
        .collect();
    let before = source.slice(region);
    let after = apply(before, &edits);
    let mut text = match fix.safety() {
        Safety::Safe => format!("fix: {}", printable(fix.title())),
        Safety::Unsafe => format!("fix (unsafe): {}", printable(fix.title())),
    };
    let changes = TextDiff::from_lines(before, &after);
    for change in changes.iter_all_changes() {
        let sign = match change.tag() {
            ChangeTag::Delete => "-",
            ChangeTag::Insert => "+",
            ChangeTag::Equal => continue,
        };
        let content = change.value().trim_end_matches(['\n', '\r']);
        let clipped: String = content.chars().take(MAX_DIFF_COLUMNS).collect();
        let more = if clipped.len() < content.len() { "…" } else { "" };
        text.extend(["\n", sign, " ", &printable(&clipped), more]);
    }
    text
}

/// Characters of a changed line that are shown.
const MAX_DIFF_COLUMNS: usize = 200;
