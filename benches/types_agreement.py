"""Compare the types that heaplint infers with those of basedpyright, on real code.

    cargo build
    python3 benches/types_agreement.py --pyright .venv/bin/basedpyright [--sample 4000] [--show 40] [TREE ...]

Needs basedpyright (`pip install basedpyright`) and, for packages that are not installed, their unpacked sources as
TREEs; without one, the standard library of the Python that runs this file. The sampled expressions (names,
attributes of `self`, calls, subscripts) of copies of the files are wrapped in `reveal_type(..)`, which returns its
argument; both tools then say what each of them is. The files keep their places in a copy of the tree, so their
imports resolve.

Of the expressions that heaplint knows, the table counts
  agree    the checker says the same, literals and elements that only one of them knows aside;
  weaker   the checker does not know (Unknown, Any, object, an unsolved type variable, a protocol);
  wrong    anything else. The first --show of them are printed.
With --check the exit status is 1 when 1 % of the compared (agree and wrong) or more are wrong.
"""

import argparse
import ast
import json
import random
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections import Counter
from pathlib import Path

WRAP = "reveal_type("
SKIP_NAMES = {"reveal_type", "__all__", "__slots__", "super", "self", "cls"}
MAX_FILE = 120_000


def candidates(tree):
    """The expressions that may be wrapped: (node, is it the inside of a statement that is not special syntax)."""
    banned = set()
    parents = {}
    for node in ast.walk(tree):
        for child in ast.iter_child_nodes(node):
            parents[child] = node
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            for part in [*node.decorator_list, node.returns, node.args]:
                if part is not None:
                    banned.update(ast.walk(part))
        elif isinstance(node, ast.ClassDef):
            for part in [*node.decorator_list, *node.bases, *node.keywords]:
                banned.update(ast.walk(part))
        elif isinstance(node, ast.AnnAssign):
            banned.update(ast.walk(node.annotation))
        elif isinstance(node, (ast.JoinedStr, ast.Delete, ast.Match)):
            banned.update(ast.walk(node))
        elif isinstance(node, ast.Call):
            banned.add(node.func)
            if isinstance(node.func, ast.Name) and node.func.id in {"super", "isinstance", "issubclass", "TypeVar", "NamedTuple", "namedtuple"}:
                banned.update(ast.walk(node))
        elif isinstance(node, (ast.If, ast.While, ast.IfExp, ast.Assert)):
            # Wrapped tests no longer narrow.
            banned.update(ast.walk(node.test))
        elif isinstance(node, (ast.BoolOp, ast.comprehension)):
            banned.update(n for part in ([*node.values[:-1]] if isinstance(node, ast.BoolOp) else node.ifs) for n in ast.walk(part))
        elif isinstance(node, ast.AugAssign):
            banned.update(ast.walk(node.target))
        elif isinstance(node, (ast.Assign,)):
            for target in node.targets:
                banned.update(ast.walk(target))
            if any(isinstance(t, ast.Name) and t.id.startswith("__") for t in node.targets):
                banned.update(ast.walk(node.value))
        elif isinstance(node, (ast.Starred, ast.Yield, ast.YieldFrom, ast.Await, ast.NamedExpr, ast.Lambda)):
            banned.add(node)
    for node in ast.walk(tree):
        if node in banned:
            continue
        parent = parents.get(node)
        if isinstance(parent, ast.Attribute):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in SKIP_NAMES:
            yield node
        elif isinstance(node, (ast.Attribute, ast.Subscript)) and isinstance(node.ctx, ast.Load):
            yield node
        elif isinstance(node, (ast.Call, ast.BinOp, ast.Compare)):
            if isinstance(parent, ast.Expr):
                continue
            yield node


