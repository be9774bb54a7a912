"""JD is told about parcels: whole, in parts, corrected; refusals and lost replies are settled by reading."""

from __future__ import annotations

from typing import Any

import pytest
from jd_script import COMPANIES, Script, detail, inside, item, jd, order

from orderhub.errors import (
    Conflict,
    ConnectFailed,
    InvalidParameter,
    NotFound,
    OutcomeUnknown,
    PlatformUnavailable,
    RequestRejected,
    TimedOut,
)
from orderhub.models import Dispatch

SHIP, GET, LIST = "jingdong.pop.order.shipment", "jingdong.pop.order.enGet", "360buy.delivery.logistics.get"
JUDGE, PART = "jingdong.pop.order.partialship.judge", "jingdong.pop.order.partial.outship"
FIX, FIX_PART = "jingdong.pop.order.sop.logistics.update", "jingdong.pop.order.waybill.update"
SERIAL = "jingdong.pop.order.serialCode.upload"
ID = "290000000001"
YES = inside(SHIP, sopjosshipment_result={"success": "true", "errorCode": "0"})
JUDGED = inside(JUDGE, response={"partialShipmentItemList": [{"orderId": int(ID), "supportPartialShipment": True}]})
PART_YES = inside(PART, response={"code": 200, "msg": "", "data": {"successList": [int(ID)], "failList": []}})
FIXED = inside(FIX, returnType={"success": True, "resultCode": "0"})
TWO = [item(uuid="u-1"), item("100012345678", "u-2", jdPrice="0.00", itemTotal="1"), item("100099999999", "u-3")]


def refused(code: str) -> dict[str, Any]:
    inner = {"success": False, "errorCode": code, "chineseErrCode": "不行"}
    return inside(SHIP, sopjosshipment_result=inner)


def parcel(number: str = "SF1", carrier: str = "sf", **given: Any) -> Dispatch:
    return Dispatch(order_id=ID, carrier=carrier, waybill_no=number, **given)


def shipped(*numbers: str, carrier: str = "467") -> dict[str, Any]:
    return detail(order(orderState="WAIT_GOODS_RECEIVE_CONFIRM", logisticsId=carrier, waybill=",".join(numbers)))


def ship(script: Script, *parcels: Dispatch, **settings: Any) -> Any:
    return script.run(jd(**settings).ship(parcels))


def test_a_whole_order_in_one_parcel() -> None:
    script = Script({LIST: [COMPANIES], SHIP: [YES]})
    (outcome,) = ship(script, parcel("SF1234567890123"))
    assert (outcome.ok, outcome.key, outcome.reason) == (True, f"{ID}:SF1234567890123", None)
    assert script.said(SHIP) == {"orderId": int(ID), "logiCoprId": "467", "logiNo": "SF1234567890123"}


def test_several_parcels_travel_in_one_call() -> None:
    script = Script({LIST: [COMPANIES], SHIP: [YES]})
    outcomes = ship(script, parcel("SF1"), parcel("YT1", "yto"), parcel("SF2"), ship_address_id=9)
    assert [outcome.key for outcome in outcomes] == [f"{ID}:SF1", f"{ID}:YT1", f"{ID}:SF2"]
    assert script.said(SHIP) == {"orderId": int(ID), "logiCoprId": "467|463", "logiNo": "SF1,SF2|YT1",
                                 "venderTaskAddressId": 9}  # fmt: skip


def test_own_delivery_sends_no_number() -> None:
    script = Script({LIST: [COMPANIES], SHIP: [YES]})
    ship(script, parcel("own-1", "1274"))
    assert script.said(SHIP) == {"orderId": int(ID), "logiCoprId": "1274"}


