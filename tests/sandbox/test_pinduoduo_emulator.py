"""What docs/platforms/pinduoduo.md says an emulator must enforce, row by row; reading side."""

from __future__ import annotations

import json
import re
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_pinduoduo_emulator_tools import (
    INCREMENT,
    INFO,
    LIST,
    REFUNDS,
    SEND,
    Pdd,
    Refused,
    line_of,
    pushed,
    sign,
    stamp,
    still,
)

from orderhub.flow.message import Reply, Request


@pytest.fixture
def pdd() -> Pdd:
    return Pdd(still(orders=6))


def json_call(pdd: Pdd, body: dict[str, Any], query: str = "", kind: str = "application/json") -> dict[str, Any]:
    url = f"{pdd.shop['base_url']}/api/router{query}"
    reply = pdd.world.handle(
        Request("POST", url, {"content-type": kind}, json.dumps(body, ensure_ascii=False).encode())
    )
    return dict(json.loads(reply.body))


# (1) transport, signature, common parameters, tokens


@pytest.mark.parametrize("split", ["body", "query", "both"])
def test_01_query_and_form_are_merged(pdd: Pdd, split: str) -> None:
    params = pdd.signed(pdd.params(LIST, **pdd.day()))
    common = {"type", "client_id", "access_token", "timestamp", "data_type", "version", "sign"}
    business = {name: value for name, value in params.items() if name not in common}
    system = {name: value for name, value in params.items() if name in common}
    query, body = {"body": ({}, params), "query": (params, {}), "both": (system, business)}[split]
    assert b"order_list_get_response" in pdd.raw(body, query).body


def test_01_json_bodies_of_texts_and_of_bare_scalars_sign_alike(pdd: Pdd) -> None:
    params = pdd.signed(pdd.params(LIST, **pdd.day(), use_has_next=True))
    assert "order_list_get_response" in json_call(pdd, params)
    numbers = {name: int(value) if value.isdigit() else value for name, value in params.items()}
    bare = {**numbers, "use_has_next": True, "trade_type": None}
    assert "order_list_get_response" in json_call(pdd, bare)


def test_01_json_business_parameters_beside_common_ones_in_the_query(pdd: Pdd) -> None:
    params = pdd.signed(pdd.params(INFO, order_sn=pdd.every()[0]))
    order_sn = params.pop("order_sn")
    assert "order_info_get_response" in json_call(pdd, {"order_sn": order_sn}, f"?{urlencode(params)}")


def test_01_numbers_in_json_are_signed_as_they_were_written(pdd: Pdd) -> None:
    params = pdd.params(SEND, order_sn=pdd.new(), logistics_id="44.0", tracking_number="SF1")
    told = json_call(pdd, {**pdd.signed(params), "logistics_id": 44.0})
    assert told["error_response"]["error_code"] == 10000
    assert "logistics_id" in told["error_response"]["error_msg"]


def test_01_nested_json_that_is_no_text_cannot_be_signed(pdd: Pdd) -> None:
    rows = [{"data_tag": "x", "encrypted_data": "y"}]
    params = pdd.signed(pdd.params("pdd.open.decrypt.batch", data_list=rows))
    assert json_call(pdd, {**params, "data_list": rows})["error_response"]["error_code"] == 20004


