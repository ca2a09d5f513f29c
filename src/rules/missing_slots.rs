//! MEM401: a class of records whose instances each carry room for attributes they never get.

mod creation;
mod fix;

use ruff_python_ast::{
    Decorator, Expr, PySourceType, PythonVersion, Stmt, StmtClassDef, StmtFunctionDef,
};
use ruff_text_size::Ranged;

use creation::{is_repeated, is_short_map};

use crate::cx::Cx;
use crate::facts::Facts;
use crate::facts::classes::{ClassInfo, Decoration};
use crate::facts::cost::{human_count, instance_bytes};
use crate::facts::nodes::Node;
use crate::facts::scopes::ScopeKind;
use crate::facts::types::Kind;
use crate::rule::{Level, On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/missing-slots.md")),
    on: &[On::Class(check)],
    over: &[],
};

/// A record that behaves like a value may have this many methods of its own.
const MAX_METHODS: usize = 2;
/// Beside this many containers or objects of its own the bytes of an instance do not matter.
const MAX_OWN: usize = 3;
/// From this version on the dataclass decorator knows `slots`.
const SLOTS_KEYWORD: PythonVersion = PythonVersion::PY310;

/// Special methods of things of which a program has few: callables, iterators, descriptors and
/// containers.
const NOT_A_RECORD: &[&str] = &[
    "__aiter__",
    "__anext__",
    "__await__",
    "__call__",
    "__contains__",
    "__delete__",
    "__delitem__",
    "__get__",
    "__getitem__",
    "__iter__",
    "__len__",
    "__next__",
    "__set__",
    "__setitem__",
];

/// Special methods of values that are compared, ordered or computed with, as the elements of
/// collections are.
const VALUE: &[&str] = &[
    "__add__", "__eq__", "__ge__", "__gt__", "__hash__", "__le__", "__lt__", "__mul__", "__sub__",
];

/// What such things are called.
const ROLES: &[&str] = &[
    "Adapter",
    "Agent",
    "Analyzer",
    "Api",
    "App",
    "Application",
    "Args",
    "Arguments",
    "Backend",
    "Base",
    "Builder",
    "Cache",
    "Client",
    "Collector",
    "Command",
    "Compiler",
    "Config",
    "Configuration",
    "Connection",
    "Context",
    "Controller",
    "Converter",
    "Database",
    "Decoder",
    "Dispatcher",
    "Driver",
    "Emitter",
    "Encoder",
    "Engine",
    "Environment",
    "Executor",
    "Extension",
    "Extractor",
    "Factory",
    "Fetcher",
    "Filter",
    "Finder",
    "Fixture",
    "Formatter",
    "Generator",
    "Handler",
    "Helper",
    "Hook",
    "Importer",
    "Inspector",
    "Iterator",
    "Layer",
    "Lexer",
    "Library",
    "Listener",
    "Loader",
    "Lock",
    "Logger",
    "Manager",
    "Meta",
    "Middleware",
    "Mixin",
    "Model",
    "Module",
    "Monitor",
    "Observer",
    "Operation",
    "Options",
    "Params",
    "Parser",
    "Pipeline",
    "Plugin",
    "Policy",
    "Pool",
    "Printer",
    "Processor",
    "Profiler",
    "Provider",
    "Proxy",
    "Reader",
    "Registry",
    "Renderer",
    "Reporter",
    "Repository",
    "Resolver",
    "Router",
    "Runner",
    "Scheduler",
    "Serializer",
    "Server",
    "Service",
    "Session",
    "Settings",
    "Singleton",
    "Spider",
    "State",
    "Storage",
    "Store",
    "Strategy",
    "Stream",
    "Thread",
    "Tool",
    "Trainer",
    "Transport",
    "Utils",
    "Validator",
    "View",
    "Visitor",
    "Walker",
    "Watcher",
    "Worker",
    "Wrapper",
    "Writer",
];

