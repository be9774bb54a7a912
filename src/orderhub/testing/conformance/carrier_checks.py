"""What every carrier must hold: one waybill a parcel, every event understood, nothing guessed. Imports `carrier_bench`.

A check raises `AssertionError` when it fails, `Unfit` when it does not apply.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from orderhub.drivers.carriers import CarrierFace
from orderhub.errors import (
    AuthError,
    DecodeError,
    LogisticsError,
    OrderHubError,
    OutcomeUnknown,
    PlatformError,
    SecurityError,
    SignatureRejected,
    TransportError,
    UnsupportedOperation,
)
from orderhub.kit.verbs import CARRIER_VERBS
from orderhub.logistics.tracking import joined, status_of
from orderhub.models import Privacy, PrivacyKind, Recipient, TrackingStatus, Waybill
from orderhub.sandbox import World
from orderhub.testing.conformance.bench import Unfit, awaited
from orderhub.testing.conformance.carrier_bench import RECEIVER, SENDER, TAIL, CarrierBench
from orderhub.testing.conformance.parity import plain
from orderhub.testing.conformance.safety import SHORTEST, error_texts, listening
from orderhub.testing.conformance.trouble import BROKEN

__all__: list[str] = []

HOURS = 100
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


# --- words and signatures --------------------------------------------------------------------------------------------


def signature_vectors(bench: CarrierBench) -> None:
    """Signatures that somebody else calculated come out of the connector's own signer."""
    if not bench.connector.vectors:
        raise Unfit("the connector declares no signature vectors (Connector.vectors)")
    for vector in bench.connector.vectors:
        assert vector.sign() == vector.expected, f"vector {vector.name} ({vector.source}) differs"


def words_are_closed(bench: CarrierBench) -> None:
    """Every enumeration of statuses names its source, and a word outside it becomes `unknown`."""
    words = bench.connector.spec.words
    assert words, "a carrier that tracks has a table of its codes"
    for name, table in words.items():
        assert table.words and table.source, f"the table {name} is empty or names no source"
        assert table("A_WORD_THAT_NO_DOCUMENT_KNOWS") is table.unknown
        assert table.unknown not in table.words.values(), f"{name}: a documented word must mean something"


def capabilities_are_true(bench: CarrierBench) -> None:
    """Every verb is either there or says why not; what is said to be absent refuses by name."""
    face = bench.face(bench.world())
    for verb, capability in face.capabilities.items():
        assert capability.available == (getattr(face.ops, verb, None) is not None)
        if capability.available:
            continue
        assert capability.because, f"{verb} is absent without a reason"
        try:
            getattr(face, verb)()
        except UnsupportedOperation as error:
            assert capability.because in str(error)
        else:
            raise AssertionError(f"{verb} is absent and does not refuse")


# --- one waybill a parcel --------------------------------------------------------------------------------------------


def create_gives_a_waybill(bench: CarrierBench) -> None:
    """The number stands in the carrier's books under our parcel id; two parcels have two numbers."""
    bench.need("create")
    world = bench.world()
    face = bench.face(world)
    first, second = bench.create(face, 1), bench.create(face, 2)
    for number, waybill in ((1, first), (2, second)):
        (row,) = bench.held(world, bench.parcel(number).parcel_id)
        assert (row["order_id"], waybill.reference) == (waybill.waybill_no, bench.parcel(number).parcel_id)
    assert first.waybill_no != second.waybill_no


def create_is_idempotent(bench: CarrierBench) -> None:
    """The same parcel again, from a fresh process, gives the same number, or says that it is not known.

    A refusal would be wrong: whoever ships would try the next carrier, and the parcel would have two waybills.
    """
    bench.need("create")
    world = bench.world()
    first = bench.create(bench.face(world))
    try:
        assert bench.create(bench.face(world)).waybill_no == first.waybill_no
    except OutcomeUnknown as error:
        assert not bench.capability("find").available, f"it can be found, and yet: {error!r}"
    assert len(bench.held(world, first.reference)) == 1, "two waybills for one parcel"


