//! MEM203: a bytes object is copied whole on every pass of a loop, in every form and place.

use ruff_python_ast::{CmpOp, Expr, ExprContext, ExprName, Operator, Stmt, StmtAssign};
use ruff_text_size::{Ranged, TextSize};

use crate::cx::Cx;
use crate::facts::carried::{Carried, Place};
use crate::facts::flow::{Accumulation, Shape, same_place};
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::{BindingId, DefinitionKind};
use crate::facts::types::Kind;
use crate::fix::{Edit, Fix, Safety};
use crate::grown;
use crate::rewrite;
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/bytes-append-in-loop.md")),
    on: &[On::Accumulation(check)],
    over: &[],
};

fn check<'a>(cx: &mut Cx<'_, 'a>, step: &Accumulation<'a>) {
    let facts = cx.facts;
    let Some(carried) = facts.carried_by(step) else { return };
    if carried.kind != Kind::Bytes {
        return;
    }
    let target = cx.text(step.target.range());
    let copied = carried.copied_in_words("chunks");
    let label = format!(
        "each pass copies all of `{target}` again: bytes are never grown in place; {copied}"
    );
    let prepends = carried.steps.iter().any(|step| matches!(step.shape, Shape::Prepended));
    let help = if prepends {
        "collect the chunks in a list, reverse it, and join it once after the loop".to_owned()
    } else {
        format!(
            "make `{target}` a bytearray() where it is created, and take bytes({target}) where a \
             value leaves"
        )
    };
    let fix = fix(cx, carried);
    let diagnostic = grown::report(cx, carried, step, label, false);
    if fix.is_none() {
        diagnostic.help(help);
    }
    diagnostic.fix = fix;
}

/// A `bytearray` from the initialiser on, and `bytes` again where the value leaves. No fix where
/// the `bytearray` would be seen or would not help.
fn fix<'a>(cx: &Cx<'_, 'a>, carried: &Carried<'a>) -> Option<Fix> {
    let Place::Local(binding) = carried.place else { return None };
    let name = cx.text(carried.target().range());
    let (start, begin) = initialiser(cx, binding)?;
    let nodes = cx.facts.nodes();
    let builtins = ["bytes", "bytearray"];
    if !builtins.iter().all(|name| cx.facts.is_builtin_at(name, start)) {
        return None;
    }
    let outermost = cx.facts.loops().get(carried.outermost)?.node;
    reaches(cx, start, outermost)?;

    let mut edits = initial_edits(cx, begin);
    let steps: Vec<&Accumulation<'a>> = cx
        .facts
        .accumulations()
        .iter()
        .filter(|step| {
            step.target.is_name_expr()
                && same_place(step.target, carried.target())
                && cx.facts.scopes().body_scope(nodes.scope(step.node))
                    == cx.facts.names().scope(binding)
        })
        .collect();
    for step in &steps {
        if !adds_bytes_only(cx, step) {
            return None;
        }
        edits.extend(rewrite::as_append(cx, step)?);
    }

    // The statement of the initialiser's block in which the last append is.
    let last = cx.facts.names().definitions(binding).map(|definition| definition.node).max()?;
    let block = nodes.parent(start);
    let last = std::iter::successors(Some(last), |at| Some(nodes.parent(*at)))
        .take_while(|at| *at != NodeId::ROOT)
        .find(|at| nodes.parent(*at) == block)?;
    let boundary = nodes.get(last)?.end();

    let mut later = Vec::new();
    for (id, used) in cx.facts.names().uses(binding) {
        if used.range() == begin.targets[0].range() || is_of_step(cx, &steps, id, used) {
            continue;
        }
        if used.start() < begin.end() || used.ctx == ExprContext::Del {
            return None;
        }
        if shares(cx, id, used) {
            continue;
        }
        let returned = matches!(nodes.get(nodes.parent(id)), Some(Node::Stmt(Stmt::Return(_))));
        if used.start() >= boundary {
            later.push((id, used));
        } else if returned {
            edits.push(wrapped(cx, used));
        } else {
            return None;
        }
    }
    match &later[..] {
        [] => {}
        [(id, only)] if is_plain(cx, *id, start) => edits.push(wrapped(cx, only)),
        // A handler around the block may see the value before the line that restores it.
        several if !several.iter().all(|(id, _)| is_in_block(cx, *id, start)) => return None,
        _ => edits.push(restored(cx, begin, boundary, name)?),
    }
    Fix::new(format!("Grow `{name}` as a bytearray"), Safety::Unsafe, edits)
}

