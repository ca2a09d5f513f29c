//! heaplint finds what makes Python programs use too much memory.
//!
//! ```text
//! paths -> discover -> jobs (path)
//!    on each worker, with a big stack, panics contained per file
//!       read -> Source          undecodable or unreadable: a diagnostic, never an abort
//!       parse -> tokens, module  errors are reported; rules are skipped
//!       facts walk -> Facts     the tables that every fact starts from; the rest when asked for
//!       rule walk               Dispatch -> hooks -> diagnostics
//!       emit                    the file's part of the report is rendered where it was found
//!    Report (sorted by path) -> one write -> exit 0 clean, 1 findings, 2 trouble
//! ```
//!
//! Two pure doors do all the work and cannot fail: [`analyze`] and [`fix::fix`]. Files, terminals
//! and clocks live in `cli`, `discover` and `lsp`.

#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

pub mod baseline;
pub mod catalog;
pub mod class_edits;
pub mod cli;
pub mod config;
pub mod cx;
mod depth;
pub mod diagnostic;
pub mod discover;
pub mod dispatch;
pub mod edits;
pub mod emit;
pub mod facts;
pub mod fingerprint;
pub mod fix;
pub mod grown;
pub mod imports;
pub mod lsp;
pub mod merge;
pub mod report;
pub mod rewrite;
pub mod rule;
pub mod rules;
pub mod shard;
pub mod source;
pub mod suppress;

use ruff_python_ast::ModModule;
use ruff_python_ast::token::Tokens;
use ruff_python_parser::{ParseOptions, Parsed, parse_unchecked};
use ruff_text_size::{Ranged, TextRange, TextSize};

pub use config::Settings;
pub use diagnostic::Diagnostic;
pub use fix::{Safety, fix};
pub use source::Source;

/// What analyzing a file gives.
#[derive(Debug)]
pub struct Analysis {
    /// The findings, sorted by place and code.
    pub diagnostics: Vec<Diagnostic>,
    /// What the analysis did, as exact counts.
    pub counters: Counters,
}

/// Exact counts of the work that an analysis did.
#[derive(Debug, Default, Clone)]
pub struct Counters {
    /// Statements and expressions.
    pub nodes: usize,
    /// Hook calls by the rule's position in the registry.
    pub hook_calls: Vec<u64>,
}

/// Analyzes a file. Never fails: whatever is wrong with the file is a diagnostic.
pub fn analyze(source: &Source, settings: &Settings) -> Analysis {
    let mut counters = Counters { nodes: 0, hook_calls: vec![0; rules::RULES.len()] };
    let mut diagnostics = Vec::new();
    if let Some(trouble) = source.trouble() {
        if settings.enabled(&rules::unreadable_file::RULE) {
            diagnostics.push(rules::unreadable_file::diagnostic(trouble));
        }
        return Analysis { diagnostics, counters };
    }
    // Before the tree is there, which takes the text out of the processor's caches.
    let suppresses = settings.suppressions && suppress::may_stand_in(source.text());
    match parse(source, settings) {
        Ok(parsed) => {
            let arena = facts::Arena::new();
            let facts = facts::Facts::new(source, parsed.tokens(), parsed.syntax(), &arena)
                .on(settings.target_version);
            counters.nodes = facts.nodes().len();
            diagnostics = settings.dispatch().run(&facts, settings, &mut counters.hook_calls);
            let ignored = settings.ignored_in(source.path());
            diagnostics.retain(|found| {
                config::position(found.rule).is_none_or(|index| !ignored.contains(index))
            });
            if suppresses {
                suppress::apply(&facts, settings, ignored, &mut diagnostics);
            }
            let mut places = fingerprint::Places::new(&facts);
            for found in &mut diagnostics {
                if !settings.fixes(found.rule) {
                    found.fix = None;
                }
                found.place = places.of(found.range.start());
            }
        }
        Err(error) => {
            if settings.enabled(&rules::syntax_error::RULE) {
                diagnostics.push(rules::syntax_error::diagnostic(source, &error));
            }
        }
    }
    for found in diagnostics.iter_mut().filter(|found| found.place.hash == 0) {
        found.place = fingerprint::unparsed(&found.label);
    }
    diagnostics.sort_by_key(|found| (found.range.start(), found.rule.spec.code, found.range.end()));
    Analysis { diagnostics, counters }
}

