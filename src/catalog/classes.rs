//! Classes that other classes derive from: what they make of a subclass and how their instances
//! are laid out. The layouts are those of CPython 3.9 to 3.14; where these differ it is `None`.

/// What deriving from a class makes of the subclass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Nothing special.
    Plain,
    /// `typing.Generic`.
    Generic,
    /// An abstract base class.
    Abc,
    /// A value of a builtin type: `class Name(str)`.
    Builtin,
    /// A thread.
    Thread,
    /// A test case.
    TestCase,
    /// A protocol of types.
    Protocol,
    /// An exception.
    Exception,
    /// A `torch.nn.Module`, Keras layer, Flax or Equinox module.
    NeuralModule,
    /// A C structure or union of `ctypes`.
    Structure,
    /// A class whose body states fields for an object-relational mapper.
    Orm,
    /// A Pydantic model.
    Pydantic,
    /// A `msgspec.Struct`.
    Struct,
    /// A dictionary type.
    TypedDict,
    /// A named tuple.
    NamedTuple,
    /// An enumeration.
    Enum,
}

/// A class of a library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Base {
    /// The qualified name.
    pub name: &'static str,
    /// What it makes of a subclass.
    pub family: Family,
    /// Whether its instances have a `__dict__`.
    pub dict: Option<bool>,
    /// Whether its instances can be referred to weakly.
    pub weakref: Option<bool>,
    /// Whether instances differ in size, so that a subclass cannot have slots of its own.
    pub variable: bool,
    /// Whether its metaclass is not `type`.
    pub meta: bool,
}

const fn base(name: &'static str, family: Family, dict: bool, weakref: bool) -> Base {
    let meta = matches!(
        family,
        Family::Abc
            | Family::Protocol
            | Family::Structure
            | Family::Orm
            | Family::Pydantic
            | Family::Struct
            | Family::TypedDict
            | Family::NamedTuple
            | Family::Enum
    );
    Base { name, family, dict: Some(dict), weakref: Some(weakref), variable: false, meta }
}

const fn open(name: &'static str, family: Family) -> Base {
    base(name, family, true, true)
}

const fn tight(name: &'static str, family: Family) -> Base {
    base(name, family, false, false)
}

const fn sized(mut it: Base) -> Base {
    it.variable = true;
    it
}

const fn variable(name: &'static str) -> Base {
    sized(base(name, Family::Builtin, false, false))
}

const fn unsure(name: &'static str, family: Family) -> Base {
    let mut it = base(name, family, false, false);
    it.dict = None;
    it.weakref = None;
    it
}

