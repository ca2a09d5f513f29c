//! What is put into the containers that names hold, after they were made.
//!
//! `found = []` says nothing about elements; `found.append(1)` does. The elements of a container
//! are known only while every read of its name is one that keeps it (`len(found)`, a loop), or
//! one that says what goes in. Anything else, an alias or an unknown callee, may put in what it
//! likes.

use ruff_python_ast::{Expr, ExprCall, ExprContext, ExprName, Stmt};

use super::annotations::tuple_parts;
use super::lattice::binary;
use super::store::UNKNOWN;
use super::{Kind, Parts, Type};
use crate::catalog;
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::{BindingId, Definition, DefinitionKind, Resolution, ScopeId, ScopeKind};

/// More places that fill a container are not joined.
const MAX_CHANGES: usize = 64;

/// A place that puts something into a container.
#[derive(Debug, Clone, Copy)]
enum Change<'a> {
    /// One element, or one value of a dict under an unknown key.
    Element(&'a Expr),
    /// The elements of an iterable.
    Elements(&'a Expr),
    /// A key and a value.
    Item(&'a Expr, &'a Expr),
    /// `container[key] op= value`.
    Combined(&'a Stmt),
    /// Entries of another dict.
    Entries(&'a Expr),
}

enum Use<'a> {
    Kept,
    Escapes,
    Changed(Change<'a>),
}

impl<'a> Facts<'a> {
    /// The type of a container that a definition makes, with what is put in through its name.
    pub(super) fn with_contents(
        &self,
        found: &'a Type,
        definition: &Definition<'a>,
        binding: BindingId,
        depth: u32,
    ) -> &'a Type {
        let promised = match definition.kind {
            DefinitionKind::Assign { annotation: Some(annotation), .. } => Some(annotation),
            DefinitionKind::Parameter { .. } | DefinitionKind::Variadic(_) => return found,
            _ => None,
        };
        if promised
            .is_some_and(|annotation| self.annotated(annotation).kind_or_none() != Kind::Unknown)
        {
            return found;
        }
        if found.element == Kind::Unknown && found.key == Kind::Unknown {
            return found;
        }
        let Some(depth) = depth.checked_sub(1) else { return self.keep(found.emptied()) };
        let more = self.contents(binding, depth);
        if more.kind == Kind::Unknown {
            return self.keep(found.emptied());
        }
        if more.kind == Kind::Never {
            return found;
        }
        let kind = found.kind_or_none();
        let joined = found.not_none().join(Type { kind, ..*more });
        self.keep(if found.is_optional() { joined.optional() } else { joined })
    }

    /// What all changes put into the container that a name holds, as a container; `Never` if there
    /// are none.
    fn contents(&self, binding: BindingId, depth: u32) -> &'a Type {
        let Some(of) = self.of_name(binding) else { return &UNKNOWN };
        let id = of.contents.get().unwrap_or_else(|| {
            let id = self.types.solver.unknown();
            of.contents.set(Some(id));
            id
        });
        self.solve(id, || self.keep(self.put_in(binding, depth)))
    }

    fn put_in(&self, binding: BindingId, depth: u32) -> Type {
        let Some(changes) = self.changes_of(binding) else { return Type::UNKNOWN };
        let holding = |element: &Type, key: Kind| {
            let parts = tuple_parts(element);
            Type { key, parts, ..Type::holding(Kind::List, element.kind) }
        };
        let mut joined = Type::NEVER;
        for change in &changes {
            let more = match change {
                Change::Element(value) => holding(self.infer(value, depth), Kind::Unknown),
                Change::Elements(iter) => {
                    holding(&self.infer(iter, depth).iterated(), Kind::Unknown)
                }
                Change::Item(key, value) => {
                    holding(self.infer(value, depth), self.infer(key, depth).kind)
                }
                Change::Combined(stmt) => {
                    let Stmt::AugAssign(it) = stmt else { return Type::UNKNOWN };
                    let Expr::Subscript(place) = &*it.target else { return Type::UNKNOWN };
                    let old = self.infer(&it.target, depth);
                    let new = binary(old, it.op, self.infer(&it.value, depth));
                    let new = match old.kind {
                        // In place, whatever is added.
                        Kind::List | Kind::Set | Kind::Dict => Type::of(old.kind),
                        _ => new,
                    };
                    holding(&new, self.infer(&place.slice, depth).kind)
                }
                Change::Entries(other) => match self.infer(other, depth) {
                    it @ Type { kind: Kind::Dict, .. } => Type { kind: Kind::List, ..*it },
                    it @ Type { kind: Kind::Never, .. } => *it,
                    it @ Type { kind: Kind::Set | Kind::FrozenSet | Kind::List, .. } => {
                        holding(&it.iterated(), Kind::Unknown)
                    }
                    _ => return Type::UNKNOWN,
                },
            };
            joined = joined.join(more);
            if joined.element == Kind::Unknown && joined.key == Kind::Unknown {
                break;
            }
        }
        joined
    }

    /// What the uses of a name put into the container that it holds. `None` where it escapes, or
    /// where there are more than are looked at.
    fn changes_of(&self, binding: BindingId) -> Option<Vec<Change<'a>>> {
        let mut changes = Vec::new();
        for (id, name) in self.names().uses(binding) {
            let parent = self.nodes().parent(id);
            let found = match name.ctx {
                ExprContext::Load => self.use_of(name, id, parent),
                ExprContext::Store => match self.nodes().get(parent) {
                    Some(Node::Stmt(Stmt::AugAssign(it))) => match it.op {
                        ruff_python_ast::Operator::Mult => Use::Kept,
                        // The definition itself says what the result holds; an alias of the
                        // container would hold it too, and has escaped.
                        _ => Use::Changed(Change::Entries(&it.value)),
                    },
                    _ => Use::Kept,
                },
                _ => Use::Kept,
            };
            match found {
                Use::Kept => {}
                Use::Escapes => return None,
                Use::Changed(change) => changes.push(change),
            }
        }
        (changes.len() <= MAX_CHANGES).then_some(changes)
    }

    fn use_of(&self, name: &'a ExprName, id: NodeId, parent: NodeId) -> Use<'a> {
        let nodes = self.nodes();
        let is_name = |expr: &Expr| nodes.id(expr) == id;
        match nodes.get(parent) {
            Some(Node::Stmt(stmt)) => match stmt {
                Stmt::For(_)
                | Stmt::If(_)
                | Stmt::While(_)
                | Stmt::Assert(_)
                | Stmt::Expr(_)
                | Stmt::Delete(_) => Use::Kept,
                Stmt::AugAssign(it) if is_name(&it.value) => Use::Kept,
                Stmt::Assign(it) => match &it.targets[..] {
                    [Expr::Tuple(_) | Expr::List(_)] => Use::Kept,
                    _ => Use::Escapes,
                },
                Stmt::Return(_) if self.is_own_local(name, id) => Use::Kept,
                _ => Use::Escapes,
            },
            Some(Node::Expr(expr)) => match expr {
                Expr::Attribute(it) => self.method_use(it.attr.as_str(), parent),
                Expr::Subscript(it) if is_name(&it.value) => {
                    self.item_use(it.ctx, &it.slice, parent)
                }
                Expr::Call(call) => self.argument_use(call, id),
                Expr::Starred(_) => Use::Kept,
                Expr::Compare(_) | Expr::UnaryOp(_) | Expr::BinOp(_) | Expr::FString(_) => {
                    Use::Kept
                }
                Expr::If(it) if is_name(&it.test) => Use::Kept,
                Expr::Subscript(_) | Expr::Slice(_) => Use::Kept,
                Expr::ListComp(it) if !is_name(&it.elt) => Use::Kept,
                Expr::SetComp(it) if !is_name(&it.elt) => Use::Kept,
                Expr::Generator(it) if !is_name(&it.elt) => Use::Kept,
                Expr::DictComp(it)
                    if !is_name(&it.value) && !it.key.as_deref().is_some_and(is_name) =>
                {
                    Use::Kept
                }
                Expr::Dict(it)
                    if it.items.iter().any(|item| item.key.is_none() && is_name(&item.value)) =>
                {
                    Use::Kept
                }
                Expr::BoolOp(_) => self.tested(parent),
                _ => Use::Escapes,
            },
            None => Use::Escapes,
        }
    }

    /// Whether the value of `a and b` is only tested.
    fn tested(&self, at: NodeId) -> Use<'a> {
        for (_, node) in self.nodes().ancestors(at) {
            match node {
                Node::Expr(Expr::BoolOp(_)) => {}
                Node::Expr(Expr::UnaryOp(_)) | Node::Stmt(Stmt::If(_) | Stmt::While(_)) => {
                    return Use::Kept;
                }
                _ => return Use::Escapes,
            }
        }
        Use::Escapes
    }

    /// Whether a name of a function is read by the function itself.
    fn is_own_local(&self, name: &'a ExprName, id: NodeId) -> bool {
        let names = self.names();
        let Resolution::Binding(binding) = names.resolve(name) else { return false };
        let owner: ScopeId = names.scope(binding);
        matches!(self.scopes().get(owner).kind, ScopeKind::Function(_))
            && self.nodes().scope(id) == owner
    }

    fn method_use(&self, method: &str, attribute: NodeId) -> Use<'a> {
        let nodes = self.nodes();
        let parent = nodes.get(nodes.parent(attribute));
        let Some(Node::Expr(Expr::Call(call))) = parent else { return Use::Escapes };
        if nodes.id(&*call.func) != attribute {
            return Use::Escapes;
        }
        let plain = call.arguments.keywords.is_empty()
            && !call.arguments.args.iter().any(Expr::is_starred_expr);
        match (method, &call.arguments.args[..]) {
            ("append" | "add" | "appendleft", [value]) if plain => {
                Use::Changed(Change::Element(value))
            }
            ("insert", [_, value]) if plain => Use::Changed(Change::Element(value)),
            ("extend" | "extendleft", [iter]) if plain => Use::Changed(Change::Elements(iter)),
            ("update", [other]) if plain => Use::Changed(Change::Entries(other)),
            ("setdefault", [key, value]) if plain => Use::Changed(Change::Item(key, value)),
            (method, _) if catalog::methods::keeps_contents(method) => Use::Kept,
            _ => Use::Escapes,
        }
    }

    fn item_use(&self, ctx: ExprContext, slice: &'a Expr, subscript: NodeId) -> Use<'a> {
        match ctx {
            ExprContext::Load | ExprContext::Del => return Use::Kept,
            _ => {}
        }
        let nodes = self.nodes();
        match nodes.get(nodes.parent(subscript)) {
            Some(Node::Stmt(Stmt::Assign(it))) if slice.is_slice_expr() => {
                Use::Changed(Change::Elements(&it.value))
            }
            Some(Node::Stmt(Stmt::Assign(it))) => Use::Changed(Change::Item(slice, &it.value)),
            Some(Node::Stmt(stmt @ Stmt::AugAssign(_))) if !slice.is_slice_expr() => {
                Use::Changed(Change::Combined(stmt))
            }
            _ => Use::Escapes,
        }
    }

    fn argument_use(&self, call: &'a ExprCall, id: NodeId) -> Use<'a> {
        let nodes = self.nodes();
        let spread = call
            .arguments
            .keywords
            .iter()
            .any(|keyword| keyword.arg.is_none() && nodes.id(&keyword.value) == id);
        if spread {
            return Use::Kept;
        }
        let kept = match &*call.func {
            Expr::Attribute(func)
                if matches!(func.attr.as_str(), "join" | "extend" | "update" | "writelines") =>
            {
                true
            }
            func => match self.qualified(func) {
                Some(name) => catalog::keeps::leaves_contents(name),
                None => false,
            },
        };
        if kept { Use::Kept } else { Use::Escapes }
    }
}

/// A dict of a key and value whose values' positions are unknown.
pub(super) fn pairs_to_dict(pairs: Type) -> Type {
    match (pairs.element, pairs.parts.kinds()) {
        (Kind::Never, _) => Type::dict(Kind::Never, Kind::Never),
        (Kind::Tuple, [key, value]) => Type { parts: Parts::UNKNOWN, ..Type::dict(*key, *value) },
        _ => Type::of(Kind::Dict),
    }
}
