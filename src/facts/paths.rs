//! Paths through a body: which statements may, and which must, run after others.
//!
//! Answers for two statements of the same body, along the edges of its control flow, which are a
//! superset of what can happen. What exceptions do outside of `try` and `with` is not among the
//! paths.

use super::Facts;
use super::cfg::acts::{Flow, Marks, Point};
use super::cfg::{EXIT, Event};
use super::nodes::NodeId;

impl Facts<'_> {
    /// Whether a statement may run after another one has begun, in the same call of the body.
    pub fn can_follow(&self, first: NodeId, second: NodeId) -> bool {
        self.same_flow(first, second).is_some_and(|flow| {
            flow.points_of(first).any(|from| {
                let reached = reachable(flow, from, &[]);
                flow.points_of(second).any(|to| reached.comes_to(from, to))
            })
        })
    }

    /// The statements that may run after one and before another, both left out, in source order.
    pub fn between(&self, first: NodeId, second: NodeId) -> Vec<NodeId> {
        let Some(flow) = self.same_flow(first, second) else { return Vec::new() };
        let mut found: Vec<NodeId> = flow
            .begins
            .iter()
            .map(|(id, _)| *id)
            .filter(|id| *id != first && *id != second)
            .filter(|id| !self.nodes().contains(*id, first) && !self.nodes().contains(*id, second))
            .filter(|id| self.can_follow(first, *id) && self.can_follow(*id, second))
            .collect();
        found.dedup();
        found
    }

    /// Whether every path from the entry to a statement runs another one first.
    pub fn dominates(&self, first: NodeId, second: NodeId) -> bool {
        let Some(flow) = self.same_flow(first, second) else { return false };
        let start = Point { block: super::cfg::ENTRY, event: 0 };
        let reached = reachable(flow, start, &[first]);
        first == second || !flow.points_of(second).any(|to| reached.comes_to(start, to))
    }

    /// Whether every path from a statement to the end of its body runs one of some others: by
    /// `return` and by the last statement.
    pub fn on_every_path(&self, from: NodeId, others: &[NodeId]) -> bool {
        let scope = self.scopes().body_scope(self.nodes().scope(from));
        let Some(flow) = self.flow_of(scope) else { return false };
        let mut points = flow.points_of(from).peekable();
        points.peek().is_some()
            && points.all(|from| !reachable(flow, from, others).blocks.contains(&EXIT))
    }

    /// Whether no path leads to a statement: it stands behind a `return`, a `raise`, a `break`, an
    /// endless loop, or a call that ends the program.
    pub fn is_unreachable(&self, statement: NodeId) -> bool {
        let scope = self.scopes().body_scope(self.nodes().scope(statement));
        let Some(flow) = self.flow_of(scope) else { return false };
        let start = Point { block: super::cfg::ENTRY, event: 0 };
        let reached = reachable(flow, start, &[]);
        let mut points = flow.points_of(statement).peekable();
        points.peek().is_some() && points.all(|to| !reached.comes_to(start, to))
    }

    fn same_flow(&self, first: NodeId, second: NodeId) -> Option<&Flow> {
        let scope = |id| self.scopes().body_scope(self.nodes().scope(id));
        (scope(first) == scope(second)).then_some(())?;
        self.flow_of(scope(first))
    }
}

/// The blocks that a walk came to, each from its start.
struct Reached {
    blocks: Vec<u32>,
    /// Where the walk was stopped in a block: what comes before is reached.
    stops: Vec<Point>,
}

impl Reached {
    /// Whether the walk from a point came to another one.
    fn comes_to(&self, from: Point, to: Point) -> bool {
        let open = |at: Point, since: u32| {
            !self
                .stops
                .iter()
                .any(|stop| stop.block == at.block && since <= stop.event && stop.event < at.event)
        };
        from.block == to.block && from.event < to.event && open(to, from.event + 1)
            || self.blocks.contains(&to.block) && open(to, 0)
    }
}

/// Where the paths from a point lead that run none of some statements.
fn reachable(flow: &Flow, from: Point, without: &[NodeId]) -> Reached {
    let mut stops: Vec<Point> = without.iter().flat_map(|id| flow.points_of(*id)).collect();
    stops.sort_unstable();
    let stopped = |block: u32, since: u32| {
        let at = stops.partition_point(|stop| *stop < Point { block, event: since });
        stops.get(at).is_some_and(|stop| stop.block == block)
    };
    let mut seen = Marks::new(flow.cfg.blocks.len());
    let mut blocks = Vec::new();
    let mut work = vec![(from.block, from.event + u32::from(!is_entry(flow, from)))];
    while let Some((block, since)) = work.pop() {
        if stopped(block, since) {
            continue;
        }
        for &next in flow.cfg.blocks.get(block as usize).map_or(&[][..], |it| &it.after) {
            if seen.insert(next) {
                blocks.push(next);
                work.push((next, 0));
            }
        }
    }
    Reached { blocks, stops }
}

/// Whether a point is no statement but the start of a block.
fn is_entry(flow: &Flow, at: Point) -> bool {
    let events = flow.cfg.blocks.get(at.block as usize).map(|block| &block.events);
    !events
        .and_then(|events| events.get(at.event as usize))
        .is_some_and(|event| matches!(event, Event::Begin(_)))
}
