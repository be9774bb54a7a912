"""Yunda: tracking of subscribed numbers; against facts typed from its page."""

from __future__ import annotations

import pytest
from carrier_script import AT, Script, facts, made, meanings, reply

from orderhub.errors import DecodeError, RequestRejected
from orderhub.kit.verbs import CARRIER_VERBS
from orderhub.logistics.carriers.yunda import CARRIER
from orderhub.logistics.carriers.yunda.spec import ACTIONS, action_status
from orderhub.logistics.carriers.yunda.wire import sign
from orderhub.models import TrackingStatus

FACTS = facts("yunda")


def yes(data):
    return reply({"result": True, "code": "0000", "message": "", "data": data})


def test_actions_and_signature_are_those_of_the_page():
    known = meanings(FACTS["statuses"])
    assert {code: action_status(code) for code in known} == known
    assert ACTIONS.words.keys() <= known.keys()
    assert {vector.expected for vector in CARRIER.vectors} == set(FACTS["signatures"].values())


def test_a_query_carries_key_time_and_signature_in_headers():
    step = {"time": "2026-01-01 08:00:00", "action": "CLEARANCE_START", "description": "x", "city": "上海市"}
    script = Script(yes({"mailno": "43", "steps": [step]}))
    [event] = script.run(made(CARRIER).track(["43"]))
    assert (event.waybill_no, event.status, event.raw_code) == ("43", TrackingStatus.IN_TRANSIT, "CLEARANCE_START")
    request = script.requests[0]
    assert request.url == "https://openapi.yundaex.com/openapi/outer/logictis/query"
    assert request.headers["req-time"] == str(int(AT.timestamp() * 1000))
    assert request.headers["sign"] == sign(request.body.decode(), "secret-1") and request.headers["app-key"] == "key-1"


def test_a_number_that_was_not_subscribed_sinks_no_other():
    no = reply({"result": False, "code": "9", "message": "not subscribed"})
    step = {"time": "2026-01-01 08:00:00", "action": "GOT"}
    assert len(Script(yes({"steps": [step]}), no).run(made(CARRIER).track(["1", "2"]))) == 1
    with pytest.raises(RequestRejected):
        Script(no).run(made(CARRIER).track(["2"]))
    for strange in (yes([1]), reply({}), reply([])):
        with pytest.raises(DecodeError):
            Script(strange).run(made(CARRIER).track(["1"]))


def test_subscribing_has_one_outcome_a_number():
    no = reply({"result": False, "code": "9", "message": "no"})
    script = Script(yes([]), no)
    first, second = script.run(made(CARRIER).subscribe(["1", "2"]))
    assert first.ok and not second.ok and second.reason == "request_rejected"
    assert script.sent == {"orders": [{"orderid": "2", "mailno": "2"}]}


def test_what_is_not_documented_is_absent_with_its_reason():
    found = CARRIER.capabilities(CARRIER_VERBS)
    assert [name for name, capability in found.items() if capability.available] == ["track", "subscribe"]
    assert all(capability.because for capability in found.values() if not capability.available)
