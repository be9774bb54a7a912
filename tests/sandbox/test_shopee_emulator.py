"""What docs/platforms/shopee.md says an emulator must enforce, row by row: doors, tokens, lists, details, control."""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import Any

import pytest
from shopee_client import DAY, EVERY, Refused, Shopee, still

from orderhub.sandbox import World

LIST, DETAIL = "order/get_order_list", "order/get_order_detail"


@pytest.fixture
def sp() -> Shopee:
    return Shopee(still())


def error_of(sp: Shopee, path: str, query: dict[str, Any], body: Any = None) -> str:
    with pytest.raises(Refused) as caught:
        sp.told(path, query, body)
    return caught.value.error


# the clock and the signature


@pytest.mark.parametrize("off", [-301, 301, 3600])
def test_a_timestamp_is_good_for_five_minutes(sp: Shopee, off: int) -> None:
    assert error_of(sp, LIST, sp.query(LIST, timestamp=str(sp.now(off))) | sp.window()) == "error_param"
    sp.told(LIST, sp.query(LIST, timestamp=str(sp.now(299 if off > 0 else -299))) | sp.window())


@pytest.mark.parametrize("name", ["timestamp", "partner_id", "sign", "access_token", "shop_id"])
def test_every_common_parameter_must_be_there(sp: Shopee, name: str) -> None:
    query = sp.query(LIST, **{name: None} if name == "sign" else {}) | sp.window()
    query.pop(name, None)
    if name == "partner_id":  # nobody else's call either
        assert sp.raw(LIST, query).status == 404
        return
    assert error_of(sp, LIST, query) in ("error_param", "error_sign")


def test_the_signature_covers_path_token_and_shop(sp: Shopee) -> None:
    query = sp.query(LIST) | sp.window()
    assert error_of(sp, LIST, query | {"sign": query["sign"].upper()}) == "error_sign"
    assert error_of(sp, LIST, query | {"access_token": "sandbox-other"}) == "error_sign"
    assert error_of(sp, DETAIL, query) == "error_sign"
    [entry] = sp.world.log(1)
    assert "HMAC-SHA256 with the partner key over: 2001234/api/v2/order/get_order_detail" in entry["hint"]
    assert sp.shop["app_secret"] not in entry["hint"]
    sp.switch(sign_error="error_signature")
    assert error_of(sp, LIST, query | {"sign": "0"}) == "error_signature"


def test_business_parameters_are_not_signed(sp: Shopee) -> None:
    query = sp.query(LIST) | sp.window()
    assert sp.told(LIST, query | {"page_size": 1})["request_id"]


def test_reads_are_get_and_writes_are_post(sp: Shopee) -> None:
    assert error_of(sp, LIST, sp.query(LIST) | sp.window(), {}) == "error_param"
    assert error_of(sp, "order/set_note", sp.query("order/set_note") | {"order_sn": "1", "note": "x"}) == "error_param"
    assert error_of(sp, "order/nothing", sp.query("order/nothing")) == "error_not_found"


# tokens


def test_access_lives_four_hours_and_refresh_works_once(sp: Shopee) -> None:
    sp.get(LIST, **sp.window())
    sp.world.advance(4 * 3600 + 1)
    assert error_of(sp, LIST, sp.query(LIST) | sp.window()) == "error_auth"
    path = "auth/access_token/get"
    body = {"refresh_token": sp.shop["refresh_token"], "partner_id": 2001234, "shop_id": int(sp.shop["shop_id"])}
    told = sp.told(path, sp.query(path), body)
    assert told["expire_in"] == 14_400
    assert error_of(sp, path, sp.query(path), body) == "error_auth", "a refresh token is good once"
    sp.shop |= {"access_token": told["access_token"], "refresh_token": told["refresh_token"]}
    assert sp.get(LIST, **sp.window())
    assert sp.world.shops()[0]["refresh_token"] == told["refresh_token"]


def test_a_refresh_token_lives_thirty_days(sp: Shopee) -> None:
    sp.world.advance(30 * DAY)
    path = "auth/access_token/get"
    body = {"refresh_token": sp.shop["refresh_token"], "partner_id": 2001234, "shop_id": int(sp.shop["shop_id"])}
    assert error_of(sp, path, sp.query(path), body) == "error_auth"


