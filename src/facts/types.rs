//! A small lattice of types, inferred from literals, constructors, known return types and
//! annotations, joined over all definitions of a name.
//!
//! Where one definition is not known the answer is `Unknown`; it is never guessed.

use std::cell::RefCell;

use ruff_python_ast::{Expr, ExprCall, ExprName, Number, Operator, Stmt, StmtClassDef, UnaryOp};
use rustc_hash::FxHashMap;

use super::Facts;
use super::scopes::{BindingId, Definition, DefinitionKind, Resolution};
use crate::catalog;

/// What kind of value an expression has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Nothing reaches here yet: the identity of the join.
    Never,
    /// Not known.
    Unknown,
    /// `None`.
    None,
    /// `bool`.
    Bool,
    /// `int`.
    Int,
    /// `float`.
    Float,
    /// `complex`.
    Complex,
    /// `str`.
    Str,
    /// `bytes`.
    Bytes,
    /// `bytearray`.
    ByteArray,
    /// `list`.
    List,
    /// `tuple`.
    Tuple,
    /// `set`.
    Set,
    /// `frozenset`.
    FrozenSet,
    /// `dict` and its subclasses of the standard library.
    Dict,
    /// A view of a `dict`: keys, values or items.
    DictView,
    /// `range`.
    Range,
    /// A lazy one-pass iterator: `map`, `filter`, `zip`, `enumerate`, `reversed`, a generator.
    Iterator,
    /// An open file.
    File,
    /// A NumPy array.
    NdArray,
    /// A pandas or polars frame.
    DataFrame,
    /// A pandas or polars series.
    Series,
    /// A PyTorch tensor.
    Tensor,
}

/// A type: a kind, and for containers the kind of what is in them, one level deep. For a `dict`
/// that is the kind of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Type {
    /// The kind of the value.
    pub kind: Kind,
    /// The kind of the elements, or of a dict's values.
    pub element: Kind,
}

impl Type {
    /// A type that is not known.
    pub const UNKNOWN: Type = Type::of(Kind::Unknown);
    /// The identity of the join.
    pub const NEVER: Type = Type { kind: Kind::Never, element: Kind::Never };

    /// A type whose elements, if any, are not known.
    pub const fn of(kind: Kind) -> Type {
        Type { kind, element: Kind::Unknown }
    }

    /// The type that covers both.
    #[must_use]
    pub fn join(self, other: Type) -> Type {
        match (self.kind, other.kind) {
            (Kind::Never, _) => other,
            (_, Kind::Never) => self,
            (a, b) if a == b => Type { kind: a, element: join_kinds(self.element, other.element) },
            _ => Type::UNKNOWN,
        }
    }
}

fn join_kinds(a: Kind, b: Kind) -> Kind {
    match (a, b) {
        (Kind::Never, other) | (other, Kind::Never) => other,
        (a, b) if a == b => a,
        _ => Kind::Unknown,
    }
}

#[derive(Debug, Default)]
pub(super) struct TypeCache<'a> {
    bindings: RefCell<FxHashMap<BindingId, Type>>,
    attributes: RefCell<FxHashMap<(u32, &'a str), Type>>,
}

/// Deeper expressions have no type: the recursion is bounded whatever the input.
const DEPTH: u32 = 64;

impl<'a> Facts<'a> {
    /// The type of an expression.
    pub fn type_of(&self, expr: &'a Expr) -> Type {
        self.infer(expr, DEPTH)
    }

    /// The kind of an expression's value.
    pub fn kind_of(&self, expr: &'a Expr) -> Kind {
        self.type_of(expr).kind
    }

    /// The type of a name, joined over all its definitions. `None` values are not dropped.
    pub fn type_of_binding(&self, binding: BindingId) -> Type {
        self.binding_type(binding, DEPTH)
    }

