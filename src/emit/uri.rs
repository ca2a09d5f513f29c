//! Paths as URIs.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use super::place::relative;

/// A path as a URI.
pub(super) enum Uri {
    /// From the current directory.
    Relative(String),
    /// From the root, with its scheme.
    Absolute(String),
}

/// The URI of a path, relative to the current directory where the path is below it.
pub(super) fn of(path: &Path) -> Uri {
    let path = relative(path);
    if path.is_absolute() { Uri::Absolute(of_file(&path)) } else { Uri::Relative(bytes(&path)) }
}

/// The URI of an absolute path, with its scheme.
pub(crate) fn of_file(path: &Path) -> String {
    let encoded = bytes(path);
    let slash = if encoded.starts_with('/') { "" } else { "/" };
    format!("file://{slash}{encoded}")
}

/// The path of a URI; a relative one is from the current directory.
pub(crate) fn path(uri: &str) -> PathBuf {
    let (absolute, encoded) = match uri.strip_prefix("file://") {
        Some(encoded) => (true, encoded),
        None => (false, uri),
    };
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        match (first, digit(after.first()), digit(after.get(1))) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                rest = &after[2..];
            }
            _ => bytes.push(first),
        }
    }
    let path = PathBuf::from(String::from_utf8_lossy(&bytes).into_owned());
    if absolute { path } else { crate::config::absolute(&path) }
}

/// A path as a URI holds it.
fn bytes(path: &Path) -> String {
    if cfg!(windows) {
        return encoded(path.to_string_lossy().replace('\\', "/").as_bytes());
    }
    // Elsewhere a path is bytes, and a URI can hold each of them.
    encoded(path.as_os_str().as_encoded_bytes())
}

/// Each byte that a path in a URI cannot hold as itself as `%` and two digits.
fn encoded(path: &[u8]) -> String {
    let mut output = String::with_capacity(path.len());
    for &byte in path {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            output.push(char::from(byte));
        } else {
            let _ = write!(output, "%{byte:02X}");
        }
    }
    output
}

#[cfg(test)]
mod tests {
    use super::{Uri, of};
    use std::path::Path;

    #[test]
    #[cfg(unix)]
    fn paths_become_uris() {
        let text = |path: &str| match of(Path::new(path)) {
            Uri::Relative(uri) | Uri::Absolute(uri) => uri,
        };
        assert_eq!(text("./a b/#1%,é:x.py"), "a%20b/%231%25%2C%C3%A9%3Ax.py");
        assert_eq!(text("../a.py"), "../a.py");
        assert_eq!(text("/no such/a.py"), "file:///no%20such/a.py");
        assert_eq!(super::path("file:///no%20such/a.py"), Path::new("/no such/a.py"));
        let here = std::env::current_dir().unwrap();
        assert_eq!(super::path("a%20b/%231%25%2C%C3%A9%3Ax.py"), here.join("a b/#1%,é:x.py"));
        assert_eq!(text(here.join("x/y.py").to_str().unwrap()), "x/y.py");
    }
}
