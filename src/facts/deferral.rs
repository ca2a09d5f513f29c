//! Deferral: whether a comprehension or copy would hold the same items if they were made while
//! they are walked, and not where it stands.
//!
//! What happens in between and between two items is judged against what the expression reads: its
//! names and what they hold, the attributes and items of what it walks. Calls that are not known
//! may change anything that they can reach; a call that gets what the expression reads, or runs a
//! method of the items themselves, is taken to do so.

use ruff_python_ast::{Expr, ExprCall, Stmt};
use ruff_text_size::Ranged;
use rustc_hash::FxHashSet;

use super::Facts;
use super::effects::Effect;
use super::escapes::Way;
use super::mutation::{Change, is_reader};
use super::nodes::{Node, NodeId, blocks};
use super::scopes::{BindingId, DefinitionKind, Resolution, ScopeId, ScopeKind};
use super::usage::Usage;
use crate::catalog::keeps;

/// Whether an expression would be the same if it were evaluated later, bit by bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deferral {
    /// Nothing that runs meanwhile has to do with it.
    Same,
    /// Something that is not known runs meanwhile.
    Unknown,
    /// What it reads changes meanwhile, or probably does: where.
    Differs(NodeId),
}

/// What an expression reads of its surroundings.
struct Read<'a> {
    /// The names, imported modules and called functions aside.
    names: Vec<BindingId>,
    /// The names that are only called, or modules.
    fixed: Vec<BindingId>,
    /// The chains of attributes and items that begin at these names.
    places: Vec<Place<'a>>,
    /// The attributes of anything.
    attributes: FxHashSet<&'a str>,
    /// Whether items of what it walks are looked into.
    subscripts: bool,
    /// Whether what is walked lives longer than the function: an attribute, a global name, the
    /// result of a call that is not known to make something new.
    shared: bool,
    /// Whether what is walked is a name that other functions see.
    global: bool,
}

/// A name with the attributes and items that are looked up from it on.
struct Place<'a> {
    root: BindingId,
    /// Attributes by their names; an item is `[]`.
    path: Vec<&'a str>,
}

/// More aliases than this are not followed.
const MOST_ALIASES: usize = 32;

impl<'a> Facts<'a> {
    /// Whether `value`, which the statement `made` evaluates, would be the same if each item were
    /// made when the statement or expression `walked` comes to it.
    pub fn deferral(&self, value: &'a Expr, made: NodeId, walked: NodeId) -> Deferral {
        let guarded = match self.tried_apart(made, walked) {
            Err(outer) => return Deferral::Differs(outer),
            Ok(guarded) => guarded,
        };
        let Some(read) = self.read_by(value) else { return Deferral::Unknown };
        let (first, last) = self.region(made, walked);
        let region = (first, last.max(self.after(walked)));
        for &binding in read.names.iter().chain(&read.fixed) {
            if let Some(at) = self.rebound(binding, region) {
                return Deferral::Differs(at);
            }
        }
        for &binding in &read.names {
            if let Some(at) = self.changed_by_name(binding, region, &read) {
                return Deferral::Differs(at);
            }
        }
        let items = self.walked_names(walked);
        let scope = self.nodes().scope(made);
        let mut unknown = guarded;
        let differs = self.effect_within(scope, region, |at, effect| match effect {
            Effect::None => false,
            Effect::Changes(other) => {
                if self.is_local_object(other, region.1) {
                    return false;
                }
                unknown = true;
                match self.expr_at(at) {
                    Some(store @ Expr::Attribute(it)) => {
                        self.holds(store, &read) || read.attributes.contains(it.attr.as_str())
                    }
                    Some(Expr::Subscript(it)) => {
                        read.subscripts || self.holds(other, &read) || is_one_of(&it.slice, &items)
                    }
                    _ => self.holds(other, &read),
                }
            }
            Effect::Anything => {
                unknown = true;
                read.global
                    || match self.expr_at(at) {
                        Some(Expr::Call(call)) => {
                            self.is_call_on(call, &items) || self.may_change(call, &read)
                        }
                        Some(Expr::Await(_) | Expr::Yield(_) | Expr::YieldFrom(_)) => read.shared,
                        _ => false,
                    }
            }
        });
        match differs {
            Some(at) => Deferral::Differs(at),
            None if unknown => Deferral::Unknown,
            None => Deferral::Same,
        }
    }

