//! Whether a loop gives an accumulation's target another value, or makes it another target, so
//! that nothing is carried from pass to pass.
//!
//! A loop may do so itself or by what it calls. Where a call might, the answer is that it does.

use ruff_python_ast::{CmpOp, Expr, Operator, Stmt};

use super::Facts;
use super::carried::Place;
use super::cost::integer;
use super::flow::{Accumulation, same_place, shape};
use super::nodes::{Node, NodeId};
use super::scopes::{BindingId, Definition, DefinitionKind, Resolution};

/// Whether a target is another one, or has another value, in each pass of a loop.
#[derive(Debug, Clone, Copy)]
pub(super) enum Moved {
    /// The same target with the value of the pass before.
    No,
    /// One of the values of a `defaultdict`, by a key of the pass.
    Keyed,
    /// Assigned anew, or another target.
    Yes,
}

/// Whether the target of a step moves in a loop.
pub(super) fn moved<'a>(
    facts: &Facts<'a>,
    step: &Accumulation<'a>,
    place: Place<'a>,
    of: NodeId,
) -> Moved {
    let stored = || {
        facts.stores_below(of, step.target).any(|store| {
            !is_step(facts, store) && !is_first_value(facts, facts.nodes().id(store), step, of)
        })
    };
    match step.target {
        Expr::Name(name) => {
            let names = facts.names();
            let Resolution::Binding(binding) = names.resolve(name) else { return Moved::Yes };
            let stored = names.definitions(binding).any(|definition| {
                facts.nodes().contains(of, definition.node)
                    && !is_step_of(facts, definition, step.target)
                    && !is_first_value(facts, definition.node, step, of)
            });
            let outside = !matches!(place, Place::Local(_));
            if stored || (outside && may_reset(facts, step, binding, of)) {
                return Moved::Yes;
            }
            Moved::No
        }
        _ if stored() => Moved::Yes,
        Expr::Attribute(it) => {
            let other =
                names_in(facts, &it.value).any(|name| facts.stores_below(of, name).count() > 0);
            if other || method_may_reset(facts, step, of) { Moved::Yes } else { Moved::No }
        }
        Expr::Subscript(it) => {
            if facts.stores_below(of, &it.value).count() > 0 {
                return Moved::Yes;
            }
            // `lines[-1]` is another line after `lines.append(..)`.
            if it.slice.is_unary_op_expr() {
                match last_item_moves(facts, &it.value, of) {
                    Moved::No => {}
                    other => return other,
                }
            }
            if names_in(facts, &it.slice).all(|name| facts.stores_below(of, name).count() == 0) {
                return Moved::No;
            }
            if is_default_dict(facts, &it.value) { Moved::Keyed } else { Moved::Yes }
        }
        _ => Moved::Yes,
    }
}

/// Whether a loop puts items behind the last one of a list: on each pass, or on some.
fn last_item_moves<'a>(facts: &Facts<'a>, list: &'a Expr, of: NodeId) -> Moved {
    let puts = |id: NodeId| {
        facts.any_below(id, |expr| match expr {
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(func) => {
                    matches!(func.attr.as_str(), "append" | "extend" | "insert" | "pop")
                        && same_place(&func.value, list)
                }
                _ => false,
            },
            _ => false,
        })
    };
    if !puts(of) {
        return Moved::No;
    }
    let body = match facts.nodes().get(of) {
        Some(Node::Stmt(Stmt::For(it))) => &it.body[..],
        Some(Node::Stmt(Stmt::While(it))) => &it.body[..],
        _ => return Moved::Yes,
    };
    if body.iter().any(|stmt| on_each_path(stmt, &|stmt| puts(facts.nodes().id(stmt)))) {
        Moved::Yes
    } else {
        Moved::Keyed
    }
}

/// Whether each way through a statement passes one of which `is` is true.
fn on_each_path(stmt: &Stmt, is: &dyn Fn(&Stmt) -> bool) -> bool {
    let any = |body: &[Stmt]| body.iter().any(|stmt| on_each_path(stmt, is));
    match stmt {
        Stmt::If(it) => {
            any(&it.body)
                && it.elif_else_clauses.iter().all(|clause| any(&clause.body))
                && it.elif_else_clauses.last().is_some_and(|clause| clause.test.is_none())
        }
        Stmt::With(it) => any(&it.body),
        Stmt::Expr(_) | Stmt::Assign(_) => is(stmt),
        _ => false,
    }
}

