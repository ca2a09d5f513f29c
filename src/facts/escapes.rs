//! Escapes: whether an object that a name holds can be reached by anybody else.
//!
//! Answers for what is done with the name, its plain aliases, and the parameters of undecorated
//! functions of the file; `is_private` also asks whether the object was new when the name got it.
//! An unknown call may keep its arguments and the object it is a method of. A container and its
//! elements are two questions: a loop that hands the elements on does not hand the list on.

mod arguments;

use std::cell::Cell;

use ruff_python_ast::{Expr, ExprCall, Stmt};

use super::Facts;
use super::freshness::Depth;
use super::nodes::{Node, NodeId};
use super::scopes::{BindingId, Definition, DefinitionKind, Resolution, ScopeKind};
use super::types::Kind;
use super::usage::{Usage, Use};
use crate::catalog::keeps::{self, Keeps};

/// How a value gets out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Returned.
    Returned,
    /// Yielded.
    Yielded,
    /// Raised.
    Raised,
    /// Stored to an attribute, an item, or in another container by a method.
    Stored,
    /// Put in a display, or collected by a comprehension.
    Contained,
    /// Given to a call that may keep it, or the object of such a method.
    Passed,
    /// Seen by an inner function, class, lambda or generator.
    Captured,
    /// An alias gets out, or there are too many.
    Aliased,
    /// A name that other modules, other functions or the class see.
    Shared,
    /// `locals()`, `exec` or a star import may see or change the name.
    Poisoned,
}

/// An escape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Escape {
    /// How.
    pub way: Way,
    /// Where: the statement or expression.
    pub node: NodeId,
}

/// What is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Object,
    Elements,
}

/// What holds the object: its kind is looked up where the way of the use depends on it.
#[derive(Debug, Clone, Copy)]
enum Holder {
    /// An expression of the kind.
    Of(Kind),
    /// A name.
    Name(BindingId),
}

/// What is known of the escape of a binding; `Asked` while it is being found out.
#[derive(Debug, Clone, Copy)]
pub(super) enum Known {
    Fresh,
    Asked,
    Found(Option<Escape>),
}

/// Longer ways are escapes.
const STEPS: u32 = 24;

/// What nothing is known of.
const UNKNOWN: Holder = Holder::Of(Kind::Unknown);

#[expect(clippy::unnecessary_wraps, reason = "every caller answers with an option")]
fn out(way: Way, node: NodeId) -> Option<Escape> {
    Some(Escape { way, node })
}

impl<'a> Facts<'a> {
    /// The first way by which an object that the name holds gets out. `None`: all that happens to
    /// it by this name happens here.
    pub fn escape(&self, binding: BindingId) -> Option<Escape> {
        self.escape_of(binding, What::Object, STEPS)
    }

    /// The first way by which an element of what the name holds gets out, or that itself.
    pub fn elements_escape(&self, binding: BindingId) -> Option<Escape> {
        self.escape_of(binding, What::Elements, STEPS)
    }

    /// Whether the name always holds new objects that nobody else can reach.
    pub fn is_private(&self, binding: BindingId) -> bool {
        self.names().definitions(binding).all(|definition| match definition.kind {
            DefinitionKind::Assign { value, .. } => self.is_new(value),
            DefinitionKind::With(context) => self.is_new(context),
            DefinitionKind::Delete | DefinitionKind::Annotation(_) => true,
            DefinitionKind::Augmented(_) => {
                matches!(self.type_of_binding(binding).kind, Kind::List | Kind::Set | Kind::Dict)
            }
            _ => false,
        }) && self.escape(binding).is_none()
    }

    /// Whether an expression makes a new object.
    pub(super) fn is_new(&self, expr: &'a Expr) -> bool {
        !expr.is_name_expr() && self.fresh(expr, Depth::Outermost).is_some()
    }

