//! The control flow of one body of code: basic blocks of reads and stores of its own names.
//!
//! Edges are a superset of what can happen: an exception may leave a `try` or `with` body before
//! and after each store. A `finally` body stands twice, for the normal way and for all others.

use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{ExceptHandler, Expr, ExprContext, Number, Pattern, Stmt};
use ruff_text_size::{Ranged, TextSize};

use super::Facts;
use super::nodes::NodeId;

/// What happens to a name.
#[derive(Debug, Clone, Copy)]
pub(super) enum Event {
    /// A name expression is read.
    Use(NodeId),
    /// The name that stands here is bound or deleted.
    Store(TextSize),
}

/// A basic block.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) events: Vec<Event>,
    pub(super) before: Vec<u32>,
    pub(super) after: Vec<u32>,
}

#[derive(Clone, Copy)]
enum Jump {
    Break,
    Continue,
    Return,
}

enum Frame {
    Loop { head: u32, after: u32 },
    Finally { entry: u32, pending: [bool; 3] },
}

pub(super) struct Builder<'f, 'a> {
    facts: &'f Facts<'a>,
    pub(super) blocks: Vec<Block>,
    at: u32,
    /// Where an exception goes. `None`: out of the body.
    catch: Option<u32>,
    frames: Vec<Frame>,
    finals: u32,
}

/// `finally` bodies nested deeper are not followed twice.
const MAX_FINALS: u32 = 4;

impl<'f, 'a> Builder<'f, 'a> {
    pub(super) fn new(facts: &'f Facts<'a>) -> Builder<'f, 'a> {
        let blocks = vec![Block::default()];
        Builder { facts, blocks, at: 0, catch: None, frames: Vec::new(), finals: 0 }
    }

    fn block(&mut self) -> u32 {
        let id = self.blocks.len() as u32;
        self.blocks.push(Block::default());
        if let Some(catch) = self.catch {
            self.edge(id, catch);
        }
        id
    }

    fn edge(&mut self, from: u32, to: u32) {
        if let Some(block) = self.blocks.get_mut(from as usize) {
            block.after.push(to);
        }
        if let Some(block) = self.blocks.get_mut(to as usize) {
            block.before.push(from);
        }
    }

    fn follow(&mut self) -> u32 {
        let next = self.block();
        self.edge(self.at, next);
        self.at = next;
        next
    }

    fn event(&mut self, event: Event) {
        if let Some(block) = self.blocks.get_mut(self.at as usize) {
            block.events.push(event);
        }
    }

    /// The last event of its block wherever an exception can be caught.
    pub(super) fn store(&mut self, place: TextSize) {
        self.event(Event::Store(place));
        if self.catch.is_some() {
            self.follow();
        }
    }

    fn jump(&mut self, jump: Jump) {
        let mut target = None;
        for frame in self.frames.iter_mut().rev() {
            match (frame, jump) {
                (Frame::Finally { entry, pending }, _) => {
                    pending[jump as usize] = true;
                    target = Some(*entry);
                }
                (Frame::Loop { after, .. }, Jump::Break) => target = Some(*after),
                (Frame::Loop { head, .. }, Jump::Continue) => target = Some(*head),
                _ => continue,
            }
            break;
        }
        if let Some(target) = target {
            self.edge(self.at, target);
        }
        self.at = self.block();
    }

    pub(super) fn body(&mut self, body: &'a [Stmt]) {
        for stmt in body {
            self.stmt(stmt);
        }
    }

