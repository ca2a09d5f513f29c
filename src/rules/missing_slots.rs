//! MEM401: a class of records whose instances each carry room for attributes they never get.

mod roles;

use ruff_python_ast::{
    Decorator, Expr, ExprCall, PySourceType, PythonVersion, Stmt, StmtClassDef, StmtFunctionDef,
};
use ruff_text_size::Ranged;

use roles::{ROLE_PREFIXES, ROLES};

use crate::class_edits::{dataclass_slots, slots};
use crate::cx::Cx;
use crate::facts::Facts;
use crate::facts::classes::kept::Kept;
use crate::facts::classes::members::MemberKind;
use crate::facts::classes::record::Record;
use crate::facts::classes::slots::Slots;
use crate::facts::classes::table::{Class, ClassKind};
use crate::facts::cost::{Cost, SMALL, human_count, instance_bytes};
use crate::facts::nodes::Node;
use crate::facts::repetition::{Repetition, Why};
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

/// Special methods of things that do something: of these a loop keeps few.
const SERVANT: &[&str] = &["__aenter__", "__call__", "__enter__", "__next__"];

/// Special methods of values that are compared, ordered or computed with, as the elements of
/// collections are.
const VALUE: &[&str] = &[
    "__add__", "__eq__", "__ge__", "__gt__", "__hash__", "__le__", "__lt__", "__mul__", "__sub__",
];

fn check<'a>(cx: &mut Cx<'_, 'a>, class: &'a StmtClassDef) {
    let facts = cx.facts;
    if facts.source.kind() == PySourceType::Stub
        || facts.source.is_test()
        || !may_be_plain(facts, class)
        || !is_bound_once(facts, class)
    {
        return;
    }
    let Some(class) = facts.class(class) else { return };
    if !facts.is_plain_record(class) || !matches!(class.slots, Slots::None) {
        return;
    }
    let dataclass = match class.kind {
        ClassKind::Dataclass(_) if cx.settings.target_version < SLOTS_KEYWORD => return,
        ClassKind::Dataclass(_) => match facts.dataclass_decorator(class.def) {
            Some(decorator) if facts.takes_slots(class, decorator) => Some(decorator),
            _ => return,
        },
        _ => None,
    };
    let record = facts.record(class);
    if !is_fixed(class, &record) || facts.is_derived_from(class.def) {
        return;
    }
    let values = initial_values(facts, class, &record);
    let own = values.iter().filter(|(_, value)| is_own(facts, value)).count();
    if own > MAX_OWN || own * 2 > record.attributes.len() {
        return;
    }
    let served = record.methods.iter().any(|it| SERVANT.contains(&it.name.as_str()));
    if served || class.def.name.ends_with("Iterator") || facts.is_open(class, &record) {
        return;
    }
    let created = facts
        .creations(class.def)
        .iter()
        .copied()
        .find(|call| is_in_bulk(facts, class, &record, call))
        .or_else(|| facts.mapped_creation(class.def).filter(|call| !is_short_map(facts, call)));
    let likely = is_likely(&record) && facts.is_self_referential(class, &record);
    if created.is_none() && !likely {
        return;
    }

    let count = record.attributes.len() as u64;
    let bytes = instance_bytes(count, cx.settings.target_version.minor);
    let attributes = if count == 1 { "attribute" } else { "attributes" };
    let label = format!(
        "an instance with {count} {attributes} takes {} bytes; with slots {}",
        human_count(bytes.open),
        human_count(bytes.slotted)
    );
    let names: Vec<&str> = record.attributes.iter().map(|attribute| attribute.name).collect();
    let (fix, what) = match dataclass {
        Some(decorator) => (dataclass_slots(cx, decorator), "add `slots=True` to the decorator"),
        None => (slots(cx, class.def, &names), "declare the attributes in `__slots__`"),
    };
    let help = match created {
        Some(_) => format!("{what}, unless something outside sets others, pickles or mocks it"),
        None => format!("{what} if the program keeps many instances"),
    };
    let many = likely
        || is_record(facts, class, &record, &values)
        || created.is_some_and(|call| facts.is_made_often(call));
    let diagnostic = cx.report(class.def.name.range(), label).help(help).fix(fix);
    if let Some(call) = created {
        let saved = bytes.open.saturating_sub(bytes.slotted);
        let cost = created_count(facts, call).map(|many| Cost::exactly(saved.saturating_mul(many)));
        diagnostic.related(call.range(), "many are created here").cost(cost);
        if many {
            diagnostic.level(Level::Warn);
        }
    }
}

