//! Functions of one module that call themselves, directly or through others.
//!
//! Read off the call graph: the calls by name, `self.method(..)`, `cls.method(..)` and
//! `Class.method(..)`; and the method of the same name on an attribute of `self`
//! (`self.next.method(..)`), which the graph does not know. Answers which calls lead back and what
//! each passes on; whether that is deep is a rule's business.

pub mod argument;
mod cycles;
mod functions;
pub mod graph;
pub mod on_path;

use ruff_python_ast::{Expr, ExprCall, Operator, Stmt, StmtFunctionDef, UnaryOp};
use ruff_text_size::Ranged;
use rustc_hash::FxHashMap;

use super::Facts;
use super::nodes::{Node, NodeId};
use super::scopes::{ScopeId, ScopeKind};
use cycles::components;
pub(super) use functions::Functions;
use graph::EdgeKind;

/// A function that calls itself.
#[derive(Debug)]
pub struct Recursion<'a> {
    /// The function.
    pub function: &'a StmtFunctionDef,
    /// The calls in it that lead back to it, in source order.
    pub calls: Vec<RecursiveCall<'a>>,
}

/// A call that leads back to the function that makes it.
#[derive(Debug, Clone, Copy)]
pub struct RecursiveCall<'a> {
    /// The call.
    pub call: &'a ExprCall,
    /// The function that it calls: the function itself, or another one on the way back to it.
    pub callee: &'a StmtFunctionDef,
    /// How the target is known.
    pub via: Via<'a>,
}

/// How the target of a call is known.
#[derive(Debug, Clone, Copy)]
pub enum Via<'a> {
    /// `function(..)`.
    Name,
    /// `self.method(..)` or `cls.method(..)`: the arguments follow the instance.
    Instance,
    /// `Class.method(..)`: the instance is an argument.
    Class,
    /// `self.attribute.method(..)`: the same method, if the attribute holds the same class.
    Attribute(&'a Expr),
}

/// What a call passes for a parameter, seen from the same parameter of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step<'a> {
    /// The parameter itself.
    Same,
    /// `n - 1`: less by a constant.
    Less(i64),
    /// `n + 1`: more by a constant.
    More(i64),
    /// `xs[1:]`, `xs[:-1]`: without its first or last elements.
    Sliced,
    /// `node.next`.
    Attribute(&'a str),
    /// `n // 2`, `n >> 1`, `n / 2`, `xs[:mid]`: a part of it.
    Divided,
    /// A literal.
    Constant,
    /// Anything else.
    Unknown,
}

/// The call graph.
#[derive(Debug, Default)]
pub struct Calls<'a> {
    /// The recursive functions in source order.
    pub recursions: Vec<Recursion<'a>>,
}

struct Edge<'a> {
    caller: usize,
    callee: usize,
    call: &'a ExprCall,
    via: Via<'a>,
}

impl<'a> Calls<'a> {
    pub(super) fn build(facts: &Facts<'a>) -> Calls<'a> {
        let functions = facts.function_statements();
        if !facts.plain && !facts.may_recurse() {
            return Calls::default();
        }
        let mut by_node: FxHashMap<NodeId, usize> = FxHashMap::default();
        for (index, def) in functions.iter().enumerate() {
            by_node.insert(facts.nodes().id(*def), index);
        }
        let position = |scope| match facts.scopes().get(scope).kind {
            ScopeKind::Function(def) => by_node.get(&facts.nodes().id(def)).copied(),
            _ => None,
        };
        let mut edges = Vec::new();
        for edge in facts.graph().edges().iter().filter(|edge| edge.kind == EdgeKind::Called) {
            let Some(Node::Expr(Expr::Call(call))) = facts.nodes().get(edge.site) else { continue };
            let (Some(caller), Some(callee)) = (position(edge.caller), position(edge.callee))
            else {
                continue;
            };
            // A partial function passes other arguments than the call shows.
            let name = functions.get(callee).map(|def| def.name.as_str());
            if Facts::tail_of_callee(call) != name {
                continue;
            }
            if let Some(via) = facts.via(call) {
                edges.push(Edge { caller, callee, call, via });
            }
        }
        for call in facts.calls_of(facts.functions().likely()) {
            let scope = facts.scopes().body_scope(facts.nodes().scope(facts.nodes().id(call)));
            if let Some(owner) = facts.neighbour(call, scope)
                && let Some(caller) = position(scope)
            {
                edges.push(Edge { caller, callee: caller, call, via: Via::Attribute(owner) });
            }
        }
        if edges.is_empty() {
            return Calls::default();
        }
        edges.sort_by_key(|edge| edge.call.start());
        let pairs: Vec<(usize, usize)> =
            edges.iter().map(|edge| (edge.caller, edge.callee)).collect();
        let component = components(functions.len(), &pairs);
        let mut recursions: Vec<Recursion<'a>> =
            functions.iter().map(|function| Recursion { function, calls: Vec::new() }).collect();
        for edge in edges {
            if component[edge.caller] == component[edge.callee] {
                recursions[edge.caller].calls.push(RecursiveCall {
                    call: edge.call,
                    callee: functions[edge.callee],
                    via: edge.via,
                });
            }
        }
        recursions.retain(|recursion| !recursion.calls.is_empty());
        Calls { recursions }
    }

    /// The recursion of a function, if it is recursive.
    pub fn recursion(&self, function: &StmtFunctionDef) -> Option<&Recursion<'a>> {
        let at = self.recursions.binary_search_by_key(&function.start(), |it| it.function.start());
        self.recursions.get(at.ok()?)
    }
}

