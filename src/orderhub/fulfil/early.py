"""Stock held for paid orders from the moment they are stored, in the order of payment. Imports `inventory`, `flow`.

A hold is a reservation under the order's own key and nothing else: the ledger is its only record, so that a run that
dies anywhere holds nothing twice. The pipeline takes it over: in one call the hold gives way and the units are reserved
for the parcels. A run looks once more at the records of what it held: of a hold and a fulfilment that crossed, one saw
the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from orderhub.flow.steps import Operation, ask, now
from orderhub.fulfil.allocating import Allotment
from orderhub.fulfil.plan import FulfilPlan
from orderhub.fulfil.record import load_records
from orderhub.fulfil.reserving import allot_over, without_missing_gifts
from orderhub.fulfil.taking_over import PREFIX, TRIES, hold_key, let_go, order_of
from orderhub.fulfil.waiting_list import load_parked, note_parked
from orderhub.inventory.demand import Allocation, Missing
from orderhub.inventory.parking import Parked
from orderhub.models import Finding, Order, Outcome, Reserve, Severity, StockLine, StockOutcome
from orderhub.models.stock import Reservation, StockSnapshot
from orderhub.orders.gifts import with_gifts
from orderhub.ports import OrderQuery

__all__ = ["Held", "Holding", "hold_orders", "short_findings"]

CHUNK = 500
"""Reservations that are asked for together."""
_OPEN = frozenset({"new", "dropped"})
"""What a job's record says while nothing was begun for it."""
_NEVER = datetime.max.replace(tzinfo=UTC)
_LATER = frozenset({"planned", "changing", "split", "merged"})
"""Under way: whoever has the order takes the hold over or lets it go."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is held for one order: `lines` by place, until `until` (UTC; None has no end)."""

    order_key: str
    reservation: str
    lines: tuple[StockLine, ...]
    until: datetime | None = None


Holding = Outcome[Held]


def hold_orders(plan: FulfilPlan, orders: Sequence[Order], *, dry_run: bool = False) -> Operation[list[Holding]]:
    """Hold what these orders need, the longest paid first; holds of orders that wait no more are let go.

    Returns:
        One outcome per order that the policy wants and that is not in the pipeline yet. `already_done` has its hold;
        one that had its hold and lost it (it ran out, or was let go) is left to fulfilment and not named. Not ok:
        `insufficient_stock`, `scattered_stock` or `not_serviceable` (they are on the waiting list), `sku_unmapped`.
    """
    present = yield from now()
    gone = yield from _sweep(dry_run)
    wanted = sorted((order for order in orders if plan.reserve.wants(order)), key=_paid)
    records = yield from load_records([order.key for order in wanted])
    known = yield from _known([order.key for order in wanted])
    results: dict[str, Holding] = {}
    todo: list[Order] = []
    for order in wanted:
        kept = known.get(order.key, [])
        if held := next((each for each in kept if each.status == "open"), None):
            results[order.key] = Outcome(True, order.key, "already_done", value=_held(held))
        elif not kept and records[order.key].state in _OPEN:
            todo.append(order)
    plans: list[Allocation] = []
    for number in range(TRIES):
        if todo:
            todo = yield from _round(plan, todo, number, present, dry_run, results, plans)
    yield from _yield_to_others([key for key, outcome in results.items() if outcome.ok and not outcome.reason])
    if not dry_run:
        yield from note_parked([each for each in plans if each.order_key in results], present, gone)
    return [results[order.key] for order in wanted if order.key in results]


def _paid(order: Order) -> tuple[datetime, str]:
    return order.paid_at or order.created_at or order.updated_at or _NEVER, order.key


def _known(keys: Sequence[str]) -> Operation[dict[str, list[Reservation]]]:
    """Every hold that there ever was, by order."""
    names = [hold_key(key, number) for key in keys for number in range(TRIES)]
    rows: list[Reservation] = (yield from ask("stock", "reservations", False, keys=names)) if names else []
    found: dict[str, list[Reservation]] = {}
    for row in rows:
        found.setdefault(order_of(row.key), []).append(row)
    return found


