//! MEM114: a batch walks the rows of a query once, and all of them are kept.

use ruff_python_ast::{Expr, ExprAttribute, ExprCall, Stmt};
use ruff_text_size::{Ranged, TextRange};

use crate::catalog::orm;
use crate::cx::Cx;
use crate::facts::Facts;
use crate::facts::batches::Batch;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::queries::Walk;
use crate::facts::querysets::{Fate, Queryset};
use crate::facts::scopes::{BindingId, DefinitionKind, Resolution, ScopeKind};
use crate::facts::sessions::SessionRows;
use crate::facts::usage::{Usage, Use};
use crate::fix::{Edit, Fix, Safety};
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/queryset-not-streamed.md")),
    on: &[On::Method(LAST, check)],
    over: &["MEM113"],
};

/// The methods with which a query may end that is walked.
const LAST: &[&str] = &[
    "alias",
    "all",
    "annotate",
    "complex_filter",
    "defer",
    "difference",
    "distinct",
    "exclude",
    "exec",
    "execute",
    "extra",
    "fetchall",
    "filter",
    "filter_by",
    "intersection",
    "only",
    "order_by",
    "prefetch_related",
    "query",
    "reverse",
    "scalars",
    "select_related",
    "union",
    "using",
    "values",
    "values_list",
];

/// What a file imports that has querysets, itself or by its models.
const DJANGO: &[&str] = &["django", "celery", "dramatiq", "huey", "django_rq", "background_task"];

fn check<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall, method: &'a ExprAttribute) {
    let facts = cx.facts;
    let id = facts.nodes().id(call);
    let used = facts.usage(id);
    let is_last = match used.usage {
        Usage::For(_) | Usage::Clause(_, 0) | Usage::Argument(..) => true,
        Usage::Assigned(target) => target.is_name_expr(),
        _ => false,
    };
    if !is_last || !used.through.is_direct() || facts.source.is_test() {
        return;
    }
    let Some(expr) = facts.nodes().get(id).and_then(Node::as_expr) else { return };
    let method = method.attr.as_str();
    if orm::gives(method).is_some()
        && DJANGO.iter().any(|package| facts.imports_package(package))
        && let Some(set) = facts.queryset_of(expr)
    {
        check_queryset(cx, expr, used, &set);
    } else if !matches!(method, "values" | "reverse" | "union" | "intersection" | "difference")
        && let Some(rows) = facts.session_rows(expr)
    {
        check_session(cx, call, &rows);
    }
}

/// Where a queryset is walked.
struct Walked<'a> {
    /// The statement or expression that does.
    node: NodeId,
    /// In words.
    by: &'static str,
    /// The queryset, or the name that holds it.
    set: &'a Expr,
}

fn check_queryset<'a>(cx: &mut Cx<'_, 'a>, expr: &'a Expr, used: Use<'a>, set: &Queryset<'a>) {
    let facts = cx.facts;
    let found = match used.usage {
        Usage::Assigned(Expr::Name(name)) => {
            let Resolution::Binding(binding) = facts.names().resolve(name) else { return };
            walked_by_name(facts, binding, expr)
        }
        _ => facts.taken_by(used).map(|(node, by)| (Walked { node, by, set: expr }, *set)),
    };
    let Some((walked, set)) = found else { return };
    let Some(batch) = facts.batch_of(walked.node) else { return };
    if set.few
        || set.locks
        || !is_taken_here(facts, walked.node, set.values)
        || !is_django(facts, batch)
    {
        return;
    }
    if facts.fate_of_rows(walked.node, walked.set, Some(set.model), !set.values) != Fate::Read {
        return;
    }
    let label = format!(
        "the queryset keeps each row that it has given, and {} takes one at a time",
        walked.by
    );
    let (help, text) = if set.prefetches {
        (
            "walk its `.iterator(chunk_size=2000)`, which prefetches for one chunk after another \
             (Django 4.1 and newer)",
            ".iterator(chunk_size=2000)",
        )
    } else {
        ("walk its `.iterator()`, which keeps 2000 rows at most", ".iterator()")
    };
    let edit = Edit::insert(walked.set.end(), text);
    let fix = Fix::new("Walk an iterator", Safety::Unsafe, vec![edit]);
    let named = walked.set.range() != expr.range();
    let diagnostic = cx.report(walked.set.range(), label);
    diagnostic.help(help).fix(fix);
    if named {
        diagnostic.related(expr.range(), "made here");
    }
}

/// The one walk of a queryset that a name holds, if the name needs its cache for nothing else. Of
/// several definitions that reach the walk, the first answers.
fn walked_by_name<'a>(
    facts: &Facts<'a>,
    binding: BindingId,
    value: &'a Expr,
) -> Option<(Walked<'a>, Queryset<'a>)> {
    let names = facts.names();
    let scope = names.scope(binding);
    let is_local = matches!(facts.scopes().get(scope).kind, ScopeKind::Function(_));
    if !is_local || facts.is_captured(binding) || facts.is_reflected(scope) {
        return None;
    }
    let mut found = None;
    for read in facts.reads_of(binding) {
        let used = facts.usage(read);
        if let Usage::Receiver(_, method) = used.usage
            && orm::leaves_cache(method)
            && used.through.is_direct()
        {
            continue;
        }
        let (node, by) = facts.taken_by(used).filter(|_| used.through.is_direct())?;
        if found.replace((read, node, by)).is_some() {
            return None;
        }
    }
    let (read, node, by) = found?;
    let set = facts.nodes().get(read)?.as_expr()?;
    let Expr::Name(name) = set else { return None };
    let reaching = facts.reaching(name)?;
    let DefinitionKind::Assign { value: first, .. } = reaching.definitions().next()?.kind else {
        return None;
    };
    if first.range() != value.range() {
        return None;
    }
    // A loop around the walk alone walks the same rows again.
    let mut loops = facts.loops().enclosing(facts.nodes().innermost_loop(read));
    let again = |node| reaching.definitions().any(|made| !facts.nodes().contains(node, made.node));
    if loops.any(|around| again(around.node)) {
        return None;
    }
    Some((Walked { node, by, set }, facts.queryset_of(set)?))
}

