//! What kind of value an accumulation makes: the type of its target by everything else that is
//! assigned to it.
//!
//! Differs from the general types in two ways. `None` is ignored, because `None + piece` raises
//! and so never reaches the accumulation; and what the target's own old value went into
//! (`text = text + x`, `text = text.strip()`) says nothing new.

use ruff_python_ast::{Expr, ExprContext, ExprName, Operator, Stmt, StmtClassDef};

use super::Facts;
use super::flow::{self, Accumulation, Shape, same_place};
use super::nodes::Node;
use super::scopes::{BindingId, Definition, DefinitionKind, Resolution};
use super::types::{AttributeDefinition, Kind, Type};
use crate::catalog;

impl<'a> Facts<'a> {
    /// The kind of the value that an accumulation makes by its form alone: an f-string, `%`,
    /// `.format` and `"".join` make a string whatever the old value was, a display what it is, and
    /// a call what the catalogue says. `None` where the old value decides; `Unknown` where the
    /// form needs more than is known.
    pub fn formed_kind(&self, step: &Accumulation<'a>) -> Option<Kind> {
        match step.shape {
            Shape::FString | Shape::Percent | Shape::Format | Shape::Join => {
                let kind = self.kind_of(step.value);
                matches!(kind, Kind::Str | Kind::Bytes).then_some(kind)
            }
            Shape::Unpacked { .. } => Some(self.kind_of(step.value)),
            Shape::Placed => Some(Kind::DataFrame),
            Shape::Taken { by } => {
                let made = self.qualified(by).and_then(catalog::joins::joined);
                Some(made.unwrap_or(Kind::Unknown))
            }
            Shape::Augmented { .. }
            | Shape::Added { .. }
            | Shape::Prepended
            | Shape::Wrapped
            | Shape::United
            | Shape::AugmentedUnion
            | Shape::Method { .. }
            | Shape::Rest { .. }
            | Shape::Dropped { .. } => None,
        }
    }

    /// The kind of a target by all its assignments that do not go back to its own value.
    pub fn target_kind(&self, target: &'a Expr) -> Kind {
        let kind = match target {
            Expr::Name(name) => match self.names().resolve(name) {
                Resolution::Binding(binding) => self.name_kind(target, binding),
                Resolution::Builtin | Resolution::Unknown => Kind::Unknown,
            },
            Expr::Attribute(it) => match &*it.value {
                Expr::Name(owner) => match self.class_of_self(owner) {
                    Some(class) => self.own_attribute_kind(target, class, it.attr.as_str()),
                    None => Kind::Unknown,
                },
                _ => Kind::Unknown,
            },
            Expr::Subscript(it) => match &*it.value {
                Expr::Name(container) => self.item_kind(container),
                _ => Kind::Unknown,
            },
            _ => Kind::Unknown,
        };
        if kind == Kind::Never { Kind::Unknown } else { kind }
    }

    fn name_kind(&self, target: &'a Expr, binding: BindingId) -> Kind {
        let mut joined = Kind::Never;
        for definition in self.names().definitions(binding) {
            let kind = match definition.kind {
                DefinitionKind::Augmented(Stmt::AugAssign(it)) => growing(it.op),
                DefinitionKind::Delete => Kind::Never,
                DefinitionKind::Assign { annotation: Some(annotation), .. }
                | DefinitionKind::Annotation(annotation) => self.promised(annotation),
                DefinitionKind::Parameter { parameter, .. } => parameter
                    .annotation()
                    .map_or(Kind::Unknown, |annotation| self.promised(annotation)),
                DefinitionKind::Assign { value, annotation: None } => {
                    self.assigned_kind(target, value)
                }
                _ => self.type_of_definition(definition).kind,
            };
            joined = join(joined, kind);
            if joined == Kind::Unknown {
                break;
            }
        }
        joined
    }

    fn own_attribute_kind(&self, target: &'a Expr, class: &'a StmtClassDef, attr: &str) -> Kind {
        let definitions = self.attribute_definitions(class, attr);
        definitions.into_iter().fold(Kind::Never, |joined, definition| {
            let kind = match definition {
                AttributeDefinition::Value(value) => self.assigned_kind(target, value),
                AttributeDefinition::Annotated(annotation) => self.promised(annotation),
                AttributeDefinition::Augmented(op, _) => growing(op),
                AttributeDefinition::Deleted => Kind::Never,
                AttributeDefinition::Other => Kind::Unknown,
            };
            join(joined, kind)
        })
    }

