"""What docs/platforms/kuaishou.md says an emulator must enforce, row by row, by a client of its own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from orderhub.flow.message import Reply, Request
from orderhub.sandbox import World

START = datetime(2026, 3, 18, 4, 0, tzinfo=UTC)
DAY = 86_400_000
LIST, DETAIL = "open.order.cursor.list", "open.order.detail"
DELIVER, SPLIT = "open.seller.order.goods.deliver", "open.order.goods.split.deliver"
REFUNDS, STOCK = "open.seller.order.refund.pcursor.list", "open.item.sku.stock.update"


class Ks:
    """Signs as the page says: everything sent, by key, and the sign secret."""

    def __init__(self, **given: Any) -> None:
        self.world = World(
            seed=2, platforms=["kuaishou"], carriers=[], shops_per_platform=2, start=START, tick=lambda: 0.0,
            **{"orders": 6, "awkward": False, **given},
        )  # fmt: skip
        self.shop = self.world.shops()[0]

    def now(self) -> int:
        return int(self.world.now().timestamp() * 1000)

    def system(self, method: str, business: Any, **change: str) -> dict[str, str]:
        params = {
            "appkey": self.shop["app_key"], "method": method, "version": "1", "signMethod": "MD5",
            "access_token": self.shop["access_token"], "timestamp": str(self.now()),
            "param": json.dumps(business, ensure_ascii=False),
        } | change  # fmt: skip
        text = "&".join(f"{name}={params[name]}" for name in sorted(params)) + f"&signSecret={self.shop['sign_secret']}"
        if params["signMethod"] == "MD5":
            return {**params, "sign": hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}
        digest = hmac.new(self.shop["sign_secret"].encode(), text.encode(), hashlib.sha256).digest()
        return {**params, "sign": base64.b64encode(digest).decode()}

    def raw(self, verb: str, path: str, params: dict[str, str]) -> Reply:
        url, told = f"{self.shop['base_url']}{path}", urlencode(params)
        form = {"content-type": "application/x-www-form-urlencoded"}
        sent = Request("GET", f"{url}?{told}", {}, b"") if verb == "GET" else Request("POST", url, form, told.encode())
        return self.world.transport().send(sent)

    def send(self, verb: str, params: dict[str, str]) -> dict[str, Any]:
        reply = self.raw(verb, "/" + params["method"].replace(".", "/"), params)
        told: dict[str, Any] = json.loads(reply.body)
        assert set(told) == {"result", "error_msg", "code", "msg", "sub_code", "sub_msg", "requestId", "data"}
        return told

    def call(self, verb: str, method: str, /, **business: Any) -> Any:
        """`data` of a success, or the number of a refusal."""
        told = self.send(verb, self.system(method, business))
        return told["data"] if told["result"] == 1 else told["result"]

    def get(self, method: str, /, **business: Any) -> Any:
        return self.call("GET", method, **business)

    def post(self, method: str, /, **business: Any) -> Any:
        return self.call("POST", method, **business)

    def listed(self, **change: Any) -> Any:
        asked = {"orderViewStatus": 1, "pageSize": 50, "sort": 2, "queryType": 2, "beginTime": self.now() - 7 * DAY,
                 "endTime": self.now(), "cpsType": 0, "cursor": ""}  # fmt: skip
        return self.get(LIST, **{**asked, **change})

    def control(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        status, told = self.world.control(method, f"/_sandbox/{path}", query, body)
        assert status < 300, told
        return told

    def make(self, **body: Any) -> int:
        [row] = self.control("POST", "kuaishou/orders", {"count": 1, "shop_id": self.shop["shop_id"], **body})
        return int(row["order_id"])

    def act(self, oid: int, action: str, **body: Any) -> Any:
        return self.control("PATCH", f"kuaishou/orders/{oid}", {"action": action, **body})

    def doc(self, oid: int) -> Any:
        return self.get(DETAIL, oid=oid)

    def fields(self, oid: int, **groups: Any) -> None:
        self.control("PATCH", f"kuaishou/orders/{oid}", {"fields": groups})

    def switch(self, **values: Any) -> None:
        for name, value in values.items():
            self.world.switches["kuaishou"][name] = value


@pytest.fixture
def ks() -> Ks:
    return Ks()


# sign over the sent set, timestamps, tokens


@pytest.mark.parametrize("method", ["MD5", "HMAC_SHA256"])
def test_both_signatures_are_taken(ks: Ks, method: str) -> None:
    assert ks.send("GET", ks.system(DETAIL, {"oid": ks.make()}, signMethod=method))["result"] == 1


def test_sign_covers_everything_that_is_sent(ks: Ks) -> None:
    params = ks.system(DETAIL, {"oid": ks.make()})
    for changed in ({**params, "param": "{}"}, {**params, "extra": "1"}, {**params, "sign": params["sign"].upper()}):
        assert ks.send("GET", changed)["result"] == 28
    [entry] = ks.world.log(1)
    assert entry["hint"].startswith("MD5 of access_token=") and ks.shop["sign_secret"] not in entry["hint"]


@pytest.mark.parametrize("name", ["appkey", "version", "access_token", "timestamp", "signMethod", "sign"])
def test_every_system_parameter_is_needed(ks: Ks, name: str) -> None:
    params = ks.system(DETAIL, {"oid": 1})
    del params[name]
    if name == "appkey":  # without it nobody knows whose call it is
        assert ks.raw("GET", "/open/order/detail", params).status == 404
    else:
        assert ks.send("GET", params)["result"] == 13


def test_timestamps_are_milliseconds_near_the_clock(ks: Ks) -> None:
    for stamp in (str(ks.now() // 1000), str(ks.now() - 601_000), "now"):
        assert ks.send("GET", ks.system(DETAIL, {"oid": 1}, timestamp=stamp))["result"] == 28
    assert ks.send("GET", ks.system(DETAIL, {"oid": ks.make()}, timestamp=str(ks.now() - 599_000)))["result"] == 1


def test_reads_go_by_get_and_writes_by_post(ks: Ks) -> None:
    assert ks.post(LIST) == 22 and ks.get(DELIVER, orderId=1) == 22 and ks.get("open.nothing.get") == 22
    assert ks.get("open.order.deliver.merge.check", mergeList=[]) == {"enableMergeList": []}


def test_the_path_is_the_method(ks: Ks) -> None:
    params = ks.system(DETAIL, {"oid": 1})
    assert json.loads(ks.raw("GET", "/open/order/cursor/list", params).body)["result"] == 13


def test_tokens_expire_are_revoked_and_have_scopes(ks: Ks) -> None:
    oid = ks.make()
    told = ks.send("GET", ks.system(DETAIL, {"oid": oid}, access_token="nobody"))
    assert (told["result"], told["sub_code"]) == (21, "")
    ks.world.advance(172_801)
    assert ks.get(DETAIL, oid=oid) == 21
    code = authorised(ks, "merchant_item")
    ks.shop["access_token"] = grant(ks, code=code)["access_token"]
    assert ks.get(DETAIL, oid=oid) == 22
    ks.shop["access_token"] = grant(ks, code=authorised(ks, "merchant_order"))["access_token"]
    assert ks.get(DETAIL, oid=oid)["orderBaseInfo"]["oid"] == oid


def authorised(ks: Ks, scope: str, **more: str) -> str:
    asked = {"app_id": ks.shop["app_key"], "response_type": "code", "scope": scope, "state": "s 1",
             "redirect_uri": "https://erp.example/back?a=1", **more}  # fmt: skip
    reply = ks.raw("GET", "/oauth/authorize", asked)
    found = parse_qs(urlsplit(reply.headers["location"]).query)
    assert reply.status == 302 and found["state"] == ["s 1"] and found["a"] == ["1"]
    return found.get("code", [""])[0]


def grant(ks: Ks, **given: str) -> Any:
    app = {"app_id": ks.shop["app_key"], "app_secret": ks.shop["app_secret"]}
    if "code" in given:
        return json.loads(ks.raw("GET", "/oauth2/access_token", {**app, "grant_type": "code", **given}).body)
    return json.loads(ks.raw("POST", "/oauth2/refresh_token", {**app, "grant_type": "refresh_token", **given}).body)


def test_codes_work_once_and_refresh_tokens_rotate(ks: Ks) -> None:
    code = authorised(ks, "merchant_order,merchant_refund")
    first = grant(ks, code=code)
    assert first["result"] == 1 and first["expires_in"] == 172_800
    assert grant(ks, code=code)["result"] != 1
    second = grant(ks, refresh_token=first["refresh_token"])
    assert second["result"] == 1 and second["access_token"] != first["access_token"]
    assert grant(ks, refresh_token=first["refresh_token"])["result"] != 1
    assert grant(ks, refresh_token=second["refresh_token"], app_secret="wrong")["result"] != 1
    assert authorised(ks, "merchant_order", sandbox_refuse="1") == ""


# lists: 7 days, 50 rows, nomore


def test_windows_pages_and_history(ks: Ks) -> None:
    now = ks.now()
    assert ks.listed()["cursor"] == "nomore"
    assert ks.listed(beginTime=now - 7 * DAY - 1) == 13
    assert ks.listed(beginTime=now, endTime=now) == 13
    assert ks.listed(beginTime=now - 91 * DAY, endTime=now - 90 * DAY) == 13
    assert ks.listed(pageSize=51) == 13 and ks.listed(pageSize=0) == 13
    assert ks.listed(orderViewStatus=8) == 13 and ks.listed(queryType=3) == 13 and ks.listed(cursor="x") == 13
    for name in ("orderViewStatus", "pageSize", "beginTime", "endTime"):
        assert ks.listed(**{name: None}) == 13


@pytest.mark.parametrize("sort", [1, 2])
@pytest.mark.parametrize("axis", [1, 2])
def test_every_order_of_a_window_once_in_order(ks: Ks, sort: int, axis: int) -> None:
    made = {ks.make() for _ in range(25)}
    times, seen, cursor = [], [], ""
    while cursor != "nomore":
        told = ks.listed(sort=sort, queryType=axis, pageSize=10, cursor=cursor, beginTime=ks.now() - DAY)
        times += [row["orderBaseInfo"][{1: "createTime", 2: "updateTime"}[axis]] for row in told["orderList"]]
        seen += [row["orderBaseInfo"]["oid"] for row in told["orderList"]]
        cursor = told["cursor"]
    assert len(seen) == len(set(seen)) and made <= set(seen)
    assert times == sorted(times, reverse=sort == 1)


def test_view_status_filters(ks: Ks) -> None:
    unpaid, paid = ks.make(unpaid=True), ks.make()

    def shown(view: int) -> set[int]:
        return {row["orderBaseInfo"]["oid"] for row in ks.listed(orderViewStatus=view)["orderList"]}

    assert unpaid in shown(2) - shown(3) and paid in shown(3) - shown(2) and {unpaid, paid} <= shown(1)


def test_old_orders_do_not_come_by_change(ks: Ks) -> None:
    oid = ks.make()
    ks.fields(oid, orderBaseInfo={"createTime": ks.now() - 241 * DAY})
    assert oid not in {row["orderBaseInfo"]["oid"] for row in ks.listed()["orderList"]}


def test_list_rows_lack_three_groups_and_orders_have_one_sku(ks: Ks) -> None:
    oid = ks.make()
    row = next(row for row in ks.listed()["orderList"] if row["orderBaseInfo"]["oid"] == oid)
    assert set(ks.doc(oid)) - set(row) == {"orderFlag", "orderCustomizedInfo", "addressUpdateAuditInfo"}
    assert isinstance(row["orderItemInfo"], dict) and type(row["orderBaseInfo"]["totalFee"]) is int


def test_another_shops_order_is_not_shown(ks: Ks) -> None:
    other = ks.world.shops()[1]["shop_id"]
    assert ks.get(DETAIL, oid=ks.make(shop_id=other)) == 51


# shipping


def test_whole_orders_and_the_same_waybill_twice(ks: Ks) -> None:
    oid = ks.make()
    assert ks.post(DELIVER, orderId=oid, expressCode=4, expressNo="SF1") is True
    assert ks.post(DELIVER, orderId=oid, expressCode=4, expressNo="SF1") is True
    assert ks.post(DELIVER, orderId=oid, expressCode=4, expressNo="SF2") == 200012
    doc = ks.doc(oid)
    assert doc["orderBaseInfo"]["status"] == 40 and len(doc["orderLogisticsInfo"]) == 1
    assert doc["orderDeliveryInfo"]["deliveryNum"] == doc["orderItemInfo"]["num"]


def test_refusals_of_deliver(ks: Ks) -> None:
    def deliver(oid: int, **more: Any) -> Any:
        return ks.post(DELIVER, **{"orderId": oid, "expressCode": 4, "expressNo": "SF1", **more})

    assert deliver(1) == 3608
    assert deliver(ks.make(unpaid=True)) == 3615 and deliver(ks.make(), expressCode=0) == 3615
    assert deliver(ks.make(), returnAddressId=99) == 4001 and deliver(ks.make(), expressNo="") == 13
    held = ks.make()
    ks.fields(held, orderBaseInfo={"disableDeliveryReasonCode": [2]})
    assert deliver(held) == 11
    late = ks.make()
    ks.fields(late, orderBaseInfo={"validPromiseShipmentTimeStamp": 0})
    assert deliver(late) == 11
    bare = ks.make()
    ks.fields(bare, orderAddress={"encryptedMobile": ""})
    assert deliver(bare) == 11
    serial = ks.make()
    ks.fields(serial, orderDeliveryInfo={"serialNumberInfo": {"serialType": [1]}}, orderItemInfo={"num": 1})
    assert deliver(serial) == 11 and deliver(serial, serialNumberList=["A1"]) is True
    ks.switch(express_codes="4,6")
    assert deliver(ks.make(), expressCode=5) == 3615


def test_running_refunds_block_both_calls(ks: Ks) -> None:
    oid = splittable(ks)
    ks.act(oid, "refund")
    told = ks.send("POST", ks.system(DELIVER, {"orderId": oid, "expressCode": 4, "expressNo": "SF1"}))
    assert (told["result"], told["sub_code"]) == (21, "21")
    assert split(ks, oid, ("SF1", 1), status=10) == 62294304


def splittable(ks: Ks, num: int = 3) -> int:
    oid = ks.make()
    ks.fields(oid, orderBaseInfo={"enableSplitDeliveryOrder": True}, orderItemInfo={"num": num})
    return oid


def split(ks: Ks, oid: int, *parcels: tuple[str, int], status: int) -> Any:
    rows = [{"expressCode": 4, "expressNo": number, "deliveryGoodsInfoList": [{"oid": oid, "deliveryNum": pieces}]}
            for number, pieces in parcels]  # fmt: skip
    stated = [{"oid": oid, "confirmDeliveryStatus": status}]
    return ks.post(SPLIT, mainOrderId=oid, deliveryItemInfoList=rows, deliveryStatus=stated)


def test_forty_after_the_first_piece(ks: Ks) -> None:
    oid = splittable(ks)
    assert split(ks, oid, ("SF1", 1), status=10) is True
    doc = ks.doc(oid)
    assert (doc["orderBaseInfo"]["status"], doc["orderDeliveryInfo"]["deliveryNum"]) == (40, 1)
    assert doc["orderDeliveryInfo"]["deliveryStatus"] == 10
    assert split(ks, oid, ("SF1", 1), status=10) is True  # the very same once more
    assert ks.doc(oid)["orderDeliveryInfo"]["deliveryNum"] == 1
    assert split(ks, oid, ("SF2", 3), status=40) == 62294305
    assert split(ks, oid, ("SF2", 1), status=40) == 62294305
    assert split(ks, oid, ("SF2", 1), ("SF3", 1), status=40) is True
    doc = ks.doc(oid)
    assert doc["orderDeliveryInfo"]["deliveryStatus"] == 40 and len(doc["orderLogisticsInfo"]) == 3
    assert split(ks, oid, ("SF9", 1), status=40) == 62294307


def test_orders_that_may_not_be_split(ks: Ks) -> None:
    oid = ks.make()
    ks.fields(oid, orderBaseInfo={"enableSplitDeliveryOrder": False})
    assert split(ks, oid, ("SF1", 1), status=10) == 62294303
    assert split(ks, ks.make(unpaid=True), ("SF1", 1), status=40) == 62294307
    assert split(ks, splittable(ks), ("SF1", 1), status=30) == 62294120
    few = splittable(ks)
    ks.fields(few, orderDeliveryInfo={"maxPackageNum": 1})
    assert split(ks, few, ("SF1", 1), ("SF2", 1), status=10) == 62294116


def test_more_parcels_and_numbers_put_right(ks: Ks) -> None:
    append, update = "open.seller.order.goods.logistics.append", "open.seller.order.logistics.update"
    oid = ks.make()
    assert ks.post(append, oid=oid, expressCode=4, expressNo="SF2") == 102
    ks.post(DELIVER, orderId=oid, expressCode=4, expressNo="SF1")
    assert ks.post(append, oid=oid, expressCode=4, expressNo="SF1") == 104
    assert ks.post(update, orderId=oid, expressCode=6, expressNo="YT1") is True
    assert ks.post(append, oid=oid, expressCode=4, expressNo="SF2") is True
    ks.fields(oid, orderDeliveryInfo={"maxPackageNum": 2})
    assert ks.post(append, oid=oid, expressCode=4, expressNo="SF3") == 103
    assert ks.post(update, orderId=oid, expressCode=4, expressNo="SF9") == 3615  # which of the two?
    which = ks.doc(oid)["orderLogisticsInfo"][1]["logisticsId"]
    assert ks.post(update, orderId=oid, logisticsId=which, expressCode=4, expressNo="SF9") is True
    assert [(r["expressCode"], r["expressNo"]) for r in ks.doc(oid)["orderLogisticsInfo"]] == [(6, "YT1"), (4, "SF9")]


# notes, address, privacy


def test_notes_are_appended(ks: Ks) -> None:
    oid, note = ks.make(), "open.seller.order.note.add"
    assert (
        ks.post(note, orderId=oid, note="一", flag=1) is True and ks.post(note, orderId=oid, note="二", flag=3) is True
    )
    doc = ks.doc(oid)
    assert [(row["note"], row["flagTagCode"]) for row in doc["orderNote"]["orderNoteInfo"]] == [("一", 1), ("二", 3)]
    assert doc["orderFlag"] == {"flag": [3]}
    assert (
        ks.post(note, orderId=oid, note="x" * 201, flag=0) == 13 and ks.post(note, orderId=oid, note="x", flag=7) == 13
    )


def test_only_unpaid_orders_are_closed(ks: Ks) -> None:
    assert ks.post("open.seller.order.close", orderId=ks.make()) == 3615
    oid = ks.make(unpaid=True)
    assert ks.post("open.seller.order.close", orderId=oid) is True and ks.doc(oid)["orderBaseInfo"]["status"] == 80


def test_addresses_are_replaced_whole_or_in_part(ks: Ks) -> None:
    oid, method = ks.make(), "open.order.address.update"
    place = {"province": "浙江省", "provinceCode": 1, "city": "杭州市", "cityCode": 2, "district": "西湖区",
             "districtCode": 3, "address": "文三路1号"}  # fmt: skip
    before = ks.doc(oid)["orderAddress"]
    assert ks.post(method, orderId=oid, consignee="王五", isPartialUpdate=False) == 13
    assert ks.post(method, orderId=oid, city="杭州市", cityCode=2, isPartialUpdate=True) == 13
    assert ks.post(method, orderId=oid, consignee="王五", isPartialUpdate=True) is True
    assert ks.post(method, orderId=oid, consignee="王五", mobile="13800001111", isPartialUpdate=False, **place) is True
    after = ks.doc(oid)["orderAddress"]
    assert after["encryptedConsignee"] != before["encryptedConsignee"] and after["desensitiseConsignee"] == "王*"
    assert after["city"] == "杭州市"
    ks.post(DELIVER, orderId=oid, expressCode=4, expressNo="SF1")
    assert ks.post(method, orderId=oid, consignee="赵六", isPartialUpdate=True) == 3615


def test_the_buyers_wish_for_another_address_is_audited(ks: Ks) -> None:
    oid = ks.make()
    assert ks.post("open.order.address.audit.approve", oid=oid) == 3615
    ks.act(oid, "change_address", address="解放路9号", audit=True)
    assert ks.doc(oid)["addressUpdateAuditInfo"]["auditStatus"] == 10
    assert ks.post("open.order.address.audit.approve", oid=oid) is True
    assert ks.doc(oid)["addressUpdateAuditInfo"]["auditStatus"] == 20
    ks.act(oid, "change_address", address="解放路10号", audit=True)
    assert ks.post("open.order.address.audit.reject", oid=oid) is True
    assert ks.control("GET", f"kuaishou/orders/{oid}")["_sandbox"]["receiver"]["address"] == "解放路9号"


def test_ciphertext_is_of_one_order_and_its_index_of_one_text() -> None:
    ks = Ks(awkward=True)
    rows = [ks.doc(int(row["order_id"])) for row in ks.control("GET", "kuaishou/orders", shop_id=ks.shop["shop_id"])]
    doors: dict[str, list[Any]] = {}
    for row in rows:
        if row["orderAddress"]["encryptedMobile"]:
            doors.setdefault(row["orderDeliveryInfo"]["openAddressId"], []).append(row)
    one, two = next(pair for pair in doors.values() if len(pair) == 2)
    mine, other = (row["orderAddress"]["encryptedMobile"] for row in (one, two))
    assert mine != other and mine.split("#")[1] == other.split("#")[1]
    oid, method = str(one["orderBaseInfo"]["oid"]), "open.order.decrypt.batch"
    [good, alien, strange] = ks.post(method, batchDecryptList=[
        {"bizId": oid, "encryptedData": mine}, {"bizId": oid, "encryptedData": other},
        {"bizId": "1", "encryptedData": mine},
    ])  # fmt: skip
    truth = ks.control("GET", f"kuaishou/orders/{oid}")["_sandbox"]["receiver"]
    assert (good["errorCode"], good["decryptedData"]) == (1, truth["mobile"])
    assert (alien["errorCode"], strange["errorCode"]) == (700004, 1001) and not alien["decryptedData"]
    assert ks.post(method, batchDecryptList=[{"bizId": oid, "encryptedData": mine}] * 101) == 13
    told = ks.post("open.order.search.index.batch", indexParamList=[{"plainText": truth["mobile"], "type": 3}])
    assert told[0]["searchIndex"] == mine.split("#")[1]
    [masked] = ks.post("open.order.desensitise.batch", batchDesensitiseList=[{"bizId": oid, "encryptedData": mine}])
    assert masked["desensitiseData"] == one["orderAddress"]["desensitiseMobile"]
    [again] = ks.post("open.order.encrypt.batch", batchEncryptList=[
        {"bizId": oid, "decryptedData": truth["mobile"], "type": 3},
    ])  # fmt: skip
    assert again["encryptedData"] == mine
    both = [{"oid": row["orderBaseInfo"]["oid"]} for row in (one, two)]
    assert ks.post("open.order.deliver.merge.check", mergeList=both) == {"enableMergeList": both}
    assert ks.get("open.address.district.list", districtVersion="2021") and ks.get(
        "open.seller.order.fee.detail", orderId=int(oid)
    )["totalFee"] == one["orderBaseInfo"]["totalFee"]  # fmt: skip


# stock


def test_stock_moves_by_deltas_only(ks: Ks) -> None:
    row = ks.control("GET", "kuaishou/stock", shop_id=ks.shop["shop_id"])[0]
    head = {"kwaiItemId": row["kwaiItemId"], "skuId": row["skuId"]}

    def shown() -> int:
        found = ks.get("open.item.sku.list.get", kwaiItemId=row["kwaiItemId"])
        return next(int(sku["skuStock"]) for sku in found if sku["skuId"] == row["skuId"])

    before = shown()
    assert ks.post(STOCK, **head, skuChangeStock=5, changeType=1) is True
    assert ks.post(STOCK, **head, skuChangeStock=5, changeType=1) is True
    assert shown() == before + 10  # sent twice, counted twice
    assert ks.post(STOCK, **head, skuChangeStock=3, changeType=2) is True and shown() == before + 7
    for change, kind in ((0, 1), (9_999_999, 1), (before + 8, 2), (1, 3), (-1, 1)):
        assert ks.post(STOCK, **head, skuChangeStock=change, changeType=kind) == 13
    assert ks.post(STOCK, kwaiItemId=1, skuId=1, skuChangeStock=1, changeType=1) == 51
    [told] = ks.control("PUT", "kuaishou/stock", {"skuId": row["skuId"], "quantity": 4})
    assert told["quantity"] == 4 == shown()


# refunds


def refund_of(ks: Ks, way: int = 10, **more: Any) -> tuple[int, Any]:
    oid = ks.make()
    if way != 10:
        ks.act(oid, "ship")
        ks.act(oid, "receive")
    ks.act(oid, "refund", handlingWay=way, **more)
    return oid, ks.control("GET", f"kuaishou/orders/{oid}")["_sandbox"]["refunds"][-1]


def cases(ks: Ks, **change: Any) -> Any:
    asked = {"beginTime": ks.now() - DAY, "endTime": ks.now(), "type": 9, "pageSize": 100, "currentPage": 1,
             "pcursor": "", "queryType": 2, "sort": 2}  # fmt: skip
    return ks.get(REFUNDS, **{**asked, **change})


def test_refund_windows_are_a_day_and_type_is_required(ks: Ks) -> None:
    now = ks.now()
    assert cases(ks, beginTime=now - DAY - 1) == 13
    assert cases(ks, beginTime=now - 92 * DAY, endTime=now - 91 * DAY) == 13
    assert cases(ks, type=None) == 13 and cases(ks, type=7) == 13 and cases(ks, pageSize=101) == 13


def test_refunds_come_once_and_pages_end_with_nomore(ks: Ks) -> None:
    made = {refund_of(ks)[1]["refundId"] for _ in range(7)}
    seen, cursor = [], ""
    while cursor != "nomore":
        told = cases(ks, pageSize=3, pcursor=cursor)
        seen += [row["refundId"] for row in told["refundOrderInfoList"]]
        cursor = told["pcursor"]
    assert made <= set(seen) and len(seen) == len(set(seen)) == told["totalSize"]
    oid, refund = refund_of(ks)
    assert [row["refundId"] for row in cases(ks, orderId=oid)["refundOrderInfoList"]] == [refund["refundId"]]
    assert cases(ks, pcursor="nomore") == 13


def test_money_goes_back_for_the_right_amount_only(ks: Ks) -> None:
    oid, refund = refund_of(ks)
    approve, head = "open.seller.order.refund.approve", {"refundId": refund["refundId"]}
    assert ks.post(approve, **head, refundAmount=refund["refundFee"] + 1) == 300013
    assert ks.post(approve, **head, refundAmount=refund["refundFee"]) is True
    assert ks.post(approve, **head, refundAmount=refund["refundFee"]) == 3616
    assert ks.doc(oid)["orderBaseInfo"]["status"] == 80
    assert ks.get("open.seller.order.refund.detail", **head)["status"] == 60
    assert ks.post(approve, refundId=1, refundAmount=0) == 51


def test_goods_come_back_before_the_money_goes(ks: Ks) -> None:
    oid, refund = refund_of(ks, way=1, refundFee=1)
    head, fee = {"refundId": refund["refundId"]}, refund["refundFee"]
    assert ks.post("open.seller.order.refund.approve", **head, refundAmount=fee) == 3616
    assert ks.post("open.seller.order.refund.confirm.receipt", **head) == 300014
    assert ks.post("open.seller.order.refund.returngoods.approve", **head, refundAmount=fee) is True
    ks.act(oid, "refund", refundId=refund["refundId"], move="return")
    assert ks.post("open.seller.order.refund.confirm.receipt", **head) is True
    assert ks.get("open.seller.order.refund.detail", **head)["status"] == 60


def test_exchanges_have_no_amount(ks: Ks) -> None:
    oid, refund = refund_of(ks, way=3)
    head = {"refundId": refund["refundId"]}
    assert ks.post("open.seller.order.refund.returngoods.approve", **head, refundAmount=1) == 300013
    assert ks.post("open.seller.order.refund.returngoods.approve", **head, refundAmount=0) is True
    ks.act(oid, "refund", refundId=refund["refundId"], move="return")
    assert ks.post("open.seller.order.refund.confirm.receipt", **head) is True
    assert ks.get("open.seller.order.refund.detail", **head)["status"] == 45


def test_refusals_name_a_reason_and_the_version_that_was_seen(ks: Ks) -> None:
    _, refund = refund_of(ks)
    head = {"refundId": refund["refundId"], "refundVersion": refund["updateTime"]}
    reasons = ks.get("open.refund.reject.reason", refundId=refund["refundId"])
    plain = next(row["reasonCode"] for row in reasons if not row["requiredRejectImage"])
    wanting = next(row["reasonCode"] for row in reasons if row["requiredRejectImage"])
    assert ks.post("open.refund.reject", **{**head, "refundVersion": 1}, reasonCode=plain) == 300108
    assert ks.post("open.refund.reject", **head, reasonCode=99) == 300009
    assert ks.post("open.refund.reject", **head, reasonCode=wanting) == 300009
    assert ks.post("open.refund.reject", **head, reasonCode=plain, rejectImages=["a"] * 7) == 300009
    assert ks.post("open.refund.reject", **head, reasonCode=plain, rejectDesc="已协商") is True
    assert ks.get("open.seller.order.refund.detail", refundId=refund["refundId"])["status"] == 12
    _, other = refund_of(ks)
    seen = {"refundId": other["refundId"], "refundVersion": other["updateTime"]}
    assert ks.post("open.refund.direct.refund", **seen) is True


# control, faults, messages


def test_orders_go_through_their_life_and_other_moves_are_refused(ks: Ks) -> None:
    oid = ks.make(unpaid=True)
    for action, status in (("pay", 30), ("ship", 40), ("receive", 50), ("complete", 70)):
        assert ks.act(oid, action)["orderBaseInfo"]["status"] == status
    for action in ("pay", "ship", "receive", "cancel"):
        path = f"/_sandbox/kuaishou/orders/{oid}"
        assert ks.world.control("PATCH", path, {}, {"action": action})[0] == 409
    gone = ks.make()
    assert ks.act(gone, "cancel")["orderBaseInfo"]["status"] == 80


def test_what_happens_is_told_as_decoded_messages(ks: Ks) -> None:
    oid = ks.make()
    ks.act(oid, "ship")
    ks.act(oid, "refund")
    told = ks.control("GET", f"kuaishou/orders/{oid}")["_sandbox"]["messages"]
    assert [one["event"] for one in told] == [
        "kwaishop_order_addOrder", "kwaishop_order_paySuccess", "kwaishop_order_delivering",
        "kwaishop_aftersales_addRefund",
    ]  # fmt: skip
    assert len({one["eventId"] for one in told}) == 4
    assert all(json.loads(one["info"])["oid"] == oid and one["openId"] for one in told)


def test_documents_are_taken_as_they_are(ks: Ks) -> None:
    base = {"oid": 2499000000000001, "status": 40, "totalFee": 123}
    [row] = ks.control(
        "POST", "kuaishou/orders", {"shop_id": ks.shop["shop_id"], "documents": [{"orderBaseInfo": base}]}
    )
    assert row["order_id"] == "2499000000000001"
    assert ks.doc(2499000000000001)["orderBaseInfo"]["totalFee"] == 123


def test_truth_tells_the_money(ks: Ks) -> None:
    oid = ks.make()
    row = next(r for r in ks.control("GET", "kuaishou/orders") if r["order_id"] == str(oid))
    base = ks.doc(oid)["orderBaseInfo"]
    assert round(float(row["total"]) * 100) == base["totalFee"] - base["discountFee"] + base["expressFee"]
    assert row["currency"] == "CNY" and row["modified"] == base["updateTime"]


def arm(ks: Ks, fault: str, **rule: Any) -> None:
    ks.control("POST", "faults", {"platform": "kuaishou", "fault": fault, **rule})


def test_faults(ks: Ks) -> None:
    oid = ks.make()
    arm(ks, "call_limited")
    assert ks.get(DETAIL, oid=oid) == 802000
    arm(ks, "unknown_status")
    assert ks.doc(oid)["orderBaseInfo"]["status"] == 66
    arm(ks, "drifted_field")
    drifted = ks.doc(oid)
    assert isinstance(drifted["orderBaseInfo"]["totalFee"], str) and "orderTraitCode" in drifted
    for _ in range(5):
        ks.make()
    first = ks.listed(pageSize=2)
    second = ks.listed(pageSize=2, cursor=first["cursor"])
    arm(ks, "repeated_page")
    again = ks.listed(pageSize=2, cursor=second["cursor"])
    assert again["orderList"] == second["orderList"] and again["cursor"] == second["cursor"]
    before = ks.listed()["orderList"][0]["orderBaseInfo"]["oid"]
    ks.world.advance(5)
    arm(ks, "shifting_pages")
    assert ks.listed()["orderList"][-1]["orderBaseInfo"]["oid"] == before
    arm(ks, "late_order", delay_s=60)
    late = ks.make()
    assert ks.get(DETAIL, oid=late) == 51
    ks.world.advance(61)
    assert ks.doc(late)["orderBaseInfo"]["oid"] == late
    arm(ks, "token_expired")
    assert ks.get(DETAIL, oid=oid) == 21 and ks.get(DETAIL, oid=oid) == 21


def test_what_no_source_settles_is_a_switch(ks: Ks) -> None:
    oid, refund = refund_of(ks)
    item = ks.doc(oid)["orderItemInfo"]["itemId"]
    ks.switch(revoked_shops=ks.shop["shop_id"])
    assert ks.get(DETAIL, oid=oid) == 24 and grant(ks, refresh_token=ks.shop["refresh_token"])["result"] != 1
    ks.switch(revoked_shops="", sku_list_key="skuList", stock_fields="stock", history_over="cut", refund_type_all=8)
    assert all("stock" in row for row in ks.get("open.item.sku.list.get", kwaiItemId=item)["skuList"])
    far = ks.now() - 95 * DAY
    assert ks.listed(beginTime=far, endTime=far + 6 * DAY)["beginTime"] == ks.now() - 90 * DAY
    head = {"refundId": refund["refundId"]}
    ks.post("open.seller.order.refund.approve", **head, refundAmount=refund["refundFee"])
    shown = [{row["refundId"] for row in cases(ks, type=kind)["refundOrderInfoList"]} for kind in (8, 9)]
    assert refund["refundId"] in shown[0] - shown[1]
    ks.switch(refresh_rotates=False, total_fee="owed")
    old = ks.shop["refresh_token"]
    assert [grant(ks, refresh_token=old)["refresh_token"] for _ in range(2)] == [old, old]
    fresh = ks.make()
    row = next(row for row in ks.control("GET", "kuaishou/orders") if row["order_id"] == str(fresh))
    assert round(float(row["total"]) * 100) == ks.doc(fresh)["orderBaseInfo"]["totalFee"]


def test_calls_per_second_are_a_switch(ks: Ks) -> None:
    oid = ks.make()
    ks.switch(calls_per_second=2, limit_status=429)
    assert [ks.send("GET", ks.system(DETAIL, {"oid": oid}))["result"] for _ in range(3)] == [1, 1, 802000]
    ks.world.advance(1)
    assert ks.doc(oid)


def test_ten_thousand_orders_list_quickly() -> None:
    ks = Ks(orders=5_000)
    began, calls = time.process_time(), 0
    for week in range(5):
        cursor = ""
        while cursor != "nomore":
            end = ks.now() - week * 7 * DAY
            cursor = ks.listed(beginTime=end - 7 * DAY + 1, endTime=end, cursor=cursor)["cursor"]
            calls += 1
    assert calls > 100 and (time.process_time() - began) / calls < 0.05
