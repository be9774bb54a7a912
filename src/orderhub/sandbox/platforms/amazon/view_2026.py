"""Orders as 2026-01-01 shows them, made from the documents of v0. Source: docs/platforms/amazon.md §3, §5.2. Pure.

Imports this folder's state, tables and wire. The caller says what the asker may see.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from orderhub.sandbox.platforms.amazon.moves import item_total
from orderhub.sandbox.platforms.amazon.spec import STATUS_2026, UPPER, Marketplace
from orderhub.sandbox.platforms.amazon.state import Market, Order
from orderhub.sandbox.platforms.amazon.view_v0 import UNPAID, address_v0
from orderhub.sandbox.platforms.amazon.wire import Doc, amount, camel, instant_or

__all__ = ["DATA_SETS", "order_2026", "upper"]

_DATED = ("EarliestShipDate", "LatestShipDate", "EarliestDeliveryDate", "LatestDeliveryDate")

DATA_SETS = (
    "BUYER", "RECIPIENT", "PROCEEDS", "EXPENSE", "PROMOTION", "CANCELLATION", "FULFILLMENT", "PACKAGES", "TAX",
    "PAYMENT", "FULFILLMENT_ORDERS",
)  # fmt: skip


def upper(word: str) -> str:
    """A word of v0 in the spelling of 2026-01-01."""
    if word in UPPER:
        return UPPER[word]
    return "".join(f"_{letter}" if letter.isupper() and at else letter for at, letter in enumerate(word)).upper()


class Sums:
    """Amounts of proceeds by type, in the currency of one marketplace."""

    def __init__(self, place: Marketplace) -> None:
        self._place = place
        self.parts: dict[str, dict[str, Decimal]] = {}

    def add(self, kind: str, subtype: str, value: Decimal) -> None:
        """Count an amount."""
        inside = self.parts.setdefault(kind, {})
        inside[subtype] = inside.get(subtype, Decimal(0)) + value

    def money(self, value: Decimal) -> Doc:
        """As the wire writes it."""
        told = value.quantize(Decimal(1).scaleb(-self._place.digits))
        return {"amount": str(told), "currencyCode": self._place.currency}

    def rows(self, detailed: bool) -> list[Doc]:
        """breakdowns, ITEM always, the others when there is something."""
        told = []
        for kind, inside in self.parts.items():
            if not any(inside.values()) and kind != "ITEM":
                continue
            row: Doc = {"type": kind, "subtotal": self.money(sum(inside.values(), Decimal(0)))}
            if detailed and kind in ("TAX", "DISCOUNT"):
                row["detailedBreakdowns"] = [
                    {"subtype": name, "value": self.money(value)} for name, value in inside.items() if value
                ]
            told.append(row)
        return told


def _counted(sums: Sums, item: Doc, sign: int) -> None:
    wrap, cancelled = item.get("BuyerInfo", {}), "_cancelled_by" in item
    parts: tuple[tuple[str, str, Any, int], ...] = (
        ("ITEM", "ITEM", item.get("ItemPrice"), 1),
        ("SHIPPING", "SHIPPING", item.get("ShippingPrice"), 1),
        ("GIFT_WRAP", "GIFT_WRAP", wrap.get("GiftWrapPrice"), 1),
        ("COD_FEE", "COD_FEE", item.get("CODFee"), 1),
        ("TAX", "ITEM", item.get("ItemTax"), 1),
        ("TAX", "SHIPPING", item.get("ShippingTax"), 1),
        ("TAX", "GIFT_WRAP", wrap.get("GiftWrapTax"), 1),
        ("TAX", "DISCOUNT", item.get("PromotionDiscountTax"), -1),
        ("TAX", "DISCOUNT", item.get("ShippingDiscountTax"), -1),
        ("DISCOUNT", "ITEM", item.get("PromotionDiscount"), sign),
        ("DISCOUNT", "SHIPPING", item.get("ShippingDiscount"), sign),
        ("DISCOUNT", "COD_FEE", item.get("CODFeeDiscount"), sign),
    )
    for kind, subtype, value, by in parts:
        sums.add(kind, subtype, Decimal(0) if cancelled else amount(value) * by)


def order_2026(market: Market, order: Order, data_sets: Collection[str], roles: Collection[str]) -> Doc:
    """`Order` of searchOrders and getOrder: what the data sets hold and the roles allow."""
    if order.full is None or order.full["_late"] < market.now():
        order.full = _full(market, order)
    full, wanted = order.full, set(data_sets)
    told = {
        name: value
        for name, value in full.items()
        if _ORDER_SETS.get(name, "") in wanted or (name not in _ORDER_SETS and name[0] != "_")
    }
    for name in ("buyer", "recipient"):
        if name in told and name.upper() not in roles:
            del told[name]
    told["orderItems"] = [_item_sets(item, wanted, roles) for item in full["orderItems"]]
    return told


_ORDER_SETS = {
    "buyer": "BUYER", "recipient": "RECIPIENT", "proceeds": "PROCEEDS", "payment": "PAYMENT", "tax": "TAX",
    "fulfillment": "FULFILLMENT", "packages": "PACKAGES", "fulfillmentOrders": "FULFILLMENT_ORDERS",
}  # fmt: skip
_ITEM_SETS = {
    "proceeds": "PROCEEDS", "expense": "EXPENSE", "promotion": "PROMOTION", "cancellation": "CANCELLATION",
    "fulfillment": "FULFILLMENT", "tax": "TAX",
}  # fmt: skip


def _item_sets(item: Doc, wanted: set[str], roles: Collection[str]) -> Doc:
    told = {name: value for name, value in item.items() if name not in _ITEM_SETS or _ITEM_SETS[name] in wanted}
    if "BUYER" not in roles:
        gift = told.get("fulfillment", {}).get("packing", {}).get("giftOption", {})
        if "giftMessage" in gift:
            bare = {"giftOption": {name: value for name, value in gift.items() if name != "giftMessage"}}
            told["fulfillment"] = {**told["fulfillment"], "packing": {**told["fulfillment"]["packing"], **bare}}
        told["product"] = {name: value for name, value in told["product"].items() if name != "customization"}
    return told


_MOVING = frozenset({"lastUpdatedTime", "fulfillment", "orderItems", "packages", "recipient", "proceeds"})


def _full(market: Market, order: Order) -> Doc:
    """Everything there is to tell: a tester's own document, what follows from the order's, or both."""
    if order.given and not order.moved:
        items = order.given.get("orderItems", [])
        return {**order.given, "orderItems": items, "_late": _passing(None, market.now())}
    kept = {name: value for name, value in order.given.items() if name not in _MOVING}
    return _derived(market, order) | kept


def _derived(market: Market, order: Order) -> Doc:
    """What follows from the order's document; `_late` is when the telephone number goes."""
    doc, place = order.doc, market.marketplace(order)
    priced = order.status not in UNPAID or market.switch("pending_prices_2026")
    sign = -1 if market.switch("discount_sign") == "negative" else 1
    sums = Sums(place)
    told: Doc = {"orderId": order.order_id}
    if doc.get("SellerOrderId"):
        told["orderAliases"] = [{"aliasId": doc["SellerOrderId"], "aliasType": "SELLER_ORDER_ID"}]
    told |= {
        "createdTime": doc["PurchaseDate"], "lastUpdatedTime": doc["LastUpdateDate"], "programs": _programs(doc),
        "associatedOrders": _associated(doc),
        "salesChannel": {
            "channelName": "NON_AMAZON" if doc.get("SalesChannel") == "Non-Amazon" else "AMAZON",
            "marketplaceId": doc.get("MarketplaceId", place.id), "marketplaceName": doc.get("SalesChannel", place.name),
        },
        "buyer": _buyer(order), "recipient": _recipient(market, order), "fulfillment": _fulfilment(order),
        "orderItems": [_item(order, item, place, priced, sign) for item in order.items],
    }  # fmt: skip
    if priced:
        for item in order.items:
            _counted(sums, item, sign)
        total = amount(doc["OrderTotal"]) if "OrderTotal" in doc else None
        grand = {} if total is None else {"grandTotal": sums.money(total)}
        told["proceeds"] = {**grand, "breakdowns": sums.rows(False)}
        told["payment"] = _payment(doc)
    if not order.fba and order.packages:
        told["packages"] = [_package(market, order, package) for package in order.packages]
    if "BuyerTaxInformation" in doc:
        told["tax"] = _order_tax(doc)
    late = doc.get("LatestDeliveryDate") if order.status == "Shipped" else None
    told["_late"] = _passing(late, market.now())
    return {name: value for name, value in told.items() if value not in ({}, []) or name == "orderItems"}


