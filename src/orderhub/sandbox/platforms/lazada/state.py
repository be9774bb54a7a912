"""What one Lazada sandbox knows: shops, orders with one row a unit, packages, reverse orders, goods.

Imports `emulator` and this folder's wire. Instants are aware, UTC; documents are written when they are shown.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orderhub.sandbox.emulator import Setup
from orderhub.sandbox.platforms.lazada.wire import cents, local

__all__ = ["Good", "Market", "Order", "Reverse", "Unit"]

Doc = dict[str, Any]


@dataclass(slots=True)
class Unit:
    """One row of an order: one unit of one SKU. `doc` is what the wire shows beside status and time."""

    number: str
    status: str
    doc: Doc


@dataclass(slots=True)
class Order:
    """One order. `doc` is the header without what follows from its units; amounts in `doc` are text."""

    shop_id: str
    number: str
    created: datetime
    updated: datetime
    doc: Doc
    units: list[Unit]
    shown_from: datetime | None = None

    @property
    def total(self) -> int:
        """What the buyer owes, cents."""
        goods = sum(cents(unit.doc["item_price"]) for unit in self.units)
        return goods - cents(self.doc["voucher"]) + cents(self.doc["shipping_fee"])

    def header(self) -> Doc:
        """As `/orders/get` shows it."""
        statuses = list(dict.fromkeys(unit.status for unit in self.units))
        return {
            **self.doc, "order_id": self.number, "order_number": self.number, "statuses": statuses,
            "items_count": str(len(self.units)), "created_at": local(self.created), "updated_at": local(self.updated),
        }  # fmt: skip

    def rows(self) -> list[Doc]:
        """As `/order/items/get` shows them."""
        shared = {"order_id": self.number, "created_at": local(self.created), "updated_at": local(self.updated)}
        return [{**unit.doc, **shared, "order_item_id": unit.number, "status": unit.status} for unit in self.units]


@dataclass(slots=True)
class Reverse:
    """One reverse order of some units."""

    number: str
    shop_id: str
    order: str
    kind: str
    changed: datetime
    made: datetime
    lines: list[Doc]


@dataclass(slots=True)
class Good:
    """One SKU of one shop; `quantity` units can be sold."""

    shop_id: str
    item_id: str
    sku_id: str
    seller_sku: str
    title: str
    variation: str
    price: int
    quantity: int


@dataclass(slots=True)
class Market:
    """Everything, with the two orders of time that lists ask for."""

    setup: Setup
    shops: tuple[str, ...]
    orders: dict[str, Order] = field(default_factory=dict)
    goods: dict[tuple[str, str], Good] = field(default_factory=dict)
    reverses: dict[str, Reverse] = field(default_factory=dict)
    packages: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    served: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    times: dict[tuple[str, str], list[tuple[datetime, str]]] = field(default_factory=dict)
    count: int = 0

    def serial(self) -> int:
        """A new number."""
        self.count += 1
        return self.count

    def of(self, shop_id: str) -> list[Order]:
        """The orders of a shop, in the order in which they came."""
        return [order for order in self.orders.values() if order.shop_id == shop_id]

    def add(self, order: Order) -> None:
        """Take in a new order, or one that takes the place of an old one."""
        if (old := self.orders.get(order.number)) is not None:
            self._forget(old)
        self.orders[order.number] = order
        insort(self.times.setdefault((order.shop_id, "created"), []), (order.created, order.number))
        insort(self.times.setdefault((order.shop_id, "updated"), []), (order.updated, order.number))

    def _forget(self, order: Order) -> None:
        for axis, at in (("created", order.created), ("updated", order.updated)):
            self.times[order.shop_id, axis].remove((at, order.number))

    def touch(self, order: Order, at: datetime | None = None) -> None:
        """It changed at `at`, or now."""
        known = order.number in self.orders
        rows = self.times.get((order.shop_id, "updated"), [])
        if known:
            del rows[bisect_left(rows, (order.updated, order.number))]
        order.updated = (at or self.setup.now()).replace(microsecond=0)
        if known:
            insort(rows, (order.updated, order.number))

    def between(self, shop_id: str, axis: str, after: datetime | None, before: datetime | None) -> list[str]:
        """Numbers from `after` to `before`, both inclusive, oldest first."""
        rows = self.times.get((shop_id, axis), [])
        first = bisect_left(rows, (after,)) if after is not None else 0
        last = bisect_left(rows, (before, "~")) if before is not None else len(rows)
        return [number for _, number in rows[first:last]]
