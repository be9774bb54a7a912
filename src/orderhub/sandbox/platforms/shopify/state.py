"""What one Shopify sandbox knows: shops, orders, goods, places. Imports `emulator` and this folder's wire.

Documents are kept as the schema shapes them, connections as plain lists. Keys that start with an underscore are the
sandbox's own: amounts in hundredths, references.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from orderhub.sandbox.emulator import Setup
from orderhub.sandbox.market import MarketBase
from orderhub.sandbox.platforms.shopify.wire import gid, iso, number

__all__ = ["Doc", "Market", "Order", "Shop"]

Doc = dict[str, Any]


@dataclass(slots=True)
class Shop:
    """One store.

    Attributes:
        currency: Of its own money.
        rate: Hundredths of that currency for 100 fen of the catalogue, as (numerator, denominator).
        taxes_included: Whether prices hold the tax.
        tax: Rate of tax in parts of 10,000.
        locations: Where its stock is; the first one ships.
    """

    shop_id: str
    number: int
    name: str
    domain: str
    currency: str
    rate: tuple[int, int]
    taxes_included: bool
    tax: int
    locations: list[Doc] = field(default_factory=list)


@dataclass(slots=True)
class Order:
    """One order.

    Attributes:
        doc: As the schema shapes it; `_cents` and the like are the sandbox's own.
        shown_from: UTC text before which no call shows it (a late order).
        webhooks: What was pushed about it, oldest first.
    """

    shop_id: str
    doc: Doc
    shown_from: str = ""
    webhooks: list[Doc] = field(default_factory=list)
    filed: dict[str, tuple[str, int]] = field(default_factory=dict)

    @property
    def number(self) -> str:
        """The number inside its id."""
        return str(self.doc["legacyResourceId"])

    @property
    def lines(self) -> list[Doc]:
        """lineItems."""
        lines: list[Doc] = self.doc["lineItems"]
        return lines

    def line(self, given: Any) -> Doc | None:
        """The line of this id, global or not."""
        return next((line for line in self.lines if number(line["id"]) == number(given)), None)


class Market(MarketBase[Shop, Order, str]):
    """The whole state, sorted by creation and by change for the lists."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.things: dict[str, tuple[str, Doc]] = {}
        self.products: dict[str, list[Doc]] = defaultdict(list)
        self.variants: dict[str, dict[str, Doc]] = defaultdict(dict)
        self.served: dict[str, Any] = {}
        self.keys: dict[tuple[str, str], tuple[str, Any]] = {}
        self.heard: Callable[[Order, str, Doc], None] = lambda order, topic, about: None
        self.late = False
        self._rows: dict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)

    def stamp(self) -> str:
        """Now, as the wire writes it."""
        return iso(self.setup.now())

    def new(self, shop_id: str, kind: str, /, **fields: Any) -> Doc:
        """A document with an id of its own, found by it later."""
        shop = self.shops[shop_id]
        serial = 5_000_000_000_000 + shop.number * 100_000_000 + self.serial()
        return self.keep(shop_id, {"id": gid(kind, serial), **fields})

    def keep(self, shop_id: str, doc: Doc) -> Doc:
        """Let it be found by its id."""
        self.things[doc["id"]] = (shop_id, doc)
        return doc

    def find(self, shop_id: str, kind: str, given: Any) -> Doc | None:
        """The document of a shop by its global id; None when it is not of this kind or shop."""
        if not isinstance(given, str) or not given.startswith(f"gid://shopify/{kind}/"):
            return None
        owner, doc = self.things.get(given, ("", {}))
        return doc if owner == shop_id else None

    def add(self, order: Order) -> None:
        """Take in a new order, or one whose document was replaced."""
        self.enter(order.shop_id, order.number, order)
        self.keep(order.shop_id, order.doc)
        self.refile(order)

    def refile(self, order: Order) -> None:
        """Put the order where its times belong."""
        for axis in ("updatedAt", "createdAt"):
            rows, new = self._rows[order.shop_id, axis], (order.doc[axis], int(order.number))
            old = order.filed.get(axis)
            if old == new:
                continue
            if old is not None:
                del rows[bisect_left(rows, old)]
            insort(rows, new)
            order.filed[axis] = new

    def rows(self, shop_id: str, axis: str, low: str = "", high: str = "\uffff") -> list[tuple[str, int]]:
        """(time, number) of orders of a shop by an axis, from `low` to `high`, both included, oldest first."""
        rows = self._rows[shop_id, axis]
        return rows[bisect_left(rows, (low, 0)) : bisect_left(rows, (high, 1 << 62))]
