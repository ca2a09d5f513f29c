//! Workbooks that are loaded and walked row by row.

use ruff_python_ast::{Expr, ExprCall, Stmt};

use super::Follower;
use crate::facts::Facts;
use crate::facts::cost::integer;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::types::Kind;
use crate::facts::usage::{Usage, Use};

/// How much of a workbook is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// The names of its sheets.
    Names,
    /// The first rows of sheets.
    FirstRows,
    /// The rows of sheets, each sheet once.
    Rows,
}

/// A loaded workbook of which nothing else is asked.
#[derive(Debug, Clone, Copy)]
pub struct ReadBook {
    /// How much.
    pub asked: Asked,
    /// The first walk over all rows of a sheet, or the first other use.
    pub walk: Option<NodeId>,
    /// The last use of the workbook or of a part of it.
    pub last: NodeId,
    /// Whether it is closed behind the last use.
    pub closed: bool,
    /// Whether it is read from an open file or from memory, which nobody has to close.
    pub from_open: bool,
}

/// One iteration over the rows of a sheet.
struct Walk<'a> {
    /// The sheet as it is written.
    sheet: &'a str,
    /// What makes the rows.
    node: NodeId,
    /// Whether it ends after the first rows.
    bounded: bool,
}

/// A sheet where it is used.
#[derive(Clone, Copy)]
struct Sheet<'a> {
    /// As it is written.
    text: &'a str,
    /// Where it is taken from the workbook. A loop around that takes others, or the same again.
    since: NodeId,
}

struct Reader<'f, 'a> {
    follow: Follower<'f, 'a>,
    walks: Vec<Walk<'a>>,
    names: Option<NodeId>,
    closes: Option<NodeId>,
    /// Whether the workbook is closed by a `with`.
    closing: bool,
}

impl<'a> Facts<'a> {
    /// What is asked of a workbook that a call of `load_workbook` loads, where that is no more
    /// than a workbook gives that is read row by row.
    pub fn read_book(&self, load: &'a ExprCall) -> Option<ReadBook> {
        let made = self.nodes().id(load);
        let mut reader = Reader {
            follow: Follower::new(self, made),
            walks: Vec::new(),
            names: None,
            closes: None,
            closing: false,
        };
        reader.book(made)?;
        if !reader.follow.is_complete() || reader.walks_again() {
            return None;
        }
        let whole = reader.walks.iter().find(|walk| !walk.bounded);
        let asked = match (whole, reader.walks.first(), reader.names) {
            (Some(_), ..) => Asked::Rows,
            (None, Some(_), _) => Asked::FirstRows,
            (None, None, Some(_)) => Asked::Names,
            (None, None, None) => return None,
        };
        let walk = whole.or(reader.walks.first()).map(|walk| walk.node).or(reader.names);
        let last = reader.follow.last;
        // Closed while rows are still to come.
        if reader.closes.is_some_and(|close| reader.walks.iter().any(|walk| walk.node > close)) {
            return None;
        }
        let closed = reader.closing || reader.closes.is_some();
        let from_open = self.is_open_until(load, last)?;
        Some(ReadBook { asked, walk, last, closed, from_open })
    }

    /// Whether the workbook is read from an open file. `None` where the file may be closed or gone
    /// before the last use.
    fn is_open_until(&self, load: &'a ExprCall, last: NodeId) -> Option<bool> {
        let nodes = self.nodes();
        let made = nodes.id(load);
        let source = load.arguments.find_argument_value("filename", 0)?;
        let within = nodes
            .ancestors(made)
            .take_while(|(_, node)| !matches!(node, Node::Stmt(Stmt::FunctionDef(_))))
            .filter(|(_, node)| matches!(node, Node::Stmt(Stmt::With(_))))
            .all(|(with, _)| nodes.contains(with, last));
        if !within || self.replaces_file(source, made, last) || self.may_close(source, made, last) {
            return None;
        }
        let open = matches!(self.kind_of(source), Kind::File | Kind::Buffer);
        Some(open || !matches!(source, Expr::StringLiteral(_)) && self.is_memory(source))
    }

    fn is_memory(&self, source: &'a Expr) -> bool {
        match source {
            Expr::Call(call) => self.is_qualified(&call.func, "io.BytesIO"),
            _ => false,
        }
    }