impl<'a> Facts<'a> {
    /// Whether the names of functions and of what they call allow a cycle: in most files they do
    /// not, and the graph need not be built. Names are taken as they are written, nothing is
    /// resolved. A ring through an inherited method of another name is not looked for.
    fn may_recurse(&self) -> bool {
        let nodes = self.nodes();
        let functions = self.functions();
        if functions.len() == 0 {
            return false;
        }
        let classes: FxHashMap<&str, NodeId> =
            self.class_statements().iter().map(|it| (it.name.as_str(), nodes.id(*it))).collect();
        let mut edges = Vec::new();
        for call in self.calls_of(functions.likely()) {
            let Some(tail) = Facts::tail_of_callee(call) else { continue };
            let Some(name) = functions.name(tail) else { continue };
            let scope = self.scopes().body_scope(nodes.scope(nodes.id(call)));
            let ScopeKind::Function(def) = self.scopes().get(scope).kind else { continue };
            if self.neighbour(call, scope).is_some() {
                return true;
            }
            let class = match &*call.func {
                Expr::Attribute(it) => {
                    let Expr::Name(owner) = &*it.value else { continue };
                    let name = owner.id.as_str();
                    let own = self.class_of_first_parameter(name, scope);
                    let class = own.or_else(|| classes.get(name).copied());
                    let Some(class) = class else { continue };
                    class
                }
                _ => NodeId::ROOT,
            };
            let around = self.scopes().class_around(scope);
            let around = around.map_or(NodeId::ROOT, |class| nodes.id(class));
            let caller =
                functions.name(def.name.as_str()).and_then(|name| functions.position(around, name));
            match (caller, functions.position(class, name)) {
                (Some(caller), Some(callee)) => edges.push((caller, callee)),
                (Some(_), None) if class != NodeId::ROOT && def.name.as_str() == tail => {
                    return true;
                }
                _ => {}
            }
        }
        if edges.is_empty() {
            return false;
        }
        let component = components(functions.len(), &edges);
        edges.iter().any(|(caller, callee)| component.get(*caller) == component.get(*callee))
    }

    /// The class of the innermost function around whose first parameter goes by a name.
    fn class_of_first_parameter(&self, name: &str, scope: ScopeId) -> Option<NodeId> {
        let (method, _) = self.scopes().enclosing(scope).find(|(_, scope)| match scope.kind {
            ScopeKind::Function(def) => {
                let first = def.parameters.iter_non_variadic_params().next();
                first.is_some_and(|first| first.parameter.name.as_str() == name)
            }
            _ => false,
        })?;
        self.scopes().class_around(method).map(|class| self.nodes().id(class))
    }

