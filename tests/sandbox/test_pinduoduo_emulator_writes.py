"""What docs/platforms/pinduoduo.md says an emulator must enforce, row by row; writing side, push, control."""

from __future__ import annotations

from typing import Any

import pytest
from test_pinduoduo_emulator_tools import REFUNDS, SEND, SF, Pdd, control, stamp, still

EXTRA = "pdd.order.upload.extra.logistics"
DECRYPT = "pdd.open.decrypt.batch"
QUANTITY = "pdd.goods.quantity.update"


@pytest.fixture
def pdd() -> Pdd:
    return Pdd(still(orders=4))


# (6) sending


def test_06_sending_sets_status_times_and_number(pdd: Pdd) -> None:
    sn = pdd.new()
    pdd.world.advance(90)
    assert pdd.send(sn, "SF1234567890123") == {"is_success": True}
    order = pdd.info(sn)
    assert (order["order_status"], order["logistics_id"], order["tracking_number"]) == (2, SF, "SF1234567890123")
    assert order["shipping_time"] == order["updated_at"] == stamp(pdd)
    assert pdd.truth(sn)["tracking_number"] == "SF1234567890123"


@pytest.mark.parametrize("carrier", [9001, 777])
def test_06_unknown_and_unavailable_carriers_are_refused(pdd: Pdd, carrier: int) -> None:
    sn = pdd.new()
    refused = pdd.refusal(SEND, order_sn=sn, logistics_id=carrier, tracking_number="1")
    assert refused.code == 50001 and "物流公司" in refused.sub_msg
    assert pdd.info(sn)["order_status"] == 1


def test_06_a_sent_order_is_not_sent_again_but_its_number_can_change(pdd: Pdd) -> None:
    sn = pdd.new()
    assert pdd.refusal(SEND, order_sn=sn, logistics_id=SF, tracking_number="1", redelivery_type=2).code == 50001
    pdd.send(sn)
    assert pdd.refusal(SEND, order_sn=sn, logistics_id=SF, tracking_number="SF2").code == 50001
    assert pdd.info(sn)["tracking_number"] == "SF1000000000001"
    shipped_at = pdd.info(sn)["shipping_time"]
    pdd.world.advance(60)
    pdd.send(sn, "731", 115, redelivery_type=2)
    order = pdd.info(sn)
    assert (order["logistics_id"], order["tracking_number"], order["order_status"]) == (115, "731", 2)
    assert (order["shipping_time"], order["updated_at"]) == (shipped_at, stamp(pdd))
    pdd.patch(sn, action="receive")
    assert pdd.refusal(SEND, order_sn=sn, logistics_id=SF, tracking_number="1", redelivery_type=2).code == 50001


@pytest.mark.parametrize(
    "change",
    [
        {"action": "risk"}, {"action": "refund"}, {"fields": {"refund_status": 3}}, {"action": "refund", "done": True},
        {"action": "cancel"}, {"fields": {"order_tag_list": [{"name": "ship_hold", "value": 1}]}},
        {"fields": {"trade_type": 1, "step_order_info": {"step_trade_status": 1}}},
    ],
    ids=["risk", "refund asked", "refunding", "refunded", "cancelled", "hold", "deposit"],
)  # fmt: skip
def test_06_orders_that_are_held_cannot_be_sent(pdd: Pdd, change: dict[str, Any]) -> None:
    sn = pdd.new()
    pdd.patch(sn, **change)
    refused = pdd.refusal(SEND, order_sn=sn, logistics_id=SF, tracking_number="1")
    assert (refused.code, refused.told["sub_code"]) == (50001, None)
    assert refused.sub_msg
    assert pdd.truth(sn)["order_status"] == 1


def test_06_a_hold_of_the_platform_blocks_by_switch(pdd: Pdd) -> None:
    sn = pdd.new()
    pdd.patch(sn, fields={"order_tag_list": [{"name": "ship_hold", "value": 1}]})
    pdd.switch(ship_hold_blocks=False)
    assert pdd.send(sn) == {"is_success": True}


def test_06_unformed_and_foreign_orders_cannot_be_sent(pdd: Pdd) -> None:
    waiting = pdd.new(open_group=True)
    assert pdd.refusal(SEND, order_sn=waiting, logistics_id=SF, tracking_number="1").code == 50001
    foreign = Pdd(pdd.world, 1).new()
    assert pdd.refusal(SEND, order_sn=foreign, logistics_id=SF, tracking_number="1").sub_msg == "订单不存在"


