//! Containers, the methods that make them grow and shrink, and the words that tell how many
//! different values a key may take.

/// What holds the elements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Container {
    /// `list`, `array.array`, `bytearray`.
    List,
    /// `dict`, `OrderedDict`.
    Dict,
    /// `defaultdict`: reading a key adds it.
    DefaultDict,
    /// `Counter`.
    Counter,
    /// `set`.
    Set,
    /// `deque`.
    Deque,
    /// A queue between threads, tasks or processes.
    Queue,
    /// A weak dictionary or set: an entry goes with its object.
    Weak,
    /// A cache with a bound of its own.
    Cache,
}

impl Container {
    /// Whether an entry is made for a key, so that equal keys share one.
    pub fn is_keyed(self) -> bool {
        matches!(
            self,
            Container::Dict
                | Container::DefaultDict
                | Container::Counter
                | Container::Set
                | Container::Weak
                | Container::Cache
        )
    }
}

/// Calls that make a container.
const CONSTRUCTORS: &[(&str, Container)] = &[
    ("list", Container::List),
    ("bytearray", Container::List),
    ("array.array", Container::List),
    ("dict", Container::Dict),
    ("set", Container::Set),
    ("collections.OrderedDict", Container::Dict),
    ("collections.defaultdict", Container::DefaultDict),
    ("collections.Counter", Container::Counter),
    ("collections.deque", Container::Deque),
    ("queue.Queue", Container::Queue),
    ("queue.LifoQueue", Container::Queue),
    ("queue.PriorityQueue", Container::Queue),
    ("queue.SimpleQueue", Container::Queue),
    ("asyncio.Queue", Container::Queue),
    ("asyncio.LifoQueue", Container::Queue),
    ("asyncio.PriorityQueue", Container::Queue),
    ("multiprocessing.Queue", Container::Queue),
    ("multiprocessing.JoinableQueue", Container::Queue),
    ("multiprocessing.SimpleQueue", Container::Queue),
    ("weakref.WeakKeyDictionary", Container::Weak),
    ("weakref.WeakSet", Container::Weak),
    ("weakref.WeakValueDictionary", Container::Weak),
    ("cachetools.FIFOCache", Container::Cache),
    ("cachetools.LFUCache", Container::Cache),
    ("cachetools.LRUCache", Container::Cache),
    ("cachetools.MRUCache", Container::Cache),
    ("cachetools.RRCache", Container::Cache),
    ("cachetools.TLRUCache", Container::Cache),
    ("cachetools.TTLCache", Container::Cache),
];

/// What a call of the name makes, if it is a container.
pub fn constructed(name: &str) -> Option<Container> {
    CONSTRUCTORS.iter().find(|(known, _)| *known == name).map(|(_, container)| *container)
}

/// What a method does to the size of the container it is called on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It adds one element, the argument at this position.
    Element(usize),
    /// It adds an entry for the first argument.
    Key,
    /// It adds the elements of its argument.
    Elements,
    /// It removes elements.
    Shrinks,
    /// It does not change the size.
    Reads,
    /// It gives a container's own elements away: `values()`.
    Gives,
}

const METHODS: &[(&str, Effect)] = &[
    ("add", Effect::Key),
    ("append", Effect::Element(0)),
    ("appendleft", Effect::Element(0)),
    ("clear", Effect::Shrinks),
    ("copy", Effect::Gives),
    ("count", Effect::Reads),
    ("difference", Effect::Gives),
    ("difference_update", Effect::Shrinks),
    ("discard", Effect::Shrinks),
    ("elements", Effect::Gives),
    ("empty", Effect::Reads),
    ("extend", Effect::Elements),
    ("extendleft", Effect::Elements),
    ("frombytes", Effect::Elements),
    ("full", Effect::Reads),
    ("index", Effect::Reads),
    ("insert", Effect::Element(1)),
    ("intersection", Effect::Gives),
    ("intersection_update", Effect::Shrinks),
    ("isdisjoint", Effect::Reads),
    ("issubset", Effect::Reads),
    ("issuperset", Effect::Reads),
    ("items", Effect::Gives),
    ("join", Effect::Reads),
    ("keys", Effect::Reads),
    ("most_common", Effect::Gives),
    ("move_to_end", Effect::Reads),
    ("pop", Effect::Shrinks),
    ("popitem", Effect::Shrinks),
    ("popleft", Effect::Shrinks),
    ("put", Effect::Element(0)),
    ("put_nowait", Effect::Element(0)),
    ("qsize", Effect::Reads),
    ("remove", Effect::Shrinks),
    ("reverse", Effect::Reads),
    ("rotate", Effect::Reads),
    ("setdefault", Effect::Key),
    ("sort", Effect::Reads),
    ("subtract", Effect::Elements),
    ("symmetric_difference", Effect::Gives),
    ("symmetric_difference_update", Effect::Shrinks),
    ("total", Effect::Reads),
    ("union", Effect::Gives),
    ("update", Effect::Elements),
    ("values", Effect::Gives),
    ("__contains__", Effect::Reads),
    ("__delitem__", Effect::Shrinks),
    ("__getitem__", Effect::Gives),
    ("__iter__", Effect::Gives),
    ("__len__", Effect::Reads),
    ("__setitem__", Effect::Key),
];

