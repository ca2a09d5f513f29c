//! The floor under `heaplint check`: find, read and parse the files with the same crates, threads
//! and allocator, and do nothing else. `benches/compare.py` measures against it.

use std::path::PathBuf;
use std::sync::Arc;

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
    let parsed = pool.install(|| {
        found
            .jobs
            .par_iter()
            .with_max_len(4)
            .filter(|job| {
                let bytes = std::fs::read(&job.path).unwrap_or_default();
                heaplint::parses(&Source::from_bytes(&job.path, bytes), &settings)
            })
            .count()
    });
    println!("{parsed} of {} files parse", found.jobs.len());
    Ok(())
}
