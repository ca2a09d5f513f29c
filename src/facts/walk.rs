//! The one walk over the syntax tree: it fills the node table, scopes, definitions, loops and the
//! lists of places that facts start from. Everything that costs more is computed when asked for.

mod expressions;
mod targets;

use ruff_python_ast::{
    Arguments, AtomicNodeIndex, ExceptHandler, Expr, HasNodeIndex, Operator, Parameters, Stmt,
    StmtClassDef, TypeParam, TypeParams,
};
use ruff_text_size::{Ranged, TextRange};

use super::Collected;
use super::flow;
use super::loops::{Loop, LoopId, LoopKind};
use super::nodes::{Entry, Node, NodeId, Shape};
use super::repetition::guards::may_guard;
use super::scopes::annotations::Evaluated;
use super::scopes::{Definition, DefinitionKind, ScopeId, ScopeKind};
use super::walked::{self, By, Walked};
use targets::Bound;

pub(super) struct Walker<'a> {
    out: Collected<'a>,
    parent: NodeId,
    scope: ScopeId,
    innermost: LoopId,
}

/// A node that is open, and the one around it.
#[derive(Clone, Copy)]
struct Mark {
    id: NodeId,
    parent: NodeId,
}

impl<'a> Walker<'a> {
    pub(super) fn walk(body: &'a [Stmt], size: usize) -> Collected<'a> {
        let mut out = Collected::default();
        // Measured on the standard library: a node takes some 6 bytes of source.
        let nodes = size / 6;
        out.nodes.entries.reserve(nodes);
        out.nodes.shapes.reserve(nodes);
        out.scopes.names.reserve(nodes / 2);
        out.scopes.definitions.reserve(nodes / 6);
        out.calls.reserve(nodes / 8);
        out.callees.reserve(nodes / 8);
        out.attributes.reserve(nodes / 8);
        let scope = out.scopes.open(ScopeKind::Module, ScopeId::MODULE, NodeId::ROOT);
        let mut walker = Walker { out, parent: NodeId::ROOT, scope, innermost: LoopId::NONE };
        walker.body(body);
        walker.out
    }

    /// Puts a node into the table that so far has no descendants.
    #[inline]
    fn leaf(&mut self, node: Node<'a>, index: &AtomicNodeIndex, shape: Shape) -> NodeId {
        let id = self.next();
        index.set((id.index() as u32).into());
        self.out.nodes.shapes.push(shape);
        self.out.nodes.entries.push(Entry {
            node,
            parent: self.parent,
            end: id.index() as u32 + 1,
            scope: self.scope,
            innermost: self.innermost,
        });
        id
    }

    /// Puts a node into the table that is the parent of what comes until `leave`.
    #[inline]
    fn enter(&mut self, node: Node<'a>, index: &AtomicNodeIndex, shape: Shape) -> Mark {
        let id = self.leaf(node, index, shape);
        Mark { id, parent: std::mem::replace(&mut self.parent, id) }
    }

    #[inline]
    fn leave(&mut self, Mark { id, parent }: Mark) {
        let end = self.out.nodes.entries.len() as u32;
        if let Some(entry) = self.out.nodes.entries.get_mut(id.index()) {
            entry.end = end;
        }
        self.parent = parent;
    }

    /// Runs `inside` in a new scope, outside every loop of this one.
    fn scoped(&mut self, kind: ScopeKind<'a>, inside: impl FnOnce(&mut Self)) {
        let scope = self.out.scopes.open(kind, self.scope, self.parent);
        let outer = (self.scope, self.innermost);
        (self.scope, self.innermost) = (scope, LoopId::NONE);
        inside(self);
        (self.scope, self.innermost) = outer;
    }

    fn open_loop(
        &mut self,
        kind: LoopKind,
        node: NodeId,
        iter: Option<&'a Expr>,
        target: Option<&'a Expr>,
    ) -> LoopId {
        let id = LoopId::new(self.out.loops.loops.len());
        let scope = self.scope;
        if let Some(iter) = iter {
            let by = if kind == LoopKind::Comprehension { By::Comprehension } else { By::For };
            self.walked(iter, by);
        }
        self.out.loops.loops.push(Loop { kind, node, parent: self.innermost, iter, target, scope });
        std::mem::replace(&mut self.innermost, id)
    }

    fn walked(&mut self, iterable: &'a Expr, by: By) {
        if walked::is_made_here(iterable) {
            self.out.walked.push(Walked { iterable, by });
        }
    }

    fn define(&mut self, name: &'a str, range: TextRange, kind: DefinitionKind<'a>) {
        self.define_in(self.scope, NodeId::ROOT, name, range, kind);
    }

    /// The id of the node that is entered next.
    #[inline]
    fn next(&self) -> NodeId {
        NodeId::new(self.out.nodes.entries.len())
    }

    fn define_in(
        &mut self,
        scope: ScopeId,
        target: NodeId,
        name: &'a str,
        range: TextRange,
        kind: DefinitionKind<'a>,
    ) {
        let (from, node) = (self.scope, self.parent);
        self.out.scopes.define(Definition { name, scope, from, node, target, range, kind });
    }

    fn body(&mut self, body: &'a [Stmt]) {
        for stmt in body {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &'a Stmt) {
        let mark = self.enter(Node::Stmt(stmt), stmt.node_index(), Shape::of_stmt(stmt));
        match stmt {
            Stmt::FunctionDef(def) => {
                self.define(&def.name, def.name.range, DefinitionKind::Function(def));
                self.out.functions.push(def);
                for decorator in &def.decorator_list {
                    self.expr(&decorator.expression);
                }
                let outer = self.scope;
                self.with_type_params(def.type_params.as_deref(), |walker| {
                    walker.parameter_expressions(&def.parameters, outer);
                    walker.annotation(def.returns.as_deref(), Evaluated::Here);
                    walker.scoped(ScopeKind::Function(def), |walker| {
                        walker.bind_parameters(&def.parameters);
                        walker.body(&def.body);
                    });
                });
            }
            Stmt::ClassDef(def) => self.class(def),
            Stmt::Return(it) => self.optional(it.value.as_deref()),
            Stmt::Delete(it) => {
                for target in &it.targets {
                    self.target(target, &Bound::each(DefinitionKind::Delete));
                    if self.innermost.exists() {
                        let dropped = flow::dropped(mark.id, self.innermost, target);
                        self.out.accumulations.extend(dropped);
                    }
                }
            }
            Stmt::TypeAlias(it) => {
                self.target(&it.name, &Bound::each(DefinitionKind::TypeName));
                self.with_type_params(it.type_params.as_deref(), |walker| {
                    walker.annotation(Some(&it.value), Evaluated::OnDemand);
                });
            }
            Stmt::Assign(it) => {
                let bound = Bound {
                    whole: DefinitionKind::Assign { value: &it.value, annotation: None },
                    part: DefinitionKind::Unpack(&it.value),
                };
                for target in &it.targets {
                    self.target(target, &bound);
                }
                self.expr(&it.value);
                if let [target] = &it.targets[..] {
                    self.accumulation(target, &it.value, flow::Form::Assigned);
                }
            }
            Stmt::AugAssign(it) => {
                self.target(&it.target, &Bound::each(DefinitionKind::Augmented(stmt)));
                self.expr(&it.value);
                match it.op {
                    Operator::Add => {
                        self.accumulation(&it.target, &it.value, flow::Form::Augmented);
                    }
                    Operator::BitOr => {
                        self.accumulation(&it.target, &it.value, flow::Form::United);
                    }
                    _ => {}
                }
            }
            Stmt::AnnAssign(it) => {
                if it.simple || it.value.is_some() {
                    let kind = match &it.value {
                        Some(value) => {
                            DefinitionKind::Assign { value, annotation: Some(&it.annotation) }
                        }
                        None => DefinitionKind::Annotation(&it.annotation),
                    };
                    self.target(&it.target, &Bound::each(kind));
                } else {
                    // `(name): T` makes no name local.
                    self.expr(&it.target);
                }
                let evaluated = match self.out.scopes.get(self.scope).kind {
                    ScopeKind::Module | ScopeKind::Class(_) => Evaluated::Here,
                    _ => Evaluated::Never,
                };
                self.annotation(Some(&it.annotation), evaluated);
                self.optional(it.value.as_deref());
                if let Some(value) = &it.value {
                    self.accumulation(&it.target, value, flow::Form::Assigned);
                }
            }
            Stmt::For(it) => {
                // Source order is target, iterable, body; the target belongs to the loop.
                let outer =
                    self.open_loop(LoopKind::For, mark.id, Some(&it.iter), Some(&it.target));
                self.loop_target(&it.target, &it.iter);
                let inner = std::mem::replace(&mut self.innermost, outer);
                self.expr(&it.iter);
                self.innermost = inner;
                self.body(&it.body);
                self.innermost = outer;
                self.body(&it.orelse);
            }
            Stmt::While(it) => {
                let outer = self.open_loop(LoopKind::While, mark.id, None, None);
                self.expr(&it.test);
                self.body(&it.body);
                self.innermost = outer;
                self.body(&it.orelse);
            }
            Stmt::If(it) => {
                if may_guard(&it.test) {
                    self.out.tests.push(mark.id);
                }
                self.expr(&it.test);
                self.body(&it.body);
                for clause in &it.elif_else_clauses {
                    self.optional(clause.test.as_ref());
                    self.body(&clause.body);
                }
            }
            Stmt::With(it) => {
                for item in &it.items {
                    self.expr(&item.context_expr);
                    if let Some(target) = &item.optional_vars {
                        let bound = Bound {
                            whole: DefinitionKind::With(&item.context_expr),
                            part: DefinitionKind::Unpack(&item.context_expr),
                        };
                        self.target(target, &bound);
                    }
                }
                self.body(&it.body);
            }
            Stmt::Match(it) => {
                self.expr(&it.subject);
                for case in &it.cases {
                    self.pattern(&case.pattern);
                    self.optional(case.guard.as_deref());
                    self.body(&case.body);
                }
            }
            Stmt::Raise(it) => {
                self.optional(it.exc.as_deref());
                self.optional(it.cause.as_deref());
            }
            Stmt::Try(it) => {
                self.body(&it.body);
                for ExceptHandler::ExceptHandler(handler) in &it.handlers {
                    self.optional(handler.type_.as_deref());
                    if let Some(name) = &handler.name {
                        self.define(name, name.range, DefinitionKind::Except);
                    }
                    self.body(&handler.body);
                }
                self.body(&it.orelse);
                self.body(&it.finalbody);
            }
            Stmt::Assert(it) => {
                self.expr(&it.test);
                self.optional(it.msg.as_deref());
            }
            Stmt::Import(it) => {
                for alias in &it.names {
                    let (name, path) = if let Some(asname) = &alias.asname {
                        (asname.as_str(), alias.name.as_str())
                    } else {
                        // `import a.b` binds `a`.
                        let root = alias.name.split('.').next().unwrap_or_default();
                        (root, root)
                    };
                    let range = alias.asname.as_ref().map_or(alias.name.range, Ranged::range);
                    self.define(name, range, DefinitionKind::Import(path));
                }
            }
            Stmt::ImportFrom(it) => {
                let module = it.module.as_ref().map_or("", |module| module.as_str());
                for alias in &it.names {
                    if alias.name.as_str() == "*" {
                        self.out.scopes.star_import = true;
                        self.out.scopes.star_imports.push(mark.id);
                        continue;
                    }
                    let member = alias.name.as_str();
                    if module == "__future__" && member == "annotations" {
                        self.out.scopes.future_annotations = true;
                    }
                    if let Some(asname) = &alias.asname {
                        self.out.scopes.aliases.insert(asname.as_str());
                        self.out.scopes.members.insert(asname.as_str(), member);
                    }
                    let name = alias.asname.as_ref().unwrap_or(&alias.name);
                    let kind = DefinitionKind::ImportFrom { module, member, level: it.level };
                    self.define(name.as_str(), name.range, kind);
                }
            }
            Stmt::Global(it) => {
                for name in &it.names {
                    self.out.scopes.declare(self.scope, name, true);
                }
            }
            Stmt::Nonlocal(it) => {
                for name in &it.names {
                    self.out.scopes.declare(self.scope, name, false);
                }
            }
            Stmt::Expr(it) => self.expr(&it.value),
            Stmt::Pass(_) | Stmt::Break(_) | Stmt::Continue(_) | Stmt::IpyEscapeCommand(_) => {}
        }
        self.leave(mark);
    }

    fn class(&mut self, def: &'a StmtClassDef) {
        self.define(&def.name, def.name.range, DefinitionKind::Class(def));
        self.out.classes.push(def);
        for decorator in &def.decorator_list {
            self.expr(&decorator.expression);
        }
        self.with_type_params(def.type_params.as_deref(), |walker| {
            if let Some(arguments) = &def.arguments {
                walker.arguments(arguments);
            }
            walker.scoped(ScopeKind::Class(def), |walker| walker.body(&def.body));
        });
    }

    fn with_type_params(
        &mut self,
        type_params: Option<&'a TypeParams>,
        inside: impl FnOnce(&mut Self),
    ) {
        let Some(type_params) = type_params else { return inside(self) };
        let innermost = self.innermost;
        self.scoped(ScopeKind::TypeParams, |walker| {
            walker.innermost = innermost;
            for param in &type_params.type_params {
                let name = match param {
                    TypeParam::TypeVar(it) => {
                        walker.annotation(it.bound.as_deref(), Evaluated::OnDemand);
                        &it.name
                    }
                    TypeParam::TypeVarTuple(it) => &it.name,
                    TypeParam::ParamSpec(it) => &it.name,
                };
                walker.annotation(param.default(), Evaluated::OnDemand);
                walker.define(name, name.range, DefinitionKind::TypeName);
            }
            inside(walker);
        });
    }

    /// Annotations and defaults are evaluated outside the function; defaults also outside its type
    /// parameters.
    fn parameter_expressions(&mut self, parameters: &'a Parameters, outer: ScopeId) {
        // What parses has them in the order of the source.
        for parameter in parameters {
            self.annotation(parameter.annotation(), Evaluated::Here);
            let inner = std::mem::replace(&mut self.scope, outer);
            self.optional(parameter.default());
            self.scope = inner;
        }
    }

    fn annotation(&mut self, expr: Option<&'a Expr>, evaluated: Evaluated) {
        if let Some(expr) = expr {
            let root = self.next();
            self.out.scopes.annotations.push((root, evaluated));
            self.expr(expr);
        }
    }

    fn bind_parameters(&mut self, parameters: &'a Parameters) {
        for parameter in parameters {
            let inner = parameter.as_parameter();
            let kind = if parameter.is_variadic() {
                DefinitionKind::Variadic(inner)
            } else {
                DefinitionKind::Parameter { parameter: inner, default: parameter.default() }
            };
            self.define(&inner.name, inner.name.range, kind);
        }
    }

    fn optional(&mut self, expr: Option<&'a Expr>) {
        if let Some(expr) = expr {
            self.expr(expr);
        }
    }

    fn exprs(&mut self, exprs: &'a [Expr]) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    fn arguments(&mut self, arguments: &'a Arguments) {
        if arguments.keywords.is_empty() {
            return self.exprs(&arguments.args);
        }
        for argument in arguments.iter_source_order() {
            self.expr(argument.value());
        }
    }

    fn accumulation(&mut self, target: &'a Expr, value: &'a Expr, form: flow::Form) {
        if self.innermost.exists() {
            let node = self.parent;
            self.out.accumulations.extend(flow::accumulation(
                node,
                self.innermost,
                target,
                value,
                form,
                &self.out.scopes,
            ));
        }
    }
}
