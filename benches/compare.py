"""Time heaplint against ruff's nearest rules, and against parsing alone, on real code.

    cargo build --release --bins --examples
    python3 benches/compare.py --parse-floor target/release/examples/parse_floor [--check]

Whole processes are measured, output thrown away, in the order heaplint, ruff, floor, heaplint, ruff, floor, ...:
a machine that slows down slows all of them, and each ratio is taken within one round. The table is Markdown.
With --check the exit status is 1 when a bound of `BOUNDS` is broken. Status 2: the benchmark itself could not run.

What is measured is fixed here: ruff by version, the packages by version and SHA-256, and the standard library of
the Python that runs this file (named in the output). Every tree is a copy that holds Python files and nothing else,
so neither tool's answer depends on ignore files, configuration or directories that only one of them skips.

Needs Python 3.9 or newer with venv, on Linux or macOS; the network on the first run only.
"""

import argparse
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import time
import venv
from pathlib import Path
from statistics import median
from typing import NamedTuple, NoReturn

RUFF = "0.17.5"
# Its rules about needless lists, loops, caches, slots, copies and the array libraries: the closest to heaplint's.
RUFF_RULES = "C4,PERF,B019,B006,SLOT,FURB,PD,NPY,RUF015,RUF017"

PACKAGES = {
    "django": ("6.1.3", "b5d2d9e35295065d13b1927b3f19a59bd119f737aa6299def14ccca1ae3c8c0d"),
    "sympy": ("1.14.0", "d3d3fe8df1e5a0b42f0e7bdf50541697dbe7d23746e894990c030e2b05e72517"),
    "pandas": ("3.1.1", "05fed3e3b7c99b226f160e29d7d6cb7ef39638c758cbfe42b3f24ba34f04b859"),
}
TREES = ["stdlib", *PACKAGES]

# --check: the ratios hold on every tree that was measured, the memory bound on the standard library.
BOUNDS = {"wall / ruff": 0.8, "wall / floor": 1.6}
PEAK_OVER_RUFF_MIB = 20.0

SUFFIXES = (".py", ".pyi")  # what both tools look for in a directory (heaplint also takes .pyw)
# Left out of the copies, since linters skip them unasked. Hidden directories are left out too.
SKIPPED_DIRECTORIES = {
    "__pycache__", "__pypackages__", "_build", "buck-out", "build", "dist", "env", "node_modules", "site-packages",
    "venv",
}  # fmt: skip

REPOSITORY = Path(__file__).resolve().parent.parent
# Without the variables by which either tool can be configured.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("RUFF_", "HEAPLINT_"))}


class Sample(NamedTuple):
    wall: float  # seconds
    cpu: float  # seconds, user + system
    peak: float  # MiB resident


def main() -> int:
    arguments = parse_arguments()
    heaplint = program(arguments.heaplint, "build it with `cargo build --release`, or name it with --heaplint")
    floor = arguments.parse_floor and program(arguments.parse_floor, "build it with `cargo build --release --examples`")
    cache = arguments.cache.resolve()
    (cache / "trees").mkdir(parents=True, exist_ok=True)
    # The nearest configuration wins: this empty one keeps the repository's own away from the trees.
    (cache / "trees" / "heaplint.toml").touch()

    python = environment(cache)
    trees = {name: collect(name, cache, python) for name in arguments.only}
    ruff = [str(python.with_name("ruff")), "check", "--isolated", "--no-cache", "--preview", "--select", RUFF_RULES]
    tools = {"heaplint": [str(heaplint), "check", "--select", "ALL"], "ruff": ruff}
    if floor:
        tools["floor"] = [str(floor)]
    expect_findings(cache, tools)

    print(f"ruff {RUFF} (`{RUFF_RULES}`) against `{heaplint}`, every rule on;")
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()};")
    print(f"medians of {arguments.runs} alternating runs, ratios taken run by run.\n")
    header = ["tree", "files", "MB", *(f"{tool} s" for tool in tools)]
    header += [f"{kind} / {other}" for other in list(tools)[1:] for kind in ("wall", "CPU")]
    header += [f"{tool} MiB" for tool in tools]
    print_row(header)
    print_row(["---"] + ["---:"] * (len(header) - 1))

    broken = []
    for name, tree in trees.items():
        samples = measure(name, tree, tools, arguments.runs)
        row, broken_here = summarize(name, tree, samples)
        print_row(row)
        broken += broken_here
    print(f"\nMiB: the highest resident memory of any run; this script uses {own_peak():.0f} and cannot see less.")

    if not arguments.check:
        return 0
    if not floor:
        print("not checked: wall / floor (no --parse-floor)")
    if "stdlib" not in trees:
        print("not checked: peak memory (it is judged on stdlib)")
    for line in broken:
        print(f"BROKEN: {line}")
    print(f"{len(broken)} bounds broken" if broken else "every checked bound holds")
    return 1 if broken else 0