    fn infer(&self, expr: &'a Expr, depth: u32) -> Type {
        let Some(depth) = depth.checked_sub(1) else { return Type::UNKNOWN };
        match expr {
            Expr::StringLiteral(_) | Expr::FString(_) => {
                Type { kind: Kind::Str, element: Kind::Str }
            }
            Expr::BytesLiteral(_) => Type { kind: Kind::Bytes, element: Kind::Int },
            Expr::BooleanLiteral(_) => Type::of(Kind::Bool),
            Expr::NoneLiteral(_) => Type::of(Kind::None),
            Expr::NumberLiteral(it) => Type::of(match it.value {
                Number::Int(_) => Kind::Int,
                Number::Float(_) => Kind::Float,
                Number::Complex { .. } => Kind::Complex,
            }),
            Expr::List(it) => Type { kind: Kind::List, element: self.elements(&it.elts, depth) },
            Expr::Tuple(it) => Type { kind: Kind::Tuple, element: self.elements(&it.elts, depth) },
            Expr::Set(it) => Type { kind: Kind::Set, element: self.elements(&it.elts, depth) },
            Expr::Dict(it) => {
                let spread = it.items.iter().any(|item| item.key.is_none());
                let element = if spread {
                    Kind::Unknown
                } else {
                    it.iter_values().fold(Kind::Never, |kind, value| {
                        join_kinds(kind, self.infer(value, depth).kind)
                    })
                };
                Type { kind: Kind::Dict, element }
            }
            Expr::ListComp(it) => {
                Type { kind: Kind::List, element: self.infer(&it.elt, depth).kind }
            }
            Expr::SetComp(it) => Type { kind: Kind::Set, element: self.infer(&it.elt, depth).kind },
            Expr::DictComp(it) => {
                Type { kind: Kind::Dict, element: self.infer(&it.value, depth).kind }
            }
            Expr::Generator(it) => {
                Type { kind: Kind::Iterator, element: self.infer(&it.elt, depth).kind }
            }
            Expr::Named(it) => self.infer(&it.value, depth),
            Expr::If(it) => self.infer(&it.body, depth).join(self.infer(&it.orelse, depth)),
            Expr::BoolOp(it) => it
                .values
                .iter()
                .fold(Type::NEVER, |kind, value| kind.join(self.infer(value, depth))),
            Expr::Compare(_) => Type::UNKNOWN,
            Expr::UnaryOp(it) => match (it.op, self.infer(&it.operand, depth).kind) {
                (UnaryOp::Not, _) => Type::of(Kind::Bool),
                (UnaryOp::USub | UnaryOp::UAdd, kind @ (Kind::Int | Kind::Float)) => Type::of(kind),
                _ => Type::UNKNOWN,
            },
            Expr::BinOp(it) => {
                let left = self.infer(&it.left, depth);
                if it.op == Operator::Mod && matches!(left.kind, Kind::Str | Kind::Bytes) {
                    return left;
                }
                let right = self.infer(&it.right, depth);
                binary(left, it.op, right)
            }
            Expr::Name(name) => self.name_type(name, depth),
            Expr::Attribute(it) => match &*it.value {
                Expr::Name(owner) => match self.class_of_self(owner) {
                    Some(class) => self.attribute_type(class, it.attr.as_str(), depth),
                    None => Type::UNKNOWN,
                },
                _ => Type::UNKNOWN,
            },
            Expr::Subscript(it) => {
                let owner = self.infer(&it.value, depth);
                if matches!(&*it.slice, Expr::Slice(_)) {
                    return match owner.kind {
                        Kind::Str | Kind::Bytes | Kind::ByteArray | Kind::List | Kind::Tuple => {
                            owner
                        }
                        _ => Type::UNKNOWN,
                    };
                }
                match owner.kind {
                    Kind::Str => Type { kind: Kind::Str, element: Kind::Str },
                    Kind::Bytes | Kind::ByteArray => Type::of(Kind::Int),
                    Kind::List | Kind::Dict | Kind::Tuple => Type::of(match owner.element {
                        Kind::Never => Kind::Unknown,
                        kind => kind,
                    }),
                    _ => Type::UNKNOWN,
                }
            }
            Expr::Call(call) => self.call_type(call, depth),
            _ => Type::UNKNOWN,
        }
    }

    fn elements(&self, elts: &'a [Expr], depth: u32) -> Kind {
        if elts.iter().any(Expr::is_starred_expr) || elts.len() > 256 {
            return Kind::Unknown;
        }
        elts.iter().fold(Kind::Never, |kind, elt| join_kinds(kind, self.infer(elt, depth).kind))
    }

