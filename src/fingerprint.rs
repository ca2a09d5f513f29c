//! What makes a finding the same finding after code around it has moved: the qualified name of the
//! function or class that holds it, and its statement without layout and comments.
//!
//! Baselines, code-scanning services and merge requests compare findings by it.

use ruff_python_ast::Stmt;
use ruff_python_ast::token::TokenKind;
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::FxHashMap;

use crate::facts::Facts;
use crate::facts::nodes::blocks;

/// Where a finding is, without line numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Place {
    /// The functions and classes around it, with dots: `Report.total`. Empty at module level.
    pub qualname: String,
    /// A hash of that name and of the statement's tokens.
    pub hash: u64,
}

/// The places of findings. All findings in a statement have one: it is hashed once.
pub(crate) struct Places<'f, 'a> {
    facts: &'f Facts<'a>,
    /// By the statement's head.
    known: FxHashMap<TextRange, Place>,
}

impl<'f, 'a> Places<'f, 'a> {
    pub(crate) fn new(facts: &'f Facts<'a>) -> Places<'f, 'a> {
        Places { facts, known: FxHashMap::default() }
    }

    /// The place of an offset.
    pub(crate) fn of(&mut self, at: TextSize) -> Place {
        let (qualname, innermost) = around(self.facts, at);
        let Some(stmt) = innermost else { return hashed(self.facts, qualname, None) };
        let hash = |qualname| hashed(self.facts, qualname, Some(stmt));
        self.known.entry(head(stmt)).or_insert_with(|| hash(qualname)).clone()
    }
}

/// The qualified name of what holds an offset, and its innermost statement.
fn around<'a>(facts: &Facts<'a>, at: TextSize) -> (String, Option<&'a Stmt>) {
    let mut qualname = String::new();
    let mut body: &'a [Stmt] = &facts.module.body;
    let mut innermost: Option<&'a Stmt> = None;
    while let Some(stmt) = body
        .get(body.partition_point(|stmt| stmt.end() < at))
        .filter(|stmt| stmt.range().contains_inclusive(at))
    {
        innermost = Some(stmt);
        let inner = blocks(stmt).find(|block| covers(block, at));
        let Some(inner) = inner else { break };
        let name = match stmt {
            Stmt::FunctionDef(it) => it.name.as_str(),
            Stmt::ClassDef(it) => it.name.as_str(),
            _ => "",
        };
        if !name.is_empty() {
            if !qualname.is_empty() {
                qualname.push('.');
            }
            qualname.push_str(name);
        }
        body = inner;
    }
    (qualname, innermost)
}

fn hashed(facts: &Facts<'_>, qualname: String, innermost: Option<&Stmt>) -> Place {
    let mut hash = Fnv::new();
    hash.write(qualname.as_bytes());
    if let Some(stmt) = innermost {
        for token in facts.tokens.in_range(head(stmt)) {
            if !matches!(
                token.kind(),
                TokenKind::Comment
                    | TokenKind::NonLogicalNewline
                    | TokenKind::Newline
                    | TokenKind::Indent
                    | TokenKind::Dedent
            ) {
                hash.write(&[0]);
                hash.write(facts.source.slice(token.range()).as_bytes());
            }
        }
    }
    Place { qualname, hash: hash.0 }
}

/// The place of a finding in a file that has no facts.
pub(crate) fn unparsed(message: &str) -> Place {
    let mut hash = Fnv::new();
    hash.write(message.as_bytes());
    Place { qualname: String::new(), hash: hash.0 }
}

fn covers(block: &[Stmt], at: TextSize) -> bool {
    match (block.first(), block.last()) {
        (Some(first), Some(last)) => (first.start()..=last.end()).contains(&at),
        _ => false,
    }
}

/// A statement without the blocks in it, so that a change in a body leaves the head's hash alone.
fn head(stmt: &Stmt) -> TextRange {
    let start = match stmt {
        // A class is the same class under another decorator.
        Stmt::ClassDef(it) => it.name.start(),
        Stmt::FunctionDef(it) => it.name.start(),
        other => other.start(),
    };
    let end = blocks(stmt)
        .filter_map(|block| block.first().map(Ranged::start))
        .min()
        .unwrap_or_else(|| stmt.end());
    TextRange::new(start.min(end), end)
}

/// FNV-1a with 64 bits: the same on every machine and in every version.
struct Fnv(u64);

impl Fnv {
    fn new() -> Fnv {
        Fnv(0xcbf2_9ce4_8422_2325)
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
}

/// A hash of some texts: the same on every machine and in every version.
pub(crate) fn digest(parts: &[&str]) -> u64 {
    let mut hash = Fnv::new();
    for part in parts {
        hash.write(part.as_bytes());
        hash.write(&[0]);
    }
    hash.0
}
