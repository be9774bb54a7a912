"""Writing: parcels and quantities arrive once, also when the reply of a write is lost. Imports `conformance.bench`."""

from __future__ import annotations

from orderhub.drivers.faces import Shop
from orderhub.errors import OutcomeUnknown
from orderhub.models import Dispatch, ListingStock, Order, Outcome
from orderhub.sandbox import World
from orderhub.testing.conformance.bench import Bench, Unfit, left_to_ship

__all__: list[str] = []

FIRST, SECOND = "SF1000000000001", "SF1000000000002"


def _numbers(order: Order) -> list[str | None]:
    return [shipment.waybill_no for shipment in order.shipments]


def _shipped(bench: Bench, order_id: str, world: World, *numbers: str) -> Order:
    """The order as a fresh shop reads it, carrying each number exactly once."""
    order = bench.shop(world).get_order(order_id)
    for number in numbers:
        assert _numbers(order).count(number) == 1, f"{order.key} carries {_numbers(order)}, expected {number} once"
    return order


def _stands(outcome: Outcome[None], number: str) -> str:
    """The number that the order then carries: the platform's own where the outcome tells it."""
    told: str | None = outcome.value
    return told or number


def ship_whole(bench: Bench) -> None:
    """A whole order in one parcel: confirmed once, read back with carrier and number; a second confirmation is safe."""
    bench.need("ship")
    world = bench.world()
    shop = bench.shop(world)
    order = bench.shippable(shop, world)[0]
    parcel = bench.dispatch(shop, order, FIRST)
    (outcome,) = shop.ship([parcel])
    assert outcome.ok, f"{outcome.reason}: {outcome.error}"
    after = _shipped(bench, order.order_id, world, _stands(outcome, FIRST))
    assert after.status.value in ("shipped", "delivered", "completed"), after.status
    assert not after.is_shippable
    assert {shipment.carrier for shipment in after.shipments} <= {parcel.carrier, None}
    (again,) = shop.ship([parcel])
    assert again.ok and again.reason == "already_done", f"the same parcel again: {again}"
    _shipped(bench, order.order_id, world, _stands(outcome, FIRST))


def ship_several_parcels(bench: Bench) -> None:
    """One order in two parcels of one call: both numbers are there, each once."""
    bench.need("ship")
    world = bench.world(orders=30)
    shop = bench.shop(world)
    several = [o for o in bench.shippable(shop, world) if sum(1 for line in o.lines if left_to_ship(line) > 0) > 1]
    if not several:
        raise Unfit("the emulator seeded no shippable order with several lines")
    order = several[0]
    lines = [(line.line_id, left_to_ship(line)) for line in order.lines if left_to_ship(line) > 0]
    parcels = [bench.dispatch(shop, order, number, lines=tuple(part))
               for number, part in ((FIRST, lines[:1]), (SECOND, lines[1:]))]  # fmt: skip
    outcomes = shop.ship(parcels)
    if all(not outcome.ok and outcome.reason == "unsupported_operation" for outcome in outcomes):
        raise Unfit(f"the platform takes one parcel an order: {outcomes[0].error}")
    assert all(outcome.ok for outcome in outcomes), [str(outcome.error) for outcome in outcomes]
    _shipped(bench, order.order_id, world, *map(_stands, outcomes, (FIRST, SECOND)))


def correct_a_number(bench: Bench) -> None:
    """A wrong waybill number is replaced: the new one stands there, the old one does not."""
    bench.need("ship")
    world = bench.world()
    shop = bench.shop(world)
    order = bench.shippable(shop, world)[0]
    assert shop.ship([bench.dispatch(shop, order, FIRST)])[0].ok
    (outcome,) = shop.ship([bench.dispatch(shop, order, SECOND, replaces=FIRST)])
    if not outcome.ok and outcome.reason == "unsupported_operation":
        raise Unfit(f"numbers cannot be corrected: {outcome.error}")
    assert outcome.ok, f"{outcome.reason}: {outcome.error}"
    assert FIRST not in _numbers(_shipped(bench, order.order_id, world, SECOND))


def one_bad_parcel_sinks_nothing(bench: Bench) -> None:
    """One outcome per parcel, in order; an order that does not exist fails alone."""
    bench.need("ship")
    world = bench.world()
    shop = bench.shop(world)
    order = bench.shippable(shop, world)[0]
    wrong = Dispatch(order_id=_unlike(order.order_id), carrier=bench.carrier(shop), waybill_no=SECOND)
    bad, good = shop.ship([wrong, bench.dispatch(shop, order, FIRST)])
    assert not bad.ok and bad.error is not None and bad.key == wrong.key
    assert good.ok, f"the good parcel failed too: {good.reason}"
    _shipped(bench, order.order_id, world, _stands(good, FIRST))


def _unlike(order_id: str) -> str:
    """An id of the same shape that no order has."""
    return "".join("9" if char.isdigit() else char for char in order_id)


def _write_of(bench: Bench, orders: int = 12) -> tuple[str, str]:
    """(wire operation that ships, order it ships), learnt in a twin world."""
    world = bench.world(orders)
    shop = bench.shop(world)
    order = bench.shippable(shop, world)[0]
    parcel = bench.dispatch(shop, order, FIRST)
    assert shop.ship([parcel])[0].ok
    operation = world.log(1)[0]["operation"]  # newest first; the log is bounded, so that counting rows finds none
    assert operation, "the emulator does not name the operation that ships"
    return operation, order.order_id


