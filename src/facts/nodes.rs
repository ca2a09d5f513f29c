//! Every statement and expression of a file in source order, with its parent, scope and loop.
//!
//! Ids are preorder positions, so a subtree is a range of ids. The table answers what surrounds a
//! node; it knows nothing about meaning.

use std::ops::Range;

use ruff_python_ast::{Expr, HasNodeIndex, Stmt};
use ruff_text_size::{Ranged, TextRange};
use smallvec::SmallVec;

use super::loops::LoopId;
use super::scopes::ScopeId;

/// The position of a node in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

impl NodeId {
    /// The parent of the module's statements; the id of no node.
    pub const ROOT: NodeId = NodeId(u32::MAX);

    #[inline]
    pub(super) fn new(index: usize) -> NodeId {
        NodeId(index as u32)
    }

    #[inline]
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }

    /// The nodes from this one up to, but without, another.
    pub(super) fn until(self, end: NodeId) -> impl Iterator<Item = NodeId> + use<> {
        (self.0..end.0).map(NodeId)
    }

    /// The next node in source order: the first part of this one, or what stands after it.
    #[inline]
    pub(super) fn following(self) -> NodeId {
        NodeId(self.0.saturating_add(1))
    }
}

/// A statement or an expression.
#[derive(Debug, Clone, Copy)]
pub enum Node<'a> {
    /// A statement.
    Stmt(&'a Stmt),
    /// An expression.
    Expr(&'a Expr),
}

impl<'a> Node<'a> {
    /// The expression, if it is one.
    #[inline]
    pub fn as_expr(self) -> Option<&'a Expr> {
        match self {
            Node::Expr(expr) => Some(expr),
            Node::Stmt(_) => None,
        }
    }

    /// The statement, if it is one.
    #[inline]
    pub fn as_stmt(self) -> Option<&'a Stmt> {
        match self {
            Node::Stmt(stmt) => Some(stmt),
            Node::Expr(_) => None,
        }
    }
}

impl Ranged for Node<'_> {
    fn range(&self) -> TextRange {
        match self {
            Node::Stmt(stmt) => stmt.range(),
            Node::Expr(expr) => expr.range(),
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) node: Node<'a>,
    pub(super) parent: NodeId,
    /// One past the last descendant.
    pub(super) end: u32,
    pub(super) scope: ScopeId,
    pub(super) innermost: LoopId,
}

/// What a pass over all nodes may be after, as bits: one byte a node, so that such a pass reads
/// neither the table nor the tree but where it has to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape(u8);

impl Shape {
    /// A lambda.
    pub(super) const LAMBDA: Shape = Shape(1);
    /// May run or change what it does not name: see `effects`.
    pub(super) const EFFECT: Shape = Shape(1 << 2);
    /// Tests: what is proven in a part of it, or after it, may not hold elsewhere.
    pub(super) const GUARD: Shape = Shape(1 << 3);
    /// A name.
    pub(super) const NAME: Shape = Shape(1 << 4);
    /// Its parts may see different values of one name: it binds names, has parts that run at
    /// another time, or a test whose outcome may be known.
    pub(super) const UNEVEN: Shape = Shape(1 << 5);
    /// An f-string or a t-string.
    pub(super) const INTERPOLATED: Shape = Shape(1 << 6);
    /// Of what no pass is after: literals, displays and much more.
    pub(super) const NONE: Shape = Shape(0);

    pub(super) const fn and(self, other: Shape) -> Shape {
        Shape(self.0 | other.0)
    }

    /// Whether it is after any of these.
    pub(super) const fn has(self, wanted: Shape) -> bool {
        self.0 & wanted.0 != 0
    }

    /// Eight shapes, the first in the lowest byte.
    #[inline]
    fn word(shapes: [Shape; 8]) -> u64 {
        u64::from_le_bytes(shapes.map(|it| it.0))
    }

    #[inline]
    pub(super) fn of_stmt(stmt: &Stmt) -> Shape {
        match stmt {
            Stmt::With(_) | Stmt::For(_) | Stmt::ClassDef(_) | Stmt::AugAssign(_) => Shape::EFFECT,
            Stmt::FunctionDef(def) if !def.decorator_list.is_empty() => Shape::EFFECT,
            Stmt::If(_) | Stmt::While(_) | Stmt::Assert(_) => Shape::GUARD,
            _ => Shape::NONE,
        }
    }

