"""What docs/platforms/wechat.md says an emulator must enforce, row by row, by a tiny client of its own."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from orderhub.flow.message import Reply, Request
from orderhub.sandbox import World

START = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)
NOW, DAY = int(START.timestamp()), 86_400
PARAM, MISSING = 10020000, 10020001


class Refused(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


@dataclass
class Wx:
    """Calls with the newest token; `world` is the tester's hand."""

    world: World
    token: str = ""
    shop: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.shop = self.world.shops()[0]
        self.token = self.token or self.shop["access_token"]

    def raw(self, method: str, path: str, body: Any = None) -> Reply:
        sent = json.dumps(body).encode() if body is not None else b""
        return self.world.handle(Request(method, f"http://wx.example{path}", {}, sent))

    def call(self, path: str, **body: Any) -> dict[str, Any]:
        found = json.loads(self.raw("POST", f"/channels/ec/{path}?access_token={self.token}", body).body)
        if found["errcode"]:
            raise Refused(found["errcode"])
        assert found["errmsg"] == "ok"
        return dict(found)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        status, told = self.world.control(method, f"/_sandbox/{path}", {}, body)
        assert status < 300, told
        return told

    def switch(self, **values: Any) -> None:
        self.control("PUT", "switches", {"wechat": values})

    def order(self, order_id: str) -> dict[str, Any]:
        return dict(self.call("order/get", order_id=order_id)["order"])

    def fresh(self, **more: Any) -> str:
        return str(self.control("POST", "wechat/orders", {"count": 1, **more})[0]["order_id"])

    def act(self, order_id: str, action: str, **more: Any) -> dict[str, Any]:
        return dict(self.control("PATCH", f"wechat/orders/{order_id}", {"action": action, **more}))

    def ids(self, axis: str = "update_time", days: int = 7, **more: Any) -> list[str]:
        """Every id of the last days, page by page."""
        found: list[str] = []
        key = ""
        while True:
            window = {"start_time": NOW - days * DAY + 100, "end_time": NOW + 100}
            told = self.call("order/list/get", **{f"{axis}_range": window}, next_key=key, **more)
            found += told["order_id_list"]
            key = told["next_key"]
            if not told["has_more"]:
                return found


def still(orders: int = 0, **more: Any) -> World:
    return World(seed=3, platforms=["wechat"], carriers=[], orders=orders, start=START, tick=lambda: 0.0, **more)


@pytest.fixture
def wx() -> Wx:
    return Wx(still(orders=4))


def refused(wx: Wx, path: str, **body: Any) -> int:
    with pytest.raises(Refused) as caught:
        wx.call(path, **body)
    return caught.value.code


def goods(order: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"product_id": row["product_id"], "sku_id": row["sku_id"], "product_cnt": row["sku_cnt"]}
            for row in order["order_detail"]["product_infos"]]  # fmt: skip


def parcel(order: dict[str, Any], number: str = "SF1", **change: Any) -> dict[str, Any]:
    return {"delivery_id": "SF", "waybill_id": number, "deliver_type": 1, "product_infos": goods(order), **change}


# token life and invalidation


def test_a_token_lives_7200_seconds(wx: Wx) -> None:
    wx.world.advance(7199)
    wx.ids()
    wx.world.advance(1)
    assert refused(wx, "order/get", order_id="1") == 42001


def test_a_plain_token_ends_the_one_before_it(wx: Wx) -> None:
    path = f"/cgi-bin/token?grant_type=client_credential&appid={wx.shop['app_key']}&secret={wx.shop['app_secret']}"
    first, second = (json.loads(wx.raw("GET", path).body) for _ in range(2))
    assert first["expires_in"] == 7200 and "errcode" not in first
    assert first["access_token"] != second["access_token"]
    assert refused(Wx(wx.world, first["access_token"]), "order/get", order_id="1") == 40001
    Wx(wx.world, second["access_token"]).ids()
    wx.ids()  # a stable one is not touched by plain ones


def test_a_stable_token_is_the_same_until_it_is_forced(wx: Wx) -> None:
    app = {"grant_type": "client_credential", "appid": wx.shop["app_key"], "secret": wx.shop["app_secret"]}
    same = json.loads(wx.raw("POST", "/cgi-bin/stable_token", app).body)
    assert same["access_token"] == wx.token
    other = json.loads(wx.raw("POST", "/cgi-bin/stable_token", {**app, "force_refresh": True}).body)
    assert other["access_token"] != wx.token
    assert refused(wx, "order/get", order_id="1") == 40001
    wx.world.advance(7200)
    later = json.loads(wx.raw("POST", "/cgi-bin/stable_token", app).body)
    assert later["access_token"] not in (wx.token, other["access_token"])


