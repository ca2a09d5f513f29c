//! The types of names: of each definition, of all of them, and of those that reach a read.

use ruff_python_ast::{Comprehension, Expr, ExprName, Parameter, Stmt};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashMap;

use super::lattice::augmented;
use super::{DEPTH, Kind, Type, narrowing, solve};
use crate::facts::Facts;
use crate::facts::nodes::Node;
use crate::facts::scopes::{BindingId, Definition, DefinitionKind, Resolution, ScopeKind};

/// Longer targets are not taken apart.
const MAX_TARGETS: usize = 32;

/// Names with more definitions that reach are not joined.
const MAX_REACHING: usize = 64;

/// A read of a name.
#[derive(Clone, Copy)]
struct ReadAt<'a> {
    name: &'a ExprName,
    binding: BindingId,
    depth: u32,
}

impl<'a> Facts<'a> {
    /// The type of a name where it stands.
    pub(super) fn name_type(&self, name: &'a ExprName, depth: u32) -> Type {
        let names = self.names();
        let binding = match names.resolve(name) {
            Resolution::Binding(binding) => binding,
            Resolution::Builtin | Resolution::Unknown => return Type::UNKNOWN,
        };
        let Some(depth) = depth.checked_sub(1) else { return Type::UNKNOWN };
        if names.may_be_starred(binding) {
            return Type::UNKNOWN;
        }
        let at = ReadAt { name, binding, depth };
        let definitions = names.definitions(binding);
        let owner = names.scope(binding);
        let in_class = matches!(self.scopes().get(owner).kind, ScopeKind::Class(_));
        // What all definitions agree on holds for those that reach as well, and costs less.
        if !in_class && definitions.len() <= MAX_REACHING {
            let whole = self.joined_anywhere(at);
            let alone = definitions.len() == 1;
            if alone || !matches!(whole.kind, Kind::Unknown | Kind::Never) {
                return whole;
            }
        }
        let reaching = self.reaching(name);
        if in_class {
            let bound = match reaching {
                Some(reaching) => !reaching.may_be_unbound(),
                None => self.is_surely_bound(name, binding),
            };
            if !bound {
                return Type::UNKNOWN;
            }
        }
        match reaching {
            Some(reaching) if reaching.ids().len() > MAX_REACHING => Type::UNKNOWN,
            Some(reaching) => self.joined(reaching.definitions(), at),
            None if definitions.len() > MAX_REACHING => Type::UNKNOWN,
            None => self.joined(definitions, at),
        }
    }

    /// The type of a name by all of its definitions, where it is read. Without a test around the
    /// read it is the same everywhere.
    fn joined_anywhere(&self, at: ReadAt<'a>) -> Type {
        let joined = || self.joined(self.names().definitions(at.binding), at);
        if self.plain {
            return joined();
        }
        let index = at.binding.index();
        let known = self.types.joined.borrow().get(index);
        let whole = known.unwrap_or_else(|| {
            let outer = self.types.solver.borrow_mut().watch();
            let found = self.binding_type(at.binding, at.depth);
            let settled = self.types.solver.borrow_mut().unwatch(outer);
            if settled && (at.depth > DEPTH / 2 || found.kind != Kind::Unknown) {
                self.types.joined.borrow_mut().put(index, self.names().count(), found);
            }
            found
        });
        if narrowing::may_narrow(whole) && self.is_guarded(at.binding) { joined() } else { whole }
    }

