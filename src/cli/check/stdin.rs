//! `heaplint check -`: the source comes from standard input, and what fixing makes of it goes to
//! standard output.

use std::io::{Read as _, Write as _};
use std::path::PathBuf;

use super::{Check, Mode, Run, exit_code, one};
use crate::config::{Projects, absolute};
use crate::report::{FileReport, Totals};
use crate::source::Source;

pub(super) fn run(check: &Check, projects: &Projects, run: &Run) -> anyhow::Result<u8> {
    let mut bytes = Vec::new();
    std::io::stdin().lock().read_to_end(&mut bytes)?;
    let path = check.files.stdin_filename.clone().unwrap_or_else(|| PathBuf::from("-"));
    let place = absolute(&path);
    let project = projects.of(place.parent().unwrap_or(&place))?;
    let named = check.files.stdin_filename.is_some();
    let left_out = named && project.forces_exclude() && project.excludes_given(&place);
    let mut settings = project.settings.clone();
    settings.suppressions &= !run.ignore_suppressions;
    let pool = super::pool::build(1)?;
    let (report, changed) = pool.install(|| {
        super::pool::contained(|| {
            let source = Source::from_bytes(&path, bytes.clone()).below(&project.root);
            if left_out {
                let totals = Totals { files: 1, ..Totals::default() };
                return (FileReport { totals, ..FileReport::default() }, None);
            }
            one::treat(&source, &settings, run)
        })
        .unwrap_or_else(|panic| (one::failed(&path, &panic), None))
    });
    let writes = matches!(run.mode, Mode::Fix | Mode::AddIgnore(_));
    if writes {
        // What is not changed, or cannot be written, stays as it came.
        let text = changed.and_then(|source| source.to_bytes()).unwrap_or(bytes);
        let mut stdout = std::io::stdout().lock();
        stdout.write_all(&text)?;
        stdout.flush()?;
        let totals = report.totals;
        let mut stderr = std::io::stderr().lock();
        if let Some(trouble) = &report.trouble {
            writeln!(stderr, "error: {trouble}")?;
        }
        if !check.output.quiet && !check.fixing.fix_only && matches!(run.mode, Mode::Fix) {
            let (head, tail) = (run.format.head(&totals), run.format.tail(&totals, run.up_to));
            write!(stderr, "{head}{}{tail}", report.rendered)?;
        }
        return Ok(exit_code(check, run, &totals));
    }
    super::report(check, run, &[report], true)
}
