//! Functions that frameworks call: again and again, or once.
//!
//! A decorator is known by its qualified name, or by its shape: an attribute (`get`) of an object
//! whose name tells what it is (`app`). A method is known by the base class and its own name.

/// Decorators by attribute and owner: `@app.get(..)`.
#[derive(Debug, Clone, Copy)]
pub struct Shape {
    /// The last names of owners; an owner may also end with `_` and one of them.
    pub owners: &'static [&'static str],
    /// The attributes.
    pub attributes: &'static [&'static str],
    /// Packages that the owner's class may come from, where the file shows it.
    pub packages: &'static [&'static str],
}

/// Shapes of decorators whose functions run for every request, message or task.
pub const REPEATING_SHAPES: &[Shape] = &[
    Shape {
        owners: &["app", "application", "router", "api", "bp", "blueprint", "routes", "server"],
        attributes: &[
            "route",
            "get",
            "post",
            "put",
            "patch",
            "delete",
            "head",
            "options",
            "websocket",
            "websocket_route",
            "api_route",
            "before_request",
            "after_request",
            "teardown_request",
            "teardown_appcontext",
            "errorhandler",
            "exception_handler",
            "middleware",
            "context_processor",
        ],
        packages: &[
            "flask",
            "fastapi",
            "starlette",
            "quart",
            "sanic",
            "bottle",
            "aiohttp",
            "litestar",
            "ninja",
            "robyn",
            "flask_restx",
            "flask_openapi3",
            "microdot",
        ],
    },
    Shape {
        owners: &["app", "celery", "celery_app", "huey", "broker", "procrastinate"],
        attributes: &["task", "periodic_task", "actor", "agent", "timer"],
        packages: &["celery", "huey", "taskiq", "procrastinate", "faust"],
    },
    Shape {
        owners: &["bot", "client", "dp", "dispatcher", "cog"],
        attributes: &[
            "command",
            "event",
            "listen",
            "hybrid_command",
            "slash_command",
            "message_handler",
            "callback_query_handler",
            "on_message",
            "message",
            "callback_query",
        ],
        packages: &["discord", "telebot", "aiogram", "pyrogram", "nextcord", "disnake", "twitchio"],
    },
    Shape {
        owners: &["sio", "socketio", "socket_io"],
        attributes: &["on", "event"],
        packages: &["socketio", "flask_socketio"],
    },
    Shape {
        owners: &["scheduler", "sched"],
        attributes: &["scheduled_job", "task"],
        packages: &["apscheduler", "flask_apscheduler"],
    },
    Shape {
        owners: &["register"],
        attributes: &["filter", "simple_tag", "inclusion_tag"],
        packages: &["django"],
    },
];

/// Shapes of decorators whose functions run when a program starts or ends.
pub const STARTUP_SHAPES: &[Shape] = &[
    Shape {
        owners: &["app", "application", "router", "api", "bp", "blueprint", "server"],
        attributes: &[
            "before_first_request",
            "before_serving",
            "after_serving",
            "on_startup",
            "on_shutdown",
            "before_server_start",
            "after_server_start",
            "before_server_stop",
            "after_server_stop",
            "main_process_start",
            "on_after_configure",
        ],
        packages: &["flask", "fastapi", "starlette", "quart", "sanic", "litestar", "aiohttp"],
    },
    Shape {
        owners: &["cli"],
        attributes: &["command", "group", "callback"],
        packages: &["click", "typer", "cyclopts", "flask", "asyncclick", "rich_click"],
    },
];

/// Decorators by qualified name whose functions run again and again.
pub const REPEATING: &[&str] = &[
    "celery.app.shared_task",
    "celery.shared_task",
    "celery.task",
    "celery.task.task",
    "dramatiq.actor",
    "huey.contrib.djhuey.task",
    "huey.contrib.djhuey.periodic_task",
    "huey.contrib.djhuey.db_task",
    "huey.contrib.djhuey.db_periodic_task",
    "django_rq.job",
    "rq.decorators.job",
    "discord.ext.tasks.loop",
    "discord.ext.commands.command",
    "discord.ext.commands.hybrid_command",
    "discord.app_commands.command",
    "rest_framework.decorators.api_view",
    "rest_framework.decorators.action",
    "django.dispatch.receiver",
    "django.views.decorators.csrf.csrf_exempt",
    "django.views.decorators.http.require_http_methods",
    "django.views.decorators.http.require_GET",
    "django.views.decorators.http.require_POST",
    "django.views.decorators.http.require_safe",
    "django.contrib.auth.decorators.login_required",
    "django.contrib.auth.decorators.permission_required",
    "pyramid.view.view_config",
    "functions_framework.http",
    "functions_framework.cloud_event",
    "firebase_functions.https_fn.on_request",
    "firebase_functions.https_fn.on_call",
    "kopf.on.create",
    "kopf.on.update",
    "kopf.on.delete",
    "kopf.on.event",
    "kopf.timer",
    "bottle.route",
    "bottle.get",
    "bottle.post",
];

