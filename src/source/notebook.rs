//! Jupyter notebooks: their Python cells as one module, and back.
//!
//! Writing back replaces the text of changed cells and nothing else: outputs, metadata and the
//! layout of the JSON stay byte for byte.

use std::ops::Range;

use ruff_text_size::{Ranged as _, TextRange, TextSize};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::fix::Edit;

/// Cell magics behind which Python goes on. Behind another one stands something else.
const PYTHON_MAGICS: &[&str] =
    &["capture", "debug", "ipytest", "prun", "pypy", "python", "python3", "time", "timeit"];

/// A notebook and where its cells are.
#[derive(Debug, Clone)]
pub(super) struct Notebook {
    json: String,
    cells: Vec<Cell>,
}

/// A Python cell.
#[derive(Debug, Clone)]
struct Cell {
    /// 1-based, among the cells of every kind.
    number: usize,
    /// Where its text is in the module's text, with the line feed that ends it.
    range: TextRange,
    /// Whether that line feed was added.
    ended: bool,
    /// Where its `source` is in the JSON.
    json: Range<usize>,
}

impl Cell {
    /// Appends a cell's text to the module's.
    fn append(number: usize, source: &str, json: Range<usize>, text: &mut String) -> Cell {
        let start = TextSize::of(text.as_str());
        text.push_str(source);
        let ended = !source.ends_with('\n');
        if ended {
            text.push('\n');
        }
        Cell { number, range: TextRange::new(start, TextSize::of(text.as_str())), ended, json }
    }
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    cells: Vec<DocumentCell<'a>>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize)]
struct DocumentCell<'a> {
    cell_type: &'a str,
    #[serde(borrow)]
    source: &'a RawValue,
}

#[derive(Deserialize, Default)]
struct Metadata {
    language_info: Option<Language>,
    kernelspec: Option<Kernel>,
}

#[derive(Deserialize)]
struct Language {
    name: Option<String>,
}

#[derive(Deserialize)]
struct Kernel {
    language: Option<String>,
}

/// A cell's `source`: one string, or one for each line.
#[derive(Deserialize)]
#[serde(untagged)]
enum Lines {
    One(String),
    Many(Vec<String>),
}

impl Metadata {
    fn is_python(&self) -> bool {
        let language = self.language_info.as_ref().and_then(|it| it.name.as_deref());
        let kernel = self.kernelspec.as_ref().and_then(|it| it.language.as_deref());
        language.or(kernel).is_none_or(|name| name.eq_ignore_ascii_case("python"))
    }
}

impl Notebook {
    /// Reads a notebook. Gives it with the text of its Python cells.
    pub(super) fn read(json: String) -> Result<(Notebook, String), String> {
        let (mut text, mut cells) = (String::new(), Vec::new());
        {
            let document: Document<'_> = serde_json::from_str(&json)
                .map_err(|error| format!("not a Jupyter notebook: {error}"))?;
            let python = document.metadata.is_python();
            for (index, cell) in document.cells.iter().enumerate() {
                if cell.cell_type != "code" || !python {
                    continue;
                }
                let raw = cell.source.get();
                let source = match serde_json::from_str(raw) {
                    Ok(Lines::One(text)) => text,
                    Ok(Lines::Many(lines)) => lines.concat(),
                    Err(error) => return Err(format!("not a Jupyter notebook: {error}")),
                };
                if !is_python(&source) {
                    continue;
                }
                // The raw value borrows from the document.
                let at = raw.as_ptr() as usize - json.as_ptr() as usize;
                cells.push(Cell::append(index + 1, &source, at..at + raw.len(), &mut text));
            }
        }
        Ok((Notebook { json, cells }, text))
    }

