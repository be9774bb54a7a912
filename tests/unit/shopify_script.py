"""Orders as the page of Shopify shows them, and a shop that answers from a script."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orderhub
from orderhub.flow.message import Reply, Request

NOW = datetime(2026, 10, 20, 8, 0, tzinfo=UTC)
Answer = dict[str, Any] | Exception | Callable[[dict[str, Any]], dict[str, Any]]


def money(amount: str, currency: str = "USD") -> dict[str, Any]:
    return {"shopMoney": {"amount": amount, "currencyCode": currency}}


def line(number: int = 11, **change: Any) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/LineItem/{number}", "name": "Mug - White", "title": "Mug", "variantTitle": "White",
        "sku": "MUG-W", "quantity": 2, "currentQuantity": 2, "unfulfilledQuantity": 2, "requiresShipping": True,
        "originalUnitPriceSet": money("10.00"), "originalTotalSet": money("20.00"),
        "discountedTotalSet": money("18.00"), "totalDiscountSet": money("2.00"),
        "discountAllocations": [{"allocatedAmountSet": money("2.00")}], "product": {"id": "gid://shopify/Product/5"},
        "variant": {"id": "gid://shopify/ProductVariant/6",
                    "inventoryItem": {"id": f"gid://shopify/InventoryItem/{number}00"}},
        **change,
    }  # fmt: skip


def order(**change: Any) -> dict[str, Any]:
    """Two mugs at 10.00, 2.00 off, freight 5.00, tax 1.50: 24.50, paid."""
    return {
        "id": "gid://shopify/Order/4501", "legacyResourceId": "4501", "name": "#1001", "createdAt": "2026-10-18T08:00:00Z",
        "updatedAt": "2026-10-19T08:00:00Z", "cancelledAt": None, "closed": False, "closedAt": None, "test": False,
        "edited": False, "email": "ada@example.com", "note": "Leave at the door", "tags": ["vip"], "currencyCode": "USD",
        "displayFinancialStatus": "PAID", "displayFulfillmentStatus": "UNFULFILLED", "returnStatus": "NO_RETURN",
        "taxesIncluded": False, "discountCodes": [], "subtotalPriceSet": money("18.00"),
        "totalPriceSet": money("24.50"), "totalDiscountsSet": money("2.00"), "totalShippingPriceSet": money("5.00"),
        "totalTaxSet": money("1.50"), "totalRefundedSet": money("0.00"), "netPaymentSet": money("24.50"),
        "shippingAddress": {"name": "Ada Example", "address1": "1 High St", "address2": "Flat 2", "city": "Springfield",
                            "province": "Oregon", "zip": "97477", "countryCodeV2": "US", "phone": "+15415550100"},
        "customer": {"id": "gid://shopify/Customer/77"}, "lineItems": {"nodes": [line()]},
        "fulfillmentOrders": {"nodes": []}, "fulfillments": [], "refunds": [], "returns": {"nodes": []},
        **change,
    }  # fmt: skip


def fulfilment(number: str = "SF1", lines: tuple[tuple[int, int], ...] = ((11, 2),), **change: Any) -> dict[str, Any]:
    rows = [{"lineItem": {"id": f"gid://shopify/LineItem/{one}"}, "quantity": units} for one, units in lines]
    return {
        "id": "gid://shopify/Fulfillment/9", "status": "SUCCESS", "displayStatus": "CONFIRMED",
        "createdAt": "2026-10-19T08:00:00Z", "trackingInfo": [{"company": "SF Express", "number": number}],
        "fulfillmentLineItems": {"nodes": rows}, **change,
    }  # fmt: skip


def to_ship(number: int = 31, location: int = 1, lines: tuple[tuple[int, int], ...] = ((11, 2),), **change: Any) -> Any:
    rows = [{"id": f"gid://shopify/FulfillmentOrderLineItem/{number}{one}", "remainingQuantity": left,
             "lineItem": {"id": f"gid://shopify/LineItem/{one}"}} for one, left in lines]  # fmt: skip
    return {
        "id": f"gid://shopify/FulfillmentOrder/{number}", "status": "OPEN", "requestStatus": "UNSUBMITTED",
        "assignedLocation": {"location": {"id": f"gid://shopify/Location/{location}"}}, "lineItems": {"nodes": rows},
        **change,
    }  # fmt: skip


class Clock:
    """Stands, and goes on while somebody waits."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


class Script:
    """Answers requests in turn; keeps what was sent."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[Request] = []
        self.sent: list[dict[str, Any]] = []
        self.clock = Clock()

    def send(self, request: Request) -> Reply:
        self.requests.append(request)
        self.sent.append(json.loads(request.body))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        told = answer(self.sent[-1]) if callable(answer) else answer
        status = told.pop("_status", 200)
        return Reply(status, {"content-type": "application/json"}, json.dumps(told).encode())

    def close(self) -> None:
        pass

    def shop(self, **given: Any) -> Any:
        entry = {"shop_id": "s", "base_url": "https://some-shop.myshopify.com", "app_key": "id", "app_secret": "hush",
                 "access_token": "shpat_1"}  # fmt: skip
        return orderhub.connect("shopify", **{**entry, **given}, transport=self, clock=self.clock)


def data(**fields: Any) -> dict[str, Any]:
    return {"data": fields}
