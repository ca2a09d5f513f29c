//! MEM118: a streaming parser builds the whole document behind the loop.

use ruff_python_ast::{Expr, ExprCall, Stmt, StmtFor, StmtIf};
use ruff_text_size::{Ranged, TextRange};

use crate::cx::Cx;
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::parsed::Fate;
use crate::facts::scopes::{BindingId, Resolution};
use crate::facts::types::Kind;
use crate::facts::usage::Usage;
use crate::fix::{Edit, Fix, Safety};
use crate::rule::{Level, On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/parser-not-cleared.md")),
    on: &[
        On::CallTo(
            &[
                "xml.etree.ElementTree.iterparse",
                "xml.etree.cElementTree.iterparse",
                "lxml.etree.iterparse",
                "defusedxml.ElementTree.iterparse",
            ],
            check_elements,
        ),
        On::CallTo(&["tarfile.open", "tarfile.TarFile.open"], check_members),
    ],
    over: &[],
};

fn check_elements<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let facts = cx.facts;
    // A parser of one's own may build nothing.
    if call.arguments.find_keyword("parser").is_some()
        || call.arguments.keywords.iter().any(|keyword| keyword.arg.is_none())
        || facts.source.is_test()
    {
        return;
    }
    let Some(source) = call.arguments.args.first() else { return };
    if facts.kind_of(source) == Kind::Buffer {
        return;
    }
    let ends = match call.arguments.find_argument_value("events", 1) {
        None => true,
        Some(events) => {
            let Some(events) = words(events) else { return };
            if !events.contains(&"end") {
                return;
            }
            events.len() == 1
        }
    };
    let Some(walk) = walk_of(facts, call) else { return };
    let (element, target) = match facts.nodes().get(walk) {
        Some(Node::Stmt(Stmt::For(it))) => {
            if leaves_early(facts, it) {
                return;
            }
            (element_of(facts, &it.target), Some(it))
        }
        Some(Node::Expr(expr)) => {
            let target = match expr {
                Expr::ListComp(it) => it.generators.first(),
                Expr::SetComp(it) => it.generators.first(),
                Expr::DictComp(it) => it.generators.first(),
                Expr::Generator(it) => it.generators.first(),
                _ => None,
            };
            (target.and_then(|clause| element_of(facts, &clause.target)), None)
        }
        _ => return,
    };
    // A target that is no pair hands the element on with the event.
    let Some((element, name)) = element else { return };
    if facts.fate_of_elements(walk, Some(element)) != Fate::Stays {
        return;
    }
    // A name that the loop gives something else is no longer the record at its end.
    let bound = facts.names().definitions(element);
    let once = bound.filter(|it| facts.nodes().contains(walk, it.node)).count() == 1;
    let fix = target.filter(|_| ends && once).and_then(|it| clear(cx, it, name));
    let help = match fix {
        Some(_) => format!("call `{name}.clear()` when the record has been read"),
        None => {
            format!("call `{name}.clear()`, or that of the root, when a whole record has been read")
        }
    };
    cx.report(call.range(), "`iterparse` keeps every element that it has handed out in one tree")
        .help(help)
        .fix(fix);
}

/// The loop that walks the parser: directly, by `iter(..)`, or by one name that has no other use.
fn walk_of<'a>(facts: &Facts<'a>, call: &'a ExprCall) -> Option<NodeId> {
    let mut used = facts.usage(facts.nodes().id(call));
    // Each step goes up or to a later name.
    for _ in 0..4 {
        if !used.through.is_direct() {
            return None;
        }
        used = match used.usage {
            Usage::For(node) | Usage::Clause(node, 0) => return Some(node),
            Usage::Argument(outer, 0)
                if facts
                    .qualified(&outer.func)
                    .is_some_and(|name| matches!(name, "iter" | "enumerate")) =>
            {
                facts.usage(facts.nodes().id(outer))
            }
            Usage::Assigned(Expr::Name(name)) => {
                let Resolution::Binding(binding) = facts.names().resolve(name) else {
                    return None;
                };
                facts.used_once(binding)?.used
            }
            _ => return None,
        };
    }
    None
}

/// The name that gets the element: the second of `event, element`, also behind a counter.
fn element_of<'a>(facts: &Facts<'a>, target: &'a Expr) -> Option<(BindingId, &'a str)> {
    let Expr::Tuple(pair) = target else { return None };
    match &pair.elts[..] {
        [_, Expr::Name(name)] => match facts.names().resolve(name) {
            Resolution::Binding(binding) => Some((binding, name.id.as_str())),
            _ => None,
        },
        [_, inner @ Expr::Tuple(_)] => element_of(facts, inner),
        _ => None,
    }
}

