"""What one Kuaishou sandbox knows: shops, orders, refunds, goods. Imports `emulator` and this folder's wire.

Documents are kept as open.order.detail tells them (fen, milliseconds); receivers stand beside them in the clear.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from orderhub.sandbox.emulator import Setup
from orderhub.sandbox.market import MarketBase
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


class Market(MarketBase[Shop, Order, int]):
    """The whole state. Lists are cut from indexes that every change keeps sorted."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.subs: dict[str, str] = {}
        self.refunds: dict[str, Doc] = {}
        self.goods: dict[tuple[str, int], Good] = {}
        self.ciphers: dict[str, tuple[str, int, str]] = {}
        self.served: dict[tuple[str, str], str] = {}
        self.heard: Callable[[Order, str, Doc], None] = lambda order, event, told: None

    def stamp(self) -> int:
        """Now, milliseconds."""
        return millis(self.setup.now())

    def add(self, order: Order) -> None:
        """Take in a new order, or one whose document was replaced."""
        self.enter(order.shop_id, order.oid, order)
        self.subs.update({str(sub["subOrderBaseInfo"]["oid"]): order.oid for sub in order.subs})
        self.refile(order)

    def touch(self, order: Order, at: int = 0) -> None:
        """It changed at `at` (0: now)."""
        order.base["updateTime"] = at or self.stamp()
        self.refile(order)

    def refile(self, order: Order) -> None:
        """Put the order where its times belong."""
        times = {"created": order.base["createTime"], "changed": order.base["updateTime"]}
        self.file(order.shop_id, order.oid, order.filed, times)

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