def agreed(sp: Shopee, **more: str) -> dict[str, str]:
    path = "shop/auth_partner"
    reply = sp.raw(path, sp.query(path) | {"redirect": "https://erp.example/back?x=1", **more})
    assert reply.status == 302
    address, _, query = reply.headers["location"].partition("?")
    assert address == "https://erp.example/back"
    return dict(pair.split("=") for pair in query.split("&"))


def test_a_code_works_once_within_ten_minutes_for_the_shop_that_agreed(sp: Shopee) -> None:
    path, given = "auth/token/get", agreed(sp)
    body = {"code": given["code"], "partner_id": 2001234, "shop_id": int(given["shop_id"])}
    assert sp.told(path, sp.query(path), body)["access_token"].startswith("sandbox-")
    assert error_of(sp, path, sp.query(path), body) == "error_param"
    late = agreed(sp)
    sp.world.advance(601)
    body = {"code": late["code"], "partner_id": 2001234, "shop_id": int(late["shop_id"])}
    assert error_of(sp, path, sp.query(path), body) == "error_param"
    other = agreed(sp)
    assert error_of(sp, path, sp.query(path), {"code": other["code"], "partner_id": 2001234, "shop_id": 1})


def test_a_main_account_speaks_for_all_shops() -> None:
    sp = Shopee(still(shops=3))
    given = agreed(sp, sandbox_shop_id="550001")
    path = "auth/token/get"
    body = {"code": given["code"], "partner_id": 2001234, "main_account_id": int(given["main_account_id"])}
    told = sp.told(path, sp.query(path), body)
    assert told["shop_id_list"] == [int(shop["shop_id"]) for shop in sp.world.shops()] and told["merchant_id_list"]
    again = "auth/access_token/get"
    for shop in told["shop_id_list"]:  # each shop once, by the same token
        body = {"refresh_token": told["refresh_token"], "partner_id": 2001234, "shop_id": shop}
        assert sp.told(again, sp.query(again), body)["shop_id"] == shop
    assert error_of(sp, again, sp.query(again), body) == "error_auth"


def test_a_token_is_for_its_own_shop() -> None:
    world = still(shops=2)
    one, two = Shopee(world), Shopee(world, 1)
    one.shop["access_token"] = two.shop["access_token"]
    assert error_of(one, LIST, one.query(LIST) | one.window()) == "error_permission"


# lists


def test_windows_are_fifteen_days_and_run_forward(sp: Shopee) -> None:
    sp.get(LIST, **sp.window(-15 * DAY))
    assert error_of(sp, LIST, sp.query(LIST) | sp.window(-15 * DAY - 1)) == "error_param"
    assert error_of(sp, LIST, sp.query(LIST) | sp.window(0, -1)) == "error_param"
    assert error_of(sp, LIST, sp.query(LIST) | sp.window(time_range_field="pay_time")) == "error_param"


@pytest.mark.parametrize("size", ["0", "101", "x", ""])
def test_pages_have_one_to_a_hundred_rows(sp: Shopee, size: str) -> None:
    assert error_of(sp, LIST, sp.query(LIST) | sp.window(page_size=size)) == "error_param"


def test_a_list_tells_the_status_only_when_asked(sp: Shopee) -> None:
    sp.control("POST", "shopee/orders", {"count": 1})
    bare = sp.get(LIST, **sp.window(response_optional_fields=""))["order_list"]
    assert bare and all("order_status" not in row for row in bare)
    assert all("order_status" in row for row in sp.listed())


@pytest.mark.parametrize("axis", ["create_time", "update_time"])
@pytest.mark.parametrize("size", [1, 7, 100])
def test_pages_hold_every_order_of_a_window_once(axis: str, size: int) -> None:
    sp = Shopee(still(40))
    rows = Counter(row["order_sn"] for row in sp.listed(time_range_field=axis, page_size=size))
    assert max(rows.values()) == 1
    truth = {row["order_id"] for row in sp.control("GET", "shopee/orders")
             if sp.now(-15 * DAY) <= sp.record(row["order_id"])[axis] <= sp.now()}  # fmt: skip
    assert set(rows) == truth


