//! Integers that a file states: literals, arithmetic on them, names that stand for them, and the
//! bounds of what a `range` gives.

use ruff_python_ast::{Expr, ExprCall, ExprName, Int, Number, Operator, UnaryOp};

use super::{DEPTH, once};
use crate::facts::Facts;
use crate::facts::scopes::{Definition, DefinitionKind, Resolution};

/// The value of an integer literal, or of arithmetic on such.
pub fn integer(expr: &Expr) -> Option<i64> {
    compute(expr, DEPTH, &|_, _| None)
}

impl<'a> Facts<'a> {
    /// The value of an integer literal, of arithmetic on such, of `len` and `int` of literals, or
    /// of a name that stands for one of these wherever it is read.
    pub fn integer_of(&self, expr: &'a Expr) -> Option<i64> {
        self.integer_at(expr, DEPTH)
    }

    pub(super) fn integer_at(&self, expr: &'a Expr, depth: u32) -> Option<i64> {
        compute(expr, depth, &|leaf, depth| match leaf {
            Expr::Name(name) => {
                let value = self.value_of(name)?;
                let key = self.nodes().id(value);
                once(&self.costs.integers, key, || self.integer_at(value, depth))
            }
            Expr::Call(call) => self.integer_of_call(call, depth),
            _ => None,
        })
    }

    /// `len(x)` of what has a known length, `int(1e6)`.
    fn integer_of_call(&self, call: &'a ExprCall, depth: u32) -> Option<i64> {
        let [only] = &call.arguments.args[..] else { return None };
        if !call.arguments.keywords.is_empty() || !call.func.is_name_expr() {
            return None;
        }
        match self.qualified(&call.func)? {
            "len" => {
                let span = self.span_at(only, depth)?;
                (span.low == span.high).then(|| i64::try_from(span.low).ok())?
            }
            "int" => match only {
                Expr::NumberLiteral(it) => match it.value {
                    // Beyond 2**53 a literal is not what it says.
                    Number::Float(value) if value.abs() < 9e15 => {
                        #[expect(clippy::cast_possible_truncation, reason = "as `int` does")]
                        let whole = value.trunc() as i64;
                        Some(whole)
                    }
                    _ => integer(only),
                },
                other => self.integer_at(other, depth),
            },
            _ => None,
        }
    }

    /// The value that a name stands for where it is read: that of its only definition, or of the
    /// only one that reaches.
    pub(in crate::facts) fn value_of(&self, name: &'a ExprName) -> Option<&'a Expr> {
        let names = self.names();
        let Resolution::Binding(binding) = names.resolve(name) else { return None };
        let assigned = |definition: &Definition<'a>| match definition.kind {
            DefinitionKind::Assign { value, .. } => Some(value),
            _ => None,
        };
        match names.only_definition(binding) {
            Some(only) => assigned(only),
            None => assigned(self.reaching(name)?.only()?),
        }
    }

    /// The smallest and the greatest value of an integer expression, also of the target of a
    /// comprehension's clause over a `range`, and of arithmetic on it.
    pub(super) fn interval(&self, expr: &'a Expr, depth: u32) -> Option<(i128, i128)> {
        let depth = depth.checked_sub(1)?;
        match expr {
            Expr::Name(name) => match self.clause_of(name) {
                Some(iter) => {
                    let (start, stop, step) = self.range_of(iter, depth)?;
                    let count = i128::from(range_length(start, stop, step)?);
                    let last = i128::from(start) + i128::from(step) * (count - 1).max(0);
                    Some((i128::from(start).min(last), i128::from(start).max(last)))
                }
                None => self.integer_at(expr, depth).map(|it| (it.into(), it.into())),
            },
            Expr::UnaryOp(it) if it.op == UnaryOp::USub => {
                let (low, high) = self.interval(&it.operand, depth)?;
                Some((high.checked_neg()?, low.checked_neg()?))
            }
            Expr::BinOp(it) => {
                let (a, b) = (self.interval(&it.left, depth)?, self.interval(&it.right, depth)?);
                match it.op {
                    Operator::Add => Some((a.0.checked_add(b.0)?, a.1.checked_add(b.1)?)),
                    Operator::Sub => Some((a.0.checked_sub(b.1)?, a.1.checked_sub(b.0)?)),
                    Operator::Mult => {
                        let corners = [
                            a.0.checked_mul(b.0)?,
                            a.0.checked_mul(b.1)?,
                            a.1.checked_mul(b.0)?,
                            a.1.checked_mul(b.1)?,
                        ];
                        Some((*corners.iter().min()?, *corners.iter().max()?))
                    }
                    Operator::FloorDiv if b.0 > 0 => {
                        let reach = a.0.checked_abs()?.max(a.1.checked_abs()?);
                        Some((if a.0 < 0 { -reach } else { 0 }, reach))
                    }
                    Operator::Mod if b.0 > 0 => Some((0, b.1)),
                    _ => None,
                }
            }
            _ => self.integer_at(expr, depth).map(|it| (it.into(), it.into())),
        }
    }

