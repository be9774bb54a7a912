"""A new receiver for an order that has not left: guard, audit, void, tell the platform, route again. Imports this room.

The record says `changing` from the first effect to the last, so that no parcel leaves for the old address meanwhile; a
change that was interrupted goes on when it is asked again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from orderhub.errors import OrderHubError, OutcomeUnknown, StaleVersion
from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.allocating import allot
from orderhub.fulfil.jobs import Job, fingerprint, shippable_lines
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import Record, load_record, reserve_of, save_record
from orderhub.fulfil.reserving import renamed
from orderhub.fulfil.states import GUARDS, refusal
from orderhub.fulfil.undoing import free_stock, void_waybills
from orderhub.models import Finding, Level, Move, Order, Outcome, Recipient
from orderhub.models.stock import StockSnapshot
from orderhub.orders.audit import audit

__all__ = ["change_address"]

ROUNDS_MAX = 3
"""How often a reservation that lost a race is routed again."""


def change_address(
    plan: FulfilPlan, order: Order, recipient: Recipient, *, dry_run: bool = False
) -> Operation[Outcome[str]]:
    """Send the order to somebody or somewhere else.

    Returns:
        `value` is the state that the order is in: `reserved` on the new route, or `dropped` (start it with `fulfil`).
        Refusals change nothing; a platform that refuses after the waybill was voided leaves the old receiver, and the
        next run makes a new waybill.
    """
    record = yield from load_record(order.key)
    if GUARDS[record.state, "change_address"]:
        return refusal(order.key, record.state, "change_address")
    objection = yield from _objection(plan, order, recipient, record)
    if objection is not None:
        return objection
    if dry_run:
        return Outcome(True, order.key, "dry_run", value=record.state)
    held = record.state if record.state != "changing" else "reserved" if record.parcels else "dropped"
    try:
        return (yield from _changed(plan, order, recipient, record, held))
    except StaleVersion:
        latest = yield from load_record(order.key)
        return refusal(order.key, latest.state, "change_address", "try_again")


def _objection(plan: FulfilPlan, order: Order, recipient: Recipient, record: Record) -> Operation[Outcome[str] | None]:
    """What speaks against it, before anything happens: the platform, its state of the order, the new address."""
    shop = _shop(order)
    if not (yield from ask(shop, "has", "change_address")):
        return refusal(order.key, record.state, "change_address", "platform_cannot")
    codes = [row.code for row in audit(order.model_copy(update={"recipient": recipient})) if _stops(plan, row)]
    if codes:
        return refusal(order.key, record.state, "change_address", f"audit:{codes[0]}")
    try:
        fresh: Order = yield from ask(shop, "get_order", order.order_id)
    except OrderHubError as error:
        return Outcome.failed(order.key, error)
    if fresh.shipments or fresh.status.value not in ("awaiting_shipment", "pending_payment"):
        return refusal(order.key, record.state, "change_address", f"platform_{fresh.status.value}")
    return None


def _stops(plan: FulfilPlan, finding: Finding) -> bool:
    return (finding.path or "").startswith("recipient") and finding.severity.value in plan.audit_blocks


def _changed(
    plan: FulfilPlan, order: Order, recipient: Recipient, record: Record, held: str
) -> Operation[Outcome[str]]:
    job = Job.of(order)
    record = yield from save_record(record, "changing")
    record, kept = yield from void_waybills(plan, job, record)
    if kept is not None:  # the parcel stands as it stood
        stands = held if all(row.waybill_no for row in record.parcels) else "reserved"
        record = yield from save_record(record, stands if kept.reason == "waybill_kept" else "changing")
        return refusal(order.key, record.state, "change_address", kept.reason)
    try:
        told: Outcome[None] = yield from ask(_shop(order), "change_address", order.order_id, recipient)
    except OrderHubError as error:
        told = Outcome.failed(order.key, error)
    if not told.ok and _may_have_happened(told):
        return Outcome(False, order.key, told.reason, told.error, "changing")
    if not told.ok and not (yield from _stands(order, recipient)):
        record = yield from _rerouted(plan, order, record)
        return Outcome(False, order.key, told.reason, told.error, record.state)
    fresh: Order = yield from ask(_shop(order), "get_order", order.order_id)
    yield from ask("orders", "put_orders", [fresh])
    record = yield from _rerouted(plan, fresh, record)
    return Outcome(True, order.key, value=record.state)


def _may_have_happened(told: Outcome[None]) -> bool:
    return isinstance(told.error, OutcomeUnknown) or (told.error is not None and told.error.retryable)


def _stands(order: Order, recipient: Recipient) -> Operation[bool]:
    """Whether the platform has this receiver already: a repeated change may be refused for that reason."""
    found: Order = yield from ask(_shop(order), "get_order", order.order_id)
    return fingerprint(found.recipient) == fingerprint(recipient)


def _rerouted(plan: FulfilPlan, order: Order, record: Record) -> Operation[Record]:
    """The reservation moved to where the order is best sent from now; freed where nothing can serve it."""
    if not record.parcels:
        return (yield from save_record(record, "dropped"))
    (there,) = yield from ask("stock", "apply", [reserve_of(record)])
    for turn in range(ROUNDS_MAX if there.ok or there.reason == "key_conflict" else 0):
        parcels = yield from _route(plan, order, record)
        if not parcels.parcels:
            break
        lines = reserve_of(parcels).lines
        key = f"move:{record.reservation}:{record.take}:{turn}"
        (moved,) = yield from ask("stock", "apply", [Move(key, record.reservation, lines)])
        if moved.ok:
            return (yield from save_record(replace(parcels, receiver=None), "reserved"))
    yield from free_stock(record)
    return (yield from save_record(replace(record, round=record.round + 1, receiver=None), "dropped", ()))


def _route(plan: FulfilPlan, order: Order, record: Record) -> Operation[Record]:
    """The record with new parcels, over what is left and what it holds itself; without any when none can serve."""
    snapshot: StockSnapshot = yield from ask("stock", "snapshot")
    present = yield from now()
    rows = {order.key: shippable_lines(plan.mapped(order))}
    found = allot(plan, [order], rows, _with_own(snapshot.levels, record), present)[order.key]
    parcels = renamed(Job.of(order), record, found.parcels)
    return replace(record, parcels=parcels, take=record.take + 1)


def _with_own(levels: Sequence[Level], record: Record) -> list[Level]:
    own: dict[tuple[str, str], int] = {}
    for line in reserve_of(record).lines:
        own[line.sku, line.warehouse] = own.get((line.sku, line.warehouse), 0) + line.quantity
    return [replace(level, reserved=level.reserved - own.get((level.sku, level.warehouse), 0)) for level in levels]


def _shop(order: Order) -> str:
    return f"shop:{order.platform}:{order.shop_id}"
