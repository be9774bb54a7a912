"""Every kind of difference is found where it is made, healed where it is certain, and nothing else is called one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from fulfil_model import Bench
from test_fulfil_sagas import ONE, SAGAS, THREE, TWO, Mortal, held_up

from orderhub.errors import PlatformUnavailable
from orderhub.fulfil.cancelling import cancel_order
from orderhub.fulfil.pipeline import fulfil_orders
from orderhub.fulfil.reconciling import DIFFERENCES, Reconciled, reconcile_orders
from orderhub.fulfil.record import load_record, save_record
from orderhub.fulfil.splitting import merge_orders
from orderhub.hub.rehearsing import rehearse
from orderhub.inventory import StockLine
from orderhub.models import OrderStatus, Release, Reserve, Shipment


def look(bench: Bench, *, heal: bool = False, platforms: bool = True) -> Reconciled:
    found: Reconciled = bench.run(reconcile_orders(bench.plan, heal=heal, platforms=platforms))
    return found


def kinds(found: Reconciled) -> list[str]:
    return [one.kind for one in found.differences]


def labelled(bench: Mortal) -> None:
    held_up(bench, [ONE])


def lost_reservation(bench: Mortal) -> None:
    """Somebody else freed what the record counts on."""
    held_up(bench, [ONE])
    record = bench.run(load_record(ONE.key))
    bench.run(save_record(record, "labelled"))
    bench.stock.apply([Release("by hand", record.reservation)])


def orphan(bench: Mortal) -> None:
    """A reservation of a job that counts on nothing."""
    bench.stock.apply([Reserve(f"fulfil:{ONE.key}:7", (StockLine("A", "sh", 1),))])


def uncommitted(bench: Mortal) -> None:
    held_up(bench, [ONE])
    record = bench.run(load_record(ONE.key))
    parcels = tuple(replace(row, waybill_no=bench.carrier.live[0]) for row in record.parcels)
    bench.shop._put(ONE, status=OrderStatus.SHIPPED, shipments=(Shipment(waybill_no=bench.carrier.live[0]),))
    bench.stores.put_orders([bench.shop.orders["1"]])
    for state in ("labelled", "shipping", "shipped", "committed", "done"):
        record = bench.run(save_record(record, state, parcels))


def nobodys(bench: Mortal) -> None:
    bench.stock.apply([Reserve("fulfil:taobao:tb-1:77:0", (StockLine("A", "sh", 1),))])


def half_way(bench: Mortal) -> None:
    held_up(bench, [ONE])
    record = bench.run(load_record(ONE.key))
    bench.run(save_record(record, "dropping"))


def half_an_address(bench: Mortal) -> None:
    bench.run(save_record(bench.run(load_record(ONE.key)), "changing"))


def half_a_merge(bench: Mortal) -> None:
    bench.killed(4, merge_orders([ONE, TWO, THREE]))


def newer(bench: Mortal) -> None:
    bench.shop.calls.append("the buyer")
    bench.shop._put(ONE, seller_note="a word")


def cancelled_there(bench: Mortal) -> None:
    held_up(bench, [ONE])
    bench.shop._put(ONE, status=OrderStatus.CANCELLED)


def shipped_there(bench: Mortal) -> None:
    bench.shop._put(ONE, status=OrderStatus.SHIPPED)


def unknown_there(bench: Mortal) -> None:
    assert bench.run(fulfil_orders(bench.plan, [ONE]))[0].ok
    bench.shop._put(bench.shop.orders["1"], status=OrderStatus.AWAITING_SHIPMENT, shipments=())


def other_numbers(bench: Mortal) -> None:
    assert bench.run(fulfil_orders(bench.plan, [ONE]))[0].ok
    bench.shop._put(bench.shop.orders["1"], shipments=(Shipment(waybill_no="YT1"),))


def spare(bench: Mortal) -> None:
    assert bench.run(fulfil_orders(bench.plan, [ONE]))[0].ok
    record = bench.run(load_record(ONE.key))
    [row] = record.parcels
    late = replace(row, parcel_id="late", waybill_no="SF9999")
    bench.run(save_record(replace(record, spare=(late,)), record.state))


def silent(bench: Mortal) -> None:
    def read(order_id: str) -> Any:
        raise PlatformUnavailable("not now")

    bench.shop.get_order = read  # type: ignore[method-assign]


MADE: dict[str, Callable[[Mortal], None]] = {
    "reservation_missing": lost_reservation, "reservation_orphan": orphan, "not_committed": uncommitted,
    "order_missing": nobodys, "unfinished": half_way, "address_unfinished": half_an_address, "merge_torn": half_a_merge,
    "order_stale": newer, "cancelled_there": cancelled_there, "shipped_there": shipped_there,
    "not_shipped_there": unknown_there, "other_numbers": other_numbers, "waybill_spare": spare,
    "platform_silent": silent,
}  # fmt: skip
BESIDE = {"order_stale"}
"""What the stories above make beside what they are about."""


@pytest.mark.parametrize("kind", DIFFERENCES)
def test_each_difference_is_found_where_it_is_made_and_healed_where_that_is_certain(kind: str) -> None:
    assert set(MADE) == set(DIFFERENCES)
    bench = Mortal(ONE, TWO, THREE)
    assert look(bench).differences == () and look(bench).ok
    MADE[kind](bench)
    found = look(bench)
    assert kind in kinds(found) and set(kinds(found)) <= {kind} | BESIDE, found
    assert not found.ok and look(bench) == found, "looking changes nothing"
    before = bench.units()
    dry = bench.run(rehearse(reconcile_orders(bench.plan, heal=True)))
    assert look(bench) == found and bench.units() == before, "nor does a rehearsal"
    healed = look(bench, heal=True)
    one = next(each for each in healed.differences if each.kind == kind)
    assert one.healed == one.can_heal == (DIFFERENCES[kind][1] is not None), one
    assert next(each.healed for each in dry.differences if each.kind == kind) == one.healed, dry
    again = bench.run(reconcile_orders(bench.plan, None if kind == "order_missing" else [ONE.key, TWO.key, THREE.key]))
    assert (kind in kinds(again)) != one.can_heal, again
    assert not one.can_heal or set(kinds(again)) <= BESIDE, "once is enough"


def test_healing_gives_stock_back_and_lets_the_order_start_afresh() -> None:
    bench = Mortal(ONE)
    lost_reservation(bench)
    assert look(bench, heal=True).ok and bench.units() == (0, 0) and not bench.carrier.live
    assert bench.run(fulfil_orders(bench.plan, [ONE]))[0].ok and bench.units() == (3, 0)
    assert set(kinds(look(bench))) <= BESIDE, "what the platform has heard comes with the next pull"


def test_a_platform_that_forgot_is_told_the_same_number_once() -> None:
    bench = Mortal(ONE)
    unknown_there(bench)
    [number] = bench.carrier.live
    assert look(bench, heal=True).ok
    assert [parcel.waybill_no for parcel in bench.shop.orders["1"].shipments] == [number]
    assert set(kinds(look(bench, heal=True))) <= BESIDE and bench.shop.calls.count("ship") == 2


@pytest.mark.parametrize("name", SAGAS)
def test_whatever_died_anywhere_is_listed_healed_and_then_agrees(name: str) -> None:
    """After a death at any step of any saga, what is healed leaves no difference but those that need a person."""
    before, saga, _, _ = SAGAS[name]
    step, died = 0, True
    while died:
        bench = Mortal(ONE, TWO, THREE)
        before(bench)
        died = bench.killed(step, saga(bench))
        bench.stores.put_orders(list(bench.shop.orders.values()))
        look(bench, heal=True)
        left = set(kinds(look(bench)))
        assert left <= {"address_unfinished", "merge_torn", "order_stale"}, f"{name}, step {step}: {left}"
        gone, reserved = bench.units()
        assert gone + reserved <= 5, "never more than the orders ask for"
        step += 1


def test_only_named_orders_are_looked_at_and_platforms_only_if_wanted() -> None:
    bench = Mortal(ONE, TWO)
    newer(bench)
    orphan(bench)
    found = bench.run(reconcile_orders(bench.plan, [TWO.key]))
    assert (found.orders, found.differences) == (1, ())
    assert kinds(look(bench, platforms=False)) == ["reservation_orphan"]
    assert bench.run(reconcile_orders(bench.plan, [])).orders == 0


def test_a_cancelled_order_holds_nothing_and_is_no_difference() -> None:
    bench = Mortal(ONE)
    held_up(bench, [ONE])
    assert bench.run(cancel_order(bench.plan, ONE)).ok
    assert look(bench).differences == ()
