"""Waybills that a platform hands out: once a parcel, hidden receivers staying hidden. Imports `conformance.bench`."""

from __future__ import annotations

from typing import Any

from orderhub.drivers.faces import Shop
from orderhub.errors import OutcomeUnknown, UnsupportedOperation, WaybillPending
from orderhub.kit.waybills import KEPT_FOR_GOODS, PLATFORM
from orderhub.models import Address, Order, Outcome, Parcel, Recipient, Waybill, WaybillAccount, WaybillRequest
from orderhub.sandbox import World
from orderhub.testing.conformance.bench import Bench, Unfit, left_to_ship

__all__ = ["waybill_request"]

LATE_S = 3600
"""By then a platform that gives numbers late has given them."""


def waybill_request(bench: Bench, shop: Shop, world: World, at: int = 0, **given: Any) -> WaybillRequest:
    """One parcel with everything that is left of a shippable order, by the first company that can be asked."""
    account = _account(shop)
    order = _candidates(bench, shop, world, account)[at]
    lines = tuple((line.line_id, left_to_ship(line)) for line in order.lines if left_to_ship(line) > 0)
    titles = {line.line_id: line.title or line.line_id for line in order.lines}
    parcel = Parcel(
        parcel_id=f"{order.order_id}-0", order_key=order.key, warehouse="w", recipient=order.recipient, lines=lines,
        weight_g=500, order_ids=(order.order_id,), contents=tuple((titles[name], units) for name, units in lines),
    )  # fmt: skip
    sender = Recipient(name="Sender 仓", phone="02155550100", address=(account.senders or (_HOME,))[0])
    told: dict[str, Any] = {"is_new": True, "is_alone": True, **given}
    return WaybillRequest(carrier=account.carrier or "", parcel=parcel, sender=sender, **told)


_HOME = Address(province="上海市", city="上海市", district="青浦区", street="仓储路1号")


def _candidates(bench: Bench, shop: Shop, world: World, account: WaybillAccount) -> list[Order]:
    """Orders to ask a number for; of a platform that chooses by order who numbers a parcel, those that it numbers."""
    orders = bench.shippable(shop, world)
    if account.carrier != PLATFORM:
        return orders
    twin = bench.twin(world)
    asking = bench.shop(twin)
    found = [order for order in orders if _is_numbered(asking, order)]
    if not found:
        raise Unfit("the emulator seeded no order that its platform numbers")
    return found


def _is_numbered(shop: Shop, order: Order) -> bool:
    """Whether the platform numbers all that is left of an order, asked in a world that nobody needs."""
    lines = tuple((line.line_id, left_to_ship(line)) for line in order.lines if left_to_ship(line) > 0)
    parcel = Parcel(parcel_id="asked", order_key=order.key, warehouse="w", recipient=order.recipient, lines=lines,
                    order_ids=(order.order_id,))  # fmt: skip
    request = WaybillRequest(carrier=PLATFORM, parcel=parcel, sender=Recipient(name="Sender 仓"), is_new=True)
    (outcome,) = shop.create_waybills([request])
    return outcome.ok or isinstance(outcome.error, WaybillPending)


def _made(shop: Shop, world: World, request: WaybillRequest) -> Outcome[Waybill]:
    """Asked for, and asked for again once where the number comes late."""
    (outcome,) = shop.create_waybills([request])
    if isinstance(outcome.error, WaybillPending):
        world.advance(LATE_S)
        (outcome,) = shop.create_waybills([request.model_copy(update={"is_new": False})])
    return outcome


def _account(shop: Shop) -> WaybillAccount:
    try:
        accounts = shop.waybill_accounts()
    except UnsupportedOperation as error:  # true of some ways to speak to the platform
        raise Unfit(str(error)) from None
    for account in accounts:
        if account.is_usable and (account.senders or account.from_anywhere):
            return account
    raise Unfit("the emulator's shop has no agreement that can be used")


def _created(bench: Bench, world: World, **given: Any) -> tuple[Shop, WaybillRequest, Waybill]:
    bench.need("create_waybills")
    shop = bench.shop(world)
    request = waybill_request(bench, shop, world, **given)
    outcome = _made(shop, world, request)
    assert outcome.ok and outcome.value is not None, f"{outcome.reason}: {outcome.error}"
    return shop, request, outcome.value


def waybill_for_a_hidden_receiver(bench: Bench) -> None:
    """A number for an order as it is read, without any call that decrypts; the order leaves under it."""
    world = bench.world()
    shop, request, waybill = _created(bench, world)
    assert waybill.waybill_no and waybill.reference == request.key
    assert waybill.carrier == request.carrier or (request.carrier == PLATFORM and waybill.carrier)
    asked = {str(row["operation"]) for row in world.log(100_000)}
    assert not any("decrypt" in name or "master.key" in name for name in asked), asked
    order = next(one for one in bench.shippable(shop, world) if one.key == request.parcel.order_key)
    (sent,) = shop.ship([bench.dispatch(shop, order, waybill.waybill_no).model_copy(
        update={"carrier": waybill.carrier})])  # fmt: skip
    assert sent.ok, f"{sent.reason}: {sent.error}"
    (kept,) = [shop.cancel_waybill(waybill)]
    assert not kept.ok, "a number that an order has left under was void"


def waybill_once_a_parcel(bench: Bench) -> None:
    """Asked for again as a parcel that may have been asked for, it has the number that it had."""
    world = bench.world()
    shop, request, waybill = _created(bench, world)
    again = request.model_copy(update={"is_new": False})
    (outcome,) = shop.create_waybills([again])
    assert outcome.value is not None and outcome.value.waybill_no == waybill.waybill_no, f"{outcome}"
    assert _left(shop, request) == _left(bench.shop(world), request)


