//! The walk's part over what binds names: targets and patterns.

use ruff_python_ast::{Expr, ExprName, Pattern};

use super::{Mark, Walker};
use crate::facts::nodes::{Node, Shape};
use crate::facts::scopes::DefinitionKind;

/// What a target makes of its name, and of each name in it if it takes the value apart.
pub(super) struct Bound<'a> {
    pub(super) whole: DefinitionKind<'a>,
    pub(super) part: DefinitionKind<'a>,
}

impl<'a> Bound<'a> {
    /// The same for every name.
    pub(super) fn each(kind: DefinitionKind<'a>) -> Bound<'a> {
        Bound { whole: kind, part: kind }
    }
}

impl<'a> Walker<'a> {
    /// Walks a target and defines each name in it.
    pub(super) fn target(&mut self, target: &'a Expr, bound: &Bound<'a>) {
        if let Expr::Name(name) = target {
            self.bound_name(target, name, bound.whole);
        } else {
            self.target_part(target, bound);
        }
    }

    fn target_part(&mut self, target: &'a Expr, bound: &Bound<'a>) {
        match target {
            Expr::Name(name) => self.bound_name(target, name, bound.part),
            Expr::Tuple(it) => {
                let mark = self.enter(Node::Expr(target), &it.node_index, Shape::NONE);
                self.parts(&it.elts, bound, mark);
            }
            Expr::List(it) => {
                let mark = self.enter(Node::Expr(target), &it.node_index, Shape::NONE);
                self.parts(&it.elts, bound, mark);
            }
            Expr::Starred(it) => {
                let mark = self.enter(Node::Expr(target), &it.node_index, Shape::NONE);
                if it.value.is_name_expr() {
                    self.out.rests.push(it);
                }
                self.parts(std::slice::from_ref(&it.value), bound, mark);
            }
            _ => self.expr(target),
        }
    }

    fn parts(&mut self, parts: &'a [Expr], bound: &Bound<'a>, mark: Mark) {
        for part in parts {
            self.target_part(part, bound);
        }
        self.leave(mark);
    }

    fn bound_name(&mut self, target: &'a Expr, name: &'a ExprName, kind: DefinitionKind<'a>) {
        let id = self.leaf(Node::Expr(target), &name.node_index, Shape::NAME);
        self.out.scopes.mention(id, self.scope);
        // The definition's node is what stands around the name, not the name itself.
        self.define_in(self.scope, id, name.id.as_str(), name.range, kind);
    }

    pub(super) fn loop_target(&mut self, target: &'a Expr, iter: &'a Expr) {
        let bound =
            Bound { whole: DefinitionKind::Loop(iter), part: DefinitionKind::LoopUnpack(iter) };
        self.target(target, &bound);
    }

    pub(super) fn pattern(&mut self, pattern: &'a Pattern) {
        match pattern {
            Pattern::MatchValue(it) => self.expr(&it.value),
            Pattern::MatchSingleton(_) => {}
            Pattern::MatchSequence(it) => it.patterns.iter().for_each(|part| self.pattern(part)),
            Pattern::MatchMapping(it) => {
                for (key, part) in it.keys.iter().zip(&it.patterns) {
                    self.expr(key);
                    self.pattern(part);
                }
                if let Some(rest) = &it.rest {
                    self.define(rest, rest.range, DefinitionKind::Capture);
                }
            }
            Pattern::MatchClass(it) => {
                self.expr(&it.cls);
                it.arguments.patterns.iter().for_each(|part| self.pattern(part));
                it.arguments.keywords.iter().for_each(|part| self.pattern(&part.pattern));
            }
            Pattern::MatchStar(it) => {
                if let Some(name) = &it.name {
                    self.define(name, name.range, DefinitionKind::Capture);
                }
            }
            Pattern::MatchAs(it) => {
                if let Some(part) = &it.pattern {
                    self.pattern(part);
                }
                if let Some(name) = &it.name {
                    self.define(name, name.range, DefinitionKind::Capture);
                }
            }
            Pattern::MatchOr(it) => it.patterns.iter().for_each(|part| self.pattern(part)),
        }
    }
}
