//! MEM701: a function that calls itself once for every step of its input.

mod base_case;
pub(super) mod fix;
mod others;

use ruff_python_ast::{
    CmpOp, Expr, ExprCall, Operator, Stmt, StmtClassDef, StmtFunctionDef, UnaryOp,
};
use ruff_text_size::Ranged;

use base_case::{Place, ends};
use others::{arguments_stay, is_walked, others_stay};

use crate::cx::Cx;
use crate::facts::Facts;
use crate::facts::calls::{Recursion, RecursiveCall, Step, Via};
use crate::facts::cost::integer;
use crate::facts::nodes::Node;
use crate::facts::scopes::{DefinitionKind, Resolution};
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/linear-recursion.md")),
    on: &[On::Recursion(check)],
    over: &[],
};

/// Attributes that name the neighbour in a chain.
const LINKS: &[&str] = &["next", "nxt", "prev", "previous", "tail", "rest", "link", "cdr"];

/// Parts of parameter names that count what is bounded anyway: nesting and attempts.
pub(super) const BOUNDED: &[&str] = &[
    "attempt",
    "budget",
    "deep",
    "depth",
    "dim",
    "fuel",
    "generation",
    "hop",
    "indent",
    "iteration",
    "layer",
    "level",
    "limit",
    "nest",
    "recurs",
    "remaining",
    "retr",
    "round",
    "timeout",
    "tries",
    "ttl",
];

/// Builtins that only compute.
const PURE: &[&str] = &[
    "abs",
    "bool",
    "bytes",
    "chr",
    "dict",
    "divmod",
    "float",
    "frozenset",
    "int",
    "len",
    "list",
    "max",
    "min",
    "ord",
    "pow",
    "print",
    "range",
    "repr",
    "reversed",
    "round",
    "set",
    "sorted",
    "str",
    "sum",
    "tuple",
];

/// More calls than this in one function are no line.
const MAX_CALLS: usize = 16;
/// Longer rings are not followed.
const MAX_RING: usize = 8;

/// The ring of functions that a recursion is part of, seen from its first function, with the way
/// along which every call of it takes one step.
pub(super) fn found<'f, 'a>(
    facts: &'f Facts<'a>,
    recursion: &Recursion<'a>,
) -> Option<(Vec<&'f Recursion<'a>>, Line<'a>)> {
    let ring = ring(facts, recursion)?;
    // The ring is reported once, where it starts in the file.
    if ring.iter().any(|other| other.function.start() < recursion.function.start()) {
        return None;
    }
    if facts.source.is_test() || ring.iter().any(|it| may_be_another(facts, it)) {
        return None;
    }
    let line = line(facts, &ring)?;
    Some((ring, line))
}

/// The memory that a level takes, in words.
pub(super) fn level_bytes(cx: &Cx<'_, '_>) -> &'static str {
    if cx.settings.target_version.minor >= 11 { "100 to 200 bytes" } else { "some 500 bytes" }
}

fn check<'a>(cx: &mut Cx<'_, 'a>, recursion: &Recursion<'a>) {
    let facts = cx.facts;
    let Some((ring, line)) = found(facts, recursion) else { return };
    let call = line.call;
    let waits = cx.text(call.range()).lines().next().unwrap_or_default();
    let label = format!("depth grows with `{}`: each call waits for `{waits}`", line.driver);
    let help = match line.kind {
        Kind::Count => "a loop needs one frame and has no limit",
        Kind::Slice => "a loop needs one frame and no copy of the rest at every call",
        Kind::Chain => "a loop that follows the chain needs one frame and has no limit",
    };
    let copies = if line.kind == Kind::Slice { " and a copy of what is left" } else { "" };
    let note = format!("{} a level{copies}; CPython stops at a depth of 1,000", level_bytes(cx));
    let fix = match (&ring[..], line.kind) {
        (_, Kind::Slice) => None,
        ([only], kind) => fix::fix(cx, only, &line.driver, kind == Kind::Count),
        _ => None,
    };
    cx.report(call.range(), label).help(help).note(note).fix(fix);
}

/// Whether a call through the instance may reach another method: a special method, a visitor's, or
/// one that a subclass in the module overrides.
pub(super) fn may_be_another<'a>(facts: &Facts<'a>, recursion: &Recursion<'a>) -> bool {
    if recursion.calls.iter().all(|call| matches!(call.via, Via::Name)) {
        return false;
    }
    let name = recursion.function.name.as_str();
    let Some(class) = class_of(facts, recursion.function) else { return true };
    name.starts_with("__")
        || name.starts_with("visit")
        || name.ends_with("visit")
        || facts.is_derived_from(class)
            && facts.class_statements().iter().any(|other| {
                !other.bases().is_empty()
                    && !std::ptr::eq(*other, class)
                    && other.body.iter().any(
                        |stmt| matches!(stmt, Stmt::FunctionDef(def) if def.name.as_str() == name),
                    )
            })
}

