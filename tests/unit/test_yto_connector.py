"""YTO: what is sent, what comes back, credentials of each interface; against facts typed from its page."""

from __future__ import annotations

import json
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from carrier_script import AT, PARCEL, SENDER, Script, changed, facts, made, meanings, reply, settled, to

from orderhub.errors import (
    ConfigurationError,
    DecodeError,
    OutcomeUnknown,
    RequestRejected,
    SecurityError,
    TimedOut,
    WaybillRejected,
)
from orderhub.logistics.carriers.common import md5_base64
from orderhub.logistics.carriers.yto import CARRIER
from orderhub.logistics.carriers.yto.spec import AMOUNTS, EVENT_CODES, ID_MIN
from orderhub.logistics.carriers.yto.wire import push_answer, sign
from orderhub.models import TrackingStatus, Waybill

FACTS = facts("yto")
OWN = {name: {"path_token": f"tok-{name}"} for name in ("create", "cancel", "track", "subscribe")}
OWN["track"] |= {"customer_code": "tracker", "secret": "track-secret"}
OWN["push"] = {"secret": "push-secret"}
TAKEN = {"logisticsNo": "parcel-1", "mailNo": "YT2819014489339", "shortAddress": "300-012"}
WAYBILL = Waybill(carrier="yto", waybill_no="YT2819014489339", reference="parcel-1")


def yto(**settings):
    return made(CARRIER, interfaces=OWN, **settings)


def param(script):
    return json.loads(script.sent["param"])


def test_codes_signatures_and_limits_are_those_of_the_page():
    assert settled(FACTS["statuses"]) == EVENT_CODES.words == meanings(FACTS["statuses"])
    assert {vector.expected for vector in CARRIER.vectors} == set(FACTS["signatures"].values())
    assert FACTS["limits"]["logistics_no_min"] == ID_MIN
    for name, field in (("cod", "cod_amount"), ("insured", "declared_value")):
        assert [int(amount) for amount in AMOUNTS[field][1:]] == FACTS["limits"][name]


def test_an_order_is_signed_and_addressed_by_its_interface():
    script = Script(reply(TAKEN))
    found = script.run(yto().create(PARCEL, SENDER))
    assert (found.waybill_no, found.reference, found.carrier) == ("YT2819014489339", "parcel-1", "yto")
    assert script.requests[0].url == "https://openapi.yto.net.cn/open/privacy_create_adapter/v1/tok-create/key-1"
    assert script.sent["timestamp"] == int(AT.timestamp() * 1000)
    assert script.sent["sign"] == sign(script.sent["param"], "privacy_create_adapter", "v1", "secret-1")
    assert param(script) == {
        "logisticsNo": "parcel-1", "senderName": "仓库", "senderProvinceName": "上海", "senderCityName": "上海市",
        "senderCountyName": "浦东新区", "senderAddress": "张江路 1 号", "senderMobile": "021-59815121",
        "recipientName": "张三", "recipientProvinceName": "四川省", "recipientCityName": "成都市",
        "recipientCountyName": "武侯区", "recipientTownName": "桂溪街道", "recipientAddress": "天府三街 1 号",
        "recipientMobile": "13800138000", "goods": [{"name": "商品", "weight": 1.25, "quantity": 3}], "weight": 1.25,
        "productCode": "PK",
    }  # fmt: skip


def test_metres_amounts_extensions_and_times():
    parcel = changed(length_mm=300, cod_amount=Decimal("99.50"), declared_value=Decimal(200),
                     recipient=to(phone_extension="1234").recipient)  # fmt: skip
    script = Script(reply(TAKEN))
    script.run(yto(pickup_within_h=3).create(parcel, SENDER))
    sent = param(script)
    assert sent["goods"][0]["length"] == 0.3 and sent["recipientMobile"] == "13800138000-1234"
    assert sent["increments"] == [{"type": 1, "amount": 99.5}, {"type": 4, "amount": 200}]
    assert (sent["startTime"], sent["endTime"]) == ("2026-01-02 11:04:05", "2026-01-02 14:04:05")


@pytest.mark.parametrize(
    "parcel", [changed(cod_amount=Decimal(2)), changed(declared_value=Decimal(30001)), changed(parcel_id="p-1")]
)
def test_what_is_out_of_range_is_refused_before_any_call(parcel):
    script = Script()
    with pytest.raises(WaybillRejected) as caught:
        script.run(yto().create(parcel, SENDER))
    assert caught.value.field in ("cod_amount", "declared_value", "parcel_id") and not script.requests


