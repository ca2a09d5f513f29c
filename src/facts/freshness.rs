//! Fresh values: objects that were made just now and that nobody else holds.
//!
//! Answers for an expression, and for a local name that carries a fresh value to its only use.

use ruff_python_ast::{Expr, ExprCall, ExprName, Operator};

use super::Facts;
use super::nodes::{Node, NodeId};
use super::scopes::{DefinitionKind, Resolution, ScopeKind};
use super::types::Kind;
use crate::catalog;

/// How far down the value has to be new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// Only the outermost object.
    Outermost,
    /// Everything in it that can change.
    Whole,
}

/// A fresh value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fresh {
    /// Whether it is proven, and not only promised by an annotation or most likely.
    pub certain: bool,
    /// Whether it is small: immutable, or written out.
    pub small: bool,
}

const PROVEN: Fresh = Fresh { certain: true, small: false };
const SMALL: Fresh = Fresh { certain: true, small: true };

impl Fresh {
    fn and(self, other: Fresh) -> Fresh {
        Fresh { certain: self.certain && other.certain, small: self.small && other.small }
    }
}

impl<'a> Facts<'a> {
    /// Whether nobody else holds the value of the expression.
    pub fn fresh(&self, expr: &'a Expr, depth: Depth) -> Option<Fresh> {
        self.fresh_within(expr, depth, 32)
    }

