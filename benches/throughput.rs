//! Throughput in one process and one thread: the parser alone, parser and facts walk, full check.
//!
//! `cargo bench` reads the running python3's standard library, or the tree that
//! `HEAPLINT_BENCH_TREE` names.

use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

use divan::Bencher;
use divan::counter::BytesCount;
use heaplint::config::Projects;
use heaplint::discover::{Walk, discover};
use heaplint::facts::{Arena, Facts};
use heaplint::{Settings, Source, analyze};
use ruff_python_parser::{Mode, ParseOptions, parse_unchecked};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// Files that are read once; deep ones would need the bigger stacks of the real program.
fn sources() -> Vec<Source> {
    let tree = std::env::var_os("HEAPLINT_BENCH_TREE").map_or_else(standard_library, PathBuf::from);
    let settings = Settings::default();
    let projects = Projects::isolated();
    let walk = Walk { threads: 1, respect_gitignore: true };
    let found = discover(&[tree], &Arc::new(projects), walk);
    found
        .jobs
        .iter()
        .take(600)
        .filter_map(|job| Some(Source::from_bytes(&job.path, std::fs::read(&job.path).ok()?)))
        .filter(|source| heaplint::parses(source, &settings))
        .collect()
}

fn standard_library() -> PathBuf {
    let print = "import sysconfig; print(sysconfig.get_paths()['stdlib'])";
    let output = Command::new("python3").args(["-c", print]).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    PathBuf::from(text.unwrap_or_default().trim())
}

fn bytes(sources: &[Source]) -> BytesCount {
    BytesCount::new(sources.iter().map(|source| source.text().len()).sum::<usize>())
}

#[divan::bench(sample_count = 10)]
fn a_parse(bencher: Bencher) {
    let sources = sources();
    bencher.counter(bytes(&sources)).bench_local(|| {
        for source in &sources {
            let options = ParseOptions::from(Mode::Module);
            divan::black_box(parse_unchecked(source.text(), options));
        }
    });
}

#[divan::bench(sample_count = 10)]
fn b_parse_and_facts(bencher: Bencher) {
    let sources = sources();
    bencher.counter(bytes(&sources)).bench_local(|| {
        for source in &sources {
            let options = ParseOptions::from(Mode::Module);
            if let Some(parsed) = parse_unchecked(source.text(), options).try_into_module() {
                let arena = Arena::new();
                let facts = Facts::new(source, parsed.tokens(), parsed.syntax(), &arena);
                divan::black_box(facts.nodes().len());
            }
        }
    });
}

#[divan::bench(sample_count = 10)]
fn c_check(bencher: Bencher) {
    let sources = sources();
    let settings = Settings::default();
    bencher.counter(bytes(&sources)).bench_local(|| {
        for source in &sources {
            divan::black_box(analyze(source, &settings).diagnostics.len());
        }
    });
}
