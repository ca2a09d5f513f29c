//! Logging commands of Azure Pipelines. They know no level below a warning.

use std::fmt::Write as _;

use crate::diagnostic::Diagnostic;
use crate::source::Source;

use super::place::{file, message, span};

pub(super) fn render(source: &Source, diagnostics: &[Diagnostic]) -> String {
    let path = property(&file(source.path()));
    let mut output = String::new();
    for found in diagnostics {
        let (start, _) = span(source, found.range);
        let _ = writeln!(
            output,
            "##vso[task.logissue type=warning;sourcepath={path};linenumber={};columnnumber={};\
             code={};]{}",
            start.row,
            start.column,
            found.rule.spec.code,
            data(&message(source, found)),
        );
    }
    output
}

fn data(text: &str) -> String {
    text.replace('%', "%AZP25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(']', "%5D").replace(';', "%3B")
}
