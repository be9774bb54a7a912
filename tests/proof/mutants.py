"""Mutants of stock and orders: `python tests/proof/mutants.py [COUNT] [SEED] [--map FILE] [--modules WORDS] [--tests FILES]`.

A sample of the mutations that cosmic-ray finds in `orderhub.inventory` and `orderhub.orders`, each tried alone in a copy
of the project with the tests that run its line, quickest first. Which tests those are is measured first; with a map it is
kept in that file and read from there the next time. Only modules whose path holds one of the words, and only the files
of tests, when they are given. What cannot change anything that runs is left out: annotations,
words of errors and sizes of caches. Prints every survivor; exits 1 when a tenth or more survive.

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
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("inventory", "orders")
COUNT, SURVIVORS_MAX, TIMEOUT_S, TESTS_MAX = 40, 0.1, 600, 400
ENVIRONMENT = ROOT / ".venv" / "mutants"
FINDS = """
import json, sys
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names
if sys.argv[1] == "find":
    for path in sys.argv[2:]:
        tree = get_ast(open(path, encoding="utf-8").read())
        for name in sorted(operator_names()):
            kind = get_operator(name)
            if kind.arguments():
                continue
            places = [place for node in ast_nodes(tree) for place in kind().mutation_positions(node)]
            for number, (start, _) in enumerate(places):
                print(json.dumps([path, name, number, *start]))
else:
    _, _, path, name, number = sys.argv
    sys.stdout.write(mutate_code(open(path, encoding="utf-8").read(), get_operator(name)(), int(number)) or "")
"""
UNSHRUNK = """
from hypothesis import Phase
settings.register_profile("mutants", derandomize=True, max_examples=60, phases=(Phase.explicit, Phase.generate))
settings.load_profile("mutants")
"""
"""A mutant is dead at the first example that fails; nobody asks for the smallest one."""
Tests = dict[str, dict[int, list[str]]]


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
    """What became of the mutants."""

    killed: int = 0
    survived: list[str] = field(default_factory=list)
    stillborn: int = 0


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
    """Where a mutation shows nothing: annotations, words of errors, and decorators, which are sizes of caches."""
    for node in ast.walk(tree):
        parts: list[ast.expr | None] = []
        if isinstance(node, ast.arg | ast.AnnAssign):
            parts = [node.annotation]
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            parts = [node.returns, *node.decorator_list]
        elif isinstance(node, ast.JoinedStr):
            parts = [node]
        for part in parts:
            if part is not None:
                yield (part.lineno, part.col_offset), (part.end_lineno or 0, part.end_col_offset or 0)


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


def pytest(place: Path, *arguments: str, timeout_s: float | None = None) -> int:
    """Run tests of the copy, against the copy."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    where = {**os.environ, "PYTHONPATH": str(place / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return subprocess.run(
            command, cwd=place, env=where, capture_output=True, timeout=timeout_s, check=False
        ).returncode
    except subprocess.TimeoutExpired:
        return -1


def measured(place: Path, files: list[str]) -> Tests:
    """Module -> line -> tests that run it, quickest first; line 0 holds every test of the module."""
    data, times = place / ".coverage", place / "times.xml"
    rooms = [f"--cov=orderhub.{room}" for room in ROOMS]
    code = pytest(
        place, *(files or chosen()), "-n", "auto", *rooms, "--cov-context=test", "--cov-report=", f"--junitxml={times}"
    )
    if code:
        sys.exit("the tests fail before anything was mutated")
    found: Tests = {}
    for name, blob, test in _rows(data):
        module = found.setdefault(name.split("/src/orderhub/")[1], {})
        for line in [0, *_lines(blob)]:
            module.setdefault(line, []).append(test)
    order = _seconds(times)
    return {
        name: {line: sorted(set(tests), key=lambda test: (order.get(test, 1.0), test)) for line, tests in lines.items()}
        for name, lines in found.items()
    }


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
        name = f"{case.get('classname', '').replace('.', '/')}.py::{case.get('name')}"
        found[name] = float(case.get("time") or 0)
    return found


def tried(place: Path, mutant: Mutant, tests: Iterable[str], python: Path) -> str:
    """killed, survived or stillborn."""
    path = place / "src" / "orderhub" / mutant.path
    whole = path.read_text("utf-8")
    made = subprocess.run(
        [python, "-c", FINDS, "make", path, mutant.operator, str(mutant.number)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    if not made or ast.dump(ast.parse(made)) == ast.dump(ast.parse(whole)):
        return "stillborn"
    listed = place / "chosen.txt"
    listed.write_text("\n".join(tests), "utf-8")
    path.write_text(made, "utf-8")
    try:
        return "survived" if pytest(place, "-x", f"@{listed}", timeout_s=TIMEOUT_S) == 0 else "killed"
    finally:
        path.write_text(whole, "utf-8")


def main(count: int, seed: int, kept: str, words: list[str], files: list[str]) -> int:
    """1 when too many survive."""
    found, place, python, tally = mutants(), workspace(), finder(), Tally()
    found = [mutant for mutant in found if not words or any(word in mutant.path for word in words)]
    where = Path(kept) if kept else place / "map.json"
    if not where.exists():
        where.write_text(json.dumps(measured(place, files)), "utf-8")
    known = json.loads(where.read_text("utf-8"))
    for mutant in random.Random(seed).sample(found, min(count, len(found))):
        lines = known.get(mutant.path, {})
        tests = (lines.get(str(mutant.line)) or lines.get("0", []))[:TESTS_MAX]
        verdict = tried(place, mutant, tests, python) if tests else "survived"
        print(f"{mutant}: {verdict}", file=sys.stderr, flush=True)
        tally.killed += verdict == "killed"
        tally.stillborn += verdict == "stillborn"
        if verdict == "survived":
            tally.survived.append(f"{mutant} ({len(tests)} tests)")
            print(tally.survived[-1], flush=True)
    shutil.rmtree(place.parent)
    told = tally.killed + len(tally.survived)
    share = len(tally.survived) / told if told else 0.0
    print(f"{len(found)} mutations, {told} tried: {tally.killed} killed, {len(tally.survived)} survived ({share:.1%})")
    return int(share >= SURVIVORS_MAX)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=COUNT)
    parser.add_argument("seed", nargs="?", type=int, default=0)
    parser.add_argument("--map", default="")
    parser.add_argument("--modules", nargs="*", default=[])
    parser.add_argument("--tests", nargs="*", default=[])
    told = parser.parse_args()
    sys.exit(main(told.count, told.seed, told.map, told.modules, told.tests))
