//! How many different values a key may take, and who fills a registry.
//!
//! The score is 3 for what has no end (a URL, a path, a user, an id, a time), 2 for what is made
//! anew, 1 for any other value that comes from outside, 0 for what is not known, less for what
//! takes a few values.

use ruff_python_ast::{Expr, ExprName, Operator, Stmt};

use super::Exempt;
use crate::catalog::classes::Family;
use crate::catalog::growth::{Words, is_ever_new, is_fixed, makes_path, passes_on, words};
use crate::facts::Facts;
use crate::facts::classes::attributes::gets_class;
use crate::facts::nodes::NodeId;
use crate::facts::scopes::{Definition, DefinitionKind, Resolution, ScopeKind};

/// How many values an expression may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Domain {
    pub(super) score: i32,
    /// The program's own text limits them.
    pub(super) constant: Option<Exempt>,
}

impl Domain {
    pub(super) const UNKNOWN: Domain = Domain::of(0);
    const FEW: Domain = Domain::of(-2);
    const CONSTANT: Domain = Domain { score: -2, constant: Some(Exempt::Constant) };
    const DEFINITION: Domain = Domain { score: -2, constant: Some(Exempt::Definition) };

    const fn of(score: i32) -> Domain {
        Domain { score, constant: None }
    }

    /// The one with more values.
    fn max(self, other: Domain) -> Domain {
        match (self.constant, other.constant) {
            (Some(_), None) => other,
            (None, Some(_)) => self,
            _ if other.score > self.score => other,
            _ => self,
        }
    }

    fn by_words(self, name: &str) -> Domain {
        match words(name) {
            Words::Unbounded => Domain::of(3),
            Words::Bounded => Domain::FEW,
            Words::Defined => Domain::DEFINITION,
            Words::Silent => self,
        }
    }
}

/// Longer chains of names are not followed.
const DEPTH: u32 = 6;

impl<'a> Facts<'a> {
    /// How many values a key or an element may take that is written at a place.
    pub(super) fn domain(&self, expr: &'a Expr, at: NodeId) -> Domain {
        self.domain_of(expr, at, DEPTH)
    }

