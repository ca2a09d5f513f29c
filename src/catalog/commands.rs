//! Commands of the shell whose output is as large as the data: lists of files, histories, dumps,
//! contents of archives and files. What is not listed is taken to say little.

/// Whether the output of a command line is as large as the data that it reads. The words are those
/// of the line as far as they are known; an unknown word is `None`.
pub fn is_large(words: &[Option<&str>]) -> bool {
    let mut words = words;
    while let [Some("sudo" | "nice" | "ionice" | "time" | "env" | "command"), rest @ ..] = words {
        words = rest;
    }
    let [Some(program), rest @ ..] = words else { return false };
    let program = program.rsplit('/').next().unwrap_or(program);
    let program = program.strip_suffix(".exe").unwrap_or(program);
    let has = |flags: &[&str]| rest.iter().flatten().any(|word| flags.contains(word));
    let begins = |flags: &[&str]| {
        rest.iter().flatten().any(|word| flags.iter().any(|it| word.starts_with(it)))
    };
    let letter = |letter: char| {
        rest.iter()
            .flatten()
            .any(|word| word.starts_with('-') && !word.starts_with("--") && word.contains(letter))
    };
    // What asks the program about itself.
    if has(&["--version", "--help", "-V", "-h"]) {
        return false;
    }
    match program {
        "find" | "fd" | "fdfind" => !has(&["-quit", "-maxdepth", "--max-depth", "--max-results"]),
        "cat" | "zcat" | "bzcat" | "xzcat" | "zstdcat" | "lz4cat" => !rest.is_empty(),
        "gunzip" | "gzip" | "bunzip2" | "unxz" | "zstd" => letter('c') || has(&["--stdout"]),
        "tar" | "bsdtar" => {
            has(&["--list", "--to-stdout"])
                || letter('t')
                || letter('O')
                || matches!(rest.first(), Some(Some(first)) if !first.starts_with('-') && first.contains('t'))
        }
        "unzip" | "zipinfo" | "7z" | "7za" | "rar" | "unrar" => {
            program == "zipinfo" || letter('l') || letter('p') || has(&["l", "v", "lb", "vb"])
        }
        "ls" | "dir" => letter('R') || has(&["--recursive"]),
        "du" => {
            !(letter('s')
                || has(&["--summarize", "-d", "--max-depth"])
                || begins(&["--max-depth", "-d"]))
        }
        "git" => is_large_git(rest),
        "hg" => {
            let bounded = has(&["-l", "--limit", "-r", "--rev"]) || begins(&["-l", "--limit="]);
            has(&["log", "manifest", "status", "files", "locate"]) && !bounded
        }
        "svn" => {
            let bounded = has(&["-l", "--limit"]) || begins(&["-l", "--limit="]);
            has(&["log"]) && !bounded || has(&["ls", "list"]) && letter('R')
        }
        "journalctl" => {
            !(has(&["-n", "--lines", "--list-boots", "--disk-usage"])
                || begins(&["-n", "--lines="]))
        }
        "mysqldump" | "mariadb-dump" | "pg_dump" | "pg_dumpall" | "pg_restore" | "mongoexport"
        | "slapcat" | "ldapsearch" => true,
        "tshark" => letter('r') && !letter('c'),
        "tcpdump" => letter('r') && !letter('c'),
        "ffprobe" => {
            begins(&["-show_packets", "-show_frames"])
                || rest
                    .iter()
                    .flatten()
                    .any(|word| word.starts_with("packet=") || word.starts_with("frame="))
        }
        "samtools" => has(&["view", "depth", "mpileup"]) && !letter('c') && !has(&["-H"]),
        "bcftools" => has(&["view", "query"]) && !has(&["-h", "-l"]),
        "bedtools" => has(&["intersect", "getfasta", "genomecov", "bamtobed"]),
        "objdump" => letter('d') || letter('D') || letter('s') || has(&["--disassemble"]),
        "nm" | "strings" | "hexdump" | "xxd" | "od" => !rest.is_empty(),
        "readelf" => letter('s') || letter('a') || has(&["--syms", "--all"]),
        "lsof" | "locate" | "mdfind" => !rest.is_empty() && !letter('p'),
        "perf" => has(&["script"]),
        "docker" | "podman" | "kubectl" => {
            has(&["logs"]) && !(has(&["--tail"]) || begins(&["--tail="]))
        }
        "rclone" => has(&["ls", "lsl", "lsf"]),
        "restic" => has(&["ls", "find"]),
        "borg" => has(&["list"]) && has(&["--format", "--json-lines"]),
        "aws" | "gsutil" | "hdfs" | "hadoop" => {
            has(&["--recursive", "-r", "-R", "-lsr", "-cat", "-text", "cat"])
        }
        _ => false,
    }
}

/// Whether a command of `git` tells about all of a history or all files.
fn is_large_git(words: &[Option<&str>]) -> bool {
    let has = |flags: &[&str]| words.iter().flatten().any(|word| flags.contains(word));
    let begins = |flags: &[&str]| {
        words.iter().flatten().any(|word| flags.iter().any(|it| word.starts_with(it)))
    };
    // `-C path` and `-c name=value` stand before the command.
    let mut rest = words.iter();
    let command = loop {
        match rest.next() {
            Some(Some("-C" | "-c" | "--git-dir" | "--work-tree")) => {
                rest.next();
            }
            Some(Some(word)) if word.starts_with('-') => {}
            Some(Some(word)) => break *word,
            Some(None) | None => return false,
        }
    };
    let numbered = words.iter().flatten().any(|word| {
        word.strip_prefix('-')
            .is_some_and(|it| !it.is_empty() && it.bytes().all(|b| b.is_ascii_digit()))
    });
    let bounded = numbered
        || has(&["-n", "--max-count", "--no-walk", "--count"])
        || begins(&["-n", "--max-count="]);
    match command {
        // A revision that is not written out may be a range.
        "log" | "rev-list" => {
            let known = rest.clone().all(Option::is_some);
            let range =
                rest.clone().flatten().any(|word| word.contains("..") || word.starts_with('^'));
            known && !range && !bounded && !begins(&["--since", "--after"])
        }
        "ls-files" => {
            !has(&["--error-unmatch", "-u", "--unmerged", "-m", "--modified", "-d", "--deleted"])
        }
        "ls-tree" => rest.clone().flatten().any(|it| it.starts_with('-') && it.contains('r')),
        "cat-file" => begins(&["--batch"]),
        "fast-export" => true,
        _ => false,
    }
}
