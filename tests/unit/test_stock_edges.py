"""Edges of stock that examples drawn at random rarely meet: exactly enough, one too few, a library that is not there."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from itertools import product
from types import SimpleNamespace
from typing import Any

import pytest

from orderhub.errors import ConfigurationError
from orderhub.inventory import (
    Adjust,
    DemandLine,
    Receive,
    StockLine,
    StockTake,
    TransferLine,
    TransferOrder,
    TransferStatus,
    open_ledger,
)
from orderhub.inventory.canonical import QUANTITY_MAX
from orderhub.inventory.shortage import there


@pytest.mark.parametrize("is_split", [False, True])
def test_a_line_leaves_alone_when_its_units_are_there_in_one_place_or_in_parts(is_split: bool) -> None:
    fares: Any = SimpleNamespace(rank={0: 1, 1: 0})
    for first, second, other, one, two in product(range(4), range(4), (0, 9), range(1, 5), range(1, 5)):
        stock = {"S": {0: first, 1: second, 2: other}}  # nobody ships from the third
        lines = (DemandLine("a", "S", one), DemandLine("b", "S", two))
        left, wanted = [second, first], []
        for line in lines:
            if able := [at for at in (0, 1) if left[at] >= line.quantity]:
                left[able[0]] -= line.quantity
            elif is_split and sum(left) >= line.quantity:
                left = [sum(left) - line.quantity, 0]
            else:
                continue
            wanted.append(line)
        assert there(lines, fares, stock, is_split) == wanted


@pytest.mark.parametrize(
    ("url", "library", "extra"), [("sqlite:///stock.db", "sqlalchemy", "sql"), ("redis://host", "redis", "redis")]
)
def test_a_missing_library_is_named_and_any_other_missing_module_is_itself(
    monkeypatch: pytest.MonkeyPatch, url: str, library: str, extra: str
) -> None:
    store = f"orderhub.stores.stock_{extra}"
    for name in [name for name in sys.modules if name.startswith((f"{library}.", "orderhub.stores.stock_"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, store, None)
    with pytest.raises(ModuleNotFoundError, match=store):
        open_ledger(url)
    monkeypatch.delitem(sys.modules, store)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(ConfigurationError, match=rf"pip install orderhub\[{extra}\]"):
        open_ledger(url)


@pytest.mark.parametrize(
    ("command", "least"), [(Receive, 1), (StockTake, 0), (Adjust, -QUANTITY_MAX)], ids=["receive", "count", "adjust"]
)
def test_quantities_are_allowed_up_to_their_bounds_and_not_one_beyond(command: Any, least: int) -> None:
    for units, is_allowed in ((least, True), (least - 1, False), (QUANTITY_MAX, True), (QUANTITY_MAX + 1, False)):
        with open_ledger("memory:") as ledger:
            ledger.apply([Receive("in", (StockLine("A", "sh", QUANTITY_MAX),))] if units < 0 else [])
            (outcome,) = ledger.apply([command("k", (StockLine("A", "sh", units),), "counted")])
        assert (outcome.ok, outcome.reason) == ((True, None) if is_allowed else (False, "invalid")), units


def test_one_unit_is_enough_for_a_step_of_a_transfer_and_fewer_are_too_few() -> None:
    order, _ = TransferOrder("t", "sh", "gz", (TransferLine("A", 2),), 3).release()
    for wrong in ({"A": -1}, {"A": 0}, {"A": 3}, {"B": 1}):
        with pytest.raises(ConfigurationError):
            order.ship(datetime(2026, 5, 6, tzinfo=UTC), wrong)
    gone, _ = order.ship(datetime(2026, 5, 6, tzinfo=UTC), {"A": 1})
    assert gone.in_transit == {"A": 1}
    assert gone.receive({"A": 1})[0].status is TransferStatus.RECEIVED
