//! What a recursive call passes on, seen from the parameter it passes it for.
//!
//! Finer than a step: how many elements a slice leaves out and at which end, what is halved, and
//! what is an element of the parameter. Looks through local names that are bound once. A parameter
//! that the function binds again says nothing.

use ruff_python_ast::{Expr, ExprBinOp, ExprSlice, Operator, StmtFunctionDef};

use super::{RecursiveCall, Step};
use crate::facts::Facts;
use crate::facts::cost::integer;
use crate::facts::scopes::{BindingId, DefinitionKind, Resolution};

/// Longer chains of local names are not followed.
const MAX_CHAIN: u32 = 4;

/// What becomes of a parameter at a recursive call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change<'a> {
    /// Nothing.
    Same,
    /// `n - 1`.
    SmallerBy(i64),
    /// `xs[1:]`: without so many elements at the front.
    WithoutFirst(i64),
    /// `xs[:-1]`: without so many elements at the end.
    WithoutLast(i64),
    /// `node.next`.
    Attribute(&'a str),
    /// `n // 2`, `n >> 1`, `xs[:mid]`, a bound that becomes the middle.
    Halved,
    /// A part of it: the target of a loop over it or over an attribute of it, `xs[0]`.
    Element,
    /// `n + 1`: more by a constant.
    Grown(i64),
    /// A literal.
    Constant,
    /// Anything else.
    Unknown,
}

