//! Which functions leave the containers that they are given as they are. The table is sorted.

/// Whether a call of the qualified name puts nothing into its arguments and keeps none of them
/// in a way that others can change.
pub fn keeps_arguments(name: &str) -> bool {
    KEEPING.binary_search(&name).is_ok()
}

#[rustfmt::skip]
const KEEPING: &[&str] = &[
    "all",
    "any",
    "bisect.bisect",
    "bisect.bisect_left",
    "bisect.bisect_right",
    "bool",
    "bytearray",
    "bytes",
    "collections.Counter",
    "collections.OrderedDict",
    "collections.deque",
    "copy.copy",
    "copy.deepcopy",
    "csv.writer",
    "dict",
    "enumerate",
    "filter",
    "format",
    "frozenset",
    "hash",
    "heapq.heapify",
    "heapq.heappop",
    "heapq.nlargest",
    "heapq.nsmallest",
    "id",
    "isinstance",
    "iter",
    "itertools.accumulate",
    "itertools.chain",
    "itertools.chain.from_iterable",
    "itertools.combinations",
    "itertools.combinations_with_replacement",
    "itertools.compress",
    "itertools.cycle",
    "itertools.groupby",
    "itertools.islice",
    "itertools.pairwise",
    "itertools.permutations",
    "itertools.product",
    "itertools.starmap",
    "itertools.zip_longest",
    "json.dump",
    "json.dumps",
    "len",
    "list",
    "map",
    "math.fsum",
    "math.prod",
    "max",
    "min",
    "next",
    "numpy.array",
    "operator.itemgetter",
    "os.path.join",
    "pickle.dump",
    "pickle.dumps",
    "pprint.pformat",
    "pprint.pprint",
    "print",
    "random.choice",
    "random.sample",
    "random.shuffle",
    "repr",
    "reveal_type",
    "reversed",
    "set",
    "sorted",
    "statistics.mean",
    "str",
    "struct.pack",
    "subprocess.Popen",
    "subprocess.call",
    "subprocess.check_call",
    "subprocess.check_output",
    "subprocess.run",
    "sum",
    "tuple",
    "type",
    "typing.reveal_type",
    "typing_extensions.reveal_type",
    "zip",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        assert!(KEEPING.is_sorted_by(|a, b| a < b));
    }
}