def wrapped(text, rng, share):
    """The text with a random choice of expressions wrapped, or None."""
    tree = ast.parse(text)
    lines = text.split("\n")
    chosen, taken = [], []
    picks = [node for node in candidates(tree) if rng.random() < share]
    for node in picks:
        if node.lineno != node.end_lineno or not lines[node.lineno - 1].isascii():
            continue
        span = (node.lineno, node.col_offset, node.end_col_offset)
        if any(row == span[0] and a < span[2] and span[1] < b for row, a, b in taken):
            continue
        taken.append(span)
    for row, start, end in sorted(taken, reverse=True):
        line = lines[row - 1]
        inner = line[start:end]
        lines[row - 1] = f"{line[:start]}{WRAP}{inner}){line[end:]}"
        chosen.append(inner)
    result = "\n".join(lines)
    try:
        ast.parse(result)
    except SyntaxError:
        return None
    return result if taken else None


def ours(binary, path):
    """(row, column of the argument) -> type."""
    out = subprocess.run([binary, "debug", "facts", str(path), "--topic", "type"], capture_output=True, text=True)
    lines = path.read_text(encoding="utf-8").split("\n")
    found = {}
    for line in out.stdout.splitlines():
        row, column, _, text = (part.strip() for part in line.split(":", 3))
        row, column = int(row), int(column)
        if lines[row - 1][column - 1 :].startswith(WRAP) and text != "unknown":
            found[row, column + len(WRAP)] = text
    return found


def split(text, sep):
    """Split at the top level of brackets."""
    parts, depth, at = [], 0, 0
    for index, char in enumerate(text):
        if char in "[({":
            depth += 1
        elif char in "])}":
            depth -= 1
        elif depth == 0 and text.startswith(sep, index):
            parts.append(text[at:index])
            at = index + len(sep)
    parts.append(text[at:])
    return [part.strip() for part in parts]


LITERAL = re.compile(r"^(?:b?(?:'.*'|\".*\")|-?\d+|True|False)$", re.S)
VAGUE = {"Unknown", "Any", "object", "Self", "Iterable", "Sequence", "Mapping", "Collection", "Container", "Sized", "MutableMapping",
         "MutableSequence", "Hashable", "Buffer", "ReadableBuffer", "SupportsIndex", "IO", "TextIO", "BinaryIO", "Never", "NoReturn"}
SAME = {
    "file": {"TextIOWrapper", "BufferedReader", "BufferedWriter", "BufferedRandom", "FileIO", "GzipFile", "BZ2File", "LZMAFile",
             "StreamReaderWriter", "TextIO", "BinaryIO", "IO", "ZipExtFile", "_TemporaryFileWrapper", "SpooledTemporaryFile", "_WrappedBuffer"},
    "buffer": {"StringIO", "BytesIO"},
    "path": {"Path", "PurePath", "PosixPath", "PurePosixPath", "WindowsPath", "PureWindowsPath"},
    "dict": {"dict", "defaultdict", "OrderedDict", "Counter"},
    "dictview": {"dict_keys", "dict_values", "dict_items", "odict_keys", "_odict_keys", "_odict_values", "_odict_items"},
    "iterator": {"Iterator", "Generator", "map", "filter", "zip", "enumerate", "reversed", "chain", "islice", "product", "count", "cycle",
                 "repeat", "accumulate", "starmap", "takewhile", "dropwhile", "groupby", "permutations", "combinations", "zip_longest",
                 "ScandirIterator", "_ScandirIterator", "callable_iterator", "list_iterator", "combinations_with_replacement", "pairwise", "batched", "compress",
                 "filterfalse", "islice"},
    "csvreader": {"_reader", "DictReader", "Reader"},
    "session": {"Session", "Client"},
    "process": {"Popen"},
    "hash": {"HASH", "blake2b", "blake2s", "Hash", "HASHXOF"},
    "array": {"array"},
    "urlresponse": {"HTTPResponse", "_UrlopenRet"},
    "function": {"function", "FunctionType"},
    "ndarray": {"ndarray", "NDArray"},
    "module": {"Module", "ModuleType"},
}


