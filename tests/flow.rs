//! Control flow against a slow twin: random function bodies are run step by step, with random
//! branches and exceptions, and whatever happens must be among what the facts say may happen.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use heaplint::Source;
use heaplint::facts::nodes::{Node, NodeId};
use heaplint::facts::{Arena, Facts};
use ruff_python_ast::{ExceptHandler, Expr, Stmt};
use ruff_python_parser::parse_module;
use ruff_text_size::{Ranged, TextSize};

/// Bodies, and runs of each.
const BODIES: u64 = 600;
const RUNS: u64 = 150;

/// A generator of numbers, the same in every run (Numerical Recipes' LCG, high bits).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

const NAMES: [&str; 3] = ["a", "b", "c"];

fn name(random: &mut Random) -> &'static str {
    NAMES[random.below(3) as usize]
}

/// A test: calls, and now and then something that binds or is known.
fn test(random: &mut Random) -> String {
    match random.below(10) {
        0 => format!("({} := f())", name(random)),
        1 => format!("f() and ({} := f())", name(random)),
        2 => format!("f() or ({} := f()) and {}", name(random), name(random)),
        3 => format!("not ({} and f())", name(random)),
        4 => "True".to_owned(),
        _ => format!("f({})", name(random)),
    }
}

fn block(random: &mut Random, depth: u64, in_loop: bool, indent: usize, text: &mut String) {
    for _ in 0..=random.below(3) {
        statement(random, depth, in_loop, indent, text);
    }
}

fn statement(random: &mut Random, depth: u64, in_loop: bool, indent: usize, text: &mut String) {
    let pad = " ".repeat(indent * 4);
    let choice = random.below(if depth == 0 { 6 } else { 15 });
    let inner = |random: &mut Random, in_loop: bool, text: &mut String| {
        block(random, depth - 1, in_loop, indent + 1, text);
    };
    match choice {
        0 | 1 => writeln!(text, "{pad}{} = f({})", name(random), name(random)).unwrap(),
        2 => writeln!(text, "{pad}f({})", name(random)).unwrap(),
        3 => match (random.below(5), in_loop) {
            (0, true) => writeln!(text, "{pad}break").unwrap(),
            (1, true) => writeln!(text, "{pad}continue").unwrap(),
            (2, _) => writeln!(text, "{pad}return f({})", name(random)).unwrap(),
            (3, _) => writeln!(text, "{pad}raise f({})", name(random)).unwrap(),
            _ => writeln!(text, "{pad}{} += f({})", name(random), name(random)).unwrap(),
        },
        4 => writeln!(text, "{pad}del {}", name(random)).unwrap(),
        5 => writeln!(
            text,
            "{pad}{} = [{} for z in f({}) if f({})]",
            name(random),
            name(random),
            name(random),
            name(random)
        )
        .unwrap(),
        6..=8 => {
            writeln!(text, "{pad}if {}:", test(random)).unwrap();
            inner(random, in_loop, text);
            if random.below(2) == 0 {
                writeln!(text, "{pad}else:").unwrap();
                inner(random, in_loop, text);
            }
        }
        9 => {
            writeln!(text, "{pad}while {}:", test(random)).unwrap();
            inner(random, true, text);
            if random.below(3) == 0 {
                writeln!(text, "{pad}else:").unwrap();
                inner(random, in_loop, text);
            }
        }
        10 | 11 => {
            writeln!(text, "{pad}for {} in f({}):", name(random), name(random)).unwrap();
            inner(random, true, text);
            if random.below(3) == 0 {
                writeln!(text, "{pad}else:").unwrap();
                inner(random, in_loop, text);
            }
        }
        12 => {
            writeln!(text, "{pad}with f({}) as {}:", name(random), name(random)).unwrap();
            inner(random, in_loop, text);
        }
        _ => {
            writeln!(text, "{pad}try:").unwrap();
            inner(random, in_loop, text);
            let handlers = random.below(3);
            for _ in 0..handlers {
                writeln!(text, "{pad}except f({}):", name(random)).unwrap();
                inner(random, in_loop, text);
            }
            if handlers > 0 && random.below(2) == 0 {
                writeln!(text, "{pad}else:").unwrap();
                inner(random, in_loop, text);
            }
            if handlers == 0 || random.below(2) == 0 {
                writeln!(text, "{pad}finally:").unwrap();
                inner(random, in_loop, text);
            }
        }
    }
}

