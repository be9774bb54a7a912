"""What happens to orders and to stock, and what follows from it. Imports this folder's state, tables and wire.

Called by Amazon's own API, by the tester's control and by the generator: one implementation of each change. `at` is an
instant as the wire writes it; empty means now.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from orderhub.sandbox.platforms.amazon.spec import STATUS_MOVES
from orderhub.sandbox.platforms.amazon.state import Listing, Market, Order
from orderhub.sandbox.platforms.amazon.wire import Doc, amount, money

__all__ = [
    "ADDED", "TAKEN", "Illegal", "arrive", "ask_cancel", "cancel", "confirm", "hold_stock", "item_total", "open_units",
    "pay", "put_quantity", "recount", "refund",
]  # fmt: skip

ADDED = ("ItemPrice", "ItemTax", "ShippingPrice", "ShippingTax", "CODFee")
TAKEN = ("PromotionDiscount", "PromotionDiscountTax", "ShippingDiscount", "ShippingDiscountTax", "CODFeeDiscount")
STATUS_CHANGE, BUYER_CHANGE = "OrderStatusChange", "BuyerRequestedChange"


class Illegal(Exception):
    """The state forbids it."""

    def __init__(self, status: str, what: str) -> None:
        super().__init__(f"{what} is not possible in status {status}")
        self.status, self.what = status, what


def _move(order: Order, what: str) -> None:
    new = STATUS_MOVES.get((order.status, what))
    if new is None:
        raise Illegal(order.status, what)
    order.doc["OrderStatus"] = new


def item_total(item: Doc) -> Decimal:
    """What the buyer owes for one item: §2.5, item by item."""
    wrap = item.get("BuyerInfo", {})
    added = [item.get(name) for name in ADDED] + [wrap.get("GiftWrapPrice"), wrap.get("GiftWrapTax")]
    return sum(map(amount, added), Decimal(0)) - sum((amount(item.get(name)) for name in TAKEN), Decimal(0))


def recount(market: Market, order: Order) -> None:
    """Totals and counts from the items that live."""
    place, live = market.marketplace(order), order.live()
    total = sum((item_total(item) for item in live), Decimal(0))
    order.doc["OrderTotal"] = money(int(total.scaleb(place.digits)), place.currency, place.digits)
    shipped = sum(item.get("QuantityShipped", 0) for item in order.items)
    order.doc["NumberOfItemsShipped"] = shipped
    order.doc["NumberOfItemsUnshipped"] = sum(item["QuantityOrdered"] for item in live) - shipped


def pay(market: Market, order: Order, at: str = "") -> None:
    """The payment is authorised."""
    _move(order, "pay")
    market.touch(order, at)
    market.tell(order, STATUS_CHANGE)


def open_units(order: Order, without: str = "") -> dict[str, int]:
    """Units by item that no package holds; `without` names a package that does not count."""
    units = {item["OrderItemId"]: item["QuantityOrdered"] for item in order.live()}
    for package in order.packages:
        if package["packageReferenceId"] != without:
            for row in package["orderItems"]:
                units[row["orderItemId"]] = units.get(row["orderItemId"], 0) - row["quantity"]
    return units


def confirm(market: Market, order: Order, package: Mapping[str, Any], at: str = "") -> None:
    """One package leaves, or an earlier one of the same reference is corrected.

    Raises:
        Illegal: The status takes no package, or a shipped order would go back.
    """
    reference = package["packageReferenceId"]
    kept = {**package, "_at": at or market.stamp(), "_status": "SHIPPED"}
    place = next((n for n, old in enumerate(order.packages) if old["packageReferenceId"] == reference), None)
    rest = open_units(order, reference)
    for row in package["orderItems"]:
        rest[row["orderItemId"]] = rest.get(row["orderItemId"], 0) - row["quantity"]
    done = not any(units > 0 for units in rest.values())
    if place is None or order.status == "PartiallyShipped":
        _move(order, "ship_rest" if done else "ship_part")
    elif not done:
        raise Illegal(order.status, "taking units out of a package")
    if place is None:
        order.packages.append(kept)
    else:
        order.packages[place] = {**kept, "_at": order.packages[place]["_at"]}
    _shipped(market, order)
    market.touch(order, at)
    market.tell(order, STATUS_CHANGE)


def _shipped(market: Market, order: Order) -> None:
    units: dict[str, int] = {}
    for package in order.packages:
        for row in package["orderItems"]:
            units[row["orderItemId"]] = units.get(row["orderItemId"], 0) + row["quantity"]
    for item in order.items:
        item["QuantityShipped"] = units.get(item["OrderItemId"], 0)
    recount(market, order)


def cancel(
    market: Market, order: Order, by: str, reason: str, items: Collection[str] | None = None, at: str = ""
) -> None:
    """Cancel the whole order, or some of its items; nothing of them may have left.

    Args:
        by: BUYER, MERCHANT or AMAZON.
    """
    chosen = [item for item in order.live() if items is None or item["OrderItemId"] in items]
    if not chosen or any(item.get("QuantityShipped") for item in chosen):
        raise Illegal(order.status, "cancelling")
    rest = [item for item in order.live() if item not in chosen]
    if not rest:
        _move(order, "cancel")
    elif order.status == "PartiallyShipped" and all(
        item["QuantityShipped"] >= item["QuantityOrdered"] for item in rest
    ):
        _move(order, "cancel_rest")
    elif order.status not in ("Unshipped", "PartiallyShipped"):
        raise Illegal(order.status, "cancelling an item")
    for item in chosen:
        item["_cancelled_by"], item["_reason"] = by, reason
        _give_back(market, order, item)
    recount(market, order)
    market.touch(order, at)
    market.tell(order, STATUS_CHANGE)


def ask_cancel(market: Market, order: Order, reason: str, items: Collection[str] | None = None) -> None:
    """The buyer would like to cancel; nothing happens by itself."""
    if order.status not in ("Unshipped", "PartiallyShipped"):
        raise Illegal(order.status, "asking to cancel")
    for item in order.live():
        if (items is None or item["OrderItemId"] in items) and not item.get("QuantityShipped"):
            item["BuyerRequestedCancel"] = {"IsBuyerRequestedCancel": "true", "BuyerCancelReason": reason}
    market.touch(order)
    market.tell(order, BUYER_CHANGE)


def arrive(market: Market, order: Order, at: str = "") -> None:
    """Every package is delivered; the order's own status has no word for that."""
    if not order.packages or order.status not in ("Shipped", "InvoiceUnconfirmed"):
        raise Illegal(order.status, "delivery")
    for package in order.packages:
        package["_status"] = "DELIVERED"
    market.touch(order, at)


