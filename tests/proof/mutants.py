"""Mutants of stock and orders: `python tests/proof/mutants.py [COUNT] [SEED] [--map FILE] [--modules WORDS] [--tests FILES]`.

A sample of the mutations that cosmic-ray finds in `orderhub.inventory` and `orderhub.orders`, COUNT in each, tried alone
with the tests that run its line, quickest first, in forks of one process (`mutant_runs.py`). Which tests those are is
measured first; with a map it is kept in that file and read from there the next time. Only modules whose path holds one of
the words, and only the files of tests, when they are given.

Left out is what cannot show: annotations, words of errors and representations, caches, exports. What survives though it
changes nothing is listed with its reason in `mutants.toml`. Prints every other survivor; exits 1 when a tenth or more of a
room survive.

cosmic-ray comes into an environment of its own below `.venv`. Needs `uv` or pip and a registry for that, once.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from mutant_runs import Trial, unharmed, verdicts

ROOT = Path(__file__).parents[2]
ROOMS = ("inventory", "orders")
COUNT, SURVIVORS_MAX, TESTS_MAX, TESTS_S = 100, 0.1, 300, 60.0
ENVIRONMENT = ROOT / ".venv" / "mutants"
FINDS = """
import json, sys
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
if sys.argv[1] == "find":
    kinds = {name: get_operator(name) for name in sorted(operator_names())}
    for path in sys.argv[2:]:
        nodes = list(ast_nodes(get_ast(open(path, encoding="utf-8").read())))
        for name, kind in kinds.items():
            if kind.arguments():
                continue
            places = [place for node in nodes for place in kind().mutation_positions(node)]
            for number, (start, _) in enumerate(places):
                print(json.dumps([path, name, number, *start]))
else:
    for path, name, number in json.load(sys.stdin):
        print(json.dumps(mutate_code(open(path, encoding="utf-8").read(), get_operator(name)(), number) or ""))
"""
EQUIVALENTS = Path(__file__).with_suffix(".toml")
UNSHRUNK = """
from hypothesis import Phase
settings.register_profile("mutants", derandomize=True, max_examples=60, deadline=None, database=None,
                          phases=(Phase.explicit, Phase.generate))
settings.load_profile("mutants")
"""
"""A mutant is dead at the first example that fails; nobody asks for the smallest one."""
Tests = dict[str, dict[str, list[str]]]
CACHES = ("lru_cache", "cache")
REPRESENTATIONS = ("__repr__", "_repr_html_")


@dataclass(frozen=True)
class Mutant:
    """One mutation: module below `src/orderhub`, operator, which occurrence of it, and where it stands."""

    path: str
    operator: str
    number: int
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column} {self.operator.removeprefix('core/')} #{self.number}"


@dataclass
class Tally:
    """What became of the mutants of a room."""

    killed: int = 0
    survived: list[str] = field(default_factory=list)
    equivalent: int = 0

    def share(self) -> float:
        """Survivors among those that change something."""
        told = self.killed + len(self.survived)
        return len(self.survived) / told if told else 0.0

    def __str__(self) -> str:
        drawn = self.killed + len(self.survived) + self.equivalent
        return (
            f"{drawn} drawn, {self.killed} killed, {self.equivalent} equivalent, {len(self.survived)} survived"
            f" ({self.share():.1%})"
        )


def finder() -> Path:
    """The interpreter that has cosmic-ray."""
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", ENVIRONMENT], check=True)
        subprocess.run(
            [sys.executable, "-m", "uv", "pip", "install", "-q", "--python", python, "cosmic-ray"], check=True
        )
    return python


def modules() -> list[Path]:
    """The modules of the rooms."""
    return [path for room in ROOMS for path in sorted((ROOT / "src" / "orderhub" / room).rglob("*.py"))]


def mutants() -> list[Mutant]:
    """Every mutation that could show."""
    told = subprocess.run(
        [finder(), "-c", FINDS, "find", *modules()], check=True, capture_output=True, text=True
    ).stdout
    spans = {str(path): list(idle(ast.parse(path.read_text("utf-8")))) for path in modules()}
    found = (json.loads(line) for line in told.splitlines())
    return [
        Mutant(str(Path(path).relative_to(ROOT / "src" / "orderhub")), name, number, line, column)
        for path, name, number, line, column in found
        if not any(start <= (line, column) < end for start, end in spans[path])
    ]


def idle(tree: ast.Module) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Where a mutation shows nothing: annotations, words of errors and representations, decorators' arguments, exports."""
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        if isinstance(node, ast.arg | ast.AnnAssign):
            parts = [node.annotation]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            parts = [node] if node.name in REPRESENTATIONS else [node.returns, *node.decorator_list]
            yield from ((_at(part, -1), _at(part)) for part in node.decorator_list if _cache(part))
        elif isinstance(node, ast.JoinedStr) or (
            isinstance(node, ast.Assign) and any(getattr(name, "id", "") == "__all__" for name in node.targets)
        ):
            parts = [node]
        yield from ((_at(part), (part.end_lineno, part.end_col_offset)) for part in parts if part is not None)  # type: ignore[attr-defined]


