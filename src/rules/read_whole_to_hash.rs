//! MEM110: a file is read whole to be hashed.

use ruff_python_ast::{Expr, ExprAttribute, ExprCall, PythonVersion};
use ruff_text_size::Ranged;

use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::handles::{Whole, WholeRead};
use crate::facts::nodes::NodeId;
use crate::facts::scopes::{Resolution, ScopeKind};
use crate::facts::types::Kind;
use crate::facts::usage::Usage;
use crate::fix::{Edit, Fix, Safety};
use crate::imports;
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/read-whole-to-hash.md")),
    on: &[On::CallTo(CONSTRUCTORS, constructed), On::Method(&["update"], updated)],
    over: &[],
};

/// Functions that take bytes in and give a sum of them.
const CONSTRUCTORS: &[&str] = &[
    "hashlib.blake2b",
    "hashlib.blake2s",
    "hashlib.md5",
    "hashlib.new",
    "hashlib.sha1",
    "hashlib.sha224",
    "hashlib.sha256",
    "hashlib.sha384",
    "hashlib.sha3_224",
    "hashlib.sha3_256",
    "hashlib.sha3_384",
    "hashlib.sha3_512",
    "hashlib.sha512",
    "hashlib.shake_128",
    "hashlib.shake_256",
    "zlib.adler32",
    "zlib.crc32",
    "binascii.crc32",
];

fn constructed<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let facts = cx.facts;
    let Some(name) = facts.qualified(&call.func) else { return };
    let short = name.rsplit('.').next().unwrap_or_default().to_owned();
    let is_sum = !name.starts_with("hashlib.");
    let content = match (short.as_str(), &call.arguments.args[..]) {
        ("new", [_, content]) => content,
        ("new", _) => return,
        // A running sum is hashed in pieces already, or its start is no zero.
        (_, [content]) => content,
        _ => return,
    };
    let Some(whole) = wanted(facts, content) else { return };
    let has_digest = cx.settings.target_version >= PythonVersion::PY311;
    let help = match whole.whole {
        _ if is_sum => format!("run `{short}` over pieces: pass the sum so far as second argument"),
        Whole::File if has_digest => "let `hashlib.file_digest` read it in pieces".to_owned(),
        Whole::Path if has_digest => {
            "open the path and let `hashlib.file_digest` read it in pieces".to_owned()
        }
        _ => "read and `update` in pieces".to_owned(),
    };
    let fix = if has_digest && !is_sum { digested(cx, call, &short, &whole) } else { None };
    report(cx, call, &whole, &short, help, fix);
}

fn updated<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall, method: &'a ExprAttribute) {
    let facts = cx.facts;
    let [content] = &call.arguments.args[..] else { return };
    if !call.arguments.keywords.is_empty() || facts.kind_of(&method.value) != Kind::Hash {
        return;
    }
    let Some(whole) = wanted(facts, content) else { return };
    let help = match whole.whole {
        Whole::Path => "open the path, read and `update` in pieces",
        Whole::Member => "open the member, read and `update` in pieces",
        Whole::File => "read and `update` in pieces",
    };
    let fix = looped(cx, call, method, &whole);
    report(cx, call, &whole, "update", help.to_owned(), fix);
}

/// The file that is read whole, unless it is small.
fn wanted<'f, 'a>(facts: &'f Facts<'a>, content: &'a Expr) -> Option<WholeRead<'f, 'a>> {
    let whole = facts.whole_read(content)?;
    // Text cannot be hashed.
    let quiet = whole.content == Kind::Str || facts.is_small_read(&whole) || facts.source.is_test();
    (!quiet).then_some(whole)
}

fn report<'a>(
    cx: &mut Cx<'_, 'a>,
    call: &'a ExprCall,
    whole: &WholeRead<'_, 'a>,
    taker: &str,
    help: String,
    fix: Option<Fix>,
) {
    let text = cx.text(whole.source.range());
    let source = if text.len() <= 30 && !text.contains('\n') {
        format!("`{text}`")
    } else {
        "the file".to_owned()
    };
    let of = if whole.whole == Whole::Member { "a whole member of" } else { "the whole of" };
    let holder = match (&whole.named, &*whole.read.func) {
        (Some((once, _)), _) => once.definition.name,
        (None, Expr::Attribute(method)) => method.attr.as_str(),
        _ => "read",
    };
    let label = format!("`{holder}` holds {of} {source}; `{taker}` takes it in pieces as well");
    let named = whole.named.is_some();
    let diagnostic = cx.report(whole.read.range(), label);
    diagnostic.help(help).fix(fix);
    if named {
        diagnostic.related(call.range(), "hashed here, and not used again");
    }
}

