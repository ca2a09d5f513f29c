//! What a loop does with the rows of a query: whether it only reads them, keeps them, or may change
//! the rows of the model while they are read.

use ruff_python_ast::{Comprehension, Expr, ExprAttribute, ExprCall, Stmt, StmtFunctionDef};
use ruff_text_size::Ranged;

use crate::catalog::orm;
use crate::facts::Facts;
use crate::facts::calls::graph::EdgeKind;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::{BindingId, DefinitionKind, Resolution, ScopeKind};
use crate::facts::usage::Usage;

/// How deep calls are followed into functions of the module.
const DEPTH: u32 = 3;

/// What becomes of the rows of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// They are read.
    Read,
    /// Some are kept, or go where that cannot be seen.
    Kept,
    /// They are changed or deleted, or the transaction ends.
    Changed,
}

/// Rows that are looked for in the code that a loop runs.
#[derive(Clone, Copy)]
struct Sought<'a> {
    model: Option<&'a Expr>,
    /// Whether they are instances of the model, with methods that change it.
    instances: bool,
}

impl<'a> Facts<'a> {
    /// What a loop or comprehension does with the rows of a model that an expression gives:
    /// instances of it, or dictionaries and tuples.
    pub fn fate_of_rows(
        &self,
        walk: NodeId,
        iterable: &'a Expr,
        model: Option<&'a Expr>,
        instances: bool,
    ) -> Fate {
        let rows = self.rows_of(walk);
        let sought = Sought { model, instances };
        self.fate_within(walk, Some(self.nodes().id(iterable)), &rows, sought, DEPTH)
    }

    /// The names that a loop, or the first clause of a comprehension, binds.
    fn rows_of(&self, walk: NodeId) -> Vec<BindingId> {
        let clauses: &[Comprehension] = match self.nodes().get(walk) {
            Some(Node::Expr(Expr::ListComp(it))) => &it.generators,
            Some(Node::Expr(Expr::SetComp(it))) => &it.generators,
            Some(Node::Expr(Expr::DictComp(it))) => &it.generators,
            Some(Node::Expr(Expr::Generator(it))) => &it.generators,
            _ => &[],
        };
        let target = match self.nodes().get(walk) {
            Some(Node::Stmt(Stmt::For(it))) => Some(&*it.target),
            _ => clauses.first().map(|clause| &clause.target),
        };
        let Some(target) = target else { return Vec::new() };
        let definitions = self.scopes().all_definitions().iter().enumerate();
        definitions
            .filter(|(_, definition)| {
                matches!(definition.kind, DefinitionKind::Loop(_) | DefinitionKind::LoopUnpack(_))
                    && target.range().contains_range(definition.range)
            })
            .filter_map(|(index, _)| self.names().binding_of(index))
            .collect()
    }

    fn fate_within(
        &self,
        within: NodeId,
        without: Option<NodeId>,
        rows: &[BindingId],
        sought: Sought<'a>,
        depth: u32,
    ) -> Fate {
        let nodes = self.nodes();
        let outside = |id| without.is_some_and(|outside| nodes.contains(outside, id));
        let mut fate = Fate::Read;
        for id in nodes.descendants(within).filter(|id| !outside(*id)) {
            let Some(Node::Expr(Expr::Call(call))) = nodes.get(id) else { continue };
            if ends_transaction(call)
                || sought.model.is_some_and(|model| self.writes_to(call, model))
                || self.deletes_part(call, rows)
            {
                return Fate::Changed;
            }
            if depth > 0
                && let Some(function) = self.called_at(id)
            {
                let handed = self.parameters_given(call, function, rows);
                let body = nodes.id(function);
                fate = fate.max(self.fate_within(body, None, &handed, sought, depth - 1));
            }
        }
        for row in rows {
            if self.is_captured(*row) {
                fate = fate.max(Fate::Kept);
            }
            for read in self.reads_of(*row).filter(|id| nodes.contains(within, *id)) {
                fate = fate.max(self.fate_by(read, sought.instances));
            }
        }
        fate
    }

    /// What one use of a row does to it.
    fn fate_by(&self, read: NodeId, instances: bool) -> Fate {
        match self.usage(read).usage {
            Usage::AttributeStored(_) | Usage::AttributeDeleted(_) => Fate::Changed,
            // What is called for its effect alone.
            Usage::Receiver(call, method) if orm::writes(method) || self.is_discarded(call) => {
                Fate::Changed
            }
            Usage::Attribute(part) => self.fate_by_part(part),
            Usage::Argument(call, _) | Usage::Keyword(call, _) | Usage::Spread(call) => {
                let Some(name) = Facts::tail_of_callee(call) else { return Fate::Kept };
                if orm::KEEPING.contains(&name) {
                    return Fate::Kept;
                }
                // `Line.objects.create(order=row)` writes a row of its own.
                let of_manager = matches!(&*call.func, Expr::Attribute(func)
                    if self.owner_of(&func.value).is_some());
                if !of_manager && (orm::writes(name) || name == "setattr") {
                    return Fate::Changed;
                }
                let seen = of_manager
                    || orm::REPORTING.contains(&name)
                    || self.called_at(self.nodes().id(call)).is_some();
                if instances && self.is_discarded(call) && !seen {
                    return Fate::Kept;
                }
                self.fate_of_result(call)
            }
            Usage::Displayed(display) if !self.is_passing_display(display) => Fate::Kept,
            Usage::Stored(_)
            | Usage::Assigned(_)
            | Usage::Shared(_)
            | Usage::SpreadInto(_)
            | Usage::Collected(_)
            | Usage::Yielded(_)
            | Usage::YieldedFrom(_)
            | Usage::Key(_)
            | Usage::Augments(_)
            | Usage::Unknown => Fate::Kept,
            _ => Fate::Read,
        }
    }

