"""The Kuaidi100 emulator against docs/platforms/kuaidi100.md, rows 11 to 13 of what it must enforce."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from carrier_client import HOUR, Lab, text_of

from orderhub.sandbox.carriers.kuaidi100.gateway import upper_md5


def signed(*parts: str) -> str:
    return hashlib.md5("".join(parts).encode()).hexdigest().upper()


class Client(Lab):
    def query(self, com: str, num: str, sign: str | None = None, **more: str) -> Any:
        text, customer = text_of({"com": com, "num": num, **more}), self.account["customer"]
        form = {"customer": customer, "sign": sign or signed(text, self.account["app_key"], customer), "param": text}
        return self.form("/poll/query.do", form)

    def subscribe(self, com: str, num: str, **changes: Any) -> Any:
        parameters = {"callbackurl": "http://shop.example/p", "salt": "abc", **changes.pop("parameters", {})}
        text = text_of(
            {"company": com, "number": num, "key": self.account["app_key"], "parameters": parameters, **changes}
        )
        return self.form("/poll", {"schema": "json", "param": text})

    def label(self, path: str, method: str, param: Any, **changes: str) -> Any:
        text, stamp = text_of(param), str(int(self.world.now().timestamp() * 1000))
        key, secret = self.account["app_key"], self.account["app_secret"]
        form = {
            "method": method,
            "key": key,
            "t": stamp,
            "param": text,
            "sign": signed(text, stamp, key, secret),
            **changes,
        }
        return self.form(path, form)

    def parcel(self, carrier: str = "yto") -> str:
        status, rows = self.world.control("POST", "/_sandbox/kuaidi100/orders", {}, {"carrier": carrier})
        assert status == 200
        return rows[0]["order_id"]


@pytest.fixture
def kd() -> Client:
    return Client("kuaidi100")


def test_signature_vectors() -> None:
    param = '{"com":"yuantong","num":"YT2819014489339"}'
    assert upper_md5(param + "TESTKEY0001" + "TESTCUSTOMER0001") == "A7A8E3F87A14B104F8A147F13B20E8A7"
    assert upper_md5(param + "abc123") == "6F04DE5561B6A3A917B54C7949171CC4"
    assert upper_md5(param + "1700000000000" + "TESTKEY0001" + "SECRET0001") == "CF72FE4F05010827AEAADD8B1223504B"


def test_row_11_upper_case_signatures_only(kd: Client) -> None:
    text = text_of({"com": "yuantong", "num": "1"})
    lower = signed(text, kd.account["app_key"], kd.account["customer"]).lower()
    assert kd.query("yuantong", "1", sign=lower)["returnCode"] == "503"
    assert kd.query("yuantong", "1", sign="x")["returnCode"] == "503"


def test_row_11_carriers_phones_and_nothing_known(kd: Client) -> None:
    yto, sf = kd.parcel(), kd.parcel("sf")
    kd.world.advance(3 * HOUR)
    assert kd.query("YUANTONG", yto)["returnCode"] == kd.query("nobody", yto)["returnCode"] == "400"
    assert kd.query("yuantong", "9" * 33)["returnCode"] == "400"
    assert kd.query("shunfeng", sf)["returnCode"] == kd.query("shunfeng", sf, phone="0000")["returnCode"] == "408"
    assert kd.query("shunfeng", sf, phone="13812345678")["status"] == "200"
    assert kd.query("yuantong", "YT0")["returnCode"] == kd.query("shentong", yto)["returnCode"] == "500"


def test_row_11_codes_only_when_asked_for(kd: Client) -> None:
    number = kd.parcel()
    kd.world.advance(40 * HOUR)
    fine, plain = kd.query("yuantong", number, resultv2="4"), kd.query("yuantong", number)
    assert [row["statusCode"] for row in fine["data"]] == ["301", "5", "1001", "1002", "103"]
    assert (fine["state"], fine["ischeck"], fine["nu"]) == ("301", "1", number)
    assert not any("statusCode" in row for row in plain["data"])


def test_row_11_repeats_and_quota_when_switched_on(kd: Client) -> None:
    number = kd.parcel()
    kd.world.advance(3 * HOUR)
    kd.switch(repeat_lock=True)
    assert kd.query("yuantong", number)["status"] == "200" and kd.query("yuantong", number)["returnCode"] == "504"
    kd.world.advance(1900)
    assert kd.query("yuantong", number)["status"] == "200"
    kd.switch(quota=1, repeat_lock=False)
    assert kd.query("yuantong", number)["returnCode"] == "601"


def test_row_12_subscriptions(kd: Client) -> None:
    number = kd.parcel()
    assert kd.subscribe("yuantong", number, key="x")["returnCode"] == "600"
    assert kd.subscribe("nobody", number)["returnCode"] == "700"
    assert kd.subscribe("yuantong", number, parameters={"callbackurl": "https://shop.example"})["returnCode"] == "701"
    assert kd.change(number, action="push")[0] == 409
    assert kd.subscribe("yuantong", number)["returnCode"] == "200"
    assert kd.subscribe("yuantong", number)["returnCode"] == "501"
    kd.switch(https_callbacks=True)
    assert kd.subscribe("yuantong", "other", parameters={"callbackurl": "https://shop.example"})["returnCode"] == "200"


def test_row_12_pushes_hold_the_whole_history_signed_with_the_salt(kd: Client) -> None:
    number = kd.parcel()
    kd.subscribe("yuantong", number)
    for hours, status, rows in ((3, "polling", 1), (40, "shutdown", 5)):
        kd.world.advance(hours * HOUR)
        [push] = kd.change(number, action="push")[1]["pushes"]
        form = parse_qs(push["body"])
        document = json.loads(form["param"][0])
        assert form["sign"] == [signed(form["param"][0], "abc")]
        assert document["status"] == status and len(document["lastResult"]["data"]) == rows


def test_row_13_labels_and_prices_are_signed_by_time_key_and_secret(kd: Client) -> None:
    people = {
        side: {"name": "王", "mobile": "13812345678", "printAddr": "浙江省杭州市"} for side in ("sendMan", "recMan")
    }
    order = {"kuaidicom": "yuantong", "partnerId": "x", **people}
    assert kd.label("/label/order", "order", order)["data"]["kuaidinum"].startswith("YT")
    for changes in ({"sign": "x"}, {"t": "1000"}, {"key": "x"}):
        assert kd.label("/label/order", "order", order, **changes)["returnCode"] == "503"
    assert kd.label("/label/order", "order", {**order, "recMan": {}})["returnCode"] == "400"
    ask = {"kuaidiCom": "yuantong", "sendManPrintAddr": "a", "recManPrintAddr": "b", "weight": "2.5"}
    assert kd.label("/order/borderapi.do", "price", ask)["data"]["price"] == "12.00"
    assert kd.label("/order/borderapi.do", "price", {**ask, "weight": "x"})["returnCode"] == "400"


def test_detection_and_faults(kd: Client) -> None:
    number = kd.parcel("zto")
    path = f"/autonumber/auto?num={number}&key="
    assert kd.send(path + kd.account["app_key"], b"", "", method="GET") == [{"comCode": "zhongtong"}]
    assert kd.send(path + "x", b"", "", method="GET")["returnCode"] == "201"
    kd.world.control("POST", "/_sandbox/faults", {}, {"platform": "kuaidi100", "fault": "call_limited"})
    assert kd.query("yuantong", number)["returnCode"] == "504"
    assert kd.world.control("POST", "/_sandbox/kuaidi100/orders", {}, {"carrier": "nobody"})[0] == 400
