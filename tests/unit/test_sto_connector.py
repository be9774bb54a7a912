"""STO: keys in pairs, replies in two notations, prices in fen; against facts typed from its page."""

from __future__ import annotations

import json
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from carrier_script import PARCEL, SENDER, Script, changed, facts, made, reply, settled

from orderhub.errors import (
    ConfigurationError,
    DecodeError,
    NotServiceable,
    OutcomeUnknown,
    RequestRejected,
    SecurityError,
    TimedOut,
    WaybillRejected,
)
from orderhub.logistics.carriers.sto import CARRIER
from orderhub.logistics.carriers.sto.spec import RECEIVERS, SCANS
from orderhub.logistics.carriers.sto.wire import digest, push_answer
from orderhub.models import TrackingStatus, Waybill

FACTS = facts("sto")
ACCOUNT = {"order_source": "src", "site_code": "666666", "customer_name": "666666000001", "site_password": "abc123"}


def yes(data):
    return reply({"success": "true", "errorCode": "", "errorMsg": "", "data": data})


def no(message="no", **more):
    return reply({"success": "false", "errorCode": "E1", "errorMsg": message, **more})


def sto(**settings):
    return made(CARRIER, **ACCOUNT, **settings)


def test_words_pairs_and_signature_are_those_of_the_page():
    assert settled(FACTS["statuses"]) == SCANS.words and FACTS["receivers"] == RECEIVERS
    assert all(SCANS(code) is TrackingStatus.UNKNOWN for code in FACTS["statuses"]["unsettled"])
    assert {vector.expected for vector in CARRIER.vectors} == set(FACTS["signatures"].values())


def test_an_order_as_the_page_asks_for_it():
    script = Script(yes({"orderNo": "parcel-1", "waybillNo": "773", "bigWord": "300"}))
    found = script.run(sto().create(changed(cod_amount=Decimal("99.50")), SENDER))
    assert (found.waybill_no, found.reference, found.product) == ("773", "parcel-1", "01")
    form = script.form
    assert form["data_digest"] == digest(form["content"], "secret-1")
    assert (form["to_appkey"], form["to_code"], form["from_appkey"], form["from_code"]) == (
        "sto_oms", "sto_oms", "key-1", "key-1")  # fmt: skip
    sent = json.loads(form["content"])
    assert sent["customer"] == {"siteCode": "666666", "customerName": "666666000001", "sitePwd": "abc123"}
    assert (sent["billType"], sent["codValue"], sent["orderSource"]) == ("01", "99.50", "src")
    assert sent["cargo"] == {"battery": "30", "goodsType": "小件", "goodsName": "商品", "goodsCount": 3, "weight": 1.25}
    assert sent["receiver"] == {"name": "张三", "mobile": "13800138000", "province": "四川省", "city": "成都市",
                                "area": "武侯区", "address": "桂溪街道天府三街 1 号"}  # fmt: skip
    assert sent["sender"]["tel"] == "021-59815121"


def test_replies_in_xml_are_read_as_far_as_they_refuse():
    refusal = (
        "<response><success>false</success><errorCode>S07</errorCode><errorMsg>签名 &lt;错&gt;</errorMsg></response>"
    )
    with pytest.raises(RequestRejected, match="签名 <错>") as caught:
        Script(reply(refusal, kind="text/xml")).run(sto().track(["773"]))
    assert caught.value.code == "S07"
    with pytest.raises(DecodeError, match="XML"):
        Script(reply("<response><success>true</success></response>")).run(sto().track(["773"]))


def test_a_refusal_that_asks_for_a_repeat_is_repeated():
    rows = {"773": [{"opTime": "2026-01-01 08:00:00", "scanType": "收件", "memo": "x"}]}
    [event] = Script(no(needRetry="true"), yes(rows)).run(sto().track(["773"]))
    assert event.status is TrackingStatus.PICKED_UP
    script = Script(no())
    with pytest.raises(RequestRejected):
        script.run(sto().track(["773"]))
    assert len(script.requests) == 1


def test_numbers_are_asked_in_batches():
    script = Script(yes({}), yes({}))
    assert script.run(sto(track_batch=2).track(["1", "2", "3", "1"])) == []
    assert [json.loads(dict_of(request)["content"])["waybillNoList"] for request in script.requests] == [
        ["1", "2"],
        ["3"],
    ]
    with pytest.raises(ConfigurationError):
        sto(track_batch=0)
    with pytest.raises(DecodeError):
        Script(yes([])).run(sto().track(["1"]))


def dict_of(request):
    from urllib.parse import parse_qsl

    return dict(parse_qsl(request.body.decode()))


def test_lost_replies_and_refusals():
    script = Script(TimedOut("gone"), yes({"waybillNo": "773"}))
    assert script.run(sto().create(PARCEL, SENDER)).waybill_no == "773"
    with pytest.raises(OutcomeUnknown):
        Script(TimedOut("gone")).run(sto(repeat_create=False).create(PARCEL, SENDER))
    with pytest.raises(OutcomeUnknown):
        Script(*[no("订单号已存在")] * 3).run(sto().create(PARCEL, SENDER))
    with pytest.raises(WaybillRejected):
        Script(no("地址错误")).run(sto().create(PARCEL, SENDER))
    assert Script(yes({})).run(sto().cancel(Waybill(carrier="sto", waybill_no="773", reference="parcel-1"))).ok


def test_prices_are_fen():
    data = {"AvailableServiceItemList": [{"feeModel": {"totalPrice": "1250"}}, {"feeModel": None}]}
    script = Script(yes(data))
    [quote] = script.run(sto().quote(PARCEL, SENDER))
    assert (quote.total, quote.currency) == (Decimal("12.50"), "CNY")
    sent = json.loads(script.form["content"])
    assert (sent["RecCity"], sent["Weight"], sent["SendProv"]) == ("成都市", "1.250", "上海市")
    with pytest.raises(NotServiceable):
        Script(yes({})).run(sto().quote(PARCEL, SENDER))
    with pytest.raises(DecodeError):
        Script(yes({"AvailableServiceItemList": [{"feeModel": {"totalPrice": "12.5"}}]})).run(
            sto().quote(PARCEL, SENDER)
        )


def push(document, secret="secret-1"):
    content = json.dumps(document)
    return urlencode({"content": content, "data_digest": digest(content, secret)}).encode()


def test_pushes_are_verified():
    body = {"waybillNo": "773", "trace": {"opTime": "2026-01-01 08:00:00", "scanType": "签收"}}
    [event] = Script().run(sto().decode_push({}, push(body)))
    assert (event.waybill_no, event.status) == ("773", TrackingStatus.DELIVERED)
    with pytest.raises(SecurityError):
        Script().run(sto().decode_push({}, push(body, "wrong")))
    with pytest.raises(DecodeError):
        Script().run(sto().decode_push({}, push({"waybillNo": "773"})))
    assert json.loads(push_answer(True))["success"] == "true"