/// How a statement ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Normal,
    Break,
    Continue,
    Return,
    Raise,
    /// The run is cut off: it says nothing more.
    Cut,
}

/// What one run of a body does.
struct Run<'r> {
    random: &'r mut Random,
    steps: u32,
    /// Where each name was last bound.
    bound: BTreeMap<String, TextSize>,
    /// Each read with where its value was bound; `None` for no value.
    seen: Vec<(TextSize, Option<TextSize>)>,
    /// The last read of each name since it was bound, and pairs of reads of one value.
    last: BTreeMap<String, TextSize>,
    read_again: Vec<TextSize>,
    /// Statements in the order in which they began, with what was bound.
    began: Vec<(TextSize, Vec<TextSize>)>,
}

impl Run<'_> {
    fn chance(&mut self, percent: u64) -> bool {
        self.random.below(100) < percent
    }

    fn bind(&mut self, name: &str, at: TextSize) {
        self.bound.insert(name.to_owned(), at);
        self.last.remove(name);
    }

    /// Reads a name. One without a value ends a run of Python; here it goes on, so that more is
    /// seen.
    fn read(&mut self, name: &str, at: TextSize) {
        let value = self.bound.get(name).copied();
        self.seen.push((at, value));
        if let Some(before) = self.last.insert(name.to_owned(), at) {
            self.read_again.push(before);
        }
    }

    /// Evaluates an expression: whether it is true, or `None` when it raises.
    fn eval(&mut self, expr: &Expr) -> Option<bool> {
        match expr {
            Expr::Name(name) if name.ctx.is_load() => {
                if name.id.as_str() != "f" {
                    self.read(name.id.as_str(), name.start());
                }
                Some(self.chance(50))
            }
            Expr::Call(call) => {
                for argument in &call.arguments.args {
                    self.eval(argument)?;
                }
                if self.chance(4) { None } else { Some(self.chance(50)) }
            }
            Expr::Named(it) => {
                let value = self.eval(&it.value)?;
                let target = it.target.as_name_expr().unwrap();
                self.bind(target.id.as_str(), target.start());
                Some(value)
            }
            Expr::BoolOp(it) => {
                let mut value = false;
                for part in &it.values {
                    value = self.eval(part)?;
                    if value == it.op.is_or() {
                        return Some(value);
                    }
                }
                Some(value)
            }
            Expr::UnaryOp(it) => Some(!self.eval(&it.operand)?),
            Expr::BooleanLiteral(it) => Some(it.value),
            Expr::ListComp(it) => {
                let generator = &it.generators[0];
                self.eval(&generator.iter)?;
                // Its target is a name of its own that nothing reads.
                while self.chance(60) {
                    let mut all = true;
                    for test in &generator.ifs {
                        all &= self.eval(test)?;
                    }
                    if all {
                        self.eval(&it.elt)?;
                    }
                }
                Some(true)
            }
            other => panic!("the twin knows no {other:?}"),
        }
    }

    fn block(&mut self, body: &[Stmt]) -> End {
        for stmt in body {
            let end = self.stmt(stmt);
            if end != End::Normal {
                return end;
            }
        }
        End::Normal
    }

    fn value(&mut self, expr: &Expr) -> End {
        if self.eval(expr).is_some() { End::Normal } else { End::Raise }
    }

    fn store(&mut self, target: &Expr) {
        let name = target.as_name_expr().unwrap();
        self.bind(name.id.as_str(), name.start());
    }

    fn stmt(&mut self, stmt: &Stmt) -> End {
        self.steps += 1;
        if self.steps > 300 {
            return End::Cut;
        }
        self.began.push((stmt.start(), self.bound.values().copied().collect()));
        match stmt {
            Stmt::Expr(it) => self.value(&it.value),
            Stmt::Assign(it) => {
                if self.eval(&it.value).is_none() {
                    return End::Raise;
                }
                self.store(&it.targets[0]);
                End::Normal
            }
            Stmt::AugAssign(it) => {
                let name = it.target.as_name_expr().unwrap();
                self.read(name.id.as_str(), name.start());
                if self.eval(&it.value).is_none() {
                    return End::Raise;
                }
                self.store(&it.target);
                End::Normal
            }
            Stmt::Delete(it) => {
                let name = it.targets[0].as_name_expr().unwrap();
                self.last.remove(name.id.as_str());
                self.bound.remove(name.id.as_str());
                End::Normal
            }
            Stmt::Break(_) => End::Break,
            Stmt::Continue(_) => End::Continue,
            Stmt::Return(it) => match self.value(it.value.as_ref().unwrap()) {
                End::Normal => End::Return,
                end => end,
            },
            Stmt::Raise(it) => {
                self.value(it.exc.as_ref().unwrap());
                End::Raise
            }
            Stmt::If(it) => match self.eval(&it.test) {
                None => End::Raise,
                Some(true) => self.block(&it.body),
                Some(false) => {
                    it.elif_else_clauses.first().map_or(End::Normal, |it| self.block(&it.body))
                }
            },
            Stmt::While(it) => loop {
                match self.eval(&it.test) {
                    None => return End::Raise,
                    Some(false) => return self.block(&it.orelse),
                    Some(true) => {}
                }
                match self.block(&it.body) {
                    End::Normal | End::Continue => {}
                    End::Break => return End::Normal,
                    end => return end,
                }
            },
            Stmt::For(it) => {
                if self.eval(&it.iter).is_none() {
                    return End::Raise;
                }
                while self.chance(60) {
                    self.store(&it.target);
                    match self.block(&it.body) {
                        End::Normal | End::Continue => {}
                        End::Break => return End::Normal,
                        end => return end,
                    }
                }
                if self.chance(5) { End::Raise } else { self.block(&it.orelse) }
            }
            Stmt::With(it) => {
                let item = &it.items[0];
                if self.eval(&item.context_expr).is_none() {
                    return End::Raise;
                }
                if self.chance(95) {
                    self.store(item.optional_vars.as_ref().unwrap());
                    match self.block(&it.body) {
                        End::Raise if self.chance(30) => End::Normal,
                        end => end,
                    }
                } else {
                    End::Raise
                }
            }
            Stmt::Try(it) => {
                let mut end = self.block(&it.body);
                if end == End::Raise {
                    for ExceptHandler::ExceptHandler(handler) in &it.handlers {
                        match self.eval(handler.type_.as_ref().unwrap()) {
                            None => break,
                            Some(false) => continue,
                            Some(true) => end = self.block(&handler.body),
                        }
                        break;
                    }
                } else if end == End::Normal {
                    end = self.block(&it.orelse);
                }
                if end == End::Cut {
                    return end;
                }
                match self.block(&it.finalbody) {
                    End::Normal => end,
                    other => other,
                }
            }
            other => panic!("the twin knows no {other:?}"),
        }
    }
}

