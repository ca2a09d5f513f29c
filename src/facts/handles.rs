//! Open files: what opened a handle, who else uses it, and which files are small or are replaced
//! while they are read.
//!
//! A handle is an expression that is known to be an open file. Paths are compared as they are
//! written: two that look different may be the same.

use ruff_python_ast::{Expr, ExprCall, ExprName, Operator};
use ruff_text_size::Ranged;

use super::Facts;
use super::flow::same_place;
use super::nodes::{Node, NodeId};
use super::scopes::{BindingId, DefinitionId, DefinitionKind, Resolution};
use super::types::Kind;
use super::usage::{Usage, UsedOnce};
use crate::catalog::files;

/// Names behind names, and calls around paths, that are looked through.
const DEPTH: u32 = 6;

/// How a handle came to be.
#[derive(Debug, Clone, Copy)]
pub struct Opened<'a> {
    /// The call that opened the file.
    pub call: &'a ExprCall,
    /// The path, where the call takes one.
    pub path: Option<&'a Expr>,
    /// The name that holds the handle, with the definition. `None` where nothing does.
    pub holder: Option<(BindingId, DefinitionId)>,
}

/// What is read whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// `file.read()`
    File,
    /// `path.read_bytes()`, `path.read_text()`
    Path,
    /// `archive.read(member)`
    Member,
}

/// A value that is the whole content of a file.
#[derive(Debug, Clone, Copy)]
pub struct WholeRead<'f, 'a> {
    /// The call that reads.
    pub read: &'a ExprCall,
    /// The file, the path or the archive.
    pub source: &'a Expr,
    /// What it is.
    pub whole: Whole,
    /// What opened the file.
    pub opened: Option<Opened<'a>>,
    /// `Str` or `Bytes`, where it is known.
    pub content: Kind,
    /// The name that carries the content here, and the read of it.
    pub named: Option<(UsedOnce<'f, 'a>, &'a ExprName)>,
}

impl<'a> Facts<'a> {
    /// The file whose whole content an expression is: read on the spot, or carried here by a name
    /// that is read nowhere else.
    pub fn whole_read(&self, expr: &'a Expr) -> Option<WholeRead<'_, 'a>> {
        let (expr, named) = match expr {
            Expr::Name(name) => {
                let Resolution::Binding(binding) = self.names().resolve(name) else { return None };
                let once = self.used_once(binding).filter(UsedOnce::is_direct)?;
                (once.value?, Some((once, name)))
            }
            _ => (expr, None),
        };
        let Expr::Call(read) = expr else { return None };
        let Expr::Attribute(method) = &*read.func else { return None };
        let source = &*method.value;
        let arguments = &read.arguments;
        let (whole, opened, content) = match method.attr.as_str() {
            "read" if arguments.is_empty() && self.is_handle(source) => {
                let opened = self.opened(source);
                let file = opened.and_then(|it| self.expression(it.call)).unwrap_or(source);
                (Whole::File, opened, self.type_of(file).element)
            }
            "read" if arguments.len() == 1 && self.kind_of(source) == Kind::ZipFile => {
                (Whole::Member, None, Kind::Bytes)
            }
            "read_bytes" if self.kind_of(source) == Kind::Path => {
                (Whole::Path, self.opened(expr), Kind::Bytes)
            }
            "read_text" if self.kind_of(source) == Kind::Path => {
                (Whole::Path, self.opened(expr), Kind::Str)
            }
            _ => return None,
        };
        Some(WholeRead { read, source, whole, opened, content, named })
    }

    /// Whether what is read whole is known to be small.
    pub fn is_small_read(&self, whole: &WholeRead<'_, 'a>) -> bool {
        match whole.whole {
            Whole::Member => {
                let member = whole.read.arguments.args.first();
                member.is_some_and(|member| self.is_small_path(member, DEPTH))
            }
            _ => whole.opened.is_some_and(|opened| self.opens_small(opened.call)),
        }
    }

    /// Whether an expression is an open file.
    pub fn is_handle(&self, expr: &'a Expr) -> bool {
        self.type_of(expr).kind_or_none() == Kind::File || self.is_standard_input(expr)
    }

    /// Whether an expression is the standard input of the process.
    pub fn is_standard_input(&self, expr: &'a Expr) -> bool {
        self.qualified(expr).is_some_and(|it| matches!(it, "sys.stdin" | "sys.stdin.buffer"))
    }