    /// The Python cells of a notebook that is open in an editor, with the text of the module.
    /// `cells`: the number and the text of each code cell.
    pub(super) fn of_cells<'c>(cells: impl Iterator<Item = (usize, &'c str)>) -> (Notebook, String) {
        let (mut text, mut known) = (String::new(), Vec::new());
        for (number, source) in cells.filter(|(_, source)| is_python(source)) {
            known.push(Cell::append(number, source, 0..0, &mut text));
        }
        (Notebook { json: String::new(), cells: known }, text)
    }

    /// The number of each Python cell, and where its text is.
    pub(super) fn cells(&self) -> impl Iterator<Item = (usize, TextRange)> {
        self.cells.iter().map(|cell| {
            let added = TextSize::new(u32::from(cell.ended));
            (cell.number, TextRange::new(cell.range.start(), cell.range.end() - added))
        })
    }

    /// The cell of an offset: its number and where it begins.
    pub(super) fn cell(&self, offset: TextSize) -> Option<(usize, TextSize)> {
        let after = self.cells.partition_point(|cell| cell.range.start() <= offset);
        let cell = self.cells.get(after.checked_sub(1)?)?;
        Some((cell.number, cell.range.start()))
    }

    /// Whether a range reaches from one cell into another, or touches the line feed between them.
    pub(super) fn straddles(&self, range: TextRange) -> bool {
        !self.cells.iter().any(|cell| {
            let last = cell.range.end() - TextSize::new(1);
            cell.range.start() <= range.start() && range.end() <= last
        })
    }

    /// The notebook after edits that are sorted, disjoint and inside of cells.
    pub(super) fn edited(&self, edits: &[Edit]) -> Notebook {
        let mut notebook = self.clone();
        let moved = |offset: TextSize| {
            let mut at = i64::from(offset.to_u32());
            for edit in edits {
                // What is inserted where a cell begins belongs to that cell.
                if edit.end() < offset {
                    at += i64::from(TextSize::of(edit.content()).to_u32());
                    at -= i64::from(edit.range().len().to_u32());
                }
            }
            TextSize::new(u32::try_from(at).unwrap_or(0))
        };
        for cell in &mut notebook.cells {
            cell.range = TextRange::new(moved(cell.range.start()), moved(cell.range.end()));
        }
        notebook
    }

    /// The JSON with the cells of a text. Cells whose text is as before keep their bytes.
    pub(super) fn write(&self, text: &str) -> Option<String> {
        let mut output = String::with_capacity(self.json.len());
        let mut at = 0;
        for cell in &self.cells {
            let now = text.get(cell.range.start().to_usize()..cell.range.end().to_usize())?;
            let now = if cell.ended { now.strip_suffix('\n').unwrap_or(now) } else { now };
            let raw = &self.json[cell.json.clone()];
            output.push_str(&self.json[at..cell.json.start]);
            output.push_str(&written(raw, now)?);
            at = cell.json.end;
        }
        output.push_str(&self.json[at..]);
        Some(output)
    }
}

/// Whether a cell is Python, magics aside.
fn is_python(source: &str) -> bool {
    let first = source.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let Some(magic) = first.trim_start().strip_prefix("%%") else { return true };
    let name = magic.split_whitespace().next().unwrap_or_default();
    PYTHON_MAGICS.contains(&name)
}

/// The JSON of a cell's text, in the form that its old JSON has.
fn written(raw: &str, now: &str) -> Option<String> {
    match serde_json::from_str(raw).ok()? {
        Lines::One(before) if before == now => Some(raw.to_owned()),
        Lines::One(_) => serde_json::to_string(now).ok(),
        Lines::Many(before) if before.concat() == now => Some(raw.to_owned()),
        Lines::Many(_) => {
            // What stands before the first line and after the last one is the layout.
            let old: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
            let inside = raw.strip_prefix('[')?.strip_suffix(']')?;
            let lead = &inside[..inside.len() - inside.trim_start().len()];
            let tail = &inside[inside.trim_end().len()..];
            let (lead, tail) = if old.is_empty() { ("", "") } else { (lead, tail) };
            let between = match &old[..] {
                [first, second, ..] => {
                    let start = first.get().as_ptr() as usize + first.get().len();
                    let at = start - raw.as_ptr() as usize;
                    let width = second.get().as_ptr() as usize - start;
                    raw.get(at..at + width)?.to_owned()
                }
                _ => format!(",{lead}"),
            };
            let lines: Option<Vec<String>> = now
                .split_inclusive('\n')
                .map(|line| {
                    let same = old.iter().find(|raw| {
                        serde_json::from_str::<String>(raw.get()).is_ok_and(|text| text == line)
                    });
                    match same {
                        Some(raw) => Some(raw.get().to_owned()),
                        None => serde_json::to_string(line).ok(),
                    }
                })
                .collect();
            Some(format!("[{lead}{}{tail}]", lines?.join(&between)))
        }
    }
}
