//! MEM112: a limit on the size is looked at when everything has been read.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::catalog::uploads::Upload;
use crate::cx::Cx;
use crate::facts::limits::{LateLimit, Origin};
use crate::facts::responses::Client;
use crate::rule::{Level, On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/size-checked-after-read.md")),
    on: &[On::CallTo(&["len"], check)],
    over: &[],
};

fn check<'a>(cx: &mut Cx<'_, 'a>, len: &'a ExprCall) {
    let facts = cx.facts;
    if facts.source.is_test() {
        return;
    }
    let Some(late) = facts.late_limit(len) else { return };
    let held = late.held;
    let source = cx.quoted(held.source, 40, "its source");
    let limit = cx.quoted(late.limit, 40, "the limit");
    let by = match held.read {
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(it) => it.attr.as_str(),
            Expr::Name(it) => it.id.as_str(),
            _ => "the call",
        },
        Expr::Attribute(it) => it.attr.as_str(),
        _ => "the call",
    };
    let what = match held.origin {
        Origin::Output => "holds all output".to_owned(),
        Origin::Unpacked(_) => format!("unpacks all of {source}"),
        Origin::Body | Origin::FlaskBody => "holds the whole body of the request".to_owned(),
        Origin::Response(_) => "holds the whole body of the response".to_owned(),
        _ => format!("holds all of {source}"),
    };
    let label = format!("`{by}` {what} before its size is compared with {limit}");
    let help = help(&late, &source, &limit);
    let diagnostic = cx.report(held.read.range(), label);
    diagnostic.help(help).related(late.compare.range(), "the limit is looked at here");
    // Files are rarely those of strangers, and output cannot be bounded by another argument.
    if matches!(held.origin, Origin::File | Origin::Path | Origin::Output) {
        diagnostic.level = diagnostic.level.min(Level::Info);
    }
}

/// What to do instead.
fn help(late: &LateLimit<'_>, source: &str, limit: &str) -> String {
    // The limit as it is written counts other units.
    let most = if late.scaled {
        "one byte more than the limit".to_owned()
    } else {
        format!("{limit} and one byte more")
    };
    match late.held.origin {
        Origin::Upload(Upload::Starlette | Upload::Django) => {
            format!("read {most} at most, or look at the `size` of {source} first")
        }
        Origin::Upload(Upload::Werkzeug) | Origin::File | Origin::Input => {
            format!("read {most} at most")
        }
        Origin::Response(Client::Urllib | Client::S3) => format!("read {most} at most"),
        Origin::Path => {
            format!(
                "look at `stat().st_size` of {source} first, or open it and read {most} at most"
            )
        }
        Origin::Member => "look at the `file_size` of the member first".to_owned(),
        Origin::Body => "count the parts that `stream()` of the request gives".to_owned(),
        Origin::FlaskBody => {
            "look at `content_length` of the request first, or set `MAX_CONTENT_LENGTH`".to_owned()
        }
        Origin::Response(Client::Requests) => {
            "pass `stream=True` and count the parts that `iter_content` gives".to_owned()
        }
        Origin::Response(Client::Httpx) => {
            "count the parts that `iter_bytes` of `httpx.stream(..)` gives".to_owned()
        }
        Origin::Response(Client::Aiohttp) => {
            "count the parts that `content.iter_chunked(1 << 16)` gives".to_owned()
        }
        Origin::Output => "read the pipe in parts, and stop the process at the limit".to_owned(),
        Origin::Unpacked("zlib") => {
            format!("give `zlib.decompressobj().decompress` {most} as its `max_length`")
        }
        Origin::Unpacked(module) => {
            format!("open it with `{module}` and read {most} at most")
        }
    }
}