@pytest.mark.parametrize("change", [{"secret": "sandbox-wrong"}, {"appid": "sandbox-nobody"}])
def test_a_wrong_app_gets_no_token(wx: Wx, change: dict[str, str]) -> None:
    app = {"grant_type": "client_credential", "appid": wx.shop["app_key"], "secret": wx.shop["app_secret"]}
    assert json.loads(wx.raw("POST", "/cgi-bin/stable_token", {**app, **change}).body)["errcode"] == 40001


def test_tokens_belong_to_one_shop_and_must_be_there(wx: Wx) -> None:
    other = Wx(wx.world, wx.world.shops()[1]["access_token"])
    mine = wx.ids()[0]
    assert refused(other, "order/get", order_id=mine) == MISSING
    for token in ("", "sandbox-wechat-token-wx-1-99"):
        told = wx.raw("POST", f"/channels/ec/order/get?access_token={token}", {"order_id": mine})
        assert (told.status, json.loads(told.body)["errcode"]) == (200, 40001)


def test_a_blocked_address_gets_a_bare_403(wx: Wx) -> None:
    wx.switch(ip_denied=True)
    assert wx.raw("POST", f"/channels/ec/order/get?access_token={wx.token}", {}).status == 403


# windows, pages, ids only


def test_lists_tell_ids_only_and_windows_of_seven_days(wx: Wx) -> None:
    window = {"start_time": NOW - 7 * DAY, "end_time": NOW}
    told = wx.call("order/list/get", create_time_range=window, page_size=100)
    assert set(told) == {"errcode", "errmsg", "order_id_list", "next_key", "has_more"}
    assert all(isinstance(one, str) for one in told["order_id_list"])
    late = {"start_time": NOW - 7 * DAY - 1, "end_time": NOW}
    for bad in ({"create_time_range": late}, {"create_time_range": window, "update_time_range": window}, {},
                {"create_time_range": {"start_time": NOW, "end_time": NOW - 1}},
                {"create_time_range": window, "page_size": 101}, {"create_time_range": window, "page_size": 0}):  # fmt: skip
        assert refused(wx, "order/list/get", **bad) == PARAM


@pytest.mark.parametrize("axis", ["create_time", "update_time"])
@pytest.mark.parametrize("size", [1, 7, 100])
@pytest.mark.parametrize("order", ["oldest_first", "newest_first"])
def test_pages_tell_every_order_of_a_window_once(axis: str, size: int, order: str) -> None:
    wx = Wx(still(orders=0))
    made = {wx.fresh(shop_id="wx-1") for _ in range(25)}
    wx.switch(list_order=order)
    found = wx.ids(axis, page_size=size)
    assert sorted(found) == sorted(made)


def test_lists_filter_by_status_and_buyer(wx: Wx) -> None:
    unpaid = wx.fresh(shop_id="wx-1", unpaid=True)
    assert unpaid in wx.ids(status=10) and unpaid not in wx.ids(status=20)
    openid = wx.order(unpaid)["openid"]
    assert wx.ids(openid=openid) == [unpaid]


def test_after_sales_come_by_windows_of_a_day(wx: Wx) -> None:
    order_id = wx.fresh(shop_id="wx-1")
    wx.act(order_id, "refund")
    window = {"begin_update_time": NOW - DAY + 1, "end_update_time": NOW + 1}
    [case] = [one for one in wx.call("aftersale/getaftersalelist", **window)["after_sale_order_id_list"]
              if wx.call("aftersale/getaftersaleorder", after_sale_order_id=one)["after_sale_order"]["order_id"]
              == order_id]  # fmt: skip
    assert refused(wx, "aftersale/getaftersalelist", begin_update_time=NOW - DAY, end_update_time=NOW + 1) == PARAM
    assert refused(wx, "aftersale/getaftersalelist", begin_update_time=NOW) == PARAM
    order = wx.order(order_id)
    assert order["aftersale_detail"]["aftersale_order_list"] == [{"aftersale_order_id": int(case), "status": 2}]
    assert order["order_detail"]["product_infos"][0]["on_aftersale_sku_cnt"] > 0


