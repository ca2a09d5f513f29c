//! MEM116: what is made at once has a twin that makes one item at a time.

use ruff_python_ast::{Expr, ExprAttribute, ExprCall};
use ruff_text_size::Ranged;

use super::list_iterated_once::lazy_call;
use crate::cx::Cx;
use crate::edits;
use crate::facts::Facts;
use crate::facts::comprehensions::Built;
use crate::facts::cost::{Cost, SMALL, human_bytes, human_count, integer, list_bytes};
use crate::facts::nodes::Node;
use crate::facts::patterns::Groups;
use crate::facts::types::Kind;
use crate::facts::usage::Usage;
use crate::facts::walked::{By, Walked};
use crate::fix::{Edit, Fix, Safety};
use crate::imports;
use crate::rule::{Level, On, Rule, Spec};

/// The rule.
pub static RULE: Rule = Rule {
    spec: Spec::from_page(include_str!("../../rules/eager-twin.md")),
    on: &[
        On::Walked(check_walked),
        On::CallTo(&["re.findall"], check_findall),
        On::Method(&["findall"], check_method),
    ],
    over: &["MEM103"],
};

/// Lazy calls that list their own input: nothing can change what they give.
const COMBINING: &[&str] = &[
    "itertools.combinations",
    "itertools.combinations_with_replacement",
    "itertools.permutations",
    "itertools.product",
];

fn check_walked<'a>(cx: &mut Cx<'_, 'a>, walked: &Walked<'a>) {
    match lazy_call(cx.facts, walked) {
        None => check_iterable(cx, walked, walked.iterable, None),
        Some(call) => {
            for argument in &call.arguments.args {
                check_iterable(cx, walked, argument, Some(call));
            }
        }
    }
}

fn check_iterable<'a>(
    cx: &mut Cx<'_, 'a>,
    walked: &Walked<'a>,
    iterable: &'a Expr,
    within: Option<&'a ExprCall>,
) {
    let facts = cx.facts;
    let Expr::Call(call) = iterable else { return };
    match (facts.qualified(&call.func), facts.built(iterable)) {
        (_, Some(Built::Collected(Expr::Call(inner)))) => {
            check_listed(cx, walked, iterable, inner, within);
        }
        (Some("os.listdir"), _) => check_listdir(cx, walked, iterable, call),
        (Some("glob.glob"), _) => check_glob(cx, walked, iterable, call),
        _ => {
            if is_findall(facts, call) {
                report_walked_matches(cx, walked, call);
            }
        }
    }
}

/// `re.findall(..)`, or `findall` of a compiled pattern.
fn is_findall<'a>(facts: &Facts<'a>, call: &'a ExprCall) -> bool {
    let found = match &*call.func {
        Expr::Attribute(func)
            if func.attr.as_str() == "findall" && facts.kind_of(&func.value) == Kind::Pattern =>
        {
            call.arguments.args.first()
        }
        func if facts.is_qualified(func, "re.findall") => call.arguments.args.get(1),
        _ => return false,
    };
    // Few characters have few matches.
    found.and_then(|text| facts.length_of(text)).is_none_or(|length| length > SMALL)
}