def _at(node: ast.AST, before: int = 0) -> tuple[int, int]:
    return node.lineno, node.col_offset + before  # type: ignore[attr-defined]


def _cache(node: ast.AST) -> bool:
    return any(getattr(part, "id", getattr(part, "attr", "")) in CACHES for part in ast.walk(node))


def workspace() -> Path:
    """A copy of what the tests need, to be mutated in peace."""
    place = Path(tempfile.mkdtemp(prefix="mutants-")) / "project"
    ignored = shutil.ignore_patterns("__pycache__", ".*", "dist", "site")
    for name in ("src", "tests", "docs", "cassettes", "tools", "examples"):
        shutil.copytree(ROOT / name, place / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "mkdocs.yml"):
        shutil.copy(ROOT / name, place)
    with (place / "tests" / "conftest.py").open("a", encoding="utf-8") as file:
        file.write(UNSHRUNK)
    return place


def chosen() -> list[str]:
    """Test files that name the rooms or what their kits are."""
    words = ("orderhub.inventory", "orderhub.orders", "orderhub.testing.stock", "orderhub.testing.orders")
    folders = ("unit", "property", "contract", "faults")
    paths = (path for folder in folders for path in sorted((ROOT / "tests" / folder).glob("test_*.py")))
    return [str(path.relative_to(ROOT)) for path in paths if any(word in path.read_text("utf-8") for word in words)]


