//! Functions that make one array, tensor or frame of several by copying them all.

use crate::facts::types::Kind;

/// The kind of what a call, or a subscript of the qualified name, makes of those it is given.
pub fn joined(name: &str) -> Option<Kind> {
    let (module, function) = name.rsplit_once('.')?;
    let (kinds, kind) = match module {
        "numpy" | "cupy" | "jax.numpy" | "dask.array" | "numpy.ma" => {
            if SUBSCRIPTED.contains(&function) {
                return Some(Kind::NdArray);
            }
            (ARRAYS, Kind::NdArray)
        }
        "scipy.sparse" => (&["hstack", "vstack"][..], Kind::NdArray),
        "torch" => (TENSORS, Kind::Tensor),
        "tensorflow" => (&["concat", "stack"][..], Kind::Tensor),
        "pandas" | "polars" | "cudf" | "dask.dataframe" => (&["concat"][..], Kind::DataFrame),
        _ => return None,
    };
    kinds.contains(&function).then_some(kind)
}

/// Whether a function joins what it is given, as far as the last part of its name tells.
pub fn may_join(function: &str) -> bool {
    ARRAYS.contains(&function) || TENSORS.contains(&function)
}

const TENSORS: &[&str] = &["cat", "concat", "concatenate", "hstack", "stack", "vstack"];

/// Objects that join what they are subscripted with: `np.r_[a, b]`.
const SUBSCRIPTED: &[&str] = &["c_", "r_"];

const ARRAYS: &[&str] = &[
    "append",
    "column_stack",
    "concat",
    "concatenate",
    "dstack",
    "hstack",
    "insert",
    "row_stack",
    "stack",
    "vstack",
];
