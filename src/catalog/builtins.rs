//! The names of Python's builtins, 3.8 to 3.14.

/// The names, sorted.
#[rustfmt::skip]
const NAMES: &[&str] = &[
    "ArithmeticError", "AssertionError", "AttributeError", "BaseException", "BaseExceptionGroup",
    "BlockingIOError", "BrokenPipeError", "BufferError", "BytesWarning", "ChildProcessError",
    "ConnectionAbortedError", "ConnectionError", "ConnectionRefusedError", "ConnectionResetError",
    "DeprecationWarning", "EOFError", "Ellipsis", "EncodingWarning", "EnvironmentError",
    "Exception", "ExceptionGroup", "False", "FileExistsError", "FileNotFoundError",
    "FloatingPointError", "FutureWarning", "GeneratorExit", "IOError", "ImportError",
    "ImportWarning", "IndentationError", "IndexError", "InterruptedError", "IsADirectoryError",
    "KeyError", "KeyboardInterrupt", "LookupError", "MemoryError", "ModuleNotFoundError",
    "NameError", "None", "NotADirectoryError", "NotImplemented", "NotImplementedError", "OSError",
    "OverflowError", "PendingDeprecationWarning", "PermissionError", "ProcessLookupError",
    "PythonFinalizationError", "RecursionError", "ReferenceError", "ResourceWarning",
    "RuntimeError", "RuntimeWarning", "StopAsyncIteration", "StopIteration", "SyntaxError",
    "SyntaxWarning", "SystemError", "SystemExit", "TabError", "TimeoutError", "True", "TypeError",
    "UnboundLocalError", "UnicodeDecodeError", "UnicodeEncodeError", "UnicodeError",
    "UnicodeTranslateError", "UnicodeWarning", "UserWarning", "ValueError", "Warning",
    "ZeroDivisionError", "__build_class__", "__debug__", "__import__", "abs", "aiter", "all",
    "anext", "any", "ascii", "bin", "bool", "breakpoint", "bytearray", "bytes", "callable", "chr",
    "classmethod", "compile", "complex", "copyright", "credits", "delattr", "dict", "dir", "divmod",
    "enumerate", "eval", "exec", "exit", "filter", "float", "format", "frozenset", "getattr",
    "globals", "hasattr", "hash", "help", "hex", "id", "input", "int", "isinstance", "issubclass",
    "iter", "len", "license", "list", "locals", "map", "max", "memoryview", "min", "next", "object",
    "oct", "open", "ord", "pow", "print", "property", "quit", "range", "repr", "reversed", "round",
    "set", "setattr", "slice", "sorted", "staticmethod", "str", "sum", "super", "tuple", "type",
    "vars", "zip",
];

/// By the first byte of a name: where the names with that byte begin; one more than there are.
const STARTS: [usize; 129] = {
    let mut starts = [0; 129];
    let mut at = 0;
    while at < NAMES.len() {
        starts[NAMES[at].as_bytes()[0] as usize + 1] = at + 1;
        at += 1;
    }
    let mut byte = 1;
    while byte < starts.len() {
        if starts[byte] == 0 {
            starts[byte] = starts[byte - 1];
        }
        byte += 1;
    }
    starts
};

/// Whether a builtin has the name.
pub fn is_builtin(name: &str) -> bool {
    let Some(&first) = name.as_bytes().first() else { return false };
    match STARTS.get(usize::from(first)..).and_then(<[usize]>::first_chunk) {
        Some(&[from, to]) => NAMES.get(from..to).is_some_and(|named| named.contains(&name)),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{NAMES, is_builtin};

    #[test]
    fn names_are_sorted() {
        assert!(NAMES.is_sorted());
    }

    #[test]
    fn names_are_found() {
        assert!(NAMES.iter().all(|name| is_builtin(name)));
        for other in ["", "a", "ab", "absent", "zip2", "zzz", "\u{7f}", "été", "Ab", "_"] {
            assert!(!is_builtin(other), "{other}");
        }
    }
}
