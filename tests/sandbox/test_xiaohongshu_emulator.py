"""Xiaohongshu's emulator, row by row of docs/platforms/xiaohongshu.md, by a tiny client written from that page."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from orderhub.flow.message import Reply, Request
from orderhub.sandbox import World
from orderhub.sandbox.platforms.xiaohongshu.wire import sign, signed_text

START = datetime(2026, 6, 18, 4, 0, tzinfo=UTC)
NOW = int(START.timestamp())


def world(orders: int = 0, **given: Any) -> World:
    return World(seed=3, platforms=["xiaohongshu"], carriers=[], orders=orders, start=START, tick=lambda: 0.0, **given)


class Client:
    """Calls as the documents tell them."""

    def __init__(self, made: World) -> None:
        self.world, self.entry = made, made.shops()[0]
        self.token = self.entry["access_token"]

    def system(self, method: str) -> dict[str, Any]:
        stamp = str(int(self.world.now().timestamp()))
        text = f"{method}?appId={self.entry['app_key']}&timestamp={stamp}&version=2.0{self.entry['app_secret']}"
        signed = hashlib.md5(text.encode()).hexdigest()
        return {"appId": self.entry["app_key"], "method": method, "version": "2.0", "timestamp": stamp, "sign": signed}

    def raw(self, body: Any, *, method: str = "POST") -> dict[str, Any]:
        url = f"{self.entry['base_url']}/ark/open_api/v3/common_controller"
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        reply: Reply = self.world.handle(Request(method, url, {"content-type": "application/json"}, sent))
        assert reply.status == 200
        told: dict[str, Any] = json.loads(reply.body)
        return told

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        return self.raw({**self.system(method), "accessToken": self.token, **params})

    def data(self, method: str, **params: Any) -> Any:
        told = self.call(method, **params)
        assert told["success"] is True and told["error_code"] == 0, told
        return told["data"]

    def new(self, count: int = 1, **body: Any) -> list[str]:
        status, rows = self.world.control(
            "POST", "/_sandbox/xiaohongshu/orders", {}, {"count": count, "shop_id": self.entry["shop_id"], **body}
        )
        assert status == 200, rows
        return [row["order_id"] for row in rows]

    def change(self, order_id: str, **body: Any) -> tuple[int, Any]:
        return self.world.control("PATCH", f"/_sandbox/xiaohongshu/orders/{order_id}", {}, body)

    def order(self, order_id: str) -> dict[str, Any]:
        told: dict[str, Any] = self.data("order.getOrderDetail", orderId=order_id)
        return told

    def listed(self, **params: Any) -> Any:
        now = int(self.world.now().timestamp())
        return self.data("order.getOrderList", **{"startTime": now - 1700, "endTime": now, "timeType": 2, **params})


@pytest.fixture
def client() -> Client:
    return Client(world())


def several(client: Client) -> dict[str, Any]:
    return next(doc for one in client.new(30) if len((doc := client.order(one))["skuList"]) >= 2)


def test_signature_vector() -> None:
    text = signed_text("product.createItem", "21d6748be8de0", "1612518379")
    assert sign(text, "429aa3aee9ef9e4a858210") == "1e039e3cd6e0d895e59133029602297e"


def test_business_fields_and_token_are_not_signed(client: Client) -> None:
    (one,) = client.new()
    assert client.order(one)["orderId"] == one


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sign": "0" * 32}, 1001), ({"appId": "nobody"}, 1001), ({"timestamp": NOW}, 1004),
        ({"timestamp": str(NOW * 1000)}, 1004), ({"version": "1.0"}, 1004), ({"accessToken": "nobody"}, 1002),
        ({"accessToken": None}, 1002), ({"sign": ""}, 1004),
    ],
)  # fmt: skip
def test_system_fields_are_checked(client: Client, change: dict[str, Any], code: int) -> None:
    told = client.raw({**client.system("common.getExpressCompanyList"), "accessToken": client.token} | change)
    assert (told["success"], told["error_code"], told["data"]) == (False, code, None) and told["error_msg"]


def test_a_wrong_sign_is_explained_in_the_log(client: Client) -> None:
    client.raw({**client.system("order.getOrderDetail"), "sign": "0" * 32})
    assert "order.getOrderDetail?appId=" in client.world.log(1)[0]["hint"]


def test_only_json_by_post_and_known_methods(client: Client) -> None:
    assert client.raw(b"a=1")["error_code"] == 1004
    assert client.raw(client.system("order.getOrderDetail"), method="GET")["error_code"] == 1004
    assert client.call("order.nothing")["error_code"] == 1003


def test_timestamps_are_judged_when_the_switch_says_so(client: Client) -> None:
    client.world.switches["xiaohongshu"]["clock_tolerance_s"] = 300
    asked = client.system("common.getExpressCompanyList")
    client.world.advance(600)
    assert client.raw({**asked, "accessToken": client.token})["error_code"] == 1001


def test_tokens(client: Client) -> None:
    asked = client.system("oauth.getAccessToken")
    told = client.raw({**asked, "code": "sandbox-code-xhs-1"})["data"]
    assert set(told) == {
        "accessToken", "accessTokenExpiresAt", "refreshToken", "refreshTokenExpiresAt", "sellerId", "sellerName",
    }  # fmt: skip
    assert told["accessTokenExpiresAt"] > NOW * 1000
    assert client.raw({**asked, "code": "wrong"})["error_code"] == 1002
    client.world.advance(7 * 86400 + 1)
    assert client.call("common.getExpressCompanyList")["error_code"] == 1002
    fresh = client.raw({**client.system("oauth.refreshToken"), "refreshToken": told["refreshToken"]})["data"]
    client.token = fresh["accessToken"]
    assert client.data("common.getExpressCompanyList")
    assert client.raw({**client.system("oauth.refreshToken"), "refreshToken": "no"})["error_code"] == 1002


def test_a_token_of_another_shop_opens_nothing(client: Client) -> None:
    client.token = client.world.shops()[1]["access_token"]
    assert client.call("common.getExpressCompanyList")["error_code"] == 1002


def test_every_order_of_a_window_once_backwards(client: Client) -> None:
    ids = client.new(25)
    first = client.listed(pageSize=10)
    assert (first["total"], first["maxPageNo"], first["pageSize"]) == (25, 3, 10)
    seen = [row["orderId"] for page in (3, 2, 1) for row in client.listed(pageNo=page, pageSize=10)["orderList"]]
    assert sorted(seen) == sorted(ids)


@pytest.mark.parametrize(
    "params",
    [
        {"startTime": NOW - 1801}, {"timeType": 1, "startTime": NOW - 86401}, {"startTime": (NOW - 60) * 1000},
        {"timeType": 3}, {"pageNo": 101}, {"pageSize": 101}, {"pageNo": 0}, {"startTime": NOW + 1},
        {"orderStatus": 11}, {"orderType": 6}, {"startTime": None},
    ],
)  # fmt: skip
def test_lists_refuse(client: Client, params: dict[str, Any]) -> None:
    asked = {"startTime": NOW - 60, "endTime": NOW, "timeType": 2, **params}
    assert client.call("order.getOrderList", **asked)["error_code"] == 1004


def test_the_time_unit_is_a_switch(client: Client) -> None:
    client.new()
    client.world.switches["xiaohongshu"]["list_time_unit"] = "ms"
    assert client.listed(startTime=(NOW - 60) * 1000, endTime=NOW * 1000)["total"] == 1
    refused = client.call("order.getOrderList", startTime=NOW - 60, endTime=NOW, timeType=2)
    assert refused["error_code"] == 1004


def test_created_windows_are_a_day(client: Client) -> None:
    client.new(2)
    (unpaid,) = client.new(1, unpaid=True)
    told = client.listed(timeType=1, startTime=NOW - 86400, orderStatus=1)
    assert [row["orderId"] for row in told["orderList"]] == [unpaid]
    assert client.listed(timeType=1, startTime=NOW - 86400, orderType=2)["total"] == 0


def test_shapes_and_money_of_every_seeded_order() -> None:
    made = world(60, awkward=True)
    client = Client(made)
    rows = made.control("GET", "/_sandbox/xiaohongshu/orders", {"shop_id": "xhs-1"})[1]
    docs = [client.order(row["order_id"]) for row in rows]
    for doc in docs:
        assert doc["orderId"].startswith("P") and len(doc["orderId"]) == 19
        for sku in doc["skuList"]:
            for total, each in (("totalPaidAmount", "paidAmountPerSku"), ("totalRedDiscount", "redDiscountPerSku"),
                                ("totalMerchantDiscount", "merchantDiscountPerSku")):  # fmt: skip
                assert sku[total] == sum(part[each] * part["quantity"] for part in sku["skuDetailList"])
        goods = sum(sku["totalPaidAmount"] for sku in doc["skuList"])
        assert doc["totalPayAmount"] == goods + doc["totalShippingFree"]
        assert doc["merchantActualReceiveAmount"] == doc["totalPayAmount"] + doc["totalRedDiscount"]
        assert isinstance(doc["createdTime"], int) and doc["createdTime"] > 10**12
        assert not doc["receiverName"] and doc["openAddressId"]
    assert {doc["orderStatus"] for doc in docs} >= {2, 3, 4, 6, 10, 77}
    assert any(doc["cancelStatus"] for doc in docs)
    assert any(len(sku["skuDetailList"]) == 3 for doc in docs for sku in doc["skuList"])


def test_receivers_are_codes_that_can_be_opened(client: Client) -> None:
    (one,) = client.new()
    doc = client.order(one)
    query = {"orderId": one, "openAddressId": doc["openAddressId"]}
    (told,) = client.data("order.getOrderReceiverInfo", receiverQueries=[query], isReturn=False)["receiverInfos"]
    assert told["matched"] and told["receiverName"].startswith("#") and told["receiverName"].count("#") == 2
    asked = [{"dataTag": one, "encryptedData": told["receiverPhone"]}, {"dataTag": one, "encryptedData": "#x#1"}]
    good, bad = client.data("data.batchDecrypt", baseInfos=asked)["dataInfoList"]
    record = client.world.control("GET", f"/_sandbox/xiaohongshu/orders/{one}")[1]
    assert good["decryptedData"] == record["_sandbox"]["receiver"]["mobile"] and bad["errorCode"]
    wrong = {"orderId": one, "openAddressId": "other"}
    assert not client.data("order.getOrderReceiverInfo", receiverQueries=[wrong])["receiverInfos"][0]["matched"]


def test_whole_shipment(client: Client) -> None:
    (one,) = client.new()
    parcel = {"orderId": one, "expressNo": "SF1", "expressCompanyCode": "shunfeng", "expressCompanyName": "顺丰速运"}
    client.data("order.orderDeliver", **parcel, unpack=False)
    doc = client.order(one)
    assert (doc["orderStatus"], doc["expressTrackingNo"]) == (6, "SF1") and doc["deliveryTime"]
    assert client.call("order.orderDeliver", **parcel)["error_code"] == 1006
    client.data("order.modifyOrderExpressInfo", **{**parcel, "expressNo": "SF2"})
    changed = client.order(one)
    assert changed["expressTrackingNo"] == changed["simpleDeliveryOrderList"][0]["expressTrackingNo"] == "SF2"
    assert client.data("order.getOrderTracking", orderId=one)["orderTrackInfos"]


def test_split_shipment(client: Client) -> None:
    doc = several(client)
    one, skus = doc["orderId"], [sku["skuId"] for sku in doc["skuList"]]
    parcel = {"orderId": one, "expressCompanyCode": "shunfeng", "unpack": True}
    client.data("order.orderDeliver", **parcel, expressNo="SF1", skuIdList=skus[:1])
    half = client.order(one)
    assert (half["orderStatus"], half["deliveryTime"], half["unpack"]) == (5, 0, True)
    assert client.call("order.orderDeliver", **parcel, expressNo="SF2", skuIdList=skus[:1])["error_code"] == 1006
    assert client.call("order.orderDeliver", **{**parcel, "unpack": False}, expressNo="SF2")["error_code"] == 1006
    client.data("order.orderDeliver", **parcel, expressNo="SF2", skuIdList=skus[1:])
    done = client.order(one)
    assert done["orderStatus"] == 6
    assert [row["deliveryOrderIndex"] for row in done["simpleDeliveryOrderList"]] == [1, 2]
    express = {"orderId": one, "expressCompanyCode": "shunfeng", "expressNo": "SF3"}
    assert client.call("order.modifyOrderExpressInfo", **express)["error_code"] == 1006
    client.data("order.modifyOrderExpressInfo", **express, deliveryOrderIndex=1)


@pytest.mark.parametrize(
    "params",
    [
        {"expressCompanyCode": "nobody"}, {"expressNo": ""}, {"skuIdList": ["1"]}, {"unpack": True},
        {"unpack": True, "skuIdList": ["nothing"]},
    ],
)  # fmt: skip
def test_shipping_refuses(client: Client, params: dict[str, Any]) -> None:
    (one,) = client.new()
    asked = {"orderId": one, "expressNo": "SF1", "expressCompanyCode": "shunfeng"} | params
    assert client.call("order.orderDeliver", **asked)["error_code"] == 1004


def test_carriers_and_notes(client: Client) -> None:
    rows = client.data("common.getExpressCompanyList")["expressCompanyInfos"]
    assert {"expressCompanyCode": "shunfeng", "expressCompanyName": "顺丰速运"} in rows
    (one,) = client.new()
    client.data("order.modifySellerMarkInfo", orderId=one, sellerMarkNote="易碎", operator="a", sellerMarkPriority=3)
    doc = client.order(one)
    assert (doc["sellerRemark"], doc["sellerRemarkFlag"]) == ("易碎", 3)


def test_totals_hold_what_unpaid_orders_hold(client: Client) -> None:
    (one,) = client.new(1, unpaid=True)
    sku = client.order(one)["skuList"][0]
    name, units = {"skuId": sku["skuId"]}, sku["skuQuantity"]
    before = client.data("inventory.getSkuStock", **name)
    assert before["held"] == units and before["qty"] == before["sellable"] + units
    told = client.data("inventory.syncSkuStock", **name, qty=20)
    assert (told["qty"], told["sellable"]) == (20, 20 - units)
    assert client.data("inventory.incSkuStock", **name, qty=-1)["sellable"] == 19 - units
    assert client.data("inventory.syncSkuStockV2", **name, qtyWithWhcode={"WH0001": 30})["sellable"] == 30 - units
    assert client.data("inventory.getSkuStockV2", **name)["qtyWithWhcode"] == {"WH0001": 30}
    client.change(one, action="pay")
    assert client.data("inventory.getSkuStock", **name)["qty"] == 30 - units
    assert client.call("inventory.syncSkuStock", skuId="nothing", qty=1)["error_code"] == 1005
    assert client.call("inventory.incSkuStock", **name, qty=-999)["error_code"] == 1004
    assert client.call("inventory.syncSkuStockV2", **name, qtyWithWhcode={"other": 1})["error_code"] == 1004


def test_after_sales_carry_a_second_envelope(client: Client) -> None:
    (one,) = client.new()
    client.change(one, action="refund", refundFee=1)
    asked = {"startTime": (NOW - 60) * 1000, "endTime": NOW * 1000, "timeType": 2}
    inner = client.data("afterSale.listAfterSaleInfos", **asked)
    assert inner["success"] is True and inner["data"]["total"] == 1
    (case,) = inner["data"]["afterSaleInfos"]
    assert (case["orderId"], case["status"], case["refundFee"]) == (one, 1, 1)
    read = client.data("afterSale.getAfterSaleInfo", returnsId=case["returnsId"])["data"]["afterSaleInfo"]
    assert read == case
    assert client.order(one)["orderAfterSalesStatus"] == 1
    assert client.data("afterSale.listAfterSaleInfos", **asked, statuses=[9])["data"]["total"] == 0
    assert client.data("afterSale.listAfterSaleInfos", orderId=one)["data"]["total"] == 1
    for wrong in ({"startTime": NOW - 60}, {"pageNo": 1001, "pageSize": 50}, {"returnTypes": [3]}):
        assert client.call("afterSale.listAfterSaleInfos", **asked | wrong)["error_code"] == 1004
    assert client.call("afterSale.getAfterSaleInfo", returnsId="R1")["error_code"] == 1005


def test_cases_move_as_the_statuses_tell(client: Client) -> None:
    (one,) = client.new()
    client.change(one, action="ship")
    client.change(one, action="refund", returnType=1)
    name = client.world.control("GET", f"/_sandbox/xiaohongshu/orders/{one}")[1]["_sandbox"]["cases"][0]["returnsId"]
    for move, status in (("agree_return", 2), ("return", 3), ("agree", 4)):
        told = client.change(one, action="refund", returnsId=name, move=move)[1]
        assert told["_sandbox"]["cases"][0]["status"] == status
    assert client.change(one, action="refund", returnsId=name, move="agree")[0] == 409


def test_states_forbid(client: Client) -> None:
    (one,) = client.new(1, unpaid=True)
    for action in ("ship", "receive", "refund"):
        assert client.change(one, action=action)[0] == 409
    assert client.change(one, action="cancel")[1]["orderStatus"] == 9
    (two,) = client.new()
    assert client.change(two, action="cancel")[1]["orderStatus"] == 8
    (three,) = client.new()
    client.change(three, action="ship")
    assert client.change(three, action="receive")[1]["orderStatus"] == 7


def test_other_shops_are_not_there(client: Client) -> None:
    rows = client.world.control("POST", "/_sandbox/xiaohongshu/orders", {}, {"count": 1, "shop_id": "xhs-2"})[1]
    assert client.call("order.getOrderDetail", orderId=rows[0]["order_id"])["error_code"] == 1005


def test_tester_overlays_documents_fields_and_stock(client: Client) -> None:
    body = {"shop_id": "xhs-1", "documents": [{"orderId": "P000000000000000777", "customerRemark": "喂"}]}
    assert client.world.control("POST", "/_sandbox/xiaohongshu/orders", {}, body)[0] == 200
    assert client.order("P000000000000000777")["customerRemark"] == "喂"
    client.world.advance(60)
    client.change("P000000000000000777", fields={"orderStatus": 2})
    doc = client.order("P000000000000000777")
    assert (doc["orderStatus"], doc["updateTime"]) == (2, (NOW + 60) * 1000)
    assert (
        client.change(doc["orderId"], action="change_address", receiverName="王")[1]["openAddressId"]
        != doc["openAddressId"]
    )
    put = client.world.control("PUT", "/_sandbox/xiaohongshu/stock", {}, {"erpCode": "SKU-0001", "quantity": 5})
    assert [row["quantity"] for row in put[1]] == [5, 5]


def test_faults(client: Client) -> None:
    ids = client.new(3)

    def arm(fault: str, **more: Any) -> None:
        body = {"platform": "xiaohongshu", "fault": fault, **more}
        assert client.world.control("POST", "/_sandbox/faults", {}, body)[0] == 200

    arm("unknown_status")
    assert client.listed()["orderList"][0]["orderStatus"] == 77
    arm("drifted_field")
    assert isinstance(client.order(ids[0])["totalPayAmount"], str)
    first = client.listed(pageSize=1)["orderList"]
    arm("repeated_page")
    assert client.listed(pageNo=2, pageSize=1)["orderList"] == first
    client.world.advance(5)
    arm("shifting_pages")
    assert client.listed(pageNo=3, pageSize=1)["orderList"][0]["updateTime"] == (NOW + 5) * 1000
    arm("late_order", delay_s=60)
    (late,) = client.new()
    assert client.call("order.getOrderDetail", orderId=late)["error_code"] == 1005
    client.world.advance(61)
    assert client.order(late)
    arm("token_expired")
    assert [client.call("common.getExpressCompanyList")["error_code"] for _ in range(2)] == [1002, 1002]


def test_one_seed_one_world() -> None:
    one, two = world(20, awkward=True), world(20, awkward=True)
    rows = one.control("GET", "/_sandbox/xiaohongshu/orders")
    assert rows == two.control("GET", "/_sandbox/xiaohongshu/orders")
    path = f"/_sandbox/xiaohongshu/orders/{rows[1][0]['order_id']}"
    assert one.control("GET", path) == two.control("GET", path)
