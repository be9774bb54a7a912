"""What one Pinduoduo sandbox knows: shops, orders, refunds, goods. Imports `emulator` and this folder's wire.

An order's document holds what differs from `fields.BLANK`, as the wire writes it; its receiver is kept beside it, in
the clear. Lists are cut from indexes that every change keeps sorted.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from orderhub.sandbox.emulator import Setup
from orderhub.sandbox.market import MarketBase
from orderhub.sandbox.platforms.pinduoduo.spec import WP_CARRIERS
from orderhub.sandbox.platforms.pinduoduo.wire import Raw, Refusal, china
from orderhub.sandbox.waybills import Books

__all__ = ["AXES", "HISTORY", "Doc", "Goods", "Market", "Order", "Shop"]

Doc = dict[str, Any]
AXES = ("updated_at", "confirm_time")
HISTORY = timedelta(days=90)
"""§3.1: how far back orders can be read."""


@dataclass(slots=True)
class Shop:
    """One shop; its id is the mall id, the number that tokens and messages name it by."""

    shop_id: str
    number: int
    name: str


@dataclass(slots=True)
class Order:
    """One order.

    Attributes:
        doc: As the wire writes it, without the receiver and without what is as in every order.
        receiver: In the clear: name, phone, address (street and house), province, city, town (the district).
        shown_from: Beijing time before which no call shows it (a late order).
        refunds: Ids of its after-sales, oldest first.
        printed: What `pdd.erp.order.sync` told.
        places: Where the indexes hold it, by axis.
        texts: Its encoded JSON by kind of call, dropped at every change.
    """

    shop_id: str
    doc: Doc
    receiver: Doc
    shown_from: str = ""
    refunds: list[int] = field(default_factory=list)
    printed: Doc = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    texts: dict[str, Raw] = field(default_factory=dict)

    @property
    def sn(self) -> str:
        """`YYMMDD-` and 15 digits."""
        return str(self.doc["order_sn"])

    @property
    def listed(self) -> bool:
        """Whether the platform ever shows it in lists: formed and confirmed once."""
        return bool(self.doc["confirm_time"])

    def tag(self, name: str, value: int = 1) -> None:
        """Set one of `order_tag_list`."""
        kept = [row for row in self.doc.get("order_tag_list", []) if row["name"] != name]
        self.doc["order_tag_list"] = [*kept, {"name": name, "value": value}]

    def tagged(self, name: str) -> bool:
        """Whether the tag is set to 1."""
        return any(row["name"] == name and row["value"] == 1 for row in self.doc.get("order_tag_list", []))


@dataclass(slots=True)
class Goods:
    """One listing with its skus; quantities are live, prices in fen."""

    shop_id: str
    doc: Doc
    skus: list[Doc]


class Market(MarketBase[Shop, Order, str]):
    """The whole state."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.refunds: dict[int, Doc] = {}
        self.refunds_of: dict[str, list[Doc]] = defaultdict(list)
        self.goods: dict[int, Goods] = {}
        self.served: dict[tuple[str, str], list[str]] = {}
        self.sent: dict[str, str] = {}
        self.books = Books(setup, 2, WP_CARRIERS)
        self.reported: set[str] = set()
        self.decrypted: dict[tuple[str, str], int] = defaultdict(int)
        self.messages: list[Doc] = []
        self.topics: dict[str, frozenset[str] | None] = {}
        self.late = False
        self.listings: dict[tuple[Any, ...], list[Order]] = {}

    def stamp(self) -> str:
        """Now, as the wire writes it."""
        return china(self.setup.now())

    def add(self, order: Order) -> None:
        """Take in a new order."""
        self.enter(order.shop_id, order.sn, order)
        self.changed(order)

    def touch(self, order: Order) -> None:
        """Something changed: `updated_at` is now."""
        order.doc["updated_at"] = self.stamp()
        self.changed(order)

    def changed(self, order: Order) -> None:
        """Put the order where its times belong, and forget every list and text that shows it as it was."""
        order.texts.clear()
        self.listings.clear()
        times = {axis: order.doc[axis] if order.listed else "" for axis in AXES}
        self.file(order.shop_id, order.sn, order.places, times)

    def horizon(self) -> str:
        """Ninety days ago, Beijing."""
        return china(self.now() - HISTORY)

    def find(self, shop_id: str, order_sn: str) -> Order | None:
        """The order if this shop has it and the buyer paid; un-formed groups are found, late orders not yet."""
        order = self.orders.get(order_sn)
        if order is None or order.shop_id != shop_id or not (order.listed or order.doc["pay_time"]):
            return None
        return order if order.shown_from <= self.stamp() and order.doc["created_time"] >= self.horizon() else None

    def goods_of(self, shop_id: str, goods_id: int) -> Goods:
        """The listing; refuses a foreign or unknown id."""
        goods = self.goods.get(goods_id)
        if goods is None or goods.shop_id != shop_id:
            raise Refusal(50001, "商品不存在")
        return goods
