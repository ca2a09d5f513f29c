//! How often each function of the module runs, through its call graph.

use std::collections::VecDeque;

use ruff_python_ast::{Expr, StmtFunctionDef};

use super::hooks::{Hooks, is_in};
use super::{Reason, Repetition, Why};
use crate::catalog::handlers::{self, Shape};
use crate::facts::Facts;
use crate::facts::calls::graph::EdgeKind;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::{DefinitionKind, Lists, Resolution, ScopeId, ScopeKind};

/// How often each body of the module runs, by scope.
#[derive(Debug, Default)]
pub struct Contexts {
    of: Vec<Repetition>,
}

/// What a function's own decorators, class and name say.
#[derive(Clone, Copy)]
pub(super) enum Own {
    Known(Repetition),
    /// Its calls say nothing about how often its body runs.
    Closed,
    /// An entry point by name only.
    Entry(NodeId),
    Open,
}

/// What the bases of the class say that was asked for last: the methods of a class mostly stand
/// together.
struct HooksOfLast {
    class: NodeId,
    hooks: Hooks,
}

impl<'a> Facts<'a> {
    /// How often the function runs that a scope is the body of.
    pub(in crate::facts) fn context(&self, scope: ScopeId) -> Repetition {
        let contexts = self.contexts.get_or_init(|| Contexts::build(self));
        contexts.of.get(scope.0 as usize).copied().unwrap_or(Repetition::Unknown)
    }

    fn own(&self, scope: ScopeId, def: &'a StmtFunctionDef, hooks: &mut HooksOfLast) -> Own {
        let id = self.nodes().id(def);
        let once = |kind, node| Own::Known(Repetition::Once(Reason { kind, node }));
        let repeat = |kind, node| Own::Known(Repetition::Repeat(Reason { kind, node }));
        let mut handler = None;
        let mut closed = false;
        for decorator in &def.decorator_list {
            let node = self.nodes().id(&decorator.expression);
            let callee = match &decorator.expression {
                Expr::Call(call) => &*call.func,
                callee => callee,
            };
            let name = self.qualified(callee);
            let is_in = |table: &[&str]| name.is_some_and(|name| table.contains(&name));
            if is_in(handlers::TESTING) {
                return once(Why::Test, node);
            }
            if is_in(handlers::CACHING) {
                let is_method = self.scopes().class_around(scope).is_some();
                let most = usize::from(is_method);
                if def.parameters.len() <= most {
                    return once(Why::Cached, node);
                }
                closed = true;
            }
            if is_in(handlers::STARTING) || self.has_shape(callee, handlers::STARTUP_SHAPES) {
                return once(Why::EntryPoint, node);
            }
            if let (Expr::Attribute(it), Expr::Call(call)) = (callee, &decorator.expression)
                && matches!(it.attr.as_str(), "on_event" | "listener")
                && matches!(call.arguments.args.first(), Some(Expr::StringLiteral(text))
                    if matches!(text.value.to_str(), "startup" | "shutdown"
                        | "before_server_start" | "after_server_stop"))
            {
                return once(Why::Startup, node);
            }
            if is_in(handlers::REPEATING) || self.has_shape(callee, handlers::REPEATING_SHAPES) {
                handler = handler.or(Some(repeat(Why::HandlerDecorator, node)));
            } else if self.is_qualified(callee, "property") {
                handler = handler.or(Some(repeat(Why::Property, node)));
            } else if !name.is_some_and(|name| {
                matches!(
                    name,
                    "staticmethod"
                        | "classmethod"
                        | "functools.wraps"
                        | "contextlib.contextmanager"
                        | "contextlib.asynccontextmanager"
                        | "typing.override"
                        | "abc.abstractmethod"
                )
            }) {
                // It may keep results, or run the function elsewhere.
                closed = true;
            }
        }
        let name = def.name.as_str();
        let is_global = self.scopes().get(scope).parent == ScopeId::MODULE;
        if is_global && handlers::STARTUP_NAMES.contains(&name) {
            return once(Why::Startup, id);
        }
        if let Some(handler) = handler {
            return handler;
        }
        if let Some(class) = self.scopes().class_around(scope) {
            let node = self.nodes().id(class);
            if hooks.class != node {
                *hooks = HooksOfLast { class: node, hooks: Hooks::of(self, class) };
            }
            if let Some(own) = hooks.hooks.method(name, id) {
                return own;
            }
        } else if is_global {
            let is_handler = |(known, of): &(&str, [&str; 2])| {
                let parameters = def.parameters.iter_non_variadic_params().take(3);
                *known == name && parameters.map(|it| it.parameter.name.as_str()).eq(*of)
            };
            if handlers::EVENT_HANDLERS.iter().any(is_handler) {
                return repeat(Why::EventHandler, id);
            }
            if handlers::ENTRY_POINTS.contains(&name) {
                return Own::Entry(id);
            }
        }
        if closed { Own::Closed } else { Own::Open }
    }