def test_06_features_have_a_form_and_may_be_demanded(pdd: Pdd) -> None:
    sn, other = pdd.new(), pdd.new()
    assert pdd.refusal(SEND, order_sn=sn, logistics_id=SF, tracking_number="1", feature="imei").code == 10000
    assert pdd.send(sn, feature="imei=86001,86002;deviceSn=A1;")
    pdd.patch(other, fields={"order_tag_list": [{"name": "trade_in_national_subsidy", "value": 1}]})
    pdd.switch(serials_required=True)
    assert pdd.refusal(SEND, order_sn=other, logistics_id=SF, tracking_number="1").sub_msg == "请填写序列号"
    assert pdd.send(other, feature="deviceSn=A1;")


def test_06_one_number_may_carry_several_orders(pdd: Pdd) -> None:
    first, second = pdd.new(), pdd.new()
    pdd.send(first, "SF77")
    pdd.send(second, "SF77")
    assert pdd.info(first)["tracking_number"] == pdd.info(second)["tracking_number"] == "SF77"


@pytest.mark.parametrize(
    ("kind", "name"), [(1, "extra_delivery_list"), (2, "resend_delivery_list"), (3, "gift_delivery_list")]
)
def test_06_further_parcels_are_shown_and_not_doubled(pdd: Pdd, kind: int, name: str) -> None:
    sn = pdd.new()
    rows = [{"shipping_id": 44, "tracking_number": "SF2"}, {"shipping_id": "115", "tracking_number": "Z3"}]
    assert pdd.refusal(EXTRA, order_sn=sn, extra_track_list=rows).code == 50001
    pdd.send(sn)
    for _ in range(2):
        assert pdd.call(EXTRA, order_sn=sn, extra_track_list=rows, extra_track_type=kind) == {"success": True}
    assert pdd.info(sn)[name] == [
        {"logistics_id": 44, "tracking_number": "SF2"},
        {"logistics_id": 115, "tracking_number": "Z3"},
    ]
    assert pdd.info(sn)["tracking_number"] == "SF1000000000001"


def test_06_further_parcels_are_checked(pdd: Pdd) -> None:
    sn = pdd.new()
    pdd.send(sn)
    bad = [[{"shipping_id": 9001, "tracking_number": "1"}], [{"shipping_id": 44}], "[", [], [1]]
    codes = [pdd.refusal(EXTRA, order_sn=sn, extra_track_list=rows).code for rows in bad]
    assert codes == [50001, 21001, 21001, 21001, 21001]
    relation = {"order_sn": sn, "extra_track_list": [{"shipping_id": 44, "tracking_number": "SF9"}]}
    assert list(pdd.whole("pdd.order.upload.relation.logistics", **relation)) == ["upload_extra_logistics_response"]


def test_06_carriers_are_listed_with_those_that_may_not_be_used(pdd: Pdd) -> None:
    rows = pdd.call("pdd.logistics.companies.get", access_token=None)["logistics_companies"]
    assert {"id": 121, "code": "YUNDA", "logistics_company": "韵达快递", "available": 1} in rows
    assert [row["available"] for row in rows if row["code"] == "SF"] == [1]
    assert {row["available"] for row in rows} == {0, 1}
    assert all(isinstance(row["id"], int) for row in rows)


def test_06_the_check_before_sending(pdd: Pdd) -> None:
    sn, held = pdd.new(), pdd.new()
    pdd.patch(held, action="refund")
    asked = {"ship_code": "SF", "tracking_number": "SF1"}
    check = "pdd.open.logistics.pre.check"
    assert pdd.call(check, order_sn=sn, **asked) == {"allowed": True}
    assert pdd.call(check, order_sn=held, **asked) == {"allowed": False}
    assert pdd.call(check, order_sn=sn, **{**asked, "ship_code": "CLOSED"}) == {"allowed": False}
    assert pdd.refusal(check, order_sn=sn, ship_code="SF").code == 21002


def test_06_regions_recommendations_and_return_addresses(pdd: Pdd) -> None:
    rows = pdd.call("pdd.logistics.address.get", access_token=None)["logistics_address_list"]
    assert {row["region_type"] for row in rows} == {1, 2, 3}
    told = pdd.call("pdd.logistics.available.company.recommend", city_id="233,234")["result"]
    assert [row["city_id"] for row in told] == [233, 234]
    assert 44 in told[0]["company_id"] and 9001 not in told[0]["company_id"]
    many = ",".join(map(str, range(51)))
    assert pdd.refusal("pdd.logistics.available.company.recommend", city_id=many).code == 10000
    [addresses] = pdd.call("pdd.refund.address.list.get").values()
    assert all(row["refund_address_id"] for row in addresses)


