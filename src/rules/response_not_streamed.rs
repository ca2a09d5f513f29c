//! MEM111: the whole body of a response is held although it only passes through.

use ruff_python_ast::{Expr, ExprAttribute, ExprCall};
use ruff_text_size::Ranged;

use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::responses::{Body, Client};
use crate::facts::scopes::Resolution;
use crate::facts::types::Kind;
use crate::facts::usage::{Usage, UsedOnce};
use crate::fix::{Edit, Fix, Safety};
use crate::imports;
use crate::rule::{Level, On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/response-not-streamed.md")),
    on: &[
        On::Method(&["iter_content", "iter_lines", "iter_bytes", "iter_text"], check_parts),
        On::Method(&["write", "write_bytes", "write_text", "update"], check_sink),
        On::CallTo(HASHES, check_hash),
        On::CallTo(&["io.BytesIO"], check_archive),
    ],
    over: &["MEM109", "MEM110"],
};

const HASHES: &[&str] = &[
    "hashlib.blake2b",
    "hashlib.blake2s",
    "hashlib.md5",
    "hashlib.sha1",
    "hashlib.sha224",
    "hashlib.sha256",
    "hashlib.sha384",
    "hashlib.sha3_256",
    "hashlib.sha3_512",
    "hashlib.sha512",
];

/// Chunks of a megabyte.
const CHUNK: &str = "1 << 20";

/// `requests.get(url).iter_lines()`: there is nothing left to read in parts.
fn check_parts<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall, method: &'a ExprAttribute) {
    let facts = cx.facts;
    let Some(request) = facts.request_of(&method.value) else { return };
    if request.streams != Some(false)
        || facts.source.is_test()
        || !facts.is_read_only_here(&method.value)
    {
        return;
    }
    let label = format!(
        "`{}` reads the whole body before `{}` gives its first part",
        last_name(&request.call.func),
        method.attr
    );
    let fix = streamed(facts, request.call)
        .filter(|_| request.client == Client::Requests)
        .and_then(|edit| Fix::new("Stream the body", Safety::Unsafe, vec![edit]));
    let help = match request.client {
        Client::Requests => "pass `stream=True`",
        _ => "use `with httpx.stream(..) as response`",
    };
    let diagnostic = cx.report(request.call.range(), label);
    diagnostic.help(help).fix(fix).related(call.range(), "read in parts here");
}

/// `handle.write(response.content)` and the like.
fn check_sink<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall, method: &'a ExprAttribute) {
    let facts = cx.facts;
    let [argument] = &call.arguments.args[..] else { return };
    let Some((body, value)) = body_of(facts, argument) else { return };
    let (sink, goes) = match (method.attr.as_str(), facts.kind_of(&method.value)) {
        ("write", Kind::File) => (Sink::File, "is written"),
        ("write_bytes" | "write_text", Kind::Path) => (Sink::Path, "is written"),
        ("update", Kind::Hash) => (Sink::Hash, "is hashed"),
        _ => return,
    };
    let discarded = matches!(facts.usage(facts.nodes().id(call)).usage, Usage::Discarded(_));
    let fix = match sink {
        Sink::File if discarded => to_file(cx, call, method, &body, value, argument),
        _ => None,
    };
    report(cx, &body, goes, sink).fix(fix);
}

fn check_hash<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let [argument] = &call.arguments.args[..] else { return };
    if let Some((body, _)) = body_of(cx.facts, argument) {
        report(cx, &body, "is hashed", Sink::Hash);
    }
}

/// `zipfile.ZipFile(io.BytesIO(response.content))` and the like.
fn check_archive<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let facts = cx.facts;
    let [argument] = &call.arguments.args[..] else { return };
    let used = facts.usage(facts.nodes().id(call));
    let Some(opened) = used.usage.taken_by().filter(|_| used.through.is_direct()) else { return };
    let sink = match facts.qualified(&opened.func) {
        Some("tarfile.open") => Sink::Tar,
        Some("zipfile.ZipFile") => Sink::Zip,
        Some("gzip.open" | "gzip.GzipFile" | "bz2.open" | "lzma.open") => Sink::Unpacked,
        _ => return,
    };
    if let Some((body, _)) = body_of(facts, argument) {
        report(cx, &body, "is unpacked", sink).level = Level::Info;
    }
}

/// Where a body goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sink {
    File,
    Path,
    Hash,
    Tar,
    Zip,
    Unpacked,
}

