//! Rewriting statements that make a value longer: `text = f"{text}{piece}"` as
//! `text += f"{piece}"`.
//!
//! Edits only what changes, so that spaces, line breaks and comments around stay as they are.
//! What cannot be written so without a doubt has no answer.

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{
    ConversionFlag, Expr, ExprBinOp, ExprCall, ExprFString, ExprStringLiteral, FStringPart,
    InterpolatedStringElement, Operator, Stmt, StringFlags,
};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::cx::Cx;
use crate::facts::flow::{Accumulation, Shape, same_place};
use crate::facts::nodes::Node;
use crate::fix::Edit;

/// The edits that write an accumulation as `target += ..`; none where it is written so already.
pub fn as_append<'a>(cx: &Cx<'_, 'a>, step: &Accumulation<'a>) -> Option<Vec<Edit>> {
    if matches!(step.shape, Shape::Augmented { .. }) {
        return Some(Vec::new());
    }
    let Some(Node::Stmt(Stmt::Assign(_))) = cx.facts.nodes().get(step.node) else { return None };
    let mentions = |expr: &'a Expr| {
        let id = cx.facts.nodes().id(expr);
        let below = cx.facts.nodes().descendants(id);
        below
            .chain([id])
            .filter_map(|id| cx.facts.nodes().get(id)?.as_expr())
            .filter(|part| same_place(part, step.target))
            .count()
    };
    if mentions(step.value) != 1 {
        return None;
    }
    let mut edits = match step.shape {
        Shape::Added { .. } => vec![without_left(cx, leftmost_sum(step.value)?)?],
        Shape::FString => without_field(cx, step.value.as_f_string_expr()?, step.target)?,
        Shape::Percent => without_percent(cx, step.value.as_bin_op_expr()?, step.target)?,
        Shape::Format => without_argument(cx, step.value.as_call_expr()?, step.target)?,
        Shape::Join => without_part(cx, step.value.as_call_expr()?, step.target)?,
        _ => return None,
    };
    let tokens = cx.facts.tokens.in_range(step.value.range());
    let mut comments = tokens.iter().filter(|token| token.kind() == TokenKind::Comment);
    if comments.any(|token| edits.iter().any(|edit| edit.range().contains_range(token.range()))) {
        return None;
    }
    let equal = next(cx, step.target.end(), step.value.start())?;
    if equal.0 != TokenKind::Equal {
        return None;
    }
    edits.push(Edit::insert(equal.1.start(), "+"));
    Some(edits)
}

/// The first token that is no comment and no line break in a range of whole tokens.
fn next(cx: &Cx<'_, '_>, start: TextSize, end: TextSize) -> Option<(TokenKind, TextRange)> {
    cx.facts
        .tokens
        .in_range(TextRange::new(start, end))
        .iter()
        .map(|token| (token.kind(), token.range()))
        .find(|(kind, _)| !matches!(kind, TokenKind::Comment | TokenKind::NonLogicalNewline))
}

/// The innermost left sum of `a + b + c`: `a + b`.
fn leftmost_sum(value: &Expr) -> Option<&ExprBinOp> {
    let Expr::BinOp(sum) = value else { return None };
    match &*sum.left {
        Expr::BinOp(left) if left.op == Operator::Add => leftmost_sum(&sum.left),
        _ => Some(sum),
    }
}

/// `target + ` goes.
fn without_left(cx: &Cx<'_, '_>, sum: &ExprBinOp) -> Option<Edit> {
    let (kind, plus) = next(cx, sum.left.end(), sum.right.start())?;
    if kind != TokenKind::Plus {
        return None;
    }
    let until = next(cx, plus.end(), sum.right.end())?.1.start();
    Some(Edit::delete(TextRange::new(sum.left.start(), until)))
}

/// `{target}` at the start of an f-string goes, and the `f` where nothing is left to fill in.
fn without_field(cx: &Cx<'_, '_>, string: &ExprFString, target: &Expr) -> Option<Vec<Edit>> {
    let mut parts = string.value.iter();
    let Some(FStringPart::FString(part)) = parts.next() else { return None };
    if parts.next().is_some() {
        return None;
    }
    let mut elements = part.elements.iter();
    let Some(InterpolatedStringElement::Interpolation(first)) = elements.next() else {
        return None;
    };
    let plain = first.conversion == ConversionFlag::None
        && first.format_spec.is_none()
        && first.debug_text.is_none()
        && same_place(&first.expression, target);
    let rest: Vec<_> = elements.collect();
    if !plain || rest.is_empty() {
        return None;
    }
    let mut edits = vec![Edit::delete(first.range())];
    let text = cx.text(string.range());
    let after = cx.text(TextRange::new(first.end(), string.end()));
    if rest.iter().all(|element| element.is_literal()) && !after.contains(['{', '}']) {
        let quote = text.find(['"', '\''])?;
        let f = text[..quote].find(['f', 'F'])?;
        let at = string.start() + TextSize::new(f as u32);
        edits.push(Edit::delete(TextRange::at(at, TextSize::new(1))));
    }
    Some(edits)
}

