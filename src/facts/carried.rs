//! Values that a loop carries from pass to pass and makes longer: which target, from which loop
//! on, how often at most, and who else holds the value.
//!
//! An accumulation is carried by its loop only if nothing in the loop gives its target another
//! value or makes it another target. The loop that counts is the outermost one of which that is
//! true. All accumulations of one target in that loop are one carried value.

use ruff_python_ast::{Expr, ExprContext, InterpolatedStringElement, Operator, Stmt};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::{FxHashMap, FxHashSet};

use super::Facts;
use super::accumulated;
use super::cost::SMALL;
use super::flow::{Accumulation, Shape, same_place};
use super::loops::{LoopId, LoopKind};
use super::moved::{Moved, moved};
use super::nodes::{Node, NodeId, Nodes};
use super::passes::Passes;
use super::scopes::{BindingId, Resolution, ScopeId, ScopeKind};
use super::short::is_joint;
use super::types::Kind;
use crate::catalog::joins;

/// A value that a loop carries and makes longer.
#[derive(Debug)]
pub struct Carried<'a> {
    /// The statements that make it longer, in source order.
    pub steps: Vec<Accumulation<'a>>,
    /// The position in `steps` of the one that stands for all: the first that copies whatever the
    /// interpreter, else the first.
    pub lead: usize,
    /// The kind of the value.
    pub kind: Kind,
    /// Where it is kept.
    pub place: Place<'a>,
    /// The outermost loop that carries it.
    pub outermost: LoopId,
    /// How often the steps run, where it is known.
    pub passes: Option<u64>,
    /// Which of several values is made longer depends on the pass.
    pub keyed: bool,
}

/// How many other steps a finding shows.
const SHOWN: usize = 5;

/// Where a value is kept.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// A name of a function that nothing inside the function captures.
    Local(BindingId),
    /// A name of a function that something inside the function captures: what does.
    Captured(ScopeKind<'a>),
    /// A name of the module, in module code.
    Module,
    /// A name of a class body, in that body.
    Class,
    /// A name of the module, in a function.
    Global,
    /// An attribute of the object that a method belongs to.
    Attribute,
    /// An item of a container.
    Item,
}

impl<'a> Carried<'a> {
    /// The step that stands for all.
    pub fn lead(&self) -> &Accumulation<'a> {
        &self.steps[self.lead]
    }

    /// What grows.
    pub fn target(&self) -> &'a Expr {
        self.lead().target
    }

    /// Whether a node is one of the steps.
    pub fn is_step(&self, node: NodeId) -> bool {
        self.steps.binary_search_by_key(&node, |step| step.node).is_ok()
    }

    /// Whether a node lies in one of the steps.
    pub fn is_in_step(&self, nodes: &Nodes<'a>, node: NodeId) -> bool {
        self.is_step(node) || nodes.ancestors(node).any(|(at, _)| self.is_step(at))
    }

    /// Whether one of the steps lies in a run of nodes.
    pub fn has_step_in(&self, from: NodeId, to: NodeId) -> bool {
        let first = self.steps.partition_point(|step| step.node < from);
        self.steps.get(first).is_some_and(|step| step.node < to)
    }

    /// Whether the steps are of the form, and the place of the kind, that CPython extends in
    /// place for a `str`.
    pub fn in_place(&self) -> bool {
        matches!(self.place, Place::Local(_)) && self.lead().is_append()
    }
}

