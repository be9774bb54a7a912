"""What one Taobao sandbox knows: sellers, trades, refunds, items, tokens. Imports `emulator` and this folder's wire.

Documents are kept as the wire writes them (yuan texts, Beijing times), receivers in the clear, lists unwrapped.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import Any

from orderhub.sandbox.emulator import Setup
from orderhub.sandbox.market import MarketBase
from orderhub.sandbox.platforms.taobao.spec import ADDRESS_BOOK, CP_CARRIERS
from orderhub.sandbox.platforms.taobao.wire import Refusal, china
from orderhub.sandbox.waybills import Books

__all__ = ["Item", "Market", "Seller", "Trade"]

Doc = dict[str, Any]


@dataclass(slots=True)
class Seller:
    """One shop. `kind` is B (Tmall) or C (Taobao)."""

    shop_id: str
    number: int
    nick: str
    kind: str


@dataclass(slots=True)
class Trade:
    """One trade.

    Attributes:
        doc: As the wire writes it, receiver in the clear.
        shown_from: Beijing time before which lists do not show it (a late order).
        sent: Units consigned so far by line.
        parcels: What was consigned: `{"out_sid", "company_code", "goods": {oid: units}, "at"}`.
        split: A split consignment was made, so every later one must be split.
    """

    shop_id: str
    doc: Doc
    shown_from: str = ""
    sent: dict[int, int] = field(default_factory=dict)
    parcels: list[Doc] = field(default_factory=list)
    split: bool = False

    @property
    def tid(self) -> int:
        """19 digits."""
        return int(self.doc["tid"])

    def line(self, oid: int) -> Doc | None:
        """The sub-order, None if it is not of this trade."""
        return next((line for line in self.doc["orders"] if line["oid"] == oid), None)


@dataclass(slots=True)
class Item:
    """One listing with its skus; `with_hold` counts units of unpaid orders. `skus` empty: sold in one version."""

    shop_id: str
    doc: Doc
    skus: list[Doc] = field(default_factory=list)


class Market(MarketBase[Seller, Trade, str]):
    """The whole state. Lists are cut from indexes that are sorted again only after a change."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.books = Books(setup, 1, CP_CARRIERS)
        self.refunds: dict[str, Doc] = {}
        self.exchanges: dict[str, Doc] = {}
        self.invoices: dict[int, list[Doc]] = {}
        self.sms: dict[str, str] = {}
        self.items: dict[int, Item] = {}
        self.served: dict[tuple[str, str], list[int]] = {}
        self.stock_keys: dict[tuple[str, str], Any] = {}
        self.messages: list[Doc] = []
        self.topics: dict[str, frozenset[str] | None] = {}
        self.late = False
        self.listings: dict[tuple[str, ...], list[Trade]] = {}
        self._sorted: dict[tuple[str, str], list[tuple[str, int]]] = {}

    def stamp(self) -> str:
        """Now, as the wire writes it."""
        return china(self.setup.now())

    def add(self, trade: Trade) -> None:
        """Take in a new trade."""
        self.enter(trade.shop_id, trade.tid, trade)
        self.changed(trade.shop_id)

    def touch(self, trade: Trade) -> None:
        """Something changed: `modified` is now."""
        trade.doc["modified"] = stamp = self.stamp()
        trade.doc["async_modified"] = max(stamp, trade.shown_from)
        self.changed(trade.shop_id)

    def changed(self, shop_id: str) -> None:
        """Indexes of the shop are out of date, and so is every list cut from them."""
        self.listings.clear()
        for axis in ("created", "modified", "async_modified"):
            self._sorted.pop((shop_id, axis), None)

    def listed(self, shop_id: str, axis: str, start: str, end: str) -> list[Trade]:
        """Trades with `start` <= axis <= `end`, newest first."""
        rows = self._sorted.get((shop_id, axis))
        if rows is None:
            rows = sorted((trade.doc[axis], trade.tid) for trade in self.by_shop[shop_id])
            self._sorted[shop_id, axis] = rows
        inside = rows[bisect_left(rows, (start, 0)) : bisect_right(rows, (end, 10**19))]
        return [self.orders[tid] for _, tid in reversed(inside)]

    def trade_of(self, shop_id: str, tid: str) -> Trade | None:
        """The trade if this seller has it, whatever its age."""
        trade = self.orders.get(int(tid)) if tid.isascii() and tid.isdigit() else None
        return trade if trade is not None and trade.shop_id == shop_id else None

    def return_address(self, contact_id: str) -> str:
        """A return address of the address book as one text; the default one when none is named, refused if unknown."""
        for row in ADDRESS_BOOK:
            if contact_id in ("", str(row["contact_id"])) and (contact_id or row["cancel_def"]):
                place = "".join(str(row[name]) for name in ("province", "city", "country", "addr"))
                return f"{row['contact_name']}，{row['mobile_phone']}，{place}"
        raise Refusal(41, "isv.invalid-parameter:address_id", "地址不存在")

    def item_of(self, shop_id: str, num_iid: str) -> Item:
        """The listing; refuses a foreign or unknown id."""
        item = self.items.get(int(num_iid)) if num_iid.isascii() and num_iid.isdigit() else None
        if item is None or item.shop_id != shop_id:
            raise Refusal(15, "isv.item-not-exist:invalid-numIid-or-iid", "商品不存在")
        return item
