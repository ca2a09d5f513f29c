//! How often a loop runs at most, where its head says so.

use ruff_python_ast::{BoolOp, CmpOp, Expr, Operator, Stmt, StmtWhile};

use super::Facts;
use super::cost::{SMALL, integer};
use super::flow::same_place;
use super::loops::Loop;
use super::nodes::{Node, NodeId};
use super::scopes::{DefinitionKind, Resolution};

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
        if let Some(iter) = of.iter {
            return self.length_or_constant(iter).map_or(Passes::Unknown, Passes::AtMost);
        }
        match self.nodes().get(of.node) {
            Some(Node::Stmt(Stmt::While(it))) => self.passes_of_while(it, of.node, target),
            _ => Passes::Unknown,
        }
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
        for test in conjuncts(&it.test) {
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
                ([CmpOp::In | CmpOp::NotIn], _) => same_place(&it.left, target),
                ([CmpOp::Eq | CmpOp::NotEq], [right]) => {
                    same_place(&it.left, target) || same_place(right, target)
                }
                _ => false,
            },
            Expr::Call(it) => {
                it.arguments.iter_source_order().any(|it| same_place(it.value(), target))
                    && !self.is_qualified(&it.func, "len")
            }
            _ => false,
        }
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

/// The parts of `a and b and c`.
fn conjuncts(test: &Expr) -> impl Iterator<Item = &Expr> {
    let parts = match test {
        Expr::BoolOp(it) if it.op == BoolOp::And => &it.values[..],
        other => std::slice::from_ref(other),
    };
    parts.iter()
}
