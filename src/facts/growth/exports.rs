//! Names that other modules or code may reach by any name: `__all__` and `globals()`.

use ruff_python_ast::Expr;

use super::containers::Found;
use super::{Escape, Place, Way};
use crate::facts::Facts;
use crate::facts::nodes::Node;
use crate::facts::scopes::{DefinitionKind, ScopeId};

/// `__all__` and reflection.
pub(super) fn hide<'a>(facts: &Facts<'a>, found: &mut Found<'a>) {
    let names = facts.names();
    if let Some(all) = names.binding(ScopeId::MODULE, "__all__") {
        for definition in names.definitions(all) {
            let DefinitionKind::Assign { value, .. } = definition.kind else { continue };
            let (Expr::List(ruff_python_ast::ExprList { elts, .. })
            | Expr::Tuple(ruff_python_ast::ExprTuple { elts, .. })) = value
            else {
                continue;
            };
            for exported in elts {
                let Expr::StringLiteral(text) = exported else { continue };
                let Some(binding) = names.binding(ScopeId::MODULE, text.value.to_str()) else {
                    continue;
                };
                if let Some(&index) = found.bindings.get(&binding) {
                    let node = facts.nodes().id(exported);
                    let escape = Escape { node, how: Way::Exported };
                    found.all[index as usize].escapes.push(escape);
                }
            }
        }
    }
    for &node in facts.reflections() {
        let Some(Node::Expr(Expr::Name(name))) = facts.nodes().get(node) else { continue };
        let global = match name.id.as_str() {
            "globals" | "exec" | "eval" => true,
            // At module level these are the same namespace.
            "locals" | "vars" => {
                let bare = matches!(facts.nodes().get(facts.nodes().parent(node)),
                    Some(Node::Expr(Expr::Call(call))) if call.arguments.is_empty());
                bare && !facts.is_in_function(facts.nodes().scope(node))
            }
            _ => false,
        };
        if global {
            for growing in &mut found.all {
                if let Place::Global = growing.place {
                    growing.escapes.push(Escape { node, how: Way::Reflection });
                }
            }
            return;
        }
    }
}
