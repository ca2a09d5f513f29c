//! The grammar of suppression comments.
//!
//! ```text
//! # heaplint: ignore[MEM101, list-in-reduction] reason    this line, or the statement below
//! # heaplint: ignore-file[MEM101] reason                  the file; without a list, every rule
//! # heaplint: disable[MEM101] reason                      from here to `enable` or the block's end
//! # heaplint: enable[MEM101]
//! # noqa: MEM101, E501                                    this line; foreign codes are passed over
//! ```
//!
//! A comment may hold several, each behind its own `#`.

use ruff_text_size::{TextRange, TextSize};

/// What a comment asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// The line, or the statement below.
    Ignore,
    /// The file.
    IgnoreFile,
    /// From here on.
    Disable,
    /// Up to here.
    Enable,
    /// The line, as other linters write it.
    Noqa,
}

/// One pragma of a comment.
#[derive(Debug)]
pub(super) struct Pragma<'a> {
    /// What it asks for.
    pub(super) verb: Verb,
    /// From its `#` to its end, with the reason.
    pub(super) range: TextRange,
    /// The names in the list, each with its place. Empty for a blanket one.
    pub(super) names: Vec<(&'a str, TextRange)>,
    /// Whether there is a list.
    pub(super) listed: bool,
    /// Why, in the author's words.
    pub(super) reason: &'a str,
    /// What is wrong with its form.
    pub(super) malformed: Option<&'static str>,
}

/// The pragmas of a comment that begins at an offset.
pub(super) fn parse(comment: &str, offset: TextSize) -> Vec<Pragma<'_>> {
    let starts: Vec<usize> = memchr::memchr_iter(b'#', comment.as_bytes()).collect();
    starts
        .iter()
        .enumerate()
        .filter_map(|(index, &start)| {
            let end = starts.get(index + 1).copied().unwrap_or(comment.len());
            let text = comment[start..end].trim_end();
            one(text, offset + TextSize::new(start as u32))
        })
        .collect()
}

const NO_LIST: &str = "it names no rule: write `ignore[MEM101]`";
const OPEN_LIST: &str = "its list of rules is not closed";
const EMPTY_LIST: &str = "its list of rules is empty";
const UNKNOWN_VERB: &str = "expected `ignore`, `ignore-file`, `disable` or `enable`";

/// The pragma of a text that begins with `#`.
fn one(text: &str, offset: TextSize) -> Option<Pragma<'_>> {
    let range = TextRange::at(offset, TextSize::new(text.len() as u32));
    let body = text[1..].trim_start();
    let at = text.len() - body.len();
    if body.len() >= 4 && body.is_char_boundary(4) && body[..4].eq_ignore_ascii_case("noqa") {
        return noqa(&body[4..], at + 4, offset, range);
    }
    let rest = body.strip_prefix("heaplint:")?;
    let word_at = text.len() - rest.trim_start().len();
    let word: &str = rest
        .trim_start()
        .split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
        .next()
        .unwrap_or_default();
    let mut pragma = Pragma {
        verb: Verb::Ignore,
        range,
        names: Vec::new(),
        listed: false,
        reason: "",
        malformed: None,
    };
    pragma.verb = match word {
        "ignore" => Verb::Ignore,
        "ignore-file" => Verb::IgnoreFile,
        "disable" => Verb::Disable,
        "enable" => Verb::Enable,
        _ => {
            pragma.malformed = Some(UNKNOWN_VERB);
            return Some(pragma);
        }
    };
    let after_at = word_at + word.len();
    let after = &text[after_at..];
    let Some(list) = after.trim_start().strip_prefix('[') else {
        pragma.reason = after.trim();
        if pragma.verb != Verb::IgnoreFile {
            pragma.malformed = Some(NO_LIST);
        }
        return Some(pragma);
    };
    let list_at = text.len() - list.len();
    let Some((inside, reason)) = list.split_once(']') else {
        pragma.malformed = Some(OPEN_LIST);
        return Some(pragma);
    };
    pragma.listed = true;
    pragma.reason = reason.trim().trim_start_matches([':', '-']).trim();
    pragma.names = names(inside, list_at, offset).collect();
    if pragma.names.is_empty() {
        pragma.malformed = Some(EMPTY_LIST);
    }
    Some(pragma)
}

