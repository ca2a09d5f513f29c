//! How deep a file nests, told from its tokens before it is parsed.
//!
//! Parsing a tree, walking it and dropping it recurse, and a stack that overflows ends the whole
//! process: `catch_unwind` does not contain it. What is too deep is refused here, as CPython
//! refuses it.

use ruff_python_ast::PySourceType;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::AsMode;
use ruff_python_parser::lexer::lex;
use ruff_text_size::{TextRange, TextSize};

/// More levels are refused. CPython's compiler gives up below 5,000; nested comprehensions, which
/// take the most of heaplint's stack, overflow its 64 MiB between 30,000 and 50,000.
pub(crate) const DEEPEST: usize = 20_000;

/// Where a file becomes deeper than [`DEEPEST`], if it does.
pub(crate) fn too_deep(text: &str, kind: PySourceType) -> Option<TextRange> {
    if bound(text) <= DEEPEST || !exceeds(text, kind) {
        return None;
    }
    // The lexer does not tell places: the shortest beginning that is too deep ends at the token.
    let (mut fits, mut deep) = (0, text.len());
    loop {
        let middle = text.floor_char_boundary(fits + (deep - fits) / 2);
        if middle <= fits {
            break;
        }
        if exceeds(&text[..middle], kind) {
            deep = middle;
        } else {
            fits = middle;
        }
    }
    Some(TextRange::new(TextSize::new(fits as u32), TextSize::new(deep as u32)))
}

/// No file is deeper than this, at the price of one look at its bytes.
fn bound(text: &str) -> usize {
    if text.len() <= DEEPEST {
        return text.len();
    }
    let bytes = text.as_bytes();
    let marks = bytes.iter().filter(|byte| MARKS[usize::from(**byte)]).count();
    let words: usize = ["not", "await", "yield", "else", "lambda"]
        .iter()
        .map(|word| memchr::memmem::find_iter(bytes, word).count())
        .sum();
    marks + words
}

/// The bytes that tokens begin with that make syntax deeper.
const MARKS: [bool; 256] = {
    let mut marks = [false; 256];
    let bytes = b"([{+-*/%@<>&|^~.:";
    let mut at = 0;
    while at < bytes.len() {
        marks[bytes[at] as usize] = true;
        at += 1;
    }
    marks
};

/// An open bracket, an open f-string, or the logical line around them.
#[derive(Default)]
struct Level {
    /// Operators since the last comma: each may hold all that stands before or behind it.
    operators: usize,
    /// Lambdas: a comma among the parameters ends none of them.
    lambdas: usize,
}

/// Whether tokens nest too deep. Each bracket is a level, and so is each operator, attribute, call,
/// subscript and lambda of one expression: `a + b + c` and `a.b.c` are trees that deep.
fn exceeds(text: &str, kind: PySourceType) -> bool {
    let mut lexer = lex(text, kind.as_mode());
    let mut levels = vec![Level::default()];
    let mut blocks = 0usize;
    // What the levels hold together.
    let mut held = 0usize;
    loop {
        let token = lexer.next_token();
        match token {
            TokenKind::EndOfFile => return false,
            TokenKind::Indent => blocks += 1,
            TokenKind::Dedent => blocks = blocks.saturating_sub(1),
            TokenKind::Newline => {
                levels.clear();
                levels.push(Level::default());
                held = 0;
            }
            TokenKind::Lpar
            | TokenKind::Lsqb
            | TokenKind::Lbrace
            | TokenKind::FStringStart
            | TokenKind::TStringStart => levels.push(Level::default()),
            TokenKind::Rpar
            | TokenKind::Rsqb
            | TokenKind::Rbrace
            | TokenKind::FStringEnd
            | TokenKind::TStringEnd => {
                if levels.len() > 1
                    && let Some(closed) = levels.pop()
                {
                    held -= closed.operators + closed.lambdas;
                }
                // A call or a subscript holds what stands before it.
                if matches!(token, TokenKind::Rpar | TokenKind::Rsqb)
                    && let Some(level) = levels.last_mut()
                {
                    level.operators += 1;
                    held += 1;
                }
            }
            TokenKind::Comma | TokenKind::Semi => {
                if let Some(level) = levels.last_mut() {
                    held -= std::mem::take(&mut level.operators);
                }
            }
            TokenKind::Lambda => {
                if let Some(level) = levels.last_mut() {
                    level.lambdas += 1;
                    held += 1;
                }
            }
            _ if deepens(token) => {
                if let Some(level) = levels.last_mut() {
                    level.operators += 1;
                    held += 1;
                }
            }
            _ => {}
        }
        if blocks + levels.len() + held > DEEPEST + 1 {
            return true;
        }
    }
}

/// Operators of one or two operands. Comparisons, `and` and `or` are flat: `a < b < c` is one node.
fn deepens(token: TokenKind) -> bool {
    matches!(
        token,
        TokenKind::Plus
            | TokenKind::Minus
            | TokenKind::Star
            | TokenKind::Slash
            | TokenKind::DoubleSlash
            | TokenKind::DoubleStar
            | TokenKind::Percent
            | TokenKind::At
            | TokenKind::LeftShift
            | TokenKind::RightShift
            | TokenKind::Amper
            | TokenKind::Vbar
            | TokenKind::CircumFlex
            | TokenKind::Tilde
            | TokenKind::Dot
            | TokenKind::Not
            | TokenKind::Await
            | TokenKind::Yield
            | TokenKind::Else
            | TokenKind::ColonEqual
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_deep(text: &str) -> bool {
        exceeds(text, PySourceType::Python)
    }

    #[test]
    fn one_more_level_is_too_deep() {
        let shapes: [fn(usize) -> String; 8] = [
            |n| "not ".repeat(n) + "x",
            |n| "x + ".repeat(n) + "x",
            |n| "x".to_owned() + &"[0]".repeat(n),
            |n| "x".to_owned() + &".y".repeat(n),
            |n| "(".repeat(n) + "x" + &")".repeat(n),
            |n| "lambda a, b: ".repeat(n) + "x",
            |n| "1 if x else ".repeat(n) + "x",
            |n| "[x for y in ".repeat(n) + "z" + &"]".repeat(n),
        ];
        for shape in shapes {
            let (fits, deep) = (shape(DEEPEST), shape(DEEPEST + 1));
            assert!(!is_deep(&fits), "{}", &fits[..20]);
            assert!(is_deep(&deep), "{}", &deep[..20]);
            assert!(bound(&deep) > DEEPEST, "{}", &deep[..20]);
            let at = too_deep(&format!("é = 1\n{deep}\n"), PySourceType::Python).unwrap();
            assert!(at.start() > TextSize::new(6) && at.len() <= TextSize::new(2), "{at:?}");
        }
    }

    #[test]
    fn long_is_not_deep() {
        let row = "    'key': [1 + 2, -3, (a.b, f(x)[0])],\n";
        assert!(!is_deep(&format!("x = {{\n{}}}\n", row.repeat(30_000))));
        assert!(!is_deep(&"x = a.b + c[0]\n".repeat(30_000)));
        assert!(!is_deep(&format!("x = f'{}'\n", "{a}".repeat(30_000))));
        assert!(!is_deep(&format!("x = {}1\n", "a < b and ".repeat(30_000))));
        assert!(!is_deep(&"if a: pass\n".repeat(30_000)));
    }
}
