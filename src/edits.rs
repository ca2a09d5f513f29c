//! Edits that several rules share: taking away a list around what is walked anyway.
//!
//! Only brackets, names and commas are touched, so comments, line breaks and continuations stay.

use ruff_python_ast::token::{Token, TokenKind};
use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::facts::Facts;
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
