//! The whole call graph: which function every place of the module calls, passes on, or creates.
//!
//! Nodes are scopes, so the module and class bodies are callers too. Only certain targets are
//! edges. A function that is mentioned in any other way is open: it may be called by anyone.

use std::mem::replace;

use ruff_python_ast::{Expr, ExprAttribute, ExprCall, Stmt, StmtClassDef, StmtFunctionDef};

use super::cycles::components;
use super::functions::{Found, FunctionName, Functions};
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::{
    BindingId, Definition, DefinitionKind, Lists, Resolution, ScopeId, ScopeKind,
};

/// Longer chains of base classes and partial functions are not followed.
const MAX_CHAIN: u32 = 8;

/// What a place does with a function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EdgeKind {
    /// It calls it: `f(..)`, `self.m(..)`, `@f`.
    Called,
    /// It reads a property.
    Read,
    /// It creates an instance: the function is the class's `__init__`.
    Created,
    /// It hands the function itself to a call, which may call it at any time.
    Passed,
}

/// A place that calls a function or passes it on.
#[derive(Debug, Clone, Copy)]
pub struct Edge {
    /// The body that the place belongs to: a function, a lambda, a class body or the module.
    pub caller: ScopeId,
    /// The function or lambda.
    pub callee: ScopeId,
    /// The call; the decorator or the attribute where there is none.
    pub site: NodeId,
    /// What the place does.
    pub kind: EdgeKind,
}

/// The call graph of a module.
#[derive(Debug, Default)]
pub struct Graph {
    /// In source order.
    edges: Vec<Edge>,
    /// The positions of the edges by callee.
    callers: Lists<u32>,
    /// By scope: mentioned in a way that is no edge.
    open: Vec<bool>,
    /// By scope: on a cycle of calls.
    recursive: Vec<bool>,
    /// The functions and lambdas with their bodies, in the order of the nodes.
    bodies: Vec<(NodeId, ScopeId)>,
}

impl Graph {
    /// Every edge in source order.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The edges to a function in source order.
    pub fn callers(&self, callee: ScopeId) -> impl Iterator<Item = &Edge> {
        self.callers.of(callee.index()).iter().filter_map(|index| self.edges.get(*index as usize))
    }

    /// Whether the function is on a cycle of calls.
    pub fn is_recursive(&self, scope: ScopeId) -> bool {
        self.recursive.get(scope.0 as usize).copied().unwrap_or(false)
    }

    /// Whether the function is stored, passed on, or named where nothing certain is known.
    pub fn is_open(&self, scope: ScopeId) -> bool {
        self.open.get(scope.0 as usize).copied().unwrap_or(true)
    }

    /// The scope of a function statement's or a lambda's body.
    pub fn body(&self, node: NodeId) -> Option<ScopeId> {
        let at = self.bodies.binary_search_by_key(&node, |(node, _)| *node).ok()?;
        Some(self.bodies.get(at)?.1)
    }

    fn mark(&mut self, scope: ScopeId) {
        if let Some(open) = self.open.get_mut(scope.0 as usize) {
            *open = true;
        }
    }

    pub(in crate::facts) fn build(facts: &Facts<'_>) -> Graph {
        let mut builder = Builder::new(facts);
        builder.lambdas();
        builder.names();
        builder.attributes();
        builder.dynamic();
        builder.finish()
    }
}

struct Builder<'f, 'a> {
    facts: &'f Facts<'a>,
    functions: &'f Functions<'a>,
    graph: Graph,
    /// The edges with the names, attributes and lambdas that they come from.
    found: Vec<(NodeId, Edge)>,
    /// By the name of a function.
    mentions: Vec<Mentioned>,
    /// `__init__`, if a function goes by it.
    init: Option<FunctionName>,
}

/// What the attributes of a name mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mentioned {
    /// There are none.
    Never,
    /// This method, each of them.
    Only(ScopeId),
    /// Perhaps any method of the name.
    Any,
}

/// Whether a definition may give its name a function, a class, or an instance of one.
fn may_be_callable(definition: &Definition<'_>) -> bool {
    matches!(
        definition.kind,
        DefinitionKind::Function(_)
            | DefinitionKind::Class(_)
            | DefinitionKind::Assign { value: Expr::Lambda(_) | Expr::Call(_), .. }
    )
}

impl<'f, 'a> Builder<'f, 'a> {
    fn new(facts: &'f Facts<'a>) -> Builder<'f, 'a> {
        let functions = facts.functions();
        let scopes = facts.scopes();
        let bodies = scopes.all().filter_map(|(id, scope)| {
            matches!(scope.kind, ScopeKind::Function(_) | ScopeKind::Lambda(_))
                .then_some((scope.node, id))
        });
        let mut bodies: Vec<(NodeId, ScopeId)> = bodies.collect();
        // The defaults of a function open their scopes before it.
        bodies.sort_unstable();
        let graph = Graph { open: vec![false; scopes.count()], bodies, ..Graph::default() };
        let mentions = vec![Mentioned::Never; functions.names()];
        let init = functions.name("__init__");
        Builder { facts, functions, graph, found: Vec::new(), mentions, init }
    }

