//! Object-relational mappers: what methods of Django's querysets and SQLAlchemy's queries give,
//! and which calls run code in batches, away from requests.
//!
//! By the documentation of Django 5.2, SQLAlchemy 2.0, Celery, Dramatiq, Huey and RQ.

/// What a method of a queryset gives: another queryset, in each case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    /// The same rows, some of them or in another order.
    Rows,
    /// The rows that conditions leave.
    Filtered,
    /// The rows with annotations. Behind `values` they are groups.
    Annotated,
    /// The rows as dictionaries or tuples.
    Values,
    /// Each row once. Behind or before `values` they are distinct values.
    Distinct,
    /// The rows with related objects that further queries fetch.
    Prefetched,
    /// The rows, locked.
    Locked,
    /// Few things or none.
    Few,
}

use Gives::{Annotated, Distinct, Few, Filtered, Locked, Prefetched, Rows, Values};

/// The methods of managers and querysets that run no query.
const QUERYSETS: &[(&str, Gives)] = &[
    ("alias", Rows),
    ("all", Rows),
    ("annotate", Annotated),
    ("complex_filter", Filtered),
    ("dates", Few),
    ("datetimes", Few),
    ("db_manager", Rows),
    ("defer", Rows),
    ("difference", Rows),
    ("distinct", Distinct),
    ("exclude", Rows),
    ("extra", Rows),
    ("filter", Filtered),
    ("get_queryset", Rows),
    ("intersection", Rows),
    ("none", Few),
    ("only", Rows),
    ("order_by", Rows),
    ("prefetch_related", Prefetched),
    ("reverse", Rows),
    ("select_for_update", Locked),
    ("select_related", Rows),
    ("union", Rows),
    ("using", Rows),
    ("values", Values),
    ("values_list", Values),
];

/// What a method of a manager or queryset gives. `None`: no queryset, or not known.
pub fn gives(method: &str) -> Option<Gives> {
    QUERYSETS.iter().find(|(name, _)| *name == method).map(|(_, gives)| *gives)
}

/// Whether a method of a queryset runs a query of its own, or none: it neither needs nor fills the
/// cache of rows.
pub fn leaves_cache(method: &str) -> bool {
    gives(method).is_some()
        || matches!(
            method,
            "aggregate"
                | "count"
                | "delete"
                | "earliest"
                | "exists"
                | "explain"
                | "first"
                | "get"
                | "last"
                | "latest"
                | "update"
        )
}

/// Attributes of models that are managers.
pub const MANAGERS: &[&str] = &["objects", "all_objects", "_default_manager", "_base_manager"];

/// Managers that only models of Django have.
pub const OWN_MANAGERS: &[&str] = &["_default_manager", "_base_manager"];

/// Last words of names of models whose rows somebody set up one by one: of a database's own tables
/// of kinds, settings and parts, and of what a company has few of.
const SMALL_MODELS: &[&str] = &[
    "Backend",
    "Cache",
    "Carousel",
    "Catalog",
    "Category",
    "Channel",
    "Component",
    "Condition",
    "Config",
    "Configuration",
    "Connection",
    "Country",
    "Currency",
    "Domain",
    "Driver",
    "Function",
    "Gallery",
    "Graph",
    "Group",
    "Key",
    "Language",
    "Locale",
    "Metadata",
    "Model",
    "Module",
    "Permission",
    "Plugin",
    "Provider",
    "Query",
    "Realm",
    "Repository",
    "Role",
    "Service",
    "Setting",
    "Settings",
    "Shop",
    "Site",
    "Status",
    "Store",
    "System",
    "Template",
    "Tenant",
    "Theme",
    "Token",
    "Type",
    "VRF",
    "Webhook",
    "Widget",
];

/// Whether a model has few rows by its nature, as far as its name tells.
pub fn is_small(model: &str) -> bool {
    SMALL_MODELS.iter().any(|word| model.ends_with(word))
}

/// Lookups behind the last `__` of a condition that compare with one value.
pub const EQUALS: &[&str] = &["exact", "iexact"];

/// Other lookups behind the last `__` of a condition.
pub const LOOKUPS: &[&str] = &[
    "contains",
    "date",
    "day",
    "endswith",
    "gt",
    "gte",
    "has_key",
    "icontains",
    "iendswith",
    "iregex",
    "isnull",
    "istartswith",
    "lt",
    "lte",
    "month",
    "range",
    "regex",
    "search",
    "startswith",
    "year",
];

/// Columns that tell one row from the others.
pub const KEYS: &[&str] =
    &["codename", "email", "guid", "id", "key", "name", "oid", "pk", "slug", "username", "uuid"];

/// Columns that a tree has the level of its nodes in: one level is compared with for the roots.
pub const LEVELS: &[&str] = &["depth", "level"];

/// Methods of an object-relational mapper that write rows, or whatever starts so.
pub fn writes(name: &str) -> bool {
    const VERBS: &[&str] = &[
        "add",
        "anonymi",
        "archive",
        "assign",
        "bulk_",
        "change",
        "clean",
        "clear",
        "close",
        "create",
        "deactivate",
        "delete",
        "disable",
        "enable",
        "expire",
        "fix",
        "get_or_create",
        "mark",
        "merge",
        "migrate",
        "move",
        "publish",
        "purge",
        "rebuild",
        "recalc",
        "recompute",
        "refresh",
        "remove",
        "rename",
        "replace",
        "reset",
        "restore",
        "save",
        "set_",
        "store",
        "touch",
        "unpublish",
        "update",
        "upgrade",
    ];
    let name = name.trim_start_matches('_');
    VERBS.iter().any(|verb| name.starts_with(verb))
}

/// Methods of collections that keep what they are given.
pub const KEEPING: &[&str] = &[
    "add",
    "append",
    "appendleft",
    "extend",
    "insert",
    "put",
    "put_nowait",
    "setdefault",
    "submit",
];

/// Functions and methods that show or send what they are given.
pub const REPORTING: &[&str] = &[
    "apply_async",
    "critical",
    "debug",
    "delay",
    "echo",
    "error",
    "exception",
    "info",
    "log",
    "print",
    "secho",
    "warn",
    "warning",
    "write",
    "writelines",
    "writerow",
];

/// Bases of management commands end so, in a package of this name.
pub const COMMAND: (&str, &str) = ("Command", "management");

/// Classes whose `run` is a task.
pub const TASK_BASES: &[&str] = &["celery.Task", "celery.app.task.Task", "celery.task.Task"];

/// Decorators of tasks by qualified name.
pub const TASKS: &[&str] = &[
    "background_task.background",
    "celery.decorators.periodic_task",
    "celery.decorators.task",
    "celery.shared_task",
    "celery.task",
    "celery.task.periodic_task",
    "celery.task.task",
    "django.tasks.task",
    "django_rq.job",
    "django_tasks.task",
    "dramatiq.actor",
    "huey.contrib.djhuey.db_periodic_task",
    "huey.contrib.djhuey.db_task",
    "huey.contrib.djhuey.periodic_task",
    "huey.contrib.djhuey.task",
    "rq.decorators.job",
];

/// The object and the attributes of decorators of tasks: `@app.task`.
pub const TASK_SHAPES: (&[&str], &[&str]) =
    (&["app", "celery", "celery_app", "huey"], &["task", "periodic_task", "db_task"]);

/// The functions of SQLAlchemy that make a `SELECT`.
pub const SELECTS: &[&str] = &[
    "sqlalchemy.future.select",
    "sqlalchemy.select",
    "sqlalchemy.sql.expression.select",
    "sqlalchemy.sql.select",
    "sqlmodel.select",
];