    /// Whether evaluating the items of a comprehension does anything beyond reading: a call that is
    /// not known, an `await`, a store. Its first iterable is evaluated where it stands.
    pub fn has_effect_inside(&self, value: &'a Expr) -> bool {
        let first = match value {
            Expr::ListComp(it) => it.generators.first(),
            Expr::SetComp(it) => it.generators.first(),
            Expr::Generator(it) => it.generators.first(),
            _ => return false,
        };
        let outside = first.map(|clause| self.nodes().id(&clause.iter));
        self.nodes().descendants(self.nodes().id(value)).any(|node| {
            let acts = match self.expr_at(node) {
                Some(Expr::Call(call)) => {
                    !matches!(self.effect(node), Effect::None) && !self.is_reading(call)
                }
                Some(Expr::Await(_) | Expr::Yield(_) | Expr::YieldFrom(_) | Expr::Named(_)) => true,
                _ => false,
            };
            acts && !outside.is_some_and(|outside| self.nodes().contains(outside, node))
        })
    }

    /// Whether a call is of a method that reads by its name, without functions handed over.
    fn is_reading(&self, call: &'a ExprCall) -> bool {
        let Expr::Attribute(func) = &*call.func else { return false };
        is_reader(func.attr.as_str())
            && !call.arguments.args.iter().any(|it| it.is_lambda_expr() || it.is_generator_expr())
            && self.qualified(&call.func).is_none()
    }

    /// Whether both stand in the same blocks of `try` and `with` statements. `Ok(true)`: the second
    /// alone stands in another `try`. `Err`: the first stands in one that ends before the second.
    fn tried_apart(&self, made: NodeId, walked: NodeId) -> Result<bool, NodeId> {
        let nodes = self.nodes();
        let holds = |block: &[Stmt], of: NodeId| {
            let Some(node) = nodes.get(of) else { return false };
            block.first().is_some_and(|first| first.start() <= node.start())
                && block.last().is_some_and(|last| node.end() <= last.end())
        };
        for (outer, node) in nodes.ancestors(made) {
            if let Node::Stmt(stmt @ (Stmt::Try(_) | Stmt::With(_))) = node
                && !blocks(stmt).any(|block| holds(block, made) && holds(block, walked))
            {
                return Err(outer);
            }
            if matches!(node, Node::Stmt(Stmt::FunctionDef(_) | Stmt::ClassDef(_))) {
                break;
            }
        }
        Ok(nodes.ancestors(walked).any(|(outer, node)| {
            matches!(node, Node::Stmt(Stmt::Try(_))) && !nodes.contains(outer, made)
        }))
    }

    /// What an expression reads. `None` where a name may be anything.
    fn read_by(&self, value: &'a Expr) -> Option<Read<'a>> {
        let (nodes, names) = (self.nodes(), self.names());
        let root = nodes.id(value);
        let mut read = Read {
            names: Vec::new(),
            fixed: Vec::new(),
            places: Vec::new(),
            attributes: FxHashSet::default(),
            subscripts: false,
            shared: false,
            global: false,
        };
        for node in std::iter::once(root).chain(nodes.descendants(root)) {
            match self.expr_at(node) {
                Some(Expr::Attribute(it)) => {
                    read.attributes.insert(it.attr.as_str());
                }
                Some(Expr::Subscript(_)) => read.subscripts = true,
                Some(Expr::Name(name)) if name.ctx.is_load() => match names.resolve(name) {
                    Resolution::Builtin => {}
                    Resolution::Unknown => return None,
                    Resolution::Binding(binding) => {
                        let owner = self.scopes().get(names.scope(binding)).kind;
                        let inner = match owner {
                            ScopeKind::Comprehension(of) => nodes.contains(root, nodes.id(of)),
                            ScopeKind::Lambda(of) => nodes.contains(root, nodes.id(of)),
                            _ => false,
                        };
                        if inner {
                            continue;
                        }
                        let called = matches!(self.usage(node).usage, Usage::Called(_));
                        let list = if self.is_fixed(binding, called) {
                            &mut read.fixed
                        } else {
                            &mut read.names
                        };
                        if !list.contains(&binding) {
                            list.push(binding);
                        }
                        let path = self.path_from(node);
                        read.places.push(Place { root: binding, path });
                    }
                },
                _ => {}
            }
        }
        for source in walked_by(value) {
            self.look_at_source(source, &mut read);
        }
        self.add_aliased(&mut read);
        Some(read)
    }

    /// What the names stand for: `rows = self.rows` reads `self.rows`.
    fn add_aliased(&self, read: &mut Read<'a>) {
        let mut at = 0;
        while let Some(&binding) = read.names.get(at).filter(|_| at < MOST_ALIASES) {
            at += 1;
            for definition in self.names().definitions(binding) {
                if let DefinitionKind::Assign { value, .. } = definition.kind
                    && let Some(place) = self.place(value)
                {
                    if !read.names.contains(&place.root) && !read.fixed.contains(&place.root) {
                        let fixed = self.is_fixed(place.root, false);
                        if fixed { &mut read.fixed } else { &mut read.names }.push(place.root);
                    }
                    read.places.push(place);
                }
            }
        }
    }

    /// The attributes and items that are looked up from a name on, up to a call.
    fn path_from(&self, name: NodeId) -> Vec<&'a str> {
        let nodes = self.nodes();
        let mut path = Vec::new();
        let mut at = name;
        loop {
            let parent = nodes.parent(at);
            match self.expr_at(parent) {
                Some(Expr::Attribute(it)) => path.push(it.attr.as_str()),
                Some(Expr::Subscript(it)) if nodes.id(&*it.value) == at => path.push("[]"),
                _ => return path,
            }
            at = parent;
        }
    }