    /// Lambdas that are called or passed on where they stand.
    fn lambdas(&mut self) {
        let nodes = self.facts.nodes();
        for (scope, opened) in self.facts.scopes().all() {
            let (ScopeKind::Lambda(_), id) = (opened.kind, opened.node) else { continue };
            let parent = nodes.parent(id);
            if let Some(Node::Expr(Expr::Call(call))) = nodes.get(parent) {
                let is_called = nodes.id(&*call.func) == id;
                let kind = if is_called { EdgeKind::Called } else { EdgeKind::Passed };
                self.edge(id, scope, parent, kind);
            }
        }
    }

    /// The reads of names of functions and classes.
    fn names(&mut self) {
        let names = self.facts.names();
        if self.facts.plain {
            for expr in self.facts.nodes().exprs() {
                if let Expr::Name(name) = expr
                    && name.ctx.is_load()
                    && let Resolution::Binding(binding) = names.resolve(name)
                {
                    match self.callable(binding, 0) {
                        Some(callable) => self.name(self.facts.nodes().id(expr), callable),
                        None => self.mark_all(binding),
                    }
                }
            }
            return;
        }
        let mut seen = vec![false; names.count()];
        for (index, definition) in self.facts.scopes().all_definitions().iter().enumerate() {
            if !may_be_callable(definition) {
                continue;
            }
            let Some(binding) = names.binding_of(index) else { continue };
            if seen.get_mut(binding.index()).is_none_or(|seen| replace(seen, true)) {
                continue;
            }
            if let Some(callable) = self.callable(binding, 0) {
                names.reads(binding).for_each(|(id, _)| self.name(id, callable));
            } else if names
                .definitions(binding)
                .any(|it| matches!(it.kind, DefinitionKind::Function(_)))
                && names.reads(binding).next().is_some()
            {
                self.mark_all(binding);
            }
        }
    }

    /// What a read of the name of a function, or of a class with this `__init__`, does with it.
    fn name(&mut self, id: NodeId, (scope, is_class): (ScopeId, bool)) {
        if !is_class {
            self.used(id, scope, false);
            return;
        }
        let nodes = self.facts.nodes();
        let parent = nodes.parent(id);
        if let Some(Node::Expr(Expr::Call(call))) = nodes.get(parent)
            && nodes.id(&*call.func) == id
        {
            self.edge(id, scope, parent, EdgeKind::Created);
        }
    }

    /// One of several functions of a name is mentioned, or something else altogether.
    fn mark_all(&mut self, binding: BindingId) {
        for definition in self.facts.names().definitions(binding) {
            if let DefinitionKind::Function(def) = definition.kind
                && let Some(scope) = self.graph.body(self.facts.nodes().id(def))
            {
                self.graph.mark(scope);
            }
        }
    }

    /// The attributes that go by the name of a method.
    fn attributes(&mut self) {
        let facts = self.facts;
        if facts.plain {
            for expr in facts.nodes().exprs() {
                if let Expr::Attribute(it) = expr {
                    self.attribute(facts.nodes().id(expr), it);
                }
            }
        } else {
            for id in facts.attributes_of(self.functions.likely()) {
                if let Some(Node::Expr(Expr::Attribute(it))) = facts.nodes().get(id) {
                    self.attribute(id, it);
                }
            }
        }
    }

    fn attribute(&mut self, id: NodeId, it: &'a ExprAttribute) {
        let Some(name) = self.functions.name(it.attr.as_str()) else { return };
        let is_method = |it: &super::functions::Function| it.class != NodeId::ROOT;
        if !self.functions.named(name).first().is_some_and(is_method) {
            return;
        }
        let target = it.ctx.is_load().then(|| self.class_of(&it.value)).flatten();
        let target = target.and_then(|class| self.method(class, name, 0));
        if let Some(mention) = self.mentions.get_mut(name.index()) {
            *mention = match (*mention, target) {
                (Mentioned::Never, Some(target)) => Mentioned::Only(target),
                (Mentioned::Only(only), Some(target)) if only == target => Mentioned::Only(only),
                _ => Mentioned::Any,
            };
        }
        if let Some(target) = target {
            self.used(id, target, self.is_property(target));
        }
    }

