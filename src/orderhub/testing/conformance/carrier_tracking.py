"""Tracking and offers of a carrier: every event understood, pushes verified, prices exact.

Imports `carrier_bench`.

A check raises `AssertionError` when it fails, `Unfit` when it does not apply.
"""

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import Any

from orderhub.drivers.carriers import CarrierFace
from orderhub.errors import (
    DecodeError,
    PlatformError,
    SecurityError,
)
from orderhub.logistics.tracking import joined, status_of
from orderhub.models import TrackingStatus
from orderhub.testing.conformance.bench import Unfit
from orderhub.testing.conformance.carrier_bench import HOURS, SENDER, TAIL, CarrierBench

__all__: list[str] = []

_LATE = {TrackingStatus.RETURNING, TrackingStatus.RETURNED}
ENDS: dict[str, set[TrackingStatus]] = {
    "delivered": {TrackingStatus.DELIVERED},
    "locker": {TrackingStatus.DELIVERED, TrackingStatus.READY_FOR_PICKUP},
    "failed_once": {TrackingStatus.DELIVERED},
    "refused": _LATE,
    "exception": {TrackingStatus.EXCEPTION, TrackingStatus.DELIVERY_FAILED},
    "lost": {TrackingStatus.IN_TRANSIT, TrackingStatus.AT_HUB, TrackingStatus.PICKED_UP},
}
"""Scenario of the sandbox -> what a parcel is in the end."""


def journeys_are_understood(bench: CarrierBench) -> None:
    """Every scenario: events in order, dated right, every code known, and the parcel is in the end what it is."""
    bench.need("track")
    for scenario, ends in ENDS.items():
        world = bench.world()
        face = bench.face(world)
        numbers = bench.on_the_way(world, face)
        number = next(iter(numbers))
        bench.change(world, number, action="scenario", scenario=scenario)
        world.advance(HOURS * 3600)
        events = bench.track(face, numbers)
        assert events and events == joined(events), f"{scenario}: no events, or not in order"
        strange = [event.raw_code for event in events if event.status is TrackingStatus.UNKNOWN]
        assert not strange, f"{scenario}: codes that were not understood: {strange}"
        assert all(event.raw_code and event.waybill_no == number for event in events)
        began = events[0].at - (world.now() - timedelta(hours=HOURS))
        assert began == timedelta(hours=2), f"the pick-up after two hours is dated {began} after the order"
        assert status_of(events) in ends, f"{scenario}: {status_of(events)}"


def unknown_codes_are_kept(bench: CarrierBench) -> None:
    """A code that no document lists is `unknown` with the code kept; the other events stay what they are."""
    bench.need("track")
    world = bench.world()
    face = bench.face(world)
    numbers = bench.on_the_way(world, face)
    world.advance(25 * 3600)
    before = bench.track(face, numbers)
    bench.arm(world, "unknown_status", times=None)
    events = bench.track(face, numbers)
    strange = [event for event in events if event.status is TrackingStatus.UNKNOWN]
    assert len(strange) == 1 and strange[0].raw_code, "the strange code was swallowed or guessed"
    assert len(events) == len(before) and status_of(events) is not TrackingStatus.UNKNOWN


def many_parcels_at_once(bench: CarrierBench) -> None:
    """Twelve numbers in one call: each has its own events, and one that does not exist sinks nothing."""
    bench.need("track")
    world = bench.world()
    face = bench.face(world)
    numbers = bench.on_the_way(world, face, 12)
    world.advance(HOURS * 3600)
    alien = "".join("9" if char.isdigit() else char for char in next(iter(numbers)))
    seen = Counter(event.waybill_no for event in bench.track(face, numbers, [alien]))
    assert set(seen) == set(numbers) and len(set(seen.values())) == 1, seen


def pushes_are_verified(bench: CarrierBench) -> None:
    """What is pushed equals what is tracked; a forged push is refused, and garbage is a typed error."""
    bench.need("decode_push")
    world = bench.world()
    face = bench.face(world)
    numbers = bench.on_the_way(world, face)
    number = next(iter(numbers))
    world.advance(HOURS * 3600)
    pushes = bench.change(world, number, action="push")["pushes"]
    assert pushes, "the emulator pushed nothing"
    told = [event for push in pushes for event in face.decode_push(push["headers"], push["body"].encode())]
    tracked = {(event.at, event.status) for event in bench.track(face, numbers)} if _tracks(bench) else set()
    assert {event.waybill_no for event in told} == {number}
    assert not tracked or {(event.at, event.status) for event in told} == tracked, (
        "push and query tell different things"
    )
    _refuse_forged(bench, face, pushes[0])
    for garbage in (b"", b"{}", b"nonsense", b"a=1", "包裹".encode("gbk")):
        try:
            face.decode_push({}, garbage)
        except (SecurityError, DecodeError):
            continue
        raise AssertionError(f"{garbage!r} was taken for a push")


def _tracks(bench: CarrierBench) -> bool:
    return bench.capability("track").available


def _refuse_forged(bench: CarrierBench, face: CarrierFace, push: dict[str, Any]) -> None:
    """One digit of the content changed: the signature no longer covers it."""
    if not getattr(face.ops, "pushes_signed", True):
        return
    forged = push["body"].replace("20", "21", 1)
    assert forged != push["body"]
    try:
        face.decode_push(push["headers"], forged.encode())
    except SecurityError as error:
        assert error.platform == bench.name
    else:
        raise AssertionError("a forged push was taken")


def subscriptions_repeat_harmlessly(bench: CarrierBench) -> None:
    """Asking for pushes twice is asking once; one outcome per number."""
    bench.need("subscribe")
    world = bench.world()
    face = bench.face(world)
    numbers = bench.on_the_way(world, face, 2)
    again = face.subscribe(list(numbers), phone_tails=dict.fromkeys(numbers, TAIL), carriers=numbers)
    assert [outcome.key for outcome in again] == list(numbers)
    assert all(outcome.ok for outcome in again), [str(outcome.error) for outcome in again]


def quotes_are_exact(bench: CarrierBench) -> None:
    """Prices are exact amounts in a currency, items add up, and a heavier parcel is not cheaper."""
    bench.need("quote")
    face = bench.face(bench.world())
    try:
        light, heavy = (face.quote(bench.parcel(weight_g=grams), SENDER) for grams in (900, 9_000))
    except PlatformError as error:
        raise Unfit(f"the emulator offers no price: {error}") from None
    assert light and heavy
    for quote in (*light, *heavy):
        assert isinstance(quote.total, Decimal) and quote.total > 0 and quote.currency
        assert not quote.charges or sum(charge.amount for charge in quote.charges) == quote.total
    assert min(quote.total for quote in heavy) >= min(quote.total for quote in light)


def serviceability_orders_nothing(bench: CarrierBench) -> None:
    """An ordinary address is served, and asking leaves nothing in the books."""
    bench.need("serviceability")
    world = bench.world()
    outcome = bench.face(world).serviceability(bench.parcel(), SENDER)
    assert outcome.ok, f"{outcome.reason}: {outcome.error}"
    assert not bench.books(world)
