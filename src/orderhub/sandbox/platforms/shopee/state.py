"""What one Shopee sandbox knows: shops, orders, returns, goods. Imports `emulator` and this folder's tables.

Documents are kept as the wire writes them; what no call tells is kept beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from orderhub.sandbox.emulator import Setup
from orderhub.sandbox.market import MarketBase
from orderhub.sandbox.platforms.shopee.spec import CHANNELS, Channel, Region
from orderhub.sandbox.platforms.shopee.wire import Doc, units

__all__ = ["AXES", "Item", "Market", "Model", "Order", "Return", "Shop", "Track"]

AXES = ("create_time", "update_time")
_CHANNEL = {channel.number: channel for channel in CHANNELS}


@dataclass(frozen=True, slots=True)
class Shop:
    """One shop: its number on the wire, and the country whose currency it counts in."""

    shop_id: str
    number: int
    name: str
    region: Region


@dataclass(slots=True)
class Track:
    """What is known about a package beside its document.

    Attributes:
        tracking: Its number, empty before it is arranged.
        shown_from: Epoch seconds from which the number can be read.
        way: How it is sent: pickup, dropoff or non_integrated.
        events: (epoch seconds, logistics status), oldest first.
    """

    tracking: str = ""
    shown_from: int = 0
    way: str = ""
    events: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class Order:
    """One order.

    Attributes:
        doc: All that get_order_detail can tell.
        parcels: By package_number.
        before: The status that a refused wish to cancel goes back to.
        shown_from: Epoch seconds before which no call shows it (a late order).
        masked: Its receiver is shown with stars.
        held: Whether its units are reserved in stock.
        returns: return_sn of its cases, oldest first.
    """

    shop: Shop
    doc: Doc
    parcels: dict[str, Track] = field(default_factory=dict)
    before: str = ""
    shown_from: int = 0
    masked: bool = False
    held: bool = False
    returns: list[str] = field(default_factory=list)
    filed: dict[str, int] = field(default_factory=dict)
    shop_id: str = ""

    def __post_init__(self) -> None:
        self.shop_id = self.shop.shop_id

    @property
    def sn(self) -> str:
        """order_sn."""
        return str(self.doc["order_sn"])

    @property
    def status(self) -> str:
        """order_status."""
        return str(self.doc["order_status"])

    @property
    def items(self) -> list[Doc]:
        """item_list."""
        items: list[Doc] = self.doc["item_list"]
        return items

    @property
    def packages(self) -> list[Doc]:
        """package_list."""
        packages: list[Doc] = self.doc["package_list"]
        return packages

    @property
    def total(self) -> int:
        """What the buyer owes, in smallest units."""
        return units(self.doc["total_amount"], self.shop.region.digits)

    def package(self, number: str) -> Doc | None:
        """The package, None if it is not of this order."""
        return next((one for one in self.packages if one["package_number"] == number), None)

    def channel(self, package: Doc) -> Channel:
        """How the package goes."""
        return _CHANNEL[package["logistics_channel_id"]]


@dataclass(slots=True)
class Model:
    """One variant of an item; number 0 is the item itself. `reserved` units belong to orders not yet sent."""

    number: int
    sku: str
    name: str
    price: int
    stock: int
    reserved: int = 0
    tier: int = 0


@dataclass(slots=True)
class Item:
    """One item of one shop."""

    shop_id: str
    number: int
    sku: str
    name: str
    option: str
    models: dict[int, Model]
    updated: int = 0


@dataclass(slots=True)
class Return:
    """One case."""

    shop: Shop
    doc: Doc
    filed: dict[str, int] = field(default_factory=dict)


class Market(MarketBase[Shop, Order, int]):
    """The whole state. Lists are cut from indexes that every change keeps sorted."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.returns: dict[str, Return] = {}
        self.items: dict[tuple[str, int], Item] = {}
        self.served: dict[tuple[str, str], Any] = {}
        self.heard: Callable[[Order, int], None] = lambda order, code: None
        self.has_opened = False

    def stamp(self) -> int:
        """Now, in epoch seconds."""
        return int(self.setup.now().timestamp())

    def add(self, order: Order) -> None:
        """Take in a new order, or one whose document was replaced."""
        self.enter(order.shop_id, order.sn, order)
        self.refile(order)

    def touch(self, order: Order, at: int | None = None, code: int = 3) -> None:
        """It changed at `at` (None: now); `code` is the push that tells it, 0 for none."""
        order.doc["update_time"] = self.stamp() if at is None else at
        self.refile(order)
        if code:
            self.heard(order, code)

    def refile(self, order: Order) -> None:
        """Put the order where its times belong."""
        self.file(order.shop_id, order.sn, order.filed, {axis: order.doc[axis] for axis in AXES})

    def file_return(self, case: Return) -> None:
        """Take in a case, or move one that changed."""
        sn = case.doc["return_sn"]
        self.returns[sn] = case
        self.file(case.shop.shop_id, sn, case.filed, {f"returns {axis}": case.doc[axis] for axis in AXES})

    def model(self, shop_id: str, item_id: int, model_id: int) -> Model | None:
        """The variant, None if the shop does not sell it."""
        item = self.items.get((shop_id, item_id))
        return item.models.get(model_id) if item else None
