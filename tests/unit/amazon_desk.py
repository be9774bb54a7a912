"""A desk that answers for Amazon without a network: replies go in, requests come out. Helpers of the Amazon tests."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import orderhub
from orderhub.errors import TimedOut
from orderhub.flow.message import Reply, Request

AT = datetime(2026, 4, 3, 12, 0, tzinfo=UTC)
BASE = "https://api.test"
ENTRY: dict[str, Any] = {
    "platform": "amazon", "shop_id": "a-1", "base_url": BASE, "app_key": "client-1", "app_secret": "secret-1",
    "access_token": "Atza|old", "refresh_token": "Atzr|1", "token_url": f"{BASE}/auth/o2/token",
    "seller_id": "SELLER1", "marketplace_ids": ["ATVPDKIKX0DER"],
}  # fmt: skip
LOST = TimedOut("no reply")
TOKEN = {"access_token": "Atza|new", "token_type": "bearer", "expires_in": 3600, "refresh_token": "Atzr|1"}


class Clock:
    """Stands still unless somebody sleeps."""

    def __init__(self) -> None:
        self.at, self.slept = AT, 0.0

    def now(self) -> datetime:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.slept += seconds


def reply(document: Any, status: int = 200, **headers: str) -> Reply:
    """A JSON reply with a request id."""
    told = {"content-type": "application/json", "x-amzn-requestid": "r-1"}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, told, b"" if document is None else json.dumps(document).encode())


def refusal(status: int, code: str = "InvalidInput", message: str = "Invalid Input", details: str = "") -> Reply:
    """An error reply."""
    return reply({"errors": [{"code": code, "message": message, "details": details}]}, status)


Answer = Reply | Exception | Callable[[Request], Reply] | dict[str, Any] | list[Any]


class Desk:
    """Answers by method and path; the last answer of a list is repeated. `sent` holds what came in."""

    def __init__(self, **answers: Answer | list[Answer]) -> None:
        self.routes: list[tuple[str, str, list[Answer]]] = []
        self.sent: list[Request] = []
        self.clock = Clock()
        self.on("POST", "/auth/o2/token", reply(TOKEN))

    def on(self, method: str, path: str, *answers: Answer) -> Desk:
        """Answer calls of this method whose decoded path matches; later routes win."""
        self.routes.insert(0, (method, path, list(answers)))
        return self

    def send(self, request: Request) -> Reply:
        self.sent.append(request)
        path = unquote(urlsplit(request.url).path)
        for method, pattern, answers in self.routes:
            if method == request.method and re.fullmatch(pattern, path):
                found = answers.pop(0) if len(answers) > 1 else answers[0]
                if isinstance(found, Exception):
                    raise found
                return found if isinstance(found, Reply) else found(request) if callable(found) else reply(found)
        raise AssertionError(f"nobody answers {request.method} {path}")

    def close(self) -> None:
        """Nothing to release."""

    def shop(self, **given: Any) -> Any:
        """A shop that speaks to this desk."""
        return orderhub.connect(**{**ENTRY, **given}, transport=self, clock=self.clock)

    def calls(self, path: str, method: str = "") -> list[Request]:
        """Requests whose decoded path matches."""
        return [r for r in self.sent if method in ("", r.method) and re.fullmatch(path, unquote(urlsplit(r.url).path))]


def query(request: Request) -> dict[str, str]:
    """The decoded query of a request."""
    return dict(parse_qsl(urlsplit(request.url).query, keep_blank_values=True))


def body(request: Request) -> Any:
    """The JSON body of a request."""
    return json.loads(request.body)


def usd(amount: str) -> dict[str, str]:
    return {"amount": amount, "currencyCode": "USD"}


def order(order_id: str = "113-1111111-1111111", **given: Any) -> dict[str, Any]:
    """A paid order of two lines (2 x 10.00 and 1 x 5.00), nothing shipped."""
    lines = [item("L1", 2, "10.00"), item("L2", 1, "5.00")]
    found: dict[str, Any] = {
        "orderId": order_id, "createdTime": "2026-04-01T08:00:00Z", "lastUpdatedTime": "2026-04-02T08:00:00Z",
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": "ATVPDKIKX0DER"},
        "fulfillment": {"fulfillmentStatus": "UNSHIPPED", "fulfilledBy": "MERCHANT"},
        "proceeds": {"grandTotal": usd("25.00")}, "orderItems": lines,
    }  # fmt: skip
    return found | given


def item(line_id: str, quantity: int, price: str, sent: int = 0) -> dict[str, Any]:
    total = f"{float(price) * quantity:.2f}"
    return {
        "orderItemId": line_id, "quantityOrdered": quantity,
        "product": {"asin": f"B0{line_id}", "sellerSku": f"SKU-{line_id}", "price": {"unitPrice": usd(price)}},
        "proceeds": {"proceedsTotal": usd(total), "breakdowns": [{"type": "ITEM", "subtotal": usd(total)}]},
        "fulfillment": {"quantityFulfilled": sent, "quantityUnfulfilled": quantity - sent},
    }  # fmt: skip


def package(number: str, waybill: str, *lines: tuple[str, int], status: str = "SHIPPED") -> dict[str, Any]:
    return {"packageReferenceId": number, "trackingNumber": waybill, "carrier": "UPS", "packageStatus": {"status": status},
            "packageItems": [{"orderItemId": line, "quantity": count} for line, count in lines]}  # fmt: skip


def shipped(*packages: dict[str, Any], status: str = "SHIPPED") -> dict[str, Any]:
    """The same order once everything in these packages has left."""
    return order(
        fulfillment={"fulfillmentStatus": status, "fulfilledBy": "MERCHANT"}, packages=list(packages),
        orderItems=[item("L1", 2, "10.00", 2), item("L2", 1, "5.00", 1)],
    )  # fmt: skip