/// How the names of such things begin.
const ROLE_PREFIXES: &[&str] = &["Abstract", "Base", "Dummy", "Fake", "Mock", "Stub", "Test"];

fn check<'a>(cx: &mut Cx<'_, 'a>, class: &'a StmtClassDef) {
    let facts = cx.facts;
    if facts.source.kind() == PySourceType::Stub
        || facts.source.is_test()
        || !is_bound_once(facts, class)
    {
        return;
    }
    let info = facts.class_info(class);
    if !is_fixed(&info) || facts.is_derived_from(class) {
        return;
    }
    let dataclass = match info.decoration {
        Decoration::Dataclass(_) if cx.settings.target_version < SLOTS_KEYWORD => return,
        Decoration::Dataclass(decorator) if !takes_slots(&info, decorator) => return,
        Decoration::Dataclass(decorator) => Some(decorator),
        Decoration::Plain | Decoration::Other => None,
    };
    let values = initial_values(facts, &info);
    let own = values.iter().filter(|(_, value)| is_own(facts, value)).count();
    if own > MAX_OWN || own * 2 > info.attributes.len() {
        return;
    }
    let called = info.methods.iter().any(|it| matches!(it.name.as_str(), "__call__" | "__next__"));
    if called || class.name.ends_with("Iterator") {
        return;
    }
    let created = facts
        .creations(class)
        .iter()
        .copied()
        .find(|call| is_repeated(facts, &info, call))
        .or_else(|| facts.mapped_creation(class).filter(|call| !is_short_map(facts, call)));
    let likely = is_likely(&info) && info.self_referential;
    if created.is_none() && !likely {
        return;
    }

    let count = info.attributes.len() as u64;
    let bytes = instance_bytes(count, cx.settings.target_version.minor);
    let attributes = if count == 1 { "attribute" } else { "attributes" };
    let label = format!(
        "an instance with {count} {attributes} takes {} bytes; with slots {}",
        human_count(bytes.open),
        human_count(bytes.slotted)
    );
    let (fix, what) = match dataclass {
        Some(decorator) => (fix::dataclass(cx, decorator), "add `slots=True` to the decorator"),
        None => (fix::slots(cx, &info), "declare the attributes in `__slots__`"),
    };
    let help = match created {
        Some(_) => format!("{what}, unless something outside sets others, pickles or mocks it"),
        None => format!("{what} if the program keeps many instances"),
    };
    let diagnostic = cx.report(class.name.range(), label).help(help).fix(fix);
    if let Some(call) = created {
        diagnostic.level(Level::Warn).related(call.range(), "many are created here");
    }
}

/// Whether the class stands at module level, or inside such a class, and its name means nothing
/// else there.
fn is_bound_once<'a>(facts: &Facts<'a>, class: &'a StmtClassDef) -> bool {
    let scope = facts.nodes().scope(facts.nodes().id(class));
    let in_function = facts
        .scopes()
        .enclosing(scope)
        .any(|(_, scope)| matches!(scope.kind, ScopeKind::Function(_) | ScopeKind::Lambda(_)));
    let names = facts.names();
    !in_function
        && names
            .binding(scope, class.name.as_str())
            .is_some_and(|binding| names.only_definition(binding).is_some())
}

/// Whether the set of the attributes is known and slots can hold it.
fn is_fixed(info: &ClassInfo<'_>) -> bool {
    let open = !info.plain_bases
        || info.has_keywords
        || info.has_slots
        || info.dynamic
        || info.decoration == Decoration::Other
        || info.attributes.is_empty();
    if open {
        return false;
    }
    if let Decoration::Dataclass(_) = info.decoration {
        // A field is stated in the body; what methods add to the fields has no slot.
        return info.attributes.iter().all(|attribute| {
            info.class.body.iter().any(|stmt| {
                matches!(stmt, Stmt::AnnAssign(it)
                if it.target.range() == attribute.range)
            })
        });
    }
    // A class variable of the same name as a slot is an error; without `__init__` the attributes
    // are set by whoever comes first.
    info.methods.iter().any(|method| method.name.as_str() == "__init__")
        && !info.attributes.iter().any(|attribute| info.class_names.contains(&attribute.name))
}