def _round(
    plan: FulfilPlan, todo: Sequence[Order], number: int, present: datetime, dry_run: bool,
    results: dict[str, Holding], plans: list[Allocation],
) -> Operation[list[Order]]:  # fmt: skip
    """Allocate over what is there, reserve; those that somebody outran are tried again under the next key."""
    snapshot: StockSnapshot = yield from ask("stock", "snapshot")
    ways = replace(plan, allocation=plan.allocation.model_copy(update={"sequence": ("rank",)}), wave_windows=0)
    goods = {
        order.key: without_missing_gifts(plan, with_gifts(plan.mapped(order), plan.gifts), snapshot.levels)
        if plan.gifts
        else plan.mapped(order)
        for order in todo
    }
    found = allot_over(ways, goods, snapshot.levels, present)
    plans += [each.plan for each in found.values() if each.plan is not None]
    served = []
    for order in todo:
        allotment = found[order.key]
        if allotment.reason:
            results[order.key] = Outcome(False, order.key, allotment.reason)
        else:
            served.append((order, _reserve(plan, order, allotment, number, present)))
    if dry_run:
        results |= {
            order.key: Outcome(True, order.key, "dry_run", value=_made(order.key, one)) for order, one in served
        }
        return []
    again = []
    for start in range(0, len(served), CHUNK):
        part = served[start : start + CHUNK]
        outcomes: list[StockOutcome] = yield from ask("stock", "apply", [one for _, one in part])
        for (order, one), outcome in zip(part, outcomes, strict=True):
            if outcome.ok:
                results[order.key] = Outcome(True, order.key, value=_made(order.key, one))
            else:
                results[order.key] = Outcome(False, order.key, outcome.reason)
                again.append(order)
    return again


def _reserve(plan: FulfilPlan, order: Order, allotment: Allotment, number: int, present: datetime) -> Reserve:
    units: dict[tuple[str, str], int] = {}
    for parcel in allotment.parcels:
        for sku, place, count in parcel.held:
            units[sku, place] = units.get((sku, place), 0) + count
    hours = plan.reserve.hours
    until = None if hours is None else present + timedelta(hours=hours)
    lines = tuple(StockLine(*place, count) for place, count in sorted(units.items()))
    return Reserve(hold_key(order.key, number), lines, until)


def _made(key: str, one: Reserve) -> Held:
    return Held(key, one.key, one.lines, one.expires_at)


def _held(row: Reservation) -> Held:
    return Held(order_of(row.key), row.key, row.lines, row.expires_at)


def short_findings(orders: Iterable[Order], holdings: Iterable[Holding], parked: Iterable[Parked]) -> list[Finding]:
    """A finding for each order that could not be held: which SKU, how many are wanted and how many there are."""
    by_key = {order.key: order for order in orders}
    missing = {each.order_key: each.missing for each in parked}
    return [
        _finding(by_key[outcome.key], outcome.reason or "", missing.get(outcome.key, ()))
        for outcome in holdings
        if not outcome.ok and outcome.key in by_key
    ]


def _finding(order: Order, reason: str, missing: Sequence[Missing]) -> Finding:
    told = ", ".join(f"{each.sku}: {each.requested} wanted, {each.available} available" for each in missing)
    code = "sku_unmapped" if reason == "sku_unmapped" else "stock_short"
    return Finding(
        code=code, severity=Severity.WARNING, message=f"nothing is held for it: {told or reason}", path="lines",
        platform=order.platform, order_id=order.order_id,
    )  # fmt: skip


def _yield_to_others(keys: Sequence[str]) -> Operation[None]:
    """Whoever began to fulfil or to stop an order while it was being held did not see the hold, so it goes."""
    records = yield from load_records(keys)
    yield from let_go([key for key in keys if records[key].state not in _OPEN])


def _sweep(dry_run: bool) -> Operation[set[str]]:
    """Let holds go whose orders were closed, cancelled, refunded or shipped elsewhere; keys of what waits no more."""
    rows: list[Reservation] = yield from ask("stock", "reservations")
    held = {order_of(row.key) for row in rows if row.key.startswith(PREFIX)}
    parked = {each.order_key for each in (yield from load_parked())}
    keys = sorted(held | parked)
    found: list[Order] = (yield from ask("orders", "find_orders", OrderQuery(keys=tuple(keys)))) if keys else []
    orders = {order.key: order for order in found}
    records = yield from load_records(keys)
    gone = {key for key in keys if not _waits(orders.get(key), records[key].state)}
    if not dry_run:
        yield from let_go(sorted(gone & held))
    return gone


def _waits(order: Order | None, state: str) -> bool:
    if order is None or order.status.value not in ("awaiting_shipment", "partially_shipped"):
        return False
    return order.payment_status.value != "refunded" and state in _OPEN | _LATER
