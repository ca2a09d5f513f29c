//! Code actions: fixes, suppressions and the rule's page, always computed from the text as it is.

use std::collections::BTreeSet;

use ruff_text_size::Ranged as _;
use serde_json::{Value, json};

use super::diagnostics::{self, SOURCE};
use super::edits::{difference, workspace_edit};
use super::protocol::CodeActionParams;
use super::snapshot::{Part, Snapshot};
use crate::diagnostic::Diagnostic;
use crate::fix::{Safety, fix_where};
use crate::rule::Rule;
use crate::suppress;

const QUICK_FIX: &str = "quickfix";
const FIX_ALL: &str = "source.fixAll.heaplint";
/// Outside of `source.fixAll`, so that no editor applies it on saving.
const FIX_ALL_UNSAFE: &str = "source.fixAllUnsafe.heaplint";

/// The kinds of actions that there are.
pub(super) const KINDS: [&str; 3] = [QUICK_FIX, FIX_ALL, FIX_ALL_UNSAFE];

/// What a client does by itself, without a user who chooses.
const AUTOMATIC: u32 = 2;

/// The edit of an action that changes many places of a file.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sweep {
    /// Every safe fix.
    Safe,
    /// Every fix.
    Unsafe,
    /// The fixes of one rule, the safe ones.
    Rule(&'static Rule),
}

impl Sweep {
    fn name(self) -> &'static str {
        match self {
            Sweep::Safe => "fixAll",
            Sweep::Unsafe => "fixAllUnsafe",
            Sweep::Rule(rule) => rule.spec.code,
        }
    }

    fn parse(name: &str) -> Option<Sweep> {
        match name {
            "fixAll" => Some(Sweep::Safe),
            "fixAllUnsafe" => Some(Sweep::Unsafe),
            code => crate::config::named(code).map(Sweep::Rule),
        }
    }

    /// The edit of the whole file. `None` where nothing is to be changed.
    pub(super) fn edit(self, snapshot: &Snapshot) -> Option<Value> {
        let up_to = match self {
            Sweep::Unsafe => Safety::Unsafe,
            Sweep::Safe | Sweep::Rule(_) => Safety::Safe,
        };
        let wanted = |_: &crate::Source, found: &Diagnostic| {
            !snapshot.is_accepted(found)
                && match self {
                    Sweep::Rule(rule) => std::ptr::eq(rule, found.rule),
                    Sweep::Safe | Sweep::Unsafe => true,
                }
        };
        let fixed = fix_where(&snapshot.source, snapshot.settings(), up_to, &wanted);
        let edits = difference(&snapshot.source, &fixed.source);
        (!edits.is_empty()).then(|| workspace_edit(snapshot, &edits))
    }
}

/// What kinds are asked for: a kind stands for itself and, on the boundary of a dot, for what is
/// below it.
struct Wanted(Option<Vec<String>>);

impl Wanted {
    fn has(&self, kind: &str) -> bool {
        let Some(only) = &self.0 else { return true };
        only.iter().any(|asked| {
            asked.is_empty()
                || kind.strip_prefix(asked.as_str()).is_some_and(|it| it.is_empty() || it.starts_with('.'))
        })
    }
}

