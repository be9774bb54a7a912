"""SF's verbs, driven by scripted replies: what is sent, what comes back, and what happens when replies are lost."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sf_script import HERE, PARCEL, RECEIVER, SENDER, Script, no, sf, yes

from orderhub.errors import (
    ConnectFailed,
    DecodeError,
    NotServiceable,
    OutcomeUnknown,
    PermissionDenied,
    PlatformUnavailable,
    RateLimited,
    TimedOut,
    WaybillRejected,
)
from orderhub.flow.message import Reply
from orderhub.kit.verbs import CARRIER_VERBS, Verb
from orderhub.logistics.carriers.sf import CARRIER
from orderhub.models import Privacy, Waybill
from orderhub.models.logistics import TrackingStatus
from orderhub.models.status import PrivacyKind

NUMBERS = [{"waybillType": 2, "waybillNo": "SF-child"}, {"waybillType": 1, "waybillNo": "SF7444700000001"}]
ORDERED = {"orderId": "p-1", "filterResult": 2, "waybillNoInfoList": NUMBERS}
EMPTY = {"orderId": "p-1", "waybillNoInfoList": []}
WAYBILL = Waybill(carrier="sf", waybill_no="SF7444700000001", reference="p-1", product="2")


def changed(**changes):
    return PARCEL.model_copy(update=changes)


def to(**changes):
    return changed(recipient=RECEIVER.model_copy(update=changes))


def test_create_says_what_the_sheet_asks_for():
    script = Script(yes(ORDERED))
    assert script.run(sf().create(PARCEL, SENDER)) == WAYBILL
    [(service, message)] = script.calls
    assert service == "EXP_RECE_CREATE_ORDER"
    sender, receiver = message["contactInfoList"]
    assert receiver == {
        "contactType": 2, "contact": "张三", "mobile": "13800138000", "country": "CN", "province": "四川省",
        "city": "成都市", "county": "武侯区", "address": "桂溪街道天府三街 1 号",
    }  # fmt: skip
    assert (sender["contactType"], sender["tel"], sender["province"]) == (1, "02159815121", "上海")
    expected = {"orderId": "p-1", "monthlyCard": "7551234567", "payMethod": 1, "expressTypeId": 2, "totalWeight": 1.25,
                "language": "zh-CN", "isUnifiedWaybillNo": 1, "isGenWaybillNo": 1, "isDocall": 0, "parcelQty": 1,
                "isReturnRoutelabel": 1, "cargoDetails": [{"name": "商品", "count": 3}]}  # fmt: skip
    assert {name: message[name] for name in expected} == expected
    assert set(message) == set(expected) | {"contactInfoList"}


def test_value_added_services_and_sides():
    parcel = changed(declared_value=Decimal("100.10"), cod_amount=Decimal(30), length_mm=305, width_mm=200, height_mm=1)
    script = Script(yes(ORDERED))
    script.run(sf().create(parcel, SENDER))
    [(_, message)] = script.calls
    assert message["serviceList"] == [{"name": "INSURE", "value": "100.10"}, {"name": "COD", "value": "30"}]
    assert (message["totalLength"], message["totalWidth"], message["totalHeight"]) == (30.5, 20.0, 0.1)


def test_the_number_of_a_virtual_phone_keeps_its_extension():
    script = Script(yes(ORDERED))
    script.run(sf().create(to(phone_extension="1234"), SENDER))
    assert script.calls[0][1]["contactInfoList"][1]["mobile"] == "13800138000-1234"


def test_the_label_data_is_kept_as_it_came():
    label = [{"code": "1000", "routeLabelData": {"destRouteLabel": "028"}}]
    found = Script(yes(ORDERED | {"routeLabelInfo": label})).run(sf().create(PARCEL, SENDER))
    assert json.loads(found.print_payload) == label


INCOMPLETE = [
    (to(name=None), "recipient.name"), (to(phone=None), "recipient.phone"),
    (to(phone="138001380001234567890"), "recipient.phone"), (changed(parcel_id=""), "parcel_id"),
    (changed(parcel_id="x" * 65), "parcel_id"), (to(address=HERE.model_copy(update={"city": None})), "address.city"),
    (to(address=HERE.model_copy(update={"street": None})), "address.street"),
    (to(address=HERE.model_copy(update={"province": None})), "address.province"),
    (to(address=HERE.model_copy(update={"street": "长" * 201})), "address.street"),
    (to(privacy=Privacy(kind=PrivacyKind.MASKED, token="t")), "recipient"),
    (to(privacy=Privacy(kind=PrivacyKind.ENCRYPTED)), "recipient"),
]  # fmt: skip


@pytest.mark.parametrize(("parcel", "field"), INCOMPLETE, ids=[str(n) for n in range(len(INCOMPLETE))])
def test_nothing_is_sent_for_a_parcel_that_sf_cannot_take(parcel, field):
    script = Script()
    with pytest.raises(WaybillRejected) as caught:
        script.run(sf().create(parcel, SENDER))
    assert field in caught.value.field
    assert "张三" not in str(caught.value)
    assert script.calls == []


LOST = {
    "timed out": TimedOut("no reply"),
    "gateway page": Reply(502, {}, b""),
    "system error": no("A1099"),
    "cut short": Reply(200, {}, b'{"apiResultCode"'),
    "another order's reply": yes(ORDERED | {"orderId": "p-2"}),
}


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST.keys())
def test_a_lost_reply_is_recovered_by_searching(lost):
    script = Script(lost, yes(ORDERED))
    assert script.run(sf().create(PARCEL, SENDER)) == WAYBILL
    assert script.services == ["CREATE_ORDER", "SEARCH_ORDER_RESP"]
    assert script.calls[1][1] == {"orderId": "p-1", "searchType": "1", "language": "zh-CN"}


@pytest.mark.parametrize("lost", LOST.values(), ids=LOST.keys())
@pytest.mark.parametrize("absent", [yes(EMPTY), yes(None), no("8013"), no("70707")], ids=["empty", "none", "8013", "?"])
def test_an_order_that_never_arrived_is_sent_again_under_the_same_id(lost, absent):
    script = Script(lost, absent, yes(ORDERED))
    assert script.run(sf().create(PARCEL, SENDER)) == WAYBILL
    assert script.services == ["CREATE_ORDER", "SEARCH_ORDER_RESP", "CREATE_ORDER"]
    assert script.calls[0][1] == script.calls[2][1]


@pytest.mark.parametrize("code", ["8016", "A1007"])
def test_an_order_that_is_there_already_gives_its_first_waybill(code):
    script = Script(no(code), yes(ORDERED))
    assert script.run(sf().create(PARCEL, SENDER)) == WAYBILL


def test_a_number_that_comes_later_is_searched_for():
    script = Script(yes(EMPTY | {"filterResult": 1}), yes(ORDERED))
    assert script.run(sf().create(PARCEL, SENDER)) == WAYBILL


def test_when_nothing_can_be_found_out_the_outcome_stays_unknown():
    script = Script(TimedOut("lost"), *[TimedOut("still down")] * 3)
    with pytest.raises(OutcomeUnknown, match="same parcel again"):
        script.run(sf().create(PARCEL, SENDER))
    assert script.services == ["CREATE_ORDER"] + ["SEARCH_ORDER_RESP"] * 3


def test_a_create_is_never_repeated_for_ever():
    script = Script(*[TimedOut("lost"), yes(EMPTY)] * 3)
    with pytest.raises(OutcomeUnknown):
        script.run(sf().create(PARCEL, SENDER))
    assert script.services.count("CREATE_ORDER") == 3


def test_a_cancelled_id_is_told_apart():
    script = Script(*[no("8016"), yes(EMPTY)] * 3)
    with pytest.raises(WaybillRejected, match="new id"):
        script.run(sf().create(PARCEL, SENDER))


def test_a_connection_that_was_never_made_is_tried_again():
    script = Script(ConnectFailed("refused"), yes(ORDERED))
    assert script.run(sf().create(PARCEL, SENDER)) == WAYBILL
    ids = [form["requestID"] for form in script.forms]
    assert len(set(ids)) == 2, "each try has a request id of its own"
    assert all(0 < len(found) <= 40 for found in ids)


REFUSED = [
    ("1014", WaybillRejected), ("8196", WaybillRejected), ("31313", WaybillRejected), ("20035", NotServiceable),
    ("8057", NotServiceable), ("20012", NotServiceable), ("6126", PermissionDenied), ("A1004", PermissionDenied),
]  # fmt: skip


@pytest.mark.parametrize(("code", "kind"), REFUSED)
def test_refused_orders(code, kind):
    script = Script(no(code, "why"))
    with pytest.raises(kind, match="why") as caught:
        script.run(sf().create(PARCEL, SENDER))
    assert code in (caught.value.code, caught.value.sub_code)
    assert caught.value.request_id == "r-1"


def test_an_address_out_of_range():
    with pytest.raises(NotServiceable, match="receiver is out of range"):
        Script(yes(EMPTY | {"filterResult": 3, "remark": "2"})).run(sf().create(PARCEL, SENDER))


def test_throttling_is_waited_for_and_then_told():
    script = Script(no("A1005"), no("8177"), yes(ORDERED))
    assert script.run(sf().create(PARCEL, SENDER)) == WAYBILL
    assert script.paused == 2.0
    with pytest.raises(RateLimited):
        Script(no("A1005"), patient=False).run(sf().create(PARCEL, SENDER))


@pytest.mark.parametrize("absent", [yes(EMPTY), no("8013"), no("70707")])
def test_find_answers_none_for_what_sf_does_not_know(absent):
    assert Script(absent).run(sf().find("p-1")) is None


def test_find_does_not_mistake_trouble_for_absence():
    with pytest.raises(PermissionDenied):
        Script(no("A1004")).run(sf().find("p-1"))
    with pytest.raises(PlatformUnavailable):
        Script(*[no("A1009")] * 3).run(sf().find("p-1"))


def test_cancel():
    script = Script(yes({"orderId": "p-1"}))
    assert script.run(sf().cancel(WAYBILL)).ok
    assert script.calls == [("EXP_RECE_UPDATE_ORDER", {
        "orderId": "p-1", "dealType": 2,
        "waybillNoInfoList": [{"waybillType": 1, "waybillNo": "SF7444700000001"}],
    })]  # fmt: skip


CANCELS = [
    ((no("8247"),), False, "invalid_parameter"), ((TimedOut("x"), yes({})), True, None),
    ((TimedOut("x"), no("70707")), False, "outcome_unknown"), ((TimedOut("x"),) * 2, False, "outcome_unknown"),
]  # fmt: skip


@pytest.mark.parametrize(("replies", "ok", "reason"), CANCELS)
def test_cancel_says_only_what_is_known(replies, ok, reason):
    outcome = Script(*replies).run(sf().cancel(WAYBILL))
    assert (outcome.ok, outcome.reason, outcome.key) == (ok, reason, "p-1")


def node(at, code, text="t", **more):
    return {"acceptTime": at, "opCode": code, "remark": text, "acceptAddress": "成都市"} | more


def routes(**parcels):
    return yes({"routeResps": [{"mailNo": number, "routes": nodes} for number, nodes in parcels.items()]})


def test_track_sorts_and_removes_doubles():
    late, early = node("2026-01-02 10:00:00", "80"), node("2026-01-01 08:00:00", "50")
    found = Script(routes(SF1=[late, early, late], SF2=[])).run(sf().track(["SF1", "SF2", "SF1"]))
    assert [event.status for event in found] == [TrackingStatus.PICKED_UP, TrackingStatus.DELIVERED]
    assert found[0].at == datetime(2026, 1, 1, 0, 0, tzinfo=UTC), "Beijing time on the wire, UTC inside"
    assert (found[0].waybill_no, found[0].place, found[0].raw_code, found[0].text) == ("SF1", "成都市", "50", "t")


def test_track_asks_for_ten_at_a_time():
    numbers = [f"SF{n}" for n in range(23)]
    script = Script(routes(), routes(), routes())
    assert script.run(sf().track(numbers)) == []
    assert [len(message["trackingNumber"]) for _, message in script.calls] == [10, 10, 3]
    assert [number for _, message in script.calls for number in message["trackingNumber"]] == numbers
    assert Script().run(sf().track([])) == []


def test_phone_tails_travel_with_the_numbers_that_need_them():
    script = Script(routes())
    script.run(sf().track(["SF1", "SF2", "SF3"], phone_tails={"SF1": "8000", "SF3": "1234", "SF9": "0000"}))
    assert script.calls[0][1]["checkPhoneNo"] == "1234,8000"


def test_an_unlisted_code_is_unknown_and_kept():
    [event] = Script(routes(SF1=[node("2026-01-01 08:00:00", "4711")])).run(sf().track(["SF1"]))
    assert (event.status, event.raw_code) == (TrackingStatus.UNKNOWN, "4711")


STRANGE = [yes([1]), yes({"routeResps": [1]}), routes(SF1=["x"]), routes(SF1=[{"opCode": "50"}]),
           routes(SF1=[node("1970-01-01 00:00:00", "50")]), routes(SF1=[node("yesterday", "50")])]  # fmt: skip


@pytest.mark.parametrize("strange", STRANGE, ids=range(len(STRANGE)))
def test_routes_that_cannot_be_read_are_a_decode_error(strange):
    with pytest.raises(DecodeError):
        Script(strange).run(sf().track(["SF1"]))


def test_a_push_becomes_events_without_a_call():
    nodes = [node("2026-01-02 10:00:00", "44", mailno="SF1", orderid="p-1", id="2"),
             node("2026-01-01 10:00:00", "50", mailno="SF1", orderid="p-1", id="1")]  # fmt: skip
    body = json.dumps({"Body": {"WaybillRoute": [*nodes, nodes[0]]}}).encode()
    found = Script().run(sf().decode_push({}, body))
    assert [event.status for event in found] == [TrackingStatus.PICKED_UP, TrackingStatus.OUT_FOR_DELIVERY]


@pytest.mark.parametrize(("answer", "ok", "reason"), [
    (yes({"filterResult": 2}), True, None), (yes({"filterResult": "2"}), True, None),
    (yes({"filterResult": 3, "remark": "1"}), False, "not_serviceable"),
    (yes({"filterResult": 1}), False, "undetermined"), (yes({}), False, "undetermined"),
    (no("20035"), False, "not_serviceable"), (no("1014"), False, "waybill_rejected"),
])  # fmt: skip
def test_serviceability(answer, ok, reason):
    script = Script(answer)
    outcome = script.run(sf().serviceability(PARCEL, SENDER))
    assert (outcome.ok, outcome.reason) == (ok, reason)
    assert script.services == ["PRE_ORDER"]


def test_quote():
    row = {"businessType": "2", "businessTypeDesc": "顺丰标快", "fee": 18.5, "searchPrice": "1", "closeTime": None,
           "deliverTime": "2026-01-03 18:00:00,2026-01-03 20:00:00"}  # fmt: skip
    script = Script(yes({"deliverTmDto": [row, row | {"businessType": "6", "fee": None}]}))
    [found] = script.run(sf().quote(changed(length_mm=100, width_mm=100, height_mm=55), SENDER))
    assert (found.carrier, found.product, found.currency, found.total) == ("sf", "2", "CNY", Decimal("18.50"))
    assert found.promised_hours == 33, (
        "AT is 11:04:05 in Beijing, so 20:00 of the next day is 33 hours away, rounded up"
    )
    [(_, message)] = script.calls
    assert message["consignedTime"] == "2026-01-02 11:04:05"
    assert (message["weight"], message["volume"], message["searchPrice"]) == (1.25, 550.0, "1")
    assert message["srcAddress"] == {
        "province": "上海",
        "city": "上海市",
        "district": "浦东新区",
        "address": "张江路 1 号",
    }
    assert message["destAddress"]["district"] == "武侯区"


def test_no_price_is_not_a_price_of_zero():
    for data in ({"deliverTmDto": []}, {}, {"deliverTmDto": [{"businessType": "2", "fee": None}]}):
        with pytest.raises(NotServiceable):
            Script(yes(data)).run(sf().quote(PARCEL, SENDER))


def test_capabilities_follow_from_the_verbs():
    found = CARRIER.capabilities({**CARRIER_VERBS, "list_waybills": Verb("read", "every waybill")})
    assert [name for name, capability in found.items() if not capability.available] == [
        "subscribe",
        "pickup",
        "list_waybills",
    ]
    assert found["list_waybills"].because


def test_reprs_and_errors_show_no_secret_and_no_person():
    script = Script(no("1014"))
    with pytest.raises(WaybillRejected) as caught:
        script.run(sf().create(PARCEL, SENDER))
    shown = repr(script.requests) + str(caught.value) + repr(caught.value.context()) + repr(sf().config)
    assert not any(secret in shown for secret in ("check-word-1", "张三", "13800138000", "天府"))


def test_a_foreign_object_in_place_of_an_order_is_a_decode_error():
    with pytest.raises(DecodeError):
        Script(yes([1])).run(sf().find("p-1"))