    fn call_type(&self, call: &'a ExprCall, depth: u32) -> Type {
        if let Expr::Attribute(func) = &*call.func {
            let owner = self.infer(&func.value, depth);
            if let Some(kind) = catalog::methods::returned(owner.kind, func.attr.as_str()) {
                return kind;
            }
        }
        let Some(name) = self.qualified(&call.func) else { return Type::UNKNOWN };
        match catalog::returns::returned(&name) {
            Some(catalog::returns::Returns::Of(kind)) => Type::of(kind),
            Some(catalog::returns::Returns::Collected(kind)) => {
                let element = match &call.arguments.args[..] {
                    [] => Kind::Never,
                    [only] => self.infer(only, depth).element,
                    _ => Kind::Unknown,
                };
                Type { kind, element }
            }
            None => Type::UNKNOWN,
        }
    }

    fn name_type(&self, name: &'a ExprName, depth: u32) -> Type {
        match self.names().resolve(name) {
            Resolution::Binding(binding) => self.binding_type(binding, depth),
            Resolution::Builtin | Resolution::Unknown => Type::UNKNOWN,
        }
    }

    fn binding_type(&self, binding: BindingId, depth: u32) -> Type {
        if let Some(known) = self.types.bindings.borrow().get(&binding) {
            return *known;
        }
        // A definition that refers to its own name adds nothing to the join.
        self.types.bindings.borrow_mut().insert(binding, Type::NEVER);
        let names = self.names();
        let mut joined = Type::NEVER;
        for definition in names.definitions(binding) {
            joined = joined.join(self.definition_type(definition, depth));
        }
        self.types.bindings.borrow_mut().insert(binding, joined);
        for definition in names.definitions(binding) {
            if let DefinitionKind::Augmented(Stmt::AugAssign(it)) = definition.kind {
                joined = joined.join(augmented(joined, it.op, self.infer(&it.value, depth)));
            }
        }
        if joined.kind == Kind::Never {
            joined = Type::UNKNOWN;
        }
        self.types.bindings.borrow_mut().insert(binding, joined);
        joined
    }

    /// The type that one definition alone gives.
    pub(super) fn type_of_definition(&self, definition: &Definition<'a>) -> Type {
        self.definition_type(definition, DEPTH)
    }

    fn definition_type(&self, definition: &Definition<'a>, depth: u32) -> Type {
        match definition.kind {
            DefinitionKind::Assign { annotation: Some(annotation), .. }
            | DefinitionKind::Annotation(annotation) => self.annotated(annotation),
            DefinitionKind::Assign { value, annotation: None } => self.infer(value, depth),
            DefinitionKind::Augmented(_) | DefinitionKind::Delete => Type::NEVER,
            DefinitionKind::Loop(iter) => match self.infer(iter, depth) {
                Type { kind: Kind::Range | Kind::Bytes, .. } => Type::of(Kind::Int),
                Type { kind: Kind::Str, .. } => Type { kind: Kind::Str, element: Kind::Str },
                // Iterating over a dict gives its keys.
                Type { kind: Kind::Dict | Kind::Unknown | Kind::Never, .. } => Type::UNKNOWN,
                Type { element: Kind::Never, .. } => Type::UNKNOWN,
                Type { element, .. } => Type::of(element),
            },
            DefinitionKind::With(context) => match self.infer(context, depth) {
                file @ Type { kind: Kind::File, .. } => file,
                _ => Type::UNKNOWN,
            },
            DefinitionKind::Parameter { parameter, .. } => parameter
                .annotation()
                .map_or(Type::UNKNOWN, |annotation| self.annotated(annotation)),
            DefinitionKind::Variadic(_)
            | DefinitionKind::Unpack(_)
            | DefinitionKind::LoopUnpack(_)
            | DefinitionKind::Import(_)
            | DefinitionKind::ImportFrom { .. }
            | DefinitionKind::Function(_)
            | DefinitionKind::Class(_)
            | DefinitionKind::Except
            | DefinitionKind::Capture
            | DefinitionKind::TypeName => Type::UNKNOWN,
        }
    }

