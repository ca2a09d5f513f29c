//! MEM407: a large list of numbers is kept, and each number is an object of its own.

use ruff_python_ast::{Expr, ExprAttribute, Operator, Stmt};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::catalog::objects::FLOAT;
use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::cost::{Cost, What, human_bytes, human_count};
use crate::facts::nodes::Node;
use crate::facts::scopes::{BindingId, Definition, ScopeId};
use crate::facts::types::Kind;
use crate::facts::usage::Usage;
use crate::fix::{Edit, Fix, Safety};
use crate::imports;
use crate::rule::{Level, On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/boxed-numbers.md")),
    on: &[On::Assigned(named), On::Stored(attribute)],
    over: &[],
};

/// Shorter lists are not worth another type.
const LARGE: u64 = 100_000;

/// What a number takes in an array.
const ITEM: u64 = 8;

/// How a large list of numbers is made.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Made {
    /// `list(range(..))`
    Range,
    /// `[.. for .. in ..]`
    Comprehension,
    /// `[0.0] * n`: one object until others are stored.
    Repeated,
}

/// A large list of numbers.
struct Boxed {
    made: Made,
    number: Kind,
    length: u64,
    /// The bytes of the list and, at most, of the numbers that it keeps.
    bytes: u64,
}

fn named<'f, 'a>(cx: &mut Cx<'f, 'a>, definition: &'f Definition<'a>, value: &'a Expr) {
    let facts = cx.facts;
    let Some(boxed) = boxed(facts, value) else { return };
    let Some(binding) = facts.names().bound_by(definition) else { return };
    let uses: Vec<Usage<'a>> = facts.reads_of(binding).map(|it| facts.usage(it).usage).collect();
    let is_global = facts.names().scope(binding) == ScopeId::MODULE;
    if !is_global && !is_kept(&uses) || uses.iter().any(|it| is_unboxed(facts, *it)) {
        return;
    }
    if boxed.made == Made::Repeated && !uses.iter().any(|it| stores_another(facts, *it)) {
        return;
    }
    let fix = fix(facts, value, &boxed, binding, &uses);
    report(cx, value, definition.name, &boxed, fix);
}

fn attribute<'a>(cx: &mut Cx<'_, 'a>, target: &'a ExprAttribute, value: &'a Expr) {
    let Some(boxed) = boxed(cx.facts, value) else { return };
    if boxed.made != Made::Repeated {
        report(cx, value, cx.text(target.range()), &boxed, None);
    }
}

fn report<'a>(cx: &mut Cx<'_, 'a>, value: &'a Expr, name: &str, boxed: &Boxed, fix: Option<Fix>) {
    let what = if boxed.number == Kind::Float { "floats" } else { "integers" };
    let array = boxed.length.saturating_mul(ITEM);
    let label = format!(
        "`{name}` keeps {} {what} as objects, up to {}; an array of them takes {}",
        human_count(boxed.length),
        human_bytes(boxed.bytes),
        human_bytes(array),
    );
    let help = match (boxed.made, boxed.number) {
        (Made::Range, _) => "keep the `range` if nothing changes it, else an `array.array(\"q\")`",
        (_, Kind::Float) => "keep them in an `array.array(\"d\")` or a NumPy array",
        _ => "keep them in an `array.array(\"q\")` or a NumPy array",
    };
    let cost = Cost::exactly(boxed.bytes.saturating_sub(array));
    let is_test = cx.facts.source.is_test();
    let diagnostic = cx.report(value.range(), label);
    diagnostic.help(help).cost(cost).fix(fix);
    if is_test {
        diagnostic.level(Level::Info);
    }
}

/// The list that an expression makes, if it is large, and its numbers are objects of their own.
fn boxed<'a>(facts: &Facts<'a>, value: &'a Expr) -> Option<Boxed> {
    let made = match value {
        Expr::ListComp(_) => Made::Comprehension,
        Expr::BinOp(it)
            if it.op == Operator::Mult && (it.left.is_list_expr() || it.right.is_list_expr()) =>
        {
            Made::Repeated
        }
        Expr::Call(call) => match &call.arguments.args[..] {
            [only @ Expr::Call(_)]
                if facts.is_qualified(&call.func, "list") && facts.kind_of(only) == Kind::Range =>
            {
                Made::Range
            }
            _ => return None,
        },
        _ => return None,
    };
    let size = facts.size_of(value).filter(|size| size.what == What::List)?;
    let length = size.length.filter(|length| length.low >= LARGE)?.high;
    let number = facts.type_of(value).element;
    let (own, held) = (size.own.high?, size.held.high?);
    let held = match (made, number) {
        (Made::Repeated, Kind::Float) => length.saturating_mul(FLOAT),
        // Small integers are shared: then there are pointers only.
        (Made::Range | Made::Comprehension, Kind::Int | Kind::Float) if held >= own => held,
        _ => return None,
    };
    Some(Boxed { made, number, length, bytes: own.saturating_add(held) })
}

