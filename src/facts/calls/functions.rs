//! Every function statement by its name and by the class that it is a method of.

use crate::facts::Facts;
use crate::facts::likely::Likely;
use crate::facts::nodes::NodeId;
use crate::facts::scopes::{Lists, ScopeId, ScopeKind, Symbols};

/// A name that functions of the file go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct FunctionName(usize);

impl FunctionName {
    pub(super) fn index(self) -> usize {
        self.0
    }
}

/// A function statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Function {
    pub(super) name: FunctionName,
    /// The class that it stands directly in; the root for what is no method.
    pub(super) class: NodeId,
    /// Its body.
    pub(super) scope: ScopeId,
}

/// The functions of a class that go by a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    None,
    One(ScopeId),
    Several,
}

/// The functions of a file.
#[derive(Debug, Default)]
pub(in crate::facts) struct Functions<'a> {
    names: Symbols<'a>,
    likely: Likely,
    /// Ordered by name, class and scope; the root is the last of the classes.
    all: Vec<Function>,
    /// The positions in `all` by name.
    by_name: Lists<u32>,
}

impl<'a> Functions<'a> {
    pub(in crate::facts) fn build(facts: &Facts<'a>) -> Functions<'a> {
        let count = facts.function_statements().len();
        if count == 0 {
            return Functions::default();
        }
        let (mut names, mut likely) = (Symbols::of(count), Likely::default());
        let mut all = Vec::with_capacity(count);
        for (scope, opened) in facts.scopes().all() {
            let ScopeKind::Function(def) = opened.kind else { continue };
            let text = def.name.as_str();
            let name = FunctionName(names.intern(text).index());
            likely.insert(text);
            let class = facts.scopes().class_around(scope);
            let class = class.map_or(NodeId::ROOT, |class| facts.nodes().id(class));
            all.push(Function { name, class, scope });
        }
        all.sort_unstable();
        let positions = all.iter().enumerate();
        let by_name = Lists::group(
            names.len(),
            positions.map(|(at, function)| (function.name.index(), at as u32)),
        );
        Functions { names, likely, all, by_name }
    }

    /// How many functions there are.
    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// How many names there are.
    pub(super) fn names(&self) -> usize {
        self.names.len()
    }

    /// A name, if some function goes by it.
    pub(super) fn name(&self, name: &str) -> Option<FunctionName> {
        let likely = self.likely.may_hold(name);
        likely.then(|| self.names.find(name)).flatten().map(|name| FunctionName(name.index()))
    }

    /// The names at a glance.
    pub(super) fn likely(&self) -> &Likely {
        &self.likely
    }

    /// Every function, in no order that a file knows.
    pub(super) fn all(&self) -> &[Function] {
        &self.all
    }

    /// The functions of a name, methods first.
    pub(super) fn named(&self, name: FunctionName) -> &[Function] {
        match self.by_name.of(name.index()) {
            [first, .., last] => self.all.get(*first as usize..=*last as usize),
            [only] => self.all.get(*only as usize..=*only as usize),
            [] => None,
        }
        .unwrap_or_default()
    }

    /// The position, among all functions, of the first one of a class and a name. `ROOT` is the
    /// class of what is no method.
    pub(super) fn position(&self, class: NodeId, name: FunctionName) -> Option<usize> {
        let first = *self.by_name.of(name.index()).first()? as usize;
        let named = self.named(name);
        let at = named.partition_point(|it| it.class < class);
        named.get(at).is_some_and(|it| it.class == class).then_some(first + at)
    }

    /// The functions of a class that go by a name.
    pub(super) fn of(&self, class: NodeId, name: FunctionName) -> Found {
        let Some(at) = self.position(class, name) else { return Found::None };
        let same = |at: usize| {
            self.all.get(at).filter(|it| (it.class, it.name) == (class, name)).map(|it| it.scope)
        };
        match (same(at), same(at + 1)) {
            (None, _) => Found::None,
            (Some(scope), None) => Found::One(scope),
            (Some(_), Some(_)) => Found::Several,
        }
    }
}