def parse_arguments() -> argparse.Namespace:
    def names(text: str) -> list:
        chosen = [name.strip() for name in text.split(",") if name.strip()]
        unknown = [name for name in chosen if name not in TREES]
        if unknown or not chosen:
            raise argparse.ArgumentTypeError(f"expected some of {', '.join(TREES)}; got {text!r}")
        return chosen

    def positive(text: str) -> int:
        if not text.isdecimal() or int(text) == 0:
            raise argparse.ArgumentTypeError(f"expected a count from 1, got {text!r}")
        return int(text)

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=positive, default=9, metavar="N", help="rounds per tree (default: 9)")
    parser.add_argument("--only", type=names, default=TREES, metavar="TREES", help=f"some of {','.join(TREES)}")
    parser.add_argument("--heaplint", default=str(REPOSITORY / "target" / "release" / "heaplint"), metavar="PATH")
    parser.add_argument("--parse-floor", metavar="PATH", help="a program that walks and parses a tree, nothing more")
    parser.add_argument("--cache", type=Path, default=REPOSITORY / "target" / "bench", metavar="DIR")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a bound is broken")
    return parser.parse_args()


def program(path: str, hint: str) -> Path:
    found = shutil.which(path)
    return Path(found).resolve() if found else give_up(f"no program at {path}: {hint}")


def give_up(message: str) -> NoReturn:
    print(f"compare.py: {message}", file=sys.stderr)
    sys.exit(2)


def note(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


# ---- what is measured: ruff and the trees ----


def environment(cache: Path) -> Path:
    """The Python of a virtual environment in the cache that holds the pinned ruff."""
    home = cache / f"venv-{sys.version_info.major}.{sys.version_info.minor}-ruff-{RUFF}"
    python = home / "bin" / "python"
    if not (home / "bin" / "ruff").exists():
        note(f"installing ruff {RUFF}")
        try:
            venv.create(home, clear=True, symlinks=True, with_pip=True)
        except subprocess.CalledProcessError as error:
            give_up(f"cannot make a virtual environment (on Debian: install python3-venv): {error}")
        pip(python, "install", "--only-binary", ":all:", f"ruff=={RUFF}")
    return python


def pip(python: Path, *arguments: str, **variables: str) -> None:
    command = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
    if subprocess.run(command, env={**os.environ, **variables}).returncode:
        give_up(f"pip {arguments[0]} failed")


def collect(name: str, cache: Path, python: Path) -> Path:
    """The directory of a tree. It appears under its name only when it is complete."""
    if name == "stdlib":
        source = Path(sysconfig.get_path("stdlib")).resolve()
        version = f"{platform.python_version()}-{hashlib.sha256(bytes(source)).hexdigest()[:8]}"
    else:
        version = PACKAGES[name][0]
    tree = cache / "trees" / f"{name}-{version}"
    if not tree.exists():
        note(f"collecting {tree.name}")
        partial = tree.with_name(f"{tree.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        if name == "stdlib":
            copy_directory(source, partial)
        else:
            unpack(download(name, cache, python), partial)
        partial.rename(tree)
    return tree


def copy_directory(source: Path, target: Path) -> None:
    for directory, directories, files in os.walk(source):
        directories[:] = filter(wanted_directory, directories)
        for file in files:
            path = Path(directory, file)
            if file.endswith(SUFFIXES) and path.is_file():
                copy = target / path.relative_to(source)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)


def unpack(archive: Path, target: Path) -> None:
    with tarfile.open(archive, "r|gz") as members:
        for member in members:
            parts = Path(member.name).parts[1:]  # without the folder that every sdist starts with
            if member.isfile() and member.name.endswith(SUFFIXES) and all(map(wanted_directory, parts[:-1])):
                copy = target.joinpath(*parts)
                copy.parent.mkdir(parents=True, exist_ok=True)
                with members.extractfile(member) as content, copy.open("wb") as out:
                    shutil.copyfileobj(content, out)


def wanted_directory(name: str) -> bool:
    return name not in SKIPPED_DIRECTORIES and not name.startswith(".")


# `pip download` asks an sdist's build backend for the package's metadata, and some backends want a compiler before
# they say a word. An sdist already holds the answer: this stands in for the backends named in the pinned sdists.
BACKEND = """
import os, shutil, sys

def prepare_metadata_for_build_wheel(directory, config_settings=None):
    with open("PKG-INFO", encoding="utf-8") as file:
        field = dict(line.rstrip().split(": ", 1) for line in file if line.startswith(("Name: ", "Version: ")))
    name = "{Name}-{Version}.dist-info".format(**field)
    os.mkdir(os.path.join(directory, name))
    shutil.copyfile("PKG-INFO", os.path.join(directory, name, "METADATA"))
    return name

__legacy__ = sys.modules[__name__]
"""


def download(name: str, cache: Path, python: Path) -> Path:
    """The pinned sdist of a package; pip refuses it when the hash differs."""
    version, sha256 = PACKAGES[name]
    downloads, backends = cache / "downloads", cache / "backends"
    (backends / "setuptools").mkdir(parents=True, exist_ok=True)
    for module in ["mesonpy.py", "setuptools/__init__.py", "setuptools/build_meta.py"]:
        (backends / module).write_text(BACKEND, encoding="utf-8")
    downloads.mkdir(exist_ok=True)
    requirement = downloads / f"{name}.txt"
    requirement.write_text(f"{name}=={version} --hash=sha256:{sha256}\n", encoding="utf-8")
    options = ["--no-deps", "--no-binary", ":all:", "--no-build-isolation", "--ignore-requires-python"]
    options += ["--require-hashes", "--requirement", str(requirement), "--dest", str(downloads)]
    pip(python, "download", *options, PYTHONPATH=str(backends))
    return downloads / f"{name}-{version}.tar.gz"


# ---- how it is measured ----


def run(command: list) -> Sample:
    nowhere = subprocess.DEVNULL
    start = time.perf_counter()
    process = subprocess.Popen(command, stdin=nowhere, stdout=nowhere, stderr=nowhere, env=ENVIRONMENT)
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        raise
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        said = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, errors="replace").stderr[-2000:]
        give_up(f"exit status {process.returncode} of {' '.join(command)}\n{said}")
    return Sample(wall, usage.ru_utime + usage.ru_stime, mebibytes(usage.ru_maxrss))