impl<'a> Facts<'a> {
    /// The carried value that a statement stands for.
    pub fn carried_by(&self, step: &Accumulation<'a>) -> Option<&Carried<'a>> {
        let carried = self.carried();
        let at = carried.binary_search_by_key(&step.node, |it| it.lead().node).ok()?;
        Some(&carried[at])
    }

    /// The other steps of a carried value, as far as a reader wants to see them.
    pub fn other_steps(&self, carried: &Carried<'a>) -> Vec<TextRange> {
        let lead = carried.lead().node;
        let others = carried.steps.iter().filter(|step| step.node != lead);
        others.map(|step| range(self, step)).take(SHOWN).collect()
    }

    /// A name or attribute that holds the old value of a carried local on every pass of the
    /// append's own loop: `other = text`.
    pub fn alias_of(&self, carried: &Carried<'a>) -> Option<&'a Expr> {
        // The steps of one block have the same answer.
        let mut before = None;
        carried.steps.iter().find_map(|step| {
            let block = self.nodes().block(step.node).map(<[Stmt]>::as_ptr);
            let seen = std::mem::replace(&mut before, block) == block;
            if seen { None } else { self.alias_at(step) }
        })
    }

    fn alias_at(&self, step: &Accumulation<'a>) -> Option<&'a Expr> {
        let nodes = self.nodes();
        let own = self.loops().get(step.innermost)?.node;
        let block = nodes.block(step.node)?;
        self.statements_below(own).find_map(|stmt| {
            let Stmt::Assign(it) = stmt else { return None };
            let every_pass = nodes.parent(nodes.id(stmt)) == own
                || nodes.block(nodes.id(stmt)).is_some_and(|other| std::ptr::eq(other, block));
            if !every_pass || !same_place(&it.value, step.target) {
                return None;
            }
            let holder = it
                .targets
                .iter()
                .find(|target| matches!(target, Expr::Name(_) | Expr::Attribute(_)))?;
            let kept = !self.stores_below(own, holder).any(|other| !std::ptr::eq(other, holder));
            kept.then_some(holder)
        })
    }

    /// The stores and deletions of a place below a node.
    pub fn stores_below(&self, below: NodeId, place: &'a Expr) -> impl Iterator<Item = &'a Expr> {
        self.nodes().descendants(below).filter_map(move |id| {
            let expr = self.nodes().get(id)?.as_expr()?;
            let ctx = match expr {
                Expr::Name(it) => it.ctx,
                Expr::Attribute(it) => it.ctx,
                Expr::Subscript(it) => it.ctx,
                _ => return None,
            };
            (matches!(ctx, ExprContext::Store | ExprContext::Del) && same_place(expr, place))
                .then_some(expr)
        })
    }
}

/// Answers that are the same for all steps of a target in a loop or function: many steps of one
/// target cost one walk over the loop. Targets go by their text.
#[derive(Default)]
struct Known<'a> {
    kinds: FxHashMap<(ScopeId, &'a str), Kind>,
    loops: FxHashMap<(LoopId, &'a str), (Moved, Passes)>,
}

pub(super) fn build<'a>(facts: &Facts<'a>) -> Vec<Carried<'a>> {
    let mut found: Vec<Carried<'a>> = Vec::new();
    let mut known = Known::default();
    for step in facts.accumulations() {
        let Some(one) = judge(facts, &mut known, step) else { continue };
        let known = found
            .iter_mut()
            .rev()
            .find(|it| it.outermost == one.outermost && same_place(it.target(), step.target));
        match known {
            Some(known) => {
                if known.kind == one.kind {
                    known.steps.push(*step);
                    known.passes = known.passes.zip(one.passes).map(|(a, b)| a.max(b));
                    if known.kind == Kind::Str && known.lead().is_append() && !step.is_append() {
                        known.lead = known.steps.len() - 1;
                    }
                }
            }
            None => found.push(one),
        }
    }
    let mut taken = FxHashMap::default();
    found.retain(|carried| {
        let target = facts.source.slice(carried.target().range());
        let of = carried.outermost;
        !taken.entry(of).or_insert_with(|| results(facts, of)).contains(target)
    });
    for carried in &mut found {
        if let Place::Local(binding) = carried.place
            && let Some(by) = captor(facts, binding)
        {
            carried.place = Place::Captured(by);
        }
    }
    for carried in &mut found {
        let lead = carried.lead().node;
        carried.steps.sort_by_key(|step| step.node);
        carried.lead = carried.steps.iter().position(|step| step.node == lead).unwrap_or(0);
    }
    found.sort_by_key(|carried| carried.lead().node);
    found
}

/// The carried value of one step, if the loop carries it. Cheap questions come first.
fn judge<'a>(
    facts: &Facts<'a>,
    known: &mut Known<'a>,
    step: &Accumulation<'a>,
) -> Option<Carried<'a>> {
    if matches!(step.shape, Shape::Wrapped) || !step.shape.grows() {
        return None;
    }
    if is_named(step) || keeps_its_keys(step) {
        return None;
    }
    if let Shape::Augmented { piece } | Shape::Added { piece, .. } = step.shape {
        // A list that is augmented grows in place.
        let in_place = matches!(piece, Expr::List(_) | Expr::ListComp(_))
            && matches!(step.shape, Shape::Augmented { .. });
        if piece.is_number_literal_expr() || in_place || same_place(piece, step.target) {
            return None;
        }
    }
    let loops = facts.loops();
    if loops.get(step.innermost)?.kind == LoopKind::Comprehension {
        return None;
    }
    let text = facts.source.slice(step.target.range());
    let scope = facts.scopes().body_scope(facts.nodes().scope(step.node));
    let kind = facts.formed_kind(step).unwrap_or_else(|| {
        *known.kinds.entry((scope, text)).or_insert_with(|| facts.target_kind(step.target))
    });
    if !accumulated::copies(kind, step.shape) {
        return None;
    }
    if let Shape::Augmented { piece } | Shape::Added { piece, .. } = step.shape {
        let piece = facts.kind_of(piece);
        if piece != kind && !matches!(piece, Kind::Unknown | Kind::Never | Kind::None) {
            return None;
        }
    }
    let place = place(facts, step)?;
    let mut outermost = LoopId::NONE;
    let mut passes = Some(1u64);
    let mut keyed = false;
    let mut at = step.innermost;
    while let Some(around) = loops.get(at) {
        if around.kind == LoopKind::Comprehension {
            return None;
        }
        if !facts.runs_once_per_loop(step.node, at) {
            let (moved, runs) = *known.loops.entry((at, text)).or_insert_with(|| {
                let moved = moved(facts, step, place, around.node);
                (moved, facts.passes(around, step.target))
            });
            match moved {
                Moved::No => {}
                Moved::Keyed => keyed = true,
                Moved::Yes => break,
            }
            if facts.is_collision(step, around.node) || facts.is_padding(step, around.node) {
                return None;
            }
            match runs {
                Passes::UntilGrown => return None,
                Passes::Unknown => passes = None,
                Passes::AtMost(count) => passes = passes.and_then(|it| it.checked_mul(count)),
            }
            outermost = at;
        }
        at = around.parent;
    }
    if !outermost.exists() || passes.is_some_and(|passes| passes <= SMALL) {
        return None;
    }
    Some(Carried { steps: vec![*step], lead: 0, kind, place, outermost, passes, keyed })
}

/// Whether a step adds a part to a path, an address or a dotted name, as `f"{path}/{part}"` and
/// `name + "." + part`: these are short.
fn is_named(step: &Accumulation<'_>) -> bool {
    let is_target = |expr: &Expr| same_place(expr, step.target);
    match step.value {
        Expr::FString(it) if matches!(step.shape, Shape::FString) => {
            let mut elements = it.value.elements();
            let joint = |element: &InterpolatedStringElement| {
                element.as_literal().is_some_and(|text| is_joint(&text.value))
            };
            let field = |element: &InterpolatedStringElement| element.as_interpolation().is_some();
            elements.next().is_some_and(field)
                && elements.next().is_some_and(joint)
                && elements.next().is_some_and(field)
                && elements.next().is_none()
        }
        Expr::BinOp(it) if it.op == Operator::Add => match &*it.left {
            Expr::BinOp(left) if left.op == Operator::Add => {
                let joint = left.right.as_string_literal_expr();
                is_target(&left.left) && joint.is_some_and(|text| is_joint(text.value.to_str()))
            }
            _ => false,
        },
        _ => false,
    }
}

/// Whether a step makes a dict with the same keys on each pass: `{"a": x, **target}`.
fn keeps_its_keys(step: &Accumulation<'_>) -> bool {
    let Expr::Dict(it) = step.value else { return false };
    it.items.iter().all(|item| match &item.key {
        Some(key) => key.is_literal_expr(),
        None => same_place(&item.value, step.target),
    })
}

fn place<'a>(facts: &Facts<'a>, step: &Accumulation<'a>) -> Option<Place<'a>> {
    match step.target {
        Expr::Attribute(_) => Some(Place::Attribute),
        Expr::Subscript(it) => {
            let plain = !facts.any_below(facts.nodes().id(&*it.slice), |part| {
                !matches!(
                    part,
                    Expr::Name(_)
                        | Expr::Attribute(_)
                        | Expr::StringLiteral(_)
                        | Expr::NumberLiteral(_)
                        | Expr::UnaryOp(_)
                )
            });
            plain.then_some(Place::Item)
        }
        Expr::Name(name) => {
            let names = facts.names();
            let Resolution::Binding(binding) = names.resolve(name) else { return None };
            let home = names.scope(binding);
            let here = facts.scopes().body_scope(facts.nodes().scope(step.node));
            Some(match facts.scopes().get(home).kind {
                ScopeKind::Module if here == ScopeId::MODULE => Place::Module,
                ScopeKind::Module => Place::Global,
                ScopeKind::Class(_) => Place::Class,
                _ if home != here => Place::Captured(facts.scopes().get(here).kind),
                _ => Place::Local(binding),
            })
        }
        _ => None,
    }
}

/// The places whose value in each pass of a loop is a result, or the key of one, by itself or as a
/// part of another text, by their text: appended, yielded, stored under a key.
fn results<'a>(facts: &Facts<'a>, of: LoopId) -> FxHashSet<&'a str> {
    const TAKES: &[&str] = &["append", "appendleft", "add", "insert", "put", "put_nowait"];
    let mut found = FxHashSet::default();
    let Some(of) = facts.loops().get(of) else { return found };
    let mut take = |expr: &'a Expr| {
        parts(expr, &mut |part| {
            found.insert(facts.source.slice(part.range()));
        });
    };
    for id in facts.nodes().descendants(of.node) {
        match facts.nodes().get(id) {
            Some(Node::Expr(Expr::Call(call))) => match &*call.func {
                // `np.append(arr, x)` takes nothing.
                Expr::Attribute(func)
                    if TAKES.contains(&func.attr.as_str())
                        && facts.qualified(&call.func).and_then(joins::joined).is_none() =>
                {
                    call.arguments.args.iter().for_each(&mut take);
                }
                _ => {}
            },
            Some(Node::Expr(Expr::Yield(it))) => {
                it.value.as_deref().into_iter().for_each(&mut take);
            }
            Some(Node::Stmt(Stmt::Assign(it))) => {
                for target in &it.targets {
                    let Expr::Subscript(item) = target else { continue };
                    take(&item.slice);
                    // An item that is made of its own old value grows.
                    let mut grows = false;
                    parts(&it.value, &mut |part| grows |= same_place(part, target));
                    if !grows {
                        take(&it.value);
                    }
                }
            }
            _ => {}
        }
    }
    found
}

