//! From facts to hooks: which rules want to see which node, and the one walk that calls them.
//!
//! Calls are matched by the last part of their callee's name before anything is resolved, so a
//! hook runs only on calls of the functions that its rule names.

use ruff_python_ast::Expr;
use rustc_hash::FxHashMap;

use crate::config::Settings;
use crate::cx::Cx;
use crate::diagnostic::Diagnostic;
use crate::facts::Facts;
use crate::facts::calls::Recursion;
use crate::facts::flow::Accumulation;
use crate::rule::{On, Rule};
use crate::rules::RULES;
use ruff_python_ast::{ExprCall, StmtClassDef};

type CallHook = for<'f, 'a> fn(&mut Cx<'f, 'a>, &'a ExprCall);
type ClassHook = for<'f, 'a> fn(&mut Cx<'f, 'a>, &'a StmtClassDef);
type AccumulationHook = for<'f, 'a> fn(&mut Cx<'f, 'a>, &'f Accumulation<'a>);
type RecursionHook = for<'f, 'a> fn(&mut Cx<'f, 'a>, &'f Recursion<'a>);

/// The hooks of the enabled rules by what they want to see.
#[derive(Debug, Default, Clone)]
pub struct Dispatch {
    /// By the last part of the callee's qualified name.
    calls: FxHashMap<&'static str, Vec<(&'static str, usize, CallHook)>>,
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
                    On::Class(hook) => dispatch.classes.push((index, hook)),
                    On::Accumulation(hook) => dispatch.accumulations.push((index, hook)),
                    On::Recursion(hook) => dispatch.recursions.push((index, hook)),
                }
            }
        }
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
        if !self.calls.is_empty() {
            for call in facts.call_sites() {
                let tail = match &*call.func {
                    Expr::Name(name) => name.id.as_str(),
                    Expr::Attribute(attribute) => attribute.attr.as_str(),
                    _ => continue,
                };
                let by_tail = self.calls.get(tail);
                let aliased =
                    call.func.is_name_expr() && facts.scopes().import_aliases().contains(&tail);
                if by_tail.is_none() && !aliased {
                    continue;
                }
                let Some(name) = facts.qualified(&call.func) else { continue };
                let last = name.rsplit('.').next().unwrap_or(&name);
                for (wanted, index, hook) in self.calls.get(last).into_iter().flatten() {
                    if *wanted == name {
                        at(&mut cx, *index);
                        hook(&mut cx, call);
                    }
                }
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
        cx.diagnostics
    }
}