/// The facts of a file in words.
///
/// # Errors
///
/// What keeps the file from being read or parsed.
pub fn describe(
    source: &Source,
    settings: &Settings,
) -> Result<Vec<facts::describe::Told>, SyntaxError> {
    if let Some(trouble) = source.trouble() {
        return Err(SyntaxError { message: trouble.message.clone(), range: trouble.range });
    }
    let parsed = parse(source, settings)?;
    let arena = facts::Arena::new();
    let facts = facts::Facts::new(source, parsed.tokens(), parsed.syntax(), &arena)
        .on(settings.target_version);
    Ok(facts::describe::describe(&facts))
}

/// The large objects that a file's literals, ranges and comprehensions make, where their size is
/// known. None where the file does not parse.
pub fn sizes(source: &Source, settings: &Settings) -> Vec<facts::cost::Sized> {
    let Ok(parsed) = parse(source, settings) else { return Vec::new() };
    let arena = facts::Arena::new();
    let facts = facts::Facts::new(source, parsed.tokens(), parsed.syntax(), &arena)
        .on(settings.target_version);
    facts::cost::sized(&facts)
}

/// Asks for every fact of a file. Gives the number of answers that say something; `None` where the
/// file does not parse.
pub fn force_facts(source: &Source, settings: &Settings) -> Option<usize> {
    let parsed = parse(source, settings).ok()?;
    let arena = facts::Arena::new();
    Some(facts::Facts::new(source, parsed.tokens(), parsed.syntax(), &arena).force())
}

/// Whether a source parses for the target version.
pub fn parses(source: &Source, settings: &Settings) -> bool {
    parse(source, settings).is_ok()
}

/// The tokens of a source. `None` where it does not parse.
fn tokens(source: &Source, settings: &Settings) -> Option<Tokens> {
    Some(parse(source, settings).ok()?.tokens().clone())
}

/// The first thing that keeps a file from parsing.
#[derive(Debug)]
pub struct SyntaxError {
    /// What is wrong.
    pub message: String,
    /// Where.
    pub range: TextRange,
}

fn parse(source: &Source, settings: &Settings) -> Result<Parsed<ModModule>, SyntaxError> {
    // Python refuses a NUL anywhere in a file; the parser lets it pass in strings and comments.
    if let Some(at) = memchr::memchr(0, source.text().as_bytes()) {
        let start = TextSize::new(at as u32);
        let range = TextRange::at(start, TextSize::new(1));
        return Err(SyntaxError { message: "the file contains a NUL byte".to_owned(), range });
    }
    if let Some(range) = depth::too_deep(source.text(), source.kind()) {
        let message = format!(
            "the code nests more than {} levels deep; Python does not compile it",
            facts::cost::human_count(depth::DEEPEST as u64)
        );
        return Err(SyntaxError { message, range });
    }
    let options = ParseOptions::from(source.kind()).with_target_version(settings.target_version);
    let parsed = parse_unchecked(source.text(), options);
    let syntax = parsed.errors().first().map(|error| (error.error.to_string(), error.range()));
    let version =
        parsed.unsupported_syntax_errors().first().map(|error| (error.to_string(), error.range()));
    let first = [syntax, version].into_iter().flatten().min_by_key(|(_, range)| range.start());
    match (first, parsed.try_into_module()) {
        (None, Some(module)) => Ok(module),
        (Some((message, range)), _) => Err(SyntaxError { message, range }),
        (None, None) => {
            Err(SyntaxError { message: "not a module".to_owned(), range: TextRange::default() })
        }
    }
}