def alternatives(text):
    """The checker's type as a set of (base, arguments)."""
    found = set()
    text = re.sub(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"", "''", text.strip())
    text = text.replace(" | Unbound", "").removeprefix("Unbound | ")
    if text.startswith("("):
        return {("function", ())}
    for part in split(text, " | "):
        part = re.sub(r"^(?:Final|ClassVar)\[(.*)\]$", r"\1", part)
        inner = re.match(r"^Literal\[(.*)\]$", part, re.S)
        if inner:
            for literal in split(inner[1], ", "):
                if literal.startswith(("b'", 'b"')):
                    found.add(("bytes", ()))
                elif literal[:1] in "'\"":
                    found.add(("str", ()))
                elif literal in {"True", "False"}:
                    found.add(("bool", ()))
                elif re.match(r"-?\d", literal):
                    found.add(("int", ()))
                else:
                    found.add((literal.split(".")[0], ()))
            continue
        if part.startswith(("type[", "Type[")):
            found.add(("class", ()))
            continue
        if part.startswith("Module("):
            found.add(("module", ()))
            continue
        if part.startswith(("TypeIs[", "TypeGuard[")):
            found.add(("bool", ()))
            continue
        if part.startswith(("(", "Overload[")):
            found.add(("function", ()))
            continue
        if part == "LiteralString":
            part = "str"
        # `**kw: P.kwargs` is a dict, `*args: P.args` a tuple.
        of_spec = re.match(r"^\w+@\w+\.(args|kwargs)$", part)
        if of_spec:
            found.add(("dict" if of_spec[1] == "kwargs" else "tuple", ()))
            continue
        base, _, rest = part.partition("[")
        arguments = tuple(split(rest[:-1], ", ")) if rest else ()
        base = base.rstrip("*").split(".")[-1]
        if base.startswith("<subclass of"):
            base = "Unknown"
        found.add((base, arguments))
    return found


def same_base(mine, theirs):
    if mine.lower() == theirs.lower() or theirs in SAME.get(mine.lower(), ()):
        return True
    return False


VAR = re.compile(r"^(?:_?[A-Z][A-Za-z0-9]?_?(?:co|contra)?|_?[A-Z]+_?(?:co|contra)?|.*@.*|[A-Z]\w*T|_\w*T(?:_co)?|AnyStr|Self@.*)\*?$")


def is_vague(kinds):
    return any(base in VAGUE or VAR.match(base) or base.startswith(("Supports", "partially")) for base, _ in kinds)


def judge(mine, theirs, subclass):
    """agree, weaker or wrong."""
    kinds = alternatives(theirs)
    if is_vague(kinds):
        return "weaker"
    own = alternatives(mine)
    own_bases = {base for base, _ in own}
    for base, _ in kinds:
        if not any(same_base(one, base) or subclass(base, one) for one in own_bases):
            return "wrong"
    if any(base == "None" for base in own_bases) and not any(base == "None" for base, _ in kinds) and len(own_bases) == 1:
        return "wrong"
    # Elements, where both know one.
    for base, arguments in own:
        if not arguments:
            continue
        for other, others in kinds:
            if not same_base(base, other) or not others or others == ("()",):
                continue
            if base.lower() in {"iterator", "file", "csvreader", "dictview"} and len(arguments) == 1:
                if other in {"Generator", "Iterator", "dict_values", "dict_keys", "filter", "map", "reversed", "islice", "list_iterator"}:
                    index = 1 if other == "dict_values" else 0
                    pairs = [(arguments[0], others[index])]
                elif other == "zip":
                    pairs = [(arguments[0], others[0])]
                else:
                    continue
            elif base == "dict" and other == "Counter":
                pairs = [(arguments[0], others[0])]
            elif base == "tuple":
                if len(arguments) == len(others) and "..." not in (*arguments, *others):
                    pairs = list(zip(arguments, others))
                elif arguments[-1] == "..." and others[-1] == "...":
                    pairs = [(arguments[0], others[0])]
                elif arguments[-1] == "...":
                    pairs = [(arguments[0], part) for part in others]
                else:
                    continue
            elif len(arguments) == len(others):
                pairs = list(zip(arguments, others))
            else:
                continue
            for own_part, other_part in pairs:
                if own_part in {"unknown", "never"} or "unknown" in own_part:
                    continue
                bases = alternatives(other_part)
                if is_vague(bases):
                    continue
                if not all(any(same_base(one, base) or subclass(base, one) for one, _ in alternatives(own_part)) for base, _ in bases):
                    return "wrong"
    return "agree"


