//! What annotations promise, written out or as strings.

use ruff_python_ast::{Expr, Operator, Stmt};

use super::{Kind, Parts, Type};
use crate::catalog;
use crate::facts::Facts;
use crate::facts::scopes::{DefinitionKind, Resolution, ScopeId};

/// Annotations in annotations: strings, aliases, brackets.
const DEPTH: u32 = 16;

/// Longer strings are not parsed.
const MAX_STRING: usize = 400;

impl<'a> Facts<'a> {
    /// The type that an annotation promises.
    pub fn annotated(&self, annotation: &'a Expr) -> Type {
        let id = self.nodes().id(annotation);
        self.promised_type(annotation, self.nodes().scope(id), DEPTH)
    }

    /// The type that an annotation read in a scope promises. It may be of another tree: names are
    /// looked up by their text.
    pub(super) fn promised_type(&self, annotation: &Expr, scope: ScopeId, depth: u32) -> Type {
        let Some(depth) = depth.checked_sub(1) else { return Type::UNKNOWN };
        match annotation {
            Expr::NoneLiteral(_) => Type::of(Kind::None),
            Expr::Name(_) | Expr::Attribute(_) => self.promised_name(annotation, scope, depth),
            Expr::BinOp(it) if it.op == Operator::BitOr => {
                let left = self.promised_type(&it.left, scope, depth);
                left.join(self.promised_type(&it.right, scope, depth))
            }
            Expr::StringLiteral(it) => {
                let text = it.value.to_str();
                if text.len() > MAX_STRING {
                    return Type::UNKNOWN;
                }
                match ruff_python_parser::parse_expression(text.trim()) {
                    Ok(parsed) => self.promised_type(parsed.expr(), scope, depth),
                    Err(_) => Type::UNKNOWN,
                }
            }
            Expr::Subscript(it) => {
                let Some(name) = self.qualified_in(&it.value, scope) else { return Type::UNKNOWN };
                self.promised_of(name, &it.slice, scope, depth)
            }
            _ => Type::UNKNOWN,
        }
    }

    fn promised_of(&self, name: &str, slice: &Expr, scope: ScopeId, depth: u32) -> Type {
        let parts = match slice {
            Expr::Tuple(tuple) => &tuple.elts[..],
            single => std::slice::from_ref(single),
        };
        let Some(first) = parts.first() else {
            return if matches!(name, "tuple" | "typing.Tuple") {
                Type::holding(Kind::Tuple, Kind::Never)
            } else {
                Type::UNKNOWN
            };
        };
        let of = |part: &Expr| self.promised_type(part, scope, depth);
        match name.strip_prefix("typing_extensions.").or(name.strip_prefix("typing.")) {
            Some("Final" | "Annotated" | "ClassVar" | "Required" | "NotRequired" | "ReadOnly") => {
                return of(first);
            }
            Some("Optional") => return of(first).optional(),
            Some("Union") => {
                return parts.iter().fold(Type::NEVER, |kind, part| kind.join(of(part)));
            }
            Some("Literal") => {
                return parts.iter().fold(Type::NEVER, |kind, part| kind.join(literal(part)));
            }
            _ => {}
        }
        let Some(kind) = catalog::returns::annotated(name) else {
            return Type::UNKNOWN;
        };
        match (kind, parts) {
            (Kind::Dict, [only]) if name.ends_with("Counter") => {
                Type::dict(of(only).kind, Kind::Int)
            }
            (Kind::Dict, [key, value]) => {
                let value = of(value);
                Type { parts: tuple_parts(&value), ..Type::dict(of(key).kind, value.kind) }
            }
            (Kind::Dict, _) => Type::of(Kind::Dict),
            (Kind::Tuple, [only, Expr::EllipsisLiteral(_)]) => {
                Type::holding(Kind::Tuple, of(only).kind)
            }
            (Kind::Tuple, parts) => {
                if parts
                    .iter()
                    .any(|part| part.is_starred_expr() || part.is_ellipsis_literal_expr())
                {
                    return Type::of(Kind::Tuple);
                }
                let kinds: Vec<Kind> = parts.iter().map(|part| of(part).kind).collect();
                Type::tuple(&kinds)
            }
            // `Generator[yield, send, return]`
            (
                Kind::List | Kind::Set | Kind::FrozenSet | Kind::Deque | Kind::Iterator,
                [element, ..],
            ) => {
                let element = of(element);
                Type { parts: tuple_parts(&element), ..Type::holding(kind, element.kind) }
            }
            (Kind::Pattern | Kind::Match | Kind::File, [element]) => {
                Type::holding(kind, of(element).kind)
            }
            _ => Type::of(kind),
        }
    }

