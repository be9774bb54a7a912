"""What feeds do: listings in JSON; shipments, cancellations, refunds in XML. Source: docs/platforms/amazon.md §6 to §8.

The shape of the XML processing report is that of public clients' test files; its codes for refusals are this sandbox's
own. Elements of OrderAdjustment are found by what they hold, since only those names are documented.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from orderhub.sandbox.platforms.amazon.jobs import Job
from orderhub.sandbox.platforms.amazon.listings import BadPatch, edited, submit
from orderhub.sandbox.platforms.amazon.moves import Illegal, cancel, open_units, refund
from orderhub.sandbox.platforms.amazon.ship import Unfit, take_package
from orderhub.sandbox.platforms.amazon.spec import FEED_TYPES
from orderhub.sandbox.platforms.amazon.state import Market, Order
from orderhub.sandbox.platforms.amazon.wire import Doc

__all__ = ["Broken", "done"]

MESSAGES_MAX = 25_000
REASONS = frozenset(
    "NoInventory ShippingAddressUndeliverable CustomerExchange BuyerCanceled GeneralAdjustment CarrierCreditDecision "
    "RiskAssessmentInformationNotValid CarrierCoverageFailure CustomerReturn MerchandiseNotReceived "
    "CannotVerifyInformation PricingError RejectOrder WeatherDelay".split()
)


class Broken(Exception):
    """Content that cannot be read at all: the feed ends FATAL."""


class Refused(Exception):
    """One message that cannot be done; the others are."""

    def __init__(self, code: str, message: str, order_id: str = "") -> None:
        super().__init__(message)
        self.code, self.order_id = code, order_id


def done(market: Market, job: Job, content: bytes) -> tuple[str, bytes]:
    """Execute a feed; answers content type and bytes of its report. Raises `Broken`."""
    if FEED_TYPES[job.kind] == "json":
        return "application/json; charset=UTF-8", json.dumps(_listings(market, job, content)).encode()
    return "text/xml; charset=UTF-8", _envelope(market, job, content).encode()


def _listings(market: Market, job: Job, content: bytes) -> Doc:
    """JSON_LISTINGS_FEED and its processing report."""
    seller_id = market.shops[job.shop_id].seller_id
    try:
        feed = json.loads(content)
        header, messages = feed["header"], feed["messages"]
        fits = header["sellerId"] == seller_id and header["version"] == "2.0" and 1 <= len(messages) <= MESSAGES_MAX
        fits = fits and all(isinstance(one, dict) and isinstance(one.get("messageId"), int) for one in messages)
    except (ValueError, TypeError, KeyError):
        fits = False
    if not fits:
        raise Broken("The feed is not a listings feed of version 2.0 of this seller")
    issues = [found for message in messages for found in _message(market, job.shop_id, message)]
    invalid = len({found["messageId"] for found in issues})
    summary = {"errors": len(issues), "warnings": 0, "messagesProcessed": len(messages),
               "messagesAccepted": len(messages) - invalid, "messagesInvalid": invalid}  # fmt: skip
    told = {"sellerId": seller_id, "version": "2.0", "feedId": job.job_id}
    return {"header": told, "issues": issues, "summary": summary}


def _message(market: Market, shop_id: str, message: Any) -> list[Doc]:
    """Do one message; answers its issues."""
    number, sku = message["messageId"], str(message.get("sku", ""))
    listing, kind = market.listings.get((shop_id, sku)), message.get("operationType")
    if listing is None:
        found: list[Doc] = [{"code": "13013", "message": "This SKU does not exist in the catalogue of the seller."}]
    elif kind == "DELETE":
        found = []
        del market.listings[shop_id, sku]
    elif kind in ("PATCH", "PARTIAL_UPDATE", "UPDATE"):
        patches = message.get("patches") if kind == "PATCH" else [
            {"op": "replace", "path": f"/attributes/{name}", "value": value}
            for name, value in (message.get("attributes") or {}).items()
        ]  # fmt: skip
        try:
            _, found = edited(market, {name: list(rows) for name, rows in listing.attributes.items()}, patches)
            if not found:
                submit(market, listing, lambda old: edited(market, old, patches))
        except BadPatch as refused:
            found = [{"code": "4000001", "message": str(refused)}]
    else:
        found = [{"code": "4000001", "message": f"operationType {kind} is unknown"}]
    return [
        {"messageId": number, "sku": sku, "code": one["code"], "severity": "ERROR", "message": one["message"]}
        for one in found
    ]


@dataclass(frozen=True, slots=True)
class Xml:
    """Reading one element of a message; namespaces do not matter."""

    node: ElementTree.Element

    def text(self, name: str) -> str:
        """Text of the first element of that name below; empty when absent."""
        found = next((one for one in self.node.iter() if _name(one) == name), None)
        return (found.text or "").strip() if found is not None else ""

    def holding(self, name: str) -> Iterator[Xml]:
        """Elements below that have a child of that name."""
        return (Xml(one) for one in self.node.iter() if any(_name(child) == name for child in one))


def _name(node: ElementTree.Element) -> str:
    return node.tag.rpartition("}")[2]


def _root(content: bytes) -> ElementTree.Element:
    if b"<!" in content.replace(b"<!--", b""):
        raise Broken("XML with a document type is not read")
    try:
        return ElementTree.fromstring(content)  # noqa: S314 # nosec B314 - no document type, so no entities
    except ElementTree.ParseError as error:
        raise Broken(f"XML Parsing Error: {error}") from error


def _envelope(market: Market, job: Job, content: bytes) -> str:
    """An AmazonEnvelope: every message by itself; answers the processing report."""
    root = _root(content)
    kind, work = _WORK[job.kind]
    if _name(root) != "AmazonEnvelope" or Xml(root).text("MessageType") != kind:
        raise Broken(f"The content is not an AmazonEnvelope of {kind}")
    messages = [node for node in root if _name(node) == "Message"]
    failed: list[tuple[str, Refused]] = []
    for node in messages:
        message = Xml(node)
        try:
            work(market, job.shop_id, message)
        except Refused as refused:
            failed.append((message.text("MessageID"), refused))
    return _report(market.shops[job.shop_id].seller_id, job.job_id, len(messages), failed)


def _report(seller_id: str, job_id: str, count: int, failed: list[tuple[str, Refused]]) -> str:
    results = "".join(
        f"<Result><MessageID>{escape(number)}</MessageID><ResultCode>Error</ResultCode>"
        f"<ResultMessageCode>{error.code}</ResultMessageCode>"
        f"<ResultDescription>{escape(str(error))}</ResultDescription>"
        f"<AdditionalInfo><AmazonOrderID>{escape(error.order_id)}</AmazonOrderID></AdditionalInfo></Result>"
        for number, error in failed
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<AmazonEnvelope><Header><DocumentVersion>1.02</DocumentVersion>'
        f"<MerchantIdentifier>{seller_id}</MerchantIdentifier></Header><MessageType>ProcessingReport</MessageType>"
        f"<Message><MessageID>1</MessageID><ProcessingReport><DocumentTransactionID>{job_id}</DocumentTransactionID>"
        f"<StatusCode>Complete</StatusCode><ProcessingSummary><MessagesProcessed>{count}</MessagesProcessed>"
        f"<MessagesSuccessful>{count - len(failed)}</MessagesSuccessful>"
        f"<MessagesWithError>{len(failed)}</MessagesWithError><MessagesWithWarning>0</MessagesWithWarning>"
        f"</ProcessingSummary>{results}</ProcessingReport></Message></AmazonEnvelope>"
    )


def _order(market: Market, shop_id: str, message: Xml) -> Order:
    order_id = message.text("AmazonOrderID")
    order = market.order_of(shop_id, order_id)
    if order is None:
        raise Refused("18028", f"The order {order_id} was not found", order_id)
    return order


def _fulfil(market: Market, shop_id: str, message: Xml) -> None:
    """OrderFulfillment: one package; items left out mean all that is open."""
    order = _order(market, shop_id, message)
    code = "TransparencyCode"
    rows = [
        {"orderItemId": item.text("AmazonOrderItemCode"), "quantity": _units(item, order),
         "transparencyCodes": [(one.text or "").strip() for one in item.node.iter() if _name(one) == code]}
        for item in message.holding("AmazonOrderItemCode")
    ]  # fmt: skip
    left = open_units(order)
    rows = rows or [{"orderItemId": item, "quantity": units} for item, units in left.items() if units > 0]
    reference = 1 + max((int(package["packageReferenceId"]) for package in order.packages), default=0)
    package = {
        "packageReferenceId": str(reference), "carrierCode": message.text("CarrierCode") or "Other",
        "carrierName": message.text("CarrierName"), "shippingMethod": message.text("ShippingMethod"),
        "trackingNumber": message.text("ShipperTrackingNumber"), "shipDate": message.text("FulfillmentDate"),
        "orderItems": rows,
    }  # fmt: skip
    try:
        take_package(market, order, package)
    except Unfit as unfit:
        raise Refused("18021", str(unfit), order.order_id) from unfit


def _units(item: Xml, order: Order) -> int:
    text = item.text("Quantity")
    if text:
        return int(text) if text.isascii() and text.isdigit() else 0
    return open_units(order).get(item.text("AmazonOrderItemCode"), 0)


def _acknowledge(market: Market, shop_id: str, message: Xml) -> None:
    """OrderAcknowledgement: Failure cancels, the whole order or the items that are named."""
    order, status = _order(market, shop_id, message), message.text("StatusCode")
    if status not in ("Success", "Failure"):
        raise Refused("18002", "StatusCode must be Success or Failure", order.order_id)
    if status == "Success":
        return
    items = [
        (item.text("AmazonOrderItemCode"), item.text("CancelReason")) for item in message.holding("AmazonOrderItemCode")
    ]
    if any(order.item(code) is None or (reason and reason not in REASONS) for code, reason in items):
        raise Refused("18002", "An item or a CancelReason is unknown", order.order_id)
    reason = next((reason for _, reason in items if reason), "NoInventory")
    try:
        cancel(market, order, "MERCHANT", reason, {code for code, _ in items} or None)
    except Illegal as illegal:
        raise Refused("18003", str(illegal), order.order_id) from illegal


def _adjust(market: Market, shop_id: str, message: Xml) -> None:
    """OrderAdjustment: money back, item by item, the sum of the components that are named."""
    order = _order(market, shop_id, message)
    wanted = []
    for part in message.holding("AmazonOrderItemCode"):
        item = order.item(part.text("AmazonOrderItemCode"))
        amounts = [one.text("Amount") for one in part.holding("Amount")]
        if item is None or not amounts or not part.text("AdjustmentReason"):
            raise Refused("18004", "An item, its AdjustmentReason or its amounts are missing", order.order_id)
        wanted.append((item, _sum(amounts, order.order_id), part.text("AdjustmentReason")))
    if not wanted:
        raise Refused("18004", "No item is named", order.order_id)
    for item, total, reason in wanted:
        try:
            refund(market, order, item, total, reason)
        except Illegal as illegal:
            raise Refused("18005", str(illegal), order.order_id) from illegal


def _sum(amounts: list[str], order_id: str) -> Decimal:
    try:
        return sum((Decimal(one) for one in amounts), Decimal(0))
    except InvalidOperation:
        raise Refused("18004", "An amount is not a number", order_id) from None


_WORK: dict[str, tuple[str, Callable[[Market, str, Xml], None]]] = {
    "POST_ORDER_FULFILLMENT_DATA": ("OrderFulfillment", _fulfil),
    "POST_ORDER_ACKNOWLEDGEMENT_DATA": ("OrderAcknowledgement", _acknowledge),
    "POST_PAYMENT_ADJUSTMENT_DATA": ("OrderAdjustment", _adjust),
}
