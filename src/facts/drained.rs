//! Sequences that a loop consumes from the front: `data = data[n:]`, `queue.pop(0)`,
//! `del queue[0]`. Each step copies or moves all that is left.

use ruff_python_ast::{BoolOp, Expr, ExprAttribute, ExprCall, Stmt};

use super::Facts;
use super::cost::{SMALL, integer};
use super::flow::{Accumulation, Shape, same_place};
use super::loops::{Loop, LoopId, LoopKind};
use super::nodes::{Node, NodeId};
use super::passes::Passes;
use super::scopes::{DefinitionKind, Resolution};
use super::types::Kind;
use super::usage::Usage;
use crate::catalog::keeps;

/// A sequence that a loop consumes from the front.
#[derive(Debug, Clone, Copy)]
pub struct Drained {
    /// Its kind.
    pub kind: Kind,
    /// Why it is worth a word.
    pub why: Why,
}

/// What says that a loop takes many parts from the front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The sequence is long for certain.
    Large,
    /// The loop appends to the list as well, and runs while something is left.
    Queue,
    /// Each pass takes something, while something is left. A list that is popped may be filled by
    /// others: it is an attribute, or the loop hands it on.
    Emptied,
}

/// How many items a pass takes from a list at most.
const FEW: i64 = 16;

impl<'a> Facts<'a> {
    /// What `target = target[n:]` consumes.
    pub fn drained_by_slice(&self, step: &Accumulation<'a>) -> Option<Drained> {
        let Shape::Rest { slice } = step.shape else { return None };
        let Expr::Slice(bounds) = &*slice.slice else { return None };
        // `[:0]`, `[-n:]` take from the other end, or all.
        let lower = bounds.lower.as_deref()?;
        if lower.is_unary_op_expr() || integer(lower) == Some(0) {
            return None;
        }
        let kind = self.target_kind(step.target);
        let copied =
            matches!(kind, Kind::Str | Kind::Bytes | Kind::ByteArray | Kind::List | Kind::Tuple);
        // A batch of a list is taken seldom.
        let batch = kind == Kind::List && integer(lower).is_none_or(|taken| taken > FEW);
        if !copied || batch {
            return None;
        }
        self.drained(step.node, step.innermost, step.target, kind, false)
    }

    /// What `target.pop(0)` consumes.
    pub fn drained_by_pop(&self, call: &'a ExprCall, method: &'a ExprAttribute) -> Option<Drained> {
        let arguments = &call.arguments;
        let ([only], []) = (&arguments.args[..], &arguments.keywords[..]) else { return None };
        if integer(only) != Some(0) {
            return None;
        }
        let node = self.nodes().id(call);
        let innermost = self.nodes().innermost_loop(node);
        self.loops().get(innermost)?;
        if !matches!(&*method.value, Expr::Name(_) | Expr::Attribute(_))
            || self.target_kind(&method.value) != Kind::List
        {
            return None;
        }
        self.drained(node, innermost, &method.value, Kind::List, true)
    }

    /// What `del target[0]` and `del target[:n]` consume. What is left of a `bytearray` does not
    /// move, nor that of a `deque`.
    pub fn drained_by_deletion(&self, step: &Accumulation<'a>) -> Option<Drained> {
        let Shape::Dropped { part } = step.shape else { return None };
        if let Expr::Slice(bounds) = &*part.slice
            && bounds.upper.as_deref().and_then(integer).is_none_or(|taken| taken > FEW)
        {
            // A batch is taken seldom.
            return None;
        }
        if self.target_kind(step.target) != Kind::List {
            return None;
        }
        self.drained(step.node, step.innermost, step.target, Kind::List, true)
    }

    fn drained(
        &self,
        node: NodeId,
        innermost: LoopId,
        target: &'a Expr,
        kind: Kind,
        by_pop: bool,
    ) -> Option<Drained> {
        let of = self.loops().get(innermost)?;
        if of.kind == LoopKind::Comprehension || self.runs_once_per_loop(node, innermost) {
            return None;
        }
        let few = match self.passes(of, target) {
            Passes::AtMost(count) => count <= SMALL,
            Passes::UntilGrown => true,
            Passes::Unknown => false,
        };
        let anew = self.stores_below(of.node, target).any(|store| !self.is_rest_of(store, target));
        if few || anew || self.is_few(target) {
            return None;
        }
        let mut refilled = false;
        let mut shared = target.is_attribute_expr();
        for id in self.loads_below(of.node, target) {
            match self.usage(id).usage {
                Usage::Receiver(_, "append" | "extend") => refilled = true,
                // What is kept in order, or filled from the front, is no queue.
                Usage::Receiver(_, "sort" | "insert" | "reverse") => return None,
                Usage::Argument(call, _) => {
                    let harmless = self.qualified(&call.func).and_then(keeps::argument);
                    shared |= harmless.is_none();
                }
                _ => {}
            }
        }
        let is_list = kind == Kind::List;
        let (statement, _) = self.nodes().statement(node)?;
        let each_pass = self.nodes().parent(statement) == of.node;
        let why = if self.is_large(target) {
            Why::Large
        } else if !self.runs_until_empty(of, target, !is_list) {
            return None;
        } else if is_list && refilled {
            Why::Queue
        } else if each_pass && (shared || !by_pop) {
            Why::Emptied
        } else {
            return None;
        };
        Some(Drained { kind, why })
    }

