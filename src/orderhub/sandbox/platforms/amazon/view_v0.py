"""Orders as v0 shows them. Source: docs/platforms/amazon.md §2, §5.1. Pure.

Imports this folder's state, tables and wire. The caller says what the asker may see.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from orderhub.sandbox.platforms.amazon.moves import TAKEN
from orderhub.sandbox.platforms.amazon.spec import WITH_ADDRESS
from orderhub.sandbox.platforms.amazon.state import Market, Order
from orderhub.sandbox.platforms.amazon.wire import Doc, instant_or

__all__ = ["UNPAID", "address_v0", "item_v0", "order_v0", "phone_hidden"]

UNPAID = frozenset({"Pending", "PendingAvailability"})
_REGION = ("City", "County", "District", "StateOrRegion", "Municipality", "PostalCode", "CountryCode")
_PRIVATE = frozenset({"ShippingAddress", "BuyerInfo", "BuyerTaxInformation", "OrderTotal"})
_MONEY = ("ItemPrice", "ShippingPrice", "ItemTax", "ShippingTax", "CODFee", *TAKEN)
_HIDDEN_UNPAID = frozenset({*_MONEY, "PromotionIds", "IsGift", "BuyerInfo", "TaxCollection", "PointsGranted"})


def phone_hidden(order: Order, now: datetime) -> bool:
    """Suppressed for what Amazon ships, and for shipped orders past their latest delivery date."""
    last = order.doc.get("LatestDeliveryDate")
    return order.fba or (order.status == "Shipped" and instant_or(last, now) < now)


def address_v0(order: Order, now: datetime) -> Doc | None:
    """The whole ShippingAddress; None where the status shows none."""
    if order.status not in WITH_ADDRESS or "ShippingAddress" not in order.doc:
        return None
    hidden = ("Phone",) if phone_hidden(order, now) else ()
    return {name: value for name, value in order.doc["ShippingAddress"].items() if name not in hidden}


def order_v0(market: Market, order: Order, elements: frozenset[str] | None) -> Doc:
    """`Order` of getOrders and getOrder; `elements` None for an ordinary token."""
    doc, may = order.doc, elements or frozenset()
    told = {name: value for name, value in doc.items() if name not in _PRIVATE}
    if order.status in UNPAID or order.status == "Canceled":
        told.pop("LatestDeliveryDate", None)
    if "OrderTotal" in doc and (order.status not in UNPAID or market.switch("pending_total")):
        told["OrderTotal"] = doc["OrderTotal"]
    address = address_v0(order, market.now())
    if address is not None and "shippingAddress" in may:
        told["ShippingAddress"] = address
    elif address is not None and market.switch("v0_plain_address") == "region":
        told["ShippingAddress"] = {name: address[name] for name in _REGION if name in address}
    buyer = doc.get("BuyerInfo", {})
    if buyer and "buyerInfo" in may:
        told["BuyerInfo"] = buyer
    elif "BuyerEmail" in buyer and market.switch("v0_plain_buyer") == "email":
        told["BuyerInfo"] = {"BuyerEmail": buyer["BuyerEmail"]}
    if "BuyerTaxInformation" in doc and "buyerTaxInformation" in may:
        told["BuyerTaxInformation"] = doc["BuyerTaxInformation"]
    return told


def item_v0(market: Market, order: Order, item: Doc, elements: frozenset[str] | None) -> Doc:
    """`OrderItem`; no money while the payment is not authorised, none left on a cancelled item."""
    hidden = _HIDDEN_UNPAID if order.status in UNPAID else frozenset[str]()
    if "buyerInfo" not in (elements or ()):
        hidden |= {"BuyerInfo"}
    told = {name: value for name, value in item.items() if name not in hidden and not name.startswith("_")}
    if "_cancelled_by" in item:
        zero = str(Decimal(0).scaleb(-market.marketplace(order).digits))
        for name in _MONEY:
            if name in told:
                told[name] = {**told[name], "Amount": zero}
        told.pop("BuyerInfo", None)
        if market.switch("cancelled_quantity") == "zero":
            told["QuantityOrdered"] = 0
    return told
