//! Imports that a fix needs: how a module or one of its members is reached where the fix writes,
//! and the edit that imports it where nothing does yet.
//!
//! What is imported already is used under the name that it has there. A new import goes among the
//! others as an import sorter would put it. Where its name means something else in the file, there
//! is no import, and so no fix.

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Alias, Expr, Stmt, StmtImportFrom};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::catalog::stdlib::is_stdlib;
use crate::facts::Facts;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::{Definition, DefinitionKind, Resolution, ScopeId};
use crate::fix::Edit;

/// How something is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// The expression to write: `islice`, `itertools.islice`, `it.islice`.
    pub name: String,
    /// The edit that makes it mean that. `None` where it does already.
    pub edit: Option<Edit>,
}

/// How a module, or a member of it, is reached at a node. `None` where the import would conflict
/// with another name of the file.
pub fn reach(facts: &Facts<'_>, module: &str, member: Option<&str>, at: NodeId) -> Option<Reached> {
    if let Some(name) = imported(facts, module, member, at) {
        return Some(Reached { name, edit: None });
    }
    if let Some(member) = member
        && let Some(statement) = from_import(facts, module)
        && is_free(facts, member, at)
        && (is_deferred(facts, at) || facts.nodes().get(at)?.start() >= statement.end())
    {
        let end = statement.names.last().map_or(statement.range.end(), Ranged::end);
        let edit = Edit::insert(end, format!(", {member}"));
        return Some(Reached { name: member.to_owned(), edit: Some(edit) });
    }
    let root = module.split('.').next().unwrap_or(module);
    if !is_free(facts, root, at) {
        return None;
    }
    let name = member.map_or_else(|| module.to_owned(), |member| format!("{module}.{member}"));
    Some(Reached { name, edit: Some(insertion(facts, module)) })
}

/// The name by which it is imported already, in sight of the node and before it runs.
fn imported(facts: &Facts<'_>, module: &str, member: Option<&str>, at: NodeId) -> Option<String> {
    let names = facts.names();
    let scope = facts.nodes().scope(at);
    facts.scopes().all_definitions().iter().find_map(|definition| {
        let reached = match (definition.kind, member) {
            (DefinitionKind::Import(path), None) if path == module => definition.name.to_owned(),
            (DefinitionKind::Import(path), Some(member)) if path == module => {
                format!("{}.{member}", definition.name)
            }
            (DefinitionKind::ImportFrom { module: from, member: what, level: 0 }, _) => {
                let whole = member.is_some_and(|member| from == module && what == member);
                let submodule = module
                    .rsplit_once('.')
                    .is_some_and(|(parent, last)| from == parent && what == last);
                match (whole, submodule, member) {
                    (true, _, _) | (_, true, None) => definition.name.to_owned(),
                    (_, true, Some(member)) => format!("{}.{member}", definition.name),
                    _ => return None,
                }
            }
            _ => return None,
        };
        let Resolution::Binding(binding) = names.lookup(definition.name, scope) else {
            return None;
        };
        let only = names.only_definition(binding)?;
        let same = std::ptr::eq(only, definition);
        (same && is_certain(facts, definition, at)).then_some(reached)
    })
}

/// Whether an import has run whenever the node runs: a statement of the module or of a function
/// around the node itself, before it, under no condition.
fn is_certain(facts: &Facts<'_>, definition: &Definition<'_>, at: NodeId) -> bool {
    let nodes = facts.nodes();
    let parent = nodes.parent(definition.node);
    let unconditional = match nodes.get(parent) {
        None => true,
        Some(Node::Stmt(Stmt::FunctionDef(_))) => nodes.contains(parent, at),
        Some(_) => false,
    };
    let deferred =
        facts.scopes().function(nodes.scope(at)).is_some() && definition.scope == ScopeId::MODULE;
    let before = nodes.get(at).is_some_and(|node| definition.range.end() <= node.start());
    unconditional && (before || deferred)
}

/// Whether a node runs only when its function is called, after the module has run.
fn is_deferred(facts: &Facts<'_>, at: NodeId) -> bool {
    facts.scopes().function(facts.nodes().scope(at)).is_some()
}

/// Whether a name means nothing anywhere that matters: not in the module, not at the node.
fn is_free(facts: &Facts<'_>, name: &str, at: NodeId) -> bool {
    let names = facts.names();
    let scope = facts.nodes().scope(at);
    // A star import may bind it; a builtin of the name would be shadowed for everybody else.
    names.lookup(name, scope) == Resolution::Builtin
        && names.binding(ScopeId::MODULE, name).is_none()
}

/// A statement of the module that imports members of another.
fn from_import<'a>(facts: &Facts<'a>, module: &str) -> Option<&'a StmtImportFrom> {
    facts.module.body.iter().find_map(|stmt| match stmt {
        Stmt::ImportFrom(it) => {
            let same = it.level == 0 && it.module.as_ref().is_some_and(|name| name == module);
            let named = it.names.iter().all(|alias| alias.name.as_str() != "*");
            (same && named).then_some(it)
        }
        _ => None,
    })
}

