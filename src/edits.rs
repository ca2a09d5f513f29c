//! Edits that several rules share: taking away a list around what is walked anyway.
//!
//! Only brackets, names and commas are touched, so comments, line breaks and continuations stay.

mod named;
pub(crate) mod shown;

pub use named::{count_here, lazy, measure, without_annotation};

use ruff_python_ast::token::{Token, TokenKind};
use ruff_python_ast::{Expr, ExprCall, ExprList, ExprName, ExprTuple, Stmt};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::facts::Facts;
use crate::facts::comprehensions::Built;
use crate::facts::nodes::Node;
use crate::facts::usage::UsedOnce;
use crate::fix::Edit;

/// Turns an argument of the call from a list into what the list is made of: a comprehension into
/// a generator expression, `list(x)` and `[*x]` into `x`.
pub fn unlist<'a>(facts: &Facts<'a>, call: &'a ExprCall, argument: &'a Expr) -> Option<Vec<Edit>> {
    match argument {
        Expr::ListComp(_) | Expr::SetComp(_) => Some(unbracket(facts, call, argument)),
        Expr::Call(inner) => {
            let only = inner.arguments.args.first()?;
            let open = inner.arguments.l_paren_range();
            let close = inner.arguments.r_paren_range();
            let mut edits = unwrap(facts, call, argument, only, open, close);
            edits.push(Edit::delete(inner.func.range()));
            Some(edits)
        }
        Expr::List(it) => unstar(facts, call, argument, it.elts.first()?),
        Expr::Tuple(it) => unstar(facts, call, argument, it.elts.first()?),
        _ => None,
    }
}

/// Turns `len` of a list into a count of what the list is made of: a comprehension counts ones,
/// an iterable is walked by a generator that does. `None` where the call of `len` is not spelled
/// so that `sum` could take its place.
pub fn count<'a>(
    facts: &Facts<'a>,
    call: &'a ExprCall,
    argument: &'a Expr,
    built: Built<'a>,
) -> Option<Vec<Edit>> {
    let len = match &*call.func {
        Expr::Name(name) if name.id.as_str() == "len" => name.range,
        Expr::Attribute(it) if it.attr.as_str() == "len" => it.attr.range,
        _ => return None,
    };
    let mut edits = match built {
        Built::Comprehension(element, _) => {
            let mut edits = unlist(facts, call, argument)?;
            edits.push(Edit::replace(parenthesized(facts, element), "1"));
            edits
        }
        Built::Collected(Expr::Generator(inner)) => {
            let mut edits = unlist(facts, call, argument)?;
            edits.push(Edit::replace(parenthesized(facts, &inner.elt), "1"));
            edits
        }
        Built::Collected(inner) => walk(facts, call, argument, inner)?,
    };
    edits.push(Edit::replace(len, "sum"));
    Some(edits)
}

/// `list(x)` or `[*x]` becomes `1 for _ in x`, in parentheses where it needs them.
fn walk<'a>(
    facts: &Facts<'a>,
    call: &'a ExprCall,
    argument: &'a Expr,
    inner: &'a Expr,
) -> Option<Vec<Edit>> {
    let (open, close, mut edits) = match argument {
        Expr::Call(it) => {
            let open = it.arguments.l_paren_range();
            (open, it.arguments.r_paren_range(), vec![Edit::delete(it.func.range())])
        }
        Expr::List(ExprList { elts, .. }) | Expr::Tuple(ExprTuple { elts, .. }) => {
            let star = TextRange::at(elts.first()?.start(), TextSize::new(1));
            let (open, close) = brackets(argument.range());
            (open, close, vec![Edit::delete(star)])
        }
        _ => return None,
    };
    edits.extend(
        tokens(facts, inner.end(), close.start())
            .filter(|token| token.kind() == TokenKind::Comma)
            .map(|token| Edit::delete(token.range())),
    );
    let alone = stands_alone(facts, TextRange::new(argument.start(), open.end()))
        || stands_alone(facts, close);
    let (before, after) = if alone || !is_only_argument(facts, call, argument) {
        ("(1 for _ in", ")")
    } else {
        ("1 for _ in", "")
    };
    let next = facts.source.text()[open.end().to_usize()..].chars().next();
    let gap = if next.is_some_and(char::is_whitespace) { "" } else { " " };
    // A conditional expression, a lambda or a walrus would take in what follows `in`.
    let loose = matches!(inner, Expr::If(_) | Expr::Lambda(_) | Expr::Named(_))
        && !tokens(facts, open.end(), inner.start()).any(|token| token.kind() == TokenKind::Lpar);
    let (more, less) = if loose { ("(", ")") } else { ("", "") };
    edits.push(Edit::replace(open, format!("{before}{gap}{more}")));
    edits.push(Edit::replace(close, format!("{less}{after}")));
    Some(edits)
}

