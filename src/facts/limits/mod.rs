//! Limits on the length of a value that are looked at when all of it is in memory.
//!
//! A limit is a comparison of `len(value)`, or of what is computed from that, with a constant or
//! with what is named as a limit, where the branch for longer values turns them away. Nothing is
//! said where the size is looked at in any way before the value is read.

mod whole;

pub use whole::{HeldWhole, Origin};

use ruff_python_ast::{CmpOp, Expr, ExprCall, ExprCompare, ExprName, Operator, Stmt, UnaryOp};

use super::Facts;
use super::flow::same_place;
use super::nodes::{Node, NodeId};
use super::scopes::{Definition, DefinitionKind, Resolution, ScopeId};

/// Steps from the length to the comparison.
const STEPS: u32 = 6;

/// Shorter values are not worth a limit on what is read.
const LEAST: i64 = 1000;

/// A limit that comes too late.
#[derive(Debug, Clone, Copy)]
pub struct LateLimit<'a> {
    /// What was read whole.
    pub held: HeldWhole<'a>,
    /// The comparison.
    pub compare: &'a ExprCompare,
    /// What the length is compared with.
    pub limit: &'a Expr,
    /// Whether the limit is in another unit than the length, as in `len(data) / 1024 > limit`.
    pub scaled: bool,
}

/// A length that is compared.
#[derive(Debug, Clone, Copy)]
struct Compared<'a> {
    compare: &'a ExprCompare,
    limit: &'a Expr,
    scaled: bool,
    /// Whether the comparison holds for longer values.
    longer: bool,
}

impl<'a> Facts<'a> {
    /// The limit that a call of `len` belongs to, where what it measures was read whole before.
    pub fn late_limit(&self, len: &'a ExprCall) -> Option<LateLimit<'a>> {
        let [measured] = &len.arguments.args[..] else { return None };
        if !self.may_be_read(measured) {
            return None;
        }
        let id = self.nodes().id(len);
        let found = self.compared(id, false, STEPS)?;
        if !self.is_limit(found.limit, found.scaled) {
            return None;
        }
        let (statement, branch) = self.branch_of_longer(found)?;
        let held = self.held_whole(measured)?;
        if !self.always_follows(self.nodes().id(held.read), statement) {
            return None;
        }
        let value = match measured {
            Expr::Named(it) => it.target.as_name_expr(),
            other => other.as_name_expr(),
        };
        if !self.turns_away(branch, value, held.source) || self.is_bounded_before(&held) {
            return None;
        }
        let Compared { compare, limit, scaled, .. } = found;
        Some(LateLimit { held, compare, limit, scaled })
    }

    /// Whether something may have been read whole by how it is made: told without the uses of any
    /// name.
    fn may_be_read(&self, measured: &'a Expr) -> bool {
        let is_given = |value: &Expr| {
            value.is_call_expr()
                || value.is_await_expr()
                || value.is_attribute_expr()
                || value.is_subscript_expr()
                || value.is_named_expr()
                || value.is_name_expr()
        };
        let Expr::Name(name) = measured else { return is_given(measured) };
        let Resolution::Binding(binding) = self.names().resolve(name) else { return false };
        self.names().definitions(binding).any(|definition| match definition.kind {
            DefinitionKind::Assign { value, .. } => is_given(value),
            DefinitionKind::Unpack(_) => true,
            _ => false,
        })
    }

    /// The comparison that a number goes into.
    fn compared(&self, number: NodeId, scaled: bool, steps: u32) -> Option<Compared<'a>> {
        let steps = steps.checked_sub(1)?;
        let nodes = self.nodes();
        let parent = nodes.parent(number);
        let is = |expr: &Expr| nodes.id(expr) == number;
        match nodes.get(parent)? {
            Node::Expr(Expr::BinOp(it)) => {
                let unit = matches!(it.op, Operator::Div | Operator::FloorDiv | Operator::RShift);
                (unit && is(&it.left)).then(|| self.compared(parent, true, steps))?
            }
            Node::Expr(Expr::Call(call)) => {
                let rounds = matches!(self.qualified(&call.func), Some("round" | "int" | "float"));
                (rounds && call.arguments.args.first().is_some_and(is))
                    .then(|| self.compared(parent, scaled, steps))?
            }
            Node::Expr(Expr::Named(it)) if is(&it.value) => self.compared(parent, scaled, steps),
            Node::Expr(Expr::Compare(it)) => compared(it, is, scaled),
            Node::Stmt(Stmt::Assign(it)) => match &it.targets[..] {
                [Expr::Name(name)] => self.compared_by_name(name, scaled, steps),
                _ => None,
            },
            Node::Stmt(Stmt::AnnAssign(it)) => {
                self.compared_by_name(it.target.as_name_expr()?, scaled, steps)
            }
            _ => None,
        }
    }

