//! What `__all__` lists, as far as the file says it in literals; and what exists for type checkers
//! alone.

use ruff_python_ast::{Expr, ExprContext, Operator, Stmt, StmtIf, UnaryOp};

use super::{DefinitionKind, Resolution, ScopeId};
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};

/// What `__all__` lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Exports<'a> {
    /// There is none.
    Absent,
    /// Names in the order in which they stand; some may be added under a condition.
    Names(Vec<&'a str>),
    /// It is computed, or changed in ways that cannot be followed.
    Unknown,
}

impl Exports<'_> {
    /// Whether the list may name it.
    pub fn may_list(&self, name: &str) -> bool {
        match self {
            Exports::Absent => false,
            Exports::Names(names) => names.contains(&name),
            Exports::Unknown => true,
        }
    }
}

impl<'a> Facts<'a> {
    /// What the module's `__all__` lists.
    pub fn exports(&self) -> &Exports<'a> {
        self.exports.get_or_init(|| self.listed_names())
    }

    fn listed_names(&self) -> Exports<'a> {
        let names = self.names();
        let Some(binding) = names.binding(ScopeId::MODULE, "__all__") else {
            return Exports::Absent;
        };
        let mut listed = Vec::new();
        let known =
            names.definitions(binding).all(|definition| match definition.kind {
                DefinitionKind::Assign { value, .. } => elements(value, &mut listed),
                DefinitionKind::Augmented(Stmt::AugAssign(it)) => {
                    it.op == Operator::Add && elements(&it.value, &mut listed)
                }
                DefinitionKind::Annotation(_) => true,
                _ => false,
            }) && names.reads(binding).all(|(read, _)| self.keeps_names_known(read, &mut listed));
        if known { Exports::Names(listed) } else { Exports::Unknown }
    }

    /// Whether a read of `__all__` leaves it as it is, or adds names that it states.
    fn keeps_names_known(&self, read: NodeId, listed: &mut Vec<&'a str>) -> bool {
        let nodes = self.nodes();
        let parent = nodes.parent(read);
        match nodes.get(parent) {
            Some(Node::Expr(Expr::Attribute(it))) => {
                let Some(Node::Expr(Expr::Call(call))) = nodes.get(nodes.parent(parent)) else {
                    return false;
                };
                let [argument] = &call.arguments.args[..] else { return false };
                if nodes.id(&*call.func) != parent {
                    return false;
                }
                match it.attr.as_str() {
                    "append" => string(argument).is_some_and(|name| {
                        listed.push(name);
                        true
                    }),
                    "extend" => elements(argument, listed),
                    "index" | "count" => true,
                    _ => false,
                }
            }
            Some(Node::Expr(Expr::Call(call))) => {
                nodes.id(&*call.func) != read
                    && call.func.as_name_expr().is_some_and(|func| {
                        matches!(
                            func.id.as_str(),
                            "dict"
                                | "frozenset"
                                | "len"
                                | "list"
                                | "print"
                                | "set"
                                | "sorted"
                                | "tuple"
                        )
                    })
            }
            Some(Node::Expr(Expr::Compare(_) | Expr::BinOp(_) | Expr::ListComp(_))) => true,
            Some(Node::Expr(Expr::DictComp(_) | Expr::SetComp(_) | Expr::Generator(_))) => true,
            Some(Node::Expr(Expr::Subscript(it))) => it.ctx == ExprContext::Load,
            Some(Node::Stmt(Stmt::For(it))) => nodes.id(&*it.iter) == read,
            _ => false,
        }
    }

    /// Whether a node stands where only type checkers look: under `if TYPE_CHECKING:`, or in the
    /// `else` of `if not TYPE_CHECKING:`.
    pub fn is_type_checking_only(&self, node: NodeId) -> bool {
        let mut inner = node;
        for (outer, around) in self.nodes().ancestors(node) {
            if let Node::Stmt(Stmt::If(it)) = around
                && self.is_checked_branch(it, inner)
            {
                return true;
            }
            inner = outer;
        }
        false
    }

    /// Whether the branch of an `if` that holds a statement is for type checkers alone.
    fn is_checked_branch(&self, it: &'a StmtIf, inner: NodeId) -> bool {
        let holds = |body: &'a [Stmt]| {
            let (Some(first), Some(last)) = (body.first(), body.last()) else { return false };
            (self.nodes().id(first)..=self.nodes().id(last)).contains(&inner)
        };
        if holds(&it.body) {
            return self.asks_for_checker(&it.test);
        }
        let mut before = vec![&*it.test];
        for clause in &it.elif_else_clauses {
            if holds(&clause.body) {
                return clause.test.as_ref().is_some_and(|test| self.asks_for_checker(test))
                    || before.into_iter().any(|test| {
                        matches!(test, Expr::UnaryOp(it) if it.op == UnaryOp::Not && self.asks_for_checker(&it.operand))
                    });
            }
            before.extend(&clause.test);
        }
        false
    }

    /// Whether a condition holds for type checkers alone.
    fn asks_for_checker(&self, test: &'a Expr) -> bool {
        match test {
            Expr::Name(name) => {
                let Resolution::Binding(binding) = self.names().resolve(name) else { return false };
                self.names().definitions(binding).all(|definition| match definition.kind {
                    DefinitionKind::ImportFrom { module, member: "TYPE_CHECKING", .. } => {
                        is_typing(module)
                    }
                    DefinitionKind::Assign { value: Expr::BooleanLiteral(it), .. } => {
                        !it.value && matches!(name.id.as_str(), "TYPE_CHECKING" | "MYPY")
                    }
                    _ => false,
                })
            }
            Expr::Attribute(it) => {
                let Expr::Name(name) = &*it.value else { return false };
                let Resolution::Binding(binding) = self.names().resolve(name) else { return false };
                it.attr.as_str() == "TYPE_CHECKING"
                    && self.names().definitions(binding).all(|definition| {
                        matches!(definition.kind, DefinitionKind::Import(module) if is_typing(module))
                    })
            }
            Expr::BoolOp(it) if it.op.is_and() => {
                it.values.iter().any(|value| self.asks_for_checker(value))
            }
            _ => false,
        }
    }
}

fn is_typing(module: &str) -> bool {
    matches!(module, "typing" | "typing_extensions")
}

fn string(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::StringLiteral(it) => Some(it.value.to_str()),
        _ => None,
    }
}

/// Adds the strings of a list or tuple, or of a sum of such. Whether it holds nothing else.
fn elements<'a>(expr: &'a Expr, listed: &mut Vec<&'a str>) -> bool {
    let mut open = vec![expr];
    while let Some(expr) = open.pop() {
        let elts = match expr {
            Expr::List(it) => &it.elts,
            Expr::Tuple(it) => &it.elts,
            Expr::BinOp(it) if it.op == Operator::Add => {
                open.extend([&*it.right, &*it.left]);
                continue;
            }
            // What a sum adds to is read there.
            Expr::Name(it) if it.id.as_str() == "__all__" => continue,
            _ => return false,
        };
        for element in elts {
            let Some(name) = string(element) else { return false };
            listed.push(name);
        }
    }
    true
}
