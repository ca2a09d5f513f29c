//! Functions that make one array, tensor or frame of several by copying them all.

use crate::facts::types::Kind;

/// The kind of what a call, or a subscript of the qualified name, makes of those it is given.
pub fn joined(name: &str) -> Option<Kind> {
    let (module, function) = name.rsplit_once('.')?;
    let (kinds, kind) = match module {
        "numpy" | "cupy" | "jax.numpy" | "dask.array" | "numpy.ma" => (ARRAYS, Kind::NdArray),
        "scipy.sparse" => (&["hstack", "vstack"][..], Kind::NdArray),
        "torch" => {
            (&["cat", "concat", "concatenate", "hstack", "stack", "vstack"][..], Kind::Tensor)
        }
        "tensorflow" => (&["concat", "stack"][..], Kind::Tensor),
        "pandas" | "polars" | "cudf" | "dask.dataframe" => (&["concat"][..], Kind::DataFrame),
        _ => return None,
    };
    kinds.contains(&function).then_some(kind)
}

const ARRAYS: &[&str] = &[
    "append",
    "c_",
    "column_stack",
    "concat",
    "concatenate",
    "dstack",
    "hstack",
    "insert",
    "r_",
    "row_stack",
    "stack",
    "vstack",
];