def test_06_traces_grow_with_time(pdd: Pdd) -> None:
    sn = pdd.new()
    pdd.send(sn, "SF55")
    asked = {"company_code": "SF", "mail_no": "SF55"}
    trace = "pdd.logistics.ordertrace.get"
    assert list(pdd.whole(trace, **asked)) == ["logistics_ordertrace_get_resposne"]
    assert pdd.call(trace, **asked)["trace_list"] == []
    pdd.world.advance(3600 * 12)
    assert len(pdd.call(trace, **asked)["trace_list"]) == 2
    pdd.world.advance(3600 * 48)
    assert pdd.call(trace, **asked)["trace_list"][-1]["action"] == "SIGN"
    assert pdd.call(trace, company_code="SF", mail_no="nobody")["trace_list"] == []
    told = pdd.whole("pdd.logistics.isv.trace.notify.sub", ship_code="SF", track_no="SF55", tel="138")
    assert told == {"logistics_isv_trace_notify_sub": {"is_success": True}}


# (6) notes, addresses, print marks


def test_06_notes_and_flags(pdd: Pdd) -> None:
    sn = pdd.new()
    note = "pdd.order.note.update"
    told = pdd.call(note, order_sn=sn, note="加急 发顺丰", tag=1, tag_name="红色")
    assert told == {"success": True, "error_code": 0, "error_msg": ""}
    order = pdd.info(sn)
    assert (order["remark"], order["remark_tag"], order["remark_tag_name"]) == ("加急 发顺丰", 1, "红色")
    pdd.call(note, order_sn=sn, note="")
    assert (pdd.info(sn)["remark"], pdd.info(sn)["remark_tag"]) == ("", 1)
    for change in ({"tag": 1}, {"tag_name": "红色"}, {"tag": 6, "tag_name": "红"}, {"tag": 1, "tag_name": "四个字的"}):
        assert pdd.refusal(note, order_sn=sn, note="x", **change).code == 10000
    assert pdd.refusal(note, order_sn=sn).code == 21002
    stranger = pdd.call(note, order_sn="nobody", note="x")
    assert (stranger["success"], stranger["error_code"]) == (False, 50001)


NEW_ADDRESS = {
    "receiver_name": "王芳", "receiver_phone": "13900000000", "address": "文三路1号", "province": "浙江省",
    "province_id": 12, "city": "杭州市", "city_id": 120, "town": "西湖区", "town_id": 1200,
}  # fmt: skip


def test_06_receivers_change_only_while_the_order_is_to_be_sent_and_not_reviewed(pdd: Pdd) -> None:
    sn, update = pdd.new(), "pdd.order.update.address"
    before = pdd.info(sn)
    told = pdd.call(update, order_sn=sn, **NEW_ADDRESS)
    assert (told["success"], told["errorCode"], told["result"]["order_sn"]) == (True, 0, sn)
    after = pdd.info(sn)
    assert after["address_mask"].startswith("浙江省杭州市西湖区文三路")
    assert after["open_address_id"] != before["open_address_id"]
    assert pdd.truth(sn)["receiver_phone"] == "13900000000"
    assert pdd.refusal(update, order_sn=sn, **{**NEW_ADDRESS, "town": None}).code == 21002
    pdd.patch(sn, action="risk")
    assert pdd.call(update, order_sn=sn, **NEW_ADDRESS)["success"] is False
    pdd.patch(sn, action="risk", status=0)
    pdd.send(sn)
    refused = pdd.call(update, order_sn=sn, **NEW_ADDRESS)
    assert (refused["success"], refused["errorCode"], bool(refused["errorMsg"])) == (False, 50001, True)


def test_06_print_marks(pdd: Pdd) -> None:
    sn = pdd.new()
    told = pdd.call("pdd.erp.order.sync", order_sn=sn, order_state=1, waybill_no="SF1", logistics_id=44)
    assert told == {"result": True, "success": True}
    assert pdd.truth(sn)["_sandbox"]["printed"]["waybill_no"] == "SF1"
    bad = {"order_sn": sn, "order_state": 2, "waybill_no": "SF1", "logistics_id": 44}
    assert pdd.refusal("pdd.erp.order.sync", **bad).code == 10000


# (7) decryption


def rows_of(order: dict[str, Any]) -> list[dict[str, str]]:
    names = ("receiver_name", "receiver_phone", "address", "receiver_address")
    return [{"data_tag": order["order_sn"], "encrypted_data": order[name]} for name in names]