def test_a_list_may_be_of_one_status(sp: Shopee) -> None:
    sp.control("POST", "shopee/orders", {"count": 3})
    found = {row["order_status"] for row in sp.listed(order_status="READY_TO_SHIP")}
    assert found == {"READY_TO_SHIP"}
    assert error_of(sp, LIST, sp.query(LIST) | sp.window(order_status="TO_RETURN")) == "error_param"


# details


def test_optional_fields_are_off_unless_named(sp: Shopee) -> None:
    sn = sp.some()["order_sn"]
    bare = sp.get(DETAIL, order_sn_list=sn)["order_list"][0]
    assert not set(bare) & {"item_list", "recipient_address", "total_amount", "package_list", "pay_time", "note"}
    assert {"order_sn", "region", "currency", "cod", "order_status", "create_time", "ship_by_date"} <= set(bare)
    one = sp.get(DETAIL, order_sn_list=sn, response_optional_fields="item_list,note")["order_list"][0]
    assert set(one) - set(bare) == {"item_list", "note"}


def test_fifty_details_a_call_named_by_commas_or_again_and_again() -> None:
    sp = Shopee(still(60))
    numbers = [row["order_id"] for row in sp.control("GET", "shopee/orders")]
    assert len(sp.get(DETAIL, order_sn_list=",".join(numbers[:50]))["order_list"]) == 50
    assert len(sp.get(DETAIL, order_sn_list=numbers[:3])["order_list"]) == 3
    assert error_of(sp, DETAIL, sp.query(DETAIL) | {"order_sn_list": ",".join(numbers[:51])}) == "error_param"
    assert sp.get(DETAIL, order_sn_list="250101AAA00001")["order_list"] == []


def test_orders_of_another_shop_are_not_shown() -> None:
    world = still(shops=2)
    one, two = Shopee(world), Shopee(world, 1)
    assert one.get(DETAIL, order_sn_list=two.listed()[0]["order_sn"])["order_list"] == []


def test_pending_is_told_to_those_who_ask() -> None:
    sp = Shopee(still(0, awkward=True))
    [sn] = [
        row["order_sn"] for row in sp.listed(request_order_status_pending="true") if row["order_status"] == "PENDING"
    ]
    assert sp.detail(sn)["pending_terms"] == ["SYSTEM_PENDING"]
    old = sp.get(DETAIL, order_sn_list=sn)["order_list"][0]
    assert old["order_status"] == "READY_TO_SHIP" and "pending_terms" not in old


def test_receivers_are_masked_where_the_app_may_not_see_them() -> None:
    sp = Shopee(still(0, awkward=True))
    seen = [sp.detail(row["order_sn"])["recipient_address"]["phone"] for row in sp.listed()]
    assert "****" in seen and len(set(seen)) > 5
    sp.switch(masked_addresses=True)
    assert {sp.detail(row["order_sn"])["recipient_address"]["name"] for row in sp.listed()} == {"****"}


def test_shops_count_in_their_own_currency_and_totals_add_up() -> None:
    world = still(25, shops=4)
    for number, currency in enumerate(("SGD", "BRL", "MYR", "TWD")):
        sp = Shopee(world, number)
        for row in sp.control("GET", "shopee/orders"):
            if row["shop_id"] != sp.shop["shop_id"]:
                continue
            assert row["currency"] == currency
            doc = sp.record(row["order_id"])
            goods = sum(one["model_discounted_price"] * one["model_quantity_purchased"] for one in doc["item_list"])
            if row["total"] is None:
                assert "total_amount" not in doc and doc["pay_time"] is None
            else:
                assert round(goods + doc["estimated_shipping_fee"], 2) == float(row["total"]) == doc["total_amount"]


def test_every_documented_status_is_seeded_beside_one_that_no_page_knows() -> None:
    sp = Shopee(still(120, awkward=True, shops=2), 1)
    mine = [row for row in sp.control("GET", "shopee/orders") if row["shop_id"] == sp.shop["shop_id"]]
    found = Counter(sp.record(row["order_id"])["order_status"] for row in mine)
    assert set(found) == {
        "UNPAID", "PENDING", "READY_TO_SHIP", "PROCESSED", "SHIPPED", "TO_CONFIRM_RECEIVE", "COMPLETED", "IN_CANCEL",
        "CANCELLED", "TO_RETURN", "INVOICE_PENDING", "RETRY_SHIP",
    }  # fmt: skip