def test_receivers_are_starred_when_asked(wx: Wx) -> None:
    order_id = wx.fresh(shop_id="wx-1")
    plain = wx.order(order_id)["order_detail"]["delivery_info"]["address_info"]
    told = wx.call("order/get", order_id=int(order_id), encode_sensitive_info=True)["order"]
    starred = told["order_detail"]["delivery_info"]["address_info"]
    assert (
        "*" in starred["tel_number"] and "*" not in plain["tel_number"] and starred["hash_code"] == plain["hash_code"]
    )
    assert wx.call("order/sensitiveinfo/decode", order_id=order_id)["address_info"] == plain
    assert wx.call("order/virtualtelnumber/get", order_id=order_id)["virtual_tel_number"].startswith("17")


# shipping


def test_ship_whole_then_receive(wx: Wx) -> None:
    order_id = wx.fresh(shop_id="wx-1")
    wx.call("order/delivery/send", order_id=order_id, delivery_list=[parcel(wx.order(order_id))])
    order = wx.order(order_id)
    [row] = order["order_detail"]["delivery_info"]["delivery_product_info"]
    assert (order["status"], row["waybill_id"], row["delivery_name"]) == (30, "SF1", "顺丰速运")
    assert refused(wx, "order/delivery/send", order_id=order_id, delivery_list=[parcel(order)]) == MISSING
    assert wx.act(order_id, "receive")["status"] == 100


def several(wx: Wx) -> dict[str, Any]:
    """An order of at least two lines that waits for shipment."""
    while True:
        order = wx.order(wx.fresh(shop_id="wx-1"))
        if len(order["order_detail"]["product_infos"]) > 1:
            return order


def test_ship_in_parts_and_never_more_than_is_left(wx: Wx) -> None:
    order = several(wx)
    rows = goods(order)
    send = {"order_id": order["order_id"]}
    over = [{**rows[0], "product_cnt": rows[0]["product_cnt"] + 1}]
    assert refused(wx, "order/delivery/send", **send, delivery_list=[parcel(order, product_infos=over)]) == MISSING
    wx.call("order/delivery/send", **send, delivery_list=[parcel(order, product_infos=rows[:1])])
    assert wx.order(order["order_id"])["status"] == 21
    again = [parcel(order, "SF2", product_infos=rows[:1])]
    assert refused(wx, "order/delivery/send", **send, delivery_list=again) == MISSING
    wx.call("order/delivery/send", **send, delivery_list=[parcel(order, "SF3", product_infos=rows[1:])])
    assert wx.order(order["order_id"])["status"] == 30


def test_parcels_are_complete_and_carriers_listed(wx: Wx) -> None:
    order = wx.order(wx.fresh(shop_id="wx-1"))
    codes = {row["delivery_id"] for row in wx.call("order/deliverycompanylist/new/get")["company_list"]}
    assert {"SF", "YTO", "ZTO", "STO", "YD"} <= codes
    for change in ({"delivery_id": "NOBODY"}, {"waybill_id": ""}, {"product_infos": []}, {"deliver_type": 2}):
        bad = [parcel(order, **change)]
        assert refused(wx, "order/delivery/send", order_id=order["order_id"], delivery_list=bad) == PARAM


def test_a_designated_party_ships_alone() -> None:
    wx = Wx(still(awkward=True))
    order = next(
        found for one in wx.ids() if (found := wx.order(one))["order_detail"]["delivery_info"].get("dropship_flag")
    )
    assert refused(wx, "order/delivery/send", order_id=order["order_id"], delivery_list=[parcel(order)]) == 606034


def test_numbers_are_corrected(wx: Wx) -> None:
    order_id = wx.fresh(shop_id="wx-1")
    order = wx.order(order_id)
    old = {"delivery_id": "SF", "waybill_id": "SF1"}
    change = [{"old": old, "new": {"delivery_id": "ZTO", "waybill_id": "ZT9", "deliver_type": 1}}]
    assert refused(wx, "order/deliveryinfo/update", order_id=order_id, change_infos=change) == MISSING
    wx.call("order/delivery/send", order_id=order_id, delivery_list=[parcel(order)])
    wx.call("order/deliveryinfo/update", order_id=order_id, change_infos=change)
    [row] = wx.order(order_id)["order_detail"]["delivery_info"]["delivery_product_info"]
    assert (row["delivery_id"], row["waybill_id"]) == ("ZTO", "ZT9")
    assert refused(wx, "order/deliveryinfo/update", order_id=order_id, change_infos=change) == PARAM
    wx.call("order/deliveryinfo/update", order_id=order_id, delivery_list=[parcel(order, "SF5")])
    [row] = wx.order(order_id)["order_detail"]["delivery_info"]["delivery_product_info"]
    assert row["waybill_id"] == "SF5"