def subclasses(texts):
    """By the names of the bases in all files: does a class derive from another?"""
    bases = {}
    for text in texts:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ClassDef):
                names = [ast.unparse(base).split("[")[0].split(".")[-1] for base in node.bases]
                bases.setdefault(node.name, set()).update(names)

    def derives(name, of, levels=8):
        if name == of:
            return True
        return levels > 0 and any(derives(base, of, levels - 1) for base in bases.get(name, ()))

    return derives


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("trees", nargs="*", type=Path)
    parser.add_argument("--heaplint", default="target/debug/heaplint")
    parser.add_argument("--pyright", default="basedpyright")
    parser.add_argument("--sample", type=int, default=4000, help="files are added until so many expressions are wrapped, per tree")
    parser.add_argument("--share", type=float, default=0.15, help="the share of expressions that is wrapped")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=40)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    trees = options.trees or [Path(sysconfig.get_paths()["stdlib"])]
    binary = str(Path(options.heaplint).resolve())
    total, shown = Counter(), 0
    for tree in trees:
        rng = random.Random(options.seed)
        files = sorted(p for p in tree.rglob("*.py") if "site-packages" not in p.parts and "test" not in p.parts and "tests" not in p.parts)
        rng.shuffle(files)
        with tempfile.TemporaryDirectory() as place:
            copy = Path(place) / tree.name
            shutil.copytree(tree, copy, ignore=shutil.ignore_patterns("site-packages", "test", "tests", "*.so", "__pycache__", ".git", "docs"), dirs_exist_ok=True)
            chosen, count, texts = [], 0, []
            for file in files:
                target = copy / file.relative_to(tree)
                if not target.exists() or target.stat().st_size > MAX_FILE or count >= options.sample:
                    continue
                try:
                    text = target.read_text(encoding="utf-8")
                    if "\r" in text or "\f" in text:
                        continue
                    changed = wrapped(text, rng, options.share)
                except (SyntaxError, UnicodeDecodeError, ValueError, RecursionError):
                    continue
                if changed is None:
                    continue
                target.write_text(changed, encoding="utf-8")
                texts.append(text)
                chosen.append(target)
                count += changed.count(WRAP)
            derives = subclasses(texts)
            result = subprocess.run([options.pyright, "--outputjson", *map(str, chosen)], capture_output=True, text=True, cwd=place)
            theirs = {}
            for item in json.loads(result.stdout)["generalDiagnostics"]:
                match = re.match(r'^Type of "(.*)" is "(.*)"$', item["message"], re.S)
                if match:
                    start = item["range"]["start"]
                    theirs[item["file"], start["line"] + 1, start["character"] + 1] = match[2], match[1]
            counts = Counter(sampled=count, answered=len(theirs))
            for file in chosen:
                for (row, column), mine in ours(binary, file).items():
                    answer = theirs.get((str(file), row, column))
                    if answer is None:
                        counts["silent"] += 1
                        continue
                    verdict = judge(mine, answer[0], derives)
                    counts[verdict] += 1
                    if verdict == "wrong" and shown < options.show:
                        shown += 1
                        print(f"{tree.name}/{file.relative_to(copy)}:{row}:{column}: {answer[1][:60]}: heaplint {mine}, checker {answer[0][:100]}")
            report(tree.name, counts)
            total.update(counts)
    report("all", total)
    compared = total["agree"] + total["wrong"]
    sys.exit(1 if options.check and total["wrong"] * 100 >= compared else 0)


def report(name, counts):
    compared = counts["agree"] + counts["wrong"]
    share = 100 * counts["wrong"] / compared if compared else 0
    print(f"{name}: {counts['sampled']} sampled, {compared} compared, {counts['agree']} agree, {counts['wrong']} wrong ({share:.2f} %), {counts['weaker']} weaker, {counts['silent']} without an answer", flush=True)


if __name__ == "__main__":
    main()