    /// The class whose method's first parameter the name is.
    pub fn class_of_self(&self, name: &'a ExprName) -> Option<&'a StmtClassDef> {
        let names = self.names();
        let Resolution::Binding(binding) = names.resolve(name) else { return None };
        let definition = names.only_definition(binding)?;
        let DefinitionKind::Parameter { parameter, .. } = definition.kind else { return None };
        let function = self.scopes().function(definition.scope)?;
        let first = function.parameters.iter_non_variadic_params().next()?;
        (first.parameter.name.range == parameter.name.range).then_some(())?;
        if function
            .decorator_list
            .iter()
            .any(|decorator| self.is_qualified(&decorator.expression, "staticmethod"))
        {
            return None;
        }
        self.scopes().class_around(definition.scope)
    }

    /// The type of an attribute of the instances of a class: joined over the class body and every
    /// `self.attribute = ..` of its methods.
    pub fn attribute_type(&self, class: &'a StmtClassDef, attr: &'a str, depth: u32) -> Type {
        let class_id = self.nodes().id(class);
        let key = (class_id.index() as u32, attr);
        if let Some(known) = self.types.attributes.borrow().get(&key) {
            return *known;
        }
        self.types.attributes.borrow_mut().insert(key, Type::NEVER);
        let mut joined = Type::NEVER;
        let mut additions = Vec::new();
        for stored in self.attribute_definitions(class, attr) {
            match stored {
                AttributeDefinition::Value(value) => {
                    joined = joined.join(self.infer(value, depth));
                }
                AttributeDefinition::Annotated(annotation) => {
                    joined = joined.join(self.annotated(annotation));
                }
                AttributeDefinition::Augmented(op, value) => additions.push((op, value)),
                AttributeDefinition::Deleted => {}
                AttributeDefinition::Other => joined = Type::UNKNOWN,
            }
        }
        self.types.attributes.borrow_mut().insert(key, joined);
        for (op, value) in additions {
            joined = joined.join(augmented(joined, op, self.infer(value, depth)));
        }
        if joined.kind == Kind::Never {
            joined = Type::UNKNOWN;
        }
        self.types.attributes.borrow_mut().insert(key, joined);
        joined
    }

    /// Every place in a class that gives an attribute of its instances a value.
    pub fn attribute_definitions(
        &self,
        class: &'a StmtClassDef,
        attr: &str,
    ) -> Vec<AttributeDefinition<'a>> {
        let class_id = self.nodes().id(class);
        let mut found = Vec::new();
        for stmt in &class.body {
            match stmt {
                Stmt::Assign(it) if it.targets.iter().any(|target| is_name(target, attr)) => {
                    found.push(AttributeDefinition::Value(&it.value));
                }
                Stmt::AnnAssign(it) if is_name(&it.target, attr) => {
                    found.push(AttributeDefinition::Annotated(&it.annotation));
                }
                Stmt::FunctionDef(def) if def.name.as_str() == attr => {
                    found.push(AttributeDefinition::Other);
                }
                _ => {}
            }
        }
        for store in self.attribute_stores() {
            if store.attr.as_str() != attr
                || !self.nodes().contains(class_id, self.nodes().id(*store))
            {
                continue;
            }
            let Expr::Name(owner) = &*store.value else { continue };
            if !self.class_of_self(owner).is_some_and(|of| std::ptr::eq(of, class)) {
                continue;
            }
            found.push(self.attribute_definition(store));
        }
        found
    }

