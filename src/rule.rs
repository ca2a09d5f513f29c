//! What a rule is: data read from its page at compile time, and the hooks that it registers.
//!
//! A page's front matter is parsed by a `const fn`, so a rule whose page has a missing or
//! misspelt field does not compile.

use std::fmt;

use ruff_python_ast::{
    Expr, ExprAttribute, ExprCall, ExprStarred, ExprSubscript, StmtClassDef, StmtFunctionDef,
};

use crate::cx::Cx;
use crate::facts::calls::Recursion;
use crate::facts::flow::Accumulation;
use crate::facts::scopes::Definition;
use crate::facts::walked::Walked;

/// A rule: what its page says about it, and the nodes and facts that it wants to see.
pub struct Rule {
    /// The facts stated by the page's front matter and heading.
    pub spec: Spec,
    /// The interests of the rule. Empty for the rules of heaplint itself.
    pub on: &'static [On],
    /// The codes of the rules that have nothing to say where this one speaks: a finding of theirs
    /// whose range overlaps a finding of this rule is dropped.
    pub over: &'static [&'static str],
}

impl Rule {
    /// Whether both are the same rule.
    pub fn is(&self, other: &Rule) -> bool {
        std::ptr::eq(self, other)
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.spec.code)
    }
}

/// The address of a rule's page, where the package names the repository that holds it.
pub fn address(rule: &Rule) -> Option<String> {
    let repository = env!("CARGO_PKG_REPOSITORY");
    let version = env!("CARGO_PKG_VERSION");
    (!repository.is_empty())
        .then(|| format!("{repository}/blob/v{version}/rules/{}.md", rule.spec.name))
}