    /// Whether a store is `target = target[n:]`.
    fn is_rest_of(&self, store: &'a Expr, target: &Expr) -> bool {
        match self.nodes().get(self.nodes().parent(self.nodes().id(store))) {
            Some(Node::Stmt(Stmt::Assign(it))) => {
                matches!(&*it.value, Expr::Subscript(value)
                    if value.slice.is_slice_expr() && same_place(&value.value, target))
            }
            _ => false,
        }
    }

    /// `while target`, `while len(target) > n`, `while target and more`, and `while True` if that
    /// is meant too; not `while target[0] == mark`, which takes off what stands at the front.
    fn runs_until_empty(&self, of: &Loop<'a>, target: &'a Expr, endless: bool) -> bool {
        let Some(Node::Stmt(Stmt::While(it))) = self.nodes().get(of.node) else { return false };
        let parts = match &*it.test {
            Expr::BoolOp(test) if test.op == BoolOp::And => &test.values[..],
            other => std::slice::from_ref(other),
        };
        // A literal limit is that of a line or a window: what is longer is cut down to it.
        let to_the_end = |limits: &'a [Expr]| match limits {
            [limit] => self.integer_of(limit).map_or(endless, |limit| limit <= 1),
            _ => false,
        };
        let is_length = |expr: &'a Expr| match expr {
            Expr::Call(call) => {
                call.arguments.args.first().is_some_and(|only| same_place(only, target))
                    && self.is_qualified(&call.func, "len")
            }
            _ => false,
        };
        let mut found = false;
        for part in parts {
            found |= match part {
                Expr::BooleanLiteral(it) => endless && it.value,
                Expr::Compare(it) if is_length(&it.left) => to_the_end(&it.comparators),
                other if same_place(other, target) || is_length(other) => true,
                other if self.has_place(self.nodes().id(other), target) => return false,
                _ => false,
            };
        }
        found
    }

    /// The value that a local name is given first.
    fn first_value(&self, target: &'a Expr) -> Option<&'a Expr> {
        let Expr::Name(name) = target else { return None };
        let Resolution::Binding(binding) = self.names().resolve(name) else { return None };
        let mut values = self.names().definitions(binding).filter_map(|it| match it.kind {
            DefinitionKind::Assign { value, .. } => Some(value),
            _ => None,
        });
        values.next()
    }

    /// Whether a name is `*args`.
    pub(super) fn is_variadic(&self, target: &'a Expr) -> bool {
        let Expr::Name(name) = target else { return false };
        match self.names().resolve(name) {
            Resolution::Binding(binding) => self
                .names()
                .definitions(binding)
                .any(|it| matches!(it.kind, DefinitionKind::Variadic(_))),
            Resolution::Builtin | Resolution::Unknown => false,
        }
    }

    /// Whether it is known to be short: arguments, or the parts of one line.
    fn is_few(&self, target: &'a Expr) -> bool {
        let is_arguments = |expr: &'a Expr| self.qualified(expr) == Some("sys.argv");
        if is_arguments(target) || self.is_variadic(target) {
            return true;
        }
        match self.first_value(target) {
            Some(Expr::Subscript(it)) => is_arguments(&it.value),
            Some(Expr::Call(call)) => match &*call.func {
                Expr::Attribute(func) => {
                    matches!(func.attr.as_str(), "split" | "rsplit" | "partition")
                        && !call.arguments.is_empty()
                        || self.is_qualified(&call.func, "shlex.split")
                }
                _ => false,
            },
            Some(value) => is_arguments(value),
            None => false,
        }
    }

    /// Whether it is known to be long: all of a file or a response, or of a constant length.
    fn is_large(&self, target: &'a Expr) -> bool {
        let Some(value) = self.first_value(target) else { return false };
        if self.length_of(value).is_some_and(|length| length > SMALL) {
            return true;
        }
        match value {
            Expr::Call(call) => {
                self.whole_read(value).is_some_and(|whole| !self.is_small_read(&whole))
                    || call
                        .arguments
                        .args
                        .first()
                        .is_some_and(|first| matches!(self.kind_of(first), Kind::File))
            }
            _ => self.whole_read(value).is_some_and(|whole| !self.is_small_read(&whole)),
        }
    }
}
