"""What one Xiaohongshu sandbox knows: shops, orders, after-sales, goods. Imports `emulator` and this folder's wire.

Documents are kept as the wire writes them: amounts in fen, times in milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from orderhub.sandbox.emulator import Setup
from orderhub.sandbox.market import MarketBase
from orderhub.sandbox.people import Person
from orderhub.sandbox.platforms.xiaohongshu.wire import ms

__all__ = ["AXES", "Doc", "Good", "Market", "Order", "Shop"]

Doc = dict[str, Any]
AXES = {1: "createdTime", 2: "updateTime"}


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
    filed: dict[str, int] = field(default_factory=dict)

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


class Market(MarketBase[Shop, Order, int]):
    """The whole state; lists are cut from sorted indexes."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.goods: dict[tuple[str, str], Good] = {}
        self.cases: dict[str, tuple[Order, Doc]] = {}
        self.ciphers: dict[str, str] = {}
        self.served: dict[str, list[str]] = {}
        self.late = 0

    def stamp(self) -> int:
        """Now, as the wire writes it."""
        return ms(self.setup.now())

    def add(self, order: Order) -> None:
        """Take in a new order, or one whose document was replaced."""
        self.enter(order.shop_id, order.order_id, order)
        self.refile(order)

    def touch(self, order: Order, at: int = 0) -> None:
        """It changed at `at` (0: now)."""
        order.doc["updateTime"] = at or self.stamp()
        self.refile(order)

    def refile(self, order: Order) -> None:
        """Put the order where its times belong."""
        self.file(order.shop_id, order.order_id, order.filed, {name: int(order.doc[name]) for name in AXES.values()})

    def find(self, shop_id: str, order_id: str) -> Order | None:
        """The order if this shop has it and it may be seen yet."""
        order = self.orders.get(order_id)
        return order if order and order.shop_id == shop_id and order.shown_from <= self.stamp() else None

    def cipher(self, text: str) -> str:
        """Text behind a code that the decrypting call opens; equal texts have codes of their own."""
        code = f"#{self.setup.rng.getrandbits(96):024x}#{self.serial()}"
        self.ciphers[code] = text
        return code
