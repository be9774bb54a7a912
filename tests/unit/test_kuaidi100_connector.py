"""Kuaidi100: codes of many carriers, three signatures, salted pushes, prices; against facts typed from its page."""

from __future__ import annotations

import json
from decimal import Decimal
from urllib.parse import urlencode

import pytest
from carrier_script import PARCEL, SENDER, Script, facts, made, reply, settled

from orderhub import errors
from orderhub.errors import ConfigurationError, DecodeError, InvalidParameter, NotServiceable, SecurityError
from orderhub.logistics.carriers.kuaidi100 import CARRIER
from orderhub.logistics.carriers.kuaidi100.spec import CODES, ERRORS, STATES, SUBSCRIBE_ERRORS
from orderhub.logistics.carriers.kuaidi100.wire import push_answer, sign
from orderhub.models import TrackingStatus

FACTS = facts("kuaidi100")
KINDS = {
    "F": errors.RequestRejected, "C": errors.PermissionDenied, "R": errors.PlatformUnavailable, "W": errors.RateLimited,
    "N": errors.NotFound, "D": errors.Conflict, "S": errors.SignatureRejected,
}  # fmt: skip
GIVEN = {"customer": "customer-1", "callback_url": "http://shop.example/p", "push_salt": "salt-1"}
NODE = {"context": "x", "ftime": "2026-01-01 08:00:00", "statusCode": "13", "areaName": "杭州市"}


def kd(**settings):
    return made(CARRIER, **{**GIVEN, **settings})


def yes(**more):
    return reply({"message": "ok", "status": "200", "nu": "YT1", "data": [NODE], **more})


def no(code):
    return reply({"result": False, "returnCode": code, "message": "no"})


def test_codes_states_and_signatures_are_those_of_the_page():
    assert FACTS["codes"] == CODES and settled(FACTS["statuses"]) == STATES.words
    assert STATES("9") is TrackingStatus.UNKNOWN
    assert STATES("13") is TrackingStatus.EXCEPTION and STATES("14") is TrackingStatus.RETURNED
    assert {vector.expected for vector in CARRIER.vectors} == set(FACTS["signatures"].values())


@pytest.mark.parametrize(("name", "table"), [("query", ERRORS), ("subscribe", SUBSCRIBE_ERRORS)])
def test_every_return_code_is_classified_by_its_call(name, table):
    listed = FACTS["errors"][name]
    assert listed.keys() == table.exact.keys()
    for code, letter in listed.items():
        error = table.error(code, None, "x")
        assert isinstance(error, KINDS[letter]) and error.retryable is (letter in "RW"), (name, code)


def test_a_query_is_signed_over_its_exact_text():
    script = Script(yes())
    [event] = script.run(kd().track(["YT1"], carriers={"YT1": "yto"}))
    form = script.form
    assert script.requests[0].url == "https://poll.kuaidi100.com/poll/query.do"
    assert form["sign"] == sign(form["param"], "key-1", "customer-1")
    assert json.loads(form["param"]) == {"com": "yuantong", "num": "YT1", "resultv2": "4", "order": "asc"}
    assert (event.status, event.raw_code, event.place) == (TrackingStatus.EXCEPTION, "13", "杭州市")


def test_bad_input_is_named_before_a_paid_call():
    for settings, more in (
        ({}, {}), ({}, {"carriers": {"SF1": "nobody"}}), ({"default_carrier": "sf"}, {}),
        ({"default_carrier": "zto"}, {"phone_tails": {"other": "1"}}),
    ):  # fmt: skip
        script = Script()
        with pytest.raises(InvalidParameter) as caught:
            script.run(kd(**settings).track(["SF1"], **more))
        assert caught.value.field in ("carriers", "phone_tails") and not script.requests
    for settings in ({"default_carrier": "nobody"}, {"quote_carriers": ("sf", "nobody")}):
        with pytest.raises(ConfigurationError):
            kd(**settings)
    with pytest.raises(ConfigurationError):
        Script().run(kd(customer=None, default_carrier="yto").track(["1"]))
    for name in ("callback_url", "push_salt"):
        with pytest.raises(ConfigurationError):
            Script().run(kd(**{name: None}).subscribe(["1"], carriers={"1": "yto"}))


def test_nothing_known_is_no_event_and_another_number_is_an_error():
    assert Script(no("500")).run(kd(default_carrier="yto").track(["YT1"])) == []
    with pytest.raises(errors.SignatureRejected):
        Script(no("503")).run(kd(default_carrier="yto").track(["YT1"]))
    for strange in (yes(nu="YT2"), reply({}), reply([]), yes(data=[1])):
        with pytest.raises(DecodeError):
            Script(strange).run(kd(default_carrier="yto").track(["YT1"]))


def test_subscribing_twice_is_done_already():
    script = Script(reply({"result": True, "returnCode": "200", "message": "ok"}), no("501"), no("700"))
    first, second, third = script.run(
        kd().subscribe(["1", "2", "3"], carriers=dict.fromkeys("123", "sf"), phone_tails=dict.fromkeys("123", "8000"))
    )
    assert first.ok and second.ok and second.reason == "already_done" and not third.ok
    sent = json.loads(script.form["param"])
    assert sent["key"] == "key-1" and sent["company"] == "shunfeng"
    assert sent["parameters"] == {
        "callbackurl": GIVEN["callback_url"],
        "salt": "salt-1",
        "resultv2": "4",
        "phone": "8000",
    }


def test_prices_are_compared_and_refusals_left_out():
    price = reply({"result": True, "returnCode": "200", "message": "ok", "data": {"price": "12.50"}})
    cheap = reply({"result": True, "returnCode": "200", "message": "ok", "data": {"price": 8}})
    quotes = Script(price, no("400"), cheap).run(kd(quote_carriers=("sf", "jd", "yto")).quote(PARCEL, SENDER))
    assert [(q.carrier, q.total) for q in quotes] == [("yto", Decimal("8.00")), ("sf", Decimal("12.50"))]
    with pytest.raises(NotServiceable):
        Script(no("400")).run(kd(quote_carriers=("sf",)).quote(PARCEL, SENDER))
    with pytest.raises(DecodeError):
        Script(reply({"returnCode": "200", "data": {}})).run(kd(quote_carriers=("sf",)).quote(PARCEL, SENDER))


def push(document, salt="salt-1"):
    text = json.dumps(document)
    return urlencode({"param": text, "sign": sign(text, salt)}).encode()


def test_pushes_hold_the_whole_history_and_are_verified():
    older = {**NODE, "ftime": "2025-12-31 08:00:00", "statusCode": "103"}
    document = {"status": "polling", "lastResult": {"nu": "YT1", "data": [NODE, older]}}
    found = Script().run(kd().decode_push({}, push(document)))
    assert [event.raw_code for event in found] == ["103", "13"]
    assert Script().run(kd().decode_push({}, push({"status": "abort", "lastResult": None}))) == []
    with pytest.raises(SecurityError):
        Script().run(kd().decode_push({}, push(document, "wrong")))
    with pytest.raises(DecodeError):
        Script().run(kd().decode_push({}, push([1])))
    with pytest.raises(ConfigurationError):
        Script().run(kd(push_salt=None).decode_push({}, push(document)))
    assert json.loads(push_answer(True)) == {"result": True, "returnCode": "200", "message": "成功"}
