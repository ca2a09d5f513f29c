//! What tests prove about a name where it is read: `is not None`, truth, `isinstance`.
//!
//! A test narrows what a definition gives where control can come from the definition to the read
//! only through the test: the read stands in the region that the test guards, the definition
//! outside of it. Only names that are read in the scope that binds them are narrowed; attributes
//! are not, since any call may change them.

use ruff_python_ast::{BoolOp, CmpOp, ElifElseClause, Expr, ExprName, Stmt, StmtIf, UnaryOp};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::definitions::{ReadAt, clauses};
use super::returns::always_leaves;
use super::store::OfName;
use super::{Kind, Type};
use crate::catalog;
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId, Shape};
use crate::facts::scopes::{BindingId, Definition, DefinitionKind, Resolution, ScopeId, ScopeKind};

/// Deeper tests prove nothing.
const DEPTH: u32 = 8;

/// Guards that lie further back are not looked at.
const MAX_GUARDS: usize = 32;

/// Names with more definitions are not narrowed.
const MAX_DEFINITIONS: usize = 64;

#[derive(Debug, Clone, Copy)]
enum Proof<'a> {
    NotNone,
    None,
    /// `isinstance(name, classes)` is true.
    Is(&'a Expr),
    /// It is false.
    IsNot(&'a Expr),
}

/// A proof, and where it holds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Guard<'a> {
    proof: Proof<'a>,
    /// A read in here is guarded.
    region: TextRange,
    /// From the test to the end of the region: a definition in here is not, nor is one in the
    /// region.
    span: TextRange,
}

/// The guards of a file by the names that they are about, in the order of their regions. Each
/// name knows the positions of its own.
#[derive(Debug)]
pub(super) struct Guards<'a>(Vec<(BindingId, Guard<'a>)>);

/// Whether a test can say more of a type.
#[inline]
pub(super) fn may_narrow(found: &Type) -> bool {
    found.kind == Kind::Unknown || found.is_optional() || found.kind == Kind::Float
}

struct Collector<'f, 'a> {
    facts: &'f Facts<'a>,
    guards: Vec<(BindingId, Guard<'a>)>,
    /// The body that the tests stand in.
    body: ScopeId,
    /// No definition up to here is guarded.
    until: TextSize,
    /// Only guards of this name are wanted.
    only: Option<BindingId>,
}

impl<'a> Facts<'a> {
    /// What a definition gives at a read, by the tests between them.
    pub(super) fn narrowed(
        &self,
        found: &'a Type,
        read: ReadAt<'_, 'a>,
        definition: &Definition<'a>,
    ) -> &'a Type {
        if !may_narrow(found) {
            return found;
        }
        let guards = self.guards_of(read.of);
        if guards.is_empty() || !self.is_steady(read.name, read.binding, definition) {
            return found;
        }
        let at = read.name.range();
        let last = guards.partition_point(|(_, guard)| guard.region.start() <= at.start());
        let mut narrowed = *found;
        for (_, guard) in guards.get(..last).unwrap_or_default().iter().rev().take(MAX_GUARDS) {
            if guard.region.contains_range(at)
                && !guard.span.contains_range(definition.range)
                && !guard.region.contains_range(definition.range)
            {
                narrowed = self.proven(narrowed, guard.proof);
            }
        }
        if narrowed == *found { found } else { self.keep(narrowed) }
    }

    /// Whether some test is about a name.
    pub(super) fn is_guarded(&self, of: &OfName<'a>) -> bool {
        !self.guards_of(of).is_empty()
    }