def pytest(place: Path, *arguments: str) -> int:
    """Run tests of the copy, against the copy."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    where = {**os.environ, "PYTHONPATH": str(place / "src")}
    return subprocess.run(command, cwd=place, env=where, capture_output=True, check=False).returncode


def measured(place: Path, files: list[str]) -> tuple[Tests, dict[str, float]]:
    """Module -> line -> tests that run it, quickest first, line 0 holds every test of the module; test -> seconds."""
    data, times = place / ".coverage", place / "times.xml"
    rooms = [f"--cov=orderhub.{room}" for room in ROOMS]
    more = ("-n", "auto", "--cov-context=test", "--cov-report=", f"--junitxml={times}")
    if pytest(place, *(files or chosen()), "-k", "not postgres and not redis", *rooms, *more):
        sys.exit("the tests fail before anything was mutated")
    return read(data, times)


def read(data: Path, times: Path) -> tuple[Tests, dict[str, float]]:
    """What was measured."""
    found: Tests = {}
    for name, blob, test in _rows(data):
        if "postgres" not in test and "redis" not in test:
            module = found.setdefault(name.split("/src/orderhub/")[1], {})
            for line in [0, *_lines(blob)]:
                module.setdefault(str(line), []).append(test)
    order = _seconds(times)
    for lines in found.values():
        for line, tests in lines.items():
            lines[line] = sorted(set(tests), key=lambda test: (order.get(test, 1.0), test))
    return found, order


def _rows(data: Path) -> Iterator[tuple[str, bytes, str]]:
    with sqlite3.connect(data) as file:
        for name, blob, context in file.execute(
            "select path, numbits, context from line_bits join file on file.id = file_id "
            "join context on context.id = context_id where context != ''"
        ):
            yield name, blob, context.split("|")[0]


def _lines(blob: bytes) -> Iterator[int]:
    return (number * 8 + bit for number, byte in enumerate(blob) for bit in range(8) if byte & (1 << bit))


def _seconds(path: Path) -> dict[str, float]:
    """Test -> how long it took."""
    from xml.etree import ElementTree  # our own file

    found = {}
    for case in ElementTree.parse(path).iter("testcase"):
        words = case.get("classname", "").split(".")
        file = next(number for number in range(1, len(words) + 1) if words[number - 1].startswith("test_"))
        name = "::".join(["/".join(words[:file]) + ".py", *words[file:], case.get("name", "")])
        found[name] = float(case.get("time") or 0)
    return found


def where(source: str, mutant: Mutant, sources: dict[str, str]) -> Iterator[tuple[str, int]]:
    """Module and line whose tests a mutant meets: those of its statement; of a table, those of what reads it."""
    tree = parsed(source)
    holders = [node for node in ast.walk(tree) if isinstance(node, ast.stmt) and _holds(node, mutant.line)]
    inner = max(holders, key=lambda node: (node.lineno, -(node.end_lineno or 0)))
    body = getattr(inner, "body", None)
    last = body[0].lineno - 1 if body else inner.end_lineno or inner.lineno
    yield from ((mutant.path, line) for line in range(inner.lineno, max(last, mutant.line) + 1))
    if inner in tree.body and isinstance(inner, ast.Assign | ast.AnnAssign):
        targets = inner.targets if isinstance(inner, ast.Assign) else [inner.target]
        names = {getattr(target, "id", "") for target in targets}
        for path, text in sources.items():
            for node in ast.walk(parsed(text)) if any(name in text for name in names) else ():
                if getattr(node, "id", getattr(node, "attr", "")) in names:
                    yield path, node.lineno  # type: ignore[attr-defined]


def _holds(node: ast.stmt, line: int) -> bool:
    first = min(part.lineno for part in [node, *getattr(node, "decorator_list", ())])
    return first <= line <= (node.end_lineno or node.lineno)


@cache
def parsed(source: str) -> ast.Module:
    """The tree of a module."""
    return ast.parse(source)


def trial(mutant: Mutant, made: str, sources: dict[str, str], known: Tests, seconds: dict[str, float]) -> Trial:
    """A mutant with the tests it meets, as many as fit the time."""
    source = sources[mutant.path]
    places = set(where(source, mutant, sources))
    tests = {test for path, line in places for test in known.get(path, {}).get(str(line), ())}
    tests = tests or set(known.get(mutant.path, {}).get("0", ()))
    kept, spent = [], 0.0
    for test in sorted(tests, key=lambda test: (seconds.get(test, 1.0), test))[:TESTS_MAX]:
        spent += seconds.get(test, 1.0)
        if kept and spent > TESTS_S:
            break
        kept.append(test)
    return Trial(f"orderhub.{mutant.path.removesuffix('.py').replace('/', '.')}", source, made, tuple(kept), spent)


def drawn(found: list[Mutant], sources: dict[str, str], count: int, seed: int) -> list[tuple[Mutant, str]]:
    """Mutants of a room that change what is compiled, and the module each makes."""
    order = random.Random(seed).sample(found, min(count * 2, len(found)))
    asked = json.dumps([(str(ROOT / "src" / "orderhub" / one.path), one.operator, one.number) for one in order])
    told = subprocess.run([finder(), "-c", FINDS, "make"], input=asked, check=True, capture_output=True, text=True)
    pairs = zip(order, map(json.loads, told.stdout.splitlines()), strict=True)
    return [(one, made) for one, made in pairs if made and _differs(made, sources[one.path])][:count]


def _differs(made: str, whole: str) -> bool:
    try:
        return ast.dump(ast.parse(made)) != ast.dump(ast.parse(whole))
    except SyntaxError:  # the star between arguments is no product
        return False


def equivalent(mutant: Mutant, line: str) -> bool:
    """Whether a mutant that survived is known to change nothing."""
    return any(
        fnmatchcase(mutant.path, row["path"])
        and row["line"] in line
        and any(fnmatchcase(mutant.operator.removeprefix("core/"), name) for name in row["operators"])
        for row in tomllib.loads(EQUIVALENTS.read_text("utf-8"))["equivalent"]
    )


def judged(pairs: list[tuple[Mutant, str]], trials: list[Trial], place: Path) -> Iterator[tuple[Mutant, str]]:
    """Each mutant and `killed`, `equivalent` or `survived`; at the end the killers are tried without any mutation."""
    killers = set()
    told = {number: "survived" for number, one in enumerate(trials) if not one.tests}
    numbers = [number for number in range(len(trials)) if number not in told]
    for place_in_line, number in enumerate(numbers):
        print(
            f"{place_in_line}: {pairs[number][0]} meets {len(trials[number].tests)} tests", file=sys.stderr, flush=True
        )
    for number, verdict in verdicts([trials[number] for number in numbers], place):
        told[numbers[number]] = verdict
        print(f"{pairs[numbers[number]][0]}: {verdict}", file=sys.stderr, flush=True)
        killers |= {verdict} if "::" in verdict else set()
    if broken := [verdict for verdict in told.values() if verdict.startswith("broken")]:
        sys.exit(f"{len(broken)} mutants could not be tried: {broken[0]}")
    if not unharmed(sorted(killers)):
        sys.exit("a test that killed fails without a mutation, too")
    for number, (mutant, _) in enumerate(pairs):
        line = trials[number].whole.splitlines()[mutant.line - 1]
        known = told[number] == "survived" and equivalent(mutant, line)
        yield mutant, "equivalent" if known else "survived" if told[number] == "survived" else "killed"


def main(count: int, seed: int, kept: str, words: list[str], files: list[str]) -> int:
    """1 when too many of a room survive."""
    found, place, tallies = mutants(), workspace(), {room: Tally() for room in ROOMS}
    sources = {str(path.relative_to(ROOT / "src" / "orderhub")): path.read_text("utf-8") for path in modules()}
    found = [mutant for mutant in found if not words or any(word in mutant.path for word in words)]
    file = Path(kept).resolve() if kept else place / "map.json"
    if not file.exists():
        file.write_text(json.dumps(measured(place, files)), "utf-8")
    known, seconds = json.loads(file.read_text("utf-8"))
    pairs = [
        pair
        for room in ROOMS
        for pair in drawn([one for one in found if one.path.startswith(room)], sources, count, seed)
    ]
    trials = [trial(one, made, sources, known, seconds) for one, made in pairs]
    for (mutant, verdict), one in zip(judged(pairs, trials, place), trials, strict=True):
        tally = tallies[mutant.path.split("/")[0]]
        tally.killed += verdict == "killed"
        tally.equivalent += verdict == "equivalent"
        if verdict == "survived":
            tally.survived.append(str(mutant))
            print(f"{mutant} ({len(one.tests)} tests): {one.whole.splitlines()[mutant.line - 1].strip()}", flush=True)
    shutil.rmtree(place.parent)
    print("\n".join(f"{room}: {tally}" for room, tally in tallies.items()))
    return int(any(tally.share() >= SURVIVORS_MAX for tally in tallies.values()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=COUNT)
    parser.add_argument("seed", nargs="?", type=int, default=0)
    parser.add_argument("--map", default="")
    parser.add_argument("--modules", nargs="*", default=[])
    parser.add_argument("--tests", nargs="*", default=[])
    told = parser.parse_args()
    sys.exit(main(told.count, told.seed, told.map, told.modules, told.tests))