/// An interest of a rule: the kind of node or fact, and the hook to call with each.
///
/// The interest is the hook's signature, so the two cannot drift apart.
#[derive(Clone, Copy)]
pub enum On {
    /// Calls whose callee resolves to one of the qualified names. Builtins go by their bare name.
    CallTo(&'static [&'static str], for<'f, 'a> fn(&mut Cx<'f, 'a>, &'a ExprCall)),
    /// Calls of methods of one of the names, whatever the receiver is: `receiver.name(..)`.
    Method(
        &'static [&'static str],
        for<'f, 'a> fn(&mut Cx<'f, 'a>, &'a ExprCall, &'a ExprAttribute),
    ),
    /// Calls, comprehensions, displays and subscripts that are walked where they stand.
    Walked(for<'f, 'a> fn(&mut Cx<'f, 'a>, &'f Walked<'a>)),
    /// Subscripts of values that are made on the spot, as in `sorted(rows)[0]`.
    Subscript(for<'f, 'a> fn(&mut Cx<'f, 'a>, &'a ExprSubscript)),
    /// Starred names in the targets of assignments and loops, which take what the other names leave:
    /// `first, *rest = rows`.
    Rest(for<'f, 'a> fn(&mut Cx<'f, 'a>, &'a ExprStarred)),
    /// Calls of functions and methods of one of the names, whatever the module or the receiver is,
    /// that make arguments of the items of an iterable: `name(*rows)`.
    Spread(&'static [&'static str], for<'f, 'a> fn(&mut Cx<'f, 'a>, &'a ExprCall, &'a ExprStarred)),
    /// Names that are given the value of an expression: `name = value`, with an annotation or not,
    /// and `(name := value)`. Values that are names, attributes, constants or functions are left
    /// out.
    Assigned(for<'f, 'a> fn(&mut Cx<'f, 'a>, &'f Definition<'a>, &'a Expr)),
    /// Attributes that are given the value of an expression: `self.name = value`. The same values
    /// are left out.
    Stored(for<'f, 'a> fn(&mut Cx<'f, 'a>, &'a ExprAttribute, &'a Expr)),
    /// Function statements.
    Function(for<'f, 'a> fn(&mut Cx<'f, 'a>, &'a StmtFunctionDef)),
    /// Class statements.
    Class(for<'f, 'a> fn(&mut Cx<'f, 'a>, &'a StmtClassDef)),
    /// Statements in a loop that make the new value of their target from its old one.
    Accumulation(for<'f, 'a> fn(&mut Cx<'f, 'a>, &'f Accumulation<'a>)),
    /// Functions that call themselves, directly or through other functions of the module.
    Recursion(for<'f, 'a> fn(&mut Cx<'f, 'a>, &'f Recursion<'a>)),
}

impl fmt::Debug for On {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            On::CallTo(names, _) => write!(f, "CallTo({names:?})"),
            On::Method(names, _) => write!(f, "Method({names:?})"),
            On::Walked(_) => f.write_str("Walked"),
            On::Subscript(_) => f.write_str("Subscript"),
            On::Rest(_) => f.write_str("Rest"),
            On::Spread(names, _) => write!(f, "Spread({names:?})"),
            On::Assigned(_) => f.write_str("Assigned"),
            On::Stored(_) => f.write_str("Stored"),
            On::Function(_) => f.write_str("Function"),
            On::Class(_) => f.write_str("Class"),
            On::Accumulation(_) => f.write_str("Accumulation"),
            On::Recursion(_) => f.write_str("Recursion"),
        }
    }
}

/// The metadata of a rule, read from its page.
#[derive(Debug)]
pub struct Spec {
    /// The rule's name, as in `list-in-reduction`: the page's heading and file name.
    pub name: &'static str,
    /// The rule's code, as in `MEM101`. Unique and never reused.
    pub code: &'static str,
    /// The family that the code's first digit names.
    pub family: Family,
    /// The level of the rule's diagnostics unless a diagnostic says otherwise.
    pub level: Level,
    /// The safest fix that the rule may offer.
    pub fix: FixAvailability,
    /// The version that introduced the rule.
    pub since: &'static str,
    /// One sentence in lower case: the headline of the rule's diagnostics.
    pub summary: &'static str,
    /// The page's Markdown after the front matter.
    pub page: &'static str,
}

/// How serious a diagnostic is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    clap::ValueEnum,
    schemars::JsonSchema,
    serde::Deserialize,
    serde::Serialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Not reported unless the rule is selected by its code or name.
    Off,
    /// Reported; does not fail the gate.
    Info,
    /// Reported; fails the gate.
    Warn,
}

impl Level {
    /// The word used in pages and configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Level::Off => "off",
            Level::Info => "info",
            Level::Warn => "warn",
        }
    }

    /// The word used in reports.
    pub const fn severity(self) -> &'static str {
        match self {
            Level::Warn => "warning",
            Level::Info | Level::Off => "info",
        }
    }
}

/// The safest fix that a rule may offer. A single diagnostic may offer a less safe one or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixAvailability {
    /// Never a fix.
    None,
    /// Only fixes that need `--unsafe-fixes`.
    Unsafe,
    /// Safe fixes where the proof is there.
    Safe,
}

impl FixAvailability {
    /// The word used in pages.
    pub const fn as_str(self) -> &'static str {
        match self {
            FixAvailability::None => "none",
            FixAvailability::Unsafe => "unsafe",
            FixAvailability::Safe => "safe",
        }
    }
}

macro_rules! families {
    ($($variant:ident $digit:literal $slug:literal $title:literal;)*) => {
        /// A family of rules: what kind of waste they find.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Family {
            $(#[doc = $title] $variant,)*
        }

        impl Family {
            /// Every family in the order of its digit.
            pub const ALL: &'static [Family] = &[$(Family::$variant,)*];

            /// The first digit of the codes of the family.
            pub const fn digit(self) -> u8 {
                match self { $(Family::$variant => $digit,)* }
            }

            /// The word used in pages and reports.
            pub const fn slug(self) -> &'static str {
                match self { $(Family::$variant => $slug,)* }
            }

            /// The title of the family's section in listings.
            pub const fn title(self) -> &'static str {
                match self { $(Family::$variant => $title,)* }
            }
        }
    };
}