/// Decorators by qualified name whose functions run once in a process.
pub const STARTING: &[&str] = &[
    "click.command",
    "click.group",
    "rich_click.command",
    "rich_click.group",
    "hydra.main",
    "atexit.register",
];

/// Decorators by qualified name of fixtures and tests.
pub const TESTING: &[&str] =
    &["pytest.fixture", "pytest_asyncio.fixture", "pytest.mark.parametrize"];

/// Decorators by qualified name that keep what a function returned for the same arguments.
pub const CACHING: &[&str] = &[
    "functools.cache",
    "functools.lru_cache",
    "functools.cached_property",
    "django.utils.functional.cached_property",
    "cached_property.cached_property",
    "werkzeug.utils.cached_property",
    "async_lru.alru_cache",
    "streamlit.cache_resource",
];

/// Methods of a framework's classes.
#[derive(Debug, Clone, Copy)]
pub struct Family {
    /// The packages that such a base class comes from: the beginning of its qualified name.
    pub packages: &'static [&'static str],
    /// How the last name of the base class ends.
    pub suffixes: &'static [&'static str],
    /// The methods; one that ends with `*` is a prefix.
    pub methods: &'static [&'static str],
}

/// Methods that run again and again.
pub const HANDLER_METHODS: &[Family] = &[
    Family {
        packages: &["django", "rest_framework", "flask", "flask_restful", "flask_restx"],
        suffixes: &["View", "ViewSet", "Resource"],
        methods: &[
            "get",
            "post",
            "put",
            "patch",
            "delete",
            "head",
            "options",
            "dispatch",
            "dispatch_request",
            "list",
            "create",
            "retrieve",
            "update",
            "partial_update",
            "destroy",
            "get_queryset",
            "get_object",
            "get_context_data",
            "get_serializer_class",
            "form_valid",
            "form_invalid",
            "perform_create",
            "perform_update",
            "perform_destroy",
        ],
    },
    Family {
        packages: &["tornado", "aiohttp", "starlette", "falcon", "sanic"],
        suffixes: &["Handler", "View", "HTTPEndpoint", "WebSocketEndpoint", "HTTPMethodView"],
        methods: &[
            "get",
            "post",
            "put",
            "patch",
            "delete",
            "head",
            "options",
            "prepare",
            "on_finish",
            "on_message",
            "on_receive",
            "on_connect",
            "open",
        ],
    },
    Family {
        packages: &["starlette", "fastapi", "django"],
        suffixes: &["Middleware", "MiddlewareMixin"],
        methods: &["dispatch", "__call__", "process_*"],
    },
    Family {
        packages: &["channels"],
        suffixes: &["Consumer"],
        methods: &["connect", "disconnect", "receive", "receive_json", "websocket_*"],
    },
    Family {
        packages: &["http.server", "socketserver"],
        suffixes: &["RequestHandler"],
        methods: &["handle", "do_*", "log_message"],
    },
    Family { packages: &["scrapy"], suffixes: &["Spider"], methods: &["parse", "parse_*"] },
    Family {
        packages: &["torch.utils.data", "torch_geometric.data", "torchvision"],
        suffixes: &["Dataset"],
        methods: &["__getitem__", "__getitems__", "get"],
    },
    Family {
        packages: &["torch.nn", "torch.autograd"],
        suffixes: &["Module", "Function"],
        methods: &["forward", "backward"],
    },
    Family {
        packages: &["pytorch_lightning", "lightning"],
        suffixes: &["LightningModule", "Callback"],
        methods: &[
            "forward",
            "training_step",
            "validation_step",
            "test_step",
            "predict_step",
            "on_train_batch_*",
            "on_validation_batch_*",
            "on_train_epoch_*",
            "on_validation_epoch_*",
        ],
    },
    Family {
        packages: &["keras", "tensorflow.keras", "transformers"],
        suffixes: &["Callback"],
        methods: &["on_batch_*", "on_epoch_*", "on_train_batch_*", "on_test_batch_*", "on_step_*"],
    },
    Family {
        packages: &["keras", "tensorflow.keras"],
        suffixes: &["Layer", "Model", "Sequence"],
        methods: &["call", "train_step", "test_step", "__getitem__"],
    },
    Family {
        packages: &["asyncio", "twisted"],
        suffixes: &["Protocol"],
        methods: &["data_received", "datagram_received", "dataReceived", "lineReceived"],
    },
    Family {
        packages: &["html.parser", "ast", "logging", "xml.sax", "json", "cmd", "libcst"],
        suffixes: &[
            "HTMLParser",
            "NodeVisitor",
            "NodeTransformer",
            "Handler",
            "Filter",
            "Formatter",
            "ContentHandler",
            "JSONEncoder",
            "Cmd",
            "CSTTransformer",
            "CSTVisitor",
        ],
        methods: &[
            "handle_*",
            "visit_*",
            "leave_*",
            "generic_visit",
            "emit",
            "filter",
            "format",
            "startElement",
            "endElement",
            "characters",
            "default",
            "do_*",
        ],
    },
    Family { packages: &["celery"], suffixes: &["Task"], methods: &["run"] },
    Family { packages: &["apache_beam"], suffixes: &["DoFn"], methods: &["process"] },
    Family { packages: &["gym", "gymnasium"], suffixes: &["Env"], methods: &["step"] },
];

