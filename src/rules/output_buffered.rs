//! MEM120: all that a command prints is held to be walked by line.

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::catalog::commands;
use crate::cx::Cx;
use crate::facts::Facts;
use crate::rule::{On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/output-buffered.md")),
    on: &[On::CallTo(
        &[
            "os.popen",
            "subprocess.Popen",
            "subprocess.check_output",
            "subprocess.getoutput",
            "subprocess.run",
        ],
        check,
    )],
    over: &["MEM103", "MEM108"],
};

fn check<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let facts = cx.facts;
    let Some(words) = facts.command_words(call) else { return };
    if !commands::is_large(&words)
        || !is_captured(facts, call)
        || has(call, &["input", "timeout"])
        || facts.source.is_test()
    {
        return;
    }
    let Some(walked) = facts.output_walked(call) else { return };
    let program = words.iter().flatten().find(|word| !matches!(**word, "sudo" | "env" | "nice"));
    let program = program.map_or("the command", |word| word.rsplit('/').next().unwrap_or(word));
    let label = format!("all that `{program}` prints is held, and then walked by line");
    let opened = facts.qualified(&call.func) == Some("os.popen");
    let help = if opened {
        "walk what `os.popen` returns".to_owned()
    } else if stderr_captured(call) {
        "walk `stdout` of `with Popen(.., stdout=PIPE)` and look at `returncode` behind it; \
         give `stderr` a file: a full pipe that nobody reads stops the command"
            .to_owned()
    } else {
        "walk `stdout` of `with Popen(.., stdout=PIPE)` and look at `returncode` behind it"
            .to_owned()
    };
    let by = walked.by;
    cx.report(call.range(), label)
        .help(help)
        .related(walked.lines.range(), format!("`{by}` makes all lines of it"));
}

/// Whether the output comes to the program.
fn is_captured<'a>(facts: &Facts<'a>, call: &'a ExprCall) -> bool {
    match facts.qualified(&call.func) {
        Some("subprocess.run") => {
            is_true(call, "capture_output") || call.arguments.find_keyword("stdout").is_some()
        }
        Some("subprocess.Popen") => call.arguments.find_keyword("stdout").is_some(),
        _ => true,
    }
}

/// Whether what the command says of errors comes through a pipe of its own.
fn stderr_captured(call: &ExprCall) -> bool {
    let pipe = |expr: &Expr| match expr {
        Expr::Attribute(it) => it.attr.as_str() == "PIPE",
        Expr::Name(name) => name.id.as_str() == "PIPE",
        _ => false,
    };
    is_true(call, "capture_output")
        || call.arguments.find_keyword("stderr").is_some_and(|it| pipe(&it.value))
}

fn is_true(call: &ExprCall, name: &str) -> bool {
    call.arguments
        .find_keyword(name)
        .is_some_and(|it| matches!(&it.value, Expr::BooleanLiteral(it) if it.value))
}

fn has(call: &ExprCall, names: &[&str]) -> bool {
    names.iter().any(|name| call.arguments.find_keyword(name).is_some())
}