fn class_of<'a>(facts: &Facts<'a>, function: &'a StmtFunctionDef) -> Option<&'a StmtClassDef> {
    let nodes = facts.nodes();
    match nodes.get(nodes.parent(nodes.id(function)))? {
        Node::Stmt(Stmt::ClassDef(class)) => Some(class),
        _ => None,
    }
}

/// The functions that call each other in one ring, from the given one on: itself alone where it
/// calls itself. `None` where one of them calls more than one of the others.
fn ring<'f, 'a>(facts: &'f Facts<'a>, first: &Recursion<'a>) -> Option<Vec<&'f Recursion<'a>>> {
    let graph = facts.calls();
    let mut ring = Vec::new();
    let mut at = first.function;
    while ring.len() < MAX_RING {
        let recursion = graph.recursion(at)?;
        ring.push(recursion);
        at = recursion.calls.first()?.callee;
        if !recursion.calls.iter().all(|call| std::ptr::eq(call.callee, at)) {
            return None;
        }
        if std::ptr::eq(at, first.function) {
            return Some(ring);
        }
    }
    None
}

/// What goes down the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Count,
    Slice,
    Chain,
}

pub(super) struct Line<'a> {
    pub(super) driver: String,
    pub(super) kind: Kind,
    pub(super) call: &'a ExprCall,
}

/// A way along which every call of the ring takes one step.
fn line<'a>(facts: &Facts<'a>, ring: &[&Recursion<'a>]) -> Option<Line<'a>> {
    let first = ring.first()?;
    if !ring.iter().all(|recursion| is_plain(facts, recursion)) {
        return None;
    }
    if let Some(line) = own_chain(facts, ring) {
        return Some(line);
    }
    let count = parameters(first.function).len();
    (0..count).find_map(|index| {
        let mut call = None;
        let mut step = None;
        for recursion in ring {
            let found = moved(facts, recursion, index)?;
            if step.is_some_and(|known| known != found.0) {
                return None;
            }
            step = Some(found.0);
            call = call.or(Some(found.1));
        }
        let driver = parameters(first.function)[index].to_owned();
        let kind = match step? {
            Step::Sliced => Kind::Slice,
            Step::Attribute(_) => Kind::Chain,
            _ => Kind::Count,
        };
        Some(Line { driver, kind, call: call? })
    })
}

pub(super) fn parameters(function: &StmtFunctionDef) -> Vec<&str> {
    function
        .parameters
        .iter_non_variadic_params()
        .map(|parameter| parameter.parameter.name.as_str())
        .collect()
}

/// Whether the function runs when it is called, and each call of it stands where a loop could.
fn is_plain<'a>(facts: &Facts<'a>, recursion: &Recursion<'a>) -> bool {
    let function = recursion.function;
    if function.is_async
        || recursion.calls.len() > MAX_CALLS
        || function.parameters.vararg.is_some()
        || function.parameters.kwarg.is_some()
    {
        return false;
    }
    let nodes = facts.nodes();
    let is_generator = nodes
        .descendants(nodes.id(function))
        .any(|id| matches!(nodes.get(id), Some(Node::Expr(Expr::Yield(_) | Expr::YieldFrom(_)))));
    let known = function.decorator_list.iter().all(|decorator| {
        let callee = match &decorator.expression {
            Expr::Call(call) => &*call.func,
            callee => callee,
        };
        facts.qualified(callee).is_some_and(|name| {
            matches!(
                name,
                "staticmethod" | "classmethod" | "functools.lru_cache" | "functools.cache"
            )
        })
    });
    !is_generator && known
}

/// The calls that count: not those that only bring the arguments into their normal form.
fn counted<'a>(
    facts: &Facts<'a>,
    recursion: &Recursion<'a>,
    index: usize,
) -> Vec<(RecursiveCall<'a>, &'a Expr)> {
    recursion
        .calls
        .iter()
        .filter_map(|call| {
            let parameter = *parameters(call.callee).get(index)?;
            let argument = facts.argument_for(call, parameter)?;
            (!normalises(facts, argument)).then_some((*call, argument))
        })
        .collect()
}

