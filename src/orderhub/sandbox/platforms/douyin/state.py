"""What one Douyin sandbox knows: shops, orders, after-sales, goods. Imports `emulator` and this
folder's tables.

Documents are kept as the wire writes them: fen as whole numbers, UNIX seconds, 0 for no time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from orderhub.sandbox.emulator import Setup
from orderhub.sandbox.market import MarketBase
from orderhub.sandbox.platforms.douyin.spec import COMPANIES

__all__ = ["Aftersale", "Doc", "Good", "Market", "Order", "Shop"]

Doc = dict[str, Any]


@dataclass(slots=True)
class Shop:
    """One shop; its app key is 19 digits."""

    shop_id: str
    number: int
    name: str
    app_key: str
    app_secret: str
    service_id: str


@dataclass(slots=True)
class Order:
    """One shop order.

    Attributes:
        doc: As lists and detail write it.
        sent: Units that left, by child id.
        abnormal: 0, 1 (abnormal cancel) or 2 (risk review): lists filter by it, no field tells it.
        shown_from: Seconds before which no call shows it (a late order).
        aftersales: Ids of its cases, oldest first.
        proposal: The address that the buyer asks for, None when nothing is asked.
    """

    shop_id: str
    doc: Doc
    sent: dict[str, int] = field(default_factory=dict)
    abnormal: int = 0
    shown_from: int = 0
    aftersales: list[str] = field(default_factory=list)
    proposal: Doc | None = None
    filed: dict[str, int] = field(default_factory=dict)

    @property
    def order_id(self) -> str:
        """The parent's id."""
        return str(self.doc["order_id"])

    @property
    def children(self) -> list[Doc]:
        """sku_order_list."""
        children: list[Doc] = self.doc["sku_order_list"]
        return children

    def child(self, child_id: str) -> Doc | None:
        """The child, None if it is not of this order."""
        return next((child for child in self.children if str(child["order_id"]) == child_id), None)

    def left(self, child: Doc) -> int:
        """Units of a child that did not leave."""
        return int(child["item_num"]) - self.sent.get(str(child["order_id"]), 0)


@dataclass(slots=True)
class Aftersale:
    """One case of one child; `doc` as afterSale.List writes an item, `paid` fen that went back."""

    shop_id: str
    order_id: str
    child_id: str
    doc: Doc
    paid: int = 0
    filed: dict[str, int] = field(default_factory=dict)

    @property
    def info(self) -> Doc:
        """aftersale_info."""
        info: Doc = self.doc["aftersale_info"]
        return info

    @property
    def case_id(self) -> str:
        """aftersale_id."""
        return str(self.info["aftersale_id"])


@dataclass(slots=True)
class Good:
    """One SKU of one product; `regional` holds units by out_warehouse_id once a regional quantity was written."""

    shop_id: str
    product_id: int
    sku_id: int
    code: str
    title: str
    options: tuple[tuple[str, str], ...]
    price_fen: int
    stock: int = 0
    held: int = 0
    regional: dict[str, int] = field(default_factory=dict)


class Market(MarketBase[Shop, Order, int]):
    """The whole state. Lists are cut from indexes that every change keeps sorted."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.aftersales: dict[str, Aftersale] = {}
        self.goods: dict[tuple[str, int], Good] = {}
        self.by_code: dict[tuple[str, str], Good] = {}
        self.ciphers: dict[str, tuple[str, int, str]] = {}
        self.decrypted: dict[tuple[str, str], int] = defaultdict(int)
        self.once: dict[tuple[str, str, str], Any] = {}
        self.served: dict[tuple[str, str], list[str]] = {}
        self.lists: dict[tuple[Any, ...], list[str]] = {}
        self.late = False
        self.heard: Callable[[str, str, Doc], None] = lambda shop_id, event, told: None

    def stamp(self) -> int:
        """Now, in UNIX seconds."""
        return int(self.setup.now().timestamp())

    def company(self, code: str) -> str:
        """The name of a carrier of the list; empty when it is none."""
        return dict(COMPANIES).get(code, "")

    def add(self, order: Order) -> None:
        """Take in a new order, or one whose document was replaced."""
        self.enter(order.shop_id, order.order_id, order)
        self.refile(order)

    def touch(self, order: Order, at: int = 0) -> None:
        """The order changed at `at` seconds (0: now)."""
        at = at or self.stamp()
        order.doc["update_time"] = at
        for child in order.children:
            child["update_time"] = at
        self.refile(order)

    def refile(self, order: Order) -> None:
        """Put the order where its times belong; every list cut before is out of date."""
        self.lists.clear()
        times = {"create_time": int(order.doc["create_time"]), "update_time": int(order.doc["update_time"])}
        self.file(order.shop_id, order.order_id, order.filed, times)

    def file_case(self, case: Aftersale) -> None:
        """Take in a case, or move one that changed."""
        self.aftersales[case.case_id] = case
        times = {"apply": int(case.info["apply_time"]), "moved": int(case.info["update_time"])}
        self.file(case.shop_id, case.case_id, case.filed, times)

    def add_good(self, good: Good) -> None:
        """Offer a SKU."""
        self.goods[good.shop_id, good.sku_id] = self.by_code[good.shop_id, good.code] = good

    def cases_of(self, order: Order) -> list[Aftersale]:
        """After-sales of an order, oldest first."""
        return [self.aftersales[one] for one in order.aftersales]
