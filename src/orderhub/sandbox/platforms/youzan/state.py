"""What one Youzan sandbox knows: shops, trades, refunds, goods. Imports `emulator` and this folder's wire.

Documents are kept as the wire writes them (yuan texts, China times).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from orderhub.sandbox.emulator import Setup
from orderhub.sandbox.market import MarketBase
from orderhub.sandbox.platforms.youzan.wire import china, epoch

__all__ = ["Doc", "Good", "Market", "Order", "Shop"]

Doc = dict[str, Any]
_TIMES = {"created": "created", "update": "update_time", "pay": "pay_time", "success": "success_time"}


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop; `kdt_id` is what the platform calls it."""

    shop_id: str
    number: int
    kdt_id: str


@dataclass(slots=True)
class Order:
    """One trade.

    Attributes:
        doc: full_order_info.
        parcels: What was confirmed, in the words of the confirming call.
        refunds: Its cases, oldest first.
        shown_from: China time before which no call shows it (a late order).
        settles: (China time, refund_state) of a refund on its way.
        filed: The times it is filed under.
        pushes: What was pushed about it.
    """

    shop_id: str
    doc: Doc
    parcels: list[Doc] = field(default_factory=list)
    refunds: list[Doc] = field(default_factory=list)
    shown_from: str = ""
    settles: tuple[str, int] | None = None
    filed: dict[str, str] = field(default_factory=dict)
    pushes: list[Doc] = field(default_factory=list)

    @property
    def info(self) -> Doc:
        """order_info."""
        found: Doc = self.doc["order_info"]
        return found

    @property
    def tid(self) -> str:
        """Its number."""
        return str(self.info["tid"])

    @property
    def lines(self) -> list[Doc]:
        """orders."""
        found: list[Doc] = self.doc["orders"]
        return found

    def sent(self) -> set[str]:
        """Oids that are in a parcel."""
        return {oid for parcel in self.parcels for oid in parcel["oids"].split(",")}


@dataclass(slots=True)
class Good:
    """One SKU of one shop; quantities in units."""

    shop_id: str
    item_id: int
    sku_id: int
    code: str
    title: str
    variant: str
    price_fen: int
    quantity: int


class Market(MarketBase[Shop, Order, str]):
    """The whole state; lists are cut from sorted indexes."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.goods: dict[tuple[str, int, int], Good] = {}
        self.cases: dict[str, tuple[Order, Doc]] = {}
        self.served: dict[str, list[str]] = {}
        self.late = 0
        self._moving: list[Order] = []

    def stamp(self) -> str:
        """Now, as the wire writes it."""
        return china(self.setup.now())

    def add(self, order: Order) -> None:
        """Take in a new trade, or one whose document was replaced."""
        self.enter(order.shop_id, order.tid, order)
        self.refile(order)

    def touch(self, order: Order, at: str = "") -> None:
        """It changed at `at` (empty: now)."""
        order.info["update_time"] = at or self.stamp()
        self.refile(order)

    def refile(self, order: Order) -> None:
        """Put the trade where its times belong, and push its news."""
        times = {axis: str(order.info.get(name, "")) for axis, name in _TIMES.items()}
        self.file(order.shop_id, order.tid, order.filed, times)
        self._push(order)

    def _push(self, order: Order) -> None:
        """What the shop's address hears: the words of the body are told nowhere but for its type."""
        content = {"tid": order.tid, "status": order.info["status"], "update_time": order.info["update_time"]}
        order.pushes.append({
            "type": "trade_TradeChanged", "kdt_id": int(self.shops[order.shop_id].kdt_id), "id": order.tid,
            "status": order.info["status"], "version": epoch(order.info["update_time"]), "test": False,
            "msg": quote(json.dumps(content)),
        })  # fmt: skip
        del order.pushes[:-3]

    def moving(self, order: Order, until: str, state: int) -> None:
        """A refund is on its way: `state` is shown from `until` on."""
        if order.settles is None:
            self._moving.append(order)
        order.settles = (until, state)

    def settle(self) -> None:
        """Refunds that are done by now are done, each at its own time."""
        now = self.stamp()
        for order in [one for one in self._moving if one.settles and one.settles[0] <= now]:
            at, order.info["refund_state"] = order.settles or ("", 0)
            order.settles = None
            self.touch(order, at)
        self._moving = [one for one in self._moving if one.settles]

    def find(self, shop_id: str, tid: str) -> Order | None:
        """The trade if this shop has it and it may be seen yet."""
        order = self.orders.get(tid)
        return order if order and order.shop_id == shop_id and order.shown_from <= self.stamp() else None
