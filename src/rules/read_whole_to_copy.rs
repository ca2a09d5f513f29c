//! MEM109: a file is read whole to be written elsewhere.

use ruff_python_ast::{Expr, ExprAttribute, ExprCall};
use ruff_text_size::Ranged;

use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::flow::same_place;
use crate::facts::handles::{Whole, WholeRead};
use crate::facts::types::Kind;
use crate::facts::usage::Usage;
use crate::fix::{Edit, Fix, Safety};
use crate::imports;
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/read-whole-to-copy.md")),
    on: &[On::Method(&["write", "write_bytes", "write_text", "writestr"], check)],
    over: &[],
};

/// Where the content goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Target {
    /// `file.write(..)`
    File,
    /// `path.write_bytes(..)`, `path.write_text(..)`
    Path,
    /// `archive.writestr(name, ..)`
    Archive,
}

fn check<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall, method: &'a ExprAttribute) {
    let facts = cx.facts;
    let target = match (method.attr.as_str(), facts.type_of(&method.value).kind_or_none()) {
        ("write", Kind::File) => Target::File,
        ("write", _) if is_standard_output(facts, &method.value) => Target::File,
        ("write_bytes" | "write_text", Kind::Path) => Target::Path,
        ("writestr", Kind::ZipFile) => Target::Archive,
        _ => return,
    };
    let ((Target::Archive, [_, content, ..]) | (_, [content])) = (target, &call.arguments.args[..])
    else {
        return;
    };
    let Some(whole) = facts.whole_read(content) else { return };
    let to = facts.opened(&method.value);
    let small = facts.is_small_read(&whole)
        || match target {
            Target::File => to.is_some_and(|to| facts.opens_small(to.call)),
            Target::Path => facts.is_path_of_small(&method.value),
            Target::Archive => {
                call.arguments.args.first().is_some_and(|it| facts.is_path_of_small(it))
            }
        };
    if small || facts.source.is_test() || same_place(whole.source, &method.value) {
        return;
    }
    let from = cx.quoted(whole.source, 30, "the file");
    let to = cx.quoted(&method.value, 30, "the file");
    let what = match &whole.named {
        Some((once, _)) => once.definition.name,
        None => method_name(whole.read),
    };
    let of = if whole.whole == Whole::Member { "a whole member of" } else { "the whole of" };
    let label = format!("`{what}` holds {of} {from} only to write it to {to}");
    let help = match (whole.whole, target) {
        (_, Target::Archive) => "add the file by its path: `write(path, name)`",
        (Whole::File, Target::File) => "copy in pieces: `shutil.copyfileobj`",
        (Whole::Path, Target::Path) => "copy the file: `shutil.copyfile`",
        (Whole::Member, _) => "open the member and copy in pieces: `shutil.copyfileobj`",
        (Whole::Path, _) => "open the path and copy in pieces: `shutil.copyfileobj`",
        (Whole::File, Target::Path) => "open the target and copy in pieces: `shutil.copyfileobj`",
    };
    let fix = fix(cx, call, method, &whole, target);
    let diagnostic = cx.report(whole.read.range(), label);
    diagnostic.help(help).fix(fix);
    if whole.named.is_some() {
        diagnostic.related(call.range(), "written here, and not used again");
    }
}

fn is_standard_output<'a>(facts: &Facts<'a>, expr: &'a Expr) -> bool {
    facts.qualified(expr).is_some_and(|name| {
        matches!(name, "sys.stdout" | "sys.stdout.buffer" | "sys.stderr" | "sys.stderr.buffer")
    })
}

fn method_name(call: &ExprCall) -> &str {
    match &*call.func {
        Expr::Attribute(method) => method.attr.as_str(),
        _ => "read",
    }
}

fn fix<'a>(
    cx: &Cx<'_, 'a>,
    call: &'a ExprCall,
    method: &'a ExprAttribute,
    whole: &WholeRead<'_, 'a>,
    target: Target,
) -> Option<Fix> {
    let facts = cx.facts;
    let id = facts.nodes().id(call);
    let copied = match (whole.whole, target) {
        (Whole::File, Target::File) => "copyfileobj",
        (Whole::Path, Target::Path) => "copyfile",
        _ => return None,
    };
    if !matches!(facts.usage(id).usage, Usage::Discarded(_))
        || !call.arguments.keywords.is_empty()
        || cx.has_comment(call.range())
        || is_same_file(cx, method, whole)
        || whole.content == Kind::Unknown
    {
        return None;
    }
    let safe = is_proven(cx, method, whole, target);
    let mut edits = Vec::new();
    if let Some((once, read)) = &whole.named {
        edits.push(edits::without_assignment(facts, once, read)?.0);
    }
    let shutil = imports::reach(facts, "shutil", Some(copied), id)?;
    let of = |expr: &'a Expr| match expr {
        Expr::Named(_) | Expr::Yield(_) | Expr::YieldFrom(_) => {
            cx.text(edits::parenthesized(facts, expr))
        }
        _ => cx.text(expr.range()),
    };
    let (from, to) = (of(whole.source), of(&method.value));
    edits.push(Edit::replace(call.range(), format!("{}({from}, {to})", shutil.name)));
    edits.extend(shutil.edit);
    Fix::new("Copy in pieces", if safe { Safety::Safe } else { Safety::Unsafe }, edits)
}

/// Whether both sides open what looks like the same file: copying would never end.
fn is_same_file<'a>(cx: &Cx<'_, 'a>, method: &'a ExprAttribute, whole: &WholeRead<'_, 'a>) -> bool {
    let from = whole.opened.and_then(|opened| opened.path);
    let to = cx.facts.opened(&method.value).map_or(Some(&*method.value), |opened| opened.path);
    from.zip(to).is_some_and(|(from, to)| cx.text(from.range()) == cx.text(to.range()))
}

/// Whether copying in pieces is known to be the same: both sides are names (two calls would run in
/// another order), both files give and take bytes as they are,
/// the target is written from its start, and nothing catches an error in the middle.
fn is_proven<'a>(
    cx: &Cx<'_, 'a>,
    method: &'a ExprAttribute,
    whole: &WholeRead<'_, 'a>,
    target: Target,
) -> bool {
    let facts = cx.facts;
    let names = whole.source.is_name_expr() && method.value.is_name_expr();
    if target == Target::Path || !names || facts.may_be_caught(facts.nodes().id(whole.read)) {
        return false;
    }
    let (Some(from), Some(to)) = (whole.opened, facts.opened(&method.value)) else { return false };
    let writes = facts.open_mode(to.call).is_some_and(|mode| {
        mode.starts_with(['w', 'x']) && mode.contains('b') && !mode.contains('+')
    });
    writes && whole.content == Kind::Bytes && facts.opens_plainly(from.call)
}
