//! The walk through the statements of a body, in the order in which they run. It follows the paths
//! that `cfg` makes edges of, and tells of each read what the name may hold there.

use ruff_python_ast::{
    ExceptHandler, Expr, Stmt, StmtFor, StmtIf, StmtMatch, StmtTry, StmtWhile, StmtWith,
};
use ruff_text_size::{Ranged, TextRange};

use super::answers::Answers;
use super::env::{Env, JoinId, Mark};
use super::expressions::Even;
use super::homes::Homes;
use super::values::Value;
use crate::facts::Facts;
use crate::facts::cfg::{MAX_FINALS, may_swallow, never_returns};
use crate::facts::nodes::NodeId;
use crate::facts::scopes::{
    BindingId, Definition, DefinitionId, Names, Resolved, ScopeId, ScopeKind,
};

/// How a statement leaves its block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Jump {
    Break,
    Continue,
    Return,
}

/// What a jump may lead to.
#[derive(Debug)]
enum Frame {
    Loop { head: JoinId, after: JoinId },
    Finally { entry: JoinId, pending: [bool; 3] },
}

/// The two ways on from a test.
#[derive(Debug, Clone, Copy)]
pub(super) enum Ways {
    /// Nothing is bound on either; whether each can be gone.
    Plain { at: Mark, holds: bool, fails: bool },
    /// Each has a join of its own.
    Joined { holds: JoinId, fails: JoinId },
}

pub(super) struct Walk<'w, 'f, 'a> {
    pub(super) facts: &'f Facts<'a>,
    pub(super) names: Names<'f, 'a>,
    pub(super) resolved: &'f Resolved,
    pub(super) homes: &'f Homes,
    pub(super) body: ScopeId,
    answers: &'w mut Answers<'a>,
    frames: Vec<Frame>,
    finals: u32,
    /// What was last found out of the shapes.
    pub(super) even: Even,
}

/// Finds what reaches the reads of a body.
pub(super) fn solve<'a>(
    facts: &Facts<'a>,
    homes: &Homes,
    body: ScopeId,
    answers: &mut Answers<'a>,
) {
    let opened = facts.scopes().get(body);
    let mut walk = Walk {
        facts,
        names: facts.names(),
        resolved: facts.names().resolved(),
        homes,
        body,
        answers,
        frames: Vec::new(),
        finals: 0,
        even: Even::default(),
    };
    walk.env().clear();
    match opened.kind {
        ScopeKind::Module => walk.block(&facts.module.body),
        ScopeKind::Class(def) => walk.block(&def.body),
        ScopeKind::Function(def) => {
            walk.parameters_of(opened.node, def.parameters.len());
            walk.block(&def.body);
        }
        _ => return,
    }
    answers.settle();
    if answers.env.is_spent() {
        answers.forget(facts, homes, body);
    }
}

impl<'a> Walk<'_, '_, 'a> {
    pub(super) fn env(&mut self) -> &mut Env {
        &mut self.answers.env
    }

    /// Binds the parameters of the body's own function.
    fn parameters_of(&mut self, function: NodeId, count: usize) {
        // Among the definitions of the statement are those that its defaults make.
        let Some(first) = self.resolved.definition(function).filter(|_| count > 0) else { return };
        let all = self.facts.scopes().all_definitions();
        let body = self.body;
        let own = all.iter().enumerate().skip(first.index()).filter(|(_, it)| it.from == body);
        for (index, _) in own.take(count) {
            self.store(Some(DefinitionId(index as u32)));
        }
    }

    /// A name is read that has a binding.
    pub(super) fn read(&mut self, node: NodeId, binding: BindingId) {
        if self.homes.is_followed(binding, self.body) {
            let value = self.answers.env.read(binding);
            self.answers.note(node, value);
        }
    }

    /// A name is bound or deleted. `None`: by what makes no definition.
    pub(super) fn store(&mut self, definition: Option<DefinitionId>) {
        let followed = definition.and_then(|id| {
            let binding = self.names.binding_of(id.index())?;
            self.homes.is_followed(binding, self.body).then_some((id, binding))
        });
        let Some((id, binding)) = followed else { return self.env().stored() };
        let value = if self.homes.deletes(id) { Value::UNBOUND } else { Value::defined(id) };
        self.answers.store(id);
        self.answers.env.store(binding, value);
    }

