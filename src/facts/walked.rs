//! Where a value that was made on the spot is walked or subscripted, and so gone afterwards.
//!
//! Names and attributes are left out: what becomes of their values is a question of flow.

use ruff_python_ast::Expr;

/// What walks an iterable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A `for` statement, or an `async for` statement.
    For,
    /// A `for` clause of a comprehension or generator expression.
    Comprehension,
    /// `yield from`.
    YieldFrom,
    /// The right side of `in` or `not in`.
    Membership,
}

/// A call, a comprehension, a display or a subscript that is walked where it stands.
#[derive(Debug, Clone, Copy)]
pub struct Walked<'a> {
    /// The iterable, without its parentheses.
    pub iterable: &'a Expr,
    /// What walks it.
    pub by: By,
}

/// Whether the expression makes a value that nothing else holds by the expression alone. A call
/// may of course give what others hold.
pub(super) fn is_made_here(expr: &Expr) -> bool {
    matches!(
        expr,
        Expr::Call(_)
            | Expr::Await(_)
            | Expr::Subscript(_)
            | Expr::ListComp(_)
            | Expr::SetComp(_)
            | Expr::DictComp(_)
            | Expr::Generator(_)
            | Expr::List(_)
            | Expr::Tuple(_)
            | Expr::Set(_)
            | Expr::Dict(_)
    )
}
