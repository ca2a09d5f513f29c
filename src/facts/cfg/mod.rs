//! The control flow of one body of code: basic blocks of reads and stores of its own names.
//!
//! Edges are a superset of what can happen: an exception may leave a `try` or `with` body before
//! and after each store. A `finally` body stands twice, for the normal way and for all others.
//! Where an exception leaves the body it leads nowhere; that is not among the ways to the exit.
//!
//! Questions about places are answered with the blocks. What reaches a read is found by a walk that
//! makes none (`reaching`); the blocks are its slow twin.

pub(super) mod acts;
mod expressions;

use ruff_python_ast::{ExceptHandler, Expr, Stmt, StmtTry};
use ruff_text_size::{Ranged, TextSize};
use smallvec::SmallVec;

use super::Facts;
use super::nodes::NodeId;
pub(super) use expressions::Parts;

/// Something that happens in a block.
#[derive(Debug, Clone, Copy)]
pub(super) enum Event {
    /// A statement begins.
    Begin(NodeId),
    /// A name expression is read.
    Use(NodeId),
    /// The name that stands here is bound or deleted.
    Store(TextSize),
}

/// A basic block.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) events: SmallVec<[Event; 2]>,
    pub(super) before: SmallVec<[u32; 2]>,
    pub(super) after: SmallVec<[u32; 2]>,
}

/// Where a body begins.
pub(super) const ENTRY: u32 = 0;
/// Where a body ends by `return` or by its last statement.
pub(super) const EXIT: u32 = 1;

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

/// The blocks of a body.
#[derive(Debug, Default)]
pub(super) struct Cfg {
    pub(super) blocks: Vec<Block>,
    /// The block in which each loop begins a pass, by the loop's statement or comprehension.
    pub(super) heads: Vec<(NodeId, u32)>,
}

/// `finally` bodies nested deeper are not followed twice.
pub(super) const MAX_FINALS: u32 = 4;

/// Calls after which nothing runs.
const NO_RETURN: &[&str] = &["sys.exit", "os._exit", "os.abort", "exit", "quit"];

/// Context managers that let every exception through.
const TRANSPARENT: &[&str] = &[
    "bz2.open",
    "codecs.open",
    "contextlib.closing",
    "contextlib.nullcontext",
    "gzip.open",
    "io.open",
    "lzma.open",
    "open",
    "tarfile.open",
    "tempfile.NamedTemporaryFile",
    "tempfile.TemporaryDirectory",
    "tempfile.TemporaryFile",
    "threading.Lock",
    "torch.inference_mode",
    "torch.no_grad",
    "zipfile.ZipFile",
];

/// Whether an expression is a call after which nothing runs.
pub(super) fn never_returns<'a>(facts: &Facts<'a>, expr: &'a Expr) -> bool {
    expr.as_call_expr().is_some_and(|call| {
        facts.qualified(&call.func).is_some_and(|name| NO_RETURN.contains(&name))
    })
}

/// Whether leaving the context may end an exception.
pub(super) fn may_swallow<'a>(facts: &Facts<'a>, context: &'a Expr) -> bool {
    let Expr::Call(call) = context else { return true };
    !facts.qualified(&call.func).is_some_and(|name| TRANSPARENT.contains(&name))
}

struct Builder<'f, 'a> {
    facts: &'f Facts<'a>,
    cfg: Cfg,
    at: u32,
    /// Where an exception goes. `None`: out of the body.
    catch: Option<u32>,
    frames: Vec<Frame>,
    finals: u32,
}

/// The control flow of a body whose parameters stand at these places.
pub(super) fn build<'a>(
    facts: &Facts<'a>,
    parameters: impl Iterator<Item = TextSize>,
    body: &'a [Stmt],
) -> Cfg {
    let cfg = Cfg { blocks: vec![Block::default(), Block::default()], heads: Vec::new() };
    let mut builder = Builder { facts, cfg, at: ENTRY, catch: None, frames: Vec::new(), finals: 0 };
    parameters.for_each(|place| builder.store(place));
    // A loop may lead back to the first statement, never to the entry.
    builder.follow();
    builder.body(body);
    builder.edge(builder.at, EXIT);
    let mut cfg = builder.cfg;
    prune(&mut cfg.blocks);
    cfg
}

