//! What types ask of the classes of the file.

use std::cell::Cell;
use std::ptr;

use ruff_python_ast::{Expr, ExprName, StmtClassDef, StmtFunctionDef};

use super::store::{self, Place, UNKNOWN};
use super::{Kind, Type};
use crate::facts::Facts;
use crate::facts::scopes::{Definition, DefinitionKind, Resolution};

/// Longer chains of base classes are not followed.
pub(super) const MAX_BASES: u32 = 8;

/// A class of the file: its position among the class statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OwnClass(u16);

/// What is known of a class.
#[derive(Debug, Clone, Default)]
pub(super) struct OfClass<'a> {
    /// What values annotated with it are.
    instance: Place<'a>,
    is_plain: Cell<Option<bool>>,
}

impl<'a> Facts<'a> {
    /// The class that a type means.
    pub(super) fn class_of_type(&self, class: OwnClass) -> Option<&'a StmtClassDef> {
        self.class_statements().get(usize::from(class.0)).copied()
    }

    /// The position of a class among the class statements.
    fn class_index(&self, class: &StmtClassDef) -> Option<usize> {
        let nodes = self.nodes();
        let id = nodes.id(class);
        self.class_statements().binary_search_by_key(&id, |class| nodes.id(*class)).ok()
    }

    fn of_class(&self, class: &StmtClassDef) -> Option<(usize, &OfClass<'a>)> {
        let all = self.types.classes.get_or_init(|| store::empty(self.class_statements().len()));
        let index = self.class_index(class)?;
        Some((index, all.get(index)?))
    }

    /// What values annotated with a class of this file are.
    pub(super) fn instance_type(&self, class: &'a StmtClassDef) -> &'a Type {
        let Some((index, of)) = self.of_class(class) else { return &UNKNOWN };
        if let Some(known) = of.instance.get() {
            return known;
        }
        // No file has more classes that was not made to have them.
        let found = match u16::try_from(index) {
            Ok(index) if self.makes_instances(class) => {
                self.keep(Type::of(Kind::Instance(OwnClass(index))))
            }
            _ => &UNKNOWN,
        };
        of.instance.set(Some(found));
        found
    }

    /// What the body of a class itself binds a name to, in source order.
    pub(super) fn bound_in_class(
        &self,
        class: &'a StmtClassDef,
        name: &str,
    ) -> impl Iterator<Item = &Definition<'a>> {
        let names = self.names();
        let scope = self.nodes().scope_of(&class.body);
        let binding = scope.and_then(|scope| names.binding(scope, name));
        binding.into_iter().flat_map(move |binding| names.definitions(binding))
    }

    /// The only function of a name in a class body, if nothing else in the body is bound to it by
    /// a statement of its own.
    pub(in crate::facts) fn only_method(
        &self,
        class: &'a StmtClassDef,
        name: &str,
    ) -> Option<&'a StmtFunctionDef> {
        let id = self.nodes().id(class);
        let mut methods = self.bound_in_class(class, name).filter_map(|it| match it.kind {
            DefinitionKind::Function(def) if self.nodes().parent(it.node) == id => Some(def),
            _ => None,
        });
        let only = methods.next()?;
        methods.next().is_none().then_some(only)
    }

    /// The only base of a class, if it is a class of this file.
    pub(super) fn only_base(&self, class: &'a StmtClassDef) -> Option<&'a StmtClassDef> {
        let [Expr::Name(base)] = class.bases() else { return None };
        self.own_class_named(base).filter(|base| !ptr::eq(*base, class))
    }

    /// The class of this file that a name always means.
    pub(super) fn own_class_named(&self, name: &'a ExprName) -> Option<&'a StmtClassDef> {
        let names = self.names();
        let Resolution::Binding(binding) = names.resolve(name) else { return None };
        match names.only_definition(binding)?.kind {
            DefinitionKind::Class(class) => Some(class),
            _ => None,
        }
    }

    /// Whether a class derives from another of this file, or may.
    pub(super) fn derives(
        &self,
        class: &'a StmtClassDef,
        from: &'a StmtClassDef,
        levels: u32,
    ) -> bool {
        let Some(levels) = levels.checked_sub(1) else { return true };
        class.bases().iter().any(|base| {
            let base = match base {
                Expr::Subscript(it) => &it.value,
                base => base,
            };
            match base {
                Expr::Name(name) => match self.own_class_named(name) {
                    Some(base) => ptr::eq(base, from) || self.derives(base, from, levels),
                    None => self.qualified(base).is_none(),
                },
                base => self.qualified(base).is_none(),
            }
        })
    }

    /// Whether an annotation with the class means its instances: no protocol, typed dict,
    /// metaclass or class that a decorator may have replaced.
    fn makes_instances(&self, class: &'a StmtClassDef) -> bool {
        let decorated = class.decorator_list.iter().any(|decorator| {
            let callee = match &decorator.expression {
                Expr::Call(call) => &call.func,
                expr => expr,
            };
            !self.qualified(callee).is_some_and(|name| {
                matches!(
                    name,
                    "dataclasses.dataclass"
                        | "functools.total_ordering"
                        | "typing.final"
                        | "attr.s"
                        | "attr.attrs"
                        | "attr.define"
                        | "attr.frozen"
                        | "attrs.define"
                        | "attrs.frozen"
                        | "enum.unique"
                )
            })
        });
        !decorated
            && self.all_bases(class, MAX_BASES, &|name| {
                let last = name.rsplit('.').next().unwrap_or(name);
                !matches!(last, "Protocol" | "TypedDict" | "type" | "NamedTuple")
                    && !last.ends_with("Meta")
                    && !last.ends_with("Type")
            })
    }

    /// Whether what is assigned in the class body is what instances have: no enumeration and no
    /// other metaclass.
    pub(super) fn is_plain_class(&self, class: &'a StmtClassDef) -> bool {
        let Some((_, of)) = self.of_class(class) else { return self.finds_plain(class) };
        of.is_plain.get().unwrap_or_else(|| {
            let found = self.finds_plain(class);
            of.is_plain.set(Some(found));
            found
        })
    }

    fn finds_plain(&self, class: &'a StmtClassDef) -> bool {
        let metaclass = class.arguments.as_ref().is_some_and(|arguments| {
            arguments.keywords.iter().any(|keyword| {
                keyword.arg.as_ref().is_none_or(|arg| arg.as_str() == "metaclass")
                    && !self.is_qualified(&keyword.value, "abc.ABCMeta")
            })
        });
        !metaclass
            && self.all_bases(class, MAX_BASES, &|name| {
                let last = name.rsplit('.').next().unwrap_or(name);
                ![
                    "Enum",
                    "Flag",
                    "Choices",
                    "Structure",
                    "Union",
                    "NamedTuple",
                    "TypedDict",
                    "Meta",
                ]
                .iter()
                .any(|magic| last.ends_with(magic))
            })
    }

    /// Whether every base, of the bases in this file too, has a qualified name that passes.
    fn all_bases(
        &self,
        class: &'a StmtClassDef,
        levels: u32,
        passes: &dyn Fn(&str) -> bool,
    ) -> bool {
        let Some(levels) = levels.checked_sub(1) else { return false };
        class.bases().iter().all(|base| {
            let base = match base {
                Expr::Subscript(it) => &it.value,
                base => base,
            };
            if let Expr::Name(name) = base
                && let Some(class) = self.own_class_named(name)
            {
                return self.all_bases(class, levels, passes);
            }
            self.qualified(base).is_some_and(passes)
        })
    }
}
