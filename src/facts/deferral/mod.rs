//! Deferral: whether the items of a list could be made one at a time, by what takes them, and not
//! all at once where the list stands.
//!
//! Answers for a list that is walked where it stands (`here`) and for one that a name carries to its
//! only walk (`carried`). What runs in between and between two items is judged against what making
//! the items reads: names and what they hold, the attributes and items of what is walked. A list is
//! also a snapshot: where code that runs meanwhile may change what the list was made of, or probably
//! does, the list is taken to be wanted. Calls that are not known may change anything that they can
//! reach.
//!
//! Where the list stands, what making an item may do itself counts as well: it may fail, or have an
//! effect. For a carried list that is asked of `purity`, since what it has to be depends on who takes
//! the items. Does not ask whether they all are taken, nor whether anybody saves by it.

mod carried;
mod here;
mod meanwhile;
mod read;

use ruff_python_ast::{Expr, ExprCall};

use super::Facts;
use super::comprehensions::Built;
use super::effects::Effect;
use super::mutation::is_reader;
use super::nodes::{Node, NodeId};
use super::types::Kind;
use super::walked::Walked;

/// Whether the items would be the same if each were made when it is taken, bit by bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deferral {
    /// Nothing that runs meanwhile has to do with it.
    Same,
    /// Nothing is seen to change what is read, but code that is not known runs meanwhile, or an
    /// item may fail.
    Unknown,
    /// What is read changes meanwhile, or probably does, or making an item does more than read: the
    /// place that changes it, or the part that would differ.
    Differs(NodeId),
}

impl Deferral {
    /// Whether the items would differ, or probably would.
    pub fn differs(self) -> bool {
        matches!(self, Deferral::Differs(_))
    }

    /// What holds of two parts together.
    fn and(self, other: Deferral) -> Deferral {
        match (self, other) {
            (Deferral::Differs(_), _) | (_, Deferral::Same) => self,
            _ if other.differs() => other,
            _ => Deferral::Unknown,
        }
    }
}

/// Where the items of a list are taken.
#[derive(Debug, Clone, Copy)]
pub enum Taken<'w, 'a> {
    /// Where the list stands: it is the iterable of the walk, or an argument of a lazy call that is.
    Here(&'w Walked<'a>),
    /// Elsewhere: a name carries it.
    Carried {
        /// The statement that makes the list.
        made: NodeId,
        /// The statement or expression that walks it.
        walked: NodeId,
    },
}

impl<'a> Facts<'a> {
    /// Whether the items of a list, tuple or set could be made where they are taken.
    pub fn deferral(&self, list: &'a Expr, built: Built<'a>, taken: Taken<'_, 'a>) -> Deferral {
        let differs = Deferral::Differs(self.nodes().id(list));
        let made = match built {
            Built::Comprehension(_, clauses) => {
                if self.would_be_asynchronous(list, clauses)
                    || self.differs_as_generator(list, clauses)
                {
                    return differs;
                }
                list
            }
            // `x in ".."` looks for a part, `x in {..}` for a hash.
            Built::Collected(inner) => {
                let kind = self.kind_of(inner);
                let finds = matches!(kind, Kind::Iterator | Kind::List | Kind::Tuple);
                if self.is_membership(taken) && !finds {
                    return differs;
                }
                inner
            }
        };
        match taken {
            Taken::Here(walked) => self.deferral_here(list, built, walked),
            Taken::Carried { .. } if self.has_effect_inside(made) => differs,
            // A dict or set that grows while it is walked is an error, and other threads see this one.
            Taken::Carried { .. }
                if matches!(built, Built::Collected(_)) && self.is_view_of_shared(made) =>
            {
                differs
            }
            Taken::Carried { made: from, walked } => {
                match self.deferral_carried(made, from, walked) {
                    // A copy of what others may change is there to be one.
                    Deferral::Unknown
                        if matches!(built, Built::Collected(_))
                            && self.kind_of(made) != Kind::Iterator
                            && !made.is_generator_expr() =>
                    {
                        differs
                    }
                    answer => answer,
                }
            }
        }
    }

    /// Whether an iterable is a dict, a set or a view of a dict that not only this function has:
    /// `self.rows`, `self.rows.keys()`.
    fn is_view_of_shared(&self, iterable: &'a Expr) -> bool {
        let of = match iterable {
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(func)
                    if matches!(func.attr.as_str(), "items" | "keys" | "values")
                        && call.arguments.is_empty() =>
                {
                    &func.value
                }
                _ => return false,
            },
            Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_)
                if matches!(self.kind_of(iterable), Kind::Dict | Kind::Set) =>
            {
                iterable
            }
            _ => return false,
        };
        !self.is_local_name(of)
    }

    /// Whether `in` takes the items.
    fn is_membership(&self, taken: Taken<'_, 'a>) -> bool {
        let walk = match taken {
            Taken::Here(walked) => self.nodes().parent(self.nodes().id(walked.iterable)),
            Taken::Carried { walked, .. } => walked,
        };
        matches!(self.nodes().get(walk), Some(Node::Expr(Expr::Compare(_))))
    }

    /// Whether evaluating the items of a comprehension does anything beyond reading: a call that is
    /// not known, an `await`, a store. Its first iterable is evaluated where it stands.
    fn has_effect_inside(&self, value: &'a Expr) -> bool {
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
}

/// The name that a chain of attributes begins with.
fn root(mut place: &Expr) -> Option<&ruff_python_ast::ExprName> {
    loop {
        match place {
            Expr::Name(name) => return Some(name),
            Expr::Attribute(it) => place = &it.value,
            _ => return None,
        }
    }
}