/// What a method of a container does. `get` takes from a queue and reads elsewhere.
pub fn effect(container: Container, method: &str) -> Option<Effect> {
    if let "get" | "get_nowait" | "task_done" = method {
        return Some(match container {
            Container::Queue => Effect::Shrinks,
            _ => Effect::Gives,
        });
    }
    METHODS.iter().find(|(known, _)| *known == method).map(|(_, effect)| *effect)
}

/// Whether a method changes the size of some kind of container whatever it is called on: `get`
/// takes from a queue alone.
pub fn changes_size(method: &str) -> bool {
    METHODS
        .iter()
        .any(|(known, effect)| *known == method && !matches!(effect, Effect::Reads | Effect::Gives))
}

/// Functions that change their first argument, and what they do to its size.
pub fn function_effect(name: &str) -> Option<Effect> {
    match name {
        "heapq.heappush" | "bisect.insort" | "bisect.insort_left" | "bisect.insort_right" => {
            Some(Effect::Element(1))
        }
        "heapq.heappop" => Some(Effect::Shrinks),
        "heapq.heapify" | "heapq.heappushpop" | "heapq.heapreplace" | "random.shuffle" => {
            Some(Effect::Reads)
        }
        _ => None,
    }
}

/// Words of names whose values have no end: one for each request, user or file.
const UNBOUNDED: &[&str] = &[
    "addr",
    "address",
    "digest",
    "email",
    "error",
    "exc",
    "exception",
    "file",
    "filename",
    "filepath",
    "fname",
    "guid",
    "hash",
    "hexdigest",
    "host",
    "hostname",
    "id",
    "ident",
    "ids",
    "ip",
    "key",
    "message",
    "msg",
    "nonce",
    "path",
    "payload",
    "pk",
    "prompt",
    "query",
    "question",
    "request",
    "req",
    "requests",
    "session",
    "sessions",
    "sess",
    "sha",
    "sql",
    "text",
    "timestamp",
    "token",
    "tokens",
    "tx",
    "uid",
    "uri",
    "url",
    "urls",
    "user",
    "username",
    "users",
    "uuid",
];

/// Words of names that take a few values.
const BOUNDED: &[&str] = &[
    "algo",
    "algorithm",
    "arch",
    "backend",
    "bool",
    "category",
    "class",
    "codec",
    "cls",
    "currency",
    "day",
    "device",
    "dtype",
    "encoding",
    "enum",
    "env",
    "environment",
    "flag",
    "fmt",
    "format",
    "klass",
    "lang",
    "language",
    "level",
    "locale",
    "metaclass",
    "mimetype",
    "mode",
    "month",
    "nargs",
    "op",
    "opcode",
    "operator",
    "os",
    "parity",
    "pid",
    "platform",
    "rank",
    "severity",
    "status",
    "tag",
    "type",
    "typ",
    "types",
    "unit",
    "version",
    "weekday",
];

/// Words of names that hold functions or classes: there are as many as the program has. Bound
/// methods and closures are made anew, but who hands over too many of them is another question than
/// what a container is filled by.
const DEFINED: &[&str] = &[
    "callback",
    "cb",
    "class",
    "cls",
    "finalizer",
    "fn",
    "func",
    "function",
    "hook",
    "klass",
    "listener",
    "observer",
    "subscriber",
    "typ",
    "type",
];

/// Words of parameters that hold functions or classes where a function is there to get these:
/// elsewhere a handler or a view may be an object of its own for each request.
const HANDED_OVER: &[&str] = &[
    "converter",
    "f",
    "factory",
    "g",
    "handler",
    "meth",
    "method",
    "middleware",
    "plugin",
    "receiver",
    "view",
    "wrapped",
];

