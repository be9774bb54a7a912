"""Mutants tried in forks of one process that has collected the tests: `mutants.py` draws them, this runs them.

A mutation inside a function is a new `__code__` of that function in a fork of the collected session. Any other is a module
compiled anew in a fork that has imported the libraries but nothing of `orderhub`. A fork that uses up its processor time or
its memory counts as killed. May import pytest and the standard library; nothing of `orderhub` before the forks do.
"""

from __future__ import annotations

import functools
import importlib
import json
import os
import resource
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import pytest

QUIET = "-q -s --assert=plain -p no:cacheprovider -p no:xdist -p no:cov -o timeout=0 -W ignore".split()
"""Asserts stay as they are: pytest would import the modules of a plugin, which ours is, in its own way."""
CPU_S, MEMORY_B = 20, 4 << 30
"""Processor seconds a fork may use beyond three times what its tests took; bytes it may hold."""
OPTIMIZED = 1


@dataclass(frozen=True)
class Trial:
    """One mutant to try: its module as it was and as it would be, and the tests that it meets, in order."""

    module: str
    whole: str
    made: str
    tests: tuple[str, ...]
    seconds: float

    def file(self) -> str:
        """Below `src`."""
        return self.module.replace(".", "/") + ".py"


def codes(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    """Functions of a module and of its classes, by qualified name."""
    for part in code.co_consts:
        if isinstance(part, CodeType):
            if _function(part):
                yield part.co_qualname, part
            elif not part.co_flags & OPTIMIZED:
                yield from codes(part)


def shell(code: CodeType) -> list[Any]:
    """What runs at import: everything but the bodies of functions."""
    parts: list[Any] = [code.co_code, code.co_names]
    for part in code.co_consts:
        if not isinstance(part, CodeType):
            parts.append(repr(part))
        elif _function(part):
            parts.append(part.co_qualname)
        else:
            parts.append(part if part.co_flags & OPTIMIZED else shell(part))
    return parts


def _function(code: CodeType) -> bool:
    return bool(code.co_flags & OPTIMIZED) and not code.co_name.startswith("<")


def exchanged(trial: Trial) -> list[tuple[FunctionType, CodeType]]:
    """The functions that differ and their new code; empty when the mutation is not inside a function."""
    old, new = compiled(trial.whole, trial.file()), compiled(trial.made, trial.file())
    before, after = list(codes(old)), list(codes(new))
    if shell(old) != shell(new) or len(dict(before)) != len(before):
        return []
    pairs = []
    for (name, was), (_, now) in zip(before, after, strict=True):
        if was != now:
            found = function(sys.modules[trial.module], name)
            if found is None or found.__code__ != was:
                return []
            pairs.append((found, now))
    return pairs


def compiled(source: str, name: str) -> CodeType:
    """The code of a module."""
    return compile(source, name, "exec", dont_inherit=True)


def function(module: Any, name: str) -> FunctionType | None:
    """The plain function behind a name, whatever it is wrapped in."""
    found = module
    for part in name.split("."):
        found = vars(found).get(part)
        if found is None:
            return None
    found = getattr(found, "fget", None) or getattr(found, "__func__", None) or getattr(found, "func", None) or found
    while hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    return found if isinstance(found, FunctionType) else None


def forget() -> None:
    """Empty what `orderhub` remembers of earlier calls."""
    for name, module in list(sys.modules.items()):
        if name.startswith("orderhub."):
            for found in list(vars(module).values()):
                if isinstance(found, functools._lru_cache_wrapper):
                    found.cache_clear()


def forked(act: Callable[[], str], cpu_s: float) -> str:
    """What an act says, in a process of its own; the signal or the status that ended it when it says nothing."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_s), int(cpu_s) + 5))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_B, MEMORY_B))
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        try:
            told = act()
        except BaseException as error:
            told = f"broken: {error!r}"
        os.write(write, told.encode()[:4096])
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        told = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    return told or f"ended {status}"


class Session:
    """A plugin that runs no tests itself: each trial has a fork of the collected session."""

    def __init__(self, trials: list[Trial], keep: Path) -> None:
        self.trials, self.keep = trials, keep
        self.ran: set[int] = set()
        sys.setprofile(self._note)

    def _note(self, frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            self.ran.add(id(frame.f_code))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        sys.setprofile(None)
        items = {item.nodeid: item for item in session.items}
        for number, trial in enumerate(self.trials):
            pairs = exchanged(trial) if trial.module in sys.modules else []
            if any(id(found.__code__) in self.ran for found, _ in pairs):
                continue  # it ran at import: what it made is in tables
            chosen = [items[name] for name in trial.tests if name in items]
            if pairs and chosen:
                act = functools.partial(_first_failure, pairs, chosen)
                told = forked(act, CPU_S + 3 * trial.seconds)
                with self.keep.open("a", encoding="utf-8") as file:
                    file.write(json.dumps([number, told]) + "\n")
        return True


def _first_failure(pairs: list[tuple[FunctionType, CodeType]], items: list[pytest.Item]) -> str:
    from _pytest.runner import runtestprotocol

    for found, code in pairs:
        found.__code__ = code
    forget()
    for item, following in zip(items, [*items[1:], None], strict=True):
        if any(report.failed for report in runtestprotocol(item, nextitem=following, log=False)):
            return item.nodeid
    return "survived"


class First:
    """A plugin that keeps the first test that failed."""

    failed = ""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed and not self.failed:
            self.failed = report.nodeid


def _anew(trial: Trial) -> str:
    original, given = SourceFileLoader.get_code, []

    def get_code(self: SourceFileLoader, name: str) -> Any:
        if name != trial.module:
            return original(self, name)
        given.append(name)
        return compiled(trial.made, self.path)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign]
    first = First()
    code = pytest.main([*QUIET, "-x", *trial.tests], plugins=[first])
    if not given:
        return f"broken: {trial.module} is not imported by its tests"
    return "survived" if code == 0 else first.failed or f"pytest ended with {code!r}"


def _collected(trials: list[Trial], keep: Path) -> str:
    files = sorted({name.split("::")[0] for trial in trials for name in trial.tests})
    pytest.main([*QUIET, *files], plugins=[Session(trials, keep)])
    return " ".join(sorted({name.split(".")[0] for name in sys.modules} & set(_installed())))


def _installed() -> Iterable[str]:
    from importlib.metadata import packages_distributions

    return (name for name in packages_distributions() if not name.startswith("orderhub"))


def verdicts(trials: list[Trial], place: Path) -> Iterator[tuple[int, str]]:
    """Number of the trial and what became of it, `survived` or what killed it, as they come."""
    os.chdir(place)
    sys.path.insert(0, str(place / "src"))
    keep = place / "verdicts.jsonl"
    keep.write_text("", "utf-8")
    libraries = forked(lambda: _collected(trials, keep), 100_000)
    found = dict(json.loads(line) for line in keep.read_text("utf-8").splitlines())
    if not found or ":" in libraries:
        sys.exit(f"the tests could not be collected: {libraries}")
    yield from found.items()
    for library in libraries.split():
        importlib.import_module(library)
    for number, trial in enumerate(trials):
        if number not in found:
            yield number, forked(functools.partial(_anew, trial), CPU_S + 3 * trial.seconds)


def unharmed(tests: Iterable[str]) -> bool:
    """Whether these tests pass in a fork when nothing was mutated."""
    return forked(lambda: str(pytest.main([*QUIET, *tests]) == 0), 100_000) == "True"
