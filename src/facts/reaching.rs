//! Reaching definitions: which bindings of a name a read of it may see.
//!
//! `facts.reaching(name)` answers for reads in the body that owns the name (module, class or
//! function; list, set and dict comprehensions run inside it). `None`: not known. That is so for
//! names read in nested functions, lambdas, generators and classes, names that another body
//! rebinds, names of `except` clauses, names of bodies with `exec`, `locals` and the like, the
//! module's names after a star import, and reads that nothing reaches. Every definition that may
//! reach is named; some that are named cannot reach (`with` may swallow, calls may return).
//!
//! The reads of a body are answered all at once: `walk` goes through its statements, `env` knows what
//! its names hold meanwhile, `answers` keeps what was found.

mod answers;
mod blocks;
mod env;
mod expressions;
mod homes;
mod values;
mod walk;

use std::cell::{OnceCell, Ref, RefCell};

use ruff_python_ast::ExprName;

use super::Facts;
use super::nodes::NodeId;
pub use super::scopes::DefinitionId;
use super::scopes::{Definition, ScopeId};
use answers::Answers;
use homes::Homes;

/// The definitions that reach a read.
#[derive(Clone, Copy)]
pub struct Reaching<'f, 'a> {
    all: &'f [Definition<'a>],
    ids: &'f [DefinitionId],
    unbound: bool,
}

impl<'f, 'a> Reaching<'f, 'a> {
    /// The ids, in source order. Deletions are not among them.
    pub fn ids(self) -> &'f [DefinitionId] {
        self.ids
    }

    /// The definitions, in source order.
    pub fn definitions(self) -> impl Iterator<Item = &'f Definition<'a>> {
        self.ids.iter().filter_map(move |id| self.all.get(id.0 as usize))
    }

    /// Whether the name may have no value.
    pub fn may_be_unbound(self) -> bool {
        self.unbound
    }

    /// The definition that certainly reaches: no other does, and the name is bound.
    pub fn only(self) -> Option<&'f Definition<'a>> {
        let [id] = self.ids else { return None };
        if self.unbound { None } else { self.all.get(id.0 as usize) }
    }
}

/// What was found out of the bodies that were asked about.
#[derive(Debug, Default)]
pub(super) struct Bodies<'a> {
    homes: OnceCell<Homes>,
    answers: OnceCell<RefCell<Answers<'a>>>,
}

impl<'a> Facts<'a> {
    /// The definitions that may reach a read. `None`: not known.
    pub fn reaching(&self, name: &'a ExprName) -> Option<Reaching<'_, 'a>> {
        let id = self.nodes().id(name);
        let (ids, unbound) = self.answers(self.nodes().scope(id))?.reached(id)?;
        Some(Reaching { all: self.scopes().all_definitions(), ids, unbound })
    }

    /// The reads that a definition may reach, in source order. `None`: not known.
    pub fn reached_uses(&self, definition: DefinitionId) -> Option<Vec<NodeId>> {
        let answers = self.answers_of(definition)?;
        let binding = self.names().binding_of(definition.index())?;
        let reaches = |read: &NodeId| {
            answers.reached(*read).is_some_and(|(ids, _)| ids.binary_search(&definition).is_ok())
        };
        Some(self.uses_of(binding).iter().copied().filter(reaches).collect())
    }

    /// Whether no read sees what a definition binds. `None`: not known.
    pub(super) fn is_unread(&self, definition: DefinitionId) -> Option<bool> {
        Some(!self.answers_of(definition)?.is_read(definition))
    }

    pub(super) fn homes(&self) -> &Homes {
        self.reached.homes.get_or_init(|| Homes::build(self))
    }

    /// The answers, with those of the body that a definition runs in. `None` where the name cannot
    /// be followed.
    fn answers_of(&self, definition: DefinitionId) -> Option<Ref<'_, Answers<'a>>> {
        let found = self.scopes().all_definitions().get(definition.index())?;
        self.answers(found.from).filter(|answers| answers.is_stored(definition))
    }

    /// The answers, with those of the body that a scope is evaluated in. `None` for what lambdas
    /// and type parameters hold.
    fn answers(&self, scope: ScopeId) -> Option<Ref<'_, Answers<'a>>> {
        if let Some(answers) = self.reached.answers.get() {
            let answers = answers.borrow();
            if answers.is_solved(scope) {
                return Some(answers);
            }
        }
        self.solve_body(scope)
    }

    #[cold]
    fn solve_body(&self, scope: ScopeId) -> Option<Ref<'_, Answers<'a>>> {
        let homes = self.homes();
        let body = homes.body(scope)?;
        let answers = self.reached.answers.get_or_init(|| RefCell::new(Answers::new(self)));
        let mut solved = answers.borrow_mut();
        if solved.begin(scope, body) && homes.owns(body) {
            if self.plain {
                blocks::solve(self, body, &mut solved);
            } else {
                walk::solve(self, homes, body, &mut solved);
            }
        }
        drop(solved);
        Some(answers.borrow())
    }
}
