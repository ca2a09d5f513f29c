//! Edits that give a class slots: a statement in its body, or a keyword in its decorator.

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Decorator, Expr, Stmt, StmtClassDef};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::cx::Cx;
use crate::fix::{Edit, Fix, Safety};

const TITLE: &str = "Give the class slots";

/// Longer lines are written as one name a line.
const MAX_COLUMNS: usize = 88;

/// The statement, with the names on one line or one a line.
fn statement(names: &[&str], indent: &str, newline: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let line = match &quoted[..] {
        [only] => format!("__slots__ = ({only},)"),
        several => format!("__slots__ = ({})", several.join(", ")),
    };
    if indent.len() + line.len() <= MAX_COLUMNS {
        return line;
    }
    let separator = format!(",{newline}{indent}    ");
    format!("__slots__ = ({newline}{indent}    {},{newline}{indent})", quoted.join(&separator))
}

/// `slots=True` behind the last argument of the decorator.
pub fn dataclass_slots(cx: &Cx<'_, '_>, decorator: &Decorator) -> Option<Fix> {
    let edit = match &decorator.expression {
        Expr::Call(call) => {
            let arguments = &call.arguments;
            match arguments.iter_source_order().last() {
                None => Edit::insert(arguments.end() - TextSize::new(1), "slots=True"),
                Some(last) => Edit::insert(argument_end(cx, last.range()), ", slots=True"),
            }
        }
        expression => Edit::insert(expression.end(), "(slots=True)"),
    };
    Fix::new("Give the dataclass slots", Safety::Unsafe, vec![edit])
}

/// The end of an argument: keyword arguments' ranges may leave out the parentheses of the value.
fn argument_end(cx: &Cx<'_, '_>, range: TextRange) -> TextSize {
    let mut end = range.end();
    for token in cx.facts.tokens.after(end) {
        match token.kind() {
            TokenKind::Comma => break,
            TokenKind::Rpar => {
                // The last closing parenthesis is the call's own.
                let rest = cx.facts.tokens.after(token.end());
                let next = rest.iter().find(|token| !token.kind().is_trivia());
                if !next
                    .is_some_and(|next| matches!(next.kind(), TokenKind::Rpar | TokenKind::Comma))
                {
                    break;
                }
                end = token.end();
            }
            kind if kind.is_trivia() => {}
            _ => break,
        }
    }
    end
}

/// A statement of slots behind the docstring, or else behind the head of the class; in place of a
/// `pass` that is all that the class has.
pub fn slots(cx: &Cx<'_, '_>, class: &StmtClassDef, names: &[&str]) -> Option<Fix> {
    let text = cx.facts.source.text();
    let first = class.body.first()?;
    if let [only @ Stmt::Pass(_)] = &class.body[..] {
        let edit = Edit::replace(only.range(), statement(names, "    ", "\n    "));
        let short = !edit.content().contains('\n');
        return Fix::new(TITLE, Safety::Unsafe, vec![edit]).filter(|_| short);
    }
    let line_start = text[..first.start().to_usize()].rfind('\n')? + 1;
    let indent = &text[line_start..first.start().to_usize()];
    if indent.is_empty() || !indent.bytes().all(|byte| matches!(byte, b' ' | b'\t')) {
        return None;
    }
    let newline = cx.facts.source.line_break();
    let is_docstring = matches!(first, Stmt::Expr(it) if it.value.is_string_literal_expr());
    let (end, next, lead) = if is_docstring {
        (first.end(), class.body.get(1), format!("{newline}{newline}"))
    } else {
        (colon(cx, class)?, Some(first), newline.to_owned())
    };
    let line_end = text[end.to_usize()..].find('\n').map_or(text.len(), |at| end.to_usize() + at);
    let rest = text[end.to_usize()..line_end].trim();
    if !(rest.is_empty() || rest.starts_with('#'))
        || next.is_some_and(|next| next.start().to_usize() < line_end)
    {
        return None;
    }
    let after = text.get(line_end + 1..).unwrap_or_default();
    let blank = next.is_none() || after.lines().next().is_some_and(|line| line.trim().is_empty());
    let joined = !is_docstring
        && after.lines().next().is_some_and(|line| !line.trim_start().starts_with('#'))
        && matches!(next, Some(Stmt::Assign(_) | Stmt::AnnAssign(_)));
    let gap = if blank || joined { "" } else { newline };
    let at = line_end - usize::from(text[..line_end].ends_with('\r'));
    let content = format!("{lead}{indent}{}{gap}", statement(names, indent, newline));
    let edit = Edit::insert(TextSize::new(at as u32), content);
    Fix::new(TITLE, Safety::Unsafe, vec![edit])
}

/// The end of the colon behind the head of a class.
fn colon(cx: &Cx<'_, '_>, class: &StmtClassDef) -> Option<TextSize> {
    let head = match (&class.arguments, &class.type_params) {
        (Some(arguments), _) => arguments.end(),
        (None, Some(params)) => params.end(),
        (None, None) => class.name.end(),
    };
    let token = cx.facts.tokens.after(head).iter().find(|token| !token.kind().is_trivia())?;
    (token.kind() == TokenKind::Colon).then(|| token.end())
}