/// Whether a class may be a plain record by its bases as they are written: each may mean `object`
/// or `Generic`.
fn may_be_plain(facts: &Facts<'_>, class: &StmtClassDef) -> bool {
    class.keywords().is_empty()
        && class.bases().iter().all(|base| {
            let base = if let Expr::Subscript(it) = base { &it.value } else { base };
            facts.may_mean(base, &["object", "Generic"])
        })
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
fn is_fixed(class: &Class<'_>, record: &Record<'_>) -> bool {
    if record.attributes.is_empty() {
        return false;
    }
    if let ClassKind::Dataclass(_) = class.kind {
        // A field is stated in the body; what methods add to the fields has no slot.
        return record.attributes.iter().all(|attribute| attribute.field);
    }
    // A class variable of the same name as a slot is an error; without `__init__` the attributes
    // are set by whoever comes first.
    record.method("__init__").is_some()
        && !class.members.iter().any(|member| {
            !matches!(member.kind, MemberKind::Annotation) && record.holds(member.name)
        })
}

/// Whether a call runs in a loop over many elements and what it makes outlives the pass.
fn is_in_bulk<'a>(
    facts: &Facts<'a>,
    class: &Class<'a>,
    record: &Record<'a>,
    call: &'a ExprCall,
) -> bool {
    let id = facts.nodes().id(call);
    if facts.loop_repetition(id).is_none() || is_in_test(facts, call) {
        return false;
    }
    match facts.kept_as(record, call) {
        Some(Kept::Stored) => true,
        // What is yielded is not kept for sure; a record is likely to be.
        Some(Kept::Yielded) => {
            matches!(class.kind, ClassKind::Dataclass(_))
                || is_record(facts, class, record, &initial_values(facts, class, record))
        }
        None => false,
    }
}

fn is_in_test<'a>(facts: &Facts<'a>, call: &'a ExprCall) -> bool {
    let id = facts.nodes().id(call);
    let function = facts.scopes().function(facts.nodes().scope(id));
    function.is_some_and(|function| function.name.starts_with("test"))
        || matches!(facts.context_of(id), Repetition::Once(reason) if reason.kind == Why::Test)
}

fn is_short_map<'a>(facts: &Facts<'a>, call: &'a ExprCall) -> bool {
    let length = call.arguments.args.get(1).map(|iter| facts.length_of(iter));
    is_in_test(facts, call) || length.is_none_or(|length| length.is_some_and(|it| it <= SMALL))
}

/// How many instances a comprehension or `map` of a known length makes.
fn created_count<'a>(facts: &Facts<'a>, call: &'a ExprCall) -> Option<u64> {
    let nodes = facts.nodes();
    let made = match nodes.get(nodes.parent(nodes.id(call)))? {
        Node::Expr(it @ (Expr::ListComp(_) | Expr::DictComp(_))) => facts.span_of(it)?,
        _ => facts.span_of(call.arguments.args.get(1)?).filter(|_| is_map(facts, call))?,
    };
    (made.low == made.high).then_some(made.high)
}

fn is_map<'a>(facts: &Facts<'a>, call: &'a ExprCall) -> bool {
    matches!(facts.qualified(&call.func), Some("map" | "itertools.starmap"))
}

/// Whether nothing says that a program has few of the class.
fn is_likely(record: &Record<'_>) -> bool {
    let name = record.class.name.as_str();
    !ROLES.iter().any(|role| name.ends_with(role))
        && !ROLE_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        && !record.methods.iter().any(|method| NOT_A_RECORD.contains(&method.name.as_str()))
}

/// Whether the class is little more than the values that it is made of.
fn is_record<'a>(
    facts: &Facts<'a>,
    class: &Class<'a>,
    record: &Record<'a>,
    values: &[(&'a str, &'a Expr)],
) -> bool {
    if record.attributes.len() < 2 || !record.attributes.iter().all(|attribute| attribute.initial) {
        return false;
    }
    let is_value = match class.kind {
        ClassKind::Dataclass(it) => {
            [it.frozen, it.order].contains(&Some(true))
                || facts.dataclass_decorator(class.def).is_some_and(is_unsafe_hash)
        }
        _ => record.methods.iter().any(|method| VALUE.contains(&method.name.as_str())),
    };
    if !is_value {
        return false;
    }
    let special = |name: &str| name.starts_with("__") && name.ends_with("__");
    let methods = record
        .methods
        .iter()
        .filter(|method| !special(method.name.as_str()) && !is_accessor(method))
        .count();
    if methods > MAX_METHODS {
        return false;
    }
    if let ClassKind::Dataclass(_) = class.kind {
        // A field that holds a container weighs more than the instance.
        return !class.def.body.iter().any(|stmt| match stmt {
            Stmt::AnnAssign(it) => {
                matches!(facts.annotated(&it.annotation).kind, Kind::List | Kind::Dict | Kind::Set)
            }
            _ => false,
        });
    }
    let Some(init) = record.method("__init__") else { return false };
    let given = values.iter().filter(|(_, value)| mentions_parameter(facts, init, value));
    given.count() * 2 >= record.attributes.len()
}

fn is_unsafe_hash(decorator: &Decorator) -> bool {
    let Expr::Call(call) = &decorator.expression else { return false };
    call.arguments
        .find_keyword("unsafe_hash")
        .is_some_and(|keyword| matches!(&keyword.value, Expr::BooleanLiteral(it) if it.value))
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
fn initial_values<'a>(
    facts: &Facts<'a>,
    class: &Class<'a>,
    record: &Record<'a>,
) -> Vec<(&'a str, &'a Expr)> {
    if let ClassKind::Dataclass(_) = class.kind {
        return class
            .def
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
            && record.holds(it.attr.as_str())
            && !found.iter().any(|(name, _)| *name == it.attr.as_str())
        {
            found.push((it.attr.as_str(), value));
        }
    };
    if let Some(init) = record.method("__init__") {
        for id in facts.nodes().descendants(facts.nodes().id(init)) {
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
