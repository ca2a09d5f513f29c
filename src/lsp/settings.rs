//! The settings of an editor: which they are, and how they lie over or under configuration files.
//!
//! Read leniently: a setting of the wrong type keeps its default and is told of.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::config::{Layer, Lookup, Options, Projects};

/// Which wins where an editor and a configuration file both say something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Preference {
    /// The editor.
    #[default]
    EditorFirst,
    /// The file.
    FilesystemFirst,
    /// The editor, and files do not count.
    EditorOnly,
}

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LogLevel {
    /// What is broken.
    Error = 1,
    /// What is odd.
    Warning = 2,
    /// What happens.
    Info = 3,
    /// Everything.
    Debug = 4,
}

/// The settings of an editor for a folder.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting that a user turns on or off")]
pub(super) struct Editor {
    /// Whether anything is found at all.
    pub(super) enable: bool,
    /// Whether syntax errors are reported: another server may do so too.
    pub(super) syntax_errors: bool,
    /// Whether `source.fixAll` is offered.
    pub(super) fix_all: bool,
    /// Whether quick fixes are offered.
    pub(super) fix_violation: bool,
    /// Whether actions that write suppressions are offered.
    pub(super) disable_rule: bool,
    /// Whether unsafe fixes are offered, marked as such.
    pub(super) unsafe_fixes: bool,
    /// Whether the sizes of large objects are shown in the text.
    pub(super) inlay_hints: bool,
    /// Whether diagnostics of files that are not open are offered to the client.
    pub(super) whole_workspace: bool,
    /// The least serious message that is logged.
    pub(super) log_level: LogLevel,
    file: Option<PathBuf>,
    preference: Preference,
    options: Vec<Options>,
}

impl Default for Editor {
    fn default() -> Self {
        Editor {
            enable: true,
            syntax_errors: true,
            fix_all: true,
            fix_violation: true,
            disable_rule: true,
            unsafe_fixes: true,
            inlay_hints: false,
            whole_workspace: false,
            log_level: LogLevel::Info,
            file: None,
            preference: Preference::EditorFirst,
            options: Vec::new(),
        }
    }
}

impl Editor {
    /// Reads settings, which may stand in an object of the server's name. What is wrong with them
    /// is noted.
    pub(super) fn read(value: &Value, problems: &mut Vec<String>) -> Editor {
        let value = ["heaplint", "settings"]
            .iter()
            .fold(value, |value, name| value.get(name).filter(|it| it.is_object()).unwrap_or(value));
        let mut reader = Reader { value, problems };
        let default = Editor::default();
        let mut editor = Editor {
            enable: reader.switch("/enable", true) && reader.switch("/lint/enable", true),
            syntax_errors: reader.switch("/showSyntaxErrors", default.syntax_errors),
            fix_all: reader.switch("/fixAll", default.fix_all),
            fix_violation: reader.switch("/codeAction/fixViolation/enable", default.fix_violation),
            disable_rule: reader.switch("/codeAction/disableRuleComment/enable", default.disable_rule),
            unsafe_fixes: reader.switch("/unsafeFixes", default.unsafe_fixes),
            inlay_hints: reader.switch("/inlayHints/enable", default.inlay_hints),
            whole_workspace: reader
                .word("/diagnosticMode", &[("openFilesOnly", false), ("workspace", true)])
                .unwrap_or(default.whole_workspace),
            log_level: reader
                .word(
                    "/logLevel",
                    &[
                        ("error", LogLevel::Error),
                        ("warn", LogLevel::Warning),
                        ("warning", LogLevel::Warning),
                        ("info", LogLevel::Info),
                        ("debug", LogLevel::Debug),
                        ("trace", LogLevel::Debug),
                    ],
                )
                .unwrap_or(default.log_level),
            preference: reader
                .word(
                    "/configurationPreference",
                    &[
                        ("editorFirst", Preference::EditorFirst),
                        ("filesystemFirst", Preference::FilesystemFirst),
                        ("editorOnly", Preference::EditorOnly),
                    ],
                )
                .unwrap_or_default(),
            ..default
        };
        match reader.at("/configuration") {
            None | Some(Value::String(_)) => {
                editor.file = reader.text("/configuration").map(PathBuf::from);
            }
            Some(inline) => match serde_json::from_value(inline.clone()) {
                Ok(options) => editor.options.push(options),
                Err(error) => reader.problems.push(format!("`configuration`: {error}")),
            },
        }
        let stated = Options {
            select: reader.list("/lint/select"),
            extend_select: reader.list("/lint/extendSelect").unwrap_or_default(),
            ignore: reader.list("/lint/ignore").unwrap_or_default(),
            extend_exclude: reader.list("/exclude").unwrap_or_default(),
            target_version: reader.text("/targetVersion"),
            ..Options::default()
        };
        if stated != Options::default() {
            editor.options.push(stated);
        }
        editor
    }

