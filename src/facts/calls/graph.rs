//! The whole call graph: which function every place of the module calls, passes on, or creates.
//!
//! Nodes are scopes, so the module and class bodies are callers too. Only certain targets are
//! edges. A function that is mentioned in any other way is open: it may be called by anyone.

use ruff_python_ast::{Expr, ExprCall, ExprContext, ExprName, Stmt, StmtClassDef, StmtFunctionDef};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::Facts;
use crate::facts::likely::Likely;
use crate::facts::nodes::{Node, NodeId, Shape};
use crate::facts::scopes::{BindingId, Definition, DefinitionKind, Resolution, ScopeId, ScopeKind};

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
    /// Edges by callee: the run of `order` between two starts.
    starts: Vec<u32>,
    order: Vec<u32>,
    /// By scope: mentioned in a way that is no edge.
    open: Vec<bool>,
    /// By scope: on a cycle of calls.
    recursive: Vec<bool>,
    scope_of: FxHashMap<NodeId, ScopeId>,
}

impl Graph {
    /// Every edge in source order.
    pub fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The edges to a function in source order.
    pub fn callers(&self, callee: ScopeId) -> impl Iterator<Item = &Edge> {
        let at = callee.0 as usize;
        let start = self.starts.get(at).map_or(0, |start| *start as usize);
        let end = self.starts.get(at + 1).map_or(0, |end| *end as usize);
        self.order
            .get(start..end)
            .unwrap_or_default()
            .iter()
            .filter_map(|index| self.edges.get(*index as usize))
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
        self.scope_of.get(&node).copied()
    }

    fn mark(&mut self, scope: ScopeId) {
        if let Some(open) = self.open.get_mut(scope.0 as usize) {
            *open = true;
        }
    }

    pub(in crate::facts) fn build(facts: &Facts<'_>) -> Graph {
        let mut builder = Builder::new(facts);
        builder.names();
        builder.dynamic();
        builder.finish()
    }
}

struct Builder<'f, 'a> {
    facts: &'f Facts<'a>,
    graph: Graph,
    /// Names of functions, classes, and what may stand for them.
    known: FxHashSet<&'a str>,
    methods: FxHashMap<&'a str, Vec<ScopeId>>,
    /// `None` where a class defines the method twice.
    by_class: FxHashMap<(NodeId, &'a str), Option<ScopeId>>,
    /// The only method that attributes of the name mean; `None` where one may mean any.
    mentions: FxHashMap<&'a str, Option<ScopeId>>,
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
        let scopes = &facts.scopes().scopes;
        let mut graph = Graph { open: vec![false; scopes.len()], ..Graph::default() };
        let mut methods: FxHashMap<&'a str, Vec<ScopeId>> = FxHashMap::default();
        let mut by_class = FxHashMap::default();
        for (index, scope) in scopes.iter().enumerate() {
            let id = ScopeId(index as u32);
            match scope.kind {
                ScopeKind::Function(def) => {
                    graph.scope_of.insert(scope.node, id);
                    if let Some(class) = facts.scopes().class_around(id) {
                        by_class
                            .entry((facts.nodes().id(class), def.name.as_str()))
                            .and_modify(|known| *known = None)
                            .or_insert(Some(id));
                        methods.entry(def.name.as_str()).or_default().push(id);
                    }
                }
                ScopeKind::Lambda(_) => {
                    graph.scope_of.insert(scope.node, id);
                }
                _ => {}
            }
        }
        let mut known = FxHashSet::default();
        for definition in facts.scopes().all_definitions() {
            if may_be_callable(definition) {
                known.insert(definition.name);
            }
        }
        Builder { facts, graph, known, methods, by_class, mentions: FxHashMap::default() }
    }

    /// The reads of names of functions and classes, all attributes and all lambdas.
    fn mentions(&self) -> Vec<NodeId> {
        let names = self.facts.names();
        if self.facts.plain {
            let exprs = self.facts.nodes().exprs().filter(|expr| match expr {
                Expr::Name(it) => it.ctx.is_load(),
                Expr::Attribute(_) | Expr::Lambda(_) => true,
                _ => false,
            });
            return exprs.map(|expr| self.facts.nodes().id(expr)).collect();
        }
        let mut found: Vec<NodeId> =
            self.facts.nodes().shaped(Shape::ATTRIBUTE.and(Shape::LAMBDA)).map(|it| it.0).collect();
        let mut seen = FxHashSet::default();
        for (index, definition) in self.facts.scopes().all_definitions().iter().enumerate() {
            if may_be_callable(definition)
                && let Some(binding) = names.binding_of(index)
                && seen.insert(binding)
                && (self.callable(binding, 0).is_some()
                    || names
                        .definitions(binding)
                        .any(|it| matches!(it.kind, DefinitionKind::Function(_))))
            {
                found.extend(names.reads(binding).map(|(id, _)| id));
            }
        }
        found.sort_unstable();
        found
    }

