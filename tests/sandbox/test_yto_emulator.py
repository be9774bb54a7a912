"""The YTO emulator against docs/platforms/yto.md, row by row of what it must enforce."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from carrier_client import HOUR, PLACES, Lab, md5_base64, text_of

from orderhub.sandbox.carriers.yto.gateway import digest

SHORT = {"privacy_create_adapter": "create", "korder_create_adapter": "create", "korder_cancel_adapter": "cancel",
         "track_query_adapter": "track", "subscribe_adapter": "subscribe", "wanted_report_adapter": "cancel"}  # fmt: skip


class Client(Lab):
    def call(self, method: str, param: Any, **changes: Any) -> Any:
        own = {**self.account["interfaces"].get(SHORT.get(method, ""), {}), **changes}
        text = param if isinstance(param, str) else text_of(param)
        signed = md5_base64(text + method + "v1" + own.get("secret", ""))
        body = {"timestamp": int(self.world.now().timestamp() * 1000), "param": text, "sign": signed, "format": "JSON"}
        version = own.get("version", "v1")
        path = f"/open/{method}/{version}/{own.get('path_token')}/{own.get('customer_code')}"
        return self.json(path, text_of({**body, **changes.get("body", {})}))

    def create(self, number: str = "LP00000001", **changes: Any) -> Any:
        return self.call("privacy_create_adapter", order(number, **changes))


def order(number: str = "LP00000001", **changes: Any) -> dict[str, Any]:
    people = {}
    for side, (province, city, county, street) in zip(("sender", "recipient"), PLACES, strict=True):
        people |= {f"{side}Name": "王小明", f"{side}Mobile": "13812345678", f"{side}ProvinceName": province,
                   f"{side}CityName": city, f"{side}CountyName": county, f"{side}Address": street}  # fmt: skip
    return {"logisticsNo": number, **people, "goods": [{"name": "衣服", "quantity": 1}], **changes}


@pytest.fixture
def yto() -> Client:
    return Client("yto")


def test_signature_vectors() -> None:
    assert digest("opentest123456") == "YLstCNa3x8ijQx16e/jqOA=="
    assert digest("<order></order>123456") == "LghTkEmsD2tbQ3fsIBRcBg=="
    assert digest('{"NUMBER":"YT2819014489339"}track_query_adapterv1123456') == "vsqS+4HXwp4eWg50AEhiKA=="


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"path_token": "wrong1"}, "CREDENTIAL"),
        ({"customer_code": "sandbox-yto-track"}, "CREDENTIAL"),
        ({"version": "v2"}, "CREDENTIAL"),
        ({"secret": "x"}, "SIGN"),
        ({"body": {"sign": ""}}, "SIGN"),
        ({"body": {"format": "XML"}}, "FORMAT"),
        ({"body": {"param": 7}}, "FORMAT"),
    ],
)
def test_row_15_path_and_signature_belong_to_the_interface(yto: Client, changes: dict[str, Any], verdict: str) -> None:
    assert yto.call("privacy_create_adapter", order(), **changes)["success"] is False
    assert yto.verdict() == verdict and not yto.books()


def test_row_15_an_order_number_is_kept(yto: Client) -> None:
    first = yto.create()
    assert first == yto.create() and first["logisticsNo"] == "LP00000001" and first["mailNo"].startswith("YT")
    assert len(yto.books()) == 1 and yto.create("LP00000002")["mailNo"] != first["mailNo"]


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({"logisticsNo": "short"}, "LOGISTICS_NO"),
        ({"recipientMobile": ""}, "MISSING"),
        ({"goods": [{"name": "x", "quantity": 1}] * 21}, "GOODS"),
        ({"goods": [{"name": "x", "quantity": 0}]}, "GOODS"),
        ({"increments": [{"type": 1, "amount": 2}]}, "INCREMENT"),
        ({"increments": [{"type": 2, "amount": 5001}]}, "INCREMENT"),
        ({"increments": [{"type": 4, "amount": 99}]}, "INCREMENT"),
        ({"increments": [{"type": 3, "amount": 9}]}, "INCREMENT"),
        ({"increments": [{"type": 1, "amount": 9}, {"type": 2, "amount": 9}]}, "INCREMENT"),
        ({"startTime": "2024-05-19 10:00:00"}, "TIME"),
        ({"endTime": "2024-05-27 10:00:00"}, "TIME"),
        ({"productCode": "XX"}, "PRODUCT"),
    ],
)
def test_row_15_a_bad_order_is_refused_and_leaves_nothing(yto: Client, changes: dict[str, Any], verdict: str) -> None:
    assert yto.create(**changes)["success"] is False
    assert yto.verdict() == verdict and not yto.books()


def test_row_15_a_good_order_of_every_kind(yto: Client) -> None:
    increments = [{"type": 1, "amount": "20000"}, {"type": 4, "amount": 100}]
    assert yto.create(increments=increments, startTime="2024-05-20 12:00:00", endTime="2024-05-26 12:00:00")["mailNo"]


def test_row_15_cancelling_echoes_and_comes_too_late(yto: Client) -> None:
    yto.create()
    yto.create("LP00000002")
    assert (
        yto.call("korder_cancel_adapter", {"logisticsNo": "LP00000001", "cancelDesc": "x"})["logisticsNo"]
        == "LP00000001"
    )
    yto.world.advance(3 * HOUR)
    assert yto.call("korder_cancel_adapter", {"logisticsNo": "LP00000002", "cancelDesc": "x"})["code"] == "PICKED_UP"
    assert yto.create()["code"] == "CANCELLED"
    assert yto.call("korder_cancel_adapter", {"logisticsNo": "LP00000009", "cancelDesc": "x"})["success"] is False


def test_tracking_interception_and_labels(yto: Client) -> None:
    number = yto.create()["mailNo"]
    assert yto.call("wanted_report_adapter", {"waybillNo": number, "wantedDesc": "x"}) == {"statusCode": 0}
    yto.world.advance(40 * HOUR)
    for name in ("NUMBER", "Number"):
        nodes = yto.call("track_query_adapter", {name: number})
    assert [node["infoContent"] for node in nodes][-1] == "TMS_RETURN" and nodes[0][
        "upload_Time"
    ] == "2024-05-20 11:00:00"
    assert yto.call("track_query_adapter", {"NUMBER": "YT0000000000000"}) == []
    own = {"path_token": "Sb5prt", "customer_code": "sandbox-yto-order", "secret": "sandbox-yto-order-secret"}
    label = yto.call("waybill_print_adapter", {"waybillNo": number}, **own)["data"]["pdfBase64"]
    assert base64.b64decode(label).startswith(b"%PDF")


def test_row_16_pushes_are_signed_forms_of_subscribed_numbers(yto: Client) -> None:
    number = yto.create()["mailNo"]
    assert yto.change(number, action="push")[0] == 409
    inner = json.dumps({"clientId": "x", "waybillNo": number, "txLogisticId": "LP00000001"})
    asked = {"client_id": "x", "msg_type": "online", "logistics_interface": inner}
    assert yto.call("subscribe_adapter", asked) == {"success": True}
    yto.world.advance(3 * HOUR)
    [push] = yto.change(number, action="push")[1]["pushes"]
    form = parse_qs(push["body"])
    xml = form["logistics_interface"][0]
    assert form["data_digest"] == [md5_base64(xml + yto.account["interfaces"]["push"]["secret"])]
    assert "<infoContent>GOT</infoContent>" in xml and f"<mailNo>{number}</mailNo>" in xml


def test_switches_and_the_testers_hand(yto: Client) -> None:
    number = yto.create()["mailNo"]
    yto.switch(track_codes=False)
    yto.world.advance(3 * HOUR)
    assert "infoContent" not in yto.call("track_query_adapter", {"NUMBER": number})[0]
    yto.switch(ip_allowed=False)
    assert yto.call("track_query_adapter", {"NUMBER": number})["code"] == "IP"
    assert yto.change(number, action="scenario", scenario="refused")[1]["scenario"] == "refused"
    assert yto.change(number, action="fly")[0] == 400 and yto.change("none", action="push")[0] == 404
    assert yto.world.control("POST", "/_sandbox/yto/orders", {}, {"count": 1})[0] == 405
    yto.world.reset()
    assert not yto.books() and yto.create()["mailNo"] == number