/// The only assignment of a name that is not an append.
fn initialiser<'a>(cx: &Cx<'_, 'a>, binding: BindingId) -> Option<(NodeId, &'a StmtAssign)> {
    let nodes = cx.facts.nodes();
    let mut found = None;
    for definition in cx.facts.names().definitions(binding) {
        match definition.kind {
            DefinitionKind::Augmented(Stmt::AugAssign(it)) if it.op == Operator::Add => continue,
            DefinitionKind::Assign { annotation: None, .. } => {}
            _ => return None,
        }
        if cx.facts.accumulations().iter().any(|step| step.node == definition.node) {
            continue;
        }
        let Some(Node::Stmt(Stmt::Assign(it))) = nodes.get(definition.node) else { return None };
        if it.targets.len() != 1 || found.is_some() || cx.facts.kind_of(&it.value) != Kind::Bytes {
            return None;
        }
        found = Some((definition.node, it));
    }
    found
}

/// Whether the loop comes after the initialiser in its block, or in a `with`, `try` or `if` there.
fn reaches(cx: &Cx<'_, '_>, start: NodeId, outermost: NodeId) -> Option<()> {
    let nodes = cx.facts.nodes();
    let block = nodes.parent(start);
    let mut at = outermost;
    while nodes.parent(at) != block {
        at = nodes.parent(at);
        match nodes.get(at)? {
            Node::Stmt(Stmt::With(_) | Stmt::Try(_) | Stmt::If(_)) => {}
            _ => return None,
        }
    }
    // Two branches of one statement have the same parent but are different blocks.
    let same = match (nodes.block(start), nodes.block(at)) {
        (Some(a), Some(b)) => std::ptr::eq(a, b),
        _ => false,
    };
    (same && start < at).then_some(())
}

/// Whether a node is in a statement of the initialiser's own block.
fn is_in_block(cx: &Cx<'_, '_>, id: NodeId, start: NodeId) -> bool {
    let nodes = cx.facts.nodes();
    let block = |at: NodeId| nodes.block(at).map(<[Stmt]>::as_ptr);
    std::iter::successors(Some(id), |at| Some(nodes.parent(*at)))
        .take_while(|at| *at != NodeId::ROOT)
        .find(|at| nodes.parent(*at) == nodes.parent(start))
        .is_some_and(|at| block(at) == block(start))
}

/// `b""` and `bytes()` become `bytearray()`, others go into one.
fn initial_edits(cx: &Cx<'_, '_>, begin: &StmtAssign) -> Vec<Edit> {
    let value = &*begin.value;
    let empty = match value {
        Expr::BytesLiteral(it) => it.value.bytes().next().is_none(),
        Expr::Call(call) => call.arguments.is_empty() && cx.text(call.func.range()) == "bytes",
        _ => false,
    };
    if empty && !cx.has_comment(value.range()) {
        return vec![Edit::replace(value.range(), "bytearray()")];
    }
    vec![Edit::insert(value.start(), "bytearray("), Edit::insert(value.end(), ")")]
}

/// Whether a longer sum adds nothing that is not known to be bytes: `data + number + tail` would
/// add up the other parts first.
fn adds_bytes_only<'a>(cx: &Cx<'_, 'a>, step: &Accumulation<'a>) -> bool {
    let Shape::Added { additions: 2.., .. } = step.shape else { return true };
    let mut at = step.value;
    while let Expr::BinOp(sum) = at {
        if cx.facts.kind_of(&sum.right) != Kind::Bytes {
            return false;
        }
        at = &sum.left;
    }
    true
}