def test_07_decryption_answers_row_by_row(pdd: Pdd) -> None:
    sn = pdd.new()
    truth, rows = pdd.truth(sn), rows_of(pdd.info(sn))
    told = pdd.call(DECRYPT, data_list=[*rows, {"data_tag": sn, "encrypted_data": "~AgAAAAnonsense=~1~"}])
    answers = told["data_decrypt_list"]
    names = ("receiver_name", "receiver_phone", "address", "receiver_address")
    assert [row["decrypted_data"] for row in answers[:4]] == [truth[name] for name in names]
    assert [row["data_type"] for row in answers] == [5, 6, 7, 8, 0]
    assert [bool(row["error_code"]) for row in answers] == [False] * 4 + [True]
    assert answers[4]["decrypted_data"] == "" and answers[4]["error_msg"]
    assert answers[0]["encrypted_data"] == rows[0]["encrypted_data"]


def test_07_the_tag_must_be_the_order_that_owns_the_text(pdd: Pdd) -> None:
    first, second = pdd.new(), pdd.new()
    [row, *_] = rows_of(pdd.info(first))
    foreign = Pdd(pdd.world, 1).new()
    for tag in (second, foreign, "nobody"):
        [told] = pdd.call(DECRYPT, data_list=[{**row, "data_tag": tag}])["data_decrypt_list"]
        assert told["error_code"] != 0 and told["decrypted_data"] == ""
    rows = rows_of(Pdd(pdd.world, 1).info(foreign))
    assert all(one["error_code"] for one in pdd.call(DECRYPT, data_list=rows)["data_decrypt_list"])


def test_07_at_most_a_hundred_rows_and_a_daily_quota_per_shop(pdd: Pdd) -> None:
    [row, *_] = rows_of(pdd.info(pdd.new()))
    assert pdd.refusal(DECRYPT, data_list=[row] * 101).code == 10000
    assert pdd.refusal(DECRYPT, data_list="[]").code == 21001
    pdd.switch(decrypt_daily=3)
    told = pdd.call(DECRYPT, data_list=[row] * 5)["data_decrypt_list"]
    assert [one["error_code"] for one in told] == [0, 0, 0, 70031, 70031]
    other = Pdd(pdd.world, 1)
    [more] = other.call(DECRYPT, data_list=rows_of(other.info(other.new()))[:1])["data_decrypt_list"]
    assert more["error_code"] == 0
    pdd.world.advance(86_400)
    [fresh] = pdd.call(DECRYPT, data_list=[row])["data_decrypt_list"]
    assert fresh["error_code"] == 0


def test_07_ciphertext_kept_from_first_sight_opens_after_sending(pdd: Pdd) -> None:
    sn = pdd.new()
    rows = rows_of(pdd.info(sn))
    pdd.send(sn)
    assert [one["error_code"] for one in pdd.call(DECRYPT, data_list=rows)["data_decrypt_list"]] == [0] * 4


def test_07_masked_decryption_virtual_numbers_cloud_and_report(pdd: Pdd) -> None:
    sn = pdd.new()
    rows = rows_of(pdd.info(sn))
    masked = pdd.call("pdd.open.decrypt.mask.batch", data_list=rows)["data_decrypt_list"]
    assert all("**" in one["decrypted_data"] for one in masked)
    pdd.switch(virtual_numbers=True)
    phone = pdd.call(DECRYPT, data_list=rows)["data_decrypt_list"][1]
    assert phone["virtual_number_type"] == 1
    assert phone["decrypted_data"].startswith("$1") and phone["decrypted_data"].endswith(
        f"$#{phone['virtual_identify_number']}#"
    )
    pdd.switch(report_first=True)
    assert all(one["error_code"] for one in pdd.call(DECRYPT, data_list=rows)["data_decrypt_list"])
    assert pdd.call("pdd.open.waybill.type.report", order_sn_list=[sn], waybill_type=2) == {"is_success": True}
    assert not any(one["error_code"] for one in pdd.call(DECRYPT, data_list=rows)["data_decrypt_list"])
    assert pdd.refusal("pdd.open.waybill.type.report", order_sn_list=[sn], waybill_type=3).code == 10000
    pdd.switch(vendor_cloud=False)
    assert pdd.refusal(DECRYPT, data_list=rows).code == 20031


# (8) goods and stock


def goods(pdd: Pdd) -> list[dict[str, Any]]:
    return list(pdd.call("pdd.goods.list.get")["goods_list"])


def quantity_of(pdd: Pdd, row: dict[str, Any], sku: dict[str, Any]) -> int:
    return int(pdd.call("pdd.goods.skus.get", goods_id=row["goods_id"], sku_id=sku["sku_id"])["quantity"])


