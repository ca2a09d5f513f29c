//! What one use of a container does, by what stands around it.

use ruff_python_ast::{Expr, ExprCall, ExprContext, Operator, Stmt};

use crate::catalog::growth::{Effect, effect, function_effect};
use crate::catalog::keeps::leaves_container;
use crate::facts::Facts;
use crate::facts::growth::keys::Domain;
use crate::facts::growth::{
    Bound, BoundKind, Container, Escape, Exempt, Growing, Growth, How, Removal, Shrink, Way, When,
};
use crate::facts::nodes::{Node, NodeId};
use crate::facts::scopes::BindingId;

/// One use of a container.
pub(super) struct Use<'u, 'f, 'a> {
    pub(super) facts: &'f Facts<'a>,
    pub(super) growing: &'u mut Growing<'a>,
    pub(super) id: NodeId,
    /// It may be another container: what grows it is not told, what hides it is.
    pub(super) foreign: bool,
}

impl<'a> Use<'_, '_, 'a> {
    /// Notes what the use does. The local name that the container is given, if that is all.
    pub(super) fn note(&mut self) -> Option<(BindingId, &'a str)> {
        let facts = self.facts;
        let parent = facts.nodes().parent(self.id);
        match facts.nodes().get(parent)? {
            Node::Stmt(stmt) => self.in_statement(stmt, parent),
            Node::Expr(expr) => {
                self.in_expression(expr, parent);
                None
            }
        }
    }

    fn is(&self, expr: &Expr) -> bool {
        self.facts.nodes().id(expr) == self.id
    }

    fn read(&mut self) {
        self.growing.reads += 1;
    }

    fn escape(&mut self, how: Way) {
        self.growing.escapes.push(Escape { node: self.id, how });
    }

    fn shrink(&mut self, node: NodeId, how: Removal) {
        self.growing.shrinks.push(Shrink { node, how });
    }

    fn in_statement(&mut self, stmt: &'a Stmt, parent: NodeId) -> Option<(BindingId, &'a str)> {
        match stmt {
            Stmt::AugAssign(it) if self.is(&it.target) => match it.op {
                Operator::Add | Operator::BitOr => {
                    self.grow(parent, How::Extend, None, Some(&it.value));
                }
                Operator::Sub | Operator::BitAnd | Operator::BitXor => {
                    self.shrink(parent, Removal::Operator);
                }
                _ => self.escape(Way::Given),
            },
            Stmt::Assign(it) if self.is(&it.value) => {
                if let [Expr::Name(target)] = &it.targets[..]
                    && let Some(alias) = self.facts.only_local(target)
                {
                    return Some((alias, target.id.as_str()));
                }
                self.escape(Way::Aliased);
            }
            Stmt::AnnAssign(it) if it.value.as_deref().is_some_and(|value| self.is(value)) => {
                self.escape(Way::Aliased);
            }
            // The targets are definitions, and known as such.
            Stmt::Assign(_) | Stmt::AnnAssign(_) | Stmt::Delete(_) => {}
            Stmt::Return(_) => self.escape(Way::Returned),
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => self.escape(Way::Aliased),
            Stmt::For(it) if self.is(&it.target) => {}
            // `global X` and a bare `X` read nothing; a test, a subject and an iterable do.
            Stmt::Expr(_) => {}
            _ => self.read(),
        }
        None
    }

    fn in_expression(&mut self, expr: &'a Expr, parent: NodeId) {
        match expr {
            Expr::Attribute(it) => self.method(it.attr.as_str(), parent),
            Expr::Subscript(it) if self.is(&it.value) => self.subscript(it, parent),
            Expr::Call(call) if self.is(&call.func) => {}
            Expr::Call(call) => self.argument(call, parent),
            Expr::Compare(_)
            | Expr::FString(_)
            | Expr::TString(_)
            | Expr::UnaryOp(_)
            | Expr::BinOp(_)
            | Expr::Subscript(_)
            | Expr::Slice(_)
            | Expr::Await(_) => self.read(),
            Expr::Starred(_) => self.read(),
            Expr::BoolOp(_) | Expr::If(_) => self.branch(expr, parent),
            Expr::ListComp(it) => self.comprehension(&it.generators),
            Expr::SetComp(it) => self.comprehension(&it.generators),
            Expr::Generator(it) => self.comprehension(&it.generators),
            Expr::DictComp(it) => self.comprehension(&it.generators),
            Expr::Dict(it) => {
                // `{**C}` copies.
                let spread = it.items.iter().any(|item| item.key.is_none() && self.is(&item.value));
                if spread { self.read() } else { self.escape(Way::Stored) }
            }
            Expr::Tuple(_) | Expr::List(_) | Expr::Set(_) => {
                let stored = matches!(self.facts.nodes().get(self.id),
                    Some(Node::Expr(Expr::Name(it))) if it.ctx != ExprContext::Load)
                    || matches!(self.facts.nodes().get(self.id),
                    Some(Node::Expr(Expr::Attribute(it))) if it.ctx != ExprContext::Load);
                // `old, self.items = self.items, []` hands it over; the definition says the rest.
                if !stored {
                    self.escape(Way::Stored);
                }
            }
            Expr::Yield(_) => self.escape(Way::Returned),
            Expr::YieldFrom(_) => self.read(),
            _ => self.escape(Way::Aliased),
        }
    }

