//! Methods that a framework calls: what the bases of a class say of how often its methods run.

use ruff_python_ast::StmtClassDef;

use super::context::Own;
use super::{Reason, Repetition, Why};
use crate::catalog::handlers::{self, Family};
use crate::facts::Facts;
use crate::facts::nodes::NodeId;

/// Longer chains of base classes are not followed.
const MAX_BASES: u32 = 8;

/// What a base from outside the module says of the methods of a class.
#[derive(Debug, Clone, Copy)]
enum Said {
    /// All are tests, or help them.
    Test,
    /// Those of the family run as a program starts.
    Startup(&'static Family),
    /// Those of the family run again and again.
    Handler(&'static Family),
    /// So do all of a service that are public.
    Servicer,
    /// `__call__` runs as often as the instances are called, whatever it is elsewhere.
    Callable,
}

/// What the bases of a class say of its methods. The first that says something of a method counts.
#[derive(Debug, Default)]
pub(super) struct Hooks {
    /// With the base in the class statement.
    said: Vec<(Said, NodeId)>,
}

impl Hooks {
    pub(super) fn of<'a>(facts: &Facts<'a>, class: &'a StmtClassDef) -> Hooks {
        let mut said = Vec::new();
        let mut open = vec![(class, NodeId::ROOT, 0)];
        while let Some((class, label, depth)) = open.pop() {
            for base in class.bases() {
                let node = if depth == 0 { facts.nodes().id(base) } else { label };
                if let Some(base) = facts.class_named(base) {
                    if depth < MAX_BASES && open.len() < 16 {
                        open.push((base, node, depth + 1));
                    }
                    continue;
                }
                let Some(base) = facts.qualified(base) else { continue };
                if handlers::TEST_BASES.contains(&base) {
                    said.push((Said::Test, node));
                    return Hooks { said };
                }
                let startup = families(base, handlers::STARTUP_METHODS).map(Said::Startup);
                let handler = families(base, handlers::HANDLER_METHODS).map(Said::Handler);
                let servicer = base.ends_with("Servicer").then_some(Said::Servicer);
                let callable = matches!(base, "type" | "argparse.Action").then_some(Said::Callable);
                let all = startup.chain(handler).chain(servicer).chain(callable);
                said.extend(all.map(|it| (it, node)));
            }
        }
        Hooks { said }
    }

    /// What is known of the method of a name.
    pub(super) fn method(&self, name: &str, id: NodeId) -> Option<Own> {
        let once = |kind, node| Own::Known(Repetition::Once(Reason { kind, node }));
        let repeat = |kind, node| Own::Known(Repetition::Repeat(Reason { kind, node }));
        let said = self.said.iter().find_map(|&(said, node)| match said {
            Said::Test => Some(once(Why::Test, node)),
            Said::Startup(family) => holds(family, name).then(|| once(Why::Startup, node)),
            Said::Handler(family) => holds(family, name).then(|| repeat(Why::HandlerMethod, node)),
            Said::Servicer => (!name.starts_with('_')).then(|| repeat(Why::HandlerMethod, node)),
            Said::Callable => (name == "__call__").then_some(Own::Open),
        });
        let is_special = || name.starts_with("__") && handlers::SPECIAL_METHODS.contains(&name);
        said.or_else(|| is_special().then(|| repeat(Why::SpecialMethod, id)))
    }
}

/// The families that a class of the qualified name belongs to.
fn families(base: &str, families: &'static [Family]) -> impl Iterator<Item = &'static Family> {
    let last = base.rsplit('.').next().unwrap_or(base);
    families.iter().filter(move |family| {
        family.suffixes.iter().any(|suffix| last.ends_with(suffix))
            && family.packages.iter().any(|package| is_in(base, package))
    })
}

/// Whether a method is one of the family's.
fn holds(family: &Family, method: &str) -> bool {
    family.methods.iter().any(|known| match known.strip_suffix('*') {
        Some(prefix) => method.starts_with(prefix),
        None => method == *known,
    })
}

/// Whether a qualified name is of the package.
pub(super) fn is_in(name: &str, package: &str) -> bool {
    name.strip_prefix(package).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