/// The strings of a tuple or list of strings.
fn words(events: &Expr) -> Option<Vec<&str>> {
    let elements = match events {
        Expr::Tuple(it) => &it.elts,
        Expr::List(it) => &it.elts,
        _ => return None,
    };
    elements
        .iter()
        .map(|element| match element {
            Expr::StringLiteral(it) => Some(it.value.to_str()),
            _ => None,
        })
        .collect()
}

/// Whether a statement in the loop may end it before the end of the document.
fn leaves_early(facts: &Facts<'_>, of: &StmtFor) -> bool {
    let nodes = facts.nodes();
    nodes
        .descendants(nodes.id(of))
        .any(|id| matches!(nodes.get(id), Some(Node::Stmt(Stmt::Break(_) | Stmt::Return(_)))))
}

/// The fix where the body handles one kind of record and nothing else: clear it at the end.
fn clear<'a>(cx: &Cx<'_, 'a>, of: &'a StmtFor, name: &str) -> Option<Fix> {
    let [Stmt::If(only)] = &of.body[..] else { return None };
    let last = record_branch(only)?.last()?;
    let skips = cx.facts.nodes();
    let continues = skips
        .descendants(skips.id(only))
        .any(|id| matches!(skips.get(id), Some(Node::Stmt(Stmt::Continue(_)))));
    if continues {
        return None;
    }
    let text = cx.facts.source.text();
    let lines = cx.facts.source.lines();
    let line = lines.line_range(lines.line_index(last.start()), text);
    let indent = cx.text(TextRange::new(line.start(), last.start()));
    // `if test: statement` has no line of its own to copy.
    if !indent.chars().all(char::is_whitespace) {
        return None;
    }
    let end = lines.line_range(lines.line_index(last.end()), text).end();
    let newline = cx.facts.source.line_break();
    let whole = text[..end.to_usize()].ends_with('\n');
    let content = if whole {
        format!("{indent}{name}.clear(){newline}")
    } else {
        format!("{newline}{indent}{name}.clear()")
    };
    Fix::new("Clear the record", Safety::Unsafe, vec![Edit::insert(end, content)])
}

/// The body of `if element.tag == "record":` without other branches.
fn record_branch(only: &StmtIf) -> Option<&[Stmt]> {
    let Expr::Compare(test) = &*only.test else { return None };
    let tag = matches!(&*test.left, Expr::Attribute(it) if it.attr.as_str() == "tag");
    let equal = matches!(&*test.ops, [ruff_python_ast::CmpOp::Eq]);
    (tag && equal && only.elif_else_clauses.is_empty()).then_some(&only.body)
}

fn check_members<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let facts = cx.facts;
    let Some(Expr::StringLiteral(mode)) = call.arguments.find_argument_value("mode", 1) else {
        return;
    };
    if !mode.value.to_str().starts_with("r|")
        || call.arguments.find_keyword("stream").is_some()
        || facts.source.is_test()
    {
        return;
    }
    let id = facts.nodes().id(call);
    let binding = match facts.usage(id).usage {
        Usage::Assigned(Expr::Name(name)) => facts.names().resolve(name),
        Usage::Context(with) => {
            let Some(Node::Stmt(Stmt::With(with))) = facts.nodes().get(with) else { return };
            let item = with.items.iter().find(|item| facts.nodes().id(&item.context_expr) == id);
            let Some(Expr::Name(name)) = item.and_then(|item| item.optional_vars.as_deref()) else {
                return;
            };
            facts.names().resolve(name)
        }
        _ => return,
    };
    let Resolution::Binding(binding) = binding else { return };
    let Some(uses) = facts.used_only(binding) else { return };
    let mut walked = false;
    for used in uses {
        match used.usage {
            Usage::For(node) => {
                let Some(Node::Stmt(Stmt::For(it))) = facts.nodes().get(node) else { return };
                if leaves_early(facts, it) {
                    return;
                }
                walked = true;
            }
            Usage::Receiver(_, "extractfile" | "extract" | "close") => {}
            _ => return,
        }
    }
    if !walked {
        return;
    }
    let name = facts.names().name(binding);
    let diagnostic = cx.report(
        call.range(),
        format!("`{name}` keeps the header of every member that it has read, 450 bytes each"),
    );
    diagnostic.help(format!(
        "set `{name}.members = []` at the end of each pass, or `stream=True` from Python 3.13 on"
    ));
    diagnostic.level = diagnostic.level.min(Level::Info);
}
