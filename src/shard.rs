//! Which files of a run are one machine's share, for repositories that outgrow one machine.
//!
//! Files are put in the order of a hash of their paths, and that order is cut into parts of equal
//! size in bytes. Every machine computes the same cut from the same files; a file that grows moves
//! the cuts a little, so that most files stay where they were.

use std::path::Path;
use std::str::FromStr;

use crate::config::absolute;
use crate::discover::Job;
use crate::fingerprint::digest;

/// One of several parts, as in `2/4`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// From 1 to `count`.
    index: u32,
    count: u32,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let (index, count) =
            text.split_once('/').ok_or("a shard is written I/N, as in 1/4".to_owned())?;
        let number = |text: &str| {
            text.parse::<u32>().map_err(|_| format!("`{text}` is not a number of a shard"))
        };
        let (index, count) = (number(index)?, number(count)?);
        if index == 0 || index > count {
            return Err(format!("shards of {count} are 1/{count} to {count}/{count}"));
        }
        Ok(Shard { index, count })
    }
}

/// The files of a shard, in the order in which they were.
pub fn share(jobs: Vec<Job>, shard: Shard, directory: &Path) -> Vec<Job> {
    let size = |job: &Job| std::fs::metadata(&job.path).map_or(0, |it| it.len());
    let sizes: Vec<u64> = jobs.iter().map(size).collect();
    let names: Vec<String> = jobs.iter().map(|job| name(&job.path, directory)).collect();
    let parts = parts(&names, &sizes, shard.count);
    let own = parts.into_iter().map(|part| part + 1 == shard.index);
    jobs.into_iter().zip(own).filter(|(_, own)| *own).map(|(job, _)| job).collect()
}

/// A path that is the same on every machine: from the directory in which heaplint runs.
fn name(path: &Path, directory: &Path) -> String {
    let path = absolute(path);
    path.strip_prefix(directory).unwrap_or(&path).to_string_lossy().replace('\\', "/")
}

/// The part of each file, counted from 0.
fn parts(names: &[String], sizes: &[u64], count: u32) -> Vec<u32> {
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by_cached_key(|index| (digest(&[&names[*index]]), names[*index].clone()));
    // An empty file takes time as well.
    let weight = |index: usize| u128::from(sizes[index]) + 1;
    let total: u128 = (0..names.len()).map(weight).sum();
    let mut parts = vec![0; names.len()];
    let mut before = 0;
    for index in order {
        // A file belongs to the part that holds its middle.
        let middle = 2 * before + weight(index);
        parts[index] = (middle * u128::from(count) / (2 * total.max(1))) as u32;
        before += weight(index);
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::{Shard, parts};

    #[test]
    fn shards_are_read() {
        assert_eq!("2/4".parse(), Ok(Shard { index: 2, count: 4 }));
        for text in ["0/4", "5/4", "1", "1/0", "a/4", "1/4/2", "-1/4", ""] {
            assert!(text.parse::<Shard>().is_err(), "{text}");
        }
    }

    #[test]
    fn parts_are_of_one_size_and_keep_most_files_when_one_grows() {
        let names: Vec<String> = (0..2000).map(|n| format!("package/module_{n}.py")).collect();
        let mut sizes: Vec<u64> = (0..2000).map(|n| 500 + (n * 7919) % 9000).collect();
        let before = parts(&names, &sizes, 8);
        let total: u64 = sizes.iter().sum();
        for part in 0..8 {
            let own: u64 =
                sizes.iter().zip(&before).filter(|it| *it.1 == part).map(|it| it.0).sum();
            assert!(own.abs_diff(total / 8) < 10_000, "part {part} has {own} of {total}");
        }
        sizes[77] += 50_000;
        let after = parts(&names, &sizes, 8);
        let moved = before.iter().zip(&after).filter(|(a, b)| a != b).count();
        assert!(moved < 60, "{moved} files moved");
    }

    #[test]
    fn more_parts_than_files_leave_some_empty() {
        let names = vec!["a.py".to_owned(), "b.py".to_owned()];
        let mut found = parts(&names, &[0, 0], 5);
        found.sort_unstable();
        assert_eq!(found, [1, 3]);
        assert!(parts(&[], &[], 3).is_empty());
    }
}
