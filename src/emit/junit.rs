//! JUnit's XML: a suite for each file with findings, a failure for each finding.

use std::fmt::Write as _;

use crate::diagnostic::Diagnostic;
use crate::report::Totals;
use crate::source::Source;

use super::place::{file, message, one_line, span};

pub(super) fn head(totals: &Totals) -> String {
    let found = totals.warnings + totals.infos;
    let mut text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"heaplint\" tests=\"{}\" failures=\"{found}\" errors=\"0\">\n",
        found.max(1),
    );
    if found == 0 {
        // Readers take a report without tests for a broken one.
        text.push_str(
            "  <testsuite name=\"heaplint\" tests=\"1\" failures=\"0\" errors=\"0\">\n    \
             <testcase name=\"no findings\" classname=\"heaplint\" time=\"0\"/>\n  </testsuite>\n",
        );
    }
    text
}

pub(super) const TAIL: &str = "</testsuites>\n";

pub(super) fn render(source: &Source, diagnostics: &[Diagnostic]) -> String {
    let path = file(source.path());
    let class = path.strip_suffix(".py").unwrap_or(&path);
    let count = diagnostics.len();
    let mut output = String::new();
    let _ = writeln!(
        output,
        "  <testsuite name=\"{}\" package=\"heaplint\" tests=\"{count}\" failures=\"{count}\" \
         errors=\"0\">",
        escaped(&path)
    );
    for found in diagnostics {
        let (start, _) = span(source, found.range);
        let told = message(source, found);
        let mut text = format!("line {}, column {}: {told}", start.row, start.column);
        if let Some(help) = &found.help {
            let _ = write!(text, "\nhelp: {}", one_line(help));
        }
        let _ = writeln!(
            output,
            "    <testcase name=\"{}\" classname=\"{}\" time=\"0\">\n      \
             <failure message=\"{}\" type=\"{}\">{}</failure>\n    </testcase>",
            found.rule.spec.code,
            escaped(class),
            escaped(&told),
            found.level.severity(),
            escaped(&text),
        );
    }
    output.push_str("  </testsuite>\n");
    output
}

/// Text for an attribute or an element, without the characters that XML 1.0 cannot hold.
fn escaped(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => output.push_str("&amp;"),
            '<' => output.push_str("&lt;"),
            '>' => output.push_str("&gt;"),
            '"' => output.push_str("&quot;"),
            '\'' => output.push_str("&apos;"),
            '\t' | '\n' | '\r' => {
                let _ = write!(output, "&#{};", u32::from(c));
            }
            '\0'..='\x1f' | '\x7f'..='\u{9f}' | '\u{fffe}' | '\u{ffff}' => output.push('\u{fffd}'),
            _ => output.push(c),
        }
    }
    output
}