    fn guards_of(&self, of: &OfName<'a>) -> &[(BindingId, Guard<'a>)] {
        let Guards(all) = self.types.guards.get_or_init(|| self.collect_guards());
        let (from, to) = of.guards.get();
        all.get(from as usize..to as usize).unwrap_or_default()
    }

    /// Whether nothing else runs between a test and a read: the read is in the scope that binds
    /// and nothing inside rebinds the name, or the name is a parameter that is never rebound.
    fn is_steady(
        &self,
        name: &'a ExprName,
        binding: BindingId,
        definition: &Definition<'a>,
    ) -> bool {
        let names = self.names();
        let owner = names.scope(binding);
        let elsewhere = |it: &Definition<'a>| {
            self.scopes().body_scope(it.from) != self.scopes().body_scope(owner)
        };
        let definitions = names.definitions(binding);
        if definitions.len() > MAX_DEFINITIONS || definitions.clone().any(elsewhere) {
            return false;
        }
        let mut scope = self.nodes().scope(self.nodes().id(name));
        let never_rebound = matches!(definition.kind, DefinitionKind::Parameter { .. })
            && names.only_definition(binding).is_some();
        while scope != owner {
            let at = self.scopes().get(scope);
            let immediate =
                matches!(at.kind, ScopeKind::Comprehension(node) if !node.is_generator_expr());
            if (!immediate && !never_rebound) || scope == ScopeId::MODULE {
                return false;
            }
            scope = at.parent;
        }
        true
    }

    fn proven(&self, found: Type, proof: Proof<'a>) -> Type {
        match proof {
            Proof::NotNone => found.not_none(),
            Proof::None if found.is_optional() || found == Type::UNKNOWN => Type::of(Kind::None),
            Proof::None => found,
            Proof::Is(classes) => {
                let mut joined = Type::NEVER;
                let rest = found.not_none();
                let parts = match classes {
                    Expr::Tuple(it) => &it.elts[..],
                    single => std::slice::from_ref(single),
                };
                for class in parts {
                    // `None` may be an instance of what is not known.
                    let Some(of) = self.class_kind(class) else { return found };
                    joined = joined.join(if of == rest.kind { rest } else { Type::of(of) });
                }
                if joined == Type::UNKNOWN && rest.kind != Kind::Unknown {
                    let listed =
                        parts.iter().any(|class| self.class_kind(class) == Some(rest.kind));
                    return if listed { rest } else { Type::UNKNOWN };
                }
                joined
            }
            Proof::IsNot(classes) => {
                let parts = match classes {
                    Expr::Tuple(it) => &it.elts[..],
                    single => std::slice::from_ref(single),
                };
                let excluded =
                    parts.iter().any(|class| self.class_kind(class) == Some(found.kind_or_none()));
                match (excluded, found.is_optional()) {
                    (true, true) => Type::of(Kind::None),
                    (true, false) => Type::UNKNOWN,
                    (false, _) => found,
                }
            }
        }
    }

    /// The kind of the instances of a class that is written out.
    fn class_kind(&self, class: &'a Expr) -> Option<Kind> {
        if let Some(name) = self.qualified(class) {
            return catalog::returns::instances(name);
        }
        let Expr::Name(name) = class else { return None };
        let class = self.own_class_named(name)?;
        match self.instance_type(class).kind {
            Kind::Unknown => None,
            kind => Some(kind),
        }
    }

    fn collect_guards(&self) -> Guards<'a> {
        let mut collector = Collector {
            facts: self,
            guards: Vec::new(),
            body: ScopeId::MODULE,
            until: TextSize::default(),
            only: None,
        };
        for (id, entry) in self.nodes().shaped(Shape::GUARD) {
            collector.body = self.scopes().body_scope(entry.scope);
            match entry.node {
                Node::Stmt(stmt) => collector.stmt(stmt, id),
                Node::Expr(expr) => collector.expr(expr),
            }
        }
        let mut guards = collector.guards;
        guards.sort_by_key(|(binding, guard)| (*binding, guard.region.start()));
        let mut from = 0;
        for about in guards.chunk_by(|(a, _), (b, _)| a == b) {
            let to = from + about.len() as u32;
            if let Some(of) = about.first().and_then(|(binding, _)| self.of_name(*binding)) {
                of.guards.set((from, to));
            }
            from = to;
        }
        Guards(guards)
    }
}