    fn attribute_definition(
        &self,
        store: &'a ruff_python_ast::ExprAttribute,
    ) -> AttributeDefinition<'a> {
        use super::nodes::Node;
        if store.ctx == ruff_python_ast::ExprContext::Del {
            return AttributeDefinition::Deleted;
        }
        let is_store =
            |target: &Expr| matches!(target, Expr::Attribute(it) if std::ptr::eq(it, store));
        match self.nodes().get(self.nodes().parent(self.nodes().id(store))) {
            Some(Node::Stmt(Stmt::Assign(it))) if it.targets.iter().any(is_store) => {
                AttributeDefinition::Value(&it.value)
            }
            Some(Node::Stmt(Stmt::AnnAssign(it))) => AttributeDefinition::Annotated(&it.annotation),
            Some(Node::Stmt(Stmt::AugAssign(it))) => {
                AttributeDefinition::Augmented(it.op, &it.value)
            }
            _ => AttributeDefinition::Other,
        }
    }

    /// The type that an annotation promises. String annotations are not read yet.
    pub fn annotated(&self, annotation: &'a Expr) -> Type {
        match annotation {
            Expr::Name(_) | Expr::Attribute(_) => {
                let Some(name) = self.qualified(annotation) else { return Type::UNKNOWN };
                catalog::returns::annotated(&name).map_or(Type::UNKNOWN, Type::of)
            }
            Expr::Subscript(it) => {
                let Some(name) = self.qualified(&it.value) else { return Type::UNKNOWN };
                if matches!(&*name, "typing.Final" | "typing.Annotated" | "typing.ClassVar") {
                    let inner = match &*it.slice {
                        Expr::Tuple(tuple) => tuple.elts.first(),
                        inner => Some(inner),
                    };
                    return inner.map_or(Type::UNKNOWN, |inner| self.annotated(inner));
                }
                let Some(kind) = catalog::returns::annotated(&name) else { return Type::UNKNOWN };
                let element = match (kind, &*it.slice) {
                    (Kind::Dict, Expr::Tuple(pair)) => pair.elts.get(1),
                    (Kind::Tuple, Expr::Tuple(parts)) => match &parts.elts[..] {
                        [only, Expr::EllipsisLiteral(_)] => Some(only),
                        _ => None,
                    },
                    (_, Expr::Tuple(_)) => None,
                    (_, single) => Some(single),
                };
                let element = element.map_or(Kind::Unknown, |element| self.annotated(element).kind);
                Type { kind, element }
            }
            Expr::NoneLiteral(_) => Type::of(Kind::None),
            _ => Type::UNKNOWN,
        }
    }
}

/// A place that gives an attribute its value.
#[derive(Debug, Clone, Copy)]
pub enum AttributeDefinition<'a> {
    /// The value is assigned.
    Value(&'a Expr),
    /// The annotation is stated, with or without a value.
    Annotated(&'a Expr),
    /// `self.attribute op= value`.
    Augmented(Operator, &'a Expr),
    /// `del self.attribute`.
    Deleted,
    /// A loop target, an unpacking, a method of the name.
    Other,
}

fn is_name(expr: &Expr, name: &str) -> bool {
    matches!(expr, Expr::Name(it) if it.id.as_str() == name)
}

fn augmented(target: Type, op: Operator, value: Type) -> Type {
    match (target.kind, op) {
        // These grow in place or are replaced by their own kind, whatever is added.
        (Kind::Str | Kind::Bytes | Kind::ByteArray | Kind::Tuple, Operator::Add)
        | (Kind::Str | Kind::Bytes | Kind::Tuple, Operator::Mult)
        | (Kind::Str, Operator::Mod) => target,
        (Kind::List, Operator::Add) => {
            Type { kind: Kind::List, element: join_kinds(target.element, value.element) }
        }
        _ => binary(target, op, value),
    }
}

fn binary(left: Type, op: Operator, right: Type) -> Type {
    use Kind::{Bool, Bytes, Float, Int, List, Never, Str, Tuple, Unknown};
    let number = |kind| matches!(kind, Bool | Int | Float);
    match (left.kind, op, right.kind) {
        (Never, _, _) | (_, _, Never) => Type::NEVER,
        // Another operand that takes the operation over from a string exists only in theory.
        (Str | Bytes, Operator::Add, kind) if kind == left.kind || kind == Unknown => left,
        (List | Tuple, Operator::Add, kind) if kind == left.kind => left.join(right),
        (Str | Bytes | List | Tuple, Operator::Mult, Int | Bool) => left,
        (Int | Bool, Operator::Mult, Str | Bytes | List | Tuple) => right,
        (a, Operator::Div, b) if number(a) && number(b) => Type::of(Float),
        (
            a,
            Operator::Add | Operator::Sub | Operator::Mult | Operator::FloorDiv | Operator::Mod,
            b,
        ) if number(a) && number(b) => Type::of(if a == Float || b == Float { Float } else { Int }),
        (
            Int,
            Operator::BitAnd
            | Operator::BitOr
            | Operator::BitXor
            | Operator::LShift
            | Operator::RShift,
            Int,
        ) => Type::of(Int),
        _ => Type::UNKNOWN,
    }
}