    /// What one use of an attribute of a row does to the row. Files of Django save it when they are
    /// saved or deleted.
    fn fate_by_part(&self, part: &'a ExprAttribute) -> Fate {
        match self.usage(self.nodes().id(part)).usage {
            Usage::AttributeStored(_) | Usage::ItemStored(_) | Usage::ItemDeleted(_) => {
                Fate::Changed
            }
            Usage::Receiver(_, "delete" | "save") => Fate::Changed,
            Usage::Argument(call, _) | Usage::Keyword(call, _)
                if matches!(part.attr.as_str(), "pk" | "id")
                    && call.func.is_name_expr()
                    && Facts::tail_of_callee(call).is_some_and(orm::writes) =>
            {
                Fate::Changed
            }
            _ => Fate::Read,
        }
    }

    /// Whether a call deletes what an attribute of a row gave to a name: rows that refer to it go too.
    fn deletes_part(&self, call: &'a ExprCall, rows: &[BindingId]) -> bool {
        let Expr::Attribute(func) = &*call.func else { return false };
        if func.attr.as_str() != "delete" || !func.value.is_name_expr() {
            return false;
        }
        let Expr::Attribute(part) = self.origin(&func.value) else { return false };
        let Expr::Name(row) = &*part.value else { return false };
        matches!(self.names().resolve(row), Resolution::Binding(row) if rows.contains(&row))
    }

    fn is_discarded(&self, call: &'a ExprCall) -> bool {
        matches!(self.usage(self.nodes().id(call)).usage, Usage::Discarded(_))
    }

    /// Whether what a call makes of a row is kept, and may hold the row.
    fn fate_of_result(&self, call: &'a ExprCall) -> Fate {
        let made = Facts::tail_of_callee(call)
            .is_some_and(|name| name.starts_with(|first: char| first.is_uppercase()));
        match self.usage(self.nodes().id(call)).usage {
            Usage::Argument(outer, _) | Usage::Keyword(outer, _)
                if Facts::tail_of_callee(outer)
                    .is_some_and(|name| orm::KEEPING.contains(&name))
                    && made =>
            {
                Fate::Kept
            }
            Usage::Assigned(_) | Usage::Stored(_) | Usage::Displayed(_) | Usage::Collected(_)
                if made =>
            {
                Fate::Kept
            }
            _ => Fate::Read,
        }
    }

    /// Whether a call writes rows of a model: by its manager, a queryset of it, or a new instance.
    fn writes_to(&self, call: &'a ExprCall, model: &'a Expr) -> bool {
        if self.is_same_model(&call.func, model) {
            return true;
        }
        let Expr::Attribute(func) = &*call.func else { return false };
        if !orm::writes(func.attr.as_str()) {
            return false;
        }
        self.owner_of(&func.value).is_some_and(|owner| self.is_same_model(owner, model))
    }

    /// The model of a manager or a queryset.
    fn owner_of(&self, expr: &'a Expr) -> Option<&'a Expr> {
        self.manager_of(expr).or_else(|| self.queryset_of(expr).map(|set| set.model))
    }

    /// The function of the module that a call calls.
    fn called_at(&self, call: NodeId) -> Option<&'a StmtFunctionDef> {
        let edges = self.graph().edges();
        let edge = edges.iter().find(|it| it.site == call && it.kind == EdgeKind::Called)?;
        match self.scopes().get(edge.callee).kind {
            ScopeKind::Function(def) => Some(def),
            _ => None,
        }
    }

    /// The parameters of a function that a call gives some rows for.
    fn parameters_given(
        &self,
        call: &'a ExprCall,
        function: &'a StmtFunctionDef,
        rows: &[BindingId],
    ) -> Vec<BindingId> {
        let is_row = |expr: &'a Expr| match expr {
            Expr::Name(name) => match self.names().resolve(name) {
                Resolution::Binding(binding) => rows.contains(&binding),
                _ => false,
            },
            _ => false,
        };
        let Some(scope) = self.graph().body(self.nodes().id(function)) else { return Vec::new() };
        // `self.method(row)`: the first parameter is the instance, but for static methods.
        let bound = self.scopes().class_around(scope).is_some()
            && !function
                .decorator_list
                .iter()
                .any(|decorator| self.is_qualified(&decorator.expression, "staticmethod"));
        let parameters: Vec<&str> = function
            .parameters
            .iter_non_variadic_params()
            .skip(usize::from(bound))
            .map(|parameter| parameter.parameter.name.as_str())
            .collect();
        let by_place = call
            .arguments
            .args
            .iter()
            .enumerate()
            .filter(|&(_, argument)| is_row(argument))
            .filter_map(|(at, _)| parameters.get(at).copied());
        let by_name = call.arguments.keywords.iter().filter(|keyword| is_row(&keyword.value));
        let by_name = by_name.filter_map(|keyword| Some(keyword.arg.as_ref()?.as_str()));
        by_place.chain(by_name).filter_map(|name| self.names().binding(scope, name)).collect()
    }
}

/// Whether a call ends the transaction or closes the connection that the rows come from.
fn ends_transaction(call: &ExprCall) -> bool {
    match Facts::tail_of_callee(call) {
        Some(
            "commit"
            | "rollback"
            | "set_autocommit"
            | "savepoint_rollback"
            | "set_rollback"
            | "close_old_connections",
        ) => true,
        Some("close") => matches!(&*call.func, Expr::Attribute(it)
            if matches!(&*it.value, Expr::Name(name) if name.id.as_str() == "connection")),
        _ => false,
    }
}