/// `# noqa` and `# noqa: A, B`: the codes that are heaplint's. `None` where all are foreign.
fn noqa(rest: &str, at: usize, offset: TextSize, range: TextRange) -> Option<Pragma<'_>> {
    let mut pragma = Pragma {
        verb: Verb::Noqa,
        range,
        names: Vec::new(),
        listed: false,
        reason: "",
        malformed: None,
    };
    let Some(list) = rest.trim_start().strip_prefix(':') else {
        // `noqareally` is a word of somebody's.
        return rest.chars().next().is_none_or(char::is_whitespace).then_some(pragma);
    };
    let list_at = at + rest.len() - list.len();
    pragma.listed = true;
    pragma.names = names(list, list_at, offset)
        .flat_map(|(part, range)| {
            // Codes may stand with blanks alone between them.
            part.split_ascii_whitespace().map(move |word| {
                let start = word.as_ptr() as usize - part.as_ptr() as usize;
                let start = range.start() + TextSize::new(start as u32);
                (word, TextRange::at(start, TextSize::new(word.len() as u32)))
            })
        })
        .take_while(|(word, _)| word.starts_with(|first: char| first.is_ascii_alphabetic()))
        .filter(|(word, _)| is_own_code(word))
        .collect();
    (!pragma.names.is_empty()).then_some(pragma)
}

/// `MEM` and digits.
fn is_own_code(word: &str) -> bool {
    word.len() > 3
        && word.is_char_boundary(3)
        && word[..3].eq_ignore_ascii_case("MEM")
        && word[3..].bytes().all(|byte| byte.is_ascii_digit())
}

/// The parts of a list with commas, trimmed, each with its place.
fn names(list: &str, at: usize, offset: TextSize) -> impl Iterator<Item = (&str, TextRange)> {
    let mut start = at;
    list.split(',').filter_map(move |part| {
        let begin = start + part.len() - part.trim_start().len();
        start += part.len() + 1;
        let name = part.trim();
        let range =
            TextRange::at(offset + TextSize::new(begin as u32), TextSize::new(name.len() as u32));
        (!name.is_empty()).then_some((name, range))
    })
}

#[cfg(test)]
mod tests {
    use super::{Verb, parse};
    use ruff_text_size::TextSize;

    /// The verb, the names, the reason, and whether the form is right.
    fn read(comment: &str) -> Vec<(Verb, Vec<&str>, &str, bool)> {
        parse(comment, TextSize::new(0))
            .into_iter()
            .map(|it| {
                for (name, range) in &it.names {
                    assert_eq!(&comment[*range], *name);
                }
                let names = it.names.iter().map(|(name, _)| *name).collect();
                (it.verb, names, it.reason, it.malformed.is_none())
            })
            .collect()
    }

    #[test]
    fn forms() {
        use Verb::{Disable, Enable, Ignore, IgnoreFile, Noqa};
        assert_eq!(
            read("# heaplint: ignore[MEM101, list-for-length] small"),
            [(Ignore, vec!["MEM101", "list-for-length"], "small", true)]
        );
        assert_eq!(
            read("#heaplint:ignore[MEM101]: small"),
            [(Ignore, vec!["MEM101"], "small", true)]
        );
        assert_eq!(
            read("# type: ignore[x]  # heaplint: ignore[MEM101]  # noqa: E501,MEM103"),
            [(Ignore, vec!["MEM101"], "", true), (Noqa, vec!["MEM103"], "", true)]
        );
        assert_eq!(read("# heaplint: ignore-file"), [(IgnoreFile, vec![], "", true)]);
        assert_eq!(read("# heaplint: ignore-file[MEM1]"), [(IgnoreFile, vec!["MEM1"], "", true)]);
        assert_eq!(read("# heaplint: disable[MEM1]"), [(Disable, vec!["MEM1"], "", true)]);
        assert_eq!(read("# heaplint: enable[MEM1]"), [(Enable, vec!["MEM1"], "", true)]);
        assert_eq!(read("# NOQA"), [(Noqa, vec![], "", true)]);
        assert_eq!(
            read("# noqa : mem101 MEM102 why"),
            [(Noqa, vec!["mem101", "MEM102"], "", true)]
        );
    }

    #[test]
    fn what_is_no_pragma() {
        for comment in ["# noqa: E501", "# noqareally", "# heaplint is good", "# ruff: noqa", "#"] {
            assert_eq!(read(comment), [], "{comment}");
        }
    }

    #[test]
    fn malformed() {
        for comment in [
            "# heaplint: ignore",
            "# heaplint: ignore[MEM101",
            "# heaplint: ignore[]",
            "# heaplint: ingore[MEM101]",
            "# heaplint:",
        ] {
            let read = read(comment);
            assert!(matches!(read[..], [(_, _, _, false)]), "{comment}: {read:?}");
        }
    }
}
