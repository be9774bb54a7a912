"""A tiny SOP client of its own for the emulator's tests; its signatures are pinned by the sheet's vectors."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from orderhub.flow.message import Reply, Request
from orderhub.sandbox import World

CHINA = timezone(timedelta(hours=8))
START = datetime(2026, 3, 18, 2, 30, tzinfo=UTC)
GATEWAY = "/api/http/sopRequest"
NO_RESULT = "biz.handler.data-get:no-result"


def sign(secret: str, method: str, at: str, key: str, version: str, body: bytes) -> str:
    """Lower hex over secret, method, time, key, version and the body in Base64."""
    text = secret + method + at + key + version + base64.b64encode(body).decode()
    return hashlib.md5(text.encode()).hexdigest()


class Refused(Exception):
    """An sn_error."""

    def __init__(self, told: dict[str, Any]) -> None:
        super().__init__(json.dumps(told, ensure_ascii=False))
        self.code = told["error_code"]


class Sn:
    """One shop's client."""

    def __init__(self, world: World, number: int = 0) -> None:
        self.world, self.shop = world, world.shops()[number]
        self.token: str | None = self.shop["access_token"]

    @property
    def shop_id(self) -> str:
        return str(self.shop["shop_id"])

    def now(self, seconds: float = 0) -> str:
        """China time, so many seconds from now."""
        return f"{self.world.now().astimezone(CHINA) + timedelta(seconds=seconds):%Y-%m-%d %H:%M:%S}"

    def headers(self, method: str, body: bytes, **change: str | None) -> dict[str, str]:
        """Signed headers; `change` replaces (before signing) or, with None, takes out (after)."""
        told = {
            "AppMethod": method, "AppKey": self.shop["app_key"], "AppRequestTime": self.now(), "VersionNo": "v1.2",
            "Format": "json", "Content-Type": "application/json;charset=UTF-8",
        }  # fmt: skip
        if self.token:
            told["access_token"] = self.token
        told |= {name: value for name, value in change.items() if value is not None}
        parts = (told[name] for name in ("AppMethod", "AppRequestTime", "AppKey", "VersionNo"))
        told.setdefault("signInfo", sign(self.shop["app_secret"], *parts, body))
        return {name: value for name, value in told.items() if name not in change or change[name] is not None}

    def raw(self, headers: dict[str, str], body: bytes, path: str = GATEWAY, verb: str = "POST") -> Reply:
        return self.world.handle(Request(verb, f"{self.shop['base_url']}{path}", headers, body))

    def body(self, biz: str, params: dict[str, Any]) -> bytes:
        return json.dumps({"sn_request": {"sn_body": {biz: params}}}, ensure_ascii=False).encode()

    def headers_and_body(self, method: str, biz: str, params: dict[str, Any]) -> tuple[dict[str, str], bytes]:
        body = self.body(biz, params)
        return self.headers(f"suning.custom.{method}", body), body

    def reply(self, method: str, biz: str, params: dict[str, Any]) -> dict[str, Any]:
        """Inside sn_responseContent, whatever it says."""
        reply = self.raw(*self.headers_and_body(method, biz, params))
        assert reply.status == 200
        return dict(json.loads(reply.body)["sn_responseContent"])

    def call(self, method: str, biz: str, **params: Any) -> Any:
        """What sn_body holds under the bizName; raises `Refused`. A parameter of None is left out."""
        told = self.reply(method, biz, {name: value for name, value in params.items() if value is not None})
        if "sn_error" in told:
            raise Refused(told["sn_error"])
        [(key, inside)] = told["sn_body"].items()
        assert key == biz
        return inside

    def refusal(self, method: str, biz: str, **params: Any) -> str:
        with pytest.raises(Refused) as caught:
            self.call(method, biz, **params)
        return str(caught.value.code)

    def get(self, code: str) -> dict[str, Any]:
        return dict(self.call("order.get", "orderGet", orderCode=code))

    def created(self, days: float = 30, ago: float = 0, **filters: Any) -> list[dict[str, Any]]:
        """Every row by creation in the window of `days` that ends `ago` days ago."""
        window = {"startTime": self.now(-86_400 * (days + ago)), "endTime": self.now(-86_400 * ago)}
        return self.pages("order.query", "orderQuery", **window, **filters)

    def changed(self, seconds: float = 86_400, **filters: Any) -> list[dict[str, Any]]:
        window = {"startTime": self.now(-seconds), "endTime": self.now()}
        return self.pages("ord.query", "orderQuery", **window, **filters)

    def pages(self, method: str, biz: str, **params: Any) -> list[dict[str, Any]]:
        """All pages, front to back; nothing found is an empty list."""
        rows: list[dict[str, Any]] = []
        for number in range(1, 1000):
            asked = {"pageSize": "50", **params, "pageNo": str(number)}
            told = self.reply(method, biz, asked)
            if "sn_error" in told:
                if told["sn_error"]["error_code"] == NO_RESULT and number == 1:
                    return rows
                raise Refused(told["sn_error"])
            rows += told["sn_body"][biz]
            if number >= int(told["sn_head"]["pageTotal"]):
                return rows
        raise AssertionError("no end of pages")

    def codes(self, days: float = 30) -> list[str]:
        return [row["orderCode"] for row in self.created(days)]

    def truth(self, code: str) -> dict[str, Any]:
        return dict(control(self.world, "GET", f"/_sandbox/suning/orders/{code}"))

    def truths(self) -> list[dict[str, Any]]:
        rows = control(self.world, "GET", "/_sandbox/suning/orders")
        return [self.truth(row["order_id"]) for row in rows if row["shop_id"] == self.shop_id]

    def patch(self, code: str, **body: Any) -> dict[str, Any]:
        return dict(control(self.world, "PATCH", f"/_sandbox/suning/orders/{code}", body))

    def fault(self, fault: str, **more: Any) -> None:
        control(self.world, "POST", "/_sandbox/faults", {"platform": "suning", "fault": fault, **more})

    def switch(self, **values: Any) -> None:
        control(self.world, "PUT", "/_sandbox/switches", {"suning": values})

    def new(self, **body: Any) -> str:
        """A fresh order of this shop."""
        [row] = control(self.world, "POST", "/_sandbox/suning/orders", {"count": 1, "shop_id": self.shop_id, **body})
        return str(row["order_id"])

    def post(self, lines: int = 1, **doc: Any) -> str:
        """A native document with so many plain lines of ten yuan."""
        detail = [{"payAmount": "10.00000", "unitPrice": "10.00000"} for _ in range(lines)]
        body = {"shop_id": self.shop_id, "documents": [{"orderDetail": detail, **doc}]}
        [row] = control(self.world, "POST", "/_sandbox/suning/orders", body)
        return str(row["order_id"])

    def numbers(self, code: str) -> list[str]:
        return [line["orderLineNumber"] for line in self.truth(code)["orderDetail"]]

    def parcel(self, code: str, lines: list[str] | None = None, **change: Any) -> dict[str, Any]:
        """Parameters of orderdelivery.add: the lines named, or all."""
        named = self.numbers(code) if lines is None else lines
        told = {
            "orderCode": code, "expressNo": "SF1234567890123", "expressCompanyCode": "S02",
            "orderLineNumbers": {"orderLineNumber": named},
        }  # fmt: skip
        return {**told, **change}

    def ship(self, code: str, lines: list[str] | None = None, **change: Any) -> dict[str, Any]:
        return dict(self.call("orderdelivery.add", "orderDelivery", **self.parcel(code, lines, **change)))

    def ship_refusal(self, code: str, lines: list[str] | None = None, **change: Any) -> str:
        return self.refusal("orderdelivery.add", "orderDelivery", **self.parcel(code, lines, **change))


