"""The tester's hand in the Amazon market: truth, new orders, changes from the buyer's side, quantities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from orderhub.sandbox.emulator import ControlError
from orderhub.sandbox.platforms.amazon.intake import is_2026, to_v0
from orderhub.sandbox.platforms.amazon.moves import (
    Illegal,
    arrive,
    ask_cancel,
    cancel,
    confirm,
    hold_stock,
    open_units,
    pay,
    put_quantity,
    recount,
    refund,
)
from orderhub.sandbox.platforms.amazon.seed import make_order
from orderhub.sandbox.platforms.amazon.state import Market, Order
from orderhub.sandbox.platforms.amazon.view_2026 import DATA_SETS, order_2026
from orderhub.sandbox.platforms.amazon.view_v0 import UNPAID
from orderhub.sandbox.platforms.amazon.wire import Doc, iso
from orderhub.sandbox.workbench import Workbench

__all__ = ["Tester"]

_ADDRESS = (
    "Name", "CompanyName", "AddressLine1", "AddressLine2", "AddressLine3", "City", "County", "District",
    "StateOrRegion", "Municipality", "PostalCode", "CountryCode", "Phone", "AddressType",
)  # fmt: skip


class Tester(Workbench[Market, Order]):
    """The control half of the emulator; documents may be of either version."""

    id_field = "AmazonOrderId"
    illegal = Illegal
    stock_keys = ("shop_id", "sku", "asin", "marketplace_id")

    def _actions(self) -> Mapping[str, Callable[[Market, Order, Mapping[str, Any]], None]]:
        return ACTIONS

    def _id_of(self, given: Mapping[str, Any]) -> str:
        return str(_split(given)[0].get(self.id_field, ""))

    def records(self, shop_id: str | None) -> list[dict[str, Any]]:
        """Every order; `total` is None while no reply tells it."""
        self._market.settle()
        return super().records(shop_id)

    def _row(self, order: Order) -> dict[str, Any]:
        total = order.doc.get("OrderTotal") or {}
        hidden = order.status in UNPAID and not (
            self._market.switch("pending_total") or self._market.switch("pending_prices_2026")
        )
        return {
            "order_id": order.order_id, "shop_id": order.shop_id, "modified": order.doc["LastUpdateDate"],
            "total": None if hidden else total.get("Amount"),
            "currency": total.get("CurrencyCode") or self._market.marketplace(order).currency,
        }  # fmt: skip

    def record(self, record_id: str) -> dict[str, Any]:
        """The order as v0 writes it, with everything, its items, and `_sandbox`: what no v0 call tells."""
        self._market.settle()
        order = self._order(record_id)
        extra = {
            "shop_id": order.shop_id, "packages": order.packages, "refunds": order.refunds,
            "regulated": order.regulated,
            "delivery": order.delivery, "shown_from": iso(order.shown_from) if order.shown_from else "",
            "orders_2026": order_2026(self._market, order, DATA_SETS, DATA_SETS),
        }  # fmt: skip
        return {**order.doc, "OrderItems": order.items, "_sandbox": extra}

    def _fresh(self, shop_id: str, body: Mapping[str, Any]) -> Order:
        market = self._market
        order = make_order(market, market.shops[shop_id], self._setup.rng, market.now())
        order.doc["OrderStatus"] = "Pending"
        self._take_in(order)
        hold_stock(market, order)
        market.tell(order, "OrderStatusChange")
        if not body.get("unpaid"):
            pay(market, order)
        return order

    def _late(self, order: Order, at: datetime) -> None:
        order.shown_from = at

    def _document(self, shop_id: str, given: dict[str, Any], old: Order | None) -> Order:
        market = self._market
        doc, items, own = _split(given)
        base = make_order(market, market.shops[shop_id], self._setup.rng, market.now(), lines=1)
        kept = {name: base.doc[name] for name in _NEEDED}
        order = Order(shop_id, {**kept, **doc}, [{**_BARE_ITEM, **item} for item in items or base.items])
        order.given = own
        if "OrderTotal" not in doc and order.status not in UNPAID:
            recount(market, order)
        if old is not None:
            old.doc, old.items, old.given, old.moved = order.doc, order.items, own, False
            market.add(old)
            return old
        self._take_in(order)
        return order

    def change(self, record_id: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """As everywhere, once what is due has happened."""
        self._market.settle()
        return super().change(record_id, body)

    def _set(self, order: Order, fields: Mapping[str, Any]) -> None:
        """Fields of 2026-01-01 are also told as given."""
        doc, items, own = _split(fields)
        order.moved = order.moved or not (order.given and own)
        order.doc["LastUpdateDate"] = self._market.stamp()
        order.doc.update(doc)
        order.given = {**order.given, "lastUpdatedTime": order.doc["LastUpdateDate"], **own} if own else order.given
        order.items = items or order.items
        self._market.add(order)
        self._market.tell(order, "OrderStatusChange")

    def stock(self, shop_id: str | None) -> list[dict[str, Any]]:
        """One row a SKU that the seller fulfils, and one a SKU and marketplace that Amazon keeps."""
        self._market.settle()
        if shop_id is not None:
            self._shop(shop_id)
        rows: list[dict[str, Any]] = [
            {"shop_id": listing.shop_id, "sku": listing.sku, "asin": listing.asin, "title": listing.title,
             "channel": "DEFAULT", "marketplace_id": None, "quantity": listing.quantity()}
            for listing in self._market.listings.values()
            if shop_id in (None, listing.shop_id) and listing.quantity() is not None
        ]  # fmt: skip
        return rows + [
            {"shop_id": row.shop_id, "sku": row.sku, "asin": row.asin, "title": row.title, "channel": "AMAZON",
             "marketplace_id": row.marketplace_id, "quantity": row.fulfillable}
            for row in self._market.fba.values()
            if shop_id in (None, row.shop_id)
        ]  # fmt: skip

    def set_stock(self, body: Mapping[str, Any]) -> list[dict[str, Any]]:
        """`{"shop_id"?, "sku" | "asin", "quantity"}`: everything that matches."""
        quantity, changed = self._matching(body)
        for row in changed:
            if row["channel"] == "DEFAULT":
                put_quantity(self._market, self._market.listings[row["shop_id"], row["sku"]], quantity)
            else:
                kept = self._market.fba[row["shop_id"], row["marketplace_id"], row["sku"]]
                kept.fulfillable, kept.updated = quantity, self._market.now()
        return [{**row, "quantity": quantity} for row in changed]


_NEEDED = (
    "AmazonOrderId", "PurchaseDate", "LastUpdateDate", "OrderStatus", "FulfillmentChannel", "SalesChannel",
    "MarketplaceId", "OrderType", "NumberOfItemsShipped", "NumberOfItemsUnshipped", "ShippingAddress",
)  # fmt: skip
_BARE_ITEM: Doc = {"QuantityOrdered": 1, "QuantityShipped": 0, "ASIN": "B0SB000000"}


def _split(given: Mapping[str, Any]) -> tuple[Doc, list[Doc], Doc]:
    """(order, items, the document itself if it is of 2026-01-01) of a document of either version."""
    bare = {name: value for name, value in given.items() if name != "_sandbox"}
    try:
        if is_2026(bare):
            return *to_v0(bare), bare
        items = bare.pop("OrderItems", [])
        for number, item in enumerate(items, 1):
            item.setdefault("OrderItemId", f"{number:014d}")
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ControlError(
            f"the document cannot be read: {error!r}", "send an order as either version writes it"
        ) from error
    return bare, items, {}


def _do_pay(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    pay(market, order)


def _do_ship(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """All that is open, or `items` (ids); `carrier` and `tracking_number` if you like."""
    wanted = [str(one) for one in body.get("items", [])]
    rows = [
        {"orderItemId": item, "quantity": units}
        for item, units in open_units(order).items()
        if units > 0 and (not wanted or item in wanted)
    ]
    if not rows:
        raise Illegal(order.status, "ship")
    confirm(market, order, {
        "packageReferenceId": str(len(order.packages) + 1), "carrierCode": "Other",
        "carrierName": str(body.get("carrier") or "SF Express"), "shipDate": market.stamp(), "orderItems": rows,
        "trackingNumber": str(body.get("tracking_number") or f"SF9{market.serial():012d}"),
    })  # fmt: skip


def _do_receive(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    arrive(market, order)


def _do_cancel(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """The whole order, or `items` (ids); `by` is BUYER, MERCHANT or AMAZON."""
    items = {str(one) for one in body.get("items", [])} or None
    cancel(market, order, str(body.get("by", "BUYER")), str(body.get("reason", "BuyerCanceled")), items)


def _do_ask_cancel(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    ask_cancel(market, order, str(body.get("reason", "Ordered by mistake")))


def _do_refund(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    """`order_item_id`, `amount`, `reason`, `returned`; before shipping it cancels, since nothing was charged yet."""
    if order.status in ("Unshipped", *UNPAID):
        cancel(market, order, "MERCHANT", str(body.get("reason", "BuyerCanceled")))
        return
    item_id = str(body.get("order_item_id") or next((one["OrderItemId"] for one in order.live()), ""))
    item = order.item(item_id)
    if item is None:
        raise ControlError(f"no item {item_id}", "use an OrderItemId of the order", 404)
    try:
        amount = Decimal(str(body["amount"])) if "amount" in body else None
    except InvalidOperation:
        raise ControlError(f"amount is {body['amount']!r}", "give a number as text") from None
    refund(market, order, item, amount, str(body.get("reason", "CustomerReturn")), bool(body.get("returned")))


def _do_address(market: Market, order: Order, body: Mapping[str, Any]) -> None:
    fresh = {name: str(body[name]) for name in _ADDRESS if name in body}
    if not fresh:
        raise ControlError("no field of the address given", "send some of " + ", ".join(_ADDRESS))
    order.doc["ShippingAddress"] = {**order.doc.get("ShippingAddress", {}), **fresh}
    market.touch(order)
    market.tell(order, "BuyerRequestedChange")


ACTIONS: dict[str, Callable[[Market, Order, Mapping[str, Any]], None]] = {
    "pay": _do_pay, "ship": _do_ship, "receive": _do_receive, "refund": _do_refund, "change_address": _do_address,
    "cancel": _do_cancel, "ask_cancel": _do_ask_cancel,
}  # fmt: skip
"""What a tester may make happen."""
