//! A source file: its path, its decoded text, and where its lines begin.
//!
//! Decoding follows Python: a byte order mark, else the declaration of PEP 263 in the first two
//! lines, else UTF-8. A file that cannot be read or decoded is a source too, with its trouble and
//! as much text as can be shown; the analysis reports it.

mod notebook;

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use encoding_rs::Encoding;
use ruff_python_ast::PySourceType;
use ruff_source_file::LineIndex;
use ruff_text_size::{TextRange, TextSize};

use crate::fix::{Edit, apply};
use notebook::Notebook;

/// A source file.
#[derive(Debug, Clone)]
pub struct Source {
    path: PathBuf,
    /// The directory of the project, where that is known.
    root: Option<PathBuf>,
    text: String,
    bom: bool,
    codec: Codec,
    /// The notebook whose cells the text is made of.
    notebook: Option<Box<Notebook>>,
    trouble: Option<Trouble>,
    lines: OnceLock<LineIndex>,
    kind: PySourceType,
    test: OnceLock<bool>,
}

/// Why a file could not be read or decoded.
#[derive(Debug, Clone)]
pub struct Trouble {
    /// What is wrong.
    pub message: String,
    /// Where, in the text that can be shown.
    pub range: TextRange,
}

/// A place as people count it: both are 1-based, columns in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The cell, in a notebook.
    pub cell: Option<usize>,
    /// The line, in a notebook that of the cell.
    pub row: usize,
    /// The column in Unicode scalar values.
    pub column: usize,
}