def _again(bench: CarrierBench, face: CarrierFace) -> Waybill | None:
    """What a repeated `create` gives; None when the carrier cannot tell the number of an order that it has."""
    try:
        return bench.create(face)
    except OutcomeUnknown:
        return None


def lost_reply_is_settled(bench: CarrierBench) -> None:
    """The order is taken and the reply is lost: settled by finding or by the same number again, one waybill."""
    bench.need("create")
    operation = bench.operation("create")
    world = bench.world()
    bench.arm(world, "timeout_after", operation=operation, times=1)
    waybill = _settled(bench, world)
    (row,) = bench.held(world, bench.parcel().parcel_id)
    assert waybill is None or row["order_id"] == waybill.waybill_no


def _settled(bench: CarrierBench, world: World) -> Waybill | None:
    """The waybill; None, said as `OutcomeUnknown`, where the carrier answers nothing about an order that it has."""
    face = bench.face(world)
    if getattr(face.ops, "settles_lost_replies", True):
        return bench.create(face)
    assert not bench.capability("find").available
    try:
        return bench.create(face)
    except OutcomeUnknown:
        return None


def lost_request_is_repeated(bench: CarrierBench) -> None:
    """The order never arrived and nobody knows: one waybill in the end."""
    bench.need("create")
    operation = bench.operation("create")
    world = bench.world()
    bench.arm(world, "timeout_before", operation=operation, times=1)
    face = bench.face(world)
    waybill = _settled(bench, world) or bench.create(face)
    (row,) = bench.held(world, waybill.reference)
    assert row["order_id"] == waybill.waybill_no


def unknown_is_said(bench: CarrierBench) -> None:
    """The reply is lost and then nothing answers: `OutcomeUnknown`, no guess; later the same call makes no second."""
    bench.need("create")
    operation = bench.operation("create")
    world = bench.world()
    face = bench.face(world)
    bench.arm(world, "timeout_after", operation=operation, times=1)
    bench.arm(world, "http_503", times=200)
    try:
        bench.create(face)
    except OrderHubError as error:
        wrote = any(row["fault"] == "timeout_after" for row in world.log(1000))
        assert isinstance(error, OutcomeUnknown) if wrote else error.retryable, f"{error!r}"
    else:
        raise AssertionError("nothing answered, and yet there is a waybill")
    bench.disarm(world)
    found = _again(bench, face)
    rows = bench.held(world, bench.parcel().parcel_id)
    assert len(rows) == 1, f"{len(rows)} waybills for one parcel"
    assert found is None or found.waybill_no == rows[0]["order_id"]


def find_by_reference(bench: CarrierBench) -> None:
    """A waybill is found by our parcel id; what was never ordered is not found."""
    bench.need("find")
    world = bench.world()
    face = bench.face(world)
    waybill = bench.create(face)
    found = face.find(waybill.reference)
    assert found is not None and found.waybill_no == waybill.waybill_no
    assert face.find("parcel-never-sent") is None


def cancel_voids(bench: CarrierBench) -> None:
    """A waybill that was not picked up is void afterwards; one that was is refused as an outcome."""
    bench.need("create", "cancel")
    world = bench.world()
    face = bench.face(world)
    waybill, late = bench.create(face, 1), bench.create(face, 2)
    outcome = face.cancel(waybill)
    assert outcome.ok and outcome.key == waybill.reference, f"{outcome.reason}: {outcome.error}"
    assert bench.held(world, waybill.reference)[0]["cancelled"]
    bench.change(world, late.waybill_no, action="advance", hours=HOURS)
    refused = face.cancel(late)
    assert not refused.ok and refused.error is not None and not bench.held(world, late.reference)[0]["cancelled"]


def lost_cancellation_is_not_guessed(bench: CarrierBench) -> None:
    """The cancellation is done and its reply is lost: ok, or the outcome says that it is not known."""
    bench.need("create", "cancel")
    operation = bench.operation("cancel")
    world = bench.world()
    face = bench.face(world)
    waybill = bench.create(face)
    bench.arm(world, "timeout_after", operation=operation, times=1)
    outcome = face.cancel(waybill)
    assert outcome.ok or isinstance(outcome.error, OutcomeUnknown), f"{outcome.reason}: {outcome.error!r}"
    assert bench.held(world, waybill.reference)[0]["cancelled"]


