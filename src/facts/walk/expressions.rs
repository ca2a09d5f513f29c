//! The walk's half over expressions: comprehensions, calls, and all that can nest.

use ruff_python_ast::{
    CmpOp, Comprehension, Expr, ExprCall, ExprContext, ExprName, FStringPart, HasNodeIndex,
    InterpolatedStringElement,
};

use super::Walker;
use crate::facts::Facts;
use crate::facts::flow;
use crate::facts::likely::Glance;
use crate::facts::loops::{LoopId, LoopKind};
use crate::facts::nodes::{Node, Shape};
use crate::facts::scopes::{DefinitionKind, ScopeKind};
use crate::facts::walked::{self, By};

impl<'a> Walker<'a> {
    /// The first iterable runs in the scope around; all else in the comprehension's own. The
    /// element stands first in the source but runs in the innermost clause.
    fn comprehension(
        &mut self,
        expr: &'a Expr,
        elements: [Option<&'a Expr>; 2],
        generators: &'a [Comprehension],
    ) {
        let node = self.parent;
        let (outer_scope, outer_loop) = (self.scope, self.innermost);
        let scope = self.out.scopes.open(ScopeKind::Comprehension(expr), outer_scope, node);
        // Loops must exist before the element is walked: one per clause, nested.
        let mut inside = LoopId::new(self.out.loops.loops.len());
        self.scope = scope;
        for generator in generators {
            self.open_loop(
                LoopKind::Comprehension,
                node,
                Some(&generator.iter),
                Some(&generator.target),
            );
        }
        for element in elements.into_iter().flatten() {
            self.expr(element);
        }
        let mut around = (outer_scope, outer_loop);
        for generator in generators {
            self.innermost = inside;
            self.loop_target(&generator.target, &generator.iter);
            (self.scope, self.innermost) = around;
            self.expr(&generator.iter);
            around = (scope, inside);
            (self.scope, self.innermost) = around;
            self.exprs(&generator.ifs);
            inside = inside.next();
        }
        (self.scope, self.innermost) = (outer_scope, outer_loop);
    }

    fn yields(&mut self) {
        let body = self.out.scopes.body_scope(self.scope);
        self.out.scopes.yielding.insert(body);
    }

    fn interpolated(&mut self, element: &'a InterpolatedStringElement) {
        let InterpolatedStringElement::Interpolation(element) = element else { return };
        self.expr(&element.expression);
        if let Some(spec) = &element.format_spec {
            for element in &*spec.elements {
                self.interpolated(element);
            }
        }
    }

    fn call(&mut self, call: &'a ExprCall) {
        self.out.calls.push(call);
        self.out.callees.push(Glance::of(Facts::tail_of_callee(call).unwrap_or_default()));
        for argument in &call.arguments.args {
            if let Expr::Starred(it) = argument {
                self.out.spreads.push((call, it));
            }
        }
        self.expr(&call.func);
        self.arguments(&call.arguments);
    }

    fn name(&mut self, expr: &'a Expr, name: &'a ExprName) {
        let id = self.leaf(Node::Expr(expr), &name.node_index, Shape::NAME);
        self.out.scopes.mention(id, self.scope);
        if name.ctx == ExprContext::Load
            && matches!(name.id.as_str(), "locals" | "globals" | "vars" | "exec" | "eval")
        {
            self.out.reflections.push(id);
        }
    }

    pub(super) fn expr(&mut self, expr: &'a Expr) {
        if let Expr::Name(name) = expr {
            return self.name(expr, name);
        }
        let mark = self.enter(Node::Expr(expr), expr.node_index(), Shape::of_expr(expr));
        match expr {
            // Names are leaves.
            Expr::Name(_)
            | Expr::NumberLiteral(_)
            | Expr::StringLiteral(_)
            | Expr::BytesLiteral(_)
            | Expr::BooleanLiteral(_)
            | Expr::NoneLiteral(_)
            | Expr::EllipsisLiteral(_)
            | Expr::IpyEscapeCommand(_) => {}
            Expr::Attribute(it) => {
                self.out.attributes.push((mark.id, Glance::of(it.attr.as_str())));
                if it.ctx != ExprContext::Load {
                    self.out.attribute_stores.push(it);
                }
                self.expr(&it.value);
            }
            Expr::Call(it) => self.call(it),
            Expr::BoolOp(it) => self.exprs(&it.values),
            Expr::Named(it) => {
                if let Expr::Name(name) = &*it.target {
                    // A walrus in a comprehension binds in the scope around all comprehensions.
                    let scope = self.out.scopes.body_scope(self.scope);
                    let kind = DefinitionKind::Assign { value: &it.value, annotation: None };
                    self.define_in(scope, self.next(), name.id.as_str(), name.range, kind);
                }
                self.expr(&it.target);
                self.expr(&it.value);
                self.accumulation(&it.target, &it.value, flow::Form::Walrus);
            }
            Expr::BinOp(it) => {
                self.expr(&it.left);
                self.expr(&it.right);
            }
            Expr::UnaryOp(it) => self.expr(&it.operand),
            Expr::Lambda(it) => {
                if let Some(parameters) = &it.parameters {
                    self.parameter_expressions(parameters, self.scope);
                }
                self.scoped(ScopeKind::Lambda(it), |walker| {
                    if let Some(parameters) = &it.parameters {
                        walker.bind_parameters(parameters);
                    }
                    walker.expr(&it.body);
                });
            }
            Expr::If(it) => {
                self.expr(&it.body);
                self.expr(&it.test);
                self.expr(&it.orelse);
            }
            Expr::Dict(it) => {
                for item in &it.items {
                    self.optional(item.key.as_ref());
                    self.expr(&item.value);
                }
            }
            Expr::Set(it) => self.exprs(&it.elts),
            Expr::ListComp(it) => self.comprehension(expr, [Some(&it.elt), None], &it.generators),
            Expr::SetComp(it) => self.comprehension(expr, [Some(&it.elt), None], &it.generators),
            Expr::DictComp(it) => {
                self.comprehension(expr, [it.key.as_deref(), Some(&it.value)], &it.generators);
            }
            Expr::Generator(it) => self.comprehension(expr, [Some(&it.elt), None], &it.generators),
            Expr::Await(it) => self.expr(&it.value),
            Expr::Yield(it) => {
                self.yields();
                self.optional(it.value.as_deref());
            }
            Expr::YieldFrom(it) => {
                self.yields();
                self.walked(&it.value, By::YieldFrom);
                self.expr(&it.value);
            }
            Expr::Compare(it) => {
                self.expr(&it.left);
                for (op, right) in it.ops.iter().zip(&it.comparators) {
                    if matches!(op, CmpOp::In | CmpOp::NotIn) {
                        self.walked(right, By::Membership);
                    }
                    self.expr(right);
                }
            }
            Expr::FString(it) => {
                for part in &it.value {
                    if let FStringPart::FString(part) = part {
                        part.elements.iter().for_each(|element| self.interpolated(element));
                    }
                }
            }
            Expr::TString(it) => {
                for part in &it.value {
                    part.elements.iter().for_each(|element| self.interpolated(element));
                }
            }
            Expr::Subscript(it) => {
                if walked::is_made_here(&it.value) {
                    self.out.subscripts.push(it);
                }
                self.expr(&it.value);
                self.expr(&it.slice);
            }
            Expr::Starred(it) => self.expr(&it.value),
            Expr::List(it) => self.exprs(&it.elts),
            Expr::Tuple(it) => self.exprs(&it.elts),
            Expr::Slice(it) => {
                self.optional(it.lower.as_deref());
                self.optional(it.upper.as_deref());
                self.optional(it.step.as_deref());
            }
        }
        self.leave(mark);
    }
}
