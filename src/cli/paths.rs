//! Files as the command line touches them: reading them, and writing what fixes made of them.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

use crate::source::Source;

/// A file that cannot be read: its source with the trouble.
pub(super) struct Unread {
    pub(super) source: Box<Source>,
    /// Whether the file is missing.
    pub(super) missing: bool,
}

/// A file's bytes.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Unread> {
    read_bytes(path).map_err(|error| {
        let missing = error.kind() == std::io::ErrorKind::NotFound;
        Unread { source: Box::new(Source::unreadable(path, message(&error))), missing }
    })
}

fn message(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or directory".to_owned(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        _ => error.to_string(),
    }
}

fn read_bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    // Opening a pipe would wait for its writer.
    let metadata = std::fs::metadata(path)?;
    if !metadata.is_file() {
        return Err(std::io::Error::other("not a regular file"));
    }
    let mut bytes = Vec::with_capacity(metadata.len() as usize + 1);
    File::open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Why a file was not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    /// Somebody else wrote it in the meantime.
    #[error("the file changed while it was being fixed, so it was left as it is now")]
    Changed,
    /// The text cannot be written in the encoding of the file.
    #[error("the text cannot be written in the encoding that the file declares")]
    Encoding,
    /// The system refused.
    #[error("{}", message(.0))]
    Io(#[from] std::io::Error),
}

/// Writes the new text of a source over its file, whose bytes were `before` when it was read.
///
/// The text goes to a temporary file in the same directory, which then takes the place of the
/// old one: a reader, and a crash, sees one or the other. The mode bits stay. A link is written
/// through.
pub(super) fn write(after: &Source, before: &[u8]) -> Result<(), WriteError> {
    let path = std::fs::canonicalize(after.path())?;
    let bytes = after.to_bytes().ok_or(WriteError::Encoding)?;
    let directory = path.parent().unwrap_or(Path::new("."));
    let permissions = std::fs::metadata(&path)?.permissions();
    if permissions.readonly() {
        return Err(WriteError::Io(std::io::ErrorKind::PermissionDenied.into()));
    }
    let mut temporary = tempfile::Builder::new().prefix(".heaplint-").tempfile_in(directory)?;
    temporary.write_all(&bytes)?;
    temporary.as_file().set_permissions(permissions)?;
    // Between this look and the next step is the only moment in which a change would be lost.
    if read_bytes(&path)? != before {
        return Err(WriteError::Changed);
    }
    temporary.persist(&path).map_err(|error| WriteError::Io(error.error))?;
    Ok(())
}