# --- tracking --------------------------------------------------------------------------------------------------------


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


# --- offers ----------------------------------------------------------------------------------------------------------


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


# --- trouble ---------------------------------------------------------------------------------------------------------


def _reader(bench: CarrierBench) -> tuple[World, Callable[[], Any]]:
    """A world and one read in it."""
    world = bench.world()
    face = bench.face(world)
    numbers = bench.on_the_way(world, face)
    world.advance(HOURS * 3600)
    return world, lambda: bench.track(face, numbers)


def broken_replies_are_typed(bench: CarrierBench) -> None:
    """Broken once: read all the same, or a typed error. Broken always: a typed error that names the operation."""
    for fault in BROKEN:
        for times in (1, 60):
            world, read = _reader(bench)
            bench.arm(world, fault, times=times)
            try:
                found = read()
            except OrderHubError as error:
                assert error.operation or isinstance(error, TransportError), f"{fault}: {error!r} names no operation"
            else:
                assert found, f"{fault}: an empty history instead of an error"
                assert times == 1 or fault == "wrong_charset", f"{fault} on every reply, and yet something was read"


def throttled_calls_wait(bench: CarrierBench) -> None:
    """ "Too many calls" is waited out, and the carrier is not hammered meanwhile."""
    world, read = _reader(bench)
    try:
        bench.arm(world, "call_limited", times=1, delay_s=0.01)
    except Unfit:
        bench.arm(world, "http_503", times=1, delay_s=3)
    before = world.now()
    assert read()
    assert world.now() > before, "the call was repeated without waiting"


def wrong_credentials_are_named(bench: CarrierBench) -> None:
    """A wrong secret is refused at once with the carrier's name; an `AuthError` where its codes are documented."""
    world, _ = _reader(bench)
    entry = bench.account(world)
    given: dict[str, Any] = {"app_secret": "sandbox-wrong-secret"}
    if isinstance(own := entry.get("interfaces"), dict):
        given["interfaces"] = {name: {**row, "secret": "sandbox-wrong-secret"} for name, row in own.items()}
    row = bench.books(world)[0]
    number, carrier = row["order_id"], row.get("carrier", bench.name)
    table = bench.connector.spec.errors
    codes = [*table.exact.values(), *table.sub_exact.values()] if table else []
    wanted = AuthError if SignatureRejected in codes else PlatformError
    for more in ({}, {"app_key": "sandbox-wrong-key"}):  # where the secret signs no queries, the key does
        face, before = bench.face(world, **given, **more), len(world.log(1000))
        try:
            face.track([number], phone_tails={number: TAIL}, carriers={number: carrier})
        except PlatformError as error:
            assert isinstance(error, wanted), f"{error!r}"
            assert error.platform == bench.name and not error.retryable
            assert len(world.log(1000)) == before + 1, "a refused signature was sent again"
            return
    raise AssertionError("wrong credentials were accepted")


def _without(**changes: Any) -> Recipient:
    return RECEIVER.model_copy(update=changes)


def _at(**changes: Any) -> Recipient:
    return _without(address=RECEIVER.address.model_copy(update=changes))


BAD: dict[str, dict[str, Any]] = {
    "no parcel id": {"parcel_id": ""}, "an endless parcel id": {"parcel_id": "p" * 300}, "no weight": {"weight_g": 0},
    "no name": {"recipient": _without(name=None)}, "no phone": {"recipient": _without(phone=None)},
    "an endless phone": {"recipient": _without(phone_extension="1" * 30)},
    "no street": {"recipient": _at(street=None, town=None)}, "an endless street": {"recipient": _at(street="路" * 600)},
    "no province": {"recipient": _at(province=None)}, "a province that is none": {"recipient": _at(province="江东省")},
    "a masked receiver": {"recipient": _without(privacy=Privacy(kind=PrivacyKind.MASKED))},
    "an encrypted receiver": {"recipient": _without(privacy=Privacy(kind=PrivacyKind.ENCRYPTED))},
}  # fmt: skip