/// A placeholder at the start of a string literal.
fn placeholder(cx: &Cx<'_, '_>, template: &Expr, placeholder: &str) -> Option<Edit> {
    let Expr::StringLiteral(ExprStringLiteral { value, .. }) = template else { return None };
    let [literal] = value.as_slice() else { return None };
    let start = literal.start() + literal.flags.opener_len();
    let range = TextRange::at(start, TextSize::of(placeholder));
    let whole = TextRange::new(start, literal.end());
    cx.text(whole).starts_with(placeholder).then(|| Edit::delete(range))
}

/// The first of several elements goes with its comma. A tuple of one keeps a comma.
fn without_first(cx: &Cx<'_, '_>, elts: &[Expr], tuple: Option<TextRange>) -> Option<Vec<Edit>> {
    let [first, second, rest @ ..] = elts else { return None };
    let (kind, comma) = next(cx, first.end(), second.start())?;
    if kind != TokenKind::Comma {
        return None;
    }
    let until = next(cx, comma.end(), second.end())?.1.start();
    let mut edits = vec![Edit::delete(TextRange::new(first.start(), until))];
    if let Some(tuple) = tuple
        && rest.is_empty()
    {
        let behind = TextRange::new(second.end(), tuple.end());
        let tokens = cx.facts.tokens.in_range(behind);
        if !tokens.iter().any(|token| token.kind() == TokenKind::Comma) {
            let close = tokens.last()?;
            edits.push(Edit::insert(close.start(), ","));
        }
    }
    Some(edits)
}

fn without_percent(cx: &Cx<'_, '_>, format: &ExprBinOp, target: &Expr) -> Option<Vec<Edit>> {
    let Expr::Tuple(tuple) = &*format.right else { return None };
    let first = tuple.elts.first()?;
    if !tuple.parenthesized || !same_place(first, target) {
        return None;
    }
    let mut edits = without_first(cx, &tuple.elts, Some(tuple.range()))?;
    edits.push(placeholder(cx, &format.left, "%s")?);
    Some(edits)
}

fn without_argument(cx: &Cx<'_, '_>, call: &ExprCall, target: &Expr) -> Option<Vec<Edit>> {
    let Expr::Attribute(func) = &*call.func else { return None };
    let args = &call.arguments.args;
    if !same_place(args.first()?, target) {
        return None;
    }
    let mut edits = without_first(cx, args, None)?;
    edits.push(placeholder(cx, &func.value, "{}")?);
    Some(edits)
}

/// `"".join([target, piece])` becomes the piece; of more parts the target goes.
fn without_part(cx: &Cx<'_, '_>, call: &ExprCall, target: &Expr) -> Option<Vec<Edit>> {
    let Expr::Attribute(func) = &*call.func else { return None };
    let nothing = match &*func.value {
        Expr::StringLiteral(it) => it.value.is_empty(),
        Expr::BytesLiteral(it) => it.value.bytes().next().is_none(),
        _ => false,
    };
    let [argument] = &call.arguments.args[..] else { return None };
    let (elts, tuple) = match argument {
        Expr::List(it) => (&it.elts[..], None),
        Expr::Tuple(it) if it.parenthesized => (&it.elts[..], Some(it.range())),
        _ => return None,
    };
    if !nothing || !same_place(elts.first()?, target) {
        return None;
    }
    match elts {
        [_, piece] if !piece.is_starred_expr() => {
            let text = cx.text(piece.range());
            let bare = !text.contains('\n') && !piece.is_named_expr() && !piece.is_generator_expr();
            let content = if bare { text.to_owned() } else { format!("({text})") };
            // The comments in the piece itself stay.
            let before = TextRange::new(call.start(), piece.start());
            let after = TextRange::new(piece.end(), call.end());
            if cx.has_comment(before) || cx.has_comment(after) {
                return None;
            }
            Some(vec![
                Edit::replace(TextRange::new(call.start(), piece.end()), content),
                Edit::delete(after),
            ])
        }
        _ => without_first(cx, elts, tuple),
    }
}
