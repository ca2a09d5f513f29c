//! MEM303: everything that can be reached from a value is duplicated.

use ruff_python_ast::{Expr, ExprCall, Operator, Stmt, UnaryOp};
use ruff_text_size::Ranged;

use super::deepcopy_of_fresh::copied_fresh;
use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::flow::same_place;
use crate::facts::nodes::Node;
use crate::facts::scopes::{DefinitionKind, Resolution};
use crate::facts::types::Kind;
use crate::fix::{Edit, Fix, Safety};
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/deepcopy.md")),
    on: &[On::CallTo(&["copy.deepcopy"], check)],
    over: &[],
};

fn check<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let facts = cx.facts;
    let Some(argument) = copied(facts, call) else { return };
    if facts.is_small_constant(argument) {
        return;
    }
    let shown = shown(cx, argument);
    if let Some(method) = array_method(facts, argument) {
        let what = match facts.kind_of(argument) {
            Kind::DataFrame => "a frame",
            Kind::Series => "a series",
            Kind::Tensor => "a tensor",
            _ => "an array",
        };
        let fix = with_method(facts, call, argument, method);
        let label = format!("a deep copy of {what} is `{}{method}`", shown.trim_matches('`'));
        cx.report(call.range(), label).help(format!("call `{method}`")).fix(fix);
        return;
    }
    if let Some((flat, may_be_none)) = flat(cx, argument) {
        let fix = shallow(facts, call, argument, may_be_none);
        let label = format!(
            "{shown} is a `{flat}`: a shallow copy holds the same in a fortieth of the time"
        );
        cx.report(call.range(), label).help("make a shallow copy").fix(fix);
        return;
    }
    cx.report(
        call.range(),
        format!("`copy.deepcopy` duplicates everything reachable from {shown}"),
    )
    .help("share what is only read, and copy only what is going to be changed");
}

/// What a call copies, unless the copy is plainly wanted or another rule's business.
pub(super) fn copied<'a>(facts: &Facts<'a>, call: &'a ExprCall) -> Option<&'a Expr> {
    let [argument] = &call.arguments.args[..] else { return None };
    // A call with a memo is part of a larger copy.
    let quiet = !call.arguments.keywords.is_empty()
        || argument.is_starred_expr()
        || copied_fresh(facts, call).is_some()
        || is_copier(facts, call, argument)
        || is_asked_for(facts, call, argument)
        || facts.source.is_test()
        || changes_below_top(facts, call);
    (!quiet).then_some(argument)
}

/// How a label names what is copied.
pub(super) fn shown(cx: &Cx<'_, '_>, argument: &Expr) -> String {
    let text = cx.text(argument.range());
    if text.len() <= 40 && !text.contains('\n') {
        format!("`{text}`")
    } else {
        "its argument".to_owned()
    }
}

/// Whether the value is known to be flat, or an array, frame or tensor: then another way to copy
/// it is named.
pub(super) fn has_other_copy<'a>(cx: &Cx<'_, 'a>, argument: &'a Expr) -> bool {
    array_method(cx.facts, argument).is_some() || flat(cx, argument).is_some()
}

/// Whether the function around the call exists to copy.
fn is_copier<'a>(facts: &Facts<'a>, call: &'a ExprCall, argument: &'a Expr) -> bool {
    let scope = facts.nodes().scope(facts.nodes().id(call));
    let Some(function) = facts.scopes().function(scope) else { return false };
    match function.name.as_str() {
        "__deepcopy__" | "__copy__" => true,
        "copy" | "clone" | "deepcopy" | "deep_copy" => {
            let Expr::Name(name) = argument else { return false };
            function.parameters.includes(name.id.as_str())
        }
        _ => false,
    }
}

/// Whether the caller says by a flag whether to copy: `deepcopy(x) if copy else x`, or
/// `if copy: x = deepcopy(x)`.
fn is_asked_for<'a>(facts: &Facts<'a>, call: &'a ExprCall, argument: &'a Expr) -> bool {
    let nodes = facts.nodes();
    let around = nodes.parent(nodes.id(call));
    let (test, other) = match nodes.get(around) {
        Some(Node::Expr(Expr::If(it))) => {
            (&*it.test, if nodes.id(&*it.body) == nodes.id(call) { &*it.orelse } else { &*it.body })
        }
        Some(Node::Stmt(Stmt::Assign(it))) => {
            match (&it.targets[..], nodes.get(nodes.parent(around))) {
                ([target], Some(Node::Stmt(Stmt::If(around)))) => (&*around.test, target),
                _ => return false,
            }
        }
        _ => return false,
    };
    let test = match test {
        Expr::UnaryOp(it) if it.op == UnaryOp::Not => &*it.operand,
        test => test,
    };
    let Expr::Name(asked) = test else { return false };
    let Resolution::Binding(binding) = facts.names().resolve(asked) else { return false };
    let flag = match facts.names().only_definition(binding).map(|it| it.kind) {
        Some(DefinitionKind::Parameter { parameter, default }) => {
            default.is_some_and(Expr::is_boolean_literal_expr)
                || parameter.annotation().is_some_and(|it| facts.is_qualified(it, "bool"))
        }
        _ => false,
    };
    flag && same_place(other, argument)
}

