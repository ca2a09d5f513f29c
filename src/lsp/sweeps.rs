//! Fixes of many places at once, as an edit of the text as it is.

use ruff_text_size::Ranged as _;
use serde_json::Value;

use super::edits::{difference, workspace_edit};
use super::snapshot::{Part, Snapshot};
use crate::diagnostic::Diagnostic;
use crate::fix::{Safety, fix_where};
use crate::rule::Rule;
use crate::source::Source;

/// Which fixes are applied.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sweep {
    /// Every safe fix of a document: of a file, or of a cell.
    Safe,
    /// Every safe fix of a notebook.
    Notebook,
    /// Every fix of a document.
    Unsafe,
    /// The safe fixes of one rule, in a notebook those of all cells.
    Rule(&'static Rule),
}

impl Sweep {
    /// The word by which a client brings it back.
    pub(super) fn name(self) -> &'static str {
        match self {
            Sweep::Safe => "fixAll",
            Sweep::Notebook => "fixNotebook",
            Sweep::Unsafe => "fixAllUnsafe",
            Sweep::Rule(rule) => rule.spec.code,
        }
    }

    /// The sweep of a word.
    pub(super) fn parse(name: &str) -> Option<Sweep> {
        match name {
            "fixAll" => Some(Sweep::Safe),
            "fixNotebook" => Some(Sweep::Notebook),
            "fixAllUnsafe" => Some(Sweep::Unsafe),
            code => crate::config::named(code).map(Sweep::Rule),
        }
    }

    /// The least safe fixes that it applies.
    pub(super) fn up_to(self) -> Safety {
        match self {
            Sweep::Unsafe => Safety::Unsafe,
            Sweep::Safe | Sweep::Notebook | Sweep::Rule(_) => Safety::Safe,
        }
    }

    /// Whether it has anything to fix when it is asked for in a part.
    pub(super) fn has_work(self, snapshot: &Snapshot, part: &Part) -> bool {
        if matches!(self, Sweep::Notebook) && !snapshot.source.is_notebook() {
            return false;
        }
        let cell = self.cell(snapshot, Some(part));
        snapshot.found().iter().any(|found| {
            found.fix.as_ref().is_some_and(|fix| fix.safety() >= self.up_to())
                && is_in(&snapshot.source, cell, found)
        })
    }

    /// The edit, asked for in a part. `None` where nothing is to be changed.
    pub(super) fn edit(self, snapshot: &Snapshot, part: Option<&Part>) -> Option<Value> {
        let cell = self.cell(snapshot, part);
        let wanted = |now: &Source, found: &Diagnostic| {
            let of_rule = match self {
                Sweep::Rule(rule) => found.rule.is(rule),
                Sweep::Safe | Sweep::Notebook | Sweep::Unsafe => true,
            };
            of_rule && !snapshot.is_accepted(found) && is_in(now, cell, found)
        };
        let fixed = fix_where(&snapshot.source, snapshot.settings(), self.up_to(), &wanted);
        let edits = difference(&snapshot.source, &fixed.source);
        (!edits.is_empty()).then(|| workspace_edit(snapshot, &edits))
    }

    /// The only cell that it changes, by its position among the Python cells.
    fn cell(self, snapshot: &Snapshot, part: Option<&Part>) -> Option<usize> {
        let part = part.filter(|_| snapshot.source.is_notebook())?;
        match self {
            Sweep::Safe | Sweep::Unsafe => {
                snapshot.parts.iter().position(|it| std::ptr::eq(it, part))
            }
            Sweep::Notebook | Sweep::Rule(_) => None,
        }
    }
}

/// Whether the fix of a finding changes no other cell. Fixing moves cells but adds none.
fn is_in(source: &Source, cell: Option<usize>, found: &Diagnostic) -> bool {
    let Some(cell) = cell else { return true };
    let Some((_, range)) = source.cells().nth(cell) else { return false };
    found.fix.as_ref().is_some_and(|fix| range.contains_range(fix.range()))
}
