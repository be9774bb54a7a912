"""The Yunda emulator against docs/platforms/yunda.md."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from carrier_client import HOUR, Lab, text_of

from orderhub.sandbox.carriers.yunda.gateway import sign


class Client(Lab):
    def call(self, api: str, document: Any, root: str = "/openapi/outer/", **changes: str) -> Any:
        body = document if isinstance(document, str) else text_of(document)
        signed = hashlib.md5(f"{body}_{self.account['app_secret']}".encode()).hexdigest()
        stamp = str(int(self.world.now().timestamp() * 1000))
        headers = {"app-key": self.account["app_key"], "req-time": stamp, "sign": signed, **changes}
        return self.json(f"{root}{api}", body, **headers)

    def parcels(self, count: int = 1) -> list[str]:
        status, rows = self.world.control("POST", "/_sandbox/yunda/orders", {}, {"count": count})
        assert status == 200
        return [row["order_id"] for row in rows]


@pytest.fixture
def yunda() -> Client:
    return Client("yunda")


def test_signature_vector() -> None:
    assert sign('{"mailno":"4312345678901"}', "TESTSECRET") == "933250cf695d2236a6ce52f3713a375e"


@pytest.mark.parametrize(
    ("changes", "verdict"), [({"sign": "x"}, "SIGN"), ({"app-key": "other"}, "APP"), ({"req-time": "now"}, "TIME")]
)
def test_headers_are_checked(yunda: Client, changes: dict[str, str], verdict: str) -> None:
    assert yunda.call("logictis/query", {"mailno": "1"}, **changes)["result"] is False
    assert yunda.verdict() == verdict


def test_the_clock_is_judged_when_asked(yunda: Client) -> None:
    yunda.switch(timestamp_tolerance_s=60)
    assert yunda.call("logictis/query", {"mailno": "1"}, **{"req-time": "1000"})["code"] == "TIME"
    assert yunda.call("logictis/query", "[1]")["code"] == "FORMAT"


def test_numbers_are_followed_only_when_subscribed(yunda: Client) -> None:
    [number] = yunda.parcels()
    assert yunda.call("logictis/query", {"mailno": number})["code"] == "NOT_SUBSCRIBED"
    asked = {"orders": [{"orderid": "1", "mailno": number}]}
    assert yunda.call("logictis/subscribe", asked, root="/openapi-api/outer/")["result"] is True
    assert yunda.call("logictis/query", {"mailno": number})["data"]["steps"] == []
    yunda.world.advance(40 * HOUR)
    data = yunda.call("logictis/query", {"mailno": number})["data"]
    assert [step["action"] for step in data["steps"]] == ["GOT", "DEPARTURE", "ARRIVAL", "SENT", "SIGNED"]
    assert data["status"] == "SIGNED" and data["steps"][0]["time"] == "2024-05-20 11:00:00"
    assert yunda.call("logictis/subscribe", {"orders": []})["result"] is False
    assert yunda.call("logictis/query", {})["code"] == "MISSING"


def test_the_tester_makes_parcels(yunda: Client) -> None:
    assert len(set(yunda.parcels(3))) == 3
    for count in (0, True, "x"):
        assert yunda.world.control("POST", "/_sandbox/yunda/orders", {}, {"count": count})[0] == 400
