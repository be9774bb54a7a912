"""What one WooCommerce sandbox knows: shops, orders, goods, webhooks. Imports `emulator` and this folder's wire.

Documents are kept as the wire writes them but for instants, which stand beside them in epoch seconds.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from orderhub.sandbox.emulator import Setup
from orderhub.sandbox.platforms.woocommerce.wire import cents, stamps

__all__ = ["Delivery", "Doc", "Good", "Hook", "Market", "Order", "Product", "Shop"]

Doc = dict[str, Any]
DELIVERIES_KEPT = 1000
_END = float("inf")


@dataclass(slots=True)
class Shop:
    """One web shop: its money, its clock, its taxes in per cent, its key.

    Attributes:
        taxed: Whether its prices include tax.
        offset_h: Hours that site time is east of GMT.
    """

    shop_id: str
    number: int
    currency: str
    offset_h: float
    tax_percent: int
    taxed: bool
    key: str
    secret: str = field(repr=False)


@dataclass(slots=True)
class Order:
    """One order; instants in epoch seconds. `shown_from`: no call shows it before that (a late order)."""

    shop_id: str
    doc: Doc
    created: int
    modified: int
    paid: int | None = None
    completed: int | None = None
    shown_from: int = 0
    notes: list[Doc] = field(default_factory=list)
    refunds: list[Doc] = field(default_factory=list)
    filed: tuple[int, int] | None = None
    took_stock: bool = False

    @property
    def number(self) -> int:
        """id."""
        return int(self.doc["id"])

    @property
    def refunded_cents(self) -> int:
        """What went back up to now."""
        return sum(cents(one["amount"]) for one in self.refunds)

    def told(self, shop: Shop) -> Doc:
        """The document with its instants, in site time and GMT."""
        times = (("date_created", self.created), ("date_modified", self.modified), ("date_paid", self.paid),
                 ("date_completed", self.completed))  # fmt: skip
        told = dict(self.doc)
        for name, seconds in times:
            told |= stamps(name, seconds, shop.offset_h)
        return told


@dataclass(slots=True)
class Good:
    """What is bought: a variation, or a product sold in one version (`variation_id` 0)."""

    shop_id: str
    product_id: int
    variation_id: int
    sku: str
    title: str
    options: tuple[tuple[str, str], ...]
    price_cents: int
    quantity: int
    modified: int
    managed: bool = True
    stock_status: str = ""
    backorders: str = "no"

    @property
    def number(self) -> int:
        """The id that writes address."""
        return self.variation_id or self.product_id

    @property
    def shown_status(self) -> str:
        """By quantity where stock is managed."""
        if not self.managed:
            return self.stock_status or "instock"
        return "instock" if self.quantity > 0 else "outofstock" if self.backorders == "no" else "onbackorder"


@dataclass(slots=True)
class Product:
    """A product with its goods: one of no variation, or its variations."""

    shop_id: str
    product_id: int
    title: str
    sku: str
    created: int
    goods: list[Good]

    @property
    def modified(self) -> int:
        """When the last of its goods changed."""
        return max(good.modified for good in self.goods)

    @property
    def simple(self) -> bool:
        """Sold in one version."""
        return self.goods[0].variation_id == 0


@dataclass(slots=True)
class Hook:
    """One webhook; `failures` in a row."""

    shop_id: str
    hook_id: int
    name: str
    topic: str
    url: str
    secret: str = field(repr=False)
    status: str = "active"
    created: int = 0
    failures: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to a webhook's address, as it leaves the shop."""

    delivery_id: str
    hook_id: int
    url: str
    headers: dict[str, str]
    body: bytes = field(repr=False)

    def view(self) -> Doc:
        """As a tester sees it."""
        return {"delivery": self.delivery_id, "webhook": self.hook_id, "url": self.url, "headers": dict(self.headers),
                "body": self.body.decode()}  # fmt: skip


class Market:
    """The whole state. Windows are cut from sorted lists that every change keeps in order."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self.shops: dict[str, Shop] = {}
        self.orders: dict[int, Order] = {}
        self.by_shop: dict[str, dict[int, Order]] = defaultdict(dict)
        self.products: dict[str, dict[int, Product]] = defaultdict(dict)
        self.goods: dict[tuple[str, int], Good] = {}
        self.hooks: dict[str, dict[int, Hook]] = defaultdict(dict)
        self.outbox: deque[Delivery] = deque(maxlen=DELIVERIES_KEPT)
        self.lists: dict[Any, list[int]] = {}
        self.pages: dict[str, tuple[int, int]] = {}
        self.late = False
        self.heard: Callable[[Order, str], None] = lambda order, event: None
        self._axes: dict[tuple[str, str], list[tuple[int, int]]] = defaultdict(list)
        self._serial: dict[int, int] = defaultdict(int)

    def now(self) -> int:
        """Epoch seconds of the sandbox clock."""
        return int(self.setup.now().timestamp())

    def ago(self, hours: float) -> int:
        """Epoch seconds so many hours before now."""
        return int((self.setup.now() - timedelta(hours=hours)).timestamp())

    def serial(self, shop: Shop) -> int:
        """The next number of a shop; all posts share one row of numbers. Shops keep apart for the tester's sake."""
        self._serial[shop.number] += 1
        return shop.number * 10_000_000 + self._serial[shop.number]

    def of(self, shop_id: str) -> Iterable[Order]:
        """The orders of a shop, in the order in which they came."""
        return self.by_shop[shop_id].values()

    def add(self, order: Order) -> None:
        """Take in a new order, or one whose document was replaced."""
        event = "updated" if order.number in self.orders else "created"
        self.orders[order.number] = self.by_shop[order.shop_id][order.number] = order
        self._file(order)
        self.heard(order, event)

    def touch(self, order: Order, at: int | None = None) -> None:
        """It changed, now or at `at`."""
        order.modified = self.now() if at is None else at
        self._file(order)
        self.heard(order, "updated")

    def drop(self, order: Order) -> None:
        """It is gone for good."""
        self.lists.clear()
        for axis, seconds in zip(("created", "modified"), order.filed or (), strict=False):
            rows = self._axes[order.shop_id, axis]
            del rows[bisect_left(rows, (seconds, order.number))]
        del self.orders[order.number], self.by_shop[order.shop_id][order.number]
        self.heard(order, "deleted")

    def _file(self, order: Order) -> None:
        self.lists.clear()
        new = (order.created, order.modified)
        for place, axis in enumerate(("created", "modified")):
            rows = self._axes[order.shop_id, axis]
            if order.filed is not None:
                del rows[bisect_left(rows, (order.filed[place], order.number))]
            insort(rows, (new[place], order.number))
        order.filed = new

    def window(self, shop_id: str, axis: str, low: float, high: float, *, inclusive: bool) -> list[int]:
        """Ids of orders whose time on the axis lies between two instants, by time, then id."""
        rows: Any = self._axes[shop_id, axis]
        first, last = (-1.0, _END) if inclusive else (_END, -1.0)
        return [number for _, number in rows[bisect_left(rows, (low, first)) : bisect_left(rows, (high, last))]]

    def good_of(self, line: Doc, shop_id: str) -> Good | None:
        """What a line of an order sells."""
        return self.goods.get((shop_id, int(line["variation_id"] or line["product_id"] or 0)))
