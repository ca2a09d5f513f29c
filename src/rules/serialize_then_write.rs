//! MEM117: an object is serialized to one text that only goes to a file.

use ruff_python_ast::{Expr, ExprAttribute, ExprCall, Operator, PythonVersion, Stmt};
use ruff_text_size::{Ranged, TextRange};

use crate::catalog::files::is_settings_word;
use crate::catalog::serializers::{self, Price, Serializer, Twin};
use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::extent::Extent;
use crate::facts::nodes::Node;
use crate::facts::scopes::Resolution;
use crate::facts::types::Kind;
use crate::facts::usage::{Usage, UsedOnce};
use crate::fix::{Edit, Fix, Safety};
use crate::imports;
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/serialize-then-write.md")),
    on: &[On::Method(&["write"], check_write), On::CallTo(&["print"], check_print)],
    over: &[],
};

/// A text that is made to be written.
struct Text<'f, 'a> {
    /// The call that makes it.
    made: &'a ExprCall,
    /// What that is.
    by: &'static Serializer,
    /// What is serialized.
    subject: &'a Expr,
    /// What is written behind it: the right operand of `+`.
    ending: Option<&'a Expr>,
    /// The name that carries it to the file.
    named: Option<UsedOnce<'f, 'a>>,
}

fn check_write<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall, method: &'a ExprAttribute) {
    let [argument] = &*call.arguments.args else { return };
    if call.arguments.keywords.is_empty() && may_be_text(argument) {
        check(cx, call, &method.value, argument);
    }
}

/// `print(json.dumps(value), file=file)`
fn check_print<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let ([argument], [keyword]) = (&*call.arguments.args, &*call.arguments.keywords) else {
        return;
    };
    if keyword.arg.as_ref().is_some_and(|name| name == "file") && may_be_text(argument) {
        check(cx, call, &keyword.value, argument);
    }
}

fn may_be_text(expr: &Expr) -> bool {
    matches!(expr, Expr::Call(_) | Expr::Name(_) | Expr::BinOp(_))
}

fn check<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall, file: &'a Expr, argument: &'a Expr) {
    let facts = cx.facts;
    let Some(text) = text_of(facts, argument) else { return };
    if !gains(facts, &text)
        || facts.source.is_test()
        || !is_written_whole(facts, call, file, &text)
        || is_about(facts, &text)
        || facts.extent(text.subject) < least(cx, &text)
    {
        return;
    }
    let of = cx.quoted(text.subject, 40, "the object");
    let function = text.by.name.rsplit('.').next().unwrap_or(text.by.name);
    let what = if text.by.module == "pickle" { "pickle" } else { "text" };
    let label = format!("`{function}` makes the whole {what} of {of} before the file gets any");
    let help = help(cx, file, &text);
    let fix = fix(cx, call, file, &text);
    let diagnostic = cx.report(text.made.range(), label);
    diagnostic.help(help).fix(fix);
    if text.named.is_some() {
        diagnostic.related(call.range(), "written here, and not used again");
    }
}

/// What has to be known of the object. Where the twin takes more time, or a part of the memory
/// stays, only what has as many items as the data has is worth it.
fn least(cx: &Cx<'_, '_>, text: &Text<'_, '_>) -> Extent {
    match text.by.price {
        Price::Memo => Extent::Data,
        Price::Encoder if !is_slow_anyway(cx, text.made) => Extent::Data,
        _ => Extent::Many,
    }
}