def test_parcels_that_together_are_the_whole_order_are_one_shipment() -> None:
    script = Script({LIST: [COMPANIES], GET: [detail(order(itemInfoList=TWO))], SHIP: [YES]})
    ship(script, parcel("SF1", lines=(("u-1", 2), ("u-3", 1))), parcel("SF2", lines=(("u-2", 1), ("u-3", 1))))
    assert script.said(SHIP)["logiNo"] == "SF1,SF2"


@pytest.mark.parametrize(
    ("parcels", "words"),
    [
        ([parcel(f"SF{number}") for number in range(11)], "ten waybills"),
        ([parcel("S" * 150), parcel("F" * 60)], "200 characters"),
        ([parcel("JD1", "jd"), parcel("SF1")], "JD Express"),
        ([parcel("JD1", "jd"), parcel("JD2", "jd")], "JD Express"),
        ([parcel("x", "1274"), parcel("SF1")], "own delivery"),
        ([parcel("SF1", "nobody")], "no carrier 'nobody'"),
    ],
)
def test_what_one_call_cannot_say_is_refused_here(parcels: list[Dispatch], words: str) -> None:
    script = Script({LIST: [COMPANIES], GET: [detail(order())]})
    outcomes = ship(script, *parcels)
    assert len(outcomes) == len(parcels)
    assert all(isinstance(outcome.error, InvalidParameter) and words in str(outcome.error) for outcome in outcomes)


def test_an_own_table_of_carriers_needs_no_list() -> None:
    script = Script({SHIP: [YES]})
    ship(script, parcel(carrier="sf"), carrier_ids={"sf": 888})
    assert script.said(SHIP)["logiCoprId"] == "888"


def test_a_bad_order_sinks_no_other() -> None:
    missing = inside(GET, orderDetailInfo={"apiResult": {"success": False, "numberCode": 10100041}})
    script = Script({
        LIST: [COMPANIES], SHIP: [lambda business: YES if business["orderId"] == 2 else refused("10100041")],
        GET: [missing], "jingdong.pop.order.notPayOrderById": [missing | {}],
    }, again=True)  # fmt: skip
    bad, good, worse = ship(
        script, Dispatch(order_id="1", carrier="sf", waybill_no="SF1"),
        Dispatch(order_id="2", carrier="sf", waybill_no="SF2"), Dispatch(order_id="A", carrier="sf", waybill_no="SF3"),
    )  # fmt: skip
    assert (good.ok, bad.ok, worse.ok) == (True, False, False)
    assert isinstance(bad.error, NotFound) and isinstance(worse.error, InvalidParameter)
    assert [outcome.key for outcome in (bad, good, worse)] == ["1:SF1", "2:SF2", "A:SF3"]


def test_a_second_confirmation_is_already_done() -> None:
    script = Script({LIST: [COMPANIES], SHIP: [refused("400300124")], GET: [shipped("SF1")]})
    (outcome,) = ship(script, parcel("SF1"))
    assert (outcome.ok, outcome.reason) == (True, "already_done")


@pytest.mark.parametrize("lost", [TimedOut("slow"), PlatformUnavailable("HTTP 503")], ids=repr)
def test_a_lost_reply_is_settled_by_reading(lost: Exception) -> None:
    script = Script({LIST: [COMPANIES], SHIP: [lost], GET: [shipped("SF1")]})
    (outcome,) = ship(script, parcel("SF1"))
    assert (outcome.ok, outcome.reason) == (True, "already_done")
    assert script.names.count("pop.order.shipment") == 1


def test_a_lost_request_is_sent_again_after_reading() -> None:
    script = Script({LIST: [COMPANIES], SHIP: [TimedOut("slow"), YES], GET: [detail(order())]})
    (outcome,) = ship(script, parcel("SF1"))
    assert outcome.ok
    assert script.names == ["360buy.delivery.logistics.get", "pop.order.shipment", "pop.order.enGet",
                            "pop.order.shipment"]  # fmt: skip