fn report<'c>(
    cx: &'c mut Cx<'_, '_>,
    body: &Body<'_>,
    goes: &str,
    sink: Sink,
) -> &'c mut crate::diagnostic::Diagnostic {
    let attribute = body.by.attr.as_str();
    let label = format!("`{attribute}` holds the whole body before it {goes}");
    let parts = match body.request.client {
        Client::Requests => "`iter_content` of a request with `stream=True`",
        Client::Httpx => "`iter_bytes` of `httpx.stream(..)`",
        Client::Urllib | Client::S3 => "`read(1 << 20)` in a loop",
        Client::Aiohttp => "`content.iter_chunked(1 << 20)`",
    };
    let help = match (sink, body.request.client) {
        (Sink::File | Sink::Path, Client::Urllib | Client::S3) => {
            "copy the response with `shutil.copyfileobj`".to_owned()
        }
        (Sink::File | Sink::Path, _) => format!("write the parts that {parts} gives"),
        (Sink::Hash, _) => format!("hash the parts that {parts} gives"),
        (Sink::Tar, Client::Urllib) => "open the response itself with mode `r|*`".to_owned(),
        (Sink::Tar | Sink::Unpacked, Client::Requests) => {
            "open `response.raw` of a request with `stream=True`".to_owned()
        }
        (Sink::Unpacked, Client::Urllib) => "open the response itself".to_owned(),
        (Sink::Tar | Sink::Unpacked | Sink::Zip, _) => {
            "copy the body to a temporary file first".to_owned()
        }
    };
    // A text is a page or a document, which is rarely large.
    let text = attribute == "text";
    let diagnostic = cx.report(body.by.range(), label);
    diagnostic.help(help).related(body.request.call.range(), "requested here");
    if text {
        diagnostic.level = diagnostic.level.min(Level::Info);
    }
    diagnostic
}

/// The body that an argument is, directly or through a name that is used once, and the expression
/// that reads it.
fn body_of<'a>(facts: &Facts<'a>, argument: &'a Expr) -> Option<(Body<'a>, &'a Expr)> {
    let value = match argument {
        Expr::Name(name) => {
            let Resolution::Binding(binding) = facts.names().resolve(name) else { return None };
            facts.used_once(binding).filter(UsedOnce::is_direct)?.value?
        }
        _ => argument,
    };
    let body = facts.whole_body(value)?;
    (!facts.source.is_test()).then_some((body, value))
}

/// The fix for a body that is written to a file.
fn to_file<'a>(
    cx: &Cx<'_, 'a>,
    call: &'a ExprCall,
    method: &'a ExprAttribute,
    body: &Body<'a>,
    value: &'a Expr,
    argument: &'a Expr,
) -> Option<Fix> {
    let facts = cx.facts;
    let edits = match (body.request.client, body.request.streams, body.by.attr.as_str()) {
        (Client::Requests, Some(streams), "content") => {
            let mut edits = vec![
                Edit::replace(method.attr.range(), "writelines"),
                Edit::replace(body.by.attr.range(), format!("iter_content({CHUNK})")),
            ];
            if !streams {
                edits.push(streamed(facts, body.request.call)?);
            }
            edits
        }
        (Client::Urllib, ..) if std::ptr::eq(value, argument) => {
            // The response is opened before the file then.
            let simple = matches!(&*method.value, Expr::Name(_) | Expr::Attribute(_));
            if !simple || cx.has_comment(call.range()) {
                return None;
            }
            let copy =
                imports::reach(facts, "shutil", Some("copyfileobj"), facts.nodes().id(call))?;
            let response = cx.text(edits::parenthesized(facts, body.response));
            let file = cx.text(method.value.range());
            let mut edits = vec![
                Edit::replace(method.range(), copy.name),
                Edit::replace(argument.range(), format!("{response}, {file}")),
            ];
            edits.extend(copy.edit);
            edits
        }
        _ => return None,
    };
    Fix::new("Write the body in parts", Safety::Unsafe, edits)
}

/// The edit that makes a request stream.
fn streamed<'a>(facts: &Facts<'a>, request: &'a ExprCall) -> Option<Edit> {
    match request.arguments.find_keyword("stream") {
        Some(keyword) => Some(Edit::replace(keyword.value.range(), "True")),
        None => edits::add_argument(facts, request, "stream=True"),
    }
}

fn last_name(function: &Expr) -> &str {
    match function {
        Expr::Attribute(it) => it.attr.as_str(),
        Expr::Name(it) => it.id.as_str(),
        _ => "the request",
    }
}
