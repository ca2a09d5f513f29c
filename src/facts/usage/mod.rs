//! What becomes of a value: how the expression around it, or the statement, consumes it.
//!
//! Answers from the immediate syntax, looking through parentheses, walruses, conditional
//! expressions and `and`/`or`. Does not follow names, nor the results of calls: `once` and
//! `escapes` do.

mod chain;
mod index;
mod once;

pub use chain::{Chain, Link};
pub use once::UsedOnce;

use ruff_python_ast::{
    CmpOp, Comprehension, DictItem, Expr, ExprAttribute, ExprCall, ExprContext, ExprSubscript,
    Operator, Stmt,
};

use super::Facts;
use super::nodes::{Node, NodeId};

/// How a value is consumed.
#[derive(Debug, Clone, Copy)]
pub enum Usage<'a> {
    /// `for .. in value`: the statement.
    For(NodeId),
    /// `.. for .. in value`: the comprehension and the position of the clause. The first clause's
    /// iterable is evaluated once, outside of the comprehension.
    Clause(NodeId, usize),
    /// The positional argument of a call with its position. Behind a `*` the position is the
    /// least that it can be.
    Argument(&'a ExprCall, usize),
    /// The keyword argument of a call.
    Keyword(&'a ExprCall, &'a str),
    /// `*value` or `**value` in a call.
    Spread(&'a ExprCall),
    /// `value(..)`.
    Called(&'a ExprCall),
    /// `value.method(..)`: the call and the method's name.
    Receiver(&'a ExprCall, &'a str),
    /// The right side of `in` or `not in`.
    Contains(NodeId),
    /// Any other operand of a comparison, or a pattern to match with.
    Compared(NodeId),
    /// Operand of arithmetic.
    Operand(NodeId),
    /// The condition of a statement or expression, or the operand of `not`.
    Tested(NodeId),
    /// `value[key]`.
    Indexed(&'a ExprSubscript),
    /// `value[a:b]`.
    Sliced(&'a ExprSubscript),
    /// `value[..] = ..`, also augmented, also by a loop or `with`.
    ItemStored(&'a ExprSubscript),
    /// `del value[..]`.
    ItemDeleted(&'a ExprSubscript),
    /// `..[value]`.
    Key(&'a ExprSubscript),
    /// A bound of a slice.
    Bound(NodeId),
    /// `value.attribute`, not called.
    Attribute(&'a ExprAttribute),
    /// `value.attribute = ..`, also augmented, also by a loop or `with`.
    AttributeStored(&'a ExprAttribute),
    /// `del value.attribute`.
    AttributeDeleted(&'a ExprAttribute),
    /// `a, b = value`: the statement.
    Unpacked(NodeId),
    /// `return value`, or what a lambda returns: the statement or the lambda.
    Returned(NodeId),
    /// `yield value`.
    Yielded(NodeId),
    /// `yield from value`.
    YieldedFrom(NodeId),
    /// `await value`.
    Awaited(NodeId),
    /// Assigned to an attribute or an item: the target.
    Stored(&'a Expr),
    /// Assigned to several targets: the statement.
    Shared(NodeId),
    /// `name = value`: the target, a name.
    Assigned(&'a Expr),
    /// An element, a key or a value of a display, or a field of a t-string.
    Displayed(NodeId),
    /// `*value` or `**value` in a display.
    SpreadInto(NodeId),
    /// The element, key or value of a comprehension.
    Collected(NodeId),
    /// A field of an f-string.
    Formatted(NodeId),
    /// `del value`.
    Deleted(NodeId),
    /// `value op= ..`: the statement.
    Augmented(NodeId),
    /// `.. op= value`: the statement.
    Augments(NodeId),
    /// A statement of its own.
    Discarded(NodeId),
    /// `with value`: the statement.
    Context(NodeId),
    /// The subject of a `match`.
    Matched(NodeId),
    /// `raise value`, `raise .. from value`, or the message of an assertion.
    Raised(NodeId),
    /// The default of a parameter: of the function or lambda.
    Default(NodeId),
    /// A decorator.
    Decorator(NodeId),
    /// A base or keyword of a class statement.
    Base(NodeId),
    /// An annotation, the bound of a type parameter, or the value of a type alias.
    Annotation(NodeId),
    /// Not a value: it is assigned to.
    Target(NodeId),
    /// No node of this file.
    Unknown,
}

/// What stands between a value and what consumes it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Through<'a> {
    /// An arm of a conditional expression or of `and`/`or`: it is consumed in some cases only.
    pub conditional: bool,
    /// An operand of `and`/`or` but not the last: it is tested first.
    pub tested: bool,
    /// `(name := value)`: the walrus's target gets it as well.
    pub named: Option<&'a Expr>,
}

impl Through<'_> {
    /// Whether nothing stands between.
    pub fn is_direct(self) -> bool {
        !self.conditional && !self.tested && self.named.is_none()
    }
}

/// One use of a value.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    /// The expression whose value it is.
    pub node: NodeId,
    /// How it is consumed.
    pub usage: Usage<'a>,
    /// What stands between.
    pub through: Through<'a>,
}

impl<'a> Usage<'a> {
    /// Whether the value is iterated over by a loop: a statement, or a comprehension.
    pub fn is_iteration(self) -> bool {
        matches!(self, Usage::For(_) | Usage::Clause(..))
    }

    /// The call that takes the value as one of its arguments.
    pub fn taken_by(self) -> Option<&'a ExprCall> {
        match self {
            Usage::Argument(call, _) | Usage::Keyword(call, _) | Usage::Spread(call) => Some(call),
            _ => None,
        }
    }
}

impl<'a> Facts<'a> {
    /// How the value of an expression is consumed.
    pub fn usage(&self, node: NodeId) -> Use<'a> {
        let nodes = self.nodes();
        let mut at = node;
        let mut part = self.expr_at(node);
        let mut through = Through::default();
        let usage = loop {
            let parent = nodes.parent(at);
            let is = |expr: &Expr| is_same(part, expr);
            let whole = nodes.get(parent);
            match whole {
                None => break Usage::Unknown,
                Some(Node::Stmt(stmt)) => break usage_in_statement(part, stmt, parent),
                Some(Node::Expr(Expr::Named(it))) => {
                    if is(&it.target) {
                        break Usage::Target(parent);
                    }
                    through.named = Some(&it.target);
                }
                Some(Node::Expr(Expr::If(it))) => {
                    if is(&it.test) {
                        break Usage::Tested(parent);
                    }
                    through.conditional = true;
                }
                Some(Node::Expr(Expr::BoolOp(it))) => {
                    through.conditional = true;
                    through.tested |= !it.values.last().is_some_and(is);
                }
                Some(Node::Expr(expr)) => break self.usage_in_expression(part, expr, parent),
            }
            (at, part) = (parent, whole.and_then(Node::as_expr));
        };
        Use { node, usage, through }
    }

    fn usage_in_expression(
        &self,
        part: Option<&'a Expr>,
        expr: &'a Expr,
        parent: NodeId,
    ) -> Usage<'a> {
        let nodes = self.nodes();
        let is = |expr: &Expr| is_same(part, expr);
        let element = |clauses: &'a [Comprehension]| {
            for (index, clause) in clauses.iter().enumerate() {
                if is(&clause.iter) {
                    return Usage::Clause(parent, index);
                }
                if is(&clause.target) {
                    return Usage::Target(parent);
                }
                if clause.ifs.iter().any(is) {
                    return Usage::Tested(parent);
                }
            }
            Usage::Collected(parent)
        };
        match expr {
            Expr::Call(it) => {
                if is(&it.func) {
                    return Usage::Called(it);
                }
                if let Some(index) = part.and_then(|part| it.arguments.args.element_offset(part)) {
                    return Usage::Argument(it, index);
                }
                match it.arguments.keywords.iter().find(|keyword| is(&keyword.value)) {
                    Some(keyword) => match &keyword.arg {
                        Some(name) => Usage::Keyword(it, name.as_str()),
                        None => Usage::Spread(it),
                    },
                    None => Usage::Unknown,
                }
            }
            Expr::Starred(it) => {
                if it.ctx != ExprContext::Load {
                    return Usage::Target(parent);
                }
                let outer = nodes.parent(parent);
                match nodes.get(outer) {
                    Some(Node::Expr(Expr::Call(call))) => Usage::Spread(call),
                    Some(Node::Expr(Expr::List(_) | Expr::Tuple(_) | Expr::Set(_))) => {
                        Usage::SpreadInto(outer)
                    }
                    Some(Node::Stmt(Stmt::ClassDef(_))) => Usage::Base(outer),
                    Some(Node::Expr(Expr::Subscript(it))) => Usage::Key(it),
                    _ => Usage::Unknown,
                }
            }
            Expr::Attribute(it) => match it.ctx {
                ExprContext::Store => Usage::AttributeStored(it),
                ExprContext::Del => Usage::AttributeDeleted(it),
                _ => match nodes.get(nodes.parent(parent)) {
                    Some(Node::Expr(Expr::Call(call))) if is_same(Some(expr), &call.func) => {
                        Usage::Receiver(call, it.attr.as_str())
                    }
                    _ => Usage::Attribute(it),
                },
            },
            Expr::Subscript(it) => {
                if is(&it.slice) {
                    return Usage::Key(it);
                }
                match it.ctx {
                    ExprContext::Store => Usage::ItemStored(it),
                    ExprContext::Del => Usage::ItemDeleted(it),
                    _ if it.slice.is_slice_expr() => Usage::Sliced(it),
                    _ => Usage::Indexed(it),
                }
            }
            Expr::Slice(_) => Usage::Bound(parent),
            Expr::Compare(it) => {
                // In a chain the others are left operands of the next comparison as well.
                let rightmost = it.comparators.last().is_some_and(is);
                match it.ops.last() {
                    Some(CmpOp::In | CmpOp::NotIn) if rightmost => Usage::Contains(parent),
                    _ => Usage::Compared(parent),
                }
            }
            Expr::UnaryOp(it) if it.op == ruff_python_ast::UnaryOp::Not => Usage::Tested(parent),
            Expr::BinOp(_) | Expr::UnaryOp(_) => Usage::Operand(parent),
            Expr::Lambda(it) if is(&it.body) => Usage::Returned(parent),
            Expr::Lambda(_) => Usage::Default(parent),
            Expr::Dict(it) => {
                let before =
                    |item: &DictItem| part.is_some_and(|part| &raw const item.value < part);
                match it.items.get(it.items.partition_point(before)) {
                    Some(item) if item.key.is_none() && is(&item.value) => {
                        Usage::SpreadInto(parent)
                    }
                    _ => Usage::Displayed(parent),
                }
            }
            Expr::List(ruff_python_ast::ExprList { ctx, .. })
            | Expr::Tuple(ruff_python_ast::ExprTuple { ctx, .. })
                if *ctx != ExprContext::Load =>
            {
                Usage::Target(parent)
            }
            Expr::List(_) | Expr::Tuple(_) | Expr::Set(_) | Expr::TString(_) => {
                Usage::Displayed(parent)
            }
            Expr::ListComp(it) => element(&it.generators),
            Expr::SetComp(it) => element(&it.generators),
            Expr::DictComp(it) => element(&it.generators),
            Expr::Generator(it) => element(&it.generators),
            Expr::Await(_) => Usage::Awaited(parent),
            Expr::Yield(_) => Usage::Yielded(parent),
            Expr::YieldFrom(_) => Usage::YieldedFrom(parent),
            Expr::FString(_) => Usage::Formatted(parent),
            _ => Usage::Unknown,
        }
    }

    /// Whether the display only serves a moment: compared, searched, tested, or the right side of
    /// a `%` that formats a string.
    pub(super) fn is_passing_display(&self, display: NodeId) -> bool {
        match self.usage(display).usage {
            Usage::Compared(_) | Usage::Contains(_) | Usage::Tested(_) | Usage::Discarded(_) => {
                true
            }
            Usage::Operand(node) => match self.nodes().get(node) {
                Some(Node::Expr(Expr::BinOp(it))) => {
                    it.op == Operator::Mod
                        && self.nodes().id(&*it.right) == display
                        && self.kind_of(&it.left) == super::types::Kind::Str
                }
                _ => false,
            },
            _ => false,
        }
    }
}

/// Whether the expression is this part of what is around it.
#[inline]
fn is_same(part: Option<&Expr>, expr: &Expr) -> bool {
    part.is_some_and(|part| std::ptr::eq(part, expr))
}

fn assigned(target: &Expr, statement: NodeId) -> Usage<'_> {
    match target {
        Expr::Name(_) => Usage::Assigned(target),
        Expr::Tuple(_) | Expr::List(_) | Expr::Starred(_) => Usage::Unpacked(statement),
        _ => Usage::Stored(target),
    }
}

fn usage_in_statement<'a>(part: Option<&'a Expr>, stmt: &'a Stmt, parent: NodeId) -> Usage<'a> {
    let is = |expr: &Expr| is_same(part, expr);
    let boxed = |expr: &Option<Box<Expr>>| expr.as_deref().is_some_and(is);
    match stmt {
        Stmt::Return(_) => Usage::Returned(parent),
        Stmt::Delete(_) => Usage::Deleted(parent),
        Stmt::Assign(it) if is(&it.value) => match &it.targets[..] {
            [only] => assigned(only, parent),
            _ => Usage::Shared(parent),
        },
        Stmt::AugAssign(it) if is(&it.value) => Usage::Augments(parent),
        Stmt::AugAssign(_) => Usage::Augmented(parent),
        Stmt::AnnAssign(it) if boxed(&it.value) => assigned(&it.target, parent),
        Stmt::AnnAssign(it) if is(&it.annotation) => Usage::Annotation(parent),
        Stmt::For(it) if is(&it.iter) => Usage::For(parent),
        Stmt::With(it) => {
            if it.items.iter().any(|item| is(&item.context_expr)) {
                Usage::Context(parent)
            } else {
                Usage::Target(parent)
            }
        }
        Stmt::Match(it) => {
            if is(&it.subject) {
                Usage::Matched(parent)
            } else if it.cases.iter().any(|case| boxed(&case.guard)) {
                Usage::Tested(parent)
            } else {
                Usage::Compared(parent)
            }
        }
        Stmt::While(_) | Stmt::If(_) => Usage::Tested(parent),
        Stmt::Assert(it) if is(&it.test) => Usage::Tested(parent),
        Stmt::Raise(_) | Stmt::Assert(_) => Usage::Raised(parent),
        // A type to catch.
        Stmt::Try(_) => Usage::Compared(parent),
        Stmt::Expr(_) => Usage::Discarded(parent),
        Stmt::FunctionDef(def) => {
            if def.decorator_list.iter().any(|decorator| is(&decorator.expression)) {
                Usage::Decorator(parent)
            } else if def.parameters.iter().any(|it| it.default().is_some_and(is)) {
                Usage::Default(parent)
            } else {
                Usage::Annotation(parent)
            }
        }
        Stmt::ClassDef(def) => {
            if def.decorator_list.iter().any(|decorator| is(&decorator.expression)) {
                Usage::Decorator(parent)
            } else if def.arguments.as_ref().is_some_and(|it| {
                it.args.iter().any(is) || it.keywords.iter().any(|it| is(&it.value))
            }) {
                Usage::Base(parent)
            } else {
                Usage::Annotation(parent)
            }
        }
        Stmt::TypeAlias(it) if is(&it.value) => Usage::Annotation(parent),
        Stmt::Assign(_) | Stmt::AnnAssign(_) | Stmt::For(_) | Stmt::TypeAlias(_) => {
            Usage::Target(parent)
        }
        _ => Usage::Unknown,
    }
}
