//! Rule pages as data: their front matter aside, a list of fenced blocks with their roles.

#![allow(dead_code, reason = "each test target uses its own part of this module")]

#[cfg(unix)]
pub mod shell;

use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A fenced block of a page.
#[derive(Debug, Clone)]
pub struct Block {
    /// The info string: the language and the role.
    pub info: String,
    /// The text between the fences.
    pub text: String,
    /// The 1-based line of the opening fence.
    pub line: usize,
    /// The byte range of the text in the page.
    pub range: std::ops::Range<usize>,
    /// The heading of the section around it.
    pub section: String,
}

/// A rule's page.
#[derive(Debug, Clone)]
pub struct Page {
    /// The file name without its extension.
    pub name: String,
    pub path: PathBuf,
    pub text: String,
    pub blocks: Vec<Block>,
}

/// The root of the repository.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Whether stale expected files are to be rewritten.
pub fn update() -> bool {
    std::env::var_os("HEAPLINT_UPDATE").is_some_and(|value| !value.is_empty())
}

/// Says that something was not checked, past the capture of what a passing test prints.
pub fn skipped(what: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {what}");
}

/// Gives a file of the repository another text in one step: a test that reads it meanwhile, in
/// another thread or process, sees the old text or the new one.
pub fn rewrite(path: &Path, text: impl AsRef<[u8]>) {
    let name = path.file_name().unwrap().to_string_lossy();
    let next = path.with_file_name(format!(".{name}.{}", std::process::id()));
    std::fs::write(&next, text).unwrap();
    std::fs::rename(&next, path).unwrap();
}

/// Every page in the order of its rule's code.
pub fn pages() -> Vec<Page> {
    let mut pages: Vec<Page> = std::fs::read_dir(root().join("rules"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .filter(|path| !path.ends_with("refuted.md"))
        .map(|path| Page::read(&path))
        .collect();
    pages.sort_by_key(|page| page.field("code").to_owned());
    assert!(!pages.is_empty());
    pages
}

/// The page of advice that measures as false, which is no rule's.
pub fn refuted_page() -> Page {
    Page::read(&root().join("rules/refuted.md"))
}

/// Every page of facts, by name.
pub fn fact_pages() -> Vec<Page> {
    pages_in("tests/facts")
}

/// Every page of transcripts, by name.
pub fn cli_pages() -> Vec<Page> {
    pages_in("tests/cli")
}

/// Every page of sessions with the language server, by name.
pub fn lsp_pages() -> Vec<Page> {
    pages_in("tests/lsp")
}

/// What is stale in a page: where, what it says now, and the line of its fence.
pub type Stale = (std::ops::Range<usize>, String, usize);

/// Writes down the stale transcripts of a page, and rewrites them where that is asked for.
pub fn settle(page: &Page, stale: &[Stale], failures: &mut String) {
    use std::fmt::Write as _;

    let mut text = page.text.clone();
    for (range, actual, line) in stale.iter().rev() {
        let place = format!("{}:{line}", page.path.display());
        let expected = &page.text[range.clone()];
        writeln!(failures, "{place}:\n--- expected\n{expected}--- actual\n{actual}").unwrap();
        text.replace_range(range.clone(), actual);
    }
    if update() && text != page.text {
        rewrite(&page.path, text);
    }
}

/// The page about editors.
pub fn editors_page() -> Page {
    Page::read(&root().join("docs/editors.md"))
}

/// Every page of conversations with the server, by name.
pub fn server_pages() -> Vec<Page> {
    pages_in("tests/server")
}

/// The page of imports.
pub fn import_page() -> Page {
    Page::read(&root().join("tests/imports.md"))
}

fn pages_in(directory: &str) -> Vec<Page> {
    let mut pages: Vec<Page> = std::fs::read_dir(root().join(directory))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| Page::read(&path))
        .collect();
    pages.sort_by(|a, b| a.name.cmp(&b.name));
    pages
}

impl Page {
    fn read(path: &Path) -> Page {
        let text = std::fs::read_to_string(path).unwrap();
        Page {
            name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
            path: path.to_owned(),
            blocks: blocks(&text),
            text,
        }
    }

    /// A field of the front matter.
    pub fn field(&self, name: &str) -> &str {
        let prefix = format!("{name}: ");
        self.text
            .lines()
            .skip(1)
            .take_while(|line| *line != "---")
            .find_map(|line| line.strip_prefix(prefix.as_str()))
            .unwrap_or_else(|| panic!("{}: no field `{name}`", self.path.display()))
    }

    /// `file:line` of a block, for messages.
    pub fn place(&self, block: &Block) -> String {
        format!("rules/{}.md:{}", self.name, block.line)
    }
}

/// The fenced blocks of a text.
pub fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<(String, usize, usize, String)> = None;
    let mut section = String::new();
    let mut offset = 0;
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let content = line.trim_end_matches('\n');
        let fence = content.chars().take_while(|c| *c == '`').count();
        match &open {
            Some((info, start, opened, ticks)) if content == ticks.as_str() => {
                blocks.push(Block {
                    info: info.clone(),
                    text: text[*start..offset].to_owned(),
                    line: *opened,
                    range: *start..offset,
                    section: section.clone(),
                });
                open = None;
            }
            Some(_) => {}
            None if fence >= 3 => {
                let info = content[fence..].trim().to_owned();
                open = Some((info, offset + line.len(), index + 1, "`".repeat(fence)));
            }
            None => {
                if let Some(heading) = content.strip_prefix("## ") {
                    heading.clone_into(&mut section);
                }
            }
        }
        offset += line.len();
    }
    assert!(open.is_none(), "a fence is never closed");
    blocks
}
