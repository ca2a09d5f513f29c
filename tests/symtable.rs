//! Scopes compared with CPython's own symbol tables, over Python's standard library: every scope,
//! and of each of its names whether it is local, in a cell, free, global, and how it is bound.
//!
//! A stride of the library is taken; `HEAPLINT_ALL=1` takes all of it. Python 3.12 and later put
//! comprehensions into the scope around before their tables can be read: from there on these
//! scopes are left out, and so are files with type parameters and `type` statements, whose scopes have parts of their
//! own there.

#![allow(unreachable_pub, reason = "a test target has no outside")]

#[path = "support/library.rs"]
mod library;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use heaplint::facts::Facts;
use heaplint::facts::nodes::Node;
use heaplint::facts::scopes::{
    BindingId, Declared, DefinitionKind, Resolution, ScopeId, ScopeKind, UseKind,
};
use library::{deep, sample, stdlib, with_facts};
use ruff_python_ast::{Expr, Stmt};
use support::skipped;

/// The names of a scope, each with what it is: `cell assigned referenced`.
type Symbols = BTreeMap<String, String>;

/// The kind of a scope, its name, its first line, and its names.
type Told = (String, String, usize, Symbols);

/// What is known of a name in a scope.
#[derive(Default, Clone)]
struct Symbol {
    scope: &'static str,
    flags: BTreeSet<&'static str>,
}

const FLAGS: [&str; 5] = ["assigned", "parameter", "referenced", "imported", "annotated"];

struct Ours<'f, 'a> {
    facts: &'f Facts<'a>,
    positions: BTreeMap<ScopeId, usize>,
    tables: Vec<BTreeMap<String, Symbol>>,
}

fn is_function(kind: ScopeKind<'_>) -> bool {
    matches!(kind, ScopeKind::Function(_) | ScopeKind::Lambda(_) | ScopeKind::Comprehension(_))
}

