//! Edits of a list that has a name: what the name gets changes, and with it what the name means.

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Expr, ExprList, ExprTuple, Stmt};
use ruff_text_size::{Ranged, TextRange, TextSize};

use super::{brackets, only_iterable, parenthesized, tokens, without_call};
use crate::facts::Facts;
use crate::facts::comprehensions::Built;
use crate::facts::nodes::Node;
use crate::facts::scopes::{Definition, ScopeKind};
use crate::fix::Edit;

/// Turns a list that a name gets into what it is made of, to be made while it is walked. `None`
/// where the expression is no such list.
pub fn lazy<'a>(facts: &Facts<'a>, value: &'a Expr) -> Option<Vec<Edit>> {
    match value {
        Expr::ListComp(_) => {
            let (open, close) = brackets(value.range());
            Some(vec![Edit::replace(open, "("), Edit::replace(close, ")")])
        }
        Expr::Call(call) => Some(without_call(facts, call, call.arguments.args.first()?)),
        Expr::List(ExprList { elts, .. }) | Expr::Tuple(ExprTuple { elts, .. }) => {
            let Expr::Starred(starred) = elts.first()? else { return None };
            if matches!(value, Expr::Tuple(it) if !it.parenthesized) {
                return None;
            }
            let (open, close) = brackets(value.range());
            let broken = facts.source.text()[value.range()].contains(['\n', '\r', '#']);
            let (open, close) = if broken {
                (Edit::replace(open, "("), Edit::replace(close, ")"))
            } else {
                (Edit::delete(open), Edit::delete(close))
            };
            let star = Edit::delete(TextRange::at(starred.start(), TextSize::new(1)));
            let commas = tokens(facts, starred.end(), value.end())
                .filter(|token| token.kind() == TokenKind::Comma)
                .map(|token| Edit::delete(token.range()));
            Some([open, star].into_iter().chain(commas).chain([close]).collect())
        }
        _ => None,
    }
}

/// Turns a list into the count of its items, where it stands. `None` where it is no such list.
pub fn count_here<'a>(facts: &Facts<'a>, list: &'a Expr, built: Built<'a>) -> Option<Vec<Edit>> {
    let (mut edits, open, close) = opened(list, "sum")?;
    let inner = match built {
        Built::Comprehension(element, _) => {
            edits.extend([open.edit(""), close.edit("")]);
            edits.push(Edit::replace(parenthesized(facts, element), "1"));
            return Some(edits);
        }
        Built::Collected(inner) => inner,
    };
    edits.extend(
        tokens(facts, inner.end(), close.range.start())
            .filter(|token| token.kind() == TokenKind::Comma)
            .map(|token| Edit::delete(token.range())),
    );
    if let Expr::Generator(it) = inner {
        edits.push(Edit::replace(parenthesized(facts, &it.elt), "1"));
        edits.extend([open.edit(""), close.edit("")]);
        return Some(edits);
    }
    let next = facts.source.text()[open.range.end().to_usize()..].chars().next();
    let gap = if next.is_some_and(char::is_whitespace) { "" } else { " " };
    // A conditional expression, a lambda or a walrus would take in what follows `in`.
    let loose = matches!(inner, Expr::If(_) | Expr::Lambda(_) | Expr::Named(_))
        && !tokens(facts, open.range.end(), inner.start())
            .any(|token| token.kind() == TokenKind::Lpar);
    let (more, less) = if loose { ("(", ")") } else { ("", "") };
    edits.push(open.edit(&format!("1 for _ in{gap}{more}")));
    edits.push(Edit::replace(close.range, format!("{less})")));
    Some(edits)
}

/// Turns a list into the length of what is listed. `None` where a comment stands in the way.
pub fn measure<'a>(facts: &Facts<'a>, list: &'a Expr, inner: &'a Expr) -> Option<Vec<Edit>> {
    if !facts.is_builtin_at("len", facts.nodes().id(list)) {
        return None;
    }
    let copied = match list {
        Expr::Call(call) => call.arguments.args.first(),
        Expr::List(ExprList { elts, .. }) | Expr::Tuple(ExprTuple { elts, .. }) => elts.first(),
        _ => None,
    };
    let is_copied = copied.is_some_and(|copied| match copied {
        Expr::Starred(it) => facts.nodes().id(&*it.value) == facts.nodes().id(inner),
        copied => facts.nodes().id(copied) == facts.nodes().id(inner),
    });
    if is_copied {
        let (mut edits, open, close) = opened(list, "len")?;
        edits.extend([open.edit(""), close.edit("")]);
        return Some(edits);
    }
    // `[x for x in rows]`
    only_iterable(facts, list, inner)?;
    let kept = parenthesized(facts, inner);
    Some(vec![
        Edit::replace(TextRange::new(list.start(), kept.start()), "len("),
        Edit::replace(TextRange::new(kept.end(), list.end()), ")"),
    ])
}

/// A bracket to be replaced.
struct Bracket {
    range: TextRange,
    text: String,
}

impl Bracket {
    fn edit(&self, more: &str) -> Edit {
        Edit::replace(self.range, format!("{}{more}", self.text))
    }
}

/// The brackets of a list as those of a call of the function, without the star of `[*x]`.
fn opened(list: &Expr, function: &str) -> Option<(Vec<Edit>, Bracket, Bracket)> {
    let bracket = |range, text: &str| Bracket { range, text: text.to_owned() };
    match list {
        Expr::Call(call) => {
            let open = bracket(call.arguments.l_paren_range(), "(");
            let close = bracket(call.arguments.r_paren_range(), ")");
            Some((vec![Edit::replace(call.func.range(), function)], open, close))
        }
        Expr::ListComp(_) => {
            let (open, close) = brackets(list.range());
            Some((Vec::new(), bracket(open, &format!("{function}(")), bracket(close, ")")))
        }
        Expr::List(ExprList { elts, .. })
        | Expr::Tuple(ExprTuple { elts, parenthesized: true, .. }) => {
            let (open, close) = brackets(list.range());
            let star = Edit::delete(TextRange::at(elts.first()?.start(), TextSize::new(1)));
            Some((vec![star], bracket(open, &format!("{function}(")), bracket(close, ")")))
        }
        _ => None,
    }
}

/// Takes away the annotation that says that a name is a list. The edit, if there is one, and
/// whether nothing is lost by it: no comment, no `__annotations__`, no `# type:` comment. `None`
/// where the name is not given its value by a statement.
pub fn without_annotation<'a>(
    facts: &Facts<'a>,
    definition: &Definition<'a>,
) -> Option<(Option<Edit>, bool)> {
    match facts.nodes().get(definition.node)? {
        Node::Stmt(Stmt::AnnAssign(it)) => {
            let end = parenthesized(facts, &it.annotation).end();
            let range = TextRange::new(it.target.end(), end);
            // At the top of a module annotations are kept.
            let local = matches!(
                facts.scopes().get(definition.scope).kind,
                ScopeKind::Function(_) | ScopeKind::Lambda(_)
            );
            let commented = facts.source.slice(range).contains('#');
            Some((Some(Edit::delete(range)), local && !commented))
        }
        Node::Stmt(stmt) => Some((None, !has_type_comment(facts, stmt))),
        Node::Expr(_) => None,
    }
}

/// `rows = [..]  # type: list[int]`
fn has_type_comment(facts: &Facts<'_>, stmt: &Stmt) -> bool {
    let after = &facts.source.text()[stmt.end().to_usize()..];
    after.lines().next().is_some_and(|rest| {
        rest.trim_start().strip_prefix('#').is_some_and(|it| it.trim_start().starts_with("type:"))
    })
}