def test_credentials_of_an_interface_and_what_is_missing():
    script = Script(reply([{"waybill_No": "YT1", "upload_Time": "2026-01-01 08:00:00", "infoContent": "GOT"}]))
    [event] = script.run(yto().track(["YT1"]))
    assert event.status is TrackingStatus.PICKED_UP
    assert script.requests[0].url.endswith("/track_query_adapter/v1/tok-track/tracker")
    assert script.sent["sign"] == sign(script.sent["param"], "track_query_adapter", "v1", "track-secret")
    with pytest.raises(ConfigurationError, match="path_token"):
        Script().run(made(CARRIER).track(["YT1"]))
    for wrong in ({"print": {}}, {"track": {"token": "x"}}, {"track": "x"}, "x"):
        with pytest.raises(ConfigurationError):
            made(CARRIER, interfaces=wrong)
    assert not any(word in repr(yto().config) for word in ("secret", "tok-"))


def test_a_node_without_a_code_is_unknown_and_not_guessed():
    script = Script(reply([{"upload_Time": "2026-01-01 08:00:00", "processInfo": "已签收"}]))
    [event] = script.run(yto().track(["YT1"]))
    assert (event.status, event.raw_code, event.text) == (TrackingStatus.UNKNOWN, None, "已签收")


def test_one_refused_number_sinks_nothing_and_all_refused_do():
    good = reply([{"upload_Time": "2026-01-01 08:00:00", "infoContent": "GOT"}])
    no = reply({"success": False, "message": "no data"})
    assert len(Script(good, no).run(yto().track(["YT1", "YT2"]))) == 1
    with pytest.raises(RequestRejected):
        Script(no, no).run(yto().track(["YT1", "YT2"]))


def test_a_lost_reply_is_asked_again_under_the_same_number():
    script = Script(TimedOut("gone"), reply(TAKEN))
    assert script.run(yto().create(PARCEL, SENDER)).waybill_no == TAKEN["mailNo"]
    assert [json.loads(json.loads(r.body)["param"])["logisticsNo"] for r in script.requests] == ["parcel-1"] * 2


def test_lost_and_then_refused_is_unknown():
    with pytest.raises(OutcomeUnknown):
        Script(TimedOut("gone"), *[reply({"success": False, "reason": "no"})] * 2).run(yto().create(PARCEL, SENDER))
    with pytest.raises(WaybillRejected, match="no"):
        Script(reply({"success": False, "reason": "no"})).run(yto().create(PARCEL, SENDER))
    with pytest.raises(OutcomeUnknown):
        Script(*[reply({**TAKEN, "logisticsNo": "other"})] * 3).run(yto().create(PARCEL, SENDER))


def test_a_cancellation_echoes_the_number():
    assert Script(reply({"logisticsNo": "parcel-1"})).run(yto().cancel(WAYBILL)).ok
    refused = Script(reply({"success": False, "reason": "picked up"})).run(yto().cancel(WAYBILL))
    assert not refused.ok and isinstance(refused.error, RequestRejected)
    lost = Script(TimedOut("gone"), reply({"success": False, "reason": "?"})).run(yto().cancel(WAYBILL))
    assert isinstance(lost.error, OutcomeUnknown)


def push(xml, secret="push-secret"):
    return urlencode({"logistics_interface": xml, "data_digest": md5_base64(xml + secret)}).encode()


XML = ("<UpdateInfo><mailNo>YT1</mailNo><infoContent>SIGNED</infoContent><acceptTime>2026-01-01 08:00:00</acceptTime>"
       "<remark>已签收 &amp; 完成</remark></UpdateInfo>")  # fmt: skip


def test_pushes_are_verified_and_read():
    [event] = Script().run(yto().decode_push({}, push(XML)))
    assert (event.waybill_no, event.status, event.text) == ("YT1", TrackingStatus.DELIVERED, "已签收 & 完成")
    with pytest.raises(SecurityError):
        Script().run(yto().decode_push({}, push(XML, "wrong")))
    for xml in ("<!DOCTYPE x><UpdateInfo><mailNo>1</mailNo></UpdateInfo>", "nothing", "<UpdateInfo></UpdateInfo>"):
        with pytest.raises(DecodeError):
            Script().run(yto().decode_push({}, push(xml)))
    assert b"<success>true</success>" in push_answer(True, "a<b") and b"a&lt;b" in push_answer(True, "a<b")


@pytest.mark.parametrize("strange", [reply([1]), reply("x"), reply({}), reply("<html></html>")], ids=range(4))
def test_what_is_no_reply_is_a_decode_error(strange):
    with pytest.raises(DecodeError):
        Script(strange, strange, strange).run(yto().track(["YT1"]))
