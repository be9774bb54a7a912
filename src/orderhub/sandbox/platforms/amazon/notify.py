"""Notifications: destinations, subscriptions, and a queue that stands for SQS. Source: docs/platforms/amazon.md §9.

Messages are put into one queue in memory as the JSON that SQS would deliver. It is read at `PATH`, which is the
sandbox's own: GET (`destination`, `max`) hides what it tells for `message_again_s`, DELETE (`receipt`) ends a message.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from orderhub.flow.message import Reply
from orderhub.sandbox.emulator import Call
from orderhub.sandbox.platforms.amazon.ask import Ask
from orderhub.sandbox.platforms.amazon.state import Listing, Market, Order
from orderhub.sandbox.platforms.amazon.tokens import APPLICATION
from orderhub.sandbox.platforms.amazon.view_v0 import UNPAID
from orderhub.sandbox.platforms.amazon.wire import Doc, Refusal, answer, iso

__all__ = ["PATH", "TYPES", "Notifications"]

PATH = "/sandbox/amazon/messages"
TYPES = ("ORDER_CHANGE", "LISTINGS_ITEM_MFN_QUANTITY_CHANGE")
_DOCUMENTED = (
    *TYPES, "FBA_INVENTORY_AVAILABILITY_CHANGES", "ITEM_INVENTORY_EVENT_CHANGE", "FULFILLMENT_ORDER_STATUS",
    "FEED_PROCESSING_FINISHED", "REPORT_PROCESSING_FINISHED",
)  # fmt: skip
_DATES = ("EarliestDeliveryDate", "LatestDeliveryDate", "EarliestShipDate", "LatestShipDate")
_PROGRAMS = (("IsBusinessOrder", "Business"), ("IsPrime", "Prime"), ("IsPremiumOrder", "Premium"), ("IsIBA", "IBA"),
             ("IsReplacementOrder", "Replacement"))  # fmt: skip
_SHIPPING = (("IsGlobalExpressEnabled", "GlobalExpress"), ("IsISPU", "ISPU"), ("IsAccessPointOrder", "AccessPoint"))


@dataclass(slots=True)
class Message:
    """One message on its way; `again` is when it may be told (again)."""

    receipt: str
    destination_id: str
    body: Doc
    again: datetime


class Notifications:
    """Notifications v1."""

    def __init__(self, market: Market) -> None:
        self._market = market
        self.destinations: dict[str, Doc] = {}
        self.subscriptions: dict[tuple[str, str], Doc] = {}
        self.messages: list[Message] = []
        market.tell, market.tell_stock = self._order_changed, self._stock_changed

    def _id(self, what: str) -> str:
        return str(uuid5(NAMESPACE_URL, f"amazon:{what}:{self._market.serial()}"))

    # destinations: the application's

    def create_destination(self, ask: Ask) -> Doc:
        """createDestination."""
        body = ask.body()
        spec, name = body.get("resourceSpecification"), body.get("name")
        if (
            not isinstance(name, str)
            or not name
            or not isinstance(spec, dict)
            or ("sqs" in spec) == ("eventBridge" in spec)
        ):
            raise ask.bad("name and a resourceSpecification of either sqs or eventBridge are required")
        if any(row["name"] == name for row in self.destinations.values()):
            raise Refusal(409, "Conflict", f"A destination named {name} exists")
        key = self._id("destination")
        self.destinations[key] = row = {"name": name, "destinationId": key, "resource": _resource(ask, spec)}
        return {"payload": row}

    def destination(self, ask: Ask) -> Doc:
        """getDestination."""
        return {"payload": self._destination(ask, ask.path["destinationId"])}

    def _destination(self, ask: Ask, destination_id: str) -> Doc:
        if destination_id not in self.destinations:
            raise ask.not_found(f"Destination {destination_id}")
        return self.destinations[destination_id]

    def list_destinations(self, ask: Ask) -> Doc:
        """getDestinations."""
        return {"payload": list(self.destinations.values())}

    def delete_destination(self, ask: Ask) -> Doc:
        """deleteDestination: not while somebody is subscribed."""
        row = self._destination(ask, ask.path["destinationId"])
        if any(one["destinationId"] == row["destinationId"] for one in self.subscriptions.values()):
            raise Refusal(409, "Conflict", "The destination has subscriptions")
        del self.destinations[row["destinationId"]]
        return {}

    # subscriptions: the seller's

    def subscribe(self, ask: Ask) -> Doc:
        """createSubscription: one of each type; a second is 409."""
        kind, body = _kind(ask), ask.body()
        if body.get("payloadVersion") != "1.0" or body.get("destinationId") not in self.destinations:
            raise ask.bad("payloadVersion must be 1.0 and destinationId one of the application")
        directive = body.get("processingDirective") or {}
        if "eventFilter" in directive and "filterExpression" in directive:
            raise ask.bad("eventFilter excludes filterExpression")
        if (ask.shop_id, kind) in self.subscriptions:
            raise Refusal(409, "Conflict", f"A subscription for {kind} exists")
        row = {
            "subscriptionId": self._id("subscription"),
            "payloadVersion": "1.0",
            "destinationId": body["destinationId"],
        }
        row |= {"processingDirective": directive} if directive else {}
        self.subscriptions[ask.shop_id, kind] = row
        return {"payload": row}

    def subscription(self, ask: Ask) -> Doc:
        """getSubscription."""
        row = self.subscriptions.get((ask.shop_id, _kind(ask)))
        if row is None:
            raise ask.not_found(f"A subscription for {ask.path['notificationType']}")
        return {"payload": row}

    def list_subscriptions(self, ask: Ask) -> Doc:
        """getSubscriptions."""
        kinds = ask.many("notificationTypes", 1, _DOCUMENTED, required=True)
        rows = [row for (shop, kind), row in self.subscriptions.items() if shop == ask.shop_id and kind in kinds]
        return {"payload": {"subscriptions": rows}}

    def _named(self, ask: Ask) -> tuple[str, str]:
        for key, row in self.subscriptions.items():
            if key[1] == _kind(ask) and row["subscriptionId"] == ask.path["subscriptionId"]:
                return key
        raise ask.not_found(f"Subscription {ask.path['subscriptionId']}")

    def subscription_by_id(self, ask: Ask) -> Doc:
        """getSubscriptionById."""
        return {"payload": self.subscriptions[self._named(ask)]}

    def unsubscribe(self, ask: Ask) -> Doc:
        """deleteSubscriptionById."""
        del self.subscriptions[self._named(ask)]
        return {}

    # messages

    def _put(self, shop_id: str, kind: str, payload: Doc, places: set[str] | None = None, change: str = "") -> None:
        row = self.subscriptions.get((shop_id, kind))
        if row is None or _filtered(row, places, change):
            return
        at = self._market.stamp()
        body = {
            "NotificationVersion": "1.0", "NotificationType": kind, "PayloadVersion": "1.0", "EventTime": at,
            "Payload": payload,
            "NotificationMetadata": {
                "ApplicationId": APPLICATION, "SubscriptionId": row["subscriptionId"], "PublishTime": at,
                "NotificationId": self._id("notification"),
            },
        }  # fmt: skip
        for _ in range(2 if self._market.switch("messages_twice") else 1):
            self.messages.append(Message(self._id("receipt"), row["destinationId"], body, self._market.now()))

    def _order_changed(self, order: Order, change: str) -> None:
        if (order.shop_id, "ORDER_CHANGE") not in self.subscriptions:
            return
        doc = order.doc
        reason = "Buyer Requested Cancel" if change == "BuyerRequestedChange" else f"Order status is {order.status}"
        told = {
            "NotificationLevel": "OrderLevel", "SellerId": self._market.shops[order.shop_id].seller_id,
            "AmazonOrderId": order.order_id, "OrderChangeType": change,
            "OrderChangeTrigger": {"TimeOfOrderChange": doc["LastUpdateDate"], "ChangeReason": reason},
            "Summary": _summary(order),
        }  # fmt: skip
        self._put(
            order.shop_id, "ORDER_CHANGE", {"OrderChangeNotification": told}, {doc.get("MarketplaceId", "")}, change
        )

    def _stock_changed(self, listing: Listing) -> None:
        told = {"SellerId": self._market.shops[listing.shop_id].seller_id, "FulfillmentChannelCode": "DEFAULT",
                "Sku": listing.sku, "Quantity": listing.quantity() or 0}  # fmt: skip
        self._put(listing.shop_id, "LISTINGS_ITEM_MFN_QUANTITY_CHANGE", told)

    def serve(self, call: Call) -> Reply:
        """The queue's own door."""
        params, now = call.request.params, self._market.now()
        if call.request.method == "DELETE":
            self.messages = [one for one in self.messages if one.receipt != params.get("receipt")]
            return answer(None, 204)
        most, where = params.get("max", "10"), params.get("destination")
        due = [one for one in self.messages if one.again <= now and where in (None, one.destination_id)]
        if self._market.switch("messages_shuffled"):
            self._market.setup.rng.shuffle(due)
        due = due[: int(most) if most.isascii() and most.isdigit() else 10]
        for one in due:
            one.again = now + timedelta(seconds=self._market.switch("message_again_s"))
        told = [
            {"receipt": one.receipt, "destinationId": one.destination_id, "body": json.dumps(one.body)} for one in due
        ]
        return answer({"at": iso(now), "messages": told}, 200)