    fn names(&mut self) {
        let nodes = self.facts.nodes();
        let likely: Likely = self.methods.keys().copied().collect();
        for id in self.mentions() {
            match nodes.get(id) {
                Some(Node::Expr(Expr::Name(name))) => self.name(id, name),
                Some(Node::Expr(Expr::Attribute(it))) => {
                    let attr = it.attr.as_str();
                    let unlikely = !self.facts.plain && !likely.may_hold(attr);
                    if unlikely || !self.methods.contains_key(attr) {
                        continue;
                    }
                    let target = (it.ctx == ExprContext::Load)
                        .then(|| self.class_of(&it.value))
                        .flatten()
                        .and_then(|class| self.method(class, it.attr.as_str(), 0));
                    let mention = self.mentions.entry(it.attr.as_str()).or_insert(target);
                    if *mention != target {
                        *mention = None;
                    }
                    if let Some(target) = target {
                        self.used(id, target, self.is_property(target));
                    }
                }
                Some(Node::Expr(Expr::Lambda(_))) => {
                    if let (Some(scope), Some(Node::Expr(Expr::Call(call)))) =
                        (self.graph.body(id), nodes.get(nodes.parent(id)))
                    {
                        let kind = if nodes.id(&*call.func) == id {
                            EdgeKind::Called
                        } else {
                            EdgeKind::Passed
                        };
                        self.edge(id, scope, nodes.parent(id), kind);
                    }
                }
                _ => {}
            }
        }
    }

    fn name(&mut self, id: NodeId, name: &'a ExprName) {
        let names = self.facts.names();
        let Resolution::Binding(binding) = names.resolve(name) else { return };
        match self.callable(binding, 0) {
            Some((scope, is_class)) => {
                let nodes = self.facts.nodes();
                let parent = nodes.parent(id);
                let is_call = matches!(nodes.get(parent),
                    Some(Node::Expr(Expr::Call(call))) if nodes.id(&*call.func) == id);
                if is_class {
                    if is_call {
                        self.edge(id, scope, parent, EdgeKind::Created);
                    }
                } else {
                    self.used(id, scope, false);
                }
            }
            None => {
                // One of several functions of that name, or something else altogether.
                for definition in names.definitions(binding) {
                    if let DefinitionKind::Function(def) = definition.kind
                        && let Some(scope) = self.graph.body(self.facts.nodes().id(def))
                    {
                        self.graph.mark(scope);
                    }
                }
            }
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
        self.graph.edges.push(Edge { caller, callee, site, kind });
    }

    /// The function that a binding means, and whether it is the `__init__` of the class it means.
    fn callable(&self, binding: BindingId, depth: u32) -> Option<(ScopeId, bool)> {
        let nodes = self.facts.nodes();
        let names = self.facts.names();
        match names.only_definition(binding)?.kind {
            DefinitionKind::Function(def) => Some((self.graph.body(nodes.id(def))?, false)),
            DefinitionKind::Class(def) => Some((self.method(def, "__init__", 0)?, true)),
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
                if !self.known.contains(name.id.as_str()) {
                    return None;
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
    fn method(&self, class: &'a StmtClassDef, name: &'a str, depth: u32) -> Option<ScopeId> {
        if let Some(found) = self.by_class.get(&(self.facts.nodes().id(class), name)) {
            return *found;
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
        let mut any = false;
        for call in self.facts.call_sites() {
            let Expr::Name(name) = &*call.func else { continue };
            if !matches!(name.id.as_str(), "getattr" | "methodcaller" | "setattr") {
                continue;
            }
            let position = usize::from(name.id.as_str() != "methodcaller");
            match call.arguments.args.get(position) {
                Some(Expr::StringLiteral(text)) => {
                    for scope in self.methods.get(text.value.to_str()).into_iter().flatten() {
                        self.graph.mark(*scope);
                    }
                }
                _ => any = true,
            }
        }
        for (name, scopes) in &self.methods {
            let mention = self.mentions.get(name);
            for scope in scopes {
                if any || mention.is_some_and(|only| *only != Some(*scope)) {
                    self.graph.mark(*scope);
                }
            }
        }
        if !self.facts.reflections().is_empty() {
            self.graph.open.fill(true);
        }
    }

    fn finish(mut self) -> Graph {
        let count = self.graph.open.len();
        let mut starts = vec![0u32; count + 1];
        for edge in &self.graph.edges {
            if let Some(start) = starts.get_mut(edge.callee.0 as usize + 1) {
                *start += 1;
            }
        }
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut order: Vec<u32> = (0..self.graph.edges.len() as u32).collect();
        order.sort_by_key(|index| self.graph.edges[*index as usize].callee);
        let calls = || self.graph.edges.iter().filter(|edge| edge.kind != EdgeKind::Passed);
        let pairs: Vec<(usize, usize)> =
            calls().map(|edge| (edge.caller.0 as usize, edge.callee.0 as usize)).collect();
        let component = super::components(count, pairs.iter().copied());
        let mut recursive = vec![false; count];
        for (caller, callee) in pairs {
            if component[caller] == component[callee] {
                recursive[callee] = true;
            }
        }
        (self.graph.starts, self.graph.order, self.graph.recursive) = (starts, order, recursive);
        self.graph
    }
}

impl<'a> Facts<'a> {
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
