//! Flow facts in words.

use ruff_python_ast::{Expr, ExprContext};

use super::Teller;
use crate::facts::Facts;
use crate::facts::nodes::Node;

/// `x <- 3, 5 or unbound`: the lines of the definitions that reach each read.
pub(super) fn tell(facts: &Facts<'_>, teller: &mut Teller) {
    for entry in &facts.nodes().entries {
        let Node::Expr(Expr::Name(name)) = entry.node else { continue };
        if name.ctx != ExprContext::Load {
            continue;
        }
        let Some(reaching) = facts.reaching(name) else { continue };
        let mut ends: Vec<String> = reaching
            .definitions()
            .map(|it| format!("line {}", facts.source.position(it.range.start()).row))
            .collect();
        if reaching.may_be_unbound() {
            ends.push("unbound".to_owned());
        }
        teller.tell(name, format!("{} <- {}", name.id, ends.join(" or ")));
    }
}