    /// The iterable of the comprehension's clause whose target a name is.
    pub(super) fn clause_of(&self, name: &'a ExprName) -> Option<&'a Expr> {
        let names = self.names();
        let Resolution::Binding(binding) = names.resolve(name) else { return None };
        let scope = self.scopes().get(names.scope(binding));
        match (scope.kind, names.only_definition(binding)?.kind) {
            (crate::facts::scopes::ScopeKind::Comprehension(_), DefinitionKind::Loop(iter)) => {
                Some(iter)
            }
            _ => None,
        }
    }

    /// `start, stop, step` of a `range`.
    pub(super) fn range_of(&self, expr: &'a Expr, depth: u32) -> Option<(i64, i64, i64)> {
        let depth = depth.checked_sub(1)?;
        let Expr::Call(call) = expr else { return None };
        if !call.arguments.keywords.is_empty() || !self.is_qualified(&call.func, "range") {
            return None;
        }
        let at = |expr: &'a Expr| self.integer_at(expr, depth);
        match &call.arguments.args[..] {
            [stop] => Some((0, at(stop)?, 1)),
            [start, stop] => Some((at(start)?, at(stop)?, 1)),
            [start, stop, step] => Some((at(start)?, at(stop)?, at(step)?)),
            _ => None,
        }
    }
}

/// How many elements a `range` has.
pub(super) fn range_length(start: i64, stop: i64, step: i64) -> Option<u64> {
    let (span, step) = match step {
        0 => return None,
        ..0 => (start.checked_sub(stop)?, step.unsigned_abs()),
        _ => (stop.checked_sub(start)?, step.unsigned_abs()),
    };
    Some(u64::try_from(span.max(0)).ok()?.div_ceil(step))
}

/// Arithmetic on literals, with something else that answers for the leaves.
fn compute<'a>(
    expr: &'a Expr,
    depth: u32,
    leaf: &dyn Fn(&'a Expr, u32) -> Option<i64>,
) -> Option<i64> {
    let depth = depth.checked_sub(1)?;
    match expr {
        Expr::NumberLiteral(it) => match &it.value {
            Number::Int(int) => Int::as_i64(int),
            _ => None,
        },
        Expr::UnaryOp(it) => {
            let value = compute(&it.operand, depth, leaf)?;
            match it.op {
                UnaryOp::USub => value.checked_neg(),
                UnaryOp::UAdd => Some(value),
                UnaryOp::Invert => Some(!value),
                UnaryOp::Not => None,
            }
        }
        Expr::BinOp(it) => {
            let (left, right) = (compute(&it.left, depth, leaf)?, compute(&it.right, depth, leaf)?);
            let exponent = || u32::try_from(right).ok();
            match it.op {
                Operator::Add => left.checked_add(right),
                Operator::Sub => left.checked_sub(right),
                Operator::Mult => left.checked_mul(right),
                Operator::Pow => left.checked_pow(exponent()?),
                Operator::LShift => left.checked_mul(2i64.checked_pow(exponent()?)?),
                Operator::RShift => Some(left >> exponent()?.min(63)),
                Operator::BitAnd => Some(left & right),
                Operator::BitOr => Some(left | right),
                Operator::BitXor => Some(left ^ right),
                // Python rounds towards negative infinity.
                Operator::FloorDiv => {
                    let quotient = left.checked_div(right)?;
                    let rounds = left.checked_rem(right)? != 0 && (left < 0) != (right < 0);
                    Some(quotient - i64::from(rounds))
                }
                Operator::Mod => {
                    let rest = left.checked_rem(right)?;
                    Some(if rest != 0 && (rest < 0) != (right < 0) { rest + right } else { rest })
                }
                Operator::Div | Operator::MatMult => None,
            }
        }
        _ => leaf(expr, depth),
    }
}