def test_08_listings_hold_their_skus_and_can_be_filtered(pdd: Pdd) -> None:
    rows = goods(pdd)
    assert len(rows) == 19
    assert all(row["goods_quantity"] == sum(sku["sku_quantity"] for sku in row["sku_list"]) for row in rows)
    assert isinstance(rows[0]["goods_id"], int) and isinstance(rows[0]["sku_list"][0]["sku_id"], int)
    assert [row["is_more_sku"] for row in rows[-1:]] == [0]
    by_code = pdd.call("pdd.goods.list.get", outer_id="SKU-0003")
    assert (by_code["total_count"], by_code["goods_list"][0]["goods_name"]) == (1, rows[0]["goods_name"])
    assert pdd.call("pdd.goods.list.get", goods_name="耳机")["total_count"] == 1
    assert pdd.call("pdd.goods.list.get", is_onsale=1, outer_id="nobody")["total_count"] == 19, "is_onsale wins"
    assert pdd.call("pdd.goods.list.get", outer_id="nobody", goods_name="耳机")["total_count"] == 0, "then outer_id"
    assert pdd.call("pdd.goods.list.get", outer_goods_id="ITEM-01,ITEM-02")["total_count"] == 2
    many = ",".join(f"ITEM-{n}" for n in range(11))
    assert pdd.refusal("pdd.goods.list.get", outer_goods_id=many).code == 10000
    pages = [pdd.call("pdd.goods.list.get", page=n, page_size=10)["goods_list"] for n in (1, 2, 3)]
    assert [len(page) for page in pages] == [10, 9, 0]
    assert pdd.refusal("pdd.goods.list.get", page_size=101).code == 10000


def test_08_stock_full_and_delta_never_negative(pdd: Pdd) -> None:
    row = goods(pdd)[0]
    sku = row["sku_list"][0]
    ids = {"goods_id": row["goods_id"], "sku_id": sku["sku_id"]}
    assert pdd.call(QUANTITY, **ids, quantity=7) == {"is_success": True}
    assert quantity_of(pdd, row, sku) == 7
    pdd.call(QUANTITY, **ids, quantity=-5, update_type=2)
    assert quantity_of(pdd, row, sku) == 2
    assert pdd.refusal(QUANTITY, **ids, quantity=-3, update_type=2).code == 10000
    assert pdd.refusal(QUANTITY, **ids, quantity=-1).code == 10000
    assert pdd.refusal(QUANTITY, **ids, quantity="1.5").code == 10000
    assert pdd.refusal(QUANTITY, **ids, quantity=1, update_type=3).code == 10000
    assert quantity_of(pdd, row, sku) == 2
    pdd.call(QUANTITY, **ids, quantity=0)
    assert quantity_of(pdd, row, sku) == 0


def test_08_sku_id_wins_over_the_code(pdd: Pdd) -> None:
    row = goods(pdd)[0]
    first, second = row["sku_list"][:2]
    pdd.call(QUANTITY, goods_id=row["goods_id"], sku_id=first["sku_id"], outer_id=second["outer_id"], quantity=3)
    assert (quantity_of(pdd, row, first), quantity_of(pdd, row, second)) == (3, second["sku_quantity"])
    pdd.call(QUANTITY, goods_id=row["goods_id"], outer_id=second["outer_id"], quantity=4)
    assert quantity_of(pdd, row, second) == 4
    assert pdd.refusal(QUANTITY, goods_id=row["goods_id"], outer_id="nobody", quantity=4).code == 50001
    assert pdd.refusal(QUANTITY, goods_id=row["goods_id"], quantity=4).code == 21002
    assert pdd.refusal(QUANTITY, goods_id=1, sku_id=1, quantity=4).code == 50001
    foreign = goods(Pdd(pdd.world, 1))[0]
    asked = {"goods_id": foreign["goods_id"], "sku_id": foreign["sku_list"][0]["sku_id"], "quantity": 1}
    assert pdd.refusal(QUANTITY, **asked).code == 50001


def test_08_goods_on_promotion_cannot_be_reduced(pdd: Pdd) -> None:
    row = goods(pdd)[0]
    sku = row["sku_list"][0]
    pdd.switch(promotion_goods=str(row["goods_id"]))
    ids = {"goods_id": row["goods_id"], "sku_id": sku["sku_id"]}
    assert pdd.refusal(QUANTITY, **ids, quantity=1).code == 50001
    assert pdd.call(QUANTITY, **ids, quantity=sku["sku_quantity"] + 1)


