"""What one Kuaishou sandbox knows: shops, orders, refunds, goods. Imports `emulator` and this folder's wire.

Documents are kept as open.order.detail tells them (fen, milliseconds); receivers stand beside them in the clear.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from orderhub.sandbox.emulator import Setup
from orderhub.sandbox.platforms.kuaishou.spec import REFUND_OVER
from orderhub.sandbox.platforms.kuaishou.wire import millis

__all__ = ["Doc", "Good", "Market", "Order", "Shop"]

Doc = dict[str, Any]


@dataclass(slots=True)
class Shop:
    """One shop; `open_id` names the seller in its orders."""

    shop_id: str
    number: int
    name: str
    open_id: str


@dataclass(slots=True, repr=False)
class Order:
    """One order: one SKU, and gifts.

    Attributes:
        doc: As open.order.detail tells it.
        receiver: name, mobile, address, and the names of the regions, in the clear.
        wanted: The receiver that the buyer asks for, while it is audited.
        shown_from: Milliseconds before which no call shows it (a late order).
        parcels: (waybill number, oid, pieces) of everything sent.
    """

    shop_id: str
    doc: Doc
    receiver: Doc
    wanted: Doc | None = None
    shown_from: int = 0
    refunds: list[str] = field(default_factory=list)
    parcels: list[tuple[str, str, int]] = field(default_factory=list)
    filed: dict[str, int] = field(default_factory=dict)

    @property
    def base(self) -> Doc:
        """orderBaseInfo."""
        found: Doc = self.doc["orderBaseInfo"]
        return found

    @property
    def item(self) -> Doc:
        """orderItemInfo."""
        found: Doc = self.doc["orderItemInfo"]
        return found

    @property
    def delivery(self) -> Doc:
        """orderDeliveryInfo."""
        found: Doc = self.doc["orderDeliveryInfo"]
        return found

    @property
    def oid(self) -> str:
        """The number, as text."""
        return str(self.base["oid"])

    @property
    def owed(self) -> int:
        """What the buyer owes for the whole order, fen."""
        base = self.base
        goods: int = self.item["price"] * self.item["num"]
        off = base["discountFee"] + base["payChannelDiscount"] + base["governmentDiscount"]
        return int(goods - off + base["expressFee"])

    @property
    def subs(self) -> list[Doc]:
        """subOrderInfo: gifts."""
        found: list[Doc] = self.doc["subOrderInfo"]
        return found


@dataclass(slots=True)
class Good:
    """One SKU of one shop."""

    shop_id: str
    item_id: int
    sku_id: int
    nick: str
    title: str
    variant: str
    price_fen: int
    stock: int = 0


class Index:
    """Keys sorted by time."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, str]] = []

    def move(self, key: str, old: int | None, new: int) -> None:
        """Take the key from the time `old`, put it at `new`."""
        if old is not None:
            del self._rows[bisect_left(self._rows, (old, key))]
        insort(self._rows, (new, key))

    def after(self, low: tuple[int, str], high: tuple[int, str]) -> Iterator[tuple[int, str]]:
        """Rows strictly between the two, oldest first."""
        first = bisect_left(self._rows, (low[0], low[1] + "\0"))
        return iter(self._rows[first : bisect_left(self._rows, high)])

    def before(self, low: tuple[int, str], high: tuple[int, str]) -> Iterator[tuple[int, str]]:
        """Rows strictly between the two, newest first."""
        first = bisect_left(self._rows, (low[0], low[1] + "\0"))
        return iter(self._rows[first : bisect_left(self._rows, high)][::-1])


class Market:
    """The whole state. Lists are cut from indexes that every change keeps sorted."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.shops: dict[str, Shop] = {}
        self.orders: dict[str, Order] = {}
        self.by_shop: dict[str, list[Order]] = defaultdict(list)
        self.subs: dict[str, str] = {}
        self.refunds: dict[str, Doc] = {}
        self.goods: dict[tuple[str, int], Good] = {}
        self.ciphers: dict[str, tuple[str, int, str]] = {}
        self.served: dict[tuple[str, str], str] = {}
        self.heard: Callable[[Order, str, Doc], None] = lambda order, event, told: None
        self._indexes: dict[tuple[str, str], Index] = defaultdict(Index)
        self._serial = 0

    def now(self) -> datetime:
        """Aware, UTC."""
        return self.setup.now()

    def stamp(self) -> int:
        """Now, milliseconds."""
        return millis(self.setup.now())

    def serial(self) -> int:
        """The next number of this world: 1, 2, 3…"""
        self._serial += 1
        return self._serial

    def index(self, shop_id: str, axis: str) -> Index:
        """`created`, `changed` of orders; `applied`, `moved` of refunds."""
        return self._indexes[shop_id, axis]

    def add(self, order: Order) -> None:
        """Take in a new order, or one whose document was replaced."""
        if order.oid not in self.orders:
            self.by_shop[order.shop_id].append(order)
        self.orders[order.oid] = order
        self.subs.update({str(sub["subOrderBaseInfo"]["oid"]): order.oid for sub in order.subs})
        self.refile(order)

    def touch(self, order: Order, at: int = 0) -> None:
        """It changed at `at` (0: now)."""
        order.base["updateTime"] = at or self.stamp()
        self.refile(order)

    def refile(self, order: Order) -> None:
        """Put the order where its times belong."""
        for axis, new in (("created", order.base["createTime"]), ("changed", order.base["updateTime"])):
            if order.filed.get(axis) != new:
                self.index(order.shop_id, axis).move(order.oid, order.filed.get(axis), new)
                order.filed[axis] = new

    def file_refund(self, shop_id: str, refund: Doc, old: int | None = None) -> None:
        """Take in a refund, or move one that was last changed at `old`."""
        key = str(refund["refundId"])
        if key not in self.refunds:
            self.refunds[key] = refund
            self.index(shop_id, "applied").move(key, None, refund["createTime"])
        self.index(shop_id, "moved").move(key, old, refund["updateTime"])

    def refunds_of(self, order: Order) -> list[Doc]:
        """Refunds of an order, oldest first."""
        return [self.refunds[one] for one in order.refunds]

    def running(self, order: Order) -> bool:
        """Whether money or goods of it are in dispute."""
        return any(refund["status"] not in REFUND_OVER for refund in self.refunds_of(order))