impl<'a> Collector<'_, 'a> {
    fn stmt(&mut self, stmt: &'a Stmt, id: NodeId) {
        match stmt {
            Stmt::Assert(it) => self.test(&it.test, true, self.rest(id), DEPTH),
            Stmt::If(it) => {
                self.clauses(it);
                self.after(it, id);
            }
            Stmt::While(it) => {
                if let (Some(first), Some(last)) = (it.body.first(), it.body.last()) {
                    let region = TextRange::new(first.start(), last.end());
                    self.test(&it.test, true, region, DEPTH);
                }
            }
            _ => {}
        }
    }

    /// What stands after a statement in its block.
    fn rest(&self, id: NodeId) -> TextRange {
        let nodes = self.facts.nodes();
        let block = nodes.block(id).unwrap_or(&self.facts.module.body);
        let start = nodes.get(id).map_or(TextSize::default(), |stmt| stmt.end());
        TextRange::new(start, block.last().map_or(start, Ranged::end))
    }

    fn expr(&mut self, expr: &'a Expr) {
        match expr {
            Expr::If(it) => {
                self.test(&it.test, true, it.body.range(), DEPTH);
                self.test(&it.test, false, it.orelse.range(), DEPTH);
            }
            Expr::BoolOp(it) => {
                for value in &it.values {
                    let region = TextRange::new(value.end(), it.end());
                    self.test(value, it.op == BoolOp::And, region, DEPTH);
                }
            }
            expr => {
                for clause in clauses(expr) {
                    for test in &clause.ifs {
                        self.test(test, true, TextRange::new(test.end(), expr.end()), DEPTH);
                        // The element stands before the clauses and runs after them.
                        let first = clauses(expr).first().map_or(expr.end(), Ranged::start);
                        self.until = expr.end();
                        self.test(test, true, TextRange::new(expr.start(), first), DEPTH);
                        self.until = TextSize::default();
                    }
                }
            }
        }
    }

    fn clauses(&mut self, it: &'a StmtIf) {
        let region =
            |body: &[Stmt]| Some(TextRange::new(body.first()?.start(), body.last()?.end()));
        let rest = TextRange::new(it.body.last().map_or(it.end(), Ranged::end), it.end());
        if let Some(region) = region(&it.body) {
            self.test(&it.test, true, region, DEPTH);
        }
        self.test(&it.test, false, rest, DEPTH);
        for clause in &it.elif_else_clauses {
            let Some(test) = &clause.test else { continue };
            if let Some(region) = region(&clause.body) {
                self.test(test, true, region, DEPTH);
            }
            let rest = TextRange::new(clause.end(), it.end());
            self.test(test, false, rest, DEPTH);
        }
    }

    /// After `if test: return` the test was false; after `if test: .. else: return` it was true.
    fn after(&mut self, it: &'a StmtIf, id: NodeId) {
        let leaves = |clause: &ElifElseClause| always_leaves(&clause.body);
        if let [last] = &it.elif_else_clauses[..]
            && last.test.is_none()
            && leaves(last)
        {
            self.test(&it.test, true, self.rest(id), DEPTH);
        }
        self.failed(&it.test, &it.body, id);
        if !always_leaves(&it.body) {
            return;
        }
        for clause in &it.elif_else_clauses {
            let Some(test) = &clause.test else { break };
            self.failed(test, &clause.body, id);
            if !leaves(clause) {
                break;
            }
        }
    }

    /// The body leaves, or replaces the value of the name that it is about.
    fn failed(&mut self, test: &'a Expr, body: &'a [Stmt], id: NodeId) {
        if always_leaves(body) {
            self.test(test, false, self.rest(id), DEPTH);
            return;
        }
        for stmt in body {
            let Stmt::Assign(assign) = stmt else { continue };
            let [Expr::Name(target)] = &assign.targets[..] else { continue };
            self.about(test, target.id.as_str(), self.rest(id));
        }
    }

    /// Only what the failure of a test proves about one name.
    fn about(&mut self, test: &'a Expr, name: &str, after: TextRange) {
        let scope = self.facts.nodes().scope(self.facts.nodes().id(test));
        if let Resolution::Binding(binding) = self.facts.names().lookup(name, scope) {
            self.only = Some(binding);
            self.test(test, false, after, DEPTH);
            self.only = None;
        }
    }

    /// What a test proves in a region if it comes out true, or false.
    fn test(&mut self, test: &'a Expr, truth: bool, region: TextRange, depth: u32) {
        let Some(depth) = depth.checked_sub(1) else { return };
        if region.is_empty() {
            return;
        }
        match test {
            Expr::UnaryOp(it) if it.op == UnaryOp::Not => {
                self.test(&it.operand, !truth, region, depth);
            }
            Expr::BoolOp(it) if (it.op == BoolOp::And) == truth => {
                for value in &it.values {
                    self.test(value, truth, region, depth);
                }
            }
            Expr::Name(_) | Expr::Named(_) if truth => {
                self.add(test, test.range(), Proof::NotNone, region);
            }
            Expr::Compare(it) => {
                let ([op], [right]) = (&*it.ops, &*it.comparators) else { return };
                let same = match op {
                    CmpOp::Is => truth,
                    CmpOp::IsNot => !truth,
                    _ => return,
                };
                match (&*it.left, right) {
                    (left, Expr::NoneLiteral(_)) => {
                        let proof = if same { Proof::None } else { Proof::NotNone };
                        self.add(left, test.range(), proof, region);
                    }
                    // `type(x) is str`
                    (Expr::Call(call), class) if same => {
                        if let (Expr::Name(func), [subject]) =
                            (&*call.func, &call.arguments.args[..])
                            && func.id.as_str() == "type"
                            && self.facts.is_qualified(&call.func, "type")
                        {
                            self.add(subject, test.range(), Proof::Is(class), region);
                        }
                    }
                    _ => {}
                }
            }
            Expr::Call(call) => {
                if let (Expr::Name(func), [subject, classes]) =
                    (&*call.func, &call.arguments.args[..])
                    && func.id.as_str() == "isinstance"
                    && self.facts.is_qualified(&call.func, "isinstance")
                {
                    let proof = if truth { Proof::Is(classes) } else { Proof::IsNot(classes) };
                    self.add(subject, test.range(), proof, region);
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, subject: &'a Expr, test: TextRange, proof: Proof<'a>, region: TextRange) {
        // After `(name := value)` the name is the value; what is bound in the test otherwise
        // does not pass through it.
        let (name, from): (&ExprName, TextSize) = match subject {
            Expr::Name(name) => (name, test.start()),
            Expr::Named(it) => match &*it.target {
                Expr::Name(name) => (name, it.end()),
                _ => return,
            },
            _ => return,
        };
        let names = self.facts.names();
        let scope = self.facts.nodes().scope(self.facts.nodes().id(name));
        let Resolution::Binding(binding) = names.lookup(name.id.as_str(), scope) else { return };
        if self.only.is_some_and(|only| only != binding) || !self.is_seen(binding) {
            return;
        }
        let end = region.end().max(test.end()).max(self.until);
        let span = TextRange::new(from.min(end), end);
        self.guards.push((binding, Guard { proof, region, span }));
    }

    /// Whether a test in the body at hand says something of a name: parameters that nothing
    /// rebinds are guarded in the functions inside as well; names of modules and classes are not:
    /// anything may run first.
    fn is_seen(&self, binding: BindingId) -> bool {
        let scopes = self.facts.scopes();
        let owner = scopes.body_scope(self.facts.names().scope(binding));
        owner == self.body
            || !matches!(scopes.get(owner).kind, ScopeKind::Module | ScopeKind::Class(_))
    }
}
