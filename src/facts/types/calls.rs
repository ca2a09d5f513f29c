//! The types of calls.

use ruff_python_ast::{Arguments, Expr, ExprAttribute, ExprCall, Operator};

use super::annotations::tuple_parts;
use super::contents::pairs_to_dict;
use super::lattice::binary;
use super::store::{NEVER, UNKNOWN};
use super::{Kind, Parts, Type};
use crate::catalog;
use crate::catalog::methods::Gives;
use crate::catalog::returns::Returns;
use crate::facts::Facts;

impl<'a> Facts<'a> {
    pub(super) fn call_type(&self, call: &'a ExprCall, depth: u32) -> &'a Type {
        if let Expr::Attribute(func) = &*call.func {
            let owner = self.infer(&func.value, depth);
            match owner.kind {
                Kind::Never => return &NEVER,
                Kind::Unknown | Kind::Module => {}
                Kind::Instance(_) => return self.local_call(call, depth),
                _ => {
                    let method = func.attr.as_str();
                    return self.keep(self.method_call(*owner, method, call, depth));
                }
            }
        }
        if let Some(name) = self.qualified(&call.func) {
            let returns = catalog::returns::returned(name);
            return returns.map_or(&UNKNOWN, |returns| {
                self.keep(self.known_call(name, returns, call, depth))
            });
        }
        match &*call.func {
            Expr::Name(_) => self.local_call(call, depth),
            Expr::Attribute(func) if self.is_query_set(func) => self.keep(Type::of(Kind::QuerySet)),
            _ => &UNKNOWN,
        }
    }

    fn known_call(&self, name: &str, returns: Returns, call: &'a ExprCall, depth: u32) -> Type {
        let arguments = &call.arguments;
        let dynamic = arguments.keywords.iter().any(|keyword| keyword.arg.is_none())
            || arguments.args.iter().any(Expr::is_starred_expr);
        match returns {
            Returns::Of(kind) => Type::of(kind),
            Returns::Holding(kind, element) => Type::holding(kind, element),
            Returns::Optional(kind, element) => Type::holding(kind, element).optional(),
            Returns::Unless(kind, keywords) => {
                let switched = dynamic
                    || arguments.keywords.iter().any(|keyword| {
                        keyword.arg.as_ref().is_some_and(|arg| keywords.contains(&arg.as_str()))
                    });
                if switched { Type::UNKNOWN } else { Type::of(kind) }
            }
            Returns::Collected(kind) => match &arguments.args[..] {
                [] => Type::holding(kind, Kind::Never),
                [Expr::Starred(_), ..] => Type::of(kind),
                [first, ..] => {
                    let item = self.infer(first, depth).iterated();
                    let parts =
                        if kind == Kind::Tuple { Parts::UNKNOWN } else { tuple_parts(&item) };
                    Type { parts, ..Type::holding(kind, item.kind) }
                }
            },
            Returns::ByArguments => self.builtin_call(name, arguments, depth),
            Returns::LikeText => self.like_text(arguments, depth),
            Returns::Opened { mode, default } => {
                let element = match arguments.find_argument_value("mode", mode) {
                    _ if dynamic || arguments.find_keyword("buffering").is_some() => Kind::Unknown,
                    None => default,
                    Some(Expr::StringLiteral(mode)) => mode_of(mode.value.to_str(), default),
                    Some(_) => Kind::Unknown,
                };
                Type::holding(Kind::File, element)
            }
        }
    }

    /// `str` or `bytes`, as the first argument that is either.
    fn like_text(&self, arguments: &'a Arguments, depth: u32) -> Type {
        for argument in &arguments.args {
            match self.infer(argument, depth).kind {
                Kind::Str | Kind::Path => return Type::STR,
                Kind::Bytes => return Type::BYTES,
                _ => {}
            }
        }
        Type::UNKNOWN
    }

    fn builtin_call(&self, name: &str, arguments: &'a Arguments, depth: u32) -> Type {
        let args = &arguments.args[..];
        if args.iter().any(Expr::is_starred_expr) {
            return match name {
                "zip" | "map" | "filter" => Type::of(Kind::Iterator),
                _ => Type::UNKNOWN,
            };
        }
        let of = |expr: &'a Expr| *self.infer(expr, depth);
        let over = |item: Type| Type {
            parts: tuple_parts(&item),
            ..Type::holding(Kind::Iterator, item.kind)
        };
        match (name, args) {
            ("reveal_type" | "typing.reveal_type" | "typing_extensions.reveal_type", [only]) => {
                of(only)
            }
            ("dict" | "collections.OrderedDict", args) => {
                if arguments.keywords.iter().any(|keyword| keyword.arg.is_none()) {
                    return Type::of(Kind::Dict);
                }
                let given = match args {
                    [] => Type::dict(Kind::Never, Kind::Never),
                    [only] => match of(only) {
                        found if found.kind == Kind::Dict => found,
                        found if found.kind == Kind::Never => return Type::NEVER,
                        found => pairs_to_dict(found),
                    },
                    _ => Type::of(Kind::Dict),
                };
                arguments.keywords.iter().fold(given, |joined, keyword| {
                    joined.join(Type::dict(Kind::Str, of(&keyword.value).kind))
                })
            }
            ("collections.defaultdict", []) => Type::dict(Kind::Never, Kind::Never),
            ("collections.defaultdict", [factory, rest @ ..]) => {
                let value = self.called(factory, None, depth).kind;
                let value = match factory {
                    Expr::NoneLiteral(_) => Kind::Never,
                    _ => value,
                };
                let plain = rest.is_empty() && arguments.keywords.is_empty();
                let key = if plain { Kind::Never } else { Kind::Unknown };
                Type::dict(key, if plain { value } else { Kind::Unknown })
            }
            ("collections.Counter", args) => {
                let key = match args {
                    [only] => match of(only) {
                        found if found.kind == Kind::Dict => return Type::of(Kind::Dict),
                        found => found.iterated().kind,
                    },
                    [] if arguments.keywords.is_empty() => Kind::Never,
                    _ => return Type::of(Kind::Dict),
                };
                Type::dict(key, Kind::Int)
            }
            ("dict.fromkeys", [keys]) => Type::dict(of(keys).iterated().kind, Kind::None),
            ("dict.fromkeys", [keys, value]) => {
                Type::dict(of(keys).iterated().kind, of(value).kind)
            }
            ("enumerate", [iter, ..]) => Type::of_tuples(
                Kind::Iterator,
                Parts::pair(Kind::Int, unknown_if_never(of(iter).iterated().kind)),
            ),
            ("zip", args) if !args.is_empty() => {
                let kinds: Vec<Kind> =
                    args.iter().map(|arg| unknown_if_never(of(arg).iterated().kind)).collect();
                Type::of_tuples(Kind::Iterator, Parts::new(&kinds))
            }
            ("map", [function, first, ..]) => {
                over(self.called(function, Some(of(first).iterated()), depth))
            }
            ("filter", [Expr::NoneLiteral(_), iter]) => over(of(iter).iterated().not_none()),
            ("filter", [_, iter]) => over(of(iter).iterated()),
            ("reversed" | "iter", [iter]) => match of(iter) {
                found if found.kind == Kind::Unknown => Type::of(Kind::Iterator),
                found => over(found.iterated()),
            },
            ("itertools.chain", args) => {
                over(args.iter().fold(Type::NEVER, |joined, arg| joined.join(of(arg).iterated())))
            }
            ("itertools.islice" | "itertools.cycle", [iter, ..]) => over(of(iter).iterated()),
            ("next", [iter]) => of(iter).iterated(),
            ("next", [iter, default]) => of(iter).iterated().join(of(default)),
            ("min" | "max", [only]) => {
                let found = of(only).iterated();
                match arguments.find_keyword("default") {
                    Some(default) => found.join(of(&default.value)),
                    None => found,
                }
            }
            ("min" | "max", args) => {
                args.iter().fold(Type::NEVER, |joined, arg| joined.join(of(arg)))
            }
            ("sum", [only]) => match of(only).iterated().kind {
                Kind::Int | Kind::Bool => Type::of(Kind::Int),
                Kind::Never => Type::of(Kind::Int),
                _ => Type::UNKNOWN,
            },
            ("sum", [iter, start]) => {
                let start = of(start);
                let sum = binary(&start, Operator::Add, &of(iter).iterated());
                if sum.kind == start.kind && start.kind != Kind::Unknown {
                    Type::of(sum.kind)
                } else {
                    Type::UNKNOWN
                }
            }
            ("abs", [only]) => match of(only).kind {
                Kind::Int | Kind::Bool => Type::of(Kind::Int),
                Kind::Float | Kind::Complex => Type::of(Kind::Float),
                _ => Type::UNKNOWN,
            },
            ("round", [only]) => match of(only).kind {
                Kind::Int | Kind::Bool | Kind::Float => Type::of(Kind::Int),
                _ => Type::UNKNOWN,
            },
            ("round", [value, digits]) => match (of(value).kind, of(digits).kind) {
                (kind @ (Kind::Int | Kind::Float), Kind::Int) => Type::of(kind),
                _ => Type::UNKNOWN,
            },
            ("divmod", [a, b]) => match (of(a).kind, of(b).kind) {
                (Kind::Int, Kind::Int) => Type::tuple(&[Kind::Int, Kind::Int]),
                _ => Type::UNKNOWN,
            },
            ("str.join" | "str.format" | "str.strip" | "str.lower" | "str.upper", [_, ..]) => {
                Type::STR
            }
            ("copy.copy" | "copy.deepcopy", [only, ..]) => of(only),
            ("contextlib.closing", [only]) => of(only),
            ("typing.cast" | "typing_extensions.cast", [annotation, _]) => {
                self.annotated(annotation)
            }
            _ => Type::UNKNOWN,
        }
    }

    /// What calling an expression gives, as `map` and `defaultdict` do.
    fn called(&self, function: &'a Expr, first: Option<Type>, depth: u32) -> Type {
        if let Expr::Lambda(lambda) = function {
            return *self.infer(&lambda.body, depth);
        }
        let Some(name) = self.qualified(function) else { return Type::UNKNOWN };
        match catalog::returns::returned(name) {
            Some(Returns::Of(kind)) => Type::of(kind),
            Some(Returns::Holding(kind, element)) => Type::holding(kind, element),
            Some(Returns::Collected(kind)) => match first {
                Some(first) => Type::holding(kind, first.iterated().kind),
                None => Type::holding(kind, Kind::Never),
            },
            Some(Returns::ByArguments)
                if matches!(
                    name,
                    "dict"
                        | "collections.OrderedDict"
                        | "collections.defaultdict"
                        | "collections.Counter"
                ) =>
            {
                Type::of(Kind::Dict)
            }
            Some(_) | None => Type::UNKNOWN,
        }
    }

    fn method_call(&self, owner: Type, method: &str, call: &'a ExprCall, depth: u32) -> Type {
        let Some(gives) = catalog::methods::gives(owner.kind, method) else {
            return Type::UNKNOWN;
        };
        let arguments = &call.arguments;
        let dynamic = arguments.keywords.iter().any(|keyword| keyword.arg.is_none())
            || arguments.args.iter().any(Expr::is_starred_expr);
        match gives {
            Gives::Of(found) => found,
            Gives::Same => owner,
            Gives::SameUnless(keywords) => {
                let switched = dynamic
                    || arguments.keywords.iter().any(|keyword| {
                        keyword.arg.as_ref().is_some_and(|arg| keywords.contains(&arg.as_str()))
                    });
                if switched { Type::UNKNOWN } else { owner }
            }
            Gives::Item => owner.item(),
            Gives::ItemOr => match &arguments.args[..] {
                _ if dynamic => Type::UNKNOWN,
                [_] => owner.item().optional(),
                [_, default] => owner.item().join(*self.infer(default, depth)),
                _ => Type::UNKNOWN,
            },
            Gives::PoppedItem => match &arguments.args[..] {
                _ if dynamic => Type::UNKNOWN,
                [_] => owner.item(),
                [_, default] => owner.item().join(*self.infer(default, depth)),
                _ => Type::UNKNOWN,
            },
            Gives::Keys => Type::holding(Kind::DictView, owner.key),
            Gives::Values => {
                Type { parts: owner.parts, ..Type::holding(Kind::DictView, owner.element) }
            }
            Gives::Items if owner.element == Kind::Never && owner.key == Kind::Never => {
                Type::holding(Kind::DictView, Kind::Never)
            }
            Gives::Items => Type::of_tuples(Kind::DictView, Parts::pair(owner.key, owner.element)),
            Gives::Element => match owner.element {
                Kind::Str => Type::STR,
                Kind::Bytes => Type::BYTES,
                _ => Type::UNKNOWN,
            },
            Gives::Elements(kind) => match owner.element {
                Kind::Str | Kind::Bytes => Type::holding(kind, owner.element),
                _ => Type::of(kind),
            },
            Gives::OptionalMatch => Type::holding(Kind::Match, owner.element).optional(),
            Gives::United => {
                if dynamic {
                    return owner.emptied();
                }
                arguments.args.iter().fold(owner, |joined, other| {
                    let item = self.infer(other, depth).iterated();
                    joined.join(Type {
                        parts: tuple_parts(&item),
                        ..Type::holding(owner.kind, item.kind)
                    })
                })
            }
            Gives::Opened => {
                let mode = match arguments.find_argument_value("mode", 0) {
                    _ if dynamic || arguments.find_keyword("buffering").is_some() => Kind::Unknown,
                    None => Kind::Str,
                    Some(Expr::StringLiteral(mode)) => mode_of(mode.value.to_str(), Kind::Str),
                    Some(_) => Kind::Unknown,
                };
                Type::holding(Kind::File, mode)
            }
        }
    }

    /// What `with context as name` binds.
    pub(super) fn entered(&self, context: &'a Expr, depth: u32) -> &'a Type {
        if let Expr::Call(call) = context
            && let Some(name) = self.qualified(&call.func)
            && matches!(name, "tempfile.TemporaryDirectory")
        {
            return &Type::STR;
        }
        let found = self.infer(context, depth);
        match found.kind {
            Kind::Never
            | Kind::File
            | Kind::Buffer
            | Kind::ZipFile
            | Kind::TarFile
            | Kind::Response
            | Kind::Session
            | Kind::UrlResponse
            | Kind::Connection
            | Kind::Cursor
            | Kind::Process
            | Kind::MemoryView => found,
            _ => &UNKNOWN,
        }
    }

    /// `Model.objects.filter` of a Django model.
    fn is_query_set(&self, func: &'a ExprAttribute) -> bool {
        if !catalog::methods::makes_query_set(func.attr.as_str()) {
            return false;
        }
        let Expr::Attribute(manager) = &*func.value else { return false };
        let Expr::Name(model) = &*manager.value else { return false };
        manager.attr.as_str() == "objects"
            && self.own_class_named(model).is_some_and(|class| {
                class.bases().iter().any(|base| {
                    self.qualified(base).is_some_and(|name| name == "django.db.models.Model")
                })
            })
    }
}

fn unknown_if_never(kind: Kind) -> Kind {
    if kind == Kind::Never { Kind::Unknown } else { kind }
}

fn mode_of(mode: &str, default: Kind) -> Kind {
    match (mode.contains('b'), mode.contains('t')) {
        (true, false) => Kind::Bytes,
        (false, true) => Kind::Str,
        (false, false) => default,
        (true, true) => Kind::Unknown,
    }
}
