//! Lists as they are built: comprehensions and copies of iterables, and what would differ if they
//! were generators.

use ruff_python_ast::{Comprehension, Expr};

use super::Facts;
use super::nodes::NodeId;
use super::scopes::Resolution;
use super::types::Kind;
use super::usage::Usage;

/// What a list, tuple or set is made of.
#[derive(Debug, Clone, Copy)]
pub enum Built<'a> {
    /// A list or set comprehension: the element and the clauses.
    Comprehension(&'a Expr, &'a [Comprehension]),
    /// `list(x)`, `tuple(x)`, `[*x]`, `(*x,)`: the iterable.
    Collected(&'a Expr),
}

impl Built<'_> {
    /// Whether a condition may leave items out.
    pub fn is_filtered(self) -> bool {
        matches!(self, Built::Comprehension(_, clauses) if Facts::is_filtered(clauses))
    }
}

impl<'a> Facts<'a> {
    /// What an expression that builds a list, tuple or set from one iterable builds, in a word.
    pub fn built_word(&self, expr: &'a Expr) -> &'static str {
        match expr {
            Expr::SetComp(_) => "set",
            Expr::Tuple(_) => "tuple",
            Expr::Call(it) if self.is_qualified(&it.func, "tuple") => "tuple",
            _ => "list",
        }
    }

    /// What an expression is built of, if it builds a list or tuple from one iterable, or a set by
    /// a comprehension.
    pub fn built(&self, expr: &'a Expr) -> Option<Built<'a>> {
        match expr {
            Expr::ListComp(it) => Some(Built::Comprehension(&it.elt, &it.generators)),
            Expr::SetComp(it) => Some(Built::Comprehension(&it.elt, &it.generators)),
            Expr::Call(it) => {
                let [only] = &it.arguments.args[..] else { return None };
                let collects = it.arguments.keywords.is_empty()
                    && !only.is_starred_expr()
                    && ["list", "tuple"].iter().any(|name| self.is_qualified(&it.func, name));
                collects.then_some(Built::Collected(only))
            }
            Expr::List(it) => starred(&it.elts),
            Expr::Tuple(it) => starred(&it.elts),
            _ => None,
        }
    }

    /// Whether an expression inside the comprehension, its first iterable aside, is such.
    pub fn any_inside(
        &self,
        comprehension: &'a Expr,
        generators: &'a [Comprehension],
        predicate: impl Fn(&'a Expr) -> bool,
    ) -> bool {
        let outside = generators.first().map(|first| self.nodes().id(&first.iter));
        let whole = self.nodes().id(comprehension);
        if self.plain {
            let apart = |expr: &Expr| {
                outside.is_some_and(|it| self.nodes().contains(it, self.nodes().id(expr)))
            };
            return self.any_below(whole, |expr| predicate(expr) && !apart(expr));
        }
        let end = self.after(whole);
        // Jumped over, not looked at: the first iterable of a nest may be the rest of the nest.
        let (last, next) = outside.map_or((end, end), |it| (it, self.after(it)));
        whole
            .until(last)
            .chain(next.until(end))
            .filter_map(|id| self.nodes().get(id)?.as_expr())
            .any(predicate)
    }

    /// Whether the comprehension would be an asynchronous generator, which `sum` and its like do
    /// not take. What is awaited in the first iterable is awaited outside of it.
    pub fn would_be_asynchronous(
        &self,
        comprehension: &'a Expr,
        generators: &'a [Comprehension],
    ) -> bool {
        generators.iter().any(|generator| generator.is_async)
            || self.any_inside(comprehension, generators, |expr| {
                matches!(expr, Expr::Await(_) | Expr::Yield(_) | Expr::YieldFrom(_))
            })
    }

    /// Whether a comprehension or generator expression awaits or yields: it is no plain iterable,
    /// or would be none as a generator.
    pub fn is_asynchronous(&self, expr: &'a Expr) -> bool {
        let generators = match expr {
            Expr::ListComp(it) => &it.generators,
            Expr::SetComp(it) => &it.generators,
            Expr::DictComp(it) => &it.generators,
            Expr::Generator(it) => &it.generators,
            _ => return false,
        };
        self.would_be_asynchronous(expr, generators)
    }

    /// Whether a generator is known to differ from the comprehension: a walrus keeps another item
    /// when the consumer stops early, some calls see the function from inside a comprehension since
    /// Python 3.12 but never from inside a generator, and functions that are made for each item see
    /// the last one when the list is complete, and their own before.
    pub fn differs_as_generator(
        &self,
        comprehension: &'a Expr,
        generators: &'a [Comprehension],
    ) -> bool {
        self.any_inside(comprehension, generators, |expr| match expr {
            Expr::Named(_) => true,
            Expr::Lambda(_) | Expr::Generator(_) => self.sees_later(expr, comprehension),
            Expr::Call(it) => {
                let empty = it.arguments.is_empty();
                self.qualified(&it.func).is_some_and(|name| match name {
                    "super" | "locals" | "vars" | "dir" => empty,
                    "eval" | "exec" => true,
                    _ => false,
                })
            }
            _ => false,
        })
    }

    /// Whether a lambda or generator expression reads a target of a comprehension around it, and is
    /// not over and done with when the item is made.
    fn sees_later(&self, expr: &'a Expr, comprehension: &'a Expr) -> bool {
        let (names, nodes) = (self.names(), self.nodes());
        let (id, around) = (nodes.id(expr), nodes.id(comprehension));
        // The first iterable is evaluated where the generator stands.
        let outside = expr.as_generator_expr().and_then(|it| it.generators.first());
        let outside = outside.map(|clause| nodes.id(&clause.iter));
        let reads = self.any_below(id, |inner| {
            let Expr::Name(name) = inner else { return false };
            name.ctx.is_load()
                && !outside.is_some_and(|outside| nodes.contains(outside, nodes.id(inner)))
                && matches!(names.resolve(name), Resolution::Binding(binding)
                    if self.scopes().get(names.scope(binding)).node == around)
        });
        reads && !self.is_done_at_once(id)
    }

    /// Whether a function or generator is used up by the call that it is an argument of, or is
    /// itself called where it stands.
    fn is_done_at_once(&self, node: NodeId) -> bool {
        match self.usage(node).usage {
            Usage::Called(_) => true,
            Usage::Keyword(call, "key") => {
                matches!(&*call.func, Expr::Attribute(it) if it.attr.as_str() == "sort")
                    || self.qualified(&call.func).is_some_and(|name| {
                        matches!(
                            name,
                            "heapq.nlargest" | "heapq.nsmallest" | "max" | "min" | "sorted"
                        )
                    })
            }
            Usage::Argument(call, 0) if self.is_qualified(&call.func, "functools.reduce") => true,
            _ => self.is_walked_at_once(node),
        }
    }

    /// Whether a generator expression is the argument of a call that walks it there and then.
    pub(super) fn is_walked_at_once(&self, generator: NodeId) -> bool {
        match self.usage(generator).usage {
            Usage::Argument(call, _) => match &*call.func {
                Expr::Attribute(it) if it.attr.as_str() == "join" => {
                    matches!(self.kind_of(&it.value), Kind::Str | Kind::Bytes)
                }
                func => self.qualified(func).is_some_and(|name| {
                    matches!(
                        name,
                        "all"
                            | "any"
                            | "dict"
                            | "frozenset"
                            | "list"
                            | "max"
                            | "min"
                            | "set"
                            | "sorted"
                            | "sum"
                            | "tuple"
                    )
                }),
            },
            _ => false,
        }
    }
}

fn starred(elts: &[Expr]) -> Option<Built<'_>> {
    match elts {
        [Expr::Starred(it)] => Some(Built::Collected(&it.value)),
        _ => None,
    }
}
