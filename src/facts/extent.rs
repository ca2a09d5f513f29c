//! Extents: whether a value has as many items as the data has, or the few that the source lists.
//!
//! A value follows the data where a loop fills it, a comprehension makes it, or it is an array,
//! a frame or the like; also where it holds such a value. What is not known stays so: parameters,
//! what unknown calls return.

use std::cell::Cell;

use ruff_python_ast::{Comprehension, Expr, ExprCall, ExprName, Operator, Stmt, StmtFunctionDef};

use super::Facts;
use super::growth::Place;
use super::nodes::{Node, NodeId};
use super::scopes::{BindingId, DefinitionKind, Resolution};
use super::types::{AttributeDefinition, Kind};
use super::usage::Usage;
use crate::catalog::extents;

/// Names behind names that are looked through.
const DEPTH: u32 = 8;

/// Expressions that are looked at for one answer.
const FUEL: u32 = 2_000;

/// How far a question still goes.
#[derive(Clone, Copy)]
struct Look<'f> {
    depth: u32,
    fuel: &'f Cell<u32>,
}

impl Look<'_> {
    fn deeper(self) -> Option<Self> {
        self.fuel.set(self.fuel.get().checked_sub(1)?);
        Some(Look { depth: self.depth.checked_sub(1)?, ..self })
    }
}

/// What is listed in the source is not more than that.
const FEW: u64 = 256;

/// How many items a value has, all levels taken together. What holds two values has the greater
/// extent of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    /// As many as the source lists.
    Few,
    /// Not known.
    Unknown,
    /// As many as something has whose items are not in the source.
    Many,
    /// As many as there are rows, lines, files: of a table, a frame, a file, a directory.
    Data,
}

impl Extent {
    /// Of what is made by walking such an iterable.
    fn walked(self) -> Extent {
        if self == Extent::Unknown { Extent::Many } else { self }
    }
}

impl<'a> Facts<'a> {
    /// How many items a value has.
    pub fn extent(&self, expr: &'a Expr) -> Extent {
        let fuel = Cell::new(FUEL);
        self.extent_at(expr, Look { depth: DEPTH, fuel: &fuel })
    }

