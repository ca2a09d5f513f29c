//! How many elements a value has, or iterating over it gives.

use ruff_python_ast::{Comprehension, Expr, ExprCall, ExprSlice, Operator};

use super::distinct::are_distinct;
use super::growth::{LONGEST, Text};
use super::integers::range_length;
use super::sizes::byte_count;
use super::{DEPTH, Span, once};
use crate::facts::Facts;
use crate::facts::types::Kind;

impl<'a> Facts<'a> {
    /// How many elements iterating over the expression gives at most, where it is known.
    pub fn length_of(&self, expr: &'a Expr) -> Option<u64> {
        self.span_of(expr).map(|span| span.high)
    }

    /// How many elements iterating over the expression gives at least and at most. Where the
    /// value has a `len`, that is in it too.
    pub fn span_of(&self, expr: &'a Expr) -> Option<Span> {
        self.span_at(expr, DEPTH)
    }

    pub(super) fn span_at(&self, expr: &'a Expr, depth: u32) -> Option<Span> {
        let depth = depth.checked_sub(1)?;
        match expr {
            Expr::List(it) => self.count(&it.elts, depth),
            Expr::Tuple(it) => self.count(&it.elts, depth),
            Expr::Set(it) => {
                let all = self.count(&it.elts, depth)?;
                Some(if are_distinct(it.elts.len(), it.elts.iter()) {
                    all
                } else {
                    all.with_duplicates()
                })
            }
            Expr::Dict(it) => {
                if it.items.iter().any(|item| item.key.is_none()) {
                    return None;
                }
                let keys = it.items.iter().filter_map(|item| item.key.as_ref());
                let all = Span::exactly(it.items.len() as u64);
                let distinct = are_distinct(it.items.len(), keys);
                Some(if distinct { all } else { all.with_duplicates() })
            }
            Expr::StringLiteral(it) => Some(Span::exactly(Text::of(&it.value).characters)),
            Expr::BytesLiteral(it) => Some(Span::exactly(byte_count(&it.value))),
            Expr::ListComp(it) => self.product(&it.generators, depth),
            Expr::SetComp(it) => {
                let all = self.product(&it.generators, depth)?;
                let distinct = self.is_distinct_element(&it.elt, &it.generators, depth);
                Some(if distinct { all } else { all.with_duplicates() })
            }
            Expr::DictComp(it) => {
                let all = self.product(&it.generators, depth)?;
                let distinct = it
                    .key
                    .as_ref()
                    .is_some_and(|key| self.is_distinct_element(key, &it.generators, depth));
                Some(if distinct { all } else { all.with_duplicates() })
            }
            Expr::Generator(it) => self.product(&it.generators, depth),
            Expr::BinOp(it) => match it.op {
                Operator::Mult => {
                    let (repeated, times) = self.repeated(&it.left, &it.right, depth)?;
                    let times = u64::try_from(self.integer_at(times, depth)?.max(0)).ok()?;
                    self.span_at(repeated, depth)?.times(Span::exactly(times))
                }
                Operator::Add if self.is_sequence(&it.left, depth) => {
                    self.span_at(&it.left, depth)?.plus(self.span_at(&it.right, depth)?)
                }
                _ => None,
            },
            Expr::If(it) => {
                Some(self.span_at(&it.body, depth)?.or(self.span_at(&it.orelse, depth)?))
            }
            Expr::Named(it) => self.span_at(&it.value, depth),
            Expr::Subscript(it) => match &*it.slice {
                Expr::Slice(slice) if self.is_sequence(&it.value, depth) => {
                    self.sliced(self.span_at(&it.value, depth)?, slice, depth)
                }
                _ => None,
            },
            Expr::Call(call) => self.length_of_call(call, depth),
            Expr::Name(name) => {
                let value = self.unchanged_value(name)?;
                let key = self.nodes().id(value);
                once(&self.costs.lengths, key, || self.span_at(value, depth))
            }
            _ => None,
        }
        .filter(|span| span.high <= LONGEST)
    }

    /// The sequence and the number of a repetition.
    pub(super) fn repeated(
        &self,
        left: &'a Expr,
        right: &'a Expr,
        depth: u32,
    ) -> Option<(&'a Expr, &'a Expr)> {
        if self.is_sequence(left, depth) {
            Some((left, right))
        } else if self.is_sequence(right, depth) {
            Some((right, left))
        } else {
            None
        }
    }

