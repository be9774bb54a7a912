"""A few lines that the tests of carriers' emulators share: a still world with one carrier, bytes in and out."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from orderhub.flow.message import Request
from orderhub.sandbox import World

START = datetime(2024, 5, 20, 1, tzinfo=UTC)
HOUR = 3600
PLACES = (("浙江省", "杭州市", "西湖区", "文三路 90 号"), ("广东省", "深圳市", "南山区", "科技园二路 7 号"))


def md5_base64(text: str) -> str:
    return base64.b64encode(hashlib.md5(text.encode()).digest()).decode()


class Lab:
    """One carrier in a world that stands still."""

    def __init__(self, name: str, **options: Any) -> None:
        self.name = name
        self.world = World(
            platforms=[], carriers=[name], start=START, tick=lambda: 0.0, base_url="http://c.test", **options
        )
        [self.account] = self.world.carrier_accounts()

    def send(self, path: str, body: bytes, kind: str, method: str = "POST", **headers: str) -> Any:
        url = f"http://c.test{path}"
        reply = self.world.handle(Request(method, url, {"Content-Type": kind, **headers}, body))
        assert reply.status == 200, reply
        text = reply.body.decode()
        return json.loads(text) if text[:1] in "{[" else text

    def json(self, path: str, body: str, **headers: str) -> Any:
        return self.send(path, body.encode(), "application/json;charset=UTF-8", **headers)

    def form(self, path: str, form: Mapping[str, str]) -> Any:
        return self.send(path, urlencode(form).encode(), "application/x-www-form-urlencoded;charset=UTF-8")

    def switch(self, **values: Any) -> None:
        assert self.world.control("PUT", "/_sandbox/switches", {}, {self.name: values})[0] == 200

    def books(self) -> list[dict[str, Any]]:
        status, rows = self.world.control("GET", f"/_sandbox/{self.name}/orders")
        assert status == 200
        return rows

    def change(self, number: str, **body: Any) -> tuple[int, Any]:
        return self.world.control("PATCH", f"/_sandbox/{self.name}/orders/{number}", {}, body)

    def verdict(self) -> str:
        return self.world.log(1)[0]["verdict"]


def text_of(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