    /// How the value of one expression of the kind gets out by what consumes it.
    pub(super) fn escape_by(&self, node: NodeId, kind: Kind) -> Option<Escape> {
        self.value_escape(node, What::Object, Holder::Of(kind), STEPS)
    }

    fn kind_held(&self, holder: Holder) -> Kind {
        match holder {
            Holder::Of(kind) => kind,
            Holder::Name(binding) => self.type_of_binding(binding).kind,
        }
    }

    fn escape_of(&self, binding: BindingId, what: What, steps: u32) -> Option<Escape> {
        let all =
            self.escapes.get_or_init(|| vec![Cell::new(Known::Fresh); 2 * self.names().count()]);
        let index = 2 * binding.index() + usize::from(what == What::Elements);
        let Some(known) = all.get(index) else { return out(Way::Aliased, NodeId::ROOT) };
        match known.get() {
            Known::Found(found) => found,
            // A name that is its own alias.
            Known::Asked => out(Way::Aliased, NodeId::ROOT),
            Known::Fresh => {
                known.set(Known::Asked);
                let found = self.find_escape(binding, what, steps);
                known.set(Known::Found(found));
                found
            }
        }
    }

    fn find_escape(&self, binding: BindingId, what: What, steps: u32) -> Option<Escape> {
        let names = self.names();
        let scope = names.scope(binding);
        let definitions = names.definitions(binding);
        let first = definitions.clone().next()?;
        let shared = !matches!(
            self.scopes().get(scope).kind,
            ScopeKind::Function(_) | ScopeKind::Lambda(_) | ScopeKind::Comprehension(_)
        );
        if shared {
            return out(Way::Shared, first.node);
        }
        if self.is_reflected(scope) {
            return out(Way::Poisoned, first.node);
        }
        for definition in definitions {
            if definition.from != scope && self.scopes().body_scope(definition.from) != scope {
                return out(Way::Captured, definition.node);
            }
            if let Some(found) = self.escape_at(definition, what, steps) {
                return Some(found);
            }
        }
        let nodes = self.nodes();
        self.reads_of(binding).find_map(|read| {
            if nodes.scope(read) != scope
                && let Some(captor) = self.captor(read, scope)
            {
                let lambda = matches!(
                    nodes.get(captor),
                    Some(Node::Expr(Expr::Lambda(_) | Expr::Generator(_)))
                );
                let iterator = Holder::Of(Kind::Iterator);
                let escaped =
                    !lambda || self.value_escape(captor, What::Object, iterator, steps).is_some();
                if escaped {
                    return out(Way::Captured, captor);
                }
            }
            self.value_escape(read, what, Holder::Name(binding), steps)
        })
    }

    /// Whether the statement that gives the name its value gives it to others as well.
    fn escape_at(&self, definition: &Definition<'a>, what: What, steps: u32) -> Option<Escape> {
        if !matches!(definition.kind, DefinitionKind::Assign { .. } | DefinitionKind::Unpack(_)) {
            return None;
        }
        match self.nodes().get(definition.node)? {
            Node::Stmt(Stmt::Assign(it)) if it.targets.len() > 1 => {
                it.targets.iter().find_map(|target| match target {
                    Expr::Name(name) if name.id.as_str() == definition.name => None,
                    Expr::Name(_) => self.alias_escape(target, what, steps),
                    _ => out(Way::Stored, definition.node),
                })
            }
            Node::Expr(Expr::Named(it)) => {
                let kind = self.kind_of(&it.value);
                self.value_escape(definition.node, what, Holder::Of(kind), steps)
            }
            _ => None,
        }
    }

    fn alias_escape(&self, name: &'a Expr, what: What, steps: u32) -> Option<Escape> {
        let node = self.nodes().id(name);
        let Some(steps) = steps.checked_sub(1) else { return out(Way::Aliased, node) };
        let Expr::Name(alias) = name else { return out(Way::Stored, node) };
        let Resolution::Binding(binding) = self.names().resolve(alias) else {
            return out(Way::Poisoned, node);
        };
        self.escape_of(binding, what, steps).map(|found| match found.way {
            Way::Shared => found,
            _ => Escape { way: Way::Aliased, node },
        })
    }