    /// Whether `+`, `*` and slices make a sequence of the same kind of it.
    pub(super) fn is_sequence(&self, expr: &'a Expr, depth: u32) -> bool {
        let Some(depth) = depth.checked_sub(1) else { return false };
        match expr {
            Expr::List(_)
            | Expr::Tuple(_)
            | Expr::ListComp(_)
            | Expr::StringLiteral(_)
            | Expr::BytesLiteral(_) => true,
            Expr::BinOp(it) => match it.op {
                Operator::Add => self.is_sequence(&it.left, depth),
                Operator::Mult => self.repeated(&it.left, &it.right, depth).is_some(),
                _ => false,
            },
            Expr::Subscript(it) => it.slice.is_slice_expr() && self.is_sequence(&it.value, depth),
            Expr::Call(_) | Expr::Name(_) => matches!(
                self.kind_of(expr),
                Kind::List
                    | Kind::Tuple
                    | Kind::Str
                    | Kind::Bytes
                    | Kind::ByteArray
                    | Kind::Range
                    | Kind::Array
            ),
            _ => false,
        }
    }

    #[inline(never)]
    fn length_of_call(&self, call: &'a ExprCall, depth: u32) -> Option<Span> {
        let arguments = &call.arguments;
        let starred = || arguments.args.iter().any(Expr::is_starred_expr);
        let last = match &*call.func {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(func) => func.attr.as_str(),
            _ => return None,
        };
        match (last, &*call.func) {
            ("product" | "permutations" | "combinations" | "combinations_with_replacement", _) => {
                if starred() {
                    return None;
                }
                if let Some(combined) = self.length_of_combinations(call, depth) {
                    return Some(Span::exactly(combined));
                }
            }
            ("items" | "keys" | "values" | "copy", Expr::Attribute(func)) => {
                let is_dict = matches!(&*func.value, Expr::Dict(_) | Expr::Name(_))
                    && !starred()
                    && self.kind_of(&func.value) == Kind::Dict;
                return if is_dict { self.span_at(&func.value, depth) } else { None };
            }
            _ => {}
        }
        if !call.func.is_name_expr() {
            return None;
        }
        let name = self.qualified(&call.func)?;
        if starred() {
            return None;
        }
        match (name, &arguments.args[..]) {
            ("range", [_] | [_, _] | [_, _, _]) => {
                let Expr::Name(_) = &*call.func else { return None };
                let at = |expr: &'a Expr| self.integer_at(expr, depth);
                let (start, stop, step) = match &arguments.args[..] {
                    [stop] => (0, at(stop)?, 1),
                    [start, stop] => (at(start)?, at(stop)?, 1),
                    [start, stop, step] => (at(start)?, at(stop)?, at(step)?),
                    _ => return None,
                };
                range_length(start, stop, step).map(Span::exactly)
            }
            ("zip", iterables) => self.shortest(iterables, depth),
            ("map", [_, iterables @ ..]) => self.shortest(iterables, depth),
            ("filter", [_, iterable]) => {
                self.span_at(iterable, depth).map(|span| Span { low: 0, ..span })
            }
            ("set" | "frozenset", [first]) => {
                let all = self.span_at(first, depth)?;
                Some(if self.is_distinct(first, depth) { all } else { all.with_duplicates() })
            }
            ("enumerate" | "sorted" | "list" | "tuple", [first, ..])
            | ("reversed" | "iter", [first]) => self.span_at(first, depth),
            ("list" | "tuple" | "set" | "frozenset" | "dict", [])
                if arguments.keywords.is_empty() =>
            {
                Some(Span::exactly(0))
            }
            ("bytes" | "bytearray", [only]) if arguments.keywords.is_empty() => {
                match self.integer_at(only, depth) {
                    Some(length) => u64::try_from(length).ok().map(Span::exactly),
                    None if only.is_bytes_literal_expr() => self.span_at(only, depth),
                    None => None,
                }
            }
            _ => None,
        }
    }

    /// The shortest of those that are known: the others may end earlier.
    fn shortest(&self, iterables: &'a [Expr], depth: u32) -> Option<Span> {
        let mut shortest: Option<Span> = None;
        let mut all_known = true;
        for iterable in iterables {
            match self.span_at(iterable, depth) {
                Some(span) => {
                    shortest = Some(shortest.map_or(span, |known| Span {
                        low: known.low.min(span.low),
                        high: known.high.min(span.high),
                    }));
                }
                None => all_known = false,
            }
        }
        shortest.map(|span| if all_known { span } else { Span { low: 0, ..span } })
    }