    /// In `a or C` and `x if C else y`: read as a test, else what the whole is.
    fn branch(&mut self, expr: &'a Expr, parent: NodeId) {
        let facts = self.facts;
        if let Expr::If(it) = expr
            && self.is(&it.test)
        {
            return self.read();
        }
        let mut at = parent;
        loop {
            let above = facts.nodes().parent(at);
            match facts.nodes().get(above) {
                Some(Node::Expr(Expr::BoolOp(_) | Expr::UnaryOp(_))) => at = above,
                Some(Node::Expr(Expr::If(it))) if facts.nodes().id(&*it.test) == at => {
                    return self.read();
                }
                Some(
                    Node::Stmt(Stmt::If(_) | Stmt::While(_) | Stmt::Assert(_) | Stmt::For(_))
                    | Node::Expr(Expr::Compare(_)),
                ) => return self.read(),
                _ => return self.escape(Way::Aliased),
            }
        }
    }

    fn comprehension(&mut self, generators: &'a [ruff_python_ast::Comprehension]) {
        let clause = generators
            .iter()
            .any(|clause| self.is(&clause.iter) || clause.ifs.iter().any(|test| self.is(test)));
        if clause { self.read() } else { self.escape(Way::Stored) }
    }

    /// `C.method`, called or not.
    fn method(&mut self, name: &'a str, attribute: NodeId) {
        let facts = self.facts;
        let above = facts.nodes().parent(attribute);
        let call = match facts.nodes().get(above) {
            Some(Node::Expr(Expr::Call(call))) if facts.nodes().id(&*call.func) == attribute => {
                Some(call)
            }
            _ => None,
        };
        let Some(effect) = effect(self.growing.container, name) else {
            // An attribute such as `maxlen`, or a method of something else.
            return if call.is_some() { self.escape(Way::Passed) } else { self.read() };
        };
        let Some(call) = call else {
            // Bound methods: `add = C.append`, `key=C.get`.
            return match effect {
                Effect::Shrinks => {
                    self.read();
                    self.shrink(attribute, Removal::Method);
                }
                Effect::Reads | Effect::Gives => self.read(),
                Effect::Element(_) => self.grow(attribute, How::Append, None, None),
                Effect::Key => self.grow(attribute, How::Key, None, None),
                Effect::Elements => self.grow(attribute, How::Extend, None, None),
            };
        };
        let first = call.arguments.args.first();
        match effect {
            Effect::Element(at) => self.grow(above, How::Append, None, call.arguments.args.get(at)),
            Effect::Key => {
                let value = call.arguments.args.get(1);
                let gives = name == "setdefault" && !is_statement(facts, above);
                if name == "setdefault" {
                    self.growing.nested |=
                        value.is_some_and(|value| facts.fresh_container(value).is_some());
                }
                let existing = first.is_some_and(|key| self.is_present(above, key));
                if !existing {
                    self.grow(above, How::Key, first, value);
                }
                if gives {
                    // The result is no more than what was added, so nothing has been looked up.
                    self.element(above, first, name == "setdefault");
                }
            }
            Effect::Elements => {
                let literal = call.arguments.args.is_empty() && !call.arguments.is_empty();
                if literal && call.arguments.keywords.iter().all(|it| it.arg.is_some()) {
                    self.grow_exempt(above, How::Extend, Some(Exempt::Constant));
                } else {
                    self.grow(above, How::Extend, None, first);
                }
            }
            Effect::Shrinks => {
                if !is_statement(facts, above) {
                    self.read();
                }
                self.shrink(above, Removal::Method);
            }
            Effect::Reads => self.read(),
            Effect::Gives => self.element(above, first, false),
        }
    }