    /// Whether a decorator is an attribute of an object known by its class or its name.
    fn has_shape(&self, callee: &'a Expr, shapes: &[Shape]) -> bool {
        let Expr::Attribute(it) = callee else { return false };
        let attribute = it.attr.as_str();
        let mut shapes = shapes.iter().filter(|shape| shape.attributes.contains(&attribute));
        let Some(first) = shapes.next() else { return false };
        let mut shapes = std::iter::once(first).chain(shapes);
        if let Expr::Name(name) = &*it.value
            && let Resolution::Binding(binding) = self.names().resolve(name)
        {
            let definition = self.names().only_definition(binding).map(|it| it.kind);
            if let Some(DefinitionKind::Assign { value: Expr::Call(call), .. }) = definition
                && let Some(made) = self.qualified(&call.func)
                && !made.starts_with('.')
            {
                return shapes
                    .any(|shape| shape.packages.iter().any(|package| is_in(made, package)));
            }
            if let Some(DefinitionKind::Function(_) | DefinitionKind::Class(_)) = definition {
                // `@cli.command()` on a group that is a function itself.
                return first.owners.contains(&"cli") && name.id.as_str() == "cli";
            }
        }
        let owner = match &*it.value {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(inner) => inner.attr.as_str(),
            _ => return false,
        };
        shapes.any(|shape| {
            shape.owners.iter().any(|known| {
                owner == *known
                    || owner.strip_suffix(known).is_some_and(|before| before.ends_with('_'))
            })
        })
    }

    /// Whether a call runs the function that it is given once for every item.
    fn is_per_item(&self, site: NodeId) -> bool {
        let Some(Node::Expr(Expr::Call(call))) = self.nodes().get(site) else { return false };
        if let Some(name) = self.qualified(&call.func)
            && handlers::PER_ITEM.contains(&name)
        {
            let mut inputs = call.arguments.args.iter();
            return !inputs.any(|input| {
                self.length_of(input).is_some_and(|length| length <= crate::facts::cost::SMALL)
            });
        }
        call.func.is_attribute_expr()
            && Self::tail_of_callee(call).is_some_and(|tail| {
                handlers::PER_ITEM_METHODS.contains(&tail)
                    && (tail != "apply" || call.arguments.args.len() == 1)
            })
    }
}

impl Contexts {
    fn build(facts: &Facts<'_>) -> Contexts {
        let scopes = &facts.scopes().scopes;
        let graph = facts.graph();
        let count = scopes.len();
        let mut of = vec![Repetition::Unknown; count];
        let mut own = vec![Own::Open; count];
        let mut hooks = HooksOfLast { class: NodeId::ROOT, hooks: Hooks::default() };
        for (index, scope) in scopes.iter().enumerate() {
            if let ScopeKind::Function(def) = scope.kind {
                own[index] = facts.own(ScopeId(index as u32), def, &mut hooks);
            }
            if let Own::Known(known) = own[index] {
                of[index] = known;
            }
        }
        of[0] = Repetition::Once(Reason { kind: Why::ModuleLevel, node: NodeId::ROOT });
        // What is decided at the places of the edges, and the others by the function that makes them.
        let local: Vec<Result<Repetition, ScopeId>> =
            graph.edges().iter().map(|edge| facts.local_repetition(edge.site)).collect();
        let open =
            local.iter().enumerate().filter_map(|(index, place)| Some((place.err()?, index)));
        let outgoing: Lists<u32> =
            Lists::group(count, open.map(|(body, index)| (body.index(), index as u32)));
        let mut queue: VecDeque<usize> =
            (0..count).filter(|index| matches!(of[*index], Repetition::Repeat(_))).collect();
        for (edge, place) in graph.edges().iter().zip(&local) {
            let callee = edge.callee.0 as usize;
            if !matches!(own[callee], Own::Open | Own::Entry(_))
                || of[callee] != Repetition::Unknown
            {
                continue;
            }
            let kind = match (edge.kind, place) {
                (EdgeKind::Passed, _) if facts.is_per_item(edge.site) => Why::PerItem,
                (EdgeKind::Called | EdgeKind::Created, Ok(Repetition::Repeat(_))) => {
                    Why::CalledInLoop
                }
                _ => continue,
            };
            of[callee] = Repetition::Repeat(Reason { kind, node: edge.site });
            queue.push_back(callee);
        }
        let again = |queue: &mut VecDeque<usize>, of: &mut Vec<Repetition>| {
            while let Some(caller) = queue.pop_front() {
                for edge in
                    outgoing.of(caller).iter().filter_map(|at| graph.edges().get(*at as usize))
                {
                    let callee = edge.callee.0 as usize;
                    if matches!(edge.kind, EdgeKind::Called | EdgeKind::Created)
                        && matches!(own[callee], Own::Open | Own::Entry(_))
                        && of[callee] == Repetition::Unknown
                    {
                        let kind = Why::CalledAgain;
                        of[callee] = Repetition::Repeat(Reason { kind, node: edge.site });
                        queue.push_back(callee);
                    }
                }
            }
        };
        again(&mut queue, &mut of);
        for index in 0..count {
            if graph.is_recursive(ScopeId(index as u32))
                && of[index] == Repetition::Unknown
                && matches!(own[index], Own::Open)
            {
                let node = scopes[index].node;
                of[index] = Repetition::Repeat(Reason { kind: Why::Recursive, node });
                queue.push_back(index);
            }
        }
        again(&mut queue, &mut of);
        let mut contexts = Contexts { of };
        contexts.once(facts, &own, &local, &outgoing);
        contexts
    }

