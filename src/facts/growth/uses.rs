//! Every use of a container: growth, removal, bound, escape or reading.

mod guards;
mod operations;

use ruff_python_ast::{Expr, ExprContext, Stmt};

use operations::Use;

use super::containers::Found;
use super::{Escape, How, Place, Way};
use crate::facts::Facts;
use crate::facts::classes::attributes::Receiver;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::{BindingId, DefinitionKind, Resolution, ScopeKind};

/// Follows every use of the containers.
pub(super) fn follow<'a>(facts: &Facts<'a>, found: &mut Found<'a>) {
    let mut aliases: Vec<(BindingId, &'a str, u32)> = Vec::new();
    for entry in &facts.nodes().entries {
        let Node::Expr(expr) = entry.node else { continue };
        match expr {
            Expr::Name(name) => {
                let Some(named) = found.names.get(name.id.as_str()) else { continue };
                if !named.binding {
                    continue;
                }
                let Resolution::Binding(binding) = facts.names().resolve(name) else { continue };
                let Some(&index) = found.bindings.get(&binding) else { continue };
                let growing = &mut found.all[index as usize];
                let mut at = Use { facts, growing, id: facts.nodes().id(name), foreign: false };
                if let Some((alias, name)) = at.note() {
                    aliases.push((alias, name, index));
                }
            }
            Expr::Attribute(it) => {
                let Some(named) = found.names.get(it.attr.as_str()) else { continue };
                if named.attributes.is_empty() {
                    continue;
                }
                let id = facts.nodes().id(it);
                let class = match facts.receiver(&it.value) {
                    Receiver::Instance(class, _) | Receiver::Class(class) => class,
                    Receiver::Other => {
                        if facts.qualified(&it.value).is_some() {
                            continue;
                        }
                        for &index in &named.attributes {
                            let growing = &mut found.all[index as usize];
                            Use { facts, growing, id, foreign: true }.note();
                        }
                        continue;
                    }
                };
                let table = facts.classes();
                let Some(class) = table.id(facts, class) else { continue };
                let key = (table.owner(class, it.attr.as_str()), it.attr.as_str());
                let Some(&index) = found.attributes.get(&key) else { continue };
                let growing = &mut found.all[index as usize];
                if let Some((alias, name)) = (Use { facts, growing, id, foreign: false }).note() {
                    aliases.push((alias, name, index));
                }
            }
            Expr::StringLiteral(text) => {
                // `getattr(self, "cache")` and its like.
                let Some(named) = found.names.get(text.value.to_str()) else { continue };
                let id = facts.nodes().id(text);
                if facts.is_name_of_attribute(id) {
                    for &index in &named.attributes {
                        let escape = Escape { node: id, how: Way::Reflection };
                        found.all[index as usize].escapes.push(escape);
                    }
                }
            }
            _ => {}
        }
    }
    reflection(facts, found);
    if !aliases.is_empty() {
        follow_aliases(facts, found, &aliases);
    }
    for growing in &mut found.all {
        // What is stored in it may be anything: only known containers grow when they are added to.
        if !growing.nested {
            growing.growths.retain(|growth| growth.how != How::Nested);
        }
        growing.growths.sort_by_key(|growth| growth.node);
        growing.shrinks.sort_by_key(|shrink| shrink.node);
    }
}

