//! What stands around an operation and limits it: tests, loops over the container, first fills.

use ruff_python_ast::{CmpOp, Expr, Stmt};

use super::operations::Use;
use crate::facts::flow::same_place;
use crate::facts::growth::containers::DEPTH;
use crate::facts::growth::{BoundKind, Place, When};
use crate::facts::nodes::{Node, NodeId};
use crate::facts::repetition::{Repetition, Why};

impl<'a> Use<'_, '_, 'a> {
    /// Whether a call of `len` is compared with a limit: not with 0 or 1, which ask for emptiness.
    pub(super) fn is_limit(&self, len: NodeId) -> Option<BoundKind> {
        let facts = self.facts;
        let mut at = facts.nodes().parent(len);
        // `len(C) + 1 > n`
        while let Some(Node::Expr(Expr::BinOp(_))) = facts.nodes().get(at) {
            at = facts.nodes().parent(at);
        }
        let Some(Node::Expr(Expr::Compare(it))) = facts.nodes().get(at) else { return None };
        let ordered = it
            .ops
            .iter()
            .any(|op| matches!(op, CmpOp::Lt | CmpOp::LtE | CmpOp::Gt | CmpOp::GtE | CmpOp::Eq));
        let small = std::iter::once(&*it.left)
            .chain(&it.comparators)
            .any(|side| matches!(crate::facts::cost::integer(side), Some(0 | 1)));
        (ordered && !small && facts.is_in_function(facts.nodes().scope(at)))
            .then_some(BoundKind::Length)
    }

    /// Whether a place runs only where the container has the key already.
    pub(super) fn is_present(&self, node: NodeId, key: &'a Expr) -> bool {
        let facts = self.facts;
        let mut child = node;
        for (id, above) in facts.nodes().ancestors(node) {
            match above {
                Node::Stmt(Stmt::If(it)) => {
                    let within = |body: &[Stmt]| facts.is_within(body, child);
                    if within(&it.body) && self.tests(&it.test, key, CmpOp::In)
                        || it.elif_else_clauses.first().is_some_and(|clause| {
                            clause.test.is_none()
                                && within(&clause.body)
                                && self.tests(&it.test, key, CmpOp::NotIn)
                        })
                    {
                        return true;
                    }
                }
                Node::Expr(Expr::If(it))
                    if (facts.nodes().id(&*it.body) == child
                        && self.tests(&it.test, key, CmpOp::In)
                        || facts.nodes().id(&*it.orelse) == child
                            && self.tests(&it.test, key, CmpOp::NotIn)) =>
                {
                    return true;
                }
                // `k in C and C[k]`
                Node::Expr(Expr::BoolOp(it))
                    if it.op == ruff_python_ast::BoolOp::And
                        && it
                            .values
                            .iter()
                            .take_while(|value| facts.nodes().id(*value) != child)
                            .any(|value| self.tests(value, key, CmpOp::In)) =>
                {
                    return true;
                }
                // `for k in C: C[k] = ..`
                Node::Stmt(Stmt::For(it)) => {
                    let named = match &*it.target {
                        Expr::Tuple(pair) => pair.elts.first(),
                        target => Some(target),
                    };
                    if named.is_some_and(|named| same_place(named, key)) && self.walks(&it.iter) {
                        return true;
                    }
                }
                Node::Stmt(Stmt::FunctionDef(_) | Stmt::ClassDef(_)) => return false,
                _ => {}
            }
            child = id;
        }
        false
    }

    /// Whether a place runs only where the container has not got the element: `if x not in C`.
    pub(super) fn is_absent(&self, element: &'a Expr) -> bool {
        let facts = self.facts;
        facts.nodes().ancestors(self.id).map_while(|(_, above)| match above {
            Node::Stmt(Stmt::FunctionDef(_)) => None,
            above => Some(above),
        }).any(|above| {
            matches!(above, Node::Stmt(Stmt::If(it)) if self.tests(&it.test, element, CmpOp::NotIn))
        })
    }

    /// Whether an expression is the container: written as this use is.
    pub(super) fn is_container(&self, expr: &Expr) -> bool {
        matches!(self.facts.nodes().get(self.id), Some(Node::Expr(own)) if same_place(own, expr))
    }

    pub(super) fn tests(&self, test: &'a Expr, key: &'a Expr, op: CmpOp) -> bool {
        match test {
            Expr::Compare(it) => {
                *it.ops == [op]
                    && it.comparators.first().is_some_and(|of| self.is_container(of))
                    && self.same(&it.left, key)
            }
            Expr::BoolOp(it) if it.op == ruff_python_ast::BoolOp::And && op == CmpOp::In => {
                it.values.iter().any(|value| self.tests(value, key, op))
            }
            _ => false,
        }
    }

    pub(super) fn same(&self, a: &'a Expr, b: &'a Expr) -> bool {
        use ruff_text_size::Ranged;
        let source = self.facts.source;
        same_place(a, b) || source.slice(a.range()) == source.slice(b.range())
    }

