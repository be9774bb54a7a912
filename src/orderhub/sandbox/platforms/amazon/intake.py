"""Native documents that a tester hands in, of either version, into what the market keeps. Pure.

Imports this folder's wire and tables. Whatever v0 has no place for stays in the document, which is kept beside.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.sandbox.platforms.amazon.spec import STATUS_2026, UPPER
from orderhub.sandbox.platforms.amazon.wire import Doc

__all__ = ["is_2026", "to_v0"]

_BACK = {new: old for old, new in STATUS_2026.items() if old != "InvoiceUnconfirmed"}
_WORDS = {new: old for old, new in UPPER.items()}
_ADDRESS = {
    "name": "Name", "companyName": "CompanyName", "addressLine1": "AddressLine1", "addressLine2": "AddressLine2",
    "addressLine3": "AddressLine3", "city": "City", "districtOrCounty": "County", "stateOrRegion": "StateOrRegion",
    "municipality": "Municipality", "postalCode": "PostalCode", "countryCode": "CountryCode", "phone": "Phone",
}  # fmt: skip
_PROGRAMS = {"AMAZON_BUSINESS": "IsBusinessOrder", "PRIME": "IsPrime", "PREMIUM": "IsPremiumOrder",
             "IN_STORE_PICK_UP": "IsISPU"}  # fmt: skip
_LINE_MONEY = {"ITEM": "ItemPrice", "SHIPPING": "ShippingPrice", "COD_FEE": "CODFee"}
_DETAIL_MONEY = {
    ("TAX", "ITEM"): "ItemTax", ("TAX", "SHIPPING"): "ShippingTax", ("DISCOUNT", "ITEM"): "PromotionDiscount",
    ("DISCOUNT", "SHIPPING"): "ShippingDiscount", ("DISCOUNT", "COD_FEE"): "CODFeeDiscount",
}  # fmt: skip
_MAPPED = frozenset({
    "orderId", "orderAliases", "createdTime", "lastUpdatedTime", "programs", "associatedOrders", "salesChannel",
    "buyer",
    "recipient", "proceeds", "fulfillment", "orderItems", "packages",
})  # fmt: skip


def is_2026(doc: Mapping[str, Any]) -> bool:
    """Whether a document is of 2026-01-01: its names begin in lower case."""
    return any(name in doc for name in _MAPPED) or any(name[:1].islower() for name in doc)


def to_v0(doc: Mapping[str, Any]) -> tuple[Doc, list[Doc]]:
    """(order, items) of a whole or partial 2026-01-01 order."""
    told: Doc = {}
    for old, new in (
        ("orderId", "AmazonOrderId"),
        ("createdTime", "PurchaseDate"),
        ("lastUpdatedTime", "LastUpdateDate"),
    ):
        if old in doc:
            told[new] = doc[old]
    channel = doc.get("salesChannel", {})
    told |= {new: channel[old] for old, new in (("marketplaceId", "MarketplaceId"), ("marketplaceName", "SalesChannel"))
             if old in channel}  # fmt: skip
    told |= {_PROGRAMS[one]: True for one in doc.get("programs", ()) if one in _PROGRAMS}
    told |= _people(doc) | _fulfilment(doc.get("fulfillment", {}))
    if "grandTotal" in doc.get("proceeds", {}):
        told["OrderTotal"] = _money(doc["proceeds"]["grandTotal"])
    for alias in doc.get("orderAliases", ()):
        told["SellerOrderId"] = alias["aliasId"]
    for other in doc.get("associatedOrders", ()):
        told |= {"IsReplacementOrder": True, "ReplacedOrderId": other.get("orderId", "")}
    items = [_item(item) for item in doc.get("orderItems", ())]
    return told, items


def _money(value: Mapping[str, Any], positive: bool = False) -> Doc:
    number = str(value.get("amount", ""))
    return {"CurrencyCode": value.get("currencyCode"), "Amount": number.lstrip("-") if positive else number}


def _people(doc: Mapping[str, Any]) -> Doc:
    told: Doc = {}
    buyer, address = doc.get("buyer", {}), doc.get("recipient", {}).get("deliveryAddress")
    names = (
        ("buyerName", "BuyerName"),
        ("buyerEmail", "BuyerEmail"),
        ("buyerPurchaseOrderNumber", "PurchaseOrderNumber"),
    )
    if buyer:
        told["BuyerInfo"] = {new: buyer[old] for old, new in names if old in buyer}
    if address:
        told["ShippingAddress"] = {new: address[old] for old, new in _ADDRESS.items() if old in address}
        if address.get("addressType") in _WORDS:
            told["ShippingAddress"]["AddressType"] = _WORDS[address["addressType"]]
    return told


def _fulfilment(part: Mapping[str, Any]) -> Doc:
    told: Doc = {}
    if "fulfillmentStatus" in part:
        told["OrderStatus"] = _BACK.get(part["fulfillmentStatus"], part["fulfillmentStatus"])
    if "fulfilledBy" in part:
        told["FulfillmentChannel"] = "AFN" if part["fulfilledBy"] == "AMAZON" else "MFN"
    if "fulfillmentServiceLevel" in part:
        level = part["fulfillmentServiceLevel"]
        told["ShipmentServiceLevelCategory"] = _WORDS.get(level, level)
    for name, keys in (("shipByWindow", "Ship"), ("deliverByWindow", "Delivery")):
        for old, side in (("earliestDateTime", "Earliest"), ("latestDateTime", "Latest")):
            if old in part.get(name, {}):
                told[f"{side}{keys}Date"] = part[name][old]
    return told


def _item(item: Mapping[str, Any]) -> Doc:
    product, sent = item.get("product", {}), item.get("fulfillment", {})
    told: Doc = {"OrderItemId": item["orderItemId"], "QuantityOrdered": item["quantityOrdered"],
                 "QuantityShipped": sent.get("quantityFulfilled", 0), "ASIN": product.get("asin", "")}  # fmt: skip
    told |= {new: product[old] for old, new in (("title", "Title"), ("sellerSku", "SellerSKU")) if old in product}
    for row in item.get("proceeds", {}).get("breakdowns", ()):
        if row["type"] in _LINE_MONEY:
            told[_LINE_MONEY[row["type"]]] = _money(row["subtotal"])
        for part in row.get("detailedBreakdowns", ()):
            name = _DETAIL_MONEY.get((row["type"], part.get("subtype", "")))
            if name:
                told[name] = _money(part["value"], positive=True)
        if row["type"] in ("TAX", "DISCOUNT") and not row.get("detailedBreakdowns"):
            name = "ItemTax" if row["type"] == "TAX" else "PromotionDiscount"
            told[name] = _money(row["subtotal"], positive=True)
    promotions = [row["promotionId"] for row in item.get("promotion", {}).get("breakdowns", ()) if "promotionId" in row]
    told |= {"PromotionIds": promotions} if promotions else {}
    told["IsTransparency"] = "TRANSPARENCY" in item.get("programs", ())
    gift = sent.get("packing", {}).get("giftOption")
    told["IsGift"] = "true" if gift else "false"
    if gift:
        names = (("giftMessage", "GiftMessageText"), ("giftWrapLevel", "GiftWrapLevel"))
        told["BuyerInfo"] = {new: gift[old] for old, new in names if old in gift}
    asked, ended = (item.get("cancellation", {}).get(name) for name in ("cancellationRequest", "cancellationExecution"))
    if asked:
        told["BuyerRequestedCancel"] = {
            "IsBuyerRequestedCancel": "true",
            "BuyerCancelReason": asked.get("cancelReason", ""),
        }
    if ended:
        told |= {"_cancelled_by": ended.get("cancelledBy", "AMAZON"), "_reason": ended.get("cancelReason", "")}
    return told