/// Whether nothing says that a program has few of the class.
fn is_likely(info: &ClassInfo<'_>) -> bool {
    let name = info.class.name.as_str();
    !ROLES.iter().any(|role| name.ends_with(role))
        && !ROLE_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        && !info.methods.iter().any(|method| NOT_A_RECORD.contains(&method.name.as_str()))
}

/// Whether the class is little more than the values that it is made of.
fn is_record<'a>(facts: &Facts<'a>, info: &ClassInfo<'a>, values: &[(&'a str, &'a Expr)]) -> bool {
    if info.attributes.len() < 2 || !info.attributes.iter().all(|attribute| attribute.initial) {
        return false;
    }
    let is_dataclass = matches!(info.decoration, Decoration::Dataclass(_));
    let is_value = match info.decoration {
        Decoration::Dataclass(decorator) => is_hashable(decorator),
        _ => info.methods.iter().any(|method| VALUE.contains(&method.name.as_str())),
    };
    if !is_value {
        return false;
    }
    let special = |name: &str| name.starts_with("__") && name.ends_with("__");
    let methods = info
        .methods
        .iter()
        .filter(|method| !special(method.name.as_str()) && !is_accessor(method))
        .count();
    if methods > MAX_METHODS {
        return false;
    }
    if is_dataclass {
        // A field that holds a container weighs more than the instance.
        return !info.class.body.iter().any(|stmt| match stmt {
            Stmt::AnnAssign(it) => {
                matches!(facts.annotated(&it.annotation).kind, Kind::List | Kind::Dict | Kind::Set)
            }
            _ => false,
        });
    }
    let Some(init) = info.methods.iter().find(|method| method.name.as_str() == "__init__") else {
        return false;
    };
    let given = values.iter().filter(|(_, value)| mentions_parameter(facts, init, value));
    given.count() * 2 >= info.attributes.len()
}

/// Whether a dataclass can be an element of a set, a key, or sorted.
fn is_hashable(decorator: &Decorator) -> bool {
    let Expr::Call(call) = &decorator.expression else { return false };
    ["frozen", "order", "unsafe_hash"].iter().any(|name| {
        call.arguments
            .find_keyword(name)
            .is_some_and(|keyword| matches!(&keyword.value, Expr::BooleanLiteral(it) if it.value))
    })
}

fn mentions_parameter<'a>(facts: &Facts<'a>, init: &'a StmtFunctionDef, value: &'a Expr) -> bool {
    let root = facts.nodes().id(value);
    std::iter::once(root).chain(facts.nodes().descendants(root)).any(|id| {
        matches!(facts.nodes().get(id), Some(Node::Expr(Expr::Name(name)))
            if init.parameters.iter_non_variadic_params().skip(1)
                .any(|known| known.parameter.name.as_str() == name.id.as_str()))
    })
}