    fn arm(&mut self, from: u32, join: u32, body: &'a [Stmt]) {
        self.at = from;
        self.follow();
        self.body(body);
        self.edge(self.at, join);
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::FunctionDef(def) => {
                def.decorator_list.iter().for_each(|it| self.visit_expr(&it.expression));
                self.visit_parameters(&def.parameters);
                def.returns.iter().for_each(|it| self.visit_expr(it));
                self.store(def.name.start());
            }
            Stmt::ClassDef(def) => {
                def.decorator_list.iter().for_each(|it| self.visit_expr(&it.expression));
                def.arguments.iter().for_each(|it| self.visit_arguments(it));
                self.store(def.name.start());
            }
            Stmt::Assign(it) => {
                self.visit_expr(&it.value);
                it.targets.iter().for_each(|target| self.visit_expr(target));
            }
            Stmt::AugAssign(it) => {
                if let Expr::Name(name) = &*it.target {
                    self.event(Event::Use(self.facts.nodes().id(name)));
                }
                self.visit_expr(&it.value);
                self.visit_expr(&it.target);
            }
            Stmt::AnnAssign(it) => {
                self.visit_expr(&it.annotation);
                if let Some(value) = &it.value {
                    self.visit_expr(value);
                    self.visit_expr(&it.target);
                }
            }
            Stmt::TypeAlias(it) => self.store(it.name.start()),
            Stmt::Import(it) => {
                for alias in &it.names {
                    self.store(alias.asname.as_ref().unwrap_or(&alias.name).start());
                }
            }
            Stmt::ImportFrom(it) => {
                for alias in &it.names {
                    self.store(alias.asname.as_ref().unwrap_or(&alias.name).start());
                }
            }
            Stmt::Return(it) => {
                it.value.iter().for_each(|it| self.visit_expr(it));
                self.jump(Jump::Return);
            }
            Stmt::Raise(_) => {
                visitor::walk_stmt(self, stmt);
                // Every block of a `try` body has its edge to the handlers already.
                self.at = self.block();
            }
            Stmt::Break(_) => self.jump(Jump::Break),
            Stmt::Continue(_) => self.jump(Jump::Continue),
            Stmt::If(it) => {
                self.visit_expr(&it.test);
                let join = self.block();
                let test = self.at;
                self.arm(test, join, &it.body);
                self.at = test;
                let mut complete = false;
                for clause in &it.elif_else_clauses {
                    self.follow();
                    clause.test.iter().for_each(|it| self.visit_expr(it));
                    let test = self.at;
                    self.arm(test, join, &clause.body);
                    self.at = test;
                    complete |= clause.test.is_none();
                }
                if !complete {
                    self.edge(self.at, join);
                }
                self.at = join;
            }
            Stmt::While(it) => {
                let head = self.follow();
                self.visit_expr(&it.test);
                let endless = match &*it.test {
                    Expr::BooleanLiteral(it) => it.value,
                    Expr::NumberLiteral(it) => {
                        matches!(&it.value, Number::Int(it) if it.as_u8() == Some(1))
                    }
                    _ => false,
                };
                let test = self.at;
                let after = self.block();
                self.looped(head, after, |it| it.at = test, &it.body);
                self.at = test;
                if endless {
                    self.at = self.block();
                } else {
                    self.follow();
                }
                self.body(&it.orelse);
                self.edge(self.at, after);
                self.at = after;
            }
            Stmt::For(it) => {
                self.visit_expr(&it.iter);
                let head = self.follow();
                let after = self.block();
                self.looped(head, after, |_| {}, &[]);
                self.at = head;
                self.follow();
                self.visit_expr(&it.target);
                self.frames.push(Frame::Loop { head, after });
                self.body(&it.body);
                self.frames.pop();
                self.edge(self.at, head);
                self.at = head;
                self.follow();
                self.body(&it.orelse);
                self.edge(self.at, after);
                self.at = after;
            }
            Stmt::With(it) => {
                let outer = self.catch;
                let swallow = self.block();
                for item in &it.items {
                    self.visit_expr(&item.context_expr);
                    self.catch = Some(swallow);
                    self.follow();
                    self.follow();
                    item.optional_vars.iter().for_each(|it| self.visit_expr(it));
                }
                self.body(&it.body);
                self.catch = outer;
                let end = self.at;
                self.at = self.block();
                self.edge(end, self.at);
                self.edge(swallow, self.at);
            }
            Stmt::Match(it) => {
                self.visit_expr(&it.subject);
                let join = self.block();
                let mut complete = false;
                for case in &it.cases {
                    let start = self.at;
                    // A pattern may bind some of its names and then fail.
                    let failed = self.block();
                    self.edge(start, failed);
                    self.follow();
                    self.pattern(&case.pattern, failed);
                    case.guard.iter().for_each(|it| self.visit_expr(it));
                    if case.guard.is_some() || !case.pattern.is_irrefutable() {
                        self.edge(self.at, failed);
                    } else {
                        complete = true;
                    }
                    let matched = self.at;
                    self.arm(matched, join, &case.body);
                    self.at = failed;
                }
                if !complete {
                    self.edge(self.at, join);
                }
                self.at = join;
            }
            Stmt::Try(it) => self.attempt(it),
            _ => visitor::walk_stmt(self, stmt),
        }
    }

    fn looped(&mut self, head: u32, after: u32, at: impl FnOnce(&mut Self), body: &'a [Stmt]) {
        if body.is_empty() {
            return;
        }
        at(self);
        self.follow();
        self.frames.push(Frame::Loop { head, after });
        self.body(body);
        self.frames.pop();
        self.edge(self.at, head);
    }

    fn pattern(&mut self, pattern: &'a Pattern, failed: u32) {
        let mut places = Vec::new();
        Captures { places: &mut places }.visit_pattern(pattern);
        let mut exprs = PatternExprs { exprs: Vec::new() };
        exprs.visit_pattern(pattern);
        exprs.exprs.into_iter().for_each(|it| self.visit_expr(it));
        let start = self.follow();
        for place in places {
            self.store(place);
            self.edge(self.at, failed);
            let from = self.at;
            self.at = self.block();
            self.edge(from, self.at);
            // An alternative may leave the name alone.
            self.edge(start, self.at);
        }
    }

    fn attempt(&mut self, it: &'a ruff_python_ast::StmtTry) {
        let outer = self.catch;
        let has_final = !it.finalbody.is_empty();
        let entry = self.block();
        if has_final {
            self.frames.push(Frame::Finally { entry, pending: [false; 3] });
            self.catch = Some(entry);
        }
        let handlers_catch = self.catch;
        let dispatch = self.block();
        let join = self.block();
        self.catch = Some(dispatch);
        self.follow();
        self.follow();
        self.body(&it.body);
        self.catch = handlers_catch;
        self.follow();
        self.body(&it.orelse);
        self.edge(self.at, join);
        for ExceptHandler::ExceptHandler(handler) in &it.handlers {
            self.at = dispatch;
            self.follow();
            handler.type_.iter().for_each(|it| self.visit_expr(it));
            handler.name.iter().for_each(|it| self.store(it.start()));
            self.body(&handler.body);
            self.edge(self.at, join);
        }
        self.catch = outer;
        if !has_final {
            self.at = join;
            return;
        }
        let pending = match self.frames.pop() {
            Some(Frame::Finally { pending, .. }) => pending,
            _ => [true; 3],
        };
        self.finals += 1;
        self.at = entry;
        let twice = self.finals <= MAX_FINALS;
        if !twice {
            self.edge(join, entry);
        }
        self.follow();
        self.body(&it.finalbody);
        let end = self.at;
        for jump in [Jump::Break, Jump::Continue, Jump::Return] {
            if pending[jump as usize] {
                self.at = end;
                self.jump(jump);
            }
        }
        if twice {
            self.at = join;
            self.follow();
            self.body(&it.finalbody);
        } else {
            self.at = end;
            self.follow();
        }
        self.finals -= 1;
    }

    /// Evaluates something that may be left out.
    fn maybe(&mut self, inside: impl FnOnce(&mut Self)) {
        let start = self.at;
        self.follow();
        inside(self);
        let next = self.follow();
        self.edge(start, next);
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
                self.visit_expr(&it.value);
                self.visit_expr(&it.target);
            }
            Expr::BoolOp(it) => {
                let mut values = it.values.iter();
                values.next().into_iter().for_each(|it| self.visit_expr(it));
                values.for_each(|value| self.maybe(|builder| builder.visit_expr(value)));
            }
            Expr::Compare(it) => {
                self.visit_expr(&it.left);
                for (index, value) in it.comparators.iter().enumerate() {
                    if index == 0 {
                        self.visit_expr(value);
                    } else {
                        self.maybe(|builder| builder.visit_expr(value));
                    }
                }
            }
            Expr::If(it) => {
                self.visit_expr(&it.test);
                let test = self.at;
                let join = self.block();
                for value in [&it.body, &it.orelse] {
                    self.at = test;
                    self.follow();
                    self.visit_expr(value);
                    self.edge(self.at, join);
                }
                self.at = join;
            }
            Expr::Lambda(it) => {
                it.parameters.iter().for_each(|it| self.visit_parameters(it));
            }
            Expr::Generator(it) => {
                it.generators.first().into_iter().for_each(|it| self.visit_expr(&it.iter));
            }
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) => self.comprehension(expr),
            _ => visitor::walk_expr(self, expr),
        }
    }
}