def _passing(late: Any, now: datetime) -> datetime:
    """When a view must be made anew: past the latest delivery date, or (nearly) never."""
    at = instant_or(late, now)
    return at if at > now else now + timedelta(days=36_500)


def _programs(doc: Doc) -> list[str]:
    flags = (
        ("IsBusinessOrder", "AMAZON_BUSINESS"), ("IsPrime", "PRIME"), ("IsPremiumOrder", "PREMIUM"),
        ("IsISPU", "IN_STORE_PICK_UP"),
    )  # fmt: skip
    told = [program for flag, program in flags if doc.get(flag)]
    return (
        told
        + ["PREORDER"] * (doc.get("OrderType") == "Preorder")
        + ["AMAZON_EASY_SHIP"] * ("EasyShipShipmentStatus" in doc)
    )


def _associated(doc: Doc) -> list[Doc]:
    if not doc.get("IsReplacementOrder") or "ReplacedOrderId" not in doc:
        return []
    return [{"orderId": doc["ReplacedOrderId"], "associationType": "REPLACEMENT_ORIGINAL_ID"}]


def _buyer(order: Order) -> Doc:
    buyer, address = order.doc.get("BuyerInfo", {}), order.doc.get("ShippingAddress", {})
    names = (
        ("BuyerName", "buyerName"),
        ("BuyerEmail", "buyerEmail"),
        ("PurchaseOrderNumber", "buyerPurchaseOrderNumber"),
    )
    told = {new: buyer[old] for old, new in names if buyer.get(old)}
    if order.fba or order.status not in ("Unshipped", "PartiallyShipped", "Shipped"):
        told.pop("buyerEmail", None)
    if order.doc.get("IsBusinessOrder") and address.get("CompanyName"):
        told["buyerCompanyName"] = address["CompanyName"]
    return told


