"""A tiny Douyin client of its own for the emulator's tests; its signatures are pinned by the sheet's vectors."""

from __future__ import annotations

import hmac
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from orderhub.flow.message import Reply, Request
from orderhub.sandbox import World

START = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)


def still(**more: Any) -> World:
    """A world whose clock moves only when it is told."""
    given = {"seed": 5, "platforms": ["douyin"], "carriers": [], "start": START, "tick": lambda: 0.0, **more}
    return World(**given)


def control(world: World, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    """One call of the control API."""
    code, told = world.control(method, f"/_sandbox/{path}", {}, body)
    assert code == status, told
    return told


def sign(secret: str, key: str, method: str, body: str, at: str) -> str:
    """Lower hex of HMAC-SHA256 over the secret, the parameters in their order, and the secret."""
    text = f"{secret}app_key{key}method{method}param_json{body}timestamp{at}v2{secret}"
    return hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()


class Refused(Exception):
    """A code other than 10000."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(json.dumps(told, ensure_ascii=False))
        self.code, self.sub_code = told["code"], told["sub_code"]


class Dy:
    """One shop's client."""

    def __init__(self, world: World, number: int = 0) -> None:
        self.world, self.shop = world, world.shops()[number]
        self.token: str | None = self.shop["access_token"]

    @property
    def shop_id(self) -> str:
        return str(self.shop["shop_id"])

    def now(self, seconds: float = 0) -> int:
        return int(self.world.now().timestamp() + seconds)

    def query(self, method: str, body: str, /, **change: str | None) -> dict[str, str]:
        """Signed parameters; `change` replaces (before signing) or, with None, takes out (after)."""
        told = {"app_key": self.shop["app_key"], "method": method, "timestamp": str(self.now()), "v": "2",
                "sign_method": "hmac-sha256"}  # fmt: skip
        if self.token:
            told["access_token"] = self.token
        told |= {name: value for name, value in change.items() if value is not None}
        made = sign(self.shop["app_secret"], told["app_key"], told["method"], body, told["timestamp"])
        told.setdefault("sign", made)
        return {name: value for name, value in told.items() if name not in change or change[name] is not None}

    def raw(self, path: str, query: dict[str, str], body: str, verb: str = "POST") -> Reply:
        url = f"{self.shop['base_url']}/{path}?{urlencode(query)}"
        return self.world.handle(Request(verb, url, {"content-type": "application/json"}, body.encode()))

    def reply(self, method: str, params: dict[str, Any], /, **change: str | None) -> dict[str, Any]:
        """The whole envelope."""
        body = json.dumps(params, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        reply = self.raw(method.replace(".", "/"), self.query(method, body, **change), body)
        assert reply.status == 200
        return dict(json.loads(reply.body))

    def call(self, method: str, **params: Any) -> Any:
        """`data`; raises `Refused`."""
        told = self.reply(method, params)
        if told["code"] != 10000:
            raise Refused(told)
        return told["data"]

    def refusal(self, method: str, **params: Any) -> tuple[int, str]:
        with pytest.raises(Refused) as caught:
            self.call(method, **params)
        return caught.value.code, caught.value.sub_code

    def search(self, size: int = 100, **filters: Any) -> list[dict[str, Any]]:
        """Every page, front to back."""
        rows: list[dict[str, Any]] = []
        for page in range(1000):
            told = self.call("order.searchList", page=page, size=size, **filters)
            rows += told["shop_order_list"]
            if (page + 1) * size >= told["total"]:
                return rows
        raise AssertionError("no end of pages")

    def changed(self, seconds: float = 86_400 * 60, **filters: Any) -> list[dict[str, Any]]:
        window = {"update_time_start": self.now(-seconds), "update_time_end": self.now()}
        return self.search(order_by="update_time", **window, **filters)

    def get(self, order_id: str) -> dict[str, Any]:
        return dict(self.call("order.orderDetail", shop_order_id=order_id)["shop_order_detail"])

    def ready(self, children: int = 1) -> dict[str, Any]:
        """An order that can be sent, with so many children; made now when none is there."""
        for _ in range(200):
            [row] = control(self.world, "POST", "douyin/orders", {"count": 1, "shop_id": self.shop_id})
            found = self.get(row["order_id"])
            if len(found["sku_order_list"]) == children:
                return found
        raise AssertionError("no such order")

    def change(self, order_id: str, action: str, **more: Any) -> Any:
        return control(self.world, "PATCH", f"douyin/orders/{order_id}", {"action": action, **more})

    def arm(self, fault: str, **rule: Any) -> None:
        control(self.world, "POST", "faults", {"platform": "douyin", "fault": fault, **rule})

    def switch(self, **values: Any) -> None:
        control(self.world, "PUT", "switches", {"douyin": values})


def test_the_client_signs_as_the_page_says() -> None:
    body = '{"company_code":"zhongtong","logistics_code":"73100012345678","order_id":"5012345678901234567"}'
    made = sign("dd-secret-42", "7000000000000000001", "order.logisticsAdd", body, "1700000000")
    assert made == "a4c2c8a8510687b4d70eadf55b7ad9dcb9dca41a542d495f377962ae5b446160"
