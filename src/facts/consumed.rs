//! Values that are walked once, item by item, and then gone: by a loop, a comprehension or a
//! function, directly, through one name, or through functions that hand items on one at a time.

use ruff_python_ast::{Comprehension, Expr, ExprName, ExprSubscript, Stmt};

use super::Facts;
use super::effects::Effect;
use super::nodes::{Node, NodeId};
use super::purity::Purity;
use super::scopes::{DefinitionKind, Resolution};
use super::types::Kind;
use super::usage::{Usage, UsedOnce};
use crate::catalog::consumers;

/// How a value is walked.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// Items may be left over: a `break`, `any`, `zip`.
    pub stops_early: bool,
    /// The walk may rest between two items while anything else runs: `yield`, `await`.
    pub suspends: bool,
    /// A function runs between two items that is not known to be pure.
    pub calls: bool,
}

/// A value that is walked once.
#[derive(Debug, Clone)]
pub struct Consumed<'f, 'a> {
    /// What runs between two items: bodies, elements, conditions.
    pub parts: Vec<NodeId>,
    /// The statement or expression that walks. After it the value is gone.
    pub walker: NodeId,
    /// How.
    pub manner: Manner,
    /// The name that carries the value, and where it is read.
    pub named: Option<(UsedOnce<'f, 'a>, &'a ExprName)>,
    /// `value[n:]`: the subscript, where the walk leaves out the first items.
    pub skipped: Option<&'a ExprSubscript>,
    /// Whether the items are handed on by `enumerate` and the like.
    pub relayed: bool,
    /// Whether the value is only counted.
    pub counted: bool,
}

/// Functions that hand on the items of an argument, or what they make of each.
const RELAYS: &[(&str, usize)] = &[
    ("enumerate", 0),
    ("filter", 1),
    ("iter", 0),
    ("map", 1),
    ("zip", 0),
    ("csv.reader", 0),
    ("csv.DictReader", 0),
    ("itertools.islice", 0),
];

/// Functions that keep what they walk.
const KEEPERS: &[&str] =
    &["list", "tuple", "set", "frozenset", "dict", "sorted", "collections.Counter"];

/// Steps from relay to relay.
const STEPS: usize = 8;

impl<'a> Facts<'a> {
    /// How the value of an expression is walked, if that is all that becomes of it.
    pub fn consumed(&self, value: &'a Expr) -> Option<Consumed<'_, 'a>> {
        self.walk_of(value, false)
    }

    /// How the items of a container are walked that exist whether the container does or not: what
    /// keeps the items, or pairs of them, will do as well.
    pub fn items_consumed(&self, container: &'a Expr) -> Option<Consumed<'_, 'a>> {
        self.walk_of(container, true)
    }

    fn walk_of(&self, value: &'a Expr, may_be_kept: bool) -> Option<Consumed<'_, 'a>> {
        let nodes = self.nodes();
        let mut at = nodes.id(value);
        let mut found = Consumed {
            parts: Vec::new(),
            walker: at,
            manner: Manner::default(),
            named: None,
            skipped: None,
            relayed: false,
            counted: false,
        };
        // Whether what is walked by now is made anew for each item.
        let mut remade = false;
        for step in 0..STEPS {
            let used = self.usage(at);
            if !used.through.is_direct() {
                return None;
            }
            match used.usage {
                Usage::For(id) => {
                    let Some(Node::Stmt(Stmt::For(it))) = nodes.get(id) else { return None };
                    if it.is_async {
                        return None;
                    }
                    found.parts.extend(it.body.iter().map(|stmt| nodes.id(stmt)));
                    found.manner.stops_early |= self.is_left(id);
                    return Some(self.walked_by(found, id));
                }
                Usage::Clause(id, 0) => {
                    let whole = nodes.get(id)?.as_expr()?;
                    let (elements, clauses) = clauses_of(whole)?;
                    let [first, rest @ ..] = clauses else { return None };
                    if clauses.iter().any(|it| it.is_async) {
                        return None;
                    }
                    found.parts.extend(elements.iter().flatten().map(|it| nodes.id(*it)));
                    found.parts.extend(first.ifs.iter().map(|it| nodes.id(it)));
                    for clause in rest {
                        found.parts.push(nodes.id(&clause.iter));
                        found.parts.extend(clause.ifs.iter().map(|it| nodes.id(it)));
                    }
                    if !whole.is_generator_expr() {
                        return Some(self.walked_by(found, id));
                    }
                    (at, remade) = (id, true);
                }
                Usage::YieldedFrom(id) => {
                    found.manner.suspends = true;
                    return Some(self.walked_by(found, id));
                }
                Usage::Argument(call, index) => {
                    let id = nodes.id(call);
                    let method = matches!(&*call.func, Expr::Attribute(func)
                        if func.attr.as_str() == "join" && func.value.is_string_literal_expr());
                    if method {
                        return remade.then(|| self.walked_by(found, id));
                    }
                    let name = self.qualified(&call.func)?;
                    if call.arguments.args.iter().any(Expr::is_starred_expr) {
                        return None;
                    }
                    if name == "len" {
                        found.counted = true;
                        return (!remade && !found.relayed && found.skipped.is_none())
                            .then(|| self.walked_by(found, id));
                    }
                    if let Some(consumer) = consumers::find(name) {
                        if index != consumer.position || call.arguments.args.len() > consumer.most {
                            return None;
                        }
                        found.manner.stops_early |=
                            consumer.walk == consumers::Walk::ShortCircuiting;
                        found.manner.calls |=
                            !call.arguments.keywords.is_empty() || call.arguments.args.len() > 1;
                        return Some(self.walked_by(found, id));
                    }
                    if KEEPERS.contains(&name) && index == 0 {
                        found.manner.calls |= !call.arguments.keywords.is_empty();
                        let kept = remade || may_be_kept && found.relayed;
                        return kept.then(|| self.walked_by(found, id));
                    }
                    let (_, position) = RELAYS.iter().find(|(known, _)| *known == name)?;
                    if index != *position && name != "zip" {
                        return None;
                    }
                    match name {
                        "map" | "filter" => {
                            let function = call.arguments.args.first()?;
                            found.manner.calls |=
                                !self.is_pure_function(function, Purity::Deferred);
                            remade |= name == "map";
                            if call.arguments.args.len() > 2 {
                                return None;
                            }
                        }
                        "zip" => {
                            found.manner.stops_early = true;
                            found.manner.calls = true;
                        }
                        "itertools.islice" => found.manner.stops_early = true,
                        "csv.reader" | "csv.DictReader" => remade = true,
                        _ => {}
                    }
                    found.relayed = true;
                    at = id;
                }
                Usage::Sliced(subscript) if step == 0 => {
                    let Expr::Slice(slice) = &*subscript.slice else { return None };
                    let from = slice.lower.as_deref().and_then(super::cost::integer)?;
                    if from < 1 || slice.upper.is_some() || slice.step.is_some() {
                        return None;
                    }
                    found.skipped = Some(subscript);
                    at = nodes.id(subscript);
                }
                Usage::Assigned(Expr::Name(name)) if found.named.is_none() => {
                    let Resolution::Binding(binding) = self.names().resolve(name) else {
                        return None;
                    };
                    let once = self.used_once(binding)?;
                    let read = nodes.get(once.used.node)?.as_expr()?.as_name_expr()?;
                    found.named = Some((once, read));
                    at = once.used.node;
                }
                _ => return None,
            }
        }
        None
    }

