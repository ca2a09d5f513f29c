//! Whether what else a call passes and returns stays out of other structures.

use ruff_python_ast::{Expr, ExprName, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

use super::{is_pure, parameters, step_of};
use crate::facts::Facts;
use crate::facts::calls::{RecursiveCall, Step};
use crate::facts::nodes::Node;
use crate::facts::scopes::{DefinitionKind, Resolution};

/// Whether a loop or comprehension walks over a local name: what a level gets it then copies.
pub(super) fn is_walked<'a>(facts: &Facts<'a>, target: &'a Expr) -> bool {
    let Expr::Name(name) = target else { return false };
    let names = facts.names();
    let Resolution::Binding(binding) = names.resolve(name) else { return true };
    names.reads(binding).any(|(id, read)| {
        let nodes = facts.nodes();
        matches!(nodes.get(nodes.parent(id)), Some(Node::Stmt(Stmt::For(it)))
            if it.iter.range() == read.range())
            || matches!(
                nodes.get(nodes.parent(id)),
                Some(Node::Expr(
                    Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_)
                ))
            )
    })
}

/// Whether the other arguments do not descend into a structure of their own.
pub(super) fn others_stay<'a>(
    facts: &Facts<'a>,
    call: &RecursiveCall<'a>,
    function: &'a StmtFunctionDef,
    driver: &str,
) -> bool {
    for parameter in parameters(call.callee) {
        let Some(argument) = facts.argument_for(call, parameter) else { continue };
        if facts.step(parameter, argument) == Step::Divided {
            return false;
        }
    }
    arguments_stay(facts, call, function, driver)
}

pub(super) fn arguments_stay<'a>(
    facts: &Facts<'a>,
    call: &RecursiveCall<'a>,
    function: &'a StmtFunctionDef,
    driver: &str,
) -> bool {
    call.call.arguments.iter_source_order().all(|argument| {
        let value = argument.value();
        if value.is_starred_expr() {
            return false;
        }
        let step = step_of(facts, function, driver, value);
        if matches!(step, Some(Step::Less(_) | Step::More(_) | Step::Sliced | Step::Attribute(_))) {
            return true;
        }
        match value {
            Expr::Name(name) => is_computed(facts, name, driver),
            // An item of another structure is a step down in it.
            Expr::Subscript(it) if !matches!(&*it.value, Expr::Name(name) if name.id == driver) => {
                false
            }
            value => computes(facts, value, driver),
        }
    })
}

/// Whether a name is a parameter, comes from outside, or is only assigned what is computed.
fn is_computed<'a>(facts: &Facts<'a>, name: &'a ExprName, driver: &str) -> bool {
    let names = facts.names();
    let Resolution::Binding(binding) = names.resolve(name) else { return true };
    let local = facts.scopes().function(facts.nodes().scope(facts.nodes().id(name)));
    names.definitions(binding).all(|definition| match definition.kind {
        DefinitionKind::Parameter { .. } => true,
        DefinitionKind::Assign { value, .. } => computes(facts, value, driver),
        DefinitionKind::Augmented(Stmt::AugAssign(it)) => computes(facts, &it.value, driver),
        // A name of another function or of the module is the same at every level.
        _ => match (facts.scopes().function(definition.scope), local) {
            (Some(of), Some(local)) => !std::ptr::eq(of, local),
            _ => true,
        },
    })
}

/// Literals, names, operators, displays, pure builtins, and items of the parameter that moves.
fn computes<'a>(facts: &Facts<'a>, expr: &'a Expr, driver: &str) -> bool {
    let all = |exprs: &'a [Expr]| exprs.iter().all(|expr| computes(facts, expr, driver));
    let is_driver = |expr: &Expr| matches!(expr, Expr::Name(name) if name.id.as_str() == driver);
    match expr {
        Expr::Name(_) | Expr::FString(_) => true,
        Expr::BinOp(it) => computes(facts, &it.left, driver) && computes(facts, &it.right, driver),
        Expr::UnaryOp(it) => computes(facts, &it.operand, driver),
        Expr::BoolOp(it) => all(&it.values),
        Expr::Compare(it) => computes(facts, &it.left, driver) && all(&it.comparators),
        Expr::If(it) => {
            computes(facts, &it.test, driver)
                && computes(facts, &it.body, driver)
                && computes(facts, &it.orelse, driver)
        }
        Expr::List(it) => all(&it.elts),
        Expr::Tuple(it) => all(&it.elts),
        Expr::Set(it) => all(&it.elts),
        Expr::Starred(it) => computes(facts, &it.value, driver),
        Expr::Call(it) => is_pure(facts, it) && all(&it.arguments.args),
        Expr::Attribute(it) => is_driver(&it.value),
        Expr::Subscript(it) if is_driver(&it.value) => !it.slice.is_slice_expr(),
        Expr::Subscript(it) => it.value.is_name_expr() && is_driver(&it.slice),
        other => other.is_literal_expr(),
    }
}