/// The text that an argument is: made on the spot, or carried by a name that is read nowhere else.
fn text_of<'f, 'a>(facts: &'f Facts<'a>, argument: &'a Expr) -> Option<Text<'f, 'a>> {
    let (value, ending) = split(argument);
    let (value, named) = match value {
        Expr::Name(name) => {
            let Resolution::Binding(binding) = facts.names().resolve(name) else { return None };
            let once = facts.used_once(binding)?;
            let passed_on = match once.used.usage {
                Usage::Argument(..) => once.is_direct(),
                Usage::Operand(_) => ending.is_some() && once.is_direct(),
                _ => false,
            };
            (once.value.filter(|_| passed_on)?, Some(once))
        }
        _ => (value, None),
    };
    let (value, ending) = match (ending, named) {
        (None, Some(_)) => split(value),
        _ => (value, ending),
    };
    let Expr::Call(made) = value else { return None };
    let by = if let Some(by) = facts.qualified(&made.func).and_then(serializers::find) {
        by
    } else {
        let func = made.func.as_attribute_expr()?;
        let frame = || facts.kind_or_none(&func.value) == Kind::DataFrame;
        (func.attr.as_str() == "to_csv" && frame()).then_some(&serializers::TO_CSV)?
    };
    let subject = match by.twin {
        Twin::Method => {
            let to_text =
                made.arguments.args.is_empty() && !has_keyword(made, &["path_or_buf", "path"]);
            &made.func.as_attribute_expr().filter(|_| to_text)?.value
        }
        _ => made.arguments.args.first().filter(|it| !it.is_starred_expr())?,
    };
    Some(Text { made, by, subject, ending, named })
}

/// `text + "\n"`: the text and what is added.
fn split(expr: &Expr) -> (&Expr, Option<&Expr>) {
    match expr {
        Expr::BinOp(it) if it.op == Operator::Add && it.right.is_string_literal_expr() => {
            (&it.left, Some(&it.right))
        }
        _ => (expr, None),
    }
}

/// Whether the twin writes while it serializes.
fn gains<'a>(facts: &Facts<'a>, text: &Text<'_, 'a>) -> bool {
    let arguments = &text.made.arguments;
    match text.by.twin {
        // The protocols before 4 have no frames.
        _ if text.by.module == "pickle" => {
            let protocol = arguments.find_argument_value("protocol", 1);
            protocol.and_then(|it| facts.integer_of(it)).is_none_or(|it| !(0..4).contains(&it))
        }
        // An encoder with an `encode` of its own makes another text.
        Twin::Function(_) => {
            arguments.find_keyword("cls").is_none_or(|cls| match facts.class_named(&cls.value) {
                Some(class) => !class.body.iter().any(|stmt| {
                    matches!(stmt, Stmt::FunctionDef(def)
                        if matches!(def.name.as_str(), "encode" | "iterencode"))
                }),
                None => true,
            })
        }
        Twin::Stream => arguments.find_argument("stream", 1).is_none(),
        Twin::Tree => arguments.args.len() <= 2,
        Twin::Method => true,
    }
}

/// Whether the file is open when the text is made, and gets this text and no other such.
fn is_written_whole<'a>(
    facts: &Facts<'a>,
    call: &'a ExprCall,
    file: &'a Expr,
    text: &Text<'_, 'a>,
) -> bool {
    if facts.kind_or_none(file) != Kind::File
        || facts.qualified(file).is_some_and(|name| name.starts_with("sys."))
    {
        return false;
    }
    let nodes = facts.nodes();
    let opened = facts.opened(file);
    let opening = opened.map(|opened| nodes.id(opened.call));
    // What is written again and again is a record of many.
    let mut loops = facts.loops().enclosing(nodes.innermost_loop(nodes.id(call)));
    if loops.any(|of| opening.is_none_or(|opening| !nodes.contains(of.node, opening))) {
        return false;
    }
    // A line that goes to somebody's file is a record of many.
    let line = text.ending.is_some() || call.func.is_name_expr();
    if opened.is_none() && line && !is_indented(text.made) {
        return false;
    }
    // A text that is ready before the file is opened keeps the old file if making it fails.
    if let Some(once) = &text.named
        && opening.is_some_and(|opening| once.definition.node < opening)
    {
        return false;
    }
    // So does a temporary file that takes its place: state that is written with care.
    if replaces_later(facts, call) {
        return false;
    }
    opened.is_none_or(|opened| {
        !facts.open_mode(opened.call).is_some_and(|mode| mode.starts_with('a'))
            && !facts.opens_settings(opened.call)
    })
}