_ADDRESS = {
    "Name": "name", "CompanyName": "companyName", "AddressLine1": "addressLine1", "AddressLine2": "addressLine2",
    "AddressLine3": "addressLine3", "City": "city", "StateOrRegion": "stateOrRegion", "Municipality": "municipality",
    "PostalCode": "postalCode", "CountryCode": "countryCode", "Phone": "phone",
}  # fmt: skip


def _address(address: Mapping[str, Any]) -> Doc:
    told: Doc = {new: address[old] for old, new in _ADDRESS.items() if old in address}
    county = " ".join(address[name] for name in ("County", "District") if address.get(name))
    if county:
        told["districtOrCounty"] = county
    if "ExtendedFields" in address:
        parts = ("StreetName", "StreetNumber", "Complement", "Neighborhood")
        extended = address["ExtendedFields"]
        told["extendedFields"] = {part[0].lower() + part[1:]: extended[part] for part in parts if part in extended}
    if "AddressType" in address:
        told["addressType"] = upper(address["AddressType"])
    return told


def _recipient(market: Market, order: Order) -> Doc:
    address = address_v0(order, market.now())
    if address is None:
        return {}
    told: Doc = {"deliveryAddress": _address(address)}
    if order.doc.get("IsAccessPointOrder"):
        told["deliveryAddress"]["addressType"] = "PICKUP_POINT"
    preference = {
        new: order.delivery[old]
        for old, new in (("DropOffLocation", "dropOffLocation"), ("AddressInstructions", "addressInstruction"))
        if old in order.delivery
    }
    return {**told, "deliveryPreference": preference} if preference else told


