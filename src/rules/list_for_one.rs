//! MEM106: a list is built to take one item of it, or a few.

use ruff_python_ast::{Expr, ExprCall, ExprSubscript, Number, Stmt, UnaryOp};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::cx::Cx;
use crate::facts::Facts;
use crate::facts::comprehensions::Built;
use crate::facts::cost::{SMALL, human_bytes, human_count, integer, list_bytes};
use crate::facts::nodes::Node;
use crate::facts::types::Kind;
use crate::fix::{Edit, Fix, Safety};
use crate::imports;
use crate::rule::{Level, On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/list-for-one.md")),
    on: &[On::Subscript(check)],
    over: &["MEM102"],
};

/// `heapq.nsmallest` of more is slower than `sorted`, and of half of the items takes four times
/// the memory.
const FEW: u64 = 16;

/// Which items are taken.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    First,
    Last,
    /// The first few.
    Few(u64),
}

fn check<'a>(cx: &mut Cx<'_, 'a>, subscript: &'a ExprSubscript) {
    let facts = cx.facts;
    if !subscript.ctx.is_load()
        || facts.source.is_test()
        || facts.length_of(&subscript.value).is_some_and(|it| it <= SMALL)
    {
        return;
    }
    let Some(taken) = taken(&subscript.slice) else { return };
    if let Expr::Call(call) = &*subscript.value
        && facts.is_qualified(&call.func, "sorted")
    {
        check_sorted(cx, subscript, call, taken);
    } else if taken == Taken::First {
        check_first(cx, subscript);
    }
}

fn taken(slice: &Expr) -> Option<Taken> {
    match slice {
        Expr::Slice(it) => {
            let first = it.lower.as_deref().is_none_or(|lower| integer(lower) == Some(0));
            let few = u64::try_from(integer(it.upper.as_deref()?)?).ok()?;
            (first && it.step.is_none() && (1..=FEW).contains(&few)).then_some(Taken::Few(few))
        }
        Expr::UnaryOp(it) if it.op == UnaryOp::USub => {
            (integer(&it.operand) == Some(1)).then_some(Taken::Last)
        }
        Expr::NumberLiteral(it) => match &it.value {
            Number::Int(value) => match value.as_i64() {
                Some(0) => Some(Taken::First),
                Some(-1) => Some(Taken::Last),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

fn check_sorted<'a>(
    cx: &mut Cx<'_, 'a>,
    subscript: &'a ExprSubscript,
    call: &'a ExprCall,
    taken: Taken,
) {
    let facts = cx.facts;
    let arguments = &call.arguments;
    let [only] = &arguments.args[..] else { return };
    let known = arguments.keywords.iter().all(|keyword| {
        keyword.arg.as_ref().is_some_and(|name| matches!(name.as_str(), "key" | "reverse"))
    });
    let reverse = match arguments.find_keyword("reverse").map(|keyword| &keyword.value) {
        None => false,
        Some(Expr::BooleanLiteral(it)) => it.value,
        Some(_) => return,
    };
    let single = || facts.is_single_at(only, facts.nodes().id(subscript));
    if only.is_starred_expr() || !known || is_guarded(facts, subscript) || single() {
        return;
    }
    let (label, twin) = match (taken, reverse) {
        (Taken::First, false) | (Taken::Last, true) => {
            ("all items are sorted to take the smallest".to_owned(), "min")
        }
        (Taken::First, true) | (Taken::Last, false) => {
            ("all items are sorted to take the largest".to_owned(), "max")
        }
        (Taken::Few(few), false) => {
            (format!("all items are sorted to take the {few} smallest"), "heapq.nsmallest")
        }
        (Taken::Few(few), true) => {
            (format!("all items are sorted to take the {few} largest"), "heapq.nlargest")
        }
    };
    let fix = sorted_edits(cx, subscript, call, (taken, twin))
        .and_then(|edits| Fix::new(format!("Use `{twin}`"), Safety::Unsafe, edits));
    cx.report(subscript.range(), label).help(format!("use `{twin}(..)`")).fix(fix);
}

fn sorted_edits<'a>(
    cx: &Cx<'_, 'a>,
    subscript: &'a ExprSubscript,
    call: &'a ExprCall,
    (taken, twin): (Taken, &str),
) -> Option<Vec<Edit>> {
    let facts = cx.facts;
    let at = facts.nodes().id(subscript);
    let rest = TextRange::new(call.end(), subscript.end());
    if call.arguments.find_keyword("reverse").is_some() || cx.has_comment(rest) {
        return None;
    }
    let mut edits = vec![Edit::delete(rest)];
    match taken {
        Taken::Few(few) => {
            // A bare generator expression takes no other argument beside it.
            if call
                .arguments
                .args
                .iter()
                .any(|argument| matches!(argument, Expr::Generator(it) if !it.parenthesized))
            {
                return None;
            }
            let reached = imports::reach(facts, "heapq", twin.rsplit('.').next(), at)?;
            edits.push(Edit::replace(call.func.range(), reached.name));
            edits.push(Edit::insert(call.arguments.l_paren_range().end(), format!("{few}, ")));
            edits.extend(reached.edit);
        }
        _ if facts.is_builtin_at(twin, at) => {
            edits.push(Edit::replace(call.func.range(), twin));
        }
        _ => return None,
    }
    Some(edits)
}

fn check_first<'a>(cx: &mut Cx<'_, 'a>, subscript: &'a ExprSubscript) {
    let facts = cx.facts;
    let list = &*subscript.value;
    // `(*x,)` is written for what `*` does, not for the items.
    if list.is_set_comp_expr() || list.is_tuple_expr() {
        return;
    }
    let Some(built) = facts.built(list) else { return };
    if is_guarded(facts, subscript) || is_in_generator(facts, subscript) {
        return;
    }
    // Of one item there is no whole to speak of.
    if let Built::Collected(inner) = built
        && facts.is_single_at(inner, facts.nodes().id(subscript))
    {
        return;
    }
    // `list(sorted(x))[0]` copies a new list: the copy is what there is to say.
    if let Built::Collected(inner @ Expr::Call(_)) = built
        && facts.kind_of(inner) == Kind::List
    {
        return;
    }
    if let Built::Comprehension(_, clauses) = built
        && (facts.would_be_asynchronous(list, clauses) || facts.differs_as_generator(list, clauses))
    {
        return;
    }
    let what = facts.built_word(list);
    let label = match facts.length_of(list) {
        Some(length) => format!(
            "a {what} of {} pointers, {}, is built to take the first item",
            human_count(length),
            human_bytes(list_bytes(length))
        ),
        None => format!("the whole {what} is built to take the first item"),
    };
    let (help, edits) = match built {
        Built::Comprehension(..) => ("use `next(..)`", first_of_comprehension(cx, subscript)),
        Built::Collected(inner) => {
            let generator = inner.is_generator_expr();
            let help = if generator { "use `next(..)`" } else { "use `next(iter(..))`" };
            (help, first_of_collected(cx, subscript, generator))
        }
    };
    let fix = edits.and_then(|edits| Fix::new("Take the first item", Safety::Unsafe, edits));
    // Nobody knows how many items there are, or how many a condition leaves.
    let some = match built {
        Built::Comprehension(_, clauses) => Facts::is_filtered(clauses),
        Built::Collected(_) => true,
    };
    let unknown = some && facts.length_of(list).is_none();
    let diagnostic = cx.report(subscript.range(), label);
    diagnostic.help(help).fix(fix);
    if unknown {
        diagnostic.level = diagnostic.level.min(Level::Info);
    }
}

fn first_of_comprehension<'a>(cx: &Cx<'_, 'a>, subscript: &'a ExprSubscript) -> Option<Vec<Edit>> {
    let list = subscript.value.range();
    let one = TextSize::new(1);
    // Parentheses around the list belong to what goes.
    let (before, after) = (
        TextRange::new(subscript.start(), list.start()),
        TextRange::new(list.end(), subscript.end()),
    );
    let builtin = cx.facts.is_builtin_at("next", cx.facts.nodes().id(subscript));
    (builtin && before.is_empty() && !cx.has_comment(after)).then(|| {
        vec![
            Edit::replace(TextRange::at(list.start(), one), "next("),
            Edit::replace(TextRange::new(list.end() - one, subscript.end()), ")"),
        ]
    })
}

