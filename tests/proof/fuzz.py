"""Replies and pushes of marketplaces and carriers, damaged, as many as asked: `python tests/proof/fuzz.py [INPUTS] [SEED]`.

An input is one damaged reply that a call was given, or one damaged document or push that was read. Prints each that ended in
anything but a result or an error of the library, and each that takes more than 100 ms of processor time whenever it is
played; exits 1 then, or when memory grew by more than 50 MB. An input that wants gigabytes fails with `MemoryError`
and its name, instead of taking the machine along. Progress goes to standard error.
"""

from __future__ import annotations

import random
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "fuzz"))
from plays import MARKETS, PUSHING, SPEAKERS, Damaged, decode, play, read_push

from orderhub.errors import OrderHubError

INPUTS, SLOW_S, GROWTH_MAX, WARM = 20_000, 0.1, 50 * 1024 * 1024, 3000
DOCUMENTS_A_ROUND, PUSHES_A_ROUND = 6, 6
MEMORY_B = 3 << 30


@dataclass
class Tally:
    """What was played and what came of it."""

    inputs: int = 0
    typed: int = 0
    failed: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)
    slowest: float = 0.0

    def one(self, name: str, act: Callable[[], None]) -> None:
        """Play once; what was slow is played twice more, since a collector of garbage may have come by."""
        spent = self._timed(name, act)
        if spent > SLOW_S:
            spent = min(spent, self._timed(name, act, quiet=True), self._timed(name, act, quiet=True))
            if spent > SLOW_S:
                self.slow.append(f"{name}: {spent * 1000:.0f} ms")
                print(self.slow[-1], flush=True)
        self.slowest = max(self.slowest, spent)

    def _timed(self, name: str, act: Callable[[], None], *, quiet: bool = False) -> float:
        started = time.process_time()
        try:
            act()
        except OrderHubError:
            self.typed += not quiet
        except Exception as error:
            if not quiet:
                self.failed.append(f"{name}: {type(error).__name__}: {error}"[:200])
                print(self.failed[-1], flush=True)
        return time.process_time() - started


def resident() -> int:
    """Bytes of this process in memory now."""
    status = Path("/proc/self/status").read_text() if Path("/proc/self/status").exists() else "VmRSS: 0 kB"
    return int(status.split("VmRSS:")[1].split()[0]) * 1024


def a_round(tally: Tally, seed: int) -> None:
    """Every verb of everyone, and some documents and pushes."""
    for name, speaker in SPEAKERS.items():
        for verb in speaker.recorded:
            given = Damaged(name, verb, seed)
            tally.one(f"{name} {verb} seed={seed}", partial(_again, name, verb, seed, given))
            tally.inputs += given.calls
        if name in MARKETS:
            _several(tally, name, "document", seed, DOCUMENTS_A_ROUND, decode)
        if name in PUSHING:
            _several(tally, name, "push", seed, PUSHES_A_ROUND, read_push)


def _again(name: str, verb: str, seed: int, given: Damaged) -> None:
    play(name, verb, seed, given if not given.calls else None)


def _several(
    tally: Tally, name: str, kind: str, seed: int, count: int, read: Callable[[str, random.Random], Any]
) -> None:
    for number in range(count):
        told = f"{name} {kind} seed={seed} number={number}"
        tally.one(told, partial(_read, read, name, told))
    tally.inputs += count


def _read(read: Callable[[str, random.Random], Any], name: str, told: str) -> None:
    read(name, random.Random(told))


def main(inputs: int = INPUTS, first: int = 0) -> int:
    """How many inputs failed or were slow."""
    tally, warm, started = Tally(), 0, time.monotonic()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_B, MEMORY_B))
    for seed in count(first):
        a_round(tally, seed)
        if not warm and tally.inputs > WARM:
            warm = resident()
        if seed % 100 == 0:
            print(f"{tally.inputs} after {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
        if tally.inputs >= inputs:
            break
    growth = max(0, resident() - warm) if warm else 0
    print(f"{tally.inputs} inputs, {tally.typed} typed errors, {len(tally.failed)} failed, {len(tally.slow)} slow, slowest "
          f"{tally.slowest * 1000:.0f} ms of processor time, memory grew by {growth / 2**20:.0f} MB, "
          f"{time.monotonic() - started:.0f} s")  # fmt: skip
    return len(tally.failed) + len(tally.slow) + (growth > GROWTH_MAX)


if __name__ == "__main__":
    sys.exit(bool(main(*(int(word.replace("_", "")) for word in sys.argv[1:]))))