    /// What a mention of a function does with it.
    fn used(&mut self, id: NodeId, target: ScopeId, property: bool) {
        let nodes = self.facts.nodes();
        let parent = nodes.parent(id);
        match nodes.get(parent) {
            _ if property => self.edge(id, target, id, EdgeKind::Read),
            Some(Node::Expr(Expr::Call(call))) if nodes.id(&*call.func) == id => {
                self.edge(id, target, parent, EdgeKind::Called);
            }
            Some(Node::Expr(Expr::Call(_))) => {
                self.edge(id, target, parent, EdgeKind::Passed);
                self.graph.mark(target);
            }
            Some(Node::Stmt(Stmt::FunctionDef(def)))
                if def.decorator_list.iter().any(|it| nodes.id(&it.expression) == id) =>
            {
                self.edge(id, target, id, EdgeKind::Called);
            }
            Some(Node::Stmt(Stmt::ClassDef(def)))
                if def.decorator_list.iter().any(|it| nodes.id(&it.expression) == id) =>
            {
                self.edge(id, target, id, EdgeKind::Called);
            }
            _ => self.graph.mark(target),
        }
    }

    fn edge(&mut self, from: NodeId, callee: ScopeId, site: NodeId, kind: EdgeKind) {
        let caller = self.facts.scopes().body_scope(self.facts.nodes().scope(from));
        self.found.push((from, Edge { caller, callee, site, kind }));
    }

    /// The function that a binding means, and whether it is the `__init__` of the class it means.
    fn callable(&self, binding: BindingId, depth: u32) -> Option<(ScopeId, bool)> {
        let nodes = self.facts.nodes();
        let names = self.facts.names();
        match names.only_definition(binding)?.kind {
            DefinitionKind::Function(def) => Some((self.graph.body(nodes.id(def))?, false)),
            DefinitionKind::Class(def) => Some((self.method(def, self.init?, 0)?, true)),
            DefinitionKind::Assign { value: Expr::Lambda(lambda), .. } => {
                Some((self.graph.body(nodes.id(lambda))?, false))
            }
            DefinitionKind::Assign { value: Expr::Call(call), .. } if depth < MAX_CHAIN => {
                let Some(Expr::Name(function)) = call.arguments.args.first() else { return None };
                if !self.facts.is_qualified(&call.func, "functools.partial") {
                    return None;
                }
                let Resolution::Binding(inner) = names.resolve(function) else { return None };
                self.callable(inner, depth + 1).filter(|(_, is_class)| !is_class)
            }
            _ => None,
        }
    }

