"""Goods that were bought: what comes is received against the order, what differs has a reason. Pure.

Imports `models`, `errors`, this room. Each step answers the new order and the stock commands that go with it, keyed by
the order and the delivery: applying them again changes nothing. What is expected is dated, for promises and reorders; a
date that has passed promises nothing until somebody gives a new one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeAlias

from orderhub.errors import ConfigurationError, InventoryError
from orderhub.inventory.places import parse_place
from orderhub.inventory.transfer_orders import Inbound
from orderhub.models.purchasing import Arrival, PurchaseLine, PurchaseOrder, PurchaseStatus
from orderhub.models.stock import Receive, StockLine

__all__ = ["arrived", "closed", "expected", "purchase_order", "receipts_of", "rescheduled", "stocked", "without"]

Place: TypeAlias = tuple[str, str]


def purchase_order(
    key: str, lines: Sequence[PurchaseLine], *, supplier: str | None = None, ordered_at: datetime | None = None
) -> PurchaseOrder:
    """A new order.

    Raises:
        ConfigurationError: No lines, a line of less than one unit, a place that is no warehouse, a naive instant.
    """
    if not lines or any(line.units < 1 or line.received or line.given_up for line in lines):
        raise ConfigurationError("A purchase needs lines of one unit or more, of which nothing has come", field="lines")
    if any(parse_place(line.warehouse).kind != "storage" for line in lines):
        raise ConfigurationError("A purchase names warehouses; lots are named when they come", field="lines")
    _aware(ordered_at, *(line.due_at for line in lines))
    return PurchaseOrder(key, tuple(lines), supplier, ordered_at)


def arrived(
    order: PurchaseOrder, delivery: str, lines: Sequence[StockLine], at: datetime, *, reason: str | None = None
) -> PurchaseOrder:
    """The order with one delivery written down, not yet stocked; the same delivery again is the order as it is.

    What is due first is served first. More than was ordered is taken on where it came, with a reason.

    Args:
        delivery: The delivery note's number.
        lines: Units by place: a warehouse of the order, or a lot or single unit in one.
        at: When; UTC.
    Raises:
        InventoryError: `code` says why: `delivery_differs` (it was written down with other lines), `purchase_over`,
            `not_ordered`, `reason_missing` (more came than was ordered), `invalid` (no units, or not whole ones).
    """
    _aware(at)
    told = tuple(sorted(lines, key=lambda line: (line.sku, line.warehouse)))
    if (before := next((each for each in order.arrivals if each.delivery == delivery), None)) is not None:
        if before.lines != told:
            raise _refused(order, "delivery_differs", f"delivery {delivery} was received with other lines")
        return order
    came = _by_place(order, told)
    if not order.is_open:
        raise _refused(order, "purchase_over", f"it is {order.status}")
    rows = list(order.lines)
    for place, units in came.items():
        rows = _served(order, rows, place, units, reason)
    made = Arrival(delivery, told, at, reason)
    return _judged(replace(order, lines=tuple(rows), arrivals=(*order.arrivals, made)))


def _by_place(order: PurchaseOrder, lines: Sequence[StockLine]) -> dict[Place, int]:
    """Units by SKU and warehouse, lots added."""
    found: dict[Place, int] = {}
    if not lines or len({(line.sku, line.warehouse) for line in lines}) < len(lines):
        raise _refused(order, "invalid", "a delivery has at least one line, and each place once")
    for line in lines:
        if isinstance(line.quantity, bool) or not isinstance(line.quantity, int) or line.quantity < 1:
            raise _refused(order, "invalid", f"{line.quantity} of {line.sku} is no quantity")
        place = line.sku, parse_place(line.warehouse).warehouse
        found[place] = found.get(place, 0) + line.quantity
    return found


def _served(
    order: PurchaseOrder, rows: list[PurchaseLine], place: Place, units: int, reason: str | None
) -> list[PurchaseLine]:
    mine = [at for at, row in enumerate(rows) if (row.sku, row.warehouse) == place]
    if not mine:
        raise _refused(order, "not_ordered", f"{place[0]} was not ordered for {place[1]}")
    mine.sort(key=lambda at: (rows[at].due_at is None, rows[at].due_at or order.ordered_at, at))
    for at in mine:
        taken = min(units, rows[at].expected)
        rows[at] = replace(rows[at], received=rows[at].received + taken)
        units -= taken
    if units:
        if not (reason or "").strip():
            raise _refused(order, "reason_missing", f"{units} more of {place[0]} came than were ordered: say why")
        last = rows[mine[-1]]
        told = (*last.reasons, f"+{units}: {reason}")
        rows[mine[-1]] = replace(last, received=last.received + units, reasons=told)
    return rows


def receipts_of(order: PurchaseOrder) -> list[Receive]:
    """The stock commands of deliveries that are written down and perhaps not stocked."""
    return [
        Receive(f"purchase:{order.key}:{each.delivery}", each.lines, each.reason or f"purchase {order.key}")
        for each in order.arrivals
        if not each.is_stocked
    ]


def stocked(order: PurchaseOrder, delivery: str) -> PurchaseOrder:
    """The order once the ledger has a delivery."""
    rows = tuple(replace(each, is_stocked=True) if each.delivery == delivery else each for each in order.arrivals)
    return replace(order, arrivals=rows)


def without(order: PurchaseOrder, delivery: str) -> PurchaseOrder:
    """The order as if a delivery that the ledger refused had never been written down."""
    bare = tuple(
        replace(row, received=0, reasons=tuple(told for told in row.reasons if not told.startswith("+")))
        for row in order.lines
    )
    made = replace(order, lines=bare, arrivals=(), status=PurchaseStatus.OPEN)
    for each in order.arrivals:
        if each.delivery != delivery:
            rest = replace(made, status=PurchaseStatus.OPEN)
            made = arrived(rest, each.delivery, each.lines, each.at, reason=each.reason)
            made = stocked(made, each.delivery) if each.is_stocked else made
    over = order.status in (PurchaseStatus.CLOSED, PurchaseStatus.CANCELLED)
    return replace(made, status=order.status) if over else made


def rescheduled(
    order: PurchaseOrder, due_at: datetime | None, *, sku: str | None = None, warehouse: str | None = None
) -> PurchaseOrder:
    """The order with a new date for what has not come, of one SKU or warehouse or all of it; None is not known.

    Raises:
        InventoryError: It is over, or has no such line.
        ConfigurationError: The instant is naive.
    """
    _aware(due_at)
    if not order.is_open:
        raise _refused(order, "purchase_over", f"it is {order.status}")
    hit = [row.expected > 0 and sku in (None, row.sku) and warehouse in (None, row.warehouse) for row in order.lines]
    if not any(hit):
        raise _refused(order, "not_ordered", "nothing of that is expected")
    pairs = zip(order.lines, hit, strict=True)
    return replace(order, lines=tuple(replace(row, due_at=due_at) if is_hit else row for row, is_hit in pairs))


def closed(order: PurchaseOrder, reason: str) -> PurchaseOrder:
    """What has not come is given up, with the reason: `cancelled` where nothing ever came, else `closed`.

    Raises:
        InventoryError: `reason_missing`, or it is over.
    """
    if not reason.strip():
        raise _refused(order, "reason_missing", "say why the rest never comes")
    if not order.is_open:
        raise _refused(order, "purchase_over", f"it is {order.status}")
    rows = tuple(
        replace(row, given_up=row.given_up + row.expected, reasons=(*row.reasons, f"-{row.expected}: {reason}"))
        if row.expected
        else row
        for row in order.lines
    )
    status = PurchaseStatus.CLOSED if order.arrivals else PurchaseStatus.CANCELLED
    return replace(order, lines=rows, status=status)


def expected(orders: Iterable[PurchaseOrder], now: datetime) -> list[Inbound]:
    """What is still to come, for promises by date, reorders and the next transfer plan.

    A date that has passed is none: the units count as ordered, and promise nothing.
    """
    return [
        Inbound(
            row.sku, row.warehouse, row.expected, row.due_at if row.due_at is not None and row.due_at > now else None
        )
        for order in orders
        if order.is_open
        for row in order.lines
        if row.expected
    ]


def _judged(order: PurchaseOrder) -> PurchaseOrder:
    is_whole = not any(row.expected for row in order.lines)
    return replace(order, status=PurchaseStatus.RECEIVED if is_whole else PurchaseStatus.PARTIAL)


def _refused(order: PurchaseOrder, code: str, told: str) -> InventoryError:
    return InventoryError(f"Purchase {order.key}: {told}", operation="purchase", code=code)


def _aware(*instants: datetime | None) -> None:
    if any(at is not None and at.utcoffset() is None for at in instants):
        raise ConfigurationError("Instants of a purchase need a time zone", field="at")