/// The code actions of a range.
pub(super) fn of_range(snapshot: &Snapshot, params: CodeActionParams) -> Value {
    let CodeActionParams { text_document, range, context } = params;
    let Some(part) = snapshot.part_of(&text_document.uri) else { return json!([]) };
    let automatic = context.trigger_kind == Some(AUTOMATIC);
    let wanted = Wanted(context.only);
    let mut actions = Vec::new();
    let ours = |item: &Value| item["source"] == SOURCE;
    let stated: Vec<Value> = context.diagnostics.into_iter().filter(ours).collect();
    let span = snapshot.offsets(part, range);
    let found: Vec<&Diagnostic> = snapshot
        .found()
        .iter()
        .filter(|found| Snapshot::span(part).contains_range(found.range()))
        .filter(|found| diagnostics::touches(found, span))
        .collect();
    if wanted.has(QUICK_FIX) {
        let of = Of { snapshot, part, stated: &stated };
        of.fixes(&found, &mut actions);
        if !automatic {
            of.sweeps_by_rule(&found, &mut actions);
        }
        of.suppressions(&found, &mut actions);
        of.pages(&found, &mut actions);
    }
    let editor = &snapshot.by.editor;
    // Moves of the cursor must cost nothing, and whoever asks by kind wants the kind.
    if editor.fix_all && (!automatic || wanted.0.is_some()) {
        let offers = |up_to: Safety| {
            snapshot.found().iter().any(|found| found.fix.as_ref().is_some_and(|it| it.safety() >= up_to))
        };
        if wanted.has(FIX_ALL) && offers(Safety::Safe) {
            let title = "Fix all that is safe to fix (heaplint)";
            actions.extend(sweep(snapshot, part, title, FIX_ALL, Sweep::Safe));
        }
        let explicit = wanted.0.is_some();
        if explicit && editor.unsafe_fixes && wanted.has(FIX_ALL_UNSAFE) && offers(Safety::Unsafe) {
            let title = "Fix all, also what may change behaviour (heaplint)";
            actions.extend(sweep(snapshot, part, title, FIX_ALL_UNSAFE, Sweep::Unsafe));
        }
    }
    Value::Array(actions)
}

/// An action that changes many places: with its edit, or with what it takes to compute it later.
fn sweep(
    snapshot: &Snapshot,
    part: &Part,
    title: &str,
    kind: &str,
    sweep: Sweep,
) -> Option<Value> {
    let mut action = json!({ "title": title, "kind": kind });
    if snapshot.client.resolves_edits {
        action["data"] = json!({
            "v": 1,
            "uri": *part.uri,
            "version": part.version,
            "sweep": sweep.name(),
        });
    } else {
        action["edit"] = sweep.edit(snapshot)?;
    }
    Some(action)
}

/// What an action that is to be resolved is about: the document, its version then, and the edit.
pub(super) fn unresolved(action: &Value) -> Option<(String, Option<i64>, Sweep)> {
    let data = action.get("data")?;
    let uri = data["uri"].as_str()?.to_owned();
    let sweep = Sweep::parse(data["sweep"].as_str()?)?;
    (data["v"] == 1).then(|| (uri, data["version"].as_i64(), sweep))
}

/// The action with its edit. One of an older version stays without.
pub(super) fn resolve(
    snapshot: &Snapshot,
    mut action: Value,
    (uri, version, sweep): &(String, Option<i64>, Sweep),
) -> Value {
    let current = snapshot.part_of(uri).and_then(|part| part.version).map(i64::from);
    if current == *version
        && let Some(edit) = sweep.edit(snapshot)
    {
        action["edit"] = edit;
    }
    action
}

/// The quick fixes of a part.
struct Of<'s> {
    snapshot: &'s Snapshot,
    part: &'s Part,
    /// The diagnostics of ours that the client named.
    stated: &'s [Value],
}

