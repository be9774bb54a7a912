"""A tiny Selling Partner client of its own for the emulator's tests, and the official models where they are at hand."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from orderhub.flow.message import Reply, Request
from orderhub.sandbox import World

START = datetime(2026, 3, 18, 2, 30, tzinfo=UTC)
SINCE = "2025-12-01T00:00:00Z"
V0, V26 = "/orders/v0/orders", "/orders/2026-01-01/orders"
ALL_SETS = "BUYER,RECIPIENT,PROCEEDS,EXPENSE,PROMOTION,CANCELLATION,FULFILLMENT,PACKAGES,TAX,PAYMENT,FULFILLMENT_ORDERS"
ELEMENTS = ["buyerInfo", "shippingAddress"]


def facts() -> Path:
    """The official model files, which stay outside the repository; skips where they are absent."""
    root = Path(os.environ.get("ORDERHUB_FACTS") or Path(__file__).parents[2].parent / "shared")
    found = root / "platforms" / "amazon"
    if not (found / "ordersV0.json").is_file():
        pytest.skip(f"the official models are not at {found}: set ORDERHUB_FACTS")
    return found


@cache
def model(name: str) -> Any:
    """One model file, read once; lone `type` and `items` are all that its definitions use, so draft 4 reads them."""
    return json.loads((facts() / name).read_text("utf-8"))


class Refused(Exception):
    """Any reply that says no."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"{reply.status} {reply.body[:300]!r}")
        self.reply, self.status = reply, reply.status
        error = json.loads(reply.body)["errors"][0]
        self.code, self.message, self.details = error["code"], error["message"], error["details"]


