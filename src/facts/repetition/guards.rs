//! Tests that let what is under them run once: `if __name__ == "__main__"`, and `if x is None:` where
//! it then gets its value.

use ruff_python_ast::{CmpOp, Expr, Stmt, StmtIf, UnaryOp};

use super::Why;
use crate::facts::Facts;
use crate::facts::flow::same_place;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::{Resolution, ScopeId};

/// A statement whose first block runs once.
#[derive(Debug, Clone, Copy)]
pub(in crate::facts) struct Guard {
    /// The `if`.
    pub(super) node: NodeId,
    /// What its test says.
    pub(super) kind: Why,
    /// The first node of the block.
    first: NodeId,
    /// The position after the last one.
    end: usize,
}

/// Whether a test is of a form that guards have.
pub(in crate::facts) fn may_guard(test: &Expr) -> bool {
    match test {
        Expr::Compare(it) => matches!(&*it.ops, [CmpOp::Is | CmpOp::Eq]),
        Expr::UnaryOp(it) => it.op == UnaryOp::Not,
        _ => false,
    }
}

impl<'a> Facts<'a> {
    /// The innermost guard whose block holds a place.
    pub(super) fn guard_around(&self, node: NodeId) -> Option<&Guard> {
        let guards = self.guards.get_or_init(|| self.find_guards());
        let before = guards.partition_point(|guard| guard.first <= node);
        guards.get(..before)?.iter().rfind(|guard| node.index() < guard.end)
    }

    fn find_guards(&self) -> Vec<Guard> {
        let nodes = self.nodes();
        let guard = |id: NodeId| {
            let Some(Node::Stmt(Stmt::If(it))) = nodes.get(id) else { return None };
            let kind = if is_main_guard(&it.test) && nodes.parent(id) == NodeId::ROOT {
                Why::MainGuard
            } else if self.is_lazy(it, id) {
                Why::LazyInit
            } else {
                return None;
            };
            let (first, last) = (it.body.first()?, it.body.last()?);
            let end = nodes.subtree(nodes.id(last)).end;
            Some(Guard { node: id, kind, first: nodes.id(first), end })
        };
        if self.plain {
            return (0..nodes.len()).map(NodeId::new).filter_map(guard).collect();
        }
        self.collected.tests.iter().copied().filter_map(guard).collect()
    }

    /// `if x is None: x = ..`, `if not x: x = ..`, `if k not in x: ..` is not: by key.
    /// What is made must be a global or an attribute of the instance, and be bound in the body.
    fn is_lazy(&self, it: &'a StmtIf, id: NodeId) -> bool {
        let place = match &*it.test {
            Expr::Compare(test) => match (&*test.ops, &*test.comparators) {
                ([CmpOp::Is | CmpOp::Eq], [Expr::NoneLiteral(_)]) => &*test.left,
                _ => return false,
            },
            Expr::UnaryOp(test) if test.op == UnaryOp::Not => match &*test.operand {
                // `if not hasattr(self, "x"): self.x = ..`
                Expr::Call(call) if self.is_qualified(&call.func, "hasattr") => {
                    let [Expr::Name(owner), Expr::StringLiteral(name)] = &*call.arguments.args
                    else {
                        return false;
                    };
                    return self.class_of_self(owner).is_some()
                        && it.body.iter().any(|stmt| {
                            targets(stmt).iter().any(|target| {
                                matches!(target, Expr::Attribute(target)
                                    if target.attr.as_str() == name.value.to_str()
                                        && matches!(&*target.value, Expr::Name(of) if of.id == owner.id))
                            })
                        });
                }
                operand => operand,
            },
            _ => return false,
        };
        let lasts = match place {
            Expr::Name(name) => {
                let names = self.names();
                matches!(names.resolve(name), Resolution::Binding(binding)
                    if names.scope(binding) == ScopeId::MODULE)
                    && self.scopes().body_scope(self.nodes().scope(id)) != ScopeId::MODULE
            }
            Expr::Attribute(attribute) => match &*attribute.value {
                Expr::Name(owner) => {
                    self.class_of_self(owner).is_some()
                        || self.class_named(&attribute.value).is_some()
                }
                _ => false,
            },
            _ => false,
        };
        lasts
            && it
                .body
                .iter()
                .any(|stmt| targets(stmt).iter().any(|target| same_place(target, place)))
            && !self.is_reset(place, id)
    }

    /// Whether a global or attribute is also bound elsewhere than at the start: then it may be
    /// missing again and again.
    fn is_reset(&self, place: &Expr, guard: NodeId) -> bool {
        let nodes = self.nodes();
        match place {
            Expr::Attribute(it) => self.attribute_stores().iter().any(|store| {
                let at = nodes.id(*store);
                let starts = |def: &ruff_python_ast::StmtFunctionDef| {
                    matches!(def.name.as_str(), "__init__" | "__new__" | "__post_init__")
                };
                store.attr.id == it.attr.id
                    && !nodes.contains(guard, at)
                    && !self.scopes().function(nodes.scope(at)).is_some_and(starts)
            }),
            Expr::Name(name) => {
                let scope = self.names().binding(ScopeId::MODULE, name.id.as_str());
                scope.is_some_and(|binding| {
                    self.names().definitions(binding).any(|definition| {
                        definition.from != ScopeId::MODULE
                            && !nodes.contains(guard, definition.node)
                    })
                })
            }
            _ => true,
        }
    }
}

/// Whether a test is `__name__ == "__main__"`.
pub(in crate::facts) fn is_main_guard(test: &Expr) -> bool {
    let Expr::Compare(it) = test else { return false };
    let ([CmpOp::Eq], [right]) = (&*it.ops, &*it.comparators) else { return false };
    let is_name = |expr: &Expr| matches!(expr, Expr::Name(name) if name.id.as_str() == "__name__");
    let is_main = |expr: &Expr| matches!(expr, Expr::StringLiteral(text) if text.value.to_str() == "__main__");
    (is_name(&it.left) && is_main(right)) || (is_main(&it.left) && is_name(right))
}

fn targets(stmt: &Stmt) -> &[Expr] {
    match stmt {
        Stmt::Assign(it) => &it.targets,
        Stmt::AnnAssign(it) if it.value.is_some() => std::slice::from_ref(&*it.target),
        _ => &[],
    }
}