def _fulfilment(order: Order) -> Doc:
    doc = order.doc
    told: Doc = {
        "fulfillmentStatus": STATUS_2026.get(order.status, order.status),
        "fulfilledBy": "AMAZON" if order.fba else "MERCHANT",
    }
    if "ShipmentServiceLevelCategory" in doc:
        told["fulfillmentServiceLevel"] = upper(doc["ShipmentServiceLevelCategory"])
    for name, keys in (("shipByWindow", _DATED[:2]), ("deliverByWindow", _DATED[2:])):
        late = order.status in UNPAID or order.status == "Canceled"
        window = {
            new: doc[old]
            for old, new in zip(keys, ("earliestDateTime", "latestDateTime"), strict=True)
            if old in doc and not (late and old == "LatestDeliveryDate")
        }
        if window:
            told[name] = window
    return told


def _item(order: Order, item: Doc, place: Marketplace, priced: bool, sign: int) -> Doc:
    told: Doc = {"orderItemId": item["OrderItemId"], "quantityOrdered": item["QuantityOrdered"]}
    programs = ["TRANSPARENCY"] * bool(item.get("IsTransparency"))
    programs += [one for one in item.get("AmazonPrograms", {}).get("Programs", ()) if one == "SUBSCRIBE_AND_SAVE"]
    told["programs"], told["product"] = programs, _product(item, place, priced)
    if priced:
        sums = Sums(place)
        _counted(sums, item, sign)
        total = Decimal(0) if "_cancelled_by" in item else item_total(item)
        told["proceeds"] = {"proceedsTotal": sums.money(total), "breakdowns": sums.rows(True)}
    if "PointsGranted" in item and priced:
        points = item["PointsGranted"]
        granted = {"pointsNumber": points["PointsNumber"], "pointsMonetaryValue": camel(points["PointsMonetaryValue"])}
        told["expense"] = {"pointsCost": {"pointsGranted": granted}}
    if item.get("PromotionIds") and priced:
        told["promotion"] = {"breakdowns": [{"promotionId": one} for one in item["PromotionIds"]]}
    told["cancellation"] = _cancellation(item)
    told["fulfillment"] = _item_fulfilment(item)
    told["tax"] = _item_tax(item)
    return {name: value for name, value in told.items() if value not in ({}, [])}


_CONDITION = (("ConditionId", "conditionType"), ("ConditionSubtypeId", "conditionSubtype"))


def _product(item: Doc, place: Marketplace, priced: bool) -> Doc:
    names = (("ASIN", "asin"), ("Title", "title"), ("SellerSKU", "sellerSku"), ("SerialNumbers", "serialNumbers"))
    told: Doc = {new: item[old] for old, new in names if old in item}
    condition = {new: upper(item[old]) for old, new in _CONDITION if old in item}
    told["condition"] = condition | ({"conditionNote": item["ConditionNote"]} if "ConditionNote" in item else {})
    if priced and "ItemPrice" in item:
        unit = Sums(place).money(amount(item["ItemPrice"]) / (item["QuantityOrdered"] or 1))
        told["price"] = {"unitPrice": unit}
        if "PriceDesignation" in item:
            told["price"]["priceDesignation"] = upper(item["PriceDesignation"])
    custom = item.get("BuyerInfo", {}).get("BuyerCustomizedInfo", {}).get("CustomizedURL")
    if custom:
        told["customization"] = {"customizedUrl": custom}
    return told


