"""Bills against orders, line by line: what differs, and by how much. Pure; imports `models`.

The sums hold to the cent: what was settled is what was expected plus the differences, entry for entry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from orderhub.errors import ConfigurationError
from orderhub.models import DiscountFunder, Order, OrderStatus
from orderhub.orders.settlement_bill import BillEntry

__all__ = ["COMPARED", "Difference", "Reconciliation", "expected_of", "reconcile"]

COMPARED = ("sale", "refund", "shipping", "tax", "subsidy")
"""Kinds of entry of which an order tells how much they should be; fees are summed up, not judged."""

Code: TypeAlias = Literal[
    "amount_differs", "missing", "unexpected", "not_told", "unknown_order", "unknown_line", "unknown_kind",
    "currency_differs",
]  # fmt: skip
Cells: TypeAlias = dict[str | None, Decimal | None]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that does not add up; `line_id` is None for what concerns the whole order.

    Attributes:
        expected: What the order says; None where it does not say.
        settled: What the bill says.
        amount: settled - expected, so negative where the merchant got too little; None where nothing was told.
        rows: Rows of the bill.
    """

    code: Code
    order_id: str
    line_id: str | None
    kind: str
    expected: Decimal | None
    settled: Decimal
    amount: Decimal | None
    currency: str
    rows: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The result.

    Attributes:
        differences: In the order of order and line ids.
        matched: How many (order, line, kind) of the bill agree to the cent.
        totals: (currency, kind) -> sum of all entries of the bill.
        unassigned: Entries of no order, payouts among them.
    """

    differences: tuple[Difference, ...]
    matched: int
    totals: Mapping[tuple[str, str], Decimal]
    unassigned: tuple[BillEntry, ...]


def reconcile(
    orders: Iterable[Order], entries: Iterable[BillEntry], *, compare: Sequence[str] = COMPARED,
    net_of_refunds: bool = False,
) -> Reconciliation:  # fmt: skip
    """Compare a bill with the orders of the shop that it belongs to.

    An order that the bill does not name at all is missing only once it is completed: then its money is due.

    Args:
        compare: Kinds that this bill holds; the others are summed up only.
        net_of_refunds: The bill's sales are what is left after refunds, and refunds have no entries.
    Raises:
        ConfigurationError: Orders of several shops share an id, or a kind cannot be compared.
    """
    if strange := sorted(set(compare) - set(COMPARED)):
        raise ConfigurationError(
            f"compare: {', '.join(strange)} cannot be; known: {', '.join(COMPARED)}", field="compare"
        )
    known = _by_id(orders)
    totals: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    by_order: dict[str, list[BillEntry]] = defaultdict(list)
    unassigned: list[BillEntry] = []
    for entry in entries:
        totals[entry.currency, entry.kind] += entry.amount
        (unassigned if entry.order_id is None else by_order[entry.order_id]).append(entry)
    found: list[Difference] = []
    matched = 0
    for order_id in sorted({*known, *by_order}):
        order = known.get(order_id)
        if order is None:
            found += _strangers(order_id, by_order[order_id])
            continue
        differences, agreed = _compared(order, by_order.get(order_id, []), compare, net_of_refunds)
        found, matched = found + differences, matched + agreed
    return Reconciliation(tuple(found), matched, dict(totals), tuple(unassigned))


def _by_id(orders: Iterable[Order]) -> dict[str, Order]:
    known: dict[str, Order] = {}
    for order in orders:
        if known.setdefault(order.order_id, order).key != order.key:
            raise ConfigurationError(
                "orders of several shops share an id: reconcile each shop by itself", field="orders"
            )
    return known


def _strangers(order_id: str, entries: Iterable[BillEntry]) -> list[Difference]:
    return [
        Difference("unknown_order", order_id, one.line_id, one.kind, Decimal(0), one.amount, one.amount, one.currency,
                   (one.row,))
        for one in entries
    ]  # fmt: skip


def expected_of(order: Order, kind: str, *, net_of_refunds: bool = False) -> Cells:
    """What a bill should hold of one kind: line id -> amount, under None what belongs to the whole order."""
    if kind == "sale":
        return {line.line_id: _sale(line.total, line.refunded, net_of_refunds) for line in order.lines}
    if kind == "refund":
        return {None: Decimal(0)} if net_of_refunds else _refunds(order)
    if kind == "subsidy":
        return _subsidies(order)
    return {None: order.shipping_fee if kind == "shipping" else order.tax_total}


def _sale(total: Decimal | None, refunded: Decimal | None, net_of_refunds: bool) -> Decimal | None:
    if not net_of_refunds or total is None:
        return total
    return None if refunded is None else total - refunded


def _refunds(order: Order) -> Cells:
    """By line, and what the order paid back beyond its lines: freight, for instance."""
    lines: Cells = {line.line_id: None if line.refunded is None else -line.refunded for line in order.lines}
    told = [amount for amount in lines.values() if amount is not None]
    if order.refunded is None or len(told) < len(lines):
        return {None: None if order.refunded is None else -order.refunded}
    return {**lines, None: -order.refunded - sum(told, Decimal(0))}


def _subsidies(order: Order) -> Cells:
    if any(discount.funded_by is DiscountFunder.UNKNOWN and discount.amount for discount in order.discounts):
        return {None: None}
    given = [each.amount for each in order.discounts if each.funded_by is DiscountFunder.PLATFORM]
    return {None: None if None in given else sum(filter(None, given), Decimal(0))}


def _compared(
    order: Order, entries: Sequence[BillEntry], compare: Sequence[str], net: bool
) -> tuple[list[Difference], int]:
    if not entries and order.status is not OrderStatus.COMPLETED:
        return [], 0
    found: list[Difference] = []
    matched = 0
    for entry in entries:
        if entry.currency != order.currency or entry.kind == "unknown":
            code: Code = "unknown_kind" if entry.kind == "unknown" else "currency_differs"
            found.append(Difference(code, order.order_id, entry.line_id, entry.kind, Decimal(0), entry.amount,
                                    entry.amount, entry.currency, (entry.row,)))  # fmt: skip
    for kind in compare:
        mine = [one for one in entries if one.kind == kind and one.currency == order.currency]
        differences, agreed = _kind_compared(order, kind, mine, expected_of(order, kind, net_of_refunds=net))
        found, matched = found + differences, matched + agreed
    return found, matched


def _kind_compared(
    order: Order, kind: str, entries: Sequence[BillEntry], expected: Cells
) -> tuple[list[Difference], int]:
    """Line by line where the bill names lines throughout and the order tells them; else the order as a whole."""
    by_line = bool(entries) and all(one.line_id is not None for one in entries) and any(expected)
    if not by_line:
        parts = list(expected.values())
        expected = {None: None if None in parts else sum(filter(None, parts), Decimal(0))}
    settled: dict[str | None, list[BillEntry]] = defaultdict(list)
    for one in entries:
        settled[one.line_id if by_line else None].append(one)
    found: list[Difference] = []
    matched = 0
    for place in sorted({*expected, *settled}, key=lambda line_id: line_id or ""):
        difference = _cell(order, kind, place, settled.get(place, ()), expected)
        matched += difference is None and place in settled
        found += [difference] if difference else []
    return found, matched


def _cell(
    order: Order, kind: str, place: str | None, entries: Sequence[BillEntry], expected: Cells
) -> Difference | None:  # fmt: skip
    wanted = expected.get(place, Decimal(0))
    amount = sum((one.amount for one in entries), Decimal(0))
    if wanted == amount or (wanted is None and not entries and kind != "sale"):
        return None
    code: Code = "amount_differs"
    if place not in expected:
        code = "unexpected" if place in {line.line_id for line in order.lines} else "unknown_line"
    elif wanted is None:
        code = "not_told"
    elif not entries:
        code = "missing"
    elif wanted == 0:
        code = "unexpected"
    rows = tuple(one.row for one in entries)
    gap = None if wanted is None else amount - wanted
    return Difference(code, order.order_id, place, kind, wanted, amount, gap, order.currency, rows)