def bad_input_is_named(bench: CarrierBench) -> None:
    """What no carrier could send is refused by name of the field before any call, and the error tells no person."""
    bench.need("create")
    world = bench.world()
    face = bench.face(world)
    for what, changes in BAD.items():
        try:
            face.create(bench.parcel(**changes), SENDER)
        except LogisticsError as error:
            assert error.field and error.platform == bench.name, f"{what}: {error!r} names no field"
            assert not any(word in str(error) for word in ("欧阳小明", "13812345678", "科技园"))
        else:
            raise AssertionError(f"{what}: accepted")
        assert not world.log(10), f"{what}: the carrier was called all the same"


# --- sync, async, silence --------------------------------------------------------------------------------------------

Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def _arguments(bench: CarrierBench, verb: str, world: World) -> Arguments:
    face = bench.face(world)
    if verb in ("create", "quote", "serviceability", "pickup"):
        return (bench.parcel(), SENDER), {}
    numbers = bench.on_the_way(world, face)
    if verb == "cancel":
        return (bench.create(face, 2),), {}
    if verb == "find":
        return (bench.parcel().parcel_id,), {}
    world.advance(HOURS * 3600)
    if verb == "decode_push":
        try:
            push = bench.change(world, next(iter(numbers)), action="push")["pushes"][0]
        except Unfit:
            return ({}, b"{}"), {}
        return (push["headers"], push["body"].encode()), {}
    return (list(numbers),), {"phone_tails": dict.fromkeys(numbers, TAIL), "carriers": numbers}


def every_verb_sync_and_async(bench: CarrierBench) -> None:
    """Each available verb, refusals included, has the same result in both drivers and the same wire operations."""
    for verb in CARRIER_VERBS:
        if bench.capability(verb).available:
            ours, theirs = _played(bench, verb, asynchronous=False), _played(bench, verb, asynchronous=True)
            assert ours == theirs, f"{verb}: sync {ours[0]!r:.300}, async {theirs[0]!r:.300}"


def _played(bench: CarrierBench, verb: str, *, asynchronous: bool) -> tuple[Any, list[str]]:
    world = bench.world()
    args, named = _arguments(bench, verb, world)
    before = len(world.log(1000))

    async def play() -> Any:
        return plain(await getattr(bench.async_face(world), verb)(*args, **named))

    try:
        result = awaited(play) if asynchronous else plain(getattr(bench.face(world), verb)(*args, **named))
    except OrderHubError as error:
        result = plain(error)
    log = world.log(1000)
    return result, sorted(str(row["operation"]) for row in log[: len(log) - before])


def _secrets(account: Any, name: str = "") -> dict[str, str]:
    """Every secret of an account, at any depth."""
    if isinstance(account, dict):
        return {path: word for key, value in account.items() for path, word in _secrets(value, key).items()}
    telling = any(part in name for part in ("secret", "token", "password", "salt", "key"))
    return {f"{name} {account}": account} if isinstance(account, str) and telling and name != "app_key" else {}


def nothing_leaks(bench: CarrierBench) -> None:
    """Writes, reads and every kind of broken reply, listened to: no secret, no name, no number, no street."""
    world = bench.world()
    parcel = bench.parcel()
    with listening() as told:
        face = bench.face(world)
        numbers = bench.on_the_way(world, face)
        told += [repr(face), repr(face.ops), repr(face.ops.config), repr(face.world.services.box), repr(parcel)]
        world.advance(HOURS * 3600)
        for fault in BROKEN:
            bench.arm(world, fault, times=60)
            told += error_texts(lambda: bench.track(face, numbers))
            if bench.capability("create").available:
                told += error_texts(lambda: face.create(bench.parcel(7), SENDER))
            bench.disarm(world)
    forbidden = {"the phone": "13812345678", "the name": "欧阳小明", "the street": "科技园二路 7 号"}
    forbidden |= {word: word for word in _secrets(bench.account(world)).values()}
    for what, value in forbidden.items():
        leaks = [text for text in told if len(value) >= min(SHORTEST, 4) and value in text]
        assert not leaks, f"{what if what != value else 'a secret'} stands in: {leaks[0].replace(value, '…')[:200]}"