/// Whether the copy is bound to a name and something below its top level is changed.
fn changes_below_top<'a>(facts: &Facts<'a>, call: &'a ExprCall) -> bool {
    let nodes = facts.nodes();
    let id = nodes.id(call);
    let target = match nodes.get(nodes.parent(id)) {
        Some(Node::Stmt(Stmt::Assign(it))) => match &it.targets[..] {
            [only] => only,
            _ => return false,
        },
        Some(Node::Stmt(Stmt::AnnAssign(it))) => &*it.target,
        _ => return false,
    };
    let Expr::Name(name) = target else { return false };
    facts.changes_below_top(id, name.id.as_str())
}

/// The method that copies an array, frame or tensor whose kind is known by name.
fn array_method<'a>(facts: &Facts<'a>, argument: &'a Expr) -> Option<&'static str> {
    let Expr::Name(_) = argument else { return None };
    match facts.kind_of(argument) {
        Kind::NdArray | Kind::DataFrame | Kind::Series => Some(".copy()"),
        Kind::Tensor => Some(".detach().clone()"),
        _ => None,
    }
}

/// The flat container that a name holds, in words, and whether it may be `None` instead.
fn flat<'a>(cx: &Cx<'_, 'a>, argument: &'a Expr) -> Option<(String, bool)> {
    if let Some((annotation, may_be_none)) = promised_flat(cx.facts, argument) {
        return Some((cx.text(annotation.range()).to_owned(), may_be_none));
    }
    let found = cx.facts.type_of(argument);
    let is_plain = |kind| {
        matches!(
            kind,
            Kind::Bool | Kind::Int | Kind::Float | Kind::Complex | Kind::Str | Kind::Bytes
        )
    };
    let flat = match found.kind_or_none() {
        Kind::List | Kind::Set => is_plain(found.element),
        Kind::Dict => is_plain(found.element) && is_plain(found.key),
        _ => false,
    };
    flat.then(|| (cx.facts.words_of(found), found.is_optional()))
}

/// The annotation that promises a flat container, and whether it allows `None`.
fn promised_flat<'a>(facts: &Facts<'a>, argument: &'a Expr) -> Option<(&'a Expr, bool)> {
    let Expr::Name(name) = argument else { return None };
    let Resolution::Binding(binding) = facts.names().resolve(name) else { return None };
    let annotation = match facts.names().only_definition(binding)?.kind {
        DefinitionKind::Parameter { parameter, .. } => parameter.annotation()?,
        DefinitionKind::Assign { annotation: Some(annotation), .. } => annotation,
        _ => return None,
    };
    match annotation {
        Expr::BinOp(it) if it.op == Operator::BitOr => match (&*it.left, &*it.right) {
            (inner, Expr::NoneLiteral(_)) | (Expr::NoneLiteral(_), inner) => {
                is_flat(facts, inner).then_some((annotation, true))
            }
            _ => None,
        },
        Expr::Subscript(it) if facts.is_qualified(&it.value, "typing.Optional") => {
            is_flat(facts, &it.slice).then_some((annotation, true))
        }
        _ => is_flat(facts, annotation).then_some((annotation, false)),
    }
}

fn is_flat<'a>(facts: &Facts<'a>, annotation: &'a Expr) -> bool {
    let Expr::Subscript(it) = annotation else { return false };
    facts.qualified(&it.value).is_some_and(|name| {
        matches!(name, "list" | "dict" | "set" | "typing.List" | "typing.Dict" | "typing.Set")
    }) && facts.names_immutable(&it.slice)
}

/// `copy.copy(x)` where a name for it is at hand, else `x.copy()`.
fn shallow<'a>(
    facts: &Facts<'a>,
    call: &'a ExprCall,
    argument: &'a Expr,
    may_be_none: bool,
) -> Option<Fix> {
    let edit = match &*call.func {
        Expr::Attribute(func) => Some(Edit::replace(func.attr.range, "copy")),
        _ => copy_function(facts).map(|name| Edit::replace(call.func.range(), name)),
    };
    match edit {
        Some(edit) => Fix::new("Make a shallow copy", Safety::Unsafe, vec![edit]),
        None if may_be_none => None,
        None => with_method(facts, call, argument, ".copy()"),
    }
}

/// The name under which the module imports `copy.copy`.
fn copy_function<'a>(facts: &Facts<'a>) -> Option<&'a str> {
    facts.scopes().all_definitions().iter().find_map(|definition| match definition.kind {
        DefinitionKind::ImportFrom { module: "copy", member: "copy", level: 0 }
            if definition.scope == crate::facts::scopes::ScopeId::MODULE =>
        {
            Some(definition.name)
        }
        _ => None,
    })
}

fn with_method<'a>(
    facts: &Facts<'a>,
    call: &'a ExprCall,
    argument: &'a Expr,
    method: &str,
) -> Option<Fix> {
    let mut edits = edits::without_call(facts, call, argument);
    edits.push(Edit::insert(call.end(), method));
    Fix::new("Copy with the object's own method", Safety::Unsafe, edits)
}