    fn walked_by<'f>(&self, mut found: Consumed<'f, 'a>, walker: NodeId) -> Consumed<'f, 'a> {
        found.walker = walker;
        found.manner.suspends |= found.parts.iter().any(|part| {
            self.any_below(*part, |expr| {
                matches!(expr, Expr::Yield(_) | Expr::YieldFrom(_) | Expr::Await(_))
            })
        });
        found
    }

    /// The last node of what walks a value.
    pub fn end_of(&self, node: NodeId) -> NodeId {
        self.nodes().descendants(node).next_back().unwrap_or(node)
    }

    /// Whether what runs in a node changes nothing but objects that names of its own function
    /// hold, and runs no code that is not known.
    pub fn changes_only_locals(&self, node: NodeId) -> bool {
        let nodes = self.nodes();
        let scope = nodes.scope(node);
        let past = NodeId::new(self.end_of(node).index() + 1);
        self.effect_within(scope, (node, past), |_, effect| match effect {
            Effect::None => false,
            Effect::Anything => true,
            Effect::Changes(changed) => !self.is_own_object(changed),
        })
        .is_none()
    }

    /// Whether an expression is an object that a name of the function around it was given there.
    fn is_own_object(&self, expr: &'a Expr) -> bool {
        let name = match expr {
            Expr::Subscript(it) => return self.is_own_object(&it.value),
            Expr::Name(name) => name,
            _ => return false,
        };
        let Resolution::Binding(binding) = self.names().resolve(name) else { return false };
        let scopes = self.scopes();
        let here = scopes.body_scope(self.nodes().scope(self.nodes().id(expr)));
        scopes.body_scope(self.names().scope(binding)) == here
            && self.names().definitions(binding).all(|it| {
                !matches!(
                    it.kind,
                    DefinitionKind::Parameter { .. }
                        | DefinitionKind::Variadic(_)
                        | DefinitionKind::Loop(_)
                        | DefinitionKind::LoopUnpack(_)
                )
            })
    }

    /// Whether what goes wrong at a node may be caught in its own function, so that what was done
    /// before is seen.
    pub fn may_be_caught(&self, node: NodeId) -> bool {
        for (_, around) in self.nodes().ancestors(node) {
            match around {
                Node::Stmt(Stmt::FunctionDef(_) | Stmt::ClassDef(_)) => return false,
                Node::Expr(Expr::Lambda(_)) => return false,
                Node::Stmt(Stmt::Try(_)) => return true,
                Node::Stmt(Stmt::With(it))
                    if it
                        .items
                        .iter()
                        .any(|item| self.kind_of(&item.context_expr) != Kind::File) =>
                {
                    return true;
                }
                _ => {}
            }
        }
        false
    }

    /// Whether a `break` leaves the loop of a statement.
    fn is_left(&self, of: NodeId) -> bool {
        let nodes = self.nodes();
        nodes.descendants(of).any(|id| {
            matches!(nodes.get(id), Some(Node::Stmt(Stmt::Break(_))))
                && self.loops().get(nodes.innermost_loop(id)).is_some_and(|it| it.node == of)
        })
    }
}

/// The elements and clauses of a comprehension or generator expression.
fn clauses_of(expr: &Expr) -> Option<([Option<&Expr>; 2], &[Comprehension])> {
    Some(match expr {
        Expr::ListComp(it) => ([Some(&it.elt), None], &it.generators),
        Expr::SetComp(it) => ([Some(&it.elt), None], &it.generators),
        Expr::Generator(it) => ([Some(&it.elt), None], &it.generators),
        Expr::DictComp(it) => ([it.key.as_deref(), Some(&it.value)], &it.generators),
        _ => return None,
    })
}