    /// Entry points, and functions all of whose calls are known and run once.
    fn once(
        &mut self,
        facts: &Facts<'_>,
        own: &[Own],
        local: &[Result<Repetition, ScopeId>],
        outgoing: &Lists<u32>,
    ) {
        let graph = facts.graph();
        let count = self.of.len();
        for (index, own) in own.iter().enumerate() {
            if let (Own::Entry(node), Repetition::Unknown) = (own, self.of[index]) {
                self.of[index] = Repetition::Once(Reason { kind: Why::EntryPoint, node: *node });
            }
        }
        // How many calls of each function are not known to run once.
        let mut pending = vec![0u32; count];
        let mut candidate = vec![None; count];
        // The edges that it waits for.
        let mut waiting = vec![false; local.len()];
        for (index, edge) in graph.edges().iter().enumerate() {
            let callee = edge.callee.0 as usize;
            if self.of[callee] != Repetition::Unknown || !matches!(own[callee], Own::Open) {
                continue;
            }
            if let Ok(Repetition::Once(Reason { kind: Why::MainGuard, .. })) = local[index]
                && edge.kind == EdgeKind::Called
            {
                let kind = Why::EntryPoint;
                self.of[callee] = Repetition::Once(Reason { kind, node: edge.site });
            }
            candidate[callee] = candidate[callee].or(Some(edge.site));
            match local[index] {
                Ok(Repetition::Once(_)) if edge.kind == EdgeKind::Called => {}
                Err(_) => {
                    pending[callee] += 1;
                    waiting[index] = true;
                }
                Ok(_) => pending[callee] = pending[callee].saturating_add(count as u32 + 1),
            }
        }
        let mut ready: VecDeque<usize> =
            (0..count).filter(|at| matches!(self.of[*at], Repetition::Once(_))).collect();
        let settle = |at: usize, of: &mut Vec<Repetition>| {
            let (Some(node), Repetition::Unknown) = (candidate[at], of[at]) else { return false };
            let ScopeKind::Function(def) = facts.scopes().scopes[at].kind else { return false };
            if !facts.is_private_to_module(def) {
                return false;
            }
            of[at] = Repetition::Once(Reason { kind: Why::OnlyCalledOnce, node });
            true
        };
        for at in 0..count {
            if candidate[at].is_some() && pending[at] == 0 && settle(at, &mut self.of) {
                ready.push_back(at);
            }
        }
        while let Some(caller) = ready.pop_front() {
            for index in outgoing.of(caller) {
                let Some(edge) = graph.edges().get(*index as usize) else { continue };
                let callee = edge.callee.0 as usize;
                if edge.kind != EdgeKind::Called || !waiting[*index as usize] {
                    continue;
                }
                pending[callee] = pending[callee].saturating_sub(1);
                if pending[callee] == 0 && settle(callee, &mut self.of) {
                    ready.push_back(callee);
                }
            }
        }
    }
}
