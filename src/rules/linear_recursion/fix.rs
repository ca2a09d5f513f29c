//! The rewrite of a recursive function as a loop: the body moves into `while True:`, each call to
//! itself becomes an assignment of the parameters that change.

use ruff_python_ast::token::TokenKind;
use ruff_python_ast::{Expr, ExprIf, Number, Operator, Stmt, StmtFunctionDef, StmtReturn};
use ruff_text_size::{Ranged, TextRange, TextSize};

use crate::cx::Cx;
use crate::facts::Facts;
use crate::facts::calls::{Recursion, RecursiveCall, Step, Via};
use crate::facts::cost::integer;
use crate::facts::nodes::{Node, blocks};
use crate::fix::{Edit, Fix, Safety, apply};

/// Why there is no fix does not matter.
struct NoFix;

struct Rewrite<'c, 'f, 'a> {
    cx: &'c Cx<'f, 'a>,
    recursion: &'c Recursion<'a>,
    function: &'a StmtFunctionDef,
    /// The parameter that moves, if it is an int.
    number: Option<&'c str>,
    /// What collects the results, and by which operator; `None` where every call is a tail call.
    collected: Option<(&'static str, Operator)>,
}

/// The fix for a function that calls itself along the parameter.
pub(in crate::rules) fn fix<'a>(
    cx: &Cx<'_, 'a>,
    recursion: &Recursion<'a>,
    driver: &str,
    is_number: bool,
) -> Option<Fix> {
    let facts = cx.facts;
    let function = recursion.function;
    let nodes = facts.nodes();
    let in_class =
        matches!(nodes.get(nodes.parent(nodes.id(function))), Some(Node::Stmt(Stmt::ClassDef(_))));
    if in_class
        || !function.decorator_list.is_empty()
        || has_inner_scope(facts, function)
        || !always_leaves(&function.body)
        || !recursion.calls.iter().all(|call| is_complete(facts, call))
    {
        return None;
    }
    let body = body(function);
    let mut returns = Vec::new();
    collect_returns(body, &mut returns);
    let mut rewrite =
        Rewrite { cx, recursion, function, number: is_number.then_some(driver), collected: None };
    rewrite.collected = rewrite.collector(body, &returns).ok()?;

    let mut edits = Vec::new();
    let mut seen = 0;
    for it in &returns {
        let calls = rewrite.calls_in(it.range());
        seen += calls;
        if calls > 0 {
            edits.push(Edit::replace(it.range(), rewrite.recursive_return(it)?));
        } else if let Some((name, operator)) = rewrite.collected {
            let value = rewrite.base(it.value.as_deref()?, name, operator)?;
            edits.push(Edit::replace(it.value.as_ref()?.range(), value));
        }
    }
    if seen != recursion.calls.len() {
        return None;
    }
    let (region, indent) = rewrite.region(body)?;
    let text = facts.source.slice(region);
    let inner: Vec<Edit> = edits
        .iter()
        .map(|edit| Edit::replace(edit.range() - region.start(), edit.content()))
        .collect();
    let newline = facts.source.line_break();
    let mut content = String::new();
    if let Some((name, operator)) = rewrite.collected {
        let start = if operator == Operator::Mult { "1" } else { "0" };
        content.extend([indent, name, " = ", start, newline]);
    }
    content.extend([indent, "while True:"]);
    for line in apply(text, &inner).lines() {
        content.push_str(newline);
        if !line.trim().is_empty() {
            content.push_str("    ");
            content.push_str(line);
        }
    }
    Fix::new("Rewrite as a loop", Safety::Unsafe, vec![Edit::replace(region, content)])
}

/// The statements behind the docstring.
fn body(function: &StmtFunctionDef) -> &[Stmt] {
    match &function.body[..] {
        [Stmt::Expr(it), rest @ ..] if it.value.is_string_literal_expr() => rest,
        body => body,
    }
}