    fn fresh_within(&self, expr: &'a Expr, depth: Depth, levels: u32) -> Option<Fresh> {
        let levels = levels.checked_sub(1)?;
        if let Some(immutable) = self.immutable(expr, levels) {
            return Some(immutable);
        }
        let whole = |expr: &'a Expr| match depth {
            Depth::Outermost => Some(SMALL),
            Depth::Whole => self.fresh_within(expr, Depth::Whole, levels),
        };
        let all = |elts: &'a [Expr]| {
            elts.iter().try_fold(SMALL, |joined, elt| match elt {
                Expr::Starred(_) if depth == Depth::Whole => None,
                _ => Some(joined.and(whole(elt)?)),
            })
        };
        let made = |fresh: Fresh| Fresh { small: false, ..fresh };
        match expr {
            Expr::List(it) => all(&it.elts),
            Expr::Tuple(it) => all(&it.elts),
            Expr::Set(it) => all(&it.elts),
            Expr::Dict(it) => it.items.iter().try_fold(SMALL, |joined, item| {
                let key = match &item.key {
                    Some(key) => whole(key)?,
                    None if depth == Depth::Whole => return None,
                    None => SMALL,
                };
                Some(joined.and(key).and(whole(&item.value)?))
            }),
            Expr::ListComp(it) => whole(&it.elt).map(made),
            Expr::SetComp(it) => whole(&it.elt).map(made),
            Expr::DictComp(it) => {
                let key = it.key.as_deref().map_or(Some(SMALL), whole)?;
                Some(made(key.and(whole(&it.value)?)))
            }
            Expr::BinOp(it) if it.op == Operator::Mult => {
                let display = [&it.left, &it.right].into_iter().find(|side| side.is_list_expr())?;
                self.fresh_within(display, depth, levels).map(made)
            }
            Expr::If(it) => Some(
                self.fresh_within(&it.body, depth, levels)?
                    .and(self.fresh_within(&it.orelse, depth, levels)?),
            ),
            Expr::Call(call) => self.fresh_call(call, depth, levels),
            Expr::Name(name) => {
                let value = self.carried_to_only_use(name)?;
                Some(made(self.fresh_within(value, depth, levels)?))
            }
            _ => None,
        }
    }

    fn fresh_call(&self, call: &'a ExprCall, depth: Depth, levels: u32) -> Option<Fresh> {
        let arguments = &call.arguments;
        if let Expr::Attribute(func) = &*call.func
            && matches!(func.attr.as_str(), "split" | "rsplit" | "splitlines")
            && matches!(self.kind_of(&func.value), Kind::Str | Kind::Bytes)
        {
            return Some(PROVEN);
        }
        let name = self.qualified(&call.func)?;
        let plain = arguments.keywords.is_empty();
        if plain && let Some(certain) = catalog::fresh::is_certain(name) {
            return Some(Fresh { certain, small: false });
        }
        match (name, &arguments.args[..]) {
            ("copy.deepcopy", [only]) if plain => {
                let certain = self
                    .fresh_within(only, Depth::Whole, levels)
                    .is_some_and(|fresh| fresh.certain);
                Some(Fresh { certain, small: false })
            }
            ("copy.copy", [only]) if plain && depth == Depth::Outermost => {
                let certain = self
                    .fresh_within(only, Depth::Outermost, levels)
                    .is_some_and(|fresh| fresh.certain);
                Some(Fresh { certain, small: false })
            }
            ("list" | "tuple" | "set" | "frozenset" | "dict" | "bytearray", args)
                if args.len() <= 1 && !args.iter().any(Expr::is_starred_expr) =>
            {
                if depth == Depth::Outermost {
                    return Some(if args.is_empty() { SMALL } else { PROVEN });
                }
                let mut joined = SMALL;
                for keyword in &arguments.keywords {
                    keyword.arg.as_ref()?;
                    joined = joined.and(self.fresh_within(&keyword.value, depth, levels)?);
                }
                for argument in args {
                    joined = joined.and(self.fresh_within(argument, depth, levels)?);
                    joined.small = false;
                }
                Some(joined)
            }
            (name, _) if depth == Depth::Outermost && catalog::fresh::is_new(name) => Some(PROVEN),
            _ => None,
        }
    }

    /// An immutable value by its type.
    fn immutable(&self, expr: &'a Expr, levels: u32) -> Option<Fresh> {
        let promised = self.promised_immutable(expr);
        let kind = self.kind_of(expr);
        let known = matches!(
            kind,
            Kind::Str
                | Kind::Bytes
                | Kind::Int
                | Kind::Float
                | Kind::Complex
                | Kind::Bool
                | Kind::None
                | Kind::Range
        );
        if !known && !promised {
            return None;
        }
        let certain = match expr {
            Expr::Name(_) => !promised,
            Expr::BinOp(it) => [&it.left, &it.right].into_iter().all(|side| {
                self.immutable(side, levels.saturating_sub(1)).is_none_or(|fresh| fresh.certain)
            }),
            _ => true,
        };
        Some(Fresh { certain, small: true })
    }

    /// Whether a name has an annotation that promises an immutable value.
    fn promised_immutable(&self, expr: &'a Expr) -> bool {
        let Expr::Name(name) = expr else { return false };
        let Resolution::Binding(binding) = self.names().resolve(name) else { return false };
        let mut definitions = self.names().definitions(binding);
        let annotation = definitions.next().and_then(|definition| match definition.kind {
            DefinitionKind::Parameter { parameter, .. } => parameter.annotation(),
            DefinitionKind::Assign { annotation, .. } => annotation,
            _ => None,
        });
        definitions.next().is_none()
            && annotation.is_some_and(|annotation| self.names_immutable(annotation))
    }

    /// Whether an annotation names only immutable types.
    pub fn names_immutable(&self, annotation: &'a Expr) -> bool {
        match annotation {
            Expr::NoneLiteral(_) | Expr::EllipsisLiteral(_) => true,
            Expr::BinOp(it) if it.op == Operator::BitOr => {
                self.names_immutable(&it.left) && self.names_immutable(&it.right)
            }
            Expr::Tuple(it) => it.elts.iter().all(|elt| self.names_immutable(elt)),
            Expr::Subscript(it) => {
                self.qualified(&it.value).is_some_and(|name| {
                    matches!(
                        name,
                        "tuple"
                            | "frozenset"
                            | "typing.Tuple"
                            | "typing.Optional"
                            | "typing.Union"
                            | "typing.FrozenSet"
                    )
                }) && self.names_immutable(&it.slice)
            }
            _ => self.qualified(annotation).is_some_and(|name| {
                matches!(name, "str" | "bytes" | "int" | "float" | "complex" | "bool")
            }),
        }
    }

    /// The value that a local name was bound to, where that is its only binding, this its only
    /// use, and no loop or inner function repeats the use.
    fn carried_to_only_use(&self, name: &'a ExprName) -> Option<&'a Expr> {
        let (names, nodes) = (self.names(), self.nodes());
        let Resolution::Binding(binding) = names.resolve(name) else { return None };
        let definition = names.only_definition(binding)?;
        let DefinitionKind::Assign { value, .. } = definition.kind else { return None };
        let id = nodes.id(name);
        let function = matches!(self.scopes().get(definition.scope).kind, ScopeKind::Function(_));
        let statement = matches!(nodes.get(definition.node), Some(Node::Stmt(_)));
        if !function || !statement || nodes.scope(id) != definition.scope {
            return None;
        }
        let mut reads = self.reads_of(binding);
        let only = reads.next() == Some(id) && reads.next().is_none();
        let repeated = self
            .loops()
            .enclosing(nodes.innermost_loop(id))
            .any(|of| !nodes.contains(of.node, definition.node));
        (only && !repeated).then_some(value)
    }

    /// Whether a statement changes something below the top level of what a name is bound to: an
    /// item or attribute of an item or attribute, or of what a loop over it gives.
    pub fn changes_below_top(&self, at: NodeId, name: &str) -> bool {
        let names = self.names();
        let Some(binding) = names.binding(self.scopes().body_scope(self.nodes().scope(at)), name)
        else {
            return false;
        };
        names.reads(binding).any(|(read, _)| {
            self.is_changed_at(read, 2)
                || self
                    .loop_names_over(read)
                    .any(|inner| names.reads(inner).any(|(read, _)| self.is_changed_at(read, 1)))
        })
    }

    /// Whether a chain of at least so many items and attributes that begins at the name is
    /// assigned, deleted, or called as a statement.
    fn is_changed_at(&self, name: NodeId, least: u32) -> bool {
        let nodes = self.nodes();
        let (mut at, mut links) = (name, 0);
        loop {
            let parent = nodes.parent(at);
            match nodes.get(parent) {
                Some(Node::Expr(Expr::Attribute(it))) if nodes.id(&*it.value) == at => {
                    links += 1;
                    if !it.ctx.is_load() {
                        return links >= least;
                    }
                }
                Some(Node::Expr(Expr::Subscript(it))) if nodes.id(&*it.value) == at => {
                    links += 1;
                    if !it.ctx.is_load() {
                        return links >= least;
                    }
                }
                Some(Node::Expr(Expr::Call(it))) if nodes.id(&*it.func) == at => {
                    let statement = nodes.get(nodes.parent(parent)).and_then(Node::as_stmt);
                    return links >= least
                        && statement.is_some_and(ruff_python_ast::Stmt::is_expr_stmt);
                }
                _ => return false,
            }
            at = parent;
        }
    }

    /// The names that a loop over the value, its `items()` or `values()` binds.
    fn loop_names_over(&self, read: NodeId) -> impl Iterator<Item = super::scopes::BindingId> + '_ {
        let nodes = self.nodes();
        // `rows`, `state.rows["late"]`, `rows.items()`.
        let mut iter = read;
        loop {
            let parent = nodes.parent(iter);
            match nodes.get(parent) {
                Some(Node::Expr(Expr::Attribute(it))) if nodes.id(&*it.value) == iter => {
                    let views = matches!(it.attr.as_str(), "items" | "values");
                    iter = if views { nodes.parent(parent) } else { parent };
                }
                Some(Node::Expr(Expr::Subscript(it))) if nodes.id(&*it.value) == iter => {
                    iter = parent;
                }
                _ => break,
            }
        }
        let names = self.names();
        self.scopes()
            .all_definitions()
            .iter()
            .filter(move |definition| match definition.kind {
                DefinitionKind::Loop(over) | DefinitionKind::LoopUnpack(over) => {
                    nodes.id(over) == iter
                }
                _ => false,
            })
            .filter_map(move |definition| names.bound_by(definition))
    }
}