def test_a_request_that_never_left_is_simply_repeated() -> None:
    script = Script({LIST: [COMPANIES], SHIP: [ConnectFailed("no route"), YES]})
    assert ship(script, parcel("SF1"))[0].ok


def test_what_cannot_be_settled_is_said() -> None:
    broken = PlatformUnavailable("HTTP 503")
    script = Script({LIST: [COMPANIES], SHIP: [TimedOut("slow")], GET: [broken]}, again=True)
    (outcome,) = ship(script, parcel("SF1"))
    assert not outcome.ok and isinstance(outcome.error, OutcomeUnknown)


def test_a_system_error_of_the_shipment_is_settled_by_reading() -> None:
    script = Script({LIST: [COMPANIES], SHIP: [refused("50010"), YES], GET: [detail(order())]})
    assert ship(script, parcel("SF1"))[0].ok


def test_a_locked_order_is_refused_with_jds_words() -> None:
    script = Script({LIST: [COMPANIES], SHIP: [refused("101000014")], GET: [detail(order(orderState="LOCKED"))]})
    (outcome,) = ship(script, parcel("SF1"))
    assert (outcome.ok, outcome.reason) == (False, "conflict")
    assert isinstance(outcome.error, Conflict) and outcome.error.sub_code == "101000014"


def test_a_part_names_jds_own_line_ids() -> None:
    script = Script({LIST: [COMPANIES], GET: [detail(order(itemInfoList=TWO))], JUDGE: [JUDGED], PART: [PART_YES]})
    (outcome,) = ship(script, parcel("SF1", lines=(("u-2", 1), ("u-3", 1))))
    assert outcome.ok
    assert script.said(JUDGE) == {"request": {"data": {"orderList": [int(ID)]}, "belongType": 200}}
    assert script.said(PART) == {"request": {"belongType": 200, "data": [{
        "deliveryType": 5, "orderIds": [int(ID)], "deliveryNumberDtoList": [{
            "deliveryId": 467, "deliveryName": "顺丰快递", "deliveryNums": ["SF1"],
            "partialShipmentGoodsList": [{"skuUuid": "u-2", "skuId": 100012345678, "num": 1},
                                         {"skuUuid": "u-3", "skuId": 100099999999, "num": 1}],
        }],
    }]}}  # fmt: skip


def test_a_list_of_failures_is_a_refusal_although_the_call_says_200() -> None:
    failed = {"code": 200, "data": {"successList": [], "failList": [{"orderId": int(ID), "code": 101000014,
                                                                      "failReason": "已锁定"}]}}  # fmt: skip
    script = Script({LIST: [COMPANIES], GET: [detail(order(itemInfoList=TWO))] * 2, JUDGE: [JUDGED],
                     PART: [inside(PART, response=failed)]})  # fmt: skip
    (outcome,) = ship(script, parcel("SF1", lines=(("u-2", 1),)))
    assert not outcome.ok and isinstance(outcome.error, RequestRejected)
    assert (outcome.error.message, outcome.error.sub_code) == ("已锁定", "101000014")


@pytest.mark.parametrize("kind", ["-1", "0", "1", "2", "3", "99"])
def test_an_order_that_may_not_be_split_is_told_why(kind: str) -> None:
    row = {"orderId": ID, "supportPartialShipment": "false", "notSupportType": int(kind)}
    judged = inside(JUDGE, response={"partialShipmentItemList": [row]})
    script = Script({LIST: [COMPANIES], GET: [detail(order(itemInfoList=TWO))] * 2, JUDGE: [judged]})
    (outcome,) = ship(script, parcel("SF1", lines=(("u-2", 1),)))
    assert isinstance(outcome.error, Conflict) and outcome.error.sub_code == kind