/// `f(-n)`, `f(abs(n))`, `f([x])`, `f(None)`.
fn normalises<'a>(facts: &Facts<'a>, argument: &'a Expr) -> bool {
    match argument {
        Expr::UnaryOp(it) => it.op == UnaryOp::USub && it.operand.is_name_expr(),
        Expr::Call(call) => is_pure(facts, call),
        Expr::List(_) | Expr::Tuple(_) | Expr::Set(_) | Expr::Dict(_) => true,
        other => other.is_literal_expr(),
    }
}

fn is_pure<'a>(facts: &Facts<'a>, call: &'a ExprCall) -> bool {
    facts.qualified(&call.func).is_some_and(|name| PURE.contains(&name))
}

/// The step that every counted call of the function takes along the parameter of the index, and
/// the first of the calls.
fn moved<'a>(
    facts: &Facts<'a>,
    recursion: &Recursion<'a>,
    index: usize,
) -> Option<(Step<'a>, &'a ExprCall)> {
    let function = recursion.function;
    let driver = *parameters(function).get(index)?;
    if BOUNDED.iter().any(|part| driver.to_lowercase().contains(part)) {
        return None;
    }
    if is_bounded(facts, function, driver) {
        return None;
    }
    let calls = counted(facts, recursion, index);
    let (first, _) = calls.first()?;
    // A call that does not say what it passes on, or that is neither counted nor normalising.
    let silent = recursion.calls.iter().any(|call| {
        parameters(call.callee)
            .get(index)
            .is_none_or(|parameter| facts.argument_for(call, parameter).is_none())
    });
    if silent {
        return None;
    }
    let mut step = None;
    for (call, argument) in &calls {
        if let Via::Attribute(_) = call.via {
            return None;
        }
        let found = step_of(facts, function, driver, argument)?;
        let linear = match found {
            Step::Less(_) | Step::More(_) | Step::Sliced => true,
            Step::Attribute(name) => is_link(name),
            _ => false,
        };
        if !linear || step.is_some_and(|known| known != found) {
            return None;
        }
        step = Some(found);
        if !is_in_place(facts, function, call.call) || !others_stay(facts, call, function, driver) {
            return None;
        }
    }
    let step = step?;
    let counted: Vec<RecursiveCall<'a>> = calls.iter().map(|(call, _)| *call).collect();
    if facts.calls_on_a_path(&function.body, &counted)?.most > 1 {
        return None;
    }
    let place = match step {
        Step::Less(_) => Place::Down(driver),
        Step::More(_) => Place::Up(driver),
        Step::Sliced => Place::Sequence(driver),
        _ => Place::Node(driver),
    };
    ends(facts, function, place).then_some((step, first.call))
}

/// Whether the parameter starts small by default, or large values are refused.
pub(super) fn is_bounded<'a>(
    facts: &Facts<'a>,
    function: &'a StmtFunctionDef,
    driver: &str,
) -> bool {
    let default = function
        .parameters
        .iter_non_variadic_params()
        .find(|parameter| parameter.parameter.name.as_str() == driver)
        .and_then(|parameter| parameter.default.as_deref())
        .and_then(integer);
    if default.is_some_and(|value| (2..=1000).contains(&value)) {
        return true;
    }
    let nodes = facts.nodes();
    nodes.descendants(nodes.id(function)).any(|id| match nodes.get(id) {
        Some(Node::Stmt(Stmt::Assert(it))) => {
            compares(&it.test, driver, |op| matches!(op, CmpOp::Lt | CmpOp::LtE))
        }
        Some(Node::Stmt(Stmt::If(it))) => {
            matches!(it.body.last(), Some(Stmt::Raise(_)))
                && compares(&it.test, driver, |op| matches!(op, CmpOp::Gt | CmpOp::GtE))
        }
        _ => false,
    })
}

/// Whether a test compares the parameter with what stands to its right by such an operator.
fn compares(test: &Expr, driver: &str, wanted: impl Fn(CmpOp) -> bool + Copy) -> bool {
    match test {
        Expr::BoolOp(it) => it.values.iter().any(|value| compares(value, driver, wanted)),
        Expr::Compare(it) => {
            let operands = std::iter::once(&*it.left).chain(&it.comparators);
            operands.zip(&it.ops).any(|(operand, op)| {
                wanted(*op) && matches!(operand, Expr::Name(name) if name.id.as_str() == driver)
            })
        }
        _ => false,
    }
}

