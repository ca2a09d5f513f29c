//! What is known of the number of items that values have: which functions give as many as the data
//! has, which give few, and which hand on what they get.

/// Functions that give as many items as there are files, rows or lines.
pub fn gives_data(name: &str) -> bool {
    matches!(
        name,
        "csv.DictReader"
            | "csv.reader"
            | "glob.glob"
            | "glob.iglob"
            | "itertools.chain"
            | "itertools.product"
            | "os.listdir"
            | "os.scandir"
            | "os.walk"
            | "pandas.read_csv"
            | "pandas.read_excel"
            | "pandas.read_json"
            | "pandas.read_parquet"
            | "pandas.read_sql"
    )
}

/// Functions that give what a file holds.
pub fn loads(name: &str) -> bool {
    matches!(name, "json.load" | "pickle.load")
}

/// Functions that give what a program states about itself.
pub fn gives_few(name: &str) -> bool {
    matches!(
        name,
        "dataclasses.fields"
            | "dir"
            | "os.environ.copy"
            | "os.environ.items"
            | "platform.uname"
            | "str"
            | "sys.argv"
            | "vars"
    )
}

/// Constructors of containers: of nothing, of an iterable, or of keywords.
pub fn collects(name: &str) -> bool {
    matches!(
        name,
        "collections.Counter"
            | "collections.OrderedDict"
            | "collections.defaultdict"
            | "collections.deque"
            | "dict"
            | "frozenset"
            | "list"
            | "set"
            | "tuple"
    )
}

/// Functions that give as many items as one of their arguments has: its position.
pub fn hands_on(name: &str) -> Option<usize> {
    match name {
        "enumerate" | "iter" | "reversed" | "sorted" | "tqdm.tqdm" | "tqdm.auto.tqdm" => Some(0),
        "filter" | "map" => Some(1),
        _ => None,
    }
}

/// Methods that put items into a container.
pub fn puts(method: &str) -> bool {
    matches!(
        method,
        "add" | "append" | "appendleft" | "extend" | "insert" | "setdefault" | "update"
    )
}

/// Functions that put a new element into the element that is their first argument.
pub fn adds_element(name: &str) -> bool {
    matches!(name, "xml.etree.ElementTree.SubElement" | "xml.etree.cElementTree.SubElement")
}

/// Whether the name of an iterable says that a program states its items: a constant, arguments,
/// options, columns.
pub fn is_few(name: &str) -> bool {
    let stem = name.trim_matches('_');
    let constant = stem.len() > 1
        && stem.bytes().all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'0'..=b'9'));
    constant || stem.split('_').any(|word| FEW.contains(&word.to_ascii_lowercase().as_str()))
}

/// Words of the names of such iterables.
const FEW: &[&str] = &[
    "arg",
    "args",
    "argv",
    "attributes",
    "attrs",
    "choices",
    "columns",
    "conf",
    "config",
    "configs",
    "credentials",
    "dict",
    "environ",
    "env",
    "environment",
    "fields",
    "flags",
    "formats",
    "header",
    "headers",
    "kwargs",
    "langs",
    "languages",
    "locales",
    "meta",
    "metadata",
    "options",
    "opts",
    "param",
    "parameters",
    "params",
    "plugins",
    "properties",
    "props",
    "schema",
    "settings",
    "slots",
    "stats",
    "types",
    "versions",
];