    /// `C[k]` in whatever context.
    fn subscript(&mut self, it: &'a ruff_python_ast::ExprSubscript, node: NodeId) {
        let facts = self.facts;
        let above = facts.nodes().parent(node);
        let slice = it.slice.is_slice_expr();
        match it.ctx {
            ExprContext::Del => self.shrink(above, Removal::Delete),
            ExprContext::Load => {
                if self.growing.container == Container::DefaultDict
                    && !slice
                    && !self.is_present(node, &it.slice)
                {
                    self.grow(node, How::Read, Some(&it.slice), None);
                }
                self.element(node, Some(&it.slice), false);
            }
            _ if slice => self.shrink(above, Removal::Slice),
            _ => {
                let value = match facts.nodes().get(above) {
                    Some(Node::Stmt(Stmt::Assign(assign))) => Some(&*assign.value),
                    Some(Node::Stmt(Stmt::AugAssign(_))) => {
                        // The key is there already, unless reading adds it.
                        match self.growing.container {
                            Container::DefaultDict | Container::Counter => {
                                self.grow(above, How::Read, Some(&it.slice), None);
                            }
                            _ => {}
                        }
                        return;
                    }
                    Some(Node::Stmt(Stmt::Delete(_))) => {
                        return self.shrink(above, Removal::Delete);
                    }
                    _ => None,
                };
                if !self.growing.container.is_keyed() || self.is_present(node, &it.slice) {
                    return;
                }
                if let Some(value) = value {
                    if self.growing.container == Container::Dict
                        && self.reads_entry(value, &it.slice)
                    {
                        return;
                    }
                    self.growing.nested |= facts.fresh_container(value).is_some();
                }
                self.grow(above, How::Key, Some(&it.slice), value);
            }
        }
    }

    /// What is done with an element: `C[k]`, `C.get(k)`, `C.values()`.
    fn element(&mut self, node: NodeId, key: Option<&'a Expr>, added: bool) {
        let facts = self.facts;
        let above = facts.nodes().parent(node);
        if let Some(Node::Expr(Expr::Attribute(it))) = facts.nodes().get(above) {
            let call = facts.nodes().parent(above);
            if let Some(Node::Expr(Expr::Call(called))) = facts.nodes().get(call)
                && facts.nodes().id(&*called.func) == above
            {
                match effect(Container::Dict, it.attr.as_str()) {
                    Some(Effect::Shrinks) => {
                        if !is_statement(facts, call) {
                            self.read();
                        }
                        return self.shrink(call, Removal::Nested);
                    }
                    Some(Effect::Element(at)) => {
                        let element = called.arguments.args.get(at);
                        return self.grow(call, How::Nested, key, element);
                    }
                    Some(Effect::Key | Effect::Elements) => {
                        return self.grow(call, How::Nested, key, called.arguments.args.first());
                    }
                    _ => return self.read(),
                }
            }
            return self.read();
        }
        if let Some(Node::Expr(Expr::Call(call))) = facts.nodes().get(above)
            && facts.qualified(&call.func).is_some_and(leaves_container)
        {
            return self.read();
        }
        match facts.nodes().get(above) {
            Some(Node::Expr(Expr::Subscript(it))) if facts.nodes().id(&*it.value) == node => {
                match it.ctx {
                    ExprContext::Del => self.shrink(above, Removal::Nested),
                    ExprContext::Store if !it.slice.is_number_literal_expr() => {
                        self.grow(above, How::Nested, key, Some(&it.slice));
                    }
                    ExprContext::Store => {}
                    _ => self.read(),
                }
            }
            Some(Node::Stmt(Stmt::Expr(_))) => {
                if !added {
                    self.read();
                }
            }
            Some(
                Node::Stmt(Stmt::Return(_) | Stmt::Assign(_) | Stmt::AnnAssign(_))
                | Node::Expr(
                    Expr::Call(_)
                    | Expr::Tuple(_)
                    | Expr::Dict(_)
                    | Expr::List(_)
                    | Expr::Yield(_)
                    | Expr::Named(_),
                ),
            ) => {
                self.read();
                self.escape(Way::Element);
            }
            Some(Node::Stmt(Stmt::For(_))) => {
                self.read();
                if self.growing.nested {
                    self.escape(Way::Element);
                }
            }
            _ => self.read(),
        }
    }