    /// The class whose method an attribute of the expression is.
    fn class_of(&self, owner: &'a Expr) -> Option<&'a StmtClassDef> {
        match owner {
            Expr::Name(name) => {
                if let Some(class) = self.facts.class_of_self(name) {
                    return Some(class);
                }
                if let Some(class) = self.facts.class_named(owner) {
                    return Some(class);
                }
                let names = self.facts.names();
                let Resolution::Binding(binding) = names.resolve(name) else { return None };
                match names.only_definition(binding)?.kind {
                    DefinitionKind::Assign { value: Expr::Call(call), .. } => {
                        self.facts.class_named(&call.func)
                    }
                    _ => None,
                }
            }
            Expr::Call(call) if call.arguments.is_empty() => {
                if self.facts.is_qualified(&call.func, "super") {
                    let scope = self.facts.nodes().scope(self.facts.nodes().id(call));
                    let class = self.facts.scopes().class_around(scope)?;
                    let [base] = class.bases() else { return None };
                    return self.facts.class_named(base);
                }
                self.facts.class_named(&call.func)
            }
            Expr::Call(call) => self.facts.class_named(&call.func),
            _ => None,
        }
    }

    /// The method of a class, or of its only base class if that is of this module.
    fn method(&self, class: &'a StmtClassDef, name: FunctionName, depth: u32) -> Option<ScopeId> {
        match self.functions.of(self.facts.nodes().id(class), name) {
            Found::One(method) => return Some(method),
            Found::Several => return None,
            Found::None => {}
        }
        let [base] = class.bases() else { return None };
        if depth >= MAX_CHAIN {
            return None;
        }
        self.method(self.facts.class_named(base)?, name, depth + 1)
    }

    fn is_property(&self, scope: ScopeId) -> bool {
        let ScopeKind::Function(def) = self.facts.scopes().get(scope).kind else { return false };
        def.decorator_list.iter().any(|decorator| {
            self.facts.qualified(&decorator.expression).is_some_and(|name| {
                name == "property" || name.rsplit('.').next() == Some("cached_property")
            })
        })
    }

    /// `getattr(x, name)`, `globals()` and `__all__` reach functions without naming them.
    fn dynamic(&mut self) {
        const REACHING: [&str; 3] = ["getattr", "methodcaller", "setattr"];
        let mut any = false;
        for call in self.facts.calls_of(&REACHING.into_iter().collect()) {
            let Expr::Name(name) = &*call.func else { continue };
            if !REACHING.contains(&name.id.as_str()) {
                continue;
            }
            let position = usize::from(name.id.as_str() != "methodcaller");
            match call.arguments.args.get(position) {
                Some(Expr::StringLiteral(text)) => {
                    let name = self.functions.name(text.value.to_str());
                    for method in name.into_iter().flat_map(|name| self.functions.named(name)) {
                        if method.class != NodeId::ROOT {
                            self.graph.mark(method.scope);
                        }
                    }
                }
                _ => any = true,
            }
        }
        for method in self.functions.all().iter().filter(|it| it.class != NodeId::ROOT) {
            let mention = self.mentions.get(method.name.index());
            let is_kept = match mention.copied().unwrap_or(Mentioned::Any) {
                Mentioned::Never => true,
                Mentioned::Only(only) => only == method.scope,
                Mentioned::Any => false,
            };
            if any || !is_kept {
                self.graph.mark(method.scope);
            }
        }
        if !self.facts.reflections().is_empty() {
            self.graph.open.fill(true);
        }
    }

    fn finish(mut self) -> Graph {
        let count = self.graph.open.len();
        self.found.sort_unstable_by_key(|(from, _)| *from);
        let edges: Vec<Edge> = self.found.into_iter().map(|(_, edge)| edge).collect();
        let pairs: Vec<(usize, usize)> = edges
            .iter()
            .filter(|edge| edge.kind != EdgeKind::Passed)
            .map(|edge| (edge.caller.index(), edge.callee.index()))
            .collect();
        let mut recursive = vec![false; count];
        if !pairs.is_empty() {
            let component = components(count, &pairs);
            for (caller, callee) in pairs {
                if component[caller] == component[callee] {
                    recursive[callee] = true;
                }
            }
        }
        let by_callee = edges.iter().enumerate();
        self.graph.callers =
            Lists::group(count, by_callee.map(|(at, edge)| (edge.callee.index(), at as u32)));
        (self.graph.edges, self.graph.recursive) = (edges, recursive);
        self.graph
    }
}

impl<'a> Facts<'a> {
    /// The functions of the file by their names.
    pub(super) fn functions(&self) -> &Functions<'a> {
        self.functions.get_or_init(|| Functions::build(self))
    }

    /// The whole call graph.
    pub fn graph(&self) -> &Graph {
        self.graph.get_or_init(|| Graph::build(self))
    }

    /// The places that call a function or pass it on, in source order.
    pub fn callers(&self, function: &StmtFunctionDef) -> impl Iterator<Item = &Edge> {
        let scope = self.graph().body(self.nodes().id(function));
        scope.into_iter().flat_map(|scope| self.graph().callers(scope))
    }

    /// Whether every call of the function is an edge of the graph: its name is private or inside
    /// a function, and it is never stored, passed on or replaced by a decorator.
    pub fn is_private_to_module(&self, function: &'a StmtFunctionDef) -> bool {
        let Some(scope) = self.graph().body(self.nodes().id(function)) else { return false };
        let name = function.name.as_str();
        let plain = function.decorator_list.iter().all(|decorator| {
            self.qualified(&decorator.expression).is_some_and(|name| {
                matches!(name, "staticmethod" | "classmethod" | "contextlib.contextmanager")
            })
        });
        if !plain || self.graph().is_open(scope) {
            return false;
        }
        let is_hidden = name.starts_with('_') && !(name.starts_with("__") && name.ends_with("__"));
        if let Some(class) = self.scopes().class_around(scope) {
            return is_hidden && self.is_closed(class, 0);
        }
        let names = self.names();
        let owner = self.nodes().scope(self.nodes().id(function));
        let only = names
            .binding(owner, name)
            .is_some_and(|binding| names.only_definition(binding).is_some());
        only && (is_hidden || self.scopes().function(owner).is_some())
    }

    /// Whether no class outside the module is among the bases: none of its methods is a hook.
    fn is_closed(&self, class: &'a StmtClassDef, depth: u32) -> bool {
        depth < MAX_CHAIN
            && class.keywords().is_empty()
            && class.bases().iter().all(|base| {
                self.is_qualified(base, "object")
                    || self.class_named(base).is_some_and(|base| self.is_closed(base, depth + 1))
            })
    }

    /// The name of what a call calls, without what it is an attribute of.
    pub(in crate::facts) fn tail_of_callee(call: &'a ExprCall) -> Option<&'a str> {
        match &*call.func {
            Expr::Name(name) => Some(name.id.as_str()),
            Expr::Attribute(it) => Some(it.attr.as_str()),
            _ => None,
        }
    }
}
