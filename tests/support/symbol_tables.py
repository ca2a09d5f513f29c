"""What CPython's compiler makes of the names of each scope: one line of JSON for each file.

Reads paths from standard input. `null` stands for a file that does not compile.
"""

import json
import symtable
import sys
import warnings

warnings.simplefilter("ignore")
sys.setrecursionlimit(20_000)

SCOPES = {1: "local", 2: "explicit", 3: "implicit", 4: "free", 5: "cell"}
FLAGS = {2: "assigned", 4: "parameter", 16: "referenced", 128: "imported", 256: "annotated"}


def scopes(table):
    symbols = {}
    for symbol in table.get_symbols():
        name = symbol.get_name()
        # `.0` is a comprehension's first iterable.
        if name.startswith("."):
            continue
        # The public questions fold what differs: a global of a module is a local there.
        flags = symbol._Symbol__flags
        words = [SCOPES.get(symbol._Symbol__scope, "none")]
        words += [word for bit, word in FLAGS.items() if flags & bit]
        symbols[name] = " ".join(words)
    yield [str(table.get_type()), table.get_name(), table.get_lineno(), symbols]
    for child in table.get_children():
        yield from scopes(child)


print(json.dumps(sys.version_info[:2]))
for line in sys.stdin:
    path = line.rstrip("\n")
    try:
        with open(path, "rb") as file:
            told = list(scopes(symtable.symtable(file.read(), path, "exec")))
    except (SyntaxError, ValueError, RecursionError):
        told = None
    print(json.dumps(told))