def control(world: World, method: str, path: str, body: Any = None) -> Any:
    """A control call that must succeed."""
    status, value = world.control(method, path, {}, body)
    assert status == 200, value
    return value


def still(**options: Any) -> World:
    """A world in which time stands still between calls."""
    return World(**{"platforms": ["suning"], "carriers": [], "start": START, "tick": lambda: 0.0, "seed": 7, **options})


VECTORS = (
    (
        "suning.custom.order.query", "2026-03-01 10:00:00",
        '{"sn_request":{"sn_body":{"orderQuery":{"startTime":"2026-02-28 00:00:00","endTime":"2026-03-01 00:00:00",'
        '"orderStatus":"10","pageNo":"1","pageSize":"50"}}}}',
        "ffbadd2cde74f3109f0d09f6461935b6",
    ),
    (
        "suning.custom.orderdelivery.add", "2026-03-01 10:05:00",
        '{"sn_request":{"sn_body":{"orderDelivery":{"orderCode":"37000000001","expressNo":"SF1234567890123",'
        '"expressCompanyCode":"S02","orderLineNumbers":{"orderLineNumber":["00662135670001"]}}}}}',
        "92aca196e43647762f2405c6b3d050e0",
    ),
    (
        "suning.custom.ordernote.modify", "2026-03-01 10:00:00",
        '{"sn_request":{"sn_body":{"orderNote":{"orderCode":"37000000001","noteContent":"请尽快发货","noteFlag":"1",'
        '"colorMarkFlag":"2"}}}}',
        "5858003548da95a982809492d5c01cb6",
    ),
)  # fmt: skip


@pytest.mark.parametrize(("method", "at", "body", "signature"), VECTORS)
def test_this_client_signs_as_the_sheet(method: str, at: str, body: str, signature: str) -> None:
    assert sign("demo-suning-secret", method, at, "demo-suning-appkey", "v1.2", body.encode()) == signature
