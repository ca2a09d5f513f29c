//! Commands that a program runs: the words of their lines as far as the source has them, and
//! whether what they print is held whole only to be walked by line.

use ruff_python_ast::{Expr, ExprCall, Operator};

use super::Facts;
use super::nodes::NodeId;
use super::scopes::Resolution;
use super::usage::{Usage, Use, UsedOnce};

/// Names and calls behind which a command line or its output is looked for.
const DEPTH: u32 = 6;

/// Functions that make a list of what they walk.
const KEEPERS: &[&str] = &["list", "tuple", "sorted"];

/// Output that is held whole and walked by line.
#[derive(Debug, Clone, Copy)]
pub struct Walked<'a> {
    /// The call that makes the lines of it: `splitlines`, `split`, `StringIO`, `readlines`.
    pub lines: &'a ExprCall,
    /// What that is called.
    pub by: &'a str,
    /// What walks the lines: a statement, a comprehension or a call.
    pub walker: NodeId,
}

impl<'a> Facts<'a> {
    /// The words of the command that a call of `subprocess`, `os.popen` or the like runs; of a
    /// pipeline, those of the last command. An unknown word is `None`.
    pub fn command_words(&self, call: &'a ExprCall) -> Option<Vec<Option<&'a str>>> {
        let keyword = || call.arguments.find_keyword("args").map(|it| &it.value);
        let line = call.arguments.args.first().or_else(keyword)?;
        self.command_line(line, DEPTH)
    }

    fn command_line(&self, line: &'a Expr, depth: u32) -> Option<Vec<Option<&'a str>>> {
        let depth = depth.checked_sub(1)?;
        let list = |elts: &'a [Expr]| Some(elts.iter().map(|it| self.word_of(it)).collect());
        match line {
            Expr::List(it) => list(&it.elts),
            Expr::Tuple(it) => list(&it.elts),
            Expr::StringLiteral(it) => Some(split(it.value.to_str())),
            Expr::FString(it) => {
                // The words of the last command, if its name is written out.
                let mut words = Vec::new();
                for element in it.value.elements() {
                    match element.as_literal() {
                        Some(literal) if literal.value.contains('|') => {
                            words = split(&literal.value);
                        }
                        Some(literal) => words.extend(split(&literal.value)),
                        None => words.push(None),
                    }
                }
                Some(words)
            }
            Expr::BinOp(it) if it.op == Operator::Add => {
                let mut words = self.command_line(&it.left, depth)?;
                match self.command_line(&it.right, depth) {
                    Some(more) => words.extend(more),
                    None => words.push(None),
                }
                Some(words)
            }
            Expr::BinOp(it) if it.op == Operator::Mod => self.command_line(&it.left, depth),
            Expr::Call(call) if self.is_qualified(&call.func, "shlex.split") => {
                self.command_line(call.arguments.args.first()?, depth)
            }
            Expr::Call(call) => match &*call.func {
                // `"find /srv".split()`
                Expr::Attribute(func) if func.attr.as_str() == "split" => {
                    self.command_line(&func.value, depth)
                }
                _ => None,
            },
            Expr::Name(name) => {
                let Resolution::Binding(binding) = self.names().resolve(name) else { return None };
                // More words may bound the output.
                let fixed = self.uses_of(binding).iter().all(|id| {
                    !matches!(self.usage(*id).usage, Usage::Receiver(..) | Usage::ItemStored(_))
                });
                self.command_line(self.value_of(name).filter(|_| fixed)?, depth)
            }
            _ => None,
        }
    }

    fn word_of(&self, expr: &'a Expr) -> Option<&'a str> {
        match expr {
            Expr::StringLiteral(it) => Some(it.value.to_str()),
            Expr::Name(name) => match self.value_of(name)? {
                Expr::StringLiteral(it) => Some(it.value.to_str()),
                Expr::Call(call) => self.program_found(call),
                _ => None,
            },
            Expr::Call(call) => self.program_found(call),
            _ => None,
        }
    }

    /// `shutil.which("git")`
    fn program_found(&self, call: &'a ExprCall) -> Option<&'a str> {
        match call.arguments.args.first()? {
            Expr::StringLiteral(it) if self.is_qualified(&call.func, "shutil.which") => {
                Some(it.value.to_str())
            }
            _ => None,
        }
    }

    /// What walks the lines of a command's output, where nothing else gets the output. The call is
    /// one of `subprocess.run`, `check_output`, `getoutput`, `Popen` and `os.popen`.
    pub fn output_walked(&self, call: &'a ExprCall) -> Option<Walked<'a>> {
        let id = self.nodes().id(call);
        match self.qualified(&call.func)? {
            "subprocess.check_output" | "subprocess.getoutput" => self.lines_of(id),
            "subprocess.run" => {
                let mut outputs = Vec::new();
                for used in self.uses_of_made(id)? {
                    match used.usage {
                        Usage::Attribute(it) => match it.attr.as_str() {
                            "stdout" => outputs.push(self.nodes().id(it)),
                            "returncode" | "args" | "stderr" => {}
                            _ => return None,
                        },
                        Usage::Receiver(_, "check_returncode") => {}
                        _ => return None,
                    }
                }
                self.lines_of(only(&outputs)?)
            }
            "subprocess.Popen" => {
                let mut outputs = Vec::new();
                for used in self.uses_of_made(id)? {
                    match used.usage {
                        Usage::Receiver(call, "communicate") if call.arguments.is_empty() => {
                            outputs.push(self.first_of(self.nodes().id(call))?);
                        }
                        Usage::Attribute(it) => match it.attr.as_str() {
                            "stdout" => outputs.push(self.nodes().id(it)),
                            "returncode" | "args" | "stderr" | "pid" => {}
                            _ => return None,
                        },
                        Usage::Receiver(_, "wait" | "poll" | "kill" | "terminate") => {}
                        Usage::Context(_) => {}
                        _ => return None,
                    }
                }
                self.lines_of(only(&outputs)?)
            }
            "os.popen" => match &self.uses_of_made(id)?[..] {
                [read] => self.lines_of(read.node),
                [read, close] if matches!(close.usage, Usage::Receiver(_, "close")) => {
                    self.lines_of(read.node)
                }
                _ => None,
            },
            _ => None,
        }
    }

    /// The uses of a value: itself, or those of the name that alone gets it.
    fn uses_of_made(&self, made: NodeId) -> Option<Vec<Use<'a>>> {
        let used = self.usage(made);
        if !used.through.is_direct() {
            return None;
        }
        match used.usage {
            Usage::Assigned(Expr::Name(name)) => {
                let Resolution::Binding(binding) = self.names().resolve(name) else { return None };
                Some(self.used_only(binding)?.collect())
            }
            Usage::Context(statement) => {
                let binding = self.names().all().find(|it| {
                    self.names().only_definition(*it).is_some_and(|definition| {
                        definition.node == statement
                            && matches!(definition.kind,
                                super::scopes::DefinitionKind::With(value)
                                    if self.nodes().id(value) == made)
                    })
                })?;
                Some(self.used_only(binding)?.collect())
            }
            _ => Some(vec![used]),
        }
    }

    /// The output among what `communicate` returns.
    fn first_of(&self, pair: NodeId) -> Option<NodeId> {
        match self.usage(pair).usage {
            Usage::Indexed(it) => {
                (self.integer_of(&it.slice) == Some(0)).then(|| self.nodes().id(it))
            }
            // `out, err = process.communicate()`
            Usage::Unpacked(statement) => {
                let ruff_python_ast::Stmt::Assign(it) = self.nodes().get(statement)?.as_stmt()?
                else {
                    return None;
                };
                let [Expr::Tuple(targets)] = &it.targets[..] else { return None };
                let Expr::Name(name) = targets.elts.first()? else { return None };
                let Resolution::Binding(binding) = self.names().resolve(name) else { return None };
                let once = self.used_once(binding).filter(UsedOnce::is_direct)?;
                Some(once.used.node)
            }
            _ => None,
        }
    }

    /// What walks the lines of a text: through `decode`, `strip` and single names.
    fn lines_of(&self, text: NodeId) -> Option<Walked<'a>> {
        let mut at = text;
        for _ in 0..DEPTH * 2 {
            let used = self.usage(at);
            if !used.through.is_direct() {
                return None;
            }
            match used.usage {
                Usage::Receiver(call, method) => match method {
                    "decode" | "strip" | "rstrip" | "lstrip" | "read" | "replace" => {
                        at = self.nodes().id(call);
                    }
                    "splitlines" | "readlines" => return self.walked_lines(call, method),
                    "split" => {
                        return is_line_end(&call.arguments.args)
                            .then(|| self.walked_lines(call, method))?;
                    }
                    _ => return None,
                },
                Usage::Argument(call, 0) => match self.qualified(&call.func)? {
                    "str" | "os.fsdecode" => at = self.nodes().id(call),
                    "io.StringIO" | "io.BytesIO" => return self.walked_lines(call, "StringIO"),
                    _ => return None,
                },
                Usage::Assigned(Expr::Name(name)) => {
                    let Resolution::Binding(binding) = self.names().resolve(name) else {
                        return None;
                    };
                    at = self.used_once(binding).filter(UsedOnce::is_direct)?.used.node;
                }
                _ => return None,
            }
        }
        None
    }

    fn walked_lines(&self, lines: &'a ExprCall, by: &'a str) -> Option<Walked<'a>> {
        let consumed = self.consumed(self.expression(lines)?)?;
        // `[line.strip() for line in lines if line]` keeps what it walks.
        if let Some(Expr::ListComp(it)) = self.expr_at(consumed.walker)
            && it.generators.len() == 1
            && keeps_line(&it.elt)
        {
            return None;
        }
        // So does `list(..)`.
        if let Some(Expr::Call(call)) = self.expr_at(consumed.walker)
            && !consumed.relayed
            && self.qualified(&call.func).is_some_and(|name| KEEPERS.contains(&name))
        {
            return None;
        }
        Some(Walked { lines, by, walker: consumed.walker })
    }
}

fn only(nodes: &[NodeId]) -> Option<NodeId> {
    match nodes {
        [only] => Some(*only),
        _ => None,
    }
}

/// Whether the element of a comprehension is the line itself, but for its ends.
fn keeps_line(element: &Expr) -> bool {
    match element {
        Expr::Name(_) => true,
        Expr::Call(call) => match &*call.func {
            Expr::Attribute(func) => {
                matches!(func.attr.as_str(), "strip" | "rstrip" | "lstrip" | "decode")
                    && keeps_line(&func.value)
            }
            _ => false,
        },
        _ => false,
    }
}

/// `"\n"` or `b"\n"`
fn is_line_end(arguments: &[Expr]) -> bool {
    match arguments {
        [Expr::StringLiteral(it)] => matches!(it.value.to_str(), "\n" | "\r\n"),
        [Expr::BytesLiteral(it)] => it.value.bytes().eq(*b"\n"),
        _ => false,
    }
}

/// The words of the last command of a line of the shell.
fn split(line: &str) -> Vec<Option<&str>> {
    let last = line.rsplit(['|', ';']).next().unwrap_or(line);
    let last = last.rsplit("&&").next().unwrap_or(last);
    last.split_whitespace().map(|word| Some(word.trim_matches(['"', '\'']))).collect()
}
