//! What an expression reads of its surroundings, and what may change it.

use ruff_python_ast::{Expr, ExprCall};
use rustc_hash::FxHashSet;

use crate::catalog::keeps;
use crate::facts::Facts;
use crate::facts::mutation::is_reader;
use crate::facts::nodes::NodeId;
use crate::facts::scopes::{BindingId, DefinitionKind, Resolution, ScopeId, ScopeKind};
use crate::facts::usage::Usage;

/// What an expression reads of its surroundings.
pub(super) struct Read<'a> {
    /// The names, imported modules and called functions aside.
    pub(super) names: Vec<BindingId>,
    /// The names that are only called, or modules.
    pub(super) fixed: Vec<BindingId>,
    /// The chains of attributes and items that begin at these names.
    pub(super) places: Vec<Place<'a>>,
    /// The attributes of anything.
    pub(super) attributes: FxHashSet<&'a str>,
    /// Whether items of what it walks are looked into.
    pub(super) subscripts: bool,
    /// Whether what is walked lives longer than the function: an attribute, a global name, the
    /// result of a call that is not known to make something new.
    pub(super) shared: bool,
    /// Whether what is walked is a name that other functions see.
    pub(super) global: bool,
}

/// A name with the attributes and items that are looked up from it on.
pub(super) struct Place<'a> {
    root: BindingId,
    /// Attributes by their names; an item is `[]`.
    path: Vec<&'a str>,
}

/// More aliases than this are not followed.
const MOST_ALIASES: usize = 32;

impl<'a> Facts<'a> {
    /// What an expression reads. `None` where a name may be anything.
    pub(super) fn read_by(&self, value: &'a Expr) -> Option<Read<'a>> {
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
    pub(super) fn holds(&self, expr: &'a Expr, read: &Read<'a>) -> bool {
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
    pub(super) fn may_change(&self, call: &'a ExprCall, read: &Read<'a>) -> bool {
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