/// The step of an argument, seen through a local name that is bound once.
fn step_of<'a>(
    facts: &Facts<'a>,
    function: &'a StmtFunctionDef,
    driver: &str,
    argument: &'a Expr,
) -> Option<Step<'a>> {
    let Expr::Name(name) = argument else { return Some(facts.step(driver, argument)) };
    if name.id.as_str() == driver {
        return None;
    }
    let names = facts.names();
    let Resolution::Binding(binding) = names.resolve(name) else { return None };
    let definition = names.only_definition(binding)?;
    facts
        .scopes()
        .function(definition.scope)
        .is_some_and(|of| std::ptr::eq(of, function))
        .then_some(())?;
    match definition.kind {
        DefinitionKind::Assign { value, .. } => Some(facts.step(driver, value)),
        // `first, *rest = xs`
        DefinitionKind::Unpack(value) => {
            let of_driver = matches!(value, Expr::Name(name) if name.id.as_str() == driver);
            let (_, Stmt::Assign(it)) = facts.nodes().statement(definition.node)? else {
                return None;
            };
            let [Expr::Tuple(targets)] = &it.targets[..] else { return None };
            let starred = targets.elts.iter().any(|target| {
                matches!(target, Expr::Starred(it) if it.value.range() == definition.range)
            });
            (of_driver && starred && targets.elts.len() > 1).then_some(Step::Sliced)
        }
        _ => None,
    }
}

pub(super) fn is_link(attribute: &str) -> bool {
    let name = attribute.trim_matches('_');
    let name = name.strip_suffix("_node").unwrap_or(name);
    LINKS.contains(&name)
}

/// `self.next.total()`: every call goes to the same neighbour of the instance.
fn own_chain<'a>(facts: &Facts<'a>, ring: &[&Recursion<'a>]) -> Option<Line<'a>> {
    let [recursion] = ring else { return None };
    let mut link: Option<(&'a Expr, &str)> = None;
    for call in &recursion.calls {
        let Via::Attribute(owner) = call.via else { return None };
        let Expr::Attribute(it) = owner else { return None };
        let name = it.attr.as_str();
        if !is_link(name) || link.is_some_and(|(_, known)| known != name) {
            return None;
        }
        if !is_in_place(facts, recursion.function, call.call)
            || !arguments_stay(facts, call, recursion.function, "self")
        {
            return None;
        }
        // What is handed on unchanged may go to anything, unless the class makes its own chain.
        if !call.call.arguments.is_empty()
            && !class_of(facts, recursion.function)
                .and_then(|class| facts.class(class))
                .is_some_and(|class| facts.is_self_referential(class, &facts.record(class)))
        {
            return None;
        }
        link = Some((owner, name));
    }
    let (owner, _) = link?;
    if facts.calls_on_a_path(&recursion.function.body, &recursion.calls)?.most > 1 {
        return None;
    }
    ends(facts, recursion.function, Place::Own(owner)).then(|| Line {
        driver: facts.source.slice(owner.range()).to_owned(),
        kind: Kind::Chain,
        call: recursion.calls[0].call,
    })
}

/// Whether the call is returned, stored in a local name or a statement of its own, alone or inside
/// operators, displays and pure builtins, and not in an `except` clause.
fn is_in_place<'a>(facts: &Facts<'a>, function: &'a StmtFunctionDef, call: &'a ExprCall) -> bool {
    let nodes = facts.nodes();
    let own = nodes.id(function);
    for (_, node) in nodes.ancestors(nodes.id(call)).take_while(|(at, _)| *at != own) {
        let fits = match node {
            Node::Expr(Expr::Call(outer)) => is_pure(facts, outer),
            // Formatted into a text, the results nest as deep as the calls.
            Node::Expr(Expr::BinOp(it)) => {
                it.op != Operator::Mod || !it.left.is_string_literal_expr()
            }
            Node::Expr(
                Expr::UnaryOp(_)
                | Expr::BoolOp(_)
                | Expr::Compare(_)
                | Expr::If(_)
                | Expr::List(_)
                | Expr::Tuple(_)
                | Expr::Set(_)
                | Expr::Dict(_)
                | Expr::Starred(_),
            ) => true,
            Node::Expr(_) => false,
            Node::Stmt(Stmt::Assign(it)) => {
                it.targets.iter().all(|target| target.is_name_expr() && !is_walked(facts, target))
            }
            Node::Stmt(Stmt::AnnAssign(it)) => it.target.is_name_expr(),
            Node::Stmt(Stmt::AugAssign(it)) => it.target.is_name_expr(),
            Node::Stmt(Stmt::Try(it)) => {
                !it.handlers.iter().any(|handler| handler.range().contains_range(call.range()))
            }
            Node::Stmt(stmt) => matches!(
                stmt,
                Stmt::Return(_) | Stmt::Expr(_) | Stmt::If(_) | Stmt::With(_) | Stmt::Match(_)
            ),
        };
        if !fits {
            return false;
        }
    }
    true
}
