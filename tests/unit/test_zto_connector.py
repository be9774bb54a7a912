"""ZTO: both vocabularies, cents and grams, digests; against facts typed from its page."""

from __future__ import annotations

import json
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from carrier_script import PARCEL, SENDER, Script, changed, facts, made, reply, settled, to

from orderhub import errors
from orderhub.errors import DecodeError, OutcomeUnknown, SecurityError, TimedOut, WaybillRejected
from orderhub.logistics.carriers.zto import CARRIER
from orderhub.logistics.carriers.zto.operations import PHONE_MAX
from orderhub.logistics.carriers.zto.spec import ACTIONS, ERRORS, SCANS
from orderhub.logistics.carriers.zto.wire import digest, push_answer
from orderhub.models import TrackingStatus, Waybill

FACTS = facts("zto")
KINDS = {"F": errors.RequestRejected, "C": errors.PermissionDenied, "W": errors.RateLimited, "D": errors.Conflict}
ACCOUNT = {"account_id": "acc", "account_password": "pw"}


def yes(result):
    return reply({"status": True, "message": "", "statusCode": "0000", "result": result})


def no(code, message="no"):
    return reply({"status": False, "message": message, "statusCode": code, "result": None})


def zto(**settings):
    return made(CARRIER, **ACCOUNT, **settings)


def test_both_vocabularies_are_those_of_the_page():
    assert settled(FACTS["scan_types"]) == SCANS.words and settled(FACTS["actions"]) == ACTIONS.words
    assert all(SCANS(code) is TrackingStatus.UNKNOWN for code in FACTS["scan_types"]["unsettled"])
    assert SCANS("ARRIVAL") is TrackingStatus.READY_FOR_PICKUP and ACTIONS("ARRIVAL") is TrackingStatus.AT_HUB
    assert {vector.expected for vector in CARRIER.vectors} == set(FACTS["signatures"].values())
    assert FACTS["limits"]["phone_max"] == PHONE_MAX


def test_every_code_of_interception_is_classified():
    assert FACTS["errors"].keys() == ERRORS.exact.keys()
    for code, letter in FACTS["errors"].items():
        error = ERRORS.error(code, None, "x")
        assert isinstance(error, KINDS[letter]) and error.retryable is (letter == "W"), code


def test_an_order_in_cents_and_grams():
    script = Script(yes({"billCode": "75331234567890", "orderCode": "26", "bigMarkInfo": {"mark": "300"}}))
    parcel = changed(cod_amount=Decimal("99.50"), length_mm=300, width_mm=205, height_mm=100)
    found = script.run(zto().create(parcel, SENDER))
    assert (found.waybill_no, found.reference) == ("75331234567890", "parcel-1")
    request = script.requests[0]
    assert request.url == "https://japi.zto.com/zto.open.createOrder"
    assert request.headers["x-companyid"] == "key-1"
    assert request.headers["x-datadigest"] == digest(request.body.decode(), "secret-1")
    sent = script.sent
    assert sent["orderVasList"] == [{"vasType": "COD", "vasAmount": 9950}]
    assert sent["orderItems"] == [{"name": "商品", "weight": 1250, "quantity": 3}]
    assert sent["summaryInfo"] == {"quantity": 1, "size": "30.0,20.5,10.0"}
    assert sent["accountInfo"] == {"accountId": "acc", "accountPassword": "pw", "type": 1}
    assert sent["senderInfo"]["senderPhone"] == "021-59815121"
    assert sent["receiveInfo"] == {
        "receiverName": "张三", "receiverMobile": "13800138000", "receiverProvince": "四川省",
        "receiverCity": "成都市", "receiverDistrict": "武侯区", "receiverAddress": "桂溪街道天府三街 1 号",
    }  # fmt: skip


def test_an_extension_that_does_not_fit_is_refused_before_any_call():
    script = Script()
    with pytest.raises(WaybillRejected) as caught:
        script.run(zto().create(to(phone_extension="12345"), SENDER))
    assert caught.value.field == "recipient.phone" and not script.requests


def test_lost_replies_by_the_setting():
    script = Script(TimedOut("gone"), yes({"billCode": "7"}))
    assert script.run(zto().create(PARCEL, SENDER)).waybill_no == "7"
    with pytest.raises(OutcomeUnknown):
        Script(TimedOut("gone")).run(zto(repeat_create=False).create(PARCEL, SENDER))
    with pytest.raises(OutcomeUnknown):
        Script(no("S1", "订单号重复"), no("S1", "订单号重复"), no("S1", "订单号重复")).run(zto().create(PARCEL, SENDER))
    with pytest.raises(WaybillRejected):
        Script(no("S1", "bad address")).run(zto().create(PARCEL, SENDER))
    with pytest.raises(OutcomeUnknown):
        Script(*[yes({})] * 3).run(zto().create(PARCEL, SENDER))


@pytest.mark.fault(62)
def test_events_in_two_notations_of_time():
    rows = [{"scanType": "收件", "scanDate": 1767225600000, "scanSite": {"city": "杭州市"}, "desc": "x"},
            {"scanType": "SIGNED", "scanDate": "2026-01-02 08:00:00", "scanSite": "站"}]  # fmt: skip
    script = Script(yes(rows))
    first, second = script.run(zto().track(["7"], phone_tails={"7": "8000"}))
    assert script.sent == {"billCode": "7", "mobilePhone": "8000"}
    assert (first.at.isoformat(), first.place, first.status) == (
        "2026-01-01T00:00:00+00:00", "杭州市", TrackingStatus.PICKED_UP)  # fmt: skip
    assert (second.at.isoformat(), second.place) == ("2026-01-02T00:00:00+00:00", "站")


def test_cancelling_and_subscribing():
    waybill = Waybill(carrier="zto", waybill_no="7", reference="parcel-1")
    script = Script(yes({}))
    assert script.run(zto(cancel_type="3").cancel(waybill)).ok and script.sent == {"cancelType": "3", "billCode": "7"}
    [first, second] = Script(yes({}), no("E23116")).run(zto().subscribe(["7", "8"], phone_tails={"7": "8000"}))
    assert first.ok and second.ok and second.reason == "already_done"


def push(document, secret="secret-1", kind="Traces"):
    text = json.dumps(document)
    form = {"data": text, "data_digest": digest(text, secret), "msg_type": kind, "company_id": "key-1"}
    return urlencode(form).encode()


NODE = {"billCode": "7", "action": "ARRIVAL", "actionTime": "2026-01-01 08:00:00", "city": "杭州市"}


def test_pushes_are_verified_and_speak_their_own_vocabulary():
    [event] = Script().run(zto().decode_push({}, push(NODE)))
    assert (event.status, event.raw_code) == (TrackingStatus.AT_HUB, "ARRIVAL")
    with pytest.raises(SecurityError):
        Script().run(zto().decode_push({}, push(NODE, "wrong")))
    for body in (push([1]), push(NODE, kind="Other"), push({**NODE, "actionTime": ""})):
        with pytest.raises(DecodeError):
            Script().run(zto().decode_push({}, body))
    assert json.loads(push_answer(True)) == {"status": True, "message": "", "result": "", "statusCode": ""}
