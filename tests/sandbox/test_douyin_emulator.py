"""What docs/platforms/douyin.md §10 says an emulator must enforce, row by row; reading side, doors and control."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_douyin_emulator_tools import Dy, Refused, control, still

from orderhub.flow.message import Request

SEARCH = {"page": 0, "size": 10}


@pytest.fixture
def dy() -> Dy:
    return Dy(still(orders=8))


# the body is signed as it came; method is the path


def test_the_signature_covers_the_exact_body(dy: Dy) -> None:
    body = '{"page":0,"size":10}'
    query = dy.query("order.searchList", body)
    assert json.loads(dy.raw("order/searchList", query, body).body)["code"] == 10000
    told = json.loads(dy.raw("order/searchList", query, '{"page": 0,"size":10}').body)
    assert (told["code"], told["sub_code"]) == (40003, "isv.signature-invalid")
    [entry] = dy.world.log(1)
    assert "param_json" in entry["hint"] and dy.shop["app_secret"] not in entry["hint"]


@pytest.mark.parametrize(
    ("change", "code", "sub"),
    [
        ({"sign": "0" * 64}, 40003, "isv.signature-invalid"), ({"sign_method": "md5"}, 40003, "isv.signature-invalid"),
        ({"sign": None}, 40001, "isv.signature-missing"), ({"app_key": None}, 40001, "isv.app-id-missing"),
        ({"app_key": "123"}, 40003, "isv.app-id-invalid"), ({"v": "1"}, 40003, "isv.parameter-format-invalid"),
        ({"method": "order.orderDetail"}, 40003, "isv.parameter-format-invalid"),
        ({"timestamp": "soon"}, 40003, "isv.timestamp-format-error"),
        ({"access_token": None}, 40001, "isv.access-token-missing"),
        ({"access_token": "sandbox-nobody"}, 40003, "isv.access-token-no-existed"),
    ],
)  # fmt: skip
def test_every_parameter_is_checked(dy: Dy, change: dict[str, str | None], code: int, sub: str) -> None:
    body = json.dumps(SEARCH)
    made = dy.query("order.searchList", body, **change)
    told = json.loads(dy.raw("order/searchList", made, body).body)
    assert (told["code"], told["sub_code"]) == (code, sub)


def test_access_token_and_sign_method_are_not_signed(dy: Dy) -> None:
    body = json.dumps(SEARCH)
    query = dy.query("order.searchList", body, access_token=None)
    query.pop("sign_method")
    told = json.loads(dy.raw("order/searchList", {**query, "access_token": str(dy.token)}, body).body)
    assert told["code"] == 10000


def test_timestamps_may_be_ten_minutes_off_and_in_china_time(dy: Dy) -> None:
    for seconds, sub in ((599, ""), (-599, ""), (601, "isv.timestamp-invalid"), (-601, "isv.timestamp-invalid")):
        assert dy.reply("order.searchList", SEARCH, timestamp=str(dy.now(seconds)))["sub_code"] == sub
    assert dy.reply("order.searchList", SEARCH, timestamp="2026-06-18 12:00:00")["code"] == 10000
    dy.arm("clock_skew", delay_s=900)
    assert dy.reply("order.searchList", SEARCH)["sub_code"] == "isv.timestamp-invalid"


def test_only_post_is_taken_and_bodies_are_objects(dy: Dy) -> None:
    body = json.dumps(SEARCH)
    told = json.loads(dy.raw("order/searchList", dy.query("order.searchList", body), body, "GET").body)
    assert told["code"] == 40003
    for wrong in ("[]", "", "{", '"x"'):
        query = dy.query("order.searchList", wrong)
        assert json.loads(dy.raw("order/searchList", query, wrong).body)["code"] == 40004


def test_unknown_methods_and_denied_ones_have_their_codes(dy: Dy) -> None:
    assert dy.refusal("order.eat") == (70000, "isp.api-service-off")
    dy.switch(denied_methods="order.orderDetail")
    assert dy.refusal("order.orderDetail", shop_order_id="1") == (30001, "isv.app-permissions-insufficient")


def test_envelopes(dy: Dy) -> None:
    told = dy.reply("order.searchList", SEARCH)
    assert (told["msg"], told["sub_code"], told["sub_msg"]) == ("success", "", "") and told["log_id"]
    assert isinstance(dy.call("order.logisticsCompanyList"), list)
    assert {"err_no": 0, "message": "success"}.items() <= told.items()  # unless the header asks for the newer alone
    dy.switch(envelope="new")
    assert "err_no" not in dy.reply("order.searchList", SEARCH)
    dy.switch(envelope="old")
    assert {"err_no": 0, "message": "success"}.items() <= dy.reply("order.searchList", SEARCH).items()
    assert dy.reply("order.searchList", {"page": 0})["err_no"] == 40002


# tokens


def test_tokens_live_a_week_and_refresh_by_the_last_hour(dy: Dy) -> None:
    first = dy.shop
    grant = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    dy.token = None
    told = dy.call("token.refresh", **grant)
    assert (told["access_token"], told["expires_in"]) == (first["access_token"], 604_800)
    dy.world.advance(604_800 - 1800)
    fresh = dy.call("token.refresh", **grant)
    assert fresh["access_token"] != first["access_token"]
    dy.token = first["access_token"]
    assert dy.reply("order.searchList", SEARCH)["code"] == 10000
    dy.world.advance(3601)
    assert dy.refusal("order.searchList", **SEARCH) == (40003, "isv.access-token-expired")
    dy.token = fresh["access_token"]
    assert dy.reply("order.searchList", SEARCH)["code"] == 10000
    dy.world.advance(604_800)
    again = dy.call("token.refresh", grant_type="refresh_token", refresh_token=fresh["refresh_token"])
    assert dy.refusal("token.refresh", grant_type="refresh_token", refresh_token=fresh["refresh_token"])[0] == 50002
    dy.world.advance(1_209_601)
    sub = "dop.token-generate-failed:token-expired"
    assert dy.refusal("token.refresh", grant_type="refresh_token", refresh_token=again["refresh_token"]) == (50002, sub)


def test_codes_and_own_shops_give_tokens(dy: Dy) -> None:
    url = f"{dy.shop['base_url']}/authorize?service_id={dy.shop['service_id']}&state=s1"
    where = urlsplit(dy.world.handle(Request("GET", url)).headers["location"])
    told = {name: values[0] for name, values in parse_qs(where.query).items()}
    assert told["state"] == "s1" and where.netloc == "shop.example"
    dy.token = None
    made = dy.call("token.create", code=told["code"], grant_type="authorization_code")
    assert made["shop_id"] == dy.shop_id and made["refresh_token"]
    bad = "dop.token-generate-failed:code-invalid"
    assert dy.refusal("token.create", code=told["code"], grant_type="authorization_code") == (50002, bad)
    late = urlsplit(dy.world.handle(Request("GET", url)).headers["location"])
    dy.world.advance(601)
    code = parse_qs(late.query)["code"][0]
    assert dy.refusal("token.create", code=code, grant_type="authorization_code")[1].endswith("code-expired")
    own = dy.call("token.create", code="", grant_type="authorization_self", shop_id=dy.shop_id)
    assert own["access_token"] == made["access_token"]
    assert dy.refusal("token.create", code="", grant_type="authorization_self", shop_id="1")[0] == 50002
    assert dy.refusal("token.create", code="x", grant_type="gift")[0] == 40004


def test_a_token_of_another_shop_is_refused(dy: Dy) -> None:
    dy.token = dy.world.shops()[1]["access_token"]
    assert dy.refusal("order.searchList", **SEARCH) == (40003, "isv.access-token-invalid")
    status = Dy(dy.world).call("open.getAuthInfo", auth_id=dy.shop_id, auth_subject_type="")
    assert status["status"] == 1 and status["auth_success_time"] < status["auth_end_time"]


# lists


@pytest.mark.parametrize(("change", "code"), [
    ({"size": 0}, 40004), ({"size": 101}, 40004), ({"size": None}, 40002), ({"page": -1}, 40004), ({"page": None}, 40002),
    ({"order_by": "pay_time"}, 40004), ({"create_time_start": 9, "create_time_end": 1}, 40004),
    ({"update_time_start": 1, "update_time_end": 9}, 40004), ({"combine_status": [{"order_status": "x"}]}, 40004),
    ({"combine_status": [{"order_status": "2"}, {"order_status": "3"}]}, 40004), ({"after_sale_status_desc": "odd"}, 40004),
    ({"order_asc": "yes"}, 40004), ({"abnormal_order": 7}, 40004),
])  # fmt: skip
def test_parameters_of_lists_are_checked(dy: Dy, change: dict[str, Any], code: int) -> None:
    asked = {name: value for name, value in {**SEARCH, **change}.items() if value is not None}
    assert dy.refusal("order.searchList", **asked)[0] == code


def test_pages_count_from_zero_and_run_backwards_unless_asked(dy: Dy) -> None:
    control(dy.world, "POST", "douyin/orders", {"count": 25})
    newest = dy.search(size=7)
    assert [row["create_time"] for row in newest] == sorted((row["create_time"] for row in newest), reverse=True)
    rising = dy.search(size=7, order_asc=True)
    assert [row["order_id"] for row in rising] == [row["order_id"] for row in newest][::-1]
    assert len({row["order_id"] for row in newest}) == len(newest) == 33


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 100), st.integers(0, 86_400 * 30), st.booleans())
def test_every_order_of_a_window_comes_once(size: int, ago: int, rising: bool) -> None:
    start, end = WINDOW.now(-86_400 * 30), WINDOW.now(-ago)
    window = {"update_time_start": min(start, end), "update_time_end": end, "order_by": "update_time"}
    found = [row["order_id"] for row in WINDOW.search(size=size, order_asc=rising, **window)]
    truth = control(WINDOW.world, "GET", "douyin/orders")
    docs = [control(WINDOW.world, "GET", f"douyin/orders/{row['order_id']}") for row in truth
            if row["shop_id"] == WINDOW.shop_id]  # fmt: skip
    wanted = {doc["order_id"] for doc in docs if min(start, end) <= doc["update_time"] <= end}
    assert len(found) == len(set(found)) and set(found) == wanted


WINDOW = Dy(still(orders=30, awkward=True))


def test_filters(dy: Dy) -> None:
    dy = Dy(still(orders=5, awkward=True))
    assert {row["order_status"] for row in dy.search(combine_status=[{"order_status": "2,101"}])} == {2, 101}
    pending = dy.search(after_sale_status_desc="in_aftersale")
    assert pending and all(any(child["after_sale_info"]["after_sale_status"] in (6, 7, 11, 13, 27, 29)
                               for child in row["sku_order_list"]) for row in pending)  # fmt: skip
    assert len(dy.search(abnormal_order=2)) == 1
    [sent] = dy.search(tracking_no="QT20260001")
    assert sent["logistics_info"][0]["company"] == "qita"
    assert {row["order_type"] for row in dy.search(order_type=4)} == {4}
    assert all(any(child["trade_type"] == 2 for child in row["sku_order_list"]) for row in dy.search(trade_type=2))
    name = sent["sku_order_list"][0]["product_id_str"]
    assert sent["order_id"] in {row["order_id"] for row in dy.search(product=name)}


def test_lists_tell_ninety_days(dy: Dy) -> None:
    before = len(dy.search())
    dy.world.advance(86_400 * 95)
    fresh = control(dy.world, "PATCH", f"douyin/orders/{dy_id(dy)}", {"fields": {"seller_words": "x"}})
    dy.token = refreshed(dy)
    assert before and fresh["seller_words"] == "x" and dy.search() == []


def dy_id(dy: Dy) -> str:
    return str(control(dy.world, "GET", "douyin/orders")[0]["order_id"])


def refreshed(dy: Dy) -> str:
    dy.token = None
    told = dy.call("token.create", code="", grant_type="authorization_self", shop_id=dy.shop_id)
    return str(told["access_token"])


def test_orders_of_another_shop_do_not_exist(dy: Dy) -> None:
    other = Dy(dy.world, 1)
    order_id = other.search()[0]["order_id"]
    assert dy.refusal("order.orderDetail", shop_order_id=order_id)[0] == 50002


def test_amounts_are_fen_and_times_seconds(dy: Dy) -> None:
    for row in dy.search():
        assert all(type(row[name]) is int for name in ("pay_amount", "order_amount", "create_time", "update_time"))
        assert type(row["order_id"]) is str and type(row["sku_order_list"][0]["product_id"]) is int
        detail = dy.get(row["order_id"])
        assert {name: detail[name] for name in row} == row
        told = detail["promotion_detail"]
        assert sum(part["total_amount"] for part in told.values()) == row["promotion_amount"]


# receivers


def test_receivers_are_ciphertext_and_masks_and_can_be_decrypted(dy: Dy) -> None:
    row = dy.search()[0]
    assert row["post_receiver"] == row["post_tel"] == row["post_addr"]["detail"] == ""
    assert row["encrypt_post_receiver"].startswith("#") and row["encrypt_post_receiver"].endswith("#1##")
    assert row["encrypt_post_tel"].startswith("$") and row["encrypt_post_tel"].endswith("$1$$")
    assert set(row["mask_post_addr"]["detail"]) == {"*"} and row["mask_post_tel"][1:] == "*" * 10
    texts = (row["encrypt_post_receiver"], row["encrypt_post_tel"], row["post_addr"]["encrypt_detail"])
    asked = [{"auth_id": row["order_id"], "cipher_text": text} for text in texts]
    told = dy.call("order.batchDecrypt", cipher_infos=asked, account_id="1", account_type=1)["decrypt_infos"]
    clear = control(dy.world, "GET", f"douyin/orders/{row['order_id']}")["_sandbox"]["receiver"]
    assert [one["decrypt_text"] for one in told] == [clear["name"], clear["phone"], clear["detail"]]
    assert [one["data_type"] for one in told] == [2, 3, 1]
    wrong = dy.call("order.batchDecrypt", cipher_infos=[{"auth_id": "1", "cipher_text": texts[0]}])["decrypt_infos"]
    assert wrong[0]["err_no"] and wrong[0]["decrypt_text"] == ""
    assert dy.refusal("order.batchDecrypt", cipher_infos=asked * 17)[0] == 40004
    masks = dy.call("order.batchSensitive", cipher_infos=asked)["decrypt_infos"]
    assert masks[0]["decrypt_text"] == row["mask_post_receiver"]


def test_phones_may_be_virtual_and_quotas_end(dy: Dy) -> None:
    dy.switch(virtual_phones=True, decrypt_quota=1)
    row = dy.search()[0]
    asked = [{"auth_id": row["order_id"], "cipher_text": row["encrypt_post_tel"]}]
    [told] = dy.call("order.batchDecrypt", cipher_infos=asked)["decrypt_infos"]
    assert told["is_virtual_tel"] and told["decrypt_text"] == f"{told['phone_no_a']}-{told['phone_no_b']}"
    assert dy.call("order.batchDecrypt", cipher_infos=asked)["decrypt_infos"][0]["err_no"] == 60000


def test_one_receiver_has_one_index_in_a_shop(dy: Dy) -> None:
    twins = [row for row in Dy(still(awkward=True)).search() if row["doudian_open_id"] == "1@#sandboxOpenIdTwin=="]
    first, second = (row["encrypt_post_receiver"] for row in twins)
    assert first != second and first.split("#")[1] == second.split("#")[1]


# control and faults


def test_control_makes_changes_and_shows_orders(dy: Dy) -> None:
    rows = control(dy.world, "POST", "douyin/orders", {"count": 2})
    assert len(rows) == 4 and {row["currency"] for row in rows} == {"CNY"}
    document = dy.get(rows[0]["order_id"])
    assert rows[0]["total"] == f"{document['pay_amount'] / 100:.2f}"
    made = control(dy.world, "POST", "douyin/orders", {"shop_id": dy.shop_id, "documents": [
        {"order_id": "6951234567890123456", "pay_amount": 1, "sku_order_list": [{"code": "X", "pay_amount": 1}]}]})  # fmt: skip
    assert made[0]["order_id"] == "6951234567890123456"
    found = dy.get("6951234567890123456")
    assert found["sku_order_list"][0]["order_id"] == "6951234567890123456" and found["order_status"] == 2
    control(dy.world, "POST", "douyin/orders", {"count": 0}, 400)
    control(dy.world, "PATCH", f"douyin/orders/{rows[0]['order_id']}", {"action": "dance"}, 400)
    control(dy.world, "PATCH", f"douyin/orders/{rows[0]['order_id']}", {"action": "pay"}, 409)
    control(dy.world, "GET", "douyin/orders/1", None, 404)


def test_control_keeps_stock(dy: Dy) -> None:
    rows = control(dy.world, "PUT", "douyin/stock", {"code": "SKU-0003", "quantity": 5})
    assert [row["quantity"] for row in rows] == [5, 5]
    control(dy.world, "PUT", "douyin/stock", {"code": "nothing", "quantity": 5}, 404)
    control(dy.world, "PUT", "douyin/stock", {"quantity": 5}, 400)


def test_faults(dy: Dy) -> None:
    dy.arm("call_limited", delay_s=2)
    assert dy.refusal("order.searchList", **SEARCH)[0] == 60000
    dy.arm("unknown_status")
    assert dy.search()[0]["order_status"] == 66
    dy.arm("drifted_field")
    assert all(isinstance(row["pay_amount"], str) for row in dy.search())
    first = dy.call("order.searchList", page=0, size=3)["shop_order_list"]
    dy.arm("repeated_page")
    assert dy.call("order.searchList", page=1, size=3)["shop_order_list"] == first
    dy.arm("token_expired")
    assert dy.refusal("order.searchList", **SEARCH) == (40003, "isv.access-token-expired")
    dy.token = refreshed(dy)
    before = dy.search(order_by="update_time", order_asc=True)
    dy.world.advance(5)
    dy.arm("shifting_pages")
    dy.call("order.searchList", page=0, size=3, order_by="update_time", order_asc=True)
    assert dy.search(order_by="update_time", order_asc=True)[-1]["order_id"] == before[0]["order_id"]


def test_a_late_order_is_seen_later(dy: Dy) -> None:
    dy.arm("late_order", delay_s=60)
    [row] = control(dy.world, "POST", "douyin/orders", {"count": 1, "shop_id": dy.shop_id})
    assert row["order_id"] not in {one["order_id"] for one in dy.search()}
    assert dy.refusal("order.orderDetail", shop_order_id=row["order_id"])[0] == 50002
    dy.world.advance(61)
    assert row["order_id"] in {one["order_id"] for one in dy.search()}


def test_call_limits_are_a_switch(dy: Dy) -> None:
    dy.switch(calls_per_second=2)
    codes = [dy.reply("order.searchList", SEARCH)["code"] for _ in range(3)]
    assert codes == [10000, 10000, 60000]
    dy.world.advance(1)
    assert dy.reply("order.searchList", SEARCH)["code"] == 10000


def test_thousands_of_orders_are_listed_quickly() -> None:
    dy = Dy(still(orders=4_000, shops_per_platform=1))
    began = time.process_time()
    assert len(dy.changed(86_400 * 60, order_asc=True)) == 4_000
    assert time.process_time() - began < 4.0


def test_refusals_carry_no_data(dy: Dy) -> None:
    with pytest.raises(Refused):
        dy.call("order.orderDetail", shop_order_id="1")
    assert dy.reply("order.orderDetail", {"shop_order_id": "1"})["data"] is None
