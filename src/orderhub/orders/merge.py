"""Several orders in one parcel: who may travel together, and the order that is packed. Pure; imports `models`.

Each order stays an order of its own: its platform is told of its own lines, its money is its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from orderhub.models import Order, PrivacyKind, Recipient

__all__ = ["SEAM", "merge_candidates", "merge_refusal", "merged", "own_lines"]

SEAM = "|"
"""Between the order's key and its line's id, in the lines of merged orders."""

_HIDDEN = frozenset({PrivacyKind.MASKED, PrivacyKind.ENCRYPTED})


def merge_refusal(orders: Sequence[Order], *, together: bool = False) -> str | None:
    """Why orders may not go in one parcel; None when they may.

    Args:
        together: The platform itself says that the hidden receivers are one.
    """
    if len({order.key for order in orders}) < 2:
        return "too_few"
    if not all(order.is_shippable for order in orders):
        return "not_shippable"
    for reason, told in (
        ("different_currency", {order.currency for order in orders}),
        ("cash_on_delivery", {order.is_cod for order in orders} | ({True, False} if orders[0].is_cod else set())),
        ("different_carriers", {_bound(order) for order in orders} - {frozenset()}),
    ):
        if len(told) > 1:
            return reason
    if any(label.startswith("needs_") for order in orders for label in order.labels):
        return "needs_more"
    return _persons(orders, together)


def _bound(order: Order) -> frozenset[str]:
    return frozenset(label for label in order.labels if label.startswith("carrier_must:"))


def _persons(orders: Sequence[Order], together: bool) -> str | None:
    buyers: dict[str, set[str]] = {}
    for order in orders:
        if told := order.buyer.buyer_id or order.buyer.nickname:
            buyers.setdefault(order.platform, set()).add(told)
    if any(len(names) > 1 for names in buyers.values()):
        return "different_buyer"
    hidden = [order for order in orders if order.recipient.privacy.kind in _HIDDEN]
    if not hidden:
        same = len({_person(order.recipient) for order in orders}) == 1
        return None if same and all(_person(orders[0].recipient)) else "different_receiver"
    if len(hidden) < len(orders) or len({order.platform for order in orders}) > 1:
        return "different_receiver"
    keys = {order.recipient.privacy.merge_key for order in orders}
    return None if together or (len(keys) == 1 and None not in keys) else "different_receiver"


def _person(person: Recipient) -> tuple[str, str, str]:
    place = person.address
    parts = (place.province, place.city, place.district, place.street)
    where = "".join("".join((part or "").split()) for part in parts)
    return (person.name or "").strip(), "".join(filter(str.isdecimal, person.phone or "")), where


def merge_candidates(orders: Iterable[Order]) -> list[tuple[str, ...]]:
    """Keys of orders that may go together, each order in one group at most; in the order given."""
    groups: dict[Any, list[Order]] = {}
    for order in orders:
        privacy = order.recipient.privacy
        who = (order.platform, privacy.merge_key) if privacy.kind in _HIDDEN else ("", _person(order.recipient))
        if order.is_shippable and privacy.kind is not PrivacyKind.ABSENT:
            groups.setdefault(who, []).append(order)
    return [tuple(order.key for order in group) for group in groups.values() if merge_refusal(group) is None]


def merged(orders: Sequence[Order]) -> Order:
    """What is packed: every line of every order under one receiver, that of the first; the earliest time to ship by."""
    first = orders[0]
    lines = tuple(
        line.model_copy(update={"line_id": f"{order.key}{SEAM}{line.line_id}"})
        for order in orders
        for line in order.lines
    )
    labels = dict.fromkeys(label for order in orders for label in order.labels)
    due = [order.ship_by for order in orders if order.ship_by is not None]
    money = {name: _sum(orders, name) for name in ("items_total", "discount_total", "shipping_fee", "total", "paid")}
    return first.model_copy(update={
        "order_id": f"{first.order_id}M{len(orders)}", "lines": lines, "labels": tuple(labels),
        "ship_by": min(due) if due else None, "buyer_note": _notes(orders, "buyer_note"),
        "seller_note": _notes(orders, "seller_note"), **money,
    })  # fmt: skip


def own_lines(order: Order, lines: Iterable[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Of the lines of merged orders those of one order, by its own ids."""
    mark = f"{order.key}{SEAM}"
    return tuple((line_id.removeprefix(mark), units) for line_id, units in lines if line_id.startswith(mark))


def _sum(orders: Sequence[Order], name: str) -> Decimal | None:
    amounts = [getattr(order, name) for order in orders]
    return None if None in amounts else sum(amounts, Decimal(0))


def _notes(orders: Sequence[Order], name: str) -> str | None:
    return "\n".join(dict.fromkeys(note for order in orders if (note := getattr(order, name)))) or None