@pytest.mark.parametrize(
    ("rows", "lines", "words"),
    [
        ([item(), item("7")], (("100012345678:1", 1),), "no skuUuid"),
        (TWO, (("u-9", 1),), "no line u-9"),
    ],
)
def test_a_part_of_what_nobody_can_name_is_refused(rows: Any, lines: Any, words: str) -> None:
    script = Script({LIST: [COMPANIES], GET: [detail(order(itemInfoList=rows))] * 2})
    (outcome,) = ship(script, parcel("SF1", lines=lines))
    assert isinstance(outcome.error, InvalidParameter) and words in str(outcome.error)


def test_serial_numbers_go_before_the_parcel() -> None:
    uploaded = inside(SERIAL, result={"status": 1})
    script = Script({LIST: [COMPANIES], GET: [detail(order(itemInfoList=TWO[:1]))], SERIAL: [uploaded], SHIP: [YES]})
    (outcome,) = ship(script, parcel("SF1", serial_numbers=(("u-1", "SN-1"), ("u-1", "SN-2"))))
    assert outcome.ok
    codes = [{"codeType": "SN", "codeValue": "SN-1"}, {"codeType": "SN", "codeValue": "SN-2"}]
    assert script.said(SERIAL) == {"orderId": int(ID), "skuId": 100012345678, "serialCodeList": codes}
    assert script.names[-2:] == ["pop.order.serialCode.upload", "pop.order.shipment"]


def test_a_refused_serial_number_stops_the_parcel() -> None:
    no = inside(SERIAL, result={"status": 2, "subCode": "E", "subMsg": "错"})
    script = Script({LIST: [COMPANIES], GET: [detail(order(itemInfoList=TWO[:1]))] * 2, SERIAL: [no]})
    (outcome,) = ship(script, parcel("SF1", serial_numbers=(("u-1", "SN-1"),)))
    assert not outcome.ok and "SN-1" not in str(outcome.error)
    five = tuple(("u-1", f"SN-{number}") for number in range(5))
    script = Script({LIST: [COMPANIES], GET: [detail(order(itemInfoList=TWO[:1]))] * 2})
    (outcome,) = ship(script, parcel("SF1", serial_numbers=five))
    assert isinstance(outcome.error, InvalidParameter)


def test_a_number_is_corrected_among_those_that_stand() -> None:
    before = detail(order(orderState="WAIT_GOODS_RECEIVE_CONFIRM", logisticsId="467|463", waybill="SF1,SF2|YT1"))
    script = Script({LIST: [COMPANIES], GET: [before], FIX: [FIXED]})
    (outcome,) = ship(script, parcel("YT9", "yto", replaces="SF2"), ship_address_id=3)
    assert outcome.ok
    assert script.said(FIX) == {
        "oneGlobalOrderModelNoLogistic": {"orderId": int(ID), "takeAddressId": 3},
        "logisticsGlobalModelList": [
            {"logiCoprId": "467", "logiNoList": ["SF1"], "logiScope": 0, "packageNum": 1},
            {"logiCoprId": "463", "logiNoList": ["YT9", "YT1"], "logiScope": 0, "packageNum": 2},
        ],
    }  # fmt: skip


PARTIAL = {"shipmentId": 55, "logicId": "467", "waybillId": "SF1", "packageNum": 1, "shipmentTime": 1772330400000,
           "skus": [{"skuUuid": "u-1", "skuId": "100012345678", "num": 2}]}  # fmt: skip


def test_a_number_of_a_part_is_corrected_by_its_shipment() -> None:
    before = detail(order(itemInfoList=TWO, partialLogisticsInfoModel=[PARTIAL]))
    script = Script({LIST: [COMPANIES], GET: [before], FIX_PART: [inside(FIX_PART, response={"code": 200})]})
    (outcome,) = ship(script, parcel("YT9", "yto", replaces="SF1"))
    assert outcome.ok
    row = {"shipmentId": 55, "waybillId": "YT9", "logicId": "463", "logicName": "圆通快递"}
    assert script.said(FIX_PART) == {"request": {"data": {"orderId": int(ID), "partialShipmentInfoList": [row]}}}