/// What all runs of a body together have shown.
#[derive(Default)]
struct Seen {
    pairs: BTreeSet<(TextSize, Option<TextSize>)>,
    read_again: BTreeSet<TextSize>,
    held: BTreeSet<(TextSize, TextSize)>,
    began: BTreeSet<TextSize>,
    follows: BTreeSet<(TextSize, TextSize)>,
}

/// Where the parameters of `def g(a, b, c)` stand.
fn parameters() -> BTreeMap<String, TextSize> {
    let at = |index: usize| TextSize::new(6 + 3 * u32::try_from(index).unwrap());
    NAMES.iter().enumerate().map(|(index, name)| ((*name).to_owned(), at(index))).collect()
}

fn runs(body: &[Stmt], random: &mut Random) -> Seen {
    let mut seen = Seen::default();
    for _ in 0..RUNS {
        let mut run = Run {
            random: &mut *random,
            steps: 0,
            bound: parameters(),
            seen: Vec::new(),
            last: BTreeMap::new(),
            read_again: Vec::new(),
            began: Vec::new(),
        };
        run.block(body);
        seen.pairs.extend(run.seen);
        seen.read_again.extend(run.read_again);
        for (index, (at, bound)) in run.began.iter().enumerate() {
            seen.began.insert(*at);
            seen.held.extend(bound.iter().map(|value| (*at, *value)));
            if let Some((next, _)) = run.began.get(index + 1) {
                seen.follows.insert((*at, *next));
            }
        }
    }
    seen
}

