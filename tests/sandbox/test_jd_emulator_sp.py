"""The SP gateway of the JD emulator: docs/platforms/jd.md §1B, §3B, §6, §7, §8C, over the state of the classic one."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_jd_emulator_tools import Jd, Refused, control, still, yes

from orderhub.flow.message import Request
from orderhub.sandbox.platforms.jd.sp import ROUTES
from orderhub.sandbox.platforms.jd.spview import BLOCKS

ORDERS = "/sp-order/v0/orders"


@pytest.fixture
def jd() -> Jd:
    return Jd(still(orders=12))


def refused(jd: Jd, verb: str, path: str, query: Any = None, body: Any = None) -> str:
    with pytest.raises(Refused) as caught:
        jd.sp(verb, path, query, body)
    return caught.value.code


def ms(jd: Jd, days: float = 0) -> int:
    return int((jd.world.now() - timedelta(days=days)).timestamp() * 1000)


def everything(jd: Jd, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for page in range(1, 200):
        told = jd.rest("GET", ORDERS, {"page": page, "pageSize": 7, **query})
        assert yes(told["success"])
        rows += told["data"]
        if not told["paginationData"]["hasNextPage"]:
            assert len(rows) == told["paginationData"]["totalItems"]
            return rows
    raise AssertionError("no end of pages")


# protocol


def test_the_envelope(jd: Jd) -> None:
    told = jd.rest("GET", ORDERS, {"page": 1, "pageSize": 5})
    assert set(told) == {"success", "data", "paginationData", "errorList", "extension"}
    assert told["paginationData"] | {"currentPage": 1, "pageSize": 5} == told["paginationData"]
    assert told["errorList"] == [] and told["extension"]["requestId"]
    jd.switch(sp_wrapped=True)
    assert set(jd.rest("GET", ORDERS)) == {"Response"}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"X-JOS-App-Key": None}, "21"), ({"X-JOS-App-Key": "x"}, "21"), ({"X-JOS-Timestamp": None}, "7"),
        ({"X-JOS-Timestamp": "2026-03-18 10:30:00"}, "8"), ({"X-JOS-Timestamp": "1000000000000"}, "8"),
        ({"X-JOS-Sign": "0" * 32}, "12"), ({"X-JOS-Sign": None}, "11"), ({"X-JOS-Access-Token": "sandbox-x"}, "19"),
        ({"X-JOS-Access-Token": None}, "19"),
    ],
)  # fmt: skip
def test_headers_are_checked(jd: Jd, headers: dict[str, Any], code: str) -> None:
    if headers.get("X-JOS-Sign", "") is None:
        unsigned = {"X-JOS-App-Key": jd.shop["app_key"], "X-JOS-Timestamp": str(ms(jd))}
        told = json.loads(jd.world.handle(Request("GET", f"http://x/rest{ORDERS}", unsigned)).body)
    else:
        told = jd.rest("GET", ORDERS, None, None, **headers)
    assert not yes(told["success"]) and told["data"] is None
    assert told["errorList"][0]["code"] == code and told["errorList"][0]["message"]


def test_the_sign_method_is_signed_when_sent_and_the_identity_is_not(jd: Jd) -> None:
    assert yes(jd.rest("GET", ORDERS, None, None, **{"X-JOS-Sign-Method": "MD5"})["success"])
    told = jd.rest("GET", ORDERS)
    assert yes(told["success"])


def test_the_body_may_be_signed_under_an_empty_name(jd: Jd) -> None:
    order_id = jd.new()
    jd.switch(sp_body_key="")
    assert refused(jd, "PUT", f"{ORDERS}/{order_id}/vender-remarks", None, {"remark": "好", "flag": 1}) == "12"


def test_unknown_resources_and_verbs(jd: Jd) -> None:
    assert refused(jd, "GET", "/sp-order/v0/nothing") == "15"
    assert refused(jd, "DELETE", ORDERS) == "15"


def test_faults_reach_this_gateway(jd: Jd) -> None:
    jd.fault("call_limited")
    assert refused(jd, "GET", ORDERS) == "2"
    jd.fault("unknown_status")
    states = {row["orderStatus"] for row in jd.sp("GET", ORDERS)}
    assert "ORDER_STATE_OF_TOMORROW" in states
    jd.fault("token_expired", operation=f"GET {ORDERS}")
    assert refused(jd, "GET", ORDERS) == "19"


# orders


def test_both_gateways_show_the_same_orders(jd: Jd) -> None:
    rows = everything(jd)
    assert [str(row["orderId"]) for row in rows] == jd.ids()
    for row in rows:
        doc = jd.get(row["orderId"])
        assert row["orderStatus"] == doc["orderState"] and isinstance(row["orderId"], int)
        assert f"{row['paymentInfo']['shouldPayAmount']:.2f}" == doc["shouldPay"]
        assert f"{row['sellerTradePriceInfo']['totalSellerDiscountAmount']:.2f}" == doc["sellerDiscount"]
        assert [one["skuUuid"] for one in row["skuItemInfoList"]] == [
            one["itemExt"]["skuUuid"] for one in doc["itemInfoList"]
        ]
        assert row["consigneeInfo"]["fullName"] == doc["consigneeInfo"]["fullname"]
        assert row["consigneeInfo"]["oaid"] == doc["consigneeInfo"]["oaid"]
        assert (row["finishedTime"] is None) == (doc["orderEndTime"][:4] == "0001")


def test_the_window_pages_and_order(jd: Jd) -> None:
    times = [row["modifiedTime"] for row in everything(jd)]
    assert times == sorted(times)
    down = [row["createdTime"] for row in everything(jd, sortBy="createdTime", sortOrder="desc")]
    assert down == sorted(down, reverse=True)
    half = everything(jd, startTime=ms(jd, 2), endTime=ms(jd))
    assert [row["orderId"] for row in half] == [
        row["orderId"] for row in everything(jd) if row["modifiedTime"] >= ms(jd, 2)
    ]
    jd.switch(sp_axis="created")
    assert [row["createdTime"] for row in everything(jd)] == down[::-1]
    jd.switch(sp_page_max=10)
    assert refused(jd, "GET", ORDERS, {"pageSize": 11}) == "isv.invalid-parameter:pageSize"


def test_the_status_filter(jd: Jd) -> None:
    order_id = jd.new(unpaid=True)
    assert {row["orderStatus"] for row in everything(jd, orderStatus="WAIT_SELLER_STOCK_OUT")} == {
        "WAIT_SELLER_STOCK_OUT"
    }
    assert int(order_id) in [row["orderId"] for row in everything(jd, orderStatus="NOT_PAY")]
    assert int(order_id) not in [row["orderId"] for row in everything(jd)]
    assert refused(jd, "GET", ORDERS, {"orderStatus": "NO"}) == "isv.invalid-parameter:orderStatus"


@settings(max_examples=20, deadline=None)
@given(st.sets(st.sampled_from(sorted(BLOCKS)), min_size=1))
def test_only_blocks_asked_for_are_returned(asked: set[str]) -> None:
    base = {"orderId", "orderStatus", "createdTime", "modifiedTime", "xidBuyer"}
    told = SHARED.sp("GET", f"{ORDERS}/{SHARED_ID}", {"scopeSet": ",".join(asked)})
    assert set(told) & set(BLOCKS) == asked and base <= set(told)


SHARED = Jd(still(orders=3))
SHARED_ID = SHARED.ids()[0]


def test_a_strangers_order_does_not_exist(jd: Jd) -> None:
    assert refused(jd, "GET", f"{ORDERS}/{Jd(jd.world, 1).ids()[0]}") == "10100041"


def test_presale_and_service_bills_show() -> None:
    jd = Jd(still(awkward=True))
    rows = everything(jd)
    presale = [row for row in rows if row["orderFlag"]["preSaleOrder"]]
    assert presale and presale[0]["stepPaymentInfo"]["depositAmount"] > 0
    refunds = [one for row in rows for item in row["skuItemInfoList"] for one in item["afsInfoList"]]
    assert {one["refundStatus"] for one in refunds} == {0, 20}
    assert any(row["orderFlag"]["jdShipment"] for row in rows)


# writes


def shipments(jd: Jd, verb: str, order_id: str, *packages: dict[str, Any]) -> Any:
    dto = {"orderShipmentDTO": {"orderId": int(order_id), "shipmentType": 1, "packageInfoList": list(packages)}}
    return jd.sp(verb, f"{ORDERS}/{order_id}/shipments", None, dto)


def test_whole_orders_ship_and_change(jd: Jd) -> None:
    order_id = jd.new()
    assert shipments(jd, "POST", order_id, {"companyId": 467, "waybillCode": "SF1"}) is True
    doc = jd.get(order_id)
    assert (doc["orderState"], doc["waybill"]) == ("WAIT_GOODS_RECEIVE_CONFIRM", "SF1")
    with pytest.raises(Refused):
        shipments(jd, "POST", order_id, {"companyId": 467, "waybillCode": "SF2"})
    shipments(jd, "PUT", order_id, {"companyId": 463, "waybillCode": "YT2"})
    told = jd.sp("GET", f"{ORDERS}/{order_id}", {"scopeSet": "transportInfo"})["transportInfo"]
    assert (told["logisticsId"], told["waybillCode"]) == ("463", "YT2")
    other = jd.new()
    with pytest.raises(Refused) as caught:
        shipments(jd, "POST", other, {"companyId": 999, "waybillCode": "SF2"})
    assert caught.value.code == "10100017"


def test_parts_ship_by_line_id(jd: Jd) -> None:
    order_id = jd.several(2, units=2)
    items = jd.sp("GET", f"{ORDERS}/{order_id}")["skuItemInfoList"]

    def package(number: str, *goods: tuple[int, int]) -> dict[str, Any]:
        rows = [{"skuId": items[at]["skuId"], "skuUuid": items[at]["skuUuid"], "skuNum": units} for at, units in goods]
        return {"companyId": 467, "waybillCode": number, "outboundGoodsFacetDTOList": rows}

    with pytest.raises(Refused):
        shipments(jd, "POST", order_id, package("SF1", (0, 3)))
    shipments(jd, "POST", order_id, package("SF1", (0, 1)))
    told = jd.sp("GET", f"{ORDERS}/{order_id}")
    assert told["orderStatus"] == "WAIT_SELLER_STOCK_OUT" and told["orderFlag"]["partialShipment"]
    [part] = told["transportInfo"]["partialShipmentList"]
    shipments(jd, "PUT", order_id, {"shipmentId": part["shipmentId"], "companyId": 463, "waybillCode": "YT9"})
    shipments(jd, "POST", order_id, package("SF2", (0, 1), (1, 2)))
    doc = jd.get(order_id)
    assert (doc["orderState"], doc["waybill"]) == ("WAIT_GOODS_RECEIVE_CONFIRM", "YT9|SF2")


def test_remarks_and_addresses(jd: Jd) -> None:
    order_id = jd.new()
    path = f"{ORDERS}/{order_id}"
    assert jd.sp("PUT", f"{path}/vender-remarks", None, {"remark": "加急", "flagId": 2}) is True
    told = jd.sp("GET", path, {"scopeSet": "venderRemarkInfo"})["venderRemarkInfo"]
    assert (told["remark"], told["flagId"]) == ("加急", 2) and told["modifiedTime"]
    assert refused(jd, "PUT", f"{path}/vender-remarks", None, {"remark": "字" * 501, "flag": 1}) == "10100039"
    who = jd.truth(order_id)["consigneeInfo"]
    body = {"customerName": "张新", "provinceId": int(who["provinceId"]), "cityId": int(who["cityId"])}
    body |= {"countyId": int(who["countyId"]), "detailAddress": "新路1号"}
    assert jd.sp("PUT", f"{path}/consignees", None, body) is True
    assert jd.truth(order_id)["consigneeInfo"]["fullname"] == "张新"
    assert refused(jd, "PUT", f"{path}/consignees", None, body) == "10100021"


def test_merge_groups(jd: Jd) -> None:
    one, two = jd.new(), jd.new()
    jd.patch(two, fields={"consigneeInfo": jd.truth(one)["consigneeInfo"]})
    oaid = jd.get(one)["consigneeInfo"]["oaid"]
    body = {"mergeDeliveryGroupList": [{"orderId": int(one), "oaid": oaid}, {"orderId": int(two), "oaid": "stale"}]}
    told = jd.sp("POST", "/sp-order/v0/merge-delivery-groups", None, body)["mergeDeliveryGroupList"]
    assert [row["mergeOrderIdList"] for row in told] == [[int(two)], []]


def test_carriers_and_stock(jd: Jd) -> None:
    carriers = jd.sp("GET", "/sp-order/v0/carriers")
    assert carriers[0]["id"] == 467 and "顺丰" in carriers[0]["providerName"]
    sku = control(jd.world, "GET", "/_sandbox/jd/stock")[0]["sku_id"]
    rows = [{"skuId": sku, "stockNum": 12, "storeId": 0}, {"skuId": 1, "stockNum": 1, "storeId": 0}]
    body = {"updateModel": "fullStockIn", "stockRfID": "k1", "putSkuStockList": rows}
    told = jd.sp("PUT", "/sp-product/v0/sku-stocks/batch", None, body)
    assert [row["success"] for row in told] == [True, False]
    [level] = jd.sp("GET", "/sp-product/v0/sku-stocks", {"skuIdList": f"{sku},1", "storeId": 0})
    assert level["stockNum"] == 12
    again = {**body, "putSkuStockList": [{"skuId": sku, "stockNum": 1, "storeId": 0}]}
    assert jd.sp("PUT", "/sp-product/v0/sku-stocks/batch", None, again) == told
    assert refused(jd, "PUT", "/sp-product/v0/sku-stocks/batch", None, {"updateModel": "x"}) == "403"


def test_service_bills(jd: Jd) -> None:
    order_id = jd.new()
    jd.ship(order_id)
    jd.patch(order_id, action="receive")
    jd.patch(order_id, action="refund", expect=11, amount="2.50")
    [bill] = jd.sp("GET", "/sp-aftercare/v0/afs-orders", {"updateStartTime": ms(jd, 1), "orderId": order_id})
    assert bill["mainStatus"] != 100 and bill["refundInfo"]["applyRefundAmount"] == 2.5
    jd.patch(order_id, action="refund", serviceId=bill["afsOrderId"], move="close")
    bill = jd.sp("GET", f"/sp-aftercare/v0/afs-orders/{bill['afsOrderId']}")
    assert bill["mainStatus"] == 100
    assert bill["refundInfo"] == {"refundStatus": 20, "applyRefundAmount": 2.5, "actualRefundAmount": 2.5}
    assert jd.sp("GET", "/sp-aftercare/v0/afs-orders", {"refundStatus": 20})[0]["afsOrderId"] == bill["afsOrderId"]
    assert jd.sp("GET", "/sp-aftercare/v0/afs-orders", {"applyStartTime": ms(jd, -1)}) == []
    assert refused(jd, "GET", "/sp-aftercare/v0/afs-orders/1") == "10002"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**25), 10**25) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from((
    "orderShipmentDTO", "packageInfoList", "outboundGoodsFacetDTOList", "companyId", "waybillCode", "remark", "flag",
    "flagId", "customerName", "provinceId", "cityId", "countyId", "detailAddress", "mergeDeliveryGroupList", "orderId",
    "updateModel", "putSkuStockList", "page", "pageSize", "startTime", "scopeSet",
))  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(ROUTES),
    st.dictionaries(NAMES, VALUES, max_size=6),
    st.dictionaries(NAMES, st.text(max_size=5), max_size=3),
)
def test_any_request_gets_an_answer(route: Any, body: dict[str, Any], query: dict[str, str]) -> None:
    verb, path, _ = route
    path = path.format(orderId=SHARED_ID, afsOrderId="1")
    told = SHARED.rest(verb, path, query, None if verb == "GET" else body)
    assert yes(told["success"]) in (True, False)
