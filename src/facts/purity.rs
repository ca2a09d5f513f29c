//! Pure expressions: evaluating one has no effect, so that it may happen later, or between other
//! things.
//!
//! Only names, literals, attribute reads of local names and modules, arithmetic, comparison,
//! displays and comprehensions of those, reading methods of known kinds, and calls of known builtins
//! count. Python allows effects
//! behind attribute reads and operators; code that has them there is taken to mean it everywhere.
//! Subscripts count for known kinds only: a `defaultdict` grows by being read.

use ruff_python_ast::{
    Comprehension, Expr, ExprCall, FStringPart, InterpolatedStringElement, Number, Operator,
};

use super::Facts;
use super::scopes::{DefinitionKind, Resolution, ScopeId};
use super::types::Kind;

/// Builtins without effects that succeed on whatever passes through them.
const TOTAL: &[&str] = &[
    "abs",
    "ascii",
    "bin",
    "bool",
    "callable",
    "hash",
    "hex",
    "id",
    "isinstance",
    "issubclass",
    "len",
    "oct",
    "repr",
    "str",
    "type",
];

/// Builtins without effects that fail on some values.
const FALLIBLE: &[&str] =
    &["chr", "complex", "divmod", "float", "int", "ord", "pow", "range", "round"];

/// Builtins without effects that walk their argument.
const WALKING: &[&str] = &[
    "all",
    "any",
    "dict",
    "enumerate",
    "frozenset",
    "list",
    "max",
    "min",
    "reversed",
    "set",
    "sorted",
    "sum",
    "tuple",
    "zip",
];

/// Whether a builtin walks its argument.
pub(super) fn is_walking(name: &str) -> bool {
    WALKING.contains(&name)
}

/// How much purity a place needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purity {
    /// Every value is computed, only at another time.
    Deferred,
    /// Some values may never be computed, so none may fail or leave an iterator half read.
    Skipped,
}

impl<'a> Facts<'a> {
    /// Whether an expression is pure enough.
    pub fn is_pure(&self, expr: &'a Expr, need: Purity) -> bool {
        self.pure(expr, need, 64)
    }

    /// Whether calling the expression, as a `key` or the function of a `reduce`, is pure enough.
    pub fn is_pure_function(&self, expr: &'a Expr, need: Purity) -> bool {
        match expr {
            Expr::Lambda(it) => self.is_pure(&it.body, need) && !self.walks(&it.body),
            Expr::NoneLiteral(_) => true,
            Expr::Attribute(it) if self.is_qualified(&it.value, "str") => {
                super::super::catalog::methods::returned(Kind::Str, it.attr.as_str()).is_some()
            }
            _ => self.qualified(expr).is_some_and(|name| {
                TOTAL.contains(&name)
                    || matches!(name, "min" | "max")
                    || need == Purity::Deferred
                        && (FALLIBLE.contains(&name) || name.starts_with("operator."))
            }),
        }
    }

    fn walks(&self, expr: &'a Expr) -> bool {
        self.any_below(self.nodes().id(expr), |inner| {
            let Expr::Call(call) = inner else { return false };
            self.qualified(&call.func).is_some_and(|name| WALKING.contains(&name))
        })
    }

    /// Whether iterating over the expression takes the items of a container that stays as it is.
    pub fn is_sized_walk(&self, expr: &'a Expr) -> bool {
        match self.kind_of(expr) {
            Kind::List
            | Kind::Tuple
            | Kind::Set
            | Kind::FrozenSet
            | Kind::Dict
            | Kind::DictView
            | Kind::Str
            | Kind::Bytes
            | Kind::ByteArray
            | Kind::Range => true,
            _ => {
                let Expr::Call(call) = expr else { return false };
                self.qualified(&call.func).is_some_and(|name| {
                    matches!(name, "zip" | "enumerate" | "reversed")
                        && call.arguments.args.iter().all(|part| self.is_sized_walk(part))
                })
            }
        }
    }

    /// Whether the clauses of a comprehension are pure enough, its first iterable aside: that one
    /// is evaluated first whatever the form.
    pub fn are_clauses_pure(&self, generators: &'a [Comprehension], need: Purity) -> bool {
        generators.iter().enumerate().all(|(index, generator)| {
            generator.ifs.iter().all(|test| self.is_pure(test, need))
                && (index == 0 || self.is_pure(&generator.iter, need))
                && (need == Purity::Deferred || self.is_sized_walk(&generator.iter))
        })
    }