/// Whether reading in pieces is known to be the same: the file is opened in binary mode.
fn is_proven<'a>(facts: &Facts<'a>, whole: &WholeRead<'_, 'a>) -> bool {
    whole.content == Kind::Bytes
        && whole.opened.is_some_and(|opened| facts.opens_plainly(opened.call))
}

/// `hashlib.sha256(file.read())` becomes `hashlib.file_digest(file, hashlib.sha256)`.
fn digested<'a>(
    cx: &Cx<'_, 'a>,
    call: &'a ExprCall,
    short: &str,
    whole: &WholeRead<'_, 'a>,
) -> Option<Fix> {
    let facts = cx.facts;
    let plain = whole.whole == Whole::File && whole.content == Kind::Bytes;
    if !plain || !call.arguments.keywords.is_empty() || cx.has_comment(call.range()) {
        return None;
    }
    let mut edits = Vec::new();
    if let Some((once, read)) = &whole.named {
        edits.push(edits::without_assignment(facts, once, read)?.0);
    }
    let algorithm = match (short, call.arguments.args.first()) {
        ("new", Some(name)) => cx.text(name.range()),
        _ => cx.text(call.func.range()),
    };
    let id = facts.nodes().id(call);
    let digest = imports::reach(facts, "hashlib", Some("file_digest"), id)?;
    let file = cx.text(whole.source.range());
    edits.push(Edit::replace(call.range(), format!("{}({file}, {algorithm})", digest.name)));
    edits.extend(digest.edit);
    // What the file is closed by, and what is evaluated first, stays the same for a name.
    let safe = is_proven(facts, whole) && whole.source.is_name_expr() && short != "new";
    Fix::new("Hash in pieces", if safe { Safety::Safe } else { Safety::Unsafe }, edits)
}

/// `hash.update(file.read())` becomes a loop over pieces.
fn looped<'a>(
    cx: &Cx<'_, 'a>,
    call: &'a ExprCall,
    method: &'a ExprAttribute,
    whole: &WholeRead<'_, 'a>,
) -> Option<Fix> {
    let facts = cx.facts;
    let nodes = facts.nodes();
    let id = nodes.id(call);
    let Usage::Discarded(statement) = facts.usage(id).usage else { return None };
    let names = whole.source.is_name_expr() && method.value.is_name_expr();
    let stmt = nodes.get(statement)?.as_stmt()?;
    if !names
        || whole.whole != Whole::File
        || whole.content != Kind::Bytes
        || cx.settings.target_version < PythonVersion::PY38
        || cx.has_comment(call.range())
        || !edits::begins_line(facts, stmt.start())
        || !is_unused(facts, "chunk", id)
    {
        return None;
    }
    // The statements after a `;` would be taken into the loop.
    let after = facts.tokens.after(stmt.end()).iter().find(|token| !token.kind().is_trivia());
    if after.is_some_and(|token| token.kind() == ruff_python_ast::token::TokenKind::Semi) {
        return None;
    }
    let mut edits = Vec::new();
    if let Some((once, read)) = &whole.named {
        edits.push(edits::without_assignment(facts, once, read)?.0);
    }
    let text = facts.source.text();
    let lines = facts.source.lines();
    let line = lines.line_start(lines.line_index(stmt.start()), text);
    let indent = cx.text(ruff_text_size::TextRange::new(line, stmt.start()));
    let step = if indent.contains('\t') { "\t" } else { "    " };
    let newline = facts.source.line_break();
    let (file, hash) = (cx.text(whole.source.range()), cx.text(method.value.range()));
    edits.push(Edit::replace(
        stmt.range(),
        format!("while chunk := {file}.read(1 << 20):{newline}{indent}{step}{hash}.update(chunk)"),
    ));
    let safety = if is_proven(facts, whole) { Safety::Safe } else { Safety::Unsafe };
    Fix::new("Hash in pieces", safety, edits)
}

/// Whether a name can be given a value at a node without anybody noticing.
fn is_unused(facts: &Facts<'_>, name: &str, at: NodeId) -> bool {
    let scope = facts.scopes().body_scope(facts.nodes().scope(at));
    matches!(facts.scopes().get(scope).kind, ScopeKind::Function(_))
        && facts.names().lookup(name, scope) == Resolution::Builtin
        && facts.names().binding(scope, name).is_none()
        && !facts.is_reflected(scope)
}