/// Whether a parameter of a function that is there to get functions or classes holds one.
pub fn is_handed_over(name: &str) -> bool {
    words(name) == Words::Defined
        || name.rsplit('_').next().is_some_and(|word| HANDED_OVER.contains(&word))
}

/// How the names of functions begin that are there to get functions or classes.
const ENROLLING: &[&str] = &[
    "add",
    "append",
    "attach",
    "connect",
    "install",
    "listen",
    "notify",
    "observe",
    "on",
    "subscribe",
    "watch",
];

/// Whether a function of the name puts what it gets into a registry: `register_codec`. Whatever
/// that is.
pub fn registers(name: &str) -> bool {
    name.trim_start_matches('_').starts_with("register")
}

/// Whether a function of the name puts a function or class that it gets into a registry:
/// `subscribe`, `add_handler`, `addHandler`, `async_on_close`.
pub fn enrolls(name: &str) -> bool {
    let stem = name.trim_start_matches('_');
    let stem = stem.strip_prefix("async_").unwrap_or(stem);
    ENROLLING.iter().any(|verb| {
        stem.strip_prefix(verb).is_some_and(|rest| {
            rest.is_empty() || rest.starts_with(|next: char| next == '_' || next.is_uppercase())
        })
    })
}

/// How a name's words speak of its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// They have no end.
    Unbounded,
    /// They are few.
    Bounded,
    /// They are functions or classes.
    Defined,
    /// They do not say.
    Silent,
}

/// What the words of a name say: the last word that says anything decides.
pub fn words(name: &str) -> Words {
    let name = name.trim_matches('_');
    for (index, word) in name.rsplit('_').enumerate() {
        let is = |list: &[&str]| list.iter().any(|known| word.eq_ignore_ascii_case(known));
        if index == 0 && is(DEFINED) {
            return Words::Defined;
        }
        if is(BOUNDED) {
            return Words::Bounded;
        }
        if is(UNBOUNDED) {
            return Words::Unbounded;
        }
    }
    // `userId`, `requestKey`.
    let camel = ["Id", "Key", "Url", "Path", "Token"];
    if camel.iter().any(|end| name.ends_with(end)) { Words::Unbounded } else { Words::Silent }
}

/// Endings of the names of classes whose instances live as long as the program.
pub const LONG_LIVED: &[&str] = &[
    "Bot",
    "Cache",
    "Client",
    "Consumer",
    "Coordinator",
    "Daemon",
    "Dispatcher",
    "Handler",
    "Manager",
    "Pool",
    "Registry",
    "Server",
    "Service",
    "Store",
    "Worker",
];

/// Calls whose result differs each time.
pub fn is_ever_new(name: &str) -> bool {
    matches!(
        name,
        "id" | "object"
            | "time.time"
            | "time.time_ns"
            | "time.monotonic"
            | "time.perf_counter"
            | "datetime.datetime.now"
            | "datetime.datetime.utcnow"
            | "datetime.datetime.today"
            | "os.urandom"
            | "random.random"
            | "random.getrandbits"
            | "secrets.token_hex"
            | "secrets.token_urlsafe"
            | "secrets.token_bytes"
            | "threading.get_ident"
            | "threading.current_thread"
            | "asyncio.current_task"
            | "traceback.format_exc"
            | "sys.exc_info"
    ) || name.starts_with("uuid.uuid")
}

/// Calls whose result says as much as their argument does.
pub fn passes_on(name: &str) -> bool {
    matches!(
        name,
        "str"
            | "repr"
            | "hash"
            | "int"
            | "float"
            | "tuple"
            | "frozenset"
            | "bytes"
            | "sorted"
            | "sys.intern"
            | "copy.copy"
            | "copy.deepcopy"
            | "weakref.ref"
            | "typing.cast"
    )
}

/// Calls whose result is a path.
pub fn makes_path(name: &str) -> bool {
    name.starts_with("os.path.") && !name.ends_with("exists") || name.starts_with("pathlib.")
}

/// Expressions that take one value in a process.
pub fn is_fixed(name: &str) -> bool {
    matches!(
        name,
        "sys.platform" | "sys.version_info" | "os.name" | "os.getpid" | "os.cpu_count" | "type"
    ) || name.starts_with("platform.")
        || name.starts_with("locale.")
}
