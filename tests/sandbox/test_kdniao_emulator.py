"""The Kdniao emulator against docs/platforms/kdniao.md, row 14 of what it must enforce."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any
from urllib.parse import parse_qs, quote

import pytest
from carrier_client import HOUR, PLACES, Lab, text_of

from orderhub.sandbox.carriers.kdniao.gateway import data_sign

TRACE, DIST, WAYBILL, COURIER = (
    "/Ebusiness/EbusinessOrderHandle.aspx",
    "/api/dist",
    "/api/EOrderService",
    "/api/oorderservice",
)


class Client(Lab):
    def call(self, path: str, kind: str, document: Any, **changes: str) -> Any:
        text = document if isinstance(document, str) else text_of(document)
        hexed = hashlib.md5((text + self.account["app_secret"]).encode()).hexdigest()
        form = {"RequestData": text, "EBusinessID": self.account["app_key"], "RequestType": kind, "DataType": "2",
                "DataSign": base64.b64encode(hexed.encode()).decode(), **changes}  # fmt: skip
        return self.form(path, form)

    def order(self, code: str = "O-1", **changes: Any) -> dict[str, Any]:
        names = ("ProvinceName", "CityName", "ExpAreaName", "Address")
        people = {side: {"Name": "王", "Mobile": "13812345678", **dict(zip(names, place, strict=True))}
                  for side, place in zip(("Sender", "Receiver"), PLACES, strict=True)}  # fmt: skip
        return {
            "OrderCode": code, "ShipperCode": "YTO", "PayType": 3, "ExpType": 1, **people,
            "Commodity": [{"GoodsName": "衣服"}], "CustomerName": self.account["customer_name"],
            "CustomerPwd": self.account["customer_password"], **changes,
        }  # fmt: skip

    def number(self, code: str = "O-1", **changes: Any) -> str:
        return self.call(WAYBILL, "1007", self.order(code, **changes))["Order"]["LogisticCode"]


@pytest.fixture
def kdn() -> Client:
    return Client("kdniao")


def test_signature_vector() -> None:
    text = '{"LogisticCode": "YT2819014489339", "OrderCode": "", "ShipperCode": "YTO"}'
    assert data_sign(text, "TEST-APPKEY-0001") == "YWUxNzFmY2U1Mjk1MjY3NjU5ZjFjMTM0NWMwYjM0ZDQ="


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"DataSign": "x"}, "SIGN"),
        ({"DataSign": "abc%3D"}, "ENCODED"),
        ({"EBusinessID": "x"}, "BUSINESS"),
        ({"DataType": "1"}, "FORM"),
        ({"RequestType": "1008"}, "TYPE"),
    ],
)
def test_row_14_signature_and_the_address_of_a_type(kdn: Client, changes: dict[str, str], verdict: str) -> None:
    assert kdn.call(TRACE, "8002", {"ShipperCode": "YTO", "LogisticCode": "1"}, **changes)["Success"] is False
    assert kdn.verdict() == verdict


def test_row_14_what_is_encoded_twice_is_refused(kdn: Client) -> None:
    assert kdn.call(TRACE, "8002", quote(text_of({"ShipperCode": "YTO"})))["ResultCode"] == "ENCODED"
    assert kdn.call(TRACE, "8002", "[1]")["ResultCode"] == "DATA"


def test_row_14_waybills_and_repeated_orders(kdn: Client) -> None:
    made = kdn.call(WAYBILL, "1007", kdn.order())
    assert (made["ResultCode"], made["Order"]["OrderCode"]) == ("100", "O-1")
    again = kdn.call(WAYBILL, "1007", kdn.order())
    assert again["Success"] is False and "Order" not in again and len(kdn.books()) == 1


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"ShipperCode": "NOBODY"}, "MISSING"),
        ({"OrderCode": ""}, "MISSING"),
        ({"PayType": 9}, "MISSING"),
        ({"Receiver": {"Name": "x"}}, "MISSING"),
        ({"Commodity": []}, "MISSING"),
        ({"CustomerPwd": "x"}, "ACCOUNT"),
    ],
)
def test_a_bad_order_is_refused_and_leaves_nothing(kdn: Client, changes: dict[str, Any], verdict: str) -> None:
    assert kdn.call(WAYBILL, "1007", kdn.order(**changes))["Success"] is False
    assert kdn.verdict() == verdict and not kdn.books()


def test_row_14_sf_wants_digits_of_a_phone(kdn: Client) -> None:
    number = kdn.number(ShipperCode="SF")
    ask = {"ShipperCode": "SF", "LogisticCode": number}
    kdn.world.advance(3 * HOUR)
    assert kdn.call(TRACE, "8002", ask)["Success"] is False
    assert kdn.call(TRACE, "8002", {**ask, "CustomerName": "0000"})["Success"] is False
    assert kdn.call(TRACE, "8002", {**ask, "CustomerName": "5678"})["Traces"][0]["Action"] == "1"


def test_histories_basic_and_fine(kdn: Client) -> None:
    number = kdn.number()
    kdn.world.advance(29 * HOUR)
    ask = {"ShipperCode": "YTO", "LogisticCode": number}
    fine, basic = kdn.call(TRACE, "8001", ask), kdn.call(TRACE, "1002", ask)
    assert [row["Action"] for row in fine["Traces"]] == ["1", "204", "201", "202"]
    assert (fine["State"], fine["StateEx"]) == ("2", "202"), "out for delivery stands below state 2"
    assert "StateEx" not in basic and not any("Action" in row for row in basic["Traces"])
    unknown = kdn.call(TRACE, "8002", {**ask, "LogisticCode": "YT0"})
    assert (unknown["Success"], unknown["State"], unknown["Traces"]) == (True, "0", [])
    assert kdn.call(TRACE, "2002", {"LogisticCode": number})["Shippers"] == [{"ShipperCode": "YTO"}]


def test_couriers_come_and_are_called_off(kdn: Client) -> None:
    assert kdn.call(COURIER, "1001", kdn.order())["ResultCode"] == "100"
    assert kdn.call(COURIER, "1001", kdn.order())["Success"] is False
    assert kdn.call(COURIER, "1004", {"OrderCode": "O-1"})["ResultCode"] == "100"
    assert kdn.call(COURIER, "1004", {"OrderCode": "O-1"})["Success"] is False


def test_row_14_pushes_hold_the_whole_history(kdn: Client) -> None:
    number = kdn.number()
    assert kdn.call(DIST, "8008", {"ShipperCode": "YTO", "LogisticCode": number})["Success"] is True
    kdn.world.advance(40 * HOUR)
    [push] = kdn.change(number, action="push")[1]["pushes"]
    form = parse_qs(push["body"])
    [row] = json.loads(form["RequestData"][0])["Data"]
    assert form["RequestType"] == ["102"] and len(row["Traces"]) == 5 and "DataSign" not in form
    kdn.switch(push_signed=True)
    assert "DataSign" in kdn.change(number, action="push")[1]["pushes"][0]["body"]