    /// An expression as a place.
    fn place(&self, expr: &'a Expr) -> Option<Place<'a>> {
        let mut path = Vec::new();
        let mut at = expr;
        let name = loop {
            at = match at {
                Expr::Attribute(it) => {
                    path.push(it.attr.as_str());
                    &it.value
                }
                Expr::Subscript(it) => {
                    path.push("[]");
                    &it.value
                }
                Expr::Name(name) => break name,
                _ => return None,
            }
        };
        path.reverse();
        let Resolution::Binding(root) = self.names().resolve(name) else { return None };
        Some(Place { root, path })
    }

    /// Whether an expression is one of the places that are read, or holds one.
    fn holds(&self, expr: &'a Expr, read: &Read<'a>) -> bool {
        let Some(place) = self.place(expr) else { return false };
        // Everything of a module stands below its name.
        if place.path.is_empty() && read.fixed.contains(&place.root) {
            return false;
        }
        read.places
            .iter()
            .any(|other| other.root == place.root && other.path.starts_with(&place.path))
    }

    /// Whether a call gets one of the places that are read, or is a method of one.
    fn may_change(&self, call: &'a ExprCall, read: &Read<'a>) -> bool {
        let receiver = match &*call.func {
            Expr::Attribute(func) => {
                !is_reader(func.attr.as_str()) && self.holds(&func.value, read)
            }
            _ => false,
        };
        let passed = |expr: &'a Expr| {
            !expr.is_name_expr()
                && self.holds(expr, read)
                && !keeps::is_immutable(self.kind_of(expr))
        };
        receiver
            || call.arguments.args.iter().any(passed)
            || call.arguments.keywords.iter().any(|keyword| passed(&keyword.value))
    }

    /// Whether a name means a module, or a function or class that is only called.
    fn is_fixed(&self, binding: BindingId, called: bool) -> bool {
        self.names().definitions(binding).all(|definition| match definition.kind {
            DefinitionKind::Import(_) | DefinitionKind::Function(_) => true,
            DefinitionKind::ImportFrom { .. } | DefinitionKind::Class(_) => called,
            _ => false,
        })
    }

    fn look_at_source(&self, source: &'a Expr, read: &mut Read<'a>) {
        match source {
            Expr::Name(name) => {
                let Resolution::Binding(binding) = self.names().resolve(name) else { return };
                // Any function of the module, or the inner functions, may change it.
                let seen =
                    self.names().scope(binding) == ScopeId::MODULE || self.is_captured(binding);
                if seen && !keeps::is_immutable(self.kind_of(source)) {
                    read.global = true;
                }
            }
            Expr::Attribute(it) => {
                read.shared = true;
                let mut root = &*it.value;
                while let Expr::Attribute(inner) = root {
                    root = &inner.value;
                }
                if !matches!(root, Expr::Attribute(_)) {
                    self.look_at_source(root, read);
                }
            }
            Expr::Subscript(it) => {
                read.shared = true;
                self.look_at_source(&it.value, read);
            }
            Expr::Call(call) => {
                let known = self.qualified(&call.func).is_some_and(keeps::is_harmless);
                read.shared |= !known && !self.is_reading(call);
                if let Expr::Attribute(func) = &*call.func
                    && !known
                {
                    self.look_at_source(&func.value, read);
                }
                for argument in &call.arguments.args {
                    self.look_at_source(argument, read);
                }
            }
            Expr::ListComp(_) | Expr::SetComp(_) | Expr::Generator(_) => {
                for source in walked_by(source) {
                    self.look_at_source(source, read);
                }
            }
            _ => {}
        }
    }