/// Takes the edges out that lead from where no path leads to.
fn prune(blocks: &mut [Block]) {
    let mut reached = vec![false; blocks.len()];
    let mut work = vec![ENTRY];
    while let Some(at) = work.pop() {
        if !std::mem::replace(&mut reached[at as usize], true) {
            work.extend_from_slice(&blocks[at as usize].after);
        }
    }
    for (at, block) in blocks.iter_mut().enumerate() {
        block.before.retain(|before| reached[*before as usize]);
        if !reached[at] {
            block.after.clear();
        }
    }
}

impl<'a> Builder<'_, 'a> {
    fn block(&mut self) -> u32 {
        let id = self.cfg.blocks.len() as u32;
        self.cfg.blocks.push(Block::default());
        if let Some(catch) = self.catch {
            self.edge(id, catch);
        }
        id
    }

    fn edge(&mut self, from: u32, to: u32) {
        if let Some(block) = self.cfg.blocks.get_mut(from as usize) {
            block.after.push(to);
        }
        if let Some(block) = self.cfg.blocks.get_mut(to as usize) {
            block.before.push(from);
        }
    }

    /// Goes on in a new block.
    fn follow(&mut self) -> u32 {
        let next = self.block();
        self.edge(self.at, next);
        self.at = next;
        next
    }

    /// Goes on where nothing leads to.
    fn unreachable(&mut self) {
        self.at = self.block();
    }

    fn event(&mut self, event: Event) {
        if let Some(block) = self.cfg.blocks.get_mut(self.at as usize) {
            block.events.push(event);
        }
    }

    /// The only event of its block wherever an exception can be caught: one may come before it,
    /// and one after it.
    fn store(&mut self, place: TextSize) {
        if self.catch.is_some() {
            self.follow();
        }
        self.event(Event::Store(place));
        if self.catch.is_some() {
            self.follow();
        }
    }

    fn jump(&mut self, jump: Jump) {
        let mut target = EXIT;
        for frame in self.frames.iter_mut().rev() {
            match (frame, jump) {
                (Frame::Finally { entry, pending }, _) => {
                    pending[jump as usize] = true;
                    target = *entry;
                }
                (Frame::Loop { after, .. }, Jump::Break) => target = *after,
                (Frame::Loop { head, .. }, Jump::Continue) => target = *head,
                _ => continue,
            }
            break;
        }
        self.edge(self.at, target);
        self.unreachable();
    }

    fn body(&mut self, body: &'a [Stmt]) {
        for stmt in body {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        self.event(Event::Begin(self.facts.nodes().id(stmt)));
        match stmt {
            Stmt::FunctionDef(def) => {
                def.decorator_list.iter().for_each(|it| self.expr(&it.expression));
                self.parameters(&def.parameters);
                self.optional(def.returns.as_deref());
                self.store(def.name.start());
            }
            Stmt::ClassDef(def) => {
                def.decorator_list.iter().for_each(|it| self.expr(&it.expression));
                if let Some(arguments) = &def.arguments {
                    self.arguments(arguments);
                }
                self.store(def.name.start());
            }
            Stmt::Return(it) => {
                self.optional(it.value.as_deref());
                self.jump(Jump::Return);
            }
            Stmt::Delete(it) => it.targets.iter().for_each(|target| self.expr(target)),
            Stmt::Assign(it) => {
                self.expr(&it.value);
                it.targets.iter().for_each(|target| self.expr(target));
            }
            Stmt::AugAssign(it) => {
                if let Expr::Name(name) = &*it.target {
                    self.event(Event::Use(self.facts.nodes().id(name)));
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
            Stmt::Raise(it) => {
                self.optional(it.exc.as_deref());
                self.optional(it.cause.as_deref());
                // Every block of a `try` body has its edge to the handlers already.
                self.unreachable();
            }
            Stmt::Break(_) => self.jump(Jump::Break),
            Stmt::Continue(_) => self.jump(Jump::Continue),
            Stmt::If(it) => {
                let join = self.block();
                let (mut then, mut otherwise) = (self.block(), self.block());
                self.condition(&it.test, then, otherwise);
                self.at = then;
                self.body(&it.body);
                self.edge(self.at, join);
                for clause in &it.elif_else_clauses {
                    self.at = otherwise;
                    if let Some(test) = &clause.test {
                        (then, otherwise) = (self.block(), self.block());
                        self.condition(test, then, otherwise);
                        self.at = then;
                    } else {
                        otherwise = self.block();
                    }
                    self.body(&clause.body);
                    self.edge(self.at, join);
                }
                // Behind an `else` this block has nothing before it.
                self.edge(otherwise, join);
                self.at = join;
            }
            Stmt::While(it) => {
                let head = self.follow();
                self.head(self.facts.nodes().id(stmt), head);
                let (inside, done, after) = (self.block(), self.block(), self.block());
                self.condition(&it.test, inside, done);
                self.at = inside;
                self.looped(head, after, &it.body);
                self.at = done;
                self.body(&it.orelse);
                self.edge(self.at, after);
                self.at = after;
            }
            Stmt::For(it) => {
                self.expr(&it.iter);
                let head = self.follow();
                self.head(self.facts.nodes().id(stmt), head);
                let after = self.block();
                self.follow();
                self.expr(&it.target);
                self.looped(head, after, &it.body);
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
                    self.expr(&item.context_expr);
                    if may_swallow(self.facts, &item.context_expr) {
                        self.catch = Some(swallow);
                        self.follow();
                        self.follow();
                    }
                    self.optional(item.optional_vars.as_deref());
                }
                self.body(&it.body);
                self.catch = outer;
                let end = self.at;
                self.unreachable();
                self.edge(end, self.at);
                self.edge(swallow, self.at);
            }
            Stmt::Match(it) => {
                self.expr(&it.subject);
                let join = self.block();
                let mut complete = false;
                for case in &it.cases {
                    let start = self.at;
                    // A pattern may bind some of its names and then fail.
                    let failed = self.block();
                    self.edge(start, failed);
                    self.follow();
                    self.pattern(&case.pattern, failed);
                    let matched = self.block();
                    match &case.guard {
                        Some(guard) => self.condition(guard, matched, failed),
                        None => self.edge(self.at, matched),
                    }
                    complete |= case.guard.is_none() && case.pattern.is_irrefutable();
                    self.at = matched;
                    self.body(&case.body);
                    self.edge(self.at, join);
                    self.at = failed;
                    if complete {
                        self.unreachable();
                    }
                }
                self.edge(self.at, join);
                self.at = join;
            }
            Stmt::Try(it) => self.attempt(it),
            Stmt::Assert(it) => {
                let start = self.at;
                self.follow();
                let (holds, fails) = (self.block(), self.block());
                self.condition(&it.test, holds, fails);
                self.at = fails;
                self.optional(it.msg.as_deref());
                // `python -O` leaves the statement out, `assert False` as well.
                self.edge(start, holds);
                self.at = holds;
            }
            Stmt::Expr(it) => {
                self.expr(&it.value);
                if never_returns(self.facts, &it.value) {
                    self.unreachable();
                }
            }
            Stmt::Global(_) | Stmt::Nonlocal(_) | Stmt::Pass(_) | Stmt::IpyEscapeCommand(_) => {}
        }
    }

    fn head(&mut self, of: NodeId, head: u32) {
        self.cfg.heads.push((of, head));
    }

    fn looped(&mut self, head: u32, after: u32, body: &'a [Stmt]) {
        self.frames.push(Frame::Loop { head, after });
        self.body(body);
        self.frames.pop();
        self.edge(self.at, head);
    }

    fn attempt(&mut self, it: &'a StmtTry) {
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
        if !it.handlers.is_empty() {
            self.catch = Some(dispatch);
        }
        self.follow();
        self.follow();
        self.body(&it.body);
        self.catch = handlers_catch;
        self.follow();
        self.body(&it.orelse);
        self.edge(self.at, join);
        let mut next = dispatch;
        for ExceptHandler::ExceptHandler(handler) in &it.handlers {
            self.at = next;
            self.follow();
            self.optional(handler.type_.as_deref());
            // The types are tried one after the other.
            next = self.at;
            self.follow();
            if let Some(name) = &handler.name {
                self.store(name.start());
            }
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
        if let Some(outer) = outer {
            // The exception goes on.
            self.edge(end, outer);
        }
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

    fn optional(&mut self, expr: Option<&'a Expr>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }
}
