"""Cancelling, changing and shipping in any interleaving: one wins, stock right either way, no stray waybill."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from fulfil_model import ELSEWHERE, HOME, Bench, order_of
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.errors import Conflict, InvalidParameter
from orderhub.fulfil.addressing import change_address
from orderhub.fulfil.cancelling import cancel_order, intercept_order, reopen_order
from orderhub.fulfil.pipeline import fulfil_orders
from orderhub.fulfil.record import load_record
from orderhub.fulfil.states import COMMANDS, GUARDS, STATES, allowed_in, refusal
from orderhub.models import Decrypted, PrivacyKind
from orderhub.models.person import Privacy

SCHEDULES = st.lists(st.integers(0, 1), min_size=40, max_size=40)


def check_stock(bench: Bench, shipped: bool) -> None:
    assert bench.units() == (2 if shipped else 0, 0)
    assert len(bench.carrier.live) == (1 if shipped else 0), "a parcel that goes has one waybill, another has none"


@pytest.mark.fault(55)
@settings(max_examples=80, deadline=None)
@given(SCHEDULES)
def test_cancel_races_with_shipping(turns: list[int]) -> None:
    order = order_of()
    bench = Bench(order)
    [shipped], cancelled = bench.race(
        fulfil_orders(bench.plan, [order]), cancel_order(bench.plan, order), choose=iter(turns)
    )
    assert shipped.ok != cancelled.ok, (shipped, cancelled)
    loser = cancelled if shipped.ok else shipped
    assert loser.reason in ("already_shipped", "confirmation_under_way", "try_again", "cancelled", "stale_version",
                            "cancel_under_way", "stock_reserved", "waybill_made") or loser.reason is None  # fmt: skip
    check_stock(bench, bench.shop.orders["1"].status == "shipped")
    assert (bench.shop.orders["1"].status == "shipped") == shipped.ok
    assert len(bench.sink.sent) == int(shipped.ok)


@settings(max_examples=80, deadline=None)
@given(SCHEDULES)
def test_an_address_change_races_with_shipping(turns: list[int]) -> None:
    order = order_of()
    bench = Bench(order)
    _, changed = bench.race(
        fulfil_orders(bench.plan, [order]), change_address(bench.plan, order, ELSEWHERE), choose=iter(turns)
    )
    [done] = bench.run(fulfil_orders(bench.plan, bench.stores.find_orders(_all())))
    assert done.ok, done
    check_stock(bench, True)
    [number] = bench.carrier.live
    assert bench.carrier.where[number] == bench.shop.orders["1"].recipient.address.province, "never to the old address"
    assert changed.ok == (bench.shop.orders["1"].recipient == ELSEWHERE)


def _all() -> object:
    from orderhub.ports import OrderQuery

    return OrderQuery()


def test_two_workers_ship_once() -> None:
    for seed in range(1, 30):
        order = order_of()
        bench = Bench(order)
        turns = iter([(seed * step // 7) % 2 for step in range(200)])
        bench.race(fulfil_orders(bench.plan, [order]), fulfil_orders(bench.plan, [order]), choose=turns)
        bench.run(fulfil_orders(bench.plan, [order]))
        check_stock(bench, True)
        assert len(bench.sink.sent) == 1


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_pair_is_allowed_or_refused_with_a_reason(state: str, command: str) -> None:
    why = GUARDS[state, command]
    assert (why is None) == (command in allowed_in(state))
    if why is not None:
        told = refusal("k", state, command)
        assert not told.ok and told.reason == why and isinstance(told.error, Conflict)
        assert f"state {state}" in told.error.message and "allowed instead: " in told.error.message


def test_a_waybill_of_an_order_that_the_platform_refuses_is_void() -> None:
    order = order_of()
    bench = Bench(order)
    bench.shop.refuses.add("ship")
    [outcome] = bench.run(fulfil_orders(bench.plan, [order]))
    assert (outcome.ok, outcome.reason) == (False, "conflict")
    check_stock(bench, False)
    bench.shop.refuses.clear()
    [outcome] = bench.run(fulfil_orders(bench.plan, [order]))
    assert outcome.ok and len(bench.carrier.made) == 2, "a new parcel id, since the old number is void"
    check_stock(bench, True)


def test_a_waybill_that_stays_keeps_the_stock_with_the_reason() -> None:
    order = order_of()
    bench = Bench(order)
    bench.shop.refuses.add("ship")
    bench.carrier.picked_up = True
    for _ in range(2):
        [outcome] = bench.run(fulfil_orders(bench.plan, [order]))
        assert (outcome.ok, outcome.reason, bench.units()) == (False, "waybill_kept", (0, 2))
    told = bench.run(cancel_order(bench.plan, order))
    assert (told.ok, told.reason) == (False, "waybill_kept")
    told = bench.run(cancel_order(bench.plan, order, lost_waybill=True))
    assert told.ok and bench.units() == (0, 0)
    assert bench.run(cancel_order(bench.plan, order)).reason == "already_done"


@pytest.mark.parametrize("lost", ["ship", "create"])
def test_a_lost_reply_is_settled_by_reading(lost: str) -> None:
    order = order_of()
    bench = Bench(order)
    (bench.shop if lost == "ship" else bench.carrier).loses.add(lost)
    [first] = bench.run(fulfil_orders(bench.plan, [order]))
    assert (first.ok, first.reason) == (False, "outcome_unknown")
    [second] = bench.run(fulfil_orders(bench.plan, [order]))
    assert second.ok and bench.shop.calls.count("ship") == 1
    check_stock(bench, True)


@pytest.mark.fault(59)
def test_a_batch_with_poisoned_orders_and_a_rerun_that_touches_only_those() -> None:
    orders = [order_of(str(n), skus=(("ABC"[n % 3], 1),)) for n in range(24)]
    bench = Bench(*orders)
    bench.shop.refuses |= {"3", "11", "17"}
    outcomes = bench.run(fulfil_orders(bench.plan, orders))
    assert [o.key.split(":")[-1] for o in outcomes if not o.ok] == ["3", "11", "17"]
    assert {o.reason for o in outcomes if not o.ok} == {"conflict"} and bench.units() == (21, 0)
    calls = len(bench.shop.calls)
    bench.shop.refuses.clear()
    again = bench.run(fulfil_orders(bench.plan, orders))
    assert all(o.ok for o in again) and len(bench.shop.calls) == calls + 3 and bench.units() == (24, 0)


@pytest.mark.fault(56)
def test_an_address_change_after_the_waybill_voids_it_and_routes_again() -> None:
    order = order_of()
    bench = Bench(order)
    bench.shop.loses.add("ship")
    bench.carrier.loses.add("create")
    bench.run(fulfil_orders(bench.plan, [order]))  # a waybill is made, its reply lost
    before = bench.run(load_record(order.key))
    assert bench.run(change_address(bench.plan, order, ELSEWHERE, dry_run=True)).reason == "dry_run"
    assert bench.run(load_record(order.key)) == before and bench.carrier.live
    changed = bench.run(change_address(bench.plan, order, ELSEWHERE))
    assert (changed.ok, changed.value) == (True, "reserved") and bench.units() == (0, 2) and not bench.carrier.live
    assert bench.run(load_record(order.key)).parcels[0].warehouse == "gz", "from the warehouse that is near now"
    bench.shop.loses.clear()
    assert bench.run(fulfil_orders(bench.plan, [order]))[0].ok
    check_stock(bench, True)
    late = bench.run(change_address(bench.plan, bench.stores.get_order(order.key), ELSEWHERE))
    assert (late.ok, late.reason) == (False, "already_shipped") and "intercept" in late.error.message


def test_a_platform_that_refuses_the_change_leaves_the_old_receiver() -> None:
    order = order_of()
    bench = Bench(order)
    bench.shop.refuses.add("change_address")
    told = bench.run(change_address(bench.plan, order, ELSEWHERE))
    assert (told.ok, told.reason, told.value) == (False, "conflict", "dropped")
    bad = ELSEWHERE.model_copy(update={"phone": "12"})
    told = bench.run(change_address(bench.plan, order, bad))
    assert told.reason == "audit:phone_invalid" and bench.shop.calls == ["change_address"]
    assert bench.run(fulfil_orders(bench.plan, [order]))[0].ok
    check_stock(bench, True)


def test_a_receiver_that_changed_on_the_platform_gets_a_new_label() -> None:
    order = order_of()
    bench = Bench(order)
    bench.carrier.loses.add("create")
    bench.run(fulfil_orders(bench.plan, [order]))
    bench.shop._put(order, recipient=ELSEWHERE)
    bench.stores.put_orders([bench.shop.orders["1"]])
    assert bench.run(fulfil_orders(bench.plan, [order]))[0].ok
    [number] = bench.carrier.live
    assert bench.carrier.where[number] == "广东省" and len(bench.carrier.void) == 1


def test_interception_puts_units_back_once_and_a_cancelled_order_opens_again() -> None:
    order = order_of()
    bench = Bench(order)
    bench.run(fulfil_orders(bench.plan, [order]))
    bench.carrier.picked_up = True
    assert bench.run(intercept_order(bench.plan, order)).reason == "waybill_kept" and bench.units() == (2, 0)
    bench.carrier.picked_up = False
    assert bench.run(intercept_order(bench.plan, order, dry_run=True)).reason == "dry_run"
    assert (
        bench.run(intercept_order(bench.plan, order)).ok
        and bench.run(intercept_order(bench.plan, order)).reason == "already_done"
    )
    assert bench.units() == (0, 0)
    other = order_of("2")
    bench.stores.put_orders([other])
    bench.shop.orders["2"] = other
    assert bench.run(cancel_order(bench.plan, other)).ok
    [told] = bench.run(fulfil_orders(bench.plan, [other]))
    assert (told.ok, told.reason) == (False, "cancelled")
    assert bench.run(reopen_order(bench.plan, other)).ok and bench.run(fulfil_orders(bench.plan, [other]))[0].ok


@pytest.mark.parametrize("poisoned", [False, True])
def test_hidden_receivers_are_lent_in_one_call_a_shop(poisoned: bool) -> None:
    hide = Privacy(kind=PrivacyKind.ENCRYPTED, token="t")
    veiled = HOME.model_copy(update={"privacy": hide, "name": "王**", "phone": "138****8000"})
    orders = [order_of(str(n), skus=(("ABC"[n % 3], 1),), recipient=veiled) for n in range(6)]
    bench = Bench(*orders)
    calls = []

    def decrypt(receivers: Sequence[tuple[str, str]], *, scene: str) -> list[Decrypted]:
        calls.append([order_id for order_id, _ in receivers])
        if poisoned and "3" in calls[-1]:
            raise InvalidParameter("one of them is at fault")
        return [Decrypted(order_id=order_id, recipient=HOME) for order_id in calls[-1]]

    bench.shop.decrypt = decrypt  # type: ignore[attr-defined]
    outcomes = bench.run(fulfil_orders(bench.plan, orders))
    assert [outcome.ok for outcome in outcomes] == [not (poisoned and n == 3) for n in range(6)]
    assert len(calls) == (7 if poisoned else 1), "one call; after a refusal each order for itself"
    assert bench.units() == (5 if poisoned else 6, 0)
