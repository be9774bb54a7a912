"""Power failures under a stock ledger in a file: what was acknowledged is there, whole, and the books balance.

Imports `inventory`, this room. For a host's own store: `open_` opens the ledger in a file of that name, on SQLite in
this process; see `unsynced` for what the disk may do.
"""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from orderhub.inventory import Ledger, open_ledger
from orderhub.models.stock import Movement, StockCommand, StockOutcome
from orderhub.testing.stock import ManualClock, check_balanced, history
from orderhub.testing.unsynced import Crash, UnsyncedDisk

__all__ = ["check_power_loss", "open_in_file"]

NAME = "stock.db"
Opener = Callable[[Path, Any], Ledger]


def open_in_file(path: Path, clock: Any) -> Ledger:
    """The library's own ledger on SQLite."""
    return open_ledger(f"sqlite:///{path}", clock=clock)


@dataclass(frozen=True, slots=True)
class _Told:
    """What the caller had been told: batches answered, and the ledger's version then."""

    batches: int
    version: int


@dataclass(frozen=True, slots=True)
class _Story:
    batches: list[list[StockCommand]]
    outcomes: list[list[StockOutcome]]
    versions: list[int]
    movements: dict[int, Movement]


def check_power_loss(
    seed: int, *, points: int = 20, length: int = 60, open_: Opener = open_in_file, honest: bool = True
) -> int:
    """One story of commands on a disk that loses what was not synced; power fails at so many moments of it.

    Returns:
        How many failures were looked at.
    Raises:
        AssertionError: Something that was acknowledged is gone or there by half, or the books do not balance.
        RuntimeError: The SQLite of this Python cannot be watched; see `UnsyncedDisk.why_not`.
    """
    rng = random.Random(seed)  # noqa: S311
    with TemporaryDirectory() as scratch:
        home, ruins = Path(scratch, "disk"), Path(scratch, "ruins")
        home.mkdir()
        ruins.mkdir()
        with UnsyncedDisk(home, honest=honest) as disk:
            story = _told(disk, home / NAME, rng, seed, length, open_)
        looked = 0
        for crash in disk.crashes(points, ruins, rng):
            _look(crash, story, seed, open_)
            looked += 1
        return looked


def _told(disk: UnsyncedDisk, path: Path, rng: random.Random, seed: int, length: int, open_: Opener) -> _Story:
    """Batches of a story, now and then a checkpoint or a restart; the disk notes what was acknowledged when."""
    commands = [command for command, _ in history(seed, length)]
    batches: list[list[StockCommand]] = []
    while commands:
        size = rng.randint(1, 4)
        batches.append(commands[:size])
        commands = commands[size:]
    outcomes, versions = [], []
    ledger = open_(path, ManualClock())
    try:
        disk.mark(_Told(0, 0))
        for number, batch in enumerate(batches, 1):
            outcomes.append(ledger.apply(batch))
            versions.append(ledger.snapshot(()).version)
            disk.mark(_Told(number, versions[-1]))
            match rng.randrange(8):
                case 0:
                    _checkpoint(path, rng)
                case 1:
                    ledger.close()
                    ledger = open_(path, ManualClock())
        found = {row.seq: row for row in _movements(ledger)}
    finally:
        ledger.close()
    return _Story(batches, outcomes, versions, found)


def _checkpoint(path: Path, rng: random.Random) -> None:
    """Pages move from the log to the file, in one of the ways that SQLite has."""
    connection = sqlite3.connect(path)
    try:
        kind = rng.choice(("PASSIVE", "FULL", "RESTART", "TRUNCATE"))
        connection.execute(f"PRAGMA wal_checkpoint({kind})")
    finally:
        connection.close()


def _movements(ledger: Ledger) -> list[Movement]:
    return [row for level in ledger.levels() for row in ledger.movements(level.sku, level.warehouse)]


def _look(crash: Crash, story: _Story, seed: int, open_: Opener) -> None:
    where = f"seed {seed}, power failed after operation {crash.at}"
    if crash.mark is None:  # before the tables were there nothing was told to anybody
        return
    told: _Told = crash.mark
    try:
        ledger = open_(crash.folder / NAME, ManualClock())
    except Exception as error:
        raise AssertionError(f"{where}: the ledger does not open: {error}") from error
    try:
        rows = {row.seq: row for row in _movements(ledger)}
        _must(all(rows.get(seq) == row for seq, row in story.movements.items() if seq <= told.version),
              f"{where}: a movement that was acknowledged is gone")  # fmt: skip
        after = story.versions[told.batches] if told.batches < len(story.versions) else told.version
        there = max(rows, default=0)
        _must(there in (told.version, after), f"{where}: a batch is there by half, up to {there}")
        check_balanced(ledger)
        _again(ledger, story, told, where)
    finally:
        ledger.close()


def _again(ledger: Ledger, story: _Story, told: _Told, where: str) -> None:
    """Everything that was told is told again, word for word, and changes nothing; the story can go on to its end."""
    before = ledger.snapshot(()).version
    for batch, outcomes in zip(story.batches[: told.batches], story.outcomes, strict=False):
        _must(ledger.apply(batch) == outcomes, f"{where}: an answer has changed")
    _must(ledger.snapshot(()).version == before, f"{where}: a command that was acknowledged acted again")
    for batch in story.batches[told.batches :]:
        ledger.apply(batch)
    _must({row.seq: row for row in _movements(ledger)} == story.movements, f"{where}: the story ended otherwise")
    check_balanced(ledger)


def _must(holds: bool, law: str) -> None:
    if not holds:
        raise AssertionError(law)