fn report_walked_matches<'a>(cx: &mut Cx<'_, 'a>, walked: &Walked<'a>, call: &'a ExprCall) {
    let facts = cx.facts;
    let fix = facts.groups_of(call).and_then(|groups| {
        let mut edits = renamed(cx, call, "finditer")?;
        let each = match (groups.count, groups.optional, groups.bytes) {
            (0, ..) => "match.group()",
            (1, false, _) => "match.group(1)",
            (1, true, false) => "match.group(1) or \"\"",
            (1, true, true) => "match.group(1) or b\"\"",
            (_, false, _) => "match.groups()",
            (_, true, false) => "match.groups(\"\")",
            (_, true, true) => "match.groups(b\"\")",
        };
        // Quotes would end an f-string before Python 3.12.
        let mut around = facts.nodes().ancestors(facts.nodes().id(call));
        if each.contains('"')
            && around
                .any(|(_, node)| matches!(node, Node::Expr(Expr::FString(_) | Expr::TString(_))))
        {
            return None;
        }
        edits.push(Edit::insert(call.start(), format!("({each} for match in ")));
        edits.push(Edit::insert(call.end(), ")"));
        Fix::new("Find one match at a time", safety(facts, call, groups), edits)
    });
    let who = match walked.by {
        By::For => "the loop takes",
        By::Comprehension => "the comprehension takes",
        By::YieldFrom => "`yield from` hands out",
        By::Membership => "`in` looks at",
    };
    let label = format!("{who} one match at a time; `findall` holds all of them at once");
    cx.report(call.range(), label)
        .help("`finditer` finds one match at a time: `match.group()` is its text")
        .fix(fix)
        .level(level(facts, call));
}

/// A whole file or answer has many matches; of other texts nobody knows.
fn level<'a>(facts: &Facts<'a>, call: &'a ExprCall) -> Level {
    let position = usize::from(facts.is_qualified(&call.func, "re.findall"));
    let text = call.arguments.args.get(position);
    match text.map(|text| facts.value_behind(text)) {
        Some(Expr::Call(read)) => match &*read.func {
            Expr::Attribute(func)
                if matches!(func.attr.as_str(), "read" | "read_text" | "read_bytes") =>
            {
                Level::Warn
            }
            _ => Level::Info,
        },
        Some(Expr::Attribute(it)) if facts.kind_of(&it.value) == Kind::Response => Level::Warn,
        _ => Level::Info,
    }
}

/// A pattern of `str` matches only `str`, which does not change; one of bytes a `bytearray` too.
fn safety<'a>(facts: &Facts<'a>, call: &'a ExprCall, groups: Groups) -> Safety {
    let bytes = call.arguments.args.iter().any(|text| facts.kind_of(text) == Kind::Bytes);
    if !groups.bytes || bytes { Safety::Safe } else { Safety::Unsafe }
}

/// The edits that call another function of `re`, or another method of the pattern.
fn renamed<'a>(cx: &Cx<'_, 'a>, call: &'a ExprCall, name: &str) -> Option<Vec<Edit>> {
    if let Expr::Attribute(func) = &*call.func {
        return Some(vec![Edit::replace(func.attr.range, name)]);
    }
    let reached = imports::reach(cx.facts, "re", Some(name), cx.facts.nodes().id(call))?;
    let mut edits = vec![Edit::replace(call.func.range(), reached.name)];
    edits.extend(reached.edit);
    Some(edits)
}

fn check_method<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall, func: &'a ExprAttribute) {
    if cx.facts.kind_of(&func.value) == Kind::Pattern {
        check_findall(cx, call);
    }
}

/// Matches that are only counted, tested for, or of which the first is taken.
fn check_findall<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let facts = cx.facts;
    if !is_findall(facts, call) {
        return;
    }
    let used = facts.usage(facts.nodes().id(call));
    if used.through.named.is_some() {
        return;
    }
    match used.usage {
        Usage::Tested(_) => report_tested(cx, call),
        Usage::Argument(test, 0) if facts.is_qualified(&test.func, "bool") => {
            report_tested(cx, call);
        }
        Usage::Argument(len, 0)
            if used.through.is_direct() && facts.is_qualified(&len.func, "len") =>
        {
            let fix = counted(cx, call, len);
            cx.report(call.range(), "all matches are held at once, only to be counted")
                .help("count with `sum(1 for _ in ..)` over `finditer`")
                .fix(fix)
                .level(level(facts, call));
        }
        Usage::Indexed(it) if used.through.is_direct() && integer(&it.slice) == Some(0) => {
            cx.report(call.range(), "all matches are found, and the first one is taken")
                .help("`search` stops at the first match")
                .level(level(facts, call));
        }
        _ => {}
    }
}