    /// The configurations of the files below a directory under these settings.
    pub(super) fn projects(&self, root: &Path) -> Projects {
        let layers = || -> Vec<Layer> {
            self.options
                .iter()
                .map(|options| Layer::editor(options.clone(), root.to_path_buf()))
                .collect()
        };
        let lookup = match (&self.file, self.preference) {
            (Some(file), Preference::EditorFirst | Preference::EditorOnly) => {
                Lookup::File(crate::config::absolute(&root.join(file)))
            }
            (None, Preference::EditorOnly) => Lookup::Isolated,
            (_, Preference::FilesystemFirst) | (None, Preference::EditorFirst) => Lookup::Nearest,
        };
        let (below, above) = match self.preference {
            Preference::FilesystemFirst => (layers(), Vec::new()),
            Preference::EditorFirst | Preference::EditorOnly => (Vec::new(), layers()),
        };
        Projects::between(lookup, below, above, root.to_path_buf())
    }
}

/// Reads values by their paths.
struct Reader<'v> {
    value: &'v Value,
    problems: &'v mut Vec<String>,
}

impl<'v> Reader<'v> {
    /// What stands at a path. Null is how editors write what is not set.
    fn at(&self, path: &str) -> Option<&'v Value> {
        self.value.pointer(path).filter(|value| !value.is_null())
    }

    fn wrong<T>(&mut self, path: &str, wanted: &str) -> Option<T> {
        let key = path.trim_start_matches('/').replace('/', ".");
        self.problems.push(format!("`{key}` is not {wanted}"));
        None
    }

    fn switch(&mut self, path: &str, default: bool) -> bool {
        let Some(value) = self.at(path) else { return default };
        value.as_bool().or_else(|| self.wrong(path, "true or false")).unwrap_or(default)
    }

    fn text(&mut self, path: &str) -> Option<String> {
        let text = match self.at(path)?.as_str() {
            Some(text) => text.to_owned(),
            None => self.wrong(path, "a string")?,
        };
        (!text.is_empty()).then_some(text)
    }

    fn list(&mut self, path: &str) -> Option<Vec<String>> {
        let list = self.at(path)?.as_array().and_then(|list| {
            list.iter().map(|item| item.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
        });
        list.or_else(|| self.wrong(path, "a list of strings"))
    }

    fn word<T: Copy>(&mut self, path: &str, words: &[(&str, T)]) -> Option<T> {
        let value = self.at(path)?;
        let found = words.iter().find(|(word, _)| value.as_str() == Some(word));
        found.map(|(_, meaning)| *meaning).or_else(|| {
            let words: Vec<String> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            self.wrong(path, &format!("one of {}", words.join(", ")))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Editor, LogLevel};
    use serde_json::json;

    #[test]
    fn settings_are_read_where_they_stand() {
        let mut problems = Vec::new();
        let lint = json!({ "lint": { "select": ["MEM1"] }, "logLevel": "debug" });
        let flat = Editor::read(&lint, &mut problems);
        assert_eq!(flat, Editor::read(&json!({ "heaplint": lint }), &mut problems));
        assert_eq!(flat, Editor::read(&json!({ "settings": lint }), &mut problems));
        assert_eq!(flat.log_level, LogLevel::Debug);
        assert_eq!(flat.options[0].select, Some(vec!["MEM1".to_owned()]));
        assert_eq!(problems, Vec::<String>::new());
        for nothing in [json!(null), json!(7), json!([]), json!({ "lint": null, "enable": null })] {
            assert_eq!(Editor::read(&nothing, &mut problems), Editor::default());
        }
        assert_eq!(problems, Vec::<String>::new());
    }

    #[test]
    fn what_is_wrong_is_told_and_keeps_its_default() {
        let mut problems = Vec::new();
        let wrong = json!({
            "enable": "yes",
            "lint": { "select": "MEM1" },
            "logLevel": "loud",
            "configuration": { "selct": [] },
        });
        assert_eq!(Editor::read(&wrong, &mut problems), Editor::default());
        assert_eq!(problems[0], "`enable` is not true or false");
        assert!(problems.iter().any(|it| it.starts_with("`logLevel` is not one of `error`, ")));
        assert!(problems.iter().any(|it| it.starts_with("`configuration`: unknown field `selct`")));
        assert!(problems.iter().any(|it| it == "`lint.select` is not a list of strings"));
        assert_eq!(problems.len(), 4);
    }
}