# addresses and notes


def test_addresses_change_before_shipping_alone(wx: Wx) -> None:
    order_id = wx.fresh(shop_id="wx-1")
    before = wx.order(order_id)["order_detail"]["delivery_info"]["address_info"]
    wx.call(
        "order/address/update", order_id=order_id, user_address={"user_name": "新收件人", "tel_number": "13900000000"}
    )
    after = wx.order(order_id)["order_detail"]["delivery_info"]["address_info"]
    assert after["user_name"] == "新收件人" and after["hash_code"] != before["hash_code"]
    wx.act(order_id, "change_address", detail_info="另一条路1号", review=True)
    wx.call("order/addressmodify/accept", order_id=order_id)
    delivery = wx.order(order_id)["order_detail"]["delivery_info"]
    assert delivery["address_info"]["detail_info"] == "另一条路1号" and "address_under_review" not in delivery
    assert refused(wx, "order/addressmodify/accept", order_id=order_id) == MISSING
    wx.act(order_id, "change_address", detail_info="第三条路", review=True)
    wx.call("order/addressmodify/reject", order_id=order_id)
    assert wx.order(order_id)["order_detail"]["delivery_info"]["address_info"]["detail_info"] == "另一条路1号"
    wx.act(order_id, "ship")
    assert refused(wx, "order/address/update", order_id=order_id, user_address={"user_name": "x"}) == MISSING


def test_notes_of_the_shop(wx: Wx) -> None:
    order_id = wx.fresh(shop_id="wx-1")
    wx.world.advance(5)
    wx.call("order/merchantnotes/update", order_id=order_id, merchant_notes="加急")
    order = wx.order(order_id)
    assert order["order_detail"]["ext_info"]["merchant_notes"] == "加急" and order["update_time"] == NOW + 5


# stock


def first_sku(wx: Wx) -> dict[str, Any]:
    row = next(row for row in wx.control("GET", "wechat/stock") if row["shop_id"] == "wx-1")
    return {"product_id": row["product_id"], "sku_id": int(row["sku_id"])}


def test_stock_is_added_subtracted_and_set(wx: Wx) -> None:
    sku = first_sku(wx)
    held = wx.call("product/stock/get", **sku)["normal_stock_num"]
    for kind, num, expected in ((1, 5, held + 5), (2, 3, held + 2), (3, 7, 7), (3, 0, 0)):
        wx.call("product/stock/update", **sku, diff_type=kind, num=num)
        told = wx.call("product/stock/get", **sku)
        assert told["normal_stock_num"] == expected == told["total_stock_num"]
    assert refused(wx, "product/stock/update", **sku, diff_type=2, num=1) == 10020219
    assert refused(wx, "product/stock/update", **sku, diff_type=1, num=0) == 10020218
    assert refused(wx, "product/stock/update", **sku, diff_type=4, num=1) == PARAM
    assert refused(wx, "product/stock/update", product_id="1", sku_id="2", diff_type=1, num=1) == 10020050


def test_stock_of_what_is_in_review_or_was_never_listed(wx: Wx) -> None:
    sku = first_sku(wx)
    good = wx.world.emulators["wechat"]._market.goods["wx-1", str(sku["product_id"]), str(sku["sku_id"])]  # type: ignore[attr-defined]
    good.in_review = True
    assert refused(wx, "product/stock/update", **sku, diff_type=1, num=1) == 10020217
    good.listed = False
    assert refused(wx, "product/stock/update", **sku, diff_type=1, num=1) == 10020289


