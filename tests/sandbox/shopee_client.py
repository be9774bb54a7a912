"""A tiny client of Shopee, written from docs/platforms/shopee.md for the tests of its emulator."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from orderhub.flow.message import Reply, Request
from orderhub.sandbox import World

START = datetime(2026, 3, 18, 3, 0, tzinfo=UTC)
DAY = 86_400
EVERY = "item_list,total_amount,recipient_address,package_list,pay_time,note,invoice_data,fulfillment_flag,split_up"


class Refused(Exception):
    """An `error` in the envelope."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(f"{error}: {message}")
        self.error = error


def still(orders: int = 6, *, awkward: bool = False, shops: int = 1, seed: int = 7) -> World:
    """A world whose clock moves only when it is told to."""
    return World(seed=seed, platforms=["shopee"], carriers=[], shops_per_platform=shops, orders=orders,
                 awkward=awkward, start=START, tick=lambda: 0.0)  # fmt: skip


class Shopee:
    """One shop's calls."""

    def __init__(self, world: World, number: int = 0) -> None:
        self.world, self.shop = world, world.shops()[number]

    def now(self, ahead: int = 0) -> int:
        return int(self.world.now().timestamp()) + ahead

    def query(self, path: str, **change: str | None) -> dict[str, str]:
        """The common parameters, signed; `change` replaces what is signed, None leaves it out afterwards."""
        public = path.startswith(("auth/", "push/", "shop/"))
        told = {"partner_id": self.shop["app_key"], "timestamp": str(self.now())}
        if not public:
            told |= {"access_token": self.shop["access_token"], "shop_id": self.shop["shop_id"]}
        told |= {name: value for name, value in change.items() if value is not None}
        base = f"{told['partner_id']}/api/v2/{path}{told['timestamp']}"
        base += "" if public else told["access_token"] + told["shop_id"]
        told["sign"] = hmac.new(self.shop["app_secret"].encode(), base.encode(), hashlib.sha256).hexdigest()
        return {name: value for name, value in told.items() if not (name in change and change[name] is None)}

    def raw(self, path: str, query: dict[str, Any], body: Any = None) -> Reply:
        url = f"{self.shop['base_url']}/api/v2/{path}?{urlencode(query, doseq=True)}"
        if body is None:
            return self.world.transport().send(Request("GET", url, {}, b""))
        headers = {"content-type": "application/json"}
        return self.world.transport().send(Request("POST", url, headers, json.dumps(body).encode()))

    def told(self, path: str, query: dict[str, Any], body: Any = None) -> dict[str, Any]:
        """The envelope; raises `Refused`."""
        document: dict[str, Any] = json.loads(self.raw(path, query, body).body)
        if document["error"]:
            raise Refused(document["error"], document["message"])
        return document

    def get(self, path: str, **params: Any) -> Any:
        return self.told(path, self.query(path) | params)["response"]

    def post(self, path: str, **body: Any) -> Any:
        return self.told(path, self.query(path), body)["response"]

    def control(self, method: str, path: str, body: Any = None) -> Any:
        status, told = self.world.control(method, f"/_sandbox/{path}", {}, body)
        assert status < 300, told
        return told

    def switch(self, **values: Any) -> None:
        self.control("PUT", "switches", {"shopee": values})

    def window(self, start: int = -15 * DAY, end: int = 0, **more: Any) -> dict[str, Any]:
        span = {"time_range_field": "update_time", "time_from": self.now(start), "time_to": self.now(end)}
        return {**span, "page_size": 100, "response_optional_fields": "order_status", **more}

    def listed(self, **more: Any) -> list[dict[str, Any]]:
        """Every row of the last fifteen days, through all pages."""
        rows: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = self.get("order/get_order_list", **self.window(**more), cursor=cursor)
            rows += page["order_list"]
            if not page["more"]:
                return rows
            cursor = page["next_cursor"]

    def detail(self, sn: str, fields: str = EVERY) -> dict[str, Any]:
        path = "order/get_order_detail"
        told = self.get(path, order_sn_list=sn, response_optional_fields=fields, request_order_status_pending="true")
        row: dict[str, Any] = told["order_list"][0]
        return row

    def some(self, status: str = "READY_TO_SHIP", **fields: Any) -> dict[str, Any]:
        """The first order of a status whose channel is the shop's own, with these fields."""
        for row in self.listed():
            if row["order_status"] == status:
                found = self.detail(row["order_sn"])
                own = all(one["shipping_carrier"] == "SF Express" for one in found["package_list"])
                if own and all(found.get(name) == value for name, value in fields.items()):
                    return found
        raise AssertionError(f"no order in {status} with {fields}")

    def record(self, sn: str) -> dict[str, Any]:
        found: dict[str, Any] = self.control("GET", f"shopee/orders/{sn}")
        return found

    def act(self, sn: str, action: str, **more: Any) -> None:
        self.control("PATCH", f"shopee/orders/{sn}", {"action": action, **more})