def test_08_prices_are_fen_and_change_all_or_none(pdd: Pdd) -> None:
    row = goods(pdd)[0]
    first, second = row["sku_list"][:2]
    told = pdd.call("pdd.goods.skus.get", goods_id=row["goods_id"], sku_id=first["sku_id"])
    assert (told["multi_price"], told["out_sku_sn"], told["is_onsale"]) == (45_900, "SKU-0001", 1)
    assert set(told) == {
        "quantity", "reserve_quantity", "multi_price", "single_price", "out_sku_sn", "is_onsale", "spec",
    }  # fmt: skip
    fresh = [{"sku_id": one["sku_id"], "group_price": 40_000, "single_price": 41_000} for one in (first, second)]
    update = {"goods_id": row["goods_id"], "sku_price_list": [fresh[0], {**fresh[1], "group_price": "x"}]}
    assert pdd.refusal("pdd.goods.sku.price.update", **update).code == 10000
    assert pdd.call("pdd.goods.skus.get", goods_id=row["goods_id"], sku_id=first["sku_id"])["multi_price"] == 45_900
    pdd.call("pdd.goods.sku.price.update", **{**update, "sku_price_list": fresh})
    assert pdd.call("pdd.goods.skus.get", goods_id=row["goods_id"], sku_id=second["sku_id"])["multi_price"] == 40_000
    pdd.call("pdd.goods.sale.status.set", goods_id=row["goods_id"], is_onsale=0)
    assert pdd.call("pdd.goods.list.get", is_onsale=0)["total_count"] == 1


def test_08_confirmed_orders_take_their_units(pdd: Pdd) -> None:
    before = {row["sku_id"]: row["quantity"] for row in control(pdd.world, "GET", "/_sandbox/pinduoduo/stock")}
    unpaid = pdd.new(unpaid=True)
    lines = {int(line["sku_id"]): line["goods_count"] for line in pdd.truth(unpaid)["item_list"]}

    def taken() -> dict[int, int]:
        rows = control(pdd.world, "GET", "/_sandbox/pinduoduo/stock")
        return {
            row["sku_id"]: before[row["sku_id"]] - row["quantity"]
            for row in rows
            if row["quantity"] != before[row["sku_id"]]
        }

    assert taken() == {}
    pdd.patch(unpaid, action="pay")
    assert taken() == lines


# (9) refunds


def refund_rows(pdd: Pdd, **more: object) -> list[dict[str, Any]]:
    asked = {**pdd.window(), "after_sales_type": 1, "after_sales_status": 1, **more}
    return list(pdd.call(REFUNDS, **asked)["refund_list"])


def request(sn: str, refund_id: object, **more: object) -> dict[str, Any]:
    return {"order_sn": sn, "after_sales_id": refund_id, "operate_desc": "", **more}


def detail(pdd: Pdd, sn: str, **more: object) -> dict[str, Any]:
    return pdd.whole("pdd.refund.information.get", order_sn=sn, **more)


def test_09_list_in_yuan_texts_detail_in_fen_and_types_shifted_by_one(pdd: Pdd) -> None:
    sn = pdd.new()
    pdd.patch(sn, action="refund", reason="不想要了")
    [row] = refund_rows(pdd)
    owed = pdd.info(sn)["pay_amount"]
    assert row["order_sn"] == sn and isinstance(row["id"], int)
    assert row["refund_amount"] == row["order_amount"] == f"{owed:.2f}".rstrip("0").rstrip(".")
    texts = ("goods_price", "discount_amount", "goods_number", "sku_id", "speed_refund_status", "user_shipping_status")
    assert all(isinstance(row[name], str) for name in texts)
    assert isinstance(row["goods_id"], int)
    assert (row["after_sales_type"], row["after_sales_status"], row["created_time"]) == (2, 2, stamp(pdd))
    told = detail(pdd, sn)
    assert told["order_sn"] == sn, "no wrapper"
    assert (told["refund_amount"], told["after_sales_type"]) == (round(owed * 100), 1)
    assert told["confirm_time"] == pdd.now * 1000 and told["expire_time"] > told["confirm_time"]
    assert (told["shipping_status"], told["user_shipping_status"]) == (0, "0")
    pdd.switch(list_type_numbering="detail", refund_times="epoch")
    [row] = refund_rows(pdd)
    assert (row["after_sales_type"], row["created_time"]) == (1, str(pdd.now))


