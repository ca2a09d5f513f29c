//! Workbooks that are made by appending rows.

use ruff_python_ast::{Expr, ExprAttribute, ExprCall};

use super::Follower;
use crate::facts::Facts;
use crate::facts::cost::SMALL;
use crate::facts::nodes::NodeId;
use crate::facts::types::Kind;
use crate::facts::usage::{Usage, Use};

/// A workbook whose sheets are only appended to, and which is saved once.
#[derive(Debug, Clone, Copy)]
pub struct WrittenBook<'a> {
    /// An append in a loop.
    pub append: NodeId,
    /// Where it is saved.
    pub save: NodeId,
    /// `book.active`, where that is the only sheet that there is before others are made, and
    /// nothing removes it.
    pub active: Option<&'a ExprAttribute>,
}

struct Writer<'f, 'a> {
    follow: Follower<'f, 'a>,
    appends: Vec<NodeId>,
    saves: Vec<NodeId>,
    actives: Vec<&'a ExprAttribute>,
    /// The first sheet that is made.
    created: Option<NodeId>,
    /// Whether a sheet is removed, or taken in another way.
    odd: bool,
}

impl<'a> Facts<'a> {
    /// How a workbook is filled that a call makes, where that is by rows only.
    pub fn written_book(&self, made: &'a ExprCall) -> Option<WrittenBook<'a>> {
        let node = self.nodes().id(made);
        let mut writer = Writer {
            follow: Follower::new(self, node),
            appends: Vec::new(),
            saves: Vec::new(),
            actives: Vec::new(),
            created: None,
            odd: false,
        };
        for used in writer.follow.uses(node)? {
            writer.book_use(used)?;
        }
        let [save] = writer.saves[..] else { return None };
        let repeats = |at: NodeId| {
            self.loops()
                .enclosing(self.nodes().innermost_loop(at))
                .any(|of| !self.nodes().contains(of.node, node))
        };
        if !writer.follow.is_complete()
            || repeats(save)
            || writer.appends.iter().any(|append| *append > save)
        {
            return None;
        }
        let append =
            writer.appends.iter().copied().find(|append| self.is_repeated(*append, node))?;
        let active = match writer.actives[..] {
            [only]
                if !writer.odd
                    && !repeats(self.nodes().id(only))
                    && writer.created.is_none_or(|made| self.nodes().id(only) < made) =>
            {
                Some(only)
            }
            _ => None,
        };
        Some(WrittenBook { append, save, active })
    }

    /// Whether a loop within the life of the workbook repeats a node more than a few times.
    fn is_repeated(&self, at: NodeId, made: NodeId) -> bool {
        self.loops()
            .enclosing(self.nodes().innermost_loop(at))
            .filter(|of| !self.nodes().contains(of.node, made))
            .any(|of| {
                let few = |iter| self.length_of(iter).is_some_and(|length| length <= SMALL);
                !of.iter.is_some_and(few)
            })
    }
}

impl<'a> Writer<'_, 'a> {
    fn book_use(&mut self, used: Use<'a>) -> Option<()> {
        let facts = self.follow.facts;
        let nodes = facts.nodes();
        match used.usage {
            Usage::Attribute(it) if it.attr.as_str() == "active" => {
                let id = nodes.id(it);
                if is_removed(facts.usage(id).usage) {
                    self.odd = true;
                    return Some(());
                }
                self.actives.push(it);
                self.sheet(id)
            }
            Usage::Receiver(call, method) => match method {
                "save" => {
                    self.saves.push(used.node);
                    Some(())
                }
                "close" => Some(()),
                "create_sheet" => {
                    // `create_sheet(title, index)`: before the others.
                    if call.arguments.len() > 1 || call.arguments.find_keyword("index").is_some() {
                        self.odd = true;
                    }
                    self.created.get_or_insert(used.node);
                    self.sheet(nodes.id(call))
                }
                "remove" | "remove_sheet" => {
                    self.odd = true;
                    Some(())
                }
                _ => None,
            },
            Usage::Indexed(it) => {
                self.odd = true;
                let id = nodes.id(it);
                if is_removed(facts.usage(id).usage) { Some(()) } else { self.sheet(id) }
            }
            Usage::ItemDeleted(_) => {
                self.odd = true;
                Some(())
            }
            _ => None,
        }
    }

    fn sheet(&mut self, node: NodeId) -> Option<()> {
        let facts = self.follow.facts;
        for used in self.follow.uses(node)? {
            match used.usage {
                Usage::Receiver(call, "append") => {
                    let [row] = &call.arguments.args[..] else { return None };
                    // Only a workbook in memory takes a dict of columns.
                    if matches!(row, Expr::Dict(_) | Expr::DictComp(_))
                        || facts.kind_of(row) == Kind::Dict
                    {
                        return None;
                    }
                    self.appends.push(used.node);
                }
                Usage::Attribute(it) if it.attr.as_str() == "title" => {}
                Usage::AttributeStored(it) if it.attr.as_str() == "title" => {}
                Usage::Compared(_) | Usage::Tested(_) | Usage::Discarded(_) => {}
                _ => return None,
            }
        }
        Some(())
    }
}

/// Whether a sheet is only taken to be removed.
fn is_removed(usage: Usage<'_>) -> bool {
    matches!(usage, Usage::Argument(call, 0)
        if matches!(&*call.func, Expr::Attribute(it)
            if matches!(it.attr.as_str(), "remove" | "remove_sheet")))
}