def _cancellation(item: Doc) -> Doc:
    told: Doc = {}
    asked = item.get("BuyerRequestedCancel", {})
    if asked.get("IsBuyerRequestedCancel") == "true":
        told["cancellationRequest"] = {"requester": "BUYER", "cancelReason": asked.get("BuyerCancelReason", "")}
    if "_cancelled_by" in item:
        told["cancellationExecution"] = {"cancelledBy": item["_cancelled_by"], "cancelReason": item["_reason"]}
    return told


def _item_fulfilment(item: Doc) -> Doc:
    shipped = item.get("QuantityShipped", 0)
    left = 0 if "_cancelled_by" in item else item["QuantityOrdered"] - shipped
    told: Doc = {"quantityFulfilled": shipped, "quantityUnfulfilled": left}
    wrap, packing = item.get("BuyerInfo", {}), {}
    if item.get("IsGift") == "true":
        gift = {"giftMessage": wrap.get("GiftMessageText"), "giftWrapLevel": wrap.get("GiftWrapLevel")}
        packing["giftOption"] = {name: value for name, value in gift.items() if value}
    if item.get("SerialNumberRequired"):
        packing["serialNumberRequirement"] = {"requirementType": "REQUIRED"}
    shipping: Doc = {}
    if item.get("ShippingConstraints"):
        constraints = item["ShippingConstraints"]
        shipping["shippingConstraints"] = {name[0].lower() + name[1:]: value for name, value in constraints.items()}
    if item.get("IossNumber"):
        shipping["internationalShipping"] = {"iossNumber": item["IossNumber"]}
    return told | ({"packing": packing} if packing else {}) | ({"shipping": shipping} if shipping else {})


def _item_tax(item: Doc) -> Doc:
    told: Doc = {}
    if "DeemedResellerCategory" in item:
        told["taxCalculationBreakdowns"] = [{"reportingScheme": item["DeemedResellerCategory"]}]
    if "TaxCollection" in item:
        row = item["TaxCollection"]
        told["taxCollections"] = [{"model": upper(row["Model"]), "responsibleParty": row["ResponsibleParty"]}]
    return told


def _payment(doc: Doc) -> Doc:
    if "PaymentExecutionDetail" in doc:
        rows: Iterable[Doc] = (
            {"paymentMethod": row["PaymentMethod"], "paymentAmount": camel(row["Payment"])}
            for row in doc["PaymentExecutionDetail"]
        )
    elif "OrderTotal" in doc and doc.get("PaymentMethodDetails"):
        rows = [{"paymentMethod": doc["PaymentMethodDetails"][0], "paymentAmount": camel(doc["OrderTotal"])}]
    else:
        rows = []
    return {"paymentExecutions": list(rows)}


def _order_tax(doc: Doc) -> Doc:
    info = doc["BuyerTaxInformation"]
    told = {"entityType": "BUYER", "legalName": info.get("BuyerLegalCompanyName"),
            "taxRegistrationNumber": info.get("BuyerTaxRegistrationId")}  # fmt: skip
    return {"taxRegistrations": [{name: value for name, value in told.items() if value}]}


def _package(market: Market, order: Order, package: Doc) -> Doc:
    carrier = package["carrierName"] if package["carrierCode"] == "Other" else package["carrierCode"]
    status: Doc = {"status": package["_status"]}
    if "EasyShipShipmentStatus" in order.doc:
        status["detailedStatus"] = upper(order.doc["EasyShipShipmentStatus"])
    told: Doc = {
        "packageReferenceId": package["packageReferenceId"], "createdTime": package["_at"], "packageStatus": status,
        "carrier": carrier, "shipTime": package["shipDate"], "trackingNumber": package["trackingNumber"],
        "packageItems": [dict(row) for row in package["orderItems"]],
    }  # fmt: skip
    if package.get("shippingMethod"):
        told["shippingService"] = package["shippingMethod"]
    if "DefaultShipFromLocationAddress" in order.doc:
        origin = _address(order.doc["DefaultShipFromLocationAddress"])
        told["shipFromAddress"] = {
            name: value for name, value in origin.items() if name not in ("phone", "addressType")
        }
    return told