fn follow_aliases<'a>(
    facts: &Facts<'a>,
    found: &mut Found<'a>,
    aliases: &[(BindingId, &'a str, u32)],
) {
    let known: rustc_hash::FxHashSet<&str> = aliases.iter().map(|(_, name, _)| *name).collect();
    let by_binding: rustc_hash::FxHashMap<BindingId, u32> =
        aliases.iter().map(|(binding, _, index)| (*binding, *index)).collect();
    for entry in &facts.nodes().entries {
        let Node::Expr(Expr::Name(name)) = entry.node else { continue };
        if name.ctx == ExprContext::Store && !is_augmented(facts, facts.nodes().id(name))
            || !known.contains(name.id.as_str())
        {
            continue;
        }
        let Resolution::Binding(binding) = facts.names().resolve(name) else { continue };
        let Some(&index) = by_binding.get(&binding) else { continue };
        let growing = &mut found.all[index as usize];
        let id = facts.nodes().id(name);
        if (Use { facts, growing, id, foreign: false }).note().is_some() {
            found.all[index as usize].escapes.push(Escape { node: id, how: Way::Aliased });
        }
    }
}

fn is_augmented(facts: &Facts<'_>, id: NodeId) -> bool {
    matches!(facts.nodes().get(facts.nodes().parent(id)), Some(Node::Stmt(Stmt::AugAssign(_))))
}

/// `vars(self)`, `self.__dict__`, `getattr(self, name)`: the attributes of the hierarchy may be
/// reached by any name.
fn reflection<'a>(facts: &Facts<'a>, found: &mut Found<'a>) {
    if found.attributes.is_empty() {
        return;
    }
    let mut reach = |class: &ruff_python_ast::StmtClassDef, node: NodeId| {
        let table = facts.classes();
        let hierarchy = table.id(facts, class).map_or(u32::MAX, |id| table.owner(id, ""));
        for growing in &mut found.all {
            let (Place::Class(of) | Place::Instance(of)) = growing.place else { continue };
            if table.id(facts, of).is_some_and(|id| table.owner(id, "") == hierarchy) {
                growing.escapes.push(Escape { node, how: Way::Reflection });
            }
        }
    };
    for call in facts.call_sites() {
        let Expr::Name(func) = &*call.func else { continue };
        let computed = match func.id.as_str() {
            "vars" => true,
            "getattr" | "setattr" | "delattr" => {
                !call.arguments.args.get(1).is_some_and(Expr::is_string_literal_expr)
            }
            _ => false,
        };
        let Some(Expr::Name(first)) = call.arguments.args.first() else { continue };
        if computed && let Some(class) = facts.class_of_self(first) {
            reach(class, facts.nodes().id(*call));
        }
    }
    if !facts.source.text().contains("__dict__") {
        return;
    }
    for (index, entry) in facts.nodes().entries.iter().enumerate() {
        if let Node::Expr(Expr::Attribute(it)) = entry.node
            && it.attr.as_str() == "__dict__"
            && let Expr::Name(of) = &*it.value
            && let Some(class) = facts.class_of_self(of)
        {
            reach(class, NodeId::new(index));
        }
    }
}

impl<'a> Facts<'a> {
    /// Whether a statement is one of a block.
    pub(super) fn is_within(&self, body: &[Stmt], child: NodeId) -> bool {
        body.first().zip(body.last()).is_some_and(|(first, last)| {
            self.nodes().id(first) <= child && child <= self.nodes().id(last)
        })
    }

    /// The binding of a target that is a local name with no other definition.
    fn only_local(&self, target: &'a ruff_python_ast::ExprName) -> Option<BindingId> {
        let names = self.names();
        let Resolution::Binding(binding) = names.resolve(target) else { return None };
        let function = matches!(
            self.scopes().get(names.scope(binding)).kind,
            ScopeKind::Function(_) | ScopeKind::Lambda(_)
        );
        let only = names.only_definition(binding)?;
        (function && matches!(only.kind, DefinitionKind::Assign { .. })).then_some(binding)
    }

    /// Whether a string is the name that `getattr` and its like are asked for.
    fn is_name_of_attribute(&self, id: NodeId) -> bool {
        let Some(Node::Expr(Expr::Call(call))) = self.nodes().get(self.nodes().parent(id)) else {
            return false;
        };
        let asked = match &*call.func {
            Expr::Name(func) => {
                matches!(func.id.as_str(), "getattr" | "setattr" | "delattr" | "attrgetter")
            }
            Expr::Attribute(func) => {
                matches!(func.attr.as_str(), "attrgetter" | "object" | "setattr" | "__setattr__")
            }
            _ => false,
        };
        asked && call.arguments.args.iter().any(|argument| self.nodes().id(argument) == id)
    }
}
