//! Calls whose result is new all the way down: nobody else can hold a part of it.

/// The qualified names, and whether that holds for certain. `pickle` runs what classes say, and
/// constructors can be registered with `yaml`.
const FRESH: &[(&str, bool)] = &[
    ("ast.literal_eval", true),
    ("json.load", true),
    ("json.loads", true),
    ("marshal.load", true),
    ("marshal.loads", true),
    ("pickle.load", false),
    ("pickle.loads", false),
    ("plistlib.load", true),
    ("plistlib.loads", true),
    ("tomllib.load", true),
    ("tomllib.loads", true),
    ("yaml.safe_load", false),
];

/// Whether a call of the name without keywords gives a fresh value: for certain or most likely.
pub fn is_certain(name: &str) -> Option<bool> {
    FRESH.iter().find(|(known, _)| *known == name).map(|(_, certain)| *certain)
}