impl<'a> Facts<'a> {
    /// What a direct recursive call passes for a parameter of the function.
    pub fn change(
        &self,
        function: &'a StmtFunctionDef,
        call: &RecursiveCall<'a>,
        parameter: &str,
    ) -> Change<'a> {
        if !std::ptr::eq(call.callee, function) {
            return Change::Unknown;
        }
        let Some(scope) = self.graph().body(self.nodes().id(function)) else {
            return Change::Unknown;
        };
        let Some(binding) = self.names().binding(scope, parameter) else { return Change::Unknown };
        let arguments = &call.call.arguments;
        if self.names().only_definition(binding).is_none()
            || arguments.args.iter().any(Expr::is_starred_expr)
        {
            return Change::Unknown;
        }
        match self.argument_for(call, parameter) {
            Some(argument) => self.change_of(parameter, binding, argument, 0),
            None => Change::Unknown,
        }
    }

    fn change_of(
        &self,
        parameter: &str,
        binding: BindingId,
        argument: &'a Expr,
        depth: u32,
    ) -> Change<'a> {
        let names = self.names();
        let is_parameter = |expr: &Expr| {
            matches!(expr, Expr::Name(name)
                if name.id.as_str() == parameter && names.resolve(name) == Resolution::Binding(binding))
        };
        match argument {
            expr if is_parameter(expr) => return Change::Same,
            Expr::Name(name) => {
                let Resolution::Binding(local) = names.resolve(name) else {
                    return Change::Unknown;
                };
                let is_element = names.definitions(local).all(|definition| {
                    matches!(definition.kind,
                        DefinitionKind::Loop(iter) | DefinitionKind::LoopUnpack(iter)
                            if rooted(iter, &is_parameter))
                });
                if is_element {
                    return Change::Element;
                }
                let Some(definition) = names.only_definition(local) else { return Change::Unknown };
                if names.scope(local) == crate::facts::scopes::ScopeId::MODULE {
                    return Change::Unknown;
                }
                return match definition.kind {
                    DefinitionKind::Assign { value, .. } if depth < MAX_CHAIN => {
                        self.change_of(parameter, binding, value, depth + 1)
                    }
                    _ => Change::Unknown,
                };
            }
            Expr::BinOp(it) if is_middle(it, &is_parameter) => return Change::Halved,
            Expr::BinOp(it)
                if matches!(it.op, Operator::Add | Operator::Sub)
                    && integer(&it.right) == Some(1)
                    && it.left.is_name_expr()
                    && depth < MAX_CHAIN
                    && !is_parameter(&it.left) =>
            {
                // `mid + 1`, `mid - 1`
                let halved = self.change_of(parameter, binding, &it.left, depth + 1);
                return if halved == Change::Halved { halved } else { Change::Unknown };
            }
            Expr::Subscript(it) if is_parameter(&it.value) => {
                return match &*it.slice {
                    Expr::Slice(slice) => self.slice(slice, &is_parameter),
                    _ => Change::Element,
                };
            }
            _ => {}
        }
        match self.step(parameter, argument) {
            Step::Less(by) => Change::SmallerBy(by),
            Step::More(by) => Change::Grown(by),
            Step::Attribute(name) => Change::Attribute(name),
            Step::Constant => Change::Constant,
            _ => Change::Unknown,
        }
    }

    fn slice(&self, slice: &'a ExprSlice, is_parameter: &impl Fn(&Expr) -> bool) -> Change<'a> {
        if slice.step.is_some() {
            return Change::Unknown;
        }
        match (slice.lower.as_deref(), slice.upper.as_deref()) {
            (None, None) => Change::Same,
            (Some(lower), None) if integer(lower).is_some_and(|by| by > 0) => {
                Change::WithoutFirst(integer(lower).unwrap_or_default())
            }
            (None, Some(upper)) if integer(upper).is_some_and(|by| by < 0) => {
                Change::WithoutLast(integer(upper).unwrap_or_default().saturating_neg())
            }
            (Some(middle), None) | (None, Some(middle)) if self.halves(middle, is_parameter) => {
                Change::Halved
            }
            _ => Change::Unknown,
        }
    }

    /// `len(xs) // 2`, or a name bound once to it.
    fn halves(&self, middle: &'a Expr, is_parameter: &impl Fn(&Expr) -> bool) -> bool {
        match middle {
            Expr::BinOp(it) => {
                let of = |expr: &Expr| {
                    matches!(expr, Expr::Call(call)
                        if matches!(&*call.func, Expr::Name(name) if name.id.as_str() == "len")
                            && call.arguments.args.first().is_some_and(is_parameter))
                };
                is_half(it) && of(&it.left)
            }
            Expr::Name(name) => {
                let names = self.names();
                let Resolution::Binding(binding) = names.resolve(name) else { return false };
                match names.only_definition(binding).map(|definition| definition.kind) {
                    Some(DefinitionKind::Assign { value: value @ Expr::BinOp(_), .. }) => {
                        self.halves(value, is_parameter)
                    }
                    _ => false,
                }
            }
            _ => false,
        }
    }
}

fn is_half(it: &ExprBinOp) -> bool {
    match it.op {
        Operator::FloorDiv | Operator::Div => integer(&it.right).is_some_and(|by| by >= 2),
        Operator::RShift => integer(&it.right).is_some_and(|by| by >= 1),
        _ => false,
    }
}

/// `n // 2`, `(lo + hi) // 2`.
fn is_middle(it: &ExprBinOp, is_parameter: &impl Fn(&Expr) -> bool) -> bool {
    is_half(it)
        && match &*it.left {
            Expr::BinOp(sum) if sum.op == Operator::Add => {
                is_parameter(&sum.left) || is_parameter(&sum.right)
            }
            other => is_parameter(other),
        }
}

/// The parameter itself or an attribute of it, listed or numbered: what a loop walks over.
fn rooted(iter: &Expr, is_parameter: &impl Fn(&Expr) -> bool) -> bool {
    let mut at = iter;
    loop {
        match at {
            Expr::Attribute(it) => at = &it.value,
            Expr::Call(call) => match &*call.func {
                // `node.items()`, `node.children()`
                Expr::Attribute(func) if call.arguments.is_empty() => at = &func.value,
                _ => return false,
            },
            other => return is_parameter(other),
        }
    }
}