def refund(market: Market, order: Order, item: Doc, units: Decimal | None, reason: str, returned: bool = False) -> Doc:
    """Money goes back for one item; `units` is the amount in the order's currency, None for all that is left.

    Raises:
        Illegal: More than was paid, or nothing was paid yet.
    """
    if order.status not in ("PartiallyShipped", "Shipped", "InvoiceUnconfirmed") or "_cancelled_by" in item:
        raise Illegal(order.status, "a refund")
    item_id = item["OrderItemId"]
    back = sum((Decimal(row["amount"]) for row in order.refunds if row["order_item_id"] == item_id), Decimal(0))
    left = item_total(item) - back
    paid_back = left if units is None else units
    if not paid_back.is_finite() or not 0 < paid_back <= left:
        raise Illegal(order.status, f"a refund of {paid_back} out of {left}")
    row = {
        "at": market.stamp(), "order_item_id": item_id, "quantity": item["QuantityOrdered"], "amount": str(paid_back),
        "reason": reason, "returned": returned,
    }  # fmt: skip
    order.refunds.append(row)
    market.touch(order)
    return row


def _listing(market: Market, order: Order, item: Doc) -> Listing | None:
    return None if order.fba else market.listings.get((order.shop_id, str(item.get("SellerSKU"))))


def hold_stock(market: Market, order: Order) -> None:
    """A new order takes its units off the offers."""
    for item in order.live():
        listing = _listing(market, order, item)
        if listing is not None:
            put_quantity(market, listing, max(0, (listing.quantity() or 0) - item["QuantityOrdered"]))
            item["_held"] = item["QuantityOrdered"]


def _give_back(market: Market, order: Order, item: Doc) -> None:
    listing = _listing(market, order, item)
    if listing is not None and item.pop("_held", 0):
        put_quantity(market, listing, (listing.quantity() or 0) + item["QuantityOrdered"])


def put_quantity(market: Market, listing: Listing, quantity: int) -> None:
    """Set the seller-fulfilled quantity, other values of the attribute kept."""
    rows = listing.attributes.setdefault("fulfillment_availability", [])
    row = next((row for row in rows if row.get("fulfillment_channel_code") == "DEFAULT"), None)
    if row is None:
        rows.append({"fulfillment_channel_code": "DEFAULT", "quantity": quantity})
    else:
        row["quantity"] = quantity
    listing.updated = market.now()
    market.tell_stock(listing)
