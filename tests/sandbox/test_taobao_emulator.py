"""What docs/platforms/taobao.md §11 says an emulator must enforce, row by row; reading side."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_taobao_emulator_tools import BEIJING, FULL, OAID_FIELDS, Refused, Tb, control, still

from orderhub.flow.message import Request
from orderhub.sandbox import World

READ = "taobao.trade.fullinfo.get"
LIST = "taobao.trades.sold.increment.get"
EVERY_TYPE = "fixed,cod,step,tmall_i18n"


@pytest.fixture
def tb() -> Tb:
    return Tb(still(orders=6))


# (1) signatures


@pytest.mark.parametrize("method", ["md5", "hmac", "hmac-sha256"])
@pytest.mark.parametrize("split", ["body", "query", "both"])
def test_01_signature_covers_query_and_body_together(tb: Tb, method: str, split: str) -> None:
    params = tb.signed(tb.params(READ, method, fields="tid", tid=tb.tids()[0]))
    business = {name: params[name] for name in ("fields", "tid")}
    system = {name: value for name, value in params.items() if name not in business}
    query, body = {"body": ({}, params), "query": (params, {}), "both": (system, business)}[split]
    assert b"trade_fullinfo_get_response" in tb.raw(body, query).body


@pytest.mark.parametrize(
    "change", [{"sign": "0" * 32}, {"fields": "tid,status"}, {"extra": "1"}, {"sign_method": "sha256"}]
)
def test_01_any_change_after_signing_is_code_25_and_the_log_tells_what_to_sign(tb: Tb, change: dict[str, str]) -> None:
    params = tb.signed(tb.params(READ, fields="tid", tid=1)) | change
    assert b'"code":25' in tb.raw(params).body
    [entry] = tb.world.log(1)
    assert entry["verdict"].startswith("25")
    assert "app_keysandbox-taobao-app" in entry["hint"]
    assert tb.shop["app_secret"] not in entry["hint"]


def test_01_a_session_added_after_signing_is_code_25(tb: Tb) -> None:
    params = tb.signed(tb.params("taobao.trades.sold.get", session=None, fields="tid"))
    assert b'"code":25' in tb.raw(params | {"session": tb.session}).body


def test_01_empty_values_may_be_signed_or_not(tb: Tb) -> None:
    params = tb.params("taobao.trades.sold.get", fields="tid", buyer_nick="")
    bare = {name: value for name, value in params.items() if value}
    assert b"trades_sold_get_response" in tb.raw(tb.signed(params)).body
    assert b"trades_sold_get_response" in tb.raw({**tb.signed(bare), "buyer_nick": ""}).body


def test_01_text_parts_of_multipart_are_signed_files_are_not(tb: Tb) -> None:
    params = tb.signed(tb.params("taobao.time.get"))
    text = "".join(f'--B\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in params.items())
    file = '--B\r\nContent-Disposition: form-data; name="proof"; filename="x"\r\n\r\n\x00\x01\r\n--B--\r\n'
    headers = {"content-type": "multipart/form-data; boundary=B"}
    reply = tb.world.handle(Request("POST", "http://x/router/rest", headers, (text + file).encode()))
    assert b"time_get_response" in reply.body


# (2) time


@pytest.mark.parametrize(
    ("minutes", "fine"), [(0, True), (9.9, True), (-9.9, True), (10.1, False), (-10.1, False), (480, False)]
)
@pytest.mark.parametrize("epoch", [False, True])
def test_02_timestamps_may_be_ten_minutes_off(tb: Tb, minutes: float, fine: bool, epoch: bool) -> None:
    at = tb.world.now() + timedelta(minutes=minutes)
    text = str(int(at.timestamp() * 1000)) if epoch else f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M:%S}"
    if fine:
        assert tb.call("taobao.time.get", timestamp=text)["time"]
    else:
        assert tb.refusal("taobao.time.get", timestamp=text).code == 31


def test_02_time_in_another_zone_is_code_31(tb: Tb) -> None:
    assert tb.refusal("taobao.time.get", timestamp=f"{tb.world.now():%Y-%m-%d %H:%M:%S}").code == 31


# (3) codes


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"method": None}, 21), ({"method": "taobao.no.such"}, 22), ({"format": "yaml"}, 23),
        ({"session": None}, 26), ({"session": "sandbox-nobody"}, 27), ({"app_key": None}, 28), ({"app_key": "1"}, 29),
        ({"timestamp": None}, 30), ({"timestamp": "yesterday"}, 31), ({"v": None}, 32), ({"v": "3.0"}, 33),
        ({"fields": None}, 40), ({"tid": None}, 40),
    ],
)  # fmt: skip
def test_03_every_system_error_has_its_code_under_status_200(tb: Tb, change: dict[str, Any], code: int) -> None:
    params = {
        name: value for name, value in {**tb.params(READ, fields="tid", tid=1), **change}.items() if value is not None
    }
    reply = tb.raw(tb.signed(params))
    assert reply.status == 200
    told = reply.body if params.get("format") == "json" else reply.body.replace(b"<code>", b'"code":')
    assert f'"code":{code}'.encode() in told


def test_03_missing_signature_is_24_and_other_verbs_are_9(tb: Tb) -> None:
    params = tb.params("taobao.time.get")
    assert b'"code":24' in tb.raw(params).body
    assert b'"code":9' in tb.raw({}, tb.signed(params), "PUT").body


@pytest.mark.parametrize(
    "change",
    [{"page_no": "0"}, {"page_no": "x"}, {"page_size": "-1"}, {"use_has_next": "True"}, {"start_created": "2026"},
     {"start_created": "2026-03-02 00:00:00", "end_created": "2026-03-01 00:00:00"}],
)  # fmt: skip
def test_03_invalid_arguments_are_41(tb: Tb, change: dict[str, str]) -> None:
    assert tb.refusal("taobao.trades.sold.get", fields="tid", **change).code == 41


# (4) formats


def test_04_xml_unless_json_is_asked_for(tb: Tb) -> None:
    params = tb.params(READ, format=None, fields="tid,orders", tid=tb.tids()[0])
    reply = tb.raw(tb.signed(params))
    assert reply.headers["content-type"].startswith("text/xml")
    assert reply.body.startswith(b'<?xml version="1.0" encoding="utf-8" ?><trade_fullinfo_get_response><trade><tid>392')
    assert b'<orders list="true"><order><oid>' in reply.body


def test_04_simplify_drops_envelope_and_list_wrappers(tb: Tb) -> None:
    params = tb.params("taobao.trades.sold.get", simplify="true", fields="tid,orders", page_size=2)
    told = json.loads(tb.raw(tb.signed(params)).body)
    assert set(told) == {"trades", "total_results", "request_id"}
    assert isinstance(told["trades"][0]["orders"], list)


def test_04_errors_stay_wrapped_under_simplify(tb: Tb) -> None:
    params = tb.params(READ, simplify="true", fields="tid", tid=1)
    assert set(json.loads(tb.raw(tb.signed(params)).body)) == {"error_response"}


# (5) fields


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(FULL.split(","))))
def test_05_only_fields_asked_for_are_returned(asked: set[str]) -> None:
    told = SHARED.call(READ, fields=",".join(["tid", *asked]), tid=SHARED_TID)["trade"]
    assert set(told) <= asked | {"tid"}
    companions = set(OAID_FIELDS.split(","))
    assert ("oaid" in told) == (companions <= asked)


SHARED = Tb(still(orders=3))
SHARED_TID = SHARED.tids()[0]


def test_05_each_list_offers_what_its_letter_allows(tb: Tb) -> None:
    fields = "tid,tid_str,buyer_message,has_buyer_message,promotion_details,async_modified,orders"
    window = tb.window()
    listed = tb.call(LIST, fields=fields, page_size=1, **window)["trades"]["trade"][0]
    assert "tid_str" not in listed
    assert "promotion_details" not in listed
    assert "async_modified" not in listed
    assert "has_buyer_message" in listed
    assert "oid_str" not in listed["orders"]["order"][0]
    full = tb.full(listed["tid"])
    assert {"tid_str", "orders"} <= set(full)
    assert "oid_str" in full["orders"]["order"][0]


def test_05_light_get_has_no_receiver_and_no_token(tb: Tb) -> None:
    told = tb.call("taobao.trade.get", fields=FULL, tid=tb.tids()[0])["trade"]
    assert not [name for name in told if name.startswith("receiver_") or name == "oaid"]


def test_05_simple_list_has_only_state_and_city(tb: Tb) -> None:
    told = tb.call("taobao.trades.simple.sold.increment.get", fields=FULL, **tb.window())["trades"]["trade"]
    receiver = {name for row in told for name in row if name.startswith("receiver_") or name == "oaid"}
    assert receiver <= {"receiver_state", "receiver_city"}
    assert "receiver_state" in receiver


# (6) empty lists


def test_06_an_empty_page_has_no_trades_key(tb: Tb) -> None:
    told = tb.call("taobao.trades.sold.get", fields="tid", page_no=99)
    assert "trades" not in told
    assert told["total_results"] == 6


# (7) windows, pages, shapes


@pytest.mark.parametrize("api", [LIST, "taobao.trades.simple.sold.increment.get"])
def test_07_increment_windows_need_both_bounds_and_at_most_a_day(tb: Tb, api: str) -> None:
    good = tb.window(86_400)
    assert tb.call(api, fields="tid", **good)
    assert tb.refusal(api, fields="tid", **tb.window(86_401)).code == 41
    for name in good:
        assert tb.refusal(api, fields="tid", **{**good, name: None}).code == 41
    swapped = {"start_modified": good["end_modified"], "end_modified": good["start_modified"]}
    assert tb.refusal(api, fields="tid", **swapped).code == 41


def test_07_stored_axis_has_its_own_bounds(tb: Tb) -> None:
    window = tb.window()
    api = "taobao.trades.sold.incrementv.get"
    assert tb.refusal(api, fields="tid", **window).code == 41
    told = tb.call(api, fields="tid", start_create=window["start_modified"], end_create=window["end_modified"])
    assert told["total_results"] == tb.call(LIST, fields="tid", **window)["total_results"]


def test_07_page_size_above_100_by_switch(tb: Tb) -> None:
    assert tb.refusal("taobao.trades.sold.get", fields="tid", page_size=101).code == 41
    tb.switch(page_size_over="cap")
    assert len(tb.call("taobao.trades.sold.get", fields="tid", page_size=101)["trades"]["trade"]) == 6


def test_07_the_default_page_holds_40() -> None:
    tb = Tb(still(orders=41))
    told = tb.call("taobao.trades.sold.get", fields="tid", use_has_next="true")
    assert len(told["trades"]["trade"]) == 40
    assert told["has_next"] is True
    assert "total_results" not in told


def test_07b_page_sample_shape_by_switch(tb: Tb) -> None:
    tb.switch(list_shape="page")
    told = tb.call("taobao.trades.sold.get", fields="tid,orders", page_size=1)
    assert isinstance(told["trades"], list)
    assert isinstance(told["trades"][0]["orders"], list)


# (8) order and shifting


def test_08_lists_run_newest_first_on_every_axis() -> None:
    tb = Tb(still(orders=60))
    created = tb.call("taobao.trades.sold.get", fields="created", page_size=100)["trades"]["trade"]
    modified = tb.call(LIST, fields="modified", page_size=100, **tb.window())["trades"]["trade"]
    assert [row["created"] for row in created] == sorted((row["created"] for row in created), reverse=True)
    assert [row["modified"] for row in modified] == sorted((row["modified"] for row in modified), reverse=True)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.integers(2, 12), st.booleans())
def test_08_reading_last_page_first_misses_nothing_while_pages_shift(seed: int, size: int, shifting: bool) -> None:
    world = still(orders=30, seed=seed)
    tb = Tb(world)
    world.advance(1)
    window = tb.window()
    count = tb.call(LIST, fields="tid", page_size=size, type=EVERY_TYPE, **window)["total_results"]
    before = {row["tid"] for row in _pages(tb, window, range(1, count // size + 2), size)}
    world.advance(5)
    if shifting:
        tb.fault("shifting_pages", times=5, operation=LIST)
    seen = _pages(tb, window, range(-(-count // size), 0, -1), size)
    control(world, "DELETE", "/_sandbox/faults")
    world.advance(5)
    later = _pages(tb, tb.window(10), range(1, 40), size)
    assert before <= {row["tid"] for row in seen + later}


def _pages(tb: Tb, window: dict[str, str], numbers: range, size: int) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for number in numbers:
        told = tb.call(
            LIST, fields="tid,modified", page_no=number, page_size=size, use_has_next="true", type=EVERY_TYPE, **window
        )
        rows += told.get("trades", {}).get("trade", [])
    return rows


def test_08_a_changed_order_really_leaves_its_window(tb: Tb) -> None:
    tb.world.advance(1)
    window = tb.window()
    row = tb.call(LIST, fields="tid", **window)["trades"]["trade"][-1]
    tb.world.advance(1)
    tb.call("taobao.trade.memo.update", tid=row["tid"], memo="x")
    left = tb.call(LIST, fields="tid", **window)["trades"]["trade"]
    assert row["tid"] not in {one["tid"] for one in left}
    assert tb.call(LIST, fields="tid", **tb.window(1))["trades"]["trade"][0]["tid"] == row["tid"]


# (9) horizon


def test_09_orders_older_than_three_months_do_not_exist(tb: Tb) -> None:
    old = tb.post(tid=1000000000000000001, created="2025-12-17 00:00:00", modified="2025-12-17 00:00:00")
    edge = tb.post(tid=1000000000000000002, created="2025-12-19 00:00:00", modified="2025-12-19 00:00:00")
    assert tb.refusal(READ, fields="tid", tid=old).sub_code == "isv.trade-not-exist"
    assert tb.full(edge)["tid"] == edge
    assert edge in tb.tids()
    assert old not in tb.tids()
    assert old not in tb.tids(start_created="2025-01-01 00:00:00")


# (10) default types


def test_10_the_default_type_filter_hides_orders(tb: Tb) -> None:
    hidden = tb.post(tid=1000000000000000003, type="tmall_i18n")
    assert hidden not in tb.tids(type=None)
    assert hidden in tb.tids(type="tmall_i18n")
    assert len(tb.tids(type="guarantee_trade")) == 6
    assert {tb.full(tid)["type"] for tid in tb.tids(type="guarantee_trade")} == {"fixed"}


@pytest.mark.parametrize(
    ("asked", "holds"),
    [
        ("ALL_CLOSED", {"TRADE_CLOSED", "TRADE_CLOSED_BY_TAOBAO"}),
        ("WAIT_SELLER_SEND_GOODS", {"WAIT_SELLER_SEND_GOODS"}),
        ("ALL_WAIT_PAY", {"WAIT_BUYER_PAY"}),
    ],
)
def test_10_status_filter(asked: str, holds: set[str]) -> None:
    tb = Tb(still(awkward=True, orders=30))
    tb.switch(page_overlap=0)
    rows = tb.call("taobao.trades.sold.get", fields="status", status=asked, type=EVERY_TYPE, page_size=100)
    assert {row["status"] for row in rows["trades"]["trade"]} <= holds


# (11) receivers


def test_11_receivers_are_masked_for_good(tb: Tb) -> None:
    for tid in tb.tids():
        told, truth = tb.full(tid), tb.truth(tid)
        for name in ("receiver_name", "receiver_mobile", "receiver_address"):
            assert "*" in told[name]
            assert told[name] != truth[name]
        assert told["receiver_state"] == truth["receiver_state"]


def test_11_masks_may_show_the_tail(tb: Tb) -> None:
    tb.switch(mask="tail_shown")
    told, truth = tb.full(tb.tids()[0]), tb.truth(tb.tids()[0])
    assert told["receiver_mobile"] == "****" + truth["receiver_mobile"][-4:]
    assert told["receiver_name"] == "**" + truth["receiver_name"][-1]


def _same_receiver(tb: Tb, tid: int, created: str) -> int:
    truth = tb.truth(SHARED_TID if tid < 0 else tb.tids()[0])
    who = {name: value for name, value in truth.items() if name.startswith("receiver_")}
    return tb.post(tid=tid, created=created, modified=created, **who)


def test_11_oaid_is_one_per_receiver_shop_and_week() -> None:
    world = still(orders=1)
    first, second = Tb(world, 0), Tb(world, 1)
    monday, friday = (
        _same_receiver(first, 10**18 + 1, "2026-03-09 08:00:00"),
        _same_receiver(first, 10**18 + 2, "2026-03-13 08:00:00"),
    )
    later = _same_receiver(first, 10**18 + 3, "2026-03-16 08:00:00")
    truth = first.truth(monday)
    who = {name: value for name, value in truth.items() if name.startswith("receiver_")}
    other = second.post(tid=10**18 + 4, created="2026-03-09 08:00:00", modified="2026-03-09 08:00:00", **who)
    token = first.full(monday)["oaid"]
    assert len(token) <= 128
    assert first.full(friday)["oaid"] == token
    assert first.full(later)["oaid"] != token
    assert second.full(other)["oaid"] != token


def test_11_decrypt_answers_until_the_address_changes(tb: Tb) -> None:
    tid = tb.new()
    ask = {"tid": str(tid), "oaid": tb.full(tid)["oaid"], "scene": "1004"}
    [told] = tb.call("taobao.top.oaid.decrypt", query_list=json.dumps([ask]))["receiver_list"]["receiver"]
    assert (told["matched"], told["mobile"]) == (True, tb.truth(tid)["receiver_mobile"])
    tb.call("taobao.trade.shippingaddress.update", tid=tid, receiver_address="新地址1号")
    [told] = tb.call("taobao.top.oaid.decrypt", query_list=json.dumps([ask]))["receiver_list"]["receiver"]
    assert told["matched"] is False
    assert "mobile" not in told
    assert tb.full(tid)["oaid"] != ask["oaid"]


def test_11_decrypt_limits_scene_and_privacy_numbers(tb: Tb) -> None:
    tid = tb.tids()[0]
    ask = {"tid": str(tid), "oaid": tb.full(tid)["oaid"], "scene": "1004"}
    api = "taobao.top.oaid.decrypt"
    assert tb.refusal(api, query_list=json.dumps([ask] * 21)).code == 41
    assert tb.refusal(api, query_list=json.dumps([{**ask, "scene": ""}])).code == 41
    tb.switch(scene_required=False, privacy_numbers=True)
    [told] = tb.call(api, query_list=json.dumps([{**ask, "scene": ""}]))["receiver_list"]["receiver"]
    assert told["privacy_protection"] is True
    assert "-" in told["mobile"]


def test_11_merge_groups_by_receiver_even_across_weeks(tb: Tb) -> None:
    first, later = (
        _same_receiver(tb, 10**18 + 1, "2026-03-09 08:00:00"),
        _same_receiver(tb, 10**18 + 2, "2026-03-16 08:00:00"),
    )
    other = tb.new()
    rows = [{"tid": str(tid), "oaid": tb.full(tid)["oaid"]} for tid in (first, other, later)]
    told = tb.call("taobao.top.oaid.merge", merge_list=json.dumps(rows))["tid_list"]["string"]
    assert sorted(told) == sorted([f"{first},{later}", str(other)])
    assert tb.refusal("taobao.top.oaid.merge", merge_list=json.dumps(rows * 34)).code == 41


# (12) sessions


def test_12_a_session_sees_its_own_seller_only() -> None:
    world = still(orders=3)
    first, second = Tb(world, 0), Tb(world, 1)
    assert not set(first.tids()) & set(second.tids())
    foreign = second.tids()[0]
    assert first.refusal(READ, fields="tid", tid=foreign).sub_code == "isv.trade-not-exist"
    assert first.refusal("taobao.trade.memo.update", tid=foreign, memo="x").sub_code == "isv.trade-not-exist"
    assert first.refusal("taobao.trade.fullinfo.get", fields="tid", tid="x1").sub_code == "isv.trade-not-exist"


# (16) limits


def test_16_code_7_carries_the_ban_in_its_text(tb: Tb) -> None:
    tb.fault("call_limited", delay_s=71, operation="taobao.time.get")
    refused = tb.refusal("taobao.time.get")
    assert (refused.code, refused.sub_code) == (7, "accesscontrol.limited-by-api-access-count")
    assert refused.sub_msg == "This ban will last for 71 more seconds"
    assert tb.call("taobao.time.get")


def test_16_a_rate_limit_by_switch(tb: Tb) -> None:
    tb.switch(calls_per_second=2)
    assert tb.call("taobao.time.get")
    assert tb.call("taobao.time.get")
    assert tb.refusal("taobao.time.get").code == 7
    tb.world.advance(1)
    assert tb.call("taobao.time.get")


def test_16_no_limit_where_the_world_has_none() -> None:
    tb = Tb(still(limits=False))
    tb.switch(calls_per_second=1)
    assert all(tb.call("taobao.time.get") for _ in range(5))


# (17) messages


def _consume(tb: Tb, **more: object) -> list[dict[str, Any]]:
    told = tb.call("taobao.tmc.messages.consume", session=None, **{"quantity": 100, **more})
    return list(told.get("messages", {}).get("tmc_message", []))


def test_17_messages_come_again_until_confirmed(tb: Tb) -> None:
    assert tb.new()
    assert _consume(tb) == []
    tb.call("taobao.tmc.user.permit")
    tid = tb.new()
    first = _consume(tb)
    assert [message["topic"] for message in first] == ["taobao_trade_TradeCreate", "taobao_trade_TradeBuyerPay"]
    assert json.loads(first[0]["content"])["tid"] == tid
    assert "status" not in json.loads(first[1]["content"])
    assert _consume(tb) == []
    tb.world.advance(60)
    assert {message["id"] for message in _consume(tb)} == {message["id"] for message in first}
    tb.call("taobao.tmc.messages.confirm", session=None, s_message_ids=",".join(str(m["id"]) for m in first))
    tb.world.advance(3600)
    assert _consume(tb) == []


def test_17_duplicates_and_disorder_by_switch(tb: Tb) -> None:
    tb.call("taobao.tmc.user.permit")
    for _ in range(10):
        tb.new()
    tb.switch(tmc_duplicates=True, tmc_shuffle=True)
    ids = [message["id"] for message in _consume(tb)]
    assert len(ids) == 2 * len(set(ids)) == 40
    assert ids != sorted(ids)


def test_17_topics_overwrite(tb: Tb) -> None:
    tb.call("taobao.tmc.user.permit", topics="taobao_trade_TradeCreate")
    tb.call("taobao.tmc.user.permit", topics="taobao_trade_TradeSellerShip")
    tb.ship(tb.new())
    assert [message["topic"] for message in _consume(tb)] == ["taobao_trade_TradeSellerShip"]


@pytest.mark.parametrize("quantity", [9, 201])
def test_17_quantity_is_10_to_200(tb: Tb, quantity: int) -> None:
    assert tb.refusal("taobao.tmc.messages.consume", session=None, quantity=quantity).code == 41


def test_17_confirm_takes_200_ids(tb: Tb) -> None:
    ids = ",".join(str(number) for number in range(201))
    assert tb.refusal("taobao.tmc.messages.confirm", session=None, s_message_ids=ids).code == 41


# (18) ids


def test_18_ids_have_19_digits_and_survive(tb: Tb) -> None:
    for tid in tb.tids():
        told = tb.full(tid)
        assert len(str(told["tid"])) == 19
        assert told["tid"] > 2**53
        assert told["tid_str"] == str(told["tid"])
        assert all(line["oid_str"] == str(line["oid"]) for line in told["orders"]["order"])


# content faults


def test_fault_unknown_status_spoils_one_row_once(tb: Tb) -> None:
    tb.fault("unknown_status", operation="taobao.trades.sold.get")
    rows = tb.call("taobao.trades.sold.get", fields="tid,status")["trades"]["trade"]
    assert [row["status"] for row in rows].count("TRADE_STATUS_OF_TOMORROW") == 1
    rows = tb.call("taobao.trades.sold.get", fields="tid,status")["trades"]["trade"]
    assert "TRADE_STATUS_OF_TOMORROW" not in [row["status"] for row in rows]


def test_fault_drifted_field_changes_type_and_adds_one(tb: Tb) -> None:
    tb.fault("drifted_field", operation=READ)
    told = tb.full(tb.tids()[0])
    assert isinstance(told["post_fee"], float)
    assert told["logistics_trait_code"] == "A1"


def test_fault_repeated_page_answers_the_page_before() -> None:
    tb = Tb(still(orders=12))
    api = "taobao.trades.sold.get"
    first = tb.call(api, fields="tid", page_size=5, page_no=1)["trades"]
    tb.fault("repeated_page")
    assert tb.call(api, fields="tid", page_size=5, page_no=2)["trades"] == first
    assert tb.call(api, fields="tid", page_size=5, page_no=2)["trades"] != first


def test_fault_late_order_shows_later_than_its_own_time(tb: Tb) -> None:
    tb.fault("late_order", delay_s=90)
    tid = tb.new()
    modified = tb.truth(tid)["modified"]
    assert tid not in tb.tids()
    assert tb.refusal(READ, fields="tid", tid=tid).sub_code == "isv.trade-not-exist"
    tb.world.advance(89)
    assert tid not in tb.tids()
    tb.world.advance(1)
    assert tid in tb.tids()
    assert tb.full(tid)["modified"] == modified
    window = tb.window(1)
    stored = {"start_create": window["start_modified"], "end_create": window["end_modified"]}
    assert tid not in [row["tid"] for row in tb.call(LIST, fields="tid", **window).get("trades", {}).get("trade", [])]
    told = tb.call("taobao.trades.sold.incrementv.get", fields="tid", **stored)
    assert [row["tid"] for row in told["trades"]["trade"]] == [tid]


def test_switch_page_overlap_repeats_rows_and_loses_none() -> None:
    tb = Tb(still(awkward=True, orders=20))
    rows = [row["tid"] for row in _pages(tb, tb.window(), range(1, 12), 7)]
    tb.switch(page_overlap=0)
    clean = [row["tid"] for row in _pages(tb, tb.window(), range(1, 12), 7)]
    assert set(rows) == set(clean)
    assert len(rows) > len(clean) == len(set(clean))


def test_truth_equals_what_is_read_but_for_masks() -> None:
    world = still(orders=10, awkward=True)
    tb = Tb(world)
    tb.switch(page_overlap=0)
    rows = control(world, "GET", "/_sandbox/taobao/orders")
    own = {row["order_id"]: row["modified"] for row in rows if row["shop_id"] == tb.shop_id}
    assert set(own) == {str(tid) for tid in tb.tids()}
    for tid, modified in own.items():
        told, truth = tb.full(tid), tb.truth(tid)
        assert told["modified"] == modified
        for name in ("status", "payment", "post_fee", "created"):
            assert told[name] == truth[name]


def test_worlds_without_orders_answer_empty_lists() -> None:
    tb = Tb(World(platforms=["taobao"], carriers=[]))
    assert tb.tids() == []
    with pytest.raises(Refused):
        tb.full(1)
