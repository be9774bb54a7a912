"""What docs/platforms/douyin.md §10 says an emulator must enforce, row by row: writes, after-sales, pushes."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from test_douyin_emulator_tools import Dy, control, still

SF: dict[str, Any] = {"company_code": "shunfeng", "logistics_code": "SF1000000000001"}


@pytest.fixture
def dy() -> Dy:
    return Dy(still())


# shipping


def test_a_whole_order_is_sent_once(dy: Dy) -> None:
    order = dy.ready(2)
    dy.world.advance(5)
    assert dy.call("order.logisticsAdd", order_id=order["order_id"], **SF)["pack_id"]
    sent = dy.get(order["order_id"])
    assert sent["order_status"] == 3 and {child["order_status"] for child in sent["sku_order_list"]} == {3}
    [pack] = sent["logistics_info"]
    assert (pack["tracking_no"], pack["company"], pack["company_name"]) == ("SF1000000000001", "shunfeng", "顺丰速运")
    assert [row["sku_order_id"] for row in pack["product_info"]] == [c["order_id"] for c in order["sku_order_list"]]
    assert sent["update_time"] == sent["ship_time"] == dy.now()
    assert dy.refusal("order.logisticsAdd", order_id=order["order_id"], **SF)[0] == 50002


@pytest.mark.parametrize(("change", "code"), [
    ({"company_code": None}, 40002), ({"company_code": "mule"}, 40004), ({"logistics_code": None}, 40002),
    ({"logistics_code": "SF 1"}, 40004), ({"order_id": None}, 40002), ({"order_id": "1"}, 50002),
    ({"is_reject_refund": "perhaps"}, 50002),
])  # fmt: skip
def test_parameters_of_shipping_are_checked(dy: Dy, change: dict[str, Any], code: int) -> None:
    order = dy.ready()
    if "is_reject_refund" in change:
        dy.change(order["order_id"], "refund")
        code = 40004
    asked = {
        name: value for name, value in {"order_id": order["order_id"], **SF, **change}.items() if value is not None
    }
    assert dy.refusal("order.logisticsAdd", **asked)[0] == code
    assert dy.get(order["order_id"])["order_status"] == 2


@pytest.mark.parametrize("status", ["unpaid", "waiting", "cancelled", "review"])
def test_orders_that_must_wait_are_not_sent(dy: Dy, status: str) -> None:
    [row] = control(
        dy.world, "POST", "douyin/orders", {"count": 1, "shop_id": dy.shop_id, "unpaid": status != "review"}
    )
    number = row["order_id"]
    if status == "waiting":
        dy.change(number, "pay", status=105)
    elif status == "cancelled":
        dy.change(number, "cancel")
    elif status == "review":
        dy.change(number, "review")
    assert dy.refusal("order.logisticsAdd", order_id=number, **SF)[0] == 50002
    if status == "waiting":
        dy.change(number, "release")
        dy.call("order.logisticsAdd", order_id=number, **SF)


def pack(number: str, *rows: tuple[str, int]) -> dict[str, Any]:
    shipped = [{"shipped_order_id": child, "shipped_num": units} for child, units in rows]
    return {"company_code": "zhongtong", "logistics_code": number, "shipped_order_info": shipped}


def test_parts_leave_one_by_one(dy: Dy) -> None:
    order = dy.ready(2)
    first, second = order["sku_order_list"]
    number = order["order_id"]
    told = dy.call("order.logisticsAddMultiPack", order_id=number, request_id="r1",
                   pack_list=[pack("Z1", (first["order_id"], first["item_num"]))])  # fmt: skip
    part = dy.get(number)
    assert part["order_status"] == 101
    assert [child["order_status"] for child in part["sku_order_list"]] == [3, 2]
    assert part["logistics_info"][0]["delivery_id"] == told["pack_list"][0]["pack_id"]
    assert dy.refusal("order.logisticsAdd", order_id=number, **SF)[0] == 50002  # parts go on as parts
    again = dy.call("order.logisticsAddMultiPack", order_id=number, request_id="r1", pack_list=[pack("Z9", ("1", 1))])
    assert again == told and len(dy.get(number)["logistics_info"]) == 1
    for wrong in (pack("Z2", (first["order_id"], 1)), pack("Z2", (second["order_id"], 99)), pack("Z2", ("1", 1))):
        assert (
            dy.refusal("order.logisticsAddMultiPack", order_id=number, request_id="r2", pack_list=[wrong])[0] == 50002
        )
    dy.call("order.logisticsAddMultiPack", order_id=number, request_id="r2",
            pack_list=[pack("Z2", (second["order_id"], second["item_num"]))])  # fmt: skip
    assert dy.get(number)["order_status"] == 3


def test_units_of_one_child_may_go_in_two_parcels_and_all_or_none_are_taken(dy: Dy) -> None:
    order = dy.ready(1)
    while order["sku_order_list"][0]["item_num"] < 2:
        order = dy.ready(1)
    number, units = order["order_id"], order["sku_order_list"][0]["item_num"]
    both = [pack("Z1", (number, 1)), pack("Z2", (number, units))]
    assert dy.refusal("order.logisticsAddMultiPack", order_id=number, request_id="a", pack_list=both)[0] == 50002
    assert dy.get(number)["logistics_info"] == []
    both[1] = pack("Z2", (number, units - 1))
    assert (
        len(dy.call("order.logisticsAddMultiPack", order_id=number, request_id="b", pack_list=both)["pack_list"]) == 2
    )
    assert dy.get(number)["order_status"] == 3
    assert dy.refusal("order.logisticsAddMultiPack", order_id=number, pack_list=both)[0] == 40002


def test_several_orders_leave_in_one_parcel(dy: Dy) -> None:
    first, second = dy.ready(), dy.ready()
    ids = [first["order_id"], second["order_id"]]
    info = [{"shipped_order_id": one["order_id"], "shipped_num": one["sku_order_list"][0]["item_num"]}
            for one in (first, second)]  # fmt: skip
    asked = {"order_id_list": ids, "request_id": "m1", "shipped_order_info": info, **SF}
    assert dy.refusal("order.logisticsAddSinglePack", **{**asked, "shipped_order_info": info[:1]})[0] == 40002
    told = dy.call("order.logisticsAddSinglePack", **asked)
    assert told == dy.call("order.logisticsAddSinglePack", **asked)
    found = [dy.get(one)["logistics_info"][0] for one in ids]
    assert {row["delivery_id"] for row in found} == {told["pack_id"]}


def test_numbers_are_corrected_by_order_or_parcel(dy: Dy) -> None:
    order = dy.ready(2)
    number, (first, second) = order["order_id"], order["sku_order_list"]
    assert dy.refusal("order.logisticsEdit", order_id=number, **SF)[0] == 50002
    packs = [pack("Z1", (first["order_id"], first["item_num"])), pack("Z2", (second["order_id"], second["item_num"]))]
    told = dy.call("order.logisticsAddMultiPack", order_id=number, request_id="r", pack_list=packs)["pack_list"]
    assert dy.refusal("order.logisticsEdit", order_id=number, **SF)[0] == 50002
    dy.call("order.logisticsEditByPack", order_id=number, pack_id=told[1]["pack_id"], **SF)
    assert [row["tracking_no"] for row in dy.get(number)["logistics_info"]] == ["Z1", "SF1000000000001"]
    assert dy.refusal("order.logisticsEditByPack", order_id=number, pack_id="1", **SF)[0] == 50002
    plain = dy.ready()
    dy.call("order.logisticsAdd", order_id=plain["order_id"], **SF)
    dy.call("order.logisticsEdit", order_id=plain["order_id"], company_code="yunda", logistics_code="Y1")
    assert dy.get(plain["order_id"])["logistics_info"][0]["company"] == "yunda"


def test_a_pending_refund_blocks_shipping_unless_it_is_rejected(dy: Dy) -> None:
    for word in ("is_reject_refund", "is_refund_reject"):
        order = dy.ready()
        number = order["order_id"]
        dy.change(number, "refund")
        assert dy.refusal("order.logisticsAdd", order_id=number, **SF)[0] == 50002
        row = [{"shipped_order_id": number, "shipped_num": 1}]
        many = {"company_code": "yunda", "logistics_code": "Y1", "shipped_order_info": row}
        assert dy.refusal("order.logisticsAddMultiPack", order_id=number, request_id=word, pack_list=[many])[0] == 50002
        dy.call("order.logisticsAdd", order_id=number, **SF, **{word: True})
        sent = dy.get(number)
        assert sent["order_status"] == 3
        assert sent["sku_order_list"][0]["after_sale_info"] == {
            "after_sale_status": 28, "after_sale_type": 2, "refund_status": 4,
        }  # fmt: skip


def test_carriers_and_addresses(dy: Dy) -> None:
    rows = dy.call("order.logisticsCompanyList")
    assert {"shunfeng", "yuantong", "qita"} <= {row["code"] for row in rows} and set(rows[0]) == {"id", "name", "code"}
    told = dy.call("address.list", page_no=1, page_size=1)["address_list"]
    assert (
        len(told) == 1 and "reciever_name" in told[0] and dy.refusal("address.list", page_no=0, page_size=1)[0] == 40004
    )


# notes and receivers


def test_notes_have_sixty_characters_and_a_star(dy: Dy) -> None:
    number = dy.ready()["order_id"]
    dy.call("order.addOrderRemark", order_id=number, remark="加急 <顺丰> & 礼品", is_add_star="true", star="5")
    found = dy.get(number)
    assert (found["seller_words"], found["seller_remark_stars"]) == ("加急 <顺丰> & 礼品", 5)
    dy.call("order.addOrderRemark", order_id=number, remark="x" * 60)
    assert dy.get(number)["seller_remark_stars"] == 5
    for wrong in ({"remark": "x" * 61}, {"remark": "x", "is_add_star": "true", "star": "6"}):
        assert dy.refusal("order.addOrderRemark", order_id=number, **wrong)[0] == 40004


def place(**change: Any) -> dict[str, Any]:
    named = {name: {"name": f"{name}名", "id": "33"} for name in ("province", "city", "town", "street")}
    return {
        "post_addr": {**named, "address_detail": "新路1号", **change},
        "post_receiver": "王五",
        "post_tel": "13900001111",
    }


def test_an_address_is_replaced_while_nothing_left(dy: Dy) -> None:
    number = dy.ready()["order_id"]
    dy.call("order.addressModify", order_id=number, **place())
    found = dy.get(number)
    assert found["post_addr"]["province"]["name"] == "province名" and found["mask_post_receiver"] == "王*"
    clear = control(dy.world, "GET", f"douyin/orders/{number}")["_sandbox"]["receiver"]
    assert clear == {"name": "王五", "phone": "13900001111", "detail": "新路1号"}
    for wrong in ({"street": None}, {"address_detail": ""}, {"city": {"id": "1"}}):
        assert dy.refusal("order.addressModify", order_id=number, **place(**wrong))[0] == 40002
    dy.call("order.logisticsAdd", order_id=number, **SF)
    assert dy.refusal("order.addressModify", order_id=number, **place())[0] == 50002


def test_a_buyer_asks_for_another_address(dy: Dy) -> None:
    number = dy.ready()["order_id"]
    assert dy.refusal("order.addressConfirm", order_id=number, is_approved=0)[0] == 50002
    before = dy.get(number)["encrypt_post_receiver"]
    for answer, changed in ((1003, False), (0, True)):
        dy.change(number, "change_address", ask=True)
        assert dy.refusal("order.addressConfirm", order_id=number, is_approved=7)[0] == 40004
        dy.call("order.addressConfirm", order_id=number, is_approved=answer)
        assert (dy.get(number)["encrypt_post_receiver"] != before) == changed


# stock


def units(dy: Dy, code: str = "SKU-0001") -> dict[str, Any]:
    rows = control(dy.world, "GET", "douyin/stock")
    return next(row for row in rows if (row["shop_id"], row["code"]) == (dy.shop_id, code))


def test_quantities_are_set_and_increments_happen_once(dy: Dy) -> None:
    row = units(dy)
    dy.call("sku.syncStock", sku_id=int(row["sku_id"]), stock_num=7)
    dy.call("sku.syncStock", code="SKU-0001", product_id=row["product_id"], stock_num=9, incremental=False)
    assert units(dy)["quantity"] == 9
    assert dy.refusal("sku.syncStock", code="SKU-0001", stock_num=1, incremental=True)[0] == 40002
    for _ in range(2):
        dy.call("sku.syncStock", code="SKU-0001", stock_num=-2, incremental=True, idempotent_id="i1")
    assert units(dy)["quantity"] == 7
    assert dy.refusal("sku.syncStock", code="SKU-0001", stock_num=-99, incremental=True, idempotent_id="i2")[0] == 50002
    for wrong, code in (({"stock_num": -1}, 40004), ({}, 40002), ({"stock_num": 1, "product_id": 1}, 50002)):
        assert dy.refusal("sku.syncStock", code="SKU-0001", **wrong)[0] == code
    assert dy.refusal("sku.syncStock", sku_id=1, stock_num=1)[0] == 50002
    assert dy.refusal("sku.syncStock", stock_num=1)[0] == 40002


def test_regional_quantities_stand_apart(dy: Dy) -> None:
    dy.call("sku.syncStock", code="SKU-0001", stock_num=4, out_warehouse_id="north")
    assert units(dy)["regional"] == {"north": 4}
    told = dy.call("sku.stockNum", code="SKU-0001")
    assert told["stock_num_map"] == {"north": 4} and told["stock_num"] == units(dy)["quantity"]


def test_a_batch_is_all_or_nothing(dy: Dy) -> None:
    product = units(dy)["product_id"]
    skus = dy.call("sku.list", product_id=int(product))
    rows = [{"sku_id": row["id"], "sku_type": 0, "stock_num": 3} for row in skus]
    dy.call("sku.syncStockBatch", product_id=int(product), incremental=False, sku_sync_list=rows)
    assert {row["stock_num"] for row in dy.call("sku.list", product_id=int(product))} == {3}
    wrong = [{**rows[0], "stock_num": 8}, {"sku_id": 1, "sku_type": 0, "stock_num": 8}]
    assert dy.refusal("sku.syncStockBatch", product_id=int(product), sku_sync_list=wrong)[0] == 50002
    assert {row["stock_num"] for row in dy.call("sku.list", product_id=int(product))} == {3}
    again = {"product_id": int(product), "incremental": True, "idempotent_id": "b", "sku_sync_list": rows}
    assert dy.call("sku.syncStockBatch", **again) == dy.call("sku.syncStockBatch", **again)
    assert {row["stock_num"] for row in dy.call("sku.list", product_id=int(product))} == {6}
    north = [{"sku_id": skus[0]["id"], "sku_type": 1, "stock_map": [{"out_warehouse_id": "north", "stock_num": 2}]}]
    dy.call("sku.syncStockBatch", product_id=int(product), sku_sync_list=north)
    assert dy.call("sku.list", product_id=int(product))[0]["stock_map"] == {"north": 2}
    assert dy.refusal("sku.list", product_id=1)[0] == 50002


def test_unpaid_orders_hold_units_and_paid_ones_take_them(dy: Dy) -> None:
    [row] = control(dy.world, "POST", "douyin/orders", {"count": 1, "shop_id": dy.shop_id, "unpaid": True})
    child = dy.get(row["order_id"])["sku_order_list"][0]
    before = units(dy, child["code"])
    assert before["held"] == child["item_num"]
    dy.change(row["order_id"], "pay")
    after = units(dy, child["code"])
    assert (after["held"], after["quantity"]) == (0, before["quantity"] - child["item_num"])


# after-sales


def cases(dy: Dy, **filters: Any) -> list[dict[str, Any]]:
    return list(dy.call("afterSale.List", page=0, size=100, **filters)["items"])


def sent(dy: Dy) -> str:
    number = str(dy.ready()["order_id"])
    dy.call("order.logisticsAdd", order_id=number, **SF)
    return number


def test_a_return_goes_through_every_step(dy: Dy) -> None:
    number = sent(dy)
    dy.change(number, "refund", goods=True)
    [item] = cases(dy)
    case = item["aftersale_info"]
    assert (case["aftersale_type"], case["aftersale_status"], case["refund_status"]) == (0, 6, 1)
    assert item["order_info"]["shop_order_id"] == number
    stale = [{"aftersale_id": case["aftersale_id"], "update_time": case["update_time"] - 1}]
    assert dy.call("afterSale.operate", type=101, items=stale)["items"][0]["status_code"] != 0
    [told] = dy.call("afterSale.operate", type=101, items=[{"aftersale_id": case["aftersale_id"]}])["items"]
    assert (told["status_code"], cases(dy)[0]["aftersale_info"]["aftersale_status"]) == (0, 7)
    dy.change(number, "refund", aftersale_id=case["aftersale_id"], move="return", number="YT1")
    assert cases(dy)[0]["aftersale_info"]["return_logistics_code"] == "YT1"
    dy.change(number, "refund", aftersale_id=case["aftersale_id"], move="agree")
    child = dy.get(number)["sku_order_list"][0]
    assert child["after_sale_info"] == {"after_sale_status": 12, "after_sale_type": 0, "refund_status": 3}
    assert child["order_status"] == 3
    told = dy.call("afterSale.Detail", after_sale_id=case["aftersale_id"], need_operation_record=False)
    assert told["process_info"]["after_sale_info"]["real_refund_amount"] == child["pay_amount"]
    bad = dy.call("afterSale.operate", type=101, items=[{"aftersale_id": case["aftersale_id"]}, {"aftersale_id": "1"}])
    assert all(row["status_code"] == 50002 for row in bad["items"])


def test_money_back_before_shipping_closes_the_child_then_the_order(dy: Dy) -> None:
    order = dy.ready(2)
    number = order["order_id"]
    for place, child in enumerate(order["sku_order_list"]):
        dy.change(number, "refund", child_id=child["order_id"], done=True)
        now = dy.get(number)
        assert now["sku_order_list"][place]["order_status"] == 4
    assert now["order_status"] == 4
    assert {case["aftersale_info"]["aftersale_type"] for case in cases(dy)} == {2}


def test_a_partial_refund_leaves_the_child_open_and_no_more_than_paid_goes_back(dy: Dy) -> None:
    number = sent(dy)
    child = dy.get(number)["sku_order_list"][0]
    dy.change(number, "refund", refund_amount=1, done=True)
    assert dy.get(number)["sku_order_list"][0]["order_status"] == 3
    control(
        dy.world, "PATCH", f"douyin/orders/{number}", {"action": "refund", "refund_amount": child["pay_amount"]}, 409
    )
    control(dy.world, "PATCH", f"douyin/orders/{number}", {"action": "refund", "child_id": "1"}, 404)


def test_a_withdrawn_case_keeps_its_refund_status(dy: Dy) -> None:
    number = dy.ready()["order_id"]
    dy.change(number, "refund")
    case = cases(dy)[0]["aftersale_info"]
    dy.change(number, "refund", aftersale_id=case["aftersale_id"], move="close")
    told = dy.get(number)["sku_order_list"][0]["after_sale_info"]
    assert (told["after_sale_status"], told["refund_status"]) == (28, 1)
    dy.call("order.logisticsAdd", order_id=number, **SF)


def test_exchanges_need_an_address_and_a_number(dy: Dy) -> None:
    number = sent(dy)
    dy.change(number, "refund", exchange=True)
    case = cases(dy)[0]["aftersale_info"]["aftersale_id"]

    def answer(kind: int, **logistics: Any) -> int:
        items = [{"aftersale_id": case, "logistics": logistics}]
        return int(dy.call("afterSale.operate", type=kind, items=items)["items"][0]["status_code"])

    assert answer(301) and not answer(301, receiver_address_id=6011)
    dy.change(number, "refund", aftersale_id=case, move="return")
    assert answer(311) and answer(311, company_code="mule", logistics_code="1")
    assert not answer(311, company_code="shunfeng", logistics_code="SF2")
    assert cases(dy)[0]["aftersale_info"]["aftersale_status"] == 13


def test_types_without_a_source_are_switches(dy: Dy) -> None:
    number = dy.ready()["order_id"]
    dy.change(number, "refund")
    case = [{"aftersale_id": cases(dy)[0]["aftersale_info"]["aftersale_id"]}]
    assert dy.call("afterSale.operate", type=201, items=case)["items"][0]["status_code"] == 40004
    dy.switch(type_agree_refund=201)
    assert dy.call("afterSale.operate", type=201, items=case)["items"][0]["status_code"] == 0
    assert dy.get(number)["order_status"] == 4
    assert {row["evidence_need"] for row in dy.call("afterSale.rejectReasonCodeList")["items"]} == {"Y", "N"}


def test_lists_of_cases(dy: Dy) -> None:
    dy = Dy(still(orders=10, awkward=True))
    every = cases(dy)
    ids = [item["aftersale_info"]["aftersale_id"] for item in every]
    assert len(ids) == len(set(ids)) > 8
    page = dy.call("afterSale.List", page=0, size=3, order_by=["update_time asc"])
    assert page["has_more"] and page["total"] == len(ids)
    times = [item["aftersale_info"]["update_time"] for item in cases(dy, order_by=["update_time asc"])]
    assert times == sorted(times)
    moved = {"update_start_time": dy.now(-86_400), "update_end_time": dy.now()}
    assert dy.refusal("afterSale.List", page=0, size=10, **moved)[0] == 40004
    found = cases(dy, **moved, order_by=["update_time desc"])
    assert {item["aftersale_info"]["update_time"] >= dy.now(-86_400) for item in found} == {True}
    assert {item["aftersale_info"]["aftersale_status"] for item in cases(dy, standard_aftersale_status=[6])} == {6}
    assert {item["aftersale_info"]["aftersale_type"] for item in cases(dy, aftersale_type=3)} == {3}
    one = every[0]["order_info"]["shop_order_id"]
    assert {item["order_info"]["shop_order_id"] for item in cases(dy, order_id=one)} == {one}
    assert dy.call("afterSale.List", page=500, size=100)["items"] == []
    assert dy.refusal("afterSale.List", page=501, size=100)[0] == 40004
    assert dy.refusal("afterSale.List", page=0, size=101)[0] == 40004
    assert dy.refusal("afterSale.List", page=0, size=10, order_by=["id"])[0] == 40004


def test_orders_are_received_and_cancelled_from_the_buyers_side(dy: Dy) -> None:
    number = sent(dy)
    dy.change(number, "receive")
    assert dy.get(number)["order_status"] == 5
    control(dy.world, "PATCH", f"douyin/orders/{number}", {"action": "cancel"}, 409)
    paid = dy.ready()["order_id"]
    dy.change(paid, "cancel")
    told = dy.get(paid)
    assert told["order_status"] == 4 and told["cancel_reason"]
    assert told["sku_order_list"][0]["after_sale_info"]["refund_status"] == 3


# pushes


def pushes(dy: Dy, number: str) -> list[dict[str, Any]]:
    return list(dy.change(number, "push")["pushes"])


def test_pushes_are_signed_arrays_and_come_again_until_taken(dy: Dy) -> None:
    number = dy.ready()["order_id"]
    found = pushes(dy, number)
    assert [json.loads(one["body"])[0]["tag"] for one in found] == ["100", "101", "110"]
    key, secret = dy.shop["app_key"], dy.shop["app_secret"]
    for one in found:
        digest = hashlib.md5(f"{key}{one['body']}{secret}".encode()).hexdigest()
        assert one["headers"]["event-sign"] == digest and one["headers"]["app-id"] == key
        data = json.loads(json.loads(one["body"])[0]["data"])
        assert data["p_id"] == int(number) and data["shop_id"] == int(dy.shop_id)
    assert pushes(dy, number) == []
    dy.change(number, "answer_push", answer={"code": 1})
    dy.world.advance(61)
    assert pushes(dy, number) == found
    dy.change(number, "answer_push", answer='{"code":0,"msg":"success"}')
    dy.world.advance(61)
    assert pushes(dy, number) == []
    control(dy.world, "PATCH", f"douyin/orders/{number}", {"action": "answer_push", "answer": "thanks"}, 400)


def test_every_step_has_its_tag(dy: Dy) -> None:
    order = dy.ready(2)
    number, (first, second) = order["order_id"], order["sku_order_list"]
    pushes(dy, number)

    def tags() -> list[str]:
        return [json.loads(one["body"])[0]["tag"] for one in pushes(dy, number)]

    dy.call("order.addOrderRemark", order_id=number, remark="x")
    dy.change(number, "change_address")
    dy.change(number, "change_address", ask=True)
    assert tags() == ["113", "105", "111"]
    for place, child in enumerate((first, second)):
        dy.call("order.logisticsAddMultiPack", order_id=number, request_id=f"{place}",
                pack_list=[pack(f"Z{place}", (child["order_id"], child["item_num"]))])  # fmt: skip
    assert tags() == ["108", "102"]
    dy.change(number, "receive")
    dy.change(number, "refund", goods=True, done=True)
    assert tags() == ["103", "200", "202", "203", "201", "206"]
