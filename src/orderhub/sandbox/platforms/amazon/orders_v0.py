"""Orders v0 read. Source: docs/platforms/amazon.md §2, §5.1."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from orderhub.sandbox.platforms.amazon.ask import Ask
from orderhub.sandbox.platforms.amazon.lists import NEW_STATUS, Names, page, spoilt
from orderhub.sandbox.platforms.amazon.spec import STATUS_MOVES
from orderhub.sandbox.platforms.amazon.state import Order
from orderhub.sandbox.platforms.amazon.view_v0 import address_v0, item_v0, order_v0
from orderhub.sandbox.platforms.amazon.wire import Doc, instant_or

__all__ = ["address", "buyer", "items", "items_buyer", "listed", "one"]

STATUSES = frozenset({status for status, _ in STATUS_MOVES} | set(STATUS_MOVES.values()) | {"Unfulfillable"})
EASY_SHIP = frozenset(
    "PendingSchedule PendingPickUp PendingDropOff LabelCanceled PickedUp DroppedOff AtOriginFC AtDestinationFC "
    "Delivered RejectedByBuyer Undeliverable ReturningToSeller ReturnedToSeller Lost OutForDelivery Damaged".split()
)
INVOICES = frozenset({"NotRequired", "NotFound", "Processing", "Errored", "Accepted"})
_DATES = ("EarliestDeliveryDate", "LatestDeliveryDate")
_NEVER = datetime(1, 1, 1, tzinfo=UTC)
_BARRED = (
    "FulfillmentChannels", "OrderStatuses", "PaymentMethods", "LastUpdatedAfter", "LastUpdatedBefore", "BuyerEmail",
)  # fmt: skip

NAMES = Names(
    ("CreatedAfter", "CreatedBefore"), ("LastUpdatedAfter", "LastUpdatedBefore"), "MaxResultsPerPage", "NextToken",
    frozenset({
        "MarketplaceIds", "CreatedAfter", "CreatedBefore", "LastUpdatedAfter", "LastUpdatedBefore", "OrderStatuses",
        "FulfillmentChannels", "PaymentMethods", "BuyerEmail", "SellerOrderId", "MaxResultsPerPage",
        "EasyShipShipmentStatuses", "ElectronicInvoiceStatuses", "AmazonOrderIds", "ActualFulfillmentSupplySourceId",
        "IsISPU", "StoreChainStoreId", *(f"{name}{side}" for name in _DATES for side in ("Before", "After")),
    }),
)  # fmt: skip


def listed(ask: Ask) -> Doc:
    """getOrders."""
    if ask.text("SellerOrderId"):
        for name in _BARRED:
            if ask.text(name):
                raise ask.bad(f"SellerOrderId excludes {name}")
    keep = _filter(ask)
    found = page(ask, NAMES, keep)
    rows = [order_v0(ask.market, order, ask.elements) for order in found.orders]
    payload: Doc = {"Orders": spoilt(ask, rows, _drift, _unknown)}
    if found.token:
        payload["NextToken"] = found.token
    return {"payload": payload | found.bound}


def _drift(row: Doc) -> None:
    """A number where a text is documented, and a text where a number is."""
    row["NumberOfItemsUnshipped"] = str(row.get("NumberOfItemsUnshipped", 0))
    if "OrderTotal" in row:
        row["OrderTotal"] = {**row["OrderTotal"], "Amount": 1.5}


def _unknown(row: Doc) -> None:
    row["OrderStatus"] = NEW_STATUS


class Filter:
    """The filters of one getOrders call, read once."""

    def __init__(self, ask: Ask) -> None:
        self.places = ask.many("MarketplaceIds", 50, required=True)
        self.sets = (
            ("OrderStatus", ask.many("OrderStatuses", known=STATUSES)),
            ("FulfillmentChannel", ask.many("FulfillmentChannels", known=("AFN", "MFN"))),
            ("PaymentMethod", ask.many("PaymentMethods", known=("COD", "CVS", "Other"))),
            ("EasyShipShipmentStatus", ask.many("EasyShipShipmentStatuses", known=EASY_SHIP)),
            ("ElectronicInvoiceStatus", ask.many("ElectronicInvoiceStatuses", known=INVOICES)),
            ("AmazonOrderId", ask.many("AmazonOrderIds", 50)),
            ("SellerOrderId", ask.many("SellerOrderId")),
        )
        self.email, self.pickup = ask.text("BuyerEmail"), ask.text("IsISPU").lower()
        self.source, self.store = ask.text("ActualFulfillmentSupplySourceId"), ask.text("StoreChainStoreId")
        self.dates = [(name, ask.moment(f"{name}After"), ask.moment(f"{name}Before")) for name in _DATES]

    def keeps(self, order: Order) -> bool:
        """Whether the order passes."""
        doc = order.doc
        return (
            doc.get("MarketplaceId") in self.places
            and all(doc.get(name) in values for name, values in self.sets if values)
            and (not self.email or doc.get("BuyerInfo", {}).get("BuyerEmail") == self.email)
            and (not self.pickup or doc.get("IsISPU", False) == (self.pickup == "true"))
            and (
                not self.source or doc.get("FulfillmentInstruction", {}).get("FulfillmentSupplySourceId") == self.source
            )
            and (not self.store or any(item.get("StoreChainStoreId") == self.store for item in order.items))
            and all(_inside(doc.get(name), after, before) for name, after, before in self.dates)
        )


def _inside(text: str | None, after: datetime | None, before: datetime | None) -> bool:
    if after is None and before is None:
        return True
    at = instant_or(text, _NEVER)
    return at is not _NEVER and (after is None or after <= at) and (before is None or at <= before)


def _filter(ask: Ask) -> Callable[[Order], bool]:
    return Filter(ask).keeps


def one(ask: Ask) -> Doc:
    """getOrder."""
    row = order_v0(ask.market, ask.order(), ask.elements)
    return {"payload": spoilt(ask, [row], _drift, _unknown)[0]}


_ITEM_NAMES = frozenset({"orderId"})


def _items(ask: Ask) -> tuple[Order, list[Doc], Doc]:
    """The order, one page of its items, and what goes beside them."""
    order, size = ask.order(), ask.market.switch("items_per_page")
    told = ask.resumed("NextToken", _ITEM_NAMES, ask.market.switch("page_token_s"))
    if told is not None and told["id"] != order.order_id:
        raise ask.bad("NextToken belongs to another order")
    start = told["from"] if told else 0
    rows, beside = order.items[start : start + size], {"AmazonOrderId": order.order_id}
    if start + size < len(order.items):
        beside["NextToken"] = ask.token(_ITEM_NAMES, id=order.order_id, **{"from": start + size})
    return order, rows, beside


def items(ask: Ask) -> Doc:
    """getOrderItems."""
    order, rows, beside = _items(ask)
    shown = [item_v0(ask.market, order, item, ask.elements) for item in rows]
    return {"payload": {"OrderItems": spoilt(ask, shown, _drift_item, lambda row: None), **beside}}


def _drift_item(row: Doc) -> None:
    row["QuantityOrdered"] = str(row["QuantityOrdered"])


def items_buyer(ask: Ask) -> Doc:
    """getOrderItemsBuyerInfo."""
    order, rows, beside = _items(ask)
    shown = []
    for item in rows:
        full = item_v0(ask.market, order, item, frozenset({"buyerInfo"}))
        shown.append({"OrderItemId": item["OrderItemId"], **full.get("BuyerInfo", {})})
    return {"payload": {"OrderItems": shown, **beside}}


def buyer(ask: Ask) -> Doc:
    """getOrderBuyerInfo."""
    order = ask.order()
    return {"payload": {"AmazonOrderId": order.order_id, **order.doc.get("BuyerInfo", {})}}


def address(ask: Ask) -> Doc:
    """getOrderAddress."""
    order = ask.order()
    told: Doc = {"AmazonOrderId": order.order_id}
    shown = address_v0(order, ask.market.now())
    if shown is None:
        return {"payload": told}
    if order.doc.get("IsBusinessOrder") and shown.get("CompanyName"):
        told["BuyerCompanyName"] = shown["CompanyName"]
    told["ShippingAddress"] = shown
    return {"payload": told | ({"DeliveryPreferences": order.delivery} if order.delivery else {})}