/// The edit that imports a module at the top of the file.
fn insertion(facts: &Facts<'_>, module: &str) -> Edit {
    let text = facts.source.text();
    let newline = facts.source.line_break();
    let body = &facts.module.body;
    let prelude = body
        .iter()
        .take_while(|stmt| is_docstring(stmt, body) || is_future(stmt))
        .collect::<Vec<_>>();
    let rest = &body[prelude.len()..];
    let imports = rest.iter().take_while(|stmt| is_import(stmt)).collect::<Vec<_>>();
    let Some(first) = imports.first() else {
        return before_code(facts, prelude.last().copied(), rest.first(), module, newline);
    };
    // One group: no blank line and no comment on a line of its own between the statements.
    let mut group = vec![*first];
    for pair in imports.windows(2) {
        let between = &text[TextRange::new(pair[0].end(), pair[1].start())];
        if between.matches('\n').count() > 1 {
            break;
        }
        group.push(pair[1]);
    }
    if !group.iter().any(|stmt| imports_stdlib(stmt)) {
        let start = facts.source.line_start(first.start());
        return Edit::insert(start, format!("import {module}{newline}{newline}"));
    }
    let after =
        group.iter().take_while(|stmt| plain_import(stmt).is_some_and(|name| name < module)).last();
    match after {
        Some(stmt) => {
            let end = facts.source.line_end(stmt.end());
            match facts.source.next_line(end) {
                next if next == end => Edit::insert(end, format!("{newline}import {module}")),
                next => Edit::insert(next, format!("import {module}{newline}")),
            }
        }
        None => Edit::insert(
            facts.source.line_start(first.start()),
            format!("import {module}{newline}"),
        ),
    }
}

/// The edit for a file without imports.
fn before_code(
    facts: &Facts<'_>,
    last: Option<&Stmt>,
    next: Option<&Stmt>,
    module: &str,
    newline: &str,
) -> Edit {
    let text = facts.source.text();
    if let Some(last) = last {
        let end = facts.source.line_end(last.end());
        let after = facts.source.next_line(end);
        if after == end {
            return Edit::insert(end, format!("{newline}{newline}import {module}{newline}"));
        }
        return Edit::insert(after, format!("{newline}import {module}{newline}"));
    }
    let Some(next) = next else {
        return Edit::insert(TextSize::of(text), format!("import {module}{newline}"));
    };
    let gap = match next {
        Stmt::FunctionDef(_) | Stmt::ClassDef(_) => format!("{newline}{newline}{newline}"),
        _ => format!("{newline}{newline}"),
    };
    // Comments right above the statement are about it; those before a blank line are about the
    // file.
    let mut start = facts.source.line_start(next.start());
    let first = start;
    for token in facts.tokens.iter().rev().filter(|token| token.end() <= first) {
        match token.kind() {
            TokenKind::Comment if facts.source.next_line(token.end()) == start => {
                let at = facts.source.line_start(token.start());
                if text[token.range()].starts_with("#!") || is_declaration(&text[token.range()]) {
                    break;
                }
                start = at;
            }
            TokenKind::NonLogicalNewline => {}
            _ => break,
        }
    }
    Edit::insert(start, format!("import {module}{gap}"))
}

/// `# -*- coding: utf-8 -*-` has to stay in the first two lines.
fn is_declaration(comment: &str) -> bool {
    comment.contains("coding:") || comment.contains("coding=")
}

fn is_docstring(stmt: &Stmt, body: &[Stmt]) -> bool {
    body.first().is_some_and(|first| std::ptr::eq(stmt, first))
        && matches!(stmt, Stmt::Expr(it) if matches!(&*it.value, Expr::StringLiteral(_)))
}

fn is_future(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::ImportFrom(it) if it.module.as_ref().is_some_and(|name| name == "__future__"))
}

fn is_import(stmt: &Stmt) -> bool {
    matches!(stmt, Stmt::Import(_) | Stmt::ImportFrom(_))
}

/// The module of `import module` and of nothing else.
fn plain_import(stmt: &Stmt) -> Option<&str> {
    match stmt {
        Stmt::Import(it) => it.names.first().map(|alias: &Alias| alias.name.as_str()),
        _ => None,
    }
}

fn imports_stdlib(stmt: &Stmt) -> bool {
    let module = match stmt {
        Stmt::Import(it) => it.names.first().map(|alias| alias.name.as_str()),
        Stmt::ImportFrom(it) if it.level == 0 => {
            it.module.as_ref().map(ruff_python_ast::Identifier::as_str)
        }
        _ => None,
    };
    module.is_some_and(|module| is_stdlib(module.split('.').next().unwrap_or(module)))
}