    /// The length of a slice of something of a known length.
    fn sliced(&self, of: Span, slice: &'a ExprSlice, depth: u32) -> Option<Span> {
        let at = |bound: &'a Option<Box<Expr>>| match bound {
            Some(expr) => self.integer_at(expr, depth).map(Some),
            None => Some(None),
        };
        let known = (at(&slice.lower), at(&slice.upper), at(&slice.step));
        let (Some(lower), Some(upper), Some(step)) = known else {
            return Some(Span { low: 0, ..of });
        };
        let exact = |length: u64| slice_length(length, lower, upper, step.unwrap_or(1));
        if of.low == of.high {
            return Some(Span::exactly(exact(of.low)?));
        }
        // A longer sequence gives a longer slice only if it is cut at fixed places from the left.
        match (lower, upper, step) {
            (None | Some(0..), None | Some(0..), None | Some(1..)) => {
                Some(Span { low: exact(of.low)?, high: exact(of.high)? })
            }
            _ => Some(Span { low: 0, ..of }),
        }
    }

    /// How many tuples a function of `itertools` makes of inputs of known lengths.
    fn length_of_combinations(&self, call: &'a ExprCall, depth: u32) -> Option<u64> {
        if call.arguments.keywords.iter().any(|keyword| keyword.arg.is_none()) {
            return None;
        }
        let arguments = &call.arguments;
        let name = self.qualified(&call.func)?;
        let length = |of: &'a Expr| {
            self.span_at(of, depth).filter(|span| span.low == span.high).map(|span| span.low)
        };
        let number = |keyword: &str, position: usize| {
            let given = arguments.find_argument_value(keyword, position)?;
            Some(self.integer_at(given, depth).and_then(|it| u64::try_from(it).ok()))
        };
        if name == "itertools.product" {
            let once = arguments
                .args
                .iter()
                .try_fold(1_u64, |product, of| product.checked_mul(length(of)?))?;
            let repeat = number("repeat", usize::MAX).unwrap_or(Some(1))?;
            return once.checked_pow(u32::try_from(repeat).ok()?);
        }
        let n = length(arguments.args.first()?)?;
        let r = number("r", 1).unwrap_or(Some(n))?;
        let falling =
            |n: u64| (0..r).try_fold(1_u64, |product, i| product.checked_mul(n.saturating_sub(i)));
        // Each step of the quotient is a whole number.
        let chosen = |n: u64| {
            (0..r).try_fold(1_u64, |product, i| {
                Some(product.checked_mul(n.saturating_sub(i))? / i.checked_add(1)?)
            })
        };
        match name {
            _ if r > 64 => None,
            "itertools.permutations" => falling(n),
            "itertools.combinations" => chosen(n),
            "itertools.combinations_with_replacement" => {
                chosen(n.checked_add(r)?.saturating_sub(1))
            }
            _ => None,
        }
    }

    fn count(&self, elts: &'a [Expr], depth: u32) -> Option<Span> {
        elts.iter().try_fold(Span::exactly(0), |total, elt| match elt {
            Expr::Starred(it) => total.plus(self.span_at(&it.value, depth)?),
            _ => total.plus(Span::exactly(1)),
        })
    }

    pub(super) fn product(&self, generators: &'a [Comprehension], depth: u32) -> Option<Span> {
        let all = generators.iter().try_fold(Span::exactly(1), |total, generator| {
            total.times(self.span_at(&generator.iter, depth)?)
        })?;
        Some(if Self::is_filtered(generators) { Span { low: 0, ..all } } else { all })
    }

    /// Whether a comprehension with these clauses has a condition, so that its length is a bound.
    pub fn is_filtered(generators: &[Comprehension]) -> bool {
        generators.iter().any(|generator| !generator.ifs.is_empty())
    }
}

/// `len(xs[lower:upper:step])`, as `slice.indices` has it.
fn slice_length(length: u64, lower: Option<i64>, upper: Option<i64>, step: i64) -> Option<u64> {
    let length = i64::try_from(length).ok()?;
    let (first, end) = if step < 0 { (-1, length - 1) } else { (0, length) };
    let clamp = |bound: i64| {
        let from_start = if bound < 0 { bound.saturating_add(length) } else { bound };
        from_start.clamp(first, end)
    };
    let (start, stop) = if step < 0 {
        (lower.map_or(end, clamp), upper.map_or(first, clamp))
    } else {
        (lower.map_or(first, clamp), upper.map_or(end, clamp))
    };
    range_length(start, stop, step)
}
