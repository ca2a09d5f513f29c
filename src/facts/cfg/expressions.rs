//! The control flow inside of expressions and patterns: what may be left out, and in which order
//! the rest is evaluated.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    Arguments, BoolOp, Comprehension, Expr, ExprContext, Number, Parameters, Pattern, UnaryOp,
};
use ruff_text_size::{Ranged, TextSize};

use super::{Builder, Event};

impl<'a> Builder<'_, 'a> {
    pub(super) fn expr(&mut self, expr: &'a Expr) {
        self.visit_expr(expr);
    }

    pub(super) fn arguments(&mut self, arguments: &'a Arguments) {
        self.visit_arguments(arguments);
    }

    pub(super) fn parameters(&mut self, parameters: &'a Parameters) {
        self.visit_parameters(parameters);
    }

    /// Evaluates a test and goes on in one of two blocks. Leaves the builder nowhere: the caller
    /// goes on in one of them.
    pub(super) fn condition(&mut self, test: &'a Expr, then: u32, otherwise: u32) {
        match test {
            Expr::BoolOp(it) => {
                let Some((last, first)) = it.values.split_last() else { return };
                for value in first {
                    let next = self.block();
                    match it.op {
                        BoolOp::And => self.condition(value, next, otherwise),
                        BoolOp::Or => self.condition(value, then, next),
                    }
                    self.at = next;
                }
                self.condition(last, then, otherwise);
            }
            Expr::UnaryOp(it) if it.op == UnaryOp::Not => {
                self.condition(&it.operand, otherwise, then);
            }
            Expr::BooleanLiteral(it) => {
                self.edge(self.at, if it.value { then } else { otherwise });
            }
            Expr::NumberLiteral(it) if matches!(&it.value, Number::Int(_)) => {
                let zero = matches!(&it.value, Number::Int(int) if *int == 0);
                self.edge(self.at, if zero { otherwise } else { then });
            }
            test => {
                self.expr(test);
                self.edge(self.at, then);
                self.edge(self.at, otherwise);
            }
        }
    }

    /// Evaluates something that may be left out.
    fn maybe(&mut self, inside: impl FnOnce(&mut Self)) {
        let start = self.at;
        self.follow();
        inside(self);
        let next = self.follow();
        self.edge(start, next);
    }

    /// Binds the names of a pattern; after each the match may still fail.
    pub(super) fn pattern(&mut self, pattern: &'a Pattern, failed: u32) {
        let parts = Parts::of(pattern);
        parts.exprs.into_iter().for_each(|it| self.expr(it));
        let start = self.follow();
        for place in parts.places {
            self.store(place);
            self.edge(self.at, failed);
            self.follow();
            if parts.has_alternatives {
                // An alternative may leave the name to another one.
                self.edge(start, self.at);
            }
        }
    }

    fn comprehension(
        &mut self,
        expr: &'a Expr,
        elements: [Option<&'a Expr>; 2],
        generators: &'a [Comprehension],
    ) {
        generators.first().into_iter().for_each(|it| self.expr(&it.iter));
        let head = self.follow();
        self.head(self.facts.nodes().id(expr), head);
        let after = self.block();
        self.edge(head, after);
        for (index, generator) in generators.iter().enumerate() {
            if index > 0 {
                self.expr(&generator.iter);
                self.edge(self.at, head);
            }
            self.follow();
            self.expr(&generator.target);
            for test in &generator.ifs {
                let holds = self.block();
                self.condition(test, holds, head);
                self.at = holds;
            }
            if index > 0 {
                self.edge(self.at, head);
            }
        }
        // The next item of an inner clause follows without a new outer item.
        let inside = self.follow();
        elements.into_iter().flatten().for_each(|it| self.expr(it));
        self.edge(self.at, inside);
        self.edge(self.at, head);
        self.at = after;
    }
}

impl<'a> Visitor<'a> for Builder<'_, 'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Name(name) if name.ctx == ExprContext::Load => {
                self.event(Event::Use(self.facts.nodes().id(name)));
            }
            Expr::Name(name) => self.store(name.start()),
            Expr::Named(it) => {
                self.expr(&it.value);
                self.expr(&it.target);
            }
            Expr::BoolOp(it) => {
                let mut values = it.values.iter();
                values.next().into_iter().for_each(|it| self.expr(it));
                let end = self.block();
                for value in values {
                    self.edge(self.at, end);
                    self.follow();
                    self.expr(value);
                }
                self.edge(self.at, end);
                self.at = end;
            }
            Expr::Compare(it) => {
                self.expr(&it.left);
                for (index, value) in it.comparators.iter().enumerate() {
                    if index == 0 {
                        self.expr(value);
                    } else {
                        self.maybe(|builder| builder.expr(value));
                    }
                }
            }
            Expr::If(it) => {
                let (then, otherwise, join) = (self.block(), self.block(), self.block());
                self.condition(&it.test, then, otherwise);
                for (block, value) in [(then, &it.body), (otherwise, &it.orelse)] {
                    self.at = block;
                    self.expr(value);
                    self.edge(self.at, join);
                }
                self.at = join;
            }
            Expr::Lambda(it) => {
                it.parameters.iter().for_each(|it| self.visit_parameters(it));
            }
            // The rest runs when the generator is asked for items.
            Expr::Generator(it) => {
                it.generators.first().into_iter().for_each(|it| self.expr(&it.iter));
            }
            Expr::ListComp(it) => self.comprehension(expr, [None, Some(&it.elt)], &it.generators),
            Expr::SetComp(it) => self.comprehension(expr, [None, Some(&it.elt)], &it.generators),
            Expr::DictComp(it) => {
                self.comprehension(expr, [it.key.as_deref(), Some(&it.value)], &it.generators);
            }
            _ => visitor::walk_expr(self, expr),
        }
    }
}

/// The names that a pattern binds and the values that it compares with.
#[derive(Default)]
pub(in crate::facts) struct Parts<'a> {
    pub(in crate::facts) places: Vec<TextSize>,
    pub(in crate::facts) exprs: Vec<&'a Expr>,
    pub(in crate::facts) has_alternatives: bool,
}

impl<'a> Parts<'a> {
    pub(in crate::facts) fn of(pattern: &'a Pattern) -> Parts<'a> {
        let mut parts = Parts::default();
        parts.visit_pattern(pattern);
        parts
    }
}

impl<'a> Visitor<'a> for Parts<'a> {
    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        visitor::walk_pattern(self, pattern);
        self.has_alternatives |= pattern.is_match_or();
        let name = match pattern {
            Pattern::MatchAs(it) => it.name.as_ref(),
            Pattern::MatchStar(it) => it.name.as_ref(),
            Pattern::MatchMapping(it) => it.rest.as_ref(),
            _ => None,
        };
        self.places.extend(name.map(Ranged::start));
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        self.exprs.push(expr);
    }
}