fn first_of_collected<'a>(
    cx: &Cx<'_, 'a>,
    subscript: &'a ExprSubscript,
    generator: bool,
) -> Option<Vec<Edit>> {
    let Expr::Call(call) = &*subscript.value else { return None };
    let at = cx.facts.nodes().id(subscript);
    let after = TextRange::new(call.end(), subscript.end());
    let builtin = ["next", "iter"].iter().all(|name| cx.facts.is_builtin_at(name, at));
    if !builtin || call.start() != subscript.start() || cx.has_comment(after) {
        return None;
    }
    Some(if generator {
        vec![Edit::replace(call.func.range(), "next"), Edit::delete(after)]
    } else {
        vec![Edit::replace(call.func.range(), "next(iter"), Edit::replace(after, ")")]
    })
}

/// Whether an `IndexError` is waited for, which `next` and `min` do not raise.
fn is_guarded<'a>(facts: &Facts<'a>, subscript: &'a ExprSubscript) -> bool {
    let nodes = facts.nodes();
    let at = nodes.id(subscript);
    let catches = |kind: Option<&'a Expr>| match kind {
        None => true,
        Some(Expr::Tuple(it)) => it.elts.iter().any(|kind| is_index_error(facts, kind)),
        Some(kind) => is_index_error(facts, kind),
    };
    nodes.ancestors(at).any(|(_, node)| match node {
        Node::Stmt(Stmt::Try(it)) => {
            let inside = it.body.iter().any(|stmt| nodes.contains(nodes.id(stmt), at));
            inside
                && it.handlers.iter().any(|handler| {
                    let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
                    catches(handler.type_.as_deref())
                })
        }
        Node::Stmt(Stmt::With(it)) => it.items.iter().any(|item| match &item.context_expr {
            Expr::Call(call) => {
                !facts.is_qualified(&call.func, "open")
                    && call.arguments.args.iter().any(|kind| is_index_error(facts, kind))
            }
            _ => false,
        }),
        _ => false,
    })
}

fn is_index_error<'a>(facts: &Facts<'a>, kind: &'a Expr) -> bool {
    facts.qualified(kind).is_some_and(|name| {
        matches!(name, "IndexError" | "LookupError" | "Exception" | "BaseException")
    })
}

/// Whether a `StopIteration` would end up as a `RuntimeError`.
fn is_in_generator<'a>(facts: &Facts<'a>, subscript: &'a ExprSubscript) -> bool {
    let nodes = facts.nodes();
    let at = nodes.id(subscript);
    let body = facts.scopes().body_scope(nodes.scope(at));
    facts.yields(body)
        || nodes.ancestors(at).any(|(_, node)| matches!(node, Node::Expr(Expr::Generator(_))))
}
