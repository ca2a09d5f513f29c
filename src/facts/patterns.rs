//! Regular expressions that are written in the file: how many groups they capture, and so what
//! `findall` gives for each match.

use ruff_python_ast::{Expr, ExprCall};

use super::Facts;
use super::types::Kind;

/// The capturing groups of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Groups {
    /// How many there are.
    pub count: u32,
    /// Whether a match may leave one of them out.
    pub optional: bool,
    /// Whether it is a pattern of bytes.
    pub bytes: bool,
}

impl<'a> Facts<'a> {
    /// The groups of the pattern that a call of `re.findall`, or of the method of a compiled
    /// pattern, looks for. `None` where it is not written in the file.
    pub fn groups_of(&self, call: &'a ExprCall) -> Option<Groups> {
        match &*call.func {
            Expr::Attribute(func) if self.kind_of(&func.value) == Kind::Pattern => {
                let Expr::Call(compiled) = self.written(&func.value)? else { return None };
                if !self.is_qualified(&compiled.func, "re.compile") {
                    return None;
                }
                self.groups_in(compiled, 1)
            }
            func if self.is_qualified(func, "re.findall") => self.groups_in(call, 2),
            _ => None,
        }
    }

    /// The groups of the pattern that is the first argument; flags are the argument after `most`.
    fn groups_in(&self, call: &'a ExprCall, most: usize) -> Option<Groups> {
        let arguments = &call.arguments;
        let plain = arguments.args.len() <= most
            && arguments.keywords.is_empty()
            && !arguments.args.iter().any(Expr::is_starred_expr);
        let (text, bytes) = match self.written(arguments.args.first()?)? {
            Expr::StringLiteral(it) => (it.value.to_str().to_owned(), false),
            Expr::BytesLiteral(it) => (it.value.bytes().map(char::from).collect::<String>(), true),
            _ => return None,
        };
        // A comment of a verbose pattern may hold anything.
        let commented = (!plain || text.contains("(?")) && text.contains('#');
        let (count, optional) = groups(&text);
        (!commented || !text.contains('(')).then_some(Groups { count, optional, bytes })
    }

    /// The expression itself, or the value that its name stands for where that is known.
    pub fn value_behind(&self, expr: &'a Expr) -> &'a Expr {
        self.written(expr).unwrap_or(expr)
    }

    fn written(&self, expr: &'a Expr) -> Option<&'a Expr> {
        let Expr::Name(name) = expr else { return Some(expr) };
        self.value_of(name)
    }
}

/// The number of capturing groups, and whether one may be left out by an alternative or a
/// quantifier.
fn groups(pattern: &str) -> (u32, bool) {
    let (mut count, mut optional, mut class) = (0, false, false);
    let mut chars = pattern.chars().peekable();
    let mut class_start = false;
    let mut closed = false;
    while let Some(c) = chars.next() {
        let after_group = std::mem::take(&mut closed);
        match c {
            '\\' => {
                chars.next();
                class_start = false;
            }
            // `]` is itself where it stands first in a class.
            ']' if class && !class_start => class = false,
            '^' if class && class_start => {}
            _ if class => class_start = false,
            '[' => (class, class_start) = (true, true),
            '(' if chars.peek() == Some(&'?') => {
                chars.next();
                let kind = chars.next();
                let named = kind == Some('P') && chars.peek() == Some(&'<');
                count += u32::from(named);
                // `(?(1)..)`, and `(?!..)`, `(?<!..)`, in which no group takes part.
                optional |= matches!(kind, Some('(' | '!'))
                    || kind == Some('<') && chars.peek() == Some(&'!');
            }
            '(' => count += 1,
            ')' => closed = true,
            '|' => optional = true,
            '?' | '*' | '{' if after_group => optional = true,
            _ => {}
        }
    }
    (count, optional && count > 0)
}

#[cfg(test)]
mod tests {
    use super::groups;

    #[test]
    fn groups_are_counted() {
        for (pattern, expected) in [
            (r"\w+", (0, false)),
            (r"(\w+)=(\d+)", (2, false)),
            (r"(a)|(b)", (2, true)),
            (r"(?:a|b)", (0, false)),
            (r"(?P<name>\w+)?", (1, true)),
            (r"(?P=name)(?=a)(?<!b)", (0, false)),
            (r"\((\w)\)", (1, false)),
            (r"[(](\w)[])(]", (1, false)),
            (r"[^](](a){2}", (1, true)),
            (r"(a)(?(1)b)", (1, true)),
            (r"(?!(a))b", (1, true)),
            (r"(?<!(a))b(?<=c)", (1, true)),
            (r"(?<=a)(b)", (1, false)),
            ("[", (0, false)),
            ("\\", (0, false)),
            ("(?", (0, false)),
        ] {
            assert_eq!(groups(pattern), expected, "{pattern}");
        }
    }
}