def _left(shop: Shop, request: WaybillRequest) -> list[int]:
    """Numbers that are left of the company, by agreement; 0 where they are not counted."""
    return [one.left or 0 for one in shop.waybill_accounts() if one.carrier == request.carrier]


def _creating(bench: Bench) -> str:
    """The wire operation that gives numbers, learnt in a twin world."""
    world = bench.world()
    _created(bench, world)
    return next(str(row["operation"]) for row in world.log(20) if row["method"] == "POST")


def waybill_lost_reply_is_settled(bench: Bench) -> None:
    """The number is made and the reply lost: it is found, and there is one number only."""
    operation = _creating(bench)
    world = bench.world()
    shop = bench.shop(world)
    request = waybill_request(bench, shop, world)
    before = _left(shop, request)
    bench.arm(world, "timeout_after", operation=operation, times=1)
    outcome = _made(shop, world, request)
    assert outcome.ok and outcome.value is not None, f"not settled: {outcome.reason} {outcome.error}"
    bench.disarm(world)
    (again,) = shop.create_waybills([request.model_copy(update={"is_new": False})])
    assert again.value is not None and again.value.waybill_no == outcome.value.waybill_no
    spent = sum(before) - sum(_left(shop, request))
    assert spent in (0, 1), f"{spent} numbers were used for one parcel"


def waybill_unknown_is_said(bench: Bench) -> None:
    """Reply lost and nothing can be read: `OutcomeUnknown`, not a guess; later the same parcel settles it."""
    operation = _creating(bench)
    world = bench.world()
    shop = bench.shop(world)
    request = waybill_request(bench, shop, world)
    bench.arm(world, "timeout_after", operation=operation, times=1)
    bench.arm(world, "http_503", times=200)
    outcomes: list[Outcome[Waybill]] = shop.create_waybills([request])
    error = outcomes[0].error
    assert not outcomes[0].ok and error is not None
    assert isinstance(error, OutcomeUnknown) or error.retryable, f"{error!r}"
    bench.disarm(world)
    again = _made(shop, world, request.model_copy(update={"is_new": False}))
    assert again.ok and again.value is not None, f"{again.reason}: {again.error}"


def waybill_void(bench: Bench) -> None:
    """A number is given back, also when the reply is lost; a second cancellation is safe."""
    world = bench.world()
    shop, request, waybill = _created(bench, world)
    given_up = shop.cancel_waybill(waybill)
    if not given_up.ok and request.carrier == PLATFORM:
        raise Unfit(f"an arrangement stands: {given_up.error}")
    assert given_up.ok
    if given_up.reason == KEPT_FOR_GOODS:
        (same,) = shop.create_waybills([request])
        assert same.value is not None and same.value.waybill_no == waybill.waybill_no, "another number for the goods"
        return
    operation = next(str(row["operation"]) for row in world.log(50) if "cancel" in str(row["operation"]))
    again = shop.cancel_waybill(waybill)
    assert again.ok, f"a second cancellation: {again.reason} {again.error}"
    (other,) = shop.create_waybills([request])
    assert other.value is not None, f"{other.error}"
    bench.arm(world, "timeout_after", operation=operation, times=1)
    lost = shop.cancel_waybill(other.value)
    bench.disarm(world)
    assert lost.ok or isinstance(lost.error, OutcomeUnknown), f"{lost}"
    assert shop.cancel_waybill(other.value).ok


def waybills_of_several_parcels(bench: Bench) -> None:
    """Parcels of one call: one outcome each, in order; one that cannot be sent sinks nothing."""
    bench.need("create_waybills")
    world = bench.world()
    shop = bench.shop(world)
    if len(_candidates(bench, shop, world, _account(shop))) < 2:
        raise Unfit("the emulator seeded too few shippable orders")
    good = [waybill_request(bench, shop, world, at) for at in (0, 1)]
    light = good[0].parcel.model_copy(update={"parcel_id": "light", "weight_g": 0})
    bad = good[0].model_copy(update={"parcel": light})
    alien = good[1].parcel.model_copy(update={"parcel_id": "alien"})
    nobody = good[1].model_copy(update={"parcel": alien, "carrier": "usps"})
    outcomes = shop.create_waybills([good[0], bad, nobody, good[1]])
    if isinstance(outcomes[0].error, WaybillPending):
        world.advance(LATE_S)
        outcomes = shop.create_waybills([good[0], bad, nobody, good[1]])
    assert [outcome.ok for outcome in outcomes] == [True, False, False, True], [str(one.error) for one in outcomes]
    assert outcomes[1].error is not None and outcomes[1].error.field == "weight_g"
    assert outcomes[2].error is not None and outcomes[2].error.code == "no_account"
    assert outcomes[0].value and outcomes[3].value
    assert outcomes[0].value.waybill_no != outcomes[3].value.waybill_no


def waybill_prints(bench: Bench) -> None:
    """What prints a number is told again by number, sealed, and never in a repr."""
    bench.need("create_waybills", "query_waybills")
    world = bench.world()
    shop, _, waybill = _created(bench, world)
    (outcome,) = shop.query_waybills([waybill])
    if outcome.value is None and waybill.payload is None:
        raise Unfit(f"the emulator tells nothing that prints: {outcome.error}")
    assert outcome.value is not None and outcome.value.payload is not None, f"{outcome.error}"
    person: Order = bench.shippable(shop, world)[0]
    for document in outcome.value.payload.documents:
        assert document.data and document.data not in repr(outcome.value)
        for secret in (person.recipient.privacy.token, person.recipient.phone):
            assert not secret or secret not in repr(outcome.value)