/// Whether the function renames a file behind the write.
fn replaces_later<'a>(facts: &Facts<'a>, call: &'a ExprCall) -> bool {
    let nodes = facts.nodes();
    let id = nodes.id(call);
    let scope = nodes.scope(id);
    facts.call_sites().iter().any(|other| {
        other.start() > call.end()
            && nodes.scope(nodes.id(*other)) == scope
            && match facts.qualified(&other.func) {
                Some(name) => matches!(name, "os.replace" | "os.rename" | "shutil.move"),
                None => matches!(&*other.func, Expr::Attribute(func)
                    if matches!(func.attr.as_str(), "replace" | "rename")
                        && other.arguments.len() == 1),
            }
    })
}

/// Whether the object describes the program or its data, by its name or that of the function.
fn is_about<'a>(facts: &Facts<'a>, text: &Text<'_, 'a>) -> bool {
    let named = match text.subject {
        Expr::Name(name) => is_settings_word(&name.id),
        Expr::Attribute(it) => is_settings_word(&it.attr),
        Expr::Call(it) => match &*it.func {
            Expr::Name(name) => is_settings_word(&name.id),
            Expr::Attribute(it) => is_settings_word(&it.attr),
            _ => false,
        },
        _ => false,
    };
    let scope = facts.nodes().scope(facts.nodes().id(text.made));
    let function = facts.scopes().function(scope);
    let class = facts.scopes().class_around(scope);
    named
        || function.is_some_and(|def| is_settings_word(&def.name))
        || class.is_some_and(|class| {
            ["Config", "Info", "Metadata", "Option", "Setting"]
                .iter()
                .any(|word| class.name.as_str().contains(word))
        })
}

fn help(cx: &Cx<'_, '_>, file: &Expr, text: &Text<'_, '_>) -> String {
    let of = cx.short(text.subject, 40).unwrap_or("..");
    let file = cx.short(file, 40).unwrap_or("file");
    let func = cx.short(&text.made.func, 40).unwrap_or(text.by.name);
    let parent = func.rsplit_once('.').map_or(text.by.module, |(parent, _)| parent);
    let twin = match text.by.twin {
        Twin::Function(name) => format!("{parent}.{name}({of}, {file})"),
        Twin::Stream => format!("{func}({of}, {file})"),
        Twin::Tree => format!("{parent}.ElementTree({of}).write({file})"),
        Twin::Method => format!("{func}({file})"),
    };
    let price = match text.by.price {
        Price::Nothing => "it writes as it goes",
        Price::Memo => "it writes as it goes; what remains is the memo",
        Price::Encoder if is_slow_anyway(cx, text.made) => {
            "it writes as it goes; with `indent`, before Python 3.13, it takes no more time"
        }
        Price::Encoder => "it writes as it goes, in 2 to 4 times the time",
    };
    format!("use `{twin}`: {price}")
}

/// Whether `json.dumps` does not use the encoder in C either: with `indent`, before Python 3.13.
fn is_slow_anyway(cx: &Cx<'_, '_>, made: &ExprCall) -> bool {
    cx.settings.target_version < PythonVersion::PY313 && is_indented(made)
}

fn is_indented(made: &ExprCall) -> bool {
    let indent = made.arguments.find_keyword("indent");
    indent.is_some_and(|indent| !indent.value.is_none_literal_expr())
}

fn has_keyword(call: &ExprCall, names: &[&str]) -> bool {
    let is = |name: &str| names.contains(&name);
    call.arguments.keywords.iter().any(|it| it.arg.as_ref().is_none_or(|name| is(name)))
}