def _primed(bench: Bench) -> tuple[World, Shop, Dispatch]:
    world = bench.world()
    shop = bench.shop(world)
    order = bench.shippable(shop, world)[0]
    return world, shop, bench.dispatch(shop, order, FIRST)


def lost_reply_is_settled(bench: Bench) -> None:
    """The parcel is confirmed and the reply is lost: settled by reading, confirmed once."""
    bench.need("ship")
    operation, order_id = _write_of(bench)
    world, shop, parcel = _primed(bench)
    assert parcel.order_id == order_id
    bench.arm(world, "timeout_after", operation=operation, times=1)
    (outcome,) = shop.ship([parcel])
    assert outcome.ok, f"not settled: {outcome.reason} {outcome.error}"
    _shipped(bench, order_id, world, _stands(outcome, FIRST))


def lost_request_is_repeated(bench: Bench) -> None:
    """The write never arrived and nobody knows: reading shows that, and the parcel is confirmed once."""
    bench.need("ship")
    operation, order_id = _write_of(bench)
    world, shop, parcel = _primed(bench)
    bench.arm(world, "timeout_before", operation=operation, times=1)
    (outcome,) = shop.ship([parcel])
    if not outcome.ok:
        assert isinstance(outcome.error, OutcomeUnknown), f"{outcome.reason}: {outcome.error}"
        (outcome,) = shop.ship([parcel])
    assert outcome.ok
    _shipped(bench, order_id, world, _stands(outcome, FIRST))


def unknown_is_said(bench: Bench) -> None:
    """Reply lost and reading fails too: `OutcomeUnknown` (or, where the write is keyed, an error that may be repeated),
    not a guess; later the same call settles it."""
    bench.need("ship")
    operation, order_id = _write_of(bench)
    world, shop, parcel = _primed(bench)
    shop.ship([])
    bench.arm(world, "timeout_after", operation=operation, times=1)
    bench.arm(world, "http_503", times=200)
    outcomes: list[Outcome[None]] = shop.ship([parcel])
    wrote = any(row["operation"] == operation and row["fault"] == "timeout_after" for row in world.log(100_000))
    if wrote:
        error = outcomes[0].error
        assert not outcomes[0].ok and error is not None, f"{outcomes[0]}"
        assert isinstance(error, OutcomeUnknown) or error.retryable, f"{error!r}"
    else:
        assert not outcomes[0].ok, "nothing was reached, and yet it is ok"
    bench.disarm(world)
    (again,) = shop.ship([parcel])
    assert again.ok, f"{again.reason}: {again.error}"
    _shipped(bench, order_id, world, _stands(again, FIRST))


def stock_round_trip(bench: Bench) -> None:
    """Quantities pushed are the quantities shown; of two figures for one listing the newer one wins."""
    bench.need("push_stock", "listings")
    world = bench.world(orders=4)
    shop = bench.shop(world)
    listings = [row for row in shop.listings() if row.quantity is not None]
    assert listings, "the emulator seeded no listing"
    chosen = listings[:3]
    levels = [_level(row, 7 + number, version=2) for number, row in enumerate(chosen)]
    stale = _level(chosen[0], 99, version=1)
    outcomes = shop.push_stock([*levels, stale])
    assert [outcome.ok for outcome in outcomes] == [True] * len(outcomes), [str(o.error) for o in outcomes]
    assert outcomes[-1].reason == "superseded" and [o.key for o in outcomes] == [row.key for row in [*levels, stale]]
    shown = {(row.listing_id, row.platform_sku_id): row.quantity for row in bench.shop(world).listings()}
    for level in levels:
        assert shown[level.listing_id, level.platform_sku_id] == level.quantity, level.key
    assert shop.push_stock([_level(chosen[0], 0, version=3)])[0].ok
    gone = {(row.listing_id, row.platform_sku_id): row.quantity for row in bench.shop(world).listings()}
    assert gone[chosen[0].listing_id, chosen[0].platform_sku_id] == 0


def _level(row: object, quantity: int, version: int) -> ListingStock:
    return ListingStock(
        listing_id=row.listing_id, platform_sku_id=row.platform_sku_id, quantity=quantity, version=version,  # type: ignore[attr-defined]
    )  # fmt: skip


def one_bad_listing_sinks_nothing(bench: Bench) -> None:
    """One outcome per listing, in order; one that does not exist fails alone."""
    bench.need("push_stock", "listings")
    world = bench.world(orders=4)
    shop = bench.shop(world)
    row = next(row for row in shop.listings() if row.quantity is not None)
    wrong = ListingStock(
        listing_id=_unlike(row.listing_id), quantity=5, version=1,
        platform_sku_id=_unlike(row.platform_sku_id) if row.platform_sku_id else None,
    )  # fmt: skip
    bad, good = shop.push_stock([wrong, _level(row, 5, version=1)])
    assert not bad.ok and bad.error is not None
    assert good.ok, f"the good listing failed too: {good.reason} {good.error}"
