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
from orderhub.fulfil.reserving import place_of, renamed, without_missing_gifts
from orderhub.fulfil.splitting import jobs_now, jobs_of, leave_group
from orderhub.fulfil.states import GUARDS, OPEN, WITHDRAWABLE, refusal
from orderhub.fulfil.undoing import free_stock, undo, void_waybills
from orderhub.fulfil.voiding import Kept
from orderhub.models import Finding, Level, Move, Order, Outcome, PrivacyKind, Recipient
from orderhub.models.stock import StockSnapshot
from orderhub.orders.audit import audit

__all__ = ["change_address"]

Pieces = Sequence[tuple[Job, Record]]

MASK = "*"
ROUNDS_MAX = 3
"""How often a reservation that lost a race is routed again."""


def change_address(
    plan: FulfilPlan, order: Order, recipient: Recipient, *, dry_run: bool = False
) -> Operation[Outcome[str]]:
    """Send the order to somebody or somewhere else.

    The parts of a split order are all routed again; a merged order leaves its group, which goes on without it.

    Returns:
        `value` is the state that the order is in: `reserved` on the new route, `split`, or `dropped` (start it with
        `fulfil`). Refusals change nothing; a platform that refuses after the waybill was voided leaves the old
        receiver, and the next run makes a new waybill.
    """
    record, pieces = yield from jobs_now(plan, order)
    if GUARDS[record.state, "change_address"]:
        return refusal(order.key, record.state, "change_address")
    gone = next((own for _, own in pieces if own.state not in WITHDRAWABLE), None)
    if gone is not None:
        if record.state == "changing" and not dry_run:
            record = yield from save_record(record, "split" if record.parts else "merged")
        return refusal(order.key, record.state, "change_address", GUARDS[gone.state, "change_address"] or gone.state)
    objection = yield from _objection(plan, order, recipient, record)
    if objection is not None:
        return objection
    if dry_run:
        return Outcome(True, order.key, "dry_run", value=record.state)
    try:
        return (yield from _changed(plan, order, recipient, record, pieces))
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
    plan: FulfilPlan, order: Order, recipient: Recipient, record: Record, pieces: Pieces
) -> Operation[Outcome[str]]:
    """Block every job, void, tell, route again; the order's own record is written first and last."""
    apart = bool(record.parts or record.group)
    home = record if apart else None
    if home is not None:
        home = yield from save_record(home, "changing")
    stopped, kept = yield from _stopped(plan, pieces)
    if kept is not None:  # the parcels stand as they stood
        if kept.reason == "waybill_kept":
            stopped = yield from _as_before(pieces, stopped)
            home = (yield from _home_again(home)) if home is not None else None
        return refusal(order.key, (home or stopped[0][1]).state, "change_address", kept.reason)
    if home is not None and home.group:
        home, stopped = yield from _left(plan, order, home, stopped)
    told = yield from _told(order, recipient)
    if not told.ok and _may_have_happened(told):
        return Outcome(False, order.key, told.reason, told.error, "changing")
    if told.ok or (yield from _stands(order, recipient)):
        told = Outcome(True, order.key)
        read_at = yield from now()
        order = yield from ask(_shop(order), "get_order", order.order_id)
        yield from ask("orders", "put_orders", [order], read_at=read_at)
    state = "dropped"
    fresh = jobs_of(plan, order, home or stopped[0][1], {order.key: order})
    for job, (_, own) in zip(fresh, stopped, strict=True):
        state = (yield from _rerouted(plan, job, own)).state
    if home is not None and home.parts:
        state = (yield from _home_again(home)).state
    return Outcome(told.ok, order.key, told.reason, told.error, state)


def _stopped(plan: FulfilPlan, pieces: Pieces) -> Operation[tuple[list[tuple[Job, Record]], Kept | None]]:
    """Every job blocked, so that no worker goes on with it, then every waybill void; the first that stays ends it."""
    found: list[tuple[Job, Record]] = []
    for job, own in pieces:
        if own.state == "dropping":
            own, kept = yield from undo(plan, job, own, "dropped")
            if kept is not None:
                return [*found, (job, own)], kept
        blocked = own.state in ("cancelling", "cancelled")  # a group that an earlier try has left
        found.append((job, own if blocked else (yield from save_record(own, "changing"))))
    for at, (job, own) in enumerate(found):
        if own.state == "changing":
            own, kept = yield from void_waybills(plan, job, own)
            found[at] = (job, own)
            if kept is not None:
                return found, kept
    return found, None


