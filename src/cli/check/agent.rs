//! Whether an AI agent reads what is printed, by the variables that agents set for the commands
//! that they run.

use crate::emit::Format;

/// The variables, and who sets them.
const VARIABLES: &[(&str, &str)] = &[
    ("AI_AGENT", "any agent: the common name"),
    ("CLAUDECODE", "Claude Code"),
    ("CLINE_ACTIVE", "Cline"),
    ("CODEX_SANDBOX", "Codex"),
    ("CODEX_THREAD_ID", "Codex"),
    ("COPILOT_CLI", "Copilot"),
    ("CURSOR_AGENT", "Cursor"),
    ("GEMINI_CLI", "Gemini CLI"),
    ("JUNIE_DATA", "Junie"),
    ("OPENCODE", "OpenCode"),
];

/// The format where no argument, variable or configuration names one.
pub(super) fn default_format() -> Format {
    if VARIABLES.iter().any(|(name, _)| is_on(name)) { Format::Agent } else { Format::Full }
}

fn is_on(name: &str) -> bool {
    std::env::var_os(name)
        .is_some_and(|value| !value.is_empty() && value != "0" && value != "false")
}
