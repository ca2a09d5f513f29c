//! Iterables that are taken whole where a part would do: `first, *_ = rows` makes a list of the
//! rest, and `f(*rows)` a tuple of all, before anything is done with the first item.

use ruff_python_ast::{Expr, ExprCall, ExprStarred, Stmt};

use super::Facts;
use super::cost::SMALL;
use super::nodes::Node;
use super::scopes::{Resolution, ScopeId};
use super::types::Kind;

/// Longer chains of iterators are not followed.
const STEPS: u32 = 8;

/// Functions that give the items of what they walk.
const PASSES_ON: &[&str] = &["filter", "iter", "reversed"];

/// What an unpacking takes apart.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// The value of an expression.
    Value(&'a Expr),
    /// A group of `itertools.groupby`, an iterator of its own.
    Group,
}

/// A starred name in a target, and what is around it.
#[derive(Debug, Clone, Copy)]
pub struct Rest<'a> {
    /// What is taken apart.
    pub source: Source<'a>,
    /// How many targets stand before the starred name.
    pub before: usize,
    /// How many stand behind it.
    pub after: usize,
}

/// What makes it likely that an iterable has many items, which exist at once where it is spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bulk {
    /// It gives its items one at a time and holds none.
    Streamed,
    /// It is a list, a tuple or a set that is made there.
    Built,
    /// It has this many items.
    Known(u64),
}

