"""The difficult orders, one function each, in a table. Source: docs/platforms/amazon.md §2 to §6, §12 (pitfalls).

Every one is valid by the sheet, but the one with a status that no sheet knows.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from random import Random

from orderhub.sandbox.catalogue import GOODS
from orderhub.sandbox.platforms.amazon.moves import arrive, ask_cancel, cancel, confirm, item_total, recount, refund
from orderhub.sandbox.platforms.amazon.seed import abroad, make_item, make_order
from orderhub.sandbox.platforms.amazon.state import Listing, Market, Order, Seller
from orderhub.sandbox.platforms.amazon.wire import Doc, amount, iso, money

__all__ = ["AWKWARD", "ODD_SKU", "UNKNOWN_STATUS", "Maker", "seed_awkward"]

UNKNOWN_STATUS = "AwaitingFraudReview"
ODD_SKU = "OH TEE/黑 M+50%"


class Maker:
    """Makes orders of one shop some hours ago and puts them in the market."""

    def __init__(self, market: Market, seller: Seller, rng: Random) -> None:
        self.market, self.seller, self.rng = market, seller, rng
        self.place = seller.marketplaces[0]

    def order(self, lines: int = 1, hours: float = 5, fba: bool = False, plain: bool = True) -> Order:
        """A paid order like any other, of the shop's first marketplace."""
        created = self.market.now() - timedelta(hours=hours)
        order = make_order(
            self.market, self.seller, self.rng, created, lines=lines, place=self.place, fba=fba, plain=plain
        )
        self.market.add(order)
        return order

    def money(self, units: int) -> dict[str, str]:
        """So many hundredths (or whole units, where there are none) of the marketplace's currency."""
        return money(units, self.place.currency, self.place.digits)

    def sent(self, order: Order, hours: float, items: int | None = None) -> None:
        """Confirm the first `items` (None: all that is left) so many hours ago."""
        at = iso(self.market.now() - timedelta(hours=hours))
        rows = [
            {"orderItemId": item["OrderItemId"], "quantity": item["QuantityOrdered"] - item["QuantityShipped"]}
            for item in order.live()[:items]
        ]
        confirm(self.market, order, {
            "packageReferenceId": str(len(order.packages) + 1), "carrierCode": "Other", "carrierName": "SF Express",
            "trackingNumber": f"SF1{self.rng.randrange(10**12):012d}", "shipDate": at, "orderItems": rows,
        }, at)  # fmt: skip

    def gone(self, order: Order, **fields: object) -> Order:
        """Shipped by Amazon."""
        for item in order.items:
            item["QuantityShipped"] = item["QuantityOrdered"]
        return self.recounted(order, OrderStatus="Shipped", **fields)

    def recounted(self, order: Order, **fields: object) -> Order:
        """Set fields of the order and count again."""
        order.doc |= fields
        recount(self.market, order)
        self.market.add(order)
        return order