    /// The names in a target of an element.
    fn target_escape(&self, target: &'a Expr, steps: u32) -> Option<Escape> {
        match target {
            Expr::Name(_) => self.alias_escape(target, What::Object, steps),
            Expr::Tuple(it) => it.elts.iter().find_map(|part| self.target_escape(part, steps)),
            Expr::List(it) => it.elts.iter().find_map(|part| self.target_escape(part, steps)),
            Expr::Starred(it) => match &*it.value {
                name @ Expr::Name(_) => self.alias_escape(name, What::Elements, steps),
                other => out(Way::Stored, self.nodes().id(other)),
            },
            other => out(Way::Stored, self.nodes().id(other)),
        }
    }

    /// How the value of an expression gets out by what consumes it.
    fn value_escape(&self, node: NodeId, what: What, holder: Holder, steps: u32) -> Option<Escape> {
        let Some(steps) = steps.checked_sub(1) else { return out(Way::Passed, node) };
        let used @ Use { usage, through, .. } = self.usage(node);
        if let Some(target) = through.named
            && let Some(found) = self.alias_escape(target, what, steps)
        {
            return Some(found);
        }
        let elements = what == What::Elements;
        let follow =
            |node: NodeId, what: What, holder: Holder| self.value_escape(node, what, holder, steps);
        let id = |expr: &ExprCall| self.nodes().id(expr);
        let builtin = || is_builtin(self.kind_held(holder));
        match usage {
            Usage::For(at) => match self.nodes().get(at) {
                Some(Node::Stmt(Stmt::For(it))) if elements => {
                    self.target_escape(&it.target, steps)
                }
                _ => None,
            },
            Usage::Clause(at, index) => {
                let target = self.clause_target(at, index);
                let found =
                    target.filter(|_| elements).and_then(|it| self.target_escape(it, steps));
                // A generator refers to what it walks until it is exhausted.
                let lazy = matches!(self.nodes().get(at), Some(Node::Expr(Expr::Generator(_))));
                if lazy {
                    found.or_else(|| follow(at, What::Object, Holder::Of(Kind::Iterator)))
                } else {
                    found
                }
            }
            Usage::Argument(..) | Usage::Keyword(..) | Usage::Spread(_) => {
                self.argument_escape(used, what, holder, steps)
            }
            Usage::Receiver(call, method) => {
                match keeps::receiver(self.kind_held(holder), method) {
                    Some(Keeps::Nothing) => None,
                    Some(Keeps::Element) if elements => follow(id(call), What::Object, UNKNOWN),
                    Some(Keeps::Elements) if elements => follow(id(call), what, holder),
                    Some(Keeps::Element | Keeps::Elements) => None,
                    Some(Keeps::Value | Keeps::Stored) => {
                        let kind = self.kind_of_node(id(call));
                        follow(id(call), what, Holder::Of(kind))
                    }
                    None => out(Way::Passed, id(call)),
                }
            }
            Usage::Called(call) => match self.kind_held(holder) {
                Kind::Unknown => out(Way::Passed, id(call)),
                _ => None,
            },
            Usage::Attribute(it) => follow(self.nodes().id(it), What::Object, UNKNOWN),
            Usage::Indexed(it) => {
                if !elements && builtin() {
                    None
                } else {
                    follow(self.nodes().id(it), What::Object, UNKNOWN)
                }
            }
            Usage::Sliced(it) => match self.kind_held(holder) {
                Kind::List | Kind::Tuple | Kind::Range if !elements => None,
                _ => follow(self.nodes().id(it), what, holder),
            },
            Usage::Operand(at) => {
                if !elements && builtin() {
                    None
                } else {
                    follow(at, what, holder)
                }
            }
            Usage::Displayed(at) | Usage::Collected(at) => {
                if self.is_passing_display(at) {
                    None
                } else {
                    out(Way::Contained, at)
                }
            }
            Usage::SpreadInto(at) if elements => {
                if self.is_passing_display(at) {
                    None
                } else {
                    out(Way::Contained, at)
                }
            }
            Usage::Unpacked(at) if elements => match self.nodes().get(at) {
                Some(Node::Stmt(Stmt::Assign(it))) => {
                    it.targets.iter().find_map(|target| self.target_escape(target, steps))
                }
                _ => out(Way::Stored, at),
            },
            Usage::Augments(at) if elements || !builtin() => out(Way::Stored, at),
            Usage::Matched(at) if elements || !builtin() => out(Way::Aliased, at),
            Usage::Assigned(target) => self.alias_escape(target, what, steps),
            Usage::Shared(at) => out(Way::Aliased, at),
            Usage::Context(at) => match (self.kind_held(holder), self.nodes().get(at)) {
                (Kind::File, Some(Node::Stmt(Stmt::With(it)))) => it
                    .items
                    .iter()
                    .find_map(|item| self.target_escape(item.optional_vars.as_deref()?, steps)),
                _ => out(Way::Passed, at),
            },
            Usage::Returned(at) => out(Way::Returned, at),
            Usage::Yielded(at) => out(Way::Yielded, at),
            Usage::YieldedFrom(at) => {
                // Its elements leave; a generator is driven by whoever drives this one.
                if elements || !builtin() { out(Way::Yielded, at) } else { None }
            }
            Usage::Raised(at) => out(Way::Raised, at),
            Usage::Stored(target) => out(Way::Stored, self.nodes().id(target)),
            Usage::Key(it) => match it.ctx {
                ruff_python_ast::ExprContext::Store => out(Way::Stored, self.nodes().id(it)),
                _ => None,
            },
            Usage::Awaited(at) => out(Way::Passed, at),
            Usage::Default(at) | Usage::Decorator(at) | Usage::Base(at) => out(Way::Captured, at),
            Usage::Contains(_)
            | Usage::Compared(_)
            | Usage::Tested(_)
            | Usage::ItemStored(_)
            | Usage::ItemDeleted(_)
            | Usage::Bound(_)
            | Usage::AttributeStored(_)
            | Usage::AttributeDeleted(_)
            | Usage::Formatted(_)
            | Usage::Deleted(_)
            | Usage::Augmented(_)
            | Usage::Augments(_)
            | Usage::Matched(_)
            | Usage::SpreadInto(_)
            | Usage::Unpacked(_)
            | Usage::Discarded(_)
            | Usage::Annotation(_)
            | Usage::Target(_) => None,
            Usage::Unknown => out(Way::Passed, node),
        }
    }

    fn clause_target(&self, comprehension: NodeId, index: usize) -> Option<&'a Expr> {
        let clauses = match self.expr_at(comprehension)? {
            Expr::ListComp(it) => &it.generators,
            Expr::SetComp(it) => &it.generators,
            Expr::DictComp(it) => &it.generators,
            Expr::Generator(it) => &it.generators,
            _ => return None,
        };
        clauses.get(index).map(|clause| &clause.target)
    }

    fn kind_of_node(&self, node: NodeId) -> Kind {
        self.expr_at(node).map_or(Kind::Unknown, |expr| self.kind_of(expr))
    }
}

/// Whether the operators of the kind's values run no code of the program and keep no operand.
fn is_builtin(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::List
            | Kind::Tuple
            | Kind::Set
            | Kind::FrozenSet
            | Kind::Dict
            | Kind::Str
            | Kind::Bytes
            | Kind::ByteArray
            | Kind::Range
            | Kind::Int
            | Kind::Float
            | Kind::Bool
            | Kind::None
            | Kind::Complex
    )
}