def _kind(ask: Ask) -> str:
    if ask.path["notificationType"] not in _DOCUMENTED:
        raise ask.bad("notificationType is unknown")
    return ask.path["notificationType"]


def _resource(ask: Ask, spec: Doc) -> Doc:
    sqs, bridge = spec.get("sqs"), spec.get("eventBridge")
    if isinstance(sqs, dict) and str(sqs.get("arn", "")).startswith("arn:aws:sqs:"):
        return {"sqs": {"arn": sqs["arn"]}}
    if isinstance(bridge, dict) and bridge.get("region") and bridge.get("accountId"):
        return {"eventBridge": {**bridge, "name": f"aws.partner/sellingpartnerapi.amazon.com/{bridge['accountId']}"}}
    raise ask.bad("The resource needs an sqs arn, or an eventBridge region and accountId")


def _filtered(row: Doc, places: set[str] | None, change: str) -> bool:
    """Whether the subscription's filter keeps the message back."""
    wanted: dict[str, Any] = row.get("processingDirective", {}).get("eventFilter", {})
    if wanted.get("orderChangeTypes") and change and change not in wanted["orderChangeTypes"]:
        return True
    return bool(wanted.get("marketplaceIds") and places and not places & set(wanted["marketplaceIds"]))


def _summary(order: Order) -> Doc:
    doc = order.doc
    told: Doc = {
        "MarketplaceId": doc.get("MarketplaceId", ""), "OrderStatus": order.status, "PurchaseDate": doc["PurchaseDate"],
        "DestinationPostalCode": doc.get("ShippingAddress", {}).get("PostalCode"),
        "FulfillmentType": doc.get("FulfillmentChannel", "MFN"), "OrderType": doc.get("OrderType", "StandardOrder"),
        "NumberOfItemsShipped": doc.get("NumberOfItemsShipped", 0),
        "NumberOfItemsUnshipped": doc.get("NumberOfItemsUnshipped", 0),
        "OrderPrograms": [word for flag, word in _PROGRAMS if doc.get(flag)],
        "ShippingPrograms": [word for flag, word in _SHIPPING if doc.get(flag)],
    }  # fmt: skip
    hidden = {"LatestDeliveryDate"} if order.status in UNPAID or order.status == "Canceled" else set()
    told |= {name: doc[name] for name in _DATES if name in doc and name not in hidden}
    told["OrderItems"] = [_summary_item(item) for item in order.items]
    return told


def _summary_item(item: Doc) -> Doc:
    """The schema knows two statuses of an item; a cancelled one has none."""
    asked = item.get("BuyerRequestedCancel", {}).get("IsBuyerRequestedCancel") == "true"
    sent, ordered = item.get("QuantityShipped", 0), item["QuantityOrdered"]
    status = {} if "_cancelled_by" in item else {"OrderItemStatus": "Shipped" if sent >= ordered else "Unshipped"}
    return {
        "OrderItemId": item["OrderItemId"], "SellerSKU": item.get("SellerSKU", ""), "SupplySourceId": None, **status,
        "Quantity": ordered, "QuantityShipped": sent, "IsBuyerRequestedCancel": asked,
    }  # fmt: skip
