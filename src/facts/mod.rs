//! What is true of a file: from syntax to facts. Knows no rule.
//!
//! One walk fills the tables that every fact starts from; the facts themselves are computed when
//! they are first asked for, so a file that no rule asks about pays for the walk alone.

pub mod accumulated;
pub mod acts;
pub mod batches;
pub mod blocks;
pub mod brief;
pub mod calls;
pub mod carried;
mod cfg;
pub mod classes;
pub mod commands;
pub mod comprehensions;
pub mod consumed;
pub mod cost;
pub mod deferral;
pub mod describe;
pub mod drained;
pub mod effects;
pub mod escapes;
pub mod extent;
pub mod flow;
pub mod folded;
mod force;
pub mod freshness;
pub mod growth;
pub mod handles;
pub mod held;
pub mod invariant;
pub(crate) mod likely;
pub mod limits;
pub mod liveness;
pub mod loops;
pub mod measured;
mod moved;
pub mod mutation;
pub mod names;
pub mod nodes;
pub mod origin;
pub mod parsed;
pub mod passes;
pub mod paths;
pub mod patterns;
pub mod purity;
pub mod quadratic;
pub mod queries;
pub mod querysets;
pub mod reaching;
mod regrown;
pub mod repetition;
pub mod responses;
pub mod scopes;
pub mod sessions;
pub mod shapes;
pub mod short;
pub mod spread;
pub mod types;
pub mod usage;
mod walk;
pub mod walked;
pub mod workbooks;

use std::cell::{Cell, OnceCell, RefCell};

use ruff_python_ast::token::Tokens;
use ruff_python_ast::{
    ExprAttribute, ExprCall, ExprStarred, ExprSubscript, ModModule, StmtClassDef, StmtFunctionDef,
};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::source::Source;
use calls::graph::Graph;
use calls::{Calls, Functions};
use carried::Carried;
use classes::ClassUses;
use classes::table::ClassTable;
use flow::Accumulation;
use growth::Growing;
use likely::{Glance, Likely};
use loops::Loops;
use nodes::{NodeId, Nodes};
use repetition::Contexts;
use repetition::guards::Guard;
use scopes::{BindingId, Bindings, Names, Resolved, Scopes};
use types::TypeCache;
use walked::Walked;

/// Memory for texts that facts make, which live as long as the syntax tree.
pub use bumpalo::Bump as Arena;

/// The facts of a file.
pub struct Facts<'a> {
    /// The file.
    pub source: &'a Source,
    /// Its tokens.
    pub tokens: &'a Tokens,
    /// Its syntax tree.
    pub module: &'a ModModule,
    /// Where the texts are that facts make.
    arena: &'a Arena,
    qualified: names::known::Known<'a>,
    collected: Collected<'a>,
    bindings: OnceCell<Bindings<'a>>,
    resolved: OnceCell<Resolved>,
    /// How many names were resolved before the table of all was built.
    asked: Cell<u32>,
    poison: OnceCell<scopes::poison::Poison>,
    exports: OnceCell<scopes::exports::Exports<'a>>,
    attribute_stores: OnceCell<names::AttributeStores<'a>>,
    functions: OnceCell<Functions<'a>>,
    calls: OnceCell<Calls<'a>>,
    graph: OnceCell<Graph>,
    contexts: OnceCell<Contexts>,
    guards: OnceCell<Vec<Guard>>,
    batches: OnceCell<batches::Batches>,
    /// The first names of what is imported.
    packages: OnceCell<FxHashSet<&'a str>>,
    class_uses: OnceCell<ClassUses<'a>>,
    /// Classes that another class of the module derives from.
    derived_from: OnceCell<FxHashSet<NodeId>>,
    class_table: OnceCell<ClassTable<'a>>,
    /// What the class statements are called.
    class_names: OnceCell<Likely>,
    growing: OnceCell<Vec<Growing<'a>>>,
    decorator_names: OnceCell<FxHashSet<&'a str>>,
    types: TypeCache<'a>,
    carried: OnceCell<Vec<Carried<'a>>>,
    flows: cfg::acts::Flows,
    reached: reaching::Bodies<'a>,
    effects: OnceCell<effects::Effects>,
    /// Two for each binding: of the object and of its elements.
    escapes: OnceCell<Vec<Cell<escapes::Known>>>,
    /// Of names with many uses, those that give another name the object.
    shared_uses: RefCell<FxHashMap<BindingId, Vec<NodeId>>>,
    costs: cost::CostCache<'a>,
    /// Shortcuts are off: see `plainly`.
    plain: bool,
    /// The last part of the Python version `3.x` whose object sizes are meant.
    minor: u8,
}

/// What the walk collects.
#[derive(Default)]
struct Collected<'a> {
    nodes: Nodes<'a>,
    scopes: Scopes<'a>,
    loops: Loops<'a>,
    calls: Vec<&'a ExprCall>,
    /// By call, the last name of what it calls, at a glance.
    callees: Vec<Glance>,
    /// Every attribute with its name at a glance.
    attributes: Vec<(NodeId, Glance)>,
    classes: Vec<&'a StmtClassDef>,
    functions: Vec<&'a StmtFunctionDef>,
    attribute_stores: Vec<&'a ExprAttribute>,
    accumulations: Vec<Accumulation<'a>>,
    walked: Vec<Walked<'a>>,
    subscripts: Vec<&'a ExprSubscript>,
    /// Starred names in targets.
    rests: Vec<&'a ExprStarred>,
    /// Starred arguments, with their calls.
    spreads: Vec<(&'a ExprCall, &'a ExprStarred)>,
    /// Reads of `locals`, `globals`, `vars`, `exec` and `eval`.
    reflections: Vec<NodeId>,
    /// The `if` statements that may let their first block run once.
    tests: Vec<NodeId>,
}