    /// What opened a handle: the call itself, or that which gave the name its value.
    pub fn opened(&self, handle: &'a Expr) -> Option<Opened<'a>> {
        match handle {
            Expr::Call(call) => Some(Opened { call, path: self.path_of(call), holder: None }),
            Expr::Name(name) => {
                let (binding, id) = self.handle_definition(name)?;
                let definition = self.names().definition(id)?;
                let (DefinitionKind::With(value) | DefinitionKind::Assign { value, .. }) =
                    definition.kind
                else {
                    return None;
                };
                let Expr::Call(call) = value else { return None };
                Some(Opened { call, path: self.path_of(call), holder: Some((binding, id)) })
            }
            _ => None,
        }
    }

    fn handle_definition(&self, name: &'a ExprName) -> Option<(BindingId, DefinitionId)> {
        let Resolution::Binding(binding) = self.names().resolve(name) else { return None };
        if let Some(reaching) = self.reaching(name) {
            let [id] = reaching.ids() else { return None };
            return (!reaching.may_be_unbound()).then_some((binding, *id));
        }
        let [id] = self.names().definition_ids(binding) else { return None };
        Some((binding, *id))
    }

    /// The path that a call opens: its argument, or the path whose method it is.
    fn path_of(&self, call: &'a ExprCall) -> Option<&'a Expr> {
        if let Expr::Attribute(func) = &*call.func
            && matches!(func.attr.as_str(), "open" | "read_text" | "read_bytes")
        {
            match self.kind_of(&func.value) {
                Kind::Path => return Some(&func.value),
                Kind::ZipFile => return call.arguments.args.first(),
                _ => {}
            }
        }
        let name = self.qualified(&call.func)?;
        if !files::takes_path(name) {
            return None;
        }
        let keyword = || call.arguments.find_keyword("file").map(|keyword| &keyword.value);
        call.arguments.args.first().or_else(keyword)
    }

    /// The literal mode of a call that opens a file; `r` where it has none.
    pub fn open_mode(&self, call: &'a ExprCall) -> Option<&'a str> {
        let is_path = matches!(&*call.func, Expr::Attribute(func)
            if self.kind_of(&func.value) == Kind::Path);
        match call.arguments.find_argument_value("mode", usize::from(!is_path)) {
            None => Some("r"),
            Some(Expr::StringLiteral(mode)) => Some(mode.value.to_str()),
            Some(_) => None,
        }
    }

    /// Whether a call opens a file whose bytes are read as they lie on the disk.
    pub fn opens_plainly(&self, call: &'a ExprCall) -> bool {
        match self.qualified(&call.func) {
            Some(name) => files::reads_plainly(name),
            None => matches!(&*call.func, Expr::Attribute(func)
                if func.attr.as_str() == "open" && self.kind_of(&func.value) == Kind::Path),
        }
    }

    /// Whether the file of a call that opens one is small, by its path: configuration and the
    /// like, and what lies beside the source.
    pub fn opens_small(&self, call: &'a ExprCall) -> bool {
        self.path_of(call).is_some_and(|path| self.is_small_path(path, DEPTH))
    }

    /// Whether the file of a call that opens one is written for people or for the program itself,
    /// by its path: configuration and the like.
    pub fn opens_settings(&self, call: &'a ExprCall) -> bool {
        let Some(path) = self.path_of(call) else { return false };
        let says = |expr: &'a Expr| match expr {
            Expr::StringLiteral(it) => is_settings_text(it.value.to_str()),
            Expr::FString(it) => {
                let last = it.value.elements().filter_map(|it| it.as_literal()).last();
                last.is_some_and(|last| is_settings_text(&last.value))
            }
            Expr::Name(name) => name.id.as_str() == "__file__" || files::is_settings_word(&name.id),
            Expr::Attribute(it) => {
                it.attr.as_str() == "__file__" || files::is_settings_word(&it.attr)
            }
            _ => false,
        };
        let mut at = path;
        for _ in 0..DEPTH {
            if self.any_below(self.nodes().id(at), says) {
                return true;
            }
            let Expr::Name(name) = at else { return false };
            let Some(value) = self.value_of(name) else { return false };
            at = value;
        }
        false
    }

    /// Whether a path is that of a small file, by what it looks like.
    pub fn is_path_of_small(&self, path: &'a Expr) -> bool {
        self.is_small_path(path, DEPTH)
    }

    fn is_small_path(&self, path: &'a Expr, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        match path {
            Expr::StringLiteral(it) => is_small_text(it.value.to_str()),
            Expr::FString(it) => {
                let last = it.value.elements().last();
                let text = last.and_then(|it| it.as_literal()).map(|it| &*it.value);
                let alone = it.value.elements().nth(1).is_none();
                text.is_some_and(|it| if alone { is_small_text(it) } else { is_small_end(it) })
                    || it
                        .value
                        .elements()
                        .filter_map(|it| it.as_interpolation())
                        .any(|it| self.is_beside_source(&it.expression, depth))
            }
            Expr::BinOp(it) if matches!(it.op, Operator::Div | Operator::Add) => {
                self.is_small_part(&it.right, it.op == Operator::Add, depth)
                    || self.is_beside_source(&it.left, depth)
            }
            Expr::Call(it) => {
                let suffix = matches!(&*it.func, Expr::Attribute(func)
                    if func.attr.as_str() == "with_suffix");
                let last = it.arguments.args.last();
                last.is_some_and(|last| self.is_small_part(last, suffix, depth))
                    || self.is_beside_source(path, depth)
            }
            Expr::Name(name) => {
                name.id.as_str() == "__file__"
                    || files::is_small_word(&name.id)
                    || self.value_of(name).is_some_and(|it| self.is_small_path(it, depth))
            }
            Expr::Attribute(it) if it.attr.as_str() == "__file__" => true,
            Expr::Attribute(it) if files::is_small_word(&it.attr) => true,
            _ => self.is_beside_source(path, depth),
        }
    }

    /// Whether the last part of a path says that its file is small. The part may be the end of a
    /// name.
    fn is_small_part(&self, part: &'a Expr, ends: bool, depth: u32) -> bool {
        match part {
            Expr::StringLiteral(it) if ends => is_small_end(it.value.to_str()),
            _ => self.is_small_path(part, depth),
        }
    }

    /// Whether a path is made from `__file__`.
    fn is_beside_source(&self, path: &'a Expr, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        match path {
            Expr::Name(name) => {
                name.id.as_str() == "__file__"
                    || self.value_of(name).is_some_and(|it| self.is_beside_source(it, depth))
            }
            Expr::Attribute(it) => self.is_beside_source(&it.value, depth),
            Expr::Subscript(it) => self.is_beside_source(&it.value, depth),
            Expr::BinOp(it) => self.is_beside_source(&it.left, depth),
            Expr::Call(it) => {
                it.arguments.args.first().is_some_and(|first| self.is_beside_source(first, depth))
                    || matches!(&*it.func, Expr::Attribute(func)
                        if self.is_beside_source(&func.value, depth))
            }
            _ => false,
        }
    }

