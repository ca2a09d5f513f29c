//! The types of names: of each definition, of all of them, and of those that reach a read.

use ruff_python_ast::{Comprehension, Expr, ExprName, Parameter, Stmt};
use ruff_text_size::Ranged;
use rustc_hash::FxHashMap;

use super::infer::by_form;
use super::lattice::augmented;
use super::store::{self, NEVER, OfName, UNKNOWN, is_unknown};
use super::unpacking::taken_apart;
use super::{DEPTH, Kind, Type, narrowing};
use crate::facts::Facts;
use crate::facts::nodes::Node;
use crate::facts::scopes::{
    BindingId, Definition, DefinitionId, DefinitionKind, Resolution, ScopeKind,
};

/// Names with more definitions that reach are not joined.
const MAX_REACHING: usize = 64;

/// A read of a name.
#[derive(Clone, Copy)]
pub(super) struct ReadAt<'f, 'a> {
    pub(super) name: &'a ExprName,
    pub(super) binding: BindingId,
    pub(super) of: &'f OfName<'a>,
    depth: u32,
}

impl<'a> Facts<'a> {
    /// What is known of the type of a name.
    #[inline]
    pub(super) fn of_name(&self, binding: BindingId) -> Option<&OfName<'a>> {
        let all = self.types.names.get_or_init(|| store::empty(self.names().count()));
        all.get(binding.index())
    }

    /// The type of a name, if it was found to be the same wherever the name is read.
    #[inline]
    pub(super) fn type_everywhere(&self, name: &'a ExprName) -> Option<&'a Type> {
        match self.names().resolve_known(name)? {
            Resolution::Binding(it) => self.types.names.get()?.get(it.index())?.everywhere.get(),
            Resolution::Builtin | Resolution::Unknown => Some(&UNKNOWN),
        }
    }

    /// The type of a name where it stands.
    pub(super) fn name_type(&self, name: &'a ExprName, depth: u32) -> &'a Type {
        let Resolution::Binding(binding) = self.names().resolve(name) else { return &UNKNOWN };
        let Some(of) = self.of_name(binding) else { return &UNKNOWN };
        self.read_type(ReadAt { name, binding, of, depth })
    }

    fn read_type(&self, at: ReadAt<'_, 'a>) -> &'a Type {
        let Some(depth) = at.depth.checked_sub(1) else { return &UNKNOWN };
        let at = ReadAt { depth, ..at };
        let names = self.names();
        let definitions = names.definition_ids(at.binding);
        let owner = names.scope(at.binding);
        let in_class = matches!(self.scopes().get(owner).kind, ScopeKind::Class(_));
        // What all definitions agree on holds for those that reach as well, and costs less.
        if !in_class && definitions.len() <= MAX_REACHING {
            let (whole, everywhere) = self.joined_anywhere(at);
            let alone = definitions.len() == 1;
            if alone || !matches!(whole.kind, Kind::Unknown | Kind::Never) {
                if everywhere {
                    at.of.everywhere.set(Some(whole));
                }
                return whole;
            }
        }
        let reaching = self.reaching(at.name);
        if in_class {
            let bound = match reaching {
                Some(reaching) => !reaching.may_be_unbound(),
                None => self.is_surely_bound(at.name, at.binding),
            };
            if !bound {
                return &UNKNOWN;
            }
        }
        let ids = reaching.map_or(definitions, |reaching| reaching.ids());
        if ids.len() > MAX_REACHING { &UNKNOWN } else { self.joined(ids, at) }
    }

    /// The type of a name by all of its definitions, where it is read, and whether it is the same
    /// wherever it is read: no test is about the name, or none could say more.
    fn joined_anywhere(&self, at: ReadAt<'_, 'a>) -> (&'a Type, bool) {
        let joined = || self.joined(self.names().definition_ids(at.binding), at);
        if self.plain {
            return (joined(), false);
        }
        let whole = self.whole_type(at.binding, at.depth);
        if narrowing::may_narrow(whole) && self.is_guarded(at.of) {
            (joined(), false)
        } else {
            (whole, at.of.whole.get().is_some())
        }
    }

    fn joined(&self, definitions: &[DefinitionId], at: ReadAt<'_, 'a>) -> &'a Type {
        let mut joined = &NEVER;
        if self.names().may_be_starred(at.binding) {
            return &UNKNOWN;
        }
        for id in definitions {
            let Some(definition) = self.names().definition(*id) else { continue };
            let found = self.filled_type(*id, definition, at.binding, at.depth);
            joined = self.join(joined, self.narrowed(found, at, definition));
            if is_unknown(joined) {
                break;
            }
        }
        joined
    }

    /// What a definition gives, with what is put into it through the name.
    fn filled_type(
        &self,
        id: DefinitionId,
        definition: &Definition<'a>,
        binding: BindingId,
        depth: u32,
    ) -> &'a Type {
        let found = self.type_defined(id, definition, depth);
        if found.kind.is_mutable_container() || found.or_none.is_mutable_container() {
            self.with_contents(found, definition, binding, depth)
        } else {
            found
        }
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
    pub(super) fn whole_type(&self, binding: BindingId, depth: u32) -> &'a Type {
        let Some(of) = self.of_name(binding) else { return &UNKNOWN };
        if let Some(found) = of.whole.get() {
            return found;
        }
        let outer = self.types.solver.watch();
        let found = self.binding_type(binding, depth);
        let settled = self.types.solver.unwatch(outer);
        if settled && (depth > DEPTH / 2 || found.kind != Kind::Unknown) {
            of.whole.set(Some(found));
        }
        found
    }

    fn binding_type(&self, binding: BindingId, depth: u32) -> &'a Type {
        let definitions = self.names().definition_ids(binding);
        if definitions.len() > MAX_REACHING || self.names().may_be_starred(binding) {
            return &UNKNOWN;
        }
        let mut joined = &NEVER;
        for id in definitions {
            let Some(definition) = self.names().definition(*id) else { continue };
            joined = self.join(joined, self.filled_type(*id, definition, binding, depth));
            if is_unknown(joined) {
                break;
            }
        }
        joined
    }

    /// The type that one definition alone gives.
    pub(super) fn definition_type(&self, id: DefinitionId, depth: u32) -> &'a Type {
        match self.names().definition(id) {
            Some(definition) => self.type_defined(id, definition, depth),
            None => &UNKNOWN,
        }
    }

    fn type_defined(&self, id: DefinitionId, definition: &Definition<'a>, depth: u32) -> &'a Type {
        let Some(depth) = depth.checked_sub(1) else { return &UNKNOWN };
        if let Some(found) = self.stated(definition) {
            return found;
        }
        let slots = self
            .types
            .definitions
            .get_or_init(|| store::empty(self.scopes().all_definitions().len()));
        let Some(slot) = slots.get(id.index()) else { return &UNKNOWN };
        let unknown = slot.get().unwrap_or_else(|| {
            let unknown = self.types.solver.unknown();
            slot.set(Some(unknown));
            unknown
        });
        self.solve(unknown, || self.defined(definition, depth))
    }

    /// The type of what a definition gives whatever other names are.
    fn stated(&self, definition: &Definition<'a>) -> Option<&'a Type> {
        Some(match definition.kind {
            // A declaration without a value binds nothing.
            DefinitionKind::Annotation(_) | DefinitionKind::Delete => &NEVER,
            DefinitionKind::Parameter { parameter, .. } if parameter.annotation().is_none() => {
                self.first_parameter(definition)
            }
            DefinitionKind::Assign { value, annotation: None } => {
                return by_form(value).filter(|found| found.kind != Kind::Unknown);
            }
            DefinitionKind::Import(_) => &const { Type::of(Kind::Module) },
            DefinitionKind::Function(def) if def.decorator_list.is_empty() => {
                &const { Type::of(Kind::Function) }
            }
            DefinitionKind::Class(def) if def.decorator_list.is_empty() => {
                &const { Type::of(Kind::Class) }
            }
            DefinitionKind::ImportFrom { .. }
            | DefinitionKind::Function(_)
            | DefinitionKind::Class(_)
            | DefinitionKind::Except
            | DefinitionKind::Capture
            | DefinitionKind::TypeName => &UNKNOWN,
            _ => return None,
        })
    }

    fn defined(&self, definition: &Definition<'a>, depth: u32) -> &'a Type {
        match definition.kind {
            DefinitionKind::Assign { value, annotation: Some(annotation) } => {
                let promised = self.annotated(annotation);
                let given = self.infer(value, depth);
                self.keep(declared(promised, *given))
            }
            DefinitionKind::Assign { value, annotation: None } => {
                self.or_declared(definition, self.infer(value, depth))
            }
            DefinitionKind::Augmented(stmt) => {
                let Stmt::AugAssign(it) = stmt else { return &UNKNOWN };
                let target = self.infer(&it.target, depth);
                let found = augmented(target, it.op, self.infer(&it.value, depth));
                self.or_declared(definition, self.keep(found))
            }
            DefinitionKind::Loop(iter) => {
                if self.is_async(definition) {
                    return &UNKNOWN;
                }
                let found = self.infer(iter, depth).iterated();
                self.or_declared(definition, self.keep(found))
            }
            DefinitionKind::LoopUnpack(iter) => {
                if self.is_async(definition) {
                    return &UNKNOWN;
                }
                let Some(target) = self.loop_target(definition) else { return &UNKNOWN };
                match iter {
                    Expr::Tuple(it) if it.elts.len() == 1 => {
                        it.elts.first().map_or(&UNKNOWN, |only| {
                            self.unpacked(target, definition.range, only, depth)
                        })
                    }
                    _ => {
                        let item = self.infer(iter, depth).iterated();
                        self.keep(taken_apart(target, definition.range, &item))
                    }
                }
            }
            DefinitionKind::Unpack(value) => match self.binder(definition) {
                Some(Node::Stmt(Stmt::Assign(it))) => {
                    let target = it
                        .targets
                        .iter()
                        .find(|target| target.range().contains_range(definition.range));
                    let found = target.map_or(&UNKNOWN, |target| {
                        self.unpacked(target, definition.range, value, depth)
                    });
                    self.or_declared(definition, found)
                }
                _ => &UNKNOWN,
            },
            DefinitionKind::With(context) => {
                if self.is_async(definition) {
                    return &UNKNOWN;
                }
                self.entered(context, depth)
            }
            DefinitionKind::Parameter { parameter, default } => {
                let Some(annotation) = parameter.annotation() else { return &UNKNOWN };
                let promised = self.annotated(annotation);
                let none = default.is_some_and(Expr::is_none_literal_expr);
                self.keep(if none { promised.optional() } else { promised })
            }
            DefinitionKind::Variadic(parameter) => self.keep(self.variadic(definition, parameter)),
            _ => &UNKNOWN,
        }
    }

    /// What `*args` or `**kwargs` is.
    fn variadic(&self, definition: &Definition<'a>, parameter: &'a Parameter) -> Type {
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

    /// `self` is an instance of its class.
    fn first_parameter(&self, definition: &Definition<'a>) -> &'a Type {
        let Some(function) = self.scopes().function(definition.scope) else { return &UNKNOWN };
        let of = &function.parameters;
        let first = of.posonlyargs.first().or(of.args.first()).or(of.kwonlyargs.first());
        if first.is_none_or(|first| first.parameter.name.range != definition.range) {
            return &UNKNOWN;
        }
        let Some(class) = self.scopes().class_around(definition.scope) else { return &UNKNOWN };
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
        if plain { self.instance_type(class) } else { &UNKNOWN }
    }

    /// The declared type of a name where the assigned one is not known.
    fn or_declared(&self, definition: &Definition<'a>, found: &'a Type) -> &'a Type {
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
            .map_or(found, |annotation| self.keep(self.annotated(annotation)))
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
