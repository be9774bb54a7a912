"""What one JD sandbox knows: venders, orders, SKUs, refund applications, service bills. Imports this folder's wire.

Documents are kept as the classic gateway writes them (yuan texts, China times), receivers in the clear.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from orderhub.sandbox.emulator import Setup
from orderhub.sandbox.market import MarketBase
from orderhub.sandbox.platforms.jd.spec import PROVIDERS
from orderhub.sandbox.platforms.jd.wire import china
from orderhub.sandbox.waybills import Books, EWaybill

__all__ = ["Doc", "Market", "Order", "Sku", "Vender"]

Doc = dict[str, Any]
AXES = {"created": "orderStartTime", "modified": "modified"}
"""Axis to the field that it follows."""


@dataclass(slots=True)
class Vender:
    """One shop with the ids that JD binds to a token."""

    shop_id: str
    number: int
    name: str

    @property
    def vender_id(self) -> str:
        """The merchant's number."""
        return str(100_000 + self.number)

    @property
    def jd_shop_id(self) -> str:
        """The number of the shop at JD; another one than the merchant's."""
        return str(200_000 + self.number)


@dataclass(slots=True)
class Order:
    """One order.

    Attributes:
        doc: As the wire writes it, receiver in the clear, `itemExt` inside the items.
        shown_from: China time before which no call shows it (a late order).
        cipher: en* calls show this receiver as TDE ciphertext whatever the switch says.
        sent: Units sent in parts so far, by skuUuid.
        parcels: What left: `{"carrier", "number", "goods": {skuUuid: units}, "at", "shipmentId"}`.
        whole: It was shipped by the call for whole orders.
        judged: The check for partial shipment said yes.
        moved: The seller's one address change was used.
        flags: What the document does not tell: `presale`, `subsidy`, `serials`, `printed`, `ewaybills`,
            `paid_back` (fen).
        look: Receiver as shown, by manner; forgotten when the order changes.
    """

    shop_id: str
    doc: Doc
    shown_from: str = ""
    cipher: bool = False
    sent: dict[str, int] = field(default_factory=dict)
    parcels: list[Doc] = field(default_factory=list)
    whole: bool = False
    judged: bool = False
    moved: bool = False
    flags: Doc = field(default_factory=dict)
    look: dict[str, Doc] = field(default_factory=dict)

    @property
    def order_id(self) -> str:
        """Digits, at JD up to 19."""
        return str(self.doc["orderId"])

    @property
    def state(self) -> str:
        """`orderState`."""
        return str(self.doc["orderState"])

    @property
    def is_cod(self) -> bool:
        """Cash on delivery."""
        return str(self.doc["payType"]).startswith("1-")

    @property
    def is_paid(self) -> bool:
        """Whether money came in."""
        return self.doc["paymentConfirmTime"][:4] not in ("0001", "1970", "")

    def line(self, uuid: str) -> Doc | None:
        """The item row by skuUuid."""
        return next((row for row in self.doc["itemInfoList"] if row["itemExt"]["skuUuid"] == uuid), None)


@dataclass(slots=True)
class Sku:
    """One SKU of a shop. `stock` is on hand, `booked` what orders not yet shipped hold."""

    shop_id: str
    sku_id: int
    ware_id: int
    outer_id: str
    item: str
    name: str
    price_fen: int
    stock: int = 0
    booked: int = 0
    modified: str = ""


class Market(MarketBase[Vender, Order, str]):
    """The whole state. Two sorted indexes a shop follow every change in logarithmic time."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.skus: dict[int, Sku] = {}
        self.refunds: dict[int, Doc] = {}
        self.services: dict[int, Doc] = {}
        self.books = Books(setup, 3, {carrier: row[2] for carrier, row in PROVIDERS.items()})
        self.bound: dict[tuple[str, ...], list[EWaybill]] = {}
        self.stock_keys: dict[tuple[str, str], Doc] = {}
        self.served: dict[tuple[str, str], list[str]] = {}
        self.listings: dict[tuple[str, ...], list[Order]] = {}
        self.calls: dict[str, int] = {}
        self.late = False
        self._placed: dict[str, dict[str, str]] = {}

    def stamp(self) -> str:
        """Now, as the wire writes it."""
        return china(self.setup.now())

    def add(self, order: Order) -> None:
        """Take in a new order, or one whose document was replaced."""
        self.enter(order.shop_id, order.order_id, order)
        self.place(order)

    def place(self, order: Order) -> None:
        """Put the order where its times say, in both indexes; lists cut before are out of date."""
        self.listings.clear()
        order.look.clear()
        times = {axis: str(order.doc[name]) for axis, name in AXES.items()}
        self.file(order.shop_id, order.order_id, self._placed.setdefault(order.order_id, {}), times)

    def touch(self, order: Order, at: str = "") -> None:
        """Something changed: `modified` is `at`, or now."""
        order.doc["modified"] = at or self.stamp()
        self.place(order)

    def order_of(self, shop_id: str, order_id: str) -> Order | None:
        """The order if this vender has it and it may be seen by now."""
        order = self.orders.get(order_id)
        if order is None or order.shop_id != shop_id or order.shown_from > self.stamp():
            return None
        return order

    def sku_of(self, shop_id: str, sku_id: Any) -> Sku | None:
        """The SKU if this vender has it."""
        text = str(sku_id)
        sku = self.skus.get(int(text)) if text.isascii() and text.isdigit() and len(text) < 20 else None
        return sku if sku is not None and sku.shop_id == shop_id else None
