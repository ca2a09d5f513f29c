//! How often a loop runs at most, where its head says so.

use ruff_python_ast::{BoolOp, CmpOp, Expr, ExprCall, Operator, Stmt, StmtWhile};
use ruff_text_size::Ranged;

use super::Facts;
use super::cost::{SMALL, integer};
use super::flow::{Accumulation, Shape, same_place};
use super::loops::Loop;
use super::nodes::{Node, NodeId};
use super::scopes::{DefinitionKind, Resolution};
use super::short::SHORT;
use super::types::Kind;

/// How often a loop runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passes {
    /// Not known.
    Unknown,
    /// At most so often, each time that the loop is reached.
    AtMost(u64),
    /// Until what grows in it is as long as a small constant, or unique: seldom, whatever is
    /// around the loop.
    UntilGrown,
}

/// The digits of a number: what a loop that divides runs over.
const DIGITS: u64 = 64;

impl<'a> Facts<'a> {
    /// How often a loop runs that makes `target` longer.
    pub fn passes(&self, of: &Loop<'a>, target: &'a Expr) -> Passes {
        if self.ends_at_length(of.node, target) {
            return Passes::UntilGrown;
        }
        if let Some(iter) = of.iter {
            return match self.length_or_constant(iter) {
                Some(length) => Passes::AtMost(length),
                None if self.is_short(iter) => Passes::AtMost(SHORT),
                None => Passes::Unknown,
            };
        }
        match self.nodes().get(of.node) {
            Some(Node::Stmt(Stmt::While(it))) => self.passes_of_while(it, of.node, target),
            _ => Passes::Unknown,
        }
    }

    /// Whether a loop takes what has no end in sight: the lines of a file, the rows of a result.
    pub fn is_long_walk(&self, of: &Loop<'a>) -> bool {
        of.iter.is_some_and(|iter| {
            matches!(
                self.kind_of(iter),
                Kind::File
                    | Kind::CsvReader
                    | Kind::Cursor
                    | Kind::QuerySet
                    | Kind::UrlResponse
                    | Kind::Response
            )
        })
    }

    /// Whether a place of a function is known to be passed often: in a loop in a loop, in one that
    /// takes what has no end in sight, or a great number of times.
    pub fn is_made_often(&self, call: &'a ExprCall) -> bool {
        let innermost = self.nodes().innermost_loop(self.nodes().id(call));
        let mut unknown = 0;
        self.loops().enclosing(innermost).any(|of| {
            let length = of.iter.and_then(|iter| self.length_or_constant(iter));
            unknown += u32::from(length.is_none());
            length.is_some_and(|length| length > SMALL) || unknown > 1 || self.is_long_walk(of)
        })
    }

    /// Whether a loop is left as soon as the target has a small constant length:
    /// `if len(target) >= 32: break`.
    fn ends_at_length(&self, of: NodeId, target: &'a Expr) -> bool {
        let body = match self.nodes().get(of) {
            Some(Node::Stmt(Stmt::For(it))) => &it.body[..],
            Some(Node::Stmt(Stmt::While(it))) => &it.body[..],
            _ => return false,
        };
        body.iter().any(|stmt| {
            let Stmt::If(it) = stmt else { return false };
            let leaves = it.body.last().is_some_and(|last| {
                matches!(last, Stmt::Break(_) | Stmt::Return(_) | Stmt::Raise(_))
            });
            leaves && parts(&it.test, BoolOp::Or).any(|test| self.is_long_enough(test, target))
        })
    }

    /// `len(target) >= 32`, also `==` and the other way round.
    fn is_long_enough(&self, test: &'a Expr, target: &Expr) -> bool {
        let Expr::Compare(it) = test else { return false };
        let ([op], [right]) = (&it.ops[..], &it.comparators[..]) else { return false };
        let (length, limit) = match op {
            CmpOp::Gt | CmpOp::GtE | CmpOp::Eq => (&*it.left, right),
            CmpOp::Lt | CmpOp::LtE => (right, &*it.left),
            _ => return false,
        };
        let small = self
            .integer_of(limit)
            .and_then(|limit| u64::try_from(limit).ok())
            .is_some_and(|limit| limit <= SMALL);
        small && self.is_length_of(length, target)
    }

