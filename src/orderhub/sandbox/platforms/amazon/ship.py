"""Shipments told to Amazon, and regulated goods. Source: docs/platforms/amazon.md §2.2, §6.1, §12 (12)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from orderhub.sandbox.platforms.amazon.ask import Ask
from orderhub.sandbox.platforms.amazon.moves import Illegal, confirm, open_units
from orderhub.sandbox.platforms.amazon.state import Market, Order
from orderhub.sandbox.platforms.amazon.wire import Doc, bad

__all__ = ["Unfit", "confirm_shipment", "regulated", "shipment_status", "take_package", "verify"]

PICKUP = ("ReadyForPickup", "PickedUp", "RefusedPickup")
_WORDS = ("carrierCode", "trackingNumber", "shipDate")
_PRESCRIPTION = (
    "prescriptionId", "expirationDate", "writtenQuantity", "totalRefillsAuthorized", "refillsRemaining", "clinicId",
    "usageInstructions",
)  # fmt: skip


class Unfit(Exception):
    """A package that cannot be taken, in words."""


def confirm_shipment(ask: Ask) -> None:
    """confirmShipment: one package of one order."""
    body, order = ask.body(), ask.order()
    if not isinstance(body.get("marketplaceId"), str) or body["marketplaceId"] != order.doc.get("MarketplaceId"):
        raise ask.bad("marketplaceId is not the marketplace of the order")
    if body.get("codCollectionMethod") not in (None, "", "DirectPayment"):
        raise ask.bad("codCollectionMethod must be DirectPayment")
    package = body.get("packageDetail")
    if not isinstance(package, dict):
        raise ask.bad("packageDetail is required")
    try:
        take_package(ask.market, order, package)
    except Unfit as unfit:
        raise ask.bad(str(unfit)) from unfit


def take_package(market: Market, order: Order, package: Doc) -> None:
    """Check a packageDetail and do it; raises `Unfit`."""
    _reference(package)
    _texts(market, package)
    _state(order, package["packageReferenceId"])
    _rows(market, order, package)
    try:
        confirm(market, order, package)
    except Illegal as illegal:
        raise Unfit(str(illegal)) from illegal


def _reference(package: Doc) -> None:
    reference = package.get("packageReferenceId")
    if not isinstance(reference, str):
        raise Unfit("The request has an invalid type [packageDetail.packageReferenceId]")
    if not (reference.isascii() and reference.isdigit()) or int(reference) < 1:
        raise Unfit("PackageReferenceId: is invalid, must be a positive numeric value.")


def _texts(market: Market, package: Doc) -> None:
    for name in _WORDS:
        if not isinstance(package.get(name), str) or not package[name].strip():
            raise Unfit(f"packageDetail.{name} is required")
    code, allowed = package["carrierCode"], market.switch("carrier_codes")
    if code == "Other" and not str(package.get("carrierName") or "").strip():
        raise Unfit("packageDetail.carrierName is required when carrierCode is Other")
    if code != "Other" and allowed and code not in allowed:
        raise Unfit("packageDetail.carrierCode is unknown: use Other with a carrierName")
    try:
        datetime.fromisoformat(package["shipDate"])
    except ValueError:
        raise Unfit("packageDetail.shipDate is not an ISO 8601 date and time") from None


def _state(order: Order, reference: str) -> None:
    if order.fba:
        raise Unfit("The order is fulfilled by Amazon")
    known = any(package["packageReferenceId"] == reference for package in order.packages)
    if order.status not in ("Unshipped", "PartiallyShipped") and not (known and order.status == "Shipped"):
        raise Unfit(f"The order cannot be shipped in status {order.status}")


def _rows(market: Market, order: Order, package: Doc) -> None:
    rows = package.get("orderItems")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise Unfit("packageDetail.orderItems must name at least one item")
    left = open_units(order, package["packageReferenceId"])
    for row in rows:
        item, quantity = order.item(str(row.get("orderItemId"))), row.get("quantity")
        if item is None or "_cancelled_by" in item or not isinstance(row.get("orderItemId"), str):
            raise Unfit(f"orderItemId {row.get('orderItemId')} is not an open item of this order")
        if isinstance(quantity, bool) or not isinstance(quantity, int) or quantity < 1:
            raise Unfit("quantity must be a positive whole number")
        left[row["orderItemId"]] -= quantity
        if left[row["orderItemId"]] < 0:
            raise Unfit(f"quantity of orderItemId {row['orderItemId']} is more than is left to ship")
        codes = row.get("transparencyCodes") or []
        if item.get("IsTransparency") and market.switch("transparency_codes") and len(codes) != quantity:
            raise Unfit("transparencyCodes are required, one for each unit")


def shipment_status(ask: Ask) -> None:
    """updateShipmentStatus: orders that are picked up in a store."""
    body, order = ask.body(), ask.order()
    if body.get("marketplaceId") != order.doc.get("MarketplaceId"):
        raise ask.bad("Marketplace ID is not defined", "1001")
    status = body.get("shipmentStatus")
    if status not in PICKUP:
        raise ask.bad("shipmentStatus must be one of " + ", ".join(PICKUP))
    if not order.doc.get("IsISPU"):
        raise ask.bad("The order is not picked up in a store")
    if status == "PickedUp":
        _picked_up(ask, order, body.get("orderItems"))
    ask.market.touch(order)


def _picked_up(ask: Ask, order: Order, rows: Any) -> None:
    """Everything open (or what is named) has left; there is no parcel."""
    left = {item: units for item, units in open_units(order).items() if units > 0}
    given = rows if isinstance(rows, list) and rows else [{"orderItemId": n, "quantity": q} for n, q in left.items()]
    reference = str(len(order.packages) + 1)
    package = {
        "packageReferenceId": reference, "carrierCode": "Other", "carrierName": "In-store pickup",
        "trackingNumber": "-",
        "shipDate": ask.market.stamp(), "orderItems": given,
    }  # fmt: skip
    try:
        take_package(ask.market, order, package)
    except Unfit as unfit:
        raise ask.bad(str(unfit)) from unfit


def regulated(ask: Ask) -> Doc:
    """getOrderRegulatedInfo."""
    order = ask.order()
    if order.regulated is None:
        raise ask.bad("The order has no regulated items")
    return {"payload": {"AmazonOrderId": order.order_id, **order.regulated}}


def verify(ask: Ask) -> None:
    """updateVerificationStatus: approve or reject a regulated order."""
    wanted, order = ask.body().get("regulatedOrderVerificationStatus"), ask.order()
    if order.regulated is None or not isinstance(wanted, dict):
        raise ask.bad("The order has no regulated items, or regulatedOrderVerificationStatus is missing")
    told, status = order.regulated["RegulatedOrderVerificationStatus"], wanted.get("status")
    details = wanted.get("verificationDetails") or {}
    if status not in ("Approved", "Rejected", None):
        raise bad("Invalid request parameter `status`. Must be one of [Approved, Rejected].")
    if status == "Rejected":
        if details.get("prescriptionDetail"):
            raise bad("Verification Detail `prescriptionDetail` is not supported when order is in Rejected status.")
        reasons = {row["RejectionReasonId"]: row for row in told["ValidRejectionReasons"]}
        if wanted.get("rejectionReasonId") not in reasons:
            raise bad("Missing request parameter: rejectionReasonId.")
        told["RejectionReason"] = reasons[wanted["rejectionReasonId"]]
    if not wanted.get("externalReviewerId"):
        raise bad("Missing request parameter: externalReviewerId.")
    missing = [name for name in _PRESCRIPTION if name not in (details.get("prescriptionDetail") or _PRESCRIPTION)]
    if missing:
        raise bad(f"Missing required parameter(s) from prescriptionDetail value: {', '.join(missing)}")
    told |= {"ExternalReviewerId": wanted["externalReviewerId"], "ReviewDate": ask.market.stamp()}
    if status:
        told |= {"Status": status, "RequiresMerchantAction": False}
    ask.market.touch(order)