def test_stock_by_warehouse(wx: Wx) -> None:
    sku = first_sku(wx)
    wx.call("warehouse/stock/update", **sku, out_warehouse_id="w1", diff_type=3, num=9)
    told = wx.call("product/stock/get", **sku)
    assert told["warehouse_stocks"] == [{"out_warehouse_id": "w1", "num": 9, "lock_stock": 0}]
    assert refused(wx, "warehouse/stock/update", **sku, diff_type=3, num=9) == 10020202
    for number in range(99):
        wx.call("warehouse/stock/update", **sku, out_warehouse_id=f"x{number}", diff_type=3, num=1)
    assert refused(wx, "warehouse/stock/update", **sku, out_warehouse_id="one", diff_type=3, num=1) == 10020204


def test_only_unpaid_orders_give_units_back_by_themselves(wx: Wx) -> None:
    for unpaid in (True, False):
        before = {row["sku_id"]: row["quantity"] for row in wx.control("GET", "wechat/stock")}
        order_id = wx.fresh(shop_id="wx-1", unpaid=unpaid)
        [line, *_] = wx.order(order_id)["order_detail"]["product_infos"]
        wx.act(order_id, "cancel")
        after = {row["sku_id"]: row["quantity"] for row in wx.control("GET", "wechat/stock")}
        lost = 0 if unpaid else line["sku_cnt"]
        assert before[line["sku_id"]] - after[line["sku_id"]] == lost
        assert wx.order(order_id)["status"] == (250 if unpaid else 200)


# after-sales


def case_of(wx: Wx, order_id: str) -> dict[str, Any]:
    return dict(wx.control("GET", f"wechat/orders/{order_id}")["_sandbox"]["cases"][-1])


def test_a_refund_takes_one_acceptance(wx: Wx) -> None:
    order_id = wx.fresh(shop_id="wx-1")
    wx.act(order_id, "refund")
    case = case_of(wx, order_id)["after_sale_order_id"]
    assert refused(wx, "aftersale/acceptapply", after_sale_order_id=case, accept_type=1) == 10021041
    wx.call("aftersale/acceptapply", after_sale_order_id=case)
    assert case_of(wx, order_id)["status"] == "MERCHANT_REFUND_SUCCESS"
    assert refused(wx, "aftersale/acceptapply", after_sale_order_id=case) == 10021041


def test_a_return_takes_two_acceptances(wx: Wx) -> None:
    order_id = wx.fresh(shop_id="wx-1")
    wx.act(order_id, "ship")
    wx.act(order_id, "refund", type="RETURN")
    case = case_of(wx, order_id)["after_sale_order_id"]
    assert refused(wx, "aftersale/acceptapply", after_sale_order_id=case, accept_type=2) == 10021041
    wx.call("aftersale/acceptapply", after_sale_order_id=case, accept_type=1, address_id="1")
    assert case_of(wx, order_id)["status"] == "USER_WAIT_RETURN"
    assert refused(wx, "aftersale/acceptapply", after_sale_order_id=case) == 10021041
    wx.act(order_id, "refund", after_sale_order_id=case, move="return", waybill_id="YT1", delivery_id="YTO")
    assert case_of(wx, order_id)["return_info"] == {"delivery_id": "YTO", "waybill_id": "YT1"}
    wx.call("aftersale/acceptapply", after_sale_order_id=case, accept_type=2)
    assert case_of(wx, order_id)["status"] == "MERCHANT_RETURN_SUCCESS"


def test_a_product_takes_five_applications(wx: Wx) -> None:
    order_id = wx.fresh(shop_id="wx-1")
    for _ in range(5):
        wx.act(order_id, "refund", amount=1)
        wx.call("aftersale/rejectapply", after_sale_order_id=case_of(wx, order_id)["after_sale_order_id"])
    status, told = wx.world.control("PATCH", f"/_sandbox/wechat/orders/{order_id}", {}, {"action": "refund"})
    assert status == 409 and "5 applications" in told["error"]


def test_a_refusal_and_the_limit_of_a_minute(wx: Wx) -> None:
    order_id = wx.fresh(shop_id="wx-1")
    wx.act(order_id, "ship")
    wx.act(order_id, "refund", type="RETURN")
    case = case_of(wx, order_id)["after_sale_order_id"]
    wx.switch(accept_limited=True)
    wx.call("aftersale/acceptapply", after_sale_order_id=case)
    assert refused(wx, "aftersale/acceptapply", after_sale_order_id=case) == 10021059
    wx.world.advance(60)
    assert refused(wx, "aftersale/acceptapply", after_sale_order_id=case) == 10021041
    wx.act(order_id, "refund", after_sale_order_id=case, move="return")
    wx.call("aftersale/rejectapply", after_sale_order_id=case)
    assert case_of(wx, order_id)["status"] == "MERCHANT_REJECT_REFUND"
    assert wx.order(order_id)["order_detail"]["product_infos"][0]["on_aftersale_sku_cnt"] == 0