def test_01_multipart_text_parts_are_parameters(pdd: Pdd) -> None:
    params = pdd.signed(pdd.params("pdd.time.get"))
    text = "".join(f'--B\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in params.items())
    headers = {"content-type": "multipart/form-data; boundary=B"}
    reply = pdd.world.handle(Request("POST", "http://x/api/router", headers, f"{text}--B--\r\n".encode()))
    assert b"time_get_response" in reply.body


def test_01_only_post(pdd: Pdd) -> None:
    told = pdd.raw({}, pdd.signed(pdd.params("pdd.time.get")), "GET")
    assert b'"error_code":10000' in told.body


@pytest.mark.parametrize(
    ("change", "code", "name"),
    [
        ({"type": None}, 10001, "type"), ({"type": "pdd.no.such"}, 10017, ""), ({"client_id": None}, 10001, "client_id"),
        ({"client_id": "1"}, 10016, ""), ({"timestamp": None}, 10001, "timestamp"),
        ({"timestamp": "yesterday"}, 10001, "timestamp"), ({"access_token": None}, 10001, "access_token"),
        ({"access_token": "sandbox-nobody"}, 20032, ""), ({"data_type": "YAML"}, 10001, "data_type"),
        ({"version": "V9"}, 10001, "version"), ({"order_sn": None}, 21002, "order_sn"),
    ],
)  # fmt: skip
def test_01_every_system_error_has_its_code_under_status_200(
    pdd: Pdd, change: dict[str, Any], code: int, name: str
) -> None:
    told = {**pdd.params(INFO, order_sn="1"), **change}
    reply = pdd.raw(pdd.signed({key: value for key, value in told.items() if value is not None}))
    assert reply.status == 200
    error = json.loads(reply.body)["error_response"]
    assert error["error_code"] == code
    assert set(error) == {"error_msg", "sub_msg", "sub_code", "error_code", "request_id"}
    assert isinstance(error["request_id"], str) and len(error["request_id"]) == 17
    if name:
        assert error["error_msg"].endswith(f":{name}")


def test_01_missing_type_is_told_as_the_official_example_tells_it(pdd: Pdd) -> None:
    error = json.loads(pdd.raw({}).body)["error_response"]
    assert (error["error_msg"], error["sub_msg"], error["sub_code"]) == ("公共参数错误:type", "", None)


@pytest.mark.parametrize("change", [{"sign": "0" * 32}, {"order_sn": "2"}, {"extra": "1"}, {"sign": "lower"}])
def test_01_any_change_after_signing_is_20004_and_the_log_tells_what_to_sign(pdd: Pdd, change: dict[str, str]) -> None:
    params = pdd.signed(pdd.params(INFO, order_sn=1))
    change = {"sign": params["sign"].lower()} if change.get("sign") == "lower" else change
    assert b'"error_code":20004' in pdd.raw(params | change).body
    [entry] = pdd.world.log(1)
    assert entry["verdict"].startswith("20004")
    assert "client_idsandbox-pinduoduo-app" in entry["hint"]
    assert pdd.shop["app_secret"] not in entry["hint"]


@pytest.mark.parametrize(("seconds", "fine"), [(0, True), (599, True), (-599, True), (602, False), (-602, False)])
def test_01_timestamps_are_seconds_and_may_be_ten_minutes_off(pdd: Pdd, seconds: int, fine: bool) -> None:
    if fine:
        assert pdd.call("pdd.time.get", timestamp=pdd.now + seconds) == {"time": stamp(pdd)}
    else:
        assert pdd.refusal("pdd.time.get", timestamp=pdd.now + seconds).code == 10001


def test_01_milliseconds_are_a_skewed_clock(pdd: Pdd) -> None:
    assert pdd.refusal("pdd.time.get", timestamp=pdd.now * 1000).code == 10001
    pdd.switch(skew_code=10000)
    assert pdd.refusal("pdd.time.get", timestamp=pdd.now * 1000).code == 10000


def test_01_a_skewed_server_clock_shows_in_its_time_call(pdd: Pdd) -> None:
    pdd.fault("clock_skew", delay_s=300, times=1)
    assert pdd.call("pdd.time.get") == {"time": stamp(pdd, 300)}


def test_01_calls_that_need_no_token_take_none(pdd: Pdd) -> None:
    for api in ("pdd.time.get", "pdd.logistics.companies.get", "pdd.logistics.address.get"):
        assert pdd.call(api, access_token=None)


def test_01_xml_is_signed_but_answered_in_json(pdd: Pdd) -> None:
    assert pdd.call("pdd.time.get", data_type="XML")["time"]


def test_01_scopes_that_a_shop_did_not_grant_are_20031(pdd: Pdd) -> None:
    pdd.switch(missing_scopes=f"{INFO},pdd.refund.agree")
    assert pdd.refusal(INFO, order_sn="1").code == 20031
    assert pdd.call(LIST, **pdd.day())
    told = pdd.call("pdd.pop.auth.token.refresh", access_token=None, refresh_token=pdd.shop["refresh_token"])
    assert INFO not in told["scope"] and LIST in told["scope"] and "pdd.time.get" not in told["scope"]


def test_01_a_body_beyond_four_megabytes_is_52004(pdd: Pdd) -> None:
    assert pdd.refusal("pdd.order.note.update", order_sn="1", note="x" * 4_200_000).code == 52004


def test_01_host_and_path_prefixes_do_not_matter_but_other_paths_do(pdd: Pdd) -> None:
    params = urlencode(pdd.signed(pdd.params("pdd.time.get"))).encode()
    headers = {"content-type": "application/x-www-form-urlencoded", "host": "gw-api.pinduoduo.com"}
    reply = pdd.world.handle(Request("POST", "https://gw-api.pinduoduo.com/api/router", headers, params))
    assert b"time_get_response" in reply.body
    assert pdd.world.handle(Request("POST", "http://x/api/other", headers, params)).status == 404


# (1) OAuth


def old_token(pdd: Pdd, **fields: str) -> dict[str, Any]:
    body = {"client_id": pdd.shop["app_key"], "client_secret": pdd.shop["app_secret"], **fields}
    headers = {"content-type": "application/json"}
    reply = pdd.world.handle(Request("POST", pdd.shop["token_url"], headers, json.dumps(body).encode()))
    return dict(json.loads(reply.body))


def consent(pdd: Pdd, path: str = "/service-market/auth", **more: str) -> Reply:
    asked = {"response_type": "code", "client_id": pdd.shop["app_key"], "redirect_uri": "https://host.example/cb?a=1",
             "state": "s 1", "sandbox_shop_id": pdd.shop_id, **more}  # fmt: skip
    return pdd.world.handle(Request("GET", f"{pdd.shop['base_url']}{path}?{urlencode(asked)}"))


def code_of(reply: Reply) -> str:
    return parse_qs(urlsplit(reply.headers["location"]).query)["code"][0]


@pytest.mark.parametrize("path", ["/service-market/auth", "/open.html", "/h5-login.html"])
def test_01_authorisation_redirects_with_code_and_state(pdd: Pdd, path: str) -> None:
    reply = consent(pdd, path)
    assert reply.status == 302
    query = parse_qs(urlsplit(reply.headers["location"]).query)
    assert (query["a"], query["state"]) == (["1"], ["s 1"])
    assert "code" in query
    refused = consent(pdd, path, sandbox_refuse="1")
    assert "code=" not in refused.headers["location"]
    assert b"error_response" in consent(pdd, path, response_type="token").body


def test_01_a_code_gives_tokens_once(pdd: Pdd) -> None:
    code = code_of(consent(pdd))
    told = pdd.call("pdd.pop.auth.token.create", access_token=None, code=code)
    assert told["owner_id"] == pdd.shop_id
    assert told["expires_at"] == pdd.now + told["expires_in"]
    assert told["refresh_token_expires_at"] == pdd.now + told["refresh_token_expires_in"]
    assert all(
        told[f"{level}_expires_at"] == pdd.now + told[f"{level}_expires_in"] for level in ("r1", "r2", "w1", "w2")
    )
    assert isinstance(told["scope"], list) and isinstance(told["owner_id"], str) and told["owner_name"]
    pdd.token = told["access_token"]
    assert pdd.call(LIST, **pdd.day())
    assert pdd.shop_id in {one["shop_id"] for one in pdd.world.shops() if one["access_token"] == pdd.token}
    assert pdd.refusal("pdd.pop.auth.token.create", access_token=None, code=code).code == 20032


def test_01_a_code_lives_ten_minutes(pdd: Pdd) -> None:
    code = code_of(consent(pdd))
    pdd.world.advance(601)
    assert pdd.refusal("pdd.pop.auth.token.create", access_token=None, code=code).code == 20032


def test_01_a_new_authorisation_ends_code_access_and_refresh_token(pdd: Pdd) -> None:
    first = code_of(consent(pdd))
    code_of(consent(pdd))
    assert pdd.refusal("pdd.pop.auth.token.create", access_token=None, code=first).code == 20032
    assert pdd.refusal(LIST, **pdd.day()).code == 10019
    refresh = pdd.shop["refresh_token"]
    assert pdd.refusal("pdd.pop.auth.token.refresh", access_token=None, refresh_token=refresh).code == 20032
    assert Pdd(pdd.world, 1).call(LIST, **pdd.day()), "another shop's tokens live on"


def test_01_access_tokens_expire_and_are_refreshed(pdd: Pdd) -> None:
    pdd.switch(access_token_s=3600)
    pdd.world.advance(3601)
    assert pdd.refusal(LIST, **pdd.day()).code == 10019
    told = pdd.call("pdd.pop.auth.token.refresh", access_token=None, refresh_token=pdd.shop["refresh_token"])
    assert told["refresh_token"] != pdd.shop["refresh_token"]
    pdd.token = told["access_token"]
    assert pdd.call(LIST, **pdd.day())
    again = {"access_token": None, "refresh_token": pdd.shop["refresh_token"]}
    assert pdd.refusal("pdd.pop.auth.token.refresh", **again).code == 20032


def test_01_refresh_rules_are_switches(pdd: Pdd) -> None:
    pdd.switch(refresh_rotates=False, refresh_ends_access=True)
    asked = {"access_token": None, "refresh_token": pdd.shop["refresh_token"]}
    told = pdd.call("pdd.pop.auth.token.refresh", **asked)
    assert told["refresh_token"] == pdd.shop["refresh_token"]
    assert pdd.refusal(LIST, **pdd.day()).code == 10019
    pdd.switch(refresh_token_s=60)
    pdd.world.advance(61)
    assert pdd.refusal("pdd.pop.auth.token.refresh", **asked).code == 20032
    pdd.switch(refresh_offline=True)
    assert pdd.refusal("pdd.pop.auth.token.refresh", **asked).code == 20034


def test_01_the_old_token_address_takes_json(pdd: Pdd) -> None:
    told = old_token(pdd, grant_type="authorization_code", code=code_of(consent(pdd)))
    assert told["owner_id"] == pdd.shop_id
    again = old_token(pdd, grant_type="refresh_token", refresh_token=told["refresh_token"])
    pdd.token = again["access_token"]
    assert pdd.call(LIST, **pdd.day())
    assert old_token(pdd, grant_type="password")["error_response"]["error_code"] == 10000
    assert old_token(pdd, client_secret="wrong")["error_response"]["error_code"] == 10016
    pdd.switch(legacy_wrapped=True)
    wrapped = old_token(pdd, grant_type="refresh_token", refresh_token=again["refresh_token"])
    assert set(wrapped) == {"pop_auth_token_refresh_response"}


def test_01_token_calls_of_other_apps_are_left_to_others(pdd: Pdd) -> None:
    reply = pdd.world.handle(
        Request("POST", "http://x/oauth/token", {"content-type": "application/json"}, b'{"client_id":"sandbox-else"}')
    )
    assert reply.status == 404


def test_01_accounts_tell_what_clients_need(pdd: Pdd) -> None:
    names = {
        "platform",
        "shop_id",
        "base_url",
        "app_key",
        "app_secret",
        "access_token",
        "refresh_token",
        "token_url",
        "message_url",
    }
    assert [set(shop) for shop in pdd.world.shops()] == [names, names]
    assert all(pdd.shop[name].startswith("sandbox-") for name in ("app_key", "app_secret", "access_token"))


# (2) windows and pages


@pytest.mark.parametrize(
    ("api", "names", "longest"),
    [
        (LIST, ("start_confirm_at", "end_confirm_at"), 86_400),
        ("pdd.order.basic.list.get", ("start_confirm_at", "end_confirm_at"), 86_400),
        (INCREMENT, ("start_updated_at", "end_updated_at"), 1800),
        (REFUNDS, ("start_updated_at", "end_updated_at"), 1800),
    ],
)  # fmt: skip
def test_02_windows_have_a_longest_span(pdd: Pdd, api: str, names: tuple[str, str], longest: int) -> None:
    filters = {**pdd.day(), **pdd.window(), "after_sales_type": 1, "after_sales_status": 1}
    asked = {**filters, names[0]: pdd.now - longest, names[1]: pdd.now}
    assert pdd.call(api, **asked)
    assert pdd.refusal(api, **{**asked, names[0]: pdd.now - longest - 1}).code == 10000
    assert pdd.refusal(api, **{**asked, names[0]: pdd.now + 1}).code == 10000
    assert pdd.refusal(api, **{**asked, names[0]: "2026-03-18"}).code == 10000
    assert pdd.refusal(api, **{**asked, names[1]: None}).code == 21002


@pytest.mark.parametrize("api", [LIST, INCREMENT, REFUNDS])
def test_02_pages_start_at_one_and_hold_at_most_a_hundred(pdd: Pdd, api: str) -> None:
    filters = {**pdd.day(), **pdd.window(), "after_sales_type": 1, "after_sales_status": 1}
    assert pdd.call(api, **{**filters, "page_size": 100})
    for change in ({"page": 0}, {"page": "x"}, {"page_size": 0}, {"page_size": 101}, {"page": -1}):
        assert pdd.refusal(api, **{**filters, **change}).code == 10000


@pytest.mark.parametrize(
    ("api", "names"),
    [
        (LIST, ("order_status", "refund_status", "page", "page_size")),
        (INCREMENT, ("is_lucky_flag", "order_status", "refund_status", "page")),
        (REFUNDS, ("after_sales_type", "after_sales_status", "page")),
        ("pdd.order.status.get", ("order_sns",)),
        (SEND, ("order_sn", "logistics_id", "tracking_number")),
    ],
)  # fmt: skip
def test_02_required_parameters_are_21002(pdd: Pdd, api: str, names: tuple[str, ...]) -> None:
    filters = {
        **pdd.day(), **pdd.window(), "after_sales_type": 1, "after_sales_status": 1, "order_sns": "1", "order_sn": "1",
        "logistics_id": 44, "tracking_number": "1",
    }  # fmt: skip
    for name in names:
        refused = pdd.refusal(api, **{**filters, name: None})
        assert (refused.code, refused.told["error_msg"].endswith(f":{name}")) == (21002, True)


@pytest.mark.parametrize(
    "change", [{"order_status": 4}, {"refund_status": 0}, {"is_lucky_flag": 3}, {"trade_type": 2}, {"use_has_next": 1}]
)
def test_02_filters_take_only_their_values(pdd: Pdd, change: dict[str, int]) -> None:
    assert pdd.refusal(INCREMENT, **{**pdd.window(), **change}).code == 10000


def test_02_orders_older_than_ninety_days_are_gone(pdd: Pdd) -> None:
    old = stamp(pdd, -91 * 86_400)
    sn = pdd.post(created_time=old, confirm_time=old, pay_time=old, updated_at=stamp(pdd))
    assert pdd.refusal(INFO, order_sn=sn).sub_msg == "订单不存在"
    assert sn not in [row["order_sn"] for row in pdd.changed()]
    long_ago = pdd.now - 91 * 86_400
    assert pdd.call(LIST, **pdd.day(long_ago + 10))["order_list"] == []


def test_02_the_end_of_an_increment_is_free_by_default(pdd: Pdd) -> None:
    assert pdd.call(INCREMENT, **pdd.window(end=pdd.now + 60)) is not None
    pdd.switch(increment_end="settled")
    assert pdd.refusal(INCREMENT, **pdd.window()).code == 10000
    assert pdd.call(INCREMENT, **pdd.window(end=pdd.now - 180)) is not None


def test_02_a_lagging_replica_hides_the_newest_changes(pdd: Pdd) -> None:
    pdd.switch(replication_lag_s=120)
    sn = pdd.new()
    assert sn not in [row["order_sn"] for row in pdd.changed()]
    pdd.world.advance(121)
    assert sn in [row["order_sn"] for row in pdd.changed()]


def test_02_bounds_belong_to_the_window_unless_switched(pdd: Pdd) -> None:
    sn = pdd.new()
    at = pdd.now
    pdd.world.advance(100)
    for window in (pdd.window(end=at), pdd.window(seconds=50, end=at + 50)):
        assert sn in [row["order_sn"] for row in pdd.call(INCREMENT, **window)["order_sn_list"]]
    pdd.switch(end_inclusive=False)
    assert sn not in [row["order_sn"] for row in pdd.call(INCREMENT, **pdd.window(end=at))["order_sn_list"]]
    assert sn in [row["order_sn"] for row in pdd.call(INCREMENT, **pdd.window(end=at + 1))["order_sn_list"]]


# (3) lists


def test_03_increment_rows_come_newest_change_first(pdd: Pdd) -> None:
    for _ in range(5):
        pdd.new()
        pdd.world.advance(7)
    times = [row["updated_at"] for row in pdd.changed()]
    assert len(set(times)) >= 5 and times == sorted(times, reverse=True)


def test_03_use_has_next_replaces_total_count(pdd: Pdd) -> None:
    pdd.new(5)
    counted = pdd.call(INCREMENT, **pdd.window(), page_size=2)
    assert (counted["total_count"], counted["has_next"]) == (5, True)
    bare = pdd.call(INCREMENT, **pdd.window(), page_size=2, use_has_next=True)
    assert set(bare) == {"has_next", "order_sn_list"}
    last = pdd.call(INCREMENT, **{**pdd.window(), "page": 3}, page_size=2, use_has_next=True)
    assert (last["has_next"], len(last["order_sn_list"])) == (False, 1)
    assert pdd.call(INCREMENT, **{**pdd.window(), "page": 4}, page_size=2)["order_sn_list"] == []
    full = pdd.call(INCREMENT, **pdd.window(), page_size=5, use_has_next=True)
    assert (full["has_next"], len(full["order_sn_list"])) == (False, 5), "a last page may be full"


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 100), st.booleans())
def test_03_every_order_of_a_window_comes_once(size: int, backwards: bool) -> None:
    total = SHARED.call(INCREMENT, **SHARED.window(), page_size=1)["total_count"]
    pages = list(range(1, -(-total // size) + 1))
    found = [
        row["order_sn"]
        for number in (reversed(pages) if backwards else pages)
        for row in SHARED.call(INCREMENT, **{**SHARED.window(), "page": number}, page_size=size, use_has_next=True)[
            "order_sn_list"
        ]
    ]
    assert len(found) == len(set(found)) == total == 57


SHARED = Pdd(still(orders=3))
SHARED.new(57)


def test_03_windows_side_by_side_hold_every_listed_order_once() -> None:
    pdd = Pdd(still(orders=60))
    found: list[str] = []
    for back in range(8 * 48):
        end = pdd.now - back * 1800 - (1 if back else 0)
        window = {**pdd.window(end=end), "start_updated_at": pdd.now - (back + 1) * 1800}
        found += [row["order_sn"] for row in pdd.call(INCREMENT, **window)["order_sn_list"]]
    truth = [row["order_id"] for row in pdd.records()]
    assert sorted(found) == sorted(truth)
    assert sorted(pdd.every()) == sorted(truth)


def test_03_live_changes_shift_pages_and_reading_backwards_loses_nothing(pdd: Pdd) -> None:
    pdd.new(6)
    first = [row["order_sn"] for row in pdd.changed(page_size=2)]
    later = {row["order_sn"] for page in (1, 2, 3) for row in pdd.changed(page=page, page_size=2)}
    pdd.world.advance(5)
    window = pdd.window()
    moved = pdd.changed(page=3, page_size=2)[-1]["order_sn"]
    pdd.patch(moved, action="ship")
    shifted = [row["order_sn"] for row in pdd.call(INCREMENT, **window, page_size=2)["order_sn_list"]]
    assert shifted[0] == moved and shifted != first
    backwards = {
        row["order_sn"]
        for number in (3, 2, 1)
        for row in pdd.call(INCREMENT, **{**window, "page": number}, page_size=2)["order_sn_list"]
    }
    assert backwards == later


def test_03_filters_narrow_the_list(pdd: Pdd) -> None:
    sent, refunded, plain = pdd.new(), pdd.new(), pdd.new()
    pdd.send(sent)
    pdd.patch(refunded, action="refund", done=True)
    pdd.patch(plain, fields={"is_lucky_flag": 2, "trade_type": 1})

    def numbers(**filters: object) -> set[str]:
        return {row["order_sn"] for row in pdd.changed(**filters)}

    assert numbers(order_status=2) == {sent}
    assert numbers(refund_status=4) == {refunded}
    assert numbers(is_lucky_flag=2) == {plain} == numbers(trade_type=1)
    assert numbers(order_status=1, refund_status=1) == {plain}


def test_03_the_lean_list_has_only_its_fields(pdd: Pdd) -> None:
    row = pdd.call("pdd.order.basic.list.get", **pdd.day())["order_list"][0]
    assert not [name for name in row if "receiver" in name or name in ("address", "buyer_memo", "province")]
    assert {"order_sn", "item_list", "pay_amount", "step_order_info", "updated_at"} <= set(row)
    assert len(row) == 23


def test_03_one_order_is_as_the_lists_tell_it_and_more(pdd: Pdd) -> None:
    row = pdd.call(LIST, **{**pdd.day(), "page_size": 1})["order_list"][0]
    told = pdd.info(row["order_sn"])
    assert told.pop("store_info") is None
    assert told == row
    assert pdd.refusal(INFO, order_sn="999999-000000000000000").code == 50001
    assert Pdd(pdd.world, 1).refusal(INFO, order_sn=row["order_sn"]).sub_msg == "订单不存在"


def test_03_states_answer_in_their_own_spelling_and_zeros_for_strangers(pdd: Pdd) -> None:
    sn = pdd.new()
    told = pdd.call("pdd.order.status.get", order_sns=f"{sn},nobody")["order_status_list"]
    assert told == [
        {"orderSn": sn, "order_status": 1, "refund_status": 1},
        {"orderSn": "nobody", "order_status": 0, "refund_status": 0},
    ]
    assert pdd.refusal("pdd.order.status.get", order_sns=",".join(["1"] * 101)).code == 10000


ENVELOPES = {
    LIST: "order_list_get_response", INCREMENT: "order_sn_increment_get_response",
    "pdd.order.basic.list.get": "order_basic_list_get_response", "pdd.time.get": "time_get_response",
    REFUNDS: "refund_increment_get_response", "pdd.logistics.companies.get": "logistics_companies_get_response",
}  # fmt: skip


def test_03_envelopes_carry_their_own_names(pdd: Pdd) -> None:
    filters = {**pdd.day(), **pdd.window(), "after_sales_type": 1, "after_sales_status": 1}
    for api, key in ENVELOPES.items():
        assert list(pdd.whole(api, **filters)) == [key]
    assert list(pdd.whole("pdd.refund.status.check", order_sns="1")) == ["refund_status_check_response"]
    pdd.switch(unnamed_envelope="response", success_request_id=True)
    told = pdd.whole("pdd.refund.status.check", order_sns="1")
    assert list(told) == ["response"] and len(told["response"]["request_id"]) == 17


# (4) receivers


CIPHERED = ("receiver_name", "receiver_phone", "receiver_address", "address")
MASKED = ("receiver_name_mask", "receiver_phone_mask", "receiver_address_mask", "address_mask")


def test_04_ciphertext_and_masks_while_the_order_is_to_be_sent(pdd: Pdd) -> None:
    order = pdd.info(pdd.new())
    assert re.fullmatch(r"~[A-Za-z0-9+/=]{40,}~1~", order["receiver_name"])
    assert re.fullmatch(r"\$[A-Za-z0-9+/=]{40,}\$1\$", order["receiver_phone"])
    assert all(re.fullmatch(r"~[A-Za-z0-9+/=]{40,}~1~", order[name]) for name in ("receiver_address", "address"))
    truth = pdd.truth(order["order_sn"])
    assert order["receiver_name_mask"] == truth["receiver_name"][0] + "**"
    assert order["receiver_phone_mask"] == "*" * 11
    assert order["address_mask"].startswith(order["province"] + order["city"] + order["town"])
    assert order["open_address_id"] and order["open_address_id"] != order["open_address_id_2"]
    assert (order["country"], order["country_id"], order["contact_mobile"]) == ("中国", 0, "")
    assert all(isinstance(order[name], int) and order[name] for name in ("province_id", "city_id", "town_id"))


@pytest.mark.parametrize(
    "change",
    [{"action": "risk"}, {"action": "ship"}, {"action": "refund", "done": True}, {"action": "cancel"}],
    ids=["under review", "sent", "refunded", "cancelled"],
)
def test_04_no_ciphertext_otherwise_but_masks_always(pdd: Pdd, change: dict[str, Any]) -> None:
    sn = pdd.new()
    pdd.patch(sn, **change)
    order = pdd.info(sn)
    assert [order[name] for name in (*CIPHERED, "open_address_id", "open_address_id_2")] == [""] * 6
    assert all(order[name] for name in MASKED)


def test_04_ciphertext_comes_back_when_the_review_ends_well(pdd: Pdd) -> None:
    sn = pdd.new()
    before = pdd.info(sn)
    pdd.patch(sn, action="risk")
    pdd.patch(sn, action="risk", status=0)
    assert [pdd.info(sn)[name] for name in CIPHERED] == [before[name] for name in CIPHERED]


def test_04_equal_receivers_share_merge_ids_and_no_ciphertext(pdd: Pdd) -> None:
    first, second, other = pdd.new(), pdd.new(), pdd.new()
    who = {name: pdd.truth(first)[name] for name in ("receiver_name", "receiver_phone", "receiver_address", "province",
                                                     "city", "town")}  # fmt: skip
    pdd.patch(second, action="change_address", **who)
    one, two, three = (pdd.info(sn) for sn in (first, second, other))
    assert one["open_address_id"] == two["open_address_id"] != three["open_address_id"]
    assert one["open_address_id_2"] == two["open_address_id_2"] != three["open_address_id_2"]
    assert not {one[name] for name in CIPHERED} & {two[name] for name in CIPHERED}


# (5) groups, confirmation, risk


def messages(pdd: Pdd) -> list[dict[str, Any]]:
    """What waits to be pushed."""
    return [frame["message"] for frame in pushed(line_of(pdd))]


def test_05_unpaid_and_unformed_orders_are_in_no_list(pdd: Pdd) -> None:
    unpaid, waiting = pdd.new(unpaid=True), pdd.new(open_group=True)
    listed = {row["order_sn"] for row in pdd.changed()} | set(pdd.every())
    assert not {unpaid, waiting} & listed
    assert pdd.refusal(INFO, order_sn=unpaid).sub_msg == "订单不存在"
    told = pdd.info(waiting)
    assert (told["confirm_status"], told["group_status"], told["confirm_time"]) == (0, 0, "")
    assert {unpaid, waiting} & {row["order_id"] for row in pdd.records()} == set()


def test_05_forming_confirms_shows_and_tells(pdd: Pdd) -> None:
    pdd.call("pdd.pmc.user.permit")
    sn = pdd.new(open_group=True)
    pdd.world.advance(60)
    pdd.patch(sn, action="form_group")
    order = pdd.info(sn)
    assert (order["confirm_status"], order["group_status"], order["confirm_time"]) == (1, 1, stamp(pdd))
    assert order["created_time"] == stamp(pdd, -60)
    assert order["last_ship_time"] == stamp(pdd, 48 * 3600)
    assert sn in pdd.every()
    assert [row["type"] for row in messages(pdd)] == ["pdd_trade_TradeConfirmed"]


def test_05_a_failed_group_stays_hidden(pdd: Pdd) -> None:
    sn = pdd.new(open_group=True)
    pdd.patch(sn, action="fail_group")
    assert pdd.info(sn)["group_status"] == 2
    assert sn not in pdd.every()
    status, _ = pdd.world.control("PATCH", f"/_sandbox/pinduoduo/orders/{sn}", {}, {"action": "form_group"})
    assert status == 409


def test_05_risk_moves_the_order_and_tells(pdd: Pdd) -> None:
    pdd.call("pdd.pmc.user.permit")
    sn = pdd.new()
    messages(pdd)
    pdd.world.advance(30)
    pdd.patch(sn, action="risk")
    [row] = [row for row in pdd.changed() if row["order_sn"] == sn]
    assert (row["risk_control_status"], row["updated_at"]) == (1, stamp(pdd))
    assert [row["type"] for row in messages(pdd)] == ["pdd_trade_TradeRiskChanged"]


# (9) money and types


def test_09_order_money_is_yuan_in_json_numbers(pdd: Pdd) -> None:
    sn = pdd.post(goods_amount=59.8, seller_discount=5.0, discount_amount=8.0, platform_discount=3.0, pay_amount=51.8)
    params = pdd.signed(pdd.params(INFO, order_sn=sn))
    text = pdd.raw(params).body.decode()
    assert '"pay_amount":51.8,' in text and '"discount_amount":8.0,' in text
    order = json.loads(text, parse_float=Decimal)["order_info_get_response"]["order_info"]
    money = [name for name in order if name.endswith(("_amount", "_discount")) or name == "postage"]
    assert len(money) >= 9
    assert all(isinstance(order[name], Decimal) for name in money)
    assert isinstance(order["item_list"][0]["goods_price"], Decimal)


def test_09_ids_counts_and_empty_values_have_their_wire_types(pdd: Pdd) -> None:
    order = pdd.info(pdd.every()[0])
    line = order["item_list"][0]
    assert all(isinstance(line[name], str) for name in ("goods_id", "sku_id", "outer_id", "outer_goods_id"))
    assert isinstance(line["goods_count"], int)
    assert all(isinstance(order[name], int) for name in ("group_order_id", "logistics_id", "order_status", "cat_id_1"))
    assert [order[name] for name in ("pay_type", "pay_no", "inner_transaction_id")] == [""] * 3
    assert order["remark_tag"] is None and order["step_order_info"] is None and order["order_depot_info"] is None
    datetime.strptime(order["confirm_time"], "%Y-%m-%d %H:%M:%S")


def test_09_gift_ids_are_numbers(pdd: Pdd) -> None:
    world = Pdd(still(awkward=True))
    [gift] = next(order["gift_list"] for order in map(world.info, world.every()) if order["gift_order_status"] == 1)
    assert isinstance(gift["goods_id"], int) and isinstance(gift["sku_id"], int) and gift["order_sn"]


# (10) limits


def test_10_no_limits_by_default(pdd: Pdd) -> None:
    for _ in range(120):
        pdd.call(REFUNDS, **pdd.window(), after_sales_type=1, after_sales_status=1)


def test_10_limits_by_level_when_switched_on(pdd: Pdd) -> None:
    pdd.switch(call_limits=True)
    asked = {**pdd.window(), "after_sales_type": 1, "after_sales_status": 1}
    for _ in range(100):
        pdd.call(REFUNDS, **asked)
    assert pdd.refusal(REFUNDS, **asked).code == 70031
    assert Pdd(pdd.world, 1).call(REFUNDS, **asked), "another shop has its own limit"
    assert pdd.call("pdd.logistics.address.get")
    assert Pdd(pdd.world, 1).refusal("pdd.logistics.address.get").code == 70031, "one call a second per app"
    pdd.world.advance(10)
    assert pdd.call(REFUNDS, **{**asked, **pdd.window()})


def test_10_limits_can_be_lifted_for_the_whole_world() -> None:
    pdd = Pdd(still(limits=False))
    pdd.switch(call_limits=True)
    for _ in range(3):
        pdd.call("pdd.logistics.address.get")


# the emulator's own faults


def test_faults_call_limited(pdd: Pdd) -> None:
    pdd.fault("call_limited", operation=LIST)
    assert pdd.call("pdd.time.get")
    assert pdd.refusal(LIST, **pdd.day()).code == 70031
    assert pdd.call(LIST, **pdd.day())
    pdd.switch(limit_code=52101)
    pdd.fault("call_limited")
    assert pdd.refusal(LIST, **pdd.day()).code == 52101


def test_faults_token_expired_stays_expired_for_that_token(pdd: Pdd) -> None:
    pdd.fault("token_expired", shop_id=pdd.shop_id)
    assert Pdd(pdd.world, 1).call(LIST, **pdd.day())
    assert pdd.refusal(LIST, **pdd.day()).code == 10019
    assert pdd.refusal(LIST, **pdd.day()).code == 10019
    told = pdd.call("pdd.pop.auth.token.refresh", access_token=None, refresh_token=pdd.shop["refresh_token"])
    pdd.token = told["access_token"]
    assert pdd.call(LIST, **pdd.day())


def test_faults_repeated_page(pdd: Pdd) -> None:
    pdd.new(4)
    first = [row["order_sn"] for row in pdd.changed(page_size=2)]
    pdd.fault("repeated_page")
    assert [row["order_sn"] for row in pdd.changed(page=2, page_size=2)] == first
    assert [row["order_sn"] for row in pdd.changed(page=2, page_size=2)] != first


def test_faults_shifting_pages(pdd: Pdd) -> None:
    pdd.new(4)
    pdd.world.advance(3)
    before = [row["order_sn"] for row in pdd.changed(page_size=4)]
    pdd.fault("shifting_pages")
    after = [row["order_sn"] for row in pdd.changed(page_size=4)]
    assert after == [before[-1], *before[:-1]]


def test_faults_unknown_status_and_drifted_field(pdd: Pdd) -> None:
    pdd.new(2)
    pdd.fault("unknown_status")
    rows = pdd.changed()
    assert [row["order_status"] for row in rows] == [77, 1]
    pdd.fault("drifted_field")
    drifted = pdd.changed()
    assert all(isinstance(row["pay_amount"], str) and row["delivery_trait_code"] == "A1" for row in drifted)
    clean = pdd.changed()
    assert [row["order_status"] for row in clean] == [1, 1] and isinstance(clean[0]["pay_amount"], float)
    pdd.fault("unknown_status", operation=INFO)
    assert pdd.info(clean[0]["order_sn"])["order_status"] == 77


def test_faults_late_order(pdd: Pdd) -> None:
    pdd.fault("late_order", delay_s=120)
    sn = pdd.new()
    assert sn not in [row["order_sn"] for row in pdd.changed()]
    assert pdd.refusal(INFO, order_sn=sn).sub_msg == "订单不存在"
    at = pdd.truth(sn)["updated_at"]
    pdd.world.advance(121)
    [row] = [row for row in pdd.changed() if row["order_sn"] == sn]
    assert row["updated_at"] == at == stamp(pdd, -121)


def test_refused_calls_do_not_raise_out_of_the_gateway(pdd: Pdd) -> None:
    for body in (b"{", b"[1]", b'{"type": []}', b"\xff\xfe"):
        reply = pdd.world.handle(Request("POST", "http://x/api/router", {"content-type": "application/json"}, body))
        assert json.loads(reply.body)["error_response"]["error_code"] in (10001, 10016)
    params = {**pdd.params(LIST, **pdd.day()), "start_confirm_at": "9" * 30}
    reply = pdd.raw({**params, "sign": sign(pdd.shop["app_secret"], params)})
    assert json.loads(reply.body)["error_response"]["error_code"] == 10000
    with pytest.raises(Refused):
        pdd.call(INFO, order_sn="x" * 5000)
