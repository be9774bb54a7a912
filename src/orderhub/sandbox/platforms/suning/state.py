"""What one Suning sandbox knows: shops, orders, after-sales, goods. Imports `emulator` and this folder's wire.

Documents are kept as the wire writes them (all texts, China times); when a line last changed is kept beside them,
because only some calls tell it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from orderhub.sandbox.emulator import Setup
from orderhub.sandbox.market import MarketBase
from orderhub.sandbox.platforms.suning.wire import china, fen

__all__ = ["Doc", "Good", "Index", "Market", "Order", "Refund", "Shop"]

Doc = dict[str, Any]


@dataclass(slots=True)
class Shop:
    """One shop with its warehouses, code to name; the first one is the default."""

    shop_id: str
    number: int
    name: str
    warehouses: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Order:
    """One order.

    Attributes:
        doc: As the wire writes it, without orderLineStatusChangeTime.
        changed: When each line last changed, China time.
        shown_from: China time before which no call shows it (a late order).
        refunds: Ids of its after-sales, oldest first.
        delays: Days by which the shop put off the receipt, by waybill number.
    """

    shop_id: str
    doc: Doc
    changed: dict[str, str] = field(default_factory=dict)
    shown_from: str = ""
    refunds: list[str] = field(default_factory=list)
    delays: dict[str, int] = field(default_factory=dict)
    filed: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """orderCode."""
        return str(self.doc["orderCode"])

    @property
    def lines(self) -> list[Doc]:
        """orderDetail."""
        lines: list[Doc] = self.doc["orderDetail"]
        return lines

    @property
    def modified(self) -> str:
        """The latest change of a line."""
        return max(self.changed.values(), default=self.doc["orderTime"])

    @property
    def total_fen(self) -> int:
        """What the buyer owes for the whole order."""
        return sum(fen(str(line["payAmount"])) for line in self.lines)

    def line(self, number: str) -> Doc | None:
        """The line, None if it is not of this order."""
        return next((line for line in self.lines if line["orderLineNumber"] == number), None)

    def told(self) -> Doc:
        """The document with the time of each line's last change."""
        lines = [{**line, "orderLineStatusChangeTime": self.changed[line["orderLineNumber"]]} for line in self.lines]
        return {**self.doc, "orderDetail": lines}


@dataclass(slots=True)
class Refund:
    """One after-sales case of one line.

    Attributes:
        refund_id: Known to the newer calls and to the tester only.
        code: C0xx.
        goods: Whether goods come back.
        fee_fen: What the buyer asks for, or got.
        moved: When `code` last changed, China time.
    """

    refund_id: str
    shop_id: str
    order_code: str
    line: str
    doc: Doc
    code: str
    goods: bool
    fee_fen: int
    moved: str


@dataclass(slots=True)
class Good:
    """One product code of one shop.

    Attributes:
        master: Code of the product that it is a variant of; empty for a product sold in one version.
        stock: Units by warehouse.
        locked: Units that unpaid orders hold.
    """

    shop_id: str
    code: str
    item_code: str
    master: str
    title: str
    price_fen: int
    stock: dict[str, int]
    locked: int = 0

    @property
    def quantity(self) -> int:
        """Units in all warehouses."""
        return sum(self.stock.values())


class Index:
    """Keys sorted by time; a key may stand at several times."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, str]] = []

    def move(self, key: str, old: Collection[str], new: Collection[str]) -> None:
        """Take the key from the times `old`, put it at the times `new`."""
        for at in sorted(set(old) - set(new)):
            del self._rows[bisect_left(self._rows, (at, key))]
        for at in sorted(set(new) - set(old)):
            insort(self._rows, (at, key))

    def window(self, start: str, end: str) -> list[str]:
        """Keys with a time from `start` to `end`, each once, by its latest time in there, oldest first."""
        low, high = bisect_left(self._rows, (start, "")), bisect_left(self._rows, (end, "\uffff"))
        newest = dict.fromkeys(key for _, key in reversed(self._rows[low:high]))
        return list(newest)[::-1]


class Market(MarketBase[Shop, Order, str]):
    """The whole state. Lists are cut from indexes that every change keeps sorted."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.refunds: dict[str, Refund] = {}
        self.exchanges: dict[str, Doc] = {}
        self.goods: dict[tuple[str, str], Good] = {}
        self.masters: set[tuple[str, str]] = set()
        self.by_item: dict[tuple[str, str], Good] = {}
        self.sms: dict[tuple[str, str], str] = {}
        self.served: dict[tuple[str, str], list[str]] = {}
        self.lists: dict[tuple[str, ...], list[str]] = {}
        self.late = False
        self.heard: Callable[[Order], None] = lambda order: None
        self._times: dict[tuple[str, str], Index] = defaultdict(Index)

    def stamp(self) -> str:
        """Now, as the wire writes it."""
        return china(self.setup.now())

    def add(self, order: Order) -> None:
        """Take in a new order, or one whose document was replaced."""
        self.enter(order.shop_id, order.code, order)
        self.refile(order)

    def touch(self, order: Order, at: str = "", lines: Collection[str] | None = None) -> None:
        """These lines (None: all) changed at `at` (empty: now)."""
        at = at or self.stamp()
        for number in order.changed if lines is None else lines:
            order.changed[number] = at
        self.refile(order)

    def refile(self, order: Order) -> None:
        """Put the order where its times belong; every list cut before is out of date."""
        self.lists.clear()
        times = {
            "created": frozenset({order.doc["orderTime"]}),
            "changed": frozenset(order.changed.values()),
        }
        for axis, new in times.items():
            self._times[order.shop_id, axis].move(order.code, order.filed.get(axis, frozenset()), new)
        order.filed = times
        self.heard(order)

    def file_refund(self, refund: Refund, old: str = "") -> None:
        """Take in a case, or move one that was last changed at `old`."""
        if refund.refund_id not in self.refunds:
            self.refunds[refund.refund_id] = refund
            self._times[refund.shop_id, "applied"].move(refund.refund_id, (), (refund.doc["applyTime"],))
        self._times[refund.shop_id, "moved"].move(refund.refund_id, (old,) if old else (), (refund.moved,))

    def window(self, shop_id: str, axis: str, start: str, end: str) -> list[str]:
        """Codes of orders, or ids of after-sales, whose time on the axis lies in the window, oldest first."""
        return self._times[shop_id, axis].window(start, end)

    def add_good(self, good: Good) -> None:
        """Offer a product."""
        self.goods[good.shop_id, good.code] = self.by_item[good.shop_id, good.item_code] = good
        if good.master:
            self.masters.add((good.shop_id, good.master))

    def refunds_of(self, order: Order) -> list[Refund]:
        """After-sales of an order, oldest first."""
        return [self.refunds[one] for one in order.refunds]