    fn joined<'d>(
        &self,
        definitions: impl Iterator<Item = &'d Definition<'a>>,
        at: ReadAt<'a>,
    ) -> Type
    where
        'a: 'd,
    {
        let mut joined = Type::NEVER;
        for definition in definitions {
            let mut found = self.definition_type(definition, at.depth);
            if found.kind.is_mutable_container() || found.or_none.is_mutable_container() {
                found = self.with_contents(found, definition, at.binding, at.depth);
            }
            joined = joined.join(self.narrowed(found, at.name, at.binding, definition));
            if joined == Type::UNKNOWN {
                break;
            }
        }
        joined
    }

    /// Whether a name of a class body is bound whenever a read of it runs: else the read may
    /// mean a name of the module.
    fn is_surely_bound(&self, name: &'a ExprName, binding: BindingId) -> bool {
        let nodes = self.nodes();
        self.names().definitions(binding).any(|definition| {
            let parent = nodes.get(nodes.parent(definition.node));
            matches!(parent, Some(Node::Stmt(Stmt::ClassDef(_))))
                && nodes.get(definition.node).is_some_and(|node| node.end() <= name.start())
        })
    }

    /// The type of a name, joined over all its definitions.
    pub(super) fn binding_type(&self, binding: BindingId, depth: u32) -> Type {
        let definitions = self.names().definitions(binding);
        if definitions.len() > MAX_REACHING || self.names().may_be_starred(binding) {
            return Type::UNKNOWN;
        }
        let mut joined = Type::NEVER;
        for definition in definitions {
            let mut found = self.definition_type(definition, depth);
            if found.kind.is_mutable_container() || found.or_none.is_mutable_container() {
                found = self.with_contents(found, definition, binding, depth);
            }
            joined = joined.join(found);
            if joined == Type::UNKNOWN {
                break;
            }
        }
        joined
    }

    /// The type that one definition alone gives.
    pub(super) fn definition_type(&self, definition: &Definition<'a>, depth: u32) -> Type {
        let Some(id) = self.scopes().id_of(definition) else { return Type::UNKNOWN };
        let Some(depth) = depth.checked_sub(1) else { return Type::UNKNOWN };
        solve::solve(&self.types.solver, id.0, || self.defined(definition, depth))
    }

    fn defined(&self, definition: &Definition<'a>, depth: u32) -> Type {
        match definition.kind {
            DefinitionKind::Assign { value, annotation: Some(annotation) } => {
                let promised = self.annotated(annotation);
                let given = self.infer(value, depth);
                declared(promised, given)
            }
            // A declaration without a value binds nothing.
            DefinitionKind::Annotation(_) | DefinitionKind::Delete => Type::NEVER,
            DefinitionKind::Assign { value, annotation: None } => {
                let found = self.infer(value, depth);
                self.or_declared(definition, found)
            }
            DefinitionKind::Augmented(stmt) => {
                let Stmt::AugAssign(it) = stmt else { return Type::UNKNOWN };
                let target = self.infer(&it.target, depth);
                let found = augmented(target, it.op, self.infer(&it.value, depth));
                self.or_declared(definition, found)
            }
            DefinitionKind::Loop(iter) => {
                if self.is_async(definition) {
                    return Type::UNKNOWN;
                }
                let found = self.infer(iter, depth).iterated();
                self.or_declared(definition, found)
            }
            DefinitionKind::LoopUnpack(iter) => {
                if self.is_async(definition) {
                    return Type::UNKNOWN;
                }
                let Some(target) = self.loop_target(definition) else { return Type::UNKNOWN };
                match iter {
                    Expr::Tuple(it) if it.elts.len() == 1 => match it.elts.first() {
                        Some(only) => self.unpacked(target, definition.range, only, depth),
                        None => Type::UNKNOWN,
                    },
                    _ => taken_apart(target, definition.range, self.infer(iter, depth).iterated()),
                }
            }
            DefinitionKind::Unpack(value) => match self.binder(definition) {
                Some(Node::Stmt(Stmt::Assign(it))) => {
                    let target = it
                        .targets
                        .iter()
                        .find(|target| target.range().contains_range(definition.range));
                    let found = target.map_or(Type::UNKNOWN, |target| {
                        self.unpacked(target, definition.range, value, depth)
                    });
                    self.or_declared(definition, found)
                }
                _ => Type::UNKNOWN,
            },
            DefinitionKind::With(context) => {
                if self.is_async(definition) {
                    return Type::UNKNOWN;
                }
                self.entered(context, depth)
            }
            DefinitionKind::Parameter { parameter, default } => match parameter.annotation() {
                Some(annotation) => {
                    let promised = self.annotated(annotation);
                    let none = default.is_some_and(Expr::is_none_literal_expr);
                    if none { promised.optional() } else { promised }
                }
                None => self.first_parameter(definition),
            },
            DefinitionKind::Variadic(parameter) => {
                let promised = parameter
                    .annotation()
                    .map_or(Kind::Unknown, |annotation| self.annotated(annotation).kind);
                let parameters = match self.scopes().get(definition.scope).kind {
                    ScopeKind::Function(def) => Some(&*def.parameters),
                    ScopeKind::Lambda(it) => it.parameters.as_deref(),
                    _ => None,
                };
                let Some(parameters) = parameters else { return Type::UNKNOWN };
                let is = |other: &Option<Box<Parameter>>| {
                    other.as_ref().is_some_and(|other| other.name.range == definition.range)
                };
                if is(&parameters.kwarg) {
                    // `**kwargs: Unpack[Options]`
                    match parameter.annotation() {
                        Some(Expr::Subscript(_)) if promised == Kind::Unknown => Type::UNKNOWN,
                        _ => Type::dict(Kind::Str, promised),
                    }
                } else if is(&parameters.vararg) {
                    Type::holding(Kind::Tuple, promised)
                } else {
                    Type::UNKNOWN
                }
            }
            DefinitionKind::Import(_) => Type::of(Kind::Module),
            DefinitionKind::Function(def) if def.decorator_list.is_empty() => {
                Type::of(Kind::Function)
            }
            DefinitionKind::Class(def) if def.decorator_list.is_empty() => Type::of(Kind::Class),
            DefinitionKind::ImportFrom { .. }
            | DefinitionKind::Function(_)
            | DefinitionKind::Class(_)
            | DefinitionKind::Except
            | DefinitionKind::Capture
            | DefinitionKind::TypeName => Type::UNKNOWN,
        }
    }

    /// `self` is an instance of its class.
    fn first_parameter(&self, definition: &Definition<'a>) -> Type {
        let Some(function) = self.scopes().function(definition.scope) else { return Type::UNKNOWN };
        let Some(class) = self.scopes().class_around(definition.scope) else {
            return Type::UNKNOWN;
        };
        let first = function.parameters.iter_non_variadic_params().next();
        let is_first = first.is_some_and(|first| first.parameter.name.range == definition.range);
        let plain = !matches!(
            function.name.as_str(),
            "__new__" | "__init_subclass__" | "__class_getitem__"
        ) && function.decorator_list.iter().all(|decorator| {
            let callee = match &decorator.expression {
                Expr::Attribute(it) => it.attr.as_str(),
                Expr::Name(it) => it.id.as_str(),
                _ => "",
            };
            matches!(
                callee,
                "property" | "cached_property" | "setter" | "abstractmethod" | "override"
            )
        });
        if is_first && plain && self.makes_instances(class) {
            Type::of(Kind::Instance(self.nodes().id(class)))
        } else {
            Type::UNKNOWN
        }
    }

    /// The declared type of a name where the assigned one is not known.
    fn or_declared(&self, definition: &Definition<'a>, found: Type) -> Type {
        if found.kind != Kind::Unknown || found.is_optional() {
            return found;
        }
        let names = self.names();
        let table = self.types.declared.get_or_init(|| {
            let mut declared = FxHashMap::default();
            for definition in self.scopes().all_definitions() {
                let (DefinitionKind::Annotation(annotation)
                | DefinitionKind::Assign { annotation: Some(annotation), .. }) = definition.kind
                else {
                    continue;
                };
                if let Some(binding) = names.bound_by(definition) {
                    declared.entry(binding).or_insert(annotation);
                }
            }
            declared
        });
        if table.is_empty() {
            return found;
        }
        names
            .bound_by(definition)
            .and_then(|binding| table.get(&binding))
            .map_or(found, |annotation| self.annotated(annotation))
    }

    /// The statement or comprehension around the target that a definition is a part of.
    fn binder(&self, definition: &Definition<'a>) -> Option<Node<'a>> {
        let nodes = self.nodes();
        let mut at = definition.node;
        while let Some(Node::Expr(Expr::Tuple(_) | Expr::List(_) | Expr::Starred(_))) =
            nodes.get(at)
        {
            at = nodes.parent(at);
        }
        nodes.get(at)
    }

    fn is_async(&self, definition: &Definition<'a>) -> bool {
        match self.binder(definition) {
            Some(Node::Stmt(Stmt::For(it))) => it.is_async,
            Some(Node::Stmt(Stmt::With(it))) => it.is_async,
            Some(Node::Expr(expr)) => clauses(expr).iter().any(|clause| clause.is_async),
            _ => false,
        }
    }

    /// The whole target of the loop that binds a part of it.
    fn loop_target(&self, definition: &Definition<'a>) -> Option<&'a Expr> {
        match self.binder(definition)? {
            Node::Stmt(Stmt::For(it)) => Some(&it.target),
            Node::Expr(expr) => clauses(expr)
                .iter()
                .map(|clause| &clause.target)
                .find(|target| target.range().contains_range(definition.range)),
            Node::Stmt(_) => None,
        }
    }

    /// The type of the name at a place in a target, of which the whole takes a value.
    fn unpacked(&self, target: &'a Expr, at: TextRange, value: &'a Expr, depth: u32) -> Type {
        let targets = match target {
            Expr::Tuple(it) => &it.elts[..],
            Expr::List(it) => &it.elts[..],
            Expr::Name(_) => return self.infer(value, depth),
            _ => return Type::UNKNOWN,
        };
        let values = match value {
            Expr::Tuple(it) => &it.elts[..],
            Expr::List(it) => &it.elts[..],
            _ => return taken_apart(target, at, self.infer(value, depth)),
        };
        let starred = |parts: &[Expr]| parts.iter().any(Expr::is_starred_expr);
        if targets.len() != values.len()
            || targets.len() > MAX_TARGETS
            || starred(targets)
            || starred(values)
        {
            return taken_apart(target, at, self.infer(value, depth));
        }
        targets
            .iter()
            .zip(values)
            .find(|(target, _)| target.range().contains_range(at))
            .map_or(Type::UNKNOWN, |(target, value)| self.unpacked(target, at, value, depth))
    }
}

/// The clauses of a comprehension.
pub(super) fn clauses(expr: &Expr) -> &[Comprehension] {
    match expr {
        Expr::ListComp(it) => &it.generators,
        Expr::SetComp(it) => &it.generators,
        Expr::DictComp(it) => &it.generators,
        Expr::Generator(it) => &it.generators,
        _ => &[],
    }
}

/// What an annotated assignment leaves: the value's own type where it is known, with the promised
/// elements.
fn declared(promised: Type, given: Type) -> Type {
    let given_kind = given.kind_or_none();
    match promised.kind_or_none() {
        Kind::Unknown => given,
        _ if given_kind == Kind::Unknown => promised,
        kind if kind == given_kind => {
            if given.is_optional() {
                promised
            } else {
                promised.not_none()
            }
        }
        _ => given,
    }
}

/// The type of the name at a place in a target that takes a value of a type apart.
fn taken_apart(target: &Expr, at: TextRange, value: Type) -> Type {
    let targets = match target {
        Expr::Tuple(it) => &it.elts[..],
        Expr::List(it) => &it.elts[..],
        Expr::Name(_) => return value,
        _ => return Type::UNKNOWN,
    };
    let Some(index) = targets.iter().position(|part| part.range().contains_range(at)) else {
        return Type::UNKNOWN;
    };
    let Some(part) = targets.get(index) else { return Type::UNKNOWN };
    let starred = targets.iter().any(Expr::is_starred_expr);
    if let Expr::Starred(it) = part {
        let element = value.iterated();
        return match (&*it.value, element.kind) {
            (Expr::Name(_), Kind::Never) => Type::NEVER,
            (Expr::Name(_), kind) => Type::holding(Kind::List, kind),
            _ => Type::UNKNOWN,
        };
    }
    let kinds = value.parts.kinds();
    let item = if value.kind == Kind::Tuple && !starred && !kinds.is_empty() {
        match kinds.get(index) {
            Some(kind) if kinds.len() == targets.len() => Type::of(*kind),
            _ => Type::UNKNOWN,
        }
    } else {
        value.iterated()
    };
    taken_apart(part, at, item)
}
