//! Every use of a container: growth, removal, bound, escape or reading.

use ruff_python_ast::{CmpOp, Expr, ExprCall, ExprContext, Operator, Stmt};

use super::containers::Found;
use super::keys::Domain;
use super::{
    Bound, BoundKind, Container, Escape, Exempt, Growing, Growth, How, Place, Removal, Shrink, Way,
    When,
};
use crate::catalog::growth::{Effect, effect, function_effect, only_reads};
use crate::facts::Facts;
use crate::facts::classes::attributes::{Receiver, is_initial};
use crate::facts::flow::same_place;
use crate::facts::nodes::{Node, NodeId};
use crate::facts::repetition::{Repetition, Why};
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
                let key = (table.hierarchy(class), it.attr.as_str());
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
        let hierarchy = table.id(facts, class).map_or(u32::MAX, |id| table.hierarchy(id));
        for growing in &mut found.all {
            let (Place::Class(of) | Place::Instance(of)) = growing.place else { continue };
            if table.id(facts, of).is_some_and(|id| table.hierarchy(id) == hierarchy) {
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

/// One use of a container.
struct Use<'u, 'f, 'a> {
    facts: &'f Facts<'a>,
    growing: &'u mut Growing<'a>,
    id: NodeId,
    /// It may be another container: what grows it is not told, what hides it is.
    foreign: bool,
}

impl<'a> Use<'_, '_, 'a> {
    /// Notes what the use does. The local name that the container is given, if that is all.
    fn note(&mut self) -> Option<(BindingId, &'a str)> {
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
                Some(Node::Stmt(Stmt::If(_) | Stmt::While(_) | Stmt::Assert(_) | Stmt::For(_)))
                | Some(Node::Expr(Expr::Compare(_))) => return self.read(),
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
                Effect::Shrinks => self.shrink(attribute, Removal::Method),
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
            Some(Node::Stmt(Stmt::Return(_) | Stmt::Assign(_) | Stmt::AnnAssign(_)))
            | Some(Node::Expr(
                Expr::Call(_)
                | Expr::Tuple(_)
                | Expr::Dict(_)
                | Expr::List(_)
                | Expr::Yield(_)
                | Expr::Named(_),
            )) => {
                self.read();
                self.escape(Way::Element);
                // An escape of an element is none of the container.
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
        match name.as_deref() {
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
            Some(name) if only_reads(name) => {
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

    /// Whether a call of `len` is compared with a limit: not with 0 or 1, which ask for emptiness.
    fn is_limit(&self, len: NodeId) -> Option<BoundKind> {
        let facts = self.facts;
        let mut at = facts.nodes().parent(len);
        // `len(C) + 1 > n`
        while let Some(Node::Expr(Expr::BinOp(_))) = facts.nodes().get(at) {
            at = facts.nodes().parent(at);
        }
        let Some(Node::Expr(Expr::Compare(it))) = facts.nodes().get(at) else { return None };
        let ordered = it
            .ops
            .iter()
            .any(|op| matches!(op, CmpOp::Lt | CmpOp::LtE | CmpOp::Gt | CmpOp::GtE | CmpOp::Eq));
        let small = std::iter::once(&*it.left)
            .chain(&it.comparators)
            .any(|side| matches!(crate::facts::cost::integer(side), Some(0 | 1)));
        (ordered && !small && facts.is_in_function(facts.nodes().scope(at)))
            .then_some(BoundKind::Length)
    }

    /// Whether a place runs only where the container has the key already.
    fn is_present(&self, node: NodeId, key: &'a Expr) -> bool {
        let facts = self.facts;
        let mut child = node;
        for (id, above) in facts.nodes().ancestors(node) {
            match above {
                Node::Stmt(Stmt::If(it)) => {
                    let within = |body: &[Stmt]| {
                        body.first().zip(body.last()).is_some_and(|(first, last)| {
                            facts.nodes().id(first) <= child && child <= facts.nodes().id(last)
                        })
                    };
                    if within(&it.body) && self.tests(&it.test, key, CmpOp::In)
                        || it.elif_else_clauses.first().is_some_and(|clause| {
                            clause.test.is_none()
                                && within(&clause.body)
                                && self.tests(&it.test, key, CmpOp::NotIn)
                        })
                    {
                        return true;
                    }
                }
                Node::Expr(Expr::If(it)) => {
                    if facts.nodes().id(&*it.body) == child && self.tests(&it.test, key, CmpOp::In)
                        || facts.nodes().id(&*it.orelse) == child
                            && self.tests(&it.test, key, CmpOp::NotIn)
                    {
                        return true;
                    }
                }
                // `k in C and C[k]`
                Node::Expr(Expr::BoolOp(it)) if it.op == ruff_python_ast::BoolOp::And => {
                    if it
                        .values
                        .iter()
                        .take_while(|value| facts.nodes().id(*value) != child)
                        .any(|value| self.tests(value, key, CmpOp::In))
                    {
                        return true;
                    }
                }
                // `for k in C: C[k] = ..`
                Node::Stmt(Stmt::For(it)) => {
                    let named = match &*it.target {
                        Expr::Tuple(pair) => pair.elts.first(),
                        target => Some(target),
                    };
                    if named.is_some_and(|named| same_place(named, key)) && self.walks(&it.iter) {
                        return true;
                    }
                }
                Node::Stmt(Stmt::FunctionDef(_) | Stmt::ClassDef(_)) => return false,
                _ => {}
            }
            child = id;
        }
        false
    }

    /// Whether an expression is the container: written as this use is.
    fn is_container(&self, expr: &Expr) -> bool {
        matches!(self.facts.nodes().get(self.id), Some(Node::Expr(own)) if same_place(own, expr))
    }

    fn tests(&self, test: &'a Expr, key: &'a Expr, op: CmpOp) -> bool {
        match test {
            Expr::Compare(it) => {
                *it.ops == [op]
                    && it.comparators.first().is_some_and(|of| self.is_container(of))
                    && self.same(&it.left, key)
            }
            Expr::BoolOp(it) if it.op == ruff_python_ast::BoolOp::And && op == CmpOp::In => {
                it.values.iter().any(|value| self.tests(value, key, op))
            }
            _ => false,
        }
    }

    fn same(&self, a: &'a Expr, b: &'a Expr) -> bool {
        use ruff_text_size::Ranged;
        let source = self.facts.source;
        same_place(a, b) || source.slice(a.range()) == source.slice(b.range())
    }

    /// Whether an iterable is the container or its keys.
    fn walks(&self, iter: &'a Expr) -> bool {
        match iter {
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(it) if call.arguments.is_empty() => {
                    matches!(it.attr.as_str(), "items" | "keys") && self.is_container(&it.value)
                }
                Expr::Name(_) => call.arguments.args.first().is_some_and(|first| self.walks(first)),
                _ => false,
            },
            iter => self.is_container(iter),
        }
    }

    /// Whether a value reads the entry of the same key, which must then be there.
    fn reads_entry(&self, value: &'a Expr, key: &'a Expr) -> bool {
        let nodes = self.facts.nodes();
        if !matches!(value, Expr::BinOp(_) | Expr::Subscript(_)) {
            return false;
        }
        let root = nodes.id(value);
        std::iter::once(root).chain(nodes.descendants(root)).any(|id| {
            matches!(nodes.get(id), Some(Node::Expr(Expr::Subscript(it)))
                if self.is_container(&it.value) && self.same(&it.slice, key))
        })
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
                let of = element.map_or(Domain::UNKNOWN, |element| facts.domain(element, self.id));
                // Every call adds, whatever it adds.
                let call = if keyed && how == How::Extend { 0 } else { 1 };
                let constant = of.constant.filter(|it| keyed || *it == Exempt::Definition);
                Domain { score: (of.score + call).max(call), constant }
            }
            (_, Some(key)) => facts.domain(key, self.id),
            (_, None) => Domain::UNKNOWN,
        };
        let mut exempt = facts.registering(node).or(constant);
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

    /// Whether the growth runs only for keys that something else contains.
    fn is_limited(&self, node: NodeId, key: &'a Expr) -> bool {
        let facts = self.facts;
        let mut child = node;
        for (id, above) in facts.nodes().ancestors(node) {
            match above {
                Node::Stmt(Stmt::If(it)) => {
                    let in_body =
                        it.body.first().zip(it.body.last()).is_some_and(|(first, last)| {
                            facts.nodes().id(first) <= child && child <= facts.nodes().id(last)
                        });
                    let tests = |test: &Expr| {
                        matches!(test, Expr::Compare(it) if *it.ops == [CmpOp::In]
                            && same_place(&it.left, key)
                            && it.comparators.first().is_some_and(|of| !self.is_container(of)))
                    };
                    let limited = match &*it.test {
                        Expr::BoolOp(all) if all.op == ruff_python_ast::BoolOp::And => {
                            all.values.iter().any(tests)
                        }
                        test => tests(test),
                    };
                    if in_body && limited {
                        return true;
                    }
                }
                Node::Stmt(Stmt::FunctionDef(_)) => return false,
                _ => {}
            }
            child = id;
        }
        false
    }

    fn when(&self) -> When {
        let facts = self.facts;
        let scope = facts.nodes().scope(self.id);
        if !facts.is_in_function(scope) {
            return When::Import;
        }
        // Filling an attribute in `__init__` makes the instance.
        if let Place::Instance(_) = self.growing.place
            && let Some(method) = facts.scopes().function(scope)
            && is_initial(method)
            && method.name.as_str() != "__setstate__"
        {
            return When::Once;
        }
        match facts.repetition(self.id) {
            Repetition::Once(reason) if !matches!(reason.kind, Why::Cached) => When::Once,
            _ => When::Call,
        }
    }
}

fn is_statement(facts: &Facts<'_>, id: NodeId) -> bool {
    matches!(facts.nodes().get(facts.nodes().parent(id)), Some(Node::Stmt(Stmt::Expr(_))))
}

impl<'a> Facts<'a> {
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