/// Whether a use stores another number than a constant: an object of its own.
fn stores_another<'a>(facts: &Facts<'a>, used: Usage<'a>) -> bool {
    let Usage::ItemStored(item) = used else { return false };
    match facts.nodes().get(facts.nodes().parent(facts.nodes().id(item))) {
        Some(Node::Stmt(Stmt::Assign(it))) => !it.value.is_literal_expr(),
        Some(Node::Stmt(Stmt::AugAssign(_))) => true,
        _ => false,
    }
}

/// Whether a local list is kept, and not walked once: that is for other rules.
fn is_kept(uses: &[Usage<'_>]) -> bool {
    match uses {
        [] => false,
        [only] => matches!(only, Usage::Returned(_) | Usage::Yielded(_) | Usage::Stored(_)),
        _ => true,
    }
}

/// Whether a use makes an array of the list already.
fn is_unboxed<'a>(facts: &Facts<'a>, used: Usage<'a>) -> bool {
    let Some(call) = used.taken_by() else { return false };
    facts.qualified(&call.func).is_some_and(|name| {
        ["numpy.", "array.", "torch.", "pandas.", "jax.", "tensorflow.", "cupy.", "polars."]
            .iter()
            .any(|package| name.starts_with(package))
    })
}

/// Whether a range or an array serves as well as the list. `stores`: items may be stored.
fn serves<'a>(facts: &Facts<'a>, used: Usage<'a>, stores: bool) -> bool {
    match used {
        Usage::Indexed(_) | Usage::For(_) | Usage::Clause(..) | Usage::Contains(_) => true,
        Usage::ItemStored(it) => stores && !it.slice.is_slice_expr(),
        Usage::Argument(call, 0) => facts.qualified(&call.func).is_some_and(|name| {
            matches!(
                name,
                "len" | "sum" | "min" | "max" | "enumerate" | "reversed" | "random.choice"
            )
        }),
        _ => false,
    }
}

fn fix<'a>(
    facts: &Facts<'a>,
    value: &'a Expr,
    boxed: &Boxed,
    binding: BindingId,
    uses: &[Usage<'a>],
) -> Option<Fix> {
    if facts.names().definitions(binding).count() > 1 {
        return None;
    }
    let stores = boxed.made != Made::Range;
    if !uses.iter().all(|it| serves(facts, *it, stores)) {
        return None;
    }
    match value {
        Expr::Call(call) => {
            let [argument] = &call.arguments.args[..] else { return None };
            let edits = edits::without_call(facts, call, argument);
            Fix::new("Keep the range", Safety::Unsafe, edits)
        }
        Expr::ListComp(it) if boxed.number == Kind::Float => {
            if facts.would_be_asynchronous(value, &it.generators)
                || facts.differs_as_generator(value, &it.generators)
            {
                return None;
            }
            let bracket = TextSize::new(1);
            in_array(facts, value, |array| {
                let open = TextRange::at(value.start(), bracket);
                let close = TextRange::at(value.end() - bracket, bracket);
                let before = Edit::replace(open, format!("{array}(\"d\", ("));
                vec![before, Edit::replace(close, "))")]
            })
        }
        Expr::BinOp(it) if boxed.made == Made::Repeated => {
            let display = [&it.left, &it.right].into_iter().find(|side| side.is_list_expr())?;
            in_array(facts, value, |array| {
                let before = Edit::insert(display.start(), format!("{array}(\"d\", "));
                vec![before, Edit::insert(display.end(), ")")]
            })
        }
        _ => None,
    }
}

fn in_array<'a>(
    facts: &Facts<'a>,
    value: &'a Expr,
    edits: impl FnOnce(&str) -> Vec<Edit>,
) -> Option<Fix> {
    let array = imports::reach(facts, "array", Some("array"), facts.nodes().id(value))?;
    let mut edits = edits(&array.name);
    edits.extend(array.edit);
    Fix::new("Keep the floats in an array", Safety::Unsafe, edits)
}