    fn extent_at(&self, expr: &'a Expr, look: Look<'_>) -> Extent {
        let Some(look) = look.deeper() else { return Extent::Unknown };
        let all = |exprs: &'a [Expr]| {
            exprs.iter().fold(Extent::Few, |sum, it| sum.max(self.extent_at(it, look)))
        };
        let found = match expr {
            Expr::Dict(it) => it
                .items
                .iter()
                .fold(Extent::Few, |sum, item| sum.max(self.extent_at(&item.value, look))),
            Expr::List(it) => all(&it.elts),
            Expr::Tuple(it) => all(&it.elts),
            Expr::Set(it) => all(&it.elts),
            Expr::Starred(it) => self.extent_at(&it.value, look),
            Expr::Named(it) => self.extent_at(&it.value, look),
            Expr::ListComp(it) => self.comprehended(&it.generators, &[&it.elt], look),
            Expr::SetComp(it) => self.comprehended(&it.generators, &[&it.elt], look),
            Expr::Generator(it) => self.comprehended(&it.generators, &[&it.elt], look),
            Expr::DictComp(it) => self.comprehended(&it.generators, &[&it.value], look),
            Expr::If(it) => self.extent_at(&it.body, look).max(self.extent_at(&it.orelse, look)),
            Expr::BoolOp(it) => all(&it.values),
            Expr::BinOp(it) if matches!(it.op, Operator::Add | Operator::BitOr) => {
                self.extent_at(&it.left, look).max(self.extent_at(&it.right, look))
            }
            Expr::Call(call) => self.extent_of_call(call, look),
            Expr::Name(name) => self.extent_of_name(name, look),
            Expr::Attribute(it) => match &*it.value {
                Expr::Name(owner) => self.extent_of_attribute(owner, it.attr.as_str(), look),
                _ => Extent::Unknown,
            },
            _ => Extent::Unknown,
        };
        match found {
            Extent::Unknown => self.extent_by_type(expr),
            known => known,
        }
    }

    fn extent_by_type(&self, expr: &'a Expr) -> Extent {
        match self.kind_or_none(expr) {
            Kind::None
            | Kind::Bool
            | Kind::Int
            | Kind::Float
            | Kind::Complex
            | Kind::Str
            | Kind::Bytes
            | Kind::Path => Extent::Few,
            Kind::DataFrame
            | Kind::Series
            | Kind::LazyFrame
            | Kind::NdArray
            | Kind::Tensor
            | Kind::QuerySet
            | Kind::Cursor
            | Kind::CsvReader
            | Kind::File => Extent::Data,
            _ => Extent::Unknown,
        }
    }

    /// What a comprehension makes: as many as its clauses walk, and what each item holds.
    fn comprehended(
        &self,
        clauses: &'a [Comprehension],
        items: &[&'a Expr],
        look: Look<'_>,
    ) -> Extent {
        let walked = clauses
            .iter()
            .fold(Extent::Few, |sum, clause| sum.max(self.count_at(&clause.iter, look).walked()));
        // What a condition leaves of many may be few.
        let filtered = clauses.iter().any(|clause| !clause.ifs.is_empty());
        let walked = match walked {
            Extent::Many if filtered => Extent::Unknown,
            walked => walked,
        };
        let held = items.iter().map(|it| self.extent_at(it, look));
        // An unknown item is one item.
        held.filter(|it| *it >= Extent::Many).fold(walked, Extent::max)
    }

    /// How many items walking an expression gives.
    fn count_at(&self, iter: &'a Expr, look: Look<'_>) -> Extent {
        let Some(look) = look.deeper() else { return Extent::Unknown };
        if let Some(length) = self.length_of(iter) {
            return if length <= FEW { Extent::Few } else { Extent::Many };
        }
        match iter {
            Expr::Name(name) if extents::is_few(&name.id) => Extent::Few,
            Expr::Attribute(it) if extents::is_few(&it.attr) => Extent::Few,
            Expr::Subscript(it) if self.is_short_slice(&it.slice) => Extent::Few,
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(func)
                    if matches!(func.attr.as_str(), "items" | "keys" | "values" | "copy")
                        && call.arguments.is_empty() =>
                {
                    self.count_at(&func.value, look)
                }
                // `client.get_options()`
                Expr::Attribute(func) if extents::is_few(&func.attr) => Extent::Few,
                func => match self.qualified(func) {
                    Some(name) if extents::gives_few(name) => Extent::Few,
                    Some("zip") => {
                        let counts = call.arguments.args.iter().map(|it| self.count_at(it, look));
                        counts.min().unwrap_or(Extent::Few)
                    }
                    Some(name) => match extents::hands_on(name) {
                        Some(at) => call
                            .arguments
                            .args
                            .get(at)
                            .map_or(Extent::Unknown, |it| self.count_at(it, look)),
                        None => self.extent_at(iter, look),
                    },
                    None => self.extent_at(iter, look),
                },
            },
            _ => self.extent_at(iter, look),
        }
    }

    /// `[:10]`
    fn is_short_slice(&self, slice: &'a Expr) -> bool {
        let Expr::Slice(it) = slice else { return false };
        let upper = it.upper.as_deref().and_then(|upper| self.integer_of(upper));
        it.lower.is_none() && upper.is_some_and(|upper| upper.unsigned_abs() <= FEW)
    }

    fn extent_of_call(&self, call: &'a ExprCall, look: Look<'_>) -> Extent {
        let first = call.arguments.args.first();
        if let Some(name) = self.qualified(&call.func) {
            if extents::gives_data(name) {
                return Extent::Data;
            }
            if extents::gives_few(name) {
                return Extent::Few;
            }
            if extents::collects(name) {
                let keywords = call.arguments.keywords.iter();
                let held =
                    keywords.fold(Extent::Few, |sum, it| sum.max(self.extent_at(&it.value, look)));
                let walked = first.map_or(Extent::Few, |first| {
                    match (self.extent_at(first, look), self.count_at(first, look)) {
                        (_, Extent::Few) => Extent::Few,
                        // Of what is not known this is a copy, and no more is known of it.
                        (extent, _) => extent,
                    }
                });
                return walked.max(held);
            }
            if let Some(at) = extents::hands_on(name) {
                let of = call.arguments.args.get(at);
                return of.map_or(Extent::Unknown, |it| self.count_at(it, look));
            }
        }
        if let Some(def) = self.function_named(&call.func) {
            return self.extent_returned(def, look);
        }
        let Expr::Attribute(func) = &*call.func else { return Extent::Unknown };
        match func.attr.as_str() {
            "items" | "keys" | "values" | "copy" => self.extent_at(&func.value, look),
            "fetchall" | "tolist" | "to_list" | "to_dicts" | "readlines" => Extent::Data,
            "to_dict" if self.kind_or_none(&func.value) == Kind::DataFrame => Extent::Data,
            method => match &*func.value {
                Expr::Name(owner) => self
                    .class_of_self(owner)
                    .and_then(|class| {
                        class.body.iter().find_map(|stmt| match stmt {
                            Stmt::FunctionDef(def) if def.name.as_str() == method => Some(def),
                            _ => None,
                        })
                    })
                    .map_or(Extent::Unknown, |def| self.extent_returned(def, look)),
                _ => Extent::Unknown,
            },
        }
    }

    /// What the `return` statements of a function give, where each of them is known.
    fn extent_returned(&self, def: &'a StmtFunctionDef, look: Look<'_>) -> Extent {
        let Some(scope) = self.nodes().scope_of(&def.body) else { return Extent::Unknown };
        let mut found = None;
        for id in self.nodes().descendants(self.nodes().id(def)) {
            let Some(Node::Stmt(Stmt::Return(it))) = self.nodes().get(id) else { continue };
            if self.nodes().scope(id) != scope {
                continue;
            }
            let Some(value) = it.value.as_deref() else { continue };
            let extent = self.extent_at(value, look);
            found = Some(found.map_or(extent, |sum: Extent| sum.max(extent)));
        }
        found.unwrap_or(Extent::Unknown)
    }

    fn extent_of_name(&self, name: &'a ExprName, look: Look<'_>) -> Extent {
        let Resolution::Binding(binding) = self.names().resolve(name) else {
            return Extent::Unknown;
        };
        let mut sum = Extent::Few;
        let reaching = self.reaching(name);
        let definitions = match &reaching {
            Some(reaching) => reaching.ids(),
            None => self.names().definition_ids(binding),
        };
        for definition in definitions.iter().filter_map(|id| self.names().definition(*id)) {
            let one = match definition.kind {
                DefinitionKind::Assign { value, .. } => self.extent_at(value, look),
                DefinitionKind::Augmented(Stmt::AugAssign(it)) => self
                    .extent_at(&it.value, look)
                    .max(self.repeated_by(definition.node, binding, look)),
                DefinitionKind::Annotation(_) | DefinitionKind::Delete => Extent::Few,
                _ => Extent::Unknown,
            };
            sum = sum.max(one);
        }
        sum.max(self.filled_by(binding, look))
    }

    /// How many items are put into the container that a name holds, by loops, and as values that
    /// have so many. `Few` where none is.
    fn filled_by(&self, binding: BindingId, look: Look<'_>) -> Extent {
        let filled = |id: &NodeId| {
            let by_loop = || self.repeated_by(*id, binding, look);
            let puts = |call: &'a ExprCall, method: &str| {
                let literal = call.arguments.args.first().is_some_and(is_literal);
                if !extents::puts(method) || method == "setdefault" && literal {
                    return Extent::Few;
                }
                let put = call.arguments.args.last();
                put.map_or(Extent::Few, |it| self.known_many(it, look)).max(by_loop())
            };
            match self.usage(*id).usage {
                Usage::Receiver(call, method) => puts(call, method),
                // `groups[key].append(item)`
                Usage::Indexed(it) => match self.usage(self.nodes().id(it)).usage {
                    Usage::Receiver(call, method) => puts(call, method),
                    Usage::ItemStored(_) => by_loop(),
                    _ => Extent::Few,
                },
                Usage::ItemStored(it) => {
                    let value = self.put_value(self.nodes().id(it));
                    let value = value.map_or(Extent::Few, |it| self.known_many(it, look));
                    if is_literal(&it.slice) { value } else { value.max(by_loop()) }
                }
                // `ET.SubElement(root, "row")`
                Usage::Argument(call, 0)
                    if self.qualified(&call.func).is_some_and(extents::adds_element) =>
                {
                    by_loop().max(self.element_filled_by(call, look))
                }
                _ => Extent::Few,
            }
        };
        self.uses_of(binding).iter().map(filled).max().unwrap_or(Extent::Few)
    }

    /// The extent of a value, if it is at least `Many`.
    fn known_many(&self, value: &'a Expr, look: Look<'_>) -> Extent {
        let found = self.extent_at(value, look);
        if found >= Extent::Many { found } else { Extent::Few }
    }

    /// `group = ET.SubElement(root, "group")`, where `group` is filled.
    fn element_filled_by(&self, call: &'a ExprCall, look: Look<'_>) -> Extent {
        let Some(look) = look.deeper() else { return Extent::Few };
        let Usage::Assigned(Expr::Name(name)) = self.usage(self.nodes().id(call)).usage else {
            return Extent::Few;
        };
        match self.names().resolve(name) {
            Resolution::Binding(inner) => self.filled_by(inner, look),
            _ => Extent::Few,
        }
    }

    /// The value of `target = value`.
    fn put_value(&self, target: NodeId) -> Option<&'a Expr> {
        match self.nodes().get(self.nodes().parent(target))? {
            Node::Stmt(Stmt::Assign(it)) => Some(&it.value),
            _ => None,
        }
    }

    /// How often loops repeat a place without giving the name a new value. A loop over the name's
    /// own value adds nothing to it.
    fn repeated_by(&self, at: NodeId, binding: BindingId, look: Look<'_>) -> Extent {
        let loops = self.loops().enclosing(self.nodes().innermost_loop(at));
        let counts = loops.map(|of| {
            let renewed = self.names().definitions(binding).any(|definition| {
                !matches!(definition.kind, DefinitionKind::Augmented(_))
                    && self.nodes().contains(of.node, definition.node)
            });
            let own = |iter: &'a Expr| {
                self.any_below(self.nodes().id(iter), |expr| {
                    matches!(expr, Expr::Name(name)
                        if self.names().resolve(name) == Resolution::Binding(binding))
                })
            };
            match of.iter {
                _ if renewed => Extent::Few,
                None => Extent::Many,
                Some(iter) if own(iter) => Extent::Few,
                Some(iter) => self.count_at(iter, look).walked(),
            }
        });
        counts.max().unwrap_or(Extent::Few)
    }

    fn extent_of_attribute(&self, owner: &'a ExprName, attr: &'a str, look: Look<'_>) -> Extent {
        let Some(class) = self.class_of_self(owner) else { return Extent::Unknown };
        let grown = self.growing().iter().any(|it| {
            it.name == attr
                && matches!(it.place, Place::Instance(of) | Place::Class(of) if std::ptr::eq(of, class))
                && it.grown().next().is_some()
        });
        if grown {
            return Extent::Many;
        }
        let mut sum = Extent::Few;
        let mut definitions = self.attribute_definitions(class, attr);
        definitions.retain(|it| !matches!(it, AttributeDefinition::Value(Expr::NoneLiteral(_))));
        // What a file holds, and an object of the program keeps as it is.
        if let [AttributeDefinition::Value(Expr::Call(call))] = &definitions[..]
            && self.qualified(&call.func).is_some_and(extents::loads)
        {
            return Extent::Many;
        }
        for definition in definitions {
            sum = sum.max(match definition {
                AttributeDefinition::Value(value) | AttributeDefinition::Augmented(_, value) => {
                    self.extent_at(value, look)
                }
                AttributeDefinition::Annotated(_) | AttributeDefinition::Deleted => Extent::Few,
                AttributeDefinition::Other => Extent::Unknown,
            });
        }
        // Other methods, and other files, may fill what begins empty.
        if sum == Extent::Few { Extent::Unknown } else { sum }
    }
}

fn is_literal(expr: &Expr) -> bool {
    match expr {
        Expr::Tuple(it) => it.elts.iter().all(is_literal),
        _ => expr.is_literal_expr(),
    }
}