fn names_in<'a>(facts: &Facts<'a>, expr: &'a Expr) -> impl Iterator<Item = &'a Expr> {
    let nodes = facts.nodes();
    let id = nodes.id(expr);
    std::iter::once(id)
        .chain(nodes.descendants(id))
        .filter_map(|id| nodes.get(id)?.as_expr())
        .filter(|part| matches!(part, Expr::Name(_) | Expr::Attribute(_)))
}

/// Whether a store is what the first pass begins with: under `if target is None`, or in another
/// branch than the step where the branches go by `target is not None` or by the loop's counter
/// being 0.
fn is_first_value<'a>(
    facts: &Facts<'a>,
    store: NodeId,
    step: &Accumulation<'a>,
    of: NodeId,
) -> bool {
    let nodes = facts.nodes();
    let Some((statement, _)) = nodes.statement(store) else { return false };
    let parent = nodes.parent(statement);
    let Some(Node::Stmt(Stmt::If(it))) = nodes.get(parent) else { return false };
    let in_block =
        |body: &[Stmt]| nodes.block(statement).is_some_and(|block| block.as_ptr() == body.as_ptr());
    let with_step = nodes.contains(parent, step.node);
    let head = (Some(&*it.test), &it.body[..]);
    let clauses = it.elif_else_clauses.iter().map(|it| (it.test.as_ref(), &it.body[..]));
    let mut branches = std::iter::once(head).chain(clauses);
    branches.any(|(test, body)| match test {
        Some(Expr::Compare(test)) => match (&test.ops[..], &test.comparators[..]) {
            ([CmpOp::Is], [Expr::NoneLiteral(_)]) => {
                same_place(&test.left, step.target) && in_block(body)
            }
            ([CmpOp::IsNot], [Expr::NoneLiteral(_)]) => {
                with_step && same_place(&test.left, step.target) && !in_block(body)
            }
            ([CmpOp::Eq], [zero]) => {
                with_step
                    && integer(zero) == Some(0)
                    && is_counter(facts, &test.left, of)
                    && in_block(body)
            }
            _ => false,
        },
        _ => false,
    })
}

/// Whether an expression is the number of the pass: `for i in range(..)`, `for i, x in
/// enumerate(..)`.
fn is_counter(facts: &Facts<'_>, expr: &Expr, of: NodeId) -> bool {
    let Some(Node::Stmt(Stmt::For(it))) = facts.nodes().get(of) else { return false };
    let Expr::Call(call) = &*it.iter else { return false };
    let Expr::Name(func) = &*call.func else { return false };
    match (&*it.target, func.id.as_str()) {
        (target, "range") => same_place(target, expr),
        (Expr::Tuple(target), "enumerate") => {
            target.elts.first().is_some_and(|first| same_place(first, expr))
        }
        _ => false,
    }
}

fn grows(op: Operator) -> bool {
    matches!(op, Operator::Add | Operator::BitOr)
}

/// Whether a definition of a name is an accumulation.
fn is_step_of<'a>(facts: &Facts<'a>, definition: &Definition<'a>, target: &'a Expr) -> bool {
    match definition.kind {
        DefinitionKind::Augmented(Stmt::AugAssign(it)) => grows(it.op),
        DefinitionKind::Assign { value, .. } => {
            let chained = match facts.nodes().get(definition.node) {
                Some(Node::Stmt(Stmt::Assign(it))) => it.targets.len() > 1,
                _ => false,
            };
            !chained && shape(target, value, facts.scopes()).is_some()
        }
        DefinitionKind::Annotation(_) => true,
        _ => false,
    }
}

/// Whether a store is the target of an accumulation.
fn is_step(facts: &Facts<'_>, store: &Expr) -> bool {
    let nodes = facts.nodes();
    match nodes.get(nodes.parent(nodes.id(store))) {
        Some(Node::Stmt(Stmt::AugAssign(it))) => grows(it.op),
        Some(Node::Stmt(Stmt::Assign(it))) => {
            it.targets.len() == 1 && shape(store, &it.value, facts.scopes()).is_some()
        }
        Some(Node::Stmt(Stmt::AnnAssign(it))) => match &it.value {
            Some(value) => shape(store, value, facts.scopes()).is_some(),
            None => true,
        },
        Some(Node::Expr(Expr::Named(it))) => shape(store, &it.value, facts.scopes()).is_some(),
        _ => false,
    }
}