/// The classes.
#[rustfmt::skip]
const BASES: &[Base] = &[
    tight("abc.ABC", Family::Abc),
    open("argparse.Action", Family::Plain),
    open("argparse.ArgumentParser", Family::Plain),
    open("argparse.Namespace", Family::Plain),
    open("ast.NodeTransformer", Family::Plain),
    open("ast.NodeVisitor", Family::Plain),
    tight("asyncio.BaseProtocol", Family::Plain),
    tight("asyncio.DatagramProtocol", Family::Plain),
    tight("asyncio.Protocol", Family::Plain),
    variable("bytes"),
    tight("bytearray", Family::Builtin),
    tight("collections.abc.AsyncGenerator", Family::Abc),
    tight("collections.abc.AsyncIterable", Family::Abc),
    tight("collections.abc.AsyncIterator", Family::Abc),
    tight("collections.abc.Awaitable", Family::Abc),
    tight("collections.abc.Callable", Family::Abc),
    tight("collections.abc.Collection", Family::Abc),
    tight("collections.abc.Container", Family::Abc),
    tight("collections.abc.Coroutine", Family::Abc),
    tight("collections.abc.Generator", Family::Abc),
    tight("collections.abc.Hashable", Family::Abc),
    tight("collections.abc.ItemsView", Family::Abc),
    tight("collections.abc.Iterable", Family::Abc),
    tight("collections.abc.Iterator", Family::Abc),
    tight("collections.abc.KeysView", Family::Abc),
    tight("collections.abc.Mapping", Family::Abc),
    tight("collections.abc.MappingView", Family::Abc),
    tight("collections.abc.MutableMapping", Family::Abc),
    tight("collections.abc.MutableSequence", Family::Abc),
    tight("collections.abc.MutableSet", Family::Abc),
    tight("collections.abc.Reversible", Family::Abc),
    tight("collections.abc.Sequence", Family::Abc),
    tight("collections.abc.Set", Family::Abc),
    tight("collections.abc.Sized", Family::Abc),
    tight("collections.abc.ValuesView", Family::Abc),
    open("collections.ChainMap", Family::Plain),
    open("collections.Counter", Family::Builtin),
    tight("collections.defaultdict", Family::Builtin),
    base("collections.deque", Family::Builtin, false, true),
    open("collections.OrderedDict", Family::Builtin),
    open("collections.UserDict", Family::Plain),
    open("collections.UserList", Family::Plain),
    open("collections.UserString", Family::Plain),
    tight("complex", Family::Builtin),
    tight("ctypes.BigEndianStructure", Family::Structure),
    tight("ctypes.LittleEndianStructure", Family::Structure),
    tight("ctypes.Structure", Family::Structure),
    tight("ctypes.Union", Family::Structure),
    open("json.JSONDecoder", Family::Plain),
    open("json.JSONEncoder", Family::Plain),
    tight("datetime.date", Family::Builtin),
    tight("datetime.datetime", Family::Builtin),
    tight("datetime.timedelta", Family::Builtin),
    tight("datetime.tzinfo", Family::Plain),
    tight("decimal.Decimal", Family::Builtin),
    tight("dict", Family::Builtin),
    open("django.contrib.gis.db.models.Model", Family::Orm),
    open("django.db.models.Model", Family::Orm),
    open("enum.Enum", Family::Enum),
    open("enum.Flag", Family::Enum),
    sized(base("enum.IntEnum", Family::Enum, true, false)),
    sized(base("enum.IntFlag", Family::Enum, true, false)),
    open("enum.ReprEnum", Family::Enum),
    open("enum.StrEnum", Family::Enum),
    open("equinox.Module", Family::NeuralModule),
    open("flax.linen.Module", Family::NeuralModule),
    tight("float", Family::Builtin),
    tight("fractions.Fraction", Family::Builtin),
    base("frozenset", Family::Builtin, false, true),
    open("html.parser.HTMLParser", Family::Plain),
    variable("int"),
    open("keras.Layer", Family::NeuralModule),
    open("keras.layers.Layer", Family::NeuralModule),
    open("keras.Model", Family::NeuralModule),
    tight("list", Family::Builtin),
    open("logging.Filter", Family::Plain),
    open("logging.Formatter", Family::Plain),
    open("logging.Handler", Family::Plain),
    open("logging.Logger", Family::Plain),
    open("logging.LoggerAdapter", Family::Plain),
    open("mongoengine.Document", Family::Orm),
    open("mongoengine.DynamicDocument", Family::Orm),
    open("mongoengine.EmbeddedDocument", Family::Orm),
    tight("msgspec.Struct", Family::Struct),
    open("multiprocessing.Process", Family::Thread),
    tight("numbers.Number", Family::Abc),
    tight("object", Family::Plain),
    open("peewee.Model", Family::Orm),
    base("pydantic.BaseModel", Family::Pydantic, true, false),
    base("pydantic.BaseSettings", Family::Pydantic, true, false),
    base("pydantic.generics.GenericModel", Family::Pydantic, true, false),
    base("pydantic.RootModel", Family::Pydantic, true, false),
    base("pydantic_settings.BaseSettings", Family::Pydantic, true, false),
    open("pytorch_lightning.LightningModule", Family::NeuralModule),
    open("lightning.LightningModule", Family::NeuralModule),
    open("lightning.pytorch.LightningModule", Family::NeuralModule),
    open("queue.LifoQueue", Family::Plain),
    open("queue.PriorityQueue", Family::Plain),
    open("queue.Queue", Family::Plain),
    base("set", Family::Builtin, false, true),
    open("socketserver.BaseRequestHandler", Family::Plain),
    open("socketserver.StreamRequestHandler", Family::Plain),
    open("socketserver.TCPServer", Family::Plain),
    open("socketserver.ThreadingMixIn", Family::Plain),
    open("sqlalchemy.orm.DeclarativeBase", Family::Orm),
    open("sqlalchemy.orm.DeclarativeBaseNoMeta", Family::Orm),
    open("sqlmodel.SQLModel", Family::Orm),
    tight("str", Family::Builtin),
    open("string.Formatter", Family::Plain),
    open("string.Template", Family::Plain),
    open("tensorflow.keras.layers.Layer", Family::NeuralModule),
    open("tensorflow.keras.Model", Family::NeuralModule),
    open("tensorflow.Module", Family::NeuralModule),
    open("threading.Event", Family::Plain),
    base("threading.local", Family::Plain, true, true),
    open("threading.Thread", Family::Thread),
    open("threading.Timer", Family::Thread),
    open("torch.nn.Module", Family::NeuralModule),
    open("torch.nn.modules.module.Module", Family::NeuralModule),
    open("torch.utils.data.Dataset", Family::Plain),
    open("torch.utils.data.IterableDataset", Family::Plain),
    open("tortoise.models.Model", Family::Orm),
    open("tortoise.Model", Family::Orm),
    variable("tuple"),
    sized(open("type", Family::Plain)),
    open("types.ModuleType", Family::Plain),
    base("types.SimpleNamespace", Family::Plain, true, false),
    tight("typing.Generic", Family::Generic),
    tight("typing.NamedTuple", Family::NamedTuple),
    tight("typing.Protocol", Family::Protocol),
    tight("typing.TypedDict", Family::TypedDict),
    tight("typing_extensions.Generic", Family::Generic),
    tight("typing_extensions.NamedTuple", Family::NamedTuple),
    tight("typing_extensions.Protocol", Family::Protocol),
    tight("typing_extensions.TypedDict", Family::TypedDict),
    open("unittest.IsolatedAsyncioTestCase", Family::TestCase),
    open("unittest.TestCase", Family::TestCase),
    open("django.test.TestCase", Family::TestCase),
    open("django.test.TransactionTestCase", Family::TestCase),
    open("django.test.SimpleTestCase", Family::TestCase),
    unsure("contextlib.AbstractAsyncContextManager", Family::Abc),
    unsure("contextlib.AbstractContextManager", Family::Abc),
    open("contextlib.ContextDecorator", Family::Plain),
    open("contextlib.ExitStack", Family::Plain),
];

