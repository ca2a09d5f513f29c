//! The fix of MEM204: the method that grows the container in place. Only where the value belongs
//! to the loop: a plain local name that is given a new container right before it.

use ruff_python_ast::{DictItem, Expr, ExprDict, Stmt, StmtAssign};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::catalog::keeps::{self, Keeps};
use crate::cx::Cx;
use crate::edits;
use crate::facts::carried::{Carried, Place};
use crate::facts::flow::{Accumulation, Shape, same_place};
use crate::facts::freshness::Depth;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::{BindingId, DefinitionKind};
use crate::facts::types::Kind;
use crate::facts::usage::Usage;
use crate::fix::{Edit, Fix, Safety};

/// An edit of a step, and whether nothing can tell it from the copy.
struct Grown {
    edits: Vec<Edit>,
    certain: bool,
}

/// The fix, where the loop is the only holder of the container, `certain` or not.
pub(super) fn fix<'a>(cx: &Cx<'_, 'a>, carried: &Carried<'a>, certain: bool) -> Option<Fix> {
    let mut edits = Vec::new();
    let mut safe = certain;
    for step in &carried.steps {
        let grown = grown(cx, carried.kind, step)?;
        safe &= grown.certain;
        edits.extend(grown.edits);
    }
    let safety = if safe { Safety::Safe } else { Safety::Unsafe };
    Fix::new(format!("Grow `{}` in place", cx.text(carried.target().range())), safety, edits)
}

/// Whether the loop is certainly the only holder of what it would change. `None` where it is
/// certainly not, or where the container is no plain local name.
pub(super) fn owner<'a>(cx: &Cx<'_, 'a>, carried: &Carried<'a>) -> Option<bool> {
    match carried.place {
        Place::Local(binding) => owns(cx, carried, binding),
        _ => None,
    }
}

/// Whether the loop is the only holder of what it would change: the name is given a new container
/// by one statement before the loop in its block, and until the loop ends nobody else gets it.
/// `None` where somebody else certainly holds it.
fn owns<'a>(cx: &Cx<'_, 'a>, carried: &Carried<'a>, binding: BindingId) -> Option<bool> {
    let facts = cx.facts;
    let nodes = facts.nodes();
    let outermost = facts.loops().get(carried.outermost)?.node;
    let mut certain = true;
    let mut first = None;
    for definition in facts.names().definitions(binding) {
        if carried.is_step(definition.node) {
            continue;
        }
        let value = match definition.kind {
            DefinitionKind::Assign { value, .. } => value,
            // In place already.
            DefinitionKind::Augmented(_) => continue,
            _ => return None,
        };
        let Some(Node::Stmt(stmt)) = nodes.get(definition.node) else { return None };
        if matches!(stmt, Stmt::Assign(it) if it.targets.len() != 1) {
            return None;
        }
        certain &= facts.fresh(value, Depth::Outermost)?.certain && is_plain(cx, value);
        // After the loop the name may hold what it likes.
        if definition.node < outermost {
            certain &= first.is_none();
            first = Some(definition.node);
        }
    }
    let first = first?;
    let dominates = match (nodes.block(first), nodes.block(outermost)) {
        (Some(a), Some(b)) => std::ptr::eq(a, b) && nodes.parent(first) == nodes.parent(outermost),
        _ => false,
    };
    let end = nodes.get(outermost)?.end();
    let alone = facts
        .reads_of(binding)
        .filter(|read| nodes.get(*read).is_some_and(|node| node.end() <= end))
        .all(|read| carried.is_in_step(nodes, read) || leaves_nothing(cx, read, carried.kind));
    Some(certain && dominates && alone)
}

