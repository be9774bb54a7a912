"""Kdniao: types and addresses in pairs, signature of hex, what cannot be settled; against facts typed from its page."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from carrier_script import AT, PARCEL, SENDER, Script, changed, facts, made, reply, settled, to

from orderhub.errors import (
    ConfigurationError,
    DecodeError,
    InvalidParameter,
    NotServiceable,
    OutcomeUnknown,
    SecurityError,
    TimedOut,
    WaybillRejected,
)
from orderhub.logistics.carriers.kdniao import CARRIER
from orderhub.logistics.carriers.kdniao.spec import ADDRESSES, CODES, STATES
from orderhub.logistics.carriers.kdniao.wire import data_sign, push_answer
from orderhub.models import TrackingStatus

FACTS = facts("kdniao")
TAKEN = {"Order": {"OrderCode": "parcel-1", "LogisticCode": "YT1", "MarkDestination": "300"}, "ResultCode": "100"}
TRACE = {"AcceptTime": "2026-01-01 08:00:00", "AcceptStation": "x", "Action": "202", "Location": "杭州市"}


def kdn(**settings):
    return made(CARRIER, **{"default_carrier": "yto", "customer_name": "acc", "customer_password": "pw", **settings})


def yes(**more):
    return reply({"EBusinessID": "key-1", "Success": True, "Reason": "", **more})


def no(reason="no", code="X"):
    return reply({"EBusinessID": "key-1", "Success": False, "ResultCode": code, "Reason": reason})


def test_codes_addresses_states_and_signature_are_those_of_the_page():
    assert FACTS["codes"] == CODES and FACTS["addresses"] == ADDRESSES and settled(FACTS["statuses"]) == STATES.words
    assert STATES("202") is TrackingStatus.OUT_FOR_DELIVERY and STATES("9") is TrackingStatus.UNKNOWN
    assert {vector.expected for vector in CARRIER.vectors} == set(FACTS["signatures"].values())


def test_an_order_as_the_page_asks_for_it():
    script = Script(yes(**TAKEN))
    found = script.run(kdn().create(PARCEL, SENDER))
    assert (found.carrier, found.waybill_no, found.reference) == ("yto", "YT1", "parcel-1")
    form = script.form
    assert script.requests[0].url == "https://api.kdniao.com/api/EOrderService"
    assert (form["RequestType"], form["EBusinessID"], form["DataType"]) == ("1007", "key-1", "2")
    assert form["DataSign"] == data_sign(form["RequestData"], "secret-1")
    sent = json.loads(form["RequestData"])
    assert (sent["ShipperCode"], sent["PayType"], sent["IsNotice"], sent["Weight"]) == ("YTO", 3, 1, 1.25)
    assert sent["Sender"] == {"Name": "仓库", "Tel": "021-59815121", "ProvinceName": "上海", "CityName": "上海市",
                              "ExpAreaName": "浦东新区", "Address": "张江路 1 号"}  # fmt: skip
    assert sent["Commodity"] == [{"GoodsName": "商品", "Goodsquantity": 3}]


def test_cities_without_districts():
    place = PARCEL.recipient.address.model_copy(update={"city": "东莞市", "district": None, "town": "长安镇"})
    script = Script(yes(**TAKEN))
    script.run(kdn().create(to(address=place), SENDER))
    assert json.loads(script.form["RequestData"])["Receiver"]["ExpAreaName"] == "长安镇"


def test_what_cannot_be_settled_is_said():
    script = Script(TimedOut("gone"))
    with pytest.raises(OutcomeUnknown):
        script.run(kdn().create(PARCEL, SENDER))
    assert len(script.requests) == 1
    with pytest.raises(OutcomeUnknown):
        Script(no("订单号重复")).run(kdn().create(PARCEL, SENDER))
    with pytest.raises(WaybillRejected):
        Script(no("余额不足")).run(kdn().create(PARCEL, SENDER))
    with pytest.raises(OutcomeUnknown):
        Script(yes(Order={})).run(kdn().create(PARCEL, SENDER))


def test_bad_input_is_named_before_a_paid_call():
    script = Script()
    for parcel in (changed(cod_amount=Decimal(9)), changed(declared_value=Decimal(9))):
        with pytest.raises(NotServiceable):
            script.run(kdn().create(parcel, SENDER))
    for made_by in (
        lambda: kdn(default_carrier="nobody"),
        lambda: script.run(kdn(default_carrier=None).create(PARCEL, SENDER)),
    ):
        with pytest.raises(ConfigurationError):
            made_by()
    for settings, more in (
        ({"default_carrier": None}, {}),
        ({"default_carrier": "sf"}, {}),
        ({}, {"carriers": {"1": "x"}}),
    ):
        with pytest.raises(InvalidParameter):
            script.run(kdn(**settings).track(["1"], **more))
    assert not script.requests


def test_phones_go_along_for_sf_alone():
    script = Script(yes(Traces=[TRACE]), yes(Traces=[]))
    [event] = script.run(kdn().track(["1", "2"], carriers={"1": "sf"}, phone_tails={"1": "8000", "2": "8000"}))
    sent = [json.loads(dict_of(request)["RequestData"]) for request in script.requests]
    assert sent == [{"OrderCode": "", "ShipperCode": "SF", "LogisticCode": "1", "CustomerName": "8000"},
                    {"OrderCode": "", "ShipperCode": "YTO", "LogisticCode": "2"}]  # fmt: skip
    assert (event.status, event.place) == (TrackingStatus.OUT_FOR_DELIVERY, "杭州市")


def dict_of(request):
    from urllib.parse import parse_qsl

    return dict(parse_qsl(request.body.decode()))


def test_a_basic_history_has_at_least_the_state_of_the_parcel():
    rows = [{**TRACE, "Action": None, "AcceptTime": f"2026-01-0{day} 08:00:00"} for day in (2, 1)]
    found = Script(yes(Traces=rows, State="3")).run(kdn(track_type="1002").track(["1"]))
    assert [event.status for event in found] == [TrackingStatus.UNKNOWN, TrackingStatus.DELIVERED]
    for strange in (reply({}), reply([]), yes(Traces=[{"AcceptTime": "x"}])):
        with pytest.raises(DecodeError):
            Script(strange).run(kdn().track(["1"]))


def test_a_courier_is_called():
    script = Script(yes(Order={"OrderCode": "parcel-1"}))
    start = datetime(2026, 1, 3, 1, tzinfo=UTC)
    outcome = script.run(kdn().pickup(PARCEL, SENDER, start=start, end=AT))
    assert outcome.ok and outcome.value == "parcel-1"
    sent = json.loads(script.form["RequestData"])
    assert (sent["StartDate"], sent["EndDate"], script.form["RequestType"]) == (
        "2026-01-03 09:00:00", "2026-01-02 11:04:05", "1001")  # fmt: skip
    assert not Script(no("no")).run(kdn().pickup(PARCEL, SENDER)).ok


def push(document, **more):
    return urlencode({"RequestData": json.dumps(document), "RequestType": "102", **more}).encode()


def test_pushes_are_for_us_and_a_signature_that_comes_along_must_fit():
    document = {"EBusinessID": "key-1", "Data": [{"LogisticCode": "YT1", "Traces": [TRACE]}, 7, {}]}
    [event] = Script().run(kdn().decode_push({}, push(document)))
    assert event.waybill_no == "YT1"
    assert Script().run(kdn().decode_push({}, push(document, DataSign=data_sign(json.dumps(document), "secret-1"))))
    with pytest.raises(SecurityError):
        Script().run(kdn().decode_push({}, push(document, DataSign="x")))
    with pytest.raises(SecurityError):
        Script().run(kdn().decode_push({}, push({**document, "EBusinessID": "other"})))
    with pytest.raises(DecodeError):
        Script().run(kdn().decode_push({}, push({"EBusinessID": "key-1"})))
    assert json.loads(push_answer(kdn().config, True, AT))["UpdateTime"] == "2026-01-02 11:04:05"
