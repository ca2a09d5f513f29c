//! Source text that the program itself sees: `f"{len(rows)=}"` prints it, `t"{rows}"` hands it on.
//! No fix may change it.

use ruff_python_ast::{Expr, InterpolatedElement, InterpolatedStringElements};
use ruff_text_size::{Ranged, TextRange};

use crate::diagnostic::Diagnostic;
use crate::facts::Facts;

/// Takes the fixes that would change such text from their diagnostics.
pub(crate) fn drop_fixes(facts: &Facts<'_>, diagnostics: &mut [Diagnostic]) {
    if diagnostics.iter().all(|found| found.fix.is_none()) {
        return;
    }
    let shown = ranges(facts);
    if shown.is_empty() {
        return;
    }
    for found in diagnostics {
        found.fix = found.fix.take().filter(|fix| {
            let changes = |shown: &TextRange| {
                fix.edits().iter().any(|edit| shown.contains_range(edit.range()))
            };
            !shown.iter().any(changes)
        });
    }
}

/// The ranges of the interpolations whose text is seen.
fn ranges(facts: &Facts<'_>) -> Vec<TextRange> {
    let mut found = Vec::new();
    for expr in facts.nodes().interpolated() {
        match expr {
            Expr::FString(it) => {
                it.value.elements().filter_map(|it| it.as_interpolation()).for_each(|it| {
                    debugged(it, &mut found);
                });
            }
            Expr::TString(it) => {
                let interpolations = it.value.elements().filter_map(|it| it.as_interpolation());
                found.extend(interpolations.map(|it| it.range));
            }
            _ => {}
        }
    }
    found
}

/// An interpolation with `=`, or such a one in its format: `f"{price:{len(str(price))=}}"`.
fn debugged(it: &InterpolatedElement, found: &mut Vec<TextRange>) {
    if it.debug_text.is_some() {
        found.push(it.range);
    }
    let elements: Option<&InterpolatedStringElements> =
        it.format_spec.as_deref().map(|spec| &spec.elements);
    for inner in elements.into_iter().flatten().filter_map(|it| it.as_interpolation()) {
        debugged(inner, found);
    }
}
