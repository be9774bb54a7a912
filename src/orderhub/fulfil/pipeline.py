"""From an audited order to parcels under way: allocate, reserve, waybill, ship, commit, tell. Imports this room.

Each step is idempotent by a key that follows from the order, and the record says which step is next: a run that was
killed anywhere goes on where it stood. A shortage at reserving re-allocates, at most three times; what cannot ship
gives its reservation back; what may have happened is kept and settled by the next run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from orderhub.errors import OrderHubError, OutcomeUnknown, StaleVersion
from orderhub.flow.steps import Operation, ask, gather, now
from orderhub.fulfil.allocating import Allotment, allot
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import ParcelRecord, Record, load_record, save_record
from orderhub.fulfil.waybills import get_waybills
from orderhub.models import (
    AftersaleStatus,
    Commit,
    Dispatch,
    Order,
    OrderStatus,
    Outcome,
    Release,
    Reserve,
    StockLine,
    StockOutcome,
)
from orderhub.normalise.marks import suspicions
from orderhub.orders.audit import audit
from orderhub.ports import Message

__all__ = ["Fulfilled", "fulfil_orders"]

ROUNDS_MAX = 3
CONCURRENCY = 8
NEEDS = "needs_"
"""Labels that start so name what a person must add before the platform takes a shipment, e.g. serial numbers."""
_RESUMABLE = frozenset({"planned", "labelled", "shipped", "committed"})


@dataclass(frozen=True, slots=True)
class Fulfilled:
    """What an order became: its parcels with warehouse, carrier and waybill."""

    order_key: str
    parcels: tuple[ParcelRecord, ...] = ()


Result = Outcome[Fulfilled]


def fulfil_orders(plan: FulfilPlan, orders: Sequence[Order]) -> Operation[list[Result]]:
    """Take every order as far as it can go; one outcome per order, in order."""
    results: dict[str, Result] = {}
    fresh, ready = [], []
    for order in orders:
        record = yield from load_record(order.key)
        refusal = _refusal(plan, order, record)
        if refusal is not None:
            results[order.key] = refusal
        elif record.state in _RESUMABLE:
            ready.append((order, record))
        else:
            fresh.append((order, record))
    ready += yield from _reserve_all(plan, fresh, results)
    done = yield from gather([partial(_finish, plan, order, record) for order, record in ready], CONCURRENCY)
    for (order, _), outcome in zip(ready, done, strict=True):
        results[order.key] = _failed(order.key, outcome) if isinstance(outcome, Exception) else outcome
    return [results[order.key] for order in orders]


def _failed(key: str, error: Exception) -> Result:
    if isinstance(error, OrderHubError):
        return Outcome.failed(key, error)
    raise error


def _refusal(plan: FulfilPlan, order: Order, record: Record) -> Result | None:
    """Why an order does not enter the pipeline; None when it may."""
    if record.state == "done":
        return Outcome(True, order.key, "already_done", value=Fulfilled(order.key, record.parcels))
    if record.state in _RESUMABLE:
        return None
    if not order.is_shippable:
        return Outcome(False, order.key, "on_hold" if order.holds else "not_shippable")
    told = (*audit(plan.mapped(order)), *suspicions(order))
    blocking = [finding for finding in told if finding.severity.value in plan.audit_blocks]
    if needed := next((label for label in order.labels if label.startswith(NEEDS)), None):
        return Outcome(False, order.key, needed)
    return Outcome(False, order.key, f"audit:{blocking[0].code}") if blocking else None


def shippable_lines(plan: FulfilPlan, order: Order) -> list[tuple[str, str | None, int]]:
    """(line_id, SKU, units) still to be sent: neither cancelled nor refunded nor under refund."""
    rows = []
    for line in order.lines:
        left = line.quantity - (line.shipped_quantity or 0) - (line.refunded_quantity or 0)
        open_case = line.aftersale_status in (AftersaleStatus.REQUESTED, AftersaleStatus.IN_PROGRESS)
        if left > 0 and line.status is OrderStatus.AWAITING_SHIPMENT and not open_case:
            rows.append((line.line_id, plan.sku_of(order, line), left))
    return rows


def _reserve_all(
    plan: FulfilPlan, fresh: Sequence[tuple[Order, Record]], results: dict[str, Result]
) -> Operation[list[tuple[Order, Record]]]:
    """Allocate and reserve together; orders that lost a race are allocated again over what is left."""
    ready: list[tuple[Order, Record]] = []
    todo = list(fresh)
    for _ in range(ROUNDS_MAX):
        if not todo:
            break
        rows = {order.key: shippable_lines(plan, order) for order, _ in todo}
        snapshot = yield from ask("stock", "snapshot")
        present = yield from now()
        allotments = allot(plan, [order for order, _ in todo], rows, snapshot.levels, present)
        planned = yield from _plan(todo, allotments, results)
        outcomes: list[StockOutcome] = yield from ask("stock", "apply", [_reserve(record) for _, record in planned])
        todo = []
        for (order, record), outcome in zip(planned, outcomes, strict=True):
            if outcome.ok:
                ready.append((order, record))
                continue
            results[order.key] = Outcome(False, order.key, outcome.reason)
            again = replace(record, round=record.round + 1)
            todo.append((order, (yield from save_record(again, "new", ()))))
    return ready


def _plan(
    todo: Sequence[tuple[Order, Record]], allotments: Mapping[str, Allotment], results: dict[str, Result]
) -> Operation[list[tuple[Order, Record]]]:
    """Write each plan down before anything happens; refused ones become results."""
    planned = []
    for order, record in todo:
        allotment = allotments[order.key]
        if allotment.reason:
            results[order.key] = Outcome(False, order.key, allotment.reason)
            continue
        try:
            planned.append((order, (yield from save_record(record, "planned", allotment.parcels))))
        except StaleVersion as error:
            results[order.key] = Outcome.failed(order.key, error)
    return planned


def _reserve(record: Record) -> Reserve:
    lines = tuple(StockLine(sku, parcel.warehouse, units) for parcel in record.parcels for sku, units in parcel.goods)
    return Reserve(record.reservation, lines)


def _finish(plan: FulfilPlan, order: Order, record: Record) -> Operation[Result]:
    """Every step after the reservation; each state is written once its step is done."""
    if record.state == "planned":
        yield from ask(
            "stock", "apply", [_reserve(record)]
        )  # after a crash in between; otherwise the first answer again
        try:
            record = yield from get_waybills(plan, order, record)
        except OutcomeUnknown:
            raise
        except OrderHubError as error:
            return (yield from _drop(order, record, error))
        record = yield from save_record(record, "labelled")
    if record.state == "labelled":
        failure = yield from _ship(order, record)
        if failure is not None:
            return failure
        record = yield from save_record(record, "shipped")
    if record.state == "shipped":
        commit = Commit(f"commit:{record.reservation}", record.reservation)
        (stocked,) = yield from ask("stock", "apply", [commit])
        if not stocked.ok:  # shipped all the same: told, never hidden
            return Outcome(False, order.key, f"stock:{stocked.reason}", value=Fulfilled(order.key, record.parcels))
        record = yield from save_record(record, "committed")
    yield from ask("notifier", "send", [_message(order, parcel) for parcel in record.parcels])
    record = yield from save_record(record, "done")
    return Outcome(True, order.key, value=Fulfilled(order.key, record.parcels))


def _ship(order: Order, record: Record) -> Operation[Result | None]:
    """Confirm to the platform; None when it stands there now."""
    outcomes: list[Outcome[None]] = yield from ask(
        f"shop:{order.platform}:{order.shop_id}", "ship", _dispatches(order, record)
    )
    bad = next((outcome for outcome in outcomes if not outcome.ok), None)
    return (
        None if bad is None else Outcome(False, order.key, bad.reason, bad.error, Fulfilled(order.key, record.parcels))
    )


def _dispatches(order: Order, record: Record) -> list[Dispatch]:
    """One parcel with every line is the whole order; otherwise each parcel names its lines."""
    everything = {(line.line_id, line.quantity) for line in order.lines}
    whole = len(record.parcels) == 1 and set(record.parcels[0].lines) == everything
    return [
        Dispatch(order_id=order.order_id, carrier=parcel.carrier or "", waybill_no=parcel.waybill_no or "",
                 lines=None if whole else parcel.lines)
        for parcel in record.parcels
    ]  # fmt: skip


def _drop(order: Order, record: Record, error: OrderHubError) -> Operation[Result]:
    """A refusal before anything left: the stock goes back, and a later run starts afresh under a new key."""
    if not error.retryable:
        yield from ask("stock", "apply", [Release(f"release:{record.reservation}", record.reservation)])
        latest = yield from load_record(order.key)
        yield from save_record(replace(latest, round=record.round + 1), "dropped", ())
    return Outcome.failed(order.key, error)


def _message(order: Order, parcel: ParcelRecord) -> Message:
    return Message(
        f"order_shipped:{order.key}:{parcel.waybill_no}", "local", order.key, "order_shipped",
        {"order": order.order_id, "carrier": parcel.carrier or "", "waybill_no": parcel.waybill_no or ""},
    )  # fmt: skip
