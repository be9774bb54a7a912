"""Power fails under SQLite at any moment: what was acknowledged is there. `tests/proof/power_loss.py` is the long run."""

from __future__ import annotations

import random
import re
from pathlib import Path
from typing import Any

import pytest

from orderhub.ports import Cursor, OrderQuery
from orderhub.stores import stock_sqlite
from orderhub.stores.open import open_stores
from orderhub.testing.orders import sample_order
from orderhub.testing.power import check_power_loss
from orderhub.testing.unsynced import UnsyncedDisk

pytestmark = pytest.mark.skipif(UnsyncedDisk.why_not() is not None, reason=str(UnsyncedDisk.why_not()))


LOST = re.compile("acknowledged is gone|does not open")


def look_at(stories: int, **options: Any) -> None:
    for seed in range(stories):
        check_power_loss(seed, **options)


@pytest.mark.parametrize("seed", range(4))
def test_the_ledger_keeps_what_it_acknowledged(seed: int) -> None:
    assert check_power_loss(seed, points=15) == 15


def test_a_disk_that_lies_is_found_out() -> None:
    with pytest.raises(AssertionError, match=LOST):
        look_at(3, points=8, honest=False)


def test_a_ledger_that_does_not_wait_for_the_disk_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    lazy = tuple(pragma.replace("FULL", "NORMAL") for pragma in stock_sqlite.PRAGMAS)
    assert lazy != stock_sqlite.PRAGMAS
    monkeypatch.setattr(stock_sqlite, "PRAGMAS", lazy)
    with pytest.raises(AssertionError, match=LOST):
        look_at(6, points=15)


def test_orders_and_cursors_that_were_put_are_there(tmp_path: Path) -> None:
    """Records of fulfilment are cursors: what was written before a call is there after it."""
    home, ruins = tmp_path / "disk", tmp_path / "ruins"
    home.mkdir()
    ruins.mkdir()
    with UnsyncedDisk(home) as disk:
        stores = open_stores(f"sqlite:///{home}/hub.db")
        cursor = Cursor("c")
        for number in range(12):
            stores.put_orders([sample_order(f"{number}-{n}") for n in range(3)])
            cursor = stores.put_cursor(cursor, str(number))
            disk.mark(number)
            if number % 5 == 4:
                stores.close()
                stores = open_stores(f"sqlite:///{home}/hub.db")
        stores.close()
    looked = 0
    for crash in disk.crashes(25, ruins, random.Random(7)):
        if crash.mark is None:
            continue
        again = open_stores(f"sqlite:///{crash.folder}/hub.db")
        there = {order.order_id for order in again.find_orders(OrderQuery())}
        assert {f"{number}-{n}" for number in range(crash.mark + 1) for n in range(3)} <= there, crash
        assert len(there) % 3 == 0, "a batch is whole or not there"
        assert int(again.get_cursor("c").position or -1) >= crash.mark
        again.close()
        looked += 1
    assert looked > 5