    /// Whether a run of nodes removes, moves or writes the file at a path.
    pub fn replaces_file(&self, path: &'a Expr, from: NodeId, to: NodeId) -> bool {
        let nodes = self.nodes();
        let text = self.source.slice(path.range());
        let is_it = |expr: &Expr| same_place(expr, path) || self.source.slice(expr.range()) == text;
        (from.index()..=to.index()).filter_map(|at| nodes.nth(at)?.as_expr()?.as_call_expr()).any(
            |call| {
                let arguments = &call.arguments;
                if let Expr::Attribute(func) = &*call.func
                    && is_it(&func.value)
                    && (files::replaces_own(func.attr.as_str())
                        || func.attr.as_str() == "open" && !is_read_mode(call, 0))
                {
                    return true;
                }
                if !arguments.args.iter().any(is_it) {
                    return false;
                }
                self.qualified(&call.func).is_some_and(|name| {
                    files::takes_path(name)
                        && arguments.args.first().is_some_and(is_it)
                        && !is_read_mode(call, 1)
                        || files::replaces(name).is_some_and(|at| {
                            at.iter().any(|at| arguments.args.get(*at).is_some_and(is_it))
                        })
                })
            },
        )
    }

    /// The uses of an opened handle besides one, by the name that holds it. `None`: not known, or
    /// something else may use it.
    pub fn handle_uses(
        &self,
        opened: &Opened<'a>,
        but: NodeId,
    ) -> Option<Vec<(NodeId, Usage<'a>)>> {
        let Some((binding, definition)) = opened.holder else { return Some(Vec::new()) };
        if self.is_captured(binding) || self.is_reflected(self.names().scope(binding)) {
            return None;
        }
        let uses = match self.reached_uses(definition) {
            Some(uses) => uses,
            None => self.uses_of(binding).to_vec(),
        };
        let kept = uses.into_iter().filter(|id| *id != but).filter(|id| {
            matches!(self.nodes().get(*id), Some(Node::Expr(Expr::Name(name))) if name.ctx.is_load())
        });
        Some(kept.map(|id| (id, self.usage(id).usage)).collect())
    }

    /// The value that a name carries to this read of it alone, and what gives it.
    pub fn carried_to(&self, name: &'a ExprName) -> Option<(&'a Expr, NodeId)> {
        let Resolution::Binding(binding) = self.names().resolve(name) else { return None };
        let once = self.used_once(binding)?;
        Some((once.value?, once.definition.node))
    }

    /// A call as the expression that it is.
    pub fn expression(&self, call: &'a ExprCall) -> Option<&'a Expr> {
        self.nodes().get(self.nodes().id(call))?.as_expr()
    }

    /// Whether an expression stands below a node, by what it looks like.
    pub fn has_place(&self, below: NodeId, place: &'a Expr) -> bool {
        self.any_below(below, |expr| same_place(expr, place))
    }
}

/// Whether what follows the begin of a path says that its file is small: there `.data` is a suffix
/// and no hidden file.
fn is_small_end(end: &str) -> bool {
    if end.starts_with('.') && !end.contains(['/', '\\']) {
        files::is_small_suffix(end)
    } else {
        is_small_text(end)
    }
}

fn is_small_text(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    !name.is_empty() && files::is_small_name(name) || files::is_system(path)
}

fn is_settings_text(path: &str) -> bool {
    let name = path.rsplit(['/', '\\']).next().unwrap_or(path);
    files::is_settings_word(&name.replace(['-', '.'], "_")) || files::is_settings_suffix(name)
}

/// Whether a call opens its file to be read: no mode, or a literal one that does not write.
fn is_read_mode(call: &ExprCall, position: usize) -> bool {
    match call.arguments.find_argument_value("mode", position) {
        None => true,
        Some(Expr::StringLiteral(mode)) => !mode.value.to_str().contains(['w', 'a', 'x', '+']),
        Some(_) => false,
    }
}