    /// Whether an iterable is the container or its keys.
    pub(super) fn walks(&self, iter: &'a Expr) -> bool {
        match iter {
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(it) if call.arguments.is_empty() => {
                    matches!(it.attr.as_str(), "items" | "keys") && self.is_container(&it.value)
                }
                Expr::Name(_) => call.arguments.args.first().is_some_and(|first| self.walks(first)),
                _ => false,
            },
            iter => self.is_container(iter),
        }
    }

    /// Whether a value reads the entry of the same key, which must then be there.
    pub(super) fn reads_entry(&self, value: &'a Expr, key: &'a Expr) -> bool {
        let nodes = self.facts.nodes();
        if !matches!(value, Expr::BinOp(_) | Expr::Subscript(_)) {
            return false;
        }
        let root = nodes.id(value);
        std::iter::once(root).chain(nodes.descendants(root)).any(|id| {
            matches!(nodes.get(id), Some(Node::Expr(Expr::Subscript(it)))
                if self.is_container(&it.value) && self.same(&it.slice, key))
        })
    }

    /// Whether the growth runs only for keys that something else contains.
    pub(super) fn is_limited(&self, node: NodeId, key: &'a Expr) -> bool {
        let facts = self.facts;
        let mut child = node;
        for (id, above) in facts.nodes().ancestors(node) {
            match above {
                Node::Stmt(Stmt::If(it)) => {
                    let in_body =
                        it.body.first().zip(it.body.last()).is_some_and(|(first, last)| {
                            facts.nodes().id(first) <= child && child <= facts.nodes().id(last)
                        });
                    let tests = |test: &Expr| {
                        matches!(test, Expr::Compare(it) if *it.ops == [CmpOp::In]
                            && same_place(&it.left, key)
                            && it.comparators.first().is_some_and(|of| !self.is_container(of)))
                    };
                    let limited = match &*it.test {
                        Expr::BoolOp(all) if all.op == ruff_python_ast::BoolOp::And => {
                            all.values.iter().any(tests)
                        }
                        test => tests(test),
                    };
                    if in_body && limited {
                        return true;
                    }
                }
                Node::Stmt(Stmt::FunctionDef(_)) => return false,
                _ => {}
            }
            child = id;
        }
        false
    }

    /// Whether the use runs only while the container is empty: `if not C: C.extend(..)`.
    pub(super) fn is_first_fill(&self) -> bool {
        let facts = self.facts;
        let mut child = self.id;
        for (id, above) in facts.nodes().ancestors(self.id) {
            match above {
                Node::Stmt(Stmt::If(it)) => {
                    let empty = match &*it.test {
                        Expr::UnaryOp(test) if test.op == ruff_python_ast::UnaryOp::Not => {
                            match &*test.operand {
                                Expr::Call(call) => {
                                    facts.is_qualified(&call.func, "len")
                                        && call
                                            .arguments
                                            .args
                                            .iter()
                                            .all(|of| self.is_container(of))
                                }
                                operand => self.is_container(operand),
                            }
                        }
                        Expr::Compare(test) => {
                            let length = matches!(&*test.left, Expr::Call(call)
                                if call.arguments.args.len() == 1
                                    && call.arguments.args.iter().all(|of| self.is_container(of)));
                            let zero =
                                test.comparators.first().and_then(crate::facts::cost::integer);
                            length && *test.ops == [CmpOp::Eq] && zero == Some(0)
                        }
                        _ => false,
                    };
                    if empty && facts.is_within(&it.body, child) {
                        return true;
                    }
                }
                Node::Stmt(Stmt::FunctionDef(_)) => return false,
                _ => {}
            }
            child = id;
        }
        false
    }

    /// Whether a key that is there already is an error: `if key in C: raise ..`.
    pub(super) fn refuses_duplicates(&self, key: &'a Expr) -> bool {
        let facts = self.facts;
        let Some(def) = facts.scopes().function(facts.nodes().scope(self.id)) else { return false };
        def.body.iter().any(|stmt| {
            matches!(stmt, Stmt::If(it) if self.tests(&it.test, key, CmpOp::In)
                && matches!(it.body.last(), Some(Stmt::Raise(_))))
        })
    }

    pub(super) fn when(&self) -> When {
        let facts = self.facts;
        let scope = facts.nodes().scope(self.id);
        if !facts.is_in_function(scope) {
            return When::Import;
        }
        // Filling an attribute in `__init__` makes the instance.
        if let Place::Instance(_) = self.growing.place
            && let Some(method) = facts.scopes().function(scope)
            && facts.makes_instance(method, DEPTH)
        {
            return When::Once;
        }
        if self.is_first_fill() {
            return When::Once;
        }
        match facts.repetition(self.id) {
            Repetition::Once(reason) if !matches!(reason.kind, Why::Cached) => When::Once,
            _ => When::Call,
        }
    }
}