/// The statements of a file by where they begin.
fn statements(facts: &Facts<'_>) -> BTreeMap<TextSize, NodeId> {
    (0..facts.nodes().len())
        .filter_map(|index| {
            let stmt = facts.nodes().nth(index)?.as_stmt()?;
            Some((stmt.start(), facts.nodes().id(stmt)))
        })
        .collect()
}

#[test]
fn whatever_happens_is_among_what_may_happen() {
    let mut random = Random(7);
    let (mut told, mut happened, mut bodies) = (0, 0, 0);
    for number in 0..BODIES {
        let mut text = "def g(a, b, c):\n".to_owned();
        block(&mut random, 3, false, 1, &mut text);
        let source = Source::new("example.py", text.clone());
        let parsed = parse_module(&text).unwrap();
        let arena = Arena::new();
        let facts = Facts::new(&source, parsed.tokens(), parsed.syntax(), &arena);
        let [Stmt::FunctionDef(def)] = &facts.module.body[..] else { panic!("{text}") };
        let seen = runs(&def.body, &mut random);
        let statements = statements(&facts);
        bodies += 1;
        let mut pairs: BTreeSet<(TextSize, Option<TextSize>)> = BTreeSet::new();
        for index in 0..facts.nodes().len() {
            let Some(Expr::Name(name)) = facts.nodes().nth(index).and_then(Node::as_expr) else {
                continue;
            };
            let Some(reaching) = facts.reaching(name) else { continue };
            pairs.extend(reaching.definitions().map(|it| (name.start(), Some(it.range.start()))));
            if reaching.may_be_unbound() {
                pairs.insert((name.start(), None));
            }
            if facts.is_last_use(facts.nodes().id(name)) == Some(true) {
                assert!(
                    !seen.read_again.contains(&name.start()),
                    "body {number}: {:?} is read again:\n{text}",
                    name.start()
                );
            }
        }
        for pair in &seen.pairs {
            // A name that is never bound in the body is no local.
            let known = pairs.iter().any(|(at, _)| *at == pair.0);
            assert!(
                pairs.contains(pair) || (!known && pair.1.is_none()),
                "body {number}: {pair:?} happens:\n{text}"
            );
        }
        told += pairs.len();
        happened += seen.pairs.intersection(&pairs).count();
        let definitions = facts.scopes().all_definitions();
        for (at, value) in &seen.held {
            let held = facts.held_at(statements[at]);
            let found = held
                .iter()
                .flat_map(|it| &it.definitions)
                .any(|id| definitions[id.0 as usize].range.start() == *value);
            assert!(found, "body {number}: at {at:?} {value:?} is held:\n{text}");
        }
        for at in &seen.began {
            let id = statements[at];
            assert!(!facts.is_unreachable(id), "body {number}: {at:?} runs:\n{text}");
        }
        for (first, second) in &seen.follows {
            let (first, second) = (statements[first], statements[second]);
            assert!(
                facts.can_follow(first, second),
                "body {number}: {first:?} {second:?}:\n{text}"
            );
        }
    }
    assert_eq!(bodies, BODIES);
    eprintln!("{happened} of {told} pairs of a read and its definition happened");
    // Most of what may happen was seen to happen, although a few runs see little of a deep body.
    assert!(happened * 2 > told, "{happened} of {told}");
}
