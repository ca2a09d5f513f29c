//! MEM307: bytes are copied out of a buffer with one copy more than it takes.

use ruff_python_ast::{Expr, ExprAttribute, ExprCall, ExprName, Stmt};
use ruff_text_size::{Ranged, TextRange};

use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::cost::{SMALL, integer};
use crate::facts::nodes::NodeId;
use crate::facts::scopes::{DefinitionKind, Resolution, ScopeKind};
use crate::facts::types::Kind;
use crate::facts::usage::Usage;
use crate::fix::{Edit, Fix, Safety};
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/buffer-exported.md")),
    on: &[On::Method(&["read"], read), On::CallTo(&["bytes"], sliced)],
    over: &[],
};

/// `buffer.seek(0)`, and then `buffer.read()`.
fn read<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall, func: &'a ExprAttribute) {
    let facts = cx.facts;
    let Expr::Name(buffer) = &*func.value else { return };
    if !call.arguments.is_empty() || facts.source.is_test() {
        return;
    }
    let nodes = facts.nodes();
    let id = nodes.id(call);
    let Some((at, statement)) = nodes.statement(id) else { return };
    if !matches!(statement, Stmt::Assign(_) | Stmt::AnnAssign(_) | Stmt::Return(_) | Stmt::Expr(_))
        || facts.loops().get(nodes.innermost_loop(id)).is_some_and(|of| nodes.contains(at, of.node))
    {
        return;
    }
    let Some(rewound) = nodes.block(at).and_then(|block| {
        let index = block.partition_point(|other| nodes.id(other) < at);
        block.get(index.checked_sub(1)?).filter(|before| rewinds(before, buffer))
    }) else {
        return;
    };
    let ty = facts.type_of(&func.value);
    if ty.kind != Kind::Buffer || ty.element != Kind::Bytes || uses_within(facts, buffer, at) != 1 {
        return;
    }
    let between = TextRange::new(rewound.end(), statement.start());
    let mut edits = vec![Edit::replace(func.attr.range, "getvalue")];
    if !cx.has_comment(between) && cx.text(between).trim().is_empty() {
        edits.push(Edit::delete(TextRange::new(rewound.start(), statement.start())));
    }
    // Where it stands afterwards is seen by nobody.
    let unseen = is_made_by(facts, buffer, "io.BytesIO")
        && is_alone(facts, buffer)
        && facts.is_last_use(nodes.id(buffer)) == Some(true);
    let safety = if unseen { Safety::Safe } else { Safety::Unsafe };
    let name = buffer.id.as_str();
    let label = format!("`read` copies all that `{name}` holds; `getvalue` shares it");
    cx.report(call.range(), label)
        .help(format!("call `{name}.getvalue()`"))
        .related(rewound.range(), "from the start")
        .fix(Fix::new("Share the bytes", safety, edits));
}

/// `buffer.seek(0)`
fn rewinds(stmt: &Stmt, buffer: &ExprName) -> bool {
    let Stmt::Expr(it) = stmt else { return false };
    let Expr::Call(call) = &*it.value else { return false };
    let Expr::Attribute(func) = &*call.func else { return false };
    let ([start] | [start, _]) = &call.arguments.args[..] else { return false };
    let from_start = match call.arguments.args.get(1) {
        None => true,
        Some(whence) => integer(whence) == Some(0),
    };
    func.attr.as_str() == "seek"
        && matches!(&*func.value, Expr::Name(name) if name.id == buffer.id)
        && call.arguments.keywords.is_empty()
        && integer(start) == Some(0)
        && from_start
}

/// How often a statement uses a name.
fn uses_within<'a>(facts: &Facts<'a>, name: &'a ExprName, within: NodeId) -> usize {
    let Resolution::Binding(binding) = facts.names().resolve(name) else { return 0 };
    let nodes = facts.nodes();
    facts.uses_of(binding).iter().filter(|node| nodes.contains(within, **node)).count()
}

/// `bytes(buffer[a:b])`: the slice is a copy by itself.
fn sliced<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let facts = cx.facts;
    let [argument @ Expr::Subscript(subscript)] = &call.arguments.args[..] else { return };
    let Expr::Slice(slice) = &*subscript.slice else { return };
    if !call.arguments.keywords.is_empty() || slice.step.is_some() || facts.source.is_test() {
        return;
    }
    if facts.kind_of(&subscript.value) != Kind::ByteArray
        || is_short(slice.lower.as_deref(), slice.upper.as_deref())
        || facts.length_of(argument).is_some_and(|length| length <= SMALL)
        || !facts.is_builtin_at("memoryview", facts.nodes().id(call))
    {
        return;
    }
    let shown = cx.text(subscript.value.range());
    let owned =
        matches!(&*subscript.value, Expr::Name(name) if is_made_by(facts, name, "bytearray"));
    let safety = if owned { Safety::Safe } else { Safety::Unsafe };
    let edits = vec![
        Edit::insert(argument.start(), "memoryview("),
        Edit::insert(edits::parenthesized(facts, &subscript.value).end(), ")"),
    ];
    let label = format!("the slice copies a part of `{shown}`, and `bytes` copies the copy");
    cx.report(call.range(), label)
        .help("slice a `memoryview`: the bytes are copied once")
        .fix(Fix::new("Copy once", safety, edits));
}

/// Whether the bounds tell that a slice is short, as `[:4]` and `[at : at + 4]`.
fn is_short(lower: Option<&Expr>, upper: Option<&Expr>) -> bool {
    let short = |bound: &Expr| integer(bound).is_some_and(|it| it.unsigned_abs() <= SMALL);
    match (lower, upper) {
        (None, Some(upper)) => short(upper) && integer(upper).is_some_and(|it| it >= 0),
        (Some(lower), None) => short(lower) && integer(lower).is_some_and(|it| it < 0),
        (Some(lower), Some(Expr::BinOp(it))) => {
            ruff_python_ast::comparable::ComparableExpr::from(lower)
                == ruff_python_ast::comparable::ComparableExpr::from(&*it.left)
                && short(&it.right)
        }
        (Some(lower), Some(upper)) => short(lower) && short(upper),
        (None, None) => false,
    }
}

/// Whether a local name is only ever given what a call of that makes.
fn is_made_by<'a>(facts: &Facts<'a>, name: &'a ExprName, maker: &str) -> bool {
    let Resolution::Binding(binding) = facts.names().resolve(name) else { return false };
    let scope = facts.names().scope(binding);
    matches!(facts.scopes().get(scope).kind, ScopeKind::Function(_))
        && !facts.is_reflected(scope)
        && facts.names().definitions(binding).all(|definition| match definition.kind {
            DefinitionKind::Assign { value: Expr::Call(made), .. } => {
                facts.is_qualified(&made.func, maker)
            }
            // It grows in place.
            DefinitionKind::Augmented(_) => maker == "bytearray",
            _ => false,
        })
}

/// Whether nobody else holds the buffer: all that is done with the name is to call its methods.
fn is_alone<'a>(facts: &Facts<'a>, name: &'a ExprName) -> bool {
    let Resolution::Binding(binding) = facts.names().resolve(name) else { return false };
    facts.used_only(binding).is_some_and(|mut uses| {
        uses.all(|used| match used.usage {
            Usage::Receiver(_, method) => !matches!(method, "getbuffer" | "__enter__" | "detach"),
            _ => false,
        })
    })
}