/// A loop would change what an inner scope sees of the parameters.
fn has_inner_scope<'a>(facts: &Facts<'a>, function: &'a StmtFunctionDef) -> bool {
    facts.nodes().descendants(facts.nodes().id(function)).any(|id| {
        matches!(
            facts.nodes().get(id),
            Some(
                Node::Expr(Expr::Lambda(_) | Expr::Generator(_) | Expr::Named(_))
                    | Node::Stmt(
                        Stmt::FunctionDef(_)
                            | Stmt::ClassDef(_)
                            | Stmt::Global(_)
                            | Stmt::Nonlocal(_)
                            | Stmt::Delete(_)
                    )
            )
        )
    })
}

/// Whether no path runs off the end of a block.
fn always_leaves(body: &[Stmt]) -> bool {
    match body.last() {
        Some(Stmt::Return(_) | Stmt::Raise(_)) => true,
        Some(Stmt::If(it)) => {
            always_leaves(&it.body)
                && it.elif_else_clauses.last().is_some_and(|clause| clause.test.is_none())
                && it.elif_else_clauses.iter().all(|clause| always_leaves(&clause.body))
        }
        _ => false,
    }
}

/// Whether a call passes every parameter, none of them starred.
fn is_complete<'a>(facts: &Facts<'a>, call: &RecursiveCall<'a>) -> bool {
    let arguments = &call.call.arguments;
    let parameters = super::parameters(call.callee);
    matches!(call.via, Via::Name)
        && arguments.len() == parameters.len()
        && !arguments.args.iter().any(Expr::is_starred_expr)
        && parameters.iter().all(|name| facts.argument_for(call, name).is_some())
}

/// The `return` statements of a function, in source order.
fn collect_returns<'a>(body: &'a [Stmt], found: &mut Vec<&'a StmtReturn>) {
    for stmt in body {
        if let Stmt::Return(it) = stmt {
            found.push(it);
        }
        for block in blocks(stmt) {
            collect_returns(block, found);
        }
    }
}

/// Whether a block holds only `if`, `return` and `raise`.
fn only_branches(body: &[Stmt]) -> bool {
    body.iter().all(|stmt| match stmt {
        Stmt::Return(_) | Stmt::Raise(_) => true,
        Stmt::If(_) => blocks(stmt).all(only_branches),
        _ => false,
    })
}

impl<'a> Rewrite<'_, '_, 'a> {
    fn calls_in(&self, range: TextRange) -> usize {
        self.recursion.calls.iter().filter(|call| range.contains_range(call.call.range())).count()
    }