impl<'a> Facts<'a> {
    /// Walks the tree once.
    pub fn new(
        source: &'a Source,
        tokens: &'a Tokens,
        module: &'a ModModule,
        arena: &'a Arena,
    ) -> Facts<'a> {
        Facts {
            arena,
            qualified: names::known::Known::default(),
            source,
            tokens,
            module,
            collected: walk::Walker::walk(&module.body, source.text().len()),
            bindings: OnceCell::new(),
            resolved: OnceCell::new(),
            asked: Cell::new(0),
            poison: OnceCell::new(),
            exports: OnceCell::new(),
            attribute_stores: OnceCell::new(),
            functions: OnceCell::new(),
            calls: OnceCell::new(),
            graph: OnceCell::new(),
            contexts: OnceCell::new(),
            guards: OnceCell::new(),
            batches: OnceCell::new(),
            packages: OnceCell::new(),
            class_uses: OnceCell::new(),
            derived_from: OnceCell::new(),
            class_table: OnceCell::new(),
            class_names: OnceCell::new(),
            growing: OnceCell::new(),
            decorator_names: OnceCell::new(),
            types: TypeCache::default(),
            carried: OnceCell::new(),
            flows: cfg::acts::Flows::default(),
            reached: reaching::Bodies::default(),
            effects: OnceCell::new(),
            escapes: OnceCell::new(),
            shared_uses: RefCell::default(),
            costs: cost::CostCache::default(),
            plain: false,
            minor: ruff_python_ast::PythonVersion::latest().minor,
        }
    }

    /// The same facts for another version of Python: object sizes differ.
    #[must_use]
    pub fn on(self, version: ruff_python_ast::PythonVersion) -> Facts<'a> {
        Facts { minor: version.minor, ..self }
    }

    /// The same facts without the shortcuts that only save time: names are looked up that a filter
    /// would pass over, and everything is walked that an index would jump over.
    #[doc(hidden)]
    #[must_use]
    pub fn plainly(self) -> Facts<'a> {
        Facts { plain: true, ..self }
    }

    /// Every statement and expression.
    #[inline]
    pub fn nodes(&self) -> &Nodes<'a> {
        &self.collected.nodes
    }

    /// The scopes.
    #[inline]
    pub fn scopes(&self) -> &Scopes<'a> {
        &self.collected.scopes
    }

    /// The loops.
    #[inline]
    pub fn loops(&self) -> &Loops<'a> {
        &self.collected.loops
    }

    /// The scopes with the index of their names.
    #[inline]
    pub fn names(&self) -> Names<'_, 'a> {
        Names(self)
    }

    /// Every call in source order.
    pub fn call_sites(&self) -> &[&'a ExprCall] {
        &self.collected.calls
    }

    /// The calls of what may go by one of some names, whatever it is an attribute of, in source
    /// order.
    pub(crate) fn calls_of<'f>(
        &'f self,
        names: &'f Likely,
    ) -> impl Iterator<Item = &'a ExprCall> + 'f {
        let calls = self.collected.calls.iter().zip(&self.collected.callees);
        calls.filter(|(_, name)| self.plain || names.may_hold_at(**name)).map(|(call, _)| *call)
    }

    /// The attributes that may go by one of some names, in source order.
    fn attributes_of<'f>(&'f self, names: &'f Likely) -> impl Iterator<Item = NodeId> + 'f {
        let attributes = self.collected.attributes.iter();
        attributes.filter(|(_, name)| names.may_hold_at(*name)).map(|(id, _)| *id)
    }

    /// Every class statement in source order.
    pub fn class_statements(&self) -> &[&'a StmtClassDef] {
        &self.collected.classes
    }

    /// Every function statement in source order.
    pub fn function_statements(&self) -> &[&'a StmtFunctionDef] {
        &self.collected.functions
    }

    /// Every iterable that is made where it is walked.
    pub fn walked(&self) -> &[Walked<'a>] {
        &self.collected.walked
    }

    /// Every subscript of a value that is made on the spot, in source order.
    pub fn subscripts_of_made(&self) -> &[&'a ExprSubscript] {
        &self.collected.subscripts
    }

    /// Every starred name in a target, in source order.
    pub fn rests(&self) -> &[&'a ExprStarred] {
        &self.collected.rests
    }

    /// Every starred argument with its call, in source order.
    pub fn spreads(&self) -> &[(&'a ExprCall, &'a ExprStarred)] {
        &self.collected.spreads
    }

    /// Every attribute that is stored or deleted, in source order.
    pub fn attribute_stores(&self) -> &[&'a ExprAttribute] {
        &self.collected.attribute_stores
    }

    /// Every accumulation in a loop, in source order.
    pub fn accumulations(&self) -> &[Accumulation<'a>] {
        &self.collected.accumulations
    }

    /// Reads of the names of `locals`, `globals`, `vars`, `exec` and `eval`.
    pub fn reflections(&self) -> &[NodeId] {
        &self.collected.reflections
    }

    /// The module's call graph.
    pub fn calls(&self) -> &Calls<'a> {
        self.calls.get_or_init(|| Calls::build(self))
    }

    /// The values that loops carry from pass to pass and make longer, in the order of their leading
    /// statements.
    pub fn carried(&self) -> &[Carried<'a>] {
        self.carried.get_or_init(|| carried::build(self))
    }
}
