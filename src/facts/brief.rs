//! What has few items by convention, so that nothing is gained by walking it piece by piece:
//! arguments, the pieces of a line, versions, shapes, and what is made of one of those item by
//! item.
//!
//! Answers for silence alone, and says no number: `short` has what is surely short.

use ruff_python_ast::{Comprehension, Expr, ExprCall, Operator};

use super::Facts;
use super::cost::{SMALL, integer};

/// Longer chains of calls are not taken to be short.
const DEPTH: u32 = 8;

/// Methods that give a few pieces of what they are called on.
const PIECES: &[&str] = &[
    "as_integer_ratio",
    "as_tuple",
    "groups",
    "isocalendar",
    "partition",
    "rpartition",
    "rsplit",
    "split",
    "timetuple",
    "utctimetuple",
];

/// Functions that give a few pieces.
const FEW: &[&str] = &[
    "divmod",
    "inspect.getmro",
    "os.path.split",
    "os.path.splitdrive",
    "os.path.splitext",
    "os.uname",
    "platform.uname",
    "shlex.split",
    "sys.exc_info",
    "time.gmtime",
    "time.localtime",
    "typing.get_args",
    "urllib.parse.urlparse",
    "urllib.parse.urlsplit",
];

/// Attributes that hold a few items.
const ATTRIBUTES: &[&str] = &[
    "__args__",
    "args",
    "argv",
    "axes",
    "dims",
    "orig_argv",
    "parents",
    "parts",
    "shape",
    "strides",
    "suffixes",
    "version_info",
];

impl<'a> Facts<'a> {
    /// Whether an iterable has few items: by its length, or by its nature.
    pub fn is_brief(&self, iterable: &'a Expr) -> bool {
        self.is_brief_at(iterable, DEPTH)
    }

    fn is_brief_at(&self, iterable: &'a Expr, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        match self.length_of(iterable) {
            Some(length) => return length <= SMALL,
            None if self.is_variadic(iterable) || self.is_short(iterable) => return true,
            None => {}
        }
        match self.origin(iterable) {
            Expr::Attribute(it) => ATTRIBUTES.contains(&it.attr.as_str()),
            Expr::Subscript(it) => it.slice.is_slice_expr() && self.is_brief_at(&it.value, depth),
            Expr::Call(call) => self.gives_few(call, depth),
            // `pieces + [""] * 3`: some are there, and the rest is filled up to be unpacked.
            Expr::BinOp(it) => {
                it.op == Operator::Add
                    && self.length_of(&it.right).is_some_and(|it| it <= SMALL)
                    && matches!(&*it.right, Expr::BinOp(filling) if filling.op == Operator::Mult)
            }
            Expr::ListComp(it) => self.are_brief(&it.generators, depth),
            Expr::SetComp(it) => self.are_brief(&it.generators, depth),
            Expr::DictComp(it) => self.are_brief(&it.generators, depth),
            Expr::Generator(it) => self.are_brief(&it.generators, depth),
            Expr::Tuple(it) => it.elts.iter().all(|item| match item {
                Expr::Starred(it) => self.is_brief_at(&it.value, depth),
                _ => true,
            }),
            Expr::List(it) => it.elts.iter().all(|item| match item {
                Expr::Starred(it) => self.is_brief_at(&it.value, depth),
                _ => true,
            }),
            _ => matches!(iterable, Expr::Name(name) if holds_few(name.id.as_str())),
        }
    }

    fn are_brief(&self, clauses: &'a [Comprehension], depth: u32) -> bool {
        clauses.iter().all(|clause| self.is_brief_at(&clause.iter, depth))
    }

    fn gives_few(&self, call: &'a ExprCall, depth: u32) -> bool {
        let brief = |argument: &'a Expr| self.is_brief_at(argument, depth);
        let args = &call.arguments.args[..];
        let name = self.qualified(&call.func);
        match (name, args) {
            (Some("map" | "itertools.starmap"), [_, sources @ ..]) => sources.iter().any(brief),
            (Some("filter"), [_, source]) => brief(source),
            (Some("itertools.islice"), [source, stop]) => {
                integer(stop).is_some_and(|it| it.unsigned_abs() <= SMALL) || brief(source)
            }
            (Some("zip"), sources) => sources.iter().any(brief),
            (Some("itertools.chain" | "itertools.zip_longest"), sources) => {
                sources.iter().all(brief)
            }
            (
                Some(
                    "enumerate" | "frozenset" | "iter" | "itertools.islice" | "list" | "reversed"
                    | "set" | "sorted" | "tuple",
                ),
                [source, ..],
            ) => brief(source),
            (Some(name), _) if FEW.contains(&name) => true,
            _ => match &*call.func {
                Expr::Attribute(func) => {
                    let method = func.attr.as_str();
                    PIECES.contains(&method)
                        || args.is_empty()
                            && matches!(method, "items" | "keys" | "values")
                            && brief(&func.value)
                }
                _ => false,
            },
        }
    }
}

/// Names by which arguments and shapes go.
fn holds_few(name: &str) -> bool {
    matches!(name, "arguments" | "argv" | "shape") || ATTRIBUTES.contains(&name)
}