class Amz:
    """One seller's client."""

    def __init__(self, world: World, number: int = 0) -> None:
        self.world = world
        self.shop = [row for row in world.shops() if row["platform"] == "amazon"][number]
        self.token = self.shop["access_token"]
        self.seller, self.places = self.shop["seller_id"], self.shop["marketplace_ids"]

    @property
    def shop_id(self) -> str:
        return str(self.shop["shop_id"])

    def raw(
        self, method: str, path: str, query: dict[str, Any] | None = None, body: Any = None, token: str | None = None,
        **headers: str,
    ) -> Reply:  # fmt: skip
        """One exchange; lists in the query are joined by commas, as every client does."""
        pairs = {name: ",".join(value) if isinstance(value, list) else value for name, value in (query or {}).items()}
        url = self.shop["base_url"] + quote(path) + (f"?{urlencode(pairs)}" if pairs else "")
        sent = {"x-amz-access-token": self.token if token is None else token}
        if body is not None:
            sent["content-type"] = "application/json"
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.world.handle(Request(method, url, {k: v for k, v in sent.items() if v}, data))

    def call(self, method: str, path: str, query: dict[str, Any] | None = None, body: Any = None, **more: Any) -> Any:
        """The document told; None for 204. Raises `Refused`."""
        reply = self.raw(method, path, query, body, **more)
        if reply.status >= 300:
            raise Refused(reply)
        return json.loads(reply.body) if reply.body else None

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, query)

    def refusal(
        self, method: str, path: str, query: dict[str, Any] | None = None, body: Any = None, **more: Any
    ) -> Refused:
        with pytest.raises(Refused) as caught:
            self.call(method, path, query, body, **more)
        return caught.value

    def rdt(self, *resources: dict[str, Any]) -> str:
        """A restricted data token."""
        told = self.call(
            "POST", "/tokens/2021-03-01/restrictedDataToken", body={"restrictedResources": list(resources)}
        )
        return str(told["restrictedDataToken"])

    def generic_rdt(self, *elements: str) -> str:
        """For getOrders, getOrder and getOrderItems of any order."""
        paths = (V0, V0 + "/{orderId}", V0 + "/{orderId}/orderItems")
        return self.rdt(*({"method": "GET", "path": path, "dataElements": list(elements)} for path in paths))

    def pages_v0(self, token: str | None = None, **query: Any) -> list[list[dict[str, Any]]]:
        """Every page of getOrders."""
        asked = {"MarketplaceIds": self.places, "CreatedAfter": SINCE, **query}
        asked = {name: value for name, value in asked.items() if value is not None}
        found, more = [], {}
        for _ in range(500):
            payload = self.call("GET", V0, {**asked, **more}, token=token)["payload"]
            found.append(payload["Orders"])
            if "NextToken" not in payload:
                return found
            more = {"NextToken": payload["NextToken"]}
        raise AssertionError("no end of pages")

    def v0(self, token: str | None = None, **query: Any) -> list[dict[str, Any]]:
        return [order for page in self.pages_v0(token, **query) for order in page]

    def pages_26(self, **query: Any) -> list[list[dict[str, Any]]]:
        """Every page of searchOrders."""
        asked = {"createdAfter": SINCE, "includedData": ALL_SETS, **query}
        asked = {name: value for name, value in asked.items() if value is not None}
        found, more = [], {}
        for _ in range(500):
            told = self.call("GET", V26, {**asked, **more})
            found.append(told["orders"])
            if "pagination" not in told:
                return found
            more = {"paginationToken": told["pagination"]["nextToken"]}
        raise AssertionError("no end of pages")

    def v26(self, **query: Any) -> list[dict[str, Any]]:
        return [order for page in self.pages_26(**query) for order in page]

    def order(self, order_id: str, included: str = ALL_SETS) -> dict[str, Any]:
        return dict(self.get(f"{V26}/{order_id}", includedData=included)["order"])

    def items(self, order_id: str, token: str | None = None) -> list[dict[str, Any]]:
        """Every page of getOrderItems."""
        path, found, more = f"{V0}/{order_id}/orderItems", [], {}
        while True:
            payload = self.call("GET", path, more, token=token)["payload"]
            found += payload["OrderItems"]
            if "NextToken" not in payload:
                return found
            more = {"NextToken": payload["NextToken"]}

    def ids(self, status: str, channel: str = "MFN") -> list[str]:
        """Orders in a status, by the truth."""
        rows = [self.truth(row["order_id"]) for row in control(self.world, "GET", "/_sandbox/amazon/orders")]
        return [
            row["AmazonOrderId"]
            for row in rows
            if row["_sandbox"]["shop_id"] == self.shop_id
            and (row["OrderStatus"], row["FulfillmentChannel"]) == (status, channel)
        ]

    def truth(self, order_id: str) -> dict[str, Any]:
        return dict(control(self.world, "GET", f"/_sandbox/amazon/orders/{order_id}"))

    def patch(self, order_id: str, **body: object) -> dict[str, Any]:
        return dict(control(self.world, "PATCH", f"/_sandbox/amazon/orders/{order_id}", body))

    def create(self, **body: object) -> list[dict[str, Any]]:
        return list(control(self.world, "POST", "/_sandbox/amazon/orders", body))

    def switch(self, **values: object) -> None:
        control(self.world, "PUT", "/_sandbox/switches", {"amazon": values})

    def fault(self, fault: str, **more: object) -> None:
        control(self.world, "POST", "/_sandbox/faults", {"platform": "amazon", "fault": fault, **more})

    def package(self, order_id: str, reference: Any = "1", **more: Any) -> dict[str, Any]:
        """A confirmShipment body for everything open."""
        truth = self.truth(order_id)
        rows = [
            {"orderItemId": item["OrderItemId"], "quantity": item["QuantityOrdered"] - item["QuantityShipped"]}
            for item in truth["OrderItems"]
            if item["QuantityOrdered"] > item["QuantityShipped"] and "_cancelled_by" not in item
        ]
        detail = {
            "packageReferenceId": reference, "carrierCode": "Other", "carrierName": "SF Express",
            "trackingNumber": "SF1000000000001", "shipDate": "2026-03-18T02:00:00Z", "orderItems": rows, **more,
        }  # fmt: skip
        return {"marketplaceId": truth["MarketplaceId"],
                "packageDetail": {name: value for name, value in detail.items() if value is not None}}  # fmt: skip

    def ship(self, order_id: str, reference: Any = "1", **more: Any) -> Reply:
        return self.raw("POST", f"{V0}/{order_id}/shipmentConfirmation", body=self.package(order_id, reference, **more))


def still(**size: Any) -> World:
    """A world of Amazon alone whose clock moves only when told; limits lifted unless asked for."""
    size = {"seed": 5, "orders": 8, "limits": False, **size}
    return World(platforms=["amazon"], carriers=[], start=START, tick=lambda: 0.0, **size)


def control(world: World, method: str, path: str, body: Any = None) -> Any:
    """The control API; fails loudly."""
    status, value = world.control(method, path, {}, body)
    assert status == 200, value
    return value


def test_the_client_reads_what_the_world_offers() -> None:
    amz = Amz(still())
    assert len(amz.v0()) == len(amz.v26()) == 8
    assert amz.shop["app_secret"].startswith("sandbox-") and amz.token.startswith("sandbox-")
    assert {"seller_id", "marketplace_ids", "token_url", "refresh_token"} <= amz.shop.keys()