impl<'a> Ours<'_, 'a> {
    /// What a name of a class is called in it.
    fn mangled(&self, scope: ScopeId, name: &str) -> String {
        let class = self.facts.scopes().enclosing(scope).find_map(|(_, it)| match it.kind {
            ScopeKind::Class(def) => Some(def.name.trim_start_matches('_')),
            _ => None,
        });
        match class {
            Some(class) if name.starts_with("__") && !name.ends_with("__") && !class.is_empty() => {
                format!("_{class}{name}")
            }
            _ => name.to_owned(),
        }
    }

    fn index(&self, scope: ScopeId) -> usize {
        self.positions[&scope]
    }

    fn symbol(&mut self, scope: ScopeId, name: &str) -> &mut Symbol {
        let name = self.mangled(scope, name);
        let index = self.index(scope);
        self.tables[index].entry(name).or_default()
    }

    fn add(&mut self, scope: ScopeId, name: &str, scoped: &'static str, flag: &'static str) {
        let symbol = self.symbol(scope, name);
        // What a scope says of a name once it says everywhere; a read before a class body's own
        // store says less.
        let rank = |it| {
            ["", "implicit", "free", "local", "cell", "explicit"].iter().position(|at| *at == it)
        };
        if rank(scoped) > rank(symbol.scope) {
            symbol.scope = scoped;
        }
        if !flag.is_empty() {
            symbol.flags.insert(flag);
        }
    }

    /// What a binding is to a scope that uses its name, and the scopes between.
    fn seen(&mut self, scope: ScopeId, name: &str, binding: Option<BindingId>) -> &'static str {
        let scopes = self.facts.scopes();
        // The cell of the class, which has no binding.
        if name == "__class__" && scopes.declared(scope, name) == Some(Declared::Nonlocal) {
            return "free";
        }
        let owner = binding.map_or(ScopeId::MODULE, |it| self.facts.names().scope(it));
        if owner == scope && owner != ScopeId::MODULE {
            return "local";
        }
        if !is_function(scopes.get(owner).kind) {
            return if owner == scope && binding.is_some() { "local" } else { "implicit" };
        }
        let between: Vec<ScopeId> = scopes
            .enclosing(scope)
            .skip(1)
            .map(|(id, _)| id)
            .take_while(|id| *id != owner)
            .collect();
        let name = self.mangled(scope, name);
        for id in between {
            let index = self.index(id);
            self.tables[index]
                .entry(name.clone())
                .or_insert(Symbol { scope: "free", flags: BTreeSet::new() });
        }
        let index = self.index(owner);
        self.tables[index].entry(name).or_default().scope = "cell";
        "free"
    }

    /// The cell of the class around, for a scope that reads `__class__` or `super`.
    fn class_cell(&mut self, scope: ScopeId) {
        let scopes = self.facts.scopes();
        let between: Vec<(ScopeId, bool)> = scopes
            .enclosing(scope)
            .map(|(id, it)| (id, matches!(it.kind, ScopeKind::Class(_))))
            .skip(1)
            .collect();
        let class = between.iter().position(|(_, is_class)| *is_class);
        self.add(
            scope,
            "__class__",
            if class.is_some() { "free" } else { "implicit" },
            "referenced",
        );
        for (id, _) in between.iter().take(class.unwrap_or(0)) {
            self.add(*id, "__class__", "free", "");
        }
    }

    fn names(&mut self, future: bool) {
        let facts = self.facts;
        for index in 0..facts.nodes().len() {
            let Some(node) = facts.nodes().nth(index) else { continue };
            let Some(Expr::Name(name)) = node.as_expr() else { continue };
            let id = facts.nodes().id(name);
            if future && facts.is_annotation(id) {
                continue;
            }
            let scope = facts.nodes().scope(id);
            let text = name.id.as_str();
            if facts.names().use_kind(id) != Some(UseKind::Load) {
                continue;
            }
            let function = is_function(facts.scopes().get(scope).kind);
            if text == "super" && function {
                self.class_cell(scope);
            }
            match facts.names().resolve(name) {
                Resolution::Binding(binding) => {
                    let seen = self.seen(scope, text, Some(binding));
                    self.add(scope, text, seen, "referenced");
                }
                Resolution::Unknown if text == "__class__" => self.class_cell(scope),
                _ => self.add(scope, text, "implicit", "referenced"),
            }
        }
    }

    fn definitions(&mut self) {
        let facts = self.facts;
        for (index, definition) in facts.scopes().all_definitions().iter().enumerate() {
            let flag = match definition.kind {
                DefinitionKind::Parameter { .. } | DefinitionKind::Variadic(_) => "parameter",
                DefinitionKind::Import(_) | DefinitionKind::ImportFrom { .. } => "imported",
                _ => "assigned",
            };
            let from = definition.from;
            let binding = facts.names().binding_of(index).unwrap();
            let owner = facts.names().scope(binding);
            let seen = self.seen(from, definition.name, Some(binding));
            // A walrus of a comprehension binds in the body around it.
            let body = facts.scopes().body_scope(from);
            let walrus = body != from && owner != from;
            let seen = if walrus && owner == ScopeId::MODULE { "explicit" } else { seen };
            self.add(from, definition.name, seen, flag);
            if walrus && body != ScopeId::MODULE {
                self.add(body, definition.name, "", flag);
                if owner == body {
                    self.add(body, definition.name, "local", flag);
                }
            } else if walrus {
                self.add(body, definition.name, "explicit", "");
            }
            let statement = facts.nodes().get(definition.node).and_then(Node::as_stmt);
            if let Some(Stmt::AnnAssign(it)) = statement
                && it.simple
            {
                self.add(from, definition.name, seen, "annotated");
            }
        }
    }

    fn declarations(&mut self) {
        let facts = self.facts;
        let all: Vec<_> = facts.scopes().declarations().collect();
        for (scope, name, declared) in all {
            match declared {
                Declared::Global => {
                    self.add(scope, name, "explicit", "");
                    let mangled = self.mangled(scope, name);
                    self.tables[0].entry(mangled).or_default().scope = "explicit";
                }
                Declared::Nonlocal => {
                    let Resolution::Binding(binding) = facts.names().lookup(name, scope) else {
                        continue;
                    };
                    let seen = self.seen(scope, name, Some(binding));
                    self.add(scope, name, seen, "");
                }
            }
        }
    }

    fn tell(self) -> Vec<Told> {
        let scopes = self.facts.scopes();
        let named = |kind: ScopeKind<'a>| match kind {
            ScopeKind::Module => ("module", "top"),
            ScopeKind::Class(def) => ("class", def.name.as_str()),
            ScopeKind::Function(def) => ("function", def.name.as_str()),
            ScopeKind::Lambda(_) => ("function", "lambda"),
            ScopeKind::Comprehension(Expr::ListComp(_)) => ("function", "listcomp"),
            ScopeKind::Comprehension(Expr::SetComp(_)) => ("function", "setcomp"),
            ScopeKind::Comprehension(Expr::DictComp(_)) => ("function", "dictcomp"),
            ScopeKind::Comprehension(_) => ("function", "genexpr"),
            ScopeKind::TypeParams => ("type parameters", ""),
        };
        let told = scopes.all().zip(self.tables).map(|((_, scope), table)| {
            let (kind, name) = named(scope.kind);
            let line = match scope.kind {
                ScopeKind::Function(def) => self.facts.source.position(def.name.range.start()).row,
                ScopeKind::Class(def) => self.facts.source.position(def.name.range.start()).row,
                _ => self.facts.nodes().get(scope.node).map_or(0, |node| {
                    self.facts.source.position(ruff_text_size::Ranged::start(&node)).row
                }),
            };
            let symbols = table.into_iter().map(|(name, symbol)| {
                let mut words = vec![symbol.scope];
                words.extend(FLAGS.iter().filter(|flag| symbol.flags.contains(**flag)));
                (name, words.join(" "))
            });
            (kind.to_owned(), name.to_owned(), line, symbols.collect())
        });
        told.collect()
    }
}