/// Whether the rows are taken while the statement runs, and it keeps less than it would have in
/// the cache: a loop, a generator that is consumed, `writerows`, or a collection of something
/// else than the rows. Tuples and dictionaries are little more than what is taken out of them.
fn is_taken_here(facts: &Facts<'_>, node: NodeId, values: bool) -> bool {
    match facts.nodes().get(node) {
        Some(Node::Stmt(Stmt::For(it))) => !it.is_async,
        Some(Node::Expr(Expr::Generator(it))) => it.generators.iter().all(|it| !it.is_async),
        Some(Node::Expr(Expr::ListComp(it))) => {
            !values && it.generators.iter().all(|it| !it.is_async)
        }
        Some(Node::Expr(Expr::SetComp(it))) => {
            !values && it.generators.iter().all(|it| !it.is_async)
        }
        Some(Node::Expr(Expr::DictComp(it))) => {
            !values && it.generators.iter().all(|it| !it.is_async)
        }
        Some(Node::Expr(Expr::Call(call))) => {
            matches!(&*call.func, Expr::Attribute(it) if it.attr.as_str() == "writerows")
        }
        _ => false,
    }
}

/// Whether the file is of a Django project: other mappers have `objects` too.
fn is_django(facts: &Facts<'_>, batch: Batch) -> bool {
    let others = facts.imports_package("mongoengine");
    let django = || facts.imports_package("django");
    !others
        && match batch {
            Batch::Command | Batch::Migration => true,
            Batch::Task => DJANGO.iter().any(|package| facts.imports_package(package)),
            Batch::Script => django(),
        }
}

fn check_session<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall, rows: &SessionRows<'a>) {
    let facts = cx.facts;
    let Some(walk) = facts.walk_of_rows(call, false) else { return };
    // A name that holds a query may be walked by others later.
    if rows.few || rows.listed.is_none() && walk.name.is_some() {
        return;
    }
    let values = !matches!(rows.entity, Some(Expr::Name(_)));
    if facts.batch_of(walk.node).is_none() || !is_taken_here(facts, walk.node, values) {
        return;
    }
    let Some(iterable) = iterable_of(facts, &walk) else { return };
    if facts.fate_of_rows(walk.node, iterable, rows.entity, !values) != Fate::Read
        || is_session_used(facts, &walk, iterable)
    {
        return;
    }
    let label = match rows.listed {
        Some(_) => format!("a list of all rows is made, and {} takes one at a time", walk.by),
        None => format!("all rows are made before {} takes the first", walk.by),
    };
    let edits = match rows.listed {
        Some(listed) => {
            let Expr::Attribute(method) = &*listed.func else { return };
            let inside = listed.arguments.range();
            (!cx.has_comment(inside)).then(|| {
                let to = TextRange::new(method.attr.start(), inside.end());
                vec![Edit::replace(to, "yield_per(1000)")]
            })
        }
        None => Some(vec![Edit::insert(call.end(), ".yield_per(1000)")]),
    };
    let fix = edits.and_then(|edits| Fix::new("Take 1000 rows at a time", Safety::Unsafe, edits));
    let diagnostic = cx.report(call.range(), label);
    diagnostic.help("walk `.yield_per(1000)`, which makes 1000 rows at a time").fix(fix);
}

/// What a loop or comprehension walks, or the whole call where one does.
fn iterable_of<'a>(facts: &Facts<'a>, walk: &Walk) -> Option<&'a Expr> {
    match facts.nodes().get(walk.node)? {
        Node::Stmt(Stmt::For(it)) => Some(&it.iter),
        Node::Expr(Expr::ListComp(it)) => it.generators.first().map(|clause| &clause.iter),
        Node::Expr(Expr::SetComp(it)) => it.generators.first().map(|clause| &clause.iter),
        Node::Expr(Expr::DictComp(it)) => it.generators.first().map(|clause| &clause.iter),
        Node::Expr(Expr::Generator(it)) => it.generators.first().map(|clause| &clause.iter),
        Node::Expr(expr) => Some(expr),
        Node::Stmt(_) => None,
    }
}

/// Whether a session is used between the query and the last row: most databases have one open
/// result for each connection, and the end of the transaction ends it.
fn is_session_used<'a>(facts: &Facts<'a>, walk: &Walk, iterable: &'a Expr) -> bool {
    let between = walk.name.into_iter().flat_map(|from| {
        let statement = facts.nodes().statement(walk.node).map_or(walk.node, |(id, _)| id);
        facts.between(from, statement)
    });
    facts.uses_session(walk.node, Some(facts.nodes().id(iterable)))
        || between.into_iter().any(|statement| facts.uses_session(statement, None))
}
