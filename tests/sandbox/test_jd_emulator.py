"""What docs/platforms/jd.md §10 says an emulator must enforce, row by row; reading side."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st
from test_jd_emulator_tools import FIELDS, GET, SEARCH, Jd, control, stamp, still, yes

from orderhub.flow.message import Request
from orderhub.sandbox import World
from orderhub.sandbox.platforms.jd.calls import CALLS

PROVINCES = "jingdong.areas.province.get"
EN_SEARCH, EN_GET = "jingdong.pop.order.enSearch", "jingdong.pop.order.enGet"


@pytest.fixture
def jd() -> Jd:
    return Jd(still(orders=12))


# signature over all parameters sent


@pytest.mark.parametrize(("split", "http"), [("body", "POST"), ("query", "POST"), ("both", "POST"), ("query", "GET")])
def test_signature_covers_query_and_body_together(jd: Jd, split: str, http: str) -> None:
    params = jd.signed(jd.params(GET, {"order_id": jd.ids()[0], "optional_fields": "orderId"}))
    business = {"360buy_param_json": params["360buy_param_json"]}
    system = {name: value for name, value in params.items() if name not in business}
    query, body = {"body": ({}, params), "query": (params, {}), "both": (system, business)}[split]
    assert b"orderDetailInfo" in jd.raw(body, query, http).body


@pytest.mark.parametrize(
    "change", [{"sign": "0" * 32}, {"360buy_param_json": '{"page":"2"}'}, {"extra": "1"}, {"format": "json"}]
)
def test_any_change_after_signing_is_12_and_the_log_tells_what_to_sign(jd: Jd, change: dict[str, str]) -> None:
    reply = jd.raw(jd.signed(jd.params(SEARCH)) | change)
    assert reply.status == 200
    told = json.loads(reply.body)["error_response"]
    assert told == {"code": "12", "zh_desc": "无效签名", "en_desc": "Invalid Signature"}
    [entry] = jd.world.log(1)
    assert entry["verdict"] == "12"
    assert "360buy_param_json" in entry["hint"] and jd.shop["app_secret"] not in entry["hint"]


def test_format_is_signed_when_sent_and_the_signature_may_skip_empty_and_file_values(jd: Jd) -> None:
    assert jd.call(PROVINCES, format="json", access_token=None)["result"]
    bare = jd.params(PROVINCES)
    assert b"responce" in jd.raw({**jd.signed(bare), "empty": ""}).body
    assert b"responce" in jd.raw({**jd.signed(bare), "file": "@x"}).body


def test_an_absolute_target_is_the_same_request(jd: Jd) -> None:
    params = jd.signed(jd.params(PROVINCES))
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Host": "api.jd.com"}
    reply = jd.world.handle(Request("POST", f"http://api.jd.com/routerjson?{urlencode(params)}", headers))
    assert b"responce" in reply.body


# timestamp window


@pytest.mark.parametrize(
    ("minutes", "fine"), [(0, True), (5.9, True), (-5.9, True), (6.1, False), (-6.1, False), (480, False)]
)
@pytest.mark.parametrize("tail", ["", ".000+0800"])
def test_timestamps_may_be_six_minutes_off(jd: Jd, minutes: float, fine: bool, tail: str) -> None:
    text = stamp(jd.world.now() + timedelta(minutes=minutes)) + tail
    if fine:
        assert jd.call(PROVINCES, timestamp=text)
    else:
        assert jd.refusal(PROVINCES, timestamp=text).code == "8"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"method": None}, "14"), ({"method": "jd.pop.order.search"}, "15"), ({"v": None}, "4"), ({"v": "1.0"}, "5"),
        ({"timestamp": None}, "7"), ({"timestamp": "yesterday"}, "8"), ({"app_key": "nobody"}, "21"),
        ({"app_key": None}, "21"),
    ],
)  # fmt: skip
def test_system_parameters_have_their_codes_under_status_200(jd: Jd, change: dict[str, Any], code: str) -> None:
    params = {name: value for name, value in {**jd.params(SEARCH), **change}.items() if value is not None}
    reply = jd.raw(jd.signed(params))
    assert reply.status == 200
    assert json.loads(reply.body)["error_response"]["code"] == code


def test_a_missing_signature_is_11(jd: Jd) -> None:
    assert json.loads(jd.raw(jd.params(SEARCH)).body)["error_response"]["code"] == "11"


# tokens


@pytest.mark.parametrize("token", [None, "sandbox-nobody"])
def test_error_response_on_a_bad_token(jd: Jd, token: str | None) -> None:
    told = jd.refusal(SEARCH, access_token=token).told
    assert "access_token" in told["zh_desc"] and "access_token" in told["en_desc"]
    jd.switch(token_code="777")
    assert jd.refusal(SEARCH, access_token=token).code == "777"


def test_areas_need_no_token(jd: Jd) -> None:
    provinces = jd.call(PROVINCES, access_token=None)["result"]
    parent = provinces[0]["areaId"]
    [city, *_] = jd.call("jingdong.areas.city.get", {"parent_id": parent}, access_token=None)["result"]
    [county] = jd.call("jingdong.areas.county.get", {"parent_id": city["areaId"]}, access_token=None)["result"]
    assert jd.call("jingdong.areas.town.get", {"parent_id": county["areaId"]}, access_token=None)["result"]


def test_a_token_binds_its_own_vender(jd: Jd) -> None:
    other = Jd(jd.world, 1)
    mine = jd.call("jingdong.vender.shop.query")["shop_jos_result"]
    theirs = other.call("jingdong.seller.vender.info.get")["vender_info_result"]
    assert set(mine) == {"vender_id", "shop_id", "shop_name"}
    assert mine["vender_id"] != theirs["vender_id"] and mine["shop_id"] != mine["vender_id"]
    strange = other.ids()[0]
    told = jd.call(GET, {"order_id": strange, "optional_fields": "orderId"})["orderDetailInfo"]
    assert not yes(told["apiResult"]["success"])


def test_permissions_and_call_limits_by_switch(jd: Jd) -> None:
    jd.switch(denied_methods=f"{SEARCH},x")
    assert jd.refusal(SEARCH).code == "2001"
    jd.switch(denied_methods="", calls_per_day=2)
    jd.call(PROVINCES)
    jd.call(PROVINCES)
    refused = jd.refusal(PROVINCES)
    assert (refused.code, refused.told["en_desc"]) == ("2", "App Call Limited")
    jd.world.advance(86_400)
    assert jd.call(PROVINCES)


def test_no_limit_where_the_world_has_none() -> None:
    jd = Jd(still(limits=False))
    jd.switch(calls_per_day=1)
    assert jd.call(PROVINCES) and jd.call(PROVINCES)


# the envelope and its flags


def test_success_comes_as_boolean_and_as_text_by_turns(jd: Jd) -> None:
    seen = [jd.search(page_size="1")["apiResult"]["success"] for _ in range(4)]
    assert set(map(str, seen)) == {"True", "true"} and any(flag is True for flag in seen)
    jd.switch(success_shape="bool")
    assert [jd.search()["apiResult"]["success"] for _ in range(2)] == [True, True]
    jd.switch(success_shape="text")
    assert jd.search()["apiResult"]["success"] == "true"


def test_the_envelope_is_spelt_as_the_platform_spells_it(jd: Jd) -> None:
    told = json.loads(jd.raw(jd.signed(jd.params("jingdong.jos.voucher.info.get"))).body)
    assert set(told) == {"jingdong_jos_voucher_info_get_response"}
    told = json.loads(jd.raw(jd.signed(jd.params(EN_SEARCH))).body)
    assert set(told) == {"jingdong_pop_order_enSearch_responce"}
    assert told["jingdong_pop_order_enSearch_responce"]["code"] == "0"


# optional_fields


@pytest.mark.parametrize("fields", [None, "", " , "])
def test_missing_optional_fields_are_refused(jd: Jd, fields: str | None) -> None:
    told = jd.search(optional_fields=fields)
    assert not yes(told["apiResult"]["success"]) and told["apiResult"]["chineseErrCode"]
    business = {"order_id": jd.ids()[0]} | ({} if fields is None else {"optional_fields": fields})
    assert not yes(jd.call(GET, business)["orderDetailInfo"]["apiResult"]["success"])


@settings(max_examples=40, deadline=None)
@given(st.sets(st.sampled_from(FIELDS.split(","))))
def test_only_fields_asked_for_are_returned(asked: set[str]) -> None:
    told = SHARED.get(SHARED_ID, ",".join(["orderId", *asked, "no_such_field"]))
    assert set(told) == (asked | {"orderId"}) - {"itemExt"}
    if "itemInfoList" in asked:
        assert all(("itemExt" in row) == ("itemExt" in asked) for row in told["itemInfoList"])


SHARED = Jd(still(orders=3))
SHARED_ID = SHARED.ids()[0]


def test_values_are_texts_and_times_that_never_were_are_sentinels(jd: Jd) -> None:
    told = jd.get(jd.new())
    lists = {"consigneeInfo", "itemInfoList", "couponDetailList", "partialLogisticsInfoModel"}
    assert all(isinstance(value, str) for name, value in told.items() if name not in lists)
    assert told["orderEndTime"] == "0001-01-01 00:00:00"
    assert all(isinstance(row[name], str) for row in told["itemInfoList"] for name in ("itemTotal", "jdPrice", "skuId"))


def test_item_ext_may_be_text_and_order_total_too(jd: Jd) -> None:
    jd.switch(item_ext="text", order_total="text")
    told = jd.search(page_size="1")
    assert isinstance(told["orderTotal"], str)
    ext = told["orderInfoList"][0]["itemInfoList"][0]["itemExt"]
    assert json.loads(ext)["skuUuid"]


def test_old_prices_may_come_empty_and_new_ones_late(jd: Jd) -> None:
    fields = "orderTotalPrice,sellerDiscount,orderSellerPrice,shouldPay,totalOriginalPrice,totalSellerReceivable"
    order_id = jd.new()
    full = jd.get(order_id, fields)
    assert all(full.values())
    jd.switch(old_prices="empty", price_lag_s=60)
    assert {name for name, value in jd.get(order_id, fields).items() if value} == {"shouldPay"}
    jd.world.advance(61)
    assert jd.get(order_id, fields)["totalOriginalPrice"] == full["totalOriginalPrice"]
    jd.switch(old_prices="filled")
    assert jd.get(order_id, fields) == full


# page and window limits


@pytest.mark.parametrize(
    "change",
    [
        {"page_size": "101"}, {"page": "0"}, {"page": "x"}, {"order_state": "6"}, {"order_state": ""},
        {"order_state": "WAIT_SELLER_STOCK_OUT,1"}, {"order_state": "NO_SUCH"}, {"start_date": ""}, {"end_date": None},
        {"start_date": "2026-03-01"}, {"start_date": "2026-02-17 10:29:59"}, {"page_size": None},
    ],
)  # fmt: skip
def test_bad_searches_are_refused_inside_the_result(jd: Jd, change: dict[str, Any]) -> None:
    told = jd.search(**change)
    assert not yes(told["apiResult"]["success"])
    assert told["apiResult"]["chineseErrCode"] and told["apiResult"]["englishErrCode"]
    assert "orderInfoList" not in told


def test_the_span_is_one_calendar_month(jd: Jd) -> None:
    end = stamp(jd.world.now())
    assert yes(jd.search(start_date=end.replace("-03-", "-02-"), end_date=end)["apiResult"]["success"])


def test_reversed_bounds_are_silently_empty(jd: Jd) -> None:
    window = jd.window()
    told = jd.search(start_date=window["end_date"], end_date=window["start_date"])
    assert yes(told["apiResult"]["success"]) and told["orderTotal"] == 0 and told["orderInfoList"] == []


def test_no_dates_only_for_orders_that_wait_to_leave(jd: Jd) -> None:
    told = jd.search(order_state="WAIT_SELLER_STOCK_OUT", start_date=None, end_date=None)
    assert yes(told["apiResult"]["success"]) and told["orderTotal"] > 0
    assert not yes(jd.search(start_date=None, end_date=None)["apiResult"]["success"])


def test_pages_beyond_a_hundred_are_empty_by_switch() -> None:
    jd = Jd(still(orders=105))
    total = jd.search(page_size="1")["orderTotal"]
    assert jd.search(page_size="1", page="100")["orderInfoList"]
    assert jd.search(page_size="1", page="101")["orderInfoList"] == []
    jd.switch(page_max=1000)
    assert len(jd.ids(page_size="1")) == total


def test_history_is_three_months_by_change_and_two_years_by_creation(jd: Jd) -> None:
    def made(days: float) -> str:
        at = stamp(jd.world.now() - timedelta(days=days))
        return jd.post(orderId=f"29990000{int(days):04d}", orderStartTime=at, modified=at, paymentConfirmTime=at)

    at_100, at_700, at_740 = made(100), made(700), made(740)

    def found(order_id: str, date_type: int) -> bool:
        middle = jd.world.now() - timedelta(days=int(order_id[-4:]))
        span = {"start_date": stamp(middle - timedelta(days=1)), "end_date": stamp(middle + timedelta(days=1))}
        told = jd.search(dateType=date_type, **span)
        return order_id in [row["orderId"] for row in told["orderInfoList"]]

    assert [found(one, 0) for one in (at_100, at_700, at_740)] == [False, False, False]
    assert [found(one, 1) for one in (at_100, at_700, at_740)] == [True, True, False]


# states


def test_search_filters_by_names_pinyin_and_all(jd: Jd) -> None:
    every = jd.ids()
    by_name = jd.ids(order_state="WAIT_SELLER_STOCK_OUT")
    assert by_name and set(by_name) < set(every)
    assert jd.ids(order_state="DengDaiChuKu") == by_name
    both = jd.ids(order_state="WAIT_SELLER_STOCK_OUT,DengDaiQueRenShouHuo")
    states = {jd.get(one, "orderState")["orderState"] for one in both}
    assert states == {"WAIT_SELLER_STOCK_OUT", "WAIT_GOODS_RECEIVE_CONFIRM"}


def test_unpaid_orders_are_for_the_not_pay_calls(jd: Jd) -> None:
    order_id = jd.new(unpaid=True)
    assert order_id not in jd.ids()
    assert order_id in jd.ids(order_state="NOT_PAY")
    assert order_id in jd.ids(order_state="ALL,NOT_PAY")
    jd.switch(unpaid="all")
    assert order_id in jd.ids()
    jd.switch(unpaid="never")
    assert order_id not in jd.ids(order_state="NOT_PAY")
    window = {
        "startDate": jd.window()["start_date"],
        "endDate": jd.window()["end_date"],
        "page": "1",
        "pageSize": "100",
    }
    told = jd.call("jingdong.pop.order.notPayOrderInfo", window)["searchorderinfo_result"]
    assert order_id in [row["orderId"] for row in told["orderInfoList"]]
    assert {row["orderState"] for row in told["orderInfoList"]} == {"NOT_PAY"}
    one = jd.call("jingdong.pop.order.notPayOrderById", {"orderId": order_id})["orderDetailInfo"]
    assert one["orderInfo"]["actualPay"] == "0.00"
    jd.patch(order_id, action="pay")
    one = jd.call("jingdong.pop.order.notPayOrderById", {"orderId": order_id})["orderDetailInfo"]
    assert not yes(one["apiResult"]["success"])
    assert order_id in jd.ids()


def test_detail_filters_by_state(jd: Jd) -> None:
    order_id = jd.new()
    asked = {"order_id": int(order_id), "optional_fields": "orderId", "order_state": "DengDaiChuKu"}
    assert yes(jd.call(GET, asked)["orderDetailInfo"]["apiResult"]["success"])
    told = jd.call(GET, {**asked, "order_state": "FINISHED_L"})["orderDetailInfo"]
    assert not yes(told["apiResult"]["success"])


# dateType, sortType, paging


@pytest.mark.parametrize(
    ("date_type", "field"), [(1, "orderStartTime"), (0, "modified"), (None, "modified"), ("1", "orderStartTime")]
)
@pytest.mark.parametrize("down", [True, False])
def test_axis_and_order(date_type: Any, field: str, down: bool) -> None:
    jd = Jd(still(orders=30))
    rows = jd.search(dateType=date_type, sortType=1 if down else 2)["orderInfoList"]
    times = [row[field] for row in rows]
    assert times == sorted(times, reverse=down)
    window = jd.window()
    assert all(window["start_date"] <= at <= window["end_date"] for at in times)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 50), st.integers(1, 9), st.integers(0, 1), st.integers(1, 2))
def test_every_order_of_a_window_comes_once(seed: int, size: int, date_type: int, sort_type: int) -> None:
    jd = Jd(still(orders=15, seed=seed, awkward=seed % 5 == 0))
    told = jd.ids(page_size=str(size), dateType=date_type, sortType=sort_type)
    rows = control(jd.world, "GET", "/_sandbox/jd/orders")
    true = [row["order_id"] for row in rows if row["shop_id"] == jd.shop_id]
    unpaid = {one for one in true if jd.truth(one)["orderState"] == "NOT_PAY"}
    assert len(told) == len(set(told))
    assert set(told) == set(true) - unpaid


def test_consecutive_windows_share_no_gap() -> None:
    jd = Jd(still(orders=40))
    found: set[str] = set()
    for back in range(28, 0, -1):
        end = jd.world.now() - timedelta(days=back - 1)
        found |= set(jd.ids(start_date=stamp(end - timedelta(days=1)), end_date=stamp(end)))
    assert found == set(jd.ids())


def test_a_changed_order_leaves_its_window_and_comes_last(jd: Jd) -> None:
    first = jd.ids()[0]
    before = jd.window()
    jd.world.advance(10)
    jd.patch(first, action="change_address", fullname="换个人")
    assert first not in jd.ids(**before)
    assert jd.ids(**jd.window())[-1] == first


def test_filters_by_buyer(jd: Jd) -> None:
    one = jd.search(page_size="1")["orderInfoList"][0]
    for name in ("open_id_buyer", "xid_buyer"):
        rows = jd.search(**{name: one[name]})["orderInfoList"]
        assert one["orderId"] in [row["orderId"] for row in rows]
        assert {row[name] for row in rows} == {one[name]}
    assert jd.search(realPin="nobody")["orderTotal"] == 0


def test_source_id_by_switch(jd: Jd) -> None:
    assert yes(jd.search(source_id=None)["apiResult"]["success"])
    jd.switch(source_id_required=True)
    assert not yes(jd.search(source_id=None)["apiResult"]["success"])
    assert yes(jd.search()["apiResult"]["success"])


# receivers


def test_receivers_are_masked_with_a_token(jd: Jd) -> None:
    order_id = jd.new()
    true, told = jd.truth(order_id)["consigneeInfo"], jd.get(order_id)["consigneeInfo"]
    assert told["fullname"] == true["fullname"][0] + "**"
    assert told["mobile"] == told["desenMobile"] == f"{true['mobile'][:3]}****{true['mobile'][-4:]}"
    assert told["fullAddress"].endswith("***") and told["fullAddress"].startswith(true["province"] + true["city"])
    assert told["oaid"] and true["fullname"] not in json.dumps(told, ensure_ascii=False)
    assert {name: told[name] for name in ("provinceId", "cityId", "countyId")} == {
        name: true[name] for name in ("provinceId", "cityId", "countyId")
    }


def opened(jd: Jd) -> bytes:
    """The master key, by voucher and signed request, as a TDE client gets it."""
    told = jd.call("jingdong.jos.voucher.info.get")["response"]
    assert told["errorCode"] == "0"
    data = json.loads(base64.b64decode(told["data"]["voucher"]))["data"]
    asked = {"sdk_ver": 2, "ts": 1773801000000, "tid": data["id"]}
    text = json.dumps(asked, separators=(",", ":"))
    mac = hmac.new(base64.b64decode(data["key"]), text.encode(), hashlib.sha256).digest()
    told = jd.call("jingdong.jos.master.key.get", {**asked, "sig": base64.b64encode(mac).decode()})["response"]
    assert told["status_code"] == 0 and told["enc_service"] == data["service"] and told["tid"] == data["id"]
    [service] = told["service_key_list"]
    [key] = service["keys"]
    secret = base64.b64decode(key["key_string"])
    assert base64.b64decode(key["key_digest"]) == hashlib.sha256(secret).digest()
    named = f"{service['service']}{key['version']}".encode()
    assert base64.b64decode(key["id"]) == hashlib.md5(named).digest()
    return secret


def clear(text: str, secret: bytes) -> str:
    raw = base64.b64decode(text)
    assert raw[:2] == b"\x00\x04"
    decryptor = Cipher(algorithms.AES(secret[:16]), modes.CBC(raw[18:34])).decryptor()
    padded = decryptor.update(raw[34:]) + decryptor.finalize()
    return padded[: -padded[-1]].decode()


def test_encrypted_receivers_open_with_the_master_key(jd: Jd) -> None:
    jd.switch(receiver="tde")
    order_id = jd.new()
    true, secret = jd.truth(order_id)["consigneeInfo"], opened(jd)
    told = jd.get(order_id, method=EN_GET)["consigneeInfo"]
    for name in ("fullname", "mobile", "fullAddress"):
        assert clear(told[name], secret) == true[name]
    assert (told["telephone"] == "") == (true["telephone"] == "")
    assert told["province"] == true["province"]
    assert "**" in jd.get(order_id)["consigneeInfo"]["fullname"]
    jd.switch(receiver="tde_all")
    assert clear(jd.get(order_id)["consigneeInfo"]["fullname"], secret) == true["fullname"]
    listed = jd.search(EN_SEARCH)["orderInfoList"]
    assert all(base64.b64decode(row["consigneeInfo"]["fullname"])[:2] == b"\x00\x04" for row in listed)


def test_a_wrong_key_request_gets_no_key(jd: Jd) -> None:
    told = jd.call("jingdong.jos.master.key.get", {"sig": "x", "sdk_ver": 2, "ts": 1, "tid": "x"})["response"]
    assert told["status_code"] == 301 and "service_key_list" not in told


def test_oaid_follows_receiver_and_shop_and_merges(jd: Jd) -> None:
    one, two, other = jd.new(), jd.new(), jd.new()
    who = jd.truth(one)["consigneeInfo"]
    jd.patch(two, fields={"consigneeInfo": who})
    tokens = [jd.get(each)["consigneeInfo"]["oaid"] for each in (one, two, other)]
    assert tokens[0] == tokens[1] != tokens[2]
    rows = [{"orderId": each, "oaid": token} for each, token in zip((one, two, other), tokens, strict=True)]
    told = jd.call("jingdong.jos.order.oaid.merge", {"request": {"mergeList": rows}})["response"]
    assert told["code"] == 200
    assert {frozenset(row["mergeOrderIds"]) for row in told["data"]["mergeResults"]} == {
        frozenset({one, two}), frozenset({other}),
    }  # fmt: skip
    jd.ship(two)
    told = jd.call("jingdong.jos.order.oaid.merge", {"request": {"mergeList": rows}})["response"]
    assert [two] in [row["mergeOrderIds"] for row in told["data"]["mergeResults"]]
    assert jd.refusal("jingdong.jos.order.oaid.merge", {"request": {"mergeList": rows[:1] * 101}})


def test_virtual_numbers(jd: Jd) -> None:
    order_id = jd.new()
    told = jd.call("jingdong.pop.order.getmobilelist", {"orderIds": order_id, "appName": "orderhub", "expiration": 3})
    row = told["data"][order_id]
    assert row["oderId"] == order_id and "-" in row["consMobilePhone"]
    assert row["expiration"] == stamp(jd.world.now() + timedelta(days=3))
    assert jd.call("jingdong.pop.order.getmobilelist", {"orderIds": "1", "appName": "x"})["code"] == 404
    bad = {"orderIds": order_id, "appName": "x", "orderType": "NO"}
    assert jd.call("jingdong.pop.order.getmobilelist", bad)["code"] == 405
    many = {"orderIds": ",".join([order_id] * 11), "appName": "x"}
    assert jd.call("jingdong.pop.order.getmobilelist", many)["code"] == 405


# promotions, invoices, remarks


def test_promotions_tell_who_bears_what() -> None:
    jd = Jd(still(awkward=True))
    order_id = next(one for one in jd.ids() if len(jd.truth(one)["couponDetailList"]) >= 7)
    told = jd.call("jingdong.pop.order.ocs.query", {"verticalCode": "cn_retail_pop", "orderId": order_id})["result"]
    assert told["code"] == "SUCCESS"
    by_bearer = {1: 0.0, 2: 0.0}
    for row in told["data"]:
        for amount in row["amountExpands"]:
            [cost] = amount["orderCostAmounts"]
            assert cost["bearAmount"] == amount["amount"]
            by_bearer[cost["bearer"]] += cost["bearAmount"]
    doc = jd.truth(order_id)
    assert f"{by_bearer[2]:.2f}" == doc["sellerDiscount"]
    goods = float(doc["orderTotalPrice"]) - by_bearer[1] - by_bearer[2]
    assert f"{goods + float(doc['freightPrice']):.2f}" == doc["shouldPay"]
    split = jd.call("jingdong.pop.order.queryCouponDetai", {"orderId": order_id})["couponDetailExternal"]
    assert split["rtnCode"] == 0
    assert f"{sum(row['shouldPay'] for row in split['couponDetailVo']['skuList']):.2f}" == f"{goods:.2f}"
    assert jd.call("jingdong.pop.order.queryCouponDetai", {"orderId": "1"})["couponDetailExternal"]["rtnCode"] == -1


def test_promotions_come_late_and_only_for_paid_orders(jd: Jd) -> None:
    ask = "jingdong.pop.order.ocs.query"
    unpaid, paid = jd.new(unpaid=True), jd.new()
    assert jd.call(ask, {"verticalCode": "cn_retail_pop", "orderId": unpaid})["result"]["code"] == "100004"
    jd.switch(price_lag_s=30)
    assert jd.call(ask, {"verticalCode": "cn_retail_pop", "orderId": paid})["result"]["code"] == "100004"
    jd.world.advance(31)
    assert jd.call(ask, {"verticalCode": "cn_retail_pop", "orderId": paid})["result"]["code"] == "SUCCESS"
    assert jd.refusal(ask, {"verticalCode": "x", "orderId": paid}).code.startswith("isv.invalid-parameter")
    assert jd.refusal(ask, {"orderId": paid}).code.startswith("isv.missing-parameter")


def test_invoices_are_told_apart() -> None:
    jd = Jd(still(awkward=True))
    company = next(one for one in jd.ids() if "增值税" in jd.truth(one)["invoiceInfo"])
    told = jd.call("jingdong.pop.cinvoice.apply.order", {"orderId": company})["response"]
    assert (told["code"], told["data"]["invoiceTitleType"]) == ("10000", 5)
    assert told["data"]["consumerTaxId"] and told["data"]["invoiceTitle"] == "云杉贸易有限公司"
    plain = next(one for one in jd.ids() if jd.truth(one)["invoiceInfo"] == "不需要开具发票")
    assert jd.call("jingdong.pop.cinvoice.apply.order", {"orderId": plain})["response"]["data"] is None


def test_remarks_are_listed_by_time(jd: Jd) -> None:
    one, two = jd.new(), jd.new()
    for order_id, text in ((one, "先"), (two, "后")):
        jd.world.advance(5)
        jd.call("jingdong.pop.order.modifyVenderRemark", {"order_id": order_id, "flag": 2, "remark": text})
    span = {"startTime": jd.window(1)["start_date"], "endTime": jd.window(1)["end_date"], "page": 1}
    told = jd.call("jingdong.pop.order.getRemarkByModifyTime", span)["getremarkbymodifytime_result"]
    assert (told["resultCode"], told["totleNum"]) == (1, 2)
    assert [row["orderId"] for row in told["remarkList"]] == [one, two]
    down = jd.call("jingdong.pop.order.getRemarkByCreateTime", {**span, "sortTime": -1})
    assert [row["remark"] for row in down["getremarkbymodifytime_result"]["remarkList"]] == ["后", "先"]
    wide = {**span, "startTime": "2026-01-01 00:00:00"}
    assert jd.call("jingdong.pop.order.getRemarkByModifyTime", wide)["getremarkbymodifytime_result"]["resultCode"] == 2
    later = jd.call("jingdong.pop.order.getRemarkByModifyTime", {**span, "page": 2})
    assert later["getremarkbymodifytime_result"]["remarkList"] == []


# faults and strange input


def test_fault_unknown_status_spoils_one_row_once(jd: Jd) -> None:
    known = {row["orderState"] for row in jd.search()["orderInfoList"]}
    jd.fault("unknown_status")
    rows = jd.search()["orderInfoList"]
    assert len([row for row in rows if row["orderState"] not in known]) == 1
    assert {row["orderState"] for row in jd.search()["orderInfoList"]} == known


def test_fault_drifted_field_changes_type_and_adds_one(jd: Jd) -> None:
    jd.fault("drifted_field", operation=GET)
    order_id = jd.new()
    told = jd.get(order_id)
    assert isinstance(told["freightPrice"], float) and "fulfilTraitCode" in told
    assert isinstance(jd.get(order_id)["freightPrice"], str)


def test_fault_repeated_page_answers_the_page_before(jd: Jd) -> None:
    first = [row["orderId"] for row in jd.search(page_size="3")["orderInfoList"]]
    jd.fault("repeated_page")
    assert [row["orderId"] for row in jd.search(page_size="3", page="2")["orderInfoList"]] == first


def test_fault_shifting_pages_moves_an_order_to_the_end(jd: Jd) -> None:
    jd.world.advance(60)
    before = jd.ids()
    first = [row["orderId"] for row in jd.search(page_size="3")["orderInfoList"]]
    jd.fault("shifting_pages")
    second = [row["orderId"] for row in jd.search(page_size="3", page="2")["orderInfoList"]]
    assert first == before[:3] and second == before[4:7]
    assert jd.ids()[-1] == before[0]


def test_fault_late_order_shows_later_than_its_own_time(jd: Jd) -> None:
    jd.fault("late_order", delay_s=300)
    order_id = jd.new()
    missing = {"order_id": order_id, "optional_fields": "orderId"}
    assert order_id not in jd.ids()
    assert not yes(jd.call(GET, missing)["orderDetailInfo"]["apiResult"]["success"])
    own = jd.truth(order_id)["modified"]
    jd.world.advance(301)
    row = jd.get(order_id)
    assert row["modified"] == own < stamp(jd.world.now())
    assert order_id in jd.ids()


def test_fault_call_limited_is_code_2(jd: Jd) -> None:
    jd.fault("call_limited")
    assert jd.refusal(SEARCH).code == "2"
    assert jd.ids()


def test_fault_token_expired_lasts_until_a_refresh(jd: Jd) -> None:
    jd.fault("token_expired")
    assert "access_token" in jd.refusal(SEARCH).told["zh_desc"]
    assert "access_token" in jd.refusal(SEARCH).told["zh_desc"]
    assert Jd(jd.world, 1).ids()


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**25), 10**25), st.floats(allow_nan=False), st.text(max_size=8),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip
NAMES = (
    "order_id", "orderId", "optional_fields", "order_state", "start_date", "end_date", "page", "page_size", "skuId",
    "stockNum", "logiCoprId", "logiNo", "remark", "flag", "id", "status", "request", "req", "data", "serviceId", "buId",
    "operatePin", "operateNick", "sysVersion", "orderIds", "appName", "field", "pageIndex", "pageSize", "updateModel",
    "skuStocks", "mergeList", "waybillCode", "toAddress", "startTime", "endTime", "del_apply_type", "verticalCode",
)  # fmt: skip
TREES = st.recursive(
    VALUES,
    lambda inner: st.dictionaries(st.sampled_from(NAMES), inner, max_size=4) | st.lists(inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(CALLS)), st.dictionaries(st.sampled_from(NAMES), TREES, max_size=8), st.booleans())
def test_any_business_json_gets_an_answer(method: str, business: dict[str, Any], ours: bool) -> None:
    if ours:
        business |= {
            "orderId": SHARED_ID,
            "order_id": SHARED_ID,
            "buId": "100001",
            "operatePin": "a",
            "operateNick": "a",
        }
    reply = STURDY.raw(STURDY.signed(STURDY.params(method, business)))
    assert reply.status == 200
    assert json.loads(reply.body)


STURDY = Jd(still(orders=3))


@pytest.mark.parametrize("text", ["", "[]", "{", "1", "null"])
def test_business_json_must_be_an_object_and_may_be_absent(jd: Jd, text: str) -> None:
    params = {**jd.params("jingdong.vender.shop.query"), "360buy_param_json": text}
    told = json.loads(jd.raw(jd.signed(params)).body)
    assert ("error_response" in told) == (text != "")


def test_truth_equals_what_is_read_but_for_the_receiver() -> None:
    jd = Jd(still(orders=5, awkward=True))
    for order_id in jd.ids():
        true, told = jd.truth(order_id), jd.get(order_id)
        assert {name: value for name, value in told.items() if name != "consigneeInfo"} == {
            name: true[name] for name in told if name != "consigneeInfo"
        }


def test_worlds_without_orders_answer_empty_lists() -> None:
    jd = Jd(still())
    assert jd.ids() == []
    assert control(jd.world, "GET", "/_sandbox/jd/orders") == []


def test_three_thousand_orders_are_read_quickly() -> None:
    jd = Jd(World(platforms=["jd"], carriers=[], shops_per_platform=1, orders=3000))
    since = time.process_time()
    assert len(jd.ids()) > 2500
    for order_id in jd.ids()[:100]:
        jd.get(order_id)
    assert time.process_time() - since < 4
