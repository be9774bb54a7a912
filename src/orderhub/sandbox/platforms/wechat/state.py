"""What one WeChat sandbox knows: shops, orders, cases, goods. Imports `emulator`.

Documents are kept as the wire writes them: fen as integers, seconds since 1970, ids now as text, now as numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from orderhub.sandbox.emulator import Setup
from orderhub.sandbox.market import MarketBase

__all__ = ["Case", "Doc", "Good", "Market", "Order", "Shop"]

Doc = dict[str, Any]
AXES = ("create_time", "update_time")


@dataclass(slots=True)
class Shop:
    """One shop."""

    shop_id: str
    number: int
    name: str


@dataclass(slots=True)
class Order:
    """One order.

    Attributes:
        doc: `order` as order/get tells it.
        shown_from: Seconds before which no call shows it (a late order).
        cases: Ids of its after-sales, oldest first.
        filed: Times under which the indexes hold it, by axis.
    """

    shop_id: str
    doc: Doc
    shown_from: int = 0
    cases: list[str] = field(default_factory=list)
    filed: dict[str, int] = field(default_factory=dict)

    @property
    def order_id(self) -> str:
        """order_id, as text."""
        return str(self.doc["order_id"])

    @property
    def status(self) -> int:
        """The platform's number."""
        return int(self.doc["status"])

    @property
    def lines(self) -> list[Doc]:
        """product_infos."""
        lines: list[Doc] = self.doc["order_detail"]["product_infos"]
        return lines

    @property
    def price(self) -> Doc:
        """price_info."""
        price: Doc = self.doc["order_detail"]["price_info"]
        return price

    @property
    def delivery(self) -> Doc:
        """delivery_info."""
        delivery: Doc = self.doc["order_detail"]["delivery_info"]
        return delivery

    @property
    def parcels(self) -> list[Doc]:
        """delivery_product_info."""
        parcels: list[Doc] = self.delivery["delivery_product_info"]
        return parcels

    def line(self, product_id: str, sku_id: str) -> Doc | None:
        """The first line of that SKU."""
        return next((row for row in self.lines if _key(row) == (product_id, sku_id)), None)

    def sent(self, product_id: str, sku_id: str) -> int:
        """Units of a SKU in all parcels."""
        rows = [row for parcel in self.parcels for row in parcel["product_infos"]]
        return sum(int(row["product_cnt"]) for row in rows if _key(row) == (product_id, sku_id))

    def left(self, product_id: str, sku_id: str) -> int:
        """Units of a SKU still to ship: ordered, without those refunded and those sent."""
        rows = [row for row in self.lines if _key(row) == (product_id, sku_id)]
        wanted = sum(int(row["sku_cnt"]) - int(row["finish_aftersale_sku_cnt"]) for row in rows)
        return max(0, wanted - self.sent(product_id, sku_id))

    @property
    def is_all_sent(self) -> bool:
        """Nothing is left to ship."""
        return not any(self.left(*_key(row)) for row in self.lines)


def _key(row: Doc) -> tuple[str, str]:
    return str(row["product_id"]), str(row["sku_id"])


@dataclass(slots=True)
class Case:
    """One after-sale.

    Attributes:
        doc: `after_sale_order` as getaftersaleorder tells it.
        units: How many units it is about.
        accepted_at: When it was last accepted, seconds.
    """

    shop_id: str
    doc: Doc
    units: int
    accepted_at: int = 0
    filed: dict[str, int] = field(default_factory=dict)

    @property
    def case_id(self) -> str:
        """after_sale_order_id."""
        return str(self.doc["after_sale_order_id"])

    @property
    def status(self) -> str:
        """The platform's word."""
        return str(self.doc["status"])


@dataclass(slots=True)
class Good:
    """One SKU of one shop.

    Attributes:
        limited: Units kept for a time-limited discount.
        warehouses: out_warehouse_id to units.
        listed: Was offered once; stock of what never was cannot be set.
        in_review: Its draft is being looked at.
    """

    shop_id: str
    product_id: str
    sku_id: str
    sku_code: str
    title: str
    options: tuple[tuple[str, str], ...]
    price_fen: int
    quantity: int = 0
    limited: int = 0
    warehouses: dict[str, int] = field(default_factory=dict)
    listed: bool = True
    in_review: bool = False


class Market(MarketBase[Shop, Order, int]):
    """The whole state. Lists are cut from indexes that every change keeps sorted."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.cases: dict[str, Case] = {}
        self.goods: dict[tuple[str, str, str], Good] = {}
        self.goods_of: dict[str, list[Good]] = defaultdict(list)
        self.heard: Callable[[str, Order, Doc], None] = lambda event, order, told: None

    def stamp(self) -> int:
        """Now, in seconds."""
        return int(self.setup.now().timestamp())

    def add(self, order: Order) -> None:
        """Take in a new order, or one whose document was replaced."""
        self.enter(order.shop_id, order.order_id, order)
        self.refile(order)

    def touch(self, order: Order, at: int = 0) -> None:
        """The order changed at `at` seconds (0: now)."""
        order.doc["update_time"] = at or self.stamp()
        self.refile(order)

    def refile(self, order: Order) -> None:
        """Put the order where its times belong."""
        self.file(order.shop_id, order.order_id, order.filed, {axis: int(order.doc[axis]) for axis in AXES})

    def file_case(self, case: Case) -> None:
        """Take in a case, or put it where its times belong."""
        self.cases[case.case_id] = case
        times = {f"case {axis}": int(case.doc[axis]) for axis in AXES}
        self.file(case.shop_id, case.case_id, case.filed, times)

    def add_good(self, good: Good) -> None:
        """Offer a SKU."""
        self.goods[good.shop_id, good.product_id, good.sku_id] = good
        self.goods_of[good.shop_id].append(good)

    def good(self, order: Order, line: Doc) -> Good | None:
        """What a line is about."""
        return self.goods.get((order.shop_id, str(line["product_id"]), str(line["sku_id"])))

    def cases_of(self, order: Order) -> list[Case]:
        """After-sales of an order, oldest first."""
        return [self.cases[one] for one in order.cases]