/// An expression and the texts that it is put together of: `f"{path}/{name}"`, `path + name`.
fn parts<'a>(expr: &'a Expr, take: &mut impl FnMut(&'a Expr)) {
    take(expr);
    match expr {
        Expr::FString(it) => {
            let fields =
                it.value.elements().filter_map(InterpolatedStringElement::as_interpolation);
            fields.for_each(|field| take(&field.expression));
        }
        Expr::BinOp(it) if it.op == Operator::Add => {
            parts(&it.left, take);
            parts(&it.right, take);
        }
        _ => {}
    }
}

/// What inside a name's function reads or writes the name, so that it lives in a cell. List, set
/// and dict comprehensions are inlined and do not count.
fn captor<'a>(facts: &Facts<'a>, binding: BindingId) -> Option<ScopeKind<'a>> {
    let home = facts.names().scope(binding);
    let scopes = facts.scopes();
    facts.names().uses(binding).find_map(|(id, _)| {
        scopes
            .enclosing(facts.nodes().scope(id))
            .take_while(|(at, _)| *at != home)
            .filter(|(_, scope)| match scope.kind {
                ScopeKind::Comprehension(node) => node.is_generator_expr(),
                ScopeKind::TypeParams => false,
                _ => true,
            })
            .last()
            .map(|(_, scope)| scope.kind)
    })
}

/// The range of a step: its statement, or its `:=` expression.
pub fn range(facts: &Facts<'_>, step: &Accumulation<'_>) -> TextRange {
    facts.nodes().get(step.node).map_or_else(TextRange::default, |node| node.range())
}
