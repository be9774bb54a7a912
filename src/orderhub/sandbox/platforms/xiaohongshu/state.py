"""What one Xiaohongshu sandbox knows: shops, orders, after-sales, goods. Imports `emulator` and this folder's wire.

Documents are kept as the wire writes them: amounts in fen, times in milliseconds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orderhub.sandbox.emulator import Setup
from orderhub.sandbox.people import Person
from orderhub.sandbox.platforms.xiaohongshu.wire import ms

__all__ = ["Doc", "Good", "Market", "Order", "Shop"]

Doc = dict[str, Any]
_TIMES = {1: "createdTime", 2: "updateTime"}


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop with its warehouse."""

    shop_id: str
    number: int
    seller_id: str
    name: str
    whcode: str


@dataclass(slots=True)
class Order:
    """One order.

    Attributes:
        doc: As order.getOrderDetail tells it.
        who: The receiver, whom only the receiver call tells.
        shown_from: Milliseconds before which no call shows it (a late order).
        cases: Its after-sales, oldest first.
        filed: The times it is filed under.
    """

    shop_id: str
    doc: Doc
    who: Person
    shown_from: int = 0
    cases: list[Doc] = field(default_factory=list)
    filed: dict[int, int] = field(default_factory=dict)

    @property
    def order_id(self) -> str:
        """orderId."""
        return str(self.doc["orderId"])

    @property
    def skus(self) -> list[Doc]:
        """skuList."""
        found: list[Doc] = self.doc["skuList"]
        return found

    def sent(self) -> set[str]:
        """skuIds that are in a parcel."""
        return {sku for parcel in self.doc["simpleDeliveryOrderList"] for sku in parcel["skuIdList"]}


@dataclass(slots=True)
class Good:
    """One SKU of one shop: units for sale, and units that unpaid orders hold."""

    shop_id: str
    sku_id: str
    code: str
    title: str
    variant: str
    price_fen: int
    quantity: int
    held: int = 0


class Market:
    """The whole state; lists are cut from sorted indexes."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.shops: dict[str, Shop] = {}
        self.orders: dict[str, Order] = {}
        self.by_shop: dict[str, list[Order]] = defaultdict(list)
        self.goods: dict[tuple[str, str], Good] = {}
        self.cases: dict[str, tuple[Order, Doc]] = {}
        self.ciphers: dict[str, str] = {}
        self.served: dict[str, list[str]] = {}
        self.late = 0
        self._index: dict[tuple[str, int], list[tuple[int, str]]] = defaultdict(list)
        self._serial = 0

    def now(self) -> datetime:
        """Aware, UTC."""
        return self.setup.now()

    def stamp(self) -> int:
        """Now, as the wire writes it."""
        return ms(self.setup.now())

    def serial(self) -> int:
        """The next number of this world."""
        self._serial += 1
        return self._serial

    def add(self, order: Order) -> None:
        """Take in a new order, or one whose document was replaced."""
        if order.order_id not in self.orders:
            self.by_shop[order.shop_id].append(order)
        self.orders[order.order_id] = order
        self.refile(order)

    def touch(self, order: Order, at: int = 0) -> None:
        """It changed at `at` (0: now)."""
        order.doc["updateTime"] = at or self.stamp()
        self.refile(order)

    def refile(self, order: Order) -> None:
        """Put the order where its times belong."""
        for axis, name in _TIMES.items():
            rows, old, new = self._index[order.shop_id, axis], order.filed.get(axis, 0), int(order.doc[name])
            if old != new:
                if old:
                    del rows[bisect_left(rows, (old, order.order_id))]
                insort(rows, (new, order.order_id))
                order.filed[axis] = new

    def window(self, shop_id: str, axis: int, start: int, end: int) -> list[str]:
        """Ids of orders whose time (1 created, 2 updated) lies in the window, both ends included, oldest first."""
        rows = self._index[shop_id, axis]
        return [key for _, key in rows[bisect_left(rows, (start, "")) : bisect_right(rows, (end, "\uffff"))]]

    def find(self, shop_id: str, order_id: str) -> Order | None:
        """The order if this shop has it and it may be seen yet."""
        order = self.orders.get(order_id)
        return order if order and order.shop_id == shop_id and order.shown_from <= self.stamp() else None

    def cipher(self, text: str) -> str:
        """Text behind a code that the decrypting call opens; equal texts have codes of their own."""
        code = f"#{self.setup.rng.getrandbits(96):024x}#{self.serial()}"
        self.ciphers[code] = text
        return code
