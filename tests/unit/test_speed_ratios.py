"""Ratios that may not get worse: each is taken within one run, in processor time, with wide room for a busy machine.

Absolute times are nobody's promise; `make bench-full` tells them.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import msgspec
import pytest

import orderhub
from orderhub.inventory import Receive, Reserve, StockLine, open_ledger

TRADE = msgspec.json.format((Path(__file__).parent / "speed_trade.json").read_bytes(), indent=-1)


def least(work: Callable[[], Any], rounds: int = 5) -> float:
    """Seconds of processor time of the quickest of some rounds: what disturbs only adds."""
    found = []
    for _ in range(rounds):
        start = process_time()
        work()
        found.append(process_time() - start)
    return min(found)


@pytest.mark.timeout(300)
def test_decoding_costs_a_small_multiple_of_parsing() -> None:
    """Measured: 8 to 9 times what msgspec takes to make plain objects of the same bytes."""
    parse, pages = msgspec.json.Decoder().decode, [b"[" + b",".join([TRADE] * 20) + b"]"] * 5

    def ours() -> None:
        for page in pages:
            assert len(orderhub.normalize("taobao", page).orders) == 20

    def bare() -> None:
        for page in pages * 10:
            parse(page)

    ours()
    assert least(ours) / (least(bare) / 10) < 18


@pytest.mark.timeout(300)
def test_the_package_imports_in_less_time_than_pydantic() -> None:
    """Measured: a twentieth, since models come on first use."""

    def cold(statement: str) -> float:
        code = f"import time; t = time.process_time(); {statement}; print(time.process_time() - t)"
        return min(
            float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
            for _ in range(3)
        )

    assert cold("import orderhub") < 0.5 * cold("from pydantic import BaseModel")


@pytest.mark.timeout(300)
def test_a_batch_is_much_cheaper_than_one_command_at_a_time(tmp_path: Path) -> None:
    """Measured: ten times and more on SQLite in processor time alone; waiting for the disk is not counted."""
    with open_ledger(f"sqlite:///{tmp_path / 'stock.db'}") as ledger:
        assert ledger.apply([Receive("in", (StockLine("A", "sh", 10_000),))])[0].ok
        number = iter(range(100_000))

        def holds(count: int) -> list[Reserve]:
            return [Reserve(f"o{next(number)}", (StockLine("A", "sh", 1),)) for _ in range(count)]

        batches, singles = [holds(200) for _ in range(3)], [holds(15) for _ in range(3)]
        batch = least(lambda: ledger.apply(batches.pop()), 3) / 200
        single = least(lambda: [ledger.apply([command]) for command in singles.pop()], 3) / 15
    assert single / batch > 3