# faults, control, speed


def test_faults_of_the_emulator(sp: Shopee) -> None:
    sn = sp.some()["order_sn"]

    def arm(fault: str, **more: Any) -> None:
        sp.control("POST", "faults", {"platform": "shopee", "fault": fault, **more})

    arm("call_limited", delay_s=3)
    reply = sp.raw(LIST, sp.query(LIST) | sp.window())
    assert (reply.status, reply.headers["retry-after"]) == (429, "3")
    arm("unknown_status", operation=DETAIL)
    assert sp.detail(sn)["order_status"] == "ON_CUSTOMS_HOLD"
    arm("drifted_field", operation=DETAIL)
    assert sp.detail(sn)["days_to_ship"] == "3"
    arm("late_order", delay_s=60)
    [row] = sp.control("POST", "shopee/orders", {"count": 1})
    assert row["order_id"] not in {one["order_sn"] for one in sp.listed()}
    sp.world.advance(61)
    assert row["order_id"] in {one["order_sn"] for one in sp.listed()}
    arm("token_expired")
    assert error_of(sp, LIST, sp.query(LIST) | sp.window()) == "error_auth"
    assert error_of(sp, LIST, sp.query(LIST) | sp.window()) == "error_auth"


def test_a_page_may_come_twice_and_rows_may_move(sp: Shopee) -> None:
    sp.control("POST", "shopee/orders", {"count": 6})
    first = sp.get(LIST, **sp.window(page_size=2))
    sp.control("POST", "faults", {"platform": "shopee", "fault": "repeated_page"})
    again = sp.get(LIST, **sp.window(page_size=2), cursor=first["next_cursor"])
    assert again == first
    sp.control("POST", "faults", {"platform": "shopee", "fault": "shifting_pages", "times": 2})
    rows = {row["order_sn"] for row in sp.listed(page_size=2)}
    assert {row["order_id"] for row in sp.control("GET", "shopee/orders")} >= rows >= {
        row["order_sn"] for row in sp.listed()
    }  # fmt: skip


def test_documents_are_taken_as_they_are(sp: Shopee) -> None:
    line = {"item_id": 1000001, "model_id": 100000101, "model_quantity_purchased": 2, "model_discounted_price": 10.5,
            "model_original_price": 12.0, "active_qty": 2}  # fmt: skip
    given = {"order_sn": "260318TEST001", "item_list": [line], "estimated_shipping_fee": 1.25}
    [row] = sp.control("POST", "shopee/orders", {"shop_id": sp.shop["shop_id"], "documents": [given]})
    assert (row["order_id"], row["total"], row["currency"]) == ("260318TEST001", "22.25", "SGD")
    found = sp.detail("260318TEST001")
    assert found["package_list"][0]["item_list"][0]["model_quantity"] == 2
    sp.control("PATCH", "shopee/orders/260318TEST001", {"fields": {"note": "by hand", "update_time": sp.now(-5)}})
    assert (sp.detail("260318TEST001")["note"], sp.detail("260318TEST001")["update_time"]) == ("by hand", sp.now(-5))


def test_one_seed_one_world() -> None:
    def told(world: World) -> str:
        return json.dumps(world.control("GET", "/_sandbox/shopee/orders", {}, None)[1])

    assert told(still(20, awkward=True)) == told(still(20, awkward=True)) != told(still(20, awkward=True, seed=8))


def test_ten_thousand_orders_are_listed_and_read_quickly() -> None:
    sp = Shopee(still(0))
    sp.control("POST", "shopee/orders", {"count": 10_000})
    began = time.process_time()
    rows = sp.listed()
    took = time.process_time() - began
    assert len(rows) == 10_000
    assert took < 2.0, f"a hundred pages took {took:.2f} s"
    began = time.process_time()
    for row in rows[:200]:
        sp.get(DETAIL, order_sn_list=row["order_sn"], response_optional_fields=EVERY)
    assert time.process_time() - began < 1.0
