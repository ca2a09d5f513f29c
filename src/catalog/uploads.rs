//! Uploads and bodies of requests: which classes of web frameworks hold what a client sends, and
//! what each knows of its size before it is read.

/// What a client sends, by the framework that holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upload {
    /// `UploadFile` of Starlette and FastAPI: a spooled file with a `size`.
    Starlette,
    /// `UploadedFile` of Django: a file with a `size`.
    Django,
    /// `FileStorage` of Werkzeug and Flask: a file without a size.
    Werkzeug,
}

/// Classes of uploads by their qualified name.
const UPLOADS: &[(&str, Upload)] = &[
    ("django.core.files.uploadedfile.InMemoryUploadedFile", Upload::Django),
    ("django.core.files.uploadedfile.TemporaryUploadedFile", Upload::Django),
    ("django.core.files.uploadedfile.UploadedFile", Upload::Django),
    ("fastapi.UploadFile", Upload::Starlette),
    ("fastapi.datastructures.UploadFile", Upload::Starlette),
    ("ninja.UploadedFile", Upload::Django),
    ("ninja.files.UploadedFile", Upload::Django),
    ("starlette.datastructures.UploadFile", Upload::Starlette),
    ("werkzeug.FileStorage", Upload::Werkzeug),
    ("werkzeug.datastructures.FileStorage", Upload::Werkzeug),
];

/// The kind of upload that a class is.
pub fn of_class(name: &str) -> Option<Upload> {
    UPLOADS.iter().find(|(class, _)| *class == name).map(|(_, upload)| *upload)
}

/// Whether a class is a request whose `body()` reads all that the client sends. Those of aiohttp
/// and Django stop at a limit of their own.
pub fn is_request(name: &str) -> bool {
    matches!(name, "fastapi.Request" | "fastapi.requests.Request" | "starlette.requests.Request")
}
