//! MEM306: a value is copied by writing it out and reading it back.

use ruff_python_ast::{Expr, ExprCall, ExprName};
use ruff_text_size::Ranged;

use crate::cx::Cx;
use crate::facts::Facts;
use crate::facts::mutation::Change;
use crate::facts::scopes::Resolution;
use crate::facts::usage::{Usage, UsedOnce};
use crate::fix::{Edit, Fix, Safety};
use crate::imports;
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/round-trip-copy.md")),
    on: &[On::CallTo(READERS, check)],
    over: &[],
};

/// Functions that read a value, and those that write what they read.
const PAIRS: &[(&str, &[&str])] = &[
    ("json.loads", &["json.dumps"]),
    ("marshal.loads", &["marshal.dumps"]),
    ("orjson.loads", &["orjson.dumps"]),
    ("pickle.loads", &["pickle.dumps", "cloudpickle.dumps"]),
    ("cloudpickle.loads", &["cloudpickle.dumps"]),
    ("dill.loads", &["dill.dumps"]),
    ("simplejson.loads", &["simplejson.dumps"]),
    ("ujson.loads", &["ujson.dumps"]),
];

const READERS: &[&str] = &{
    let mut names = [""; PAIRS.len()];
    let mut i = 0;
    while i < names.len() {
        names[i] = PAIRS[i].0;
        i += 1;
    }
    names
};

fn check<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let facts = cx.facts;
    let [text] = &call.arguments.args[..] else { return };
    // A hook makes something else of the value than a copy.
    if !call.arguments.keywords.is_empty() || facts.source.is_test() {
        return;
    }
    let (written, named) = match text {
        Expr::Name(name) => {
            let Resolution::Binding(binding) = facts.names().resolve(name) else { return };
            let once = facts.used_once(binding).filter(UsedOnce::is_direct);
            let Some(value) = once.and_then(|once| once.value) else { return };
            (value, true)
        }
        _ => (text, false),
    };
    let Expr::Call(written) = written else { return };
    let Some(value) = written_value(facts, call, written) else { return };
    if is_made_plain(facts, call, value) {
        return;
    }
    // A value that is only compared, or not used at all, is a check that it survives the trip.
    if !is_kept(facts, call) {
        return;
    }
    let Some(writer) = facts.qualified(&written.func) else { return };
    let what = if writer.contains("json") { "text" } else { "bytes" };
    let shown = cx.text(value.range());
    let shown = if shown.len() <= 40 && !shown.contains('\n') {
        format!("`{shown}`")
    } else {
        "the value".to_owned()
    };
    let fix = if named { None } else { fix(cx, call, value) };
    cx.report(
        call.range(),
        format!(
            "{shown} is written out as {what} and read back: the copy shares no string with it"
        ),
    )
    .help("if only a copy is meant, `copy.deepcopy` keeps about half of that, and takes longer")
    .fix(fix);
}

/// The value that a call writes out, if the other call reads what it writes and nothing is
/// converted on the way by a hook.
fn written_value<'a>(
    facts: &Facts<'a>,
    read: &'a ExprCall,
    written: &'a ExprCall,
) -> Option<&'a Expr> {
    let reader = facts.qualified(&read.func)?;
    let writer = facts.qualified(&written.func)?;
    let (_, writers) = PAIRS.iter().find(|(name, _)| *name == reader)?;
    let mut keywords = written.arguments.keywords.iter();
    let plain = keywords.all(|keyword| keyword.arg.as_ref().is_some_and(|arg| arg == "protocol"));
    let (value, rest) = written.arguments.args.split_first()?;
    let fits = writers.contains(&writer)
        && plain
        && rest.len() <= usize::from(!writer.contains("json"))
        && !written.arguments.args.iter().any(Expr::is_starred_expr);
    // What is made for the trip has no owner to be copied from: it is to become plain.
    let held = matches!(value, Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_));
    (fits && held).then_some(value)
}

/// Whether the trip is to change types rather than to copy: what a name holds is returned as soon
/// as it is read back, or nobody has it afterwards.
fn is_made_plain<'a>(facts: &Facts<'a>, call: &'a ExprCall, value: &'a Expr) -> bool {
    let Expr::Name(name) = value else { return false };
    let used = facts.usage(facts.nodes().id(call)).usage;
    let used = match used {
        Usage::Argument(cast, 1) if facts.is_qualified(&cast.func, "typing.cast") => {
            facts.usage(facts.nodes().id(cast)).usage
        }
        used => used,
    };
    if matches!(used, Usage::Returned(_)) {
        return true;
    }
    let Resolution::Binding(binding) = facts.names().resolve(name) else { return false };
    facts.used_once(binding).is_some_and(|once| once.value.is_some_and(Expr::is_call_expr))
        || is_replaced(facts, call, name, used)
}

/// Whether the name gives up the value for what is read back, and nothing here changes or keeps
/// that: `value = json.loads(json.dumps(value))`, to be read. A copy is made to be changed or kept.
fn is_replaced<'a>(
    facts: &Facts<'a>,
    call: &'a ExprCall,
    name: &'a ExprName,
    used: Usage<'a>,
) -> bool {
    let Usage::Assigned(Expr::Name(target)) = used else { return false };
    let Resolution::Binding(binding) = facts.names().resolve(name) else { return false };
    if target.id != name.id || facts.changes_below_top(facts.nodes().id(call), &name.id) {
        return false;
    }
    let after = facts.nodes().id(call);
    let changed =
        facts.mutations(binding).into_iter().any(|it| !matches!(it.change, Change::Passed));
    let mut reads = facts.reads_of(binding).filter(|read| *read > after).peekable();
    !changed
        && reads.peek().is_some()
        && reads.all(|read| {
            matches!(
                facts.usage(read).usage,
                Usage::For(_)
                    | Usage::Clause(..)
                    | Usage::Argument(..)
                    | Usage::Keyword(..)
                    | Usage::Receiver(..)
                    | Usage::Contains(_)
                    | Usage::Compared(_)
                    | Usage::Tested(_)
                    | Usage::Indexed(_)
                    | Usage::Attribute(_)
                    | Usage::Formatted(_)
            )
        })
}

/// Whether the copy goes somewhere.
fn is_kept<'a>(facts: &Facts<'a>, call: &'a ExprCall) -> bool {
    let used = facts.usage(facts.nodes().id(call));
    if used.through.named.is_some() {
        return true;
    }
    match used.usage {
        Usage::Compared(_) | Usage::Discarded(_) | Usage::Tested(_) | Usage::Contains(_) => false,
        Usage::Assigned(Expr::Name(name)) => {
            let Resolution::Binding(binding) = facts.names().resolve(name) else { return true };
            let Some(uses) = facts.used_only(binding) else { return true };
            let mut uses = uses.peekable();
            uses.peek().is_some() && !uses.all(|used| matches!(used.usage, Usage::Compared(_)))
        }
        _ => true,
    }
}

fn fix<'a>(cx: &Cx<'_, 'a>, call: &'a ExprCall, value: &'a Expr) -> Option<Fix> {
    let facts = cx.facts;
    if cx.has_comment(call.range()) {
        return None;
    }
    let copy = imports::reach(facts, "copy", Some("deepcopy"), facts.nodes().id(call))?;
    let content = format!("{}({})", copy.name, cx.text(value.range()));
    let mut edits = vec![Edit::replace(call.range(), content)];
    edits.extend(copy.edit);
    Fix::new("Copy the value", Safety::Unsafe, edits)
}
