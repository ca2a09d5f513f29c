//! Values that are all there is of something from outside: an upload, a body, a file, the output
//! of a process, what was unpacked.

use ruff_python_ast::{Expr, ExprAttribute, ExprCall, ExprName, Operator};

use crate::catalog::uploads::{self, Upload};
use crate::facts::Facts;
use crate::facts::handles::Whole;
use crate::facts::responses::Client;
use crate::facts::scopes::DefinitionKind;

/// Names behind names, and conversions, that are looked through.
const DEPTH: u32 = 6;

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// An upload.
    Upload(Upload),
    /// The body of a request of Starlette.
    Body,
    /// The body of the request of Flask.
    FlaskBody,
    /// The body of a response.
    Response(Client),
    /// An open file.
    File,
    /// The file at a path.
    Path,
    /// A member of a zip archive.
    Member,
    /// The standard input.
    Input,
    /// What a process printed.
    Output,
    /// What a function unpacked: its module.
    Unpacked(&'static str),
}

/// A value that holds all of its source.
#[derive(Debug, Clone, Copy)]
pub struct HeldWhole<'a> {
    /// What reads all of it.
    pub read: &'a Expr,
    /// The source.
    pub source: &'a Expr,
    /// What the source is.
    pub origin: Origin,
}

impl<'a> Facts<'a> {
    /// The read that gave an expression all of its source, directly, by names and through
    /// conversions.
    pub fn held_whole(&self, expr: &'a Expr) -> Option<HeldWhole<'a>> {
        self.held_through(expr, DEPTH)
    }

    fn held_through(&self, expr: &'a Expr, depth: u32) -> Option<HeldWhole<'a>> {
        let depth = depth.checked_sub(1)?;
        match expr {
            Expr::Await(it) => self.held_through(&it.value, depth),
            Expr::Named(it) => self.held_through(&it.value, depth),
            Expr::Name(name) => match self.value_held(name)?.kind {
                DefinitionKind::Assign { value, .. } => self.held_through(value, depth),
                // `out, err = process.communicate()`
                DefinitionKind::Unpack(value) => self.held_through(value, depth),
                _ => None,
            },
            Expr::Subscript(it) => {
                self.held_through(&it.value, depth).filter(|held| is_communicate(held.read))
            }
            Expr::Attribute(it) => self.held_by_attribute(expr, it),
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(method) if is_conversion(method.attr.as_str()) => {
                    self.held_through(&method.value, depth)
                }
                Expr::Attribute(method) if call.arguments.is_empty() => {
                    self.held_by_method(expr, method).or_else(|| self.held_by_function(expr, call))
                }
                _ => self.held_by_function(expr, call),
            },
            _ => None,
        }
    }

    fn held_by_attribute(&self, read: &'a Expr, it: &'a ExprAttribute) -> Option<HeldWhole<'a>> {
        let held = |origin| HeldWhole { read, source: &it.value, origin };
        match it.attr.as_str() {
            "content" | "text" => {
                let request = self.request_of(&it.value)?;
                matches!(request.client, Client::Requests | Client::Httpx)
                    .then(|| held(Origin::Response(request.client)))
            }
            "stdout" | "stderr" => {
                let Expr::Call(run) = self.origin(&it.value) else { return None };
                (self.qualified(&run.func) == Some("subprocess.run")).then(|| held(Origin::Output))
            }
            "data" => (self.qualified(read) == Some("flask.request.data"))
                .then(|| held(Origin::FlaskBody)),
            _ => None,
        }
    }