/// Aliases in `typing` of the abstract classes of `collections.abc`.
const TYPING_ABCS: &str = "typing.";

/// Calls that make a base class: `class Row(namedtuple("Row", "x y"))`.
#[rustfmt::skip]
const FACTORIES: &[Base] = &[
    tight_tuple("collections.namedtuple"),
    tight_tuple("typing.NamedTuple"),
    open("django.db.models.base.ModelBase", Family::Orm),
    open("flask_sqlalchemy.SQLAlchemy", Family::Orm),
    open("sqlalchemy.ext.declarative.declarative_base", Family::Orm),
    open("sqlalchemy.orm.declarative_base", Family::Orm),
    open("sqlalchemy.orm.registry", Family::Orm),
    open("sqlalchemy.ext.automap.automap_base", Family::Orm),
];

const fn tight_tuple(name: &'static str) -> Base {
    let mut it = base(name, Family::NamedTuple, false, false);
    it.variable = true;
    it.meta = false;
    it
}

/// The class that a base class of the name is.
pub fn known_base(name: &str) -> Option<&'static Base> {
    if let Some(found) = BASES.iter().find(|base| base.name == name) {
        return Some(found);
    }
    if is_exception(name) {
        return Some(&EXCEPTION);
    }
    let member = name.strip_prefix(TYPING_ABCS)?;
    let alias = match member {
        "List" => "list",
        "Dict" => "dict",
        "Set" => "set",
        "FrozenSet" => "frozenset",
        "Tuple" => "tuple",
        "DefaultDict" => "collections.defaultdict",
        "Deque" => "collections.deque",
        "OrderedDict" => "collections.OrderedDict",
        "Counter" => "collections.Counter",
        "AbstractSet" => "collections.abc.Set",
        _ => {
            return BASES.iter().find(|base| {
                base.name.strip_prefix("collections.abc.").is_some_and(|known| known == member)
            });
        }
    };
    BASES.iter().find(|base| base.name == alias)
}

/// What a call makes that a class derives from.
pub fn made_base(factory: &str) -> Option<&'static Base> {
    FACTORIES.iter().find(|base| base.name == factory)
}

const EXCEPTION: Base = base("Exception", Family::Exception, true, false);

/// Exceptions of the standard library by other names than those that end in `Error` or `Warning`.
const EXCEPTIONS: &[&str] = &[
    "BaseException",
    "BaseExceptionGroup",
    "Exception",
    "ExceptionGroup",
    "GeneratorExit",
    "KeyboardInterrupt",
    "StopAsyncIteration",
    "StopIteration",
    "SystemExit",
    "Warning",
    "asyncio.CancelledError",
    "configparser.Error",
    "queue.Empty",
    "queue.Full",
    "rest_framework.exceptions.APIException",
    "subprocess.CalledProcessError",
    "subprocess.TimeoutExpired",
];

/// Whether a qualified name is that of an exception: a builtin of that kind, or a member of a
/// standard module that ends in `Error`.
pub fn is_exception(name: &str) -> bool {
    if EXCEPTIONS.contains(&name) {
        return true;
    }
    match name.split_once('.') {
        None => name.ends_with("Error") || name.ends_with("Warning"),
        Some((module, _)) => super::stdlib::is_stdlib(module) && name.ends_with("Error"),
    }
}

/// Special methods that need an open namespace or depend on the layout, with what they are about.
pub const HOOKS: &[(&str, Hook)] = &[
    ("__getattr__", Hook::Attributes),
    ("__getattribute__", Hook::Attributes),
    ("__setattr__", Hook::Attributes),
    ("__delattr__", Hook::Attributes),
    ("__dir__", Hook::Attributes),
    ("__getstate__", Hook::Pickling),
    ("__setstate__", Hook::Pickling),
    ("__reduce__", Hook::Pickling),
    ("__reduce_ex__", Hook::Pickling),
    ("__getnewargs__", Hook::Pickling),
    ("__getnewargs_ex__", Hook::Pickling),
    ("__copy__", Hook::Copying),
    ("__deepcopy__", Hook::Copying),
    ("__new__", Hook::Creation),
    ("__init_subclass__", Hook::Creation),
    ("__set_name__", Hook::Creation),
    ("__del__", Hook::Finalizing),
];

/// What a special method is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hook {
    /// Access to attributes.
    Attributes,
    /// Pickling.
    Pickling,
    /// Copying.
    Copying,
    /// The creation of classes and instances.
    Creation,
    /// The end of an instance.
    Finalizing,
}