fn ours(facts: &Facts<'_>) -> Vec<Told> {
    let positions: BTreeMap<ScopeId, usize> =
        facts.scopes().all().enumerate().map(|(index, (id, _))| (id, index)).collect();
    let tables = vec![BTreeMap::new(); positions.len()];
    let mut ours = Ours { facts, positions, tables };
    ours.definitions();
    ours.declarations();
    let future = facts.scopes().has_future_annotations();
    ours.names(future);
    ours.tell()
}

/// The scopes of each file; `None` for one that Python refuses.
type Files = Vec<Option<Vec<Told>>>;

/// What Python tells of each file, and its version.
fn theirs(files: &[PathBuf]) -> Option<((u32, u32), Files)> {
    let mut child = Command::new("python3")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/symbol_tables.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .ok()?;
    let mut input = child.stdin.take()?;
    let list: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    let list = list.join("\n") + "\n";
    let writer = std::thread::spawn(move || input.write_all(list.as_bytes()));
    let output = child.wait_with_output().ok()?;
    writer.join().unwrap().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let mut lines = text.lines();
    let version = serde_json::from_str(lines.next()?).ok()?;
    let told: Vec<_> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told.len(), files.len(), "Python told of other files");
    Some((version, told))
}

/// What differs in a file.
fn differences(
    ours: &[Told],
    theirs: &[Told],
    left_out: &BTreeSet<(String, String, usize)>,
) -> Vec<String> {
    let key = |it: &Told| (it.0.clone(), it.1.clone(), it.2);
    let (mut ours, mut theirs) = (ours.to_vec(), theirs.to_vec());
    for told in [&mut ours, &mut theirs] {
        for it in told.iter_mut() {
            it.2 = normal_line(&it.0, &it.1, it.2);
        }
        told.retain(|it| !left_out.contains(&key(it)));
        told.sort();
    }
    if ours == theirs {
        return Vec::new();
    }
    let mut wrong = Vec::new();
    let only = |these: &[Told], others: &[Told]| -> Vec<Told> {
        let mut left = others.to_vec();
        let keep = |it: &&Told| match left.iter().position(|other| other == *it) {
            Some(at) => {
                left.swap_remove(at);
                false
            }
            None => true,
        };
        let mut keep = keep;
        these.iter().filter(|it| keep(it)).cloned().collect()
    };
    let (mine, other) = (only(&ours, &theirs), only(&theirs, &ours));
    for it in &mine {
        let Some(twin) = other.iter().find(|twin| key(twin) == key(it)) else {
            wrong.push(format!("{} {} in line {}: no such scope", it.0, it.1, it.2));
            continue;
        };
        let names: BTreeSet<&String> = it.3.keys().chain(twin.3.keys()).collect();
        for name in names {
            let (mine, other) = (it.3.get(name), twin.3.get(name));
            if mine != other {
                wrong.push(format!(
                    "{} {} in line {}: {name}: ours {mine:?}, Python's {other:?}",
                    it.0, it.1, it.2
                ));
            }
        }
    }
    if wrong.is_empty() {
        wrong.extend(other.iter().map(|it| format!("{} {} in line {}: missing", it.0, it.1, it.2)));
    }
    wrong
}

