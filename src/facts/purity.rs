//! Pure expressions: evaluating one has no effect and raises nothing that matters here.
//!
//! Only names, literals, attribute reads of names, arithmetic and comparison of those, and calls
//! of known pure builtins count. Python allows effects behind attribute reads and operators; code
//! that has them there is taken to mean it everywhere.

use ruff_python_ast::{Expr, FStringPart, InterpolatedStringElement};

use super::Facts;
use super::nodes::NodeId;

/// Builtins that, given plain values, have no effect and do not depend on when they are called.
const PURE_BUILTINS: &[&str] = &[
    "abs",
    "bool",
    "bytes",
    "chr",
    "complex",
    "divmod",
    "float",
    "frozenset",
    "hash",
    "id",
    "int",
    "isinstance",
    "issubclass",
    "len",
    "max",
    "min",
    "ord",
    "pow",
    "repr",
    "round",
    "str",
    "tuple",
    "type",
];

/// Methods of strings and numbers without effect; on other receivers they may be anything, so
/// they count only where the receiver's type is known.
const PURE_STR_METHODS: &[&str] = &[
    "capitalize",
    "casefold",
    "count",
    "encode",
    "endswith",
    "find",
    "isalnum",
    "isalpha",
    "isdigit",
    "islower",
    "isspace",
    "isupper",
    "lower",
    "lstrip",
    "partition",
    "replace",
    "rfind",
    "rstrip",
    "split",
    "startswith",
    "strip",
    "title",
    "upper",
];

impl<'a> Facts<'a> {
    /// Whether an expression is pure.
    pub fn is_pure(&self, expr: &'a Expr) -> bool {
        self.pure(expr, 64)
    }

    fn pure(&self, expr: &'a Expr, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let pure = |expr: &'a Expr| self.pure(expr, depth);
        match expr {
            Expr::Name(_)
            | Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_)
            | Expr::Lambda(_) => true,
            Expr::Attribute(it) => pure(&it.value),
            Expr::Subscript(it) => pure(&it.value) && pure(&it.slice),
            Expr::Slice(it) => {
                [&it.lower, &it.upper, &it.step].into_iter().flatten().all(|part| pure(part))
            }
            Expr::Tuple(it) => it.elts.iter().all(pure),
            Expr::List(it) => it.elts.iter().all(pure),
            Expr::BoolOp(it) => it.values.iter().all(pure),
            Expr::BinOp(it) => pure(&it.left) && pure(&it.right),
            Expr::UnaryOp(it) => pure(&it.operand),
            Expr::Compare(it) => pure(&it.left) && it.comparators.iter().all(pure),
            Expr::If(it) => pure(&it.test) && pure(&it.body) && pure(&it.orelse),
            Expr::Starred(it) => pure(&it.value),
            Expr::FString(it) => it.value.iter().all(|part| match part {
                FStringPart::Literal(_) => true,
                FStringPart::FString(part) => part.elements.iter().all(|element| match element {
                    InterpolatedStringElement::Literal(_) => true,
                    InterpolatedStringElement::Interpolation(it) => {
                        it.format_spec.is_none() && pure(&it.expression)
                    }
                }),
            }),
            Expr::Call(call) => {
                let arguments = &call.arguments;
                if !arguments.args.iter().all(pure)
                    || !arguments.keywords.iter().all(|keyword| pure(&keyword.value))
                {
                    return false;
                }
                match &*call.func {
                    Expr::Attribute(func) => {
                        self.kind_of(&func.value) == super::types::Kind::Str
                            && PURE_STR_METHODS.contains(&func.attr.as_str())
                    }
                    func => {
                        self.qualified(func).is_some_and(|name| PURE_BUILTINS.contains(&&*name))
                    }
                }
            }
            _ => false,
        }
    }

    /// Whether any expression under the node, or the node itself, satisfies the predicate.
    /// Functions and lambdas inside are looked into as well.
    pub fn any_below(&self, node: NodeId, mut predicate: impl FnMut(&'a Expr) -> bool) -> bool {
        std::iter::once(node)
            .chain(self.nodes().descendants(node))
            .filter_map(|id| self.nodes().get(id)?.as_expr())
            .any(&mut predicate)
    }
}
