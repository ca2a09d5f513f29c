//! The lines that a code frame shows, made fit for a terminal, with their real numbers.
//!
//! The frame's renderer prints whole lines and knows only line feeds. So it is given a text of its
//! own: the lines that the labels touch, very long ones clipped around the label, with offsets
//! translated.

use std::ops::Range;

use codespan_reporting::files::{Error, Files};
use ruff_source_file::OneIndexed;
use ruff_text_size::{TextRange, TextSize};

use crate::source::Source;

use super::sanitize::visible;

/// Characters of a line shown on each side of where a label starts.
const CLIP: usize = 160;
/// Lines shown at the start and at the end of a label that spans many.
const EDGE: usize = 3;

/// A text of some lines of a source.
pub(super) struct Snippet {
    name: String,
    text: String,
    lines: Vec<Line>,
}

struct Line {
    /// 0-based.
    index: usize,
    /// 1-based, in a notebook that of the cell.
    number: usize,
    /// Where the line stands in the snippet's text, without a line break.
    range: Range<usize>,
    /// Where the shown part stands in the source.
    source: TextRange,
    /// Characters of the line before the shown part.
    skipped: usize,
    /// Bytes of the mark that stands for those.
    mark: usize,
}

impl Snippet {
    /// The lines that the ranges touch. The first range is the one that clipping keeps in view.
    pub(super) fn new(source: &Source, name: String, ranges: &[TextRange]) -> Snippet {
        let mut wanted: Vec<usize> = Vec::new();
        for range in ranges {
            let (first, last) = (line_of(source, range.start()), line_of(source, range.end()));
            wanted.extend(first..=last.min(first + EDGE));
            wanted.extend(last.saturating_sub(EDGE).max(first)..=last);
        }
        wanted.sort_unstable();
        wanted.dedup();
        // The renderer prints a single line between two labelled ones.
        let gaps: Vec<usize> = wanted
            .windows(2)
            .filter(|pair| pair[1] - pair[0] == 2)
            .map(|pair| pair[0] + 1)
            .collect();
        wanted.extend(gaps);
        wanted.sort_unstable();

        let mut snippet = Snippet { name, text: String::new(), lines: Vec::new() };
        let focus = ranges.first().copied().unwrap_or_default();
        for index in wanted {
            snippet.push(source, index, focus);
        }
        snippet
    }

    fn push(&mut self, source: &Source, index: usize, focus: TextRange) {
        let line = source.lines().line_range(OneIndexed::from_zero_indexed(index), source.text());
        let text = source.slice(line).trim_end_matches(['\n', '\r']);
        let (mut from, mut to, mut skipped) = (0, text.len(), 0);
        if text.len() > 2 * CLIP {
            let anchor = focus.start().clamp(line.start(), line.end()) - line.start();
            let anchor = anchor.to_usize().min(text.len());
            let before = text[..anchor].char_indices().rev().nth(CLIP / 4).map_or(0, |(at, _)| at);
            from = before;
            skipped = text[..from].chars().count();
            to = text[from..].char_indices().nth(2 * CLIP).map_or(text.len(), |(at, _)| from + at);
        }
        let start = self.text.len();
        let mark = if from > 0 { "…" } else { "" };
        self.text.push_str(mark);
        self.text.extend(text[from..to].chars().map(visible));
        if to < text.len() {
            self.text.push('…');
        }
        let range = start..self.text.len();
        self.text.push('\n');
        let at = |offset: usize| line.start() + TextSize::new(offset as u32);
        self.lines.push(Line {
            index,
            number: source.position(line.start()).row,
            range,
            source: TextRange::new(at(from), at(to)),
            skipped,
            mark: mark.len(),
        });
    }

    /// Where a range of the source stands in the snippet.
    pub(super) fn range(&self, source: &Source, range: TextRange) -> Range<usize> {
        let start = self.offset(source, range.start());
        let end = self.offset(source, range.end());
        start..end.max(start)
    }

    fn offset(&self, source: &Source, offset: TextSize) -> usize {
        let index = line_of(source, offset);
        let Some(line) = self.lines.iter().find(|line| line.index == index) else { return 0 };
        if offset < line.source.start() {
            return line.range.start;
        }
        let shown = TextRange::new(line.source.start(), offset.min(line.source.end()));
        // One character stands for one character, whatever their lengths.
        let characters = source.slice(shown).chars().count();
        let start = line.range.start + line.mark;
        self.text[start..line.range.end]
            .char_indices()
            .nth(characters)
            .map_or(line.range.end, |(at, _)| start + at)
    }
}

fn line_of(source: &Source, offset: TextSize) -> usize {
    source.lines().line_index(offset).to_zero_indexed()
}

impl<'a> Files<'a> for Snippet {
    type FileId = ();
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, (): ()) -> Result<&'a str, Error> {
        Ok(&self.name)
    }

    fn source(&'a self, (): ()) -> Result<&'a str, Error> {
        Ok(&self.text)
    }

    fn line_index(&'a self, (): (), offset: usize) -> Result<usize, Error> {
        let position = self.lines.partition_point(|line| line.range.end < offset);
        let line = self.lines.get(position).or(self.lines.last());
        Ok(line.map_or(0, |line| line.index))
    }

    fn line_number(&'a self, (): (), index: usize) -> Result<usize, Error> {
        Ok(self.lines.iter().find(|line| line.index == index).map_or(1, |line| line.number))
    }

    fn column_number(&'a self, (): (), index: usize, offset: usize) -> Result<usize, Error> {
        let Some(line) = self.lines.iter().find(|line| line.index == index) else { return Ok(1) };
        let start = line.range.start + line.mark;
        let before = self.text.get(start..offset).map_or(0, |text| text.chars().count());
        Ok(line.skipped + before + 1)
    }

    fn line_range(&'a self, (): (), index: usize) -> Result<Range<usize>, Error> {
        // A line that is not shown is empty.
        Ok(self
            .lines
            .iter()
            .find(|line| line.index == index)
            .map_or(0..0, |line| line.range.start..line.range.end + 1))
    }
}
