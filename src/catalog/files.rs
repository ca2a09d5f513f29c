//! What is known of files: which are small whatever is in them, and which calls replace one.

/// Functions that open a file by its path, their first argument.
pub fn takes_path(name: &str) -> bool {
    matches!(
        name,
        "open"
            | "io.open"
            | "codecs.open"
            | "gzip.open"
            | "gzip.GzipFile"
            | "bz2.open"
            | "bz2.BZ2File"
            | "lzma.open"
            | "lzma.LZMAFile"
    )
}

/// Functions whose files walk the same lines that `readlines` lists. `codecs` ends lines at more
/// characters in the one than in the other.
pub fn walks_as_it_lists(name: &str) -> bool {
    !name.starts_with("codecs.")
}

/// Functions whose files give bytes as they lie on the disk: reading them in pieces fails where
/// reading them whole does, and nowhere else.
pub fn reads_plainly(name: &str) -> bool {
    matches!(
        name,
        "open"
            | "io.open"
            | "os.fdopen"
            | "tempfile.TemporaryFile"
            | "tempfile.NamedTemporaryFile"
            | "tempfile.SpooledTemporaryFile"
    )
}

/// Whether the last part of a path names a file that people write by hand: configuration,
/// documentation, sources, lists of packages.
pub fn is_small_name(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let stem = lower.rsplit_once('.').map_or(&*lower, |(stem, _)| stem);
    let stem = stem.trim_start_matches('.');
    is_small_suffix(&lower)
        || SMALL_STEMS.iter().any(|known| stem.starts_with(known))
        || lower.starts_with('.') && !lower.trim_start_matches('.').contains('.')
}

/// Whether the suffix of a name says that its file is one of those.
pub fn is_small_suffix(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let suffix = lower.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    SMALL_SUFFIXES.contains(&suffix)
}

/// Whether a name of a path says that its file is one of those.
pub fn is_small_word(name: &str) -> bool {
    name.to_ascii_lowercase().split('_').any(|word| SMALL_WORDS.contains(&word))
}

/// Whether a name says that what it means is about a program or its data: settings and the like,
/// which are small whatever the data is.
pub fn is_settings_word(name: &str) -> bool {
    name.to_ascii_lowercase()
        .split('_')
        .any(|word| SMALL_WORDS.contains(&word) || SETTINGS_WORDS.contains(&word))
}

/// Whether the suffix of a name says so.
pub fn is_settings_suffix(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let suffix = lower.rsplit_once('.').map_or("", |(_, suffix)| suffix);
    matches!(suffix, "cfg" | "conf" | "desktop" | "env" | "ini" | "lock" | "toml" | "yaml" | "yml")
}

/// Whether a path that begins so is a pseudo file or configuration of the system.
pub fn is_system(path: &str) -> bool {
    ["/proc/", "/sys/", "/etc/", "/dev/"].iter().any(|prefix| path.starts_with(prefix))
}

/// Suffixes of files that people write by hand.
const SMALL_SUFFIXES: &[&str] = &[
    "c",
    "cfg",
    "cmake",
    "conf",
    "cpp",
    "css",
    "desktop",
    "env",
    "h",
    "hpp",
    "htm",
    "html",
    "in",
    "ini",
    "j2",
    "js",
    "json",
    "lock",
    "md",
    "mk",
    "pem",
    "pid",
    "po",
    "properties",
    "py",
    "pyi",
    "pyx",
    "rb",
    "rs",
    "rst",
    "service",
    "sh",
    "sql",
    "template",
    "tex",
    "tmpl",
    "toml",
    "ts",
    "yaml",
    "yml",
];

/// How the names of such files begin where the suffix does not tell.
const SMALL_STEMS: &[&str] = &[
    "authorized_keys",
    "authors",
    "changelog",
    "changes",
    "config",
    "contributors",
    "credential",
    "dockerfile",
    "history",
    "known_hosts",
    "license",
    "makefile",
    "manifest",
    "news",
    "readme",
    "requirement",
    "secret",
    "token",
    "version",
];

/// Words of the names of their paths.
const SMALL_WORDS: &[&str] = &[
    "cfg",
    "conf",
    "config",
    "configfile",
    "ini",
    "license",
    "manifest",
    "readme",
    "requirements",
    "script",
    "settings",
    "template",
    "version",
];

/// More words of the names of what describes a program or its data.
const SETTINGS_WORDS: &[&str] = &[
    "about",
    "args",
    "configuration",
    "credentials",
    "info",
    "lock",
    "meta",
    "metadata",
    "options",
    "preferences",
    "prefs",
    "schema",
    "status",
    "summary",
    "token",
];

/// Functions that remove, replace or write the file at a path: the positions of such paths.
pub fn replaces(name: &str) -> Option<&'static [usize]> {
    Some(match name {
        "os.remove" | "os.unlink" | "os.truncate" | "shutil.rmtree" => &[0],
        "os.rename" | "os.replace" | "os.renames" | "shutil.move" => &[0, 1],
        "shutil.copy" | "shutil.copy2" | "shutil.copyfile" => &[1],
        _ => return None,
    })
}

/// Methods of a path that do so to its file.
pub fn replaces_own(method: &str) -> bool {
    matches!(method, "unlink" | "rename" | "replace" | "write_text" | "write_bytes" | "touch")
}