    /// Whether a method of the name that a source begins with closes or removes it.
    fn may_close(&self, source: &'a Expr, from: NodeId, to: NodeId) -> bool {
        let mut root = source;
        while let Expr::Attribute(it) = root {
            root = &it.value;
        }
        let Expr::Name(root) = root else { return false };
        let nodes = self.nodes();
        (from.index()..=to.index()).filter_map(|at| nodes.nth(at)?.as_expr()).any(|expr| {
            matches!(expr, Expr::Name(name) if name.id == root.id)
                && matches!(
                    self.usage(nodes.id(expr)).usage,
                    Usage::Receiver(_, "close" | "unlink" | "delete" | "cleanup" | "truncate")
                )
        })
    }
}

impl<'a> Reader<'_, 'a> {
    /// Whether a sheet may be walked from its first to its last row more than once.
    fn walks_again(&self) -> bool {
        let whole = || self.walks.iter().filter(|walk| !walk.bounded);
        whole()
            .any(|walk| whole().any(|other| other.node != walk.node && other.sheet == walk.sheet))
    }

    fn text(&self, node: NodeId) -> &'a str {
        use ruff_text_size::Ranged;
        let facts = self.follow.facts;
        facts.nodes().get(node).map_or("", |node| facts.source.slice(node.range()))
    }

    fn book(&mut self, node: NodeId) -> Option<()> {
        for used in self.follow.uses(node)? {
            self.book_use(used)?;
        }
        Some(())
    }

    fn book_use(&mut self, used: Use<'a>) -> Option<()> {
        let facts = self.follow.facts;
        let nodes = facts.nodes();
        match used.usage {
            Usage::Attribute(it) => match it.attr.as_str() {
                "active" => self.sheet(nodes.id(it), self.follow.made),
                "worksheets" => self.sheets(nodes.id(it)),
                "sheetnames" => {
                    self.named(used.node);
                    Some(())
                }
                _ => None,
            },
            Usage::Receiver(call, method) => match method {
                "close" => {
                    self.closes = self.closes.max(Some(used.node));
                    Some(())
                }
                "get_active_sheet" => self.sheet(nodes.id(call), self.follow.made),
                "get_sheet_by_name" => self.sheet_by(call.arguments.args.first()?, nodes.id(call)),
                "get_sheet_names" => {
                    self.named(used.node);
                    Some(())
                }
                _ => None,
            },
            Usage::Indexed(it) => self.sheet_by(&it.slice, nodes.id(it)),
            Usage::For(_) | Usage::Clause(..) => self.sheets_use(used),
            Usage::Contains(_) => {
                self.named(used.node);
                Some(())
            }
            Usage::Argument(call, 0) if facts.is_qualified(&call.func, "contextlib.closing") => {
                let id = nodes.id(call);
                let Usage::Context(with) = facts.usage(id).usage else { return None };
                let Some(Node::Stmt(Stmt::With(with))) = nodes.get(with) else { return None };
                let item = with.items.iter().find(|it| nodes.id(&it.context_expr) == id)?;
                self.closing = true;
                for used in self.follow.uses_by(item.optional_vars.as_deref()?)? {
                    self.book_use(used)?;
                }
                Some(())
            }
            Usage::Deleted(_) | Usage::Compared(_) => Some(()),
            _ => None,
        }
    }

    /// A use that asks for nothing but names.
    fn named(&mut self, at: NodeId) {
        self.names.get_or_insert(at);
    }

    /// `book[key]`: another sheet in each pass of a loop, unless the key is a constant.
    fn sheet_by(&mut self, key: &'a Expr, node: NodeId) -> Option<()> {
        let constant = matches!(key, Expr::StringLiteral(_));
        self.sheet(node, if constant { self.follow.made } else { node })
    }

    fn sheet(&mut self, node: NodeId, since: NodeId) -> Option<()> {
        let sheet = Sheet { text: self.text(node), since };
        for used in self.follow.uses(node)? {
            self.sheet_use(used, sheet)?;
        }
        Some(())
    }

    fn sheets(&mut self, node: NodeId) -> Option<()> {
        for used in self.follow.uses(node)? {
            self.sheets_use(used)?;
        }
        Some(())
    }

    fn sheets_use(&mut self, used: Use<'a>) -> Option<()> {
        let facts = self.follow.facts;
        let nodes = facts.nodes();
        match used.usage {
            Usage::For(of) | Usage::Clause(of, _) => {
                let target = self.follow.target(used.usage)?;
                let sheet = Sheet { text: self.text(nodes.id(target)), since: of };
                for used in self.follow.uses_by(target)? {
                    self.sheet_use(used, sheet)?;
                }
                Some(())
            }
            Usage::Indexed(it) => {
                let constant = integer(&it.slice).is_some();
                let id = nodes.id(it);
                self.sheet(id, if constant { self.follow.made } else { id })
            }
            Usage::Argument(call, 0) => match facts.qualified(&call.func)? {
                "len" => Some(()),
                "enumerate" => {
                    let id = nodes.id(call);
                    let (Usage::For(of) | Usage::Clause(of, _)) = facts.usage(id).usage else {
                        return None;
                    };
                    let sheet = Sheet { text: self.text(id), since: of };
                    for used in self.follow.uses_in_pairs(id, 1)? {
                        self.sheet_use(used, sheet)?;
                    }
                    Some(())
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn sheet_use(&mut self, used: Use<'a>, sheet: Sheet<'a>) -> Option<()> {
        let nodes = self.follow.facts.nodes();
        match used.usage {
            Usage::Attribute(it) => match it.attr.as_str() {
                "rows" => self.rows(nodes.id(it), sheet, true, false),
                "values" => self.rows(nodes.id(it), sheet, false, false),
                "title" | "sheet_state" => Some(()),
                _ => None,
            },
            Usage::Receiver(call, "iter_rows") => {
                let arguments = &call.arguments;
                if arguments.keywords.iter().any(|keyword| keyword.arg.is_none())
                    || arguments.args.iter().any(Expr::is_starred_expr)
                {
                    return None;
                }
                let cells = match arguments.find_argument_value("values_only", 4) {
                    Some(Expr::BooleanLiteral(it)) => !it.value,
                    _ => true,
                };
                let bound = arguments.find_argument_value("max_row", 1);
                self.rows(nodes.id(call), sheet, cells, bound.and_then(integer).is_some())
            }
            Usage::For(_) | Usage::Clause(..) | Usage::Argument(..) => {
                self.walk(used.node, sheet, false)?;
                self.rows_use(used, true)
            }
            // `sheet[1]`: the first row.
            Usage::Indexed(it) if integer(&it.slice) == Some(1) => {
                self.walk(used.node, sheet, true)?;
                self.row(nodes.id(it))
            }
            Usage::Compared(_) | Usage::Tested(_) => Some(()),
            _ => None,
        }
    }

    fn walk(&mut self, node: NodeId, sheet: Sheet<'a>, bounded: bool) -> Option<()> {
        let facts = self.follow.facts;
        let mut around = facts.loops().enclosing(facts.nodes().innermost_loop(node));
        // A loop that does not take another sheet walks the same one again.
        if !around.all(|of| facts.nodes().contains(of.node, sheet.since)) {
            return None;
        }
        self.walks.push(Walk { sheet: sheet.text, node, bounded });
        Some(())
    }

    fn rows(&mut self, node: NodeId, sheet: Sheet<'a>, cells: bool, bounded: bool) -> Option<()> {
        let uses = self.follow.uses(node)?;
        let facts = self.follow.facts;
        let first = uses.iter().all(|used| {
            matches!(used.usage, Usage::Argument(call, 0) if facts.is_qualified(&call.func, "next"))
        });
        self.walk(node, sheet, bounded || first)?;
        for used in uses {
            self.rows_use(used, cells)?;
        }
        Some(())
    }

    /// A use of rows, of cells or of plain values.
    fn rows_use(&mut self, used: Use<'a>, cells: bool) -> Option<()> {
        let facts = self.follow.facts;
        let nodes = facts.nodes();
        match used.usage {
            Usage::For(_) | Usage::Clause(..) => {
                let target = self.follow.target(used.usage)?;
                if cells { self.row_target(target) } else { Some(()) }
            }
            Usage::YieldedFrom(_) if !cells => Some(()),
            Usage::Argument(call, at) => {
                let id = nodes.id(call);
                if let Expr::Attribute(func) = &*call.func
                    && matches!(func.attr.as_str(), "writerows" | "extend")
                {
                    return (!cells).then_some(());
                }
                match (facts.qualified(&call.func)?, at) {
                    ("next", 0) => {
                        if cells {
                            self.row(id)
                        } else {
                            Some(())
                        }
                    }
                    ("iter" | "itertools.islice", 0) => {
                        for used in self.follow.uses(id)? {
                            self.rows_use(used, cells)?;
                        }
                        Some(())
                    }
                    ("enumerate", 0) if cells => {
                        for used in self.follow.uses_in_pairs(id, 1)? {
                            self.row_use(used)?;
                        }
                        Some(())
                    }
                    ("enumerate", 0) | ("zip", _) | ("map" | "filter", 1) if !cells => {
                        for used in self.follow.uses(id)? {
                            self.rows_use(used, cells)?;
                        }
                        Some(())
                    }
                    (
                        "list" | "tuple" | "set" | "sorted" | "dict" | "sum" | "max" | "min"
                        | "any" | "all" | "pandas.DataFrame",
                        0,
                    ) if !cells => Some(()),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn row_target(&mut self, target: &'a Expr) -> Option<()> {
        if let Expr::Tuple(it) = target {
            return it.elts.iter().try_for_each(|cell| self.cell_target(cell));
        }
        for used in self.follow.uses_by(target)? {
            self.row_use(used)?;
        }
        Some(())
    }

    fn row(&mut self, node: NodeId) -> Option<()> {
        for used in self.follow.uses(node)? {
            self.row_use(used)?;
        }
        Some(())
    }

    /// A use of a row of cells.
    fn row_use(&mut self, used: Use<'a>) -> Option<()> {
        let facts = self.follow.facts;
        let nodes = facts.nodes();
        match used.usage {
            Usage::Indexed(it) => self.cell(nodes.id(it)),
            Usage::Sliced(it) => self.row(nodes.id(it)),
            Usage::For(_) | Usage::Clause(..) => {
                let target = self.follow.target(used.usage)?;
                self.cell_target(target)
            }
            Usage::Unpacked(node) => match nodes.get(node)? {
                Node::Stmt(Stmt::Assign(it)) => match &it.targets[..] {
                    [Expr::Tuple(cells)] => {
                        cells.elts.iter().try_for_each(|cell| self.cell_target(cell))
                    }
                    _ => None,
                },
                _ => None,
            },
            Usage::Argument(call, at) => {
                let id = nodes.id(call);
                match (facts.qualified(&call.func)?, at) {
                    ("len", 0) => Some(()),
                    ("list" | "tuple" | "reversed" | "iter", 0) => self.row(id),
                    ("next", 0) => self.cell(id),
                    ("enumerate", 0) => self.cells_in_pairs(id, 1),
                    ("zip", at) => self.cells_in_pairs(id, at),
                    _ => None,
                }
            }
            Usage::Tested(_) => Some(()),
            _ => None,
        }
    }

    fn cells_in_pairs(&mut self, pairs: NodeId, at: usize) -> Option<()> {
        for used in self.follow.uses_in_pairs(pairs, at)? {
            cell_use(used)?;
        }
        Some(())
    }

    fn cell_target(&mut self, target: &'a Expr) -> Option<()> {
        for used in self.follow.uses_by(target)? {
            cell_use(used)?;
        }
        Some(())
    }

    fn cell(&mut self, node: NodeId) -> Option<()> {
        for used in self.follow.uses(node)? {
            cell_use(used)?;
        }
        Some(())
    }
}

/// Whether only the value is asked of a cell. Empty cells of a workbook that is read row by row
/// know little else.
fn cell_use(used: Use<'_>) -> Option<()> {
    match used.usage {
        Usage::Attribute(it) => {
            matches!(it.attr.as_str(), "value" | "data_type" | "is_date").then_some(())
        }
        Usage::Compared(_) | Usage::Tested(_) => Some(()),
        _ => None,
    }
}