def test_09_the_refund_list_filters_by_status_type_and_order(pdd: Pdd) -> None:
    asked, sent = pdd.new(), pdd.new()
    pdd.patch(asked, action="refund")
    pdd.send(sent)
    pdd.patch(sent, action="refund", kind=2)
    assert {row["order_sn"] for row in refund_rows(pdd)} == {asked, sent}
    assert [row["order_sn"] for row in refund_rows(pdd, after_sales_status=3)] == [sent]
    assert [row["order_sn"] for row in refund_rows(pdd, after_sales_status=2)] == [asked]
    assert [row["order_sn"] for row in refund_rows(pdd, after_sales_type=3)] == [sent]
    assert refund_rows(pdd, after_sales_type=6) == []
    assert [row["order_sn"] for row in refund_rows(pdd, order_sn=asked, after_sales_status=10)] == [asked]
    old = {**pdd.window(end=pdd.now - 5000), "order_sn": sent}
    assert [row["order_sn"] for row in refund_rows(pdd, **old)] == [sent]
    pdd.switch(after_sales_all="none")
    assert refund_rows(pdd) == []
    assert pdd.refusal(REFUNDS, **pdd.window(), after_sales_type=7, after_sales_status=1).code == 10000
    assert pdd.refusal(REFUNDS, **pdd.window(), after_sales_type=1, after_sales_status=34).code == 10000


def test_09_refunds_follow_newest_change_first_and_page(pdd: Pdd) -> None:
    numbers = []
    for _ in range(5):
        numbers.append(pdd.new())
        pdd.patch(numbers[-1], action="refund")
        pdd.world.advance(3)
    pages = [refund_rows(pdd, page=page, page_size=2) for page in (1, 2, 3)]
    assert [row["order_sn"] for page in pages for row in page] == numbers[::-1]


def test_09_agreeing_pays_back_and_the_order_shows_it(pdd: Pdd) -> None:
    sn = pdd.new()
    refund = pdd.patch(sn, action="refund")["_sandbox"]["refunds"][0]
    order = pdd.info(sn)
    assert (order["refund_status"], order["after_sales_status"]) == (2, 2)
    assert pdd.call("pdd.refund.status.check", order_sns=f"{sn},{pdd.new()}") == {
        "order_sns_exists_refund": [{"order_sn": sn}]
    }
    told = pdd.whole("pdd.refund.agree", request=request(sn, refund["id"]))
    assert told == {"response": {"result": {"succ": True, "message": ""}}}
    order = pdd.info(sn)
    assert (order["order_status"], order["refund_status"], order["after_sales_status"]) == (1, 4, 10)
    again = pdd.call("pdd.refund.agree", request=request(sn, refund["id"]))
    assert again["result"]["succ"] is False and again["result"]["message"]
    assert pdd.refusal("pdd.refund.agree", request=request(sn, 1)).sub_msg == "售后单不存在"
    assert pdd.refusal("pdd.refund.agree", request={"order_sn": sn}).code == 21002
    assert pdd.refusal("pdd.refund.agree", request="{").code == 21001


def test_09_money_may_be_on_its_way_for_a_while(pdd: Pdd) -> None:
    pdd.switch(refund_instant=False)
    sn = pdd.new()
    refund = pdd.patch(sn, action="refund")["_sandbox"]["refunds"][0]
    pdd.call("pdd.refund.agree", request=request(sn, refund["id"]))
    assert (pdd.info(sn)["refund_status"], detail(pdd, sn)["after_sales_status"]) == (3, 4)
    pdd.patch(sn, action="refund", refund_id=refund["id"], move="settle")
    assert (pdd.info(sn)["refund_status"], detail(pdd, sn)["after_sales_status"]) == (4, 10)


def test_09_returns_go_out_and_back(pdd: Pdd) -> None:
    sn = pdd.new()
    pdd.send(sn)
    refund = pdd.patch(sn, action="refund", kind=2)["_sandbox"]["refunds"][0]
    [where, *_] = next(iter(pdd.call("pdd.refund.address.list.get").values()))
    agree = "pdd.refund.returngoods.agree"
    wrong = pdd.call(agree, request=request(sn, refund["id"], return_address_id=1))
    assert (wrong["success"], wrong["error_code"]) == (False, 50001)
    right = request(sn, refund["id"], return_address_id=where["refund_address_id"])
    assert pdd.call(agree, request=right)["success"] is True
    assert detail(pdd, sn)["after_sales_status"] == 7
    pdd.patch(
        sn, action="refund", refund_id=refund["id"], move="return", shipping_name="圆通快递", tracking_number="YT1"
    )
    [row] = refund_rows(pdd, order_sn=sn)
    assert (row["tracking_number"], row["shipping_name"], row["user_shipping_status"]) == ("YT1", "圆通快递", "1")
    stored = request(sn, refund["id"], warehouse_status=1, reverse_tracking_number="YT1", reverse_logistics_id=85)
    assert pdd.call("pdd.nextone.logistics.warehouse.update", request=stored)["success"] is True
    assert pdd.call("pdd.refund.agree", request=request(sn, refund["id"]))["result"]["succ"] is True
    assert (pdd.info(sn)["order_status"], pdd.info(sn)["refund_status"]) == (2, 4)


