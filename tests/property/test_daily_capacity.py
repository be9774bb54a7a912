"""A warehouse's parcels a day hold across runs, crashes, races, withdrawals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from fulfil_model import NOW, Bench, order_of
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.fulfil.cancelling import cancel_order
from orderhub.fulfil.early import hold_orders
from orderhub.fulfil.early_policy import ReservePolicy
from orderhub.fulfil.load_book import open_book
from orderhub.fulfil.pipeline import fulfil_orders
from orderhub.fulfil.record import load_records
from orderhub.inventory import AllocationPolicy, Receive, ShippingTerms, StockLine
from orderhub.models import Order
from orderhub.testing.orders import at

POLICY = AllocationPolicy(
    terms=[ShippingTerms(warehouse=code, parcels_per_day=2) for code in ("sh", "gz")], per_day=100
)
_GONE = {"new", "dropped", "cancelled", "dropping", "cancelling"}


def bench_of(count: int, **plan: Any) -> tuple[Bench, list[Order]]:
    orders = [order_of(str(number), skus=(("A", 1),), paid_at=at(number)) for number in range(count)]
    bench = Bench(*orders, **{"allocation": POLICY, **plan})
    bench.stock.apply([Receive("more", tuple(StockLine("A", code, 100) for code in ("sh", "gz")))])
    return bench, orders


def parcels(bench: Bench, orders: Sequence[Order]) -> Counter[tuple[str | None, str]]:
    """Parcels by day and warehouse, as the records say."""
    found: Counter[tuple[str | None, str]] = Counter()
    for record in bench.run(load_records([order.key for order in orders])).values():
        found.update((row.ship_on, row.warehouse) for row in record.parcels if record.state not in _GONE)
    return found


def test_a_day_that_is_full_is_full_in_the_next_run_too() -> None:
    bench, orders = bench_of(9)
    for order in orders:  # nine runs of one order
        [done] = bench.run(fulfil_orders(bench.plan, [order]))
        assert done.ok
    assert sorted(parcels(bench, orders).items()) == [
        (("2026-11-11", "gz"), 2), (("2026-11-11", "sh"), 2), (("2026-11-12", "gz"), 2), (("2026-11-12", "sh"), 2),
        (("2026-11-13", "sh"), 1),
    ]  # fmt: skip
    book = bench.run(open_book(bench.plan, [], NOW))
    assert sum(book.load().values()) == 9


def test_without_capacities_no_book_is_kept() -> None:
    bench, orders = bench_of(3, allocation=AllocationPolicy())
    bench.run(fulfil_orders(bench.plan, orders))
    assert bench.stores.get_cursor("departures").version == 0


def test_places_of_what_early_orders_held_count_when_they_are_taken_over() -> None:
    bench, orders = bench_of(6, reserve=ReservePolicy(on_arrival=True))
    bench.run(hold_orders(bench.plan, orders))
    bench.run(fulfil_orders(bench.plan, orders[:3]))
    bench.run(fulfil_orders(bench.plan, orders[3:]))
    assert max(parcels(bench, orders).values()) <= 2 and sum(parcels(bench, orders).values()) == 6


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 6), st.lists(st.integers(0, 2), min_size=80, max_size=80), st.integers(0, 5))
def test_two_runs_at_once_and_a_cancellation_never_fill_a_day_beyond_what_it_holds(
    count: int, turns: list[int], victim: int
) -> None:
    bench, orders = bench_of(count)
    half = count // 2
    bench.race(
        fulfil_orders(bench.plan, orders[:half]), fulfil_orders(bench.plan, orders[half:]),
        cancel_order(bench.plan, orders[victim % count]), choose=iter(turns),
    )  # fmt: skip
    bench.run(fulfil_orders(bench.plan, orders))
    assert all(units <= 2 for units in parcels(bench, orders).values())


def test_killed_after_any_step_the_day_still_holds() -> None:
    for kill in range(1, 60):
        bench, orders = bench_of(5)
        running = bench._steps(fulfil_orders(bench.plan, orders[:3]), {}, 0)
        ended = any(next(running, "end") == "end" for _ in range(kill))
        running.close()
        done = bench.run(fulfil_orders(bench.plan, orders))
        assert all(one.ok for one in done) and all(units <= 2 for units in parcels(bench, orders).values()), kill
        if ended:
            return
    raise AssertionError("it never ended")
