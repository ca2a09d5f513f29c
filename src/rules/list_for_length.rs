//! MEM105: a list is built only to be counted.

use ruff_python_ast::{CmpOp, Comprehension, Expr, ExprCall, Stmt, UnaryOp};
use ruff_text_size::Ranged;

use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::comprehensions::Built;
use crate::facts::cost::{Cost, SMALL, human_bytes, human_count, integer, list_bytes};
use crate::facts::nodes::Node;
use crate::facts::purity::Purity;
use crate::facts::scopes::{Definition, DefinitionKind, Resolution};
use crate::facts::types::Kind;
use crate::facts::usage::UsedOnce;
use crate::fix::{Edit, Fix, Safety};
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/list-for-length.md")),
    on: &[On::CallTo(&["len"], check)],
    over: &[],
};

fn check<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let facts = cx.facts;
    let [argument] = &call.arguments.args[..] else { return };
    if !call.arguments.keywords.is_empty() {
        return;
    }
    let named = named(facts, argument);
    // What tests list is small, and has a name for the one who debugs.
    if named.is_some() && facts.source.is_test() {
        return;
    }
    let list = named.map_or(argument, |(_, value)| value);
    if list.is_set_comp_expr() {
        return;
    }
    let Some(built) = facts.built(list) else { return };
    let comprehension = match built {
        Built::Comprehension(element, generators) => Some((list, element, generators)),
        Built::Collected(inner @ Expr::Generator(it)) => {
            Some((inner, &*it.elt, &it.generators[..]))
        }
        Built::Collected(_) => None,
    };
    let quiet = match (comprehension, built) {
        (Some((whole, _, generators)), _) => facts.would_be_asynchronous(whole, generators),
        (None, Built::Collected(inner)) => {
            !has_length(facts, inner)
                && facts.kind_of(inner) != Kind::Iterator
                && !is_either_iterator(facts, inner)
        }
        (None, _) => true,
    };
    let length = facts.length_of(list);
    let cost = length.and_then(|_| facts.cost_of(list));
    if quiet || length.is_some_and(|length| length <= SMALL) {
        return;
    }
    let counted = Counted { call, list, definition: named.map(|(definition, _)| definition) };
    let change = change(cx, &counted, built, comprehension);
    let what = facts.built_word(list);
    let label = match (length, named) {
        (Some(length), _) => format!(
            "{} of {}{} pointers, {}, is built only to be counted",
            match named {
                Some((definition, _)) => format!("`{}`, a {what}", definition.name),
                None => format!("a {what}"),
            },
            if comprehension.is_some_and(|(_, _, clauses)| Facts::is_filtered(clauses)) {
                "up to "
            } else {
                ""
            },
            human_count(length),
            human_bytes(cost.map_or(list_bytes(length), |cost| cost.bytes)),
        ),
        (None, Some((definition, _))) => {
            format!("`{}` is built only to be counted", definition.name)
        }
        (None, None) => format!("this {what} is built only to be counted"),
    };
    let help = match (&change, comprehension) {
        _ if is_emptiness_test(facts, call) => "ask `any(..)`, which stops at the first item",
        (Change::Measure(_), _) => "take `len` of what is listed",
        (Change::None, Some((_, element, _))) if !facts.is_pure(element, Purity::Deferred) => {
            "count in a loop: the element has an effect or may have one"
        }
        _ => "count with `sum(1 for ..)`",
    };
    let (title, safety, edits) = match change {
        Change::Measure(edits) => ("Measure what is listed", Safety::Safe, edits),
        Change::Count(safety, edits) => ("Count without a list", safety, edits),
        Change::None => ("", Safety::Unsafe, Vec::new()),
    };
    let fix = match named {
        Some((definition, _)) => {
            in_place(cx, call, argument, definition).and_then(|(more, plain)| {
                let safety = if plain { safety } else { Safety::Unsafe };
                let edits = if edits.is_empty() { edits } else { [edits, more].concat() };
                Fix::new(title, safety, edits)
            })
        }
        None => Fix::new(title, safety, edits),
    };
    let diagnostic = cx.report(call.range(), label);
    diagnostic.help(help).fix(fix);
    diagnostic.allocation = Some(list.range());
    diagnostic.cost(cost.or(length.map(list_bytes).map(Cost::exactly)));
    if named.is_some() {
        diagnostic.related(list.range(), "listed here");
    }
}

/// The list that is the only value of a name, which is read only here.
fn named<'f, 'a>(
    facts: &'f Facts<'a>,
    argument: &'a Expr,
) -> Option<(&'f Definition<'a>, &'a Expr)> {
    let Expr::Name(name) = argument else { return None };
    let Resolution::Binding(binding) = facts.names().resolve(name) else { return None };
    let definition = facts.names().only_definition(binding)?;
    // What is built is seen at once; how it is used takes the table of all uses.
    let DefinitionKind::Assign { value, .. } = definition.kind else { return None };
    facts.built(value)?;
    facts.used_once(binding).filter(UsedOnce::is_direct)?;
    Some((definition, value))
}

/// A list that is counted.
struct Counted<'f, 'a> {
    /// The call of `len`.
    call: &'a ExprCall,
    /// The list.
    list: &'a Expr,
    /// What gives it a name, if it has one. The name means the count afterwards.
    definition: Option<&'f Definition<'a>>,
}