fn is_default_dict<'a>(facts: &Facts<'a>, container: &'a Expr) -> bool {
    let Expr::Name(name) = container else { return false };
    let Resolution::Binding(binding) = facts.names().resolve(name) else { return false };
    facts.names().definitions(binding).any(|definition| match definition.kind {
        DefinitionKind::Assign { value: Expr::Call(call), .. } => {
            facts.is_qualified(&call.func, "collections.defaultdict")
        }
        _ => false,
    })
}

/// Whether the loop calls a function of this file while another function gives the name a value
/// of its own.
fn may_reset<'a>(
    facts: &Facts<'a>,
    step: &Accumulation<'a>,
    binding: BindingId,
    of: NodeId,
) -> bool {
    let scopes = facts.scopes();
    let here = scopes.body_scope(facts.nodes().scope(step.node));
    let home = facts.names().scope(binding);
    let elsewhere = facts.names().definitions(binding).any(|definition| {
        let from = scopes.body_scope(definition.from);
        let resets = match definition.kind {
            DefinitionKind::Augmented(_) => false,
            DefinitionKind::Assign { value, .. } => {
                shape(step.target, value, facts.scopes()).is_none()
            }
            _ => true,
        };
        resets && from != here && from != home
    });
    elsewhere
        && facts.any_below(of, |expr| match expr {
            Expr::Call(call) => match &*call.func {
                Expr::Name(func) => {
                    matches!(facts.names().resolve(func), Resolution::Binding(_))
                }
                Expr::Attribute(func) => facts.qualified(&func.value).is_none(),
                _ => true,
            },
            _ => false,
        })
}

/// Whether the loop calls a method of the object, or hands the object on, while a method other
/// than `__init__` gives the attribute a value of its own. A method that the class does not
/// define may do anything.
fn method_may_reset<'a>(facts: &Facts<'a>, step: &Accumulation<'a>, of: NodeId) -> bool {
    let Expr::Attribute(target) = step.target else { return true };
    let Expr::Name(owner) = &*target.value else { return true };
    let Some(class) = facts.class_of_self(owner) else { return true };
    let class_id = facts.nodes().id(class);
    let resets = facts.attribute_stores().iter().any(|store| {
        let id = facts.nodes().id(*store);
        if store.attr.id != target.attr.id || !facts.nodes().contains(class_id, id) {
            return false;
        }
        let in_init = facts
            .scopes()
            .function(facts.nodes().scope(id))
            .is_some_and(|function| function.name.as_str() == "__init__");
        let Some(Node::Expr(expr)) = facts.nodes().get(id) else { return true };
        !in_init && !is_step(facts, expr)
    });
    let defines = |name: &str| {
        class
            .body
            .iter()
            .any(|stmt| matches!(stmt, Stmt::FunctionDef(def) if def.name.as_str() == name))
    };
    let is_owner = |expr: &Expr| same_place(expr, &target.value);
    facts.any_below(of, |expr| {
        let Expr::Call(call) = expr else { return false };
        if resets && call.arguments.iter_source_order().any(|it| is_owner(it.value())) {
            return true;
        }
        match &*call.func {
            Expr::Attribute(func) if is_owner(&func.value) => {
                resets || !defines(func.attr.as_str())
            }
            // `super().feed(..)`, `self.parser.feed(..)`: may come back to this object.
            Expr::Attribute(func) => {
                resets && !func.value.is_name_expr() && starts_at(&func.value, &target.value)
            }
            _ => false,
        }
    })
}

fn starts_at(expr: &Expr, owner: &Expr) -> bool {
    match expr {
        Expr::Attribute(it) => starts_at(&it.value, owner),
        Expr::Subscript(it) => starts_at(&it.value, owner),
        Expr::Call(it) => match &*it.func {
            Expr::Name(func) => func.id.as_str() == "super",
            func => starts_at(func, owner),
        },
        other => same_place(other, owner),
    }
}