/// The scopes that comprehensions become part of from Python 3.12 on, and these comprehensions, by
/// kind, name and line. `None` for a file with type parameters or aliases.
fn merged(facts: &Facts<'_>, told: &[Told]) -> Option<BTreeSet<(String, String, usize)>> {
    let scopes = facts.scopes();
    let inlined = |id: ScopeId| match scopes.get(id).kind {
        ScopeKind::Comprehension(node) => !node.is_generator_expr(),
        _ => false,
    };
    let nodes = facts.nodes();
    let has_alias = (0..nodes.len())
        .any(|index| matches!(nodes.nth(index), Some(Node::Stmt(Stmt::TypeAlias(_)))));
    if has_alias {
        return None;
    }
    let ids: Vec<ScopeId> = scopes.all().map(|(id, _)| id).collect();
    let mut merged = BTreeSet::new();
    for &id in &ids {
        if matches!(scopes.get(id).kind, ScopeKind::TypeParams) {
            return None;
        }
        if inlined(id) {
            let first = scopes.enclosing(id).find(|(id, _)| !inlined(*id));
            for (id, _) in scopes.enclosing(id).take_while(|(id, _)| inlined(*id)).chain(first) {
                let (kind, name, line, _) = &told[ids.iter().position(|it| *it == id)?];
                merged.insert((kind.clone(), name.clone(), normal_line(kind, name, *line)));
            }
        }
    }
    Some(merged)
}

/// The line of a scope where it is certain. A generator expression that is the only argument of a
/// call begins at the parenthesis.
fn normal_line(kind: &str, name: &str, line: usize) -> usize {
    if name == "genexpr" || kind == "module" { 0 } else { line }
}

#[test]
fn scopes_are_as_python_compiles_them() {
    deep(|| {
        let Some(files) = stdlib() else {
            skipped("no python3 on the path");
            return;
        };
        let files = sample(files, 5);
        let (version, told) = theirs(&files).unwrap();
        let (mut compared, mut scopes, mut read, mut wrong) = (0, 0, 0, Vec::new());
        for (path, theirs) in files.iter().zip(told) {
            let Some(theirs) = theirs else { continue };
            let told = with_facts(path, |facts| {
                let told = ours(facts);
                let left_out =
                    if version < (3, 12) { Some(BTreeSet::new()) } else { merged(facts, &told) };
                left_out.map(|left_out| (told, left_out))
            });
            let Some((ours, left_out)) = told.flatten() else { continue };
            read += 1;
            let kept = ours.iter().filter(|it| {
                !left_out.contains(&(it.0.clone(), it.1.clone(), normal_line(&it.0, &it.1, it.2)))
            });
            let sizes: Vec<usize> = kept.map(|it| it.3.len()).collect();
            scopes += sizes.len();
            compared += sizes.iter().sum::<usize>();
            let more = differences(&ours, &theirs, &left_out);
            wrong.extend(more.into_iter().map(|it| format!("{}: {it}", path.display())));
        }
        println!(
            "Python {}.{}: {read} files, {scopes} scopes, {compared} names, {} differ",
            version.0,
            version.1,
            wrong.len()
        );
        assert!(wrong.is_empty(), "\n{}\n", wrong[..wrong.len().min(40)].join("\n"));
        assert!(compared > 40_000, "{compared}");
    });
}

#[test]
fn the_table_of_uses_agrees_with_the_look_up_of_each() {
    deep(|| {
        let Some(files) = stdlib() else {
            skipped("no python3 on the path");
            return;
        };
        let mut names = 0;
        for path in sample(files, 7) {
            with_facts(&path, |facts| {
                if let Some(name) = facts.names().twins_disagree() {
                    let row = facts.source.position(name.range.start()).row;
                    panic!("{}:{row}: {}", path.display(), name.id);
                }
                names +=
                    facts.names().all().map(|it| facts.names().use_ids(it).len()).sum::<usize>();
            });
        }
        println!("{names} uses agree");
        assert!(names > 10_000, "{names}");
    });
}