    fn promised_name(&self, annotation: &Expr, scope: ScopeId, depth: u32) -> Type {
        if let Some(name) = self.qualified_in(annotation, scope) {
            return match name {
                "typing.Self" | "typing_extensions.Self" => self.own_class(scope),
                "typing.LiteralString" | "typing_extensions.LiteralString" => Type::STR,
                "collections.Counter" | "typing.Counter" => Type::dict(Kind::Unknown, Kind::Int),
                "typing.TextIO" | "io.TextIOWrapper" | "io.TextIOBase" => {
                    Type::holding(Kind::File, Kind::Str)
                }
                "typing.BinaryIO" | "io.BufferedReader" | "io.BufferedIOBase" | "io.RawIOBase" => {
                    Type::holding(Kind::File, Kind::Bytes)
                }
                name => match catalog::returns::annotated(name) {
                    None => Type::UNKNOWN,
                    Some(kind) => Type::of(kind),
                },
            };
        }
        let Expr::Name(name) = annotation else { return Type::UNKNOWN };
        let names = self.names();
        let Resolution::Binding(binding) = names.lookup(name.id.as_str(), scope) else {
            return Type::UNKNOWN;
        };
        let Some(definition) = names.only_definition(binding) else { return Type::UNKNOWN };
        match definition.kind {
            DefinitionKind::Class(class) => *self.instance_type(class),
            // A simple alias: `Names = list[str]`.
            DefinitionKind::Assign { value, annotation: None }
                if matches!(value, Expr::Subscript(_) | Expr::BinOp(_) | Expr::Name(_)) =>
            {
                self.promised_type(value, definition.scope, depth)
            }
            DefinitionKind::Assign { value, annotation: Some(annotation) }
                if self.qualified_in(annotation, definition.scope).is_some_and(|name| {
                    matches!(name, "typing.TypeAlias" | "typing_extensions.TypeAlias")
                }) =>
            {
                self.promised_type(value, definition.scope, depth)
            }
            DefinitionKind::TypeName => {
                match self.nodes().get(definition.node).and_then(super::super::nodes::Node::as_stmt)
                {
                    Some(Stmt::TypeAlias(it)) if it.type_params.is_none() => {
                        self.promised_type(&it.value, definition.scope, depth)
                    }
                    _ => Type::UNKNOWN,
                }
            }
            _ => Type::UNKNOWN,
        }
    }

    fn own_class(&self, scope: ScopeId) -> Type {
        let class = self.scopes().enclosing(scope).find_map(|(_, scope)| match scope.kind {
            super::super::scopes::ScopeKind::Class(class) => Some(class),
            _ => None,
        });
        class.map_or(Type::UNKNOWN, |class| *self.instance_type(class))
    }

    /// The qualified name of an expression of any tree, read in a scope.
    fn qualified_in(&self, expr: &Expr, scope: ScopeId) -> Option<&'a str> {
        match expr {
            Expr::Name(name) => self.qualified_text(name.id.as_str(), scope),
            Expr::Attribute(attribute) => {
                let owner = self.qualified_in(&attribute.value, scope)?;
                Some(self.member_of(owner, attribute.attr.as_str()))
            }
            _ => None,
        }
    }
}

/// The positions of the tuples that a container of such elements holds.
pub(super) fn tuple_parts(element: &Type) -> Parts {
    if element.kind == Kind::Tuple { element.parts } else { Parts::UNKNOWN }
}

fn literal(expr: &Expr) -> Type {
    match expr {
        Expr::StringLiteral(_) => Type::STR,
        Expr::BytesLiteral(_) => Type::BYTES,
        Expr::BooleanLiteral(_) => Type::of(Kind::Bool),
        Expr::NoneLiteral(_) => Type::of(Kind::None),
        Expr::NumberLiteral(_) => Type::of(Kind::Int),
        Expr::UnaryOp(_) => Type::of(Kind::Int),
        _ => Type::UNKNOWN,
    }
}