def test_a_number_that_does_not_stand_there_cannot_be_replaced() -> None:
    script = Script({LIST: [COMPANIES], GET: [shipped("SF1")] * 2})
    (outcome,) = ship(script, parcel("SF3", replaces="SF2"))
    assert isinstance(outcome.error, NotFound)


def test_a_lost_correction_is_settled_by_reading() -> None:
    script = Script({LIST: [COMPANIES], GET: [shipped("SF1"), shipped("SF9")], FIX: [TimedOut("slow")]})
    (outcome,) = ship(script, parcel("SF9", replaces="SF1"))
    assert (outcome.ok, outcome.reason) == (True, "already_done")


SP_SHIP, SP_GET = f"POST /rest/sp-order/v0/orders/{ID}/shipments", f"GET /rest/sp-order/v0/orders/{ID}"
SP_LIST = "GET /rest/sp-order/v0/carriers"
SP_COMPANIES = {"success": True, "data": [{"id": 467, "providerCode": "SF", "providerName": "顺丰快递"}]}
SP_ORDER = {
    "orderId": int(ID), "orderType": 22, "orderStatus": "WAIT_SELLER_STOCK_OUT", "skuItemInfoList": [
        {"skuId": 1, "skuUuid": "u-1", "num": 2, "jdPrice": 5}, {"skuId": 2, "skuUuid": "u-2", "num": 1, "jdPrice": 5},
    ],
}  # fmt: skip


def test_shipping_through_the_newer_gateway() -> None:
    script = Script({SP_LIST: [SP_COMPANIES], SP_SHIP: [{"success": "true", "data": {}}]})
    (outcome,) = ship(script, parcel("SF1"), wire="sp", sp_shipment_type=1, ship_address_id=4)
    assert outcome.ok
    assert script.said(SP_SHIP) == {"orderShipmentDTO": {
        "packageInfoList": [{"companyId": "467", "waybillCode": "SF1"}], "shipmentType": 1, "deliveryAddressId": 4,
    }}  # fmt: skip


def test_parts_and_corrections_through_the_newer_gateway() -> None:
    reading = {"success": True, "data": SP_ORDER}
    script = Script({SP_LIST: [SP_COMPANIES], SP_GET: [reading], SP_SHIP: [{"success": True}]})
    assert ship(script, parcel("SF1", lines=(("u-1", 1),)), wire="sp")[0].ok
    goods = [{"skuUuid": "u-1", "skuId": 1, "skuNum": 1}]
    assert script.said(SP_SHIP)["orderShipmentDTO"]["packageInfoList"] == [
        {"companyId": "467", "waybillCode": "SF1", "outboundGoodsFacetDTOList": goods}
    ]
    parts = [{"shipmentId": 8, "logisticsId": "467", "waybillCode": "SF1",
              "skuList": [{"skuUuid": "u-1", "num": 1}]}]  # fmt: skip
    after = {"success": True, "data": SP_ORDER | {"transportInfo": {"partialShipmentList": parts}}}
    put = SP_SHIP.replace("POST", "PUT")
    script = Script({SP_LIST: [SP_COMPANIES], SP_GET: [after], put: [{"success": True}]})
    assert ship(script, parcel("SF2", replaces="SF1"), wire="sp")[0].ok
    assert script.said(put)["orderShipmentDTO"]["packageInfoList"][0]["shipmentId"] == 8


def test_the_merchants_carriers_with_our_codes() -> None:
    rows = Script({LIST: [COMPANIES]}).run(jd().carriers())
    assert [(row.code, row.carrier) for row in rows] == [("467", "sf"), ("463", "yto"), ("2087", "jd"), ("1274", None)]
    rows = Script({SP_LIST: [SP_COMPANIES]}).run(jd(wire="sp").carriers())
    assert [(row.code, row.carrier, row.platform_id) for row in rows] == [("467", "sf", "SF")]