/// Takes `len([x for x in y])` to `len(y)`. `None` where a comment stands in the way.
pub fn only_iterable<'a>(
    facts: &Facts<'a>,
    comprehension: &'a Expr,
    iter: &'a Expr,
) -> Option<Vec<Edit>> {
    let kept = parenthesized(facts, iter);
    let before = TextRange::new(comprehension.start(), kept.start());
    let after = TextRange::new(kept.end(), comprehension.end());
    let commented = [before, after].iter().any(|range| {
        facts.tokens.in_range(*range).iter().any(|token| token.kind() == TokenKind::Comment)
    });
    (!commented).then(|| vec![Edit::delete(before), Edit::delete(after)])
}

/// The range of an expression with the parentheses around it.
pub fn parenthesized(facts: &Facts<'_>, expr: &Expr) -> TextRange {
    let mut range = expr.range();
    loop {
        let before = facts.tokens.before(range.start()).iter().rev();
        let after = facts.tokens.after(range.end()).iter();
        let before = before.into_iter().find(|token| !token.kind().is_trivia());
        let after = after.into_iter().find(|token| !token.kind().is_trivia());
        match (before, after) {
            (Some(open), Some(close))
                if open.kind() == TokenKind::Lpar && close.kind() == TokenKind::Rpar =>
            {
                range = TextRange::new(open.start(), close.end());
            }
            _ => return range,
        }
    }
}

fn unstar<'a>(
    facts: &Facts<'a>,
    call: &'a ExprCall,
    display: &'a Expr,
    starred: &'a Expr,
) -> Option<Vec<Edit>> {
    let Expr::Starred(it) = starred else { return None };
    let (open, close) = brackets(display.range());
    let mut edits = unwrap(facts, call, display, &it.value, open, close);
    edits.push(Edit::delete(TextRange::at(starred.start(), TextSize::new(1))));
    Some(edits)
}

/// Takes the brackets away from around `inner`, or makes them parentheses where it needs them.
fn unwrap<'a>(
    facts: &Facts<'a>,
    call: &'a ExprCall,
    outer: &'a Expr,
    inner: &'a Expr,
    open: TextRange,
    close: TextRange,
) -> Vec<Edit> {
    let bare_generator = matches!(inner, Expr::Generator(it) if !it.parenthesized);
    let alone = stands_alone(facts, TextRange::new(outer.start(), open.end()))
        || stands_alone(facts, close);
    let keep = alone || bare_generator && !is_only_argument(facts, call, outer);
    let mut edits: Vec<Edit> = tokens(facts, inner.end(), close.start())
        .filter(|token| token.kind() == TokenKind::Comma)
        .map(|token| Edit::delete(token.range()))
        .collect();
    match keep {
        // `list(..)` keeps the parentheses that it has.
        true if outer.is_call_expr() => {}
        true => edits.extend([Edit::replace(open, "("), Edit::replace(close, ")")]),
        false => edits.extend([Edit::delete(open), Edit::delete(close)]),
    }
    edits
}

fn unbracket(facts: &Facts<'_>, call: &ExprCall, comprehension: &Expr) -> Vec<Edit> {
    let (open, close) = brackets(comprehension.range());
    let alone = stands_alone(facts, open) || stands_alone(facts, close);
    if !alone && is_only_argument(facts, call, comprehension) {
        vec![Edit::delete(open), Edit::delete(close)]
    } else {
        vec![Edit::replace(open, "("), Edit::replace(close, ")")]
    }
}

fn brackets(range: TextRange) -> (TextRange, TextRange) {
    let one = TextSize::new(1);
    (TextRange::at(range.start(), one), TextRange::at(range.end() - one, one))
}

/// Whether parentheses stand around the argument, its own or those of a call that has no other
/// argument and no trailing comma.
fn is_only_argument(facts: &Facts<'_>, call: &ExprCall, argument: &Expr) -> bool {
    let arguments = &call.arguments;
    let before = tokens(facts, arguments.start(), argument.start()).last();
    let after = tokens(facts, argument.end(), arguments.end()).next();
    matches!(
        (before.map(Token::kind), after.map(Token::kind)),
        (Some(TokenKind::Lpar), Some(TokenKind::Rpar))
    )
}