    #[inline]
    pub(super) fn of_expr(expr: &Expr) -> Shape {
        match expr {
            Expr::Name(_) => Shape::NAME,
            Expr::Attribute(it) if !it.ctx.is_load() => Shape::EFFECT,
            Expr::Subscript(it) if !it.ctx.is_load() => Shape::EFFECT,
            Expr::Call(_) | Expr::Await(_) | Expr::Yield(_) | Expr::YieldFrom(_) => Shape::EFFECT,
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) | Expr::Generator(_) => {
                Shape::EFFECT.and(Shape::GUARD).and(Shape::UNEVEN)
            }
            Expr::If(it) => match &*it.test {
                Expr::BooleanLiteral(_)
                | Expr::NumberLiteral(_)
                | Expr::BoolOp(_)
                | Expr::UnaryOp(_) => Shape::GUARD.and(Shape::UNEVEN),
                _ => Shape::GUARD,
            },
            Expr::BoolOp(_) => Shape::GUARD,
            Expr::Named(_) => Shape::UNEVEN,
            Expr::FString(_) | Expr::TString(_) => Shape::INTERPOLATED,
            Expr::Lambda(_) => Shape::LAMBDA.and(Shape::UNEVEN),
            _ => Shape::NONE,
        }
    }
}

/// The positions of wanted shapes in a run of them, told for eight at a time.
struct Hits<'s> {
    /// The shapes from the position `next` on.
    rest: &'s [Shape],
    next: usize,
    /// The wanted bits of every byte.
    wanted: u64,
    /// What is wanted of the eight shapes from the position `first` on, and not told yet.
    word: u64,
    first: usize,
}

impl Iterator for Hits<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        while self.word == 0 {
            let word = if let Some((shapes, rest)) = self.rest.split_first_chunk() {
                self.rest = rest;
                Shape::word(*shapes)
            } else {
                let mut shapes = [Shape::NONE; 8];
                self.rest.first()?;
                shapes.iter_mut().zip(self.rest).for_each(|(to, from)| *to = *from);
                self.rest = &[];
                Shape::word(shapes)
            };
            self.word = word & self.wanted;
            (self.first, self.next) = (self.next, self.next + 8);
        }
        let byte = self.word.trailing_zeros() / 8;
        self.word &= !(0xff << (byte * 8));
        Some(self.first + byte as usize)
    }
}

/// The table.
#[derive(Debug, Default)]
pub struct Nodes<'a> {
    pub(super) entries: Vec<Entry<'a>>,
    /// By node.
    pub(super) shapes: Vec<Shape>,
}

impl<'a> Nodes<'a> {
    /// How many nodes the file has.
    #[inline]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The nodes of some shape among the given ones, in source order.
    pub(super) fn shaped(&self, wanted: Shape) -> impl Iterator<Item = (NodeId, &Entry<'a>)> {
        let rest = &self.shapes[..];
        let wanted = u64::from_le_bytes([wanted.0; 8]);
        let hits = Hits { rest, wanted, next: 0, word: 0, first: 0 };
        hits.filter_map(|index| Some((NodeId::new(index), self.entries.get(index)?)))
    }

    /// The positions of a node and its descendants; none for the root.
    pub(super) fn subtree(&self, id: NodeId) -> Range<usize> {
        self.entries.get(id.index()).map_or(0..0, |entry| id.index()..entry.end as usize)
    }

