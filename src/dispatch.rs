//! From facts to hooks: which rules want to see which node, and the one walk that calls them.
//!
//! Calls are matched by the last part of their callee's name before anything is resolved, so a
//! hook runs only on calls of the functions that its rule names.

use ruff_python_ast::{
    Expr, ExprAttribute, ExprCall, ExprStarred, ExprSubscript, Stmt, StmtClassDef, StmtFunctionDef,
};
use ruff_text_size::{TextRange, TextSize};
use rustc_hash::FxHashMap;

use crate::config::Settings;
use crate::cx::Cx;
use crate::diagnostic::Diagnostic;
use crate::edits;
use crate::facts::Facts;
use crate::facts::calls::Recursion;
use crate::facts::flow::Accumulation;
use crate::facts::likely::Likely;
use crate::facts::nodes::Node;
use crate::facts::scopes::{Definition, DefinitionKind};
use crate::facts::walked::Walked;
use crate::rule::{On, Rule};
use crate::rules::RULES;

type CallHook = for<'f, 'a> fn(&mut Cx<'f, 'a>, &'a ExprCall);
type MethodHook = for<'f, 'a> fn(&mut Cx<'f, 'a>, &'a ExprCall, &'a ExprAttribute);
type WalkedHook = for<'f, 'a> fn(&mut Cx<'f, 'a>, &'f Walked<'a>);
type SubscriptHook = for<'f, 'a> fn(&mut Cx<'f, 'a>, &'a ExprSubscript);
type RestHook = for<'f, 'a> fn(&mut Cx<'f, 'a>, &'a ExprStarred);
type SpreadHook = for<'f, 'a> fn(&mut Cx<'f, 'a>, &'a ExprCall, &'a ExprStarred);
type AssignedHook = for<'f, 'a> fn(&mut Cx<'f, 'a>, &'f Definition<'a>, &'a Expr);
type StoredHook = for<'f, 'a> fn(&mut Cx<'f, 'a>, &'a ExprAttribute, &'a Expr);
type FunctionHook = for<'f, 'a> fn(&mut Cx<'f, 'a>, &'a StmtFunctionDef);
type ClassHook = for<'f, 'a> fn(&mut Cx<'f, 'a>, &'a StmtClassDef);
type AccumulationHook = for<'f, 'a> fn(&mut Cx<'f, 'a>, &'f Accumulation<'a>);
type RecursionHook = for<'f, 'a> fn(&mut Cx<'f, 'a>, &'f Recursion<'a>);

/// The hooks of the enabled rules by what they want to see, each with its rule's position in the
/// registry.
#[derive(Debug, Default, Clone)]
pub struct Dispatch {
    /// The keys of `calls` and of `methods`.
    likely: Likely,
    /// By the last part of the callee's qualified name.
    calls: FxHashMap<&'static str, Vec<(&'static str, usize, CallHook)>>,
    /// By the method's name.
    methods: FxHashMap<&'static str, Vec<(usize, MethodHook)>>,
    walked: Vec<(usize, WalkedHook)>,
    subscripts: Vec<(usize, SubscriptHook)>,
    rests: Vec<(usize, RestHook)>,
    /// By the last part of what is called.
    spreads: FxHashMap<&'static str, Vec<(usize, SpreadHook)>>,
    assigned: Vec<(usize, AssignedHook)>,
    stored: Vec<(usize, StoredHook)>,
    functions: Vec<(usize, FunctionHook)>,
    classes: Vec<(usize, ClassHook)>,
    accumulations: Vec<(usize, AccumulationHook)>,
    recursions: Vec<(usize, RecursionHook)>,
}

impl Dispatch {
    /// The hooks of the rules, by their position in the registry, that `enabled` accepts.
    pub fn new(enabled: impl Fn(usize, &'static Rule) -> bool) -> Dispatch {
        let mut dispatch = Dispatch::default();
        for (index, rule) in RULES.iter().enumerate().filter(|(index, rule)| enabled(*index, rule))
        {
            for on in rule.on {
                match *on {
                    On::CallTo(names, hook) => {
                        for name in names {
                            let tail = name.rsplit('.').next().unwrap_or(name);
                            dispatch.calls.entry(tail).or_default().push((name, index, hook));
                        }
                    }
                    On::Method(names, hook) => {
                        for name in names {
                            dispatch.methods.entry(name).or_default().push((index, hook));
                        }
                    }
                    On::Walked(hook) => dispatch.walked.push((index, hook)),
                    On::Subscript(hook) => dispatch.subscripts.push((index, hook)),
                    On::Rest(hook) => dispatch.rests.push((index, hook)),
                    On::Spread(names, hook) => {
                        for name in names {
                            dispatch.spreads.entry(name).or_default().push((index, hook));
                        }
                    }
                    On::Assigned(hook) => dispatch.assigned.push((index, hook)),
                    On::Stored(hook) => dispatch.stored.push((index, hook)),
                    On::Function(hook) => dispatch.functions.push((index, hook)),
                    On::Class(hook) => dispatch.classes.push((index, hook)),
                    On::Accumulation(hook) => dispatch.accumulations.push((index, hook)),
                    On::Recursion(hook) => dispatch.recursions.push((index, hook)),
                }
            }
        }
        dispatch.likely = dispatch.calls.keys().chain(dispatch.methods.keys()).copied().collect();
        dispatch
    }

    /// Runs every hook over the facts. `calls` counts the hook calls of each rule.
    pub fn run(
        &self,
        facts: &Facts<'_>,
        settings: &Settings,
        calls: &mut [u64],
    ) -> Vec<Diagnostic> {
        let mut cx = Cx { facts, settings, rule: RULES[0], diagnostics: Vec::new() };
        let mut at = |cx: &mut Cx<'_, '_>, index: usize| {
            cx.rule = RULES[index];
            calls[index] += 1;
        };
        if !self.calls.is_empty() || !self.methods.is_empty() {
            let likely = self.likely.or(facts.scopes().likely_aliases());
            for call in facts.calls_of(&likely) {
                for (index, hook) in self.functions_called(facts, call) {
                    at(&mut cx, index);
                    hook(&mut cx, call);
                }
                if let Expr::Attribute(method) = &*call.func
                    && let Some(hooks) = self.methods.get(method.attr.as_str())
                {
                    for (index, hook) in hooks {
                        at(&mut cx, *index);
                        hook(&mut cx, call, method);
                    }
                }
            }
        }
        for (index, hook) in &self.walked {
            for walked in facts.walked() {
                at(&mut cx, *index);
                hook(&mut cx, walked);
            }
        }
        for (index, hook) in &self.subscripts {
            for subscript in facts.subscripts_of_made() {
                at(&mut cx, *index);
                hook(&mut cx, subscript);
            }
        }
        for (index, hook) in &self.rests {
            for starred in facts.rests() {
                at(&mut cx, *index);
                hook(&mut cx, starred);
            }
        }
        if !self.spreads.is_empty() {
            for (call, starred) in facts.spreads() {
                for (index, hook) in self.spreads_into(facts, call) {
                    at(&mut cx, index);
                    hook(&mut cx, call, starred);
                }
            }
        }
        if !self.assigned.is_empty() {
            for (definition, value) in facts.scopes().all_definitions().iter().filter_map(assigned)
            {
                for (index, hook) in &self.assigned {
                    at(&mut cx, *index);
                    hook(&mut cx, definition, value);
                }
            }
        }
        if !self.stored.is_empty() {
            for (attribute, value) in stored(facts) {
                for (index, hook) in &self.stored {
                    at(&mut cx, *index);
                    hook(&mut cx, attribute, value);
                }
            }
        }
        for (index, hook) in &self.functions {
            for function in facts.function_statements() {
                at(&mut cx, *index);
                hook(&mut cx, function);
            }
        }
        for (index, hook) in &self.classes {
            for class in facts.class_statements() {
                at(&mut cx, *index);
                hook(&mut cx, class);
            }
        }
        for (index, hook) in &self.accumulations {
            for accumulation in facts.accumulations() {
                at(&mut cx, *index);
                hook(&mut cx, accumulation);
            }
        }
        if !self.recursions.is_empty() {
            for (index, hook) in &self.recursions {
                for recursion in &facts.calls().recursions {
                    at(&mut cx, *index);
                    hook(&mut cx, recursion);
                }
            }
        }
        let mut diagnostics = most_specific(cx.diagnostics);
        edits::shown::drop_fixes(facts, &mut diagnostics);
        diagnostics
    }

    /// The hooks that want to see what is spread in a call of this name.
    fn spreads_into<'a>(
        &self,
        facts: &Facts<'a>,
        call: &'a ExprCall,
    ) -> impl Iterator<Item = (usize, SpreadHook)> {
        let name = match &*call.func {
            Expr::Name(name) if facts.scopes().is_alias(&name.id) => {
                facts.qualified(&call.func).and_then(|name| name.rsplit('.').next())
            }
            Expr::Name(name) => Some(name.id.as_str()),
            Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
            _ => None,
        };
        name.and_then(|name| self.spreads.get(name)).into_iter().flatten().copied()
    }

    /// The hooks that want to see a call for what it calls.
    fn functions_called<'a>(
        &self,
        facts: &Facts<'a>,
        call: &'a ExprCall,
    ) -> impl Iterator<Item = (usize, CallHook)> {
        let wanted = |tail: &str| self.calls.contains_key(tail);
        let name = match &*call.func {
            Expr::Name(name) if wanted(name.id.as_str()) || facts.scopes().is_alias(&name.id) => {
                facts.qualified(&call.func)
            }
            Expr::Attribute(attribute) if wanted(attribute.attr.as_str()) => {
                facts.qualified(&call.func)
            }
            _ => None,
        };
        let last = name.map(|name| name.rsplit('.').next().unwrap_or(name));
        let hooks = last.and_then(|last| self.calls.get(last));
        hooks
            .into_iter()
            .flatten()
            .filter(move |(wanted, ..)| name == Some(*wanted))
            .map(|(_, index, hook)| (*index, *hook))
    }
}

/// The value that a definition gives its name, unless it is known at a glance to make nothing.
fn assigned<'f, 'a>(definition: &'f Definition<'a>) -> Option<(&'f Definition<'a>, &'a Expr)> {
    let DefinitionKind::Assign { value, .. } = definition.kind else { return None };
    makes_something(value).then_some((definition, value))
}

/// The attributes that a statement gives the whole of a value.
fn stored<'f, 'a>(
    facts: &'f Facts<'a>,
) -> impl Iterator<Item = (&'a ExprAttribute, &'a Expr)> + use<'f, 'a> {
    let nodes = facts.nodes();
    facts.attribute_stores().iter().filter_map(|attribute| {
        let value = match nodes.get(nodes.parent(nodes.id(*attribute)))? {
            Node::Stmt(Stmt::Assign(it)) => &*it.value,
            Node::Stmt(Stmt::AnnAssign(it)) => it.value.as_deref()?,
            _ => return None,
        };
        makes_something(value).then_some((*attribute, value))
    })
}

/// Whether an expression may make a new object.
fn makes_something(value: &Expr) -> bool {
    !value.is_literal_expr()
        && !matches!(value, Expr::Name(_) | Expr::Attribute(_) | Expr::Lambda(_))
}

/// One place, one finding: drops what a more specific rule says better.
fn most_specific(mut diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let mut specific: Vec<(TextRange, &'static [&'static str])> = diagnostics
        .iter()
        .filter(|found| !found.rule.over.is_empty())
        .map(|found| (found.range, found.rule.over))
        .collect();
    if specific.is_empty() {
        return diagnostics;
    }
    specific.sort_by_key(|(range, _)| range.start());
    // How far all up to each of them reach.
    let reach: Vec<TextSize> = specific
        .iter()
        .scan(TextSize::default(), |reach, (range, _)| {
            *reach = range.end().max(*reach);
            Some(*reach)
        })
        .collect();
    diagnostics.retain(|found| {
        let before = specific.partition_point(|(range, _)| range.start() < found.range.end());
        let common = reach[..before].iter().rev().take_while(|reach| **reach > found.range.start());
        !specific[before - common.count()..before].iter().any(|(range, over)| {
            over.contains(&found.rule.spec.code)
                && range.intersect(found.range).is_some_and(|common| !common.is_empty())
        })
    });
    diagnostics
}

#[cfg(test)]
mod tests {
    use ruff_text_size::{TextRange, TextSize};

    use super::most_specific;
    use crate::diagnostic::Diagnostic;
    use crate::rules::{deepcopy, deepcopy_in_loop};

    fn range(from: u32, to: u32) -> TextRange {
        TextRange::new(TextSize::new(from), TextSize::new(to))
    }

    /// The general finding at a range, among specific ones, is left.
    fn left(specific: &[(u32, u32)], at: (u32, u32)) -> bool {
        let mut found: Vec<Diagnostic> = specific
            .iter()
            .map(|(from, to)| Diagnostic::new(&deepcopy_in_loop::RULE, range(*from, *to), ""))
            .collect();
        found.push(Diagnostic::new(&deepcopy::RULE, range(at.0, at.1), ""));
        most_specific(found).iter().any(|it| it.rule.spec.code == "MEM303")
    }

    #[test]
    fn what_overlaps_a_specific_finding_goes() {
        for at in [(5, 8), (0, 20), (10, 12), (18, 30)] {
            assert!(!left(&[(4, 20)], at), "{at:?}");
        }
        for at in [(0, 4), (20, 25), (7, 7)] {
            assert!(left(&[(4, 20)], at), "{at:?}");
        }
    }

    #[test]
    fn a_long_finding_reaches_past_those_that_begin_later() {
        let specific = [(0, 100), (10, 12), (20, 22), (200, 300)];
        assert!(!left(&specific, (50, 60)));
        assert!(left(&specific, (100, 200)));
        assert!(!left(&specific, (299, 310)));
    }
}