def _partial_refund(make: Maker) -> None:
    """Shipped and received; part of one item's money went back."""
    order = make.order(2, 150)
    make.sent(order, 140)
    arrive(make.market, order)
    item = order.items[1]
    refund(make.market, order, item, item_total(item) // 3 or item_total(item), "CustomerReturn")


def _returned(make: Maker) -> None:
    """Shipped; one item comes back and is paid back in full."""
    order = make.order(1, 200)
    make.sent(order, 190)
    refund(make.market, order, order.items[0], None, "CR-DEFECTIVE", returned=True)


def _refunded_before(make: Maker) -> None:
    """Cancelled by the seller before shipping: the buyer is never charged."""
    cancel(make.market, make.order(1, 30), "MERCHANT", "NoInventory")


def _line_cancelled(make: Maker) -> None:
    """One of three items is cancelled, one is shipped, one is to be shipped."""
    order = make.order(3, 40)
    make.sent(order, 30, 1)
    cancel(make.market, order, "BUYER", "BuyerCanceled", {order.items[2]["OrderItemId"]})


def _cancel_asked(make: Maker) -> None:
    """The buyer asks to cancel; the order stays Unshipped."""
    ask_cancel(make.market, make.order(2, 6), "Ordered by mistake")


def _pending(make: Maker) -> None:
    """Not authorised yet: no prices."""
    make.recounted(make.order(2, 1), OrderStatus="Pending")


def _preorder(make: Maker) -> None:
    """Pre-ordered, not authorised."""
    make.recounted(make.order(1, 90), OrderStatus="PendingAvailability", OrderType="Preorder")


def _fba(make: Maker) -> None:
    """Kept and shipped by Amazon: waiting, and shipped."""
    make.order(1, 8, fba=True)
    make.gone(make.order(2, 60, fba=True), IsPrime=True)


def _fba_pending(make: Maker) -> None:
    """Kept by Amazon, not authorised."""
    make.recounted(make.order(1, 2, fba=True), OrderStatus="Pending")


def _fba_returned(make: Maker) -> None:
    """Kept by Amazon, shipped and returned."""
    order = make.gone(make.order(1, 300, fba=True))
    refund(make.market, order, order.items[0], None, "UNWANTED_ITEM", returned=True)


def _replacement(make: Maker) -> None:
    """Sent again for nothing."""
    order = make.order(1, 12)
    order.items[0]["ItemPrice"] = make.money(0)
    for name in ("ItemTax", "ShippingTax"):
        order.items[0].pop(name, None)
    make.recounted(order, IsReplacementOrder=True, ReplacedOrderId=f"{make.place.prefix}-1188002-0937752")


def _business(make: Maker) -> None:
    """A company buys with an order number of its own."""
    order = make.order(2, 7)
    order.doc["ShippingAddress"] = {
        **abroad(make.rng, make.place), "CompanyName": "Raman Interiors LLC", "AddressType": "Commercial",
        "AddressLine2": "Dock 3",
    }  # fmt: skip
    order.doc["BuyerInfo"] |= {"PurchaseOrderNumber": "RI-2026-118"}
    for item in order.items:
        item["PriceDesignation"] = "BusinessPrice"
    make.recounted(order, IsBusinessOrder=True)


def _gift(make: Maker) -> None:
    """Wrapped, with a message full of emoji, a joiner and right-to-left text."""
    order = make.order(2, 5)
    order.items[0] |= {
        "IsGift": "true",
        "BuyerInfo": {
            "GiftWrapPrice": make.money(399), "GiftWrapTax": make.money(0), "GiftWrapLevel": "Premium",
            "GiftMessageText": "生日快乐🎂👨\u200d👩\u200d👧\nشكرا \u200bDanke",
        },
    }  # fmt: skip
    make.recounted(order)


def _instructions(make: Maker) -> None:
    """Long instructions for the driver, with emoji."""
    order = make.order(1, 5)
    order.delivery = {"AddressInstructions": "Ring at dock 3 😀 " * 60, "DropOffLocation": "Front Door"}
    make.recounted(order)


def _extension(make: Maker) -> None:
    """A telephone number with an extension."""
    order = make.order(1, 5)
    order.doc["ShippingAddress"] = {**abroad(make.rng, make.place), "Phone": "+1 303-555-0144 ext. 40718"}
    make.recounted(order)


def _nameless(make: Maker) -> None:
    """An address without a name, which has been optional for a while."""
    order = make.order(1, 5)
    del order.doc["ShippingAddress"]["Name"], order.doc["BuyerInfo"]["BuyerName"]
    make.recounted(order)


def _transparency(make: Maker) -> None:
    """Every unit needs its code at shipping."""
    order = make.order(2, 6)
    order.items[0] |= {"IsTransparency": True, "ShippingConstraints": {"SignatureConfirmation": "MANDATORY"}}
    make.recounted(order)


def _easy_ship(make: Maker) -> None:
    """Amazon collects it: progress has words of its own."""
    make.recounted(make.order(1, 6), EasyShipShipmentStatus="PendingPickUp")


def _cod(make: Maker) -> None:
    """Cash on delivery, with its fee, part of it given back, paid in two parts."""
    order = make.order(1, 5)
    order.items[0] |= {"CODFee": make.money(500), "CODFeeDiscount": make.money(100)}
    make.recounted(order, PaymentMethod="COD", PaymentMethodDetails=["COD"])
    total, part = order.doc["OrderTotal"], make.money(250)
    rest = {**total, "Amount": str(amount(total) - amount(part))}
    order.doc["PaymentExecutionDetail"] = [
        {"Payment": rest, "PaymentMethod": "COD"}, {"Payment": part, "PaymentMethod": "GC"},
    ]  # fmt: skip


def _gift_line(make: Maker) -> None:
    """A free item that a promotion added: price and discount are equal; the same SKU is bought too."""
    order = make.order(1, 7)
    main = order.items[0]
    good = GOODS[main["SellerSKU"]]
    free = make_item(make.market, make.rng, good, make.place)
    free |= {"PromotionDiscount": free["ItemPrice"], "PromotionIds": ["BUY-ONE-GET-ONE"], "ItemTax": make.money(0)}
    order.items.append(free)
    make.recounted(order)


def _zero(make: Maker) -> None:
    """An item at price zero."""
    order = make.order(2, 7)
    order.items[1] |= {"ItemPrice": make.money(0), "ItemTax": make.money(0)}
    make.recounted(order)


def _twins(make: Maker) -> None:
    """Two orders of one receiver, changed in the same second."""
    first, second = make.order(1, 6), make.order(2, 5.5)
    second.doc["ShippingAddress"], second.doc["BuyerInfo"] = first.doc["ShippingAddress"], first.doc["BuyerInfo"]
    for order in (first, second):
        make.market.touch(order, iso(make.market.now() - timedelta(hours=5)))


def _leading_zero(make: Maker) -> None:
    """An item id that is no number."""
    order = make.order(1, 4)
    order.items[0]["OrderItemId"] = f"0{order.items[0]['OrderItemId'][1:]}"
    make.recounted(order)


def _odd_sku(make: Maker) -> None:
    """A SKU with a space, a slash, a percent sign and Chinese letters."""
    order = make.order(1, 4)
    order.items[0] |= {"SellerSKU": ODD_SKU, "ASIN": "B0SBODD001", "Title": "T-shirt, black"}
    make.recounted(order)


def _no_sku(make: Maker) -> None:
    """The seller gave no code of its own."""
    order = make.order(2, 4)
    del order.items[1]["SellerSKU"]
    make.recounted(order)


def _pickup(make: Maker) -> None:
    """Picked up in a store."""
    make.recounted(make.order(1, 4), IsISPU=True, ShipServiceLevel="ISPU")


def _locker(make: Maker) -> None:
    """Delivered to a locker."""
    make.recounted(make.order(1, 4), IsAccessPointOrder=True)


def _regulated(make: Maker) -> None:
    """Somebody must approve it first."""
    order = make.order(1, 4)
    order.regulated = {
        "RequiresDosageLabel": False,
        "RegulatedInformation": {"Fields": [
            {"FieldId": "pet_name", "FieldLabel": "Pet name", "FieldType": "Text", "FieldValue": "Momo"},
        ]},
        "RegulatedOrderVerificationStatus": {
            "Status": "Pending", "RequiresMerchantAction": True,
            "ValidRejectionReasons": [
                {"RejectionReasonId": "wrong_product", "RejectionReasonDescription": "Not suitable for this animal."},
            ],
        },
    }  # fmt: skip
    make.recounted(order, HasRegulatedItems=True)


def _late(make: Maker) -> None:
    """Shipped long ago: the telephone number is gone."""
    make.sent(make.order(1, 24 * 30), 24 * 29)


def _invoice(make: Maker) -> None:
    """Shipped, its invoice not confirmed."""
    order = make.order(1, 50)
    make.sent(order, 40)
    make.recounted(order, OrderStatus="InvoiceUnconfirmed", ElectronicInvoiceStatus="Processing")


def _unfulfillable(make: Maker) -> None:
    """An order of another channel that Amazon's warehouse cannot fulfil."""
    order = make.order(1, 20, fba=True)
    make.recounted(order, OrderStatus="Unfulfillable", SalesChannel="Non-Amazon")


def _custom(make: Maker) -> None:
    """Made to the buyer's wish."""
    order = make.order(1, 4)
    order.items[0]["BuyerInfo"] = {"BuyerCustomizedInfo": {"CustomizedURL": "https://example.com/custom/1.zip"}}
    make.recounted(order)


def _long(make: Maker) -> None:
    """Twelve items: more than one page of them."""
    make.order(12, 4)


def _prime(make: Maker) -> None:
    """Prime, shipped by the seller, premium."""
    make.recounted(make.order(1, 4), IsPrime=True, IsPremiumOrder=True)


def _points(make: Maker) -> None:
    """Points for the buyer, an import number for the carrier."""
    order = make.order(1, 4)
    order.items[0] |= {
        "PointsGranted": {"PointsNumber": 60, "PointsMonetaryValue": make.money(60)}, "IossNumber": "IM2760000742",
        "DeemedResellerCategory": "IOSS",
    }  # fmt: skip
    make.recounted(order)


def _part_sent(make: Maker) -> None:
    """Two units of three have left."""
    order = make.order(2, 40)
    make.sent(order, 30, 1)


def _unknown(make: Maker) -> None:
    """A status that no document knows."""
    make.recounted(make.order(1, 2), OrderStatus=UNKNOWN_STATUS)


AWKWARD: dict[str, Callable[[Maker], None]] = {
    "partial_refund": _partial_refund, "returned": _returned, "refunded_before": _refunded_before,
    "line_cancelled": _line_cancelled, "cancel_asked": _cancel_asked, "pending": _pending, "preorder": _preorder,
    "fba": _fba, "fba_pending": _fba_pending, "fba_returned": _fba_returned, "replacement": _replacement,
    "business": _business, "gift": _gift, "instructions": _instructions, "extension": _extension, "nameless": _nameless,
    "transparency": _transparency, "easy_ship": _easy_ship, "cod": _cod, "gift_line": _gift_line, "zero": _zero,
    "twins": _twins, "leading_zero": _leading_zero, "odd_sku": _odd_sku, "no_sku": _no_sku, "pickup": _pickup,
    "locker": _locker, "regulated": _regulated, "late": _late, "invoice": _invoice, "unfulfillable": _unfulfillable,
    "custom": _custom, "long": _long, "prime": _prime, "points": _points, "part_sent": _part_sent,
    "unknown_status": _unknown,
}  # fmt: skip
"""Name to maker."""


def seed_awkward(market: Market, seller: Seller, rng: Random) -> None:
    """One of each, and a listing whose SKU needs care in a path."""
    now = market.now()
    row: Doc = {"fulfillment_channel_code": "DEFAULT", "quantity": 40}
    price = {place.id: {"currencyCode": place.currency, "amount": "1500" if place.digits == 0 else "15.00"}
             for place in seller.marketplaces}  # fmt: skip
    market.listings[seller.shop_id, ODD_SKU] = Listing(
        seller.shop_id, ODD_SKU, "B0SBODD001", "SHIRT", "T-shirt, black", now, now,
        {"fulfillment_availability": [row]}, price,
    )  # fmt: skip
    make = Maker(market, seller, rng)
    for scenario in AWKWARD.values():
        scenario(make)