/// Methods that run once in a process.
pub const STARTUP_METHODS: &[Family] = &[
    Family {
        packages: &["django"],
        suffixes: &["BaseCommand", "AppConfig"],
        methods: &["handle", "ready", "add_arguments"],
    },
    Family {
        packages: &["pytorch_lightning", "lightning"],
        suffixes: &["LightningModule", "Callback"],
        methods: &["configure_optimizers", "on_fit_*"],
    },
];

/// Bases of test cases, whose every method is a test's.
pub const TEST_BASES: &[&str] = &[
    "unittest.TestCase",
    "unittest.IsolatedAsyncioTestCase",
    "unittest.case.TestCase",
    "django.test.TestCase",
    "django.test.TransactionTestCase",
    "django.test.SimpleTestCase",
    "django.test.LiveServerTestCase",
    "django.test.testcases.TestCase",
    "rest_framework.test.APITestCase",
    "rest_framework.test.APITransactionTestCase",
    "rest_framework.test.APISimpleTestCase",
    "tornado.testing.AsyncTestCase",
    "tornado.testing.AsyncHTTPTestCase",
    "twisted.trial.unittest.TestCase",
    "aiohttp.test_utils.AioHTTPTestCase",
];

/// Special methods that operators and loops call, once for every item or comparison.
pub const SPECIAL_METHODS: &[&str] = &[
    "__getitem__",
    "__setitem__",
    "__contains__",
    "__getattribute__",
    "__eq__",
    "__ne__",
    "__lt__",
    "__le__",
    "__gt__",
    "__ge__",
    "__hash__",
    "__bool__",
    "__len__",
    "__iter__",
    "__next__",
    "__aiter__",
    "__anext__",
    "__call__",
];

/// Names of functions of a module that are where a program starts.
pub const ENTRY_POINTS: &[&str] = &["main", "cli", "_main", "async_main", "amain"];

/// Names of functions that a framework calls as a program starts.
pub const STARTUP_NAMES: &[&str] = &["lifespan", "on_startup", "startup_event", "create_app"];

/// Names of functions with two parameters that serverless platforms call for each event.
pub const EVENT_HANDLERS: &[(&str, [&str; 2])] =
    &[("lambda_handler", ["event", "context"]), ("handler", ["event", "context"])];

/// Functions that call a function they are given once for every item.
pub const PER_ITEM: &[&str] = &[
    "map",
    "filter",
    "sorted",
    "min",
    "max",
    "functools.reduce",
    "itertools.starmap",
    "itertools.filterfalse",
    "itertools.takewhile",
    "itertools.dropwhile",
    "itertools.groupby",
];

/// Methods that call a function they are given once for every item.
pub const PER_ITEM_METHODS: &[&str] = &[
    "map",
    "imap",
    "imap_unordered",
    "starmap",
    "apply",
    "applymap",
    "map_async",
    "starmap_async",
];
