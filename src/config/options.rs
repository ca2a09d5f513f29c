//! Options as people write them, in TOML or on the command line. What is absent keeps its default.

use std::collections::BTreeMap;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::emit::Format;
use crate::rule::Level;

/// The options of heaplint: `heaplint.toml`, `.heaplint.toml`, or `[tool.heaplint]` in
/// `pyproject.toml`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "heaplint configuration")]
pub struct Options {
    /// Another configuration file, relative to this one. What this file says wins over it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extend: Option<PathBuf>,
    /// The versions of heaplint that may use this file, as in `">=0.1"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub required_version: Option<String>,
    /// The oldest Python that the code has to run on, as in `"3.9"`. Without it the lower bound of
    /// `requires-python` counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_version: Option<String>,
    /// The rules to run, by code, prefix, family, name or `ALL`, instead of the default ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub select: Option<Vec<String>>,
    /// Rules to run besides those that are selected.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extend_select: Vec<String>,
    /// Rules not to run. Where `select` and `ignore` both name a rule, the more specific one wins.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ignore: Vec<String>,
    /// The level of rules, by code, prefix, family or name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub levels: BTreeMap<String, Level>,
    /// Rules that are not reported in files that match a glob. A glob that begins with `!` stands
    /// for the files that do not match it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_file_ignores: Option<BTreeMap<String, Vec<String>>>,
    /// More of the same, added to what an extended file says.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub extend_per_file_ignores: BTreeMap<String, Vec<String>>,
    /// Globs of the files to check in directories.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include: Option<Vec<String>>,
    /// More of the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extend_include: Vec<String>,
    /// Globs of files and directories to leave out, instead of the default ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclude: Option<Vec<String>>,
    /// More of the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub extend_exclude: Vec<String>,
    /// Leave out what is excluded even when its path is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub force_exclude: Option<bool>,
    /// Leave out what ignore files of version control name. On by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub respect_gitignore: Option<bool>,
    /// Apply safe fixes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<bool>,
    /// Offer and apply fixes that may change behaviour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsafe_fixes: Option<bool>,
    /// The rules whose fixes may be applied. All by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fixable: Option<Vec<String>>,
    /// Rules whose fixes are never applied.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub unfixable: Vec<String>,
    /// How to print findings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output_format: Option<Format>,
    /// The lowest level that fails the gate: `warn` (default) or `info`; `off` for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fail_level: Option<Level>,
    /// The baseline file, relative to this file: findings that it holds are not reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<PathBuf>,
    /// Whether a suppression has to state its reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub require_reason: Option<bool>,
}

impl Options {
    /// The keys, for a suggestion when one is misspelt.
    pub fn keys() -> Vec<String> {
        let schema = schemars::schema_for!(Options);
        schema
            .get("properties")
            .and_then(|properties| properties.as_object())
            .map(|properties| properties.keys().cloned().collect())
            .unwrap_or_default()
    }
}