impl Of<'_> {
    /// The diagnostic as the client has it, else as it would get it.
    fn diagnostic(&self, found: &Diagnostic) -> Value {
        let own = diagnostics::one(self.snapshot, self.part, found);
        let same = |it: &&Value| it["code"] == own["code"] && it["range"] == own["range"];
        self.stated.iter().find(same).cloned().unwrap_or(own)
    }

    fn fixes(&self, found: &[&Diagnostic], actions: &mut Vec<Value>) {
        let editor = &self.snapshot.by.editor;
        if !editor.fix_violation {
            return;
        }
        let mut preferred = false;
        for found in found {
            let Some(fix) = &found.fix else { continue };
            let safe = fix.safety() == Safety::Safe;
            let editable = fix.edits().iter().all(|it| self.snapshot.source.is_editable(it.range()));
            if !editable || !(safe || editor.unsafe_fixes) {
                continue;
            }
            let mark = if safe { "" } else { ", unsafe" };
            let mut action = json!({
                "title": format!("{} ({}{mark})", fix.title(), found.rule.spec.code),
                "kind": QUICK_FIX,
                "diagnostics": [self.diagnostic(found)],
                "edit": workspace_edit(self.snapshot, fix.edits()),
            });
            // Of two preferred ones an editor could not choose.
            if safe && !preferred {
                preferred = true;
                action["isPreferred"] = true.into();
            }
            actions.push(action);
        }
    }

    fn sweeps_by_rule(&self, found: &[&Diagnostic], actions: &mut Vec<Value>) {
        if !self.snapshot.by.editor.fix_violation {
            return;
        }
        for rule in rules(found) {
            let count = self
                .snapshot
                .found()
                .iter()
                .filter(|it| std::ptr::eq(it.rule, rule))
                .filter(|it| it.fix.as_ref().is_some_and(|fix| fix.safety() == Safety::Safe))
                .count();
            if count > 1 {
                let title = format!("Fix all {} in this file that are safe to fix", rule.spec.code);
                let what = Sweep::Rule(rule);
                actions.extend(sweep(self.snapshot, self.part, &title, QUICK_FIX, what));
            }
        }
    }

    fn suppressions(&self, found: &[&Diagnostic], actions: &mut Vec<Value>) {
        if !self.snapshot.by.editor.disable_rule {
            return;
        }
        let (source, settings) = (&self.snapshot.source, self.snapshot.settings());
        let mut seen = BTreeSet::new();
        for found in found.iter().filter(|it| suppress::is_suppressible(it.rule)) {
            let code = found.rule.spec.code;
            if !seen.insert((code, source.line_start(found.range.start()))) {
                continue;
            }
            let diagnostics = json!([self.diagnostic(found)]);
            let mut offer = |title: String, edits: &[crate::fix::Edit]| {
                if !edits.is_empty() && edits.iter().all(|it| source.is_editable(it.range())) {
                    actions.push(json!({
                        "title": title,
                        "kind": QUICK_FIX,
                        "diagnostics": diagnostics,
                        "edit": workspace_edit(self.snapshot, edits),
                    }));
                }
            };
            let line = suppress::edits(source, settings, &[found], "");
            offer(format!("Ignore {code} on this line"), &line);
            let file: Vec<_> = suppress::file_edit(source, settings, code).into_iter().collect();
            offer(format!("Ignore {code} in this file"), &file);
        }
    }

    fn pages(&self, found: &[&Diagnostic], actions: &mut Vec<Value>) {
        if !self.snapshot.client.shows_documents {
            return;
        }
        for rule in rules(found) {
            let title = format!("Explain {} ({})", rule.spec.code, rule.spec.name);
            let command = json!({
                "title": title,
                "command": super::requests::EXPLAIN,
                "arguments": [{ "code": rule.spec.code }],
            });
            actions.push(json!({ "title": title, "kind": QUICK_FIX, "command": command }));
        }
    }
}

/// The rules of findings, each once.
fn rules(found: &[&Diagnostic]) -> Vec<&'static Rule> {
    let mut rules: Vec<&'static Rule> = Vec::new();
    for found in found {
        if !rules.iter().any(|rule| std::ptr::eq(*rule, found.rule)) {
            rules.push(found.rule);
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    #[test]
    fn kinds_match_on_dots() {
        let has = |only: &str, kind: &str| Wanted(Some(vec![only.to_owned()])).has(kind);
        assert!(has("source", "source.fixAll.heaplint"));
        assert!(has("source.fixAll", "source.fixAll.heaplint"));
        assert!(has("source.fixAll.heaplint", "source.fixAll.heaplint"));
        assert!(has("", "quickfix"));
        assert!(!has("source.fix", "source.fixAll.heaplint"));
        assert!(!has("source.fixAll", "source.fixAllUnsafe.heaplint"));
        assert!(!has("source.fixAll.other", "source.fixAll.heaplint"));
        assert!(Wanted(None).has("quickfix"));
    }
}