    /// Where the object of a name is changed by its own name or a plain alias.
    fn changed_by_name(
        &self,
        binding: BindingId,
        region: (NodeId, NodeId),
        read: &Read<'a>,
    ) -> Option<NodeId> {
        let mut found = None;
        self.mutations_in(binding, region, super::mutation::STEPS, &mut |mutation| {
            let matters = match mutation.change {
                // `self.count += 1` leaves `self.rows` as it is.
                Change::Attribute => match self.usage(mutation.node).usage {
                    Usage::AttributeStored(it) | Usage::AttributeDeleted(it) => {
                        read.attributes.contains(it.attr.as_str())
                    }
                    _ => true,
                },
                _ => true,
            };
            if matters {
                found = Some(mutation.node);
            }
            !matters
        });
        found
    }

    /// The names that a `for` statement gives the items.
    fn walked_names(&self, walked: NodeId) -> Vec<&'a str> {
        let Some(Node::Stmt(Stmt::For(it))) = self.nodes().get(walked) else { return Vec::new() };
        let target = self.nodes().id(&*it.target);
        std::iter::once(target)
            .chain(self.nodes().descendants(target))
            .filter_map(|node| match self.expr_at(node)? {
                Expr::Name(name) => Some(name.id.as_str()),
                _ => None,
            })
            .collect()
    }

    /// Whether a call is of a method of one of the names that does not merely read, or of a method
    /// that takes one of them out of somewhere or puts it there.
    fn is_call_on(&self, call: &'a ExprCall, names: &[&'a str]) -> bool {
        let Expr::Attribute(func) = &*call.func else { return false };
        let method = func.attr.as_str();
        if matches!(method, "pop" | "remove" | "discard" | "delete" | "unregister")
            && call.arguments.args.first().is_some_and(|first| is_one_of(first, names))
        {
            return true;
        }
        let mut root = &*func.value;
        while let Expr::Attribute(inner) = root {
            root = &inner.value;
        }
        let Expr::Name(name) = root else { return false };
        names.contains(&name.id.as_str())
            && !is_reader(method)
            && !keeps::is_immutable(self.kind_of(root))
    }

    /// Whether an object is one that the function made and that nobody else gets to see before a
    /// place: a list that is returned in the end, a number that grows.
    fn is_local_object(&self, place: &'a Expr, end: NodeId) -> bool {
        let Expr::Name(name) = place else { return false };
        let Resolution::Binding(binding) = self.names().resolve(name) else { return false };
        let local = matches!(
            self.scopes().get(self.names().scope(binding)).kind,
            ScopeKind::Function(_) | ScopeKind::Lambda(_)
        );
        local
            && self.names().definitions(binding).all(|definition| match definition.kind {
                DefinitionKind::Assign { value, .. } => {
                    value.is_literal_expr() || self.is_new(value)
                }
                DefinitionKind::Augmented(_) | DefinitionKind::Delete => true,
                _ => false,
            })
            && self
                .escape(binding)
                .is_none_or(|escape| escape.way == Way::Returned && escape.node >= end)
    }
}

fn is_one_of(expr: &Expr, names: &[&str]) -> bool {
    matches!(expr, Expr::Name(name) if names.contains(&name.id.as_str()))
}

/// The iterables of a comprehension, or the expression itself.
fn walked_by(value: &Expr) -> Vec<&Expr> {
    let clauses = match value {
        Expr::ListComp(it) => &it.generators,
        Expr::SetComp(it) => &it.generators,
        Expr::Generator(it) => &it.generators,
        _ => return vec![value],
    };
    clauses.iter().map(|clause| &clause.iter).collect()
}
