"""Words, capabilities and waybills of a carrier: one waybill a parcel, whatever becomes of a reply.

Imports `carrier_bench`.

A check raises `AssertionError` when it fails, `Unfit` when it does not apply.
"""

from orderhub.drivers.carriers import CarrierFace
from orderhub.errors import (
    OrderHubError,
    OutcomeUnknown,
    UnsupportedOperation,
)
from orderhub.models import Waybill
from orderhub.sandbox import World
from orderhub.testing.conformance.bench import Unfit
from orderhub.testing.conformance.carrier_bench import HOURS, CarrierBench

__all__: list[str] = []


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
