"""The SF emulator against its documented facts: docs/platforms/sf.md."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from itertools import count
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderhub.errors import TimedOut
from orderhub.flow.message import Request
from orderhub.sandbox import World
from orderhub.sandbox.carriers.sf.sign import digest, java_encoded

START = datetime(2024, 5, 20, 1, tzinfo=UTC)
HOUR = 3600
NO_SM3 = "sm3" not in hashlib.algorithms_available


class Client:
    """A few lines of Fengqiao client, written for these tests."""

    def __init__(self, **options: Any) -> None:
        self.world = World(
            platforms=[], carriers=["sf"], start=START, tick=lambda: 0.0, base_url="http://sf.test", **options
        )
        [self.account] = self.world.carrier_accounts()
        self._ids = count()

    def form(self, service: str, message: Any, **changes: str | None) -> dict[str, str]:
        text = message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)
        stamp = str(int(self.world.now().timestamp() * 1000))
        signed = digest("standard_md5", text, stamp, self.account["checkword"])
        form: dict[str, str | None] = {
            "partnerID": self.account["partner_id"], "requestID": f"r-{next(self._ids)}", "serviceCode": service,
            "timestamp": stamp, "msgDigest": signed, "msgData": text, **changes,
        }  # fmt: skip
        return {name: value for name, value in form.items() if value is not None}

    def post(self, form: Mapping[str, str], path: str = "/std/service", **options: Any) -> dict[str, Any]:
        headers = options.get("headers", {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"})
        body = options.get("body", urlencode(form).encode())
        method = options.get("method", "POST")
        reply = self.world.handle(Request(method, f"http://sf.test{path}", headers, body))
        assert reply.status == 200
        return json.loads(reply.body)

    def outer(self, service: str, message: Any, **changes: str | None) -> dict[str, Any]:
        return self.post(self.form(service, message, **changes))

    def inner(self, service: str, message: Any) -> dict[str, Any]:
        outer = self.outer(service, message)
        assert outer["apiResultCode"] == "A1000", outer
        assert isinstance(outer["apiResultData"], str)
        return json.loads(outer["apiResultData"])

    def done(self, service: str, message: Any) -> Any:
        inner = self.inner(service, message)
        assert inner["success"] is True, inner
        return inner["msgData"]

    def code(self, service: str, message: Any) -> str:
        inner = self.inner(service, message)
        assert inner["success"] is False
        return inner["errorCode"]

    def create(self, order_id: str = "P-1", **changes: Any) -> dict[str, Any]:
        return self.done("EXP_RECE_CREATE_ORDER", order(order_id, **changes))

    def number(self, order_id: str = "P-1", **changes: Any) -> str:
        return self.create(order_id, **changes)["waybillNoInfoList"][0]["waybillNo"]

    def codes(self, *numbers: str, phone: str = "5678", kind: int = 1) -> list[list[str]]:
        asked = {
            "trackingType": kind,
            "trackingNumber": numbers,
            "methodType": 1,
            "checkPhoneNo": phone,
            "language": "zh-CN",
        }
        found = self.done("EXP_RECE_SEARCH_ROUTES", asked)["routeResps"]
        return [[route["opCode"] for route in row["routes"]] for row in found]

    def switch(self, **values: Any) -> None:
        assert self.world.control("PUT", "/_sandbox/switches", body={"sf": values})[0] == 200


def person(kind: int, **changes: Any) -> dict[str, Any]:
    return {
        "contactType": kind, "contact": "王小明", "mobile": "13812345678" if kind == 2 else "13900001111",
        "country": "CN", "province": "广东省" if kind == 2 else "浙江省", "city": "深圳市" if kind == 2 else "杭州市",
        "county": "南山区" if kind == 2 else "西湖区", "address": "科技园二路1号", **changes,
    }  # fmt: skip


def order(order_id: str = "P-1", **changes: Any) -> dict[str, Any]:
    document = {
        "language": "zh-CN", "orderId": order_id, "cargoDetails": [{"name": "衣服", "count": 1}],
        "contactInfoList": [person(1), person(2)], "expressTypeId": 2, "payMethod": 1, "parcelQty": 1,
        "isReturnRoutelabel": 1, "isUnifiedWaybillNo": 1, **changes,
    }  # fmt: skip
    return {name: value for name, value in document.items() if value is not ...}


@pytest.fixture
def sf() -> Client:
    return Client()


# --- signature -------------------------------------------------------------------------------------------------------

PLAIN = '{"language":"zh-CN","trackingType":"1","trackingNumber":["SF1011603494291"],"methodType":"1"}'
CORNER = """{"name":"测试 *~-_.!'()&+/="}"""


@pytest.mark.parametrize(
    ("algorithm", "message", "word", "expected"),
    [
        ("standard_md5", PLAIN, "testCheckWord123", "SQ5/u86q8RY/AC6ic2V9Tg=="),
        ("simple_md5", PLAIN, "testCheckWord123", "ZAK3i5ZMwOMfm1SxnLvoag=="),
        ("sm3", PLAIN, "testCheckWord123", "bd25fb3167ca7f610f8b32018f01fede1f2886f14552e04bc3d9e3a796f17992"),
        ("standard_md5", CORNER, "cw", "qzg3VACir0iyHkeAkqR5wQ=="),
        ("simple_md5", CORNER, "cw", "GEyzMbENE3GJiMzXaGApEg=="),
        ("sm3", CORNER, "cw", "544dbb7d1353739235b1ba1002b12af0f17b29292886bab1bce97e0197d07271"),
    ],
)
def test_digest_vectors(algorithm: str, message: str, word: str, expected: str) -> None:
    if algorithm == "sm3" and NO_SM3:
        pytest.skip("this Python's OpenSSL has no SM3")
    assert digest(algorithm, message, "1700000000000", word) == expected


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_java_encoding_leaves_only_what_java_leaves(text: str) -> None:
    encoded = java_encoded(text)
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-*_+%")
    assert set(encoded) <= allowed and encoded.count("+") == text.count(" ")


@pytest.mark.parametrize("algorithm", ["standard_md5", "simple_md5", "sm3"])
def test_only_the_algorithm_of_the_application_is_taken(sf: Client, algorithm: str) -> None:
    if algorithm == "sm3" and NO_SM3:
        pytest.skip("this Python's OpenSSL has no SM3")
    sf.switch(signature_algorithm=algorithm)
    assert sf.world.carrier_accounts()[0]["signature_algorithm"] == algorithm
    text, stamp = json.dumps(order("s * ~ 测"), ensure_ascii=False), "1716170000000"
    for other in ("standard_md5", "simple_md5"):
        signed = digest(other, text, stamp, sf.account["checkword"])
        answer = sf.outer("EXP_RECE_CREATE_ORDER", text, msgDigest=signed, timestamp=stamp)
        assert answer["apiResultCode"] == ("A1000" if other == algorithm else "A1006")
    signed = digest(algorithm, text, stamp, sf.account["checkword"])
    answer = sf.outer("EXP_RECE_CREATE_ORDER", text, msgDigest=signed, timestamp=stamp)
    assert answer["apiResultCode"] == "A1000"


def test_a_refused_signature_logs_what_should_have_been_signed(sf: Client) -> None:
    form = sf.form("EXP_RECE_CREATE_ORDER", order(), msgDigest="AAAA")
    assert sf.post(form)["apiResultCode"] == "A1006"
    [entry] = sf.world.log(1)
    assert entry["verdict"] == "A1006"
    assert entry["hint"] == java_encoded(form["msgData"] + form["timestamp"] + sf.account["checkword"])


# --- gateway ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", ["partnerID", "requestID", "serviceCode", "timestamp", "msgData", "msgDigest"])
def test_a_missing_field_is_a1001(sf: Client, missing: str) -> None:
    assert sf.outer("EXP_RECE_CREATE_ORDER", order(), **{missing: None})["apiResultCode"] == "A1001"


def test_only_a_posted_form_is_taken(sf: Client) -> None:
    form = sf.form("EXP_RECE_CREATE_ORDER", order())
    as_json = sf.post(form, headers={"Content-Type": "application/json"}, body=json.dumps(form).encode())
    in_query = sf.post({}, path="/std/service?" + urlencode(form))
    got = sf.post(form, method="GET")
    assert {answer["apiResultCode"] for answer in (as_json, in_query, got)} == {"A1001"}
    assert sf.world.control("GET", "/_sandbox/sf/orders") == (200, [])


def test_unknown_partner_or_service_is_a1004(sf: Client) -> None:
    assert sf.outer("EXP_RECE_CREATE_ORDER", order(), partnerID="other")["apiResultCode"] == "A1004"
    assert sf.outer("EXP_RECE_NO_SUCH", order())["apiResultCode"] == "A1004"


def test_a_foreign_address_is_a1003(sf: Client) -> None:
    sf.switch(ip_allowed=False)
    assert sf.outer("EXP_RECE_CREATE_ORDER", order())["apiResultCode"] == "A1003"


def test_business_errors_come_inside_a_gateway_success(sf: Client) -> None:
    outer = sf.outer("EXP_RECE_CREATE_ORDER", "{not json")
    assert outer["apiResultCode"] == "A1000" and len(outer["apiResponseID"]) == 32
    inner = json.loads(outer["apiResultData"])
    assert (inner["success"], inner["errorCode"], inner["msgData"]) == (False, "S0001", None)
    sf.switch(result_form="object")
    assert sf.outer("EXP_RECE_CREATE_ORDER", order())["apiResultData"]["success"] is True


def test_an_access_token_stands_in_for_the_digest_for_two_hours(sf: Client) -> None:
    grant = {"partnerID": sf.account["partner_id"], "secret": sf.account["checkword"], "grantType": "password"}
    token = sf.post(grant, path="/oauth2/accessToken")["accessToken"]
    for seconds, code in ((0, "A1000"), (7199, "A1000"), (2, "A1011")):
        sf.world.advance(seconds)
        answer = sf.outer("EXP_RECE_PRE_ORDER", order(), msgDigest=None, accessToken=token)
        assert answer["apiResultCode"] == code
    both = sf.outer("EXP_RECE_PRE_ORDER", order(), accessToken=token)
    wrong = sf.post({**grant, "secret": "x"}, path="/oauth2/accessToken")
    assert both["apiResultCode"] == "A1001" and "accessToken" not in wrong


def test_limits_are_thirty_a_second_and_three_thousand_a_day(sf: Client) -> None:
    sf.switch(call_limits=True)
    asked = {"orderId": "none"}

    def verdicts(calls: int) -> list[str]:
        return [sf.outer("EXP_RECE_SEARCH_ORDER_RESP", asked)["apiResultCode"] for _ in range(calls)]

    assert verdicts(31) == ["A1000"] * 30 + ["A1005"]
    assert sf.outer("EXP_RECE_PRE_ORDER", order())["apiResultCode"] == "A1000", "each service has its own limit"
    for _ in range(99):
        sf.world.advance(1)
        assert set(verdicts(30)) == {"A1000"}
    sf.world.advance(1)
    assert verdicts(1) == ["A1005"]
    sf.world.advance(24 * HOUR)
    assert verdicts(1) == ["A1000"]


def test_without_limits_nothing_is_throttled() -> None:
    sf = Client(limits=False)
    sf.switch(call_limits=True)
    assert {sf.outer("EXP_RECE_SEARCH_ORDER_RESP", {"orderId": "x"})["apiResultCode"] for _ in range(40)} == {"A1000"}


# --- orders ----------------------------------------------------------------------------------------------------------


def test_create_answers_number_codes_and_label(sf: Client) -> None:
    made = sf.create()
    [row] = made["waybillNoInfoList"]
    assert row["waybillType"] == 1 and made["filterResult"] == 2 and made["orderId"] == "P-1"
    assert (made["originCode"], made["destCode"]) == ("571", "755")
    assert made["routeLabelInfo"][0]["code"] == "1000"
    assert made["routeLabelInfo"][0]["routeLabelData"]["waybillNo"] == row["waybillNo"]


@pytest.mark.parametrize(("unified", "form"), [(1, r"SF\d{13}"), (0, r"\d{12}")])
def test_number_format_follows_the_flag(sf: Client, unified: int, form: str) -> None:
    made = sf.create(isUnifiedWaybillNo=unified, parcelQty=3, totalWeight=5)["waybillNoInfoList"]
    assert [row["waybillType"] for row in made] == [1, 2, 2]
    assert all(re.fullmatch(form, row["waybillNo"]) for row in made) and len({row["waybillNo"] for row in made}) == 3


@settings(max_examples=20, deadline=None)
@given(ids=st.lists(st.sampled_from(["a", "b", "c"]), max_size=12))
def test_one_order_id_has_one_waybill_however_often_it_is_sent(ids: list[str]) -> None:
    sf = Client()
    answers: dict[str, set[str]] = {}
    for order_id in ids:
        answers.setdefault(order_id, set()).add(json.dumps(sf.create(order_id)))
    assert all(len(found) == 1 for found in answers.values())
    truth = sf.world.control("GET", "/_sandbox/sf/orders")[1]
    assert sorted(row["reference"] for row in truth) == sorted(set(ids))
    assert len({row["order_id"] for row in truth}) == len(truth)


def test_a_repeated_order_id_may_be_refused_instead(sf: Client) -> None:
    number = sf.number()
    sf.switch(repeated_order_id="8016")
    assert sf.code("EXP_RECE_CREATE_ORDER", order()) == "8016"
    found = sf.done("EXP_RECE_SEARCH_ORDER_RESP", {"orderId": "P-1", "searchType": "1"})
    assert found["waybillNoInfoList"][0]["waybillNo"] == number


def test_a_lost_reply_leaves_a_waybill_that_the_search_finds(sf: Client) -> None:
    body = {"platform": "sf", "fault": "timeout_after", "operation": "EXP_RECE_CREATE_ORDER"}
    assert sf.world.control("POST", "/_sandbox/faults", body=body)[0] == 200
    with pytest.raises(TimedOut):
        sf.create()
    assert sf.done("EXP_RECE_SEARCH_ORDER_RESP", {"orderId": "P-1"})["waybillNoInfoList"]
    assert len(sf.world.control("GET", "/_sandbox/sf/orders")[1]) == 1
    assert sf.code("EXP_RECE_SEARCH_ORDER_RESP", {"orderId": "P-2"}) == "8018"


def test_cancel_ends_the_order_and_its_id_for_good(sf: Client) -> None:
    sf.create()
    cancel = {"orderId": "P-1", "dealType": 2}
    assert sf.done("EXP_RECE_UPDATE_ORDER", cancel)["orderId"] == "P-1"
    assert sf.code("EXP_RECE_UPDATE_ORDER", cancel) == "8037"
    assert sf.code("EXP_RECE_CREATE_ORDER", order()) == "8016"
    sf.world.advance(48 * HOUR)
    [truth] = sf.world.control("GET", "/_sandbox/sf/orders")[1]
    assert truth["cancelled"] is True and sf.codes("P-1", kind=2) == [[]]


def test_what_was_picked_up_cannot_be_cancelled(sf: Client) -> None:
    sf.create()
    sf.world.advance(3 * HOUR)
    assert sf.code("EXP_RECE_UPDATE_ORDER", {"orderId": "P-1", "dealType": 2}) == "8252"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"language": ...}, "S0002"),
        ({"orderId": ""}, "S0002"),
        ({"orderId": "x" * 65}, "S0001"),
        ({"contactInfoList": [person(2)]}, "1010"),
        ({"contactInfoList": [person(1, contact=""), person(2)]}, "1011"),
        ({"contactInfoList": [person(1, mobile=""), person(2)]}, "1012"),
        ({"contactInfoList": [person(1)]}, "1014"),
        ({"contactInfoList": [person(1), person(2, address="")]}, "1014"),
        ({"contactInfoList": [person(1), person(2, address="x" * 201)]}, "1014"),
        ({"contactInfoList": [person(1), person(2, province="", city="", address="某某路")]}, "1014"),
        ({"contactInfoList": [person(1), person(2, contact=None)]}, "1015"),
        ({"contactInfoList": [person(1), person(2, mobile=None)]}, "1016"),
        ({"contactInfoList": [person(1), person(2, mobile="138****5678")]}, "8196"),
        ({"contactInfoList": [person(1), person(2, country="")]}, "S0002"),
        ({"cargoDetails": []}, "S0002"),
        ({"cargoDetails": [{"count": 1}]}, "1023"),
        ({"cargoDetails": [{"name": "大号烟花爆竹"}]}, "20035"),
        ({"cargoDetails": [{"name": "衣服", "count": 0}]}, "1028"),
        ({"expressTypeId": ...}, "S0002"),
        ({"expressTypeId": 0}, "8057"),
        ({"monthlyCard": "123"}, "6126"),
        ({"monthlyCard": "9999999999"}, "8119"),
        ({"parcelQty": 308, "totalWeight": 9}, "8117"),
        ({"parcelQty": 2}, "S0002"),
        ({"isGenWaybillNo": 0}, "8247"),
        ({"isGenWaybillNo": 0, "waybillNoInfoList": [{"waybillNo": "YT123"}]}, "8247"),
        ({"serviceList": [{"name": "COD", "value": "x"}]}, "6138"),
        ({"serviceList": [{"name": "COD", "value": "0"}]}, "6139"),
        ({"serviceList": [{"name": "IN26"}]}, "8051"),
        ({"serviceList": [{"name": "IN26", "value": "1"}], "totalWeight": 301}, "20012"),
    ],
)
def test_a_bad_order_is_refused_with_its_code_and_leaves_nothing(
    sf: Client, changes: dict[str, Any], code: str
) -> None:
    assert sf.code("EXP_RECE_CREATE_ORDER", order(**changes)) == code
    assert sf.world.control("GET", "/_sandbox/sf/orders") == (200, [])


@pytest.mark.parametrize(
    "changes",
    [
        {"monthlyCard": "7551234567"},
        {"contactInfoList": [person(1), person(2, mobile=None, tel="021-59815121")]},
        {"contactInfoList": [person(1), person(2, province="", city="", address="广东省深圳市南山区科技园1号")]},
        {"contactInfoList": [person(1), person(2, mobile="13812345678-1234")]},
        {"serviceList": [{"name": "COD", "value": "99.50"}, {"name": "INSURE", "value": "1000"}]},
        {"parcelQty": 307, "totalWeight": "400.5"},
        {"isGenWaybillNo": 0, "waybillNoInfoList": [{"waybillType": 1, "waybillNo": "SF1011603494291"}]},
    ],
)
def test_a_good_order_is_taken(sf: Client, changes: dict[str, Any]) -> None:
    assert sf.create(**changes)["filterResult"] == 2


def test_a_place_out_of_range_has_no_waybill(sf: Client) -> None:
    made = sf.create(contactInfoList=[person(1), person(2, province="海南省", city="三沙市")])
    assert (made["filterResult"], made["remark"], made["waybillNoInfoList"]) == (3, "2", [])
    rows = [{"orderId": "f", "contactInfos": [person(2, city="三沙市")]}, {"address": "广东省深圳市"}]
    assert [row["filterResult"] for row in sf.done("EXP_RECE_FILTER_ORDER_BSP", rows)] == [3, 2]
    assert sf.done("EXP_RECE_PRE_ORDER", order())["filterResult"] == 2


def test_peak_control_refuses_for_a_while(sf: Client) -> None:
    sf.switch(peak_control=True)
    assert sf.code("EXP_RECE_CREATE_ORDER", order()) == "8177"


def test_more_boxes_get_child_numbers(sf: Client) -> None:
    sf.create()
    rows = sf.done("EXP_RECE_GET_SUB_MAILNO", {"orderId": "P-1", "parcelQty": 2})["waybillNoInfoList"]
    assert [row["waybillType"] for row in rows] == [1, 2, 2] and len({row["waybillNo"] for row in rows}) == 3


# --- routes ----------------------------------------------------------------------------------------------------------


def test_a_parcel_travels_with_the_clock(sf: Client) -> None:
    number = sf.number()
    lengths = []
    for _ in range(40):
        [codes] = sf.codes(number)
        lengths.append(len(codes))
        sf.world.advance(HOUR)
    assert lengths == sorted(lengths), "what has happened stays"
    assert sf.codes(number) == [["50", "30", "31", "36", "31", "31", "44", "80"]]
    asked = {"trackingType": 2, "trackingNumber": ["P-1"], "methodType": 1}
    [row] = sf.done("EXP_RECE_SEARCH_ROUTES", asked)["routeResps"]
    times = [route["acceptTime"] for route in row["routes"]]
    assert times == sorted(times) and times[0] == "2024-05-20 11:00:00", "China time"
    assert row["mailNo"] == number and row["routes"][-1]["acceptAddress"] == "深圳市"
    assert (row["routes"][0]["firstStatusCode"], row["routes"][0]["secondaryStatusCode"]) == ("1", "101")


def test_an_appointed_pick_up_starts_the_journey(sf: Client) -> None:
    number = sf.number(sendStartTm="2024-05-21 09:00:00")
    sf.world.advance(20 * HOUR)
    assert sf.codes(number) == [[]]
    sf.world.advance(6 * HOUR)
    assert sf.codes(number) == [["50"]]


def test_short_journeys_are_quicker(sf: Client) -> None:
    near = sf.number("near", contactInfoList=[person(1, city="深圳市"), person(2)])
    far = sf.number("far")
    sf.world.advance(14 * HOUR)
    assert [codes[-1] for codes in sf.codes(near, far)] == ["80", "36"]


def test_routes_hide_from_a_wrong_phone_and_after_three_months(sf: Client) -> None:
    number, prepaid = sf.number(), sf.number("P-2", monthlyCard="7551234567")
    sf.world.advance(40 * HOUR)
    assert sf.codes(number, phone="0000") == sf.codes(number, phone="") == [[]]
    assert all(sf.codes(number, phone=phone)[0] for phone in ("5678", "1111", "0000,5678"))
    assert sf.codes(prepaid, phone="")[0] and sf.codes("SF0000000000000") == [[]]
    sf.world.advance(91 * 24 * HOUR)
    assert sf.codes(number) == [[]]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"trackingNumber": [f"SF{i:013}" for i in range(11)]}, "8003"),
        ({"trackingNumber": []}, "8013"),
        ({"methodType": 2}, "6133"),
    ],
)
def test_bad_route_queries(sf: Client, changes: dict[str, Any], code: str) -> None:
    asked = {"trackingType": 1, "trackingNumber": ["SF1"], "methodType": 1, **changes}
    assert sf.code("EXP_RECE_SEARCH_ROUTES", asked) == code


@pytest.mark.parametrize(
    ("scenario", "last"),
    [
        ("locker", "80"),
        ("failed_once", "80"),
        ("refused", "648"),
        ("exception", "66"),
        ("lost", "36"),
        ("silent", "80"),
    ],
)
def test_the_tester_chooses_what_becomes_of_a_parcel(sf: Client, scenario: str, last: str) -> None:
    number, other = sf.number(), sf.number("P-2")
    path = f"/_sandbox/sf/orders/{number}"
    assert sf.world.control("PATCH", path, body={"action": "scenario", "scenario": scenario})[0] == 200
    status, truth = sf.world.control("PATCH", path, body={"action": "advance", "hours": 100})
    assert status == 200 and truth["routes"][-1]["opCode"] == last
    if scenario == "refused":
        assert "SF" in truth["routes"][-1]["remark"]
    assert sf.codes(number)[0][-1] == last and sf.codes(other) == [[]]


def test_control_refuses_politely(sf: Client) -> None:
    number = sf.number()
    assert sf.world.control("GET", "/_sandbox/sf/orders/none")[0] == 404
    assert sf.world.control("PATCH", f"/_sandbox/sf/orders/{number}", body={"action": "fly"})[0] == 400
    assert sf.world.control("POST", "/_sandbox/sf/orders", body={"count": 1})[0] == 405


@pytest.mark.parametrize(("fault", "code"), [("call_limited", "A1005"), ("token_expired", "A1011")])
def test_faults_of_the_gateway(sf: Client, fault: str, code: str) -> None:
    grant = {"partnerID": sf.account["partner_id"], "secret": sf.account["checkword"], "grantType": "password"}
    token = sf.post(grant, path="/oauth2/accessToken")["accessToken"]
    sf.world.control("POST", "/_sandbox/faults", body={"platform": "sf", "fault": fault})
    assert sf.outer("EXP_RECE_PRE_ORDER", order(), msgDigest=None, accessToken=token)["apiResultCode"] == code


def test_an_unknown_status_can_be_asked_for(sf: Client) -> None:
    number = sf.number()
    sf.world.advance(3 * HOUR)
    sf.world.control("POST", "/_sandbox/faults", body={"platform": "sf", "fault": "unknown_status"})
    assert sf.codes(number) == [["50", "9999"]] and sf.codes(number) == [["50", "30"]]


def test_the_account_is_listed_and_nothing_else_is_claimed(sf: Client) -> None:
    status, [account] = sf.world.control("GET", "/_sandbox/carriers")
    assert status == 200 and account["carrier"] == "sf" and account["base_url"] == "http://sf.test"
    assert account["partner_id"].startswith("sandbox-") and account["checkword"].startswith("sandbox-")
    assert account["monthly_card"] == "7551234567"
    assert sf.world.handle(Request("GET", "http://sf.test/oauth2/access_token")).status == 404


def test_a_reset_forgets_everything_and_repeats_itself(sf: Client) -> None:
    first = sf.create()
    sf.world.reset()
    assert sf.world.control("GET", "/_sandbox/sf/orders") == (200, [])
    assert sf.create() == first
