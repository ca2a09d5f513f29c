//! Python versions as configuration states them, and the range that `requires-python` gives.

use pep440_rs::{Operator, VersionSpecifiers};
use ruff_python_ast::PythonVersion;
use std::str::FromStr as _;

/// Every version that can be a target.
fn known() -> impl Iterator<Item = PythonVersion> {
    PythonVersion::iter()
}

/// The version of a text such as `3.9` or `py39`.
pub(super) fn parse(text: &str) -> Option<PythonVersion> {
    let compact = |version: &PythonVersion| format!("py{}{}", version.major, version.minor);
    known().find(|version| version.to_string() == text || compact(version) == text)
}

/// The versions that can be targets, for a message.
pub(super) fn choices() -> String {
    let known: Vec<String> = known().map(|version| version.to_string()).collect();
    known.join(", ")
}

/// The oldest version that a set of specifiers, such as `>=3.9,<4`, admits. `None` where it
/// states no lower bound or is none.
pub(super) fn oldest(specifiers: &str) -> Option<PythonVersion> {
    let specifiers = VersionSpecifiers::from_str(specifiers).ok()?;
    let lower = specifiers
        .iter()
        .filter(|it| {
            matches!(
                it.operator(),
                Operator::GreaterThanEqual
                    | Operator::GreaterThan
                    | Operator::TildeEqual
                    | Operator::Equal
                    | Operator::EqualStar
                    | Operator::ExactEqual
            )
        })
        .map(|it| {
            let release = it.version().release();
            let part = |index: usize| u8::try_from(release.get(index).copied().unwrap_or(0)).ok();
            Some((part(0)?, part(1)?))
        })
        .max()??;
    let (oldest, newest) = (PythonVersion::PY37, PythonVersion::PY315);
    let version = PythonVersion { major: lower.0, minor: lower.1 };
    match lower {
        (2, _) => Some(oldest),
        (3, _) => Some(version.clamp(oldest, newest)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::oldest;

    #[test]
    fn the_lower_bound_of_requires_python_counts() {
        let text = |specifiers: &str| oldest(specifiers).map(|version| version.to_string());
        assert_eq!(text(">=3.9,<4"), Some("3.9".to_owned()));
        assert_eq!(text("~=3.10"), Some("3.10".to_owned()));
        assert_eq!(text("==3.11.*"), Some("3.11".to_owned()));
        assert_eq!(text(">=2.7, !=3.0.*, !=3.1.*"), Some("3.7".to_owned()));
        assert_eq!(text(">3.8,>=3.10.2"), Some("3.10".to_owned()));
        assert_eq!(text("<4"), None);
        assert_eq!(text("three"), None);
    }
}