def _as_before(pieces: Pieces, stopped: Pieces) -> Operation[list[tuple[Job, Record]]]:
    """Each job in the state in which it was; one that lost a waybill meanwhile is reserved, and gets a new one."""
    found = []
    for (_, before), (job, own) in zip(pieces, stopped, strict=False):
        if own.state == "changing":
            held = "reserved" if own.parcels else "dropped"
            whole = all(row.waybill_no for row in own.parcels)
            own = yield from save_record(own, before.state if whole and before.state in OPEN else held)
        found.append((job, own))
    return found


def _home_again(record: Record) -> Operation[Record]:
    return (yield from save_record(record, "split" if record.parts else "merged"))


def _left(
    plan: FulfilPlan, order: Order, home: Record, stopped: Pieces
) -> Operation[tuple[Record, list[tuple[Job, Record]]]]:
    """An order without its group, which ends; the others form another. It goes on as a whole order of its own."""
    for job, own in stopped:
        if own.state != "cancelled":
            yield from undo(plan, job, own, "cancelled")  # nothing that could stay: its waybills are void
    yield from leave_group(home)
    alone = yield from save_record(replace(home, group=()), "changing", ())
    return alone, [(Job.of(order), alone)]


def _told(order: Order, recipient: Recipient) -> Operation[Outcome[None]]:
    try:
        return (yield from ask(_shop(order), "change_address", order.order_id, recipient))  # type: ignore[no-any-return]
    except OrderHubError as error:
        return Outcome.failed(order.key, error)


def _may_have_happened(told: Outcome[None]) -> bool:
    return isinstance(told.error, OutcomeUnknown) or (told.error is not None and told.error.retryable)


def _stands(order: Order, recipient: Recipient) -> Operation[bool]:
    """Whether the platform has this receiver already: a repeated change may be refused for that reason."""
    found: Order = yield from ask(_shop(order), "get_order", order.order_id)
    return fingerprint(found.recipient) == fingerprint(recipient) or _is_veiled(found.recipient, recipient)


def _is_veiled(shown: Recipient, person: Recipient) -> bool:
    """Whether a masked receiver is this one, as far as anything of him is shown."""
    place, wanted = shown.address, person.address
    pairs = [(place.province, wanted.province), (place.city, wanted.city), (place.district, wanted.district)]
    if shown.privacy.kind is not PrivacyKind.MASKED or any(one and other and one != other for one, other in pairs):
        return False
    both = [(shown.name or "", person.name or ""), (shown.phone or "", person.phone or "")]
    told = [(veil, clear) for veil, clear in both if clear and set(veil) - {MASK}]
    return bool(told) and all(_fits(veil, clear) for veil, clear in told)


def _fits(veil: str, clear: str) -> bool:
    """Whether a text with stars in it may stand for a text."""
    head, _, tail = veil.partition(MASK)
    return clear.startswith(head) and clear.endswith(tail.lstrip(MASK))


def _rerouted(plan: FulfilPlan, job: Job, record: Record) -> Operation[Record]:
    """The reservation moved to where the job is best sent from now; freed where nothing can serve it."""
    if not record.parcels:
        return (yield from save_record(record, "dropped"))
    (there,) = yield from ask("stock", "apply", [reserve_of(record)])
    for turn in range(ROUNDS_MAX if there.ok or there.reason == "key_conflict" else 0):
        parcels = yield from _route(plan, job, record)
        if not parcels.parcels:
            break
        lines = reserve_of(parcels).lines
        key = f"move:{record.reservation}:{record.take}:{turn}"
        (moved,) = yield from ask("stock", "apply", [Move(key, record.reservation, lines)])
        if moved.ok:
            return (yield from save_record(replace(parcels, receiver=None), "reserved"))
    yield from free_stock(record)
    return (yield from save_record(replace(record, round=record.round + 1, receiver=None), "dropped", ()))


def _route(plan: FulfilPlan, job: Job, record: Record) -> Operation[Record]:
    """The record with new parcels, over what is left and what it holds itself; without any when none can serve."""
    snapshot: StockSnapshot = yield from ask("stock", "snapshot")
    present = yield from now()
    levels = _with_own(snapshot.levels, record)
    place = place_of(plan, job.order, levels, present)
    here = [level for level in levels if place in (None, level.warehouse)]
    order = without_missing_gifts(plan, job.order, here)
    found = allot(plan, [order], {order.key: shippable_lines(order)}, here, present)[order.key]
    return replace(record, parcels=renamed(job, record, found.parcels), take=record.take + 1)


def _with_own(levels: Sequence[Level], record: Record) -> list[Level]:
    own: dict[tuple[str, str], int] = {}
    for line in reserve_of(record).lines:
        own[line.sku, line.warehouse] = own.get((line.sku, line.warehouse), 0) + line.quantity
    return [replace(level, reserved=level.reserved - own.get((level.sku, level.warehouse), 0)) for level in levels]


def _shop(order: Order) -> str:
    return f"shop:{order.platform}:{order.shop_id}"