fn fix<'a>(
    cx: &Cx<'_, 'a>,
    call: &'a ExprCall,
    file: &'a Expr,
    text: &Text<'_, 'a>,
) -> Option<Fix> {
    let facts = cx.facts;
    let nodes = facts.nodes();
    let id = nodes.id(call);
    if !matches!(facts.usage(id).usage, Usage::Discarded(_)) || !is_plain(file) {
        return None;
    }
    // Only a class of this file is known to have no `encode` of its own.
    let cls = text.made.arguments.find_keyword("cls");
    if cls.is_some_and(|cls| facts.class_named(&cls.value).is_none()) {
        return None;
    }
    let mut edits = Vec::new();
    let kept = match &text.named {
        Some(once) => {
            let Some(Node::Expr(Expr::Name(read))) = nodes.get(once.used.node) else { return None };
            edits.push(edits::without_assignment(facts, once, read)?.0);
            None
        }
        None => Some(text.made.range()),
    };
    let around = match kept {
        Some(kept) => {
            let before = TextRange::new(call.start(), kept.start());
            cx.has_comment(before) || cx.has_comment(TextRange::new(kept.end(), call.end()))
        }
        None => cx.has_comment(call.range()),
    };
    if around {
        return None;
    }
    let (twin, import) = twin_call(cx, call, file, text)?;
    edits.extend(import);
    let file = cx.text(file.range());
    let last = match (text.ending, &*call.func) {
        (Some(ending), Expr::Attribute(_)) => {
            Some(format!("{file}.write({})", cx.text(ending.range())))
        }
        (None, Expr::Attribute(_)) => None,
        (None, _) => Some(format!("{}(file={file})", cx.text(call.func.range()))),
        (Some(_), _) => return None,
    };
    let mut content = twin;
    if let Some(last) = last {
        let source = facts.source.text();
        let start = facts.source.line_start(call.start());
        let indent = &source[TextRange::new(start, call.start())];
        if !edits::begins_line(facts, call.start()) || !ends_line(facts, call) {
            return None;
        }
        let newline = facts.source.line_break();
        content = format!("{content}{newline}{indent}{last}");
    }
    edits.push(Edit::replace(call.range(), content));
    Fix::new("Write while serializing", Safety::Unsafe, edits)
}

/// A name, or attributes of one: may be written twice.
fn is_plain(expr: &Expr) -> bool {
    match expr {
        Expr::Name(_) => true,
        Expr::Attribute(it) => is_plain(&it.value),
        _ => false,
    }
}

/// Whether nothing but a comment stands behind the statement in its line.
fn ends_line(facts: &Facts<'_>, call: &ExprCall) -> bool {
    let rest = &facts.source.text()[call.end().to_usize()..];
    let line = rest.lines().next().unwrap_or("").trim_start();
    line.is_empty() || line.starts_with('#')
}

/// The call of the twin, and the import that it needs.
fn twin_call<'a>(
    cx: &Cx<'_, 'a>,
    call: &'a ExprCall,
    file: &'a Expr,
    text: &Text<'_, 'a>,
) -> Option<(String, Option<Edit>)> {
    let facts = cx.facts;
    let (made, id) = (text.made, facts.nodes().id(call));
    let func = cx.text(made.func.range());
    let file = cx.text(file.range());
    if let Twin::Method = text.by.twin {
        let open = made.arguments.l_paren_range().end();
        let rest = cx.text(TextRange::new(open, made.end()));
        let comma = if made.arguments.keywords.is_empty() { "" } else { ", " };
        return Some((format!("{func}({file}{comma}{rest}"), None));
    }
    let subject = edits::parenthesized(facts, text.subject);
    let subject = if subject.end() > made.arguments.end() - ruff_text_size::TextSize::new(1) {
        text.subject.range()
    } else {
        subject
    };
    let rest = cx.text(TextRange::new(subject.end(), made.end()));
    let before = cx.text(TextRange::new(made.arguments.start(), subject.end()));
    if let Twin::Stream = text.by.twin {
        return Some((format!("{func}{before}, {file}{rest}"), None));
    }
    let member = match text.by.twin {
        Twin::Function(name) => name,
        _ => "ElementTree",
    };
    let (name, import) = if let Expr::Attribute(it) = &*made.func {
        (format!("{}.{member}", cx.text(it.value.range())), None)
    } else {
        let reached = imports::reach(facts, text.by.module, Some(member), id)?;
        // Another fix of the same file may import the `dump` of `json`.
        if reached.edit.is_some() && member == "dump" && text.by.module != "json" {
            return None;
        }
        (reached.name, reached.edit)
    };
    let call = match text.by.twin {
        Twin::Tree => format!("{name}{before}).write({file}{rest}"),
        _ => format!("{name}{before}, {file}{rest}"),
    };
    Some((call, import))
}