    /// The length of an iterable, also of a constant that is written elsewhere.
    fn length_or_constant(&self, iter: &'a Expr) -> Option<u64> {
        if let Some(length) = self.length_of(iter) {
            return Some(length);
        }
        match iter {
            Expr::Name(name) => {
                let Resolution::Binding(binding) = self.names().resolve(name) else { return None };
                match self.names().only_definition(binding)?.kind {
                    DefinitionKind::Assign {
                        value:
                            value @ (Expr::Tuple(_) | Expr::StringLiteral(_) | Expr::BytesLiteral(_)),
                        ..
                    } => self.length_of(value),
                    _ => None,
                }
            }
            Expr::Call(call) => {
                let first = call.arguments.args.first()?;
                let walks = ["enumerate", "reversed", "sorted"];
                let func = self.qualified(&call.func)?;
                if walks.contains(&func) { self.length_or_constant(first) } else { None }
            }
            _ => None,
        }
    }

    fn passes_of_while(&self, it: &'a StmtWhile, node: NodeId, target: &'a Expr) -> Passes {
        if self.any_below(self.nodes().id(&*it.test), |test| self.is_judged(test, target)) {
            return Passes::UntilGrown;
        }
        for test in parts(&it.test, BoolOp::And) {
            let Expr::Compare(compare) = test else { continue };
            let ([op], [right]) = (&compare.ops[..], &compare.comparators[..]) else { continue };
            let left = &*compare.left;
            let (counter, limit) = match op {
                CmpOp::Lt | CmpOp::LtE | CmpOp::NotEq => (left, right),
                CmpOp::Gt | CmpOp::GtE => (right, left),
                _ => continue,
            };
            let limit = integer(limit).and_then(|limit| u64::try_from(limit).ok());
            let Some(limit) = limit.filter(|limit| *limit <= SMALL) else { continue };
            if self.is_length_of(counter, target) {
                return Passes::UntilGrown;
            }
            if self.is_raised_in(counter, node) {
                return Passes::AtMost(limit);
            }
        }
        let divides = self.any_below(self.nodes().id(&*it.test), |tested| {
            tested.is_name_expr() && self.is_divided_in(tested, node)
        });
        if divides { Passes::AtMost(DIGITS) } else { Passes::Unknown }
    }

    /// Whether a test compares the whole target with others, or asks a function about it: the
    /// loop makes a name that is not taken yet.
    fn is_judged(&self, test: &'a Expr, target: &Expr) -> bool {
        match test {
            Expr::Compare(it) => match (&it.ops[..], &it.comparators[..]) {
                ([CmpOp::In | CmpOp::NotIn], _) => is_part(&it.left, target),
                ([CmpOp::Eq | CmpOp::NotEq], [right]) => {
                    same_place(&it.left, target) || same_place(right, target)
                }
                _ => false,
            },
            Expr::Call(it) => {
                // `(folder / f"{name}.png").exists()`
                let of_receiver = match &*it.func {
                    Expr::Attribute(func) => {
                        func.value.is_bin_op_expr() && is_part(&func.value, target)
                    }
                    _ => false,
                };
                of_receiver
                    || it.arguments.iter_source_order().any(|it| is_part(it.value(), target))
                        && !self.is_qualified(&it.func, "len")
            }
            _ => false,
        }
    }

    /// Whether a step runs only where the target is found among others, `if name in taken:`, so
    /// that it makes a name that is not taken yet.
    pub(super) fn is_collision(&self, step: &Accumulation<'a>, of: NodeId) -> bool {
        let at = self.nodes().get(step.node).map(|node| node.range());
        self.nodes().ancestors(step.node).take_while(|(id, _)| *id != of).any(|(_, node)| {
            let Node::Stmt(Stmt::If(it)) = node else { return false };
            let (Some(first), Some(last)) = (it.body.first(), it.body.last()) else { return false };
            let inside = at.is_some_and(|at| first.start() <= at.start() && at.end() <= last.end());
            inside
                && parts(&it.test, BoolOp::And).any(|test| {
                    matches!(test, Expr::Compare(it)
                        if it.ops[..] == [CmpOp::In] && is_part(&it.left, step.target))
                })
        })
    }

