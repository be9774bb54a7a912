"""The ZTO emulator against docs/platforms/zto.md."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest
from carrier_client import HOUR, PLACES, Lab, md5_base64, text_of

from orderhub.sandbox.carriers.zto.gateway import digest


class Client(Lab):
    def call(self, api: str, document: Any, **changes: str) -> Any:
        body = document if isinstance(document, str) else text_of(document)
        headers = {"x-companyid": self.account["app_key"],
                   "x-datadigest": md5_base64(changes.get("stamp", "") + body + self.account["app_secret"])}  # fmt: skip
        if "stamp" in changes:
            headers["x-timestamp"] = changes.pop("stamp")
        return self.json(f"/{api}", body, **{**headers, **changes})

    def create(self, code: str = "P-1", **changes: Any) -> Any:
        return self.call("zto.open.createOrder", self.order(code, **changes))

    def number(self, code: str = "P-1") -> str:
        return self.create(code)["result"]["billCode"]

    def order(self, code: str, **changes: Any) -> dict[str, Any]:
        found: dict[str, Any] = {"partnerType": "2", "orderType": "1", "partnerOrderCode": code,
                                 "accountInfo": {"accountId": self.account["account_id"], "accountPassword": "ZTO123"}}  # fmt: skip
        for block, side, place in zip(("senderInfo", "receiveInfo"), ("sender", "receiver"), PLACES, strict=True):
            names = (f"{side}Province", f"{side}City", f"{side}District", f"{side}Address")
            found[block] = {f"{side}Name": "王", f"{side}Mobile": "13812345678", **dict(zip(names, place, strict=True))}
        return {**found, **changes}

    def track(self, number: str, **more: str) -> list[dict[str, Any]]:
        return self.call("zto.merchant.waybill.track.query", {"billCode": number, **more})["result"]


@pytest.fixture
def zto() -> Client:
    return Client("zto")


def test_signature_vector() -> None:
    assert digest('{"billCode":"75331234567890"}TESTSECRET') == "tdahOmw2Gu4E+DKi2yxQlA=="


def test_digest_company_and_an_optional_timestamp(zto: Client) -> None:
    assert zto.call("zto.open.createOrder", zto.order("A"), stamp="1700000000000")["status"] is True
    for changes, verdict in (({"x-companyid": "other"}, "COMPANY"), ({"x-datadigest": "x"}, "DIGEST")):
        assert zto.call("zto.open.createOrder", zto.order("B"), **changes)["status"] is False
        assert zto.verdict() == verdict
    assert zto.call("zto.open.createOrder", "[1]")["statusCode"] == "FORMAT"
    assert zto.world.log(3)[1]["hint"].endswith(zto.account["app_secret"])


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"partnerType": "3"}, "TYPE"),
        ({"orderType": "9"}, "TYPE"),
        ({"partnerOrderCode": ""}, "MISSING"),
        ({"accountInfo": {}}, "ACCOUNT"),
        ({"receiveInfo": {}}, "MISSING"),
        ({"orderVasList": [{"vasType": "COD", "vasAmount": 9.5}]}, "VAS"),
        ({"orderVasList": [{"vasType": "other"}]}, "VAS"),
        ({"orderItems": [{"name": "x", "weight": "1.5"}]}, "ITEM"),
    ],
)
def test_a_bad_order_is_refused_and_leaves_nothing(zto: Client, changes: dict[str, Any], verdict: str) -> None:
    assert zto.create(**changes)["status"] is False
    assert zto.verdict() == verdict and not zto.books()


def test_a_repeated_order_by_the_switch(zto: Client) -> None:
    first = zto.create()["result"]
    assert zto.create()["result"] == first
    zto.switch(repeated_order="refused")
    assert zto.create()["status"] is False and len(zto.books()) == 1


def test_queries_name_what_happened_in_chinese_and_lockers_in_english(zto: Client) -> None:
    number = zto.number()
    zto.change(number, action="scenario", scenario="locker")
    zto.world.advance(50 * HOUR)
    nodes = zto.track(number)
    assert [node["scanType"] for node in nodes] == ["收件", "发件", "到件", "派件", "ARRIVAL", "SIGNED"]
    assert nodes[0]["scanDate"] == 1716174000000 and nodes[0]["scanSite"]["city"] == "杭州市"
    assert zto.track(number, mobilePhone="0000") == [] and zto.track(number, mobilePhone="5678")
    zto.switch(track_times="text", phone_tail="required")
    assert zto.track(number, mobilePhone="5678")[0]["scanDate"] == "2024-05-20 11:00:00"
    assert zto.call("zto.merchant.waybill.track.query", {"billCode": number})["status"] is False


def test_pushes_have_another_vocabulary(zto: Client) -> None:
    number = zto.number()
    asked = {"billCode": number, "mobilePhone": "1111"}
    assert zto.call("zto.merchant.waybill.track.subsrcibe", asked)["status"] is False
    assert zto.call("zto.merchant.waybill.track.subsrcibe", {**asked, "mobilePhone": "5678"})["status"] is True
    zto.world.advance(23 * HOUR)
    pushes = [parse_qs(push["body"]) for push in zto.change(number, action="push")[1]["pushes"]]
    assert [
        '"action": "' + word in form["data"][0]
        for form, word in zip(pushes, ("GOT", "DEPARTURE", "ARRIVAL"), strict=True)
    ]
    for form in pushes:
        assert form["data_digest"] == [md5_base64(form["data"][0] + zto.account["app_secret"])]
        assert form["msg_type"] == ["Traces"]


def test_cancelling_before_and_after_the_pick_up(zto: Client) -> None:
    first, second = zto.number("A"), zto.create("B")["result"]
    assert zto.call("zto.open.cancelPreOrder", {"cancelType": "8", "billCode": first})["status"] is False
    assert zto.call("zto.open.cancelPreOrder", {"cancelType": "1", "billCode": first})["status"] is True
    zto.world.advance(3 * HOUR)
    late = zto.call("zto.open.cancelPreOrder", {"cancelType": 2, "orderCode": second["orderCode"]})
    assert late["statusCode"] == "PICKED_UP"


def test_interception_by_its_documented_codes(zto: Client) -> None:
    number = zto.number()
    ask = {"billCode": number, "requestId": "r1", "destinationType": 2}

    def code(**changes: Any) -> str:
        return zto.call("thirdcenter.createIntercept", {**ask, **changes})["statusCode"]

    assert code(destinationType=9) == "E23108" and code(billCode="0") == "E23102" and code() == "E23119"
    zto.world.advance(3 * HOUR)
    assert code() == "0000" and code() == "0000" and code(requestId="r2") == "E23116"
    other = zto.number("B")
    zto.world.advance(29 * HOUR)
    assert code(billCode=other) == "E23120"
    zto.world.advance(9 * HOUR)
    assert code(billCode=other) == "E23101"
