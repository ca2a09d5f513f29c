//! What well-known functions and constructors return, and which types annotations name.

use crate::facts::types::Kind;

/// What a call returns.
#[derive(Debug, Clone, Copy)]
pub enum Returns {
    /// A value of this kind.
    Of(Kind),
    /// A container of this kind with the elements of its one argument.
    Collected(Kind),
}

/// What a call of the qualified name returns.
pub fn returned(name: &str) -> Option<Returns> {
    use Returns::{Collected, Of};
    Some(match name {
        "str"
        | "repr"
        | "ascii"
        | "chr"
        | "hex"
        | "oct"
        | "bin"
        | "format"
        | "input"
        | "os.getcwd"
        | "os.path.join"
        | "os.path.basename"
        | "os.path.dirname"
        | "os.path.abspath"
        | "os.path.normpath"
        | "json.dumps"
        | "textwrap.dedent"
        | "textwrap.indent"
        | "textwrap.fill"
        | "time.strftime"
        | "traceback.format_exc"
        | "html.escape"
        | "urllib.parse.quote"
        | "urllib.parse.urlencode" => Of(Kind::Str),
        "bytes" | "os.urandom" | "struct.pack" | "pickle.dumps" | "zlib.compress"
        | "zlib.decompress" | "gzip.compress" | "gzip.decompress" | "base64.b64encode"
        | "base64.b64decode" | "os.read" => Of(Kind::Bytes),
        "bytearray" => Of(Kind::ByteArray),
        "bool" | "isinstance" | "issubclass" | "callable" | "hasattr" | "any" | "all" => {
            Of(Kind::Bool)
        }
        "int" | "len" | "ord" | "hash" | "id" => Of(Kind::Int),
        "float" => Of(Kind::Float),
        "complex" => Of(Kind::Complex),
        "list" | "sorted" => Collected(Kind::List),
        "tuple" => Collected(Kind::Tuple),
        "set" => Collected(Kind::Set),
        "frozenset" => Collected(Kind::FrozenSet),
        "dict" | "collections.defaultdict" | "collections.OrderedDict" | "collections.Counter" => {
            Of(Kind::Dict)
        }
        "range" => Of(Kind::Range),
        "map"
        | "filter"
        | "zip"
        | "enumerate"
        | "reversed"
        | "iter"
        | "itertools.accumulate"
        | "itertools.batched"
        | "itertools.chain"
        | "itertools.chain.from_iterable"
        | "itertools.combinations"
        | "itertools.combinations_with_replacement"
        | "itertools.compress"
        | "itertools.count"
        | "itertools.cycle"
        | "itertools.dropwhile"
        | "itertools.filterfalse"
        | "itertools.groupby"
        | "itertools.islice"
        | "itertools.pairwise"
        | "itertools.permutations"
        | "itertools.product"
        | "itertools.repeat"
        | "itertools.starmap"
        | "itertools.takewhile"
        | "itertools.zip_longest"
        | "re.finditer"
        | "os.walk"
        | "os.scandir"
        | "glob.iglob" => Of(Kind::Iterator),
        "open" | "io.open" | "gzip.open" | "bz2.open" | "lzma.open" | "codecs.open" => {
            Of(Kind::File)
        }
        "numpy.array" | "numpy.asarray" | "numpy.zeros" | "numpy.ones" | "numpy.empty"
        | "numpy.full" | "numpy.arange" | "numpy.linspace" | "numpy.eye" | "numpy.concatenate"
        | "numpy.zeros_like" | "numpy.ones_like" | "numpy.load" | "numpy.loadtxt" => {
            Of(Kind::NdArray)
        }
        "pandas.DataFrame"
        | "pandas.read_csv"
        | "pandas.read_parquet"
        | "pandas.read_excel"
        | "pandas.read_json"
        | "pandas.read_sql"
        | "pandas.concat"
        | "pandas.merge" => Of(Kind::DataFrame),
        "pandas.Series" => Of(Kind::Series),
        "torch.tensor" | "torch.zeros" | "torch.ones" | "torch.empty" | "torch.rand"
        | "torch.randn" | "torch.arange" | "torch.cat" | "torch.stack" | "torch.full" => {
            Of(Kind::Tensor)
        }
        _ => return None,
    })
}

/// The kind of the values that an annotation of the qualified name promises.
pub fn annotated(name: &str) -> Option<Kind> {
    Some(match name {
        "str" | "typing.Text" => Kind::Str,
        "bytes" => Kind::Bytes,
        "bytearray" => Kind::ByteArray,
        "bool" => Kind::Bool,
        "int" => Kind::Int,
        // An int is accepted where a float is promised; both are numbers.
        "float" => Kind::Float,
        "list" | "typing.List" => Kind::List,
        "tuple" | "typing.Tuple" => Kind::Tuple,
        "set" | "typing.Set" => Kind::Set,
        "frozenset" | "typing.FrozenSet" => Kind::FrozenSet,
        "dict"
        | "typing.Dict"
        | "collections.defaultdict"
        | "typing.DefaultDict"
        | "collections.OrderedDict"
        | "typing.OrderedDict"
        | "collections.Counter"
        | "typing.Counter" => Kind::Dict,
        "range" => Kind::Range,
        "numpy.ndarray" | "numpy.typing.NDArray" => Kind::NdArray,
        "pandas.DataFrame" | "polars.DataFrame" => Kind::DataFrame,
        "pandas.Series" | "polars.Series" => Kind::Series,
        "torch.Tensor" => Kind::Tensor,
        _ => return None,
    })
}
