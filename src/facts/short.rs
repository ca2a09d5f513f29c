//! What is short by what it is: the parts of a path, a dotted name or a line, the bases of a class,
//! the members of an enum, what is written out in the file.

use ruff_python_ast::{Expr, ExprName};

use super::Facts;
use super::comprehensions::Built;
use super::cost::SMALL;
use super::mutation::{Change, Mutation};
use super::scopes::{DefinitionKind, Resolution, ScopeId};
use crate::catalog::classes::Family;

/// How many parts a path, a dotted name, a class hierarchy or an enum has at most.
pub(super) const SHORT: u64 = 32;

/// How many names and calls deep an iterable is looked into.
const DEPTH: u32 = 5;

impl<'a> Facts<'a> {
    /// Whether an iterable is short by what it is: the parts of a path or a dotted name, the bases
    /// of a class, the members of an enum.
    pub fn is_short(&self, iter: &'a Expr) -> bool {
        self.is_short_by(iter, DEPTH)
    }

    fn is_short_by(&self, iter: &'a Expr, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        match iter {
            Expr::Attribute(it) => {
                matches!(it.attr.as_str(), "__mro__" | "__bases__" | "__orig_bases__")
            }
            Expr::Subscript(it) => it.slice.is_slice_expr() && self.is_short_by(&it.value, depth),
            Expr::Name(name) => {
                let Resolution::Binding(binding) = self.names().resolve(name) else { return false };
                match self.names().only_definition(binding).map(|it| it.kind) {
                    Some(DefinitionKind::Assign { value, .. }) => self.is_short_by(value, depth),
                    Some(DefinitionKind::Class(def)) => {
                        self.class(def).is_some_and(|class| class.is(Family::Enum))
                    }
                    Some(DefinitionKind::Parameter { .. }) => self.is_bases(name),
                    _ => false,
                }
            }
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(func) => match func.attr.as_str() {
                    "split" | "rsplit" => {
                        let by = call.arguments.args.first();
                        by.is_some_and(|by| self.separates_names(by))
                    }
                    "mro" => call.arguments.is_empty(),
                    _ => false,
                },
                Expr::Name(_) => {
                    let walks = ["enumerate", "reversed", "sorted", "list", "tuple"];
                    let first = call.arguments.args.first();
                    first.is_some_and(|first| self.is_short_by(first, depth))
                        && walks.iter().any(|name| self.is_qualified(&call.func, name))
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether a value is small and written out in this file under a name of the module, by which
    /// nothing changes it: `TEMPLATE`, `LEVELS["low"]`.
    pub fn is_small_constant(&self, value: &'a Expr) -> bool {
        match value {
            Expr::Subscript(it) => self.is_small_constant(&it.value),
            Expr::Name(name) => {
                let Resolution::Binding(binding) = self.names().resolve(name) else { return false };
                let definition = self.names().only_definition(binding);
                let Some(DefinitionKind::Assign { value, .. }) = definition.map(|it| it.kind)
                else {
                    return false;
                };
                // Who gets it may change it; what is copied is seldom a registry.
                let changes = |it: &Mutation<'a>| {
                    !matches!(it.change, Change::Passed | Change::Method("get"))
                };
                self.names().scope(binding) == ScopeId::MODULE
                    && self.is_small_display(value, DEPTH)
                    && !self.mutations(binding).iter().any(changes)
            }
            _ => false,
        }
    }

    /// Whether a display and all that is in it is written out, and small.
    fn is_small_display(&self, value: &'a Expr, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        let id = self.nodes().id(value);
        if self.nodes().subtree(id).len() as u64 > SMALL {
            return false;
        }
        let written = |part: &'a Expr| self.is_small_display(part, depth);
        match value {
            Expr::Dict(it) => {
                it.items.iter().all(|item| item.key.is_some() && written(&item.value))
            }
            Expr::List(it) => it.elts.iter().all(written),
            Expr::Tuple(it) => it.elts.iter().all(written),
            Expr::Set(it) => it.elts.iter().all(written),
            Expr::Call(it) => {
                it.arguments.args.is_empty()
                    && self.is_qualified(&it.func, "dict")
                    && it.arguments.keywords.iter().all(|it| it.arg.is_some() && written(&it.value))
            }
            Expr::UnaryOp(it) => written(&it.operand),
            Expr::Name(name) => match self.names().resolve(name) {
                Resolution::Binding(binding) => {
                    let kind = self.names().only_definition(binding).map(|it| it.kind);
                    match kind {
                        // Looking on through names would take as long as they branch.
                        Some(DefinitionKind::Assign { value, .. }) => value.is_literal_expr(),
                        Some(DefinitionKind::Function(_) | DefinitionKind::Class(_)) => true,
                        _ => false,
                    }
                }
                Resolution::Builtin | Resolution::Unknown => true,
            },
            _ => value.is_literal_expr(),
        }
    }

    /// `bases` of a metaclass.
    fn is_bases(&self, name: &'a ExprName) -> bool {
        let function = self.scopes().function(self.nodes().scope(self.nodes().id(name)));
        name.id.as_str() == "bases"
            && function.is_some_and(|it| {
                matches!(it.name.as_str(), "__new__" | "__init__" | "__prepare__" | "__call__")
            })
    }

    /// Whether a separator stands between the parts of paths, addresses and names.
    fn separates_names(&self, by: &'a Expr) -> bool {
        match by {
            Expr::StringLiteral(it) => is_joint(it.value.to_str()),
            Expr::BytesLiteral(it) => {
                let bytes: Vec<u8> = it.value.bytes().collect();
                std::str::from_utf8(&bytes).is_ok_and(is_joint)
            }
            _ => matches!(self.qualified(by), Some("os.sep" | "os.path.sep" | "os.extsep")),
        }
    }

    /// Whether what a list is built of is short, or the parts of one line: `line.split(",")`.
    pub fn has_few_parts(&self, built: Built<'a>) -> bool {
        let of = match built {
            Built::Comprehension(_, [only]) => &only.iter,
            Built::Comprehension(..) => return false,
            Built::Collected(inner) => inner,
        };
        self.is_short(of) || self.is_of_a_line(of)
    }

    /// `line.split(",")`, not of a whole file, and not into lines.
    fn is_of_a_line(&self, iter: &'a Expr) -> bool {
        let Expr::Call(call) = iter else { return false };
        let Expr::Attribute(func) = &*call.func else { return false };
        let [by, ..] = &call.arguments.args[..] else { return false };
        let between = match by {
            Expr::StringLiteral(it) => !it.value.to_str().contains('\n'),
            Expr::BytesLiteral(it) => !it.value.bytes().any(|byte| byte == b'\n'),
            _ => false,
        };
        between
            && matches!(func.attr.as_str(), "split" | "rsplit")
            && self.whole_read(&func.value).is_none()
    }
}

/// Whether a text stands between the parts of paths, addresses and names.
pub(super) fn is_joint(text: &str) -> bool {
    matches!(text, "." | "/" | "\\" | "::" | ":" | "-" | "_" | "__" | "->")
}
