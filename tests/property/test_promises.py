"""What may be promised by date, against trying every day; demand of an order summed per part of its bundles."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderhub.errors import ConfigurationError
from orderhub.inventory import (
    DatedDemand,
    DemandLine,
    Inbound,
    Level,
    Receive,
    Reserve,
    StockLine,
    component_units,
    open_ledger,
    promised_from,
    promises,
)

DAY = datetime(2026, 5, 1, tzinfo=UTC)
days = st.integers(1, 6)
events = st.lists(st.tuples(days, st.integers(0, 5)), max_size=6)


def at(day: int) -> datetime:
    return DAY + timedelta(days=day)


@given(start=st.integers(0, 8), coming=events, wanted=events)
def test_a_promise_is_kept_on_every_later_day(
    start: int, coming: list[tuple[int, int]], wanted: list[tuple[int, int]]
) -> None:
    levels = [Level("A", "sh", start + 2, 2), Level("B", "sh", 99)]
    inbound = [Inbound("A", "sh", units, at(day)) for day, units in coming]
    demand = [DatedDemand("A", "sh", units, at(day)) for day, units in wanted]
    told = promises(levels, inbound, demand, sku="A", warehouses=["sh"])

    def left(day: int) -> int:
        return start + sum(n for d, n in coming if d <= day) - sum(n for d, n in wanted if d <= day)

    for day in range(8):
        known = [each.units for each in told if each.at is None or each.at <= at(day)][-1]
        assert known == max(0, min(left(later) for later in range(day, 8)))
    assert [each.units for each in told] == sorted({each.units for each in told})


def test_what_is_on_its_way_can_be_promised_from_the_day_it_comes() -> None:
    inbound = [Inbound("A", "sh", 5, at(3)), Inbound("A", "sh", 50, None), Inbound("A", "gz", 7, at(1))]
    told = promises([Level("A", "sh", 2)], inbound, [DatedDemand("A", "sh", 1, at(4))], sku="A", warehouses=["sh"])
    assert [(each.at, each.units) for each in told] == [(None, 2), (at(3), 6)]
    first, later = promised_from(told, 2), promised_from(told, 6)
    assert first is not None and first.at is None and later is not None and later.at == at(3)
    assert promised_from(told, 7) is None
    with pytest.raises(ConfigurationError):
        promises([], [Inbound("A", "sh", 1, datetime(2026, 1, 1))], sku="A", warehouses=["sh"])


def test_the_parts_of_bundles_are_summed_before_they_are_checked() -> None:
    bundles = {"SET": {"A": 2, "B": 1}, "TWO": {"SET": 1, "A": 1}}
    lines = [DemandLine("1", "TWO", 1), DemandLine("2", "SET", 1), DemandLine("3", "A", 1)]
    assert component_units(lines, bundles) == {"A": 6, "B": 2}
    ledger = open_ledger("memory:")
    ledger.apply([Receive("in", (StockLine("A", "sh", 5), StockLine("B", "sh", 5)))])
    wanted = tuple(StockLine(sku, "sh", units) for sku, units in component_units(lines, bundles).items())
    (outcome,) = ledger.apply([Reserve("o", wanted)])
    assert [(short.sku, short.requested, short.available) for short in outcome.shortages] == [("A", 6, 5)]
    parts = tuple(StockLine(sku, "sh", units) for sku, units in (("A", 3), ("A", 2), ("A", 1), ("B", 2)))
    assert ledger.apply([Reserve("p", parts)])[0].reason == "insufficient_stock"