    fn compared_by_name(
        &self,
        target: &'a ExprName,
        scaled: bool,
        steps: u32,
    ) -> Option<Compared<'a>> {
        let Resolution::Binding(binding) = self.names().resolve(target) else { return None };
        let target = self.nodes().id(target);
        // Where the value comes from is asked last, for it costs most.
        self.reads_of(binding).filter(|read| *read > target).find_map(|read| {
            let found = self.compared(read, scaled, steps)?;
            self.branch_of_longer(found)?;
            let Some(Node::Expr(Expr::Name(name))) = self.nodes().get(read) else { return None };
            (self.value_held(name)?.target == target).then_some(found)
        })
    }

    /// The only definition that a read of a name may see. Whether the name has a value at all is
    /// another question: `with` may swallow what goes wrong in it.
    fn value_held(&self, name: &'a ExprName) -> Option<&Definition<'a>> {
        match self.reaching(name) {
            Some(reaching) => match reaching.ids() {
                [only] => self.names().definition(*only),
                _ => None,
            },
            None => self.definition_read(name),
        }
    }

    /// Whether no condition stands between a node and a statement behind it: the value does not
    /// go elsewhere without its size being looked at.
    fn always_follows(&self, read: NodeId, statement: NodeId) -> bool {
        let nodes = self.nodes();
        let mut inner = statement;
        for (around, node) in nodes.ancestors(statement) {
            if nodes.contains(around, read) {
                return true;
            }
            let plain = match node {
                Node::Stmt(Stmt::With(_)) => true,
                Node::Stmt(Stmt::Try(it)) => {
                    it.body.iter().any(|stmt| nodes.contains(nodes.id(stmt), inner))
                }
                _ => false,
            };
            if !plain {
                return false;
            }
            inner = around;
        }
        true
    }

    /// The statement of a comparison, and those that run for values longer than the limit only.
    fn branch_of_longer(&self, found: Compared<'a>) -> Option<(NodeId, &'a [Stmt])> {
        let nodes = self.nodes();
        let mut at = nodes.id(found.compare);
        let mut longer = found.longer;
        loop {
            let parent = nodes.parent(at);
            match nodes.get(parent)? {
                Node::Expr(Expr::UnaryOp(it)) if it.op == UnaryOp::Not => longer = !longer,
                Node::Expr(Expr::BoolOp(_)) => {}
                Node::Stmt(Stmt::If(it)) => {
                    let clauses = &it.elif_else_clauses;
                    let clause = clauses.iter().position(|clause| {
                        clause.test.as_ref().is_some_and(|it| nodes.id(it) == at)
                    });
                    let next = clause.map_or(0, |at| at + 1);
                    let branch = match (longer, clause) {
                        (true, None) => Some(&it.body[..]),
                        (true, Some(at)) => clauses.get(at).map(|clause| &clause.body[..]),
                        (false, _) => clauses
                            .get(next)
                            .filter(|clause| clause.test.is_none())
                            .map(|clause| &clause.body[..]),
                    };
                    return branch.map(|branch| (parent, branch));
                }
                _ => return None,
            }
            at = parent;
        }
    }

    /// Whether an expression is a limit: a constant that is not small, or what is named as one.
    fn is_limit(&self, limit: &'a Expr, scaled: bool) -> bool {
        if let Some(number) = self.integer_of(limit) {
            return number >= if scaled { 1 } else { LEAST };
        }
        match limit {
            Expr::NumberLiteral(_) => scaled,
            Expr::Name(it) => is_named_as_limit(&it.id),
            Expr::Attribute(it) => is_named_as_limit(&it.attr),
            // `MAX_MB * 1024 * 1024`, but not `4 * count`.
            Expr::BinOp(it) if matches!(it.op, Operator::Mult | Operator::LShift) => {
                let mut named = [&*it.left, &*it.right]
                    .into_iter()
                    .filter(|side| !side.is_number_literal_expr())
                    .peekable();
                named.peek().is_some() && named.all(|side| self.is_limit(side, true))
            }
            Expr::Call(it) => match (&*it.func, &it.arguments.args[..]) {
                (Expr::Attribute(func), _) if is_named_as_limit(&func.attr) => true,
                (Expr::Name(func), _) if is_named_as_limit(&func.id) => true,
                (_, [Expr::StringLiteral(key), ..]) => is_named_as_limit(key.value.to_str()),
                (_, [only]) => {
                    matches!(self.qualified(&it.func), Some("int" | "float"))
                        && self.is_limit(only, scaled)
                }
                _ => false,
            },
            Expr::Subscript(it) => match &*it.slice {
                Expr::StringLiteral(key) => is_named_as_limit(key.value.to_str()),
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether a branch turns the value away: it ends in an error or a way out, and makes nothing
    /// of the value or its source but a message.
    fn turns_away(
        &self,
        branch: &'a [Stmt],
        value: Option<&'a ExprName>,
        source: &'a Expr,
    ) -> bool {
        let leaves = match branch.last() {
            Some(Stmt::Raise(_)) => return true,
            Some(Stmt::Continue(_)) => true,
            Some(Stmt::Return(it)) => {
                it.value.as_deref().is_none_or(|value| !self.hands_on(value, source))
            }
            Some(Stmt::Expr(it)) => match &*it.value {
                Expr::Call(call) => self.qualified(&call.func).is_some_and(is_exit),
                _ => false,
            },
            _ => false,
        };
        leaves
            && branch.iter().all(|stmt| {
                let id = self.nodes().id(stmt);
                value.is_none_or(|value| {
                    self.nodes().descendants(id).all(|at| {
                        !matches!(self.nodes().get(at), Some(Node::Expr(Expr::Name(name)))
                            if name.id == value.id && !self.is_told(at, id))
                    })
                })
            })
    }

    /// Whether a value that is returned may be made from the source: something is called with it,
    /// or a method of it.
    fn hands_on(&self, returned: &'a Expr, source: &'a Expr) -> bool {
        let id = self.nodes().id(returned);
        let root = root_of(source);
        let is_source = |expr: &Expr| {
            same_place(expr, source) || root.is_some_and(|root| same_place(expr, root))
        };
        let taken = |at: NodeId, expr: &'a Expr| {
            is_source(expr)
                && !self.is_told(at, id)
                && !matches!(self.usage(at).usage, super::usage::Usage::Attribute(_))
        };
        taken(id, returned)
            || self.nodes().descendants(id).any(|at| match self.nodes().get(at) {
                Some(Node::Expr(expr)) => taken(at, expr),
                _ => false,
            })
    }

    /// Whether a node stands in a message or is measured, below another node.
    fn is_told(&self, at: NodeId, below: NodeId) -> bool {
        self.nodes().ancestors(at).take_while(|(id, _)| self.nodes().contains(below, *id)).any(
            |(_, node)| match node {
                Node::Expr(Expr::FString(_)) => true,
                Node::Expr(Expr::Call(call)) => match &*call.func {
                    Expr::Attribute(func) => is_log(func.attr.as_str()),
                    _ => self
                        .qualified(&call.func)
                        .is_some_and(|name| matches!(name, "len" | "print" | "str" | "repr")),
                },
                _ => false,
            },
        )
    }

    /// Whether the function looks at a size in any way before it reads.
    fn is_bounded_before(&self, held: &HeldWhole<'a>) -> bool {
        let nodes = self.nodes();
        let read = nodes.id(held.read);
        let body = self.scopes().body_scope(nodes.scope(read));
        let opened = self.scopes().get(body).node;
        let root = root_of(held.source);
        let first = if body == ScopeId::MODULE { 0 } else { opened.index() };
        (first..read.index()).filter_map(|at| nodes.nth(at)?.as_expr()).any(|expr| {
            let elsewhere = self.scopes().body_scope(nodes.scope(nodes.id(expr))) != body;
            !elsewhere && (is_size(expr) || is_checked(expr, root))
        })
    }
}

/// The comparison of a number, seen from either side.
fn compared(it: &ExprCompare, is: impl Fn(&Expr) -> bool, scaled: bool) -> Option<Compared<'_>> {
    let ([op], [right]) = (&*it.ops, &*it.comparators) else { return None };
    let left = is(&it.left);
    let greater = match op {
        CmpOp::Gt | CmpOp::GtE => true,
        CmpOp::Lt | CmpOp::LtE => false,
        _ => return None,
    };
    let limit = if left { right } else { &it.left };
    Some(Compared { compare: it, limit, scaled, longer: greater == left })
}

/// The name that a place begins with.
fn root_of(place: &Expr) -> Option<&Expr> {
    let mut at = place;
    loop {
        at = match at {
            Expr::Name(_) => return Some(at),
            Expr::Attribute(it) => &it.value,
            Expr::Subscript(it) => &it.value,
            Expr::Await(it) => &it.value,
            _ => return None,
        };
    }
}

/// Whether an expression asks for a size.
fn is_size(expr: &Expr) -> bool {
    match expr {
        Expr::Attribute(it) => matches!(
            it.attr.as_str(),
            "size"
                | "st_size"
                | "file_size"
                | "content_length"
                | "getsize"
                | "stat"
                | "fstat"
                | "lstat"
                | "tell"
                | "truncate"
        ),
        Expr::Name(it) => it.id.as_str() == "content_length",
        Expr::StringLiteral(it) => {
            let text = it.value.to_str();
            ["content-length", "content_length", "contentlength"]
                .iter()
                .any(|known| text.eq_ignore_ascii_case(known))
        }
        _ => false,
    }
}

/// Whether a function that checks something is given the source.
fn is_checked(expr: &Expr, root: Option<&Expr>) -> bool {
    let (Expr::Call(call), Some(root)) = (expr, root) else { return false };
    let name = match &*call.func {
        Expr::Attribute(it) => it.attr.as_str(),
        Expr::Name(it) => it.id.as_str(),
        _ => return false,
    };
    let name = name.to_ascii_lowercase();
    let arguments = &call.arguments;
    ["size", "limit", "valid", "check", "guard", "length", "large"]
        .iter()
        .any(|word| name.contains(word))
        && (arguments.args.iter().chain(arguments.keywords.iter().map(|it| &it.value)))
            .any(|argument| same_place(argument, root))
}

/// Whether a name is that of a limit.
fn is_named_as_limit(name: &str) -> bool {
    let constant = name.chars().any(|c| c.is_ascii_uppercase())
        && !name.chars().any(|c| c.is_ascii_lowercase());
    constant
        || name.to_ascii_lowercase().split('_').any(|word| {
            matches!(
                word,
                "max" | "maximum" | "limit" | "limits" | "cap" | "allowed" | "quota" | "threshold"
            )
        })
        || name.starts_with("max") && name[3..].starts_with(|c: char| c.is_ascii_uppercase())
}

/// Functions that do not return.
fn is_exit(name: &str) -> bool {
    matches!(
        name,
        "sys.exit"
            | "exit"
            | "quit"
            | "os._exit"
            | "flask.abort"
            | "bottle.abort"
            | "quart.abort"
            | "werkzeug.exceptions.abort"
    )
}

/// Methods of loggers.
fn is_log(method: &str) -> bool {
    matches!(
        method,
        "debug"
            | "info"
            | "warning"
            | "warn"
            | "error"
            | "exception"
            | "critical"
            | "log"
            | "format"
    )
}
