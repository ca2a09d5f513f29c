//! Functions that make one text or pickle of an object, and their twins that write it to a file
//! while they make it.
//!
//! Each was measured with 100,000 rows; the figures are on the page of `serialize-then-write`.
//! Absent on purpose, because what writes makes the whole first: `marshal.dump`, `ujson.dump`,
//! `toml.dump`, `DataFrame.to_json`, `to_html` and `to_string` of a file; and `yaml.dump` of one
//! document, whose nodes take six times its text.

/// How the twin is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Twin {
    /// `json.dump(value, file, ..)`: by this name in the same module.
    Function(&'static str),
    /// The same function, with the file as its second argument.
    Stream,
    /// `ElementTree(root).write(file, ..)`
    Tree,
    /// `frame.to_csv(file, ..)`: the same method, with the file as its first argument.
    Method,
}

/// What writing while serializing costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Price {
    /// No more time.
    Nothing,
    /// The encoder in C only makes whole texts: 2.4 to 4 times the time, unless `indent` switches
    /// it off anyway, as it does before Python 3.13.
    Encoder,
    /// No more time, but the memo of what was pickled stays: one entry for each `str`, tuple, list
    /// and the like.
    Memo,
}

/// A function that serializes.
#[derive(Debug, Clone, Copy)]
pub struct Serializer {
    /// The qualified name.
    pub name: &'static str,
    /// The module and the twin.
    pub module: &'static str,
    /// How the twin is called.
    pub twin: Twin,
    /// What it costs.
    pub price: Price,
}

/// The serializer of a name.
pub fn find(name: &str) -> Option<&'static Serializer> {
    SERIALIZERS.iter().find(|it| it.name == name)
}

/// The method of a frame that makes its text.
pub const TO_CSV: Serializer =
    Serializer { name: "to_csv", module: "pandas", twin: Twin::Method, price: Price::Nothing };

const SERIALIZERS: &[Serializer] = &[
    Serializer {
        name: "json.dumps",
        module: "json",
        twin: Twin::Function("dump"),
        price: Price::Encoder,
    },
    Serializer {
        name: "pickle.dumps",
        module: "pickle",
        twin: Twin::Function("dump"),
        price: Price::Memo,
    },
    Serializer {
        name: "plistlib.dumps",
        module: "plistlib",
        twin: Twin::Function("dump"),
        price: Price::Nothing,
    },
    Serializer {
        name: "xml.etree.ElementTree.tostring",
        module: "xml.etree.ElementTree",
        twin: Twin::Tree,
        price: Price::Nothing,
    },
    Serializer { name: "yaml.dump_all", module: "yaml", twin: Twin::Stream, price: Price::Nothing },
    Serializer {
        name: "yaml.safe_dump_all",
        module: "yaml",
        twin: Twin::Stream,
        price: Price::Nothing,
    },
];