    fn held_by_method(&self, read: &'a Expr, method: &'a ExprAttribute) -> Option<HeldWhole<'a>> {
        let source = &*method.value;
        let held = |origin| HeldWhole { read, source, origin };
        match method.attr.as_str() {
            "read" | "text" => {
                if let Some(upload) = self.upload_of(source) {
                    return Some(held(Origin::Upload(upload)));
                }
                if let Some(request) = self.request_of(source) {
                    let reads = match request.client {
                        Client::Aiohttp => true,
                        Client::Urllib | Client::S3 => method.attr.as_str() == "read",
                        Client::Requests | Client::Httpx => false,
                    };
                    return reads.then(|| held(Origin::Response(request.client)));
                }
                if method.attr.as_str() == "text" {
                    return None;
                }
                if self.is_standard_input(source) {
                    return Some(held(Origin::Input));
                }
                self.held_file(read)
            }
            "read_bytes" | "read_text" => self.held_file(read),
            "body" => self.is_request(source).then(|| held(Origin::Body)),
            "get_data" => (self.qualified(&read.as_call_expr()?.func)
                == Some("flask.request.get_data"))
            .then(|| held(Origin::FlaskBody)),
            "communicate" => {
                let Expr::Call(made) = self.origin(source) else { return None };
                matches!(
                    self.qualified(&made.func)?,
                    "subprocess.Popen"
                        | "asyncio.create_subprocess_exec"
                        | "asyncio.create_subprocess_shell"
                )
                .then(|| held(Origin::Output))
            }
            _ => None,
        }
    }

    /// A file that is read whole, unless it is a small one by its path.
    fn held_file(&self, read: &'a Expr) -> Option<HeldWhole<'a>> {
        let whole = self.whole_read(read)?;
        if self.is_small_read(&whole) {
            return None;
        }
        let origin = match whole.whole {
            Whole::File => Origin::File,
            Whole::Path => Origin::Path,
            Whole::Member => Origin::Member,
        };
        Some(HeldWhole { read, source: whole.source, origin })
    }

    fn held_by_function(&self, read: &'a Expr, call: &'a ExprCall) -> Option<HeldWhole<'a>> {
        let origin = match self.qualified(&call.func) {
            Some("subprocess.check_output" | "subprocess.getoutput") => Origin::Output,
            Some("zlib.decompress") => Origin::Unpacked("zlib"),
            Some("gzip.decompress") => Origin::Unpacked("gzip"),
            Some("bz2.decompress") => Origin::Unpacked("bz2"),
            Some("lzma.decompress") => Origin::Unpacked("lzma"),
            Some(_) => return None,
            None => return self.held_file(read),
        };
        let source = call.arguments.args.first()?;
        Some(HeldWhole { read, source, origin })
    }

    /// The upload that an expression is: by the annotation of a parameter, an item of a list of
    /// uploads, or a file of the request.
    fn upload_of(&self, expr: &'a Expr) -> Option<Upload> {
        if let Expr::Attribute(it) = expr
            && it.attr.as_str() == "file"
        {
            return self.upload_of(&it.value).filter(|upload| *upload == Upload::Starlette);
        }
        match self.origin(expr) {
            Expr::Name(name) => match self.definition_read(name)?.kind {
                DefinitionKind::Parameter { parameter, .. } => {
                    uploads::of_class(self.class_of_annotation(parameter.annotation()?)?)
                }
                DefinitionKind::Loop(iter) => uploads::of_class(self.class_of_items(iter)?),
                _ => None,
            },
            Expr::Subscript(it) => self.upload_in(&it.value),
            Expr::Call(call) => {
                let Expr::Attribute(method) = &*call.func else { return None };
                matches!(method.attr.as_str(), "get" | "pop")
                    .then(|| self.upload_in(&method.value))?
            }
            _ => None,
        }
    }

    /// The kind of upload that a mapping of the request holds.
    fn upload_in(&self, files: &'a Expr) -> Option<Upload> {
        let Expr::Attribute(it) = files else { return None };
        match it.attr.as_str() {
            "FILES" => Some(Upload::Django),
            "files" => {
                (self.qualified(files) == Some("flask.request.files")).then_some(Upload::Werkzeug)
            }
            _ => None,
        }
    }

    fn is_request(&self, expr: &'a Expr) -> bool {
        let Expr::Name(name) = expr else { return false };
        match self.definition_read(name).map(|found| found.kind) {
            Some(DefinitionKind::Parameter { parameter, .. }) => parameter
                .annotation()
                .and_then(|annotation| self.class_of_annotation(annotation))
                .is_some_and(uploads::is_request),
            _ => false,
        }
    }

    /// The class that an annotation names, alone, as `Class | None`, `Optional[Class]` or
    /// `Annotated[Class, ..]`.
    fn class_of_annotation(&self, annotation: &'a Expr) -> Option<&'a str> {
        match annotation {
            Expr::BinOp(it) if it.op == Operator::BitOr => match (&*it.left, &*it.right) {
                (class, Expr::NoneLiteral(_)) | (Expr::NoneLiteral(_), class) => {
                    self.qualified(class)
                }
                _ => None,
            },
            Expr::Subscript(it) => match (self.qualified(&it.value)?, &*it.slice) {
                ("typing.Optional", class) => self.qualified(class),
                ("typing.Annotated" | "typing_extensions.Annotated", Expr::Tuple(parts)) => {
                    self.class_of_annotation(parts.elts.first()?)
                }
                _ => None,
            },
            _ => self.qualified(annotation),
        }
    }

    /// The class of what a loop takes from a parameter that is annotated as a list.
    fn class_of_items(&self, iter: &'a Expr) -> Option<&'a str> {
        let Expr::Name(name) = iter else { return None };
        let annotation = annotation_of(self, name)?;
        let listed = match annotation {
            Expr::Subscript(it)
                if matches!(
                    self.qualified(&it.value),
                    Some("typing.Annotated" | "typing_extensions.Annotated")
                ) =>
            {
                it.slice.as_tuple_expr()?.elts.first()?
            }
            _ => annotation,
        };
        let Expr::Subscript(it) = listed else { return None };
        matches!(
            self.qualified(&it.value)?,
            "list" | "typing.List" | "typing.Sequence" | "collections.abc.Sequence"
        )
        .then(|| self.qualified(&it.slice))?
    }
}

fn annotation_of<'a>(facts: &Facts<'a>, name: &'a ExprName) -> Option<&'a Expr> {
    match facts.definition_read(name)?.kind {
        DefinitionKind::Parameter { parameter, .. } => parameter.annotation(),
        _ => None,
    }
}

/// Whether a method makes another form of the same content.
fn is_conversion(method: &str) -> bool {
    matches!(method, "decode" | "encode" | "strip" | "rstrip" | "lstrip")
}

fn is_communicate(read: &Expr) -> bool {
    matches!(read, Expr::Call(call)
        if matches!(&*call.func, Expr::Attribute(it) if it.attr.as_str() == "communicate"))
}