    /// How a call whose target the graph knows names it. `None` for `super().method()` and calls
    /// of values, whose arguments are not counted.
    fn via(&self, call: &'a ExprCall) -> Option<Via<'a>> {
        match &*call.func {
            Expr::Name(_) => Some(Via::Name),
            Expr::Attribute(it) => {
                let Expr::Name(owner) = &*it.value else { return None };
                if self.class_of_self(owner).is_some() {
                    return Some(Via::Instance);
                }
                self.class_named(&it.value).map(|_| Via::Class)
            }
            _ => None,
        }
    }

    /// What stands before the dot of a call of the method that makes it, on an attribute of its own
    /// instance: `self.next` of `self.next.method()` in `method`.
    fn neighbour(&self, call: &'a ExprCall, scope: ScopeId) -> Option<&'a Expr> {
        let Expr::Attribute(it) = &*call.func else { return None };
        let Expr::Attribute(inner) = &*it.value else { return None };
        let Expr::Name(owner) = &*inner.value else { return None };
        let ScopeKind::Function(caller) = self.scopes().get(scope).kind else { return None };
        if caller.name.as_str() != it.attr.as_str() {
            return None;
        }
        let class = self.class_of_self(owner)?;
        let methods = class.body.iter().filter_map(|stmt| match stmt {
            Stmt::FunctionDef(def) if def.name == caller.name => Some(def),
            _ => None,
        });
        let mut methods = methods.map(|def| std::ptr::eq(def, caller));
        (methods.next() == Some(true) && methods.next().is_none()).then_some(&*it.value)
    }

    /// The argument of a recursive call for a parameter of its callee, by position or name.
    pub fn argument_for(&self, call: &RecursiveCall<'a>, parameter: &str) -> Option<&'a Expr> {
        let arguments = &call.call.arguments;
        if let Some(keyword) = arguments
            .keywords
            .iter()
            .find(|keyword| keyword.arg.as_ref().is_some_and(|arg| arg.as_str() == parameter))
        {
            return Some(&keyword.value);
        }
        let is_static = call
            .callee
            .decorator_list
            .iter()
            .any(|decorator| self.is_qualified(&decorator.expression, "staticmethod"));
        let skipped = match call.via {
            Via::Name => 0,
            Via::Instance | Via::Attribute(_) => usize::from(!is_static),
            Via::Class => usize::from(
                call.callee
                    .decorator_list
                    .iter()
                    .any(|decorator| self.is_qualified(&decorator.expression, "classmethod")),
            ),
        };
        let parameters = &call.callee.parameters;
        let position = parameters
            .posonlyargs
            .iter()
            .chain(&parameters.args)
            .position(|known| known.parameter.name.as_str() == parameter)?;
        arguments.args.get(position.checked_sub(skipped)?)
    }

    /// What an expression makes of a parameter.
    pub fn step(&self, parameter: &str, argument: &'a Expr) -> Step<'a> {
        let is_parameter =
            |expr: &Expr| matches!(expr, Expr::Name(name) if name.id.as_str() == parameter);
        match argument {
            expr if is_parameter(expr) => Step::Same,
            Expr::NumberLiteral(_)
            | Expr::StringLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_) => Step::Constant,
            Expr::BinOp(it) => {
                let constant = super::cost::integer(&it.right);
                match (it.op, constant) {
                    (Operator::Sub, Some(by)) if is_parameter(&it.left) && by > 0 => Step::Less(by),
                    (Operator::Add, Some(by)) if is_parameter(&it.left) && by > 0 => Step::More(by),
                    (Operator::Add, _) if is_parameter(&it.right) => {
                        match super::cost::integer(&it.left) {
                            Some(by) if by > 0 => Step::More(by),
                            _ => Step::Unknown,
                        }
                    }
                    (Operator::FloorDiv | Operator::Div | Operator::RShift, _)
                        if is_parameter(&it.left) =>
                    {
                        Step::Divided
                    }
                    (Operator::Mod, _) => Step::Divided,
                    _ => Step::Unknown,
                }
            }
            Expr::Attribute(it) if is_parameter(&it.value) => Step::Attribute(it.attr.as_str()),
            Expr::Subscript(it) if is_parameter(&it.value) => {
                let Expr::Slice(slice) = &*it.slice else { return Step::Unknown };
                if slice.step.is_some() {
                    return Step::Divided;
                }
                match (slice.lower.as_deref(), slice.upper.as_deref()) {
                    (Some(lower), None) if super::cost::integer(lower).is_some_and(|by| by > 0) => {
                        Step::Sliced
                    }
                    (None, Some(upper)) if is_negative(upper) => Step::Sliced,
                    _ => Step::Divided,
                }
            }
            _ => Step::Unknown,
        }
    }
}

fn is_negative(expr: &Expr) -> bool {
    matches!(expr, Expr::UnaryOp(it) if it.op == UnaryOp::USub)
}