    fn call(&self, expr: &Expr) -> Option<&RecursiveCall<'a>> {
        let Expr::Call(call) = expr else { return None };
        self.recursion.calls.iter().find(|known| std::ptr::eq(known.call, call))
    }

    /// The one operator that joins the results, with the name that collects them, if they are
    /// joined at all. An error is no fix.
    fn collector(
        &self,
        body: &[Stmt],
        returns: &[&'a StmtReturn],
    ) -> Result<Option<(&'static str, Operator)>, NoFix> {
        let mut operator = None;
        for it in returns.iter().filter(|it| self.calls_in(it.range()) > 0) {
            let mut value = it.value.as_deref().ok_or(NoFix)?;
            if let Expr::If(branches) = value {
                value = if self.calls_in(branches.body.range()) > 0 {
                    &branches.body
                } else {
                    &branches.orelse
                };
            }
            if let Expr::BinOp(it) = value {
                if operator.is_some_and(|known| known != it.op) {
                    return Err(NoFix);
                }
                operator = Some(it.op);
            }
        }
        let Some(operator) = operator else { return Ok(None) };
        let number = |annotation: Option<&Expr>| annotation.is_none_or(is_int);
        let driver = self.number.and_then(|name| self.annotation(name));
        if !matches!(operator, Operator::Add | Operator::Mult)
            || !only_branches(body)
            || !number(self.function.returns.as_deref())
            || !number(driver)
        {
            return Err(NoFix);
        }
        let name = ["result", "accumulated"].into_iter().find(|name| !self.is_taken(name));
        Ok(Some((name.ok_or(NoFix)?, operator)))
    }

    fn annotation(&self, parameter: &str) -> Option<&'a Expr> {
        self.function
            .parameters
            .iter_non_variadic_params()
            .find(|known| known.parameter.name.as_str() == parameter)
            .and_then(|known| known.parameter.annotation())
    }

    fn is_taken(&self, name: &str) -> bool {
        let nodes = self.cx.facts.nodes();
        self.function.name.as_str() == name
            || super::parameters(self.function).contains(&name)
            || nodes.descendants(nodes.id(self.function)).any(|id| {
                matches!(nodes.get(id), Some(Node::Expr(Expr::Name(it))) if it.id.as_str() == name)
            })
    }

    /// Whether an operand is certainly an int: joining ints in another order gives the same.
    fn is_integer(&self, expr: &Expr) -> bool {
        match expr {
            Expr::NumberLiteral(it) => matches!(it.value, Number::Int(_)),
            Expr::Name(name) => {
                let name = name.id.as_str();
                self.number == Some(name)
                    || self.annotation(name).is_some_and(is_int) && self.stays(name)
            }
            Expr::UnaryOp(_) => integer(expr).is_some(),
            Expr::BinOp(it) => {
                matches!(
                    it.op,
                    Operator::Add
                        | Operator::Sub
                        | Operator::Mult
                        | Operator::FloorDiv
                        | Operator::Mod
                ) && self.is_integer(&it.left)
                    && self.is_integer(&it.right)
            }
            _ => false,
        }
    }

    fn stays(&self, parameter: &str) -> bool {
        let facts = self.cx.facts;
        self.recursion.calls.iter().all(|call| {
            facts
                .argument_for(call, parameter)
                .is_some_and(|argument| facts.step(parameter, argument) == Step::Same)
        })
    }

    /// The result of a base case, joined with what is collected.
    fn base(&self, value: &Expr, name: &str, operator: Operator) -> Option<String> {
        if !self.is_integer(value) {
            return None;
        }
        if integer(value) == Some(i64::from(operator == Operator::Mult)) {
            return Some(name.to_owned());
        }
        let text = self.line(value)?;
        let sign = operator.as_str();
        Some(match value {
            Expr::BinOp(_) => format!("{name} {sign} ({text})"),
            _ => format!("{name} {sign} {text}"),
        })
    }

    /// The text of an expression that stands on one line.
    fn line(&self, expr: &Expr) -> Option<&'a str> {
        let text = self.cx.text(expr.range());
        (!text.contains('\n')).then_some(text)
    }

    /// What takes the place of `return` with a call to itself.
    fn recursive_return(&self, it: &StmtReturn) -> Option<String> {
        if self.cx.has_comment(it.range()) {
            return None;
        }
        let nodes = self.cx.facts.nodes();
        let text = self.cx.facts.source.text();
        let start = it.start().to_usize();
        let line_start = text[..start].rfind('\n')? + 1;
        let pad = &text[line_start..start];
        if !pad.trim().is_empty() {
            return None;
        }
        // Up to the function through `if` statements only; `continue` where something follows.
        let mut follows = false;
        let mut at = nodes.id(it);
        let own = nodes.id(self.function);
        while at != own {
            let end = nodes.get(at)?.end();
            follows |= nodes.block(at)?.last().is_some_and(|last| last.end() != end);
            at = nodes.parent(at);
            if at != own && !matches!(nodes.get(at), Some(Node::Stmt(Stmt::If(_)))) {
                return None;
            }
        }
        let value = it.value.as_deref()?;
        let lines = match value {
            Expr::If(branches) => self.branches(branches, follows)?,
            value => self.steps(value, follows)?,
        };
        let newline = self.cx.facts.source.line_break();
        Some(lines.join(&format!("{newline}{pad}")))
    }

    /// `return base if test else call(..)`, and the other way round.
    fn branches(&self, it: &ExprIf, follows: bool) -> Option<Vec<String>> {
        if self.calls_in(it.test.range()) > 0 {
            return None;
        }
        let test = self.line(&it.test)?;
        let base = |value: &Expr| match self.collected {
            Some((name, operator)) => self.base(value, name, operator),
            None => self.line(value).map(str::to_owned),
        };
        match (self.calls_in(it.body.range()), self.calls_in(it.orelse.range())) {
            (0, 1) => {
                let mut lines =
                    vec![format!("if {test}:"), format!("    return {}", base(&it.body)?)];
                lines.extend(self.steps(&it.orelse, follows)?);
                Some(lines)
            }
            (1, 0) => {
                let mut lines = vec![format!("if {test}:")];
                let steps = self.steps(&it.body, follows)?;
                lines.extend(steps.into_iter().map(|step| format!("    {step}")));
                lines.push("else:".to_owned());
                lines.push(format!("    return {}", base(&it.orelse)?));
                Some(lines)
            }
            _ => None,
        }
    }

    /// The statements for one call: what is collected, then the parameters that change.
    fn steps(&self, value: &'_ Expr, follows: bool) -> Option<Vec<String>> {
        let mut lines = Vec::new();
        let call = if let Expr::BinOp(it) = value {
            let (call, operand) = match (self.call(&it.left), self.call(&it.right)) {
                (Some(call), None) => (call, &*it.right),
                (None, Some(call)) => (call, &*it.left),
                _ => return None,
            };
            let (name, operator) = self.collected?;
            if !self.is_integer(operand) {
                return None;
            }
            lines.push(format!("{name} {}= {}", operator.as_str(), self.line(operand)?));
            call
        } else {
            self.call(value)?
        };
        lines.push(self.assignment(call)?);
        if follows {
            lines.push("continue".to_owned());
        }
        Some(lines)
    }

    fn assignment(&self, call: &RecursiveCall<'a>) -> Option<String> {
        let facts = self.cx.facts;
        let mut changed = Vec::new();
        for parameter in super::parameters(self.function) {
            let argument = facts.argument_for(call, parameter)?;
            match facts.step(parameter, argument) {
                Step::Same => {}
                step => changed.push((parameter, argument, step)),
            }
        }
        // In the order of the call.
        changed.sort_by_key(|(_, argument, _)| argument.start());
        match &changed[..] {
            [] => None,
            [(name, _, Step::Less(by))] => Some(format!("{name} -= {by}")),
            [(name, _, Step::More(by))] => Some(format!("{name} += {by}")),
            several => {
                let names: Vec<&str> = several.iter().map(|(name, ..)| *name).collect();
                let values = several
                    .iter()
                    .map(|(_, argument, _)| self.line(argument))
                    .collect::<Option<Vec<&str>>>()?;
                Some(format!("{} = {}", names.join(", "), values.join(", ")))
            }
        }
    }

    /// The lines of the body, without the blank ones before it, and its indentation.
    fn region(&self, body: &[Stmt]) -> Option<(TextRange, &'a str)> {
        let facts = self.cx.facts;
        let text = facts.source.text();
        let (first, last) = (body.first()?, body.last()?);
        let line_start = text[..first.start().to_usize()].rfind('\n')? + 1;
        let indent = &text[line_start..first.start().to_usize()];
        if indent.is_empty() || !indent.trim().is_empty() {
            return None;
        }
        let head = match &self.function.body[..] {
            [docstring, rest @ ..] if rest.len() == body.len() => docstring.end(),
            _ => {
                self.function.returns.as_deref().map_or(self.function.parameters.end(), Ranged::end)
            }
        };
        let mut at = head.to_usize() + text[head.to_usize()..].find('\n')? + 1;
        while text[at..line_start].lines().next().is_some_and(|line| line.trim().is_empty()) {
            at += text[at..line_start].find('\n')? + 1;
        }
        let end = last.end().to_usize();
        let end = end + text[end..].find('\n').unwrap_or(text.len() - end);
        let end = end - usize::from(text[..end].ends_with('\r'));
        let region = TextRange::new(TextSize::new(at as u32), TextSize::new(end as u32));
        let tokens = facts.tokens.in_range(TextRange::new(first.start(), last.end()));
        let spans_lines = tokens.iter().any(|token| {
            matches!(
                token.kind(),
                TokenKind::String | TokenKind::FStringMiddle | TokenKind::TStringMiddle
            ) && facts.source.slice(token.range()).contains('\n')
        });
        (!spans_lines).then_some((region, indent))
    }
}

fn is_int(annotation: &Expr) -> bool {
    matches!(annotation, Expr::Name(name) if name.id.as_str() == "int")
}
