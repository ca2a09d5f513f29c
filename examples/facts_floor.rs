//! What all facts cost: find, read and parse the files as `heaplint check` does, and ask for every
//! fact there is. Beside `parse_floor` it gives the ratio.
//!
//! `cargo run --release --example facts_floor -- PATH..`

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use heaplint::cli::STACK;
use heaplint::config::Projects;
use heaplint::discover::{Walk, discover};
use heaplint::{Settings, Source};
use rayon::prelude::*;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> anyhow::Result<()> {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let pool = rayon::ThreadPoolBuilder::new().stack_size(STACK).build()?;
    let projects = Projects::isolated();
    let walk = Walk { threads: pool.current_num_threads(), respect_gitignore: true };
    let found = discover(&paths, &Arc::new(projects), walk);
    let settings = Settings::default();
    let sources: Vec<Source> = found
        .jobs
        .iter()
        .map(|job| Source::from_bytes(&job.path, std::fs::read(&job.path).unwrap_or_default()))
        .filter(|source| heaplint::parses(source, &settings))
        .collect();
    // Each file is parsed, and parsed with all facts, one after the other, so that a machine that
    // slows down slows both.
    let measured: Vec<(usize, Duration, Duration, &Source)> = pool.install(|| {
        sources
            .par_iter()
            .map(|source| {
                let start = Instant::now();
                heaplint::parses(source, &settings);
                let parse = start.elapsed();
                let start = Instant::now();
                let known = heaplint::force_facts(source, &settings).unwrap_or_default();
                (known, parse, start.elapsed(), source)
            })
            .collect()
    });
    let parse: Duration = measured.iter().map(|it| it.1).sum();
    let facts: Duration = measured.iter().map(|it| it.2).sum();
    let known: usize = measured.iter().map(|it| it.0).sum();
    println!(
        "{} files, {known} facts; parsing {parse:.2?}, parsing and all facts {facts:.2?}: {:.2}x",
        sources.len(),
        facts.as_secs_f64() / parse.as_secs_f64()
    );
    let mut slow: Vec<_> = measured.iter().map(|it| (it.2.saturating_sub(it.1), it.3)).collect();
    slow.sort_by_key(|(time, _)| std::cmp::Reverse(*time));
    for (time, source) in slow.iter().take(5) {
        println!("  {time:.2?}  {}", source.path().display());
    }
    Ok(())
}