/// Whether a use is the target of an append, or the old value in one that is rewritten.
fn is_of_step<'a>(
    cx: &Cx<'_, 'a>,
    steps: &[&Accumulation<'a>],
    id: NodeId,
    used: &ExprName,
) -> bool {
    let nodes = cx.facts.nodes();
    if let Some(Node::Stmt(Stmt::AugAssign(it))) = nodes.get(nodes.parent(id))
        && it.target.range() == used.range()
    {
        return true;
    }
    steps
        .iter()
        .any(|step| !matches!(step.shape, Shape::Augmented { .. }) && nodes.contains(step.node, id))
}

/// Methods that `bytes` and `bytearray` share and that do not return the type itself.
const SHARED: &[&str] =
    &["count", "decode", "endswith", "find", "hex", "index", "rfind", "rindex", "startswith"];

/// Whether a use does the same with a `bytearray`.
fn shares<'a>(cx: &Cx<'_, 'a>, id: NodeId, used: &'a ExprName) -> bool {
    let nodes = cx.facts.nodes();
    match nodes.get(nodes.parent(id)) {
        Some(Node::Stmt(Stmt::If(_) | Stmt::While(_))) => true,
        Some(Node::Expr(Expr::UnaryOp(it))) => it.op == ruff_python_ast::UnaryOp::Not,
        Some(Node::Expr(Expr::If(it))) => it.test.range() == used.range(),
        Some(Node::Expr(Expr::Compare(it))) => match (&it.ops[..], &it.comparators[..]) {
            ([CmpOp::Eq | CmpOp::NotEq], _) => true,
            ([CmpOp::In | CmpOp::NotIn], [right]) => right.range() == used.range(),
            _ => false,
        },
        Some(Node::Expr(Expr::Call(call))) => {
            call.arguments.len() == 1 && cx.facts.is_qualified(&call.func, "len")
        }
        Some(Node::Expr(Expr::Attribute(it))) => {
            let called = match nodes.get(nodes.parent(nodes.parent(id))) {
                Some(Node::Expr(Expr::Call(call))) => call.func.range() == it.range(),
                _ => false,
            };
            called && SHARED.contains(&it.attr.as_str())
        }
        _ => false,
    }
}

/// Whether a use can be wrapped where it stands: once for each run of the initialiser, and not in
/// an f-string, which may show its source.
fn is_plain(cx: &Cx<'_, '_>, id: NodeId, start: NodeId) -> bool {
    let nodes = cx.facts.nodes();
    nodes.innermost_loop(id) == nodes.innermost_loop(start)
        && nodes.scope(id) == nodes.scope(start)
        && !matches!(nodes.get(nodes.parent(id)), Some(Node::Expr(Expr::FString(_))))
}

fn wrapped(cx: &Cx<'_, '_>, used: &ExprName) -> Edit {
    Edit::replace(used.range(), format!("bytes({})", cx.text(used.range())))
}

/// The line `data = bytes(data)` after the statement with the last append.
fn restored(cx: &Cx<'_, '_>, begin: &StmtAssign, at: TextSize, name: &str) -> Option<Edit> {
    let text = cx.facts.source.text();
    let line = text[..begin.start().to_usize()].rfind('\n').map_or(0, |at| at + 1);
    let indent = &text[line..begin.start().to_usize()];
    let rest = &text[at.to_usize()..];
    let end = rest.find('\n')?;
    let behind = rest[..end].trim();
    if !indent.trim().is_empty() || !(behind.is_empty() || behind.starts_with('#')) {
        return None;
    }
    let at = at + TextSize::new(end as u32 + 1);
    let newline = if rest[..end].ends_with('\r') { "\r\n" } else { "\n" };
    Some(Edit::insert(at, format!("{indent}{name} = bytes({name}){newline}")))
}
