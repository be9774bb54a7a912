"""Returned goods: any interleaving, any death, any repetition restocks each unit once; refusals change nothing."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from fulfil_model import UNITS, Bench, order_of
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub import AsyncHub, Hub
from orderhub.errors import Conflict, NotFound
from orderhub.fulfil.aftersales import receive_return
from orderhub.fulfil.record import load_record, save_record
from orderhub.inventory import Receive, StockLine
from orderhub.models import Order, Refund
from orderhub.orders.inspection import Good, Inspected, due_back, goods_of, inspection_refusal
from orderhub.testing.orders import at

BUNDLE = {"KIT": {"B": 2, "C": 1}}
SKUS = (("A", 3), ("KIT", 2))
LINES = ("1-0", "1-1")


def case_of(refund_id: str = "r1", **fields: Any) -> Refund:
    order = order_of(skus=SKUS)
    given_: dict[str, Any] = {
        "platform": order.platform, "shop_id": order.shop_id, "refund_id": refund_id, "order_id": order.order_id,
        "status": "in_progress", "kind": "return_and_refund", "currency": "CNY", "amount": Decimal(10),
        "return_waybill_no": "SF1", "updated_at": at(1),
    }  # fmt: skip
    return Refund(**{**given_, **fields})


def levels(bench: Bench) -> dict[tuple[str, str], tuple[int, int]]:
    return {(level.sku, level.warehouse): (level.on_hand, level.available) for level in bench.stock.levels()}


def units_at(bench: Bench, sku: str) -> tuple[int, int]:
    """All units of a SKU in Shanghai, and those that may be sold."""
    good, bad = (bench.stock.level(sku, place) for place in ("sh", "@defective:sh"))
    assert bad.available <= 0, "nobody can reserve them"
    return good.on_hand + bad.on_hand, good.available


COUNTS = st.integers(0, 2)
PLACES = [("1-0", None), ("1-1", None), ("1-1", "B"), ("1-1", "C"), ("1-0", "B")]
ROWS = st.builds(
    lambda place, good, bad, none: Inspected(place[0], good, bad, none, place[1]),
    st.sampled_from(PLACES), COUNTS, COUNTS, st.integers(0, 1),
)  # fmt: skip
INSPECTIONS = st.lists(ROWS.filter(lambda row: row.units > 0), min_size=1, max_size=2)
PARTS = {"1-0": {"A": 1}, "1-1": {"B": 2, "C": 1}}


@settings(max_examples=120, deadline=None)
@given(INSPECTIONS, INSPECTIONS, st.lists(st.integers(0, 1), max_size=14), st.booleans())
def test_two_cases_of_one_order_never_bring_a_unit_back_twice(
    one: list[Inspected], two: list[Inspected], turns: list[int], same: bool
) -> None:
    order = order_of(skus=SKUS)
    bench = Bench(order, bundles=BUNDLE)
    cases = [case_of(), case_of("r1" if same else "r2")]
    told = bench.race(
        *(
            receive_return(bench.plan, order, case, rows, warehouse="sh")
            for case, rows in zip(cases, (one, two), strict=True)
        ),
        choose=iter(turns),
    )
    receipts = {outcome.key: outcome.value for outcome in told if outcome.ok}
    back: dict[str, list[int]] = {}
    for receipt in receipts.values():
        for good in receipt.goods:
            row = back.setdefault(good.sku, [0, 0])
            row[0] += good.sellable + good.defective
            row[1] += good.sellable
    stock = {sku: units_at(bench, sku) for sku in "ABC"}
    for sku, (all_units, sellable) in stock.items():
        came = back.get(sku, [0, 0])
        assert (all_units, sellable) == (UNITS + came[0], UNITS + came[1]), "defective units are there, and never sold"
    assert back.get("A", [0])[0] <= 3 and back.get("B", [0])[0] <= 4 and back.get("C", [0])[0] <= 2
    for case, rows, outcome in zip(cases, (one, two), told, strict=True):
        if outcome.ok:
            again = bench.run(receive_return(bench.plan, order, case, rows, warehouse="sh"))
            assert again.ok and again.value.goods == outcome.value.goods
        else:
            assert isinstance(outcome.error, Conflict) and outcome.reason in str(outcome.error)
    assert {sku: units_at(bench, sku) for sku in "ABC"} == stock, "repeating changes nothing"


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("steps", range(9))
def test_killed_after_any_step_and_called_again_each_unit_is_back_once(steps: int) -> None:
    order = order_of(skus=SKUS)
    bench = Bench(order, bundles=BUNDLE)
    rows = [Inspected("1-0", sellable=1, defective=1), Inspected("1-1", 1)]
    perform, done = bench._perform, 0

    def counted(step: Any) -> Any:
        nonlocal done
        if done == steps:
            raise Killed
        done += 1
        return perform(step)

    bench._perform = counted  # type: ignore[method-assign]
    with suppress(Killed):
        bench.run(receive_return(bench.plan, order, case_of(), rows, warehouse="gz"))
    bench._perform = perform  # type: ignore[method-assign]
    outcome = bench.run(receive_return(bench.plan, order, case_of(), list(reversed(rows)), warehouse="gz"))
    assert outcome.ok and outcome.value.is_stocked and outcome.value.stage == "received"
    assert [bench.stock.level(sku, "gz").available for sku in "ABC"] == [6, 7, 6]
    keys = {(row.key, row.sku) for sku in "ABC" for row in bench.stock.movements(sku, "gz") if row.key != "opening"}
    found = {key.rpartition(":")[2] for key, _ in keys}
    assert found == {"sellable", "defective"}


REFUSED = [
    ({"status": "requested"}, "sh", [Inspected("1-0", 1)], "not_decided"),
    ({"status": "closed"}, "sh", [Inspected("1-0", 1)], "is_closed"),
    ({"status": "unknown"}, "sh", [Inspected("1-0", 1)], "unknown_status"),
    ({"kind": "unknown"}, "sh", [Inspected("1-0", 1)], "unknown_kind"),
    ({"kind": "refund_only"}, "sh", [Inspected("1-0", 1)], "money_owed"),
    ({}, "nowhere", [Inspected("1-0", 1)], "unknown_warehouse"),
    ({}, "sh", [], "nothing_inspected"),
    ({}, "sh", [Inspected("1-0", -1, 2)], "invalid"),
    ({}, "sh", [Inspected("1-0")], "invalid"),
    ({}, "sh", [Inspected("?", 1)], "not_in_case"),
    ({}, "sh", [Inspected("1-1", 1, sku="A")], "not_in_case"),
    ({}, "sh", [Inspected("1-0", 4)], "exceeds_case"),
    ({}, "sh", [Inspected("1-0", 2), Inspected("1-0", 2)], "exceeds_case"),
    ({"lines": (("1-0", 1, None),)}, "sh", [Inspected("1-0", 2)], "exceeds_case"),
    ({"lines": (("1-0", None, None),)}, "sh", [Inspected("1-1", 1)], "not_in_case"),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "house", "rows", "reason"), REFUSED, ids=lambda value: str(value)[:40])
def test_a_refused_receipt_says_why_and_changes_nothing(
    fields: dict[str, Any], house: str, rows: list[Inspected], reason: str
) -> None:
    order = order_of(skus=SKUS)
    bench = Bench(order, bundles=BUNDLE)
    before = levels(bench)
    outcome = bench.run(receive_return(bench.plan, order, case_of(**fields), rows, warehouse=house))
    assert (outcome.ok, outcome.reason, outcome.key) == (False, reason, case_of().key)
    assert "allowed instead" in str(outcome.error) and levels(bench) == before
    assert bench.stores.get_cursor(f"returns:{order.key}").position is None


def test_units_of_a_parcel_that_was_stopped_are_back_already_and_paid_cases_still_bring_theirs() -> None:
    order = order_of(skus=SKUS)
    bench = Bench(order, bundles=BUNDLE)
    paid = case_of(status="refunded")
    outcome = bench.run(receive_return(bench.plan, order, paid, [Inspected("1-0", 1)], warehouse="sh"))
    assert outcome.ok and outcome.value.stage == "done"
    bench.lawful = False  # the parcel is stopped by writing so
    bench.run(save_record(bench.run(load_record(order.key)), "intercepted"))
    stopped = case_of("r2", kind="intercept")
    refused = bench.run(receive_return(bench.plan, order, stopped, [Inspected("1-0", 1)], warehouse="sh"))
    assert refused.reason == "already_back"
    bare = order.model_copy(update={"lines": (order.lines[0].model_copy(update={"sku": None}),)})
    other = Bench(bare)
    nameless = other.run(receive_return(other.plan, bare, paid, [Inspected("1-0", 1)], warehouse="sh"))
    assert nameless.reason == "unmapped_sku"


def test_an_inspection_counts_what_lies_there() -> None:
    order = order_of(skus=SKUS)
    assert due_back(order, case_of()) == {"1-0": 3, "1-1": 2}
    assert due_back(order, case_of(lines=(("1-1", 1, None), ("?", 4, None)))) == {"1-1": 1}
    assert goods_of([Inspected("1-1", 1, 0, 1)], PARTS) == [Good("1-1", "B", 2, 0, 2), Good("1-1", "C", 1, 0, 1)]
    part = [Inspected("1-1", 3, 1, sku="B"), Inspected("1-1", 0, 1, 1, sku="C")]
    assert inspection_refusal(part, {"1-1": 2}, PARTS) is None
    assert inspection_refusal(part, {"1-1": 2}, PARTS, [Good("1-1", "B", 1, 0, 0)]) == "exceeds_case"


async def story(hub: Any, wait: Any, order: Order) -> list[Any]:
    hub.stores.put_orders([order])
    hub.stores.put_refunds([case_of()])
    hub.stock.apply([Receive("opening", (StockLine("A", "sh", 5),))])
    key, rows = case_of().key, [Inspected("1-0", sellable=1, defective=1, missing=1)]
    told = [await wait(hub.receive_return(key, rows, warehouse="sh", dry_run=True))]
    assert hub.stock.level("A", "sh").on_hand == 5 and await wait(hub.timeline(order.key)) is not None
    told += [await wait(hub.receive_return(key, rows, warehouse="sh", who="anna")) for _ in range(2)]
    told += [await wait(hub.receive_return(key, rows[:1], warehouse="gz", who="anna"))]
    level = hub.stock.level("A", "sh")
    entries = [(entry.what, entry.who, dict(entry.detail)) for entry in await wait(hub.timeline(order.key))][1:]
    with pytest.raises(NotFound):
        await wait(hub.receive_return("taobao:tb-1:none", rows, warehouse="sh"))
    return [[(one.ok, one.reason) for one in told], level.on_hand, level.available, entries]


def test_both_hubs_receive_goods_and_tell_the_timeline() -> None:
    async def now(value: Any) -> Any:
        return value

    async def awaited(value: Any) -> Any:
        return await value

    order = order_of(skus=SKUS)
    given_: dict[str, Any] = {"warehouses": [{"code": "sh"}, {"code": "gz"}], "plan": {"bundles": BUNDLE}}

    async def both() -> list[Any]:
        async with AsyncHub(**given_) as hub:
            return await story(hub, awaited, order)

    with Hub(**given_) as hub:
        sync = asyncio.run(story(hub, now, order))
    assert sync == asyncio.run(both())
    outcomes, on_hand, available, entries = sync
    assert outcomes == [(True, "dry_run"), (True, None), (True, "already_done"), (False, "already_received")]
    assert (on_hand, available) == (6, 6)
    assert entries == [
        ("return_received", "anna", {"warehouse": "sh", "sellable": "1", "defective": "1", "missing": "1", "case": "r1"}),
        ("refused", "anna", {"reason": "already_received", "case": "r1", "command": "receive_return"}),
    ]  # fmt: skip
