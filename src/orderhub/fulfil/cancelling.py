"""Stopping an order before or after its platform was told. Imports this room, `flow`, `models`.

Cancelling and shipping race for the record: whoever writes it first goes on, the other is told so. Stock is right
either way, since a withdrawal gives back exactly what the record says is held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from orderhub.errors import OrderHubError, StaleVersion
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.jobs import Job, order_ids_of
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import Record, load_record, save_record
from orderhub.fulfil.splitting import jobs_now, leave_group
from orderhub.fulfil.states import GUARDS, SENT, WITHDRAWABLE, refusal
from orderhub.fulfil.undoing import undo
from orderhub.fulfil.voiding import Kept, cancel_waybill
from orderhub.models import Order, OrderStatus, Outcome, Restock, StockLine

__all__ = ["cancel_order", "intercept_order", "reopen_order"]

ROUNDS_MAX = 20
"""How often a cancellation that a worker outruns looks again; a run has fewer steps that write."""

Pieces = Sequence[tuple[Job, Record]]


def cancel_order(
    plan: FulfilPlan, order: Order, *, reason: str = "", dry_run: bool = False, lost_waybill: bool = False,
    rest: bool = False,
) -> Operation[Outcome[str]]:  # fmt: skip
    """Never ship this order: waybills void, stock free; an unpaid order is closed on its platform where that can.

    A split order is stopped in all its parts, a merged one leaves its group, and the others go on without it.

    Args:
        reason: What the platform is told when an unpaid order is closed.
        lost_waybill: Put up with a waybill that its carrier does not void.
        rest: Of a split order that has left in part, stop the other parts.
    Returns:
        `value` is the state that it ends in; a cancelled order is `already_done`.
    """
    for _ in range(ROUNDS_MAX):
        record, pieces = yield from jobs_now(plan, order)
        if record.state == "cancelled":
            return (yield from _closed(order, reason, dry_run=dry_run, again=True))
        if GUARDS[record.state, "cancel"]:
            return refusal(order.key, record.state, "cancel")
        gone = next((own for _, own in pieces if own.state not in WITHDRAWABLE), None)
        try:
            if gone is not None:
                return (yield from _too_late(plan, record, pieces, gone, lost_waybill, rest, dry_run))
            if dry_run:
                return Outcome(True, order.key, "dry_run", value="cancelled")
            kept = yield from _withdrawn(plan, record, pieces, lost_waybill)
        except StaleVersion:  # a worker was faster by one step: see where the order is now
            continue
        if kept is not None:
            return Outcome(False, order.key, kept.reason, kept.error, "cancelling")
        return (yield from _closed(order, reason))
    return refusal(order.key, record.state, "cancel", "try_again")


def _withdrawn(plan: FulfilPlan, record: Record, pieces: Pieces, lost: bool) -> Operation[Kept | None]:
    """Every job of the order ends; its own record says so first and last."""
    if not record.parts and not record.group:
        [(job, own)] = pieces
        _, kept = yield from undo(plan, job, own, "cancelled", lost=lost)
        return kept
    record = yield from save_record(record, "cancelling")
    kept = yield from _ended(plan, pieces, lost)
    if kept is not None:
        return kept
    if record.group:
        yield from leave_group(record)
    yield from save_record(replace(record, parts=(), group=()), "cancelled", ())
    return None


def _ended(plan: FulfilPlan, pieces: Pieces, lost: bool) -> Operation[Kept | None]:
    for job, own in pieces:
        if own.state != "cancelled":
            _, kept = yield from undo(plan, job, own, "cancelled", lost=lost)
            if kept is not None:
                return kept
    return None


def _too_late(
    plan: FulfilPlan, record: Record, pieces: Pieces, gone: Record, lost: bool, rest: bool, dry_run: bool
) -> Operation[Outcome[str]]:
    """Something has left: the other parts are stopped if that is wanted, else everything is as it was."""
    left = [(job, own) for job, own in pieces if own.state in WITHDRAWABLE - {"cancelled"}]
    if record.parts and rest and left:
        kept = None if dry_run else (yield from _ended(plan, left, lost))
        if kept is not None:
            return Outcome(False, record.order_key, kept.reason, kept.error, record.state)
        if not dry_run and record.state == "cancelling":
            yield from save_record(record, "split")
        return Outcome(True, record.order_key, "dry_run" if dry_run else None, value="split")
    if record.state == "cancelling" and not dry_run:
        for _, own in pieces:
            if own.state == "cancelled":
                yield from save_record(own, "dropped")
        record = yield from save_record(record, "split" if record.parts else "merged")
    return refusal(record.order_key, record.state, "cancel", GUARDS[gone.state, "cancel"] or gone.state)


def _closed(order: Order, reason: str, *, dry_run: bool = False, again: bool = False) -> Operation[Outcome[str]]:
    """An unpaid order is closed on its platform too, also by a cancellation that was interrupted before that."""
    done: Outcome[str] = Outcome(True, order.key, "already_done" if again else None, value="cancelled")
    shop = f"shop:{order.platform}:{order.shop_id}"
    if dry_run or order.status is not OrderStatus.PENDING_PAYMENT or not (yield from ask(shop, "has", "close_order")):
        return done
    try:
        if again and (yield from ask(shop, "get_order", order.order_id)).status is OrderStatus.CANCELLED:
            return done
        told: Outcome[None] = yield from ask(shop, "close_order", order.order_id, reason)
    except OrderHubError as error:
        told = Outcome.failed(order.key, error)
    return Outcome(True, order.key, value="cancelled") if told.ok else Outcome(
        False, order.key, told.reason, told.error, "cancelled")  # fmt: skip


def reopen_order(plan: FulfilPlan, order: Order, *, dry_run: bool = False) -> Operation[Outcome[str]]:
    """Take a cancellation back: the order, or parts of it that were stopped, may be shipped again."""
    record, pieces = yield from jobs_now(plan, order)
    stopped = [own for _, own in pieces if own.state == "cancelled"]
    if GUARDS[record.state, "reopen"] or not stopped:
        return refusal(order.key, record.state, "reopen", GUARDS[record.state, "reopen"] or "is_split")
    if not dry_run:
        for own in stopped:
            yield from save_record(own, "dropped")
    after = "split" if record.parts else "dropped"
    return Outcome(True, order.key, "dry_run" if dry_run else None, value=after)


def intercept_order(plan: FulfilPlan, order: Order, *, dry_run: bool = False) -> Operation[Outcome[str]]:
    """Stop parcels that the platform was told of and no courier has taken: waybills void, units back in stock.

    Of a split order those parts that have left; of a merged one the parcels that it shares with the others. What the
    buyer gets instead, a refund or another parcel, is an after-sale case of its own.

    Returns:
        `value` is the state; parcels that are gone already stay, with the carrier's reason.
    """
    record, pieces = yield from jobs_now(plan, order)
    states = {own.state for _, own in pieces}
    if "intercepted" in states and not states & SENT:
        return Outcome(True, order.key, "already_done", value="intercepted")
    sent = [(job, own) for job, own in pieces if own.state in SENT]
    if GUARDS[record.state, "intercept"] or not sent:
        return refusal(order.key, record.state, "intercept", GUARDS[record.state, "intercept"] or "nothing_has_left")
    if dry_run:
        return Outcome(True, order.key, "dry_run", value="intercepted")
    for job, own in sent:
        kept = yield from _stopped(job, own)
        if kept is not None:
            return Outcome(False, order.key, kept.reason, kept.error, record.state)
        yield from save_record((yield from load_record(own.order_key)), "intercepted")
    return Outcome(True, order.key, value="intercepted")


def _stopped(job: Job, record: Record) -> Operation[Kept | None]:
    """Void each parcel and put its units back, each once; the first reason why one stays."""
    stays: Kept | None = None
    for row in record.parcels:
        kept = yield from cancel_waybill(row, row.waybill_no or "", order_ids_of(job))
        if kept is not None:
            stays = stays or kept
            continue
        lines = tuple(StockLine(*held) for held in row.held)
        yield from ask("stock", "apply", [Restock(f"intercept:{row.parcel_id}", lines)])
    return stays