impl Source {
    /// A source of known text. The text has no byte order mark.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Source {
        let path = path.into();
        Source {
            kind: kind_of(&path),
            path,
            root: None,
            text: text.into(),
            bom: false,
            codec: Codec::Utf8,
            notebook: None,
            trouble: None,
            lines: OnceLock::new(),
            test: OnceLock::new(),
        }
    }

    /// A source decoded from bytes.
    pub fn from_bytes(path: impl Into<PathBuf>, bytes: Vec<u8>) -> Source {
        let mut source = Source::new(path, String::new());
        if u32::try_from(bytes.len()).is_err() {
            source.trouble = Some(Trouble {
                message: "the file is larger than 4 GiB".to_owned(),
                range: TextRange::default(),
            });
            return source;
        }
        source.bom = bytes.starts_with(BOM);
        if source.kind() == PySourceType::Ipynb {
            source.read_notebook(bytes);
            return source;
        }
        match decode(bytes) {
            Ok((text, codec)) => (source.text, source.codec) = (text, codec),
            Err((text, trouble)) => {
                source.text = text;
                source.trouble = Some(trouble);
            }
        }
        source
    }

    /// A notebook that is open in an editor. `cells`: the number and the text of each code cell.
    /// It has no file, so there are no bytes to write.
    pub fn of_cells<'c>(
        path: impl Into<PathBuf>,
        cells: impl Iterator<Item = (usize, &'c str)>,
    ) -> Source {
        let (notebook, text) = Notebook::of_cells(cells);
        Source { notebook: Some(Box::new(notebook)), ..Source::new(path, text) }
    }

    /// The number of each Python cell of a notebook, and where its text is.
    pub fn cells(&self) -> impl Iterator<Item = (usize, TextRange)> {
        self.notebook.iter().flat_map(|notebook| notebook.cells())
    }

    /// A source that could not be read.
    pub fn unreadable(path: impl Into<PathBuf>, message: impl Into<String>) -> Source {
        let mut source = Source::new(path, String::new());
        source.trouble = Some(Trouble { message: message.into(), range: TextRange::default() });
        source
    }

    fn read_notebook(&mut self, bytes: Vec<u8>) {
        let body = if self.bom { bytes[BOM.len()..].to_vec() } else { bytes };
        let read = String::from_utf8(body)
            .map_err(|error| format!("not a Jupyter notebook: {error}"))
            .and_then(Notebook::read);
        match read {
            Ok((notebook, text)) => {
                self.text = text;
                self.notebook = Some(Box::new(notebook));
            }
            Err(message) => {
                self.trouble = Some(Trouble { message, range: TextRange::default() });
            }
        }
    }

    /// The same file after edits, which are sorted, disjoint and each in one cell.
    #[must_use]
    pub fn edited(&self, edits: &[Edit]) -> Source {
        Source {
            root: self.root.clone(),
            bom: self.bom,
            codec: self.codec,
            notebook: self.notebook.as_ref().map(|notebook| Box::new(notebook.edited(edits))),
            ..Source::new(self.path.clone(), apply(&self.text, edits))
        }
    }

    /// Whether the text is that of the cells of a notebook.
    pub fn is_notebook(&self) -> bool {
        self.notebook.is_some()
    }

    /// Whether the text can be edited there: not where one cell of a notebook ends and another
    /// begins.
    pub fn is_editable(&self, range: TextRange) -> bool {
        self.notebook.as_ref().is_none_or(|notebook| !notebook.straddles(range))
    }

    /// The bytes of the file: the text in the encoding that the file declares, behind its byte
    /// order mark. `None` where the encoding has no such character.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        let mut bytes = if self.bom { BOM.to_vec() } else { Vec::new() };
        if let Some(notebook) = &self.notebook {
            bytes.extend_from_slice(notebook.write(&self.text)?.as_bytes());
            return Some(bytes);
        }
        match self.codec {
            Codec::Utf8 => bytes.extend_from_slice(self.text.as_bytes()),
            Codec::Ascii if self.text.is_ascii() => bytes.extend_from_slice(self.text.as_bytes()),
            Codec::Latin1 => {
                for character in self.text.chars() {
                    bytes.push(u8::try_from(character).ok()?);
                }
            }
            Codec::Other(encoding) => {
                let (encoded, _, lossy) = encoding.encode(&self.text);
                (!lossy).then_some(())?;
                bytes.extend_from_slice(&encoded);
            }
            Codec::Ascii | Codec::Unknown => return None,
        }
        Some(bytes)
    }

    /// The same source as part of a project: whether it is a test is told from its path below the
    /// project's root.
    #[must_use]
    pub fn below(mut self, root: &Path) -> Source {
        self.test = OnceLock::new();
        self.root = Some(root.to_path_buf());
        self
    }

    /// The path as it was given or found.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The decoded text without a byte order mark.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether the file began with a UTF-8 byte order mark.
    pub fn has_bom(&self) -> bool {
        self.bom
    }

    /// Why the file could not be read or decoded.
    pub fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    /// The kind of Python in the file, by its name.
    pub fn kind(&self) -> PySourceType {
        self.kind
    }

    /// Whether the path is that of a test: what happens there happens once, on small data.
    pub fn is_test(&self) -> bool {
        *self.test.get_or_init(|| {
            let path = crate::config::absolute(&self.path);
            let below = self.root.as_ref().and_then(|root| path.strip_prefix(root).ok());
            is_test(below.unwrap_or(&self.path))
        })
    }

    /// Where the lines begin. Only line feed, carriage return and both together end a line.
    pub fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::from_source_text(&self.text))
    }

    /// The text of a range.
    pub fn slice(&self, range: TextRange) -> &str {
        &self.text[range]
    }

    /// What ends the first line, and is to end lines that are added.
    pub fn line_break(&self) -> &'static str {
        let text = self.text.as_bytes();
        match memchr::memchr2(b'\n', b'\r', text).map(|at| &text[at..]) {
            Some([b'\r', b'\n', ..]) => "\r\n",
            Some([b'\r', ..]) => "\r",
            _ => "\n",
        }
    }

    /// Where the line of an offset begins.
    pub fn line_start(&self, at: TextSize) -> TextSize {
        let before = &self.text.as_bytes()[..at.to_usize()];
        TextSize::new(memchr::memrchr2(b'\n', b'\r', before).map_or(0, |end| end + 1) as u32)
    }

    /// Where the line of an offset ends, without its line break.
    pub fn line_end(&self, at: TextSize) -> TextSize {
        let rest = &self.text.as_bytes()[at.to_usize()..];
        at + TextSize::new(memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len()) as u32)
    }

    /// Where the line after that of an offset begins; the end of the text where there is none.
    pub fn next_line(&self, at: TextSize) -> TextSize {
        let end = self.line_end(at);
        let rest = &self.text[end.to_usize()..];
        let width = if rest.starts_with("\r\n") { 2 } else { u32::from(!rest.is_empty()) };
        end + TextSize::new(width)
    }

    /// The place of an offset.
    pub fn position(&self, offset: TextSize) -> Position {
        let place = self.lines().line_column(offset, &self.text);
        let (row, column) = (place.line.get(), place.column.get());
        match self.notebook.as_ref().and_then(|notebook| notebook.cell(offset)) {
            None => Position { cell: None, row, column },
            Some((cell, start)) => {
                let row = row - self.lines().line_index(start).to_zero_indexed();
                Position { cell: Some(cell), row, column }
            }
        }
    }
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// The kind of Python in a file, by its name.
fn kind_of(path: &Path) -> PySourceType {
    match PySourceType::try_from_path(path) {
        Some(PySourceType::Stub) => PySourceType::Stub,
        Some(PySourceType::Ipynb) => PySourceType::Ipynb,
        _ => PySourceType::Python,
    }
}

