"""What docs/platforms/jd.md §10 says an emulator must enforce, row by row; writing side, tokens, control."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_jd_emulator_tools import SEARCH, SHIP, Jd, control, stamp, still, yes

from orderhub.flow.message import Request
from orderhub.sandbox.parse import parse_request
from orderhub.sandbox.platforms.jd.spec import CARRIERS, CONTRACTED, MOVES, SHIP_ERRORS, STATES

APPLY = "jingdong.pop.afs.soa.refundapply."
REMARK, ADDRESS = "jingdong.pop.order.modifyVenderRemark", "jingdong.pop.order.modifyOrderAddr"
JUDGE, OUTSHIP = "jingdong.pop.order.partialship.judge", "jingdong.pop.order.partial.outship"


@pytest.fixture
def jd() -> Jd:
    return Jd(still(orders=6))


# shipment


def test_shipping_moves_state_waybill_and_modified(jd: Jd) -> None:
    order_id = jd.new()
    jd.world.advance(5)
    told = jd.ship(order_id)
    assert yes(told["success"]) and told["errorCode"] == "0"
    doc = jd.get(order_id)
    assert (doc["orderState"], doc["logisticsId"], doc["waybill"]) == (
        "WAIT_GOODS_RECEIVE_CONFIRM", "467", "SF1000000000001",
    )  # fmt: skip
    assert doc["modified"] == stamp(jd.world.now())


def test_a_second_shipment_is_refused_with_status_200_and_changes_nothing(jd: Jd) -> None:
    order_id = jd.new()
    jd.ship(order_id)
    before = jd.truth(order_id)
    told = jd.ship(order_id, number="SF2")
    assert not yes(told["success"]) and told["chineseErrCode"]
    assert jd.truth(order_id) == before


@pytest.mark.parametrize(
    ("carrier", "number", "code"),
    [
        ("", "SF1", "10100034"), ("467|", "SF1|SF2", "10100036"), ("SF", "SF1", "10100013"), ("1747", "YS1", "10100017"),
        ("999999", "SF1", "10100017"), ("467|1274", "SF1|SF2", "10100035"), ("467", None, "10100012"),
        ("467", "", "10200001"), ("467", "S" * 201, "10200001"), ("467", "SF1,,SF2", "10200002"),
        ("467", "顺丰1", "10200003"), ("467|463", "SF1", "10200008"), ("467", "SF1|SF2", "10200008"),
        ("2087", "JD1,JD2", "10200008"), ("467", ",".join(f"SF{n}" for n in range(11)), "10200001"),
    ],
)  # fmt: skip
def test_bad_carriers_and_waybills_have_their_codes(jd: Jd, carrier: str, number: str | None, code: str) -> None:
    order_id = jd.new()
    before = jd.truth(order_id)
    told = jd.ship(order_id, carrier, number)
    assert (yes(told["success"]), told["errorCode"], told["chineseErrCode"]) == (False, code, SHIP_ERRORS[code])
    assert jd.truth(order_id) == before


def test_locked_cancelled_unknown_and_warehouse_orders_do_not_leave() -> None:
    jd = Jd(still(awkward=True))
    refused = {}
    for order_id in jd.ids():
        doc = jd.truth(order_id)
        if doc["storeOrder"] or doc["_sandbox"]["flags"].get("presale") or doc["orderState"] != "WAIT_SELLER_STOCK_OUT":
            told = jd.ship(order_id)
            assert not yes(told["success"])
            refused["store" if doc["storeOrder"] else doc["orderState"]] = told["errorCode"]
    assert refused["LOCKED"] == refused["TRADE_CANCELED"] == "101000014"
    assert refused["store"] == "10100014"
    assert {"UN_KNOWN", "PAUSE", "POP_ORDER_PAUSE", "WAIT_GOODS_RECEIVE_CONFIRM", "FINISHED_L"} <= refused.keys()
    assert jd.ship("1")["errorCode"] == "10100041"
    strange = Jd(jd.world, 1).ids()[0]
    assert jd.ship(strange)["errorCode"] == "10100041"


def test_self_delivery_drops_the_number(jd: Jd) -> None:
    order_id = jd.new()
    assert yes(jd.ship(order_id, "1274", "X1")["success"])
    assert (jd.get(order_id)["logisticsId"], jd.get(order_id)["waybill"]) == ("1274", "")


def test_several_carriers_and_waybills_in_one_call(jd: Jd) -> None:
    order_id = jd.new()
    assert yes(jd.ship(order_id, "467|463", "SF1,SF2|YT3")["success"])
    assert (jd.get(order_id)["logisticsId"], jd.get(order_id)["waybill"]) == ("467|463", "SF1,SF2|YT3")


def test_every_seeded_order_that_waits_can_be_shipped_with_sf() -> None:
    jd = Jd(still(orders=40))
    waiting = [one for one in jd.ids(order_state="WAIT_SELLER_STOCK_OUT") if not jd.truth(one)["_sandbox"]["parcels"]]
    assert len(waiting) > 20
    assert all(yes(jd.ship(one)["success"]) for one in waiting)


def test_subsidy_orders_want_serial_numbers_by_switch() -> None:
    jd = Jd(still(awkward=True))
    order_id = next(one for one in jd.ids() if jd.truth(one)["_sandbox"]["flags"].get("subsidy"))
    jd.switch(serials_required=True)
    assert not yes(jd.ship(order_id)["success"])
    sku = jd.truth(order_id)["itemInfoList"][0]["skuId"]
    codes = [{"codeType": "SN", "codeValue": "1"}]
    upload = "jingdong.pop.order.serialCode.upload"
    asked = {"orderId": order_id, "skuId": sku}
    assert jd.call(upload, {**asked, "serialCodeList": codes * 5})["response"]["status"] == 2
    assert jd.call(upload, {**asked, "skuId": "1", "serialCodeList": codes})["response"]["status"] == 2
    assert jd.call(upload, {**asked, "serialCodeList": codes})["response"]["status"] == 1
    assert yes(jd.ship(order_id)["success"])


def test_the_old_name_of_shipment(jd: Jd) -> None:
    order_id = jd.new()
    business = {"order_id": order_id, "logistics_id": "467", "waybill": "SF9", "trade_no": "1"}
    told = jd.call("360buy.order.sop.outstorage", business)
    assert (told["orderId"], told["venderId"]) == (order_id, jd.vender_id)
    assert told["modified"] == jd.get(order_id)["modified"]
    assert jd.refusal("360buy.order.sop.outstorage", business).code == "10100021"


def test_busy_shipments_and_stock_calls_by_switch(jd: Jd) -> None:
    jd.switch(busy_every=2)
    one, two = jd.new(), jd.new()
    assert yes(jd.ship(one)["success"])
    assert jd.ship(two)["errorCode"] == "50010"
    assert yes(jd.ship(two)["success"])
    sku = control(jd.world, "GET", "/_sandbox/jd/stock")[0]["sku_id"]
    codes = [jd.call("jingdong.stock.read.findSkuStock", {"skuId": sku})["code"] for _ in range(4)]
    assert codes == ["0", "503", "0", "503"]


def test_carriers_of_the_shop(jd: Jd) -> None:
    rows = jd.call("360buy.delivery.logistics.get", {"fields": "logisticsId"})["logisticsList"]
    assert [str(row["logisticsId"]) for row in rows] == list(CONTRACTED)
    assert rows[0] | {"sequence": 1} == rows[0] and rows[0]["logisticsName"] == CARRIERS["467"]


# changing waybills


def change(jd: Jd, order_id: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    business = {"oneGlobalOrderModelNoLogistic": {"orderId": int(order_id)}, "logisticsGlobalModelList": rows}
    return dict(jd.call("jingdong.pop.order.sop.logistics.update", business)["returnType"])


def test_a_waybill_can_be_changed_while_the_order_awaits_receipt(jd: Jd) -> None:
    order_id = jd.new()
    row = {"logiCoprId": "463", "logiNoList": ["YT1", "YT2"], "logiScope": 0}
    assert not yes(change(jd, order_id, [row])["success"])
    jd.ship(order_id)
    jd.world.advance(5)
    assert yes(change(jd, order_id, [row])["success"])
    doc = jd.get(order_id)
    assert (doc["logisticsId"], doc["waybill"], doc["modified"]) == ("463", "YT1,YT2", stamp(jd.world.now()))
    jd.patch(order_id, action="receive")
    assert not yes(change(jd, order_id, [row])["success"])


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([{"logiCoprId": "463", "logiNoList": []}], "NotEmpty"),
        ([{"logiCoprId": "463", "logiNoList": ["a b"]}], "LOGI_NO_ERR_ALPHA"),
        ([{"logiCoprId": "463", "logiNoList": ["1", "1"]}], "LOGI_NO_REPEAT_ERR"),
        ([{"logiCoprId": "2087", "logiNoList": ["1", "2"]}], "JD_DELIVERY_NOT_SUPPORT_MULTI_OUT"),
        ([{"logiCoprId": "463", "logiNoList": list("123456")}], "NotEmpty"),
        ([{"logiCoprId": "1", "logiNoList": ["1"]}], "150000"),
    ],
)
def test_bad_changes_have_their_codes(jd: Jd, rows: list[dict[str, Any]], code: str) -> None:
    order_id = jd.new()
    jd.ship(order_id)
    before = jd.truth(order_id)
    told = change(jd, order_id, rows)
    assert (yes(told["success"]), told["resultCode"]) == (False, code)
    assert change(jd, "1", rows)["resultCode"] == "NotExisted"
    assert jd.truth(order_id) == before


# partial shipping


def judge(jd: Jd, *order_ids: str) -> dict[str, Any]:
    rows = [{"orderId": one} for one in order_ids]
    told = jd.call(JUDGE, {"request": {"data": {"orderList": rows}, "belongType": 200}})["response"]
    return {row["orderId"]: row for row in told["data"]["partialShipmentItemList"]}


def goods_of(jd: Jd, order_id: str, *places: int, num: int | None = None) -> list[dict[str, Any]]:
    rows = jd.truth(order_id)["itemInfoList"]
    return [
        {
            "skuUuid": rows[at]["itemExt"]["skuUuid"],
            "skuId": rows[at]["skuId"],
            "num": num or int(rows[at]["itemTotal"]),
        }
        for at in places
    ]


def outship(
    jd: Jd, order_id: str, goods: list[dict[str, Any]], number: str = "SF1", carrier: int = 467
) -> dict[str, Any]:
    box = {"deliveryId": carrier, "deliveryName": "顺丰", "deliveryNums": [number], "partialShipmentGoodsList": goods}
    row = {"deliveryType": 5, "orderIds": [int(order_id)], "deliveryNumberDtoList": [box]}
    told = jd.call(OUTSHIP, {"request": {"data": [row], "belongType": 200}})["response"]
    assert told["code"] == 200
    return dict(told["data"])


def test_parts_leave_by_line_id_after_the_check(jd: Jd) -> None:
    order_id = jd.several(3, units=2)
    failed = outship(jd, order_id, goods_of(jd, order_id, 0))
    assert failed["failList"][0]["orderId"] == order_id and not failed["successList"]
    assert judge(jd, order_id)[order_id] == {
        "orderId": order_id, "supportPartialShipment": True, "notSupportType": None,
    }  # fmt: skip
    jd.world.advance(5)
    assert outship(jd, order_id, goods_of(jd, order_id, 0, num=1))["successList"] == [{"orderId": order_id}]
    doc = jd.get(order_id)
    assert (doc["orderState"], doc["waybill"], doc["modified"]) == ("WAIT_SELLER_STOCK_OUT", "", stamp(jd.world.now()))
    [part] = doc["partialLogisticsInfoModel"]
    assert isinstance(part["shipmentId"], int) and isinstance(part["shipmentTime"], int)
    assert part["skus"][0]["num"] == 1
    rest = goods_of(jd, order_id, 0, num=1) + goods_of(jd, order_id, 1, 2)
    assert outship(jd, order_id, rest, "YT1", 463)["successList"]
    doc = jd.get(order_id)
    assert (doc["orderState"], doc["logisticsId"], doc["waybill"]) == (
        "WAIT_GOODS_RECEIVE_CONFIRM",
        "467|463",
        "SF1|YT1",
    )
    assert outship(jd, order_id, goods_of(jd, order_id, 0))["failList"]


def test_a_part_never_holds_more_than_is_left(jd: Jd) -> None:
    order_id = jd.several(2, units=2)
    judge(jd, order_id)
    before = jd.truth(order_id)
    assert outship(jd, order_id, goods_of(jd, order_id, 0, num=3))["failList"]
    assert outship(jd, order_id, goods_of(jd, order_id, 0, 0))["failList"]
    assert outship(jd, order_id, [])["failList"]
    assert jd.truth(order_id) == before


def test_an_order_sent_in_parts_is_not_for_the_whole_call(jd: Jd) -> None:
    order_id = jd.several(2)
    judge(jd, order_id)
    outship(jd, order_id, goods_of(jd, order_id, 0))
    assert not yes(jd.ship(order_id)["success"])


def test_why_orders_cannot_be_sent_in_parts() -> None:
    jd = Jd(still(awkward=True))
    single = jd.several(1)
    store = next(one for one in jd.ids() if jd.truth(one)["storeOrder"])
    fine = jd.several(2)
    told = judge(jd, "1", single, store, fine)
    assert [told[one]["notSupportType"] for one in ("1", single, store, fine)] == [-1, 1, 3, None]
    jd.switch(partial_shipping=False)
    assert judge(jd, fine)[fine]["notSupportType"] == 0


def test_a_parcel_of_a_part_gets_another_number(jd: Jd) -> None:
    order_id = jd.several(2)
    judge(jd, order_id)
    outship(jd, order_id, goods_of(jd, order_id, 0))
    place = jd.get(order_id)["partialLogisticsInfoModel"][0]["shipmentId"]

    def put(order: str, shipment: int) -> dict[str, Any]:
        row = {"shipmentId": shipment, "waybillId": "YT7", "logicId": "463", "logicName": "圆通"}
        data = {"orderId": order, "partialShipmentInfoList": [row]}
        return dict(jd.call("jingdong.pop.order.waybill.update", {"request": {"data": data}})["response"])

    assert put(order_id, place + 1)["code"] != 200
    assert put(order_id, place)["code"] == 200
    [part] = jd.get(order_id)["partialLogisticsInfoModel"]
    assert (part["logicId"], part["waybillId"]) == ("463", "YT7")
    whole = jd.new()
    jd.ship(whole)
    assert put(whole, jd.truth(whole)["_sandbox"]["parcels"][0]["shipmentId"])["code"] != 200


# remark, address, cancellation


def test_remarks_have_their_rules(jd: Jd) -> None:
    order_id = jd.new()

    def put(text: str, flag: int) -> dict[str, Any]:
        business = {"order_id": int(order_id), "flag": flag, "remark": text}
        return dict(jd.call(REMARK, business)["modifyvenderremark_result"])

    assert set(put("好", 1)) == {
        "success", "error_code", "chinese_err_code", "english_err_code", "out_batch_id", "sendbatch_id",
    }  # fmt: skip
    doc = jd.get(order_id, "venderRemark,venderRemarkLevelFlag")
    assert (doc["venderRemark"], doc["venderRemarkLevelFlag"]) == ("好", "1")
    assert put("字" * 501, 1)["error_code"] == "10100039"
    assert put("好", 6)["error_code"] == "10100040"
    assert yes(put("字" * 500, 5)["success"])
    assert yes(put("", 3)["success"]) and jd.get(order_id)["venderRemark"] == ""
    assert jd.refusal(REMARK, {"order_id": order_id, "flag": 1}).code == "isv.missing-parameter:remark"


def test_an_address_changes_once_before_outbound_within_the_city(jd: Jd) -> None:
    order_id = jd.new()
    who = jd.truth(order_id)["consigneeInfo"]
    fine = {
        "orderId": int(order_id), "customerName": "张新", "customerPhone": "13900001234", "provinceId": who["provinceId"],
        "cityId": who["cityId"], "countyId": who["countyId"], "detailAddr": "新路1号",
    }  # fmt: skip
    bad = [{"provinceId": 99}, {"cityId": 1}, {"customerPhone": "0571-88"}]
    told = [jd.call(ADDRESS, {**fine, **change}) for change in bad]
    assert [yes(one["success"]) for one in told] == [False] * 3 and told[2]["errorCode"] == "20011"
    assert jd.truth(order_id)["consigneeInfo"] == who
    answer = jd.call(ADDRESS, fine)
    assert yes(answer["success"]) and set(answer) == {"code", "success"}
    doc = jd.truth(order_id)
    assert doc["consigneeInfo"]["fullname"] == "张新" and doc["consigneeInfo"]["fullAddress"].endswith("新路1号")
    assert doc["originalConsigneeInfo"] == who
    assert not yes(jd.call(ADDRESS, fine)["success"])
    sent = jd.new()
    jd.ship(sent)
    assert not yes(jd.call(ADDRESS, {**fine, "orderId": sent})["success"])
    assert jd.refusal(ADDRESS, {"orderId": order_id}).code == "isv.missing-parameter:customerName"


def test_the_buyers_change_leaves_the_sellers_one(jd: Jd) -> None:
    order_id = jd.new()
    who = jd.patch(order_id, action="change_address", fullname="李四")["consigneeInfo"]
    ids = {name: who[name] for name in ("provinceId", "cityId", "countyId")}
    told = jd.call(ADDRESS, {"orderId": order_id, "customerName": "张新", "detailAddr": "新路1号", **ids})
    assert yes(told["success"]) and jd.truth(order_id)["consigneeInfo"]["townId"] == who["townId"]


def test_modified_may_stay_when_the_address_changes(jd: Jd) -> None:
    order_id = jd.new()
    before = jd.get(order_id)["modified"]
    jd.switch(address_moves_modified=False)
    jd.world.advance(60)
    jd.patch(order_id, action="change_address", fullname="王五")
    assert jd.get(order_id)["modified"] == before


def test_only_cash_orders_can_be_cancelled_by_the_seller() -> None:
    jd = Jd(still(awkward=True))
    cod = next(one for one in jd.ids() if jd.truth(one)["payType"].startswith("1-"))
    business = {"order_id": int(cod), "del_apply_type": 2, "del_apply_reason": "缺货"}
    prepaid = jd.call("jingdong.order.orderDelete.apply", {**business, "order_id": jd.new()})["result"]
    assert (yes(prepaid["success"]), prepaid["result_code"]) == (False, "10400033")
    assert yes(jd.call("jingdong.order.orderDelete.apply", business)["result"]["success"])
    assert jd.get(cod)["orderState"] == "TRADE_CANCELED"
    assert not yes(jd.call("jingdong.order.orderDelete.apply", business)["result"]["success"])


def test_cash_orders_are_paid_when_received() -> None:
    jd = Jd(still(awkward=True))
    cod = next(one for one in jd.ids() if jd.truth(one)["payType"].startswith("1-"))
    assert jd.get(cod)["actualPay"] == "0.00" and yes(jd.ship(cod)["success"])
    jd.patch(cod, action="receive")
    doc = jd.get(cod)
    assert doc["actualPay"] == doc["shouldPay"] != "0.00" and doc["paymentConfirmTime"] == stamp(jd.world.now())


# electronic waybills


def waybill(jd: Jd, order_id: str, **more: Any) -> dict[str, Any]:
    who = jd.get(order_id)["consigneeInfo"]
    to = {"provinceName": who["province"], "cityName": who["city"], "countryName": who["county"],
          "address": who["fullAddress"], "contact": who["fullname"], "mobile": who["mobile"], "oaid": who["oaid"]}  # fmt: skip
    request = {
        "providerCode": "SF", "vendorCode": jd.vender_id, "vendorOrderCode": order_id, "platformOrderNo": order_id,
        "salePlatform": "0010001", "waybillCount": 1, "settlementCode": "SF-S-01", "toAddress": to, "fromAddress": {"a": 1},
        **more,
    }  # fmt: skip
    return jd.call("jingdong.logistics.ewaybill.waybill.create", {"request": request})


def test_waybills_are_idempotent_and_take_masked_receivers(jd: Jd) -> None:
    order_id = jd.several(2)
    first, again = waybill(jd, order_id), waybill(jd, order_id)
    assert first["statusCode"] == again["statusCode"] == 1000
    assert first["data"] == again["data"] and first["data"]["waybillCodeInfoList"][0]["waybillCode"].startswith("SF")
    assert judge(jd, order_id)[order_id]["supportPartialShipment"], "the print centre is another place"
    jd.switch(print_centre=True)
    assert judge(jd, order_id)[order_id]["notSupportType"] == 2
    assert waybill(jd, order_id, vendorOrderCode="b")["data"] != first["data"]
    code = first["data"]["waybillCodeInfoList"][0]["waybillCode"]
    more = jd.call("jingdong.logistics.ewaybill.waybill.append", {"parentWaybillCode": code})
    assert more["statusCode"] == 1000
    for one in (code, more["data"]["waybillCodeInfoList"][0]["waybillCode"]):
        told = jd.call("jingdong.logistics.ewaybill.waybill.cancel", {"waybillCode": one, "cancelReason": "x"})
        assert told["statusCode"] == 1000
    assert jd.call("jingdong.logistics.ewaybill.waybill.cancel", {"waybillCode": code})["statusCode"] == 2001
    assert waybill(jd, order_id)["data"]["waybillCodeInfoList"][0]["waybillCode"] != code


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"providerCode": "NO"}, 2000), ({"vendorCode": "1"}, 2000), ({"vendorOrderCode": "x" * 33}, 2000),
        ({"salePlatform": "7"}, 2000), ({"waybillCount": 101}, 2000), ({"settlementCode": ""}, 2000),
        ({"toAddress": {}}, 2000), ({"salePlatform": "0030001"}, 2001), ({"platformOrderNo": "1"}, 2001),
        ({"toAddress": {"oaid": "other", "contact": "王**"}}, 2001),
    ],
)  # fmt: skip
def test_waybills_have_their_refusals(jd: Jd, change: dict[str, Any], status: int) -> None:
    told = waybill(jd, jd.new(), **change)
    assert told["statusCode"] == status and told["data"] is None and told["statusMessage"]


def test_contracts(jd: Jd) -> None:
    rows = jd.call("jingdong.logistics.ewaybill.contract.query")["data"]
    sf = next(row for row in rows if row["providerCode"] == "SF")
    assert (sf["operationType"], sf["settlementCode"], sf["branchCode"]) == (1, "SF-S-01", "")


# stock


def skus(jd: Jd) -> list[dict[str, Any]]:
    return [row for row in control(jd.world, "GET", "/_sandbox/jd/stock") if row["shop_id"] == jd.shop_id]


def set_stock(jd: Jd, rows: list[dict[str, Any]], model: str = "fullStockIn", key: str = "") -> dict[str, Any]:
    req = {"updateModel": model, "skuStocks": rows, **({"stockRfId": key} if key else {})}
    return dict(jd.call("jingdong.ware.stock.sku.set", {"req": req})["returnType"])


def quantity(jd: Jd, sku_id: int) -> int:
    return int(jd.call("jingdong.stock.read.findSkuStock", {"skuId": sku_id})["skuStocks"][0]["stockNum"])


def test_stock_is_set_item_by_item(jd: Jd) -> None:
    one, two = (row["sku_id"] for row in skus(jd)[:2])
    strange = control(jd.world, "GET", "/_sandbox/jd/stock")[-1]["sku_id"]
    told = set_stock(jd, [
        {"skuId": one, "stockNum": 7, "storeId": 0}, {"skuId": two, "stockNum": -1, "storeId": 0},
        {"skuId": strange, "stockNum": 7, "storeId": 0},
    ])  # fmt: skip
    assert yes(told["success"])
    results = told["obj"]["updateStockResult"]
    assert [(row["data"], row["success"]) for row in results] == [
        (str(one), True),
        (str(two), False),
        (str(strange), False),
    ]
    assert quantity(jd, one) == 7 and quantity(jd, two) == skus(jd)[1]["quantity"]
    jd.switch(stock_receipt="failures")
    told = set_stock(jd, [{"skuId": one, "stockNum": 8}, {"skuId": two, "stockNum": -1}])
    assert [row["data"] for row in told["obj"]["updateStockResult"]] == [str(two)]
    assert quantity(jd, one) == 8


def test_stock_takes_thirty_distinct_items(jd: Jd) -> None:
    rows = [{"skuId": row["sku_id"], "stockNum": 5} for row in skus(jd)]
    assert yes(set_stock(jd, rows[:30])["success"])
    for bad in (rows[:31], [], [rows[0], rows[0]]):
        told = set_stock(jd, bad)
        assert not yes(told["success"]) and told["code"] == "403"
    assert not yes(set_stock(jd, rows[:1], model="other")["success"])
    assert quantity(jd, rows[30]["skuId"]) != 5


def test_a_stock_key_works_once(jd: Jd) -> None:
    sku = skus(jd)[0]["sku_id"]
    before = quantity(jd, sku)
    rows = [{"skuId": sku, "incrStockNum": 3, "storeId": 0}]
    first, again = (set_stock(jd, rows, "incrStockIn", "key-1")["obj"] for _ in range(2))
    assert first == again and quantity(jd, sku) == before + 3
    set_stock(jd, rows, "incrStockIn", "key-2")
    assert quantity(jd, sku) == before + 6
    assert not set_stock(jd, [{"skuId": sku, "incrStockNum": -(10**6)}], "incrStockIn")["obj"]["updateStockResult"][0][
        "success"
    ]
    business = {"skuId": sku, "stockNum": 2, "storeId": 0, "stockRfId": "key-3"}
    for _ in range(2):
        assert jd.call("jingdong.stock.write.increaseSkuStock", business)["success"]
    assert quantity(jd, sku) == before + 8


def test_older_stock_calls(jd: Jd) -> None:
    row = skus(jd)[4]
    assert jd.call("jingdong.stock.write.updateSkuStock", {"skuId": row["sku_id"], "stockNum": 4})["success"]
    assert jd.call("jingdong.stock.write.updateSkuStock", {"skuId": 1, "stockNum": 4})["code"] == "403"
    told = jd.call("360buy.sku.stock.update", {"outer_id": row["outer_id"], "quantity": 6, "trade_no": "1"})
    assert (told["skuId"], told["outerId"]) == (row["sku_id"], row["outer_id"])
    assert quantity(jd, row["sku_id"]) == 6
    assert jd.refusal("360buy.sku.stock.update", {"outer_id": "no", "quantity": 6})


def test_orders_hold_units_until_they_leave(jd: Jd) -> None:
    order_id = jd.new()
    row = jd.truth(order_id)["itemInfoList"][0]
    ask = {"skuId": int(row["skuId"]), "field": "orderBookingNum,appBookingNum"}

    def level() -> tuple[int, int]:
        told = jd.call("jingdong.stock.read.findSkuStock", ask)["skuStocks"][0]
        return told["stockNum"], told["orderBookingNum"]

    stock, held = level()
    jd.ship(order_id)
    units = int(row["itemTotal"])
    assert level() == (stock - units, held - units)
    other = jd.new(unpaid=True)
    row = jd.truth(other)["itemInfoList"][0]
    ask["skuId"] = int(row["skuId"])
    stock, held = level()
    jd.patch(other, action="cancel")
    assert level() == (stock, held - int(row["itemTotal"]))


def test_sale_states(jd: Jd) -> None:
    sku = skus(jd)[0]["sku_id"]
    set_stock(jd, [{"skuId": sku, "stockNum": 0}])
    rows = [{"skuId": one} for one in (skus(jd)[1]["sku_id"], sku, 1)]
    ask = {"clientInfo": {"terminalType": "4000"}, "bizReq": {"skuParams": rows}}
    told = jd.call("jingdong.stock.sku.state.query", ask)["result"]
    assert [(row["state"], row["subState"]) for row in told] == [(33, 0), (34, 0), (34, -101)]


# refund applications


def reply(jd: Jd, number: int, status: int, **more: Any) -> dict[str, Any]:
    business = {"id": number, "status": status, "checkUserName": "客服", "remark": "好", **more}
    return dict(jd.call(APPLY + "replyRefund", business)["replyResult"])


def applied(jd: Jd, order_id: str) -> int:
    jd.patch(order_id, action="refund", reason="不想要了")
    [row] = jd.call(APPLY + "queryPageList", {"orderId": order_id, "pageIndex": 1, "pageSize": 50})["queryResult"][
        "result"
    ]
    assert row["status"] == 0
    return int(row["id"])


def test_an_application_locks_the_order_and_counts_in_fen(jd: Jd) -> None:
    order_id = jd.new()
    number = applied(jd, order_id)
    assert jd.get(order_id)["orderState"] == "LOCKED"
    [row] = jd.call(APPLY + "queryById", {"id": number})["queryResult"]["result"]
    assert isinstance(row["applyRefundSum"], int)
    assert f"{row['applyRefundSum'] / 100:.2f}" == jd.get(order_id)["shouldPay"]
    assert "**" in row["buyerName"] and row["checkTime"] == ""
    assert not [name for name in row if name.startswith("_")]
    assert jd.call(APPLY + "getWaitRefundNum")["queryResult"]["totalCount"] == 1


@pytest.mark.parametrize(
    ("status", "more", "fine"),
    [
        (2, {}, False), (2, {"rejectType": 6}, False), (2, {"rejectType": 1}, True), (1, {"remark": ""}, False),
        (9, {"remark": ""}, True), (3, {}, False), (5, {}, False), (1, {}, True), (6, {}, True), (10, {}, True),
    ],
)  # fmt: skip
def test_replies_are_validated(jd: Jd, status: int, more: dict[str, Any], fine: bool) -> None:
    number = applied(jd, jd.new())
    assert yes(reply(jd, number, status, **more)["success"]) == fine
    assert reply(jd, 1, 1)["errorMsg"]


def test_a_refusal_unlocks_and_an_approval_cancels(jd: Jd) -> None:
    one, two, three = jd.new(), jd.new(), jd.new()
    first, second, third = applied(jd, one), applied(jd, two), applied(jd, three)
    reply(jd, first, 2, rejectType=5)
    assert jd.get(one)["orderState"] == "WAIT_SELLER_STOCK_OUT" and yes(jd.ship(one)["success"])
    assert yes(reply(jd, second, 1)["success"])
    assert jd.get(two)["orderState"] == "TRADE_CANCELED"
    assert jd.truth(two)["_sandbox"]["refunded"] == jd.get(two)["actualPay"]
    assert not yes(reply(jd, second, 1)["success"])
    jd.switch(finance="by_tester")
    reply(jd, third, 1)
    assert jd.get(three)["orderState"] == "LOCKED"
    jd.patch(three, action="refund", id=third, status=3)
    assert jd.get(three)["orderState"] == "TRADE_CANCELED"


def test_an_application_after_shipping_is_intercepted_or_not(jd: Jd) -> None:
    order_id = jd.new()
    jd.ship(order_id)
    jd.patch(order_id, action="refund", kind="application")
    [row] = jd.call(APPLY + "queryPageList", {"orderId": order_id, "pageIndex": 1, "pageSize": 1})["queryResult"][
        "result"
    ]
    doc = jd.get(order_id)
    assert doc["orderState"] == "LOCKED" and doc["logisticsId"] == "467"
    assert yes(reply(jd, row["id"], 6)["success"])
    jd.patch(order_id, action="refund", id=row["id"], status=8)
    assert jd.get(order_id)["orderState"] == "WAIT_GOODS_RECEIVE_CONFIRM"


def test_application_lists_page_and_filter(jd: Jd) -> None:
    numbers = []
    for _ in range(3):
        jd.world.advance(60)
        numbers.append(applied(jd, jd.new()))
    reply(jd, numbers[0], 2, rejectType=1)

    def found(**more: Any) -> list[int]:
        told = jd.call(APPLY + "queryPageList", {"pageIndex": 1, "pageSize": 50, **more})["queryResult"]
        return [row["id"] for row in told["result"]]

    assert found() == numbers
    assert found(pageIndex=2, pageSize=2) == numbers[2:]
    assert found(status=0) == numbers[1:]
    assert found(ids=f"{numbers[0]},{numbers[2]}") == [numbers[0], numbers[2]]
    last = stamp(jd.world.now())
    assert found(applyTimeStart=last) == numbers[2:]
    assert found(checkTimeStart=last, checkTimeEnd=last) == numbers[:1]
    for bad in ({"pageSize": 51}, {"pageIndex": 101}, {"pageIndex": 0}, {"pageSize": None}):
        asked = {"pageIndex": 1, "pageSize": 50, **bad}
        assert jd.refusal(APPLY + "queryPageList", {k: v for k, v in asked.items() if v is not None}).code.startswith(
            "isv."
        )


# service orders


def served(jd: Jd, **more: Any) -> tuple[str, int]:
    order_id = jd.new()
    jd.ship(order_id)
    jd.patch(order_id, action="receive")
    [bill] = jd.patch(order_id, action="refund", **more)["_sandbox"]["services"]
    return order_id, int(bill["serviceId"])


def seen(jd: Jd, number: int) -> dict[str, Any]:
    told = jd.asc("query.view", serviceId=number)["result"]
    assert yes(told["success"])
    return dict(told["data"])


SEND = {
    "approveNotes": "请寄回", "approveReasonCid1": 1, "returnContactName": "仓库", "returnContactTel": "0571-88880000",
    "returnDetailAddress": "文三路1号",
}  # fmt: skip


def test_a_return_goes_through_its_states_under_the_lock(jd: Jd) -> None:
    order_id, number = served(jd)
    bill = seen(jd, number)
    assert (bill["serviceStatus"], bill["customerExpect"]) == (10000, 10)
    assert [row["serviceId"] for row in jd.asc("audit.list")["pageResult"]["data"]] == [number]
    common = {"serviceId": number, "orderId": order_id}
    stale = jd.asc("audit.send", **common, **SEND, sysVersion=bill["sysVersion"] + 1)["result"]
    assert not yes(stale["success"]) and seen(jd, number)["serviceStatus"] == 10000
    assert yes(jd.asc("audit.send", **common, **SEND, sysVersion=bill["sysVersion"])["result"]["success"])
    assert seen(jd, number)["serviceStatus"] == 10005 and seen(jd, number)["sysVersion"] > bill["sysVersion"]
    assert [row["serviceId"] for row in jd.asc("receive.list")["pageResult"]["data"]] == [number]
    assert not yes(jd.asc("process.close", **common)["result"]["success"])
    assert yes(jd.asc("receive.register", **common)["result"]["success"])
    refund = jd.call("jingdong.b2c.shop.aftersales.refund.get", {"afsServiceId": number, "skuNum": 1})["result"]["data"]
    assert "afsEstimateRefundDetail" in refund
    assert yes(jd.asc("process.close", **common)["result"]["success"])
    refund = jd.call("jingdong.b2c.shop.aftersales.refund.get", {"afsServiceId": number, "skuNum": 1})["result"]
    amount = refund["data"]["afsActualRefundDetail"]["actualRefundAmount"]
    assert refund["errorCode"] == 200 and f"{amount:.2f}" == jd.truth(order_id)["_sandbox"]["refunded"]
    assert jd.get(order_id)["orderState"] == "FINISHED_L"


def test_service_writes_that_are_refused(jd: Jd) -> None:
    order_id, number = served(jd)
    assert jd.refusal("jingdong.asc.query.list", {"operatePin": "a", "operateNick": "a"}).code.endswith("buId")
    wrong = {"buId": "1", "operatePin": "a", "operateNick": "a"}
    assert jd.refusal("jingdong.asc.query.list", wrong).code == "isv.invalid-parameter:buId"
    assert jd.refusal("jingdong.asc.query.list", {**wrong, "buId": jd.vender_id, "operatePin": "a" * 51})
    assert not yes(jd.asc("query.view", serviceId=1)["result"]["success"])
    with pytest.raises(Exception, match="sysVersion"):
        jd.asc("common.cancel", serviceId=number, orderId=order_id)
    version = seen(jd, number)["sysVersion"]
    assert yes(jd.asc("common.cancel", serviceId=number, orderId=order_id, sysVersion=version)["result"]["success"])
    assert seen(jd, number)["serviceStatus"] == 10011
    refused = {"serviceId": number, "orderId": order_id, "approveNotes": "不", "approveReasonCid1": 1}
    assert not yes(jd.asc("audit.refuse", **refused)["result"]["success"])
    other_order, other = served(jd)
    refused |= {"serviceId": other, "orderId": other_order}
    assert yes(jd.asc("audit.refuse", **refused)["result"]["success"])
    assert seen(jd, other)["serviceStatus"] == 10004
    assert jd.asc("audit.reason.list")["result"]["data"]


def test_goods_are_sent_again_as_an_order_that_nobody_pays(jd: Jd) -> None:
    order_id, number = served(jd, expect=80)
    common = {"serviceId": number, "orderId": order_id, "sysVersion": seen(jd, number)["sysVersion"]}
    stale = jd.asc("audit.compensate", **{**common, "sysVersion": 99})["result"]
    assert not yes(stale["success"]) and stale["data"] is None
    told = jd.asc("audit.compensate", **common)["result"]
    fresh = jd.get(told["data"])
    assert (fresh["returnOrder"], fresh["orderState"], fresh["shouldPay"]) == ("1", "WAIT_SELLER_STOCK_OUT", "0.00")
    assert fresh["parentOrderId"] == order_id
    assert fresh["consigneeInfo"]["oaid"] == jd.get(order_id)["consigneeInfo"]["oaid"]
    assert seen(jd, number)["serviceStatus"] == 10010
    assert not yes(jd.asc("audit.compensate", serviceId=number, orderId=order_id)["result"]["success"]), "once"
    assert yes(jd.ship(told["data"])["success"])


def test_an_exchange_is_received_and_given_outside_the_platform(jd: Jd) -> None:
    order_id, number = served(jd, expect=20)
    common = {"serviceId": number, "orderId": order_id}
    freight = {**common, "expressCode": "YT1", "expressCompany": "圆通"}
    assert not yes(jd.asc("freight.save", **freight)["result"]["success"]), "not agreed yet"
    assert yes(jd.asc("audit.send", **common, **SEND, sysVersion=seen(jd, number)["sysVersion"])["result"]["success"])
    assert yes(jd.asc("freight.save", **freight)["result"]["success"])
    assert jd.asc("freight.view", **common)["result"]["data"]["expressCode"] == "YT1"
    assert [row["serviceId"] for row in jd.asc("query.list", expressCode="YT1")["pageResult"]["data"]] == [number]
    assert jd.asc("query.list", expressCode="YT2")["pageResult"]["totalCount"] == 0
    assert not yes(jd.asc("process.offline.change", **common)["result"]["success"]), "nothing came back yet"
    assert yes(jd.asc("receive.register", **common)["result"]["success"])
    assert yes(jd.asc("process.offline.change", **common)["result"]["success"])
    assert seen(jd, number)["serviceStatus"] == 10009
    log = jd.asc("log.list", **common)["result"]["data"]
    assert [row["content"].split()[0] for row in log] == ["approve_return", "receive", "swap"]
    other_order, other = served(jd)
    refused = jd.asc("process.offline.change", serviceId=other, orderId=other_order)["result"]
    assert not yes(refused["success"]) and refused["code"] == "10005"
    bad = {"serviceId": other, "orderId": other_order, "approveNotes": "不", "approveReasonCid1": 99}
    assert jd.asc("audit.refuse", **bad)["result"]["code"] == "10005" and seen(jd, other)["serviceStatus"] == 10000


def test_service_lists_page_filter_and_sync(jd: Jd) -> None:
    numbers = []
    for _ in range(3):
        jd.world.advance(60)
        numbers.append(served(jd)[1])
    page = jd.asc("query.list", pageNumber=1, pageSize=2)["pageResult"]
    assert (page["totalCount"], [row["serviceId"] for row in page["data"]]) == (3, numbers[:2])
    row = page["data"][0]
    assert isinstance(row["applyTime"], int) and "**" in row["customerName"] and "sysVersion" not in row
    last = stamp(jd.world.now())
    jd.world.advance(60)
    late = stamp(jd.world.now())
    tail = jd.asc("query.list", applyTimeBegin=last, applyTimeEnd=late)["pageResult"]["data"]
    assert [row["serviceId"] for row in tail] == numbers[2:]
    version = seen(jd, numbers[0])["sysVersion"]
    jd.asc(
        "audit.refuse",
        serviceId=numbers[0],
        orderId=row["orderId"],
        approveNotes="x",
        approveReasonCid1=1,
        sysVersion=version,
    )
    synced = jd.asc("sync.list", updateTimeBegin=last, updateTimeEnd=late)["pageResult"]["data"]
    assert [row["serviceId"] for row in synced] == [numbers[2], numbers[0]]
    with pytest.raises(Exception, match="updateTime"):
        jd.asc("sync.list", updateTimeBegin=last)
    with pytest.raises(Exception, match="pageSize"):
        jd.asc("query.list", pageSize=51)


def test_services_with_their_refunds(jd: Jd) -> None:
    order_id, number = served(jd, expect=11, amount="1.00", done=True)
    [row] = jd.asc("serviceAndRefund.view", orderId=order_id, pageNumber=1, pageSize=50)["pageResult"]["data"]
    assert row["sameOrderServiceBill"]["serviceId"] == number and row["completeTime"]
    now = jd.world.now()
    span = {"applyTimeBegin": stamp(now - timedelta(days=8)), "applyTimeEnd": stamp(now)}
    with pytest.raises(Exception, match="applyTime"):
        jd.asc("serviceAndRefund.view", **span)
    with pytest.raises(Exception, match="orderId"):
        jd.asc("serviceAndRefund.view")
    assert jd.truth(order_id)["_sandbox"]["refunded"] == "1.00"


def test_refunds_never_exceed_what_was_paid(jd: Jd) -> None:
    order_id = jd.new()
    jd.ship(order_id)
    path = f"/_sandbox/jd/orders/{order_id}"
    status, _ = jd.world.control("PATCH", path, {}, {"action": "refund", "expect": 11, "amount": "99999.00"})
    assert status == 409
    jd.patch(order_id, action="refund", expect=11, amount="1.00", done=True)
    jd.patch(order_id, action="refund", expect=11, done=True)
    status, _ = jd.world.control("PATCH", path, {}, {"action": "refund", "expect": 11, "amount": "0.01"})
    assert status == 409
    assert float(jd.truth(order_id)["_sandbox"]["refunded"]) <= float(jd.truth(order_id)["actualPay"])


# states


def test_the_state_table_names_only_documented_states() -> None:
    assert {state for state, _ in MOVES} | set(MOVES.values()) <= set(STATES)


ACTIONS = ["pay", "ship", "receive", "cancel", "refund", "refuse", "approve", "part"]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(ACTIONS), max_size=8), st.booleans())
def test_any_sequence_of_actions_keeps_the_order_in_step(actions: list[str], unpaid: bool) -> None:
    order_id = MOVER.new(unpaid=unpaid)
    for action in actions:
        before = MOVER.truth(order_id)
        body: dict[str, Any] = {"action": action}
        if action == "part":
            body = {"action": "ship", "sku_uuids": [before["itemInfoList"][0]["itemExt"]["skuUuid"]]}
        if action in ("refuse", "approve"):
            waiting = [one for one in before["_sandbox"]["refunds"] if one["status"] == 0]
            number = waiting[-1]["id"] if waiting else 0
            body = {"action": "refund", "id": number, "status": 2 if action == "refuse" else 1}
        status, _ = MOVER.world.control("PATCH", f"/_sandbox/jd/orders/{order_id}", {}, body)
        after = MOVER.truth(order_id)
        assert status in (200, 404, 409)
        if status != 200:
            assert after == before
        assert after["orderState"] in STATES and after["orderStateRemark"] == STATES[after["orderState"]]
        sent = sum(units for parcel in after["_sandbox"]["parcels"] for units in parcel["goods"].values())
        assert sent <= sum(int(row["itemTotal"]) for row in after["itemInfoList"])
        assert float(after["_sandbox"]["refunded"]) <= float(after["actualPay"])
    rows = control(MOVER.world, "GET", "/_sandbox/jd/stock")
    assert all(row["booked"] >= 0 and row["quantity"] >= 0 for row in rows)


MOVER = Jd(still())


# OAuth


def oauth(jd: Jd, path: str, http: str = "POST", **params: str) -> dict[str, Any]:
    base = {"app_key": jd.shop["app_key"], "app_secret": jd.shop["app_secret"]}
    text = urlencode({**base, **params})
    url, headers = f"{jd.shop['base_url']}{path}", {"content-type": "application/x-www-form-urlencoded"}
    request = Request(http, url, headers, text.encode()) if http == "POST" else Request(http, f"{url}?{text}")
    return dict(json.loads(jd.world.handle(request).body))


def code(jd: Jd, shop_id: str, **more: str) -> str:
    query = {"app_key": jd.shop["app_key"], "response_type": "code", "redirect_uri": "https://host/back?x=1", "state": "s1",
             "scope": "snsapi_base", "sandbox_shop_id": shop_id, **more}  # fmt: skip
    reply = jd.world.handle(Request("GET", f"{jd.shop['base_url']}/oauth2/to_login?{urlencode(query)}"))
    assert reply.status == 302
    told = parse_qs(urlsplit(reply.headers["location"]).query)
    assert told["state"] == ["s1"] and told["x"] == ["1"]
    return told.get("code", ["refused"])[0]


@pytest.mark.parametrize("http", ["GET", "POST"])
def test_codes_work_once_and_for_a_while(jd: Jd, http: str) -> None:
    given = code(jd, "jd-2")
    told = oauth(jd, "/oauth2/access_token", http, grant_type="authorization_code", code=given)
    assert told["code"] == 0 and told["expires_in"] == 2_592_000 and len(told["time"]) == 13
    assert {"open_id", "xid", "scope", "refresh_token"} <= told.keys()
    jd.token = told["access_token"]
    assert str(jd.call("jingdong.vender.shop.query")["shop_jos_result"]["vender_id"]) == "100002"
    again = oauth(jd, "/oauth2/access_token", grant_type="authorization_code", code=given)
    assert again["code"] != 0 and again["msg"] and again["requestId"]
    late = code(jd, "jd-1")
    jd.world.advance(601)
    assert oauth(jd, "/oauth2/access_token", grant_type="authorization_code", code=late)["code"] != 0
    assert code(jd, "jd-1", sandbox_refuse="1") == "refused"


def test_the_legacy_door_compares_the_redirect(jd: Jd) -> None:
    names = {
        "client_id": jd.shop["app_key"],
        "client_secret": jd.shop["app_secret"],
        "grant_type": "authorization_code",
    }
    told = oauth(jd, "/oauth/token", **names, code=code(jd, "jd-1"), redirect_uri="https://host/back?x=1")
    assert told["access_token"]
    assert oauth(jd, "/oauth/token", **names, code=code(jd, "jd-1"), redirect_uri="https://other")["code"] != 0


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("/oauth2/access_token", {"app_secret": "x"}), ("/oauth2/access_token", {"grant_type": "refresh_token"}),
        ("/oauth2/refresh_token", {"app_secret": "x"}), ("/oauth2/refresh_token", {"grant_type": "authorization_code"}),
        ("/oauth2/refresh_token", {"refresh_token": "x"}), ("/oauth2/access_token", {"code": "x"}),
    ],
)  # fmt: skip
def test_the_token_server_says_no_by_code(jd: Jd, path: str, change: dict[str, str]) -> None:
    fine = {"grant_type": "refresh_token" if "refresh" in path else "authorization_code"}
    fine |= {"refresh_token": jd.shop["refresh_token"], "code": code(jd, "jd-1")}
    assert oauth(jd, path, **{**fine, **change})["code"] != 0


def renewed(jd: Jd, refresh: str) -> dict[str, Any]:
    return oauth(jd, "/oauth2/refresh_token", grant_type="refresh_token", refresh_token=refresh)


def test_tokens_expire_and_an_expired_one_cannot_be_refreshed(jd: Jd) -> None:
    refresh = jd.shop["refresh_token"]
    jd.world.advance(2_592_000 - 1)
    assert jd.search()
    told = renewed(jd, refresh)
    assert told["code"] == 0 and told["access_token"] != jd.token
    jd.world.advance(2)
    assert "过期" in jd.refusal(SEARCH).told["zh_desc"]
    jd.token = told["access_token"]
    assert jd.search()
    jd.world.advance(2_592_000)
    assert renewed(jd, told["refresh_token"])["code"] == 403


def test_a_lost_refresh_reply_can_be_recovered_until_the_new_token_is_used(jd: Jd) -> None:
    refresh = jd.shop["refresh_token"]
    renewed(jd, refresh)
    told = renewed(jd, refresh)
    assert told["code"] == 0
    jd.token = told["access_token"]
    jd.search()
    assert renewed(jd, refresh)["code"] != 0


def test_refresh_rules_by_switch(jd: Jd) -> None:
    jd.switch(refresh_keeps_token=True, refreshes_per_month=1)
    jd.world.advance(1000)
    told = renewed(jd, jd.shop["refresh_token"])
    assert (told["access_token"], told["expires_in"]) == (jd.token, 2_592_000)
    assert renewed(jd, jd.shop["refresh_token"])["code"] == 406
    jd.switch(refreshes_per_month=0, refresh_window_s=86_400)
    assert renewed(jd, jd.shop["refresh_token"])["code"] == 405
    jd.world.advance(2_592_000 - 86_000)
    assert renewed(jd, jd.shop["refresh_token"])["code"] == 0


def test_after_the_fault_a_refresh_gives_a_good_token(jd: Jd) -> None:
    jd.fault("token_expired")
    jd.refusal(SEARCH)
    jd.token = renewed(jd, jd.shop["refresh_token"])["access_token"]
    assert jd.search()
    assert jd.world.shops()[0]["access_token"] == jd.token


def test_shared_paths_are_claimed_by_parameters(jd: Jd) -> None:
    emulator = jd.world.emulators["jd"]

    def claimed(path: str, **params: str) -> bool:
        return emulator.claims(parse_request(Request("GET", f"http://x{path}?{urlencode(params)}")))

    assert claimed("/routerjson") and claimed("/rest/sp-order/v0/orders") and claimed("/oauth2/to_login")
    assert claimed("/oauth2/access_token", app_key="sandbox-jd-app") and claimed("/oauth2/access_token", app_key="1")
    assert not claimed("/oauth2/access_token", app_id="1", app_secret="2")
    assert not claimed("/oauth2/access_token", app_key="sandbox-other-app")
    assert claimed("/oauth/token", client_id="sandbox-jd-app") and not claimed("/oauth/token", client_id="x")
    assert not claimed("/router/rest")


# control


def test_accounts_tell_what_clients_need(jd: Jd) -> None:
    for account in jd.world.shops():
        assert set(account) == {
            "platform", "shop_id", "base_url", "app_key", "app_secret", "access_token", "refresh_token", "token_url",
        }  # fmt: skip
        assert all(
            account[name].startswith("sandbox-") for name in ("app_key", "app_secret", "access_token", "refresh_token")
        )


def test_records_tell_total_and_currency(jd: Jd) -> None:
    rows = control(jd.world, "GET", "/_sandbox/jd/orders")
    assert len(rows) == 12
    for row in rows:
        doc = jd.truth(row["order_id"])
        assert row == {
            "order_id": doc["orderId"], "shop_id": doc["_sandbox"]["shop_id"], "modified": doc["modified"],
            "total": doc["shouldPay"], "currency": "CNY",
        }  # fmt: skip


def test_new_orders_are_dated_now_in_every_shop(jd: Jd) -> None:
    rows = control(jd.world, "POST", "/_sandbox/jd/orders", {"count": 2})
    assert sorted(row["shop_id"] for row in rows) == ["jd-1", "jd-1", "jd-2", "jd-2"]
    assert {row["modified"] for row in rows} == {stamp(jd.world.now())}


def test_documents_are_taken_as_given_and_replaced_by_number(jd: Jd) -> None:
    order_id = jd.post(orderId="290000000001", orderState="PAUSE", orderRemark="请周末送")
    doc = jd.get(order_id)
    assert (doc["orderState"], doc["orderRemark"]) == ("PAUSE", "请周末送")
    jd.post(orderId="290000000001", orderState="LOCKED")
    assert jd.get(order_id)["orderState"] == "LOCKED"
    assert len([one for one in jd.ids() if one == order_id]) == 1
    body = {"shop_id": "jd-2", "documents": [{"orderId": order_id}]}
    assert jd.world.control("POST", "/_sandbox/jd/orders", {}, body)[0] == 400


@pytest.mark.parametrize(
    ("verb", "path", "body", "status"),
    [
        ("POST", "orders", {}, 400), ("POST", "orders", {"count": 0}, 400), ("POST", "orders", {"count": 1, "x": 1}, 400),
        ("POST", "orders", {"count": 1, "shop_id": "jd-9"}, 404), ("POST", "orders", {"documents": [{}]}, 400),
        ("GET", "orders/1", None, 404), ("PATCH", "orders/1", {"action": "pay"}, 404), ("PUT", "stock", {"quantity": 1}, 400),
        ("PUT", "stock", {"outer_id": "no", "quantity": 1}, 404), ("PUT", "stock", {"outer_id": "SKU-0001", "quantity": -1}, 400),
    ],
)  # fmt: skip
def test_control_refusals_say_what_to_do(jd: Jd, verb: str, path: str, body: Any, status: int) -> None:
    told_status, told = jd.world.control(verb, f"/_sandbox/jd/{path}", {}, body)
    assert told_status == status and set(told) == {"error", "do"}


def test_actions_that_the_state_forbids_are_409(jd: Jd) -> None:
    order_id = jd.new()
    path = f"/_sandbox/jd/orders/{order_id}"
    for action in ("pay", "receive"):
        assert jd.world.control("PATCH", path, {}, {"action": action})[0] == 409
    assert jd.world.control("PATCH", path, {}, {"action": "dance"})[0] == 400
    assert jd.world.control("PATCH", path, {}, {"action": "change_address"})[0] == 400
    assert jd.world.control("PATCH", path, {}, {"action": "ship", "logistics_id": "SF"})[0] == 400


def test_fields_and_actions_change_what_is_read(jd: Jd) -> None:
    order_id = jd.new(unpaid=True)
    jd.world.advance(5)
    assert jd.patch(order_id, action="pay")["paymentConfirmTime"] == stamp(jd.world.now())
    jd.patch(order_id, fields={"orderRemark": "加急"})
    assert jd.get(order_id)["orderRemark"] == "加急"
    jd.patch(order_id, action="change_address", fullname="李四", mobile="13800000000")
    assert jd.get(order_id)["consigneeInfo"]["fullname"] == "李**"
    jd.patch(order_id, action="ship", waybill="SF77")
    assert jd.get(order_id)["waybill"] == "SF77"
    assert jd.patch(order_id, action="receive")["orderState"] == "FINISHED_L"
    assert jd.get(order_id)["orderEndTime"] == stamp(jd.world.now())


def test_a_refund_can_be_done_in_one_step(jd: Jd) -> None:
    order_id = jd.new()
    assert jd.patch(order_id, action="refund", done=True)["orderState"] == "TRADE_CANCELED"
    jd.switch(finance="by_tester")
    other = jd.new()
    assert jd.patch(other, action="refund", done=True)["orderState"] == "TRADE_CANCELED"


def test_stock_by_control_reaches_every_shop(jd: Jd) -> None:
    changed = control(jd.world, "PUT", "/_sandbox/jd/stock", {"outer_id": "SKU-0003", "quantity": 9})
    assert {row["shop_id"] for row in changed} == {"jd-1", "jd-2"}
    assert [row["quantity"] for row in skus(jd) if row["outer_id"] == "SKU-0003"] == [9]


def test_shipment_is_logged_with_shop_and_operation(jd: Jd) -> None:
    jd.ship(jd.new())
    [entry] = jd.world.log(1)
    assert (entry["platform"], entry["shop_id"], entry["operation"], entry["verdict"]) == ("jd", "jd-1", SHIP, "ok")