    fn domain_of(&self, expr: &'a Expr, at: NodeId, depth: u32) -> Domain {
        let Some(depth) = depth.checked_sub(1) else { return Domain::UNKNOWN };
        let of = |expr: &'a Expr| self.domain_of(expr, at, depth);
        match expr {
            Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::NumberLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_) => Domain::CONSTANT,
            Expr::FString(it) => {
                let mut parts = Domain::CONSTANT;
                for part in &it.value {
                    let ruff_python_ast::FStringPart::FString(part) = part else { continue };
                    for element in part.elements.interpolations() {
                        parts = parts.max(of(&element.expression));
                    }
                }
                text_of(parts)
            }
            Expr::Tuple(it) => {
                it.elts.iter().take(16).fold(Domain::CONSTANT, |found, elt| found.max(of(elt)))
            }
            Expr::Starred(it) => of(&it.value),
            Expr::Await(it) => of(&it.value),
            Expr::Named(it) => of(&it.value),
            Expr::UnaryOp(it) => match it.op {
                ruff_python_ast::UnaryOp::Not => Domain::FEW,
                _ => of(&it.operand),
            },
            Expr::If(it) => of(&it.body).max(of(&it.orelse)),
            Expr::BoolOp(it) => it
                .values
                .iter()
                .take(16)
                .fold(Domain::CONSTANT, |found, value| found.max(of(value))),
            Expr::Compare(_) => Domain::FEW,
            Expr::BinOp(it) => match it.op {
                Operator::Mod if it.left.is_string_literal_expr() => text_of(of(&it.right)),
                Operator::Mod => Domain::FEW,
                _ => of(&it.left).max(of(&it.right)),
            },
            Expr::Name(name) => self.domain_of_name(name, at, depth),
            Expr::Attribute(it) => {
                let attr = it.attr.as_str();
                if matches!(attr, "__class__" | "__name__" | "__qualname__" | "__module__") {
                    return Domain::DEFINITION;
                }
                if let Some(class) = self.class_named(&it.value) {
                    let is_enum = self.class(class).is_some_and(|class| class.is(Family::Enum));
                    return if is_enum || is_upper(attr) {
                        Domain::CONSTANT
                    } else {
                        Domain::UNKNOWN.by_words(attr)
                    };
                }
                if let Some(name) = self.qualified(expr) {
                    // A member of a module.
                    return if is_fixed(name) { Domain::FEW } else { Domain::CONSTANT };
                }
                if is_upper(attr) {
                    return Domain::CONSTANT;
                }
                Domain::of(1).by_words(attr)
            }
            Expr::Subscript(it) => match &*it.slice {
                Expr::StringLiteral(key) => Domain::of(1).by_words(key.value.to_str()),
                _ => match of(&it.value) {
                    // A part of it is no more than it.
                    Domain { constant: Some(_), .. } => Domain::of(1),
                    whole => whole.max(Domain::of(1)),
                },
            },
            Expr::Call(call) => self.domain_of_call(call, at, depth),
            Expr::Dict(_)
            | Expr::List(_)
            | Expr::Set(_)
            | Expr::ListComp(_)
            | Expr::SetComp(_)
            | Expr::DictComp(_)
            | Expr::Generator(_)
            | Expr::Lambda(_) => Domain::of(2),
            _ => Domain::UNKNOWN,
        }
    }

    fn domain_of_call(
        &self,
        call: &'a ruff_python_ast::ExprCall,
        at: NodeId,
        depth: u32,
    ) -> Domain {
        let arguments = |limit: i32| {
            let found = call
                .arguments
                .args
                .iter()
                .take(8)
                .map(|argument| self.domain_of(argument, at, depth))
                .fold(Domain::CONSTANT, Domain::max);
            Domain::of(found.score.clamp(0, limit))
        };
        if let Some(class) = self.class_named(&call.func) {
            let is_enum = self.class(class).is_some_and(|class| class.is(Family::Enum));
            return if is_enum { Domain::CONSTANT } else { Domain::of(2) };
        }
        match self.qualified(&call.func) {
            Some("type" | "super") => Domain::DEFINITION,
            Some("bool" | "isinstance" | "callable" | "hasattr") => Domain::FEW,
            Some("next") => Domain::of(2),
            Some(name) if is_ever_new(name) => Domain::of(3),
            Some(name) if is_fixed(name) => Domain::FEW,
            Some(name) if makes_path(name) => Domain::of(3),
            Some(name) if passes_on(name) => {
                let given = call.arguments.args.first();
                given.map_or(Domain::CONSTANT, |given| self.domain_of(given, at, depth))
            }
            _ => match &*call.func {
                Expr::Attribute(it) => match it.attr.as_str() {
                    "hexdigest" | "digest" => Domain::of(3),
                    "format" if it.value.is_string_literal_expr() => text_of(arguments(3)),
                    "lower" | "upper" | "strip" | "encode" | "decode" | "replace" | "casefold"
                    | "rstrip" | "lstrip" | "title" => self.domain_of(&it.value, at, depth),
                    "resolve" | "absolute" | "as_posix" => Domain::of(3),
                    // `key.get_id()`: what it is called may tell.
                    attr => arguments(2).by_words_weakly(attr),
                },
                Expr::Name(name) => arguments(2).by_words_weakly(name.id.as_str()),
                _ => Domain::UNKNOWN,
            },
        }
    }

    fn domain_of_name(&self, name: &'a ExprName, at: NodeId, depth: u32) -> Domain {
        let names = self.names();
        let Resolution::Binding(binding) = names.resolve(name) else { return Domain::UNKNOWN };
        let text = name.id.as_str();
        let global = matches!(self.scopes().get(names.scope(binding)).kind, ScopeKind::Module);
        let Some(only) = names.only_definition(binding) else {
            if global && names.definitions(binding).any(counts_up) {
                return Domain::of(2);
            }
            let defined = names.definitions(binding).all(|definition| {
                matches!(definition.kind, DefinitionKind::Function(_) | DefinitionKind::Class(_))
            });
            if defined {
                return Domain::DEFINITION;
            }
            return Domain::of(i32::from(!global)).by_words(text);
        };
        match only.kind {
            DefinitionKind::Parameter { parameter, .. } => {
                self.domain_of_parameter(only, text, parameter.annotation())
            }
            DefinitionKind::Variadic(_) => Domain::of(2),
            DefinitionKind::Assign { value, .. } if global => {
                let of = self.domain_of(value, at, depth);
                // One value, bound once.
                if of.constant.is_some() || is_upper(text) {
                    Domain::CONSTANT
                } else {
                    Domain::UNKNOWN
                }
            }
            DefinitionKind::Assign { value, .. } => {
                let of = self.domain_of(value, at, depth);
                match words(text) {
                    _ if of.constant.is_some() || of.score >= 2 || of.score < 0 => of,
                    // What is called a key may be one.
                    Words::Unbounded => Domain::of(2),
                    Words::Bounded | Words::Defined => Domain::FEW,
                    Words::Silent => of,
                }
            }
            DefinitionKind::Loop(iter) | DefinitionKind::LoopUnpack(iter) => {
                match self.domain_of_elements(iter) {
                    Some(few) => few,
                    None => Domain::of(1).by_words(text),
                }
            }
            DefinitionKind::Function(_)
            | DefinitionKind::Class(_)
            | DefinitionKind::Import(_)
            | DefinitionKind::ImportFrom { .. } => Domain::DEFINITION,
            DefinitionKind::Except => Domain::of(3),
            DefinitionKind::With(_) => Domain::of(2),
            _ => Domain::of(1).by_words(text),
        }
    }

    /// The elements of an iterable whose length the text states.
    fn domain_of_elements(&self, iter: &'a Expr) -> Option<Domain> {
        match iter {
            Expr::Tuple(_) | Expr::List(_) | Expr::Set(_) | Expr::Dict(_) => Some(Domain::CONSTANT),
            Expr::Call(call) => {
                let literal = call.arguments.args.iter().all(Expr::is_number_literal_expr);
                (literal && self.is_qualified(&call.func, "range")).then_some(Domain::CONSTANT)
            }
            Expr::Name(name) => {
                let names = self.names();
                let Resolution::Binding(binding) = names.resolve(name) else { return None };
                match names.only_definition(binding)?.kind {
                    DefinitionKind::Class(class) => {
                        self.class(class)?.is(Family::Enum).then_some(Domain::CONSTANT)
                    }
                    DefinitionKind::Assign {
                        value: Expr::Tuple(_) | Expr::List(_) | Expr::Set(_) | Expr::Dict(_),
                        ..
                    } if is_upper(name.id.as_str()) => Some(Domain::CONSTANT),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn domain_of_parameter(
        &self,
        definition: &Definition<'a>,
        name: &str,
        annotation: Option<&'a Expr>,
    ) -> Domain {
        let ScopeKind::Function(def) = self.scopes().get(definition.scope).kind else {
            return Domain::of(1).by_words(name);
        };
        let first = def.parameters.iter_non_variadic_params().next();
        let is_first = first.is_some_and(|it| it.parameter.name.as_str() == name);
        if is_first && self.scopes().class_around(definition.scope).is_some() {
            // A class method's class, or an instance: one for each that is made.
            let of_class = gets_class(def) || name == "cls";
            return if of_class { Domain::DEFINITION } else { Domain::of(2) };
        }
        if let Some(annotation) = annotation
            && let Some(domain) = self.domain_of_annotation(annotation)
        {
            return domain;
        }
        Domain::of(1).by_words(name)
    }

    /// What an annotation says of the number of values, if it does.
    fn domain_of_annotation(&self, annotation: &'a Expr) -> Option<Domain> {
        if let Some(class) = self.class_named(annotation) {
            let is_enum = self.class(class).is_some_and(|class| class.is(Family::Enum));
            return is_enum.then_some(Domain::CONSTANT);
        }
        let head = if let Expr::Subscript(it) = annotation { &it.value } else { annotation };
        let name = self.qualified(head)?;
        match name {
            "type"
            | "typing.Type"
            | "typing.Callable"
            | "collections.abc.Callable"
            | "types.ModuleType"
            | "types.FunctionType" => Some(Domain::DEFINITION),
            "typing.Literal" | "typing_extensions.Literal" => Some(Domain::CONSTANT),
            "bool" => Some(Domain::FEW),
            "uuid.UUID" | "pathlib.Path" | "datetime.datetime" | "BaseException" | "Exception" => {
                Some(Domain::of(3))
            }
            "typing.Optional" => match annotation {
                Expr::Subscript(it) => self.domain_of_annotation(&it.slice),
                _ => None,
            },
            name => {
                let last = name.rsplit('.').next().unwrap_or(name);
                matches!(last, "Request" | "HttpRequest" | "WebSocket").then_some(Domain::of(3))
            }
        }
    }

    /// How many values the elements of what is added may take.
    pub(super) fn domain_of_many(&self, expr: &'a Expr, at: NodeId) -> Domain {
        match expr {
            Expr::List(it) => self.domain_of_all(it.elts.iter(), at),
            Expr::Tuple(it) => self.domain_of_all(it.elts.iter(), at),
            Expr::Set(it) => self.domain_of_all(it.elts.iter(), at),
            Expr::Dict(it) => {
                if it.items.iter().any(|item| item.key.is_none()) {
                    return Domain::of(1);
                }
                self.domain_of_all(it.items.iter().filter_map(|item| item.key.as_ref()), at)
            }
            Expr::DictComp(it) => match &it.key {
                Some(key) => self.domain(key, at),
                None => Domain::of(1),
            },
            Expr::ListComp(it) => self.domain_of_entry(&it.elt, at),
            Expr::SetComp(it) => self.domain_of_entry(&it.elt, at),
            Expr::Generator(it) => self.domain_of_entry(&it.elt, at),
            expr => {
                let of = self.domain(expr, at);
                Domain { score: of.score.min(2), constant: None }
            }
        }
    }

    fn domain_of_all(&self, all: impl Iterator<Item = &'a Expr>, at: NodeId) -> Domain {
        all.take(16).fold(Domain::CONSTANT, |found, expr| found.max(self.domain(expr, at)))
    }

    /// An element that is added with many: of a pair it is the first that is the key.
    fn domain_of_entry(&self, element: &'a Expr, at: NodeId) -> Domain {
        match element {
            Expr::Tuple(pair) => match &pair.elts[..] {
                [key, _] => self.domain(key, at),
                _ => self.domain(element, at),
            },
            element => self.domain(element, at),
        }
    }
}

impl Domain {
    /// A call's name says less than a value's.
    fn by_words_weakly(self, name: &str) -> Domain {
        match words(name) {
            Words::Unbounded => self.max(Domain::of(2)),
            Words::Bounded | Words::Defined if self.score < 2 => Domain::of(-1),
            _ => self,
        }
    }
}

/// A text that is made of parts: as many as they, and more than one.
fn text_of(parts: Domain) -> Domain {
    match parts {
        Domain { constant: Some(_), .. } => parts,
        Domain { score: ..0, .. } => parts,
        parts => Domain::of(parts.score.max(2)),
    }
}

/// Whether a definition counts a name up: `n += 1`.
fn counts_up(definition: &Definition<'_>) -> bool {
    matches!(definition.kind, DefinitionKind::Augmented(Stmt::AugAssign(it))
        if it.op == Operator::Add && it.value.is_number_literal_expr())
}

/// Whether a name is written as constants are.
fn is_upper(name: &str) -> bool {
    name.len() > 1
        && name.bytes().any(|byte| byte.is_ascii_uppercase())
        && !name.bytes().any(|byte| byte.is_ascii_lowercase())
}
