"""The STO emulator against docs/platforms/sto.md, row 17 of what it must enforce."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest
from carrier_client import HOUR, PLACES, Lab, md5_base64, text_of

from orderhub.sandbox.carriers.sto.gateway import digest

PAIRS = {"OMS_EXPRESS_ORDER_CREATE": "sto_oms", "EDI_MODIFY_ORDER_CANCEL": "edi_modify_order",
         "STO_TRACE_QUERY_COMMON": "sto_trace_query", "STO_TRACE_PLATFORM_SUBSCRIBE": "sto_trace_platform",
         "QUERY_SEND_SERVICE_DETAIL": "ORDERMS_API"}  # fmt: skip


class Client(Lab):
    def call(self, api: str, content: Any, **changes: str) -> Any:
        text = content if isinstance(content, str) else text_of(content)
        form = {
            "content": text, "data_digest": md5_base64(text + self.account["app_secret"]), "api_name": api,
            "from_appkey": self.account["app_key"], "from_code": self.account["from_code"], "to_appkey": PAIRS[api],
            "to_code": PAIRS[api], **changes,
        }  # fmt: skip
        return self.form("/gateway/link.do", form)

    def create(self, number: str = "O-1", **changes: Any) -> Any:
        people = {side: dict(zip(("province", "city", "area", "address"), place, strict=True), name="王", mobile="13812345678")
                  for side, place in zip(("sender", "receiver"), PLACES, strict=True)}  # fmt: skip
        document = {
            "orderNo": number, "orderSource": self.account["order_source"], **people,
            "cargo": {"battery": "30", "goodsType": "小件", "goodsName": "衣服"},
            "customer": {"siteCode": "666666", "customerName": "666666000001", "sitePwd": "abc123"}, **changes,
        }  # fmt: skip
        return self.call("OMS_EXPRESS_ORDER_CREATE", document)

    def number(self, number: str = "O-1") -> str:
        return self.create(number)["data"]["waybillNo"]


@pytest.fixture
def sto() -> Client:
    return Client("sto")


def test_signature_vector() -> None:
    assert digest('{"order":"desc","waybillNoList":["773031309794393"]}TESTSECRET') == "z/qV59LEMQZWvdBcLhzntg=="


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"data_digest": "x"}, "DIGEST"),
        ({"to_appkey": "sto_oms"}, "RECEIVER"),
        ({"to_code": "other"}, "RECEIVER"),
        ({"from_appkey": "other"}, "CALLER"),
        ({"from_code": ""}, "MISSING"),
    ],
)
def test_digest_and_the_pair_of_api_and_receiver(sto: Client, changes: dict[str, str], verdict: str) -> None:
    found = sto.call("STO_TRACE_QUERY_COMMON", {"waybillNoList": ["1"]}, **changes)
    assert found["success"] == "false" and sto.verdict() == verdict, "success is text"


def test_refusals_come_as_xml_too(sto: Client) -> None:
    sto.switch(refusal_form="xml")
    found = sto.call("STO_TRACE_QUERY_COMMON", "[1]")
    assert found.startswith("<response><success>false</success><errorCode>CONTENT</errorCode>")


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"orderNo": ""}, "MISSING"),
        ({"orderSource": "other"}, "SOURCE"),
        ({"billType": "09"}, "TYPE"),
        ({"billType": "01"}, "MISSING"),
        ({"sender": {}}, "MISSING"),
        ({"cargo": {"battery": "1"}}, "CARGO"),
        ({"customer": {"siteCode": "666666"}}, "CUSTOMER"),
    ],
)
def test_a_bad_order_is_refused_and_leaves_nothing(sto: Client, changes: dict[str, Any], verdict: str) -> None:
    assert sto.create(**changes)["success"] == "false"
    assert sto.verdict() == verdict and not sto.books()


def test_orders_repeats_and_numbers_that_are_brought_along(sto: Client) -> None:
    first = sto.create()
    assert sto.create() == first and first["success"] == "true"
    assert sto.create("O-2", customer={}, waybillNo="773031309794393")["data"]["waybillNo"] == "773031309794393"
    sto.switch(repeated_order="refused")
    assert sto.create()["success"] == "false"


def test_cancelling_by_number_and_source(sto: Client) -> None:
    first, second = sto.number(), sto.number("O-2")
    source = sto.account["order_source"]
    assert sto.call("EDI_MODIFY_ORDER_CANCEL", {"billCode": first, "orderSource": "other"})["success"] == "false"
    assert sto.call("EDI_MODIFY_ORDER_CANCEL", {"billCode": first, "orderSource": source})["success"] == "true"
    sto.world.advance(3 * HOUR)
    assert sto.call("EDI_MODIFY_ORDER_CANCEL", {"billCode": second, "orderSource": source})["errorCode"] == "PICKED_UP"


def test_traces_are_keyed_by_number_with_chinese_words(sto: Client) -> None:
    first, second = sto.number(), sto.number("O-2")
    sto.world.advance(40 * HOUR)
    data = sto.call("STO_TRACE_QUERY_COMMON", {"order": "desc", "waybillNoList": [first, second, "0"]})["data"]
    assert set(data) == {first, second}
    assert [row["scanType"] for row in data[first]] == ["签收", "派件", "到件", "发件", "收件"]
    assert sto.call("STO_TRACE_QUERY_COMMON", {"waybillNoList": []})["success"] == "false"


def test_prices_and_pushes(sto: Client) -> None:
    ask = {"SendProv": "浙江省", "SendCity": "杭州市", "RecProv": "广东省", "RecCity": "深圳市", "Weight": "2.1"}
    [offer] = sto.call("QUERY_SEND_SERVICE_DETAIL", ask)["data"]["AvailableServiceItemList"]
    assert offer["feeModel"]["totalPrice"] == "1200"
    assert sto.call("QUERY_SEND_SERVICE_DETAIL", {**ask, "Weight": "x"})["success"] == "false"
    number = sto.number()
    sto.call("STO_TRACE_PLATFORM_SUBSCRIBE", {"subscribeInfoList": [{"waybillNo": number}]})
    sto.world.advance(3 * HOUR)
    form = parse_qs(sto.change(number, action="push")[1]["pushes"][0]["body"])
    assert form["data_digest"] == [md5_base64(form["content"][0] + sto.account["app_secret"])]
    assert form["api_name"] == ["STO_TRACE_PLATFORM_PUSH"] and '"scanType": "收件"' in form["content"][0]