/// Whether nothing but a comment shares the line with the bracket.
fn stands_alone(facts: &Facts<'_>, bracket: TextRange) -> bool {
    let text = facts.source.text();
    let lines = facts.source.lines();
    let line = lines.line_range(lines.line_index(bracket.start()), text);
    let before = &text[TextRange::new(line.start(), bracket.start())];
    let after = &text[TextRange::new(bracket.end(), line.end().max(bracket.end()))];
    let after = after.trim();
    before.trim().is_empty() && (after.is_empty() || after.starts_with('#'))
}

/// The tokens between two places, without comments and line breaks.
fn tokens<'f>(
    facts: &'f Facts<'_>,
    start: TextSize,
    end: TextSize,
) -> impl DoubleEndedIterator<Item = &'f Token> {
    facts
        .tokens
        .in_range(TextRange::new(start, end))
        .iter()
        .filter(|token| !token.kind().is_trivia())
}

/// Adds an argument behind the others of a call.
pub fn add_argument(facts: &Facts<'_>, call: &ExprCall, text: &str) -> Option<Edit> {
    let close = call.arguments.r_paren_range().start();
    let last = tokens(facts, call.arguments.start(), close).next_back()?;
    let text = match last.kind() {
        TokenKind::Lpar if last.start() == call.arguments.start() => text.to_owned(),
        TokenKind::Comma => format!(" {text}"),
        _ => format!(", {text}"),
    };
    Some(Edit::insert(last.end(), text))
}

/// Turns `f(x)` into `x`. The parentheses stay where something needs them.
pub fn without_call<'a>(facts: &Facts<'a>, call: &'a ExprCall, argument: &'a Expr) -> Vec<Edit> {
    let (open, close) = (call.arguments.l_paren_range(), call.arguments.r_paren_range());
    let mut edits = vec![Edit::delete(TextRange::new(call.start(), open.start()))];
    edits.extend(
        tokens(facts, argument.end(), close.start())
            .filter(|token| token.kind() == TokenKind::Comma)
            .map(|token| Edit::delete(token.range())),
    );
    if !needs_parentheses(facts, call, argument) {
        edits.extend([Edit::delete(open), Edit::delete(close)]);
    }
    edits
}

/// Deletes the statement that gives a name its value, where the next statement is the one that
/// reads the name. Comments between the two stay. The edit and that next statement.
pub fn without_assignment<'a>(
    facts: &Facts<'a>,
    once: &UsedOnce<'_, 'a>,
    read: &'a ExprName,
) -> Option<(Edit, &'a Stmt)> {
    let nodes = facts.nodes();
    let (at, assignment) = nodes.statement(once.definition.node)?;
    let (next, statement) = nodes.statement(nodes.id(read))?;
    (nodes.parent(at) == nodes.parent(next)).then_some(())?;
    let between = TextRange::new(assignment.end(), statement.start());
    let between = facts.tokens.in_range(between);
    let is_comment = |token: &&Token| token.kind() == TokenKind::Comment;
    let adjacent =
        between.iter().all(|token| token.kind().is_trivia() || token.kind() == TokenKind::Newline);
    let commented = facts.tokens.in_range(assignment.range()).iter().any(|it| is_comment(&it));
    if !adjacent || commented || !begins_line(facts, assignment.start()) {
        return None;
    }
    let until = between.iter().find(is_comment).map_or(statement.start(), Ranged::start);
    Some((Edit::delete(TextRange::new(assignment.start(), until)), statement))
}

/// Whether nothing but indentation stands before a place in its line.
pub fn begins_line(facts: &Facts<'_>, at: TextSize) -> bool {
    let text = facts.source.text();
    let lines = facts.source.lines();
    let start = lines.line_start(lines.line_index(at), text);
    text[TextRange::new(start, at)].trim().is_empty()
}