/// The name is the count itself: `len(rows)` becomes `rows`, and an annotation goes. Whether
/// nothing is lost by that.
fn in_place<'a>(
    cx: &Cx<'_, 'a>,
    call: &'a ExprCall,
    argument: &'a Expr,
    definition: &Definition<'a>,
) -> Option<(Vec<Edit>, bool)> {
    let (annotation, plain) = edits::without_annotation(cx.facts, definition)?;
    let mut edits = edits::without_call(cx.facts, call, argument);
    edits.extend(annotation);
    Some((edits, plain))
}

/// What takes the place of the list.
enum Change {
    /// `len` of the iterable itself.
    Measure(Vec<Edit>),
    /// `sum(1 for ..)`.
    Count(Safety, Vec<Edit>),
    /// Nothing that is known to be the same.
    None,
}

fn change<'a>(
    cx: &Cx<'_, 'a>,
    counted: &Counted<'_, 'a>,
    built: Built<'a>,
    comprehension: Option<(&'a Expr, &'a Expr, &'a [Comprehension])>,
) -> Change {
    let facts = cx.facts;
    let Some((whole, element, generators)) = comprehension else {
        let Built::Collected(inner) = built else { return Change::None };
        if has_length(facts, inner) {
            let edits = match counted.definition {
                Some(_) => edits::measure(facts, counted.list, inner),
                None => edits::unlist(facts, counted.call, counted.list),
            };
            return edits.map_or(Change::None, Change::Measure);
        }
        return count(cx, counted, built, Safety::Safe);
    };
    if facts.differs_as_generator(whole, generators) {
        return Change::None;
    }
    let total = facts.is_pure(element, Purity::Skipped);
    if let ([only], true) = (generators, total)
        && only.target.is_name_expr()
        && only.ifs.is_empty()
        && has_length(facts, &only.iter)
    {
        let edits = match counted.definition {
            Some(_) => edits::measure(facts, counted.list, &only.iter),
            None => edits::only_iterable(facts, counted.list, &only.iter),
        };
        if let Some(edits) = edits {
            return Change::Measure(edits);
        }
    }
    if !total && !facts.is_pure(element, Purity::Deferred) {
        return Change::None;
    }
    // A `StopIteration` from a condition would end up as a `RuntimeError`.
    let stops = facts.any_inside(
        whole,
        generators,
        |expr| matches!(expr, Expr::Call(it) if facts.is_qualified(&it.func, "next")),
    );
    let dropped = edits::parenthesized(facts, element);
    let safe = total && !stops && !cx.has_comment(dropped);
    count(cx, counted, built, if safe { Safety::Safe } else { Safety::Unsafe })
}

fn count<'a>(
    cx: &Cx<'_, 'a>,
    counted: &Counted<'_, 'a>,
    built: Built<'a>,
    safety: Safety,
) -> Change {
    let facts = cx.facts;
    let Counted { call, list, definition } = counted;
    if !facts.is_builtin_at("sum", facts.nodes().id(*list)) {
        return Change::None;
    }
    let edits = match definition {
        Some(_) => edits::count_here(facts, list, built),
        None => edits::count(facts, call, list, built),
    };
    edits.map_or(Change::None, |edits| Change::Count(safety, edits))
}

fn has_length<'a>(facts: &Facts<'a>, expr: &'a Expr) -> bool {
    matches!(
        facts.kind_of(expr),
        Kind::List
            | Kind::Tuple
            | Kind::Str
            | Kind::Bytes
            | Kind::ByteArray
            | Kind::Range
            | Kind::Set
            | Kind::FrozenSet
            | Kind::Dict
            | Kind::DictView
    )
}

/// `iter(a) if a else iter(b)`
fn is_either_iterator<'a>(facts: &Facts<'a>, expr: &'a Expr) -> bool {
    matches!(expr, Expr::If(it)
        if facts.kind_of(&it.body) == Kind::Iterator && facts.kind_of(&it.orelse) == Kind::Iterator)
}

/// Whether the count only answers whether there is any item.
fn is_emptiness_test<'a>(facts: &Facts<'a>, call: &'a ExprCall) -> bool {
    let nodes = facts.nodes();
    let id = nodes.id(call);
    let is_call = |expr: &Expr| nodes.id(expr) == id;
    match nodes.get(nodes.parent(id)) {
        Some(Node::Expr(Expr::UnaryOp(it))) => it.op == UnaryOp::Not,
        Some(Node::Expr(Expr::Call(it))) => facts.is_qualified(&it.func, "bool"),
        Some(Node::Expr(Expr::If(it))) => is_call(&it.test),
        Some(Node::Stmt(Stmt::If(it))) => is_call(&it.test),
        Some(Node::Stmt(Stmt::While(it))) => is_call(&it.test),
        Some(Node::Stmt(Stmt::Assert(it))) => is_call(&it.test),
        Some(Node::Expr(Expr::Compare(it))) => {
            let ([op], [right]) = (&*it.ops, &*it.comparators) else { return false };
            let (bound, op) = match (integer(&it.left), integer(right)) {
                (None, Some(bound)) => (bound, *op),
                (Some(bound), None) => (bound, mirrored(*op)),
                _ => return false,
            };
            match bound {
                0 => !matches!(op, CmpOp::GtE | CmpOp::Lt),
                1 => matches!(op, CmpOp::Lt | CmpOp::GtE),
                _ => false,
            }
        }
        _ => false,
    }
}

fn mirrored(op: CmpOp) -> CmpOp {
    match op {
        CmpOp::Lt => CmpOp::Gt,
        CmpOp::LtE => CmpOp::GtE,
        CmpOp::Gt => CmpOp::Lt,
        CmpOp::GtE => CmpOp::LtE,
        other => other,
    }
}
