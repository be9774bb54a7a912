"""Trouble at a carrier: broken replies, throttling, bad input; both drivers alike, nothing leaks.

Imports `carrier_bench`.

A check raises `AssertionError` when it fails, `Unfit` when it does not apply.
"""

from collections.abc import Callable
from typing import Any

from orderhub.errors import (
    AuthError,
    LogisticsError,
    OrderHubError,
    PlatformError,
    SignatureRejected,
    TransportError,
)
from orderhub.kit.verbs import CARRIER_VERBS
from orderhub.models import Privacy, PrivacyKind, Recipient
from orderhub.sandbox import World
from orderhub.testing.conformance.bench import Unfit, awaited
from orderhub.testing.conformance.carrier_bench import HOURS, RECEIVER, SENDER, TAIL, CarrierBench
from orderhub.testing.conformance.parity import plain
from orderhub.testing.conformance.safety import SHORTEST, error_texts, listening
from orderhub.testing.conformance.trouble import BROKEN

__all__: list[str] = []


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


def every_verb_sync_and_async(bench: CarrierBench) -> None:
    """Each available verb, refusals included, has the same result in both drivers and the same wire operations."""
    for verb in CARRIER_VERBS:
        if bench.capability(verb).available:
            ours, theirs = _played(bench, verb, asynchronous=False), _played(bench, verb, asynchronous=True)
            assert ours == theirs, f"{verb}: sync {ours[0]!r:.300}, async {theirs[0]!r:.300}"


def _played(bench: CarrierBench, verb: str, *, asynchronous: bool) -> tuple[Any, list[str]]:
    world = bench.world()
    args, named = bench.arguments(verb, world)
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
