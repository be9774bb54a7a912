"""Edges of stock that examples drawn at random rarely meet: exactly enough, one too few, a library that is not there."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from itertools import combinations, product
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.errors import ConfigurationError
from orderhub.inventory import (
    Adjust,
    Commit,
    DemandLine,
    PurchaseLine,
    Receive,
    Release,
    Reserve,
    StockLine,
    StockTake,
    TransferLine,
    TransferOrder,
    TransferStatus,
    expected,
    open_ledger,
    purchase_order,
)
from orderhub.inventory.canonical import QUANTITY_MAX
from orderhub.inventory.cover import NEVER, Cover, covers_of
from orderhub.inventory.departures import Departures
from orderhub.inventory.policies import ShippingTerms
from orderhub.inventory.shortage import there
from orderhub.models import Warehouse


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


lines_of_one = st.lists(st.integers(1, 4), min_size=1, max_size=4).map(
    lambda units: [DemandLine(f"l{at}", f"S{at}", count) for at, count in enumerate(units)]
)
held_of_six = st.lists(st.lists(st.sampled_from((0, 0, 0, 1, 3, 6)), min_size=6, max_size=6), min_size=4, max_size=4)
weights_of_six = st.lists(st.integers(0, 5), min_size=6, max_size=6).map(sorted)


def every_cover(lines: list[DemandLine], weights: list[int], held: list[list[int]], scarcity: int) -> list[Cover]:
    """Every set of at most three in which each one sends something, a line leaving where it weighs least."""
    found = []
    for size in (1, 2, 3):
        for group in combinations(range(6), size):
            rows = [
                [scarcity * line.quantity // held[at][one] if held[at][one] >= line.quantity else NEVER
                 for at, line in enumerate(lines)]
                for one in group
            ]  # fmt: skip
            least = [min(column) for column in zip(*rows, strict=True)]
            others = [[min(column) for column in zip(*rest, strict=True)] for rest in combinations(rows, size - 1)]
            if NEVER not in least and least not in others:
                found.append((sum(weights[one] for one in group) + sum(least), size, group))
    return sorted(found)


@given(lines_of_one, weights_of_six, held_of_six, st.sampled_from((0, 0, 1, 3)))
@settings(max_examples=150)
def test_the_two_best_covers_are_the_two_least_of_all(
    lines: list[DemandLine], weights: list[int], held: list[list[int]], scarcity: int
) -> None:
    fares = [(place, place, weight) for place, weight in enumerate(weights)]
    stock = {f"S{at}": {one: units for one, units in enumerate(row) if units} for at, row in enumerate(held)}
    rank = {place: place for place in range(6)}
    best = covers_of(lines, fares, rank, stock, parcels_max=3, scarcity=scarcity)
    assert best == every_cover(lines, weights, held, scarcity)[:2]


NOON = datetime(2026, 5, 6, 4, tzinfo=UTC)


@pytest.mark.parametrize(("load", "days"), [(0, 0), (1, 0), (2, 1), (3, 1)])
def test_a_day_that_holds_as_much_as_it_may_or_more_takes_no_parcel(load: int, days: int) -> None:
    terms = ShippingTerms(warehouse="sh", parcels_per_day=2)
    assert terms.open_days >= set(range(1, 8)), "every day, unless it says otherwise"
    found = Departures([Warehouse(code="sh")], [terms], NOON, {("sh", date(2026, 5, 6)): load}).next_of(0)
    assert getattr(found, "days", None) == days


@pytest.mark.parametrize(("off_s", "is_dated"), [(-1, False), (0, False), (1, True)])
def test_a_date_that_has_come_promises_nothing(off_s: int, is_dated: bool) -> None:
    due = NOON + timedelta(seconds=off_s)
    bought = purchase_order("po", [PurchaseLine("A", "sh", 2, due)], supplier="x", ordered_at=NOON - timedelta(days=9))
    (row,) = expected([bought], NOON)
    assert (row.units, row.at) == (2, due if is_dated else None)


def test_what_a_database_remembers_is_settled_once(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/stock.db"
    with open_ledger(url) as ledger:
        ledger.apply([Receive("in", (StockLine("A", "sh", 3),))])
        ledger.apply([Reserve(key, (StockLine("A", "sh", 1),)) for key in ("r1", "r2")])
    with open_ledger(url) as ledger:
        told = [ledger.apply([one])[0].ok for one in (Release("x1", "r1"), Commit("x2", "r2"), Release("x3", "r2"))]
        level = ledger.level("A", "sh")
    assert (told, level.on_hand, level.reserved) == ([True, True, False], 2, 0)