# messages, faults, control


def test_messages_of_a_life_are_signed_and_named(wx: Wx) -> None:
    order_id = wx.fresh(shop_id="wx-1")
    wx.act(order_id, "ship")
    wx.act(order_id, "refund")
    told = wx.control("GET", f"wechat/orders/{order_id}")["_sandbox"]["pushes"]
    bodies = [json.loads(row["body"]) for row in told]
    assert [body["Event"] for body in bodies] == [
        "channels_ec_order_new", "channels_ec_order_pay", "channels_ec_order_deliver", "channels_ec_aftersale_update",
    ]  # fmt: skip
    assert bodies[2]["order_info"] == {"order_id": int(order_id), "finish_delivery": 1}
    assert bodies[3]["finder_shop_aftersale_status_update"]["status"] == "MERCHANT_PROCESSING"
    assert set(told[0]["query"]) == {"signature", "timestamp", "nonce"}
    assert told[0]["retries_s"][:3] == [0, 0, 10]


def test_faults_of_its_own(wx: Wx) -> None:
    order_id = wx.fresh(shop_id="wx-1")

    def arm(fault: str, **more: Any) -> None:
        wx.control("POST", "faults", {"platform": "wechat", "fault": fault, **more})

    arm("call_limited")
    assert refused(wx, "order/get", order_id=order_id) == 45009
    arm("call_limited")
    assert refused(wx, "product/stock/get", **first_sku(wx)) == 10020112
    arm("unknown_status")
    assert wx.order(order_id)["status"] == 66
    arm("drifted_field")
    assert isinstance(wx.order(order_id)["order_detail"]["price_info"]["freight"], str)
    arm("late_order", delay_s=60)
    late = wx.fresh(shop_id="wx-1")
    assert late not in wx.ids() and refused(wx, "order/get", order_id=late) == MISSING
    wx.world.advance(61)
    assert late in wx.ids()
    arm("token_expired")
    assert refused(wx, "order/get", order_id=order_id) == 42001


def test_a_page_may_come_again_and_nothing_is_lost() -> None:
    wx = Wx(still())
    made = {wx.fresh(shop_id="wx-1") for _ in range(12)}
    wx.control("POST", "faults", {"platform": "wechat", "fault": "repeated_page", "times": 2})
    found = wx.ids(page_size=5)
    assert set(found) == made and len(found) > len(made)


def test_documents_fields_and_stock_by_the_testers_hand(wx: Wx) -> None:
    given = {"order_id": "999001", "status": 30, "order_detail": {"ext_info": {"merchant_notes": "x"}}}
    wx.control("POST", "wechat/orders", {"shop_id": "wx-1", "documents": [given]})
    order = wx.order("999001")
    assert order["status"] == 30 and order["order_detail"]["ext_info"]["merchant_notes"] == "x"
    wx.control("PATCH", "wechat/orders/999001", {"fields": {"status": 100}})
    assert wx.order("999001")["status"] == 100
    rows = wx.control("PUT", "wechat/stock", {"shop_id": "wx-1", "sku_code": "SKU-0001", "quantity": 3})
    assert [row["quantity"] for row in rows] == [3]
    status, told = wx.world.control("PATCH", "/_sandbox/wechat/orders/999001", {}, {"action": "ship"})
    assert status == 409 and "100" in told["error"]


def test_ten_thousand_orders_are_listed_and_shown_quickly() -> None:
    wx = Wx(World(seed=3, platforms=["wechat"], carriers=[], shops_per_platform=1, start=START, tick=lambda: 0.0))
    wx.control("POST", "wechat/orders", {"count": 10_000})
    begun = time.process_time()
    found = wx.ids(page_size=100)
    listed = time.process_time() - begun
    begun = time.process_time()
    for one in found[:300]:
        wx.order(one)
    shown = (time.process_time() - begun) / 300
    assert len(found) == 10_000
    assert listed < 10 and shown < 0.01  # wide of the mark on purpose: full scans would be far beyond