/// Whether no alias and no iterator of the container is left when the statement of a read is done.
fn leaves_nothing(cx: &Cx<'_, '_>, read: NodeId, kind: Kind) -> bool {
    let facts = cx.facts;
    let used = facts.usage(read);
    if used.through.named.is_some() {
        return false;
    }
    match used.usage {
        Usage::Contains(_)
        | Usage::Compared(_)
        | Usage::Formatted(_)
        | Usage::Indexed(_)
        | Usage::ItemDeleted(_)
        | Usage::ItemStored(_)
        | Usage::Operand(_)
        | Usage::Returned(_)
        | Usage::Sliced(_)
        | Usage::SpreadInto(_)
        | Usage::Tested(_) => true,
        Usage::Receiver(_, method) => matches!(
            keeps::receiver(kind, method),
            Some(Keeps::Nothing | Keeps::Element | Keeps::Elements)
        ),
        Usage::Argument(call, _) => matches!(
            facts.qualified(&call.func).and_then(keeps::argument),
            Some(Keeps::Nothing | Keeps::Element | Keeps::Elements)
        ),
        // A loop that makes the container anew is no finding.
        Usage::For(_) => true,
        _ => false,
    }
}

/// Whether a new container is of the builtin type itself: a display would turn a `Counter` into a
/// `dict`.
fn is_plain<'a>(cx: &Cx<'_, 'a>, value: &'a Expr) -> bool {
    match value {
        Expr::Call(call) => cx
            .facts
            .qualified(&call.func)
            .is_some_and(|name| matches!(name, "dict" | "list" | "set" | "sorted")),
        Expr::Name(_) => false,
        _ => true,
    }
}

/// The statement of a step written with a method or a store.
fn grown<'a>(cx: &Cx<'_, 'a>, kind: Kind, step: &Accumulation<'a>) -> Option<Grown> {
    let facts = cx.facts;
    let Some(Node::Stmt(Stmt::Assign(stmt))) = facts.nodes().get(step.node) else { return None };
    if facts.loads_below(step.node, step.target).count() != 1 {
        return None;
    }
    let name = cx.text(step.target.range());
    match (step.shape, &*stmt.value) {
        (Shape::Added { piece, additions: 1 }, _) if kind == Kind::List => match piece {
            Expr::List(it) if !it.elts.is_empty() => {
                displayed(cx, stmt, Display::of(LIST, it.range(), None, &it.elts), name)
            }
            _ => {
                let certain = facts.kind_of(piece) == Kind::List;
                let kept = edits::parenthesized(facts, piece);
                around(cx, stmt, kept, &format!("{name}.extend("), ")", certain)
            }
        },
        (Shape::Unpacked { first: true }, Expr::List(it)) => {
            let (old, rest) = it.elts.split_first()?;
            displayed(cx, stmt, Display::of(LIST, it.range(), Some(old.start()), rest), name)
        }
        (Shape::Unpacked { first: true }, Expr::Set(it)) => {
            let (old, rest) = it.elts.split_first()?;
            displayed(cx, stmt, Display::of(SET, it.range(), Some(old.start()), rest), name)
        }
        (Shape::Unpacked { first: true }, Expr::Dict(it)) => mapped(cx, stmt, it, name),
        (Shape::United, Expr::BinOp(it)) if same_place(&it.left, step.target) => {
            let kept = edits::parenthesized(facts, &it.right);
            let certain = facts.kind_of(&it.right) == kind;
            // A line break needs the parentheses that go.
            let broken = cx.text(kept).contains('\n') && kept == it.right.range();
            if broken {
                return None;
            }
            around(cx, stmt, kept, &format!("{name} |= "), "", certain)
        }
        (Shape::Method { call }, _) if kind == Kind::Set => {
            let certain = match &call.arguments.args[..] {
                [only] => !only.is_starred_expr() && is_container(facts.kind_of(only)),
                _ => false,
            };
            around(cx, stmt, call.arguments.range(), &format!("{name}.update"), "", certain)
        }
        _ => None,
    }
}

/// How a kind of container takes one item and many.
#[derive(Clone, Copy)]
struct Methods {
    one: &'static str,
    many: &'static str,
    open: &'static str,
    close: &'static str,
}

const LIST: Methods = Methods { one: "append", many: "extend", open: "[", close: "]" };
const SET: Methods = Methods { one: "add", many: "update", open: "{", close: "}" };

/// A display with the items that are added.
#[derive(Clone, Copy)]
struct Display<'a> {
    methods: Methods,
    range: TextRange,
    /// Where the old value is unpacked.
    old: Option<TextSize>,
    added: &'a [Expr],
}

impl<'a> Display<'a> {
    fn of(
        methods: Methods,
        range: TextRange,
        old: Option<TextSize>,
        added: &'a [Expr],
    ) -> Display<'a> {
        Display { methods, range, old, added }
    }
}