fn report_tested<'a>(cx: &mut Cx<'_, 'a>, call: &'a ExprCall) {
    let level = level(cx.facts, call);
    let fix = renamed(cx, call, "search")
        .and_then(|edits| Fix::new("Stop at the first match", Safety::Safe, edits));
    cx.report(call.range(), "all matches are found, only to see whether there is one")
        .help("`search` stops at the first match")
        .fix(fix)
        .level(level);
}

fn counted<'a>(cx: &Cx<'_, 'a>, call: &'a ExprCall, len: &'a ExprCall) -> Option<Fix> {
    let facts = cx.facts;
    let alone = len.arguments.l_paren_range().end() == call.start()
        && len.arguments.r_paren_range().start() == call.end();
    let Expr::Name(name) = &*len.func else { return None };
    if !alone || !facts.is_builtin_at("sum", facts.nodes().id(len)) {
        return None;
    }
    let mut edits = renamed(cx, call, "finditer")?;
    edits.push(Edit::replace(name.range, "sum"));
    edits.push(Edit::insert(call.start(), "1 for _ in "));
    let safe = facts.groups_of(call).map_or(Safety::Unsafe, |groups| safety(facts, call, groups));
    Fix::new("Count one match at a time", safe, edits)
}

/// `list(..)` around what makes one item at a time.
fn check_listed<'a>(
    cx: &mut Cx<'_, 'a>,
    walked: &Walked<'a>,
    list: &'a Expr,
    inner: &'a ExprCall,
    within: Option<&'a ExprCall>,
) {
    let facts = cx.facts;
    let name = facts.qualified(&inner.func);
    let combining = name.is_some_and(|name| COMBINING.contains(&name));
    let safe = match &*inner.func {
        _ if combining => true,
        Expr::Attribute(func)
            if matches!(func.attr.as_str(), "glob" | "rglob" | "iterdir")
                && facts.kind_of(&func.value) == Kind::Path =>
        {
            if changes_files(facts, walked, list) {
                return;
            }
            false
        }
        _ => return,
    };
    let length = facts.length_of(list);
    if walked.by == By::Membership && !combining || length.is_some_and(|length| length <= SMALL) {
        return;
    }
    let short = match &*inner.func {
        Expr::Attribute(func) => func.attr.as_str(),
        _ => name.and_then(|name| name.rsplit('.').next()).unwrap_or_default(),
    };
    let label = match length {
        Some(length) => format!(
            "`{short}` makes one item at a time; a list of {} pointers, {}, exists at once",
            human_count(length),
            human_bytes(list_bytes(length)),
        ),
        None => format!("`{short}` makes one item at a time; this list holds all of them at once"),
    };
    let edits = match within {
        Some(call) => edits::unlist(facts, call, list),
        None => edits::iterate(facts, list),
    };
    let safety = if safe { Safety::Safe } else { Safety::Unsafe };
    let fix = edits.and_then(|edits| Fix::new("Take the items one at a time", safety, edits));
    let cost = length.map(list_bytes).map(Cost::exactly);
    cx.report(list.range(), label).help("drop `list(..)`").fix(fix).cost(cost);
}

/// The names of a directory, each of which is asked about again.
fn check_listdir<'a>(
    cx: &mut Cx<'_, 'a>,
    walked: &Walked<'a>,
    iterable: &'a Expr,
    call: &'a ExprCall,
) {
    let facts = cx.facts;
    let asks = facts.calls_between(iterable, walked).into_iter().any(|call| {
        facts.qualified(&call.func).is_some_and(|name| {
            matches!(
                name,
                "os.path.isdir"
                    | "os.path.isfile"
                    | "os.path.islink"
                    | "os.path.getsize"
                    | "os.path.getmtime"
                    | "os.stat"
                    | "os.lstat"
            )
        })
    });
    if asks && walked.by != By::Membership && !changes_files(facts, walked, iterable) {
        cx.report(call.range(), "the names of a whole directory are held at once, and each is looked up again")
            .help("`with os.scandir(..) as entries` gives one entry at a time, which knows `entry.name` and `entry.is_file()`")
            .level(Level::Info);
    }
}

