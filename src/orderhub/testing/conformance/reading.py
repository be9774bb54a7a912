"""Reading: every order once, newest version, whatever pages and clocks do. Imports `conformance.bench`, `hub`."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from orderhub.hub.core import Hub
from orderhub.models import Order
from orderhub.sandbox import World
from orderhub.testing.conformance.bench import Bench

__all__: list[str] = []

PAGES = 3


def _once(orders: list[Order], expected: set[str]) -> None:
    """Each id of `expected` exactly once, and nothing else."""
    seen = Counter(order.order_id for order in orders)
    missing, doubled = expected - seen.keys(), [key for key, count in seen.items() if count > 1]
    assert not missing, f"{len(missing)} of {len(expected)} orders are missing, e.g. {sorted(missing)[:3]}"
    assert not doubled, f"{len(doubled)} orders came twice, e.g. {doubled[:3]}"
    assert not seen.keys() - expected, f"orders that do not exist: {sorted(seen.keys() - expected)[:3]}"


def _many(bench: Bench) -> tuple[World, set[str], dict[str, object]]:
    """A world with more than three pages of orders dated now."""
    small, size = bench.pages()
    world = bench.world(orders=0, awkward=False)
    ids = set(bench.create(world, PAGES * size + 3))
    world.advance(2)
    return world, ids | bench.truth(world).keys(), dict(small)


def every_order_of_the_past(bench: Bench) -> None:
    """Seeded orders of many weeks come through windows and pages: each once, and no call is refused."""
    world = bench.world(orders=30)
    shop = bench.shop(world)
    stream = shop.orders(updated_since=bench.since(world))
    orders = list(stream)
    bad = {finding.order_id for finding in stream.findings if finding.code == "undecodable"}
    _once(orders, set(bench.truth(world)) - {key for key in bad if key})
    refused = [row["verdict"] for row in world.log(100_000) if row["verdict"] != "ok"]
    assert not refused, f"the platform refused {len(refused)} calls, e.g. {refused[0]}"


def three_pages_and_more(bench: Bench) -> None:
    """More orders of one moment than three pages hold: each once."""
    world, ids, small = _many(bench)
    _once(list(bench.shop(world, **small).orders(updated_since=world.now() - timedelta(minutes=10))), ids)


def by_creation_time(bench: Bench) -> None:
    """The same by creation time."""
    world, ids, small = _many(bench)
    _once(list(bench.shop(world, **small).orders(created_since=world.now() - timedelta(minutes=10))), ids)


def repeated_page(bench: Bench) -> None:
    """The platform shows a page twice: nothing is lost, nothing doubled."""
    world, ids, small = _many(bench)
    bench.arm(world, "repeated_page", times=1)
    _once(list(bench.shop(world, **small).orders(updated_since=world.now() - timedelta(minutes=10))), ids)


def changed_while_paging(bench: Bench) -> None:
    """Orders change between two pages of one list: each arrives, the newest version last."""
    world, ids, small = _many(bench)
    bench.arm(world, "shifting_pages", times=2)
    orders = list(bench.shop(world, **small).orders(updated_since=world.now() - timedelta(minutes=10)))
    assert {order.order_id for order in orders} == ids
    versions = Counter((order.order_id, order.updated_at) for order in orders)
    assert max(versions.values()) == 1, "one version of an order came twice"
    with Hub([bench.shop(world, **small)], clock=world.clock) as hub:
        assert all(report.ok for report in hub.sync(refunds=False))
        stored = {order.order_id: order.updated_at for order in hub.orders()}
    newest = {order.order_id: order.updated_at for order in bench.shop(world, **small).orders(
        updated_since=world.now() - timedelta(minutes=10))}  # fmt: skip
    assert stored == newest, "the store does not hold the newest versions"


def same_second_ties(bench: Bench) -> None:
    """Two changes within one second, one before a run and one after: the second one is not missed."""
    world = bench.world(orders=0, awkward=False)
    ids = bench.create(world, 3)
    with Hub([bench.shop(world)], clock=world.clock) as hub:
        hub.sync(refunds=False)
        more = bench.create(world, 2)  # the clock stands: the very same second
        world.advance(120)
        assert all(report.ok for report in hub.sync(refunds=False))
        stored = {order.order_id for order in hub.orders()}
    assert set(ids) | set(more) <= stored, "an order of the same second as the last run is missing"


def late_orders(bench: Bench) -> None:
    """An order becomes visible two minutes after its own time: the next run has it."""
    world = bench.world(orders=0, awkward=False)
    with Hub([bench.shop(world)], clock=world.clock) as hub:
        hub.sync(refunds=False)
        bench.arm(world, "late_order", times=1, delay_s=60)
        world.advance(30)
        late = set(bench.create(world, 1))
        world.advance(5)
        hub.sync(refunds=False)
        world.advance(120)
        hub.sync(refunds=False)
        assert late <= {order.order_id for order in hub.orders()}, "a late visible order is lost"


def a_second_run_is_quiet(bench: Bench) -> None:
    """Nothing changed: the second run stores nothing new, and the store equals the platform."""
    world = bench.world(orders=15)
    with Hub([bench.shop(world)], clock=world.clock, backfill=world.now() - bench.since(world)) as hub:
        first = hub.sync()
        assert all(report.ok for report in first), [str(report.error) for report in first if report.error]
        world.advance(600)
        again = hub.sync()
        assert not sum(report.counts["inserted"] + report.counts["updated"] for report in again)
        kept = {row.order_id for row in hub.quarantined()}
        assert {order.order_id for order in hub.orders()} | kept >= bench.truth(world).keys()


def refunds_once(bench: Bench) -> None:
    """Every after-sale case comes once and belongs to an order that exists."""
    bench.need("refunds")
    world = bench.world(orders=25)
    shop = bench.shop(world)
    cases = list(shop.refunds(updated_since=bench.since(world)))
    seen = Counter((case.refund_id, case.updated_at) for case in cases)
    assert cases, "the emulator seeded no refund, or the connector does not see it"
    assert max(seen.values()) == 1
    assert all(case.order_id in bench.truth(world) for case in cases if case.order_id)


def counts_agree(bench: Bench) -> None:
    """`count_orders` equals what the list brings."""
    bench.need("count_orders")
    world, ids, _ = _many(bench)
    assert bench.shop(world).count_orders(bench.window(world, minutes=10)) == len(ids)
