"""What docs/platforms/suning.md §10 says an emulator must enforce, row by row; reading side, doors and control."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_suning_emulator_tools import CHINA, GATEWAY, NO_RESULT, Refused, Sn, control, still

from orderhub.flow.message import Reply, Request
from orderhub.sandbox import World

LIST = "suning.custom.order.query"
CHANGED = "suning.custom.ord.query"
FORBIDDEN, PARAMS = "sys.check.header-param:forbidden", "sys.check.request-params:error"
RANGE = "sys.check.query-time:outofrange"


@pytest.fixture
def sn() -> Sn:
    return Sn(still(orders=6))


def code_of(reply: Reply) -> str:
    told = json.loads(reply.body)["sn_responseContent"]
    return str(told.get("sn_error", {}).get("error_code", "ok"))


def query(sn: Sn, **change: str | None) -> tuple[dict[str, str], bytes]:
    body = sn.body("orderQuery", {"startTime": sn.now(-86_400), "endTime": sn.now(), "pageNo": "1", "pageSize": "50"})
    return sn.headers(LIST, body, **change), body


# signInfo over the raw body


def test_signature_covers_the_exact_bytes_of_the_body(sn: Sn) -> None:
    headers, body = query(sn)
    assert code_of(sn.raw(headers, body)) in ("ok", NO_RESULT)
    spaced = body.replace(b": ", b":")
    assert spaced != body and json.loads(spaced) == json.loads(body)
    assert code_of(sn.raw(headers, spaced)) == "sys.check.signinfo:error"
    [entry] = sn.world.log(1)
    assert entry["hint"].startswith("lower hex of MD5 of the secret followed by: suning.custom.order.query2026-03-18")
    assert sn.shop["app_secret"] not in entry["hint"]


@pytest.mark.parametrize("change", [{"VersionNo": "v1.3"}, {"signInfo": "0" * 32}, {"AppRequestTime": None}])
def test_any_header_changed_after_signing_is_refused(sn: Sn, change: dict[str, str | None]) -> None:
    headers, body = query(sn)
    altered = {**headers, **{name: value or sn.now(1) for name, value in change.items()}}
    assert code_of(sn.raw(altered, body)) == "sys.check.signinfo:error"
    sn.switch(signature_code="sys.check.sign:wrong")
    assert code_of(sn.raw(altered, body)) == "sys.check.sign:wrong"


def test_signatures_are_lower_hex(sn: Sn) -> None:
    headers, body = query(sn)
    assert code_of(sn.raw({**headers, "signInfo": headers["signInfo"].upper()}, body)) == "sys.check.signinfo:error"


def test_access_token_is_not_signed(sn: Sn) -> None:
    headers, body = query(sn, access_token=None)
    assert code_of(sn.raw({**headers, "access_token": sn.shop["access_token"]}, body)) in ("ok", NO_RESULT)


# header presence


@pytest.mark.parametrize("name", ["AppMethod", "AppKey", "AppRequestTime", "VersionNo", "signInfo", "Format"])
def test_every_header_must_be_there(sn: Sn, name: str) -> None:
    headers, body = query(sn, **{name: None}) if name != "AppMethod" else query(sn)
    headers.pop(name, None)
    assert code_of(sn.raw(headers, body)) == FORBIDDEN


def test_header_names_know_no_case(sn: Sn) -> None:
    headers, body = query(sn)
    assert code_of(sn.raw({name.lower(): value for name, value in headers.items()}, body)) in ("ok", NO_RESULT)
    assert code_of(sn.raw({name.upper(): value for name, value in headers.items()}, body)) in ("ok", NO_RESULT)


@pytest.mark.parametrize("change", [{"AppKey": "somebody"}, {"Format": "yaml"}])
def test_unknown_app_or_format_is_forbidden(sn: Sn, change: dict[str, str]) -> None:
    headers, body = query(sn, **change)
    assert code_of(sn.raw(headers, body)) == FORBIDDEN


def test_unknown_methods_and_denied_ones_have_their_codes(sn: Sn) -> None:
    assert sn.refusal("nosuch.get", "nosuch") == "sys.check.method-permission:authority"
    sn.switch(denied_methods="suning.custom.order.get")
    assert sn.refusal("order.get", "orderGet", orderCode="1") == "sys.check.api-permission:authority"


def test_other_verbs_are_405(sn: Sn) -> None:
    headers, body = query(sn)
    assert sn.raw(headers, body, verb="GET").status == 405


# AppRequestTime window


@pytest.mark.parametrize(("seconds", "fine"), [(0, True), (599, True), (-599, True), (601, False), (-28_800, False)])
def test_request_time_may_be_ten_minutes_off_by_default(sn: Sn, seconds: float, fine: bool) -> None:
    headers, body = query(sn, AppRequestTime=sn.now(seconds))
    wanted = ("ok", NO_RESULT) if fine else ("sys.check.request-apprequesttime:error",)
    assert code_of(sn.raw(headers, body)) in wanted


def test_request_time_tolerance_is_a_switch_and_its_form_is_checked(sn: Sn) -> None:
    sn.switch(clock_tolerance_s=5)
    for at in (sn.now(6), "1772330400000", "2026-03-18"):
        headers, body = query(sn, AppRequestTime=at)
        assert code_of(sn.raw(headers, body)) == "sys.check.request-apprequesttime:error"


# both URL paths


def test_both_paths_answer_and_must_agree_with_the_header(sn: Sn) -> None:
    headers, body = query(sn)
    first = sn.raw(headers, body)
    assert sn.raw(headers, body, f"{GATEWAY}/{LIST}").body == first.body
    assert code_of(sn.raw(headers, body, f"{GATEWAY}/{CHANGED}")) == FORBIDDEN
    [entry] = sn.world.log(1)
    assert entry["operation"] == CHANGED


# bodies


def test_wrong_bizname_is_a_request_error(sn: Sn) -> None:
    assert sn.refusal("order.query", "queryOrder", startTime=sn.now(-10), endTime=sn.now()) == PARAMS


def test_one_method_has_two_biznames(sn: Sn) -> None:
    assert sn.refusal("delayrefund.modify", "modifyDelayrefund", returnApplyId="1") == PARAMS
    sn.switch(newer_aftersales=True)
    assert sn.refusal("delayrefund.modify", "modifyDelayrefund", returnApplyId="1") == NO_RESULT
    assert sn.refusal("delayrefund.modify", "delayRefund") == "biz.delayRefund.missing-parameter:orderCode"


def test_bodies_in_single_quotes_are_read_unless_switched_off(sn: Sn) -> None:
    code = sn.codes()[0]
    body = ('{"sn_request": { "sn_body": {"orderGet":' + str({"orderCode": code}) + "}}}").encode()
    method = "suning.custom.order.get"
    assert code_of(sn.raw(sn.headers(method, body), body)) == "ok"
    sn.switch(literal_bodies=False)
    assert code_of(sn.raw(sn.headers(method, body), body)) == PARAMS


def test_xml_in_and_out(sn: Sn) -> None:
    code = sn.codes()[0]
    body = f"<sn_request><sn_body><orderGet><orderCode>{code}</orderCode></orderGet></sn_body></sn_request>".encode()
    reply = sn.raw(sn.headers("suning.custom.order.get", body, Format="xml"), body)
    assert reply.headers["content-type"].startswith("text/xml")
    assert f"<sn_body><orderGet><orderCode>{code}</orderCode>".encode() in reply.body
    bad = sn.raw(sn.headers(LIST, body, Format="xml"), body)
    assert b"<sn_error><error_code>sys.check.request-params:error</error_code>" in bad.body


@pytest.mark.parametrize("value", [True, 1.5, ["a"], {"a": "b"}])
def test_scalars_are_texts(sn: Sn, value: Any) -> None:
    assert sn.refusal("order.get", "orderGet", orderCode=value) == PARAMS


# spans and ages


def test_creation_windows_span_at_most_30_days_of_the_last_three_months(sn: Sn) -> None:
    day = 86_400
    ask = ("order.query", "orderQuery")
    assert sn.created(30)
    assert sn.refusal(*ask, startTime=sn.now(-30 * day - 1), endTime=sn.now()) == RANGE
    old = {"startTime": sn.now(-93 * day), "endTime": sn.now(-80 * day)}
    assert sn.refusal(*ask, **old) == "biz.orderquery.time-value:outofrange"
    assert sn.refusal(*ask, **{**old, "startTime": sn.now(-91 * day)}) == NO_RESULT
    sn.switch(history_days=30)
    assert sn.refusal(*ask, startTime=sn.now(-31 * day), endTime=sn.now(-2 * day)) == (
        "biz.orderquery.time-value:outofrange"
    )


@pytest.mark.parametrize("method", ["ord.query", "ordmodtime.query"])
def test_change_windows_span_at_most_a_day(sn: Sn, method: str) -> None:
    assert sn.changed(86_400)
    assert sn.refusal(method, "orderQuery", startTime=sn.now(-86_401), endTime=sn.now()) == RANGE


def test_unpaid_windows_span_at_most_a_day(sn: Sn) -> None:
    assert sn.refusal("unpaidorder.query", "unpaidOrder", startTime=sn.now(-86_401), endTime=sn.now()) == RANGE


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"startTime": None}, "sys.check.starttime-value:null"), ({"endTime": None}, "sys.check.endtime-value:null"),
        ({"startTime": "2026-03"}, "biz.orderquery.startTime-format:error"),
        ({"endTime": "x"}, "biz.orderquery.endTime-format:error"),
        ({"startTime": "2026-03-19 00:00:00"}, "sys.check.query-time:error"),
        ({"orderStatus": "7"}, PARAMS), ({"orderStatus": "5"}, PARAMS),
    ],
)  # fmt: skip
def test_times_and_statuses_have_their_codes(sn: Sn, change: dict[str, Any], code: str) -> None:
    assert sn.refusal("order.query", "orderQuery", **{"startTime": sn.now(-60), "endTime": sn.now(), **change}) == code


def test_whether_the_last_second_counts_is_a_switch(sn: Sn) -> None:
    at = sn.now(-60)
    code = sn.post(orderTime=at)
    ask = {"startTime": at, "endTime": at}
    assert [row["orderCode"] for row in sn.pages("order.query", "orderQuery", **ask)] == [code]
    sn.switch(end_inclusive=False)
    assert sn.refusal("order.query", "orderQuery", **ask) == NO_RESULT


# pages


@pytest.mark.parametrize(
    "change",
    [{"pageSize": "51"}, {"pageSize": "0"}, {"pageNo": "0"}, {"pageNo": "x"}, {"pageSize": "-1"}, {"pageNo": "1.0"}],
)
def test_pages_out_of_bounds_are_refused(sn: Sn, change: dict[str, str]) -> None:
    ask = {"startTime": sn.now(-86_400), "endTime": sn.now(), **change}
    assert sn.refusal("order.query", "orderQuery", **ask) == "sys.check.page-param:error"


def test_page_size_cap_by_switch() -> None:
    sn = Sn(still(orders=60))
    ask = {"startTime": sn.now(-30 * 86_400), "endTime": sn.now()}
    sn.switch(page_size_over="cap")
    assert len(sn.call("order.query", "orderQuery", pageSize="100", **ask)) == 50
    sn.switch(page_size_over="reject", page_size_min=10)
    assert sn.refusal("order.query", "orderQuery", pageSize="9", **ask) == "sys.check.page-param:error"
    assert len(sn.call("order.query", "orderQuery", **ask)) == 10


@pytest.mark.parametrize(("style", "kind"), [("text", str), ("number", int)])
def test_the_head_counts_in_texts_or_numbers(sn: Sn, style: str, kind: type) -> None:
    sn.switch(head_numbers=style)
    ask = {"startTime": sn.now(-30 * 86_400), "endTime": sn.now(), "pageSize": "2"}
    told = sn.reply("order.query", "orderQuery", ask)["sn_head"]
    count = len(sn.created())
    assert told == {
        "pageTotal": kind(-(-count // 2)), "pageNo": kind(1), "totalSize": kind(count),
        "returnMessage": "biz.handler.data-get:success",
    }  # fmt: skip


def test_batch_lists_need_page_parameters_not_times(sn: Sn) -> None:
    assert sn.refusal("batchorder.query", "queryBatchorder", pageNo="1") == "sys.check.page-param:error"
    rows = sn.call("batchorder.query", "queryBatchorder", pageNo="1", pageSize="50")
    assert {row["orderCode"] for row in rows} == set(sn.codes())


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 500), st.integers(1, 20), st.sampled_from(["newest_first", "oldest_first"]), st.booleans())
def test_every_order_of_a_window_stands_on_one_page_once(seed: int, size: int, order: str, by_change: bool) -> None:
    sn = Sn(still(orders=30, seed=seed, shops_per_platform=1))
    sn.switch(list_order=order)
    seen: list[str] = []
    truth = [row for row in sn.truths() if row["orderTotalStatus"] not in ("0", "5")]
    if by_change:
        for hour in range(0, 720, 24):
            window = {"startTime": sn.now(-3600 * (hour + 24) + 1), "endTime": sn.now(-3600 * hour)}
            rows = sn.pages("ord.query", "orderQuery", pageSize=str(size), **window)
            for row in rows:
                times = [line["orderLineStatusChangeTime"] for line in row["orderDetail"]]
                assert any(window["startTime"] <= at <= window["endTime"] for at in times)
            codes = [row["orderCode"] for row in rows]
            assert len(codes) == len(set(codes))
            seen += codes
        assert set(seen) == {row["orderCode"] for row in truth}
    else:
        rows = sn.created(30, pageSize=str(size))
        times = [row["orderTime"] for row in rows]
        assert times == sorted(times, reverse=order == "newest_first")
        assert sorted(row["orderCode"] for row in rows) == sorted(row["orderCode"] for row in truth)


# no-result


def test_nothing_found_is_an_error_everywhere() -> None:
    sn = Sn(World(platforms=["suning"], carriers=[]))
    window = {"startTime": sn.now(-3600), "endTime": sn.now()}
    for method, biz in (
        ("order.query", "orderQuery"), ("ord.query", "orderQuery"), ("unpaidorder.query", "unpaidOrder"),
        ("ordercode.query", "orderCodeQuery"), ("orderid.query", "queryOrderid"),
        ("historyorder.query", "historyOrderQuery"), ("batchrejected.query", "batchQueryRejected"),
        ("batchrejectedOrd.query", "batchQueryRejectedOrd"),
    ):  # fmt: skip
        assert sn.refusal(method, biz, **window) == NO_RESULT, method
    assert sn.refusal("order.get", "orderGet", orderCode="37000000001") == NO_RESULT
    assert sn.refusal("singlerejected.get", "singleGetRejected", orderCode="37000000001") == NO_RESULT


def test_a_page_beyond_the_last_is_no_result(sn: Sn) -> None:
    ask = {"startTime": sn.now(-30 * 86_400), "endTime": sn.now()}
    assert sn.refusal("order.query", "orderQuery", pageNo="99", **ask) == NO_RESULT


def test_refusals_come_with_status_200_and_an_empty_head(sn: Sn) -> None:
    told = sn.reply("order.get", "orderGet", {"orderCode": "1"})
    assert told["sn_head"] == {}
    assert "sn_body" not in told


def test_get_checks_the_form_of_the_code(sn: Sn) -> None:
    assert sn.refusal("order.get", "orderGet", orderCode="abc") == "biz.orderget.ordercode-format:error"
    assert sn.refusal("order.get", "orderGet") == "biz.orderGet.missing-parameter:orderCode"


def test_an_order_of_another_shop_does_not_exist() -> None:
    world = still(orders=3)
    assert Sn(world, 0).refusal("order.get", "orderGet", orderCode=Sn(world, 1).codes()[0]) == NO_RESULT


# creation and change


def test_only_lists_by_change_tell_when_lines_changed(sn: Sn) -> None:
    row = sn.changed()[0]
    times = {line["orderLineNumber"]: line["orderLineStatusChangeTime"] for line in row["orderDetail"]}
    truth = sn.truth(row["orderCode"])
    assert times == {line["orderLineNumber"]: line["orderLineStatusChangeTime"] for line in truth["orderDetail"]}
    for told in (sn.get(row["orderCode"]), *sn.created()):
        assert not any("orderLineStatusChangeTime" in line for line in told["orderDetail"])


def test_an_order_paid_late_is_told_by_change_not_by_creation() -> None:
    sn = Sn(still())
    code = sn.new(unpaid=True)
    sn.world.advance(2 * 86_400)
    sn.patch(code, action="pay")
    assert code in {row["orderCode"] for row in sn.changed()}
    assert code not in {row["orderCode"] for row in sn.created(1)}
    assert code in {row["orderCode"] for row in sn.created(3)}


def test_a_change_moves_the_order_to_a_later_window(sn: Sn) -> None:
    code = sn.new()
    window = {"startTime": sn.now(-10), "endTime": sn.now()}
    assert [row["orderCode"] for row in sn.pages("ord.query", "orderQuery", **window)] == [code]
    sn.world.advance(60)
    sn.ship(code)
    assert sn.pages("ord.query", "orderQuery", **window) == []
    assert [row["orderCode"] for row in sn.changed(30)] == [code]


def test_line_status_filters_what_changed(sn: Sn) -> None:
    waiting, gone = sn.new(), sn.new()
    sn.ship(gone)
    assert waiting in {row["orderCode"] for row in sn.changed(60, orderLineStatus="10")}
    assert [row["orderCode"] for row in sn.changed(60, orderLineStatus="20")] == [gone]
    assert sn.changed(60, orderLineStatus="30") == []
    ask = {"startTime": sn.now(-60), "endTime": sn.now(), "orderLineStatus": "40"}
    assert sn.refusal("ord.query", "orderQuery", **ask) == PARAMS


def test_header_status_and_buyer_filter_creation() -> None:
    sn = Sn(still(orders=80))
    every = sn.created()
    for status in ("10", "20", "21", "30", "40"):
        wanted = [row["orderCode"] for row in every if row["orderTotalStatus"] == status]
        assert [row["orderCode"] for row in sn.created(orderStatus=status)] == wanted
    buyer = every[0]["userName"]
    assert {row["userName"] for row in sn.created(userName=buyer)} == {buyer}


def test_codes_alone(sn: Sn) -> None:
    ask = {"startTime": sn.now(-30 * 86_400), "endTime": sn.now()}
    wanted = [{"orderCode": code} for code in sn.codes()]
    assert sn.call("ordercode.query", "orderCodeQuery", **ask) == wanted
    assert sn.call("orderid.query", "queryOrderid", pageSize="50", **ask) == wanted


def test_history_holds_what_is_older_than_three_months(sn: Sn) -> None:
    old = sn.post(orderTime=sn.now(-100 * 86_400), orderSaleTime=sn.now(-100 * 86_400))
    ask = {"startTime": sn.now(-110 * 86_400), "endTime": sn.now(-85 * 86_400)}
    assert [row["orderCode"] for row in sn.pages("historyorder.query", "historyOrderQuery", **ask)] == [old]
    assert old not in sn.codes()
    recent = {"startTime": sn.now(-20 * 86_400), "endTime": sn.now()}
    assert sn.refusal("historyorder.query", "historyOrderQuery", **recent) == NO_RESULT


# 0 and 5 only through unpaidorder.query


def test_unpaid_and_cancelled_orders_have_a_list_of_their_own(sn: Sn) -> None:
    unpaid, cancelled = sn.new(unpaid=True), sn.new(unpaid=True)
    sn.patch(cancelled, action="cancel")
    ask = {"startTime": sn.now(-60), "endTime": sn.now()}
    [row] = sn.call("unpaidorder.query", "unpaidOrder", **ask)
    assert (row["orderCode"], row["orderTotalStatus"], row["orderSaleTime"]) == (unpaid, "5", "")
    assert {line["orderLineStatus"] for line in row["orderDetail"]} == {"5"}
    [row] = sn.call("unpaidorder.query", "unpaidOrder", orderLineStatus="40", **ask)
    assert (row["orderCode"], row["orderTotalStatus"]) == (cancelled, "0")
    assert {line["orderLineStatus"] for line in row["orderDetail"]} == {"40"}
    assert not {unpaid, cancelled} & {row["orderCode"] for row in sn.created() + sn.changed()}
    assert sn.refusal("order.get", "orderGet", orderCode=unpaid) == NO_RESULT
    sn.switch(get_shows_unpaid=True)
    assert sn.get(unpaid)["orderTotalStatus"] == "5"
    assert sn.refusal("unpaidorder.query", "unpaidOrder", orderLineStatus="10", **ask) == PARAMS


# rows


def test_rows_are_texts_all_the_way_down() -> None:
    def texts(value: Any) -> bool:
        if isinstance(value, dict):
            return all(texts(one) for one in value.values())
        return all(texts(one) for one in value) if isinstance(value, list) else isinstance(value, str)

    sn = Sn(still(orders=30, awkward=True))
    assert texts(sn.created()) and texts(sn.changed())


def test_one_order_is_an_object_and_orders_query_a_list(sn: Sn) -> None:
    code = sn.codes()[0]
    assert sn.call("orders.query", "queryOrders", orderCode=code) == [sn.get(code)]


def test_what_is_stored_is_what_is_read() -> None:
    sn = Sn(still(orders=20, awkward=True))
    truth = {row["orderCode"]: row for row in sn.truths() if row["orderTotalStatus"] not in ("0", "5")}
    read = {row["orderCode"]: row for row in sn.created()}
    assert read.keys() == truth.keys()
    for code, row in read.items():
        for name in row:
            if name != "orderDetail":
                assert row[name] == truth[code][name]


# tokens


def test_a_token_overdue_is_refused_and_refresh_gives_a_new_one(sn: Sn) -> None:
    sn.world.advance(2_592_000)
    assert sn.refusal("order.get", "orderGet", orderCode="1") == "sys.oauth.check.access_token:overdue"
    told = oauth(sn, grant_type="refresh_token", refresh_token=sn.shop["refresh_token"])
    assert set(told) == {
        "access_token", "refresh_token", "expires_in", "token_type", "custnum", "vendorCode", "suning_user_name",
        "module",
    }  # fmt: skip
    sn.token = told["access_token"]
    assert sn.refusal("order.get", "orderGet", orderCode="1") == NO_RESULT
    assert sn.world.shops()[0]["access_token"] == sn.token


def test_the_life_of_a_token_is_a_switch(sn: Sn) -> None:
    sn.switch(access_token_s=60)
    assert sn.codes()
    sn.world.advance(60)
    assert sn.refusal("order.get", "orderGet", orderCode="1") == "sys.oauth.check.access_token:overdue"


def test_tokens_of_nobody_and_of_another_shop(sn: Sn) -> None:
    sn.token = "sandbox-nobody"
    assert sn.refusal("order.get", "orderGet", orderCode="1") == "sys.oauth.check.access_token:inexistence"
    sn.token = sn.world.shops()[1]["access_token"]
    assert sn.refusal("order.get", "orderGet", orderCode="1") == "sys.check.oauth-permission:authority"


def test_an_app_of_the_shops_own_needs_no_token_unless_switched(sn: Sn) -> None:
    sn.token = None
    assert sn.codes()
    sn.switch(token_required=True)
    assert sn.refusal("order.get", "orderGet", orderCode="1") == "sys.oauth.check.access_token:inexistence"


def oauth(sn: Sn, verb: str = "POST", status: int = 200, **params: str) -> dict[str, Any]:
    given = {"client_id": sn.shop["app_key"], "client_secret": sn.shop["app_secret"], "redirect_uri": "http://me/cb"}
    text = urlencode({**given, **params})
    url, body = (sn.shop["token_url"], text.encode()) if verb == "POST" else (f"{sn.shop['token_url']}?{text}", b"")
    kind = {"content-type": "application/x-www-form-urlencoded"}
    reply = sn.world.handle(Request(verb, url, kind, body))
    assert reply.status == status, reply.body
    return dict(json.loads(reply.body))


def authorise(sn: Sn, **params: str) -> dict[str, list[str]]:
    given = {
        "response_type": "code", "client_id": sn.shop["app_key"], "redirect_uri": "http://me/cb", "state": "s1",
        "itemcode": "100",
    }  # fmt: skip
    url = f"{sn.shop['base_url']}/api/oauth/authorize?{urlencode({**given, **params})}"
    reply = sn.world.handle(Request("GET", url))
    assert reply.status == 302
    return parse_qs(urlsplit(reply.headers["location"]).query)


@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_a_code_gives_tokens_once_to_whom_it_was_given(sn: Sn, verb: str) -> None:
    told = authorise(sn)
    assert told["state"] == ["s1"]
    ask = {"grant_type": "authorization_code", "code": told["code"][0]}
    sn.token = oauth(sn, verb, **ask)["access_token"]
    assert sn.codes()
    assert oauth(sn, verb, 400, **ask)["error"] == "invalid_grant"
    other = {"grant_type": "authorization_code", "code": authorise(sn)["code"][0], "redirect_uri": "http://else/"}
    assert oauth(sn, verb, 400, **other)["error"] == "invalid_grant"


def test_codes_expire_and_shops_may_refuse(sn: Sn) -> None:
    code = authorise(sn)["code"][0]
    sn.world.advance(600)
    assert oauth(sn, "POST", 400, grant_type="authorization_code", code=code)["error"] == "invalid_grant"
    assert authorise(sn, sandbox_refuse="1")["error"] == ["access_denied"]
    assert oauth(sn, "POST", 401, grant_type="refresh_token", client_secret="x")["error"] == "invalid_client"
    assert oauth(sn, "POST", 400, grant_type="password")["error"] == "unsupported_grant_type"


def test_a_refresh_token_works_until_its_successor_is_used(sn: Sn) -> None:
    old = {"grant_type": "refresh_token", "refresh_token": sn.shop["refresh_token"]}
    oauth(sn, **old)
    sn.token = oauth(sn, **old)["access_token"]
    sn.codes()
    assert oauth(sn, "POST", 400, **old)["error"] == "invalid_grant"


def test_refresh_rules_are_switches(sn: Sn) -> None:
    sn.switch(refresh_rotates=False, refresh_ends_access=True)
    first, old = sn.token, {"grant_type": "refresh_token", "refresh_token": sn.shop["refresh_token"]}
    told = oauth(sn, **old)
    assert told["refresh_token"] == sn.shop["refresh_token"]
    sn.token = told["access_token"]
    assert sn.codes()
    sn.token = first
    assert sn.refusal("order.get", "orderGet", orderCode="1") == "sys.oauth.check.access_token:overdue"


# accounts, limits, faults


def test_accounts_tell_what_a_client_needs() -> None:
    world = still(shops_per_platform=3, base_url="http://here:1")
    for account in world.shops():
        assert account["platform"] == "suning"
        assert account["token_url"] == "http://here:1/api/oauth/token"
        for name in ("app_key", "app_secret", "access_token", "refresh_token"):
            assert account[name].startswith("sandbox-")
    assert len({account["app_key"] for account in world.shops()}) == 3


def test_there_is_no_call_limit_unless_switched(sn: Sn) -> None:
    for _ in range(30):
        sn.reply("order.get", "orderGet", {"orderCode": "1"})
    sn.switch(calls_per_second=2, limit_status=200)
    for _ in range(2):
        assert sn.refusal("order.get", "orderGet", orderCode="1") == NO_RESULT
    assert sn.refusal("order.get", "orderGet", orderCode="1") == "sys.check.call-times:overlimit"
    sn.world.advance(1)
    assert sn.refusal("order.get", "orderGet", orderCode="1") == NO_RESULT


def test_fault_call_limited(sn: Sn) -> None:
    sn.fault("call_limited", delay_s=3)
    headers, body = query(sn)
    reply = sn.raw(headers, body)
    assert (reply.status, reply.headers["retry-after"], code_of(reply)) == (429, "3", "sys.check.call-times:overlimit")
    assert sn.raw(headers, body).status == 200


def test_fault_token_expired_lasts(sn: Sn) -> None:
    sn.fault("token_expired")
    for _ in range(2):
        assert sn.refusal("order.get", "orderGet", orderCode="1") == "sys.oauth.check.access_token:overdue"


def test_fault_repeated_page() -> None:
    sn = Sn(still(orders=12))
    ask = {"startTime": sn.now(-30 * 86_400), "endTime": sn.now(), "pageSize": "5"}
    first = sn.call("order.query", "orderQuery", pageNo="1", **ask)
    sn.fault("repeated_page", operation=LIST)
    assert sn.call("order.query", "orderQuery", pageNo="2", **ask) == first
    assert sn.call("order.query", "orderQuery", pageNo="2", **ask) != first


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 300), st.integers(2, 9))
def test_fault_shifting_pages_loses_nothing_read_from_the_last_page_back(seed: int, size: int) -> None:
    sn = Sn(still(orders=30, seed=seed, shops_per_platform=1))
    sn.world.advance(1)
    window = {"startTime": sn.now(-86_400), "endTime": sn.now(-1), "pageSize": str(size)}
    before = {row["orderCode"] for row in sn.pages("ord.query", "orderQuery", **window)}
    sn.world.advance(10)
    sn.fault("shifting_pages", times=3, operation=CHANGED)
    seen: set[str] = set()
    for number in range(-(-len(before) // size), 0, -1):
        told = sn.reply("ord.query", "orderQuery", {**window, "pageNo": str(number)})
        seen |= {row["orderCode"] for row in told.get("sn_body", {}).get("orderQuery", [])}
    control(sn.world, "DELETE", "/_sandbox/faults")
    seen |= {row["orderCode"] for row in sn.changed(10)}
    assert before <= seen


def test_fault_unknown_status_and_drifted_field(sn: Sn) -> None:
    ask = {"startTime": sn.now(-30 * 86_400), "endTime": sn.now()}
    sn.fault("unknown_status")
    assert sum(row["orderTotalStatus"] == "66" for row in sn.call("order.query", "orderQuery", **ask)) == 1
    sn.fault("drifted_field")
    rows = sn.call("order.query", "orderQuery", **ask)
    assert all(isinstance(line["payAmount"], float) for row in rows for line in row["orderDetail"])
    assert all("orderTraitCode" in row for row in rows)
    assert all("orderTraitCode" not in row for row in sn.call("order.query", "orderQuery", **ask))


def test_fault_late_order(sn: Sn) -> None:
    sn.fault("late_order", delay_s=90)
    code = sn.new()
    assert code not in sn.codes()
    assert sn.refusal("order.get", "orderGet", orderCode=code) == NO_RESULT
    sn.world.advance(91)
    assert code in {row["orderCode"] for row in sn.changed(120)}
    assert sn.get(code)["orderTime"] == sn.now(-91)


def test_a_skewed_clock_is_judged_by_the_server(sn: Sn) -> None:
    sn.fault("clock_skew", delay_s=900)
    assert sn.refusal("order.get", "orderGet", orderCode="1") == "sys.check.request-apprequesttime:error"


# control


def test_records_tell_the_change_and_the_total_that_the_buyer_owes() -> None:
    world = still(orders=20, awkward=True)
    for row in control(world, "GET", "/_sandbox/suning/orders"):
        order = control(world, "GET", f"/_sandbox/suning/orders/{row['order_id']}")
        assert row["shop_id"] == order["_sandbox"]["shop_id"]
        assert row["modified"] == max(line["orderLineStatusChangeTime"] for line in order["orderDetail"])
        assert row["currency"] == "CNY"
        assert float(row["total"]) == pytest.approx(sum(float(line["payAmount"]) for line in order["orderDetail"]))


def test_create_dates_orders_now_in_every_shop(sn: Sn) -> None:
    rows = control(sn.world, "POST", "/_sandbox/suning/orders", {"count": 2})
    assert [row["shop_id"] for row in rows] == ["sn-1", "sn-1", "sn-2", "sn-2"]
    for row in rows:
        order = sn.truth(row["order_id"])
        assert (order["orderTime"], order["orderTotalStatus"]) == (sn.now(), "10")


def test_documents_are_stored_as_given_and_replace_their_like(sn: Sn) -> None:
    code = sn.post(orderCode="37999999999", orderTotalStatus="77", buyerOrdRemark="😀")
    told = sn.get(code)
    assert (told["orderTotalStatus"], told["buyerOrdRemark"], told["countMoney"]) == ("77", "😀", "10.00000")
    detail = [{"orderLineNumber": "00000000000009", "orderLineStatusChangeTime": sn.now(-7200)}]
    assert sn.post(orderCode=code, orderDetail=detail) == code
    assert sn.codes().count(code) == 1
    assert code not in {row["orderCode"] for row in sn.changed(3600)}
    assert code in {row["orderCode"] for row in sn.changed(7300)}
    status, _ = sn.world.control(
        "POST", "/_sandbox/suning/orders", {}, {"shop_id": "sn-2", "documents": [{"orderCode": code}]}
    )
    assert status == 400


def test_fields_are_set_and_move_the_order(sn: Sn) -> None:
    code = sn.codes()[0]
    sn.world.advance(100)
    sn.patch(code, fields={"orderTotalStatus": "99"})
    assert [row["orderTotalStatus"] for row in sn.changed(50)] == ["99"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "orders", {"count": 0}, 400), ("POST", "orders", {"count": True}, 400), ("POST", "orders", {}, 400),
        ("POST", "orders", {"documents": [{}]}, 400), ("POST", "orders", {"shop_id": "sn-1", "documents": []}, 400),
        ("POST", "orders", {"shop_id": "sn-9", "count": 1}, 404), ("GET", "orders/1", None, 404),
        ("PATCH", "orders/1", {"action": "pay"}, 404), ("PUT", "stock", {"quantity": 1}, 400),
        ("PUT", "stock", {"itemCode": "SKU-0001", "quantity": -1}, 400),
        ("PUT", "stock", {"itemCode": "none", "quantity": 1}, 404),
    ],
)  # fmt: skip
def test_control_refusals_tell_what_to_do(sn: Sn, method: str, path: str, body: Any, status: int) -> None:
    got, told = sn.world.control(method, f"/_sandbox/suning/{path}", {}, body)
    assert got == status
    assert told["error"]


def test_same_seed_same_world() -> None:
    def story(seed: int) -> list[Any]:
        sn = Sn(still(orders=20, awkward=True, seed=seed))
        code = sn.new()
        sn.ship(code)
        stock = control(sn.world, "GET", "/_sandbox/suning/stock")
        return [sn.created(), sn.changed(), sn.truth(code), stock]

    assert story(3) == story(3)
    assert story(3) != story(4)


def test_reset_brings_the_world_back() -> None:
    sn = Sn(still(orders=5, awkward=True))
    before = sn.truths()
    sn.new()
    sn.switch(end_inclusive=False)
    control(sn.world, "POST", "/_sandbox/reset")
    assert sn.truths() == before
    assert control(sn.world, "GET", "/_sandbox/switches")["suning"]["end_inclusive"]["value"] is True


def test_ten_thousand_orders_list_and_detail_quickly() -> None:
    sn = Sn(still(orders=10_000, shops_per_platform=1))
    codes = sn.codes()
    asked = [sn.headers_and_body("order.get", "orderGet", {"orderCode": code}) for code in codes[:400]]
    started = time.process_time()
    for headers, body in asked:
        assert sn.raw(headers, body).status == 200
    each = (time.process_time() - started) / len(asked)
    assert each < 0.003  # about 0.15 ms on an idle core; a full scan of ten thousand would take longer
    started = time.process_time()
    for code in codes[:50]:
        sn.ship(code)
        sn.changed(60, pageSize="50")
    assert (time.process_time() - started) / 50 < 0.05


def test_refused_is_an_error_of_this_client() -> None:
    with pytest.raises(Refused):
        Sn(still()).get("37000000001")


def test_times_are_chinas(sn: Sn) -> None:
    code = sn.new()
    assert sn.get(code)["orderTime"] == f"{sn.world.now().astimezone(CHINA):%Y-%m-%d %H:%M:%S}"
    assert sn.world.now().astimezone(CHINA).utcoffset() == timedelta(hours=8)
