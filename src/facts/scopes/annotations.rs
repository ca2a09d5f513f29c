//! Which expressions are annotations, and which of them Python evaluates where they stand.

use crate::facts::Facts;
use crate::facts::nodes::NodeId;

/// When an annotation is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Evaluated {
    /// Where it stands, unless the file imports `annotations` from `__future__`. From Python 3.14
    /// on: when somebody asks for it.
    Here,
    /// Never: the annotation of a function's own name.
    Never,
    /// When somebody asks for it: the value of a `type` statement, the bound and the default of a
    /// type parameter.
    OnDemand,
}

impl Facts<'_> {
    /// The annotation that a node lies in, by its outermost expression, and when it is evaluated.
    fn annotation_around(&self, node: NodeId) -> Option<Evaluated> {
        let all = &self.scopes().annotations;
        let at = all.partition_point(|(root, _)| *root <= node).checked_sub(1)?;
        let (root, evaluated) = all.get(at)?;
        self.nodes().contains(*root, node).then_some(*evaluated)
    }

    /// Whether an expression is an annotation or part of one: of a parameter, of what a function
    /// returns, of a name or attribute; also the value of a `type` statement and what stands in
    /// type parameters.
    pub fn is_annotation(&self, node: NodeId) -> bool {
        self.annotation_around(node).is_some()
    }

    /// Whether an annotation is not evaluated where it stands. Up to Python 3.13; later no
    /// annotation is.
    pub fn is_deferred_annotation(&self, node: NodeId) -> bool {
        self.annotation_around(node).is_some_and(|evaluated| match evaluated {
            Evaluated::Here => self.scopes().future_annotations,
            Evaluated::Never | Evaluated::OnDemand => true,
        })
    }

    /// The outermost expression of every annotation, in the order of the nodes.
    pub fn annotations(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.scopes().annotations.iter().map(|(root, _)| *root)
    }
}