/// The text, or what can be shown of it and the trouble.
fn decode(bytes: Vec<u8>) -> Result<(String, Codec), (String, Trouble)> {
    let has_bom = bytes.starts_with(BOM);
    let body = if has_bom { &bytes[BOM.len()..] } else { &bytes[..] };
    let declaration = declared_encoding(body);
    let trouble = |message: String, start: usize, end: usize| {
        let shown = String::from_utf8_lossy(body).into_owned();
        let clamp = |offset: usize| TextSize::try_from(offset.min(shown.len())).unwrap_or_default();
        let range = TextRange::new(clamp(start), clamp(end));
        Err((shown, Trouble { message, range }))
    };
    let codec = declaration.as_ref().map_or(Codec::Utf8, |(name, _)| Codec::for_name(name));
    match (codec, &declaration) {
        (Codec::Unknown, Some((name, range))) => {
            trouble(format!("unknown encoding `{name}`"), range.start, range.end)
        }
        (codec, Some((name, range))) if has_bom && !matches!(codec, Codec::Utf8) => trouble(
            format!("the file begins with a UTF-8 byte order mark but declares `{name}`"),
            range.start,
            range.end,
        ),
        (Codec::Utf8 | Codec::Unknown, _) => match std::str::from_utf8(body) {
            // The common case keeps the buffer that was read.
            Ok(_) if !has_bom => Ok((String::from_utf8(bytes).unwrap_or_default(), Codec::Utf8)),
            Ok(text) => Ok((text.to_owned(), Codec::Utf8)),
            Err(error) => {
                let at = error.valid_up_to();
                let advice = if declaration.is_some() {
                    ""
                } else {
                    " and the file declares no other encoding (PEP 263)"
                };
                trouble(
                    format!("byte 0x{:02x} is not valid UTF-8{advice}", body[at]),
                    at,
                    at + '\u{fffd}'.len_utf8(),
                )
            }
        },
        (Codec::Ascii, _) => match body.iter().position(|byte| !byte.is_ascii()) {
            None => Ok((String::from_utf8_lossy(body).into_owned(), Codec::Ascii)),
            Some(at) => trouble(format!("byte 0x{:02x} is not ASCII", body[at]), at, at + 1),
        },
        // Python's latin-1 maps each byte to the code point of the same number; the web's label
        // of that name means windows-1252.
        (Codec::Latin1, _) => {
            Ok((body.iter().map(|&byte| char::from(byte)).collect(), Codec::Latin1))
        }
        (Codec::Other(encoding), _) => {
            match encoding.decode_without_bom_handling_and_without_replacement(body) {
                Some(text) => Ok((text.into_owned(), Codec::Other(encoding))),
                None => trouble(format!("the bytes are not valid {}", encoding.name()), 0, 0),
            }
        }
    }
}

/// How text becomes bytes.
#[derive(Debug, Clone, Copy)]
enum Codec {
    Utf8,
    Ascii,
    Latin1,
    Other(&'static Encoding),
    Unknown,
}

impl Codec {
    fn for_name(name: &str) -> Codec {
        let name = name.to_ascii_lowercase().replace('_', "-");
        // Emacs writes the line ending into the name.
        let name = name
            .strip_suffix("-unix")
            .or_else(|| name.strip_suffix("-dos"))
            .or_else(|| name.strip_suffix("-mac"))
            .filter(|stem| stem.starts_with("utf-8") || stem.contains("latin"))
            .unwrap_or(&name);
        match name {
            "utf-8" | "utf8" | "u8" | "utf" | "utf-8-sig" | "cp65001" => Codec::Utf8,
            "ascii" | "us-ascii" | "646" => Codec::Ascii,
            "latin-1" | "latin1" | "iso-8859-1" | "iso8859-1" | "8859" | "cp819" | "l1"
            | "iso-latin-1" => Codec::Latin1,
            _ => {
                let label = match name {
                    "mac-roman" | "macroman" => Cow::Borrowed("macintosh"),
                    "cp932" | "ms932" | "mskanji" => Cow::Borrowed("shift_jis"),
                    "cp949" | "uhc" | "ms949" => Cow::Borrowed("euc-kr"),
                    "cp936" | "ms936" => Cow::Borrowed("gbk"),
                    "cp950" => Cow::Borrowed("big5"),
                    "sjis" | "shiftjis" | "shift-jis" => Cow::Borrowed("shift_jis"),
                    "eucjp" | "ujis" => Cow::Borrowed("euc-jp"),
                    "euckr" => Cow::Borrowed("euc-kr"),
                    _ => match name.strip_prefix("cp125") {
                        Some(page) => Cow::Owned(format!("windows-125{page}")),
                        None => Cow::Borrowed(name),
                    },
                };
                match Encoding::for_label(label.as_bytes()) {
                    // A file in UTF-16 cannot declare it in ASCII; Python refuses both.
                    Some(encoding) if encoding.is_ascii_compatible() => Codec::Other(encoding),
                    _ => Codec::Unknown,
                }
            }
        }
    }
}

/// The encoding that the first two lines declare, and where its name stands.
///
/// PEP 263: `^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)` in line 1, or in line 2 when line 1 holds
/// nothing but a comment.
fn declared_encoding(body: &[u8]) -> Option<(String, std::ops::Range<usize>)> {
    let mut start = 0;
    for _ in 0..2 {
        let line = &body[start..];
        let end = line.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(line.len());
        let text = &line[..end];
        let blank = text.iter().position(|byte| !matches!(byte, b' ' | b'\t' | 0x0c));
        match blank {
            Some(at) if text[at] != b'#' => return None,
            Some(at) => {
                if let Some((name, range)) = coding_cookie(&text[at..]) {
                    let offset = start + at;
                    return Some((name, offset + range.start..offset + range.end));
                }
            }
            None => {}
        }
        start += end;
        start += match &body[start..] {
            [b'\r', b'\n', ..] => 2,
            [_, ..] => 1,
            [] => return None,
        };
    }
    None
}

/// Whether a line among the first two declares the encoding of its file.
pub(crate) fn declares_encoding(line: &str) -> bool {
    declared_encoding(line.as_bytes()).is_some()
}

fn coding_cookie(comment: &[u8]) -> Option<(String, std::ops::Range<usize>)> {
    for at in memchr::memmem::find_iter(comment, b"coding") {
        let after = at + b"coding".len();
        if !matches!(comment.get(after), Some(b':' | b'=')) {
            continue;
        }
        let blanks = comment[after + 1..].iter().take_while(|byte| matches!(byte, b' ' | b'\t'));
        let start = after + 1 + blanks.count();
        let name = comment[start..]
            .iter()
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte));
        let end = start + name.count();
        if end > start {
            let name = String::from_utf8_lossy(&comment[start..end]).into_owned();
            return Some((name, start..end));
        }
    }
    None
}