families! {
    Heaplint b'0' "heaplint" "heaplint itself";
    Materialised b'1' "materialised" "built whole, used once";
    Rebuilt b'2' "rebuilt" "copied again on every pass";
    Copied b'3' "copied" "needless copies";
    Boxed b'4' "boxed" "cost per object";
    Kept b'5' "kept" "kept too long";
    Repeated b'6' "repeated" "built again and again";
    Recursed b'7' "recursed" "stack";
    Arrays b'8' "arrays" "arrays and frames";
    Tensors b'9' "tensors" "tensors";
}

impl Spec {
    /// Reads the specification from a page.
    ///
    /// # Panics
    ///
    /// On a malformed page: at compile time, where every page is read.
    pub const fn from_page(page: &'static str) -> Spec {
        let (line, rest) = split_line(page);
        assert!(bytes_eq(line, "---"), "a page begins with a line `---`");
        let (code, rest) = field(rest, "code");
        let (family, rest) = field(rest, "family");
        let (level, rest) = field(rest, "level");
        let (fix, rest) = field(rest, "fix");
        let (since, rest) = field(rest, "since");
        let (summary, rest) = field(rest, "summary");
        let (line, rest) = split_line(rest);
        assert!(bytes_eq(line, "---"), "the front matter ends with a line `---`");
        let (line, rest) = split_line(rest);
        assert!(line.is_empty(), "an empty line follows the front matter");
        let (heading, _) = split_line(rest);
        let name = strip(heading, "# ");

        let digits = code.as_bytes();
        assert!(
            digits.len() == 6 && digits[0] == b'M' && digits[1] == b'E' && digits[2] == b'M',
            "a code is MEM and three digits"
        );
        let family = parse_family(family);
        assert!(digits[3] == family.digit(), "the code's first digit names its family");

        Spec {
            name,
            code,
            family,
            level: parse_level(level),
            fix: parse_fix(fix),
            since,
            summary,
            page: rest,
        }
    }
}

const fn parse_family(text: &str) -> Family {
    let mut i = 0;
    while i < Family::ALL.len() {
        if bytes_eq(Family::ALL[i].slug(), text) {
            return Family::ALL[i];
        }
        i += 1;
    }
    const_panic("unknown family")
}

const fn parse_level(text: &str) -> Level {
    if bytes_eq(text, "warn") {
        Level::Warn
    } else if bytes_eq(text, "info") {
        Level::Info
    } else if bytes_eq(text, "off") {
        Level::Off
    } else {
        const_panic("a level is warn, info or off")
    }
}

const fn parse_fix(text: &str) -> FixAvailability {
    if bytes_eq(text, "none") {
        FixAvailability::None
    } else if bytes_eq(text, "unsafe") {
        FixAvailability::Unsafe
    } else if bytes_eq(text, "safe") {
        FixAvailability::Safe
    } else {
        const_panic("a fix is none, unsafe or safe")
    }
}

#[expect(clippy::panic, reason = "runs only while compiling, where a panic is a compile error")]
const fn const_panic(message: &'static str) -> ! {
    panic!("{}", message)
}

/// Reads `name: value` from the first line: the value and the rest.
const fn field(text: &'static str, name: &str) -> (&'static str, &'static str) {
    let (line, rest) = split_line(text);
    let value = strip(strip(line, name), ": ");
    assert!(!value.is_empty(), "a field of the front matter has a value");
    (value, rest)
}

const fn split_line(text: &'static str) -> (&'static str, &'static str) {
    let bytes = text.as_bytes();
    let mut end = 0;
    while end < bytes.len() && bytes[end] != b'\n' {
        end += 1;
    }
    let (line, rest) = text.split_at(end);
    if rest.is_empty() { (line, rest) } else { (line, rest.split_at(1).1) }
}

const fn strip(text: &'static str, prefix: &str) -> &'static str {
    assert!(text.len() >= prefix.len(), "a field of the front matter is missing or misplaced");
    let (head, tail) = text.split_at(prefix.len());
    assert!(bytes_eq(head, prefix), "a field of the front matter is missing or misplaced");
    tail
}

const fn bytes_eq(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}