impl<'a> Builder<'_, 'a> {
    fn comprehension(&mut self, expr: &'a Expr) {
        let (generators, elements) = match expr {
            Expr::ListComp(it) => (&it.generators, [None, Some(&*it.elt)]),
            Expr::SetComp(it) => (&it.generators, [None, Some(&*it.elt)]),
            Expr::DictComp(it) => (&it.generators, [it.key.as_deref(), Some(&*it.value)]),
            _ => return,
        };
        generators.first().into_iter().for_each(|it| self.visit_expr(&it.iter));
        let head = self.follow();
        let after = self.block();
        self.edge(head, after);
        for (index, generator) in generators.iter().enumerate() {
            if index > 0 {
                self.visit_expr(&generator.iter);
                self.edge(self.at, head);
            }
            self.follow();
            self.visit_expr(&generator.target);
            for test in &generator.ifs {
                self.visit_expr(test);
                self.edge(self.at, head);
                self.follow();
            }
            if index > 0 {
                self.edge(self.at, head);
            }
        }
        // The next item of an inner clause follows without a new outer item.
        let inside = self.follow();
        elements.into_iter().flatten().for_each(|it| self.visit_expr(it));
        self.edge(self.at, inside);
        self.edge(self.at, head);
        self.at = after;
    }
}

struct Captures<'p> {
    places: &'p mut Vec<TextSize>,
}

impl<'a> Visitor<'a> for Captures<'_> {
    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        visitor::walk_pattern(self, pattern);
        let name = match pattern {
            Pattern::MatchAs(it) => it.name.as_ref(),
            Pattern::MatchStar(it) => it.name.as_ref(),
            Pattern::MatchMapping(it) => it.rest.as_ref(),
            _ => None,
        };
        self.places.extend(name.map(Ranged::start));
    }
}

struct PatternExprs<'a> {
    exprs: Vec<&'a Expr>,
}

impl<'a> Visitor<'a> for PatternExprs<'a> {
    fn visit_expr(&mut self, expr: &'a Expr) {
        self.exprs.push(expr);
    }
}