/// Whether a path below a project is that of a test.
fn is_test(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let directories = path.parent().into_iter().flat_map(Path::components);
    name.starts_with("test_")
        || name.ends_with("_test.py")
        || matches!(name, "conftest.py" | "tests.py")
        || directories.filter_map(|part| part.as_os_str().to_str()).any(|part| {
            matches!(part, "test" | "tests" | "testing" | "testsuite") || part.ends_with("_tests")
        })
}

#[cfg(test)]
mod tests {
    use super::Source;
    use ruff_text_size::TextSize;

    fn text(bytes: &[u8]) -> Result<String, String> {
        let source = Source::from_bytes("a.py", bytes.to_vec());
        match source.trouble() {
            None => Ok(source.text().to_owned()),
            Some(trouble) => Err(trouble.message.clone()),
        }
    }

    #[test]
    fn tests_are_known_by_their_path() {
        let is_test = |path: &str| Source::from_bytes(path, Vec::new()).is_test();
        for path in ["test_a.py", "a_test.py", "app/tests.py", "conftest.py", "tests/a.py"] {
            assert!(is_test(path), "{path}");
        }
        for path in ["a/testing/b.py", "borg/testsuite/a.py", "core_tests/unit/a.py"] {
            assert!(is_test(path), "{path}");
        }
        for path in ["a.py", "latest.py", "contests/a.py", "tests_of/a.py", "src/testutils/a.py"] {
            assert!(!is_test(path), "{path}");
        }
    }

    #[test]
    fn encodings_are_found_as_python_finds_them() {
        assert_eq!(text(b"\xef\xbb\xbfx"), Ok("x".to_owned()));
        assert_eq!(text(b"# coding: latin-1\n\xe9"), Ok("# coding: latin-1\n\u{e9}".to_owned()));
        assert_eq!(
            text(b"\x0c#coding=cp1252\n\x80"),
            Ok("\x0c#coding=cp1252\n\u{20ac}".to_owned())
        );
        assert_eq!(text(b"\n\n# coding: klingon\n"), Ok("\n\n# coding: klingon\n".to_owned()));
        assert_eq!(text(b"# coding: klingon\n"), Err("unknown encoding `klingon`".to_owned()));
        assert_eq!(text(b"# coding: ascii\n\xe9"), Err("byte 0xe9 is not ASCII".to_owned()));
        assert!(text(b"\xef\xbb\xbf# coding: latin-1\n").is_err());
        assert!(text(b"\xe9").is_err());
    }

    #[test]
    fn columns_count_characters_and_lines_end_as_in_python() {
        let source = Source::new("a.py", "é😀x\r\u{2028}\x0cy\r\nz\n");
        let place = |text: &str| {
            let at = source.text().find(text).unwrap();
            let place = source.position(TextSize::new(u32::try_from(at).unwrap()));
            (place.row, place.column)
        };
        assert_eq!((place("x"), place("y"), place("z")), ((1, 3), (2, 3), (3, 1)));
    }
}