def mebibytes(maxrss: int) -> float:
    return maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def own_peak() -> float:
    """A child starts out with its parent's peak on Linux, so this is the least that can be measured."""
    import resource

    return mebibytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def expect_findings(cache: Path, tools: dict) -> None:
    """A tool that overlooked the cache (ignored by git, excluded by configuration) would win every race."""
    probe = cache / "trees" / "probe"
    probe.mkdir(exist_ok=True)
    (probe / "probe.py").write_text("def f(xs):\n    return sum([x for x in xs])\n", encoding="utf-8")
    for tool in ("heaplint", "ruff"):
        answer = subprocess.run([*tools[tool], str(probe)], env=ENVIRONMENT, capture_output=True, text=True)
        if answer.returncode != 1:
            give_up(f"{tool} overlooks {probe} (status {answer.returncode}): {answer.stderr.strip()}")


def measure(name: str, tree: Path, tools: dict, runs: int) -> dict:
    """The samples of each tool on one tree, after one unmeasured run of each."""
    for command in tools.values():
        run([*command, str(tree)])
    samples = {tool: [] for tool in tools}
    for number in range(1, runs + 1):
        for tool, command in tools.items():
            samples[tool].append(run([*command, str(tree)]))
        note(f"{name} {number}/{runs}: " + ", ".join(f"{tool} {s[-1].wall:.3f} s" for tool, s in samples.items()))
    return samples


def summarize(name: str, tree: Path, samples: dict) -> tuple:
    """A row of the table, and a line for each bound that it breaks."""
    sizes = [path.stat().st_size for path in tree.rglob("*") if path.is_file()]
    row = [name if name == "stdlib" else f"{name} {PACKAGES[name][0]}", f"{len(sizes):,}", f"{sum(sizes) / 1e6:.1f}"]
    row += [f"{median(sample.wall for sample in taken):.3f}" for taken in samples.values()]
    broken = []
    for other in list(samples)[1:]:
        pairs = list(zip(samples["heaplint"], samples[other]))
        wall = median(ours.wall / theirs.wall for ours, theirs in pairs)
        # A tick of the clock at least: a very short process may be charged no time at all.
        cpu = median(ours.cpu / max(theirs.cpu, 0.001) for ours, theirs in pairs)
        row += [f"{wall:.2f}", f"{cpu:.2f}"]
        bound = BOUNDS[f"wall / {other}"]
        if wall > bound:
            broken.append(f"{name}: wall / {other} is {wall:.3f}, above {bound}")
    peaks = {tool: max(sample.peak for sample in taken) for tool, taken in samples.items()}
    row += [f"{peak:.0f}" for peak in peaks.values()]
    peak, limit = peaks["heaplint"], peaks["ruff"] + PEAK_OVER_RUFF_MIB
    if name == "stdlib" and peak > limit:
        broken.append(f"{name}: peak is {peak:.1f} MiB, above {limit:.1f} (ruff's + {PEAK_OVER_RUFF_MIB:.0f})")
    return row, broken


def print_row(cells: list) -> None:
    print("| " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    if not hasattr(os, "wait4"):
        give_up("needs os.wait4, which this system lacks")
    sys.exit(main())