/// The paths that match: `iglob` holds those of one directory at a time.
fn check_glob<'a>(
    cx: &mut Cx<'_, 'a>,
    walked: &Walked<'a>,
    iterable: &'a Expr,
    call: &'a ExprCall,
) {
    let facts = cx.facts;
    if walked.by != By::For || changes_files(facts, walked, iterable) {
        return;
    }
    let edits = match &*call.func {
        Expr::Attribute(func) => Some(vec![Edit::replace(func.attr.range, "iglob")]),
        func => {
            imports::reach(facts, "glob", Some("iglob"), facts.nodes().id(call)).map(|reached| {
                let edit = Edit::replace(func.range(), reached.name);
                std::iter::once(edit).chain(reached.edit).collect()
            })
        }
    };
    let fix =
        edits.and_then(|edits| Fix::new("Take the paths one at a time", Safety::Unsafe, edits));
    cx.report(call.range(), "the loop takes one path at a time; `glob` holds all of them at once")
        .help("`glob.iglob` holds those of one directory at a time")
        .fix(fix)
        .level(Level::Info);
}

/// Whether files may come and go, or the current directory change, between two items.
fn changes_files<'a>(facts: &Facts<'a>, walked: &Walked<'a>, iterable: &'a Expr) -> bool {
    if !facts.acts_between(iterable, walked) {
        return false;
    }
    facts.calls_between(iterable, walked).into_iter().any(|call| match &*call.func {
        Expr::Attribute(func) if facts.qualified(&call.func).is_none() => {
            !is_reader(func.attr.as_str())
        }
        func => !facts
            .qualified(func)
            .is_some_and(|name| is_harmless(name) || name == "open" && only_reads(call)),
    })
}

/// Whether a call of `open` is for reading.
fn only_reads(call: &ExprCall) -> bool {
    match call.arguments.find_argument_value("mode", 1) {
        None => true,
        Some(Expr::StringLiteral(mode)) => {
            mode.value.to_str().starts_with('r') && !mode.value.to_str().contains('+')
        }
        Some(_) => false,
    }
}

/// Methods that leave files as they are, by their name alone.
fn is_reader(method: &str) -> bool {
    matches!(
        method,
        "append"
            | "add"
            | "update"
            | "extend"
            | "setdefault"
            | "get"
            | "group"
            | "items"
            | "keys"
            | "values"
            | "is_dir"
            | "is_file"
            | "exists"
            | "stat"
            | "lstat"
            | "relative_to"
            | "read"
            | "read_text"
            | "read_bytes"
            | "readline"
            | "readlines"
            | "resolve"
            | "match"
            | "search"
            | "fullmatch"
            | "startswith"
            | "endswith"
            | "split"
            | "rsplit"
            | "strip"
            | "lstrip"
            | "rstrip"
            | "lower"
            | "upper"
            | "format"
            | "join"
            | "as_posix"
            | "with_suffix"
            | "joinpath"
            | "encode"
            | "decode"
            | "count"
            | "index"
            | "sort"
            | "partition"
            | "rpartition"
            | "casefold"
            | "isdigit"
            | "splitlines"
    )
}

/// Functions that leave files as they are.
fn is_harmless(name: &str) -> bool {
    name.starts_with("os.path.")
        || name.starts_with("re.")
        || name.starts_with("json.load")
        || name.starts_with("logging.")
        || name.starts_with("fnmatch.")
        || crate::catalog::keeps::argument(name).is_some()
        || matches!(
            name,
            "getattr"
                | "os.stat"
                | "os.lstat"
                | "os.fspath"
                | "os.readlink"
                | "pathlib.Path"
                | "int"
                | "max"
                | "min"
                | "str"
                | "isinstance"
                | "sorted"
        )
}