    fn pure(&self, expr: &'a Expr, need: Purity, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let pure = |expr: &'a Expr| self.pure(expr, need, depth);
        let comprehension = |generators: &'a [Comprehension]| {
            need == Purity::Deferred
                && generators
                    .iter()
                    .all(|it| !it.is_async && pure(&it.iter) && it.ifs.iter().all(pure))
        };
        match expr {
            Expr::Name(_)
            | Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_) => true,
            Expr::Attribute(it) => self.is_plain_owner(&it.value),
            Expr::Tuple(it) => it.elts.iter().all(pure),
            Expr::List(it) => it.elts.iter().all(pure),
            Expr::Set(it) => it.elts.iter().all(pure),
            Expr::Dict(it) => {
                it.items.iter().all(|item| item.key.as_ref().is_none_or(pure) && pure(&item.value))
            }
            Expr::BoolOp(it) => it.values.iter().all(pure),
            Expr::BinOp(it) => {
                let fails = match it.op {
                    Operator::Div | Operator::FloorDiv | Operator::Mod => !is_nonzero(&it.right),
                    Operator::Pow | Operator::LShift | Operator::RShift | Operator::MatMult => true,
                    _ => false,
                };
                (need == Purity::Deferred || !fails) && pure(&it.left) && pure(&it.right)
            }
            Expr::UnaryOp(it) => pure(&it.operand),
            Expr::Compare(it) => {
                let membership = it.ops.iter().zip(&*it.comparators).all(|(op, right)| {
                    need == Purity::Deferred
                        || !op.is_in() && !op.is_not_in()
                        || self.is_sized_walk(right)
                });
                membership && pure(&it.left) && it.comparators.iter().all(pure)
            }
            Expr::If(it) => pure(&it.test) && pure(&it.body) && pure(&it.orelse),
            Expr::Starred(it) => pure(&it.value),
            // Only made here; its body runs when it is called.
            Expr::Lambda(it) => it.parameters.as_ref().is_none_or(|parameters| {
                parameters.iter_source_order().all(|it| it.default().is_none_or(pure))
            }),
            Expr::Slice(it) => {
                [&it.lower, &it.upper, &it.step].into_iter().flatten().all(|it| pure(it))
            }
            // May fail, but does nothing else. A `defaultdict` would grow.
            Expr::Subscript(it) => {
                let plain = match self.kind_of(&it.value) {
                    Kind::List
                    | Kind::Tuple
                    | Kind::Str
                    | Kind::Bytes
                    | Kind::ByteArray
                    | Kind::Range => true,
                    Kind::Dict => self.is_plain_dict(&it.value),
                    _ => false,
                };
                let total = it.slice.is_slice_expr() && self.has_plain_bounds(&it.slice);
                plain && (need == Purity::Deferred || total) && pure(&it.value) && pure(&it.slice)
            }
            Expr::ListComp(it) => pure(&it.elt) && comprehension(&it.generators),
            Expr::SetComp(it) => pure(&it.elt) && comprehension(&it.generators),
            Expr::DictComp(it) => {
                it.key.as_deref().is_none_or(pure)
                    && pure(&it.value)
                    && comprehension(&it.generators)
            }
            Expr::FString(it) => it.value.iter().all(|part| match part {
                FStringPart::Literal(_) => true,
                FStringPart::FString(part) => part.elements.iter().all(|element| match element {
                    InterpolatedStringElement::Literal(_) => true,
                    InterpolatedStringElement::Interpolation(it) => {
                        pure(&it.expression)
                            && it.format_spec.as_ref().is_none_or(|spec| {
                                need == Purity::Deferred
                                    && (!it.conversion.is_none()
                                        || self.formats_plainly(&it.expression))
                                    && spec.elements.iter().all(|part| match part {
                                        InterpolatedStringElement::Literal(_) => true,
                                        InterpolatedStringElement::Interpolation(it) => {
                                            it.format_spec.is_none() && pure(&it.expression)
                                        }
                                    })
                            })
                    }
                }),
            }),
            Expr::Call(call) => self.pure_call(call, need, depth),
            _ => false,
        }
    }

    /// Whether a `dict` that a key is read from stays as it is: no `defaultdict`, no subclass that
    /// an annotation lets through.
    fn is_plain_dict(&self, expr: &'a Expr) -> bool {
        match expr {
            Expr::Dict(_) | Expr::DictComp(_) => true,
            Expr::Call(call) => self.is_qualified(&call.func, "dict"),
            Expr::Name(name) => {
                let Resolution::Binding(binding) = self.names().resolve(name) else { return false };
                self.names().definitions(binding).all(|definition| match definition.kind {
                    DefinitionKind::Assign { value, .. } => {
                        !value.is_name_expr() && self.is_plain_dict(value)
                    }
                    DefinitionKind::Delete => true,
                    _ => false,
                })
            }
            _ => false,
        }
    }

    /// Whether the bounds of a slice are integers or absent, and the step is not zero.
    fn has_plain_bounds(&self, slice: &'a Expr) -> bool {
        let Expr::Slice(it) = slice else { return false };
        [&it.lower, &it.upper]
            .into_iter()
            .flatten()
            .all(|bound| matches!(self.kind_of(bound), Kind::Int | Kind::None))
            && it.step.as_deref().is_none_or(is_nonzero)
    }

    /// Whether formatting the value runs no code of the program.
    fn formats_plainly(&self, expr: &'a Expr) -> bool {
        matches!(
            self.kind_of(expr),
            Kind::Str | Kind::Int | Kind::Float | Kind::Bool | Kind::Complex
        )
    }

    /// Methods of strings, bytes, numbers and containers that only read.
    fn pure_method(&self, call: &'a ExprCall, need: Purity, depth: u32) -> Option<bool> {
        let Expr::Attribute(func) = &*call.func else { return None };
        let kind = self.kind_of(&func.value);
        let method = func.attr.as_str();
        let text = matches!(kind, Kind::Str | Kind::Bytes);
        let reads = match kind {
            // Takes what is in a mapping or an iterable: walks it.
            Kind::Str | Kind::Bytes if matches!(method, "join" | "format" | "format_map") => {
                need == Purity::Deferred
            }
            _ => {
                crate::catalog::keeps::receiver(kind, method).is_some()
                    && (!crate::catalog::keeps::changes_receiver(method)
                        || crate::catalog::keeps::is_immutable(kind))
                    && kind != Kind::File
            }
        };
        if !reads {
            return None;
        }
        let arguments = &call.arguments;
        let total = arguments.is_empty()
            && (text || matches!(method, "keys" | "values" | "items" | "copy"));
        Some(
            (need == Purity::Deferred || total)
                && self.pure(&func.value, need, depth)
                && arguments.args.iter().all(|argument| self.pure(argument, need, depth))
                && arguments
                    .keywords
                    .iter()
                    .all(|keyword| keyword.arg.is_some() && self.pure(&keyword.value, need, depth)),
        )
    }

    fn pure_call(&self, call: &'a ExprCall, need: Purity, depth: u32) -> bool {
        if let Some(pure) = self.pure_method(call, need, depth) {
            return pure;
        }
        let Some(name) = self.qualified(&call.func) else { return false };
        let arguments = &call.arguments;
        let walking = WALKING.contains(&name);
        let several = matches!(name, "min" | "max") && arguments.args.len() > 1;
        let known = TOTAL.contains(&name)
            || several
            || need == Purity::Deferred
                && (FALLIBLE.contains(&name) || walking || name.starts_with("math."));
        known
            && arguments.args.iter().all(|argument| match argument {
                Expr::Generator(it) if walking => {
                    self.pure(&it.elt, need, depth)
                        && it.generators.iter().all(|clause| {
                            !clause.is_async
                                && self.pure(&clause.iter, need, depth)
                                && clause.ifs.iter().all(|test| self.pure(test, need, depth))
                        })
                }
                argument => self.pure(argument, need, depth),
            })
            && arguments.keywords.iter().all(|keyword| match &keyword.arg {
                Some(name) if name.as_str() == "key" => self.is_pure_function(&keyword.value, need),
                Some(_) => self.pure(&keyword.value, need, depth),
                None => false,
            })
    }

    /// Whether reading an attribute of the expression is pure: a chain that begins at a local
    /// name or an imported module.
    fn is_plain_owner(&self, expr: &'a Expr) -> bool {
        match expr {
            Expr::Attribute(it) => self.is_plain_owner(&it.value),
            Expr::Name(name) => match self.names().resolve(name) {
                Resolution::Binding(binding) => {
                    self.names().scope(binding) != ScopeId::MODULE
                        || self.names().definitions(binding).all(|definition| {
                            matches!(
                                definition.kind,
                                DefinitionKind::Import(_) | DefinitionKind::ImportFrom { .. }
                            )
                        })
                }
                Resolution::Builtin => true,
                Resolution::Unknown => false,
            },
            _ => false,
        }
    }

    /// Whether any expression under the node, or the node itself, satisfies the predicate.
    /// Functions and lambdas inside are looked into as well.
    pub fn any_below(
        &self,
        node: super::nodes::NodeId,
        mut predicate: impl FnMut(&'a Expr) -> bool,
    ) -> bool {
        std::iter::once(node)
            .chain(self.nodes().descendants(node))
            .filter_map(|id| self.nodes().get(id)?.as_expr())
            .any(&mut predicate)
    }
}

fn is_nonzero(expr: &Expr) -> bool {
    let Expr::NumberLiteral(it) = expr else { return false };
    match &it.value {
        Number::Int(value) => value.as_i64() != Some(0),
        Number::Float(value) => *value != 0.0,
        Number::Complex { .. } => false,
    }
}
