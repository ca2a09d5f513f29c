//! Sizes of NumPy arrays and PyTorch tensors by shape and type of elements.

use ruff_python_ast::{Arguments, Expr, ExprCall, Number};

use super::growth::LONGEST;
use super::integers::range_length;
use super::{Bytes, Size, Span, What};
use crate::catalog::objects::{self, Default, MAKERS, Maker, Takes};
use crate::facts::Facts;

/// What `linspace` makes unless told otherwise.
const SPACED: u64 = 50;

impl<'a> Facts<'a> {
    /// The size of the array that a call makes.
    pub(super) fn size_of_array(&self, name: &str, call: &'a ExprCall, depth: u32) -> Option<Size> {
        if !name.starts_with(['n', 't']) {
            return None;
        }
        let maker = MAKERS.iter().find(|maker| maker.name == name)?;
        let what = if name.starts_with("numpy.") { What::NdArray } else { What::Tensor };
        let arguments = &call.arguments;
        let shape_keyword = match maker.takes {
            Takes::Shape(_, keyword) => keyword,
            Takes::Dimensions => "size",
            Takes::Spaced => "num",
            Takes::Range | Takes::Square => "",
        };
        let known = arguments.keywords.iter().all(|keyword| {
            let Some(name) = keyword.arg.as_deref() else { return false };
            maker.keywords.contains(&name)
                || name == shape_keyword
                || (name == "device" && is_cpu(&keyword.value))
                || (name == "fill_value" && maker.default == Default::OfValue(1))
        });
        if !known {
            return None;
        }
        let (count, rest) = self.elements(maker, arguments, depth)?;
        if count > LONGEST || rest.is_some_and(|most| arguments.args.len() > most) {
            return None;
        }
        let item = self.item(maker, arguments)?;
        let own = Bytes::exactly(count.checked_mul(item)?);
        Some(Size::of(what, Span::exactly(count), own, Bytes::NONE))
    }

    /// How many elements there are, and how many positional arguments are understood.
    fn elements(
        &self,
        maker: &Maker,
        arguments: &'a Arguments,
        depth: u32,
    ) -> Option<(u64, Option<usize>)> {
        let at = |index: usize| arguments.args.get(index);
        let number = |expr: &'a Expr| {
            let value = self.integer_at(expr, depth)?;
            u64::try_from(value).ok()
        };
        let last = maker.dtype.map_or(0, |index| index + 1);
        match maker.takes {
            Takes::Shape(index, keyword) => {
                let shape = arguments.find_argument_value(keyword, index)?;
                Some((self.shape(shape, depth)?, Some(last.max(index + 1))))
            }
            Takes::Dimensions => {
                let dimensions = &arguments.args[..];
                let count = match (dimensions, arguments.find_keyword("size")) {
                    ([], Some(size)) => self.shape(&size.value, depth)?,
                    ([], None) => return None,
                    ([only], None) => self.shape(only, depth)?,
                    (many, None) => many
                        .iter()
                        .try_fold(1u64, |count, expr| count.checked_mul(number(expr)?))?,
                    _ => return None,
                };
                Some((count, None))
            }
            Takes::Range => {
                let bound = |index| self.integer_at(at(index)?, depth);
                let count = match arguments.args.len() {
                    1 => range_length(0, bound(0)?, 1)?,
                    2 => range_length(bound(0)?, bound(1)?, 1)?,
                    3 | 4 => range_length(bound(0)?, bound(1)?, bound(2)?)?,
                    _ => return None,
                };
                Some((count, Some(last.max(3))))
            }
            Takes::Square => {
                let rows = number(at(0)?)?;
                let is_identity = maker.name == "numpy.identity";
                let columns = match at(1) {
                    Some(_) if is_identity => rows,
                    Some(Expr::NoneLiteral(_)) | None => rows,
                    Some(columns) => number(columns)?,
                };
                Some((rows.checked_mul(columns)?, Some(last.max(2))))
            }
            Takes::Spaced => {
                at(1)?;
                let count = match arguments.find_argument_value("num", 2) {
                    Some(count) => number(count)?,
                    None => SPACED,
                };
                // Bounds that are arrays would add dimensions.
                let scalar = arguments.args.iter().take(2).all(|bound| {
                    matches!(bound, Expr::NumberLiteral(_) | Expr::UnaryOp(_))
                        || self.integer_at(bound, depth).is_some()
                });
                scalar.then_some((count, Some(3)))
            }
        }
    }

    /// The number of elements of a shape: an integer, or some in a tuple or a list.
    fn shape(&self, shape: &'a Expr, depth: u32) -> Option<u64> {
        let depth = depth.checked_sub(1)?;
        let dimensions = match shape {
            Expr::Tuple(it) => &it.elts[..],
            Expr::List(it) => &it.elts[..],
            Expr::Name(name) => match self.value_of(name)? {
                tuple @ Expr::Tuple(_) => return self.shape(tuple, depth),
                _ => std::slice::from_ref(shape),
            },
            other => std::slice::from_ref(other),
        };
        dimensions.iter().try_fold(1u64, |count, dimension| {
            count.checked_mul(u64::try_from(self.integer_at(dimension, depth)?).ok()?)
        })
    }

    /// The bytes of an element.
    fn item(&self, maker: &Maker, arguments: &'a Arguments) -> Option<u64> {
        let stated = match maker.dtype {
            Some(position) => arguments.find_argument_value("dtype", position),
            None => arguments.find_keyword("dtype").map(|keyword| &keyword.value),
        };
        match stated {
            Some(Expr::NoneLiteral(_)) | None => {}
            Some(Expr::StringLiteral(it)) => return objects::dtype(it.value.to_str()),
            Some(dtype) => {
                let name = self.qualified(dtype)?;
                return match name {
                    "float" | "int" => Some(8),
                    "bool" => Some(1),
                    "complex" => Some(16),
                    name => {
                        let short = name.strip_prefix("numpy.").or(name.strip_prefix("torch."))?;
                        // `torch.float` is 4 bytes, and `numpy.float_` was 8.
                        match (short, name) {
                            ("float", "torch.float") | ("int", "torch.int") => Some(4),
                            ("long", "torch.long") => Some(8),
                            _ => objects::dtype(short),
                        }
                    }
                };
            }
        }
        match maker.default {
            Default::Bytes(bytes) => Some(bytes),
            Default::OfValue(position) => {
                match arguments.find_argument_value("fill_value", position)? {
                    Expr::BooleanLiteral(_) => Some(1),
                    Expr::NumberLiteral(it) => Some(match &it.value {
                        Number::Int(int) => {
                            int.as_i64()?;
                            8
                        }
                        Number::Float(_) => 8,
                        Number::Complex { .. } => 16,
                    }),
                    _ => None,
                }
            }
        }
    }
}

fn is_cpu(device: &Expr) -> bool {
    matches!(device, Expr::StringLiteral(it) if it.value.to_str() == "cpu")
}
