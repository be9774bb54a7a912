"""What one Amazon sandbox knows: sellers, orders, listings, FBA stock, work that is due. Imports `emulator`, this wire.

Orders are kept as Orders v0 writes them, personal data in the clear; Orders 2026-01-01 is a view of the same documents.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from operator import itemgetter

from orderhub.sandbox.emulator import Setup
from orderhub.sandbox.market import MarketBase
from orderhub.sandbox.platforms.amazon.spec import MARKETPLACES, Marketplace
from orderhub.sandbox.platforms.amazon.wire import Doc, instant_or, iso

__all__ = ["Fba", "Listing", "Market", "Order", "Seller"]

_AXES = {"created": "PurchaseDate", "updated": "LastUpdateDate"}
Key = tuple[datetime, str]


@dataclass(slots=True)
class Seller:
    """One shop: a selling partner in one region."""

    shop_id: str
    number: int
    seller_id: str
    marketplaces: tuple[Marketplace, ...]


@dataclass(slots=True, repr=False)
class Order:
    """One order.

    Attributes:
        doc: `Order` of v0 with ShippingAddress and BuyerInfo.
        items: `OrderItem`s of v0 with BuyerInfo. A cancelled one carries `_cancelled_by` and `_reason`.
        packages: `packageDetail` of each package as confirmed, with `_at` (when) and `_status`.
        shown_from: Before this instant no call finds it (a late order); None: at once.
        delivery: `DeliveryPreferences` of v0.
        regulated: What getOrderRegulatedInfo tells, None for ordinary goods.
        refunds: What was paid back: `{"at", "order_item_id", "quantity", "amount", "reason", "returned"}`.
        given: The 2026-01-01 document that a tester handed in; it is told as it is until the order moves, and for
            whatever does not move afterwards.
        full: The whole 2026-01-01 view, kept until something changes.
    """

    shop_id: str
    doc: Doc
    items: list[Doc]
    packages: list[Doc] = field(default_factory=list)
    shown_from: datetime | None = None
    delivery: Doc = field(default_factory=dict)
    regulated: Doc | None = None
    refunds: list[Doc] = field(default_factory=list)
    given: Doc = field(default_factory=dict)
    moved: bool = False
    full: Doc | None = None
    keys: dict[str, Key] = field(default_factory=dict)

    @property
    def order_id(self) -> str:
        """3-7-7 digits."""
        return str(self.doc["AmazonOrderId"])

    @property
    def status(self) -> str:
        """OrderStatus."""
        return str(self.doc["OrderStatus"])

    @property
    def fba(self) -> bool:
        """Whether Amazon ships it."""
        return self.doc.get("FulfillmentChannel") == "AFN"

    def item(self, item_id: str) -> Doc | None:
        """The item, None if it is not of this order."""
        return next((item for item in self.items if item["OrderItemId"] == item_id), None)

    def live(self) -> list[Doc]:
        """Items that are not cancelled."""
        return [item for item in self.items if "_cancelled_by" not in item]


@dataclass(slots=True)
class Listing:
    """One SKU of a seller. `attributes` as a listings submission writes them; `channels` is what took effect."""

    shop_id: str
    sku: str
    asin: str
    product_type: str
    title: str
    created: datetime
    updated: datetime
    attributes: dict[str, list[Doc]]
    price: dict[str, Doc]

    def quantity(self, channel: str = "DEFAULT") -> int | None:
        """Units offered on a channel; None when it has no quantity there."""
        rows = self.attributes.get("fulfillment_availability", [])
        return next((row.get("quantity") for row in rows if row.get("fulfillment_channel_code") == channel), None)

    def offered(self) -> bool:
        """Buyable: some channel has units, or Amazon keeps them."""
        rows = self.attributes.get("fulfillment_availability", [])
        return any(
            row.get("quantity", 0) or row.get("fulfillment_channel_code", "").startswith("AMAZON_") for row in rows
        )


@dataclass(slots=True)
class Fba:
    """Units of one SKU in Amazon's warehouses, for one marketplace."""

    shop_id: str
    sku: str
    asin: str
    marketplace_id: str
    title: str
    fulfillable: int
    inbound: int = 0
    reserved: int = 0
    unfulfillable: int = 0
    researching: int = 0
    updated: datetime = datetime(2026, 1, 1, tzinfo=UTC)


class Market(MarketBase[Seller, Order, str]):
    """The whole state. Two indexes a shop keep every window cheap; a change moves one key."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.listings: dict[tuple[str, str], Listing] = {}
        self.fba: dict[tuple[str, str, str], Fba] = {}
        self.served: dict[tuple[str, str], list[str]] = {}
        self.tell: Callable[[Order, str], None] = lambda *_: None
        self.tell_stock: Callable[[Listing], None] = lambda *_: None
        self._keys: dict[tuple[str, str], list[Key]] = defaultdict(list)
        self._by_shop: dict[str, dict[str, Order]] = defaultdict(dict)
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []

    def stamp(self) -> str:
        """Now, as the wire writes it."""
        return iso(self.setup.now())

    def later(self, seconds: float, work: Callable[[], None]) -> None:
        """Do `work` once so many seconds have passed; at once for none."""
        if seconds <= 0:
            work()
        else:
            insort(self._due, (self.now() + timedelta(seconds=seconds), self.serial(), work), key=itemgetter(0, 1))

    def settle(self) -> None:
        """Do what has become due."""
        while self._due and self._due[0][0] <= self.now():
            self._due.pop(0)[2]()

    def add(self, order: Order) -> None:
        """Take in an order, or put it where it belongs after its dates or anything else changed."""
        if order.order_id in self.orders:
            self._drop(order)
        self.orders[order.order_id] = order
        self._by_shop[order.shop_id][order.order_id] = order
        order.full = None
        for axis, name in _AXES.items():
            order.keys[axis] = key = (instant_or(order.doc.get(name), self.now()), order.order_id)
            insort(self._keys[order.shop_id, axis], key)

    def _drop(self, order: Order) -> None:
        for axis, key in order.keys.items():
            rows = self._keys[order.shop_id, axis]
            at = bisect_left(rows, key)
            if at < len(rows) and rows[at] == key:
                del rows[at]

    def touch(self, order: Order, at: str = "") -> None:
        """Something changed: LastUpdateDate is now, or `at`."""
        order.doc["LastUpdateDate"], order.moved = at or self.stamp(), True
        self.add(order)

    def of(self, shop_id: str) -> Iterator[Order]:
        """The orders of a shop, oldest entry first."""
        return iter(self._by_shop[shop_id].values())

    def listed(self, shop_id: str, axis: str, start: Key, end: datetime) -> Iterator[Order]:
        """Orders with `start` < (axis, id) and axis <= `end`, oldest first; give ("…", "") to include an instant."""
        rows = self._keys[shop_id, axis]
        for _, order_id in rows[bisect_right(rows, start) : bisect_right(rows, (end, "~"))]:
            yield self.orders[order_id]

    def order_of(self, shop_id: str, order_id: str) -> Order | None:
        """The order if this seller has it and it can be read by now."""
        order = self.orders.get(order_id)
        if order is None or order.shop_id != shop_id or (order.shown_from and order.shown_from > self.now()):
            return None
        return order

    def marketplace(self, order: Order) -> Marketplace:
        """Where it was bought."""
        rows = self.shops[order.shop_id].marketplaces
        return next((row for row in MARKETPLACES.values() if row.id == order.doc.get("MarketplaceId")), rows[0])