def test_09_exchanges_and_what_is_sent_again(pdd: Pdd) -> None:
    for kind, status in ((3, 18), (4, 27)):
        sn = pdd.new()
        pdd.send(sn)
        refund = pdd.patch(sn, action="refund", kind=kind)["_sandbox"]["refunds"][0]
        parcel = {"shipping_id": 44, "shipping_name": "顺丰快递", "tracking_number": f"SF9{kind}"}
        ship = "pdd.refund.exchange.shipping"
        closed = request(sn, refund["id"], **{**parcel, "shipping_id": 9001})
        assert pdd.call(ship, request=closed)["success"] is False
        assert pdd.call(ship, request=request(sn, refund["id"], **parcel))["success"] is True
        assert detail(pdd, sn)["after_sales_status"] == status
        assert pdd.info(sn)["resend_delivery_list"] == [{"logistics_id": 44, "tracking_number": f"SF9{kind}"}]
        pdd.patch(sn, action="refund", refund_id=refund["id"], move="confirm")
        assert (detail(pdd, sn)["after_sales_status"], pdd.info(sn)["refund_status"]) == (16, 1)


def test_09_fast_refunds_of_what_was_not_sent(pdd: Pdd) -> None:
    sn = pdd.new()
    refund = pdd.patch(sn, action="refund")["_sandbox"]["refunds"][0]
    word = {"tid": sn, "refund_id": refund["id"], "refund_fee": refund["amount"], "status": "SUCCESS",
            "operate_time": pdd.now * 1000}  # fmt: skip
    fast = "pdd.rdc.pddgenius.sendgoods.cancel"
    assert pdd.call(fast, param={**word, "status": "FAIL", "fail_reason_code": 1002})["success"] is True
    assert pdd.info(sn)["refund_status"] == 2
    assert pdd.call(fast, param={**word, "refund_fee": 1})["success"] is False
    assert pdd.call(fast, param=word)["success"] is True
    assert pdd.info(sn)["refund_status"] == 4


@pytest.mark.parametrize(("switch", "status"), [(4, 4), (1, 1)])
def test_09_partial_refunds_after_sending(pdd: Pdd, switch: int, status: int) -> None:
    pdd.switch(partial_refund_status=switch)
    sn = pdd.new()
    pdd.send(sn)
    pdd.patch(sn, action="refund", refund_amount="1.5", done=True)
    assert pdd.info(sn)["refund_status"] == status
    assert detail(pdd, sn)["refund_amount"] == 150
    rest = round(pdd.info(sn)["pay_amount"] * 100) - 150
    ask = {"action": "refund", "refund_amount": f"{(rest + 1) / 100:.2f}"}
    assert pdd.world.control("PATCH", f"/_sandbox/pinduoduo/orders/{sn}", {}, ask)[0] == 409
    pdd.patch(sn, action="refund", done=True)
    assert (pdd.info(sn)["refund_status"], detail(pdd, sn)["refund_amount"]) == (4, rest)
    assert len(pdd.truth(sn)["_sandbox"]["refunds"]) == 2


@pytest.mark.parametrize(
    "steps",
    [
        [{"refund_amount": "0.01"}], [{"kind": 2}], [{"kind": 9}], [{}, {}], [{"refund_amount": "99999"}],
        [{"done": True}, {}],
    ],
    ids=["partial before sending", "return before sending", "no such kind", "two at once", "too much", "after all"],
)  # fmt: skip
def test_09_refunds_that_cannot_be(pdd: Pdd, steps: list[dict[str, Any]]) -> None:
    sn = pdd.new()
    for step in steps[:-1]:
        pdd.patch(sn, action="refund", **step)
    path, body = f"/_sandbox/pinduoduo/orders/{sn}", {"action": "refund", **steps[-1]}
    assert pdd.world.control("PATCH", path, {}, body)[0] == 409


def test_09_refusing_withdrawing_and_the_platforms_word_are_the_testers(pdd: Pdd) -> None:
    sn = pdd.new()
    refund = pdd.patch(sn, action="refund")["_sandbox"]["refunds"][0]
    for move, status, shown in (
        ("refuse", 6, 2), ("reopen", 2, 2), ("refuse", 6, 2), ("escalate", 8, 2), ("platform_refuse", 9, 1)
    ):  # fmt: skip
        pdd.patch(sn, action="refund", refund_id=refund["id"], move=move)
        assert (detail(pdd, sn)["after_sales_status"], pdd.info(sn)["refund_status"]) == (status, shown)
    assert pdd.send(sn) == {"is_success": True}
