//! What it costs to copy a growing value on each pass: N pieces copy about N*N/2 pieces.

use ruff_python_ast::Expr;

use super::carried::Carried;
use super::cost::{human_bytes, human_count};
use super::flow::{Accumulation, Shape, same_place};

impl Carried<'_> {
    /// The bytes that all passes together copy, where the passes and the piece are constant.
    fn copied_bytes(&self) -> Option<u64> {
        let [step] = &self.steps[..] else { return None };
        half_square(self.passes?)?.checked_mul(piece_length(step)?)
    }

    /// What all passes together copy, in words.
    pub fn copied_in_words(&self, pieces: &str) -> String {
        let Some(passes) = self.passes else {
            return format!("N {pieces} copy about N*N/2 {pieces}");
        };
        let copied = match self.copied_bytes() {
            Some(bytes) => human_bytes(bytes),
            None => match half_square(passes) {
                Some(count) => format!("{} {pieces}", human_count(count)),
                None => return format!("N {pieces} copy about N*N/2 {pieces}"),
            },
        };
        format!("{} passes copy about {copied}", human_count(passes))
    }
}

fn half_square(passes: u64) -> Option<u64> {
    Some(passes.checked_mul(passes)? / 2)
}

/// The length of a literal piece in bytes.
fn piece_length(step: &Accumulation<'_>) -> Option<u64> {
    let piece = match step.shape {
        Shape::Augmented { piece } | Shape::Added { piece, additions: 1 } => piece,
        Shape::Prepended => match step.value {
            Expr::BinOp(sum) if same_place(&sum.right, step.target) => &sum.left,
            _ => return None,
        },
        _ => return None,
    };
    match piece {
        // One byte for each character holds for ASCII only.
        Expr::StringLiteral(it) => {
            let text = it.value.to_str();
            text.is_ascii().then_some(text.len() as u64)
        }
        Expr::BytesLiteral(it) => Some(it.value.bytes().count() as u64),
        _ => None,
    }
}