    fn block(&mut self, body: &'a [Stmt]) {
        for stmt in body {
            if self.env().is_spent() {
                return;
            }
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        match stmt {
            Stmt::Expr(it) => {
                self.expr(&it.value);
                if never_returns(self.facts, &it.value) {
                    self.env().end();
                }
            }
            Stmt::Assign(it) => {
                self.expr(&it.value);
                it.targets.iter().for_each(|target| self.expr(target));
            }
            Stmt::AugAssign(it) => {
                if it.target.is_name_expr() {
                    self.read_of_target(self.facts.nodes().id(&*it.target));
                }
                self.expr(&it.value);
                self.expr(&it.target);
            }
            Stmt::AnnAssign(it) => {
                self.expr(&it.annotation);
                if let Some(value) = &it.value {
                    self.expr(value);
                    self.expr(&it.target);
                }
            }
            Stmt::Return(it) => {
                self.optional(it.value.as_deref());
                self.jump(Jump::Return);
            }
            Stmt::Raise(it) => {
                self.optional(it.exc.as_deref());
                self.optional(it.cause.as_deref());
                self.env().end();
            }
            Stmt::Break(_) => self.jump(Jump::Break),
            Stmt::Continue(_) => self.jump(Jump::Continue),
            Stmt::Delete(it) => it.targets.iter().for_each(|target| self.expr(target)),
            Stmt::FunctionDef(def) => {
                def.decorator_list.iter().for_each(|it| self.expr(&it.expression));
                self.parameters(&def.parameters);
                self.optional(def.returns.as_deref());
                self.store_of(stmt);
            }
            Stmt::ClassDef(def) => {
                def.decorator_list.iter().for_each(|it| self.expr(&it.expression));
                if let Some(arguments) = &def.arguments {
                    self.arguments(arguments);
                }
                self.store_of(stmt);
            }
            Stmt::TypeAlias(it) => {
                self.store(self.resolved.definition(self.facts.nodes().id(&*it.name)));
            }
            Stmt::Import(it) => self.imports(stmt, it.names.len()),
            Stmt::ImportFrom(it) => {
                let named = it.names.iter().filter(|alias| alias.name.as_str() != "*");
                self.imports(stmt, named.count());
            }
            Stmt::If(it) => self.branches(it),
            Stmt::For(it) => self.for_each(it),
            Stmt::While(it) => self.while_true(it),
            Stmt::With(it) => self.with(it),
            Stmt::Match(it) => self.choose(self.facts.nodes().id(stmt), it),
            Stmt::Try(it) => self.attempt(it),
            Stmt::Assert(it) => {
                let holds = self.env().open();
                self.env().arrive(holds);
                self.env().follow();
                let ways = self.decide(&it.test);
                self.enter_holds(ways);
                self.env().arrive(holds);
                self.enter_fails(ways);
                self.optional(it.msg.as_deref());
                // `python -O` leaves the statement out, `assert False` as well.
                self.env().enter(holds);
            }
            Stmt::Global(_) | Stmt::Nonlocal(_) | Stmt::Pass(_) | Stmt::IpyEscapeCommand(_) => {}
        }
    }

    fn optional(&mut self, expr: Option<&'a Expr>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    /// The name that is read, changed and bound by one statement.
    fn read_of_target(&mut self, target: NodeId) {
        let definition = self.resolved.definition(target);
        if let Some(binding) = definition.and_then(|id| self.names.binding_of(id.index())) {
            self.read(target, binding);
        }
    }

    /// What a statement binds without a name expression.
    fn store_of(&mut self, stmt: &'a Stmt) {
        self.store(self.resolved.definition(self.facts.nodes().id(stmt)));
    }

    fn imports(&mut self, stmt: &'a Stmt, count: usize) {
        let first = self.resolved.definition(self.facts.nodes().id(stmt));
        for index in 0..count as u32 {
            self.store(first.map(|first| DefinitionId(first.0 + index)));
        }
    }

    fn jump(&mut self, jump: Jump) {
        self.leave(jump);
        self.env().end();
    }

    /// Lets the path lead to where a jump goes.
    fn leave(&mut self, jump: Jump) {
        let target = self.frames.iter_mut().rev().find_map(|frame| match (frame, jump) {
            (Frame::Finally { entry, pending }, _) => {
                pending[jump as usize] = true;
                Some(*entry)
            }
            (Frame::Loop { after, .. }, Jump::Break) => Some(*after),
            (Frame::Loop { head, .. }, Jump::Continue) => Some(*head),
            _ => None,
        });
        if let Some(target) = target {
            self.env().arrive(target);
        }
    }

    pub(super) fn enter_holds(&mut self, ways: Ways) {
        match ways {
            Ways::Plain { at, holds, .. } => self.env().back(at, at.alive && holds),
            Ways::Joined { holds, .. } => self.env().enter(holds),
        }
    }

    pub(super) fn enter_fails(&mut self, ways: Ways) {
        match ways {
            Ways::Plain { at, fails, .. } => self.env().back(at, at.alive && fails),
            Ways::Joined { fails, .. } => self.env().enter(fails),
        }
    }

    fn branches(&mut self, it: &'a StmtIf) {
        let join = self.env().open();
        let mut ways = self.decide(&it.test);
        let mut has_else = false;
        self.enter_holds(ways);
        self.block(&it.body);
        self.env().arrive(join);
        for clause in &it.elif_else_clauses {
            self.enter_fails(ways);
            match &clause.test {
                Some(test) => {
                    ways = self.decide(test);
                    self.enter_holds(ways);
                }
                None => has_else = true,
            }
            self.block(&clause.body);
            self.env().arrive(join);
        }
        if !has_else {
            self.enter_fails(ways);
            self.env().arrive(join);
        }
        self.env().enter(join);
    }

    /// Makes choices of what the definitions in a range may change.
    fn head(&mut self, range: TextRange) {
        let all = self.facts.scopes().all_definitions();
        let starts = |it: &Definition<'_>| it.range.start();
        let first = all.partition_point(|it| starts(it) < range.start());
        let count = all[first..].partition_point(|it| starts(it) < range.end());
        self.env().spend(count);
        let mark = self.env().mark();
        for index in first..first + count {
            self.may_change(index, mark);
        }
    }

    pub(super) fn may_change(&mut self, definition: usize, mark: Mark) {
        if let Some(binding) = self.names.binding_of(definition)
            && self.homes.is_followed(binding, self.body)
        {
            self.env().may_change(binding, mark);
        }
    }

    fn looped(&mut self, head: JoinId, after: JoinId, body: &'a [Stmt]) {
        self.frames.push(Frame::Loop { head, after });
        self.block(body);
        self.frames.pop();
        self.env().arrive(head);
    }

    fn while_true(&mut self, it: &'a StmtWhile) {
        self.env().follow();
        self.head(TextRange::new(it.test.start(), end_of(&it.body)));
        let at = self.env().mark();
        let (after, head) = (self.env().open(), self.env().open());
        let ways = self.decide(&it.test);
        self.enter_holds(ways);
        self.looped(head, after, &it.body);
        // What the test has bound is bound on the way out; what the body has changed is a choice.
        self.enter_fails(ways);
        self.block(&it.orelse);
        self.env().arrive(after);
        self.env().close_loop(head, at);
        self.env().enter(after);
    }

    fn for_each(&mut self, it: &'a StmtFor) {
        self.expr(&it.iter);
        self.env().follow();
        self.head(TextRange::new(it.target.start(), end_of(&it.body)));
        let at = self.env().mark();
        let (after, head) = (self.env().open(), self.env().open());
        self.env().follow();
        self.expr(&it.target);
        self.looped(head, after, &it.body);
        self.env().close_loop(head, at);
        self.block(&it.orelse);
        self.env().arrive(after);
        self.env().enter(after);
    }

    fn with(&mut self, it: &'a StmtWith) {
        let outer = self.env().catch;
        let mut joins = None;
        for item in &it.items {
            self.expr(&item.context_expr);
            if may_swallow(self.facts, &item.context_expr) {
                let (_, swallow) = *joins.get_or_insert_with(|| {
                    (self.answers.env.open(), self.answers.env.open_catch())
                });
                self.env().catch = Some(swallow);
                self.env().follow();
            }
            self.optional(item.optional_vars.as_deref());
        }
        self.block(&it.body);
        self.env().catch = outer;
        self.env().follow();
        if let Some((after, swallow)) = joins {
            self.env().arrive(after);
            self.env().enter(swallow);
            self.env().arrive(after);
            self.env().enter(after);
        }
    }

    fn choose(&mut self, id: NodeId, it: &'a StmtMatch) {
        self.expr(&it.subject);
        let join = self.env().open();
        let mut complete = false;
        let mut captures = self.resolved.definition(id);
        for case in &it.cases {
            // A pattern may bind some of its names and then fail.
            let failed = self.env().open();
            self.env().arrive(failed);
            self.env().follow();
            self.pattern(id, &case.pattern, failed, &mut captures);
            let matched = self.env().open();
            match &case.guard {
                Some(guard) => self.condition(guard, matched, failed),
                None => self.env().arrive(matched),
            }
            complete |= case.guard.is_none() && case.pattern.is_irrefutable();
            self.env().enter(matched);
            self.block(&case.body);
            self.env().arrive(join);
            self.env().enter(failed);
            if complete {
                self.env().end();
            }
        }
        self.env().arrive(join);
        self.env().enter(join);
    }

    fn attempt(&mut self, it: &'a StmtTry) {
        let outer = self.env().catch;
        let entry = (!it.finalbody.is_empty()).then(|| self.env().open_catch());
        if let Some(entry) = entry {
            self.frames.push(Frame::Finally { entry, pending: [false; 3] });
            self.env().catch = Some(entry);
        }
        let handlers_catch = self.env().catch;
        let join = self.env().open();
        let start = self.env().mark();
        let dispatch = (!it.handlers.is_empty()).then(|| self.env().open_catch());
        if dispatch.is_some() {
            self.env().catch = dispatch;
        }
        self.env().follow();
        self.block(&it.body);
        self.env().catch = handlers_catch;
        if dispatch.is_some() {
            self.env().expose_since(start);
        }
        self.env().follow();
        self.block(&it.orelse);
        self.env().arrive(join);
        if let Some(dispatch) = dispatch {
            self.env().enter(dispatch);
            self.handlers(&it.handlers, join);
        }
        self.env().catch = outer;
        let Some(entry) = entry else { return self.env().enter(join) };
        let pending = match self.frames.pop() {
            Some(Frame::Finally { pending, .. }) => pending,
            _ => [true; 3],
        };
        self.finals += 1;
        let twice = self.finals <= MAX_FINALS;
        if !twice {
            self.env().enter(join);
            self.env().arrive(entry);
        }
        self.env().enter(entry);
        self.env().follow();
        self.block(&it.finalbody);
        for jump in [Jump::Break, Jump::Continue, Jump::Return] {
            if pending[jump as usize] {
                self.leave(jump);
            }
        }
        if twice {
            self.env().enter(join);
            self.env().follow();
            self.block(&it.finalbody);
        } else {
            self.env().follow();
        }
        self.finals -= 1;
    }

    /// The types are tried one after the other.
    fn handlers(&mut self, handlers: &'a [ExceptHandler], join: JoinId) {
        for ExceptHandler::ExceptHandler(handler) in handlers {
            self.env().follow();
            self.optional(handler.type_.as_deref());
            let next = self.env().mark();
            self.env().follow();
            if handler.name.is_some() {
                // A name of a handler is not followed.
                self.store(None);
            }
            self.block(&handler.body);
            self.env().arrive(join);
            self.env().back(next, next.alive);
        }
    }
}

/// Where the last statement ends.
fn end_of(body: &[Stmt]) -> ruff_text_size::TextSize {
    body.last().map_or_else(Default::default, Ranged::end)
}