    /// The kind of a container's elements by its displays and annotations and by what is stored
    /// into it.
    fn item_kind(&self, container: &'a ExprName) -> Kind {
        let names = self.names();
        let Resolution::Binding(binding) = names.resolve(container) else { return Kind::Unknown };
        let joined = names
            .definitions(binding)
            .fold(Kind::Never, |joined, definition| join(joined, self.element_kind(definition)));
        if joined == Kind::Unknown {
            return Kind::Unknown;
        }
        names.uses(binding).fold(joined, |joined, (id, _)| {
            let nodes = self.nodes();
            let parent = nodes.parent(id);
            let kind = match nodes.get(parent) {
                Some(Node::Expr(subscript @ Expr::Subscript(it)))
                    if it.ctx == ExprContext::Store && nodes.id(&*it.value) == id =>
                {
                    match nodes.get(nodes.parent(parent)) {
                        Some(Node::Stmt(Stmt::Assign(store))) => {
                            self.assigned_kind(subscript, &store.value)
                        }
                        Some(Node::Stmt(Stmt::AugAssign(store))) => growing(store.op),
                        _ => Kind::Unknown,
                    }
                }
                Some(Node::Expr(Expr::Attribute(it))) => match it.attr.as_str() {
                    "update" | "extend" | "insert" | "append" | "setdefault" => Kind::Unknown,
                    _ => Kind::Never,
                },
                _ => Kind::Never,
            };
            join(joined, kind)
        })
    }

    fn element_kind(&self, definition: &Definition<'a>) -> Kind {
        match definition.kind {
            DefinitionKind::Assign { value: Expr::Call(call), annotation: None }
                if self.is_qualified(&call.func, "collections.defaultdict") =>
            {
                call.arguments
                    .args
                    .first()
                    .and_then(|factory| self.qualified(factory))
                    .and_then(catalog::returns::annotated)
                    .unwrap_or(Kind::Unknown)
            }
            DefinitionKind::Delete => Kind::Never,
            DefinitionKind::Assign { .. } | DefinitionKind::Parameter { .. } => {
                match self.type_of_definition(definition) {
                    Type { kind: Kind::Dict | Kind::List, element, .. } => element,
                    _ => Kind::Unknown,
                }
            }
            _ => Kind::Unknown,
        }
    }

    /// The kind of a value that is assigned to the target; `Never` where it is made from the
    /// target's own value.
    fn assigned_kind(&self, target: &'a Expr, value: &'a Expr) -> Kind {
        if let Some(shape) = flow::shape(target, value, self.scopes()) {
            return if shape.keeps_type() { Kind::Never } else { self.kind_of(value) };
        }
        match value {
            // `text = text[1:]`
            Expr::Subscript(it) if it.slice.is_slice_expr() && same_place(target, &it.value) => {
                Kind::Never
            }
            // `text = text.strip()`
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(func) if same_place(target, &func.value) => {
                    let keeps = |kind| {
                        catalog::methods::returned(kind, func.attr.as_str())
                            .is_some_and(|returned| returned.kind == kind)
                    };
                    if keeps(Kind::Str) { Kind::Never } else { Kind::Unknown }
                }
                _ => self.kind_of(value),
            },
            _ => self.kind_of(value),
        }
    }

    /// The kind that an annotation promises apart from `None`.
    fn promised(&self, annotation: &'a Expr) -> Kind {
        match annotation {
            Expr::BinOp(it) if it.op == Operator::BitOr => {
                join(self.promised(&it.left), self.promised(&it.right))
            }
            Expr::Subscript(it) if self.is_qualified(&it.value, "typing.Optional") => {
                self.promised(&it.slice)
            }
            Expr::NoneLiteral(_) => Kind::None,
            _ => self.annotated(annotation).kind,
        }
    }
}

/// What an augmented assignment adds to the knowledge of its target.
fn growing(op: Operator) -> Kind {
    if matches!(op, Operator::Add | Operator::Mult | Operator::Mod | Operator::BitOr) {
        Kind::Never
    } else {
        Kind::Unknown
    }
}

fn join(a: Kind, b: Kind) -> Kind {
    match (a, b) {
        (Kind::Never | Kind::None, Kind::None) => Kind::Never,
        (Kind::Never | Kind::None, other) | (other, Kind::Never | Kind::None) => other,
        (a, b) if a == b => a,
        _ => Kind::Unknown,
    }
}

/// Whether a step makes a value of the kind by copying the old one. A `str` that is grown in place
/// counts: that it is not copied is another question.
pub(super) fn copies(kind: Kind, shape: Shape<'_>) -> bool {
    match shape {
        Shape::Augmented { .. } => matches!(kind, Kind::Str | Kind::Bytes | Kind::Tuple),
        Shape::Added { .. } | Shape::Prepended => {
            matches!(kind, Kind::Str | Kind::Bytes | Kind::List | Kind::Tuple)
        }
        Shape::FString | Shape::Percent | Shape::Format | Shape::Join => {
            matches!(kind, Kind::Str | Kind::Bytes)
        }
        Shape::Unpacked { .. } => {
            matches!(kind, Kind::List | Kind::Tuple | Kind::Set | Kind::Dict)
        }
        Shape::United => matches!(kind, Kind::Set | Kind::FrozenSet | Kind::Dict),
        Shape::AugmentedUnion => kind == Kind::FrozenSet,
        Shape::Method { .. } => {
            matches!(kind, Kind::Set | Kind::FrozenSet | Kind::DataFrame)
        }
        Shape::Taken { .. } => matches!(kind, Kind::NdArray | Kind::DataFrame | Kind::Tensor),
        Shape::Placed => kind == Kind::DataFrame,
        Shape::Wrapped | Shape::Rest { .. } | Shape::Dropped { .. } => false,
    }
}
