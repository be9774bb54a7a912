"""What follows from the state of an order: amounts, quantities, statuses, actions. Imports this folder's tables, wire.

Every change ends here, so that no sum and no status is ever kept by hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orderhub.sandbox.platforms.shopify.spec import ACTIONS_OF
from orderhub.sandbox.platforms.shopify.state import Doc, Order, Shop
from orderhub.sandbox.platforms.shopify.wire import bag

__all__ = ["money", "settle"]


def money(shop: Shop, doc: Mapping[str, Any], minor: int) -> Doc:
    """An amount of an order, in the store's currency and in the one that the buyer saw."""
    seen = doc["presentmentCurrencyCode"]
    return bag(minor, shop.currency, "" if seen == shop.currency else seen, doc["_rate"])


def settle(shop: Shop, order: Order) -> None:
    """Lines, sums, quantities, statuses and allowed actions."""
    doc = order.doc
    for line in order.lines:
        _settle_line(shop, order, line)
    _settle_sums(shop, order)
    for waiting in doc["fulfillmentOrders"]:
        _settle_waiting(waiting)
    if "_pinned" not in doc:
        doc["displayFulfillmentStatus"] = _fulfilment(doc)
        doc["displayFinancialStatus"] = _financial(doc)
    doc["returnStatus"] = _returns(doc)
    doc["fullyPaid"] = doc["_paid"] >= doc["_total"]


def _settle_line(shop: Shop, order: Order, line: Doc) -> None:
    doc, quantity = order.doc, line["quantity"]
    gross, off = line["_unit"] * quantity, sum(part for _, part in line["_off"])
    own = off if shop_wide(doc) else sum(part for how, part in line["_off"] if how["targetSelection"] == "EXPLICIT")
    rows = [row for one in doc["refunds"] for row in one["refundLineItems"] if row["lineItem"] is line]
    back = sum(row["quantity"] for row in rows)
    left = sum(
        row["remainingQuantity"] for waiting in doc["fulfillmentOrders"] if waiting["status"] != "CANCELLED"
        for row in waiting["lineItems"] if row["lineItem"] is line
    )  # fmt: skip
    line["_net"], line["_gross"] = gross - off, gross
    line["_tax"] = _tax(shop, line["_net"]) if line["_taxed"] else 0
    line.update(
        originalUnitPriceSet=money(shop, doc, line["_unit"]), originalTotalSet=money(shop, doc, gross),
        discountedTotalSet=money(shop, doc, gross - own), totalDiscountSet=money(shop, doc, own),
        discountedUnitPriceSet=money(shop, doc, (gross - own) // quantity), currentQuantity=quantity - back,
        refundableQuantity=quantity - back, unfulfilledQuantity=left, fulfillableQuantity=left,
        discountAllocations=[
            {"allocatedAmountSet": money(shop, doc, part), "discountApplication": how} for how, part in line["_off"]
        ],
        taxLines=[{
            "title": "VAT" if doc["taxesIncluded"] else "Sales tax", "rate": shop.tax / 10_000,
            "ratePercentage": shop.tax / 100, "priceSet": money(shop, doc, line["_tax"]),
        }] if line["_tax"] else [],
    )  # fmt: skip


def shop_wide(doc: Mapping[str, Any]) -> bool:
    """Whether line totals include shares of order discounts: the switch, as it stood when the order was made."""
    return bool(doc["_line_totals"])


def _tax(shop: Shop, net: int) -> int:
    if shop.taxes_included:
        return int(net - (net * 10_000 * 2 + 10_000 + shop.tax) // ((10_000 + shop.tax) * 2))
    return int((net * shop.tax * 2 + 10_000) // 20_000)


def _settle_sums(shop: Shop, order: Order) -> None:
    doc, lines = order.doc, order.lines
    goods, tax = sum(line["_net"] for line in lines), sum(line["_tax"] for line in lines)
    off = sum(line["_gross"] - line["_net"] for line in lines)
    rows = [row for one in doc["refunds"] for row in one["refundLineItems"]]
    back_net, back_tax = sum(row["_net"] for row in rows), sum(row["_tax"] for row in rows)
    freight = doc["_freight"]
    doc["_total"] = goods + freight + (0 if doc["taxesIncluded"] else tax)
    left_off = sum((line["_gross"] - line["_net"]) * line["currentQuantity"] // line["quantity"] for line in lines)
    now = goods - back_net + freight - sum(one["_shipping"] for one in doc["refunds"])
    told = {
        "subtotalPriceSet": goods, "totalPriceSet": doc["_total"], "totalDiscountsSet": off,
        "totalShippingPriceSet": freight, "totalTaxSet": tax, "totalRefundedSet": doc["_refunded"],
        "currentSubtotalPriceSet": goods - back_net, "currentTotalDiscountsSet": left_off,
        "currentTotalTaxSet": tax - back_tax, "netPaymentSet": doc["_paid"] - doc["_refunded"],
        "currentTotalPriceSet": now + (0 if doc["taxesIncluded"] else tax - back_tax),
    }  # fmt: skip
    doc.update({name: money(shop, doc, minor) for name, minor in told.items()})
    if doc["shippingLine"]:
        doc["shippingLine"].update(
            originalPriceSet=money(shop, doc, freight), discountedPriceSet=money(shop, doc, freight)
        )


def _settle_waiting(waiting: Doc) -> None:
    left = sum(row["remainingQuantity"] for row in waiting["lineItems"])
    sent = any(one["status"] == "SUCCESS" for one in waiting["fulfillments"])
    if waiting["status"] in ("OPEN", "IN_PROGRESS") and not left:
        waiting["status"] = "CLOSED"
    elif waiting["status"] == "OPEN" and sent:
        waiting["status"] = "IN_PROGRESS"
    waiting["supportedActions"] = [
        {"action": action, "externalUrl": None} for action in ACTIONS_OF.get(waiting["status"], ())
    ]


def _fulfilment(doc: Doc) -> str:
    waiting = doc["fulfillmentOrders"]
    left = sum(row["remainingQuantity"] for one in waiting if one["status"] != "CANCELLED" for row in one["lineItems"])
    if any(one["status"] == "SUCCESS" for one in doc["fulfillments"]):
        return "PARTIALLY_FULFILLED" if left else "FULFILLED"
    statuses = {one["status"] for one in waiting}
    for status in ("ON_HOLD", "SCHEDULED"):
        if status in statuses:
            return status
    if any(one["requestStatus"] == "REJECTED" for one in waiting):
        return "REQUEST_DECLINED"
    return "IN_PROGRESS" if any(one["requestStatus"] == "ACCEPTED" for one in waiting) else "UNFULFILLED"


def _financial(doc: Doc) -> str:
    paid, back = doc["_paid"], doc["_refunded"]
    if back:
        return "REFUNDED" if back >= paid else "PARTIALLY_REFUNDED"
    if paid >= doc["_total"]:
        return "PAID"
    if doc["cancelledAt"]:
        return "VOIDED"
    if doc.get("_expired"):
        return "EXPIRED"
    held = any(one["kind"] == "AUTHORIZATION" for one in doc["transactions"])
    return "PARTIALLY_PAID" if paid else "AUTHORIZED" if held else "PENDING"


def _returns(doc: Doc) -> str:
    statuses = [one["status"] for one in doc["returns"]]
    for status, word in (("REQUESTED", "RETURN_REQUESTED"), ("OPEN", "IN_PROGRESS"), ("CLOSED", "RETURNED")):
        if status in statuses:
            return word
    return "NO_RETURN"
