//! The walk through expressions and patterns. Most bind nothing and run as a whole: their names are
//! taken from the table of nodes. The others are followed part by part.

use std::ops::Range;

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    Arguments, BoolOp, Comprehension, Expr, Number, Parameters, Pattern, UnaryOp,
};

use super::env::JoinId;
use super::walk::{Walk, Ways};
use crate::facts::cfg::Parts;
use crate::facts::nodes::{NodeId, Shape};
use crate::facts::scopes::{DefinitionId, Means};

/// The outcome of a test, where the test says it.
fn outcome(test: &Expr) -> Option<bool> {
    match test {
        Expr::BooleanLiteral(it) => Some(it.value),
        Expr::NumberLiteral(it) => match &it.value {
            Number::Int(int) => Some(*int != 0),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the outcome of a part of a test is known.
fn has_outcome(test: &Expr) -> bool {
    match test {
        Expr::BoolOp(it) => it.values.iter().any(has_outcome),
        Expr::UnaryOp(it) if it.op == UnaryOp::Not => has_outcome(&it.operand),
        test => outcome(test).is_some(),
    }
}

/// A run of nodes that are even.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Even {
    from: usize,
    until: usize,
    /// The next node is uneven.
    found: bool,
}

impl<'a> Walk<'_, '_, 'a> {
    pub(super) fn arguments(&mut self, arguments: &'a Arguments) {
        self.visit_arguments(arguments);
    }

    pub(super) fn parameters(&mut self, parameters: &'a Parameters) {
        self.visit_parameters(parameters);
    }

    pub(super) fn expr(&mut self, expr: &'a Expr) {
        let nodes = self.facts.nodes();
        match expr {
            Expr::Name(_) => return self.name(nodes.id(expr)),
            Expr::StringLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_) => return,
            _ => {}
        }
        let range = nodes.subtree(nodes.id(expr));
        // Where nothing leads to, each part has a block of its own.
        if self.is_uneven(&range) || !self.env().is_alive() {
            return self.parts(expr);
        }
        let shapes = nodes.shapes.get(range.clone()).unwrap_or_default();
        for (index, shape) in range.zip(shapes) {
            if shape.has(Shape::NAME) {
                self.name(NodeId::new(index));
            }
        }
    }

    /// Whether some node in a range is uneven.
    fn is_uneven(&mut self, range: &Range<usize>) -> bool {
        let known = self.even;
        let (from, unknown) = if (known.from..=known.until).contains(&range.start) {
            if range.end <= known.until || known.found {
                return range.end > known.until;
            }
            (known.from, known.until)
        } else {
            (range.start, range.start)
        };
        let shapes = self.facts.nodes().shapes.get(unknown..range.end).unwrap_or_default();
        let found = shapes.iter().position(|shape| shape.has(Shape::UNEVEN));
        let until = found.map_or(range.end, |at| unknown + at);
        self.even = Even { from, until, found: found.is_some() };
        found.is_some()
    }

    /// A name expression.
    fn name(&mut self, id: NodeId) {
        match self.resolved.means(id) {
            Means::Definition(definition) => self.store(Some(definition)),
            // What is stored is a definition.
            Means::Binding(binding) => self.read(id, binding),
            Means::Builtin | Means::Unknown => {}
        }
    }

    /// Follows an expression part by part.
    fn parts(&mut self, expr: &'a Expr) {
        match expr {
            Expr::Named(it) => {
                self.expr(&it.value);
                self.expr(&it.target);
            }
            Expr::BoolOp(it) => {
                let mut values = it.values.iter();
                values.next().into_iter().for_each(|it| self.expr(it));
                let end = self.env().open();
                for value in values {
                    self.env().arrive(end);
                    self.env().follow();
                    self.expr(value);
                }
                self.env().arrive(end);
                self.env().enter(end);
            }
            Expr::Compare(it) => {
                self.expr(&it.left);
                let mut comparators = it.comparators.iter();
                comparators.next().into_iter().for_each(|it| self.expr(it));
                for value in comparators {
                    let next = self.env().open();
                    self.env().arrive(next);
                    self.env().follow();
                    self.expr(value);
                    self.env().arrive(next);
                    self.env().enter(next);
                }
            }
            Expr::If(it) => {
                let join = self.env().open();
                let ways = self.decide(&it.test);
                self.enter_holds(ways);
                self.expr(&it.body);
                self.env().arrive(join);
                self.enter_fails(ways);
                self.expr(&it.orelse);
                self.env().arrive(join);
                self.env().enter(join);
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

    /// Evaluates a test.
    pub(super) fn decide(&mut self, test: &'a Expr) -> Ways {
        let at = self.env().mark();
        if let Some(outcome) = outcome(test) {
            return Ways::Plain { at, holds: outcome, fails: !outcome };
        }
        let nodes = self.facts.nodes();
        if at.alive && !has_outcome(test) && !self.is_uneven(&nodes.subtree(nodes.id(test))) {
            self.expr(test);
            return Ways::Plain { at, holds: true, fails: true };
        }
        let (holds, fails) = (self.env().open(), self.env().open());
        self.condition(test, holds, fails);
        Ways::Joined { holds, fails }
    }

    /// Evaluates a test whose two ways on lead to joins.
    pub(super) fn condition(&mut self, test: &'a Expr, holds: JoinId, fails: JoinId) {
        match test {
            Expr::BoolOp(it) => {
                let Some((last, first)) = it.values.split_last() else { return };
                for value in first {
                    let next = self.env().open();
                    match it.op {
                        BoolOp::And => self.condition(value, next, fails),
                        BoolOp::Or => self.condition(value, holds, next),
                    }
                    self.env().enter(next);
                }
                self.condition(last, holds, fails);
            }
            Expr::UnaryOp(it) if it.op == UnaryOp::Not => {
                self.condition(&it.operand, fails, holds);
            }
            test => {
                if let Some(outcome) = outcome(test) {
                    return self.env().arrive(if outcome { holds } else { fails });
                }
                self.expr(test);
                self.env().arrive(holds);
                self.env().arrive(fails);
            }
        }
    }

    /// Makes choices of what name expressions in a node may change.
    fn head_of(&mut self, node: NodeId) {
        let mark = self.env().mark();
        let range = self.facts.nodes().subtree(node);
        self.env().spend(range.len());
        for index in range {
            if let Some(definition) = self.resolved.definition(NodeId::new(index)) {
                self.may_change(definition.index(), mark);
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
        self.env().follow();
        self.head_of(self.facts.nodes().id(expr));
        let at = self.env().mark();
        let head = self.env().open();
        for (index, generator) in generators.iter().enumerate() {
            if index > 0 {
                self.expr(&generator.iter);
                self.env().arrive(head);
            }
            self.env().follow();
            self.expr(&generator.target);
            for test in &generator.ifs {
                let holds = self.env().open();
                self.condition(test, holds, head);
                self.env().enter(holds);
            }
            if index > 0 {
                self.env().arrive(head);
            }
        }
        // The next item of an inner clause follows without a new outer item.
        self.env().follow();
        for element in elements.into_iter().flatten() {
            self.head_of(self.facts.nodes().id(element));
        }
        let inside = self.env().mark();
        let again = self.env().open();
        elements.into_iter().flatten().for_each(|it| self.expr(it));
        self.env().arrive(again);
        self.env().arrive(head);
        self.env().close_loop(again, inside);
        self.env().close_loop(head, at);
    }

    /// Binds the names of a pattern of a `match` statement; after each the match may still fail.
    /// `captures`: the first definition of the statement that was not yet bound.
    pub(super) fn pattern(
        &mut self,
        statement: NodeId,
        pattern: &'a Pattern,
        failed: JoinId,
        captures: &mut Option<DefinitionId>,
    ) {
        let parts = Parts::of(pattern);
        parts.exprs.into_iter().for_each(|it| self.expr(it));
        self.env().follow();
        let mut start = self.env().mark();
        let all = self.facts.scopes().all_definitions();
        for at in 0..parts.places.len() {
            let from = captures.map_or(all.len(), DefinitionId::index);
            let own =
                |index: &usize| all[*index].node == statement && all[*index].target == NodeId::ROOT;
            let found = (from..all.len()).find(own);
            *captures = found.map(|index| DefinitionId(index as u32 + 1));
            self.store(found.map(|index| DefinitionId(index as u32)));
            if at == 0 && self.env().catch.is_none() {
                // The first one is bound in the block that the pattern begins with.
                start = self.env().mark();
            }
            self.env().arrive(failed);
            self.env().follow();
            if parts.has_alternatives {
                // An alternative may leave the name to another one.
                let next = self.env().open_at(start);
                self.env().arrive(next);
                self.env().arrive_unchanged(next);
                self.env().enter(next);
            }
        }
    }
}

impl<'a> Visitor<'a> for Walk<'_, '_, 'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        self.expr(expr);
    }
}
