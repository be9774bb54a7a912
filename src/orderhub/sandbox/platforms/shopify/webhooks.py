"""Webhooks: what is pushed about an order, signed, kept with it for whoever plays the post. REST-shaped bodies.

Source: docs/platforms/shopify.md, Webhooks. Nothing is sent: a tester takes a delivery from `_sandbox.webhooks` of an
order and hands it over. Imports this folder's state, wire.
"""

from __future__ import annotations

import json
from typing import Any

from orderhub.sandbox.platforms.shopify.state import Doc, Market, Order
from orderhub.sandbox.platforms.shopify.tokens import Tokens
from orderhub.sandbox.platforms.shopify.wire import number, proof

__all__ = ["KEPT", "Post"]

KEPT = 20
"""Deliveries kept with an order, the newest."""
VERSION = "2026-07"


class Post:
    """Writes deliveries."""

    def __init__(self, market: Market, tokens: Tokens) -> None:
        self._market, self._tokens = market, tokens

    def heard(self, order: Order, topic: str, about: Doc) -> None:
        """Something happened to an order."""
        body = json.dumps(_body(order, topic, about), separators=(",", ":"), ensure_ascii=False)
        shop, serial = self._market.shops[order.shop_id], self._market.serial()
        order.webhooks.append({
            "headers": {
                "X-Shopify-Topic": topic, "X-Shopify-Shop-Domain": shop.domain, "X-Shopify-API-Version": VERSION,
                "X-Shopify-Hmac-Sha256": proof(self._tokens.secret(order.shop_id), body.encode()),
                "X-Shopify-Webhook-Id": f"sandbox-webhook-{serial}", "X-Shopify-Event-Id": f"sandbox-event-{serial}",
                "X-Shopify-Triggered-At": self._market.stamp(), "Content-Type": "application/json",
            },
            "body": body,
        })  # fmt: skip
        del order.webhooks[:-KEPT]


def _body(order: Order, topic: str, about: Doc) -> dict[str, Any]:
    if topic.startswith("orders/"):
        return _order(order.doc)
    told = {
        "id": int(number(about["id"])), "admin_graphql_api_id": about["id"], "order_id": int(order.number),
        "created_at": about.get("createdAt"), "updated_at": about.get("updatedAt"),
    }  # fmt: skip
    if topic.startswith("fulfillments/"):
        numbers = [one["number"] for one in about["trackingInfo"]]
        company = about["trackingInfo"][0]["company"] if numbers else None
        return {**told, "status": about["status"].lower(), "tracking_company": company, "tracking_numbers": numbers}
    return {**told, "note": about["note"]}


def _order(doc: Doc) -> dict[str, Any]:
    """Enough to know which order changed, and how it stands."""
    status = {"UNFULFILLED": None, "FULFILLED": "fulfilled", "PARTIALLY_FULFILLED": "partial"}
    return {
        "id": int(doc["legacyResourceId"]), "admin_graphql_api_id": doc["id"], "name": doc["name"],
        "order_number": doc["number"], "created_at": doc["createdAt"], "updated_at": doc["updatedAt"],
        "cancelled_at": doc["cancelledAt"], "currency": doc["currencyCode"], "test": doc["test"],
        "total_price": doc["totalPriceSet"]["shopMoney"]["amount"],
        "financial_status": doc["displayFinancialStatus"].lower(),
        "fulfillment_status": status.get(doc["displayFulfillmentStatus"]),
        "line_items": [
            {"id": int(number(line["id"])), "sku": line["sku"], "quantity": line["quantity"], "name": line["name"]}
            for line in doc["lineItems"]
        ],
    }  # fmt: skip