    /// Whether a step fills up a text to a width: `while len(text) < width: text = "0" + text`.
    pub(super) fn is_padding(&self, step: &Accumulation<'a>, of: NodeId) -> bool {
        let Some(Node::Stmt(Stmt::While(it))) = self.nodes().get(of) else { return false };
        adds_constant(step)
            && parts(&it.test, BoolOp::And).any(|test| {
                let Expr::Compare(it) = test else { return false };
                match (&it.ops[..], &it.comparators[..]) {
                    ([CmpOp::Lt | CmpOp::LtE | CmpOp::NotEq], [_]) => {
                        self.is_length_of(&it.left, step.target)
                    }
                    ([CmpOp::Gt | CmpOp::GtE], [right]) => self.is_length_of(right, step.target),
                    _ => false,
                }
            })
    }

    fn is_length_of(&self, expr: &'a Expr, target: &Expr) -> bool {
        match expr {
            Expr::Call(call) => match &call.arguments.args[..] {
                [only] => same_place(only, target) && self.is_qualified(&call.func, "len"),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether a loop holds `counter += constant`.
    fn is_raised_in(&self, counter: &Expr, of: NodeId) -> bool {
        counter.is_name_expr()
            && self.statements_below(of).any(|stmt| match stmt {
                Stmt::AugAssign(it) => {
                    it.op == Operator::Add
                        && same_place(&it.target, counter)
                        && integer(&it.value).is_some()
                }
                _ => false,
            })
    }

    /// Whether a loop divides a name: `n //= 10`, `n >>= 1`, `n, digit = divmod(n, 10)`,
    /// `n = n // 10`.
    fn is_divided_in(&self, name: &Expr, of: NodeId) -> bool {
        let divides = |op| matches!(op, Operator::FloorDiv | Operator::RShift | Operator::Div);
        self.statements_below(of).any(|stmt| match stmt {
            Stmt::AugAssign(it) => divides(it.op) && same_place(&it.target, name),
            Stmt::Assign(it) => match (&it.targets[..], &*it.value) {
                ([Expr::Tuple(parts)], Expr::Call(call)) => {
                    matches!(&*call.func, Expr::Name(func) if func.id.as_str() == "divmod")
                        && parts.elts.iter().any(|part| same_place(part, name))
                }
                ([target], Expr::BinOp(value)) => {
                    divides(value.op) && same_place(target, name) && same_place(&value.left, name)
                }
                _ => false,
            },
            _ => false,
        })
    }

    /// The statements below a node.
    pub fn statements_below(&self, of: NodeId) -> impl Iterator<Item = &'a Stmt> {
        self.nodes().descendants(of).filter_map(|id| self.nodes().get(id)?.as_stmt())
    }
}

/// Whether a text is the target, or is made of it and other parts: `f"{target}.txt"`.
pub(super) fn is_part(expr: &Expr, target: &Expr) -> bool {
    match expr {
        Expr::FString(it) => it.value.elements().any(|element| {
            element.as_interpolation().is_some_and(|it| same_place(&it.expression, target))
        }),
        Expr::BinOp(it) => is_part(&it.left, target) || is_part(&it.right, target),
        _ => same_place(expr, target),
    }
}

/// Whether all that a step adds to its target is written in the source.
fn adds_constant(step: &Accumulation<'_>) -> bool {
    let own = |expr: &Expr| expr.is_string_literal_expr() || same_place(expr, step.target);
    match (step.shape, step.value) {
        (Shape::Augmented { piece } | Shape::Added { piece, additions: 1 }, _) => {
            piece.is_string_literal_expr()
        }
        (Shape::Prepended, Expr::BinOp(sum)) => sum.left.is_string_literal_expr(),
        (Shape::FString, Expr::FString(text)) => text.value.elements().all(|element| {
            element.as_interpolation().is_none_or(|it| same_place(&it.expression, step.target))
        }),
        (Shape::Join, Expr::Call(join)) => match &join.arguments.args[..] {
            [Expr::List(parts)] => parts.elts.iter().all(own),
            [Expr::Tuple(parts)] => parts.elts.iter().all(own),
            _ => false,
        },
        _ => false,
    }
}

/// The parts of `a and b and c`, or of `a or b or c`.
fn parts(test: &Expr, op: BoolOp) -> impl Iterator<Item = &Expr> {
    let parts = match test {
        Expr::BoolOp(it) if it.op == op => &it.values[..],
        other => std::slice::from_ref(other),
    };
    parts.iter()
}
