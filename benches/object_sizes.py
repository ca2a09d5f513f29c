"""Measure the object sizes that heaplint states, on the Python that runs this file.

    python3 benches/object_sizes.py --check          compare snapshots/object_sizes.tsv with what is measured here
    python3 benches/object_sizes.py                  print what is measured here in the same form
    python3 benches/object_sizes.py --claims FILE    execute the assignments of FILE (JSON) and compare each value
                                                     with what heaplint claims of it

The snapshot has a line for each expression: the expression, then what `sys.getsizeof` says of it on CPython 3.11,
3.12 and 3.13; `cargo test --test cost` writes it from `src/catalog/objects.rs` and `src/facts/cost/growth.rs`.
Instances are measured with tracemalloc, as a mean over many: their attributes live outside of the object. Older
versions are compared with 3.11, newer ones with 3.13, and may differ. The exit status is 1 if something differs.

A claim is compared with `sys.getsizeof` (`nbytes` of an array), with `len`, and, as a whole, with what tracemalloc
says that the statement has allocated and left behind.
"""

import argparse
import ast
import gc
import json
import sys
import tracemalloc
from pathlib import Path

SNAPSHOT = Path(__file__).parent.parent / "snapshots" / "object_sizes.tsv"
# Names, cached attributes and the like that a statement leaves behind besides its value.
SLACK = 8192
# Larger values are not made.
MAX_BYTES = 100_000_000


def column():
    return min(max(sys.version_info[1], 11), 13) - 11


def instance_bytes(attributes, slotted, count=20_000):
    names = [f"a{i}" for i in range(attributes)]
    source = ["class C:"]
    if slotted:
        source.append(f"    __slots__ = {names!r}")
    source.append("    def __init__(self):")
    source += [f"        self.{name} = None" for name in names] or ["        pass"]
    namespace = {}
    exec("\n".join(source), namespace)
    make = namespace["C"]
    kept = [make() for _ in range(1000)]
    kept.clear()
    gc.collect()
    kept = [None] * count
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for i in range(count):
        kept[i] = make()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return int((after - before) / count)


def measured(expression):
    return eval(expression, {"instance_bytes": instance_bytes, "S": sys.getsizeof})


def size_of(expression):
    if expression.startswith("instance_bytes("):
        return measured(expression)
    return sys.getsizeof(measured(expression))


def check(print_all):
    wrong = 0
    lines = SNAPSHOT.read_text().splitlines()[1:]
    for line in lines:
        expression, *expected = line.split("\t")
        found = size_of(expression)
        stated = int(expected[column()])
        if print_all:
            expected[column()] = str(found)
            print("\t".join([expression, *expected]))
        elif found != stated:
            wrong += 1
            print(f"{expression}: {found} bytes, the table says {stated}")
    if not print_all:
        print(f"{len(lines)} sizes on {sys.version.split()[0]}, {wrong} differ")
    return wrong


def within(number, bounds):
    low, high = bounds
    return low <= number and (high is None or number <= high)


def compare(statement, claim, namespace):
    """What is wrong with a claim about the value of a statement."""
    total_high = None if claim["held"][1] is None or claim["own"][1] is None else claim["own"][1] + claim["held"][1]
    total_low = claim["own"][0] + claim["held"][0]
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    exec(compile(ast.Module([statement], []), "page", "exec"), namespace)
    gc.collect()
    traced = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    value = namespace[target.id]
    own = value.nbytes if hasattr(value, "nbytes") and not isinstance(value, memoryview) else sys.getsizeof(value)
    wrong = []
    if not within(own, claim["own"]):
        wrong.append(f"its own size is {own}, claimed {claim['own']}")
    if claim["length"] is not None and hasattr(value, "__len__"):
        count = value.size if hasattr(value, "nbytes") and hasattr(value, "size") else len(value)
        if not within(count, claim["length"]):
            wrong.append(f"its length is {count}, claimed {claim['length']}")
    # A name, and the slice that is the whole of a tuple, make nothing.
    if traced + SLACK < total_low and not isinstance(statement.value, (ast.Name, ast.Subscript)):
        wrong.append(f"tracemalloc counts {traced}, claimed at least {total_low}")
    if total_high is not None and traced > total_high + SLACK:
        wrong.append(f"tracemalloc counts {traced}, claimed at most {total_high}")
    return wrong


def claims(path):
    wrong, compared, skipped = [], 0, []
    for block in json.loads(Path(path).read_text()):
        by_line = {claim["line"]: claim for claim in block["claims"]}
        namespace = {}
        for statement in ast.parse(block["code"]).body:
            claim = by_line.get(statement.lineno)
            if claim and claim["own"][0] + claim["held"][0] > MAX_BYTES:
                skipped.append(f"{block['place']}: {ast.unparse(statement)}: too large to execute")
                continue
            try:
                if claim and isinstance(statement, (ast.Assign, ast.AnnAssign)) and statement.value:
                    compared += 1
                    found = compare(statement, claim, namespace)
                    wrong += [f"{block['place']}: line {statement.lineno}: {ast.unparse(statement)}: {it}" for it in found]
                else:
                    exec(compile(ast.Module([statement], []), "page", "exec"), namespace)
            except MemoryError:
                wrong.append(f"{block['place']}: line {statement.lineno}: {ast.unparse(statement)}: takes all memory")
            except ImportError as error:
                skipped.append(f"{block['place']}: {error}")
                break
            except NameError as error:
                if not skipped:
                    raise
                skipped.append(f"{block['place']}: {error}")
    for line in skipped:
        print("SKIPPED", line)
    for line in wrong:
        print("WRONG", line)
    print(f"compared {compared} claims on {sys.version.split()[0]}, {len(wrong)} wrong")
    return len(wrong)


def limit_memory():
    """A claim that is too low must end in a MemoryError, not take the machine's memory."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (10 * MAX_BYTES, hard))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare the snapshot with what is measured here")
    parser.add_argument("--claims", metavar="FILE", help="execute statements and compare claims about their values")
    arguments = parser.parse_args()
    limit_memory()
    if arguments.claims:
        return claims(arguments.claims) > 0
    return check(not arguments.check) > 0


if __name__ == "__main__":
    sys.exit(main())