    /// An argument of a call.
    fn argument(&mut self, call: &'a ExprCall, node: NodeId) {
        let facts = self.facts;
        let name = facts.qualified(&call.func);
        let first = call.arguments.args.first().is_some_and(|first| self.is(first));
        match name {
            Some(name) if first && let Some(effect) = function_effect(name) => match effect {
                Effect::Shrinks => {
                    self.read();
                    self.shrink(node, Removal::Method);
                }
                Effect::Element(at) => {
                    self.grow(node, How::Append, None, call.arguments.args.get(at));
                }
                _ => self.read(),
            },
            Some("len") => {
                if let Some(kind) = self.is_limit(node) {
                    self.growing.bounds.push(Bound { node, kind });
                }
                self.read();
            }
            Some("setattr" | "globals") => self.escape(Way::Stored),
            Some(name) if leaves_container(name) => {
                self.read();
                if matches!(name, "iter" | "map" | "filter" | "zip" | "enumerate")
                    && self.growing.nested
                {
                    self.escape(Way::Element);
                }
            }
            _ => match &*call.func {
                // `", ".join(C)`, `logger.info("%s", C)`, `other.extend(C)`: elements only.
                Expr::Attribute(it)
                    if matches!(
                        it.attr.as_str(),
                        "join"
                            | "format"
                            | "debug"
                            | "info"
                            | "warning"
                            | "error"
                            | "exception"
                            | "extend"
                            | "update"
                            | "union"
                            | "issubset"
                            | "difference"
                            | "intersection"
                            | "writelines"
                    ) =>
                {
                    self.read();
                }
                _ => self.escape(Way::Passed),
            },
        }
    }

    fn grow(&mut self, node: NodeId, how: How, key: Option<&'a Expr>, element: Option<&'a Expr>) {
        if self.foreign {
            return;
        }
        let facts = self.facts;
        let when = self.when();
        let keyed = self.growing.container.is_keyed();
        let Domain { mut score, constant } = match (how, key.or(element)) {
            (How::Append | How::Nested | How::Extend, _) => {
                let of = element.map_or(Domain::UNKNOWN, |element| match how {
                    How::Extend => facts.domain_of_many(element, self.id),
                    _ => facts.domain(element, self.id),
                });
                // Every call adds, whatever it adds, unless it asks first.
                let asks = element.is_some_and(|element| self.is_absent(element));
                let call = i32::from(!(keyed && how == How::Extend || asks));
                let constant = of.constant.filter(|it| keyed || *it == Exempt::Definition);
                Domain { score: (of.score + call).max(call), constant }
            }
            (_, Some(key)) => facts.domain(key, self.id),
            (_, None) => Domain::UNKNOWN,
        };
        let mut exempt = facts.registering(node).or(constant);
        if exempt.is_none()
            && (key.is_some_and(|key| self.refuses_duplicates(key))
                // A key without end is one whatever stands behind it.
                || (key.is_none() || how == How::Nested || score < 2)
                    && element.or(key).is_some_and(|it| facts.enrolling(node, it)))
        {
            exempt = Some(Exempt::Register);
        }
        if when == When::Call && exempt.is_none() {
            if let Some(key) = key.filter(|_| how != How::Nested) {
                if let Expr::BinOp(it) = key
                    && it.op == Operator::Mod
                    && !it.left.is_string_literal_expr()
                {
                    self.growing.bounds.push(Bound { node, kind: BoundKind::Modulo });
                }
                if self.is_limited(node, key) {
                    self.growing.bounds.push(Bound { node, kind: BoundKind::Membership });
                }
            }
        } else if when == When::Call && constant == Some(Exempt::Constant) && how == How::Nested {
            exempt = None;
        }
        score = score.clamp(-3, 4);
        self.growing.growths.push(Growth { node, how, key, element, when, exempt, score });
    }

    fn grow_exempt(&mut self, node: NodeId, how: How, exempt: Option<Exempt>) {
        if self.foreign {
            return;
        }
        let when = self.when();
        let growth = Growth { node, how, key: None, element: None, when, exempt, score: 0 };
        self.growing.growths.push(growth);
    }
}

fn is_statement(facts: &Facts<'_>, id: NodeId) -> bool {
    matches!(facts.nodes().get(facts.nodes().parent(id)), Some(Node::Stmt(Stmt::Expr(_))))
}
