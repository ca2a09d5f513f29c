//! Values that `functools.reduce` folds: a lambda that makes the new value from the old one.

use ruff_python_ast::{Expr, ExprCall, ExprLambda};

use super::Facts;
use super::accumulated;
use super::flow::{self, Shape};
use super::nodes::Node;
use super::types::Kind;

/// `reduce(lambda accumulator, item: value, items)`, where the value is the accumulator and more.
#[derive(Debug, Clone, Copy)]
pub struct Folded<'a> {
    /// The name of the old value.
    pub accumulator: &'a str,
    /// What is folded.
    pub items: &'a Expr,
    /// The new value.
    pub value: &'a Expr,
    /// Its kind.
    pub kind: Kind,
}

impl<'a> Facts<'a> {
    /// What a call of `functools.reduce` folds, where each new value copies the old one. Plain
    /// sums of the items are left out.
    pub fn folded(&self, call: &'a ExprCall) -> Option<Folded<'a>> {
        let arguments = &call.arguments;
        let [Expr::Lambda(lambda), items, ..] = &arguments.args[..] else { return None };
        let (accumulator, item) = two_parameters(lambda)?;
        let value = &*lambda.body;
        let body = self.nodes().id(value);
        let target = self
            .nodes()
            .descendants(body)
            .filter_map(|id| self.nodes().get(id).and_then(Node::as_expr))
            .find(|expr| matches!(expr, Expr::Name(name) if name.id.as_str() == accumulator))?;
        let shape = flow::shape(target, value, self.scopes())?;
        let is_sum = matches!(shape, Shape::Added { piece: Expr::Name(piece), additions: 1 }
            if piece.id.as_str() == item);
        if is_sum {
            return None;
        }
        let kind = match shape {
            Shape::Unpacked { .. } => self.kind_of(value),
            _ => match arguments.find_argument_value("initial", 2) {
                Some(initial) => self.kind_of(initial),
                None => self.type_of(items).iterated().kind,
            },
        };
        accumulated::copies(kind, shape).then_some(Folded { accumulator, items, value, kind })
    }
}

fn two_parameters(lambda: &ExprLambda) -> Option<(&str, &str)> {
    let parameters = lambda.parameters.as_deref()?;
    if parameters.iter().any(|it| it.is_variadic() || it.default().is_some()) {
        return None;
    }
    let mut names = parameters.iter().map(|it| it.name().as_str());
    let pair = (names.next()?, names.next()?);
    names.next().is_none().then_some(pair)
}
