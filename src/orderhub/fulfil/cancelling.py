"""Stopping an order before or after its platform was told. Imports this room, `flow`, `models`.

Cancelling and shipping race for the record: whoever writes it first goes on, the other is told so. Stock is right
either way, since a withdrawal gives back exactly what the record says is held.
"""

from __future__ import annotations

from orderhub.errors import OrderHubError, StaleVersion
from orderhub.flow.steps import Operation, ask
from orderhub.fulfil.jobs import Job
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import Record, load_record, save_record
from orderhub.fulfil.states import GUARDS, refusal
from orderhub.fulfil.undoing import undo
from orderhub.fulfil.voiding import Kept, cancel_waybill
from orderhub.models import Order, OrderStatus, Outcome, Restock, StockLine

__all__ = ["cancel_order", "intercept_order", "reopen_order"]

ROUNDS_MAX = 20
"""How often a cancellation that a worker outruns looks again; a run has fewer steps that write."""


def cancel_order(
    plan: FulfilPlan, order: Order, *, reason: str = "", dry_run: bool = False, lost_waybill: bool = False
) -> Operation[Outcome[str]]:
    """Never ship this order: waybills void, stock free; an unpaid order is closed on its platform where that can.

    Args:
        reason: What the platform is told when an unpaid order is closed.
        lost_waybill: Put up with a waybill that its carrier does not void.
    Returns:
        `value` is the state that it ends in; a cancelled order is `already_done`.
    """
    for _ in range(ROUNDS_MAX):
        record = yield from load_record(order.key)
        if record.state == "cancelled":
            return Outcome(True, order.key, "already_done", value="cancelled")
        if GUARDS[record.state, "cancel"]:
            return refusal(order.key, record.state, "cancel")
        if dry_run:
            return Outcome(True, order.key, "dry_run", value="cancelled")
        try:
            record, kept = yield from undo(plan, Job.of(order), record, "cancelled", lost=lost_waybill)
        except StaleVersion:  # a worker was faster by one step: see where the order is now
            continue
        if kept is not None:
            return Outcome(False, order.key, kept.reason, kept.error, record.state)
        return (yield from _closed(order, reason))
    return refusal(order.key, record.state, "cancel", "try_again")


def _closed(order: Order, reason: str) -> Operation[Outcome[str]]:
    shop = f"shop:{order.platform}:{order.shop_id}"
    if order.status is OrderStatus.PENDING_PAYMENT and (yield from ask(shop, "has", "close_order")):
        try:
            told: Outcome[None] = yield from ask(shop, "close_order", order.order_id, reason)
        except OrderHubError as error:
            told = Outcome.failed(order.key, error)
        if not told.ok:
            return Outcome(False, order.key, told.reason, told.error, "cancelled")
    return Outcome(True, order.key, value="cancelled")


def reopen_order(key: str, *, dry_run: bool = False) -> Operation[Outcome[str]]:
    """Take a cancellation back: the order may be shipped again."""
    record = yield from load_record(key)
    if GUARDS[record.state, "reopen"]:
        return refusal(key, record.state, "reopen")
    if not dry_run:
        yield from save_record(record, "dropped")
    return Outcome(True, key, "dry_run" if dry_run else None, value="dropped")


def intercept_order(order: Order, *, dry_run: bool = False) -> Operation[Outcome[str]]:
    """Stop parcels that the platform was told of and no courier has taken: waybills void, units back in stock.

    What the buyer gets instead, a refund or another parcel, is an after-sale case of its own.

    Returns:
        `value` is the state; parcels that are gone already stay, with the carrier's reason.
    """
    record = yield from load_record(order.key)
    if record.state == "intercepted":
        return Outcome(True, order.key, "already_done", value="intercepted")
    if GUARDS[record.state, "intercept"]:
        return refusal(order.key, record.state, "intercept")
    if dry_run:
        return Outcome(True, order.key, "dry_run", value="intercepted")
    kept = yield from _stopped(record)
    if kept is not None:
        return Outcome(False, order.key, kept.reason, kept.error, record.state)
    yield from save_record(record, "intercepted")
    return Outcome(True, order.key, value="intercepted")


def _stopped(record: Record) -> Operation[Kept | None]:
    """Void each parcel and put its units back, each once; the first reason why one stays."""
    stays: Kept | None = None
    for row in record.parcels:
        kept = yield from cancel_waybill(row.carrier or "", row.waybill_no or "", row.parcel_id)
        if kept is not None:
            stays = stays or kept
            continue
        lines = tuple(StockLine(sku, row.warehouse, units) for sku, units in row.goods)
        yield from ask("stock", "apply", [Restock(f"intercept:{row.parcel_id}", lines)])
    return stays