impl<'a> Facts<'a> {
    /// What a starred name takes the rest of. `None` where that is a part of a larger value.
    pub fn rest(&self, starred: &'a ExprStarred) -> Option<Rest<'a>> {
        let nodes = self.nodes();
        let id = nodes.id(starred);
        let (target, elts) = elements(nodes.get(nodes.parent(id))?)?;
        let before = elts.iter().position(|it| nodes.id(it) == id)?;
        let after = elts.len() - before - 1;
        let of = nodes.parent(nodes.id(target));
        let is = |expr: &Expr| nodes.id(expr) == nodes.id(target);
        let source = match nodes.get(of)? {
            Node::Stmt(Stmt::Assign(it)) if it.targets.len() == 1 => Source::Value(&it.value),
            // `for key, (first, *_) in groupby(..)`
            outer => {
                let (_, pair) = elements(outer)?;
                let walked = match nodes.get(nodes.parent(of))? {
                    Node::Stmt(Stmt::For(it)) if !it.is_async => &*it.iter,
                    Node::Expr(Expr::ListComp(it)) => &it.generators.first()?.iter,
                    Node::Expr(Expr::SetComp(it)) => &it.generators.first()?.iter,
                    Node::Expr(Expr::DictComp(it)) => &it.generators.first()?.iter,
                    Node::Expr(Expr::Generator(it)) => &it.generators.first()?.iter,
                    _ => return None,
                };
                let grouped = matches!(walked, Expr::Call(call)
                    if self.is_qualified(&call.func, "itertools.groupby"));
                (grouped && matches!(pair, [_, group] if is(group))).then_some(Source::Group)?
            }
        };
        Some(Rest { source, before, after })
    }

    /// Whether nothing reads what a starred name takes. Names of a module count if they are
    /// private by an underscore.
    pub fn is_rest_unread(&self, starred: &'a ExprStarred) -> bool {
        let Expr::Name(name) = &*starred.value else { return false };
        let Resolution::Binding(binding) = self.names().resolve(name) else { return false };
        let target = self.nodes().id(name);
        let mut definitions = self.names().definitions(binding);
        let found = definitions
            .find(|definition| definition.target == target)
            .and_then(|definition| self.scopes().id_of(definition));
        let Some(definition) = found else { return false };
        if let Some(dead) = self.is_dead_store(definition) {
            return dead;
        }
        let private = name.id.starts_with('_') && !self.exports().may_list(name.id.as_str());
        let scope = self.names().scope(binding);
        (scope != ScopeId::MODULE || private)
            && !self.is_reflected(scope)
            && self.reads_of(binding).next().is_none()
    }

    /// Whether spreading an iterable makes all of many items exist at once. `None`: not known to be
    /// many, or all of them exist anyway.
    pub fn bulk(&self, iterable: &'a Expr) -> Option<Bulk> {
        match self.length_of(iterable) {
            Some(length) if length <= SMALL => return None,
            Some(length) => return Some(Bulk::Known(length)),
            None if self.is_brief(iterable) => return None,
            None => {}
        }
        if matches!(
            self.kind_of(iterable),
            Kind::Iterator | Kind::File | Kind::CsvReader | Kind::Cursor
        ) {
            return Some(Bulk::Streamed);
        }
        let listed = match iterable {
            Expr::ListComp(_) | Expr::SetComp(_) => true,
            Expr::Call(call) => {
                call.arguments.args.len() == 1
                    && self.qualified(&call.func).is_some_and(|name| {
                        matches!(name, "list" | "tuple" | "set" | "frozenset" | "sorted")
                    })
            }
            _ => false,
        };
        (listed || self.lists_all(self.origin(iterable))).then_some(Bulk::Built)
    }

    /// Whether an iterator makes containers, each of which would be gone before the next. What hands
    /// on what others hold, or gives iterators in turn, holds little. Of what a generator function
    /// gives nothing is known but that it need not exist at once.
    pub fn makes_containers(&self, iterator: &'a Expr) -> bool {
        match self.origin(iterator) {
            Expr::Generator(it) => match &*it.elt {
                Expr::List(_) | Expr::Tuple(_) | Expr::Set(_) | Expr::Dict(_) => true,
                Expr::ListComp(_) | Expr::SetComp(_) | Expr::DictComp(_) => true,
                Expr::Call(call) => is_view(call) || is_container(self.kind_of(&it.elt)),
                Expr::BinOp(_) => is_container(self.kind_of(&it.elt)),
                _ => false,
            },
            Expr::Call(call) => match self.qualified(&call.func) {
                Some("map") => is_container(self.type_of(iterator).element),
                Some("zip" | "enumerate" | "itertools.zip_longest" | "itertools.product") => true,
                Some(name) => !name.starts_with("itertools.") && !PASSES_ON.contains(&name),
                None => true,
            },
            _ => true,
        }
    }

    /// Whether the items come from a file, a reader or a cursor, one by one or made into others.
    pub fn streams_records(&self, iterable: &'a Expr) -> bool {
        self.streams_records_at(iterable, STEPS)
    }

    fn streams_records_at(&self, iterable: &'a Expr, steps: u32) -> bool {
        let Some(steps) = steps.checked_sub(1) else { return false };
        if matches!(self.kind_of(iterable), Kind::File | Kind::CsvReader | Kind::Cursor) {
            return true;
        }
        match self.origin(iterable) {
            Expr::Generator(it) => {
                it.generators.iter().any(|clause| self.streams_records_at(&clause.iter, steps))
            }
            Expr::Call(call) => {
                let args = &call.arguments.args[..];
                match (self.qualified(&call.func), args) {
                    (Some("map" | "filter"), [_, source]) => self.streams_records_at(source, steps),
                    (Some("enumerate" | "iter"), [source, ..]) => {
                        self.streams_records_at(source, steps)
                    }
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// `file.readlines()`, `cursor.fetchall()`.
    fn lists_all(&self, value: &'a Expr) -> bool {
        let Expr::Call(call) = value else { return false };
        let Expr::Attribute(func) = &*call.func else { return false };
        call.arguments.is_empty()
            && match func.attr.as_str() {
                "readlines" => self.is_handle(&func.value),
                "fetchall" => self.kind_of(&func.value) == Kind::Cursor,
                _ => false,
            }
    }
}

/// `x.keys()` and its like.
fn is_view(call: &ExprCall) -> bool {
    call.arguments.is_empty()
        && matches!(&*call.func, Expr::Attribute(func)
            if matches!(func.attr.as_str(), "keys" | "values" | "items"))
}

fn is_container(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::List | Kind::Tuple | Kind::Set | Kind::FrozenSet | Kind::Dict | Kind::DictView
    )
}

/// The targets of a tuple or list of them.
fn elements(node: Node<'_>) -> Option<(&Expr, &[Expr])> {
    let expr = node.as_expr()?;
    match expr {
        Expr::Tuple(it) if !it.ctx.is_load() => Some((expr, &it.elts)),
        Expr::List(it) if !it.ctx.is_load() => Some((expr, &it.elts)),
        _ => None,
    }
}