/// What the attributes start as: the values that `__init__` stores, or the defaults of fields.
fn initial_values<'a>(facts: &Facts<'a>, info: &ClassInfo<'a>) -> Vec<(&'a str, &'a Expr)> {
    if let Decoration::Dataclass(_) = info.decoration {
        return info
            .class
            .body
            .iter()
            .filter_map(|stmt| match stmt {
                Stmt::AnnAssign(it) => match (&*it.target, it.value.as_deref()) {
                    (Expr::Name(name), Some(value)) => Some((name.id.as_str(), value)),
                    _ => None,
                },
                _ => None,
            })
            .collect();
    }
    let mut found: Vec<(&str, &Expr)> = Vec::new();
    let mut add = |target: &'a Expr, value: &'a Expr| {
        if let Expr::Attribute(it) = target
            && info.holds(it.attr.as_str())
            && !found.iter().any(|(name, _)| *name == it.attr.as_str())
        {
            found.push((it.attr.as_str(), value));
        }
    };
    for init in info.methods.iter().filter(|method| method.name.as_str() == "__init__") {
        for id in facts.nodes().descendants(facts.nodes().id(*init)) {
            match facts.nodes().get(id) {
                Some(Node::Stmt(Stmt::AnnAssign(it))) => {
                    if let Some(value) = &it.value {
                        add(&it.target, value);
                    }
                }
                Some(Node::Stmt(Stmt::Assign(it))) => {
                    for target in &it.targets {
                        match (target, &*it.value) {
                            (Expr::Tuple(targets), Expr::Tuple(values))
                                if targets.elts.len() == values.elts.len() =>
                            {
                                for (target, value) in targets.elts.iter().zip(&values.elts) {
                                    add(target, value);
                                }
                            }
                            (Expr::Tuple(targets), value) => {
                                targets.elts.iter().for_each(|target| add(target, value));
                            }
                            (target, value) => add(target, value),
                        }
                    }
                }
                _ => {}
            }
        }
    }
    found
}

/// Builtins whose results are scalars, or shared with whoever gave the argument.
const SCALAR: &[&str] = &[
    "abs",
    "bool",
    "bytes",
    "chr",
    "complex",
    "float",
    "frozenset",
    "getattr",
    "hash",
    "hex",
    "id",
    "int",
    "isinstance",
    "len",
    "max",
    "min",
    "ord",
    "pow",
    "repr",
    "round",
    "str",
    "sum",
    "tuple",
    "type",
];

/// Whether a value is a container or object that the instance makes for itself.
fn is_own<'a>(facts: &Facts<'a>, value: &'a Expr) -> bool {
    match value {
        Expr::List(_)
        | Expr::Dict(_)
        | Expr::Set(_)
        | Expr::ListComp(_)
        | Expr::SetComp(_)
        | Expr::DictComp(_) => true,
        Expr::Call(call) => match facts.qualified(&call.func) {
            Some("dataclasses.field") => call.arguments.find_keyword("default_factory").is_some(),
            Some(name) => !SCALAR.contains(&name) && !name.starts_with("math."),
            None => match &*call.func {
                // Methods of values, as `name.strip()`, give values.
                Expr::Attribute(it) => it.value.is_call_expr(),
                _ => true,
            },
        },
        Expr::BoolOp(it) => it.values.iter().any(|value| is_own(facts, value)),
        Expr::If(it) => is_own(facts, &it.body) || is_own(facts, &it.orelse),
        _ => false,
    }
}

/// Properties, static and class methods do not make a record something else.
fn is_accessor(method: &StmtFunctionDef) -> bool {
    method.decorator_list.iter().any(|decorator| match &decorator.expression {
        Expr::Name(name) => matches!(name.id.as_str(), "property" | "staticmethod" | "classmethod"),
        Expr::Attribute(it) => matches!(it.attr.as_str(), "setter" | "getter"),
        _ => false,
    })
}

/// Whether `slots=True` can be added: nothing is said of slots yet, `**options` may not say it, and
/// it is no frozen generic, which fails on `Class[int](..)` before 3.13.
fn takes_slots(info: &ClassInfo<'_>, decorator: &Decorator) -> bool {
    let Expr::Call(call) = &decorator.expression else { return true };
    let keywords = &call.arguments.keywords;
    let said = keywords
        .iter()
        .any(|keyword| keyword.arg.as_ref().is_none_or(|name| name.as_str() == "slots"));
    let frozen = call.arguments.find_keyword("frozen").is_some();
    let generic = !info.class.bases().is_empty() || info.class.type_params.is_some();
    !(said || frozen && generic) && call.arguments.args.is_empty()
}
