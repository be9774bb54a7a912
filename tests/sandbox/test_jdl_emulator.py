"""The JD Logistics emulator against docs/platforms/jdl.md."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlencode

import pytest
from carrier_client import HOUR, PLACES, Lab, text_of

from orderhub.sandbox.carriers.jdl.gateway import sign

ORDERS = "/ecap/v1/orders"


class Client(Lab):
    def call(self, path: str, document: Any, **changes: str) -> Any:
        body = document if isinstance(document, str) else text_of([document])
        key, secret, token = (self.account[name] for name in ("app_key", "app_secret", "access_token"))
        stamp = changes.get("timestamp", "2024-05-20 09:00:00")
        text = f"{secret}access_token{token}app_key{key}method{path}param_json{body}timestamp{stamp}v2.0{secret}"
        query = {
            "LOP-DN": "Tracking_JD" if path.startswith("/jd/") else "jdecap", "app_key": key, "access_token": token,
            "timestamp": stamp, "v": "2.0", "algorithm": "md5-salt", "sign": hashlib.md5(text.encode()).hexdigest().upper(),
            **changes,
        }  # fmt: skip
        return self.json(f"{path}?{urlencode(query)}", body)

    def ours(self, **document: Any) -> dict[str, Any]:
        return {"orderOrigin": 1, "customerCode": self.account["customer_code"], **document}

    def order(self, number: str = "O-1", **changes: Any) -> dict[str, Any]:
        people = {side: {"name": "王", "mobile": "13812345678", "fullAddress": "".join(place)}
                  for side, place in zip(("senderContact", "receiverContact"), PLACES, strict=True)}  # fmt: skip
        return self.ours(**{
            "orderId": number, **people, "productsReq": {"productCode": "ed-m-0001"}, "settleType": 3,
            "cargoes": [{"name": "衣服", "quantity": 1, "weight": 1.5}], "CommonChannelInfo": {"channelCode": "0030001"},
            **changes,
        })  # fmt: skip

    def create(self, number: str = "O-1", **changes: Any) -> Any:
        return self.call(f"{ORDERS}/create", self.order(number, **changes))


@pytest.fixture
def jdl() -> Client:
    return Client("jdl")


def test_signature_vector() -> None:
    body = '[{"referenceNumber":"JDVA11408814483","referenceType":"20000"}]'
    signed = sign("/jd/tracking/query", body, "2026-11-23 00:00:00", "TESTKEY", "TESTTOKEN", "TESTSECRET")
    assert signed == "A45B331C34D0C3E9FF57DC5007BE3236"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sign": "x"}, "SIGN"),
        ({"access_token": "x"}, "TOKEN"),
        ({"app_key": "x"}, "TOKEN"),
        ({"LOP-DN": "Tracking_JD"}, "DOMAIN"),
        ({"v": "1.0"}, "VERSION"),
        ({"algorithm": "md5"}, "VERSION"),
        ({"timestamp": "now"}, "TIME"),
    ],
)
def test_what_the_gateway_stops(jdl: Client, changes: dict[str, str], code: str) -> None:
    assert jdl.call(f"{ORDERS}/create", jdl.order(), **changes)["error_response"]["code"] == code
    assert not jdl.books()


def test_the_body_is_a_list_with_one_object(jdl: Client) -> None:
    for body in (text_of(jdl.order()), "[]", "[1]", "x"):
        assert jdl.call(f"{ORDERS}/create", body)["error_response"]["code"] == "62"
    jdl.switch(timestamp_tolerance_s=60)
    assert "error_response" in jdl.call(f"{ORDERS}/create", jdl.order(), timestamp="2024-05-20 10:00:00")
    assert jdl.create()["success"] is True


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"customerCode": "x"}, "2001"),
        ({"orderId": "x" * 51}, "ORDER_ID"),
        ({"senderContact": {"name": "n" * 51}}, "NAME"),
        ({"receiverContact": {"name": "n", "mobile": "138-1234-5678", "fullAddress": "x"}}, "MOBILE"),
        ({"receiverContact": {"name": "n", "mobile": "13812345678", "fullAddress": "x" * 201}}, "ADDRESS"),
        ({"receiverContact": {"name": "n", "mobile": "13812345678", "fullAddress": "海南省三沙市"}}, "OUT_OF_RANGE"),
        ({"productsReq": {}}, "PRODUCT"),
        ({"settleType": 9}, "SETTLE"),
        ({"cargoes": []}, "CARGO"),
        ({"cargoes": [{"name": "x", "weight": 0}]}, "WEIGHT"),
        ({"remark": "r" * 501}, "REMARK"),
        ({"CommonChannelInfo": {}}, "CHANNEL"),
        ({"waybillCode": "JDVA00000000001"}, "WAYBILL_CODE"),
    ],
)
def test_what_an_order_refuses(jdl: Client, changes: dict[str, Any], code: str) -> None:
    found = jdl.create(**changes)
    assert (found["success"], found["code"]) == (False, code) and not jdl.books()


def test_numbers_are_fetched_once_and_used_once(jdl: Client) -> None:
    codes = jdl.call(f"{ORDERS}/pregetwaybillcodes", jdl.ours(sum=2))["data"]
    assert len(set(codes)) == 2
    assert jdl.create(waybillCode=codes[0])["data"]["waybillCode"] == codes[0]
    assert jdl.create("O-2", waybillCode=codes[0])["code"] == "WAYBILL_CODE"
    assert jdl.create(waybillCode=codes[1])["code"] == "ORDER_ID", "a repeated order is refused"
    for count in (0, 501, True):
        assert jdl.call(f"{ORDERS}/pregetwaybillcodes", jdl.ours(sum=count))["success"] is False
    jdl.switch(prefetch_form="object")
    assert len(jdl.call(f"{ORDERS}/pregetwaybillcodes", jdl.ours(sum=1))["data"]["waybillCodes"]) == 1


def test_states_traces_and_cancelling(jdl: Client) -> None:
    number = jdl.create()["data"]["waybillCode"]
    ask = jdl.ours(waybillCode=number)
    assert jdl.call(f"{ORDERS}/status/get", ask)["data"]["status"] == "100"
    assert jdl.call(f"{ORDERS}/status/get", jdl.ours(waybillCode="x"))["code"] == "2100"
    other = jdl.create("O-2")["data"]["waybillCode"]
    reason = {"cancelReason": "x", "cancelReasonCode": "1"}
    assert jdl.call(f"{ORDERS}/cancel", jdl.ours(waybillCode=other))["success"] is False
    assert jdl.call(f"{ORDERS}/cancel", jdl.ours(waybillCode=other, **reason))["success"] is True
    assert jdl.call(f"{ORDERS}/status/get", jdl.ours(waybillCode=other))["data"]["status"] == "690"
    jdl.world.advance(40 * HOUR)
    details = jdl.call(f"{ORDERS}/trace/query", ask)["data"]["traceDetails"]
    assert [row["category"] for row in details] == [420, 430, 430, 440, 510]
    assert jdl.call(f"{ORDERS}/cancel", jdl.ours(waybillCode=number, **reason))["code"] == "PICKED_UP"
    asked = {"referenceNumber": number, "referenceType": "20000"}
    assert jdl.call("/jd/tracking/query", asked)["data"][0]["waybillCode"] == number
    assert jdl.call("/jd/tracking/query", {**asked, "phone": "0000"})["code"] == "2100"
    assert jdl.call("/jd/tracking/query", {**asked, "referenceType": "1"})["code"] == "2101"
    assert jdl.call(f"{ORDERS}/trace/subscribe", {**ask, "mobile": "0000"})["success"] is False
    assert jdl.call(f"{ORDERS}/trace/subscribe", {**ask, "mobile": "5678"})["data"] is True
    assert jdl.call(f"{ORDERS}/precheck", jdl.order())["success"] is True