/// Turns a list that is walked where it stands into what the list is made of: `[x for x in y]` into
/// `(x for x in y)`, `list(x)` and `[*x]` into `x`. `None` where a comment stands in the way.
pub fn iterate<'a>(facts: &Facts<'a>, list: &'a Expr) -> Option<Vec<Edit>> {
    let starred = match list {
        Expr::ListComp(_) | Expr::SetComp(_) => {
            let (open, close) = brackets(list.range());
            return Some(vec![Edit::replace(open, "("), Edit::replace(close, ")")]);
        }
        Expr::Call(call) => {
            let callee = TextRange::new(call.start(), call.arguments.start());
            let tokens = facts.tokens.in_range(callee);
            if tokens.iter().any(|token| token.kind() == TokenKind::Comment) {
                return None;
            }
            return Some(without_call(facts, call, call.arguments.args.first()?));
        }
        Expr::List(ExprList { elts, .. }) | Expr::Tuple(ExprTuple { elts, .. }) => elts.first()?,
        _ => return None,
    };
    let Expr::Starred(it) = starred else { return None };
    let (open, close) = match list {
        // `for x in *rows,:`
        Expr::Tuple(tuple) if !tuple.parenthesized => return None,
        _ => brackets(list.range()),
    };
    let text = facts.source.text();
    let plain = is_atom(&it.value)
        && !text[list.range()].contains(['\n', '\r', '#'])
        && text[..list.start().to_usize()].ends_with([' ', '('])
        && !text[list.end().to_usize()..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
    let mut edits: Vec<Edit> = tokens(facts, it.value.end(), close.start())
        .filter(|token| token.kind() == TokenKind::Comma)
        .map(|token| Edit::delete(token.range()))
        .collect();
    edits.push(Edit::delete(TextRange::at(starred.start(), TextSize::new(1))));
    if plain {
        edits.extend([Edit::delete(open), Edit::delete(close)]);
    } else {
        edits.extend([Edit::replace(open, "("), Edit::replace(close, ")")]);
    }
    Some(edits)
}

fn needs_parentheses<'a>(facts: &Facts<'a>, call: &'a ExprCall, argument: &'a Expr) -> bool {
    let text = facts.source.text();
    let (open, close) = (call.arguments.l_paren_range(), call.arguments.r_paren_range());
    let gaps = [
        TextRange::new(open.end(), argument.start()),
        TextRange::new(argument.end(), close.start()),
    ];
    let broken = gaps.iter().any(|gap| text[*gap].contains(['\n', '\r', '#']))
        || !is_enclosed(argument) && text[argument.range()].contains(['\n', '\r']);
    let before = text[..call.start().to_usize()].chars().next_back();
    let after = text[call.end().to_usize()..].chars().next();
    // `{` meets `{` in an f-string, and letters run together.
    let meets = before == Some('{') && text[argument.range()].starts_with('{')
        || after == Some('}') && text[argument.range()].ends_with('}')
        || after.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let nodes = facts.nodes();
    let id = nodes.id(call);
    let bound = match nodes.get(nodes.parent(id)) {
        Some(Node::Expr(Expr::Attribute(_))) => {
            argument.is_number_literal_expr() || !is_atom(argument)
        }
        Some(Node::Expr(Expr::Subscript(it))) => nodes.id(&*it.value) == id && !is_atom(argument),
        Some(Node::Expr(Expr::Call(it))) => nodes.id(&*it.func) == id && !is_atom(argument),
        Some(Node::Expr(
            Expr::BinOp(_)
            | Expr::UnaryOp(_)
            | Expr::BoolOp(_)
            | Expr::Compare(_)
            | Expr::Await(_)
            | Expr::Starred(_)
            | Expr::If(_)
            | Expr::FString(_)
            | Expr::ListComp(_)
            | Expr::SetComp(_)
            | Expr::DictComp(_)
            | Expr::Generator(_),
        )) => !is_atom(argument),
        _ => matches!(argument, Expr::Named(_) | Expr::Yield(_) | Expr::YieldFrom(_)),
    };
    let bare_generator = matches!(argument, Expr::Generator(it) if !it.parenthesized);
    broken || meets || bound || bare_generator
}

/// Whether nothing around the expression can take a part of it away.
fn is_atom(expr: &Expr) -> bool {
    is_enclosed(expr)
        || matches!(
            expr,
            Expr::Name(_)
                | Expr::NumberLiteral(_)
                | Expr::StringLiteral(_)
                | Expr::BytesLiteral(_)
                | Expr::FString(_)
                | Expr::BooleanLiteral(_)
                | Expr::NoneLiteral(_)
                | Expr::Attribute(_)
                | Expr::Subscript(_)
                | Expr::Call(_)
        )
}

/// Whether the expression has brackets of its own around it.
fn is_enclosed(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::List(_)
            | Expr::Set(_)
            | Expr::Dict(_)
            | Expr::ListComp(_)
            | Expr::SetComp(_)
            | Expr::DictComp(_)
    ) || matches!(expr, Expr::Tuple(it) if it.parenthesized)
        || matches!(expr, Expr::Generator(it) if it.parenthesized)
}
