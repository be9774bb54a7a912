"""JD Logistics: numbers fetched first, lost replies settled by their state; against facts typed from its page."""

from __future__ import annotations

from decimal import Decimal

import pytest
from carrier_script import PARCEL, SENDER, Script, changed, facts, made, reply, settled, to

from orderhub import errors
from orderhub.errors import DecodeError, NotServiceable, OutcomeUnknown, TimedOut, WaybillRejected
from orderhub.logistics.carriers.jdl import CARRIER
from orderhub.logistics.carriers.jdl.spec import CATEGORIES, ERRORS, ID_MAX, NAME_MAX, STREET_MAX
from orderhub.logistics.carriers.jdl.wire import sign
from orderhub.models import TrackingStatus, Waybill

FACTS = facts("jdl")
CODE = "JDVA11408814483"
FETCHED = [CODE]


def yes(data):
    return reply({"success": True, "code": 1000, "msg": "", "data": data})


def no(message="no", code="X"):
    return reply({"success": False, "code": code, "msg": message, "data": None})


def jdl(**settings):
    return made(CARRIER, customer_code="010K", **settings)


def test_categories_limits_and_signature_are_those_of_the_page():
    assert settled(FACTS["statuses"]) == CATEGORIES.words
    limits = FACTS["limits"]
    assert (limits["order_id_max"], limits["name_max"], limits["address_max"]) == (ID_MAX, NAME_MAX, STREET_MAX)
    assert {vector.expected for vector in CARRIER.vectors} == set(FACTS["signatures"].values())
    assert CARRIER.spec.carrier == "jd"


def test_a_number_is_fetched_and_the_order_created_under_it():
    script = Script(yes(FETCHED), yes({"waybillCode": CODE, "orderCode": "E1"}))
    found = script.run(jdl().create(changed(length_mm=100, width_mm=200, height_mm=305), SENDER))
    assert (found.carrier, found.waybill_no, found.reference) == ("jd", CODE, "parcel-1")
    first, second = script.requests
    assert first.body == b'[{"orderOrigin":1,"customerCode":"010K","sum":1}]'
    query, body = script.query, second.body.decode()
    assert query["sign"] == sign("/ecap/v1/orders/create", body, query["timestamp"], "key-1", "token-1", "secret-1")
    assert (query["LOP-DN"], query["timestamp"], query["v"]) == ("ECAP", "2026-01-02 11:04:05", "2.0")
    [sent] = script.sent
    assert sent["waybillCode"] == CODE and sent["orderId"] == "parcel-1"
    assert sent["senderContact"] == {
        "name": "仓库",
        "phone": "021-59815121",
        "fullAddress": "上海市浦东新区张江路 1 号",
    }
    assert sent["receiverContact"]["fullAddress"] == "四川省成都市武侯区桂溪街道天府三街 1 号"
    assert sent["cargoes"] == [{"name": "商品", "quantity": 1, "weight": 1.25, "length": 10.0, "width": 20.0,
                                "hight": 30.5, "volume": 6100.0}]  # fmt: skip


def test_a_lost_reply_is_settled_by_the_state_of_the_number():
    script = Script(yes({"waybillCodes": FETCHED}), TimedOut("gone"), yes({"status": "100"}))
    assert script.run(jdl().create(PARCEL, SENDER)).waybill_no == CODE
    assert script.requests[2].url.startswith("https://api.jdl.com/ecap/v1/orders/status/get?")
    again = Script(yes(FETCHED), TimedOut("gone"), no(code="2100"), yes({"waybillCode": CODE}))
    assert again.run(jdl().create(PARCEL, SENDER)).waybill_no == CODE


def test_what_stays_unknown_and_what_is_refused():
    with pytest.raises(OutcomeUnknown):
        Script(yes(FETCHED), TimedOut("gone"), *[no()] * 5).run(jdl().create(PARCEL, SENDER))
    with pytest.raises(OutcomeUnknown):
        Script(yes(FETCHED), *[no("订单号重复"), no()] * 3).run(jdl().create(PARCEL, SENDER))
    with pytest.raises(WaybillRejected):
        Script(yes(FETCHED), no("bad")).run(jdl().create(PARCEL, SENDER))
    with pytest.raises(OutcomeUnknown):
        Script(TimedOut("gone")).run(jdl(prefetch=False).create(PARCEL, SENDER))
    with pytest.raises(DecodeError):
        Script(yes([])).run(jdl().create(PARCEL, SENDER))


@pytest.mark.parametrize("parcel", [changed(cod_amount=Decimal(9)), changed(declared_value=Decimal(9))])
def test_what_another_carrier_could_do_says_so(parcel):
    with pytest.raises(NotServiceable) as caught:
        Script().run(jdl().create(parcel, SENDER))
    assert caught.value.field in ("cod_amount", "declared_value")


def test_where_an_extension_goes():
    def sent(**settings):
        script = Script(yes(FETCHED), yes({"waybillCode": CODE}))
        script.run(jdl(**settings).create(to(phone_extension="1234"), SENDER))
        return script.sent[0]

    assert sent()["receiverContact"]["name"] == "张三[1234]" and "remark" not in sent()
    assert sent(extension_in="remark")["remark"] == "1234"
    for parcel in (to(phone_extension="1234"), to(name="名" * 51), to(address=PARCEL.recipient.address.model_copy(
            update={"street": "路" * 199, "town": None}))):  # fmt: skip
        with pytest.raises(WaybillRejected) as caught:
            Script().run(jdl(extension_in="refuse").create(parcel, SENDER))
        assert caught.value.field


def test_traces_and_errors_of_the_gateway():
    row = {"operationTime": "2026-01-01 08:00:00", "category": 440, "operationRemark": "x", "operatorPhone": "1"}
    [event] = Script(yes({"traceDetails": [row]})).run(jdl().track([CODE]))
    assert (event.status, event.raw_code) == (TrackingStatus.OUT_FOR_DELIVERY, "440")
    assert Script(no(code="2100")).run(jdl().track([CODE])) == []
    stopped = reply({"error_response": {"code": "62", "zh_desc": "参数", "en_desc": "x"}})
    with pytest.raises(errors.RequestRejected, match="参数"):
        Script(stopped).run(jdl().track([CODE]))
    assert isinstance(ERRORS.error("2001", None, "x"), errors.PermissionDenied)
    assert ERRORS.error("4000", None, "x").retryable
    for strange in (yes([]), reply({}), reply([])):
        with pytest.raises(DecodeError):
            Script(strange).run(jdl().track([CODE]))


def test_the_other_verbs():
    waybill = Waybill(carrier="jd", waybill_no=CODE, reference="parcel-1")
    script = Script(yes({}))
    assert script.run(jdl().cancel(waybill)).ok
    assert script.sent[0] | {"orderOrigin": 1} == {"orderOrigin": 1, "customerCode": "010K", "waybillCode": CODE,
                                                   "cancelReason": "取消", "cancelReasonCode": "1"}  # fmt: skip
    assert Script(yes(True)).run(jdl().subscribe([CODE], phone_tails={CODE: "8000"}))[0].ok
    assert Script(yes({})).run(jdl().serviceability(PARCEL, SENDER)).ok
    refused = Script(no("超范围")).run(jdl().serviceability(PARCEL, SENDER))
    assert not refused.ok and refused.reason == "not_serviceable"