/// `acc.append(x)`, `acc.extend(xs)`, `acc.extend([x, y])`: what stands between the brackets stays.
fn displayed<'a>(
    cx: &Cx<'_, 'a>,
    stmt: &StmtAssign,
    display: Display<'a>,
    name: &str,
) -> Option<Grown> {
    let Methods { one, many, open, close } = display.methods;
    let first = display.added.first()?;
    let mut start = edits::parenthesized(cx.facts, first).start();
    let (method, open, close, certain) = match display.added {
        [Expr::Starred(it)] => {
            display.old?;
            start = edits::parenthesized(cx.facts, &it.value).start();
            (many, "", "", is_container(cx.facts.kind_of(&it.value)))
        }
        [_] => (one, "", "", true),
        _ => (many, open, close, true),
    };
    let bracket = TextSize::new(1);
    let head = TextRange::new(stmt.start(), display.range.start() + bracket);
    let tail = TextRange::new(display.range.end() - bracket, stmt.end());
    let mut changed = vec![
        Edit::replace(head, format!("{name}.{method}({open}")),
        Edit::replace(tail, format!("{close})")),
    ];
    changed.extend(display.old.map(|old| Edit::delete(TextRange::new(old, start))));
    grown_by(cx, changed, certain)
}

/// `acc[k] = v`, `acc.update(other)`, `acc.update({k: v, ..})`.
fn mapped<'a>(cx: &Cx<'_, 'a>, stmt: &StmtAssign, dict: &'a ExprDict, name: &str) -> Option<Grown> {
    let facts = cx.facts;
    let whole = |expr: &Expr| edits::parenthesized(facts, expr);
    let simple = |expr: &Expr| expr.is_name_expr() || expr.is_literal_expr();
    match &dict.items[1..] {
        [DictItem { key: None, value }] => {
            let certain = facts.kind_of(value) == Kind::Dict;
            around(cx, stmt, whole(value), &format!("{name}.update("), ")", certain)
        }
        // A store evaluates the value before the key.
        [DictItem { key: Some(key), value }] if simple(key) || simple(value) => {
            let (key, value) = (whole(key), whole(value));
            if cx.text(value).contains('\n') || cx.text(key).contains('\n') {
                return None;
            }
            let changed = vec![
                Edit::replace(TextRange::new(stmt.start(), key.start()), format!("{name}[")),
                Edit::replace(TextRange::new(key.end(), value.start()), "] = "),
                Edit::delete(TextRange::new(value.end(), stmt.end())),
            ];
            grown_by(cx, changed, true)
        }
        [DictItem { key: Some(first), .. }, .., last] => {
            let kept = TextRange::new(whole(first).start(), whole(&last.value).end());
            let certain = dict.items[1..].iter().all(|it| it.key.is_some());
            around(cx, stmt, kept, &format!("{name}.update({{"), "})", certain)
        }
        [DictItem { key: Some(first), value }] => {
            let kept = TextRange::new(whole(first).start(), whole(value).end());
            around(cx, stmt, kept, &format!("{name}.update({{"), "})", true)
        }
        _ => None,
    }
}

/// Whether walking a value of the kind runs no code that could raise halfway.
fn is_container(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::List
            | Kind::Tuple
            | Kind::Set
            | Kind::FrozenSet
            | Kind::Dict
            | Kind::DictView
            | Kind::Range
            | Kind::Str
    )
}

/// Keeps a range of the statement between a new head and a new tail.
fn around(
    cx: &Cx<'_, '_>,
    stmt: &StmtAssign,
    kept: TextRange,
    head: &str,
    tail: &str,
    certain: bool,
) -> Option<Grown> {
    let changed = vec![
        Edit::replace(TextRange::new(stmt.start(), kept.start()), head),
        Edit::replace(TextRange::new(kept.end(), stmt.end()), tail),
    ];
    grown_by(cx, changed, certain)
}

/// No fix loses a comment.
fn grown_by(cx: &Cx<'_, '_>, edits: Vec<Edit>, certain: bool) -> Option<Grown> {
    let lost = edits.iter().any(|edit| cx.has_comment(edit.range()));
    (!lost).then_some(Grown { edits, certain })
}