    /// Every expression, in source order.
    pub fn exprs(&self) -> impl Iterator<Item = &'a Expr> {
        self.entries.iter().filter_map(|entry| entry.node.as_expr())
    }

    /// Every f-string and t-string, in source order.
    pub fn interpolated(&self) -> impl Iterator<Item = &'a Expr> {
        self.shaped(Shape::INTERPOLATED).filter_map(|(_, entry)| entry.node.as_expr())
    }

    /// Whether the file has no node at all.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The id of a node of this file.
    #[inline]
    pub fn id(&self, node: &impl HasNodeIndex) -> NodeId {
        // Each node got its index from the walk that filled the table. A node of another tree
        // has none and resolves to no entry: it gets the number by which `NodeIndex` tells that
        // it is none, so that nothing has to be told apart here.
        NodeId(node.node_index().load().as_u32().unwrap_or(u32::MAX - 2))
    }

    /// The node of an id. `None` for the root.
    #[inline]
    pub fn get(&self, id: NodeId) -> Option<Node<'a>> {
        Some(self.entries.get(id.index())?.node)
    }

    /// The node at a position in source order.
    pub fn nth(&self, index: usize) -> Option<Node<'a>> {
        Some(self.entries.get(index)?.node)
    }

    /// The parent of a node; the root for the module's statements.
    #[inline]
    pub fn parent(&self, id: NodeId) -> NodeId {
        self.entries.get(id.index()).map_or(NodeId::ROOT, |entry| entry.parent)
    }

    /// The parents of a node from the inside to the outside.
    pub fn ancestors(&self, id: NodeId) -> impl Iterator<Item = (NodeId, Node<'a>)> + '_ {
        let mut at = id;
        std::iter::from_fn(move || {
            at = self.parent(at);
            self.get(at).map(|node| (at, node))
        })
    }

    /// The ids of a node's descendants, without the node itself.
    pub fn descendants(&self, id: NodeId) -> impl DoubleEndedIterator<Item = NodeId> + use<'a> {
        let end = self.entries.get(id.index()).map_or(0, |entry| entry.end);
        (id.0.saturating_add(1)..end).map(NodeId)
    }

    /// Whether `inner` lies in the subtree of `outer`, or is it.
    #[inline]
    pub fn contains(&self, outer: NodeId, inner: NodeId) -> bool {
        outer <= inner && self.entries.get(outer.index()).is_some_and(|entry| inner.0 < entry.end)
    }

    /// The statement that a node belongs to: the node itself if it is one.
    pub fn statement(&self, id: NodeId) -> Option<(NodeId, &'a Stmt)> {
        let mut at = id;
        loop {
            match self.get(at)? {
                Node::Stmt(stmt) => return Some((at, stmt)),
                Node::Expr(_) => at = self.parent(at),
            }
        }
    }

    /// The scope in which a node is evaluated.
    #[inline]
    pub fn scope(&self, id: NodeId) -> ScopeId {
        self.entries.get(id.index()).map_or(ScopeId::MODULE, |entry| entry.scope)
    }

    /// The scope in which the statements of a block are evaluated. `None` for an empty one.
    pub fn scope_of(&self, block: &[Stmt]) -> Option<ScopeId> {
        Some(self.scope(self.id(block.first()?)))
    }

    /// The innermost loop of the same function that a node lies in.
    #[inline]
    pub fn innermost_loop(&self, id: NodeId) -> LoopId {
        self.entries.get(id.index()).map_or(LoopId::NONE, |entry| entry.innermost)
    }

    /// The block that holds a statement, as the whole run of its siblings.
    pub fn block(&self, id: NodeId) -> Option<&'a [Stmt]> {
        let Node::Stmt(stmt) = self.get(id)? else { return None };
        let parent = match self.get(self.parent(id))? {
            Node::Stmt(parent) => parent,
            Node::Expr(_) => return None,
        };
        blocks(parent).find(|block| {
            block.first().is_some_and(|first| first.start() <= stmt.start())
                && block.last().is_some_and(|last| stmt.end() <= last.end())
        })
    }
}

/// The blocks of a compound statement in source order.
pub fn blocks(stmt: &Stmt) -> impl Iterator<Item = &[Stmt]> {
    let mut found: SmallVec<[&[Stmt]; 4]> = SmallVec::new();
    match stmt {
        Stmt::FunctionDef(def) => found.push(&def.body),
        Stmt::ClassDef(def) => found.push(&def.body),
        Stmt::For(it) => found.extend([&it.body[..], &it.orelse[..]]),
        Stmt::While(it) => found.extend([&it.body[..], &it.orelse[..]]),
        Stmt::If(it) => {
            found.push(&it.body);
            found.extend(it.elif_else_clauses.iter().map(|clause| &clause.body[..]));
        }
        Stmt::With(it) => found.push(&it.body),
        Stmt::Match(it) => found.extend(it.cases.iter().map(|case| &case.body[..])),
        Stmt::Try(it) => {
            found.push(&it.body);
            found.extend(it.handlers.iter().map(|handler| {
                let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
                &handler.body[..]
            }));
            found.extend([&it.orelse[..], &it.finalbody[..]]);
        }
        _ => {}
    }
    found.into_iter()
}
